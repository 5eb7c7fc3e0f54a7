/* buf.c - bounded byte builder, see buf.h. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_init_flush(struct buf *b, size_t chunk, buf_flush_fn *fn, void *arg)
{
	*b = (struct buf){ .max = chunk, .flush = fn, .flush_arg = arg };
}

void buf_clear(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

static bool grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	while (cap < need)
		cap = cap > need / 2 ? cap * 2 : need;
	if (cap > b->max && need <= b->max) /* so that room in cap is room below the maximum */
		cap = b->max;
	p = realloc(b->p, cap);
	if (!p) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	b->p = p;
	b->cap = cap;
	return true;
}

bool buf_finish(struct buf *b)
{
	if (b->flush && b->n && !b->over) {
		if (!b->flush(b->flush_arg, buf_view(b)))
			b->over = true;
		b->n = 0;
	}
	return !b->over;
}

char *buf_make_room(struct buf *b, size_t n)
{
	if (b->over)
		return NULL;
	if (b->n + n < n) {
		b->over = true;
		return NULL;
	}
	if (b->n + n > b->max) {
		if (!b->flush) {
			b->over = true;
			return NULL;
		}
		if (!buf_finish(b))
			return NULL;
	}
	if (b->n + n > b->cap)
		grow(b, b->n + n);
	return b->p + b->n;
}

void buf_mem(struct buf *b, const void *p, size_t n)
{
	char *d;

	if (n == 0 || !(d = buf_room(b, n)))
		return;
	memcpy(d, p, n);
	b->n += n;
}

const char *buf_cstr(struct buf *b)
{
	if (b->n + 1 > b->cap) {
		size_t max = b->max;

		b->max = b->n + 1 > max ? b->n + 1 : max;
		grow(b, b->n + 1);
		b->max = max;
	}
	b->p[b->n] = 0;
	return b->p;
}

char *i64_digits(int64_t v, char t[I64_TEXT])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
				    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char *p = t + I64_TEXT;

	for (; u >= 100; u /= 100)
		memcpy(p -= 2, pairs + 2 * (u % 100), 2);
	if (u >= 10)
		memcpy(p -= 2, pairs + 2 * u, 2);
	else
		*--p = (char)('0' + u);
	if (v < 0)
		*--p = '-';
	return p;
}

void buf_i64(struct buf *b, int64_t v)
{
	char t[I64_TEXT], *p = i64_digits(v, t);

	buf_mem(b, p, (size_t)(t + I64_TEXT - p));
}

void buf_hex(struct buf *b, const void *bytes, size_t n)
{
	const uint8_t *s = bytes;
	char *d = buf_room(b, n * 2);

	if (!d)
		return;
	for (size_t i = 0; i < n; i++)
		d = hex_put(d, s[i]);
	b->n += n * 2;
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *d;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !(d = buf_room(b, (size_t)n + 1)))
		return;
	vsnprintf(d, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}
