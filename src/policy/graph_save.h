/* graph_save.h - keeping layouts of an event's graph: for who may change the event; taken away by who keeps it, and by site admins. One transaction each. */
#ifndef POLICY_GRAPH_SAVE_H
#define POLICY_GRAPH_SAVE_H

#include "model/event.h"
#include "model/user.h"
#include "store/graph.h"

struct graph_form {
	struct str network_json, network_name, preview_img; /* p == NULL: was not sent */
};
/* RC_DENIED, RC_METHOD "No network data set" and "Network data is not valid JSON." */
MUST_USE enum rc graph_add(struct ctx *cx, const struct event *e, const struct graph_form *f);
/* RC_NOTFOUND "Invalid EventGraph", RC_METHOD "This eventGraph does not belong to you." */
MUST_USE enum rc graph_remove(struct ctx *cx, int64_t id);

#endif
