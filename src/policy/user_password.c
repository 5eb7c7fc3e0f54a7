/* user_password.c - passwords that their owners change or choose anew, and the terms they accept. Passwords that an administrator sets:
 * user_admin.c. */
#include <sodium.h>

#include "lists/library.h"
#include "policy/password.h"
#include "policy/user_admin.h"
#include "policy/user_admin_int.h"
#include "store/audit.h"
#include "store/session.h"
#include "store/setting.h"
#include "store/user_auth.h"

enum { RESET_S = 3600, TERMS_MAX = 1 << 20 };

static enum rc ended(struct ctx *cx, enum rc rc)
{
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

/* In a transaction. */
static enum rc set(struct ctx *cx, int64_t id, struct str hash, const char *action)
{
	int64_t n;

	TRY(user_password_set(cx, id, hash, false));
	TRY(user_reset_set(cx, id, (struct str){ 0 }, 0));
	TRY(session_delete_of(cx, id, &n));
	return audit_add(cx, &(struct audit){ .action = action, .model = "User", .model_id = id, .title = S("password") }, NULL);
}

enum rc user_change_password(struct ctx *cx, struct str password, struct str present, bool must_know)
{
	struct str old, hash;
	bool same;

	if (setting_on(cx, SITE_PASSWORD_CHANGE_OFF))
		return fail(cx, RC_METHOD, "User password change is disabled on this instance.");
	TRY(password_rules(cx, password));
	TRY(user_password(cx, cx->who->id, &old));
	if (must_know) {
		TRY(password_verify(cx, present.p ? present : S(""), old, &same));
		if (!same)
			return fail_field(cx, RC_INVALID, "current_password", "Invalid password. Please enter your current password to continue.");
	}
	TRY(password_verify(cx, password, old, &same));
	if (same)
		return fail_field(cx, RC_INVALID, "password", "The new password must differ from the present one.");
	TRY(password_hash(cx, password, &hash));
	TRY(store_begin(cx));
	return ended(cx, set(cx, cx->who->id, hash, "change_pw"));
}

enum rc user_reset_begin(struct ctx *cx, int64_t id, struct str *token)
{
	char text[SESSION_TEXT + 1];
	struct user_row row;
	enum rc rc;

	TRY(user_managed(cx, id, &row));
	session_make(text);
	*token = str_dup(cx->mem, str_c(text));
	TRY(store_begin(cx));
	rc = user_reset_set(cx, id, *token, ctx_now_s(cx) + RESET_S);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "reset_pw", .model = "User", .model_id = id, .title = row.u.email }, NULL);
	return ended(cx, rc);
}

static enum rc of_token(struct ctx *cx, struct str token, int64_t *id)
{
	enum rc rc = user_reset_find(cx, token, id);

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid token, or password request token already expired.") : rc;
}

enum rc user_reset_ask(struct ctx *cx, struct str token)
{
	int64_t id;

	return of_token(cx, token, &id);
}

enum rc user_reset_finish(struct ctx *cx, struct str token, struct str password)
{
	struct str hash;
	int64_t id;
	enum rc rc;

	TRY(of_token(cx, token, &id));
	TRY(password_rules(cx, password));
	TRY(password_hash(cx, password, &hash));
	TRY(store_begin(cx));
	rc = of_token(cx, token, &id); /* nobody was faster */
	if (rc == RC_OK)
		rc = set(cx, id, hash, "reset_pw");
	return ended(cx, rc);
}

enum rc user_terms_text(struct ctx *cx, struct str *out)
{
	struct str name = setting_text(cx, SITE_TERMS_FILE);

	if (!name.n || str_chr(name, '/') != STR_NONE || name.p[0] == '.')
		return fail(cx, RC_NOTFOUND, "MISP Terms and Conditions are not defined");
	if (library_file(cx, str_fmt(cx->mem, "%s/terms/%.*s", cx->st->dir, STR(name)).p, TERMS_MAX, out) != RC_OK) {
		ctx_forgive(cx);
		return fail(cx, RC_NOTFOUND, "Terms and Conditions file not found.");
	}
	return RC_OK;
}

enum rc user_accept_terms(struct ctx *cx)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = user_terms_accept(cx, cx->who->id);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "edit", .model = "User", .model_id = cx->who->id, .title = S("terms accepted") }, NULL);
	return ended(cx, rc);
}
