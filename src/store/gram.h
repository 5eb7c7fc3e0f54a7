/* gram.h - the index behind substring searches: for each three bytes of folded text the attributes that hold them in their value or comment.
 *
 * Writes do not touch it, but for a row when a value or comment is changed. A job calls gram_step again and again: it takes the attributes behind the
 * last one taken (ids ascend in the order of commits) into a segment, and joins eight segments of a size into one. A search asks the segments, adds what
 * was changed since, and looks itself at the tail that no segment holds yet. Answers are candidates: the text decides. docs/decisions/0007.
 *
 *     TRY(gram_find(cx, &pattern, 1, 200000, &hits));      hits.usable false: too short a pattern, or too many: scan
 */
#ifndef STORE_GRAM_H
#define STORE_GRAM_H

#include "store/store.h"

enum { GRAM_BATCH = 65536, GRAM_TAIL = 4096, GRAM_CHANGED = 512 };

/* In the transaction that changes the attribute's value or comment. */
MUST_USE enum rc gram_note_change(struct ctx *cx, int64_t attr_id);
/* One step of the job, transactions of its own; *more when another one would find work. */
MUST_USE enum rc gram_step(struct ctx *cx, bool *more);
/* True when the job has something to do: a tail, changes, segments to join or remove. Reads only. */
MUST_USE enum rc gram_due(struct ctx *cx, bool *out);
/* The last attribute taken into a segment, 0 at first. */
MUST_USE enum rc gram_upto(struct ctx *cx, int64_t *out);

struct gram_hits {
	bool usable;
	int64_t *ids;  /* ascending, at most gram_upto and what was changed */
	size_t n;
};
/* Attributes that may match one of these folded patterns (as value_like reads them). */
MUST_USE enum rc gram_find(struct ctx *cx, const struct str *patterns, size_t n, size_t max, struct gram_hits *out);

/* ---- lists of ids as bytes (pure) ---- */

struct buf;
/* Appends id behind `last` (0: the first one). */
void gram_list_add(struct buf *b, int64_t last, int64_t id);
/* Ids of the list into out (room for s.n of them); how many. */
size_t gram_list_read(struct str s, int64_t *out);
/* Keeps of v, ascending, what the list holds; how many stay. */
size_t gram_list_meet(struct str s, int64_t *v, size_t n);
/* The grams of a pattern's literal parts, each once, ascending, at most max; 0: none is long enough. */
size_t gram_of_pattern(struct str pattern, uint32_t *out, size_t max);

#endif
