/* object_template.h - what objects are made after: a name, the attributes an object may have, which of them it must have. */
#ifndef MODEL_OBJECT_TEMPLATE_H
#define MODEL_OBJECT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

enum tri { TRI_UNSET = -1, TRI_NO, TRI_YES };

struct template_element {
	int64_t id;
	struct str relation, type, description;
	int64_t ui_priority;
	struct str categories, sane_default, values_list; /* JSON arrays */
	enum tri disable_correlation, to_ids;
	bool multiple;
};

struct object_template {
	int64_t id;
	struct uuid uuid;
	int64_t version;
	struct str name, meta_category, description;
	struct str *required, *one_of; /* object relations */
	size_t required_n, one_of_n;
	int64_t user_id, org_id;
	bool fixed, active;
	struct str definition;         /* JSON; {NULL,0} where it was not read */
	struct template_element *elements;
	size_t element_n;
};

/* A name that a reference between objects may carry. */
struct relationship {
	int64_t id, version;
	struct str name, description, format; /* format: JSON array */
};

/* The element of this object relation, NULL: the template has none. */
static inline const struct template_element *template_element_of(const struct object_template *t, struct str relation)
{
	for (size_t i = 0; i < t->element_n; i++)
		if (str_eq(t->elements[i].relation, relation))
			return &t->elements[i];
	return NULL;
}

#endif
