/* server_admin.c - see server_admin.h. */
#include "policy/server_admin.h"

#include "base/json.h"
#include "policy/diff.h"
#include "policy/event_save_int.h"
#include "policy/user_admin.h"
#include "store/auth_key.h"
#include "store/org.h"
#include "store/setting.h"

#define NO_PUSH_RULES "{\"tags\":{\"OR\":[],\"NOT\":[]},\"orgs\":{\"OR\":[],\"NOT\":[]}}"
#define NO_PULL_RULES \
	"{\"tags\":{\"OR\":[],\"NOT\":[]},\"orgs\":{\"OR\":[],\"NOT\":[]},\"type_attributes\":{\"NOT\":[]},\"type_objects\":{\"NOT\":[]}," \
	"\"url_params\":\"\"}"
enum { TEXT_MAX = 255, RULES_MAX = 65535 };

static enum rc admin_only(struct ctx *cx)
{
	return user_is_site_admin(cx->who) ? RC_OK : fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
}

static enum rc of_id(struct ctx *cx, struct str ref, struct server *out)
{
	int64_t id;
	enum rc rc = str_i64(ref, &id) ? server_load(cx, id, out) : RC_DONE;

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid server") : rc;
}

enum rc server_view(struct ctx *cx, struct str id, struct server *out)
{
	TRY(admin_only(cx));
	return of_id(cx, id, out);
}

/* ---- what was sent ---- */

static enum rc take_url(struct ctx *cx, struct str sent, struct str *url)
{
	struct str host;
	size_t slash;

	sent = str_trim(sent);
	while (str_ends(sent, S("/")))
		sent.n--;
	host = str_starts_nocase(sent, S("https://")) ? str_from(sent, 8) : str_starts_nocase(sent, S("http://")) ? str_from(sent, 7) : S("");
	slash = str_chr(host, '/');
	if (!host.n || slash == 0 || sent.n > TEXT_MAX)
		return fail_field(cx, RC_INVALID, "url", "Please enter a valid base-url.");
	for (size_t i = 0; i < sent.n; i++)
		if ((unsigned char)sent.p[i] <= ' ' || sent.p[i] == '?' || sent.p[i] == '#')
			return fail_field(cx, RC_INVALID, "url", "Please enter a valid base-url.");
	if (str_chr(slash == STR_NONE ? host : str_n(host.p, slash), '@') != STR_NONE)
		return fail_field(cx, RC_INVALID, "url", "The address must not hold a user name or password.");
	*url = sent;
	return RC_OK;
}

static bool key_fits(struct str key)
{
	if (key.n != AUTH_KEY_LEN)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (!ch_alnum((unsigned char)key.p[i]))
			return false;
	return true;
}

static enum rc take_rules(struct ctx *cx, const char *field, const char *word, struct str sent, const char *dflt, struct str *rules)
{
	struct jr r;

	if (in_has(sent))
		*rules = str_trim(sent);
	if (!rules->n || str_eq(*rules, S("[]")))
		*rules = str_c(dflt);
	jr_init(&r, cx, *rules, NULL);
	if (jr_peek(&r) == J_OBJ)
		jr_skip(&r);
	if (jr_end(&r) == RC_OK && rules->n <= RULES_MAX)
		return RC_OK;
	ctx_forgive(cx);
	return fail_field(cx, RC_INVALID, field, "The %s filter rules must be in valid JSON format.", word);
}

static enum rc take_org(struct ctx *cx, struct str sent, int64_t *id)
{
	struct org o;
	enum rc rc = org_find(cx, str_trim(sent), &o);

	if (rc == RC_DONE)
		return fail_field(cx, RC_INVALID, "Organisation", "Invalid Remote Organisation");
	TRY(rc);
	*id = o.id;
	return RC_OK;
}

static enum rc apply(struct ctx *cx, const struct server_form *f, struct server *s)
{
	if (in_has(f->name))
		s->name = str_trim(f->name);
	if (!s->name.n || s->name.n > TEXT_MAX)
		return fail_field(cx, RC_INVALID, "name", "A name of at most 255 bytes needs to be provided.");
	if (in_has(f->url) || !s->url.n)
		TRY(take_url(cx, f->url, &s->url));
	if (f->authkey.n)
		s->authkey = str_trim(f->authkey);
	if (!key_fits(s->authkey))
		return fail_field(cx, RC_INVALID, "authkey", "A key of 40 letters and digits needs to be provided.");
	if (in_has(f->remote_org_id))
		TRY(take_org(cx, f->remote_org_id, &s->remote_org_id));
	if (!s->remote_org_id)
		return fail_field(cx, RC_INVALID, "Organisation", "Remote Organisation's id/uuid not given (remote_org_id)");
	TRY(take_rules(cx, "pull_rules", "pull", f->pull_rules, NO_PULL_RULES, &s->pull_rules));
	TRY(take_rules(cx, "push_rules", "push", f->push_rules, NO_PUSH_RULES, &s->push_rules));
	if (in_has(f->priority) && (!str_i64(str_trim(f->priority), &s->priority) || s->priority < 0 || s->priority > INT32_MAX))
		return fail_field(cx, RC_INVALID, "priority", "The priority has to be a number.");
#define X(name) \
	if (in_has(f->name)) \
		s->name = form_bool(f->name);
	SERVER_FLAGS(X)
#undef X
	s->internal &= s->remote_org_id == setting_int(cx, SITE_HOST_ORG);
	return RC_OK;
}

static struct str changes(struct ctx *cx, const struct server *was, const struct server *now)
{
	struct diff d;

	diff_begin(&d);
	diff_text(&d, "name", was->name, now->name);
	diff_text(&d, "url", was->url, now->url);
	diff_int(&d, "remote_org_id", was->remote_org_id, now->remote_org_id);
	diff_int(&d, "priority", was->priority, now->priority);
	diff_text(&d, "pull_rules", was->pull_rules, now->pull_rules);
	diff_text(&d, "push_rules", was->push_rules, now->push_rules);
#define X(name) diff_bool(&d, #name, was->name, now->name);
	SERVER_FLAGS(X)
#undef X
	if (!str_eq(was->authkey, now->authkey))
		diff_note(&d, "authkey", "changed");
	return diff_end(cx, &d);
}

static enum rc audited(struct ctx *cx, const char *action, const struct server *s, struct str change)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "Server", .model_id = s->id, .title = s->name, .change = change }, NULL);
}

/* ---- saving ---- */

struct args {
	struct str id, key;
	const struct server_form *form;
	const struct org_in *org;
	struct server *out;
};

static enum rc add_tx(struct ctx *cx, void *arg)
{
	static const struct server none = { 0 };
	struct args *x = arg;
	struct server *s = x->out;

	*s = (struct server){ .org_id = cx->who->org_id, .pull_rules = S(""), .push_rules = S("") };
	if (x->org)
		TRY(org_capture(cx, x->org, &s->remote_org_id));
	TRY(apply(cx, x->form, s));
	TRY(server_insert(cx, s));
	return audited(cx, "add", s, changes(cx, &none, s));
}

enum rc server_add(struct ctx *cx, const struct server_form *f, struct server *out)
{
	struct args x = { .form = f, .out = out };

	TRY(admin_only(cx));
	return in_transaction(cx, add_tx, &x);
}

enum rc server_import(struct ctx *cx, const struct server_form *f, const struct org_in *org, struct server *out)
{
	struct server_form form = { .name = str_trim(f->name).n ? f->name : f->url, .url = f->url, .authkey = f->authkey };
	struct args x = { .form = &form, .org = org, .out = out };

	TRY(admin_only(cx));
	return in_transaction(cx, add_tx, &x);
}

static enum rc edit_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct server was;

	TRY(of_id(cx, x->id, &was));
	*x->out = was;
	TRY(apply(cx, x->form, x->out));
	/* a key must not go to whom it was not given to */
	if (!str_eq(was.url, x->out->url) && !x->form->authkey.n)
		return fail_field(cx, RC_INVALID, "authkey", "A new address needs its key to be provided, too.");
	TRY(server_update(cx, x->out));
	return audited(cx, "edit", x->out, changes(cx, &was, x->out));
}

enum rc server_edit(struct ctx *cx, struct str id, const struct server_form *f, struct server *out)
{
	struct args x = { .id = id, .form = f, .out = out };

	TRY(admin_only(cx));
	TRY(of_id(cx, id, out));
	return in_transaction(cx, edit_tx, &x);
}

static enum rc remove_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;

	TRY(of_id(cx, x->id, x->out));
	TRY(server_delete(cx, x->out->id));
	return audited(cx, "delete", x->out, (struct str){ 0 });
}

enum rc server_remove(struct ctx *cx, struct str id, struct server *out)
{
	struct args x = { .id = id, .out = out };

	TRY(admin_only(cx));
	return in_transaction(cx, remove_tx, &x);
}

static enum rc rekey_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct server was;

	TRY(of_id(cx, x->id, &was));
	*x->out = was;
	x->out->authkey = x->key;
	TRY(server_update(cx, x->out));
	return audited(cx, "reset_auth_key", x->out, changes(cx, &was, x->out));
}

enum rc server_rekey(struct ctx *cx, int64_t id, struct str key)
{
	struct server s;
	struct args x = { .id = str_fmt(cx->mem, "%lld", (long long)id), .key = key, .out = &s };

	TRY(admin_only(cx));
	if (!key_fits(key))
		return fail_field(cx, RC_INVALID, "authkey", "The server gave no key.");
	return in_transaction(cx, rekey_tx, &x);
}
