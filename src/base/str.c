/* str.c - views and cursors. No allocation here. */
#include "base/str.h"

#define ROW(h) h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9" h "a" h "b" h "c" h "d" h "e" h "f"
const char hex_pairs[513] = ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7") ROW("8") ROW("9") ROW("a")
	ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");
#undef ROW

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ch_to_lower((unsigned char)a.p[i]) != ch_to_lower((unsigned char)b.p[i]))
			return false;
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_n(s.p, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq_nocase(str_n(s.p, prefix.n), prefix);
}

bool str_ends_nocase(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq_nocase(str_from(s, s.n - suffix.n), suffix);
}

size_t str_chr(struct str s, char c)
{
	const char *q = s.n ? memchr(s.p, c, s.n) : NULL;

	return q ? (size_t)(q - s.p) : STR_NONE;
}

size_t str_rchr(struct str s, char c)
{
	const char *q = s.n ? memrchr(s.p, c, s.n) : NULL;

	return q ? (size_t)(q - s.p) : STR_NONE;
}

size_t str_find(struct str s, struct str needle)
{
	const char *q;

	if (needle.n == 0)
		return 0;
	if (s.n < needle.n)
		return STR_NONE;
	q = memmem(s.p, s.n, needle.p, needle.n);
	return q ? (size_t)(q - s.p) : STR_NONE;
}

size_t str_find_nocase(struct str s, struct str needle)
{
	if (needle.n > s.n)
		return STR_NONE;
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (str_eq_nocase(str_n(s.p + i, needle.n), needle))
			return i;
	return STR_NONE;
}

static bool trimmed(int c)
{
	return ch_space(c) || c == 0;
}

struct str str_trim(struct str s)
{
	while (s.n && trimmed((unsigned char)s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && trimmed((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_u64(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)s.p[i] - '0';

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

bool str_i64(struct str s, int64_t *out)
{
	bool neg = s.n && s.p[0] == '-';
	uint64_t v;

	if (!str_u64(neg ? str_from(s, 1) : s, &v) || v > (uint64_t)INT64_MAX + neg)
		return false;
	*out = neg ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool str_is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ch_hex((unsigned char)s.p[i]) < 0)
			return false;
	return s.n > 0;
}

bool cur_word(struct cur *c, size_t max, struct str *out)
{
	const char *p = c->p, *q;

	while (p < c->end && ch_space((unsigned char)*p))
		p++;
	for (q = p; q < c->end && !ch_space((unsigned char)*q);)
		q++;
	if (p == q || (size_t)(q - p) > max)
		return false;
	*out = str_n(p, (size_t)(q - p));
	c->p = q;
	return true;
}

bool cur_until(struct cur *c, char sep, struct str *out)
{
	const char *q;

	if (cur_end(c))
		return false;
	q = memchr(c->p, sep, (size_t)(c->end - c->p));
	*out = str_n(c->p, (size_t)((q ? q : c->end) - c->p));
	c->p = q ? q + 1 : c->end;
	return true;
}

bool cur_line(struct cur *c, struct str *out)
{
	if (!cur_until(c, '\n', out))
		return false;
	if (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return true;
}

bool cur_number(struct cur *c, uint64_t max, uint64_t *out)
{
	const char *p = c->p;
	uint64_t v = 0;

	while (p < c->end && ch_digit((unsigned char)*p)) {
		unsigned d = (unsigned)(*p++ - '0');

		if (v > (max - d) / 10 || d > max)
			return false;
		v = v * 10 + d;
	}
	if (p == c->p)
		return false;
	c->p = p;
	*out = v;
	return true;
}

bool cur_take(struct cur *c, struct str lit)
{
	if (!str_starts(cur_rest(c), lit))
		return false;
	c->p += lit.n;
	return true;
}
