/* object_template.h - object templates in: from a clone of misp-objects, from a person; who may change them; what they say of an object that is saved. */
#ifndef POLICY_OBJECT_TEMPLATE_H
#define POLICY_OBJECT_TEMPLATE_H

#include "model/input.h"
#include "policy/library_load.h"
#include "store/object_template.h"

struct template_load {
	struct str dir;      /* a clone of misp-objects */
	struct str only;     /* folder of one template, "" all of them */
	bool force;          /* what is here in this version is written again */
};
/* objects/NAME/definition.json, newer versions beside the older ones, and the relationships. One transaction. RC_NOTFOUND when there is no such folder. */
MUST_USE enum rc templates_load_library(struct ctx *cx, const struct template_load *o, struct library_report *out);

/* A definition made here. add: RC_EXISTS when this version of the uuid is there. edit: of one made here; the same version is replaced, a higher one is put
 * beside it. RC_DENIED for those of a library and of other organisations. *id: of the template that the definition is in now. */
MUST_USE enum rc template_add(struct ctx *cx, struct str definition, int64_t *id);
MUST_USE enum rc template_edit(struct ctx *cx, const struct object_template *t, struct str definition, int64_t *id);
MUST_USE enum rc template_remove(struct ctx *cx, const struct object_template *t);
MUST_USE enum rc template_switch(struct ctx *cx, const struct object_template *t, bool active);

/* What was not sent is filled from the template: name, meta-category, description of the object; type, category, to_ids and disable_correlation of its
 * attributes. What was sent stays. */
void template_fill(struct ctx *cx, const struct object_template *t, struct object_in *o);
void template_fill_attr(struct ctx *cx, const struct object_template *t, struct attr_in *a);
/* Required relations are there, those that may stand once stand once. RC_INVALID with MISP's text, without a field. */
MUST_USE enum rc template_conforms(struct ctx *cx, const struct object_template *t, const struct object_in *o);

/* How a set of attribute types fits. */
struct template_fit {
	bool valid;
	struct str *missing, *invalid, *invalid_multiple; /* types */
	size_t missing_n, invalid_n, invalid_multiple_n;
};
void template_fit_types(struct ctx *cx, const struct object_template *t, const struct str *types, size_t n, struct template_fit *out);

#endif
