/* cluster_import.h - clusters that come as documents: imported by a person, or brought by a peer. A galaxy that is not here is made of what the document says. */
#ifndef POLICY_CLUSTER_IMPORT_H
#define POLICY_CLUSTER_IMPORT_H

#include "model/input.h"
#include "policy/cluster_save.h"

struct cluster_doc {
	struct cluster_new x;     /* uuid, value, version, published and the rest of c as sent */
	struct galaxy galaxy;     /* uuid nil: not sent; type "" unless sent */
	struct org_in orgc;
};
enum cluster_taken { CLUSTER_IMPORTED, CLUSTER_IGNORED };
/* One transaction. RC_INVALID, RC_DENIED with the reason: the next may be tried. Newer versions replace those that came from elsewhere; those made here are
 * changed by those who may edit them. */
MUST_USE enum rc cluster_import(struct ctx *cx, struct cluster_doc *d, enum cluster_taken *out);

/* A galaxy made or changed by a person: galaxy editors; switched on and off by site admins. RC_INVALID, RC_DENIED. */
MUST_USE enum rc galaxy_save(struct ctx *cx, struct galaxy *g);
MUST_USE enum rc galaxy_switch(struct ctx *cx, struct galaxy *g, bool enabled);

#endif
