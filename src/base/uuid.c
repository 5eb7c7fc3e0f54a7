/* uuid.c - see uuid.h. */
#include "base/uuid.h"

#include <gnutls/crypto.h>
#include <sodium.h>
#include <stdlib.h>

bool uuid_parse(struct str s, struct uuid *out)
{
	struct uuid u;
	size_t k = 0;

	if (s.n != UUID_TEXT)
		return false;
	for (size_t i = 0; i < UUID_TEXT;) {
		int a, b;

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s.p[i++] != '-')
				return false;
			continue;
		}
		a = ch_hex((unsigned char)s.p[i]);
		b = ch_hex((unsigned char)s.p[i + 1]);
		if (a < 0 || b < 0)
			return false;
		u.b[k++] = (uint8_t)(a << 4 | b);
		i += 2;
	}
	*out = u;
	return true;
}

void uuid_text(const struct uuid *u, char out[UUID_TEXT + 1])
{
	char *p = out;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p = hex_put(p, u->b[i]);
	}
	*p = 0;
}

/* Random bytes are drawn in blocks per thread: one system call for 256 uuids. */
void uuid_random(struct uuid *out)
{
	static _Thread_local uint8_t pool[4096];
	static _Thread_local size_t left;

	if (left < 16) {
		randombytes_buf(pool, sizeof(pool));
		left = sizeof(pool);
	}
	left -= 16;
	memcpy(out->b, pool + left, 16);
	out->b[6] = (uint8_t)((out->b[6] & 0x0f) | 0x40);
	out->b[8] = (uint8_t)((out->b[8] & 0x3f) | 0x80);
}

void uuid_fresh(int64_t now_us, struct uuid *out)
{
	uint64_t ms = (uint64_t)(now_us / 1000);

	uuid_random(out);
	for (int i = 0; i < 6; i++)
		out->b[i] = (uint8_t)(ms >> (40 - 8 * i));
}

void uuid_named(const struct uuid *space, struct str name, struct uuid *out)
{
	uint8_t d[20];
	gnutls_hash_hd_t h;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA1) < 0)
		abort();
	gnutls_hash(h, space->b, 16);
	gnutls_hash(h, name.p, name.n);
	gnutls_hash_deinit(h, d);
	memcpy(out->b, d, 16);
	out->b[6] = (uint8_t)((out->b[6] & 0x0f) | 0x50);
	out->b[8] = (uint8_t)((out->b[8] & 0x3f) | 0x80);
}

bool uuid_is_nil(const struct uuid *u)
{
	static const struct uuid nil;

	return uuid_eq(u, &nil);
}
