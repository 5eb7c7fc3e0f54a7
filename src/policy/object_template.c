/* object_template.c - see object_template.h. */
#include "policy/object_template.h"

#include "base/json.h"
#include "lists/object_template.h"
#include "model/attr_type.h"
#include "policy/access.h"
#include "store/audit.h"

/* ---- a clone of the library ---- */

struct loading {
	const struct template_load *o;
	struct library_report *out;
};

static enum rc load_file(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct loading *l = arg;
	struct object_template t;
	struct template_row there;
	enum rc rc;

	if (l->o->only.n && !str_eq(l->o->only, name))
		return RC_OK;
	l->out->seen++;
	rc = object_template_read(cx, text, &t);
	if (rc == RC_BAD || rc == RC_INVALID) {
		ctx_forgive(cx);
		l->out->bad++;
		return RC_OK;
	}
	TRY(rc);
	rc = template_find(cx, &t.uuid, -1, &there);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	if (rc == RC_OK && there.t.version >= t.version && !l->o->force) {
		l->out->same++;
		return RC_OK;
	}
	l->out->updated += rc == RC_OK;
	l->out->added += rc == RC_DONE;
	l->out->parts += t.element_n;
	rc = template_find(cx, &t.uuid, t.version, &there);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	t.id = rc == RC_OK ? there.t.id : 0;
	t.fixed = t.active = true;
	t.user_id = cx->who ? cx->who->id : 0;
	t.org_id = cx->who ? cx->who->org_id : 0;
	return template_put(cx, &t);
}

static enum rc load_relationships(struct ctx *cx, struct str dir)
{
	struct arena_mark m = arena_mark(cx->mem);
	struct relationship *v;
	struct str text;
	size_t n;
	enum rc rc = library_file(cx, str_fmt(cx->mem, "%.*s/relationships/definition.json", STR(dir)).p, LIBRARY_FILE_MAX, &text);

	if (rc == RC_OK)
		rc = relationships_read(cx, text, &v, &n);
	if (rc == RC_NOTFOUND || rc == RC_BAD) { /* a clone without them, or with a broken one, is good for its templates */
		ctx_forgive(cx);
		return RC_OK;
	}
	TRY(rc);
	if (n)
		TRY(relationship_drop_older(cx, v[0].version));
	for (size_t i = 0; i < n; i++)
		TRY(relationship_put(cx, &v[i]));
	arena_reset(cx->mem, m);
	return RC_OK;
}

enum rc templates_load_library(struct ctx *cx, const struct template_load *o, struct library_report *out)
{
	struct loading l = { o, out };
	enum rc rc;

	*out = (struct library_report){ 0 };
	TRY(store_begin(cx));
	rc = library_each(cx, str_cdup(cx->mem, o->dir), "objects", "definition.json", load_file, &l);
	if (rc == RC_OK)
		rc = load_relationships(cx, o->dir);
	return library_end(cx, rc, "ObjectTemplate", out);
}

/* ---- made by people ---- */

static bool may_change(const struct user *u, const struct object_template *t)
{
	return user_is_site_admin(u) || (user_has(u, PERM(OBJECT_TEMPLATE)) && !t->fixed && t->org_id == u->org_id);
}

static enum rc finish(struct ctx *cx, enum rc rc, const char *action, const struct object_template *t)
{
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = action, .model = "ObjectTemplate", .model_id = t->id,
						    .title = str_fmt(cx->mem, "%.*s v%lld", STR(t->name), (long long)t->version) }, NULL);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc read_own(struct ctx *cx, struct str definition, struct object_template *t)
{
	TRY(object_template_read(cx, definition, t));
	TRY(object_template_check(cx, t));
	for (size_t i = 0; i < t->element_n; i++)
		if (!attr_type_find(t->elements[i].type))
			return fail_field(cx, RC_INVALID, "attributes", "The attribute '%.*s' has an unknown type '%.*s'.",
					  STR(str_sub(t->elements[i].relation, 0, 80)), STR(str_sub(t->elements[i].type, 0, 80)));
	t->user_id = cx->who->id;
	t->org_id = cx->who->org_id;
	t->active = true;
	return RC_OK;
}

static enum rc put_own(struct ctx *cx, struct object_template *t)
{
	struct template_row there;
	enum rc rc = template_find(cx, &t->uuid, t->version, &there);

	if (rc == RC_OK && there.t.id != t->id)
		return fail_field(cx, RC_EXISTS, "version", "This version of the object template exists already.");
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	rc = template_find(cx, &t->uuid, -1, &there);
	if (rc == RC_OK && !may_change(cx->who, &there.t))
		return fail_field(cx, RC_INVALID, "uuid", "An object template of this UUID belongs to somebody else.");
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	t->active = rc == RC_DONE || there.t.version <= t->version;
	return template_put(cx, t);
}

enum rc template_add(struct ctx *cx, struct str definition, int64_t *id)
{
	struct object_template t;

	if (!user_has(cx->who, PERM(OBJECT_TEMPLATE)))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	TRY(read_own(cx, definition, &t));
	TRY(store_begin(cx));
	TRY(finish(cx, put_own(cx, &t), "add", &t));
	*id = t.id;
	return RC_OK;
}

enum rc template_edit(struct ctx *cx, const struct object_template *old, struct str definition, int64_t *id)
{
	struct object_template t;

	if (!may_change(cx->who, old) || old->fixed)
		return fail(cx, RC_DENIED, old->fixed ? "An object template of the library cannot be changed." : "You do not have permission to do that.");
	TRY(read_own(cx, definition, &t));
	if (!uuid_eq(&t.uuid, &old->uuid))
		return fail_field(cx, RC_INVALID, "uuid", "The UUID of an object template cannot be changed.");
	if (t.version < old->version)
		return fail_field(cx, RC_INVALID, "version", "The version is lower than that of the template.");
	if (t.version == old->version)
		t.id = old->id;
	t.org_id = old->org_id;
	TRY(store_begin(cx));
	TRY(finish(cx, put_own(cx, &t), "edit", &t));
	*id = t.id;
	return RC_OK;
}

enum rc template_remove(struct ctx *cx, const struct object_template *t)
{
	if (!may_change(cx->who, t))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	TRY(store_begin(cx));
	return finish(cx, template_delete(cx, t->id), "delete", t);
}

enum rc template_switch(struct ctx *cx, const struct object_template *t, bool active)
{
	if (!user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	TRY(store_begin(cx));
	return finish(cx, template_set_active(cx, t, active), active ? "enable" : "disable", t);
}

/* ---- what it says of an object ---- */

void template_fill_attr(struct ctx *cx, const struct object_template *t, struct attr_in *a)
{
	const struct template_element *e = in_has(a->relation) ? template_element_of(t, a->relation) : NULL;
	const struct attr_type *type;

	if (!e)
		return;
	if (!a->type.n)
		a->type = e->type;
	if (!in_has(a->to_ids) && e->to_ids != TRI_UNSET)
		a->to_ids = e->to_ids == TRI_YES ? S("1") : S("0");
	if (!in_has(a->disable_correlation) && e->disable_correlation != TRI_UNSET)
		a->disable_correlation = e->disable_correlation == TRI_YES ? S("1") : S("0");
	type = attr_type_find(str_trim(a->type));
	if (!a->category.n && type && e->categories.n > 2) { /* the first that the type may stand in */
		struct jr r;

		jr_init(&r, cx, e->categories, NULL);
		for (jr_arr(&r); jr_elem(&r);) {
			struct str name = jr_text_dup(&r);

			if (!a->category.n && attr_type_in_cat(type, cat_find(name)))
				a->category = name;
		}
	}
}

void template_fill(struct ctx *cx, const struct object_template *t, struct object_in *o)
{
	if (!o->name.n)
		o->name = t->name;
	if (!o->meta_category.n)
		o->meta_category = t->meta_category;
	if (!o->description.n)
		o->description = t->description;
	for (size_t i = 0; i < o->attr_n; i++)
		template_fill_attr(cx, t, &o->attrs[i]);
}

static bool is_true(struct str s)
{
	s = str_trim(s);
	return s.n && !str_eq(s, S("0")) && !str_eq_nocase(s, S("false"));
}

static size_t count_of(const struct object_in *o, struct str relation)
{
	size_t n = 0;

	for (size_t i = 0; i < o->attr_n; i++)
		n += in_has(o->attrs[i].relation) && str_eq(o->attrs[i].relation, relation) && !is_true(o->attrs[i].deleted);
	return n;
}

enum rc template_conforms(struct ctx *cx, const struct object_template *t, const struct object_in *o)
{
	bool found = t->one_of_n == 0;

	for (size_t i = 0; i < t->required_n; i++)
		if (!count_of(o, t->required[i]))
			return fail(cx, RC_INVALID, "Could not save the object as a required attribute is not set (%.*s)", STR(t->required[i]));
	for (size_t i = 0; i < t->one_of_n && !found; i++)
		found = count_of(o, t->one_of[i]) > 0;
	if (!found) {
		struct buf b;

		buf_init(&b, 300);
		for (size_t i = 0; i < t->one_of_n; i++)
			buf_fmt(&b, "%s%.*s", i ? ", " : "", STR(t->one_of[i]));
		fail(cx, RC_INVALID, "Could not save the object as it requires at least one of the following attributes to be set: %.*s", STR(buf_view(&b)));
		buf_clear(&b);
		return RC_INVALID;
	}
	for (size_t i = 0; i < t->element_n; i++)
		if (!t->elements[i].multiple && count_of(o, t->elements[i].relation) > 1)
			return fail(cx, RC_INVALID,
				    "Could not save the object as a unique relationship within the object was assigned to more than one attribute. This is only allowed "
				    "if the multiple flag is set in the object template.");
	return RC_OK;
}

static void add_type(struct ctx *cx, struct str type, struct str **v, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq((*v)[i], type))
			return;
	{
		struct str *more = arena_many(cx->mem, *n + 1, struct str);

		if (*n)
			memcpy(more, *v, *n * sizeof(*more));
		more[(*n)++] = type;
		*v = more;
	}
}

static bool has_type(const struct str *types, size_t n, struct str type)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(types[i], type))
			return true;
	return false;
}

void template_fit_types(struct ctx *cx, const struct object_template *t, const struct str *types, size_t n, struct template_fit *out)
{
	bool found = t->one_of_n == 0;

	*out = (struct template_fit){ .valid = true };
	for (size_t i = 0; i < t->required_n; i++) {
		const struct template_element *e = template_element_of(t, t->required[i]);

		if (e && !has_type(types, n, e->type))
			add_type(cx, e->type, &out->missing, &out->missing_n);
	}
	for (size_t i = 0; i < t->one_of_n && !found; i++) {
		const struct template_element *e = template_element_of(t, t->one_of[i]);

		found = e && has_type(types, n, e->type);
	}
	for (size_t i = 0; i < t->one_of_n && !found; i++) {
		const struct template_element *e = template_element_of(t, t->one_of[i]);

		if (e)
			add_type(cx, e->type, &out->missing, &out->missing_n);
	}
	for (size_t i = 0; i < n; i++) {
		bool known = false, multiple = false, again = false;

		for (size_t k = 0; k < t->element_n; k++)
			if (str_eq(t->elements[k].type, types[i])) {
				known = true;
				multiple |= t->elements[k].multiple;
			}
		for (size_t k = 0; k < i; k++)
			again |= str_eq(types[k], types[i]);
		if (!known)
			add_type(cx, types[i], &out->invalid, &out->invalid_n);
		else if (again && !multiple)
			add_type(cx, types[i], &out->invalid_multiple, &out->invalid_multiple_n);
	}
	out->valid = !out->missing_n && !out->invalid_multiple_n && found;
}
