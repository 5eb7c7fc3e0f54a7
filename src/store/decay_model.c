/* decay_model.c - see decay_model.h. */
#include "store/decay_model.h"

#define COLS \
	"d.id, d.uuid, d.name, d.description, d.formula, d.parameters, d.attribute_types, d.ref, d.version, d.org_id, d.enabled, d.all_orgs, d.is_default, " \
	"d.generation, d.filled"

static enum rc row(struct ctx *cx, struct stmt *q, struct decay_row *d)
{
	*d = (struct decay_row){
		.m = { .id = col_i64(q, 0), .name = col_text_dup(cx, q, 2) },
		.description = col_text_dup(cx, q, 3),
		.parameters = col_text_dup(cx, q, 5),
		.attribute_types = col_text_dup(cx, q, 6),
		.ref = col_text_dup(cx, q, 7),
		.version = col_text_dup(cx, q, 8),
		.org_id = col_i64(q, 9),
		.enabled = col_i64(q, 10),
		.all_orgs = col_i64(q, 11),
		.is_default = col_i64(q, 12),
		.generation = col_i64(q, 13),
		.filled = col_i64(q, 14),
	};
	col_uuid(q, 1, &d->uuid);
	decay_formula_find(col_text(q, 4), &d->m.formula);
	TRY(decay_parameters_read(cx, d->parameters, &d->m));
	return decay_types_read(cx, d->attribute_types, &d->types);
}

enum rc decay_model_list(struct ctx *cx, bool enabled_only, struct decay_row **out, size_t *n)
{
	static const struct sql Q = SQL("SELECT " COLS " FROM decaying_model d WHERE d.enabled >= $1 ORDER BY d.id");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	bind_i64(&q, 1, enabled_only);
	return STMT_ALL(cx, &q, out, n, TRY(row(cx, &q, e)));
}

enum rc decay_model_load(struct ctx *cx, int64_t id, const struct uuid *u, struct decay_row *out)
{
	static const struct sql by_id = SQL("SELECT " COLS " FROM decaying_model d WHERE d.id = $1");
	static const struct sql by_uuid = SQL("SELECT " COLS " FROM decaying_model d WHERE d.uuid = $1");
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
	return rc == RC_OK ? row(cx, &q, out) : rc;
}

static void bind_model(struct stmt *q, const struct decay_row *d)
{
	bind_i64(q, 1, d->m.id);
	bind_uuid(q, 2, &d->uuid);
	bind_text(q, 3, d->m.name);
	bind_text(q, 4, d->description);
	bind_text(q, 5, decay_formula_name(d->m.formula));
	bind_text(q, 6, d->parameters);
	bind_text(q, 7, d->attribute_types);
	bind_text(q, 8, d->ref);
	bind_text(q, 9, d->version);
	bind_i64(q, 10, d->org_id);
	bind_i64(q, 11, d->enabled);
	bind_i64(q, 12, d->all_orgs);
	bind_i64(q, 13, d->is_default);
	bind_i64(q, 14, d->generation);
}

enum rc decay_model_insert(struct ctx *cx, struct decay_row *d)
{
	static const struct sql Q = SQL("INSERT INTO decaying_model (id, uuid, name, description, formula, parameters, attribute_types, ref, version, org_id, enabled, "
					"all_orgs, is_default, generation, filled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(id_next(cx, "decaying_model", &d->m.id));
	d->generation = 1;
	d->filled = false;
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_model(&q, d);
	return stmt_run(cx, &q);
}

enum rc decay_model_update(struct ctx *cx, struct decay_row *d)
{
	static const struct sql Q = SQL("UPDATE decaying_model SET uuid = $2, name = $3, description = $4, formula = $5, parameters = $6, attribute_types = $7, ref = $8, "
					"version = $9, org_id = $10, enabled = $11, all_orgs = $12, is_default = $13, generation = $14, filled = 0 WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	d->generation++;
	d->filled = false;
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_model(&q, d);
	return stmt_run(cx, &q);
}

enum rc decay_model_delete(struct ctx *cx, int64_t id)
{
	static const struct sql Q = SQL("DELETE FROM decaying_model WHERE id = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_i64(&q, 1, id);
	return stmt_run(cx, &q);
}
