/* object.c - rows of object and object_ref. */
#include "store/object.h"

#define COLS(o) \
	o ".event_id, " o ".id, " o ".uuid, " o ".name, " o ".meta_category, " o ".description, " o ".template_uuid, " o ".template_version, " o \
	".timestamp, " o ".distribution, " o ".sharing_group_id, " o ".comment, " o ".deleted, " o ".first_seen_us, " o ".last_seen_us"
#define PLAIN \
	"event_id, id, uuid, name, meta_category, description, template_uuid, template_version, timestamp, distribution, sharing_group_id, comment, " \
	"deleted, first_seen_us, last_seen_us"

static void row(struct ctx *cx, struct stmt *q, struct object *o)
{
	*o = (struct object){
		.event_id = col_i64(q, 0),
		.id = col_i64(q, 1),
		.name = col_text_dup(cx, q, 3),
		.meta_category = col_text_dup(cx, q, 4),
		.description = col_text_dup(cx, q, 5),
		.has_template = !col_null(q, 6),
		.template_version = col_i64(q, 7),
		.timestamp = col_i64(q, 8),
		.distribution = (int)col_i64(q, 9),
		.sharing_group_id = col_i64(q, 10),
		.comment = col_text_dup(cx, q, 11),
		.deleted = col_i64(q, 12),
		.first_seen_us = col_null(q, 13) ? SEEN_NONE : col_i64(q, 13),
		.last_seen_us = col_null(q, 14) ? SEEN_NONE : col_i64(q, 14),
	};
	col_uuid(q, 2, &o->uuid);
	col_uuid(q, 6, &o->template_uuid);
}

enum rc object_page(struct ctx *cx, const struct scope *sc, int64_t event_id, int64_t after, enum deleted_mode deleted, size_t limit,
		    struct object **out, size_t *n)
{
#define PAGE(L) "SELECT " COLS("o") " FROM object o JOIN event e ON e.id = o.event_id WHERE o.event_id = $5 AND o.id > $6 AND o.deleted BETWEEN $7 AND $8 " \
	"AND " VISIBLE_EVENT("e", L) " AND " VISIBLE_ELEMENT("o", "e", L) " ORDER BY o.event_id, o.id LIMIT $9"
	static const struct sql Q = SQL_BOTH(PAGE);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct object *v = arena_many(cx->mem, limit, struct object);
	enum rc rc = RC_DONE;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, event_id);
	bind_i64(&q, 6, after);
	bind_i64(&q, 7, deleted == DELETED_ONLY);
	bind_i64(&q, 8, deleted != DELETED_NO);
	bind_i64(&q, 9, (int64_t)limit);
	*n = 0;
	while (*n < limit && (rc = stmt_row(cx, &q)) == RC_OK)
		row(cx, &q, &v[(*n)++]);
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc object_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct object *out)
{
#define ONE(L) "SELECT " COLS("o") " FROM object o JOIN event e ON e.id = o.event_id WHERE o.id = $5 AND " VISIBLE_EVENT("e", L) " AND " \
	VISIBLE_ELEMENT("o", "e", L)
	static const struct sql Q = SQL_BOTH(ONE);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t event_id, id = k->id;
	enum rc rc;

	if (!id) {
		TRY(element_find(cx, &k->uuid, KIND_OBJECT, &event_id, &id));
		if (!event_id)
			return fail(cx, RC_NOTFOUND, "Invalid object");
	}
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid object");
	TRY(rc);
	row(cx, &q, out);
	return RC_OK;
}

static enum rc keep_old(struct ctx *cx, const struct object *o, int64_t audit_id, bool removed)
{
	static const struct sql Q = SQL("INSERT INTO object_old (audit_id, removed, " PLAIN ") SELECT $3, $4, " PLAIN
					" FROM object WHERE event_id = $1 AND id = $2 ON CONFLICT DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, o->event_id);
	bind_i64(&q, 2, o->id);
	bind_i64(&q, 3, audit_id);
	bind_i64(&q, 4, removed);
	return stmt_run(cx, &q);
}

enum rc object_update(struct ctx *cx, const struct object *o, int64_t audit_id)
{
	static const struct sql Q =
		SQL("UPDATE object SET name = $3, meta_category = $4, description = $5, template_uuid = $6, template_version = $7, timestamp = $8, "
		    "distribution = $9, sharing_group_id = $10, comment = $11, deleted = $12, first_seen_us = $13, last_seen_us = $14 "
		    "WHERE event_id = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	if (audit_id)
		TRY(keep_old(cx, o, audit_id, false));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, o->event_id);
	bind_i64(&q, 2, o->id);
	bind_text(&q, 3, o->name);
	bind_text(&q, 4, o->meta_category);
	bind_text(&q, 5, o->description);
	if (o->has_template)
		bind_uuid(&q, 6, &o->template_uuid);
	else
		bind_blob(&q, 6, NULL, 0);
	bind_i64(&q, 7, o->template_version);
	bind_i64(&q, 8, o->timestamp);
	bind_i64(&q, 9, o->distribution);
	bind_i64(&q, 10, o->sharing_group_id);
	bind_text(&q, 11, o->comment);
	bind_i64(&q, 12, o->deleted);
	if (o->first_seen_us == SEEN_NONE)
		bind_null(&q, 13);
	else
		bind_i64(&q, 13, o->first_seen_us);
	if (o->last_seen_us == SEEN_NONE)
		bind_null(&q, 14);
	else
		bind_i64(&q, 14, o->last_seen_us);
	return stmt_run(cx, &q);
}

static enum rc run(struct ctx *cx, const struct sql *s, const struct object *o)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, o->event_id);
	bind_i64(&q, 2, o->id);
	return stmt_run(cx, &q);
}

enum rc object_delete(struct ctx *cx, const struct object *o, int64_t audit_id, bool hard)
{
	static const struct sql drop = SQL("DELETE FROM object WHERE event_id = $1 AND id = $2");
	static const struct sql mark_refs = SQL("UPDATE object_ref SET deleted = 1 WHERE event_id = $1 AND object_id = $2");
	static const struct sql drop_ref_uuids =
		SQL("DELETE FROM element_uuid WHERE kind = 4 AND uuid IN (SELECT uuid FROM object_ref WHERE event_id = $1 AND object_id = $2)");
	static const struct sql drop_refs = SQL("DELETE FROM object_ref WHERE event_id = $1 AND object_id = $2");
	static const struct sql drop_old = SQL("DELETE FROM object_old WHERE event_id = $1 AND id = $2");
	struct attr_range r = { .event_id = o->event_id, .deleted = DELETED_ALL, .objects = &o->id, .object_n = 1 };
	struct object gone = *o;
	struct attr *v;
	size_t n;

	TRY(attr_page(cx, &scope_all, &r, &v, &n));
	for (size_t i = 0; i < n; i++) {
		struct attr a = v[i];

		if (hard) {
			TRY(attr_remove(cx, &v[i], audit_id, true));
			continue;
		}
		if (a.deleted)
			continue;
		a.deleted = true;
		a.timestamp = ctx_now_s(cx);
		TRY(attr_update(cx, &v[i], &a, audit_id));
	}
	if (hard) {
		TRY(run(cx, &drop_ref_uuids, o));
		TRY(run(cx, &drop_refs, o));
		TRY(run(cx, &drop_old, o));
		TRY(element_remove(cx, &o->uuid, KIND_OBJECT));
		return run(cx, &drop, o);
	}
	TRY(run(cx, &mark_refs, o));
	gone.deleted = true;
	gone.timestamp = ctx_now_s(cx);
	return object_update(cx, &gone, audit_id);
}

#define REF_COLS "r.event_id, r.id, r.object_id, r.uuid, r.referenced_uuid, r.relationship_type, r.comment, r.timestamp, r.deleted"

static void ref_row(struct ctx *cx, struct stmt *q, struct object_ref *r)
{
	*r = (struct object_ref){
		.event_id = col_i64(q, 0),
		.id = col_i64(q, 1),
		.object_id = col_i64(q, 2),
		.relationship_type = col_text_dup(cx, q, 5),
		.comment = col_text_dup(cx, q, 6),
		.timestamp = col_i64(q, 7),
		.deleted = col_i64(q, 8),
	};
	col_uuid(q, 3, &r->uuid);
	col_uuid(q, 4, &r->referenced_uuid);
}

enum rc object_ref_list(struct ctx *cx, int64_t event_id, const int64_t *objects, size_t n, struct ref_row **out, size_t *out_n)
{
#define LIST(L) "SELECT " REF_COLS ", u.kind, u.id FROM object_ref r LEFT JOIN element_uuid u ON u.uuid = r.referenced_uuid AND u.kind IN (1, 2) " \
	"WHERE r.event_id = $1 AND r.object_id " L("$2") " AND r.deleted = 0 ORDER BY r.object_id, r.id"
	static const struct sql Q = SQL_BOTH(LIST);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64s(&q, 2, objects, n);
	return STMT_ALL(cx, &q, out, out_n,
			ref_row(cx, &q, &e->r);
			e->referenced_kind = col_null(&q, 9) ? -1 : col_i64(&q, 9) == KIND_OBJECT ? 0 : 1;
			e->referenced_id = col_i64(&q, 10));
}

enum rc object_ref_by_uuid(struct ctx *cx, const struct uuid *u, struct object_ref *out)
{
	static const struct sql Q = SQL("SELECT " REF_COLS " FROM element_uuid u JOIN object_ref r ON r.event_id = u.event_id AND r.id = u.id "
					"WHERE u.uuid = $1 AND u.kind = 4");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		ref_row(cx, &q, out);
	return rc;
}

enum rc object_ref_by_id(struct ctx *cx, int64_t id, struct object_ref *out)
{
	static const struct sql Q = SQL("SELECT " REF_COLS " FROM object_ref r WHERE r.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		ref_row(cx, &q, out);
	return rc;
}

enum rc object_ref_delete(struct ctx *cx, const struct object_ref *r, bool hard)
{
	static const struct sql drop = SQL("DELETE FROM object_ref WHERE event_id = $1 AND object_id = $2 AND id = $3");
	static const struct sql mark = SQL("UPDATE object_ref SET deleted = 1 WHERE event_id = $1 AND object_id = $2 AND id = $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	if (hard)
		TRY(element_remove(cx, &r->uuid, KIND_REF));
	TRY(stmt_open(cx, cx->conn, hard ? &drop : &mark, &q));
	bind_i64(&q, 1, r->event_id);
	bind_i64(&q, 2, r->object_id);
	bind_i64(&q, 3, r->id);
	return stmt_run(cx, &q);
}
