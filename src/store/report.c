/* report.c - rows of event_report. */
#include "store/report.h"

#define COLS "r.id, r.event_id, r.uuid, r.name, r.content, r.distribution, r.sharing_group_id, r.timestamp, r.deleted"

static void row(struct ctx *cx, struct stmt *q, struct report *r)
{
	*r = (struct report){
		.id = col_i64(q, 0),
		.event_id = col_i64(q, 1),
		.name = col_text_dup(cx, q, 3),
		.content = col_text_dup(cx, q, 4),
		.distribution = (int)col_i64(q, 5),
		.sharing_group_id = col_i64(q, 6),
		.timestamp = col_i64(q, 7),
		.deleted = col_i64(q, 8),
	};
	col_uuid(q, 2, &r->uuid);
}

#define FROM_SEEN(L) "FROM event_report r JOIN event e ON e.id = r.event_id WHERE " VISIBLE_EVENT("e", L) " AND " VISIBLE_ELEMENT("r", "e", L)

enum rc report_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct report *out)
{
#define ONE(L) "SELECT " COLS " " FROM_SEEN(L) " AND r.id = $5"
	static const struct sql Q = SQL_BOTH(ONE);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t event_id = 0, id = k->id;
	enum rc rc;

	if (!id) {
		TRY(element_find(cx, &k->uuid, KIND_REPORT, &event_id, &id));
		if (!event_id)
			return fail(cx, RC_NOTFOUND, "Invalid report");
	}
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid report") : rc;
}

enum rc report_list(struct ctx *cx, const struct scope *sc, int64_t event_id, enum deleted_mode deleted, struct report **out, size_t *n)
{
#define LIST(L) "SELECT " COLS " " FROM_SEEN(L) " AND r.event_id = $5 AND r.deleted BETWEEN $6 AND $7 ORDER BY r.id"
	static const struct sql Q = SQL_BOTH(LIST);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, event_id);
	bind_i64(&q, 6, deleted == DELETED_ONLY);
	bind_i64(&q, 7, deleted != DELETED_NO);
	return STMT_ALL(cx, &q, out, n, row(cx, &q, e));
}

static void wide_row(struct ctx *cx, struct stmt *q, struct report_row *r)
{
	row(cx, q, &r->r);
	r->orgc_id = col_i64(q, 9);
	r->org_id = col_i64(q, 10);
	r->user_id = col_i64(q, 11);
	r->date = (int32_t)col_i64(q, 12);
	r->info = col_text_dup(cx, q, 13);
	r->org_name = col_text_dup(cx, q, 14);
	r->orgc_name = col_text_dup(cx, q, 15);
	r->has_group = !col_null(q, 16);
	r->group_uuid = (struct uuid){ 0 };
	r->group_name = S("");
	if (r->has_group) {
		col_uuid(q, 16, &r->group_uuid);
		r->group_name = col_text_dup(cx, q, 17);
	}
}

enum rc report_rows(struct ctx *cx, const struct scope *sc, const struct report_filter *f, struct report_row **out, size_t *n)
{
#define WIDE \
	"SELECT " COLS ", e.orgc_id, e.org_id, e.user_id, e.date, e.info, o.name, c.name, g.uuid, g.name FROM event_report r JOIN event e ON e.id = r.event_id " \
	"LEFT JOIN org o ON o.id = e.org_id LEFT JOIN org c ON c.id = e.orgc_id LEFT JOIN sharing_group g ON r.distribution = 4 AND g.id = r.sharing_group_id "
#define REST(L) " AND r.deleted BETWEEN $6 AND $7 AND r.id > $8 AND " VISIBLE_EVENT("e", L) " AND " VISIBLE_ELEMENT("r", "e", L) " ORDER BY r.id LIMIT $9"
#define ALL(L) WIDE "WHERE 1 = 1" REST(L)
#define OF_EVENTS(L) WIDE "WHERE r.event_id " L("$5") REST(L)
#define BY_ID(L) WIDE "WHERE r.id = $5" REST(L)
	static const struct sql Q_ALL = SQL_BOTH(ALL), Q_EVENTS = SQL_BOTH(OF_EVENTS), Q_ID = SQL_BOTH(BY_ID);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, f->id ? &Q_ID : f->event_n ? &Q_EVENTS : &Q_ALL, &q));
	bind_scope(&q, sc);
	if (f->id)
		bind_i64(&q, 5, f->id);
	else
		bind_i64s(&q, 5, f->events, f->event_n);
	bind_i64(&q, 6, f->deleted == DELETED_ONLY);
	bind_i64(&q, 7, f->deleted != DELETED_NO);
	bind_i64(&q, 8, f->after);
	bind_i64(&q, 9, (int64_t)f->limit);
	return STMT_ALL(cx, &q, out, n, wide_row(cx, &q, e));
}

static void bind_report(struct stmt *q, const struct report *r)
{
	bind_i64(q, 1, r->event_id);
	bind_i64(q, 2, r->id);
	bind_uuid(q, 3, &r->uuid);
	bind_text(q, 4, r->name);
	bind_text(q, 5, r->content);
	bind_i64(q, 6, r->distribution);
	bind_i64(q, 7, r->sharing_group_id);
	bind_i64(q, 8, r->timestamp);
	bind_i64(q, 9, r->deleted);
}

enum rc report_insert(struct ctx *cx, struct report *r)
{
	static const struct sql Q = SQL("INSERT INTO event_report (event_id, id, uuid, name, content, distribution, sharing_group_id, timestamp, deleted) "
					"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "event_report", &r->id));
	TRY(element_add(cx, &r->uuid, KIND_REPORT, r->event_id, r->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_report(&q, r);
	return stmt_run(cx, &q);
}

enum rc report_update(struct ctx *cx, const struct report *r)
{
	static const struct sql Q = SQL("UPDATE event_report SET name = $4, content = $5, distribution = $6, sharing_group_id = $7, timestamp = $8, deleted = $9 "
					"WHERE event_id = $1 AND id = $2 AND uuid = $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_report(&q, r);
	return stmt_run(cx, &q);
}

enum rc report_delete(struct ctx *cx, const struct report *r)
{
	static const struct sql Q = SQL("DELETE FROM event_report WHERE event_id = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(element_remove(cx, &r->uuid, KIND_REPORT));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, r->event_id);
	bind_i64(&q, 2, r->id);
	return stmt_run(cx, &q);
}
