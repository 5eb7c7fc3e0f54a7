/* form.c - see form.h. */
#include "api/form.h"

static struct str value(struct jr *r)
{
	struct str s;

	switch (jr_peek(r)) {
	case J_OBJ:
	case J_ARR:
		return jr_raw(r);
	default:
		s = jr_text_dup(r);
		return s.p ? s : S("");
	}
}

enum rc api_form(struct req *rq, const char *wrapper, const struct form_field *t, size_t n, void *form)
{
	struct api_body b;
	struct str key;

	api_body_open(rq, wrapper, &b);
	if (!b.there) {
		struct str body = str_trim(rq->body);

		/* "[]" is how some clients write an object without members */
		return body.n && body.p[0] != '[' ? fail(rq->cx, RC_BAD, "the body is not a JSON object") : RC_OK;
	}
	for (jr_obj(&b.r); jr_member(&b.r, &key);) {
		size_t i = 0;

		while (i < n && !str_eq(key, str_c(t[i].name)))
			i++;
		if (i == n)
			jr_skip(&b.r);
		else
			*(struct str *)(void *)((char *)form + t[i].at) = value(&b.r);
	}
	return api_body_end(rq, &b);
}
