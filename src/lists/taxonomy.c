/* taxonomy.c - see taxonomy.h. Values may stand before the predicates in the file: they are put under them at the end. */
#include "lists/taxonomy.h"

#include "base/json.h"

struct value {
	size_t group; /* index of its predicate's name */
	struct taxonomy_tag t;
};

struct reading {
	struct taxonomy_file f;
	size_t predicate_cap;
	struct str *groups; /* predicates that values name */
	size_t group_n, group_cap;
	struct value *values;
	size_t value_n, value_cap;
};

struct word {
	struct str value, expanded, description, colour;
	bool exclusive, has_numerical;
	int64_t numerical;
};

static struct str text(struct jr *r)
{
	struct str s = jr_text_dup(r);

	return s.p ? s : S("");
}

/* "#fff" and names of colours are no colours of a tag */
static struct str colour(struct jr *r)
{
	struct str s = text(r);

	return s.n == 7 && s.p[0] == '#' && str_is_hex(str_from(s, 1)) ? s : S("");
}

static void read_word(struct jr *r, struct word *w)
{
	struct str key;

	*w = (struct word){ .value = S(""), .expanded = S(""), .description = S(""), .colour = S("") };
	for (jr_obj(r); jr_member(r, &key);) {
		if (str_eq(key, S("value"))) {
			w->value = text(r);
		} else if (str_eq(key, S("expanded"))) {
			w->expanded = text(r);
		} else if (str_eq(key, S("description"))) {
			w->description = text(r);
		} else if (str_eq(key, S("colour"))) {
			w->colour = colour(r);
		} else if (str_eq(key, S("exclusive"))) {
			w->exclusive = jr_bool(r, false);
		} else if (str_eq(key, S("numerical_value"))) {
			w->numerical = jr_int(r, INT64_MIN);
			w->has_numerical = w->numerical != INT64_MIN;
		} else {
			jr_skip(r);
		}
	}
	if (!w->value.n && !jr_failed(r))
		jr_fail(r, "expected a \"value\" in it");
}

static void read_predicates(struct ctx *cx, struct jr *r, struct reading *x)
{
	struct word w;

	for (jr_arr(r); jr_elem(r);) {
		read_word(r, &w);
		x->f.predicates = arena_grow(cx->mem, x->f.predicates, &x->predicate_cap, x->f.predicate_n, sizeof(*x->f.predicates));
		x->f.predicates[x->f.predicate_n++] = (struct taxonomy_predicate){ w.value, w.expanded, w.description, w.colour, w.exclusive, w.has_numerical, w.numerical };
	}
}

static void read_values(struct ctx *cx, struct jr *r, struct reading *x)
{
	struct str key;
	struct word w;

	for (jr_arr(r); jr_elem(r);) {
		x->groups = arena_grow(cx->mem, x->groups, &x->group_cap, x->group_n, sizeof(*x->groups));
		x->groups[x->group_n] = S("");
		for (jr_obj(r); jr_member(r, &key);) {
			if (str_eq(key, S("predicate"))) {
				x->groups[x->group_n] = text(r);
				continue;
			}
			if (!str_eq(key, S("entry"))) {
				jr_skip(r);
				continue;
			}
			for (jr_arr(r); jr_elem(r);) {
				read_word(r, &w);
				x->values = arena_grow(cx->mem, x->values, &x->value_cap, x->value_n, sizeof(*x->values));
				x->values[x->value_n++] = (struct value){ x->group_n, { .value = w.value, .expanded = w.expanded, .description = w.description, .colour = w.colour,
											.has_numerical = w.has_numerical, .numerical = w.numerical } };
			}
		}
		x->group_n++;
	}
}

/* The tags, predicate by predicate. */
static enum rc put_together(struct ctx *cx, struct reading *x)
{
	struct taxonomy_file *f = &x->f;
	struct str ns = f->t.namespace;

	f->tags = arena_many(cx->mem, x->value_n + f->predicate_n + 1, struct taxonomy_tag);
	for (size_t i = 0; i < f->predicate_n; i++) {
		const struct taxonomy_predicate *p = &f->predicates[i];
		size_t before = f->tag_n;

		for (size_t j = 0; j < x->value_n; j++) {
			struct taxonomy_tag *t = &f->tags[f->tag_n];

			if (!str_eq(x->groups[x->values[j].group], p->value))
				continue;
			*t = x->values[j].t;
			t->predicate = i;
			t->name = str_fmt(cx->mem, "%.*s:%.*s=\"%.*s\"", STR(ns), STR(p->value), STR(t->value));
			f->tag_n++;
		}
		if (f->tag_n == before)
			f->tags[f->tag_n++] = (struct taxonomy_tag){ .predicate = i, .expanded = p->expanded, .description = p->description, .colour = p->colour,
								     .has_numerical = p->has_numerical, .numerical = p->numerical,
								     .name = str_fmt(cx->mem, "%.*s:%.*s", STR(ns), STR(p->value)) };
	}
	for (size_t i = 0; i < x->group_n; i++) {
		bool known = false;

		for (size_t j = 0; j < f->predicate_n; j++)
			known |= str_eq(x->groups[i], f->predicates[j].value);
		if (!known)
			return fail_field(cx, RC_INVALID, "values", "the taxonomy has values of the predicate '%.*s', which it does not list", STR(x->groups[i]));
	}
	return RC_OK;
}

enum rc taxonomy_read(struct ctx *cx, struct str doc, struct taxonomy_file *out)
{
	struct reading x = { .f.t = { .namespace = S(""), .description = S("") } };
	struct taxonomy *t = &x.f.t;
	struct str key;
	struct jr r;

	jr_init(&r, cx, doc, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("namespace")))
			t->namespace = str_trim(text(&r));
		else if (str_eq(key, S("description")))
			t->description = text(&r);
		else if (str_eq(key, S("version")))
			t->version = jr_int(&r, 0);
		else if (str_eq(key, S("exclusive")))
			t->exclusive = jr_bool(&r, false);
		else if (str_eq(key, S("predicates")))
			read_predicates(cx, &r, &x);
		else if (str_eq(key, S("values")) && jr_peek(&r) == J_ARR)
			read_values(cx, &r, &x);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	if (!t->namespace.n)
		return fail_field(cx, RC_INVALID, "namespace", "the taxonomy has no namespace");
	if (!x.f.predicate_n)
		return fail_field(cx, RC_INVALID, "predicates", "the taxonomy has no predicates");
	TRY(put_together(cx, &x));
	*out = x.f;
	return RC_OK;
}
