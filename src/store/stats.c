/* stats.c - see stats.h. */
#include "store/stats.h"

enum rc stats_attrs(struct ctx *cx, const struct scope *sc, bool by_category, struct stat_count **out, size_t *n)
{
#define COUNT(column, L) "SELECT a." column ", count(*) FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.deleted = 0 AND " VISIBLE_EVENT("e", L) \
	" AND " VISIBLE_ATTR("a", "e", L) " GROUP BY a." column " ORDER BY a." column
#define BY_TYPE(L) COUNT("type", L)
#define BY_CATEGORY(L) COUNT("category", L)
	static const struct sql type = SQL_BOTH(BY_TYPE);
	static const struct sql category = SQL_BOTH(BY_CATEGORY);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	size_t cap = 0;
	enum rc rc;

	*out = NULL;
	*n = 0;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, by_category ? &category : &type, &q));
	bind_scope(&q, sc);
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
		(*out)[(*n)++] = (struct stat_count){ (int)col_i64(&q, 0), col_i64(&q, 1) };
	}
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc one(struct ctx *cx, struct conn *c, const struct sql *text, const struct scope *sc, int64_t since_s, int64_t *out)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, c, text, &q));
	if (sc)
		bind_scope(&q, sc);
	bind_i64(&q, sc ? 5 : 1, since_s);
	return stmt_get_i64(cx, &q, out);
}

enum rc stats_instance(struct ctx *cx, const struct scope *sc, int64_t month_s, struct stats_instance *out)
{
#define EVENTS(L) "SELECT count(*) FROM event e WHERE e.timestamp >= $5 AND " VISIBLE_EVENT("e", L)
#define ATTRS(L) "SELECT count(*) FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.deleted = 0 AND a.timestamp >= $5 AND " VISIBLE_EVENT("e", L) \
	" AND " VISIBLE_ATTR("a", "e", L)
#define ORGS(L) "SELECT count(DISTINCT e.orgc_id) FROM event e WHERE e.timestamp >= $5 AND " VISIBLE_EVENT("e", L)
#define PROPOSALS(L) "SELECT count(*) FROM shadow_attribute p JOIN event e ON e.id = p.event_id WHERE p.deleted = 0 AND p.timestamp >= $5 AND " VISIBLE_EVENT("e", L)
	static const struct sql events = SQL_BOTH(EVENTS);
	static const struct sql attrs = SQL_BOTH(ATTRS);
	static const struct sql orgs = SQL_BOTH(ORGS);
	static const struct sql proposals = SQL_BOTH(PROPOSALS);
	static const struct sql users = SQL("SELECT count(*) FROM users WHERE date_created >= $1");
	static const struct sql pgp = SQL("SELECT count(*) FROM users WHERE gpgkey IS NOT NULL AND gpgkey <> '' AND date_created >= $1");
	static const struct sql pairs = SQL("SELECT coalesce(sum(n * (n - 1)), 0) FROM (SELECT count(DISTINCT event_id) AS n FROM attr_value WHERE state = 0 AND half IN (0, 1) "
					    "AND event_id >= $1 GROUP BY digest HAVING count(*) > 1) x");
	const struct {
		const struct sql *text;
		bool scoped, month;
		int64_t *to;
	} all[] = { { &events, true, false, &out->events }, { &events, true, true, &out->events_month }, { &attrs, true, false, &out->attributes },
		{ &attrs, true, true, &out->attributes_month }, { &proposals, true, false, &out->proposals }, { &users, false, false, &out->users },
		{ &pgp, false, false, &out->users_pgp }, { &orgs, true, false, &out->contributing_orgs }, { &pairs, false, false, &out->correlations } };
	SCOPED(lease_done) struct lease l = { 0 };

	TRY(lease_take(cx, &l));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		TRY(one(cx, l.c, all[i].text, all[i].scoped ? sc : NULL, all[i].month ? month_s : 0, all[i].to));
	return RC_OK;
}

enum rc stats_made_since(struct ctx *cx, enum stats_who who, int64_t since_s, int64_t *out)
{
	static const struct sql Q[] = {
		[STATS_USERS] = SQL("SELECT count(*) FROM users WHERE date_created >= $1"),
		[STATS_LOCAL_ORGS] = SQL("SELECT count(*) FROM org WHERE local = 1 AND date_created >= $1"),
		[STATS_OTHER_ORGS] = SQL("SELECT count(*) FROM org WHERE local = 0 AND date_created >= $1"),
	};
	SCOPED(lease_done) struct lease l = { 0 };

	TRY(lease_take(cx, &l));
	return one(cx, l.c, &Q[who], NULL, since_s, out);
}

static void read_stat(struct ctx *cx, struct stmt *q, struct stat_row *r)
{
	*r = (struct stat_row){ col_i64(q, 0), col_i64(q, 1), col_i64(q, 2), col_text_dup(cx, q, 3) };
}

static enum rc rows(struct ctx *cx, const struct sql *text, const struct scope *sc, int64_t arg, int64_t since_s, struct stat_row **out, size_t *n)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, text, &q));
	if (sc)
		bind_scope(&q, sc);
	else
		bind_i64(&q, 1, arg);
	bind_i64(&q, sc ? 5 : 2, since_s);
	return STMT_ALL(cx, &q, out, n, read_stat(cx, &q, e));
}

enum rc stats_org_events(struct ctx *cx, const struct scope *sc, struct stat_row **out, size_t *n)
{
#define BY_ORG(L) "SELECT e.orgc_id, CAST(sum(e.attribute_count) AS BIGINT), count(*), NULL FROM event e WHERE e.timestamp >= $5 AND " VISIBLE_EVENT("e", L) \
	" GROUP BY e.orgc_id ORDER BY e.orgc_id"
	static const struct sql Q = SQL_BOTH(BY_ORG);

	return rows(cx, &Q, sc, 0, 0, out, n);
}

enum rc stats_org_types(struct ctx *cx, const struct scope *sc, struct stat_row **out, size_t *n)
{
#define BY_ORG_TYPE(L) "SELECT e.orgc_id, a.type, count(*), NULL FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.deleted = 0 AND a.timestamp >= $5 AND " \
	VISIBLE_EVENT("e", L) " AND " VISIBLE_ATTR("a", "e", L) " GROUP BY e.orgc_id, a.type ORDER BY e.orgc_id, a.type"
	static const struct sql Q = SQL_BOTH(BY_ORG_TYPE);

	return rows(cx, &Q, sc, 0, 0, out, n);
}

enum rc stats_org_days(struct ctx *cx, const struct scope *sc, int64_t since_s, struct stat_row **out, size_t *n)
{
#define BY_DAY(L) "SELECT e.orgc_id, e.timestamp / 86400, count(*), NULL FROM event e WHERE e.timestamp >= $5 AND " VISIBLE_EVENT("e", L) \
	" GROUP BY e.orgc_id, e.timestamp / 86400 ORDER BY 1, 2"
	static const struct sql Q = SQL_BOTH(BY_DAY);

	return rows(cx, &Q, sc, 0, since_s, out, n);
}

enum rc stats_sightings(struct ctx *cx, int64_t org_id, int64_t since_s, struct stat_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT event_id, type, count(*), source FROM sighting WHERE org_id = $1 AND date_sighting >= $2 GROUP BY source, type, event_id "
					"ORDER BY source, type, event_id");

	return rows(cx, &Q, NULL, org_id, since_s, out, n);
}
