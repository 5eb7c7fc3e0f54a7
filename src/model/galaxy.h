/* galaxy.h - galaxies, their clusters, what is known about a cluster and how clusters are linked. */
#ifndef MODEL_GALAXY_H
#define MODEL_GALAXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

struct galaxy {
	int64_t id;
	struct uuid uuid;
	struct str name, type, description, icon, namespace;
	int64_t version;
	struct str kill_chain_order; /* JSON object; {NULL,0}: none */
	bool enabled, local_only;
};

struct cluster {
	int64_t id, galaxy_id;
	struct uuid uuid, collection_uuid; /* collection nil: none */
	struct str type;                   /* of its galaxy */
	struct str value, tag_name, description, source;
	struct str authors;                /* JSON array */
	int64_t version;
	int distribution;
	int64_t sharing_group_id, org_id, orgc_id;
	bool is_default, locked, published, deleted;
	struct uuid extends_uuid;          /* nil: no fork */
	int64_t extends_version;
};

struct cluster_element {
	int64_t id, cluster_id;
	struct str key, value;
};

struct cluster_relation {
	int64_t id, cluster_id;
	struct uuid cluster_uuid, referenced_uuid;
	int64_t referenced_id; /* 0: not here */
	struct str type;
	int distribution;
	int64_t sharing_group_id;
	bool is_default;
};

#endif
