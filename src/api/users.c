/* users.c - users: view, list, add, edit, delete, password, key reset. What may be done to whom: policy/user_admin.c. */
#include "api/browser.h"
#include "api/form.h"
#include "api/login.h"
#include "api/people.h"
#include "base/clock.h"
#include "policy/user_admin.h"

static const struct form_field fields[] = {
#define F(name) { #name, offsetof(struct user_form, name) }
	F(email), F(org_id), F(role_id), F(password), F(autoalert), F(contactalert), F(disabled), F(change_pw), F(termsaccepted), F(gpgkey),
	F(certif_public), F(nids_sid), F(expiration), F(notification_daily), F(notification_weekly), F(notification_monthly), F(newsread),
	F(external_auth_required), F(external_auth_key), F(force_logout),
#undef F
};

int64_t people_user_ref(struct str ref)
{
	int64_t id;

	if (!ref.n || str_eq(ref, S("me")))
		return 0;
	return str_i64(ref, &id) && id > 0 ? id : -1;
}

void people_datetime(struct jw *w, const char *key, int64_t s)
{
	char text[CLOCK_TEXT_MAX];
	int n = clock_datetime(s * 1000000, text);

	jw_kstr(w, key, str_n(text, (size_t)n));
}

/* what: which of the three shapes of a user */
enum shape { SHAPE_LIST, SHAPE_ADMIN, SHAPE_VIEW };

static void write_user(struct jw *w, const struct user_record *u, enum shape what, struct str key)
{
	jw_key(w, "User");
	jw_obj(w);
	jw_kid(w, "id", u->id);
	if (what != SHAPE_LIST)
		jw_kstr(w, "password", what == SHAPE_VIEW ? S("*****") : S("******"));
	jw_kid(w, "org_id", u->org_id);
	if (what != SHAPE_VIEW)
		jw_kid(w, "server_id", 0);
	jw_kstr(w, "email", u->email);
	jw_kbool(w, "autoalert", u->autoalert);
	if (key.p)
		jw_kstr(w, "authkey", key);
	jw_kid(w, "invited_by", u->invited_by);
	jw_kstr(w, "gpgkey", u->gpgkey);
	jw_kstr(w, "certif_public", u->certif_public);
	jw_kid(w, "nids_sid", u->nids_sid);
	jw_kbool(w, "termsaccepted", u->termsaccepted);
	jw_kid(w, "newsread", u->newsread);
	jw_kid(w, "role_id", u->role_id);
	jw_kbool(w, "change_pw", u->change_pw);
	jw_kbool(w, "contactalert", u->contactalert);
	jw_kbool(w, "disabled", u->disabled);
	if (u->has_expiration)
		people_datetime(w, "expiration", u->expiration);
	else
		jw_knull(w, "expiration");
	jw_kid(w, "current_login", u->current_login);
	jw_kid(w, "last_login", u->last_login);
	if (what == SHAPE_LIST)
		jw_kid(w, "last_api_access", u->last_api_access);
	jw_kbool(w, "force_logout", false);
	jw_kid(w, "date_created", u->date_created);
	jw_kid(w, "date_modified", u->date_modified);
	if (what != SHAPE_LIST) {
		jw_knull(w, "sub");
		jw_kbool(w, "external_auth_required", u->external_auth_required);
		jw_kstr(w, "external_auth_key", u->external_auth_key.n && what == SHAPE_VIEW ? S("*****") : u->external_auth_key);
		jw_kid(w, "last_api_access", u->last_api_access);
		jw_kbool(w, "notification_daily", u->notification_daily);
		jw_kbool(w, "notification_weekly", u->notification_weekly);
		jw_kbool(w, "notification_monthly", u->notification_monthly);
		if (what == SHAPE_VIEW || u->totp)
			jw_kstr(w, "totp", S("*****"));
		else
			jw_knull(w, "totp");
		if (u->totp)
			jw_kid(w, "hotp_counter", u->hotp_counter);
		else
			jw_knull(w, "hotp_counter");
	}
	jw_kid(w, "last_pw_change", u->last_pw_change);
	if (what != SHAPE_LIST)
		jw_kid(w, "totp_is_set", u->totp);
	jw_obj_end(w);
}

static enum rc write_view(struct req *rq, struct resp *rs, const struct user_row *row)
{
	struct user_setting *s;
	struct org org;
	struct jw w;
	size_t n;

	TRY(user_setting_list(rq->cx, row->u.id, 0, &s, &n));
	if (org_load(rq->cx, row->u.org_id, &org) != RC_OK)
		return fail(rq->cx, RC_NOTFOUND, "Invalid user");
	w = api_json(rq, rs);
	jw_obj(&w);
	write_user(&w, &row->u, SHAPE_VIEW, (struct str){ 0 });
	jw_key(&w, "Role");
	people_role_open(&w, &row->role);
	jw_obj_end(&w);
	jw_key(&w, "UserSetting");
	if (n) {
		jw_obj(&w);
		for (size_t i = 0; i < n; i++) {
			jw_key_str(&w, s[i].name);
			jw_raw(&w, s[i].value);
		}
		jw_obj_end(&w);
	} else {
		jw_arr(&w);
		jw_arr_end(&w);
	}
	jw_key(&w, "Organisation");
	people_org_open(&w, &org, true, true);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc users_view(struct req *rq, struct resp *rs)
{
	struct user_row row;

	TRY(user_view(rq->cx, people_user_ref(req_var(rq, 0)), &row));
	return write_view(rq, rs, &row);
}

/* 1: those that have it, -1: those that have not, 0: all */
static int flag(const struct params *p, const char *name)
{
	struct str s = param_text(p, name);

	return !s.n ? 0 : api_is_true(s) ? 1 : -1;
}

/* A search may name its organisation by number, uuid or name. */
static enum rc list_filter(struct req *rq, struct user_filter *f)
{
	struct params p;
	struct org org;
	struct str s;

	TRY(api_params(rq, &p));
	f->search = param_text(&p, "value");
	if (!f->search.n)
		f->search = param_text(&p, "searchall");
	f->email = param_text(&p, "searchemail");
	f->roles = param_text(&p, "searchrole");
	f->autoalert = flag(&p, "searchautoalert");
	f->contactalert = flag(&p, "searchcontactalert");
	f->termsaccepted = flag(&p, "searchtermsaccepted");
	f->disabled = flag(&p, "searchdisabled");
	if (param_bool(&p, "searchinactive", false))
		f->inactive_since = ctx_now_s(rq->cx) - 30 * 86400;
	s = param_text(&p, "searchorg");
	if (s.n) {
		enum rc rc = org_find(rq->cx, s, &org);

		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		f->org_id = rc == RC_OK ? org.id : -1;
	}
	if (!user_is_site_admin(rq->cx->who))
		f->org_id = f->org_id && f->org_id != rq->cx->who->org_id ? -1 : rq->cx->who->org_id;
	return RC_OK;
}

enum rc users_index(struct req *rq, struct resp *rs)
{
	struct user_filter f = { 0 };
	struct user_row *v;
	struct jw w;
	size_t n;

	TRY(list_filter(rq, &f));
	TRY(user_list(rq->cx, &f, &v, &n));
	api_count(rq, rs, (int64_t)n);
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		const struct role *r = &v[i].role;

		jw_obj(&w);
		write_user(&w, &v[i].u, SHAPE_LIST, (struct str){ 0 });
		jw_key(&w, "Role");
		jw_obj(&w);
		jw_kid(&w, "id", r->id);
		jw_kstr(&w, "name", r->name);
		jw_kbool(&w, "perm_auth", r->perms & PERM(AUTH));
		jw_kbool(&w, "perm_site_admin", r->perms & PERM(SITE_ADMIN));
		jw_kbool(&w, "perm_admin", r->perms & PERM(ADMIN));
		jw_obj_end(&w);
		jw_key(&w, "Organisation");
		jw_obj(&w);
		jw_kid(&w, "id", v[i].org.id);
		jw_kstr(&w, "name", v[i].org.name);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

static void answer_admin(struct req *rq, struct resp *rs, const struct user_row *row, struct str key)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	write_user(&w, &row->u, SHAPE_ADMIN, key);
	jw_obj_end(&w);
}

enum rc users_add(struct req *rq, struct resp *rs)
{
	struct user_form f = { 0 };
	struct user_row row;
	struct str key;

	TRY(API_FORM(rq, "User", fields, &f));
	api_saving(rq, "Could not add User", "/admin/users/add", false);
	TRY(user_add(rq->cx, &f, &row, &key));
	answer_admin(rq, rs, &row, key);
	return RC_OK;
}

enum rc users_admin_edit(struct req *rq, struct resp *rs)
{
	int64_t id = people_user_ref(req_var(rq, 0));
	struct user_form f = { 0 };
	struct user_row row;

	TRY(API_FORM(rq, "User", fields, &f));
	api_saving(rq, "Could not edit User", "/admin/users/edit", false);
	TRY(user_edit(rq->cx, id ? id : rq->cx->who->id, &f, &row));
	answer_admin(rq, rs, &row, (struct str){ 0 });
	return RC_OK;
}

enum rc users_edit(struct req *rq, struct resp *rs)
{
	struct user_form f = { 0 };
	struct user_row row;

	TRY(API_FORM(rq, "User", fields, &f));
	api_saving(rq, "Could not edit User", "/users/edit", false);
	TRY(user_edit_self(rq->cx, &f, &row));
	return write_view(rq, rs, &row);
}

enum rc users_delete(struct req *rq, struct resp *rs)
{
	int64_t id = people_user_ref(req_var(rq, 0));

	api_saving(rq, "Could not delete User", "/admin/users/delete", true);
	TRY(user_remove(rq->cx, id ? id : rq->cx->who->id));
	api_ok(rq, rs, "User deleted.", "/admin/users/delete", id);
	return RC_OK;
}

enum rc users_resetauthkey(struct req *rq, struct resp *rs)
{
	int64_t id = people_user_ref(req_var(rq, 0));
	struct str key;

	TRY(key_reset(rq->cx, id, &key));
	api_ok(rq, rs, str_fmt(rq->cx->mem, "Authkey updated: %.*s", STR(key)).p, "/users/resetauthkey", id ? id : rq->cx->who->id);
	return RC_OK;
}

/* The link is in the answer: whoever asked hands it on. */
enum rc users_initiate_reset(struct req *rq, struct resp *rs)
{
	int64_t id = people_user_ref(req_var(rq, 0));
	struct str token;
	struct jw w;

	TRY(user_reset_begin(rq->cx, id ? id : rq->cx->who->id, &token));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kstr(&w, "success", S("A link to choose a new password was made. It is good for one hour."));
	jw_kstr(&w, "url", browser_url(rq, str_fmt(rq->cx->mem, "/users/password_reset/%.*s", STR(token)).p));
	jw_obj_end(&w);
	return RC_OK;
}
