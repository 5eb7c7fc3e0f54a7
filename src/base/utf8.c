/* utf8.c - see utf8.h. Runs of ASCII are stepped over 16 bytes at a time, everything else character by character. */
#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char *skip_ascii(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		int high = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p));

		if (high)
			return p + __builtin_ctz((unsigned)high);
	}
#else
	for (uint64_t v; end - p >= 8; p += 8) {
		memcpy(&v, p, 8);
		if (v & 0x8080808080808080ull)
			break;
	}
#endif
	while (p < end && (unsigned char)*p < 0x80)
		p++;
	return p;
}

size_t utf8_valid_prefix(struct str s)
{
	const char *p = s.p, *end;

	if (s.n == 0)
		return 0;
	end = s.p + s.n;
	while ((p = skip_ascii(p, end)) < end)
		do { /* stay here while the text is not ASCII */
			uint32_t cp;
			int n = utf8_get(p, end, &cp);

			if (n == 0)
				return (size_t)(p - s.p);
			p += n;
		} while (p < end && (unsigned char)*p >= 0x80);
	return s.n;
}

bool utf8_valid(struct str s)
{
	return utf8_valid_prefix(s) == s.n;
}

int utf8_put(uint32_t cp, char *out)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp > 0x10FFFF || (cp & 0xFFFFF800) == 0xD800)
		cp = 0xFFFD;
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

struct str utf8_clean(struct arena *a, struct str s, size_t *bad)
{
	size_t count = 0, ok;
	struct str rest = s;
	char *to, *d;

	while (rest.n && (ok = utf8_valid_prefix(rest)) < rest.n) {
		count++;
		rest = str_from(rest, ok + 1);
	}
	if (bad)
		*bad = count;
	if (count == 0)
		return s;
	d = to = arena_alloc(a, s.n + 2 * count + 1);
	for (rest = s; rest.n;) {
		ok = utf8_valid_prefix(rest);
		memcpy(d, rest.p, ok);
		d += ok;
		if (ok < rest.n)
			d += utf8_put(0xFFFD, d);
		rest = str_from(rest, ok + 1);
	}
	*d = 0;
	return str_n(to, (size_t)(d - to));
}

struct str utf8_cut(struct str s, size_t n)
{
	size_t cut = n;

	if (n >= s.n)
		return s;
	while (cut > 0 && n - cut < 3 && (s.p[cut] & 0xC0) == 0x80)
		cut--;
	if ((s.p[cut] & 0xC0) == 0x80) /* not UTF-8: nothing to keep whole */
		cut = n;
	return str_n(s.p, cut);
}
