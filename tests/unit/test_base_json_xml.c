/* JSON to XML, in one piece and byte by byte. */
#include "base/json_xml.h"
#include "tap.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>"

static const struct {
	const char *json, *xml;
} cases[] = {
	{ "{\"Event\":{\"id\":\"1\",\"published\":true,\"x\":false,\"none\":null}}", "<Event><id>1</id><published>1</published><x>0</x><none/></Event>" },
	{ "{\"response\":[{\"Event\":{\"id\":\"1\"}},{\"Event\":{\"id\":\"2\"}}]}", "<Event><id>1</id></Event><Event><id>2</id></Event>" },
	{ "{\"response\":{\"Attribute\":[{\"id\":\"1\"},{\"id\":\"2\"}]}}", "<Attribute><id>1</id></Attribute><Attribute><id>2</id></Attribute>" },
	{ "{\"response\":{\"Attribute\":[]}}", "<Attribute/>" },
	{ "[{\"id\":\"1\",\"Tag\":[1,2]},{\"id\":\"2\"}]", "<item><id>1</id><Tag>1</Tag><Tag>2</Tag></item><item><id>2</id></item>" },
	{ "[\"a\", 5 ]", "<item>a</item><item>5</item>" },
	{ "{\"a b\":\"<&>\\\"\\n\\u00e9\\ud83d\\ude00\\u0001\",\"1x\":-2.5e3}", "<a_b>&lt;&amp;&gt;\"\n\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd</a_b><_1x>-2.5e3</_1x>" },
	{ "{\"a\":{\"response\":\"in\"},\"b\":{}}", "<a><response>in</response></a><b></b>" },
	{ "7", "<item>7</item>" },
	{ "", "" },
	{ "]}\"\\u12", "" }, /* no JSON: some XML, no crash */
};

static void run(struct str json, size_t step, struct buf *out)
{
	struct jx x;

	buf_init(out, 1 << 20);
	jx_init(&x, out);
	for (size_t i = 0; i < json.n; i += step)
		jx_feed(&x, str_sub(json, i, step));
	jx_end(&x);
	jx_clear(&x);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t step = 1; step < 64; step = step * 3 + 1) {
			struct str json = str_c(cases[i].json), got;
			struct buf b;

			run(json, step, &b);
			got = buf_view(&b);
			CHECK(str_starts(got, S(HEAD)) && str_ends(got, S("</response>\n")));
			if (i + 1 < sizeof(cases) / sizeof(*cases))
				CHECK_STR(str_sub(got, sizeof(HEAD) - 1, got.n - sizeof(HEAD) + 1 - 12), str_c(cases[i].xml));
			buf_clear(&b);
		}
	return tap_done();
}
