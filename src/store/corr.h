/* corr.h - who else holds a value: rows of the digest index of other events that the reader may see. Correlation itself: correlate/. */
#ifndef STORE_CORR_H
#define STORE_CORR_H

#include "model/value.h"
#include "store/attr.h"

/* Rows read for one digest; with more holders than this the rest is counted as "1000+". */
enum { CORR_ROWS_MAX = 1001 };

struct corr_row {
	int64_t digest, event_id, attr_id;
	int half;
};

/* Of each digest the newest CORR_ROWS_MAX live, correlating rows outside event `except` (0: none excepted) and of events before `before` (0: all), events
 * by id descending.
 * Rows of one digest lie together. Text behind the digest is not compared here. CORR_OF_EVENTS: one row an event, without attribute. */
enum corr_what { CORR_OF_ATTRS, CORR_OF_EVENTS, CORR_OF_PIECES };
MUST_USE enum rc corr_by_digest(struct ctx *cx, const struct scope *sc, int64_t except, int64_t before, enum corr_what what, const int64_t *digests, size_t n,
				struct corr_row **out, size_t *out_n);
/* Networks that hold this address or network (wider), and addresses and networks inside it (narrower), not the equal one. */
MUST_USE enum rc corr_by_net(struct ctx *cx, const struct scope *sc, int64_t except, const struct net *net, struct corr_row **out, size_t *out_n);
/* Attributes by key, as far as the reader may see them; order by event, id. */
struct attr_ref {
	int64_t event_id, attr_id;
};
MUST_USE enum rc attr_load_many(struct ctx *cx, const struct scope *sc, const int64_t *ids, size_t n, struct attr **out, size_t *out_n);

#endif
