/* user_auth.h - what a login needs of a user beside the password: one-time password, the link of a forgotten password. */
#ifndef STORE_USER_AUTH_H
#define STORE_USER_AUTH_H

#include "store/store.h"

struct user_auth {
	struct str totp, pending; /* secrets as base32; {NULL,0}: none. Kept encrypted. */
	int64_t totp_step, hotp_counter;
	int64_t last_pw_change;
	bool termsaccepted;
};
/* RC_DONE when there is no such user. */
MUST_USE enum rc user_auth_load(struct ctx *cx, int64_t user_id, struct user_auth *out);
/* In a transaction: all of the first four. */
MUST_USE enum rc user_auth_save(struct ctx *cx, int64_t user_id, const struct user_auth *a);
MUST_USE enum rc user_terms_accept(struct ctx *cx, int64_t user_id);

/* A forgotten password: a token that is good until then, of which a hash is kept. text {NULL,0}: none any more. */
MUST_USE enum rc user_reset_set(struct ctx *cx, int64_t user_id, struct str token, int64_t until);
/* The user of a token that is still good; RC_DONE for any other. */
MUST_USE enum rc user_reset_find(struct ctx *cx, struct str token, int64_t *user_id);

/* Requests of the user are logged (with Security.user_monitoring_enabled). RC_DONE: no such user. */
MUST_USE enum rc user_monitored(struct ctx *cx, int64_t user_id, bool *out);
MUST_USE enum rc user_monitor_set(struct ctx *cx, int64_t user_id, bool on); /* in a transaction */

#endif
