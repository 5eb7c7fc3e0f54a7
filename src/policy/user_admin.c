/* user_admin.c - users: who may change whom, and what a form makes of a row. Keys: key_admin.c. Settings: setting_admin.c. */
#include "policy/user_admin.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "policy/access.h"
#include "policy/diff.h"
#include "policy/password.h"
#include "policy/session.h"
#include "policy/user_admin_int.h"
#include "store/audit.h"
#include "store/org.h"
#include "store/role.h"
#include "store/setting.h"

bool form_bool(struct str s)
{
	s = str_trim(s);
	return !(s.n == 0 || str_eq(s, S("0")) || str_eq_nocase(s, S("false")) || str_eq_nocase(s, S("null")));
}

enum rc user_invalid(struct ctx *cx)
{
	return fail(cx, RC_NOTFOUND, "Invalid user");
}

/* Roles that an organisation admin hands out stay inside the organisation. */
static enum rc may_give(struct ctx *cx, const struct role *r)
{
	if (user_is_site_admin(cx->who))
		return RC_OK;
	if (r->restricted_to_site_admin || r->perms & (PERM(SITE_ADMIN) | PERM(SYNC) | PERM(REGEXP_ACCESS)))
		return fail(cx, RC_DENIED, "You are not authorised to assign that role to a user.");
	return RC_OK;
}

/* An instance may have site admins in the organisation that runs it only. */
static enum rc admins_at_home(struct ctx *cx, const struct role *r, const struct org *o)
{
	if (!(r->perms & PERM(SITE_ADMIN)) || !setting_on(cx, SITE_ADMINS_IN_HOST_ORG) || o->id == setting_int(cx, SITE_HOST_ORG))
		return RC_OK;
	return fail_field(cx, RC_INVALID, "role_id", "Only users of the organisation that runs the instance can be site admins.");
}

enum rc user_view(struct ctx *cx, int64_t id, struct user_row *out)
{
	enum rc rc = user_load(cx, id ? id : cx->who->id, out);

	if (rc == RC_DONE || (rc == RC_OK && out->u.id != cx->who->id && !user_may_admin_org(cx->who, out->u.org_id)))
		return user_invalid(cx);
	return rc;
}

enum rc user_managed(struct ctx *cx, int64_t id, struct user_row *out)
{
	enum rc rc = user_load(cx, id, out);

	if (rc == RC_DONE || (rc == RC_OK && !user_may_admin_org(cx->who, out->u.org_id)))
		return user_invalid(cx);
	if (rc == RC_OK && !user_is_site_admin(cx->who) && out->role.perms & PERM(SITE_ADMIN))
		return user_invalid(cx);
	return rc;
}

/* The organisation may take users of certain mail domains only; site admins are not bound by it. */
static enum rc domain_allowed(struct ctx *cx, const struct org *o, struct str email)
{
	struct str list = o->restricted_to_domain;
	bool any = false, ok = false;
	struct jr r;

	if (!list.n || user_is_site_admin(cx->who))
		return RC_OK;
	jr_init(&r, cx, list, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		struct str d = str_trim(jr_text(&r));
		char before = email.n > d.n ? email.p[email.n - d.n - 1] : 0;

		if (!d.n)
			continue;
		any = true;
		ok |= str_ends_nocase(email, d) && (before == '@' || before == '.');
	}
	TRY(jr_end(&r));
	if (any && !ok)
		return fail_field(cx, RC_INVALID, "email", "The organisation takes e-mail addresses of certain domains only.");
	return RC_OK;
}

static enum rc number(struct ctx *cx, const char *field, struct str s, int64_t *out)
{
	if (!str_i64(str_trim(s), out) || *out < 0)
		return fail_field(cx, RC_INVALID, field, "A whole number is expected.");
	return RC_OK;
}

enum rc form_time(struct ctx *cx, const char *field, struct str s, int64_t *out)
{
	int64_t us;

	s = str_trim(s);
	if (str_i64(s, out) && *out >= 0)
		return RC_OK;
	if (!clock_parse(s, &us, NULL) || us < 0)
		return fail_field(cx, RC_INVALID, field, "A date (YYYY-MM-DD) or a number of seconds is expected.");
	*out = us / 1000000;
	return RC_OK;
}

/* A client sends back the stars that it was shown in place of a password. */
static bool is_new_password(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '*')
			return true;
	return false;
}

/* An instance may keep addresses and passwords to its site admins; what others send of them is passed over. */
static bool may_change_login(struct ctx *cx)
{
	return user_is_site_admin(cx->who) || !setting_on(cx, SITE_LOGIN_CHANGE_OFF);
}

static bool may_change_password(struct ctx *cx)
{
	return user_is_site_admin(cx->who) || !setting_on(cx, SITE_PASSWORD_CHANGE_OFF);
}

/* Fields that a user may set in the own profile. */
static enum rc apply_profile(struct ctx *cx, const struct user_form *f, struct user_record *u)
{
	if (in_has(f->email) && str_trim(f->email).n && (!u->id || may_change_login(cx)))
		u->email = str_trim(f->email);
	if (in_has(f->autoalert))
		u->autoalert = form_bool(f->autoalert);
	if (in_has(f->contactalert))
		u->contactalert = form_bool(f->contactalert);
	if (in_has(f->disabled))
		u->disabled = form_bool(f->disabled);
	if (in_has(f->gpgkey))
		u->gpgkey = f->gpgkey;
	if (in_has(f->certif_public))
		u->certif_public = f->certif_public;
	if (in_has(f->notification_daily))
		u->notification_daily = form_bool(f->notification_daily);
	if (in_has(f->notification_weekly))
		u->notification_weekly = form_bool(f->notification_weekly);
	if (in_has(f->notification_monthly))
		u->notification_monthly = form_bool(f->notification_monthly);
	if (in_has(f->newsread) && f->newsread.n)
		TRY(number(cx, "newsread", f->newsread, &u->newsread));
	if (in_has(f->nids_sid) && f->nids_sid.n)
		TRY(number(cx, "nids_sid", f->nids_sid, &u->nids_sid));
	return RC_OK;
}

static enum rc apply_managed(struct ctx *cx, const struct user_form *f, struct user_record *u)
{
	if (in_has(f->change_pw) && may_change_password(cx))
		u->change_pw = form_bool(f->change_pw);
	if (in_has(f->termsaccepted))
		u->termsaccepted = form_bool(f->termsaccepted);
	if (in_has(f->external_auth_required))
		u->external_auth_required = form_bool(f->external_auth_required);
	if (in_has(f->external_auth_key))
		u->external_auth_key = str_sub(f->external_auth_key, 0, 255);
	if (in_has(f->expiration)) {
		u->has_expiration = f->expiration.n > 0;
		if (u->has_expiration)
			TRY(form_time(cx, "expiration", f->expiration, &u->expiration));
	}
	return RC_OK;
}

static enum rc org_of(struct ctx *cx, const struct user_form *f, int64_t org_id, struct org *out)
{
	enum rc rc;

	if (user_is_site_admin(cx->who) && f->org_id.n)
		rc = org_find(cx, str_trim(f->org_id), out);
	else
		rc = org_load(cx, org_id, out);
	return rc == RC_DONE ? fail_field(cx, RC_INVALID, "org_id", "Invalid organisation") : rc;
}

static enum rc role_of(struct ctx *cx, const struct user_form *f, struct role *out)
{
	int64_t id;
	enum rc rc;

	if (f->role_id.n) {
		TRY(number(cx, "role_id", f->role_id, &id));
		rc = role_load(cx, id, out);
	} else {
		rc = role_default(cx, out);
	}
	return rc == RC_DONE ? fail_field(cx, RC_INVALID, "role_id", "Invalid role") : rc;
}

static struct str changes(struct ctx *cx, const struct user_record *was, const struct user_record *now, bool password)
{
	struct diff d;

	diff_begin(&d);
	diff_text(&d, "email", was->email, now->email);
	diff_int(&d, "org_id", was->org_id, now->org_id);
	diff_int(&d, "role_id", was->role_id, now->role_id);
	diff_bool(&d, "autoalert", was->autoalert, now->autoalert);
	diff_bool(&d, "contactalert", was->contactalert, now->contactalert);
	diff_bool(&d, "disabled", was->disabled, now->disabled);
	diff_bool(&d, "change_pw", was->change_pw, now->change_pw);
	diff_bool(&d, "termsaccepted", was->termsaccepted, now->termsaccepted);
	diff_bool(&d, "notification_daily", was->notification_daily, now->notification_daily);
	diff_bool(&d, "notification_weekly", was->notification_weekly, now->notification_weekly);
	diff_bool(&d, "notification_monthly", was->notification_monthly, now->notification_monthly);
	diff_bool(&d, "external_auth_required", was->external_auth_required, now->external_auth_required);
	diff_int(&d, "nids_sid", was->nids_sid, now->nids_sid);
	diff_int(&d, "expiration", was->has_expiration ? was->expiration : 0, now->has_expiration ? now->expiration : 0);
	if (!str_eq(was->gpgkey, now->gpgkey))
		diff_note(&d, "gpgkey", "changed");
	if (!str_eq(was->certif_public, now->certif_public))
		diff_note(&d, "certif_public", "changed");
	diff_int(&d, "newsread", was->newsread, now->newsread);
	if (!str_eq(was->external_auth_key, now->external_auth_key))
		diff_note(&d, "external_auth_key", "changed");
	if (password)
		diff_note(&d, "password", "changed");
	return diff_end(cx, &d);
}

static enum rc add_in_tx(struct ctx *cx, struct user_record *u, struct str hash, struct str key)
{
	struct user_record none = { 0 };
	struct auth_key k = { 0 };

	TRY(user_insert(cx, u, hash));
	k.user_id = u->id;
	TRY(key_lifetime(cx, (struct str){ 0 }, &k));
	TRY(auth_key_insert(cx, &k, key));
	return audit_add(cx, &(struct audit){ .action = "add", .model = "User", .model_id = u->id, .title = u->email,
		.change = changes(cx, &none, u, false) }, NULL);
}

enum rc user_add(struct ctx *cx, const struct user_form *f, struct user_row *out, struct str *key)
{
	return user_add_and(cx, f, NULL, NULL, out, key);
}

enum rc user_add_and(struct ctx *cx, const struct user_form *f, enum rc (*also)(struct ctx *cx, void *arg), void *arg, struct user_row *out,
		     struct str *key)
{
	/* an identifier for rules of a network intrusion detection system, seven digits */
	struct user_record u = { .invited_by = cx->who->id, .change_pw = true, .autoalert = setting_on(cx, SITE_PUBLISH_ALERT_DEFAULT) };
	char text[AUTH_KEY_LEN + 1], made[PASSWORD_RANDOM + 1];
	struct str password = f->password, hash;
	struct role role;
	struct org org;
	enum rc rc;

	if (!user_is_site_admin(cx->who) && setting_on(cx, SITE_USER_ADD_OFF))
		return fail(cx, RC_METHOD, "Adding users has been disabled on this instance.");
	if (!str_trim(f->email).n)
		return fail_field(cx, RC_INVALID, "email", "An e-mail address is needed.");
	u.nids_sid = 1000000 + (int64_t)(hash_seeded(f->email) % 9000000);
	TRY(role_of(cx, f, &role));
	TRY(may_give(cx, &role));
	TRY(org_of(cx, f, cx->who->org_id, &org));
	TRY(admins_at_home(cx, &role, &org));
	TRY(apply_profile(cx, f, &u));
	TRY(apply_managed(cx, f, &u));
	TRY(domain_allowed(cx, &org, u.email));
	u.org_id = org.id;
	u.role_id = role.id;
	if (is_new_password(password)) {
		TRY(password_rules(cx, password));
	} else {
		password_random(made);
		password = str_c(made);
	}
	TRY(password_hash(cx, password, &hash));
	auth_key_make(text);
	*key = str_dup(cx->mem, str_c(text));
	TRY(store_begin(cx));
	rc = add_in_tx(cx, &u, hash, *key);
	if (rc == RC_OK && also)
		rc = also(cx, arg);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return user_load(cx, u.id, out);
}

static enum rc save(struct ctx *cx, const struct user_record *was, const struct user_record *now, struct str hash)
{
	struct str change = changes(cx, was, now, hash.p != NULL);
	int64_t n;

	if (!change.p)
		return RC_OK;
	TRY(user_update(cx, now));
	if (hash.p)
		TRY(user_password_set(cx, now->id, hash, now->change_pw));
	if (hash.p || now->disabled || (now->has_expiration && now->expiration <= ctx_now_s(cx)))
		TRY(session_delete_of(cx, now->id, &n));
	return audit_add(cx, &(struct audit){ .action = "edit", .model = "User", .model_id = now->id, .title = now->email, .change = change }, NULL);
}

static enum rc save_and_load(struct ctx *cx, const struct user_record *was, const struct user_record *now, struct str hash, struct user_row *out)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = save(cx, was, now, hash);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return user_load(cx, now->id, out);
}

static enum rc new_hash(struct ctx *cx, const struct user_form *f, struct str *hash)
{
	*hash = (struct str){ 0 };
	if (!is_new_password(f->password) || !may_change_password(cx))
		return RC_OK;
	TRY(password_rules(cx, f->password));
	return password_hash(cx, f->password, hash);
}

enum rc user_edit(struct ctx *cx, int64_t id, const struct user_form *f, struct user_row *out)
{
	struct user_record now;
	struct user_row row;
	struct role role;
	struct str hash;
	struct org org;
	int64_t ended;

	TRY(user_managed(cx, id, &row));
	now = row.u;
	TRY(apply_profile(cx, f, &now));
	TRY(apply_managed(cx, f, &now));
	if (f->role_id.n) {
		TRY(role_of(cx, f, &role));
		if (role.id != row.u.role_id)
			TRY(may_give(cx, &role));
		now.role_id = role.id;
	}
	TRY(org_of(cx, f, row.u.org_id, &org));
	if (now.role_id != row.u.role_id || org.id != row.u.org_id)
		TRY(admins_at_home(cx, now.role_id != row.u.role_id ? &role : &row.role, &org));
	now.org_id = org.id;
	if (!str_eq(now.email, row.u.email))
		TRY(domain_allowed(cx, &org, now.email));
	TRY(new_hash(cx, f, &hash));
	if (form_bool(f->force_logout))
		TRY(session_end_all(cx, id, &ended));
	return save_and_load(cx, &row.u, &now, hash, out);
}

enum rc user_edit_self(struct ctx *cx, const struct user_form *f, struct user_row *out)
{
	struct user_record now;
	struct user_row row;
	struct str hash;
	struct org org;

	if (!user_has(cx->who, PERM(ADMIN)) && setting_on(cx, SITE_SELF_MANAGEMENT_OFF))
		return fail(cx, RC_METHOD, "User self-management has been disabled on this instance.");
	TRY(user_view(cx, 0, &row));
	now = row.u;
	TRY(apply_profile(cx, f, &now));
	if (!str_eq(now.email, row.u.email)) {
		enum rc rc = org_load(cx, row.u.org_id, &org);

		if (rc != RC_OK)
			return rc == RC_DONE ? user_invalid(cx) : rc;
		TRY(domain_allowed(cx, &org, now.email));
	}
	TRY(new_hash(cx, f, &hash));
	return save_and_load(cx, &row.u, &now, hash, out);
}

enum rc user_remove(struct ctx *cx, int64_t id)
{
	struct user_row row;
	enum rc rc;

	TRY(user_managed(cx, id, &row));
	if (id == cx->who->id)
		return fail(cx, RC_INVALID, "You cannot delete yourself.");
	TRY(store_begin(cx));
	rc = user_delete(cx, id);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "delete", .model = "User", .model_id = id, .title = row.u.email }, NULL);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
