/* totp_admin.c - see totp_admin.h. */
#include "policy/totp_admin.h"

#include "policy/user_admin_int.h"
#include "store/audit.h"
#include "store/session.h"
#include "store/setting.h"
#include "store/user_auth.h"

bool totp_is_off(struct ctx *cx)
{
	return setting_on(cx, SITE_OTP_DISABLED);
}

static enum rc ended(struct ctx *cx, enum rc rc)
{
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc mine(struct ctx *cx, struct user_auth *a)
{
	enum rc rc;

	if (totp_is_off(cx))
		return fail(cx, RC_DENIED, "OTP has been disabled on this instance.");
	rc = user_auth_load(cx, cx->who->id, a);
	return rc == RC_DONE ? user_invalid(cx) : rc;
}

static enum rc note(struct ctx *cx, const char *action, int64_t user_id, const char *title)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "User", .model_id = user_id, .title = str_c(title) }, NULL);
}

enum rc totp_begin(struct ctx *cx, struct str *secret, struct str *uri)
{
	struct str issuer = setting_text(cx, SITE_OTP_ISSUER);
	char text[OTP_SECRET + 1];
	struct user_auth a;

	TRY(mine(cx, &a));
	if (a.totp.n)
		return fail(cx, RC_INVALID, "Your account already has a TOTP. Please contact your organisational administrator to change or delete it.");
	otp_secret(text);
	a.pending = str_dup(cx->mem, str_c(text));
	TRY(store_begin(cx));
	TRY(ended(cx, user_auth_save(cx, cx->who->id, &a)));
	*secret = a.pending;
	*uri = otp_uri(cx->mem, issuer.n ? issuer : str_fmt(cx->mem, "%.*s MISP", STR(cx->who->org_name)), cx->who->email, a.pending);
	return RC_OK;
}

enum rc totp_confirm(struct ctx *cx, struct str code)
{
	struct user_auth a;
	int64_t step;
	enum rc rc;

	TRY(store_begin(cx));
	rc = mine(cx, &a);
	if (rc == RC_OK && a.totp.n)
		rc = fail(cx, RC_INVALID, "Your account already has a TOTP. Please contact your organisational administrator to change or delete it.");
	if (rc == RC_OK && (!a.pending.n || !otp_by_time(a.pending, str_trim(code), ctx_now_s(cx), &step)))
		rc = fail_field(cx, RC_INVALID, "otp", "The OTP is incorrect or has expired.");
	if (rc == RC_OK) {
		a.totp = a.pending;
		a.pending = (struct str){ 0 };
		a.totp_step = step;
		a.hotp_counter = 0;
		rc = user_auth_save(cx, cx->who->id, &a);
	}
	if (rc == RC_OK)
		rc = note(cx, "edit", cx->who->id, "one-time password set up");
	return ended(cx, rc);
}

enum rc totp_paper(struct ctx *cx, struct paper_code out[PAPER_CODES])
{
	struct user_auth a;

	TRY(mine(cx, &a));
	if (!a.totp.n)
		return fail(cx, RC_INVALID, "Your account has no TOTP.");
	for (int i = 0; i < PAPER_CODES; i++) {
		out[i].counter = a.hotp_counter + i;
		if (!otp_at(a.totp, (uint64_t)out[i].counter, out[i].code))
			return fail(cx, RC_INTERNAL, "the one-time password's secret cannot be read");
	}
	return RC_OK;
}

enum rc totp_remove(struct ctx *cx, int64_t user_id)
{
	struct user_auth none = { 0 };
	struct user_row row;
	enum rc rc;

	if (totp_is_off(cx))
		return fail(cx, RC_DENIED, "OTP has been disabled on this instance.");
	TRY(user_managed(cx, user_id, &row));
	TRY(store_begin(cx));
	rc = user_auth_save(cx, user_id, &none);
	if (rc == RC_OK)
		rc = note(cx, "edit", user_id, "one-time password deleted");
	return ended(cx, rc);
}

enum rc totp_check(struct ctx *cx, int64_t user_id, struct str code, bool *right)
{
	struct user_auth a;
	int64_t n;
	enum rc rc;

	*right = false;
	code = str_trim(code);
	TRY(store_begin(cx));
	rc = user_auth_load(cx, user_id, &a);
	if (rc == RC_OK && otp_by_time(a.totp, code, ctx_now_s(cx), &n) && n > a.totp_step) {
		*right = true;
		a.totp_step = n;
	} else if (rc == RC_OK && otp_by_counter(a.totp, code, a.hotp_counter, PAPER_AHEAD, &n)) {
		*right = true;
		a.hotp_counter = n + 1;
	}
	if (*right)
		rc = user_auth_save(cx, user_id, &a);
	return ended(cx, rc == RC_DONE ? user_invalid(cx) : rc);
}
