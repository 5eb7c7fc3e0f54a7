/* sum.c - see sum.h. */
#include "base/sum.h"

#include <gnutls/crypto.h>
#include <stdlib.h>

static void sum(gnutls_digest_algorithm_t alg, struct str s, uint8_t *out)
{
	if (gnutls_hash_fast(alg, s.n ? s.p : "", s.n, out) < 0)
		abort();
}

void sum_md5(struct str s, uint8_t out[MD5_LEN])
{
	sum(GNUTLS_DIG_MD5, s, out);
}

void sum_sha1(struct str s, uint8_t out[SHA1_LEN])
{
	sum(GNUTLS_DIG_SHA1, s, out);
}

void sum_sha256(struct str s, uint8_t out[SHA256_LEN])
{
	sum(GNUTLS_DIG_SHA256, s, out);
}

void sum_hmac_sha1(struct str key, struct str s, uint8_t out[SHA1_LEN])
{
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA1, key.n ? key.p : "", key.n, s.n ? s.p : "", s.n, out) < 0)
		abort();
}
