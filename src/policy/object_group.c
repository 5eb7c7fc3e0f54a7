/* object_group.c - attributes that are there become the attributes of a new object. Their uuids are new ones: peers know the old ones as what they were. */
#include "policy/event_save_int.h"
#include "model/value.h"

struct group_args {
	const struct event *e;
	const struct object_in *head;
	const struct attr_pick *v;
	size_t n;
	int64_t *made; /* ids of the new attributes, in the order of those found */
	size_t made_n;
	int64_t id;
};

static void remember(void *arg, const struct attr *a)
{
	struct group_args *x = arg;

	x->made[x->made_n++] = a->id;
}

static struct str seen(struct ctx *cx, int64_t us)
{
	return us == SEEN_NONE ? (struct str){ 0 } : str_fmt(cx->mem, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

/* the stored attribute as an input */
static struct attr_in as_input(struct ctx *cx, const struct attr *a, struct str relation)
{
	return (struct attr_in){
		.type = a->type->name, .category = cat_name(a->cat), .value = value_join(cx->mem, a->type, a->value1, a->value2), .comment = a->comment,
		.to_ids = a->to_ids ? S("1") : S("0"), .disable_correlation = a->disable_correlation ? S("1") : S("0"),
		.distribution = str_fmt(cx->mem, "%d", a->distribution), .sharing_group_id = str_fmt(cx->mem, "%lld", (long long)a->sharing_group_id),
		.relation = relation, .first_seen = seen(cx, a->first_seen_us), .last_seen = seen(cx, a->last_seen_us),
	};
}

static enum rc group(struct saving *sv, struct group_args *x)
{
	struct ctx *cx = sv->cx;
	struct object_in o = *x->head;
	struct attr *old = arena_many(cx->mem, x->n + 1, struct attr);
	bool hard = sv->e.publish_timestamp == 0;

	o.attrs = arena_many(cx->mem, x->n + 1, struct attr_in);
	o.attr_n = 0;
	for (size_t i = 0; i < x->n; i++) {
		struct attr a;
		enum rc rc = attr_load(cx, cx->scope, &(struct event_key){ .id = x->v[i].attr_id }, &a);

		if (rc == RC_NOTFOUND) {
			ctx_forgive(cx);
			continue;
		}
		TRY(rc);
		if (a.event_id != sv->e.id || a.object_id || a.deleted)
			continue;
		old[o.attr_n] = a;
		o.attrs[o.attr_n] = as_input(cx, &a, x->v[i].relation);
		o.attrs[o.attr_n].position = o.attr_n;
		o.attr_n++;
	}
	if (!o.attr_n)
		return fail(cx, RC_INVALID, "Selected Attributes do not exist.");
	x->made = arena_many(cx->mem, o.attr_n, int64_t);
	TRY(saving_object_new(sv, &o, &x->id));
	if (sv->s->error_n || x->made_n != o.attr_n)
		return fail_field(cx, RC_INVALID, sv->s->error_n ? sv->s->errors[0].field : "", "%s",
				  sv->s->error_n ? sv->s->errors[0].msg : "An attribute could not be moved.");
	TRY(attr_batch_end(cx, &sv->batch, NULL));
	for (size_t i = 0; i < o.attr_n; i++) {
		struct attr gone = old[i];

		TRY(attr_hand_over(cx, sv->e.id, old[i].id, x->made[i]));
		if (hard) {
			TRY(attr_remove(cx, &old[i], sv->audit_id, true));
			continue;
		}
		gone.deleted = true;
		gone.timestamp = ctx_now_s(cx);
		TRY(attr_update(cx, &old[i], &gone, sv->audit_id));
	}
	return event_touch(cx, &sv->e, sv->audit_id);
}

static enum rc group_tx(struct ctx *cx, void *arg)
{
	struct group_args *x = arg;
	struct save s = SAVE_LOCAL;
	struct saving sv;
	enum rc rc;

	s.saved = remember;
	s.saved_arg = x;
	saving_begin(&sv, cx, x->e, &s);
	rc = audit_add(cx, &(struct audit){ .action = "add", .model = "Object", .event_id = x->e->id, .title = x->e->info }, &sv.audit_id);
	if (rc == RC_OK)
		rc = attr_batch_open(cx, x->e->id, false, &sv.batch);
	if (rc == RC_OK)
		rc = group(&sv, x);
	saving_clear(&sv);
	save_clear(&s);
	return rc;
}

enum rc attrs_into_object(struct ctx *cx, const struct event *e, const struct object_in *head, const struct attr_pick *v, size_t n, int64_t *id)
{
	struct group_args x = { .e = e, .head = head, .v = v, .n = n };

	TRY(in_transaction(cx, group_tx, &x));
	*id = x.id;
	return RC_OK;
}
