/* org_admin.h - changing organisations and roles; for site admins. Each opens a transaction, writes, audits. RC_DENIED for others. */
#ifndef POLICY_ORG_ADMIN_H
#define POLICY_ORG_ADMIN_H

#include "store/org.h"
#include "store/role.h"

/* As sent; p == NULL: was not sent. restricted_to_domain: JSON list or lines. */
struct org_form {
	struct str uuid, name, description, type, nationality, sector, contacts, landingpage, restricted_to_domain, local;
};
/* With Security.hide_organisation_index_from_users: those without the right to make sharing groups know their own organisation and those that contributed
 * something they see; the list is refused to them. */
bool org_list_hidden(const struct ctx *cx);
MUST_USE enum rc org_may_know(struct ctx *cx, int64_t id, bool *out);

MUST_USE enum rc org_add(struct ctx *cx, const struct org_form *f, struct org *out);
/* ref: number, uuid or name. RC_NOTFOUND "Invalid organisation". */
MUST_USE enum rc org_edit(struct ctx *cx, struct str ref, const struct org_form *f, struct org *out);
MUST_USE enum rc org_remove(struct ctx *cx, struct str ref, int64_t *id);
/* All that is from's becomes into's, and from goes. */
MUST_USE enum rc org_merge(struct ctx *cx, struct str from, struct str into, struct org *out);

struct role_form {
	struct str name, permission, memory_limit, max_execution_time, restricted_to_site_admin, enforce_rate_limit, rate_limit_count;
	struct str perm[PERM_BIT_COUNT];
};
/* permission (a level, store/role.h) decides over add, modify, modify_org, publish where it was sent. RC_NOTFOUND "Invalid Role". */
MUST_USE enum rc role_add(struct ctx *cx, const struct role_form *f, struct role *out);
MUST_USE enum rc role_edit(struct ctx *cx, int64_t id, const struct role_form *f, struct role *out);
MUST_USE enum rc role_remove(struct ctx *cx, int64_t id);
MUST_USE enum rc role_make_default(struct ctx *cx, int64_t id); /* 0: none */

#endif
