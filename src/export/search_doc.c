/* search_doc.c - the formats json, csv, text and count over attributes, events and objects.
 *
 * Attributes come from the query in the order (event, id). Events are found by their own conditions, or by the attributes that match, which come grouped by
 * event. Between two pieces nothing of the database is held. */
#include "export/search_doc_int.h"

#include "base/seek.h"
#include "correlate/correlate.h"
#include "model/value.h"
#include "export/galaxy_doc.h"
#include "format/misp_group.h"
#include "format/misp_proposal.h"
#include "store/corr.h"
#include "store/group.h"
#include "store/proposal.h"

#include <stdlib.h>

enum { PAGE = 2000, FIRST = 200 };

static void done_doc(void *arg)
{
	struct search_doc *d = arg;

	arena_free(d->mem);
	arena_free(d->keep);
	free(d->seen.v);
	jx_clear(&d->xml);
	buf_clear(&d->json);
}

enum rc search_doc_open(struct ctx *cx, const struct scope *sc, struct query *q, const struct search_options *o, const struct search_format *f,
			struct search_doc **out)
{
	struct search_doc *d = arena_one(cx->mem, struct search_doc);

	d->sc = sc;
	d->q = q;
	d->o = *o;
	d->f = f;
	d->left = o->limit ? o->limit : SIZE_MAX;
	d->skip = o->limit && o->page > 1 ? (o->page - 1) * o->limit : 0;
	if (f->values_only)
		query_values_only(cx, q);
	d->mem = arena_new(0);
	d->keep = arena_new(0);
	arena_cleanup(cx->mem, done_doc, d);
	*out = d;
	return RC_OK;
}

enum rc search_doc_more(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct arena_mark m = arena_mark(cx->mem);
	enum rc rc = d->f->more(cx, d, out);

	arena_reset(cx->mem, m);
	return rc;
}

/* objects that hold a matching attribute */
static enum rc count_objects(struct ctx *cx, const struct query *q, int64_t *out)
{
	struct query *copy = query_copy(cx, q);
	struct arena_mark m = arena_mark(cx->mem);
	struct u64seen seen = { 0 };
	bool done = false;
	enum rc rc = RC_OK;

	*out = 0;
	while (!done && rc == RC_OK) {
		struct attr *v;
		size_t n;

		rc = query_attrs(cx, copy, PAGE, &v, &n, &done);
		for (size_t i = 0; rc == RC_OK && i < n; i++)
			if (v[i].object_id && !doc_seen(&seen, (uint64_t)v[i].object_id << 1))
				++*out;
		arena_reset(cx->mem, m);
	}
	free(seen.v);
	return rc;
}

enum rc search_doc_count(struct ctx *cx, struct search_doc *d, int64_t *out)
{
	if (d->o.what == SEARCH_OBJECTS)
		return count_objects(cx, d->q, out);
	if (d->o.what == SEARCH_EVENTS)
		return query_count_events(cx, d->q, out);
	if (d->o.what == SEARCH_ATTRIBUTES && !d->o.limit && !d->begun && !d->first) {
		/* a short answer is counted by reading it */
		TRY(query_attrs(cx, d->q, FIRST, &d->first, &d->first_n, &d->rows_done));
		*out = (int64_t)d->first_n;
		if (d->rows_done)
			return RC_OK;
	}
	return query_count_attrs(cx, d->q, out);
}

/* ---- events: the next one to write ---- */

enum rc doc_next_event(struct ctx *cx, struct search_doc *d, struct event *out, bool *there)
{
	*there = false;
	while (d->left) {
		if (d->event_at < d->event_n) {
			struct event *e = &d->events[d->event_at++];

			if (d->skip) {
				d->skip--;
				continue;
			}
			*out = *e;
			*there = true;
			d->left--;
			return RC_OK;
		}
		if (d->rows_done)
			return RC_OK;
		/* the page's events live in d->mem until they are written */
		arena_clear(d->mem);
		{
			struct ctx page = *cx;
			enum rc rc;

			page.mem = d->mem;
			if (query_on_attrs(d->q)) {
				struct attr *v;
				int64_t *ids;
				size_t n, k = 0;

				rc = query_attrs(&page, d->q, PAGE, &v, &n, &d->rows_done);
				if (rc == RC_OK) {
					ids = arena_many(d->mem, n + 1, int64_t);
					for (size_t i = 0; i < n; i++)
						if (v[i].event_id != d->last_event) {
							d->last_event = v[i].event_id;
							ids[k++] = d->last_event;
						}
					rc = event_load_many(&page, d->sc, ids, k, &d->events, &d->event_n);
				}
			} else {
				rc = query_events(&page, d->q, 200, &d->events, &d->event_n, &d->rows_done);
			}
			cx->err = page.err;
			cx->conn = page.conn;
			TRY(rc);
		}
		d->event_at = 0;
	}
	return RC_OK;
}

/* the attributes to write of one event found after the other; page and limit count events */
static enum rc next_by_event(struct ctx *cx, struct search_doc *d, struct attr **v, size_t *n)
{
	bool done = false;

	while (!*n) {
		if (!d->within) {
			struct ctx page = *cx;
			struct event e;
			bool there;

			d->rows_done = d->events_done;
			TRY(doc_next_event(cx, d, &e, &there));
			d->events_done = d->rows_done;
			d->rows_done = !there;
			if (!there)
				return RC_OK;
			page.mem = d->mem;
			d->within = query_in_event(&page, d->o.inside, e.id);
			if (d->f->values_only)
				query_values_only(&page, d->within);
		}
		TRY(query_attrs(cx, d->within, PAGE, v, n, &done));
		if (done)
			d->within = NULL;
	}
	return RC_OK;
}

/* ---- pages of attributes, with page and limit applied ---- */

enum rc doc_next_attrs(struct ctx *cx, struct search_doc *d, struct attr **v, size_t *n)
{
	*n = 0;
	if (d->first) {
		*v = d->first;
		*n = d->first_n;
		d->first = NULL;
		return RC_OK;
	}
	if (d->o.by_event)
		return next_by_event(cx, d, v, n);
	while (!d->rows_done && !*n && d->left) {
		TRY(query_attrs(cx, d->q, d->left < PAGE && !d->skip ? d->left : PAGE, v, n, &d->rows_done));
		if (d->skip >= *n) {
			d->skip -= *n;
			*n = 0;
			continue;
		}
		*v += d->skip;
		*n -= d->skip;
		d->skip = 0;
		if (*n > d->left)
			*n = d->left;
	}
	d->left -= *n;
	if (!d->left)
		d->rows_done = true;
	return RC_OK;
}

/* events of a page of attributes, ascending */
enum rc doc_events_of(struct ctx *cx, const struct search_doc *d, const struct attr *v, size_t n, struct event **out, size_t *out_n)
{
	int64_t *ids = arena_many(cx->mem, n + 1, int64_t);
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (!k || ids[k - 1] != v[i].event_id)
			ids[k++] = v[i].event_id;
	return event_load_many(cx, d->sc, ids, k, out, out_n);
}

const struct event *doc_event_in(const struct event *v, size_t n, int64_t id)
{
	size_t i = FIND(v, n, id, id);

	return i < n ? &v[i] : NULL;
}

/* ---- JSON of attributes ---- */

struct orgs {
	struct org org, orgc;
};

static enum rc load_orgs(struct ctx *cx, const struct event *e, struct orgs *o)
{
	struct org_ref a, b;

	TRY(org_ref_load(cx, e->org_id, &a));
	b = a;
	if (e->orgc_id != e->org_id)
		TRY(org_ref_load(cx, e->orgc_id, &b));
	o->org = org_of_ref(&a);
	o->orgc = org_of_ref(&b);
	return RC_OK;
}

/* what all attributes of one event in the page share */
struct shared {
	const struct event *e;
	struct orgs orgs;
	struct attr_dress dress;
	struct tag_out *tags;
	size_t tag_n;
	struct galaxies_of *galaxies; /* includeGalaxy */
	struct proposal *proposals;   /* includeProposals */
	size_t proposal_n;
};

static int by_attribute(const void *x, const void *y)
{
	const struct proposal *a = x, *b = y;

	if (a->old_id != b->old_id)
		return a->old_id < b->old_id ? -1 : 1;
	return a->a.id < b->a.id ? -1 : a->a.id > b->a.id;
}

static enum rc share_load(struct ctx *cx, struct search_doc *d, const struct event *e, const struct attr *v, size_t n, struct shared *g)
{
	struct dress_options o = { .tags = true, .sightings = d->o.include_sightings, .no_local_tags = d->o.no_local_tags, .decay = d->o.decay != NULL,
				   .attachments = d->o.attachments };
	struct tag_use *t;
	size_t tn;

	*g = (struct shared){ .e = e };
	TRY(attr_dress_load(cx, d->sc, v, n, &o, &g->dress));
	if (d->o.include_context || d->o.include_event_tags) {
		TRY(tag_of_events(cx, &e->id, 1, &t, &tn));
		g->tags = arena_many(cx->mem, tn + 1, struct tag_out);
		for (size_t i = 0; i < tn; i++)
			if (t[i].t.exportable)
				g->tags[g->tag_n++] = (struct tag_out){ .tag = &t[i].t, .local = t[i].local, .relationship_type = t[i].relationship_type, .inherited = true };
	}
	if (d->o.include_galaxy) {
		g->galaxies = galaxies_of_new(cx, d->sc);
		TRY(galaxies_of_add(cx, g->galaxies, g->dress.tags, g->dress.tag_n));
	}
	if (d->o.include_proposals) {
		TRY(proposal_list(cx, d->sc, &(struct proposal_filter){ .event_id = e->id }, &g->proposals, &g->proposal_n));
		if (g->proposal_n)
			qsort(g->proposals, g->proposal_n, sizeof(*g->proposals), by_attribute);
	}
	return d->o.include_context ? load_orgs(cx, e, &g->orgs) : RC_OK;
}

static void write_clusters(void *arg, struct jw *w, const struct tag_out *tags, size_t n)
{
	galaxies_of_write(arg, w, tags, n);
}

/* Members and the owner see what a group is. */
static enum rc write_group(struct ctx *cx, struct search_doc *d, const struct attr *a)
{
	struct group g;
	enum rc rc;

	if (a->distribution != DIST_SHARING_GROUP || !a->sharing_group_id || d->o.group_ids_only)
		return RC_OK;
	rc = group_load(cx, d->sc, &(struct event_key){ .id = a->sharing_group_id }, &g);
	if (rc == RC_DONE)
		return RC_OK;
	TRY(rc);
	jw_key(&d->w, "SharingGroup");
	misp_write_group(&d->w, &g);
	return RC_OK;
}

static enum rc write_related(struct ctx *cx, struct search_doc *d, const struct attr *a)
{
	struct corr_link *l;
	struct event *ev;
	int64_t *ids, *attrs;
	struct attr *others;
	size_t n, en, on;

	TRY(correlate_attrs(cx, d->sc, a, 1, NULL, &l, &n));
	ids = arena_many(cx->mem, n + 1, int64_t);
	attrs = arena_many(cx->mem, n + 1, int64_t);
	for (size_t i = 0; i < n; i++) {
		ids[i] = l[i].other_event;
		attrs[i] = l[i].other_attr;
	}
	TRY(event_load_many(cx, d->sc, ids, n, &ev, &en));
	TRY(attr_load_many(cx, d->sc, attrs, n, &others, &on));
	jw_key(&d->w, "RelatedAttribute");
	jw_arr(&d->w);
	for (size_t i = 0; i < on; i++) {
		const struct event *e = doc_event_in(ev, en, others[i].event_id);

		if (e)
			misp_write_related_attr(&d->w, &others[i], e);
	}
	jw_arr_end(&d->w);
	return RC_OK;
}

static enum rc write_attr(struct ctx *cx, struct search_doc *d, struct shared *g, const struct attr *a)
{
	struct dress_options o = { .tags = true, .sightings = d->o.include_sightings, .no_local_tags = d->o.no_local_tags };
	struct attr_extra x = { .event_uuid = d->o.include_event_uuid ? &g->e->uuid : NULL };

	attr_dress_of(cx, &g->dress, a, &o, &x);
	if (d->o.include_event_tags && g->tag_n) {
		struct tag_out *t = arena_many(cx->mem, x.tag_n + g->tag_n, struct tag_out);

		if (x.tag_n)
			memcpy(t, x.tags, x.tag_n * sizeof(*t));
		memcpy(t + x.tag_n, g->tags, g->tag_n * sizeof(*t));
		x.tags = t;
		x.tag_n += g->tag_n;
	}
	misp_write_attr_open(&d->w, ATTR_ALONE, a, NULL);
	misp_write_attr_event(&d->w, g->e, d->o.include_context, &(struct event_extra){ .org = &g->orgs.org, .orgc = &g->orgs.orgc }, g->tags, g->tag_n);
	if (g->galaxies) {
		x.galaxies = write_clusters;
		x.galaxies_arg = g->galaxies;
	}
	misp_write_attr_extra(&d->w, ATTR_ALONE, a, &x);
	if (d->o.include_proposals)
		misp_write_proposals(&d->w, g->proposals, g->proposal_n, a->id);
	TRY(write_group(cx, d, a));
	if (d->o.include_correlations)
		TRY(write_related(cx, d, a));
	if (d->o.warnings)
		d->o.warnings(d->o.warnings_arg, &d->w, a);
	if (d->o.decay)
		decay_view_write(d->o.decay, &g->dress.decay, &d->w, a);
	misp_write_attr_close(&d->w);
	return x.file ? cx->err.rc : RC_OK;
}

static enum rc json_attributes(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct attr *v;
	struct event *ev;
	size_t n, en;

	if (!d->begun) {
		jw_init(&d->w, out, d->o.pretty);
		jw_obj(&d->w);
		jw_key(&d->w, "response");
		jw_obj(&d->w);
		jw_key(&d->w, "Attribute");
		jw_arr(&d->w);
		d->begun = true;
	}
	d->w.out = out;
	TRY(doc_next_attrs(cx, d, &v, &n));
	TRY(doc_events_of(cx, d, v, n, &ev, &en));
	for (size_t i = 0, j; i < n; i = j) {
		const struct event *e = doc_event_in(ev, en, v[i].event_id);
		struct shared g;

		for (j = i + 1; j < n && v[j].event_id == v[i].event_id;)
			j++;
		if (!e)
			continue; /* taken away in this moment */
		TRY(share_load(cx, d, e, v + i, j - i, &g));
		for (size_t k = i; k < j; k++)
			TRY(write_attr(cx, d, &g, &v[k]));
	}
	if (!d->rows_done)
		return RC_OK;
	jw_arr_end(&d->w);
	jw_obj_end(&d->w);
	jw_obj_end(&d->w);
	return RC_DONE;
}

/* ---- JSON of events ---- */

static enum rc json_events(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	if (!d->begun) {
		jw_init(&d->w, out, d->o.pretty);
		jw_obj(&d->w);
		jw_key(&d->w, "response");
		jw_arr(&d->w);
		d->begun = true;
	}
	d->w.out = out;
	for (size_t start = out->n; out->n - start < 256 << 10;) {
		struct event_doc_options eo = { .deleted = d->o.deleted, .metadata = d->o.metadata, .warnings = d->o.warnings, .warnings_arg = d->o.warnings_arg,
						.only = d->o.inside, .no_sightings = d->o.no_sightings, .no_galaxies = d->o.no_galaxies,
						.no_reports = d->o.no_reports, .no_proposals = d->o.no_proposals, .no_local_tags = d->o.no_local_tags,
						.group_ids_only = d->o.group_ids_only, .extended = d->o.extended, .decay = d->o.decay, .attachments = d->o.attachments };
		struct arena_mark m = arena_mark(cx->mem);
		struct event e;
		struct event_doc *doc;
		bool there;
		enum rc rc;

		TRY(doc_next_event(cx, d, &e, &there));
		if (!there) {
			jw_arr_end(&d->w);
			jw_obj_end(&d->w);
			return RC_DONE;
		}
		eo.show_creator = d->sc->all || e.org_id == d->sc->org_id;
		TRY(event_doc_open(cx, d->sc, &e, &eo, &doc));
		while ((rc = event_doc_more(cx, doc, &d->w)) == RC_OK) {
		}
		if (rc != RC_DONE)
			return rc;
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

/* ---- objects: those that hold a matching attribute ---- */

static enum rc write_object(struct ctx *cx, struct search_doc *d, const struct event *e, const struct object *o)
{
	struct attr_range r = { .event_id = o->event_id, .deleted = d->o.deleted, .objects = &o->id, .object_n = 1 };
	struct dress_options dress = { .attachments = d->o.attachments };
	struct attr_dress dr;
	struct attr *v;
	size_t n;

	TRY(attr_page(cx, d->sc, &r, &v, &n));
	TRY(attr_dress_load(cx, d->sc, v, n, &dress, &dr));
	jw_obj(&d->w);
	jw_key(&d->w, "Object");
	misp_write_object_open(&d->w, o);
	jw_key(&d->w, "Attribute");
	jw_arr(&d->w);
	for (size_t i = 0; i < n; i++) {
		struct attr_extra x = { .attribute_tag = true };

		attr_dress_of(cx, &dr, &v[i], &dress, &x);
		misp_write_attr(&d->w, ATTR_SAVED, &v[i], &x);
	}
	jw_arr_end(&d->w);
	misp_write_object_event(&d->w, e);
	misp_write_object_close(&d->w);
	jw_obj_end(&d->w);
	return dr.file_n ? cx->err.rc : RC_OK;
}

static enum rc json_objects(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct attr *v;
	struct event *ev;
	size_t n, en;

	if (!d->begun) {
		jw_init(&d->w, out, d->o.pretty);
		jw_obj(&d->w);
		jw_key(&d->w, "response");
		jw_arr(&d->w);
		d->begun = true;
	}
	d->w.out = out;
	TRY(query_attrs(cx, d->q, PAGE, &v, &n, &d->rows_done));
	TRY(doc_events_of(cx, d, v, n, &ev, &en));
	for (size_t i = 0; i < n && d->left; i++) {
		const struct event *e = doc_event_in(ev, en, v[i].event_id);
		struct object o;

		/* the first of an object's attributes writes it */
		if (!e || !v[i].object_id || doc_seen(&d->seen, (uint64_t)v[i].object_id << 1))
			continue;
		if (d->skip) {
			d->skip--;
			continue;
		}
		if (object_load(cx, d->sc, &(struct event_key){ .id = v[i].object_id }, &o) != RC_OK) {
			ctx_forgive(cx);
			continue;
		}
		TRY(write_object(cx, d, e, &o));
		d->left--;
	}
	if (!d->rows_done && d->left)
		return RC_OK;
	jw_arr_end(&d->w);
	jw_obj_end(&d->w);
	return RC_DONE;
}

/* ---- CSV ---- */

static struct str joined(struct ctx *cx, const struct tag_out *t, size_t n)
{
	struct buf b;
	struct str s;

	if (!n)
		return S("");
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s%.*s", i ? "," : "", STR(t[i].tag->name));
	s = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return s;
}

enum rc write_csv(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct dress_options o = { .tags = true };
	struct attr *v;
	struct event *ev;
	size_t n, en;

	if (!d->begun) {
		csv_out_init(&d->csv, out, (struct csv_out_opts){ .context = d->o.include_context, .headerless = d->o.headerless, .wanted = d->o.columns,
								  .wanted_n = d->o.column_n });
		csv_out_head(&d->csv);
		d->begun = true;
	}
	d->csv.out = out;
	TRY(doc_next_attrs(cx, d, &v, &n));
	TRY(doc_events_of(cx, d, v, n, &ev, &en));
	for (size_t i = 0, j; i < n; i = j) {
		const struct event *e = doc_event_in(ev, en, v[i].event_id);
		struct object object = { 0 };
		struct shared g;

		for (j = i + 1; j < n && v[j].event_id == v[i].event_id;)
			j++;
		if (!e)
			continue;
		TRY(share_load(cx, d, e, v + i, j - i, &g));
		for (size_t k = i; k < j; k++) {
			struct arena_mark m = arena_mark(cx->mem);
			struct attr_extra x = { 0 };
			struct csv_out_row row = { .attr = &v[k], .event = e, .org = &g.orgs.org, .orgc = &g.orgs.orgc };

			if (g.dress.tag_n)
				attr_dress_of(cx, &g.dress, &v[k], &o, &x);
			row.attribute_tags = joined(cx, x.tags, x.tag_n);
			row.event_tags = d->o.include_context ? joined(cx, g.tags, g.tag_n) : S("");
			if (v[k].object_id) {
				if (object.id != v[k].object_id && object_load(cx, d->sc, &(struct event_key){ .id = v[k].object_id }, &object) != RC_OK)
					ctx_forgive(cx);
				row.object = object.id == v[k].object_id ? &object : NULL;
			}
			csv_out_row(&d->csv, &row);
			if (!v[k].object_id)
				arena_reset(cx->mem, m);
		}
	}
	if (!d->rows_done)
		return RC_OK;
	csv_out_end(&d->csv);
	return RC_DONE;
}

/* ---- numbers seen ---- */

bool doc_seen(struct u64seen *s, uint64_t k)
{
	size_t i;

	k |= 1;
	if ((s->n + 1) * 4 > s->cap * 3) {
		struct u64seen old = *s;

		s->cap = old.cap ? old.cap * 2 : 4096;
		s->v = calloc(s->cap, sizeof(*s->v));
		if (!s->v)
			abort();
		for (i = 0; i < old.cap; i++)
			if (old.v[i]) {
				size_t j = old.v[i] & (s->cap - 1);

				while (s->v[j])
					j = (j + 1) & (s->cap - 1);
				s->v[j] = old.v[i];
			}
		free(old.v);
	}
	for (i = k & (s->cap - 1); s->v[i]; i = (i + 1) & (s->cap - 1))
		if (s->v[i] == k)
			return true;
	s->v[i] = k;
	s->n++;
	return false;
}

enum rc write_json(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	return d->o.what == SEARCH_ATTRIBUTES ? json_attributes(cx, d, out) : d->o.what == SEARCH_EVENTS ? json_events(cx, d, out) : json_objects(cx, d, out);
}
