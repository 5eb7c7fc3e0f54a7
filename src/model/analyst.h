/* analyst.h - notes, opinions and relationships: what people say about something that has a uuid, be it here or not. */
#ifndef MODEL_ANALYST_H
#define MODEL_ANALYST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"
#include "model/event.h"

enum analyst_kind { ANALYST_NOTE = 0, ANALYST_OPINION = 1, ANALYST_RELATIONSHIP = 2, ANALYST_KINDS }; /* stored */

/* What analyst data may be attached to; the place in the table is stored, so the order is fixed for ever. */
#define ANALYST_TARGETS(X) \
	X(ATTRIBUTE, "Attribute") \
	X(EVENT, "Event") \
	X(EVENT_REPORT, "EventReport") \
	X(GALAXY_CLUSTER, "GalaxyCluster") \
	X(GALAXY, "Galaxy") \
	X(OBJECT, "Object") \
	X(NOTE, "Note") \
	X(OPINION, "Opinion") \
	X(RELATIONSHIP, "Relationship") \
	X(ORGANISATION, "Organisation") \
	X(SHARING_GROUP, "SharingGroup")
enum analyst_target {
#define X(up, text) ON_##up,
	ANALYST_TARGETS(X)
#undef X
	ANALYST_TARGET_COUNT
};

extern const char *const analyst_names[ANALYST_KINDS];         /* "Note", "Opinion", "Relationship" */
extern const char *const analyst_targets[ANALYST_TARGET_COUNT];
/* By name as MISP spells it; false for anything else. */
bool analyst_kind_of(struct str name, enum analyst_kind *out);
bool analyst_target_of(struct str name, enum analyst_target *out);
static inline enum analyst_target analyst_as_target(enum analyst_kind k)
{
	return (enum analyst_target)(ON_NOTE + (int)k);
}

struct analyst {
	enum analyst_kind kind;
	int64_t id;
	struct uuid uuid, object_uuid;
	enum analyst_target object_type;
	int64_t org_id, orgc_id;
	struct uuid org_uuid, orgc_uuid;
	struct org org, orgc;           /* id, uuid, name, type, nationality, sector, local; zeroed when they are gone */
	struct str authors;
	int64_t created_s, modified_s;
	int distribution;
	int64_t sharing_group_id;
	bool locked;
	struct str body;                /* the note, an opinion's comment, a relationship's type */
	struct str language;            /* notes */
	int opinion;                    /* 0 to 100 */
	struct uuid related_uuid;       /* relationships: the other end */
	enum analyst_target related_type;
	/* of the sharing group at distribution 4 */
	struct {
		struct uuid uuid;
		struct str name, releasability, description;
		int64_t org_id;
		bool there, active, roaming, local;
	} group;
};

/* Nesting that is read and written: a note on an opinion on a note ... */
enum { ANALYST_DEPTH = 8 };

#endif
