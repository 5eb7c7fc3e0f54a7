/* diff.c - see diff.h. */
#include "policy/diff.h"

void diff_begin(struct diff *d)
{
	d->any = false;
	buf_init(&d->b, 1 << 20);
	jw_init(&d->w, &d->b, false);
	jw_obj(&d->w);
}

void diff_text(struct diff *d, const char *name, struct str was, struct str now)
{
	if (str_eq(was, now))
		return;
	d->any = true;
	jw_key(&d->w, name);
	jw_arr(&d->w);
	jw_str(&d->w, was);
	jw_str(&d->w, now);
	jw_arr_end(&d->w);
}

void diff_int(struct diff *d, const char *name, int64_t was, int64_t now)
{
	if (was == now)
		return;
	d->any = true;
	jw_key(&d->w, name);
	jw_arr(&d->w);
	jw_int(&d->w, was);
	jw_int(&d->w, now);
	jw_arr_end(&d->w);
}

void diff_bool(struct diff *d, const char *name, bool was, bool now)
{
	if (was == now)
		return;
	d->any = true;
	jw_key(&d->w, name);
	jw_arr(&d->w);
	jw_bool(&d->w, was);
	jw_bool(&d->w, now);
	jw_arr_end(&d->w);
}

void diff_note(struct diff *d, const char *name, const char *what)
{
	d->any = true;
	jw_kstr(&d->w, name, str_c(what));
}

struct str diff_end(struct ctx *cx, struct diff *d)
{
	struct str s = { 0 };

	jw_obj_end(&d->w);
	if (d->any && buf_ok(&d->b))
		s = str_dup(cx->mem, buf_view(&d->b));
	buf_clear(&d->b);
	return s;
}
