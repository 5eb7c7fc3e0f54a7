/* history.c - see history.h. */
#include "store/history.h"

static enum rc purge(struct ctx *cx, int64_t before_us, int64_t *removed)
{
	/* audit ids ascend with time */
	static const struct sql last = SQL("SELECT id FROM audit WHERE at_us < $1 ORDER BY id DESC LIMIT 1");
	static const struct sql drop[] = {
		SQL("DELETE FROM event_old WHERE audit_id <= $1"),
		SQL("DELETE FROM object_old WHERE audit_id <= $1"),
		SQL("DELETE FROM attribute_old WHERE audit_id <= $1"),
		SQL("DELETE FROM tag_binding_old WHERE audit_id <= $1"),
	};
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t id;
	enum rc rc;

	TRY(stmt_open(cx, cx->conn, &last, &q));
	bind_i64(&q, 1, before_us);
	rc = stmt_get_i64(cx, &q, &id);
	if (rc == RC_DONE)
		return RC_OK;
	TRY(rc);
	for (size_t i = 0; i < sizeof(drop) / sizeof(*drop); i++) {
		SCOPED(stmt_done) struct stmt d = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &drop[i], &d));
		bind_i64(&d, 1, id);
		TRY(stmt_run(cx, &d));
		*removed += d.changes;
	}
	return RC_OK;
}

enum rc history_purge(struct ctx *cx, int64_t before_us, int64_t *removed)
{
	int64_t n = 0;
	enum rc rc;

	TRY(store_begin(cx));
	rc = purge(cx, before_us, &n);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	if (removed)
		*removed = n;
	return store_commit(cx);
}
