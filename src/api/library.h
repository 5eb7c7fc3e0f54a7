/* library.h - handlers of taxonomies and galaxies. */
#ifndef API_LIBRARY_H
#define API_LIBRARY_H

#include "api/api.h"
#include "policy/cluster_import.h"
#include "store/galaxy.h"

/* taxonomies.c */
route_fn taxonomies_index, taxonomies_view, taxonomies_tags, taxonomies_export, taxonomies_enable, taxonomies_disable, taxonomies_toggle_required,
	taxonomies_toggle_highlighted, taxonomies_add_tag, taxonomies_disable_tag, taxonomies_delete, taxonomies_update;

/* galaxies.c */
route_fn galaxies_index, galaxies_view, galaxies_delete, galaxies_update, galaxies_attach_cluster, galaxies_attach_clusters, clusters_detach;
/* By id or uuid; RC_NOTFOUND with MISP's text. */
MUST_USE enum rc library_galaxy(struct req *rq, struct str ref, struct galaxy *out);

/* galaxy_clusters.c */
route_fn clusters_index, clusters_view, clusters_add, clusters_edit, clusters_publish, clusters_unpublish, clusters_delete, clusters_restore, clusters_rest_search,
	relations_add, relations_edit, relations_delete;
MUST_USE enum rc library_cluster(struct req *rq, struct str ref, struct cluster *out);
/* The next clusters of a galaxy behind *after, not deleted, with their elements, into an open array. */
MUST_USE enum rc library_clusters_page(struct req *rq, struct jw *w, int64_t galaxy_id, int64_t *after, bool *more);

/* Whole clusters as view has them, one after the other, into an open array. */
MUST_USE enum rc library_write_clusters(struct req *rq, struct jw *w, const struct cluster *v, size_t n);
/* {"GalaxyCluster": {...}} or what is in it, at the reader. RC_INVALID for wrong fields; what is no JSON shows at the reader's end. */
MUST_USE enum rc library_read_cluster(struct ctx *cx, struct jr *r, struct cluster_doc *out);

#endif
