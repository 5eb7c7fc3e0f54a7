/* noticelist.h - notice lists: advice for whoever shares data of some kinds. */
#ifndef STORE_NOTICELIST_H
#define STORE_NOTICELIST_H

#include "store/store.h"

struct noticelist {
	int64_t id;
	struct str name, expanded_name, ref, geographical_area; /* the last two: JSON arrays */
	int64_t version;
	bool enabled;
};
struct notice {
	int64_t id, list_id;
	struct str data; /* JSON object */
};
MUST_USE enum rc noticelist_list(struct ctx *cx, struct noticelist **out, size_t *n);
/* By id, or by name when id is 0. RC_DONE: none. */
MUST_USE enum rc noticelist_load(struct ctx *cx, int64_t id, struct str name, struct noticelist *out);
MUST_USE enum rc noticelist_entries(struct ctx *cx, int64_t id, struct notice **out, size_t *n);
/* In a transaction. put: l->id 0 is a new one, else it replaces all of it; data: JSON objects. */
MUST_USE enum rc noticelist_put(struct ctx *cx, struct noticelist *l, const struct str *data, size_t n);
MUST_USE enum rc noticelist_enable(struct ctx *cx, int64_t id, bool enabled);
MUST_USE enum rc noticelist_delete(struct ctx *cx, int64_t id);

#endif
