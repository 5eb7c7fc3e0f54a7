/* session.h - who is logged in with a browser, and the counts of failed logins.
 *
 * A session is known by the text of a cookie, of which only a keyed hash is kept. It belongs to a user as he was at the login: a password
 * changed since, a disabled or deleted user end it (whoever finds it compares).
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "model/user.h"
#include "store/store.h"

enum { SESSION_HASH = 32, SESSION_TEXT = 43 }; /* 256 random bits as base64 */
enum session_stage { SESSION_FULL, SESSION_WAITS_FOR_CODE };

struct session {
	uint8_t hash[SESSION_HASH];
	int64_t user_id, created, seen, last_pw_change;
	enum session_stage stage;
	struct str origin, agent;
};
/* What of a user a session depends on, beside struct user. */
struct session_user {
	int64_t last_pw_change;
	bool termsaccepted, totp;
};

void session_make(char out[SESSION_TEXT + 1]);
/* False when the text cannot be a session's. */
bool session_hash(struct ctx *cx, struct str text, uint8_t out[SESSION_HASH]);
/* A text that proves knowledge of the session, for forms: hex. */
struct str session_proof(struct ctx *cx, const uint8_t hash[SESSION_HASH], const char *purpose);
/* The same for a text of the client's own (before there is a session). */
struct str session_proof_text(struct ctx *cx, struct str text, const char *purpose);

/* One statement. RC_DONE when there is none. */
MUST_USE enum rc session_find(struct ctx *cx, const uint8_t hash[SESSION_HASH], struct session *s, struct user *u, struct session_user *su);
/* In a transaction. */
MUST_USE enum rc session_insert(struct ctx *cx, const struct session *s);
MUST_USE enum rc session_touch(struct ctx *cx, const uint8_t hash[SESSION_HASH]);
MUST_USE enum rc session_delete(struct ctx *cx, const uint8_t hash[SESSION_HASH]);
/* user_id 0: of all. */
MUST_USE enum rc session_delete_of(struct ctx *cx, int64_t user_id, int64_t *n);
/* Those last seen, or begun, before. */
MUST_USE enum rc session_purge(struct ctx *cx, int64_t seen, int64_t created);

/* ---- failed logins ---- */

enum fail_kind { FAIL_ADDRESS, FAIL_ACCOUNT, FAIL_PAIR, FAIL_REQUEST };
struct login_fail {
	int64_t count, last, blocked_until;
};
/* All zero when there is no row. */
MUST_USE enum rc login_fail_get(struct ctx *cx, enum fail_kind kind, struct str name, struct login_fail *out);
MUST_USE enum rc login_fail_set(struct ctx *cx, enum fail_kind kind, struct str name, const struct login_fail *f); /* in a transaction */
MUST_USE enum rc login_fail_clear(struct ctx *cx, enum fail_kind kind, struct str name);
MUST_USE enum rc login_fail_purge(struct ctx *cx, int64_t before);

#endif
