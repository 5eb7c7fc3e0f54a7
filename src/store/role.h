/* role.h - roles: named sets of permissions. Six are there from the start, with fixed ids. */
#ifndef STORE_ROLE_H
#define STORE_ROLE_H

#include "model/user.h"
#include "store/store.h"

enum role_builtin { ROLE_ADMIN = 1, ROLE_ORG_ADMIN, ROLE_USER, ROLE_PUBLISHER, ROLE_SYNC, ROLE_READ_ONLY };

/* What a role may do to events, in four steps: 0 read, 1 own events, 2 events of the organisation, 3 publish; and its name. */
int role_level(uint32_t perms);
const char *role_level_name(int level);         /* "read_only", "manage_own", "manage_org", "publish" */
int role_level_find(struct str name);           /* by number or name; -1 for anything else */
uint32_t role_level_set(uint32_t perms, int level);

/* RC_DONE when there is none. Texts in cx->mem. */
MUST_USE enum rc role_load(struct ctx *cx, int64_t id, struct role *out);
MUST_USE enum rc role_default(struct ctx *cx, struct role *out); /* RC_DONE: none is the default */
MUST_USE enum rc role_list(struct ctx *cx, struct role **out, size_t *n); /* by id */

/* In a transaction. RC_INVALID with field "name" when it is empty or taken. */
MUST_USE enum rc role_seed(struct ctx *cx);     /* the built-in ones into an empty table */
MUST_USE enum rc role_insert(struct ctx *cx, struct role *r);
MUST_USE enum rc role_update(struct ctx *cx, const struct role *r);
MUST_USE enum rc role_delete(struct ctx *cx, int64_t id);      /* RC_INVALID while users have it */
MUST_USE enum rc role_set_default(struct ctx *cx, int64_t id); /* 0: none */

#endif
