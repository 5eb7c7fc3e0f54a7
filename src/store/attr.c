/* attr.c - rows of attribute <-> struct attr, one by one and in pages. Writing: attr_write.c. */
#include "store/attr.h"

#include <stdio.h>

#include "model/value.h"

static struct str hex_text(struct arena *a, struct str bytes)
{
	char *p = arena_alloc(a, bytes.n * 2 + 1);

	for (size_t i = 0; i < bytes.n; i++) {
		p[2 * i] = "0123456789abcdef"[(uint8_t)bytes.p[i] >> 4];
		p[2 * i + 1] = "0123456789abcdef"[bytes.p[i] & 15];
	}
	p[bytes.n * 2] = 0;
	return str_n(p, bytes.n * 2);
}

/* columns value1, value2, hash from i on */
static void value_of_row(struct ctx *cx, struct stmt *q, int i, struct attr *a)
{
	struct str first = col_text_dup(cx, q, i), hash = col_blob(q, i + 2);

	if (!first.p) {
		a->value1 = hex_text(cx->mem, hash);
		a->value2 = S("");
		return;
	}
	a->value1 = first;
	a->value2 = hash.p ? hex_text(cx->mem, hash) : col_text_dup(cx, q, i + 1);
	if (!a->value2.p)
		a->value2 = S("");
}

static struct str text_or_empty(struct ctx *cx, struct stmt *q, int i)
{
	struct str s = col_text_dup(cx, q, i);

	return s.p ? s : S("");
}

void attr_of_row(struct ctx *cx, struct stmt *q, struct attr *a)
{
	*a = (struct attr){
		.event_id = col_i64(q, 0),
		.id = col_i64(q, 1),
		.object_id = col_i64(q, 2),
		.type = attr_type_by_id((int)col_i64(q, 3)),
		.cat = (int)col_i64(q, 4),
		.to_ids = col_i64(q, 5),
		.deleted = col_i64(q, 6),
		.disable_correlation = col_i64(q, 7),
		.distribution = (int)col_i64(q, 8),
		.sharing_group_id = col_i64(q, 9),
		.timestamp = col_i64(q, 10),
		.comment = text_or_empty(cx, q, 15),
		.relation = text_or_empty(cx, q, 16),
		.first_seen_us = col_null(q, 17) ? SEEN_NONE : col_i64(q, 17),
		.last_seen_us = col_null(q, 18) ? SEEN_NONE : col_i64(q, 18),
	};
	col_uuid(q, 11, &a->uuid);
	value_of_row(cx, q, 12, a);
}

void attr_of_value_row(struct ctx *cx, struct stmt *q, struct attr *a)
{
	*a = (struct attr){
		.event_id = col_i64(q, 0),
		.id = col_i64(q, 1),
		.type = attr_type_by_id((int)col_i64(q, 2)),
		.first_seen_us = SEEN_NONE,
		.last_seen_us = SEEN_NONE,
	};
	value_of_row(cx, q, 3, a);
}

static enum rc collect(struct ctx *cx, struct stmt *q, size_t limit, struct attr **out, size_t *n)
{
	size_t cap = limit < 64 ? limit : 64;
	enum rc rc = RC_OK;
	struct attr *v = arena_many(cx->mem, cap ? cap : 1, struct attr);

	*n = 0;
	while (*n < limit && (rc = stmt_row(cx, q)) == RC_OK) {
		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		attr_of_row(cx, q, &v[(*n)++]);
	}
	*out = v;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc attr_page(struct ctx *cx, const struct scope *sc, const struct attr_range *r, struct attr **out, size_t *n)
{
#define HEAD "SELECT " ATTR_COLS("a") " FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.event_id = $5 AND a.deleted BETWEEN $6 AND $7 AND "
#define SEEN(L) VISIBLE_EVENT("e", L) " AND " VISIBLE_ATTR("a", "e", L)
#define ALL(L) HEAD "a.id > $8 AND " SEEN(L) " ORDER BY a.event_id, a.id LIMIT $9"
#define OUT(L) HEAD "a.object_id = 0 AND a.id > $8 AND " SEEN(L) " ORDER BY a.event_id, a.id LIMIT $9"
#define OBJ(L) HEAD "a.object_id " L("$8") " AND " SEEN(L) " ORDER BY a.object_id, a.id"
	static const struct sql all = SQL_BOTH(ALL), outside = SQL_BOTH(OUT), objects = SQL_BOTH(OBJ);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, r->objects ? &objects : r->outside ? &outside : &all, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, r->event_id);
	bind_i64(&q, 6, r->deleted == DELETED_ONLY);
	bind_i64(&q, 7, r->deleted != DELETED_NO);
	if (r->objects) {
		bind_i64s(&q, 8, r->objects, r->object_n);
		return collect(cx, &q, SIZE_MAX, out, n);
	}
	bind_i64(&q, 8, r->after);
	bind_i64(&q, 9, (int64_t)r->limit);
	return collect(cx, &q, r->limit, out, n);
}

enum rc attr_orphans(struct ctx *cx, size_t limit, struct attr **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " ATTR_COLS("a") " FROM attribute a LEFT JOIN object o ON o.event_id = a.event_id AND o.id = a.object_id "
					"WHERE a.object_id > 0 AND a.deleted = 0 AND o.id IS NULL ORDER BY a.event_id, a.id LIMIT $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, (int64_t)limit);
	return collect(cx, &q, limit, out, n);
}

enum rc attr_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct attr *out)
{
#define ONE(L) "SELECT " ATTR_COLS("a") " FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.id = $5 AND " VISIBLE_EVENT("e", L) " AND " \
	VISIBLE_ATTR("a", "e", L)
#define KEY(L) "SELECT " ATTR_COLS("a") " FROM attribute a JOIN event e ON e.id = a.event_id WHERE a.event_id = $6 AND a.id = $5 AND " \
	VISIBLE_EVENT("e", L) " AND " VISIBLE_ATTR("a", "e", L)
	static const struct sql by_id = SQL_BOTH(ONE), by_key = SQL_BOTH(KEY);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t event_id = 0, id = k->id;
	enum rc rc;

	if (!id) {
		TRY(element_find(cx, &k->uuid, KIND_ATTRIBUTE, &event_id, &id));
		if (!event_id)
			return fail(cx, RC_NOTFOUND, "Invalid attribute");
	}
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, event_id ? &by_key : &by_id, &q));
	bind_scope(&q, sc);
	bind_i64(&q, 5, id);
	if (event_id)
		bind_i64(&q, 6, event_id);
	rc = stmt_row(cx, &q);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid attribute");
	TRY(rc);
	attr_of_row(cx, &q, out);
	return RC_OK;
}

enum rc element_find(struct ctx *cx, const struct uuid *u, int kind, int64_t *event_id, int64_t *id)
{
	static const struct sql Q = SQL("SELECT event_id, id FROM element_uuid WHERE uuid = $1 AND kind = $2");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_uuid(&q, 1, u);
	bind_i64(&q, 2, kind);
	rc = stmt_row(cx, &q);
	*event_id = rc == RC_OK ? col_i64(&q, 0) : 0;
	*id = rc == RC_OK ? col_i64(&q, 1) : 0;
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc element_add(struct ctx *cx, const struct uuid *u, int kind, int64_t event_id, int64_t id)
{
	static const struct sql Q = SQL("INSERT INTO element_uuid (uuid, kind, event_id, id) VALUES ($1, $2, $3, $4)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_uuid(&q, 1, u);
	bind_i64(&q, 2, kind);
	bind_i64(&q, 3, event_id);
	bind_i64(&q, 4, id);
	return stmt_run(cx, &q);
}

enum rc element_remove(struct ctx *cx, const struct uuid *u, int kind)
{
	static const struct sql Q = SQL("DELETE FROM element_uuid WHERE uuid = $1 AND kind = $2");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_uuid(&q, 1, u);
	bind_i64(&q, 2, kind);
	return stmt_run(cx, &q);
}

static int state_of(const struct attr *a, int half)
{
	const struct attr_type *t = a->type;

	if (a->deleted)
		return STATE_DELETED;
	if (half == HALF_WHOLE || t->corr == CORR_NEVER || (half == HALF_SECOND && t->corr != CORR_BOTH))
		return STATE_LOOKUP;
	return STATE_CORRELATES;
}

size_t attr_digests(struct ctx *cx, const struct attr *a, struct attr_digest *out)
{
	size_t n = 0;
	struct str parts[3] = { a->value1, a->value2, { 0 } };

	if (a->value2.n)
		parts[2] = str_fmt(cx->mem, "%.*s|%.*s", STR(a->value1), STR(a->value2));
	for (int half = 0; half < 3; half++) {
		if (parts[half].n == 0)
			continue;
		out[n].folded = value_fold(cx->mem, parts[half]);
		out[n].digest = store_digest_folded(cx->st, out[n].folded);
		out[n].half = half;
		out[n].state = state_of(a, half);
		n++;
	}
	return n;
}

bool attr_ssdeep(const struct attr *a, struct ssdeep *out)
{
	if (str_eq(a->type->name, S("ssdeep")))
		return ssdeep_parse(a->value1, out);
	return str_eq(a->type->name, S("filename|ssdeep")) && ssdeep_parse(a->value2, out);
}

size_t attr_pieces(struct ctx *cx, const struct attr *a, struct attr_digest *out)
{
	struct ssdeep_piece pieces[SSDEEP_PIECES_MAX];
	struct ssdeep h;
	size_t n;

	if (!attr_ssdeep(a, &h))
		return 0;
	n = ssdeep_pieces(&h, pieces);
	for (size_t i = 0; i < n; i++) {
		char text[48];
		int len = snprintf(text, sizeof(text), "ssdeep:%llu:%.*s", (unsigned long long)pieces[i].block, STR(pieces[i].text));

		out[i] = (struct attr_digest){ .digest = store_digest_folded(cx->st, str_n(text, (size_t)len)), .half = HALF_PIECE,
					       .state = a->deleted ? STATE_DELETED : STATE_CORRELATES };
	}
	return n;
}

size_t attr_index_rows(struct ctx *cx, const struct attr *a, struct attr_digest *out)
{
	size_t n = attr_digests(cx, a, out);

	return n + attr_pieces(cx, a, out + n);
}
