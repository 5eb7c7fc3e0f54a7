/* user_int.h - columns that several files of this room read: a role, and a user who acts. */
#ifndef STORE_USER_INT_H
#define STORE_USER_INT_H

#include "model/user.h"
#include "store/store.h"

#define ROLE_COLS \
	"r.id, r.name, r.perms, r.default_role, r.restricted_to_site_admin, r.memory_limit, r.max_execution_time, r.enforce_rate_limit, " \
	"r.rate_limit_count, r.created, r.modified"
enum { ROLE_COL_N = 11 };
void role_row(struct ctx *cx, struct stmt *q, int at, struct role *r);

/* One statement gives all that a request needs to know about who acts. */
#define ACTING_COLS \
	"u.id, u.org_id, u.role_id, u.email, u.disabled, u.change_pw, u.expiration, o.name, o.uuid, " \
	"CASE WHEN EXISTS (SELECT 1 FROM sharing_group_org g WHERE g.org_id = u.org_id) " \
	"OR EXISTS (SELECT 1 FROM sharing_group_server s WHERE s.server_id = 0 AND s.all_orgs = 1) THEN 1 ELSE 0 END, " ROLE_COLS
enum { ACTING_COL_N = 10 + ROLE_COL_N };
#define ACTING_FROM "users u JOIN role r ON r.id = u.role_id JOIN org o ON o.id = u.org_id"
/* disabled is set for expired users too. */
void acting_row(struct ctx *cx, struct stmt *q, int at, struct user *u);

#endif
