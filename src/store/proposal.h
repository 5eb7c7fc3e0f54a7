/* proposal.h - proposals: rows of shadow_attribute. One is seen by who sees the event and, when it is about an attribute, that attribute. */
#ifndef STORE_PROPOSAL_H
#define STORE_PROPOSAL_H

#include "model/proposal.h"
#include "store/attr.h"

struct proposal_filter {
	int64_t event_id;          /* 0: of all events */
	int64_t since;             /* timestamp at least, 0: any */
	int64_t orgc_id;           /* events that this organisation created, 0: any */
	enum deleted_mode deleted;
	struct str search;         /* part of value, comment, uuid or organisation; {NULL,0}: all */
};
/* By id. */
MUST_USE enum rc proposal_list(struct ctx *cx, const struct scope *sc, const struct proposal_filter *f, struct proposal **out, size_t *n);
/* An open one, by id or uuid (of several with the same uuid the latest). RC_DONE (no failure recorded) when there is none, or it may not be seen. */
MUST_USE enum rc proposal_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct proposal *out);

/* In a transaction. insert sets a.id. */
MUST_USE enum rc proposal_insert(struct ctx *cx, struct proposal *p);
/* Accepted or discarded: kept for those who synchronise. */
MUST_USE enum rc proposal_close(struct ctx *cx, const struct proposal *p);

#endif
