/* search_context.c - what the events found are about: context (tags by taxonomy, clusters by galaxy), attack (a matrix with scores), attack-sightings.
 *
 * Tags are collected event by event, those of attributes that the reader sees too; clusters come under the reader's scope. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/seek.h"
#include "base/utf8.h"
#include "export/galaxy_doc.h"
#include "export/search_doc_int.h"
#include "model/taxonomy.h"
#include "store/galaxy.h"

enum { ATTR_PAGE = 2000 };

/* a tag, and on how many events it was seen */
struct used {
	int64_t id, events, last_event;
	struct str name, colour;
};
struct context {
	struct used *v; /* ascending by id */
	size_t n, cap;
};

static void use(struct search_doc *d, struct context *c, const struct tag *t, int64_t event_id)
{
	size_t i = SEEK(c->v, c->n, id, t->id);

	if (!t->exportable)
		return;
	if (i == c->n || c->v[i].id != t->id) {
		c->v = arena_grow(d->keep, c->v, &c->cap, c->n, sizeof(*c->v));
		memmove(c->v + i + 1, c->v + i, (c->n - i) * sizeof(*c->v));
		c->v[i] = (struct used){ .id = t->id, .name = str_dup(d->keep, t->name), .colour = str_dup(d->keep, t->colour) };
		c->n++;
	}
	if (c->v[i].last_event == event_id)
		return;
	c->v[i].last_event = event_id;
	c->v[i].events++;
}

/* the attributes of an event that the reader sees and the search wants, page by page */
struct walk {
	struct query *only;
	struct attr_range range;
	bool done;
};

static void walk_begin(struct ctx *cx, const struct search_doc *d, int64_t event_id, struct walk *w)
{
	*w = (struct walk){ .range = { .event_id = event_id, .deleted = d->o.deleted, .limit = ATTR_PAGE } };
	if (d->o.inside)
		w->only = query_in_event(cx, d->o.inside, event_id);
}

static enum rc walk_page(struct ctx *cx, const struct search_doc *d, struct walk *w, struct attr **v, size_t *n)
{
	if (w->only)
		return query_attrs(cx, w->only, ATTR_PAGE, v, n, &w->done);
	TRY(attr_page(cx, d->sc, &w->range, v, n));
	w->done = *n < ATTR_PAGE;
	if (*n)
		w->range.after = (*v)[*n - 1].id;
	return RC_OK;
}

static enum rc add_event(struct ctx *cx, struct search_doc *d, struct context *c, const struct event *e)
{
	struct tag_use *t;
	struct walk w;
	size_t n;

	TRY(tag_of_events(cx, &e->id, 1, &t, &n));
	for (size_t i = 0; i < n; i++)
		use(d, c, &t[i].t, e->id);
	for (walk_begin(cx, d, e->id, &w); !w.done;) {
		struct arena_mark m = arena_mark(cx->mem);
		struct attr *v;
		size_t k;

		TRY(walk_page(cx, d, &w, &v, &k));
		if (k) {
			TRY(tag_of_attrs(cx, e->id, v[0].id, v[k - 1].id, &t, &n));
			for (size_t i = 0; i < n; i++)
				if (FIND(v, k, id, t[i].owner) < k)
					use(d, c, &t[i].t, e->id);
		}
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

/* All events found; RC_DONE when there are no more, RC_OK in between. */
static enum rc collect(struct ctx *cx, struct search_doc *d, struct context **out)
{
	struct context *c = d->own;

	if (!c)
		d->own = c = arena_one(d->keep, struct context);
	*out = c;
	for (int i = 0; i < 100; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct event e;
		bool there;

		TRY(doc_next_event(cx, d, &e, &there));
		if (!there)
			return RC_DONE;
		TRY(add_event(cx, d, c, &e));
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct used *)x)->name, ((const struct used *)y)->name);
}

static enum rc clusters_of(struct ctx *cx, const struct search_doc *d, const struct context *c, struct cluster_of_tag **v, size_t *n)
{
	int64_t *ids = arena_many(cx->mem, c->n + 1, int64_t);

	for (size_t i = 0; i < c->n; i++)
		ids[i] = c->v[i].id;
	return cluster_of_tags(cx, d->sc, ids, c->n, v, n);
}

static void put_html(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&': buf_str(b, S("&amp;")); break;
		case '<': buf_str(b, S("&lt;")); break;
		case '>': buf_str(b, S("&gt;")); break;
		case '"': buf_str(b, S("&quot;")); break;
		default: buf_ch(b, s.p[i]);
		}
}

/* one line, without what Markdown would read as its own */
static void put_markdown(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (memchr("\\`*_[]<>|#", s.p[i], 10))
			buf_ch(b, '\\');
		buf_ch(b, s.p[i] == '\n' || s.p[i] == '\r' ? ' ' : s.p[i]);
	}
}

struct page {
	struct buf *out;
	bool html;
};

static void put(const struct page *p, struct str s)
{
	if (p->html)
		put_html(p->out, s);
	else
		put_markdown(p->out, s);
}

static void heading(const struct page *p, int level, struct str s)
{
	if (p->html)
		buf_fmt(p->out, "<h%d>", level);
	else
		buf_fmt(p->out, "\n%.*s ", level, "####");
	put(p, s);
	if (p->html)
		buf_fmt(p->out, "</h%d>\n", level);
	else
		buf_str(p->out, S("\n\n"));
}

static void list(const struct page *p, bool open)
{
	if (p->html)
		buf_str(p->out, open ? S("<ul>\n") : S("</ul>\n"));
}

static void item(const struct page *p, struct str name, int64_t events, struct str more)
{
	buf_str(p->out, p->html ? S("<li>") : S("- "));
	put(p, name);
	buf_fmt(p->out, " (%lld)", (long long)events);
	if (more.n) {
		buf_str(p->out, S(": "));
		put(p, str_sub(more, 0, 400));
	}
	buf_str(p->out, p->html ? S("</li>\n") : S("\n"));
}

static int by_galaxy(const void *x, const void *y)
{
	const struct cluster_of_tag *a = x, *b = y;
	int d = str_cmp(a->g.name, b->g.name);

	return d ? d : str_cmp(a->c.value, b->c.value);
}

static enum rc write_page(struct ctx *cx, struct search_doc *d, const struct page *p, const struct context *c)
{
	struct used *tags = arena_many(cx->mem, c->n + 1, struct used);
	struct cluster_of_tag *v;
	struct str group = { 0 };
	size_t n, k = 0;

	for (size_t i = 0; i < c->n; i++)
		if (!str_starts(c->v[i].name, S("misp-galaxy:")))
			tags[k++] = c->v[i];
	qsort(tags, k, sizeof(*tags), by_name);
	heading(p, 1, S("Context"));
	heading(p, 2, S("Tags"));
	for (size_t i = 0; i < k; i++) {
		struct str space = taxonomy_stem(tags[i].name);
		size_t colon = str_chr(space, ':');

		space = !space.n ? S("Custom Tags") : colon == STR_NONE ? space : str_n(space.p, colon);
		if (!group.p || !str_eq(group, space)) {
			if (group.p)
				list(p, false);
			group = space;
			heading(p, 3, space);
			list(p, true);
		}
		item(p, tags[i].name, tags[i].events, S(""));
	}
	if (group.p)
		list(p, false);
	TRY(clusters_of(cx, d, c, &v, &n));
	heading(p, 2, S("Galaxy clusters"));
	if (n)
		qsort(v, n, sizeof(*v), by_galaxy);
	for (size_t i = 0; i < n; i++) {
		size_t at = FIND(c->v, c->n, id, v[i].tag_id);

		if (!i || v[i].g.id != v[i - 1].g.id) {
			if (i)
				list(p, false);
			heading(p, 3, v[i].g.name);
			list(p, true);
		}
		item(p, v[i].c.value, at < c->n ? c->v[at].events : 0, utf8_cut(v[i].c.description, 400));
	}
	if (n)
		list(p, false);
	return RC_OK;
}

#define HEAD \
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>MISP</title><style>" \
	"body{font-family:sans-serif}td,th{vertical-align:top;border:1px solid #ccc;padding:2px 6px;font-size:12px}" \
	"div.hit{background:#f2b8a0}</style></head><body>\n"

enum rc write_context(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct context *c;
	enum rc rc = collect(cx, d, &c);

	if (rc != RC_DONE)
		return rc;
	buf_str(out, S(HEAD));
	TRY(write_page(cx, d, &(struct page){ out, true }, c));
	buf_str(out, S("</body></html>\n"));
	return RC_DONE;
}

enum rc write_markdown(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct context *c;
	enum rc rc = collect(cx, d, &c);

	if (rc != RC_DONE)
		return rc;
	TRY(write_page(cx, d, &(struct page){ out, false }, c));
	return RC_DONE;
}

/* ---- the matrix ---- */

static enum rc galaxy_named(struct ctx *cx, struct str type, struct galaxy *out)
{
	struct galaxy *v;
	size_t n;

	TRY(galaxy_list(cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].type, type) && !str_eq(v[i].namespace, S("deprecated"))) {
			*out = v[i];
			return RC_OK;
		}
	return fail(cx, RC_NOTFOUND, "Unknown galaxy: %.*s", STR(utf8_cut(type, 64)));
}

struct cell {
	struct str chain, value; /* "mitre-attack:reconnaissance" */
	int64_t cluster, score;
};

static int by_score(const void *x, const void *y)
{
	const struct cell *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return str_cmp(a->value, b->value);
}

static enum rc cells(struct ctx *cx, const struct search_doc *d, const struct galaxy *g, const struct context *c, struct cell **out, size_t *out_n)
{
	struct cluster_of_tag *hits;
	struct cell *v = NULL;
	size_t n = 0, cap = 0, hit_n, k;
	int64_t after = 0;

	TRY(clusters_of(cx, d, c, &hits, &hit_n));
	do {
		struct cluster *cl;
		struct cluster_element *el;
		int64_t *ids;
		size_t en;

		TRY(cluster_page(cx, d->sc, g->id, after, 500, &cl, &k));
		ids = arena_many(cx->mem, k + 1, int64_t);
		for (size_t i = 0; i < k; i++)
			ids[i] = cl[i].id;
		TRY(cluster_elements(cx, ids, k, &el, &en));
		for (size_t i = 0; i < en; i++) {
			size_t at = FIND(cl, k, id, el[i].cluster_id);
			struct cell x;

			if (at == k || cl[at].deleted || !str_eq(el[i].key, S("kill_chain")))
				continue;
			x = (struct cell){ .chain = el[i].value, .value = cl[at].value, .cluster = cl[at].id };
			for (size_t j = 0; j < hit_n; j++)
				if (hits[j].c.id == x.cluster)
					x.score = c->v[FIND(c->v, c->n, id, hits[j].tag_id)].events;
			v = arena_grow(cx->mem, v, &cap, n, sizeof(*v));
			v[n++] = x;
		}
		after = k ? cl[k - 1].id : after;
	} while (k == 500);
	if (n)
		qsort(v, n, sizeof(*v), by_score);
	*out = v;
	*out_n = n;
	return RC_OK;
}

static void put_column(struct buf *out, const struct cell *v, size_t n, struct str chain)
{
	buf_str(out, S("<td>"));
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].chain, chain)) {
			buf_str(out, v[i].score ? S("<div class=\"hit\">") : S("<div>"));
			put_html(out, v[i].value);
			if (v[i].score)
				buf_fmt(out, " <b>%lld</b>", (long long)v[i].score);
			buf_str(out, S("</div>"));
		}
	buf_str(out, S("</td>"));
}

enum rc write_attack(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct context *c;
	struct galaxy g = { 0 };
	struct cell *v;
	struct str tab;
	struct jr r;
	size_t n;
	enum rc rc = collect(cx, d, &c);

	if (rc != RC_DONE)
		return rc;
	TRY(galaxy_named(cx, d->o.galaxy.n ? d->o.galaxy : S("mitre-attack-pattern"), &g));
	TRY(cells(cx, d, &g, c, &v, &n));
	buf_str(out, S(HEAD));
	heading(&(struct page){ out, true }, 1, g.name);
	jr_init(&r, cx, g.kill_chain_order.n ? g.kill_chain_order : S("{}"), NULL);
	for (jr_obj(&r); jr_member(&r, &tab);) {
		struct str *phases = NULL;
		size_t k = 0, cap = 0;

		tab = str_dup(cx->mem, tab);
		for (jr_arr(&r); jr_elem(&r);) {
			phases = arena_grow(cx->mem, phases, &cap, k, sizeof(*phases));
			phases[k++] = jr_text_dup(&r);
		}
		heading(&(struct page){ out, true }, 2, tab);
		buf_str(out, S("<table><tr>"));
		for (size_t i = 0; i < k; i++) {
			buf_str(out, S("<th>"));
			put_html(out, phases[i]);
			buf_str(out, S("</th>"));
		}
		buf_str(out, S("</tr><tr>"));
		for (size_t i = 0; i < k; i++)
			put_column(out, v, n, str_fmt(cx->mem, "%.*s:%.*s", STR(tab), STR(phases[i])));
		buf_str(out, S("</tr></table>\n"));
	}
	TRY(jr_end(&r));
	buf_str(out, S("</body></html>\n"));
	return RC_DONE;
}

/* ---- attack-sightings ---- */

static void put_time(struct jw *w, const char *key, int64_t s)
{
	char t[CLOCK_TEXT_MAX];
	size_t n = (size_t)clock_iso(s * 1000000, t);

	jw_key(w, key);
	jw_strs(w, str_n(t, n < 19 ? n : 19), S("Z"));
}

/* the techniques among tags: "Name - T1001" */
static enum rc put_sighting(struct ctx *cx, struct search_doc *d, const int64_t *tags, size_t n, const struct uuid *uuid, int64_t from, int64_t to)
{
	struct cluster_of_tag *v;
	struct jw *w = &d->w;
	size_t k, hits = 0;

	if (!n)
		return RC_OK;
	TRY(cluster_of_tags(cx, d->sc, tags, n, &v, &k));
	for (size_t i = 0; i < k; i++) {
		size_t dash = str_find(v[i].c.value, S(" - "));

		if (!str_eq(v[i].g.type, S("mitre-attack-pattern")) || dash == STR_NONE)
			continue;
		if (!hits++) {
			jw_obj(w);
			jw_kuuid(w, "id", uuid);
			jw_kstr(w, "sightingType", S("direct-technique-sighting"));
			put_time(w, "startTime", from);
			put_time(w, "endTime", to);
			jw_kstr(w, "detectionType", S("raw"));
			jw_key(w, "techniques");
			jw_arr(w);
		}
		jw_obj(w);
		jw_kstr(w, "techniqueID", str_from(v[i].c.value, dash + 3));
		jw_obj_end(w);
	}
	if (hits) {
		jw_arr_end(w);
		jw_obj_end(w);
	}
	return RC_OK;
}

/* attributes of one event, ascending */
static enum rc sight_attrs(struct ctx *cx, struct search_doc *d, const struct attr *v, size_t n)
{
	struct dress_options o = { .tags = true, .sightings = true };
	struct attr_dress dr;

	if (!n)
		return RC_OK;
	TRY(attr_dress_load(cx, d->sc, v, n, &o, &dr));
	if (!dr.tag_n)
		return RC_OK;
	for (size_t i = 0; i < n; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct attr_extra x = { 0 };
		int64_t from = v[i].timestamp, to = from, *ids;

		attr_dress_of(cx, &dr, &v[i], &o, &x);
		ids = arena_many(cx->mem, x.tag_n + 1, int64_t);
		for (size_t j = 0; j < x.tag_n; j++)
			ids[j] = x.tags[j].tag->id;
		for (size_t j = 0; j < x.sighting_n; j++) {
			int64_t t = x.sightings[j].sighting->date_sighting;

			from = t < from ? t : from;
			to = t > to ? t : to;
		}
		TRY(put_sighting(cx, d, ids, x.tag_n, &v[i].uuid, from, to));
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

static enum rc sight_event(struct ctx *cx, struct search_doc *d, const struct event *e)
{
	struct tag_use *t;
	struct walk w;
	int64_t *ids;
	size_t n, k = 0;

	TRY(tag_of_events(cx, &e->id, 1, &t, &n));
	ids = arena_many(cx->mem, n + 1, int64_t);
	for (size_t i = 0; i < n; i++)
		if (t[i].t.exportable)
			ids[k++] = t[i].t.id;
	TRY(put_sighting(cx, d, ids, k, &e->uuid, e->timestamp, e->timestamp));
	for (walk_begin(cx, d, e->id, &w); !w.done;) {
		struct attr *v;

		TRY(walk_page(cx, d, &w, &v, &n));
		TRY(sight_attrs(cx, d, v, n));
	}
	return RC_OK;
}

enum rc write_attack_sightings(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	bool done;

	if (!d->begun) {
		jw_init(&d->w, out, d->o.pretty);
		jw_arr(&d->w);
		d->begun = true;
	}
	d->w.out = out;
	if (d->o.what == SEARCH_EVENTS) {
		struct event e;
		bool there;

		TRY(doc_next_event(cx, d, &e, &there));
		done = !there;
		if (there)
			TRY(sight_event(cx, d, &e));
	} else {
		struct attr *v;
		size_t n;

		TRY(doc_next_attrs(cx, d, &v, &n));
		for (size_t i = 0, j; i < n; i = j) {
			for (j = i + 1; j < n && v[j].event_id == v[i].event_id;)
				j++;
			TRY(sight_attrs(cx, d, v + i, j - i));
		}
		done = d->rows_done;
	}
	if (!done)
		return RC_OK;
	jw_arr_end(&d->w);
	return RC_DONE;
}
