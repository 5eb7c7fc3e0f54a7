/* csv_write.h - attributes as CSV, the format "csv" of restSearch: header, one line an attribute, a blank line at the end. Numbers stand
 * bare, every other text in double quotes, an empty text as "".
 *
 *     struct csv_out o;
 *     csv_out_init(&o, &buf, (struct csv_out_opts){ .context = true });
 *     csv_out_head(&o);
 *     while (...)
 *         csv_out_row(&o, &row);
 *     csv_out_end(&o);
 */
#ifndef FORMAT_CSV_WRITE_H
#define FORMAT_CSV_WRITE_H

#include "base/buf.h"
#include "model/event.h"

#define CSV_OUT_COLUMNS_MAX 64u

struct csv_out_opts {
	bool context;             /* includeContext: the event's columns behind the others */
	bool headerless;
	const struct str *wanted; /* requested_attributes: these columns in this order, without the object's; names that are no column are left out */
	size_t wanted_n;          /* 0: the usual columns */
};

struct csv_out {
	struct buf *out;
	bool headerless;
	uint8_t columns[CSV_OUT_COLUMNS_MAX];
	size_t column_n;
};

/* What one line is made of. Borrowed. object NULL outside objects; org, orgc needed with context only. */
struct csv_out_row {
	const struct attr *attr;
	const struct event *event;
	const struct object *object;
	const struct org *org, *orgc;
	struct str attribute_tags, event_tags; /* names with commas between them */
};

void csv_out_init(struct csv_out *o, struct buf *out, struct csv_out_opts opts);
void csv_out_head(struct csv_out *o);
void csv_out_row(struct csv_out *o, const struct csv_out_row *row);
void csv_out_end(struct csv_out *o);

#endif
