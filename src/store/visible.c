/* visible.c - binds the reader's scope, see visible.h. */
#include "store/visible.h"

const struct scope scope_all = { .all = true };

void bind_scope(struct stmt *q, const struct scope *s)
{
	bind_i64(q, 1, s->all);
	bind_i64(q, 2, s->org_id);
	bind_i64s(q, 3, s->groups, s->group_n);
	bind_i64(q, 4, s->unpublished_private);
}
