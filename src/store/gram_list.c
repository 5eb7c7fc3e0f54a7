/* gram_list.c - lists of attribute ids as bytes, and the grams of a pattern. Pure functions. */
#include <stdlib.h>

#include "base/buf.h"
#include "store/gram.h"

void gram_list_add(struct buf *b, int64_t last, int64_t id)
{
	uint64_t d = (uint64_t)(id - last);
	char t[10];
	size_t n = 0;

	for (; d >= 128; d >>= 7)
		t[n++] = (char)(d | 128);
	t[n++] = (char)d;
	buf_mem(b, t, n);
}

/* the next difference; false at the end, or when the bytes end in the middle of one */
static inline bool next(const uint8_t **p, const uint8_t *end, uint64_t *out)
{
	uint64_t d = 0;

	for (unsigned shift = 0; *p < end && shift < 64; shift += 7) {
		uint8_t c = *(*p)++;

		d |= (uint64_t)(c & 127) << shift;
		if (c < 128) {
			*out = d;
			return true;
		}
	}
	return false;
}

size_t gram_list_read(struct str s, int64_t *out)
{
	const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
	uint64_t at = 0, d;
	size_t n = 0;

	while (next(&p, end, &d))
		out[n++] = (int64_t)(at += d);
	return n;
}

size_t gram_list_meet(struct str s, int64_t *v, size_t n)
{
	const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
	uint64_t at = 0, d;
	size_t i = 0, k = 0;

	while (i < n && next(&p, end, &d)) {
		at += d;
		while (i < n && v[i] < (int64_t)at)
			i++;
		if (i < n && v[i] == (int64_t)at)
			v[k++] = v[i++];
	}
	return k;
}

static int by_gram(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a < b ? -1 : a > b;
}

size_t gram_of_pattern(struct str pattern, uint32_t *out, size_t max)
{
	const uint8_t *p = (const uint8_t *)pattern.p;
	size_t n = 0, k = 0;

	for (size_t i = 0; i + 2 < pattern.n && n < max; i++)
		if (p[i] != '%' && p[i + 1] != '%' && p[i + 2] != '%')
			out[n++] = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
	if (n)
		qsort(out, n, sizeof(*out), by_gram);
	for (size_t i = 0; i < n; i++)
		if (!k || out[k - 1] != out[i])
			out[k++] = out[i];
	return k;
}
