/* galaxies.c - galaxies, and attaching clusters to events and attributes. */
#include "api/library.h"

#include "api/api_int.h"
#include "api/tag_collections.h"
#include "export/galaxy_doc.h"
#include "policy/cluster_save.h"
#include "policy/event_save.h"
#include "policy/library_load.h"

static bool has(struct str in, struct str part)
{
	return str_find_nocase(in, part) != STR_NONE;
}

enum rc galaxies_index(struct req *rq, struct resp *rs)
{
	struct galaxy *v;
	struct params p;
	struct str search;
	struct uuid u;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	search = param_text(&p, "value");
	if (!search.n)
		search = param_text(&p, "searchall");
	TRY(galaxy_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (search.n && !has(v[i].name, search) && !has(v[i].namespace, search) && !has(v[i].description, search) && !has(v[i].type, search) &&
		    !(uuid_parse(search, &u) && uuid_eq(&u, &v[i].uuid)))
			continue;
		jw_obj(&w);
		jw_key(&w, "Galaxy");
		galaxy_open(&w, &v[i]);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

enum rc library_galaxy(struct req *rq, struct str ref, struct galaxy *out)
{
	struct event_key k;
	enum rc rc = event_key_parse(str_trim(ref), &k) ? galaxy_load(rq->cx, k.id, &k.uuid, out) : RC_DONE;

	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Invalid galaxy") : rc;
}

enum rc galaxies_view(struct req *rq, struct resp *rs)
{
	struct galaxy g;
	int64_t after = 0;
	struct jw w;
	bool more = true;

	TRY(library_galaxy(rq, req_var(rq, 0), &g));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Galaxy");
	galaxy_open(&w, &g);
	jw_obj_end(&w);
	jw_key(&w, "GalaxyCluster");
	jw_arr(&w);
	while (more) {
		struct arena_mark m = arena_mark(rq->cx->mem);

		TRY(library_clusters_page(rq, &w, g.id, &after, &more));
		arena_reset(rq->cx->mem, m);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc galaxies_delete(struct req *rq, struct resp *rs)
{
	struct galaxy g;

	TRY(library_galaxy(rq, req_var(rq, 0), &g));
	TRY(galaxy_remove(rq->cx, &g));
	api_ok(rq, rs, "Galaxy deleted", "/galaxies/delete", g.id);
	return RC_OK;
}

enum rc galaxies_update(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str library = api_opts(rq)->library;
	struct library_report l;

	if (library.n)
		TRY(galaxies_load_library(cx, str_fmt(cx->mem, "%.*s/misp-galaxy", STR(library)), &l));
	api_ok(rq, rs, "Galaxies updated.", "/galaxies/update", 0);
	return RC_OK;
}

/* ---- clusters on events and attributes ---- */

struct target {
	struct event e;
	struct attr a;
	bool is_attr;
};

static enum rc find_target(struct req *rq, struct target *x)
{
	struct str type = req_var(rq, 1);

	if (str_eq(type, S("event")))
		return api_event(rq, 0, &x->e);
	if (!str_eq(type, S("attribute")))
		return fail(rq->cx, RC_NOTFOUND, "Invalid target type");
	x->is_attr = true;
	TRY(api_attr(rq, 0, &x->a));
	return event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = x->a.event_id }, &x->e);
}

/* parameters; the body may be wrapped in "Galaxy" */
static enum rc galaxy_params(struct req *rq, struct params *p)
{
	struct api_body b;

	api_body_open(rq, "Galaxy", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	return api_params(rq, p);
}

static enum rc attach_one(struct req *rq, struct target *x, struct str ref, bool local, bool *there)
{
	struct ctx *cx = rq->cx;
	struct cluster c;
	struct galaxy g;
	enum rc rc;

	TRY(library_cluster(rq, ref, &c));
	TRY(library_galaxy(rq, str_fmt(cx->mem, "%lld", (long long)c.galaxy_id), &g));
	if (g.local_only && !local)
		return fail(cx, RC_INVALID, "This galaxy can only be attached as a local one.");
	rc = cluster_attach(cx, &x->e, x->is_attr ? &x->a : NULL, &c, local);
	*there = rc == RC_EXISTS && cx->err.rc == RC_OK;
	return *there ? RC_OK : rc;
}

/* A cluster's tag joins a tag collection. */
static enum rc join_collection(struct req *rq, const struct str *refs, size_t n)
{
	struct ctx *cx = rq->cx;
	struct tag *tags = arena_many(cx->mem, n, struct tag);
	struct tag_collection col;
	size_t changed;

	TRY(api_tag_collection(rq, req_var(rq, 0), &col));
	if (!user_may_edit_tag_collection(cx->who, &col))
		return fail(cx, RC_DENIED, "No permission to attach this cluster to given target.");
	for (size_t i = 0; i < n; i++) {
		struct cluster c;

		TRY(library_cluster(rq, refs[i], &c));
		TRY(cluster_tag(cx, &c, &tags[i]));
	}
	return tag_collection_tag(cx, &col, tags, n, true, &changed);
}

static enum rc attach(struct req *rq, struct resp *rs, const char *list)
{
	struct ctx *cx = rq->cx;
	const struct param *ids;
	struct target x = { 0 };
	struct params p;
	struct str *refs;
	size_t n;
	bool local, there = false, collection = str_eq(req_var(rq, 1), S("tag_collection"));
	struct jw w;

	if (!collection)
		TRY(find_target(rq, &x));
	TRY(galaxy_params(rq, &p));
	local = param_bool(&p, "local", false);
	ids = param_get(&p, list);
	if (!ids || !ids->n)
		return fail(cx, RC_INVALID, "No cluster given.");
	if (!collection && !user_may_tag_event(cx->who, &x.e, local))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	api_saving(rq, "Failed to attach cluster.", "/galaxies/attachCluster", true);
	refs = ids->v;
	n = ids->n;
	if (n == 1 && str_starts(refs[0], S("["))) { /* a list written as text */
		size_t cap = 0;
		struct jr r;

		jr_init(&r, cx, ids->v[0], NULL);
		refs = NULL;
		n = 0;
		for (jr_arr(&r); jr_elem(&r);) {
			refs = arena_grow(cx->mem, refs, &cap, n, sizeof(*refs));
			refs[n++] = jr_text_dup(&r);
		}
		TRY(jr_end(&r));
	}
	if (collection)
		TRY(join_collection(rq, refs, n));
	for (size_t i = 0; i < n && !collection; i++)
		TRY(attach_one(rq, &x, refs[i], local, &there));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kstr(&w, "success", n != 1 ? S("Clusters attached.") : there ? S("Cluster already attached.") : S("Cluster attached."));
	jw_kbool(&w, "check_publish", true);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc galaxies_attach_cluster(struct req *rq, struct resp *rs)
{
	return attach(rq, rs, "target_id");
}

enum rc galaxies_attach_clusters(struct req *rq, struct resp *rs)
{
	return attach(rq, rs, "target_ids");
}

/* by the tag's id, as the event shows it */
enum rc clusters_detach(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct target x = { 0 };
	int64_t id = 0;
	struct tag t;
	bool was;
	enum rc rc;

	if (!str_eq(req_var(rq, 1), S("tag_collection")))
		TRY(find_target(rq, &x));
	rc = str_i64(req_var(rq, 2), &id) ? tag_load(cx, id, S(""), &t) : RC_DONE;
	if (rc == RC_DONE || (rc == RC_OK && !t.is_galaxy))
		return fail(cx, RC_NOTFOUND, "Invalid cluster.");
	TRY(rc);
	if (str_eq(req_var(rq, 1), S("tag_collection"))) {
		struct tag_collection col;
		size_t changed;

		TRY(api_tag_collection(rq, req_var(rq, 0), &col));
		TRY(tag_collection_tag(cx, &col, &t, 1, false, &changed));
		if (!changed)
			return fail(cx, RC_NOTFOUND, "Cluster not attached.");
		api_ok(rq, rs, "Cluster detached.", "/galaxy_clusters/detach", 0);
		return RC_OK;
	}
	if (!user_may_tag_event(cx->who, &x.e, false))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	TRY(tag_detach(cx, &x.e, x.is_attr ? &x.a : NULL, &t, &was));
	if (!was)
		return fail(cx, RC_NOTFOUND, "Cluster not attached.");
	api_ok(rq, rs, "Cluster detached.", "/galaxy_clusters/detach", 0);
	return RC_OK;
}
