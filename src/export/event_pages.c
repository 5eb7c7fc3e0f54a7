/* event_pages.c - see event_pages.h. */
#include "export/event_pages.h"

#include "base/seek.h"

enum { ATTR_PAGE = 1000, OBJECT_PAGE = 200, EXTENDING_MAX = 1000 };

static const struct dress_options all = { .tags = true, .sightings = true };

enum rc event_pages_open(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct event_pages *p)
{
	struct event *v = NULL;
	size_t n = 0;

	*p = (struct event_pages){ .sc = sc };
	if (extended)
		TRY(event_extending(cx, sc, &e->uuid, EXTENDING_MAX, &v, &n));
	p->sources = arena_many(cx->mem, n + 1, const struct event *);
	p->sources[p->source_n++] = e;
	for (size_t i = 0; i < n; i++)
		p->sources[p->source_n++] = &v[i];
	return RC_OK;
}

static enum rc objects_page(struct ctx *cx, struct event_pages *p, int64_t event_id, bool *done)
{
	struct attr_range r = { .event_id = event_id, .deleted = DELETED_NO };
	int64_t *ids;

	TRY(object_page(cx, p->sc, event_id, p->after, DELETED_NO, OBJECT_PAGE, &p->objects, &p->object_n));
	*done = p->object_n < OBJECT_PAGE;
	if (!p->object_n)
		return RC_OK;
	p->after = p->objects[p->object_n - 1].id;
	ids = arena_many(cx->mem, p->object_n, int64_t);
	for (size_t i = 0; i < p->object_n; i++)
		ids[i] = p->objects[i].id;
	r.objects = ids;
	r.object_n = p->object_n;
	TRY(attr_page(cx, p->sc, &r, &p->attrs, &p->attr_n));
	return object_ref_list(cx, event_id, ids, p->object_n, &p->refs, &p->ref_n);
}

static enum rc attrs_page(struct ctx *cx, struct event_pages *p, int64_t event_id, bool *done)
{
	struct attr_range r = { .event_id = event_id, .after = p->after, .deleted = DELETED_NO, .outside = true, .limit = ATTR_PAGE };

	TRY(attr_page(cx, p->sc, &r, &p->attrs, &p->attr_n));
	*done = p->attr_n < ATTR_PAGE;
	if (p->attr_n)
		p->after = p->attrs[p->attr_n - 1].id;
	return RC_OK;
}

enum rc event_pages_next(struct ctx *cx, struct event_pages *p)
{
	int64_t event_id;
	bool done;

	if (p->marked)
		arena_reset(cx->mem, p->mark);
	if (p->source == p->source_n)
		return RC_DONE;
	p->mark = arena_mark(cx->mem);
	p->marked = true;
	p->attrs = NULL;
	p->objects = NULL;
	p->refs = NULL;
	p->attr_n = p->object_n = p->ref_n = 0;
	event_id = p->sources[p->source]->id;
	TRY(p->in_objects ? objects_page(cx, p, event_id, &done) : attrs_page(cx, p, event_id, &done));
	TRY(attr_dress_load(cx, p->sc, p->attrs, p->attr_n, &all, &p->dress));
	if (done) {
		p->after = 0;
		p->source += p->in_objects;
		p->in_objects = !p->in_objects;
	}
	return RC_OK;
}

void event_pages_dress(struct ctx *cx, struct event_pages *p, const struct attr *a, struct attr_extra *out)
{
	*out = (struct attr_extra){ 0 };
	attr_dress_of(cx, &p->dress, a, &all, out);
}

size_t event_pages_of_object(const struct event_pages *p, size_t i, size_t *from)
{
	size_t at = SEEK(p->attrs, p->attr_n, object_id, p->objects[i].id), n = 0;

	while (at + n < p->attr_n && p->attrs[at + n].object_id == p->objects[i].id)
		n++;
	*from = at;
	return n;
}
