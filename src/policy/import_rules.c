/* import_rules.c - see import_rules.h. */
#include "policy/import_rules.h"

#include "lists/regex.h"
#include "store/import_rule.h"

struct import_rules {
	struct compiled {
		struct wl_regex *rx;
		struct str replacement, type;
		bool all;
	} *v;
	size_t n;
};

static void rules_free(void *arg)
{
	struct import_rules *r = arg;

	for (size_t i = 0; i < r->n; i++)
		wl_regex_free(r->v[i].rx);
}

enum rc import_rules_open(struct ctx *cx, struct arena *mem, struct import_rules **out)
{
	struct import_rules *r = arena_one(mem, struct import_rules);
	struct import_regexp *v;
	size_t n;

	TRY(import_regexp_list(cx, &v, &n));
	r->v = arena_many(mem, n + 1, struct compiled);
	arena_cleanup(mem, rules_free, r);
	for (size_t i = 0; i < n; i++) {
		struct wl_regex *rx = wl_regex_new(v[i].regexp);

		if (rx)
			r->v[r->n++] = (struct compiled){ rx, str_dup(mem, v[i].replacement), str_dup(mem, v[i].type), str_eq(v[i].type, S("ALL")) };
	}
	*out = r;
	return RC_OK;
}

bool import_rules_apply(const struct import_rules *r, struct arena *a, struct str type, struct str value, struct str *out)
{
	*out = value;
	for (size_t i = 0; i < r->n; i++) {
		const struct compiled *c = &r->v[i];

		if (!c->all && !str_eq(c->type, type))
			continue;
		if (c->replacement.n)
			wl_regex_replace(a, c->rx, *out, c->replacement, out);
		else if (wl_regex_match(c->rx, *out))
			return false;
	}
	return true;
}

size_t import_rules_count(const struct import_rules *r)
{
	return r->n;
}

/* ---- allowed lists ---- */

struct allowed_set {
	struct wl_regex **v;
	size_t n;
};

static void set_free(void *arg)
{
	struct allowed_set *s = arg;

	for (size_t i = 0; i < s->n; i++)
		wl_regex_free(s->v[i]);
}

enum rc allowed_open(struct ctx *cx, struct allowed_set **out)
{
	struct allowed_set *s = arena_one(cx->mem, struct allowed_set);
	struct allowed *v;
	size_t n;

	TRY(allowed_list(cx, &v, &n));
	s->v = arena_many(cx->mem, n + 1, struct wl_regex *);
	arena_cleanup(cx->mem, set_free, s);
	for (size_t i = 0; i < n; i++) {
		s->v[s->n] = wl_regex_new(v[i].name);
		s->n += s->v[s->n] != NULL;
	}
	*out = s;
	return RC_OK;
}

bool allowed_any(const struct allowed_set *s)
{
	return s->n > 0;
}

bool allowed_hit(const struct allowed_set *s, struct arena *a, const struct attr *attr)
{
	struct str value = attr->value2.n ? str_fmt(a, "%.*s|%.*s", STR(attr->value1), STR(attr->value2)) : attr->value1;

	for (size_t i = 0; i < s->n; i++)
		if (wl_regex_match(s->v[i], value))
			return true;
	return false;
}
