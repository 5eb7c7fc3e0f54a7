/* collection.c - rows of collection and collection_element. */
#include "store/collection.h"

#define COLS \
	"k.id, k.uuid, k.org_id, k.orgc_id, k.user_id, k.created, k.modified, k.distribution, k.sharing_group_id, k.name, k.type, k.description, o.uuid, o.name, " \
	"c.uuid, c.name, u.email, (SELECT count(*) FROM collection_element x WHERE x.collection_id = k.id)"
#define FROM "collection k LEFT JOIN org o ON o.id = k.org_id LEFT JOIN org c ON c.id = k.orgc_id LEFT JOIN users u ON u.id = k.user_id"

static struct str text_or_empty(struct ctx *cx, struct stmt *q, int i)
{
	return col_null(q, i) ? S("") : col_text_dup(cx, q, i);
}

static void row(struct ctx *cx, struct stmt *q, struct collection *k)
{
	*k = (struct collection){
		.id = col_i64(q, 0),
		.org_id = col_i64(q, 2),
		.orgc_id = col_i64(q, 3),
		.user_id = col_i64(q, 4),
		.created_s = col_i64(q, 5),
		.modified_s = col_i64(q, 6),
		.distribution = (int)col_i64(q, 7),
		.sharing_group_id = col_i64(q, 8),
		.name = col_text_dup(cx, q, 9),
		.type = col_text_dup(cx, q, 10),
		.description = col_text_dup(cx, q, 11),
		.org_name = text_or_empty(cx, q, 13),
		.orgc_name = text_or_empty(cx, q, 15),
		.email = text_or_empty(cx, q, 16),
		.element_count = col_i64(q, 17),
	};
	col_uuid(q, 1, &k->uuid);
	col_uuid(q, 12, &k->org_uuid);
	col_uuid(q, 14, &k->orgc_uuid);
}

enum rc collection_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct collection *out)
{
#define BY_ID(L) "SELECT " COLS " FROM " FROM " WHERE k.id = $5 AND " VISIBLE_ANALYST("k", L)
#define BY_UUID(L) "SELECT " COLS " FROM " FROM " WHERE k.uuid = $5 AND " VISIBLE_ANALYST("k", L)
	static const struct sql Q_ID = SQL_BOTH(BY_ID), Q_UUID = SQL_BOTH(BY_UUID);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, k->id ? &Q_ID : &Q_UUID, &q));
	bind_scope(&q, sc);
	if (k->id)
		bind_i64(&q, 5, k->id);
	else
		bind_uuid(&q, 5, &k->uuid);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc collection_list(struct ctx *cx, const struct scope *sc, int64_t user_id, int64_t orgc_id, struct collection **out, size_t *n)
{
#define LIST(L) "SELECT " COLS " FROM " FROM " WHERE ($5 = 0 OR k.user_id = $5) AND ($6 = 0 OR k.orgc_id = $6) AND " VISIBLE_ANALYST("k", L) " ORDER BY k.id"
	static const struct sql Q = SQL_BOTH(LIST);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, user_id);
	bind_i64(&q, 6, orgc_id);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

#define ELEMENT_COLS "x.id, x.collection_id, x.uuid, x.element_uuid, x.element_type, x.description"

static void element_row(struct ctx *cx, struct stmt *q, struct collection_element *e)
{
	*e = (struct collection_element){ .id = col_i64(q, 0), .collection_id = col_i64(q, 1), .element_type = col_text_dup(cx, q, 4),
					  .description = col_text_dup(cx, q, 5) };
	col_uuid(q, 2, &e->uuid);
	col_uuid(q, 3, &e->element_uuid);
}

enum rc collection_elements(struct ctx *cx, int64_t collection_id, struct collection_element **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " ELEMENT_COLS " FROM collection_element x WHERE x.collection_id = $1 ORDER BY x.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, collection_id);
	return STMT_ALL(cx, &q, out, n, element_row(cx, &q, e));
}

enum rc collection_element_load(struct ctx *cx, const struct event_key *k, struct collection_element *out)
{
	static const struct sql BY_NUMBER = SQL("SELECT " ELEMENT_COLS " FROM collection_element x WHERE x.id = $1");
	static const struct sql BY_ITS_UUID = SQL("SELECT " ELEMENT_COLS " FROM collection_element x WHERE x.uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, k->id ? &BY_NUMBER : &BY_ITS_UUID, &q));
	if (k->id)
		bind_i64(&q, 1, k->id);
	else
		bind_uuid(&q, 1, &k->uuid);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		element_row(cx, &q, out);
	return rc;
}

/* RC_INVALID with this field and text when a row is found */
static enum rc must_be_free(struct ctx *cx, struct stmt *q, const char *field, const char *text)
{
	int64_t one;
	enum rc rc = stmt_get_i64(cx, q, &one);

	return rc == RC_DONE ? RC_OK : rc == RC_OK ? fail_field(cx, RC_INVALID, field, "%s", text) : rc;
}

static void bind_collection(struct stmt *q, const struct collection *k)
{
	bind_i64(q, 1, k->id);
	bind_uuid(q, 2, &k->uuid);
	bind_i64(q, 3, k->org_id);
	bind_i64(q, 4, k->orgc_id);
	bind_i64(q, 5, k->user_id);
	bind_i64(q, 6, k->created_s);
	bind_i64(q, 7, k->modified_s);
	bind_i64(q, 8, k->distribution);
	bind_i64(q, 9, k->sharing_group_id);
	bind_text(q, 10, k->name);
	bind_text(q, 11, k->type);
	bind_text(q, 12, k->description);
}

enum rc collection_insert(struct ctx *cx, struct collection *k)
{
	static const struct sql Q = SQL("INSERT INTO collection (id, uuid, org_id, orgc_id, user_id, created, modified, distribution, sharing_group_id, name, type, "
					"description) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
	static const struct sql TAKEN = SQL("SELECT 1 FROM collection WHERE uuid = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	SCOPED(stmt_done) struct stmt t = STMT_INIT;

	if (uuid_is_nil(&k->uuid))
		uuid_fresh(cx->now_us, &k->uuid);
	TRY(id_next(cx, "collection", &k->id));
	TRY(stmt_open(cx, cx->conn, &TAKEN, &t));
	bind_uuid(&t, 1, &k->uuid);
	TRY(must_be_free(cx, &t, "uuid", "The UUID provided is not unique"));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_collection(&q, k);
	return stmt_run(cx, &q);
}

enum rc collection_update(struct ctx *cx, const struct collection *k)
{
	static const struct sql Q = SQL("UPDATE collection SET uuid = $2, org_id = $3, orgc_id = $4, user_id = $5, created = $6, modified = $7, distribution = $8, "
					"sharing_group_id = $9, name = $10, type = $11, description = $12 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_collection(&q, k);
	return stmt_run(cx, &q);
}

enum rc collection_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = { SQL("DELETE FROM collection_element WHERE collection_id = $1"), SQL("DELETE FROM collection WHERE id = $1") };

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &list[i], &q));
		bind_i64(&q, 1, id);
		TRY(stmt_run(cx, &q));
	}
	return RC_OK;
}

static void bind_element(struct stmt *q, const struct collection_element *e)
{
	bind_i64(q, 1, e->collection_id);
	bind_i64(q, 2, e->id);
	bind_uuid(q, 3, &e->uuid);
	bind_uuid(q, 4, &e->element_uuid);
	bind_text(q, 5, e->element_type);
	bind_text(q, 6, e->description);
}

enum rc collection_element_insert(struct ctx *cx, struct collection_element *e)
{
	static const struct sql Q = SQL("INSERT INTO collection_element (collection_id, id, uuid, element_uuid, element_type, description) "
					"VALUES ($1, $2, $3, $4, $5, $6)");
	static const struct sql TAKEN = SQL("SELECT 1 FROM collection_element WHERE uuid = $1");
	static const struct sql THERE = SQL("SELECT 1 FROM collection_element WHERE collection_id = $1 AND element_uuid = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	SCOPED(stmt_done) struct stmt t = STMT_INIT;
	SCOPED(stmt_done) struct stmt h = STMT_INIT;

	if (uuid_is_nil(&e->uuid))
		uuid_fresh(cx->now_us, &e->uuid);
	TRY(id_next(cx, "collection_element", &e->id));
	TRY(stmt_open(cx, cx->conn, &TAKEN, &t));
	bind_uuid(&t, 1, &e->uuid);
	TRY(must_be_free(cx, &t, "uuid", "The UUID provided is not unique"));
	TRY(stmt_open(cx, cx->conn, &THERE, &h));
	bind_i64(&h, 1, e->collection_id);
	bind_uuid(&h, 2, &e->element_uuid);
	TRY(must_be_free(cx, &h, "element_uuid", "Element already in Collection."));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_element(&q, e);
	return stmt_run(cx, &q);
}

enum rc collection_element_update(struct ctx *cx, const struct collection_element *e)
{
	static const struct sql Q = SQL("UPDATE collection_element SET uuid = $3, element_uuid = $4, element_type = $5, description = $6 "
					"WHERE collection_id = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_element(&q, e);
	return stmt_run(cx, &q);
}

enum rc collection_element_delete(struct ctx *cx, const struct collection_element *e)
{
	static const struct sql Q = SQL("DELETE FROM collection_element WHERE collection_id = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, e->collection_id);
	bind_i64(&q, 2, e->id);
	return stmt_run(cx, &q);
}

enum rc collection_type_of(struct ctx *cx, const struct uuid *u, struct str *out)
{
	static const struct sql Q = SQL("SELECT 1 FROM event WHERE uuid = $1 UNION ALL SELECT 2 FROM galaxy_cluster WHERE uuid = $1 ORDER BY 1 LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t which = 0;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	rc = stmt_get_i64(cx, &q, &which);
	*out = which == 1 ? S("Event") : which == 2 ? S("GalaxyCluster") : S("");
	return rc == RC_DONE ? RC_OK : rc;
}
