/* fuzz_logline.c - the first line of the input is a value to look for, the rest a log line; hits are views of the line,
 * in its bounds. */
#include <stdlib.h>

#include "match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on(void *arg, const struct match_hit *h)
{
	const struct str *line = arg;

	if (h->seen.n == 0 || h->offset > line->n || h->seen.n > line->n - h->offset ||
		h->seen.p != line->p + h->offset || h->payload_n == 0)
		abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur c = cur_of(str_n((const char *)data, size));
	struct match_index *ix = match_index_new();
	struct str value, line;

	if (cur_line(&c, &value)) {
		for (enum value_kind k = VK_NONE; k <= VK_FILENAME; k++)
			match_add(ix, k, value, k);
		match_add(ix, VK_IP, S("10.0.0.0/8"), 1);
		match_add(ix, VK_IP, S("2001:db8::/32"), 1);
		match_add(ix, VK_URL, S("example.com/a"), 1);
		match_add(ix, VK_FILENAME, S("a b.exe"), 1);
	}
	match_ready(ix);
	line = cur_rest(&c);
	match_line(ix, line, on, &line);
	match_index_free(ix);
	return 0;
}
