/* arena.h - memory that belongs to one unit of work and is given back at once.
 *
 * Allocation cannot fail: running out of memory, or of the arena's limit, ends the process or the unit of work
 * (arena_over tells; ctx-level code turns it into RC_LIMIT). Memory is not zeroed unless the name says so.
 * In sanitizer builds (ARENA_DEBUG) every allocation is its own malloc and reset frees it, so stale pointers show.
 *
 *     struct arena *a = arena_new(16 << 20);          heap object, limit in bytes (0: none)
 *     struct arena_mark m = arena_mark(a);
 *     char *p = arena_alloc(a, 100);
 *     arena_reset(a, m);                              gives back all since m and runs its clean-ups
 *     arena_free(a);
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct arena_mark {
	void *chunk;
	size_t used;
	void *cleanup;
	size_t total;
};

struct arena *arena_new(size_t limit);
void arena_free(struct arena *a); /* NULL is fine */

struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark m);
void arena_clear(struct arena *a); /* everything, keeping one chunk */

/* n bytes aligned for any type; the caller fills them. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull, alloc_size(2)));
void *arena_zalloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull, alloc_size(2)));
/* n * size with the product checked. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((malloc, returns_nonnull));
#define arena_one(a, type) ((type *)arena_zalloc((a), sizeof(type)))
#define arena_many(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

/* A vector in the arena: v with room for element n (elements are moved when *cap is reached). v = arena_grow(a, v, &cap, n, sizeof(*v)); v[n++] = x; */
void *arena_grow(struct arena *a, void *v, size_t *cap, size_t n, size_t size) __attribute__((returns_nonnull));

/* Copies that live as long as the arena; str_dup adds a NUL behind the bytes for C interfaces. */
struct str str_dup(struct arena *a, struct str s);
char *str_cdup(struct arena *a, struct str s);
char *str_malloc(struct str s) __attribute__((malloc, returns_nonnull)); /* on the heap, with a NUL; for free() */
struct str str_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str str_vfmt(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
struct str str_lower(struct arena *a, struct str s); /* ASCII */
struct str str_upper(struct arena *a, struct str s);

/* fn(arg) runs when the arena is reset past this point, newest first. */
void arena_cleanup(struct arena *a, void (*fn)(void *), void *arg);

/* Bytes handed out since the start; true once the limit was passed. */
size_t arena_total(const struct arena *a);
bool arena_over(const struct arena *a);

#endif
