/* protect.h - protected events: a peer's user changes one only with a signature by one of its keys; what leaves is signed with the key of the instance.
 *
 * Signed is the JSON text without white space (MISP's rule: what the engine's expression \s takes), so that indenting does not matter.
 */
#ifndef POLICY_PROTECT_H
#define POLICY_PROTECT_H

#include "model/event.h"
#include "model/input.h"
#include "store/crypt_key.h"

struct pgp_home;
/* As the settings say. */
MUST_USE enum rc protect_home(struct ctx *cx, struct pgp_home *h);
/* Signature in base64 over the text; {NULL,0} when the instance has no key. */
MUST_USE enum rc protect_sign(struct ctx *cx, struct str text, struct str *sig);

/* Whether the acting user must bring a signature for a protected event. */
bool protect_asks(const struct ctx *cx);
/* RC_DENIED unless signature (base64, "" none) over body is by one of the keys that are not revoked. */
MUST_USE enum rc protect_check(struct ctx *cx, struct str body, struct str signature, const struct crypt_key *v, size_t n);

/* The keys of a document, looked at: fingerprints are taken from the keys, not from the document. Outside a transaction, since GnuPG is asked. */
MUST_USE enum rc protect_keys_read(struct ctx *cx, const struct crypt_key_in *in, size_t n, struct crypt_key **out);
/* Inside one: the event has these keys and no others; a revoked one stays revoked. No key: nothing is changed. */
MUST_USE enum rc protect_keys_put(struct ctx *cx, int64_t event_id, const struct crypt_key *v, size_t n);

/* Own transactions; the event's creator organisation. */
MUST_USE enum rc protect_switch(struct ctx *cx, const struct event *e, bool on);
MUST_USE enum rc protect_key_add(struct ctx *cx, const struct event *e, const struct crypt_key_in *in, struct crypt_key *out);
MUST_USE enum rc protect_key_delete(struct ctx *cx, int64_t id);

#endif
