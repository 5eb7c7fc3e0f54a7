/* galaxy_matrix.c - a galaxy as a matrix of tactics and techniques with how often an event, an attribute or a tag collection names each; the clusters of a
 * thing; and the lists a cluster is chosen from. */
#include <stdlib.h>

#include "api/api_int.h"
#include "api/galaxy_files.h"
#include "api/tag_collections.h"
#include "base/seek.h"
#include "export/galaxy_doc.h"

enum { PAGE = 500 };

/* ---- what a thing carries ---- */

struct thing {
	struct str scope;
	struct tag_use *tags; /* its own */
	size_t n;
	struct event e;
	int64_t attr_id;      /* of an attribute */
};

static enum rc thing_of(struct req *rq, size_t var, struct str scope, struct thing *x)
{
	struct ctx *cx = rq->cx;
	struct tag_collection c;
	struct attr a;

	*x = (struct thing){ .scope = scope };
	if (!scope.n || str_eq(scope, S("event"))) {
		TRY(api_event(rq, var, &x->e));
		return tag_of_events(cx, &x->e.id, 1, &x->tags, &x->n);
	}
	if (str_eq(scope, S("attribute"))) {
		TRY(api_attr(rq, var, &a));
		x->attr_id = a.id;
		TRY(event_load(cx, cx->scope, &(struct event_key){ .id = a.event_id }, &x->e));
		return tag_of_attrs(cx, a.event_id, a.id, a.id, &x->tags, &x->n);
	}
	if (!str_eq(scope, S("tag_collection")))
		return fail(cx, RC_NOTFOUND, "Invalid scope.");
	TRY(api_tag_collection(rq, req_var(rq, var), &c));
	return tag_collection_usable(cx, c.id, &x->tags, &x->n);
}

enum rc galaxies_show(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct galaxies_of *h;
	struct tag_out *out;
	struct thing x;
	struct jw w;

	TRY(thing_of(rq, 0, req_var(rq, 1), &x));
	h = galaxies_of_new(cx, cx->scope);
	TRY(galaxies_of_add(cx, h, x.tags, x.n));
	out = arena_many(cx->mem, x.n + 1, struct tag_out);
	for (size_t i = 0; i < x.n; i++)
		out[i] = (struct tag_out){ .tag = &x.tags[i].t, .local = x.tags[i].local, .relationship_type = x.tags[i].relationship_type };
	w = api_json(rq, rs);
	galaxies_of_write(h, &w, out, x.n);
	return RC_OK;
}

/* ---- matrix ---- */

struct cell {
	struct str tab, column, external_id;
	struct cluster c;
	int64_t score;
	size_t order; /* of the column in the kill chain */
};

struct matrix {
	struct cell *v;
	size_t n, cap;
	struct tag_score *scores;
	size_t score_n;
	int64_t max;
};

static int64_t score_of(const struct matrix *m, struct str tag)
{
	for (size_t i = 0; i < m->score_n; i++)
		if (str_eq_nocase(m->scores[i].name, tag))
			return m->scores[i].n;
	return 0;
}

/* "mitre-attack:initial-access": tab and column */
static void add_cells(struct ctx *cx, struct matrix *m, const struct cluster *c, const struct cluster_element *e, size_t n)
{
	struct str external = S("");

	for (size_t i = 0; i < n; i++)
		if (str_eq(e[i].key, S("external_id")))
			external = e[i].value;
	for (size_t i = 0; i < n; i++) {
		size_t colon = str_chr(e[i].value, ':');

		if (!str_eq(e[i].key, S("kill_chain")) || colon == STR_NONE)
			continue;
		m->v = arena_grow(cx->mem, m->v, &m->cap, m->n, sizeof(*m->v));
		m->v[m->n++] = (struct cell){ .tab = str_n(e[i].value.p, colon), .column = str_from(e[i].value, colon + 1), .external_id = external, .c = *c,
					      .score = score_of(m, c->tag_name) };
	}
}

/* The columns come as the galaxy orders them. */
static enum rc order_cells(struct ctx *cx, const struct galaxy *g, struct matrix *m)
{
	struct str key;
	size_t at = 0;
	struct jr r;

	for (size_t i = 0; i < m->n; i++)
		m->v[i].order = SIZE_MAX;
	jr_init(&r, cx, g->kill_chain_order, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		struct str tab = str_dup(cx->mem, key);

		if (jr_peek(&r) != J_ARR) {
			jr_skip(&r);
			continue;
		}
		for (jr_arr(&r); jr_elem(&r); at++) {
			struct str column = jr_peek(&r) == J_STR ? jr_text(&r) : (jr_skip(&r), S(""));

			for (size_t i = 0; i < m->n; i++)
				if (str_eq(m->v[i].tab, tab) && str_eq(m->v[i].column, column))
					m->v[i].order = at;
		}
	}
	return jr_end(&r);
}

static int by_place(const void *x, const void *y)
{
	const struct cell *a = x, *b = y;
	int d;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if ((d = str_cmp(a->tab, b->tab)) || (d = str_cmp(a->column, b->column)))
		return d;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return str_cmp(a->c.value, b->c.value);
}

static void write_cells(struct jw *w, const struct matrix *m)
{
	jw_key(w, "tabs");
	jw_obj(w);
	for (size_t i = 0, j; i < m->n; i = j) { /* a tab */
		bool before = false;

		for (j = i + 1; j < m->n && str_eq(m->v[j].tab, m->v[i].tab);)
			j++;
		for (size_t k = 0; k < i; k++)
			before |= str_eq(m->v[k].tab, m->v[i].tab);
		if (before)
			continue;
		jw_key_str(w, m->v[i].tab);
		jw_obj(w);
		for (size_t k = i; k < m->n; k++) { /* a column, wherever its tab goes on */
			if (!str_eq(m->v[k].tab, m->v[i].tab) || (k > 0 && str_eq(m->v[k - 1].tab, m->v[k].tab) && str_eq(m->v[k - 1].column, m->v[k].column)))
				continue;
			jw_key_str(w, m->v[k].column);
			jw_arr(w);
			for (size_t c = k; c < m->n && str_eq(m->v[c].tab, m->v[k].tab) && str_eq(m->v[c].column, m->v[k].column); c++) {
				cluster_open(w, &m->v[c].c);
				jw_kstr(w, "external_id", m->v[c].external_id);
				jw_kint(w, "score", m->v[c].score);
				jw_obj_end(w);
			}
			jw_arr_end(w);
		}
		jw_obj_end(w);
	}
	jw_obj_end(w);
}

static enum rc fill(struct ctx *cx, const struct galaxy *g, struct matrix *m)
{
	int64_t after = 0;
	size_t n = PAGE;

	while (n == PAGE) {
		struct cluster_element *e;
		struct cluster *v;
		int64_t *ids;
		size_t en;

		TRY(cluster_page(cx, cx->scope, g->id, after, PAGE, &v, &n));
		ids = arena_many(cx->mem, n + 1, int64_t);
		for (size_t i = 0; i < n; i++)
			after = ids[i] = v[i].id;
		TRY(cluster_elements(cx, ids, n, &e, &en));
		for (size_t i = 0; i < n; i++) {
			size_t from = SEEK(e, en, cluster_id, v[i].id), to = from;

			while (to < en && e[to].cluster_id == v[i].id)
				to++;
			if (!v[i].deleted)
				add_cells(cx, m, &v[i], e + from, to - from);
		}
	}
	TRY(order_cells(cx, g, m));
	if (m->n)
		qsort(m->v, m->n, sizeof(*m->v), by_place);
	return RC_OK;
}

/* How often each tag stands in it: on an event with its attributes, on an attribute, in a tag collection. */
static enum rc score(struct ctx *cx, const struct thing *x, struct matrix *m)
{
	struct tag_score *inside = NULL;
	size_t n = 0;

	if (!x->attr_id && x->e.id)
		TRY(tag_scores(cx, cx->scope, x->e.id, &inside, &n));
	m->scores = arena_many(cx->mem, n + x->n + 1, struct tag_score);
	if (n)
		memcpy(m->scores, inside, n * sizeof(*inside));
	m->score_n = n;
	for (size_t i = 0; i < x->n; i++) {
		size_t k = 0;

		while (k < m->score_n && m->scores[k].tag_id != x->tags[i].t.id)
			k++;
		if (k == m->score_n)
			m->scores[m->score_n++] = (struct tag_score){ x->tags[i].t.id, 0, x->tags[i].t.name };
		m->scores[k].n++;
	}
	return RC_OK;
}

static enum rc galaxy_named(struct req *rq, struct str ref, struct galaxy *out)
{
	struct galaxy *v;
	size_t n;

	if (!str_eq(ref, S("mitre-attack")))
		return library_galaxy(rq, ref, out);
	TRY(galaxy_list(rq->cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].type, S("mitre-attack-pattern")) && v[i].kill_chain_order.n) {
			*out = v[i];
			return RC_OK;
		}
	return fail(rq->cx, RC_NOTFOUND, "Invalid galaxy");
}

static void write_scores(struct ctx *cx, struct jw *w, struct matrix *m)
{
	jw_key(w, "scores");
	jw_obj(w);
	for (size_t i = 0; i < m->n; i++) {
		bool before = false;

		for (size_t k = 0; k < i && m->v[i].score; k++)
			before |= m->v[k].c.id == m->v[i].c.id;
		if (!m->v[i].score || before)
			continue;
		jw_key_str(w, m->v[i].c.tag_name);
		jw_int(w, m->v[i].score);
		if (m->v[i].score > m->max)
			m->max = m->v[i].score;
	}
	jw_obj_end(w);
	jw_kint(w, "maxScore", m->max);
	jw_kuuid(w, "instance-uuid", &cx->st->instance);
}

/* Of all events that the reader sees: how many carry each cluster. */
enum rc galaxy_matrix_statistics(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str ref = req_param(rq, "galaxy_id");
	struct matrix m = { 0 };
	struct tag_row *tags;
	struct galaxy g;
	struct jw w;
	size_t n;

	TRY(galaxy_named(rq, ref.n ? ref : S("mitre-attack"), &g));
	if (!g.kill_chain_order.n)
		return fail(cx, RC_METHOD, "Galaxy cannot be represented as a matrix");
	TRY(tag_list(cx, (struct str){ 0 }, true, &tags, &n));
	m.scores = arena_many(cx->mem, n + 1, struct tag_score);
	for (size_t i = 0; i < n; i++)
		if (tags[i].event_count && user_may_use_tag(cx->who, &tags[i].t))
			m.scores[m.score_n++] = (struct tag_score){ tags[i].t.id, tags[i].event_count, tags[i].t.name };
	TRY(fill(cx, &g, &m));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "matrix");
	jw_obj(&w);
	jw_key(&w, "killChain");
	jw_raw(&w, g.kill_chain_order);
	write_cells(&w, &m);
	jw_obj_end(&w);
	write_scores(cx, &w, &m);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc events_view_galaxy_matrix(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct matrix m = { 0 };
	struct galaxy g;
	struct thing x;
	struct jw w;

	TRY(thing_of(rq, 0, req_var(rq, 2), &x));
	TRY(galaxy_named(rq, req_var(rq, 1), &g));
	if (!g.kill_chain_order.n)
		return fail(cx, RC_METHOD, "Galaxy cannot be represented as a matrix");
	TRY(score(cx, &x, &m));
	TRY(fill(cx, &g, &m));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "killChain");
	jw_raw(&w, g.kill_chain_order);
	write_cells(&w, &m);
	write_scores(cx, &w, &m);
	jw_key(&w, "galaxy");
	galaxy_open(&w, &g);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- choosing ---- */

static void choice(struct jw *w, struct str name, struct str value)
{
	jw_obj(w);
	jw_kstr(w, "name", name);
	jw_kstr(w, "value", value);
	jw_obj_end(w);
}

static struct str part(struct req *rq, size_t var, struct str dflt)
{
	return req_var(rq, var).n ? utf8_cut(req_var(rq, var), 64) : dflt;
}

enum rc galaxies_select_namespace(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str id = part(rq, 0, S("")), type = part(rq, 1, S("event"));
	struct galaxy *v;
	struct jw w;
	size_t n;

	TRY(galaxy_list(cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	choice(&w, S("All namespaces"), str_fmt(cx->mem, "/galaxies/selectGalaxy/%.*s/%.*s/0", STR(id), STR(type)));
	for (size_t i = 0; i < n; i++) {
		bool before = !v[i].enabled || !v[i].namespace.n;

		for (size_t k = 0; k < i && !before; k++)
			before = v[k].enabled && str_eq(v[k].namespace, v[i].namespace);
		if (!before)
			choice(&w, v[i].namespace, str_fmt(cx->mem, "/galaxies/selectGalaxy/%.*s/%.*s/%.*s", STR(id), STR(type), STR(v[i].namespace)));
	}
	jw_arr_end(&w);
	return RC_OK;
}

enum rc galaxies_select_galaxy(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str id = part(rq, 0, S("")), type = part(rq, 1, S("event")), namespace = part(rq, 2, S("misp"));
	struct params p;
	struct galaxy *v;
	struct jw w;
	size_t n;
	bool local;

	TRY(api_params(rq, &p));
	local = param_bool(&p, "local", false);
	TRY(galaxy_list(cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	choice(&w, S("All clusters"), str_fmt(cx->mem, "/galaxies/selectCluster/%.*s/%.*s/0", STR(id), STR(type)));
	for (size_t i = 0; i < n; i++)
		if (v[i].enabled && (local || !v[i].local_only) && (str_eq(namespace, S("0")) || str_eq(v[i].namespace, namespace)))
			choice(&w, v[i].name, str_fmt(cx->mem, "/galaxies/selectCluster/%.*s/%.*s/%lld", STR(id), STR(type), (long long)v[i].id));
	jw_arr_end(&w);
	return RC_OK;
}

static void write_choice(struct ctx *cx, struct jw *w, const struct cluster *c, const struct cluster_element *e, size_t n)
{
	struct str name = c->value, synonyms = S("");

	for (size_t i = 0; i < n; i++)
		if (str_eq(e[i].key, S("synonyms")))
			synonyms = str_fmt(cx->mem, "%.*s%s%.*s", STR(synonyms), synonyms.n ? ", " : "", STR(e[i].value));
	if (synonyms.n)
		name = str_fmt(cx->mem, "%.*s (%.*s)", STR(c->value), STR(synonyms));
	jw_obj(w);
	jw_kstr(w, "name", name);
	jw_kid(w, "value", c->id);
	jw_key(w, "template");
	jw_obj(w);
	jw_kstr(w, "name", c->value);
	jw_kstr(w, "infoExtra", c->description);
	if (synonyms.n)
		jw_kstr(w, "infoContextual", str_fmt(cx->mem, "Synonyms: %.*s", STR(synonyms)));
	jw_obj_end(w);
	jw_key(w, "additionalData");
	jw_obj(w);
	jw_kuuid(w, "uuid", &c->uuid);
	jw_obj_end(w);
	jw_obj_end(w);
}

enum rc galaxies_select_cluster(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct galaxy g = { 0 };
	int64_t after = 0;
	size_t n = PAGE;
	struct jw w;

	if (req_var(rq, 2).n && !str_eq(req_var(rq, 2), S("0")))
		TRY(library_galaxy(rq, req_var(rq, 2), &g));
	w = api_json(rq, rs);
	jw_arr(&w);
	while (n == PAGE) {
		struct arena_mark m = arena_mark(cx->mem);
		struct cluster_element *e;
		struct cluster *v;
		int64_t *ids;
		size_t en;

		TRY(cluster_page(cx, cx->scope, g.id, after, PAGE, &v, &n));
		ids = arena_many(cx->mem, n + 1, int64_t);
		for (size_t i = 0; i < n; i++)
			after = ids[i] = v[i].id;
		TRY(cluster_elements(cx, ids, n, &e, &en));
		for (size_t i = 0; i < n; i++) {
			size_t from = SEEK(e, en, cluster_id, v[i].id), to = from;

			while (to < en && e[to].cluster_id == v[i].id)
				to++;
			if (!v[i].deleted && (v[i].is_default || v[i].published))
				write_choice(cx, &w, &v[i], e + from, to - from);
		}
		arena_reset(cx->mem, m);
	}
	jw_arr_end(&w);
	return RC_OK;
}
