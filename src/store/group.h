/* group.h - sharing groups: which of them an organisation belongs to. */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include "store/store.h"

/* Ids ascending, in cx->mem. */
MUST_USE enum rc group_of_org(struct ctx *cx, int64_t org_id, const int64_t **out, size_t *n);

#endif
