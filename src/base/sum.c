/* sum.c - see sum.h. */
#include "base/sum.h"

#include <gnutls/crypto.h>
#include <stdlib.h>

static void whole(gnutls_digest_algorithm_t alg, struct str s, uint8_t *out)
{
	if (gnutls_hash_fast(alg, s.n ? s.p : "", s.n, out) < 0)
		abort();
}

void sum_md5(struct str s, uint8_t out[MD5_LEN])
{
	whole(GNUTLS_DIG_MD5, s, out);
}

void sum_sha1(struct str s, uint8_t out[SHA1_LEN])
{
	whole(GNUTLS_DIG_SHA1, s, out);
}

void sum_sha256(struct str s, uint8_t out[SHA256_LEN])
{
	whole(GNUTLS_DIG_SHA256, s, out);
}

void sum_begin(struct sum *s, enum sum_kind k)
{
	static const gnutls_digest_algorithm_t algs[] = { GNUTLS_DIG_MD5, GNUTLS_DIG_SHA1, GNUTLS_DIG_SHA256 };
	gnutls_hash_hd_t h;

	if (gnutls_hash_init(&h, algs[k]) < 0)
		abort();
	s->h = h;
}

void sum_add(struct sum *s, const void *p, size_t n)
{
	if (n && gnutls_hash(s->h, p, n) < 0)
		abort();
}

void sum_end(struct sum *s, uint8_t *out)
{
	if (s->h)
		gnutls_hash_deinit(s->h, out);
	s->h = NULL;
}

void sum_hmac_sha1(struct str key, struct str s, uint8_t out[SHA1_LEN])
{
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA1, key.n ? key.p : "", key.n, s.n ? s.p : "", s.n, out) < 0)
		abort();
}
