/* settings.h - handlers of the instance's settings, its log and its statistics. */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include "api/api.h"
#include "model/setting.h"

/* Member "finalSettings": all, or those whose name begins with tab. */
void settings_write_all(struct ctx *cx, struct jw *w, struct str tab);

route_fn servers_settings, servers_setting_view, servers_setting_edit, logs_index, audit_logs_index, audit_logs_event, audit_logs_change, users_statistics;
route_fn api_openapi, api_docs;
route_fn events_explain, objects_explain, attributes_explain;

#endif
