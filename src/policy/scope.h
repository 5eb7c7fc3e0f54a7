/* scope.h - what a user may see: the struct scope that every list and view of store/ asks for. */
#ifndef POLICY_SCOPE_H
#define POLICY_SCOPE_H

#include "model/scope.h"
#include "model/user.h"
#include "base/ctx.h"

/* Asks the database only when the organisation belongs to sharing groups and the user is no site admin. Groups in cx->mem. */
MUST_USE enum rc scope_of(struct ctx *cx, const struct user *u, struct scope *out);

#endif
