/* tag_collection.h - tags that are attached together, and the tags that users marked. */
#ifndef STORE_TAG_COLLECTION_H
#define STORE_TAG_COLLECTION_H

#include "store/tag.h"

struct tag_collection {
	int64_t id, org_id, user_id;
	struct uuid uuid;
	struct str name, description;
	bool all_orgs;
};
/* By id: all, or with org_id those of this organisation and those for all. */
MUST_USE enum rc tag_collection_list(struct ctx *cx, int64_t org_id, struct tag_collection **out, size_t *n);
MUST_USE enum rc tag_collection_load(struct ctx *cx, int64_t id, const struct uuid *u, struct tag_collection *out); /* RC_DONE: none */
/* Their tags by collection and tag: owner is the collection. */
MUST_USE enum rc tag_collection_tags(struct ctx *cx, const int64_t *ids, size_t n, struct tag_use **out, size_t *out_n);
/* In a transaction. put: id 0 is a new one; RC_EXISTS (no failure recorded) when the name or uuid is taken. */
MUST_USE enum rc tag_collection_put(struct ctx *cx, struct tag_collection *c);
MUST_USE enum rc tag_collection_delete(struct ctx *cx, int64_t id);
MUST_USE enum rc tag_collection_join(struct ctx *cx, int64_t id, int64_t tag_id, bool *joined);
MUST_USE enum rc tag_collection_leave(struct ctx *cx, int64_t id, int64_t tag_id, bool *was);

/* Ids ascending. */
MUST_USE enum rc favourite_tags(struct ctx *cx, int64_t user_id, struct tag_use **out, size_t *n);
MUST_USE enum rc favourite_tag_toggle(struct ctx *cx, int64_t user_id, int64_t tag_id, bool *now); /* in a transaction */

#endif
