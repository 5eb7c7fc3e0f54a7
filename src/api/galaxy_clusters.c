/* galaxy_clusters.c - clusters and their links: listing, searching, and those made by people. */
#include "api/library.h"

#include "api/api_int.h"
#include "api/people.h"
#include "export/galaxy_doc.h"
#include "policy/cluster_save.h"

enum { PAGE = 500, LIMIT_MAX = 100000 };

enum rc library_cluster(struct req *rq, struct str ref, struct cluster *out)
{
	struct event_key k;
	enum rc rc = event_key_parse(str_trim(ref), &k) ? cluster_load(rq->cx, rq->cx->scope, k.id, &k.uuid, out) : RC_DONE;

	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Invalid galaxy cluster") : rc;
}

/* ---- writing them ---- */

/* What hangs on a page of clusters; each list in the clusters' order. */
struct dressed {
	struct cluster_element *e;
	struct cluster_relation *r;
	struct relation_tag *t;
	size_t e_n, r_n, t_n;
};

static enum rc dress(struct ctx *cx, const struct cluster *v, size_t n, bool relations, struct dressed *d)
{
	int64_t *ids = arena_many(cx->mem, n + 1, int64_t);

	*d = (struct dressed){ 0 };
	for (size_t i = 0; i < n; i++)
		ids[i] = v[i].id;
	TRY(cluster_elements(cx, ids, n, &d->e, &d->e_n));
	if (!relations)
		return RC_OK;
	TRY(cluster_relations(cx, cx->scope, ids, n, &d->r, &d->r_n));
	ids = arena_many(cx->mem, d->r_n + 1, int64_t);
	for (size_t i = 0; i < d->r_n; i++)
		ids[i] = d->r[i].id;
	return cluster_relation_tags(cx, ids, d->r_n, &d->t, &d->t_n);
}

static void write_elements(struct jw *w, const struct dressed *d, int64_t cluster_id)
{
	jw_key(w, "GalaxyElement");
	jw_arr(w);
	for (size_t i = 0; i < d->e_n; i++) {
		if (d->e[i].cluster_id != cluster_id)
			continue;
		jw_obj(w);
		jw_kid(w, "id", d->e[i].id);
		jw_kid(w, "galaxy_cluster_id", cluster_id);
		jw_kstr(w, "key", d->e[i].key);
		jw_kstr(w, "value", d->e[i].value);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

static void write_relation(struct jw *w, const struct cluster_relation *r, const struct relation_tag *t, size_t t_n)
{
	bool any = false;

	jw_obj(w);
	jw_kid(w, "id", r->id);
	jw_kid(w, "galaxy_cluster_id", r->cluster_id);
	jw_kid(w, "referenced_galaxy_cluster_id", r->referenced_id);
	jw_kuuid(w, "referenced_galaxy_cluster_uuid", &r->referenced_uuid);
	jw_kstr(w, "referenced_galaxy_cluster_type", r->type);
	jw_kuuid(w, "galaxy_cluster_uuid", &r->cluster_uuid);
	jw_kid(w, "distribution", r->distribution);
	if (r->sharing_group_id)
		jw_kid(w, "sharing_group_id", r->sharing_group_id);
	else
		jw_knull(w, "sharing_group_id");
	jw_kbool(w, "default", r->is_default);
	for (size_t i = 0; i < t_n; i++) {
		if (t[i].relation_id != r->id)
			continue;
		if (!any) {
			jw_key(w, "Tag");
			jw_arr(w);
			any = true;
		}
		misp_write_tag(w, &t[i].t, false);
	}
	if (any)
		jw_arr_end(w);
	jw_obj_end(w);
}

static enum rc write_org(struct ctx *cx, struct jw *w, const char *key, int64_t id)
{
	struct org o;
	enum rc rc = id ? org_load(cx, id, &o) : RC_DONE;

	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	jw_key(w, key);
	if (rc == RC_OK) {
		people_org_open(w, &o, true, true);
	} else { /* clusters of a library */
		jw_obj(w);
		jw_kid(w, "id", 0);
		jw_kstr(w, "name", S("MISP"));
	}
	jw_obj_end(w);
	return RC_OK;
}

static enum rc write_full(struct ctx *cx, struct jw *w, const struct cluster *c, const struct dressed *d)
{
	struct galaxy g;
	enum rc rc = galaxy_load(cx, c->galaxy_id, NULL, &g);

	if (rc != RC_OK)
		return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid galaxy") : rc;
	jw_obj(w);
	jw_key(w, "GalaxyCluster");
	cluster_open(w, c);
	jw_key(w, "Galaxy");
	galaxy_open(w, &g);
	jw_obj_end(w);
	write_elements(w, d, c->id);
	jw_key(w, "GalaxyClusterRelation");
	jw_arr(w);
	for (size_t i = 0; i < d->r_n; i++)
		if (d->r[i].cluster_id == c->id)
			write_relation(w, &d->r[i], d->t, d->t_n);
	jw_arr_end(w);
	TRY(write_org(cx, w, "Org", c->org_id));
	TRY(write_org(cx, w, "Orgc", c->orgc_id));
	jw_obj_end(w);
	jw_obj_end(w);
	return RC_OK;
}

static enum rc answer(struct req *rq, struct resp *rs, int64_t id)
{
	struct cluster c;
	struct dressed d;
	struct jw w;

	TRY(library_cluster(rq, str_fmt(rq->cx->mem, "%lld", (long long)id), &c));
	TRY(dress(rq->cx, &c, 1, true, &d));
	w = api_json(rq, rs);
	return write_full(rq->cx, &w, &c, &d);
}

enum rc library_clusters_page(struct req *rq, struct jw *w, int64_t galaxy_id, int64_t *after, bool *more)
{
	struct ctx *cx = rq->cx;
	struct cluster *v;
	struct dressed d;
	size_t n, at = 0;

	TRY(cluster_page(cx, cx->scope, galaxy_id, *after, PAGE, &v, &n));
	TRY(dress(cx, v, n, false, &d));
	for (size_t i = 0; i < n; i++) {
		struct dressed one = { .e = d.e + at };

		*after = v[i].id;
		for (; at < d.e_n && d.e[at].cluster_id == v[i].id; at++)
			one.e_n++;
		if (v[i].deleted)
			continue;
		cluster_open(w, &v[i]);
		write_elements(w, &one, v[i].id);
		jw_obj_end(w);
	}
	*more = n == PAGE;
	return RC_OK;
}

enum rc clusters_view(struct req *rq, struct resp *rs)
{
	struct cluster c;

	TRY(library_cluster(rq, req_var(rq, 0), &c));
	return answer(rq, rs, c.id);
}

/* ---- lists ---- */

static bool has(struct str in, struct str part)
{
	return str_find_nocase(in, part) != STR_NONE;
}

static bool in_context(const struct ctx *cx, struct str context, const struct cluster *c)
{
	if (str_eq(context, S("deleted")))
		return c->deleted;
	if (c->deleted)
		return false;
	if (str_eq(context, S("default")))
		return c->is_default;
	if (str_eq(context, S("custom")))
		return !c->is_default;
	if (str_eq(context, S("org")))
		return !c->is_default && c->org_id == cx->who->org_id;
	if (str_eq(context, S("orgc")))
		return !c->is_default && c->orgc_id == cx->who->org_id;
	return true;
}

enum rc clusters_index(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str context, search;
	struct galaxy g;
	struct params p;
	int64_t after = 0, found = 0, limit, skip;
	size_t n = PAGE;
	struct jw w;

	TRY(library_galaxy(rq, req_var(rq, 0), &g));
	TRY(api_params(rq, &p));
	context = param_text(&p, "context");
	search = param_text(&p, "searchall");
	limit = param_int(&p, "limit", 0);
	skip = limit > 0 && limit <= LIMIT_MAX ? (param_int(&p, "page", 1) - 1) : 0;
	skip = skip > 0 && skip <= LIMIT_MAX ? skip * limit : 0;
	w = api_json(rq, rs);
	jw_arr(&w);
	while (n == PAGE) {
		struct arena_mark m = arena_mark(cx->mem);
		struct cluster *v;
		struct dressed d;

		TRY(cluster_page(cx, cx->scope, g.id, after, PAGE, &v, &n));
		TRY(dress(cx, v, n, false, &d));
		for (size_t i = 0, at = 0; i < n; i++) {
			struct dressed one = { .e = d.e + at };
			bool hit;

			after = v[i].id;
			for (; at < d.e_n && d.e[at].cluster_id == v[i].id; at++)
				one.e_n++;
			hit = !search.n || has(v[i].value, search) || has(v[i].description, search) || has(v[i].tag_name, search);
			for (size_t k = 0; k < one.e_n && !hit; k++)
				hit = str_eq(one.e[k].key, S("synonyms")) && has(one.e[k].value, search);
			if (!hit || !in_context(cx, context, &v[i]))
				continue;
			found++;
			if (found <= skip || (limit > 0 && found > skip + limit))
				continue;
			jw_obj(&w);
			jw_key(&w, "GalaxyCluster");
			cluster_open(&w, &v[i]);
			write_elements(&w, &one, v[i].id);
			jw_obj_end(&w);
			jw_obj_end(&w);
		}
		arena_reset(cx->mem, m);
	}
	jw_arr_end(&w);
	api_count(rq, rs, found);
	return RC_OK;
}

/* one of the values, or none asked for */
static bool any_text(const struct param *p, struct str s, bool whole)
{
	if (!p)
		return true;
	for (size_t i = 0; i < p->n; i++)
		if (whole ? str_eq_nocase(p->v[i], s) : has(s, p->v[i]))
			return true;
	return false;
}

static bool any_int(struct ctx *cx, const struct param *p, int64_t v)
{
	return !p || any_text(p, str_fmt(cx->mem, "%lld", (long long)v), true);
}

static bool any_uuid(const struct param *p, const struct uuid *u)
{
	char t[UUID_TEXT + 1];

	uuid_text(u, t);
	return any_text(p, str_n(t, UUID_TEXT), true);
}

static bool wanted(struct ctx *cx, const struct params *p, const struct cluster *c)
{
	const struct param *custom = param_get(p, "custom"), *published = param_get(p, "published");

	return !c->deleted && any_int(cx, param_get(p, "id"), c->id) && any_uuid(param_get(p, "uuid"), &c->uuid) && any_int(cx, param_get(p, "galaxy_id"), c->galaxy_id) &&
	       any_text(param_get(p, "type"), c->type, true) && any_int(cx, param_get(p, "version"), c->version) &&
	       any_int(cx, param_get(p, "distribution"), c->distribution) && any_int(cx, param_get(p, "org_id"), c->org_id) &&
	       any_int(cx, param_get(p, "orgc_id"), c->orgc_id) && any_text(param_get(p, "tag_name"), c->tag_name, true) &&
	       any_text(param_get(p, "value"), c->value, false) && any_uuid(param_get(p, "extends_uuid"), &c->extends_uuid) &&
	       (!custom || param_bool(p, "custom", false) == !c->is_default) && (!published || param_bool(p, "published", false) == c->published);
}

/* tags of the event named by eventid, and of its attributes: clusters on them */
static enum rc on_event(struct req *rq, const struct params *p, bool *given, struct cluster_of_tag **out, size_t *n)
{
	struct ctx *cx = rq->cx;
	struct event_key k;
	struct event e;
	struct tag_use *a, *b;
	size_t a_n, b_n;
	int64_t *ids;

	*given = param_get(p, "eventid") != NULL;
	if (!*given)
		return RC_OK;
	if (!event_key_parse(param_text(p, "eventid"), &k))
		return fail(cx, RC_NOTFOUND, "Invalid event");
	TRY(event_load(cx, cx->scope, &k, &e));
	TRY(tag_of_events(cx, &e.id, 1, &a, &a_n));
	TRY(tag_of_attrs(cx, e.id, 0, INT64_MAX, &b, &b_n));
	ids = arena_many(cx->mem, a_n + b_n + 1, int64_t);
	for (size_t i = 0; i < a_n + b_n; i++)
		ids[i] = i < a_n ? a[i].t.id : b[i - a_n].t.id;
	return cluster_of_tags(cx, cx->scope, ids, a_n + b_n, out, n);
}

static enum rc write_found(struct req *rq, struct jw *w, const struct cluster *v, size_t n, bool minimal)
{
	struct dressed d = { 0 };

	if (!minimal)
		TRY(dress(rq->cx, v, n, true, &d));
	for (size_t i = 0; i < n; i++) {
		if (!minimal) {
			TRY(write_full(rq->cx, w, &v[i], &d));
			continue;
		}
		jw_obj(w);
		jw_key(w, "GalaxyCluster");
		jw_obj(w);
		jw_kuuid(w, "uuid", &v[i].uuid);
		jw_kid(w, "version", v[i].version);
		jw_obj_end(w);
		jw_obj_end(w);
	}
	return RC_OK;
}

enum rc clusters_rest_search(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct cluster_of_tag *given = NULL;
	struct params p;
	int64_t after = 0, found = 0, limit, skip;
	size_t n = PAGE, given_n = 0;
	bool only, minimal;
	struct jw w;

	TRY(api_params(rq, &p));
	if (param_get(&p, "returnFormat") && !str_eq(param_text(&p, "returnFormat"), S("json")))
		return fail(cx, RC_NOTFOUND, "Invalid export format.");
	TRY(on_event(rq, &p, &only, &given, &given_n));
	minimal = param_bool(&p, "minimal", false);
	limit = param_int(&p, "limit", 0);
	skip = limit > 0 && limit <= LIMIT_MAX ? (param_int(&p, "page", 1) - 1) : 0;
	skip = skip > 0 && skip <= LIMIT_MAX ? skip * limit : 0;
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "response");
	jw_arr(&w);
	while (n == PAGE) {
		struct arena_mark m = arena_mark(cx->mem);
		struct cluster *v;
		size_t k = 0;

		TRY(cluster_page(cx, cx->scope, 0, after, PAGE, &v, &n));
		for (size_t i = 0; i < n; i++) {
			bool hit = !only;

			after = v[i].id;
			for (size_t j = 0; j < given_n && !hit; j++)
				hit = given[j].c.id == v[i].id;
			if (!hit || !wanted(cx, &p, &v[i]))
				continue;
			found++;
			if (found > skip && !(limit > 0 && found > skip + limit))
				v[k++] = v[i];
		}
		TRY(write_found(rq, &w, v, k, minimal));
		arena_reset(cx->mem, m);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	api_count(rq, rs, found);
	return RC_OK;
}

/* ---- those made by people ---- */

static struct str text(struct jr *r)
{
	struct str s = jr_text_dup(r);

	return s.p ? s : S("");
}

static void read_tag_names(struct ctx *cx, struct jr *r, struct relation_new *x)
{
	size_t cap = x->tag_n;
	struct str key;

	if (jr_peek(r) != J_ARR) {
		jr_skip(r);
		return;
	}
	for (jr_arr(r); jr_elem(r);) {
		struct str name = S("");

		if (jr_peek(r) == J_OBJ) {
			for (jr_obj(r); jr_member(r, &key);) {
				if (str_eq(key, S("name")) && jr_peek(r) == J_STR)
					name = text(r);
				else
					jr_skip(r);
			}
		} else if (jr_peek(r) == J_STR) {
			name = text(r);
		} else {
			jr_skip(r);
		}
		if (!name.n)
			continue;
		x->tags = arena_grow(cx->mem, x->tags, &cap, x->tag_n, sizeof(*x->tags));
		x->tags[x->tag_n++] = name;
	}
}

static bool scalar(struct jr *r)
{
	enum jkind k = jr_peek(r);

	return k == J_STR || k == J_NUM || k == J_TRUE || k == J_FALSE;
}

/* One member of a link; source: what it comes from, as sent. */
static void read_relation_member(struct ctx *cx, struct jr *r, struct str key, struct relation_new *x, struct str *source)
{
	if (str_eq(key, S("Tag")) || str_eq(key, S("tags")))
		read_tag_names(cx, r, x);
	else if (!scalar(r))
		jr_skip(r);
	else if (str_eq(key, S("referenced_galaxy_cluster_uuid")))
		uuid_parse(str_trim(jr_text(r)), &x->r.referenced_uuid);
	else if (str_eq(key, S("referenced_galaxy_cluster_type")))
		x->r.type = str_trim(text(r));
	else if (str_eq(key, S("galaxy_cluster_uuid")))
		*source = text(r);
	else if (str_eq(key, S("distribution")))
		x->r.distribution = (int)jr_int(r, -1);
	else if (str_eq(key, S("sharing_group_id")))
		x->r.sharing_group_id = jr_int(r, 0);
	else
		jr_skip(r);
}

static void read_elements(struct ctx *cx, struct jr *r, struct cluster_new *x)
{
	size_t cap = 0;
	struct str key;

	x->has_elements = true;
	for (jr_arr(r); jr_elem(r);) {
		struct cluster_element e = { .key = S(""), .value = S("") };

		if (jr_peek(r) != J_OBJ) {
			jr_skip(r);
			continue;
		}
		for (jr_obj(r); jr_member(r, &key);) {
			if (str_eq(key, S("key")) && scalar(r))
				e.key = text(r);
			else if (str_eq(key, S("value")) && scalar(r))
				e.value = text(r);
			else
				jr_skip(r);
		}
		if (!e.key.n)
			continue;
		x->elements = arena_grow(cx->mem, x->elements, &cap, x->element_n, sizeof(*x->elements));
		x->elements[x->element_n++] = e;
	}
}

static void read_relations(struct ctx *cx, struct jr *r, struct cluster_new *x)
{
	size_t cap = 0;
	struct str key, source;

	x->has_relations = true;
	for (jr_arr(r); jr_elem(r);) {
		struct relation_new n = { .r = { .type = S("") } };

		if (jr_peek(r) != J_OBJ) {
			jr_skip(r);
			continue;
		}
		for (jr_obj(r); jr_member(r, &key);)
			read_relation_member(cx, r, key, &n, &source);
		x->relations = arena_grow(cx->mem, x->relations, &cap, x->relation_n, sizeof(*x->relations));
		x->relations[x->relation_n++] = n;
	}
}

/* As a JSON array of texts, whatever stood in it. */
static struct str read_authors(struct ctx *cx, struct jr *r)
{
	struct str out;
	struct buf b;
	struct jw w;

	buf_init(&b, 1 << 20);
	jw_init(&w, &b, false);
	jw_arr(&w);
	for (jr_arr(r); jr_elem(r);) {
		if (jr_peek(r) == J_STR)
			jw_str(&w, jr_text(r));
		else
			jr_skip(r);
	}
	jw_arr_end(&w);
	out = buf_ok(&b) ? str_dup(cx->mem, buf_view(&b)) : S("[]");
	buf_clear(&b);
	return out;
}

/* One member, over what x holds; a fork is named by *fork. */
static enum rc read_member(struct ctx *cx, struct jr *r, struct str key, struct cluster_new *x, struct str *fork)
{
	struct cluster *c = &x->c;
	bool fresh = c->id == 0;

	if (str_eq(key, S("GalaxyElement")) && jr_peek(r) == J_ARR)
		read_elements(cx, r, x);
	else if (str_eq(key, S("GalaxyClusterRelation")) && jr_peek(r) == J_ARR)
		read_relations(cx, r, x);
	else if (str_eq(key, S("authors")) && jr_peek(r) == J_ARR)
		c->authors = read_authors(cx, r);
	else if (!scalar(r))
		jr_skip(r);
	else if (str_eq(key, S("value")))
		c->value = str_trim(text(r));
	else if (str_eq(key, S("description")))
		c->description = text(r);
	else if (str_eq(key, S("source")))
		c->source = text(r);
	else if (str_eq(key, S("distribution")))
		c->distribution = (int)jr_int(r, -1);
	else if (str_eq(key, S("sharing_group_id")))
		c->sharing_group_id = jr_int(r, 0);
	else if (fresh && str_eq(key, S("uuid")))
		return uuid_parse(str_trim(jr_text(r)), &c->uuid) ? RC_OK : fail_field(cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	else if (fresh && str_eq(key, S("extends_uuid")))
		*fork = text(r);
	else
		jr_skip(r);
	return RC_OK;
}

/* The members that were sent, over what x holds. */
static enum rc read_cluster(struct req *rq, struct cluster_new *x, struct str *fork)
{
	struct api_body b;
	struct str key;

	api_body_open(rq, "GalaxyCluster", &b);
	if (!b.there)
		return fail(rq->cx, RC_BAD, "the body is not a JSON object");
	for (jr_obj(&b.r); jr_member(&b.r, &key);)
		TRY(read_member(rq->cx, &b.r, key, x, fork));
	return api_body_end(rq, &b);
}

static void read_galaxy(struct jr *r, struct galaxy *g)
{
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		if (str_eq(key, S("kill_chain_order")) && jr_peek(r) == J_OBJ)
			g->kill_chain_order = jr_raw(r);
		else if (!scalar(r))
			jr_skip(r);
		else if (str_eq(key, S("uuid")))
			uuid_parse(str_trim(jr_text(r)), &g->uuid);
		else if (str_eq(key, S("name")))
			g->name = text(r);
		else if (str_eq(key, S("type")))
			g->type = text(r);
		else if (str_eq(key, S("description")))
			g->description = text(r);
		else if (str_eq(key, S("icon")))
			g->icon = text(r);
		else if (str_eq(key, S("namespace")))
			g->namespace = text(r);
		else if (str_eq(key, S("version")))
			g->version = jr_int(r, 1);
		else
			jr_skip(r);
	}
}

static void read_creator(struct jr *r, struct org_in *o)
{
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		if (str_eq(key, S("uuid")) && scalar(r))
			o->uuid = text(r);
		else if (str_eq(key, S("name")) && scalar(r))
			o->name = text(r);
		else
			jr_skip(r);
	}
}

static enum rc read_doc_member(struct ctx *cx, struct jr *r, struct str key, struct cluster_doc *d)
{
	struct str fork = { 0 };

	if (str_eq(key, S("Galaxy")) && jr_peek(r) == J_OBJ)
		read_galaxy(r, &d->galaxy);
	else if (str_eq(key, S("Orgc")) && jr_peek(r) == J_OBJ)
		read_creator(r, &d->orgc);
	else if (str_eq(key, S("type")) && scalar(r))
		d->galaxy.type = d->galaxy.type.n ? (jr_skip(r), d->galaxy.type) : text(r);
	else if (str_eq(key, S("version")))
		d->x.c.version = jr_int(r, 0);
	else if (str_eq(key, S("published")))
		d->x.c.published = jr_bool(r, false);
	else if (str_eq(key, S("deleted")))
		d->x.c.deleted = jr_bool(r, false);
	else if (str_eq(key, S("default")))
		d->x.c.is_default = jr_bool(r, false);
	else if (str_eq(key, S("extends_version")))
		d->x.c.extends_version = jr_int(r, 0);
	else
		TRY(read_member(cx, r, key, &d->x, &fork));
	if (fork.n)
		uuid_parse(str_trim(fork), &d->x.c.extends_uuid);
	return RC_OK;
}

enum rc library_read_cluster(struct ctx *cx, struct jr *r, struct cluster_doc *d)
{
	struct str key;
	enum rc rc = RC_OK, one;

	*d = (struct cluster_doc){ .x.c = { .value = S(""), .description = S(""), .source = S(""), .authors = S("[]") }, .galaxy = { .type = S(""), .version = 1 } };
	for (jr_obj(r); jr_member(r, &key);) { /* read to its end whatever is wrong in it: the next one follows */
		if (str_eq(key, S("GalaxyCluster")) && jr_peek(r) == J_OBJ) {
			for (jr_obj(r); jr_member(r, &key);) {
				one = read_doc_member(cx, r, key, d);
				rc = rc == RC_OK ? one : rc;
			}
			continue;
		}
		one = read_doc_member(cx, r, key, d);
		rc = rc == RC_OK ? one : rc;
	}
	return rc;
}

enum rc library_write_clusters(struct req *rq, struct jw *w, const struct cluster *v, size_t n)
{
	return write_found(rq, w, v, n, false);
}

/* The cluster that is forked gives what was not sent. */
static enum rc fork_of(struct req *rq, struct str ref, struct cluster_new *x)
{
	struct ctx *cx = rq->cx;
	struct cluster from;
	struct dressed d;

	TRY(library_cluster(rq, ref, &from));
	x->c.extends_uuid = from.uuid;
	x->c.extends_version = from.version;
	if (!x->c.value.n)
		x->c.value = from.value;
	if (!x->c.description.n)
		x->c.description = from.description;
	if (x->has_elements)
		return RC_OK;
	TRY(dress(cx, &from, 1, false, &d));
	x->elements = d.e;
	x->element_n = d.e_n;
	return RC_OK;
}

enum rc clusters_add(struct req *rq, struct resp *rs)
{
	struct cluster_new x = { .c = { .value = S(""), .description = S(""), .source = S(""), .authors = S("[]") } };
	struct str fork = { 0 }, named = req_param(rq, "forkUUID");
	struct galaxy g;

	TRY(library_galaxy(rq, req_var(rq, 0), &g));
	api_saving(rq, "Could not add GalaxyCluster", "/galaxy_clusters/add", false);
	TRY(read_cluster(rq, &x, &fork));
	if (!named.n)
		named = req_param(rq, "forkUuid");
	if (named.n || fork.n)
		TRY(fork_of(rq, named.n ? named : fork, &x));
	TRY(cluster_save(rq->cx, &g, &x));
	return answer(rq, rs, x.c.id);
}

enum rc clusters_edit(struct req *rq, struct resp *rs)
{
	struct cluster_new x = { 0 };
	struct str fork;

	TRY(library_cluster(rq, req_var(rq, 0), &x.c));
	TRY(cluster_may_edit(rq->cx, &x.c));
	api_saving(rq, "Could not edit GalaxyCluster", "/galaxy_clusters/edit", false);
	TRY(read_cluster(rq, &x, &fork));
	TRY(cluster_save(rq->cx, NULL, &x));
	return answer(rq, rs, x.c.id);
}

static enum rc load_own(struct req *rq, struct cluster *c)
{
	TRY(library_cluster(rq, req_var(rq, 0), c));
	return cluster_may_edit(rq->cx, c);
}

enum rc clusters_publish(struct req *rq, struct resp *rs)
{
	struct cluster c;

	TRY(load_own(rq, &c));
	TRY(cluster_publish(rq->cx, &c, true));
	api_ok(rq, rs, "GalaxyCluster published", "/galaxy_clusters/publish", c.id);
	return RC_OK;
}

enum rc clusters_unpublish(struct req *rq, struct resp *rs)
{
	struct cluster c;

	TRY(load_own(rq, &c));
	TRY(cluster_publish(rq->cx, &c, false));
	api_ok(rq, rs, "GalaxyCluster unpublished", "/galaxy_clusters/unpublish", c.id);
	return RC_OK;
}

enum rc clusters_delete(struct req *rq, struct resp *rs)
{
	struct cluster c;
	struct params p;
	bool hard;

	TRY(load_own(rq, &c));
	TRY(api_params(rq, &p));
	hard = api_is_true(req_var(rq, 1)) || param_bool(&p, "hard", false);
	TRY(cluster_remove(rq->cx, &c, hard));
	api_ok(rq, rs, hard ? "Galaxy cluster successfully hard deleted." : "Galaxy cluster successfully soft deleted.", "/galaxy_clusters/delete", c.id);
	return RC_OK;
}

enum rc clusters_restore(struct req *rq, struct resp *rs)
{
	struct cluster c;

	TRY(load_own(rq, &c));
	TRY(cluster_restore(rq->cx, &c));
	api_ok(rq, rs, "GalaxyCluster restored", "/galaxy_clusters/restore", c.id);
	return RC_OK;
}

/* ---- links ---- */

static enum rc read_relation(struct req *rq, struct relation_new *x, struct str *source)
{
	struct api_body b;
	struct str key;

	api_body_open(rq, "GalaxyClusterRelation", &b);
	if (!b.there)
		return fail(rq->cx, RC_BAD, "the body is not a JSON object");
	for (jr_obj(&b.r); jr_member(&b.r, &key);)
		read_relation_member(rq->cx, &b.r, key, x, source);
	return api_body_end(rq, &b);
}

static enum rc relation_answer(struct req *rq, struct resp *rs, int64_t id)
{
	struct ctx *cx = rq->cx;
	struct cluster_relation r;
	struct relation_tag *t;
	enum rc rc = cluster_relation_load(cx, cx->scope, id, &r);
	struct jw w;
	size_t n;

	if (rc != RC_OK)
		return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid galaxy cluster relation") : rc;
	TRY(cluster_relation_tags(cx, &id, 1, &t, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "GalaxyClusterRelation");
	write_relation(&w, &r, t, n);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc relations_add(struct req *rq, struct resp *rs)
{
	struct relation_new x = { .r = { .type = S("") } };
	struct str source = req_var(rq, 0);
	struct cluster c;

	TRY(read_relation(rq, &x, &source));
	TRY(library_cluster(rq, source, &c));
	TRY(cluster_may_edit(rq->cx, &c));
	api_saving(rq, "Could not add GalaxyClusterRelation", "/galaxy_cluster_relations/add", false);
	TRY(relation_save(rq->cx, &c, &x));
	return relation_answer(rq, rs, x.r.id);
}

/* the link of the path, with the cluster it comes from, which the caller may change */
static enum rc load_relation(struct req *rq, struct cluster_relation *r, struct cluster *c)
{
	int64_t id = 0;
	enum rc rc = str_i64(req_var(rq, 0), &id) ? cluster_relation_load(rq->cx, rq->cx->scope, id, r) : RC_DONE;

	if (rc != RC_OK)
		return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Invalid galaxy cluster relation") : rc;
	TRY(library_cluster(rq, str_fmt(rq->cx->mem, "%lld", (long long)r->cluster_id), c));
	return cluster_may_edit(rq->cx, c);
}

enum rc relations_edit(struct req *rq, struct resp *rs)
{
	struct relation_new x = { 0 };
	struct str source = S("");
	struct cluster c;

	TRY(load_relation(rq, &x.r, &c));
	api_saving(rq, "Could not edit GalaxyClusterRelation", "/galaxy_cluster_relations/edit", false);
	TRY(read_relation(rq, &x, &source));
	TRY(relation_save(rq->cx, &c, &x));
	return relation_answer(rq, rs, x.r.id);
}

enum rc relations_delete(struct req *rq, struct resp *rs)
{
	struct cluster_relation r;
	struct cluster c;

	TRY(load_relation(rq, &r, &c));
	TRY(relation_remove(rq->cx, &c, &r));
	api_ok(rq, rs, "Galaxy cluster relationship successfully deleted.", "/galaxy_cluster_relations/delete", r.id);
	return RC_OK;
}
