/* check_attr_types FILE: compares the type table, column by column, with a JSON description of the contract:
 * {"categories": [...], "types": {NAME: {default_category, to_ids, categories, composite, correlates, normalise, validate, since}}}. */
#include <jansson.h>
#include <stdio.h>

#include "model/attr_type.h"
#include "model/rules_int.h"
#include "unit/tap.h"

static struct str text(const json_t *o, const char *key)
{
	return str_c(json_string_value(json_object_get(o, key)));
}

static bool norm_same(const struct attr_type *t, const json_t *list)
{
	uint32_t want = 0;

	if (!str_eq(str_c(json_string_value(json_array_get(list, 0))), S("trim")))
		return false;
	for (size_t i = 1; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		uint32_t bit = 0;

		for (int r = 0; r < NORM_COUNT; r++)
			if (!strcmp(norm_rule_name((enum norm_rule)r), name))
				bit = 1u << r;
		if (!bit || bit <= want) /* rules run in bit order */
			return false;
		want |= bit;
	}
	return t->norm == want;
}

static void check(const char *name, const json_t *o)
{
	static const char *const rules[] = { "yes", "never", "value1 only", "both parts" };
	const struct attr_type *t = attr_type_find(str_c(name));
	const json_t *cats = json_object_get(o, "categories");
	uint16_t bits = 0;

	if (!CHECKF(t, "%s is known", name))
		return;
	for (size_t i = 0; i < json_array_size(cats); i++) {
		int c = cat_find(str_c(json_string_value(json_array_get(cats, i))));

		bits |= c < 0 ? 0 : (uint16_t)(1u << c);
	}
	CHECKF(bits == t->cats, "%s: categories", name);
	CHECKF(str_eq(cat_name(t->cat_default), text(o, "default_category")), "%s: default category", name);
	CHECKF(t->to_ids == (json_integer_value(json_object_get(o, "to_ids")) == 1), "%s: to_ids", name);
	CHECKF(t->composite == json_is_true(json_object_get(o, "composite")), "%s: composite", name);
	CHECKF(t->in_251 == !json_object_get(o, "since"), "%s: in 2.5.1", name);
	CHECKF(str_eq(text(o, "correlates"), str_c(rules[t->corr])), "%s: correlation", name);
	CHECKF(str_eq(text(o, "validate"), str_c(valid_rule_name(t->valid))), "%s: validation", name);
	CHECKF(norm_same(t, json_object_get(o, "normalise")), "%s: normalisation", name);
}

int main(int argc, char **argv)
{
	json_error_t e;
	json_t *doc = argc == 2 ? json_load_file(argv[1], 0, &e) : NULL, *types = json_object_get(doc, "types"), *o;
	const json_t *cats = json_object_get(doc, "categories");
	const char *name;

	if (!doc) {
		fprintf(stderr, "usage: check_attr_types FILE: %s\n", argc == 2 ? e.text : "no file");
		return 2;
	}
	CHECK_INT(json_object_size(types), ATTR_TYPE_COUNT);
	CHECK_INT(json_array_size(cats), CAT_COUNT);
	for (int i = 0; i < CAT_COUNT; i++)
		CHECK_STR(cat_name(i), str_c(json_string_value(json_array_get(cats, (size_t)i))));
	json_object_foreach(types, name, o)
		check(name, o);
	json_decref(doc);
	return tap_done();
}
