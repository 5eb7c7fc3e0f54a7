/* peers.h - handlers of peers, of the instance's own state, of communities. */
#ifndef API_PEERS_H
#define API_PEERS_H

#include "api/api.h"

/* The MISP version whose contract is spoken: peers compare the first two numbers with their own. */
#define MISP_CONTRACT_VERSION "2.5.34"

/* Members "workers", "version", "dbDiagnostics" ... of servers/serverSettings. */
MUST_USE enum rc instance_write_state(struct req *rq, struct jw *w);

route_fn servers_index, servers_view, servers_add, servers_edit, servers_delete, servers_import, servers_create_sync;
route_fn servers_test_connection, servers_remote_user, servers_reset_remote_key, servers_filtering_rules, servers_remote_rules;

route_fn servers_workers, servers_restart_workers, servers_restart_dead_workers, servers_start_worker, servers_stop_worker, servers_kill_workers;
route_fn servers_db_schema, servers_db_configuration, servers_update, servers_update_progress, servers_remove_orphaned;
route_fn attributes_generate_correlation, servers_csp_report, api_get_all, users_monitor, instance_role_access;
route_fn communities_index, communities_view, communities_request_access, events_push_zmq;

#endif
