/* object_template.h - the files of a clone of misp-objects: objects/NAME/definition.json and relationships/definition.json.
 *
 *     TRY(library_each(cx, dir, "objects", "definition.json", each, arg));      each() calls: TRY(object_template_read(cx, text, &t));
 */
#ifndef LISTS_OBJECT_TEMPLATE_H
#define LISTS_OBJECT_TEMPLATE_H

#include "lists/library.h"
#include "model/object_template.h"

/* Texts live in cx->mem or in text; ids, owner and switches stay 0. RC_BAD (no such document), RC_INVALID with the field (name, uuid, version, attributes). */
MUST_USE enum rc object_template_read(struct ctx *cx, struct str text, struct object_template *out);
/* What a person is told, beyond that: requirements that name what is not among the attributes. RC_INVALID. */
MUST_USE enum rc object_template_check(struct ctx *cx, const struct object_template *t);

MUST_USE enum rc relationships_read(struct ctx *cx, struct str text, struct relationship **out, size_t *n);

#endif
