/* galaxy.h - galaxies and clusters. Galaxies are everybody's; clusters and links come under the reader's scope. */
#ifndef STORE_GALAXY_H
#define STORE_GALAXY_H

#include "model/event.h"
#include "model/galaxy.h"
#include "store/store.h"
#include "store/visible.h"

/* ---- galaxies ---- */

MUST_USE enum rc galaxy_list(struct ctx *cx, struct galaxy **out, size_t *n); /* by id */
/* By id, or by uuid when id is 0. RC_DONE when there is none (no failure recorded). */
MUST_USE enum rc galaxy_load(struct ctx *cx, int64_t id, const struct uuid *u, struct galaxy *out);
/* In a transaction. id 0: a new one. */
MUST_USE enum rc galaxy_put(struct ctx *cx, struct galaxy *g);
MUST_USE enum rc galaxy_delete(struct ctx *cx, int64_t id); /* its clusters, too */

/* ---- clusters: reading ---- */

/* By id, or by uuid when id is 0 (the first of several). Deleted ones too. RC_DONE when there is none that may be seen. */
MUST_USE enum rc cluster_load(struct ctx *cx, const struct scope *sc, int64_t id, const struct uuid *u, struct cluster *out);
/* Whoever asks: a uuid must not be used twice by hand. */
MUST_USE enum rc cluster_uuid_taken(struct ctx *cx, const struct uuid *u, bool *out);
/* Those with id > after, up to limit; galaxy_id 0: of all galaxies. */
MUST_USE enum rc cluster_page(struct ctx *cx, const struct scope *sc, int64_t galaxy_id, int64_t after, size_t limit, struct cluster **out, size_t *n);
/* Those that tags stand for, deleted ones left out; ordered by tag id: at most one a tag. */
struct cluster_of_tag {
	int64_t tag_id;
	struct cluster c;
	struct galaxy g;
};
MUST_USE enum rc cluster_of_tags(struct ctx *cx, const struct scope *sc, const int64_t *tags, size_t n, struct cluster_of_tag **out, size_t *out_n);
/* Of these clusters, ordered by cluster and id. */
MUST_USE enum rc cluster_elements(struct ctx *cx, const int64_t *clusters, size_t n, struct cluster_element **out, size_t *out_n);
MUST_USE enum rc cluster_relations(struct ctx *cx, const struct scope *sc, const int64_t *clusters, size_t n, struct cluster_relation **out, size_t *out_n);
MUST_USE enum rc cluster_relation_load(struct ctx *cx, const struct scope *sc, int64_t id, struct cluster_relation *out); /* RC_DONE */
struct relation_tag {
	int64_t relation_id;
	struct tag t;
};
MUST_USE enum rc cluster_relation_tags(struct ctx *cx, const int64_t *relations, size_t n, struct relation_tag **out, size_t *out_n);

/* ---- clusters: writing, in a transaction ---- */

MUST_USE enum rc cluster_insert(struct ctx *cx, struct cluster *c); /* sets id */
MUST_USE enum rc cluster_update(struct ctx *cx, const struct cluster *c);
MUST_USE enum rc cluster_delete(struct ctx *cx, int64_t id); /* elements and links, too */
MUST_USE enum rc cluster_elements_put(struct ctx *cx, int64_t cluster_id, const struct cluster_element *v, size_t n); /* instead of those there */
MUST_USE enum rc cluster_relation_insert(struct ctx *cx, struct cluster_relation *r); /* sets id */
MUST_USE enum rc cluster_relation_update(struct ctx *cx, const struct cluster_relation *r);
MUST_USE enum rc cluster_relation_delete(struct ctx *cx, int64_t id);
MUST_USE enum rc cluster_relations_clear(struct ctx *cx, int64_t cluster_id);
MUST_USE enum rc cluster_relation_tags_put(struct ctx *cx, int64_t relation_id, const int64_t *tags, size_t n);

/* ---- a whole library ---- */

/* Version and number of the library's clusters in a galaxy. */
MUST_USE enum rc cluster_default_state(struct ctx *cx, int64_t galaxy_id, int64_t *version, int64_t *n);
struct cluster_id {
	struct uuid uuid;
	int64_t id;
};
MUST_USE enum rc cluster_default_ids(struct ctx *cx, int64_t galaxy_id, struct cluster_id **out, size_t *n);
MUST_USE enum rc cluster_default_clear(struct ctx *cx, int64_t galaxy_id);
/* Rows as they are, ids included. */
struct relation_tag_id {
	int64_t relation_id, tag_id;
};
struct cluster_bulk {
	struct cluster *clusters;
	struct cluster_element *elements;
	struct cluster_relation *relations;
	struct relation_tag_id *tags;
	size_t cluster_n, element_n, relation_n, tag_n;
};
MUST_USE enum rc cluster_bulk_write(struct ctx *cx, const struct cluster_bulk *b);

#endif
