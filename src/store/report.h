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

/* By id or uuid; RC_NOTFOUND "Invalid report" when it is not there or may not be seen. Deleted ones are found: the caller decides. */
MUST_USE enum rc report_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct report *out);
/* Of one event, by id. */
MUST_USE enum rc report_list(struct ctx *cx, const struct scope *sc, int64_t event_id, enum deleted_mode deleted, struct report **out, size_t *n);

/* With what the lists say of its event and its sharing group. */
struct report_row {
	struct report r;
	int64_t orgc_id, org_id, user_id;
	int32_t date;
	struct str info, org_name, orgc_name;
	bool has_group;
	struct str group_name;
	struct uuid group_uuid;
};
struct report_filter {
	const int64_t *events; /* of these only; event_n 0: of all */
	size_t event_n;
	int64_t id;            /* this one only; 0: all */
	enum deleted_mode deleted;
	int64_t after;         /* ids > after */
	size_t limit;
};
/* By id. */
MUST_USE enum rc report_rows(struct ctx *cx, const struct scope *sc, const struct report_filter *f, struct report_row **out, size_t *n);

/* In a transaction. insert sets id; the uuid must be free. */
MUST_USE enum rc report_insert(struct ctx *cx, struct report *r);
MUST_USE enum rc report_update(struct ctx *cx, const struct report *r);
MUST_USE enum rc report_delete(struct ctx *cx, const struct report *r);

#endif
