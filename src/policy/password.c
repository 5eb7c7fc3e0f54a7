/* password.c - see password.h. */
#include "policy/password.h"

#include <pthread.h>
#include <sodium.h>

#include "lists/regex.h"
#include "store/setting.h"

#define OPS crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEM crypto_pwhash_MEMLIMIT_INTERACTIVE

enum { AT_A_TIME = 2 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	int running;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER };

static void enter(void)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.running >= AT_A_TIME)
		pthread_cond_wait(&gate.freed, &gate.lock);
	gate.running++;
	pthread_mutex_unlock(&gate.lock);
}

static void leave(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.running--;
	pthread_cond_signal(&gate.freed);
	pthread_mutex_unlock(&gate.lock);
}

/* lower case, upper case and a digit or sign, or 16 characters of any kind: what MISP's own expression says */
static bool mixed(struct str password, size_t chars)
{
	bool lower = false, upper = false, other = false;

	for (size_t i = 0; i < password.n; i++) {
		int c = (unsigned char)password.p[i];

		lower |= ch_lower(c);
		upper |= ch_upper(c);
		other |= !ch_alpha(c);
	}
	return chars >= 16 || (lower && upper && other);
}

static bool complex_enough(struct ctx *cx, struct str password, size_t chars)
{
	struct str want = setting_text(cx, SITE_PASSWORD_REGEX);
	struct wl_regex *rx;
	bool fits;

	if (!setting_stored(cx, SITE_PASSWORD_REGEX) || !want.n || !(rx = wl_regex_new(want)))
		return mixed(password, chars);
	fits = wl_regex_match(rx, password);
	wl_regex_free(rx);
	return fits;
}

enum rc password_rules(struct ctx *cx, struct str password)
{
	int64_t least = setting_int(cx, SITE_PASSWORD_LENGTH);
	size_t chars = 0;

	for (size_t i = 0; i < password.n; i++)
		chars += ((unsigned char)password.p[i] & 0xc0) != 0x80;
	if ((int64_t)chars < least || !chars)
		return fail_field(cx, RC_INVALID, "password", "The password is too short: at least %lld characters.", (long long)least);
	if (password.n > PASSWORD_MAX)
		return fail_field(cx, RC_INVALID, "password", "The password is longer than %d bytes.", PASSWORD_MAX);
	if (!complex_enough(cx, password, chars))
		return fail_field(cx, RC_INVALID, "password",
			"The password is not complex enough: lower case, upper case and a digit or sign, or else 16 characters, unless this "
			"instance has rules of its own.");
	return RC_OK;
}

enum rc password_hash(struct ctx *cx, struct str password, struct str *out)
{
	char text[crypto_pwhash_STRBYTES];
	int bad;

	if (password.n > PASSWORD_MAX)
		return fail_field(cx, RC_INVALID, "password", "The password is longer than %d bytes.", PASSWORD_MAX);
	enter();
	bad = crypto_pwhash_str_alg(text, password.p, password.n, OPS, MEM, crypto_pwhash_ALG_ARGON2ID13);
	leave();
	if (bad)
		return fail(cx, RC_INTERNAL, "no memory to hash a password");
	*out = str_dup(cx->mem, str_c(text));
	return RC_OK;
}

enum rc password_verify(struct ctx *cx, struct str password, struct str hash, bool *ok)
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t none[32];
	bool same = false;

	if (password.n > PASSWORD_MAX) {
		*ok = false;
		return RC_OK;
	}
	enter();
	if (ctx_stopping(cx)) {
		leave();
		return fail(cx, RC_STOPPED, "stopping");
	}
	/* who has no password takes as long to refuse as who has another */
	if (hash.n)
		same = crypto_pwhash_str_verify(str_cdup(cx->mem, hash), password.p, password.n) == 0;
	else if (crypto_pwhash(none, sizeof(none), password.p, password.n, salt, OPS, MEM, crypto_pwhash_ALG_ARGON2ID13) != 0)
		same = false;
	leave();
	*ok = same;
	return RC_OK;
}

void password_random(char out[PASSWORD_RANDOM + 1])
{
	/* without those that look alike */
	static const char set[] = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";

	for (int i = 0; i < PASSWORD_RANDOM; i++)
		out[i] = set[randombytes_uniform(sizeof(set) - 1)];
	out[PASSWORD_RANDOM] = 0;
}
