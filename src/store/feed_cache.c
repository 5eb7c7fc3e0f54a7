/* feed_cache.c - see feed_cache.h. What a feed holds now is compared with what it held, both in the order of the index, so that a feed that hardly
 * changed costs hardly a write. */
#include "store/feed_cache.h"

#include <gnutls/crypto.h>
#include <stdlib.h>

#include "model/value.h"

enum { PAGE = 20000, HITS_MAX = 10000 };

static int by_digest(const void *x, const void *y)
{
	const struct cached *a = x, *b = y;

	return a->digest != b->digest ? (a->digest < b->digest ? -1 : 1) : memcmp(a->event.b, b->event.b, 16);
}

/* The rows of a feed in order, a page at a time. */
struct old {
	struct cached *v;
	size_t n, at;
	bool more;
};

static enum rc old_page(struct ctx *cx, int64_t feed_id, struct old *o)
{
	static const struct sql first = SQL("SELECT digest, event_uuid FROM feed_cache WHERE feed_id = $1 ORDER BY digest, event_uuid LIMIT $2");
	static const struct sql next = SQL("SELECT digest, event_uuid FROM feed_cache WHERE feed_id = $1 AND (digest, event_uuid) > ($3, $4) "
					   "ORDER BY digest, event_uuid LIMIT $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct cached last;
	enum rc rc;

	if (o->n)
		last = o->v[o->n - 1];
	TRY(stmt_open(cx, cx->conn, o->n ? &next : &first, &q));
	bind_i64(&q, 1, feed_id);
	bind_i64(&q, 2, PAGE);
	if (o->n) {
		bind_i64(&q, 3, last.digest);
		bind_uuid(&q, 4, &last.event);
	}
	o->n = o->at = 0;
	while ((rc = stmt_row(cx, &q)) == RC_OK && o->n < PAGE) {
		o->v[o->n].digest = col_i64(&q, 0);
		col_uuid(&q, 1, &o->v[o->n++].event);
	}
	o->more = o->n == PAGE;
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc drop(struct ctx *cx, int64_t feed_id, const struct cached *v, size_t n)
{
	static const struct sql Q = SQL("DELETE FROM feed_cache WHERE digest = $1 AND feed_id = $2 AND event_uuid = $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&q, 1, v[i].digest);
		bind_i64(&q, 2, feed_id);
		bind_uuid(&q, 3, &v[i].event);
		TRY(stmt_run(cx, &q));
	}
	return RC_OK;
}

static enum rc add(struct ctx *cx, int64_t feed_id, const struct cached *v, size_t n)
{
	static const struct bulk_table T = { "feed_cache", "digest, feed_id, event_uuid", "iix", 3 };
	SCOPED(bulk_drop) struct bulk *k = NULL;

	TRY(bulk_open(cx, cx->conn, &T, &k));
	for (size_t i = 0; i < n; i++) {
		bulk_i64(k, v[i].digest);
		bulk_i64(k, feed_id);
		bulk_blob(k, v[i].event.b, 16);
		TRY(bulk_row(cx, k));
	}
	return bulk_end(cx, &k);
}

/* Moves what is new to the front of v and deletes what is gone. */
static enum rc merge(struct ctx *cx, int64_t feed_id, struct cached *v, size_t n, struct old *o, struct cached *gone, size_t *new_n)
{
	size_t i = 0, k = 0, gone_n;

	do {
		TRY(old_page(cx, feed_id, o));
		for (gone_n = 0; o->at < o->n;) {
			int d = i < n ? by_digest(&v[i], &o->v[o->at]) : 1;

			if (d < 0)
				v[k++] = v[i++];
			else if (d > 0)
				gone[gone_n++] = o->v[o->at++];
			else
				i++, o->at++;
		}
		TRY(drop(cx, feed_id, gone, gone_n));
	} while (o->more);
	while (i < n)
		v[k++] = v[i++];
	*new_n = k;
	return RC_OK;
}

enum rc feed_cache_put(struct ctx *cx, int64_t feed_id, struct cached *v, size_t n, size_t *count)
{
	struct arena_mark m = arena_mark(cx->mem);
	struct old o = { .v = arena_many(cx->mem, PAGE, struct cached) };
	struct cached *gone = arena_many(cx->mem, PAGE, struct cached);
	size_t k = 0, new_n;

	if (n)
		qsort(v, n, sizeof(*v), by_digest);
	for (size_t i = 0; i < n; i++)
		if (k == 0 || by_digest(&v[k - 1], &v[i]))
			v[k++] = v[i];
	if (count)
		*count = k;
	TRY(merge(cx, feed_id, v, k, &o, gone, &new_n));
	arena_reset(cx->mem, m);
	return new_n ? add(cx, feed_id, v, new_n) : RC_OK;
}

int64_t feed_cache_md5_digest(const struct store *st, const uint8_t md5[16])
{
	char hex[32];

	for (int i = 0; i < 16; i++) {
		hex[2 * i] = "0123456789abcdef"[md5[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[md5[i] & 15];
	}
	return store_digest_folded(st, str_n(hex, 32));
}

static bool md5_of(struct str s, uint8_t out[16])
{
	return gnutls_hash_fast(GNUTLS_DIG_MD5, s.p, s.n, out) == 0;
}

enum rc feed_cache_find(struct ctx *cx, struct str value, struct cache_hit **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT DISTINCT feed_id, event_uuid FROM feed_cache WHERE digest IN ($1, $2, $3) ORDER BY feed_id, event_uuid LIMIT $4");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str folded = value_fold(cx->mem, value);
	int64_t d[3];
	uint8_t md5[16];

	d[0] = d[1] = d[2] = store_digest_folded(cx->st, folded);
	if (md5_of(value, md5))
		d[1] = feed_cache_md5_digest(cx->st, md5);
	if (md5_of(folded, md5))
		d[2] = feed_cache_md5_digest(cx->st, md5);
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	for (int i = 0; i < 3; i++)
		bind_i64(&q, i + 1, d[i]);
	bind_i64(&q, 4, HITS_MAX);
	return STMT_ALL(cx, &q, out, n, e->feed_id = col_i64(&q, 0); col_uuid(&q, 1, &e->event));
}

static enum rc count_of(struct ctx *cx, const struct sql *sql, int64_t feed_id, int64_t *out)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, sql, &q));
	bind_i64(&q, 1, feed_id);
	return stmt_get_i64(cx, &q, out);
}

enum rc feed_cache_count(struct ctx *cx, int64_t feed_id, int64_t *out)
{
	static const struct sql Q = SQL("SELECT count(DISTINCT digest) FROM feed_cache WHERE feed_id = $1");

	return count_of(cx, &Q, feed_id, out);
}

enum rc feed_cache_covered(struct ctx *cx, int64_t feed_id, int64_t *out)
{
	static const struct sql Q = SQL("SELECT count(DISTINCT c.digest) FROM feed_cache c WHERE c.feed_id = $1 AND EXISTS (SELECT 1 FROM feed_cache o "
					"WHERE o.digest = c.digest AND o.feed_id <> $1)");

	return count_of(cx, &Q, feed_id, out);
}
