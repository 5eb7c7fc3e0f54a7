/* auth_key.c - rows of auth_key. Asked on every request: one statement, no write. */
#include "store/auth_key.h"

#include <pthread.h>
#include <sodium.h>

#include "store/user_int.h"

enum { HASH_LEN = 32, NOTED_MAX = 256, NOTE_AFTER_S = 600 };

/* keys used since the last flush */
static struct {
	pthread_mutex_t lock;
	size_t n;
	struct noted {
		int64_t id, at;
		char ip[48];
	} v[NOTED_MAX];
} noted = { .lock = PTHREAD_MUTEX_INITIALIZER };

#define COLS \
	"k.id, k.user_id, k.uuid, k.key_start, k.key_end, k.created, k.expiration, k.read_only, k.comment, k.allowed_ips, k.last_used, k.unique_ips"
enum { COL_N = 12 };

bool auth_key_plausible(struct str key)
{
	if (key.n != AUTH_KEY_LEN)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (!ch_alnum((unsigned char)key.p[i]))
			return false;
	return true;
}

void auth_key_make(char out[AUTH_KEY_LEN + 1])
{
	static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (int i = 0; i < AUTH_KEY_LEN; i++)
		out[i] = set[randombytes_uniform(sizeof(set) - 1)];
	out[AUTH_KEY_LEN] = 0;
}

static void hash_of(struct ctx *cx, struct str key, uint8_t out[HASH_LEN])
{
	crypto_generichash(out, HASH_LEN, (const uint8_t *)key.p, key.n, cx->st->token_key, sizeof(cx->st->token_key));
}

static void four(struct stmt *q, int i, char out[5])
{
	struct str s = str_sub(col_text(q, i), 0, 4);

	memset(out, 0, 5);
	if (s.n)
		memcpy(out, s.p, s.n);
}

static void row(struct ctx *cx, struct stmt *q, struct auth_key *k)
{
	*k = (struct auth_key){
		.id = col_i64(q, 0),
		.user_id = col_i64(q, 1),
		.created = col_i64(q, 5),
		.expiration = col_i64(q, 6),
		.read_only = col_i64(q, 7),
		.comment = col_null(q, 8) ? (struct str){ 0 } : col_text_dup(cx, q, 8),
		.allowed_ips = col_null(q, 9) ? (struct str){ 0 } : col_text_dup(cx, q, 9),
		.last_used = col_i64(q, 10),
		.unique_ips = col_null(q, 11) ? (struct str){ 0 } : col_text_dup(cx, q, 11),
	};
	col_uuid(q, 2, &k->uuid);
	four(q, 3, k->key_start);
	four(q, 4, k->key_end);
}

enum rc auth_key_find(struct ctx *cx, struct str key, struct auth_key *k, struct user *u)
{
	static const struct sql Q = SQL("SELECT " COLS ", k.hash, " ACTING_COLS " FROM " ACTING_FROM " JOIN auth_key k ON k.user_id = u.id WHERE k.hash = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	uint8_t hash[HASH_LEN];
	struct str have;
	enum rc rc;

	if (!auth_key_plausible(key))
		return RC_DONE;
	hash_of(cx, key, hash);
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_blob(&q, 1, hash, sizeof(hash));
	rc = stmt_row(cx, &q);
	if (rc != RC_OK)
		return rc;
	have = col_blob(&q, COL_N);
	if (have.n != sizeof(hash) || sodium_memcmp(have.p, hash, sizeof(hash)) != 0)
		return RC_DONE;
	row(cx, &q, k);
	acting_row(cx, &q, COL_N + 1, u);
	return RC_OK;
}

static void list_row(struct ctx *cx, struct stmt *q, struct auth_key_row *w)
{
	row(cx, q, &w->k);
	w->user_email = col_text_dup(cx, q, COL_N);
	w->user_org_id = col_i64(q, COL_N + 1);
}

#define FROM "SELECT " COLS ", u.email, u.org_id FROM auth_key k JOIN users u ON u.id = k.user_id"

enum rc auth_key_load(struct ctx *cx, int64_t id, struct auth_key_row *out)
{
	static const struct sql Q = SQL(FROM " WHERE k.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		list_row(cx, &q, out);
	return rc;
}

enum rc auth_key_by_uuid(struct ctx *cx, const struct uuid *u, struct auth_key_row *out)
{
	static const struct sql Q = SQL(FROM " WHERE k.uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		list_row(cx, &q, out);
	return rc;
}

enum rc auth_key_list(struct ctx *cx, int64_t user_id, int64_t org_id, struct auth_key_row **out, size_t *n)
{
	static const struct sql Q = SQL(FROM " WHERE ($1 = 0 OR k.user_id = $1) AND ($2 = 0 OR u.org_id = $2) ORDER BY k.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_i64(&q, 2, org_id);
	return STMT_ALL(cx, &q, out, n, list_row(cx, &q, e));
}

enum rc auth_key_insert(struct ctx *cx, struct auth_key *k, struct str key)
{
	static const struct sql Q = SQL("INSERT INTO auth_key (id, uuid, user_id, hash, key_start, key_end, created, expiration, read_only, comment, "
					"allowed_ips, last_used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0) ON CONFLICT (hash) DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	uint8_t hash[HASH_LEN];

	if (!auth_key_plausible(key))
		return fail_field(cx, RC_INVALID, "authkey", "A key is %d letters and digits.", AUTH_KEY_LEN);
	hash_of(cx, key, hash);
	TRY(id_next(cx, "auth_key", &k->id));
	uuid_random(&k->uuid);
	memcpy(k->key_start, key.p, 4);
	memcpy(k->key_end, key.p + key.n - 4, 4);
	k->key_start[4] = k->key_end[4] = 0;
	k->created = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, k->id);
	bind_uuid(&q, 2, &k->uuid);
	bind_i64(&q, 3, k->user_id);
	bind_blob(&q, 4, hash, sizeof(hash));
	bind_text(&q, 5, str_c(k->key_start));
	bind_text(&q, 6, str_c(k->key_end));
	bind_i64(&q, 7, k->created);
	bind_i64(&q, 8, k->expiration);
	bind_i64(&q, 9, k->read_only);
	bind_text(&q, 10, k->comment);
	bind_text(&q, 11, k->allowed_ips);
	TRY(stmt_run(cx, &q));
	if (!q.changes)
		return fail_field(cx, RC_EXISTS, "authkey", "This key is in use already.");
	return data_version_bump(cx, "user");
}

enum rc auth_key_update(struct ctx *cx, const struct auth_key *k)
{
	static const struct sql Q = SQL("UPDATE auth_key SET expiration = $2, read_only = $3, comment = $4, allowed_ips = $5 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, k->id);
	bind_i64(&q, 2, k->expiration);
	bind_i64(&q, 3, k->read_only);
	bind_text(&q, 4, k->comment);
	bind_text(&q, 5, k->allowed_ips);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc auth_key_expire_all(struct ctx *cx, int64_t user_id)
{
	static const struct sql Q = SQL("UPDATE auth_key SET expiration = $2 WHERE user_id = $1 AND (expiration = 0 OR expiration > $2)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, user_id);
	bind_i64(&q, 2, ctx_now_s(cx));
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc auth_key_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM auth_key WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc auth_key_was(struct ctx *cx, int64_t id, bool *out)
{
	static const struct sql Q = SQL("SELECT count(*) FROM id_seq WHERE name = 'auth_key' AND next > $1 AND $1 > 0");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_get_i64(cx, &q, &n));
	*out = n > 0;
	return RC_OK;
}

static bool came_from(struct str ips, struct str ip)
{
	char quoted[52];
	size_t n = ip.n;

	if (!ips.n || n > 48)
		return n > 48;
	quoted[0] = quoted[n + 1] = '"';
	memcpy(quoted + 1, ip.p, n);
	return str_find(ips, str_n(quoted, n + 2)) != STR_NONE;
}

void auth_key_used(struct ctx *cx, const struct auth_key *k)
{
	int64_t now = ctx_now_s(cx);
	struct str ip = cx->origin.p ? cx->origin : S("");
	size_t i = 0;

	if (now - k->last_used < NOTE_AFTER_S && came_from(k->unique_ips, ip))
		return;
	pthread_mutex_lock(&noted.lock);
	while (i < noted.n && (noted.v[i].id != k->id || !str_eq(str_c(noted.v[i].ip), ip)))
		i++;
	/* a full list: a later request notes it again */
	if (i == noted.n && noted.n < NOTED_MAX && ip.n < sizeof(noted.v[i].ip)) {
		noted.v[i] = (struct noted){ .id = k->id, .at = now };
		if (ip.n)
			memcpy(noted.v[i].ip, ip.p, ip.n);
		noted.n++;
	}
	pthread_mutex_unlock(&noted.lock);
}

/* The list with one more at its end; the oldest goes when it is full. */
static struct str ips_and(struct ctx *cx, struct str ips, struct str ip)
{
	size_t n = 0, at;
	struct str list = ips.n > 2 ? str_sub(ips, 1, ips.n - 2) : S(""), rest = list;

	while ((at = str_chr(rest, ',')) != STR_NONE) {
		rest = str_from(rest, at + 1);
		n++;
	}
	if (list.n && n + 1 >= KEY_IPS_MAX)
		list = str_from(list, str_chr(list, ',') + 1);
	return str_fmt(cx->mem, "[%.*s%s\"%.*s\"]", STR(list), list.n ? "," : "", STR(ip));
}

static enum rc write_ip(struct ctx *cx, const struct noted *v)
{
	static const struct sql GET = SQL("SELECT k.unique_ips FROM auth_key k WHERE k.id = $1");
	static const struct sql SET = SQL("UPDATE auth_key SET unique_ips = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt g = STMT_INIT, q = STMT_INIT;
	struct str ips, ip = str_c(v->ip);
	enum rc rc;

	TRY(stmt_open(cx, cx->conn, &GET, &g));
	bind_i64(&g, 1, v->id);
	rc = stmt_row(cx, &g);
	if (rc != RC_OK)
		return rc == RC_DONE ? RC_OK : rc;
	ips = col_text_dup(cx, &g, 0);
	if (!ip.n || came_from(ips, ip))
		return RC_OK;
	TRY(stmt_open(cx, cx->conn, &SET, &q));
	bind_i64(&q, 1, v->id);
	bind_text(&q, 2, ips_and(cx, ips, ip));
	return stmt_run(cx, &q);
}

static enum rc write_noted(struct ctx *cx, const struct noted *v, size_t n)
{
	static const struct sql KEY = SQL("UPDATE auth_key SET last_used = $2 WHERE id = $1 AND last_used < $2");
	static const struct sql USER =
		SQL("UPDATE users SET last_api_access = $2 WHERE id = (SELECT user_id FROM auth_key WHERE id = $1) AND last_api_access < $2");
	SCOPED(stmt_done) struct stmt k = STMT_INIT, u = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &KEY, &k));
	TRY(stmt_open(cx, cx->conn, &USER, &u));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&k, 1, v[i].id);
		bind_i64(&k, 2, v[i].at);
		TRY(stmt_run(cx, &k));
		bind_i64(&u, 1, v[i].id);
		bind_i64(&u, 2, v[i].at);
		TRY(stmt_run(cx, &u));
		TRY(write_ip(cx, &v[i]));
	}
	return RC_OK;
}

enum rc auth_key_flush(struct ctx *cx)
{
	struct noted *v = arena_many(cx->mem, NOTED_MAX, struct noted);
	size_t n;
	enum rc rc;

	pthread_mutex_lock(&noted.lock);
	n = noted.n;
	memcpy(v, noted.v, sizeof(noted.v));
	noted.n = 0;
	pthread_mutex_unlock(&noted.lock);
	if (!n)
		return RC_OK;
	TRY(store_begin(cx));
	rc = write_noted(cx, v, n);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
