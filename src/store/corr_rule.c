/* corr_rule.c - see corr_rule.h. */
#include "store/corr_rule.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "model/value.h"
#include "store/attr.h"

enum { CHECK_US = 200000 };

/* ---- exclusions ---- */

#define X_COLS "x.id, x.value, x.comment, x.from_json"

static void exclusion_row(struct ctx *cx, struct stmt *q, struct corr_exclusion *x)
{
	*x = (struct corr_exclusion){ .id = col_i64(q, 0), .value = col_text_dup(cx, q, 1), .comment = col_null(q, 2) ? (struct str){ 0 } : col_text_dup(cx, q, 2),
				      .from_json = col_i64(q, 3) };
}

enum rc corr_exclusion_list(struct ctx *cx, struct corr_exclusion **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " X_COLS " FROM correlation_exclusion x ORDER BY x.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, exclusion_row(cx, &q, e));
}

enum rc corr_exclusion_load(struct ctx *cx, int64_t id, struct corr_exclusion *out)
{
	static const struct sql Q = SQL("SELECT " X_COLS " FROM correlation_exclusion x WHERE x.id = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		exclusion_row(cx, &q, out);
	return rc;
}

enum rc corr_exclusion_insert(struct ctx *cx, struct corr_exclusion *x)
{
	static const struct sql Q = SQL("INSERT INTO correlation_exclusion (id, value, value_fold, comment, from_json) VALUES ($1, $2, $3, $4, $5) "
					"ON CONFLICT (value_fold) DO NOTHING");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "correlation_exclusion", &x->id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, x->id);
	bind_text(&q, 2, x->value);
	bind_text(&q, 3, value_fold(cx->mem, x->value));
	bind_text(&q, 4, x->comment);
	bind_i64(&q, 5, x->from_json);
	TRY(stmt_run(cx, &q));
	return q.changes ? data_version_bump(cx, "correlation") : RC_EXISTS;
}

enum rc corr_exclusion_update(struct ctx *cx, const struct corr_exclusion *x)
{
	static const struct sql Q = SQL("UPDATE correlation_exclusion SET comment = $2 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, x->id);
	bind_text(&q, 2, x->comment);
	return stmt_run(cx, &q);
}

static enum rc drop(struct ctx *cx, const struct sql *s, int64_t id)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, id);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "correlation");
}

enum rc corr_exclusion_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM correlation_exclusion WHERE id = $1");

	return drop(cx, &Q, id);
}

/* ---- rules ---- */

const struct str corr_selector_names[CORR_SELECTORS] = { [CORR_BY_ORGC] = { "orgc_id", 7 }, [CORR_BY_ORG] = { "org_id", 6 }, [CORR_BY_EVENT] = { "event_id", 8 },
							 [CORR_BY_INFO] = { "event_info", 10 } };

#define R_COLS "r.id, r.uuid, r.name, r.comment, r.selector_type, r.selector_list, r.timestamp"

static void rule_row(struct ctx *cx, struct stmt *q, struct corr_rule_row *r)
{
	struct str type = col_text(q, 4);

	*r = (struct corr_rule_row){ .id = col_i64(q, 0), .name = col_text_dup(cx, q, 2), .comment = col_text_dup(cx, q, 3), .selector_list = col_text_dup(cx, q, 5),
				     .timestamp = col_i64(q, 6) };
	for (int i = 0; i < CORR_SELECTORS; i++)
		if (str_eq(type, corr_selector_names[i]))
			r->selector = (enum corr_selector)i;
	col_uuid(q, 1, &r->uuid);
}

enum rc corr_rule_list(struct ctx *cx, struct corr_rule_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " R_COLS " FROM correlation_rule r ORDER BY r.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n, rule_row(cx, &q, e));
}

enum rc corr_rule_load(struct ctx *cx, int64_t id, const struct uuid *u, struct corr_rule_row *out)
{
	static const struct sql by_id = SQL("SELECT " R_COLS " FROM correlation_rule r WHERE r.id = $1");
	static const struct sql by_uuid = SQL("SELECT " R_COLS " FROM correlation_rule r WHERE r.uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, id ? &by_id : &by_uuid, &q));
	if (id)
		bind_i64(&q, 1, id);
	else
		bind_uuid(&q, 1, u);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		rule_row(cx, &q, out);
	return rc;
}

static enum rc rule_write(struct ctx *cx, const struct sql *s, const struct corr_rule_row *r)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, r->id);
	bind_uuid(&q, 2, &r->uuid);
	bind_text(&q, 3, r->name);
	bind_text(&q, 4, r->comment);
	bind_text(&q, 5, corr_selector_names[r->selector]);
	bind_text(&q, 6, r->selector_list);
	bind_i64(&q, 7, r->timestamp);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "correlation");
}

enum rc corr_rule_insert(struct ctx *cx, struct corr_rule_row *r)
{
	static const struct sql Q = SQL("INSERT INTO correlation_rule (id, uuid, name, comment, selector_type, selector_list, timestamp) VALUES ($1, $2, $3, $4, $5, $6, $7)");

	TRY(id_next(cx, "correlation_rule", &r->id));
	return rule_write(cx, &Q, r);
}

enum rc corr_rule_update(struct ctx *cx, const struct corr_rule_row *r)
{
	static const struct sql Q = SQL("UPDATE correlation_rule SET uuid = $2, name = $3, comment = $4, selector_type = $5, selector_list = $6, timestamp = $7 WHERE id = $1");

	return rule_write(cx, &Q, r);
}

enum rc corr_rule_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM correlation_rule WHERE id = $1");

	return drop(cx, &Q, id);
}

/* ---- both in memory ---- */

struct pattern {
	struct str text;
	bool head, tail; /* any text before, behind */
};

struct rule {
	enum corr_selector selector;
	struct str *v; /* folded for CORR_BY_INFO */
	int64_t *ids;
	size_t n;
};

struct corr_rules {
	struct arena *mem;
	struct map exact;
	struct pattern *patterns;
	struct rule *rules;
	size_t pattern_n, rule_n, exact_n;
	unsigned users; /* the cache's own included */
};

static struct {
	pthread_mutex_t lock;
	const struct store *st;
	struct uuid instance;
	struct corr_rules *hold;
	int64_t version, checked_us;
	uint64_t writes;
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void let_go(struct corr_rules *r)
{
	if (!r || --r->users)
		return;
	map_clear(&r->exact);
	arena_free(r->mem);
	free(r);
}

static void hold_exclusions(struct corr_rules *r, const struct corr_exclusion *v, size_t n)
{
	static char there;

	r->patterns = arena_many(r->mem, n + 1, struct pattern);
	for (size_t i = 0; i < n; i++) {
		struct str s = str_trim(value_fold(r->mem, v[i].value));
		struct pattern p = { .head = str_starts(s, S("%")) };

		if (p.head)
			s = str_from(s, 1);
		p.tail = s.n && s.p[s.n - 1] == '%';
		if (p.tail)
			s.n--;
		p.text = str_dup(r->mem, s);
		if (!s.n) /* would exclude everything */
			continue;
		if (p.head || p.tail)
			r->patterns[r->pattern_n++] = p;
		else
			map_put(&r->exact, p.text, &there), r->exact_n++;
	}
}

static enum rc hold_rule(struct ctx *cx, struct corr_rules *r, const struct corr_rule_row *row)
{
	struct rule *x = &r->rules[r->rule_n++];
	size_t cap = 0;
	struct jr j;

	*x = (struct rule){ .selector = row->selector };
	jr_init(&j, cx, row->selector_list, NULL);
	for (jr_arr(&j); jr_elem(&j);) {
		if (jr_peek(&j) != J_STR && jr_peek(&j) != J_NUM) {
			jr_skip(&j);
			continue;
		}
		x->v = arena_grow(r->mem, x->v, &cap, x->n, sizeof(*x->v));
		x->v[x->n++] = value_fold(r->mem, str_dup(r->mem, str_trim(jr_text(&j))));
	}
	x->ids = arena_many(r->mem, x->n + 1, int64_t);
	for (size_t i = 0; i < x->n; i++)
		x->ids[i] = str_i64(x->v[i], &x->ids[i]) ? x->ids[i] : -1;
	return jr_end(&j);
}

static enum rc build(struct ctx *cx, struct corr_rules **out)
{
	struct corr_rules *r = calloc(1, sizeof(*r));
	struct corr_exclusion *x;
	struct corr_rule_row *rows;
	size_t n;
	enum rc rc;

	if (!r)
		abort();
	r->users = 1;
	r->mem = arena_new(0);
	rc = corr_exclusion_list(cx, &x, &n);
	if (rc == RC_OK) {
		hold_exclusions(r, x, n);
		rc = corr_rule_list(cx, &rows, &n);
	}
	if (rc == RC_OK)
		r->rules = arena_many(r->mem, n + 1, struct rule);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = hold_rule(cx, r, &rows[i]);
	if (rc != RC_OK) {
		let_go(r);
		return rc;
	}
	*out = r;
	return RC_OK;
}

/* under the lock */
static enum rc refresh(struct ctx *cx)
{
	int64_t now = clock_mono_us(), version;
	uint64_t writes = atomic_load(&cx->st->writes);
	bool same = cache.hold && cache.st == cx->st && uuid_eq(&cache.instance, &cx->st->instance);
	struct corr_rules *fresh;

	if (same && writes == cache.writes && now - cache.checked_us < CHECK_US)
		return RC_OK;
	TRY(data_version_get(cx, "correlation", &version));
	if (!same || version != cache.version) {
		TRY(build(cx, &fresh));
		let_go(cache.hold);
		cache.hold = fresh;
	}
	cache.st = cx->st;
	cache.instance = cx->st->instance;
	cache.version = version;
	cache.writes = writes;
	cache.checked_us = now;
	return RC_OK;
}

enum rc corr_rules_take(struct ctx *cx, struct corr_rules **out)
{
	enum rc rc;

	pthread_mutex_lock(&cache.lock);
	rc = refresh(cx);
	if (rc == RC_OK) {
		cache.hold->users++;
		*out = cache.hold;
	}
	pthread_mutex_unlock(&cache.lock);
	return rc;
}

void corr_rules_release(struct corr_rules *r)
{
	pthread_mutex_lock(&cache.lock);
	let_go(r);
	pthread_mutex_unlock(&cache.lock);
}

void corr_rules_forget(void)
{
	pthread_mutex_lock(&cache.lock);
	let_go(cache.hold);
	cache.hold = NULL;
	cache.st = NULL;
	pthread_mutex_unlock(&cache.lock);
}

bool corr_rules_exclude(const struct corr_rules *r)
{
	return r->exact_n || r->pattern_n;
}

bool corr_excluded(const struct corr_rules *r, struct str folded)
{
	if (!corr_rules_exclude(r))
		return false;
	if (map_get(&r->exact, folded))
		return true;
	for (size_t i = 0; i < r->pattern_n; i++) {
		const struct pattern *p = &r->patterns[i];

		if (p->head && p->tail ? str_find(folded, p->text) != STR_NONE : p->head ? str_ends(folded, p->text) : str_starts(folded, p->text))
			return true;
	}
	return false;
}

static bool selects(const struct rule *x, const struct event *e)
{
	int64_t id = x->selector == CORR_BY_ORGC ? e->orgc_id : x->selector == CORR_BY_ORG ? e->org_id : e->id;

	for (size_t i = 0; i < x->n; i++)
		if (x->selector == CORR_BY_INFO ? x->v[i].n && str_find_nocase(e->info, x->v[i]) != STR_NONE : x->ids[i] == id)
			return true;
	return false;
}

bool corr_rules_about(const struct corr_rules *r, const struct event *e)
{
	for (size_t i = 0; i < r->rule_n; i++)
		if (selects(&r->rules[i], e))
			return true;
	return false;
}

bool corr_apart(const struct corr_rules *r, const struct event *a, const struct event *b)
{
	for (size_t i = 0; i < r->rule_n; i++)
		if (selects(&r->rules[i], a) && selects(&r->rules[i], b))
			return true;
	return false;
}

/* ---- the most frequent ---- */

struct top_row {
	int64_t digest, events;
};

static enum rc holder_of(struct ctx *cx, int64_t digest, struct str *out)
{
	static const struct sql Q = SQL("SELECT " ATTR_COLS("a") " FROM attr_value v JOIN attribute a ON a.event_id = v.event_id AND a.id = v.attr_id "
					"WHERE v.digest = $1 AND v.state = 0 AND v.half < 2 LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct attr_digest d[ATTR_DIGESTS_MAX];
	struct attr a;
	enum rc rc;

	*out = (struct str){ 0 };
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, digest);
	rc = stmt_row(cx, &q);
	if (rc != RC_OK)
		return rc == RC_DONE ? RC_OK : rc;
	attr_of_row(cx, &q, &a);
	for (size_t i = 0, n = attr_digests(cx, &a, d); i < n; i++)
		if (d[i].digest == digest && d[i].half != HALF_WHOLE)
			*out = d[i].half == HALF_SECOND ? a.value2 : a.value1;
	return RC_OK;
}

enum rc corr_top_values(struct ctx *cx, size_t skip, size_t limit, struct corr_top **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT x.digest, count(*) FROM (SELECT DISTINCT v.digest, v.event_id FROM attr_value v WHERE v.state = 0 AND v.half < 2) x "
					"GROUP BY x.digest HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT $1 OFFSET $2");
	struct top_row *rows;
	size_t rows_n;

	*n = 0;
	{
		SCOPED(lease_done) struct lease l = { 0 };
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(lease_take(cx, &l));
		TRY(stmt_open(cx, l.c, &Q, &q));
		bind_i64(&q, 1, (int64_t)limit);
		bind_i64(&q, 2, (int64_t)skip);
		TRY(STMT_ALL(cx, &q, &rows, &rows_n, *e = ((struct top_row){ col_i64(&q, 0), col_i64(&q, 1) })));
	}
	*out = arena_many(cx->mem, rows_n + 1, struct corr_top);
	for (size_t i = 0; i < rows_n; i++) {
		struct corr_top t = { .events = rows[i].events };

		TRY(holder_of(cx, rows[i].digest, &t.value));
		if (t.value.p)
			(*out)[(*n)++] = t;
	}
	return RC_OK;
}
