/* search_doc_int.h - what the files that write answers of searches share: where an answer stands, and its next rows. */
#ifndef EXPORT_SEARCH_DOC_INT_H
#define EXPORT_SEARCH_DOC_INT_H

#include "base/json_xml.h"
#include "export/search_doc.h"
#include "format/csv_write.h"

struct search_doc {
	const struct scope *sc;
	struct query *q;
	struct search_options o;
	const struct search_format *f;
	bool begun, rows_done, events_done;
	size_t skip, left;              /* rows to pass over, rows still to write */
	struct jw w;
	struct csv_out csv;
	struct arena *mem;              /* of the present page of events */
	/* the first page of attributes, read when the count was asked for */
	struct attr *first;
	size_t first_n;
	/* events of the present page */
	struct event_doc *doc;
	struct event *events;
	size_t event_n, event_at;
	int64_t last_event;
	struct query *within;           /* by_event: attributes of the present event, in d->mem */
	struct u64seen {
		uint64_t *v;
		size_t cap, n;
	} seen;                         /* values or objects written already */
	struct jx xml;                  /* xml: JSON goes through it */
	struct buf json;
	void *own;                      /* of the format, in the memory of the answer */
	struct arena *keep;             /* what a format collects */
};

/* The next event found, page and limit applied. */
MUST_USE enum rc doc_next_event(struct ctx *cx, struct search_doc *d, struct event *out, bool *there);
/* The next page of attributes, page and limit applied; d->rows_done at the end. */
MUST_USE enum rc doc_next_attrs(struct ctx *cx, struct search_doc *d, struct attr **v, size_t *n);
/* Events of a page of attributes, ascending; the one of an id, NULL when it is gone. */
MUST_USE enum rc doc_events_of(struct ctx *cx, const struct search_doc *d, const struct attr *v, size_t n, struct event **out, size_t *out_n);
const struct event *doc_event_in(const struct event *v, size_t n, int64_t id);
/* True when the number was asked for before. */
bool doc_seen(struct u64seen *s, uint64_t k);

/* Writers, see search_formats.c. */
typedef enum rc search_writer(struct ctx *cx, struct search_doc *d, struct buf *out);
search_writer write_json, write_csv, write_text, write_hashes, write_cache, write_count, write_xml, write_context, write_markdown, write_attack,
	write_attack_sightings;

#endif
