/* store.c - opening an instance, transactions, ids, data versions. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "model/value.h"
#include "store/decay.h"
#include "store/schema.h"
#include "store/setting.h"

#define SECRET_LEN 32

static enum rc secret_parse(struct ctx *cx, struct str hex, const char *from, uint8_t out[SECRET_LEN])
{
	hex = str_trim(hex);
	if (hex.n != 2 * SECRET_LEN || !str_is_hex(hex))
		return fail(cx, RC_INVALID, "%s does not hold a secret key (64 hex digits)", from);
	for (size_t i = 0; i < SECRET_LEN; i++)
		out[i] = (uint8_t)(ch_hex((unsigned char)hex.p[2 * i]) << 4 | ch_hex((unsigned char)hex.p[2 * i + 1]));
	return RC_OK;
}

/* From the environment or the file; RC_DONE when there is neither. */
static enum rc secret_read(struct ctx *cx, const char *path, uint8_t out[SECRET_LEN])
{
	const char *env = getenv("MISP_SECRET_KEY");
	struct stat sb;
	char text[128];
	ssize_t n;
	int fd;

	if (env && *env)
		return secret_parse(cx, str_c(env), "environment variable MISP_SECRET_KEY", out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return RC_DONE;
	if (fd < 0)
		return fail_errno(cx, RC_IO, "cannot read the secret key %s", path);
	if (fstat(fd, &sb) == 0 && (sb.st_mode & 077)) {
		close(fd);
		return fail(cx, RC_DENIED, "%s can be read by others (mode %03o): chmod 600 it", path, sb.st_mode & 0777);
	}
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n < 0)
		return fail_errno(cx, RC_IO, "cannot read %s", path);
	return secret_parse(cx, str_n(text, (size_t)n), path, out);
}

static bool sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return done;
}

/* A new key; or the one that another program made meanwhile. The file is complete or not there. */
static enum rc secret_make(struct ctx *cx, const char *path, uint8_t out[SECRET_LEN])
{
	const char *part = str_fmt(cx->mem, "%s.%ld", path, (long)getpid()).p;
	char text[2 * SECRET_LEN + 2];
	int fd, eno = 0;

	randombytes_buf(out, SECRET_LEN);
	sodium_bin2hex(text, sizeof(text), out, SECRET_LEN);
	text[2 * SECRET_LEN] = '\n';
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(cx, RC_IO, "cannot make %s", path);
	errno = ENOSPC; /* of a short write */
	if (write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1 || fsync(fd) < 0)
		eno = errno;
	else if (link(part, path) < 0 && (errno == EEXIST || rename(part, path) < 0)) /* not every file system knows links */
		eno = errno;
	close(fd);
	unlink(part);
	sodium_memzero(text, sizeof(text));
	if (eno == EEXIST)
		return secret_read(cx, path, out);
	if (eno == 0 && !sync_folder(cx->st->dir))
		eno = errno;
	errno = eno;
	return eno ? fail_errno(cx, eno == ENOSPC ? RC_FULL : RC_IO, "cannot write %s", path) : RC_OK;
}

static void subkey(const uint8_t secret[SECRET_LEN], uint64_t id, uint8_t *out, size_t n)
{
	uint8_t k[32];

	if (crypto_kdf_derive_from_key(k, sizeof(k), id, "misp.key", secret) != 0)
		abort();
	memcpy(out, k, n);
	sodium_memzero(k, sizeof(k));
}

/* The database is open: is it a fresh one, which gets a new key? */
static enum rc secret_first(struct ctx *cx, const char *path, bool create, uint8_t out[SECRET_LEN])
{
	struct str have;
	enum rc rc;

	TRY(meta_get(cx, "key_check", &have));
	if (!have.p && create)
		return secret_make(cx, path, out);
	rc = secret_read(cx, path, out); /* another program may have made both meanwhile */
	if (rc == RC_DONE)
		return fail(cx, RC_INVALID, "the secret key %s is not there: bring it back, or set MISP_SECRET_KEY", path);
	return rc;
}

/* Unless another program was first. */
static enum rc meta_first(struct ctx *cx, const char *name, struct str value)
{
	static const struct sql Q = SQL("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, str_c(name));
	bind_text(&q, 2, value);
	return stmt_run(cx, &q);
}

static enum rc meta_begin(struct ctx *cx, struct str key_check)
{
	char uu[UUID_TEXT + 1];
	struct uuid u;

	uuid_random(&u);
	uuid_text(&u, uu);
	TRY(store_begin(cx));
	TRY(meta_first(cx, "key_check", key_check));
	TRY(meta_first(cx, "instance_uuid", str_c(uu)));
	return store_commit(cx);
}

/* A value made of the key is kept in the database: another key would make every digest useless. */
static enum rc secret_check(struct ctx *cx, struct store *st)
{
	char text[17];
	struct str have;
	uint64_t h = hash_keyed(S("secret key check"), st->digest_key);

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)h);
	TRY(meta_get(cx, "key_check", &have));
	if (!have.p) {
		TRY(meta_begin(cx, str_n(text, 16)));
		TRY(meta_get(cx, "key_check", &have));
	}
	if (!str_eq(have, str_n(text, 16)))
		return fail(cx, RC_INVALID, "the secret key does not belong to this database (restore secret.key or MISP_SECRET_KEY)");
	TRY(meta_get(cx, "instance_uuid", &have));
	if (!uuid_parse(have, &st->instance))
		return fail(cx, RC_DB, "the database holds no instance uuid");
	return RC_OK;
}

static enum rc folder_make(struct ctx *cx, const char *dir, bool create)
{
	struct stat sb;

	if (stat(dir, &sb) == 0)
		return S_ISDIR(sb.st_mode) ? RC_OK : fail(cx, RC_IO, "%s is not a folder", dir);
	if (errno != ENOENT || !create)
		return fail_errno(cx, RC_IO, "cannot open the data folder %s", dir);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return fail_errno(cx, RC_IO, "cannot make the data folder %s", dir);
	return RC_OK;
}

static enum rc open_all(struct ctx *cx, struct store *st, const struct store_options *o)
{
	struct db_options dbo = { .url = o->db_url, .create = o->create, .read_only = o->read_only, .readers_max = o->readers_max };
	const char *key_path = str_fmt(cx->mem, "%s/secret.key", st->dir).p;
	uint8_t secret[SECRET_LEN];
	const struct migration *m;
	enum rc key;
	size_t n;

	if (!dbo.url.n)
		dbo.url = str_fmt(cx->mem, "%s/misp.db", st->dir);
	TRY(folder_make(cx, st->dir, o->create));
	key = secret_read(cx, key_path, secret);
	if (key != RC_OK && key != RC_DONE)
		return key;
	TRY(db_open(cx, &dbo, &st->db));
	m = schema_migrations(cx->mem, &n);
	if (!o->read_only)
		TRY(db_migrate(cx, st->db, m, n, NULL));
	if (key == RC_DONE)
		TRY(secret_first(cx, key_path, o->create, secret));
	subkey(secret, 1, st->digest_key, sizeof(st->digest_key));
	subkey(secret, 2, st->token_key, sizeof(st->token_key));
	subkey(secret, 3, st->seal_key, sizeof(st->seal_key));
	sodium_memzero(secret, sizeof(secret));
	return secret_check(cx, st);
}

enum rc store_open(struct ctx *cx, const struct store_options *o, struct store **out)
{
	struct store *st = calloc(1, sizeof(*st)), *before = cx->st;
	enum rc rc;

	if (!st || sodium_init() < 0)
		abort();
	st->dir = str_malloc(o->dir);
	st->attachment_max = o->attachment_max ? o->attachment_max : (int64_t)50 << 20;
	st->settings = settings_new();
	cx->st = st;
	rc = open_all(cx, st, o);
	if (rc != RC_OK) {
		store_rollback(cx);
		store_close(st);
		cx->st = before;
		return rc;
	}
	*out = st;
	return RC_OK;
}

void store_close(struct store *st)
{
	if (!st)
		return;
	db_close(st->db);
	sodium_memzero(st->digest_key, sizeof(st->digest_key));
	sodium_memzero(st->token_key, sizeof(st->token_key));
	sodium_memzero(st->seal_key, sizeof(st->seal_key));
	settings_free(st->settings);
	free(st->dir);
	free(st);
}

enum rc store_is_empty(struct ctx *cx, bool *out)
{
	static const struct sql Q = SQL("SELECT count(*) FROM (SELECT 1 FROM org LIMIT 1) x");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	TRY(stmt_get_i64(cx, &q, &n));
	*out = n == 0;
	return RC_OK;
}

enum rc store_begin(struct ctx *cx)
{
	enum rc rc;

	if (store_is_dry(cx))
		return RC_OK;
	if (cx->conn)
		return fail(cx, RC_INTERNAL, "a transaction is open already");
	TRY(conn_write(cx, cx->st->db, &cx->conn));
	rc = tx_begin(cx, cx->conn);
	if (rc != RC_OK)
		conn_done(&cx->conn);
	else
		cx->dry_open = cx->dry_run;
	return rc;
}

/* Whether a commit would have gone well: a failed transaction refuses a savepoint. */
static enum rc commit_dry(struct ctx *cx)
{
	enum rc rc = tx_save(cx, cx->conn);

	if (rc == RC_OK)
		rc = tx_save_keep(cx, cx->conn);
	if (rc != RC_OK)
		store_rollback(cx);
	return rc;
}

enum rc store_commit(struct ctx *cx)
{
	enum rc rc = decay_settle(cx);

	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	if (store_is_dry(cx))
		return commit_dry(cx);
	rc = tx_commit(cx, cx->conn);
	conn_done(&cx->conn);
	cx->conn = NULL;
	if (rc == RC_OK)
		atomic_fetch_add(&cx->st->writes, 1);
	return rc;
}

enum rc store_read_begin(struct ctx *cx)
{
	enum rc rc;

	if (cx->conn)
		return RC_OK;
	TRY(conn_read(cx, cx->st->db, &cx->conn));
	rc = tx_begin_read(cx, cx->conn);
	if (rc != RC_OK) {
		conn_done(&cx->conn);
		cx->conn = NULL;
	}
	return rc;
}

void store_rollback(struct ctx *cx)
{
	decay_forget(cx);
	if (!cx->conn)
		return;
	tx_rollback(cx->conn);
	conn_done(&cx->conn);
	cx->conn = NULL;
	cx->dry_open = false;
}

enum rc lease_take(struct ctx *cx, struct lease *l)
{
	if (cx->conn) {
		*l = (struct lease){ cx->conn, false };
		return RC_OK;
	}
	l->own = true;
	return conn_read(cx, cx->st->db, &l->c);
}

void lease_done(struct lease *l)
{
	if (l->own)
		conn_done(&l->c);
	l->c = NULL;
}

enum rc id_run_begin(struct ctx *cx, const char *name, struct id_run *r)
{
	/* the update takes the row for this transaction on PostgreSQL, so that ids ascend in the order of commits */
	static const struct sql Q = SQL("INSERT INTO id_seq (name, next) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET next = id_seq.next "
					"RETURNING next");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, str_c(name));
	TRY(stmt_get_i64(cx, &q, &r->next));
	r->name = name;
	r->first = r->next;
	return RC_OK;
}

enum rc id_run_end(struct ctx *cx, struct id_run *r)
{
	static const struct sql Q = SQL("UPDATE id_seq SET next = $2 WHERE name = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	if (!r->name || r->next == r->first)
		return RC_OK;
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, str_c(r->name));
	bind_i64(&q, 2, r->next);
	return stmt_run(cx, &q);
}

enum rc id_next(struct ctx *cx, const char *name, int64_t *out)
{
	static const struct sql Q = SQL("INSERT INTO id_seq (name, next) VALUES ($1, 2) ON CONFLICT (name) DO UPDATE SET next = id_seq.next + 1 "
					"RETURNING next - 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, str_c(name));
	return stmt_get_i64(cx, &q, out);
}

enum rc data_version_get(struct ctx *cx, const char *name, int64_t *out)
{
	static const struct sql Q = SQL("SELECT version FROM data_version WHERE name = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, str_c(name));
	rc = stmt_get_i64(cx, &q, out);
	if (rc == RC_DONE) {
		*out = 0;
		rc = RC_OK;
	}
	return rc;
}

enum rc data_version_bump(struct ctx *cx, const char *name)
{
	static const struct sql Q = SQL("INSERT INTO data_version (name, version) VALUES ($1, 1) "
					"ON CONFLICT (name) DO UPDATE SET version = data_version.version + 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, str_c(name));
	return stmt_run(cx, &q);
}

enum rc meta_get(struct ctx *cx, const char *name, struct str *out)
{
	static const struct sql Q = SQL("SELECT value FROM meta WHERE name = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, str_c(name));
	rc = stmt_row(cx, &q);
	*out = rc == RC_OK ? col_text_dup(cx, &q, 0) : (struct str){ 0 };
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc meta_set(struct ctx *cx, const char *name, struct str value)
{
	static const struct sql Q = SQL("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, str_c(name));
	bind_text(&q, 2, value);
	return stmt_run(cx, &q);
}

int64_t store_digest_folded(const struct store *st, struct str folded)
{
	return (int64_t)hash_keyed(folded, st->digest_key);
}

int64_t store_digest(const struct store *st, struct arena *a, struct str text)
{
	return store_digest_folded(st, value_fold(a, text));
}

void col_uuid(struct stmt *q, int i, struct uuid *out)
{
	struct str b = col_blob(q, i);

	*out = (struct uuid){ 0 };
	if (b.n == 16)
		memcpy(out->b, b.p, 16);
}
