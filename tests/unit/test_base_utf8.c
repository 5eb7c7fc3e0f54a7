/* UTF-8: checks, walking, repair, cutting */
#include "base/utf8.h"
#include "unit/tap.h"

static void verdicts(void)
{
	static const struct {
		struct str s;
		size_t ok; /* bytes of the valid prefix */
	} t[] = {
		{ { "", 0 }, 0 }, { { NULL, 0 }, 0 }, { { "abc", 3 }, 3 }, { { "a\0b", 3 }, 3 }, { { "\xC2\x80\xDF\xBF", 4 }, 4 }, { { "\xE0\xA0\x80\xEF\xBF\xBF", 6 }, 6 },
		{ { "\xED\x9F\xBF\xEE\x80\x80", 6 }, 6 }, { { "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8 }, 8 }, { { "a\x80", 2 }, 1 }, { { "\xC0\x80", 2 }, 0 },
		{ { "\xC1\xBF", 2 }, 0 }, { { "\xC3", 1 }, 0 }, { { "\xE0\x9F\xBF", 3 }, 0 }, { { "\xED\xA0\x80", 3 }, 0 }, { { "\xE2\x82", 2 }, 0 },
		{ { "\xF0\x8F\xBF\xBF", 4 }, 0 }, { { "\xF4\x90\x80\x80", 4 }, 0 }, { { "\xF5\x80\x80\x80", 4 }, 0 }, { { "\xFF", 1 }, 0 }, { { "\xF0\x9F\x98", 3 }, 0 },
		{ { "0123456789abcdef\xC3\xA9 0123456789abcdef\xC3", 36 }, 35 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		CHECK_INT(utf8_valid_prefix(t[i].s), t[i].ok);
		CHECK(utf8_valid(t[i].s) == (t[i].ok == t[i].s.n));
	}
}

/* Every code point there and back; each byte at each place of a vector is noticed. */
static void exhaustive(void)
{
	size_t bad = 0;
	char t[48];

	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		uint32_t back = 0;
		int n = utf8_put(cp, t);

		if (cp >= 0xD800 && cp <= 0xDFFF)
			bad += n != 3 || memcmp(t, "\xEF\xBF\xBD", 3) != 0;
		else
			bad += utf8_get(t, t + n, &back) != n || back != cp || !utf8_valid(str_n(t, (size_t)n)) || (n > 1 && utf8_get(t, t + n - 1, &back) != 0);
	}
	CHECK_INT(bad, 0);
	for (size_t i = 0; i < sizeof(t); i++)
		for (int c = 0x80; c < 0x100; c++) {
			memset(t, 'x', sizeof(t));
			t[i] = (char)c;
			bad += utf8_valid_prefix(str_n(t, sizeof(t))) != i;
		}
	CHECK_INT(bad, 0);
}

static void repair(void)
{
	struct arena *a = arena_new(0);
	struct str s = S("fine \xC3\xA9"), out;
	size_t bad = 7;

	out = utf8_clean(a, s, &bad);
	CHECK(out.p == s.p && out.n == s.n && bad == 0);
	out = utf8_clean(a, S("a\xFF" "b\xE2\x82" "c\xC3\xA9\xF0"), &bad);
	CHECK_STR(out, S("a\xEF\xBF\xBD" "b\xEF\xBF\xBD\xEF\xBF\xBD" "c\xC3\xA9\xEF\xBF\xBD"));
	CHECK_INT(bad, 4);
	CHECK(utf8_valid(out));
	CHECK_STR(utf8_clean(a, S("\x80"), NULL), S("\xEF\xBF\xBD"));
	arena_free(a);
}

static void cut(void)
{
	struct str s = S("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };

	for (size_t n = 0; n < sizeof(want) / sizeof(*want); n++)
		CHECK_INT(utf8_cut(s, n).n, want[n]);
	CHECK_INT(utf8_cut(S("\x80\x80\x80\x80\x80\x80"), 4).n, 4);
}

int main(void)
{
	verdicts();
	exhaustive();
	repair();
	cut();
	return tap_done();
}
