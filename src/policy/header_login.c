/* header_login.c - see header_login.h. Nothing is written when the headers say what is known already. */
#include "policy/header_login.h"

#include "base/hash.h"
#include "base/json.h"
#include "policy/login.h"
#include "store/audit.h"
#include "store/org.h"
#include "store/role.h"
#include "store/session.h"
#include "store/setting.h"
#include "store/user.h"

bool header_login_on(struct ctx *cx)
{
	struct str list = setting_text(cx, SITE_AUTH);
	bool found = false;
	struct jr r;

	if (!list.n)
		return false;
	jr_init(&r, cx, list, NULL);
	for (jr_arr(&r); jr_elem(&r);)
		found |= str_eq(jr_text(&r), S("ShibbAuth.ApacheShibb"));
	if (jr_end(&r) != RC_OK) {
		ctx_forgive(cx);
		return false;
	}
	return found;
}

struct str header_login_name(struct ctx *cx, struct str tag)
{
	char *t;

	tag = str_trim(tag);
	if (str_starts(tag, S("HTTP_")))
		tag = str_from(tag, 5);
	t = str_cdup(cx->mem, tag);
	for (size_t i = 0; i < tag.n; i++)
		if (t[i] == '_')
			t[i] = '-';
	return str_n(t, tag.n);
}

static enum rc no_entry(struct ctx *cx, const struct header_login *h, const char *why)
{
	audit_queue(cx, &(struct audit){ .action = "login_fail", .model = "User", .title = str_fmt(cx->mem, "%s: %.*s", why, STR(str_sub(h->mail, 0, 255))) });
	return fail(cx, RC_UNAUTH, "The login service let you pass, but you have no access here: %s.", why);
}

static bool has_group(struct str groups, struct str sep, struct str name)
{
	size_t at;

	if (!sep.n)
		sep = S(";");
	for (;;) {
		at = str_find(groups, sep);
		if (str_eq(str_trim(str_sub(groups, 0, at)), name))
			return true;
		if (at == STR_NONE)
			return false;
		groups = str_from(groups, at + sep.n);
	}
}

/* The role of the lowest number among those of the groups; 0 when none has one. */
static enum rc role_of(struct ctx *cx, const struct header_login *h, int64_t *out)
{
	struct str matching = setting_text(cx, SITE_SHIBB_ROLES), sep = setting_text(cx, SITE_SHIBB_SEPARATOR), name;
	int64_t fixed = setting_int(cx, SITE_SHIBB_DEFAULT_ROLE);
	struct jr r;

	*out = 0;
	if (!matching.n || !h->groups.p)
		return RC_OK;
	jr_init(&r, cx, matching, NULL);
	for (jr_obj(&r); jr_member(&r, &name);) {
		bool mine = has_group(h->groups, sep, str_trim(name));
		int64_t id = jr_int(&r, 0);

		if (mine && id > 0 && (!*out || id < *out))
			*out = id;
	}
	TRY(jr_end(&r));
	if (*out && fixed)
		*out = fixed;
	return RC_OK;
}

/* In a transaction when it must be made. *id 0: there is none and none is made of a uuid. */
static enum rc org_of(struct ctx *cx, const struct header_login *h, bool make, int64_t *id)
{
	struct str ref = setting_on(cx, SITE_SHIBB_USE_DEFAULT_ORG) || !str_trim(h->org).n ? setting_text(cx, SITE_SHIBB_DEFAULT_ORG) : h->org;
	struct org o = { .local = true };
	struct uuid u;
	enum rc rc;

	*id = 0;
	ref = str_trim(ref);
	rc = uuid_parse(ref, &u) ? org_by_uuid(cx, &u, &o) : ref.n ? org_by_name(cx, ref, &o) : RC_DONE;
	if (rc == RC_OK)
		*id = o.id;
	if (rc != RC_DONE || !ref.n || uuid_parse(ref, &u) || !make)
		return rc == RC_DONE ? RC_OK : rc;
	o = (struct org){ .local = true, .name = ref };
	TRY(org_insert(cx, &o));
	*id = o.id;
	return audit_add(cx, &(struct audit){ .action = "add", .model = "Organisation", .model_id = o.id, .title = o.name }, NULL);
}

static enum rc note(struct ctx *cx, const char *action, const struct user_record *u)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "User", .model_id = u->id,
		.title = str_fmt(cx->mem, "%.*s by the login service: organisation %lld, role %lld", STR(u->email), (long long)u->org_id,
			(long long)u->role_id) }, NULL);
}

static enum rc make(struct ctx *cx, const struct header_login *h, int64_t org_id, int64_t role_id, int64_t *id)
{
	struct user_record u = { .email = str_trim(h->mail), .org_id = org_id, .role_id = role_id };

	u.nids_sid = 1000000 + (int64_t)(hash_seeded(u.email) % 9000000);
	TRY(user_insert(cx, &u, S("")));
	*id = u.id;
	return note(cx, "add", &u);
}

/* In a transaction: the user as the headers have him. *id 0: no such organisation. */
static enum rc settle(struct ctx *cx, const struct header_login *h, struct user_row *row, bool known, int64_t role_id, int64_t *id)
{
	struct user_record now = row->u;
	int64_t org_id, n;

	TRY(org_of(cx, h, true, &org_id));
	*id = 0;
	if (!org_id)
		return RC_OK;
	if (!known)
		return make(cx, h, org_id, role_id, id);
	*id = now.id;
	if (!setting_on(cx, SITE_SHIBB_KEEP_ORG))
		now.org_id = org_id;
	if (!setting_on(cx, SITE_SHIBB_KEEP_ROLE))
		now.role_id = role_id;
	if (now.org_id == row->u.org_id && now.role_id == row->u.role_id)
		return RC_OK;
	TRY(user_update(cx, &now));
	TRY(session_delete_of(cx, now.id, &n));
	return note(cx, "edit", &now);
}

static bool is_settled(struct ctx *cx, const struct user_row *row, int64_t org_id, int64_t role_id)
{
	return (setting_on(cx, SITE_SHIBB_KEEP_ORG) || row->u.org_id == org_id) && (setting_on(cx, SITE_SHIBB_KEEP_ROLE) || row->u.role_id == role_id);
}

static enum rc in_tx(struct ctx *cx, const struct header_login *h, struct user_row *row, bool known, int64_t role_id, int64_t *id)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = settle(cx, h, row, known, role_id, id);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

enum rc header_login(struct ctx *cx, const struct header_login *h)
{
	struct user_row row = { 0 };
	int64_t role_id, org_id, id;
	struct role role;
	struct user u;
	enum rc rc;

	if (!user_email_plausible(str_trim(h->mail)))
		return no_entry(cx, h, "this is no e-mail address");
	TRY(role_of(cx, h, &role_id));
	rc = role_id ? role_load(cx, role_id, &role) : RC_DONE;
	if (rc == RC_DONE)
		return no_entry(cx, h, "none of your groups has a role");
	TRY(rc);
	rc = user_by_email(cx, h->mail, &row);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	TRY(org_of(cx, h, false, &org_id));
	id = row.u.id;
	if (rc == RC_DONE || !org_id || !is_settled(cx, &row, org_id, role_id))
		TRY(in_tx(cx, h, &row, rc == RC_OK, role_id, &id));
	if (!id)
		return no_entry(cx, h, "there is no such organisation");
	rc = user_acting(cx, id, &u);
	if (rc == RC_DONE || (rc == RC_OK && u.disabled))
		return no_entry(cx, h, "the user is disabled");
	TRY(rc);
	TRY(login_open_for(cx, &u));
	return login_act(cx, &u);
}
