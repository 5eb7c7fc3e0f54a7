/* db.c - opening, pools of leased connections, transactions. Knows no engine beyond the table of operations.
 *
 * A lease goes to whoever has waited longest: a connection that comes back is handed to the first waiter, so that a loop of
 * short transactions (an import) cannot starve a request. The one writer of SQLite is a pool of one.
 */
#include "db/db.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "db/db_int.h"

struct waiter {
	struct waiter *next;
	pthread_cond_t cond;
	pthread_t thread;
	struct conn *c; /* handed over; NULL with done: a free place, to be opened */
	bool done;
};

void *db_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (!p) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	return p;
}

enum rc db_fail(struct ctx *cx, struct conn *c, enum rc rc, const char *fmt, ...)
{
	char msg[sizeof(c->first.msg)], *d = msg;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	for (const char *s = msg; *s; s++) { /* one line, runs of white space as one blank */
		char ch = ch_space((unsigned char)*s) ? ' ' : *s;

		if (ch != ' ' || (d > msg && d[-1] != ' '))
			*d++ = ch;
	}
	while (d > msg && d[-1] == ' ')
		d--;
	*d = 0;
	fail(cx, rc, "%s", msg);
	if (c && c->tx && c->first.rc == RC_OK) {
		c->first.rc = rc;
		memcpy(c->first.msg, msg, sizeof(msg));
	}
	return rc;
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

enum rc db_open(struct ctx *cx, const struct db_options *o, struct db **out)
{
	struct db *db = db_alloc(sizeof(*db));
	struct conn *c = NULL;
	struct pool *p;
	enum rc rc;

	db->o = *o;
	db->o.readers_max = o->readers_max ? o->readers_max : 16;
	db->o.busy_ms = o->busy_ms ? o->busy_ms : 10000;
	db->o.cache_kb = o->cache_kb ? o->cache_kb : 4096;
	db->url = db_alloc(o->url.n + 1);
	memcpy(db->url, o->url.p ? o->url.p : "", o->url.n);
	db->o.url = str_n(db->url, o->url.n);
	if (str_starts(db->o.url, S("postgresql://")) || str_starts(db->o.url, S("postgres://")))
		db->e = &engine_pg;
	else
		db->e = &engine_sqlite;
	db->memory = str_eq(db->o.url, S(":memory:"));
	db->rd.max = db->o.readers_max;
	db->wr.max = db->e->id == DB_SQLITE ? 1 : db->o.readers_max / 2 + 1;
	db->wr.write = true;
	pthread_mutex_init(&db->lock, NULL);
	pthread_cond_init(&db->quiet, NULL);
	p = db->o.read_only && !db->memory ? &db->rd : &db->wr;
	rc = db->url[0] && strlen(db->url) == o->url.n ? db->e->open(cx, db) : fail(cx, RC_INVALID, "no database was named");
	if (rc == RC_OK)
		rc = db->e->conn_open(cx, db, p->write, &c);
	if (rc != RC_OK) {
		db_close(db);
		return rc;
	}
	p->open = 1;
	c->pool = p;
	p->idle = c;
	db->only = db->memory ? c : NULL;
	*out = db;
	return RC_OK;
}

static void conn_close(struct conn *c)
{
	conn_forget_stmts(c);
	c->e->conn_close(c);
}

void db_close(struct db *db)
{
	struct pool *pools[2];

	if (!db)
		return;
	pools[0] = &db->rd;
	pools[1] = &db->wr; /* last: it folds the log into the file */
	pthread_mutex_lock(&db->lock);
	db->closing = true;
	while (db->rd.leased || db->wr.leased)
		pthread_cond_wait(&db->quiet, &db->lock);
	pthread_mutex_unlock(&db->lock);
	for (int i = 0; i < 2; i++)
		for (struct conn *c; (c = pools[i]->idle);) {
			pools[i]->idle = c->next;
			conn_close(c);
		}
	pthread_mutex_destroy(&db->lock);
	pthread_cond_destroy(&db->quiet);
	free(db->url);
	free(db);
}

enum db_engine db_engine(const struct db *db)
{
	return db->e->id;
}

enum db_engine conn_engine(const struct conn *c)
{
	return c->e->id;
}

static void bulk_give_up(struct conn *c)
{
	struct bulk *b = &c->bulk;

	bulk_drop(&b);
}

/* --- leases ------------------------------------------------------------------------------------------------------ */

/* Gives a connection, or with NULL a free place, to the first waiter or back to the pool. Under the lock. */
static void give(struct pool *p, struct db *db, struct conn *c)
{
	struct waiter *w = p->first;

	p->leased--;
	if (w) {
		p->first = w->next;
		if (!p->first)
			p->last = NULL;
		p->leased++;
		db->owner = w->thread;
		w->c = c;
		w->done = true;
		pthread_cond_signal(&w->cond);
	} else if (c) {
		c->next = p->idle;
		p->idle = c;
	} else {
		p->open--;
	}
	if (db->closing)
		pthread_cond_signal(&db->quiet);
}

static int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Under the lock. In slices, so that a stop is seen. */
static enum rc wait_turn(struct ctx *cx, struct db *db, struct pool *p, struct conn **out)
{
	struct waiter w = { .thread = pthread_self() }, **at;
	int64_t end = mono_ms() + db->o.busy_ms;
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.cond, &attr);
	pthread_condattr_destroy(&attr);
	if (p->last)
		p->last->next = &w;
	else
		p->first = &w;
	p->last = &w;
	while (!w.done && !ctx_stopping(cx) && mono_ms() < end) {
		int64_t until = mono_ms() + 100;
		struct timespec t;

		if (until > end)
			until = end;
		t = (struct timespec){ until / 1000, until % 1000 * 1000000 };
		pthread_cond_timedwait(&w.cond, &db->lock, &t);
	}
	pthread_cond_destroy(&w.cond);
	if (w.done) {
		*out = w.c;
		return RC_OK;
	}
	p->last = NULL;
	for (at = &p->first; *at;) { /* leaves the queue */
		if (*at == &w) {
			*at = w.next;
		} else {
			p->last = *at;
			at = &(*at)->next;
		}
	}
	return ctx_stopping(cx) ? RC_STOPPED : RC_BUSY;
}

static enum rc lease(struct ctx *cx, struct db *db, bool write, struct conn **out)
{
	struct pool *p = write || db->memory ? &db->wr : &db->rd;
	struct conn *c = NULL;
	enum rc rc = RC_OK;

	if (write && db->o.read_only)
		return fail(cx, RC_DENIED, "the database was opened for reading only");
	pthread_mutex_lock(&db->lock);
	if (db->memory && p->leased && pthread_equal(db->owner, pthread_self()) && db->only->depth < 63) {
		pthread_mutex_unlock(&db->lock);
		db->only->depth++;
		*out = db->only;
		return RC_OK;
	}
	if (p->idle && !p->first) {
		c = p->idle;
		p->idle = c->next;
		p->leased++;
		db->owner = pthread_self();
	} else if (p->open < p->max) {
		p->open++;
		p->leased++;
	} else {
		rc = wait_turn(cx, db, p, &c);
	}
	pthread_mutex_unlock(&db->lock);
	if (rc == RC_STOPPED)
		return fail(cx, rc, "stopped while waiting for a database connection");
	if (rc == RC_BUSY) {
		const char *by = write ? atomic_load(&p->holder) : NULL;

		return fail(cx, rc, "database is busy: no connection for %s within %u ms%s%s%s", write ? "writing" : "reading", db->o.busy_ms,
			by ? " (last given to " : "", by ? by : "", by ? ")" : "");
	}
	if (c && !c->e->conn_alive(c)) {
		conn_close(c);
		c = NULL;
	}
	if (!c && (rc = db->e->conn_open(cx, db, p->write, &c)) != RC_OK) {
		pthread_mutex_lock(&db->lock);
		give(p, db, NULL);
		pthread_mutex_unlock(&db->lock);
		return rc;
	}
	c->pool = p;
	c->writes = p->write;
	c->stop = cx->stop;
	c->next = NULL;
	c->depth = 1;
	c->inner = 0;
	*out = c;
	return RC_OK;
}

enum rc conn_read(struct ctx *cx, struct db *db, struct conn **out)
{
	return lease(cx, db, false, out);
}

enum rc conn_write(struct ctx *cx, struct db *db, struct conn **out)
{
	return lease(cx, db, true, out);
}

void conn_done(struct conn **cp)
{
	struct conn *c = cp ? *cp : NULL;
	struct pool *p;
	struct db *db;

	if (!c)
		return;
	*cp = NULL;
	bulk_give_up(c);
	if (c->tx && (c->tx_depth == c->depth || c->inner >> c->depth & 1))
		tx_rollback(c);
	if (c->depth > 1) {
		c->depth--;
		return;
	}
	assert(c->stmts == 0);
	c->stop = NULL;
	p = c->pool;
	db = c->db;
	if (c->broken) {
		conn_close(c);
		c = NULL;
	}
	pthread_mutex_lock(&db->lock);
	give(p, db, c);
	pthread_mutex_unlock(&db->lock);
}

/* --- transactions ------------------------------------------------------------------------------------------------ */

static enum rc again(struct ctx *cx, const struct conn *c)
{
	return fail(cx, c->first.rc, "%s", c->first.msg);
}

enum rc conn_usable(struct ctx *cx, struct conn *c)
{
	return c->first.rc == RC_OK ? RC_OK : again(cx, c);
}

static enum rc begin(struct ctx *cx, struct conn *c, enum tx kind)
{
	TRY(c->e->begin(cx, c, kind == TX_WRITE));
	c->tx = kind;
	c->tx_depth = c->depth;
	c->saved = false;
	c->first = (struct err){ 0 };
	return RC_OK;
}

enum rc tx_begin_at(struct ctx *cx, struct conn *c, const char *where)
{
	assert(c->writes);
	if (c->tx && c->tx_depth != c->depth)
		return fail(cx, RC_BUSY, "the database in memory has one transaction at a time");
	assert(!c->tx);
	atomic_store(&c->pool->holder, where);
	return begin(cx, c, TX_WRITE);
}

enum rc tx_begin_read(struct ctx *cx, struct conn *c)
{
	if (c->tx && c->tx_depth != c->depth) { /* memory: reads inside the transaction of an outer lease */
		c->inner |= (uint64_t)1 << c->depth;
		return RC_OK;
	}
	assert(!c->tx);
	return begin(cx, c, TX_READ);
}

enum rc tx_commit(struct ctx *cx, struct conn *c)
{
	struct err first = c->first;
	enum rc rc;

	assert(c->tx && !c->bulk.open);
	if (c->inner >> c->depth & 1) {
		c->inner &= ~((uint64_t)1 << c->depth);
		return conn_usable(cx, c);
	}
	if (first.rc != RC_OK) {
		rc = again(cx, c);
		tx_rollback(c);
		return rc;
	}
	rc = c->e->commit(cx, c);
	if (rc != RC_OK)
		c->e->rollback(c);
	c->tx = TX_NONE;
	c->first = (struct err){ 0 };
	return rc;
}

void tx_rollback(struct conn *c)
{
	if (!c->tx)
		return;
	if (c->inner >> c->depth & 1) {
		c->inner &= ~((uint64_t)1 << c->depth);
		return;
	}
	bulk_give_up(c);
	c->e->rollback(c);
	c->tx = TX_NONE;
	c->first = (struct err){ 0 };
}

enum rc tx_save(struct ctx *cx, struct conn *c)
{
	assert(c->tx && !c->saved && !c->bulk.open);
	TRY(conn_usable(cx, c));
	TRY(c->e->exec(cx, c, "SAVEPOINT part"));
	c->saved = true;
	return RC_OK;
}

enum rc tx_save_keep(struct ctx *cx, struct conn *c)
{
	assert(c->tx && c->saved && !c->bulk.open);
	TRY(conn_usable(cx, c));
	TRY(c->e->exec(cx, c, "RELEASE SAVEPOINT part"));
	c->saved = false;
	return RC_OK;
}

enum rc tx_save_undo(struct ctx *cx, struct conn *c)
{
	enum rc rc;

	assert(c->tx && c->saved);
	bulk_give_up(c);
	/* a failure that ended the whole transaction (disk full, connection lost) took the savepoint with it */
	if ((rc = c->e->exec(cx, c, "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")) != RC_OK)
		return c->first.rc != RC_OK ? again(cx, c) : rc;
	c->saved = false;
	c->first = (struct err){ 0 };
	return RC_OK;
}

/* --- whole database ---------------------------------------------------------------------------------------------- */

enum rc db_check(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *c = NULL;

	TRY(conn_read(cx, db, &c));
	return db->e->check(cx, c);
}

enum rc db_backup(struct ctx *cx, struct db *db, const char *path)
{
	SCOPED(conn_done) struct conn *c = NULL;

	TRY(conn_read(cx, db, &c));
	return db->e->backup(cx, c, path);
}

enum rc db_size(struct ctx *cx, struct db *db, int64_t *out)
{
	SCOPED(conn_done) struct conn *c = NULL;

	TRY(conn_read(cx, db, &c));
	return db->e->size(cx, c, out);
}

enum rc db_checkpoint(struct ctx *cx, struct db *db)
{
	SCOPED(conn_done) struct conn *c = NULL;

	TRY(conn_write(cx, db, &c));
	return db->e->checkpoint(cx, c);
}
