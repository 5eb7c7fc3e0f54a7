/* report.h - event reports: text about an event. */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H

#include "store/attr.h"

struct report {
	int64_t id, event_id;
	struct uuid uuid;
	struct str name, content;
	int distribution;
	int64_t sharing_group_id, timestamp;
	bool deleted;
};

/* The report of that uuid is changed when it is in this event, made when it is nowhere; RC_INVALID when it is in another. */
MUST_USE enum rc report_capture(struct ctx *cx, const struct event *e, const struct report_in *in, int64_t audit_id);
MUST_USE enum rc report_list(struct ctx *cx, const struct scope *sc, int64_t event_id, enum deleted_mode deleted, struct report **out, size_t *n);

#endif
