/* correlations.c - what an event or an attribute shares with others, and why: value, types, rarity. Our own calls; MISP's answers carry the same as
 * RelatedEvent and RelatedAttribute. */
#include <stdlib.h>

#include "api/handlers.h"
#include "base/seek.h"
#include "correlate/correlate.h"
#include "policy/lists_hold.h"
#include "store/corr.h"

/* a link with both its attributes */
struct reason {
	struct corr_link l;
	struct attr here;
	const struct attr *there; /* filled at the end; NULL: gone meanwhile */
};

struct reasons {
	struct reason *v;
	size_t n, cap;
};

static int by_id(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* by event, the rarest first */
static int by_event(const void *x, const void *y)
{
	const struct reason *a = x, *b = y;

	if (a->l.other_event != b->l.other_event)
		return a->l.other_event < b->l.other_event ? -1 : 1;
	if (a->l.rarity != b->l.rarity)
		return a->l.rarity - b->l.rarity;
	return a->l.attr_id < b->l.attr_id ? -1 : a->l.attr_id > b->l.attr_id;
}

static void hide_listed(struct req *rq, const struct params *p, struct lists_view *lists, struct corr_options *o)
{
	(void)rq;
	if (param_bool(p, "includeWarninglisted", false))
		return;
	o->hidden = (bool (*)(void *, const struct attr *))lists_hit;
	o->hidden_arg = lists;
}

static void add_reasons(struct ctx *cx, struct reasons *rs, const struct attr *v, size_t n, const struct corr_link *l, size_t ln)
{
	for (size_t i = 0; i < ln; i++)
		for (size_t j = 0; j < n; j++)
			if (v[j].id == l[i].attr_id) {
				rs->v = arena_grow(cx->mem, rs->v, &rs->cap, rs->n, sizeof(*rs->v));
				rs->v[rs->n++] = (struct reason){ .l = l[i], .here = v[j] };
				break;
			}
}

/* the other attributes, as far as the reader may see them */
static enum rc load_there(struct ctx *cx, struct reasons *rs)
{
	int64_t *ids = arena_many(cx->mem, rs->n + 1, int64_t);
	struct attr *v;
	size_t n;

	for (size_t i = 0; i < rs->n; i++)
		ids[i] = rs->v[i].l.other_attr;
	qsort(ids, rs->n, sizeof(*ids), by_id);
	TRY(attr_load_many(cx, cx->scope, ids, rs->n, &v, &n));
	for (size_t i = 0; i < rs->n; i++) { /* they come by event, ids ascend within one */
		const struct corr_link *l = &rs->v[i].l;
		size_t first = SEEK(v, n, event_id, l->other_event), of_event = SEEK(v, n, event_id, l->other_event + 1) - first;
		size_t at = FIND(v + first, of_event, id, l->other_attr);

		if (at < of_event)
			rs->v[i].there = &v[first + at];
	}
	return RC_OK;
}

static void put_reason(struct ctx *cx, struct jw *w, const struct reason *r, const struct event *e)
{
	static const char *const why[] = { [CORR_EQUAL] = "equal", [CORR_NET] = "network", [CORR_SSDEEP] = "ssdeep" };

	if (!r->there)
		return;
	jw_obj(w);
	jw_kstr(w, "why", str_c(why[r->l.why]));
	jw_kstr(w, "value", r->l.value);
	jw_kint(w, "rarity", r->l.rarity);
	jw_kid(w, "attribute_id", r->here.id);
	jw_kstr(w, "type", r->here.type->name);
	jw_kid(w, "other_attribute_id", r->there->id);
	jw_kuuid(w, "other_attribute_uuid", &r->there->uuid);
	jw_kstr(w, "other_type", r->there->type->name);
	jw_kstr(w, "other_value", value_join(cx->mem, r->there->type, r->there->value1, r->there->value2));
	if (e) {
		jw_kid(w, "event_id", e->id);
		jw_kuuid(w, "event_uuid", &e->uuid);
		jw_kstr(w, "event_info", e->info);
	}
	jw_obj_end(w);
}

/* why the events of a page are related to e */
static enum rc reasons_of(struct ctx *cx, const struct event *e, struct corr_options *o, struct reasons *out)
{
	enum { PAGE = 500 };
	struct attr_range range = { .event_id = e->id, .limit = PAGE };
	size_t n;

	do {
		struct corr_link *l;
		struct attr *v;
		size_t ln;

		TRY(attr_page(cx, cx->scope, &range, &v, &n));
		TRY(correlate_attrs(cx, cx->scope, v, n, o, &l, &ln));
		add_reasons(cx, out, v, n, l, ln);
		if (n)
			range.after = v[n - 1].id;
	} while (n == PAGE);
	return load_there(cx, out);
}

static void put_related(struct ctx *cx, struct jw *w, const struct related_event *r, const struct event *e, const struct reasons *rs, size_t links)
{
	jw_obj(w);
	jw_kid(w, "event_id", e->id);
	jw_kuuid(w, "uuid", &e->uuid);
	jw_kstr(w, "info", e->info);
	jw_kint(w, "values", r->values);
	jw_kint(w, "rarest", r->rarest);
	jw_key(w, "score");
	jw_double(w, r->score);
	jw_key(w, "links");
	jw_arr(w);
	for (size_t i = 0, k = 0; i < rs->n && k < links; i++)
		if (rs->v[i].l.other_event == e->id) {
			put_reason(cx, w, &rs->v[i], NULL);
			k++;
		}
	jw_arr_end(w);
	jw_obj_end(w);
}

enum rc events_correlations(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct corr_options o = { 0 };
	struct reasons reasons = { 0 };
	struct lists_view lists;
	struct related rel;
	struct event e, *v;
	int64_t *ids = NULL, page, limit, links;
	size_t n, from = 0, to = 0;
	struct params p;
	struct jw w;
	enum rc rc;

	TRY(api_event(rq, 0, &e));
	TRY(api_params(rq, &p));
	limit = param_int(&p, "limit", 100);
	page = param_int(&p, "page", 1);
	links = param_int(&p, "links", 20);
	if (limit < 1 || limit > 1000 || page < 1 || links < 0 || links > 1000)
		return fail(cx, RC_BAD, "limit is 1 to 1000, page 1 or more, links 0 to 1000");
	TRY(lists_take(cx, &lists));
	hide_listed(rq, &p, &lists, &o);
	rc = correlate_event(cx, cx->scope, e.id, &o, &rel);
	if (rc == RC_OK) {
		from = (size_t)(page - 1) < rel.n / (size_t)limit + 1 ? (size_t)(page - 1) * (size_t)limit : rel.n;
		if (from > rel.n)
			from = rel.n;
		to = rel.n - from > (size_t)limit ? from + (size_t)limit : rel.n;
		ids = arena_many(cx->mem, to - from + 1, int64_t);
		for (size_t i = from; i < to; i++)
			ids[i - from] = rel.v[i].event_id;
		qsort(ids, to - from, sizeof(*ids), by_id);
		o.only = ids;
		o.only_n = to - from;
		if (o.only_n && links)
			rc = reasons_of(cx, &e, &o, &reasons);
	}
	lists_release(&lists);
	TRY(rc);
	if (reasons.n)
		qsort(reasons.v, reasons.n, sizeof(*reasons.v), by_event);
	TRY(event_load_many(cx, cx->scope, ids, to - from, &v, &n));
	api_count(rq, rs, (int64_t)rel.total);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kint(&w, "total", (int64_t)rel.total);
	jw_kint(&w, "hidden_values", (int64_t)rel.hidden);
	jw_key(&w, "related");
	jw_arr(&w);
	for (size_t i = from; i < to; i++)
		for (size_t j = 0; j < n; j++)
			if (v[j].id == rel.v[i].event_id)
				put_related(cx, &w, &rel.v[i], &v[j], &reasons, (size_t)links);
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* every attribute that is equal or near, newest event first; with more of them than one answer holds, "next" is the `before` of the next call */
enum rc attributes_correlations(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct corr_options o = { 0 };
	struct reasons reasons = { 0 };
	struct lists_view lists;
	struct corr_link *l;
	struct params p;
	struct event *v;
	struct attr a;
	int64_t *ids, next = 0;
	size_t n, ln;
	struct jw w;
	enum rc rc;

	TRY(api_attr(rq, 0, &a));
	TRY(api_params(rq, &p));
	o.before = param_int(&p, "before", 0);
	o.next = &next;
	if (o.before < 0)
		return fail(cx, RC_BAD, "before is the id of an event");
	TRY(lists_take(cx, &lists));
	hide_listed(rq, &p, &lists, &o);
	rc = correlate_attrs(cx, cx->scope, &a, 1, &o, &l, &ln);
	lists_release(&lists);
	TRY(rc);
	add_reasons(cx, &reasons, &a, 1, l, ln);
	TRY(load_there(cx, &reasons));
	ids = arena_many(cx->mem, ln + 1, int64_t);
	for (size_t i = 0; i < ln; i++)
		ids[i] = l[i].other_event;
	qsort(ids, ln, sizeof(*ids), by_id);
	TRY(event_load_many(cx, cx->scope, ids, ln, &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "links");
	jw_arr(&w);
	for (size_t i = 0; i < reasons.n; i++) {
		size_t at = FIND(v, n, id, reasons.v[i].l.other_event);

		if (at < n)
			put_reason(cx, &w, &reasons.v[i], &v[at]);
	}
	jw_arr_end(&w);
	if (next) {
		jw_kid(&w, "next", next);
	} else {
		jw_key(&w, "next");
		jw_null(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}
