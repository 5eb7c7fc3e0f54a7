/* totp_admin.h - one-time passwords of users: set up, used, taken away; and the paper list of codes that replaces a lost device.
 *
 *     totp_begin     a secret is made and shown; it counts for nothing yet
 *     totp_confirm   a code proves that the device has it: from now on the login asks for one
 *     totp_check     at the login: a code of the clock, or the next of the paper list
 */
#ifndef POLICY_TOTP_ADMIN_H
#define POLICY_TOTP_ADMIN_H

#include "base/ctx.h"
#include "policy/otp.h"

enum { PAPER_CODES = 50, PAPER_AHEAD = 4 };

struct paper_code {
	int64_t counter;
	char code[OTP_DIGITS + 1];
};

bool totp_is_off(struct ctx *cx); /* Security.otp_disabled */
/* Of cx->who. RC_INVALID when there is one already. */
MUST_USE enum rc totp_begin(struct ctx *cx, struct str *secret, struct str *uri);
/* RC_INVALID field "otp" for a wrong code. */
MUST_USE enum rc totp_confirm(struct ctx *cx, struct str code);
/* The next codes of cx->who; RC_INVALID when there is no one-time password. */
MUST_USE enum rc totp_paper(struct ctx *cx, struct paper_code out[PAPER_CODES]);
/* Of a user whom cx->who manages. */
MUST_USE enum rc totp_remove(struct ctx *cx, int64_t user_id);
/* A code is good once. Outside a transaction. */
MUST_USE enum rc totp_check(struct ctx *cx, int64_t user_id, struct str code, bool *right);

#endif
