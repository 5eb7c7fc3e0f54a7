/* seek.h - a place in an array of structs that ascends by a number in them.
 *
 *     size_t i = SEEK(tags, n, owner, id);                       the first whose owner is not below id, n when there is none
 *     for (; i < n && tags[i].owner == id; i++) ...
 *     size_t k = FIND(events, n, id, e);                         the one of this id, n when it is not there
 */
#ifndef BASE_SEEK_H
#define BASE_SEEK_H

#include <stddef.h>
#include <stdint.h>

#define SEEK(v, n, member, want) seek_i64((n) ? &(v)->member : NULL, (n), sizeof(*(v)), (want))
#define FIND(v, n, member, want) find_i64((n) ? &(v)->member : NULL, (n), sizeof(*(v)), (want))

static inline int64_t seek_at(const int64_t *first, size_t i, size_t size)
{
	return *(const int64_t *)(const void *)((const char *)first + i * size); /* NOLINT(clang-analyzer-core.NullDereference): not asked when n is 0 */
}

/* first: the number in the first of n structs of this size */
static inline size_t seek_i64(const int64_t *first, size_t n, size_t size, int64_t want)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (seek_at(first, mid, size) < want)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static inline size_t find_i64(const int64_t *first, size_t n, size_t size, int64_t want)
{
	size_t i = seek_i64(first, n, size, want);

	return i < n && seek_at(first, i, size) == want ? i : n;
}

#endif
