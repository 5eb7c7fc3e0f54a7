/* hash.c - SipHash through libsodium; the seed is drawn at first use. */
#include "base/hash.h"

#include <pthread.h>
#include <sodium.h>

static uint8_t seed[HASH_KEY_LEN];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void draw(void)
{
	if (sodium_init() < 0)
		abort();
	randombytes_buf(seed, sizeof(seed));
}

uint64_t hash_keyed(struct str s, const uint8_t key[HASH_KEY_LEN])
{
	uint64_t out;

	crypto_shorthash((unsigned char *)&out, (const unsigned char *)(s.n ? s.p : ""), s.n, key);
	return out;
}

uint64_t hash_seeded(struct str s)
{
	pthread_once(&once, draw);
	return hash_keyed(s, seed);
}

uint64_t hash_int(uint64_t v)
{
	v += 0x9E3779B97F4A7C15ull;
	v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9ull;
	v = (v ^ (v >> 27)) * 0x94D049BB133111EBull;
	return v ^ (v >> 31);
}
