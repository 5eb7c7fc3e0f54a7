/* correlate.c - see correlate.h. Digests lead to candidates; where a link names attributes their folded texts are compared, so that a collision of
 * digests shows nowhere. */
#include "correlate/correlate.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/seek.h"
#include "model/value.h"
#include "store/corr.h"
#include "store/corr_rule.h"

/* digests of a page of attributes that correlate */
struct probe {
	int64_t digest;
	const struct attr *a;
	struct str value;  /* the half */
	struct str folded;
};

static size_t probes_of(struct ctx *cx, const struct corr_rules *rules, const struct attr *v, size_t n, const struct corr_options *o, struct probe *out,
			size_t *hidden)
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
			if (d[j].state == STATE_CORRELATES && !corr_excluded(rules, d[j].folded))
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

/* how many events hold a value: those of rows that lie by event, and the one asked for */
static int rarity_of(const struct corr_row *r, size_t n)
{
	int64_t last = 0;
	int rarity = 1;

	for (size_t i = 0; i < n; i++)
		if (r[i].event_id != last) {
			last = r[i].event_id;
			rarity++;
		}
	return rarity < CORR_MANY ? rarity : CORR_MANY;
}

/* rows of one value, by event: each event is scored once */
static void score_rows(struct gather *g, const struct corr_row *r, size_t n)
{
	int64_t last = 0;
	int rarity = rarity_of(r, n);
	double weight;

	weight = 1.0 / log2(1.0 + rarity);
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

static int by_event(const void *x, const void *y)
{
	const struct corr_row *a = x, *b = y;

	if (a->event_id != b->event_id)
		return a->event_id > b->event_id ? -1 : 1;
	return a->attr_id > b->attr_id ? -1 : a->attr_id < b->attr_id;
}

/* of rows by event and attribute, each attribute once */
static size_t unique(struct corr_row *r, size_t n)
{
	size_t k = 0;

	if (n)
		qsort(r, n, sizeof(*r), by_event);
	for (size_t i = 0; i < n; i++)
		if (!k || r[k - 1].attr_id != r[i].attr_id)
			r[k++] = r[i];
	return k;
}

/* the half that is an address or network; *net gets it */
static bool net_of(const struct attr *a, struct net *net, struct str *half)
{
	*half = a->type->kind1 == VK_IP ? a->value1 : a->type->kind2 == VK_IP ? a->value2 : S("");
	return a->type->corr != CORR_NEVER && half->n && net_parse(*half, net);
}

static const struct attr *attr_by_id(const struct attr *v, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].id == id)
			return &v[i];
	return NULL;
}

/* half: the value in it that is near to others */
static bool takes_part(struct ctx *cx, const struct corr_rules *rules, const struct attr *a, struct str half, const struct corr_options *o)
{
	return !a->deleted && !a->disable_correlation && !(o && o->hidden && o->hidden(o->hidden_arg, a)) && !corr_excluded(rules, value_fold(cx->mem, half));
}

static struct str ssdeep_half(const struct attr *a)
{
	return a->value2.n ? a->value2 : a->value1;
}

/* Of rows found near, those whose own value is excluded go, too. */
static enum rc drop_excluded(struct ctx *cx, const struct scope *sc, const struct corr_rules *rules, struct corr_row *r, size_t *n)
{
	int64_t *ids = arena_many(cx->mem, *n + 1, int64_t);
	struct attr *others;
	size_t on, k = 0;

	if (!*n || !corr_rules_exclude(rules))
		return RC_OK;
	for (size_t i = 0; i < *n; i++)
		ids[i] = r[i].attr_id;
	TRY(attr_load_many(cx, sc, ids, *n, &others, &on));
	for (size_t i = 0; i < *n; i++) {
		const struct attr *a = attr_by_id(others, on, r[i].attr_id);

		if (a && !corr_excluded(rules, value_fold(cx->mem, a->value1)) && !(a->value2.n && corr_excluded(rules, value_fold(cx->mem, a->value2))))
			r[k++] = r[i];
	}
	*n = k;
	return RC_OK;
}

/* Holders of an ssdeep hash that is near this one, not the same: found by a common piece, then compared. By event. */
static enum rc near_hashes(struct ctx *cx, const struct scope *sc, const struct attr *a, const struct ssdeep *h, struct corr_row **out, size_t *out_n)
{
	struct attr_digest d[SSDEEP_PIECES_MAX];
	int64_t pieces[SSDEEP_PIECES_MAX], *ids;
	size_t n = attr_pieces(cx, a, d), rows, on;
	struct corr_row *r;
	struct attr *others;

	*out_n = 0;
	*out = NULL;
	for (size_t i = 0; i < n; i++)
		pieces[i] = d[i].digest;
	TRY(corr_by_digest(cx, sc, a->event_id, 0, CORR_OF_PIECES, pieces, n, &r, &rows));
	rows = unique(r, rows);
	ids = arena_many(cx->mem, rows + 1, int64_t);
	for (size_t i = 0; i < rows; i++)
		ids[i] = r[i].attr_id;
	TRY(attr_load_many(cx, sc, ids, rows, &others, &on));
	for (size_t i = 0; i < rows; i++) {
		const struct attr *other = attr_by_id(others, on, r[i].attr_id);
		struct ssdeep g;

		if (other && attr_ssdeep(other, &g) && ssdeep_score(h, &g) >= SSDEEP_NEAR &&
		    !str_eq(value_fold(cx->mem, other->value2.n ? other->value2 : other->value1), value_fold(cx->mem, a->value2.n ? a->value2 : a->value1)))
			r[(*out_n)++] = r[i];
	}
	*out = r;
	return RC_OK;
}

static enum rc gather_page(struct ctx *cx, const struct scope *sc, const struct corr_rules *rules, int64_t event_id, const struct attr *v, size_t n,
			   const struct corr_options *o, struct gather *g, size_t *hidden)
{
	struct probe *p = arena_many(cx->mem, n * ATTR_DIGESTS_MAX + 1, struct probe);
	size_t k = probes_of(cx, rules, v, n, o, p, hidden), once = 0, rows;
	int64_t *d = arena_many(cx->mem, k + 1, int64_t);
	struct corr_row *r;

	for (size_t i = 0; i < k; i++)
		d[i] = p[i].digest;
	qsort(d, k, sizeof(*d), by_digest);
	for (size_t i = 0; i < k; i++)
		if (!i || d[i] != d[i - 1])
			d[once++] = d[i];
	TRY(corr_by_digest(cx, sc, event_id, 0, CORR_OF_EVENTS, d, once, &r, &rows));
	for (size_t i = 0, j; i < rows; i = j) {
		for (j = i + 1; j < rows && r[j].digest == r[i].digest;)
			j++;
		score_rows(g, r + i, j - i);
	}
	for (size_t i = 0; i < n; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct ssdeep h;
		struct str half;
		struct net net;
		bool is_net = net_of(&v[i], &net, &half);

		if ((!is_net && !attr_ssdeep(&v[i], &h)) || !takes_part(cx, rules, &v[i], is_net ? half : ssdeep_half(&v[i]), o))
			continue;
		if (is_net) {
			TRY(corr_by_net(cx, sc, event_id, &net, &r, &rows));
			rows = unique(r, rows);
		} else {
			TRY(near_hashes(cx, sc, &v[i], &h, &r, &rows));
		}
		TRY(drop_excluded(cx, sc, rules, r, &rows));
		score_rows(g, r, rows);
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

struct correlating {
	const struct scope *sc;
	struct corr_rules *rules;
	struct event e;
	bool off; /* the event takes no part */
	struct corr_options o;
	struct gather g;
	size_t hidden;
};

static void give_back(void *arg)
{
	struct correlating *c = arg;

	corr_rules_release(c->rules);
	arena_free(c->g.mem);
}

enum rc correlate_begin(struct ctx *cx, const struct scope *sc, const struct event *e, const struct corr_options *o, struct correlating **out)
{
	struct arena *mem = arena_new(0);
	struct correlating *c = arena_one(mem, struct correlating);

	c->g.mem = mem;
	arena_cleanup(cx->mem, give_back, c);
	c->sc = sc;
	c->e = *e;
	c->e.info = str_dup(mem, e->info);
	TRY(corr_rules_take(cx, &c->rules));
	c->off = e->disable_correlation;
	if (o)
		c->o = *o;
	*out = c;
	return RC_OK;
}

enum rc correlate_page(struct ctx *cx, struct correlating *c, const struct attr *v, size_t n)
{
	struct arena_mark m = arena_mark(cx->mem);
	enum rc rc;

	if (c->off || !n)
		return RC_OK;
	rc = gather_page(cx, c->sc, c->rules, c->e.id, v, n, &c->o, &c->g, &c->hidden);
	arena_reset(cx->mem, m);
	return rc;
}

/* Those that a rule keeps apart from this event go. */
static enum rc keep_apart(struct ctx *cx, struct correlating *c)
{
	enum { PAGE = 1000 };
	size_t k = 0;

	if (!corr_rules_about(c->rules, &c->e))
		return RC_OK;
	for (size_t at = 0; at < c->g.n; at += PAGE) {
		size_t n = c->g.n - at < PAGE ? c->g.n - at : PAGE, found;
		struct arena_mark m = arena_mark(cx->mem);
		int64_t *ids = arena_many(cx->mem, n, int64_t);
		struct event *v;

		for (size_t i = 0; i < n; i++)
			ids[i] = c->g.v[at + i].event_id;
		TRY(event_load_many(cx, c->sc, ids, n, &v, &found));
		for (size_t i = 0; i < n; i++) {
			size_t e = FIND(v, found, id, c->g.v[at + i].event_id);

			if (e < found && !corr_apart(c->rules, &c->e, &v[e]))
				c->g.v[k++] = c->g.v[at + i];
		}
		arena_reset(cx->mem, m);
	}
	c->g.n = k;
	return RC_OK;
}

enum rc correlate_end(struct ctx *cx, struct correlating *c, struct related *out)
{
	TRY(keep_apart(cx, c));
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

struct links {
	struct corr_link *v;
	size_t n, cap;
	int64_t next; /* the highest cursor of those that have more */
};

static bool is_asked(const struct corr_options *o, int64_t event_id)
{
	return !o || !o->only_n || bsearch(&event_id, o->only, o->only_n, sizeof(*o->only), by_digest);
}

static void put_links(struct ctx *cx, const struct corr_options *o, struct links *l, int64_t attr_id, struct str value, const struct corr_row *r, size_t n,
		      int rarity, int why)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_asked(o, r[i].event_id))
			continue;
		l->v = arena_grow(cx->mem, l->v, &l->cap, l->n, sizeof(*l->v));
		l->v[l->n++] = (struct corr_link){ attr_id, r[i].event_id, r[i].attr_id, value, rarity, why };
	}
}

/* Rows of one value behind the cursor, whole events: the last one, which may have been cut, is left to the next page. */
static size_t whole_events(struct corr_row *r, size_t n, int64_t *next)
{
	size_t k = n;

	if (n < CORR_ROWS_MAX)
		return n;
	while (k > 1 && r[k - 1].event_id == r[n - 1].event_id)
		k--;
	if (k > 1 || r[0].event_id != r[n - 1].event_id)
		n = k;
	if (r[n - 1].event_id > *next)
		*next = r[n - 1].event_id;
	return n;
}

static enum rc equal_links(struct ctx *cx, const struct scope *sc, const struct probe *p, const struct corr_options *o, struct links *l)
{
	int64_t before = o ? o->before : 0;
	struct corr_row *r, *all;
	struct attr *others;
	size_t rows, on, all_n, k = 0;
	int64_t *ids;
	int rarity = 0;

	TRY(corr_by_digest(cx, sc, p->a->event_id, before, CORR_OF_ATTRS, &p->digest, 1, &r, &rows));
	if (before || rows == CORR_ROWS_MAX || (o && o->only_n)) { /* the rows read are not all of them */
		TRY(corr_by_digest(cx, sc, p->a->event_id, 0, CORR_OF_EVENTS, &p->digest, 1, &all, &all_n));
		rarity = rarity_of(all, all_n);
	}
	rows = whole_events(r, rows, &l->next);
	for (size_t i = 0; i < rows; i++)
		if (is_asked(o, r[i].event_id))
			r[k++] = r[i];
	rows = k;
	k = 0;
	ids = arena_many(cx->mem, rows + 1, int64_t);
	for (size_t i = 0; i < rows; i++)
		ids[i] = r[i].attr_id;
	TRY(attr_load_many(cx, sc, ids, rows, &others, &on));
	for (size_t i = 0; i < rows; i++) {
		const struct attr *other = attr_by_id(others, on, r[i].attr_id);

		if (other && same_text(cx, other, p))
			r[k++] = r[i];
	}
	put_links(cx, o, l, p->a->id, p->value, r, k, rarity ? rarity : rarity_of(r, k), CORR_EQUAL);
	return RC_OK;
}

static void release(struct corr_rules **r)
{
	if (*r)
		corr_rules_release(*r);
}

/* Links to events that a rule keeps apart from e go. */
static enum rc links_apart(struct ctx *cx, const struct scope *sc, const struct corr_rules *rules, const struct event *e, struct links *l)
{
	int64_t *ids = arena_many(cx->mem, l->n + 1, int64_t);
	struct event *v;
	size_t n, k = 0;

	if (!corr_rules_about(rules, e))
		return RC_OK;
	for (size_t i = 0; i < l->n; i++)
		ids[i] = l->v[i].other_event;
	TRY(event_load_many(cx, sc, ids, l->n, &v, &n));
	for (size_t i = 0; i < l->n; i++) {
		size_t at = FIND(v, n, id, l->v[i].other_event);

		if (at < n && !corr_apart(rules, e, &v[at]))
			l->v[k++] = l->v[i];
	}
	l->n = k;
	return RC_OK;
}

enum rc correlate_attrs(struct ctx *cx, const struct scope *sc, const struct attr *v, size_t n, const struct corr_options *o, struct corr_link **out,
			size_t *out_n)
{
	SCOPED(release) struct corr_rules *rules = NULL;
	struct probe *p = arena_many(cx->mem, n * ATTR_DIGESTS_MAX + 1, struct probe);
	struct links l = { 0 };
	struct event e;
	size_t hidden = 0, k;

	*out = NULL;
	*out_n = 0;
	if (!n)
		return RC_OK;
	TRY(event_load(cx, sc, &(struct event_key){ .id = v[0].event_id }, &e));
	if (e.disable_correlation)
		return RC_OK;
	TRY(corr_rules_take(cx, &rules));
	k = probes_of(cx, rules, v, n, o, p, &hidden);
	qsort(p, k, sizeof(*p), by_probe);
	for (size_t i = 0; i < k; i++)
		TRY(equal_links(cx, sc, &p[i], o, &l));
	for (size_t i = 0; i < n && !(o && o->before); i++) { /* near ones stand in the first page */
		struct corr_row *r;
		struct ssdeep h;
		struct net net;
		struct str half;
		size_t rows;
		bool is_net = net_of(&v[i], &net, &half);

		if ((!is_net && !attr_ssdeep(&v[i], &h)) || !takes_part(cx, rules, &v[i], is_net ? half : ssdeep_half(&v[i]), o))
			continue;
		if (is_net) {
			TRY(corr_by_net(cx, sc, v[i].event_id, &net, &r, &rows));
			rows = unique(r, rows);
			TRY(drop_excluded(cx, sc, rules, r, &rows));
			put_links(cx, o, &l, v[i].id, half, r, rows, rarity_of(r, rows), CORR_NET);
		} else {
			TRY(near_hashes(cx, sc, &v[i], &h, &r, &rows));
			TRY(drop_excluded(cx, sc, rules, r, &rows));
			put_links(cx, o, &l, v[i].id, v[i].value2.n ? v[i].value2 : v[i].value1, r, rows, rarity_of(r, rows), CORR_SSDEEP);
		}
	}
	TRY(links_apart(cx, sc, rules, &e, &l));
	*out = l.v;
	*out_n = l.n;
	if (o && o->next)
		*o->next = l.next;
	return RC_OK;
}
