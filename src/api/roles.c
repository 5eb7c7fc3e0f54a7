/* roles.c - roles: list, view, add, edit, delete, the default one. */
#include "api/form.h"
#include "api/people.h"
#include "policy/org_admin.h"

static const struct form_field fields[] = {
#define F(name) { #name, offsetof(struct role_form, name) }
	F(name), F(permission), F(memory_limit), F(max_execution_time), F(restricted_to_site_admin), F(enforce_rate_limit), F(rate_limit_count),
#undef F
#define X(up, low, text) { "perm_" #low, offsetof(struct role_form, perm[PERM_BIT_##up]) },
	PERM_TABLE(X)
#undef X
};

static void perms(struct jw *w, const struct role *r, const enum perm_bit *bits, size_t n)
{
	static const char *const names[] = {
#define X(up, low, text) [PERM_BIT_##up] = "perm_" #low,
		PERM_TABLE(X)
#undef X
	};

	for (size_t i = 0; i < n; i++)
		jw_kbool(w, names[bits[i]], r->perms >> bits[i] & 1);
}

static void text_or_null(struct jw *w, const char *key, struct str s)
{
	if (s.p)
		jw_kstr(w, key, s);
	else
		jw_knull(w, key);
}

void people_role_open(struct jw *w, const struct role *r)
{
	static const enum perm_bit first[] = { PERM_BIT_ADD, PERM_BIT_MODIFY, PERM_BIT_MODIFY_ORG, PERM_BIT_PUBLISH, PERM_BIT_DELEGATE, PERM_BIT_SYNC,
		PERM_BIT_ADMIN, PERM_BIT_AUDIT, PERM_BIT_AUTH, PERM_BIT_SITE_ADMIN, PERM_BIT_REGEXP_ACCESS, PERM_BIT_TAGGER, PERM_BIT_TEMPLATE,
		PERM_BIT_SHARING_GROUP, PERM_BIT_TAG_EDITOR, PERM_BIT_SIGHTING, PERM_BIT_OBJECT_TEMPLATE };
	static const enum perm_bit second[] = { PERM_BIT_PUBLISH_ZMQ, PERM_BIT_PUBLISH_KAFKA, PERM_BIT_DECAYING };
	static const enum perm_bit third[] = { PERM_BIT_GALAXY_EDITOR, PERM_BIT_WARNINGLIST, PERM_BIT_VIEW_FEED_CORRELATIONS, PERM_BIT_ANALYST_DATA,
		PERM_BIT_SKIP_OTP };
	int level = role_level(r->perms);

	jw_obj(w);
	jw_kid(w, "id", r->id);
	jw_kstr(w, "name", r->name);
	people_datetime(w, "created", r->created_s);
	people_datetime(w, "modified", r->modified_s);
	perms(w, r, first, sizeof(first) / sizeof(*first));
	jw_kbool(w, "default_role", r->default_role);
	text_or_null(w, "memory_limit", r->memory_limit);
	text_or_null(w, "max_execution_time", r->max_execution_time);
	jw_kbool(w, "restricted_to_site_admin", r->restricted_to_site_admin);
	perms(w, r, second, sizeof(second) / sizeof(*second));
	jw_kbool(w, "enforce_rate_limit", r->enforce_rate_limit);
	jw_kid(w, "rate_limit_count", r->rate_limit_count);
	perms(w, r, third, sizeof(third) / sizeof(*third));
	jw_kid(w, "permission", level);
	jw_kstr(w, "permission_description", str_c(role_level_name(level)));
}

enum rc roles_index(struct req *rq, struct resp *rs)
{
	struct role *v;
	struct jw w;
	size_t n;

	TRY(role_list(rq->cx, &v, &n));
	api_count(rq, rs, (int64_t)n);
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_key(&w, "Role");
		people_role_open(&w, &v[i]);
		jw_kbool(&w, "default", v[i].default_role);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

static void answer(struct req *rq, struct resp *rs, const struct role *r)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "Role");
	people_role_open(&w, r);
	jw_obj_end(&w);
	jw_obj_end(&w);
}

static int64_t role_ref(const struct req *rq)
{
	int64_t id;

	return str_i64(req_var(rq, 0), &id) ? id : -1;
}

enum rc roles_view(struct req *rq, struct resp *rs)
{
	struct role r;
	enum rc rc = role_load(rq->cx, role_ref(rq), &r);

	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Invalid Role");
	TRY(rc);
	answer(rq, rs, &r);
	return RC_OK;
}

enum rc roles_add(struct req *rq, struct resp *rs)
{
	struct role_form f = { 0 };
	struct role r;

	TRY(API_FORM(rq, "Role", fields, &f));
	api_saving(rq, "Could not add Role", "/admin/roles/add", false);
	TRY(role_add(rq->cx, &f, &r));
	answer(rq, rs, &r);
	return RC_OK;
}

enum rc roles_edit(struct req *rq, struct resp *rs)
{
	struct role_form f = { 0 };
	struct role r;

	TRY(API_FORM(rq, "Role", fields, &f));
	api_saving(rq, "Could not edit Role", "/admin/roles/edit", false);
	TRY(role_edit(rq->cx, role_ref(rq), &f, &r));
	answer(rq, rs, &r);
	return RC_OK;
}

enum rc roles_delete(struct req *rq, struct resp *rs)
{
	api_saving(rq, "Could not delete Role", "/admin/roles/delete", true);
	TRY(role_remove(rq->cx, role_ref(rq)));
	api_ok(rq, rs, "Role deleted.", "/admin/roles/delete", role_ref(rq));
	return RC_OK;
}

enum rc roles_set_default(struct req *rq, struct resp *rs)
{
	int64_t id = req_var(rq, 0).n ? role_ref(rq) : 0;

	api_saving(rq, "Could not set_default Role", "/admin/roles/set_default", true);
	TRY(role_make_default(rq->cx, id));
	api_ok(rq, rs, id ? "Default role set." : "Default role unset.", "/admin/roles/set_default", id);
	return RC_OK;
}
