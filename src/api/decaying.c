/* decaying.c - decaying models: listing, making, switching; the course of one attribute's score. */
#include "api/decaying.h"

#include <stdlib.h>

#include "api/form.h"
#include "base/clock.h"
#include "policy/decay_admin.h"
#include "store/sighting.h"

static void write_model(struct ctx *cx, struct jw *w, const struct decay_row *d, bool editable)
{
	jw_key(w, "DecayingModel");
	jw_obj(w);
	decay_model_members(w, d, editable ? user_may_edit_decay_model(cx->who, d) : -1);
	jw_obj_end(w);
}

/* MISP's rows of the mapping: what a model made here was linked to */
static void write_mapping(struct ctx *cx, struct jw *w, const struct decay_row *d)
{
	int64_t n = 0;
	struct jr r;

	jw_key(w, "DecayingModelMapping");
	jw_arr(w);
	jr_init(&r, cx, d->attribute_types, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		struct str type = jr_text(&r);

		if (d->is_default)
			continue;
		jw_obj(w);
		jw_kid(w, "id", ++n);
		jw_kstr(w, "attribute_type", type);
		jw_kid(w, "model_id", d->m.id);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

static enum rc list(struct req *rq, struct resp *rs, bool editable)
{
	struct ctx *cx = rq->cx;
	struct decay_row *v;
	struct params p;
	struct jw w;
	bool mine, defaults, all;
	int64_t found = 0;
	size_t n;

	TRY(api_params(rq, &p));
	mine = param_bool(&p, "my_models", false);
	defaults = param_bool(&p, "default_models", false);
	all = param_bool(&p, "all_orgs", false);
	TRY(decay_model_list(cx, false, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (!user_may_see_decay_model(cx->who, &v[i]) || (mine && v[i].org_id != cx->who->org_id) || (defaults && !v[i].is_default) || (all && !v[i].all_orgs))
			continue;
		found++;
		jw_obj(&w);
		write_model(cx, &w, &v[i], editable);
		if (!editable)
			write_mapping(cx, &w, &v[i]);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	api_count(rq, rs, found);
	return RC_OK;
}

enum rc decaying_index(struct req *rq, struct resp *rs)
{
	return list(rq, rs, false);
}

enum rc decaying_all(struct req *rq, struct resp *rs)
{
	return list(rq, rs, true);
}

static enum rc load(struct req *rq, size_t var, struct decay_row *d)
{
	int64_t id;

	return decay_model_visible(rq->cx, str_i64(req_var(rq, var), &id) ? id : 0, d);
}

enum rc decaying_view(struct req *rq, struct resp *rs)
{
	struct decay_row d;
	struct jw w;

	TRY(load(rq, 0, &d));
	w = api_json(rq, rs);
	jw_obj(&w);
	write_model(rq->cx, &w, &d, true);
	write_mapping(rq->cx, &w, &d);
	jw_obj_end(&w);
	return RC_OK;
}

/* What import takes: without what belongs to this instance. */
enum rc decaying_export(struct req *rq, struct resp *rs)
{
	struct decay_row d;
	struct jw w;

	TRY(load(rq, 0, &d));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "DecayingModel");
	jw_obj(&w);
	jw_kstr(&w, "name", d.m.name);
	jw_key(&w, "parameters");
	decay_parameters_write(&w, &d.m);
	jw_key(&w, "attribute_types");
	jw_raw(&w, d.attribute_types);
	jw_kstr(&w, "description", d.description);
	jw_kbool(&w, "enabled", d.enabled);
	jw_kbool(&w, "all_orgs", d.all_orgs);
	jw_key(&w, "ref");
	jw_raw(&w, d.ref);
	jw_kstr(&w, "formula", decay_formula_name(d.m.formula));
	jw_kstr(&w, "version", d.version);
	jw_kbool(&w, "default", d.is_default);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

static const struct form_field fields[] = {
	{ "name", offsetof(struct decay_form, name) },
	{ "description", offsetof(struct decay_form, description) },
	{ "formula", offsetof(struct decay_form, formula) },
	{ "parameters", offsetof(struct decay_form, parameters) },
	{ "attribute_types", offsetof(struct decay_form, attribute_types) },
	{ "ref", offsetof(struct decay_form, ref) },
	{ "version", offsetof(struct decay_form, version) },
	{ "all_orgs", offsetof(struct decay_form, all_orgs) },
	{ "enabled", offsetof(struct decay_form, enabled) },
};

static void saved(struct req *rq, struct resp *rs, const struct decay_row *d, const char *action)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "data");
	jw_obj(&w);
	write_model(rq->cx, &w, d, true);
	write_mapping(rq->cx, &w, d);
	jw_obj_end(&w);
	jw_kstr(&w, "action", str_c(action));
	jw_obj_end(&w);
}

static void wake(struct req *rq)
{
	const struct api_options *o = api_opts(rq);

	if (o->wake)
		o->wake(o->wake_arg);
}

static enum rc add(struct req *rq, struct resp *rs, bool import)
{
	struct decay_form f = { 0 };
	struct decay_row d;

	TRY(API_FORM(rq, "DecayingModel", fields, &f));
	if (import)
		f.enabled = (struct str){ 0 };
	api_saving(rq, "Could not add DecayingModel", import ? "/decayingModel/import" : "/decayingModel/add", false);
	TRY(decay_model_add(rq->cx, &f, &d));
	wake(rq);
	saved(rq, rs, &d, import ? "import" : "add");
	return RC_OK;
}

enum rc decaying_add(struct req *rq, struct resp *rs)
{
	return add(rq, rs, false);
}

enum rc decaying_import(struct req *rq, struct resp *rs)
{
	return add(rq, rs, true);
}

enum rc decaying_edit(struct req *rq, struct resp *rs)
{
	struct decay_form f = { 0 };
	struct decay_row d;

	TRY(load(rq, 0, &d));
	TRY(API_FORM(rq, "DecayingModel", fields, &f));
	api_saving(rq, "Could not edit DecayingModel", "/decayingModel/edit", false);
	TRY(decay_model_edit(rq->cx, d.m.id, &f, &d));
	wake(rq);
	saved(rq, rs, &d, "edit");
	return RC_OK;
}

enum rc decaying_delete(struct req *rq, struct resp *rs)
{
	struct decay_row d;

	TRY(load(rq, 0, &d));
	TRY(decay_model_remove(rq->cx, d.m.id));
	wake(rq);
	api_ok(rq, rs, "Decaying Model deleted.", "/decayingModel/delete", d.m.id);
	return RC_OK;
}

static enum rc turn(struct req *rq, struct resp *rs, bool on)
{
	struct str text = on ? S("Decaying model enabled") : S("Decaying model disabled");
	struct decay_row d;
	struct jw w;

	TRY(load(rq, 0, &d));
	TRY(decay_model_switch(rq->cx, d.m.id, on, &d));
	wake(rq);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kbool(&w, "success", true);
	jw_kstr(&w, "name", text);
	jw_kstr(&w, "message", text);
	jw_kstr(&w, "url", str_fmt(rq->cx->mem, "/decayingModel/%s/%lld", on ? "enable" : "disable", (long long)d.m.id));
	jw_key(&w, "data");
	jw_obj(&w);
	write_model(rq->cx, &w, &d, true);
	write_mapping(rq->cx, &w, &d);
	jw_obj_end(&w);
	jw_kid(&w, "id", d.m.id);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc decaying_enable(struct req *rq, struct resp *rs)
{
	return turn(rq, rs, true);
}

enum rc decaying_disable(struct req *rq, struct resp *rs)
{
	return turn(rq, rs, false);
}

enum rc decaying_update(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str library = api_opts(rq)->library;
	struct library_report l = { 0 };

	if (library.n)
		TRY(decay_models_load_library(cx, str_fmt(cx->mem, "%.*s/misp-decaying-models", STR(library)), api_is_true(req_var(rq, 0)), &l));
	if (!l.seen)
		return fail(cx, RC_NOTFOUND, "Models could not be loaded or default decaying models folder is empty");
	wake(rq);
	api_ok(rq, rs, "Default decaying models updated", "/decayingModel/update", 0);
	return RC_OK;
}

/* ---- for which types ---- */

static void write_types(struct req *rq, struct resp *rs, const struct decay_row *d)
{
	struct jw w = api_json(rq, rs);

	jw_raw(&w, d->attribute_types);
}

enum rc decaying_types(struct req *rq, struct resp *rs)
{
	struct decay_row d;

	TRY(load(rq, 0, &d));
	write_types(rq, rs, &d);
	return RC_OK;
}

struct link_form {
	struct str attributetypes;
};

enum rc decaying_link_types(struct req *rq, struct resp *rs)
{
	static const struct form_field link[] = { { "attributetypes", offsetof(struct link_form, attributetypes) },
						  { "attribute_types", offsetof(struct link_form, attributetypes) } };
	struct link_form l = { 0 };
	struct decay_form f = { 0 };
	struct decay_row d;

	TRY(load(rq, 0, &d));
	TRY(API_FORM(rq, "DecayingModelMapping", link, &l));
	if (!l.attributetypes.n)
		return fail(rq->cx, RC_METHOD, "The model must link to at least one attribute type");
	if (d.is_default)
		return fail(rq->cx, RC_METHOD, "The types of a default model come with its library.");
	f.attribute_types = l.attributetypes;
	TRY(decay_model_edit(rq->cx, d.m.id, &f, &d));
	wake(rq);
	write_types(rq, rs, &d);
	return RC_OK;
}

/* ---- what a search or a view asks for ---- */

static bool number_of(struct ctx *cx, struct str s, double *out)
{
	char *end;
	double v;

	s = str_trim(s);
	if (!s.n || s.n > 40)
		return false;
	v = strtod(str_cdup(cx->mem, s), &end);
	if (*end || !(v >= 0 && v <= 1e6))
		return false;
	*out = v;
	return true;
}

/* {"threshold": 30, ...} of the body, or the text of such an object */
static enum rc overrides(struct req *rq, const struct params *p, struct decay_ask *ask)
{
	struct ctx *cx = rq->cx;
	struct str key, json = param_text(p, "modelOverrides"), body = str_trim(rq->body);
	struct jr r;

	if (str_starts(body, S("{"))) {
		jr_init(&r, cx, body, NULL);
		for (jr_obj(&r); jr_member(&r, &key);) {
			if (str_eq(key, S("modelOverrides")) && jr_peek(&r) == J_OBJ)
				json = jr_raw(&r);
			else
				jr_skip(&r);
		}
		TRY(jr_end(&r));
	}
	json = str_trim(json);
	if (!json.n || json.p[0] != '{')
		return RC_OK;
	jr_init(&r, cx, json, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (jr_peek(&r) != J_NUM && jr_peek(&r) != J_STR)
			jr_skip(&r);
		else if (str_eq(key, S("threshold")))
			ask->has_threshold = number_of(cx, jr_text(&r), &ask->threshold);
		else if (str_eq(key, S("lifetime")))
			ask->has_lifetime = number_of(cx, jr_text(&r), &ask->lifetime_days) && ask->lifetime_days > 0;
		else if (str_eq(key, S("decay_speed")))
			ask->has_speed = number_of(cx, jr_text(&r), &ask->speed) && ask->speed > 0;
		else
			jr_skip(&r);
	}
	return jr_end(&r);
}

static enum rc ask_of(struct req *rq, const struct params *p, struct decay_ask *ask)
{
	const struct param *ids = param_get(p, "decayingModel");
	int64_t *v;

	TRY(overrides(rq, p, ask));
	if (param_get(p, "score") && number_of(rq->cx, param_text(p, "score"), &ask->threshold))
		ask->has_threshold = true;
	ask->full = param_bool(p, "includeFullModel", false);
	if (!ids || !ids->n || !ids->v[0].n || str_eq(ids->v[0], S("0")) || str_eq_nocase(ids->v[0], S("false")))
		return RC_OK;
	v = arena_many(rq->cx->mem, ids->n, int64_t);
	for (size_t i = 0; i < ids->n; i++)
		v[i] = str_i64(str_trim(ids->v[i]), &v[i]) ? v[i] : -1;
	ask->models = v;
	ask->model_n = ids->n;
	return RC_OK;
}

enum rc api_decay(struct req *rq, const struct params *p, struct decay_view **out, bool *exclude)
{
	struct decay_ask ask = { 0 };

	*exclude = param_bool(p, "excludeDecayed", false);
	*out = NULL;
	if (!*exclude && !param_bool(p, "includeDecayScore", false))
		return RC_OK;
	TRY(ask_of(rq, p, &ask));
	*out = arena_one(rq->cx->mem, struct decay_view);
	return decay_view_make(rq->cx, &ask, *out);
}

/* ---- the course of a score ---- */

enum { HOUR_S = 3600, POINTS_MAX = 100000 };

struct course {
	const struct attr *a;
	struct decay_model m;
	struct decay_facts f;
	struct sighting_row *seen; /* of type 0, by time */
	size_t n;
};

static int by_time(const void *x, const void *y)
{
	const struct sighting_row *a = x, *b = y;

	return a->s.date_sighting < b->s.date_sighting ? -1 : a->s.date_sighting > b->s.date_sighting;
}

static enum rc course_load(struct req *rq, const struct attr *a, const struct decay_row *d, struct course *c)
{
	struct ctx *cx = rq->cx;
	struct decay_page page;
	struct sighting_row *v;
	size_t n;

	*c = (struct course){ .a = a, .m = d->m };
	TRY(decay_page_load(cx, a->event_id, a->id, a->id, &page));
	decay_facts_of(&page, a, &c->f);
	TRY(sighting_of_attrs(cx, cx->scope, a->event_id, a->id, a->id, 0, &v, &n));
	c->seen = v;
	for (size_t i = 0; i < n; i++)
		if (v[i].s.type == SIGHTING_SEEN)
			c->seen[c->n++] = v[i];
	if (c->n)
		qsort(c->seen, c->n, sizeof(*c->seen), by_time);
	return RC_OK;
}

static double at(const struct course *c, double base, int64_t t)
{
	struct decay_facts f = c->f;

	f.last_sighting = DECAY_NEVER;
	for (size_t i = 0; i < c->n && c->seen[i].s.date_sighting <= t; i++)
		f.last_sighting = c->seen[i].s.date_sighting;
	if (f.timestamp > t) /* as it was before its last change */
		f.timestamp = f.last_sighting != DECAY_NEVER ? f.last_sighting : t;
	return decay_score(&c->m, &f, base, t);
}

static struct str course_csv(struct ctx *cx, const struct course *c, double base)
{
	int64_t from = c->f.last_seen != DECAY_NEVER ? c->f.last_seen : c->f.timestamp, to = c->f.timestamp, step = HOUR_S, life = (int64_t)(c->m.lifetime_days * 86400);
	struct str out;
	struct buf b;

	if (c->n && c->seen[0].s.date_sighting < from)
		from = c->seen[0].s.date_sighting;
	if (c->n && c->seen[c->n - 1].s.date_sighting > to)
		to = c->seen[c->n - 1].s.date_sighting;
	if (c->f.last_seen != DECAY_NEVER && c->f.last_seen > to)
		to = c->f.last_seen;
	if (from < 0)
		from = 0;
	from -= from % HOUR_S;
	to = to < (int64_t)1 << 40 ? to + life : from;
	while ((to - from) / step > POINTS_MAX)
		step *= 2;
	buf_init(&b, 16 << 20);
	buf_str(&b, S("date,value\n"));
	for (int64_t t = from; t < to; t += step) {
		char day[CLOCK_TEXT_MAX];

		clock_datetime(t * 1000000, day);
		buf_fmt(&b, "%s,%.4f\n", day, at(c, base, t));
	}
	out = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return out;
}

enum rc decaying_simulate(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct decay_ask ask = { 0 };
	struct decay_row d;
	struct course c;
	struct params p;
	struct attr a;
	double base;
	struct jw w;

	TRY(load(rq, 0, &d));
	TRY(api_attr(rq, 1, &a));
	TRY(api_params(rq, &p));
	TRY(ask_of(rq, &p, &ask));
	if (ask.has_threshold)
		d.m.threshold = ask.threshold;
	if (ask.has_lifetime)
		d.m.lifetime_days = ask.lifetime_days;
	if (ask.has_speed)
		d.m.speed = ask.speed;
	TRY(course_load(rq, &a, &d, &c));
	base = decay_base(&c.m, &c.f);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kstr(&w, "csv", course_csv(cx, &c, base));
	jw_key(&w, "sightings");
	jw_arr(&w);
	for (size_t i = 0; i < c.n; i++) {
		jw_obj(&w);
		jw_key(&w, "Sighting");
		jw_obj(&w);
		jw_kid(&w, "id", c.seen[i].s.id);
		jw_kid(&w, "date_sighting", c.seen[i].s.date_sighting);
		jw_kint(&w, "rounded_timestamp", c.seen[i].s.date_sighting - c.seen[i].s.date_sighting % HOUR_S);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_key(&w, "base_score_config");
	jw_obj(&w);
	jw_key(&w, "base_score");
	jw_double(&w, base);
	jw_key(&w, "default_base_score");
	jw_double(&w, c.m.default_base);
	jw_obj_end(&w);
	jw_key(&w, "current_score");
	jw_double(&w, decay_score(&c.m, &c.f, base, ctx_now_s(cx)));
	jw_key(&w, "Model");
	jw_obj(&w);
	decay_model_members(&w, &d, user_may_edit_decay_model(cx->who, &d));
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}
