/* gram.c - keeps the index of grams: takes new attributes into segments, joins segments, removes joined ones. Searching: gram_find.c.
 *
 * A segment's rows are written in the order of their keys. Joining goes slice by slice (grams of one first byte), a transaction each, into a segment that
 * searches do not see; the last transaction swaps. What a stop leaves half done is removed by the next run. */
#include "store/gram.h"

#include <stdlib.h>

#include "base/buf.h"
#include "model/value.h"
#include "store/attr.h"

enum { BUILDING = 0, LIVE = 1, DEAD = 2, FAN = 8, TIERS = 5, POSTS_MAX = 4 << 20 };
#define ID_BITS 40 /* of an attribute id beside its gram in one word */

static const char UPTO[] = "gram_upto";

enum rc gram_upto(struct ctx *cx, int64_t *out)
{
	struct str s;

	*out = 0;
	TRY(meta_get(cx, UPTO, &s));
	if (s.p && !str_i64(s, out))
		return fail(cx, RC_INVALID, "meta %s is no number", UPTO);
	return RC_OK;
}

enum rc gram_note_change(struct ctx *cx, int64_t attr_id)
{
	static const struct sql Q = SQL("INSERT INTO gram_changed (attr_id) VALUES ($1) ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, attr_id);
	return stmt_run(cx, &q);
}

/* ---- a batch of texts as words: gram above, id below ---- */

struct posts {
	uint64_t *v, *spare;
	size_t n, cap;
	int64_t attrs, last;
};

static void posts_done(struct posts *p)
{
	free(p->v);
	free(p->spare);
}

static void posts_room(struct posts *p, size_t more)
{
	if (p->n + more <= p->cap)
		return;
	p->cap = p->cap * 2 > p->n + more ? p->cap * 2 : p->n + more + 65536;
	p->v = realloc(p->v, p->cap * sizeof(*p->v));
	if (!p->v)
		abort();
}

static void posts_text(struct posts *p, struct str s, int64_t id)
{
	const uint8_t *t = (const uint8_t *)s.p;

	if (s.n < 3)
		return;
	posts_room(p, s.n);
	for (size_t i = 0; i + 2 < s.n; i++)
		p->v[p->n++] = ((uint64_t)t[i] << 16 | (uint64_t)t[i + 1] << 8 | t[i + 2]) << ID_BITS | (uint64_t)id;
}

/* by gram; ids stay in their order, which ascends */
static void posts_sort(struct posts *p)
{
	size_t at[4096];

	if (!p->n)
		return;
	p->spare = malloc(p->n * sizeof(*p->spare));
	if (!p->spare)
		abort();
	for (int pass = 0; pass < 2; pass++) {
		unsigned shift = ID_BITS + 12 * (unsigned)pass;
		uint64_t *t;
		size_t sum = 0;

		memset(at, 0, sizeof(at));
		for (size_t i = 0; i < p->n; i++)
			at[p->v[i] >> shift & 4095]++;
		for (size_t i = 0; i < 4096; i++) {
			size_t n = at[i];

			at[i] = sum;
			sum += n;
		}
		for (size_t i = 0; i < p->n; i++)
			p->spare[at[p->v[i] >> shift & 4095]++] = p->v[i];
		t = p->v;
		p->v = p->spare;
		p->spare = t;
	}
}

static const struct bulk_table POST_TABLE = { "gram_post", "segment_id, gram, ids", "iix", 3 };

static enum rc posts_write(struct ctx *cx, const struct posts *p, int64_t segment)
{
	SCOPED(bulk_drop) struct bulk *b = NULL;
	struct buf list;
	enum rc rc;

	TRY(bulk_open(cx, cx->conn, &POST_TABLE, &b));
	buf_init(&list, SIZE_MAX / 2);
	rc = RC_OK;
	for (size_t i = 0; i < p->n && rc == RC_OK;) {
		uint64_t gram = p->v[i] >> ID_BITS;
		int64_t last = 0;

		buf_reset(&list);
		for (; i < p->n && p->v[i] >> ID_BITS == gram; i++) {
			int64_t id = (int64_t)(p->v[i] & (((uint64_t)1 << ID_BITS) - 1));

			if (id != last)
				gram_list_add(&list, last, id);
			last = id;
		}
		bulk_i64(b, segment);
		bulk_i64(b, (int64_t)gram);
		bulk_blob(b, list.p, list.n);
		rc = bulk_row(cx, b);
	}
	buf_clear(&list);
	return rc == RC_OK ? bulk_end(cx, &b) : rc;
}

static enum rc segment_add(struct ctx *cx, int state, int64_t attrs, int64_t *id)
{
	static const struct sql Q = SQL("INSERT INTO gram_segment (id, state, attrs) VALUES ($1, $2, $3)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "gram_segment", id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, *id);
	bind_i64(&q, 2, state);
	bind_i64(&q, 3, attrs);
	return stmt_run(cx, &q);
}

/* rows of attributes, ids ascending, as words, until there are enough of them */
static enum rc posts_read(struct ctx *cx, struct stmt *q, struct posts *p)
{
	enum rc rc = RC_OK;

	while (p->n < POSTS_MAX && (rc = stmt_row(cx, q)) == RC_OK) {
		struct arena_mark m = arena_mark(cx->mem);
		struct str comment = col_text(q, 6), value;
		struct attr a;

		attr_of_value_row(cx, q, &a);
		value = a.value2.n ? str_fmt(cx->mem, "%.*s|%.*s", STR(a.value1), STR(a.value2)) : a.value1;
		posts_text(p, value_fold(cx->mem, value), a.id);
		if (comment.n)
			posts_text(p, value_fold(cx->mem, comment), a.id);
		p->attrs++;
		p->last = a.id;
		arena_reset(cx->mem, m);
	}
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc tail_read(struct ctx *cx, int64_t upto, struct posts *p)
{
	static const struct sql Q = SQL("SELECT " ATTR_COLS_VALUE("a") ", a.comment FROM attribute a WHERE a.id > $1 ORDER BY a.id LIMIT $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, upto);
	bind_i64(&q, 2, GRAM_BATCH);
	return posts_read(cx, &q, p);
}

static enum rc tail_store(struct ctx *cx, const struct posts *p)
{
	int64_t segment;

	TRY(segment_add(cx, LIVE, p->attrs, &segment));
	TRY(posts_write(cx, p, segment));
	return meta_set(cx, UPTO, str_fmt(cx->mem, "%lld", (long long)p->last));
}

static enum rc in_transaction(struct ctx *cx, enum rc (*fn)(struct ctx *, const struct posts *), const struct posts *p)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = fn(cx, p);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc one_number(struct ctx *cx, const struct sql *Q, int64_t *out)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, Q, &q));
	return stmt_get_i64(cx, &q, out);
}

static enum rc tail_length(struct ctx *cx, int64_t *upto, int64_t *n)
{
	static const struct sql Q = SQL("SELECT coalesce(max(id), 0) FROM attribute");
	int64_t max;

	TRY(gram_upto(cx, upto));
	TRY(one_number(cx, &Q, &max));
	*n = max - *upto;
	return RC_OK;
}

static enum rc changed_count(struct ctx *cx, int64_t *n)
{
	static const struct sql Q = SQL("SELECT count(*) FROM gram_changed");

	return one_number(cx, &Q, n);
}

/* What was changed becomes a segment of its own: read and written in one transaction, so that no later change is lost. */
static enum rc changed_store(struct ctx *cx, const struct posts *unused)
{
	static const struct sql READ = SQL("SELECT " ATTR_COLS_VALUE("a") ", a.comment FROM gram_changed g JOIN attribute a ON a.id = g.attr_id ORDER BY g.attr_id");
	static const struct sql CLEAR = SQL("DELETE FROM gram_changed");
	SCOPED(posts_done) struct posts p = { 0 };
	int64_t segment;

	(void)unused;
	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &READ, &q));
		TRY(posts_read(cx, &q, &p));
	}
	if (p.n >= POSTS_MAX)
		return RC_OK; /* texts far too long for one batch: they stay candidates of every search */
	posts_sort(&p);
	TRY(segment_add(cx, LIVE, p.attrs, &segment));
	TRY(posts_write(cx, &p, segment));
	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &CLEAR, &q));
		return stmt_run(cx, &q);
	}
}

/* ---- joining ---- */

struct segment {
	int64_t id, state, attrs;
};

static enum rc segments(struct ctx *cx, struct segment **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT id, state, attrs FROM gram_segment ORDER BY id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, *e = (struct segment){ col_i64(&q, 0), col_i64(&q, 1), col_i64(&q, 2) });
}

static int tier(int64_t attrs)
{
	int t = 0;

	for (int64_t top = GRAM_TAIL * 4; attrs > top && t < TIERS; top *= FAN)
		t++;
	return t;
}

/* segments of one size, at least FAN of them; *k 0: none are due */
static void to_join(const struct segment *v, size_t n, int64_t *ids, size_t *k, int64_t *attrs)
{
	for (int t = 0; t < TIERS; t++) {
		*k = 0;
		*attrs = 0;
		for (size_t i = 0; i < n && *k < FAN; i++)
			if (v[i].state == LIVE && tier(v[i].attrs) == t) {
				ids[(*k)++] = v[i].id;
				*attrs += v[i].attrs;
			}
		if (*k == FAN)
			return;
	}
	*k = 0;
}

static int by_id(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

struct slice_row {
	int64_t gram;
	struct str ids;
};

/* one gram's lists as one */
static void join_lists(struct ctx *cx, const struct slice_row *v, size_t n, struct buf *out)
{
	size_t room = 0, k = 0;
	int64_t *ids, last = 0;

	for (size_t i = 0; i < n; i++)
		room += v[i].ids.n;
	ids = arena_many(cx->mem, room + 1, int64_t);
	for (size_t i = 0; i < n; i++)
		k += gram_list_read(v[i].ids, ids + k);
	for (size_t i = 1; i < k; i++)
		if (ids[i] < ids[i - 1]) {
			qsort(ids, k, sizeof(*ids), by_id);
			break;
		}
	for (size_t i = 0; i < k; i++) {
		if (ids[i] != last)
			gram_list_add(out, last, ids[i]);
		last = ids[i];
	}
}

static enum rc slice_read(struct ctx *cx, const int64_t *from, size_t k, int64_t lo, int64_t hi, struct slice_row **out, size_t *n)
{
#define SLICE(L) "SELECT gram, ids FROM gram_post WHERE segment_id " L("$1") " AND gram >= $2 AND gram < $3 ORDER BY gram, segment_id"
	static const struct sql Q = { SLICE(LIST_SQLITE), SLICE(LIST_PG) };
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64s(&q, 1, from, k);
	bind_i64(&q, 2, lo);
	bind_i64(&q, 3, hi);
	return STMT_ALL(cx, &q, out, n, *e = (struct slice_row){ col_i64(&q, 0), str_dup(cx->mem, col_blob(&q, 1)) });
}

static enum rc slice_write(struct ctx *cx, int64_t segment, const struct slice_row *v, size_t n)
{
	SCOPED(bulk_drop) struct bulk *b = NULL;
	struct buf list;
	enum rc rc = RC_OK;

	TRY(bulk_open(cx, cx->conn, &POST_TABLE, &b));
	buf_init(&list, SIZE_MAX / 2);
	for (size_t i = 0, j; i < n && rc == RC_OK; i = j) {
		struct arena_mark m = arena_mark(cx->mem);

		for (j = i + 1; j < n && v[j].gram == v[i].gram;)
			j++;
		buf_reset(&list);
		join_lists(cx, v + i, j - i, &list);
		arena_reset(cx->mem, m);
		bulk_i64(b, segment);
		bulk_i64(b, v[i].gram);
		bulk_blob(b, list.p, list.n);
		rc = bulk_row(cx, b);
	}
	buf_clear(&list);
	return rc == RC_OK ? bulk_end(cx, &b) : rc;
}

static enum rc set_state(struct ctx *cx, const int64_t *ids, size_t n, int state)
{
#define STATE(L) "UPDATE gram_segment SET state = $2 WHERE id " L("$1")
	static const struct sql Q = { STATE(LIST_SQLITE), STATE(LIST_PG) };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64s(&q, 1, ids, n);
	bind_i64(&q, 2, state);
	return stmt_run(cx, &q);
}

static enum rc ended(struct ctx *cx, enum rc rc)
{
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc swap(struct ctx *cx, int64_t segment, const int64_t *from, size_t k)
{
	TRY(set_state(cx, &segment, 1, LIVE));
	return set_state(cx, from, k, DEAD);
}

static enum rc join(struct ctx *cx, const int64_t *from, size_t k, int64_t attrs)
{
	int64_t segment;

	TRY(store_begin(cx));
	TRY(ended(cx, segment_add(cx, BUILDING, attrs, &segment)));
	for (int64_t b = 0; b < 256; b++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct slice_row *v;
		size_t n;

		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "the server is stopping");
		TRY(slice_read(cx, from, k, b << 16, (b + 1) << 16, &v, &n));
		if (n) {
			TRY(store_begin(cx));
			TRY(ended(cx, slice_write(cx, segment, v, n)));
		}
		arena_reset(cx->mem, m);
	}
	TRY(store_begin(cx));
	return ended(cx, swap(cx, segment, from, k));
}

/* ---- removing ---- */

static enum rc remove_slice(struct ctx *cx, int64_t segment, int64_t below)
{
	static const struct sql POSTS = SQL("DELETE FROM gram_post WHERE segment_id = $1 AND gram < $2");
	static const struct sql ROW = SQL("DELETE FROM gram_segment WHERE id = $1 AND $2 >= 16777216");
	const struct sql *all[] = { &POSTS, &ROW };

	for (int i = 0; i < 2; i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, all[i], &q));
		bind_i64(&q, 1, segment);
		bind_i64(&q, 2, below);
		TRY(stmt_run(cx, &q));
	}
	return RC_OK;
}

static enum rc remove_segment(struct ctx *cx, int64_t segment)
{
	for (int64_t b = 16; b <= 256; b += 16) {
		TRY(store_begin(cx));
		TRY(ended(cx, remove_slice(cx, segment, b << 16)));
	}
	return RC_OK;
}

/* ---- the job ---- */

enum rc gram_due(struct ctx *cx, bool *out)
{
	int64_t upto, tail, changed, attrs, ids[FAN];
	struct segment *v;
	size_t n, k;

	TRY(tail_length(cx, &upto, &tail));
	TRY(changed_count(cx, &changed));
	TRY(segments(cx, &v, &n));
	to_join(v, n, ids, &k, &attrs);
	*out = tail >= GRAM_TAIL || changed >= GRAM_CHANGED || k;
	for (size_t i = 0; i < n; i++)
		*out |= v[i].state != LIVE;
	return RC_OK;
}

enum rc gram_step(struct ctx *cx, bool *more)
{
	int64_t upto, tail, changed, attrs, ids[FAN];
	struct segment *v;
	size_t n, k;

	*more = true;
	TRY(segments(cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (v[i].state != LIVE)
			return remove_segment(cx, v[i].id);
	TRY(tail_length(cx, &upto, &tail));
	if (tail >= GRAM_TAIL) {
		SCOPED(posts_done) struct posts p = { 0 };

		TRY(tail_read(cx, upto, &p));
		posts_sort(&p);
		return p.attrs ? in_transaction(cx, tail_store, &p) : RC_OK;
	}
	TRY(changed_count(cx, &changed));
	if (changed >= GRAM_CHANGED)
		return in_transaction(cx, changed_store, NULL);
	to_join(v, n, ids, &k, &attrs);
	if (k)
		return join(cx, ids, k, attrs);
	*more = false;
	return RC_OK;
}
