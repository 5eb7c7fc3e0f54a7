/* registrations.c - requests for an account: sent by anybody, listed, granted and discarded by site admins. */
#include "api/api_int.h"
#include "api/browser.h"
#include "api/form.h"
#include "api/login.h"
#include "api/pages.h"
#include "base/sum.h"
#include "policy/registration.h"
#include "store/setting.h"

static const char KIND[] = "registration";

static const struct form_field fields[] = {
#define F(name) { #name, offsetof(struct registration_form, name) }
	F(email), F(org_name), F(org_uuid), F(message), F(pgp), F(custom_perms), F(perm_sync), F(perm_publish), F(perm_admin),
#undef F
};

static void page(struct req *rq, struct resp *rs, const struct registration_form *f, struct str note)
{
	struct str text = setting_text(rq->cx, SITE_SELF_REGISTRATION_TEXT);
	struct page pg;

	page_open(rq, rs, &pg, "Ask for an account", note);
	page_text(&pg, text.n ? text : S("Fill in your e-mail address and your organisation. An administrator decides on the request."));
	page_form(&pg, "/users/register", S(""));
	page_input(&pg, "email", "E-mail", "email", "email", f->email);
	page_input(&pg, "org_name", "Name of your organisation", "text", "organization", f->org_name);
	page_input(&pg, "org_uuid", "Its uuid, when you know it", "text", NULL, f->org_uuid);
	page_input(&pg, "message", "Message to the administrators", "text", NULL, f->message);
	page_submit(&pg, "Send");
	page_link(&pg, "/users/login", "Back to the login");
	page_close(&pg);
}

enum rc users_register(struct req *rq, struct resp *rs)
{
	static const char SENT[] = "Request sent. The administrators of this community have been notified.";
	struct registration_form f = { 0 };
	struct str agent = req_header(rq, "User-Agent");
	enum rc rc;

	if (rq->method != HTTP_POST && !browser_wants_json(rq)) {
		if (!registration_is_open(rq->cx))
			browser_go(rq, rs, "/users/login");
		else
			page(rq, rs, &f, S(""));
		return RC_OK;
	}
	TRY(BROWSER_FORM(rq, "User", fields, &f));
	api_saving(rq, "Could not register User", "/users/register", false);
	rc = registration_ask(rq->cx, &f, agent.p && utf8_valid(agent) ? agent : S(""));
	if (browser_wants_json(rq) || !browser_is_form(rq)) {
		TRY(rc);
		api_ok(rq, rs, SENT, "/users/register", 0);
		return RC_OK;
	}
	if (rc == RC_OK) {
		page(rq, rs, &(struct registration_form){ 0 }, str_c(SENT));
		return RC_OK;
	}
	if (rc != RC_INVALID && rc != RC_BAD && rc != RC_LIMIT)
		return rc;
	page(rq, rs, &f, str_dup(rq->cx->mem, str_c(rq->cx->err.msg)));
	ctx_forgive(rq->cx);
	return RC_OK;
}

static void write_row(struct jw *w, const struct inbox *in)
{
	uint8_t sum[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1], *d = hex;

	sum_sha256(in->user_agent, sum);
	for (int i = 0; i < SHA256_LEN; i++)
		d = hex_put(d, sum[i]);
	jw_obj(w);
	jw_key(w, "Inbox");
	jw_obj(w);
	jw_kid(w, "id", in->id);
	jw_kuuid(w, "uuid", &in->uuid);
	jw_kstr(w, "title", in->title);
	jw_kstr(w, "type", in->type);
	jw_kstr(w, "ip", in->ip);
	jw_kstr(w, "user_agent", in->user_agent);
	jw_kstr(w, "user_agent_sha256", str_n(hex, sizeof(hex) - 1));
	jw_kstr(w, "comment", in->comment);
	jw_kbool(w, "deleted", false);
	jw_kid(w, "timestamp", in->created);
	jw_kbool(w, "store_as_file", false);
	jw_key(w, "data");
	jw_raw(w, in->data);
	jw_obj_end(w);
	jw_obj_end(w);
}

enum rc registrations_index(struct req *rq, struct resp *rs)
{
	struct params p;
	struct inbox *v;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	TRY(inbox_list(rq->cx, KIND, param_text(&p, "value"), &v, &n));
	api_count(rq, rs, (int64_t)n);
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_row(&w, &v[i]);
	jw_arr_end(&w);
	return RC_OK;
}

enum rc registrations_view(struct req *rq, struct resp *rs)
{
	struct inbox in;
	enum rc rc = inbox_find(rq->cx, KIND, req_var(rq, 0), &in);
	struct jw w;

	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Invalid registration.");
	TRY(rc);
	w = api_json(rq, rs);
	write_row(&w, &in);
	return RC_OK;
}

/* The ones named: in the path, or by id in the parameters, one or several. Those that are there. */
static enum rc named(struct req *rq, const struct params *p, struct inbox **out, size_t *n)
{
	const struct param *ids = param_get(p, "id");
	struct str one = req_var(rq, 0);
	const struct str *v = one.n ? &one : ids ? ids->v : NULL;
	size_t want = one.n ? 1 : ids ? ids->n : 0;

	*out = arena_many(rq->cx->mem, want + 1, struct inbox);
	*n = 0;
	for (size_t i = 0; i < want; i++) {
		enum rc rc = inbox_find(rq->cx, KIND, str_trim(v[i]), &(*out)[*n]);

		if (rc == RC_OK)
			(*n)++;
		else if (rc != RC_DONE)
			return rc;
	}
	return RC_OK;
}

struct accept_form {
	struct str org_id, role_id;
};
static const struct form_field accept_fields[] = {
	{ "org_id", offsetof(struct accept_form, org_id) },
	{ "role_id", offsetof(struct accept_form, role_id) },
};

enum rc registrations_accept(struct req *rq, struct resp *rs)
{
	struct accept_form f = { 0 };
	size_t n, made = 0;
	struct params p;
	struct inbox *v;

	TRY(api_params(rq, &p));
	TRY(BROWSER_FORM(rq, "User", accept_fields, &f));
	TRY(named(rq, &p, &v, &n));
	if (!str_trim(f.org_id).n)
		return fail(rq->cx, RC_BAD, "No organisation selected. Supply an Organisation ID");
	api_saving(rq, "Could not acceptRegistrations Users", "/users/acceptRegistrations", true);
	if (!n)
		return fail(rq->cx, RC_INVALID, "No new users added - there was nothing to add.");
	for (size_t i = 0; i < n; i++) {
		enum rc rc = registration_accept(rq->cx, &v[i], f.org_id, f.role_id);

		if (rc == RC_OK)
			made++;
		else if (rc != RC_INVALID && rc != RC_EXISTS)
			return rc;
		else if (i + 1 < n)
			ctx_forgive(rq->cx);
	}
	if (made < n) {
		struct str why = str_dup(rq->cx->mem, str_c(rq->cx->err.msg));

		ctx_forgive(rq->cx);
		return fail(rq->cx, RC_INVALID, "Added %zu user(s). Could not add %zu user(s). %.*s", made, n - made, STR(why));
	}
	api_ok(rq, rs, str_fmt(rq->cx->mem, "Added %zu user(s).", made).p, "/users/acceptRegistrations", 0);
	return RC_OK;
}

enum rc registrations_discard(struct req *rq, struct resp *rs)
{
	struct params p;
	struct inbox *v;
	size_t n;

	TRY(api_params(rq, &p));
	TRY(named(rq, &p, &v, &n));
	for (size_t i = 0; i < n; i++)
		TRY(registration_discard(rq->cx, &v[i]));
	api_ok(rq, rs, str_fmt(rq->cx->mem, "%zu registration(s) discarded.", n).p, "/users/discardRegistrations", 0);
	return RC_OK;
}
