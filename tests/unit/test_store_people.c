/* organisations, roles, users, keys, and who acts: the same cases on SQLite (a fresh data folder) and on PostgreSQL (MISP_TEST_PG: an empty database) */
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "policy/bootstrap.h"
#include "policy/login.h"
#include "policy/password.h"
#include "policy/scope.h"
#include "store/audit.h"
#include "store/auth_key.h"
#include "store/org.h"
#include "store/role.h"
#include "store/user.h"
#include "unit/tap.h"

#define ADMIN_KEY "Abcdefghij0123456789Abcdefghij0123456789"
#define PASSWORD "Correct-horse-1"

static const char *on; /* engine under test, for messages */

static bool fine(struct ctx *cx, enum rc rc, int line, const char *what)
{
	bool ok = tap_check(rc == RC_OK, __FILE__, line, "%s: %s", on, what);

	if (!ok)
		printf("#   rc %d: %s\n", rc, cx->err.msg);
	ctx_forgive(cx);
	return ok;
}
#define FINE(call) fine(cx, (call), __LINE__, #call)

static void failing(struct ctx *cx, enum rc rc, enum rc want, const char *field, int line, const char *what)
{
	bool ok = tap_check(rc == want && cx->err.rc == want && str_eq(str_c(cx->err.field), str_c(field)), __FILE__, line, "%s: %s fails", on, what);

	if (!ok)
		printf("#   rc %d, want %d; field '%s', want '%s': %s\n", rc, want, cx->err.field, field, cx->err.msg);
	ctx_forgive(cx);
}
#define FAILS(call, want, field) failing(cx, (call), (want), (field), __LINE__, #call)

static int64_t version(struct ctx *cx)
{
	int64_t v = -1;

	FINE(data_version_get(cx, "user", &v));
	return v;
}

/* no failed save may spoil the transaction that goes on */
static void begin(struct ctx *cx)
{
	FINE(store_begin(cx));
}

static void bootstrap(struct ctx *cx)
{
	struct bootstrap b = { .password = S(PASSWORD), .key = S(ADMIN_KEY) };
	struct bootstrap bad = { .key = S("short") };
	struct bootstrap_result r;
	struct user_row u;
	bool empty = false;

	FINE(store_is_empty(cx, &empty));
	CHECK(empty);
	FAILS(instance_init(cx, &bad, &r), RC_INVALID, "key");
	FINE(instance_init(cx, &b, &r));
	CHECK_STR(r.org_name, S("ORGNAME"));
	CHECK_STR(r.email, S("admin@admin.test"));
	CHECK_STR(r.key, S(ADMIN_KEY));
	CHECK(!r.password_made && !r.key_made);
	FAILS(instance_init(cx, &b, &r), RC_EXISTS, "");
	FINE(user_load(cx, r.user_id, &u));
	CHECK(!u.u.change_pw && u.org.local && u.role.id == ROLE_ADMIN);
}

static void roles(struct ctx *cx)
{
	static const struct {
		int64_t id;
		const char *name;
		uint32_t with, without;
		int level;
	} t[] = {
		{ 1, "admin", PERM(SITE_ADMIN) | PERM(SYNC) | PERM(REGEXP_ACCESS) | PERM(WARNINGLIST) | PERM(OBJECT_TEMPLATE), PERM(SKIP_OTP), 3 },
		{ 2, "Org Admin", PERM(ADMIN) | PERM(TEMPLATE) | PERM(DELEGATE), PERM(SITE_ADMIN) | PERM(SYNC) | PERM(WARNINGLIST), 3 },
		{ 3, "User", PERM(ADD) | PERM(MODIFY_ORG) | PERM(TAGGER) | PERM(SIGHTING), PERM(PUBLISH) | PERM(TAG_EDITOR) | PERM(DELEGATE), 2 },
		{ 4, "Publisher", PERM(PUBLISH) | PERM(PUBLISH_ZMQ) | PERM(DELEGATE), PERM(TAG_EDITOR) | PERM(SHARING_GROUP), 3 },
		{ 5, "Sync user", PERM(SYNC) | PERM(TAG_EDITOR) | PERM(SHARING_GROUP), PERM(ADMIN) | PERM(TEMPLATE), 3 },
		{ 6, "Read Only", PERM(AUTH) | PERM(AUDIT), ~(PERM(AUTH) | PERM(AUDIT)), 0 },
	};
	struct role *v, r, extra = { .name = S("analyst"), .perms = PERM(AUTH) };
	int64_t before = version(cx);
	size_t n;

	FINE(role_list(cx, &v, &n));
	CHECK_INT(n, 6);
	for (size_t i = 0; i < n && i < 6; i++) {
		CHECK_INT(v[i].id, t[i].id);
		CHECK_STR(v[i].name, str_c(t[i].name));
		CHECKF((v[i].perms & t[i].with) == t[i].with, "%s has what it needs", t[i].name);
		CHECKF((v[i].perms & t[i].without) == 0, "%s has no more", t[i].name);
		CHECK_INT(role_level(v[i].perms), t[i].level);
		CHECK_INT(v[i].default_role, i == 2);
		CHECK(!v[i].memory_limit.p && !v[i].max_execution_time.p);
	}
	begin(cx);
	FINE(role_insert(cx, &extra));
	FAILS(role_insert(cx, &(struct role){ .name = S("analyst") }), RC_INVALID, "name");
	FAILS(role_insert(cx, &(struct role){ .name = S("") }), RC_INVALID, "name");
	FINE(role_set_default(cx, extra.id));
	extra.max_execution_time = S("1234");
	extra.default_role = true;
	FINE(role_update(cx, &extra));
	FINE(store_commit(cx));
	CHECK(version(cx) > before);
	CHECK_INT(extra.id, 7);
	FINE(role_default(cx, &r));
	CHECK_STR(r.name, S("analyst"));
	CHECK_STR(r.max_execution_time, S("1234"));
	begin(cx);
	FINE(role_set_default(cx, ROLE_USER));
	FINE(role_delete(cx, extra.id));
	FAILS(role_delete(cx, ROLE_ADMIN), RC_INVALID, "");
	FINE(store_commit(cx));
	CHECK(role_load(cx, 7, &r) == RC_DONE);
	FINE(role_load(cx, 1, &r));
	for (int i = 0; i < 4; i++) {
		CHECK_INT(role_level(role_level_set(PERM(AUTH), i)), i);
		CHECK_INT(role_level_find(str_c(role_level_name(i))), i);
	}
	CHECK_INT(role_level_find(S("2")), 2);
	CHECK_INT(role_level_find(S("all")), -1);
}

static void orgs(struct ctx *cx)
{
	struct org a = { .name = S(" \xc3\x89quipe "), .local = true, .nationality = S("France") }, b = { .name = S("Far Away") }, got;
	struct org_in in = { 0 };
	struct org_row *v;
	char uu[UUID_TEXT + 1];
	int64_t id = -1, id2 = -1;
	size_t n;

	begin(cx);
	FINE(org_insert(cx, &a));
	FINE(org_insert(cx, &b));
	FAILS(org_insert(cx, &(struct org){ .name = S("EQUIPE") }), RC_INVALID, "name");
	FAILS(org_insert(cx, &(struct org){ .name = S("  ") }), RC_INVALID, "name");
	FAILS(org_insert(cx, &(struct org){ .name = S("other"), .uuid = a.uuid }), RC_INVALID, "uuid");
	FINE(store_commit(cx));
	CHECK(!uuid_is_nil(&a.uuid));
	FINE(org_load(cx, a.id, &got));
	CHECK_STR(got.name, S("\xc3\x89quipe"));
	CHECK(!got.description.p && got.local && got.date_created_s > 0);
	FINE(org_find(cx, S("equipe"), &got));
	CHECK_INT(got.id, a.id);
	uuid_text(&b.uuid, uu);
	FINE(org_find(cx, str_c(uu), &got));
	CHECK_INT(got.id, b.id);
	CHECK(org_find(cx, S("nobody"), &got) == RC_DONE && org_find(cx, S("999"), &got) == RC_DONE && org_find(cx, S(""), &got) == RC_DONE);
	FINE(org_first_local(cx, &got));
	CHECK_STR(got.name, S("ORGNAME"));

	FINE(org_list(cx, ORG_LOCAL, (struct str){ 0 }, &v, &n));
	CHECK_INT(n, 2);
	CHECK_INT(v[0].user_count, 1);
	FINE(org_list(cx, ORG_EXTERNAL, (struct str){ 0 }, &v, &n));
	CHECK(n == 1 && v[0].o.id == b.id && v[0].user_count == 0);
	FINE(org_list(cx, ORG_ALL, (struct str){ 0 }, &v, &n));
	CHECK_INT(n, 3);
	FINE(org_list(cx, ORG_ALL, S("FRANCE"), &v, &n));
	CHECK(n == 1 && v[0].o.id == a.id);
	FINE(org_list(cx, ORG_ALL, str_n(uu, 13), &v, &n));
	CHECK(n == 1 && v[0].o.id == b.id);

	/* captured from documents */
	begin(cx);
	FINE(org_capture(cx, &in, &id));
	CHECK_INT(id, 0);
	in = (struct org_in){ .uuid = str_c(uu), .name = S("renamed elsewhere") };
	FINE(org_capture(cx, &in, &id));
	CHECK_INT(id, b.id);
	in = (struct org_in){ .name = S("far away") };
	FINE(org_capture(cx, &in, &id));
	CHECK_INT(id, b.id);
	in = (struct org_in){ .uuid = S("9d3f0a52-1111-4222-8333-444455556666"), .name = S("Far Away") };
	FINE(org_capture(cx, &in, &id));
	CHECK(id != b.id && id > 0);
	FINE(org_capture(cx, &in, &id2));
	CHECK_INT(id2, id);
	FINE(org_load(cx, id, &got));
	CHECK(!got.local);
	CHECK_STR(got.name, S("Far Away_9d3f0a52"));
	in = (struct org_in){ .uuid = S("9d3f0a52-1111-4222-8333-444455557777") };
	FINE(org_capture(cx, &in, &id2));
	FINE(org_load(cx, id2, &got));
	CHECK_STR(got.name, in.uuid);
	in = (struct org_in){ .uuid = S("no uuid"), .name = S("Newcomer") };
	FINE(org_capture(cx, &in, &id2));
	CHECK(id2 > id);
	a.name = S("Team");
	a.date_modified_s++;
	FINE(org_update(cx, &a));
	a.name = S("far AWAY");
	FAILS(org_update(cx, &a), RC_INVALID, "name");
	FAILS(org_delete(cx, 1), RC_INVALID, "");
	FINE(org_delete(cx, id));
	FINE(store_commit(cx));
	CHECK(org_load(cx, id, &got) == RC_DONE);
	FINE(org_find(cx, S("TEAM"), &got));
	CHECK_INT(got.id, a.id);
}

static int64_t org_named(struct ctx *cx, struct str name)
{
	struct org o = { 0 };

	FINE(org_by_name(cx, name, &o));
	return o.id;
}

static void users(struct ctx *cx)
{
	struct user_record u = { .email = S(" Jo.Doe@Example.org"), .org_id = org_named(cx, S("Team")), .role_id = ROLE_USER, .nids_sid = 7 }, bad;
	struct user_setting s, *list;
	struct user_row row, *v;
	struct str hash;
	bool was, ok;
	size_t n;

	FINE(password_hash(cx, S("Another-horse-2"), &hash));
	CHECK(str_starts(hash, S("$argon2id$")));
	begin(cx);
	FINE(user_insert(cx, &u, hash));
	bad = u;
	bad.id = 0;
	FAILS(user_insert(cx, &bad, hash), RC_INVALID, "email");
	bad.email = S("no address");
	FAILS(user_insert(cx, &bad, hash), RC_INVALID, "email");
	bad.email = S("x@example.org");
	bad.role_id = 99;
	FAILS(user_insert(cx, &bad, hash), RC_INVALID, "role_id");
	bad.role_id = ROLE_USER;
	bad.org_id = 99999;
	FAILS(user_insert(cx, &bad, hash), RC_INVALID, "org_id");
	FINE(store_commit(cx));

	FINE(user_by_email(cx, S("JO.DOE@example.ORG"), &row));
	CHECK_INT(row.u.id, u.id);
	CHECK_STR(row.u.email, S("Jo.Doe@Example.org"));
	CHECK_STR(row.org.name, S("Team"));
	CHECK_STR(row.role.name, S("User"));
	CHECK(!row.u.gpgkey.p && !row.u.has_expiration && row.u.date_created > 0);
	FINE(user_list(cx, &(struct user_filter){ 0 }, &v, &n));
	CHECK_INT(n, 2);
	FINE(user_list(cx, &(struct user_filter){ .search = S("TEAM") }, &v, &n));
	CHECK(n == 1 && v[0].u.id == u.id);
	FINE(user_list(cx, &(struct user_filter){ .email = S("admin@") }, &v, &n));
	CHECK(n == 1 && v[0].u.id == 1);
	FINE(user_list(cx, &(struct user_filter){ .org_id = u.org_id, .search = S("admin@") }, &v, &n));
	CHECK_INT(n, 0);

	begin(cx);
	u = row.u;
	u.autoalert = true;
	u.has_expiration = true;
	u.expiration = ctx_now_s(cx) + 100;
	u.gpgkey = S("key");
	FINE(user_update(cx, &u));
	FINE(user_password_set(cx, u.id, hash, true));
	FINE(user_setting_set(cx, u.id, S("homepage"), S("{\"path\":\"/a\"}")));
	FINE(user_setting_set(cx, u.id, S("homepage"), S("{\"path\":\"/b\"}")));
	FINE(user_setting_set(cx, 1, S("dashboard_access"), S("1")));
	FINE(store_commit(cx));
	FINE(user_load(cx, u.id, &row));
	CHECK(row.u.autoalert && row.u.has_expiration && row.u.change_pw && row.u.expiration == u.expiration);
	CHECK_STR(row.u.gpgkey, S("key"));
	FINE(user_password(cx, u.id, &hash));
	FINE(password_verify(cx, S("Another-horse-2"), hash, &ok));
	CHECK(ok);
	FINE(user_setting_get(cx, u.id, S("homepage"), &s));
	CHECK_STR(s.value, S("{\"path\":\"/b\"}"));
	FINE(user_setting_list(cx, 0, 0, &list, &n));
	CHECK_INT(n, 2);
	FINE(user_setting_list(cx, 0, u.org_id, &list, &n));
	CHECK(n == 1 && list[0].user_id == u.id);
	begin(cx);
	FINE(user_setting_delete(cx, u.id, S("homepage"), &was));
	CHECK(was);
	FINE(user_setting_delete(cx, u.id, S("homepage"), &was));
	CHECK(!was);
	FINE(store_commit(cx));
	CHECK(user_setting_get(cx, u.id, S("homepage"), &s) == RC_DONE);
}

static void passwords(struct ctx *cx)
{
	static const struct {
		const char *text;
		bool good;
	} t[] = {
		{ "Password1234", true }, { "Password-abc", true }, { "Passwordabcd", false }, { "password1234", false }, { "PASSWORD1234", false },
		{ "Passw0rd", false }, { "", false }, { "aaaaaaaaaaaaaaaa", true }, { "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", false },
	};
	char text[PASSWORD_RANDOM + 1];
	struct str hash;
	bool ok = true;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		if (t[i].good)
			FINE(password_rules(cx, str_c(t[i].text)));
		else
			FAILS(password_rules(cx, str_c(t[i].text)), RC_INVALID, "password");
	}
	password_random(text);
	FINE(password_rules(cx, str_c(text)));
	FINE(password_hash(cx, str_c(text), &hash));
	FINE(password_verify(cx, S("something else"), hash, &ok));
	CHECK(!ok);
	FINE(password_verify(cx, S("something else"), S(""), &ok));
	CHECK(!ok);
	FINE(password_verify(cx, S(""), S("not a hash"), &ok));
	CHECK(!ok);
}

static void logged_out(struct ctx *cx)
{
	cx->who = NULL;
	cx->scope = NULL;
	cx->auth_key_id = 0;
	cx->origin = S("192.0.2.7");
}

static void keys(struct ctx *cx)
{
	static const struct {
		const char *list;
		const char *addr;
		bool in;
	} t[] = {
		{ "[\"192.0.2.7\"]", "192.0.2.7", true }, { "[\"192.0.2.0/24\",\"2001:db8::/32\"]", "2001:db8::5", true },
		{ "[\"192.0.2.0/24\"]", "192.0.3.1", false }, { "[\"0.0.0.0/0\",\"::/0\"]", "198.51.100.1", true }, { "[]", "192.0.2.7", false },
		{ "[\"::/0\"]", "192.0.2.7", false }, { "broken", "192.0.2.7", false }, { "[\"192.0.2.7\"]", "cli", false },
	};
	struct auth_key k = { .comment = S("first") }, k2;
	struct auth_key_row row, *v;
	char key[AUTH_KEY_LEN + 1], other[AUTH_KEY_LEN + 1];
	struct user_row jo;
	struct user u;
	size_t n;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		CHECKF(login_address_allowed(cx, str_c(t[i].list), str_c(t[i].addr)) == t[i].in, "%s in %s", t[i].addr, t[i].list);
	CHECK(login_address_allowed(cx, (struct str){ 0 }, S("cli")));

	auth_key_make(key);
	auth_key_make(other);
	CHECK(auth_key_plausible(str_c(key)) && !str_eq(str_c(key), str_c(other)));
	CHECK(!auth_key_plausible(S("short")) && !auth_key_plausible(S("Abcdefghij0123456789Abcdefghij012345678-")));
	FINE(user_by_email(cx, S("jo.doe@example.org"), &jo));
	begin(cx);
	k.user_id = jo.u.id;
	FINE(auth_key_insert(cx, &k, str_c(key)));
	FINE(store_commit(cx));
	begin(cx);
	k2 = k;
	FAILS(auth_key_insert(cx, &k2, str_c(key)), RC_EXISTS, "authkey");
	FAILS(auth_key_insert(cx, &k2, S("x")), RC_INVALID, "authkey");
	store_rollback(cx);
	FINE(auth_key_find(cx, str_c(key), &k2, &u));
	CHECK(k2.id == k.id && uuid_eq(&k2.uuid, &k.uuid) && u.id == jo.u.id && !u.has_groups);
	CHECK(memcmp(k2.key_start, key, 4) == 0 && memcmp(k2.key_end, key + 36, 5) == 0);
	CHECK(auth_key_find(cx, str_c(other), &k2, &u) == RC_DONE);
	FINE(auth_key_list(cx, 0, 0, &v, &n));
	CHECK_INT(n, 2);
	FINE(auth_key_list(cx, jo.u.id, 0, &v, &n));
	CHECK(n == 1 && v[0].k.id == k.id);
	CHECK_STR(v[0].k.comment, S("first"));
	CHECK_STR(v[0].user_email, S("Jo.Doe@Example.org"));
	FINE(auth_key_list(cx, 0, 1, &v, &n));
	CHECK(n == 1 && v[0].user_org_id == 1);
	FINE(auth_key_by_uuid(cx, &k.uuid, &row));
	CHECK_INT(row.k.id, k.id);

	/* by header */
	logged_out(cx);
	FINE(login_by_key(cx, str_c(key)));
	CHECK(cx->who && cx->who->id == jo.u.id && cx->auth_key_id == k.id && cx->scope && !cx->scope->all && cx->scope->org_id == jo.u.org_id);
	CHECK(user_has(cx->who, PERM(ADD)));
	logged_out(cx);
	FINE(login_by_key(cx, str_fmt(cx->mem, "%s, " ADMIN_KEY " ,", other)));
	CHECK(cx->who->id == 1 && cx->scope->all);
	logged_out(cx);
	FAILS(login_by_key(cx, str_c(other)), RC_UNAUTH, "");
	FAILS(login_by_key(cx, S("")), RC_UNAUTH, "");
	FAILS(login_by_key(cx, S("Basic dXNlcjpwYXNz")), RC_UNAUTH, "");
	FAILS(login_by_key(cx, (struct str){ 0 }), RC_UNAUTH, "");
	CHECK(!cx->who && !cx->scope);

	/* a read-only key keeps reading; an address or an expired key lets nobody in */
	begin(cx);
	k.read_only = true;
	FINE(auth_key_update(cx, &k));
	FINE(store_commit(cx));
	FINE(login_by_key(cx, str_c(key)));
	CHECK(cx->who->read_only_key && user_has(cx->who, PERM(AUTH)) && !user_has(cx->who, PERM(ADD)) && user_has(cx->who, PERM(AUDIT)));
	logged_out(cx);
	begin(cx);
	k.allowed_ips = S("[\"198.51.100.0/24\"]");
	FINE(auth_key_update(cx, &k));
	FINE(store_commit(cx));
	FAILS(login_by_key(cx, str_c(key)), RC_UNAUTH, "");
	cx->origin = S("198.51.100.9");
	FINE(login_by_key(cx, str_c(key)));
	logged_out(cx);
	cx->origin = S("198.51.100.9");
	begin(cx);
	FINE(auth_key_expire_all(cx, jo.u.id));
	FINE(store_commit(cx));
	FAILS(login_by_key(cx, str_c(key)), RC_UNAUTH, "");

	/* use is written later */
	FINE(auth_key_load(cx, k.id, &row));
	CHECK(row.k.last_used == 0 && row.k.expiration == ctx_now_s(cx));
	FINE(auth_key_flush(cx));
	FINE(auth_key_load(cx, k.id, &row));
	CHECK_INT(row.k.last_used, ctx_now_s(cx));
	FINE(user_load(cx, jo.u.id, &jo));
	CHECK_INT(jo.u.last_api_access, ctx_now_s(cx));
	FINE(auth_key_flush(cx));

	/* disabled, past its time, or of a role without API */
	logged_out(cx);
	begin(cx);
	k.expiration = 0;
	k.read_only = false;
	k.allowed_ips = (struct str){ 0 };
	FINE(auth_key_update(cx, &k));
	jo.u.disabled = true;
	FINE(user_update(cx, &jo.u));
	FINE(store_commit(cx));
	FAILS(login_by_key(cx, str_c(key)), RC_UNAUTH, "");
	begin(cx);
	jo.u.disabled = false;
	jo.u.has_expiration = true;
	jo.u.expiration = ctx_now_s(cx);
	FINE(user_update(cx, &jo.u));
	FINE(store_commit(cx));
	FAILS(login_by_key(cx, str_c(key)), RC_UNAUTH, "");
	begin(cx);
	jo.u.has_expiration = false;
	FINE(user_update(cx, &jo.u));
	FINE(store_commit(cx));
	FINE(login_by_key(cx, str_c(key)));
	logged_out(cx);
	FINE(audit_flush(cx));
}

static void by_password(struct ctx *cx)
{
	struct user_row row;

	logged_out(cx);
	FAILS(login_by_password(cx, S("nobody@example.org"), S(PASSWORD)), RC_UNAUTH, "");
	FAILS(login_by_password(cx, S("admin@admin.test"), S("wrong")), RC_UNAUTH, "");
	CHECK(!cx->who);
	FINE(login_by_password(cx, S("Admin@admin.test"), S(PASSWORD)));
	CHECK(cx->who && cx->who->id == 1 && cx->scope->all && cx->auth_key_id == 0);
	FINE(user_load(cx, 1, &row));
	CHECK(row.u.current_login == ctx_now_s(cx) && row.u.last_login == 0);
	logged_out(cx);
	FINE(login_as_cli(cx));
	CHECK(cx->who->id == 1 && cx->scope->all && user_is_site_admin(cx->who));
	CHECK_STR(cx->origin, S("cli"));
	logged_out(cx);
	FINE(login_as(cx, 2));
	CHECK(!cx->scope->all);
	logged_out(cx);
	FAILS(login_as(cx, 99), RC_DENIED, "");
}

static void groups(struct ctx *cx)
{
	struct user u = { .org_id = 3, .perms = PERM(AUTH) };
	struct scope sc;

	FINE(scope_of(cx, &u, &sc));
	CHECK(!sc.all && sc.org_id == 3 && sc.group_n == 0);
	u.has_groups = true;
	FINE(scope_of(cx, &u, &sc));
	CHECK(sc.group_n == 0);
	u.perms |= PERM(SITE_ADMIN);
	FINE(scope_of(cx, &u, &sc));
	CHECK(sc.all);
}

static void no_admin(struct ctx *cx)
{
	struct user_row row;

	begin(cx);
	FINE(user_load(cx, 1, &row));
	row.u.disabled = true;
	FINE(user_update(cx, &row.u));
	FINE(store_commit(cx));
	logged_out(cx);
	FINE(login_as_cli(cx));
	CHECK(cx->who->id == 0 && cx->who->org_id == 1 && cx->scope->all && user_is_site_admin(cx->who));
	CHECK_STR(cx->who->email, S("cli"));
	logged_out(cx);
	begin(cx);
	FINE(user_delete(cx, 2));
	FINE(store_commit(cx));
	CHECK(user_load(cx, 2, &row) == RC_DONE);
}

static void timing(struct ctx *cx)
{
	enum { N = 20000 };
	int64_t t = clock_mono_us();
	int good = 0;

	for (int i = 0; i < N; i++) {
		struct arena_mark m = arena_mark(cx->mem);

		good += login_by_key(cx, S(ADMIN_KEY)) == RC_OK;
		logged_out(cx);
		arena_reset(cx->mem, m);
	}
	t = clock_mono_us() - t;
	CHECK_INT(good, N);
	printf("# %s: login by key %.1f us\n", on, (double)t / N);
	FINE(auth_key_flush(cx));
}

static void all_cases(struct ctx *cx, const char *engine, const char *dir, const char *url)
{
	struct store_options o = { .dir = str_c(dir), .db_url = str_c(url), .create = true };
	struct store *st = NULL;

	on = engine;
	if (!FINE(store_open(cx, &o, &st)))
		return;
	cx->st = st;
	bootstrap(cx);
	roles(cx);
	orgs(cx);
	users(cx);
	passwords(cx);
	keys(cx);
	by_password(cx);
	groups(cx);
	timing(cx);
	no_admin(cx);
	cx->st = NULL;
	store_close(st);
}

static int unlink_one(const char *path, const struct stat *sb, int kind, struct FTW *f)
{
	return remove(path);
}

int main(void)
{
	char dir[] = "/tmp/misp-people-XXXXXX", *sub[2];
	const char *pg = getenv("MISP_TEST_PG");
	struct ctx cx;

	ctx_init(&cx, 0);
	if (!mkdtemp(dir))
		return 1;
	for (int i = 0; i < 2; i++)
		sub[i] = str_cdup(cx.mem, str_fmt(cx.mem, "%s/%d", dir, i));
	all_cases(&cx, "sqlite", sub[0], "");
	if (pg && *pg)
		all_cases(&cx, "pg", sub[1], pg);
	else
		tap_skip("MISP_TEST_PG is not set: no PostgreSQL");
	ctx_clear(&cx);
	nftw(dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
