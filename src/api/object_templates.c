/* object_templates.c - object templates: list, view, their definitions, made by people, switched, loaded from the library folder; names of references. */
#include "api/objects.h"

#include "api/api_int.h"
#include "policy/object_template.h"

static void names(struct jw *w, const char *key, const struct str *v, size_t n)
{
	if (!n)
		return;
	jw_key(w, key);
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, v[i]);
	jw_arr_end(w);
}

void api_write_template(struct jw *w, const struct object_template *t)
{
	jw_key(w, "ObjectTemplate");
	jw_obj(w);
	jw_kid(w, "id", t->id);
	jw_kid(w, "user_id", t->user_id);
	jw_kid(w, "org_id", t->org_id);
	jw_kuuid(w, "uuid", &t->uuid);
	jw_kstr(w, "name", t->name);
	jw_kstr(w, "meta-category", t->meta_category);
	jw_kstr(w, "description", t->description);
	jw_kid(w, "version", t->version);
	jw_key(w, "requirements");
	if (t->required_n + t->one_of_n) {
		jw_obj(w);
		names(w, "required", t->required, t->required_n);
		names(w, "requiredOneOf", t->one_of, t->one_of_n);
		jw_obj_end(w);
	} else { /* as MISP has it */
		jw_arr(w);
		jw_arr_end(w);
	}
	jw_kbool(w, "fixed", t->fixed);
	jw_kbool(w, "active", t->active);
	jw_obj_end(w);
}

static void write_org(struct jw *w, const struct template_row *r)
{
	jw_key(w, "Organisation");
	jw_obj(w);
	if (r->org_name.p) {
		jw_kid(w, "id", r->t.org_id);
		jw_kstr(w, "name", r->org_name);
		jw_kuuid(w, "uuid", &r->org_uuid);
	} else {
		jw_knull(w, "id");
		jw_knull(w, "name");
		jw_knull(w, "uuid");
	}
	jw_obj_end(w);
}

static bool equals(struct str want, struct str text)
{
	return !want.p || str_eq_nocase(str_trim(want), text);
}

struct wanted {
	struct str search, name, meta, uuid;
	const struct params *p;
};

static bool is_wanted(const struct wanted *f, const struct template_row *r)
{
	char uu[UUID_TEXT + 1];
	const struct object_template *t = &r->t;
	struct str u;

	uuid_text(&t->uuid, uu);
	u = str_n(uu, UUID_TEXT);
	if (f->search.n && str_find_nocase(t->name, f->search) == STR_NONE && str_find_nocase(t->meta_category, f->search) == STR_NONE &&
	    str_find_nocase(t->description, f->search) == STR_NONE && str_find_nocase(u, f->search) == STR_NONE)
		return false;
	return equals(f->name, t->name) && equals(f->meta, t->meta_category) && equals(f->uuid, u) && param_bool(f->p, "fixed", t->fixed) == t->fixed &&
	       param_bool(f->p, "active", t->active) == t->active;
}

/* Site admins ask for those that are off, too: /all or /1. */
enum rc templates_index(struct req *rq, struct resp *rs)
{
	struct str all = req_var(rq, 0);
	struct template_row *v;
	struct wanted f;
	struct params p;
	int64_t skip, left;
	size_t n, kept = 0;
	struct jw w;

	TRY(api_params(rq, &p));
	if (!all.n)
		all = param_text(&p, "all");
	f = (struct wanted){ param_text(&p, "searchall"), param_text(&p, "name"), param_text(&p, "meta-category"), param_text(&p, "uuid"), &p };
	if (!f.search.n)
		f.search = param_text(&p, "value");
	f.search = str_trim(f.search);
	TRY(template_list(rq->cx, user_is_site_admin(rq->cx->who) && (api_is_true(all) || str_eq_nocase(all, S("all"))), &v, &n));
	for (size_t i = 0; i < n; i++)
		if (is_wanted(&f, &v[i]))
			v[kept++] = v[i];
	api_count(rq, rs, (int64_t)kept);
	left = param_int(&p, "limit", (int64_t)kept);
	if (left <= 0 || left > (int64_t)kept)
		left = (int64_t)kept;
	skip = param_int(&p, "page", 1) - 1;
	skip = skip <= 0 || !left ? 0 : skip > (int64_t)kept / left ? (int64_t)kept : skip * left;
	w = api_json(rq, rs);
	jw_arr(&w);
	for (int64_t i = skip; i < (int64_t)kept && left > 0; i++, left--) {
		jw_obj(&w);
		api_write_template(&w, &v[i].t);
		write_org(&w, &v[i]);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

enum rc api_template(struct req *rq, struct str ref, struct template_row *out)
{
	struct uuid u;
	int64_t id;
	enum rc rc = RC_DONE;

	ref = str_trim(ref);
	if (uuid_parse(ref, &u))
		rc = template_find(rq->cx, &u, -1, out);
	else if (str_i64(ref, &id))
		rc = template_load(rq->cx, id, out);
	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Invalid object template") : rc;
}

static void write_tri(struct jw *w, const char *key, enum tri v)
{
	if (v == TRI_UNSET)
		jw_knull(w, key);
	else
		jw_kbool(w, key, v == TRI_YES);
}

void api_write_elements(struct jw *w, const struct object_template *t, bool (*wanted)(void *arg, const struct template_element *e), void *arg)
{
	jw_key(w, "ObjectTemplateElement");
	jw_arr(w);
	for (size_t i = 0; i < t->element_n; i++) {
		const struct template_element *e = &t->elements[i];

		if (wanted && !wanted(arg, e))
			continue;
		jw_obj(w);
		jw_kid(w, "id", e->id);
		jw_kid(w, "object_template_id", t->id);
		jw_kstr(w, "object_relation", e->relation);
		jw_kstr(w, "type", e->type);
		jw_kid(w, "ui-priority", e->ui_priority);
		jw_key(w, "categories");
		jw_raw(w, e->categories);
		jw_key(w, "sane_default");
		jw_raw(w, e->sane_default);
		jw_key(w, "values_list");
		jw_raw(w, e->values_list);
		jw_kstr(w, "description", e->description);
		write_tri(w, "disable_correlation", e->disable_correlation);
		jw_kbool(w, "multiple", e->multiple);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

static void write_one(struct req *rq, struct resp *rs, const struct template_row *r)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	api_write_template(&w, &r->t);
	if (user_is_site_admin(rq->cx->who)) {
		jw_key(&w, "User");
		jw_obj(&w);
		if (r->email.p) {
			jw_kid(&w, "id", r->t.user_id);
			jw_kstr(&w, "email", r->email);
		} else {
			jw_knull(&w, "id");
			jw_knull(&w, "email");
		}
		jw_obj_end(&w);
	}
	write_org(&w, r);
	api_write_elements(&w, &r->t, NULL, NULL);
	jw_obj_end(&w);
}

enum rc templates_view(struct req *rq, struct resp *rs)
{
	struct template_row r;

	TRY(api_template(rq, req_var(rq, 0), &r));
	write_one(rq, rs, &r);
	return RC_OK;
}

/* the definition as it was loaded, by uuid or name */
enum rc templates_raw(struct req *rq, struct resp *rs)
{
	struct str ref = str_trim(req_var(rq, 0));
	struct template_row r;
	struct uuid u;
	struct jw w;
	enum rc rc = uuid_parse(ref, &u) ? template_find(rq->cx, &u, -1, &r) : template_named(rq->cx, ref, &r);

	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Template not found");
	TRY(rc);
	w = api_json(rq, rs);
	jw_raw(&w, str_trim(r.t.definition));
	return RC_OK;
}

/* ---- made by people ---- */

/* {"ObjectTemplate": {...}} or the definition itself, as text */
static enum rc definition(struct req *rq, struct str *out)
{
	struct api_body b;

	api_body_open(rq, "ObjectTemplate", &b);
	if (!b.there)
		return fail(rq->cx, RC_BAD, "the body is not a JSON object");
	*out = jr_raw(&b.r);
	return api_body_end(rq, &b);
}

static enum rc answer_by_id(struct req *rq, struct resp *rs, int64_t id)
{
	struct template_row r;

	TRY(template_load(rq->cx, id, &r));
	write_one(rq, rs, &r);
	return RC_OK;
}

enum rc templates_add(struct req *rq, struct resp *rs)
{
	struct str text;
	int64_t id;

	TRY(definition(rq, &text));
	api_saving(rq, "Could not add ObjectTemplate", "/object_templates/add", false);
	TRY(template_add(rq->cx, text, &id));
	return answer_by_id(rq, rs, id);
}

enum rc templates_edit(struct req *rq, struct resp *rs)
{
	struct template_row r;
	struct str text;
	int64_t id;

	TRY(api_template(rq, req_var(rq, 0), &r));
	TRY(definition(rq, &text));
	api_saving(rq, "Could not edit ObjectTemplate", "/object_templates/edit", false);
	TRY(template_edit(rq->cx, &r.t, text, &id));
	return answer_by_id(rq, rs, id);
}

enum rc templates_delete(struct req *rq, struct resp *rs)
{
	struct template_row r;

	TRY(api_template(rq, req_var(rq, 0), &r));
	TRY(template_remove(rq->cx, &r.t));
	api_ok(rq, rs, "ObjectTemplate deleted", "/object_templates/delete", r.t.id);
	return RC_OK;
}

/* in the path, or in the body {"ObjectTemplate": {"data": 17}}, {"id": 17} */
static enum rc template_of_call(struct req *rq, struct template_row *r)
{
	struct str ref = req_var(rq, 0);
	struct params p;

	if (!ref.n) {
		struct api_body b;

		api_body_open(rq, "ObjectTemplate", &b);
		if (b.wrapped) {
			rq->body = jr_raw(&b.r);
			TRY(api_body_end(rq, &b));
		}
		TRY(api_params(rq, &p));
		ref = param_text(&p, "data");
		if (!ref.n)
			ref = param_text(&p, "id");
	}
	return api_template(rq, ref, r);
}

static enum rc switch_to(struct req *rq, struct resp *rs, struct template_row *r, bool active)
{
	struct jw w;

	TRY(template_switch(rq->cx, &r->t, active));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kstr(&w, "success", active ? S("Template activated.") : S("Template disabled."));
	jw_obj_end(&w);
	return RC_OK;
}

/* turns it the other way, as MISP does */
enum rc templates_activate(struct req *rq, struct resp *rs)
{
	struct template_row r;

	TRY(template_of_call(rq, &r));
	return switch_to(rq, rs, &r, !r.t.active);
}

enum rc templates_deactivate(struct req *rq, struct resp *rs)
{
	struct template_row r;

	TRY(template_of_call(rq, &r));
	return switch_to(rq, rs, &r, false);
}

/* From the library folder, when one is set; the answer is the list of what is here then. */
enum rc templates_update(struct req *rq, struct resp *rs)
{
	struct str library = api_opts(rq)->library, type = req_var(rq, 0), force = req_var(rq, 1);
	struct template_load o;
	struct library_report l;

	if (!type.n)
		type = req_param(rq, "type");
	if (!force.n)
		force = req_param(rq, "force");
	o = (struct template_load){ .only = api_is_true(type) || str_eq(type, S("all")) ? S("") : type,
				    .force = force.n && !str_eq(force, S("0")) && !str_eq_nocase(force, S("false")) };
	if (library.n) {
		o.dir = str_fmt(rq->cx->mem, "%.*s/misp-objects", STR(library));
		TRY(templates_load_library(rq->cx, &o, &l));
		if (o.only.n && !l.seen)
			return fail(rq->cx, RC_NOTFOUND, "The library has no object template of this name.");
	}
	rq->nvar = 0;
	return templates_index(rq, rs);
}

/* which templates an object of these attribute types could be made after */
enum rc templates_possible(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct object_template *v;
	const struct param *types;
	struct params p;
	struct jw w;
	size_t n = 0;

	TRY(api_params(rq, &p));
	types = param_get(&p, "attributeTypes");
	if (!types)
		return fail_field(cx, RC_BAD, "attributeTypes", "A list of attribute types is needed: attributeTypes.");
	TRY(template_list_of_types(cx, types->v, types->n, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		struct template_fit fit;

		template_fit_types(cx, &v[i], types->v, types->n, &fit);
		if (!fit.valid || fit.invalid_n)
			continue;
		jw_obj(&w);
		jw_kid(&w, "id", v[i].id);
		jw_kstr(&w, "name", v[i].name);
		jw_kstr(&w, "description", v[i].description);
		jw_kstr(&w, "meta-category", v[i].meta_category);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

/* names that references may carry, as the library describes them */
enum rc relationships_index(struct req *rq, struct resp *rs)
{
	struct relationship *v;
	struct jw w;
	size_t n;

	TRY(relationship_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_key(&w, "ObjectRelationship");
		jw_obj(&w);
		jw_kid(&w, "id", v[i].id);
		jw_kid(&w, "version", v[i].version);
		jw_kstr(&w, "name", v[i].name);
		jw_kstr(&w, "description", v[i].description);
		jw_key(&w, "format");
		jw_raw(&w, v[i].format);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}
