/* galaxy_files.h - handlers: galaxies in and out as documents, made by people, as matrices, and the lists a cluster is chosen from. */
#ifndef API_GALAXY_FILES_H
#define API_GALAXY_FILES_H

#include "api/library.h"
#include "policy/cluster_import.h"

route_fn galaxies_add, galaxies_edit, galaxies_enable, galaxies_disable, galaxies_toggle, galaxies_import, galaxies_export, galaxies_push_cluster;
route_fn galaxies_show, galaxies_select_namespace, galaxies_select_galaxy, galaxies_select_cluster, events_view_galaxy_matrix, galaxy_matrix_statistics;

#endif
