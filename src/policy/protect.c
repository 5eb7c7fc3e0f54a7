/* protect.c - see protect.h. */
#include "policy/protect.h"

#include "base/base64.h"
#include "crypt/pgp.h"
#include "model/user.h"
#include "policy/access.h"
#include "policy/event_save_int.h"
#include "store/setting.h"

enum { SIGNATURE_MAX = 64 << 10, KEY_MAX = 1 << 20, KEYS_MAX = 100 };

enum rc protect_home(struct ctx *cx, struct pgp_home *h)
{
	TRY(settings_fresh(cx));
	*h = (struct pgp_home){ setting_text(cx, SITE_GPG_HOME), setting_text(cx, SITE_GPG_EMAIL), setting_text(cx, SITE_GPG_PASSWORD) };
	if (!h->dir.n)
		h->dir = str_fmt(cx->mem, "%s/gnupg", cx->st->dir);
	return RC_OK;
}

static struct str without_space(struct ctx *cx, struct str s)
{
	char *p = arena_alloc(cx->mem, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (!ch_space((unsigned char)s.p[i]))
			p[n++] = s.p[i];
	return str_n(p, n);
}

enum rc protect_sign(struct ctx *cx, struct str text, struct str *sig)
{
	struct pgp_home h;
	struct str raw;
	struct buf b;
	enum rc rc;

	*sig = (struct str){ 0 };
	TRY(protect_home(cx, &h));
	if (!h.email.n)
		return RC_OK;
	rc = pgp_sign(cx, &h, without_space(cx, text), &raw);
	if (rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return RC_OK;
	}
	TRY(rc);
	buf_init(&b, SIGNATURE_MAX);
	b64_encode(&b, (const uint8_t *)raw.p, raw.n);
	*sig = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return RC_OK;
}

bool protect_asks(const struct ctx *cx)
{
	return cx->who && user_has(cx->who, PERM(SYNC)) && !user_is_site_admin(cx->who);
}

enum rc protect_check(struct ctx *cx, struct str body, struct str signature, const struct crypt_key *v, size_t n)
{
	struct b64 b = { 0 };
	struct str text;
	uint8_t *raw;
	size_t raw_n = 0;

	if (!signature.n)
		return fail(cx, RC_DENIED, "Protected event failed signature validation as no key was provided.");
	raw = arena_alloc(cx->mem, 3 * (signature.n / 4 + 1));
	if (signature.n > SIGNATURE_MAX || !b64_decode(&b, signature, raw, &raw_n) || !b64_end(&b) || !raw_n)
		return fail(cx, RC_DENIED, "Protected event failed signature validation.");
	text = without_space(cx, body);
	for (size_t i = 0; i < n; i++) {
		bool good = false;

		if (v[i].revoked)
			continue;
		TRY(pgp_verify(cx, cx->st->dir, text, str_n((const char *)raw, raw_n), v[i].key_data, &good));
		if (good)
			return RC_OK;
	}
	return fail(cx, RC_DENIED, "Protected event failed signature validation.");
}

static enum rc key_read(struct ctx *cx, const struct crypt_key_in *in, struct crypt_key *k)
{
	if (!str_eq(in->type, S("pgp")))
		return fail_field(cx, RC_INVALID, "type", "Invalid key type");
	if (!str_trim(in->key_data).n)
		return fail_field(cx, RC_INVALID, "key_data", "No key data received.");
	if (in->key_data.n > KEY_MAX)
		return fail_field(cx, RC_INVALID, "key_data", "The key is longer than a mebibyte.");
	*k = (struct crypt_key){ .type = in->type, .key_data = in->key_data,
				 .revoked = str_eq(in->revoked, S("1")) || str_eq(in->revoked, S("true")) };
	return pgp_fingerprint(cx, cx->st->dir, in->key_data, &k->fingerprint);
}

enum rc protect_keys_read(struct ctx *cx, const struct crypt_key_in *in, size_t n, struct crypt_key **out)
{
	*out = arena_many(cx->mem, n + 1, struct crypt_key);
	if (n > KEYS_MAX)
		return fail_field(cx, RC_INVALID, "CryptographicKey", "More than %d keys.", KEYS_MAX);
	for (size_t i = 0; i < n; i++)
		TRY(key_read(cx, &in[i], &(*out)[i]));
	return RC_OK;
}

static size_t find(const struct crypt_key *v, size_t n, struct str fingerprint)
{
	size_t i = 0;

	while (i < n && !str_eq(v[i].fingerprint, fingerprint))
		i++;
	return i;
}

enum rc protect_keys_put(struct ctx *cx, int64_t event_id, const struct crypt_key *v, size_t n)
{
	struct crypt_key *old;
	size_t old_n;

	if (!n)
		return RC_OK;
	TRY(crypt_key_list(cx, &scope_all, event_id, &old, &old_n));
	for (size_t i = 0; i < old_n; i++) {
		size_t at = find(v, n, old[i].fingerprint);

		if (at == n)
			TRY(crypt_key_delete(cx, old[i].id));
		else if (v[at].revoked && !old[i].revoked)
			TRY(crypt_key_revoke(cx, old[i].id));
	}
	for (size_t i = 0; i < n; i++) {
		struct crypt_key k = v[i];

		k.event_id = event_id;
		if (find(old, old_n, k.fingerprint) == old_n && find(v, i, k.fingerprint) == i)
			TRY(crypt_key_insert(cx, &k));
	}
	return RC_OK;
}

struct args {
	const struct event *e;
	struct crypt_key *k;
	bool on;
};

static enum rc switch_tx(struct ctx *cx, void *arg)
{
	const struct args *x = arg;
	struct event now;
	int64_t audit_id;

	TRY(audit_add(cx, &(struct audit){ .action = x->on ? "protect" : "unprotect", .model = "Event", .model_id = x->e->id, .event_id = x->e->id,
					   .title = x->e->info }, &audit_id));
	TRY(event_load(cx, &scope_all, &(struct event_key){ .id = x->e->id }, &now));
	now.is_protected = x->on;
	now.published = false;
	now.timestamp = ctx_now_s(cx) > now.timestamp ? ctx_now_s(cx) : now.timestamp;
	return event_update(cx, &now, audit_id);
}

enum rc protect_switch(struct ctx *cx, const struct event *e, bool on)
{
	struct args x = { .e = e, .on = on };

	if (!user_may_edit_event(cx->who, e))
		return fail(cx, RC_NOTFOUND, "Invalid event");
	return in_transaction(cx, switch_tx, &x);
}

static enum rc key_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;

	if (x->on)
		TRY(crypt_key_insert(cx, x->k));
	else
		TRY(crypt_key_delete(cx, x->k->id));
	return audit_add(cx, &(struct audit){ .action = x->on ? "add" : "delete", .model = "CryptographicKey", .model_id = x->k->id,
					      .event_id = x->k->event_id, .title = x->k->fingerprint }, NULL);
}

static bool may(const struct user *u, const struct event *e)
{
	return user_is_site_admin(u) || (e->orgc_id == u->org_id && user_may_edit_event(u, e));
}

enum rc protect_key_add(struct ctx *cx, const struct event *e, const struct crypt_key_in *in, struct crypt_key *out)
{
	struct args x = { .k = out, .on = true };
	struct crypt_key *v;
	size_t n;

	if (!may(cx->who, e))
		return fail(cx, RC_DENIED, "Invalid Event.");
	TRY(key_read(cx, in, out));
	TRY(crypt_key_list(cx, &scope_all, e->id, &v, &n));
	if (find(v, n, out->fingerprint) < n)
		return fail_field(cx, RC_INVALID, "key_data", "This key is already assigned to the target.");
	out->event_id = e->id;
	return in_transaction(cx, key_tx, &x);
}

enum rc protect_key_delete(struct ctx *cx, int64_t id)
{
	struct crypt_key k;
	struct args x = { .k = &k };
	struct event e;

	TRY(crypt_key_load(cx, cx->scope, id, &k));
	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = k.event_id }, &e));
	if (!may(cx->who, &e))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	return in_transaction(cx, key_tx, &x);
}
