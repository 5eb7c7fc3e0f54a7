/* analyst.c - notes, opinions and relationships: add, edit, delete, view, index, and the calls of a peer. */
#include "api/analyst.h"

#include "api/api_int.h"
#include "api/event_reports.h"
#include "export/analyst_doc.h"
#include "policy/analyst_save.h"
#include "policy/blocklist.h"
#include "store/object.h"
#include "store/org.h"

enum { PAGE = 500, STAMPS_PAGE = 10000 };

static enum rc not_here(struct ctx *cx, enum analyst_kind kind)
{
	return fail(cx, RC_NOTFOUND, "Invalid %s.", analyst_names[kind]);
}

/* The kind and the thing that a path names: "Note", or "all" with a uuid. */
static enum rc named(struct req *rq, enum analyst_kind *kind, struct event_key *k)
{
	struct ctx *cx = rq->cx;
	struct str type = req_var(rq, 0), ref = req_var(rq, 1);
	struct analyst a;
	enum rc rc;

	if (!analyst_kind_of(type, kind)) {
		if (!str_eq(type, S("all")) || !event_key_parse(ref, k) || k->id)
			return fail(cx, RC_METHOD, "Invalid type.");
		rc = analyst_load(cx, cx->scope, ANALYST_NOTE, k, &a);
		if (rc == RC_DONE)
			return fail(cx, RC_NOTFOUND, "Invalid UUID");
		*kind = a.kind;
		return rc;
	}
	if (!event_key_parse(ref, k) || (!k->id && uuid_is_nil(&k->uuid)))
		return not_here(cx, *kind);
	return RC_OK;
}

static enum rc load(struct req *rq, struct analyst *out)
{
	struct event_key k;
	enum analyst_kind kind;
	enum rc rc;

	TRY(named(rq, &kind, &k));
	rc = analyst_load(rq->cx, rq->cx->scope, kind, &k, out);
	if (rc == RC_DONE || (rc == RC_OK && out->kind != kind))
		return not_here(rq->cx, kind);
	return rc;
}

/* ---- what a relationship points to ---- */

static void write_event(struct ctx *cx, struct jw *w, const struct event *e)
{
	struct org_ref r = { 0 };
	struct org orgc;

	if (org_ref_load(cx, e->orgc_id, &r) != RC_OK)
		ctx_forgive(cx);
	orgc = (struct org){ .id = r.id, .uuid = r.uuid, .name = r.name, .local = r.local };
	jw_obj(w);
	jw_kid(w, "id", e->id);
	jw_kuuid(w, "uuid", &e->uuid);
	jw_kstr(w, "info", e->info);
	jw_kid(w, "org_id", e->org_id);
	jw_kid(w, "orgc_id", e->orgc_id);
	jw_kid(w, "distribution", e->distribution);
	jw_kbool(w, "published", e->published);
	jw_kid(w, "timestamp", e->timestamp);
	jw_key(w, "Orgc");
	misp_write_org(w, &orgc, true);
	jw_obj_end(w);
}

static enum rc write_of_event(struct ctx *cx, struct jw *w, int64_t event_id)
{
	struct event e;

	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = event_id }, &e));
	jw_key(w, "Event");
	write_event(cx, w, &e);
	return RC_OK;
}

/* members of the object that is open; RC_NOTFOUND when it is not here or not for this reader */
static enum rc write_target(struct ctx *cx, struct jw *w, enum analyst_target type, const struct uuid *u)
{
	struct event_key k = { .uuid = *u };
	struct event e;
	struct attr a;
	struct object o;
	struct report r;
	struct analyst n;
	enum rc rc;

	switch (type) {
	case ON_EVENT:
		TRY(event_load(cx, cx->scope, &k, &e));
		jw_key(w, "Event");
		write_event(cx, w, &e);
		return RC_OK;
	case ON_ATTRIBUTE:
		TRY(attr_load(cx, cx->scope, &k, &a));
		jw_key(w, "Attribute");
		misp_write_attr_open(w, ATTR_ALONE, &a, NULL);
		TRY(write_of_event(cx, w, a.event_id));
		misp_write_attr_close(w);
		return RC_OK;
	case ON_OBJECT:
		TRY(object_load(cx, cx->scope, &k, &o));
		jw_key(w, "Object");
		misp_write_object_open(w, &o);
		TRY(write_of_event(cx, w, o.event_id));
		misp_write_object_close(w);
		return RC_OK;
	case ON_EVENT_REPORT:
		TRY(report_load(cx, cx->scope, &k, &r));
		jw_key(w, "EventReport");
		jw_obj(w);
		report_write(w, &r);
		TRY(write_of_event(cx, w, r.event_id));
		jw_obj_end(w);
		return RC_OK;
	case ON_NOTE:
	case ON_OPINION:
	case ON_RELATIONSHIP:
		rc = analyst_load(cx, cx->scope, ANALYST_NOTE, &k, &n);
		if (rc == RC_DONE || (rc == RC_OK && analyst_as_target(n.kind) != type))
			return fail(cx, RC_NOTFOUND, "Invalid UUID");
		TRY(rc);
		jw_key(w, analyst_names[n.kind]);
		jw_obj(w);
		misp_write_analyst_members(w, &n);
		jw_obj_end(w);
		return RC_OK;
	default:
		return fail(cx, RC_NOTFOUND, "Invalid UUID");
	}
}

/* The object; an empty list when there is nothing to show. */
static enum rc write_related(struct req *rq, struct jw *w, enum analyst_target type, const struct uuid *u)
{
	struct ctx *cx = rq->cx;
	struct buf b;
	struct jw in;
	enum rc rc;

	buf_init(&b, 64 << 20);
	jw_init(&in, &b, w->pretty);
	jw_obj(&in);
	rc = write_target(cx, &in, type, u);
	if (rc == RC_OK) {
		jw_obj_end(&in);
		jw_raw(w, buf_view(&b));
	} else if (rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		jw_arr(w);
		jw_arr_end(w);
		rc = RC_OK;
	}
	buf_clear(&b);
	return rc;
}

enum rc analyst_data_related(struct req *rq, struct resp *rs)
{
	enum analyst_target type;
	struct uuid u;
	struct jw w;

	if (!analyst_target_of(req_var(rq, 0), &type))
		return fail(rq->cx, RC_METHOD, "Invalid type.");
	if (!uuid_parse(req_var(rq, 1), &u))
		return fail(rq->cx, RC_NOTFOUND, "Invalid UUID");
	w = api_json(rq, rs);
	return write_related(rq, &w, type, &u);
}

/* ---- one ---- */

static enum rc write_one(struct req *rq, struct resp *rs, const struct analyst *a)
{
	struct ctx *cx = rq->cx;
	struct analyst_tree t;
	struct jw w;

	TRY(analyst_tree_load(cx, cx->scope, &a->uuid, 1, &t));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, analyst_names[a->kind]);
	jw_obj(&w);
	misp_write_analyst_members(&w, a);
	if (a->kind == ANALYST_RELATIONSHIP) {
		jw_key(&w, "related_object");
		TRY(write_related(rq, &w, a->related_type, &a->related_uuid));
	}
	misp_write_analyst_of(&w, &t, &a->uuid);
	TRY(analyst_write_inbound(cx, cx->scope, &w, &a->uuid, false));
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc analyst_data_view(struct req *rq, struct resp *rs)
{
	struct analyst a;

	TRY(load(rq, &a));
	return write_one(rq, rs, &a);
}

enum rc analyst_data_children(struct req *rq, struct resp *rs)
{
	struct analyst_tree t;
	struct analyst a;
	struct jw w;

	TRY(load(rq, &a));
	TRY(analyst_tree_load(rq->cx, rq->cx->scope, &a.uuid, 1, &t));
	w = api_json(rq, rs);
	misp_write_analyst(&w, &t, &a);
	return RC_OK;
}

static enum rc read_body(struct req *rq, enum analyst_kind kind, struct analyst_in *in)
{
	struct jr r;

	jr_init(&r, rq->cx, rq->body, NULL);
	misp_analyst_read(&r, kind, in);
	return jr_end(&r);
}

enum rc analyst_data_add(struct req *rq, struct resp *rs)
{
	struct analyst_in in;
	enum analyst_kind kind;
	struct analyst a;

	if (!analyst_kind_of(req_var(rq, 0), &kind))
		return fail(rq->cx, RC_METHOD, "Invalid type.");
	TRY(read_body(rq, kind, &in));
	if (req_var(rq, 1).n)
		in.object_uuid = req_var(rq, 1);
	if (req_var(rq, 2).n)
		in.object_type = req_var(rq, 2);
	api_saving(rq, "Could not add Analyst Data", "/analyst_data/add", false);
	TRY(analyst_add(rq->cx, &in, &a));
	return write_one(rq, rs, &a);
}

enum rc analyst_data_edit(struct req *rq, struct resp *rs)
{
	struct analyst_in in;
	struct event_key k;
	enum analyst_kind kind;
	struct analyst a;

	TRY(named(rq, &kind, &k));
	TRY(read_body(rq, kind, &in));
	api_saving(rq, "Could not edit Analyst Data", "/analyst_data/edit", false);
	TRY(analyst_edit(rq->cx, kind, &k, &in, &a));
	return write_one(rq, rs, &a);
}

enum rc analyst_data_delete(struct req *rq, struct resp *rs)
{
	static const char *const done[ANALYST_KINDS] = { "Note deleted.", "Opinion deleted.", "Relationship deleted." };
	struct str hard = req_var(rq, 2);
	struct event_key k;
	enum analyst_kind kind;
	int64_t id;

	TRY(named(rq, &kind, &k));
	TRY(analyst_remove(rq->cx, kind, &k, !hard.n || api_is_true(hard), &id));
	api_ok(rq, rs, done[kind], "/analyst_data/delete", id);
	return RC_OK;
}

/* ---- lists ---- */

struct listing {
	struct analyst_filter f;
	bool has_type, has_orgc, has_org, impossible;
	enum analyst_target type;
	struct uuid orgc, org;
	struct str text;
};

static bool param_uuid(const struct params *p, const char *key, struct uuid *out, bool *impossible)
{
	struct str s = str_trim(param_text(p, key));

	if (!s.n)
		return false;
	if (!uuid_parse(s, out))
		*impossible = true;
	return true;
}

static void read_listing(struct ctx *cx, const struct params *p, struct listing *l)
{
	const struct param *u = param_get(p, "uuid");
	struct str type = str_trim(param_text(p, "object_type"));

	if (u && u->n) {
		struct uuid *v = arena_many(cx->mem, u->n, struct uuid);

		for (size_t i = 0; i < u->n; i++)
			if (uuid_parse(str_trim(u->v[i]), &v[l->f.uuid_n]))
				l->f.uuid_n++;
		l->f.uuids = v;
	}
	l->f.of_object = param_uuid(p, param_get(p, "object_uuid") ? "object_uuid" : "target_object", &l->f.object_uuid, &l->impossible);
	l->has_orgc = param_uuid(p, "orgc_uuid", &l->orgc, &l->impossible);
	l->has_org = param_uuid(p, "org_uuid", &l->org, &l->impossible);
	l->has_type = type.n != 0;
	if (l->has_type && !analyst_target_of(type, &l->type))
		l->impossible = true;
	l->text = param_text(p, param_get(p, "value") ? "value" : "quickFilter");
}

static bool passes(const struct listing *l, const struct analyst *a)
{
	return (!l->has_type || a->object_type == l->type) && (!l->has_orgc || uuid_eq(&a->orgc_uuid, &l->orgc)) &&
	       (!l->has_org || uuid_eq(&a->org_uuid, &l->org)) &&
	       (!l->text.n || str_find_nocase(a->body, l->text) != STR_NONE || str_find_nocase(a->authors, l->text) != STR_NONE);
}

enum rc analyst_data_index(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct listing l = { .f.limit = PAGE };
	struct str type = req_var(rq, 0);
	int64_t limit, skip, total = 0;
	struct params p;
	struct jw w;
	size_t n = PAGE;

	if (!analyst_kind_of(type.n ? type : S("Note"), &l.f.kind))
		return fail(cx, RC_METHOD, "Invalid type.");
	TRY(api_params(rq, &p));
	read_listing(cx, &p, &l);
	limit = param_int(&p, "limit", 0);
	skip = limit > 0 ? (param_int(&p, "page", 1) - 1) : 0;
	skip = skip <= 0 ? 0 : skip > INT64_MAX / limit ? INT64_MAX : skip * limit;
	w = api_json(rq, rs);
	jw_arr(&w);
	while (n == PAGE && !l.impossible) { /* a filter by uuid is one page at most: ids ascend through it, too */
		struct arena_mark m = arena_mark(cx->mem);
		struct analyst *v;

		TRY(analyst_list(cx, cx->scope, &l.f, &v, &n));
		for (size_t i = 0; i < n; i++) {
			l.f.after = v[i].id;
			if (!passes(&l, &v[i]))
				continue;
			if (total++ < skip || (limit > 0 && total > skip + limit))
				continue;
			jw_obj(&w);
			jw_key(&w, analyst_names[v[i].kind]);
			jw_obj(&w);
			misp_write_analyst_members(&w, &v[i]);
			jw_obj_end(&w);
			jw_obj_end(&w);
		}
		arena_reset(cx->mem, m);
	}
	jw_arr_end(&w);
	api_count(rq, rs, total);
	return RC_OK;
}

/* ---- what a peer calls ---- */

static void kdatetime(struct jw *w, const struct uuid *u, int64_t s)
{
	char uu[UUID_TEXT + 1], t[CLOCK_TEXT_MAX];

	uuid_text(u, uu);
	jw_key_str(w, str_n(uu, UUID_TEXT));
	jw_str(w, str_n(t, (size_t)clock_datetime(s * 1000000, t)));
}

static enum rc read_orgs(struct ctx *cx, const struct params *p, struct analyst_orgs *out)
{
	const struct param *names = param_get(p, "orgc_name");
	size_t n = names ? names->n : 0;
	int64_t *in = arena_many(cx->mem, n + 1, int64_t), *not = arena_many(cx->mem, n + 1, int64_t);

	*out = (struct analyst_orgs){ .in = in, .out = not };
	for (size_t i = 0; i < n; i++) {
		bool no = str_starts(names->v[i], S("!"));
		struct org o;
		enum rc rc = org_find(cx, str_trim(no ? str_from(names->v[i], 1) : names->v[i]), &o);

		if (rc == RC_OK && no)
			not[out->out_n++] = o.id;
		else if (rc == RC_OK)
			in[out->in_n++] = o.id;
		else if (rc != RC_DONE)
			return rc;
	}
	return RC_OK;
}

enum rc analyst_data_minimal(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct analyst_orgs orgs;
	struct params p;
	struct jw w;

	TRY(api_params(rq, &p));
	TRY(read_orgs(cx, &p, &orgs));
	w = api_json(rq, rs);
	jw_obj(&w);
	for (int kind = 0; kind < ANALYST_KINDS; kind++) {
		int64_t after = 0;
		size_t n = STAMPS_PAGE;

		jw_key(&w, analyst_names[kind]);
		jw_obj(&w);
		while (n == STAMPS_PAGE) {
			struct arena_mark m = arena_mark(cx->mem);
			struct analyst_stamp *v;

			TRY(analyst_stamps(cx, cx->scope, (enum analyst_kind)kind, &orgs, after, STAMPS_PAGE, &v, &n));
			for (size_t i = 0; i < n; i++) {
				after = v[i].id;
				kdatetime(&w, &v[i].uuid, v[i].modified_s);
			}
			arena_reset(cx->mem, m);
		}
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}

/* Is it wanted: not known and not blocked, or known from a peer and older here. */
static enum rc wanted(struct ctx *cx, enum analyst_kind kind, struct str uuid, struct str modified, bool *out)
{
	struct event_key k = { 0 };
	struct analyst a;
	int64_t us = 0;
	bool blocked;
	enum rc rc;

	*out = false;
	if (!uuid_parse(uuid, &k.uuid))
		return RC_OK;
	rc = analyst_load(cx, &scope_all, kind, &k, &a);
	if (rc == RC_OK) {
		*out = a.kind == kind && a.locked && clock_parse(modified, &us, NULL) && us / 1000000 > a.modified_s;
		return RC_OK;
	}
	if (rc != RC_DONE)
		return rc;
	TRY(block_has_analyst(cx, &k.uuid, &blocked));
	*out = !blocked;
	return RC_OK;
}

enum rc analyst_data_filter(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str key, text;
	struct jw w = api_json(rq, rs);
	struct jr r;
	enum rc rc = RC_OK;

	jr_init(&r, cx, rq->body, NULL);
	jw_obj(&w);
	for (jr_obj(&r); jr_member(&r, &key);) {
		enum analyst_kind kind;

		if (!analyst_kind_of(key, &kind) || jr_peek(&r) != J_OBJ) { /* [] where there are none */
			jr_skip(&r);
			continue;
		}
		jw_key(&w, analyst_names[kind]);
		jw_obj(&w);
		for (jr_obj(&r); jr_member(&r, &key);) {
			struct arena_mark m;
			struct str uuid = str_dup(cx->mem, key);
			bool want = false;

			text = jr_peek(&r) == J_OBJ || jr_peek(&r) == J_ARR ? (jr_skip(&r), S("")) : jr_text_dup(&r);
			m = arena_mark(cx->mem);
			if (rc == RC_OK)
				rc = wanted(cx, kind, uuid, text.p ? text : S(""), &want);
			arena_reset(cx->mem, m);
			if (want) {
				jw_key_str(&w, uuid);
				jw_str(&w, text.p ? text : S(""));
			}
		}
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	TRY(rc);
	return jr_end(&r);
}

/* {"Note": {...}}, or the members alone with note_type_name */
static enum rc kind_of_body(struct req *rq, enum analyst_kind *out)
{
	struct str key;
	struct jr r;
	bool found = false, by_name = false;

	jr_init(&r, rq->cx, rq->body, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		enum analyst_kind kind;

		if (str_eq(key, S("note_type_name")) && jr_peek(&r) == J_STR) {
			by_name |= analyst_kind_of(jr_text(&r), out);
		} else {
			if (!by_name && !found && analyst_kind_of(key, &kind) && jr_peek(&r) == J_OBJ) {
				*out = kind;
				found = true;
			}
			jr_skip(&r);
		}
	}
	TRY(jr_end(&r));
	return found || by_name ? RC_OK : fail(rq->cx, RC_NOTFOUND, "Invalid or could not deduce analyst data type");
}

enum rc analyst_data_push(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct analyst_capture c;
	struct analyst_in in;
	enum analyst_kind kind;
	struct str counts;

	TRY(kind_of_body(rq, &kind));
	TRY(read_body(rq, kind, &in));
	TRY(analyst_push(cx, &in, &c));
	counts = str_fmt(cx->mem, "%zu imported, %zu ignored, %zu failed. %s", c.imported, c.ignored, c.failed, c.why);
	if (!c.imported) {
		api_saving(rq, "Could not import analyst data. ", "/analyst_data/pushAnalystData", true);
		return fail(cx, RC_INVALID, "Could not import analyst data. %.*s", STR(counts));
	}
	api_ok(rq, rs, str_cdup(cx->mem, str_fmt(cx->mem, "Analyst Data imported. %.*s", STR(counts))), "/analyst_data/pushAnalystData", 0);
	return RC_OK;
}
