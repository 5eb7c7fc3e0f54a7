/* health.c - see health.h. */
#include "store/health.h"

#include "base/clock.h"
#include "store/schema.h"

static enum rc number(struct ctx *cx, const struct sql *s, int64_t *out)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, s, &q));
	return stmt_get_i64(cx, &q, out);
}

static enum rc engine_of(struct ctx *cx, enum db_engine *out)
{
	SCOPED(lease_done) struct lease l = { 0 };

	TRY(lease_take(cx, &l));
	*out = conn_engine(l.c);
	return RC_OK;
}

enum rc health_read(struct ctx *cx, struct health *out)
{
	static const struct sql Q = SQL("SELECT coalesce(max(number), 0) FROM schema_migration");
	const struct migration *m;
	enum db_engine e;
	size_t n;

	m = schema_migrations(cx->mem, &n);
	*out = (struct health){ .expected = n ? m[n - 1].number : 0 };
	TRY(engine_of(cx, &e));
	out->engine = e == DB_PG ? "PostgreSQL" : "SQLite";
	TRY(number(cx, &Q, &out->actual));
	TRY(db_size(cx, cx->st->db, &out->bytes));
	return db_describe(cx, cx->st->db, &out->columns);
}

enum rc health_settings(struct ctx *cx, struct health_setting **out, size_t *n)
{
	static const struct sql Q =
		SQL2("SELECT 'journal_mode', journal_mode FROM pragma_journal_mode UNION ALL SELECT 'synchronous', synchronous FROM pragma_synchronous UNION ALL "
		     "SELECT 'page_size', page_size FROM pragma_page_size UNION ALL SELECT 'cache_size', cache_size FROM pragma_cache_size UNION ALL "
		     "SELECT 'page_count', page_count FROM pragma_page_count UNION ALL SELECT 'freelist_count', freelist_count FROM pragma_freelist_count",
		     "SELECT name, setting FROM pg_settings WHERE name IN ('server_version', 'shared_buffers', 'work_mem', 'maintenance_work_mem', "
		     "'effective_cache_size', 'max_connections', 'synchronous_commit', 'fsync', 'wal_level', 'max_wal_size') ORDER BY name");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, *e = ((struct health_setting){ col_text_dup(cx, &q, 0), col_text_dup(cx, &q, 1) }));
}

enum rc health_export_audit(struct ctx *cx, size_t most, void (*each)(void *arg, struct str line), void *arg, size_t *n)
{
	static const struct sql LAST = SQL("SELECT coalesce(max(id), 0) FROM audit");
	static const struct sql Q = SQL("SELECT id, at_us, user_id, org_id, auth_key_id, origin, action, model, model_id, event_id, title FROM audit "
					"WHERE id > $1 ORDER BY id LIMIT $2");
	int64_t from = 0, last;
	struct str had;
	enum rc rc;

	*n = 0;
	TRY(meta_get(cx, "syslog_audit", &had));
	if (!had.p || !str_i64(had, &from)) {
		TRY(number(cx, &LAST, &from));
		had = (struct str){ 0 };
	}
	last = from;
	{
		SCOPED(lease_done) struct lease l = { 0 };
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(lease_take(cx, &l));
		TRY(stmt_open(cx, l.c, &Q, &q));
		bind_i64(&q, 1, from);
		bind_i64(&q, 2, (int64_t)most);
		while ((rc = stmt_row(cx, &q)) == RC_OK) {
			char at[CLOCK_TEXT_MAX];
			int len = clock_iso(col_i64(&q, 1), at);

			last = col_i64(&q, 0);
			each(arg, str_fmt(cx->mem, "%.*s user=%lld org=%lld key=%lld from=%.*s %.*s %.*s %lld event=%lld: %.*s", len, at, (long long)col_i64(&q, 2),
				(long long)col_i64(&q, 3), (long long)col_i64(&q, 4), STR(col_text(&q, 5)), STR(col_text(&q, 6)), STR(col_text(&q, 7)),
				(long long)col_i64(&q, 8), (long long)col_i64(&q, 9), STR(str_sub(col_text(&q, 10), 0, 500))));
			++*n;
		}
		if (rc != RC_DONE)
			return rc;
	}
	if (had.p && last == from)
		return RC_OK;
	TRY(store_begin(cx));
	rc = meta_set(cx, "syslog_audit", str_fmt(cx->mem, "%lld", (long long)last));
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
