/* stats.c - see stats.h. */
#include "store/stats.h"

enum rc stats_attrs(struct ctx *cx, const struct scope *sc, bool by_category, struct stat_count **out, size_t *n)
{
#define COUNT(column, L) "SELECT a." column ", count(*) FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.deleted = 0 AND " VISIBLE_EVENT("e", L) \
	" AND " VISIBLE_ATTR("a", "e", L) " GROUP BY a." column " ORDER BY a." column
#define BY_TYPE(L) COUNT("type", L)
#define BY_CATEGORY(L) COUNT("category", L)
	static const struct sql type = SQL_BOTH(BY_TYPE);
	static const struct sql category = SQL_BOTH(BY_CATEGORY);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	size_t cap = 0;
	enum rc rc;

	*out = NULL;
	*n = 0;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, by_category ? &category : &type, &q));
	bind_scope(&q, sc);
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
		(*out)[(*n)++] = (struct stat_count){ (int)col_i64(&q, 0), col_i64(&q, 1) };
	}
	return rc == RC_DONE ? RC_OK : rc;
}
