/* password.h - passwords: rules, hashing (argon2id), checking. Hashing takes 64 MiB; at most two run at a time, others wait. */
#ifndef POLICY_PASSWORD_H
#define POLICY_PASSWORD_H

#include "base/ctx.h"

enum { PASSWORD_MIN = 12, PASSWORD_MAX = 1024, PASSWORD_RANDOM = 20 };

/* RC_INVALID field "password". Security.password_policy_length; Security.password_policy_complexity, a regular expression, by
 * default lower case, upper case and a digit or sign, or 16 characters of any kind. */
MUST_USE enum rc password_rules(struct ctx *cx, struct str password);
MUST_USE enum rc password_hash(struct ctx *cx, struct str password, struct str *out);
/* hash "": the same work, then false. RC_STOPPED when the process stops while waiting. */
MUST_USE enum rc password_verify(struct ctx *cx, struct str password, struct str hash, bool *ok);
void password_random(char out[PASSWORD_RANDOM + 1]);

#endif
