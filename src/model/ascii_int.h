/* ascii_int.h - eight bytes at a time: which of them are 'A'..'Z'. */
#ifndef MODEL_ASCII_INT_H
#define MODEL_ASCII_INT_H

#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define EACH(byte) (0x0101010101010101ull * (byte))

/* The top bit of each byte that is an upper-case letter: +0x3f carries into it from 'A' on, +0x25 from behind 'Z' on. */
static inline uint64_t upper_bits(uint64_t w)
{
	uint64_t low = w & EACH(0x7f);

	return ((low + EACH(0x3f)) ^ (low + EACH(0x25))) & ~w & EACH(0x80);
}

/* ORs over all bytes: upper-case letters, bytes beyond ASCII. */
static inline void ascii_scan(struct str s, uint64_t *upper, uint64_t *high)
{
	uint64_t w;
	size_t i = 0;

	*upper = *high = 0;
	for (; i + 8 <= s.n; i += 8) {
		memcpy(&w, s.p + i, 8);
		*high |= w & EACH(0x80);
		*upper |= upper_bits(w);
	}
	for (; i < s.n; i++) {
		w = (unsigned char)s.p[i];
		*high |= w & 0x80;
		*upper |= upper_bits(w);
	}
}

#endif
