/* decay.c - see decay.h. */
#include "store/decay.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/seek.h"
#include "store/attr.h"
#include "store/job.h"
#include "store/tag.h"

enum { PAGE = 4000 };

/* ---- facts ---- */

static struct decay_tag *tags_of(struct ctx *cx, const struct tag_use *u, size_t n, struct decay_owner **owners)
{
	struct decay_tag *v = arena_many(cx->mem, n + 1, struct decay_tag);

	if (owners)
		*owners = arena_many(cx->mem, n + 1, struct decay_owner);
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct decay_tag){ u[i].t.name, u[i].t.has_numerical_value, u[i].t.numerical_value };
		if (owners)
			(*owners)[i].owner = u[i].owner;
	}
	return v;
}

static enum rc seen_load(struct ctx *cx, int64_t event_id, int64_t first, int64_t last, struct decay_page *out)
{
	static const struct sql Q = SQL("SELECT attr_id, count(*), sum(CASE WHEN type = 0 THEN 1 ELSE 0 END), max(CASE WHEN type = 0 THEN date_sighting END) FROM sighting "
					"WHERE event_id = $1 AND attr_id BETWEEN $2 AND $3 GROUP BY attr_id ORDER BY attr_id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	bind_i64(&q, 2, first);
	bind_i64(&q, 3, last);
	return STMT_ALL(cx, &q, &out->seen, &out->seen_n,
		*e = ((struct decay_seen){ col_i64(&q, 0), col_i64(&q, 1), col_i64(&q, 2), col_null(&q, 3) ? DECAY_NEVER : col_i64(&q, 3) }));
}

enum rc decay_page_load(struct ctx *cx, int64_t event_id, int64_t first, int64_t last, struct decay_page *out)
{
	struct tag_use *u;

	*out = (struct decay_page){ 0 };
	TRY(tag_of_events(cx, &event_id, 1, &u, &out->event_tag_n));
	out->event_tags = tags_of(cx, u, out->event_tag_n, NULL);
	TRY(tag_of_attrs(cx, event_id, first, last, &u, &out->tag_n));
	out->tags = tags_of(cx, u, out->tag_n, &out->owners);
	return seen_load(cx, event_id, first, last, out);
}

void decay_facts_of(const struct decay_page *p, const struct attr *a, struct decay_facts *out)
{
	size_t from = SEEK(p->owners, p->tag_n, owner, a->id), to = from, at = FIND(p->seen, p->seen_n, attr_id, a->id);

	while (to < p->tag_n && p->owners[to].owner == a->id)
		to++;
	*out = (struct decay_facts){
		.timestamp = a->timestamp,
		.last_seen = a->last_seen_us == SEEN_NONE ? DECAY_NEVER : a->last_seen_us / 1000000,
		.last_sighting = DECAY_NEVER,
		.event_tags = p->event_tags,
		.event_tag_n = p->event_tag_n,
		.tags = p->tags + from,
		.tag_n = to - from,
	};
	if (at < p->seen_n) {
		out->last_sighting = p->seen[at].last;
		out->sightings = p->seen[at].n;
		out->true_sightings = p->seen[at].true_n;
	}
}

/* ---- rows ---- */

struct expiry {
	int64_t event_id, attr_id, model_id, expires_at;
};

struct expiries {
	struct expiry *v;
	size_t n, cap;
};

static enum rc compute(struct ctx *cx, const struct decay_row *models, size_t model_n, const struct attr *v, size_t n, struct expiries *out)
{
	struct decay_page p;
	bool any = false;

	for (size_t i = 0; i < n && !any; i++)
		for (size_t m = 0; m < model_n; m++)
			any |= decay_types_has(&models[m].types, v[i].type->id);
	if (!any)
		return RC_OK;
	TRY(decay_page_load(cx, v[0].event_id, v[0].id, v[n - 1].id, &p));
	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < model_n; m++) {
			struct decay_facts f;

			if (!decay_types_has(&models[m].types, v[i].type->id))
				continue;
			decay_facts_of(&p, &v[i], &f);
			out->v = arena_grow(cx->mem, out->v, &out->cap, out->n, sizeof(*out->v));
			out->v[out->n++] = (struct expiry){ v[i].event_id, v[i].id, models[m].m.id,
							    decay_expiry(&models[m].m, &f, decay_base(&models[m].m, &f)) };
		}
	return RC_OK;
}

static enum rc write_rows(struct ctx *cx, const struct expiries *x)
{
	static const struct bulk_table T = { "attr_expiry", "event_id, attr_id, model_id, expires_at", "iiii", 4 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	if (!x->n)
		return RC_OK;
	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < x->n; i++) {
		bulk_i64(b, x->v[i].event_id);
		bulk_i64(b, x->v[i].attr_id);
		bulk_i64(b, x->v[i].model_id);
		bulk_i64(b, x->v[i].expires_at);
		TRY(bulk_row(cx, b));
	}
	return bulk_end(cx, &b);
}

/* What the models look at, of attributes behind (event, id) up to (event_end, id_end) in that order. */
static enum rc attrs_behind(struct ctx *cx, const int64_t key[4], size_t limit, struct attr **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT event_id, id, type, timestamp, last_seen_us FROM attribute WHERE (event_id, id) > ($1, $2) AND (event_id, id) <= ($3, $4) "
					"ORDER BY event_id, id LIMIT $5");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	for (int i = 0; i < 4; i++)
		bind_i64(&q, i + 1, key[i]);
	bind_i64(&q, 5, (int64_t)limit);
	return STMT_ALL(cx, &q, out, n,
		*e = ((struct attr){ .event_id = col_i64(&q, 0), .id = col_i64(&q, 1), .type = attr_type_by_id((int)col_i64(&q, 2)), .timestamp = col_i64(&q, 3),
				     .last_seen_us = col_null(&q, 4) ? SEEN_NONE : col_i64(&q, 4) });
		if (!e->type)
			continue);
}

/* ---- marks: what the open transaction changed ---- */

struct tx_notes {
	struct mark {
		int64_t event_id, first, last, tag_id;
	} *v;
	size_t n, cap;
};

static void mark(struct ctx *cx, struct mark m)
{
	struct tx_notes *t = cx->notes;
	struct mark *last;

	if (!m.last)
		m.last = INT64_MAX;
	if (!t && !(t = cx->notes = calloc(1, sizeof(*t))))
		abort();
	last = t->n ? &t->v[t->n - 1] : NULL;
	if (last && last->event_id == m.event_id && last->tag_id == m.tag_id && m.first >= last->first && (last->last == INT64_MAX || m.first <= last->last + 1)) {
		if (m.last > last->last)
			last->last = m.last;
		return;
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 16;
		t->v = reallocarray(t->v, t->cap, sizeof(*t->v));
		if (!t->v)
			abort();
	}
	t->v[t->n++] = m;
}

void decay_mark(struct ctx *cx, int64_t event_id, int64_t first, int64_t last)
{
	mark(cx, (struct mark){ event_id, first, last, 0 });
}

void decay_mark_tag(struct ctx *cx, int64_t event_id, int64_t attr_id, int64_t tag_id)
{
	mark(cx, (struct mark){ event_id, attr_id, attr_id, tag_id });
}

void decay_forget(struct ctx *cx)
{
	if (!cx->notes)
		return;
	free(cx->notes->v);
	free(cx->notes);
	cx->notes = NULL;
}

/* A tag that no model looks at changes nothing. Gone meanwhile: it may have counted. */
static enum rc tag_counts(struct ctx *cx, const struct decay_row *models, size_t n, int64_t tag_id, bool *out)
{
	struct tag t;
	enum rc rc;

	*out = true;
	if (!tag_id)
		return RC_OK;
	rc = tag_load(cx, tag_id, S(""), &t);
	if (rc != RC_OK)
		return rc == RC_DONE ? RC_OK : rc;
	*out = false;
	for (size_t i = 0; i < n && !*out; i++)
		*out = decay_weighs(&models[i].m, t.name);
	return RC_OK;
}

static enum rc range_clear(struct ctx *cx, const struct mark *m)
{
	static const struct sql Q = SQL("DELETE FROM attr_expiry WHERE event_id = $1 AND attr_id BETWEEN $2 AND $3");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, m->event_id);
	bind_i64(&q, 2, m->first);
	bind_i64(&q, 3, m->last);
	return stmt_run(cx, &q);
}

static enum rc range_fill(struct ctx *cx, const struct decay_row *models, size_t model_n, const struct mark *m)
{
	int64_t key[4] = { m->event_id, m->first - 1, m->event_id, m->last };
	size_t n;

	TRY(range_clear(cx, m));
	do {
		struct arena_mark am = arena_mark(cx->mem);
		struct expiries x = { 0 };
		struct attr *v;

		TRY(attrs_behind(cx, key, PAGE, &v, &n));
		if (n) {
			key[1] = v[n - 1].id;
			TRY(compute(cx, models, model_n, v, n, &x));
			TRY(write_rows(cx, &x));
		}
		arena_reset(cx->mem, am);
	} while (n == PAGE);
	return RC_OK;
}

static int by_place(const void *x, const void *y)
{
	const struct mark *a = x, *b = y;

	if (a->event_id != b->event_id)
		return a->event_id < b->event_id ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

enum rc decay_settle(struct ctx *cx)
{
	struct tx_notes *t = cx->notes;
	struct decay_row *models;
	size_t n, k = 0;
	enum rc rc;

	if (!t)
		return RC_OK;
	cx->notes = NULL; /* what is written below needs no notes */
	rc = decay_model_list(cx, true, &models, &n);
	for (size_t i = 0; rc == RC_OK && n && i < t->n; i++) {
		bool counts;

		rc = tag_counts(cx, models, n, t->v[i].tag_id, &counts);
		if (rc == RC_OK && counts)
			t->v[k++] = t->v[i];
	}
	if (k)
		qsort(t->v, k, sizeof(*t->v), by_place);
	for (size_t i = 0, j; rc == RC_OK && i < k; i = j) { /* what touches is done once */
		struct mark m = t->v[i];

		for (j = i + 1; j < k && t->v[j].event_id == m.event_id && (m.last == INT64_MAX || t->v[j].first <= m.last + 1); j++)
			if (t->v[j].last > m.last)
				m.last = t->v[j].last;
		rc = range_fill(cx, models, n, &m);
	}
	free(t->v);
	free(t);
	return rc;
}

/* ---- filling ---- */

enum rc decay_job_add(struct ctx *cx, int64_t model_id)
{
	struct str arg = str_fmt(cx->mem, "{\"model\":%lld}", (long long)model_id);

	return job_add(cx, &(struct job){ .kind = S("decay_fill"), .arg = arg }, NULL);
}

enum rc decay_refill_all(struct ctx *cx)
{
	struct decay_row *v;
	size_t n;

	TRY(decay_model_list(cx, true, &v, &n));
	for (size_t i = 0; i < n; i++) {
		TRY(decay_model_update(cx, &v[i]));
		TRY(decay_job_add(cx, v[i].m.id));
	}
	return RC_OK;
}

/* Rows of the model with key[0..1] < (event, attribute) <= key[2..3]. */
static enum rc rows_clear(struct ctx *cx, int64_t model_id, const int64_t key[4])
{
	static const struct sql Q = SQL("DELETE FROM attr_expiry WHERE (event_id, attr_id) > ($1, $2) AND (event_id, attr_id) <= ($3, $4) AND model_id = $5");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	for (int i = 0; i < 4; i++)
		bind_i64(&q, i + 1, key[i]);
	bind_i64(&q, 5, model_id);
	return stmt_run(cx, &q);
}

/* A part of what is stored of a model that is not in use; *n 0: nothing is left. */
static enum rc some_clear(struct ctx *cx, int64_t model_id, int64_t *n)
{
	static const struct sql Q = SQL("DELETE FROM attr_expiry WHERE model_id = $1 AND (event_id, attr_id) IN (SELECT event_id, attr_id FROM attr_expiry WHERE model_id = $1 "
					"LIMIT 20000)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, model_id);
	TRY(stmt_run(cx, &q));
	*n = q.changes;
	return RC_OK;
}

static enum rc is_filled(struct ctx *cx, const struct decay_row *d)
{
	static const struct sql Q = SQL("UPDATE decaying_model SET filled = 1 WHERE id = $1 AND generation = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, d->m.id);
	bind_i64(&q, 2, d->generation);
	return stmt_run(cx, &q);
}

struct filling {
	int64_t model_id, generation; /* 0: not begun */
	int64_t event_id, id, rows;   /* done up to here */
	bool done;
};

static enum rc fill_page(struct ctx *cx, struct filling *f, const struct decay_row *d)
{
	int64_t key[4] = { f->event_id, f->id, INT64_MAX, INT64_MAX };
	struct expiries x = { 0 };
	struct attr *v;
	size_t n;

	TRY(attrs_behind(cx, key, PAGE, &v, &n));
	if (n == PAGE) {
		key[2] = v[n - 1].event_id;
		key[3] = v[n - 1].id;
	}
	TRY(rows_clear(cx, d->m.id, key));
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && v[j].event_id == v[i].event_id;)
			j++;
		TRY(compute(cx, d, 1, v + i, j - i, &x));
	}
	TRY(write_rows(cx, &x));
	f->rows += (int64_t)x.n;
	f->event_id = key[2];
	f->id = key[3];
	f->done = n < PAGE;
	return f->done ? is_filled(cx, d) : RC_OK;
}

static enum rc fill_step(struct ctx *cx, struct filling *f)
{
	struct decay_row d;
	int64_t n = 0;
	enum rc rc = decay_model_load(cx, f->model_id, NULL, &d);

	if (rc == RC_DONE || (rc == RC_OK && !d.enabled)) {
		TRY(some_clear(cx, f->model_id, &n));
		f->rows += n;
		f->done = n == 0;
		return RC_OK;
	}
	TRY(rc);
	if (d.filled) {
		f->done = true;
		return RC_OK;
	}
	if (d.generation != f->generation) { /* changed meanwhile: from the start */
		f->generation = d.generation;
		f->event_id = f->id = 0;
	}
	return fill_page(cx, f, &d);
}

enum rc decay_fill(struct ctx *cx, int64_t model_id, int64_t *rows)
{
	struct filling f = { .model_id = model_id };

	while (!f.done) {
		struct arena_mark m = arena_mark(cx->mem);
		enum rc rc;

		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "the server is stopping");
		TRY(store_begin(cx));
		rc = fill_step(cx, &f);
		if (rc != RC_OK) {
			store_rollback(cx);
			return rc;
		}
		TRY(store_commit(cx));
		arena_reset(cx->mem, m);
	}
	*rows = f.rows;
	return RC_OK;
}
