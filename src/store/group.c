/* group.c - rows of sharing_group, sharing_group_org and sharing_group_server. Who may change them is decided above. */
#include "store/group.h"
#include "base/seek.h"

/* columns of a group, its owner, and the organisation of who brought it here */
#define COLS \
	"g.id, g.uuid, g.name, g.releasability, g.description, g.org_id, g.active, g.local, g.roaming, g.created, g.modified, g.sync_user_id, " \
	"o.uuid, o.name, so.id, so.uuid, so.name"
#define FROM \
	" FROM sharing_group g LEFT JOIN org o ON o.id = g.org_id LEFT JOIN users su ON su.id = g.sync_user_id LEFT JOIN org so ON so.id = su.org_id"

enum rc group_of_org(struct ctx *cx, int64_t org_id, const int64_t **out, size_t *n)
{
	static const struct sql Q =
		SQL("SELECT g.sharing_group_id FROM sharing_group_org g WHERE g.org_id = $1 UNION "
		    "SELECT s.sharing_group_id FROM sharing_group_server s WHERE s.server_id = 0 AND s.all_orgs = 1 ORDER BY 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t *v;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, org_id);
	rc = STMT_ALL(cx, &q, &v, n, *e = col_i64(&q, 0));
	*out = v;
	return rc;
}

static void row(struct ctx *cx, struct stmt *q, struct group *g)
{
	*g = (struct group){
		.id = col_i64(q, 0),
		.name = col_text_dup(cx, q, 2),
		.releasability = col_text_dup(cx, q, 3),
		.description = col_text_dup(cx, q, 4),
		.org_id = col_i64(q, 5),
		.active = col_i64(q, 6),
		.local = col_i64(q, 7),
		.roaming = col_i64(q, 8),
		.created_s = col_i64(q, 9),
		.modified_s = col_i64(q, 10),
		.sync_user_id = col_i64(q, 11),
		.org_name = col_null(q, 13) ? S("") : col_text_dup(cx, q, 13),
		.sync_org_id = col_i64(q, 14),
		.sync_org_name = col_null(q, 16) ? S("") : col_text_dup(cx, q, 16),
	};
	col_uuid(q, 1, &g->uuid);
	col_uuid(q, 12, &g->org_uuid);
	col_uuid(q, 15, &g->sync_org_uuid);
}

/* Members of the groups v (ascending, read in the same snapshot), by group and organisation. */
static enum rc members(struct ctx *cx, struct conn *c, struct group *v, size_t n)
{
#define ORGS(L) \
	"SELECT m.sharing_group_id, m.org_id, m.extend, o.uuid, o.name, o.local FROM sharing_group_org m JOIN org o ON o.id = m.org_id " \
	"WHERE m.sharing_group_id " L("$1") " ORDER BY m.sharing_group_id, m.org_id"
#define SERVERS(L) \
	"SELECT s.sharing_group_id, s.server_id, s.all_orgs, p.name, p.url FROM sharing_group_server s LEFT JOIN server p ON p.id = s.server_id WHERE s.sharing_group_id " L("$1") \
	" ORDER BY s.sharing_group_id, s.server_id"
	static const struct sql Q_ORGS = SQL_BOTH(ORGS), Q_SERVERS = SQL_BOTH(SERVERS);
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	SCOPED(stmt_done) struct stmt s = STMT_INIT;
	int64_t *ids = arena_many(cx->mem, n + 1, int64_t);
	size_t cap = 0, at;
	enum rc rc;

	for (size_t i = 0; i < n; i++)
		ids[i] = v[i].id;
	TRY(stmt_open(cx, c, &Q_ORGS, &q));
	bind_i64s(&q, 1, ids, n);
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		if ((at = FIND(v, n, id, col_i64(&q, 0))) == n)
			continue;
		if (!v[at].org_n)
			cap = 0;
		v[at].orgs = arena_grow(cx->mem, v[at].orgs, &cap, v[at].org_n, sizeof(*v[at].orgs));
		v[at].orgs[v[at].org_n] = (struct group_org){ .org_id = col_i64(&q, 1), .extend = col_i64(&q, 2), .name = col_text_dup(cx, &q, 4),
							      .local = col_i64(&q, 5) };
		col_uuid(&q, 3, &v[at].orgs[v[at].org_n++].uuid);
	}
	if (rc != RC_DONE)
		return rc;
	TRY(stmt_open(cx, c, &Q_SERVERS, &s));
	bind_i64s(&s, 1, ids, n);
	while ((rc = stmt_row(cx, &s)) == RC_OK) {
		if ((at = FIND(v, n, id, col_i64(&s, 0))) == n)
			continue;
		if (!v[at].server_n)
			cap = 0;
		v[at].servers = arena_grow(cx->mem, v[at].servers, &cap, v[at].server_n, sizeof(*v[at].servers));
		v[at].servers[v[at].server_n++] = (struct group_server){ .server_id = col_i64(&s, 1), .all_orgs = col_i64(&s, 2),
			.name = col_null(&s, 3) ? S("") : col_text_dup(cx, &s, 3), .url = col_null(&s, 4) ? S("") : col_text_dup(cx, &s, 4) };
	}
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc group_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct group *out)
{
#define BY_ID(L) "SELECT " COLS FROM " WHERE g.id = $5 AND " VISIBLE_GROUP("g", L)
#define BY_UUID(L) "SELECT " COLS FROM " WHERE g.uuid = $5 AND " VISIBLE_GROUP("g", L)
	static const struct sql Q_ID = SQL_BOTH(BY_ID), Q_UUID = SQL_BOTH(BY_UUID);
	SCOPED(lease_done) struct lease l = { 0 };
	enum rc rc;

	TRY(lease_take(cx, &l));
	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, l.c, k->id ? &Q_ID : &Q_UUID, &q));
		bind_scope(&q, sc);
		if (k->id)
			bind_i64(&q, 5, k->id);
		else
			bind_uuid(&q, 5, &k->uuid);
		rc = stmt_row(cx, &q);
		if (rc == RC_OK)
			row(cx, &q, out);
	}
	return rc == RC_OK ? members(cx, l.c, out, 1) : rc;
}

enum rc group_list(struct ctx *cx, const struct scope *sc, enum group_which which, struct group **out, size_t *n)
{
#define LIST(L) "SELECT " COLS FROM " WHERE ($5 = 2 OR g.active = 1 - $5) AND " VISIBLE_GROUP("g", L) " ORDER BY g.id"
	static const struct sql Q = SQL_BOTH(LIST);
	SCOPED(lease_done) struct lease l = { 0 };
	struct group *v = NULL;
	size_t cap = 0;
	enum rc rc;

	TRY(lease_take(cx, &l));
	*n = 0;
	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, l.c, &Q, &q));
		bind_scope(&q, sc);
		bind_i64(&q, 5, which);
		while ((rc = stmt_row(cx, &q)) == RC_OK) {
			v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
			row(cx, &q, &v[(*n)++]);
		}
	}
	*out = v;
	if (rc != RC_DONE)
		return rc;
	return *n ? members(cx, l.c, v, *n) : RC_OK;
}

/* the group that has this name or uuid, 0: none */
static enum rc holder(struct ctx *cx, const struct sql *sql, struct str name, const struct uuid *u, int64_t *id)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	*id = 0;
	TRY(stmt_open(cx, cx->conn, sql, &q));
	if (u)
		bind_uuid(&q, 1, u);
	else
		bind_text(&q, 1, name);
	rc = stmt_get_i64(cx, &q, id);
	return rc == RC_DONE ? RC_OK : rc;
}
static const struct sql NAMED = SQL("SELECT id FROM sharing_group WHERE name = $1");
static const struct sql OF_UUID = SQL("SELECT id FROM sharing_group WHERE uuid = $1");

static enum rc check(struct ctx *cx, const struct group *g)
{
	int64_t id;

	if (!g->name.n)
		return fail_field(cx, RC_INVALID, "name", "A sharing group needs a name.");
	if (g->name.n > 255)
		return fail_field(cx, RC_INVALID, "name", "The name is longer than 255 bytes.");
	TRY(holder(cx, &NAMED, g->name, NULL, &id));
	if (id && id != g->id)
		return fail_field(cx, RC_INVALID, "name", "A sharing group with this name already exists.");
	TRY(holder(cx, &OF_UUID, g->name, &g->uuid, &id));
	if (id && id != g->id)
		return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	return RC_OK;
}

enum rc group_free_name(struct ctx *cx, struct str name, const struct uuid *u, struct str *out)
{
	char uu[UUID_TEXT + 1];
	int64_t id;

	uuid_text(u, uu);
	if (name.n > 200) {
		name.n = 200;
		while (name.n && ((unsigned char)name.p[name.n] & 0xc0) == 0x80)
			name.n--;
	}
	TRY(holder(cx, &NAMED, name, NULL, &id));
	*out = id ? str_fmt(cx->mem, "%.*s_%s", STR(name), uu) : name;
	return RC_OK;
}

static struct str never_null(struct str s)
{
	return s.p ? s : S("");
}

static void bind_group(struct stmt *q, const struct group *g)
{
	bind_i64(q, 1, g->id);
	bind_uuid(q, 2, &g->uuid);
	bind_text(q, 3, g->name);
	bind_text(q, 4, never_null(g->releasability));
	bind_text(q, 5, never_null(g->description));
	bind_i64(q, 6, g->org_id);
	bind_i64(q, 7, g->active);
	bind_i64(q, 8, g->local);
	bind_i64(q, 9, g->roaming);
	bind_i64(q, 10, g->created_s);
	bind_i64(q, 11, g->modified_s);
	bind_i64(q, 12, g->sync_user_id);
}

enum rc group_insert(struct ctx *cx, struct group *g)
{
	static const struct sql Q = SQL("INSERT INTO sharing_group (id, uuid, name, releasability, description, org_id, active, local, roaming, created, "
					"modified, sync_user_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	if (uuid_is_nil(&g->uuid))
		uuid_random(&g->uuid);
	TRY(check(cx, g));
	TRY(id_next(cx, "sharing_group", &g->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_group(&q, g);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc group_update(struct ctx *cx, const struct group *g)
{
	static const struct sql Q = SQL("UPDATE sharing_group SET uuid = $2, name = $3, releasability = $4, description = $5, org_id = $6, active = $7, "
					"local = $8, roaming = $9, created = $10, modified = $11, sync_user_id = $12 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(check(cx, g));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_group(&q, g);
	return stmt_run(cx, &q);
}

static enum rc run3(struct ctx *cx, const struct sql *sql, int64_t a, int64_t b, int64_t c)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, sql, &q));
	bind_i64(&q, 1, a);
	bind_i64(&q, 2, b);
	bind_i64(&q, 3, c);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc group_delete(struct ctx *cx, int64_t id)
{
	static const struct sql USED =
		SQL("SELECT CASE WHEN EXISTS (SELECT 1 FROM event WHERE sharing_group_id = $1 AND sharing_group_id > 0) THEN 1 "
		    "WHEN EXISTS (SELECT 1 FROM object WHERE sharing_group_id = $1 AND sharing_group_id > 0) THEN 2 "
		    "WHEN EXISTS (SELECT 1 FROM attribute WHERE sharing_group_id = $1 AND sharing_group_id > 0) THEN 3 "
		    "WHEN EXISTS (SELECT 1 FROM event_report WHERE sharing_group_id = $1) THEN 4 "
		    "WHEN EXISTS (SELECT 1 FROM feed WHERE sharing_group_id = $1) THEN 5 "
		    "WHEN EXISTS (SELECT 1 FROM galaxy_cluster WHERE sharing_group_id = $1 AND sharing_group_id > 0) THEN 6 "
		    "WHEN EXISTS (SELECT 1 FROM galaxy_relation WHERE sharing_group_id = $1 AND sharing_group_id > 0) THEN 6 "
		    "WHEN EXISTS (SELECT 1 FROM collection WHERE sharing_group_id = $1 AND sharing_group_id > 0) THEN 7 ELSE 0 END");
	static const struct sql DROP = SQL("DELETE FROM sharing_group WHERE id = $1");
	static const char *const what[] = { "", "an event", "an object", "an attribute", "an event report", "a feed", "a galaxy cluster", "a collection" };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t used = 0;

	TRY(stmt_open(cx, cx->conn, &USED, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_get_i64(cx, &q, &used));
	if (used)
		return fail(cx, RC_INVALID, "The sharing group could not be deleted: %s uses it.", what[used]);
	return run3(cx, &DROP, id, 0, 0);
}

enum rc group_org_put(struct ctx *cx, int64_t id, int64_t org_id, bool extend)
{
	static const struct sql Q = SQL("INSERT INTO sharing_group_org (sharing_group_id, org_id, extend) VALUES ($1, $2, $3) "
					"ON CONFLICT (sharing_group_id, org_id) DO UPDATE SET extend = excluded.extend");

	return run3(cx, &Q, id, org_id, extend);
}

enum rc group_org_drop(struct ctx *cx, int64_t id, int64_t org_id)
{
	static const struct sql Q = SQL("DELETE FROM sharing_group_org WHERE sharing_group_id = $1 AND org_id = $2");

	return run3(cx, &Q, id, org_id, 0);
}

enum rc group_server_put(struct ctx *cx, int64_t id, int64_t server_id, bool all_orgs)
{
	static const struct sql Q = SQL("INSERT INTO sharing_group_server (sharing_group_id, server_id, all_orgs) VALUES ($1, $2, $3) "
					"ON CONFLICT (sharing_group_id, server_id) DO UPDATE SET all_orgs = excluded.all_orgs");

	return run3(cx, &Q, id, server_id, all_orgs);
}

enum rc group_server_drop(struct ctx *cx, int64_t id, int64_t server_id)
{
	static const struct sql Q = SQL("DELETE FROM sharing_group_server WHERE sharing_group_id = $1 AND server_id = $2");

	return run3(cx, &Q, id, server_id, 0);
}
