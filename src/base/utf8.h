/* utf8.h - checking and walking UTF-8 (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

bool utf8_valid(struct str s);
/* Length of the longest valid prefix. */
size_t utf8_valid_prefix(struct str s);
/* One character at p (p < end): its length 1..4 and *cp; 0 when malformed. */
int utf8_get(const char *p, const char *end, uint32_t *cp);
/* Writes cp to out[4]; returns the length. */
int utf8_put(uint32_t cp, char *out);
/* s itself when valid, else a copy with U+FFFD for each malformed byte; *bad counts them (may be NULL). */
struct str utf8_clean(struct arena *a, struct str s, size_t *bad);
/* s cut to at most n bytes without splitting a character. */
struct str utf8_cut(struct str s, size_t n);

#endif
