/* pgp.h - OpenPGP keys and signatures through GnuPG. Only this room includes gpgme.h.
 *
 * Keys of others are never taken into the home folder of the instance: they are looked at as data, and a signature is checked in a folder of
 * its own that is removed afterwards.
 */
#ifndef CRYPT_PGP_H
#define CRYPT_PGP_H

#include "base/ctx.h"

/* Fingerprint (40 or 64 hex digits, upper case) of the only key in armoured text. RC_INVALID when it is no public key, or more than one. tmp: folder in
 * which a folder is made for the while. */
MUST_USE enum rc pgp_fingerprint(struct ctx *cx, const char *tmp, struct str key, struct str *out);
/* Whether sig is a good detached signature over data by this key. */
MUST_USE enum rc pgp_verify(struct ctx *cx, const char *tmp, struct str data, struct str sig, struct str key, bool *good);

/* The home folder of the instance's own key (made, 0700, when it is not there) and the mail address the key is for. */
struct pgp_home {
	struct str dir, email, password;
};
/* Detached binary signature. RC_NOTFOUND when there is no secret key of that address. */
MUST_USE enum rc pgp_sign(struct ctx *cx, const struct pgp_home *h, struct str data, struct str *sig);
/* RC_EXISTS when there is a secret key of that address already. */
MUST_USE enum rc pgp_make(struct ctx *cx, const struct pgp_home *h, struct str *fingerprint);
/* The public key as armoured text; RC_NOTFOUND when there is none. */
MUST_USE enum rc pgp_show(struct ctx *cx, const struct pgp_home *h, struct str *fingerprint, struct str *armoured);

#endif
