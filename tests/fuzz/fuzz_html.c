/* fuzz_html.c - pages of the web: whatever the bytes, a refusal or a text in UTF-8 within its limit; and marks in a text of any form. */
#include <stdlib.h>

#include "analyse/report_text.h"
#include "base/utf8.h"
#include "format/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_n((const char *)data, size), out = S("");
	struct text_mark marks[] = { { S("a"), S("@[tag](a)") }, { S("192.0.2.1"), S("@[attribute](x)") }, { S("a b"), S("@[tag](a b)") } };
	struct ctx cx;

	ctx_init(&cx, 64 << 20);
	if (html_to_markdown(&cx, in, S("http://example.test/a/"), S(""), 1 << 20, &out) == RC_OK && (!utf8_valid(out) || out.n > 1 << 20))
		abort();
	if (utf8_valid(in)) {
		struct str once = report_replace(cx.mem, in, marks, 3), settled = report_settle(cx.mem, in, marks, 3);

		if (!utf8_valid(once) || !utf8_valid(settled) || once.n < in.n || (report_names(in, S("a")) && str_find(once, S("@[tag](a)")) == STR_NONE && in.n < 2))
			abort();
	}
	ctx_clear(&cx);
	return 0;
}
