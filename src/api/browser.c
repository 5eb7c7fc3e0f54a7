/* browser.c - see browser.h. */
#include "api/browser.h"

#include <sodium.h>

#include "api/api_int.h"
#include "api/login.h"
#include "api/people.h"
#include "policy/header_login.h"
#include "store/setting.h"

enum { NEXT_MAX = 1000 };

bool browser_wants_json(const struct req *rq)
{
	struct str accept = req_header(rq, "Accept"), type = req_header(rq, "Content-Type");

	return rq->ext.n || str_find_nocase(accept, S("json")) != STR_NONE || str_find_nocase(accept, S("xml")) != STR_NONE ||
	       str_find_nocase(type, S("json")) != STR_NONE || req_header(rq, "Authorization").p || req_header(rq, "X-MISP-AUTH").p;
}

/* ---- cookies ---- */

struct str browser_cookie(const struct req *rq, const char *name)
{
	struct cur c = cur_of(req_header(rq, "Cookie"));
	struct str pair;

	while (cur_until(&c, ';', &pair)) {
		size_t eq = str_chr(pair, '=');

		if (eq != STR_NONE && str_eq(str_trim(str_sub(pair, 0, eq)), str_c(name)))
			return str_trim(str_from(pair, eq + 1));
	}
	return (struct str){ 0 };
}

/* "__Host-": a browser takes such a cookie over HTTPS from this very host only. */
static const char *session_cookie(const struct req *rq)
{
	return rq->is_https ? "__Host-misp_session" : "misp_session";
}

static void set_cookie(struct req *rq, struct resp *rs, const char *name, struct str value, const char *more)
{
	resp_header(rq, rs, "Set-Cookie", str_fmt(rq->cx->mem, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%s", name, STR(value),
		rq->is_https ? "; Secure" : "", more));
}

void browser_cookie_set(struct req *rq, struct resp *rs, const struct session_made *m)
{
	set_cookie(rq, rs, session_cookie(rq), str_c(m->text), "");
}

void browser_cookie_drop(struct req *rq, struct resp *rs)
{
	set_cookie(rq, rs, session_cookie(rq), S(""), "; Max-Age=0");
}

/* ---- going elsewhere ---- */

struct str browser_url(const struct req *rq, const char *path)
{
	struct str host = req_header(rq, "Host");

	for (size_t i = 0; i < host.n; i++)
		if (!ch_alnum((unsigned char)host.p[i]) && !strchr(".-:[]_", host.p[i]))
			host.n = 0;
	if (!host.n)
		return str_dup(rq->cx->mem, str_c(path));
	return str_fmt(rq->cx->mem, "%s://%.*s%s", rq->is_https ? "https" : "http", STR(host), path);
}

void browser_go(struct req *rq, struct resp *rs, const char *path)
{
	rs->status = 302;
	resp_header(rq, rs, "Location", browser_url(rq, path));
	resp_header(rq, rs, "Cache-Control", S("no-store"));
}

/* A path of this instance and nothing that a browser reads as another one's. */
static bool is_own_path(struct str s)
{
	if (s.n < 2 || s.n > NEXT_MAX || s.p[0] != '/' || s.p[1] == '/' || s.p[1] == '\\')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f || strchr(";,\"\\", s.p[i]))
			return false;
	return true;
}

void browser_go_login(struct req *rq, struct resp *rs)
{
	browser_go(rq, rs, "/users/login");
	if (rq->method == HTTP_GET && is_own_path(rq->target))
		set_cookie(rq, rs, "misp_next", rq->target, "; Max-Age=600");
}

enum rc users_route_after_login(struct req *rq, struct resp *rs)
{
	struct str next = browser_cookie(rq, "misp_next"), key, path = S("");
	struct user_setting s;
	enum rc rc;

	if (is_own_path(next)) {
		browser_go(rq, rs, str_cdup(rq->cx->mem, next));
		set_cookie(rq, rs, "misp_next", S(""), "; Max-Age=0");
		return RC_OK;
	}
	rc = user_setting_get(rq->cx, rq->cx->who->id, S("homepage"), &s);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	if (rc == RC_OK) {
		struct jr r;

		jr_init(&r, rq->cx, s.value, NULL);
		if (jr_peek(&r) != J_OBJ)
			jr_skip(&r);
		else
			for (jr_obj(&r); jr_member(&r, &key);)
				path = str_eq(key, S("path")) && jr_peek(&r) == J_STR ? jr_text_dup(&r) : path;
		if (jr_failed(&r))
			ctx_forgive(rq->cx);
	}
	browser_go(rq, rs, is_own_path(path) ? str_cdup(rq->cx->mem, path) : "/events/index");
	return RC_OK;
}

/* ---- who sent it ---- */

static bool is_host_of(const struct req *rq, struct str origin)
{
	size_t at = str_find(origin, S("://"));

	return at != STR_NONE && str_eq_nocase(str_from(origin, at + 3), req_header(rq, "Host"));
}

bool browser_is_own(const struct req *rq, bool *sure)
{
	struct str site = req_header(rq, "Sec-Fetch-Site"), origin = req_header(rq, "Origin");

	*sure = true;
	if (site.n && setting_on(rq->cx, SITE_CHECK_SEC_FETCH))
		return str_eq(site, S("same-origin")) || str_eq(site, S("none"));
	if (origin.n)
		return is_host_of(rq, origin);
	*sure = false;
	return true;
}

static bool is_token(struct req *rq, const struct session_now *now, struct str sent)
{
	struct str want = session_token(rq->cx, now->hash);

	return sent.n == want.n && sodium_memcmp(sent.p, want.p, want.n) == 0;
}

static enum rc foreign(struct req *rq)
{
	return fail(rq->cx, RC_DENIED, "This request did not come from a page of this instance: send the session's token in the header X-CSRF-Token.");
}

enum rc browser_session(struct req *rq, struct session_now *out)
{
	struct str cookie = browser_cookie(rq, session_cookie(rq));

	return cookie.n ? session_enter(rq->cx, cookie, out) : fail(rq->cx, RC_UNAUTH, "You are not logged in, or your session has ended.");
}

/* Where a user is sent who has to do something first. */
static enum rc duty(struct req *rq, struct resp *rs, enum session_must must)
{
	static const struct {
		const char *path, *text;
	} t[] = {
		[MUST_SET_TOTP] = { "/users/totp_new", "You have to set up a one-time password before you go on." },
		[MUST_ACCEPT_TERMS] = { "/users/terms", "You have to accept the terms of use before you go on." },
		[MUST_CHANGE_PASSWORD] = { "/users/change_pw", "You have to change your password before you go on." },
	};

	if (must == MUST_NOTHING || (rq->route && (rq->route->flags & ROUTE_DUTY)))
		return RC_OK;
	if (browser_wants_json(rq))
		return fail(rq->cx, RC_DENIED, "%s", t[must].text);
	browser_go(rq, rs, t[must].path);
	rs->done = true;
	return RC_OK;
}

static struct str header_of(struct req *rq, enum setting s)
{
	struct str name = header_login_name(rq->cx, setting_text(rq->cx, s));
	struct str v = name.n ? req_header(rq, str_cdup(rq->cx->mem, name)) : (struct str){ 0 };

	return v.p && utf8_valid(v) ? v : (struct str){ 0 };
}

/* A login service in front of us says who it is: its word goes before the cookie of somebody else. */
static enum rc vouched(struct req *rq, struct resp *rs, const struct header_login *h, struct session_now *out)
{
	struct str agent = req_header(rq, "User-Agent");
	struct session_made m;
	enum rc rc = browser_session(rq, out);

	if (rc == RC_OK && out->must != MUST_CODE && str_eq_nocase(rq->cx->who->email, str_trim(h->mail)))
		return RC_OK;
	ctx_forgive(rq->cx);
	TRY(header_login(rq->cx, h));
	TRY(session_give(rq->cx, agent.p && utf8_valid(agent) ? agent : S(""), &m));
	browser_cookie_set(rq, rs, &m);
	return session_enter(rq->cx, str_c(m.text), out);
}

static enum rc find_session(struct req *rq, struct resp *rs, struct session_now *out)
{
	struct header_login h = { 0 };

	if (rq->from_proxy && header_login_on(rq->cx))
		h = (struct header_login){ header_of(rq, SITE_SHIBB_MAIL), header_of(rq, SITE_SHIBB_ORG), header_of(rq, SITE_SHIBB_GROUP) };
	return h.mail.n ? vouched(rq, rs, &h, out) : browser_session(rq, out);
}

enum rc browser_enter(struct req *rq, struct resp *rs, struct browser *b)
{
	bool sure;

	TRY(find_session(rq, rs, &b->now));
	if (b->now.must == MUST_CODE)
		return fail(rq->cx, RC_UNAUTH, "The one-time password is still missing.");
	b->in = true;
	if (rq->method != HTTP_GET && rq->method != HTTP_HEAD) {
		if (!browser_is_own(rq, &sure))
			return foreign(rq);
		b->want_token = !sure && !is_token(rq, &b->now, req_header(rq, "X-CSRF-Token"));
	} else {
		resp_header(rq, rs, "X-CSRF-Token", session_token(rq->cx, b->now.hash));
	}
	return duty(rq, rs, b->now.must);
}

/* ---- forms ---- */

bool browser_is_form(const struct req *rq)
{
	return str_starts_nocase(req_header(rq, "Content-Type"), S("application/x-www-form-urlencoded"));
}

/* data[wrapper][name], or the name alone */
static struct str form_value(struct ctx *cx, const struct http_pairs *p, const char *wrapper, const char *name)
{
	struct str full = str_fmt(cx->mem, "data[%s][%s]", wrapper, name);

	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->v[i].name, full) || str_eq(p->v[i].name, str_c(name)))
			return p->v[i].value.p ? p->v[i].value : S("");
	return (struct str){ 0 };
}

enum rc browser_form_ok(struct req *rq, const struct browser *b)
{
	struct http_pairs p;

	if (!browser_is_form(rq))
		return foreign(rq);
	TRY(http_parse_query(rq->cx, rq->body, &p));
	return is_token(rq, &b->now, form_value(rq->cx, &p, "_Token", "key")) ? RC_OK : foreign(rq);
}

enum rc browser_form(struct req *rq, const char *wrapper, const struct form_field *t, size_t n, void *form)
{
	struct http_pairs p;

	if (!browser_is_form(rq))
		return api_form(rq, wrapper, t, n, form);
	TRY(http_parse_query(rq->cx, rq->body, &p));
	for (size_t i = 0; i < n; i++)
		*(struct str *)(void *)((char *)form + t[i].at) =
			form_value(rq->cx, &p, str_eq(str_c(t[i].name), S("key")) ? "_Token" : wrapper, t[i].name);
	return RC_OK;
}
