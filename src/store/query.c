/* query.c - assembles the SQL of searches from static fragments; values are always bound.
 *
 * Three ways to lead, so that a page costs what it holds:
 *   digest hits   when exact values are asked for: FROM (hits) h, attribute a, event e, behind the cursor (event, id)
 *   candidates    events named by id, uuid or tag: one short statement an event
 *   events        else: FROM event e, attribute a, from the cursor's event on, in the order of the keys */
#include "store/query.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "model/value.h"
#include "store/tag.h"
#include "store/user.h"

enum { BINDS_MAX = 96 };

struct bind {
	enum { B_I64, B_LIST, B_UUIDS, B_TEXT } kind;
	int64_t i;
	struct str text;
	const int64_t *list;
	const uint8_t *uuids;
	size_t n;
};

/* one set of folded texts or patterns tested in C */
struct tests {
	struct cond_list any, all, none;
};

struct query {
	const struct scope *sc;
	const struct search *s;
	bool pg;
	bool impossible, too_many, on_attrs, need_info;
	bool lead_digests, lead_value; /* digest hits lead; of value, not of a half of it */
	struct str from, where_attr, where_event; /* assembled; where_event alone for event queries */
	struct binds {
		struct bind v[BINDS_MAX];
		int n;
	} attr_binds, event_binds, *b; /* b: those of the text being assembled */
	/* events that alone can match, ascending, when the conditions name them or their tags; read one after the other */
	int64_t *cand;
	size_t cand_n, cand_at;
	bool has_cand;
	struct tests value, value1, value2, comment, info;
	struct str quick;
	bool quick_tags;
	struct str quick_tag_sql;
	int64_t cur_event, cur_id;
	/* while compiling */
	struct buf *out;
};

static bool tests_set(const struct tests *t)
{
	return t->any.n || t->all.n || t->none.n;
}

/* tested in C beside the wanted values themselves */
static bool residual_more(const struct query *q)
{
	return q->value.all.n || q->value.none.n || tests_set(&q->value1) || tests_set(&q->value2) || tests_set(&q->comment) || tests_set(&q->info) ||
	       q->quick.p || q->s->keep;
}

static bool residual(const struct query *q)
{
	return q->value.any.n || residual_more(q);
}

/* ---- assembling ---- */

static int add_bind(struct query *q, struct bind b)
{
	if (q->b->n == BINDS_MAX) {
		q->too_many = true;
		return 5;
	}
	q->b->v[q->b->n] = b;
	return 5 + q->b->n++;
}

static void put(struct query *q, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct query *q, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(q->out, fmt, ap);
	va_end(ap);
}

static void put_i64(struct query *q, const char *before, int64_t v, const char *after)
{
	put(q, "%s$%d%s", before, add_bind(q, (struct bind){ .kind = B_I64, .i = v }), after);
}

/* before IN (list) after */
static void put_list(struct query *q, const char *before, const int64_t *v, size_t n, const char *after)
{
	int p = add_bind(q, (struct bind){ .kind = B_LIST, .list = v, .n = n });

	if (q->pg)
		put(q, "%s = ANY($%d::bigint[])%s", before, p, after);
	else
		put(q, "%s IN (SELECT value FROM json_each($%d))%s", before, p, after);
}

static void put_uuids(struct query *q, const char *before, const uint8_t *v, size_t n, const char *after)
{
	int p = add_bind(q, (struct bind){ .kind = B_UUIDS, .uuids = v, .n = n });

	if (q->pg)
		put(q, "%s = ANY($%d::bytea[])%s", before, p, after);
	else
		put(q, "%s IN (SELECT unhex16(value) FROM json_each($%d))%s", before, p, after);
}

/* within what a column can hold */
static int64_t scaled(int64_t v, int64_t scale)
{
	int64_t max = INT64_MAX / scale;

	return v > max ? INT64_MAX : v < -max ? -INT64_MAX : v * scale;
}

static void put_range(struct query *q, const char *column, const struct time_range *r, int64_t scale)
{
	if (r->impossible)
		q->impossible = true;
	if (r->from != TIME_UNSET) {
		put(q, " AND %s >= ", column);
		put_i64(q, "", scaled(r->from, scale), "");
	}
	if (r->to != TIME_UNSET) {
		put(q, " AND %s <= ", column);
		put_i64(q, "", scaled(r->to, scale), "");
	}
}
static bool range_set(const struct time_range *r)
{
	return r->impossible || r->from != TIME_UNSET || r->to != TIME_UNSET;
}

/* ---- resolving names ---- */

struct ids {
	int64_t *v;
	size_t n, cap;
};
static void ids_add(struct arena *a, struct ids *l, int64_t v)
{
	if (l->n == l->cap) {
		int64_t *w;

		l->cap = l->cap ? l->cap * 2 : 16;
		w = arena_many(a, l->cap, int64_t);
		if (l->n)
			memcpy(w, l->v, l->n * sizeof(*w));
		l->v = w;
	}
	l->v[l->n++] = v;
}

static bool wild(struct str s)
{
	return str_chr(s, '%') != STR_NONE;
}

typedef enum rc resolve_fn(struct ctx *cx, struct str text, struct ids *out);

static enum rc resolve_type(struct ctx *cx, struct str text, struct ids *out)
{
	struct str folded = value_fold(cx->mem, text);

	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++) {
		const struct attr_type *t = attr_type_at(i);

		if (str_eq_nocase(t->name, text) || (wild(text) && value_like(value_fold(cx->mem, t->name), folded)))
			ids_add(cx->mem, out, t->id);
	}
	return RC_OK;
}

static enum rc resolve_category(struct ctx *cx, struct str text, struct ids *out)
{
	struct str folded = value_fold(cx->mem, text);

	for (int i = 0; i < CAT_COUNT; i++)
		if (str_eq_nocase(cat_name(i), text) || (wild(text) && value_like(value_fold(cx->mem, cat_name(i)), folded)))
			ids_add(cx->mem, out, i);
	return RC_OK;
}

static enum rc resolve_number(struct ctx *cx, struct str text, struct ids *out)
{
	int64_t v;

	if (str_i64(str_trim(text), &v))
		ids_add(cx->mem, out, v);
	return RC_OK;
}

static enum rc resolve_org(struct ctx *cx, struct str text, struct ids *out)
{
	static const struct sql by_name = SQL("SELECT id, name_fold FROM org");
	static const struct sql by_uuid = SQL("SELECT id FROM org WHERE uuid = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str folded = value_fold(cx->mem, text);
	struct uuid u;
	int64_t id;
	enum rc rc;

	if (str_i64(text, &id)) {
		ids_add(cx->mem, out, id);
		return RC_OK;
	}
	TRY(lease_take(cx, &l));
	if (uuid_parse(text, &u)) {
		TRY(stmt_open(cx, l.c, &by_uuid, &q));
		bind_uuid(&q, 1, &u);
		rc = stmt_get_i64(cx, &q, &id);
		if (rc == RC_OK)
			ids_add(cx->mem, out, id);
		return rc == RC_DONE ? RC_OK : rc;
	}
	TRY(stmt_open(cx, l.c, &by_name, &q));
	while ((rc = stmt_row(cx, &q)) == RC_OK)
		if (value_like(col_text(&q, 1), folded))
			ids_add(cx->mem, out, col_i64(&q, 0));
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc resolve_creator(struct ctx *cx, struct str text, struct ids *out)
{
	struct user_row u;
	enum rc rc = user_by_email(cx, text, &u);

	if (rc == RC_OK)
		ids_add(cx->mem, out, u.u.id);
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc resolve_tag(struct ctx *cx, struct str text, struct ids *out)
{
	struct tag_row *v;
	struct tag t;
	size_t n;
	int64_t id;
	enum rc rc;

	if (wild(text)) {
		TRY(tag_list(cx, text, false, &v, &n));
		for (size_t i = 0; i < n; i++)
			ids_add(cx->mem, out, v[i].t.id);
		return RC_OK;
	}
	rc = tag_load(cx, 0, text, &t);
	if (rc == RC_OK)
		ids_add(cx->mem, out, t.id);
	else if (rc == RC_DONE && str_i64(text, &id))
		ids_add(cx->mem, out, id);
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc resolve_event(struct ctx *cx, struct str text, struct ids *out)
{
	struct event_key k;
	int64_t id;

	if (!event_key_parse(str_trim(text), &k))
		return RC_OK;
	id = k.id;
	if (!id)
		TRY(event_id_of_uuid(cx, &k.uuid, &id));
	if (id)
		ids_add(cx->mem, out, id);
	return RC_OK;
}

static enum rc resolve_all(struct ctx *cx, resolve_fn *fn, const struct cond_list *l, struct ids *out)
{
	for (size_t i = 0; i < l->n; i++)
		TRY(fn(cx, l->v[i], out));
	return RC_OK;
}

/* column IN (any) AND column NOT IN (none); several in AND can hold only when they are one and the same */
static enum rc put_numbers(struct ctx *cx, struct query *q, const char *column, const struct cond *c, resolve_fn *fn)
{
	struct ids any = { 0 }, none = { 0 };
	char text[96];

	if (c->any.n) {
		TRY(resolve_all(cx, fn, &c->any, &any));
		if (!any.n)
			q->impossible = true;
		snprintf(text, sizeof(text), " AND %s", column);
		put_list(q, text, any.v, any.n, "");
	}
	for (size_t i = 0; i < c->all.n; i++) {
		struct ids one = { 0 };

		TRY(fn(cx, c->all.v[i], &one));
		if (!one.n)
			q->impossible = true;
		snprintf(text, sizeof(text), " AND %s", column);
		put_list(q, text, one.v, one.n, "");
	}
	if (c->none.n) {
		TRY(resolve_all(cx, fn, &c->none, &none));
		snprintf(text, sizeof(text), " AND NOT (%s", column);
		if (none.n)
			put_list(q, text, none.v, none.n, ")");
	}
	return RC_OK;
}

/* ---- values ---- */

static struct cond_list fold_list(struct ctx *cx, const struct cond_list *l)
{
	struct cond_list out = { arena_many(cx->mem, l->n + 1, struct str), l->n };

	for (size_t i = 0; i < l->n; i++)
		out.v[i] = value_fold(cx->mem, l->v[i]);
	return out;
}

static void tests_make(struct ctx *cx, const struct cond *c, struct tests *t)
{
	t->any = fold_list(cx, &c->any);
	t->all = fold_list(cx, &c->all);
	t->none = fold_list(cx, &c->none);
}

static bool all_exact(const struct cond_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (wild(l->v[i]) || !l->v[i].n) /* what is empty has no digest */
			return false;
	return l->n > 0;
}

static int64_t *digests_of(struct ctx *cx, const struct cond_list *l)
{
	int64_t *v = arena_many(cx->mem, l->n + 1, int64_t);

	for (size_t i = 0; i < l->n; i++)
		v[i] = store_digest(cx->st, cx->mem, l->v[i]);
	return v;
}

static const char *visible_attr_b(const struct query *q)
{
	return q->pg ? VISIBLE_ATTR("b", "e", LIST_PG) : VISIBLE_ATTR("b", "e", LIST_SQLITE);
}

/* An event must hold each of these values, where the reader may see them. Patterns are not among them: they are about one attribute, see tests. */
static void put_all_values(struct ctx *cx, struct query *q, const struct cond_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (wild(l->v[i]))
			continue;
		put_i64(q, " AND EXISTS (SELECT 1 FROM attr_value w JOIN attribute b ON b.event_id = w.event_id AND b.id = w.attr_id WHERE w.event_id = e.id "
			   "AND w.state < 2 AND w.half < 3 AND w.digest = ", store_digest(cx->st, cx->mem, l->v[i]), " AND ");
		put(q, "%s)", visible_attr_b(q));
	}
}

/* ---- candidate events ---- */

enum { CANDIDATES_MAX = 50000 };

static int by_number(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* narrows the candidates to those of ids, too */
static void candidates(struct ctx *cx, struct query *q, struct ids *ids)
{
	size_t n = 0;

	(void)cx;
	if (ids->n)
		qsort(ids->v, ids->n, sizeof(*ids->v), by_number);
	for (size_t i = 0; i < ids->n; i++)
		if (!n || ids->v[n - 1] != ids->v[i])
			ids->v[n++] = ids->v[i];
	ids->n = n;
	if (!q->has_cand) {
		q->cand = ids->v;
		q->cand_n = ids->n;
		q->has_cand = true;
	} else {
		size_t k = 0;

		for (size_t i = 0, j = 0; i < q->cand_n && j < ids->n;) {
			if (q->cand[i] == ids->v[j]) {
				q->cand[k++] = q->cand[i++];
				j++;
			} else if (q->cand[i] < ids->v[j]) {
				i++;
			} else {
				j++;
			}
		}
		q->cand_n = k;
	}
	if (!q->cand_n)
		q->impossible = true;
}

/* events that carry one of the tags, themselves or on an attribute; none narrowed when they are too many */
static enum rc candidates_by_tag(struct ctx *cx, struct query *q, const int64_t *tags, size_t n, bool attrs)
{
#define OF_EVENT(L) "SELECT t1.event_id FROM event_tag t1 WHERE t1.tag_id " L("$1") " LIMIT 50001"
#define OF_ALL(L) "SELECT t1.event_id FROM event_tag t1 WHERE t1.tag_id " L("$1") " UNION SELECT t2.event_id FROM attr_tag t2 WHERE t2.tag_id " L("$1") " LIMIT 50001"
	static const struct sql own = SQL_BOTH(OF_EVENT), all = SQL_BOTH(OF_ALL);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt st = STMT_INIT;
	struct ids ids = { 0 };
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, attrs ? &all : &own, &st));
	bind_i64s(&st, 1, tags, n);
	while ((rc = stmt_row(cx, &st)) == RC_OK)
		ids_add(cx->mem, &ids, col_i64(&st, 0));
	if (rc != RC_DONE)
		return rc;
	if (ids.n <= CANDIDATES_MAX)
		candidates(cx, q, &ids);
	return RC_OK;
}

/* ---- tags ---- */

static enum rc put_tag_any(struct ctx *cx, struct query *q, const struct ids *l, bool attrs)
{
	(void)cx;
	put_list(q, " AND (EXISTS (SELECT 1 FROM event_tag t1 WHERE t1.event_id = e.id AND t1.tag_id", l->v, l->n, ")");
	if (attrs && q->b == &q->attr_binds)
		put_list(q, " OR EXISTS (SELECT 1 FROM attr_tag t2 WHERE t2.event_id = a.event_id AND t2.attr_id = a.id AND t2.tag_id", l->v, l->n, ")");
	else if (attrs)
		put_list(q, " OR EXISTS (SELECT 1 FROM attr_tag t2 JOIN attribute b ON b.event_id = t2.event_id AND b.id = t2.attr_id WHERE t2.event_id = e.id "
			    "AND b.deleted = 0 AND t2.tag_id", l->v, l->n, " AND ");
	if (attrs && q->b != &q->attr_binds)
		put(q, "%s)", visible_attr_b(q));
	put(q, ")");
	return RC_OK;
}

static enum rc put_tags(struct ctx *cx, struct query *q, const struct cond *c, bool attrs, bool for_event_sql)
{
	struct ids any = { 0 }, none = { 0 };

	if (c->any.n) {
		TRY(resolve_all(cx, resolve_tag, &c->any, &any));
		if (!any.n)
			q->impossible = true;
		else if (!for_event_sql)
			TRY(candidates_by_tag(cx, q, any.v, any.n, attrs));
		TRY(put_tag_any(cx, q, &any, attrs));
	}
	for (size_t i = 0; i < c->all.n; i++) {
		struct ids one = { 0 };

		TRY(resolve_tag(cx, c->all.v[i], &one));
		if (!one.n)
			q->impossible = true;
		else if (!for_event_sql)
			TRY(candidates_by_tag(cx, q, one.v, one.n, attrs));
		TRY(put_tag_any(cx, q, &one, attrs));
	}
	if (c->none.n) {
		TRY(resolve_all(cx, resolve_tag, &c->none, &none));
		if (none.n) {
			put_list(q, " AND NOT EXISTS (SELECT 1 FROM event_tag t1 WHERE t1.event_id = e.id AND t1.tag_id", none.v, none.n, ")");
			if (attrs && !for_event_sql)
				put_list(q, " AND NOT EXISTS (SELECT 1 FROM attr_tag t2 WHERE t2.event_id = a.event_id AND t2.attr_id = a.id AND t2.tag_id",
					 none.v, none.n, ")");
		}
	}
	return RC_OK;
}

/* Events named by id or uuid: candidates; only what is excluded stands in the SQL. */
static enum rc put_events(struct ctx *cx, struct query *q, const struct cond *c, bool for_event_sql)
{
	struct ids none = { 0 };

	for (size_t i = 0; i < 1 + c->all.n; i++) {
		struct ids ids = { 0 };

		if (i == 0 ? !c->any.n : false)
			continue;
		if (i == 0)
			TRY(resolve_all(cx, resolve_event, &c->any, &ids));
		else
			TRY(resolve_event(cx, c->all.v[i - 1], &ids));
		if (!for_event_sql)
			candidates(cx, q, &ids);
	}
	if (c->none.n) {
		TRY(resolve_all(cx, resolve_event, &c->none, &none));
		if (none.n)
			put_list(q, " AND NOT (e.id", none.v, none.n, ")");
	}
	return RC_OK;
}

static enum rc event_conditions(struct ctx *cx, struct query *q, bool for_event_sql)
{
	const struct search *s = q->s;

	TRY(put_events(cx, q, &s->eventid, for_event_sql));
	TRY(put_events(cx, q, &s->event_uuid, for_event_sql));
	TRY(put_numbers(cx, q, "e.orgc_id", &s->org, resolve_org));
	TRY(put_numbers(cx, q, "e.user_id", &s->creator, resolve_creator));
	TRY(put_numbers(cx, q, "e.threat_level_id", &s->threat_level, resolve_number));
	TRY(put_numbers(cx, q, "e.analysis", &s->analysis, resolve_number));
	TRY(put_numbers(cx, q, "e.distribution", &s->distribution, resolve_number));
	TRY(put_numbers(cx, q, "e.sharing_group_id", &s->sharing_group, resolve_number));
	put_range(q, "e.timestamp", &s->event_timestamp, 1);
	if (range_set(&s->publish_timestamp))
		put(q, " AND e.published = 1");
	put_range(q, "e.publish_timestamp", &s->publish_timestamp, 1);
	put_range(q, "e.date", &s->date, 1);
	if (s->published >= 0)
		put_i64(q, " AND e.published = ", s->published, "");
	put_all_values(cx, q, &s->value.all);
	TRY(put_tags(cx, q, &s->tags, true, for_event_sql));
	TRY(put_tags(cx, q, &s->event_tags, false, for_event_sql));
	return RC_OK;
}

static enum rc attr_conditions(struct ctx *cx, struct query *q)
{
	const struct search *s = q->s;

	TRY(put_numbers(cx, q, "a.type", &s->type, resolve_type));
	TRY(put_numbers(cx, q, "a.category", &s->category, resolve_category));
	put_range(q, "a.timestamp", &s->timestamp, 1);
	put_range(q, "a.first_seen_us", &s->first_seen, 1000000);
	put_range(q, "a.last_seen_us", &s->last_seen, 1000000);
	if (s->to_ids >= 0)
		put_i64(q, " AND a.to_ids = ", s->to_ids, "");
	if (s->deleted != DELETED_ALL)
		put_i64(q, " AND a.deleted = ", s->deleted == DELETED_ONLY, "");
	return RC_OK;
}

/* uuid may name attributes or events */
static enum rc put_uuid_condition(struct ctx *cx, struct query *q, const struct cond *c)
{
	const struct cond_list *lists[] = { &c->any, &c->all, &c->none };

	for (int k = 0; k < 3; k++) {
		uint8_t *v = arena_many(cx->mem, lists[k]->n * 16 + 1, uint8_t);
		struct ids events = { 0 };
		size_t n = 0;

		if (!lists[k]->n)
			continue;
		for (size_t i = 0; i < lists[k]->n; i++) {
			int64_t event_id, id;
			struct uuid u;

			if (!uuid_parse(str_trim(lists[k]->v[i]), &u))
				continue;
			memcpy(v + 16 * n++, u.b, 16);
			if (k == 2)
				continue;
			TRY(element_find(cx, &u, KIND_ATTRIBUTE, &event_id, &id));
			if (event_id)
				ids_add(cx->mem, &events, event_id);
			TRY(event_id_of_uuid(cx, &u, &event_id));
			if (event_id)
				ids_add(cx->mem, &events, event_id);
		}
		for (size_t i = 0, part = k == 1 ? 1 : n; i < n; i += part) { /* all: each by itself */
			put(q, " AND %s(", k == 2 ? "NOT " : "");
			put_uuids(q, "a.uuid", v + 16 * i, part, "");
			put_uuids(q, " OR e.uuid", v + 16 * i, part, ")");
		}
		if (k < 2 && n < (k == 1 ? lists[k]->n : 1))
			q->impossible = true;
		if (k < 2)
			candidates(cx, q, &events);
	}
	return RC_OK;
}

/* texts compared as object names and relations are: whole, ASCII letter case apart, % allowed and _ itself */
static void put_text_list(struct ctx *cx, struct query *q, const char *expr, const struct cond_list *l, bool negative)
{
	put(q, " AND %s(", negative ? "NOT " : "");
	for (size_t i = 0; i < l->n; i++) {
		struct str s = l->v[i];
		char *p = arena_alloc(cx->mem, s.n * 2 + 1);
		size_t n = 0;

		for (size_t j = 0; j < s.n; j++) {
			if (s.p[j] == '_' || s.p[j] == '\\')
				p[n++] = '\\';
			p[n++] = (char)ch_to_lower((unsigned char)s.p[j]);
		}
		put(q, "%slower(%s%s) LIKE $%d ESCAPE '\\'", i ? " OR " : "", expr, q->pg ? " COLLATE \"C\"" : "",
		    add_bind(q, (struct bind){ .kind = B_TEXT, .text = str_n(p, n) }));
	}
	put(q, ")");
}

static void put_names(struct ctx *cx, struct query *q, const char *expr, const struct cond *c)
{
	if (c->any.n)
		put_text_list(cx, q, expr, &c->any, false);
	for (size_t i = 0; i < c->all.n; i++)
		put_text_list(cx, q, expr, &(struct cond_list){ &c->all.v[i], 1 }, false);
	if (c->none.n)
		put_text_list(cx, q, expr, &c->none, true);
}

enum rc query_compile(struct ctx *cx, const struct scope *sc, const struct search *s, struct query **out)
{
	struct query *q = arena_one(cx->mem, struct query);
	struct buf b;
	enum rc rc;

	q->sc = sc;
	q->b = &q->attr_binds;
	q->s = s;
	q->pg = db_engine(cx->st->db) == DB_PG;
	q->out = &b;
	q->on_attrs = cond_set(&s->value) || cond_set(&s->value1) || cond_set(&s->value2) || cond_set(&s->type) || cond_set(&s->category) ||
		      cond_set(&s->relation) || cond_set(&s->uuid) || cond_set(&s->comment) || range_set(&s->timestamp) || range_set(&s->first_seen) ||
		      range_set(&s->last_seen) || s->to_ids >= 0 || s->deleted == DELETED_ONLY || cond_set(&s->object_name) || s->quick.p;

	buf_init(&b, 1 << 20);
	/* FROM: digest hits lead when every wanted value is exact */
	{
		const struct cond *lead = all_exact(&s->value.any) ? &s->value : all_exact(&s->value1.any) ? &s->value1 : all_exact(&s->value2.any) ? &s->value2 : NULL;

		if (lead) {
			q->lead_digests = true;
			q->lead_value = lead == &s->value;
			put_list(q, " FROM (SELECT DISTINCT v.event_id, v.attr_id FROM attr_value v WHERE v.digest", digests_of(cx, &lead->any), lead->any.n,
				 s->deleted == DELETED_NO ? " AND v.half < 3 AND v.state < 2) h" : " AND v.half < 3) h");
			/* the key of the table, not the index on ids, which would lead to it by one more step */
			put(q, " %s ON a.event_id = h.event_id AND a.id = h.attr_id", q->pg ? "JOIN attribute a" : "CROSS JOIN attribute a NOT INDEXED");
			put(q, " %s event e ON e.id = a.event_id", q->pg ? "JOIN" : "CROSS JOIN");
		} else {
			/* events lead, in their order; the cursor's second half counts in the event it stands in */
			put(q, " FROM event e %s attribute a ON a.event_id = e.id", q->pg ? "JOIN" : "CROSS JOIN");
		}
	}
	q->from = str_dup(cx->mem, buf_view(&b));
	buf_reset(&b);

	rc = event_conditions(cx, q, false);
	if (rc == RC_OK)
		rc = attr_conditions(cx, q);
	if (rc == RC_OK && cond_set(&s->uuid))
		rc = put_uuid_condition(cx, q, &s->uuid);
	put_names(cx, q, "coalesce(a.relation, '')", &s->relation);
	if (cond_set(&s->object_name)) {
		put(q, " AND EXISTS (SELECT 1 FROM object n WHERE n.event_id = a.event_id AND n.id = a.object_id");
		put_names(cx, q, "n.name", &s->object_name);
		put(q, ")");
	}
	/* what C tests; after digests too, which can collide: the text decides */
	tests_make(cx, &s->value, &q->value);
	q->value.all.n = 0;
	for (size_t i = 0; i < s->value.all.n; i++) /* the exact ones stand in the SQL */
		if (wild(s->value.all.v[i]))
			q->value.all.v[q->value.all.n++] = value_fold(cx->mem, s->value.all.v[i]);
	tests_make(cx, &s->value1, &q->value1);
	tests_make(cx, &s->value2, &q->value2);
	tests_make(cx, &s->comment, &q->comment);
	tests_make(cx, &s->event_info, &q->info);
	q->need_info = tests_set(&q->info) || s->quick.p;
	q->where_attr = str_dup(cx->mem, buf_view(&b));
	buf_reset(&b);
	if (s->quick.p && rc == RC_OK) {
		struct ids tags = { 0 };

		q->quick = value_fold(cx->mem, s->quick);
		rc = resolve_tag(cx, s->quick, &tags);
		if (tags.n) {
			put_list(q, ", (CASE WHEN EXISTS (SELECT 1 FROM event_tag t1 WHERE t1.event_id = e.id AND t1.tag_id", tags.v, tags.n, ")");
			put_list(q, " OR EXISTS (SELECT 1 FROM attr_tag t2 WHERE t2.event_id = a.event_id AND t2.attr_id = a.id AND t2.tag_id", tags.v, tags.n,
				 ") THEN 1 ELSE 0 END)");
			q->quick_tags = true;
			q->quick_tag_sql = str_dup(cx->mem, buf_view(&b));
		}
		buf_reset(&b);
	}
	/* a second text for searches that look at events only; it binds its own copies */
	if (rc == RC_OK && !q->on_attrs) {
		q->b = &q->event_binds;
		rc = event_conditions(cx, q, true);
		q->where_event = str_dup(cx->mem, buf_view(&b));
	}
	if (!buf_ok(&b))
		rc = fail(cx, RC_LIMIT, "the search has too many conditions");
	buf_clear(&b);
	if (rc == RC_OK && q->too_many)
		rc = fail(cx, RC_LIMIT, "the search has too many conditions");
	*out = q;
	return rc;
}

bool query_on_attrs(const struct query *q)
{
	return q->on_attrs;
}

bool query_impossible(const struct query *q)
{
	return q->impossible;
}

void query_rewind(struct query *q)
{
	q->cur_event = q->cur_id = 0;
	q->cand_at = 0;
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

/* Parameters behind the conditions: n cursor's event (or the candidate), n+1 cursor's id, n+2 limit. */
static struct str attr_sql(struct ctx *cx, const struct query *q)
{
	int n = 5 + q->attr_binds.n;
	struct str where;

	if (q->has_cand)
		where = str_fmt(cx->mem, " AND a.event_id = $%d AND e.id = $%d AND a.id > $%d ORDER BY a.id", n, n, n + 1);
	else if (q->lead_digests)
		where = str_fmt(cx->mem, " AND (a.event_id, a.id) > ($%d, $%d) ORDER BY a.event_id, a.id", n, n + 1);
	else
		where = str_fmt(cx->mem, " AND e.id >= $%d AND a.id > (CASE WHEN e.id = $%d THEN $%d ELSE 0 END) ORDER BY e.id, a.id", n, n, n + 1);
	return str_fmt(cx->mem, "SELECT %s%s%.*s%.*s WHERE %s AND %s%.*s%.*s LIMIT $%d", ATTR_COLS("a"), q->need_info ? ", e.info" : "",
		       q->quick_tags ? (int)q->quick_tag_sql.n : 0, q->quick_tags ? q->quick_tag_sql.p : "", STR(q->from),
		       q->pg ? VISIBLE_EVENT("e", LIST_PG) : VISIBLE_EVENT("e", LIST_SQLITE), q->pg ? VISIBLE_ATTR("a", "e", LIST_PG) : VISIBLE_ATTR("a", "e", LIST_SQLITE),
		       STR(q->where_attr), STR(where), n + 2);
}

static struct str count_sql(struct ctx *cx, const struct query *q)
{
	struct str where = S("");

	if (q->has_cand)
		where = q->pg ? str_fmt(cx->mem, " AND e.id = ANY($%d::bigint[])", 5 + q->attr_binds.n)
			      : str_fmt(cx->mem, " AND e.id IN (SELECT value FROM json_each($%d))", 5 + q->attr_binds.n);
	return str_fmt(cx->mem, "SELECT count(*)%.*s WHERE %s AND %s%.*s%.*s", STR(q->from), q->pg ? VISIBLE_EVENT("e", LIST_PG) : VISIBLE_EVENT("e", LIST_SQLITE),
		       q->pg ? VISIBLE_ATTR("a", "e", LIST_PG) : VISIBLE_ATTR("a", "e", LIST_SQLITE), STR(q->where_attr), STR(where));
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
	while (*n < limit && !*done) {
		SCOPED(stmt_done) struct stmt st = STMT_INIT;
		size_t seen = 0, want = limit - *n;

		if (q->has_cand && !candidate(q)) {
			*done = true;
			break;
		}
		if (residual(q) && want < 256)
			want = 256;
		TRY(stmt_open_text(cx, l.c, attr_sql(cx, q), &st));
		bind_all(q, &q->attr_binds, &st);
		bind_i64(&st, 5 + q->attr_binds.n, q->cur_event);
		bind_i64(&st, 6 + q->attr_binds.n, q->cur_id);
		bind_i64(&st, 7 + q->attr_binds.n, (int64_t)want);
		while (*n < limit && (rc = stmt_row(cx, &st)) == RC_OK) {
			struct arena_mark m = arena_mark(cx->mem);
			struct attr *a = &v[*n];

			seen++;
			attr_of_row(cx, &st, a);
			q->cur_event = a->event_id;
			q->cur_id = a->id;
			if (!residual(q) ||
			    accept(cx, q, a, q->need_info ? col_text(&st, ATTR_COL_N) : S(""), q->quick_tags && col_i64(&st, ATTR_COL_N + 1)))
				++*n;
			else
				arena_reset(cx->mem, m);
			if (ctx_stopping(cx))
				return fail(cx, RC_STOPPED, "the server is stopping");
		}
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
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
	if (residual_more(q) || (q->value.any.n && !q->lead_value)) {
		struct query copy = *q;
		struct arena_mark m = arena_mark(cx->mem);
		bool done = false;

		for (query_rewind(&copy); !done;) {
			struct attr *v;
			size_t n;

			TRY(query_attrs(cx, &copy, 2000, &v, &n, &done));
			*out += (int64_t)n;
			arena_reset(cx->mem, m);
		}
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
		       q->pg ? VISIBLE_EVENT("e", LIST_PG) : VISIBLE_EVENT("e", LIST_SQLITE), STR(q->where_event), STR(among), n, n + 1);
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
	query_rewind(c);
	return c;
}
