/* query.c - runs compiled searches page by page: binds, tests in C what SQL cannot say alike on both engines, moves the cursor. */
#include "store/query.h"

#include "store/query_int.h"

/* tested in C beside the wanted values themselves */
static bool residual_more(const struct query *q)
{
	return q->value.all.n || q->value.none.n || tests_set(&q->value1) || tests_set(&q->value2) || tests_set(&q->comment) || tests_set(&q->info) ||
	       q->quick.p || q->s->keep || q->s->sift;
}

static bool residual(const struct query *q)
{
	return q->value.any.n || residual_more(q);
}

bool query_on_attrs(const struct query *q)
{
	return q->on_attrs;
}

bool query_impossible(const struct query *q)
{
	return q->impossible;
}

void query_values_only(struct ctx *cx, struct query *q)
{
	q->values_only = true;
	query_page_sql(cx, q);
}

void query_rewind(struct query *q)
{
	q->cur_event = q->cur_id = 0;
	q->cand_at = 0;
}

struct query *query_copy(struct ctx *cx, const struct query *q)
{
	struct query *c = arena_one(cx->mem, struct query);

	*c = *q;
	query_rewind(c);
	return c;
}

void query_seek(struct query *q, int64_t event_id, int64_t id)
{
	query_rewind(q);
	q->cur_event = event_id;
	q->cur_id = id;
}

void query_place(const struct query *q, int64_t *event_id, int64_t *id)
{
	*event_id = q->cur_event;
	*id = q->cur_id;
}

/* ---- running ---- */

static void bind_all(const struct query *q, const struct binds *list, struct stmt *st)
{
	bind_scope(st, q->sc);
	for (int i = 0; i < list->n; i++) {
		const struct bind *b = &list->v[i];

		if (b->kind == B_I64)
			bind_i64(st, 5 + i, b->i);
		else if (b->kind == B_LIST)
			bind_i64s(st, 5 + i, b->list, b->n);
		else if (b->kind == B_TEXT)
			bind_text(st, 5 + i, b->text);
		else
			bind_uuids(st, 5 + i, b->uuids, b->n);
	}
}

static bool hits(struct str folded, const struct cond_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (wild(l->v[i]) ? value_like(folded, l->v[i]) : str_eq(folded, l->v[i]))
			return true;
	return false;
}

/* any of the three faces of a value: first half, second half, whole */
static bool value_hits(const struct str *faces, size_t n, const struct cond_list *l)
{
	for (size_t i = 0; i < n; i++)
		if (hits(faces[i], l))
			return true;
	return false;
}

static bool passes(const struct tests *t, const struct str *faces, size_t n)
{
	if (t->any.n && !value_hits(faces, n, &t->any))
		return false;
	for (size_t i = 0; i < t->all.n; i++)
		if (!value_hits(faces, n, &(struct cond_list){ &t->all.v[i], 1 }))
			return false;
	return !(t->none.n && value_hits(faces, n, &t->none));
}

static bool accept(struct ctx *cx, const struct query *q, const struct attr *a, struct str info, bool tag_hit)
{
	struct arena_mark m = arena_mark(cx->mem);
	struct str faces[3];
	size_t n = 1;
	bool ok;

	faces[0] = value_fold(cx->mem, a->value1);
	if (a->value2.n) {
		faces[1] = value_fold(cx->mem, a->value2);
		faces[2] = str_fmt(cx->mem, "%.*s|%.*s", STR(faces[0]), STR(faces[1]));
		n = 3;
	}
	ok = passes(&q->value, faces, n) && passes(&q->value1, faces, 1) && passes(&q->value2, n == 3 ? faces + 1 : &(struct str){ "", 0 }, 1);
	if (ok && tests_set(&q->comment)) {
		struct str c = value_fold(cx->mem, a->comment);

		ok = passes(&q->comment, &c, 1);
	}
	if (ok && q->need_info) {
		struct str f = value_fold(cx->mem, info);

		ok = passes(&q->info, &f, 1);
		if (ok && q->quick.p)
			ok = tag_hit || value_like(f, q->quick) || value_like(faces[n - 1], q->quick) || value_like(value_fold(cx->mem, a->comment), q->quick);
	}
	arena_reset(cx->mem, m);
	return ok && (!q->s->keep || q->s->keep(q->s->keep_arg, a));
}

static struct str count_sql(struct ctx *cx, const struct query *q)
{
	struct str where = S("");

	if (q->has_cand)
		where = q->pg ? str_fmt(cx->mem, " AND e.id = ANY($%d::bigint[])", 5 + q->attr_binds.n)
			      : str_fmt(cx->mem, " AND e.id IN (SELECT value FROM json_each($%d))", 5 + q->attr_binds.n);
	return str_fmt(cx->mem, "SELECT count(*)%.*s WHERE %s AND %s%.*s%.*s", STR(q->from), query_visible_event(q),
		       query_visible_attr(q), STR(q->where_attr), STR(where));
}

/* the candidate to read now; false when there are no more */
static bool candidate(struct query *q)
{
	while (q->cand_at < q->cand_n && q->cand[q->cand_at] < q->cur_event)
		q->cand_at++;
	if (q->cand_at == q->cand_n)
		return false;
	if (q->cand[q->cand_at] != q->cur_event) {
		q->cur_event = q->cand[q->cand_at];
		q->cur_id = 0;
	}
	return true;
}

/* The caller's test of the rows read last, on the connection they came from: another lease might have to wait for this one. */
static enum rc sift(struct ctx *cx, const struct query *q, const struct lease *l, struct attr *v, size_t *n, size_t from)
{
	size_t count = *n - from, k = 0;
	bool *drop = arena_zalloc(cx->mem, count + 1);
	struct conn *conn = cx->conn;
	enum rc rc;

	if (!count)
		return RC_OK;
	cx->conn = l->c;
	rc = q->s->sift(q->s->sift_arg, cx, v, count, drop);
	cx->conn = conn;
	TRY(rc);
	for (size_t i = 0; i < count; i++)
		if (!drop[i])
			v[k++] = v[i];
	*n = from + k;
	return RC_OK;
}

/* the next row, and whether it counts */
static enum rc next_row(struct ctx *cx, struct query *q, struct stmt *st, struct attr *a, bool *ok)
{
	struct arena_mark m = arena_mark(cx->mem);
	enum rc rc = stmt_row(cx, st);

	*ok = false;
	if (rc != RC_OK)
		return rc;
	if (query_narrow(q))
		attr_of_value_row(cx, st, a);
	else
		attr_of_row(cx, st, a);
	q->cur_event = a->event_id;
	q->cur_id = a->id;
	*ok = !residual(q) || accept(cx, q, a, q->need_info ? col_text(st, ATTR_COL_N) : S(""), q->quick_tags && col_i64(st, ATTR_COL_N + 1));
	if (!*ok)
		arena_reset(cx->mem, m);
	return ctx_stopping(cx) ? fail(cx, RC_STOPPED, "the server is stopping") : RC_OK;
}

/* the first candidate behind the cursor */
static size_t pair_behind(const struct query *q)
{
	size_t lo = 0, hi = q->pair_n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct pair *p = &q->pairs[mid];

		if (p->event_id < q->cur_event || (p->event_id == q->cur_event && p->id <= q->cur_id))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum rc attrs_of_pairs(struct ctx *cx, struct query *q, struct conn *c, size_t limit, struct attr *v, size_t *n, bool *done)
{
	size_t at = pair_behind(q);

	while (*n < limit && at < q->pair_n) {
		SCOPED(stmt_done) struct stmt st = STMT_INIT;
		size_t k = q->pair_n - at < 1000 ? q->pair_n - at : 1000;
		int64_t *ids = arena_many(cx->mem, k, int64_t);
		enum rc rc = RC_OK;
		bool ok;

		for (size_t i = 0; i < k; i++)
			ids[i] = q->pairs[at + i].id;
		TRY(stmt_open_text(cx, c, q->page_sql, &st));
		bind_all(q, &q->attr_binds, &st);
		bind_i64s(&st, 5 + q->attr_binds.n, ids, k);
		while (*n < limit && (rc = next_row(cx, q, &st, &v[*n], &ok)) == RC_OK)
			*n += ok;
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		if (rc == RC_OK)
			return RC_OK; /* full: the cursor stands on the last row */
		at += k;
		q->cur_event = q->pairs[at - 1].event_id;
		q->cur_id = q->pairs[at - 1].id;
	}
	*done = at == q->pair_n;
	return RC_OK;
}

enum rc query_attrs(struct ctx *cx, struct query *q, size_t limit, struct attr **out, size_t *n, bool *done)
{
	SCOPED(lease_done) struct lease l = { 0 };
	struct attr *v = arena_many(cx->mem, limit, struct attr);
	enum rc rc = RC_OK;

	*n = 0;
	*out = v;
	*done = q->impossible;
	if (q->impossible)
		return RC_OK;
	TRY(lease_take(cx, &l));
	while (q->has_pairs && *n < limit && !*done) {
		size_t from = *n;

		TRY(attrs_of_pairs(cx, q, l.c, limit, v, n, done));
		if (q->s->sift)
			TRY(sift(cx, q, &l, v + from, n, from));
	}
	if (q->has_pairs)
		return RC_OK;
	while (*n < limit && !*done) {
		SCOPED(stmt_done) struct stmt st = STMT_INIT;
		size_t seen = 0, from = *n, want = limit - *n;
		bool ok;

		if (q->has_cand && !candidate(q)) {
			*done = true;
			break;
		}
		if (residual(q) && want < 256)
			want = 256;
		TRY(stmt_open_text(cx, l.c, q->page_sql, &st));
		bind_all(q, &q->attr_binds, &st);
		bind_i64(&st, 5 + q->attr_binds.n, q->cur_event);
		bind_i64(&st, 6 + q->attr_binds.n, q->cur_id);
		bind_i64(&st, 7 + q->attr_binds.n, (int64_t)want);
		while (*n < limit && (rc = next_row(cx, q, &st, &v[*n], &ok)) == RC_OK) {
			seen++;
			*n += ok;
		}
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		stmt_done(&st);
		if (q->s->sift)
			TRY(sift(cx, q, &l, v + from, n, from));
		if (rc == RC_DONE && seen < want) {
			if (q->has_cand && q->cand_at + 1 < q->cand_n) {
				q->cur_event = q->cand[q->cand_at] + 1; /* on to the next candidate */
				q->cur_id = 0;
			} else {
				*done = true;
			}
		}
	}
	return RC_OK;
}

enum rc query_count_attrs(struct ctx *cx, struct query *q, int64_t *out)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt st = STMT_INIT;

	*out = 0;
	if (q->impossible)
		return RC_OK;
	if (q->has_pairs || residual_more(q) || (q->value.any.n && !q->lead_value)) {
		struct query copy = *q;
		struct arena_mark m = arena_mark(cx->mem);
		bool done = false;

		for (query_rewind(&copy); !done;) {
			struct attr *v;
			size_t n;

			TRY(query_attrs(cx, &copy, 2000, &v, &n, &done));
			for (size_t i = 0; q->has_pairs && i < n; i++) /* those that do not match need not be looked at again */
				q->pairs[*out + (int64_t)i] = (struct pair){ v[i].event_id, v[i].id };
			*out += (int64_t)n;
			arena_reset(cx->mem, m);
		}
		if (q->has_pairs)
			q->pair_n = (size_t)*out;
		return RC_OK;
	}
	TRY(lease_take(cx, &l));
	TRY(stmt_open_text(cx, l.c, count_sql(cx, q), &st));
	bind_all(q, &q->attr_binds, &st);
	if (q->has_cand)
		bind_i64s(&st, 5 + q->attr_binds.n, q->cand, q->cand_n);
	return stmt_get_i64(cx, &st, out);
}

static struct str event_sql(struct ctx *cx, const struct query *q)
{
	int n = 5 + q->event_binds.n;
	struct str among = S("");

	if (q->has_cand)
		among = q->pg ? str_fmt(cx->mem, " AND e.id = ANY($%d::bigint[])", n + 2) : str_fmt(cx->mem, " AND e.id IN (SELECT value FROM json_each($%d))", n + 2);
	return str_fmt(cx->mem, "SELECT e.id, e.info FROM event e WHERE %s%.*s%.*s AND e.id > $%d ORDER BY e.id LIMIT $%d",
		       query_visible_event(q), STR(q->where_event), STR(among), n, n + 1);
}

/* ids behind the cursor that pass */
static enum rc event_ids(struct ctx *cx, struct query *q, size_t limit, int64_t *v, size_t *n, bool *done)
{
	SCOPED(lease_done) struct lease l = { 0 };
	enum rc rc = RC_OK;

	*n = 0;
	*done = q->impossible;
	if (q->impossible)
		return RC_OK;
	TRY(lease_take(cx, &l));
	while (*n < limit && !*done) {
		SCOPED(stmt_done) struct stmt st = STMT_INIT;
		size_t seen = 0, chunk = 0;

		if (q->has_cand) { /* the next candidates, as many as are wanted */
			while (q->cand_at < q->cand_n && q->cand[q->cand_at] <= q->cur_event)
				q->cand_at++;
			chunk = q->cand_n - q->cand_at < limit ? q->cand_n - q->cand_at : limit;
			if (!chunk) {
				*done = true;
				break;
			}
		}
		TRY(stmt_open_text(cx, l.c, event_sql(cx, q), &st));
		bind_all(q, &q->event_binds, &st);
		bind_i64(&st, 5 + q->event_binds.n, q->cur_event);
		bind_i64(&st, 6 + q->event_binds.n, (int64_t)limit);
		if (q->has_cand)
			bind_i64s(&st, 7 + q->event_binds.n, q->cand + q->cand_at, chunk);
		while (*n < limit && (rc = stmt_row(cx, &st)) == RC_OK) {
			struct arena_mark m = arena_mark(cx->mem);
			struct str f = q->need_info ? value_fold(cx->mem, col_text(&st, 1)) : S("");

			seen++;
			q->cur_event = col_i64(&st, 0);
			if (!q->need_info || passes(&q->info, &f, 1))
				v[(*n)++] = q->cur_event;
			arena_reset(cx->mem, m);
		}
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		if (q->has_cand && rc == RC_DONE)
			q->cur_event = q->cand[q->cand_at + chunk - 1]; /* all of the chunk was looked at */
		else if (rc == RC_DONE && seen < limit)
			*done = true;
	}
	return RC_OK;
}

enum rc query_events(struct ctx *cx, struct query *q, size_t limit, struct event **out, size_t *n, bool *done)
{
	int64_t *v = arena_many(cx->mem, limit, int64_t);

	TRY(event_ids(cx, q, limit, v, n, done));
	return event_load_many(cx, q->sc, v, *n, out, n);
}

enum rc query_count_events(struct ctx *cx, struct query *q, int64_t *out)
{
	struct query copy = *q;
	struct arena_mark m = arena_mark(cx->mem);
	bool done = false;

	*out = 0;
	if (q->impossible)
		return RC_OK;
	query_rewind(&copy);
	if (q->on_attrs) { /* distinct events of the attributes found, which come in event order */
		int64_t last = 0;

		while (!done) {
			struct attr *a;
			size_t n;

			TRY(query_attrs(cx, &copy, 2000, &a, &n, &done));
			for (size_t i = 0; i < n; i++)
				if (a[i].event_id != last) {
					last = a[i].event_id;
					++*out;
				}
			arena_reset(cx->mem, m);
		}
		return RC_OK;
	}
	while (!done) {
		int64_t *v = arena_many(cx->mem, 4000, int64_t);
		size_t n;

		TRY(event_ids(cx, &copy, 4000, v, &n, &done));
		*out += (int64_t)n;
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

struct query *query_in_event(struct ctx *cx, const struct query *q, int64_t event_id)
{
	struct query *c = arena_one(cx->mem, struct query);

	*c = *q;
	c->b = &c->attr_binds;
	c->cand = arena_many(cx->mem, 1, int64_t);
	c->cand[0] = event_id;
	c->cand_n = 1;
	c->has_cand = true;
	c->has_pairs = false;
	query_page_sql(cx, c);
	query_rewind(c);
	return c;
}
