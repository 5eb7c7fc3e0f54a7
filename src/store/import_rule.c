/* import_rule.c - see import_rule.h. */
#include "store/import_rule.h"

enum rc import_regexp_list(struct ctx *cx, struct import_regexp **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT id, regexp, replacement, type FROM import_regexp ORDER BY id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, *e = ((struct import_regexp){ col_i64(&q, 0), col_text_dup(cx, &q, 1), col_text_dup(cx, &q, 2), col_text_dup(cx, &q, 3) }));
}

enum rc import_regexp_insert(struct ctx *cx, struct import_regexp *r)
{
	static const struct sql Q = SQL("INSERT INTO import_regexp (id, regexp, replacement, type) VALUES ($1, $2, $3, $4)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "import_regexp", &r->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, r->id);
	bind_text(&q, 2, r->regexp);
	bind_text(&q, 3, r->replacement);
	bind_text(&q, 4, r->type);
	return stmt_run(cx, &q);
}

static enum rc on_id(struct ctx *cx, const struct sql *s, int64_t id)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, id);
	return stmt_run(cx, &q);
}

enum rc import_regexp_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM import_regexp WHERE id = $1");

	return on_id(cx, &Q, id);
}

enum rc allowed_list(struct ctx *cx, struct allowed **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT id, name FROM allowedlist ORDER BY name");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, *e = ((struct allowed){ col_i64(&q, 0), col_text_dup(cx, &q, 1) }));
}

enum rc allowed_put(struct ctx *cx, struct allowed *a)
{
	static const struct sql taken = SQL("SELECT id FROM allowedlist WHERE name = $1 AND id <> $2");
	static const struct sql insert = SQL("INSERT INTO allowedlist (id, name) VALUES ($1, $2)"), update = SQL("UPDATE allowedlist SET name = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
	bool fresh = a->id == 0;
	int64_t other;
	enum rc rc;

	if (fresh)
		TRY(id_next(cx, "allowedlist", &a->id));
	TRY(stmt_open(cx, cx->conn, &taken, &q));
	bind_text(&q, 1, a->name);
	bind_i64(&q, 2, a->id);
	rc = stmt_get_i64(cx, &q, &other);
	if (rc != RC_DONE)
		return rc == RC_OK ? RC_EXISTS : rc;
	TRY(stmt_open(cx, cx->conn, fresh ? &insert : &update, &p));
	bind_i64(&p, 1, a->id);
	bind_text(&p, 2, a->name);
	return stmt_run(cx, &p);
}

enum rc allowed_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM allowedlist WHERE id = $1");

	return on_id(cx, &Q, id);
}
