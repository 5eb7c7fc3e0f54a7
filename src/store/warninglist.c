/* warninglist.c - rows of warninglist and warninglist_entry. */
#include "store/warninglist.h"

#define COLS "id, name, type, description, version, enabled, is_default, category, matching_attributes, entry_count"

static void row(struct ctx *cx, struct stmt *q, struct warninglist *w)
{
	*w = (struct warninglist){
		.id = col_i64(q, 0),
		.name = col_text_dup(cx, q, 1),
		.type = col_text_dup(cx, q, 2),
		.description = col_text_dup(cx, q, 3),
		.version = col_i64(q, 4),
		.enabled = col_i64(q, 5),
		.is_default = col_i64(q, 6),
		.category = col_text_dup(cx, q, 7),
		.matching = col_text_dup(cx, q, 8),
		.entry_count = col_i64(q, 9),
	};
}

enum rc warninglist_list(struct ctx *cx, bool enabled_only, struct warninglist **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM warninglist WHERE enabled >= $1 ORDER BY id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct warninglist *v = NULL;
	size_t cap = 0;
	enum rc rc;

	*n = 0;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, enabled_only);
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		row(cx, &q, &v[(*n)++]);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc warninglist_load(struct ctx *cx, int64_t id, struct str name, struct warninglist *out)
{
	static const struct sql by_id = SQL("SELECT " COLS " FROM warninglist WHERE id = $1"), by_name = SQL("SELECT " COLS " FROM warninglist WHERE name = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, name.n ? &by_name : &by_id, &q));
	if (name.n)
		bind_text(&q, 1, name);
	else
		bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

static void bind_list(struct stmt *q, const struct warninglist *w)
{
	bind_i64(q, 1, w->id);
	bind_text(q, 2, w->name);
	bind_text(q, 3, w->type);
	bind_text(q, 4, w->description);
	bind_i64(q, 5, w->version);
	bind_i64(q, 6, w->enabled);
	bind_i64(q, 7, w->is_default);
	bind_text(q, 8, w->category);
	bind_text(q, 9, w->matching);
}

enum rc warninglist_insert(struct ctx *cx, struct warninglist *w)
{
	static const struct sql Q = SQL("INSERT INTO warninglist (" COLS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct warninglist there;
	enum rc rc = warninglist_load(cx, 0, w->name, &there);

	if (rc == RC_OK)
		return fail_field(cx, RC_INVALID, "name", "Warninglist with same name already exists.");
	if (rc != RC_DONE)
		return rc;
	TRY(id_next(cx, "warninglist", &w->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_list(&q, w);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "warninglist");
}

enum rc warninglist_update(struct ctx *cx, const struct warninglist *w)
{
	static const struct sql Q = SQL("UPDATE warninglist SET name = $2, type = $3, description = $4, version = $5, enabled = $6, is_default = $7, category = $8, "
					"matching_attributes = $9 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_list(&q, w);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "warninglist");
}

enum rc warninglist_delete(struct ctx *cx, int64_t id)
{
	static const struct sql entries = SQL("DELETE FROM warninglist_entry WHERE warninglist_id = $1"), list = SQL("DELETE FROM warninglist WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, p = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &entries, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_run(cx, &q));
	TRY(stmt_open(cx, cx->conn, &list, &p));
	bind_i64(&p, 1, id);
	TRY(stmt_run(cx, &p));
	return data_version_bump(cx, "warninglist");
}

enum rc warninglist_entries_open(struct ctx *cx, int64_t list_id, struct warninglist_writer *w)
{
	static const struct bulk_table T = { "warninglist_entry", "warninglist_id, id, value", "iit", 3 };
	static const struct sql clear = SQL("DELETE FROM warninglist_entry WHERE warninglist_id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	*w = (struct warninglist_writer){ .list_id = list_id };
	TRY(stmt_open(cx, cx->conn, &clear, &q));
	bind_i64(&q, 1, list_id);
	TRY(stmt_run(cx, &q));
	return bulk_open(cx, cx->conn, &T, &w->b);
}

enum rc warninglist_entries_add(struct ctx *cx, struct warninglist_writer *w, struct str value)
{
	bulk_i64(w->b, w->list_id);
	bulk_i64(w->b, ++w->n);
	bulk_text(w->b, value);
	return bulk_row(cx, w->b);
}

enum rc warninglist_entries_close(struct ctx *cx, struct warninglist_writer *w)
{
	static const struct sql Q = SQL("UPDATE warninglist SET entry_count = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(bulk_end(cx, &w->b));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, w->list_id);
	bind_i64(&q, 2, w->n);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "warninglist");
}

enum rc warninglist_entries(struct ctx *cx, int64_t list_id, enum rc (*each)(void *arg, struct ctx *cx, const struct warninglist_entry *e), void *arg)
{
	static const struct sql one = SQL("SELECT warninglist_id, id, value, comment FROM warninglist_entry WHERE warninglist_id = $1 AND id > $2 ORDER BY id LIMIT 10000");
	static const struct sql lists = SQL("SELECT id FROM warninglist WHERE enabled = 1 AND id > $1 ORDER BY id LIMIT 1");
	bool all = list_id == 0;
	enum rc rc;

	for (;;) {
		int64_t after = 0;
		size_t n;

		if (all) {
			SCOPED(lease_done) struct lease l = { 0 };
			SCOPED(stmt_done) struct stmt q = STMT_INIT;

			TRY(lease_take(cx, &l));
			TRY(stmt_open(cx, l.c, &lists, &q));
			bind_i64(&q, 1, list_id);
			rc = stmt_get_i64(cx, &q, &list_id);
			if (rc == RC_DONE)
				return RC_OK;
			TRY(rc);
		}
		do {
			SCOPED(lease_done) struct lease l = { 0 };
			SCOPED(stmt_done) struct stmt q = STMT_INIT;

			n = 0;
			TRY(lease_take(cx, &l));
			TRY(stmt_open(cx, l.c, &one, &q));
			bind_i64(&q, 1, list_id);
			bind_i64(&q, 2, after);
			while ((rc = stmt_row(cx, &q)) == RC_OK) {
				struct warninglist_entry e = { list_id, col_i64(&q, 1), col_text(&q, 2), col_text(&q, 3) };

				after = e.id;
				n++;
				TRY(each(arg, cx, &e));
			}
			if (rc != RC_DONE)
				return rc;
		} while (n == 10000);
		if (!all)
			return RC_OK;
	}
}
