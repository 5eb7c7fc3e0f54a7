/* taxonomies.c - vocabularies of tags: listing, switching, making their tags, updating from the library folder. */
#include "api/library.h"

#include "api/api_int.h"
#include "format/misp_write.h"
#include "policy/library_load.h"
#include "store/audit.h"
#include "store/tag.h"
#include "store/taxonomy.h"

static void members(struct jw *w, const struct taxonomy *t)
{
	jw_key(w, "Taxonomy");
	jw_obj(w);
	jw_kid(w, "id", t->id);
	jw_kstr(w, "namespace", t->namespace);
	jw_kstr(w, "description", t->description);
	jw_kid(w, "version", t->version);
	jw_kbool(w, "enabled", t->enabled);
	jw_kbool(w, "exclusive", t->exclusive);
	jw_kbool(w, "required", t->required);
	jw_kbool(w, "highlighted", t->highlighted);
	jw_obj_end(w);
}

enum rc taxonomies_index(struct req *rq, struct resp *rs)
{
	static const char *const names[] = { "enabled", "required", "highlighted" };
	struct taxonomy_row *v;
	struct params p;
	struct str search;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	search = param_text(&p, "value");
	TRY(taxonomy_list(rq->cx, true, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		const bool is[] = { v[i].t.enabled, v[i].t.required, v[i].t.highlighted };
		bool wanted = !search.n || str_find_nocase(v[i].t.namespace, search) != STR_NONE || str_find_nocase(v[i].t.description, search) != STR_NONE;

		for (size_t k = 0; k < sizeof(is) / sizeof(*is); k++)
			wanted &= is[k] == param_bool(&p, names[k], is[k]);
		if (!wanted)
			continue;
		jw_obj(&w);
		members(&w, &v[i].t);
		jw_kint(&w, "total_count", v[i].total);
		jw_kint(&w, "current_count", v[i].current);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

static enum rc load(struct req *rq, struct str ref, struct taxonomy *t)
{
	int64_t id;
	enum rc rc = RC_DONE;

	*t = (struct taxonomy){ 0 };
	ref = str_trim(ref);
	if (str_i64(ref, &id))
		rc = taxonomy_load(rq->cx, id, S(""), t);
	else if (ref.n)
		rc = taxonomy_load(rq->cx, 0, ref, t);
	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Taxonomy not found.") : rc;
}

/* "Predicate: value", as far as they have a text for people */
static struct str expanded(struct ctx *cx, const struct taxonomy_predicate *p, const struct taxonomy_tag *t)
{
	struct str a = p->expanded.n ? p->expanded : p->value;
	struct str b = t->expanded.n ? t->expanded : t->value;

	return t->value.p ? str_fmt(cx->mem, "%.*s: %.*s", STR(a), STR(b)) : a;
}

static void write_entry(struct ctx *cx, struct jw *w, const struct taxonomy_predicate *p, const struct taxonomy_tag_row *r)
{
	jw_obj(w);
	jw_kstr(w, "tag", r->t.name);
	jw_kstr(w, "expanded", expanded(cx, p, &r->t));
	if (r->t.description.n)
		jw_kstr(w, "description", r->t.description);
	else
		jw_knull(w, "description");
	if (r->t.value.p)
		jw_kbool(w, "exclusive_predicate", p->exclusive);
	if (r->t.colour.n)
		jw_kstr(w, "colour", r->t.colour);
	if (r->t.has_numerical)
		jw_kid(w, "numerical_value", r->t.numerical);
	jw_key(w, "existing_tag");
	if (r->exists) {
		jw_obj(w);
		jw_key(w, "Tag");
		misp_write_tag(w, &r->tag, false);
		jw_obj_end(w);
	} else {
		jw_bool(w, false);
	}
}

static enum rc view(struct req *rq, struct resp *rs, bool counts)
{
	struct ctx *cx = rq->cx;
	struct taxonomy_predicate *p;
	struct taxonomy_tag_row *v;
	struct tag_row *tags = NULL;
	struct taxonomy t;
	struct jw w;
	size_t p_n, n, tag_n = 0, at = 0;

	TRY(load(rq, req_var(rq, 0), &t));
	TRY(taxonomy_predicates(cx, t.id, &p, &p_n));
	TRY(taxonomy_tags(cx, t.id, &v, &n));
	if (counts)
		TRY(tag_list(cx, str_fmt(cx->mem, "%.*s:%%", STR(t.namespace)), true, &tags, &tag_n));
	w = api_json(rq, rs);
	jw_obj(&w);
	members(&w, &t);
	jw_key(&w, "entries");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (v[i].t.predicate >= p_n)
			return fail(cx, RC_DB, "tag %.*s has no predicate", STR(v[i].t.name));
		write_entry(cx, &w, &p[v[i].t.predicate], &v[i]);
		if (counts) {
			for (at = 0; at < tag_n && tags[at].t.id != v[i].tag.id;)
				at++;
			jw_kint(&w, "events", at < tag_n ? tags[at].event_count : 0);
			jw_kint(&w, "attributes", at < tag_n ? tags[at].attribute_count : 0);
		}
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc taxonomies_view(struct req *rq, struct resp *rs)
{
	return view(rq, rs, false);
}

/* the same, and how often each tag is used */
enum rc taxonomies_tags(struct req *rq, struct resp *rs)
{
	return view(rq, rs, true);
}

static void write_word(struct jw *w, struct str value, struct str expanded_text, struct str description, struct str colour, bool has_numerical, int64_t numerical)
{
	jw_obj(w);
	jw_kstr(w, "value", value);
	if (expanded_text.n)
		jw_kstr(w, "expanded", expanded_text);
	if (description.n)
		jw_kstr(w, "description", description);
	if (colour.n)
		jw_kstr(w, "colour", colour);
	if (has_numerical)
		jw_kint(w, "numerical_value", numerical);
}

/* the form of the library's files */
enum rc taxonomies_export(struct req *rq, struct resp *rs)
{
	struct taxonomy_predicate *p;
	struct taxonomy_tag_row *v;
	struct taxonomy t;
	struct jw w;
	size_t p_n, n;

	TRY(load(rq, req_var(rq, 0), &t));
	TRY(taxonomy_predicates(rq->cx, t.id, &p, &p_n));
	TRY(taxonomy_tags(rq->cx, t.id, &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kstr(&w, "namespace", t.namespace);
	jw_kstr(&w, "description", t.description);
	jw_kint(&w, "version", t.version);
	jw_kbool(&w, "exclusive", t.exclusive);
	jw_key(&w, "predicates");
	jw_arr(&w);
	for (size_t i = 0; i < p_n; i++) {
		write_word(&w, p[i].value, p[i].expanded, p[i].description, p[i].colour, p[i].has_numerical, p[i].numerical);
		if (p[i].exclusive)
			jw_kbool(&w, "exclusive", true);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_key(&w, "values");
	jw_arr(&w);
	for (size_t i = 0; i < n;) {
		size_t predicate = v[i].t.predicate;

		if (!v[i].t.value.p || predicate >= p_n) {
			i++;
			continue;
		}
		jw_obj(&w);
		jw_kstr(&w, "predicate", p[predicate].value);
		jw_key(&w, "entry");
		jw_arr(&w);
		for (; i < n && v[i].t.predicate == predicate; i++) {
			const struct taxonomy_tag *e = &v[i].t;

			write_word(&w, e->value, e->expanded, e->description, e->colour, e->has_numerical, e->numerical);
			jw_obj_end(&w);
		}
		jw_arr_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- switches ---- */

static enum rc save(struct req *rq, const struct taxonomy *t, const char *action)
{
	struct ctx *cx = rq->cx;

	TRY(store_begin(cx));
	TRY(taxonomy_update(cx, t));
	TRY(audit_add(cx, &(struct audit){ .action = action, .model = "Taxonomy", .model_id = t->id, .title = t->namespace }, NULL));
	return store_commit(cx);
}

static enum rc switch_to(struct req *rq, struct resp *rs, bool enabled)
{
	struct taxonomy t;

	TRY(load(rq, req_var(rq, 0), &t));
	t.enabled = enabled;
	TRY(save(rq, &t, enabled ? "enable" : "disable"));
	api_ok(rq, rs, enabled ? "Taxonomy enabled" : "Taxonomy disabled", enabled ? "/taxonomies/enable" : "/taxonomies/disable", t.id);
	return RC_OK;
}

enum rc taxonomies_enable(struct req *rq, struct resp *rs)
{
	return switch_to(rq, rs, true);
}

enum rc taxonomies_disable(struct req *rq, struct resp *rs)
{
	return switch_to(rq, rs, false);
}

/* parameters; the body may be wrapped in "Taxonomy" */
static enum rc params(struct req *rq, struct params *p)
{
	struct api_body b;

	api_body_open(rq, "Taxonomy", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	return api_params(rq, p);
}

enum rc taxonomies_toggle_required(struct req *rq, struct resp *rs)
{
	struct taxonomy t;
	struct params p;

	TRY(load(rq, req_var(rq, 0), &t));
	TRY(params(rq, &p));
	t.required = param_bool(&p, "required", !t.required);
	TRY(save(rq, &t, "edit"));
	api_ok(rq, rs, "Taxonomy toggleRequireded", "/taxonomies/toggleRequired", t.id);
	return RC_OK;
}

enum rc taxonomies_toggle_highlighted(struct req *rq, struct resp *rs)
{
	struct taxonomy t;
	struct params p;

	TRY(load(rq, req_var(rq, 0), &t));
	TRY(params(rq, &p));
	t.highlighted = param_bool(&p, "highlighted", !t.highlighted);
	TRY(save(rq, &t, "edit"));
	api_ok(rq, rs, "Taxonomy toggleHighlighteded", "/taxonomies/toggleHighlighted", t.id);
	return RC_OK;
}

/* ---- its tags ---- */

static bool named(const struct param *names, const struct taxonomy_tag_row *r)
{
	if (!names)
		return true;
	for (size_t i = 0; i < names->n; i++)
		if (str_eq_nocase(str_trim(names->v[i]), r->t.name))
			return true;
	return false;
}

/* A tag that is missing is made; one that is there is shown again. */
static enum rc show_tag(struct ctx *cx, struct taxonomy_tag_row *r, size_t *changed)
{
	if (!r->exists) {
		TRY(tag_capture(cx, r->t.name, r->t.colour, true, &r->tag));
		(*changed)++;
	} else if (r->tag.hide_tag) {
		r->tag.hide_tag = false;
		TRY(tag_update(cx, &r->tag));
		(*changed)++;
	}
	return RC_OK;
}

static enum rc hide_tag(struct ctx *cx, struct taxonomy_tag_row *r, size_t *changed)
{
	if (!r->exists || r->tag.hide_tag)
		return RC_OK;
	r->tag.hide_tag = true;
	(*changed)++;
	return tag_update(cx, &r->tag);
}

/* all tags of the taxonomy, or those named */
static enum rc switch_tags(struct req *rq, struct resp *rs, bool show)
{
	struct ctx *cx = rq->cx;
	struct taxonomy_tag_row *v;
	const struct param *names;
	struct taxonomy t;
	struct params p;
	size_t n, found = 0, changed = 0;

	TRY(params(rq, &p));
	TRY(load(rq, req_var(rq, 0).n ? req_var(rq, 0) : param_text(&p, "taxonomy_id"), &t));
	names = param_get(&p, "name");
	if (!names)
		names = param_get(&p, "nameList");
	api_saving(rq, "The tag(s) could not be saved. Please, try again.", show ? "/taxonomies/addTag" : "/taxonomies/disableTag", true);
	TRY(store_begin(cx));
	TRY(taxonomy_tags(cx, t.id, &v, &n));
	for (size_t i = 0; i < n; i++) {
		if (!named(names, &v[i]))
			continue;
		found++;
		TRY(show ? show_tag(cx, &v[i], &changed) : hide_tag(cx, &v[i], &changed));
	}
	if (names && !found)
		return fail(cx, RC_INVALID, "The taxonomy offers no such tag.");
	if (changed)
		TRY(audit_add(cx, &(struct audit){ .action = show ? "add_tags" : "hide_tags", .model = "Taxonomy", .model_id = t.id,
						   .title = str_fmt(cx->mem, "%.*s: %zu tags", STR(t.namespace), changed) }, NULL));
	TRY(store_commit(cx));
	api_ok(rq, rs, "The tag(s) has been saved.", show ? "/taxonomies/addTag" : "/taxonomies/disableTag", t.id);
	return RC_OK;
}

enum rc taxonomies_add_tag(struct req *rq, struct resp *rs)
{
	return switch_tags(rq, rs, true);
}

enum rc taxonomies_disable_tag(struct req *rq, struct resp *rs)
{
	return switch_tags(rq, rs, false);
}

enum rc taxonomies_delete(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct taxonomy t;

	TRY(load(rq, req_var(rq, 0), &t));
	TRY(store_begin(cx));
	TRY(taxonomy_delete(cx, t.id));
	TRY(audit_add(cx, &(struct audit){ .action = "delete", .model = "Taxonomy", .model_id = t.id, .title = t.namespace }, NULL));
	TRY(store_commit(cx));
	api_ok(rq, rs, "Taxonomy successfully deleted.", "/taxonomies/delete", t.id);
	return RC_OK;
}

/* From the library folder, when one is set; else `misp taxonomy load` is the way, and there is nothing newer here. */
enum rc taxonomies_update(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str library = api_opts(rq)->library;
	struct library_report l = { 0 };

	if (library.n)
		TRY(taxonomies_load_library(cx, str_fmt(cx->mem, "%.*s/misp-taxonomies", STR(library)), false, &l));
	if (l.added + l.updated)
		api_ok(rq, rs, str_fmt(cx->mem, "Successfully updated %zu taxonomy libraries.", l.added + l.updated).p, "/taxonomies/update", 0);
	else
		api_ok(rq, rs, "All taxonomy libraries are up to date already.", "/taxonomies/update", 0);
	return RC_OK;
}
