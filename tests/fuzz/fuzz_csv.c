/* fuzz_csv.c - CSV feeds: the first bytes choose delimiter and quote, the rest is the text. Every view lies in valid memory, lines ascend,
 * good records are valid UTF-8. */
#include <stdlib.h>

#include "base/utf8.h"
#include "format/csv_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiters[] = ",;\t| \"", quotes[] = "\"\"'";
	struct csv_settings s = CSV_DEFAULTS;
	struct csv_in *c;
	uint64_t line = 0;
	struct str v;
	size_t n = 0;
	struct ctx cx;

	ctx_init(&cx, 1 << 20);
	if (csv_settings_read(&cx, str_n((const char *)data, size), &s) == RC_OK)
		n += s.column_n;
	ctx_clear(&cx);
	s = CSV_DEFAULTS;
	if (size >= 2) {
		s.delimiter = delimiters[data[0] % (sizeof(delimiters) - 1)];
		s.quote = quotes[data[1] % sizeof(quotes)];
		s.header = data[1] & 0x80;
		s.column_n = data[0] >> 6;
		for (size_t i = 0; i < s.column_n; i++)
			s.columns[i] = (uint16_t)(i * 2);
		data += 2;
		size -= 2;
	}
	c = malloc(sizeof(*c));
	if (!c)
		abort();
	csv_open(c, str_n((const char *)data, size), &s);
	while (csv_next(c)) {
		if (c->line <= line || (c->bad && (!c->note || c->field_n)))
			abort();
		line = c->line;
		for (size_t i = 0; i < c->field_n; i++)
			if (!utf8_valid(c->fields[i]))
				abort();
		for (size_t i = 0; csv_value(c, i, &v); i++)
			n += v.n;
	}
	csv_close(c);
	free(c);
	return n > SIZE_MAX / 2;
}
