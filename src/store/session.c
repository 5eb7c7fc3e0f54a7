/* session.c - rows of session and login_fail. */
#include "store/session.h"

#include <sodium.h>

#include "store/user_int.h"

void session_make(char out[SESSION_TEXT + 1])
{
	uint8_t random[32];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(out, SESSION_TEXT + 1, random, sizeof(random), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Keyed, and with the purpose in front: what is a hash here is none of an API key. */
static void keyed(struct ctx *cx, const char *purpose, const void *p, size_t n, uint8_t out[SESSION_HASH])
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, cx->st->token_key, sizeof(cx->st->token_key), SESSION_HASH);
	crypto_generichash_update(&st, (const uint8_t *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&st, p, n);
	crypto_generichash_final(&st, out, SESSION_HASH);
}

bool session_hash(struct ctx *cx, struct str text, uint8_t out[SESSION_HASH])
{
	if (text.n != SESSION_TEXT)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!ch_alnum((unsigned char)text.p[i]) && text.p[i] != '-' && text.p[i] != '_')
			return false;
	keyed(cx, "session", text.p, text.n, out);
	return true;
}

static struct str proof(struct ctx *cx, const void *p, size_t n, const char *purpose)
{
	uint8_t sum[SESSION_HASH];
	char hex[2 * SESSION_HASH + 1];

	keyed(cx, purpose, p, n, sum);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	return str_dup(cx->mem, str_c(hex));
}

struct str session_proof(struct ctx *cx, const uint8_t hash[SESSION_HASH], const char *purpose)
{
	return proof(cx, hash, SESSION_HASH, purpose);
}

struct str session_proof_text(struct ctx *cx, struct str text, const char *purpose)
{
	return proof(cx, text.n ? text.p : "", text.n, purpose);
}

enum rc session_find(struct ctx *cx, const uint8_t hash[SESSION_HASH], struct session *s, struct user *u, struct session_user *su)
{
	static const struct sql Q =
		SQL("SELECT s.user_id, s.stage, s.created, s.seen, s.last_pw_change, u.last_pw_change, u.termsaccepted, "
		    "CASE WHEN u.totp IS NULL THEN 0 ELSE 1 END, " ACTING_COLS " FROM " ACTING_FROM " JOIN session s ON s.user_id = u.id WHERE s.hash = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_blob(&q, 1, hash, SESSION_HASH);
	rc = stmt_row(cx, &q);
	if (rc != RC_OK)
		return rc;
	*s = (struct session){
		.user_id = col_i64(&q, 0),
		.stage = (enum session_stage)col_i64(&q, 1),
		.created = col_i64(&q, 2),
		.seen = col_i64(&q, 3),
		.last_pw_change = col_i64(&q, 4),
	};
	memcpy(s->hash, hash, SESSION_HASH);
	*su = (struct session_user){ .last_pw_change = col_i64(&q, 5), .termsaccepted = col_i64(&q, 6), .totp = col_i64(&q, 7) };
	acting_row(cx, &q, 8, u);
	return RC_OK;
}

enum rc session_insert(struct ctx *cx, const struct session *s)
{
	static const struct sql Q = SQL("INSERT INTO session (hash, user_id, stage, created, seen, last_pw_change, origin, agent) "
					"VALUES ($1, $2, $3, $4, $4, $5, $6, $7)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_blob(&q, 1, s->hash, SESSION_HASH);
	bind_i64(&q, 2, s->user_id);
	bind_i64(&q, 3, s->stage);
	bind_i64(&q, 4, ctx_now_s(cx));
	bind_i64(&q, 5, s->last_pw_change);
	bind_text(&q, 6, s->origin.p ? s->origin : S(""));
	bind_text(&q, 7, s->agent.p ? s->agent : S(""));
	return stmt_run(cx, &q);
}

enum rc session_touch(struct ctx *cx, const uint8_t hash[SESSION_HASH])
{
	static const struct sql Q = SQL("UPDATE session SET seen = $2 WHERE hash = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_blob(&q, 1, hash, SESSION_HASH);
	bind_i64(&q, 2, ctx_now_s(cx));
	return stmt_run(cx, &q);
}

enum rc session_delete(struct ctx *cx, const uint8_t hash[SESSION_HASH])
{
	static const struct sql Q = SQL("DELETE FROM session WHERE hash = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_blob(&q, 1, hash, SESSION_HASH);
	return stmt_run(cx, &q);
}

enum rc session_delete_of(struct ctx *cx, int64_t user_id, int64_t *n)
{
	static const struct sql Q = SQL("DELETE FROM session WHERE user_id = $1 OR $1 = 0");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	TRY(stmt_run(cx, &q));
	*n = q.changes;
	return RC_OK;
}

enum rc session_purge(struct ctx *cx, int64_t seen, int64_t created)
{
	static const struct sql Q = SQL("DELETE FROM session WHERE seen < $1 OR created < $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, seen);
	bind_i64(&q, 2, created);
	return stmt_run(cx, &q);
}

/* ---- failed logins ---- */

enum rc login_fail_get(struct ctx *cx, enum fail_kind kind, struct str name, struct login_fail *out)
{
	static const struct sql Q = SQL("SELECT f.count, f.last, f.blocked_until FROM login_fail f WHERE f.kind = $1 AND f.name = $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	*out = (struct login_fail){ 0 };
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, kind);
	bind_text(&q, 2, name);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		*out = (struct login_fail){ col_i64(&q, 0), col_i64(&q, 1), col_i64(&q, 2) };
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc login_fail_set(struct ctx *cx, enum fail_kind kind, struct str name, const struct login_fail *f)
{
	static const struct sql Q = SQL("INSERT INTO login_fail (kind, name, count, last, blocked_until) VALUES ($1, $2, $3, $4, $5) "
					"ON CONFLICT (kind, name) DO UPDATE SET count = excluded.count, last = excluded.last, "
					"blocked_until = excluded.blocked_until");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, kind);
	bind_text(&q, 2, name);
	bind_i64(&q, 3, f->count);
	bind_i64(&q, 4, f->last);
	bind_i64(&q, 5, f->blocked_until);
	return stmt_run(cx, &q);
}

enum rc login_fail_clear(struct ctx *cx, enum fail_kind kind, struct str name)
{
	static const struct sql Q = SQL("DELETE FROM login_fail WHERE kind = $1 AND name = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, kind);
	bind_text(&q, 2, name);
	return stmt_run(cx, &q);
}

enum rc login_fail_purge(struct ctx *cx, int64_t before)
{
	static const struct sql Q = SQL("DELETE FROM login_fail WHERE last < $1 AND blocked_until < $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, before);
	return stmt_run(cx, &q);
}
