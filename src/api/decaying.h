/* decaying.h - handlers of decaying models, and what searches and views make of their parameters. */
#ifndef API_DECAYING_H
#define API_DECAYING_H

#include "api/api.h"
#include "policy/decay_view.h"

route_fn decaying_index, decaying_view, decaying_all, decaying_add, decaying_edit, decaying_delete, decaying_enable, decaying_disable, decaying_import, decaying_export,
	decaying_update, decaying_types, decaying_link_types, decaying_simulate;

/* includeDecayScore, excludeDecayed, decayingModel, score, modelOverrides, includeFullModel. *out NULL: nothing of it was asked for. *exclude: leave out
 * what has decayed. In cx->mem. */
MUST_USE enum rc api_decay(struct req *rq, const struct params *p, struct decay_view **out, bool *exclude);

#endif
