/* sighting.h - sightings of attributes. */
#ifndef STORE_SIGHTING_H
#define STORE_SIGHTING_H

#include "model/event.h"
#include "store/store.h"
#include "store/visible.h"

struct sighting_row {
	struct sighting s;
	struct uuid org_uuid, attribute_uuid, event_uuid;
	struct str org_name;
};

MUST_USE enum rc sighting_insert(struct ctx *cx, struct sighting *s); /* sets id; raises the event's sighting_timestamp */
MUST_USE enum rc sighting_load(struct ctx *cx, const struct scope *sc, int64_t id, const struct uuid *u, struct sighting_row *out); /* RC_DONE: none */
MUST_USE enum rc sighting_delete(struct ctx *cx, const struct sighting *s);
/* Of an event's attributes first..last, ordered by attribute and id; org_id 0: of all organisations. */
MUST_USE enum rc sighting_of_attrs(struct ctx *cx, const struct scope *sc, int64_t event_id, int64_t first, int64_t last, int64_t org_id,
				   struct sighting_row **out, size_t *n);
/* By time and type for restSearch: from/to seconds inclusive, type -1 any, source {NULL,0} any, event/attr 0 any; ids > after, up to limit. */
struct sighting_filter {
	int64_t from_s, to_s, event_id, attr_id, org_id, after;
	int type;
	struct str source;
	size_t limit;
};
MUST_USE enum rc sighting_search(struct ctx *cx, const struct scope *sc, const struct sighting_filter *f, struct sighting_row **out, size_t *n);

#endif
