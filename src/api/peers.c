/* peers.c - other instances: list, view, add, edit, delete, import, and the calls that ask them. A peer's key is in the answer to add and edit only. */
#include "api/peers.h"

#include "api/api_int.h"
#include "api/form.h"
#include "policy/server_admin.h"
#include "policy/user_admin.h"
#include "store/audit.h"
#include "store/org.h"
#include "store/setting.h"
#include "store/tag.h"
#include "sync/peer.h"

static const struct form_field fields[] = {
#define X(name) { #name, offsetof(struct server_form, name) },
	X(name) X(url) X(authkey) X(remote_org_id) X(pull_rules) X(push_rules) X(priority) SERVER_FLAGS(X)
#undef X
};

/* ---- reading ---- */

static void k_number(struct jw *w, const char *key, int64_t v)
{
	if (v)
		jw_kid(w, key, v);
	else
		jw_knull(w, key);
}

/* All but the end. */
static void write_server(struct jw *w, const struct server *s, bool with_key)
{
	jw_key(w, "Server");
	jw_obj(w);
	jw_kid(w, "id", s->id);
	jw_kstr(w, "name", s->name);
	jw_kstr(w, "url", s->url);
	if (with_key)
		jw_kstr(w, "authkey", s->authkey.p ? s->authkey : S(""));
	jw_kid(w, "org_id", s->org_id);
	jw_kid(w, "remote_org_id", s->remote_org_id);
#define X(name) jw_kbool(w, #name, s->name);
	SERVER_FLAGS(X)
#undef X
	k_number(w, "lastpulledid", s->lastpulledid);
	k_number(w, "lastpushedid", s->lastpushedid);
	jw_knull(w, "organization");
	jw_kstr(w, "pull_rules", s->pull_rules);
	jw_kstr(w, "push_rules", s->push_rules);
	jw_knull(w, "cert_file");
	jw_knull(w, "client_cert_file");
	jw_kid(w, "priority", s->priority);
}

static enum rc write_org(struct ctx *cx, struct jw *w, const char *key, int64_t id)
{
	struct org o;
	enum rc rc = org_load(cx, id, &o);

	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	jw_key(w, key);
	jw_obj(w);
	if (rc == RC_OK) {
		jw_kid(w, "id", o.id);
		jw_kstr(w, "name", o.name);
		jw_kuuid(w, "uuid", &o.uuid);
		jw_kstr(w, "nationality", o.nationality);
		jw_kstr(w, "sector", o.sector);
		jw_kstr(w, "type", o.type);
	}
	jw_obj_end(w);
	return RC_OK;
}

static enum rc write_row(struct ctx *cx, struct jw *w, const struct server *s)
{
	jw_obj(w);
	write_server(w, s, false);
	if (s->cache_timestamp)
		jw_kid(w, "cache_timestamp", s->cache_timestamp);
	else
		jw_kbool(w, "cache_timestamp", false);
	jw_obj_end(w);
	TRY(write_org(cx, w, "Organisation", s->org_id));
	TRY(write_org(cx, w, "RemoteOrg", s->remote_org_id));
	jw_key(w, "User"); /* who would pull as that organisation: nobody is bound to a peer here */
	jw_arr(w);
	jw_arr_end(w);
	jw_obj_end(w);
	return RC_OK;
}

enum rc servers_index(struct req *rq, struct resp *rs)
{
	struct str search;
	struct server *v;
	struct params p;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	search = str_trim(param_text(&p, "search"));
	TRY(server_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		if (!search.n || str_find_nocase(v[i].name, search) != STR_NONE || str_find_nocase(v[i].url, search) != STR_NONE)
			TRY(write_row(rq->cx, &w, &v[i]));
	jw_arr_end(&w);
	return RC_OK;
}

enum rc servers_view(struct req *rq, struct resp *rs)
{
	struct server s;
	struct jw w;

	TRY(server_view(rq->cx, req_var(rq, 0), &s));
	w = api_json(rq, rs);
	return write_row(rq->cx, &w, &s);
}

/* ---- writing ---- */

static void write_saved(struct req *rq, struct resp *rs, const struct server *s)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	write_server(&w, s, true);
	jw_obj_end(&w);
	jw_obj_end(&w);
}

enum rc servers_add(struct req *rq, struct resp *rs)
{
	struct server_form f = { 0 };
	struct server s;

	TRY(API_FORM(rq, "Server", fields, &f));
	api_saving(rq, "Could not add Server", "/servers/add", false);
	TRY(server_add(rq->cx, &f, &s));
	write_saved(rq, rs, &s);
	return RC_OK;
}

enum rc servers_edit(struct req *rq, struct resp *rs)
{
	struct server_form f = { 0 };
	struct server s;

	TRY(API_FORM(rq, "Server", fields, &f));
	api_saving(rq, "Could not edit Server", "/servers/edit", false);
	TRY(server_edit(rq->cx, req_var(rq, 0), &f, &s));
	write_saved(rq, rs, &s);
	return RC_OK;
}

enum rc servers_delete(struct req *rq, struct resp *rs)
{
	struct server s;

	api_saving(rq, "Could not delete Server", "/servers/delete", true);
	TRY(server_remove(rq->cx, req_var(rq, 0), &s));
	api_ok(rq, rs, "Server deleted", "/servers/delete", s.id);
	return RC_OK;
}

static enum rc read_org(struct ctx *cx, struct str json, struct org_in *out)
{
	struct str key;
	struct jr r;

	*out = (struct org_in){ 0 };
	if (!json.n || json.p[0] != '{')
		return fail_field(cx, RC_INVALID, "Organisation", "The organisation of the server is missing.");
	jr_init(&r, cx, json, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("name")) && jr_peek(&r) == J_STR)
			out->name = jr_text_dup(&r);
		else if (str_eq(key, S("uuid")) && jr_peek(&r) == J_STR)
			out->uuid = jr_text_dup(&r);
		else
			jr_skip(&r);
	}
	return jr_end(&r);
}

enum rc servers_import(struct req *rq, struct resp *rs)
{
	struct import {
		struct server_form server;
		struct str org;
	} in = { 0 };
	static const struct form_field taken[] = {
		{ "name", offsetof(struct import, server.name) },
		{ "url", offsetof(struct import, server.url) },
		{ "authkey", offsetof(struct import, server.authkey) },
		{ "Organisation", offsetof(struct import, org) },
	};
	struct org_in org;
	struct server s;

	TRY(API_FORM(rq, "Server", taken, &in));
	api_saving(rq, "Could not addFromJson Servers", "/servers/import", false);
	TRY(read_org(rq->cx, in.org, &org));
	TRY(server_import(rq->cx, &in.server, &org, &s));
	write_saved(rq, rs, &s);
	return RC_OK;
}

/* What the operator of a peer imports there, with a new key of the calling user. */
enum rc servers_create_sync(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str url = setting_text(cx, SITE_BASEURL), host = req_header(rq, "Host"), key;
	struct key_form f = { .comment = S("Key of a synchronisation configuration") };
	struct auth_key_row row;
	struct org o;
	struct jw w;
	enum rc rc;

	if (user_is_site_admin(cx->who))
		return fail(cx, RC_METHOD, "Site admin accounts cannot be used to create server sync configurations.");
	rc = org_load(cx, setting_int(cx, SITE_HOST_ORG), &o);
	if (rc == RC_DONE)
		return fail(cx, RC_METHOD, "Cannot create sync config - no host org ID configured for the instance.");
	TRY(rc);
	if (!url.n)
		url = str_fmt(cx->mem, "%s://%.*s", rq->is_https ? "https" : "http", STR(utf8_clean(cx->mem, host, NULL)));
	TRY(key_add(cx, 0, &f, &row, &key));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Server");
	jw_obj(&w);
	jw_kstr(&w, "url", url);
	jw_kuuid(&w, "uuid", &cx->st->instance);
	jw_kstr(&w, "authkey", key);
	jw_key(&w, "Organisation");
	jw_obj(&w);
	jw_kstr(&w, "name", o.name);
	jw_kuuid(&w, "uuid", &o.uuid);
	jw_obj_end(&w);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- asking them ---- */

static enum rc peer_of(struct req *rq, struct server *s, struct peer *p)
{
	TRY(server_view(rq->cx, req_var(rq, 0), s));
	*p = (struct peer){ .server = s, .allow_loopback = api_opts(rq)->fetch_loopback, .allow = api_opts(rq)->fetch_allow };
	return RC_OK;
}

/* What failed there is an answer of this instance that works: the reason is told. */
static enum rc told(struct ctx *cx, enum rc rc)
{
	struct str why = str_dup(cx->mem, str_c(cx->err.msg));

	if (rc != RC_REMOTE && rc != RC_TIMEOUT && rc != RC_TOOBIG)
		return rc;
	ctx_forgive(cx);
	return fail(cx, RC_INVALID, "%.*s", STR(why));
}

static void note_failure(struct ctx *cx, const struct server *s, struct str why)
{
	audit_queue(cx, &(struct audit){ .action = "error", .model = "Server", .model_id = s->id, .title = str_fmt(cx->mem, "Connection test failed: %.*s",
		STR(utf8_cut(why, 200))) });
}

/* Which of the three numbers of a version differs first, and who is ahead. */
static void compare(struct jw *w, struct str remote)
{
	static const char *const parts[] = { "major", "minor", "hotfix" };
	struct cur a = cur_of(S(MISP_CONTRACT_VERSION)), b = cur_of(remote);
	uint64_t x = 0, y = 0;
	int i = 0;

	for (; i < 3; i++) {
		if (i && (!cur_take(&a, S(".")) || !cur_take(&b, S("."))))
			break;
		if (!cur_number(&a, UINT64_MAX, &x) || !cur_number(&b, UINT64_MAX, &y) || x != y)
			break;
	}
	jw_key(w, "mismatch");
	if (i < 3)
		jw_str(w, str_c(parts[i]));
	else
		jw_bool(w, false);
	jw_key(w, "newer");
	if (i < 3)
		jw_str(w, y > x ? S("remote") : S("local"));
	else
		jw_bool(w, false);
}

enum rc servers_test_connection(struct req *rq, struct resp *rs)
{
	struct peer_report t;
	struct server s;
	struct peer p;
	struct jw w;

	TRY(peer_of(rq, &s, &p));
	TRY(peer_test(rq->cx, &p, &t));
	if (t.why.n)
		note_failure(rq->cx, &s, t.why);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kint(&w, "status", t.status);
	if (t.info.version.n) {
		jw_kstr(&w, "local_version", S(MISP_CONTRACT_VERSION));
		jw_kstr(&w, "version", t.info.version);
		compare(&w, t.info.version);
		jw_kint(&w, "post", t.post);
		jw_knull(&w, "response_encoding");
		jw_key(&w, "request_encoding");
		jw_raw(&w, t.info.request_encoding.p ? t.info.request_encoding : S("null"));
	}
	jw_knull(&w, "client_certificate");
	if (t.info.version.n)
		jw_kstr(&w, "uuid", t.info.uuid);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc servers_remote_user(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct peer_user u;
	struct server s;
	struct peer p;
	struct jw w;
	enum rc rc;

	TRY(peer_of(rq, &s, &p));
	rc = peer_whoami(cx, &p, &u);
	if (rc == RC_STOPPED || rc == RC_INTERNAL)
		return rc;
	w = api_json(rq, rs);
	jw_obj(&w);
	if (rc != RC_OK) {
		note_failure(cx, &s, str_c(cx->err.msg));
		ctx_forgive(cx);
		jw_kstr(&w, "error", S("Could not fetch remote user account."));
	} else if (u.error) {
		jw_kint(&w, "error", u.error);
	} else {
		jw_kstr(&w, "User", u.email);
		jw_kstr(&w, "Role name", u.role.p ? u.role : S("Unknown, outdated instance"));
		jw_kstr(&w, "Sync flag", !u.has_sync ? S("Unknown, outdated instance") : u.sync ? S("Yes") : S("No"));
		if (u.expiration.n)
			jw_kstr(&w, "Auth key expiration", u.expiration);
	}
	jw_obj_end(&w);
	return RC_OK;
}

enum rc servers_reset_remote_key(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct server s;
	struct peer p;
	struct str key;

	TRY(peer_of(rq, &s, &p));
	if (cx->dry_run)
		return fail(cx, RC_METHOD, "The key of another instance cannot be reset in a dry run.");
	api_saving(rq, "Could not reset the remote key", "/servers/resetRemoteAuthKey", true);
	TRY(told(cx, peer_reset_key(cx, &p, &key)));
	TRY(server_rekey(cx, s.id, key));
	api_ok(rq, rs, "API key updated.", "/servers/resetRemoteAuthKey", s.id);
	return RC_OK;
}

enum rc servers_filtering_rules(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	bool orgs = user_has(cx->who, PERM(SHARING_GROUP)) || !setting_on(cx, SITE_HIDE_ORGS);
	struct tag_row *tags;
	struct org_row *v = NULL;
	size_t n = 0, tag_n;
	struct jw w;

	if (orgs)
		TRY(org_list(cx, ORG_ALL, (struct str){ 0 }, &v, &n));
	TRY(tag_list(cx, (struct str){ 0 }, true, &tags, &tag_n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "organisations");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		jw_str(&w, v[i].o.name);
	jw_arr_end(&w);
	jw_key(&w, "tags");
	jw_arr(&w);
	for (size_t i = 0; i < tag_n; i++)
		if (user_may_use_tag(cx->who, &tags[i].t))
			jw_str(&w, tags[i].t.name);
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc servers_remote_rules(struct req *rq, struct resp *rs)
{
	struct server s;
	struct peer p;
	struct str json;
	struct jw w;

	TRY(peer_of(rq, &s, &p));
	TRY(told(rq->cx, peer_rules(rq->cx, &p, &json)));
	w = api_json(rq, rs);
	jw_raw(&w, json);
	return RC_OK;
}
