/* throttle.c - see throttle.h. Counts lie in the database, so that a restart or a second process does not forget them. */
#include "policy/throttle.h"

#include "model/value.h"
#include "store/session.h"
#include "store/setting.h"

enum { WAIT_MAX_S = 3600, REQUESTS_AN_HOUR = 20 };

/* How many failures are free, in multiples of the setting. */
static const struct {
	enum fail_kind kind;
	int times;
} rules[] = { { FAIL_PAIR, 1 }, { FAIL_ADDRESS, 4 }, { FAIL_ACCOUNT, 10 } };
enum { RULE_N = sizeof(rules) / sizeof(*rules) };

/* Who owns one address of IPv6 owns 2^64 of them. */
static struct str address(struct ctx *cx)
{
	struct net n;

	if (!net_parse_addr(cx->origin, &n))
		return cx->origin.p ? cx->origin : S("");
	if (n.fam == 6)
		net_mask(&n, 64);
	return net_text(cx->mem, &n);
}

static struct str name_of(struct ctx *cx, enum fail_kind kind, struct str account)
{
	struct str who = value_fold(cx->mem, str_sub(str_trim(account), 0, 255));

	switch (kind) {
	case FAIL_ACCOUNT:
		return who;
	case FAIL_PAIR:
		return str_fmt(cx->mem, "%.*s %.*s", STR(address(cx)), STR(who));
	default:
		return address(cx);
	}
}

enum rc throttle_ask(struct ctx *cx, struct str account)
{
	int64_t now = ctx_now_s(cx), wait = 0;
	struct login_fail f;

	for (int i = 0; i < RULE_N; i++) {
		TRY(login_fail_get(cx, rules[i].kind, name_of(cx, rules[i].kind, account), &f));
		if (f.blocked_until - now > wait)
			wait = f.blocked_until - now;
	}
	if (wait > 0)
		return fail(cx, RC_DENIED, "You have reached the maximum number of login attempts. Please wait %lld seconds and try again.",
			(long long)wait);
	return RC_OK;
}

/* From the last free failure on each one doubles the wait; what lies further back than a wait is forgotten. */
static enum rc count(struct ctx *cx, enum fail_kind kind, struct str name, int64_t amount, int64_t expire)
{
	int64_t now = ctx_now_s(cx), wait = expire;
	struct login_fail f;

	TRY(login_fail_get(cx, kind, name, &f));
	if ((f.blocked_until > f.last ? f.blocked_until : f.last) + expire < now)
		f.count = 0;
	f.count++;
	f.last = now;
	if (f.count >= amount) {
		for (int64_t i = amount; i < f.count && wait < WAIT_MAX_S; i++)
			wait *= 2;
		f.blocked_until = now + (wait < WAIT_MAX_S || wait == expire ? wait : WAIT_MAX_S);
	}
	return login_fail_set(cx, kind, name, &f);
}

static enum rc ended(struct ctx *cx, enum rc rc)
{
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

enum rc throttle_failed(struct ctx *cx, struct str account)
{
	int64_t amount = setting_int(cx, SITE_LOGIN_TRIES), expire = setting_int(cx, SITE_LOGIN_LOCK);
	enum rc rc = RC_OK;

	TRY(store_begin(cx));
	for (int i = 0; i < RULE_N && rc == RC_OK; i++)
		rc = count(cx, rules[i].kind, name_of(cx, rules[i].kind, account), amount * rules[i].times, expire);
	return ended(cx, rc);
}

/* The address keeps its count: it may have guessed one password of many. */
enum rc throttle_passed(struct ctx *cx, struct str account)
{
	struct str pair = name_of(cx, FAIL_PAIR, account);
	struct login_fail f;
	enum rc rc;

	TRY(login_fail_get(cx, FAIL_PAIR, pair, &f));
	if (!f.count)
		return RC_OK;
	TRY(store_begin(cx));
	rc = login_fail_clear(cx, FAIL_PAIR, pair);
	if (rc == RC_OK)
		rc = login_fail_clear(cx, FAIL_ACCOUNT, name_of(cx, FAIL_ACCOUNT, account));
	return ended(cx, rc);
}

enum rc throttle_request(struct ctx *cx, const char *what)
{
	struct str name = str_fmt(cx->mem, "%.*s %s", STR(address(cx)), what);
	int64_t now = ctx_now_s(cx);
	struct login_fail f;

	TRY(login_fail_get(cx, FAIL_REQUEST, name, &f));
	if (f.blocked_until <= now) /* the end of the hour that is counted */
		f = (struct login_fail){ .blocked_until = now + 3600 };
	if (f.count >= REQUESTS_AN_HOUR)
		return fail(cx, RC_LIMIT, "Too many requests from your address. Please try again later.");
	f.count++;
	f.last = now;
	TRY(store_begin(cx));
	return ended(cx, login_fail_set(cx, FAIL_REQUEST, name, &f));
}
