/* query_grams.c - patterns of a search looked up in the index of grams: which attributes can match, in the order (event, id).
 *
 * The first condition with long enough patterns decides; all others are tested on the rows as ever. Attributes that no segment holds yet (the tail) are
 * all candidates. Too many candidates: the search goes through the events as without an index, which then finds matches all the way. */
#include <stdlib.h>

#include "store/gram.h"
#include "store/query_int.h"
#include "store/visible.h"

enum { HITS_MAX = 400000, TAIL_MAX = 1000000 };

struct pairs {
	struct pair *v;
	size_t n, cap;
};

static int by_pair(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	if (a->event_id != b->event_id)
		return a->event_id < b->event_id ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static enum rc pairs_read(struct ctx *cx, struct stmt *q, struct pairs *p)
{
	enum rc rc;

	while ((rc = stmt_row(cx, q)) == RC_OK) {
		p->v = arena_grow(cx->mem, p->v, &p->cap, p->n, sizeof(*p->v));
		p->v[p->n++] = (struct pair){ col_i64(q, 0), col_i64(q, 1) };
	}
	return rc == RC_DONE ? RC_OK : rc;
}

/* rows of a list of numbers, in chunks; stops when there are more than TAIL_MAX */
static enum rc pairs_of(struct ctx *cx, const struct sql *Q, const int64_t *v, size_t n, struct pairs *p)
{
	SCOPED(lease_done) struct lease l = { 0 };

	TRY(lease_take(cx, &l));
	for (size_t at = 0; at < n && p->n <= TAIL_MAX; at += 5000) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, l.c, Q, &q));
		bind_i64s(&q, 1, v + at, n - at < 5000 ? n - at : 5000);
		bind_i64(&q, 2, TAIL_MAX + 1);
		TRY(pairs_read(cx, &q, p));
	}
	return RC_OK;
}

static enum rc add_hits(struct ctx *cx, const struct gram_hits *h, struct pairs *p)
{
#define HITS(L) "SELECT event_id, id FROM attribute WHERE id " L("$1") " LIMIT $2"
	static const struct sql Q = SQL_BOTH(HITS);

	return pairs_of(cx, &Q, h->ids, h->n, p);
}

static enum rc add_tail(struct ctx *cx, struct pairs *p)
{
	static const struct sql Q = SQL("SELECT event_id, id FROM attribute WHERE id > $1 LIMIT $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t upto;

	TRY(gram_upto(cx, &upto));
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, upto);
	bind_i64(&q, 2, TAIL_MAX + 1);
	return pairs_read(cx, &q, p);
}

/* A quick search also finds by the event's title and by tags: all attributes of such events, and those with the tag. */
static enum rc add_quick(struct ctx *cx, const struct query *q, struct pairs *p)
{
#define OF_EVENTS(L) "SELECT event_id, id FROM attribute WHERE event_id " L("$1") " LIMIT $2"
#define BY_EVENT_TAG(L) "SELECT event_id, 0 FROM event_tag WHERE tag_id " L("$1") " LIMIT $2"
#define BY_TAG(L) "SELECT event_id, attr_id FROM attr_tag WHERE tag_id " L("$1") " LIMIT $2"
	static const struct sql infos = SQL("SELECT id, info FROM event"), attrs = SQL_BOTH(OF_EVENTS), tagged = SQL_BOTH(BY_EVENT_TAG), by_tag = SQL_BOTH(BY_TAG);
	struct ids events = { 0 }, tags = { 0 };
	struct pairs of_tag = { 0 };

	{
		SCOPED(lease_done) struct lease l = { 0 };
		SCOPED(stmt_done) struct stmt st = STMT_INIT;
		enum rc rc;

		TRY(lease_take(cx, &l));
		TRY(stmt_open(cx, l.c, &infos, &st));
		while ((rc = stmt_row(cx, &st)) == RC_OK) {
			struct arena_mark m = arena_mark(cx->mem);
			bool hit = value_like(value_fold(cx->mem, col_text(&st, 1)), q->quick);

			arena_reset(cx->mem, m);
			if (hit)
				ids_add(cx->mem, &events, col_i64(&st, 0));
		}
		if (rc != RC_DONE)
			return rc;
	}
	TRY(resolve_tag(cx, q->s->quick, &tags));
	TRY(pairs_of(cx, &tagged, tags.v, tags.n, &of_tag));
	for (size_t i = 0; i < of_tag.n; i++)
		ids_add(cx->mem, &events, of_tag.v[i].event_id);
	TRY(pairs_of(cx, &by_tag, tags.v, tags.n, p));
	return pairs_of(cx, &attrs, events.v, events.n, p);
}

/* events named by the search, when there are some: only their attributes */
static bool wanted(const struct query *q, int64_t event_id)
{
	size_t lo = 0, hi = q->cand_n;

	if (!q->has_cand)
		return true;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (q->cand[mid] < event_id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < q->cand_n && q->cand[lo] == event_id;
}

enum rc query_grams(struct ctx *cx, struct query *q)
{
	const struct tests *all[] = { &q->value, &q->value1, &q->value2, &q->comment };
	struct gram_hits h = { 0 };
	struct pairs p = { 0 };
	size_t k = 0;

	if (q->impossible || q->lead_digests)
		return RC_OK;
	for (int i = 0; i < 4 && !h.usable; i++) {
		if (all[i]->any.n)
			TRY(gram_find(cx, all[i]->any.v, all[i]->any.n, HITS_MAX, &h));
		for (size_t j = 0; j < all[i]->all.n && !h.usable; j++)
			TRY(gram_find(cx, &all[i]->all.v[j], 1, HITS_MAX, &h));
	}
	if (!h.usable && q->quick.p) {
		TRY(gram_find(cx, &q->quick, 1, HITS_MAX, &h));
		if (h.usable)
			TRY(add_quick(cx, q, &p));
	}
	if (!h.usable)
		return RC_OK;
	if (p.n <= TAIL_MAX)
		TRY(add_hits(cx, &h, &p));
	if (p.n <= TAIL_MAX)
		TRY(add_tail(cx, &p));
	if (p.n > TAIL_MAX)
		return RC_OK;
	if (p.n)
		qsort(p.v, p.n, sizeof(*p.v), by_pair);
	for (size_t i = 0; i < p.n; i++)
		if ((!k || by_pair(&p.v[k - 1], &p.v[i])) && wanted(q, p.v[i].event_id))
			p.v[k++] = p.v[i];
	q->pairs = p.v;
	q->pair_n = k;
	q->has_pairs = true;
	q->has_cand = false;
	if (!k)
		q->impossible = true;
	return RC_OK;
}
