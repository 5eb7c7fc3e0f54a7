/* rate.h - how many searches a user did in the last quarter of an hour, for roles with a limit. In memory: a restart begins anew. */
#ifndef POLICY_RATE_H
#define POLICY_RATE_H

#include "base/ctx.h"
#include "model/user.h"

struct rate {
	int64_t limit, remaining, reset_s; /* limit 0: none */
};
/* One more of cx->who; RC_LIMIT when it is one too many, RC_METHOD when the role may not search at all. *out is set whatever comes. */
MUST_USE enum rc rate_take(struct ctx *cx, struct rate *out);

#endif
