/* communities.c - groups that share over MISP and take members: a bundled list, facts only, and the text by which one asks to be let in. */
#include "api/peers.h"

#include "api/api_int.h"
#include "api/form.h"
#include "policy/user_admin.h"
#include "store/setting.h"

struct community {
	const char *name, *uuid, *org_name, *org_uuid, *description, *url, *sector, *nationality, *type, *email;
};

static const struct community communities[] = {
	{ "CIRCL Private Sector Information Sharing Community - aka MISPPRIV", "3ab3a65a-0171-401a-9895-8d42bc7bed7c", "CIRCL",
	  "55f6ea5e-2c60-40e5-964f-47a8950d210f", "Companies, financial organisations and security companies; run by the CERT of Luxembourg's private sector.",
	  "https://www.circl.lu/misp/", "Various", "International", "Vetted Information Sharing Community", "info@circl.lu" },
	{ "CIRCL n/g CSIRT information sharing community - aka MISP", "6201a65a-38fa-4b4a-bea7-cf1fb7bc1563", "CIRCL",
	  "55f6ea5e-2c60-40e5-964f-47a8950d210f", "National and governmental CSIRTs of the European Economic Area.", "https://www.circl.lu/misp/",
	  "n/g CSIRTs in EEA", "International", "Vetted Information Sharing Community", "info@circl.lu" },
};
enum { COMMUNITY_N = sizeof(communities) / sizeof(*communities) };

static void write_community(struct jw *w, int i)
{
	const struct community *c = &communities[i];
	const struct {
		const char *key, *value;
	} texts[] = { { "name", c->name }, { "uuid", c->uuid }, { "org_uuid", c->org_uuid }, { "org_name", c->org_name }, { "description", c->description },
		{ "url", c->url }, { "sector", c->sector }, { "nationality", c->nationality }, { "type", c->type }, { "email", c->email } };

	jw_obj(w);
	jw_kint(w, "id", i + 1);
	for (size_t k = 0; k < sizeof(texts) / sizeof(*texts); k++)
		jw_kstr(w, texts[k].key, str_c(texts[k].value));
	jw_kbool(w, "misp_project_vetted", true);
	jw_key(w, "Org");
	jw_obj(w);
	jw_kstr(w, "uuid", str_c(c->org_uuid));
	jw_kstr(w, "name", str_c(c->org_name));
	jw_obj_end(w);
	jw_obj_end(w);
}

static bool matches(const struct community *c, struct str text)
{
	const char *const in[] = { c->name, c->uuid, c->org_name, c->org_uuid, c->description, c->url, c->sector, c->nationality, c->type };

	for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++)
		if (str_find_nocase(str_c(in[i]), text) != STR_NONE)
			return true;
	return !text.n;
}

enum rc communities_index(struct req *rq, struct resp *rs)
{
	struct str context, value;
	struct params p;
	struct jw w;

	TRY(api_params(rq, &p));
	context = param_text(&p, "context");
	value = str_trim(param_text(&p, "value"));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (int i = 0; i < COMMUNITY_N; i++)
		if ((!context.n || str_eq(context, S("vetted"))) && matches(&communities[i], value))
			write_community(&w, i);
	jw_arr_end(&w);
	return RC_OK;
}

static enum rc named(struct req *rq, int *out)
{
	struct str ref = req_var(rq, 0);
	int64_t id;

	for (int i = 0; i < COMMUNITY_N; i++)
		if ((str_i64(ref, &id) && id == i + 1) || str_eq_nocase(ref, str_c(communities[i].uuid))) {
			*out = i;
			return RC_OK;
		}
	return fail(rq->cx, RC_NOTFOUND, "Community not found.");
}

enum rc communities_view(struct req *rq, struct resp *rs)
{
	struct jw w;
	int i;

	TRY(named(rq, &i));
	w = api_json(rq, rs);
	write_community(&w, i);
	return RC_OK;
}

struct ask {
	struct str email, org_name, org_uuid, org_description, message, sync, anonymise, mock;
};

/* The mail's text. What is asked for comes from the form, else from who asks. */
static struct str letter(struct ctx *cx, const struct ask *a, const struct community *c)
{
	char org[UUID_TEXT + 1], own[UUID_TEXT + 1];
	struct str out;
	struct buf b;

	uuid_text(&cx->who->org_uuid, org);
	uuid_text(&cx->st->instance, own);
	buf_init(&b, 1 << 20);
	buf_fmt(&b, "Hello,\n\nour organisation, %.*s (%.*s), asks for %saccess to your community %s.\n\n", STR(a->org_name.n ? a->org_name : cx->who->org_name),
		STR(a->org_uuid.n ? a->org_uuid : str_c(org)), form_bool(a->sync) ? "synchronisation " : "", c->name);
	if (a->org_description.n)
		buf_fmt(&b, "About us:\n%.*s\n\n", STR(a->org_description));
	buf_fmt(&b, "Mail address of the account: %.*s\n", STR(a->email.n ? a->email : cx->who->email));
	if (a->message.n)
		buf_fmt(&b, "\n%.*s\n", STR(a->message));
	if (!form_bool(a->anonymise))
		buf_fmt(&b, "\nSent from: %.*s\nUuid: %s\nVersion: " MISP_CONTRACT_VERSION "\n", STR(setting_text(cx, SITE_BASEURL)), own);
	out = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return out;
}

static bool one_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ')
			return false;
	return true;
}

/* No mail is sent from here: the caller gets it, to send it as he likes. */
enum rc communities_request_access(struct req *rq, struct resp *rs)
{
	static const struct form_field fields[] = {
#define F(name) { #name, offsetof(struct ask, name) }
		F(email), F(org_name), F(org_uuid), F(org_description), F(message), F(sync), F(anonymise), F(mock),
#undef F
	};
	const struct community *c;
	struct ask a = { 0 };
	struct jw w;
	int i;

	TRY(named(rq, &i));
	TRY(API_FORM(rq, "Server", fields, &a));
	c = &communities[i];
	if (!one_line(a.email) || a.email.n > 255)
		return fail_field(rq->cx, RC_INVALID, "email", "The mail address is not valid.");
	if (!form_bool(a.mock))
		return fail(rq->cx, RC_METHOD, "This instance does not send such a mail itself. Ask with \"mock\": true for its text, and send it to %s.", c->email);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kstr(&w, "headers", str_fmt(rq->cx->mem, "To: %s\nReply-To: %.*s\nSubject: Access to %s", c->email, STR(a.email.n ? a.email : rq->cx->who->email),
		c->name));
	jw_kstr(&w, "to", str_c(c->email));
	jw_kstr(&w, "message", letter(rq->cx, &a, c));
	jw_obj_end(&w);
	return RC_OK;
}
