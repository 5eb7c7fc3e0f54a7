/* query_names.c - what a search calls things by, turned into numbers of the store. */
#include "store/query_int.h"
#include "store/tag.h"
#include "store/user.h"

void ids_add(struct arena *a, struct ids *l, int64_t v)
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

enum rc resolve_type(struct ctx *cx, struct str text, struct ids *out)
{
	struct str folded = value_fold(cx->mem, text);

	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++) {
		const struct attr_type *t = attr_type_at(i);

		if (str_eq_nocase(t->name, text) || (wild(text) && value_like(value_fold(cx->mem, t->name), folded)))
			ids_add(cx->mem, out, t->id);
	}
	return RC_OK;
}

enum rc resolve_category(struct ctx *cx, struct str text, struct ids *out)
{
	struct str folded = value_fold(cx->mem, text);

	for (int i = 0; i < CAT_COUNT; i++)
		if (str_eq_nocase(cat_name(i), text) || (wild(text) && value_like(value_fold(cx->mem, cat_name(i)), folded)))
			ids_add(cx->mem, out, i);
	return RC_OK;
}

enum rc resolve_number(struct ctx *cx, struct str text, struct ids *out)
{
	int64_t v;

	if (str_i64(str_trim(text), &v))
		ids_add(cx->mem, out, v);
	return RC_OK;
}

enum rc resolve_org(struct ctx *cx, struct str text, struct ids *out)
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

enum rc resolve_creator(struct ctx *cx, struct str text, struct ids *out)
{
	static const struct sql all = SQL("SELECT id, email_fold FROM users");
	struct user_row u;
	enum rc rc;

	if (wild(text)) {
		SCOPED(lease_done) struct lease l = { 0 };
		SCOPED(stmt_done) struct stmt q = STMT_INIT;
		struct str folded = value_fold(cx->mem, text);

		TRY(lease_take(cx, &l));
		TRY(stmt_open(cx, l.c, &all, &q));
		while ((rc = stmt_row(cx, &q)) == RC_OK)
			if (value_like(col_text(&q, 1), folded))
				ids_add(cx->mem, out, col_i64(&q, 0));
		return rc == RC_DONE ? RC_OK : rc;
	}
	rc = user_by_email(cx, text, &u);
	if (rc == RC_OK)
		ids_add(cx->mem, out, u.u.id);
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc resolve_tag(struct ctx *cx, struct str text, struct ids *out)
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

enum rc resolve_event(struct ctx *cx, struct str text, struct ids *out)
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

enum rc resolve_all(struct ctx *cx, resolve_fn *fn, const struct cond_list *l, struct ids *out)
{
	for (size_t i = 0; i < l->n; i++)
		TRY(fn(cx, l->v[i], out));
	return RC_OK;
}
