/* registration.c - see registration.h. */
#include "policy/registration.h"

#include "base/json.h"
#include "policy/throttle.h"
#include "policy/user_admin.h"
#include "store/audit.h"
#include "store/setting.h"

enum { PENDING_MAX = 10000, TEXT_MAX = 4096, KEY_MAX = 1 << 16 };

bool registration_is_open(struct ctx *cx)
{
	return setting_on(cx, SITE_SELF_REGISTRATION);
}

/* A flag as "1" or "". */
static struct str flag(struct str s)
{
	return form_bool(s) ? S("1") : S("");
}

static void member(struct jw *w, const char *name, struct str s)
{
	if (in_has(s))
		jw_kstr(w, name, str_trim(s));
}

static struct str data_of(struct ctx *cx, const struct registration_form *f)
{
	struct buf b;
	struct str out;
	struct jw w;

	buf_init(&b, 1 << 18);
	jw_init(&w, &b, false);
	jw_obj(&w);
	member(&w, "email", f->email);
	member(&w, "org_name", f->org_name);
	member(&w, "org_uuid", f->org_uuid);
	jw_kstr(&w, "message", f->message.p ? str_trim(f->message) : S(""));
	member(&w, "pgp", f->pgp);
	if (in_has(f->custom_perms))
		jw_kstr(&w, "custom_perms", flag(f->custom_perms));
	if (in_has(f->perm_sync))
		jw_kstr(&w, "perm_sync", flag(f->perm_sync));
	if (in_has(f->perm_publish))
		jw_kstr(&w, "perm_publish", flag(f->perm_publish));
	if (in_has(f->perm_admin))
		jw_kstr(&w, "perm_admin", flag(f->perm_admin));
	jw_obj_end(&w);
	out = buf_ok(&b) ? str_dup(cx->mem, buf_view(&b)) : (struct str){ 0 };
	buf_clear(&b);
	return out;
}

static enum rc check(struct ctx *cx, const struct registration_form *f)
{
	struct uuid u;

	if (!registration_is_open(cx))
		return fail(cx, RC_METHOD, "Self registration is not enabled on this instance.");
	if (!str_trim(f->email).n)
		return fail(cx, RC_BAD, "We require at least the email field to be filled.");
	if (!user_email_plausible(str_trim(f->email)))
		return fail_field(cx, RC_INVALID, "email", "This is no e-mail address.");
	if (f->org_name.n > 255)
		return fail_field(cx, RC_INVALID, "org_name", "The name is longer than 255 bytes.");
	if (str_trim(f->org_uuid).n && !uuid_parse(str_trim(f->org_uuid), &u))
		return fail_field(cx, RC_INVALID, "org_uuid", "This is no uuid.");
	if (f->message.n > TEXT_MAX)
		return fail_field(cx, RC_INVALID, "message", "The message is longer than %d bytes.", TEXT_MAX);
	if (f->pgp.n > KEY_MAX)
		return fail_field(cx, RC_INVALID, "pgp", "The key is longer than %d bytes.", KEY_MAX);
	return RC_OK;
}

static enum rc ended(struct ctx *cx, enum rc rc)
{
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

enum rc registration_ask(struct ctx *cx, const struct registration_form *f, struct str user_agent)
{
	struct inbox in = { .type = S("registration"), .ip = cx->origin.p ? cx->origin : S("") };
	int64_t pending;
	enum rc rc;

	TRY(check(cx, f));
	TRY(throttle_request(cx, "register"));
	TRY(inbox_count(cx, "registration", &pending));
	if (pending >= PENDING_MAX)
		return fail(cx, RC_LIMIT, "Too many requests are waiting. Please try again later.");
	in.title = str_fmt(cx->mem, "User registration for %.*s.", STR(str_trim(f->email)));
	in.user_agent = str_sub(user_agent, 0, 255);
	while (in.user_agent.n && (unsigned char)in.user_agent.p[in.user_agent.n - 1] >= 0x80) /* no half of a character */
		in.user_agent.n--;
	in.comment = f->message.p ? str_trim(f->message) : S("");
	in.data = data_of(cx, f);
	if (!in.user_agent.p)
		in.user_agent = S("");
	TRY(store_begin(cx));
	rc = inbox_insert(cx, &in);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "add", .model = "Inbox", .model_id = in.id, .title = in.title }, NULL);
	return ended(cx, rc);
}

static enum rc gone(struct ctx *cx, void *arg)
{
	const struct inbox *in = arg;

	TRY(inbox_delete(cx, in->id));
	return audit_add(cx, &(struct audit){ .action = "delete", .model = "Inbox", .model_id = in->id, .title = in->title }, NULL);
}

enum rc registration_accept(struct ctx *cx, const struct inbox *in, struct str org_id, struct str role_id)
{
	struct user_form f = { .org_id = org_id, .role_id = role_id, .change_pw = S("1"), .termsaccepted = S("0") };
	struct inbox copy = *in;
	struct user_row row;
	struct str key, name;
	struct jr r;

	if (!user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	if (!str_trim(org_id).n)
		return fail(cx, RC_BAD, "No organisation selected. Supply an Organisation ID");
	jr_init(&r, cx, in->data, NULL);
	for (jr_obj(&r); jr_member(&r, &name);)
		if (str_eq(name, S("email")))
			f.email = jr_text_dup(&r);
		else if (str_eq(name, S("pgp")))
			f.gpgkey = jr_text_dup(&r);
		else
			jr_skip(&r);
	TRY(jr_end(&r));
	return user_add_and(cx, &f, gone, &copy, &row, &key);
}

enum rc registration_discard(struct ctx *cx, const struct inbox *in)
{
	struct inbox copy = *in;

	if (!user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	TRY(store_begin(cx));
	return ended(cx, gone(cx, &copy));
}
