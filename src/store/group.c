/* group.c - rows of sharing_group_org. */
#include "store/group.h"

enum rc group_of_org(struct ctx *cx, int64_t org_id, const int64_t **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT g.sharing_group_id FROM sharing_group_org g WHERE g.org_id = $1 ORDER BY g.sharing_group_id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	size_t cap = 0;
	int64_t *v = NULL;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, org_id);
	*n = 0;
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		v[(*n)++] = col_i64(&q, 0);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}
