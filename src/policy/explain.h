/* explain.h - why a user may or may not see and change something: the rules one after another, and the verdict.
 *
 * The verdict on seeing is the answer of the predicate that every query uses (store/visible.h), asked with that user's scope; the verdicts on doing are those of
 * policy/access.h. The steps say which facts decide; a chain of steps that ends in another verdict than the predicate's is a bug and fails (RC_INTERNAL).
 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "model/event.h"
#include "model/user.h"
#include "base/ctx.h"

enum { EXPLAIN_MAX = 16 };
struct explain_step {
	struct str rule, fact;
	int allows;           /* 1 it allows, -1 it forbids, 0 it says nothing: the next one decides */
};
struct explanation {
	struct explain_step step[EXPLAIN_MAX];
	size_t n;
	bool sees, may_edit, may_publish, may_tag;
};

/* About any user for site admins, about those of the own organisation for its admins: else RC_DENIED. user: an id. RC_NOTFOUND when there is none, or when the one
 * who asks does not see the thing himself. a or o (not both) may be NULL: then it is the event. */
MUST_USE enum rc explain(struct ctx *cx, int64_t user, const struct event *e, const struct object *o, const struct attr *a, struct explanation *out);

#endif
