/* uuid.h - UUIDs (RFC 4122): 16 bytes in the program and the database, 36 characters of lower case outside. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct uuid {
	uint8_t b[16];
};
#define UUID_TEXT 36

bool uuid_parse(struct str s, struct uuid *out); /* 8-4-4-4-12 hex digits of any case */
void uuid_text(const struct uuid *u, char out[UUID_TEXT + 1]);
void uuid_random(struct uuid *out); /* version 4 */
/* Version 4 for a row of the store: the first 48 bits are the time in milliseconds, 74 bits are random. Rows made together lie together in
 * the index of uuids, so that a small event touches one of its pages, not one an attribute. */
void uuid_fresh(int64_t now_us, struct uuid *out);
/* Version 5: SHA-1 of name space and name. */
void uuid_named(const struct uuid *space, struct str name, struct uuid *out);
static inline bool uuid_eq(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, 16) == 0;
}
bool uuid_is_nil(const struct uuid *u);

#endif
