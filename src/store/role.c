/* role.c - rows of role. */
#include "store/role.h"

#include "store/user_int.h"

static const char *const LEVELS[] = { "read_only", "manage_own", "manage_org", "publish" };

int role_level(uint32_t perms)
{
	if (!(perms & PERM(ADD)))
		return 0;
	if (perms & PERM(MODIFY) && perms & PERM(PUBLISH))
		return 3;
	return perms & PERM(MODIFY_ORG) ? 2 : 1;
}

const char *role_level_name(int level)
{
	return LEVELS[level];
}

int role_level_find(struct str name)
{
	for (int i = 0; i < 4; i++)
		if (str_eq(name, str_c(LEVELS[i])) || (name.n == 1 && name.p[0] == '0' + i))
			return i;
	return -1;
}

uint32_t role_level_set(uint32_t perms, int level)
{
	perms &= ~(PERM(ADD) | PERM(MODIFY) | PERM(MODIFY_ORG) | PERM(PUBLISH));
	if (level >= 1)
		perms |= PERM(ADD) | PERM(MODIFY);
	if (level >= 2)
		perms |= PERM(MODIFY_ORG);
	if (level >= 3)
		perms |= PERM(PUBLISH);
	return perms;
}

void role_row(struct ctx *cx, struct stmt *q, int at, struct role *r)
{
	*r = (struct role){
		.id = col_i64(q, at),
		.name = col_text_dup(cx, q, at + 1),
		.perms = (uint32_t)col_i64(q, at + 2),
		.default_role = col_i64(q, at + 3),
		.restricted_to_site_admin = col_i64(q, at + 4),
		.memory_limit = col_null(q, at + 5) ? (struct str){ 0 } : col_text_dup(cx, q, at + 5),
		.max_execution_time = col_null(q, at + 6) ? (struct str){ 0 } : col_text_dup(cx, q, at + 6),
		.enforce_rate_limit = col_i64(q, at + 7),
		.rate_limit_count = col_i64(q, at + 8),
		.created_s = col_i64(q, at + 9),
		.modified_s = col_i64(q, at + 10),
	};
}

enum rc role_load(struct ctx *cx, int64_t id, struct role *out)
{
	static const struct sql Q = SQL("SELECT " ROLE_COLS " FROM role r WHERE r.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		role_row(cx, &q, 0, out);
	return rc;
}

enum rc role_default(struct ctx *cx, struct role *out)
{
	static const struct sql Q = SQL("SELECT " ROLE_COLS " FROM role r WHERE r.default_role <> 0 ORDER BY r.id LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		role_row(cx, &q, 0, out);
	return rc;
}

enum rc role_list(struct ctx *cx, struct role **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " ROLE_COLS " FROM role r ORDER BY r.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, role_row(cx, &q, 0, e));
}

static enum rc check(struct ctx *cx, const struct role *r)
{
	static const struct sql Q = SQL("SELECT r.id FROM role r WHERE r.name = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t there;
	enum rc rc;

	if (!r->name.n || r->name.n > 255)
		return fail_field(cx, RC_INVALID, "name", "A role needs a name of at most 255 bytes.");
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_text(&q, 1, r->name);
	rc = stmt_get_i64(cx, &q, &there);
	if (rc == RC_OK && there != r->id)
		return fail_field(cx, RC_INVALID, "name", "Another role has this name.");
	return rc == RC_DONE ? RC_OK : rc;
}

static void bind_role(struct stmt *q, const struct role *r)
{
	bind_i64(q, 1, r->id);
	bind_text(q, 2, r->name);
	bind_i64(q, 3, r->perms);
	bind_i64(q, 4, r->default_role);
	bind_i64(q, 5, r->restricted_to_site_admin);
	bind_text(q, 6, r->memory_limit);
	bind_text(q, 7, r->max_execution_time);
	bind_i64(q, 8, r->enforce_rate_limit);
	bind_i64(q, 9, r->rate_limit_count);
	bind_i64(q, 10, r->created_s);
	bind_i64(q, 11, r->modified_s);
}

enum rc role_insert(struct ctx *cx, struct role *r)
{
	static const struct sql Q = SQL("INSERT INTO role (id, name, perms, default_role, restricted_to_site_admin, memory_limit, max_execution_time, "
					"enforce_rate_limit, rate_limit_count, created, modified) "
					"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(check(cx, r));
	TRY(id_next(cx, "role", &r->id));
	r->created_s = r->modified_s = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_role(&q, r);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc role_update(struct ctx *cx, const struct role *r)
{
	static const struct sql Q = SQL("UPDATE role SET name = $2, perms = $3, default_role = $4, restricted_to_site_admin = $5, memory_limit = $6, "
					"max_execution_time = $7, enforce_rate_limit = $8, rate_limit_count = $9, created = $10, modified = $11 "
					"WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct role now = *r;

	TRY(check(cx, r));
	now.modified_s = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_role(&q, &now);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc role_delete(struct ctx *cx, int64_t id)
{
	static const struct sql USED = SQL("SELECT count(*) FROM (SELECT 1 FROM users WHERE role_id = $1 LIMIT 1) x");
	static const struct sql Q = SQL("DELETE FROM role WHERE id = $1");
	SCOPED(stmt_done) struct stmt u = STMT_INIT, q = STMT_INIT;
	int64_t used;

	TRY(stmt_open(cx, cx->conn, &USED, &u));
	bind_i64(&u, 1, id);
	TRY(stmt_get_i64(cx, &u, &used));
	if (used)
		return fail(cx, RC_INVALID, "The role is still assigned to users.");
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc role_set_default(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("UPDATE role SET default_role = CASE WHEN id = $1 THEN 1 ELSE 0 END");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

/* What each built-in role may do: columns of the table, named as clients know them. */
#define READER (PERM(AUTH) | PERM(AUDIT))
#define WRITER (READER | PERM(ADD) | PERM(MODIFY) | PERM(MODIFY_ORG) | PERM(TAGGER) | PERM(SIGHTING) | PERM(DECAYING) | PERM(GALAXY_EDITOR) | \
	PERM(ANALYST_DATA))
#define PUBLISHER (WRITER | PERM(PUBLISH) | PERM(PUBLISH_ZMQ) | PERM(PUBLISH_KAFKA) | PERM(DELEGATE))
#define EDITOR (PUBLISHER | PERM(SHARING_GROUP) | PERM(TAG_EDITOR))
#define ORG_ADMIN (EDITOR | PERM(ADMIN) | PERM(TEMPLATE))
#define SITE_ADMIN (ORG_ADMIN | PERM(SYNC) | PERM(SITE_ADMIN) | PERM(REGEXP_ACCESS) | PERM(OBJECT_TEMPLATE) | PERM(WARNINGLIST) | \
	PERM(VIEW_FEED_CORRELATIONS) | PERM(SERVER_SIGN))

enum rc role_seed(struct ctx *cx)
{
	static const struct {
		enum role_builtin id;
		const char *name;
		uint32_t perms;
	} t[] = {
		{ ROLE_ADMIN, "admin", SITE_ADMIN },
		{ ROLE_ORG_ADMIN, "Org Admin", ORG_ADMIN },
		{ ROLE_USER, "User", WRITER },
		{ ROLE_PUBLISHER, "Publisher", PUBLISHER },
		{ ROLE_SYNC, "Sync user", EDITOR | PERM(SYNC) },
		{ ROLE_READ_ONLY, "Read Only", READER },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct role r = { .name = str_c(t[i].name), .perms = t[i].perms, .default_role = t[i].id == ROLE_USER };

		TRY(role_insert(cx, &r));
		if (r.id != t[i].id)
			return fail(cx, RC_DB, "role '%s' got id %lld instead of %d", t[i].name, (long long)r.id, t[i].id);
	}
	return RC_OK;
}
