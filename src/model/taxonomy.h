/* taxonomy.h - a vocabulary of tags as stored and as its library file gives it: predicates, and for each its values. */
#ifndef MODEL_TAXONOMY_H
#define MODEL_TAXONOMY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct taxonomy {
	int64_t id;
	struct str namespace, description;
	int64_t version;
	bool enabled, exclusive, required, highlighted;
};

struct taxonomy_predicate {
	struct str value, expanded, description, colour; /* the last three "" when not given */
	bool exclusive, has_numerical;
	int64_t numerical;
};

/* A tag that the taxonomy offers. */
struct taxonomy_tag {
	size_t predicate;          /* index in the list of predicates */
	struct str value;          /* {NULL,0}: the predicate alone */
	struct str expanded, description, colour;
	bool has_numerical;
	int64_t numerical;
	struct str name;           /* namespace:predicate or namespace:predicate="value" */
};

/* What tags share that exclude one another: "a:b" of a:b="c", "a" of a:b; "" for a text that is no such tag. A view into it. */
static inline struct str taxonomy_stem(struct str name)
{
	size_t value = str_find(name, (struct str){ "=\"", 2 }), colon;

	if (value != STR_NONE && name.p[name.n - 1] == '"')
		return str_n(name.p, value);
	colon = str_rchr(name, ':');
	return str_n(name.p, colon == STR_NONE ? 0 : colon);
}

#endif
