/* scope.h - what a reader may see, computed once a unit of work by policy/, applied by the one predicate of store/visible.c. */
#ifndef MODEL_SCOPE_H
#define MODEL_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope {
	bool all;               /* site admin: everything */
	int64_t org_id;         /* own organisation */
	const int64_t *groups;  /* sharing groups the organisation belongs to, ascending; borrowed from the unit of work */
	size_t group_n;
	bool unpublished_private; /* setting: unpublished events of others are hidden */
};

#endif
