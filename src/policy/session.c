/* session.c - see session.h. */
#include "policy/session.h"

#include "policy/login.h"
#include "policy/throttle.h"
#include "policy/totp_admin.h"
#include "policy/user_admin_int.h"
#include "store/audit.h"
#include "store/setting.h"
#include "store/user_auth.h"

enum { DAY_S = 86400, CODE_WAIT_S = 600, TOUCH_S = 60 };

static int64_t idle_s(const struct ctx *cx)
{
	return 60 * setting_int(cx, SITE_SESSION_TIMEOUT);
}

static int64_t longest_s(const struct ctx *cx)
{
	return 60 * setting_int(cx, SITE_SESSION_COOKIE);
}

static enum rc ended(struct ctx *cx, enum rc rc)
{
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc made(struct ctx *cx, int64_t user_id, enum session_stage stage, struct str agent, struct session_made *out)
{
	struct session s = { .user_id = user_id, .stage = stage, .origin = cx->origin, .agent = str_sub(agent, 0, 200) };
	struct user_auth a;
	enum rc rc;

	rc = user_auth_load(cx, user_id, &a);
	if (rc != RC_OK)
		return rc == RC_DONE ? user_invalid(cx) : rc;
	session_make(out->text);
	session_hash(cx, str_c(out->text), s.hash);
	memcpy(out->hash, s.hash, SESSION_HASH);
	out->stage = s.stage;
	s.last_pw_change = a.last_pw_change;
	while (s.agent.n && (unsigned char)s.agent.p[s.agent.n - 1] >= 0x80) /* no half of a character */
		s.agent.n--;
	return session_insert(cx, &s);
}

enum rc session_give(struct ctx *cx, struct str agent, struct session_made *out)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = made(cx, cx->who->id, SESSION_FULL, agent, out);
	if (rc == RC_OK)
		rc = login_note(cx);
	return ended(cx, rc);
}

enum rc session_login(struct ctx *cx, struct str email, struct str password, struct str agent, struct session_made *out)
{
	struct user_auth a;
	struct user u;
	enum rc rc;

	TRY(login_password_check(cx, email, password, &u));
	TRY(login_open_for(cx, &u));
	rc = user_auth_load(cx, u.id, &a);
	if (rc != RC_OK)
		return rc == RC_DONE ? user_invalid(cx) : rc;
	if (a.totp.n && !totp_is_off(cx)) {
		TRY(store_begin(cx));
		return ended(cx, made(cx, u.id, SESSION_WAITS_FOR_CODE, agent, out));
	}
	TRY(throttle_passed(cx, email));
	TRY(login_act(cx, &u));
	return session_give(cx, agent, out);
}

enum rc session_login_code(struct ctx *cx, const struct session_now *now, struct str code, struct str agent, struct session_made *out)
{
	struct user u;
	bool right;
	enum rc rc = user_acting(cx, now->user_id, &u);

	if (rc == RC_DONE || (rc == RC_OK && u.disabled))
		return fail(cx, RC_UNAUTH, "The OTP is incorrect or has expired");
	TRY(rc);
	TRY(throttle_ask(cx, u.email));
	TRY(totp_check(cx, u.id, code, &right));
	if (!right)
		return login_failed(cx, u.email, u.id, "wrong one-time password", "The OTP is incorrect or has expired");
	TRY(throttle_passed(cx, u.email));
	TRY(login_act(cx, &u));
	TRY(store_begin(cx));
	rc = session_delete(cx, now->hash);
	if (rc == RC_OK)
		rc = made(cx, u.id, SESSION_FULL, agent, out);
	if (rc == RC_OK)
		rc = login_note(cx);
	return ended(cx, rc);
}

static enum session_must duty(struct ctx *cx, const struct user *u, const struct session_user *su)
{
	if (!su->totp && setting_on(cx, SITE_OTP_REQUIRED) && !totp_is_off(cx) && !user_has(u, PERM(SKIP_OTP)))
		return MUST_SET_TOTP;
	if (!su->termsaccepted && setting_text(cx, SITE_TERMS_FILE).n)
		return MUST_ACCEPT_TERMS;
	return u->change_pw ? MUST_CHANGE_PASSWORD : MUST_NOTHING;
}

enum rc session_enter(struct ctx *cx, struct str cookie, struct session_now *out)
{
	int64_t now = ctx_now_s(cx);
	struct session_user su;
	struct session s;
	struct user u;
	enum rc rc = session_hash(cx, cookie, out->hash) ? session_find(cx, out->hash, &s, &u, &su) : RC_DONE;

	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	if (rc == RC_DONE || now - s.seen > idle_s(cx) || now - s.created > (s.stage == SESSION_FULL ? longest_s(cx) : CODE_WAIT_S) ||
	    s.last_pw_change != su.last_pw_change || u.disabled)
		return fail(cx, RC_UNAUTH, "You are not logged in, or your session has ended.");
	out->user_id = u.id;
	if (s.stage != SESSION_FULL) {
		out->must = MUST_CODE;
		return RC_OK;
	}
	TRY(login_open_for(cx, &u));
	out->must = duty(cx, &u, &su);
	u.perms |= PERM(AUTH); /* which says who may use keys */
	TRY(login_act(cx, &u));
	if (now - s.seen < TOUCH_S)
		return RC_OK;
	TRY(store_begin(cx));
	return ended(cx, session_touch(cx, s.hash));
}

enum rc session_leave(struct ctx *cx, const struct session_now *now)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = session_delete(cx, now->hash);
	if (rc == RC_OK && cx->who)
		rc = audit_add(cx, &(struct audit){ .action = "logout", .model = "User", .model_id = cx->who->id, .title = cx->who->email }, NULL);
	return ended(cx, rc);
}

enum rc session_end_all(struct ctx *cx, int64_t user_id, int64_t *n)
{
	struct user_row row;
	enum rc rc;

	row.u.email = S("everybody");
	if (user_id)
		TRY(user_managed(cx, user_id, &row));
	else if (!user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	TRY(store_begin(cx));
	rc = session_delete_of(cx, user_id, n);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "end_sessions", .model = "User", .model_id = user_id, .title = row.u.email }, NULL);
	return ended(cx, rc);
}

struct str session_token(struct ctx *cx, const uint8_t hash[SESSION_HASH])
{
	return session_proof(cx, hash, "form");
}

enum rc session_tidy(struct ctx *cx)
{
	int64_t now = ctx_now_s(cx);
	enum rc rc;

	TRY(store_begin(cx));
	rc = session_purge(cx, now - idle_s(cx), now - longest_s(cx));
	if (rc == RC_OK)
		rc = login_fail_purge(cx, now - DAY_S);
	return ended(cx, rc);
}
