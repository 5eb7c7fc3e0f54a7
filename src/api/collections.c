/* collections.c - collections of events and clusters, and what is in them. */
#include "api/analyst.h"
#include "api/api_int.h"
#include "api/form.h"
#include "api/people.h"
#include "policy/collection_save.h"

static void write_org(struct jw *w, const char *key, int64_t id, const struct uuid *u, struct str name)
{
	jw_key(w, key);
	jw_obj(w);
	jw_kid(w, "id", id);
	jw_kuuid(w, "uuid", u);
	jw_kstr(w, "name", name);
	jw_obj_end(w);
}

static void members(struct jw *w, const struct collection *c)
{
	jw_kid(w, "id", c->id);
	jw_kuuid(w, "uuid", &c->uuid);
	jw_kid(w, "org_id", c->org_id);
	jw_kid(w, "orgc_id", c->orgc_id);
	jw_kid(w, "user_id", c->user_id);
	people_datetime(w, "created", c->created_s);
	people_datetime(w, "modified", c->modified_s);
	jw_kid(w, "distribution", c->distribution);
	if (c->distribution == 4)
		jw_kid(w, "sharing_group_id", c->sharing_group_id);
	else
		jw_knull(w, "sharing_group_id");
	jw_kstr(w, "name", c->name);
	jw_kstr(w, "type", c->type);
	jw_kstr(w, "description", c->description);
}

static void write_element(struct jw *w, const struct collection_element *e)
{
	jw_obj(w);
	jw_kid(w, "id", e->id);
	jw_kuuid(w, "uuid", &e->uuid);
	jw_kuuid(w, "element_uuid", &e->element_uuid);
	jw_kstr(w, "element_type", e->element_type);
	jw_kid(w, "collection_id", e->collection_id);
	jw_kstr(w, "description", e->description);
	jw_obj_end(w);
}

static enum rc write_one(struct req *rq, struct resp *rs, const struct collection *c)
{
	struct collection_element *v;
	struct jw w;
	size_t n;

	TRY(collection_elements(rq->cx, c->id, &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Collection");
	jw_obj(&w);
	members(&w, c);
	write_org(&w, "Orgc", c->orgc_id, &c->orgc_uuid, c->orgc_name);
	write_org(&w, "Org", c->org_id, &c->org_uuid, c->org_name);
	jw_key(&w, "User");
	jw_obj(&w);
	jw_kid(&w, "id", c->user_id);
	if (c->email.n && (c->org_id == rq->cx->who->org_id || user_is_site_admin(rq->cx->who)))
		jw_kstr(&w, "email", c->email);
	jw_obj_end(&w);
	jw_key(&w, "CollectionElement");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_element(&w, &v[i]);
	jw_arr_end(&w);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

static bool key_of(struct req *rq, size_t i, struct event_key *k)
{
	return event_key_parse(req_var(rq, i), k) && (k->id || !uuid_is_nil(&k->uuid));
}

static enum rc load(struct req *rq, struct collection *out)
{
	struct event_key k;
	enum rc rc = key_of(rq, 0, &k) ? collection_load(rq->cx, rq->cx->scope, &k, out) : RC_DONE;

	return rc == RC_DONE ? fail(rq->cx, RC_METHOD, "Invalid Collection or insuficient privileges") : rc;
}

static bool passes(const struct params *p, const struct collection *c)
{
	struct str name = param_text(p, "name"), type = param_text(p, "type"), uuid = param_text(p, "uuid"), text = param_text(p, "quickFilter");
	char uu[UUID_TEXT + 1];

	uuid_text(&c->uuid, uu);
	return (!name.n || str_eq_nocase(name, c->name)) && (!type.n || str_eq(type, c->type)) && (!uuid.n || str_eq_nocase(uuid, str_n(uu, UUID_TEXT))) &&
	       (!text.n || str_find_nocase(c->name, text) != STR_NONE);
}

enum rc collections_index(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str filter = req_var(rq, 0);
	bool mine = str_eq(filter, S("my_collections")) || str_eq(filter, S("mine"));
	bool org = str_eq(filter, S("org_collections")) || str_eq(filter, S("org"));
	struct collection *v;
	struct params p;
	size_t n, kept = 0;
	struct jw w;

	TRY(api_params(rq, &p));
	TRY(collection_list(cx, cx->scope, mine ? cx->who->id : 0, org ? cx->who->org_id : 0, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (!passes(&p, &v[i]))
			continue;
		kept++;
		jw_obj(&w);
		jw_key(&w, "Collection");
		jw_obj(&w);
		members(&w, &v[i]);
		jw_kint(&w, "element_count", v[i].element_count);
		jw_obj_end(&w);
		write_org(&w, "Orgc", v[i].orgc_id, &v[i].orgc_uuid, v[i].orgc_name);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	api_count(rq, rs, (int64_t)kept);
	return RC_OK;
}

enum rc collections_view(struct req *rq, struct resp *rs)
{
	struct collection c;

	TRY(load(rq, &c));
	return write_one(rq, rs, &c);
}

/* ---- writing ---- */

#define FIELD(type, name) { #name, offsetof(struct type, name) }
static const struct form_field element_fields[] = {
	FIELD(collection_element_form, uuid), FIELD(collection_element_form, element_uuid), FIELD(collection_element_form, element_type),
	FIELD(collection_element_form, description),
};

/* a body that is put together from its members' texts: elements are read from theirs */
static enum rc read_elements(struct ctx *cx, struct str json, struct collection_form *f)
{
	size_t cap = 0;
	struct jr r;

	f->has_elements = true;
	jr_init(&r, cx, json, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		struct collection_element_form *e;
		struct str key;

		f->elements = arena_grow(cx->mem, f->elements, &cap, f->element_n, sizeof(*f->elements));
		e = &f->elements[f->element_n++];
		*e = (struct collection_element_form){ 0 };
		for (jr_obj(&r); jr_member(&r, &key);) {
			size_t i = 0;

			while (i < sizeof(element_fields) / sizeof(*element_fields) && !str_eq(key, str_c(element_fields[i].name)))
				i++;
			if (i == sizeof(element_fields) / sizeof(*element_fields) || jr_peek(&r) == J_OBJ || jr_peek(&r) == J_ARR)
				jr_skip(&r);
			else
				*(struct str *)(void *)((char *)e + element_fields[i].at) = jr_text_dup(&r);
		}
	}
	return jr_end(&r);
}

static enum rc read_body(struct req *rq, struct collection_form *f)
{
	struct all {
		struct collection_form f;
		struct str elements;
	} a = { 0 };
	static const struct form_field fields[] = {
		FIELD(collection_form, uuid), FIELD(collection_form, name), FIELD(collection_form, type), FIELD(collection_form, description),
		FIELD(collection_form, distribution), FIELD(collection_form, sharing_group_id), FIELD(collection_form, orgc_id),
		FIELD(collection_form, created), FIELD(collection_form, modified), { "CollectionElement", offsetof(struct all, elements) },
	};

	TRY(API_FORM(rq, "Collection", fields, &a));
	if (a.elements.n)
		TRY(read_elements(rq->cx, a.elements, &a.f));
	*f = a.f;
	return RC_OK;
}

enum rc collections_add(struct req *rq, struct resp *rs)
{
	struct collection_form f;
	struct collection c;

	TRY(read_body(rq, &f));
	api_saving(rq, "Could not add Collection", "/collections/add", false);
	TRY(collection_add(rq->cx, &f, &c));
	return write_one(rq, rs, &c);
}

enum rc collections_edit(struct req *rq, struct resp *rs)
{
	struct collection_form f;
	struct event_key k;
	struct collection c;

	TRY(load(rq, &c));
	k = (struct event_key){ .id = c.id };
	TRY(read_body(rq, &f));
	api_saving(rq, "Could not edit Collection", "/collections/edit", false);
	TRY(collection_edit(rq->cx, &k, &f, &c));
	return write_one(rq, rs, &c);
}

enum rc collections_delete(struct req *rq, struct resp *rs)
{
	struct collection c;
	int64_t id;

	TRY(load(rq, &c));
	TRY(collection_remove(rq->cx, &(struct event_key){ .id = c.id }, &id));
	api_ok(rq, rs, "Collection deleted.", "/collections/delete", id);
	return RC_OK;
}

/* ---- elements ---- */

enum rc collection_elements_index(struct req *rq, struct resp *rs)
{
	struct collection_element *v;
	struct collection c;
	struct jw w;
	size_t n;

	TRY(load(rq, &c));
	TRY(collection_elements(rq->cx, c.id, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_key(&w, "CollectionElement");
		write_element(&w, &v[i]);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

enum rc collection_elements_add(struct req *rq, struct resp *rs)
{
	struct collection_element_form f = { 0 };
	struct collection_element e;
	struct collection c;
	struct jw w;

	TRY(load(rq, &c));
	TRY(API_FORM(rq, "CollectionElement", element_fields, &f));
	api_saving(rq, "Could not add CollectionElement", "/collectionElements/add", false);
	TRY(collection_element_add(rq->cx, &(struct event_key){ .id = c.id }, &f, &e));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "CollectionElement");
	write_element(&w, &e);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc collection_elements_delete(struct req *rq, struct resp *rs)
{
	struct event_key k;
	int64_t id;

	if (!key_of(rq, 0, &k))
		return fail(rq->cx, RC_METHOD, "Invalid Collection or insuficient privileges");
	TRY(collection_element_remove(rq->cx, &k, &id));
	api_ok(rq, rs, "CollectionElement deleted.", "/collectionElements/delete", id);
	return RC_OK;
}

enum rc collection_elements_put(struct req *rq, struct resp *rs)
{
	struct put {
		struct str collection_id, description;
	} p = { 0 };
	static const struct form_field fields[] = { FIELD(put, collection_id), FIELD(put, description) };
	struct collection_element_form f = { .element_type = req_var(rq, 0), .element_uuid = req_var(rq, 1) };
	struct collection_element e;
	struct event_key k;
	enum rc rc;

	TRY(API_FORM(rq, "CollectionElement", fields, &p));
	if (!in_has(p.collection_id))
		return fail(rq->cx, RC_NOTFOUND, "No collection_id specified.");
	if (!event_key_parse(str_trim(p.collection_id), &k) || (!k.id && uuid_is_nil(&k.uuid)))
		return fail(rq->cx, RC_NOTFOUND, "Invalid collection or not authorized.");
	f.description = p.description;
	api_saving(rq, "Could not addElementToCollection CollectionElements", "/collectionElements/addElementToCollection", true);
	rc = collection_element_add(rq->cx, &k, &f, &e);
	if (rc == RC_METHOD) {
		ctx_forgive(rq->cx);
		return fail(rq->cx, RC_NOTFOUND, "Invalid collection or not authorized.");
	}
	TRY(rc);
	api_ok(rq, rs, "Element added to the Collection.", "/collectionElements/addElementToCollection", 0);
	return RC_OK;
}
