/* tag_collection.c - rows of tag_collection, tag_collection_tag, favourite_tag. */
#include "store/tag_collection.h"

#define COLS "c.id, c.uuid, c.name, c.description, c.org_id, c.user_id, c.all_orgs"

static void row(struct ctx *cx, struct stmt *q, struct tag_collection *c)
{
	*c = (struct tag_collection){ .id = col_i64(q, 0), .name = col_text_dup(cx, q, 2), .description = col_text_dup(cx, q, 3), .org_id = col_i64(q, 4),
				      .user_id = col_i64(q, 5), .all_orgs = col_i64(q, 6) };
	col_uuid(q, 1, &c->uuid);
}

enum rc tag_collection_list(struct ctx *cx, int64_t org_id, struct tag_collection **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM tag_collection c WHERE $1 = 0 OR c.all_orgs = 1 OR c.org_id = $1 ORDER BY c.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, org_id);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

enum rc tag_collection_load(struct ctx *cx, int64_t id, const struct uuid *u, struct tag_collection *out)
{
	static const struct sql by_id = SQL("SELECT " COLS " FROM tag_collection c WHERE c.id = $1"), by_uuid = SQL("SELECT " COLS " FROM tag_collection c WHERE c.uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, id ? &by_id : &by_uuid, &q));
	if (id)
		bind_i64(&q, 1, id);
	else
		bind_uuid(&q, 1, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

static void use_row(struct ctx *cx, struct stmt *q, struct tag_use *u)
{
	*u = (struct tag_use){ .owner = col_i64(q, 0) };
	tag_of_row(cx, q, 1, &u->t);
}

enum rc tag_collection_tags(struct ctx *cx, const int64_t *ids, size_t n, struct tag_use **out, size_t *out_n)
{
#define OF(L) "SELECT b.tag_collection_id, " TAG_COLS " FROM tag_collection_tag b JOIN tag t ON t.id = b.tag_id WHERE b.tag_collection_id " L("$1") \
	" ORDER BY b.tag_collection_id, b.tag_id"
	static const struct sql Q = SQL_BOTH(OF);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64s(&q, 1, ids, n);
	return STMT_ALL(cx, &q, out, out_n, use_row(cx, &q, e));
}

enum rc tag_collection_put(struct ctx *cx, struct tag_collection *c)
{
	static const struct sql taken = SQL("SELECT id FROM tag_collection WHERE (name = $1 OR uuid = $2) AND id <> $3");
	static const struct sql insert = SQL("INSERT INTO tag_collection (id, uuid, name, description, org_id, user_id, all_orgs) VALUES ($1, $2, $3, $4, $5, $6, $7)");
	static const struct sql update = SQL("UPDATE tag_collection SET uuid = $2, name = $3, description = $4, org_id = $5, user_id = $6, all_orgs = $7 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;
	bool fresh = c->id == 0;
	int64_t other;
	enum rc rc;

	if (fresh)
		TRY(id_next(cx, "tag_collection", &c->id));
	TRY(stmt_open(cx, cx->conn, &taken, &q));
	bind_text(&q, 1, c->name);
	bind_uuid(&q, 2, &c->uuid);
	bind_i64(&q, 3, c->id);
	rc = stmt_get_i64(cx, &q, &other);
	if (rc != RC_DONE)
		return rc == RC_OK ? RC_EXISTS : rc;
	TRY(stmt_open(cx, cx->conn, fresh ? &insert : &update, &p));
	bind_i64(&p, 1, c->id);
	bind_uuid(&p, 2, &c->uuid);
	bind_text(&p, 3, c->name);
	bind_text(&p, 4, c->description);
	bind_i64(&p, 5, c->org_id);
	bind_i64(&p, 6, c->user_id);
	bind_i64(&p, 7, c->all_orgs);
	return stmt_run(cx, &p);
}

/* *changed: a row came or went */
static enum rc pair(struct ctx *cx, const struct sql *s, int64_t a, int64_t b, bool *changed)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, a);
	bind_i64(&q, 2, b);
	TRY(stmt_run(cx, &q));
	*changed = q.changes > 0;
	return RC_OK;
}

enum rc tag_collection_delete(struct ctx *cx, int64_t id)
{
	static const struct sql tags = SQL("DELETE FROM tag_collection_tag WHERE tag_collection_id = $1"), self = SQL("DELETE FROM tag_collection WHERE id = $1");
	bool any;

	TRY(pair(cx, &tags, id, 0, &any));
	return pair(cx, &self, id, 0, &any);
}

enum rc tag_collection_join(struct ctx *cx, int64_t id, int64_t tag_id, bool *joined)
{
	static const struct sql Q = SQL("INSERT INTO tag_collection_tag (tag_collection_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");

	return pair(cx, &Q, id, tag_id, joined);
}

enum rc tag_collection_leave(struct ctx *cx, int64_t id, int64_t tag_id, bool *was)
{
	static const struct sql Q = SQL("DELETE FROM tag_collection_tag WHERE tag_collection_id = $1 AND tag_id = $2");

	return pair(cx, &Q, id, tag_id, was);
}

enum rc favourite_tags(struct ctx *cx, int64_t user_id, struct tag_use **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT b.user_id, " TAG_COLS " FROM favourite_tag b JOIN tag t ON t.id = b.tag_id WHERE b.user_id = $1 ORDER BY t.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, user_id);
	return STMT_ALL(cx, &q, out, n, use_row(cx, &q, e));
}

enum rc favourite_tag_toggle(struct ctx *cx, int64_t user_id, int64_t tag_id, bool *now)
{
	static const struct sql off = SQL("DELETE FROM favourite_tag WHERE user_id = $1 AND tag_id = $2");
	static const struct sql on = SQL("INSERT INTO favourite_tag (user_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
	bool was;

	TRY(pair(cx, &off, user_id, tag_id, &was));
	*now = !was;
	return was ? RC_OK : pair(cx, &on, user_id, tag_id, now);
}
