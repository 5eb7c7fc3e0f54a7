/* json_walk.h - reads a whole document through the reader, for the tests and the fuzz target: into a canonical text, or side by side
 * with jansson's tree. Include jansson.h first for the latter. */
#ifndef TESTS_JSON_WALK_H
#define TESTS_JSON_WALK_H

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

/* A text handed out in pieces. */
struct json_feed {
	struct str rest;
	size_t piece;
};

static inline ssize_t json_feed_fill(void *arg, char *dst, size_t cap)
{
	struct json_feed *f = arg;
	size_t n = f->rest.n < cap ? f->rest.n : cap;

	n = n < f->piece ? n : f->piece;
	if (n)
		memcpy(dst, f->rest.p, n);
	f->rest = str_from(f->rest, n);
	return (ssize_t)n;
}

/* The next value, with every text between markers of its kind and length, so that two equal outputs mean two equal documents. */
static inline void json_walk(struct jr *r, struct buf *out)
{
	enum jkind kind = jr_peek(r);
	struct str s;

	switch (kind) {
	case J_OBJ:
		buf_ch(out, '{');
		for (jr_obj(r); jr_member(r, &s);) {
			buf_fmt(out, "%zu:", s.n);
			buf_str(out, s);
			json_walk(r, out);
		}
		buf_ch(out, '}');
		break;
	case J_ARR:
		buf_ch(out, '[');
		for (jr_arr(r); jr_elem(r);)
			json_walk(r, out);
		buf_ch(out, ']');
		break;
	case J_NONE:
		break;
	default:
		s = jr_text(r);
		buf_fmt(out, "%d,%zu:", (int)kind, s.n);
		buf_str(out, s);
	}
}

/* window 0: from memory. The canonical text goes to out (reset first), the failure's message to msg. */
static inline enum rc json_read(struct str text, size_t window, const struct jr_limits *lim, struct buf *out, char msg[512])
{
	struct jr_limits l = lim ? *lim : (struct jr_limits){ 0 };
	struct json_feed feed = { text, window };
	struct ctx cx;
	struct jr r;
	enum rc rc;

	ctx_init(&cx, 0);
	l.window = window;
	if (window)
		jr_init_fill(&r, &cx, json_feed_fill, &feed, &l);
	else
		jr_init(&r, &cx, text, &l);
	buf_reset(out);
	json_walk(&r, out);
	rc = jr_end(&r);
	snprintf(msg, 512, "%s", cx.err.msg);
	ctx_clear(&cx);
	return rc;
}

#ifdef JANSSON_H
/* Whether the value the reader stands at is the one in the tree. */
static inline bool json_same(struct jr *r, const json_t *j)
{
	enum jkind kind = jr_peek(r);
	struct str s;
	size_t n = 0;
	bool same = true;

	switch (kind) {
	case J_OBJ:
		for (jr_obj(r); jr_member(r, &s); n++) {
			const json_t *v = json_object_getn(j, s.p, s.n);

			if (v)
				same = json_same(r, v) && same;
			else
				same = false;
		}
		return same && json_is_object(j) && n == json_object_size(j);
	case J_ARR:
		for (jr_arr(r); jr_elem(r); n++)
			same = json_same(r, json_array_get(j, n)) && same;
		return same && json_is_array(j) && n == json_array_size(j);
	case J_STR:
		s = jr_text(r);
		return json_is_string(j) && str_eq(s, str_n(json_string_value(j), json_string_length(j)));
	case J_NUM: {
		int64_t v;
		char *c;

		s = jr_text(r);
		if (json_is_integer(j))
			return str_i64(s, &v) && v == json_integer_value(j);
		c = str_cdup(r->cx->mem, s);
		return json_is_real(j) && strtod(c, NULL) == json_real_value(j);
	}
	case J_TRUE: case J_FALSE: case J_NULL:
		jr_skip(r);
		return kind == J_TRUE ? json_is_true(j) : kind == J_FALSE ? json_is_false(j) : json_is_null(j);
	default:
		return false;
	}
}

/* NULL when reader and jansson agree on the text, in verdict and values; else what is wrong. They may differ in this alone:
 *  - jansson keeps numbers in 64 bits or a double and refuses larger ones; the reader keeps their text;
 *  - jansson's keys cannot hold U+0000;
 *  - jansson overlooks a raw NUL byte behind a number ("[1\0]"), the reader refuses it everywhere;
 *  - the limits on depth are different ones. */
static inline const char *json_against_jansson(struct str text)
{
	json_error_t je;
	json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &je);
	const char *wrong = NULL;
	bool same = true;
	struct ctx cx;
	struct jr r;

	ctx_init(&cx, 0);
	jr_init(&r, &cx, text, &(struct jr_limits){ .depth_max = 512 });
	if (j)
		same = json_same(&r, j);
	else
		jr_skip(&r);
	if (jr_end(&r) != RC_OK) {
		if (j && !strstr(cx.err.msg, "nested deeper") && str_chr(text, 0) == STR_NONE)
			wrong = "refused, jansson accepts";
	} else if (!j) {
		enum json_error_code code = json_error_code(&je);

		if (code != json_error_numeric_overflow && code != json_error_null_byte_in_key && code != json_error_stack_overflow)
			wrong = "accepted, jansson refuses";
	} else if (!same) {
		wrong = "values differ";
	}
	json_decref(j);
	ctx_clear(&cx);
	return wrong;
}
#endif

#endif
