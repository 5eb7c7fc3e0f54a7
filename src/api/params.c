/* params.c - parameters of a call, wherever they stand: JSON body, named parameters, query. The body wins, then named ones. */
#include "api/api_int.h"

#include <stdlib.h>

static struct param *add(struct ctx *cx, struct params *p, size_t *cap, struct str key)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->v[i].key, key))
			return NULL;
	p->v = arena_grow(cx->mem, p->v, cap, p->n, sizeof(*p->v));
	p->v[p->n] = (struct param){ .key = key };
	return &p->v[p->n++];
}

static void push(struct ctx *cx, struct cond_list *l, struct str s)
{
	size_t cap = l->n < 16 ? 16 : l->n;

	while (cap & (cap - 1)) /* capacities are 16, 32, 64 ...: the next one up tells when to move */
		cap++;
	if (!l->v || l->n == cap)
		cap = l->n, l->v = arena_grow(cx->mem, l->v, &cap, l->n, sizeof(*l->v));
	l->v[l->n++] = s;
}

static void push_value(struct ctx *cx, struct param *p, struct str s, struct cond_list *to)
{
	struct cond_list all = { p->v, p->n };

	push(cx, &all, s);
	p->v = all.v;
	p->n = all.n;
	if (to == &p->c.any && s.n > 1 && s.p[0] == '!')
		push(cx, &p->c.none, str_from(s, 1));
	else
		push(cx, to, s);
}

/* one value, a list, or an object of lists */
static void read_values(struct jr *r, struct ctx *cx, struct param *p, struct cond_list *to)
{
	switch (jr_peek(r)) {
	case J_ARR:
		p->is_list = true;
		for (jr_arr(r); jr_elem(r);)
			read_values(r, cx, p, to);
		break;
	case J_OBJ: {
		struct str key;

		p->is_list = true;
		for (jr_obj(r); jr_member(r, &key);) {
			struct cond_list *next = to;

			if (str_eq_nocase(key, S("OR")))
				next = &p->c.any;
			else if (str_eq_nocase(key, S("AND")))
				next = &p->c.all;
			else if (str_eq_nocase(key, S("NOT")))
				next = &p->c.none;
			read_values(r, cx, p, next);
		}
		break;
	}
	case J_NULL:
		jr_skip(r);
		break;
	default:
		push_value(cx, p, jr_text_dup(r), to);
	}
}

static enum rc from_body(struct req *rq, struct params *out, size_t *cap)
{
	struct ctx *cx = rq->cx;
	struct str body = str_trim(rq->body), key;
	struct jr r;

	if (!body.n || (body.p[0] != '{' && body.p[0] != '['))
		return body.n ? fail(cx, RC_BAD, "the body is not a JSON object") : RC_OK;
	jr_init(&r, cx, body, NULL);
	if (body.p[0] == '[') { /* PHP clients send [] for an empty object */
		for (jr_arr(&r); jr_elem(&r);)
			jr_skip(&r);
		return jr_end(&r);
	}
	for (jr_obj(&r); jr_member(&r, &key);) {
		struct param *p;

		if (str_eq(key, S("request")) && jr_peek(&r) == J_OBJ) { /* an old wrapper */
			for (jr_obj(&r); jr_member(&r, &key);) {
				p = add(cx, out, cap, str_dup(cx->mem, key));
				if (!p)
					jr_skip(&r);
				else
					read_values(&r, cx, p, &p->c.any);
			}
			continue;
		}
		p = add(cx, out, cap, str_dup(cx->mem, key));
		if (!p) {
			jr_skip(&r);
			continue;
		}
		p->is_null = jr_peek(&r) == J_NULL;
		read_values(&r, cx, p, &p->c.any);
	}
	return jr_end(&r);
}

/* name, name[], name[OR] */
static void from_pairs(struct req *rq, const struct http_pairs *pairs, struct params *out, size_t *cap)
{
	struct ctx *cx = rq->cx;
	size_t before = out->n;

	for (size_t i = 0; i < pairs->n; i++) {
		struct str name = pairs->v[i].name, sub = { 0 };
		size_t b = str_chr(name, '[');
		struct param *p = NULL;
		struct cond_list *to;

		if (b != STR_NONE) {
			sub = str_sub(name, b + 1, name.n - b - 1);
			if (sub.n && sub.p[sub.n - 1] == ']')
				sub.n--;
			name = str_n(name.p, b);
		}
		for (size_t j = before; j < out->n; j++)
			if (str_eq(out->v[j].key, name))
				p = &out->v[j];
		if (!p)
			p = add(cx, out, cap, name);
		if (!p)
			continue;
		p->is_list |= b != STR_NONE;
		to = str_eq_nocase(sub, S("NOT")) ? &p->c.none : str_eq_nocase(sub, S("AND")) ? &p->c.all : &p->c.any;
		/* in a path "a||b" and "a&&b" are lists, as MISP has it */
		if (str_find(pairs->v[i].value, S("||")) != STR_NONE || str_find(pairs->v[i].value, S("&&")) != STR_NONE) {
			struct str rest = pairs->v[i].value;
			bool and = str_find(rest, S("&&")) != STR_NONE;
			size_t at;

			while ((at = str_find(rest, and ? S("&&") : S("||"))) != STR_NONE) {
				push_value(cx, p, str_n(rest.p, at), to);
				rest = str_from(rest, at + 2);
			}
			push_value(cx, p, rest, to);
			p->is_list = true;
		} else {
			push_value(cx, p, pairs->v[i].value, to);
		}
	}
}

enum rc api_params(struct req *rq, struct params *out)
{
	size_t cap = 0;

	*out = (struct params){ 0 };
	TRY(from_body(rq, out, &cap));
	from_pairs(rq, &rq->named, out, &cap);
	from_pairs(rq, &rq->query, out, &cap);
	return RC_OK;
}

const struct param *param_get(const struct params *p, const char *key)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->v[i].key, str_c(key)))
			return p->v[i].is_null || (!p->v[i].n && !p->v[i].is_list) ? NULL : &p->v[i];
	return NULL;
}

struct str param_text(const struct params *p, const char *key)
{
	const struct param *x = param_get(p, key);

	return x && x->n ? x->v[0] : (struct str){ 0 };
}

bool param_bool(const struct params *p, const char *key, bool dflt)
{
	struct str s = param_text(p, key);

	if (!s.p)
		return dflt;
	return !(s.n == 0 || str_eq(s, S("0")) || str_eq_nocase(s, S("false")) || str_eq_nocase(s, S("null")));
}

int64_t param_int(const struct params *p, const char *key, int64_t dflt)
{
	int64_t v;

	return str_i64(str_trim(param_text(p, key)), &v) ? v : dflt;
}

void param_cond(const struct params *p, const char *key, struct cond *out)
{
	const struct param *x = param_get(p, key);

	if (x)
		*out = x->c;
}

/* seconds since 1970 of one time text; relative ones count back from now */
static bool time_of(struct ctx *cx, struct str s, int64_t *out)
{
	static const struct {
		char unit;
		int64_t s;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	int64_t v, us;
	size_t dot;

	s = str_trim(s);
	if (!s.n)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (ch_to_lower((unsigned char)s.p[s.n - 1]) == units[i].unit && str_i64(str_n(s.p, s.n - 1), &v) && v >= 0 && v < 1000000000) {
			*out = ctx_now_s(cx) - v * units[i].s;
			return true;
		}
	dot = str_chr(s, '.');
	if (dot != STR_NONE && dot > 0 && str_i64(str_n(s.p, dot), &v)) { /* 1700000000.25 */
		*out = v;
		return true;
	}
	if (str_i64(s, &v)) {
		*out = v;
		return true;
	}
	if (clock_parse(s, &us, NULL)) {
		*out = us / 1000000;
		return true;
	}
	return false;
}

void param_range(struct ctx *cx, const struct params *p, const char *key, struct time_range *out)
{
	const struct param *x = param_get(p, key);

	*out = (struct time_range)RANGE_ALL;
	if (!x || !x->n)
		return;
	if (!time_of(cx, x->v[0], &out->from))
		out->impossible = true;
	if (x->n > 1 && !time_of(cx, x->v[1], &out->to))
		out->impossible = true;
	if (out->to != TIME_UNSET && out->from > out->to) { /* given the other way round */
		int64_t t = out->from;

		out->from = out->to;
		out->to = t;
	}
}

void api_body_open(struct req *rq, const char *wrapper, struct api_body *b)
{
	struct str body = str_trim(rq->body), key;
	struct jr look;

	*b = (struct api_body){ 0 };
	if (!body.n || body.p[0] != '{')
		return;
	b->there = true;
	jr_init(&look, rq->cx, body, NULL);
	jr_obj(&look);
	b->wrapped = jr_member(&look, &key) && str_eq(key, str_c(wrapper)) && jr_peek(&look) == J_OBJ;
	jr_init(&b->r, rq->cx, body, NULL);
	if (b->wrapped) {
		jr_obj(&b->r);
		jr_member(&b->r, &key);
	}
}

enum rc api_body_end(struct req *rq, struct api_body *b)
{
	struct str key;

	if (b->wrapped)
		while (jr_member(&b->r, &key))
			jr_skip(&b->r);
	return jr_end(&b->r);
}
