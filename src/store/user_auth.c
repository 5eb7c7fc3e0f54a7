/* user_auth.c - see user_auth.h. */
#include "store/user_auth.h"

#include <sodium.h>

enum { HASH_LEN = 32, SECRET_MAX = 256 };

/* The key that encrypts is made of the instance's own and used for nothing else. */
static void box_key(struct ctx *cx, uint8_t key[crypto_secretbox_KEYBYTES])
{
	static const char purpose[] = "one-time password";

	crypto_generichash(key, crypto_secretbox_KEYBYTES, (const uint8_t *)purpose, sizeof(purpose), cx->st->token_key, sizeof(cx->st->token_key));
}

static struct str opened(struct ctx *cx, struct str box)
{
	uint8_t key[crypto_secretbox_KEYBYTES];
	char *text;

	if (box.n <= crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
		return (struct str){ 0 };
	box_key(cx, key);
	text = arena_alloc(cx->mem, box.n);
	if (crypto_secretbox_open_easy((uint8_t *)text, (const uint8_t *)box.p + crypto_secretbox_NONCEBYTES, box.n - crypto_secretbox_NONCEBYTES,
				       (const uint8_t *)box.p, key) != 0)
		return (struct str){ 0 };
	return str_n(text, box.n - crypto_secretbox_NONCEBYTES - crypto_secretbox_MACBYTES);
}

static void bind_secret(struct ctx *cx, struct stmt *q, int n, struct str text)
{
	uint8_t key[crypto_secretbox_KEYBYTES], *box;

	if (!text.n || text.n > SECRET_MAX) {
		bind_null(q, n);
		return;
	}
	box_key(cx, key);
	box = arena_alloc(cx->mem, crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.n);
	randombytes_buf(box, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const uint8_t *)text.p, text.n, box, key);
	bind_blob(q, n, box, crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.n);
}

enum rc user_auth_load(struct ctx *cx, int64_t user_id, struct user_auth *out)
{
	static const struct sql Q =
		SQL("SELECT u.totp, u.totp_pending, u.totp_step, u.hotp_counter, u.last_pw_change, u.termsaccepted FROM users u WHERE u.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	bool lost;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, user_id);
	rc = stmt_row(cx, &q);
	if (rc != RC_OK)
		return rc;
	*out = (struct user_auth){
		.totp = opened(cx, col_blob(&q, 0)),
		.pending = opened(cx, col_blob(&q, 1)),
		.totp_step = col_i64(&q, 2),
		.hotp_counter = col_i64(&q, 3),
		.last_pw_change = col_i64(&q, 4),
		.termsaccepted = col_i64(&q, 5),
	};
	lost = !col_null(&q, 0) && !out->totp.p;
	return lost ? fail(cx, RC_INTERNAL, "the one-time password's secret cannot be read") : RC_OK;
}

enum rc user_auth_save(struct ctx *cx, int64_t user_id, const struct user_auth *a)
{
	static const struct sql Q = SQL("UPDATE users SET totp = $2, totp_pending = $3, totp_step = $4, hotp_counter = $5 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_secret(cx, &q, 2, a->totp);
	bind_secret(cx, &q, 3, a->pending);
	bind_i64(&q, 4, a->totp_step);
	bind_i64(&q, 5, a->hotp_counter);
	return stmt_run(cx, &q);
}

enum rc user_terms_accept(struct ctx *cx, int64_t user_id)
{
	static const struct sql Q = SQL("UPDATE users SET termsaccepted = 1, date_modified = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_i64(&q, 2, ctx_now_s(cx));
	return stmt_run(cx, &q);
}

static void reset_hash(struct ctx *cx, struct str token, uint8_t out[HASH_LEN])
{
	static const char purpose[] = "password reset";
	crypto_generichash_state st;

	crypto_generichash_init(&st, cx->st->token_key, sizeof(cx->st->token_key), HASH_LEN);
	crypto_generichash_update(&st, (const uint8_t *)purpose, sizeof(purpose));
	crypto_generichash_update(&st, (const uint8_t *)token.p, token.n);
	crypto_generichash_final(&st, out, HASH_LEN);
}

enum rc user_reset_set(struct ctx *cx, int64_t user_id, struct str token, int64_t until)
{
	static const struct sql Q = SQL("UPDATE users SET reset_hash = $2, reset_until = $3 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	uint8_t hash[HASH_LEN];

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	if (token.n) {
		reset_hash(cx, token, hash);
		bind_blob(&q, 2, hash, sizeof(hash));
	} else {
		bind_null(&q, 2);
	}
	bind_i64(&q, 3, until);
	return stmt_run(cx, &q);
}

enum rc user_reset_find(struct ctx *cx, struct str token, int64_t *user_id)
{
	static const struct sql Q = SQL("SELECT u.id FROM users u WHERE u.reset_until > $2 AND u.reset_hash = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	uint8_t hash[HASH_LEN];

	if (!token.n || token.n > 200)
		return RC_DONE;
	reset_hash(cx, token, hash);
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_blob(&q, 1, hash, sizeof(hash));
	bind_i64(&q, 2, ctx_now_s(cx));
	return stmt_get_i64(cx, &q, user_id);
}

enum rc user_monitored(struct ctx *cx, int64_t user_id, bool *out)
{
	static const struct sql Q = SQL("SELECT monitored FROM users WHERE id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n = 0;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, user_id);
	TRY(stmt_get_i64(cx, &q, &n));
	*out = n != 0;
	return RC_OK;
}

enum rc user_monitor_set(struct ctx *cx, int64_t user_id, bool on)
{
	static const struct sql Q = SQL("UPDATE users SET monitored = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_i64(&q, 2, on);
	return stmt_run(cx, &q);
}
