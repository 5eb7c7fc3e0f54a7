/* group.h - a sharing group: organisations, on this and other instances, that share with one another. */
#ifndef MODEL_GROUP_H
#define MODEL_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

struct group_org {
	int64_t org_id;
	bool extend;            /* may change the group and add others */
	struct uuid uuid;
	struct str name;
	bool local;
};

struct group_server {
	int64_t server_id;      /* 0: this instance */
	bool all_orgs;          /* every organisation of that server is a member */
	struct str name, url;   /* of a peer; "": this instance, or one that is gone */
};

struct group {
	int64_t id;
	struct uuid uuid;
	struct str name, releasability, description;
	int64_t org_id;         /* owner */
	struct uuid org_uuid;
	struct str org_name;
	bool active, local, roaming;
	int64_t created_s, modified_s;
	int64_t sync_user_id;   /* who brought it here */
	int64_t sync_org_id;    /* 0: that user is gone */
	struct uuid sync_org_uuid;
	struct str sync_org_name;
	struct group_org *orgs; /* by organisation */
	size_t org_n;
	struct group_server *servers;
	size_t server_n;
};

static inline const struct group_org *group_member(const struct group *g, int64_t org_id)
{
	for (size_t i = 0; i < g->org_n; i++)
		if (g->orgs[i].org_id == org_id)
			return &g->orgs[i];
	return NULL;
}

static inline const struct group_server *group_server_of(const struct group *g, int64_t server_id)
{
	for (size_t i = 0; i < g->server_n; i++)
		if (g->servers[i].server_id == server_id)
			return &g->servers[i];
	return NULL;
}

#endif
