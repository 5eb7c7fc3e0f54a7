/* audit_log.c - see audit_log.h. SQL narrows by time and reader; text conditions are tried row by row, from the newest back. */
#include "store/audit_log.h"

#include <stdio.h>

#include "model/value.h"

#define COLS "a.id, a.at_us, a.user_id, a.org_id, a.auth_key_id, a.model_id, a.event_id, a.origin, a.action, a.model, a.title, a.change, u.email, o.name, o.uuid"
#define FROM " FROM audit a LEFT JOIN users u ON u.id = a.user_id LEFT JOIN org o ON o.id = a.org_id "

static void read_row(struct stmt *q, struct audit_entry *e)
{
	*e = (struct audit_entry){ col_i64(q, 0), col_i64(q, 1), col_i64(q, 2), col_i64(q, 3), col_i64(q, 4), col_i64(q, 5), col_i64(q, 6), col_text(q, 7),
		col_text(q, 8), col_text(q, 9), col_text(q, 10), col_text(q, 11), col_text(q, 12), col_text(q, 13), { { 0 } } };
	col_uuid(q, 14, &e->org_uuid);
}

static bool one_holds(struct ctx *cx, struct str folded, struct str want)
{
	struct str w = value_fold(cx->mem, want);

	return str_chr(w, '%') != STR_NONE ? value_like(folded, w) : str_eq(folded, w);
}

static bool holds(struct ctx *cx, const struct cond *c, struct str text)
{
	struct str folded;
	bool any = c->any.n == 0;

	if (!cond_set(c))
		return true;
	folded = value_fold(cx->mem, text.p ? text : S(""));
	for (size_t i = 0; i < c->any.n && !any; i++)
		any = one_holds(cx, folded, c->any.v[i]);
	for (size_t i = 0; i < c->all.n; i++)
		any &= one_holds(cx, folded, c->all.v[i]);
	for (size_t i = 0; i < c->none.n; i++)
		any &= !one_holds(cx, folded, c->none.v[i]);
	return any;
}

static bool number_holds(struct ctx *cx, const struct cond *c, int64_t n)
{
	char room[24];

	return !cond_set(c) || holds(cx, c, str_n(room, (size_t)snprintf(room, sizeof(room), "%lld", (long long)n)));
}

static bool matches(struct ctx *cx, const struct audit_filter *f, const struct audit_entry *e)
{
	return number_holds(cx, &f->id, e->id) && number_holds(cx, &f->user_id, e->user_id) && number_holds(cx, &f->model_id, e->model_id) &&
		holds(cx, &f->model, e->model) && holds(cx, &f->action, e->action) && holds(cx, &f->email, e->email) && holds(cx, &f->org, e->org_name) &&
		holds(cx, &f->ip, e->origin) && holds(cx, &f->title, e->title) && holds(cx, &f->change, e->change);
}

enum rc audit_log_each(struct ctx *cx, const struct audit_filter *f, enum rc (*each)(void *arg, const struct audit_entry *e), void *arg, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS FROM "WHERE ($1 = 0 OR a.org_id = $1) AND ($2 = 0 OR a.user_id = $2) AND ($3 = 0 OR a.event_id = $3) AND "
					"a.at_us >= $4 AND a.at_us <= $5 ORDER BY a.id DESC");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct arena_mark m;
	size_t found = 0;
	enum rc rc;

	if (n)
		*n = 0;
	if (f->at.impossible)
		return RC_OK;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, f->only_org);
	bind_i64(&q, 2, f->only_user);
	bind_i64(&q, 3, f->event_id);
	bind_i64(&q, 4, f->at.from == TIME_UNSET ? INT64_MIN : f->at.from * 1000000);
	bind_i64(&q, 5, f->at.to == TIME_UNSET ? INT64_MAX : f->at.to * 1000000 + 999999);
	m = arena_mark(cx->mem);
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		struct audit_entry e;
		bool ok;

		read_row(&q, &e);
		ok = matches(cx, f, &e);
		arena_reset(cx->mem, m);
		if (!ok || found++ < f->skip)
			continue;
		rc = each(arg, &e);
		if (rc != RC_OK || (f->limit && found - f->skip >= f->limit))
			break;
	}
	if (n)
		*n = found > f->skip ? found - f->skip : 0;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc audit_log_load(struct ctx *cx, int64_t id, struct audit_entry *out)
{
	static const struct sql Q = SQL("SELECT " COLS FROM "WHERE a.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str *texts[] = { &out->origin, &out->action, &out->model, &out->title, &out->change, &out->email, &out->org_name };
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid log entry");
	TRY(rc);
	read_row(&q, out);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i]->p)
			*texts[i] = str_dup(cx->mem, *texts[i]);
	return RC_OK;
}

static enum rc purge(struct ctx *cx, int64_t before_us, int64_t *n)
{
	static const struct sql Q = SQL("DELETE FROM audit WHERE at_us < $1 AND id NOT IN (SELECT audit_id FROM event_old UNION SELECT audit_id FROM attribute_old UNION "
					"SELECT audit_id FROM object_old UNION SELECT audit_id FROM tag_binding_old)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, before_us);
	TRY(stmt_run(cx, &q));
	*n = q.changes;
	return RC_OK;
}

enum rc audit_log_purge(struct ctx *cx, int64_t before_us, int64_t *n)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = purge(cx, before_us, n);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
