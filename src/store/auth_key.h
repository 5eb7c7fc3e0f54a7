/* auth_key.h - API keys: 40 letters and digits, kept only as a keyed hash, so that the database alone lets nobody in. */
#ifndef STORE_AUTH_KEY_H
#define STORE_AUTH_KEY_H

#include "model/user.h"
#include "store/store.h"

enum { AUTH_KEY_LEN = 40 };

struct auth_key {
	int64_t id, user_id;
	struct uuid uuid;
	char key_start[5], key_end[5]; /* first and last four characters */
	int64_t created, expiration;   /* expiration 0: never */
	bool read_only;
	struct str comment;            /* {NULL,0}: none */
	struct str allowed_ips;        /* JSON array of addresses and networks; {NULL,0}: from anywhere */
	int64_t last_used;             /* 0: never */
	struct str unique_ips;         /* JSON array of the addresses it came from; {NULL,0}: none yet */
};
enum { KEY_IPS_MAX = 20 };             /* so many of them are kept */
struct auth_key_row {
	struct auth_key k;
	struct str user_email;
	int64_t user_org_id;
};

bool auth_key_plausible(struct str key);
void auth_key_make(char out[AUTH_KEY_LEN + 1]);

/* The key as sent and its user, by one statement; whether it may be used (expiry, address, user) is the caller's to decide. RC_DONE: no such key. */
MUST_USE enum rc auth_key_find(struct ctx *cx, struct str key, struct auth_key *k, struct user *u);

/* RC_DONE when there is none. */
MUST_USE enum rc auth_key_load(struct ctx *cx, int64_t id, struct auth_key_row *out);
MUST_USE enum rc auth_key_by_uuid(struct ctx *cx, const struct uuid *u, struct auth_key_row *out);
/* user_id, org_id 0: of all. By id. */
MUST_USE enum rc auth_key_list(struct ctx *cx, int64_t user_id, int64_t org_id, struct auth_key_row **out, size_t *n);

/* In a transaction. insert sets id, uuid, start, end, created. RC_EXISTS (recorded) when the key is known already. */
MUST_USE enum rc auth_key_insert(struct ctx *cx, struct auth_key *k, struct str key);
MUST_USE enum rc auth_key_update(struct ctx *cx, const struct auth_key *k); /* expiration, read_only, comment, allowed_ips */
MUST_USE enum rc auth_key_expire_all(struct ctx *cx, int64_t user_id);      /* those still good end now */
MUST_USE enum rc auth_key_delete(struct ctx *cx, int64_t id);
/* A key had this id once, whether it is still there or not. */
MUST_USE enum rc auth_key_was(struct ctx *cx, int64_t id, bool *out);

/* Use is noted in memory, at most once in ten minutes a key, and written by auth_key_flush (nothing to write: no transaction). */
void auth_key_used(struct ctx *cx, const struct auth_key *k); /* from cx->origin */
MUST_USE enum rc auth_key_flush(struct ctx *cx);

#endif
