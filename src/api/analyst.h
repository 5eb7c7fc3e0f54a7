/* analyst.h - handlers of analyst data, event reports, collections and the data of an event's graphs. */
#ifndef API_ANALYST_H
#define API_ANALYST_H

#include "api/api.h"

route_fn analyst_data_add, analyst_data_edit, analyst_data_delete, analyst_data_view, analyst_data_index, analyst_data_related, analyst_data_children;
route_fn analyst_data_minimal, analyst_data_filter, analyst_data_push;
route_fn analyst_data_blocklists_index, analyst_data_blocklists_add, analyst_data_blocklists_edit, analyst_data_blocklists_delete;
route_fn event_reports_index, event_reports_view, event_reports_add, event_reports_edit, event_reports_delete, event_reports_restore;
route_fn events_graph_references, events_graph_tags, events_graph_generic, events_timeline, events_distribution_graph, events_info_by_id;
route_fn event_graph_view, event_graph_add, event_graph_delete;
route_fn event_reports_extract, event_reports_extract_all, event_reports_replace, event_reports_elements, event_reports_from_event, event_reports_from_url;
route_fn collections_index, collections_view, collections_add, collections_edit, collections_delete;
route_fn collection_elements_index, collection_elements_add, collection_elements_delete, collection_elements_put;

#endif
