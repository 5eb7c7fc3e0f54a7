/* events.c - events: index, view, add, edit, delete, publish, free-text import, correlations. */
#include "api/decaying.h"
#include "api/handlers.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/api_int.h"
#include "base/map.h"
#include "base/seek.h"
#include "correlate/correlate.h"
#include "extract/freetext.h"
#include "http/spool.h"
#include "policy/lists_hold.h"
#include "store/tag.h"
#include "store/taxonomy.h"

/* ---- one event as an answer ---- */

struct event_stream {
	struct ctx *cx;
	struct event_doc *doc;
	struct jw w;
};

static enum rc event_more(void *arg, struct buf *out)
{
	struct event_stream *s = arg;
	struct arena_mark m = arena_mark(s->cx->mem);
	enum rc rc = RC_OK;

	s->w.out = out;
	for (size_t start = out->n; rc == RC_OK && out->n - start < 256 << 10;) {
		rc = event_doc_more(s->cx, s->doc, &s->w);
		arena_reset(s->cx->mem, m);
	}
	return rc;
}

struct head_piece {
	struct ctx *cx;
	struct str head;
	http_more_fn *fn;
	void *arg;
	bool sent;
};

static enum rc after_head(void *arg, struct buf *out)
{
	struct head_piece *h = arg;

	if (h->sent) { /* each piece has a snapshot of its own: none is held while the client reads */
		enum rc rc;

		TRY(store_read_begin(h->cx));
		rc = h->fn(h->arg, out);
		store_rollback(h->cx);
		return rc;
	}
	buf_str(out, h->head);
	h->sent = true;
	return RC_OK;
}

enum rc api_stream(struct req *rq, struct resp *rs, http_more_fn *fn, void *arg)
{
	struct head_piece *h = arena_one(rq->cx->mem, struct head_piece);

	if (store_is_dry(rq->cx)) { /* what the answer shows is gone when the call ends */
		enum rc rc;

		while ((rc = fn(arg, &rs->body)) == RC_OK)
			;
		return rc == RC_DONE ? RC_OK : rc;
	}
	*h = (struct head_piece){ rq->cx, str_dup(rq->cx->mem, buf_view(&rs->body)), fn, arg, false };
	buf_reset(&rs->body);
	rs->more = after_head;
	rs->more_arg = h;
	return RC_OK;
}

struct spooled {
	struct ctx *cx;
	struct spool sp;
	enum rc rc;
};

static void let_spool_go(void *arg)
{
	spool_clear(&((struct spooled *)arg)->sp);
}

static bool to_spool(void *arg, struct str bytes)
{
	struct spooled *s = arg;

	if (s->rc == RC_OK)
		s->rc = spool_add(s->cx, &s->sp, bytes);
	return s->rc == RC_OK;
}

enum rc api_spool(struct req *rq, struct resp *rs, http_more_fn *fn, void *arg)
{
	struct spooled *s = arena_one(rq->cx->mem, struct spooled);
	struct buf out;
	enum rc rc;

	s->cx = rq->cx;
	spool_init(&s->sp, str_cdup(rq->cx->mem, str_c(rq->cx->st->dir)), UINT64_MAX);
	arena_cleanup(rq->cx->mem, let_spool_go, s);
	buf_init_flush(&out, 256 << 10, to_spool, s);
	buf_str(&out, buf_view(&rs->body));
	buf_reset(&rs->body);
	while ((rc = fn(arg, &out)) == RC_OK && s->rc == RC_OK) {
	}
	if (rc == RC_DONE)
		buf_finish(&out);
	buf_clear(&out);
	if (rc != RC_DONE && rc != RC_OK)
		return rc;
	TRY(s->rc);
	return spool_view(rq->cx, &s->sp, &rs->view);
}

enum rc api_event_answer(struct req *rq, struct resp *rs, const struct event *e, struct event_doc_options *o)
{
	struct ctx *cx = rq->cx;
	struct event_stream *s = arena_one(cx->mem, struct event_stream);
	enum rc rc;

	o->show_creator = user_is_site_admin(cx->who) || e->org_id == cx->who->org_id;
	s->cx = cx;
	s->w = api_json(rq, rs);
	TRY(event_doc_open(cx, cx->scope, e, o, &s->doc));
	if (o->attachments)
		return api_spool(rq, rs, event_more, s);
	do
		rc = event_more(s, &rs->body);
	while (rc == RC_OK && rs->body.n < 1 << 20);
	if (rc == RC_DONE)
		return RC_OK;
	return rc == RC_OK ? api_stream(rq, rs, event_more, s) : rc;
}

static enum rc answer_by_id(struct req *rq, struct resp *rs, int64_t id, bool metadata)
{
	struct event_doc_options o = { .metadata = metadata };
	struct event e;

	TRY(store_read_begin(rq->cx)); /* the write is done: the answer reads in one snapshot, ended by the caller */
	TRY(event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = id }, &e));
	return api_event_answer(rq, rs, &e, &o);
}

struct view_hold {
	struct lists_view lists;
};
static void let_go(void *arg)
{
	lists_release(&((struct view_hold *)arg)->lists);
}

enum rc events_view(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct event_doc_options o = { 0 };
	struct decay_view *decay;
	struct params p;
	struct event e;
	bool exclude;

	TRY(api_event(rq, 0, &e));
	if (rq->method == HTTP_HEAD) {
		rs->type = "application/json; charset=UTF-8";
		return RC_OK;
	}
	TRY(api_params(rq, &p));
	o.deleted = api_deleted(&p);
	o.no_sightings = param_bool(&p, "noSightings", false);
	o.no_galaxies = param_bool(&p, "excludeGalaxy", false);
	o.no_correlations = !param_bool(&p, "includeEventCorrelations", true);
	o.no_local_tags = param_bool(&p, "excludeLocalTags", false);
	o.metadata = param_bool(&p, "metadata", false);
	o.extended = param_bool(&p, "extended", false);
	o.extended_by = param_bool(&p, "extensionList", false);
	if (param_bool(&p, "includeAttachments", true) && !o.metadata)
		TRY(attachment_any(cx, e.id, &o.attachments));
	o.attachments |= o.extended && param_bool(&p, "includeAttachments", true);
	if (param_bool(&p, "includeWarninglistHits", true)) {
		struct view_hold *h = arena_one(cx->mem, struct view_hold);

		TRY(lists_take(cx, &h->lists));
		arena_cleanup(cx->mem, let_go, h);
		if (h->lists.n) {
			o.warnings = api_write_warnings;
			o.warnings_arg = &h->lists;
		}
	}
	TRY(api_decay(rq, &p, &decay, &exclude));
	o.decay = decay;
	return api_event_answer(rq, rs, &e, &o);
}

/* Whether the reader changes the event itself or writes one that extends it, and which of his organisation do so already. */
enum rc events_edit_strategy(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct event e, *v = NULL;
	size_t n = 0;
	struct jw w;

	TRY(api_event(rq, 0, &e));
	TRY(event_extending(cx, cx->scope, &e.uuid, 1000, &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "extensions");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (v[i].orgc_id != cx->who->org_id)
			continue;
		jw_obj(&w);
		jw_kid(&w, "id", v[i].id);
		jw_kstr(&w, "info", v[i].info);
		jw_kuuid(&w, "uuid", &v[i].uuid);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_kstr(&w, "strategy", user_may_edit_event(cx->who, &e) ? S("edit") : S("extend"));
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- index ---- */

/* an ordinary user finds his own events only; a site admin any, by a part of the address, too */
static void cond_of_email(struct ctx *cx, const struct params *p, struct cond *out)
{
	static struct str nobody = S("");

	param_cond(p, "email", out);
	if (user_is_site_admin(cx->who)) {
		struct cond_list *lists[] = { &out->any, &out->none };

		for (int k = 0; k < 2; k++) {
			struct str *v = arena_many(cx->mem, lists[k]->n + 1, struct str);

			for (size_t i = 0; i < lists[k]->n; i++)
				v[i] = str_fmt(cx->mem, "%%%.*s%%", STR(str_trim(lists[k]->v[i])));
			lists[k]->v = v;
		}
		return;
	}
	for (size_t i = 0; i < out->any.n; i++)
		if (!str_eq_nocase(str_trim(out->any.v[i]), cx->who->email))
			out->any = (struct cond_list){ &nobody, 1 };
}

static bool index_wants(struct ctx *cx, const struct params *p, struct search *s)
{
	struct str v = param_text(p, "attribute");

	api_search_fill(cx, p, SEARCH_EVENTS, s);
	if (v.n)
		s->value.any = (struct cond_list){ memcpy(arena_many(cx->mem, 1, struct str), &v, sizeof(v)), 1 };
	cond_of_email(cx, p, &s->creator);
	api_split_bars(cx, &s->tags.any);
	v = param_text(p, "all");
	if (v.n)
		s->quick = str_fmt(cx->mem, "%%%.*s%%", STR(v));
	if (param_get(p, "datefrom") || param_get(p, "dateuntil")) {
		struct time_range r;

		param_range(cx, p, "datefrom", &r);
		s->date.impossible |= r.impossible;
		if (r.from != TIME_UNSET)
			s->date.from = r.from / 86400;
		param_range(cx, p, "dateuntil", &r);
		s->date.impossible |= r.impossible;
		if (r.from != TIME_UNSET)
			s->date.to = r.from / 86400;
	}
	return true;
}

static int (*event_order(struct str field))(const void *, const void *);

static int cmp_i64(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}
#define ORDER(name, field) \
	static int by_##name(const void *x, const void *y) \
	{ \
		const struct event *a = x, *b = y; \
		int d = cmp_i64(a->field, b->field); \
		return d ? d : cmp_i64(a->id, b->id); \
	}
ORDER(id, id)
ORDER(timestamp, timestamp)
ORDER(publish, publish_timestamp)
ORDER(date, date)
ORDER(threat, threat_level_id)
ORDER(analysis, analysis)
ORDER(distribution, distribution)
ORDER(count, attribute_count)
ORDER(org, org_id)
ORDER(orgc, orgc_id)
ORDER(published, published)
static int by_info(const void *x, const void *y)
{
	return str_cmp(((const struct event *)x)->info, ((const struct event *)y)->info);
}

static int (*event_order(struct str field))(const void *, const void *)
{
	static const struct {
		const char *name;
		int (*cmp)(const void *, const void *);
	} table[] = {
		{ "id", by_id }, { "timestamp", by_timestamp }, { "publish_timestamp", by_publish }, { "date", by_date }, { "threat_level_id", by_threat },
		{ "analysis", by_analysis }, { "distribution", by_distribution }, { "attribute_count", by_count }, { "org_id", by_org }, { "orgc_id", by_orgc },
		{ "info", by_info }, { "published", by_published }, { "Orgc.name", by_orgc }, { "Org.name", by_org },
	};
	size_t dot = str_rchr(field, '.');

	if (str_starts(field, S("Event.")))
		field = str_from(field, dot + 1);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (str_eq(str_c(table[i].name), field))
			return table[i].cmp;
	return NULL;
}

/* all events that match, ascending by id */
static enum rc index_rows(struct ctx *cx, struct query *q, struct event **out, size_t *n)
{
	struct event *all = NULL, *v;
	size_t cap = 0, k, i;
	int64_t last = 0;
	bool done = false;

	*n = 0;
	while (!done) {
		if (query_on_attrs(q)) {
			struct attr *a;
			int64_t *ids;
			size_t an, idn = 0;

			TRY(query_attrs(cx, q, 2000, &a, &an, &done));
			ids = arena_many(cx->mem, an + 1, int64_t);
			for (i = 0; i < an; i++)
				if (a[i].event_id != last)
					ids[idn++] = last = a[i].event_id;
			TRY(event_load_many(cx, cx->scope, ids, idn, &v, &k));
		} else {
			TRY(query_events(cx, q, 1000, &v, &k, &done));
		}
		for (i = 0; i < k; i++) {
			all = arena_grow(cx->mem, all, &cap, *n, sizeof(*all));
			all[(*n)++] = v[i];
		}
	}
	*out = all;
	return RC_OK;
}

static enum rc index_write(struct req *rq, struct resp *rs, const struct event *v, size_t n, bool minimal)
{
	struct ctx *cx = rq->cx;
	struct jw w = api_json(rq, rs);
	struct tag_use *tags = NULL;
	struct org_ref o = { 0 }, c = { 0 };
	size_t tn = 0;
	int64_t *ids = arena_many(cx->mem, n + 1, int64_t);

	for (size_t i = 0; i < n; i++)
		ids[i] = v[i].id;
	if (n && !minimal)
		TRY(tag_of_events(cx, ids, n, &tags, &tn));
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		struct org org, orgc;
		struct tag_out *t;
		size_t k = 0;

		if (o.id != v[i].org_id)
			TRY(org_ref_load(cx, v[i].org_id, &o));
		if (c.id != v[i].orgc_id)
			TRY(org_ref_load(cx, v[i].orgc_id, &c));
		org = org_of_ref(&o);
		orgc = org_of_ref(&c);
		if (minimal) {
			misp_write_index_minimal(&w, &v[i], &orgc.uuid);
			continue;
		}
		t = arena_many(cx->mem, 16, struct tag_out);
		{
			size_t at = SEEK(tags, tn, owner, v[i].id), cap = 16;

			for (; at < tn && tags[at].owner == v[i].id; at++) {
				t = arena_grow(cx->mem, t, &cap, k, sizeof(*t));
				t[k++] = (struct tag_out){ .tag = &tags[at].t, .local = tags[at].local, .relationship_type = tags[at].relationship_type,
							   .binding_id = tags[at].t.id };
			}
		}
		misp_write_index_row(&w, &v[i], &(struct event_extra){ .org = &org, .orgc = &orgc }, t, k);
	}
	jw_arr_end(&w);
	return RC_OK;
}

enum rc events_index(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct params p;
	struct search s;
	struct query *q;
	struct event *v;
	size_t n, from = 0, limit;
	int64_t page, lim;
	int (*order)(const void *, const void *);
	struct str dir;
	bool desc;

	TRY(api_params(rq, &p));
	index_wants(cx, &p, &s);
	TRY(query_compile(cx, cx->scope, &s, &q));
	TRY(index_rows(cx, q, &v, &n));
	order = event_order(param_text(&p, "sort"));
	dir = param_text(&p, "direction");
	desc = param_bool(&p, "desc", false) || str_eq_nocase(dir, S("desc"));
	if (!order && !param_get(&p, "minimal")) { /* newest first, as MISP's index */
		order = by_id;
		desc = !str_eq_nocase(dir, S("asc"));
	}
	if (order && n)
		qsort(v, n, sizeof(*v), order);
	if (desc)
		for (size_t i = 0; i < n / 2; i++) {
			struct event t = v[i];

			v[i] = v[n - 1 - i];
			v[n - 1 - i] = t;
		}
	api_count(rq, rs, (int64_t)n);
	lim = param_int(&p, "limit", 0);
	page = param_int(&p, "page", 1);
	limit = lim > 0 ? (size_t)lim : n;
	if (page > 1 && lim > 0)
		from = (size_t)(page - 1) * limit;
	if (from > n)
		from = n;
	if (limit > n - from)
		limit = n - from;
	return index_write(rq, rs, v + from, limit, param_bool(&p, "minimal", false));
}

/* ---- writing ---- */

void api_write_errors(struct jw *w, const struct save *s)
{
	char key[64];

	if (!s->error_n)
		return;
	jw_key(w, "errors");
	jw_obj(w);
	for (size_t i = 0; i < s->error_n; i++) {
		const struct save_error *e = &s->errors[i];
		bool same = i && s->errors[i - 1].position == e->position && s->errors[i - 1].what == e->what;

		if (same)
			continue; /* one place is told once */
		snprintf(key, sizeof(key), "%s_%zu", str_eq(str_c(e->what), S("Attribute")) ? "attribute" : str_eq(str_c(e->what), S("Object")) ? "object" : e->what,
			 e->position);
		jw_key_str(w, str_c(key));
		jw_obj(w);
		jw_key_str(w, e->field[0] ? str_c(e->field) : S("value"));
		jw_arr(w);
		jw_str(w, str_c(e->msg));
		jw_arr_end(w);
		jw_obj_end(w);
	}
	jw_obj_end(w);
}

static void skipped_header(struct req *rq, struct resp *rs, const struct save *s)
{
	if (s->error_total)
		resp_header(rq, rs, "X-Skipped-Elements-Count", str_fmt(rq->cx->mem, "%zu", s->error_total));
}

enum rc events_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct save s = SAVE_LOCAL;
	int64_t id = 0;
	enum rc rc;

	api_saving(rq, "Could not add Event", "/events/add", false);
	rc = event_add(cx, rq->body, &s, &id);
	if (rc == RC_EXISTS && id) {
		api_location(rq, str_fmt(cx->mem, "/events/%lld", (long long)id));
		save_clear(&s);
		return RC_NOTFOUND; /* the text is recorded; peers know this answer by its status and header */
	}
	skipped_header(rq, rs, &s);
	save_clear(&s);
	TRY(rc);
	return answer_by_id(rq, rs, id, str_eq(req_param(rq, "metadata"), S("1")));
}

enum rc events_edit(struct req *rq, struct resp *rs)
{
	struct save s = SAVE_LOCAL;
	struct event e;
	enum rc rc;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	api_saving(rq, "Could not edit Event", "/events/edit", false);
	rc = event_edit(rq->cx, &e, rq->body, &s);
	skipped_header(rq, rs, &s);
	save_clear(&s);
	TRY(rc);
	return answer_by_id(rq, rs, e.id, str_eq(req_param(rq, "metadata"), S("1")));
}

struct str api_id(struct req *rq, size_t var, const struct params *p, const char *name)
{
	struct str s = req_var(rq, var);

	return s.n ? s : param_text(p, name);
}

/* a refused delete is a save that failed, unlike other refusals */
static enum rc may_delete(struct req *rq, const struct event *e)
{
	return user_may_edit_event(rq->cx->who, e) ? RC_OK : fail(rq->cx, RC_INVALID, "You do not have permission to do that.");
}

enum rc events_delete(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct event e;
	struct params p;

	TRY(api_params(rq, &p));
	api_saving(rq, "Event was not deleted.", "/events/delete", true);
	if (!req_var(rq, 0).n && param_get(&p, "id")) { /* several at once */
		const struct param *ids = param_get(&p, "id");
		struct event *v = arena_many(cx->mem, ids->n + 1, struct event);

		for (size_t i = 0; i < ids->n; i++) {
			struct event_key k;

			if (!event_key_parse(ids->v[i], &k))
				return fail(cx, RC_NOTFOUND, "Invalid event");
			TRY(event_load(cx, cx->scope, &k, &v[i]));
			TRY(may_delete(rq, &v[i]));
		}
		for (size_t i = 0; i < ids->n; i++)
			TRY(event_remove(cx, &v[i]));
		api_ok(rq, rs, ids->n == 1 ? "Event deleted." : "Events deleted.", "/events/delete", 0);
		return RC_OK;
	}
	TRY(api_event(rq, 0, &e));
	TRY(may_delete(rq, &e));
	TRY(event_remove(cx, &e));
	api_ok(rq, rs, "Event deleted.", "/events/delete", e.id);
	return RC_OK;
}

/* Required taxonomies of which the event has no tag are named, as MISP warns of them; they do not hold it back. */
static enum rc warn_missing(struct req *rq, struct resp *rs, const struct event *e)
{
	struct ctx *cx = rq->cx;
	struct str *v, all = S("");
	size_t n;

	TRY(taxonomy_missing(cx, e->id, &v, &n));
	for (size_t i = 0; i < n; i++)
		all = str_fmt(cx->mem, "%.*s%s%.*s", STR(all), i ? ", " : "", STR(v[i]));
	if (n)
		resp_header(rq, rs, "X-Missing-Taxonomies", all);
	return RC_OK;
}

static enum rc publish(struct req *rq, struct resp *rs, bool on)
{
	struct event e;

	TRY(api_event(rq, 0, &e));
	if (!user_may_publish_event(rq->cx->who, &e))
		return fail(rq->cx, RC_DENIED, "You do not have the permission to do that.");
	if (e.published != on || on)
		TRY(event_publish(rq->cx, &e, on));
	if (on)
		TRY(warn_missing(rq, rs, &e));
	api_ok(rq, rs, on ? "Job queued" : "Event unpublished.", on ? "/events/publish" : "/events/unpublish", e.id);
	return RC_OK;
}

enum rc events_publish(struct req *rq, struct resp *rs)
{
	return publish(rq, rs, true);
}

enum rc events_unpublish(struct req *rq, struct resp *rs)
{
	return publish(rq, rs, false);
}

enum rc events_check_uuid(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);
	struct uuid u;
	int64_t id = 0;

	if (!uuid_parse(req_var(rq, 0), &u))
		return fail(rq->cx, RC_NOTFOUND, "Invalid uuid");
	TRY(event_id_of_uuid(rq->cx, &u, &id));
	jw_obj(&w);
	jw_kbool(&w, "result", id == 0);
	jw_obj_end(&w);
	return RC_OK;
}

/* uuids that are unknown here, or older here and locked */
enum rc events_filter_for_push(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct jw w = api_json(rq, rs);
	struct str key;
	struct jr r;

	jr_init(&r, cx, rq->body, NULL);
	jw_arr(&w);
	for (jr_arr(&r); jr_elem(&r);) {
		struct str uuid = { 0 };
		int64_t timestamp = 0, id;
		struct event e;
		struct uuid u;

		for (jr_obj(&r); jr_member(&r, &key);) {
			if (!str_eq(key, S("Event")) || jr_peek(&r) != J_OBJ) {
				jr_skip(&r);
				continue;
			}
			for (jr_obj(&r); jr_member(&r, &key);) {
				if (str_eq(key, S("uuid")))
					uuid = jr_text_dup(&r);
				else if (str_eq(key, S("timestamp")))
					timestamp = jr_int(&r, 0);
				else
					jr_skip(&r);
			}
		}
		if (jr_failed(&r) || !uuid_parse(uuid, &u))
			continue;
		TRY(event_id_of_uuid(cx, &u, &id));
		if (id) {
			TRY(event_load(cx, &scope_all, &(struct event_key){ .id = id }, &e));
			if (!e.locked || e.timestamp >= timestamp)
				continue;
		}
		jw_str(&w, uuid);
	}
	TRY(jr_end(&r));
	jw_arr_end(&w);
	return RC_OK;
}

/* ---- free text ---- */

struct free_import {
	struct found *v;
	size_t n, at;
	struct str distribution, type;
	bool soft, drop_listed;
	struct lists_view lists;
	struct jw *w;
	struct ctx *cx;
	struct map seen;
};

static const struct attr_type *type_of_found(const struct found *f)
{
	const struct freetext_kind *k = freetext_kind(f->type);

	return attr_type_find(k ? str_c(k->default_type) : f->type);
}

static bool found_listed(struct free_import *x, const struct found *f)
{
	const struct attr_type *t = type_of_found(f);

	return t && x->lists.n && wl_check(x->lists.set, t, f->value, NULL, NULL) > 0;
}

/* what a warninglist keeps away is told all the same, without id and uuid: it is not stored */
static void write_left_out(struct free_import *x, const struct attr_type *t, struct str value)
{
	struct jw *w = x->w;

	jw_obj(w);
	jw_key(w, "Attribute");
	jw_obj(w);
	jw_kstr(w, "type", t->name);
	jw_kstr(w, "category", cat_name(t->cat_default));
	jw_kstr(w, "value", value);
	jw_kbool(w, "to_ids", t->to_ids);
	jw_kstr(w, "comment", S(FREETEXT_COMMENT));
	jw_obj_end(w);
	jw_obj_end(w);
}

static enum rc next_found(void *arg, struct ctx *cx, struct attr_in *in)
{
	struct free_import *x = arg;

	(void)cx;
	for (; x->at < x->n; x->at++) {
		const struct attr_type *t = type_of_found(&x->v[x->at]);

		if (!t)
			continue;
		if (x->drop_listed && found_listed(x, &x->v[x->at])) {
			write_left_out(x, t, x->v[x->at].value);
			continue;
		}
		*in = (struct attr_in){ .type = t->name, .value = x->v[x->at].value, .comment = S(FREETEXT_COMMENT), .distribution = x->distribution };
		if (x->soft && found_listed(x, &x->v[x->at]))
			in->to_ids = S("0");
		x->at++;
		return RC_OK;
	}
	return RC_DONE;
}

static void write_meta(struct jw *w, const struct found *f)
{
	const struct freetext_kind *k = freetext_kind(f->type);
	const struct attr_type *t = type_of_found(f);

	if (!t)
		return;
	jw_obj(w);
	jw_kstr(w, "default_type", t->name);
	jw_key(w, "types");
	jw_obj(w);
	for (size_t i = 0; k && k->types[i]; i++) {
		jw_key_str(w, str_c(k->types[i]));
		jw_str(w, str_c(k->types[i]));
	}
	if (!k) {
		jw_key_str(w, t->name);
		jw_str(w, t->name);
	}
	jw_obj_end(w);
	jw_kstr(w, "value", f->value);
	jw_kstr(w, "original_value", f->original);
	jw_kbool(w, "to_ids", t->to_ids);
	jw_kstr(w, "default_category", cat_name(t->cat_default));
	jw_key(w, "categories");
	jw_arr(w);
	for (int c = 0; c < CAT_COUNT; c++)
		if (attr_type_in_cat(t, c))
			jw_str(w, cat_name(c));
	jw_arr_end(w);
	jw_kstr(w, "comment", S(FREETEXT_COMMENT));
	jw_obj_end(w);
}

static void write_saved(void *arg, const struct attr *a)
{
	struct free_import *x = arg;

	jw_obj(x->w);
	jw_key(x->w, "Attribute");
	misp_write_attr(x->w, ATTR_SAVED, a, NULL);
	jw_obj_end(x->w);
}

static bool keep_found(void *arg, const struct found *f)
{
	struct free_import *x = arg;

	if (map_get(&x->seen, f->value)) /* each value once */
		return true;
	x->v[x->n] = *f;
	map_put(&x->seen, f->value, &x->v[x->n]);
	x->n++;
	return x->n < 100000;
}

enum rc events_free_text(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct free_import x = { .cx = cx };
	struct save s = SAVE_LOCAL;
	struct params p;
	struct event e;
	struct str text, warn;
	struct jw w;
	enum rc rc;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	TRY(api_params(rq, &p));
	text = param_text(&p, "value");
	if (!text.n)
		text = param_text(&p, "Attribute");
	warn = param_text(&p, "adhereToWarninglists");
	x.soft = str_eq_nocase(warn, S("soft"));
	x.drop_listed = !x.soft && param_bool(&p, "adhereToWarninglists", false);
	x.distribution = param_text(&p, "distribution");
	x.v = arena_many(cx->mem, 100000, struct found);
	scan_text(cx->mem, text, keep_found, &x);
	map_clear(&x.seen);
	w = api_json(rq, rs);
	jw_arr(&w);
	if (param_bool(&p, "returnMetaAttributes", false)) {
		for (size_t i = 0; i < x.n; i++)
			write_meta(&w, &x.v[i]);
		jw_arr_end(&w);
		return RC_OK;
	}
	if (x.soft || x.drop_listed)
		TRY(lists_take(cx, &x.lists));
	x.w = &w;
	s.saved = write_saved;
	s.saved_arg = &x;
	rc = attrs_add_from(cx, &e, next_found, &x, &s);
	lists_release(&x.lists);
	save_clear(&s);
	TRY(rc);
	jw_arr_end(&w);
	return RC_OK;
}
