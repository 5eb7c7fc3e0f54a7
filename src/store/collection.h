/* collection.h - collections: events and clusters put together under a name. */
#ifndef STORE_COLLECTION_H
#define STORE_COLLECTION_H

#include "store/event.h"
#include "store/store.h"
#include "store/visible.h"

struct collection {
	int64_t id;
	struct uuid uuid;
	int64_t org_id, orgc_id, user_id;
	int64_t created_s, modified_s;
	int distribution;
	int64_t sharing_group_id;
	struct str name, type, description;
	/* read with it */
	struct uuid org_uuid, orgc_uuid;
	struct str org_name, orgc_name, email;
	int64_t element_count;
};
struct collection_element {
	int64_t id, collection_id;
	struct uuid uuid, element_uuid;
	struct str element_type, description;
};

/* RC_DONE (no failure recorded) when there is none or it may not be seen. */
MUST_USE enum rc collection_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct collection *out);
/* By id; user_id and orgc_id 0: of anybody. */
MUST_USE enum rc collection_list(struct ctx *cx, const struct scope *sc, int64_t user_id, int64_t orgc_id, struct collection **out, size_t *n);
MUST_USE enum rc collection_elements(struct ctx *cx, int64_t collection_id, struct collection_element **out, size_t *n);
/* By number or uuid; RC_DONE when there is none. The collection it is in decides who sees it: the caller asks. */
MUST_USE enum rc collection_element_load(struct ctx *cx, const struct event_key *k, struct collection_element *out);

/* In a transaction. insert sets the id, and the uuid when it is nil; RC_INVALID with field "uuid" when that is taken. */
MUST_USE enum rc collection_insert(struct ctx *cx, struct collection *c);
MUST_USE enum rc collection_update(struct ctx *cx, const struct collection *c);
MUST_USE enum rc collection_delete(struct ctx *cx, int64_t id); /* its elements, too */
/* RC_INVALID when the collection has this one already. */
MUST_USE enum rc collection_element_insert(struct ctx *cx, struct collection_element *e);
MUST_USE enum rc collection_element_update(struct ctx *cx, const struct collection_element *e);
MUST_USE enum rc collection_element_delete(struct ctx *cx, const struct collection_element *e);
/* "Event" or "GalaxyCluster" by what has this uuid here; *out "" when nothing has. */
MUST_USE enum rc collection_type_of(struct ctx *cx, const struct uuid *u, struct str *out);

#endif
