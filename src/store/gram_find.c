/* gram_find.c - searches ask the index of grams: the shortest lists of each segment, met one after the other. */
#include <stdlib.h>

#include "base/buf.h"
#include "store/attr.h"
#include "store/gram.h"

enum { GRAMS_MAX = 48, CHEAP = 64, BYTES_A_ROW = 2000 /* reading so many bytes of a list costs what looking at one row does */ };

struct list_size {
	int64_t gram, n;
};

static int by_size(const void *x, const void *y)
{
	const struct list_size *a = x, *b = y;

	return a->n < b->n ? -1 : a->n > b->n;
}

static enum rc sizes(struct ctx *cx, struct conn *c, int64_t segment, const int64_t *grams, size_t n, struct list_size **out, size_t *out_n)
{
#define SIZES(L) "SELECT gram, length(ids) FROM gram_post WHERE segment_id = $1 AND gram " L("$2")
	static const struct sql Q = { SIZES(LIST_SQLITE), SIZES(LIST_PG) };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, c, &Q, &q));
	bind_i64(&q, 1, segment);
	bind_i64s(&q, 2, grams, n);
	return STMT_ALL(cx, &q, out, out_n, *e = (struct list_size){ col_i64(&q, 0), col_i64(&q, 1) });
}

/* ids of one segment that hold all grams, or a few more */
static enum rc in_segment(struct ctx *cx, struct conn *c, int64_t segment, const int64_t *grams, size_t n, int64_t **out, size_t *out_n)
{
	static const struct sql Q = SQL("SELECT ids FROM gram_post WHERE segment_id = $1 AND gram = $2");
	struct list_size *v;
	int64_t *ids = NULL;
	size_t k, got = 0;

	*out_n = 0;
	TRY(sizes(cx, c, segment, grams, n, &v, &k));
	if (k < n)
		return RC_OK; /* one of the grams is nowhere in it */
	qsort(v, k, sizeof(*v), by_size);
	for (size_t i = 0; i < k; i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;
		enum rc rc;

		if (i > 1 && (got <= CHEAP || v[i].n / BYTES_A_ROW > (int64_t)got))
			break;
		TRY(stmt_open(cx, c, &Q, &q));
		bind_i64(&q, 1, segment);
		bind_i64(&q, 2, v[i].gram);
		rc = stmt_row(cx, &q);
		if (rc != RC_OK)
			return rc == RC_DONE ? RC_OK : rc;
		if (!i) {
			ids = arena_many(cx->mem, (size_t)v[i].n + 1, int64_t);
			got = gram_list_read(col_blob(&q, 0), ids);
		} else {
			got = gram_list_meet(col_blob(&q, 0), ids, got);
		}
		if (!got)
			break;
	}
	*out = ids;
	*out_n = got;
	return RC_OK;
}

static int by_id(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

static enum rc numbers(struct ctx *cx, struct conn *c, const struct sql *Q, int64_t **out, size_t *n)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, c, Q, &q));
	return STMT_ALL(cx, &q, out, n, *e = col_i64(&q, 0));
}

struct found {
	int64_t *v;
	size_t n, cap;
};

static void found_add(struct ctx *cx, struct found *f, const int64_t *v, size_t n)
{
	if (!n)
		return;
	if (f->n + n > f->cap) {
		int64_t *w;

		f->cap = 2 * (f->n + n);
		w = arena_many(cx->mem, f->cap, int64_t);
		if (f->n)
			memcpy(w, f->v, f->n * sizeof(*w));
		f->v = w;
	}
	memcpy(f->v + f->n, v, n * sizeof(*v));
	f->n += n;
}

static enum rc find(struct ctx *cx, struct conn *c, const struct str *patterns, size_t pattern_n, size_t max, struct gram_hits *out)
{
	static const struct sql LIVE = SQL("SELECT id FROM gram_segment WHERE state = 1 ORDER BY id");
	static const struct sql CHANGED = SQL("SELECT attr_id FROM gram_changed");
	struct found f = { 0 };
	int64_t *segments, *changed;
	size_t n, changed_n;

	TRY(numbers(cx, c, &LIVE, &segments, &n));
	for (size_t i = 0; i < pattern_n; i++) {
		uint32_t g[GRAMS_MAX];
		int64_t grams[GRAMS_MAX];
		size_t k = gram_of_pattern(patterns[i], g, GRAMS_MAX);

		if (!k)
			return RC_OK;
		for (size_t j = 0; j < k; j++)
			grams[j] = g[j];
		for (size_t j = 0; j < n; j++) {
			int64_t *ids = NULL;
			size_t m;

			TRY(in_segment(cx, c, segments[j], grams, k, &ids, &m));
			if (f.n + m > max)
				return RC_OK;
			found_add(cx, &f, ids, m);
		}
	}
	TRY(numbers(cx, c, &CHANGED, &changed, &changed_n));
	found_add(cx, &f, changed, changed_n);
	if (f.n)
		qsort(f.v, f.n, sizeof(*f.v), by_id);
	for (size_t i = 0; i < f.n; i++)
		if (!out->n || f.v[out->n - 1] != f.v[i])
			f.v[out->n++] = f.v[i];
	out->ids = f.v;
	out->usable = true;
	return RC_OK;
}

enum rc gram_find(struct ctx *cx, const struct str *patterns, size_t n, size_t max, struct gram_hits *out)
{
	bool own = !cx->conn; /* segments are swapped under us: one snapshot for all of it */
	enum rc rc;

	*out = (struct gram_hits){ 0 };
	if (own)
		TRY(store_read_begin(cx));
	rc = find(cx, cx->conn, patterns, n, max, out);
	if (own)
		store_rollback(cx);
	return rc;
}
