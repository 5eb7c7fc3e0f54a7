/* fuzz_multipart.c - the first line of the input is the type with its boundary, the rest a body; parts are views of the body, in its bounds. */
#include <stdlib.h>

#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur c = cur_of(str_n((const char *)data, size));
	struct http_part *v;
	struct str type, body;
	struct ctx cx;
	size_t n;

	if (!cur_line(&c, &type))
		return 0;
	body = cur_rest(&c);
	ctx_init(&cx, 64 << 20);
	if (http_multipart(&cx, type, body, &v, &n) == RC_OK)
		for (size_t i = 0; i < n; i++)
			if (v[i].data.p < body.p || v[i].data.p + v[i].data.n > body.p + body.n || !v[i].name.p)
				abort();
	ctx_clear(&cx);
	return 0;
}
