/* the same cases on SQLite in memory, SQLite in a file, and PostgreSQL (MISP_TEST_PG holds a URL; a scratch schema is made in it) */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "db/db.h"
#include "unit/tap.h"

static char dir[] = "/tmp/misp-db-XXXXXX";
static char path[300], pg_url[600];
static const char *on; /* engine under test, for messages */

static const struct migration MIGRATIONS[] = {
	{ 1, "first",
		"CREATE TABLE thing (id INTEGER PRIMARY KEY, small INTEGER, flag INTEGER, name TEXT UNIQUE, body BLOB, size REAL);\n"
		"CREATE TABLE child (id INTEGER PRIMARY KEY, thing_id INTEGER NOT NULL REFERENCES thing(id));\n",
		"CREATE TABLE thing (id BIGINT PRIMARY KEY, small SMALLINT, flag BOOLEAN, name TEXT UNIQUE, body BYTEA, size DOUBLE PRECISION);\n"
		"CREATE TABLE child (id BIGINT PRIMARY KEY, thing_id BIGINT NOT NULL REFERENCES thing(id));\n" },
	{ 2, "second", "ALTER TABLE thing ADD COLUMN note TEXT;\n", "ALTER TABLE thing ADD COLUMN note TEXT;\n" },
};

static const struct sql INSERT_NAME = SQL("INSERT INTO thing (id, name) VALUES ($1, $2)");
static const struct sql COUNT = SQL("SELECT count(*) FROM thing");
static const struct sql BY_ID = SQL("SELECT id, small, flag, name, body, size FROM thing WHERE id = $1");
static const struct bulk_table THINGS = { "thing", "id, small, flag, name, body, size", "isbtxf", 6 };

/* Counts only what differs from RC_OK, with the message. */
static bool fine(struct ctx *cx, enum rc rc, int line, const char *what)
{
	bool ok = tap_check(rc == RC_OK, __FILE__, line, "%s: %s", on, what);

	if (!ok)
		printf("#   rc %d: %s\n", rc, cx->err.msg);
	ctx_forgive(cx);
	return ok;
}
#define FINE(call) fine(cx, (call), __LINE__, #call)

static void failing(struct ctx *cx, enum rc rc, enum rc want, const char *part, int line, const char *what)
{
	bool ok = tap_check(rc == want && cx->err.rc == want && strstr(cx->err.msg, part) && !strchr(cx->err.msg, '\n'), __FILE__, line,
		"%s: %s fails", on, what);

	if (!ok)
		printf("#   rc %d, want %d with '%s': %s\n", rc, want, part, cx->err.msg);
	ctx_forgive(cx);
}
#define FAILS(call, want, part) failing(cx, (call), (want), (part), __LINE__, #call)

static struct db *opened(struct ctx *cx, const char *url, unsigned busy_ms)
{
	struct db_options o = { .url = str_c(url), .create = true, .busy_ms = busy_ms };
	struct db *db = NULL;

	if (db_open(cx, &o, &db) != RC_OK)
		printf("# %s: %s\n", url, cx->err.msg);
	return db;
}

static int64_t count(struct ctx *cx, struct conn *c)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n = -1;

	if (stmt_open(cx, c, &COUNT, &q) != RC_OK || stmt_get_i64(cx, &q, &n) != RC_OK)
		printf("# count: %s\n", cx->err.msg);
	return n;
}

static enum rc add(struct ctx *cx, struct conn *c, int64_t id, struct str name)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, c, &INSERT_NAME, &q));
	bind_i64(&q, 1, id);
	bind_text(&q, 2, name);
	return stmt_run(cx, &q);
}

static enum rc run_text(struct ctx *cx, struct conn *c, const char *text)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open_text(cx, c, str_c(text), &q));
	return stmt_run(cx, &q);
}

static void empty(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *c = NULL;

	FINE(conn_write(cx, db, &c));
	FINE(run_text(cx, c, "DELETE FROM child"));
	FINE(run_text(cx, c, "DELETE FROM thing"));
}

static void migrations(struct ctx *cx, struct db *db)
{
	int from = -1;
	struct str text;

	FINE(db_migrate(cx, db, MIGRATIONS, 1, &from));
	CHECK_INT(from, 0);
	FINE(db_migrate(cx, db, MIGRATIONS, 2, &from));
	CHECK_INT(from, 1);
	FINE(db_migrate(cx, db, MIGRATIONS, 2, &from));
	CHECK_INT(from, 2);
	FAILS(db_migrate(cx, db, MIGRATIONS, 1, &from), RC_INVALID, "newer version (2, this program knows 1)");
	FINE(db_describe(cx, db, &text));
	CHECK_STR(text, S("child.id\nchild.thing_id\nschema_migration.applied_at\nschema_migration.name\nschema_migration.number\n"
		"thing.body\nthing.flag\nthing.id\nthing.name\nthing.note\nthing.size\nthing.small\n"));
}

static void broken_migration(struct ctx *cx, struct db *db)
{
	static const char bad[] = "CREATE TABLE half (id BIGINT);\nCREATE TABLE thing (id BIGINT);\n";
	const struct migration three[] = { MIGRATIONS[0], MIGRATIONS[1], { 3, "bad", bad, bad } };
	struct str text;
	int from;

	FAILS(db_migrate(cx, db, three, 3, &from), RC_DB, "already exists");
	FINE(db_describe(cx, db, &text));
	CHECK(str_find(text, S("half")) == STR_NONE);
	FINE(db_migrate(cx, db, MIGRATIONS, 2, &from));
}

static void kinds(struct ctx *cx, struct db *db)
{
	static const struct sql INSERT = SQL("INSERT INTO thing (id, small, flag, name, body, size) VALUES ($1, $2, $3, $4, $5, $6)");
	static const struct sql SHAPES = SQL2("SELECT 1, 2.5, 'x', x'00ff', NULL, sum(id), -7, '' FROM thing",
		"SELECT 1::int4, 2.5::float4, 'x', '\\x00ff'::bytea, NULL, sum(id), (-7)::smallint, '' FROM thing");
	static const struct {
		int64_t id, small;
		bool flag;
		struct str name, body;
		double size;
	} t[] = {
		{ 1, -32768, true, { "a", 1 }, { "\0\1\xff", 3 }, 1.5 }, { INT64_MAX, 32767, false, { "", 0 }, { "", 0 }, -0.0 },
		{ -5, 0, true, { "z\xc3\xa9 'q\" \\ $1", 12 }, { NULL, 0 }, 1e300 }, { INT64_MIN, 1, false, { NULL, 0 }, { "x", 1 }, 0.1 },
	};
	SCOPED(conn_done) struct conn *c = NULL;
	SCOPED(stmt_done) struct stmt in = STMT_INIT, q = STMT_INIT, s = STMT_INIT;

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	FINE(stmt_open(cx, c, &INSERT, &in));
	FINE(stmt_open(cx, c, &BY_ID, &q));
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		bind_i64(&in, 1, t[i].id);
		bind_i64(&in, 2, t[i].small);
		bind_bool(&in, 3, t[i].flag);
		bind_text(&in, 4, t[i].name);
		bind_blob(&in, 5, t[i].body.p, t[i].body.n);
		bind_f64(&in, 6, t[i].size);
		FINE(stmt_run(cx, &in));
		CHECK_INT(in.changes, 1);
		bind_i64(&q, 1, t[i].id);
		FINE(stmt_row(cx, &q));
		CHECK_INT(col_i64(&q, 0), t[i].id);
		CHECK_INT(col_i64(&q, 1), t[i].small);
		CHECK_INT(col_i64(&q, 2), t[i].flag);
		CHECK_STR(col_text(&q, 3), t[i].name);
		CHECK_STR(col_text_dup(cx, &q, 3), t[i].name);
		CHECK_STR(col_blob(&q, 4), t[i].body);
		CHECK(col_null(&q, 3) == !t[i].name.p && col_null(&q, 4) == !t[i].body.p && !col_text(&q, 3).p == !t[i].name.p);
		CHECK(col_f64(&q, 5) == t[i].size);
		CHECK_INT(stmt_row(cx, &q), RC_DONE);
		CHECK_INT(q.changes, 0);
		stmt_again(&q);
	}
	bind_i64(&q, 1, 42);
	CHECK_INT(stmt_row(cx, &q), RC_DONE);
	/* NULL first, then a value, then NULL: the types of PostgreSQL's parameters change */
	for (int i = 0; i < 3; i++) {
		bind_i64(&in, 1, 100 + i);
		bind_null(&in, 2);
		if (i == 1)
			bind_i64(&in, 2, 7);
		bind_text(&in, 4, str_n(NULL, 0));
		FINE(stmt_run(cx, &in));
	}
	FINE(run_text(cx, c, "DELETE FROM thing WHERE id NOT BETWEEN 100 AND 102"));
	FINE(stmt_open(cx, c, &SHAPES, &s));
	FINE(stmt_row(cx, &s));
	CHECK(col_i64(&s, 0) == 1 && col_f64(&s, 1) == 2.5 && col_i64(&s, 1) == 2 && col_null(&s, 4) && col_i64(&s, 4) == 0);
	CHECK(col_i64(&s, 5) == 303 && col_f64(&s, 5) == 303 && col_i64(&s, 6) == -7 && col_f64(&s, 6) == -7);
	CHECK_STR(col_text(&s, 2), S("x"));
	CHECK_STR(col_blob(&s, 3), S("\0\xff"));
	CHECK_STR(col_text(&s, 6), S("-7"));
	CHECK(col_text(&s, 7).p && col_text(&s, 7).n == 0);
}

static void nul_in_text(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *c = NULL;

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	FAILS(add(cx, c, 1, S("a\0b")), RC_INVALID, "parameter 2 holds a NUL byte");
	FINE(add(cx, c, 1, S("ab")));
	FINE(tx_begin(cx, c));
	FAILS(add(cx, c, 2, S("\0")), RC_INVALID, "NUL byte");
	FAILS(tx_commit(cx, c), RC_INVALID, "NUL byte");
	CHECK_INT(count(cx, c), 1);
}

static void lists(struct ctx *cx, struct db *db)
{
	static const struct sql IDS = SQL2("SELECT count(*) FROM thing WHERE id IN " IN_I64_SQLITE("$1"),
		"SELECT count(*) FROM thing WHERE id = " IN_I64_PG("$1"));
	static const struct sql UUIDS = SQL2("SELECT count(*) FROM thing WHERE body IN " IN_UUID_SQLITE("$1"),
		"SELECT count(*) FROM thing WHERE body = " IN_UUID_PG("$1"));
	static const struct sql INSERT = SQL("INSERT INTO thing (id, body) VALUES ($1, $2)");
	SCOPED(conn_done) struct conn *c = NULL;
	SCOPED(stmt_done) struct stmt in = STMT_INIT, a = STMT_INIT, b = STMT_INIT;
	struct uuid u[4];
	int64_t ids[] = { 2, 3, INT64_MIN, 99 }, n = -1;

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	FINE(stmt_open(cx, c, &INSERT, &in));
	for (int i = 0; i < 4; i++) {
		uuid_random(&u[i]);
		bind_i64(&in, 1, i);
		bind_blob(&in, 2, u[i].b, 16);
		FINE(stmt_run(cx, &in));
	}
	FINE(stmt_open(cx, c, &IDS, &a));
	bind_i64s(&a, 1, ids, 4);
	FINE(stmt_get_i64(cx, &a, &n));
	CHECK_INT(n, 2);
	bind_i64s(&a, 1, ids, 0);
	FINE(stmt_get_i64(cx, &a, &n));
	CHECK_INT(n, 0);
	FINE(stmt_open(cx, c, &UUIDS, &b));
	bind_uuids(&b, 1, u + 1, 3);
	FINE(stmt_get_i64(cx, &b, &n));
	CHECK_INT(n, 3);
	bind_uuids(&b, 1, u, 0);
	FINE(stmt_get_i64(cx, &b, &n));
	CHECK_INT(n, 0);
}

/* RETURNING, ON CONFLICT, order of parameters, numbers the text does not use, casts */
static void dialect(struct ctx *cx, struct db *db)
{
	static const struct sql RETURN = SQL("INSERT INTO thing (name, id) VALUES ($2, $1) RETURNING id, name");
	static const struct sql UPSERT = SQL("INSERT INTO thing (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name");
	static const struct sql IGNORE = SQL("INSERT INTO thing (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING");
	static const struct sql SWAP = SQL("SELECT id FROM thing WHERE name = $3 AND id >= $1 AND id = CAST($1 AS BIGINT)");
	static const struct sql CAST = SQL("SELECT $1::bigint + 1, $1::bigint");
	SCOPED(conn_done) struct conn *c = NULL;
	SCOPED(stmt_done) struct stmt r = STMT_INIT, u = STMT_INIT, g = STMT_INIT, s = STMT_INIT, k = STMT_INIT;
	int64_t n = 0;

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	FINE(stmt_open(cx, c, &RETURN, &r));
	bind_i64(&r, 1, 5);
	bind_text(&r, 2, S("five"));
	FINE(stmt_row(cx, &r));
	CHECK_INT(col_i64(&r, 0), 5);
	CHECK_STR(col_text(&r, 1), S("five"));
	CHECK_INT(stmt_row(cx, &r), RC_DONE);
	CHECK_INT(r.changes, 1);
	FINE(stmt_open(cx, c, &UPSERT, &u));
	bind_i64(&u, 1, 5);
	bind_text(&u, 2, S("FIVE"));
	FINE(stmt_run(cx, &u));
	CHECK_INT(u.changes, 1);
	FINE(stmt_open(cx, c, &IGNORE, &g));
	bind_i64(&g, 1, 5);
	bind_text(&g, 2, S("other"));
	FINE(stmt_run(cx, &g));
	CHECK_INT(g.changes, 0);
	FINE(stmt_open(cx, c, &SWAP, &s));
	bind_text(&s, 3, S("FIVE"));
	bind_i64(&s, 1, 5);
	bind_i64(&s, 9, 5);
	/* $2 stands nowhere: PostgreSQL needs its type */
	bind_i64(&s, 2, 0);
	FINE(stmt_get_i64(cx, &s, &n));
	CHECK_INT(n, 5);
	FINE(stmt_open(cx, c, &CAST, &k));
	bind_i64(&k, 1, 6);
	FINE(stmt_row(cx, &k));
	CHECK(col_i64(&k, 1) == 6);
	FAILS(add(cx, c, 5, S("x")), RC_EXISTS, "already exists");
	FAILS(add(cx, c, 6, S("FIVE")), RC_EXISTS, "already exists");
	FAILS(run_text(cx, c, "INSERT INTO child (id, thing_id) VALUES (1, 77)"), RC_DB, conn_engine(c) == DB_PG ? "foreign key" : "FOREIGN KEY");
	FAILS(run_text(cx, c, "SELECT nonsense FROM thing"), RC_DB, "nonsense");
}

static void reuse(struct ctx *cx, struct db *db)
{
	static const struct sql ALL = SQL("SELECT id FROM thing ORDER BY id");
	SCOPED(conn_done) struct conn *c = NULL;
	int64_t sum = 0;
	void *first[2] = { NULL, NULL };
	char text[100];

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	for (int i = 1; i <= 3; i++)
		FINE(add(cx, c, i, str_n(NULL, 0)));
	for (int round = 0; round < 2; round++) {
		SCOPED(stmt_done) struct stmt a = STMT_INIT;

		FINE(stmt_open(cx, c, &ALL, &a));
		if (round)
			CHECK(a.h == first[0] || a.h == first[1]); /* kept */
		first[0] = a.h;
		while (stmt_row(cx, &a) == RC_OK) {
			SCOPED(stmt_done) struct stmt b = STMT_INIT;

			if (stmt_open(cx, c, &ALL, &b) != RC_OK || b.h == a.h)
				break;
			first[1] = b.h;
			while (stmt_row(cx, &b) == RC_OK)
				sum += col_i64(&a, 0) * col_i64(&b, 0);
		}
	}
	CHECK_INT(sum, 72);
	/* assembled texts: kept by content, bounded */
	for (int i = 0; i < 300; i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;
		int64_t n = 0;

		snprintf(text, sizeof(text), "SELECT %d + $1", i % 100);
		if (stmt_open_text(cx, c, str_c(text), &q) != RC_OK)
			break;
		bind_i64(&q, 1, 1000);
		if (stmt_get_i64(cx, &q, &n) == RC_OK)
			sum += n;
	}
	CHECK_INT(sum, 72 + 300 * 1000 + 3 * 4950);
	/* bindings do not outlive stmt_done */
	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		FINE(stmt_open(cx, c, &BY_ID, &q));
		bind_i64(&q, 1, 1);
		FINE(stmt_row(cx, &q));
		stmt_done(&q);
		stmt_done(&q);
		FINE(stmt_open(cx, c, &BY_ID, &q));
		CHECK_INT(stmt_row(cx, &q), RC_DONE);
	}
}

static void transactions(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *c = NULL;

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	FINE(tx_begin(cx, c));
	FINE(add(cx, c, 1, S("one")));
	FINE(tx_commit(cx, c));
	CHECK_INT(count(cx, c), 1);
	/* the first failure is kept, what follows is refused with it */
	FINE(tx_begin(cx, c));
	FINE(add(cx, c, 2, S("two")));
	FAILS(add(cx, c, 2, S("again")), RC_EXISTS, "already exists");
	FAILS(add(cx, c, 3, S("three")), RC_EXISTS, "already exists");
	FAILS(tx_commit(cx, c), RC_EXISTS, "already exists");
	CHECK_INT(count(cx, c), 1);
	/* savepoints */
	FINE(tx_begin(cx, c));
	FINE(tx_save(cx, c));
	FINE(add(cx, c, 2, S("two")));
	FINE(tx_save_keep(cx, c));
	FINE(tx_save(cx, c));
	FINE(add(cx, c, 3, S("three")));
	FAILS(add(cx, c, 4, S("one")), RC_EXISTS, "already exists");
	FAILS(tx_save_keep(cx, c), RC_EXISTS, "already exists");
	FINE(tx_save_undo(cx, c));
	FINE(add(cx, c, 5, S("five")));
	FINE(tx_commit(cx, c));
	CHECK_INT(count(cx, c), 3);
	FINE(tx_begin(cx, c));
	FINE(add(cx, c, 9, S("nine")));
	tx_rollback(c);
	tx_rollback(c);
	CHECK_INT(count(cx, c), 3);
	FINE(tx_begin(cx, c));
	FINE(add(cx, c, 9, S("nine")));
	conn_done(&c); /* gives back an open transaction */
	conn_done(&c);
	FINE(conn_read(cx, db, &c));
	CHECK_INT(count(cx, c), 3);
}

/* A reader beside a writer: sees what is committed, or its snapshot. */
static void isolation(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *w = NULL, *r = NULL;

	empty(cx, db);
	FINE(conn_write(cx, db, &w));
	FINE(conn_read(cx, db, &r));
	FINE(tx_begin_read(cx, r));
	CHECK_INT(count(cx, r), 0);
	FINE(add(cx, w, 1, S("one")));
	CHECK_INT(count(cx, r), 0);
	FINE(tx_commit(cx, r));
	CHECK_INT(count(cx, r), 1);
	FAILS(add(cx, r, 2, S("two")), RC_DB, "read"); /* a read lease cannot write */
	FINE(tx_begin(cx, w));
	FINE(add(cx, w, 3, S("three")));
	FINE(tx_begin_read(cx, r));
	CHECK_INT(count(cx, r), 1);
	FINE(tx_commit(cx, r));
	conn_done(&r);
	FINE(tx_commit(cx, w));
}

static void bulk(struct ctx *cx, struct db *db, int rows)
{
	SCOPED(conn_done) struct conn *c = NULL;
	struct bulk *b = NULL;
	struct stmt q = STMT_INIT;
	int64_t t0, t1;
	enum rc rc = RC_OK;
	char name[60];

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	t0 = clock_mono_us();
	FINE(tx_begin(cx, c));
	FINE(bulk_open(cx, c, &THINGS, &b));
	for (int i = 0; i < rows && rc == RC_OK; i++) {
		snprintf(name, sizeof(name), "name-of-a-row-%d", i);
		bulk_i64(b, i);
		bulk_i64(b, i % 1000 - 500);
		bulk_i64(b, i % 3);
		bulk_text(b, i % 10 ? str_c(name) : str_n(NULL, 0));
		if (i % 7)
			bulk_blob(b, name, 16);
		else
			bulk_null(b);
		bulk_f64(b, i / 2.0);
		rc = bulk_row(cx, b);
	}
	FINE(rc);
	FINE(bulk_end(cx, &b));
	FINE(tx_commit(cx, c));
	t1 = clock_mono_us();
	printf("# %s: bulk %d rows (text unique index) in %.3f s, %.0f rows/s\n", on, rows, (double)(t1 - t0) / 1e6, rows * 1e6 / (double)(t1 - t0));
	CHECK_INT(count(cx, c), rows);
	FINE(stmt_open(cx, c, &BY_ID, &q));
	bind_i64(&q, 1, 501);
	FINE(stmt_row(cx, &q));
	CHECK(col_i64(&q, 1) == 1 && col_i64(&q, 2) == 0 && col_f64(&q, 5) == 250.5);
	CHECK_STR(col_text(&q, 3), S("name-of-a-row-501"));
	CHECK_STR(col_blob(&q, 4), S("name-of-a-row-50"));
	stmt_done(&q);
	/* given up, unique violation, NUL, number too large: the transaction fails, the connection stays good */
	for (int way = 0; way < 4; way++) {
		static const struct {
			enum rc rc;
			const char *text;
		} want[] = { { RC_DB, "given up" }, { RC_EXISTS, "already exists" }, { RC_INVALID, "column 4 of thing holds a NUL" },
			{ RC_INVALID, "column 2 of thing is out of range" } };

		FINE(tx_begin(cx, c));
		FINE(bulk_open(cx, c, &THINGS, &b));
		bulk_i64(b, way == 1 ? 1 : -1);
		bulk_i64(b, way == 3 ? 40000 : 0);
		bulk_null(b);
		bulk_text(b, way == 2 ? S("a\0") : S("a"));
		bulk_null(b);
		bulk_null(b);
		rc = bulk_row(cx, b);
		if (way == 0)
			bulk_drop(&b);
		else if (rc == RC_OK)
			rc = bulk_end(cx, &b);
		else
			bulk_drop(&b);
		CHECKF(rc == (way ? want[way].rc : RC_OK), "%s: bulk way %d gives %d (%s)", on, way, rc, cx->err.msg);
		ctx_forgive(cx);
		FAILS(tx_commit(cx, c), want[way].rc, want[way].text);
		CHECK_INT(count(cx, c), rows);
	}
	/* inside a savepoint */
	FINE(tx_begin(cx, c));
	FINE(tx_save(cx, c));
	FINE(bulk_open(cx, c, &THINGS, &b));
	bulk_drop(&b);
	FINE(tx_save_undo(cx, c));
	FINE(add(cx, c, -1, S("after")));
	FINE(tx_commit(cx, c));
	CHECK_INT(count(cx, c), rows + 1);
}

static void *hold_writer(void *arg)
{
	struct db *db = arg;
	struct ctx cx;
	struct conn *c = NULL;

	ctx_init(&cx, 0);
	if (conn_write(&cx, db, &c) == RC_OK && tx_begin(&cx, c) == RC_OK)
		usleep(600000);
	conn_done(&c);
	ctx_clear(&cx);
	return NULL;
}

/* db has a time-out of 200 ms */
static void busy_threads(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *c = NULL;
	atomic_bool stop = true;
	pthread_t t;
	int64_t t0;

	pthread_create(&t, NULL, hold_writer, db);
	usleep(100000);
	t0 = clock_mono_us();
	FAILS(conn_write(cx, db, &c), RC_BUSY, "test_db_engines.c:");
	CHECK(clock_mono_us() - t0 >= 190000 && clock_mono_us() - t0 < 5000000); /* waited as told, not for ever */
	cx->stop = &stop;
	FAILS(conn_write(cx, db, &c), RC_STOPPED, "stopped");
	cx->stop = NULL;
	pthread_join(t, NULL);
	FINE(conn_write(cx, db, &c));
}

static void busy_readers(struct ctx *cx, const char *url)
{
	struct db_options o = { .url = str_c(url), .readers_max = 2, .busy_ms = 100 };
	struct db *db = NULL;
	struct conn *a = NULL, *b = NULL, *c = NULL;

	FINE(db_open(cx, &o, &db));
	FINE(conn_read(cx, db, &a));
	FINE(conn_read(cx, db, &b));
	FAILS(conn_read(cx, db, &c), RC_BUSY, "no connection for reading within 100 ms");
	conn_done(&b);
	FINE(conn_read(cx, db, &c));
	conn_done(&a);
	conn_done(&c);
	db_close(db);
}

/* A statement that would run for hours, stopped from another thread. */
static void *raise_stop(void *arg)
{
	usleep(200000);
	atomic_store((atomic_bool *)arg, true);
	return NULL;
}

static void stopping(struct ctx *cx, struct db *db)
{
	atomic_bool stop = false;
	struct conn *c = NULL;
	pthread_t t;

	cx->stop = &stop;
	FINE(conn_read(cx, db, &c));
	pthread_create(&t, NULL, raise_stop, &stop);
	FAILS(run_text(cx, c, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"), RC_STOPPED, "stopped");
	pthread_join(t, NULL);
	conn_done(&c);
	cx->stop = NULL;
	FINE(conn_read(cx, db, &c));
	CHECK(count(cx, c) >= 0);
	conn_done(&c);
}

#define READERS 8
struct crowd {
	struct db *db;
	atomic_bool end;
	atomic_long reads, bad;
};

/* The writer adds pairs: no reader may see an odd count. */
static void *crowd_read(void *arg)
{
	struct crowd *w = arg;
	struct ctx cx;

	ctx_init(&cx, 0);
	while (!atomic_load(&w->end)) {
		SCOPED(conn_done) struct conn *c = NULL;

		if (conn_read(&cx, w->db, &c) != RC_OK || count(&cx, c) % 2)
			atomic_fetch_add(&w->bad, 1);
		atomic_fetch_add(&w->reads, 1);
	}
	if (cx.err.rc)
		printf("# reader: %s\n", cx.err.msg);
	ctx_clear(&cx);
	return NULL;
}

static void crowd(struct ctx *cx, struct db *db)
{
	struct crowd w = { .db = db };
	pthread_t t[READERS];
	int pairs = 0;

	empty(cx, db);
	for (int i = 0; i < READERS; i++)
		pthread_create(&t[i], NULL, crowd_read, &w);
	for (; pairs < 100; pairs++) {
		SCOPED(conn_done) struct conn *c = NULL;

		if (conn_write(cx, db, &c) != RC_OK || tx_begin(cx, c) != RC_OK || add(cx, c, 2 * pairs, str_n(NULL, 0)) != RC_OK ||
			add(cx, c, 2 * pairs + 1, str_n(NULL, 0)) != RC_OK || tx_commit(cx, c) != RC_OK)
			break;
	}
	atomic_store(&w.end, true);
	for (int i = 0; i < READERS; i++)
		pthread_join(t[i], NULL);
	CHECKF(pairs == 100 && w.bad == 0 && w.reads > 0, "%s: %d readers beside a writer, %ld reads, %ld bad, %d pairs (%s)", on, READERS,
		(long)w.reads, (long)w.bad, pairs, cx->err.msg);
}

/* A child writes and dies by SIGKILL in the middle of its second transaction. */
static void killed_writer(struct ctx *cx, const char *url)
{
	int fd[2], status;
	pid_t pid;
	char ch;
	struct db *db;
	struct conn *c = NULL;

	if (pipe(fd) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		ctx_init(cx, 0);
		db = opened(cx, url, 0);
		if (!db || conn_write(cx, db, &c) != RC_OK || run_text(cx, c, "DELETE FROM thing") != RC_OK || tx_begin(cx, c) != RC_OK ||
			add(cx, c, 1, S("kept")) != RC_OK || tx_commit(cx, c) != RC_OK || tx_begin(cx, c) != RC_OK)
			_exit(1);
		for (int i = 2; i < 20000; i++)
			if (add(cx, c, i, str_n(NULL, 0)) != RC_OK)
				_exit(1);
		if (write(fd[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(fd[1]);
	CHECK_INT(read(fd[0], &ch, 1), 1);
	close(fd[0]);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status));
	db = opened(cx, url, 5000);
	FINE(db_check(cx, db));
	FINE(conn_write(cx, db, &c));
	FINE(tx_begin(cx, c));
	CHECK_INT(count(cx, c), 1);
	FINE(tx_commit(cx, c));
	conn_done(&c);
	db_close(db);
}

static void timings(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *c = NULL;
	int64_t t0, t1, sum = 0;
	int n = db_engine(db) == DB_SQLITE ? 200000 : 5000, commits = 200;
	bool bad = false;

	empty(cx, db);
	FINE(conn_write(cx, db, &c));
	for (int i = 0; i < 100; i++)
		if (add(cx, c, i, str_n(NULL, 0)) != RC_OK)
			break;
	conn_done(&c);
	FINE(conn_read(cx, db, &c));
	for (int snapshot = 0; snapshot < 2; snapshot++) {
		if (snapshot)
			FINE(tx_begin_read(cx, c));
		t0 = clock_mono_us();
		for (int i = 0; i < n; i++) {
			struct stmt q;

			if (stmt_open(cx, c, &BY_ID, &q) != RC_OK)
				break;
			bind_i64(&q, 1, i % 100);
			if (stmt_row(cx, &q) == RC_OK)
				sum += col_i64(&q, 0);
			stmt_done(&q);
		}
		t1 = clock_mono_us();
		printf("# %s: point select %s %.2f us\n", on, snapshot ? "in a snapshot" : "by itself", (double)(t1 - t0) / n);
	}
	FINE(tx_commit(cx, c));
	CHECK(sum > 0);
	conn_done(&c);
	t0 = clock_mono_us();
	for (int i = 0; i < n; i++) {
		if (conn_read(cx, db, &c) != RC_OK)
			break;
		conn_done(&c);
	}
	printf("# %s: read lease %.2f us\n", on, (double)(clock_mono_us() - t0) / n);
	t0 = clock_mono_us();
	for (int i = 0; i < commits; i++) {
		if (!bad && conn_write(cx, db, &c) == RC_OK && tx_begin(cx, c) == RC_OK && add(cx, c, 1000 + i, str_n(NULL, 0)) == RC_OK)
			bad = tx_commit(cx, c) != RC_OK;
		else
			bad = true;
		conn_done(&c);
	}
	CHECKF(!bad, "%s: one-row transactions (%s)", on, cx->err.msg);
	printf("# %s: durable one-row transaction %.2f ms\n", on, (double)(clock_mono_us() - t0) / 1e3 / commits);
}

static void all_cases(struct ctx *cx, struct db *db)
{
	migrations(cx, db);
	broken_migration(cx, db);
	kinds(cx, db);
	nul_in_text(cx, db);
	lists(cx, db);
	dialect(cx, db);
	reuse(cx, db);
	transactions(cx, db);
	bulk(cx, db, 100000);
	stopping(cx, db);
	FINE(db_check(cx, db));
	FINE(db_checkpoint(cx, db));
}

/* --- SQLite only ------------------------------------------------------------------------------------------------- */

static const char *in_dir(const char *name)
{
	static char text[4][400];
	static int i;

	i = (i + 1) % 4;
	snprintf(text[i], sizeof(text[i]), "%s/%s", dir, name);
	return text[i];
}

static void put_file(const char *name, const char *content, size_t n)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	if (fd < 0 || write(fd, content, n) != (ssize_t)n)
		printf("# cannot write %s\n", name);
	close(fd);
}

static enum rc open_only(struct ctx *cx, const char *url, bool create)
{
	struct db_options o = { .url = str_c(url), .create = create };
	struct db *db = NULL;
	enum rc rc = db_open(cx, &o, &db);

	db_close(db);
	return rc;
}

static void opening(struct ctx *cx)
{
	static char noise[8192];
	struct stat st;
	pid_t pid;
	int status;

	on = "opening";
	memset(noise, 'n', sizeof(noise));
	FAILS(open_only(cx, in_dir("none/db"), true), RC_IO, "is not there");
	FAILS(open_only(cx, in_dir("fresh"), false), RC_IO, "is not there");
	FAILS(open_only(cx, "", true), RC_INVALID, "no database was named");
	FAILS(open_only(cx, dir, true), RC_IO, "folder");
	put_file(in_dir("noise"), noise, sizeof(noise));
	FAILS(open_only(cx, in_dir("noise"), true), RC_IO, "is not a database");
	FAILS(open_only(cx, in_dir("noise/db"), true), RC_IO, "is not a folder");
	FAILS(open_only(cx, "postgresql://nobody@127.0.0.1:1/none", true), RC_IO, "cannot connect");
	FINE(open_only(cx, in_dir("made"), true));
	CHECK(stat(in_dir("made"), &st) == 0 && (st.st_mode & 0777) == 0600);
	/* without root's rights */
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int bad = 0;

		if (chmod(dir, 0755) != 0 || (geteuid() == 0 && seteuid(65534) != 0) || (geteuid() != 65534 && chmod(in_dir("made"), 0) != 0))
			_exit(2);
		bad |= open_only(cx, in_dir("made"), true) != RC_IO || !strstr(cx->err.msg, "no permission");
		ctx_forgive(cx);
		if (geteuid() == 65534)
			bad |= open_only(cx, in_dir("new"), true) != RC_IO || !strstr(cx->err.msg, "no permission");
		_exit(bad);
	}
	waitpid(pid, &status, 0);
	CHECKF(WIFEXITED(status) && WEXITSTATUS(status) == 0, "no permission is said so (%d)", status);
	chmod(dir, 0700);
	chmod(in_dir("made"), 0600);
}

static void read_only(struct ctx *cx)
{
	struct db_options o = { .url = str_c(path), .read_only = true };
	struct db *db = NULL;
	struct conn *c = NULL;

	FINE(db_open(cx, &o, &db));
	FAILS(conn_write(cx, db, &c), RC_DENIED, "reading only");
	FINE(conn_read(cx, db, &c));
	CHECK(count(cx, c) >= 0);
	conn_done(&c);
	db_close(db);
}

/* Another process holds the write lock. */
static void busy_processes(struct ctx *cx, struct db *db)
{
	struct conn *c = NULL;
	int fd[2];
	pid_t pid;
	char ch;

	if (pipe(fd) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		struct db *mine;

		ctx_init(cx, 0);
		mine = opened(cx, path, 1000);
		if (!mine || conn_write(cx, mine, &c) != RC_OK || tx_begin(cx, c) != RC_OK || write(fd[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(fd[1]);
	CHECK_INT(read(fd[0], &ch, 1), 1);
	close(fd[0]);
	FINE(conn_write(cx, db, &c));
	FAILS(tx_begin(cx, c), RC_BUSY, "busy");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	FINE(tx_begin(cx, c));
	FINE(tx_commit(cx, c));
	conn_done(&c);
}

struct copying {
	struct db *db;
	atomic_bool end;
	atomic_int written;
};

static void *write_on(void *arg)
{
	struct copying *w = arg;
	struct ctx cx;

	ctx_init(&cx, 0);
	while (!atomic_load(&w->end)) {
		SCOPED(conn_done) struct conn *c = NULL;

		if (conn_write(&cx, w->db, &c) != RC_OK || add(&cx, c, 10000000 + w->written, str_n(NULL, 0)) != RC_OK)
			break;
		w->written++;
	}
	ctx_clear(&cx);
	return NULL;
}

static void backup(struct ctx *cx, struct db *db)
{
	struct copying w = { .db = db };
	const char *to = in_dir("copy");
	struct db *copy;
	struct conn *c = NULL;
	struct stat st;
	pthread_t t;

	bulk(cx, db, 100000);
	pthread_create(&t, NULL, write_on, &w);
	while (!w.written && usleep(1000) == 0)
		;
	FINE(db_backup(cx, db, to));
	atomic_store(&w.end, true);
	pthread_join(t, NULL);
	CHECK(w.written > 0 && stat(to, &st) == 0 && (st.st_mode & 0777) == 0600 && access(in_dir("copy.partial"), F_OK) != 0);
	FAILS(db_backup(cx, db, to), RC_EXISTS, "is there already");
	FAILS(db_backup(cx, db, in_dir("none/copy")), RC_IO, "is not there");
	copy = opened(cx, to, 0);
	FINE(db_check(cx, copy));
	FINE(db_migrate(cx, copy, MIGRATIONS, 2, NULL));
	FINE(conn_read(cx, copy, &c));
	CHECK(count(cx, c) >= 100000);
	conn_done(&c);
	db_close(copy);
}

static void sizes(struct ctx *cx, struct db *db)
{
	int64_t n = 0;

	FINE(db_size(cx, db, &n));
	CHECK(n >= 8192);
}

/* SQLite's own limit on the size stands in for a disk without room: the same code comes from it. */
static void full(struct ctx *cx)
{
	struct db *db = opened(cx, in_dir("full"), 0);
	struct conn *c = NULL;
	static char text[100000];
	int64_t before;

	memset(text, 'x', sizeof(text));
	FINE(db_migrate(cx, db, MIGRATIONS, 2, NULL));
	FINE(conn_write(cx, db, &c));
	FINE(add(cx, c, 1, S("one")));
	FINE(run_text(cx, c, "PRAGMA max_page_count = 20"));
	before = count(cx, c);
	FINE(tx_begin(cx, c));
	FINE(tx_save(cx, c));
	FINE(add(cx, c, 2, S("two")));
	FAILS(add(cx, c, 3, str_n(text, sizeof(text) - 1)), RC_FULL, "disk full");
	if (tx_save_undo(cx, c) != RC_OK) /* SQLite may have ended the transaction */
		ctx_forgive(cx);
	tx_rollback(c);
	CHECK_INT(count(cx, c), before);
	FINE(run_text(cx, c, "PRAGMA max_page_count = 1000000"));
	FINE(add(cx, c, 3, str_n(text, sizeof(text) - 1)));
	conn_done(&c);
	FINE(db_check(cx, db));
	db_close(db);
}

/* Processes that open and migrate the same new file at once. */
static void opened_at_once(struct ctx *cx)
{
	pid_t pid[6];
	int bad = 0, status;

	for (int i = 0; i < 6; i++)
		if ((pid[i] = fork()) == 0) {
			struct db *db;

			ctx_init(cx, 0);
			db = opened(cx, in_dir("at_once"), 5000);
			if (!db || db_migrate(cx, db, MIGRATIONS, 2, NULL) != RC_OK)
				printf("# at once: %s\n", cx->err.msg);
			fflush(stdout);
			_exit(!db || cx->err.rc != RC_OK);
		}
	for (int i = 0; i < 6; i++)
		bad += waitpid(pid[i], &status, 0) != pid[i] || status != 0;
	CHECK_INT(bad, 0);
}

static void damaged(struct ctx *cx)
{
	const char *to = in_dir("damaged");
	static char noise[4096];
	struct db *db = opened(cx, to, 0);
	int fd;

	FINE(db_migrate(cx, db, MIGRATIONS, 2, NULL));
	bulk(cx, db, 2000);
	FINE(db_checkpoint(cx, db));
	db_close(db);
	fd = open(to, O_WRONLY);
	memset(noise, 0x5a, sizeof(noise));
	CHECK(pwrite(fd, noise, sizeof(noise), 8192 * 5) == sizeof(noise));
	close(fd);
	db = opened(cx, to, 0);
	FAILS(db_check(cx, db), RC_DB, "damaged");
	db_close(db);
}

static void memory_leases(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *a = NULL, *b = NULL;

	empty(cx, db);
	FINE(conn_write(cx, db, &a));
	FINE(tx_begin(cx, a));
	FINE(add(cx, a, 1, S("one")));
	FINE(conn_read(cx, db, &b));
	CHECK(a == b);
	FINE(tx_begin_read(cx, b));
	CHECK_INT(count(cx, b), 1);
	conn_done(&b); /* leaves the outer transaction alone */
	FINE(conn_write(cx, db, &b));
	FAILS(tx_begin(cx, b), RC_BUSY, "one transaction");
	conn_done(&b);
	FINE(tx_commit(cx, a));
	CHECK_INT(count(cx, a), 1);
}

/* --- PostgreSQL only --------------------------------------------------------------------------------------------- */

/* Ends the server's side of every other connection of this test. */
static void lost_connection(struct ctx *cx, struct db *db)
{
	static const struct sql END = SQL2("SELECT 1", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
		" WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()");
	struct db *other = opened(cx, pg_url, 1000);
	struct conn *killer = NULL, *c = NULL;
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	FINE(conn_write(cx, other, &killer));
	FINE(stmt_open(cx, killer, &END, &q));
	/* idle in the pool */
	FINE(conn_read(cx, db, &c));
	CHECK(count(cx, c) >= 0);
	conn_done(&c);
	FINE(stmt_run(cx, &q));
	usleep(100000);
	FINE(conn_read(cx, db, &c));
	CHECK(count(cx, c) >= 0);
	/* leased for reading, outside a transaction */
	FINE(stmt_run(cx, &q));
	usleep(100000);
	CHECK(count(cx, c) >= 0);
	conn_done(&c);
	/* in a transaction */
	FINE(conn_write(cx, db, &c));
	FINE(stmt_run(cx, &q));
	usleep(100000);
	FINE(tx_begin(cx, c));
	FINE(add(cx, c, 900, S("lost")));
	FINE(stmt_run(cx, &q));
	usleep(100000);
	FAILS(add(cx, c, 901, S("lost too")), RC_DB, "connection to the database was lost");
	FAILS(tx_commit(cx, c), RC_DB, "connection to the database was lost");
	conn_done(&c);
	FINE(conn_write(cx, db, &c));
	CHECK(count(cx, c) >= 0);
	conn_done(&c);
	stmt_done(&q);
	conn_done(&killer);
	db_close(other);
}

static void lock_timeout(struct ctx *cx, struct db *db)
{
	struct conn *a = NULL, *b = NULL;

	empty(cx, db);
	FINE(conn_write(cx, db, &a));
	FINE(conn_write(cx, db, &b));
	FINE(tx_begin(cx, a));
	FINE(add(cx, a, 1, S("one")));
	FAILS(add(cx, b, 1, S("one")), RC_BUSY, "lock timeout");
	FINE(tx_commit(cx, a));
	FAILS(add(cx, b, 1, S("one")), RC_EXISTS, "already exists");
	conn_done(&a);
	conn_done(&b);
}

static bool scratch_schema(struct ctx *cx, const char *url, bool make)
{
	struct db *db = opened(cx, url, 0);
	struct conn *c = NULL;
	char text[100];
	bool ok;

	if (!db)
		return false;
	snprintf(text, sizeof(text), make ? "CREATE SCHEMA db_test_%d" : "DROP SCHEMA db_test_%d CASCADE", (int)getpid());
	ok = conn_write(cx, db, &c) == RC_OK && run_text(cx, c, text) == RC_OK;
	if (!ok)
		printf("# %s\n", cx->err.msg);
	conn_done(&c);
	db_close(db);
	snprintf(pg_url, sizeof(pg_url), "%s%coptions=-csearch_path%%3Ddb_test_%d&application_name=db_test_%d", url,
		strchr(url, '?') ? '&' : '?', (int)getpid(), (int)getpid());
	return ok;
}

static void postgres(struct ctx *cx, const char *url)
{
	struct db *db;

	on = "pg";
	if (!CHECK(scratch_schema(cx, url, true)))
		return;
	db = opened(cx, pg_url, 200);
	if (CHECK(db)) {
		all_cases(cx, db);
		isolation(cx, db);
		lock_timeout(cx, db);
		sizes(cx, db);
		FAILS(db_backup(cx, db, in_dir("pgcopy")), RC_INVALID, "pg_dump");
		crowd(cx, db);
		lost_connection(cx, db);
		db_close(db);
		busy_readers(cx, pg_url);
		killed_writer(cx, pg_url);
		db = opened(cx, pg_url, 0);
		timings(cx, db);
		db_close(db);
	}
	CHECK(scratch_schema(cx, url, false));
}

static int unlink_one(const char *p, const struct stat *st, int flag, struct FTW *f)
{
	return remove(p);
}

int main(void)
{
	const char *pg = getenv("MISP_TEST_PG");
	struct ctx cx_, *cx = &cx_;
	struct db *db;

	ctx_init(cx, 0);
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/db.sqlite", dir);

	opening(cx);
	on = "memory";
	db = opened(cx, ":memory:", 200);
	all_cases(cx, db);
	memory_leases(cx, db);
	crowd(cx, db);
	sizes(cx, db);
	db_close(db);

	on = "file";
	db = opened(cx, path, 200);
	all_cases(cx, db);
	isolation(cx, db);
	busy_threads(cx, db);
	busy_processes(cx, db);
	crowd(cx, db);
	sizes(cx, db);
	backup(cx, db);
	db_close(db);
	busy_readers(cx, path);
	killed_writer(cx, path);
	read_only(cx);
	damaged(cx);
	full(cx);
	opened_at_once(cx);
	db = opened(cx, path, 0);
	timings(cx, db);
	db_close(db);

	if (pg && *pg)
		postgres(cx, pg);
	else
		tap_skip("MISP_TEST_PG is not set: no PostgreSQL");

	ctx_clear(cx);
	nftw(dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
