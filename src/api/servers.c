/* servers.c - what a client asks first: versions, its rights, the attribute types. */
#include "api/handlers.h"

#include "api/api_int.h"
#include "format/describe_types.h"

/* The MISP version whose contract is spoken: peers compare the first two numbers with their own. */
#define MISP_CONTRACT_VERSION "2.5.34"

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

/* where a browser without a key is sent; the pages themselves come with the web interface */
enum rc users_login(struct req *rq, struct resp *rs)
{
	rs->type = "text/plain; charset=UTF-8";
	buf_str(&rs->body, S("This server answers the MISP REST API: send a key in the Authorization header.\n"));
	(void)rq;
	return RC_OK;
}
