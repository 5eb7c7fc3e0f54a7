/* stats.h - counts for statistics calls. */
#ifndef STORE_STATS_H
#define STORE_STATS_H

#include "store/attr.h"

struct stat_count {
	int key; /* id of a type, or a category */
	int64_t n;
};
/* Live attributes the reader may see, by type or by category; only those with a count above 0, by key. */
MUST_USE enum rc stats_attrs(struct ctx *cx, const struct scope *sc, bool by_category, struct stat_count **out, size_t *n);

#endif
