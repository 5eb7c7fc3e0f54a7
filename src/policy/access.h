/* access.h - plain questions about what a user may do; every write asks here. MISP's rules. */
#ifndef POLICY_ACCESS_H
#define POLICY_ACCESS_H

#include "model/event.h"
#include "model/user.h"

/* Site admins; with modify_org events that the own organisation created; with modify own events; sync users events that came from peers (locked) and are not
 * protected: those ask for a signature (policy/protect.h). */
bool user_may_edit_event(const struct user *u, const struct event *e);
/* An event of a peer that its next version may replace. */
bool user_may_push_event(const struct user *u, const struct event *e);
bool user_may_publish_event(const struct user *u, const struct event *e);
/* Attach or detach a tag: owner organisation's taggers everywhere, others local tags only where they host the event. */
bool user_may_tag_event(const struct user *u, const struct event *e, bool local);
/* A tag may be reserved to an organisation or a user. */
bool user_may_use_tag(const struct user *u, const struct tag *t);
bool user_may_admin_org(const struct user *u, int64_t org_id);

#endif
