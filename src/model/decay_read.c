/* decay_read.c - the parameters of a decaying model as JSON, in and out. */
#include "model/decay_read.h"

#include <math.h>
#include <stdlib.h>

#include "model/attr_type.h"

enum { WEIGHTS_MAX = 1000 };

/* a number, or a text of one */
static bool number(struct ctx *cx, struct jr *r, double *out)
{
	enum jkind k = jr_peek(r);
	char *text, *end;
	struct str s;
	double v;

	if (k != J_NUM && k != J_STR) {
		jr_skip(r);
		return false;
	}
	s = str_trim(jr_text(r));
	if (!s.n || s.n > 40)
		return false;
	text = str_cdup(cx->mem, s);
	v = strtod(text, &end);
	if (*end || !isfinite(v))
		return false;
	*out = v;
	return true;
}

static void read_weights(struct ctx *cx, struct jr *r, struct decay_model *m)
{
	struct str key;
	size_t cap = 0;

	m->weight_n = 0;
	for (jr_obj(r); jr_member(r, &key);) {
		struct decay_weight w = { .base = str_dup(cx->mem, key) };

		if (!number(cx, r, &w.weight) || w.weight < 0 || m->weight_n == WEIGHTS_MAX)
			continue;
		m->weights = arena_grow(cx->mem, m->weights, &cap, m->weight_n, sizeof(*m->weights));
		m->weights[m->weight_n++] = w;
	}
}

static void read_settings(struct ctx *cx, struct jr *r, struct decay_model *m)
{
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		if (str_eq(key, S("minimum_sightings")))
			number(cx, r, &m->sightings_min);
		else if (str_eq(key, S("true_positive_offset")))
			number(cx, r, &m->true_offset);
		else if (str_eq(key, S("false_positive_offset")))
			number(cx, r, &m->false_offset);
		else
			jr_skip(r);
	}
}

/* an object, or a text that holds one; anything else stands for none */
static void inner(struct ctx *cx, struct jr *r, struct decay_model *m, void (*fn)(struct ctx *, struct jr *, struct decay_model *))
{
	struct str text;
	struct jr in;

	if (jr_peek(r) == J_OBJ) {
		fn(cx, r, m);
	} else if (jr_peek(r) == J_STR) {
		text = str_trim(jr_text_dup(r));
		if (!text.n || text.p[0] != '{')
			return;
		jr_init(&in, cx, text, NULL);
		fn(cx, &in, m);
		if (jr_end(&in) != RC_OK)
			ctx_forgive(cx);
	} else {
		jr_skip(r);
	}
}

enum rc decay_parameters_read(struct ctx *cx, struct str json, struct decay_model *m)
{
	struct {
		const char *name;
		double *to;
		double min, max;
		bool there;
	} fields[] = { { "lifetime", &m->lifetime_days, 0.0001, 100000, false }, { "decay_speed", &m->speed, 0.01, 100, false },
		       { "threshold", &m->threshold, 0, 100000, false }, { "default_base_score", &m->default_base, 0, 100000, false } };
	enum { N = sizeof(fields) / sizeof(*fields) };
	struct str key;
	struct jr r;

	m->weights = NULL;
	m->weight_n = 0;
	m->sightings_min = 1;
	m->true_offset = m->false_offset = 0;
	jr_init(&r, cx, json, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		size_t i = 0;

		while (i < N && !str_eq(key, str_c(fields[i].name)))
			i++;
		if (i < N)
			fields[i].there = number(cx, &r, fields[i].to);
		else if (str_eq(key, S("base_score_config")))
			inner(cx, &r, m, read_weights);
		else if (str_eq(key, S("settings")))
			inner(cx, &r, m, read_settings);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	for (size_t i = 0; i < N; i++)
		if (!fields[i].there || !(*fields[i].to >= fields[i].min && *fields[i].to <= fields[i].max))
			return fail_field(cx, RC_INVALID, "parameters", "Invalid parameter `%s`.", fields[i].name);
	return RC_OK;
}

static void write_number(struct jw *w, const char *key, double v)
{
	jw_key(w, key);
	jw_double(w, v);
}

void decay_parameters_write(struct jw *w, const struct decay_model *m)
{
	jw_obj(w);
	write_number(w, "lifetime", m->lifetime_days);
	write_number(w, "decay_speed", m->speed);
	write_number(w, "threshold", m->threshold);
	write_number(w, "default_base_score", m->default_base);
	jw_key(w, "base_score_config");
	jw_obj(w);
	for (size_t i = 0; i < m->weight_n; i++) {
		jw_key_str(w, m->weights[i].base);
		jw_double(w, m->weights[i].weight);
	}
	jw_obj_end(w);
	if (m->formula == DECAY_SIGHTINGS) {
		jw_key(w, "settings");
		jw_obj(w);
		write_number(w, "minimum_sightings", m->sightings_min);
		write_number(w, "true_positive_offset", m->true_offset);
		write_number(w, "false_positive_offset", m->false_offset);
		jw_obj_end(w);
	}
	jw_obj_end(w);
}

enum rc decay_types_read(struct ctx *cx, struct str json, struct decay_types *out)
{
	struct jr r;

	*out = (struct decay_types){ { 0 } };
	jr_init(&r, cx, json, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		const struct attr_type *t;

		if (jr_peek(&r) != J_STR) {
			jr_skip(&r);
			continue;
		}
		t = attr_type_find(jr_text(&r));
		if (t)
			out->bits[t->id / 64] |= 1ull << t->id % 64;
	}
	return jr_end(&r);
}
