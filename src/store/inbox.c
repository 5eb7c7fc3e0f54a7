/* inbox.c - rows of inbox. */
#include "store/inbox.h"

#include "model/value.h"

#define FROM "SELECT i.id, i.uuid, i.type, i.title, i.ip, i.user_agent, i.comment, i.data, i.created FROM inbox i"

static void row(struct ctx *cx, struct stmt *q, struct inbox *in)
{
	*in = (struct inbox){
		.id = col_i64(q, 0),
		.type = col_text_dup(cx, q, 2),
		.title = col_text_dup(cx, q, 3),
		.ip = col_text_dup(cx, q, 4),
		.user_agent = col_text_dup(cx, q, 5),
		.comment = col_text_dup(cx, q, 6),
		.data = col_text_dup(cx, q, 7),
		.created = col_i64(q, 8),
	};
	col_uuid(q, 1, &in->uuid);
}

enum rc inbox_find(struct ctx *cx, const char *type, struct str ref, struct inbox *out)
{
	static const struct sql Q = SQL(FROM " WHERE i.type = $1 AND (i.id = $2 OR i.uuid = $3)");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct uuid u = { 0 };
	int64_t id = 0;
	enum rc rc;

	if (!str_i64(ref, &id) && !uuid_parse(ref, &u))
		return RC_DONE;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, str_c(type));
	bind_i64(&q, 2, id);
	bind_uuid(&q, 3, &u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

static bool holds(struct ctx *cx, struct str text, struct str folded)
{
	return str_find(value_fold(cx->mem, text), folded) != STR_NONE;
}

enum rc inbox_list(struct ctx *cx, const char *type, struct str value, struct inbox **out, size_t *n)
{
	static const struct sql Q = SQL(FROM " WHERE i.type = $1 ORDER BY i.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str folded = value.n ? value_fold(cx->mem, value) : S("");

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, str_c(type));
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e);
			if (folded.n && !holds(cx, e->data, folded) && !holds(cx, e->ip, folded) && !holds(cx, e->user_agent, folded))
				continue);
}

enum rc inbox_count(struct ctx *cx, const char *type, int64_t *out)
{
	static const struct sql Q = SQL("SELECT count(*) FROM inbox i WHERE i.type = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, str_c(type));
	return stmt_get_i64(cx, &q, out);
}

enum rc inbox_insert(struct ctx *cx, struct inbox *in)
{
	static const struct sql Q = SQL("INSERT INTO inbox (id, uuid, type, title, ip, user_agent, comment, data, created) "
					"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "inbox", &in->id));
	uuid_random(&in->uuid);
	in->created = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, in->id);
	bind_uuid(&q, 2, &in->uuid);
	bind_text(&q, 3, in->type);
	bind_text(&q, 4, in->title);
	bind_text(&q, 5, in->ip);
	bind_text(&q, 6, in->user_agent);
	bind_text(&q, 7, in->comment);
	bind_text(&q, 8, in->data);
	bind_i64(&q, 9, in->created);
	return stmt_run(cx, &q);
}

enum rc inbox_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM inbox WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	return stmt_run(cx, &q);
}
