/* setting_admin.c - settings of users: a fixed list of names, values are JSON. */
#include "base/json.h"
#include "policy/access.h"
#include "policy/user_admin.h"
#include "policy/user_admin_int.h"
#include "store/audit.h"

/* The place in the table is part of a setting's number: new names go to the end. */
static const struct {
	const char *name;
	uint32_t perms;
} settings[] = {
	{ "publish_alert_filter", 0 },
	{ "dashboard_access", PERM(SITE_ADMIN) },
	{ "dashboard", 0 },
	{ "homepage", 0 },
	{ "default_restsearch_parameters", 0 },
	{ "tag_numerical_value_override", 0 },
	{ "event_index_hide_columns", 0 },
	{ "periodic_notification_filters", 0 },
};
enum { SETTING_N = sizeof(settings) / sizeof(*settings), PER_USER = 64 };

static int find(struct str name)
{
	for (int i = 0; i < SETTING_N; i++)
		if (str_eq(name, str_c(settings[i].name)))
			return i;
	return -1;
}

int64_t setting_id(const struct user_setting *s)
{
	return s->user_id * PER_USER + find(s->name) + 1;
}

bool setting_of_id(int64_t id, int64_t *user_id, struct str *name)
{
	int64_t i = id % PER_USER - 1;

	if (id < PER_USER || i < 0 || i >= SETTING_N)
		return false;
	*user_id = id / PER_USER;
	*name = str_c(settings[i].name);
	return true;
}

static enum rc invalid(struct ctx *cx)
{
	return fail(cx, RC_NOTFOUND, "Invalid user setting.");
}

/* The user whose settings are meant, when cx->who may touch them. */
static enum rc of_whom(struct ctx *cx, int64_t *who)
{
	struct user_row row;
	enum rc rc;

	if (!*who || *who == cx->who->id) {
		*who = cx->who->id;
		return RC_OK;
	}
	rc = user_load(cx, *who, &row);
	if (rc == RC_DONE || (rc == RC_OK && !user_may_admin_org(cx->who, row.u.org_id)))
		return invalid(cx);
	return rc;
}

enum rc setting_get(struct ctx *cx, int64_t who, struct str name, struct user_setting *out)
{
	enum rc rc;

	if (find(name) < 0)
		return invalid(cx);
	TRY(of_whom(cx, &who));
	rc = user_setting_get(cx, who, name, out);
	return rc == RC_DONE ? invalid(cx) : rc;
}

enum rc setting_list(struct ctx *cx, int64_t who, struct user_setting **out, size_t *n)
{
	int64_t org_id = 0;

	if (who)
		TRY(of_whom(cx, &who));
	else if (!user_has(cx->who, PERM(ADMIN)) && !user_is_site_admin(cx->who))
		who = cx->who->id;
	else if (!user_is_site_admin(cx->who))
		org_id = cx->who->org_id;
	return user_setting_list(cx, who, org_id, out, n);
}

static enum rc allowed(struct ctx *cx, struct str name)
{
	int i = find(name);

	if (i < 0)
		return fail(cx, RC_METHOD, "Invalid setting.");
	if (!user_has(cx->who, settings[i].perms))
		return fail(cx, RC_METHOD, "This setting is reserved to site admins.");
	return RC_OK;
}

static enum rc check_json(struct ctx *cx, struct str json)
{
	struct jr r;

	if (json.n > 1 << 20)
		return fail_field(cx, RC_INVALID, "value", "The value is longer than 1 MiB.");
	jr_init(&r, cx, json, NULL);
	jr_skip(&r);
	if (jr_end(&r) == RC_OK)
		return RC_OK;
	ctx_forgive(cx);
	return fail_field(cx, RC_INVALID, "value", "The value must be valid JSON.");
}

static enum rc write(struct ctx *cx, int64_t who, struct str name, const struct str *json)
{
	enum rc rc;
	bool was;

	TRY(store_begin(cx));
	rc = json ? user_setting_set(cx, who, name, *json) : user_setting_delete(cx, who, name, &was);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = json ? "edit" : "delete", .model = "UserSetting", .model_id = who, .title = name,
			.change = json ? *json : (struct str){ 0 } }, NULL);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

enum rc setting_set(struct ctx *cx, int64_t who, struct str name, struct str json, struct user_setting *out)
{
	json = str_trim(json);
	if (!json.n || str_eq(json, S("null")))
		json = S("[]");
	TRY(allowed(cx, name));
	TRY(of_whom(cx, &who));
	TRY(check_json(cx, json));
	TRY(write(cx, who, name, &json));
	return user_setting_get(cx, who, name, out);
}

enum rc setting_remove(struct ctx *cx, int64_t who, struct str name, int64_t *id)
{
	struct user_setting s;

	TRY(setting_get(cx, who, name, &s));
	TRY(allowed(cx, name));
	*id = setting_id(&s);
	return write(cx, s.user_id, name, NULL);
}
