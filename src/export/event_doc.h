/* event_doc.h - one stored event as MISP JSON, written piece by piece: memory does not grow with the event.
 *
 *     TRY(event_doc_open(cx, &e, &opts, &doc));
 *     while ((rc = event_doc_more(cx, doc, &w)) == RC_OK) ...;       each call writes one page; RC_DONE: {"Event":...} is complete
 *
 * Between two calls no statement and no snapshot is held.
 */
#ifndef EXPORT_EVENT_DOC_H
#define EXPORT_EVENT_DOC_H

#include "base/json.h"
#include "format/misp_write.h"
#include "policy/decay_view.h"
#include "store/attachment.h"
#include "store/object.h"
#include "store/query.h"
#include "store/report.h"
#include "store/sighting.h"
#include "store/tag.h"

struct event_doc_options {
	enum deleted_mode deleted;
	bool metadata;              /* head and tags only */
	bool no_sightings, no_correlations, no_local_tags, no_galaxies, no_reports, no_proposals;
	bool group_ids_only;        /* what a sharing group is, is not told */
	bool own_sightings;         /* of the reader's organisation only */
	size_t related_max;         /* RelatedEvent entries, best first; default 500 */
	bool attachments;           /* "data" of attributes with a file */
	bool extended;              /* attributes and objects of the events that extend this one, too */
	bool extended_by;           /* the list of the events that extend this one */
	const struct query *only;   /* attributes that match; NULL: all */
	/* writes "warnings" of an attribute that hits warninglists into the open object; NULL: none */
	void (*warnings)(void *arg, struct jw *w, const struct attr *a);
	void *warnings_arg;
	const struct decay_view *decay; /* decay_score with each attribute; NULL: none */
	bool show_creator;          /* event_creator_email: for the own organisation and site admins */
};

struct event_doc;
MUST_USE enum rc event_doc_open(struct ctx *cx, const struct scope *sc, const struct event *e, const struct event_doc_options *o, struct event_doc **out);
MUST_USE enum rc event_doc_more(struct ctx *cx, struct event_doc *d, struct jw *w);

/* What hangs on the attributes of one event, read for a run of ids at once and handed out in their order. */
struct attr_dress {
	struct tag_use *tags;
	size_t tag_n;
	struct sighting_row *sightings;
	size_t sighting_n;
	struct decay_page decay;
	struct attachment *files;
	size_t file_n;
};
struct dress_options {
	bool tags, sightings, no_local_tags, decay, attachments;
	int64_t sighting_org; /* 0: of all organisations */
};
/* v ascending by id, of one event. */
MUST_USE enum rc attr_dress_load(struct ctx *cx, const struct scope *sc, const struct attr *v, size_t n, const struct dress_options *o, struct attr_dress *out);
/* Fills the tag and sighting parts of x for a. */
void attr_dress_of(struct ctx *cx, struct attr_dress *d, const struct attr *a, const struct dress_options *o, struct attr_extra *x);

struct org org_of_ref(const struct org_ref *r);
#endif
