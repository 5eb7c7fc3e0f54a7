/* collection_save.h - changing collections. Each call opens a transaction, writes, audits. */
#ifndef POLICY_COLLECTION_SAVE_H
#define POLICY_COLLECTION_SAVE_H

#include "model/user.h"
#include "store/collection.h"

/* Site admins; who made it, with the right to modify; with modify_org their organisation, and that of who synchronises it here. */
bool user_may_edit_collection(const struct user *u, const struct collection *c);

/* As sent; p == NULL: was not sent. */
struct collection_element_form {
	struct str uuid, element_uuid, element_type, description;
};
struct collection_form {
	struct str uuid, name, type, description, distribution, sharing_group_id, orgc_id, created, modified;
	struct collection_element_form *elements;
	size_t element_n;
	bool has_elements;
};
/* RC_INVALID with a field when it is not acceptable. */
MUST_USE enum rc collection_add(struct ctx *cx, const struct collection_form *f, struct collection *out);
/* Elements that were sent replace those that are there. RC_METHOD when it is not here or not to be changed; RC_DENIED when what was sent is older. */
MUST_USE enum rc collection_edit(struct ctx *cx, const struct event_key *k, const struct collection_form *f, struct collection *out);
MUST_USE enum rc collection_remove(struct ctx *cx, const struct event_key *k, int64_t *id);
MUST_USE enum rc collection_element_add(struct ctx *cx, const struct event_key *collection, const struct collection_element_form *f, struct collection_element *out);
MUST_USE enum rc collection_element_remove(struct ctx *cx, const struct event_key *k, int64_t *id);

#endif
