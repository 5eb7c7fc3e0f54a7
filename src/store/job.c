/* job.c - the job queue as a table; see job.h. */
#include "store/job.h"

#define COLS "id, kind, arg, state, run_at, lease_until, attempts, progress, total, message, user_id, created, finished"

static void row(struct ctx *cx, struct stmt *q, struct job *j)
{
	*j = (struct job){
		.id = col_i64(q, 0),
		.kind = col_text_dup(cx, q, 1),
		.arg = col_text_dup(cx, q, 2),
		.state = (enum job_state)col_i64(q, 3),
		.run_at = col_i64(q, 4),
		.lease_until = col_i64(q, 5),
		.attempts = col_i64(q, 6),
		.progress = col_i64(q, 7),
		.total = col_i64(q, 8),
		.message = col_text_dup(cx, q, 9),
		.user_id = col_i64(q, 10),
		.created = col_i64(q, 11),
		.finished = col_i64(q, 12),
	};
}

/* Commits, or rolls back, a transaction that this file opened. */
static enum rc ended(struct ctx *cx, bool own, enum rc rc)
{
	if (!own)
		return rc;
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc same_waiting(struct ctx *cx, const struct job *j, int64_t *id)
{
	static const struct sql Q = SQL("SELECT id FROM job WHERE state = 0 AND kind = $1 AND arg = $2 ORDER BY id LIMIT 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, j->kind);
	bind_text(&q, 2, j->arg);
	rc = stmt_get_i64(cx, &q, id);
	if (rc == RC_DONE)
		*id = 0;
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc insert(struct ctx *cx, const struct job *given, int64_t *id)
{
	static const struct sql Q = SQL("INSERT INTO job (id, kind, arg, state, run_at, lease_until, attempts, progress, total, message, user_id, created, "
					"finished) VALUES ($1, $2, $3, 0, $4, 0, 0, 0, 0, '', $5, $6, 0)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct job copy = *given, *j = &copy;

	if (!j->arg.p)
		j->arg = S("{}");
	TRY(same_waiting(cx, j, id));
	if (*id)
		return RC_OK;
	TRY(id_next(cx, "job", id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, *id);
	bind_text(&q, 2, j->kind);
	bind_text(&q, 3, j->arg);
	bind_i64(&q, 4, j->run_at ? j->run_at : ctx_now_s(cx));
	bind_i64(&q, 5, j->user_id);
	bind_i64(&q, 6, ctx_now_s(cx));
	return stmt_run(cx, &q);
}

enum rc job_add(struct ctx *cx, const struct job *j, int64_t *id)
{
	bool own = !cx->conn;
	int64_t got = 0;

	if (own)
		TRY(store_begin(cx));
	TRY(ended(cx, own, insert(cx, j, &got)));
	if (id)
		*id = got;
	return RC_OK;
}

static enum rc insert_periodic(struct ctx *cx, struct str kind, int64_t run_at)
{
	static const struct sql Q = SQL("SELECT count(*) FROM job WHERE state IN (0, 1) AND kind = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n, id;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, kind);
	TRY(stmt_get_i64(cx, &q, &n));
	return n ? RC_OK : insert(cx, &(struct job){ .kind = kind, .arg = S("{}"), .run_at = run_at }, &id);
}

enum rc job_add_periodic(struct ctx *cx, struct str kind, int64_t run_at)
{
	bool own = !cx->conn;

	if (own)
		TRY(store_begin(cx));
	return ended(cx, own, insert_periodic(cx, kind, run_at));
}

enum rc job_load(struct ctx *cx, int64_t id, struct job *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM job WHERE id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid job");
	TRY(rc);
	row(cx, &q, out);
	return RC_OK;
}

enum rc job_list(struct ctx *cx, int64_t before, size_t limit, struct job **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM job WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, before);
	bind_i64(&q, 2, (int64_t)limit);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

#define DUE(j) "((" j ".state = 0 AND " j ".run_at <= $1) OR (" j ".state = 1 AND " j ".lease_until < $1))"
#define ALONE "NOT EXISTS (SELECT 1 FROM job r WHERE r.state = 1 AND r.lease_until >= $1 AND r.kind = j.kind AND r.arg = j.arg AND r.id <> j.id)"

enum rc job_due(struct ctx *cx, int64_t now_s, bool *out)
{
	static const struct sql Q = SQL("SELECT count(*) FROM (SELECT 1 FROM job j WHERE " DUE("j") " AND " ALONE " LIMIT 1) x");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, now_s);
	TRY(stmt_get_i64(cx, &q, &n));
	*out = n > 0;
	return RC_OK;
}

static enum rc claim(struct ctx *cx, int64_t now_s, int64_t lease_s, struct job *out)
{
	/* one claim at a time, so that two workers do not take two jobs of the same kind and arg; SQLite has one writer anyway */
	static const struct sql lock = SQL2("SELECT 1", "SELECT 1 FROM pg_advisory_xact_lock(1835365232)");
	static const struct sql Q = SQL("UPDATE job SET state = 1, attempts = attempts + 1, lease_until = $2, progress = 0, total = 0 WHERE id = (SELECT id FROM "
					"job j WHERE " DUE("j") " AND " ALONE " ORDER BY j.run_at, j.id LIMIT 1) RETURNING " COLS);
	SCOPED(stmt_done) struct stmt l = STMT_INIT, q = STMT_INIT;
	int64_t one;
	enum rc rc;

	TRY(stmt_open(cx, cx->conn, &lock, &l));
	TRY(stmt_get_i64(cx, &l, &one));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, now_s);
	bind_i64(&q, 2, now_s + lease_s);
	rc = stmt_row(cx, &q);
	if (rc != RC_OK)
		return rc;
	row(cx, &q, out);
	rc = stmt_row(cx, &q);
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc job_claim(struct ctx *cx, int64_t now_s, int64_t lease_s, struct job *out)
{
	TRY(store_begin(cx));
	return ended(cx, true, claim(cx, now_s, lease_s, out));
}

/* RC_DONE when the row is not this claim's any more */
static enum rc run_claimed(struct ctx *cx, struct stmt *q, int64_t id, int64_t attempts)
{
	bind_i64(q, 1, id);
	bind_i64(q, 2, attempts);
	TRY(stmt_run(cx, q));
	return q->changes ? RC_OK : RC_DONE;
}

static enum rc renew(struct ctx *cx, int64_t id, int64_t attempts, int64_t until)
{
	static const struct sql Q = SQL("UPDATE job SET lease_until = $3 WHERE id = $1 AND attempts = $2 AND state = 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 3, until);
	return run_claimed(cx, &q, id, attempts);
}

enum rc job_renew(struct ctx *cx, int64_t id, int64_t attempts, int64_t lease_until)
{
	TRY(store_begin(cx));
	return ended(cx, true, renew(cx, id, attempts, lease_until));
}

static enum rc progress_set(struct ctx *cx, int64_t id, int64_t attempts, int64_t done, int64_t total, struct str message)
{
	static const struct sql Q = SQL("UPDATE job SET progress = $3, total = $4, message = $5 WHERE id = $1 AND attempts = $2 AND state = 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 3, done);
	bind_i64(&q, 4, total);
	bind_text(&q, 5, message);
	return run_claimed(cx, &q, id, attempts);
}

enum rc job_progress(struct ctx *cx, int64_t id, int64_t attempts, int64_t progress, int64_t total, struct str message)
{
	TRY(store_begin(cx));
	return ended(cx, true, progress_set(cx, id, attempts, progress, total, message));
}

static enum rc finish(struct ctx *cx, int64_t id, int64_t attempts, const struct job_end *e)
{
	static const struct sql Q = SQL("UPDATE job SET state = $3, run_at = $4, attempts = $5, message = $6, finished = $7, lease_until = 0 "
					"WHERE id = $1 AND attempts = $2 AND state = 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 3, e->state);
	bind_i64(&q, 4, e->state == JOB_WAITING ? e->run_at : e->now_s);
	bind_i64(&q, 5, e->rewind ? 0 : attempts);
	bind_text(&q, 6, e->message);
	bind_i64(&q, 7, e->state == JOB_WAITING ? 0 : e->now_s);
	return run_claimed(cx, &q, id, attempts);
}

enum rc job_finish(struct ctx *cx, int64_t id, int64_t attempts, const struct job_end *e)
{
	TRY(store_begin(cx));
	return ended(cx, true, finish(cx, id, attempts, e));
}

enum rc job_purge(struct ctx *cx, int64_t before_s)
{
	static const struct sql Q = SQL("DELETE FROM job WHERE state IN (2, 3) AND finished < $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(store_begin(cx));
	rc = stmt_open(cx, cx->conn, &Q, &q);
	if (rc == RC_OK) {
		bind_i64(&q, 1, before_s);
		rc = stmt_run(cx, &q);
	}
	stmt_done(&q);
	return ended(cx, true, rc);
}

enum rc job_count(struct ctx *cx, int64_t *out)
{
	static const struct sql Q = SQL("SELECT count(*) FROM job WHERE state IN (0, 1)");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return stmt_get_i64(cx, &q, out);
}
