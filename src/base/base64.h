/* base64.h - base64 in pieces, both ways.
 *
 *     struct b64 b = { 0 };
 *     if (!b64_decode(&b, piece, out, &n)) ...;       once a piece; white space is stepped over
 *     if (!b64_end(&b)) ...;                           the text was cut short
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

struct b64 {
	uint32_t bits;
	unsigned n;      /* characters of the present group of four */
	unsigned padded;
};
/* out has room for 3 * (s.n / 4 + 1) bytes. False: not base64. */
bool b64_decode(struct b64 *b, struct str s, uint8_t *out, size_t *n);
bool b64_end(const struct b64 *b);

/* Characters of n bytes. */
static inline size_t b64_len(size_t n)
{
	return (n + 2) / 3 * 4;
}
/* A piece whose length is no multiple of 3 is the last one. */
void b64_encode(struct buf *out, const uint8_t *p, size_t n);

#endif
