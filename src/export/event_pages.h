/* event_pages.h - all attributes and objects of an event, and of those that extend it, page by page, with what hangs on them.
 *
 *     struct event_pages p;
 *     TRY(event_pages_open(cx, sc, e, extended, &p));
 *     while ((rc = event_pages_next(cx, &p)) == RC_OK) ...         p.attrs of this page; p.objects, then p.attrs are those inside them
 *     if (rc != RC_DONE) return rc;
 *
 * What a page holds lives until the next call: it lies between marks of cx->mem. */
#ifndef EXPORT_EVENT_PAGES_H
#define EXPORT_EVENT_PAGES_H

#include "export/event_doc.h"

struct event_pages {
	const struct scope *sc;
	const struct event **sources;
	size_t source_n, source;
	bool in_objects;
	int64_t after;
	struct arena_mark mark;
	bool marked;
	/* the page */
	struct attr *attrs;        /* ascending; inside objects: by object, id */
	size_t attr_n;
	struct attr_dress dress;
	struct object *objects;    /* a page of objects: ascending; NULL on one of attributes outside them */
	size_t object_n;
	struct ref_row *refs;      /* by object, id */
	size_t ref_n;
};
MUST_USE enum rc event_pages_open(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct event_pages *p);
MUST_USE enum rc event_pages_next(struct ctx *cx, struct event_pages *p);
/* Tags and sightings of an attribute of the page; call in their order. */
void event_pages_dress(struct ctx *cx, struct event_pages *p, const struct attr *a, struct attr_extra *out);
/* The attributes of object i are attrs[*from .. *from + n). */
size_t event_pages_of_object(const struct event_pages *p, size_t i, size_t *from);

#endif
