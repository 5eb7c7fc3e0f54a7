/* test_base_base64.c - both ways, in pieces of every length, and what is none. */
#include "base/base64.h"
#include "unit/tap.h"

static bool decode(struct str s, size_t piece, struct buf *out)
{
	struct b64 b = { 0 };
	uint8_t room[64];

	buf_reset(out);
	for (size_t at = 0; at < s.n; at += piece) {
		size_t n;

		if (!b64_decode(&b, str_sub(s, at, piece), room, &n))
			return false;
		buf_mem(out, room, n);
	}
	return b64_end(&b);
}

int main(void)
{
	static const struct {
		struct str text, want;
		bool good;
	} cases[] = {
		{ S(""), S(""), true },
		{ S("QQ=="), S("A"), true },
		{ S("QUI="), S("AB"), true },
		{ S("QUJD"), S("ABC"), true },
		{ S("QUJDRA=="), S("ABCD"), true },
		{ S(" QU\r\nJD\n"), S("ABC"), true },
		{ S("/+8="), S("\xff\xef"), true },
		{ S("QQ"), S(""), false },
		{ S("QUJDR"), S(""), false },
		{ S("Q==="), S(""), false },
		{ S("===="), S(""), false },
		{ S("QQ==QQ=="), S(""), false },
		{ S("QQ==="), S(""), false },
		{ S("QQ=A"), S(""), false },
		{ S("QU*D"), S(""), false },
		{ S("QUJ\xc3"), S(""), false },
	};
	struct buf out, text;

	buf_init(&out, 1 << 16);
	buf_init(&text, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t piece = 1; piece <= 9; piece++) {
			bool good = decode(cases[i].text, piece, &out);

			CHECKF(good == cases[i].good && (!good || str_eq(buf_view(&out), cases[i].want)), "case %zu in pieces of %zu", i, piece);
		}
	for (size_t n = 0; n < 70; n++) {
		uint8_t bytes[70];

		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)(i * 37 + n);
		buf_reset(&text);
		b64_encode(&text, bytes, n);
		CHECKF(text.n == b64_len(n) && decode(buf_view(&text), 5, &out) && str_eq(buf_view(&out), str_n((const char *)bytes, n)), "%zu bytes there and back", n);
	}
	buf_clear(&out);
	buf_clear(&text);
	return tap_done();
}
