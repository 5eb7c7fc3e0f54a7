/* sighting.c - rows of sighting. */
#include "store/sighting.h"

#include "store/decay.h"
#include "store/setting.h"

#define COLS \
	"s.event_id, s.id, s.attr_id, s.org_id, s.date_sighting, s.uuid, s.source, s.type, o.uuid, o.name, a.uuid, e.uuid"
#define FROM \
	" FROM sighting s JOIN event e ON e.id = s.event_id JOIN attribute a ON a.event_id = s.event_id AND a.id = s.attr_id " \
	"LEFT JOIN org o ON o.id = s.org_id "

/* Which of them the reader sees, by the setting Plugin.Sightings_policy: the event's organisation all, others their own; who has sighted the event all; everyone all;
 * their own and the host's. $5 is the policy, $6 the host organisation. */
#define SEEN \
	"($1 <> 0 OR e.org_id = $2 OR s.org_id = $2 OR $5 = 2 OR ($5 = 3 AND s.org_id = $6) OR " \
	"($5 = 1 AND EXISTS (SELECT 1 FROM sighting p WHERE p.event_id = s.event_id AND p.org_id = $2))) AND "

static void bind_reader(const struct ctx *cx, struct stmt *q, const struct scope *sc)
{
	bind_scope(q, sc);
	bind_i64(q, 5, setting_int(cx, SITE_SIGHTINGS_POLICY));
	bind_i64(q, 6, setting_int(cx, SITE_HOST_ORG));
}

static void row(struct ctx *cx, struct stmt *q, struct sighting_row *r)
{
	*r = (struct sighting_row){
		.s = {
			.event_id = col_i64(q, 0),
			.id = col_i64(q, 1),
			.attribute_id = col_i64(q, 2),
			.org_id = col_i64(q, 3),
			.date_sighting = col_i64(q, 4),
			.source = col_text_dup(cx, q, 6),
			.type = (enum sighting_type)col_i64(q, 7),
		},
		.org_name = col_null(q, 9) ? S("") : col_text_dup(cx, q, 9),
	};
	col_uuid(q, 5, &r->s.uuid);
	col_uuid(q, 8, &r->org_uuid);
	col_uuid(q, 10, &r->attribute_uuid);
	col_uuid(q, 11, &r->event_uuid);
}

enum rc sighting_insert(struct ctx *cx, struct sighting *s)
{
	static const struct sql Q = SQL("INSERT INTO sighting (event_id, id, attr_id, org_id, date_sighting, uuid, source, type) "
					"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
	static const struct sql T = SQL("UPDATE event SET sighting_timestamp = $2 WHERE id = $1 AND sighting_timestamp < $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, t = STMT_INIT;

	decay_mark(cx, s->event_id, s->attribute_id, s->attribute_id);
	TRY(id_next(cx, "sighting", &s->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, s->event_id);
	bind_i64(&q, 2, s->id);
	bind_i64(&q, 3, s->attribute_id);
	bind_i64(&q, 4, s->org_id);
	bind_i64(&q, 5, s->date_sighting);
	bind_uuid(&q, 6, &s->uuid);
	bind_text(&q, 7, s->source);
	bind_i64(&q, 8, s->type);
	TRY(stmt_run(cx, &q));
	TRY(stmt_open(cx, cx->conn, &T, &t));
	bind_i64(&t, 1, s->event_id);
	bind_i64(&t, 2, s->date_sighting);
	return stmt_run(cx, &t);
}

enum rc sighting_load(struct ctx *cx, const struct scope *sc, int64_t id, const struct uuid *u, struct sighting_row *out)
{
#define BY_ID(L) "SELECT " COLS FROM "WHERE s.id = $7 AND " SEEN VISIBLE_EVENT("e", L) " AND " VISIBLE_ATTR("a", "e", L)
#define BY_UUID(L) "SELECT " COLS FROM "WHERE s.uuid = $7 AND " SEEN VISIBLE_EVENT("e", L) " AND " VISIBLE_ATTR("a", "e", L)
	static const struct sql by_id = SQL_BOTH(BY_ID), by_uuid = SQL_BOTH(BY_UUID);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, id ? &by_id : &by_uuid, &q));
	bind_reader(cx, &q, sc);
	if (id)
		bind_i64(&q, 7, id);
	else
		bind_uuid(&q, 7, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc sighting_delete(struct ctx *cx, const struct sighting *s)
{
	static const struct sql Q = SQL("DELETE FROM sighting WHERE event_id = $1 AND attr_id = $2 AND id = $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	decay_mark(cx, s->event_id, s->attribute_id, s->attribute_id);
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, s->event_id);
	bind_i64(&q, 2, s->attribute_id);
	bind_i64(&q, 3, s->id);
	return stmt_run(cx, &q);
}

static enum rc collect(struct ctx *cx, struct stmt *q, struct sighting_row **out, size_t *n)
{
	return STMT_ALL(cx, q, out, n, row(cx, q, e));
}

enum rc sighting_of_attrs(struct ctx *cx, const struct scope *sc, int64_t event_id, int64_t first, int64_t last, int64_t org_id,
			  struct sighting_row **out, size_t *n)
{
#define OF_ATTRS(L) "SELECT " COLS FROM "WHERE s.event_id = $7 AND s.attr_id BETWEEN $8 AND $9 AND ($10 = 0 OR s.org_id = $10) AND " SEEN \
	VISIBLE_EVENT("e", L) " AND " VISIBLE_ATTR("a", "e", L) " ORDER BY s.attr_id, s.id"
	static const struct sql Q = SQL_BOTH(OF_ATTRS);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_reader(cx, &q, sc);
	bind_i64(&q, 7, event_id);
	bind_i64(&q, 8, first);
	bind_i64(&q, 9, last);
	bind_i64(&q, 10, org_id);
	return collect(cx, &q, out, n);
}

enum rc sighting_search(struct ctx *cx, const struct scope *sc, const struct sighting_filter *f, struct sighting_row **out, size_t *n)
{
#define SEARCH(L) "SELECT " COLS FROM "WHERE s.id > $7 AND s.date_sighting BETWEEN $8 AND $9 AND ($10 < 0 OR s.type = $10) AND ($11 = '' OR s.source = $11) " \
	"AND ($12 = 0 OR s.event_id = $12) AND ($13 = 0 OR s.attr_id = $13) AND ($14 = 0 OR s.org_id = $14) AND " SEEN VISIBLE_EVENT("e", L) " AND " \
	VISIBLE_ATTR("a", "e", L) " ORDER BY s.id LIMIT $15"
	static const struct sql Q = SQL_BOTH(SEARCH);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_reader(cx, &q, sc);
	bind_i64(&q, 7, f->after);
	bind_i64(&q, 8, f->from_s);
	bind_i64(&q, 9, f->to_s);
	bind_i64(&q, 10, f->type);
	bind_text(&q, 11, f->source.p ? f->source : S(""));
	bind_i64(&q, 12, f->event_id);
	bind_i64(&q, 13, f->attr_id);
	bind_i64(&q, 14, f->org_id);
	bind_i64(&q, 15, (int64_t)f->limit);
	return collect(cx, &q, out, n);
}
