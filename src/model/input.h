/* input.h - what a client, a peer or a feed sent, before any rule was applied: raw texts and which of them were there.
 * format/ fills these, model/check.h turns them into struct attr / object / event. Texts are borrowed from the unit of work. */
#ifndef MODEL_INPUT_H
#define MODEL_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A text that was not sent has p == NULL; "" and null were sent (null: IN_NULL set is not told apart from ""). */
static inline bool in_has(struct str s)
{
	return s.p != NULL;
}

struct org_in {
	struct str id, uuid, name;
};

/* A sharing group as a document or a call describes it. */
struct group_org_in {
	struct org_in org;
	struct str org_id, extend;
};
struct group_server_in {
	struct str server_id, url, all_orgs;
};
struct group_in {
	struct str uuid, name, releasability, description, active, roaming, created, modified;
	struct org_in org;
	struct group_org_in *orgs;
	size_t org_n;
	struct group_server_in *servers;
	size_t server_n;
};

/* A note, opinion or relationship, with what hangs on it. kind: enum analyst_kind. */
struct analyst_in {
	int kind;
	struct str uuid, object_uuid, object_type, authors, created, modified, distribution, sharing_group_id, locked, org_uuid, orgc_uuid;
	struct str note, language, opinion, comment, relationship_type, related_object_uuid, related_object_type;
	struct org_in orgc;
	const struct group_in *group;
	struct analyst_list {
		struct analyst_in *v;
		size_t n, cap;
	} children;
};

struct tag_in {
	struct str name, colour, relationship_type;
	bool local, has_local;
	bool exportable, has_exportable;
	bool deleted;   /* an edit takes the tag off */
};

struct sighting_in {
	struct str type, source, date, uuid, org_uuid, org_name;
};

struct attr_in {
	struct str id, uuid, event_id, object_id, relation; /* relation: object_relation */
	struct str type, category, value, value1, value2, comment;
	struct str to_ids, distribution, sharing_group_id, timestamp;
	struct str deleted, disable_correlation, first_seen, last_seen;
	struct str data;          /* base64 */
	struct str data_raw;      /* the bytes themselves, in place of data */
	struct str encrypt;       /* malware sample to be zipped by us */
	struct str enforce_warninglist; /* enforceWarninglist */
	const struct group_in *group;   /* SharingGroup, NULL when not sent */
	bool value_is_array;
	struct str *values;       /* when value was an array of texts */
	size_t value_n;
	struct tag_in *tags;      /* Tag members, galaxy cluster tag names included */
	size_t tag_n;
	struct sighting_in *sightings;
	size_t sighting_n;
	struct analyst_list analyst;
	size_t position;          /* in its list, from 0 */
};

struct ref_in {
	struct str uuid, referenced_uuid, relationship_type, comment, timestamp, deleted;
};

struct object_in {
	struct str id, uuid, event_id, name, meta_category, description;
	struct str template_uuid, template_version, comment, distribution, sharing_group_id, timestamp;
	struct str deleted, first_seen, last_seen;
	struct str break_on_duplicate; /* breakOnDuplicate */
	const struct group_in *group;
	struct attr_in *attrs;
	size_t attr_n;
	struct ref_in *refs;
	size_t ref_n;
	struct analyst_list analyst;
	size_t position;
};

struct report_in {
	struct str uuid, name, content, distribution, sharing_group_id, timestamp, deleted;
	const struct group_in *group;
	struct analyst_list analyst;
};

/* one of CryptographicKey */
struct crypt_key_in {
	struct str type, key_data, revoked;
};

struct event_in {
	struct str id, uuid, info, date, threat_level_id, analysis, distribution, sharing_group_id, timestamp, publish_timestamp;
	struct str published, locked, disable_correlation, extends_uuid, is_protected, attribute_count;
	struct org_in org, orgc;
	const struct group_in *group;    /* SharingGroup, NULL when not sent */
	struct tag_in *tags;
	size_t tag_n;
	struct report_in *reports;
	size_t report_n;
	struct crypt_key_in *keys;
	size_t key_n;
	struct analyst_list analyst;
	size_t attr_seen, object_seen;    /* counted while the head was read */
};

#endif
