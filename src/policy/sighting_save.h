/* sighting_save.h - sightings that a peer brings, many at once. */
#ifndef POLICY_SIGHTING_SAVE_H
#define POLICY_SIGHTING_SAVE_H

#include "model/input.h"
#include "store/event.h"

/* One as sent: of an attribute named by uuid or number. hidden: who saw it is not told (org_id "0"). */
struct sighting_doc {
	struct str attribute, uuid, date, source, type, org_id;
	struct org_in org;
};
/* One transaction, audited. Those of unknown or deleted attributes of the event, those that are here, and those of blocked organisations are passed over. Who saw
 * it is taken from the document when the user synchronises, else it is the user's organisation. *saved: how many are new. */
MUST_USE enum rc sightings_take_in(struct ctx *cx, const struct event *e, const struct sighting_doc *v, size_t n, size_t *saved);

#endif
