/* audit.h - one row for each write, login and refusal; the *_old tables point to it. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

struct audit {
	const char *action;   /* "add", "edit", "delete", "publish" ... static text */
	const char *model;    /* "Event", "Attribute" ... static text */
	int64_t model_id, event_id;
	struct str title;     /* one line for people */
	struct str change;    /* JSON, {NULL,0} when the *_old tables say it */
};

/* Inside the transaction of the change; *id (may be NULL) is what the *_old rows refer to. Who and from where come from cx. */
MUST_USE enum rc audit_add(struct ctx *cx, const struct audit *a, int64_t *id);

/* For reads and refusals, which have no transaction: queued in memory (bounded, the oldest go first and are counted) and
 * written in batches by audit_flush, which a job calls every second and serve at its end. */
void audit_queue(struct ctx *cx, const struct audit *a);
MUST_USE enum rc audit_flush(struct ctx *cx);

#endif
