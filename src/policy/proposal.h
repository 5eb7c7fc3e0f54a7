/* proposal.h - proposing a change to an event, and what its owner makes of it. Each call one transaction, audited; the event itself changes only when a
 * proposal is accepted, with the versions of what was there kept as for any other edit. */
#ifndef POLICY_PROPOSAL_H
#define POLICY_PROPOSAL_H

#include "model/event.h"
#include "model/input.h"
#include "store/proposal.h"

/* RC_INVALID with a field as for an attribute. Who proposes must see the event (and attribute): the caller has loaded them so. */
MUST_USE enum rc proposal_add(struct ctx *cx, const struct event *e, const struct attr_in *in, struct proposal *out);
/* Of an attribute; what was not sent stays. RC_METHOD "Invalid input." when nothing that can be proposed was sent. */
MUST_USE enum rc proposal_edit(struct ctx *cx, const struct event *e, const struct attr *a, const struct attr_in *in, struct proposal *out);
MUST_USE enum rc proposal_delete(struct ctx *cx, const struct event *e, const struct attr *a, struct proposal *out);

/* Who may change the event. RC_METHOD "Proposal not found or you are not authorised to accept it." */
MUST_USE enum rc proposal_accept(struct ctx *cx, const struct event_key *k);
/* Who may change the event, and who proposed it. RC_METHOD "Could not discard proposal." */
MUST_USE enum rc proposal_discard(struct ctx *cx, const struct event_key *k);

#endif
