/* ctx.c - unit of work and its failure. */
#include "base/ctx.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"

static const struct {
	int http, code;
	const char *text;
} table[] = {
#define X(name, http, code, text) { http, code, text },
	RC_TABLE(X)
#undef X
};

int rc_http(enum rc rc) { return table[rc].http; }
int rc_exit(enum rc rc) { return table[rc].code; }
const char *rc_text(enum rc rc) { return table[rc].text; }

void ctx_init(struct ctx *cx, size_t mem_limit)
{
	*cx = (struct ctx){ .mem = arena_new(mem_limit), .now_us = clock_now_us() };
}

void ctx_clear(struct ctx *cx)
{
	arena_free(cx->mem);
	*cx = (struct ctx){ 0 };
}

__attribute__((format(printf, 4, 0)))
static enum rc record(struct ctx *cx, enum rc rc, const char *field, const char *fmt, va_list ap, int eno)
{
	struct err *e = &cx->err;
	int n;

	if (e->rc != RC_OK)
		return rc;
	e->rc = rc;
	snprintf(e->field, sizeof(e->field), "%s", field ? field : "");
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	if (eno && n > 0 && (size_t)n < sizeof(e->msg)) {
		char t[96];

		snprintf(e->msg + n, sizeof(e->msg) - (size_t)n, ": %s", strerror_r(eno, t, sizeof(t)));
	}
	/* a cut in the middle of a character would not be text any more */
	for (n = (int)strlen(e->msg); n > 0 && (size_t)n >= sizeof(e->msg) - 1 && (e->msg[n - 1] & 0x80);)
		e->msg[--n] = 0;
	return rc;
}

enum rc (fail)(struct ctx *cx, enum rc rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(cx, rc, NULL, fmt, ap, 0);
	va_end(ap);
	return rc;
}

enum rc (fail_field)(struct ctx *cx, enum rc rc, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(cx, rc, field, fmt, ap, 0);
	va_end(ap);
	return rc;
}

enum rc (fail_errno)(struct ctx *cx, enum rc rc, const char *fmt, ...)
{
	int eno = errno;
	va_list ap;

	va_start(ap, fmt);
	record(cx, rc, NULL, fmt, ap, eno);
	va_end(ap);
	return rc;
}

void ctx_forgive(struct ctx *cx)
{
	cx->err = (struct err){ 0 };
}
