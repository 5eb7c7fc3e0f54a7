/* base64.c - see base64.h. */
#include "base/base64.h"

enum { BAD = 64, PAD = 65, SPACE = 66 };

static uint8_t table[256];

/* made at the start, before any thread */
__attribute__((constructor)) static void fill(void)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	memset(table, BAD, sizeof(table));
	for (unsigned i = 0; i < 64; i++)
		table[(uint8_t)letters[i]] = (uint8_t)i;
	table['='] = PAD;
	table[' '] = table['\t'] = table['\r'] = table['\n'] = SPACE;
}

bool b64_decode(struct b64 *b, struct str s, uint8_t *out, size_t *n)
{
	const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
	uint8_t *o = out;

	*n = 0;
	while (p < end) {
		uint8_t v;

		/* whole groups */
		while (b->n == 0 && !b->padded && end - p >= 4 && (table[p[0]] | table[p[1]] | table[p[2]] | table[p[3]]) < 64) {
			uint32_t x = (uint32_t)table[p[0]] << 18 | (uint32_t)table[p[1]] << 12 | (uint32_t)table[p[2]] << 6 | table[p[3]];

			*o++ = (uint8_t)(x >> 16);
			*o++ = (uint8_t)(x >> 8);
			*o++ = (uint8_t)x;
			p += 4;
		}
		if (p == end)
			break;
		v = table[*p++];
		if (v == SPACE)
			continue;
		if (v == BAD || b->n == 5 || (b->padded && v != PAD) || (v == PAD && b->n < 2))
			return false;
		if (v == PAD) {
			b->padded++;
			b->bits <<= 6;
		} else {
			b->bits = b->bits << 6 | v;
		}
		if (++b->n < 4)
			continue;
		*o++ = (uint8_t)(b->bits >> 16);
		if (b->padded < 2)
			*o++ = (uint8_t)(b->bits >> 8);
		if (b->padded < 1)
			*o++ = (uint8_t)b->bits;
		b->n = b->padded ? 5 : 0; /* 5: nothing may follow */
		b->bits = 0;
	}
	*n = (size_t)(o - out);
	return true;
}

bool b64_end(const struct b64 *b)
{
	return b->n == 0 || b->n == 5;
}

void b64_encode(struct buf *out, const uint8_t *p, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *d = buf_room(out, b64_len(n));
	size_t i;

	if (!d)
		return;
	for (i = 0; i + 3 <= n; i += 3, d += 4) {
		uint32_t x = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];

		d[0] = letters[x >> 18];
		d[1] = letters[x >> 12 & 63];
		d[2] = letters[x >> 6 & 63];
		d[3] = letters[x & 63];
	}
	if (i < n) {
		uint32_t x = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0);

		d[0] = letters[x >> 18];
		d[1] = letters[x >> 12 & 63];
		d[2] = i + 1 < n ? letters[x >> 6 & 63] : '=';
		d[3] = '=';
	}
	buf_wrote(out, b64_len(n));
}
