/* object_template.c - see object_template.h. Types that are not known here stay as they are: the model may learn them later. */
#include "lists/object_template.h"

#include "base/json.h"

static struct str text(struct jr *r)
{
	enum jkind k = jr_peek(r);
	struct str s;

	if (k == J_OBJ || k == J_ARR) {
		jr_skip(r);
		return S("");
	}
	s = jr_text_dup(r);
	return s.p ? s : S("");
}

static enum tri tri(struct jr *r)
{
	if (jr_peek(r) == J_NULL) {
		jr_skip(r);
		return TRI_UNSET;
	}
	return jr_bool(r, false) ? TRI_YES : TRI_NO;
}

/* An array of texts as JSON; anything else is an empty one. */
static struct str array(struct ctx *cx, struct jr *r)
{
	struct str s;
	struct buf b;
	struct jw w;

	if (jr_peek(r) != J_ARR) {
		jr_skip(r);
		return S("[]");
	}
	buf_init(&b, 16 << 20);
	jw_init(&w, &b, false);
	jw_arr(&w);
	for (jr_arr(r); jr_elem(r);)
		jw_str(&w, text(r));
	jw_arr_end(&w);
	s = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return s;
}

static void names(struct ctx *cx, struct jr *r, struct str **out, size_t *n)
{
	size_t cap = 0;

	*out = NULL;
	*n = 0;
	if (jr_peek(r) != J_ARR) {
		jr_skip(r);
		return;
	}
	for (jr_arr(r); jr_elem(r);) {
		*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
		(*out)[(*n)++] = text(r);
	}
}

static void element(struct ctx *cx, struct jr *r, struct template_element *e)
{
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		if (str_eq(key, S("misp-attribute")))
			e->type = text(r);
		else if (str_eq(key, S("description")))
			e->description = text(r);
		else if (str_eq(key, S("ui-priority")))
			e->ui_priority = jr_int(r, 0);
		else if (str_eq(key, S("categories")))
			e->categories = array(cx, r);
		else if (str_eq(key, S("sane_default")))
			e->sane_default = array(cx, r);
		else if (str_eq(key, S("values_list")))
			e->values_list = array(cx, r);
		else if (str_eq(key, S("disable_correlation")))
			e->disable_correlation = tri(r);
		else if (str_eq(key, S("to_ids")))
			e->to_ids = tri(r);
		else if (str_eq(key, S("multiple")))
			e->multiple = jr_bool(r, false);
		else
			jr_skip(r);
	}
}

static void elements(struct ctx *cx, struct jr *r, struct object_template *t)
{
	size_t cap = 0;
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		t->elements = arena_grow(cx->mem, t->elements, &cap, t->element_n, sizeof(*t->elements));
		t->elements[t->element_n] = (struct template_element){
			.id = (int64_t)t->element_n + 1, .relation = str_dup(cx->mem, key), .type = S(""), .description = S(""), .categories = S("[]"),
			.sane_default = S("[]"), .values_list = S("[]"), .disable_correlation = TRI_UNSET, .to_ids = TRI_UNSET,
		};
		element(cx, r, &t->elements[t->element_n++]);
	}
}

static enum rc requirements(struct ctx *cx, const struct object_template *t, const char *field, const struct str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!template_element_of(t, v[i]))
			return fail_field(cx, RC_INVALID, field, "'%.*s' is not among the attributes of the template.", STR(str_sub(v[i], 0, 80)));
	return RC_OK;
}

static enum rc check(struct ctx *cx, const struct object_template *t, bool has_uuid)
{
	if (!t->name.n)
		return fail_field(cx, RC_INVALID, "name", "An object template needs a name.");
	if (!has_uuid)
		return fail_field(cx, RC_INVALID, "uuid", "An object template needs a valid UUID.");
	if (t->version < 0 || t->version > INT32_MAX)
		return fail_field(cx, RC_INVALID, "version", "The version must be a whole number.");
	if (!t->element_n)
		return fail_field(cx, RC_INVALID, "attributes", "An object template needs attributes.");
	for (size_t i = 0; i < t->element_n; i++) {
		if (!t->elements[i].relation.n)
			return fail_field(cx, RC_INVALID, "attributes", "An attribute of the template has no name.");
		if (!t->elements[i].type.n)
			return fail_field(cx, RC_INVALID, "attributes", "The attribute '%.*s' has no misp-attribute.", STR(str_sub(t->elements[i].relation, 0, 80)));
	}
	return RC_OK;
}

enum rc object_template_read(struct ctx *cx, struct str doc, struct object_template *out)
{
	struct object_template t = { .name = S(""), .meta_category = S(""), .description = S(""), .version = 1, .definition = doc };
	bool has_uuid = false;
	struct str key;
	struct jr r;

	jr_init(&r, cx, doc, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("name")))
			t.name = str_trim(text(&r));
		else if (str_eq(key, S("uuid")))
			has_uuid = uuid_parse(str_trim(text(&r)), &t.uuid);
		else if (str_eq(key, S("version")))
			t.version = jr_int(&r, -1);
		else if (str_eq(key, S("meta-category")))
			t.meta_category = text(&r);
		else if (str_eq(key, S("description")))
			t.description = text(&r);
		else if (str_eq(key, S("required")))
			names(cx, &r, &t.required, &t.required_n);
		else if (str_eq(key, S("requiredOneOf")))
			names(cx, &r, &t.one_of, &t.one_of_n);
		else if (str_eq(key, S("attributes")) && jr_peek(&r) == J_OBJ)
			elements(cx, &r, &t);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	TRY(check(cx, &t, has_uuid));
	*out = t;
	return RC_OK;
}

enum rc object_template_check(struct ctx *cx, const struct object_template *t)
{
	TRY(requirements(cx, t, "required", t->required, t->required_n));
	return requirements(cx, t, "requiredOneOf", t->one_of, t->one_of_n);
}

enum rc relationships_read(struct ctx *cx, struct str doc, struct relationship **out, size_t *n)
{
	struct relationship *v = NULL;
	int64_t version = 1;
	size_t cap = 0;
	struct str key;
	struct jr r;

	*n = 0;
	jr_init(&r, cx, doc, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("version"))) {
			version = jr_int(&r, 1);
		} else if (str_eq(key, S("values")) && jr_peek(&r) == J_ARR) {
			for (jr_arr(&r); jr_elem(&r);) {
				struct relationship one = { .name = S(""), .description = S(""), .format = S("[]") };

				for (jr_obj(&r); jr_member(&r, &key);) {
					if (str_eq(key, S("name")))
						one.name = text(&r);
					else if (str_eq(key, S("description")))
						one.description = text(&r);
					else if (str_eq(key, S("format")))
						one.format = array(cx, &r);
					else
						jr_skip(&r);
				}
				if (!one.name.n)
					continue;
				v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
				v[(*n)++] = one;
			}
		} else {
			jr_skip(&r);
		}
	}
	TRY(jr_end(&r));
	for (size_t i = 0; i < *n; i++)
		v[i].version = version;
	*out = v;
	return RC_OK;
}
