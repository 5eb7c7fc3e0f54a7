/* tag_collection_admin.h - who may see and change tag collections; adding, changing, filling and deleting them. Each one transaction, audited. */
#ifndef POLICY_TAG_COLLECTION_ADMIN_H
#define POLICY_TAG_COLLECTION_ADMIN_H

#include "model/input.h"
#include "model/user.h"
#include "store/tag_collection.h"

bool user_may_edit_tag_collection(const struct user *u, const struct tag_collection *c); /* site admins; tag editors of its organisation */
/* RC_NOTFOUND "Invalid Tag Collection" when there is none that the user may see. */
MUST_USE enum rc tag_collection_visible(struct ctx *cx, int64_t id, const struct uuid *u, struct tag_collection *out);
/* Those that the user may use, of the collection, by id; hidden ones are for site admins. */
MUST_USE enum rc tag_collection_usable(struct ctx *cx, int64_t id, struct tag_use **out, size_t *n);

struct tag_collection_form {
	struct str uuid, name, description, all_orgs; /* {NULL,0}: not sent */
};
/* id 0: a new one. tags: names that join it, made when the user may; NULL: none. */
MUST_USE enum rc tag_collection_save(struct ctx *cx, int64_t id, const struct tag_collection_form *f, const struct str *tags, size_t tag_n,
				     struct tag_collection *out);
MUST_USE enum rc tag_collection_remove(struct ctx *cx, const struct tag_collection *c);
/* changed: how many came or went. RC_DENIED. */
MUST_USE enum rc tag_collection_tag(struct ctx *cx, const struct tag_collection *c, const struct tag *tags, size_t n, bool add, size_t *changed);
MUST_USE enum rc favourite_toggle(struct ctx *cx, int64_t tag_id, bool *now);

#endif
