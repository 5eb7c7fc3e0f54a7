/* element_save.c - single attributes, objects and references: what a save does with each. */
#include "base/json.h"
#include "format/misp_json.h"
#include "model/event_make.h"
#include "model/value.h"
#include "policy/access.h"
#include "policy/attachment.h"
#include "policy/blocklist.h"
#include "policy/event_save_int.h"
#include "policy/import_rules.h"
#include "policy/object_template.h"
#include "store/sighting.h"

#include <stdio.h>

static struct attr_defaults defaults(const struct saving *sv, int64_t object_id)
{
	return (struct attr_defaults){ .distribution = object_id ? DIST_INHERIT : sv->attr_distribution, .now_s = ctx_now_s(sv->cx), .in_object = object_id != 0 };
}

/* old: NULL for a new one */
static enum rc last_look(struct saving *sv, const struct attr_in *in, const struct attr *old, struct attr *a)
{
	struct ctx *cx = sv->cx;
	struct group_was was = { old ? old->distribution : 0, old ? old->sharing_group_id : 0 };
	const char *why;

	if (sv->s->no_groups && a->distribution == DIST_SHARING_GROUP)
		a->distribution = DIST_INHERIT;
	TRY(saving_group(sv, in->group, old ? &was : NULL, &a->distribution, &a->sharing_group_id));
	why = sv->s->check ? sv->s->check(sv->s->check_arg, cx, in, a) : NULL;
	return why ? fail(cx, RC_INVALID, "%s", why) : RC_OK;
}

/* The value as the expressions of import leave it; one that they refuse is not taken. */
static enum rc import_value(struct saving *sv, const struct attr_in *in, struct str known_type, struct attr_in *out)
{
	struct ctx *cx = sv->cx;

	*out = *in;
	if (!in_has(in->value))
		return RC_OK;
	if (!sv->rules)
		TRY(import_rules_open(cx, sv->mem, &sv->rules));
	if (!import_rules_apply(sv->rules, cx->mem, in_has(in->type) ? str_trim(in->type) : known_type, in->value, &out->value))
		return fail_field(cx, RC_INVALID, "value", "This value is blocked by a regular expression in the import filters.");
	return RC_OK;
}

static enum rc sightings_add(struct saving *sv, const struct attr_in *in, const struct attr *a)
{
	struct ctx *cx = sv->cx;

	for (size_t i = 0; i < in->sighting_n; i++) {
		const struct sighting_in *si = &in->sightings[i];
		struct sighting s = { .attribute_id = a->id, .event_id = a->event_id, .org_id = cx->who ? cx->who->org_id : 0,
				      .date_sighting = ctx_now_s(cx), .source = in_has(si->source) ? si->source : S("") };
		struct sighting_row there;
		struct uuid from;
		bool blocked;
		int64_t v;

		/* who saw it, as the document says; else who brings it */
		if (!in_has(si->org_uuid) || !uuid_parse(str_trim(si->org_uuid), &from))
			from = cx->who ? cx->who->org_uuid : (struct uuid){ 0 };
		TRY(block_has_sightings_of(cx, &from, &blocked));
		if (blocked)
			continue;

		if (in_has(si->date) && str_i64(str_trim(si->date), &v))
			s.date_sighting = v;
		if (in_has(si->type) && str_i64(str_trim(si->type), &v) && v >= 0 && v <= 2)
			s.type = (enum sighting_type)v;
		if (!in_has(si->uuid) || !uuid_parse(str_trim(si->uuid), &s.uuid))
			uuid_fresh(cx->now_us, &s.uuid);
		else if (sighting_load(cx, &scope_all, 0, &s.uuid, &there) == RC_OK)
			continue;
		TRY(sighting_insert(cx, &s));
	}
	return RC_OK;
}

/* One input with several values makes several attributes. */
static enum rc attr_new_one(struct saving *sv, const struct attr_in *sent, int64_t object_id)
{
	struct ctx *cx = sv->cx;
	struct attr_defaults d = defaults(sv, object_id);
	struct attr_in own;
	const struct attr_in *in = &own;
	struct attached file;
	struct tag_binding *tags;
	struct attr a;
	int64_t dup = 0, where, id;
	size_t n;
	enum rc rc;

	TRY(import_value(sv, sent, S(""), &own));
	TRY(attachment_plan(cx, &own, NULL, &file));
	TRY(attr_make(cx, in, &d, &a));
	a.event_id = sv->e.id;
	a.object_id = object_id;
	TRY(last_look(sv, in, NULL, &a));
	if (in_has(in->uuid)) {
		TRY(element_find(cx, &a.uuid, KIND_ATTRIBUTE, &where, &id));
		if (where || attr_batch_has_uuid(sv->batch, &a.uuid))
			return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	}
	TRY(saving_tags(sv, in->tags, in->tag_n, SAVING_NEW, &tags, &n));
	rc = attr_batch_add(cx, sv->batch, &a, tags, n, &dup);
	if (rc == RC_EXISTS && cx->err.rc == RC_OK) {
		if (sv->s->update_duplicates && dup) {
			struct attr old;

			TRY(attr_load(cx, &scope_all, &(struct event_key){ .id = dup }, &old));
			a = old;
			TRY(attr_change(cx, in, &d, &a));
			TRY(last_look(sv, in, &old, &a));
			a.uuid = old.uuid;
			TRY(attr_update(cx, &old, &a, sv->audit_id));
			TRY(attachment_keep(cx, &file, sv->e.id, a.id, ATTACHED_ATTR));
			sv->s->attrs_changed++;
			sv->changed = true;
			if (sv->s->saved)
				sv->s->saved(sv->s->saved_arg, &a);
			return RC_OK;
		}
		return fail_field(cx, RC_EXISTS, "value", "A similar attribute already exists for this event.");
	}
	TRY(rc);
	TRY(attachment_keep(cx, &file, sv->e.id, a.id, ATTACHED_ATTR));
	sv->s->attrs_added++;
	sv->changed = true;
	TRY(saving_analyst(sv, &in->analyst, &a.uuid, ON_ATTRIBUTE, in->position));
	TRY(sightings_add(sv, in, &a));
	if (sv->s->saved)
		sv->s->saved(sv->s->saved_arg, &a);
	return RC_OK;
}

enum rc saving_attr_new(struct saving *sv, const struct attr_in *in, int64_t object_id, size_t position)
{
	struct attr_in one = *in;

	sv->s->attrs_seen++;
	if (!in->value_n) {
		enum rc rc = attr_new_one(sv, in, object_id);

		sv->s->attrs_refused += rc != RC_OK;
		return saving_refuse(sv, "Attribute", position, rc);
	}
	one.value_is_array = false;
	for (size_t i = 0; i < in->value_n; i++) {
		enum rc rc;

		one.value = in->values[i];
		if (i)
			one.uuid = (struct str){ 0 };
		rc = attr_new_one(sv, &one, object_id);
		sv->s->attrs_refused += rc != RC_OK;
		TRY(saving_refuse(sv, "Attribute", position, rc));
	}
	return RC_OK;
}

static enum rc attr_tags_edit(struct saving *sv, const struct attr_in *in, const struct attr *a)
{
	struct ctx *cx = sv->cx;
	struct tag_binding *t;
	size_t n;

	for (size_t i = 0; i < in->tag_n; i++) {
		struct tag tag;
		bool was;
		enum rc rc;

		if (!in->tags[i].deleted || !in->tags[i].name.n)
			continue;
		rc = tag_load(cx, 0, in->tags[i].name, &tag);
		if (rc == RC_OK) {
			TRY(tag_unbind(cx, a->event_id, a->id, tag.id, sv->audit_id, &was, NULL));
			sv->changed |= was;
		} else if (rc != RC_DONE) {
			return rc;
		}
	}
	TRY(saving_tags(sv, in->tags, in->tag_n, a->id, &t, &n));
	for (size_t i = 0; i < n; i++) {
		enum rc rc = tag_bind(cx, a->event_id, a->id, &t[i]);

		if (rc != RC_OK && rc != RC_EXISTS)
			return rc;
		sv->changed |= rc == RC_OK;
	}
	return RC_OK;
}

static bool sent_time(struct str s, int64_t *out)
{
	return in_has(s) && str_i64(str_trim(s), out);
}

/* The attribute is in this event: change it unless what was sent is not newer. */
static enum rc attr_known(struct saving *sv, const struct attr_in *doc, const struct attr *old)
{
	struct ctx *cx = sv->cx;
	struct attr_defaults d = defaults(sv, old->object_id);
	struct attr_in own;
	const struct attr_in *in = &own;
	struct attr a = *old;
	struct attached file;
	int64_t sent;
	enum rc rc;

	TRY(import_value(sv, doc, old->type->name, &own));
	TRY(saving_analyst(sv, &in->analyst, &old->uuid, ON_ATTRIBUTE, in->position));
	if (sent_time(in->timestamp, &sent) && sent <= old->timestamp) {
		sv->s->attrs_same++;
		return attr_tags_edit(sv, in, old);
	}
	TRY(attachment_plan(cx, &own, old, &file));
	TRY(attr_change(cx, in, &d, &a));
	TRY(last_look(sv, in, old, &a));
	rc = attr_batch_has_similar(cx, sv->batch, &a) ? RC_EXISTS : attr_update(cx, old, &a, sv->audit_id);
	if (rc == RC_EXISTS && cx->err.rc == RC_OK)
		return fail_field(cx, RC_EXISTS, "value", "A similar attribute already exists for this event.");
	TRY(rc);
	TRY(attachment_keep(cx, &file, sv->e.id, a.id, ATTACHED_ATTR));
	sv->s->attrs_changed++;
	sv->changed = true;
	TRY(attr_tags_edit(sv, in, &a));
	if (sv->s->saved)
		sv->s->saved(sv->s->saved_arg, &a);
	return sightings_add(sv, in, &a);
}

/* by uuid; by id only when no uuid was sent; *found false when it is new */
static enum rc attr_of_input(struct saving *sv, const struct attr_in *in, struct attr *out, bool *found)
{
	struct ctx *cx = sv->cx;
	int64_t event_id = 0, id = 0;
	struct uuid u;
	enum rc rc;

	*found = false;
	if (sv->fresh)
		return RC_OK;
	if (in_has(in->uuid) && uuid_parse(str_trim(in->uuid), &u)) {
		TRY(element_find(cx, &u, KIND_ATTRIBUTE, &event_id, &id));
		if (!event_id)
			return RC_OK;
		if (event_id != sv->e.id)
			return fail_field(cx, RC_INVALID, "uuid", "An attribute of this UUID belongs to another event");
	} else if (!in_has(in->id) || !str_i64(str_trim(in->id), &id)) {
		return RC_OK;
	}
	rc = attr_load(cx, &scope_all, &(struct event_key){ .id = id }, out);
	if (rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return RC_OK;
	}
	TRY(rc);
	*found = out->event_id == sv->e.id;
	return RC_OK;
}

enum rc saving_attr(struct saving *sv, const struct attr_in *in, int64_t object_id)
{
	struct attr old;
	bool found;
	enum rc rc = attr_of_input(sv, in, &old, &found);

	if (rc == RC_OK && !found)
		return saving_attr_new(sv, in, object_id, in->position);
	sv->s->attrs_seen++;
	if (rc == RC_OK)
		rc = attr_known(sv, in, &old);
	sv->s->attrs_refused += rc != RC_OK;
	return saving_refuse(sv, "Attribute", in->position, rc);
}

/* ---- objects ---- */

static enum rc ref_save(struct saving *sv, const struct ref_in *in, int64_t object_id, struct object_ref *out)
{
	struct ctx *cx = sv->cx;
	struct object_ref r = { .object_id = object_id, .event_id = sv->e.id, .timestamp = ctx_now_s(cx),
				.relationship_type = in_has(in->relationship_type) ? in->relationship_type : S(""),
				.comment = in_has(in->comment) ? in->comment : S("") };
	int64_t where, id;

	if (!in_has(in->referenced_uuid) || !uuid_parse(str_trim(in->referenced_uuid), &r.referenced_uuid))
		return fail_field(cx, RC_INVALID, "referenced_uuid", "Invalid target UUID");
	if (!in_has(in->uuid) || !uuid_parse(str_trim(in->uuid), &r.uuid)) {
		uuid_fresh(cx->now_us, &r.uuid);
	} else {
		TRY(element_find(cx, &r.uuid, KIND_REF, &where, &id));
		if (where || attr_batch_has_uuid(sv->batch, &r.uuid))
			return RC_OK;
	}
	sent_time(in->timestamp, &r.timestamp);
	TRY(attr_batch_ref(cx, sv->batch, &r));
	sv->changed = true;
	if (out)
		*out = r;
	return RC_OK;
}

enum rc saving_template(struct saving *sv, const struct uuid *u, int64_t version, const struct object_template **out)
{
	struct ctx *cx = sv->cx, own = *cx;
	char uu[UUID_TEXT + 1];
	struct object_template *t;
	struct template_row row;
	struct str key;
	enum rc rc;

	*out = NULL;
	uuid_text(u, uu);
	key = str_fmt(cx->mem, "%s %lld", uu, (long long)version);
	t = map_get(&sv->templates, key);
	if (!t) {
		t = arena_one(sv->mem, struct object_template);
		own.mem = sv->mem; /* outlives the element */
		rc = version < 0 ? RC_DONE : template_find(&own, u, version, &row);
		cx->err = own.err;
		if (rc == RC_OK)
			*t = row.t;
		else if (rc != RC_DONE)
			return rc;
		map_put(&sv->templates, str_dup(sv->mem, key), t);
	}
	*out = t->name.n ? t : NULL;
	return RC_OK;
}

/* What the object's template says is put where nothing was sent. old: the stored object, NULL for a new one. */
static enum rc fill(struct saving *sv, const struct object_in *sent, const struct object *old, struct object_in *out)
{
	const struct object_template *t;
	struct attr_in *attrs;
	struct uuid u;
	int64_t version;

	*out = *sent;
	if (in_has(sent->template_uuid) && uuid_parse(str_trim(sent->template_uuid), &u) && in_has(sent->template_version) &&
	    str_i64(str_trim(sent->template_version), &version)) {
		TRY(saving_template(sv, &u, version, &t));
	} else if (old && old->has_template) {
		TRY(saving_template(sv, &old->template_uuid, old->template_version, &t));
	} else {
		return RC_OK;
	}
	if (!t)
		return RC_OK;
	attrs = arena_many(sv->cx->mem, sent->attr_n + 1, struct attr_in);
	if (sent->attr_n)
		memcpy(attrs, sent->attrs, sent->attr_n * sizeof(*attrs));
	out->attrs = attrs;
	if (!old) {
		template_fill(sv->cx, t, out);
		return RC_OK;
	}
	for (size_t i = 0; i < out->attr_n; i++) /* one with a uuid may be there already: what it does not say stays as it is */
		if (!in_has(attrs[i].uuid) && !in_has(attrs[i].id))
			template_fill_attr(sv->cx, t, &attrs[i]);
	return RC_OK;
}

enum rc saving_object_new(struct saving *sv, const struct object_in *sent, int64_t *ret_id)
{
	struct ctx *cx = sv->cx;
	struct object_in filled;
	const struct object_in *in = &filled;
	struct object o;
	int64_t where, id;

	TRY(fill(sv, sent, NULL, &filled));
	TRY(object_make(cx, in, DIST_INHERIT, &o));
	if (sv->s->no_groups && o.distribution == DIST_SHARING_GROUP)
		o.distribution = DIST_INHERIT;
	TRY(saving_group(sv, in->group, NULL, &o.distribution, &o.sharing_group_id));
	if (in_has(in->uuid)) {
		TRY(element_find(cx, &o.uuid, KIND_OBJECT, &where, &id));
		if (where || attr_batch_has_uuid(sv->batch, &o.uuid))
			return fail_field(cx, RC_INVALID, "uuid", "An object of this UUID exists already");
	}
	TRY(attr_batch_object(cx, sv->batch, &o));
	sv->s->objects_added++;
	sv->changed = true;
	TRY(saving_analyst(sv, &in->analyst, &o.uuid, ON_OBJECT, in->position));
	for (size_t i = 0; i < in->attr_n; i++)
		TRY(saving_attr_new(sv, &in->attrs[i], o.id, in->attrs[i].position));
	for (size_t i = 0; i < in->ref_n; i++)
		TRY(saving_refuse(sv, "ObjectReference", i, ref_save(sv, &in->refs[i], o.id, NULL)));
	if (ret_id)
		*ret_id = o.id;
	return RC_OK;
}

static enum rc object_known(struct saving *sv, const struct object_in *doc, const struct object *old)
{
	struct ctx *cx = sv->cx;
	struct object_in filled;
	const struct object_in *in = &filled;
	struct object o = *old;
	int64_t sent;

	TRY(fill(sv, doc, old, &filled));
	TRY(saving_analyst(sv, &in->analyst, &old->uuid, ON_OBJECT, in->position));
	if (!sent_time(in->timestamp, &sent) || sent > old->timestamp) {
		TRY(object_change(cx, in, &o));
		if (sv->s->no_groups && o.distribution == DIST_SHARING_GROUP)
			o.distribution = DIST_INHERIT;
		TRY(saving_group(sv, in->group, &(struct group_was){ old->distribution, old->sharing_group_id }, &o.distribution, &o.sharing_group_id));
		sv->s->objects_changed++;
		sv->changed = true;
		if (o.deleted && !old->deleted) /* all in it goes with it, whatever was sent of it */
			return object_delete(cx, old, sv->audit_id, false);
		TRY(object_update(cx, &o, sv->audit_id));
	}
	for (size_t i = 0; i < in->attr_n; i++)
		TRY(saving_attr(sv, &in->attrs[i], old->id));
	for (size_t i = 0; i < in->ref_n; i++)
		TRY(saving_refuse(sv, "ObjectReference", i, ref_save(sv, &in->refs[i], old->id, NULL)));
	return RC_OK;
}

enum rc saving_object(struct saving *sv, const struct object_in *in)
{
	struct ctx *cx = sv->cx;
	struct object old;
	struct uuid u;
	int64_t where = 0, id = 0;
	enum rc rc;

	sv->s->objects_seen++;
	if (!sv->fresh && in_has(in->uuid) && uuid_parse(str_trim(in->uuid), &u))
		TRY(element_find(cx, &u, KIND_OBJECT, &where, &id));
	if (!where) {
		rc = saving_object_new(sv, in, NULL);
	} else if (where != sv->e.id) {
		rc = fail_field(cx, RC_INVALID, "uuid", "An object of this UUID belongs to another event");
	} else {
		rc = object_load(cx, &scope_all, &(struct event_key){ .id = id }, &old);
		if (rc == RC_OK)
			rc = object_known(sv, in, &old);
	}
	sv->s->objects_refused += rc != RC_OK;
	return saving_refuse(sv, "Object", in->position, rc);
}

/* ---- calls about one element ---- */

struct one_args {
	const struct event *e;
	struct save *s;
	struct str body;
	attr_source *next;
	void *arg;
	const struct object_in *oin;
	const struct object *object;
	int64_t id;
	const struct attr *old;
	struct attr *attr;
	const struct attr_in *ain;
	const struct ref_in *rin;
	struct object_ref *ref;
	bool hard, break_on_duplicate;
};

/* Opens audit row and batch, runs work, ends the batch, marks the event. */
static enum rc with_batch(struct ctx *cx, struct one_args *x, const char *action, const char *model, enum rc (*work)(struct saving *, struct one_args *))
{
	struct saving sv;
	enum rc rc;

	saving_begin(&sv, cx, x->e, x->s);
	rc = audit_add(cx, &(struct audit){ .action = action, .model = model, .event_id = x->e->id, .model_id = x->object ? x->object->id : 0, .title = x->e->info },
		       &sv.audit_id);
	if (rc == RC_OK)
		rc = attr_batch_open(cx, x->e->id, false, &sv.batch);
	if (rc == RC_OK)
		rc = work(&sv, x);
	if (rc == RC_OK)
		rc = attr_batch_end(cx, &sv.batch, NULL);
	if (rc == RC_OK && sv.changed)
		rc = event_touch(cx, x->e, sv.audit_id);
	if (rc == RC_OK && !sv.changed)
		rc = RC_DONE; /* nothing was written: leave no audit row either */
	saving_clear(&sv);
	return rc;
}

static enum rc attrs_list(struct saving *sv, struct jr *r)
{
	struct arena_mark m = arena_mark(sv->cx->mem);
	size_t at = 0;

	for (jr_arr(r); jr_elem(r); at++) {
		struct attr_in in;

		misp_attr_read(r, &in);
		if (jr_failed(r))
			break;
		TRY(saving_attr_new(sv, &in, 0, at));
		arena_reset(sv->cx->mem, m);
	}
	return RC_OK;
}

/* [...], {"Attribute": [...]}, or one attribute */
static enum rc attrs_json_work(struct saving *sv, struct one_args *x)
{
	struct ctx *cx = sv->cx;
	struct str key;
	struct jr r, look;

	jr_init(&r, cx, x->body, &misp_limits);
	if (jr_peek(&r) == J_ARR) {
		TRY(attrs_list(sv, &r));
		return jr_end(&r);
	}
	jr_init(&look, cx, x->body, &misp_limits);
	jr_obj(&look);
	if (jr_failed(&look) || !jr_member(&look, &key) || !str_eq(key, S("Attribute")) || jr_peek(&look) != J_ARR) {
		struct attr_in in;

		misp_attr_read(&r, &in);
		TRY(jr_end(&r));
		return saving_attr_new(sv, &in, 0, 0);
	}
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("Attribute")))
			TRY(attrs_list(sv, &r));
		else
			jr_skip(&r);
	}
	return jr_end(&r);
}

static enum rc attrs_tx(struct ctx *cx, void *arg)
{
	return with_batch(cx, arg, "add", "Attribute", attrs_json_work);
}

static enum rc unless_nothing(enum rc rc)
{
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc attrs_add(struct ctx *cx, const struct event *e, struct str body, struct save *s)
{
	struct one_args x = { .e = e, .s = s, .body = body };

	return unless_nothing(in_transaction(cx, attrs_tx, &x));
}

static enum rc source_work(struct saving *sv, struct one_args *x)
{
	struct ctx *cx = sv->cx;
	enum rc rc;

	for (size_t at = 0;; at++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct attr_in in = { 0 };

		rc = x->next(x->arg, cx, &in);
		if (rc != RC_OK)
			return rc == RC_DONE ? RC_OK : rc;
		TRY(saving_attr_new(sv, &in, 0, at));
		arena_reset(cx->mem, m);
	}
}

static enum rc source_tx(struct ctx *cx, void *arg)
{
	return with_batch(cx, arg, "add", "Attribute", source_work);
}

enum rc attrs_add_from(struct ctx *cx, const struct event *e, attr_source *next, void *arg, struct save *s)
{
	struct one_args x = { .e = e, .s = s, .next = next, .arg = arg };

	return unless_nothing(in_transaction(cx, source_tx, &x));
}

enum rc attrs_add_in_tx(struct ctx *cx, const struct event *e, bool fresh, attr_source *next, void *arg, struct save *s)
{
	struct one_args x = { .e = e, .s = s, .next = next, .arg = arg };
	struct saving sv;
	enum rc rc;

	saving_begin(&sv, cx, e, s);
	sv.fresh = fresh;
	rc = attr_batch_open(cx, e->id, fresh, &sv.batch);
	if (rc == RC_OK)
		rc = source_work(&sv, &x);
	if (rc == RC_OK)
		rc = attr_batch_end(cx, &sv.batch, NULL);
	saving_clear(&sv);
	return rc;
}

/* The attribute as it is now, see event_now. */
static enum rc attr_now(struct ctx *cx, const struct attr *seen, struct attr *out)
{
	return attr_load(cx, &scope_all, &(struct event_key){ .id = seen->id }, out);
}

static enum rc attr_edit_tx(struct ctx *cx, void *arg)
{
	struct one_args *x = arg;
	struct attr_defaults d = { .distribution = DIST_INHERIT, .now_s = ctx_now_s(cx), .in_object = x->old->object_id != 0 };
	struct attr_in own;
	struct attached file = { 0 };
	struct saving sv;
	struct attr old;
	enum rc rc;

	saving_begin(&sv, cx, x->e, x->s);
	rc = audit_add(cx, &(struct audit){ .action = "edit", .model = "Attribute", .model_id = x->old->id, .event_id = x->e->id, .title = x->e->info }, &sv.audit_id);
	if (rc == RC_OK)
		rc = attr_now(cx, x->old, &old);
	if (rc == RC_OK) {
		*x->attr = old;
		rc = import_value(&sv, x->ain, old.type->name, &own);
	}
	if (rc == RC_OK)
		rc = attachment_plan(cx, &own, &old, &file);
	if (rc == RC_OK)
		rc = attr_change(cx, &own, &d, x->attr);
	if (rc == RC_OK)
		rc = last_look(&sv, x->ain, &old, x->attr);
	if (rc == RC_OK) {
		rc = attr_update(cx, &old, x->attr, sv.audit_id);
		if (rc == RC_EXISTS && cx->err.rc == RC_OK)
			rc = fail_field(cx, RC_EXISTS, "value", "A similar attribute already exists for this event.");
	}
	if (rc == RC_OK)
		rc = attachment_keep(cx, &file, old.event_id, old.id, ATTACHED_ATTR);
	if (rc == RC_OK)
		rc = attr_tags_edit(&sv, x->ain, x->attr);
	if (rc == RC_OK)
		rc = saving_analyst(&sv, &x->ain->analyst, &x->attr->uuid, ON_ATTRIBUTE, 0);
	if (rc == RC_OK)
		rc = event_touch(cx, x->e, sv.audit_id);
	saving_clear(&sv);
	return rc;
}

enum rc attr_edit(struct ctx *cx, const struct event *e, const struct attr *old, const struct attr_in *in, struct save *s, struct attr *out)
{
	struct one_args x = { .e = e, .s = s, .old = old, .attr = out, .ain = in };

	return in_transaction(cx, attr_edit_tx, &x);
}

static enum rc attr_delete_tx(struct ctx *cx, void *arg)
{
	struct one_args *x = arg;
	struct attr old, a;
	int64_t audit_id;

	TRY(audit_add(cx, &(struct audit){ .action = x->hard ? "delete" : "soft_delete", .model = "Attribute", .model_id = x->old->id, .event_id = x->e->id,
					   .title = x->e->info }, &audit_id));
	TRY(attr_now(cx, x->old, &old));
	if (x->hard) {
		TRY(attr_remove(cx, &old, audit_id, true));
	} else {
		a = old;
		a.deleted = true;
		a.timestamp = ctx_now_s(cx);
		TRY(attr_update(cx, &old, &a, audit_id));
	}
	return event_touch(cx, x->e, audit_id);
}

enum rc attr_delete(struct ctx *cx, const struct event *e, const struct attr *a, bool hard)
{
	struct one_args x = { .e = e, .old = a, .hard = hard };

	return in_transaction(cx, attr_delete_tx, &x);
}

static enum rc attr_restore_tx(struct ctx *cx, void *arg)
{
	struct one_args *x = arg;
	struct attr old, a;
	int64_t audit_id;
	enum rc rc;

	TRY(audit_add(cx, &(struct audit){ .action = "undelete", .model = "Attribute", .model_id = x->old->id, .event_id = x->e->id, .title = x->e->info },
		      &audit_id));
	TRY(attr_now(cx, x->old, &old));
	a = old;
	a.deleted = false;
	a.timestamp = ctx_now_s(cx);
	rc = attr_update(cx, &old, &a, audit_id);
	if (rc == RC_EXISTS && cx->err.rc == RC_OK)
		return fail_field(cx, RC_EXISTS, "value", "A similar attribute already exists for this event.");
	TRY(rc);
	return event_touch(cx, x->e, audit_id);
}

enum rc attr_restore(struct ctx *cx, const struct event *e, const struct attr *a)
{
	struct one_args x = { .e = e, .old = a };

	return in_transaction(cx, attr_restore_tx, &x);
}

static bool equal_in_object(const struct attr *a, const struct attr *b)
{
	return a->type == b->type && str_eq(a->relation, b->relation) && str_eq(a->value1, b->value1) && str_eq(a->value2, b->value2);
}

/* The attributes as they would be stored; one that could not be equals none. */
static enum rc wanted(struct saving *sv, const struct object_in *in, struct attr **out, size_t *n)
{
	struct ctx *cx = sv->cx;

	*out = arena_many(cx->mem, in->attr_n + 1, struct attr);
	*n = 0;
	for (size_t i = 0; i < in->attr_n; i++) {
		struct attr_defaults d = defaults(sv, 1);
		struct attr_in one = in->attrs[i];
		struct attached file;
		enum rc rc = attachment_plan(cx, &one, NULL, &file);

		if (rc == RC_OK)
			rc = attr_make(cx, &one, &d, &(*out)[*n]);
		if (rc != RC_OK && rc != RC_INVALID)
			return rc;
		ctx_forgive(cx);
		if (rc == RC_OK)
			(*n)++;
	}
	return RC_OK;
}

/* An object of the same template (without one: of the same name) whose live attributes are the same relation, type and value. */
static enum rc object_duplicate(struct saving *sv, const struct object_in *in, bool *dup, struct object *which)
{
	struct ctx *cx = sv->cx;
	struct uuid template;
	bool by_template = in_has(in->template_uuid) && uuid_parse(str_trim(in->template_uuid), &template);
	struct object *v;
	struct attr *want;
	int64_t after = 0;
	size_t n, want_n;

	*dup = false;
	TRY(wanted(sv, in, &want, &want_n));
	do {
		TRY(object_page(cx, &scope_all, sv->e.id, after, DELETED_NO, 200, &v, &n));
		for (size_t i = 0; i < n && !*dup; i++) {
			struct attr_range r = { .event_id = sv->e.id, .objects = &v[i].id, .object_n = 1 };
			struct attr *a;
			size_t an, same = 0;

			after = v[i].id;
			if (by_template ? !v[i].has_template || !uuid_eq(&v[i].template_uuid, &template) : !in_has(in->name) || !str_eq(v[i].name, in->name))
				continue;
			TRY(attr_page(cx, &scope_all, &r, &a, &an));
			if (an != want_n || an != in->attr_n)
				continue;
			for (size_t j = 0; j < want_n; j++)
				for (size_t k = 0; k < an; k++)
					if (equal_in_object(&want[j], &a[k])) {
						same++;
						break;
					}
			*dup = an > 0 && same == an;
			*which = v[i];
		}
	} while (n == 200 && !*dup);
	return RC_OK;
}

/* One object that is sent by itself must be as its template wants it; in the documents of others it is taken as it is. */
static enum rc conforms(struct saving *sv, const struct object_in *in)
{
	const struct object_template *t = NULL;
	struct uuid u;
	int64_t version;

	if (in_has(in->template_uuid) && uuid_parse(str_trim(in->template_uuid), &u) && in_has(in->template_version) &&
	    str_i64(str_trim(in->template_version), &version))
		TRY(saving_template(sv, &u, version, &t));
	return t ? template_conforms(sv->cx, t, in) : RC_OK;
}

static enum rc object_add_work(struct saving *sv, struct one_args *x)
{
	struct ctx *cx = sv->cx;

	if (x->break_on_duplicate) {
		struct object_in filled;
		struct object o;
		bool dup;

		TRY(fill(sv, x->oin, NULL, &filled));
		TRY(object_duplicate(sv, &filled, &dup, &o));
		if (dup) {
			char text[UUID_TEXT + 1];

			uuid_text(&o.uuid, text);
			return fail_field(cx, RC_EXISTS, "", "Duplicate object found (id: %lld, uuid: %s). Since breakOnDuplicate is set the object will not be added.",
					  (long long)o.id, text);
		}
	}
	for (size_t i = 0; i < x->oin->attr_n; i++)
		if (!in_has(x->oin->attrs[i].relation))
			return fail_field(cx, RC_INVALID, "object_relation", "An attribute of an object needs an object_relation.");
	TRY(conforms(sv, x->oin));
	TRY(saving_object_new(sv, x->oin, &x->id));
	/* one object is taken whole or not at all */
	for (size_t i = 0; i < sv->s->error_n; i++) {
		const struct save_error *e = &sv->s->errors[i];

		if (strcmp(e->what, "Tag") != 0) /* a tag that may not stand there is left out; the object is whole without it */
			return fail_field(cx, RC_INVALID, e->field, "%s", e->msg);
	}
	return RC_OK;
}

static enum rc object_add_tx(struct ctx *cx, void *arg)
{
	return with_batch(cx, arg, "add", "Object", object_add_work);
}

enum rc object_add(struct ctx *cx, const struct event *e, const struct object_in *in, bool break_on_duplicate, struct save *s, int64_t *id)
{
	struct one_args x = { .e = e, .s = s, .oin = in, .break_on_duplicate = break_on_duplicate };
	enum rc rc = in_transaction(cx, object_add_tx, &x);

	*id = x.id;
	return rc;
}

static enum rc object_edit_work(struct saving *sv, struct one_args *x)
{
	struct object_in in = *x->oin;
	struct object now;

	TRY(object_load(sv->cx, &scope_all, &(struct event_key){ .id = x->object->id }, &now));
	in.timestamp = (struct str){ 0 }; /* an edit of one object is always now */
	return object_known(sv, &in, &now);
}

static enum rc object_edit_tx(struct ctx *cx, void *arg)
{
	return with_batch(cx, arg, "edit", "Object", object_edit_work);
}

enum rc object_edit(struct ctx *cx, const struct event *e, const struct object *o, const struct object_in *in, struct save *s)
{
	struct one_args x = { .e = e, .s = s, .oin = in, .object = o };

	return unless_nothing(in_transaction(cx, object_edit_tx, &x));
}

static enum rc object_remove_tx(struct ctx *cx, void *arg)
{
	struct one_args *x = arg;
	struct object now;
	int64_t audit_id;

	TRY(audit_add(cx, &(struct audit){ .action = x->hard ? "delete" : "soft_delete", .model = "Object", .model_id = x->object->id, .event_id = x->e->id,
					   .title = x->object->name }, &audit_id));
	TRY(object_load(cx, &scope_all, &(struct event_key){ .id = x->object->id }, &now));
	TRY(object_delete(cx, &now, audit_id, x->hard));
	return event_touch(cx, x->e, audit_id);
}

enum rc object_remove(struct ctx *cx, const struct event *e, const struct object *o, bool hard)
{
	struct one_args x = { .e = e, .object = o, .hard = hard };

	return in_transaction(cx, object_remove_tx, &x);
}

static enum rc ref_add_work(struct saving *sv, struct one_args *x)
{
	struct ctx *cx = sv->cx;
	int64_t where = 0, id;
	struct uuid u;

	if (in_has(x->rin->referenced_uuid) && uuid_parse(str_trim(x->rin->referenced_uuid), &u)) {
		TRY(element_find(cx, &u, KIND_OBJECT, &where, &id));
		if (!where)
			TRY(element_find(cx, &u, KIND_ATTRIBUTE, &where, &id));
	}
	if (where != x->e->id)
		return fail_field(cx, RC_INVALID, "referenced_uuid", "Invalid target: no object or attribute of this event has that UUID");
	return ref_save(sv, x->rin, x->object->id, x->ref);
}

static enum rc ref_add_tx(struct ctx *cx, void *arg)
{
	return with_batch(cx, arg, "add", "ObjectReference", ref_add_work);
}

enum rc object_ref_add(struct ctx *cx, const struct event *e, const struct object *o, const struct ref_in *in, struct object_ref *out)
{
	struct save s = SAVE_LOCAL;
	struct one_args x = { .e = e, .s = &s, .object = o, .rin = in, .ref = out };
	enum rc rc = in_transaction(cx, ref_add_tx, &x);

	save_clear(&s);
	return rc == RC_DONE ? fail_field(cx, RC_EXISTS, "uuid", "A reference of this UUID exists already") : rc;
}

struct refs_args {
	struct one_args one; /* first: with_batch hands it on */
	const struct attr *v;
	size_t n, added;
};

static enum rc refs_add_work(struct saving *sv, struct one_args *one)
{
	struct refs_args *x = (struct refs_args *)(void *)one;

	for (size_t i = 0; i < x->n; i++) {
		struct ref_in in = *one->rin;
		char uu[UUID_TEXT + 1];

		if (x->v[i].event_id != one->e->id || x->v[i].deleted)
			continue;
		uuid_text(&x->v[i].uuid, uu);
		in.referenced_uuid = str_n(uu, UUID_TEXT);
		TRY(ref_save(sv, &in, one->object->id, NULL));
		x->added++;
	}
	return x->added ? RC_OK : fail(sv->cx, RC_INVALID, "No attribute selected.");
}

static enum rc refs_add_tx(struct ctx *cx, void *arg)
{
	struct refs_args *x = arg;

	return with_batch(cx, &x->one, "add", "ObjectReference", refs_add_work);
}

enum rc object_refs_add_many(struct ctx *cx, const struct event *e, const struct object *o, const struct ref_in *in, const struct attr *v, size_t *n)
{
	struct save s = SAVE_LOCAL;
	struct refs_args x = { .one = { .e = e, .s = &s, .object = o, .rin = in }, .v = v, .n = *n };
	enum rc rc = in_transaction(cx, refs_add_tx, &x);

	save_clear(&s);
	*n = x.added;
	return rc;
}

static enum rc ref_remove_tx(struct ctx *cx, void *arg)
{
	struct one_args *x = arg;
	int64_t audit_id;

	TRY(audit_add(cx, &(struct audit){ .action = "delete", .model = "ObjectReference", .model_id = x->ref->id, .event_id = x->e->id,
					   .title = x->ref->relationship_type }, &audit_id));
	TRY(object_ref_delete(cx, x->ref, x->hard));
	return event_touch(cx, x->e, audit_id);
}

enum rc object_ref_remove(struct ctx *cx, const struct event *e, const struct object_ref *r, bool hard)
{
	struct object_ref copy = *r;
	struct one_args x = { .e = e, .ref = &copy, .hard = hard };

	return in_transaction(cx, ref_remove_tx, &x);
}
