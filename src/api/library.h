/* library.h - handlers of taxonomies and galaxies. */
#ifndef API_LIBRARY_H
#define API_LIBRARY_H

#include "api/api.h"

/* taxonomies.c */
route_fn taxonomies_index, taxonomies_view, taxonomies_tags, taxonomies_export, taxonomies_enable, taxonomies_disable, taxonomies_toggle_required,
	taxonomies_toggle_highlighted, taxonomies_add_tag, taxonomies_disable_tag, taxonomies_delete, taxonomies_update;

#endif
