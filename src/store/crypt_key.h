/* crypt_key.h - rows of cryptographic_key: the keys of protected events. */
#ifndef STORE_CRYPT_KEY_H
#define STORE_CRYPT_KEY_H

#include "store/store.h"
#include "store/visible.h"

struct crypt_key {
	int64_t id, event_id, timestamp;
	struct uuid uuid;
	struct str type, key_data, fingerprint;
	bool revoked;
};
/* Of one event; event_id 0: of all events that may be seen. By id. */
MUST_USE enum rc crypt_key_list(struct ctx *cx, const struct scope *sc, int64_t event_id, struct crypt_key **out, size_t *n);
/* RC_NOTFOUND when it is not there or its event may not be seen. */
MUST_USE enum rc crypt_key_load(struct ctx *cx, const struct scope *sc, int64_t id, struct crypt_key *out);
/* In a transaction. insert sets id. */
MUST_USE enum rc crypt_key_insert(struct ctx *cx, struct crypt_key *k);
MUST_USE enum rc crypt_key_revoke(struct ctx *cx, int64_t id);
MUST_USE enum rc crypt_key_delete(struct ctx *cx, int64_t id);

#endif
