/* taxonomy.h - the file of one taxonomy in a clone of misp-taxonomies: NAMESPACE/machinetag.json.
 *
 *     TRY(library_each(cx, dir, TAXONOMY_DIR, TAXONOMY_LEAF, each, arg));      each() calls:
 *     TRY(taxonomy_read(cx, text, &file));
 */
#ifndef LISTS_TAXONOMY_H
#define LISTS_TAXONOMY_H

#include "lists/library.h"
#include "model/taxonomy.h"

#define TAXONOMY_DIR "."
#define TAXONOMY_LEAF "machinetag.json"

struct taxonomy_file {
	struct taxonomy t; /* id 0, disabled */
	struct taxonomy_predicate *predicates;
	size_t predicate_n;
	struct taxonomy_tag *tags; /* in the order of the predicates, then of their values */
	size_t tag_n;
};

/* Texts live in cx->mem or in text. RC_BAD (no such document), RC_INVALID (no namespace, no predicate, a value of an unknown predicate). */
MUST_USE enum rc taxonomy_read(struct ctx *cx, struct str text, struct taxonomy_file *out);

#endif
