/* misp_elem.c - the elements of MISP's JSON, into the inputs of model/input.h: attributes, objects, tags, clusters, sightings, reports, an event's head.
 *
 * Each kind of object has a table: key, how its value is read, where it goes. Keys that are not in the table are skipped.
 * No rule of the model is applied here: numbers, flags and times stay the text that was sent. null counts as not sent, except for
 * first_seen and last_seen, where it clears the field as "" does. */
#include <stddef.h>
#include <stdio.h>

#include "format/misp_json.h"
#include "format/misp_read_int.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* ---- parts common to all elements ---- */

void elem_start(struct elem *e, struct jr *r, struct arena *mem, struct str doc)
{
	*e = (struct elem){ .r = r, .mem = mem, .doc = doc, .start = arena_total(mem) };
}

bool elem_wrong(struct elem *e, const char *fmt, ...)
{
	va_list ap;

	if (e->why[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
	return false;
}

static void check_size(struct elem *e)
{
	if (arena_total(e->mem) - e->start > MISP_ELEMENT_MAX || arena_over(e->mem))
		elem_wrong(e, "needs more memory than one element may take");
}

static struct str keep(struct elem *e, struct str s)
{
	uintptr_t p = (uintptr_t)s.p, doc = (uintptr_t)e->doc.p;

	if (!s.p || (p >= doc && p < doc + e->doc.n))
		return s;
	if (s.n == 0)
		return S("");
	s = str_dup(e->mem, s);
	check_size(e);
	return s;
}

struct str elem_text(struct elem *e, const char *name)
{
	enum jkind kind = jr_peek(e->r);
	struct str s;

	if (kind == J_OBJ || kind == J_ARR) {
		jr_skip(e->r);
		elem_wrong(e, "'%s' is not a text", name);
		return (struct str){ NULL, 0 };
	}
	s = e->doc.n ? keep(e, jr_text(e->r)) : jr_text_dup(e->r);
	if (kind == J_STR && !s.p)
		s = S("");
	return s;
}

/* A growing array in the element's memory. */
struct vec {
	void *p;
	size_t n, cap;
};

/* One more zeroed item; NULL when the list is full or the element is lost. */
static void *vec_add(struct elem *e, struct vec *v, size_t size, const char *name)
{
	void *item;

	if (e->why[0])
		return NULL;
	if (v->n == MISP_LIST_MAX) {
		elem_wrong(e, "more than %u entries in '%s'", MISP_LIST_MAX, name);
		return NULL;
	}
	if (v->n == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 4;
		void *p = arena_array(e->mem, cap, size);

		if (v->n)
			memcpy(p, v->p, v->n * size);
		v->p = p;
		v->cap = cap;
		check_size(e);
	}
	item = (char *)v->p + v->n++ * size;
	return memset(item, 0, size);
}

/* Calls item for each entry of a list: an array, or one object in place of an array; null is an empty list. */
static void each(struct elem *e, const char *name, void (*item)(struct elem *, void *), void *arg)
{
	switch (jr_peek(e->r)) {
	case J_ARR:
		for (jr_arr(e->r); jr_elem(e->r);) {
			if (e->why[0] || jr_peek(e->r) == J_NULL)
				jr_skip(e->r);
			else
				item(e, arg);
		}
		break;
	case J_OBJ:
		item(e, arg);
		break;
	case J_NULL:
		jr_skip(e->r);
		break;
	default:
		jr_skip(e->r);
		elem_wrong(e, "'%s' is not a list", name);
	}
}

/* ---- tables ---- */

enum how {
	TEXT,
	CLEARABLE, /* text; null is sent as "" */
	VALUE,
	TAGS,
	GALAXIES,
	SIGHTINGS,
	ATTRS,
	REFS,
	REPORTS,
	KEYS,
	ORG,
	SHARING_GROUP,
	COUNTED,
	WRAPPED, /* the object itself, in its wrapper */
};
struct field {
	const char *key;
	uint8_t len;
	uint8_t how;
	uint16_t off;
};
#define FIELD(key, how, type, member) { key, sizeof(key) - 1, how, offsetof(type, member) }
#define BARE_FIELD(key, how) { key, sizeof(key) - 1, how, 0 }

/* Keys mostly come in the table's order, so the search goes on where it last ended. */
static const struct field *find(const struct field *t, size_t n, size_t *at, struct str key)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = *at + i < n ? *at + i : *at + i - n;

		if (t[k].len == key.n && memcmp(t[k].key, key.p, key.n) == 0) {
			*at = k + 1 < n ? k + 1 : 0;
			return &t[k];
		}
	}
	return NULL;
}

static void put_text(struct elem *e, const struct field *f, void *out)
{
	bool cleared = f->how == CLEARABLE && jr_peek(e->r) == J_NULL;
	struct str s = elem_text(e, f->key);

	memcpy((char *)out + f->off, cleared ? &S("") : &s, sizeof(s));
}

/* Reads an object all of whose known members are texts. */
static void texts(struct elem *e, const struct field *t, size_t n, const char *name, void *out)
{
	size_t at = 0;
	struct str key;

	if (jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		elem_wrong(e, "an entry of '%s' is not an object", name);
		return;
	}
	for (jr_obj(e->r); jr_member(e->r, &key);) {
		const struct field *f = e->why[0] ? NULL : find(t, n, &at, key);

		if (f)
			put_text(e, f, out);
		else
			jr_skip(e->r);
	}
}

/* ---- tags ---- */

static void tag_members(struct elem *e, struct tag_in *tag, bool outer)
{
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		if (e->why[0]) {
			jr_skip(e->r);
		} else if (str_eq(key, S("name"))) {
			tag->name = elem_text(e, "Tag.name");
		} else if (str_eq(key, S("colour"))) {
			tag->colour = elem_text(e, "Tag.colour");
		} else if (str_eq(key, S("relationship_type"))) {
			tag->relationship_type = elem_text(e, "Tag.relationship_type");
		} else if (str_eq(key, S("local"))) {
			tag->has_local = jr_peek(e->r) != J_NULL;
			tag->local = jr_bool(e->r, false);
		} else if (str_eq(key, S("exportable"))) {
			tag->has_exportable = jr_peek(e->r) != J_NULL;
			tag->exportable = jr_bool(e->r, true);
		} else if (str_eq(key, S("deleted"))) {
			tag->deleted = jr_bool(e->r, false);
		} else if (outer && str_eq(key, S("Tag")) && jr_peek(e->r) == J_OBJ) {
			tag_members(e, tag, false);
		} else {
			jr_skip(e->r);
		}
	}
}

static void tag_item(struct elem *e, void *arg)
{
	struct vec *tags = arg;
	struct tag_in *tag = vec_add(e, tags, sizeof(*tag), "Tag");

	if (!tag)
		jr_skip(e->r);
	else if (jr_peek(e->r) == J_OBJ)
		tag_members(e, tag, true);
	else
		tag->name = elem_text(e, "Tag");
	if (tag && !tag->name.n)
		tags->n--; /* a tag without a name is none */
}

void elem_tags(struct elem *e, struct tag_in **out, size_t *n)
{
	struct vec tags = { 0 };

	each(e, "Tag", tag_item, &tags);
	*out = tags.p;
	*n = tags.n;
}

static void cluster_item(struct elem *e, void *arg)
{
	struct vec *tags = arg;
	struct tag_in tag = { 0 }, *add;
	struct str key;

	if (jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		return;
	}
	for (jr_obj(e->r); jr_member(e->r, &key);) {
		if (e->why[0]) {
			jr_skip(e->r);
		} else if (str_eq(key, S("tag_name"))) {
			tag.name = elem_text(e, "GalaxyCluster.tag_name");
		} else if (str_eq(key, S("relationship_type"))) {
			if (jr_peek(e->r) == J_STR)
				tag.relationship_type = elem_text(e, "GalaxyCluster.relationship_type");
			else
				jr_skip(e->r);
		} else if (str_eq(key, S("local"))) {
			tag.has_local = jr_peek(e->r) != J_NULL;
			tag.local = jr_bool(e->r, false);
		} else {
			jr_skip(e->r);
		}
	}
	if (tag.name.n && (add = vec_add(e, tags, sizeof(tag), "Galaxy")))
		*add = tag;
}

static void galaxy_item(struct elem *e, void *arg)
{
	struct str key;

	if (jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		return;
	}
	for (jr_obj(e->r); jr_member(e->r, &key);) {
		if (!e->why[0] && str_eq(key, S("GalaxyCluster")))
			each(e, "GalaxyCluster", cluster_item, arg);
		else
			jr_skip(e->r);
	}
}

/* Adds the clusters' tags, unless galaxy tags are among the tags already: an exported event lists its clusters in both places, the tags are what counts. */
static void merge_clusters(struct elem *e, struct vec *tags, const struct vec *clusters)
{
	bool compare = clusters->n < 1000 && tags->n < 1000; /* beyond, whoever binds tags drops the second one */
	const struct tag_in *c = clusters->p;
	const struct tag_in *there = tags->p;
	size_t n = tags->n;

	for (size_t i = 0; i < n; i++)
		if (str_starts(there[i].name, S("misp-galaxy:")))
			return;
	for (size_t i = 0; i < clusters->n; i++) {
		const struct tag_in *t = tags->p;
		struct tag_in *add;
		size_t k = compare ? 0 : n;

		while (k < n && !str_eq(t[k].name, c[i].name))
			k++;
		if (k == n && (add = vec_add(e, tags, sizeof(*add), "Tag")))
			*add = c[i];
	}
}

static void finish(struct elem *e);

/* ---- sightings, references, reports, organisations ---- */

static const struct field org_fields[] = {
	FIELD("id", TEXT, struct org_in, id),
	FIELD("name", TEXT, struct org_in, name),
	FIELD("uuid", TEXT, struct org_in, uuid),
};

void elem_org(struct elem *e, struct org_in *out)
{
	struct str s;

	switch (jr_peek(e->r)) {
	case J_OBJ:
		texts(e, org_fields, COUNT(org_fields), "Orgc", out);
		break;
	case J_STR: /* older spelling: the name alone */
		s = elem_text(e, "Orgc");
		if (s.n)
			out->name = s;
		break;
	default:
		jr_skip(e->r);
	}
}

static void sighting_item(struct elem *e, void *arg)
{
	static const struct field fields[] = {
		FIELD("org_id", WRAPPED, struct sighting_in, type),
		FIELD("date_sighting", TEXT, struct sighting_in, date),
		FIELD("uuid", TEXT, struct sighting_in, uuid),
		FIELD("source", TEXT, struct sighting_in, source),
		FIELD("type", TEXT, struct sighting_in, type),
		FIELD("Organisation", ORG, struct sighting_in, org_name),
		FIELD("timestamp", TEXT, struct sighting_in, date),
	};
	struct sighting_in *s = vec_add(e, arg, sizeof(*s), "Sighting");
	struct org_in org = { 0 };
	size_t at = 0;
	struct str key;

	if (!s || jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		elem_wrong(e, "an entry of 'Sighting' is not an object");
		return;
	}
	for (jr_obj(e->r); jr_member(e->r, &key);) {
		const struct field *f = e->why[0] ? NULL : find(fields, COUNT(fields), &at, key);

		if (f && f->how == TEXT)
			put_text(e, f, s);
		else if (f && f->how == ORG)
			elem_org(e, &org);
		else
			jr_skip(e->r);
	}
	s->org_uuid = org.uuid;
	s->org_name = org.name;
}

static void ref_item(struct elem *e, void *arg)
{
	static const struct field fields[] = {
		FIELD("uuid", TEXT, struct ref_in, uuid),
		FIELD("timestamp", TEXT, struct ref_in, timestamp),
		FIELD("referenced_uuid", TEXT, struct ref_in, referenced_uuid),
		FIELD("relationship_type", TEXT, struct ref_in, relationship_type),
		FIELD("comment", TEXT, struct ref_in, comment),
		FIELD("deleted", TEXT, struct ref_in, deleted),
	};
	struct ref_in *ref = vec_add(e, arg, sizeof(*ref), "ObjectReference");

	if (ref)
		texts(e, fields, COUNT(fields), "ObjectReference", ref);
	else
		jr_skip(e->r);
}

static void report_item(struct elem *e, void *arg)
{
	static const struct field fields[] = {
		FIELD("uuid", TEXT, struct report_in, uuid),
		FIELD("name", TEXT, struct report_in, name),
		FIELD("content", TEXT, struct report_in, content),
		FIELD("distribution", TEXT, struct report_in, distribution),
		FIELD("sharing_group_id", TEXT, struct report_in, sharing_group_id),
		FIELD("timestamp", TEXT, struct report_in, timestamp),
		FIELD("deleted", TEXT, struct report_in, deleted),
		FIELD("SharingGroup", SHARING_GROUP, struct report_in, group),
	};
	struct report_in *report = vec_add(e, arg, sizeof(*report), "EventReport");
	size_t at = 0;
	struct str key;

	if (!report || jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		elem_wrong(e, "an entry of 'EventReport' is not an object");
		return;
	}
	for (jr_obj(e->r); jr_member(e->r, &key);) {
		const struct field *f = e->why[0] ? NULL : find(fields, COUNT(fields), &at, key);

		if (f && f->how == TEXT)
			put_text(e, f, report);
		else if (f)
			elem_group(e, &report->group);
		else if (!elem_analyst(e, key, &report->analyst))
			jr_skip(e->r);
	}
}

void misp_report_read(struct jr *r, struct report_in *out)
{
	struct vec one = { 0 };
	struct elem e;

	elem_start(&e, r, r->cx->mem, (struct str){ 0 });
	report_item(&e, &one);
	*out = one.n ? *(struct report_in *)one.p : (struct report_in){ 0 };
	finish(&e);
}

/* ---- attributes ---- */

static const struct field attr_fields[] = {
	FIELD("id", TEXT, struct attr_in, id),
	FIELD("type", TEXT, struct attr_in, type),
	FIELD("category", TEXT, struct attr_in, category),
	FIELD("to_ids", TEXT, struct attr_in, to_ids),
	FIELD("uuid", TEXT, struct attr_in, uuid),
	FIELD("event_id", TEXT, struct attr_in, event_id),
	FIELD("distribution", TEXT, struct attr_in, distribution),
	FIELD("timestamp", TEXT, struct attr_in, timestamp),
	FIELD("comment", TEXT, struct attr_in, comment),
	FIELD("sharing_group_id", TEXT, struct attr_in, sharing_group_id),
	FIELD("deleted", TEXT, struct attr_in, deleted),
	FIELD("disable_correlation", TEXT, struct attr_in, disable_correlation),
	FIELD("object_id", TEXT, struct attr_in, object_id),
	FIELD("object_relation", TEXT, struct attr_in, relation),
	FIELD("first_seen", CLEARABLE, struct attr_in, first_seen),
	FIELD("last_seen", CLEARABLE, struct attr_in, last_seen),
	FIELD("value", VALUE, struct attr_in, value),
	BARE_FIELD("Galaxy", GALAXIES),
	BARE_FIELD("Tag", TAGS),
	BARE_FIELD("Sighting", SIGHTINGS),
	FIELD("data", TEXT, struct attr_in, data),
	FIELD("value1", TEXT, struct attr_in, value1),
	FIELD("value2", TEXT, struct attr_in, value2),
	FIELD("encrypt", TEXT, struct attr_in, encrypt),
	FIELD("enforceWarninglist", TEXT, struct attr_in, enforce_warninglist),
	FIELD("SharingGroup", SHARING_GROUP, struct attr_in, group),
	BARE_FIELD("Attribute", WRAPPED),
};

/* Members that are numbers come from a list with holes written as an object; skipping them would lose elements silently. */
static bool numbered(struct elem *e, struct str key)
{
	if (key.n && ch_digit((unsigned char)key.p[0]) && jr_peek(e->r) == J_OBJ)
		elem_wrong(e, "a list was sent as an object with numbered members");
	return e->why[0];
}

static void value_item(struct elem *e, void *arg)
{
	struct str *s = vec_add(e, arg, sizeof(*s), "value");

	if (s)
		*s = elem_text(e, "value");
	else
		jr_skip(e->r);
}

static void read_value(struct elem *e, struct attr_in *out)
{
	struct vec values = { 0 };

	if (jr_peek(e->r) != J_ARR) {
		out->value = elem_text(e, "value");
		return;
	}
	each(e, "value", value_item, &values);
	out->value_is_array = true;
	out->values = values.p;
	out->value_n = values.n;
}

struct attr_lists {
	struct vec tags, clusters, sightings;
};

static void attr_members(struct elem *e, struct attr_in *out, struct attr_lists *l, bool outer)
{
	size_t at = 0;
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		const struct field *f = e->why[0] ? NULL : find(attr_fields, COUNT(attr_fields), &at, key);

		if (!f) {
			if (!elem_analyst(e, key, &out->analyst)) {
				numbered(e, key);
				jr_skip(e->r);
			}
			continue;
		}
		switch ((enum how)f->how) {
		case TEXT:
		case CLEARABLE:
			put_text(e, f, out);
			break;
		case VALUE:
			read_value(e, out);
			break;
		case TAGS:
			each(e, f->key, tag_item, &l->tags);
			break;
		case GALAXIES:
			each(e, f->key, galaxy_item, &l->clusters);
			break;
		case SIGHTINGS:
			each(e, f->key, sighting_item, &l->sightings);
			break;
		case SHARING_GROUP:
			elem_group(e, &out->group);
			break;
		default:
			if (outer && jr_peek(e->r) == J_OBJ)
				attr_members(e, out, l, false);
			else
				jr_skip(e->r);
		}
	}
}

void elem_attr(struct elem *e, struct attr_in *out)
{
	struct attr_lists l = { 0 };

	*out = (struct attr_in){ 0 };
	if (jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		elem_wrong(e, "an attribute is an object");
		return;
	}
	attr_members(e, out, &l, true);
	merge_clusters(e, &l.tags, &l.clusters);
	out->tags = l.tags.p;
	out->tag_n = l.tags.n;
	out->sightings = l.sightings.p;
	out->sighting_n = l.sightings.n;
}

/* ---- objects ---- */

static const struct field object_fields[] = {
	FIELD("id", TEXT, struct object_in, id),
	FIELD("name", TEXT, struct object_in, name),
	FIELD("meta-category", TEXT, struct object_in, meta_category),
	FIELD("description", TEXT, struct object_in, description),
	FIELD("template_uuid", TEXT, struct object_in, template_uuid),
	FIELD("template_version", TEXT, struct object_in, template_version),
	FIELD("event_id", TEXT, struct object_in, event_id),
	FIELD("uuid", TEXT, struct object_in, uuid),
	FIELD("timestamp", TEXT, struct object_in, timestamp),
	FIELD("distribution", TEXT, struct object_in, distribution),
	FIELD("sharing_group_id", TEXT, struct object_in, sharing_group_id),
	FIELD("comment", TEXT, struct object_in, comment),
	FIELD("deleted", TEXT, struct object_in, deleted),
	FIELD("first_seen", CLEARABLE, struct object_in, first_seen),
	FIELD("last_seen", CLEARABLE, struct object_in, last_seen),
	FIELD("breakOnDuplicate", TEXT, struct object_in, break_on_duplicate),
	FIELD("SharingGroup", SHARING_GROUP, struct object_in, group),
	BARE_FIELD("ObjectReference", REFS),
	BARE_FIELD("Attribute", ATTRS),
	BARE_FIELD("Object", WRAPPED),
};

static void attr_item(struct elem *e, void *arg)
{
	struct vec *attrs = arg;
	struct attr_in *a = vec_add(e, attrs, sizeof(*a), "Attribute");

	if (!a) {
		jr_skip(e->r);
		return;
	}
	elem_attr(e, a);
	a->position = attrs->n - 1;
	if (e->why[0] && strncmp(e->why, "Attribute ", 10) != 0) {
		char t[sizeof(e->why)];

		snprintf(t, sizeof(t), "%s", e->why);
		snprintf(e->why, sizeof(e->why), "Attribute %zu: %.90s", a->position, t);
	}
}

static void object_members(struct elem *e, struct object_in *out, struct vec *attrs, struct vec *refs, bool outer)
{
	size_t at = 0;
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		const struct field *f = e->why[0] ? NULL : find(object_fields, COUNT(object_fields), &at, key);

		if (!f) {
			if (!elem_analyst(e, key, &out->analyst)) {
				numbered(e, key);
				jr_skip(e->r);
			}
			continue;
		}
		switch ((enum how)f->how) {
		case TEXT:
		case CLEARABLE:
			put_text(e, f, out);
			break;
		case ATTRS:
			each(e, f->key, attr_item, attrs);
			break;
		case REFS:
			each(e, f->key, ref_item, refs);
			break;
		case SHARING_GROUP:
			elem_group(e, &out->group);
			break;
		default:
			if (outer && jr_peek(e->r) == J_OBJ)
				object_members(e, out, attrs, refs, false);
			else
				jr_skip(e->r);
		}
	}
}

void elem_object(struct elem *e, struct object_in *out)
{
	struct vec attrs = { 0 }, refs = { 0 };

	*out = (struct object_in){ 0 };
	if (jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		elem_wrong(e, "an object is a JSON object");
		return;
	}
	object_members(e, out, &attrs, &refs, true);
	out->attrs = attrs.p;
	out->attr_n = attrs.n;
	out->refs = refs.p;
	out->ref_n = refs.n;
}

/* ---- at a caller's reader ---- */

const struct jr_limits misp_limits = { .string_max = MISP_STRING_MAX };

static void finish(struct elem *e)
{
	if (e->why[0] && !jr_failed(e->r))
		jr_fail(e->r, e->why);
}

void misp_attr_read(struct jr *r, struct attr_in *out)
{
	struct elem e;

	elem_start(&e, r, r->cx->mem, (struct str){ 0 });
	elem_attr(&e, out);
	finish(&e);
}

void misp_object_read(struct jr *r, struct object_in *out)
{
	struct elem e;

	elem_start(&e, r, r->cx->mem, (struct str){ 0 });
	elem_object(&e, out);
	finish(&e);
}

void misp_tags_read(struct jr *r, struct tag_in **tags, size_t *n)
{
	struct elem e;

	elem_start(&e, r, r->cx->mem, (struct str){ 0 });
	elem_tags(&e, tags, n);
	finish(&e);
}

/* ---- events ---- */

static const struct field event_fields[] = {
	FIELD("id", TEXT, struct event_in, id),
	FIELD("orgc_id", TEXT, struct event_in, orgc.id),
	FIELD("org_id", TEXT, struct event_in, org.id),
	FIELD("date", TEXT, struct event_in, date),
	FIELD("threat_level_id", TEXT, struct event_in, threat_level_id),
	FIELD("info", TEXT, struct event_in, info),
	FIELD("published", TEXT, struct event_in, published),
	FIELD("uuid", TEXT, struct event_in, uuid),
	FIELD("attribute_count", TEXT, struct event_in, attribute_count),
	FIELD("analysis", TEXT, struct event_in, analysis),
	FIELD("timestamp", TEXT, struct event_in, timestamp),
	FIELD("distribution", TEXT, struct event_in, distribution),
	FIELD("locked", TEXT, struct event_in, locked),
	FIELD("publish_timestamp", TEXT, struct event_in, publish_timestamp),
	FIELD("sharing_group_id", TEXT, struct event_in, sharing_group_id),
	FIELD("disable_correlation", TEXT, struct event_in, disable_correlation),
	FIELD("extends_uuid", TEXT, struct event_in, extends_uuid),
	FIELD("protected", TEXT, struct event_in, is_protected),
	FIELD("Org", ORG, struct event_in, org),
	FIELD("Orgc", ORG, struct event_in, orgc),
	FIELD("Attribute", COUNTED, struct event_in, attr_seen),
	BARE_FIELD("Galaxy", GALAXIES),
	FIELD("Object", COUNTED, struct event_in, object_seen),
	BARE_FIELD("EventReport", REPORTS),
	BARE_FIELD("CryptographicKey", KEYS),
	BARE_FIELD("Tag", TAGS),
	FIELD("SharingGroup", SHARING_GROUP, struct event_in, group),
};

static size_t count_list(struct jr *r)
{
	size_t n = 0;

	if (jr_peek(r) != J_ARR) {
		n = jr_peek(r) == J_OBJ;
		jr_skip(r);
		return n;
	}
	for (jr_arr(r); jr_elem(r); n++)
		jr_skip(r);
	return n;
}

bool elem_event_text(struct str key)
{
	size_t at = 0;
	const struct field *f = find(event_fields, COUNT(event_fields), &at, key);

	return f && f->how == TEXT;
}

static void key_item(struct elem *e, void *arg)
{
	struct crypt_key_in k = { 0 }, *add;
	struct str key;

	if (jr_peek(e->r) != J_OBJ) {
		jr_skip(e->r);
		elem_wrong(e, "'CryptographicKey' holds no object");
		return;
	}
	for (jr_obj(e->r); jr_member(e->r, &key);) {
		if (!e->why[0] && str_eq(key, S("type")))
			k.type = elem_text(e, "type");
		else if (!e->why[0] && str_eq(key, S("key_data")))
			k.key_data = elem_text(e, "key_data");
		else if (!e->why[0] && str_eq(key, S("revoked")))
			k.revoked = elem_text(e, "revoked");
		else
			jr_skip(e->r);
	}
	add = vec_add(e, arg, sizeof(k), "CryptographicKey");
	if (add)
		*add = k;
}

void elem_event_head(struct elem *e, struct event_in *out)
{
	struct vec tags = { 0 }, clusters = { 0 }, reports = { 0 }, keys = { 0 };
	size_t at = 0, n;
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		const struct field *f = e->why[0] ? NULL : find(event_fields, COUNT(event_fields), &at, key);

		if (!f) {
			if (!elem_analyst(e, key, &out->analyst))
				jr_skip(e->r);
			continue;
		}
		switch ((enum how)f->how) {
		case TEXT:
			put_text(e, f, out);
			break;
		case ORG:
			elem_org(e, (struct org_in *)((char *)out + f->off));
			break;
		case SHARING_GROUP:
			elem_group(e, &out->group);
			break;
		case TAGS:
			each(e, f->key, tag_item, &tags);
			break;
		case GALAXIES:
			each(e, f->key, galaxy_item, &clusters);
			break;
		case REPORTS:
			each(e, f->key, report_item, &reports);
			break;
		case KEYS:
			each(e, f->key, key_item, &keys);
			break;
		case COUNTED:
			n = count_list(e->r);
			memcpy((char *)out + f->off, &n, sizeof(n));
			break;
		default:
			jr_skip(e->r);
		}
	}
	merge_clusters(e, &tags, &clusters);
	out->tags = tags.p;
	out->tag_n = tags.n;
	out->reports = reports.p;
	out->report_n = reports.n;
	out->keys = keys.p;
	out->key_n = keys.n;
}
