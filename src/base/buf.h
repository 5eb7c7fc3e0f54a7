/* buf.h - the only builder of bytes. Grows on the heap up to a maximum; past it the buffer is marked `over`, keeps what
 * it held before the failing call, and every later add is refused. Check once, at the end (buf_ok).
 *
 *     struct buf b;
 *     buf_init(&b, 1 << 20);
 *     buf_str(&b, S("n=")); buf_i64(&b, 5);
 *     if (!buf_ok(&b)) ...;
 *     buf_clear(&b);
 *
 * With a flush function the maximum is the size at which the content is handed on and the buffer starts anew: that is how
 * long answers are streamed. A flush that returns false marks the buffer over.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

typedef bool buf_flush_fn(void *arg, struct str bytes);

struct buf {
	char *p;
	size_t n, cap, max;
	bool over;
	buf_flush_fn *flush;
	void *flush_arg;
};

void buf_init(struct buf *b, size_t max);
void buf_init_flush(struct buf *b, size_t chunk, buf_flush_fn *fn, void *arg);
void buf_clear(struct buf *b); /* frees; a zeroed buf is fine */
static inline void buf_reset(struct buf *b)
{
	b->n = 0;
	b->over = false;
}
static inline bool buf_ok(const struct buf *b)
{
	return !b->over;
}
static inline struct str buf_view(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->n };
}
/* With a NUL behind the content; borrowed until the next call. */
const char *buf_cstr(struct buf *b);

/* Room for n more bytes: a pointer to write them to, then buf_wrote(n); NULL when over. */
char *buf_make_room(struct buf *b, size_t n); /* the long way of buf_room */
static inline char *buf_room(struct buf *b, size_t n)
{
	if (n <= b->cap - b->n && b->n + n <= b->max && !b->over)
		return b->p + b->n;
	return buf_make_room(b, n);
}
static inline void buf_wrote(struct buf *b, size_t n)
{
	b->n += n;
}

void buf_mem(struct buf *b, const void *p, size_t n);
static inline void buf_str(struct buf *b, struct str s)
{
	buf_mem(b, s.p, s.n);
}
static inline void buf_ch(struct buf *b, char c)
{
	if (b->n < b->cap && !b->over)
		b->p[b->n++] = c;
	else
		buf_mem(b, &c, 1);
}
#define I64_TEXT 20
/* The decimal digits of v at the end of t: where they start. */
char *i64_digits(int64_t v, char t[I64_TEXT]);
void buf_i64(struct buf *b, int64_t v);
void buf_hex(struct buf *b, const void *bytes, size_t n); /* lower case */
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Hands the rest to the flush function. */
bool buf_finish(struct buf *b);

#endif
