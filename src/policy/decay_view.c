/* decay_view.c - see decay_view.h. */
#include "policy/decay_view.h"

#include <string.h>

#include "policy/decay_admin.h"

static void override(const struct decay_ask *ask, struct decay_model *m)
{
	if (ask->has_threshold)
		m->threshold = ask->threshold;
	if (ask->has_lifetime)
		m->lifetime_days = ask->lifetime_days;
	if (ask->has_speed)
		m->speed = ask->speed;
}

static bool asked_for(const struct decay_ask *ask, int64_t id)
{
	for (size_t i = 0; i < ask->model_n; i++)
		if (ask->models[i] == id)
			return true;
	return false;
}

static void make_filter(struct ctx *cx, struct decay_view *v)
{
	int64_t *models = arena_many(cx->mem, v->n + 1, int64_t), *types = arena_many(cx->mem, ATTR_TYPE_COUNT, int64_t);
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		models[i] = v->v[i].m.id;
	for (size_t t = 0; t < ATTR_TYPE_COUNT; t++) {
		int id = attr_type_at(t)->id;
		bool is = false;

		for (size_t i = 0; i < v->n; i++)
			is |= decay_types_has(&v->v[i].types, id);
		if (is)
			types[n++] = id;
	}
	v->filter = (struct decay_filter){ v->now_s, models, types, v->n, n };
}

enum rc decay_view_make(struct ctx *cx, const struct decay_ask *ask, struct decay_view *out)
{
	size_t n, k = 0;
	struct decay_row *v;

	TRY(decay_model_list(cx, ask->model_n == 0, &v, &n));
	*out = (struct decay_view){ .any_type = ask->model_n > 0, .full = ask->full, .now_s = ctx_now_s(cx) };
	out->stored = !out->any_type && !ask->has_threshold && !ask->has_lifetime && !ask->has_speed;
	for (size_t i = 0; i < n; i++) {
		if (!user_may_see_decay_model(cx->who, &v[i]) || (ask->model_n && !asked_for(ask, v[i].m.id)))
			continue;
		override(ask, &v[i].m);
		out->stored &= v[i].filled;
		v[k++] = v[i];
	}
	out->v = v;
	out->n = k;
	make_filter(cx, out);
	return RC_OK;
}

static bool is_for(const struct decay_view *v, size_t i, const struct attr *a)
{
	return v->any_type || decay_types_has(&v->v[i].types, a->type->id);
}

/* Some model is for it, and it has decayed by each. */
static bool decayed(const struct decay_view *v, const struct decay_page *p, const struct attr *a)
{
	struct decay_facts f;
	bool any = false;

	decay_facts_of(p, a, &f);
	for (size_t i = 0; i < v->n; i++) {
		const struct decay_model *m = &v->v[i].m;

		if (!is_for(v, i, a))
			continue;
		any = true;
		if (decay_score(m, &f, decay_base(m, &f), v->now_s) >= m->threshold)
			return false;
	}
	return any;
}

static enum rc sift(void *arg, struct ctx *cx, const struct attr *v, size_t n, bool *drop)
{
	const struct decay_view *view = arg;

	for (size_t i = 0, j; i < n; i = j) {
		struct decay_page p;

		for (j = i + 1; j < n && v[j].event_id == v[i].event_id;)
			j++;
		TRY(decay_page_load(cx, v[i].event_id, v[i].id, v[j - 1].id, &p));
		for (size_t k = i; k < j; k++)
			drop[k] = decayed(view, &p, &v[k]);
	}
	return RC_OK;
}

void decay_view_filter(struct decay_view *v, struct search *s)
{
	if (!v->n)
		return;
	if (v->stored) {
		s->decay = &v->filter;
		return;
	}
	s->sift = sift;
	s->sift_arg = v;
}

void decay_model_members(struct jw *w, const struct decay_row *d, int editable)
{
	jw_kid(w, "id", d->m.id);
	jw_kuuid(w, "uuid", &d->uuid);
	jw_kstr(w, "name", d->m.name);
	jw_key(w, "parameters");
	decay_parameters_write(w, &d->m);
	jw_key(w, "attribute_types");
	jw_raw(w, d->attribute_types);
	jw_kstr(w, "description", d->description);
	jw_kid(w, "org_id", d->org_id);
	jw_kbool(w, "enabled", d->enabled);
	jw_kbool(w, "all_orgs", d->all_orgs);
	jw_key(w, "ref");
	jw_raw(w, d->ref);
	jw_kstr(w, "formula", decay_formula_name(d->m.formula));
	jw_kstr(w, "version", d->version);
	jw_kbool(w, "default", d->is_default);
	if (editable >= 0)
		jw_kbool(w, "isEditable", editable);
}

void decay_view_write(const struct decay_view *v, const struct decay_page *p, struct jw *w, const struct attr *a)
{
	struct decay_facts f;
	bool open = false;

	decay_facts_of(p, a, &f);
	for (size_t i = 0; i < v->n; i++) {
		const struct decay_model *m = &v->v[i].m;
		double base, score;

		if (!is_for(v, i, a))
			continue;
		if (!open) {
			jw_key(w, "decay_score");
			jw_arr(w);
			open = true;
		}
		base = decay_base(m, &f);
		score = decay_score(m, &f, base, v->now_s);
		jw_obj(w);
		jw_key(w, "score");
		jw_double(w, score);
		jw_key(w, "base_score");
		jw_double(w, base);
		jw_kbool(w, "decayed", score < m->threshold);
		jw_key(w, "DecayingModel");
		jw_obj(w);
		if (v->full) {
			decay_model_members(w, &v->v[i], -1);
		} else {
			jw_kid(w, "id", m->id);
			jw_kstr(w, "name", m->name);
		}
		jw_obj_end(w);
		jw_obj_end(w);
	}
	if (open)
		jw_arr_end(w);
}
