/* feed.h - feeds: where indicators are fetched from, how they are taken in, and what the last fetch found. */
#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "store/store.h"

enum { FEED_HASH_LEN = 32 };

struct feed {
	int64_t id;
	struct str name, provider, url;
	struct str rules, settings, headers; /* as the client sent them, {NULL,0}: none */
	struct str source_format;            /* misp, csv, freetext */
	struct str input_source;             /* network, local */
	bool enabled, is_default, fixed_event, delta_merge, publish, override_ids, force_to_ids, delete_local_file, lookup_visible, caching_enabled;
	int distribution;
	int64_t sharing_group_id, tag_id, event_id, orgc_id, tag_collection_id;
	int64_t cache_timestamp;             /* 0: never cached */
	/* of the last fetch that was taken in */
	struct str etag, last_modified;      /* {NULL,0}: none */
	bool has_hash;
	uint8_t content_hash[FEED_HASH_LEN];
	int64_t last_fetch;                  /* seconds, 0: never */
	struct str last_report;              /* JSON, {NULL,0}: none */
};

MUST_USE enum rc feed_load(struct ctx *cx, int64_t id, struct feed *out); /* RC_NOTFOUND "Invalid feed." */
/* The same inside a transaction; nobody else changes the row before its end. */
MUST_USE enum rc feed_load_locked(struct ctx *cx, int64_t id, struct feed *out);
MUST_USE enum rc feed_list(struct ctx *cx, struct feed **out, size_t *n); /* by id */

/* In a transaction. insert sets id. */
MUST_USE enum rc feed_insert(struct ctx *cx, struct feed *f);
/* All that a person sets, event_id included; what the last fetch found stays, unless forget is set (source or treatment changed). */
MUST_USE enum rc feed_update(struct ctx *cx, const struct feed *f, bool forget);
MUST_USE enum rc feed_delete(struct ctx *cx, int64_t id); /* its cached values too */
/* event_id, etag, last_modified, content_hash, last_fetch, last_report. */
MUST_USE enum rc feed_fetched(struct ctx *cx, const struct feed *f);
MUST_USE enum rc feed_cached(struct ctx *cx, int64_t id, int64_t at_s);

#endif
