/* event_save.c - whole events in: head first, then its elements as they stand in the document. The elements' own rules: element_save.c. */
#include "format/misp_json.h"
#include "model/event_make.h"
#include "policy/access.h"
#include "policy/blocklist.h"
#include "policy/event_save_int.h"
#include "policy/group_admin.h"
#include "policy/protect.h"
#include "policy/tag_rules.h"
#include "store/setting.h"
#include "store/org.h"

#include <stdio.h>
#include <stdlib.h>

void save_clear(struct save *s)
{
	free(s->errors);
	s->errors = NULL;
	s->error_n = 0;
}

void saving_begin(struct saving *sv, struct ctx *cx, const struct event *e, struct save *s)
{
	struct str level = setting_text(cx, SITE_ATTRIBUTE_DISTRIBUTION);
	int64_t n;

	*sv = (struct saving){ .cx = cx, .s = s, .e = *e, .mem = arena_new(64 << 20) };
	sv->attr_distribution = str_i64(level, &n) ? (int)n : DIST_INHERIT;
}

void saving_clear(struct saving *sv)
{
	attr_batch_drop(&sv->batch);
	map_clear(&sv->tags);
	map_clear(&sv->groups);
	map_clear(&sv->templates);
	arena_free(sv->mem);
}

enum rc saving_refuse(struct saving *sv, const char *what, size_t position, enum rc rc)
{
	struct ctx *cx = sv->cx;
	struct save *s = sv->s;

	if (rc != RC_INVALID && rc != RC_DENIED && rc != RC_NOTFOUND && rc != RC_EXISTS && rc != RC_TOOBIG)
		return rc;
	s->error_total++;
	if (s->error_n < SAVE_ERRORS_MAX) {
		struct save_error *e;

		if (!s->errors && !(s->errors = calloc(SAVE_ERRORS_MAX, sizeof(*s->errors))))
			abort();
		e = &s->errors[s->error_n++];
		e->what = what;
		e->position = position;
		snprintf(e->field, sizeof(e->field), "%s", cx->err.field);
		snprintf(e->msg, sizeof(e->msg), "%.250s", cx->err.msg[0] ? cx->err.msg : rc_text(rc));
	}
	ctx_forgive(cx);
	return RC_OK;
}

struct tag_seen {
	struct tag t;
	struct str stem; /* see policy/tag_rules.h */
	bool usable;
};

/* Another tag of its stem is among those taken so far, or stored. */
static enum rc clashes(struct saving *sv, int64_t attr_id, const struct tag_seen *seen, const struct tag_binding *v, const struct str *stems, size_t n, bool local,
		       bool *out)
{
	*out = false;
	for (size_t i = 0; i < n && !*out && seen->stem.n; i++)
		*out = v[i].tag_id != seen->t.id && v[i].local == local && str_eq(stems[i], seen->stem);
	if (*out || attr_id == SAVING_NEW)
		return RC_OK;
	return tag_stem_taken(sv->cx, sv->e.id, attr_id, seen->t.id, seen->stem, local, out);
}

enum rc saving_tags(struct saving *sv, const struct tag_in *in, size_t n, int64_t attr_id, struct tag_binding **out, size_t *out_n)
{
	struct ctx *cx = sv->cx;
	struct tag_binding *v = arena_many(cx->mem, n ? n : 1, struct tag_binding);
	struct str *stems = arena_many(cx->mem, n ? n : 1, struct str);
	bool create = sv->s->from_feed || user_has(cx->who, PERM(TAG_EDITOR));

	*out_n = 0;
	*out = v;
	for (size_t i = 0; i < n; i++) {
		struct str name = str_trim(in[i].name.p ? in[i].name : S(""));
		struct tag_seen *seen;
		bool dup = false, local, clash;

		if (!name.n || in[i].deleted)
			continue;
		seen = map_get(&sv->tags, name);
		if (!seen) {
			enum rc rc;

			seen = arena_one(sv->mem, struct tag_seen);
			rc = tag_capture(cx, name, in[i].colour.p ? in[i].colour : S(""), create, &seen->t);
			if (rc != RC_OK && rc != RC_DONE)
				return rc;
			seen->usable = rc == RC_OK && (sv->s->from_feed || user_may_use_tag(cx->who, &seen->t));
			if (seen->usable) {
				TRY(tag_stem(cx, &seen->t, &seen->stem));
				seen->stem = str_dup(sv->mem, seen->stem);
			}
			map_put(&sv->tags, str_dup(sv->mem, name), seen);
		}
		if (!seen->usable) {
			sv->s->tags_refused++;
			continue;
		}
		for (size_t j = 0; j < *out_n; j++)
			dup |= v[j].tag_id == seen->t.id;
		if (dup)
			continue;
		local = in[i].local || seen->t.local_only;
		TRY(clashes(sv, attr_id, seen, v, stems, *out_n, local, &clash));
		if (clash) {
			sv->s->tags_refused++;
			TRY(saving_refuse(sv, "Tag", i, fail_field(cx, RC_INVALID, "name", TAG_EXCLUSIVE)));
			continue;
		}
		stems[*out_n] = seen->stem;
		v[(*out_n)++] = (struct tag_binding){ seen->t.id, local, in[i].relationship_type.p ? in[i].relationship_type : S("") };
	}
	return RC_OK;
}

/* The claim's answer is kept for the rest of the save: a large event names few groups many times. */
static enum rc claim(struct saving *sv, const struct group_in *in, int64_t number, int64_t *id)
{
	struct ctx *cx = sv->cx;
	struct group_claim c = { .in = in, .number = number, .trusted = sv->s->from_feed, .create = !sv->s->no_groups };
	struct str key = in && in_has(in->uuid) ? str_trim(in->uuid) : str_fmt(cx->mem, "%lld", (long long)number);
	int64_t *seen = map_get(&sv->groups, key);

	if (!seen) {
		seen = arena_one(sv->mem, int64_t);
		TRY(group_capture(cx, &c, seen));
		map_put(&sv->groups, str_dup(sv->mem, key), seen);
	}
	*id = *seen;
	return RC_OK;
}

enum rc saving_group(struct saving *sv, const struct group_in *in, const struct group_was *was, int *distribution, int64_t *id)
{
	int64_t sent = *id;

	if (*distribution != DIST_SHARING_GROUP) {
		*id = 0;
		return RC_OK;
	}
	if (was && !in && was->distribution == DIST_SHARING_GROUP && was->id == sent)
		return RC_OK;
	TRY(claim(sv, in, sent, id));
	if (*id)
		return RC_OK;
	if (!sv->s->from_feed)
		return fail_field(sv->cx, RC_INVALID, "sharing_group_id", "Invalid sharing group or you are not a member of it.");
	*distribution = DIST_ORG;
	return RC_OK;
}

enum rc in_transaction(struct ctx *cx, enum rc (*body)(struct ctx *cx, void *arg), void *arg)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = body(cx, arg);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

/* The event as it is now: others may have written since it was read. The audit row comes first: it makes writers wait for one another on both engines. */
static enum rc event_now(struct ctx *cx, int64_t id, struct event *out)
{
	return event_load(cx, &scope_all, &(struct event_key){ .id = id }, out);
}

enum rc event_touch(struct ctx *cx, const struct event *e, int64_t audit_id)
{
	struct event now;
	int64_t t = ctx_now_s(cx);
	bool published;

	TRY(event_now(cx, e->id, &now));
	published = now.published;
	now.timestamp = t > now.timestamp ? t : now.timestamp;
	now.published = false;
	return event_update(cx, &now, published ? audit_id : 0);
}

static enum rc on_attr(void *arg, struct ctx *cx, struct attr_in *a)
{
	return saving_attr(arg, a, 0);
}

static enum rc on_object(void *arg, struct ctx *cx, struct object_in *o)
{
	return saving_object(arg, o);
}

static enum rc on_bad(void *arg, struct ctx *cx, const char *what, size_t position, const char *why)
{
	return saving_refuse(arg, what, position, fail(cx, RC_INVALID, "%s", why));
}

static enum rc elements(struct saving *sv, struct str body)
{
	struct misp_sink sink = { sv, on_attr, on_object, on_bad };

	TRY(attr_batch_open(sv->cx, sv->e.id, sv->fresh, &sv->batch));
	TRY(misp_event_elements(sv->cx, body, &sink));
	return attr_batch_end(sv->cx, &sv->batch, NULL);
}

/* Sharing group and publication of sv->e; was: the event as it stands, NULL for a new one. A feed's own setting stands above what its events say, and a
 * number in them means nothing here. */
static enum rc head_rights(struct saving *sv, const struct event_in *in, const struct event *was)
{
	struct event *e = &sv->e;
	struct save *s = sv->s;
	struct group_was w = { was ? was->distribution : 0, was ? was->sharing_group_id : 0 };
	bool by_feed = s->from_feed && s->distribution >= 0;

	if (s->no_groups && !by_feed && !(was && e->sharing_group_id == was->sharing_group_id))
		e->sharing_group_id = 0;
	TRY(saving_group(sv, by_feed ? NULL : in->group, was ? &w : NULL, &e->distribution, &e->sharing_group_id));
	if (!s->from_feed && !user_has(sv->cx->who, PERM(PUBLISH)))
		e->published = false;
	return RC_OK;
}

enum rc tag_join(struct ctx *cx, int64_t event_id, int64_t tag_id, bool *joined)
{
	struct tag_binding b = { .tag_id = tag_id, .relationship_type = S("") };
	struct tag t;
	struct str stem;
	bool clash;
	enum rc rc = tag_load(cx, tag_id, S(""), &t);

	if (rc != RC_OK)
		return rc == RC_DONE ? RC_OK : rc;
	TRY(tag_stem(cx, &t, &stem));
	TRY(tag_stem_taken(cx, event_id, 0, t.id, stem, false, &clash));
	if (clash)
		return RC_OK;
	rc = tag_bind(cx, event_id, 0, &b);
	*joined |= rc == RC_OK;
	return rc == RC_EXISTS ? RC_OK : rc;
}

enum rc saving_analyst(struct saving *sv, const struct analyst_list *list, const struct uuid *object, enum analyst_target type, size_t position)
{
	struct ctx *cx = sv->cx;
	struct analyst_capture c = { .trusted = sv->s->from_feed, .no_groups = sv->s->no_groups };
	struct org_ref org;

	if (!list->n)
		return RC_OK;
	c.org_id = cx->who && !c.trusted ? cx->who->org_id : sv->e.org_id;
	TRY(org_ref_load(cx, c.org_id, &org));
	c.org_uuid = org.uuid;
	TRY(analyst_take(cx, &c, list, object, type));
	if (c.failed)
		return saving_refuse(sv, "AnalystData", position, fail(cx, RC_INVALID, "%s", c.why));
	return RC_OK;
}

static enum rc head_tags(struct saving *sv, const struct event_in *in)
{
	struct ctx *cx = sv->cx;
	struct tag_binding *t;
	size_t n;

	for (size_t i = 0; i < in->tag_n; i++) {
		struct tag t1;
		bool was;
		enum rc rc;

		if (!in->tags[i].deleted || !in->tags[i].name.n)
			continue;
		rc = tag_load(cx, 0, in->tags[i].name, &t1);
		if (rc == RC_OK) {
			TRY(tag_unbind(cx, sv->e.id, 0, t1.id, sv->audit_id, &was, NULL));
			sv->changed |= was;
		} else if (rc != RC_DONE) {
			return rc;
		}
	}
	/* behind what was taken off: a tag may take the place of one that excludes it */
	TRY(saving_tags(sv, in->tags, in->tag_n, 0, &t, &n));
	for (size_t i = 0; i < n; i++) {
		enum rc rc = tag_bind(cx, sv->e.id, 0, &t[i]);

		if (rc == RC_OK)
			sv->changed = true;
		else if (rc != RC_EXISTS)
			return rc;
	}
	for (size_t i = 0; i < sv->s->extra_tag_n; i++)
		TRY(tag_join(cx, sv->e.id, sv->s->extra_tags[i], &sv->changed));
	return RC_OK;
}

struct add_args {
	struct str body;
	struct crypt_key *keys;
	const struct event_in *in;
	struct save *s;
	struct event e;
};

/* The creator is taken from the document: from a feed that has none of its own, and from who synchronises. */
static bool names_creator(struct ctx *cx, const struct save *s, const struct event_in *in)
{
	if (s->from_feed)
		return !s->orgc_id;
	return user_has(cx->who, PERM(SYNC)) && (in_has(in->orgc.uuid) || in_has(in->orgc.name));
}

/* As soon as the uuids are known, whatever else is wrong with the event. A creator known by name alone is looked at once it was found (add_tx). */
static enum rc blocklists(struct ctx *cx, const struct save *s, const struct event_in *in)
{
	struct uuid u;

	if (in_has(in->uuid) && uuid_parse(str_trim(in->uuid), &u))
		TRY(block_check_event(cx, &u));
	if (!names_creator(cx, s, in))
		return s->from_feed ? RC_OK : block_check_org(cx, &cx->who->org_uuid);
	return in_has(in->orgc.uuid) && uuid_parse(str_trim(in->orgc.uuid), &u) ? block_check_org(cx, &u) : RC_OK;
}

static enum rc add_tx(struct ctx *cx, void *arg)
{
	struct add_args *a = arg;
	struct org_ref creator;
	struct saving sv;
	enum rc rc;

	if (names_creator(cx, a->s, a->in))
		TRY(org_capture(cx, &a->in->orgc, &a->e.orgc_id));
	if (!a->e.orgc_id)
		a->e.orgc_id = a->e.org_id;
	TRY(org_ref_load(cx, a->e.orgc_id, &creator));
	TRY(block_check_org(cx, &creator.uuid));
	saving_begin(&sv, cx, &a->e, a->s);
	sv.fresh = true;
	rc = head_rights(&sv, a->in, NULL);
	if (rc == RC_OK && sv.e.published && !sv.e.publish_timestamp)
		sv.e.publish_timestamp = ctx_now_s(cx);
	if (rc == RC_OK)
		rc = event_insert(cx, &sv.e);
	a->e = sv.e;
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "add", .model = "Event", .model_id = a->e.id, .event_id = a->e.id, .title = a->e.info }, &sv.audit_id);
	if (rc == RC_OK)
		rc = protect_keys_put(cx, a->e.id, a->keys, a->in->key_n);
	if (rc == RC_OK)
		rc = head_tags(&sv, a->in);
	if (rc == RC_OK)
		rc = saving_analyst(&sv, &a->in->analyst, &sv.e.uuid, ON_EVENT, 0);
	if (rc == RC_OK)
		rc = elements(&sv, a->body);
	for (size_t i = 0; rc == RC_OK && i < a->in->report_n; i++)
		rc = saving_refuse(&sv, "EventReport", i, saving_report(&sv, &a->in->reports[i], i));
	saving_clear(&sv);
	return rc;
}

enum rc event_add(struct ctx *cx, struct str body, struct save *s, int64_t *id)
{
	struct event_in in;
	struct add_args a = { .body = body, .in = &in, .s = s };
	struct event *e = &a.e;

	TRY(misp_event_head(cx, body, &in));
	TRY(blocklists(cx, s, &in));
	TRY(event_make(cx, &in, s->from_feed && s->distribution >= 0 ? s->distribution : (int)setting_int(cx, SITE_EVENT_DISTRIBUTION), e));
	if (!in_has(in.threat_level_id))
		e->threat_level_id = (int)setting_int(cx, SITE_THREAT_LEVEL);
	TRY(event_id_of_uuid(cx, &e->uuid, id));
	if (*id)
		return fail(cx, RC_EXISTS, "Event already exists, if you would like to edit it, use the url in the location header.");
	TRY(protect_keys_read(cx, in.keys, in.key_n, &a.keys));
	if (e->is_protected && !s->from_feed && protect_asks(cx))
		TRY(protect_check(cx, body, s->signature, a.keys, in.key_n));
	if (s->from_feed) {
		e->org_id = s->org_id;
		e->orgc_id = s->orgc_id;
		if (s->distribution >= 0) {
			e->distribution = s->distribution;
			e->sharing_group_id = s->sharing_group_id;
		}
		e->published = s->publish;
		e->locked = false;
	} else {
		e->org_id = e->orgc_id = cx->who->org_id;
		if (!user_has(cx->who, PERM(SYNC)))
			e->locked = false;
	}
	e->user_id = cx->who ? cx->who->id : 0;
	TRY(in_transaction(cx, add_tx, &a));
	*id = e->id;
	return RC_OK;
}

struct edit_args {
	struct str body;
	struct crypt_key *keys;
	const struct event_in *in;
	struct save *s;
	int64_t id;
	struct str title;
	struct event e;
};

static enum rc edit_head(struct ctx *cx, struct edit_args *a, struct event *was)
{
	const struct event_in *in = a->in;
	const struct save *s = a->s;
	struct event *e = &a->e, old;
	int64_t sent;

	TRY(event_now(cx, a->id, &old));
	if (in_has(in->timestamp) && str_i64(str_trim(in->timestamp), &sent) && sent <= old.timestamp && !s->from_feed)
		return fail(cx, RC_INVALID, "Event could not be saved: Event in the request not newer than the local copy.");
	*e = old;
	TRY(event_change(cx, in, e));
	if (e->timestamp <= old.timestamp && !in_has(in->timestamp))
		e->timestamp = old.timestamp; /* two changes within one second */
	if (s->from_feed) {
		e->published = s->publish;
		if (s->distribution >= 0) {
			e->distribution = s->distribution;
			e->sharing_group_id = s->sharing_group_id;
		}
	} else if (!user_has(cx->who, PERM(SYNC))) {
		e->locked = old.locked;
	}
	*was = old;
	return RC_OK;
}

static enum rc edit_tx(struct ctx *cx, void *arg)
{
	struct edit_args *a = arg;
	struct saving sv;
	struct event was;
	int64_t audit_id;
	enum rc rc;

	TRY(audit_add(cx, &(struct audit){ .action = "edit", .model = "Event", .model_id = a->id, .event_id = a->id, .title = a->title }, &audit_id));
	TRY(edit_head(cx, a, &was));
	saving_begin(&sv, cx, &a->e, a->s);
	sv.audit_id = audit_id;
	rc = head_rights(&sv, a->in, &was);
	if (sv.e.published && !was.published)
		sv.e.publish_timestamp = ctx_now_s(cx);
	a->e = sv.e;
	if (rc == RC_OK)
		rc = event_update(cx, &sv.e, audit_id);
	if (rc == RC_OK)
		rc = protect_keys_put(cx, a->id, a->keys, a->in->key_n);
	if (rc == RC_OK)
		rc = head_tags(&sv, a->in);
	if (rc == RC_OK)
		rc = saving_analyst(&sv, &a->in->analyst, &sv.e.uuid, ON_EVENT, 0);
	if (rc == RC_OK)
		rc = elements(&sv, a->body);
	for (size_t i = 0; rc == RC_OK && i < a->in->report_n; i++)
		rc = saving_refuse(&sv, "EventReport", i, saving_report(&sv, &a->in->reports[i], i));
	saving_clear(&sv);
	return rc;
}

enum rc event_edit(struct ctx *cx, const struct event *e, struct str body, struct save *s)
{
	struct event_in in;
	struct edit_args a = { .body = body, .in = &in, .s = s, .id = e->id };

	TRY(misp_event_head(cx, body, &in));
	a.title = in.info.n ? in.info : e->info;
	if (e->is_protected && !s->from_feed && protect_asks(cx)) {
		struct crypt_key *v;
		size_t n;

		TRY(crypt_key_list(cx, &scope_all, e->id, &v, &n));
		TRY(protect_check(cx, body, s->signature, v, n));
	}
	TRY(protect_keys_read(cx, in.keys, in.key_n, &a.keys));
	return in_transaction(cx, edit_tx, &a);
}

struct publish_args {
	const struct event *e;
	bool publish;
};

static enum rc publish_tx(struct ctx *cx, void *arg)
{
	const struct publish_args *x = arg;
	struct event now;
	int64_t audit_id;

	TRY(audit_add(cx, &(struct audit){ .action = x->publish ? "publish" : "unpublish", .model = "Event", .model_id = x->e->id, .event_id = x->e->id,
					   .title = x->e->info }, &audit_id));
	TRY(event_now(cx, x->e->id, &now));
	now.published = x->publish;
	if (x->publish)
		now.publish_timestamp = ctx_now_s(cx);
	return event_update(cx, &now, audit_id);
}

enum rc event_publish(struct ctx *cx, const struct event *e, bool publish)
{
	struct publish_args x = { e, publish };

	return in_transaction(cx, publish_tx, &x);
}

static enum rc remove_tx(struct ctx *cx, void *arg)
{
	struct event *e = arg;
	int64_t audit_id;

	TRY(audit_add(cx, &(struct audit){ .action = "delete", .model = "Event", .model_id = e->id, .event_id = e->id, .title = e->info }, &audit_id));
	TRY(event_now(cx, e->id, e));
	TRY(block_deleted_event(cx, e));
	return event_delete(cx, e->id, audit_id, false);
}

enum rc event_remove(struct ctx *cx, const struct event *e)
{
	struct event copy = *e;

	return in_transaction(cx, remove_tx, &copy);
}

static enum rc make_tx(struct ctx *cx, void *arg)
{
	struct event *e = arg;

	TRY(event_insert(cx, e));
	return audit_add(cx, &(struct audit){ .action = "add", .model = "Event", .model_id = e->id, .event_id = e->id, .title = e->info }, NULL);
}

enum rc event_make_head(struct ctx *cx, struct event *e)
{
	return cx->conn ? make_tx(cx, e) : in_transaction(cx, make_tx, e);
}

struct tag_args {
	const struct event *e;
	const struct attr *a;
	const struct tag *t;
	bool local, attach, was;
	struct str relationship;
};

static enum rc tag_tx(struct ctx *cx, void *arg)
{
	struct tag_args *x = arg;
	int64_t attr_id = x->a ? x->a->id : 0, audit_id;
	struct event e;
	struct attr a;

	TRY(audit_add(cx, &(struct audit){ .action = x->attach ? (x->local ? "tag_local" : "tag") : (x->local ? "untag_local" : "untag"),
					   .model = x->a ? "Attribute" : "Event", .model_id = attr_id ? attr_id : x->e->id, .event_id = x->e->id,
					   .title = x->t->name }, &audit_id));
	TRY(event_now(cx, x->e->id, &e));
	if (x->a)
		TRY(attr_load(cx, &scope_all, &(struct event_key){ .id = attr_id }, &a));
	if (x->attach) {
		struct tag_binding b = { x->t->id, x->local, x->relationship };

		TRY(tag_may_join(cx, e.id, attr_id, x->t, x->local));
		TRY(tag_bind(cx, e.id, attr_id, &b));
	} else {
		TRY(tag_unbind(cx, e.id, attr_id, x->t->id, audit_id, &x->was, &x->local));
		if (!x->was)
			return RC_DONE;
	}
	if (x->local)
		return RC_OK;
	if (x->a) {
		struct attr now = a;

		now.timestamp = ctx_now_s(cx);
		TRY(attr_update(cx, &a, &now, 0));
	}
	return event_touch(cx, &e, audit_id);
}

enum rc tag_attach(struct ctx *cx, const struct event *e, const struct attr *a, const struct tag *t, bool local, struct str relationship)
{
	struct tag_args x = { .e = e, .a = a, .t = t, .local = local, .attach = true, .relationship = relationship };

	return in_transaction(cx, tag_tx, &x);
}

enum rc tag_detach(struct ctx *cx, const struct event *e, const struct attr *a, const struct tag *t, bool *was)
{
	struct tag_args x = { .e = e, .a = a, .t = t };
	enum rc rc = in_transaction(cx, tag_tx, &x);

	*was = x.was;
	return rc == RC_DONE ? RC_OK : rc;
}
