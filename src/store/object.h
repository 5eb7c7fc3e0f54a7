/* object.h - objects and their references. New objects with their attributes go through attr_batch (store/attr.h). */
#ifndef STORE_OBJECT_H
#define STORE_OBJECT_H

#include "store/attr.h"

/* Objects of an event with id > after, by id. */
MUST_USE enum rc object_page(struct ctx *cx, const struct scope *sc, int64_t event_id, int64_t after, enum deleted_mode deleted, size_t limit,
			     struct object **out, size_t *n);
/* RC_NOTFOUND "Invalid object". */
MUST_USE enum rc object_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct object *out);
MUST_USE enum rc object_update(struct ctx *cx, const struct object *o, int64_t audit_id);
/* Object, its attributes and references. Soft: all are marked deleted. Hard: all are removed, versions too. */
MUST_USE enum rc object_delete(struct ctx *cx, const struct object *o, int64_t audit_id, bool hard);

/* References of these objects, ordered by object and id. What a reference points to is read with it: kind 0 object, 1 attribute, -1 not here. */
struct ref_row {
	struct object_ref r;
	int referenced_kind;
	int64_t referenced_id;
};
MUST_USE enum rc object_ref_list(struct ctx *cx, int64_t event_id, const int64_t *objects, size_t n, struct ref_row **out, size_t *out_n);
MUST_USE enum rc object_ref_by_uuid(struct ctx *cx, const struct uuid *u, struct object_ref *out); /* RC_DONE when none */
MUST_USE enum rc object_ref_by_id(struct ctx *cx, int64_t id, struct object_ref *out);             /* RC_DONE when none */
MUST_USE enum rc object_ref_delete(struct ctx *cx, const struct object_ref *r, bool hard);

#endif
