/* report.c - rows of event_report. */
#include "store/report.h"

static int64_t number(struct str s, int64_t dflt)
{
	int64_t v;

	return in_has(s) && str_i64(str_trim(s), &v) ? v : dflt;
}

enum rc report_capture(struct ctx *cx, const struct event *e, const struct report_in *in, int64_t audit_id)
{
	static const struct sql add = SQL("INSERT INTO event_report (event_id, id, uuid, name, content, distribution, sharing_group_id, timestamp, deleted) "
					  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
	static const struct sql set = SQL("UPDATE event_report SET name = $4, content = $5, distribution = $6, sharing_group_id = $7, timestamp = $8, "
					  "deleted = $9 WHERE event_id = $1 AND id = $2 AND uuid = $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct uuid u;
	int64_t event_id = 0, id = 0, dist;

	if (!in->name.n)
		return fail_field(cx, RC_INVALID, "name", "A name is required.");
	if (!in_has(in->uuid) || !uuid_parse(str_trim(in->uuid), &u))
		uuid_fresh(cx->now_us, &u);
	else
		TRY(element_find(cx, &u, KIND_REPORT, &event_id, &id));
	if (event_id && event_id != e->id)
		return fail_field(cx, RC_INVALID, "uuid", "An event report of this uuid belongs to another event.");
	dist = number(in->distribution, DIST_INHERIT);
	if (dist < 0 || dist > 5)
		return fail_field(cx, RC_INVALID, "distribution", "Invalid distribution level.");
	if (!event_id) {
		TRY(id_next(cx, "event_report", &id));
		TRY(element_add(cx, &u, KIND_REPORT, e->id, id));
	}
	TRY(stmt_open(cx, cx->conn, event_id ? &set : &add, &q));
	bind_i64(&q, 1, e->id);
	bind_i64(&q, 2, id);
	bind_uuid(&q, 3, &u);
	bind_text(&q, 4, in->name);
	bind_text(&q, 5, in_has(in->content) ? in->content : S(""));
	bind_i64(&q, 6, dist);
	bind_i64(&q, 7, dist == DIST_SHARING_GROUP ? number(in->sharing_group_id, 0) : 0);
	bind_i64(&q, 8, number(in->timestamp, ctx_now_s(cx)));
	bind_i64(&q, 9, in_has(in->deleted) && (str_eq(in->deleted, S("1")) || str_eq(in->deleted, S("true"))));
	return stmt_run(cx, &q);
}

enum rc report_list(struct ctx *cx, const struct scope *sc, int64_t event_id, enum deleted_mode deleted, struct report **out, size_t *n)
{
#define LIST(L) "SELECT r.id, r.event_id, r.uuid, r.name, r.content, r.distribution, r.sharing_group_id, r.timestamp, r.deleted FROM event_report r " \
	"JOIN event e ON e.id = r.event_id WHERE r.event_id = $5 AND r.deleted BETWEEN $6 AND $7 AND " VISIBLE_EVENT("e", L) " AND " \
	VISIBLE_ELEMENT("r", "e", L) " ORDER BY r.id"
	static const struct sql Q = SQL_BOTH(LIST);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	size_t cap = 8;
	struct report *v = arena_many(cx->mem, cap, struct report);
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, event_id);
	bind_i64(&q, 6, deleted == DELETED_ONLY);
	bind_i64(&q, 7, deleted != DELETED_NO);
	*n = 0;
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		struct report *r;

		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		r = &v[(*n)++];
		*r = (struct report){
			.id = col_i64(&q, 0),
			.event_id = col_i64(&q, 1),
			.name = col_text_dup(cx, &q, 3),
			.content = col_text_dup(cx, &q, 4),
			.distribution = (int)col_i64(&q, 5),
			.sharing_group_id = col_i64(&q, 6),
			.timestamp = col_i64(&q, 7),
			.deleted = col_i64(&q, 8),
		};
		col_uuid(&q, 2, &r->uuid);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}
