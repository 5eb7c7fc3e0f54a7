/* misp_write.c - see misp_write.h. One function a shape, members in the order of the answer; no decisions beyond the shape. */
#include "format/misp_write.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "format/misp_proposal.h"

void misp_write_seen(struct jw *w, const char *key, int64_t us)
{
	char t[CLOCK_TEXT_MAX];

	if (us == SEEN_NONE)
		jw_knull(w, key);
	else
		jw_kstr(w, key, str_n(t, (size_t)clock_iso(us, t)));
}

static void kdate(struct jw *w, const char *key, int32_t day)
{
	char t[CLOCK_TEXT_MAX];

	jw_kstr(w, key, str_n(t, (size_t)clock_date((int64_t)day * 86400 * 1000000, t)));
}

static void kstr_or_null(struct jw *w, const char *key, struct str s)
{
	if (s.n)
		jw_kstr(w, key, s);
	else
		jw_knull(w, key);
}

static void kempty(struct jw *w, const char *key)
{
	jw_key(w, key);
	jw_arr(w);
	jw_arr_end(w);
}

/* The halves of a value as one text. */
static void kvalue(struct jw *w, const struct attr *a)
{
	char small[512], *t = small;
	size_t n = a->value1.n + 1 + a->value2.n;

	if (a->value2.n == 0) {
		jw_kstr(w, "value", a->value1);
		return;
	}
	if (n > sizeof(small) && !(t = malloc(n))) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	memcpy(t, a->value1.p, a->value1.n);
	t[a->value1.n] = '|';
	memcpy(t + a->value1.n + 1, a->value2.p, a->value2.n);
	jw_kstr(w, "value", str_n(t, n));
	if (t != small)
		free(t);
}

void misp_write_org(struct jw *w, const struct org *org, bool with_local)
{
	jw_obj(w);
	jw_kid(w, "id", org->id);
	jw_kstr(w, "name", org->name);
	jw_kuuid(w, "uuid", &org->uuid);
	if (with_local)
		jw_kbool(w, "local", org->local);
	jw_obj_end(w);
}

static void korgs(struct jw *w, const struct event_extra *x, bool with_local)
{
	jw_key(w, "Org");
	misp_write_org(w, x->org, with_local);
	jw_key(w, "Orgc");
	misp_write_org(w, x->orgc, with_local);
}

/* --- tags --- */

void misp_write_tag(struct jw *w, const struct tag *tag, bool open)
{
	jw_obj(w);
	jw_kid(w, "id", tag->id);
	jw_kstr(w, "name", tag->name);
	jw_kstr(w, "colour", tag->colour);
	jw_kbool(w, "exportable", tag->exportable);
	jw_kid(w, "org_id", tag->org_id);
	jw_kid(w, "user_id", tag->user_id);
	jw_kbool(w, "hide_tag", tag->hide_tag);
	if (tag->has_numerical_value)
		jw_kid(w, "numerical_value", tag->numerical_value);
	else
		jw_knull(w, "numerical_value");
	jw_kbool(w, "is_galaxy", tag->is_galaxy);
	jw_kbool(w, "is_custom_galaxy", tag->is_custom_galaxy);
	jw_kbool(w, "local_only", tag->local_only);
	if (!open)
		jw_obj_end(w);
}

void misp_write_bound_tag(struct jw *w, const struct tag_out *t)
{
	const struct tag *tag = t->tag;

	jw_obj(w);
	jw_kid(w, "id", tag->id);
	jw_kstr(w, "name", tag->name);
	jw_kstr(w, "colour", tag->colour);
	jw_kbool(w, "exportable", tag->exportable);
	jw_kid(w, "user_id", tag->user_id);
	jw_kbool(w, "hide_tag", tag->hide_tag);
	if (tag->has_numerical_value)
		jw_kint(w, "numerical_value", tag->numerical_value);
	else
		jw_knull(w, "numerical_value");
	jw_kbool(w, "is_galaxy", tag->is_galaxy);
	jw_kbool(w, "is_custom_galaxy", tag->is_custom_galaxy);
	jw_kbool(w, "local_only", tag->local_only);
	jw_kbool(w, "local", t->local);
	kstr_or_null(w, "relationship_type", t->relationship_type);
	jw_obj_end(w);
}

void misp_write_attr_tag(struct jw *w, const struct tag_out *t)
{
	const struct tag *tag = t->tag;

	jw_obj(w);
	jw_kid(w, "id", tag->id);
	jw_kstr(w, "name", tag->name);
	jw_kstr(w, "colour", tag->colour);
	if (tag->has_numerical_value)
		jw_kint(w, "numerical_value", tag->numerical_value);
	else
		jw_knull(w, "numerical_value");
	jw_kbool(w, "is_galaxy", tag->is_galaxy);
	jw_kbool(w, "local", t->local);
	if (t->inherited)
		jw_kint(w, "inherited", 1);
	jw_obj_end(w);
}

void misp_write_tags(struct jw *w, const struct tag_out *tags, size_t n)
{
	if (n == 0)
		return;
	jw_key(w, "Tag");
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		misp_write_bound_tag(w, &tags[i]);
	jw_arr_end(w);
}

/* The rows that bind tags: EventTag of indexes, AttributeTag of objects calls. */
static void binding_rows(struct jw *w, const char *key, const char *id_key, int64_t id, int64_t event_id, const struct tag_out *tags,
			 size_t n)
{
	jw_key(w, key);
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(w);
		jw_kid(w, "id", tags[i].binding_id);
		if (id_key)
			jw_kid(w, id_key, id);
		jw_kid(w, "event_id", event_id);
		jw_kid(w, "tag_id", tags[i].tag->id);
		jw_kbool(w, "local", tags[i].local);
		jw_kstr(w, "relationship_type", tags[i].relationship_type);
		jw_key(w, "Tag");
		jw_obj(w);
		jw_kid(w, "id", tags[i].tag->id);
		jw_kstr(w, "name", tags[i].tag->name);
		jw_kstr(w, "colour", tags[i].tag->colour);
		jw_kbool(w, "is_galaxy", tags[i].tag->is_galaxy);
		jw_obj_end(w);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

/* --- events --- */

static void kextends(struct jw *w, const struct event *ev)
{
	if (ev->has_extends)
		jw_kuuid(w, "extends_uuid", &ev->extends_uuid);
	else
		jw_kstr(w, "extends_uuid", S(""));
}

static void kprotected(struct jw *w, const struct event *ev)
{
	if (ev->is_protected)
		jw_kbool(w, "protected", true);
	else
		jw_knull(w, "protected");
}

void misp_write_event_open(struct jw *w, const struct event *ev, const struct event_extra *x)
{
	jw_obj(w);
	jw_key(w, "Event");
	jw_obj(w);
	jw_kid(w, "id", ev->id);
	jw_kid(w, "orgc_id", ev->orgc_id);
	jw_kid(w, "org_id", ev->org_id);
	kdate(w, "date", ev->date);
	jw_kid(w, "threat_level_id", ev->threat_level_id);
	jw_kstr(w, "info", ev->info);
	jw_kbool(w, "published", ev->published);
	jw_kuuid(w, "uuid", &ev->uuid);
	jw_kid(w, "attribute_count", ev->attribute_count);
	jw_kid(w, "analysis", ev->analysis);
	jw_kid(w, "timestamp", ev->timestamp);
	jw_kid(w, "distribution", ev->distribution);
	jw_kbool(w, "proposal_email_lock", ev->proposal_email_lock);
	jw_kbool(w, "locked", ev->locked);
	jw_kid(w, "publish_timestamp", ev->publish_timestamp);
	jw_kid(w, "sharing_group_id", ev->sharing_group_id);
	jw_kbool(w, "disable_correlation", ev->disable_correlation);
	kextends(w, ev);
	kprotected(w, ev);
	if (x->creator_email.n)
		jw_kstr(w, "event_creator_email", x->creator_email);
	korgs(w, x, true);
}

void misp_write_event_close(struct jw *w)
{
	jw_obj_end(w);
	jw_obj_end(w);
}

void misp_write_related_event(struct jw *w, const struct event *ev, const struct event_extra *x)
{
	jw_obj(w);
	jw_key(w, "Event");
	jw_obj(w);
	jw_kid(w, "id", ev->id);
	kdate(w, "date", ev->date);
	jw_kid(w, "threat_level_id", ev->threat_level_id);
	jw_kstr(w, "info", ev->info);
	jw_kbool(w, "published", ev->published);
	jw_kuuid(w, "uuid", &ev->uuid);
	jw_kid(w, "analysis", ev->analysis);
	jw_kid(w, "timestamp", ev->timestamp);
	jw_kid(w, "distribution", ev->distribution);
	jw_kid(w, "org_id", ev->org_id);
	jw_kid(w, "orgc_id", ev->orgc_id);
	korgs(w, x, false);
	jw_obj_end(w);
	jw_obj_end(w);
}

void misp_write_index_row(struct jw *w, const struct event *ev, const struct event_extra *x, const struct tag_out *tags, size_t tag_n)
{
	jw_obj(w);
	jw_kid(w, "id", ev->id);
	jw_kid(w, "org_id", ev->org_id);
	kdate(w, "date", ev->date);
	jw_kstr(w, "info", ev->info);
	jw_kuuid(w, "uuid", &ev->uuid);
	jw_kbool(w, "published", ev->published);
	jw_kid(w, "analysis", ev->analysis);
	jw_kid(w, "attribute_count", ev->attribute_count);
	jw_kid(w, "orgc_id", ev->orgc_id);
	jw_kid(w, "timestamp", ev->timestamp);
	jw_kid(w, "distribution", ev->distribution);
	jw_kid(w, "sharing_group_id", ev->sharing_group_id);
	jw_kbool(w, "proposal_email_lock", ev->proposal_email_lock);
	jw_kbool(w, "locked", ev->locked);
	jw_kid(w, "threat_level_id", ev->threat_level_id);
	jw_kid(w, "publish_timestamp", ev->publish_timestamp);
	jw_kid(w, "sighting_timestamp", ev->sighting_timestamp);
	jw_kbool(w, "disable_correlation", ev->disable_correlation);
	kextends(w, ev);
	kprotected(w, ev);
	korgs(w, x, false);
	binding_rows(w, "EventTag", NULL, 0, ev->id, tags, tag_n);
	jw_obj_end(w);
}

void misp_write_index_minimal(struct jw *w, const struct event *ev, const struct uuid *orgc_uuid)
{
	jw_obj(w);
	jw_kid(w, "id", ev->id);
	jw_kid(w, "timestamp", ev->timestamp);
	jw_kid(w, "sighting_timestamp", ev->sighting_timestamp);
	jw_kbool(w, "published", ev->published);
	jw_kuuid(w, "uuid", &ev->uuid);
	jw_kuuid(w, "orgc_uuid", orgc_uuid);
	jw_obj_end(w);
}

void misp_write_attr_event(struct jw *w, const struct event *ev, bool full, const struct event_extra *x, const struct tag_out *tags, size_t tag_n)
{
	jw_key(w, "Event");
	jw_obj(w);
	jw_kid(w, "org_id", ev->org_id);
	jw_kid(w, "distribution", ev->distribution);
	jw_kid(w, "publish_timestamp", ev->publish_timestamp);
	jw_kid(w, "id", ev->id);
	jw_kstr(w, "info", ev->info);
	jw_kid(w, "orgc_id", ev->orgc_id);
	jw_kuuid(w, "uuid", &ev->uuid);
	if (full) {
		kdate(w, "date", ev->date);
		jw_kid(w, "threat_level_id", ev->threat_level_id);
		jw_kbool(w, "published", ev->published);
		jw_kid(w, "analysis", ev->analysis);
		jw_kid(w, "timestamp", ev->timestamp);
		jw_kid(w, "sharing_group_id", ev->sharing_group_id);
		kextends(w, ev);
		jw_key(w, "Tag");
		jw_arr(w);
		for (size_t i = 0; i < tag_n; i++)
			misp_write_attr_tag(w, &tags[i]);
		jw_arr_end(w);
		jw_key(w, "Orgc");
		misp_write_org(w, x->orgc, true);
	}
	jw_obj_end(w);
}

void misp_write_object_event(struct jw *w, const struct event *ev)
{
	jw_key(w, "Event");
	jw_obj(w);
	jw_kid(w, "id", ev->id);
	jw_kstr(w, "info", ev->info);
	jw_kid(w, "org_id", ev->org_id);
	jw_kid(w, "orgc_id", ev->orgc_id);
	jw_obj_end(w);
}

/* --- attributes --- */

static void attr_in_event(struct jw *w, const struct attr *a, const struct attr_extra *x)
{
	jw_kid(w, "id", a->id);
	jw_kstr(w, "type", a->type->name);
	jw_kstr(w, "category", cat_name(a->cat));
	jw_kbool(w, "to_ids", a->to_ids);
	jw_kuuid(w, "uuid", &a->uuid);
	jw_kid(w, "event_id", a->event_id);
	jw_kid(w, "distribution", a->distribution);
	jw_kid(w, "timestamp", a->timestamp);
	jw_kstr(w, "comment", a->comment);
	jw_kid(w, "sharing_group_id", a->sharing_group_id);
	jw_kbool(w, "deleted", a->deleted);
	jw_kbool(w, "disable_correlation", a->disable_correlation);
	jw_kid(w, "object_id", a->object_id);
	kstr_or_null(w, "object_relation", a->relation);
	misp_write_seen(w, "first_seen", a->first_seen_us);
	misp_write_seen(w, "last_seen", a->last_seen_us);
	kvalue(w, a);
	if (x && x->galaxies && x->tag_n) {
		jw_key(w, "Galaxy");
		x->galaxies(x->galaxies_arg, w, x->tags, x->tag_n);
	} else {
		kempty(w, "Galaxy");
	}
}

static void attr_by_itself(struct jw *w, const struct attr *a, bool halves)
{
	jw_kid(w, "id", a->id);
	jw_kid(w, "event_id", a->event_id);
	jw_kid(w, "object_id", a->object_id);
	kstr_or_null(w, "object_relation", a->relation);
	jw_kstr(w, "category", cat_name(a->cat));
	jw_kstr(w, "type", a->type->name);
	if (halves) {
		jw_kstr(w, "value1", a->value1);
		jw_kstr(w, "value2", a->value2);
	}
	jw_kbool(w, "to_ids", a->to_ids);
	jw_kuuid(w, "uuid", &a->uuid);
	jw_kid(w, "timestamp", a->timestamp);
	jw_kid(w, "distribution", a->distribution);
	jw_kid(w, "sharing_group_id", a->sharing_group_id);
	jw_kstr(w, "comment", a->comment);
	jw_kbool(w, "deleted", a->deleted);
	jw_kbool(w, "disable_correlation", a->disable_correlation);
	misp_write_seen(w, "first_seen", a->first_seen_us);
	misp_write_seen(w, "last_seen", a->last_seen_us);
	kvalue(w, a);
}

void misp_write_attr_proposed(struct jw *w, const struct attr *a, const struct attr_extra *x, const struct proposal *proposals, size_t n)
{
	jw_obj(w);
	attr_in_event(w, a, x);
	misp_write_proposals(w, proposals, n, a->id);
}

void misp_write_attr_open(struct jw *w, enum attr_shape shape, const struct attr *a, const struct attr_extra *x)
{
	if (shape == ATTR_IN_EVENT) {
		misp_write_attr_proposed(w, a, x, NULL, 0);
		return;
	}
	jw_obj(w);
	attr_by_itself(w, a, shape == ATTR_SAVED);
}

void misp_write_attr_extra(struct jw *w, enum attr_shape shape, const struct attr *a, const struct attr_extra *x)
{
	if (x->file) {
		jw_key(w, "data");
		x->file(x->file_arg, w);
	} else if (x->data.p) {
		jw_kstr(w, "data", x->data);
	}
	if (x->event_uuid)
		jw_kuuid(w, "event_uuid", x->event_uuid);
	if (x->attribute_tag) {
		binding_rows(w, "AttributeTag", "attribute_id", a->id, a->event_id, x->tags, x->tag_n);
	} else if (x->tag_n) {
		jw_key(w, "Tag");
		jw_arr(w);
		for (size_t i = 0; i < x->tag_n; i++) {
			if (shape == ATTR_IN_EVENT)
				misp_write_bound_tag(w, &x->tags[i]);
			else
				misp_write_attr_tag(w, &x->tags[i]);
		}
		jw_arr_end(w);
	}
	if (x->sighting_n) {
		jw_key(w, "Sighting");
		jw_arr(w);
		for (size_t i = 0; i < x->sighting_n; i++)
			misp_write_sighting(w, &x->sightings[i], false);
		jw_arr_end(w);
	}
}

void misp_write_attr_close(struct jw *w)
{
	jw_obj_end(w);
}

void misp_write_attr(struct jw *w, enum attr_shape shape, const struct attr *a, const struct attr_extra *x)
{
	misp_write_attr_open(w, shape, a, x);
	if (x)
		misp_write_attr_extra(w, shape, a, x);
	misp_write_attr_close(w);
}

void misp_write_related_attr(struct jw *w, const struct attr *a, const struct event *ev)
{
	jw_obj(w);
	jw_kid(w, "id", a->id);
	jw_kid(w, "event_id", a->event_id);
	jw_kid(w, "object_id", a->object_id);
	kstr_or_null(w, "object_relation", a->relation);
	jw_kstr(w, "category", cat_name(a->cat));
	jw_kstr(w, "type", a->type->name);
	jw_kuuid(w, "uuid", &a->uuid);
	jw_kid(w, "timestamp", a->timestamp);
	jw_kid(w, "distribution", a->distribution);
	jw_kid(w, "sharing_group_id", a->sharing_group_id);
	jw_kbool(w, "to_ids", a->to_ids);
	jw_kstr(w, "comment", a->comment);
	kvalue(w, a);
	jw_key(w, "Event");
	jw_obj(w);
	jw_kid(w, "id", ev->id);
	jw_kuuid(w, "uuid", &ev->uuid);
	jw_kid(w, "threat_level_id", ev->threat_level_id);
	jw_kid(w, "analysis", ev->analysis);
	jw_kstr(w, "info", ev->info);
	kextends(w, ev);
	jw_kid(w, "distribution", ev->distribution);
	jw_kid(w, "sharing_group_id", ev->sharing_group_id);
	jw_kbool(w, "published", ev->published);
	kdate(w, "date", ev->date);
	jw_kid(w, "orgc_id", ev->orgc_id);
	jw_kid(w, "org_id", ev->org_id);
	jw_obj_end(w);
	jw_obj_end(w);
}

/* --- objects --- */

void misp_write_object_open(struct jw *w, const struct object *o)
{
	jw_obj(w);
	jw_kid(w, "id", o->id);
	jw_kstr(w, "name", o->name);
	jw_kstr(w, "meta-category", o->meta_category);
	jw_kstr(w, "description", o->description);
	if (o->has_template)
		jw_kuuid(w, "template_uuid", &o->template_uuid);
	else
		jw_kstr(w, "template_uuid", S(""));
	jw_kid(w, "template_version", o->template_version);
	jw_kid(w, "event_id", o->event_id);
	jw_kuuid(w, "uuid", &o->uuid);
	jw_kid(w, "timestamp", o->timestamp);
	jw_kid(w, "distribution", o->distribution);
	jw_kid(w, "sharing_group_id", o->sharing_group_id);
	jw_kstr(w, "comment", o->comment);
	jw_kbool(w, "deleted", o->deleted);
	misp_write_seen(w, "first_seen", o->first_seen_us);
	misp_write_seen(w, "last_seen", o->last_seen_us);
}

void misp_write_object_close(struct jw *w)
{
	jw_obj_end(w);
}

void misp_write_ref(struct jw *w, const struct object_ref *ref, const struct ref_extra *x)
{
	jw_obj(w);
	jw_kid(w, "id", ref->id);
	jw_kuuid(w, "uuid", &ref->uuid);
	jw_kid(w, "timestamp", ref->timestamp);
	jw_kid(w, "object_id", ref->object_id);
	jw_kuuid(w, "referenced_uuid", &ref->referenced_uuid);
	jw_kid(w, "referenced_id", x->object ? x->object->id : x->attr ? x->attr->id : 0);
	jw_kstr(w, "referenced_type", x->attr ? S("0") : S("1"));
	jw_kstr(w, "relationship_type", ref->relationship_type);
	jw_kstr(w, "comment", ref->comment);
	jw_kbool(w, "deleted", ref->deleted);
	jw_kid(w, "event_id", ref->event_id);
	jw_kuuid(w, "source_uuid", &x->source_uuid);
	if (x->object) {
		jw_key(w, "Object");
		jw_obj(w);
		jw_kid(w, "distribution", x->object->distribution);
		jw_kid(w, "sharing_group_id", x->object->sharing_group_id);
		jw_kuuid(w, "uuid", &x->object->uuid);
		jw_kstr(w, "name", x->object->name);
		jw_kstr(w, "meta-category", x->object->meta_category);
		jw_obj_end(w);
	} else if (x->attr) {
		jw_key(w, "Attribute");
		jw_obj(w);
		jw_kid(w, "distribution", x->attr->distribution);
		jw_kid(w, "sharing_group_id", x->attr->sharing_group_id);
		jw_kuuid(w, "uuid", &x->attr->uuid);
		kvalue(w, x->attr);
		jw_kstr(w, "type", x->attr->type->name);
		jw_kstr(w, "category", cat_name(x->attr->cat));
		jw_kbool(w, "to_ids", x->attr->to_ids);
		jw_obj_end(w);
	}
	jw_obj_end(w);
}

/* --- sightings and reports --- */

void misp_write_sighting(struct jw *w, const struct sighting_out *s, bool open)
{
	const struct sighting *g = s->sighting;

	jw_obj(w);
	jw_kid(w, "id", g->id);
	jw_kid(w, "attribute_id", g->attribute_id);
	jw_kid(w, "event_id", g->event_id);
	jw_kid(w, "org_id", g->org_id);
	jw_kid(w, "date_sighting", g->date_sighting);
	jw_kuuid(w, "uuid", &g->uuid);
	jw_kstr(w, "source", g->source);
	jw_kid(w, "type", g->type);
	if (s->value.p)
		jw_kstr(w, "value", s->value);
	if (s->attribute_uuid)
		jw_kuuid(w, "attribute_uuid", s->attribute_uuid);
	if (s->event_uuid)
		jw_kuuid(w, "event_uuid", s->event_uuid);
	if (s->org) {
		jw_key(w, "Organisation");
		jw_obj(w);
		jw_kid(w, "id", s->org->id);
		jw_kuuid(w, "uuid", &s->org->uuid);
		jw_kstr(w, "name", s->org->name);
		jw_obj_end(w);
	}
	if (!open)
		jw_obj_end(w);
}

void misp_write_report_members(struct jw *w, const struct report_out *r)
{
	jw_kid(w, "id", r->id);
	jw_kuuid(w, "uuid", &r->uuid);
	jw_kid(w, "event_id", r->event_id);
	jw_kstr(w, "name", r->name);
	jw_kstr(w, "content", r->content);
	jw_kid(w, "distribution", r->distribution);
	jw_kid(w, "sharing_group_id", r->sharing_group_id);
	jw_kid(w, "timestamp", r->timestamp);
	jw_kbool(w, "deleted", r->deleted);
}

void misp_write_crypt_key(struct jw *w, int64_t id, const struct uuid *u, int64_t event_id, struct str type, struct str key_data, struct str fingerprint,
			  bool revoked, int64_t timestamp)
{
	jw_obj(w);
	jw_kid(w, "id", id);
	jw_kuuid(w, "uuid", u);
	jw_kstr(w, "type", type);
	jw_kid(w, "timestamp", timestamp);
	jw_kstr(w, "parent_type", S("Event"));
	jw_kid(w, "parent_id", event_id);
	jw_kstr(w, "key_data", key_data);
	jw_kbool(w, "revoked", revoked);
	jw_kstr(w, "fingerprint", fingerprint);
	jw_obj_end(w);
}
