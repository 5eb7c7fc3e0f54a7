/* noticelist.c - rows of noticelist and noticelist_entry. */
#include "store/noticelist.h"

#define COLS "n.id, n.name, n.expanded_name, n.ref, n.geographical_area, n.version, n.enabled"

static void row(struct ctx *cx, struct stmt *q, struct noticelist *l)
{
	*l = (struct noticelist){ .id = col_i64(q, 0), .name = col_text_dup(cx, q, 1), .expanded_name = col_text_dup(cx, q, 2), .ref = col_text_dup(cx, q, 3),
				  .geographical_area = col_text_dup(cx, q, 4), .version = col_i64(q, 5), .enabled = col_i64(q, 6) };
}

enum rc noticelist_list(struct ctx *cx, struct noticelist **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM noticelist n ORDER BY n.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

enum rc noticelist_load(struct ctx *cx, int64_t id, struct str name, struct noticelist *out)
{
	static const struct sql by_id = SQL("SELECT " COLS " FROM noticelist n WHERE n.id = $1"), by_name = SQL("SELECT " COLS " FROM noticelist n WHERE n.name = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, id ? &by_id : &by_name, &q));
	if (id)
		bind_i64(&q, 1, id);
	else
		bind_text(&q, 1, name);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc noticelist_entries(struct ctx *cx, int64_t id, struct notice **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT id, noticelist_id, data FROM noticelist_entry WHERE noticelist_id = $1 ORDER BY id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	return STMT_ALL(cx, &q, out, n, *e = ((struct notice){ col_i64(&q, 0), col_i64(&q, 1), col_text_dup(cx, &q, 2) }));
}

static enum rc on_id(struct ctx *cx, const struct sql *s, int64_t id)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, id);
	return stmt_run(cx, &q);
}

enum rc noticelist_put(struct ctx *cx, struct noticelist *l, const struct str *data, size_t n)
{
	static const struct sql insert = SQL("INSERT INTO noticelist (id, name, expanded_name, ref, geographical_area, version, enabled) VALUES ($1, $2, $3, $4, $5, $6, $7)");
	static const struct sql update = SQL("UPDATE noticelist SET name = $2, expanded_name = $3, ref = $4, geographical_area = $5, version = $6, enabled = $7 WHERE id = $1");
	static const struct sql clear = SQL("DELETE FROM noticelist_entry WHERE noticelist_id = $1");
	static const struct sql entry = SQL("INSERT INTO noticelist_entry (noticelist_id, id, data) VALUES ($1, $2, $3)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
	bool fresh = l->id == 0;

	if (fresh)
		TRY(id_next(cx, "noticelist", &l->id));
	TRY(stmt_open(cx, cx->conn, fresh ? &insert : &update, &q));
	bind_i64(&q, 1, l->id);
	bind_text(&q, 2, l->name);
	bind_text(&q, 3, l->expanded_name);
	bind_text(&q, 4, l->ref);
	bind_text(&q, 5, l->geographical_area);
	bind_i64(&q, 6, l->version);
	bind_i64(&q, 7, l->enabled);
	TRY(stmt_run(cx, &q));
	TRY(on_id(cx, &clear, l->id));
	TRY(stmt_open(cx, cx->conn, &entry, &p));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&p, 1, l->id);
		bind_i64(&p, 2, (int64_t)i + 1);
		bind_text(&p, 3, data[i]);
		TRY(stmt_run(cx, &p));
	}
	return RC_OK;
}

enum rc noticelist_enable(struct ctx *cx, int64_t id, bool enabled)
{
	static const struct sql Q = SQL("UPDATE noticelist SET enabled = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	bind_i64(&q, 2, enabled);
	return stmt_run(cx, &q);
}

enum rc noticelist_delete(struct ctx *cx, int64_t id)
{
	static const struct sql entries = SQL("DELETE FROM noticelist_entry WHERE noticelist_id = $1"), list = SQL("DELETE FROM noticelist WHERE id = $1");

	TRY(on_id(cx, &entries, id));
	return on_id(cx, &list, id);
}
