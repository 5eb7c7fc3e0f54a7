/* servers.c - what a client asks first: versions, its rights, the attribute types. */
#include "api/handlers.h"

#include "api/api_int.h"
#include "api/peers.h"
#include "base/map.h"
#include "format/describe_types.h"

enum rc servers_version(struct req *rq, struct resp *rs)
{
	const struct user *u = rq->cx->who;
	struct jw w = api_json(rq, rs);
	char uu[UUID_TEXT + 1];

	uuid_text(&rq->cx->st->instance, uu);
	jw_obj(&w);
	jw_kstr(&w, "version", S(MISP_CONTRACT_VERSION));
	jw_kstr(&w, "pymisp_recommended_version", S(MISP_CONTRACT_VERSION));
	jw_kbool(&w, "perm_sync", user_has(u, PERM(SYNC)));
	jw_kbool(&w, "perm_sighting", user_has(u, PERM(SIGHTING)));
	jw_kbool(&w, "perm_galaxy_editor", user_has(u, PERM(GALAXY_EDITOR)));
	jw_kbool(&w, "perm_analyst_data", user_has(u, PERM(ANALYST_DATA)));
	jw_kstr(&w, "uuid", user_has(u, PERM(SYNC)) ? str_c(uu) : S("-"));
	jw_key(&w, "request_encoding");
	jw_arr(&w);
	jw_str(&w, S("gzip"));
	jw_arr_end(&w);
	jw_kbool(&w, "filter_sightings", true);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc servers_pymisp_version(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kstr(&w, "version", S(MISP_CONTRACT_VERSION));
	jw_obj_end(&w);
	return RC_OK;
}

enum rc attributes_describe_types(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);

	describe_types_write(&w);
	return RC_OK;
}

/* a peer's connection test: the body comes back with what arrived of three headers */
enum rc servers_post_test(struct req *rq, struct resp *rs)
{
	struct params p;
	struct jw w;

	TRY(api_params(rq, &p));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "body");
	jw_obj(&w);
	jw_kstr(&w, "testString", param_text(&p, "testString").p ? param_text(&p, "testString") : S(""));
	jw_obj_end(&w);
	jw_key(&w, "headers");
	jw_obj(&w);
	jw_kstr(&w, "Content-type", req_header(rq, "Content-Type").p ? req_header(rq, "Content-Type") : S(""));
	jw_kstr(&w, "Accept", req_header(rq, "Accept").p ? req_header(rq, "Accept") : S(""));
	jw_kstr(&w, "Authorization", S("OK"));
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* "/admin/users/add/:id" is action admin_add of users; false where no action is named. */
static bool split_pattern(struct ctx *cx, const char *pattern, struct str *controller, struct str *action)
{
	struct cur c = cur_of(str_c(pattern + 1));
	bool admin;

	if (!cur_until(&c, '/', controller) || !controller->n)
		return false;
	admin = str_eq(*controller, S("admin"));
	if (admin && !cur_until(&c, '/', controller))
		return false;
	if (!cur_until(&c, '/', action) || action->p[0] == ':')
		return false; /* REST style: the same actions again */
	if (admin)
		*action = str_fmt(cx->mem, "admin_%.*s", STR(*action));
	return true;
}

static void actions_of(struct req *rq, struct jw *w, struct str controller)
{
	const struct route *t;
	struct str name, action, last = S("");
	size_t n;

	t = api_routes(&n);
	jw_key_str(w, controller);
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		if (split_pattern(rq->cx, t[i].pattern, &name, &action) && str_eq(name, controller) && !str_eq(action, last)) {
			jw_str(w, action);
			last = action;
		}
	jw_arr_end(w);
}

/* Actions of each controller; and those without a rule of who may call them, of which there are none: the table has a column for it. */
enum rc servers_query_acl(struct req *rq, struct resp *rs)
{
	struct str what = req_var(rq, 0), name, action;
	struct map seen = { 0 };
	const struct route *t;
	struct jw w;
	size_t n;

	if (str_eq(what, S("findMissingFunctionNames"))) {
		w = api_json(rq, rs);
		jw_arr(&w);
		jw_arr_end(&w);
		return RC_OK;
	}
	if (str_eq(what, S("printRoleAccess")))
		return instance_role_access(rq, rs);
	if (!str_eq(what, S("printAllFunctionNames")))
		return fail(rq->cx, RC_NOTFOUND, "Invalid ACL query: %.*s", STR(utf8_cut(what, 64)));
	t = api_routes(&n);
	w = api_json(rq, rs);
	jw_obj(&w);
	for (size_t i = 0; i < n; i++) {
		if (!split_pattern(rq->cx, t[i].pattern, &name, &action) || map_get(&seen, name))
			continue;
		map_put(&seen, name, &w);
		actions_of(rq, &w, name);
	}
	map_clear(&seen);
	jw_key(&w, "*");
	jw_arr(&w);
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}
