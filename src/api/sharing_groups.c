/* sharing_groups.c - sharing groups: list, view, add, edit, delete, their organisations and servers. */
#include "api/people.h"
#include "api/sharing.h"
#include "format/misp_group.h"
#include "policy/group_admin.h"
#include "store/org.h"

/* ---- reading ---- */

static bool has_text(const struct group *g, struct str text)
{
	const struct str texts[] = { g->name, g->description, g->releasability, g->org_name };
	char uu[UUID_TEXT + 1];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (str_find_nocase(texts[i], text) != STR_NONE)
			return true;
	uuid_text(&g->uuid, uu);
	return str_find_nocase(str_n(uu, UUID_TEXT), text) != STR_NONE;
}

static bool has_member_named(const struct group *g, struct str text)
{
	for (size_t i = 0; i < g->org_n; i++)
		if (str_find_nocase(g->orgs[i].name, text) != STR_NONE)
			return true;
	return false;
}

/* "a|b|!c": organisations by number, uuid or name; unknown ones count for nothing */
struct org_filter {
	int64_t *in, *out;
	size_t in_n, out_n;
};

static enum rc read_filter(struct ctx *cx, struct str text, struct org_filter *f)
{
	struct cur c = cur_of(text);
	size_t in_cap = 0, out_cap = 0;
	struct str ref;

	*f = (struct org_filter){ 0 };
	while (cur_until(&c, '|', &ref)) {
		bool not = str_starts(ref, S("!"));
		struct org o;
		enum rc rc = org_find(cx, str_trim(not ? str_from(ref, 1) : ref), &o);

		if (rc == RC_DONE)
			continue;
		TRY(rc);
		if (not) {
			f->out = arena_grow(cx->mem, f->out, &out_cap, f->out_n, sizeof(*f->out));
			f->out[f->out_n++] = o.id;
		} else {
			f->in = arena_grow(cx->mem, f->in, &in_cap, f->in_n, sizeof(*f->in));
			f->in[f->in_n++] = o.id;
		}
	}
	return RC_OK;
}

static bool passes(const struct group *g, const struct org_filter *f)
{
	bool in = f->in_n == 0;

	for (size_t i = 0; i < f->in_n; i++)
		in |= group_member(g, f->in[i]) != NULL;
	for (size_t i = 0; i < f->out_n; i++)
		in &= group_member(g, f->out[i]) == NULL;
	return in;
}

enum rc sharing_groups_index(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct group_view view = { .shape = GROUP_LISTED };
	struct org_filter f = { 0 };
	struct str value, searchorg;
	struct params p;
	struct group *v;
	int64_t skip, left;
	size_t n, kept = 0;
	struct jw w;

	TRY(api_params(rq, &p));
	value = str_trim(param_text(&p, "value"));
	searchorg = param_text(&p, "searchorg");
	view.no_orgs = group_orgs_hidden(cx);
	TRY(group_list(cx, cx->scope, param_bool(&p, "passive", api_is_true(req_var(rq, 0))) ? GROUP_PASSIVE : GROUP_ACTIVE, &v, &n));
	if (searchorg.n && !view.no_orgs)
		TRY(read_filter(cx, searchorg, &f));
	for (size_t i = 0; i < n; i++)
		if ((!value.n || has_text(&v[i], value) || (!view.no_orgs && has_member_named(&v[i], value))) && passes(&v[i], &f))
			v[kept++] = v[i];
	api_count(rq, rs, (int64_t)kept);
	left = param_int(&p, "limit", (int64_t)kept);
	if (left < 0 || left > (int64_t)kept)
		left = (int64_t)kept;
	skip = param_int(&p, "page", 1) - 1;
	skip = skip <= 0 || !left ? 0 : skip > (int64_t)kept / left ? (int64_t)kept : skip * left;
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "response");
	jw_arr(&w);
	for (int64_t i = skip; i < (int64_t)kept && left > 0; i++, left--) {
		jw_obj(&w);
		misp_write_group_members(&w, &v[i], &view);
		jw_kbool(&w, "editable", user_may_edit_group(cx->who, &v[i]));
		jw_kbool(&w, "deletable", user_may_delete_group(cx->who, &v[i]));
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

static void write_owner(void *arg, struct jw *w)
{
	people_org_open(w, arg, true, true);
	jw_obj_end(w);
}

static void write_one(struct req *rq, struct resp *rs, const struct group *g, const struct group_view *view)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	misp_write_group_members(&w, g, view);
	jw_obj_end(&w);
}

enum rc sharing_groups_view(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct group_view view = { .shape = GROUP_VIEWED };
	struct event_key k;
	struct group g;
	struct org owner;
	enum rc rc = event_key_parse(req_var(rq, 0), &k) ? group_load(cx, cx->scope, &k, &g) : RC_DONE;

	if (rc == RC_DONE) /* a client that only asks whether it is there wants 404 */
		return fail(cx, rq->method == HTTP_HEAD ? RC_NOTFOUND : RC_METHOD,
			    "Sharing group doesn't exist or you do not have permission to access it.");
	TRY(rc);
	if (rq->method == HTTP_HEAD) {
		rs->type = "application/json; charset=UTF-8";
		return RC_OK;
	}
	view.no_orgs = group_orgs_hidden(cx);
	rc = org_load(cx, g.org_id, &owner);
	if (rc == RC_OK) {
		view.organisation = write_owner;
		view.arg = &owner;
	} else if (rc != RC_DONE) {
		return rc;
	}
	write_one(rq, rs, &g, &view);
	return RC_OK;
}

/* ---- writing ---- */

static enum rc read_body(struct req *rq, struct group_in *in)
{
	struct jr r;

	jr_init(&r, rq->cx, rq->body, NULL);
	misp_group_read(&r, in);
	return jr_end(&r);
}

enum rc sharing_groups_add(struct req *rq, struct resp *rs)
{
	struct group_in in;
	struct group g;

	TRY(read_body(rq, &in));
	api_saving(rq, "Could not add SharingGroup", "/sharing_groups/add", false);
	TRY(group_add(rq->cx, &in, &g));
	write_one(rq, rs, &g, &(struct group_view){ .shape = GROUP_SAVED });
	return RC_OK;
}

enum rc sharing_groups_edit(struct req *rq, struct resp *rs)
{
	struct group_in in;
	struct event_key k;
	struct group g;

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(rq->cx, RC_NOTFOUND, "Invalid sharing group.");
	TRY(read_body(rq, &in));
	api_saving(rq, "Could not edit SharingGroup", "/sharing_groups/edit", false);
	TRY(group_edit(rq->cx, &k, &in, &g));
	write_one(rq, rs, &g, &(struct group_view){ .shape = GROUP_SAVED });
	return RC_OK;
}

enum rc sharing_groups_delete(struct req *rq, struct resp *rs)
{
	struct event_key k;
	int64_t id;

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(rq->cx, RC_NOTFOUND, "Invalid sharing group.");
	api_saving(rq, "Could not delete SharingGroup", "/sharing_groups/delete", true);
	TRY(group_remove(rq->cx, &k, &id));
	api_ok(rq, rs, "SharingGroup deleted", "/sharing_groups/delete", id);
	return RC_OK;
}

/* What stands in the path, else in the body under one of the names. */
static struct str named(struct req *rq, size_t var, const struct params *p, const char *const *names)
{
	struct str s = req_var(rq, var);

	for (; !s.n && *names; names++)
		s = param_text(p, *names);
	return s;
}

static enum rc member_call(struct req *rq, struct params *p, struct event_key *k)
{
	static const char *const names[] = { "sg_id", "sg_uuid", "id", "uuid", NULL };
	struct str ref;

	TRY(api_params(rq, p));
	ref = str_trim(named(rq, 0, p, names));
	if (!ref.n)
		return fail(rq->cx, RC_METHOD, "No valid sharing group ID provided.");
	return event_key_parse(ref, k) ? RC_OK : fail(rq->cx, RC_METHOD, "Invalid sharing group or no editing rights.");
}

static struct str org_ref(struct req *rq, const struct params *p)
{
	static const char *const names[] = { "org_id", "org_uuid", "org_name", NULL };

	return named(rq, 1, p, names);
}

static struct str server_ref(struct req *rq, const struct params *p)
{
	static const char *const names[] = { "server_id", "server_url", "server_baseurl", "server_name", NULL };

	return named(rq, 1, p, names);
}

enum rc sharing_groups_add_org(struct req *rq, struct resp *rs)
{
	struct event_key k;
	struct params p;

	TRY(member_call(rq, &p, &k));
	api_saving(rq, "Could not addOrg SharingGroup", "/sharing_groups/addOrg", true);
	TRY(group_add_org(rq->cx, &k, org_ref(rq, &p), param_bool(&p, "extend", api_is_true(req_var(rq, 2)))));
	api_ok(rq, rs, "Organisation added to the sharing group.", "/sharing_groups/addOrg", 0);
	return RC_OK;
}

enum rc sharing_groups_remove_org(struct req *rq, struct resp *rs)
{
	struct event_key k;
	struct params p;

	TRY(member_call(rq, &p, &k));
	api_saving(rq, "Could not removeOrg SharingGroup", "/sharing_groups/removeOrg", true);
	TRY(group_remove_org(rq->cx, &k, org_ref(rq, &p)));
	api_ok(rq, rs, "Organisation removed from the sharing group.", "/sharing_groups/removeOrg", 0);
	return RC_OK;
}

enum rc sharing_groups_add_server(struct req *rq, struct resp *rs)
{
	struct event_key k;
	struct params p;
	bool all;

	TRY(member_call(rq, &p, &k));
	all = param_bool(&p, "all_orgs", param_bool(&p, "all", api_is_true(req_var(rq, 2))));
	api_saving(rq, "Could not addServer SharingGroup", "/sharing_groups/addServer", true);
	TRY(group_add_server(rq->cx, &k, server_ref(rq, &p), all));
	api_ok(rq, rs, "Server added to the sharing group.", "/sharing_groups/addServer", 0);
	return RC_OK;
}

enum rc sharing_groups_remove_server(struct req *rq, struct resp *rs)
{
	struct event_key k;
	struct params p;

	TRY(member_call(rq, &p, &k));
	api_saving(rq, "Could not removeServer SharingGroup", "/sharing_groups/removeServer", true);
	TRY(group_remove_server(rq->cx, &k, server_ref(rq, &p)));
	api_ok(rq, rs, "Server removed from the sharing group.", "/sharing_groups/removeServer", 0);
	return RC_OK;
}
