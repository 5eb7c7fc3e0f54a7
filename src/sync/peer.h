/* peer.h - asking another instance: one call each, with its key, within the rules of http/client.h. No transaction is held meanwhile.
 *
 *     struct peer p = { .server = &s, .allow_loopback = ..., .allow = ... };
 *     TRY(peer_test(cx, &p, &t));
 */
#ifndef SYNC_PEER_H
#define SYNC_PEER_H

#include "http/client.h"
#include "store/server.h"

struct peer {
	const struct server *server;
	bool allow_loopback;      /* as struct http_want */
	struct ip_nets allow;
};

/* MISP's numbers */
enum peer_status {
	PEER_FINE = 1, PEER_UNREACHABLE = 2, PEER_STRANGE = 3, PEER_REFUSED = 4, PEER_PASSWORD_DUE = 5, PEER_TERMS_DUE = 6, PEER_NO_SYNC = 7, PEER_SIGHTINGS_ONLY = 8
};
enum { POST_FINE = 1, POST_FAILED = 8, POST_BODY = 9, POST_HEADERS = 10 };

struct peer_info {
	struct str version, uuid;
	bool perm_sync, perm_sighting;
	struct str request_encoding; /* JSON, {NULL,0}: not told */
};
struct peer_report {
	enum peer_status status;
	struct peer_info info;    /* with PEER_FINE, PEER_NO_SYNC and PEER_SIGHTINGS_ONLY */
	int post;
	struct str why;           /* unless fine: for the log */
};
/* Its version and rights, then a large text there and back. Whatever goes wrong there is a status, no failure. */
MUST_USE enum rc peer_test(struct ctx *cx, const struct peer *p, struct peer_report *out);

struct peer_user {
	struct str email, role, expiration; /* {NULL,0}: not told */
	bool sync, has_sync;
	int error;                /* status of an answer that is not fine; 0: it was */
};
/* RC_REMOTE and the like: no answer. */
MUST_USE enum rc peer_whoami(struct ctx *cx, const struct peer *p, struct peer_user *out);
/* The key in use there is replaced; RC_REMOTE with the reason. */
MUST_USE enum rc peer_reset_key(struct ctx *cx, const struct peer *p, struct str *key);
/* Names of organisations and tags to filter by, as it gave them: a JSON object. */
MUST_USE enum rc peer_rules(struct ctx *cx, const struct peer *p, struct str *json);

#endif
