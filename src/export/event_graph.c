/* event_graph.c - an event as nodes and edges, see event_graph.h. Nodes go to the answer as they are read, edges into a buffer that is put behind them. */
#include "export/event_graph.h"

#include "base/map.h"
#include "export/event_pages.h"
#include "store/tag.h"

#include <stdlib.h>

struct graph {
	struct ctx *cx;
	const struct graph_options *o;
	struct jw *w;
	struct buf edges;
	struct jw ew;
	struct arena *mem;    /* outlives the pages: what the maps hold */
	struct map relations; /* object relations met */
	struct map keys;      /* GRAPH_TAGS: name -> struct tag; GRAPH_KEY: value as JSON -> it */
	size_t edge_n, object_edge_n;
};

static const char *const pivot_keys[] = { "event_id", "distribution", "category", "type", "value", "comment", "uuid", "to_ids", "timestamp", "id" };

static struct str value_of(struct arena *a, const struct attr *x)
{
	return x->value2.n ? str_fmt(a, "%.*s|%.*s", STR(x->value1), STR(x->value2)) : x->value1;
}

static void remember(struct graph *g, struct map *m, struct str key)
{
	if (!map_get(m, key))
		map_put(m, str_dup(g->mem, key), g);
}

/* ---- which elements take part ---- */

static bool has_tag(struct graph *g, struct event_pages *p, const struct attr *a, struct str name)
{
	struct attr_extra x;

	event_pages_dress(g->cx, p, a, &x);
	for (size_t i = 0; i < x.tag_n; i++)
		if (str_eq(x.tags[i].tag->name, name))
			return true;
	return false;
}

/* numbers as numbers, other values as texts */
static int compare(struct str a, struct str b)
{
	int64_t x, y;

	if (str_i64(a, &x) && str_i64(b, &y))
		return x < y ? -1 : x > y;
	return str_cmp(a, b);
}

static bool holds(struct str how, int c)
{
	return str_eq(how, S("<")) ? c < 0 : str_eq(how, S("<=")) ? c <= 0 : str_eq(how, S("==")) ? c == 0 : str_eq(how, S(">")) ? c > 0 :
	       str_eq(how, S(">=")) ? c >= 0 : false;
}

/* A rule about a value says nothing about attributes of another relation inside an object; those outside objects have none. */
static bool value_passes(struct graph *g, const struct graph_rule *r, const struct attr *a, bool in_object)
{
	if (!str_eq(a->relation, r->what))
		return in_object;
	return holds(r->how, compare(value_of(g->cx->mem, a), r->value));
}

static bool passes(struct graph *g, struct event_pages *p, const struct attr *v, size_t n, bool object)
{
	for (size_t i = 0; i < g->o->rule_n; i++) {
		const struct graph_rule *r = &g->o->rules[i];
		bool any = false, all = true;

		if (r->of == RULE_RELATION && !object)
			continue;
		for (size_t k = 0; k < n; k++) {
			any |= r->of == RULE_RELATION ? str_eq(v[k].relation, r->what) : r->of == RULE_TAG ? has_tag(g, p, &v[k], r->what) : false;
			all &= r->of != RULE_VALUE || value_passes(g, r, &v[k], object);
		}
		if (r->of == RULE_VALUE ? !all : any == str_eq(r->how, S("Do not contain")))
			return false;
	}
	return true;
}

/* ---- nodes and edges ---- */

static void attr_node(struct graph *g, const struct attr *a)
{
	struct jw *w = g->w;

	jw_obj(w);
	jw_kid(w, "id", a->id);
	jw_kuuid(w, "uuid", &a->uuid);
	jw_kstr(w, "type", a->type->name);
	jw_kstr(w, "label", value_of(g->cx->mem, a));
	jw_kid(w, "event_id", a->event_id);
	jw_kstr(w, "node_type", S("attribute"));
	jw_kstr(w, "comment", a->comment);
	jw_obj_end(w);
}

/* objects of one template have one colour */
static struct str colour(struct graph *g, const struct object *o)
{
	uint64_t h = 1469598103934665603u;

	for (size_t i = 0; i < 16; i++)
		h = (h ^ o->template_uuid.b[i]) * 1099511628211u;
	return str_fmt(g->cx->mem, "#%06x", (unsigned)(h >> 40) & 0xffffffu);
}

static void object_node(struct graph *g, struct event_pages *p, const struct object *o, const struct attr *v, size_t n)
{
	struct jw *w = g->w;

	jw_obj(w);
	jw_kstr(w, "id", str_fmt(g->cx->mem, "o-%lld", (long long)o->id));
	jw_kuuid(w, "uuid", &o->uuid);
	jw_kstr(w, "type", o->name);
	jw_kstr(w, "label", S(""));
	jw_key(w, "Attribute");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		struct attr_extra x;

		event_pages_dress(g->cx, p, &v[i], &x);
		misp_write_attr(w, ATTR_IN_EVENT, &v[i], &x);
		if (v[i].relation.n)
			remember(g, &g->relations, v[i].relation);
	}
	jw_arr_end(w);
	jw_kstr(w, "node_type", S("object"));
	jw_kstr(w, "meta-category", o->meta_category);
	if (o->has_template)
		jw_kuuid(w, "template_uuid", &o->template_uuid);
	else
		jw_knull(w, "template_uuid");
	jw_kid(w, "event_id", o->event_id);
	jw_kstr(w, "comment", o->comment);
	if (g->o->kind == GRAPH_REFERENCES)
		jw_kstr(w, "color", colour(g, o));
	jw_obj_end(w);
}

static void ref_edges(struct graph *g, const struct event_pages *p, const struct object *o)
{
	struct jw *w = &g->ew;

	for (size_t i = 0; i < p->ref_n; i++) {
		const struct ref_row *r = &p->refs[i];

		if (r->r.object_id != o->id || r->r.deleted)
			continue;
		jw_obj(w);
		jw_kid(w, "id", r->r.id);
		jw_kuuid(w, "uuid", &r->r.uuid);
		jw_kstr(w, "from", str_fmt(g->cx->mem, "o-%lld", (long long)o->id));
		if (r->referenced_kind == 0)
			jw_kstr(w, "to", str_fmt(g->cx->mem, "o-%lld", (long long)r->referenced_id));
		else
			jw_kid(w, "to", r->referenced_id);
		jw_kstr(w, "type", r->r.relationship_type);
		jw_kstr(w, "comment", r->r.comment);
		jw_kid(w, "event_id", r->r.event_id);
		jw_obj_end(w);
	}
}

static void edge_open(struct graph *g, const char *name, size_t n, struct str from)
{
	jw_obj(&g->ew);
	jw_kstr(&g->ew, "id", str_fmt(g->cx->mem, "%s%zu", name, n));
	jw_kstr(&g->ew, "from", from);
}

static void edge_close(struct graph *g, struct str type)
{
	jw_kstr(&g->ew, "type", type);
	jw_kstr(&g->ew, "comment", S(""));
	jw_obj_end(&g->ew);
}

/* Edges to the tags of an attribute; of one in an object those that seen does not hold yet, and the attribute with them. */
static void tag_edges(struct graph *g, struct event_pages *p, const struct attr *a, struct map *seen)
{
	struct attr_extra x;
	size_t made = 0;

	event_pages_dress(g->cx, p, a, &x);
	for (size_t i = 0; i < x.tag_n; i++) {
		const struct tag *t = x.tags[i].tag;

		if (seen && map_put(seen, t->name, g))
			continue;
		if (seen && !made) { /* the attribute comes out of its object */
			attr_node(g, a);
			edge_open(g, "obj_edge_id_", g->object_edge_n++, str_fmt(g->cx->mem, "o-%lld", (long long)a->object_id));
			jw_kid(&g->ew, "to", a->id);
			edge_close(g, S(""));
		}
		edge_open(g, "tag_edge_id_", g->edge_n++, str_fmt(g->cx->mem, "%lld", (long long)a->id));
		jw_kstr(&g->ew, "to", t->name);
		edge_close(g, x.tags[i].relationship_type.p ? x.tags[i].relationship_type : S(""));
		if (!map_get(&g->keys, t->name)) {
			struct tag *keep = arena_one(g->mem, struct tag);

			*keep = *t;
			keep->name = str_dup(g->mem, t->name);
			keep->colour = str_dup(g->mem, t->colour);
			map_put(&g->keys, keep->name, keep);
		}
		made++;
	}
}

/* the member of that name as JSON; false when it is none of those that may be asked for */
static bool key_value(struct graph *g, const struct attr *a, struct str *out)
{
	char uu[UUID_TEXT + 1];
	struct buf b;
	struct jw w;
	size_t i = 0;

	while (i < sizeof(pivot_keys) / sizeof(*pivot_keys) && !str_eq(g->o->key, str_c(pivot_keys[i])))
		i++;
	buf_init(&b, 1 << 20);
	jw_init(&w, &b, false);
	switch (i) {
	case 0: jw_int_str(&w, a->event_id); break;
	case 1: jw_int_str(&w, a->distribution); break;
	case 2: jw_str(&w, cat_name(a->cat)); break;
	case 3: jw_str(&w, a->type->name); break;
	case 4: jw_str(&w, value_of(g->cx->mem, a)); break;
	case 5: jw_str(&w, a->comment); break;
	case 6: uuid_text(&a->uuid, uu); jw_str(&w, str_n(uu, UUID_TEXT)); break;
	case 7: jw_bool(&w, a->to_ids); break;
	case 8: jw_int_str(&w, a->timestamp); break;
	case 9: jw_int_str(&w, a->id); break;
	default: return false;
	}
	*out = str_dup(g->cx->mem, buf_view(&b));
	buf_clear(&b);
	return true;
}

static void key_edge(struct graph *g, const char *name, struct str from, struct str key)
{
	remember(g, &g->keys, key);
	edge_open(g, name, g->edge_n++, from);
	jw_kstr(&g->ew, "to", str_fmt(g->cx->mem, "keyType_%.*s", STR(key)));
	jw_obj_end(&g->ew);
}

static void outside(struct graph *g, struct event_pages *p, const struct attr *a)
{
	struct str key;

	attr_node(g, a);
	if (g->o->kind == GRAPH_TAGS)
		tag_edges(g, p, a, NULL);
	else if (g->o->kind == GRAPH_KEY && key_value(g, a, &key))
		key_edge(g, "keyval_edge_id_", str_fmt(g->cx->mem, "%lld", (long long)a->id), key);
}

static void object(struct graph *g, struct event_pages *p, const struct object *o, const struct attr *v, size_t n)
{
	struct map seen = { 0 };
	struct str key;

	object_node(g, p, o, v, n);
	for (size_t i = 0; i < n; i++) {
		if (g->o->kind == GRAPH_TAGS)
			tag_edges(g, p, &v[i], &seen);
		else if (g->o->kind == GRAPH_KEY && key_value(g, &v[i], &key) && !map_put(&seen, key, g))
			key_edge(g, "keyType_edge_id_", str_fmt(g->cx->mem, "o-%lld", (long long)o->id), key);
	}
	map_clear(&seen);
	if (g->o->kind != GRAPH_TAGS)
		ref_edges(g, p, o);
}

static void key_nodes(struct graph *g)
{
	struct str key;
	void *val;

	for (size_t i = 0; map_next(&g->keys, &i, &key, &val);) {
		jw_obj(g->w);
		if (g->o->kind == GRAPH_TAGS) {
			const struct tag *t = val;

			jw_kstr(g->w, "id", key);
			jw_kid(g->w, "uuid", t->id); /* the edges use the name: this is where the number is */
			jw_kstr(g->w, "type", S("tag"));
			jw_kstr(g->w, "label", key);
			jw_kstr(g->w, "node_type", S("tag"));
			jw_key(g->w, "tagContent");
			misp_write_tag(g->w, t, false);
		} else {
			jw_kstr(g->w, "id", str_fmt(g->cx->mem, "keyType_%.*s", STR(key)));
			jw_kstr(g->w, "type", S("keyType"));
			jw_kstr(g->w, "label", key);
			jw_kstr(g->w, "node_type", S("keyType"));
		}
		jw_obj_end(g->w);
	}
}

static enum rc items(struct graph *g, struct event_pages *p)
{
	enum rc rc;

	while ((rc = event_pages_next(g->cx, p)) == RC_OK) {
		if (!p->objects) {
			for (size_t i = 0; i < p->attr_n; i++)
				if (passes(g, p, &p->attrs[i], 1, false))
					outside(g, p, &p->attrs[i]);
			continue;
		}
		for (size_t i = 0; i < p->object_n; i++) {
			size_t from, n = event_pages_of_object(p, i, &from);

			if (passes(g, p, p->attrs + from, n, true))
				object(g, p, &p->objects[i], p->attrs + from, n);
		}
	}
	return rc == RC_DONE ? RC_OK : rc;
}

static int by_name(const void *a, const void *b)
{
	const struct tag_row *x = a, *y = b;

	return str_cmp(x->t.name, y->t.name);
}

static enum rc head(struct graph *g)
{
	struct tag_row *v;
	size_t n;

	TRY(tag_list(g->cx, (struct str){ 0 }, false, &v, &n));
	if (n > 1)
		qsort(v, n, sizeof(*v), by_name);
	jw_key(g->w, "existing_tags");
	jw_obj(g->w);
	for (size_t i = 0; i < n; i++) {
		jw_key_str(g->w, str_fmt(g->cx->mem, "%lld", (long long)v[i].t.id));
		jw_str(g->w, v[i].t.name);
	}
	jw_obj_end(g->w);
	jw_key(g->w, "available_pivot_key");
	jw_arr(g->w);
	for (size_t i = 0; i < sizeof(pivot_keys) / sizeof(*pivot_keys); i++)
		jw_str(g->w, str_c(pivot_keys[i]));
	jw_arr_end(g->w);
	return RC_OK;
}

static void tail(struct graph *g, const struct event_pages *p)
{
	struct str key;
	void *val;

	jw_key(g->w, "relations");
	jw_raw(g->w, buf_view(&g->edges));
	jw_key(g->w, "existing_object_relation");
	jw_obj(g->w);
	for (size_t i = 0; map_next(&g->relations, &i, &key, &val);) {
		jw_key_str(g->w, key);
		jw_int(g->w, 0);
	}
	jw_obj_end(g->w);
	if (!g->o->extended)
		return;
	jw_key(g->w, "extended_event_uuid_mapping");
	jw_obj(g->w);
	for (size_t i = 0; i < p->source_n; i++) {
		char uu[UUID_TEXT + 1];

		uuid_text(&p->sources[i]->uuid, uu);
		jw_key_str(g->w, str_fmt(g->cx->mem, "%lld", (long long)p->sources[i]->id));
		jw_str(g->w, str_n(uu, UUID_TEXT));
	}
	jw_obj_end(g->w);
}

enum rc event_graph_write(struct ctx *cx, const struct scope *sc, const struct event *e, const struct graph_options *o, struct jw *w)
{
	struct graph g = { .cx = cx, .o = o, .w = w, .mem = arena_new(0) };
	struct event_pages p;
	enum rc rc;

	buf_init(&g.edges, 1 << 30);
	jw_init(&g.ew, &g.edges, false);
	jw_obj(w);
	rc = head(&g);
	if (rc == RC_OK)
		rc = event_pages_open(cx, sc, e, o->extended, &p);
	if (rc == RC_OK) {
		jw_key(w, "items");
		jw_arr(w);
		jw_arr(&g.ew);
		rc = items(&g, &p);
	}
	if (rc == RC_OK) {
		key_nodes(&g);
		jw_arr_end(w);
		jw_arr_end(&g.ew);
		tail(&g, &p);
		jw_obj_end(w);
	}
	buf_clear(&g.edges);
	map_clear(&g.relations);
	map_clear(&g.keys);
	arena_free(g.mem);
	return rc;
}
