/* crypt_key.c - see crypt_key.h. */
#include "store/crypt_key.h"

#define COLS "k.id, k.uuid, k.event_id, k.type, k.key_data, k.fingerprint, k.revoked, k.timestamp"
#define FROM " FROM cryptographic_key k JOIN event e ON e.id = k.event_id WHERE "

static void row(struct ctx *cx, struct stmt *q, struct crypt_key *k)
{
	*k = (struct crypt_key){
		.id = col_i64(q, 0),
		.event_id = col_i64(q, 2),
		.type = col_text_dup(cx, q, 3),
		.key_data = col_text_dup(cx, q, 4),
		.fingerprint = col_text_dup(cx, q, 5),
		.revoked = col_i64(q, 6),
		.timestamp = col_i64(q, 7),
	};
	col_uuid(q, 1, &k->uuid);
}

enum rc crypt_key_list(struct ctx *cx, const struct scope *sc, int64_t event_id, struct crypt_key **out, size_t *n)
{
#define OF_EVENT(L) "SELECT " COLS FROM "k.event_id = $5 AND " VISIBLE_EVENT("e", L) " ORDER BY k.id"
#define ALL(L) "SELECT " COLS FROM VISIBLE_EVENT("e", L) " ORDER BY k.id"
	static const struct sql Q_EVENT = SQL_BOTH(OF_EVENT), Q_ALL = SQL_BOTH(ALL);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, event_id ? &Q_EVENT : &Q_ALL, &q));
	bind_scope(&q, sc);
	if (event_id)
		bind_i64(&q, 5, event_id);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

enum rc crypt_key_load(struct ctx *cx, const struct scope *sc, int64_t id, struct crypt_key *out)
{
#define BY_ID(L) "SELECT " COLS FROM "k.id = $5 AND " VISIBLE_EVENT("e", L)
	static const struct sql Q = SQL_BOTH(BY_ID);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid CryptographicKey.") : rc;
}

enum rc crypt_key_insert(struct ctx *cx, struct crypt_key *k)
{
	static const struct sql Q = SQL("INSERT INTO cryptographic_key (id, uuid, event_id, type, key_data, fingerprint, revoked, timestamp) "
					"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	uuid_random(&k->uuid);
	k->timestamp = ctx_now_s(cx);
	TRY(id_next(cx, "cryptographic_key", &k->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, k->id);
	bind_uuid(&q, 2, &k->uuid);
	bind_i64(&q, 3, k->event_id);
	bind_text(&q, 4, k->type);
	bind_text(&q, 5, k->key_data);
	bind_text(&q, 6, k->fingerprint);
	bind_i64(&q, 7, k->revoked);
	bind_i64(&q, 8, k->timestamp);
	return stmt_run(cx, &q);
}

static enum rc on_id(struct ctx *cx, const struct sql *s, int64_t id)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, id);
	return stmt_run(cx, &q);
}

enum rc crypt_key_revoke(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("UPDATE cryptographic_key SET revoked = 1 WHERE id = $1");

	return on_id(cx, &Q, id);
}

enum rc crypt_key_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM cryptographic_key WHERE id = $1");

	return on_id(cx, &Q, id);
}
