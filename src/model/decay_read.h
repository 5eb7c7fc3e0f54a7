/* decay_read.h - the parameters of a decaying model as JSON, and the attribute types it is for. */
#ifndef MODEL_DECAY_READ_H
#define MODEL_DECAY_READ_H

#include "base/json.h"
#include "model/decay.h"

/* {"lifetime": days, "decay_speed", "threshold", "default_base_score", "base_score_config": {taxonomy: weight}, "settings": {..}}; numbers may be texts.
 * RC_INVALID "Invalid parameter `..`." for what is missing or out of its range, RC_BAD for what is no JSON. */
MUST_USE enum rc decay_parameters_read(struct ctx *cx, struct str json, struct decay_model *m);
void decay_parameters_write(struct jw *w, const struct decay_model *m);

/* one bit for each attribute type */
struct decay_types {
	uint64_t bits[8];
};
/* An array of names; unknown ones stand for nothing. */
MUST_USE enum rc decay_types_read(struct ctx *cx, struct str json, struct decay_types *out);
static inline bool decay_types_has(const struct decay_types *t, int type_id)
{
	return type_id >= 0 && type_id < 512 && (t->bits[type_id / 64] >> type_id % 64 & 1);
}

#endif
