/* stmt.c - kept statements, bindings, stepping, columns, and the checks in front of bulk rows.
 *
 * A connection keeps what it prepared: statements of struct sql for good, keyed by address in a small table of chains;
 * assembled texts in a list of at most STMT_TEXTS, the longest unused idle one goes. A statement in use stays in its list marked busy,
 * so that opening it a second time prepares a second one, which is kept as well.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "db/db_int.h"

#define TEXT_MAX 1000000000u /* bytes of one value: the limit of both engines */

/* --- kept statements --------------------------------------------------------------------------------------------- */

static void prep_drop(struct conn *c, struct prep *p)
{
	char *text = p->text;

	c->e->prep_free(c, p);
	free(text);
}

void conn_forget_stmts(struct conn *c)
{
	for (struct prep *p; (p = c->by_text);) {
		c->by_text = p->next;
		prep_drop(c, p);
	}
	for (size_t i = 0; i < STMT_SLOTS; i++)
		for (struct prep *p; (p = c->by_addr[i]);) {
			c->by_addr[i] = p->next;
			prep_drop(c, p);
		}
	c->texts = 0;
}

enum rc prep_get(struct ctx *cx, struct conn *c, const void *key, const char *text, size_t n, struct prep **out)
{
	struct prep **slot = &c->by_addr[((uintptr_t)key >> 3) * 0x9e3779b97f4a7c15u >> 56], *p;

	for (p = *slot; p; p = p->next)
		if (p->key == key && !p->busy)
			break;
	if (!p) {
		assert(text);
		TRY(c->e->prep(cx, c, text, n ? n : strlen(text), &p));
		p->key = key;
		p->next = *slot;
		*slot = p;
	}
	p->busy = true;
	*out = p;
	return RC_OK;
}

static void lend(struct conn *c, struct prep *p, struct stmt *q)
{
	p->busy = true;
	c->stmts++;
	*q = (struct stmt){ .c = c, .h = p };
}

enum rc stmt_open(struct ctx *cx, struct conn *c, const struct sql *s, struct stmt *q)
{
	struct prep *p;

	*q = (struct stmt){ 0 };
	assert(!c->bulk.open);
	TRY(conn_usable(cx, c));
	TRY(prep_get(cx, c, s, c->e->id == DB_SQLITE ? s->sqlite : s->pg, 0, &p));
	lend(c, p, q);
	return RC_OK;
}

static void evict_oldest(struct conn *c)
{
	struct prep **at = NULL, *p;

	for (struct prep **i = &c->by_text; *i; i = &(*i)->next)
		if (!(*i)->busy)
			at = i;
	if (!at)
		return;
	p = *at;
	*at = p->next;
	c->texts--;
	prep_drop(c, p);
}

enum rc stmt_open_text(struct ctx *cx, struct conn *c, struct str text, struct stmt *q)
{
	uint64_t h = hash_seeded(text);
	struct prep **at, *p;
	char *own;
	enum rc rc;

	*q = (struct stmt){ 0 };
	assert(!c->bulk.open);
	TRY(conn_usable(cx, c));
	for (at = &c->by_text; (p = *at); at = &p->next)
		if (p->hash == h && !p->busy && str_eq(str_n(p->text, p->text_n), text))
			break;
	if (p) {
		*at = p->next;
	} else {
		own = db_alloc(text.n + 1);
		memcpy(own, text.p, text.n);
		if ((rc = c->e->prep(cx, c, own, text.n, &p)) != RC_OK) {
			free(own);
			return rc;
		}
		p->hash = h;
		p->text = own;
		p->text_n = text.n;
		if (++c->texts > STMT_TEXTS)
			evict_oldest(c);
	}
	p->next = c->by_text;
	c->by_text = p;
	lend(c, p, q);
	return RC_OK;
}

void stmt_done(struct stmt *q)
{
	struct prep *p = q->h;

	if (!p)
		return;
	q->c->e->reset(p, true);
	p->bad = RC_OK;
	p->busy = false;
	q->c->stmts--;
	*q = (struct stmt){ 0 };
}

void stmt_again(struct stmt *q)
{
	struct prep *p = q->h;

	q->c->e->reset(p, false);
	p->bad = RC_OK;
	q->stepped = false;
}

/* --- bindings ---------------------------------------------------------------------------------------------------- */

/* Bindings change before the first step only. */
static struct prep *binding(struct stmt *q, int n)
{
	assert(q->h && !q->stepped && n >= 1);
	return q->h;
}

static void refuse(struct prep *p, enum rc rc, int n)
{
	if (p->bad == RC_OK) {
		p->bad = rc;
		p->bad_n = n;
	}
}

static enum rc text_fault(const char *p, size_t n)
{
	return n > TEXT_MAX ? RC_TOOBIG : n && memchr(p, 0, n) ? RC_INVALID : RC_OK;
}

static const char *fault_text(enum rc rc)
{
	return rc == RC_TOOBIG ? "is too large for the database" : rc == RC_INVALID ? "holds a NUL byte, which a text cannot" :
		"is out of range";
}

void bind_i64(struct stmt *q, int n, int64_t v)
{
	q->c->e->bind_i64(binding(q, n), n, v);
}

void bind_bool(struct stmt *q, int n, bool v)
{
	q->c->e->bind_bool(binding(q, n), n, v);
}

void bind_f64(struct stmt *q, int n, double v)
{
	q->c->e->bind_f64(binding(q, n), n, v);
}

void bind_null(struct stmt *q, int n)
{
	q->c->e->bind_null(binding(q, n), n);
}

void bind_text(struct stmt *q, int n, struct str s)
{
	struct prep *p = binding(q, n);
	enum rc bad = text_fault(s.p, s.n);

	if (bad != RC_OK)
		refuse(p, bad, n);
	if (bad != RC_OK || !s.p)
		q->c->e->bind_null(p, n);
	else
		q->c->e->bind_text(p, n, s.p, s.n);
}

void bind_blob(struct stmt *q, int n, const void *s, size_t len)
{
	struct prep *p = binding(q, n);

	if (len > TEXT_MAX)
		refuse(p, RC_TOOBIG, n);
	if (len > TEXT_MAX || !s)
		q->c->e->bind_null(p, n);
	else
		q->c->e->bind_blob(p, n, s, len);
}

void bind_i64s(struct stmt *q, int n, const int64_t *v, size_t len)
{
	struct prep *p = binding(q, n);

	if (len > TEXT_MAX / 21)
		refuse(p, RC_TOOBIG, n);
	else
		q->c->e->bind_i64s(p, n, v, len);
}

void bind_uuids(struct stmt *q, int n, const void *v16, size_t len)
{
	struct prep *p = binding(q, n);

	if (len > TEXT_MAX / 35)
		refuse(p, RC_TOOBIG, n);
	else
		q->c->e->bind_uuids(p, n, v16, len);
}

/* --- execution --------------------------------------------------------------------------------------------------- */

enum rc stmt_row(struct ctx *cx, struct stmt *q)
{
	struct prep *p = q->h;
	struct conn *c = q->c;
	enum rc rc;

	assert(p && !c->bulk.open);
	TRY(conn_usable(cx, c));
	if (p->bad != RC_OK)
		rc = db_fail(cx, c, p->bad, "parameter %d %s", p->bad_n, fault_text(p->bad));
	else
		rc = c->e->step(cx, c, p, &q->changes);
	q->stepped = true;
	if (rc != RC_OK)
		c->e->reset(p, false);
	return rc;
}

enum rc stmt_run(struct ctx *cx, struct stmt *q)
{
	enum rc rc;

	while ((rc = stmt_row(cx, q)) == RC_OK)
		;
	stmt_again(q);
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc stmt_get_i64(struct ctx *cx, struct stmt *q, int64_t *out)
{
	enum rc rc = stmt_row(cx, q);

	if (rc == RC_OK)
		*out = col_i64(q, 0);
	stmt_again(q);
	return rc;
}

int64_t col_i64(struct stmt *q, int i)
{
	return q->c->e->col_i64(q->h, i);
}

double col_f64(struct stmt *q, int i)
{
	return q->c->e->col_f64(q->h, i);
}

struct str col_text(struct stmt *q, int i)
{
	return q->c->e->col_text(q->h, i);
}

struct str col_text_dup(struct ctx *cx, struct stmt *q, int i)
{
	struct str s = q->c->e->col_text(q->h, i);

	return s.p ? str_dup(cx->mem, s) : s;
}

struct str col_blob(struct stmt *q, int i)
{
	return q->c->e->col_blob(q->h, i);
}

bool col_null(struct stmt *q, int i)
{
	return q->c->e->col_null(q->h, i);
}

/* --- bulk rows --------------------------------------------------------------------------------------------------- */

enum rc bulk_open(struct ctx *cx, struct conn *c, const struct bulk_table *t, struct bulk **out)
{
	struct bulk *b = &c->bulk;

	assert(c->tx == TX_WRITE && !b->open && (int)strlen(t->kinds) == t->n);
	TRY(conn_usable(cx, c));
	*b = (struct bulk){ .c = c, .t = t };
	TRY(c->e->bulk_open(cx, b));
	b->open = true;
	*out = b;
	return RC_OK;
}

/* The next column, from 1; its kind is one of these. */
static int column(struct bulk *b, const char *kinds)
{
	assert(b->open && b->col < b->t->n && (!kinds || strchr(kinds, b->t->kinds[b->col])));
	return ++b->col;
}

static void bulk_refuse(struct bulk *b, enum rc rc, int i)
{
	if (b->bad == RC_OK) {
		b->bad = rc;
		b->bad_col = i;
	}
	b->c->e->bulk_null(b, i);
}

void bulk_i64(struct bulk *b, int64_t v)
{
	int i = column(b, "isb");
	char kind = b->t->kinds[i - 1];

	if (kind == 's' && (v < INT16_MIN || v > INT16_MAX))
		bulk_refuse(b, RC_LIMIT, i);
	else
		b->c->e->bulk_i64(b, i, kind == 'b' ? !!v : v);
}

void bulk_f64(struct bulk *b, double v)
{
	int i = column(b, "f");

	b->c->e->bulk_f64(b, i, v);
}

void bulk_text(struct bulk *b, struct str s)
{
	int i = column(b, "t");
	enum rc bad = text_fault(s.p, s.n);

	if (bad != RC_OK)
		bulk_refuse(b, bad, i);
	else if (!s.p)
		b->c->e->bulk_null(b, i);
	else
		b->c->e->bulk_bytes(b, i, s.p, s.n);
}

void bulk_blob(struct bulk *b, const void *p, size_t n)
{
	int i = column(b, "x");

	if (n > TEXT_MAX)
		bulk_refuse(b, RC_TOOBIG, i);
	else if (!p)
		b->c->e->bulk_null(b, i);
	else
		b->c->e->bulk_bytes(b, i, p, n);
}

void bulk_null(struct bulk *b)
{
	int i = column(b, NULL);

	b->c->e->bulk_null(b, i);
}

enum rc bulk_row(struct ctx *cx, struct bulk *b)
{
	assert(b->open && b->col == b->t->n);
	b->col = 0;
	TRY(conn_usable(cx, b->c));
	if (b->bad != RC_OK)
		return db_fail(cx, b->c, b->bad == RC_LIMIT ? RC_INVALID : b->bad, "column %d of %s %s", b->bad_col, b->t->name, fault_text(b->bad));
	if ((++b->rows & 1023) == 0 && conn_stopping(b->c))
		return db_fail(cx, b->c, RC_STOPPED, "stopped while writing rows");
	return b->c->e->bulk_row(cx, b);
}

enum rc bulk_end(struct ctx *cx, struct bulk **bp)
{
	struct bulk *b = *bp;
	enum rc rc;

	assert(b->open && b->col == 0);
	if ((rc = conn_usable(cx, b->c)) != RC_OK) {
		bulk_drop(bp);
		return rc;
	}
	*bp = NULL;
	b->open = false;
	return b->c->e->bulk_end(cx, b);
}

void bulk_drop(struct bulk **bp)
{
	struct bulk *b = *bp;
	struct conn *c;

	*bp = NULL;
	if (!b || !b->open)
		return;
	b->open = false;
	c = b->c;
	c->e->bulk_drop(b);
	if (c->first.rc == RC_OK) {
		static const char given_up[] = "rows were given up before their end";

		c->first.rc = RC_DB;
		memcpy(c->first.msg, given_up, sizeof(given_up));
	}
}
