/* event_make.h - from what was sent to complete events and objects: defaults, checks, MISP's messages. RC_INVALID with the field at fault.
 * Owners (org, orgc, user), ids, counts, sharing groups by uuid, tags and attributes are the business of policy/ and store/. */
#ifndef MODEL_EVENT_MAKE_H
#define MODEL_EVENT_MAKE_H

#include "model/event.h"

/* dist_default: distribution when none was sent. */
MUST_USE enum rc event_make(struct ctx *cx, const struct event_in *in, int dist_default, struct event *out);
/* For an edit: *out holds the stored event; what was not sent stays, but the timestamp, which is then now. The uuid never changes. */
MUST_USE enum rc event_change(struct ctx *cx, const struct event_in *in, struct event *out);

MUST_USE enum rc object_make(struct ctx *cx, const struct object_in *in, int dist_default, struct object *out);
MUST_USE enum rc object_change(struct ctx *cx, const struct object_in *in, struct object *out);

#endif
