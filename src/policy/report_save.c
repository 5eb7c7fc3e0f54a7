/* report_save.c - see report_save.h; and reports that come with a whole event. */
#include "policy/report_save.h"

#include "policy/access.h"
#include "policy/diff.h"
#include "policy/event_save_int.h"
#include "policy/user_admin.h"

static struct str changes(struct ctx *cx, const struct report *was, const struct report *now)
{
	struct diff d;

	diff_begin(&d);
	diff_text(&d, "name", was->name, now->name);
	diff_text(&d, "content", was->content, now->content);
	diff_int(&d, "distribution", was->distribution, now->distribution);
	diff_int(&d, "sharing_group_id", was->sharing_group_id, now->sharing_group_id);
	diff_bool(&d, "deleted", was->deleted, now->deleted);
	return diff_end(cx, &d);
}

static enum rc audit_report(struct ctx *cx, const char *action, const struct report *r, struct str change, int64_t *audit_id)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "EventReport", .model_id = r->id, .event_id = r->event_id, .title = r->name,
					      .change = change }, audit_id);
}

/* What was sent into *r; was NULL: it is new. */
static enum rc apply(struct saving *sv, const struct report_in *in, const struct report *was, struct report *r)
{
	struct ctx *cx = sv->cx;
	struct group_was w = { was ? was->distribution : 0, was ? was->sharing_group_id : 0 };
	int64_t n;

	if (in_has(in->name) ? !str_trim(in->name).n : !was)
		return fail_field(cx, RC_INVALID, "name", "A name is required.");
	if (in_has(in->name))
		r->name = in->name;
	if (r->name.n > 65535)
		return fail_field(cx, RC_INVALID, "name", "The name is longer than 65535 bytes.");
	if (in_has(in->content))
		r->content = in->content;
	if (in_has(in->distribution) && str_trim(in->distribution).n) {
		if (!str_i64(str_trim(in->distribution), &n) || n < 0 || n > 5)
			return fail_field(cx, RC_INVALID, "distribution", "Invalid distribution level.");
		r->distribution = (int)n;
	}
	if (in_has(in->sharing_group_id) && !str_i64(str_trim(in->sharing_group_id), &r->sharing_group_id))
		r->sharing_group_id = 0;
	if (sv->s->no_groups && !(was && was->sharing_group_id == r->sharing_group_id))
		r->sharing_group_id = 0;
	return saving_group(sv, sv->s->no_groups ? NULL : in->group, was ? &w : NULL, &r->distribution, &r->sharing_group_id);
}

static enum rc fresh_uuid(struct ctx *cx, const struct report_in *in, bool strict, struct uuid *out)
{
	if (in_has(in->uuid) && str_trim(in->uuid).n) {
		if (uuid_parse(str_trim(in->uuid), out) && !uuid_is_nil(out))
			return RC_OK;
		if (strict)
			return fail_field(cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	}
	uuid_fresh(cx->now_us, out);
	return RC_OK;
}

enum rc saving_report(struct saving *sv, const struct report_in *in, size_t position)
{
	struct ctx *cx = sv->cx;
	struct report r = { .event_id = sv->e.id, .name = S(""), .content = S(""), .distribution = DIST_INHERIT, .timestamp = ctx_now_s(cx) }, was;
	int64_t event_id = 0, id = 0, sent = 0;

	TRY(fresh_uuid(cx, in, false, &r.uuid));
	if (!sv->fresh || in_has(in->uuid))
		TRY(element_find(cx, &r.uuid, KIND_REPORT, &event_id, &id));
	if (event_id && event_id != sv->e.id)
		return fail_field(cx, RC_INVALID, "uuid", "An event report of this uuid belongs to another event.");
	TRY(saving_analyst(sv, &in->analyst, &r.uuid, ON_EVENT_REPORT, position));
	if (event_id) {
		TRY(report_load(cx, &scope_all, &(struct event_key){ .id = id }, &was));
		r = was;
	}
	if (in_has(in->timestamp) && str_i64(str_trim(in->timestamp), &sent)) {
		if (event_id && sent <= was.timestamp)
			return RC_OK;
		r.timestamp = sent;
	} else if (event_id) {
		r.timestamp = ctx_now_s(cx);
	}
	TRY(apply(sv, in, event_id ? &was : NULL, &r));
	if (in_has(in->deleted))
		r.deleted = form_bool(in->deleted);
	sv->changed = true;
	if (!event_id)
		return report_insert(cx, &r);
	TRY(report_update(cx, &r));
	return audit_report(cx, "edit", &r, changes(cx, &was, &r), NULL);
}

/* ---- one by one ---- */

struct args {
	const struct event *e;
	const struct report *seen;
	const struct report_in *in;
	const struct report_draw *draw;
	struct report r;
	enum { ADD, EDIT, SOFT, HARD, RESTORE } what;
};

static enum rc put_tags(struct ctx *cx, const struct event *e, const struct report_draw *d)
{
	for (size_t i = 0; i < d->tag_n; i++) {
		bool joined = false;
		struct tag t;
		enum rc rc = tag_capture(cx, d->tags[i], S(""), user_has(cx->who, PERM(TAG_EDITOR)), &t);

		if (rc == RC_DONE)
			continue;
		TRY(rc);
		if (user_may_use_tag(cx->who, &t) && user_may_tag_event(cx->who, e, t.local_only))
			TRY(tag_join(cx, e->id, t.id, &joined));
	}
	return RC_OK;
}

/* what the text draws into the event; *in: the text as it is then */
static enum rc draw(struct ctx *cx, const struct args *x, struct report_in *in)
{
	TRY(attrs_add_in_tx(cx, x->e, false, x->draw->next, x->draw->arg, x->draw->s));
	if (x->draw->need_one && !x->draw->s->attrs_added)
		return fail(cx, RC_INVALID, "None of the suggestions could be saved as an attribute.");
	TRY(put_tags(cx, x->e, x->draw));
	in->content = x->draw->content(x->draw->arg, cx);
	return RC_OK;
}

static enum rc write_one(struct saving *sv, struct args *x)
{
	struct report_in drawn = { 0 };
	static const char *const actions[] = { "add", "edit", "soft_delete", "delete", "restore" };
	struct ctx *cx = sv->cx;
	struct report was = { .name = S(""), .content = S("") };
	int64_t event_id = 0, id;

	if (x->what == ADD) {
		x->r = (struct report){ .event_id = x->e->id, .name = S(""), .content = S(""), .distribution = DIST_INHERIT };
		TRY(fresh_uuid(cx, x->in, true, &x->r.uuid));
		TRY(element_find(cx, &x->r.uuid, KIND_REPORT, &event_id, &id));
		if (event_id)
			return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	} else {
		TRY(report_load(cx, &scope_all, &(struct event_key){ .id = x->seen->id }, &was));
		x->r = was;
	}
	if (x->draw) {
		TRY(draw(cx, x, &drawn));
		x->in = &drawn;
	}
	if (x->what == SOFT || x->what == RESTORE)
		x->r.deleted = x->what == SOFT;
	if (x->what == ADD || x->what == EDIT)
		TRY(apply(sv, x->in, x->what == EDIT ? &was : NULL, &x->r));
	if (x->what != HARD && x->r.timestamp < ctx_now_s(cx))
		x->r.timestamp = ctx_now_s(cx);
	if (x->what == ADD)
		TRY(report_insert(cx, &x->r));
	else
		TRY(x->what == HARD ? report_delete(cx, &was) : report_update(cx, &x->r));
	TRY(audit_report(cx, actions[x->what], &x->r, x->what == HARD ? (struct str){ 0 } : changes(cx, &was, &x->r), &sv->audit_id));
	if (x->in)
		TRY(saving_analyst(sv, &x->in->analyst, &x->r.uuid, ON_EVENT_REPORT, 0));
	return event_touch(cx, x->e, sv->audit_id);
}

static enum rc body(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct save s = SAVE_LOCAL;
	struct saving sv;
	enum rc rc;

	saving_begin(&sv, cx, x->e, &s);
	rc = write_one(&sv, x);
	saving_clear(&sv);
	save_clear(&s);
	return rc;
}

enum rc report_add(struct ctx *cx, const struct event *e, const struct report_in *in, struct report *out)
{
	struct args x = { .e = e, .in = in, .what = ADD };

	TRY(in_transaction(cx, body, &x));
	*out = x.r;
	return RC_OK;
}

enum rc report_edit(struct ctx *cx, const struct event *e, const struct report *r, const struct report_in *in, struct report *out)
{
	struct args x = { .e = e, .seen = r, .in = in, .what = EDIT };

	TRY(in_transaction(cx, body, &x));
	*out = x.r;
	return RC_OK;
}

enum rc report_draw(struct ctx *cx, const struct event *e, const struct report *r, const struct report_draw *d, struct report *out)
{
	struct args x = { .e = e, .seen = r, .draw = d, .what = EDIT };

	TRY(in_transaction(cx, body, &x));
	*out = x.r;
	return RC_OK;
}

enum rc report_remove(struct ctx *cx, const struct event *e, const struct report *r, bool hard)
{
	struct args x = { .e = e, .seen = r, .what = hard ? HARD : SOFT };

	return in_transaction(cx, body, &x);
}

enum rc report_restore(struct ctx *cx, const struct event *e, const struct report *r)
{
	struct args x = { .e = e, .seen = r, .what = RESTORE };

	return in_transaction(cx, body, &x);
}
