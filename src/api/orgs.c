/* orgs.c - organisations: list, view, add, edit, delete. */
#include "api/form.h"
#include "api/people.h"
#include "policy/access.h"
#include "policy/org_admin.h"

static const struct form_field fields[] = {
#define F(name) { #name, offsetof(struct org_form, name) }
	F(uuid), F(name), F(description), F(type), F(nationality), F(sector), F(contacts), F(landingpage), F(restricted_to_domain), F(local),
#undef F
};

static void text_or_null(struct jw *w, const char *key, struct str s)
{
	if (s.p)
		jw_kstr(w, key, s);
	else
		jw_knull(w, key);
}

void people_org_open(struct jw *w, const struct org *o, bool created_by, bool landingpage)
{
	jw_obj(w);
	jw_kid(w, "id", o->id);
	jw_kstr(w, "name", o->name);
	people_datetime(w, "date_created", o->date_created_s);
	people_datetime(w, "date_modified", o->date_modified_s);
	text_or_null(w, "description", o->description);
	jw_kstr(w, "type", o->type);
	jw_kstr(w, "nationality", o->nationality);
	jw_kstr(w, "sector", o->sector);
	if (created_by)
		jw_kid(w, "created_by", o->created_by);
	jw_kuuid(w, "uuid", &o->uuid);
	text_or_null(w, "contacts", o->contacts);
	jw_kbool(w, "local", o->local);
	jw_key(w, "restricted_to_domain");
	if (o->restricted_to_domain.n)
		jw_raw(w, o->restricted_to_domain);
	else
		jw_null(w);
	if (landingpage)
		text_or_null(w, "landingpage", o->landingpage);
}

static void write_row(struct jw *w, const struct org_row *row, bool creator, bool landingpage)
{
	jw_obj(w);
	jw_key(w, "Organisation");
	people_org_open(w, &row->o, creator, landingpage);
	jw_kid(w, "user_count", row->user_count);
	if (creator)
		jw_kstr(w, "created_by_email", row->created_by_email.p ? row->created_by_email : S("Unknown"));
	jw_obj_end(w);
	jw_obj_end(w);
}

enum rc orgs_index(struct req *rq, struct resp *rs)
{
	static const char *const searches[] = { "searchall", "all", "quickFilter" };
	enum org_where where = ORG_LOCAL;
	struct str scope, search = { 0 };
	struct org_row *v;
	struct params p;
	struct jw w;
	size_t n;

	if (org_list_hidden(rq->cx))
		return api_denied(rq->cx);
	TRY(api_params(rq, &p));
	scope = param_text(&p, "scope");
	if (str_eq(scope, S("all")))
		where = ORG_ALL;
	else if (str_eq(scope, S("external")))
		where = ORG_EXTERNAL;
	for (size_t i = 0; i < sizeof(searches) / sizeof(*searches) && !search.n; i++)
		search = param_text(&p, searches[i]);
	TRY(org_list(rq->cx, where, search, &v, &n));
	api_count(rq, rs, (int64_t)n);
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_row(&w, &v[i], user_is_site_admin(rq->cx->who), true);
	jw_arr_end(&w);
	return RC_OK;
}

/* A client writes a blank of a name as "+" in the path; a name may hold a plus as well. */
static enum rc find(struct req *rq, struct org *out)
{
	struct str ref = req_var(rq, 0);
	enum rc rc = org_find(rq->cx, ref, out);
	char *blanks;

	if (rc != RC_DONE || str_chr(ref, '+') == STR_NONE)
		return rc;
	blanks = str_cdup(rq->cx->mem, ref);
	for (size_t i = 0; i < ref.n; i++)
		if (blanks[i] == '+')
			blanks[i] = ' ';
	return org_find(rq->cx, str_n(blanks, ref.n), out);
}

enum rc orgs_view(struct req *rq, struct resp *rs)
{
	struct org_row row;
	struct org o;
	enum rc rc = find(rq, &o);
	bool known = true;
	struct jw w;

	if (rc == RC_OK)
		rc = org_may_know(rq->cx, o.id, &known);
	if (rc == RC_OK && !known)
		rc = RC_DONE;
	if (rc == RC_OK)
		rc = org_row_load(rq->cx, &o, &row);
	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Invalid organisation");
	TRY(rc);
	w = api_json(rq, rs);
	write_row(&w, &row, user_may_admin_org(rq->cx->who, o.id), false);
	return RC_OK;
}

static void answer(struct req *rq, struct resp *rs, const struct org *o)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "Organisation");
	people_org_open(&w, o, true, true);
	jw_obj_end(&w);
	jw_obj_end(&w);
}

enum rc orgs_add(struct req *rq, struct resp *rs)
{
	struct org_form f = { 0 };
	struct org o;

	TRY(API_FORM(rq, "Organisation", fields, &f));
	api_saving(rq, "Could not add Organisation", "/admin/organisations/add", false);
	TRY(org_add(rq->cx, &f, &o));
	answer(rq, rs, &o);
	return RC_OK;
}

enum rc orgs_edit(struct req *rq, struct resp *rs)
{
	struct org_form f = { 0 };
	struct org o;

	TRY(API_FORM(rq, "Organisation", fields, &f));
	api_saving(rq, "Could not edit Organisation", "/admin/organisations/edit", false);
	TRY(org_edit(rq->cx, req_var(rq, 0), &f, &o));
	answer(rq, rs, &o);
	return RC_OK;
}

enum rc orgs_delete(struct req *rq, struct resp *rs)
{
	int64_t id;

	api_saving(rq, "Could not delete Organisation", "/admin/organisations/delete", true);
	TRY(org_remove(rq->cx, req_var(rq, 0), &id));
	api_ok(rq, rs, "Organisation deleted", "/admin/organisations/delete", id);
	return RC_OK;
}

struct merge_form {
	struct str targetType, orgsLocal, orgsExternal, target_id;
};
static const struct form_field merge_fields[] = {
#define F(name) { #name, offsetof(struct merge_form, name) }
	F(targetType), F(orgsLocal), F(orgsExternal), F(target_id),
#undef F
};

/* The other organisation: in the path, as target_id, or as MISP's page sends it: one of two choices and which of them counts. */
enum rc orgs_merge(struct req *rq, struct resp *rs)
{
	struct merge_form f = { 0 };
	struct str into = req_var(rq, 1);
	struct org o;

	TRY(API_FORM(rq, "Organisation", merge_fields, &f));
	if (!into.n)
		into = f.target_id.n ? f.target_id : !f.targetType.n || str_eq(f.targetType, S("0")) ? f.orgsLocal : f.orgsExternal;
	api_saving(rq, "Could not merge Organisation", "/admin/organisations/merge", true);
	TRY(org_merge(rq->cx, req_var(rq, 0), into.p ? into : S(""), &o));
	api_ok(rq, rs, "The organisation has been successfully merged.", "/organisations/view", o.id);
	return RC_OK;
}

/* For peers: which organisations are local here. */
enum rc orgs_uuids(struct req *rq, struct resp *rs)
{
	struct org_row *v;
	struct jw w;
	size_t n;

	TRY(org_list(rq->cx, ORG_LOCAL, (struct str){ 0 }, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		char uu[UUID_TEXT + 1];

		uuid_text(&v[i].o.uuid, uu);
		jw_str(&w, str_n(uu, UUID_TEXT));
	}
	jw_arr_end(&w);
	return RC_OK;
}

enum rc orgs_generate_uuid(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);
	struct uuid u;

	uuid_random(&u);
	jw_obj(&w);
	jw_kuuid(&w, "uuid", &u);
	jw_obj_end(&w);
	return RC_OK;
}
