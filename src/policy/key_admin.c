/* key_admin.c - API keys: whose keys one may see and change. Shown in clear once, when made. */
#include "base/json.h"
#include "model/value.h"
#include "policy/access.h"
#include "policy/diff.h"
#include "policy/user_admin.h"
#include "policy/user_admin_int.h"
#include "store/audit.h"
#include "store/setting.h"

static enum rc not_yours(struct ctx *cx)
{
	return fail(cx, RC_METHOD, "You may not manage the API keys of this user.");
}

static enum rc invalid_key(struct ctx *cx)
{
	return fail(cx, RC_NOTFOUND, "Invalid AuthKey.");
}

/* Site admins: everybody's. Organisation admins: their own, and those of the organisation's users who are no admins themselves. */
static enum rc may_manage(struct ctx *cx, int64_t user_id)
{
	struct user_row row;
	enum rc rc;

	if (user_id == cx->who->id)
		return RC_OK;
	rc = user_load(cx, user_id, &row);
	if (rc == RC_DONE && user_is_site_admin(cx->who))
		return fail_field(cx, RC_INVALID, "user_id", "This user does not exist.");
	if (rc == RC_DONE)
		return not_yours(cx);
	TRY(rc);
	if (user_is_site_admin(cx->who))
		return RC_OK;
	if (!user_may_admin_org(cx->who, row.u.org_id) || row.u.disabled || row.role.perms & (PERM(SITE_ADMIN) | PERM(ADMIN)) ||
	    !(row.role.perms & PERM(AUTH)))
		return not_yours(cx);
	return RC_OK;
}

static enum rc allowed_ip(struct ctx *cx, struct jw *w, struct str s, size_t *n)
{
	struct net net;

	s = str_trim(s);
	if (!s.n)
		return RC_OK;
	if (!net_parse(s, &net))
		return fail_field(cx, RC_INVALID, "allowed_ips", "'%.*s' is no address or network.", STR(str_sub(s, 0, 100)));
	jw_str(w, s);
	(*n)++;
	return RC_OK;
}

/* A JSON list, or a text with commas or line breaks, as a JSON list; {NULL,0} when empty. */
static enum rc allowed_ips(struct ctx *cx, struct str in, struct buf *b, struct str *out)
{
	enum rc rc = RC_OK;
	size_t n = 0;
	struct jw w;
	struct jr r;

	*out = (struct str){ 0 };
	in = str_trim(in);
	jw_init(&w, b, false);
	jw_arr(&w);
	if (in.n && in.p[0] == '[') {
		jr_init(&r, cx, in, NULL);
		for (jr_arr(&r); jr_elem(&r);) {
			struct str s = jr_text_dup(&r);

			if (rc == RC_OK)
				rc = allowed_ip(cx, &w, s, &n);
		}
		if (rc == RC_OK)
			rc = jr_end(&r);
	} else {
		for (size_t at = 0; rc == RC_OK && at < in.n;) {
			size_t end = at;

			while (end < in.n && in.p[end] != ',' && in.p[end] != '\n')
				end++;
			rc = allowed_ip(cx, &w, str_sub(in, at, end - at), &n);
			at = end + 1;
		}
	}
	jw_arr_end(&w);
	if (rc == RC_OK && n && buf_ok(b))
		*out = str_dup(cx->mem, buf_view(b));
	return rc;
}

/* Security.advanced_authkeys_validity: the longest life of a key in days, which is what it gets when none is named. Of a key made now or then. */
enum rc key_lifetime(struct ctx *cx, struct str sent, struct auth_key *k)
{
	int64_t days = setting_int(cx, SITE_KEY_VALIDITY);
	int64_t last = days > 0 ? (k->created ? k->created : ctx_now_s(cx)) + days * 86400 : 0;

	if (in_has(sent)) {
		k->expiration = 0;
		if (str_trim(sent).n)
			TRY(form_time(cx, "expiration", sent, &k->expiration));
	}
	if (last && k->expiration > last)
		return fail_field(cx, RC_INVALID, "expiration", "Maximal key validity is %lld days.", (long long)days);
	if (!k->expiration)
		k->expiration = last;
	return RC_OK;
}

static enum rc apply(struct ctx *cx, const struct key_form *f, struct auth_key *k)
{
	if (in_has(f->comment))
		k->comment = f->comment.n ? f->comment : (struct str){ 0 };
	if (in_has(f->read_only))
		k->read_only = form_bool(f->read_only);
	TRY(key_lifetime(cx, f->expiration, k));
	if (in_has(f->allowed_ips)) {
		struct buf b;
		enum rc rc;

		buf_init(&b, 1 << 16);
		rc = allowed_ips(cx, f->allowed_ips, &b, &k->allowed_ips);
		buf_clear(&b);
		TRY(rc);
	}
	if (!k->allowed_ips.n && setting_on(cx, SITE_KEY_IPS_MANDATORY))
		return fail_field(cx, RC_INVALID, "allowed_ips", "Setting an ip allowlist is mandatory on this instance.");
	return RC_OK;
}

static struct str changes(struct ctx *cx, const struct auth_key *was, const struct auth_key *now)
{
	struct diff d;

	diff_begin(&d);
	diff_text(&d, "comment", was->comment, now->comment);
	diff_int(&d, "expiration", was->expiration, now->expiration);
	diff_bool(&d, "read_only", was->read_only, now->read_only);
	diff_text(&d, "allowed_ips", was->allowed_ips, now->allowed_ips);
	return diff_end(cx, &d);
}

static enum rc audit_key(struct ctx *cx, const char *action, const struct auth_key *k, struct str change)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "AuthKey", .model_id = k->id,
		.title = str_fmt(cx->mem, "%s...%s of user %lld", k->key_start, k->key_end, (long long)k->user_id), .change = change }, NULL);
}

static enum rc insert(struct ctx *cx, struct auth_key *k, struct str *key)
{
	const struct auth_key none = { 0 };
	char text[AUTH_KEY_LEN + 1];

	auth_key_make(text);
	*key = str_dup(cx->mem, str_c(text));
	TRY(auth_key_insert(cx, k, *key));
	return audit_key(cx, "add", k, changes(cx, &none, k));
}

enum rc key_add(struct ctx *cx, int64_t user_id, const struct key_form *f, struct auth_key_row *out, struct str *key)
{
	struct auth_key k = { .user_id = user_id ? user_id : cx->who->id };
	enum rc rc;

	TRY(may_manage(cx, k.user_id));
	TRY(apply(cx, f, &k));
	TRY(store_begin(cx));
	rc = insert(cx, &k, key);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return auth_key_load(cx, k.id, out);
}

enum rc key_view(struct ctx *cx, struct str ref, struct auth_key_row *out)
{
	struct uuid u;
	int64_t id;
	enum rc rc = RC_DONE;

	if (str_i64(ref, &id))
		rc = auth_key_load(cx, id, out);
	else if (uuid_parse(ref, &u))
		rc = auth_key_by_uuid(cx, &u, out);
	if (rc == RC_DONE || (rc == RC_OK && out->k.user_id != cx->who->id && !user_may_admin_org(cx->who, out->user_org_id)))
		return invalid_key(cx);
	return rc;
}

enum rc key_list(struct ctx *cx, int64_t user_id, struct auth_key_row **out, size_t *n)
{
	const struct user *u = cx->who;
	bool admin = user_has(u, PERM(ADMIN));

	if (!user_is_site_admin(u) && !admin) {
		if (user_id && user_id != u->id) {
			*n = 0;
			*out = NULL;
			return RC_OK;
		}
		user_id = u->id;
	}
	return auth_key_list(cx, user_id, user_is_site_admin(u) ? 0 : u->org_id, out, n);
}

enum rc key_edit(struct ctx *cx, struct str ref, const struct key_form *f, struct auth_key_row *out)
{
	struct auth_key now;
	struct str change;
	enum rc rc = RC_OK;

	TRY(key_view(cx, ref, out));
	TRY(may_manage(cx, out->k.user_id));
	now = out->k;
	TRY(apply(cx, f, &now));
	change = changes(cx, &out->k, &now);
	if (!change.p)
		return RC_OK;
	TRY(store_begin(cx));
	rc = auth_key_update(cx, &now);
	if (rc == RC_OK)
		rc = audit_key(cx, "edit", &now, change);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return auth_key_load(cx, now.id, out);
}

enum rc key_remove(struct ctx *cx, struct str ref, int64_t *id)
{
	struct auth_key_row row;
	bool was = false;
	enum rc rc;

	/* a key goes with its user; a site admin who deletes it once more finds it done */
	if (user_is_site_admin(cx->who) && str_i64(ref, id)) {
		rc = auth_key_load(cx, *id, &row);
		if (rc == RC_DONE)
			TRY(auth_key_was(cx, *id, &was));
		else
			TRY(rc);
		if (was)
			return RC_OK;
	}
	TRY(key_view(cx, ref, &row));
	TRY(may_manage(cx, row.k.user_id));
	TRY(store_begin(cx));
	rc = auth_key_delete(cx, row.k.id);
	if (rc == RC_OK)
		rc = audit_key(cx, "delete", &row.k, (struct str){ 0 });
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	*id = row.k.id;
	return store_commit(cx);
}

static enum rc reset_in_tx(struct ctx *cx, int64_t user_id, struct str *key)
{
	struct auth_key k = { .user_id = user_id ? user_id : cx->who->id };
	struct auth_key_row row;

	TRY(key_lifetime(cx, (struct str){ 0 }, &k));
	if (!user_id && cx->auth_key_id) {
		enum rc rc = auth_key_load(cx, cx->auth_key_id, &row);

		if (rc != RC_OK)
			return rc == RC_DONE ? invalid_key(cx) : rc;
		k.comment = row.k.comment;
		k.allowed_ips = row.k.allowed_ips;
		k.read_only = row.k.read_only;
		row.k.expiration = ctx_now_s(cx);
		TRY(auth_key_update(cx, &row.k));
		TRY(audit_key(cx, "expire", &row.k, (struct str){ 0 }));
	} else {
		TRY(auth_key_expire_all(cx, k.user_id));
		TRY(audit_add(cx, &(struct audit){ .action = "expire", .model = "User", .model_id = k.user_id, .title = S("all API keys") }, NULL));
	}
	return insert(cx, &k, key);
}

enum rc key_reset(struct ctx *cx, int64_t user_id, struct str *key)
{
	enum rc rc;

	TRY(may_manage(cx, user_id ? user_id : cx->who->id));
	TRY(store_begin(cx));
	rc = reset_in_tx(cx, user_id, key);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
