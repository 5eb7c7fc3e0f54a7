/* correlate.c - see correlate.h. Digests lead to candidates; where a link names attributes their folded texts are compared, so that a collision of
 * digests shows nowhere. */
#include "correlate/correlate.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "model/value.h"
#include "store/corr.h"

/* digests of a page of attributes that correlate */
struct probe {
	int64_t digest;
	const struct attr *a;
	struct str value;  /* the half */
	struct str folded;
};

static size_t probes_of(struct ctx *cx, const struct attr *v, size_t n, const struct corr_options *o, struct probe *out, size_t *hidden)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		struct attr_digest d[ATTR_DIGESTS_MAX];
		size_t dn;

		if (v[i].deleted || v[i].disable_correlation)
			continue;
		if (o && o->hidden && o->hidden(o->hidden_arg, &v[i])) {
			++*hidden;
			continue;
		}
		dn = attr_digests(cx, &v[i], d);
		for (size_t j = 0; j < dn; j++)
			if (d[j].state == STATE_CORRELATES)
				out[k++] = (struct probe){ d[j].digest, &v[i], d[j].half ? v[i].value2 : v[i].value1, d[j].folded };
	}
	return k;
}

/* related events while they are gathered */
struct gather {
	struct related_event *v;
	size_t n, cap;
	uint32_t *index; /* open addressing on event id: position + 1 */
	size_t index_cap;
	struct arena *mem;
};

static struct related_event *slot(struct gather *g, int64_t event_id)
{
	size_t i;

	if ((g->n + 1) * 2 > g->index_cap) {
		g->index_cap = g->index_cap ? g->index_cap * 2 : 64;
		g->index = arena_zalloc(g->mem, g->index_cap * sizeof(*g->index));
		for (size_t k = 0; k < g->n; k++) {
			for (i = hash_int((uint64_t)g->v[k].event_id) & (g->index_cap - 1); g->index[i];)
				i = (i + 1) & (g->index_cap - 1);
			g->index[i] = (uint32_t)k + 1;
		}
	}
	for (i = hash_int((uint64_t)event_id) & (g->index_cap - 1); g->index[i]; i = (i + 1) & (g->index_cap - 1))
		if (g->v[g->index[i] - 1].event_id == event_id)
			return &g->v[g->index[i] - 1];
	g->v = arena_grow(g->mem, g->v, &g->cap, g->n, sizeof(*g->v));
	g->index[i] = (uint32_t)g->n + 1;
	g->v[g->n] = (struct related_event){ .event_id = event_id, .rarest = CORR_MANY };
	return &g->v[g->n++];
}

/* rows of one digest: how many events, and each of them scored */
static void score_rows(struct gather *g, const struct corr_row *r, size_t n)
{
	int64_t last = 0;
	int rarity = 1; /* the event itself */
	double weight;

	for (size_t i = 0; i < n; i++)
		if (r[i].event_id != last) {
			last = r[i].event_id;
			rarity++;
		}
	if (n >= CORR_ROWS_MAX || rarity > CORR_MANY)
		rarity = CORR_MANY;
	weight = 1.0 / log2(1.0 + rarity);
	last = 0;
	for (size_t i = 0; i < n; i++) {
		struct related_event *e;

		if (r[i].event_id == last)
			continue;
		last = r[i].event_id;
		e = slot(g, last);
		e->score += weight;
		e->values++;
		if (rarity < e->rarest)
			e->rarest = rarity;
	}
}

static int by_score(const void *x, const void *y)
{
	const struct related_event *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a->event_id > b->event_id ? -1 : a->event_id < b->event_id;
}

static int by_digest(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static bool net_of(const struct attr *a, struct net *out)
{
	if (a->type->kind1 == VK_IP)
		return net_parse(a->value1, out);
	return a->type->kind2 == VK_IP && net_parse(a->value2, out);
}

static enum rc gather_page(struct ctx *cx, const struct scope *sc, int64_t event_id, const struct attr *v, size_t n, const struct corr_options *o,
			   struct gather *g, size_t *hidden)
{
	struct probe *p = arena_many(cx->mem, n * ATTR_DIGESTS_MAX + 1, struct probe);
	size_t k = probes_of(cx, v, n, o, p, hidden), unique = 0, rows;
	int64_t *d = arena_many(cx->mem, k + 1, int64_t);
	struct corr_row *r;

	for (size_t i = 0; i < k; i++)
		d[i] = p[i].digest;
	qsort(d, k, sizeof(*d), by_digest);
	for (size_t i = 0; i < k; i++)
		if (!i || d[i] != d[i - 1])
			d[unique++] = d[i];
	TRY(corr_by_digest(cx, sc, event_id, d, unique, &r, &rows));
	for (size_t i = 0, j; i < rows; i = j) {
		for (j = i + 1; j < rows && r[j].digest == r[i].digest;)
			j++;
		score_rows(g, r + i, j - i);
	}
	for (size_t i = 0; i < n; i++) {
		struct net net;

		if (v[i].deleted || v[i].disable_correlation || !net_of(&v[i], &net))
			continue;
		if (o && o->hidden && o->hidden(o->hidden_arg, &v[i]))
			continue;
		TRY(corr_by_net(cx, sc, event_id, &net, &r, &rows));
		score_rows(g, r, rows);
	}
	return RC_OK;
}

struct correlating {
	const struct scope *sc;
	int64_t event_id;
	bool off; /* the event takes no part */
	struct corr_options o;
	struct gather g;
	size_t hidden;
};

enum rc correlate_begin(struct ctx *cx, const struct scope *sc, const struct event *e, const struct corr_options *o, struct correlating **out)
{
	struct arena *mem = arena_new(0);
	struct correlating *c = arena_one(mem, struct correlating);

	arena_cleanup(cx->mem, (void (*)(void *))arena_free, mem);
	c->sc = sc;
	c->event_id = e->id;
	c->off = e->disable_correlation;
	if (o)
		c->o = *o;
	c->g.mem = mem;
	*out = c;
	return RC_OK;
}

enum rc correlate_page(struct ctx *cx, struct correlating *c, const struct attr *v, size_t n)
{
	struct arena_mark m = arena_mark(cx->mem);
	enum rc rc;

	if (c->off || !n)
		return RC_OK;
	rc = gather_page(cx, c->sc, c->event_id, v, n, &c->o, &c->g, &c->hidden);
	arena_reset(cx->mem, m);
	return rc;
}

enum rc correlate_end(struct ctx *cx, struct correlating *c, struct related *out)
{
	(void)cx;
	if (c->g.n)
		qsort(c->g.v, c->g.n, sizeof(*c->g.v), by_score);
	*out = (struct related){ .v = c->g.v, .total = c->g.n, .hidden = c->hidden };
	out->n = c->o.limit && c->o.limit < c->g.n ? c->o.limit : c->g.n;
	return RC_OK;
}

enum rc correlate_event(struct ctx *cx, const struct scope *sc, int64_t event_id, const struct corr_options *o, struct related *out)
{
	enum { PAGE = 1000 };
	struct attr_range range = { .event_id = event_id, .limit = PAGE };
	struct correlating *c;
	struct event e;
	size_t n;

	TRY(event_load(cx, sc, &(struct event_key){ .id = event_id }, &e));
	TRY(correlate_begin(cx, sc, &e, o, &c));
	do {
		struct arena_mark m = arena_mark(cx->mem);
		struct attr *v;

		TRY(attr_page(cx, sc, &range, &v, &n));
		TRY(correlate_page(cx, c, v, n));
		if (n)
			range.after = v[n - 1].id;
		arena_reset(cx->mem, m);
	} while (n == PAGE);
	return correlate_end(cx, c, out);
}

/* holds the other attribute this very text? */
static bool same_text(struct ctx *cx, const struct attr *other, const struct probe *p)
{
	struct attr_digest d[ATTR_DIGESTS_MAX];
	size_t n = attr_digests(cx, other, d);

	for (size_t i = 0; i < n; i++)
		if (d[i].digest == p->digest && str_eq(d[i].folded, p->folded))
			return true;
	return false;
}

static int by_probe(const void *x, const void *y)
{
	const struct probe *a = x, *b = y;

	return a->digest < b->digest ? -1 : a->digest > b->digest;
}

static const struct attr *attr_by_id(const struct attr *v, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].id == id)
			return &v[i];
	return NULL;
}

enum rc correlate_attrs(struct ctx *cx, const struct scope *sc, const struct attr *v, size_t n, const struct corr_options *o, struct corr_link **out,
			size_t *out_n)
{
	struct probe *p = arena_many(cx->mem, n * ATTR_DIGESTS_MAX + 1, struct probe);
	size_t hidden = 0, k = probes_of(cx, v, n, o, p, &hidden), cap = 0;
	struct corr_link *links = NULL;

	*out_n = 0;
	qsort(p, k, sizeof(*p), by_probe);
	for (size_t i = 0; i < k; i++) {
		struct corr_row *r;
		struct attr *others;
		size_t rows, on;
		int64_t *ids, last = 0;
		int rarity = 1;

		TRY(corr_by_digest(cx, sc, p[i].a->event_id, &p[i].digest, 1, &r, &rows));
		ids = arena_many(cx->mem, rows + 1, int64_t);
		for (size_t j = 0; j < rows; j++) {
			ids[j] = r[j].attr_id;
			if (r[j].event_id != last) {
				last = r[j].event_id;
				rarity++;
			}
		}
		if (rows >= CORR_ROWS_MAX)
			rarity = CORR_MANY;
		TRY(attr_load_many(cx, sc, ids, rows, &others, &on));
		for (size_t j = 0; j < rows; j++) {
			const struct attr *other = attr_by_id(others, on, r[j].attr_id);

			if (!other || !same_text(cx, other, &p[i]))
				continue;
			links = arena_grow(cx->mem, links, &cap, *out_n, sizeof(*links));
			links[(*out_n)++] = (struct corr_link){ p[i].a->id, r[j].event_id, r[j].attr_id, p[i].value, rarity, CORR_EQUAL };
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct corr_row *r;
		struct net net;
		size_t rows;

		if (v[i].deleted || v[i].disable_correlation || !net_of(&v[i], &net) || (o && o->hidden && o->hidden(o->hidden_arg, &v[i])))
			continue;
		TRY(corr_by_net(cx, sc, v[i].event_id, &net, &r, &rows));
		for (size_t j = 0; j < rows; j++) {
			links = arena_grow(cx->mem, links, &cap, *out_n, sizeof(*links));
			links[(*out_n)++] = (struct corr_link){ v[i].id, r[j].event_id, r[j].attr_id, v[i].value1, (int)rows + 1, CORR_NET };
		}
	}
	*out = links;
	return RC_OK;
}
