/* totp.c - one-time passwords: set up by their owner (page or JSON), the paper list, taken away by an administrator; sessions ended. */
#include "api/api_int.h"
#include "api/browser.h"
#include "api/form.h"
#include "api/login.h"
#include "api/pages.h"
#include "api/people.h"
#include "policy/totp_admin.h"

struct otp_form {
	struct str otp;
};
static const struct form_field fields[] = { { "otp", offsetof(struct otp_form, otp) } };

static struct str token_of(struct req *rq)
{
	struct session_now now;

	if (browser_session(rq, &now) == RC_OK)
		return session_token(rq->cx, now.hash);
	ctx_forgive(rq->cx);
	return S("");
}

static enum rc show(struct req *rq, struct resp *rs, struct str note)
{
	struct str secret, uri, token = token_of(rq);
	struct page pg;
	struct jw w;

	TRY(totp_begin(rq->cx, &secret, &uri));
	if (browser_wants_json(rq)) {
		w = api_json(rq, rs);
		jw_obj(&w);
		jw_kstr(&w, "secret", secret);
		jw_kstr(&w, "uri", uri);
		jw_obj_end(&w);
		return RC_OK;
	}
	page_open(rq, rs, &pg, "One-time password", note);
	page_text(&pg, S("Give this secret to your app, then type the code that it shows."));
	page_code(&pg, secret);
	page_code(&pg, uri);
	page_form(&pg, "/users/totp_new", token);
	page_input(&pg, "otp", "Code", "text", "one-time-code", S(""));
	page_submit(&pg, "Set up");
	page_close(&pg);
	return RC_OK;
}

enum rc users_totp_new(struct req *rq, struct resp *rs)
{
	struct otp_form f = { 0 };
	enum rc rc;

	if (rq->method != HTTP_POST)
		return show(rq, rs, S(""));
	TRY(BROWSER_FORM(rq, "User", fields, &f));
	api_saving(rq, "Could not set up the one-time password", "/users/totp_new", false);
	rc = totp_confirm(rq->cx, f.otp.p ? f.otp : S(""));
	if (rc == RC_INVALID && rq->cx->err.field[0] && !browser_wants_json(rq)) {
		struct str note = str_dup(rq->cx->mem, str_c(rq->cx->err.msg));

		ctx_forgive(rq->cx);
		return show(rq, rs, note);
	}
	TRY(rc);
	if (browser_wants_json(rq))
		api_ok(rq, rs, "The OTP is correct and now active for your account.", "/users/hotp", 0);
	else
		browser_go(rq, rs, "/users/hotp");
	return RC_OK;
}

enum rc users_hotp(struct req *rq, struct resp *rs)
{
	struct paper_code v[PAPER_CODES];
	struct page pg;
	struct buf b;
	struct jw w;

	TRY(totp_paper(rq->cx, v));
	if (browser_wants_json(rq)) {
		w = api_json(rq, rs);
		jw_obj(&w);
		for (int i = 0; i < PAPER_CODES; i++)
			jw_kstr(&w, str_fmt(rq->cx->mem, "%lld", (long long)v[i].counter).p, str_c(v[i].code));
		jw_obj_end(&w);
		return RC_OK;
	}
	page_open(rq, rs, &pg, "Paper list", S(""));
	page_text(&pg, S("Each of these codes is good once, in this order, when your app is not at hand. Keep them on paper."));
	buf_init(&b, 1 << 13);
	for (int i = 0; i < PAPER_CODES; i++)
		buf_fmt(&b, "%lld: %s\n", (long long)v[i].counter, v[i].code);
	page_code(&pg, buf_view(&b));
	buf_clear(&b);
	page_link(&pg, "/users/routeafterlogin", "Go on");
	page_close(&pg);
	return RC_OK;
}

enum rc users_totp_delete(struct req *rq, struct resp *rs)
{
	int64_t id = people_user_ref(req_var(rq, 0));

	TRY(totp_remove(rq->cx, id ? id : rq->cx->who->id));
	api_ok(rq, rs, "User TOTP deleted.", "/users/totp_delete", id ? id : rq->cx->who->id);
	return RC_OK;
}

enum rc users_destroy_sessions(struct req *rq, struct resp *rs)
{
	struct str ref = req_var(rq, 0);
	int64_t n;

	TRY(session_end_all(rq->cx, ref.n ? people_user_ref(ref) : 0, &n));
	api_ok(rq, rs, str_fmt(rq->cx->mem, "%lld session(s) destroyed.", (long long)n).p, "/admin/users/destroy", 0);
	return RC_OK;
}
