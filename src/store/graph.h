/* graph.h - layouts of an event's graph that users keep; seen by the organisation of who keeps them. */
#ifndef STORE_GRAPH_H
#define STORE_GRAPH_H

#include "store/store.h"
#include "model/scope.h"

struct saved_graph {
	int64_t id, event_id, user_id, org_id, timestamp;
	struct str network_name;  /* {NULL,0}: none */
	struct str network_json, preview_img;
	struct str email;         /* of the user, "" when he is gone */
};
/* Of an event the reader may see (the caller has asked), newest first; id 0: all of them. */
MUST_USE enum rc graph_list(struct ctx *cx, int64_t org_id, int64_t event_id, int64_t id, struct saved_graph **out, size_t *n);
/* RC_DONE when there is none, or it is of another organisation and the reader no site admin. */
MUST_USE enum rc graph_load(struct ctx *cx, const struct scope *sc, int64_t id, struct saved_graph *out);
/* In a transaction. insert sets id. */
MUST_USE enum rc graph_insert(struct ctx *cx, struct saved_graph *g);
MUST_USE enum rc graph_delete(struct ctx *cx, const struct saved_graph *g);

#endif
