/* galaxy.c - rows of galaxy, galaxy_cluster, galaxy_element, galaxy_relation: reading, and changing one at a time. */
#include "store/galaxy.h"

#include "model/value.h"
#include "store/tag.h"

#define G_COLS "g.id, g.uuid, g.name, g.type, g.description, g.version, g.icon, g.namespace, g.kill_chain_order, g.enabled, g.local_only"
#define C_COLS \
	"c.id, c.galaxy_id, c.uuid, c.collection_uuid, g.type, c.value, c.tag_name, c.description, c.source, c.authors, c.version, c.distribution, " \
	"c.sharing_group_id, c.org_id, c.orgc_id, c.is_default, c.locked, c.published, c.deleted, c.extends_uuid, c.extends_version"
enum { C_N = 21 };
#define FROM_C " FROM galaxy_cluster c JOIN galaxy g ON g.id = c.galaxy_id "

static void galaxy_row(struct ctx *cx, struct stmt *q, int at, struct galaxy *g)
{
	*g = (struct galaxy){
		.id = col_i64(q, at),
		.name = col_text_dup(cx, q, at + 2),
		.type = col_text_dup(cx, q, at + 3),
		.description = col_text_dup(cx, q, at + 4),
		.version = col_i64(q, at + 5),
		.icon = col_text_dup(cx, q, at + 6),
		.namespace = col_text_dup(cx, q, at + 7),
		.kill_chain_order = col_null(q, at + 8) ? (struct str){ 0 } : col_text_dup(cx, q, at + 8),
		.enabled = col_i64(q, at + 9),
		.local_only = col_i64(q, at + 10),
	};
	col_uuid(q, at + 1, &g->uuid);
}

static void cluster_row(struct ctx *cx, struct stmt *q, int at, struct cluster *c)
{
	*c = (struct cluster){
		.id = col_i64(q, at),
		.galaxy_id = col_i64(q, at + 1),
		.type = col_text_dup(cx, q, at + 4),
		.value = col_text_dup(cx, q, at + 5),
		.tag_name = col_text_dup(cx, q, at + 6),
		.description = col_text_dup(cx, q, at + 7),
		.source = col_text_dup(cx, q, at + 8),
		.authors = col_text_dup(cx, q, at + 9),
		.version = col_i64(q, at + 10),
		.distribution = (int)col_i64(q, at + 11),
		.sharing_group_id = col_i64(q, at + 12),
		.org_id = col_i64(q, at + 13),
		.orgc_id = col_i64(q, at + 14),
		.is_default = col_i64(q, at + 15),
		.locked = col_i64(q, at + 16),
		.published = col_i64(q, at + 17),
		.deleted = col_i64(q, at + 18),
		.extends_version = col_i64(q, at + 20),
	};
	col_uuid(q, at + 2, &c->uuid);
	col_uuid(q, at + 3, &c->collection_uuid);
	col_uuid(q, at + 19, &c->extends_uuid);
}

/* ---- galaxies ---- */

enum rc galaxy_list(struct ctx *cx, struct galaxy **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " G_COLS " FROM galaxy g ORDER BY g.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, galaxy_row(cx, &q, 0, e));
}

enum rc galaxy_load(struct ctx *cx, int64_t id, const struct uuid *u, struct galaxy *out)
{
	static const struct sql by_id = SQL("SELECT " G_COLS " FROM galaxy g WHERE g.id = $1"), by_uuid = SQL("SELECT " G_COLS " FROM galaxy g WHERE g.uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, id ? &by_id : &by_uuid, &q));
	if (id)
		bind_i64(&q, 1, id);
	else
		bind_uuid(&q, 1, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		galaxy_row(cx, &q, 0, out);
	return rc;
}

enum rc galaxy_put(struct ctx *cx, struct galaxy *g)
{
	static const struct sql insert = SQL("INSERT INTO galaxy (id, uuid, name, type, description, version, icon, namespace, kill_chain_order, enabled, local_only) "
					     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
	static const struct sql update = SQL("UPDATE galaxy SET uuid = $2, name = $3, type = $4, description = $5, version = $6, icon = $7, namespace = $8, "
					     "kill_chain_order = $9, enabled = $10, local_only = $11 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	bool fresh = g->id == 0;

	if (fresh)
		TRY(id_next(cx, "galaxy", &g->id));
	TRY(stmt_open(cx, cx->conn, fresh ? &insert : &update, &q));
	bind_i64(&q, 1, g->id);
	bind_uuid(&q, 2, &g->uuid);
	bind_text(&q, 3, g->name);
	bind_text(&q, 4, g->type);
	bind_text(&q, 5, g->description);
	bind_i64(&q, 6, g->version);
	bind_text(&q, 7, g->icon);
	bind_text(&q, 8, g->namespace);
	bind_text(&q, 9, g->kill_chain_order);
	bind_i64(&q, 10, g->enabled);
	bind_i64(&q, 11, g->local_only);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "galaxy");
}

static enum rc run_all(struct ctx *cx, const struct sql *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, &list[i], &q));
		bind_i64(&q, 1, id);
		TRY(stmt_run(cx, &q));
	}
	return data_version_bump(cx, "galaxy");
}
#define RUN_ALL(cx, list, id) run_all((cx), (list), sizeof(list) / sizeof(*(list)), (id))

#define OF_GALAXY "(SELECT c.id FROM galaxy_cluster c WHERE c.galaxy_id = $1"
#define CLEAR(which) \
	SQL("DELETE FROM galaxy_relation_tag WHERE relation_id IN (SELECT r.id FROM galaxy_relation r WHERE r.cluster_id IN " which ")"), \
	SQL("DELETE FROM galaxy_relation WHERE cluster_id IN " which), SQL("DELETE FROM galaxy_element WHERE cluster_id IN " which)

enum rc galaxy_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = { CLEAR(OF_GALAXY ")"), SQL("DELETE FROM galaxy_cluster WHERE galaxy_id = $1"), SQL("DELETE FROM galaxy WHERE id = $1") };

	return RUN_ALL(cx, list, id);
}

/* ---- clusters: reading ---- */

enum rc cluster_load(struct ctx *cx, const struct scope *sc, int64_t id, const struct uuid *u, struct cluster *out)
{
#define BY_ID(L) "SELECT " C_COLS FROM_C "WHERE c.id = $5 AND " VISIBLE_CLUSTER("c", L)
#define BY_UUID(L) "SELECT " C_COLS FROM_C "WHERE c.uuid = $5 AND " VISIBLE_CLUSTER("c", L) " ORDER BY c.id LIMIT 1"
	static const struct sql by_id = SQL_BOTH(BY_ID), by_uuid = SQL_BOTH(BY_UUID);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, id ? &by_id : &by_uuid, &q));
	bind_scope(&q, sc);
	if (id)
		bind_i64(&q, 5, id);
	else
		bind_uuid(&q, 5, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		cluster_row(cx, &q, 0, out);
	return rc;
}

enum rc cluster_uuid_taken(struct ctx *cx, const struct uuid *u, bool *out)
{
	static const struct sql Q = SQL("SELECT id FROM galaxy_cluster WHERE uuid = $1 LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t id;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	rc = stmt_get_i64(cx, &q, &id);
	*out = rc == RC_OK;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc cluster_page(struct ctx *cx, const struct scope *sc, int64_t galaxy_id, int64_t after, size_t limit, struct cluster **out, size_t *n)
{
#define OF_ONE(L) "SELECT " C_COLS FROM_C "WHERE c.galaxy_id = $5 AND c.id > $6 AND " VISIBLE_CLUSTER("c", L) " ORDER BY c.id LIMIT $7"
#define OF_ALL(L) "SELECT " C_COLS FROM_C "WHERE c.id > $6 AND " VISIBLE_CLUSTER("c", L) " ORDER BY c.id LIMIT $7"
	static const struct sql one = SQL_BOTH(OF_ONE), all = SQL_BOTH(OF_ALL);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, galaxy_id ? &one : &all, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, galaxy_id);
	bind_i64(&q, 6, after);
	bind_i64(&q, 7, (int64_t)limit);
	return STMT_ALL(cx, &q, out, n, cluster_row(cx, &q, 0, e));
}

enum rc cluster_of_tags(struct ctx *cx, const struct scope *sc, const int64_t *tags, size_t n, struct cluster_of_tag **out, size_t *out_n)
{
#define OF_TAGS(L) \
	"SELECT t.id, " C_COLS ", " G_COLS " FROM tag t JOIN galaxy_cluster c ON c.tag_fold = t.name_fold JOIN galaxy g ON g.id = c.galaxy_id WHERE t.id " \
	L("$5") " AND c.deleted = 0 AND " VISIBLE_CLUSTER("c", L) " ORDER BY t.id, c.id"
	static const struct sql Q = SQL_BOTH(OF_TAGS);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t last = 0;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64s(&q, 5, tags, n);
	return STMT_ALL(cx, &q, out, out_n,
			e->tag_id = col_i64(&q, 0);
			if (e->tag_id == last) /* two clusters of one name */
				continue;
			last = e->tag_id;
			cluster_row(cx, &q, 1, &e->c);
			galaxy_row(cx, &q, 1 + C_N, &e->g));
}

enum rc cluster_elements(struct ctx *cx, const int64_t *clusters, size_t n, struct cluster_element **out, size_t *out_n)
{
#define ELEMENTS(L) "SELECT id, cluster_id, key, value FROM galaxy_element WHERE cluster_id " L("$1") " ORDER BY cluster_id, id"
	static const struct sql Q = SQL_BOTH(ELEMENTS);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64s(&q, 1, clusters, n);
	return STMT_ALL(cx, &q, out, out_n,
			*e = (struct cluster_element){ col_i64(&q, 0), col_i64(&q, 1), col_text_dup(cx, &q, 2), col_text_dup(cx, &q, 3) });
}

#define R_SELECT(L) \
	"SELECT r.id, r.cluster_id, c.uuid, r.referenced_uuid, COALESCE((SELECT min(x.id) FROM galaxy_cluster x WHERE x.uuid = r.referenced_uuid AND " VISIBLE_CLUSTER("x", L) "), 0), r.type, " \
	"r.distribution, r.sharing_group_id, r.is_default FROM galaxy_relation r JOIN galaxy_cluster c ON c.id = r.cluster_id "

static void relation_row(struct ctx *cx, struct stmt *q, struct cluster_relation *r)
{
	*r = (struct cluster_relation){ .id = col_i64(q, 0), .cluster_id = col_i64(q, 1), .referenced_id = col_i64(q, 4), .type = col_text_dup(cx, q, 5),
					.distribution = (int)col_i64(q, 6), .sharing_group_id = col_i64(q, 7), .is_default = col_i64(q, 8) };
	col_uuid(q, 2, &r->cluster_uuid);
	col_uuid(q, 3, &r->referenced_uuid);
}

enum rc cluster_relations(struct ctx *cx, const struct scope *sc, const int64_t *clusters, size_t n, struct cluster_relation **out, size_t *out_n)
{
#define RELATIONS(L) R_SELECT(L) "WHERE r.cluster_id " L("$5") " AND " VISIBLE_RELATION("r", "c", L) " ORDER BY r.cluster_id, r.id"
	static const struct sql Q = SQL_BOTH(RELATIONS);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64s(&q, 5, clusters, n);
	return STMT_ALL(cx, &q, out, out_n, relation_row(cx, &q, e));
}

enum rc cluster_relation_load(struct ctx *cx, const struct scope *sc, int64_t id, struct cluster_relation *out)
{
#define RELATION(L) R_SELECT(L) "WHERE r.id = $5 AND " VISIBLE_CLUSTER("c", L) " AND " VISIBLE_RELATION("r", "c", L)
	static const struct sql Q = SQL_BOTH(RELATION);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		relation_row(cx, &q, out);
	return rc;
}

enum rc cluster_relation_tags(struct ctx *cx, const int64_t *relations, size_t n, struct relation_tag **out, size_t *out_n)
{
#define R_TAGS(L) "SELECT b.relation_id, " TAG_COLS " FROM galaxy_relation_tag b JOIN tag t ON t.id = b.tag_id WHERE b.relation_id " L("$1") " ORDER BY b.relation_id, b.tag_id"
	static const struct sql Q = SQL_BOTH(R_TAGS);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64s(&q, 1, relations, n);
	return STMT_ALL(cx, &q, out, out_n, e->relation_id = col_i64(&q, 0); tag_of_row(cx, &q, 1, &e->t));
}

/* ---- clusters: writing ---- */

static enum rc write_cluster(struct ctx *cx, const struct sql *s, const struct cluster *c)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, c->id);
	bind_i64(&q, 2, c->galaxy_id);
	bind_uuid(&q, 3, &c->uuid);
	bind_blob(&q, 4, uuid_is_nil(&c->collection_uuid) ? NULL : c->collection_uuid.b, uuid_is_nil(&c->collection_uuid) ? 0 : 16);
	bind_text(&q, 5, c->value);
	bind_text(&q, 6, c->tag_name);
	bind_text(&q, 7, value_fold(cx->mem, c->tag_name));
	bind_text(&q, 8, c->description);
	bind_text(&q, 9, c->source);
	bind_text(&q, 10, c->authors);
	bind_i64(&q, 11, c->version);
	bind_i64(&q, 12, c->distribution);
	bind_i64(&q, 13, c->sharing_group_id);
	bind_i64(&q, 14, c->org_id);
	bind_i64(&q, 15, c->orgc_id);
	bind_i64(&q, 16, c->is_default);
	bind_i64(&q, 17, c->locked);
	bind_i64(&q, 18, c->published);
	bind_i64(&q, 19, c->deleted);
	bind_blob(&q, 20, uuid_is_nil(&c->extends_uuid) ? NULL : c->extends_uuid.b, uuid_is_nil(&c->extends_uuid) ? 0 : 16);
	if (uuid_is_nil(&c->extends_uuid))
		bind_null(&q, 21);
	else
		bind_i64(&q, 21, c->extends_version);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "galaxy");
}

enum rc cluster_insert(struct ctx *cx, struct cluster *c)
{
	static const struct sql Q =
		SQL("INSERT INTO galaxy_cluster (id, galaxy_id, uuid, collection_uuid, value, tag_name, tag_fold, description, source, authors, version, distribution, "
		    "sharing_group_id, org_id, orgc_id, is_default, locked, published, deleted, extends_uuid, extends_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
		    "$9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)");

	TRY(id_next(cx, "galaxy_cluster", &c->id));
	return write_cluster(cx, &Q, c);
}

enum rc cluster_update(struct ctx *cx, const struct cluster *c)
{
	static const struct sql Q =
		SQL("UPDATE galaxy_cluster SET galaxy_id = $2, uuid = $3, collection_uuid = $4, value = $5, tag_name = $6, tag_fold = $7, description = $8, source = $9, "
		    "authors = $10, version = $11, distribution = $12, sharing_group_id = $13, org_id = $14, orgc_id = $15, is_default = $16, locked = $17, published = "
		    "$18, deleted = $19, extends_uuid = $20, extends_version = $21 WHERE id = $1");

	return write_cluster(cx, &Q, c);
}

enum rc cluster_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = { CLEAR("($1)"), SQL("DELETE FROM galaxy_cluster WHERE id = $1") };

	return RUN_ALL(cx, list, id);
}

enum rc cluster_elements_put(struct ctx *cx, int64_t cluster_id, const struct cluster_element *v, size_t n)
{
	static const struct sql clear[] = { SQL("DELETE FROM galaxy_element WHERE cluster_id = $1") };
	static const struct sql Q = SQL("INSERT INTO galaxy_element (cluster_id, id, key, value) VALUES ($1, $2, $3, $4)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct id_run ids;

	TRY(RUN_ALL(cx, clear, cluster_id));
	TRY(id_run_begin(cx, "galaxy_element", &ids));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&q, 1, cluster_id);
		bind_i64(&q, 2, ids.next++);
		bind_text(&q, 3, v[i].key);
		bind_text(&q, 4, v[i].value);
		TRY(stmt_run(cx, &q));
	}
	return id_run_end(cx, &ids);
}

static enum rc write_relation(struct ctx *cx, const struct sql *s, const struct cluster_relation *r)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, r->id);
	bind_i64(&q, 2, r->cluster_id);
	bind_uuid(&q, 3, &r->referenced_uuid);
	bind_text(&q, 4, r->type);
	bind_i64(&q, 5, r->distribution);
	bind_i64(&q, 6, r->sharing_group_id);
	bind_i64(&q, 7, r->is_default);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "galaxy");
}

enum rc cluster_relation_insert(struct ctx *cx, struct cluster_relation *r)
{
	static const struct sql Q = SQL("INSERT INTO galaxy_relation (id, cluster_id, referenced_uuid, type, distribution, sharing_group_id, is_default) VALUES ($1, $2, $3, "
					"$4, $5, $6, $7)");

	TRY(id_next(cx, "galaxy_relation", &r->id));
	return write_relation(cx, &Q, r);
}

enum rc cluster_relation_update(struct ctx *cx, const struct cluster_relation *r)
{
	static const struct sql Q = SQL("UPDATE galaxy_relation SET cluster_id = $2, referenced_uuid = $3, type = $4, distribution = $5, sharing_group_id = $6, is_default = $7 "
					"WHERE id = $1");

	return write_relation(cx, &Q, r);
}

enum rc cluster_relation_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = { SQL("DELETE FROM galaxy_relation_tag WHERE relation_id = $1"), SQL("DELETE FROM galaxy_relation WHERE id = $1") };

	return RUN_ALL(cx, list, id);
}

enum rc cluster_relations_clear(struct ctx *cx, int64_t cluster_id)
{
	static const struct sql list[] = { SQL("DELETE FROM galaxy_relation_tag WHERE relation_id IN (SELECT id FROM galaxy_relation WHERE cluster_id = $1)"),
					   SQL("DELETE FROM galaxy_relation WHERE cluster_id = $1") };

	return RUN_ALL(cx, list, cluster_id);
}

enum rc cluster_relation_tags_put(struct ctx *cx, int64_t relation_id, const int64_t *tags, size_t n)
{
	static const struct sql clear[] = { SQL("DELETE FROM galaxy_relation_tag WHERE relation_id = $1") };
	static const struct sql Q = SQL("INSERT INTO galaxy_relation_tag (relation_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(RUN_ALL(cx, clear, relation_id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	for (size_t i = 0; i < n; i++) {
		bind_i64(&q, 1, relation_id);
		bind_i64(&q, 2, tags[i]);
		TRY(stmt_run(cx, &q));
	}
	return RC_OK;
}

/* ---- a whole library ---- */

enum rc cluster_default_state(struct ctx *cx, int64_t galaxy_id, int64_t *version, int64_t *n)
{
	static const struct sql Q = SQL("SELECT COALESCE(max(version), 0), count(*) FROM galaxy_cluster WHERE galaxy_id = $1 AND is_default = 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, galaxy_id);
	rc = stmt_row(cx, &q);
	if (rc != RC_OK)
		return rc == RC_DONE ? fail(cx, RC_DB, "no answer to a count") : rc;
	*version = col_i64(&q, 0);
	*n = col_i64(&q, 1);
	return RC_OK;
}

enum rc cluster_default_ids(struct ctx *cx, int64_t galaxy_id, struct cluster_id **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT uuid, id FROM galaxy_cluster WHERE galaxy_id = $1 AND is_default = 1 ORDER BY id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, galaxy_id);
	return STMT_ALL(cx, &q, out, n, col_uuid(&q, 0, &e->uuid); e->id = col_i64(&q, 1));
}

enum rc cluster_default_clear(struct ctx *cx, int64_t galaxy_id)
{
	static const struct sql list[] = { CLEAR(OF_GALAXY " AND c.is_default = 1)"), SQL("DELETE FROM galaxy_cluster WHERE galaxy_id = $1 AND is_default = 1") };

	return RUN_ALL(cx, list, galaxy_id);
}

static void bulk_uuid(struct bulk *b, const struct uuid *u)
{
	if (uuid_is_nil(u))
		bulk_null(b);
	else
		bulk_blob(b, u->b, 16);
}

static enum rc bulk_clusters(struct ctx *cx, const struct cluster *v, size_t n)
{
	static const struct bulk_table T = { "galaxy_cluster", "id, galaxy_id, uuid, collection_uuid, value, tag_name, tag_fold, description, source, authors, version, "
							       "distribution, sharing_group_id, org_id, orgc_id, is_default, locked, published, deleted",
					     "iixxttttttisiiissss", 19 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < n; i++) {
		bulk_i64(b, v[i].id);
		bulk_i64(b, v[i].galaxy_id);
		bulk_blob(b, v[i].uuid.b, 16);
		bulk_uuid(b, &v[i].collection_uuid);
		bulk_text(b, v[i].value);
		bulk_text(b, v[i].tag_name);
		bulk_text(b, value_fold(cx->mem, v[i].tag_name));
		bulk_text(b, v[i].description);
		bulk_text(b, v[i].source);
		bulk_text(b, v[i].authors);
		bulk_i64(b, v[i].version);
		bulk_i64(b, v[i].distribution);
		bulk_i64(b, v[i].sharing_group_id);
		bulk_i64(b, v[i].org_id);
		bulk_i64(b, v[i].orgc_id);
		bulk_i64(b, v[i].is_default);
		bulk_i64(b, v[i].locked);
		bulk_i64(b, v[i].published);
		bulk_i64(b, v[i].deleted);
		TRY(bulk_row(cx, b));
	}
	return bulk_end(cx, &b);
}

static enum rc bulk_elements(struct ctx *cx, const struct cluster_element *v, size_t n)
{
	static const struct bulk_table T = { "galaxy_element", "cluster_id, id, key, value", "iitt", 4 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < n; i++) {
		bulk_i64(b, v[i].cluster_id);
		bulk_i64(b, v[i].id);
		bulk_text(b, v[i].key);
		bulk_text(b, v[i].value);
		TRY(bulk_row(cx, b));
	}
	return bulk_end(cx, &b);
}

static enum rc bulk_relations(struct ctx *cx, const struct cluster_relation *v, size_t n)
{
	static const struct bulk_table T = { "galaxy_relation", "id, cluster_id, referenced_uuid, type, distribution, sharing_group_id, is_default", "iixtsis", 7 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < n; i++) {
		bulk_i64(b, v[i].id);
		bulk_i64(b, v[i].cluster_id);
		bulk_blob(b, v[i].referenced_uuid.b, 16);
		bulk_text(b, v[i].type);
		bulk_i64(b, v[i].distribution);
		bulk_i64(b, v[i].sharing_group_id);
		bulk_i64(b, v[i].is_default);
		TRY(bulk_row(cx, b));
	}
	return bulk_end(cx, &b);
}

enum rc cluster_bulk_write(struct ctx *cx, const struct cluster_bulk *x)
{
	static const struct bulk_table T = { "galaxy_relation_tag", "relation_id, tag_id", "ii", 2 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	TRY(bulk_clusters(cx, x->clusters, x->cluster_n));
	TRY(bulk_elements(cx, x->elements, x->element_n));
	TRY(bulk_relations(cx, x->relations, x->relation_n));
	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < x->tag_n; i++) {
		bulk_i64(b, x->tags[i].relation_id);
		bulk_i64(b, x->tags[i].tag_id);
		TRY(bulk_row(cx, b));
	}
	TRY(bulk_end(cx, &b));
	return data_version_bump(cx, "galaxy");
}
