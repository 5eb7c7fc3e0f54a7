/* describe_types.c - see describe_types.h. to_ids is the number 0 or 1 here, unlike everywhere else in the contract. */
#include "format/describe_types.h"

#include "model/attr_type.h"

void describe_types_write(struct jw *w)
{
	jw_obj(w);
	jw_key(w, "result");
	jw_obj(w);

	jw_key(w, "sane_defaults");
	jw_obj(w);
	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++) {
		const struct attr_type *t = attr_type_at(i);

		jw_key_str(w, t->name);
		jw_obj(w);
		jw_kstr(w, "default_category", cat_name(t->cat_default));
		jw_kint(w, "to_ids", t->to_ids);
		jw_obj_end(w);
	}
	jw_obj_end(w);

	jw_key(w, "types");
	jw_arr(w);
	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++)
		jw_str(w, attr_type_at(i)->name);
	jw_arr_end(w);

	jw_key(w, "categories");
	jw_arr(w);
	for (int cat = 0; cat < CAT_COUNT; cat++)
		jw_str(w, cat_name(cat));
	jw_arr_end(w);

	jw_key(w, "category_type_mappings");
	jw_obj(w);
	for (int cat = 0; cat < CAT_COUNT; cat++) {
		jw_key_str(w, cat_name(cat));
		jw_arr(w);
		for (size_t i = 0; i < ATTR_TYPE_COUNT; i++)
			if (attr_type_in_cat(attr_type_at(i), cat))
				jw_str(w, attr_type_at(i)->name);
		jw_arr_end(w);
	}
	jw_obj_end(w);

	jw_obj_end(w);
	jw_obj_end(w);
}
