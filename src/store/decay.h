/* decay.h - what decaying models need to know about attributes, and the expiries stored of it (attr_expiry).
 *
 * attr_expiry has a row for each attribute and each enabled model that is for its type: the last second at which the attribute has not decayed. Whoever
 * changes what that depends on says so inside the transaction,
 *
 *     decay_mark(cx, event_id, first, last);           attributes first..last of the event
 *
 * which only remembers the range; the commit computes the rows anew, when a model is enabled at all. A model that was enabled or changed is not `filled`
 * until a job has been through all attributes (decay_fill): until then readers compute, see policy/decay_view.h.
 */
#ifndef STORE_DECAY_H
#define STORE_DECAY_H

#include "model/attr.h"
#include "store/decay_model.h"

/* Tags and sightings of a run of attributes of one event, in cx->mem. */
struct decay_page {
	struct decay_tag *event_tags, *tags;
	struct decay_owner {
		int64_t owner;
	} *owners;                     /* of tags, ascending */
	size_t event_tag_n, tag_n;
	struct decay_seen {
		int64_t attr_id, n, true_n, last; /* last: of type 0, DECAY_NEVER none */
	} *seen;                       /* ascending */
	size_t seen_n;
};
MUST_USE enum rc decay_page_load(struct ctx *cx, int64_t event_id, int64_t first, int64_t last, struct decay_page *out);
void decay_facts_of(const struct decay_page *p, const struct attr *a, struct decay_facts *out); /* id, timestamp, last_seen_us of a */

enum { DECAY_ALL = 0 }; /* as last: to the end of the event */
void decay_mark(struct ctx *cx, int64_t event_id, int64_t first, int64_t last);
/* The same, when a model weighs the tag: attr_id 0: on the event. */
void decay_mark_tag(struct ctx *cx, int64_t event_id, int64_t attr_id, int64_t tag_id);
/* For store_commit and store_rollback. */
MUST_USE enum rc decay_settle(struct ctx *cx);
void decay_forget(struct ctx *cx);

/* What all attributes depend on has changed (a tag's number): every enabled model is to be filled again. In a transaction; adds the jobs. */
MUST_USE enum rc decay_refill_all(struct ctx *cx);
/* Adds the job that fills the model, or clears what is stored of one that is disabled or gone. */
MUST_USE enum rc decay_job_add(struct ctx *cx, int64_t model_id);
/* The job: page by page, each its own transaction. *rows: written or removed. */
MUST_USE enum rc decay_fill(struct ctx *cx, int64_t model_id, int64_t *rows);

/* For searches: rows of these models count; types: what any of them is for. */
struct decay_filter {
	int64_t now_s;
	const int64_t *models, *types;
	size_t model_n, type_n;
};

#endif
