/* arena.c - bump allocation in chunks, marks, clean-ups.
 * Going over the limit does not fail the allocation (callers need not check); it raises a flag that the unit of work
 * looks at between steps. At twice the limit plus 64 MiB the process stops: that is a bug in a bound elsewhere. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK_MIN ((size_t)8 << 10)
#define CHUNK_MAX ((size_t)1 << 20)
#define ALIGN 16u

struct chunk {
	struct chunk *prev;
	size_t size, used;
	char pad[8];
	char data[];
};

struct cleanup {
	struct cleanup *prev;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct chunk *top;
	struct cleanup *cleanup;
	size_t limit, total;
};

static void *must(void *p)
{
	if (!p) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	return p;
}

static struct chunk *chunk_new(struct chunk *prev, size_t size)
{
	struct chunk *c = must(malloc(sizeof(*c) + size));

	c->prev = prev;
	c->size = size;
	c->used = 0;
	return c;
}

struct arena *arena_new(size_t limit)
{
	struct arena *a = must(calloc(1, sizeof(*a)));

	a->limit = limit;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a, (struct arena_mark){ 0 });
	while (a->top) {
		struct chunk *p = a->top->prev;

		free(a->top);
		a->top = p;
	}
	free(a);
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->top, a->top ? a->top->used : 0, a->cleanup, a->total };
}

void arena_reset(struct arena *a, struct arena_mark m)
{
	while (a->cleanup && a->cleanup != m.cleanup) {
		struct cleanup *c = a->cleanup;

		a->cleanup = c->prev;
		c->fn(c->arg);
	}
	while (a->top && a->top != m.chunk) {
		struct chunk *p = a->top->prev;

#ifndef ARENA_DEBUG
		if (!p && !m.chunk && a->top->size <= CHUNK_MAX) { /* keep the first one */
			a->top->used = 0;
			break;
		}
#endif
		free(a->top);
		a->top = p;
	}
	if (a->top && a->top == m.chunk)
		a->top->used = m.used;
	a->total = m.total;
}

void arena_clear(struct arena *a)
{
	arena_reset(a, (struct arena_mark){ 0 });
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct chunk *c = a->top;
	size_t want = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	void *p;

	if (want < n)
		must(NULL);
	a->total += want;
	if (a->limit && a->total > 2 * a->limit + ((size_t)64 << 20)) {
		fprintf(stderr, "misp: unit of work took %zu bytes, limit %zu\n", a->total, a->limit);
		abort();
	}
#ifdef ARENA_DEBUG
	c = a->top = chunk_new(c, n ? n : 1);
	c->used = n;
	return c->data;
#endif
	if (!c || c->size - c->used < want) {
		size_t size = c ? c->size * 2 : CHUNK_MIN;

		if (size > CHUNK_MAX)
			size = CHUNK_MAX;
		if (size < want)
			size = want;
		c = a->top = chunk_new(c, size);
	}
	p = c->data + c->used;
	c->used += want;
	return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		must(NULL);
	return arena_alloc(a, all);
}

void *arena_grow(struct arena *a, void *v, size_t *cap, size_t n, size_t size)
{
	void *w;

	if (v && n < *cap)
		return v;
	*cap = n < 8 ? 16 : n * 2;
	w = arena_array(a, *cap, size);
	if (v)
		memcpy(w, v, n * size);
	return w;
}

struct str str_dup(struct arena *a, struct str s)
{
	return (struct str){ str_cdup(a, s), s.n };
}

char *str_cdup(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return p;
}

char *str_malloc(struct str s)
{
	char *p = must(malloc(s.n + 1));

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return p;
}

struct str str_vfmt(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return S("");
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return str_n(p, (size_t)n);
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	struct str s;

	va_start(ap, fmt);
	s = str_vfmt(a, fmt, ap);
	va_end(ap);
	return s;
}

struct str str_lower(struct arena *a, struct str s)
{
	char *p = str_cdup(a, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)ch_to_lower((unsigned char)p[i]);
	return str_n(p, s.n);
}

struct str str_upper(struct arena *a, struct str s)
{
	char *p = str_cdup(a, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)ch_to_upper((unsigned char)p[i]);
	return str_n(p, s.n);
}

void arena_cleanup(struct arena *a, void (*fn)(void *), void *arg)
{
	struct cleanup *c = arena_alloc(a, sizeof(*c));

	*c = (struct cleanup){ a->cleanup, fn, arg };
	a->cleanup = c;
}

size_t arena_total(const struct arena *a)
{
	return a->total;
}

bool arena_over(const struct arena *a)
{
	return a->limit && a->total > a->limit;
}
