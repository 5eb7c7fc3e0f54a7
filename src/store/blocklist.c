/* blocklist.c - rows of blocklist. */
#include "store/blocklist.h"

#define COLS "b.kind, b.id, b.uuid, b.created, b.name, b.orgc, b.comment"

static void row(struct ctx *cx, struct stmt *q, struct block *b)
{
	*b = (struct block){
		.kind = (enum block_kind)col_i64(q, 0),
		.id = col_i64(q, 1),
		.created_s = col_i64(q, 3),
		.name = col_text_dup(cx, q, 4),
		.orgc = col_text_dup(cx, q, 5),
		.comment = col_text_dup(cx, q, 6),
	};
	col_uuid(q, 2, &b->uuid);
}

static bool matches(const struct block *b, struct str search)
{
	char uu[UUID_TEXT + 1];

	uuid_text(&b->uuid, uu);
	return str_find_nocase(str_n(uu, UUID_TEXT), search) != STR_NONE || str_find_nocase(b->name, search) != STR_NONE ||
	       str_find_nocase(b->orgc, search) != STR_NONE || str_find_nocase(b->comment, search) != STR_NONE;
}

enum rc block_list(struct ctx *cx, enum block_kind kind, struct str search, struct block **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM blocklist b WHERE b.kind = $1 ORDER BY b.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, kind);
	return STMT_ALL(cx, &q, out, n,
		row(cx, &q, e);
		if (search.n && !matches(e, search))
			continue);
}

enum rc block_load(struct ctx *cx, enum block_kind kind, const struct event_key *k, struct block *out)
{
	static const struct sql BY_ID = SQL("SELECT " COLS " FROM blocklist b WHERE b.kind = $1 AND b.id = $2");
	static const struct sql BY_UUID = SQL("SELECT " COLS " FROM blocklist b WHERE b.kind = $1 AND b.uuid = $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, k->id ? &BY_ID : &BY_UUID, &q));
	bind_i64(&q, 1, kind);
	if (k->id)
		bind_i64(&q, 2, k->id);
	else
		bind_uuid(&q, 2, &k->uuid);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc block_has(struct ctx *cx, enum block_kind kind, const struct uuid *u, bool *out)
{
	static const struct sql Q = SQL("SELECT 1 FROM blocklist b WHERE b.kind = $1 AND b.uuid = $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t one;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, kind);
	bind_uuid(&q, 2, u);
	rc = stmt_get_i64(cx, &q, &one);
	*out = rc == RC_OK;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc block_insert(struct ctx *cx, struct block *b, bool *is_new)
{
	static const struct sql Q = SQL("INSERT INTO blocklist (kind, id, uuid, created, name, orgc, comment) VALUES ($1, $2, $3, $4, $5, $6, $7) "
					"ON CONFLICT (kind, uuid) DO NOTHING");
	static const char *const seq[] = { "block_event", "block_org", "block_sighting", "block_analyst" };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(block_has(cx, b->kind, &b->uuid, is_new));
	*is_new = !*is_new;
	if (!*is_new)
		return RC_OK;
	TRY(id_next(cx, seq[b->kind], &b->id));
	b->created_s = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, b->kind);
	bind_i64(&q, 2, b->id);
	bind_uuid(&q, 3, &b->uuid);
	bind_i64(&q, 4, b->created_s);
	bind_text(&q, 5, b->name);
	bind_text(&q, 6, b->orgc);
	bind_text(&q, 7, b->comment);
	return stmt_run(cx, &q);
}

enum rc block_update(struct ctx *cx, const struct block *b)
{
	static const struct sql Q = SQL("UPDATE blocklist SET name = $3, orgc = $4, comment = $5 WHERE kind = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, b->kind);
	bind_i64(&q, 2, b->id);
	bind_text(&q, 3, b->name);
	bind_text(&q, 4, b->orgc);
	bind_text(&q, 5, b->comment);
	return stmt_run(cx, &q);
}

enum rc block_delete(struct ctx *cx, enum block_kind kind, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM blocklist WHERE kind = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, kind);
	bind_i64(&q, 2, id);
	return stmt_run(cx, &q);
}
