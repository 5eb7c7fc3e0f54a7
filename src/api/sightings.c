/* sightings.c - sightings: by value, by attribute; listing and searching. */
#include "api/handlers.h"

#include "api/api_int.h"
#include "store/audit.h"
#include "store/org.h"
#include "store/sighting.h"

static void write_row(struct jw *w, const struct sighting_row *r, bool with_org)
{
	struct org org = { .id = r->s.org_id, .uuid = r->org_uuid, .name = r->org_name };
	struct sighting_out x = { .sighting = &r->s, .org = with_org ? &org : NULL };

	jw_obj(w);
	jw_key(w, "Sighting");
	misp_write_sighting(w, &x, false);
	if (with_org) {
		jw_key(w, "Organisation");
		misp_write_org(w, &org, false);
	}
	jw_obj_end(w);
}

static enum rc add_one(struct ctx *cx, const struct attr *a, const struct sighting *like, struct sighting *out)
{
	*out = *like;
	out->attribute_id = a->id;
	out->event_id = a->event_id;
	uuid_fresh(cx->now_us, &out->uuid);
	return sighting_insert(cx, out);
}

/* attributes named in the call: by id or uuid, else all live ones of these values */
static enum rc targets(struct req *rq, const struct params *p, struct attr **out, size_t *n)
{
	struct ctx *cx = rq->cx;
	struct search s = SEARCH_ALL;
	struct str ref = api_id(rq, 0, p, "uuid");
	struct event_key k;
	struct query *q;
	size_t cap = 0;
	bool done = false;

	*n = 0;
	*out = NULL;
	if (!ref.n)
		ref = param_text(p, "id");
	if (ref.n) {
		struct attr *a = arena_many(cx->mem, 1, struct attr);

		if (!event_key_parse(ref, &k) || (!k.id && uuid_is_nil(&k.uuid)))
			return fail(cx, RC_NOTFOUND, "Invalid attribute");
		TRY(attr_load(cx, cx->scope, &k, a));
		*out = a;
		*n = 1;
		return RC_OK;
	}
	param_cond(p, "values", &s.value);
	if (!cond_set(&s.value))
		param_cond(p, "value", &s.value);
	if (!s.value.any.n)
		return fail(cx, RC_INVALID, "No attribute and no value was given.");
	TRY(query_compile(cx, cx->scope, &s, &q));
	while (!done) {
		struct attr *v;
		size_t m;

		TRY(query_attrs(cx, q, 1000, &v, &m, &done));
		for (size_t i = 0; i < m; i++) {
			*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
			(*out)[(*n)++] = v[i];
		}
	}
	return *n ? RC_OK : fail(cx, RC_NOTFOUND, "No valid attributes found that match the criteria.");
}

enum rc sightings_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct sighting like = { .org_id = cx->who->org_id, .date_sighting = ctx_now_s(cx), .source = S("") }, last = { 0 };
	struct params p;
	struct attr *v;
	int64_t t;
	size_t n;
	struct jw w;

	TRY(api_params(rq, &p));
	api_saving(rq, "Could not add Sighting", "/sightings/add", true);
	TRY(targets(rq, &p, &v, &n));
	t = param_int(&p, "type", 0);
	if (t < 0 || t > 2)
		return fail(cx, RC_INVALID, "Invalid type. Allowed: 0 (sighting), 1 (false positive), 2 (expiration).");
	like.type = (enum sighting_type)t;
	if (param_text(&p, "source").n)
		like.source = param_text(&p, "source");
	if (param_get(&p, "timestamp") || param_get(&p, "date_sighting")) {
		struct time_range r;

		param_range(cx, &p, param_get(&p, "timestamp") ? "timestamp" : "date_sighting", &r);
		if (r.impossible || r.from < 0)
			return fail(cx, RC_INVALID, "Invalid timestamp.");
		like.date_sighting = r.from;
	}
	TRY(store_begin(cx));
	for (size_t i = 0; i < n; i++)
		TRY(add_one(cx, &v[i], &like, &last));
	TRY(audit_add(cx, &(struct audit){ .action = "add", .model = "Sighting", .model_id = last.id, .event_id = last.event_id,
					   .title = str_fmt(cx->mem, "%zu sightings", n) }, NULL));
	TRY(store_commit(cx));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Sighting");
	misp_write_sighting(&w, &(struct sighting_out){ .sighting = &last }, false);
	jw_obj_end(&w);
	return RC_OK;
}

static enum rc write_all(struct req *rq, struct resp *rs, struct sighting_filter *f)
{
	struct jw w = api_json(rq, rs);
	struct sighting_row *v;
	size_t n;

	f->limit = 1000;
	jw_arr(&w);
	do {
		TRY(sighting_search(rq->cx, rq->cx->scope, f, &v, &n));
		for (size_t i = 0; i < n; i++) {
			write_row(&w, &v[i], true);
			f->after = v[i].s.id;
		}
	} while (n == f->limit);
	jw_arr_end(&w);
	return RC_OK;
}

/* an organisation named by number, uuid or name; -1, which none has, when unknown */
static enum rc org_filter(struct ctx *cx, const struct params *p, int64_t *id)
{
	struct str ref = param_text(p, "org_id");
	struct org o;
	enum rc rc;

	*id = 0;
	if (!ref.n)
		return RC_OK;
	rc = org_find(cx, ref, &o);
	*id = rc == RC_OK ? o.id : -1;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc sightings_list(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct sighting_filter f = { .to_s = INT64_MAX, .type = -1 };
	struct event_key k;
	struct params p;
	struct event e;
	struct attr a;
	struct str ref, context;

	TRY(api_params(rq, &p));
	ref = api_id(rq, 0, &p, "id");
	context = param_text(&p, "context");
	if (!context.n)
		context = req_var(rq, 1);
	if (!event_key_parse(ref, &k))
		return fail(cx, RC_METHOD, "Invalid object.");
	if (context.n && !str_eq_nocase(context, S("event")) && !str_eq_nocase(context, S("attribute")))
		return fail(cx, RC_METHOD, "Invalid context '%.*s'.", STR(utf8_cut(context, 64)));
	if (str_eq_nocase(context, S("event"))) {
		TRY(event_load(cx, cx->scope, &k, &e));
		f.event_id = e.id;
	} else {
		TRY(attr_load(cx, cx->scope, &k, &a));
		f.event_id = a.event_id;
		f.attr_id = a.id;
	}
	TRY(org_filter(cx, &p, &f.org_id));
	return write_all(rq, rs, &f);
}

enum rc sightings_index(struct req *rq, struct resp *rs)
{
	struct sighting_filter f = { .to_s = INT64_MAX, .type = -1 };
	struct event e;

	if (req_var(rq, 0).n) {
		TRY(api_event(rq, 0, &e));
		f.event_id = e.id;
	}
	return write_all(rq, rs, &f);
}

static enum rc write_found(struct req *rq, struct jw *w, const struct sighting_row *r, const struct params *p)
{
	struct ctx *cx = rq->cx;
	struct org org = { .id = r->s.org_id, .uuid = r->org_uuid, .name = r->org_name };
	bool uuids = param_bool(p, "includeUuid", false);
	struct sighting_out x = { .sighting = &r->s, .org = &org, .attribute_uuid = uuids ? &r->attribute_uuid : NULL, .event_uuid = uuids ? &r->event_uuid : NULL };
	struct event e;
	struct attr a;

	TRY(attr_load(cx, &scope_all, &(struct event_key){ .id = r->s.attribute_id }, &a));
	x.value = a.value2.n ? str_fmt(cx->mem, "%.*s|%.*s", STR(a.value1), STR(a.value2)) : a.value1;
	jw_obj(w);
	jw_key(w, "Sighting");
	misp_write_sighting(w, &x, true);
	if (param_bool(p, "includeAttribute", false)) {
		jw_key(w, "Attribute");
		jw_obj(w);
		jw_kid(w, "id", a.id);
		jw_kuuid(w, "uuid", &a.uuid);
		jw_kstr(w, "type", a.type->name);
		jw_kstr(w, "category", cat_name(a.cat));
		jw_kbool(w, "to_ids", a.to_ids);
		jw_kstr(w, "value", x.value);
		jw_obj_end(w);
	}
	if (param_bool(p, "includeEvent", false)) {
		struct org_ref c;

		TRY(event_load(cx, &scope_all, &(struct event_key){ .id = r->s.event_id }, &e));
		TRY(org_ref_load(cx, e.orgc_id, &c));
		jw_key(w, "Event");
		jw_obj(w);
		jw_kid(w, "id", e.id);
		jw_kuuid(w, "uuid", &e.uuid);
		jw_kid(w, "orgc_id", e.orgc_id);
		jw_kid(w, "org_id", e.org_id);
		jw_kstr(w, "info", e.info);
		jw_key(w, "Orgc");
		jw_obj(w);
		jw_kstr(w, "name", c.name);
		jw_obj_end(w);
		jw_obj_end(w);
	}
	jw_obj_end(w);
	jw_obj_end(w);
	return RC_OK;
}

enum rc sightings_rest_search(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct sighting_filter f = { .to_s = INT64_MAX, .type = -1, .limit = 1000 };
	struct str context = req_var(rq, 0), ref, format;
	struct time_range from, to, last;
	struct sighting_row *v;
	struct event_key k;
	struct params p;
	bool nothing = false;
	struct jw w;
	size_t n = 0;
	enum rc rc;

	TRY(api_params(rq, &p));
	format = param_text(&p, "returnFormat");
	if (format.n && !str_eq(format, S("json")))
		return fail(cx, RC_NOTFOUND, "Invalid output format: %.*s", STR(utf8_cut(format, 64)));
	if (!context.n)
		context = param_text(&p, "context");
	ref = param_text(&p, "id");
	if (!ref.n)
		ref = param_text(&p, "uuid");
	if (ref.n) {
		struct event e;
		struct attr a;

		if (!event_key_parse(ref, &k))
			return fail(cx, RC_NOTFOUND, "Invalid id or uuid.");
		rc = str_eq(context, S("event")) ? event_load(cx, cx->scope, &k, &e) : attr_load(cx, cx->scope, &k, &a);
		if (rc == RC_NOTFOUND) { /* a search finds nothing where there is nothing to see */
			ctx_forgive(cx);
			nothing = true;
		} else {
			TRY(rc);
			f.event_id = str_eq(context, S("event")) ? e.id : a.event_id;
			f.attr_id = str_eq(context, S("event")) ? 0 : a.id;
		}
	}
	f.type = (int)param_int(&p, "type", -1);
	f.source = param_text(&p, "source");
	TRY(org_filter(cx, &p, &f.org_id));
	param_range(cx, &p, "from", &from);
	param_range(cx, &p, "to", &to);
	param_range(cx, &p, "last", &last);
	if (from.from != TIME_UNSET)
		f.from_s = from.from;
	if (to.from != TIME_UNSET)
		f.to_s = to.from;
	if (param_get(&p, "last") && last.from != TIME_UNSET) {
		f.from_s = last.from < 1000000000 ? (last.from ? ctx_now_s(cx) - last.from : 0) : last.from; /* bare seconds count back */
		if (last.to != TIME_UNSET)
			f.to_s = last.to;
	}
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "response");
	jw_arr(&w);
	while (!nothing) {
		TRY(sighting_search(cx, cx->scope, &f, &v, &n));
		for (size_t i = 0; i < n; i++) {
			TRY(write_found(rq, &w, &v[i], &p));
			f.after = v[i].s.id;
		}
		nothing = n < f.limit || from.impossible || to.impossible;
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc sightings_delete(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct sighting_row row;
	struct event_key k;
	struct event e;
	enum rc rc;

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(cx, RC_NOTFOUND, "Invalid sighting");
	rc = sighting_load(cx, cx->scope, k.id, &k.uuid, &row);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid sighting");
	TRY(rc);
	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = row.s.event_id }, &e));
	if (!user_is_site_admin(cx->who) && row.s.org_id != cx->who->org_id && !user_may_edit_event(cx->who, &e))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	TRY(store_begin(cx));
	TRY(sighting_delete(cx, &row.s));
	TRY(audit_add(cx, &(struct audit){ .action = "delete", .model = "Sighting", .model_id = row.s.id, .event_id = e.id, .title = S("sighting") }, NULL));
	TRY(store_commit(cx));
	api_ok(rq, rs, "Sighting successfully deleted.", "/sightings/delete", row.s.id);
	return RC_OK;
}
