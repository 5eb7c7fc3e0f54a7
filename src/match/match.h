/* match.h - the values to look for, held in memory, and every place in a log line where one of them stands.
 *
 *     struct match_index *ix = match_index_new();
 *     match_add(ix, VK_DOMAIN, S("evil.example"), 17);       any order; the same value may come with many payloads
 *     match_ready(ix);                                        then no more additions; the index is read-only and may be
 * shared by threads match_line(ix, line, on_hit, arg); match_index_free(ix);
 *
 * What matches:
 *   address   the whole number, with or without ":port", "/len", brackets, behind "::ffff:"; 1.2.3.4 is not in 1.2.3.45
 * or 1.2.3.4.5. A network holds the addresses inside it. IPv6 in any spelling. domain    the host itself or a host
 * under it, in any case, with or without a trailing dot, wherever it stands (in a URL, an address ...). URL       the
 * same URL (scheme and host in any case, the rest as listed, a "/" at the end ignored), or one that goes on behind "/",
 * "?",
 *             "#" or "&". Listed without a scheme it is found with any scheme or none. "\/" counts as "/" (JSON).
 *   hash      the whole run of letters and digits, in any case.
 *   e-mail    the whole address, in any case.
 *   file name the last part of a path, in any case; when a path was listed, the directories listed must stand before
 * it. A name may begin behind a JSON escape ("\t", "\u0026") or a percent escape ("%2F"). Nothing in a log is freed
 * from disguise.
 *
 * Any bytes will do as a line: NUL, broken UTF-8, any length; the time is proportional to the length.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "model/attr_type.h"

struct match_index;

struct match_hit {
	size_t offset;            /* of seen, in bytes from the start of the line */
	struct str seen;          /* the text that matched: the whole host, URL, address ...; a view of the line */
	enum value_kind kind;     /* of the listed value */
	uint32_t value;           /* number of the listed value in the index, from 0 */
	const uint32_t *payloads; /* what match_add was given for it, in that order */
	size_t payload_n;
};
/* Borrows the hit; false stops. */
typedef bool match_fn(void *arg, const struct match_hit *hit);

struct match_index *match_index_new(void);
void match_index_free(struct match_index *ix);
/* Keeps a copy of the value in a form of its own. False when nothing of this kind can be found in a log (no address, a
 * name without a dot ...). */
bool match_add(struct match_index *ix, enum value_kind kind, struct str value, uint32_t payload);
void match_ready(struct match_index *ix);

/* Every hit: one an occurrence and listed value, in no particular order within the line. False when fn stopped. */
bool match_line(const struct match_index *ix, struct str line, match_fn *fn, void *arg);

size_t match_count(const struct match_index *ix);  /* different values */
size_t match_memory(const struct match_index *ix); /* bytes */

#endif
