/* group_admin.h - changing sharing groups, and taking them in with the events that name them. Each call about one group opens a transaction, writes,
 * audits. */
#ifndef POLICY_GROUP_ADMIN_H
#define POLICY_GROUP_ADMIN_H

#include "model/input.h"
#include "model/user.h"
#include "store/group.h"

/* Site admins; with the right to manage sharing groups: the owner's organisation, members with extend, the synchronisation user who brought it here. */
bool user_may_edit_group(const struct user *u, const struct group *g);
/* Site admins; the owner's organisation with that right. */
bool user_may_delete_group(const struct user *u, const struct group *g);

/* RC_INVALID with a field when it is not acceptable. Who is no site admin must be in it, with extend; a group sent without members gets him as
 * its first. */
MUST_USE enum rc group_add(struct ctx *cx, const struct group_in *in, struct group *out);
/* What was sent replaces what was; members sent are added or changed, none is taken out. RC_METHOD "Action not allowed." */
MUST_USE enum rc group_edit(struct ctx *cx, const struct event_key *k, const struct group_in *in, struct group *out);
MUST_USE enum rc group_remove(struct ctx *cx, const struct event_key *k, int64_t *id);

/* RC_METHOD when the group, organisation or server is not known or not to be changed; RC_INVALID when it is (not) in the group already. */
MUST_USE enum rc group_add_org(struct ctx *cx, const struct event_key *k, struct str org_ref, bool extend);
MUST_USE enum rc group_remove_org(struct ctx *cx, const struct event_key *k, struct str org_ref);
MUST_USE enum rc group_add_server(struct ctx *cx, const struct event_key *k, struct str server_ref, bool all_orgs);
MUST_USE enum rc group_remove_server(struct ctx *cx, const struct event_key *k, struct str server_ref);

/* Members are hidden from who may not manage sharing groups (setting Security.hide_organisations_in_sharing_groups). */
bool group_orgs_hidden(const struct ctx *cx);

/* Inside the transaction of a save: the group that a document names, by its uuid when a SharingGroup was sent (made here when unknown and create
 * is set and the user may), else by number. *id 0 when it is not there or not for this user. trusted: rights are not asked (feeds, the command line). */
struct group_claim {
	const struct group_in *in; /* NULL: by number */
	int64_t number;
	bool trusted, create;
};
MUST_USE enum rc group_capture(struct ctx *cx, const struct group_claim *c, int64_t *id);

#endif
