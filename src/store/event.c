/* event.c - rows of event <-> struct event. Adding and changing what is inside an event: attr_write.c, object.c. */
#include "store/event.h"
#include "store/attachment.h"

#include "store/decay.h"

#define COLS(e) \
	e ".id, " e ".uuid, " e ".org_id, " e ".orgc_id, " e ".user_id, " e ".info, " e ".date, " e ".threat_level_id, " e ".analysis, " e \
	".distribution, " e ".sharing_group_id, " e ".published, " e ".locked, " e ".disable_correlation, " e ".protected, " e \
	".proposal_email_lock, " e ".timestamp, " e ".publish_timestamp, " e ".sighting_timestamp, " e ".attribute_count, " e ".extends_uuid"
#define PLAIN \
	"id, uuid, org_id, orgc_id, user_id, info, date, threat_level_id, analysis, distribution, sharing_group_id, published, locked, " \
	"disable_correlation, protected, proposal_email_lock, timestamp, publish_timestamp, sighting_timestamp, attribute_count, extends_uuid"

bool event_key_parse(struct str s, struct event_key *out)
{
	struct event_key k = { 0 };

	if (!(str_i64(s, &k.id) && k.id >= 0) && !uuid_parse(s, &k.uuid))
		return false;
	*out = k;
	return true;
}

static void row(struct ctx *cx, struct stmt *q, struct event *e)
{
	*e = (struct event){
		.id = col_i64(q, 0),
		.org_id = col_i64(q, 2),
		.orgc_id = col_i64(q, 3),
		.user_id = col_i64(q, 4),
		.info = col_text_dup(cx, q, 5),
		.date = (int32_t)col_i64(q, 6),
		.threat_level_id = (int)col_i64(q, 7),
		.analysis = (int)col_i64(q, 8),
		.distribution = (int)col_i64(q, 9),
		.sharing_group_id = col_i64(q, 10),
		.published = col_i64(q, 11),
		.locked = col_i64(q, 12),
		.disable_correlation = col_i64(q, 13),
		.is_protected = col_i64(q, 14),
		.proposal_email_lock = col_i64(q, 15),
		.timestamp = col_i64(q, 16),
		.publish_timestamp = col_i64(q, 17),
		.sighting_timestamp = col_i64(q, 18),
		.attribute_count = col_i64(q, 19),
		.has_extends = !col_null(q, 20),
	};
	col_uuid(q, 1, &e->uuid);
	col_uuid(q, 20, &e->extends_uuid);
}

enum rc event_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct event *out)
{
#define BY_ID(L) "SELECT " COLS("e") " FROM event e WHERE e.id = $5 AND " VISIBLE_EVENT("e", L)
#define BY_UUID(L) "SELECT " COLS("e") " FROM event e WHERE e.uuid = $5 AND " VISIBLE_EVENT("e", L)
	static const struct sql by_id = SQL_BOTH(BY_ID), by_uuid = SQL_BOTH(BY_UUID);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, k->id ? &by_id : &by_uuid, &q));
	bind_scope(&q, sc);
	if (k->id)
		bind_i64(&q, 5, k->id);
	else
		bind_uuid(&q, 5, &k->uuid);
	rc = stmt_row(cx, &q);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid event");
	TRY(rc);
	row(cx, &q, out);
	return RC_OK;
}

enum rc event_id_of_uuid(struct ctx *cx, const struct uuid *u, int64_t *id)
{
	static const struct sql Q = SQL("SELECT id FROM event WHERE uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	rc = stmt_get_i64(cx, &q, id);
	if (rc == RC_DONE) {
		*id = 0;
		rc = RC_OK;
	}
	return rc;
}

static void bind_event(struct stmt *q, const struct event *e)
{
	bind_i64(q, 1, e->id);
	bind_uuid(q, 2, &e->uuid);
	bind_i64(q, 3, e->org_id);
	bind_i64(q, 4, e->orgc_id);
	bind_i64(q, 5, e->user_id);
	bind_text(q, 6, e->info);
	bind_i64(q, 7, e->date);
	bind_i64(q, 8, e->threat_level_id);
	bind_i64(q, 9, e->analysis);
	bind_i64(q, 10, e->distribution);
	bind_i64(q, 11, e->sharing_group_id);
	bind_i64(q, 12, e->published);
	bind_i64(q, 13, e->locked);
	bind_i64(q, 14, e->disable_correlation);
	bind_i64(q, 15, e->is_protected);
	bind_i64(q, 16, e->proposal_email_lock);
	bind_i64(q, 17, e->timestamp);
	bind_i64(q, 18, e->publish_timestamp);
	bind_i64(q, 19, e->sighting_timestamp);
	if (e->has_extends)
		bind_uuid(q, 20, &e->extends_uuid);
	else
		bind_blob(q, 20, NULL, 0);
}

enum rc event_insert(struct ctx *cx, struct event *e)
{
	static const struct sql Q =
		SQL("INSERT INTO event (id, uuid, org_id, orgc_id, user_id, info, date, threat_level_id, analysis, distribution, sharing_group_id, "
		    "published, locked, disable_correlation, protected, proposal_email_lock, timestamp, publish_timestamp, sighting_timestamp, "
		    "extends_uuid, attribute_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "event", &e->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_event(&q, e);
	return stmt_run(cx, &q);
}

enum rc event_update(struct ctx *cx, const struct event *e, int64_t audit_id)
{
	static const struct sql keep = SQL("INSERT INTO event_old (audit_id, removed, " PLAIN ") SELECT $2, 0, " PLAIN " FROM event WHERE id = $1 "
					   "ON CONFLICT DO NOTHING");
	static const struct sql set =
		SQL("UPDATE event SET uuid = $2, org_id = $3, orgc_id = $4, user_id = $5, info = $6, date = $7, threat_level_id = $8, analysis = $9, "
		    "distribution = $10, sharing_group_id = $11, published = $12, locked = $13, disable_correlation = $14, protected = $15, "
		    "proposal_email_lock = $16, timestamp = $17, publish_timestamp = $18, sighting_timestamp = $19, extends_uuid = $20 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, k = STMT_INIT;

	if (audit_id) {
		TRY(stmt_open(cx, cx->conn, &keep, &k));
		bind_i64(&k, 1, e->id);
		bind_i64(&k, 2, audit_id);
		TRY(stmt_run(cx, &k));
	}
	TRY(stmt_open(cx, cx->conn, &set, &q));
	bind_event(&q, e);
	return stmt_run(cx, &q);
}

enum rc event_count_update(struct ctx *cx, int64_t event_id)
{
	static const struct sql Q = SQL("UPDATE event SET attribute_count = (SELECT count(*) FROM attribute a WHERE a.event_id = $1 AND a.deleted = 0) "
					"WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, event_id);
	return stmt_run(cx, &q);
}

enum rc event_count_add(struct ctx *cx, int64_t event_id, int64_t delta)
{
	static const struct sql Q = SQL("UPDATE event SET attribute_count = attribute_count + $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, delta);
	TRY(stmt_run(cx, &q));
	return q.changes ? RC_OK : fail(cx, RC_NOTFOUND, "Invalid event"); /* removed while the attributes were on their way */
}

static enum rc run2(struct ctx *cx, const struct sql *s, int64_t event_id, int64_t audit_id, bool two)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, event_id);
	if (two)
		bind_i64(&q, 2, audit_id);
	return stmt_run(cx, &q);
}

#define OBJECT_COLS \
	"event_id, id, uuid, name, meta_category, description, template_uuid, template_version, timestamp, distribution, sharing_group_id, comment, " \
	"deleted, first_seen_us, last_seen_us"
#define ATTR_COLS \
	"event_id, id, object_id, type, category, to_ids, deleted, disable_correlation, distribution, sharing_group_id, timestamp, uuid, value1, " \
	"value2, hash, comment, relation, first_seen_us, last_seen_us"

enum rc event_index_remove(struct ctx *cx, int64_t event_id); /* attr_write.c */

enum rc event_delete(struct ctx *cx, int64_t event_id, int64_t audit_id, bool hard)
{
	static const struct sql keep[] = {
		SQL("INSERT INTO event_old (audit_id, removed, " PLAIN ") SELECT $2, 1, " PLAIN " FROM event WHERE id = $1"),
		SQL("INSERT INTO object_old (audit_id, removed, " OBJECT_COLS ") SELECT $2, 1, " OBJECT_COLS " FROM object WHERE event_id = $1"),
		SQL("INSERT INTO attribute_old (audit_id, removed, " ATTR_COLS ") SELECT $2, 1, " ATTR_COLS " FROM attribute WHERE event_id = $1"),
		SQL("INSERT INTO tag_binding_old (audit_id, event_id, attr_id, tag_id, local, relationship_type) SELECT $2, event_id, 0, tag_id, local, "
		    "relationship_type FROM event_tag WHERE event_id = $1"),
		SQL("INSERT INTO tag_binding_old (audit_id, event_id, attr_id, tag_id, local, relationship_type) SELECT $2, event_id, attr_id, tag_id, "
		    "local, relationship_type FROM attr_tag WHERE event_id = $1"),
	};
	static const struct sql drop_old[] = {
		SQL("DELETE FROM event_old WHERE id = $1"),
		SQL("DELETE FROM object_old WHERE event_id = $1"),
		SQL("DELETE FROM attribute_old WHERE event_id = $1"),
		SQL("DELETE FROM tag_binding_old WHERE event_id = $1"),
	};
	static const struct sql drop[] = {
		SQL("DELETE FROM attribute WHERE event_id = $1"),
		SQL("DELETE FROM object WHERE event_id = $1"),
		SQL("DELETE FROM object_ref WHERE event_id = $1"),
		SQL("DELETE FROM event_tag WHERE event_id = $1"),
		SQL("DELETE FROM attr_tag WHERE event_id = $1"),
		SQL("DELETE FROM sighting WHERE event_id = $1"),
		SQL("DELETE FROM event_report WHERE event_id = $1"),
		SQL("DELETE FROM cryptographic_key WHERE event_id = $1"),
		SQL("DELETE FROM event WHERE id = $1"),
	};

	decay_mark(cx, event_id, 0, DECAY_ALL);
	for (size_t i = 0; !hard && i < sizeof(keep) / sizeof(*keep); i++)
		TRY(run2(cx, &keep[i], event_id, audit_id, true));
	for (size_t i = 0; hard && i < sizeof(drop_old) / sizeof(*drop_old); i++)
		TRY(run2(cx, &drop_old[i], event_id, 0, false));
	TRY(event_index_remove(cx, event_id));
	TRY(attachment_remove_event(cx, event_id));
	for (size_t i = 0; i < sizeof(drop) / sizeof(*drop); i++)
		TRY(run2(cx, &drop[i], event_id, 0, false));
	return RC_OK;
}

enum rc org_ref_load(struct ctx *cx, int64_t id, struct org_ref *out)
{
	static const struct sql Q = SQL("SELECT id, uuid, name, local FROM org WHERE id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	*out = (struct org_ref){ .name = S("") };
	rc = stmt_row(cx, &q);
	if (rc == RC_OK) {
		out->id = col_i64(&q, 0);
		col_uuid(&q, 1, &out->uuid);
		out->name = col_text_dup(cx, &q, 2);
		out->local = col_i64(&q, 3);
	}
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc user_email_load(struct ctx *cx, int64_t user_id, struct str *out)
{
	static const struct sql Q = SQL("SELECT email FROM users WHERE id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, user_id);
	rc = stmt_row(cx, &q);
	*out = rc == RC_OK ? col_text_dup(cx, &q, 0) : S("");
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc collect(struct ctx *cx, struct stmt *q, size_t limit, struct event **out, size_t *n)
{
	struct event *e = arena_many(cx->mem, limit ? limit : 1, struct event);
	enum rc rc;

	*n = 0;
	while (*n < limit && (rc = stmt_row(cx, q)) != RC_DONE) {
		TRY(rc);
		row(cx, q, &e[(*n)++]);
	}
	*out = e;
	return RC_OK;
}

enum rc event_page(struct ctx *cx, const struct scope *sc, int64_t after, size_t limit, struct event **out, size_t *n)
{
#define PAGE(L) "SELECT " COLS("e") " FROM event e WHERE e.id > $5 AND " VISIBLE_EVENT("e", L) " ORDER BY e.id LIMIT $6"
	static const struct sql Q = SQL_BOTH(PAGE);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, after);
	bind_i64(&q, 6, (int64_t)limit);
	return collect(cx, &q, limit, out, n);
}

enum rc event_extending(struct ctx *cx, const struct scope *sc, const struct uuid *u, size_t limit, struct event **out, size_t *n)
{
#define EXTENDING(L) "SELECT " COLS("e") " FROM event e WHERE e.extends_uuid = $5 AND " VISIBLE_EVENT("e", L) " ORDER BY e.id LIMIT $6"
	static const struct sql Q = SQL_BOTH(EXTENDING);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_uuid(&q, 5, u);
	bind_i64(&q, 6, (int64_t)limit);
	return collect(cx, &q, limit, out, n);
}

enum rc event_load_many(struct ctx *cx, const struct scope *sc, const int64_t *ids, size_t n, struct event **out, size_t *out_n)
{
#define MANY(L) "SELECT " COLS("e") " FROM event e WHERE e.id " L("$5") " AND " VISIBLE_EVENT("e", L) " ORDER BY e.id"
	static const struct sql Q = SQL_BOTH(MANY);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	*out_n = 0;
	*out = NULL;
	if (n == 0)
		return RC_OK;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64s(&q, 5, ids, n);
	return collect(cx, &q, n, out, out_n);
}
