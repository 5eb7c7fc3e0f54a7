/* query_compile.c - assembles the SQL of searches from static fragments; values are always bound.
 *
 * Three ways to lead, so that a page costs what it holds:
 *   digest hits   when exact values are asked for: FROM (hits) h, attribute a, event e, behind the cursor (event, id)
 *   candidates    events named by id, uuid or tag: one short statement an event
 *   events        else: FROM event e, attribute a, from the cursor's event on, in the order of the keys */
#include <stdio.h>
#include <stdlib.h>

#include "store/query_int.h"

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

static void put_text(struct query *q, const char *text)
{
	buf_str(q->out, str_c(text));
}

/* before $n after */
static void put_bind(struct query *q, const char *before, struct bind b, const char *after)
{
	put_text(q, before);
	buf_ch(q->out, '$');
	buf_i64(q->out, add_bind(q, b));
	put_text(q, after);
}

static void put_i64(struct query *q, const char *before, int64_t v, const char *after)
{
	put_bind(q, before, (struct bind){ .kind = B_I64, .i = v }, after);
}

/* before IN (list) after; a list of one is compared by itself, which needs no second table */
static void put_list(struct query *q, const char *before, const int64_t *v, size_t n, const char *after)
{
	put_text(q, before);
	if (n == 1)
		put_i64(q, " = ", v[0], "");
	else
		put_bind(q, q->pg ? " = ANY(" : " IN (SELECT value FROM json_each(", (struct bind){ .kind = B_LIST, .list = v, .n = n }, q->pg ? "::bigint[])" : "))");
	put_text(q, after);
}

static void put_uuids(struct query *q, const char *before, const uint8_t *v, size_t n, const char *after)
{
	put_text(q, before);
	put_bind(q, q->pg ? " = ANY(" : " IN (SELECT unhex16(value) FROM json_each(", (struct bind){ .kind = B_UUIDS, .uuids = v, .n = n },
		 q->pg ? "::bytea[])" : "))");
	put_text(q, after);
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
		put(q, " AND %s", column);
		put_i64(q, " >= ", scaled(r->from, scale), "");
	}
	if (r->to != TIME_UNSET) {
		put(q, " AND %s", column);
		put_i64(q, " <= ", scaled(r->to, scale), "");
	}
}
static bool range_set(const struct time_range *r)
{
	return r->impossible || r->from != TIME_UNSET || r->to != TIME_UNSET;
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
		put_text(q, visible_attr_b(q));
		put_text(q, ")");
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
	if (attrs && q->b != &q->attr_binds) {
		put_text(q, visible_attr_b(q));
		put_text(q, ")");
	}
	put_text(q, ")");
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
		put_text(q, " AND e.published = 1");
	put_range(q, "e.publish_timestamp", &s->publish_timestamp, 1);
	put_range(q, "e.date", &s->date, 1);
	if (s->published >= 0)
		put_i64(q, " AND e.published = ", s->published, "");
	if (s->proposed >= 0) {
		put(q, " AND %sEXISTS (SELECT 1 FROM shadow_attribute sa WHERE sa.event_id = e.id AND sa.deleted = 0)", s->proposed ? "" : "NOT ");
	}
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
	if (s->decay && s->decay->type_n) {
		put_list(q, " AND (NOT (a.type", s->decay->types, s->decay->type_n, ")");
		put_list(q, " OR EXISTS (SELECT 1 FROM attr_expiry x WHERE x.event_id = a.event_id AND x.attr_id = a.id AND x.model_id", s->decay->models,
			 s->decay->model_n, "");
		put_i64(q, " AND x.expires_at >= ", s->decay->now_s, "))");
	}
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
			if (q->s->of_objects)
				TRY(element_find(cx, &u, KIND_OBJECT, &event_id, &id));
			if (q->s->of_objects && event_id)
				ids_add(cx->mem, &events, event_id);
			TRY(event_id_of_uuid(cx, &u, &event_id));
			if (event_id)
				ids_add(cx->mem, &events, event_id);
		}
		for (size_t i = 0, part = k == 1 ? 1 : n; i < n; i += part) { /* all: each by itself */
			put(q, " AND %s(", k == 2 ? "NOT " : "");
			put_uuids(q, "a.uuid", v + 16 * i, part, "");
			put_uuids(q, " OR e.uuid", v + 16 * i, part, "");
			if (q->s->of_objects) {
				put_text(q, " OR EXISTS (SELECT 1 FROM object n WHERE n.event_id = a.event_id AND n.id = a.object_id AND ");
				put_uuids(q, "n.uuid", v + 16 * i, part, ")");
			}
			put_text(q, ")");
		}
		if (k < 2 && n < (k == 1 ? lists[k]->n : 1))
			q->impossible = true;
		if (k < 2)
			candidates(cx, q, &events);
	}
	return RC_OK;
}

/* uuids of object templates, in the condition on object n */
static void put_template(struct ctx *cx, struct query *q, const struct cond *c)
{
	const struct cond_list *lists[] = { &c->any, &c->all, &c->none };

	for (int k = 0; k < 3; k++) {
		uint8_t *v = arena_many(cx->mem, lists[k]->n * 16 + 1, uint8_t);
		size_t n = 0;

		for (size_t i = 0; i < lists[k]->n; i++) {
			struct uuid u;

			if (uuid_parse(str_trim(lists[k]->v[i]), &u))
				memcpy(v + 16 * n++, u.b, 16);
		}
		if (k < 2 && n < (k == 1 ? lists[k]->n : lists[k]->n > 0))
			q->impossible = true;
		if (n) {
			put(q, " AND %s(", k == 2 ? "NOT " : "");
			put_uuids(q, "n.template_uuid", v, n, ")");
		}
	}
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
	put_text(q, ")");
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

const char *query_visible_event(const struct query *q)
{
	return q->pg ? VISIBLE_EVENT("e", LIST_PG) : VISIBLE_EVENT("e", LIST_SQLITE);
}

const char *query_visible_attr(const struct query *q)
{
	return q->pg ? VISIBLE_ATTR("a", "e", LIST_PG) : VISIBLE_ATTR("a", "e", LIST_SQLITE);
}

/* only what a value is made of: a row costs a third */
bool query_narrow(const struct query *q)
{
	return q->values_only && !tests_set(&q->comment) && !q->need_info && !q->quick_tags && !q->s->keep && !q->s->sift;
}

/* Parameters behind the conditions: n cursor's event (or the candidate), n+1 cursor's id, n+2 limit. */
void query_page_sql(struct ctx *cx, struct query *q)
{
	int n = 5 + q->attr_binds.n;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_str(&b, query_narrow(q) ? S("SELECT " ATTR_COLS_VALUE("a")) : S("SELECT " ATTR_COLS("a")));
	if (q->need_info)
		buf_str(&b, S(", e.info"));
	if (q->quick_tags)
		buf_str(&b, q->quick_tag_sql);
	buf_str(&b, !q->has_pairs ? q->from : q->pg ? S(" FROM attribute a JOIN event e ON e.id = a.event_id") : S(" FROM attribute a CROSS JOIN event e ON e.id = a.event_id"));
	buf_str(&b, S(" WHERE "));
	buf_str(&b, str_c(query_visible_event(q)));
	buf_str(&b, S(" AND "));
	buf_str(&b, str_c(query_visible_attr(q)));
	buf_str(&b, q->where_attr);
	if (q->has_pairs) {
		buf_fmt(&b, q->pg ? " AND a.id = ANY($%d::bigint[]) ORDER BY a.event_id, a.id" : " AND a.id IN (SELECT value FROM json_each($%d)) ORDER BY a.event_id, a.id", n);
		q->page_sql = str_dup(cx->mem, buf_view(&b));
		buf_clear(&b);
		return;
	}
	if (q->has_cand)
		buf_fmt(&b, " AND a.event_id = $%d AND e.id = $%d AND a.id > $%d ORDER BY a.id", n, n, n + 1);
	else if (q->lead_digests)
		buf_fmt(&b, " AND (a.event_id, a.id) > ($%d, $%d) ORDER BY a.event_id, a.id", n, n + 1);
	else
		buf_fmt(&b, " AND e.id >= $%d AND a.id > (CASE WHEN e.id = $%d THEN $%d ELSE 0 END) ORDER BY e.id, a.id", n, n, n + 1);
	buf_fmt(&b, " LIMIT $%d", n + 2);
	q->page_sql = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
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
		      range_set(&s->last_seen) || s->to_ids >= 0 || s->deleted == DELETED_ONLY || cond_set(&s->object_name) ||
		      cond_set(&s->object_template) || cond_set(&s->object_version) || s->quick.p;

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
			put_text(q, q->pg ? " JOIN attribute a" : " CROSS JOIN attribute a NOT INDEXED");
			put_text(q, " ON a.event_id = h.event_id AND a.id = h.attr_id");
			put_text(q, q->pg ? " JOIN event e ON e.id = a.event_id" : " CROSS JOIN event e ON e.id = a.event_id");
		} else {
			/* events lead, in their order; the cursor's second half counts in the event it stands in */
			put_text(q, q->pg ? " FROM event e JOIN attribute a ON a.event_id = e.id" : " FROM event e CROSS JOIN attribute a ON a.event_id = e.id");
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
		put_text(q, " AND EXISTS (SELECT 1 FROM object n WHERE n.event_id = a.event_id AND n.id = a.object_id");
		put_names(cx, q, "n.name", &s->object_name);
		put_text(q, ")");
	}
	if (cond_set(&s->object_template) || cond_set(&s->object_version)) {
		put_text(q, " AND EXISTS (SELECT 1 FROM object n WHERE n.event_id = a.event_id AND n.id = a.object_id");
		put_template(cx, q, &s->object_template);
		if (rc == RC_OK)
			rc = put_numbers(cx, q, "n.template_version", &s->object_version, resolve_number);
		put_text(q, ")");
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
	if (rc == RC_OK)
		rc = query_grams(cx, q);
	if (rc == RC_OK)
		query_page_sql(cx, q);
	*out = q;
	return rc;
}
