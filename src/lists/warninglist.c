/* warninglist.c - the file form of a warninglist. The matcher is in wl_set.c. */
#include "lists/warninglist.h"

#include "base/json.h"

static const struct str type_names[WL_TYPES] = {
	[WL_STRING] = { "string", 6 },
	[WL_SUBSTRING] = { "substring", 9 },
	[WL_HOSTNAME] = { "hostname", 8 },
	[WL_CIDR] = { "cidr", 4 },
	[WL_REGEX] = { "regex", 5 },
};

struct str wl_type_name(enum wl_type type)
{
	return type_names[type];
}

bool wl_type_find(struct str name, enum wl_type *out)
{
	for (int i = 0; i < WL_TYPES; i++)
		if (str_eq(name, type_names[i])) {
			*out = (enum wl_type)i;
			return true;
		}
	return false;
}

/* Types are few (at most some dozens), but their number is the file's choice: a growing array in the arena. */
static void read_attributes(struct jr *r, struct arena *mem, struct wl_head *head)
{
	struct str *v = NULL;
	size_t n = 0, cap = 0;

	if (jr_peek(r) == J_NULL) {
		jr_skip(r);
		return;
	}
	for (jr_arr(r); jr_elem(r);) {
		if (n == cap) {
			struct str *bigger = arena_many(mem, cap = cap ? cap * 2 : 16, struct str);

			if (n)
				memcpy(bigger, v, n * sizeof(*v));
			v = bigger;
		}
		v[n++] = jr_text_dup(r);
	}
	head->attributes = v;
	head->n_attributes = n;
}

/* Members come in any order: the list may stand before the type that says what it holds, so only its place is noted. */
enum rc wl_file_head(struct ctx *cx, struct str text, struct wl_head *out)
{
	struct wl_head head = { .category = S("false_positive") };
	struct str key, type = { 0 };
	struct jr r;

	jr_init(&r, cx, text, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("name"))) {
			head.name = jr_text_dup(&r);
		} else if (str_eq(key, S("description"))) {
			head.description = jr_text_dup(&r);
		} else if (str_eq(key, S("type"))) {
			type = jr_text_dup(&r);
		} else if (str_eq(key, S("category"))) {
			head.category = jr_text_dup(&r);
		} else if (str_eq(key, S("version"))) {
			head.version = jr_int(&r, 0);
		} else if (str_eq(key, S("matching_attributes"))) {
			read_attributes(&r, cx->mem, &head);
		} else if (str_eq(key, S("list"))) {
			if (jr_peek(&r) == J_ARR)
				head.list = jr_raw(&r);
			else
				jr_fail(&r, "expected an array");
		} else {
			jr_skip(&r);
		}
	}
	TRY(jr_end(&r));
	if (str_trim(head.name).n == 0)
		return fail_field(cx, RC_INVALID, "name", "the warninglist has no name");
	if (!wl_type_find(type, &head.type))
		return fail_field(cx, RC_INVALID, "type", "warninglist type '%.*s' is not known", STR(type));
	if (!head.list.p)
		return fail_field(cx, RC_INVALID, "list", "the warninglist has no list");
	*out = head;
	return RC_OK;
}

enum rc wl_file_entries(struct ctx *cx, const struct wl_head *head, wl_entry_fn *fn, void *arg)
{
	struct jr r;
	size_t n = 0;

	jr_init(&r, cx, head->list, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		enum jkind kind = jr_peek(&r);

		n++;
		if (kind != J_STR && kind != J_NUM)
			return fail_field(cx, RC_BAD, "list", "entry %zu of the list is not a text", n);
		TRY(fn(cx, arg, jr_text(&r)));
	}
	return jr_end(&r);
}
