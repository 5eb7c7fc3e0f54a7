/* sightings_more.h - handlers of sightings beyond adding and searching: what peers send, counts, one by itself. */
#ifndef API_SIGHTINGS_MORE_H
#define API_SIGHTINGS_MORE_H

#include "api/api.h"

route_fn sightings_view, sightings_quick_add, sightings_quick_delete, sightings_advanced, sightings_statistics, sightings_bulk_save, sightings_filter_for_push;

#endif
