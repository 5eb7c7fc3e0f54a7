/* taxonomy.c - rows of taxonomy, taxonomy_predicate, taxonomy_tag. */
#include "store/taxonomy.h"

#include "model/value.h"
#include "store/decay.h"
#include "store/tag.h"

#define COLS "x.id, x.namespace, x.description, x.version, x.enabled, x.exclusive, x.required, x.highlighted"

static void row(struct ctx *cx, struct stmt *q, struct taxonomy *t)
{
	*t = (struct taxonomy){
		.id = col_i64(q, 0),
		.namespace = col_text_dup(cx, q, 1),
		.description = col_text_dup(cx, q, 2),
		.version = col_i64(q, 3),
		.enabled = col_i64(q, 4),
		.exclusive = col_i64(q, 5),
		.required = col_i64(q, 6),
		.highlighted = col_i64(q, 7),
	};
}

enum rc taxonomy_list(struct ctx *cx, bool counts, struct taxonomy_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS ", 0, 0 FROM taxonomy x ORDER BY x.id");
	static const struct sql C =
		SQL("SELECT " COLS ", (SELECT count(*) FROM taxonomy_tag y WHERE y.taxonomy_id = x.id), (SELECT count(*) FROM taxonomy_tag y JOIN tag t ON "
		    "t.name_fold = y.name_fold WHERE y.taxonomy_id = x.id) FROM taxonomy x ORDER BY x.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, counts ? &C : &Q, &q));
	return STMT_ALL(cx, &q, out, n, row(cx, &q, &e->t); e->total = col_i64(&q, 8); e->current = col_i64(&q, 9));
}

enum rc taxonomy_load(struct ctx *cx, int64_t id, struct str namespace, struct taxonomy *out)
{
	static const struct sql by_id = SQL("SELECT " COLS " FROM taxonomy x WHERE x.id = $1"), by_name = SQL("SELECT " COLS " FROM taxonomy x WHERE x.namespace_fold = $1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, namespace.n ? &by_name : &by_id, &q));
	if (namespace.n)
		bind_text(&q, 1, value_fold(cx->mem, namespace));
	else
		bind_i64(&q, 1, id);
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		row(cx, &q, out);
	return rc;
}

enum rc taxonomy_predicates(struct ctx *cx, int64_t id, struct taxonomy_predicate **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT value, expanded, description, colour, exclusive, numerical_value FROM taxonomy_predicate WHERE taxonomy_id = $1 ORDER BY id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	return STMT_ALL(cx, &q, out, n,
			*e = (struct taxonomy_predicate){ col_text_dup(cx, &q, 0), col_text_dup(cx, &q, 1), col_text_dup(cx, &q, 2), col_text_dup(cx, &q, 3),
								 col_i64(&q, 4), !col_null(&q, 5), col_i64(&q, 5) });
}

static void tag_row(struct ctx *cx, struct stmt *q, struct taxonomy_tag_row *r)
{
	*r = (struct taxonomy_tag_row){
		.t = { .predicate = (size_t)col_i64(q, 0) - 1, .value = col_text_dup(cx, q, 1), .expanded = col_text_dup(cx, q, 2),
		       .description = col_text_dup(cx, q, 3), .colour = col_text_dup(cx, q, 4), .has_numerical = !col_null(q, 5), .numerical = col_i64(q, 5),
		       .name = col_text_dup(cx, q, 6) },
		.exists = !col_null(q, 7),
	};
	if (r->exists)
		tag_of_row(cx, q, 7, &r->tag);
}

enum rc taxonomy_tags(struct ctx *cx, int64_t id, struct taxonomy_tag_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT y.predicate_id, y.value, y.expanded, y.description, y.colour, y.numerical_value, y.name, " TAG_COLS
					" FROM taxonomy_tag y LEFT JOIN tag t ON t.name_fold = y.name_fold WHERE y.taxonomy_id = $1 ORDER BY y.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, id);
	return STMT_ALL(cx, &q, out, n, tag_row(cx, &q, e));
}

static enum rc run_on(struct ctx *cx, const struct sql *s, int64_t id)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, id);
	return stmt_run(cx, &q);
}

static enum rc write_head(struct ctx *cx, const struct sql *s, const struct taxonomy *t)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, s, &q));
	bind_i64(&q, 1, t->id);
	bind_text(&q, 2, t->namespace);
	bind_text(&q, 3, value_fold(cx->mem, t->namespace));
	bind_text(&q, 4, t->description);
	bind_i64(&q, 5, t->version);
	bind_i64(&q, 6, t->enabled);
	bind_i64(&q, 7, t->exclusive);
	bind_i64(&q, 8, t->required);
	bind_i64(&q, 9, t->highlighted);
	TRY(stmt_run(cx, &q));
	return data_version_bump(cx, "taxonomy");
}

enum rc taxonomy_update(struct ctx *cx, const struct taxonomy *t)
{
	static const struct sql Q = SQL("UPDATE taxonomy SET namespace = $2, namespace_fold = $3, description = $4, version = $5, enabled = $6, exclusive = $7, "
					"required = $8, highlighted = $9 WHERE id = $1");

	return write_head(cx, &Q, t);
}

static void put_number(struct bulk *b, bool has, int64_t v)
{
	if (has)
		bulk_i64(b, v);
	else
		bulk_null(b);
}

static enum rc put_predicates(struct ctx *cx, int64_t id, const struct taxonomy_predicate *p, size_t n)
{
	static const struct bulk_table T = { "taxonomy_predicate", "taxonomy_id, id, value, expanded, description, colour, exclusive, numerical_value", "iittttsi", 8 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < n; i++) {
		bulk_i64(b, id);
		bulk_i64(b, (int64_t)i + 1);
		bulk_text(b, p[i].value);
		bulk_text(b, p[i].expanded);
		bulk_text(b, p[i].description);
		bulk_text(b, p[i].colour);
		bulk_i64(b, p[i].exclusive);
		put_number(b, p[i].has_numerical, p[i].numerical);
		TRY(bulk_row(cx, b));
	}
	return bulk_end(cx, &b);
}

static enum rc put_tags(struct ctx *cx, int64_t id, const struct taxonomy_tag *t, size_t n)
{
	static const struct bulk_table T = { "taxonomy_tag", "taxonomy_id, id, predicate_id, value, expanded, description, colour, numerical_value, name, name_fold",
					     "iiittttitt", 10 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < n; i++) {
		bulk_i64(b, id);
		bulk_i64(b, (int64_t)i + 1);
		bulk_i64(b, (int64_t)t[i].predicate + 1);
		if (t[i].value.p)
			bulk_text(b, t[i].value);
		else
			bulk_null(b);
		bulk_text(b, t[i].expanded);
		bulk_text(b, t[i].description);
		bulk_text(b, t[i].colour);
		put_number(b, t[i].has_numerical, t[i].numerical);
		bulk_text(b, t[i].name);
		bulk_text(b, value_fold(cx->mem, t[i].name));
		TRY(bulk_row(cx, b));
	}
	return bulk_end(cx, &b);
}

enum rc taxonomy_put(struct ctx *cx, struct taxonomy *t, const struct taxonomy_predicate *p, size_t p_n, const struct taxonomy_tag *tags, size_t tag_n)
{
	static const struct sql insert = SQL("INSERT INTO taxonomy (id, namespace, namespace_fold, description, version, enabled, exclusive, required, highlighted) "
					     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
	static const struct sql clear[] = { SQL("DELETE FROM taxonomy_tag WHERE taxonomy_id = $1"), SQL("DELETE FROM taxonomy_predicate WHERE taxonomy_id = $1") };
	/* tags that are here already take their number over */
	static const struct sql numbers =
		SQL("UPDATE tag SET numerical_value = (SELECT min(y.numerical_value) FROM taxonomy_tag y WHERE y.taxonomy_id = $1 AND y.name_fold = tag.name_fold) "
		    "WHERE name_fold IN (SELECT z.name_fold FROM taxonomy_tag z WHERE z.taxonomy_id = $1 AND z.numerical_value IS NOT NULL)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	if (t->id) {
		TRY(run_on(cx, &clear[0], t->id));
		TRY(run_on(cx, &clear[1], t->id));
		TRY(taxonomy_update(cx, t));
	} else {
		TRY(id_next(cx, "taxonomy", &t->id));
		TRY(write_head(cx, &insert, t));
	}
	TRY(put_predicates(cx, t->id, p, p_n));
	TRY(put_tags(cx, t->id, tags, tag_n));
	TRY(stmt_open(cx, cx->conn, &numbers, &q));
	bind_i64(&q, 1, t->id);
	TRY(stmt_run(cx, &q));
	if (!q.changes)
		return RC_OK;
	TRY(decay_refill_all(cx));
	return data_version_bump(cx, "tag");
}

enum rc taxonomy_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = {
		SQL("DELETE FROM taxonomy_tag WHERE taxonomy_id = $1"),
		SQL("DELETE FROM taxonomy_predicate WHERE taxonomy_id = $1"),
		SQL("DELETE FROM taxonomy WHERE id = $1"),
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		TRY(run_on(cx, &list[i], id));
	return data_version_bump(cx, "taxonomy");
}

enum rc taxonomy_find(struct ctx *cx, struct str name, struct taxonomy_word *out)
{
	static const struct sql Q =
		SQL("SELECT y.colour, y.numerical_value, x.enabled * (x.exclusive + p.exclusive) FROM taxonomy_tag y JOIN taxonomy x ON x.id = y.taxonomy_id JOIN "
		    "taxonomy_predicate p ON p.taxonomy_id = y.taxonomy_id AND p.id = y.predicate_id WHERE y.name_fold = $1 ORDER BY y.taxonomy_id, y.id LIMIT 1");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	if (str_chr(name, ':') == STR_NONE)
		return RC_DONE;
	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_text(&q, 1, value_fold(cx->mem, name));
	rc = stmt_row(cx, &q);
	if (rc == RC_OK)
		*out = (struct taxonomy_word){ col_text_dup(cx, &q, 0), !col_null(&q, 1), col_i64(&q, 1), col_i64(&q, 2) > 0 };
	return rc;
}

enum rc taxonomy_missing(struct ctx *cx, int64_t event_id, struct str **out, size_t *n)
{
	static const struct sql Q =
		SQL("SELECT x.namespace FROM taxonomy x WHERE x.enabled = 1 AND x.required = 1 AND NOT EXISTS (SELECT 1 FROM event_tag b JOIN tag t ON t.id = b.tag_id "
		    "WHERE b.event_id = $1 AND substr(t.name_fold, 1, length(x.namespace_fold) + 1) = x.namespace_fold || ':') ORDER BY x.namespace");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, event_id);
	return STMT_ALL(cx, &q, out, n, *e = col_text_dup(cx, &q, 0));
}
