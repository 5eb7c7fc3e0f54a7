/* session.h - logging in with a browser: password, perhaps a one-time code, then a cookie.
 *
 *     TRY(session_login(cx, email, password, agent, &made));        made.text is the cookie, made.stage says whether a code is still wanted
 *     TRY(session_login_code(cx, &now, code, agent, &made));        a new cookie, logged in
 *     ...
 *     TRY(session_enter(cx, cookie, &now));                          each request: cx->who, or RC_UNAUTH
 *
 * A session ends when it lay idle (Session.timeout, minutes), at a certain age (Session.cookieTimeout), when the password changes, when the user is disabled or
 * deleted, and at the log-out.
 */
#ifndef POLICY_SESSION_H
#define POLICY_SESSION_H

#include "store/session.h"

/* What a user must do before anything else. */
enum session_must { MUST_NOTHING, MUST_CODE, MUST_SET_TOTP, MUST_ACCEPT_TERMS, MUST_CHANGE_PASSWORD };

struct session_made {
	char text[SESSION_TEXT + 1];
	uint8_t hash[SESSION_HASH];
	enum session_stage stage;
};
struct session_now {
	uint8_t hash[SESSION_HASH];
	int64_t user_id;
	enum session_must must;
};

MUST_USE enum rc session_login(struct ctx *cx, struct str email, struct str password, struct str agent, struct session_made *out);
/* now: of a session that must bring a code. RC_UNAUTH for a wrong one. */
MUST_USE enum rc session_login_code(struct ctx *cx, const struct session_now *now, struct str code, struct str agent, struct session_made *out);
/* A session for a user whom somebody else has vouched for (login headers); cx->who. */
MUST_USE enum rc session_give(struct ctx *cx, struct str agent, struct session_made *out);
/* RC_UNAUTH when the cookie is of no session that is still good. With MUST_CODE cx->who is not set. Outside a transaction. */
MUST_USE enum rc session_enter(struct ctx *cx, struct str cookie, struct session_now *out);
MUST_USE enum rc session_leave(struct ctx *cx, const struct session_now *now);
/* Ends all sessions of a user whom cx->who manages; 0: of everybody, for site admins. */
MUST_USE enum rc session_end_all(struct ctx *cx, int64_t user_id, int64_t *n);
/* What forms carry, so that no other site can send them. */
struct str session_token(struct ctx *cx, const uint8_t hash[SESSION_HASH]);
/* A job's work: rows that are of no use any more. */
MUST_USE enum rc session_tidy(struct ctx *cx);

#endif
