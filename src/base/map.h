/* map.h - hash map from text to pointer, open addressing, seeded. Keys are borrowed: they must live as long as the map.
 *
 *     struct map m = { 0 };
 *     map_put(&m, S("a"), x);
 *     x = map_get(&m, S("a"));         NULL when absent
 *     for (size_t i = 0; map_next(&m, &i, &key, &val);) ...
 *     map_clear(&m);
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct map_slot {
	uint64_t h;
	struct str key;
	void *val;
};
struct map {
	struct map_slot *slots;
	size_t cap, n;
};

/* Replaces; returns the value that stood there, NULL when none. val must not be NULL. */
void *map_put(struct map *m, struct str key, void *val);
void *map_get(const struct map *m, struct str key);
bool map_next(const struct map *m, size_t *i, struct str *key, void **val);
void map_clear(struct map *m); /* frees the table, not the values */

#endif
