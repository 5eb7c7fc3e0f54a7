/* group.h - sharing groups: who belongs to them, reading and changing them. What they decide about events stands in visible.h. */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include "model/group.h"
#include "store/event.h"
#include "store/store.h"
#include "store/visible.h"

/* Sharing groups that the organisation is a member of, by name or because all of this instance are. Ids ascending, in cx->mem. */
MUST_USE enum rc group_of_org(struct ctx *cx, int64_t org_id, const int64_t **out, size_t *n);

/* With its members. RC_DONE (no failure recorded) when there is none, or the reader may not see it: members, the owner and site admins may. */
MUST_USE enum rc group_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct group *out);
enum group_which { GROUP_ACTIVE, GROUP_PASSIVE, GROUP_ANY };
/* By id, with their members. */
MUST_USE enum rc group_list(struct ctx *cx, const struct scope *sc, enum group_which which, struct group **out, size_t *n);

/* In a transaction. insert sets id, and the uuid when it is nil; members are written by the calls below. RC_INVALID with field "name" or "uuid" when
 * empty or taken. Rights of users may change with each of them: their logins are read anew. */
MUST_USE enum rc group_insert(struct ctx *cx, struct group *g);
MUST_USE enum rc group_update(struct ctx *cx, const struct group *g);
/* RC_INVALID while an event, or something in one, or a feed uses it. */
MUST_USE enum rc group_delete(struct ctx *cx, int64_t id);
MUST_USE enum rc group_org_put(struct ctx *cx, int64_t id, int64_t org_id, bool extend); /* added, or extend changed */
MUST_USE enum rc group_org_drop(struct ctx *cx, int64_t id, int64_t org_id);
MUST_USE enum rc group_server_put(struct ctx *cx, int64_t id, int64_t server_id, bool all_orgs);
MUST_USE enum rc group_server_drop(struct ctx *cx, int64_t id, int64_t server_id);
/* A name that no other group has: the same, or with a piece of the uuid behind it. */
MUST_USE enum rc group_free_name(struct ctx *cx, struct str name, const struct uuid *u, struct str *out);

#endif
