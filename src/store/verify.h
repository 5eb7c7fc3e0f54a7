/* verify.h - do the tables that are made from others still agree with them? For `misp check --deep` and the tests that kill the program. */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "store/store.h"

struct finding {
	const char *what;        /* "events with a wrong attribute_count" */
	int64_t n;               /* how many rows */
	int64_t event_id, id;    /* of one of them; 0: does not apply */
};

/* One snapshot, read in pages. out: in cx->mem, what was found; *n 0: all agrees. Kinds of rows looked at: digests, networks, uuids,
 * counts, and whether what a row refers to is there. */
MUST_USE enum rc store_verify(struct ctx *cx, struct finding **out, size_t *n);

#endif
