/* user.h - who acts: user, role, permissions. Filled by store/ from the database, read by policy/ and api/. */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

/* Role permissions, MISP's names without "perm_"; the bit number is stored, so the order is fixed for ever. */
#define PERM_TABLE(X) \
	X(ADD, add, "add events and attributes") \
	X(MODIFY, modify, "change own events") \
	X(MODIFY_ORG, modify_org, "change events of the own organisation") \
	X(PUBLISH, publish, "publish events") \
	X(DELEGATE, delegate, "create delegation requests") \
	X(SYNC, sync, "act as a synchronisation user") \
	X(ADMIN, admin, "administer the own organisation") \
	X(AUDIT, audit, "read the audit log") \
	X(AUTH, auth, "use the API with a key") \
	X(SITE_ADMIN, site_admin, "administer everything") \
	X(REGEXP_ACCESS, regexp_access, "manage import regular expressions") \
	X(TAGGER, tagger, "attach tags") \
	X(TEMPLATE, template, "manage templates") \
	X(SHARING_GROUP, sharing_group, "manage sharing groups") \
	X(TAG_EDITOR, tag_editor, "create and change tags") \
	X(SIGHTING, sighting, "add sightings") \
	X(OBJECT_TEMPLATE, object_template, "manage object templates") \
	X(PUBLISH_ZMQ, publish_zmq, "publish to ZeroMQ") \
	X(PUBLISH_KAFKA, publish_kafka, "publish to Kafka") \
	X(DECAYING, decaying, "manage decaying models") \
	X(GALAXY_EDITOR, galaxy_editor, "manage galaxies") \
	X(WARNINGLIST, warninglist, "manage warninglists") \
	X(VIEW_FEED_CORRELATIONS, view_feed_correlations, "see feed correlations") \
	X(ANALYST_DATA, analyst_data, "add analyst data") \
	X(SKIP_OTP, skip_otp, "log in without a one-time password") \
	X(SERVER_SIGN, server_sign, "sign with the instance key")

enum perm_bit {
#define X(up, low, text) PERM_BIT_##up,
	PERM_TABLE(X)
#undef X
	PERM_BIT_COUNT
};
#define PERM(up) (1u << PERM_BIT_##up)

struct role {
	int64_t id;
	struct str name;
	uint32_t perms;         /* PERM() bits */
	bool default_role, restricted_to_site_admin;
	struct str memory_limit, max_execution_time;
	bool enforce_rate_limit;
	int64_t rate_limit_count;
	int64_t created_s, modified_s;
};

struct user {
	int64_t id, org_id, role_id;
	struct str email;
	struct str org_name;
	struct uuid org_uuid;
	uint32_t perms;         /* of the role, less what a read-only key takes away */
	bool disabled, change_pw, read_only_key;
	bool has_groups;        /* the organisation belongs to sharing groups */
	int64_t key_expiration; /* seconds; 0: the key in use never ends, or none is */
	struct role role;
};

static inline bool user_has(const struct user *u, uint32_t perms)
{
	return u && (u->perms & perms) == perms;
}
static inline bool user_is_site_admin(const struct user *u)
{
	return user_has(u, PERM(SITE_ADMIN));
}

#endif
