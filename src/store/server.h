/* server.h - other instances (peers) that this one exchanges data with. The key that opens them is kept encrypted; its key is not in the database. */
#ifndef STORE_SERVER_H
#define STORE_SERVER_H

#include "store/store.h"

enum { SERVER_KEY_MAX = 255 };

/* Flags in the order of their columns; named as MISP names them. */
#define SERVER_FLAGS(X) \
	X(push) X(pull) X(push_sightings) X(push_galaxy_clusters) X(push_analyst_data) X(pull_analyst_data) X(pull_galaxy_clusters) \
	X(publish_without_email) X(unpublish_event) X(self_signed) X(internal) X(skip_proxy) X(remove_missing_tags) X(caching_enabled)

struct server {
	int64_t id;
	struct str name, url;             /* url without a slash at its end */
	struct str authkey;               /* in clear, in cx->mem */
	int64_t org_id, remote_org_id;
#define X(name) bool name;
	SERVER_FLAGS(X)
#undef X
	int64_t lastpulledid, lastpushedid; /* 0: none yet */
	struct str pull_rules, push_rules;  /* JSON */
	int64_t cache_timestamp;            /* 0: never */
	int64_t priority;
};

MUST_USE enum rc server_load(struct ctx *cx, int64_t id, struct server *out); /* RC_DONE when there is none */
/* By priority and id. */
MUST_USE enum rc server_list(struct ctx *cx, struct server **out, size_t *n);
/* As clients name one: a number, its address or its name. RC_DONE. */
MUST_USE enum rc server_find(struct ctx *cx, struct str ref, struct server *out);

/* In a transaction. insert sets id. */
MUST_USE enum rc server_insert(struct ctx *cx, struct server *s);
MUST_USE enum rc server_update(struct ctx *cx, const struct server *s);
MUST_USE enum rc server_delete(struct ctx *cx, int64_t id); /* sharing groups lose it, too */

#endif
