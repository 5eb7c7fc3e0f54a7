/* proposal.h - a change to an event that somebody else proposes to its owner (MISP: shadow attribute). */
#ifndef MODEL_PROPOSAL_H
#define MODEL_PROPOSAL_H

#include "model/attr.h"

struct proposal {
	struct attr a;             /* id, event_id, deleted (accepted or discarded), timestamp: of the proposal; the rest as the attribute is to be */
	int64_t old_id;            /* the attribute to change or delete, 0: a new one; then a.uuid is its own, else the attribute's */
	bool to_delete;
	int64_t org_id, user_id;   /* who proposes */

	/* read with it */
	struct uuid org_uuid, event_uuid, old_uuid; /* old_uuid nil: the attribute is gone, or there is none */
	struct str org_name, email;
	bool org_local;
	int64_t event_org_id;
};

#endif
