/* misp_json.h - MISP's JSON event format: bytes -> model inputs (model/input.h). Fields in any order, wrapped ({"Event": {...}}) or bare.
 *
 * An event is read in two passes, so that memory stays flat whatever its size and the head is known before any element:
 *
 *     TRY(misp_event_head(cx, text, &head));                         everything but Attribute and Object
 *     TRY(misp_event_elements(cx, text, &sink));                     then each attribute and object
 *
 * text may be a mapped file of any size. Only what one element needs is held at a time. An element that is not readable (wrong kind of JSON value) goes to
 * sink->bad and the rest goes on; text that is not JSON fails the whole with RC_BAD and line and column.
 */
#ifndef FORMAT_MISP_JSON_H
#define FORMAT_MISP_JSON_H

#include "base/json.h"
#include "model/input.h"

/* Also accepts {"response": [...]}-wrapped and a top-level array holding exactly one event. */
MUST_USE enum rc misp_event_head(struct ctx *cx, struct str text, struct event_in *out);

struct misp_sink {
	void *arg;
	/* Inputs are valid during the call only (the arena is reset behind it). A failure returned stops the reading. */
	enum rc (*attr)(void *arg, struct ctx *cx, struct attr_in *a);
	enum rc (*object)(void *arg, struct ctx *cx, struct object_in *o);
	/* what: "Attribute" or "Object"; position from 0 */
	enum rc (*bad)(void *arg, struct ctx *cx, const char *what, size_t position, const char *why);
};
MUST_USE enum rc misp_event_elements(struct ctx *cx, struct str text, const struct misp_sink *sink);

/* The text holds several events: {"response": [{"Event":...}, ...]} or [{"Event":...}, ...]: each one's text is given on as {"Event": ...} or bare. */
MUST_USE enum rc misp_events_each(struct ctx *cx, struct str text, enum rc (*each)(void *arg, struct ctx *cx, struct str event_text), void *arg);

/* For the reader of such a body: a text may be a whole attached file. */
extern const struct jr_limits misp_limits;
/* One attribute / object at the reader's place (a body of attributes/add, objects/add): bare or wrapped in "Attribute" / "Object". */
void misp_attr_read(struct jr *r, struct attr_in *out);
void misp_object_read(struct jr *r, struct object_in *out);
void misp_report_read(struct jr *r, struct report_in *out); /* bare */
void misp_tags_read(struct jr *r, struct tag_in **tags, size_t *n);

#endif
