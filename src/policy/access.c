/* access.c - see access.h. Pure functions of user and thing. */
#include "policy/access.h"

bool user_may_push_event(const struct user *u, const struct event *e)
{
	return user_has(u, PERM(SYNC)) && e->locked && user_has(u, PERM(MODIFY));
}

bool user_may_edit_event(const struct user *u, const struct event *e)
{
	if (user_is_site_admin(u))
		return true;
	if (user_may_push_event(u, e) && !e->is_protected)
		return true;
	if (e->orgc_id != u->org_id)
		return false;
	return user_has(u, PERM(MODIFY_ORG)) || (user_has(u, PERM(MODIFY)) && e->user_id == u->id);
}

bool user_may_publish_event(const struct user *u, const struct event *e)
{
	return user_has(u, PERM(PUBLISH)) && (user_is_site_admin(u) || e->orgc_id == u->org_id);
}

bool user_may_tag_event(const struct user *u, const struct event *e, bool local)
{
	if (user_is_site_admin(u))
		return true;
	if (!user_has(u, PERM(TAGGER)))
		return false;
	return local ? true : user_may_edit_event(u, e);
}

bool user_may_use_tag(const struct user *u, const struct tag *t)
{
	if (user_is_site_admin(u))
		return true;
	return (!t->org_id || t->org_id == u->org_id) && (!t->user_id || t->user_id == u->id);
}

bool user_may_admin_org(const struct user *u, int64_t org_id)
{
	return user_is_site_admin(u) || (user_has(u, PERM(ADMIN)) && u->org_id == org_id);
}
