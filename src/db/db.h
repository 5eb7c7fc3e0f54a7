/* db.h - the two SQL engines behind one interface: connections, statements, transactions, bulk rows, migrations.
 * Only this room includes sqlite3.h and libpq-fe.h. SQL text stands in store/ (and in migrations), never here.
 *
 * Order of calls: db_open, db_migrate, then leases. A lease belongs to one thread at a time.
 *
 *     static const struct sql Q = SQL("SELECT id, info FROM event WHERE id > $1 ORDER BY id LIMIT $2");
 *     SCOPED(conn_done) struct conn *c = NULL;
 *     TRY(conn_read(cx, db, &c));
 *     SCOPED(stmt_done) struct stmt q = STMT_INIT;
 *     TRY(stmt_open(cx, c, &Q, &q));
 *     bind_i64(&q, 1, 0); bind_i64(&q, 2, 100);
 *     while ((rc = stmt_row(cx, &q)) == RC_OK) use(col_i64(&q, 0), col_text(&q, 1));
 *     if (rc != RC_DONE) return rc;
 *
 * One text for both engines where possible: parameters $1, $2 (casts like $1::bigint are not understood by SQLite and not
 * needed: PostgreSQL parameters are typed by their bind call); RETURNING, ON CONFLICT, CTEs, window functions, row values.
 * Where they part: SQL2(sqlite, pg).
 *
 * Failures: RC_BUSY (no connection or lock within the time-out), RC_EXISTS (a unique constraint), RC_FULL (disk full), RC_STOPPED
 * (cx->stop was set during a long statement or wait), RC_INVALID (NUL in a text), RC_DB (anything else).
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/str.h"

struct db;
struct conn;

enum db_engine { DB_SQLITE, DB_PG };

struct db_options {
	struct str url;       /* "postgresql://..." or the path of the SQLite file (":memory:" for tests: one connection does all) */
	bool read_only;
	bool create;          /* SQLite: make the file when it is not there */
	unsigned readers_max; /* leases for reading at the same time; default 16 */
	unsigned busy_ms;     /* how long to wait for a lock or a lease; default 10000 */
	unsigned cache_kb;    /* SQLite page cache of each connection; default 4096 */
};

/* RC_IO with a clear line: missing folder, no permission, not a database, read-only file system. */
MUST_USE enum rc db_open(struct ctx *cx, const struct db_options *o, struct db **out);
void db_close(struct db *db); /* waits for leases; NULL is fine */
enum db_engine db_engine(const struct db *db);

/* Migrations: numbered, forward only, one transaction each. */
struct migration {
	int number;           /* 1, 2, 3 ... without gaps */
	const char *name;
	const char *sqlite, *pg; /* several statements separated by ";" at a line's end */
};
/* Brings the schema to the newest number. RC_INVALID "database is of a newer version (N, this program knows M)" when it is ahead.
 * *from gets the number found (0: fresh); may be NULL. */
MUST_USE enum rc db_migrate(struct ctx *cx, struct db *db, const struct migration *m, size_t n, int *from);
/* Tables and columns as text lines "table.column", sorted, for comparing schemas. */
MUST_USE enum rc db_describe(struct ctx *cx, struct db *db, struct str *out);
/* SQLite: quick_check and foreign keys; PostgreSQL: amcheck is not asked for, a scan of each table. RC_DB with the finding. */
MUST_USE enum rc db_check(struct ctx *cx, struct db *db);
/* Online copy of a SQLite database into a new file (mode 0600, complete or not there; writers go on); RC_EXISTS when path is
 * there, RC_INVALID on PostgreSQL (pg_dump is the tool there). */
MUST_USE enum rc db_backup(struct ctx *cx, struct db *db, const char *path);
/* Bytes on disk. */
MUST_USE enum rc db_size(struct ctx *cx, struct db *db, int64_t *out);
/* SQLite: checkpoint and truncate the WAL, RC_BUSY when readers are in the way; nothing on PostgreSQL. */
MUST_USE enum rc db_checkpoint(struct ctx *cx, struct db *db);

/* Leases. A read lease sees committed data; each statement its own snapshot unless tx_begin_read holds one. conn_write waits for the one writer
 * (SQLite: a mutex in the process and BEGIN IMMEDIATE across processes; PostgreSQL: any pooled connection). */
MUST_USE enum rc conn_read(struct ctx *cx, struct db *db, struct conn **out);
MUST_USE enum rc conn_write(struct ctx *cx, struct db *db, struct conn **out);
void conn_done(struct conn **c); /* gives back, rolls back what is open (statements must be done); NULL and *c == NULL are fine */
enum db_engine conn_engine(const struct conn *c);

/* Transactions do not nest. The transaction remembers its first failed statement: later statements are refused with that
 * failure, tx_commit rolls back and returns it. Every failure counts, an RC_EXISTS too: try such statements inside
 * tx_save, or say ON CONFLICT. */
#define tx_begin(cx, c) tx_begin_at((cx), (c), DB_HERE)         /* for writing; conn_write lease only */
MUST_USE enum rc tx_begin_at(struct ctx *cx, struct conn *c, const char *where);
#define DB_HERE __FILE__ ":" DB_LINE_(__LINE__) /* named when another thread waits in vain for the writer */
#define DB_LINE_(line) DB_LINE2_(line)
#define DB_LINE2_(line) #line
MUST_USE enum rc tx_begin_read(struct ctx *cx, struct conn *c); /* one snapshot for several statements */
MUST_USE enum rc tx_commit(struct ctx *cx, struct conn *c);
void tx_rollback(struct conn *c);
/* A part of a transaction that can be given up by itself. */
MUST_USE enum rc tx_save(struct ctx *cx, struct conn *c);       /* one level */
MUST_USE enum rc tx_save_keep(struct ctx *cx, struct conn *c);  /* returns a failure inside it: then tx_save_undo, or the whole is lost */
MUST_USE enum rc tx_save_undo(struct ctx *cx, struct conn *c);  /* the transaction forgets the failure inside it; ctx_forgive is the caller's */

/* Statements. struct sql objects are static: prepared statements are kept per connection, keyed by the address. */
struct sql {
	const char *sqlite, *pg;
};
#define SQL(text) { text, text }
#define SQL2(sqlite, pg) { sqlite, pg }

struct stmt {
	struct conn *c;
	void *h;          /* engine's handle */
	int64_t changes;
	bool stepped;
};
#define STMT_INIT { 0 }

MUST_USE enum rc stmt_open(struct ctx *cx, struct conn *c, const struct sql *s, struct stmt *q);
/* Assembled text, kept per connection by content (bounded, least recently used goes). */
MUST_USE enum rc stmt_open_text(struct ctx *cx, struct conn *c, struct str text, struct stmt *q);
void stmt_done(struct stmt *q); /* back to the cache; a zeroed stmt is fine */
/* Ready for new bindings of the same statement. */
void stmt_again(struct stmt *q);

/* n from 1; a number that the text does not use is ignored. Texts and blobs are borrowed until the statement was stepped to
 * its end, reset or done. {NULL,0} binds NULL. Bindings stay over stmt_again and stmt_run (whoever bound a text keeps it
 * alive or binds anew), stmt_done clears them; what was never bound is NULL. A text with a NUL byte is refused on
 * both engines: RC_INVALID at execution.
 *
 * PostgreSQL types a parameter by its bind call: bind_i64 bigint, bind_f64 double precision, bind_text text, bind_blob bytea,
 * bind_bool boolean. NULL keeps the type the parameter had last; if it never had one, the server infers it from the
 * text. Where bigint does not fit (substr, make_interval) the text says CAST($1 AS integer), which SQLite takes too. */
void bind_i64(struct stmt *q, int n, int64_t v);
void bind_bool(struct stmt *q, int n, bool v); /* boolean columns of PostgreSQL; 0 or 1 on SQLite */
void bind_f64(struct stmt *q, int n, double v);
void bind_text(struct stmt *q, int n, struct str s);
void bind_blob(struct stmt *q, int n, const void *p, size_t len);
void bind_null(struct stmt *q, int n);
/* A list as one parameter, used as "x IN (SELECT value FROM json_each($1))" / "x = ANY($1)": SQL2 with LIST_I64 / LIST_BLOB below. */
void bind_i64s(struct stmt *q, int n, const int64_t *v, size_t len);
void bind_uuids(struct stmt *q, int n, const void *v16, size_t len); /* len uuids of 16 bytes */
#define IN_I64_SQLITE(param) "(SELECT value FROM json_each(" param "))"
#define IN_I64_PG(param) "ANY(" param "::bigint[])"
/* usage: SQL2("... id IN " IN_I64_SQLITE("$1"), "... id = " IN_I64_PG("$1")); uuids: unhex is missing in SQLite 3.40, so db/ registers
 * the table-valued-free form "x IN (SELECT unhex16(value) FROM json_each($1))" with its own function unhex16(text). */
#define IN_UUID_SQLITE(param) "(SELECT unhex16(value) FROM json_each(" param "))"
#define IN_UUID_PG(param) "ANY(" param "::bytea[])"

/* RC_OK: a row stands; RC_DONE: no more. On PostgreSQL the whole result is fetched by the first call: read in pages. */
MUST_USE enum rc stmt_row(struct ctx *cx, struct stmt *q);
MUST_USE enum rc stmt_run(struct ctx *cx, struct stmt *q);  /* to the end, rows thrown away; then ready for new bindings; q->changes is set */
/* The first column of the first row; RC_DONE when there is none. Then ready for new bindings. */
MUST_USE enum rc stmt_get_i64(struct ctx *cx, struct stmt *q, int64_t *out);

/* All rows as an array in cx->mem. What stands last reads the present row into *e, which is not zeroed, or says continue to leave it out. *out and *n are
 * set, also on failure; no rows: NULL.
 *
 *     return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
 */
#define STMT_ALL(cx, q, out, n, ...) \
	({ \
		typeof(*(out)) v_ = NULL, e; \
		size_t cap_ = 0, n_ = 0; \
		enum rc rc_; \
		while ((rc_ = stmt_row((cx), (q))) == RC_OK) { \
			v_ = arena_grow((cx)->mem, v_, &cap_, n_, sizeof(*v_)); \
			e = &v_[n_]; \
			__VA_ARGS__; \
			n_++; \
		} \
		*(out) = v_; \
		*(n) = n_; \
		rc_ == RC_DONE ? RC_OK : rc_; \
	})

/* Columns from 0; texts and blobs valid until the next step. A NULL gives 0 / {NULL,0}. */
int64_t col_i64(struct stmt *q, int i);
double col_f64(struct stmt *q, int i);
struct str col_text(struct stmt *q, int i);
struct str col_text_dup(struct ctx *cx, struct stmt *q, int i); /* in cx->mem */
struct str col_blob(struct stmt *q, int i);
bool col_null(struct stmt *q, int i);

/* Many rows into one table: a prepared INSERT on SQLite, COPY (binary) on PostgreSQL. Inside a transaction only. Texts are
 * copied at bulk_row. struct bulk_table objects are static, as struct sql. Given up before bulk_end (bulk_drop), the transaction counts as failed.
 *
 *     static const struct bulk_table T = { "attribute", "event_id, id, value1", "iit", 3 };
 *     TRY(bulk_open(cx, c, &T, &b)); for (...) { bulk_i64(b, e); bulk_i64(b, i); bulk_text(b, v); TRY(bulk_row(cx, b)); } TRY(bulk_end(cx, &b));
 * While it is open no other statement may run on the connection on PostgreSQL: collect first, then write table by table. */
struct bulk;
struct bulk_table {
	const char *name, *columns;
	const char *kinds;    /* one letter a column: i bigint, s smallint, b boolean (stored 0/1 on SQLite), t text, x blob, f double;
	                       * on PostgreSQL exactly the column's type */
	int n;
};
MUST_USE enum rc bulk_open(struct ctx *cx, struct conn *c, const struct bulk_table *t, struct bulk **out);
void bulk_i64(struct bulk *b, int64_t v);   /* for i, s and b */
void bulk_f64(struct bulk *b, double v);
void bulk_text(struct bulk *b, struct str s);
void bulk_blob(struct bulk *b, const void *p, size_t n);
void bulk_null(struct bulk *b);
MUST_USE enum rc bulk_row(struct ctx *cx, struct bulk *b);
MUST_USE enum rc bulk_end(struct ctx *cx, struct bulk **b); /* RC_EXISTS etc. may come only here */
void bulk_drop(struct bulk **b);                            /* clean-up for SCOPED */

#endif
