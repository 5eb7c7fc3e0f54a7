/* report_text.h - what the text of a report says about its event: values that the event has already, values that it might get, tags and clusters by name.
 *
 * In the text "@[attribute](uuid)" stands for a value of the event, "@[tag](name)" for a tag or a cluster, "@[suggestion](value)" for a value that somebody
 * is to decide about. What stands in such a mark is left alone by everything here. A text is found only where it is not part of a longer word.
 *
 *     TRY(report_read(cx, cx->scope, &e, r.content, &f));
 *     text = report_replace(cx->mem, f.content, marks, n);
 */
#ifndef ANALYSE_REPORT_TEXT_H
#define ANALYSE_REPORT_TEXT_H

#include "extract/scan.h"
#include "model/scope.h"
#include "store/event.h"

/* A value of the event that stands in the text, maybe in disguise. */
struct known_value {
	struct str value, in_report;
	struct uuid *uuids; /* attributes that have it, the first is what the text gets */
	size_t n, cap;
};
/* A tag, or a cluster's tag, that a piece of the text names. */
struct named_tag {
	struct str text, tag;
	int64_t id;         /* of the tag, or of the cluster */
	bool cluster;
	struct uuid uuid;   /* clusters */
	struct str colour, value;
};
struct report_findings {
	struct str content; /* known values replaced by their marks */
	struct known_value *known;
	size_t known_n;
	struct found *found; /* in that content, each value once */
	size_t found_n;
	struct named_tag *named; /* longest text first */
	size_t named_n;
};
MUST_USE enum rc report_read(struct ctx *cx, const struct scope *sc, const struct event *e, struct str text, struct report_findings *out);

struct text_mark {
	struct str from, to;
};
/* Every from outside marks becomes its to; of two that fit at one place the longer. The array is sorted. */
struct str report_replace(struct arena *a, struct str text, struct text_mark *v, size_t n);
/* "@[suggestion](from)" becomes its to, wherever it stands. */
struct str report_settle(struct arena *a, struct str text, const struct text_mark *v, size_t n);
/* from as a whole word somewhere in the text. */
bool report_names(struct str text, struct str from);

/* The event as text: what it is about, its tags, its attributes by category and its objects, each by its mark. */
MUST_USE enum rc report_of_event(struct ctx *cx, const struct scope *sc, const struct event *e, struct str *out);

#endif
