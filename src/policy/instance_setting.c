/* instance_setting.c - see instance_setting.h. */
#include "policy/instance_setting.h"

#include "base/utf8.h"
#include "policy/access.h"
#include "policy/diff.h"
#include "store/audit.h"
#include "store/org.h"

enum rc instance_setting_find(struct ctx *cx, struct str name, bool show, enum setting *out)
{
	int i = setting_by_name(name);

	if (i < 0)
		return fail(cx, RC_NOTFOUND, "Setting %.*s is invalid.", STR(utf8_cut(name, 100)));
	if (show && site_setting(i)->flags & SETTING_SECRET)
		return fail(cx, RC_DENIED, "This setting is redacted.");
	*out = i;
	return RC_OK;
}

static struct str stored_text(struct ctx *cx, enum setting s)
{
	if (site_setting(s)->type == SETTING_TEXT)
		return setting_text(cx, s);
	return str_fmt(cx->mem, "%lld", (long long)setting_int(cx, s));
}

/* what a table of bounds cannot say */
static enum rc check(struct ctx *cx, enum setting s, struct str value)
{
	struct org o;
	int64_t id;
	enum rc rc;

	if (s == SITE_BASEURL && value.n && !str_starts(value, S("http://")) && !str_starts(value, S("https://")))
		return fail(cx, RC_INVALID, "The address must begin with http:// or https://.");
	if (s != SITE_HOST_ORG && s != SITE_SIGHTINGS_ANONYMISE_AS)
		return RC_OK;
	if (!str_i64(value, &id) || id == 0)
		return RC_OK;
	rc = org_load(cx, id, &o);
	if (rc == RC_OK && o.local)
		return RC_OK;
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	ctx_forgive(cx);
	return fail(cx, RC_INVALID, "There is no local organisation with this id.");
}

static enum rc edit_tx(struct ctx *cx, enum setting s, struct str value)
{
	const struct site_setting *r = site_setting(s);
	struct str change;
	struct diff d;

	diff_begin(&d);
	if (r->flags & SETTING_SECRET)
		diff_note(&d, r->name, "changed");
	else
		diff_text(&d, r->name, stored_text(cx, s), value);
	change = diff_end(cx, &d);
	TRY(setting_store(cx, s, value));
	return audit_add(cx, &(struct audit){ .action = "serverSettingsEdit", .model = "Server", .title = str_fmt(cx->mem, "Server setting changed: %s", r->name),
					      .change = change }, NULL);
}

enum rc instance_setting_edit(struct ctx *cx, enum setting s, struct str value)
{
	const char *why;
	struct str v;
	char room[32];
	enum rc rc;

	if (!user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	if (!setting_normal(s, value, room, sizeof(room), &v, &why))
		return fail_field(cx, RC_INVALID, "value", "%s", why);
	TRY(check(cx, s, v));
	TRY(store_begin(cx));
	rc = edit_tx(cx, s, v);
	if (rc == RC_OK)
		rc = store_commit(cx);
	else
		store_rollback(cx);
	if (rc == RC_OK)
		settings_changed(cx->st);
	return rc == RC_OK ? settings_fresh(cx) : rc;
}
