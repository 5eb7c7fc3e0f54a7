/* object_template.h - object templates, their elements, and the names of references. Everybody may read them. */
#ifndef STORE_OBJECT_TEMPLATE_H
#define STORE_OBJECT_TEMPLATE_H

#include "model/object_template.h"
#include "store/store.h"

struct template_row {
	struct object_template t;    /* without elements and definition */
	struct uuid org_uuid;
	struct str org_name, email;  /* of the owner; {NULL,0}: nobody's */
};
/* By id; active ones, or all. */
MUST_USE enum rc template_list(struct ctx *cx, bool all, struct template_row **out, size_t *n);
/* Those with an element of one of the types, active only, with their elements. */
MUST_USE enum rc template_list_of_types(struct ctx *cx, const struct str *types, size_t type_n, struct object_template **out, size_t *n);

/* One, with its elements. By id; by uuid (version < 0: the newest); by name (the active one, else the newest). RC_DONE when there is none (no failure
 * recorded). */
MUST_USE enum rc template_load(struct ctx *cx, int64_t id, struct template_row *out);
MUST_USE enum rc template_find(struct ctx *cx, const struct uuid *u, int64_t version, struct template_row *out);
MUST_USE enum rc template_named(struct ctx *cx, struct str name, struct template_row *out);

/* In a transaction. put adds a template (t->id 0: a new one, id is set) or replaces all of it; an active one puts the others of its uuid off. */
MUST_USE enum rc template_put(struct ctx *cx, struct object_template *t);
MUST_USE enum rc template_set_active(struct ctx *cx, const struct object_template *t, bool active);
MUST_USE enum rc template_delete(struct ctx *cx, int64_t id);

MUST_USE enum rc relationship_list(struct ctx *cx, struct relationship **out, size_t *n); /* by name */
/* Adds it or replaces what is there under its name. */
MUST_USE enum rc relationship_put(struct ctx *cx, const struct relationship *r);
/* Those of the library's earlier versions go. */
MUST_USE enum rc relationship_drop_older(struct ctx *cx, int64_t version);

#endif
