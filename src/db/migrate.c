/* migrate.c - brings the schema to the newest number, and describes it. The table schema_migration is this room's own. */
#include <assert.h>

#include "db/db_int.h"

static enum rc newest(struct ctx *cx, struct conn *c, int64_t *out)
{
	static const struct sql Q = SQL("SELECT coalesce(max(number), 0) FROM schema_migration");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, c, &Q, &q));
	return stmt_get_i64(cx, &q, out);
}

static enum rc table_is_there(struct ctx *cx, struct conn *c, bool *out)
{
	static const struct sql Q = SQL2("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'",
		"SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_migration'");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n = 0;

	TRY(stmt_open(cx, c, &Q, &q));
	TRY(stmt_get_i64(cx, &q, &n));
	*out = n > 0;
	return RC_OK;
}

/* The number the database is at; 0 when it is fresh. */
static enum rc look(struct ctx *cx, struct db *db, size_t n, int64_t *found)
{
	SCOPED(conn_done) struct conn *c = NULL;
	bool there;

	*found = 0;
	TRY(conn_read(cx, db, &c));
	TRY(table_is_there(cx, c, &there));
	if (there)
		TRY(newest(cx, c, found));
	if (*found > (int64_t)n)
		return fail(cx, RC_INVALID, "database is of a newer version (%lld, this program knows %zu)", (long long)*found, n);
	return RC_OK;
}

static enum rc apply(struct ctx *cx, struct conn *c, const struct migration *m, int64_t *now)
{
	static const struct sql ADD = SQL("INSERT INTO schema_migration (number, name, applied_at) VALUES ($1, $2, $3)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(tx_begin(cx, c));
	if (c->e->id == DB_PG) /* two programs starting at once; SQLite has one writer anyway */
		TRY(c->e->exec(cx, c, "SELECT pg_advisory_xact_lock(7738135676)"));
	TRY(c->e->exec(cx, c, "CREATE TABLE IF NOT EXISTS schema_migration"
		" (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)"));
	TRY(newest(cx, c, now));
	if (*now < m->number) {
		TRY(c->e->exec(cx, c, c->e->id == DB_SQLITE ? m->sqlite : m->pg));
		TRY(stmt_open(cx, c, &ADD, &q));
		bind_i64(&q, 1, m->number);
		bind_text(&q, 2, str_c(m->name));
		bind_i64(&q, 3, cx->now_us / 1000000);
		TRY(stmt_run(cx, &q));
		*now = m->number;
	}
	return tx_commit(cx, c);
}

enum rc db_migrate(struct ctx *cx, struct db *db, const struct migration *m, size_t n, int *from)
{
	SCOPED(conn_done) struct conn *c = NULL;
	int64_t now;

	TRY(look(cx, db, n, &now));
	if (from)
		*from = (int)now;
	if (now == (int64_t)n)
		return RC_OK;
	TRY(conn_write(cx, db, &c));
	for (size_t i = (size_t)now; i < n; i++) {
		enum rc rc;

		assert(m[i].number == (int)i + 1);
		if ((rc = apply(cx, c, &m[i], &now)) != RC_OK) {
			tx_rollback(c);
			return rc;
		}
		if (now > (int64_t)n) /* a newer program was faster */
			return fail(cx, RC_INVALID, "database is of a newer version (%lld, this program knows %zu)", (long long)now, n);
	}
	return RC_OK;
}

enum rc db_describe(struct ctx *cx, struct db *db, struct str *out)
{
	static const struct sql Q = SQL2(
		"SELECT t.name || '.' || c.name AS line FROM sqlite_schema t, pragma_table_info(t.name) c"
		" WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY line",
		"SELECT (table_name || '.' || column_name) COLLATE \"C\" AS line FROM information_schema.columns"
		" JOIN information_schema.tables USING (table_schema, table_name)"
		" WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY line");
	SCOPED(conn_done) struct conn *c = NULL;
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	SCOPED(buf_clear) struct buf b;
	enum rc rc;

	buf_init(&b, 1 << 20);
	TRY(conn_read(cx, db, &c));
	TRY(stmt_open(cx, c, &Q, &q));
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		buf_str(&b, col_text(&q, 0));
		buf_ch(&b, '\n');
	}
	if (rc != RC_DONE)
		return rc;
	*out = str_dup(cx->mem, buf_view(&b));
	return RC_OK;
}
