/* sighting_routes.inc.h - rows of the route table for sightings beyond adding and searching; included by routes.c. */
{ HTTP_GET, "/sightings/view/:id", sightings_view, 0, ROUTE_READ, 0, "SightingRow" },
{ HTTP_POST, "/sightings/quickAdd/:attribute?/:type?/:onvalue?", sightings_quick_add, PERM(SIGHTING), ROUTE_WRITE, 1 << 20, "Toggled" },
{ HTTP_POST | HTTP_DELETE, "/sightings/quickDelete/:id/:raw?/:context?", sightings_quick_delete, PERM(SIGHTING), ROUTE_WRITE, 1 << 16, "Toggled" },
{ HTTP_GET, "/sightings/advanced/:id/:context?", sightings_advanced, 0, ROUTE_READ, 0, "SightingCounts" },
{ HTTP_GET, "/sightings/viewSightings/:id/:context?", sightings_statistics, 0, ROUTE_READ, 0, "SightingDays" },
{ HTTP_POST, "/sightings/bulkSaveSightings/:event", sightings_bulk_save, PERM(SIGHTING), ROUTE_WRITE, 64 << 20, "Toggled" },
{ HTTP_POST, "/sightings/filterSightingUuidsForPush/:event", sightings_filter_for_push, 0, ROUTE_READ, 64 << 20, "Uuids" },
