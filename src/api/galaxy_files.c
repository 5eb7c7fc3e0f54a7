/* galaxy_files.c - galaxies made by people; clusters in and out as documents. */
#include "api/galaxy_files.h"

#include "api/api_int.h"
#include "api/form.h"
#include "export/galaxy_doc.h"

enum { PAGE = 200, ERRORS_MAX = 50 };

/* ---- galaxies made by people ---- */

struct galaxy_form {
	struct str uuid, name, type, description, icon, namespace, version, kill_chain_order, local_only, enabled;
};
#define FIELD(name) { #name, offsetof(struct galaxy_form, name) }
static const struct form_field fields[] = { FIELD(uuid), FIELD(name), FIELD(type), FIELD(description), FIELD(icon), FIELD(namespace), FIELD(version),
					    FIELD(kill_chain_order), FIELD(local_only), FIELD(enabled) };
#undef FIELD

static enum rc apply(struct ctx *cx, const struct galaxy_form *f, struct galaxy *g)
{
	int64_t v;

	if (in_has(f->name))
		g->name = str_trim(f->name);
	if (in_has(f->description))
		g->description = f->description;
	if (in_has(f->icon))
		g->icon = f->icon;
	if (in_has(f->namespace))
		g->namespace = str_trim(f->namespace);
	if (in_has(f->version) && str_i64(str_trim(f->version), &v))
		g->version = v;
	if (in_has(f->local_only))
		g->local_only = api_is_true(f->local_only);
	if (in_has(f->kill_chain_order)) {
		struct str text = str_trim(f->kill_chain_order);
		struct jr r;

		g->kill_chain_order = (struct str){ 0 };
		if (text.n && !str_eq(text, S("[]"))) {
			jr_init(&r, cx, text, NULL);
			if (jr_peek(&r) == J_OBJ)
				g->kill_chain_order = jr_raw(&r);
			else
				jr_fail(&r, "expected an object");
			if (jr_end(&r) != RC_OK) {
				ctx_forgive(cx);
				return fail_field(cx, RC_INVALID, "kill_chain_order", "The order of the kill chain has to be an object of lists.");
			}
		}
	}
	return RC_OK;
}

static void answer(struct req *rq, struct resp *rs, const struct galaxy *g)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "Galaxy");
	galaxy_open(&w, g);
	jw_obj_end(&w);
	jw_obj_end(&w);
}

enum rc galaxies_add(struct req *rq, struct resp *rs)
{
	struct galaxy g = { .version = 1, .enabled = true };
	struct galaxy_form f = { 0 };

	TRY(API_FORM(rq, "Galaxy", fields, &f));
	api_saving(rq, "Could not add Galaxy", "/galaxies/add", false);
	if (f.uuid.n && !uuid_parse(str_trim(f.uuid), &g.uuid))
		return fail_field(rq->cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	if (in_has(f.type))
		g.type = str_trim(f.type);
	TRY(apply(rq->cx, &f, &g));
	TRY(galaxy_save(rq->cx, &g));
	answer(rq, rs, &g);
	return RC_OK;
}

enum rc galaxies_edit(struct req *rq, struct resp *rs)
{
	struct galaxy_form f = { 0 };
	struct galaxy g;

	TRY(library_galaxy(rq, req_var(rq, 0), &g));
	TRY(API_FORM(rq, "Galaxy", fields, &f));
	api_saving(rq, "Could not edit Galaxy", "/galaxies/edit", false);
	TRY(apply(rq->cx, &f, &g));
	TRY(galaxy_save(rq->cx, &g));
	answer(rq, rs, &g);
	return RC_OK;
}

static enum rc turn(struct req *rq, struct resp *rs, int on)
{
	struct galaxy g;

	TRY(library_galaxy(rq, req_var(rq, 0), &g));
	TRY(galaxy_switch(rq->cx, &g, on < 0 ? !g.enabled : on));
	api_ok(rq, rs, g.enabled ? "Galaxy enabled" : "Galaxy disabled", "/galaxies/toggle", g.id);
	return RC_OK;
}

enum rc galaxies_enable(struct req *rq, struct resp *rs)
{
	return turn(rq, rs, true);
}

enum rc galaxies_disable(struct req *rq, struct resp *rs)
{
	return turn(rq, rs, false);
}

enum rc galaxies_toggle(struct req *rq, struct resp *rs)
{
	return turn(rq, rs, -1);
}

/* ---- in ---- */

struct taken {
	size_t imported, ignored, failed;
	struct str errors[ERRORS_MAX];
	size_t error_n;
};

static void note(struct ctx *cx, struct taken *t)
{
	if (t->error_n < ERRORS_MAX)
		t->errors[t->error_n++] = str_dup(cx->mem, str_c(cx->err.msg));
	ctx_forgive(cx);
}

static enum rc import_one(struct req *rq, struct jr *r, struct taken *t)
{
	struct ctx *cx = rq->cx;
	enum cluster_taken how = CLUSTER_IMPORTED;
	struct cluster_doc d;
	enum rc rc = library_read_cluster(cx, r, &d);

	if (rc == RC_OK)
		rc = cluster_import(cx, &d, &how);
	if (rc == RC_OK) {
		t->imported++;
		return RC_OK;
	}
	if (rc != RC_INVALID && rc != RC_DENIED && rc != RC_EXISTS)
		return rc;
	note(cx, t);
	++*(how == CLUSTER_IGNORED ? &t->ignored : &t->failed);
	return RC_OK;
}

static enum rc import_all(struct req *rq, struct resp *rs, const char *good, const char *bad, const char *url)
{
	struct ctx *cx = rq->cx;
	struct str body = str_trim(rq->body), text;
	struct taken t = { 0 };
	struct buf b;
	struct jr r;

	jr_init(&r, cx, body.n ? body : S("[]"), NULL);
	if (jr_peek(&r) == J_ARR) {
		for (jr_arr(&r); jr_elem(&r);)
			TRY(import_one(rq, &r, &t));
	} else {
		TRY(import_one(rq, &r, &t));
	}
	TRY(jr_end(&r));
	buf_init(&b, 1 << 16);
	buf_fmt(&b, "%s %zu imported, %zu ignored, %zu failed. ", t.failed && !t.imported ? bad : good, t.imported, t.ignored, t.failed);
	for (size_t i = 0; i < t.error_n; i++)
		buf_fmt(&b, "%s%.*s", i ? ", " : "", STR(t.errors[i]));
	text = str_trim(str_dup(cx->mem, buf_view(&b)));
	buf_clear(&b);
	if (t.failed && !t.imported) {
		api_saving(rq, "Could not import Galaxy", url, true);
		return fail(cx, RC_INVALID, "%.*s", STR(utf8_cut(text, 400)));
	}
	api_ok(rq, rs, str_cdup(cx->mem, text), url, 0);
	return RC_OK;
}

enum rc galaxies_import(struct req *rq, struct resp *rs)
{
	return import_all(rq, rs, "Galaxy clusters imported.", "Could not import galaxy clusters.", "/galaxies/import");
}

enum rc galaxies_push_cluster(struct req *rq, struct resp *rs)
{
	return import_all(rq, rs, "Galaxy clusters imported.", "Could not import galaxy clusters.", "/galaxies/pushCluster");
}

/* ---- out ---- */

struct wanted {
	bool defaults, customs, misp_format;
	const struct param *distribution;
};

static bool wants(struct ctx *cx, const struct wanted *x, const struct cluster *c)
{
	bool level = !x->distribution || c->is_default;

	for (size_t i = 0; !level && i < x->distribution->n; i++)
		level = str_eq(x->distribution->v[i], str_fmt(cx->mem, "%d", c->distribution));
	return !c->deleted && level && (c->is_default ? x->defaults : x->customs);
}

/* a key that comes several times is a list, as in the library */
static void write_meta(struct jw *w, const struct cluster_element *e, size_t n)
{
	jw_key(w, "meta");
	jw_obj(w);
	for (size_t i = 0; i < n; i++) {
		bool before = false, again = false;

		for (size_t j = 0; j < n; j++) {
			before |= j < i && str_eq(e[j].key, e[i].key);
			again |= j > i && str_eq(e[j].key, e[i].key);
		}
		if (before)
			continue;
		jw_key_str(w, e[i].key);
		if (!again) {
			jw_str(w, e[i].value);
			continue;
		}
		jw_arr(w);
		for (size_t j = i; j < n; j++)
			if (str_eq(e[j].key, e[i].key))
				jw_str(w, e[j].value);
		jw_arr_end(w);
	}
	jw_obj_end(w);
}

static enum rc write_values(struct ctx *cx, struct jw *w, const struct cluster *v, size_t n)
{
	int64_t *ids = arena_many(cx->mem, n + 1, int64_t);
	struct cluster_element *e;
	struct cluster_relation *r;
	size_t en, rn, at = 0, rat = 0;

	for (size_t i = 0; i < n; i++)
		ids[i] = v[i].id;
	TRY(cluster_elements(cx, ids, n, &e, &en));
	TRY(cluster_relations(cx, cx->scope, ids, n, &r, &rn));
	for (size_t i = 0; i < n; i++) {
		size_t from = at, rfrom = rat;

		while (at < en && e[at].cluster_id == v[i].id)
			at++;
		while (rat < rn && r[rat].cluster_id == v[i].id)
			rat++;
		jw_obj(w);
		jw_kstr(w, "description", v[i].description);
		jw_kuuid(w, "uuid", &v[i].uuid);
		jw_kstr(w, "value", v[i].value);
		if (at > from)
			write_meta(w, e + from, at - from);
		if (rat > rfrom) {
			jw_key(w, "related");
			jw_arr(w);
			for (size_t k = rfrom; k < rat; k++) {
				jw_obj(w);
				jw_kuuid(w, "dest-uuid", &r[k].referenced_uuid);
				jw_kstr(w, "type", r[k].type);
				jw_obj_end(w);
			}
			jw_arr_end(w);
		}
		jw_obj_end(w);
	}
	return RC_OK;
}

static void misp_head(struct jw *w, const struct galaxy *g, const struct cluster *first)
{
	jw_obj(w);
	jw_kstr(w, "name", g->name);
	jw_kstr(w, "type", g->type);
	jw_kstr(w, "description", g->description);
	jw_key(w, "authors");
	jw_raw(w, first && first->authors.n ? first->authors : S("[]"));
	jw_kint(w, "version", first ? first->version : g->version);
	jw_kuuid(w, "uuid", first && !uuid_is_nil(&first->collection_uuid) ? &first->collection_uuid : &g->uuid);
	jw_kstr(w, "source", first ? first->source : S(""));
	jw_key(w, "values");
	jw_arr(w);
}

static enum rc options(struct req *rq, struct wanted *x)
{
	struct params *p = arena_one(rq->cx->mem, struct params);
	struct api_body b;

	api_body_open(rq, "Galaxy", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	TRY(api_params(rq, p));
	*x = (struct wanted){ .defaults = param_bool(p, "default", true), .customs = param_bool(p, "custom", true), .distribution = param_get(p, "distribution"),
			      .misp_format = str_eq(param_text(p, "format"), S("misp-galaxy")) };
	return RC_OK;
}

enum rc galaxies_export(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct wanted x;
	struct galaxy g;
	int64_t after = 0;
	size_t n = PAGE;
	bool begun = false;
	struct jw w;

	TRY(library_galaxy(rq, req_var(rq, 0), &g));
	TRY(options(rq, &x));
	w = api_json(rq, rs);
	if (!x.misp_format)
		jw_arr(&w);
	while (n == PAGE) {
		struct arena_mark m = arena_mark(cx->mem);
		struct cluster *v;
		size_t k = 0;

		TRY(cluster_page(cx, cx->scope, g.id, after, PAGE, &v, &n));
		for (size_t i = 0; i < n; i++) {
			after = v[i].id;
			if (wants(cx, &x, &v[i]))
				v[k++] = v[i];
		}
		if (x.misp_format && !begun && (k || n < PAGE)) {
			misp_head(&w, &g, k ? &v[0] : NULL);
			begun = true;
		}
		TRY(x.misp_format ? write_values(cx, &w, v, k) : library_write_clusters(rq, &w, v, k));
		arena_reset(cx->mem, m);
	}
	jw_arr_end(&w);
	if (x.misp_format)
		jw_obj_end(&w);
	return RC_OK;
}
