/* throttle.h - failed logins make the next ones wait: those of one account from one address first, then those of an address, then those of an
 * account from everywhere, so that nobody is locked out by a stranger's few tries.
 *
 *     TRY(throttle_ask(cx, email));           RC_DENIED with the seconds to wait
 *     ... wrong password:  TRY(throttle_failed(cx, email));
 *     ... right password:  TRY(throttle_passed(cx, email));
 */
#ifndef POLICY_THROTTLE_H
#define POLICY_THROTTLE_H

#include "base/ctx.h"

MUST_USE enum rc throttle_ask(struct ctx *cx, struct str account);
/* Each opens a transaction. */
MUST_USE enum rc throttle_failed(struct ctx *cx, struct str account);
MUST_USE enum rc throttle_passed(struct ctx *cx, struct str account);
/* Requests that need no login (to be registered, for a new password): so many an hour from one address. RC_LIMIT. */
MUST_USE enum rc throttle_request(struct ctx *cx, const char *what);

#endif
