/* login_pages.c - the pages around a login: password, one-time code, log-out, a password that must be changed or was forgotten, terms of use.
 * What is right is decided in policy/session.c and policy/user_admin.c; here it becomes a page, or JSON for who asks for that. */
#include <sodium.h>

#include "api/browser.h"
#include "api/form.h"
#include "api/login.h"
#include "api/api_int.h"
#include "api/pages.h"
#include "policy/header_login.h"
#include "policy/throttle.h"
#include "policy/user_admin.h"
#include "store/setting.h"

struct login_form {
	struct str email, password, confirm_password, current_password, otp, key;
};
static const struct form_field fields[] = {
#define F(name) { #name, offsetof(struct login_form, name) }
	F(email), F(password), F(confirm_password), F(current_password), F(otp), F(key),
#undef F
};

/* ---- before there is a session: the form carries what a cookie of its own proves ---- */

static const char PRE_COOKIE[] = "misp_login";

static struct str pre_token(struct req *rq, struct resp *rs)
{
	struct str have = browser_cookie(rq, PRE_COOKIE);
	char text[SESSION_TEXT + 1];

	if (have.n != SESSION_TEXT) {
		session_make(text);
		have = str_dup(rq->cx->mem, str_c(text));
		resp_header(rq, rs, "Set-Cookie", str_fmt(rq->cx->mem, "%s=%s; Path=/users; HttpOnly; SameSite=Lax%s", PRE_COOKIE, text,
			rq->is_https ? "; Secure" : ""));
	}
	return session_proof_text(rq->cx, have, "login form");
}

/* A stranger's page must not log somebody in as the stranger. */
static bool pre_ok(struct req *rq, struct str token)
{
	struct str have = browser_cookie(rq, PRE_COOKIE), want;
	bool sure;

	if (!browser_is_own(rq, &sure))
		return false;
	if (!browser_is_form(rq))
		return true; /* no page of another site can send JSON here */
	want = session_proof_text(rq->cx, have, "login form");
	return have.n == SESSION_TEXT && token.n == want.n && sodium_memcmp(token.p, want.p, want.n) == 0;
}

static bool login_form_off(struct ctx *cx)
{
	return setting_on(cx, SITE_AUTH_ENFORCED) && header_login_on(cx);
}

static void login_page(struct req *rq, struct resp *rs, struct str email, struct str note)
{
	struct str token = pre_token(rq, rs), text = setting_text(rq->cx, SITE_WELCOME_TEXT);
	struct page pg;

	page_open(rq, rs, &pg, "Login", note);
	if (text.n)
		page_text(&pg, text);
	if (login_form_off(rq->cx)) {
		page_text(&pg, S("This instance takes logins from elsewhere only."));
	} else {
		page_form(&pg, "/users/login", token);
		page_input(&pg, "email", "E-mail", "email", "username", email);
		page_input(&pg, "password", "Password", "password", "current-password", S(""));
		page_submit(&pg, "Log in");
	}
	if (setting_on(rq->cx, SITE_SELF_REGISTRATION))
		page_link(&pg, "/users/register", "Ask for an account");
	page_close(&pg);
}

/* The failure of a login as a page; what is a failure of the program stays one. */
static enum rc refused(struct req *rq, struct resp *rs, enum rc rc, struct str email)
{
	if (rc != RC_UNAUTH && rc != RC_DENIED && rc != RC_INVALID)
		return rc;
	if (browser_wants_json(rq))
		return rc;
	login_page(rq, rs, email, str_dup(rq->cx->mem, str_c(rq->cx->err.msg)));
	ctx_forgive(rq->cx);
	return RC_OK;
}

static struct str agent_of(const struct req *rq)
{
	struct str s = req_header(rq, "User-Agent");

	return s.p && utf8_valid(s) ? s : S("");
}

/* A new session: into the cookie, and on. */
static void welcome(struct req *rq, struct resp *rs, const struct session_made *m)
{
	browser_cookie_set(rq, rs, m);
	if (browser_wants_json(rq))
		api_ok(rq, rs, m->stage == SESSION_FULL ? "Logged in." : "The one-time password is still missing.",
			m->stage == SESSION_FULL ? "/users/view/me" : "/users/otp", 0);
	else
		browser_go(rq, rs, m->stage == SESSION_FULL ? "/users/routeafterlogin" : "/users/otp");
}

enum rc users_login(struct req *rq, struct resp *rs)
{
	struct login_form f = { 0 };
	struct session_made m;
	struct session_now now;
	enum rc rc;

	if (rq->method != HTTP_POST) {
		if (browser_session(rq, &now) == RC_OK && now.must != MUST_CODE) {
			browser_go(rq, rs, "/users/routeafterlogin");
			return RC_OK;
		}
		ctx_forgive(rq->cx);
		login_page(rq, rs, S(""), S(""));
		return RC_OK;
	}
	TRY(BROWSER_FORM(rq, "User", fields, &f));
	if (login_form_off(rq->cx))
		rc = fail(rq->cx, RC_DENIED, "This instance takes logins from elsewhere only.");
	else if (!pre_ok(rq, f.key))
		rc = fail(rq->cx, RC_DENIED, "The form has expired, please try again");
	else
		rc = session_login(rq->cx, f.email.p ? f.email : S(""), f.password.p ? f.password : S(""), agent_of(rq), &m);
	if (rc != RC_OK)
		return refused(rq, rs, rc, f.email);
	welcome(rq, rs, &m);
	return RC_OK;
}

enum rc users_otp(struct req *rq, struct resp *rs)
{
	struct login_form f = { 0 };
	struct str note = S("");
	struct session_now now;
	struct session_made m;
	struct page pg;
	enum rc rc = browser_session(rq, &now);

	if (rc == RC_UNAUTH && !browser_wants_json(rq)) {
		ctx_forgive(rq->cx);
		browser_go(rq, rs, "/users/login");
		return RC_OK;
	}
	TRY(rc);
	if (now.must != MUST_CODE) {
		browser_go(rq, rs, "/users/routeafterlogin");
		return RC_OK;
	}
	if (rq->method == HTTP_POST) {
		TRY(BROWSER_FORM(rq, "User", fields, &f));
		rc = pre_ok(rq, f.key) ? session_login_code(rq->cx, &now, f.otp.p ? f.otp : S(""), agent_of(rq), &m) :
					 fail(rq->cx, RC_DENIED, "The form has expired, please try again");
		if (rc == RC_OK) {
			welcome(rq, rs, &m);
			return RC_OK;
		}
		if ((rc != RC_UNAUTH && rc != RC_DENIED) || browser_wants_json(rq))
			return rc;
		note = str_dup(rq->cx->mem, str_c(rq->cx->err.msg));
		ctx_forgive(rq->cx);
	}
	f.key = pre_token(rq, rs);
	page_open(rq, rs, &pg, "One-time password", note);
	page_form(&pg, "/users/otp", f.key);
	page_input(&pg, "otp", "Code of your app, or the next of your paper list", "text", "one-time-code", S(""));
	page_submit(&pg, "Log in");
	page_close(&pg);
	return RC_OK;
}

/* Also by GET, as links to it are everywhere; another site's page gets nothing done with it. */
enum rc users_logout(struct req *rq, struct resp *rs)
{
	struct session_now now;
	enum rc rc = browser_session(rq, &now);
	bool sure;

	if (rc != RC_OK && rc != RC_UNAUTH && rc != RC_DENIED)
		return rc;
	if (rc != RC_OK)
		ctx_forgive(rq->cx);
	else if (browser_is_own(rq, &sure))
		TRY(session_leave(rq->cx, &now));
	browser_cookie_drop(rq, rs);
	if (browser_wants_json(rq))
		api_ok(rq, rs, "Logged out.", "/users/login", 0);
	else
		browser_go(rq, rs, "/users/login");
	return RC_OK;
}

enum rc users_check_logged_in(struct req *rq, struct resp *rs)
{
	(void)rq;
	rs->type = "text/plain; charset=UTF-8";
	buf_str(&rs->body, S("OK"));
	return RC_OK;
}

enum rc users_heartbeat(struct req *rq, struct resp *rs)
{
	api_message(rq, rs, "The instance is up.");
	return RC_OK;
}

/* ---- passwords ---- */

static struct str token_of(struct req *rq)
{
	struct session_now now;

	if (browser_session(rq, &now) == RC_OK)
		return session_token(rq->cx, now.hash);
	ctx_forgive(rq->cx);
	return S("");
}

static void password_page(struct req *rq, struct resp *rs, const char *action, struct str token, bool current, struct str note)
{
	struct page pg;

	page_open(rq, rs, &pg, "Change password", note);
	page_form(&pg, action, token);
	if (current)
		page_input(&pg, "current_password", "Present password", "password", "current-password", S(""));
	page_input(&pg, "password", "New password", "password", "new-password", S(""));
	page_input(&pg, "confirm_password", "The same again", "password", "new-password", S(""));
	page_submit(&pg, "Change");
	page_close(&pg);
}

enum rc users_change_pw_page(struct req *rq, struct resp *rs)
{
	if (browser_wants_json(rq))
		return fail(rq->cx, RC_METHOD, "You can not use this HTTP method here.");
	password_page(rq, rs, "/users/change_pw", token_of(rq), true, S(""));
	return RC_OK;
}

static enum rc confirmed(struct ctx *cx, const struct login_form *f)
{
	if (in_has(f->confirm_password) && !str_eq(f->confirm_password, f->password))
		return fail_field(cx, RC_INVALID, "password", "The two passwords are not the same.");
	return RC_OK;
}

/* A link that an administrator handed out. Its token is proof enough: no session, no cookie. */
enum rc users_password_reset(struct req *rq, struct resp *rs)
{
	struct str token = req_var(rq, 0), action = str_fmt(rq->cx->mem, "/users/password_reset/%.*s", STR(token));
	struct login_form f = { 0 };
	struct str note = S("");
	enum rc rc = user_reset_ask(rq->cx, token);

	if (rc == RC_NOTFOUND && !browser_wants_json(rq)) {
		login_page(rq, rs, S(""), str_dup(rq->cx->mem, str_c(rq->cx->err.msg)));
		ctx_forgive(rq->cx);
		return RC_OK;
	}
	TRY(rc);
	if (rq->method == HTTP_POST) {
		TRY(BROWSER_FORM(rq, "User", fields, &f));
		api_saving(rq, "Could not reset password", "/users/password_reset", true);
		rc = confirmed(rq->cx, &f);
		if (rc == RC_OK)
			rc = user_reset_finish(rq->cx, token, f.password.p ? f.password : S(""));
		if (rc == RC_OK && browser_wants_json(rq))
			api_ok(rq, rs, "Password Changed.", "/users/login", 0);
		else if (rc == RC_OK)
			browser_go(rq, rs, "/users/login");
		if (rc != RC_INVALID || browser_wants_json(rq))
			return rc;
		note = str_dup(rq->cx->mem, str_c(rq->cx->err.msg));
		ctx_forgive(rq->cx);
	}
	password_page(rq, rs, action.p, S(""), false, note);
	return RC_OK;
}

/* The sessions of a user end with the password: whoever changed it by one gets a new one. */
static enum rc go_on(struct req *rq, struct resp *rs)
{
	struct session_made m;

	if (rq->cx->auth_key_id)
		return RC_OK;
	TRY(session_give(rq->cx, agent_of(rq), &m));
	browser_cookie_set(rq, rs, &m);
	return RC_OK;
}

enum rc users_change_pw(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct login_form f = { 0 };
	bool by_session = !cx->auth_key_id;
	enum rc rc;

	TRY(BROWSER_FORM(rq, "User", fields, &f));
	api_saving(rq, "Could not change_pw User", "/users/change_pw", true);
	rc = confirmed(cx, &f);
	if (rc == RC_OK)
		rc = user_change_password(cx, f.password.p ? f.password : S(""), f.current_password,
			by_session || setting_on(cx, SITE_PASSWORD_CONFIRM));
	if (rc == RC_INVALID && browser_is_form(rq) && !browser_wants_json(rq)) {
		struct str note = str_dup(cx->mem, str_c(cx->err.msg));

		ctx_forgive(cx);
		password_page(rq, rs, "/users/change_pw", token_of(rq), true, note);
		return RC_OK;
	}
	TRY(rc);
	TRY(go_on(rq, rs));
	if (browser_is_form(rq) && !browser_wants_json(rq))
		browser_go(rq, rs, "/users/routeafterlogin");
	else
		api_ok(rq, rs, "Password Changed.", "/users/change_pw", 0);
	return RC_OK;
}

/* ---- terms of use ---- */

enum rc users_terms(struct req *rq, struct resp *rs)
{
	struct str text;
	struct page pg;

	if (rq->method != HTTP_GET) {
		TRY(user_accept_terms(rq->cx));
		if (browser_wants_json(rq))
			api_ok(rq, rs, "You accepted the Terms and Conditions.", "/users/terms", 0);
		else
			browser_go(rq, rs, "/users/routeafterlogin");
		return RC_OK;
	}
	TRY(user_terms_text(rq->cx, &text));
	page_open(rq, rs, &pg, "Terms of use", S(""));
	page_code(&pg, text);
	page_form(&pg, "/users/terms", token_of(rq));
	page_submit(&pg, "Accept");
	page_close(&pg);
	return RC_OK;
}
