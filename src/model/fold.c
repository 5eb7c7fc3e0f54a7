/* fold.c - the text over which two values are compared: case, accents and compatibility forms folded.
 *
 * Compatibility decomposition and case folding come from libutf8proc. Of the combining marks those go that a collation ranks below the
 * letters (accents, overlays, Hebrew and Arabic points, kana voicing). Vowel signs of Indic and South-East Asian scripts are letters
 * in that sense and stay: without them different words would be one. Bytes that are no UTF-8 pass as they are. */
#include "model/value.h"

#include <utf8proc.h>

#include "model/ascii_int.h"

static bool mark_ignored(int32_t cp)
{
	const utf8proc_property_t *p = utf8proc_get_property(cp);
	int c = p->combining_class;

	return c >= 200 || c == 1 || c == 8 || (c >= 10 && c <= 35);
}

struct str value_fold(struct arena *a, struct str s)
{
	const utf8proc_option_t opt = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD;
	uint64_t upper, high;
	size_t cap, n = 0;
	char *out;

	ascii_scan(s, &upper, &high);
	if (!high)
		return upper ? str_lower(a, s) : s;
	cap = s.n * 2 + 64;
	out = arena_alloc(a, cap);
	for (size_t i = 0; i < s.n;) {
		int32_t cp, parts[32];
		int last = 0;
		utf8proc_ssize_t len, k;

		if (cap - n < sizeof(parts)) { /* at most 4 bytes for each part */
			char *more = arena_alloc(a, cap * 2);

			memcpy(more, out, n);
			out = more;
			cap *= 2;
		}
		if ((unsigned char)s.p[i] < 0x80) {
			out[n++] = (char)ch_to_lower((unsigned char)s.p[i++]);
			continue;
		}
		len = utf8proc_iterate((const uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &cp);
		k = len > 0 ? utf8proc_decompose_char(cp, parts, 32, opt, &last) : -1;
		if (k < 0 || k > 32) {
			out[n++] = s.p[i++];
			continue;
		}
		for (utf8proc_ssize_t j = 0; j < k; j++)
			if (!mark_ignored(parts[j]))
				n += (size_t)utf8proc_encode_char(parts[j], (uint8_t *)out + n);
		i += (size_t)len;
	}
	return str_n(out, n);
}

/* The last % seen is the only place to come back to: a later run of it can take over any earlier one's bytes. */
bool value_like(struct str s, struct str pat)
{
	size_t i = 0, j = 0, back_i = 0, back_j = STR_NONE;

	while (i < s.n) {
		if (j < pat.n && pat.p[j] == '%') {
			back_j = ++j;
			back_i = i;
		} else if (j < pat.n && pat.p[j] == s.p[i]) {
			i++;
			j++;
		} else if (back_j != STR_NONE) {
			j = back_j;
			i = ++back_i;
		} else {
			return false;
		}
	}
	while (j < pat.n && pat.p[j] == '%')
		j++;
	return j == pat.n;
}
