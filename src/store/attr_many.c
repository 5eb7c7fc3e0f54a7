/* attr_many.c - many attributes of one event at once: their values as digests, and their deletion. A feed that holds a million values compares and
 * removes in pages, not one by one. */
#include "store/attr_int.h"
#include "store/decay.h"

#include <stdlib.h>

enum { KEYS_PAGE = 5000, IDS_PAGE = 1000 };

enum rc attr_keys(struct ctx *cx, int64_t event_id, struct attr_key **out, size_t *n)
{
	struct attr_range r = { .event_id = event_id, .deleted = DELETED_ALL, .limit = KEYS_PAGE };
	struct arena_mark m = arena_mark(cx->mem);
	struct attr_key *v = NULL;
	size_t cap = 0, got, k = 0;
	enum rc rc;

	do {
		struct attr *a;

		rc = attr_page(cx, &scope_all, &r, &a, &got);
		if (rc != RC_OK) {
			free(v);
			return rc;
		}
		if (k + got > cap) {
			cap = cap * 2 > k + got ? cap * 2 : k + got;
			v = reallocarray(v, cap, sizeof(*v));
			if (!v)
				abort();
		}
		for (size_t i = 0; i < got; i++) {
			struct attr_digest d[ATTR_DIGESTS_MAX];
			struct arena_mark one = arena_mark(cx->mem);
			size_t dn = attr_digests(cx, &a[i], d);

			r.after = a[i].id;
			if (dn)
				v[k++] = (struct attr_key){ d[dn - 1].digest, a[i].id, a[i].deleted, a[i].object_id != 0 };
			arena_reset(cx->mem, one);
		}
		arena_reset(cx->mem, m);
	} while (got == KEYS_PAGE);
	*out = v;
	*n = k;
	return RC_OK;
}

static enum rc by_ids(struct ctx *cx, int64_t event_id, const int64_t *ids, size_t n, struct attr **out, size_t *out_n)
{
#define SOME(L) "SELECT " ATTR_COLS("a") " FROM attribute a WHERE a.event_id = $1 AND a.id " L("$2")
	static const struct sql Q = SQL_BOTH(SOME);
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct attr *v = arena_many(cx->mem, n, struct attr);
	size_t k = 0;
	enum rc rc;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64s(&q, 2, ids, n);
	while ((rc = stmt_row(cx, &q)) == RC_OK && k < n)
		attr_of_row(cx, &q, &v[k++]);
	*out = v;
	*out_n = k;
	return rc == RC_DONE ? RC_OK : rc;
}

/* the index rows get the state that fits the attribute now */
static enum rc restate(struct ctx *cx, const struct attr *a)
{
	static const struct sql D = SQL("UPDATE attr_value SET state = $5 WHERE digest = $1 AND event_id = $2 AND attr_id = $3 AND half = $4");
	static const struct sql N = SQL("UPDATE attr_net SET state = $5 WHERE addr = $1 AND plen = $2 AND event_id = $3 AND attr_id = $4");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
	struct attr_digest d[ATTR_INDEX_MAX];
	size_t n = attr_index_rows(cx, a, d);
	struct net net;

	TRY(stmt_open(cx, cx->conn, &D, &q));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&q, 1, d[i].digest);
		bind_i64(&q, 2, a->event_id);
		bind_i64(&q, 3, a->id);
		bind_i64(&q, 4, d[i].half);
		bind_i64(&q, 5, d[i].state);
		TRY(stmt_run(cx, &q));
	}
	if (attr_half_net(a, &net)) {
		uint8_t key[17];
		int kn = net_key(&net, key);

		TRY(stmt_open(cx, cx->conn, &N, &p));
		bind_blob(&p, 1, key, (size_t)kn);
		bind_i64(&p, 2, net.plen);
		bind_i64(&p, 3, a->event_id);
		bind_i64(&p, 4, a->id);
		bind_i64(&p, 5, a->deleted ? STATE_DELETED : a->type->corr == CORR_NEVER ? STATE_LOOKUP : STATE_CORRELATES);
		TRY(stmt_run(cx, &p));
	}
	return RC_OK;
}

static enum rc page_deleted(struct ctx *cx, int64_t event_id, const struct attr *v, size_t n, bool deleted, int64_t audit_id)
{
#define OLD \
	"event_id, id, object_id, type, category, to_ids, deleted, disable_correlation, distribution, sharing_group_id, timestamp, uuid, value1, " \
	"value2, hash, comment, relation, first_seen_us, last_seen_us"
#define KEEP(L) "INSERT INTO attribute_old (audit_id, removed, " OLD ") SELECT $3, 0, " OLD " FROM attribute WHERE event_id = $1 AND id " L("$2") \
	" ON CONFLICT DO NOTHING"
#define MARK(L) "UPDATE attribute SET deleted = $3, timestamp = $4 WHERE event_id = $1 AND id " L("$2")
	static const struct sql keep = SQL_BOTH(KEEP), mark = SQL_BOTH(MARK);
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
	int64_t *ids = arena_many(cx->mem, n, int64_t);

	for (size_t i = 0; i < n; i++) {
		ids[i] = v[i].id;
		decay_mark(cx, event_id, v[i].id, v[i].id);
	}
	TRY(stmt_open(cx, cx->conn, &keep, &q));
	bind_i64(&q, 1, event_id);
	bind_i64s(&q, 2, ids, n);
	bind_i64(&q, 3, audit_id);
	TRY(stmt_run(cx, &q));
	TRY(stmt_open(cx, cx->conn, &mark, &p));
	bind_i64(&p, 1, event_id);
	bind_i64s(&p, 2, ids, n);
	bind_i64(&p, 3, deleted);
	bind_i64(&p, 4, ctx_now_s(cx));
	TRY(stmt_run(cx, &p));
	for (size_t i = 0; i < n; i++) {
		struct attr a = v[i];

		a.deleted = deleted;
		TRY(restate(cx, &a));
	}
	return RC_OK;
}

enum rc attr_set_deleted(struct ctx *cx, int64_t event_id, const int64_t *ids, size_t n, bool deleted, int64_t audit_id)
{
	struct arena_mark m = arena_mark(cx->mem);
	int64_t changed = 0;

	for (size_t at = 0; at < n; at += IDS_PAGE) {
		size_t part = n - at < IDS_PAGE ? n - at : IDS_PAGE, got, k = 0;
		struct attr *v;

		TRY(by_ids(cx, event_id, ids + at, part, &v, &got));
		for (size_t i = 0; i < got; i++)
			if (v[i].deleted != deleted)
				v[k++] = v[i];
		if (k)
			TRY(page_deleted(cx, event_id, v, k, deleted, audit_id));
		changed += (int64_t)k;
		arena_reset(cx->mem, m);
	}
	return changed ? event_count_add(cx, event_id, deleted ? -changed : changed) : RC_OK;
}
