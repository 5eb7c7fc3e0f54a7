/* utf8.h - checking and walking UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

bool utf8_valid(struct str s);
/* Length of the longest valid prefix. */
size_t utf8_valid_prefix(struct str s);
/* One character at p (p < end): its length 1..4 and *cp; 0 when malformed or cut short. */
static inline int utf8_get(const char *p, const char *end, uint32_t *cp)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t n = (size_t)(end - p);
	uint32_t c = s[0];

	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	if (n < 2 || (s[1] & 0xC0) != 0x80)
		return 0;
	if (c < 0xE0) {
		*cp = (c & 0x1F) << 6 | (s[1] & 0x3F);
		return c >= 0xC2 ? 2 : 0;
	}
	if (n < 3 || (s[2] & 0xC0) != 0x80)
		return 0;
	if (c < 0xF0) {
		*cp = c = (c & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);
		return c >= 0x800 && (c & 0xF800) != 0xD800 ? 3 : 0;
	}
	if (n < 4 || (s[3] & 0xC0) != 0x80 || c > 0xF4)
		return 0;
	*cp = c = (c & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 | (uint32_t)(s[2] & 0x3F) << 6 | (s[3] & 0x3F);
	return c >= 0x10000 && c <= 0x10FFFF ? 4 : 0;
}
/* Writes cp to out[4]; returns the length. What is no character (surrogates, above U+10FFFF) is written as U+FFFD. */
int utf8_put(uint32_t cp, char *out);
/* s itself when valid, else a copy with U+FFFD for each malformed byte; *bad counts them (may be NULL). */
struct str utf8_clean(struct arena *a, struct str s, size_t *bad);
/* s cut to at most n bytes without splitting a character. */
struct str utf8_cut(struct str s, size_t n);

#endif
