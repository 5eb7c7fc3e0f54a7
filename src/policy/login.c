/* login.c - see login.h. Runs before every request: one statement, nothing written but to the audit's queue. */
#include "policy/login.h"

#include "base/json.h"
#include "model/value.h"
#include "policy/password.h"
#include "policy/scope.h"
#include "store/audit.h"
#include "store/auth_key.h"
#include "store/org.h"
#include "store/setting.h"
#include "store/user.h"

enum { KEYS_MAX = 8 }; /* of one header that are tried */

#define UNAUTH_KEY \
	"Authentication failed. Please make sure you pass the API key of an API enabled user along in the Authorization header."

static enum rc act_as(struct ctx *cx, const struct user *u)
{
	struct user *who = arena_one(cx->mem, struct user);
	struct scope *sc = arena_one(cx->mem, struct scope);

	*who = *u;
	TRY(settings_fresh(cx));
	TRY(scope_of(cx, who, sc));
	cx->who = who;
	cx->scope = sc;
	return RC_OK;
}

uint32_t login_read_only_perms(uint32_t perms)
{
	return perms & (PERM(AUTH) | PERM(AUDIT));
}

bool login_address_allowed(struct ctx *cx, struct str list, struct str addr)
{
	struct net who, net;
	bool known = net_parse_addr(addr, &who), found = false;
	struct jr r;

	if (!list.n)
		return true;
	jr_init(&r, cx, list, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		struct str s = str_trim(jr_text(&r));

		found |= known && net_parse(s, &net) && net_contains(&net, &who);
	}
	if (jr_end(&r) != RC_OK) {
		ctx_forgive(cx);
		return false;
	}
	return found;
}

static void refused(struct ctx *cx, const struct auth_key *k, const struct user *u, const char *why)
{
	audit_queue(cx, &(struct audit){ .action = "auth_fail", .model = k ? "AuthKey" : "User",
		.model_id = k ? k->id : u ? u->id : 0, .title = str_c(why) });
}

/* NULL when the key lets its user in now. */
static const char *reason_against(struct ctx *cx, const struct auth_key *k, const struct user *u)
{
	if (k->expiration && k->expiration <= ctx_now_s(cx))
		return "key has expired";
	if (u->disabled)
		return "user is disabled";
	if (!user_has(u, PERM(AUTH)))
		return "role may not use the API";
	if (!login_address_allowed(cx, k->allowed_ips, cx->origin))
		return "address is not allowed for this key";
	return NULL;
}

enum rc login_by_key(struct ctx *cx, struct str header)
{
	struct cur c = cur_of(header);
	struct auth_key k, *known = NULL;
	const char *why = "no key sent";
	struct str key;

	for (int i = 0; i < KEYS_MAX && cur_until(&c, ',', &key); i++) {
		struct user u;
		enum rc rc = auth_key_find(cx, str_trim(key), &k, &u);

		if (rc == RC_DONE) {
			why = str_trim(key).n && !known ? "unknown key" : why;
			continue;
		}
		TRY(rc);
		known = &k;
		why = reason_against(cx, &k, &u);
		if (why)
			continue;
		u.key_expiration = k.expiration;
		if (k.read_only) {
			u.read_only_key = true;
			u.perms = login_read_only_perms(u.perms);
		}
		TRY(act_as(cx, &u));
		cx->auth_key_id = k.id;
		auth_key_used(cx, &k);
		return RC_OK;
	}
	refused(cx, known, NULL, why);
	return fail(cx, RC_UNAUTH, UNAUTH_KEY);
}

static enum rc note_login(struct ctx *cx)
{
	TRY(user_login_note(cx, cx->who->id));
	return audit_add(cx, &(struct audit){ .action = "login", .model = "User", .model_id = cx->who->id, .title = cx->who->email }, NULL);
}

enum rc login_by_password(struct ctx *cx, struct str email, struct str password)
{
	struct user_row row;
	struct user u;
	struct str hash = S("");
	bool ok = false;
	enum rc rc = user_by_email(cx, email, &row);

	if (rc == RC_OK)
		rc = user_acting(cx, row.u.id, &u);
	if (rc == RC_OK)
		TRY(user_password(cx, u.id, &hash));
	else if (rc != RC_DONE)
		return rc;
	TRY(password_verify(cx, password, hash, &ok));
	if (!ok || u.disabled) {
		refused(cx, NULL, rc == RC_OK ? &u : NULL, ok ? "user is disabled" : rc == RC_OK ? "wrong password" : "unknown e-mail");
		return fail(cx, RC_UNAUTH, "The e-mail address or the password is wrong.");
	}
	TRY(act_as(cx, &u));
	TRY(store_begin(cx));
	rc = note_login(cx);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

enum rc login_as(struct ctx *cx, int64_t user_id)
{
	struct user u;
	enum rc rc = user_acting(cx, user_id, &u);

	if (rc == RC_DONE || (rc == RC_OK && u.disabled))
		return fail(cx, RC_DENIED, "user %lld is gone or disabled", (long long)user_id);
	TRY(rc);
	return act_as(cx, &u);
}

enum rc login_as_cli(struct ctx *cx)
{
	struct user u;
	enum rc rc = user_first_site_admin(cx, &u);

	if (rc == RC_DONE) {
		struct org o = { .name = S("") };

		rc = org_first_local(cx, &o);
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		u = (struct user){ .org_id = o.id, .email = S("cli"), .org_name = o.name, .org_uuid = o.uuid, .role = { .name = S("admin") } };
	} else {
		TRY(rc);
	}
	/* who may open the data folder may do all */
	u.perms = (1u << PERM_BIT_COUNT) - 1;
	cx->origin = S("cli");
	return act_as(cx, &u);
}
