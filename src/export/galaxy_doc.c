/* galaxy_doc.c - see galaxy_doc.h. */
#include "export/galaxy_doc.h"
#include "base/seek.h"

#include <string.h>

struct held {
	int64_t tag_id;
	const struct cluster_of_tag *c;    /* NULL: the tag stands for no cluster that may be seen */
	const struct cluster_element *elements;
	size_t element_n;
};

struct galaxies_of {
	const struct scope *sc;
	struct arena *mem;  /* outlives the pages */
	struct held *v;     /* ascending by tag */
	size_t n, cap;
};

void galaxy_open(struct jw *w, const struct galaxy *g)
{
	jw_obj(w);
	jw_kid(w, "id", g->id);
	jw_kuuid(w, "uuid", &g->uuid);
	jw_kstr(w, "name", g->name);
	jw_kstr(w, "type", g->type);
	jw_kstr(w, "description", g->description);
	jw_kid(w, "version", g->version);
	jw_kstr(w, "icon", g->icon);
	jw_kstr(w, "namespace", g->namespace);
	jw_kbool(w, "enabled", g->enabled);
	jw_kbool(w, "local_only", g->local_only);
	if (g->kill_chain_order.n) {
		jw_key(w, "kill_chain_order");
		jw_raw(w, g->kill_chain_order);
	}
}

void cluster_open(struct jw *w, const struct cluster *c)
{
	bool fork = !uuid_is_nil(&c->extends_uuid);

	jw_obj(w);
	jw_kid(w, "id", c->id);
	jw_kuuid(w, "uuid", &c->uuid);
	jw_kuuid(w, "collection_uuid", &c->collection_uuid);
	jw_kstr(w, "type", c->type);
	jw_kstr(w, "value", c->value);
	jw_kstr(w, "tag_name", c->tag_name);
	jw_kstr(w, "description", c->description);
	jw_kid(w, "galaxy_id", c->galaxy_id);
	jw_kstr(w, "source", c->source);
	jw_key(w, "authors");
	jw_raw(w, c->authors.n ? c->authors : S("[]"));
	jw_kid(w, "version", c->version);
	if (!c->is_default) {
		jw_kid(w, "distribution", c->distribution);
		if (c->sharing_group_id)
			jw_kid(w, "sharing_group_id", c->sharing_group_id);
		else
			jw_knull(w, "sharing_group_id");
	}
	jw_kid(w, "org_id", c->org_id);
	jw_kid(w, "orgc_id", c->orgc_id);
	jw_kbool(w, "default", c->is_default);
	jw_kbool(w, "locked", c->locked);
	if (fork) {
		jw_kuuid(w, "extends_uuid", &c->extends_uuid);
		jw_kid(w, "extends_version", c->extends_version);
	} else {
		jw_knull(w, "extends_uuid");
		jw_knull(w, "extends_version");
	}
	jw_kbool(w, "published", c->published);
	jw_kbool(w, "deleted", c->deleted);
}

static void done(void *arg)
{
	struct galaxies_of *h = arg;

	arena_free(h->mem);
}

struct galaxies_of *galaxies_of_new(struct ctx *cx, const struct scope *sc)
{
	struct galaxies_of *h = arena_one(cx->mem, struct galaxies_of);

	h->sc = sc;
	h->mem = arena_new(0);
	arena_cleanup(cx->mem, done, h);
	return h;
}

static struct held *find(const struct galaxies_of *h, int64_t tag_id)
{
	size_t i = FIND(h->v, h->n, tag_id, tag_id);

	return i < h->n ? &h->v[i] : NULL;
}

static void keep_texts(struct arena *a, struct cluster_of_tag *x)
{
	struct str *texts[] = { &x->c.type, &x->c.value, &x->c.tag_name, &x->c.description, &x->c.source, &x->c.authors, &x->g.name, &x->g.type, &x->g.description,
				&x->g.icon, &x->g.namespace, &x->g.kill_chain_order };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i]->p)
			*texts[i] = str_dup(a, *texts[i]);
}

/* the tags that are not known yet become known, at first as standing for nothing */
static size_t unknown(struct ctx *cx, struct galaxies_of *h, const struct tag_use *v, size_t n, int64_t **out)
{
	int64_t *ids = arena_many(cx->mem, n + 1, int64_t);
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at;

		if (!v[i].t.is_galaxy || find(h, v[i].t.id))
			continue;
		at = SEEK(h->v, h->n, tag_id, v[i].t.id);
		h->v = arena_grow(h->mem, h->v, &h->cap, h->n, sizeof(*h->v));
		memmove(&h->v[at + 1], &h->v[at], (h->n - at) * sizeof(*h->v));
		h->v[at] = (struct held){ .tag_id = v[i].t.id };
		h->n++;
		ids[k++] = v[i].t.id;
	}
	*out = ids;
	return k;
}

enum rc galaxies_of_add(struct ctx *cx, struct galaxies_of *h, const struct tag_use *v, size_t n)
{
	struct cluster_of_tag *c, *kept;
	struct cluster_element *e;
	int64_t *ids, *clusters;
	size_t id_n = unknown(cx, h, v, n, &ids), c_n, e_n;

	if (!id_n)
		return RC_OK;
	TRY(cluster_of_tags(cx, h->sc, ids, id_n, &c, &c_n));
	if (!c_n)
		return RC_OK;
	clusters = arena_many(cx->mem, c_n, int64_t);
	kept = arena_many(h->mem, c_n, struct cluster_of_tag);
	for (size_t i = 0; i < c_n; i++) {
		struct held *x = find(h, c[i].tag_id);

		clusters[i] = c[i].c.id;
		kept[i] = c[i];
		keep_texts(h->mem, &kept[i]);
		x->c = &kept[i];
	}
	TRY(cluster_elements(cx, clusters, c_n, &e, &e_n));
	for (size_t i = 0; i < c_n; i++) {
		struct held *x = find(h, c[i].tag_id);
		size_t lo = SEEK(e, e_n, cluster_id, c[i].c.id), k = 0;
		struct cluster_element *own;

		while (lo + k < e_n && e[lo + k].cluster_id == c[i].c.id)
			k++;
		own = arena_many(h->mem, k + 1, struct cluster_element);
		for (size_t j = 0; j < k; j++) {
			own[j] = e[lo + j];
			own[j].key = str_dup(h->mem, own[j].key);
			own[j].value = str_dup(h->mem, own[j].value);
		}
		x->elements = own;
		x->element_n = k;
	}
	return RC_OK;
}

/* elements as lists by key */
static void write_meta(struct jw *w, const struct held *x)
{
	jw_key(w, "meta");
	jw_obj(w);
	for (size_t i = 0; i < x->element_n; i++) {
		bool again = false;

		for (size_t j = 0; j < i && !again; j++)
			again = str_eq(x->elements[j].key, x->elements[i].key);
		if (again)
			continue;
		jw_key_str(w, x->elements[i].key);
		jw_arr(w);
		for (size_t j = i; j < x->element_n; j++)
			if (str_eq(x->elements[j].key, x->elements[i].key))
				jw_str(w, x->elements[j].value);
		jw_arr_end(w);
	}
	jw_obj_end(w);
}

static void write_cluster(struct jw *w, const struct held *x, const struct tag_out *t)
{
	cluster_open(w, &x->c->c);
	write_meta(w, x);
	jw_kid(w, "tag_id", t->tag->id);
	jw_kbool(w, "local", t->local);
	if (t->relationship_type.n)
		jw_kstr(w, "relationship_type", t->relationship_type);
	else
		jw_kbool(w, "relationship_type", false);
	jw_obj_end(w);
}

void galaxies_of_write(struct galaxies_of *h, struct jw *w, const struct tag_out *tags, size_t n)
{
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		const struct held *x = tags[i].tag->is_galaxy ? find(h, tags[i].tag->id) : NULL;
		bool again = false;

		if (!x || !x->c)
			continue;
		for (size_t j = 0; j < i && !again; j++) {
			const struct held *y = tags[j].tag->is_galaxy ? find(h, tags[j].tag->id) : NULL;

			again = y && y->c && y->c->g.id == x->c->g.id;
		}
		if (again)
			continue; /* its galaxy is written already, all clusters in it */
		galaxy_open(w, &x->c->g);
		jw_key(w, "GalaxyCluster");
		jw_arr(w);
		for (size_t j = i; j < n; j++) {
			const struct held *y = tags[j].tag->is_galaxy ? find(h, tags[j].tag->id) : NULL;

			if (y && y->c && y->c->g.id == x->c->g.id)
				write_cluster(w, y, &tags[j]);
		}
		jw_arr_end(w);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}
