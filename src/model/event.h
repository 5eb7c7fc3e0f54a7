/* event.h - event, object, tag, sighting and what hangs on them, as stored. */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "model/attr.h"

struct event {
	int64_t id;
	struct uuid uuid;
	int64_t org_id, orgc_id, user_id;
	struct str info;
	int32_t date;               /* days since 1970-01-01 */
	int threat_level_id;        /* 1 High, 2 Medium, 3 Low, 4 Undefined */
	int analysis;               /* 0 Initial, 1 Ongoing, 2 Completed */
	int distribution;
	int64_t sharing_group_id;
	bool published, locked, disable_correlation, is_protected, proposal_email_lock;
	int64_t timestamp, publish_timestamp, sighting_timestamp; /* seconds */
	int64_t attribute_count;
	struct uuid extends_uuid;   /* nil: none */
	bool has_extends;
};

struct object {
	int64_t id, event_id;
	struct uuid uuid;
	struct str name, meta_category, description;
	struct uuid template_uuid;
	bool has_template;
	int64_t template_version;
	int64_t timestamp;
	int distribution;
	int64_t sharing_group_id;
	struct str comment;
	bool deleted;
	int64_t first_seen_us, last_seen_us;
};

struct object_ref {
	int64_t id, object_id, event_id;
	struct uuid uuid, referenced_uuid;
	struct str relationship_type, comment;
	int64_t timestamp;
	bool deleted;
};

struct tag {
	int64_t id;
	struct str name, colour;    /* "#rrggbb" */
	bool exportable, hide_tag, local_only, is_galaxy, is_custom_galaxy;
	int64_t org_id, user_id;    /* 0: anybody may use it */
	int64_t numerical_value;
	bool has_numerical_value;
};

/* A tag on an event or an attribute. */
struct tag_binding {
	int64_t tag_id;
	bool local;
	struct str relationship_type;
};

enum sighting_type { SIGHTING_SEEN = 0, SIGHTING_FALSE_POSITIVE = 1, SIGHTING_EXPIRATION = 2 };
struct sighting {
	int64_t id, attribute_id, event_id, org_id;
	int64_t date_sighting;      /* seconds */
	struct uuid uuid;
	struct str source;
	enum sighting_type type;
};

struct org {
	int64_t id;
	struct uuid uuid;
	struct str name, description, type, nationality, sector, contacts, landingpage;
	struct str restricted_to_domain; /* JSON array or empty */
	bool local;
	int64_t created_by;
	int64_t date_created_s, date_modified_s;
};

#endif
