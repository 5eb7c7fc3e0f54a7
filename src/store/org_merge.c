/* org_merge.c - one organisation becomes another. Which columns name an organisation is read from the schema itself, so that a table added later is not
 * forgotten: each org_id, orgc_id and remote_org_id. */
#include "store/org.h"

/* What would be there twice. */
static enum rc drop_doubles(struct ctx *cx, int64_t from, int64_t into)
{
	static const struct sql EXTEND =
		SQL("UPDATE sharing_group_org SET extend = 1 WHERE org_id = $2 AND extend = 0 AND EXISTS (SELECT 1 FROM sharing_group_org o "
		    "WHERE o.sharing_group_id = sharing_group_org.sharing_group_id AND o.org_id = $1 AND o.extend <> 0)");
	static const struct sql DROP = SQL("DELETE FROM sharing_group_org WHERE org_id = $1 AND sharing_group_id IN "
					   "(SELECT o.sharing_group_id FROM sharing_group_org o WHERE o.org_id = $2)");
	SCOPED(stmt_done) struct stmt e = STMT_INIT, d = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &EXTEND, &e));
	bind_i64(&e, 1, from);
	bind_i64(&e, 2, into);
	TRY(stmt_run(cx, &e));
	TRY(stmt_open(cx, cx->conn, &DROP, &d));
	bind_i64(&d, 1, from);
	bind_i64(&d, 2, into);
	return stmt_run(cx, &d);
}

static enum rc move(struct ctx *cx, struct str table, struct str column, int64_t from, int64_t into, int64_t *moved)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open_text(cx, cx->conn,
		str_fmt(cx->mem, "UPDATE %.*s SET %.*s = $2 WHERE %.*s = $1", STR(table), STR(column), STR(column)), &q));
	bind_i64(&q, 1, from);
	bind_i64(&q, 2, into);
	TRY(stmt_run(cx, &q));
	*moved += q.changes;
	return RC_OK;
}

static enum rc move_all(struct ctx *cx, struct str columns, int64_t from, int64_t into, int64_t *moved)
{
	static const char *const caches[] = { "user", "tag", "galaxy", "feeds" };
	struct cur c = cur_of(columns);
	struct str line;

	TRY(drop_doubles(cx, from, into));
	while (cur_line(&c, &line)) {
		size_t dot = str_chr(line, '.');
		struct str column = dot == STR_NONE ? S("") : str_from(line, dot + 1);

		if (str_eq(column, S("org_id")) || str_eq(column, S("orgc_id")) || str_eq(column, S("remote_org_id")))
			TRY(move(cx, str_sub(line, 0, dot), column, from, into, moved));
	}
	for (size_t i = 0; i < sizeof(caches) / sizeof(*caches); i++)
		TRY(data_version_bump(cx, caches[i]));
	return org_delete(cx, from);
}

enum rc org_merge_begin(struct ctx *cx, int64_t from, int64_t into, int64_t *moved)
{
	struct str columns;

	*moved = 0;
	TRY(db_describe(cx, cx->st->db, &columns));
	TRY(store_begin(cx));
	return move_all(cx, columns, from, into, moved);
}
