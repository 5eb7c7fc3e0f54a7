/* attachment.c - rows of attachment. */
#include "store/attachment.h"

#include "store/job.h"

/* Files that lost their last row go when the transaction is done. */
static enum rc sweep_later(struct ctx *cx)
{
	return job_add(cx, &(struct job){ .kind = S("file_sweep"), .arg = S("{}") }, NULL);
}

static enum rc run(struct ctx *cx, const struct sql *sql, int64_t event_id, int64_t attr_id, int kind, int64_t *changes)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, sql, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, attr_id);
	bind_i64(&q, 3, kind);
	TRY(stmt_run(cx, &q));
	*changes = q.changes;
	return RC_OK;
}

enum rc attachment_remove(struct ctx *cx, int64_t event_id, int64_t attr_id, enum attachment_kind kind)
{
	static const struct sql Q = SQL("DELETE FROM attachment WHERE event_id = $1 AND attr_id = $2 AND kind = $3");
	int64_t n;

	TRY(run(cx, &Q, event_id, attr_id, kind, &n));
	return n ? sweep_later(cx) : RC_OK;
}

enum rc attachment_remove_event(struct ctx *cx, int64_t event_id)
{
	static const struct sql Q = SQL("DELETE FROM attachment WHERE event_id = $1");
	int64_t n;

	TRY(run(cx, &Q, event_id, 0, 0, &n));
	return n ? sweep_later(cx) : RC_OK;
}

enum rc attachment_put(struct ctx *cx, const struct attachment *a)
{
	static const struct sql Q = SQL("INSERT INTO attachment (event_id, attr_id, kind, sha256, size) VALUES ($1, $2, $3, $4, $5)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(attachment_remove(cx, a->event_id, a->attr_id, a->kind));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, a->event_id);
	bind_i64(&q, 2, a->attr_id);
	bind_i64(&q, 3, a->kind);
	bind_blob(&q, 4, a->file.sha256, sizeof(a->file.sha256));
	bind_i64(&q, 5, a->file.size);
	return stmt_run(cx, &q);
}

enum rc attachment_move(struct ctx *cx, int64_t event_id, int64_t proposal_id, int64_t attr_id)
{
	static const struct sql Q = SQL("UPDATE attachment SET attr_id = $3, kind = 0 WHERE event_id = $1 AND attr_id = $2 AND kind = 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, proposal_id);
	bind_i64(&q, 3, attr_id);
	return stmt_run(cx, &q);
}

static void row(struct stmt *q, struct attachment *a)
{
	struct str sha = col_blob(q, 3);

	*a = (struct attachment){ .event_id = col_i64(q, 0), .attr_id = col_i64(q, 1), .kind = (enum attachment_kind)col_i64(q, 2), .file.size = col_i64(q, 4) };
	if (sha.n == sizeof(a->file.sha256))
		memcpy(a->file.sha256, sha.p, sha.n);
}
#define COLS "event_id, attr_id, kind, sha256, size"

enum rc attachment_load(struct ctx *cx, int64_t event_id, int64_t attr_id, enum attachment_kind kind, struct attachment *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM attachment WHERE event_id = $1 AND attr_id = $2 AND kind = $3");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, attr_id);
	bind_i64(&q, 3, kind);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(&q, out);
	return rc;
}

enum rc attachment_list(struct ctx *cx, int64_t event_id, int64_t first, int64_t last, struct attachment **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM attachment WHERE event_id = $1 AND attr_id BETWEEN $2 AND $3 AND kind = 0 ORDER BY attr_id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, first);
	bind_i64(&q, 3, last);
	return STMT_ALL(cx, &q, out, n, row(&q, e));
}

enum rc attachment_any(struct ctx *cx, int64_t event_id, bool *out)
{
	static const struct sql Q = SQL("SELECT 1 FROM attachment WHERE event_id = $1 AND kind = 0 LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	rc = stmt_row(cx, &q);
	*out = rc == RC_OK;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc attachment_page(struct ctx *cx, const struct attachment *from, size_t limit, struct attachment **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM attachment WHERE (event_id, attr_id, kind) > ($1, $2, $3) ORDER BY event_id, attr_id, kind LIMIT $4");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, from->event_id);
	bind_i64(&q, 2, from->attr_id);
	bind_i64(&q, 3, from->kind);
	bind_i64(&q, 4, (int64_t)limit);
	return STMT_ALL(cx, &q, out, n, row(&q, e));
}
