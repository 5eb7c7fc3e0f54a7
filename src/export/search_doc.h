/* search_doc.h - answers of restSearch, written page by page in every format: a registry of formats, one row each.
 *
 *     const struct search_format *f = search_format_find(S("json"), SEARCH_ATTRIBUTES);
 *     TRY(search_doc_open(cx, scope, query, &opts, f, &doc));
 *     while ((rc = search_doc_more(cx, doc, out)) == RC_OK) ...;       RC_DONE at the end
 */
#ifndef EXPORT_SEARCH_DOC_H
#define EXPORT_SEARCH_DOC_H

#include "export/event_doc.h"

enum search_what { SEARCH_ATTRIBUTES = 1, SEARCH_EVENTS = 2, SEARCH_OBJECTS = 4 };

struct search_options {
	enum search_what what;
	size_t page, limit;             /* limit 0: all; page from 1 */
	bool pretty;
	bool metadata, no_galaxies, no_reports, no_proposals, no_local_tags, no_sightings, extended, group_ids_only, include_proposals, include_galaxy, include_context, include_event_uuid, include_event_tags, include_sightings, include_correlations, include_warnings;
	bool headerless;
	const struct decay_view *decay; /* decay_score with each attribute; NULL: none */
	bool attachments;               /* json: "data" of attributes with a file */
	struct str hash_type;           /* of the format cache; "" md5 */
	struct str galaxy;              /* type of the galaxy that attack draws; "" mitre-attack-pattern */
	const struct str *columns;      /* requested_attributes */
	size_t column_n;
	enum deleted_mode deleted;
	/* events only. inside: which attributes of an event found are written, NULL for all of them; by_event: lists of attributes (csv) go event by event
	 * and write those, whatever attribute it was that made the event match */
	const struct query *inside;
	bool by_event;
	void (*warnings)(void *arg, struct jw *w, const struct attr *a);
	void *warnings_arg;
};

struct search_doc;
struct search_format {
	const char *name;
	unsigned what;                  /* bits of enum search_what */
	const char *media;              /* Content-Type */
	bool only_detectable;           /* unless asked otherwise: published events and to_ids attributes only */
	bool by_attrs;                  /* lists of attributes: of events found, all their attributes count */
	bool values_only;               /* its rows need no more than type and value */
	enum rc (*more)(struct ctx *cx, struct search_doc *d, struct buf *out);
	const char *help;
};
/* NULL: unknown, or not for this kind. */
const struct search_format *search_format_find(struct str name, enum search_what what);
const struct search_format *search_format_at(size_t i); /* NULL behind the last */

MUST_USE enum rc search_doc_open(struct ctx *cx, const struct scope *sc, struct query *q, const struct search_options *o, const struct search_format *f,
				 struct search_doc **out);
/* RC_OK: more to come; RC_DONE: complete (what this last call wrote counts). cx->mem is given back between calls. */
MUST_USE enum rc search_doc_more(struct ctx *cx, struct search_doc *d, struct buf *out);
/* How many rows the whole answer has, whatever page and limit: for X-Result-Count. Read before the first piece. */
MUST_USE enum rc search_doc_count(struct ctx *cx, struct search_doc *d, int64_t *out);

#endif
