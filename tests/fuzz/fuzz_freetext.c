/* fuzz_freetext.c - reports and feeds: whatever the bytes, findings are views of the text, in its bounds, of known
 * types. */
#include <stdlib.h>

#include "extract/freetext.h"
#include "model/attr_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on(void *arg, const struct found *f)
{
	const struct str *text = arg;

	if (f->offset > text->n || f->length > text->n - f->offset || f->original.p != text->p + f->offset ||
		f->original.n != f->length || f->value.n == 0)
		abort();
	if (!attr_type_find(f->type))
		abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *a = arena_new(0);

	scan_text(a, text, on, &text);
	freetext_feed(a, text, on, &text);
	arena_free(a);
	return 0;
}
