/* attributes.c - attributes one by one and in lists. */
#include "api/handlers.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/api_int.h"
#include "base/map.h"
#include "export/analyst_doc.h"
#include "format/misp_json.h"
#include "policy/lists_hold.h"
#include "store/stats.h"

enum rc attributes_index(struct req *rq, struct resp *rs)
{
	/* bare attributes, newest pages first are not MISP's way: by id, page and limit as asked, 60 a page unless asked otherwise */
	struct ctx *cx = rq->cx;
	struct search s = SEARCH_ALL;
	struct params p;
	struct query *q;
	struct jw w;
	size_t skip, left;
	bool done = false;

	TRY(api_params(rq, &p));
	left = (size_t)param_int(&p, "limit", 60);
	skip = (size_t)(param_int(&p, "page", 1) - 1) * left;
	TRY(query_compile(cx, cx->scope, &s, &q));
	w = api_json(rq, rs);
	jw_arr(&w);
	while (!done && left) {
		struct attr *v;
		size_t n;

		TRY(query_attrs(cx, q, skip ? (skip < 1000 ? skip : 1000) : left < 1000 ? left : 1000, &v, &n, &done));
		for (size_t i = 0; i < n; i++) {
			if (skip) {
				skip--;
				continue;
			}
			misp_write_attr(&w, ATTR_SAVED, &v[i], NULL);
			left--;
		}
	}
	jw_arr_end(&w);
	return RC_OK;
}

/* the answer as one piece, so that a file in it need not be held in memory */
struct one_answer {
	struct ctx *cx;
	const struct attr *a;
	const struct attr_extra *x;
	enum attr_shape shape;
	bool pretty;
};

static enum rc one_piece(void *arg, struct buf *out)
{
	const struct one_answer *o = arg;
	struct jw w;

	jw_init(&w, out, o->pretty);
	jw_obj(&w);
	jw_key(&w, "Attribute");
	misp_write_attr_open(&w, o->shape, o->a, o->x);
	misp_write_attr_extra(&w, o->shape, o->a, o->x);
	TRY(analyst_write_about(o->cx, o->cx->scope, &w, &o->a->uuid));
	misp_write_attr_close(&w);
	if (o->shape == ATTR_SAVED) {
		jw_key(&w, "AttributeTag");
		jw_arr(&w);
		jw_arr_end(&w);
	}
	jw_obj_end(&w);
	return o->x->file && o->cx->err.rc != RC_OK ? o->cx->err.rc : RC_DONE;
}

static enum rc write_one(struct req *rq, struct resp *rs, const struct attr *a, enum attr_shape shape)
{
	struct ctx *cx = rq->cx;
	struct dress_options o = { .tags = true, .sightings = shape == ATTR_ALONE, .attachments = shape == ATTR_ALONE };
	struct attr_extra x = { 0 };
	struct one_answer one = { cx, a, &x, shape, api_pretty(rq) };
	struct attr_dress d;
	struct event e;
	enum rc rc;

	TRY(store_read_begin(cx));
	TRY(event_load(cx, &scope_all, &(struct event_key){ .id = a->event_id }, &e));
	TRY(attr_dress_load(cx, cx->scope, a, 1, &o, &d));
	attr_dress_of(cx, &d, a, &o, &x);
	if (shape == ATTR_ALONE)
		x.event_uuid = &e.uuid;
	rs->type = "application/json; charset=UTF-8";
	if (x.file)
		return api_spool(rq, rs, one_piece, &one);
	rc = one_piece(&one, &rs->body);
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc attributes_view(struct req *rq, struct resp *rs)
{
	struct attr a;

	TRY(api_attr(rq, 0, &a));
	if (a.deleted)
		return fail(rq->cx, RC_NOTFOUND, "Invalid attribute");
	if (rq->method == HTTP_HEAD) {
		rs->type = "application/json; charset=UTF-8";
		return RC_OK;
	}
	return write_one(rq, rs, &a, ATTR_ALONE);
}

/* ---- add ---- */

struct adding {
	struct lists_view lists;
	struct attr *v;        /* saved ones, kept outside the unit's arena, which is reset between elements */
	size_t n, cap;
	struct arena *mem;
};

static void adding_done(void *arg)
{
	struct adding *x = arg;

	lists_release(&x->lists);
	arena_free(x->mem);
}

static void remember(void *arg, const struct attr *a)
{
	struct adding *x = arg;
	struct attr *k;

	x->v = arena_grow(x->mem, x->v, &x->cap, x->n, sizeof(*x->v));
	k = &x->v[x->n++];
	*k = *a;
	k->value1 = str_dup(x->mem, a->value1);
	k->value2 = str_dup(x->mem, a->value2);
	k->comment = str_dup(x->mem, a->comment);
	k->relation = str_dup(x->mem, a->relation);
}

static const char *look(void *arg, struct ctx *cx, const struct attr_in *in, struct attr *a)
{
	struct adding *x = arg;

	(void)cx;
	if (x->lists.n && in_has(in->enforce_warninglist) && !str_eq(in->enforce_warninglist, S("false")) && !str_eq(in->enforce_warninglist, S("0")) &&
	    in->enforce_warninglist.n && lists_hit(&x->lists, a))
		return "Attribute has not been added: value trips over a warninglist and enforceWarninglist is enforced.";
	return NULL;
}

static bool body_is_list(struct req *rq, size_t *n)
{
	struct str body = str_trim(rq->body);

	*n = 0;
	return body.n && body.p[0] == '[';
}

enum rc attributes_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct adding *x = arena_one(cx->mem, struct adding);
	struct dress_options o = { .tags = true };
	struct save s = SAVE_LOCAL;
	struct attr_dress d;
	struct event e;
	struct jw w;
	size_t n;
	bool list = body_is_list(rq, &n);
	enum rc rc;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	x->mem = arena_new(0);
	arena_cleanup(cx->mem, adding_done, x);
	TRY(lists_take(cx, &x->lists));
	s.check = look;
	s.check_arg = x;
	s.saved = remember;
	s.saved_arg = x;
	s.update_duplicates = str_eq(req_param(rq, "breakOnDuplicate"), S("0"));
	api_saving(rq, "Could not add Attribute", "/attributes/add", false);
	rc = attrs_add(cx, &e, rq->body, &s);
	if (rc == RC_OK && !x->n) { /* nothing saved: the first reason is the answer */
		if (s.error_n)
			rc = fail_field(cx, RC_INVALID, s.errors[0].field, "%s", s.errors[0].msg);
		else
			rc = fail(cx, RC_INVALID, "No attribute was given.");
	}
	if (rc != RC_OK) {
		save_clear(&s);
		return rc;
	}
	if (x->n == 1 && !s.error_n) {
		save_clear(&s);
		return write_one(rq, rs, &x->v[0], ATTR_SAVED);
	}
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Attribute");
	if (list || x->n > 1)
		jw_arr(&w);
	TRY(attr_dress_load(cx, cx->scope, x->v, x->n, &o, &d));
	for (size_t i = 0; i < x->n; i++) {
		struct attr_extra extra = { 0 };

		attr_dress_of(cx, &d, &x->v[i], &o, &extra);
		misp_write_attr(&w, ATTR_SAVED, &x->v[i], &extra);
	}
	if (list || x->n > 1)
		jw_arr_end(&w);
	jw_key(&w, "AttributeTag");
	jw_arr(&w);
	jw_arr_end(&w);
	api_write_errors(&w, &s);
	jw_obj_end(&w);
	save_clear(&s);
	return RC_OK;
}

/* ---- edit, delete, restore ---- */

static enum rc with_event(struct req *rq, struct attr *a, struct event *e)
{
	TRY(api_attr(rq, 0, a));
	TRY(event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = a->event_id }, e));
	return api_may_edit(rq, e);
}

enum rc attributes_edit(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct save s = SAVE_LOCAL;
	struct attr old, now;
	struct attr_in in;
	struct event e;
	struct jr r;
	enum rc rc;

	TRY(with_event(rq, &old, &e));
	jr_init(&r, cx, rq->body, &misp_limits);
	misp_attr_read(&r, &in);
	TRY(jr_end(&r));
	api_saving(rq, "Could not edit Attribute", "/attributes/edit", false);
	in.timestamp = (struct str){ 0 }; /* an edit of one attribute is always now */
	rc = attr_edit(cx, &e, &old, &in, &s, &now);
	save_clear(&s);
	TRY(rc);
	return write_one(rq, rs, &now, ATTR_ALONE);
}

enum rc attributes_delete(struct req *rq, struct resp *rs)
{
	struct params p;
	struct attr a;
	struct event e;

	TRY(with_event(rq, &a, &e));
	TRY(api_params(rq, &p));
	TRY(attr_delete(rq->cx, &e, &a, param_bool(&p, "hard", api_is_true(req_var(rq, 1)))));
	api_message(rq, rs, "Attribute deleted.");
	return RC_OK;
}

enum rc attributes_restore(struct req *rq, struct resp *rs)
{
	struct attr a;
	struct event e;

	TRY(with_event(rq, &a, &e));
	if (!a.deleted)
		return fail(rq->cx, RC_NOTFOUND, "Invalid attribute");
	api_saving(rq, "Could not restore Attribute", "/attributes/restore", false);
	TRY(attr_restore(rq->cx, &e, &a));
	TRY(attr_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = a.id }, &a));
	return write_one(rq, rs, &a, ATTR_ALONE);
}

/* ---- statistics ---- */

void api_share(struct jw *w, int64_t n, int64_t total, bool percentage)
{
	int64_t hundredths = percentage ? n * 10000 / total : 0;
	char text[32];

	if (percentage)
		snprintf(text, sizeof(text), "%.4g%%", (double)hundredths / 100);
	else
		snprintf(text, sizeof(text), "%lld", (long long)n);
	jw_str(w, str_c(text));
}

enum rc attributes_statistics(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	bool by_category = str_eq(req_var(rq, 0), S("category")), percentage = api_is_true(req_var(rq, 1));
	struct stat_count *v;
	int64_t total = 0;
	struct jw w;
	size_t n;

	if (req_var(rq, 0).n && !by_category && !str_eq(req_var(rq, 0), S("type")))
		return fail(cx, RC_NOTFOUND, "Invalid statistics context: type or category.");
	TRY(stats_attrs(cx, cx->scope, by_category, &v, &n));
	for (size_t i = 0; i < n; i++)
		total += v[i].n;
	w = api_json(rq, rs);
	jw_obj(&w);
	for (size_t i = 0; i < n; i++) {
		const struct attr_type *t = by_category ? NULL : attr_type_by_id(v[i].key);

		jw_key_str(&w, by_category ? cat_name(v[i].key) : t ? t->name : S("unknown"));
		api_share(&w, v[i].n, total, percentage);
	}
	jw_obj_end(&w);
	return RC_OK;
}
