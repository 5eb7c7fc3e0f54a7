/* galaxy_doc.h - galaxies and clusters as MISP JSON, alone and as they hang on events and attributes.
 *
 * For documents: clusters of tags are read once a page, and kept for the next pages.
 *
 *     struct galaxies_of *h = galaxies_of_new(cx, scope);
 *     TRY(galaxies_of_add(cx, h, tags, n));              a page's tags: one query for clusters, one for what is known about them, none when all are known
 *     galaxies_of_write(h, &w, out, n);                  the list of one event or attribute
 */
#ifndef EXPORT_GALAXY_DOC_H
#define EXPORT_GALAXY_DOC_H

#include "base/json.h"
#include "format/misp_write.h"
#include "store/galaxy.h"
#include "store/tag.h"

struct galaxies_of;
struct galaxies_of *galaxies_of_new(struct ctx *cx, const struct scope *sc); /* lives as long as cx->mem does now */
MUST_USE enum rc galaxies_of_add(struct ctx *cx, struct galaxies_of *h, const struct tag_use *v, size_t n);
/* An array of galaxies with their clusters; [] for none. */
void galaxies_of_write(struct galaxies_of *h, struct jw *w, const struct tag_out *tags, size_t n);

/* The members of a galaxy; the object stays open. */
void galaxy_open(struct jw *w, const struct galaxy *g);
/* The members of a cluster; the object stays open. Distribution and sharing group are left out of a library's cluster: clients refuse them there. */
void cluster_open(struct jw *w, const struct cluster *c);

#endif
