/* sharing.h - handlers of sharing groups, blocklists and proposals. */
#ifndef API_SHARING_H
#define API_SHARING_H

#include "api/api.h"

route_fn sharing_groups_index, sharing_groups_view, sharing_groups_add, sharing_groups_edit, sharing_groups_delete;
route_fn sharing_groups_add_org, sharing_groups_remove_org, sharing_groups_add_server, sharing_groups_remove_server;
route_fn event_blocklists_index, event_blocklists_add, event_blocklists_edit, event_blocklists_delete;
route_fn org_blocklists_index, org_blocklists_add, org_blocklists_edit, org_blocklists_delete;
route_fn sighting_blocklists_index, sighting_blocklists_add, sighting_blocklists_edit, sighting_blocklists_delete;
route_fn shadow_attributes_index, shadow_attributes_view, shadow_attributes_add, shadow_attributes_edit, shadow_attributes_delete;
route_fn shadow_attributes_accept, shadow_attributes_discard;

#endif
