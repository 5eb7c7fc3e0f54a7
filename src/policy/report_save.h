/* report_save.h - changing event reports. Each call opens a transaction, writes, audits, and marks the event as changed. Who may change the event may change
 * its reports: the caller has asked (policy/access.h). */
#ifndef POLICY_REPORT_SAVE_H
#define POLICY_REPORT_SAVE_H

#include "model/input.h"
#include "policy/event_save.h"
#include "store/report.h"

/* RC_INVALID with a field when it is not acceptable. */
MUST_USE enum rc report_add(struct ctx *cx, const struct event *e, const struct report_in *in, struct report *out);
/* What was sent replaces what was; id, uuid, event and deletion stay. */
MUST_USE enum rc report_edit(struct ctx *cx, const struct event *e, const struct report *r, const struct report_in *in, struct report *out);
/* hard: the row goes; else it is marked. */
MUST_USE enum rc report_remove(struct ctx *cx, const struct event *e, const struct report *r, bool hard);
MUST_USE enum rc report_restore(struct ctx *cx, const struct event *e, const struct report *r);
/* Attributes that the text suggests are added to the event, then the text itself is written, which may name them by then; tags, by name, are put on the event
 * where the user may. All in one transaction. */
struct report_draw {
	attr_source *next;
	void *arg;
	struct save *s;
	struct str (*content)(void *arg, struct ctx *cx);
	const struct str *tags;
	size_t tag_n;
	bool need_one; /* RC_INVALID when no attribute comes of it */
};
MUST_USE enum rc report_draw(struct ctx *cx, const struct event *e, const struct report *r, const struct report_draw *d, struct report *out);

#endif
