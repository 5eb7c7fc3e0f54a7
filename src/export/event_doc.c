/* event_doc.c - the event document as a small machine: each call writes the next page of the present part.
 *
 *     HEAD -> ATTRIBUTES (pages) -> OBJECTS (pages) -> TAIL (reports, related events, tags) -> END
 *
 * RelatedEvent stands behind the objects, since their values take part in it; the order of members means nothing in JSON. */
#include "export/event_doc.h"

#include "base/map.h"
#include "base/seek.h"
#include "correlate/correlate.h"
#include "export/file_text.h"
#include "export/analyst_doc.h"
#include "export/galaxy_doc.h"
#include "format/misp_group.h"
#include "format/misp_proposal.h"
#include "store/group.h"
#include "store/analyst.h"
#include "store/crypt_key.h"
#include "store/setting.h"
#include "store/proposal.h"

#include <stdio.h>
#include <stdlib.h>

enum { ATTR_PAGE = 1000, OBJECT_PAGE = 200, RELATED_DEFAULT = 500, EXTENDING_MAX = 1000 };

struct event_doc {
	const struct scope *sc;
	struct event e;
	struct event_doc_options o;
	struct query *only;
	enum { HEAD, ATTRS, OBJECTS, TAIL, END } part;
	const struct event **sources; /* whose attributes and objects are written: the event itself, then those that extend it */
	size_t source_n, source;
	int64_t after;
	bool started; /* the array of the present part is open */
	/* objects of matched attributes, when only is set: ascending ids */
	int64_t *matched;
	size_t matched_n, matched_cap;
	int64_t *matched_objects;
	size_t matched_objects_n, matched_objects_cap;
	struct arena *mem;
	struct galaxies_of *galaxies;
	struct map groups;        /* number -> struct str: a sharing group as JSON, empty when it is not for this reader */
	struct proposal *proposals; /* open ones, ascending by the attribute they are about */
	size_t proposal_n;
	struct correlating *corr; /* NULL: not asked for */
	bool analyst;             /* there is analyst data at all */
};

struct org org_of_ref(const struct org_ref *r)
{
	return (struct org){ .id = r->id, .uuid = r->uuid, .name = r->name, .local = r->local };
}

enum rc attr_dress_load(struct ctx *cx, const struct scope *sc, const struct attr *v, size_t n, const struct dress_options *o, struct attr_dress *out)
{
	int64_t first, last;

	*out = (struct attr_dress){ 0 };
	if (!n)
		return RC_OK;
	first = last = v[0].id;
	for (size_t i = 1; i < n; i++) {
		first = v[i].id < first ? v[i].id : first;
		last = v[i].id > last ? v[i].id : last;
	}
	if (o->tags)
		TRY(tag_of_attrs(cx, v[0].event_id, first, last, &out->tags, &out->tag_n));
	if (o->sightings)
		TRY(sighting_of_attrs(cx, sc, v[0].event_id, first, last, o->sighting_org, &out->sightings, &out->sighting_n));
	if (o->attachments)
		TRY(attachment_list(cx, v[0].event_id, first, last, &out->files, &out->file_n));
	return o->decay ? decay_page_load(cx, v[0].event_id, first, last, &out->decay) : RC_OK;
}

static bool has_file(const struct attr *a)
{
	return str_eq(a->type->name, S("attachment")) || str_eq(a->type->name, S("malware-sample"));
}

void attr_dress_of(struct ctx *cx, struct attr_dress *d, const struct attr *a, const struct dress_options *o, struct attr_extra *x)
{
	size_t t = SEEK(d->tags, d->tag_n, owner, a->id), s = SEEK(d->sightings, d->sighting_n, s.attribute_id, a->id), n;

	for (n = 0; t + n < d->tag_n && d->tags[t + n].owner == a->id;)
		n++;
	if (n) {
		struct tag_out *out = arena_many(cx->mem, n, struct tag_out);
		size_t k = 0;

		for (size_t i = 0; i < n; i++)
			if (d->tags[t + i].t.exportable && !(o->no_local_tags && d->tags[t + i].local))
				out[k++] = (struct tag_out){ .tag = &d->tags[t + i].t, .local = d->tags[t + i].local,
							     .relationship_type = d->tags[t + i].relationship_type };
		x->tags = out;
		x->tag_n = k;
	}
	for (n = 0; s + n < d->sighting_n && d->sightings[s + n].s.attribute_id == a->id;)
		n++;
	if (n) {
		struct sighting_out *out = arena_many(cx->mem, n, struct sighting_out);
		struct org *orgs = arena_many(cx->mem, n, struct org);

		for (size_t i = 0; i < n; i++) {
			const struct sighting_row *r = &d->sightings[s + i];

			orgs[i] = (struct org){ .id = r->s.org_id, .uuid = r->org_uuid, .name = r->org_name };
			out[i] = (struct sighting_out){ .sighting = &r->s, .org = &orgs[i], .attribute_uuid = &r->attribute_uuid };
		}
		x->sightings = out;
		x->sighting_n = n;
	}
	n = FIND(d->files, d->file_n, attr_id, a->id);
	if (n < d->file_n && has_file(a)) {
		struct file_text *f = arena_one(cx->mem, struct file_text);

		*f = (struct file_text){ cx, &d->files[n].file };
		x->file = file_text_write;
		x->file_arg = f;
	}
}

/* the event itself, and with extended those that extend it */
static enum rc sources_load(struct ctx *cx, struct event_doc *d)
{
	struct event *v = NULL;
	size_t n = 0;

	if (d->o.extended)
		TRY(event_extending(cx, d->sc, &d->e.uuid, EXTENDING_MAX, &v, &n));
	d->sources = arena_many(cx->mem, n + 1, const struct event *);
	d->sources[d->source_n++] = &d->e;
	for (size_t i = 0; i < n; i++)
		d->sources[d->source_n++] = &v[i];
	return RC_OK;
}

static int by_attribute(const void *x, const void *y)
{
	const struct proposal *a = x, *b = y;

	if (a->old_id != b->old_id)
		return a->old_id < b->old_id ? -1 : 1;
	return a->a.id < b->a.id ? -1 : a->a.id > b->a.id;
}

/* those of every event whose elements are written */
static enum rc proposals_load(struct ctx *cx, struct event_doc *d)
{
	size_t cap = 0;

	for (size_t s = 0; s < d->source_n; s++) {
		struct proposal *v = NULL;
		size_t n = 0;

		TRY(proposal_list(cx, d->sc, &(struct proposal_filter){ .event_id = d->sources[s]->id }, &v, &n));
		for (size_t i = 0; i < n; i++) {
			d->proposals = arena_grow(cx->mem, d->proposals, &cap, d->proposal_n, sizeof(*d->proposals));
			d->proposals[d->proposal_n++] = v[i];
		}
	}
	if (d->proposal_n)
		qsort(d->proposals, d->proposal_n, sizeof(*d->proposals), by_attribute);
	return RC_OK;
}

static void drop(void *arg)
{
	struct event_doc *d = arg;

	map_clear(&d->groups);
	arena_free(d->mem);
}

enum rc event_doc_open(struct ctx *cx, const struct scope *sc, const struct event *e, const struct event_doc_options *o, struct event_doc **out)
{
	struct event_doc *d = arena_one(cx->mem, struct event_doc);

	d->mem = arena_new(0); /* pages are written between marks of cx->mem: what must outlast one is kept here */
	arena_cleanup(cx->mem, drop, d);
	d->sc = sc;
	d->e = *e;
	d->o = *o;
	if (!d->o.related_max)
		d->o.related_max = setting_stored(cx, SITE_CORRELATIONS_PER_EVENT) ? (size_t)setting_int(cx, SITE_CORRELATIONS_PER_EVENT) : RELATED_DEFAULT;
	if (o->only)
		d->only = query_in_event(cx, o->only, e->id);
	if (!o->no_correlations && !o->metadata && !o->only)
		TRY(correlate_begin(cx, sc, e, &(struct corr_options){ .limit = d->o.related_max }, &d->corr));
	if (!o->no_galaxies)
		d->galaxies = galaxies_of_new(cx, sc);
	*out = d;
	TRY(sources_load(cx, d));
	TRY(analyst_any(cx, &d->analyst));
	return o->metadata || o->no_proposals ? RC_OK : proposals_load(cx, d);
}

/* Members and the owner see what a group is; whose event it is may have left the group. */
static bool group_shown(const struct scope *sc, const struct group *g)
{
	const struct group_server *here = group_server_of(g, 0);

	return sc->all || g->org_id == sc->org_id || group_member(g, sc->org_id) || (here && here->all_orgs);
}

static enum rc group_json(struct ctx *cx, struct event_doc *d, int64_t id, struct str *out)
{
	struct group g;
	struct buf b;
	struct jw w;
	enum rc rc = group_load(cx, &scope_all, &(struct event_key){ .id = id }, &g);

	*out = (struct str){ 0 };
	if (rc == RC_DONE || (rc == RC_OK && !group_shown(d->sc, &g)))
		return RC_OK;
	TRY(rc);
	buf_init(&b, 64 << 20);
	jw_init(&w, &b, false);
	misp_write_group(&w, &g);
	*out = str_dup(d->mem, buf_view(&b));
	buf_clear(&b);
	return RC_OK;
}

/* The key SharingGroup of what has one, into the open object. */
static enum rc write_group(struct ctx *cx, struct event_doc *d, struct jw *w, int distribution, int64_t id)
{
	struct str key, *known;
	char text[24];

	if (distribution != DIST_SHARING_GROUP || !id || d->o.group_ids_only)
		return RC_OK;
	key = str_n(text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)id));
	known = map_get(&d->groups, key);
	if (!known) {
		known = arena_one(d->mem, struct str);
		TRY(group_json(cx, d, id, known));
		map_put(&d->groups, str_dup(d->mem, key), known);
	}
	if (known->n) {
		jw_key(w, "SharingGroup");
		jw_raw(w, *known);
	}
	return RC_OK;
}

static enum rc write_head(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	struct org_ref o, c;
	struct org org, orgc;
	struct event_extra x = { 0 };

	TRY(org_ref_load(cx, d->e.org_id, &o));
	if (d->e.orgc_id == d->e.org_id)
		c = o;
	else
		TRY(org_ref_load(cx, d->e.orgc_id, &c));
	org = org_of_ref(&o);
	orgc = org_of_ref(&c);
	x.org = &org;
	x.orgc = &orgc;
	if (d->o.show_creator)
		TRY(user_email_load(cx, d->e.user_id, &x.creator_email));
	misp_write_event_open(w, &d->e, &x);
	return write_group(cx, d, w, d->e.distribution, d->e.sharing_group_id);
}

static struct dress_options dress(const struct event_doc *d)
{
	return (struct dress_options){ .tags = true, .decay = d->o.decay != NULL, .sightings = !d->o.no_sightings, .no_local_tags = d->o.no_local_tags,
				       .attachments = d->o.attachments, .sighting_org = d->o.own_sightings ? d->sc->org_id : 0 };
}

static void write_galaxies(void *arg, struct jw *w, const struct tag_out *tags, size_t n)
{
	galaxies_of_write(arg, w, tags, n);
}

/* what hangs on a page's attributes, clusters of their tags included */
static enum rc dress_page(struct ctx *cx, struct event_doc *d, const struct attr *v, size_t n, struct attr_dress *out)
{
	struct dress_options o = dress(d);

	TRY(attr_dress_load(cx, d->sc, v, n, &o, out));
	return d->galaxies ? galaxies_of_add(cx, d->galaxies, out->tags, out->tag_n) : RC_OK;
}

/* What people said about those of a page, the objects they lie in included: one query. */
static enum rc analyst_page(struct ctx *cx, const struct event_doc *d, const struct attr *v, size_t n, const struct object *o, size_t o_n, struct analyst_tree *out)
{
	struct uuid *u;

	*out = (struct analyst_tree){ 0 };
	if (!d->analyst || n + o_n == 0)
		return RC_OK;
	u = arena_many(cx->mem, n + o_n, struct uuid);
	for (size_t i = 0; i < n; i++)
		u[i] = v[i].uuid;
	for (size_t i = 0; i < o_n; i++)
		u[n + i] = o[i].uuid;
	return analyst_tree_load(cx, d->sc, u, n + o_n, out);
}

static enum rc write_attr(struct ctx *cx, struct event_doc *d, struct jw *w, const struct attr *a, struct attr_dress *dr, const struct analyst_tree *said)
{
	struct attr_extra x = { 0 };
	struct dress_options o = dress(d);

	attr_dress_of(cx, dr, a, &o, &x);
	if (d->galaxies) {
		x.galaxies = write_galaxies;
		x.galaxies_arg = d->galaxies;
	}
	misp_write_attr_proposed(w, a, &x, d->proposals, d->proposal_n);
	misp_write_attr_extra(w, ATTR_IN_EVENT, a, &x);
	TRY(write_group(cx, d, w, a->distribution, a->sharing_group_id));
	if (d->o.warnings)
		d->o.warnings(d->o.warnings_arg, w, a);
	if (d->o.decay)
		decay_view_write(d->o.decay, &dr->decay, w, a);
	misp_write_analyst_of(w, said, &a->uuid);
	misp_write_attr_close(w);
	return x.file ? cx->err.rc : RC_OK;
}

/* ids that matched inside objects are remembered: the objects are written with those attributes only */
static void remember(struct ctx *cx, struct event_doc *d, const struct attr *a)
{
	d->matched = arena_grow(d->mem, d->matched, &d->matched_cap, d->matched_n, sizeof(*d->matched));
	d->matched[d->matched_n++] = a->id;
	if (!d->matched_objects_n || d->matched_objects[d->matched_objects_n - 1] != a->object_id) {
		d->matched_objects = arena_grow(d->mem, d->matched_objects, &d->matched_objects_cap, d->matched_objects_n, sizeof(*d->matched_objects));
		d->matched_objects[d->matched_objects_n++] = a->object_id;
	}
}

static enum rc attrs_page(struct ctx *cx, struct event_doc *d, struct jw *w, bool *done)
{
	struct attr_range r = { .event_id = d->sources[d->source]->id, .after = d->after, .deleted = d->o.deleted, .outside = true, .limit = ATTR_PAGE };
	struct analyst_tree said;
	struct attr_dress dr;
	struct attr *v;
	size_t n;

	if (d->only) {
		TRY(query_attrs(cx, d->only, ATTR_PAGE, &v, &n, done));
	} else {
		TRY(attr_page(cx, d->sc, &r, &v, &n));
		*done = n < ATTR_PAGE;
	}
	if (d->corr)
		TRY(correlate_page(cx, d->corr, v, n));
	TRY(dress_page(cx, d, v, n, &dr));
	TRY(analyst_page(cx, d, v, n, NULL, 0, &said));
	for (size_t i = 0; i < n; i++) {
		d->after = v[i].id;
		if (v[i].object_id)
			remember(cx, d, &v[i]);
		else
			TRY(write_attr(cx, d, w, &v[i], &dr, &said));
	}
	return RC_OK;
}

static bool is_matched(const struct event_doc *d, int64_t id)
{
	return find_i64(d->matched, d->matched_n, sizeof(*d->matched), id) < d->matched_n;
}

static bool object_wanted(const struct event_doc *d, int64_t id)
{
	if (!d->only)
		return true;
	for (size_t i = 0; i < d->matched_objects_n; i++)
		if (d->matched_objects[i] == id)
			return true;
	return false;
}

static enum rc write_refs(struct ctx *cx, const struct event_doc *d, const struct object *o, const struct ref_row *refs, size_t n, struct jw *w)
{
	jw_key(w, "ObjectReference");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		struct ref_extra x = { .source_uuid = o->uuid };
		struct object target;
		struct attr attr;

		if (refs[i].r.object_id != o->id)
			continue;
		if (refs[i].referenced_kind == 0 && object_load(cx, d->sc, &(struct event_key){ .id = refs[i].referenced_id }, &target) == RC_OK)
			x.object = &target;
		else if (refs[i].referenced_kind == 1 && attr_load(cx, d->sc, &(struct event_key){ .id = refs[i].referenced_id }, &attr) == RC_OK)
			x.attr = &attr;
		if (cx->err.rc == RC_NOTFOUND)
			ctx_forgive(cx);
		misp_write_ref(w, &refs[i].r, &x);
	}
	jw_arr_end(w);
	return RC_OK;
}

static enum rc objects_page(struct ctx *cx, struct event_doc *d, struct jw *w, bool *done)
{
	int64_t event_id = d->sources[d->source]->id;
	struct attr_range r = { .event_id = event_id, .deleted = d->o.deleted };
	struct object *v;
	struct attr *attrs;
	struct attr_dress dr;
	struct analyst_tree said;
	struct ref_row *refs;
	int64_t *ids;
	size_t n, an, rn, at = 0;

	TRY(object_page(cx, d->sc, event_id, d->after, d->o.deleted, OBJECT_PAGE, &v, &n));
	*done = n < OBJECT_PAGE;
	if (!n)
		return RC_OK;
	d->after = v[n - 1].id;
	ids = arena_many(cx->mem, n, int64_t);
	for (size_t i = 0; i < n; i++)
		ids[i] = v[i].id;
	r.objects = ids;
	r.object_n = n;
	TRY(attr_page(cx, d->sc, &r, &attrs, &an));
	TRY(object_ref_list(cx, event_id, ids, n, &refs, &rn));
	if (d->corr)
		TRY(correlate_page(cx, d->corr, attrs, an));
	TRY(dress_page(cx, d, attrs, an, &dr));
	TRY(analyst_page(cx, d, attrs, an, v, n, &said));
	for (size_t i = 0; i < n; i++) {
		while (at < an && attrs[at].object_id < v[i].id)
			at++;
		if (!object_wanted(d, v[i].id))
			continue;
		misp_write_object_open(w, &v[i]);
		TRY(write_group(cx, d, w, v[i].distribution, v[i].sharing_group_id));
		TRY(write_refs(cx, d, &v[i], refs, rn, w));
		jw_key(w, "Attribute");
		jw_arr(w);
		for (; at < an && attrs[at].object_id == v[i].id; at++)
			if (!d->only || is_matched(d, attrs[at].id))
				TRY(write_attr(cx, d, w, &attrs[at], &dr, &said));
		jw_arr_end(w);
		misp_write_analyst_of(w, &said, &v[i].uuid);
		misp_write_object_close(w);
	}
	return RC_OK;
}

static enum rc write_related(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	struct corr_options o = { .limit = d->o.related_max };
	struct related rel = { 0 };
	struct event *v;
	int64_t *ids;
	size_t n;

	jw_key(w, "RelatedEvent");
	jw_arr(w);
	if (d->corr)
		TRY(correlate_end(cx, d->corr, &rel));
	else if (!d->o.no_correlations)
		TRY(correlate_event(cx, d->sc, d->e.id, &o, &rel));
	ids = arena_many(cx->mem, rel.n + 1, int64_t);
	for (size_t i = 0; i < rel.n; i++)
		ids[i] = rel.v[i].event_id;
	TRY(event_load_many(cx, d->sc, ids, rel.n, &v, &n));
	for (size_t i = 0; i < rel.n; i++) {
		size_t at = FIND(v, n, id, ids[i]); /* rows come ascending by id */

		if (at < n) {
			struct org_ref a, b;
			struct org org, orgc;

			TRY(org_ref_load(cx, v[at].org_id, &a));
			TRY(org_ref_load(cx, v[at].orgc_id, &b));
			org = org_of_ref(&a);
			orgc = org_of_ref(&b);
			misp_write_related_event(w, &v[at], &(struct event_extra){ .org = &org, .orgc = &orgc });
		}
	}
	jw_arr_end(w);
	return RC_OK;
}

static void empty(struct jw *w, const char *key)
{
	jw_key(w, key);
	jw_arr(w);
	jw_arr_end(w);
}

static enum rc write_reports_of(struct ctx *cx, struct event_doc *d, struct jw *w, const struct report *r, size_t n, const struct analyst_tree *said)
{
	for (size_t i = 0; i < n; i++) {
		struct report_out x = { r[i].id, r[i].event_id, r[i].uuid, r[i].name, r[i].content, r[i].distribution, r[i].sharing_group_id, r[i].timestamp,
					r[i].deleted };

		jw_obj(w);
		misp_write_report_members(w, &x);
		TRY(write_group(cx, d, w, r[i].distribution, r[i].sharing_group_id));
		misp_write_analyst_of(w, said, &r[i].uuid);
		jw_obj_end(w);
	}
	return RC_OK;
}

/* Reports of an event and of those merged into it, with what people said about them. */
static enum rc write_reports(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	jw_key(w, "EventReport");
	jw_arr(w);
	for (size_t s = 0; s < d->source_n; s++) {
		struct analyst_tree said = { 0 };
		struct report *r = NULL;
		struct uuid *u;
		size_t n = 0;

		if (!d->o.no_reports)
			TRY(report_list(cx, d->sc, d->sources[s]->id, d->o.deleted, &r, &n));
		u = arena_many(cx->mem, n + 1, struct uuid);
		for (size_t i = 0; i < n; i++)
			u[i] = r[i].uuid;
		if (d->analyst && n)
			TRY(analyst_tree_load(cx, d->sc, u, n, &said));
		TRY(write_reports_of(cx, d, w, r, n, &said));
	}
	jw_arr_end(w);
	return RC_OK;
}

/* What people said about the event itself. */
static enum rc write_said(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	struct analyst_tree said = { 0 };

	if (d->analyst)
		TRY(analyst_tree_load(cx, d->sc, &d->e.uuid, 1, &said));
	misp_write_analyst_of(w, &said, &d->e.uuid);
	return d->analyst ? analyst_write_inbound(cx, d->sc, w, &d->e.uuid, false) : RC_OK;
}

static enum rc write_orgc(struct ctx *cx, const struct event *e, struct jw *w)
{
	struct org_ref r;

	TRY(org_ref_load(cx, e->orgc_id, &r));
	jw_key(w, "Orgc");
	jw_obj(w);
	jw_kid(w, "id", r.id);
	jw_kuuid(w, "uuid", &r.uuid);
	jw_kstr(w, "name", r.name);
	jw_obj_end(w);
	return RC_OK;
}

/* whose elements stand among those of the event: an object with the numbers of the events as keys */
static enum rc write_extensions(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	jw_key(w, "extensionEvents");
	jw_obj(w);
	for (size_t s = 1; s < d->source_n; s++) {
		const struct event *e = d->sources[s];
		char text[24];

		snprintf(text, sizeof(text), "%lld", (long long)e->id);
		jw_key(w, text);
		jw_obj(w);
		jw_kid(w, "id", e->id);
		jw_kstr(w, "info", e->info);
		jw_kid(w, "orgc_id", e->orgc_id);
		TRY(write_orgc(cx, e, w));
		jw_obj_end(w);
	}
	jw_obj_end(w);
	return RC_OK;
}

/* the list alone, for who wants to know but not to merge */
static enum rc write_extended_by(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	struct event *v = NULL;
	size_t n = 0;

	TRY(event_extending(cx, d->sc, &d->e.uuid, EXTENDING_MAX, &v, &n));
	jw_key(w, "ExtendedBy");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(w);
		jw_kid(w, "id", v[i].id);
		jw_kuuid(w, "uuid", &v[i].uuid);
		jw_kstr(w, "info", v[i].info);
		TRY(write_orgc(cx, &v[i], w));
		jw_obj_end(w);
	}
	jw_arr_end(w);
	return RC_OK;
}

/* a tag that stands on two of the events is written once */
static bool tag_known(const struct tag_out *v, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].tag->id == id)
			return true;
	return false;
}

static enum rc write_event_tags(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	struct tag_out *out = NULL;
	size_t k = 0, cap = 0;

	for (size_t s = 0; s < d->source_n; s++) {
		struct tag_use *t;
		size_t n;

		TRY(tag_of_events(cx, &d->sources[s]->id, 1, &t, &n));
		if (d->galaxies)
			TRY(galaxies_of_add(cx, d->galaxies, t, n));
		for (size_t i = 0; i < n; i++) {
			if (!t[i].t.exportable || (d->o.no_local_tags && t[i].local) || (s && tag_known(out, k, t[i].t.id)))
				continue;
			out = arena_grow(cx->mem, out, &cap, k, sizeof(*out));
			out[k++] = (struct tag_out){ .tag = &t[i].t, .local = t[i].local, .relationship_type = t[i].relationship_type };
		}
	}
	if (d->galaxies) {
		jw_key(w, "Galaxy");
		galaxies_of_write(d->galaxies, w, out, k);
	} else {
		empty(w, "Galaxy");
	}
	misp_write_tags(w, out, k);
	return RC_OK;
}

static enum rc write_keys(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	struct crypt_key *v;
	size_t n;

	TRY(crypt_key_list(cx, d->sc, d->e.id, &v, &n));
	jw_key(w, "CryptographicKey");
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		misp_write_crypt_key(w, v[i].id, &v[i].uuid, v[i].event_id, v[i].type, v[i].key_data, v[i].fingerprint, v[i].revoked, v[i].timestamp);
	jw_arr_end(w);
	return RC_OK;
}

static enum rc write_tail(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	if (!d->o.metadata) {
		TRY(write_reports(cx, d, w));
		misp_write_proposals(w, d->proposals, d->proposal_n, 0);
	}
	TRY(write_said(cx, d, w));
	TRY(write_related(cx, d, w));
	TRY(write_keys(cx, d, w));
	TRY(write_event_tags(cx, d, w));
	if (d->source_n > 1)
		TRY(write_extensions(cx, d, w));
	if (d->o.extended_by)
		TRY(write_extended_by(cx, d, w));
	misp_write_event_close(w);
	return RC_OK;
}

enum rc event_doc_more(struct ctx *cx, struct event_doc *d, struct jw *w)
{
	bool done = false;

	switch (d->part) {
	case HEAD:
		TRY(write_head(cx, d, w));
		d->part = d->o.metadata ? TAIL : ATTRS;
		return RC_OK;
	case ATTRS:
		if (!d->started) {
			jw_key(w, "Attribute");
			jw_arr(w);
			d->started = true;
		}
		TRY(attrs_page(cx, d, w, &done));
		break;
	case OBJECTS:
		if (!d->started) {
			jw_key(w, "Object");
			jw_arr(w);
			d->started = true;
		}
		TRY(objects_page(cx, d, w, &done));
		break;
	case TAIL:
		TRY(write_tail(cx, d, w));
		d->part = END;
		return RC_OK;
	case END:
		return RC_DONE;
	}
	if (done && ++d->source < d->source_n) {
		d->after = 0;
	} else if (done) {
		jw_arr_end(w);
		d->started = false;
		d->source = 0;
		d->after = 0;
		d->part++;
	}
	return RC_OK;
}
