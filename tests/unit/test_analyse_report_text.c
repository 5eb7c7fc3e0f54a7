/* marks in the text of reports: what is replaced, what is left alone */
#include "analyse/report_text.h"
#include "unit/tap.h"

#define ID "@[attribute](3b3c5c9e-0b5e-4c3f-8e0a-6d0c5f3a1b2c)"

static const struct {
	const char *text, *from, *want; /* from becomes @[tag](x) */
} words[] = {
	{ "192.0.2.1", "192.0.2.1", "@[tag](x)" },
	{ "192.0.2.17 192.0.2.1, 1192.0.2.1", "192.0.2.1", "192.0.2.17 @[tag](x), 1192.0.2.1" },
	{ "evil.example.", "evil.example", "@[tag](x)." },
	{ "evil.example.org bad-evil.example", "evil.example", "evil.example.org bad-@[tag](x)" },
	{ "(evil)", "evil", "(@[tag](x))" },
	{ "devil evils evil", "evil", "devil evils @[tag](x)" },
	{ "\303\251vil evil\303\251 evil", "evil", "\303\251vil evil\303\251 @[tag](x)" },
	{ "in " ID " and 3b3c5c9e", "3b3c5c9e", "in " ID " and @[tag](x)" },
	{ "@[tag](evil) @[tag](evil", "evil", "@[tag](evil) @[tag](@[tag](x)" },
	{ "@[ evil", "evil", "@[ @[tag](x)" },
	{ "", "evil", "" },
	{ "nothing", "", "nothing" },
	{ "tlp:red", "tlp:red", "@[tag](x)" },
};

int main(void)
{
	struct ctx cx;

	ctx_init(&cx, 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct text_mark m = { str_c(words[i].from), S("@[tag](x)") };
		struct str got = report_replace(cx.mem, str_c(words[i].text), &m, 1);

		CHECKF(str_eq(got, str_c(words[i].want)), "'%s' in '%s': %.*s", words[i].from, words[i].text, STR(got));
	}
	{
		struct text_mark m[] = { { S("bad"), S("@[tag](short)") }, { S("bad bear"), S("@[tag](long)") }, { S("x"), S("@[tag](x)") } };
		struct str got = report_replace(cx.mem, S("bad bear, bad x"), m, 3);

		CHECK_STR(got, S("@[tag](long), @[tag](short) @[tag](x)"));
		CHECK_STR(report_replace(cx.mem, got, m, 3), got);
	}
	{
		struct text_mark m[] = { { S("a"), S("A") }, { S("b c"), S(ID) } };
		struct str got = report_settle(cx.mem, S("@[suggestion](a) @[suggestion](b c) @[suggestion](ab) a @[suggestion](a"), m, 2);

		CHECK_STR(got, S("A " ID " @[suggestion](ab) a @[suggestion](a"));
	}
	CHECK(report_names(S("see Kraken."), S("Kraken")));
	CHECK(!report_names(S("Krakens"), S("Kraken")));
	CHECK(!report_names(S("x"), S("")));
	ctx_clear(&cx);
	return tap_done();
}
