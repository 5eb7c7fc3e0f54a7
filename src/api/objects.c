/* objects.c - objects and their references. */
#include "api/handlers.h"

#include "api/api_int.h"
#include "api/objects.h"
#include "export/analyst_doc.h"
#include "format/misp_json.h"

enum rc api_object(struct req *rq, size_t i, struct object *o, struct event *e)
{
	struct event_key k;

	if (!event_key_parse(req_var(rq, i), &k) || (!k.id && uuid_is_nil(&k.uuid)))
		return fail(rq->cx, RC_NOTFOUND, "Invalid object");
	TRY(object_load(rq->cx, rq->cx->scope, &k, o));
	return event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = o->event_id }, e);
}

enum rc api_write_object(struct req *rq, struct resp *rs, int64_t id, bool with_event)
{
	struct ctx *cx = rq->cx;
	struct attr_range r = { .objects = &id, .object_n = 1 };
	struct dress_options dopt = { .tags = true };
	struct attr_dress d;
	struct ref_row *refs;
	struct analyst_tree said;
	struct uuid *uuids;
	struct object o;
	struct event e;
	struct attr *v;
	struct jw w;
	size_t n, rn;

	TRY(object_load(cx, cx->scope, &(struct event_key){ .id = id }, &o));
	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = o.event_id }, &e));
	r.event_id = o.event_id;
	r.deleted = o.deleted ? DELETED_ALL : DELETED_NO;
	TRY(attr_page(cx, cx->scope, &r, &v, &n));
	TRY(attr_dress_load(cx, cx->scope, v, n, &dopt, &d));
	TRY(object_ref_list(cx, o.event_id, &id, 1, &refs, &rn));
	uuids = arena_many(cx->mem, n + 1, struct uuid);
	for (size_t i = 0; i < n; i++)
		uuids[i] = v[i].uuid;
	uuids[n] = o.uuid;
	TRY(analyst_tree_load(cx, cx->scope, uuids, n + 1, &said));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Object");
	misp_write_object_open(&w, &o);
	jw_key(&w, "Attribute");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		struct attr_extra x = { .attribute_tag = false };

		attr_dress_of(cx, &d, &v[i], &dopt, &x);
		misp_write_attr_open(&w, ATTR_SAVED, &v[i], &x);
		misp_write_attr_extra(&w, ATTR_SAVED, &v[i], &x);
		misp_write_analyst_of(&w, &said, &v[i].uuid);
		misp_write_attr_close(&w);
	}
	jw_arr_end(&w);
	jw_key(&w, "ObjectReference");
	jw_arr(&w);
	for (size_t i = 0; i < rn; i++) {
		struct ref_extra x = { .source_uuid = o.uuid };

		misp_write_ref(&w, &refs[i].r, &x);
	}
	jw_arr_end(&w);
	if (with_event)
		misp_write_object_event(&w, &e);
	misp_write_analyst_of(&w, &said, &o.uuid);
	misp_write_object_close(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc objects_view(struct req *rq, struct resp *rs)
{
	struct object o;
	struct event e;

	TRY(api_object(rq, 0, &o, &e));
	if (o.deleted)
		return fail(rq->cx, RC_NOTFOUND, "Invalid object");
	if (rq->method == HTTP_HEAD) {
		rs->type = "application/json; charset=UTF-8";
		return RC_OK;
	}
	return api_write_object(rq, rs, o.id, true);
}

enum rc api_read_object(struct req *rq, struct object_in *in)
{
	struct jr r;

	jr_init(&r, rq->cx, rq->body, &misp_limits);
	misp_object_read(&r, in);
	return jr_end(&r);
}

/* objects/add/EVENT/TEMPLATE[/VERSION]: the object is made after it, whatever its own head says. */
static enum rc template_of_path(struct req *rq, struct object_in *in)
{
	struct ctx *cx = rq->cx;
	struct str ref = req_var(rq, 1);
	struct template_row r;
	char uu[UUID_TEXT + 1];
	int64_t version;
	struct uuid u;
	enum rc rc;

	if (!ref.n)
		return RC_OK;
	if (str_i64(req_var(rq, 2), &version) && uuid_parse(ref, &u)) {
		rc = template_find(cx, &u, version, &r);
		if (rc == RC_DONE)
			return fail(cx, RC_NOTFOUND, "Invalid template.");
		TRY(rc);
	} else {
		TRY(api_template(rq, ref, &r));
	}
	uuid_text(&r.t.uuid, uu);
	in->template_uuid = str_dup(cx->mem, str_n(uu, UUID_TEXT));
	in->template_version = str_fmt(cx->mem, "%lld", (long long)r.t.version);
	in->name = r.t.name;
	in->meta_category = r.t.meta_category;
	in->description = r.t.description;
	return RC_OK;
}

enum rc objects_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct save s = SAVE_LOCAL;
	struct object_in in;
	struct event e;
	int64_t id = 0;
	enum rc rc;
	struct str brk;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	TRY(api_read_object(rq, &in));
	TRY(template_of_path(rq, &in));
	brk = in.break_on_duplicate.n ? in.break_on_duplicate : req_param(rq, "breakOnDuplicate");
	api_saving(rq, "Could not add Object", "/objects/add", false);
	rc = object_add(cx, &e, &in, brk.n && !str_eq(brk, S("0")) && !str_eq(brk, S("false")), &s, &id);
	save_clear(&s);
	TRY(rc);
	return api_write_object(rq, rs, id, false);
}

enum rc objects_edit(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct save s = SAVE_LOCAL;
	struct object_in in;
	struct object o;
	struct event e;
	enum rc rc;

	TRY(api_object(rq, 0, &o, &e));
	TRY(api_may_edit(rq, &e));
	TRY(api_read_object(rq, &in));
	api_saving(rq, "Could not edit Object", "/objects/edit", false);
	rc = object_edit(cx, &e, &o, &in, &s);
	if (s.error_total)
		resp_header(rq, rs, "X-Skipped-Elements-Count", str_fmt(cx->mem, "%zu", s.error_total));
	save_clear(&s);
	TRY(rc);
	return api_write_object(rq, rs, o.id, false);
}

enum rc objects_delete(struct req *rq, struct resp *rs)
{
	struct params p;
	struct object o;
	struct event e;

	TRY(api_object(rq, 0, &o, &e));
	TRY(api_may_edit(rq, &e));
	TRY(api_params(rq, &p));
	TRY(object_remove(rq->cx, &e, &o, param_bool(&p, "hard", api_is_true(req_var(rq, 1)))));
	api_ok(rq, rs, "Object deleted", "/objects/delete", o.id);
	return RC_OK;
}

enum rc object_refs_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct ref_in in = { 0 };
	struct ref_extra x = { 0 };
	struct object_ref ref;
	struct event_key k;
	struct params p;
	struct str owner;
	struct object o, to;
	struct attr to_attr;
	struct event e;
	struct jw w;

	TRY(api_params(rq, &p));
	owner = api_id(rq, 0, &p, "object_uuid");
	if (!owner.n)
		owner = param_text(&p, "source_uuid");
	if (!owner.n)
		owner = param_text(&p, "object_id");
	if (!event_key_parse(owner, &k))
		return fail(cx, RC_NOTFOUND, "Invalid object");
	TRY(object_load(cx, cx->scope, &k, &o));
	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = o.event_id }, &e));
	TRY(api_may_edit(rq, &e));
	in.uuid = param_text(&p, "uuid");
	in.referenced_uuid = param_text(&p, "referenced_uuid");
	in.relationship_type = param_text(&p, "relationship_type");
	if (param_text(&p, "relationship_type_select").n && !str_eq(param_text(&p, "relationship_type_select"), S("custom")))
		in.relationship_type = param_text(&p, "relationship_type_select"); /* of a form's list */
	in.comment = param_text(&p, "comment");
	api_saving(rq, "Could not add ObjectReference", "/objectReferences/add", false);
	TRY(object_ref_add(cx, &e, &o, &in, &ref));
	x.source_uuid = o.uuid;
	k = (struct event_key){ .uuid = ref.referenced_uuid };
	if (object_load(cx, cx->scope, &k, &to) == RC_OK)
		x.object = &to;
	else if (attr_load(cx, cx->scope, &k, &to_attr) == RC_OK)
		x.attr = &to_attr;
	ctx_forgive(cx);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "ObjectReference");
	misp_write_ref(&w, &ref, &x);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc object_refs_delete(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct object_ref ref;
	struct event_key k;
	struct event e;
	enum rc rc;
	bool hard = api_is_true(req_var(rq, 1));

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(cx, RC_NOTFOUND, "Invalid object reference");
	rc = k.id ? object_ref_by_id(cx, k.id, &ref) : object_ref_by_uuid(cx, &k.uuid, &ref);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid object reference");
	TRY(rc);
	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = ref.event_id }, &e));
	TRY(api_may_edit(rq, &e));
	TRY(object_ref_remove(cx, &e, &ref, hard));
	api_ok(rq, rs, "ObjectReference deleted", "/objectReferences/delete", ref.id);
	return RC_OK;
}
