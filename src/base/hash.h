/* hash.h - keyed 64-bit hashing (SipHash-2-4, libsodium) and a process-wide random seed for maps. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/str.h"

#define HASH_KEY_LEN 16

/* The same value on every machine for the same key: stored digests depend on it. */
uint64_t hash_keyed(struct str s, const uint8_t key[HASH_KEY_LEN]);
/* Seeded once a process: for maps in memory only. */
uint64_t hash_seeded(struct str s);
uint64_t hash_int(uint64_t v);

#endif
