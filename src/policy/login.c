/* login.c - see login.h. Runs before every request: one statement, nothing written but to the audit's queue. */
#include "policy/login.h"

#include <pthread.h>

#include "base/json.h"
#include "model/value.h"
#include "policy/password.h"
#include "policy/scope.h"
#include "policy/throttle.h"
#include "store/audit.h"
#include "store/auth_key.h"
#include "store/org.h"
#include "store/setting.h"
#include "store/user.h"

enum { KEYS_MAX = 8 /* of one header that are tried */, SEEN_MAX = 4096 };

#define UNAUTH_KEY \
	"Authentication failed. Please make sure you pass the API key of an API enabled user along in the Authorization header."

enum rc login_act(struct ctx *cx, const struct user *u)
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

enum rc login_open_for(struct ctx *cx, const struct user *u)
{
	if (setting_on(cx, SITE_LIVE) || user_is_site_admin(u))
		return RC_OK;
	return fail(cx, RC_DENIED, "%.*s", STR(setting_text(cx, SITE_MAINTENANCE_MESSAGE)));
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

/* What was refused in this hour, by a keyed hash of key, address and reason: one entry of the log each. A place that two share is the later one's. */
static struct {
	pthread_mutex_t lock;
	struct {
		int64_t hash, hour;
	} v[SEEN_MAX];
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool seen_before(struct ctx *cx, struct str key, const char *why)
{
	struct str what = str_fmt(cx->mem, "%.*s\n%.*s\n%s", STR(str_sub(key, 0, 256)), STR(cx->origin), why);
	int64_t hash = store_digest_folded(cx->st, what), hour = ctx_now_s(cx) / 3600;
	size_t at = (size_t)hash % SEEN_MAX;
	bool before;

	pthread_mutex_lock(&seen.lock);
	before = seen.v[at].hash == hash && seen.v[at].hour == hour;
	seen.v[at].hash = hash;
	seen.v[at].hour = hour;
	pthread_mutex_unlock(&seen.lock);
	return before;
}

static void refused(struct ctx *cx, const struct auth_key *k, struct str key, const char *why)
{
	if (!setting_on(cx, SITE_LOG_AUTH_FAIL_EACH) && seen_before(cx, key, why))
		return;
	audit_queue(cx, &(struct audit){ .action = "auth_fail", .model = k ? "AuthKey" : "User", .model_id = k ? k->id : 0,
		.title = str_c(why) });
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
		TRY(login_open_for(cx, &u));
		TRY(login_act(cx, &u));
		cx->auth_key_id = k.id;
		auth_key_used(cx, &k);
		if (setting_on(cx, SITE_LOG_AUTH))
			audit_queue(cx, &(struct audit){ .action = "auth", .model = "User", .model_id = cx->who->id,
				.title = str_fmt(cx->mem, "authenticated by the key %s...%s", k.key_start, k.key_end) });
		return RC_OK;
	}
	refused(cx, known, header, why);
	return fail(cx, RC_UNAUTH, UNAUTH_KEY);
}

enum rc login_note(struct ctx *cx)
{
	TRY(user_login_note(cx, cx->who->id));
	return audit_add(cx, &(struct audit){ .action = "login", .model = "User", .model_id = cx->who->id, .title = cx->who->email }, NULL);
}

enum rc login_failed(struct ctx *cx, struct str account, int64_t user_id, const char *why, const char *text)
{
	audit_queue(cx, &(struct audit){ .action = "login_fail", .model = "User", .model_id = user_id, .title = str_c(why) });
	TRY(throttle_failed(cx, account));
	return fail(cx, RC_UNAUTH, "%s", text);
}

enum rc login_password_check(struct ctx *cx, struct str email, struct str password, struct user *out)
{
	struct user_row row;
	struct str hash = S("");
	bool ok = false;
	enum rc rc;

	TRY(throttle_ask(cx, email));
	rc = user_by_email(cx, email, &row);
	if (rc == RC_OK)
		rc = user_acting(cx, row.u.id, out);
	if (rc == RC_OK)
		TRY(user_password(cx, out->id, &hash));
	else if (rc != RC_DONE)
		return rc;
	TRY(password_verify(cx, password, hash, &ok));
	if (ok && !out->disabled)
		return RC_OK;
	return login_failed(cx, email, rc == RC_OK ? out->id : 0, ok ? "user is disabled" : rc == RC_OK ? "wrong password" : "unknown e-mail",
		"Invalid username or password, try again");
}

enum rc login_by_password(struct ctx *cx, struct str email, struct str password)
{
	struct user u;
	enum rc rc;

	TRY(login_password_check(cx, email, password, &u));
	TRY(throttle_passed(cx, email));
	TRY(login_act(cx, &u));
	TRY(store_begin(cx));
	rc = login_note(cx);
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
	return login_act(cx, &u);
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
	return login_act(cx, &u);
}
