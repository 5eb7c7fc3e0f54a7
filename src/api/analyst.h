/* analyst.h - handlers of analyst data, event reports, collections and the data of an event's graphs. */
#ifndef API_ANALYST_H
#define API_ANALYST_H

#include "api/api.h"

route_fn analyst_data_add, analyst_data_edit, analyst_data_delete, analyst_data_view, analyst_data_index, analyst_data_related, analyst_data_children;
route_fn analyst_data_minimal, analyst_data_filter, analyst_data_push;
route_fn analyst_data_blocklists_index, analyst_data_blocklists_add, analyst_data_blocklists_edit, analyst_data_blocklists_delete;
route_fn event_reports_index, event_reports_view, event_reports_add, event_reports_edit, event_reports_delete, event_reports_restore;

#endif
