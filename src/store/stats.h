/* stats.h - counts for statistics calls. */
#ifndef STORE_STATS_H
#define STORE_STATS_H

#include "store/attr.h"

struct stat_count {
	int key; /* id of a type, or a category */
	int64_t n;
};
/* Live attributes the reader may see, by type or by category; only those with a count above 0, by key. */
MUST_USE enum rc stats_attrs(struct ctx *cx, const struct scope *sc, bool by_category, struct stat_count **out, size_t *n);


/* Numbers of the whole instance; those about events and attributes of what the reader may see. */
struct stats_instance {
	int64_t events, events_month, attributes, attributes_month, proposals, users, users_pgp, contributing_orgs;
	int64_t correlations; /* ordered pairs of events that hold one value, each value once */
};
MUST_USE enum rc stats_instance(struct ctx *cx, const struct scope *sc, int64_t month_s, struct stats_instance *out);

/* Users and organisations, all and those made since a time in seconds. */
enum stats_who { STATS_USERS, STATS_LOCAL_ORGS, STATS_OTHER_ORGS };
MUST_USE enum rc stats_made_since(struct ctx *cx, enum stats_who who, int64_t since_s, int64_t *out);

/* Rows of three numbers, what the reader may see: events of each creating organisation with their live attributes; attributes of each organisation and
 * type; events of an organisation changed since a time, by day (days since 1970). Sightings of an organisation: event, type, source. */
struct stat_row {
	int64_t key, sub, n;
	struct str text; /* of sightings: the source */
};
MUST_USE enum rc stats_org_events(struct ctx *cx, const struct scope *sc, struct stat_row **out, size_t *n);
MUST_USE enum rc stats_org_types(struct ctx *cx, const struct scope *sc, struct stat_row **out, size_t *n);
MUST_USE enum rc stats_org_days(struct ctx *cx, const struct scope *sc, int64_t since_s, struct stat_row **out, size_t *n);
MUST_USE enum rc stats_sightings(struct ctx *cx, int64_t org_id, int64_t since_s, struct stat_row **out, size_t *n);

#endif
