/* api.c - the application behind the HTTP server: authenticates at header time, asks the route's permission, calls the handler, and makes every
 * error answer in one place. */
#include "api/api.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api_int.h"
#include "api/browser.h"
#include "base/json_xml.h"
#include "base/log.h"
#include "base/sum.h"
#include "policy/lists_hold.h"
#include "store/corr_rule.h"
#include "policy/login.h"
#include "policy/rate.h"
#include "store/audit.h"
#include "store/setting.h"
#include "store/user_auth.h"

struct api_req {
	const char *save_name, *save_url;
	struct str location; /* of a failure's answer */
	bool flat_errors;
	struct browser browser;
	struct rate rate;
	int64_t started_us;
};

static const char NO_PERMISSION[] = "You do not have permission to use this functionality.";

static struct api_req *mine(const struct req *rq)
{
	return rq->app_data;
}

const struct api_options *api_opts(const struct req *rq)
{
	return &((struct api *)rq->app)->o;
}

enum rc api_denied(struct ctx *cx)
{
	return fail(cx, RC_DENIED, "%s", NO_PERMISSION);
}

/* A browser's session; who has none is sent to the login page, or told so in JSON. */
static enum rc without_key(struct req *rq, struct resp *rs, struct api_req *m)
{
	enum rc rc = browser_enter(rq, rs, &m->browser);

	if (rc != RC_UNAUTH)
		return rc;
	ctx_forgive(rq->cx);
	if (browser_wants_json(rq))
		return login_by_key(rq->cx, (struct str){ 0 });
	browser_go_login(rq, rs);
	rs->done = true;
	return RC_OK;
}

static void rate_headers(struct req *rq, struct resp *rs, const struct rate *r)
{
	const struct {
		const char *name;
		int64_t v;
	} t[] = { { "X-Rate-Limit-Limit", r->limit }, { "X-Rate-Limit-Remaining", r->remaining }, { "X-Rate-Limit-Reset", r->reset_s } };

	for (size_t i = 0; r->limit && i < sizeof(t) / sizeof(*t); i++)
		resp_header(rq, rs, t[i].name, str_fmt(rq->cx->mem, "%lld", (long long)t[i].v));
}

/* Searches of roles with a limit are counted; the client is told how many are left. */
static enum rc rated(struct req *rq, struct resp *rs, struct api_req *m)
{
	if (!strstr(rq->route->pattern, "/restSearch"))
		return RC_OK;
	TRY(rate_take(rq->cx, &m->rate));
	rate_headers(rq, rs, &m->rate);
	return RC_OK;
}

/* who was answered: for proxies and their logs */
static void name_user(struct req *rq, struct resp *rs)
{
	const struct user *u = rq->cx->who;
	struct str name = u->email;

	if (rq->cx->auth_key_id && setting_on(rq->cx, SITE_ADVANCED_KEYS))
		name = str_fmt(rq->cx->mem, "%.*s/API/%lld", STR(u->email), (long long)rq->cx->auth_key_id);
	else if (rq->cx->auth_key_id)
		name = str_fmt(rq->cx->mem, "%.*s/API/default", STR(u->email));
	resp_header(rq, rs, "X-Username", name);
}

static bool is_monitored(struct ctx *cx)
{
	bool on = false;

	if (!setting_on(cx, SITE_USER_MONITORING))
		return false;
	if (user_monitored(cx, cx->who->id, &on) != RC_OK)
		ctx_forgive(cx);
	return on;
}

/* every request, when the settings say so */
static void note_request(const struct req *rq)
{
	struct ctx *cx = rq->cx;

	if (!setting_on(cx, SITE_LOG_PARANOID) && !(setting_on(cx, SITE_LOG_PARANOID_API) && cx->auth_key_id) && !is_monitored(cx))
		return;
	if (setting_on(cx, SITE_LOG_PARANOID_SKIP_DB))
		log_info("request", "%.*s %.*s by %.*s", STR(rq->method_text), STR(utf8_cut(rq->path, 300)), STR(cx->who->email));
	else
		audit_queue(cx, &(struct audit){ .action = "request", .model = "User", .model_id = cx->who->id,
						 .title = str_fmt(cx->mem, "%.*s %.*s", STR(rq->method_text), STR(utf8_cut(rq->path, 200))) });
}

static enum rc begin(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct api *a = rq->app;
	struct api_req *m = arena_one(cx->mem, struct api_req);
	struct str key = req_header(rq, "X-MISP-AUTH");

	rq->app_data = m;
	m->started_us = cx->now_us;
	cx->st = a->o.st;
	cx->origin = rq->client;
	if (!key.p || !key.n)
		key = req_header(rq, "Authorization");
	TRY(settings_fresh(cx));
	if (rq->route && (rq->route->flags & ROUTE_PUBLIC))
		return RC_OK;
	if (!key.n) {
		TRY(without_key(rq, rs, m));
		if (rs->done)
			return RC_OK;
	} else {
		if (rq->route && (rq->route->flags & ROUTE_READ) && rq->method == HTTP_GET && rq->content_length <= 0)
			TRY(store_read_begin(cx)); /* nothing to wait for: the login reads in the same snapshot */
		TRY(login_by_key(cx, key));
	}
	if (cx->who->key_expiration) {
		char text[CLOCK_TEXT_MAX];

		resp_header(rq, rs, "X-Auth-Key-Expiration", str_n(text, (size_t)clock_iso(cx->who->key_expiration * 1000000, text)));
	}
	if (setting_on(cx, SITE_USERNAME_HEADER))
		name_user(rq, rs);
	note_request(rq);
	if (rq->route_rc == RC_NOTFOUND)
		return fail(cx, RC_NOTFOUND, "Unknown action: %.*s", STR(utf8_cut(rq->path, 200)));
	if (rq->route_rc == RC_METHOD && rq->method == HTTP_GET && api_describe(rq, rs)) {
		rs->done = true;
		return RC_OK;
	}
	if (rq->route_rc == RC_METHOD)
		return fail(cx, RC_METHOD, "You can not use this HTTP method here.");
	assert(rq->route);
	if (!user_has(cx->who, rq->route->perms))
		return api_denied(cx);
	if (cx->who->read_only_key && (rq->route->flags & ROUTE_WRITE) && !(rq->route->flags & ROUTE_SELF))
		return api_denied(cx);
	return rated(rq, rs, m);
}

/* quoted SHA-1 of the body against If-None-Match */
static void conditional(struct req *rq, struct resp *rs)
{
	struct str want = req_header(rq, "If-None-Match"), body = rs->view.p ? rs->view : buf_view(&rs->body);
	uint8_t sum[20];
	char tag[43];

	if (!want.p || rs->more || (rs->status && rs->status != 200) || body.n > (1u << 20))
		return;
	sum_sha1(body, sum);
	tag[0] = tag[41] = '"';
	for (int i = 0; i < 20; i++) {
		tag[1 + 2 * i] = "0123456789abcdef"[sum[i] >> 4];
		tag[2 + 2 * i] = "0123456789abcdef"[sum[i] & 15];
	}
	resp_header(rq, rs, "ETag", str_n(tag, 42));
	if (str_ends(want, S("-gzip\"")) || str_ends(want, S("-br\"")))
		want = str_n(want.p, str_rchr(want, '-'));
	else if (want.n == 42)
		want.n = 41;
	if (str_eq(want, str_n(tag, 41))) {
		rs->status = 304;
		rs->view = (struct str){ 0 };
		buf_reset(&rs->body);
	}
}

/* dryRun:1 or X-Dry-Run: 1 on a call that writes; a word that is neither yes nor no must not write */
static enum rc dry_run(struct req *rq, struct resp *rs)
{
	struct str named = req_param(rq, "dryRun"), header = req_header(rq, "X-Dry-Run"), v = named.n ? named : header;

	if (!v.n || str_eq(v, S("0")) || str_eq_nocase(v, S("false")))
		return RC_OK;
	if (!api_is_true(v))
		return fail_field(rq->cx, RC_BAD, "dryRun", "dryRun is 1 or 0.");
	rq->cx->dry_run = true;
	resp_header(rq, rs, "X-Dry-Run", S("1"));
	return RC_OK;
}

bool api_wants_xml(const struct req *rq)
{
	struct str accept = req_header(rq, "Accept");

	return str_eq(rq->ext, S("xml")) || (!rq->ext.n && str_find_nocase(accept, S("application/xml")) != STR_NONE && str_find_nocase(accept, S("json")) == STR_NONE);
}

/* an answer in JSON on its way to a client that wants XML */
struct as_xml {
	struct jx x;
	struct buf json;
	http_more_fn *more;
	void *more_arg;
};

static void as_xml_done(void *arg)
{
	struct as_xml *a = arg;

	jx_clear(&a->x);
	buf_clear(&a->json);
}

static enum rc xml_more(void *arg, struct buf *out)
{
	struct as_xml *a = arg;
	enum rc rc;

	buf_reset(&a->json);
	rc = a->more(a->more_arg, &a->json);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	a->x.out = out;
	jx_feed(&a->x, buf_view(&a->json));
	if (rc == RC_DONE)
		jx_end(&a->x);
	return rc;
}

static void to_xml(struct req *rq, struct resp *rs)
{
	struct as_xml *a;
	struct buf out;

	if (!api_wants_xml(rq) || !rs->type || !str_starts(str_c(rs->type), S("application/json")) || rs->status >= 300)
		return;
	a = arena_one(rq->cx->mem, struct as_xml);
	arena_cleanup(rq->cx->mem, as_xml_done, a);
	buf_init(&a->json, (size_t)1 << 32);
	rs->type = "application/xml; charset=UTF-8";
	if (rs->more) {
		jx_init(&a->x, NULL);
		a->more = rs->more;
		a->more_arg = rs->more_arg;
		rs->more = xml_more;
		rs->more_arg = a;
		return;
	}
	buf_init(&out, rs->body.max);
	jx_init(&a->x, &out);
	jx_feed(&a->x, rs->view.p ? rs->view : buf_view(&rs->body));
	jx_end(&a->x);
	rs->view = (struct str){ 0 };
	buf_reset(&rs->body);
	buf_str(&rs->body, buf_view(&out));
	buf_clear(&out);
}

static enum rc handle(struct req *rq, struct resp *rs)
{
	struct api_req *m = mine(rq);
	enum rc rc = m->browser.want_token ? browser_form_ok(rq, &m->browser) : RC_OK;

	if (rc == RC_OK && rq->route->flags & ROUTE_READ)
		rc = store_read_begin(rq->cx);
	if (rc == RC_OK && rq->route->flags & ROUTE_WRITE)
		rc = dry_run(rq, rs);
	if (rc == RC_OK)
		rc = rq->route->handler(rq, rs);
	store_rollback(rq->cx); /* nothing when the handler ended its transaction */
	if (rc == RC_OK && rq->method != HTTP_HEAD)
		to_xml(rq, rs);
	if (rc == RC_OK)
		conditional(rq, rs);
	return rc;
}

/* what wrote nothing, and so has no row of its own: into the audit's queue */
static void note(const struct req *rq, const char *action)
{
	audit_queue(rq->cx, &(struct audit){ .action = action, .model = "Route",
					     .title = str_fmt(rq->cx->mem, "%.*s %.*s", STR(rq->method_text), STR(utf8_cut(rq->path, 200))) });
}

static void failed(struct req *rq, struct resp *rs, enum rc rc)
{
	const struct err *e = &rq->cx->err;
	const char *msg = e->msg[0] ? e->msg : rc_text(rc);
	struct api_req *m = mine(rq);
	struct jw w;

	if (rq->cx->st)
		store_rollback(rq->cx);
	buf_reset(&rs->body);
	rs->view = (struct str){ 0 };
	rs->more = NULL;
	rs->type = "application/json; charset=UTF-8";
	if (rq->cx->dry_run)
		resp_header(rq, rs, "X-Dry-Run", S("1"));
	if (m && m->location.n)
		resp_header(rq, rs, "Location", m->location);
	if (rc == RC_DENIED)
		note(rq, "refuse");
	if (m)
		rate_headers(rq, rs, &m->rate);
	if (m && m->rate.limit && rc == RC_LIMIT)
		resp_header(rq, rs, "Retry-After", str_fmt(rq->cx->mem, "%lld", (long long)m->rate.reset_s));
	if (rc_http(rc) >= 500)
		log_error("api", "%.*s %.*s: %s", STR(rq->method_text), STR(utf8_cut(rq->path, 300)), msg);
	jw_init(&w, &rs->body, api_pretty(rq));
	jw_obj(&w);
	if (m && m->save_name && (rc == RC_INVALID || rc == RC_EXISTS)) {
		rs->status = 403;
		jw_kbool(&w, "saved", false);
		jw_kstr(&w, "name", str_c(m->save_name));
		jw_kstr(&w, "message", str_c(m->save_name));
		jw_kstr(&w, "url", str_c(m->save_url));
		jw_key(&w, "errors");
		if (m->flat_errors || !e->field[0]) {
			jw_str(&w, str_c(msg));
		} else {
			jw_obj(&w);
			jw_key_str(&w, str_c(e->field));
			jw_arr(&w);
			jw_str(&w, str_c(msg));
			jw_arr_end(&w);
			jw_obj_end(&w);
		}
	} else {
		jw_kstr(&w, "name", str_c(msg));
		jw_kstr(&w, "message", str_c(msg));
		jw_kstr(&w, "url", utf8_cut(rq->path.p ? rq->path : S("/"), 1000));
		if (rq->cx->st && !rq->route && rc == RC_NOTFOUND) {
			jw_kint(&w, "code", 404);
		}
	}
	jw_obj_end(&w);
}

static void end(struct req *rq, struct resp *rs)
{
	struct api_req *m = mine(rq);

	if (rq->cx->st)
		store_rollback(rq->cx);
	if (((struct api *)rq->app)->o.audit_reads && rq->cx->who && rq->route && (rq->route->flags & ROUTE_READ) && rs->status < 400)
		note(rq, "read");
	log_debug("api", "%.*s %.*s %u %llu us", STR(rq->method_text), STR(utf8_cut(rq->path, 300)), rs->status,
		  (unsigned long long)(m ? clock_now_us() - m->started_us : 0));
}

enum rc api_open(struct ctx *cx, const struct api_options *o, struct api **out)
{
	struct api *a = calloc(1, sizeof(*a));
	const struct route *routes;
	size_t n;

	(void)cx;
	if (!a)
		abort();
	a->o = *o;
	routes = api_routes(&n);
	a->router = router_new(routes, n);
	a->app = (struct http_app){ a, a->router, begin, handle, failed, end };
	*out = a;
	return RC_OK;
}

void api_close(struct api *a)
{
	if (!a)
		return;
	lists_forget();
	corr_rules_forget();
	router_free(a->router);
	free(a);
}

const struct http_app *api_app(struct api *a)
{
	return &a->app;
}

/* ---- answers ---- */

bool api_pretty(const struct req *rq)
{
	struct str agent = req_header(rq, "User-Agent");

	return !(str_starts(agent, S("PyMISP")) || str_starts(agent, S("MISP")) || req_header(rq, "X-Requested-With").p);
}

struct jw api_json(struct req *rq, struct resp *rs)
{
	struct jw w;

	rs->type = "application/json; charset=UTF-8";
	jw_init(&w, &rs->body, api_pretty(rq));
	return w;
}

void api_ok(struct req *rq, struct resp *rs, const char *message, const char *url, int64_t id)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kbool(&w, "success", true);
	jw_kstr(&w, "name", str_c(message));
	jw_kstr(&w, "message", str_c(message));
	jw_kstr(&w, "url", id ? str_fmt(rq->cx->mem, "%s/%lld", url, (long long)id) : str_c(url));
	if (id)
		jw_kid(&w, "id", id);
	jw_obj_end(&w);
}

void api_message(struct req *rq, struct resp *rs, const char *text)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kstr(&w, "message", str_c(text));
	jw_obj_end(&w);
}

void api_named(struct req *rq, struct resp *rs, const char *text)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kstr(&w, "name", str_c(text));
	jw_kstr(&w, "message", str_c(text));
	jw_kstr(&w, "url", rq->path);
	jw_obj_end(&w);
}

void api_saving(struct req *rq, const char *name, const char *url, bool flat_errors)
{
	struct api_req *m = mine(rq);

	m->save_name = name;
	m->save_url = url;
	m->flat_errors = flat_errors;
}

void api_location(struct req *rq, struct str url)
{
	mine(rq)->location = url;
}

bool api_is_true(struct str s)
{
	return str_eq(s, S("1")) || str_eq_nocase(s, S("true"));
}

void api_count(struct req *rq, struct resp *rs, int64_t n)
{
	resp_header(rq, rs, "X-Result-Count", str_fmt(rq->cx->mem, "%lld", (long long)n));
}

/* ---- things named in a path ---- */

enum rc api_event(struct req *rq, size_t i, struct event *out)
{
	struct event_key k;

	if (!event_key_parse(req_var(rq, i), &k) || (!k.id && uuid_is_nil(&k.uuid)))
		return fail(rq->cx, RC_NOTFOUND, "Invalid event");
	return event_load(rq->cx, rq->cx->scope, &k, out);
}

enum rc api_attr(struct req *rq, size_t i, struct attr *out)
{
	struct event_key k;

	if (!event_key_parse(req_var(rq, i), &k) || (!k.id && uuid_is_nil(&k.uuid)))
		return fail(rq->cx, RC_NOTFOUND, "Invalid attribute");
	return attr_load(rq->cx, rq->cx->scope, &k, out);
}

enum rc api_may_edit(struct req *rq, const struct event *e)
{
	return user_may_edit_event(rq->cx->who, e) ? RC_OK : fail(rq->cx, RC_DENIED, "You do not have permission to do that.");
}
