/* json_int.h - what the files of JSON share: the reader's frames and keys (json_keys.c), and finding the first byte of a text
 * that needs a look. */
#ifndef BASE_JSON_INT_H
#define BASE_JSON_INT_H

#include <stdint.h>
#include <string.h>

#include "base/json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LIKELY(c) __builtin_expect(!!(c), 1)
#define UNLIKELY(c) __builtin_expect(!!(c), 0)

struct key_set; /* json_keys.c */

struct jr_frame {
	struct key_set *set; /* NULL: the keys stand in the list */
	uint64_t seen;       /* one bit for each hash's top six bits: most new keys need no search */
	size_t key_start;    /* first of this object in the list */
	bool obj, first;
};

struct jr_heap {
	char *win;
	size_t win_cap;
	uint64_t *keys;
	struct key_set *sets; /* innermost first */
	struct buf scratch;
};

/* p, or the end of the process when it is NULL. */
void *json_must(void *p);
/* Notes a key of the innermost object; false when it is there already. */
bool json_key_add(struct jr *r, struct jr_frame *f, struct str key);
/* Forgets the keys of the innermost object. */
void json_keys_drop(struct jr *r, struct jr_frame *f);
void json_sets_clear(struct jr_heap *h);

#ifdef __SSE2__
/* One bit for each byte that is a control character, '"', '\' or not ASCII. */
static inline unsigned json_special16(__m128i v)
{
	__m128i odd = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed: not ASCII is below too */

	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
	return (unsigned)_mm_movemask_epi8(odd);
}
#endif

static inline int json_special(char c)
{
	return (signed char)c < 0x20 || c == '"' || c == '\\';
}

/* First special byte of [p, end), or end. Never reads outside. */
static inline const char *json_plain(const char *p, const char *end)
{
#ifdef __SSE2__
	size_t n;

	for (; end - p >= 16; p += 16) {
		unsigned m = json_special16(_mm_loadu_si128((const __m128i *)(const void *)p));

		if (m)
			return p + __builtin_ctz(m);
	}
	/* the last 4 to 15 bytes as two halves that may overlap */
	if ((n = (size_t)(end - p)) >= 4) {
		uint64_t lo, hi;
		unsigned m;

		if (n >= 8) {
			memcpy(&lo, p, 8);
			memcpy(&hi, end - 8, 8);
		} else {
			uint32_t a, b;

			memcpy(&a, p, 4);
			memcpy(&b, end - 4, 4);
			lo = a | 0x2020202000000000ull;
			hi = b | 0x2020202000000000ull;
		}
		m = json_special16(_mm_set_epi64x((long long)hi, (long long)lo));
		if (m == 0)
			return end;
		if (m & 0xFF)
			return p + __builtin_ctz(m);
		return end - (n >= 8 ? 8 : 4) + __builtin_ctz(m >> 8);
	}
#endif
	while (p < end && !json_special(*p))
		p++;
	return p;
}

#endif
