/* sum.h - MD5, SHA-1, SHA-256 and HMAC of a text, through GnuTLS. */
#ifndef BASE_SUM_H
#define BASE_SUM_H

#include <stdint.h>

#include "base/str.h"

enum { MD5_LEN = 16, SHA1_LEN = 20, SHA256_LEN = 32 };
void sum_md5(struct str s, uint8_t out[MD5_LEN]);
void sum_sha1(struct str s, uint8_t out[SHA1_LEN]);
void sum_sha256(struct str s, uint8_t out[SHA256_LEN]);
/* HMAC over SHA-1, as one-time passwords use it. */
void sum_hmac_sha1(struct str key, struct str s, uint8_t out[SHA1_LEN]);

/* In pieces. */
enum sum_kind { SUM_MD5, SUM_SHA1, SUM_SHA256 };
struct sum {
	void *h;
};
void sum_begin(struct sum *s, enum sum_kind k);
void sum_add(struct sum *s, const void *p, size_t n);
/* out NULL: given up. Nothing when it has ended. */
void sum_end(struct sum *s, uint8_t *out);

#endif
