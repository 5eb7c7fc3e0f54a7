/* settings.c - the two JSON texts of a feed: settings and rules, as MISP's clients send them. */
#include "feed/feed_int.h"

#include "lists/regex.h"

static void regex_cleanup(void *rx)
{
	wl_regex_free(rx);
}

/* {"common": {"warninglist_filter": true}}; the rest was read and checked by csv_settings_read */
static enum rc filter_read(struct ctx *cx, struct str json, bool *out)
{
	struct str key;
	struct jr r;

	*out = false;
	if (str_trim(json).n == 0)
		return RC_OK;
	jr_init(&r, cx, json, NULL);
	if (jr_peek(&r) != J_OBJ)
		jr_skip(&r);
	else
		for (jr_obj(&r); jr_member(&r, &key);) {
			if (!str_eq(key, S("common")) || jr_peek(&r) != J_OBJ) {
				jr_skip(&r);
				continue;
			}
			for (jr_obj(&r); jr_member(&r, &key);)
				if (str_eq(key, S("warninglist_filter")))
					*out = jr_bool(&r, false);
				else
					jr_skip(&r);
		}
	return jr_end(&r);
}

enum rc settings_read(struct ctx *cx, const struct feed *f, struct feed_settings *out)
{
	struct str json = f->settings.p ? f->settings : S("");
	struct feed_settings s = { 0 };

	TRY(csv_settings_read(cx, json, &s.csv));
	TRY(filter_read(cx, json, &s.warninglists));
	if (s.csv.exclude_regex.n) {
		s.exclude = wl_regex_new(s.csv.exclude_regex);
		if (!s.exclude)
			return fail_field(cx, RC_INVALID, "settings", "excluderegex is not a regular expression");
		arena_cleanup(cx->mem, regex_cleanup, s.exclude);
	}
	*out = s;
	return RC_OK;
}

static void names_read(struct ctx *cx, struct jr *r, struct name_list *out)
{
	size_t cap = 0;

	if (jr_peek(r) != J_ARR) {
		jr_skip(r);
		return;
	}
	for (jr_arr(r); jr_elem(r);) {
		struct str s = jr_text_dup(r);

		if (!s.n)
			continue;
		out->v = arena_grow(cx->mem, out->v, &cap, out->n, sizeof(*out->v));
		out->v[out->n++] = s;
	}
}

enum rc rules_read(struct ctx *cx, struct str json, struct feed_rules *out)
{
	struct str key;
	struct jr r;

	*out = (struct feed_rules){ 0 };
	if (str_trim(json).n == 0)
		return RC_OK;
	jr_init(&r, cx, json, NULL);
	if (jr_peek(&r) != J_OBJ) { /* an empty array stands for no rules */
		jr_skip(&r);
		return jr_end(&r);
	}
	for (jr_obj(&r); jr_member(&r, &key);) {
		bool tags = str_eq(key, S("tags"));

		if ((!tags && !str_eq(key, S("orgs"))) || jr_peek(&r) != J_OBJ) {
			jr_skip(&r);
			continue;
		}
		for (jr_obj(&r); jr_member(&r, &key);)
			if (str_eq(key, S("OR")))
				names_read(cx, &r, tags ? &out->tags_or : &out->orgs_or);
			else if (str_eq(key, S("NOT")))
				names_read(cx, &r, tags ? &out->tags_not : &out->orgs_not);
			else
				jr_skip(&r);
	}
	return jr_end(&r);
}
