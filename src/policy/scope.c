/* scope.c - see scope.h. */
#include "policy/scope.h"

#include "store/group.h"
#include "store/setting.h"

enum rc scope_of(struct ctx *cx, const struct user *u, struct scope *out)
{
	struct scope s = { .all = user_is_site_admin(u), .org_id = u->org_id, .unpublished_private = setting_on(cx, SITE_UNPUBLISHED_PRIVATE) };

	if (!s.all && u->has_groups)
		TRY(group_of_org(cx, u->org_id, &s.groups, &s.group_n));
	*out = s;
	return RC_OK;
}
