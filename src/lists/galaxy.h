/* galaxy.h - the files of a clone of misp-galaxy: galaxies/NAME.json (heads) and clusters/NAME.json (clusters of the galaxy of the same type).
 *
 *     TRY(library_files(cx, dir, "galaxies", each, arg));      each() calls: TRY(galaxy_read(cx, text, &g));
 *     TRY(library_files(cx, dir, "clusters", each, arg));      each() calls: TRY(clusters_read(cx, text, &file));
 */
#ifndef LISTS_GALAXY_H
#define LISTS_GALAXY_H

#include "lists/library.h"
#include "model/galaxy.h"

struct relation_in {
	struct uuid referenced_uuid;
	struct str type;
	struct str *tags;
	size_t tag_n;
};
struct cluster_in {
	struct uuid uuid;
	struct str value, description;
	struct cluster_element *elements; /* id 0 */
	size_t element_n;
	struct relation_in *relations;
	size_t relation_n;
};
struct clusters_file {
	struct uuid uuid;
	struct str type, source, authors; /* authors: JSON array */
	int64_t version;
	struct cluster_in *clusters;
	size_t n;
};

/* Texts live in cx->mem or in text. RC_BAD (no such document), RC_INVALID (type, name or a uuid missing). */
MUST_USE enum rc galaxy_read(struct ctx *cx, struct str text, struct galaxy *out);
MUST_USE enum rc clusters_read(struct ctx *cx, struct str text, struct clusters_file *out);

#endif
