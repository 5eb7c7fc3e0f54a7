/* monitor.h - users whose requests are logged while Security.user_monitoring_enabled is on. Site admins only, audited. */
#ifndef POLICY_MONITOR_H
#define POLICY_MONITOR_H

#include "store/user.h"

/* RC_NOTFOUND "Invalid user"; RC_METHOD while the setting is off. */
MUST_USE enum rc monitor_get(struct ctx *cx, int64_t user_id, bool *on);
MUST_USE enum rc monitor_set(struct ctx *cx, int64_t user_id, bool on);

#endif
