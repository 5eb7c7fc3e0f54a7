/* user_admin_int.h - shared by user_admin.c, key_admin.c, setting_admin.c. */
#ifndef POLICY_USER_ADMIN_INT_H
#define POLICY_USER_ADMIN_INT_H

#include "store/auth_key.h"
#include "store/user.h"

enum rc user_invalid(struct ctx *cx); /* RC_NOTFOUND "Invalid user" */
/* A user whom cx->who may change. */
MUST_USE enum rc user_managed(struct ctx *cx, int64_t id, struct user_row *out);
/* Seconds since 1970 or a date; RC_INVALID with the field. */
MUST_USE enum rc form_time(struct ctx *cx, const char *field, struct str s, int64_t *out);
/* The end of a key's life within what the instance allows; sent: what the client wants, p == NULL nothing. */
MUST_USE enum rc key_lifetime(struct ctx *cx, struct str sent, struct auth_key *k);

#endif
