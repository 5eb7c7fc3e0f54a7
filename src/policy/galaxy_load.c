/* galaxy_load.c - a clone of misp-galaxy into the store, see library_load.h. A file's clusters are put together in memory, then written table by table; those
 * that were here keep their ids, those made by people are not touched. */
#include "policy/library_load.h"

#include "base/map.h"
#include "lists/galaxy.h"
#include "store/galaxy.h"
#include "store/tag.h"

struct loading {
	struct library_report *out;
	struct galaxy *galaxies;
	size_t galaxy_n, galaxy_cap;
	struct arena *mem; /* outlives the files */
	struct map tags;   /* name -> struct tag, of links */
};

static enum rc load_galaxy(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct loading *l = arg;
	struct galaxy g, there;
	enum rc rc = galaxy_read(cx, text, &g);

	(void)name;
	l->out->seen++;
	if (rc == RC_BAD || rc == RC_INVALID) {
		ctx_forgive(cx);
		l->out->bad++;
		return RC_OK;
	}
	TRY(rc);
	rc = galaxy_load(cx, 0, &g.uuid, &there);
	if (rc == RC_DONE || (rc == RC_OK && there.version < g.version)) {
		if (rc == RC_OK) {
			g.id = there.id;
			g.enabled = there.enabled;
			g.local_only = there.local_only;
		}
		l->out->added += rc == RC_DONE;
		l->out->updated += rc == RC_OK;
		TRY(galaxy_put(cx, &g));
	} else {
		TRY(rc);
		g.id = there.id;
		l->out->same++;
	}
	l->galaxies = arena_grow(l->mem, l->galaxies, &l->galaxy_cap, l->galaxy_n, sizeof(*l->galaxies));
	l->galaxies[l->galaxy_n++] = (struct galaxy){ .id = g.id, .type = str_dup(l->mem, g.type) };
	return RC_OK;
}

static enum rc link_tag(struct ctx *cx, struct loading *l, struct str name, int64_t *id)
{
	struct tag *t = map_get(&l->tags, name);

	if (!t) {
		enum rc rc;

		t = arena_one(l->mem, struct tag);
		rc = tag_capture(cx, name, S(""), true, t);
		if (rc != RC_OK)
			return rc == RC_DONE ? RC_OK : rc;
		map_put(&l->tags, str_dup(l->mem, name), t);
	}
	*id = t->id;
	return RC_OK;
}

/* Ids by uuid of what was here: each is given once, since a library may name a uuid twice. */
static enum rc known_ids(struct ctx *cx, int64_t galaxy_id, struct map *out)
{
	struct cluster_id *v;
	size_t n;

	TRY(cluster_default_ids(cx, galaxy_id, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (!map_get(out, uuid_blob(&v[i].uuid)))
			map_put(out, uuid_blob(&v[i].uuid), &v[i].id);
	return RC_OK;
}

static enum rc put_together(struct ctx *cx, struct loading *l, const struct clusters_file *f, const struct galaxy *g, const struct map *known, struct cluster_bulk *b)
{
	struct id_run clusters, elements, relations;
	size_t element_n = 0, relation_n = 0, tag_n = 0;

	for (size_t i = 0; i < f->n; i++) {
		element_n += f->clusters[i].element_n;
		relation_n += f->clusters[i].relation_n;
		for (size_t k = 0; k < f->clusters[i].relation_n; k++)
			tag_n += f->clusters[i].relations[k].tag_n;
	}
	b->clusters = arena_many(cx->mem, f->n + 1, struct cluster);
	b->elements = arena_many(cx->mem, element_n + 1, struct cluster_element);
	b->relations = arena_many(cx->mem, relation_n + 1, struct cluster_relation);
	b->tags = arena_many(cx->mem, tag_n + 1, struct relation_tag_id);
	TRY(id_run_begin(cx, "galaxy_cluster", &clusters));
	TRY(id_run_begin(cx, "galaxy_element", &elements));
	TRY(id_run_begin(cx, "galaxy_relation", &relations));
	for (size_t i = 0; i < f->n; i++) {
		const struct cluster_in *in = &f->clusters[i];
		int64_t *known_id = map_get(known, uuid_blob(&in->uuid)), id = 0;

		if (known_id) {
			id = *known_id;
			*known_id = 0;
		}
		if (!id)
			id = clusters.next++;
		b->clusters[b->cluster_n++] = (struct cluster){
			.id = id, .galaxy_id = g->id, .uuid = in->uuid, .collection_uuid = f->uuid, .value = in->value, .description = in->description,
			.tag_name = str_fmt(cx->mem, "misp-galaxy:%.*s=\"%.*s\"", STR(g->type), STR(in->value)), .source = f->source, .authors = f->authors,
			.version = f->version, .distribution = 3, .is_default = true, .published = true };
		for (size_t k = 0; k < in->element_n; k++)
			b->elements[b->element_n++] = (struct cluster_element){ elements.next++, id, in->elements[k].key, in->elements[k].value };
		for (size_t k = 0; k < in->relation_n; k++) {
			const struct relation_in *r = &in->relations[k];
			int64_t relation_id = relations.next++;
			size_t first = b->tag_n;

			b->relations[b->relation_n++] = (struct cluster_relation){ .id = relation_id, .cluster_id = id, .referenced_uuid = r->referenced_uuid,
										   .type = r->type, .distribution = 3, .is_default = true };
			for (size_t t = 0; t < r->tag_n; t++) {
				int64_t tag_id = 0;
				bool twice = false;

				TRY(link_tag(cx, l, r->tags[t], &tag_id));
				for (size_t j = first; j < b->tag_n; j++)
					twice |= b->tags[j].tag_id == tag_id;
				if (tag_id && !twice)
					b->tags[b->tag_n++] = (struct relation_tag_id){ relation_id, tag_id };
			}
		}
	}
	TRY(id_run_end(cx, &clusters));
	TRY(id_run_end(cx, &elements));
	return id_run_end(cx, &relations);
}

static enum rc load_clusters(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct loading *l = arg;
	const struct galaxy *g = NULL;
	struct cluster_bulk b = { 0 };
	struct clusters_file f;
	struct map known = { 0 };
	int64_t version, n;
	enum rc rc = clusters_read(cx, text, &f);

	(void)name;
	for (size_t i = 0; rc == RC_OK && i < l->galaxy_n; i++)
		if (str_eq(l->galaxies[i].type, f.type))
			g = &l->galaxies[i];
	l->out->seen++;
	if (rc == RC_BAD || rc == RC_INVALID || (rc == RC_OK && !g)) {
		ctx_forgive(cx);
		l->out->bad++;
		return RC_OK;
	}
	TRY(rc);
	TRY(cluster_default_state(cx, g->id, &version, &n));
	if (n && version >= f.version) {
		l->out->same++;
		return RC_OK;
	}
	l->out->added += n == 0;
	l->out->updated += n != 0;
	l->out->parts += f.n;
	rc = n ? known_ids(cx, g->id, &known) : RC_OK;
	if (rc == RC_OK && n)
		rc = cluster_default_clear(cx, g->id);
	if (rc == RC_OK)
		rc = put_together(cx, l, &f, g, &known, &b);
	map_clear(&known);
	TRY(rc);
	return cluster_bulk_write(cx, &b);
}

enum rc galaxies_load_library(struct ctx *cx, struct str dir, struct library_report *out)
{
	struct loading l = { .out = out, .mem = arena_new(0) };
	const char *d = str_cdup(cx->mem, dir);
	enum rc rc = store_begin(cx);

	*out = (struct library_report){ 0 };
	if (rc == RC_OK)
		rc = library_files(cx, d, "galaxies", load_galaxy, &l);
	if (rc == RC_OK)
		rc = library_files(cx, d, "clusters", load_clusters, &l);
	map_clear(&l.tags);
	arena_free(l.mem);
	return library_end(cx, rc, "Galaxy", out);
}
