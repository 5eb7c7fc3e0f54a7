/* event_times.c - an event along time, and by who gets what; see event_graph.h. */
#include "export/event_graph.h"

#include "base/seek.h"
#include "export/event_pages.h"
#include "store/group.h"
#include "store/org.h"

#include <stdlib.h>

static void value(struct ctx *cx, struct jw *w, const struct attr *a)
{
	jw_key(w, "content");
	if (a->value2.n)
		jw_str(w, str_fmt(cx->mem, "%.*s|%.*s", STR(a->value1), STR(a->value2)));
	else
		jw_str(w, a->value1);
}

static bool is_image(const struct attr *a)
{
	static const char *const ends[] = { ".jpg", ".jpeg", ".png", ".gif" };

	if (!str_eq(a->type->name, S("attachment")))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (str_ends_nocase(a->value1, str_c(ends[i])))
			return true;
	return false;
}

/* what attributes have in both places */
static void attr_tail(struct ctx *cx, struct event_pages *p, struct jw *w, const struct attr *a)
{
	struct attr_extra x;

	event_pages_dress(cx, p, a, &x);
	jw_kstr(w, "attribute_type", a->type->name);
	jw_key(w, "date_sighting");
	jw_arr(w);
	for (size_t i = 0; i < x.sighting_n; i++)
		jw_int_str(w, x.sightings[i].sighting->date_sighting);
	jw_arr_end(w);
	jw_kbool(w, "is_image", is_image(a));
	jw_obj_end(w);
}

static void attr_item(struct ctx *cx, struct event_pages *p, struct jw *w, const struct attr *a)
{
	jw_obj(w);
	jw_kid(w, "id", a->id);
	jw_kuuid(w, "uuid", &a->uuid);
	value(cx, w, a);
	if (a->object_id)
		jw_kstr(w, "contentType", a->relation);
	jw_kid(w, "event_id", a->event_id);
	jw_kstr(w, "group", a->object_id ? S("object_attribute") : S("attribute"));
	jw_kid(w, "timestamp", a->timestamp);
	if (!a->object_id) {
		misp_write_seen(w, "first_seen", a->first_seen_us);
		misp_write_seen(w, "last_seen", a->last_seen_us);
	}
	attr_tail(cx, p, w, a);
}

/* The object's own time, else what an attribute of that relation says. */
static void seen(struct jw *w, const char *key, const char *over, struct str relation, int64_t us, const struct attr *v, size_t n)
{
	const struct attr *said = NULL;

	for (size_t i = 0; i < n && us == SEEN_NONE && !said; i++)
		if (str_eq(v[i].relation, relation))
			said = &v[i];
	if (said)
		jw_kstr(w, key, said->value1);
	else
		misp_write_seen(w, key, us);
	jw_kbool(w, over, said != NULL);
}

static void object_item(struct ctx *cx, struct event_pages *p, struct jw *w, const struct object *o, const struct attr *v, size_t n)
{
	jw_obj(w);
	jw_kid(w, "id", o->id);
	jw_kuuid(w, "uuid", &o->uuid);
	jw_kstr(w, "content", o->name);
	jw_kstr(w, "group", S("object"));
	jw_kstr(w, "meta-category", o->meta_category);
	if (o->has_template)
		jw_kuuid(w, "template_uuid", &o->template_uuid);
	else
		jw_knull(w, "template_uuid");
	jw_kid(w, "event_id", o->event_id);
	jw_kid(w, "timestamp", o->timestamp);
	jw_key(w, "Attribute");
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		attr_item(cx, p, w, &v[i]);
	jw_arr_end(w);
	seen(w, "first_seen", "first_seen_overwrite", S("first-seen"), o->first_seen_us, v, n);
	seen(w, "last_seen", "last_seen_overwrite", S("last-seen"), o->last_seen_us, v, n);
	jw_obj_end(w);
}

enum rc event_timeline_write(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct jw *w)
{
	struct event_pages p;
	enum rc rc;

	TRY(event_pages_open(cx, sc, e, extended, &p));
	jw_obj(w);
	jw_key(w, "items");
	jw_arr(w);
	while ((rc = event_pages_next(cx, &p)) == RC_OK) {
		for (size_t i = 0; !p.objects && i < p.attr_n; i++)
			attr_item(cx, &p, w, &p.attrs[i]);
		for (size_t i = 0; i < p.object_n; i++) {
			size_t from, n = event_pages_of_object(&p, i, &from);

			object_item(cx, &p, w, &p.objects[i], p.attrs + from, n);
		}
	}
	jw_arr_end(w);
	jw_obj_end(w);
	return rc == RC_DONE ? RC_OK : rc;
}

/* ---- sightings ---- */

static int by_date(const void *a, const void *b)
{
	const struct sighting_out *x = a, *y = b;

	return x->sighting->date_sighting < y->sighting->date_sighting ? -1 : x->sighting->date_sighting > y->sighting->date_sighting;
}

static size_t next_of(const struct sighting_out *v, size_t n, size_t from, enum sighting_type type)
{
	while (from < n && v[from].sighting->type != type)
		from++;
	return from;
}

/* from .. to in seconds, written as milliseconds */
static void span(struct ctx *cx, struct jw *w, const struct attr *a, int64_t id, const struct sighting *s, bool positive, int64_t to_s)
{
	jw_obj(w);
	jw_kid(w, "attribute_id", a->id);
	jw_kstr(w, "id", str_fmt(cx->mem, "%lld-%lld", (long long)a->id, (long long)id));
	jw_kuuid(w, "uuid", &s->uuid);
	value(cx, w, a);
	jw_kid(w, "event_id", a->event_id);
	jw_kstr(w, "group", positive ? S("sighting_positive") : S("sighting_negative"));
	jw_kid(w, "timestamp", a->timestamp);
	jw_kint(w, "first_seen", s->date_sighting * 1000);
	jw_kint(w, "last_seen", to_s * 1000);
	jw_obj_end(w);
}

/* Seen until somebody says it was a false alarm; that until it is seen again; the last of them until now. */
static void spans(struct ctx *cx, struct jw *w, const struct attr *a, const struct sighting_out *in, size_t n)
{
	struct sighting_out *v = arena_many(cx->mem, n, struct sighting_out);
	int64_t now = ctx_now_s(cx);
	size_t i = 0;

	memcpy(v, in, n * sizeof(*v));
	qsort(v, n, sizeof(*v), by_date);
	while (i < n) {
		const struct sighting *s = v[i].sighting;
		size_t no = next_of(v, n, i + 1, SIGHTING_FALSE_POSITIVE), yes;

		if (no == n) {
			span(cx, w, a, s->id, s, s->type != SIGHTING_FALSE_POSITIVE, now);
			return;
		}
		span(cx, w, a, s->id, s, true, v[i + 1].sighting->date_sighting);
		yes = next_of(v, n, no + 1, SIGHTING_SEEN);
		span(cx, w, a, s->id, v[no].sighting, false, yes == n ? now : v[yes].sighting->date_sighting);
		i = yes;
	}
}

enum rc event_sightings_write(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct jw *w)
{
	struct event_pages p;
	enum rc rc;

	TRY(event_pages_open(cx, sc, e, extended, &p));
	jw_obj(w);
	jw_key(w, "items");
	jw_arr(w);
	while ((rc = event_pages_next(cx, &p)) == RC_OK) {
		for (size_t i = 0; i < p.attr_n; i++) {
			struct attr_extra x;

			event_pages_dress(cx, &p, &p.attrs[i], &x);
			if (x.sighting_n)
				spans(cx, w, &p.attrs[i], x.sightings, x.sighting_n);
		}
	}
	jw_arr_end(w);
	jw_obj_end(w);
	return rc == RC_DONE ? RC_OK : rc;
}

/* ---- who gets what ---- */

enum { LEVELS = 5 };
static const struct {
	const char *key, *text;
} levels[LEVELS] = {
	{ "Your organisation only", "Only members of the own organisation see it." },
	{ "This community only", "Every organisation of this instance sees it; it goes no further." },
	{ "Connected communities", "This community and those directly connected to it see it." },
	{ "All communities", "It is shared on without a limit." },
	{ "Sharing group", "Members of the sharing group see it." },
};

struct tally {
	int64_t all[LEVELS], attrs[LEVELS], objects[LEVELS], inside[LEVELS];
	struct group_count {
		int64_t id, n;
	} *groups;
	size_t group_n, group_cap;
	struct arena *mem;
};

static void count_group(struct tally *t, int64_t id)
{
	size_t i = 0;

	while (i < t->group_n && t->groups[i].id != id)
		i++;
	if (i == t->group_n) {
		t->groups = arena_grow(t->mem, t->groups, &t->group_cap, t->group_n, sizeof(*t->groups));
		t->groups[t->group_n++] = (struct group_count){ .id = id };
	}
	t->groups[i].n++;
}

/* what inherits counts where the event stands */
static void count(struct tally *t, const struct event *e, int64_t level[LEVELS], int distribution, int64_t group)
{
	int d = distribution == DIST_INHERIT ? e->distribution : distribution;

	if (d < 0 || d >= LEVELS)
		return;
	t->all[d]++;
	level[d]++;
	if (d == DIST_SHARING_GROUP)
		count_group(t, distribution == DIST_INHERIT ? e->sharing_group_id : group);
}

static enum rc tally_up(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct tally *t)
{
	struct event_pages p;
	enum rc rc;

	TRY(event_pages_open(cx, sc, e, extended, &p));
	while ((rc = event_pages_next(cx, &p)) == RC_OK) {
		for (size_t i = 0; i < p.attr_n; i++)
			count(t, e, p.objects ? t->inside : t->attrs, p.attrs[i].distribution, p.attrs[i].sharing_group_id);
		for (size_t i = 0; i < p.object_n; i++)
			count(t, e, t->objects, p.objects[i].distribution, p.objects[i].sharing_group_id);
	}
	return rc == RC_DONE ? RC_OK : rc;
}

static void numbers(struct jw *w, const char *key, const int64_t v[LEVELS])
{
	jw_key(w, key);
	jw_arr(w);
	for (size_t i = 0; i < LEVELS; i++)
		jw_int(w, v[i]);
	jw_arr_end(w);
}

/* the name of a group; false: it is not for this reader */
static bool group_name(const struct group *v, size_t n, int64_t id, struct str *out)
{
	size_t at = FIND(v, n, id, id);

	if (at < n)
		*out = v[at].name;
	return at < n;
}

static void names_of_levels(struct jw *w, const struct tally *t, const struct group *g, size_t gn, struct str own_org, const struct org_row *orgs, size_t n)
{
	struct str name;

	jw_key(w, "additionalDistributionInfo");
	jw_arr(w);
	jw_arr(w); /* own organisation */
	jw_str(w, own_org);
	jw_arr_end(w);
	jw_arr(w); /* this community */
	jw_str(w, own_org);
	for (size_t i = 0; i < n; i++)
		if (!str_eq(orgs[i].o.name, own_org))
			jw_str(w, orgs[i].o.name);
	jw_arr_end(w);
	jw_arr(w); /* connected ones */
	jw_str(w, S("This community"));
	jw_arr_end(w);
	jw_arr(w);
	jw_str(w, S("This community"));
	jw_str(w, S("All other communities"));
	jw_arr_end(w);
	jw_arr(w);
	for (size_t i = 0; i < t->group_n; i++)
		if (group_name(g, gn, t->groups[i].id, &name))
			jw_str(w, name);
	jw_arr_end(w);
	jw_arr(w); /* inheriting: none of its own */
	jw_arr_end(w);
	jw_arr_end(w);
}

enum rc event_distribution_write(struct ctx *cx, const struct scope *sc, const struct event *e, bool extended, struct str own_org, bool hide_orgs, struct jw *w)
{
	struct tally t = { .mem = arena_new(0) };
	struct org_row *orgs = NULL;
	struct str name;
	struct group *g;
	size_t n = 0, gn;
	enum rc rc;

	rc = tally_up(cx, sc, e, extended, &t);
	if (rc == RC_OK)
		rc = group_list(cx, sc, GROUP_ANY, &g, &gn);
	if (rc == RC_OK && !hide_orgs)
		rc = org_list(cx, ORG_LOCAL, (struct str){ 0 }, &orgs, &n);
	if (rc != RC_OK) {
		arena_free(t.mem);
		return rc;
	}
	jw_obj(w);
	jw_key(w, "allSharingGroup");
	jw_arr(w);
	for (size_t i = 0; i < gn; i++) {
		jw_obj(w);
		jw_kid(w, "id", g[i].id);
		jw_kstr(w, "name", g[i].name);
		jw_obj_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "distributionInfo");
	jw_arr(w);
	for (size_t i = 0; i < LEVELS; i++) {
		jw_obj(w);
		jw_kstr(w, "key", str_c(levels[i].key));
		jw_kstr(w, "desc", str_c(levels[i].text));
		jw_kid(w, "value", (int64_t)i);
		jw_obj_end(w);
	}
	jw_arr_end(w);
	numbers(w, "event", t.all);
	numbers(w, "attribute", t.attrs);
	numbers(w, "object", t.objects);
	numbers(w, "obj_attr", t.inside);
	names_of_levels(w, &t, g, gn, own_org, orgs, n);
	jw_key(w, "sharingGroupRepartition");
	jw_obj(w);
	for (size_t i = 0; i < t.group_n; i++) {
		if (!group_name(g, gn, t.groups[i].id, &name))
			continue;
		jw_key_str(w, name);
		jw_int(w, t.groups[i].n);
	}
	jw_obj_end(w);
	jw_obj_end(w);
	arena_free(t.mem);
	return RC_OK;
}
