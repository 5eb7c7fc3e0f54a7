/* misp_proposal.h - a proposal (ShadowAttribute) as MISP's JSON, in the form of each call. */
#ifndef FORMAT_MISP_PROPOSAL_H
#define FORMAT_MISP_PROPOSAL_H

#include "base/json.h"
#include "model/proposal.h"

enum proposal_shape {
	PROPOSAL_SAVED,  /* add and edit */
	PROPOSAL_ALONE,  /* view */
	PROPOSAL_LISTED, /* index */
	PROPOSAL_INSIDE, /* an entry of ShadowAttribute in an event or attribute */
};
/* The object without a wrapper. */
void misp_write_proposal(struct jw *w, enum proposal_shape shape, const struct proposal *p);
/* The key ShadowAttribute with all of them that are about this attribute; 0: about none. p comes ascending by old_id. */
void misp_write_proposals(struct jw *w, const struct proposal *p, size_t n, int64_t attr_id);

#endif
