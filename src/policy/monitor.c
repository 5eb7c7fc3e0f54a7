/* monitor.c - see monitor.h. */
#include "policy/monitor.h"

#include "policy/diff.h"
#include "policy/event_save_int.h"
#include "policy/user_admin_int.h"
#include "store/audit.h"
#include "store/setting.h"
#include "store/user_auth.h"

enum rc monitor_get(struct ctx *cx, int64_t user_id, bool *on)
{
	enum rc rc;

	if (!user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	if (!setting_on(cx, SITE_USER_MONITORING))
		return fail(cx, RC_METHOD, "User monitoring is not enabled (Security.user_monitoring_enabled).");
	rc = user_monitored(cx, user_id, on);
	return rc == RC_DONE ? user_invalid(cx) : rc;
}

struct args {
	int64_t id;
	bool on;
};

static enum rc set_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct user_row u;
	struct diff d;
	bool was;
	enum rc rc = user_load(cx, x->id, &u);

	if (rc == RC_DONE)
		return user_invalid(cx);
	TRY(rc);
	TRY(user_monitored(cx, x->id, &was));
	TRY(user_monitor_set(cx, x->id, x->on));
	diff_begin(&d);
	diff_bool(&d, "monitored", was, x->on);
	return audit_add(cx, &(struct audit){ .action = "edit", .model = "User", .model_id = x->id, .title = u.u.email, .change = diff_end(cx, &d) }, NULL);
}

enum rc monitor_set(struct ctx *cx, int64_t user_id, bool on)
{
	struct args x = { user_id, on };
	bool was;

	TRY(monitor_get(cx, user_id, &was));
	return in_transaction(cx, set_tx, &x);
}
