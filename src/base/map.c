/* map.c - see map.h. No deletion: nothing in the program needs it. */
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

static struct map_slot *find(const struct map *m, struct str key, uint64_t h)
{
	size_t mask = m->cap - 1;

	for (size_t i = h & mask;; i = (i + 1) & mask) {
		struct map_slot *s = &m->slots[i];

		if (!s->val || (s->h == h && str_eq(s->key, key)))
			return s;
	}
}

static void grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : 16;
	m->slots = calloc(m->cap, sizeof(*m->slots));
	if (!m->slots) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].val)
			*find(m, old.slots[i].key, old.slots[i].h) = old.slots[i];
	free(old.slots);
}

void *map_put(struct map *m, struct str key, void *val)
{
	uint64_t h = hash_seeded(key);
	struct map_slot *s;
	void *old;

	if ((m->n + 1) * 4 > m->cap * 3)
		grow(m);
	s = find(m, key, h);
	old = s->val;
	if (!old)
		m->n++;
	*s = (struct map_slot){ h, key, val };
	return old;
}

void *map_get(const struct map *m, struct str key)
{
	return m->cap ? find(m, key, hash_seeded(key))->val : NULL;
}

bool map_next(const struct map *m, size_t *i, struct str *key, void **val)
{
	for (; *i < m->cap; ++*i)
		if (m->slots[*i].val) {
			*key = m->slots[*i].key;
			*val = m->slots[*i].val;
			++*i;
			return true;
		}
	return false;
}

void map_clear(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}
