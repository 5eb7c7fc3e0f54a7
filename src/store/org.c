/* org.c - rows of org. Who may read or change them is decided above; only what a document brings in (org_capture) is audited here. */
#include "store/org.h"

#include "model/user.h"
#include "model/value.h"
#include "store/audit.h"

#define COLS \
	"o.id, o.uuid, o.name, o.description, o.type, o.nationality, o.sector, o.contacts, o.landingpage, o.restricted_to_domain, o.local, " \
	"o.created_by, o.date_created, o.date_modified"
enum { COL_N = 14 };
#define COUNT_AND_CREATOR \
	"(SELECT count(*) FROM users u WHERE u.org_id = o.id), (SELECT c.email FROM users c WHERE c.id = o.created_by)"

static struct str text_or_null(struct ctx *cx, struct stmt *q, int i)
{
	return col_null(q, i) ? (struct str){ 0 } : col_text_dup(cx, q, i);
}

static void row(struct ctx *cx, struct stmt *q, struct org *o)
{
	*o = (struct org){
		.id = col_i64(q, 0),
		.name = col_text_dup(cx, q, 2),
		.description = text_or_null(cx, q, 3),
		.type = col_text_dup(cx, q, 4),
		.nationality = col_text_dup(cx, q, 5),
		.sector = col_text_dup(cx, q, 6),
		.contacts = text_or_null(cx, q, 7),
		.landingpage = text_or_null(cx, q, 8),
		.restricted_to_domain = text_or_null(cx, q, 9),
		.local = col_i64(q, 10),
		.created_by = col_i64(q, 11),
		.date_created_s = col_i64(q, 12),
		.date_modified_s = col_i64(q, 13),
	};
	col_uuid(q, 1, &o->uuid);
}

enum rc org_load(struct ctx *cx, int64_t id, struct org *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM org o WHERE o.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc org_by_uuid(struct ctx *cx, const struct uuid *u, struct org *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM org o WHERE o.uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc org_by_name(struct ctx *cx, struct str name, struct org *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM org o WHERE o.name_fold = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, value_fold(cx->mem, str_trim(name)));
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc org_find(struct ctx *cx, struct str ref, struct org *out)
{
	struct uuid u;
	int64_t id;

	if (str_i64(ref, &id))
		return org_load(cx, id, out);
	if (uuid_parse(ref, &u))
		return org_by_uuid(cx, &u, out);
	return ref.n ? org_by_name(cx, ref, out) : RC_DONE;
}

enum rc org_first_local(struct ctx *cx, struct org *out)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM org o WHERE o.local <> 0 ORDER BY o.id LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

static bool holds(struct ctx *cx, struct str text, struct str folded)
{
	return text.n && str_find(value_fold(cx->mem, text), folded) != STR_NONE;
}

static bool matches(struct ctx *cx, const struct org *o, struct str folded)
{
	const struct str texts[] = { o->name, o->description, o->nationality, o->sector, o->type, o->contacts, o->restricted_to_domain };
	char uu[UUID_TEXT + 1];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (holds(cx, texts[i], folded))
			return true;
	uuid_text(&o->uuid, uu);
	return holds(cx, str_n(uu, UUID_TEXT), folded);
}

enum rc org_list(struct ctx *cx, enum org_where where, struct str search, struct org_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS ", " COUNT_AND_CREATOR " FROM org o WHERE $1 = 2 OR o.local = 1 - $1 ORDER BY o.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str folded = search.n ? value_fold(cx->mem, search) : (struct str){ 0 };
	size_t cap = 0;
	struct org_row *v = NULL;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, where);
	*n = 0;
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		row(cx, &q, &v[*n].o);
		if (folded.n && !matches(cx, &v[*n].o, folded))
			continue;
		v[*n].user_count = col_i64(&q, COL_N);
		v[(*n)++].created_by_email = text_or_null(cx, &q, COL_N + 1);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc org_row_load(struct ctx *cx, const struct org *o, struct org_row *out)
{
	static const struct sql Q = SQL("SELECT " COUNT_AND_CREATOR " FROM org o WHERE o.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, o->id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		*out = (struct org_row){ *o, col_i64(&q, 0), text_or_null(cx, &q, 1) };
	return rc;
}

static enum rc check(struct ctx *cx, const struct org *o)
{
	struct org there;
	enum rc rc;

	if (!str_trim(o->name).n)
		return fail_field(cx, RC_INVALID, "name", "An organisation needs a name.");
	if (o->name.n > 255)
		return fail_field(cx, RC_INVALID, "name", "The name is longer than 255 bytes.");
	rc = org_by_name(cx, o->name, &there);
	if (rc == RC_OK && there.id != o->id)
		return fail_field(cx, RC_INVALID, "name", "Another organisation has this name.");
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	rc = org_by_uuid(cx, &o->uuid, &there);
	if (rc == RC_OK && there.id != o->id)
		return fail_field(cx, RC_INVALID, "uuid", "Another organisation has this uuid.");
	return rc == RC_DONE ? RC_OK : rc;
}

static struct str never_null(struct str s)
{
	return s.p ? s : S("");
}

static void bind_org(struct ctx *cx, struct stmt *q, const struct org *o)
{
	struct str name = str_trim(o->name);

	bind_i64(q, 1, o->id);
	bind_uuid(q, 2, &o->uuid);
	bind_text(q, 3, name);
	bind_text(q, 4, value_fold(cx->mem, name));
	bind_text(q, 5, o->description);
	bind_text(q, 6, never_null(o->type));
	bind_text(q, 7, never_null(o->nationality));
	bind_text(q, 8, never_null(o->sector));
	bind_text(q, 9, o->contacts);
	bind_text(q, 10, o->landingpage);
	bind_text(q, 11, o->restricted_to_domain);
	bind_i64(q, 12, o->local);
	bind_i64(q, 13, o->created_by);
	bind_i64(q, 14, o->date_created_s);
	bind_i64(q, 15, o->date_modified_s);
}

enum rc org_contributed(struct ctx *cx, const struct scope *sc, int64_t id, bool *out)
{
#define CONTRIBUTED(L) "SELECT CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.orgc_id = $5 AND " VISIBLE_EVENT("e", L) ") OR EXISTS (SELECT 1 FROM shadow_attribute p " \
	"JOIN event e ON e.id = p.event_id LEFT JOIN attribute a ON a.id = p.old_id AND a.event_id = p.event_id WHERE p.org_id = $5 AND p.deleted = 0 AND " \
	VISIBLE_EVENT("e", L) " AND (p.old_id = 0 OR (a.id IS NOT NULL AND " VISIBLE_ATTR("a", "e", L) "))) THEN 1 ELSE 0 END"
	static const struct sql Q = SQL_BOTH(CONTRIBUTED);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, id);
	TRY(stmt_get_i64(cx, &q, &n));
	*out = n != 0;
	return RC_OK;
}

enum rc org_insert(struct ctx *cx, struct org *o)
{
	static const struct sql Q = SQL("INSERT INTO org (id, uuid, name, name_fold, description, type, nationality, sector, contacts, landingpage, "
					"restricted_to_domain, local, created_by, date_created, date_modified) "
					"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	if (uuid_is_nil(&o->uuid))
		uuid_random(&o->uuid);
	TRY(check(cx, o));
	TRY(id_next(cx, "org", &o->id));
	if (!o->date_created_s)
		o->date_created_s = ctx_now_s(cx);
	if (!o->date_modified_s)
		o->date_modified_s = ctx_now_s(cx);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_org(cx, &q, o);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc org_update(struct ctx *cx, const struct org *o)
{
	static const struct sql Q = SQL("UPDATE org SET uuid = $2, name = $3, name_fold = $4, description = $5, type = $6, nationality = $7, sector = $8, "
					"contacts = $9, landingpage = $10, restricted_to_domain = $11, local = $12, created_by = $13, "
					"date_created = $14, date_modified = $15 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(check(cx, o));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_org(cx, &q, o);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "user");
}

enum rc org_delete(struct ctx *cx, int64_t id)
{
	static const struct sql USED =
		SQL("SELECT CASE WHEN EXISTS (SELECT 1 FROM users WHERE org_id = $1) THEN 1 "
		    "WHEN EXISTS (SELECT 1 FROM event WHERE org_id = $1) OR EXISTS (SELECT 1 FROM event WHERE orgc_id = $1) THEN 2 "
		    "WHEN EXISTS (SELECT 1 FROM sharing_group WHERE org_id = $1) THEN 3 "
		    "WHEN EXISTS (SELECT 1 FROM server WHERE remote_org_id = $1) THEN 4 ELSE 0 END");
	static const struct sql list[] = {
		SQL("DELETE FROM sharing_group_org WHERE org_id = $1"),
		SQL("UPDATE feed SET orgc_id = 0 WHERE orgc_id = $1"),
		SQL("DELETE FROM org WHERE id = $1"),
	};
	static const char *const what[] = { "", "users", "events", "sharing groups", "servers" };
	int64_t used = 0;

	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &USED, &q));
		bind_i64(&q, 1, id);
		TRY(stmt_get_i64(cx, &q, &used));
	}
	if (used)
		return fail(cx, RC_INVALID, "The organisation still has %s.", what[used]);
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &list[i], &q));
		bind_i64(&q, 1, id);
		TRY(stmt_run(cx, &q));
	}
	return data_version_bump(cx, "user");
}

/* A name that another organisation has already gets a piece of the newcomer's uuid behind it. */
static enum rc free_name(struct ctx *cx, struct str name, const struct uuid *u, struct str *out)
{
	char uu[UUID_TEXT + 1];
	struct org there;
	enum rc rc;

	uuid_text(u, uu);
	if (!name.n)
		name = str_dup(cx->mem, str_n(uu, UUID_TEXT));
	if (name.n > 200) {
		name.n = 200;
		while (name.n && ((unsigned char)name.p[name.n] & 0xc0) == 0x80)
			name.n--;
	}
	rc = org_by_name(cx, name, &there);
	if (rc == RC_OK)
		name = str_fmt(cx->mem, "%.*s_%.8s", STR(name), uu);
	*out = name;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc org_capture(struct ctx *cx, const struct org_in *in, int64_t *id)
{
	struct str name = str_trim(in->name.p ? in->name : S(""));
	struct org o = { 0 }, there;
	bool has_uuid = in->uuid.p && uuid_parse(str_trim(in->uuid), &o.uuid) && !uuid_is_nil(&o.uuid);
	enum rc rc;

	*id = 0;
	if (!has_uuid && !name.n)
		return RC_OK;
	rc = has_uuid ? org_by_uuid(cx, &o.uuid, &there) : org_by_name(cx, name, &there);
	if (rc == RC_OK)
		*id = there.id;
	if (rc != RC_DONE)
		return rc;
	if (!has_uuid)
		uuid_random(&o.uuid);
	TRY(free_name(cx, name, &o.uuid, &o.name));
	o.created_by = cx->who ? cx->who->id : 0;
	TRY(org_insert(cx, &o));
	*id = o.id;
	return audit_add(cx, &(struct audit){ .action = "add", .model = "Organisation", .model_id = o.id, .title = o.name }, NULL);
}
