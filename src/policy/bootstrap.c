/* bootstrap.c - see bootstrap.h. */
#include "policy/bootstrap.h"

#include "policy/password.h"
#include "store/audit.h"
#include "store/auth_key.h"
#include "store/org.h"
#include "store/role.h"
#include "store/user.h"

static enum rc audit_made(struct ctx *cx, const char *model, int64_t id, struct str title)
{
	return audit_add(cx, &(struct audit){ .action = "add", .model = model, .model_id = id, .title = title }, NULL);
}

static enum rc fill(struct ctx *cx, const struct bootstrap *b, struct str hash, struct bootstrap_result *r)
{
	struct org o = { .uuid = b->org_uuid, .name = r->org_name, .local = true };
	struct user_record u = { .role_id = ROLE_ADMIN, .email = r->email, .change_pw = r->password_made, .termsaccepted = true, .nids_sid = 4000000 };
	struct auth_key k = { .comment = S("made at initialisation") };
	bool empty;

	TRY(data_version_bump(cx, "user")); /* a second program that begins in the same store waits here, and finds it filled */
	TRY(store_is_empty(cx, &empty));
	if (!empty)
		return fail(cx, RC_EXISTS, "the store is initialised already");
	TRY(role_seed(cx));
	TRY(org_insert(cx, &o));
	u.org_id = o.id;
	TRY(user_insert(cx, &u, hash));
	k.user_id = u.id;
	TRY(auth_key_insert(cx, &k, r->key));
	TRY(audit_made(cx, "Organisation", o.id, o.name));
	TRY(audit_made(cx, "User", u.id, u.email));
	TRY(audit_made(cx, "AuthKey", k.id, u.email));
	r->org_id = o.id;
	r->user_id = u.id;
	return RC_OK;
}

enum rc instance_init(struct ctx *cx, const struct bootstrap *b, struct bootstrap_result *out)
{
	struct bootstrap_result r = {
		.org_name = b->org_name.n ? b->org_name : S("ORGNAME"),
		.email = b->email.n ? b->email : S("admin@admin.test"),
		.password = b->password,
		.key = b->key,
		.password_made = !b->password.n,
		.key_made = !b->key.n,
	};
	char password[PASSWORD_RANDOM + 1], key[AUTH_KEY_LEN + 1];
	struct str hash;
	enum rc rc;

	if (r.password_made) {
		password_random(password);
		r.password = str_dup(cx->mem, str_c(password));
	}
	if (r.key_made) {
		auth_key_make(key);
		r.key = str_dup(cx->mem, str_c(key));
	}
	if (!auth_key_plausible(r.key))
		return fail_field(cx, RC_INVALID, "key", "the admin's API key must be %d letters and digits", AUTH_KEY_LEN);
	TRY(password_hash(cx, r.password, &hash));
	TRY(store_begin(cx));
	rc = fill(cx, b, hash, &r);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	*out = r;
	return RC_OK;
}
