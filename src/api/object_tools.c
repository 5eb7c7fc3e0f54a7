/* object_tools.c - what helps to build objects: which templates fit attributes that are there, making an object of them, what an object may still get. */
#include "api/handlers.h"
#include "api/objects.h"

#include <stdlib.h>

#include "api/api_int.h"
#include "policy/object_template.h"
#include "store/corr.h"

/* "[1,2]", "1,2" or the list of the body under one of the names */
static enum rc read_ids(struct req *rq, struct str path, const struct params *p, const char *const *names, int64_t **out, size_t *n)
{
	struct ctx *cx = rq->cx;
	struct str text = path;
	size_t cap = 0;

	*out = NULL;
	*n = 0;
	for (; !text.n && *names; names++) {
		const struct param *x = param_get(p, *names);

		for (size_t i = 0; x && x->n > 1 && i < x->n; i++) {
			int64_t id;

			if (str_i64(str_trim(x->v[i]), &id)) {
				*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
				(*out)[(*n)++] = id;
			}
		}
		if (x && x->n == 1)
			text = x->v[0];
	}
	for (size_t i = 0; i < text.n;) {
		size_t k = i;
		int64_t id;

		while (k < text.n && ch_digit((unsigned char)text.p[k]))
			k++;
		if (k > i && str_i64(str_sub(text, i, k - i), &id)) {
			*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
			(*out)[(*n)++] = id;
		}
		i = k + 1;
	}
	return *n ? RC_OK : fail(cx, RC_METHOD, "No Attribute selected.");
}

static const char *const id_names[] = { "selectedAttributeIds", "selectedAttributes", "attribute_ids", "ids", NULL };

/* Those of the ids that are attributes of the event outside objects. */
static enum rc load_attrs(struct req *rq, const struct event *e, const int64_t *ids, size_t n, struct attr **out, size_t *out_n)
{
	struct attr *v;
	size_t k = 0;

	TRY(attr_load_many(rq->cx, rq->cx->scope, ids, n, &v, out_n));
	for (size_t i = 0; i < *out_n; i++)
		if (v[i].event_id == e->id && !v[i].object_id && !v[i].deleted)
			v[k++] = v[i];
	*out = v;
	*out_n = k;
	return RC_OK;
}

static struct str *types_of(struct ctx *cx, const struct attr *v, size_t n)
{
	struct str *types = arena_many(cx->mem, n + 1, struct str);

	for (size_t i = 0; i < n; i++)
		types[i] = v[i].type->name;
	return types;
}

static void list(struct jw *w, const char *key, const struct str *v, size_t n)
{
	jw_key(w, key);
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, v[i]);
	jw_arr_end(w);
}

struct fitting {
	const struct object_template *t;
	struct template_fit fit;
};

/* those that fit first, then what lacks least */
static int by_fit(const void *x, const void *y)
{
	const struct fitting *a = x, *b = y;
	size_t m = a->fit.valid ? 0 : a->fit.missing_n + 1, n = b->fit.valid ? 0 : b->fit.missing_n + 1;

	if (m != n)
		return m < n ? -1 : 1;
	if (a->fit.invalid_n != b->fit.invalid_n)
		return a->fit.invalid_n < b->fit.invalid_n ? -1 : 1;
	return a->t->id < b->t->id ? -1 : a->t->id > b->t->id;
}

enum rc objects_propose(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct object_template *t;
	struct fitting *f;
	struct str *types;
	struct params p;
	struct event e;
	struct attr *v;
	int64_t *ids;
	size_t n, id_n, t_n = 0;
	struct jw w;

	TRY(api_event(rq, 0, &e));
	TRY(api_params(rq, &p));
	TRY(read_ids(rq, req_var(rq, 1), &p, id_names, &ids, &id_n));
	TRY(load_attrs(rq, &e, ids, id_n, &v, &n));
	types = types_of(cx, v, n);
	TRY(template_list_of_types(cx, types, n, &t, &t_n));
	f = arena_many(cx->mem, t_n + 1, struct fitting);
	for (size_t i = 0; i < t_n; i++) {
		f[i].t = &t[i];
		template_fit_types(cx, &t[i], types, n, &f[i].fit);
	}
	if (t_n)
		qsort(f, t_n, sizeof(*f), by_fit);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kid(&w, "event_id", e.id);
	list(&w, "types", types, n);
	jw_key(&w, "templates");
	jw_arr(&w);
	for (size_t i = 0; i < t_n; i++) {
		const struct template_fit *fit = &f[i].fit;

		jw_obj(&w);
		jw_kid(&w, "id", f[i].t->id);
		jw_kstr(&w, "name", f[i].t->name);
		jw_kstr(&w, "meta-category", f[i].t->meta_category);
		jw_kstr(&w, "description", f[i].t->description);
		if (fit->valid)
			jw_kbool(&w, "compatibility", true);
		else
			list(&w, "compatibility", fit->missing, fit->missing_n);
		list(&w, "invalidTypes", fit->invalid, fit->invalid_n);
		list(&w, "invalidTypesMultiple", fit->invalid_multiple, fit->invalid_multiple_n);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- an object of attributes ---- */

static enum rc template_to_use(struct req *rq, struct str ref, struct template_row *r)
{
	enum rc rc = api_template(rq, ref, r);

	if (rc == RC_NOTFOUND || (rc == RC_OK && !r->t.active)) {
		ctx_forgive(rq->cx);
		return fail(rq->cx, RC_NOTFOUND, "Invalid template.");
	}
	return rc;
}

/* GET: which relations each attribute could have */
static enum rc show_group(struct req *rq, struct resp *rs, const struct event *e, const struct template_row *r, const struct attr *v, size_t n)
{
	size_t skipped = 0;
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kid(&w, "event_id", e->id);
	jw_kbool(&w, "hard_delete_attribute", e->publish_timestamp == 0);
	api_write_template(&w, &r->t);
	jw_key(&w, "Attribute");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		struct str *relations = arena_many(rq->cx->mem, r->t.element_n + 1, struct str);
		size_t k = 0;

		for (size_t j = 0; j < r->t.element_n; j++)
			if (str_eq(r->t.elements[j].type, v[i].type->name))
				relations[k++] = r->t.elements[j].relation;
		if (!k) {
			skipped++;
			continue;
		}
		jw_obj(&w);
		jw_kid(&w, "id", v[i].id);
		jw_kuuid(&w, "uuid", &v[i].uuid);
		jw_kstr(&w, "type", v[i].type->name);
		jw_kstr(&w, "category", cat_name(v[i].cat));
		jw_kstr(&w, "value", v[i].value2.n ? str_fmt(rq->cx->mem, "%.*s|%.*s", STR(v[i].value1), STR(v[i].value2)) : v[i].value1);
		list(&w, "object_relations", relations, k);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_kint(&w, "skipped_attributes", (int64_t)skipped);
	jw_obj_end(&w);
	return RC_OK;
}

/* {"17": "ip-dst"}, as JSON or as a text that holds it */
static enum rc read_mapping(struct ctx *cx, struct str json, struct attr_pick **out, size_t *n)
{
	size_t cap = 0;
	struct str key;
	struct jr r;

	*out = NULL;
	*n = 0;
	jr_init(&r, cx, json, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		struct attr_pick one;
		bool number = str_i64(key, &one.attr_id);

		one.relation = jr_text_dup(&r);
		if (!number || !one.relation.n)
			continue;
		*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
		(*out)[(*n)++] = one;
	}
	return jr_end(&r);
}

struct group_call {
	struct str distribution, sharing_group_id, comment, ids, mapping;
};

static void read_group(struct jr *r, struct group_call *c, int depth)
{
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		enum jkind k = jr_peek(r);
		struct str *to = str_eq(key, S("distribution")) ? &c->distribution : str_eq(key, S("sharing_group_id")) ? &c->sharing_group_id :
				 str_eq(key, S("comment")) ? &c->comment : NULL;

		if (str_eq(key, S("Object")) && k == J_OBJ && !depth)
			read_group(r, c, 1);
		else if (str_eq(key, S("selectedObjectRelationMapping")))
			c->mapping = k == J_OBJ ? jr_raw(r) : jr_text_dup(r);
		else if (to && k != J_OBJ && k != J_ARR)
			*to = jr_text_dup(r);
		else
			jr_skip(r);
	}
}

static enum rc make_group(struct req *rq, struct resp *rs, const struct event *e, const struct template_row *r)
{
	struct ctx *cx = rq->cx;
	struct group_call c = { 0 };
	struct attr_pick *v;
	struct object_in head;
	char uu[UUID_TEXT + 1];
	int64_t id;
	struct jr jr;
	size_t n;

	jr_init(&jr, cx, rq->body, NULL);
	read_group(&jr, &c, 0);
	TRY(jr_end(&jr));
	if (!c.mapping.n)
		return fail(cx, RC_BAD, "selectedObjectRelationMapping is needed: the object relation of each attribute id.");
	TRY(read_mapping(cx, c.mapping, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (!template_element_of(&r->t, v[i].relation))
			return fail_field(cx, RC_INVALID, "object_relation", "The template has no attribute '%.*s'.", STR(str_sub(v[i].relation, 0, 80)));
	uuid_text(&r->t.uuid, uu);
	head = (struct object_in){ .name = r->t.name, .meta_category = r->t.meta_category, .description = r->t.description, .template_uuid = str_n(uu, UUID_TEXT),
				   .template_version = str_fmt(cx->mem, "%lld", (long long)r->t.version), .comment = c.comment, .distribution = c.distribution,
				   .sharing_group_id = c.sharing_group_id };
	TRY(attrs_into_object(cx, e, &head, v, n, &id));
	api_ok(rq, rs, "Object Created from Attributes", "/objects/groupAttributesIntoObject", id);
	return RC_OK;
}

enum rc objects_group(struct req *rq, struct resp *rs)
{
	struct template_row r;
	struct params p = { 0 };
	struct event e;
	struct attr *v;
	int64_t *ids;
	size_t n, id_n;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	TRY(template_to_use(rq, req_var(rq, 1), &r));
	if (rq->method == HTTP_POST) {
		api_saving(rq, "Could not Created from Attributes Object", "/objects/groupAttributesIntoObject", true);
		return make_group(rq, rs, &e, &r);
	}
	TRY(api_params(rq, &p));
	TRY(read_ids(rq, req_var(rq, 2), &p, id_names, &ids, &id_n));
	TRY(load_attrs(rq, &e, ids, id_n, &v, &n));
	if (!n)
		return fail(rq->cx, RC_METHOD, "No Attribute selected.");
	return show_group(rq, rs, &e, &r, v, n);
}

/* ---- more attributes for an object ---- */

struct more_call {
	struct object o;
	struct event e;
	struct template_row r;
	bool known; /* the template is here */
	struct attr *v;
	size_t n;
	struct str only; /* a relation; "" all */
};

static enum rc load_object(struct req *rq, struct more_call *c)
{
	struct ctx *cx = rq->cx;
	struct attr_range range = { .object_n = 1 };
	enum rc rc = RC_DONE;

	TRY(api_object(rq, 0, &c->o, &c->e));
	range.event_id = c->o.event_id;
	range.objects = &c->o.id;
	TRY(attr_page(cx, cx->scope, &range, &c->v, &c->n));
	if (c->o.has_template)
		rc = template_find(cx, &c->o.template_uuid, c->o.template_version, &c->r);
	c->known = rc == RC_OK;
	return rc == RC_DONE ? RC_OK : rc;
}

static bool may_come(void *arg, const struct template_element *el)
{
	const struct more_call *c = arg;

	if (c->only.n && !str_eq(c->only, el->relation))
		return false;
	for (size_t i = 0; i < c->n && !el->multiple; i++)
		if (str_eq(c->v[i].relation, el->relation))
			return false;
	return true;
}

static void write_more(struct req *rq, struct resp *rs, struct more_call *c)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kid(&w, "object_id", c->o.id);
	api_write_template(&w, &c->r.t);
	api_write_elements(&w, &c->r.t, may_come, c);
	jw_obj_end(&w);
}

/* the template with the elements that the object may still get */
enum rc objects_quick_template(struct req *rq, struct resp *rs)
{
	struct more_call c = { .only = S("") };

	TRY(load_object(rq, &c));
	if (!c.known)
		return fail(rq->cx, RC_NOTFOUND, "Invalid template");
	write_more(rq, rs, &c);
	return RC_OK;
}

static enum rc add_more(struct req *rq, struct resp *rs, struct more_call *c)
{
	struct ctx *cx = rq->cx;
	struct save s = SAVE_LOCAL;
	struct object_in in, more = { 0 };
	enum rc rc;

	TRY(api_read_object(rq, &in));
	if (!in.attr_n)
		return fail(cx, RC_BAD, "No attribute was given.");
	for (size_t i = 0; i < in.attr_n; i++) {
		const struct template_element *el;

		in.attrs[i].id = in.attrs[i].uuid = in.attrs[i].deleted = (struct str){ 0 };
		if (!in_has(in.attrs[i].relation) && c->only.n)
			in.attrs[i].relation = c->only;
		el = c->known && in_has(in.attrs[i].relation) ? template_element_of(&c->r.t, in.attrs[i].relation) : NULL;
		c->only = S("");
		if (c->known && (!el || !may_come(c, el)))
			return fail_field(cx, RC_INVALID, "object_relation", "The object may have no further attribute '%.*s'.",
					  STR(str_sub(in_has(in.attrs[i].relation) ? in.attrs[i].relation : S(""), 0, 80)));
	}
	more.attrs = in.attrs;
	more.attr_n = in.attr_n;
	rc = object_edit(cx, &c->e, &c->o, &more, &s);
	if (rc == RC_OK && s.error_n)
		rc = fail_field(cx, RC_INVALID, s.errors[0].field, "%s", s.errors[0].msg);
	save_clear(&s);
	TRY(rc);
	return api_write_object(rq, rs, c->o.id, false);
}

/* GET: the element of one relation; POST: an attribute more */
enum rc objects_quick_add(struct req *rq, struct resp *rs)
{
	struct more_call c = { .only = req_var(rq, 1) };
	const struct template_element *el;

	TRY(load_object(rq, &c));
	TRY(api_may_edit(rq, &c.e));
	if (rq->method != HTTP_GET) {
		api_saving(rq, "Could not edit Object", "/objects/quickAddAttributeForm", false);
		return add_more(rq, rs, &c);
	}
	if (!c.only.n)
		return fail(rq->cx, RC_METHOD, "No field requested.");
	if (!c.known)
		return fail(rq->cx, RC_NOTFOUND, "Invalid template");
	el = template_element_of(&c.r.t, c.only);
	if (!el || !may_come(&c, el))
		return fail(rq->cx, RC_NOTFOUND, "Invalid field");
	write_more(rq, rs, &c);
	return RC_OK;
}

/* ---- a look before it is saved ---- */

static void write_text(struct jw *w, const char *key, struct str s)
{
	if (in_has(s))
		jw_kstr(w, key, s);
}

/* what each attribute would become, or why it would be refused */
static void write_looked(struct ctx *cx, struct jw *w, const struct attr_in *in)
{
	struct attr_defaults d = { .distribution = DIST_INHERIT, .now_s = ctx_now_s(cx), .in_object = true };
	struct attr a;
	enum rc rc = attr_make(cx, in, &d, &a);

	jw_obj(w);
	write_text(w, "object_relation", in->relation);
	if (rc == RC_OK) {
		jw_kuuid(w, "uuid", &a.uuid);
		jw_kstr(w, "type", a.type->name);
		jw_kstr(w, "category", cat_name(a.cat));
		jw_kstr(w, "value", a.value2.n ? str_fmt(cx->mem, "%.*s|%.*s", STR(a.value1), STR(a.value2)) : a.value1);
		jw_kbool(w, "to_ids", a.to_ids);
		jw_kbool(w, "disable_correlation", a.disable_correlation);
		jw_kid(w, "distribution", a.distribution);
		jw_kstr(w, "comment", a.comment);
	} else {
		write_text(w, "type", in->type);
		write_text(w, "category", in->category);
		write_text(w, "value", in->value);
		jw_key(w, "validation");
		jw_obj(w);
		jw_key_str(w, str_c(cx->err.field[0] ? cx->err.field : "value"));
		jw_arr(w);
		jw_str(w, str_c(cx->err.msg));
		jw_arr_end(w);
		jw_obj_end(w);
		ctx_forgive(cx);
	}
	jw_obj_end(w);
}

/* objects of the same template that hold one of the values under the same relation */
static enum rc write_similar(struct req *rq, struct jw *w, const struct event *e, const struct object_template *t, const struct object_in *in)
{
	struct ctx *cx = rq->cx;
	struct object *v;
	int64_t after = 0;
	size_t n;

	jw_key(w, "similar_objects");
	jw_arr(w);
	do {
		TRY(object_page(cx, cx->scope, e->id, after, DELETED_NO, 200, &v, &n));
		for (size_t i = 0; i < n; i++) {
			struct attr_range r = { .event_id = e->id, .objects = &v[i].id, .object_n = 1 };
			struct attr *a;
			size_t an, same = 0;

			after = v[i].id;
			if (!v[i].has_template || !uuid_eq(&v[i].template_uuid, &t->uuid))
				continue;
			TRY(attr_page(cx, cx->scope, &r, &a, &an));
			for (size_t k = 0; k < an; k++) {
				struct str value = a[k].value2.n ? str_fmt(cx->mem, "%.*s|%.*s", STR(a[k].value1), STR(a[k].value2)) : a[k].value1;

				for (size_t j = 0; j < in->attr_n; j++)
					same += in_has(in->attrs[j].relation) && in_has(in->attrs[j].value) && str_eq(in->attrs[j].relation, a[k].relation) &&
						str_eq(in->attrs[j].value, value);
			}
			if (!same)
				continue;
			jw_obj(w);
			jw_kid(w, "id", v[i].id);
			jw_kuuid(w, "uuid", &v[i].uuid);
			jw_kint(w, "similarity_amount", (int64_t)same);
			jw_obj_end(w);
		}
	} while (n == 200);
	jw_arr_end(w);
	return RC_OK;
}

/* objects/revise_object/add/EVENT/TEMPLATE: the object as it would be saved, and what stands against it; nothing is written */
enum rc objects_revise(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct template_row r;
	struct object_in in;
	struct event e;
	struct jw w;

	TRY(api_event(rq, 1, &e));
	TRY(api_may_edit(rq, &e));
	TRY(template_to_use(rq, req_var(rq, 2), &r));
	TRY(api_read_object(rq, &in));
	template_fill(cx, &r.t, &in);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kstr(&w, "action", req_var(rq, 0));
	jw_kid(&w, "event_id", e.id);
	api_write_template(&w, &r.t);
	jw_key(&w, "Attribute");
	jw_arr(&w);
	for (size_t i = 0; i < in.attr_n; i++)
		write_looked(cx, &w, &in.attrs[i]);
	jw_arr_end(&w);
	if (template_conforms(cx, &r.t, &in) == RC_OK)
		jw_kbool(&w, "conforms", true);
	else
		jw_kstr(&w, "conforms", str_c(cx->err.msg));
	ctx_forgive(cx);
	TRY(write_similar(rq, &w, &e, &r.t, &in));
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- what has lost its object ---- */

enum rc objects_orphaned(struct req *rq, struct resp *rs)
{
	struct attr *v;
	struct jw w;
	size_t n;

	TRY(attr_orphans(rq->cx, 1000, &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kint(&w, "count", (int64_t)n);
	jw_key(&w, "unmapped");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		misp_write_attr(&w, ATTR_SAVED, &v[i], NULL);
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- references ---- */

enum rc object_refs_view(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct ref_extra x = { 0 };
	struct object_ref ref;
	struct event_key k;
	struct object o;
	struct jw w;
	enum rc rc = RC_DONE;

	if (event_key_parse(req_var(rq, 0), &k))
		rc = k.id ? object_ref_by_id(cx, k.id, &ref) : object_ref_by_uuid(cx, &k.uuid, &ref);
	if (rc == RC_OK)
		rc = object_load(cx, cx->scope, &(struct event_key){ .id = ref.object_id }, &o);
	if (rc == RC_DONE || rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return fail(cx, RC_NOTFOUND, "Invalid object reference.");
	}
	TRY(rc);
	x.source_uuid = o.uuid;
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "ObjectReference");
	misp_write_ref(&w, &ref, &x);
	jw_obj_end(&w);
	return RC_OK;
}

/* one object refers to several attributes of its event */
enum rc object_refs_bulk_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct event_key k;
	struct api_body b;
	struct params p;
	struct ref_in in;
	struct object o;
	struct event e;
	struct attr *v;
	int64_t *ids;
	size_t n, id_n;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	api_body_open(rq, "ObjectReference", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	TRY(api_params(rq, &p));
	TRY(read_ids(rq, req_var(rq, 1), &p, id_names, &ids, &id_n));
	if (!event_key_parse(param_text(&p, "source_uuid"), &k))
		return fail(cx, RC_NOTFOUND, "Invalid object.");
	TRY(object_load(cx, cx->scope, &k, &o));
	if (o.event_id != e.id || o.deleted)
		return fail(cx, RC_NOTFOUND, "Invalid object.");
	TRY(attr_load_many(cx, cx->scope, ids, id_n, &v, &n));
	api_saving(rq, "Could not bulkAdd ObjectReference", "/objectReferences/bulkAdd", false);
	in = (struct ref_in){ .relationship_type = param_text(&p, "relationship_type"), .comment = param_text(&p, "comment") };
	TRY(object_refs_add_many(cx, &e, &o, &in, v, &n));
	api_ok(rq, rs, str_fmt(cx->mem, "Added %zu Object references.", n).p, "/objectReferences/bulkAdd", o.id);
	return RC_OK;
}
