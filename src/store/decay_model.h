/* decay_model.h - rows of decaying_model. */
#ifndef STORE_DECAY_MODEL_H
#define STORE_DECAY_MODEL_H

#include "model/decay_read.h"
#include "store/store.h"

struct decay_row {
	struct decay_model m;      /* id, name, formula, parameters */
	struct decay_types types;
	struct uuid uuid;
	struct str description, parameters, attribute_types, ref, version; /* parameters and the next two: JSON */
	int64_t org_id, generation;
	bool enabled, all_orgs, is_default;
	bool filled;               /* attr_expiry is complete for it */
};
/* By id. enabled_only: what writing keeps up. */
MUST_USE enum rc decay_model_list(struct ctx *cx, bool enabled_only, struct decay_row **out, size_t *n);
/* By id, or by uuid when id is 0. RC_DONE: none. */
MUST_USE enum rc decay_model_load(struct ctx *cx, int64_t id, const struct uuid *u, struct decay_row *out);
/* In a transaction. insert sets m.id. Both raise the generation and mark what is stored of its expiries as incomplete: the caller adds the job (decay.h). */
MUST_USE enum rc decay_model_insert(struct ctx *cx, struct decay_row *d);
MUST_USE enum rc decay_model_update(struct ctx *cx, struct decay_row *d);
MUST_USE enum rc decay_model_delete(struct ctx *cx, int64_t id);

#endif
