/* db_pg.c - PostgreSQL through libpq: named prepared statements, parameters and results in binary, COPY for bulk rows.
 *
 * A statement is prepared when it first runs, because its parameter types come from the bind calls; when they change it is
 * prepared anew under another name. Results are fetched whole. A lost connection is opened again, once, when nothing can
 * be lost by it: before a lease, at BEGIN, and for statements of a read lease outside a transaction.
 */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <libpq-fe.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/db_int.h"

/* type numbers of the server's catalog; they never change */
enum { T_BOOL = 16, T_BYTEA = 17, T_INT8 = 20, T_INT2 = 21, T_INT4 = 23, T_TEXT = 25, T_OID = 26, T_FLOAT4 = 700, T_FLOAT8 = 701,
	T_BYTEAS = 1001, T_INT8S = 1016, T_NUMERIC = 1700 };

#define COPY_BYTES (128u << 10) /* rows are sent in pieces of about this size */
#define COPY_PIECE (1u << 20)   /* largest message, far below what the server takes */
#define LOOK_MS 100             /* between two looks at the stop flag while the server works */

struct pg {
	struct conn c;
	PGconn *h;
	unsigned generation; /* counts connections to the server: statements of an older one are gone */
	unsigned names;
	struct buf dead;     /* DEALLOCATE of statements that are not wanted any more, sent when one can be */
};

struct pg_prep {
	struct prep p;
	struct pg *g;
	const char *text;
	unsigned generation;  /* 0: not prepared */
	bool stale;           /* types changed since */
	char name[16];
	int n;                /* parameters */
	Oid *types;
	const char **values;
	int *lengths, *formats;
	uint64_t *numbers;    /* big-endian, what values point to */
	char **lists;         /* own memory of array parameters */
	PGresult *res;
	int row;
	char digits[24];      /* a number as text */
};

static struct pg *pg(struct conn *c)
{
	return (struct pg *)c;
}

static struct pg_prep *prep_of(struct prep *p)
{
	return (struct pg_prep *)p;
}

/* --- failures ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *state; /* SQLSTATE, or its first letters */
	enum rc rc;
	const char *text;
} states[] = {
	{ "23505", RC_EXISTS, "already exists" },
	{ "53100", RC_FULL, "disk full" },
	{ "53", RC_BUSY, "database is busy" }, /* memory, connections */
	{ "40", RC_BUSY, "database is busy" }, /* serialization, deadlock */
	{ "55P03", RC_BUSY, "database is busy" },
	{ "57014", RC_BUSY, "database is busy" }, /* cancelled, statement_timeout */
	{ "57P03", RC_BUSY, "database is starting" },
	{ "22021", RC_INVALID, "text is not valid UTF-8" },
	{ "54", RC_TOOBIG, "too large for the database" },
	{ "", RC_DB, "database failed" },
};

static enum rc pg_fail(struct ctx *cx, struct conn *c, const PGresult *res)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *msg = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	size_t i = 0;

	if (PQstatus(pg(c)->h) == CONNECTION_BAD) {
		c->broken = true;
		return db_fail(cx, c, RC_DB, "connection to the database was lost: %s", msg ? msg : PQerrorMessage(pg(c)->h));
	}
	while (!str_starts(str_c(state ? state : ""), str_c(states[i].state)))
		i++;
	if (conn_stopping(c) && state && str_eq(str_c(state), S("57014")))
		return db_fail(cx, c, RC_STOPPED, "stopped: %s", msg ? msg : "");
	return db_fail(cx, c, states[i].rc, "%s: %s", states[i].text, msg ? msg : PQerrorMessage(pg(c)->h));
}

static bool done_well(const PGresult *res)
{
	ExecStatusType s = PQresultStatus(res);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_COPY_IN;
}

static void result_clear(PGresult **res)
{
	PQclear(*res);
	*res = NULL;
}

static void cancel(struct pg *g)
{
	PGcancel *k = PQgetCancel(g->h);
	char why[256];

	if (k)
		PQcancel(k, why, sizeof(why));
	PQfreeCancel(k);
}

/* What the server answers to what was sent: the first failure, else the last result. A set stop flag cancels it. */
static PGresult *await(struct pg *g)
{
	PGresult *kept = NULL, *r;
	bool cancelled = false;

	for (;;) {
		while (PQisBusy(g->h)) {
			struct pollfd f = { .fd = PQsocket(g->h), .events = POLLIN };
			int n = poll(&f, 1, g->c.stop ? LOOK_MS : -1);

			if (n == 0 && !cancelled && conn_stopping(&g->c)) {
				cancel(g);
				cancelled = true;
			}
			if (n > 0 && !PQconsumeInput(g->h))
				break;
		}
		if (!(r = PQgetResult(g->h)))
			return kept;
		if (kept && !done_well(kept)) {
			PQclear(r);
		} else {
			PQclear(kept);
			kept = r;
		}
		if (PQresultStatus(r) == PGRES_COPY_IN)
			return kept;
	}
}

static PGresult *run(struct pg *g, const char *script)
{
	return PQsendQuery(g->h, script) ? await(g) : NULL;
}

static enum rc pg_exec(struct ctx *cx, struct conn *c, const char *script)
{
	SCOPED(result_clear) PGresult *res = run(pg(c), script);

	return done_well(res) ? RC_OK : pg_fail(cx, c, res);
}

/* --- connections ------------------------------------------------------------------------------------------------- */

/* The settings of a session; again after each reconnection. */
static PGresult *settings(struct pg *g, bool write)
{
	char text[256];

	g->generation++;
	buf_reset(&g->dead);
	snprintf(text, sizeof(text), "SET client_min_messages = warning; SET lock_timeout = %u; SET default_transaction_read_only = %s;"
		"SET timezone = 'UTC'", g->c.db->o.busy_ms, write ? "off" : "on");
	return run(g, text);
}

/* libpq would print them. */
static void quiet(void *arg, const char *text)
{
}

static void pg_close(struct conn *c)
{
	PQfinish(pg(c)->h);
	buf_clear(&pg(c)->dead);
	free(c);
}

static enum rc pg_conn_open(struct ctx *cx, struct db *db, bool write, struct conn **out)
{
	static const char *const keys[] = { "connect_timeout", "dbname", "client_encoding", "fallback_application_name", NULL };
	const char *const values[] = { "10", db->url, "UTF8", "misp", NULL };
	struct pg *g = db_alloc(sizeof(*g));
	SCOPED(result_clear) PGresult *res = NULL;
	enum rc rc = RC_OK;

	g->c.db = db;
	g->c.e = &engine_pg;
	g->c.stop = cx->stop;
	buf_init(&g->dead, 64 << 10);
	g->h = PQconnectdbParams(keys, values, 1);
	PQsetNoticeProcessor(g->h, quiet, NULL);
	if (PQstatus(g->h) != CONNECTION_OK)
		rc = db_fail(cx, NULL, RC_IO, "cannot connect to the database: %s", PQerrorMessage(g->h));
	else if (PQserverVersion(g->h) < 130000)
		rc = fail(cx, RC_IO, "the database server is PostgreSQL %d, 13 or newer is needed", PQserverVersion(g->h) / 10000);
	else if (!str_eq(str_c(PQparameterStatus(g->h, "server_encoding")), S("UTF8")))
		rc = fail(cx, RC_IO, "the database has encoding %s, UTF8 is needed", PQparameterStatus(g->h, "server_encoding"));
	else if (!done_well(res = settings(g, write)))
		rc = pg_fail(cx, &g->c, res);
	if (rc != RC_OK) {
		pg_close(&g->c);
		return rc;
	}
	*out = &g->c;
	return RC_OK;
}

static enum rc pg_open(struct ctx *cx, struct db *db)
{
	return RC_OK; /* the first connection shows what is wrong */
}

/* A server that went away has left an end of file in the socket; an idle connection has nothing else to read. */
static bool pg_alive(struct conn *c)
{
	PGconn *h = pg(c)->h;
	struct pollfd f = { .fd = PQsocket(h), .events = POLLIN };

	while (PQstatus(h) == CONNECTION_OK && poll(&f, 1, 0) > 0)
		if (!PQconsumeInput(h))
			return false;
	return PQstatus(h) == CONNECTION_OK;
}

static bool lost(struct pg *g)
{
	return PQstatus(g->h) == CONNECTION_BAD;
}

static bool reconnect(struct pg *g)
{
	SCOPED(result_clear) PGresult *res = NULL;

	PQreset(g->h);
	if (lost(g))
		return false;
	res = settings(g, g->c.pool->write);
	return done_well(res);
}

/* --- transactions ------------------------------------------------------------------------------------------------ */

static enum rc pg_begin(struct ctx *cx, struct conn *c, bool write)
{
	const char *text = write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	SCOPED(result_clear) PGresult *res = run(pg(c), text);

	if (!done_well(res) && lost(pg(c)) && reconnect(pg(c))) {
		PQclear(res);
		res = run(pg(c), text);
	}
	return done_well(res) ? RC_OK : pg_fail(cx, c, res);
}

static enum rc pg_commit(struct ctx *cx, struct conn *c)
{
	SCOPED(result_clear) PGresult *res = run(pg(c), "COMMIT");

	if (!done_well(res))
		return pg_fail(cx, c, res);
	if (strcmp(PQcmdStatus(res), "ROLLBACK") == 0) /* the answer to COMMIT of a failed transaction */
		return db_fail(cx, c, RC_DB, "the transaction had failed");
	return RC_OK;
}

static void pg_rollback(struct conn *c)
{
	SCOPED(result_clear) PGresult *res = NULL;

	if (lost(pg(c))) {
		c->broken = true;
		return;
	}
	if (PQtransactionStatus(pg(c)->h) == PQTRANS_IDLE)
		return;
	res = run(pg(c), "ROLLBACK");
	if (!done_well(res))
		c->broken = true;
}

/* --- statements -------------------------------------------------------------------------------------------------- */

/* Highest N of the $N outside of quotes. */
static int count_params(const char *s)
{
	int max = 0;

	for (char quote = 0; *s; s++) {
		if (quote) {
			if (*s == quote)
				quote = 0;
		} else if (*s == '\'' || *s == '"') {
			quote = *s;
		} else if (*s == '$') {
			int n = 0;

			while (ch_digit(s[1]) && n < 10000)
				n = n * 10 + *++s - '0';
			if (n > max)
				max = n;
		}
	}
	return max;
}

static enum rc pg_prep(struct ctx *cx, struct conn *c, const char *text, size_t n, struct prep **out)
{
	struct pg_prep *p = db_alloc(sizeof(*p));

	p->g = pg(c);
	p->text = text;
	p->n = count_params(text);
	p->types = db_alloc((size_t)p->n * sizeof(*p->types) + 1);
	p->values = db_alloc((size_t)p->n * sizeof(*p->values) + 1);
	p->lengths = db_alloc((size_t)p->n * sizeof(*p->lengths) + 1);
	p->formats = db_alloc((size_t)p->n * sizeof(*p->formats) + 1);
	p->numbers = db_alloc((size_t)p->n * sizeof(*p->numbers) + 1);
	p->lists = db_alloc((size_t)p->n * sizeof(*p->lists) + 1);
	for (int i = 0; i < p->n; i++)
		p->formats[i] = 1;
	*out = &p->p;
	return RC_OK;
}

/* The server's side of it goes with the next batch. */
static void bury(struct pg_prep *p)
{
	if (p->generation && p->generation == p->g->generation)
		buf_fmt(&p->g->dead, "DEALLOCATE %s;", p->name);
	p->generation = 0;
}

static void pg_reset(struct prep *sp, bool forget_bindings)
{
	struct pg_prep *p = prep_of(sp);

	result_clear(&p->res);
	if (!forget_bindings)
		return;
	for (int i = 0; i < p->n; i++) {
		p->values[i] = NULL;
		free(p->lists[i]);
		p->lists[i] = NULL;
	}
}

static void pg_prep_free(struct conn *c, struct prep *sp)
{
	struct pg_prep *p = prep_of(sp);

	pg_reset(sp, true);
	bury(p);
	free(p->types);
	free(p->values);
	free(p->lengths);
	free(p->formats);
	free(p->numbers);
	free(p->lists);
	free(p);
}

static void put(struct prep *sp, int n, Oid type, const void *v, size_t len)
{
	struct pg_prep *p = prep_of(sp);

	if (n > p->n)
		return;
	n--;
	if (p->types[n] != type) {
		p->types[n] = type;
		p->stale = true;
	}
	p->values[n] = v;
	p->lengths[n] = (int)len;
}

static void put_number(struct prep *sp, int n, Oid type, uint64_t v)
{
	struct pg_prep *p = prep_of(sp);

	if (n > p->n)
		return;
	p->numbers[n - 1] = htobe64(v);
	put(sp, n, type, &p->numbers[n - 1], sizeof(v));
}

static uint64_t bits_of(double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	return u;
}

static double double_of(uint64_t u)
{
	double v;

	memcpy(&v, &u, sizeof(v));
	return v;
}

static void pg_bind_i64(struct prep *p, int n, int64_t v)
{
	put_number(p, n, T_INT8, (uint64_t)v);
}

static void pg_bind_bool(struct prep *p, int n, bool v)
{
	put(p, n, T_BOOL, v ? "\1" : "\0", 1);
}

static void pg_bind_f64(struct prep *p, int n, double v)
{
	put_number(p, n, T_FLOAT8, bits_of(v));
}

static void pg_bind_text(struct prep *p, int n, const char *s, size_t len)
{
	put(p, n, T_TEXT, s, len);
}

static void pg_bind_blob(struct prep *p, int n, const void *s, size_t len)
{
	put(p, n, T_BYTEA, s, len);
}

static void pg_bind_null(struct prep *sp, int n)
{
	struct pg_prep *p = prep_of(sp);

	if (n <= p->n)
		p->values[n - 1] = NULL; /* of the type it had, or of none yet */
}

static char *be32(char *d, uint32_t v)
{
	v = htobe32(v);
	memcpy(d, &v, sizeof(v));
	return d + sizeof(v);
}

/* An array of one dimension whose elements have the same size. */
static void put_array(struct prep *sp, int n, Oid array, Oid elem, const void *v, size_t len, size_t size)
{
	struct pg_prep *p = prep_of(sp);
	const char *from = v;
	char *list, *d;

	if (n > p->n)
		return;
	d = list = db_alloc(20 + len * (4 + size));
	d = be32(d, len ? 1 : 0);
	d = be32(d, 0);
	d = be32(d, elem);
	if (len) {
		d = be32(d, (uint32_t)len);
		d = be32(d, 1);
	}
	for (size_t i = 0; i < len; i++, from += size) {
		d = be32(d, (uint32_t)size);
		if (elem == T_INT8) {
			uint64_t u;

			memcpy(&u, from, sizeof(u));
			u = htobe64(u);
			memcpy(d, &u, sizeof(u));
		} else {
			memcpy(d, from, size);
		}
		d += size;
	}
	free(p->lists[n - 1]);
	p->lists[n - 1] = list;
	put(sp, n, array, list, (size_t)(d - list));
}

static void pg_bind_i64s(struct prep *p, int n, const int64_t *v, size_t len)
{
	put_array(p, n, T_INT8S, T_INT8, v, len, sizeof(*v));
}

static void pg_bind_uuids(struct prep *p, int n, const uint8_t *v, size_t len)
{
	put_array(p, n, T_BYTEAS, T_BYTEA, v, len, 16);
}

/* Prepares when needed and executes; the result of whichever failed first. */
static PGresult *execute(struct pg_prep *p)
{
	struct pg *g = p->g;
	PGresult *res;

	if (p->stale || p->generation != g->generation) {
		bury(p);
		if (g->dead.n && buf_ok(&g->dead)) {
			PQclear(run(g, buf_cstr(&g->dead)));
			buf_reset(&g->dead);
		}
		snprintf(p->name, sizeof(p->name), "s%u", ++g->names);
		res = PQsendPrepare(g->h, p->name, p->text, p->n, p->types) ? await(g) : NULL;
		if (!done_well(res))
			return res;
		PQclear(res);
		p->generation = g->generation;
		p->stale = false;
	}
	return PQsendQueryPrepared(g->h, p->name, p->n, p->values, p->lengths, p->formats, 1) ? await(g) : NULL;
}

static enum rc pg_step(struct ctx *cx, struct conn *c, struct prep *sp, int64_t *changes)
{
	struct pg_prep *p = prep_of(sp);

	if (p->res)
		return ++p->row < PQntuples(p->res) ? RC_OK : RC_DONE;
	p->row = 0;
	p->res = execute(p);
	if (!done_well(p->res) && lost(p->g) && !c->tx && !c->writes && reconnect(p->g)) {
		PQclear(p->res);
		p->res = execute(p);
	}
	if (!done_well(p->res)) {
		enum rc rc = pg_fail(cx, c, p->res);

		result_clear(&p->res);
		return rc;
	}
	*changes = 0;
	if (strncmp(PQcmdStatus(p->res), "SELECT", 6) != 0)
		str_i64(str_c(PQcmdTuples(p->res)), changes);
	return PQntuples(p->res) > 0 ? RC_OK : RC_DONE;
}

/* --- columns ----------------------------------------------------------------------------------------------------- */

static bool pg_col_null(struct prep *sp, int i)
{
	const struct pg_prep *p = prep_of(sp);

	return !p->res || p->row >= PQntuples(p->res) || i < 0 || i >= PQnfields(p->res) || PQgetisnull(p->res, p->row, i);
}

static uint64_t be(const char *p, int n)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

/* numeric: count, weight, sign, scale, then digits to the base of 10,000; sum() and avg() of bigints give it. */
static double numeric_f64(const char *p, int64_t *whole)
{
	int n = (int16_t)be(p, 2), weight = (int16_t)be(p + 2, 2), sign = (int)be(p + 4, 2);
	int64_t w = 0;
	double v = 0;

	if (sign == 0xc000) /* not a number */
		return *whole = 0;
	for (int i = 0; i < n || i <= weight; i++) {
		int digit = i < n ? (int)be(p + 8 + 2 * i, 2) : 0;

		v += digit * pow(10000, weight - i);
		if (i <= weight && (__builtin_mul_overflow(w, 10000, &w) || __builtin_add_overflow(w, digit, &w)))
			w = INT64_MAX;
	}
	*whole = sign == 0x4000 ? -w : w;
	return sign == 0x4000 ? -v : v;
}

static int64_t pg_col_i64(struct prep *sp, int i)
{
	const struct pg_prep *p = prep_of(sp);
	const char *v;
	int64_t n = 0;
	uint32_t u;
	float f;

	if (pg_col_null(sp, i))
		return 0;
	v = PQgetvalue(p->res, p->row, i);
	switch (PQftype(p->res, i)) {
	case T_INT8:
		return (int64_t)be(v, 8);
	case T_INT4:
		return (int32_t)be(v, 4);
	case T_INT2:
		return (int16_t)be(v, 2);
	case T_OID:
		return (int64_t)be(v, 4);
	case T_BOOL:
		return *v;
	case T_FLOAT8:
		return (int64_t)double_of(be(v, 8));
	case T_FLOAT4:
		u = (uint32_t)be(v, 4);
		memcpy(&f, &u, sizeof(f));
		return (int64_t)f;
	case T_NUMERIC:
		numeric_f64(v, &n);
		return n;
	}
	str_i64(str_n(v, (size_t)PQgetlength(p->res, p->row, i)), &n);
	return n;
}

static double pg_col_f64(struct prep *sp, int i)
{
	const struct pg_prep *p = prep_of(sp);
	const char *v;
	int64_t n;
	uint32_t u;
	float f;

	if (pg_col_null(sp, i))
		return 0;
	v = PQgetvalue(p->res, p->row, i);
	switch (PQftype(p->res, i)) {
	case T_FLOAT8:
		return double_of(be(v, 8));
	case T_FLOAT4:
		u = (uint32_t)be(v, 4);
		memcpy(&f, &u, sizeof(f));
		return f;
	case T_NUMERIC:
		return numeric_f64(v, &n);
	case T_BOOL:
	case T_INT2:
	case T_INT4:
	case T_INT8:
	case T_OID:
		return (double)pg_col_i64(sp, i);
	}
	return strtod(v, NULL); /* libpq ends each value with a NUL */
}

static struct str pg_col_blob(struct prep *sp, int i)
{
	const struct pg_prep *p = prep_of(sp);

	if (pg_col_null(sp, i))
		return str_n(NULL, 0);
	return str_n(PQgetvalue(p->res, p->row, i), (size_t)PQgetlength(p->res, p->row, i));
}

static struct str pg_col_text(struct prep *sp, int i)
{
	struct pg_prep *p = prep_of(sp);
	int n;

	if (pg_col_null(sp, i))
		return str_n(NULL, 0);
	switch (PQftype(p->res, i)) {
	case T_BOOL:
	case T_INT2:
	case T_INT4:
	case T_INT8:
	case T_OID:
	case T_NUMERIC:
		n = snprintf(p->digits, sizeof(p->digits), "%lld", (long long)pg_col_i64(sp, i));
		return str_n(p->digits, (size_t)n);
	case T_FLOAT4:
	case T_FLOAT8:
		n = snprintf(p->digits, sizeof(p->digits), "%.15g", pg_col_f64(sp, i));
		return str_n(p->digits, (size_t)n);
	}
	return pg_col_blob(sp, i);
}

/* --- bulk rows --------------------------------------------------------------------------------------------------- */

static enum rc pg_bulk_open(struct ctx *cx, struct bulk *b)
{
	struct pg *g = pg(b->c);
	SCOPED(buf_clear) struct buf text;
	SCOPED(result_clear) PGresult *res = NULL;

	buf_init(&text, 1 << 16);
	buf_fmt(&text, "COPY %s (%s) FROM STDIN (FORMAT binary)", b->t->name, b->t->columns);
	res = run(g, buf_cstr(&text));
	if (PQresultStatus(res) != PGRES_COPY_IN)
		return pg_fail(cx, b->c, res);
	buf_init(&b->out, SIZE_MAX);
	buf_mem(&b->out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	return RC_OK;
}

static void out_be(struct bulk *b, uint64_t v, int n)
{
	char *d = buf_room(&b->out, (size_t)n);

	for (int i = n; i--; v >>= 8)
		d[i] = (char)v;
	buf_wrote(&b->out, (size_t)n);
}

/* The row's first column is preceded by their number. */
static void column_head(struct bulk *b, int i, uint32_t len)
{
	if (i == 1)
		out_be(b, (uint64_t)b->t->n, 2);
	out_be(b, len, 4);
}

static void pg_bulk_i64(struct bulk *b, int i, int64_t v)
{
	char kind = b->t->kinds[i - 1];
	int n = kind == 'i' ? 8 : kind == 's' ? 2 : 1;

	column_head(b, i, (uint32_t)n);
	out_be(b, (uint64_t)v, n);
}

static void pg_bulk_f64(struct bulk *b, int i, double v)
{
	column_head(b, i, 8);
	out_be(b, bits_of(v), 8);
}

static void pg_bulk_bytes(struct bulk *b, int i, const void *p, size_t n)
{
	column_head(b, i, (uint32_t)n);
	buf_mem(&b->out, p, n);
}

static void pg_bulk_null(struct bulk *b, int i)
{
	column_head(b, i, UINT32_MAX);
}

static bool send_rows(struct bulk *b)
{
	bool ok = true;

	for (size_t at = 0; ok && at < b->out.n; at += COPY_PIECE) {
		struct str piece = str_sub(buf_view(&b->out), at, COPY_PIECE);

		ok = PQputCopyData(pg(b->c)->h, piece.p, (int)piece.n) == 1;
	}
	buf_reset(&b->out);
	return ok;
}

static enum rc pg_bulk_row(struct ctx *cx, struct bulk *b)
{
	if (b->out.n < COPY_BYTES || send_rows(b))
		return RC_OK;
	return pg_fail(cx, b->c, NULL);
}

/* why: NULL when all rows were sent. */
static PGresult *copy_end(struct bulk *b, const char *why)
{
	struct pg *g = pg(b->c);
	bool ok = why || send_rows(b);

	buf_clear(&b->out);
	return ok && PQputCopyEnd(g->h, why) == 1 ? await(g) : NULL;
}

static enum rc pg_bulk_end(struct ctx *cx, struct bulk *b)
{
	SCOPED(result_clear) PGresult *res = NULL;

	out_be(b, UINT16_MAX, 2);
	res = copy_end(b, NULL);
	return done_well(res) ? RC_OK : pg_fail(cx, b->c, res);
}

static void pg_bulk_drop(struct bulk *b)
{
	PQclear(copy_end(b, "given up"));
}

/* --- the whole database ------------------------------------------------------------------------------------------ */

/* Reads every row of every table. */
static enum rc pg_check(struct ctx *cx, struct conn *c)
{
	static const struct sql TABLES = SQL("SELECT format('SELECT count(t.*) FROM %I t', tablename) FROM pg_catalog.pg_tables"
		" WHERE schemaname = current_schema() ORDER BY tablename");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(stmt_open(cx, c, &TABLES, &q));
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		SCOPED(stmt_done) struct stmt scan = STMT_INIT;
		int64_t n;

		TRY(stmt_open_text(cx, c, col_text(&q, 0), &scan));
		TRY(stmt_get_i64(cx, &scan, &n));
	}
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc pg_backup(struct ctx *cx, struct conn *c, const char *path)
{
	return fail(cx, RC_INVALID, "copies of a PostgreSQL database are made with pg_dump");
}

static enum rc pg_size(struct ctx *cx, struct conn *c, int64_t *out)
{
	static const struct sql Q = SQL("SELECT pg_database_size(current_database())");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, c, &Q, &q));
	return stmt_get_i64(cx, &q, out);
}

static enum rc pg_checkpoint(struct ctx *cx, struct conn *c)
{
	return RC_OK; /* the server's own business */
}

const struct engine engine_pg = {
	.id = DB_PG,
	.open = pg_open,
	.conn_open = pg_conn_open,
	.conn_close = pg_close,
	.conn_alive = pg_alive,
	.exec = pg_exec,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.prep = pg_prep,
	.prep_free = pg_prep_free,
	.bind_i64 = pg_bind_i64,
	.bind_bool = pg_bind_bool,
	.bind_f64 = pg_bind_f64,
	.bind_text = pg_bind_text,
	.bind_blob = pg_bind_blob,
	.bind_null = pg_bind_null,
	.bind_i64s = pg_bind_i64s,
	.bind_uuids = pg_bind_uuids,
	.step = pg_step,
	.reset = pg_reset,
	.col_i64 = pg_col_i64,
	.col_f64 = pg_col_f64,
	.col_text = pg_col_text,
	.col_blob = pg_col_blob,
	.col_null = pg_col_null,
	.bulk_open = pg_bulk_open,
	.bulk_i64 = pg_bulk_i64,
	.bulk_f64 = pg_bulk_f64,
	.bulk_bytes = pg_bulk_bytes,
	.bulk_null = pg_bulk_null,
	.bulk_row = pg_bulk_row,
	.bulk_end = pg_bulk_end,
	.bulk_drop = pg_bulk_drop,
	.check = pg_check,
	.backup = pg_backup,
	.size = pg_size,
	.checkpoint = pg_checkpoint,
};
