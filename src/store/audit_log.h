/* audit_log.h - the audit read back: entries with their user and organisation, newest first, filtered. */
#ifndef STORE_AUDIT_LOG_H
#define STORE_AUDIT_LOG_H

#include "store/query.h"
#include "store/store.h"

struct audit_entry {
	int64_t id, at_us, user_id, org_id, auth_key_id, model_id, event_id;
	struct str origin, action, model, title, change; /* change: JSON, {NULL,0} when none */
	struct str email, org_name;                       /* {NULL,0}: unknown by now, or the system */
	struct uuid org_uuid;
};

/* Text conditions: equal without regard to case, or with % a pattern; lists and "!" as in every search. */
struct audit_filter {
	int64_t only_org, only_user;  /* what the reader is limited to; 0: not */
	int64_t event_id;             /* 0: any */
	struct cond id, user_id, model_id, title, model, action, change, email, org, ip;
	struct time_range at;
	size_t limit, skip;           /* limit 0: none */
};
/* One entry after another to the call-back, as long as it returns RC_OK; *n (may be NULL) how many. Borrowed for the call. */
MUST_USE enum rc audit_log_each(struct ctx *cx, const struct audit_filter *f, enum rc (*each)(void *arg, const struct audit_entry *e), void *arg, size_t *n);
MUST_USE enum rc audit_log_load(struct ctx *cx, int64_t id, struct audit_entry *out); /* RC_NOTFOUND "Invalid log entry" */
/* Own transaction. Entries older than this go, but for those that a kept version of an event refers to. */
MUST_USE enum rc audit_log_purge(struct ctx *cx, int64_t before_us, int64_t *n);

#endif
