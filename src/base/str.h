/* str.h - a view of bytes, and a cursor that walks one.
 *
 * A view does not own its bytes and is not NUL-terminated. Print with "%.*s", STR(s).
 * Text in the program is valid UTF-8 from the moment it enters; raw bytes are uint8_t.
 *
 *     struct str word, rest = S("alpha beta");
 *     struct cur c = cur_of(rest);
 *     while (cur_word(&c, 64, &word)) printf("%.*s\n", STR(word));
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* A view of a string literal; of a C string; of a part. */
#define S(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR(s) (int)(s).n, (s).p
static inline struct str str_c(const char *c)
{
	return (struct str){ c, c ? strlen(c) : 0 };
}
static inline struct str str_n(const char *p, size_t n)
{
	return (struct str){ p, n };
}
/* Bytes [from, from+n) of s, cut to what s holds. */
static inline struct str str_sub(struct str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct str){ s.p + from, n };
}
static inline struct str str_from(struct str s, size_t from)
{
	return str_sub(s, from, s.n);
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
/* Equal with ASCII letters folded. */
bool str_eq_nocase(struct str a, struct str b);
/* Order by bytes, then length: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends_nocase(struct str s, struct str suffix);

#define STR_NONE ((size_t)-1)
/* Offset of the first / last c, of the first needle; STR_NONE when absent. */
size_t str_chr(struct str s, char c);
size_t str_rchr(struct str s, char c);
size_t str_find(struct str s, struct str needle);
size_t str_find_nocase(struct str s, struct str needle);

/* Without ASCII white space (blank, tab, CR, LF, VT, FF, NUL) at both ends. */
struct str str_trim(struct str s);

/* Whole text as a number in decimal; false (out untouched) on anything else, blanks and overflow included. */
bool str_i64(struct str s, int64_t *out);
bool str_u64(struct str s, uint64_t *out);

/* ASCII classes and case, free of locale. */
static inline bool ch_digit(int c) { return c >= '0' && c <= '9'; }
static inline bool ch_lower(int c) { return c >= 'a' && c <= 'z'; }
static inline bool ch_upper(int c) { return c >= 'A' && c <= 'Z'; }
static inline bool ch_alpha(int c) { return ch_lower(c | 0x20); }
static inline bool ch_alnum(int c) { return ch_digit(c) || ch_alpha(c); }
static inline bool ch_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline int ch_to_lower(int c) { return ch_upper(c) ? c + 32 : c; }
static inline int ch_to_upper(int c) { return ch_lower(c) ? c - 32 : c; }
/* Value of a hex digit, -1 for anything else. */
static inline int ch_hex(int c)
{
	return ch_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}
/* The two hex digits of every byte. */
extern const char hex_pairs[513];
/* Those of c to d; returns what is behind them. */
static inline char *hex_put(char *d, uint8_t c)
{
	memcpy(d, hex_pairs + 2 * (size_t)c, 2);
	return d + 2;
}

/* All bytes hex digits, and n > 0. */
bool str_is_hex(struct str s);

/* A cursor over a view. */
struct cur {
	const char *p, *end;
};
static inline struct cur cur_of(struct str s)
{
	return (struct cur){ s.p, s.p + s.n };
}
static inline bool cur_end(const struct cur *c)
{
	return c->p >= c->end;
}
static inline struct str cur_rest(const struct cur *c)
{
	return (struct str){ c->p, (size_t)(c->end - c->p) };
}
/* Next run without white space, at most max bytes; false at the end or when the word is longer. */
bool cur_word(struct cur *c, size_t max, struct str *out);
/* Up to (without) the next sep, which is stepped over; the rest when there is none; false at the end. */
bool cur_until(struct cur *c, char sep, struct str *out);
/* Next line without its LF or CRLF; false at the end. */
bool cur_line(struct cur *c, struct str *out);
/* Unsigned decimal number not above max; false (cursor untouched) otherwise. */
bool cur_number(struct cur *c, uint64_t max, uint64_t *out);
/* Steps over the literal when it stands at the cursor. */
bool cur_take(struct cur *c, struct str lit);

#endif
