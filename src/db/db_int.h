/* db_int.h - what the files of db/ share: pools, connections, kept statements, and the table of operations an engine fills.
 *
 * db.c      opening, leases, transactions          stmt.c     kept statements, bindings, columns, bulk front
 * migrate.c schema numbers, description            db_sqlite.c, db_pg.c   the engines, the only users of their libraries
 *
 * An engine embeds struct conn and struct prep at the head of its own structs and never looks at pools or transactions.
 */
#ifndef DB_DB_INT_H
#define DB_DB_INT_H

#include <pthread.h>

#include "base/buf.h"
#include "db/db.h"

/* A prepared statement, kept by its connection. The same key may stand several times: one for each use at the same time. */
struct prep {
	struct prep *next;
	const void *key;    /* address of the struct sql or bulk_table; NULL: kept by text */
	uint64_t hash;      /* of the text, when kept by text */
	char *text;         /* own copy when kept by text, else NULL */
	size_t text_n;
	bool busy;
	enum rc bad;        /* a binding was refused; reported at execution */
	int bad_n;
};

struct engine {
	enum db_engine id;
	/* db_open: looks at the place, makes the file. */
	enum rc (*open)(struct ctx *cx, struct db *db);
	enum rc (*conn_open)(struct ctx *cx, struct db *db, bool write, struct conn **out);
	void (*conn_close)(struct conn *c);
	bool (*conn_alive)(struct conn *c); /* asked before an idle connection is leased again */

	enum rc (*exec)(struct ctx *cx, struct conn *c, const char *script);
	enum rc (*begin)(struct ctx *cx, struct conn *c, bool write);
	enum rc (*commit)(struct ctx *cx, struct conn *c);
	void (*rollback)(struct conn *c);

	/* text lives as long as the prep */
	enum rc (*prep)(struct ctx *cx, struct conn *c, const char *text, size_t n, struct prep **out);
	void (*prep_free)(struct conn *c, struct prep *p);
	void (*bind_i64)(struct prep *p, int n, int64_t v);
	void (*bind_bool)(struct prep *p, int n, bool v);
	void (*bind_f64)(struct prep *p, int n, double v);
	void (*bind_text)(struct prep *p, int n, const char *s, size_t len);
	void (*bind_blob)(struct prep *p, int n, const void *s, size_t len);
	void (*bind_null)(struct prep *p, int n);
	void (*bind_i64s)(struct prep *p, int n, const int64_t *v, size_t len);
	void (*bind_uuids)(struct prep *p, int n, const uint8_t *v, size_t len);
	/* RC_OK: a row stands; RC_DONE: *changes is set. After anything but RC_OK the caller resets. */
	enum rc (*step)(struct ctx *cx, struct conn *c, struct prep *p, int64_t *changes);
	void (*reset)(struct prep *p, bool forget_bindings);
	int64_t (*col_i64)(struct prep *p, int i);
	double (*col_f64)(struct prep *p, int i);
	struct str (*col_text)(struct prep *p, int i);
	struct str (*col_blob)(struct prep *p, int i);
	bool (*col_null)(struct prep *p, int i);

	/* i from 1; the front has checked kinds and counts */
	enum rc (*bulk_open)(struct ctx *cx, struct bulk *b);
	void (*bulk_i64)(struct bulk *b, int i, int64_t v);
	void (*bulk_f64)(struct bulk *b, int i, double v);
	void (*bulk_bytes)(struct bulk *b, int i, const void *p, size_t n);
	void (*bulk_null)(struct bulk *b, int i);
	enum rc (*bulk_row)(struct ctx *cx, struct bulk *b);
	enum rc (*bulk_end)(struct ctx *cx, struct bulk *b);
	void (*bulk_drop)(struct bulk *b);

	enum rc (*check)(struct ctx *cx, struct conn *c);
	enum rc (*backup)(struct ctx *cx, struct conn *c, const char *path);
	enum rc (*size)(struct ctx *cx, struct conn *c, int64_t *out);
	enum rc (*checkpoint)(struct ctx *cx, struct conn *c);
};
extern const struct engine engine_sqlite, engine_pg;

struct waiter;
struct pool {
	bool write;
	unsigned max, open, leased;  /* open counts connections and those being opened */
	struct conn *idle;           /* the warmest first */
	struct waiter *first, *last; /* served in order of arrival */
	_Atomic(const char *) holder; /* where the newest transaction for writing began */
};

struct db {
	const struct engine *e;
	struct db_options o;
	char *url;             /* own copy */
	bool memory;           /* SQLite ":memory:" */
	struct conn *only;     /* memory: the one connection, in wr */
	pthread_t owner;       /* memory: who leases it */
	bool closing;
	pthread_mutex_t lock;  /* pools and closing */
	pthread_cond_t quiet;  /* a lease came back */
	struct pool rd, wr;    /* in memory only wr is used */
};

/* One a connection, inside it: a pointer to it that outlives a rollback finds it closed. */
struct bulk {
	bool open;
	struct conn *c;
	const struct bulk_table *t;
	int col;
	enum rc bad;
	int bad_col;
	uint64_t rows;
	struct prep *p;  /* SQLite */
	struct buf out;  /* PostgreSQL */
};

enum tx { TX_NONE, TX_READ, TX_WRITE };
#define STMT_SLOTS 256
#define STMT_TEXTS 64

struct conn {
	struct db *db;
	const struct engine *e;
	struct pool *pool;
	struct conn *next;
	const atomic_bool *stop;  /* of the unit of work that holds the lease */
	bool writes;
	bool broken;              /* not to be leased again */
	/* a memory database leases its connection again to the thread that has it: how deep, at which depth the transaction
	 * began, and (a bit each) at which depths another "transaction" only reads inside it */
	unsigned depth, tx_depth;
	uint64_t inner;
	enum tx tx;
	bool saved;
	struct err first;         /* first failure of the transaction */
	unsigned stmts;           /* open */
	struct bulk bulk;
	struct prep *by_addr[STMT_SLOTS];
	struct prep *by_text;     /* newest use first */
	unsigned texts;
};

/* fail(), and the transaction remembers it. The text is made one line. */
enum rc db_fail(struct ctx *cx, struct conn *c, enum rc rc, const char *fmt, ...) __attribute__((format(printf, 4, 5), cold));
/* RC_OK, or the failure the open transaction has already met. */
enum rc conn_usable(struct ctx *cx, struct conn *c);
static inline bool conn_stopping(const struct conn *c)
{
	return c->stop && atomic_load_explicit(c->stop, memory_order_relaxed);
}
void conn_forget_stmts(struct conn *c); /* before it is closed */
/* Takes an idle prep with this key or makes one, and marks it busy. */
enum rc prep_get(struct ctx *cx, struct conn *c, const void *key, const char *text, size_t n, struct prep **out);
void *db_alloc(size_t n); /* zeroed; ends the process when memory is out */

#endif
