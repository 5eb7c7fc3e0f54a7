/* attr.h - an attribute as stored: normalised, checked, complete. */
#ifndef MODEL_ATTR_H
#define MODEL_ATTR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/uuid.h"
#include "model/attr_type.h"
#include "model/input.h"

#define SEEN_NONE INT64_MIN /* first_seen / last_seen not set */

/* Distribution levels of MISP. */
enum dist {
	DIST_ORG = 0,
	DIST_COMMUNITY = 1,
	DIST_CONNECTED = 2,
	DIST_ALL = 3,
	DIST_SHARING_GROUP = 4,
	DIST_INHERIT = 5, /* elements of an event only */
};

struct attr {
	int64_t id, event_id, object_id; /* object_id 0: none */
	struct uuid uuid;
	const struct attr_type *type;
	int cat;
	bool to_ids, deleted, disable_correlation;
	int distribution;
	int64_t sharing_group_id;
	int64_t timestamp;                /* seconds */
	int64_t first_seen_us, last_seen_us;
	struct str value1, value2;        /* value2 "" for simple types */
	struct str comment, relation;     /* relation: object_relation, "" outside objects */
};

struct attr_defaults {
	int distribution;      /* when none was sent: DIST_INHERIT unless the site says otherwise */
	int64_t now_s;
	bool in_object;        /* needs object_relation */
};

/* Everything of attribute-types "order of treatment" but what needs the store (uniqueness, import expressions):
 * fills *out with a complete attribute from what was sent. RC_INVALID with the field and MISP's message. uuid random when none was sent. */
MUST_USE enum rc attr_make(struct ctx *cx, const struct attr_in *in, const struct attr_defaults *d, struct attr *out);
/* The same for an edit: fields not sent stay as *out has them (out holds the stored attribute). */
MUST_USE enum rc attr_change(struct ctx *cx, const struct attr_in *in, const struct attr_defaults *d, struct attr *out);

#endif
