/* corr.c - reads attr_value and attr_net across events, under the reader's scope. */
#include "store/corr.h"

#include <stdio.h>
#include <stdlib.h>

#define JOINED \
	" JOIN event e ON e.id = v.event_id JOIN attribute a ON a.event_id = v.event_id AND a.id = v.attr_id WHERE v.state = 0 AND v.event_id <> $5 AND " \
	"e.disable_correlation = 0 AND a.disable_correlation = 0 AND "

static void row(struct stmt *q, struct corr_row *r)
{
	*r = (struct corr_row){ col_i64(q, 0), col_i64(q, 1), col_i64(q, 2), (int)col_i64(q, 3) };
}

/* SQLite: one short statement a digest; PostgreSQL: all in one round trip, where the many that no other event holds cost one look into the index each */
#define BY_DIGEST(columns, halves, order) \
	SQL2("SELECT " columns " FROM attr_value v CROSS JOIN event e ON e.id = v.event_id CROSS JOIN attribute a ON a.event_id = v.event_id AND " \
	     "a.id = v.attr_id WHERE v.state = 0 AND v.event_id <> $5 AND v.event_id < $7 AND e.disable_correlation = 0 AND a.disable_correlation = 0 AND v.digest = $6 AND " \
	     halves " AND " VISIBLE_EVENT("e", LIST_SQLITE) " AND " VISIBLE_ATTR("a", "e", LIST_SQLITE) " ORDER BY v.event_id DESC" order " LIMIT 1001", \
	     "SELECT x.* FROM (SELECT d FROM unnest($6::bigint[]) d WHERE EXISTS (SELECT 1 FROM attr_value v WHERE v.digest = d AND v.state = 0 AND " \
	     "v.event_id <> $5 AND v.event_id < $7 AND " halves ")) u CROSS JOIN LATERAL (SELECT " columns " FROM attr_value v" JOINED "v.digest = d AND v.event_id < $7 AND " halves " AND " \
	     VISIBLE_EVENT("e", LIST_PG) " AND " VISIBLE_ATTR("a", "e", LIST_PG) " ORDER BY v.event_id DESC" order " LIMIT 1001) x")

enum rc corr_by_digest(struct ctx *cx, const struct scope *sc, int64_t except, int64_t before, enum corr_what what, const int64_t *digests, size_t n,
		       struct corr_row **out, size_t *out_n)
{
	static const struct sql Q[] = {
		[CORR_OF_ATTRS] = BY_DIGEST("v.digest, v.event_id, v.attr_id, v.half", "v.half < 3", ", v.attr_id DESC"),
		[CORR_OF_EVENTS] = BY_DIGEST("DISTINCT v.digest, v.event_id, 0, 0", "v.half < 3", ""),
		[CORR_OF_PIECES] = BY_DIGEST("v.digest, v.event_id, v.attr_id, v.half", "v.half = 3", ", v.attr_id DESC"),
	};
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct corr_row *v = NULL;
	size_t cap = 0;
	enum rc rc = RC_OK;

	*out_n = 0;
	*out = NULL;
	if (n == 0)
		return RC_OK;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q[what], &q));
	if (conn_engine(l.c) == DB_PG) {
		bind_scope(&q, sc);
		bind_i64(&q, 5, except);
		bind_i64s(&q, 6, digests, n);
		bind_i64(&q, 7, before ? before : INT64_MAX);
		n = 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (conn_engine(l.c) == DB_SQLITE) {
			bind_scope(&q, sc);
			bind_i64(&q, 5, except);
			bind_i64(&q, 6, digests[i]);
			bind_i64(&q, 7, before ? before : INT64_MAX);
		}
		while ((rc = stmt_row(cx, &q)) == RC_OK) {
			v = arena_grow(cx->mem, v, &cap, *out_n, sizeof(*v));
			row(&q, &v[(*out_n)++]);
		}
		if (rc != RC_DONE)
			return rc;
		stmt_again(&q);
	}
	*out = v;
	return RC_OK;
}

static enum rc nets_run(struct ctx *cx, struct stmt *q, struct corr_row **v, size_t *cap, size_t *n)
{
	enum rc rc;

	while ((rc = stmt_row(cx, q)) == RC_OK) {
		*v = arena_grow(cx->mem, *v, cap, *n, sizeof(**v));
		row(q, &(*v)[(*n)++]);
	}
	stmt_again(q);
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc corr_by_net(struct ctx *cx, const struct scope *sc, int64_t except, const struct net *net, struct corr_row **out, size_t *out_n)
{
	static const struct sql P = SQL("SELECT plen FROM net_plen WHERE family = $1 AND plen < $2 ORDER BY plen DESC");
#define WIDER(L) "SELECT 0, v.event_id, v.attr_id, 0 FROM attr_net v" JOINED "v.addr = $6 AND v.plen = $7 AND " VISIBLE_EVENT("e", L) " AND " \
	VISIBLE_ATTR("a", "e", L) " ORDER BY v.event_id DESC LIMIT 1001"
#define NARROWER(L) "SELECT 0, v.event_id, v.attr_id, 0 FROM attr_net v" JOINED "v.addr >= $6 AND v.addr <= $7 AND v.plen > $8 AND " VISIBLE_EVENT("e", L) \
	" AND " VISIBLE_ATTR("a", "e", L) " ORDER BY v.addr LIMIT 1001"
	static const struct sql W = SQL_BOTH(WIDER), N = SQL_BOTH(NARROWER);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt p = STMT_INIT, q = STMT_INIT;
	int plens[129];
	size_t pn = 0, cap = 0;
	uint8_t low[17], high[17];
	int kn;
	enum rc rc;

	*out = NULL;
	*out_n = 0;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &P, &p));
	bind_i64(&p, 1, net->fam);
	bind_i64(&p, 2, net->plen);
	while ((rc = stmt_row(cx, &p)) == RC_OK && pn < 129)
		plens[pn++] = (int)col_i64(&p, 0);
	if (rc != RC_DONE && rc != RC_OK)
		return rc;
	stmt_done(&p);
	if (pn) {
		TRY(stmt_open(cx, l.c, &W, &q));
		for (size_t i = 0; i < pn; i++) {
			struct net wide = *net;

			net_mask(&wide, (uint8_t)plens[i]);
			kn = net_key(&wide, low);
			bind_scope(&q, sc);
			bind_i64(&q, 5, except);
			bind_blob(&q, 6, low, (size_t)kn);
			bind_i64(&q, 7, plens[i]);
			TRY(nets_run(cx, &q, out, &cap, out_n));
		}
		stmt_done(&q);
	}
	if (!net_full(net)) {
		struct net masked = *net;
		int bits = net->fam == 4 ? 32 : 128;

		net_mask(&masked, net->plen);
		kn = net_key(&masked, low);
		memcpy(high, low, sizeof(high));
		for (int b = net->plen; b < bits; b++)
			high[1 + b / 8] |= (uint8_t)(0x80 >> b % 8);
		TRY(stmt_open(cx, l.c, &N, &q));
		bind_scope(&q, sc);
		bind_i64(&q, 5, except);
		bind_blob(&q, 6, low, (size_t)kn);
		bind_blob(&q, 7, high, (size_t)kn);
		bind_i64(&q, 8, net->plen);
		TRY(nets_run(cx, &q, out, &cap, out_n));
	}
	return RC_OK;
}

enum rc attr_load_many(struct ctx *cx, const struct scope *sc, const int64_t *ids, size_t n, struct attr **out, size_t *out_n)
{
#define MANY(L) "SELECT " ATTR_COLS("a") " FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.id " L("$5") " AND " VISIBLE_EVENT("e", L) " AND " \
	VISIBLE_ATTR("a", "e", L) " ORDER BY a.event_id, a.id"
	static const struct sql Q = SQL_BOTH(MANY);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct attr *v = arena_many(cx->mem, n + 1, struct attr);
	enum rc rc;

	*out_n = 0;
	*out = v;
	if (!n)
		return RC_OK;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64s(&q, 5, ids, n);
	while ((rc = stmt_row(cx, &q)) == RC_OK && *out_n < n)
		attr_of_row(cx, &q, &v[(*out_n)++]);
	return rc == RC_DONE ? RC_OK : rc;
}
