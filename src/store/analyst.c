/* analyst.c - see analyst.h. */
#include "store/analyst.h"

#define FROM "analyst_data a " JOINS
#define JOINS \
	"LEFT JOIN org o ON o.id = a.org_id LEFT JOIN org c ON c.id = a.orgc_id " \
	"LEFT JOIN sharing_group g ON a.distribution = 4 AND g.id = a.sharing_group_id"
#define COLS \
	"a.kind, a.id, a.uuid, a.object_uuid, a.object_type, a.org_id, a.orgc_id, a.authors, a.created, a.modified, a.distribution, a.sharing_group_id, " \
	"a.locked, a.body, a.language, a.opinion, a.related_uuid, a.related_type, o.uuid, o.name, o.type, o.sector, o.nationality, o.local, c.uuid, " \
	"c.name, c.type, c.sector, c.nationality, c.local, g.uuid, g.name, g.releasability, g.description, g.org_id, g.active, g.roaming, g.local, a.org_uuid, " \
	"a.orgc_uuid"
#define SQL_LISTS(TEXT) { TEXT(LIST_SQLITE, ULIST_SQLITE), TEXT(LIST_PG, ULIST_PG) }

static void org_row(struct ctx *cx, struct stmt *q, int i, int64_t id, struct org *o)
{
	*o = (struct org){ 0 };
	if (col_null(q, i))
		return;
	o->id = id;
	col_uuid(q, i, &o->uuid);
	o->name = col_text_dup(cx, q, i + 1);
	o->type = col_text_dup(cx, q, i + 2);
	o->sector = col_text_dup(cx, q, i + 3);
	o->nationality = col_text_dup(cx, q, i + 4);
	o->local = col_i64(q, i + 5);
}

static void row(struct ctx *cx, struct stmt *q, struct analyst *a)
{
	*a = (struct analyst){
		.kind = (enum analyst_kind)col_i64(q, 0),
		.id = col_i64(q, 1),
		.object_type = (enum analyst_target)col_i64(q, 4),
		.org_id = col_i64(q, 5),
		.orgc_id = col_i64(q, 6),
		.authors = col_text_dup(cx, q, 7),
		.created_s = col_i64(q, 8),
		.modified_s = col_i64(q, 9),
		.distribution = (int)col_i64(q, 10),
		.sharing_group_id = col_i64(q, 11),
		.locked = col_i64(q, 12),
		.body = col_text_dup(cx, q, 13),
		.language = col_text_dup(cx, q, 14),
		.opinion = (int)col_i64(q, 15),
		.related_type = (enum analyst_target)col_i64(q, 17),
	};
	col_uuid(q, 2, &a->uuid);
	col_uuid(q, 3, &a->object_uuid);
	col_uuid(q, 16, &a->related_uuid);
	col_uuid(q, 38, &a->org_uuid);
	col_uuid(q, 39, &a->orgc_uuid);
	org_row(cx, q, 18, a->org_id, &a->org);
	org_row(cx, q, 24, a->orgc_id, &a->orgc);
	a->group.there = !col_null(q, 30);
	if (a->group.there) {
		col_uuid(q, 30, &a->group.uuid);
		a->group.name = col_text_dup(cx, q, 31);
		a->group.releasability = col_text_dup(cx, q, 32);
		a->group.description = col_text_dup(cx, q, 33);
		a->group.org_id = col_i64(q, 34);
		a->group.active = col_i64(q, 35);
		a->group.roaming = col_i64(q, 36);
		a->group.local = col_i64(q, 37);
	}
}

enum rc analyst_load(struct ctx *cx, const struct scope *sc, enum analyst_kind kind, const struct event_key *k, struct analyst *out)
{
#define BY_ID(L) "SELECT " COLS " FROM " FROM " WHERE a.kind = $5 AND a.id = $6 AND " VISIBLE_ANALYST("a", L)
#define BY_UUID(L) "SELECT " COLS " FROM " FROM " WHERE a.uuid = $6 AND " VISIBLE_ANALYST("a", L)
	static const struct sql Q_ID = SQL_BOTH(BY_ID), Q_UUID = SQL_BOTH(BY_UUID);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, k->id ? &Q_ID : &Q_UUID, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, kind);
	if (k->id)
		bind_i64(&q, 6, k->id);
	else
		bind_uuid(&q, 6, &k->uuid);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc analyst_of(struct ctx *cx, const struct scope *sc, const struct uuid *v, size_t n, struct analyst **out, size_t *out_n)
{
	/* one level more than is shown: so that the last one can say that there is more */
#define TREE(L, UL) \
	"WITH RECURSIVE t (kind, id, uuid, depth) AS (SELECT a.kind, a.id, a.uuid, 0 FROM analyst_data a WHERE a.object_uuid " UL("$5") " AND " \
	VISIBLE_ANALYST("a", L) " UNION ALL SELECT a.kind, a.id, a.uuid, t.depth + 1 FROM t JOIN analyst_data a ON a.object_uuid = t.uuid " \
	"WHERE t.depth < 8 AND " VISIBLE_ANALYST("a", L) ") " \
	"SELECT " COLS " FROM (SELECT DISTINCT kind, id FROM t) d JOIN analyst_data a ON a.kind = d.kind AND a.id = d.id " JOINS
	static const struct sql Q = SQL_LISTS(TREE);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	_Static_assert(ANALYST_DEPTH == 8, "the depth stands in the statement");
	*out = NULL;
	*out_n = 0;
	if (!n)
		return RC_OK;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_uuids(&q, 5, v, n);
	return STMT_ALL(cx, &q, out, out_n, row(cx, &q, e));
}

enum rc analyst_any(struct ctx *cx, bool *out)
{
	static const struct sql Q = SQL("SELECT 1 FROM analyst_data LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t one;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	rc = stmt_get_i64(cx, &q, &one);
	*out = rc == RC_OK;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc analyst_inbound(struct ctx *cx, const struct scope *sc, const struct uuid *u, struct analyst **out, size_t *n)
{
#define INBOUND(L) "SELECT " COLS " FROM " FROM " WHERE a.related_uuid = $5 AND " VISIBLE_ANALYST("a", L) " ORDER BY a.id"
	static const struct sql Q = SQL_BOTH(INBOUND);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_uuid(&q, 5, u);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

enum rc analyst_list(struct ctx *cx, const struct scope *sc, const struct analyst_filter *f, struct analyst **out, size_t *n)
{
#define ALL(L, UL) "SELECT " COLS " FROM " FROM " WHERE a.kind = $5 AND a.id > $6 AND " VISIBLE_ANALYST("a", L) " ORDER BY a.id LIMIT $7"
#define THESE(L, UL) \
	"SELECT " COLS " FROM " FROM " WHERE a.uuid " UL("$8") " AND a.kind = $5 AND a.id > $6 AND " VISIBLE_ANALYST("a", L) " ORDER BY a.id LIMIT $7"
#define ABOUT(L, UL) \
	"SELECT " COLS " FROM " FROM " WHERE a.object_uuid = $8 AND a.kind = $5 AND a.id > $6 AND " VISIBLE_ANALYST("a", L) " ORDER BY a.id LIMIT $7"
	static const struct sql Q_ALL = SQL_LISTS(ALL), Q_THESE = SQL_LISTS(THESE), Q_ABOUT = SQL_LISTS(ABOUT);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, f->uuids ? &Q_THESE : f->of_object ? &Q_ABOUT : &Q_ALL, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, f->kind);
	bind_i64(&q, 6, f->after);
	bind_i64(&q, 7, (int64_t)f->limit);
	if (f->uuids)
		bind_uuids(&q, 8, f->uuids, f->uuid_n);
	else if (f->of_object)
		bind_uuid(&q, 8, &f->object_uuid);
	return STMT_ALL(cx, &q, out, n, {
		row(cx, &q, e);
		if (f->uuids && f->of_object && !uuid_eq(&e->object_uuid, &f->object_uuid))
			continue;
	});
}

enum rc analyst_stamps(struct ctx *cx, const struct scope *sc, enum analyst_kind kind, const struct analyst_orgs *orgs, int64_t after, size_t limit,
		       struct analyst_stamp **out, size_t *n)
{
#define STAMPS(L) \
	"SELECT a.uuid, a.modified, a.locked, a.id FROM analyst_data a WHERE a.kind = $5 AND a.id > $6 AND ($8 = 0 OR a.orgc_id " L("$9") ") AND NOT (a.orgc_id " \
	L("$10") ") AND " VISIBLE_ANALYST("a", L) " ORDER BY a.id LIMIT $7"
	static const struct sql Q = SQL_BOTH(STAMPS);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, kind);
	bind_i64(&q, 6, after);
	bind_i64(&q, 7, (int64_t)limit);
	bind_i64(&q, 8, orgs->in_n != 0);
	bind_i64s(&q, 9, orgs->in, orgs->in_n);
	bind_i64s(&q, 10, orgs->out, orgs->out_n);
	return STMT_ALL(cx, &q, out, n, {
		*e = (struct analyst_stamp){ .modified_s = col_i64(&q, 1), .locked = col_i64(&q, 2), .id = col_i64(&q, 3) };
		col_uuid(&q, 0, &e->uuid);
	});
}

static void bind_row(struct stmt *q, const struct analyst *a)
{
	bind_i64(q, 1, a->kind);
	bind_i64(q, 2, a->id);
	bind_uuid(q, 3, &a->uuid);
	bind_uuid(q, 4, &a->object_uuid);
	bind_i64(q, 5, a->object_type);
	bind_i64(q, 6, a->org_id);
	bind_i64(q, 7, a->orgc_id);
	bind_text(q, 8, a->authors);
	bind_i64(q, 9, a->created_s);
	bind_i64(q, 10, a->modified_s);
	bind_i64(q, 11, a->distribution);
	bind_i64(q, 12, a->sharing_group_id);
	bind_i64(q, 13, a->locked);
	bind_text(q, 14, a->body);
	bind_text(q, 15, a->language);
	bind_i64(q, 16, a->opinion);
	if (a->kind == ANALYST_RELATIONSHIP)
		bind_uuid(q, 17, &a->related_uuid);
	else
		bind_blob(q, 17, NULL, 0);
	bind_i64(q, 18, a->related_type);
	bind_uuid(q, 19, &a->org_uuid);
	bind_uuid(q, 20, &a->orgc_uuid);
}

enum rc analyst_insert(struct ctx *cx, struct analyst *a)
{
	static const struct sql Q =
		SQL("INSERT INTO analyst_data (kind, id, uuid, object_uuid, object_type, org_id, orgc_id, authors, created, modified, distribution, "
		    "sharing_group_id, locked, body, language, opinion, related_uuid, related_type, org_uuid, "
		    "orgc_uuid) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)");
	static const struct sql TAKEN = SQL("SELECT 1 FROM analyst_data WHERE uuid = $1");
	static const char *const seq[ANALYST_KINDS] = { "note", "opinion", "relationship" };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	SCOPED(stmt_done) struct stmt t = STMT_INIT;
	int64_t one;
	enum rc rc;

	if (uuid_is_nil(&a->uuid))
		uuid_fresh(cx->now_us, &a->uuid);
	TRY(id_next(cx, seq[a->kind], &a->id)); /* first: writers wait for one another here */
	TRY(stmt_open(cx, cx->conn, &TAKEN, &t));
	bind_uuid(&t, 1, &a->uuid);
	rc = stmt_get_i64(cx, &t, &one);
	if (rc == RC_OK)
		return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	if (rc != RC_DONE)
		return rc;
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_row(&q, a);
	return stmt_run(cx, &q);
}

enum rc analyst_update(struct ctx *cx, const struct analyst *a)
{
	static const struct sql Q =
		SQL("UPDATE analyst_data SET uuid = $3, object_uuid = $4, object_type = $5, org_id = $6, orgc_id = $7, authors = $8, created = $9, modified = $10, "
		    "distribution = $11, sharing_group_id = $12, locked = $13, body = $14, language = $15, opinion = $16, related_uuid = $17, related_type = $18, "
		    "org_uuid = $19, orgc_uuid = $20 WHERE kind = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_row(&q, a);
	return stmt_run(cx, &q);
}

enum rc analyst_delete(struct ctx *cx, const struct analyst *a)
{
	static const struct sql Q = SQL("DELETE FROM analyst_data WHERE kind = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, a->kind);
	bind_i64(&q, 2, a->id);
	return stmt_run(cx, &q);
}

enum rc analyst_target_find(struct ctx *cx, const struct uuid *u, enum analyst_target *out, bool *found)
{
	/* the numbers are those of model/analyst.h */
	static const struct sql Q =
		SQL("SELECT 0 FROM element_uuid WHERE uuid = $1 AND kind = 1 UNION ALL SELECT 1 FROM event WHERE uuid = $1 "
		    "UNION ALL SELECT 2 FROM element_uuid WHERE uuid = $1 AND kind = 3 UNION ALL SELECT 3 FROM galaxy_cluster WHERE uuid = $1 "
		    "UNION ALL SELECT 4 FROM galaxy WHERE uuid = $1 UNION ALL SELECT 5 FROM element_uuid WHERE uuid = $1 AND kind = 2 "
		    "UNION ALL SELECT 6 + kind FROM analyst_data WHERE uuid = $1 UNION ALL SELECT 9 FROM org WHERE uuid = $1 "
		    "UNION ALL SELECT 10 FROM sharing_group WHERE uuid = $1 ORDER BY 1 LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t at = 0;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	rc = stmt_get_i64(cx, &q, &at);
	*found = rc == RC_OK && at < ANALYST_TARGET_COUNT;
	if (*found)
		*out = (enum analyst_target)at;
	return rc == RC_DONE ? RC_OK : rc;
}
