/* object_template.c - rows of object_template, object_template_element, object_relationship. */
#include "store/object_template.h"

#include "base/json.h"
#include "base/seek.h"

#define COLS \
	"x.id, x.uuid, x.version, x.name, x.meta_category, x.description, x.required, x.required_one_of, x.user_id, x.org_id, x.fixed, x.active, o.uuid, " \
	"o.name, u.email, "
#define FROM " FROM object_template x LEFT JOIN org o ON o.id = x.org_id LEFT JOIN users u ON u.id = x.user_id "

/* a JSON array of texts that this room wrote */
static enum rc names_of(struct ctx *cx, struct str json, struct str **out, size_t *n)
{
	size_t cap = 0;
	struct jr r;

	*out = NULL;
	*n = 0;
	jr_init(&r, cx, json, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
		(*out)[(*n)++] = str_dup(cx->mem, jr_text(&r));
	}
	return jr_end(&r);
}

static struct str names_json(struct ctx *cx, const struct str *v, size_t n)
{
	struct buf b;
	struct str s;
	struct jw w;

	buf_init(&b, 16 << 20);
	jw_init(&w, &b, false);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		jw_str(&w, v[i]);
	jw_arr_end(&w);
	s = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return s;
}

static enum rc row(struct ctx *cx, struct stmt *q, struct template_row *r)
{
	struct str required = col_text_dup(cx, q, 6), one_of = col_text_dup(cx, q, 7);

	*r = (struct template_row){
		.t = { .id = col_i64(q, 0), .version = col_i64(q, 2), .name = col_text_dup(cx, q, 3), .meta_category = col_text_dup(cx, q, 4),
		       .description = col_text_dup(cx, q, 5), .user_id = col_i64(q, 8), .org_id = col_i64(q, 9), .fixed = col_i64(q, 10),
		       .active = col_i64(q, 11), .definition = col_null(q, 15) ? (struct str){ 0 } : col_text_dup(cx, q, 15) },
		.org_name = col_null(q, 13) ? (struct str){ 0 } : col_text_dup(cx, q, 13),
		.email = col_null(q, 14) ? (struct str){ 0 } : col_text_dup(cx, q, 14),
	};
	col_uuid(q, 1, &r->t.uuid);
	col_uuid(q, 12, &r->org_uuid);
	TRY(names_of(cx, required, &r->t.required, &r->t.required_n));
	return names_of(cx, one_of, &r->t.one_of, &r->t.one_of_n);
}

enum rc template_list(struct ctx *cx, bool all, struct template_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS "NULL" FROM "WHERE x.active = 1 OR $1 = 1 ORDER BY x.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc bad = RC_OK;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, all);
	TRY(STMT_ALL(cx, &q, out, n, enum rc rc1 = row(cx, &q, e); bad = bad == RC_OK ? rc1 : bad));
	return bad;
}

static void element_row(struct ctx *cx, struct stmt *q, int at, struct template_element *e)
{
	*e = (struct template_element){
		.id = col_i64(q, at),
		.relation = col_text_dup(cx, q, at + 1),
		.type = col_text_dup(cx, q, at + 2),
		.ui_priority = col_i64(q, at + 3),
		.categories = col_text_dup(cx, q, at + 4),
		.sane_default = col_text_dup(cx, q, at + 5),
		.values_list = col_text_dup(cx, q, at + 6),
		.description = col_text_dup(cx, q, at + 7),
		.disable_correlation = col_null(q, at + 8) ? TRI_UNSET : col_i64(q, at + 8) ? TRI_YES : TRI_NO,
		.to_ids = col_null(q, at + 9) ? TRI_UNSET : col_i64(q, at + 9) ? TRI_YES : TRI_NO,
		.multiple = col_i64(q, at + 10),
	};
}
#define E_COLS \
	"y.id, y.relation, y.type, y.ui_priority, y.categories, y.sane_default, y.values_list, y.description, y.disable_correlation, y.to_ids, " \
	"y.multiple"

static enum rc elements(struct ctx *cx, struct conn *c, struct object_template *t)
{
	static const struct sql Q = SQL("SELECT " E_COLS " FROM object_template_element y WHERE y.template_id = $1 ORDER BY y.id");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, c, &Q, &q));
	bind_i64(&q, 1, t->id);
	return STMT_ALL(cx, &q, &t->elements, &t->element_n, element_row(cx, &q, 0, e));
}

static enum rc one(struct ctx *cx, const struct sql *sql, int64_t id, const struct uuid *u, struct str name, struct template_row *out)
{
	SCOPED(lease_done) struct lease l = { 0 };
	enum rc rc;

	TRY(lease_take(cx, &l));
	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, l.c, sql, &q));
		if (u)
			bind_uuid(&q, 1, u);
		else if (name.p)
			bind_text(&q, 1, name);
		else
			bind_i64(&q, 1, id);
		bind_i64(&q, 2, id);
		rc = stmt_row(cx, &q);
		if (rc != RC_OK)
			return rc;
		TRY(row(cx, &q, out));
	}
	return elements(cx, l.c, &out->t);
}

enum rc template_load(struct ctx *cx, int64_t id, struct template_row *out)
{
	static const struct sql Q = SQL("SELECT " COLS "x.definition" FROM "WHERE x.id = $1");

	return one(cx, &Q, id, NULL, (struct str){ 0 }, out);
}

enum rc template_find(struct ctx *cx, const struct uuid *u, int64_t version, struct template_row *out)
{
	static const struct sql any = SQL("SELECT " COLS "x.definition" FROM "WHERE x.uuid = $1 ORDER BY x.version DESC LIMIT 1");
	static const struct sql exact = SQL("SELECT " COLS "x.definition" FROM "WHERE x.uuid = $1 AND x.version = $2");

	return one(cx, version < 0 ? &any : &exact, version, u, (struct str){ 0 }, out);
}

enum rc template_named(struct ctx *cx, struct str name, struct template_row *out)
{
	static const struct sql Q = SQL("SELECT " COLS "x.definition" FROM "WHERE x.name = $1 ORDER BY x.active DESC, x.version DESC, x.id DESC LIMIT 1");

	return one(cx, &Q, 0, NULL, name.p ? name : S(""), out);
}

enum rc template_list_of_types(struct ctx *cx, const struct str *types, size_t type_n, struct object_template **out, size_t *n)
{
	static const struct sql ids = SQL("SELECT DISTINCT x.id FROM object_template_element y JOIN object_template x ON x.id = y.template_id "
					  "WHERE y.type = $1 AND x.active = 1");
	SCOPED(lease_done) struct lease l = { 0 };
	struct object_template *v = NULL;
	struct template_row *rows;
	size_t row_n, cap = 0;
	bool *wanted;

	*n = 0;
	TRY(template_list(cx, false, &rows, &row_n));
	wanted = arena_zalloc(cx->mem, row_n + 1);
	TRY(lease_take(cx, &l));
	for (size_t i = 0; i < type_n; i++) {
		SCOPED(stmt_done) struct stmt q = STMT_INIT;
		enum rc rc;

		TRY(stmt_open(cx, l.c, &ids, &q));
		bind_text(&q, 1, types[i].p ? types[i] : S(""));
		while ((rc = stmt_row(cx, &q)) == RC_OK) {
			size_t at = FIND(rows, row_n, t.id, col_i64(&q, 0));

			if (at < row_n)
				wanted[at] = true;
		}
		if (rc != RC_DONE)
			return rc;
	}
	for (size_t i = 0; i < row_n; i++) {
		if (!wanted[i])
			continue;
		TRY(elements(cx, l.c, &rows[i].t));
		v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
		v[(*n)++] = rows[i].t;
	}
	*out = v;
	return RC_OK;
}

/* ---- writing ---- */

static enum rc run2(struct ctx *cx, const struct sql *sql, int64_t a, int64_t b)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, sql, &q));
	bind_i64(&q, 1, a);
	bind_i64(&q, 2, b);
	return stmt_run(cx, &q);
}

static enum rc others_off(struct ctx *cx, const struct object_template *t)
{
	static const struct sql Q = SQL("UPDATE object_template SET active = 0 WHERE uuid = $1 AND id <> $2 AND active = 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_uuid(&q, 1, &t->uuid);
	bind_i64(&q, 2, t->id);
	return stmt_run(cx, &q);
}

static void bulk_tri(struct bulk *b, enum tri v)
{
	if (v == TRI_UNSET)
		bulk_null(b);
	else
		bulk_i64(b, v == TRI_YES);
}

static enum rc put_elements(struct ctx *cx, const struct object_template *t)
{
	static const struct bulk_table T = { "object_template_element",
					     "template_id, id, relation, type, ui_priority, categories, sane_default, values_list, description, "
					     "disable_correlation, to_ids, multiple", "iittittttsss", 12 };
	SCOPED(bulk_drop) struct bulk *b = NULL;

	TRY(bulk_open(cx, cx->conn, &T, &b));
	for (size_t i = 0; i < t->element_n; i++) {
		const struct template_element *e = &t->elements[i];

		bulk_i64(b, t->id);
		bulk_i64(b, e->id);
		bulk_text(b, e->relation);
		bulk_text(b, e->type);
		bulk_i64(b, e->ui_priority);
		bulk_text(b, e->categories);
		bulk_text(b, e->sane_default);
		bulk_text(b, e->values_list);
		bulk_text(b, e->description);
		bulk_tri(b, e->disable_correlation);
		bulk_tri(b, e->to_ids);
		bulk_i64(b, e->multiple);
		TRY(bulk_row(cx, b));
	}
	return bulk_end(cx, &b);
}

enum rc template_put(struct ctx *cx, struct object_template *t)
{
	static const struct sql insert =
		SQL("INSERT INTO object_template (id, uuid, version, name, meta_category, description, required, required_one_of, user_id, org_id, fixed, active, "
		    "definition) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
	static const struct sql update =
		SQL("UPDATE object_template SET uuid = $2, version = $3, name = $4, meta_category = $5, description = $6, required = $7, required_one_of = $8, "
		    "user_id = $9, org_id = $10, fixed = $11, active = $12, definition = $13 WHERE id = $1");
	static const struct sql clear = SQL("DELETE FROM object_template_element WHERE template_id = $1");
	bool known = t->id != 0;

	if (known)
		TRY(run2(cx, &clear, t->id, 0));
	else
		TRY(id_next(cx, "object_template", &t->id));
	{
		SCOPED(stmt_done) struct stmt q = STMT_INIT;

		TRY(stmt_open(cx, cx->conn, known ? &update : &insert, &q));
		bind_i64(&q, 1, t->id);
		bind_uuid(&q, 2, &t->uuid);
		bind_i64(&q, 3, t->version);
		bind_text(&q, 4, t->name);
		bind_text(&q, 5, t->meta_category);
		bind_text(&q, 6, t->description);
		bind_text(&q, 7, names_json(cx, t->required, t->required_n));
		bind_text(&q, 8, names_json(cx, t->one_of, t->one_of_n));
		bind_i64(&q, 9, t->user_id);
		bind_i64(&q, 10, t->org_id);
		bind_i64(&q, 11, t->fixed);
		bind_i64(&q, 12, t->active);
		bind_text(&q, 13, t->definition);
		TRY(stmt_run(cx, &q));
	}
	if (t->active)
		TRY(others_off(cx, t));
	return put_elements(cx, t);
}

enum rc template_set_active(struct ctx *cx, const struct object_template *t, bool active)
{
	static const struct sql Q = SQL("UPDATE object_template SET active = $2 WHERE id = $1");

	TRY(run2(cx, &Q, t->id, active));
	return active ? others_off(cx, t) : RC_OK;
}

enum rc template_delete(struct ctx *cx, int64_t id)
{
	static const struct sql list[] = { SQL("DELETE FROM object_template_element WHERE template_id = $1"), SQL("DELETE FROM object_template WHERE id = $1") };

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		TRY(run2(cx, &list[i], id, 0));
	return RC_OK;
}

/* ---- names of references ---- */

enum rc relationship_list(struct ctx *cx, struct relationship **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT id, version, name, description, format FROM object_relationship ORDER BY name");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	return STMT_ALL(cx, &q, out, n,
			*e = (struct relationship){ col_i64(&q, 0), col_i64(&q, 1), col_text_dup(cx, &q, 2), col_text_dup(cx, &q, 3), col_text_dup(cx, &q, 4) });
}

enum rc relationship_put(struct ctx *cx, const struct relationship *r)
{
	static const struct sql Q = SQL("INSERT INTO object_relationship (id, name, version, description, format) VALUES ($1, $2, $3, $4, $5) "
					"ON CONFLICT (name) DO UPDATE SET version = excluded.version, description = excluded.description, format = excluded.format");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t id;

	TRY(id_next(cx, "object_relationship", &id));
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	bind_text(&q, 2, r->name);
	bind_i64(&q, 3, r->version);
	bind_text(&q, 4, r->description);
	bind_text(&q, 5, r->format);
	return stmt_run(cx, &q);
}

enum rc relationship_drop_older(struct ctx *cx, int64_t version)
{
	static const struct sql Q = SQL("DELETE FROM object_relationship WHERE version < $1");

	return run2(cx, &Q, version, 0);
}
