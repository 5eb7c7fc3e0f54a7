/* login.h - who acts: by API key, by password, or as the one who may open the data folder. Each fills cx->who and cx->scope (in cx->mem)
 * and, with a key, cx->auth_key_id. cx->origin must hold the client's address before.
 *
 *     TRY(login_by_key(cx, req_header(rq, "Authorization")));
 *     if (!user_has(cx->who, route->perms)) ...
 */
#ifndef POLICY_LOGIN_H
#define POLICY_LOGIN_H

#include "model/user.h"
#include "base/ctx.h"

/* header: one key or a list with commas; the first that works counts. RC_UNAUTH otherwise; the reason goes into the audit, not to the client. */
MUST_USE enum rc login_by_key(struct ctx *cx, struct str header);
/* While the instance is closed (MISP.live off) only site admins come in; RC_DENIED for others, with the text of MISP.maintenance_message. */
MUST_USE enum rc login_open_for(struct ctx *cx, const struct user *u);
/* From now on u acts; copied. */
MUST_USE enum rc login_act(struct ctx *cx, const struct user *u);
/* Who has this password: RC_UNAUTH with one text whatever was wrong, RC_DENIED when there were too many tries (policy/throttle.h). Outside a
 * transaction. Whoever goes on to let the user in says so by login_note. */
MUST_USE enum rc login_password_check(struct ctx *cx, struct str email, struct str password, struct user *out);
/* A wrong password or code: into the audit and the counts. Returns RC_UNAUTH with the text. */
MUST_USE enum rc login_failed(struct ctx *cx, struct str account, int64_t user_id, const char *why, const char *text);
/* cx->who logged in: noted in his row and the audit. In a transaction. */
MUST_USE enum rc login_note(struct ctx *cx);
/* Check and note. */
MUST_USE enum rc login_by_password(struct ctx *cx, struct str email, struct str password);
/* The command line: the first site admin, else a user "cli" of no id, of the first local organisation. origin becomes "cli". Needs no database row. */
MUST_USE enum rc login_as_cli(struct ctx *cx);
/* A user by id: jobs act for who asked for them. RC_DENIED when disabled or gone. */
MUST_USE enum rc login_as(struct ctx *cx, int64_t user_id);

/* What is left to a read-only key of a role's permissions. */
uint32_t login_read_only_perms(uint32_t perms);
/* True when addr is one of the JSON list of addresses and networks; list {NULL,0}: always. */
bool login_address_allowed(struct ctx *cx, struct str list, struct str addr);

#endif
