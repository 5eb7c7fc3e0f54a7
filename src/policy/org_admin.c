/* org_admin.c - see org_admin.h. */
#include "policy/org_admin.h"

#include "base/json.h"
#include "policy/diff.h"
#include "policy/user_admin.h"
#include "store/audit.h"
#include "store/setting.h"

static enum rc site_admin_only(struct ctx *cx)
{
	return user_is_site_admin(cx->who) ? RC_OK : fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
}

static void take(struct str *to, struct str from)
{
	if (in_has(from))
		*to = from.n ? from : (struct str){ 0 };
}

/* A JSON list, or one domain a line, as a JSON list. */
static enum rc domains(struct ctx *cx, struct str in, struct buf *b, struct str *out)
{
	enum rc rc = RC_OK;
	size_t n = 0;
	struct str s;
	struct jw w;

	in = str_trim(in);
	*out = (struct str){ 0 };
	if (!in.n)
		return RC_OK;
	jw_init(&w, b, false);
	jw_arr(&w);
	if (in.p[0] == '[') {
		struct jr r;

		jr_init(&r, cx, in, NULL);
		for (jr_arr(&r); jr_elem(&r);) {
			s = str_trim(jr_text(&r));
			if (s.n) {
				jw_str(&w, s);
				n++;
			}
		}
		rc = jr_end(&r);
	} else {
		struct cur c = cur_of(in);

		while (cur_line(&c, &s)) {
			s = str_trim(s);
			if (s.n) {
				jw_str(&w, s);
				n++;
			}
		}
	}
	jw_arr_end(&w);
	if (rc == RC_OK && n && buf_ok(b))
		*out = str_dup(cx->mem, buf_view(b));
	return rc;
}

static enum rc org_apply(struct ctx *cx, const struct org_form *f, struct org *o)
{
	if (str_trim(f->uuid).n && !uuid_parse(str_trim(f->uuid), &o->uuid))
		return fail_field(cx, RC_INVALID, "uuid", "This is no uuid.");
	if (in_has(f->name))
		o->name = str_trim(f->name);
	take(&o->description, f->description);
	take(&o->type, f->type);
	take(&o->nationality, f->nationality);
	take(&o->sector, f->sector);
	take(&o->contacts, f->contacts);
	take(&o->landingpage, f->landingpage);
	if (in_has(f->local))
		o->local = form_bool(f->local);
	if (in_has(f->restricted_to_domain)) {
		struct buf b;
		enum rc rc;

		buf_init(&b, 1 << 16);
		rc = domains(cx, f->restricted_to_domain, &b, &o->restricted_to_domain);
		buf_clear(&b);
		TRY(rc);
	}
	o->date_modified_s = ctx_now_s(cx);
	return RC_OK;
}

static struct str org_changes(struct ctx *cx, const struct org *was, const struct org *now)
{
	char a[UUID_TEXT + 1], b[UUID_TEXT + 1];
	struct diff d;

	uuid_text(&was->uuid, a);
	uuid_text(&now->uuid, b);
	diff_begin(&d);
	diff_text(&d, "name", was->name, now->name);
	diff_text(&d, "uuid", str_c(a), str_c(b));
	diff_text(&d, "description", was->description, now->description);
	diff_text(&d, "type", was->type, now->type);
	diff_text(&d, "nationality", was->nationality, now->nationality);
	diff_text(&d, "sector", was->sector, now->sector);
	diff_text(&d, "contacts", was->contacts, now->contacts);
	diff_text(&d, "landingpage", was->landingpage, now->landingpage);
	diff_text(&d, "restricted_to_domain", was->restricted_to_domain, now->restricted_to_domain);
	diff_bool(&d, "local", was->local, now->local);
	return diff_end(cx, &d);
}

bool org_list_hidden(const struct ctx *cx)
{
	return setting_on(cx, SITE_HIDE_ORGS) && !user_is_site_admin(cx->who) && !user_has(cx->who, PERM(SHARING_GROUP));
}

enum rc org_may_know(struct ctx *cx, int64_t id, bool *out)
{
	*out = true;
	return id == cx->who->org_id || !org_list_hidden(cx) ? RC_OK : org_contributed(cx, cx->scope, id, out);
}

enum rc org_add(struct ctx *cx, const struct org_form *f, struct org *out)
{
	struct org o = { .local = true, .created_by = cx->who->id };
	const struct org none = { 0 };
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(org_apply(cx, f, &o));
	TRY(store_begin(cx));
	rc = org_insert(cx, &o);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "add", .model = "Organisation", .model_id = o.id, .title = o.name,
			.change = org_changes(cx, &none, &o) }, NULL);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return org_load(cx, o.id, out);
}

static enum rc org_known(struct ctx *cx, struct str ref, struct org *out)
{
	enum rc rc = org_find(cx, ref, out);

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid organisation") : rc;
}

enum rc org_edit(struct ctx *cx, struct str ref, const struct org_form *f, struct org *out)
{
	struct org was, now;
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(org_known(cx, ref, &was));
	now = was;
	TRY(org_apply(cx, f, &now));
	TRY(store_begin(cx));
	rc = org_update(cx, &now);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "edit", .model = "Organisation", .model_id = now.id, .title = now.name,
			.change = org_changes(cx, &was, &now) }, NULL);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return org_load(cx, now.id, out);
}

enum rc org_remove(struct ctx *cx, struct str ref, int64_t *id)
{
	struct org o;
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(org_known(cx, ref, &o));
	TRY(store_begin(cx));
	rc = org_delete(cx, o.id);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "delete", .model = "Organisation", .model_id = o.id, .title = o.name }, NULL);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	*id = o.id;
	return store_commit(cx);
}

/* Users need a local organisation. */
static enum rc merged(struct ctx *cx, const struct org *from, struct org *into, int64_t moved)
{
	if (from->local && !into->local) {
		into->local = true;
		TRY(org_update(cx, into));
	}
	return audit_add(cx, &(struct audit){ .action = "merge", .model = "Organisation", .model_id = into->id,
		.title = str_fmt(cx->mem, "%.*s (%lld) into %.*s (%lld): %lld rows", STR(from->name), (long long)from->id, STR(into->name),
			(long long)into->id, (long long)moved) }, NULL);
}

enum rc org_merge(struct ctx *cx, struct str from, struct str into, struct org *out)
{
	struct org a, b;
	int64_t moved;
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(org_known(cx, from, &a));
	TRY(org_known(cx, into, &b));
	if (a.id == b.id)
		return fail(cx, RC_INVALID, "An organisation cannot be merged with itself.");
	rc = org_merge_begin(cx, a.id, b.id, &moved);
	if (rc == RC_OK)
		rc = merged(cx, &a, &b, moved);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return org_load(cx, b.id, out);
}

/* ---- roles ---- */

/* "512M", "2G", "-1" or nothing */
static bool is_memory_limit(struct str s)
{
	if (s.n == 0 || str_eq(s, S("-1")))
		return true;
	for (size_t i = 0; i + 1 < s.n; i++)
		if (!ch_digit((unsigned char)s.p[i]))
			return false;
	return s.n > 1 && s.n < 12 && strchr("MGmg", s.p[s.n - 1]);
}

static enum rc role_apply(struct ctx *cx, const struct role_form *f, struct role *r)
{
	int level = -1;
	int64_t n;

	if (in_has(f->name))
		r->name = str_trim(f->name);
	for (int i = 0; i < PERM_BIT_COUNT; i++)
		if (in_has(f->perm[i]))
			r->perms = form_bool(f->perm[i]) ? r->perms | 1u << i : r->perms & ~(1u << i);
	if (f->permission.n) {
		level = role_level_find(str_trim(f->permission));
		r->perms = role_level_set(r->perms, level < 0 ? 0 : level);
	}
	if (in_has(f->memory_limit)) {
		if (!is_memory_limit(f->memory_limit))
			return fail_field(cx, RC_INVALID, "memory_limit", "A number followed by M or G is expected.");
		r->memory_limit = f->memory_limit;
	}
	if (in_has(f->max_execution_time)) {
		if (f->max_execution_time.n && (!str_i64(f->max_execution_time, &n) || n < 0))
			return fail_field(cx, RC_INVALID, "max_execution_time", "A number of seconds is expected.");
		r->max_execution_time = f->max_execution_time;
	}
	if (in_has(f->restricted_to_site_admin))
		r->restricted_to_site_admin = form_bool(f->restricted_to_site_admin);
	if (in_has(f->enforce_rate_limit))
		r->enforce_rate_limit = form_bool(f->enforce_rate_limit);
	if (f->rate_limit_count.n) {
		if (!str_i64(f->rate_limit_count, &n) || n < 0)
			return fail_field(cx, RC_INVALID, "rate_limit_count", "A whole number is expected.");
		r->rate_limit_count = n;
	}
	return RC_OK;
}

static struct str role_changes(struct ctx *cx, const struct role *was, const struct role *now)
{
	static const char *const names[] = {
#define X(up, low, text) "perm_" #low,
		PERM_TABLE(X)
#undef X
	};
	struct diff d;

	diff_begin(&d);
	diff_text(&d, "name", was->name, now->name);
	for (int i = 0; i < PERM_BIT_COUNT; i++)
		diff_bool(&d, names[i], was->perms >> i & 1, now->perms >> i & 1);
	diff_text(&d, "memory_limit", was->memory_limit, now->memory_limit);
	diff_text(&d, "max_execution_time", was->max_execution_time, now->max_execution_time);
	diff_bool(&d, "restricted_to_site_admin", was->restricted_to_site_admin, now->restricted_to_site_admin);
	diff_bool(&d, "enforce_rate_limit", was->enforce_rate_limit, now->enforce_rate_limit);
	diff_int(&d, "rate_limit_count", was->rate_limit_count, now->rate_limit_count);
	return diff_end(cx, &d);
}

static enum rc audit_role(struct ctx *cx, const char *action, const struct role *r, struct str change)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "Role", .model_id = r->id, .title = r->name, .change = change }, NULL);
}

enum rc role_add(struct ctx *cx, const struct role_form *f, struct role *out)
{
	struct role r = { .memory_limit = S(""), .max_execution_time = S("") };
	const struct role none = { 0 };
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(role_apply(cx, f, &r));
	TRY(store_begin(cx));
	rc = role_insert(cx, &r);
	if (rc == RC_OK)
		rc = audit_role(cx, "add", &r, role_changes(cx, &none, &r));
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return role_load(cx, r.id, out);
}

static enum rc role_known(struct ctx *cx, int64_t id, struct role *out)
{
	enum rc rc = role_load(cx, id, out);

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid Role") : rc;
}

enum rc role_edit(struct ctx *cx, int64_t id, const struct role_form *f, struct role *out)
{
	struct role was, now;
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(role_known(cx, id, &was));
	now = was;
	TRY(role_apply(cx, f, &now));
	TRY(store_begin(cx));
	rc = role_update(cx, &now);
	if (rc == RC_OK)
		rc = audit_role(cx, "edit", &now, role_changes(cx, &was, &now));
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	return role_load(cx, id, out);
}

enum rc role_remove(struct ctx *cx, int64_t id)
{
	struct role r;
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(role_known(cx, id, &r));
	TRY(store_begin(cx));
	rc = role_delete(cx, id);
	if (rc == RC_OK)
		rc = audit_role(cx, "delete", &r, (struct str){ 0 });
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

enum rc role_make_default(struct ctx *cx, int64_t id)
{
	struct role r = { .name = S("no default role") };
	enum rc rc;

	TRY(site_admin_only(cx));
	if (id)
		TRY(role_known(cx, id, &r));
	TRY(store_begin(cx));
	rc = role_set_default(cx, id);
	if (rc == RC_OK)
		rc = audit_role(cx, "set_default", &r, (struct str){ 0 });
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
