/* misp_analyst.c - see misp_analyst.h. */
#include "format/misp_analyst.h"

#include "base/clock.h"
#include "format/misp_json.h"
#include "format/misp_read_int.h"

#include <stddef.h>
#include <stdlib.h>

/* ---- reading ---- */

static const struct {
	const char *key;
	size_t at;
} fields[] = {
#define FIELD(name) { #name, offsetof(struct analyst_in, name) }
	FIELD(uuid), FIELD(object_uuid), FIELD(object_type), FIELD(authors), FIELD(created), FIELD(modified), FIELD(distribution),
	FIELD(sharing_group_id), FIELD(locked), FIELD(org_uuid), FIELD(orgc_uuid), FIELD(note), FIELD(language), FIELD(opinion), FIELD(comment),
	FIELD(relationship_type), FIELD(related_object_uuid), FIELD(related_object_type),
#undef FIELD
};

static struct str *text_of(struct analyst_in *a, struct str key)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (str_eq(key, str_c(fields[i].key)))
			return (struct str *)(void *)((char *)a + fields[i].at);
	return NULL;
}

static void members(struct elem *e, struct analyst_in *a)
{
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		struct str *text = e->why[0] ? NULL : text_of(a, key);

		if (text)
			*text = elem_text(e, "analyst data");
		else if (e->why[0])
			jr_skip(e->r);
		else if (str_eq(key, S("Orgc")))
			elem_org(e, &a->orgc);
		else if (str_eq(key, S("SharingGroup")))
			elem_group(e, &a->group);
		else if (!elem_analyst(e, key, &a->children))
			jr_skip(e->r);
	}
}

static void item(struct elem *e, enum analyst_kind kind, struct analyst_list *out)
{
	struct analyst_in *a;

	if (e->why[0] || jr_peek(e->r) != J_OBJ) {
		if (jr_peek(e->r) != J_NULL)
			elem_wrong(e, "an entry of '%s' is not an object", analyst_names[kind]);
		jr_skip(e->r);
		return;
	}
	if (out->n == MISP_LIST_MAX) {
		elem_wrong(e, "more than %u entries in '%s'", MISP_LIST_MAX, analyst_names[kind]);
		jr_skip(e->r);
		return;
	}
	out->v = arena_grow(e->mem, out->v, &out->cap, out->n, sizeof(*out->v));
	a = &out->v[out->n++];
	*a = (struct analyst_in){ .kind = kind };
	members(e, a);
}

bool elem_analyst(struct elem *e, struct str key, struct analyst_list *out)
{
	enum analyst_kind kind;

	if (!analyst_kind_of(key, &kind))
		return false;
	if (jr_peek(e->r) == J_ARR) {
		for (jr_arr(e->r); jr_elem(e->r);)
			item(e, kind, out);
	} else {
		item(e, kind, out);
	}
	return true;
}

/* A member of its own name is the wrapper when it holds an object; a list are those that hang on it. */
void misp_analyst_read(struct jr *r, enum analyst_kind kind, struct analyst_in *out)
{
	struct str key;
	struct elem e;

	elem_start(&e, r, r->cx->mem, (struct str){ 0 });
	*out = (struct analyst_in){ .kind = kind };
	for (jr_obj(r); jr_member(r, &key);) {
		struct str *text = e.why[0] ? NULL : text_of(out, key);

		if (str_eq(key, str_c(analyst_names[kind])) && jr_peek(r) == J_OBJ)
			members(&e, out);
		else if (text)
			*text = elem_text(&e, "analyst data");
		else if (str_eq(key, S("Orgc")))
			elem_org(&e, &out->orgc);
		else if (str_eq(key, S("SharingGroup")))
			elem_group(&e, &out->group);
		else if (!elem_analyst(&e, key, &out->children))
			jr_skip(r);
	}
	if (e.why[0] && !jr_failed(r))
		jr_fail(r, e.why);
}

/* ---- writing ---- */

static int by_place(const struct analyst *a, const struct uuid *object, int kind, int64_t id)
{
	int c = memcmp(a->object_uuid.b, object->b, 16);

	if (c)
		return c;
	if ((int)a->kind != kind)
		return (int)a->kind < kind ? -1 : 1;
	return a->id < id ? -1 : a->id > id;
}

static int order(const void *x, const void *y)
{
	const struct analyst *b = y;

	return by_place(x, &b->object_uuid, (int)b->kind, b->id);
}

void analyst_sort(struct analyst *v, size_t n)
{
	if (n > 1)
		qsort(v, n, sizeof(*v), order);
}

/* the first about this */
static size_t first(const struct analyst_tree *t, const struct uuid *what)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (memcmp(t->v[mid].object_uuid.b, what->b, 16) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void kdatetime(struct jw *w, const char *key, int64_t s)
{
	char t[CLOCK_TEXT_MAX];

	jw_kstr(w, key, str_n(t, (size_t)clock_datetime(s * 1000000, t)));
}

static void org(struct jw *w, const char *key, const struct org *o)
{
	if (!o->id)
		return;
	jw_key(w, key);
	jw_obj(w);
	jw_kid(w, "id", o->id);
	jw_kstr(w, "name", o->name);
	jw_kuuid(w, "uuid", &o->uuid);
	jw_kstr(w, "type", o->type);
	jw_kstr(w, "sector", o->sector);
	jw_kstr(w, "nationality", o->nationality);
	jw_kbool(w, "local", o->local);
	jw_obj_end(w);
}

static void group(struct jw *w, const struct analyst *a)
{
	if (a->distribution != 4 || !a->group.there)
		return;
	jw_key(w, "SharingGroup");
	jw_obj(w);
	jw_kid(w, "id", a->sharing_group_id);
	jw_kstr(w, "name", a->group.name);
	jw_kuuid(w, "uuid", &a->group.uuid);
	jw_kstr(w, "releasability", a->group.releasability);
	jw_kstr(w, "description", a->group.description);
	jw_kid(w, "org_id", a->group.org_id);
	jw_kbool(w, "active", a->group.active);
	jw_kbool(w, "roaming", a->group.roaming);
	jw_kbool(w, "local", a->group.local);
	jw_obj_end(w);
}

void misp_write_analyst_members(struct jw *w, const struct analyst *a)
{
	jw_kid(w, "id", a->id);
	jw_kuuid(w, "uuid", &a->uuid);
	jw_kuuid(w, "object_uuid", &a->object_uuid);
	jw_kstr(w, "object_type", str_c(analyst_targets[a->object_type]));
	jw_kstr(w, "authors", a->authors);
	jw_kuuid(w, "org_uuid", &a->org_uuid);
	jw_kuuid(w, "orgc_uuid", &a->orgc_uuid);
	kdatetime(w, "created", a->created_s);
	kdatetime(w, "modified", a->modified_s);
	jw_kid(w, "distribution", a->distribution);
	if (a->distribution == 4)
		jw_kid(w, "sharing_group_id", a->sharing_group_id);
	else
		jw_knull(w, "sharing_group_id");
	jw_kbool(w, "locked", a->locked);
	switch (a->kind) {
	case ANALYST_NOTE:
		jw_kstr(w, "note", a->body);
		jw_kstr(w, "language", a->language);
		break;
	case ANALYST_OPINION:
		jw_kid(w, "opinion", a->opinion);
		jw_kstr(w, "comment", a->body);
		break;
	default:
		jw_kuuid(w, "related_object_uuid", &a->related_uuid);
		jw_kstr(w, "related_object_type", str_c(analyst_targets[a->related_type]));
		jw_kstr(w, "relationship_type", a->body);
	}
	jw_kint(w, "note_type", a->kind);
	jw_kstr(w, "note_type_name", str_c(analyst_names[a->kind]));
	org(w, "Org", &a->org);
	org(w, "Orgc", &a->orgc);
	group(w, a);
}

static void write_of(struct jw *w, const struct analyst_tree *t, const struct uuid *what, int depth);

static void write_nested(struct jw *w, const struct analyst_tree *t, const struct analyst *a, int depth)
{
	misp_write_analyst_members(w, a);
	write_of(w, t, &a->uuid, depth + 1);
}

static void write_of(struct jw *w, const struct analyst_tree *t, const struct uuid *what, int depth)
{
	size_t i = first(t, what);
	bool any = i < t->n && uuid_eq(&t->v[i].object_uuid, what);

	if (any && depth >= ANALYST_DEPTH) {
		jw_kbool(w, "_max_depth_reached", true);
		return;
	}
	while (i < t->n && uuid_eq(&t->v[i].object_uuid, what)) {
		enum analyst_kind kind = t->v[i].kind;

		jw_key(w, analyst_names[kind]);
		jw_arr(w);
		for (; i < t->n && t->v[i].kind == kind && uuid_eq(&t->v[i].object_uuid, what); i++) {
			jw_obj(w);
			write_nested(w, t, &t->v[i], depth);
			jw_obj_end(w);
		}
		jw_arr_end(w);
	}
}

void misp_write_analyst(struct jw *w, const struct analyst_tree *t, const struct analyst *a)
{
	jw_obj(w);
	write_nested(w, t, a, 0);
	jw_obj_end(w);
}

void misp_write_analyst_of(struct jw *w, const struct analyst_tree *t, const struct uuid *what)
{
	if (t->n)
		write_of(w, t, what, 0);
}
