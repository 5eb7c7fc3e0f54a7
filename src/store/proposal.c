/* proposal.c - see proposal.h. */
#include "store/proposal.h"

#define COLS \
	"p.event_id, p.id, p.old_id, p.uuid, p.org_id, p.user_id, p.type, p.category, p.to_ids, p.disable_correlation, p.proposal_to_delete, p.deleted, " \
	"p.timestamp, p.value1, p.value2, p.comment, p.first_seen_us, p.last_seen_us, o.uuid, o.name, o.local, e.uuid, e.org_id, u.email, oa.uuid"
#define FROM \
	" FROM shadow_attribute p JOIN event e ON e.id = p.event_id LEFT JOIN org o ON o.id = p.org_id LEFT JOIN users u ON u.id = p.user_id " \
	"LEFT JOIN attribute oa ON oa.event_id = p.event_id AND oa.id = p.old_id "
#define VISIBLE(L) VISIBLE_EVENT("e", L) " AND ($1 <> 0 OR p.old_id = 0 OR (oa.id IS NOT NULL AND " VISIBLE_ATTR("oa", "e", L) "))"

static int64_t seen(struct stmt *q, int i)
{
	return col_null(q, i) ? SEEN_NONE : col_i64(q, i);
}

static void row(struct ctx *cx, struct stmt *q, struct proposal *p)
{
	*p = (struct proposal){
		.a = {
			.event_id = col_i64(q, 0),
			.id = col_i64(q, 1),
			.type = attr_type_by_id((int)col_i64(q, 6)),
			.cat = (int)col_i64(q, 7),
			.to_ids = col_i64(q, 8),
			.disable_correlation = col_i64(q, 9),
			.deleted = col_i64(q, 11),
			.distribution = DIST_INHERIT,
			.timestamp = col_i64(q, 12),
			.value1 = col_text_dup(cx, q, 13),
			.value2 = col_text_dup(cx, q, 14),
			.comment = col_text_dup(cx, q, 15),
			.relation = S(""),
			.first_seen_us = seen(q, 16),
			.last_seen_us = seen(q, 17),
		},
		.old_id = col_i64(q, 2),
		.org_id = col_i64(q, 4),
		.user_id = col_i64(q, 5),
		.to_delete = col_i64(q, 10),
		.org_name = col_null(q, 19) ? S("") : col_text_dup(cx, q, 19),
		.org_local = col_i64(q, 20),
		.event_org_id = col_i64(q, 22),
		.email = col_null(q, 23) ? S("") : col_text_dup(cx, q, 23),
	};
	col_uuid(q, 3, &p->a.uuid);
	col_uuid(q, 18, &p->org_uuid);
	col_uuid(q, 21, &p->event_uuid);
	col_uuid(q, 24, &p->old_uuid);
}

static bool matches(const struct proposal *p, struct str search)
{
	const struct str texts[] = { p->a.value1, p->a.value2, p->a.comment, p->org_name };
	char uu[UUID_TEXT + 1];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (str_find_nocase(texts[i], search) != STR_NONE)
			return true;
	uuid_text(&p->a.uuid, uu);
	return str_find_nocase(str_n(uu, UUID_TEXT), search) != STR_NONE;
}

enum rc proposal_list(struct ctx *cx, const struct scope *sc, const struct proposal_filter *f, struct proposal **out, size_t *n)
{
#define WHERE_LIST(L) "p.timestamp >= $6 AND ($7 = 0 OR e.orgc_id = $7) AND ($8 = 1 OR p.deleted = $8 / 2) AND " VISIBLE(L) " ORDER BY p.id"
#define OF_ALL(L) "SELECT " COLS FROM "WHERE " WHERE_LIST(L)
#define OF_EVENT(L) "SELECT " COLS FROM "WHERE p.event_id = $5 AND " WHERE_LIST(L)
	static const struct sql ALL = SQL_BOTH(OF_ALL), EVENT = SQL_BOTH(OF_EVENT);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, f->event_id ? &EVENT : &ALL, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, f->event_id);
	bind_i64(&q, 6, f->since);
	bind_i64(&q, 7, f->orgc_id);
	bind_i64(&q, 8, f->deleted == DELETED_NO ? 0 : f->deleted == DELETED_ALL ? 1 : 2);
	return STMT_ALL(cx, &q, out, n,
		row(cx, &q, e);
		if (f->search.n && !matches(e, f->search))
			continue);
}

enum rc proposal_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct proposal *out)
{
#define BY_ID(L) "SELECT " COLS FROM "WHERE p.id = $5 AND p.deleted = 0 AND " VISIBLE(L)
#define BY_UUID(L) "SELECT " COLS FROM "WHERE p.uuid = $5 AND p.deleted = 0 AND " VISIBLE(L) " ORDER BY p.id DESC LIMIT 1"
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

static void bind_seen(struct stmt *q, int n, int64_t us)
{
	if (us == SEEN_NONE)
		bind_null(q, n);
	else
		bind_i64(q, n, us);
}

enum rc proposal_insert(struct ctx *cx, struct proposal *p)
{
	static const struct sql Q =
		SQL("INSERT INTO shadow_attribute (event_id, id, old_id, uuid, org_id, user_id, type, category, to_ids, disable_correlation, proposal_to_delete, "
		    "deleted, timestamp, value1, value2, comment, first_seen_us, last_seen_us) "
		    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $16, $17)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "shadow_attribute", &p->a.id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, p->a.event_id);
	bind_i64(&q, 2, p->a.id);
	bind_i64(&q, 3, p->old_id);
	bind_uuid(&q, 4, &p->a.uuid);
	bind_i64(&q, 5, p->org_id);
	bind_i64(&q, 6, p->user_id);
	bind_i64(&q, 7, p->a.type->id);
	bind_i64(&q, 8, p->a.cat);
	bind_i64(&q, 9, p->a.to_ids);
	bind_i64(&q, 10, p->a.disable_correlation);
	bind_i64(&q, 11, p->to_delete);
	bind_i64(&q, 12, p->a.timestamp);
	bind_text(&q, 13, p->a.value1);
	bind_text(&q, 14, p->a.value2);
	bind_text(&q, 15, p->a.comment);
	bind_seen(&q, 16, p->a.first_seen_us);
	bind_seen(&q, 17, p->a.last_seen_us);
	return stmt_run(cx, &q);
}

enum rc proposal_close(struct ctx *cx, const struct proposal *p)
{
	static const struct sql Q = SQL("UPDATE shadow_attribute SET deleted = 1, timestamp = $3 WHERE event_id = $1 AND id = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, p->a.event_id);
	bind_i64(&q, 2, p->a.id);
	bind_i64(&q, 3, ctx_now_s(cx));
	return stmt_run(cx, &q);
}
