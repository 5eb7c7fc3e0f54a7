/* feed_cache.h - values of feeds that are looked up without being imported: digests only.
 *
 *     TRY(feed_cache_put(cx, feed_id, v, n, &count));     in a transaction: these and no others are the feed's from now on
 *     TRY(feed_cache_find(cx, S("198.51.100.7"), &hits, &n));
 *
 * A feed is kept either by its values (digest of the folded value) or by its hash list (digest of the MD5 of the value, in hex); a lookup asks for
 * both. */
#ifndef STORE_FEED_CACHE_H
#define STORE_FEED_CACHE_H

#include "store/store.h"

struct cached {
	int64_t digest;
	struct uuid event; /* nil: not of a MISP feed */
};
/* Sorts v. *count (may be NULL): different ones among them. Only what changed is written. */
MUST_USE enum rc feed_cache_put(struct ctx *cx, int64_t feed_id, struct cached *v, size_t n, size_t *count);

struct cache_hit {
	int64_t feed_id;
	struct uuid event;
};
/* Ordered by feed and event, at most 10,000. */
MUST_USE enum rc feed_cache_find(struct ctx *cx, struct str value, struct cache_hit **out, size_t *n);
/* Different values of the feed, and those among them that another feed has, too. A feed kept by its hash list shares nothing with one kept by values. */
MUST_USE enum rc feed_cache_count(struct ctx *cx, int64_t feed_id, int64_t *out);
MUST_USE enum rc feed_cache_covered(struct ctx *cx, int64_t feed_id, int64_t *out);

/* Digest of a line of a hash list. */
int64_t feed_cache_md5_digest(const struct store *st, const uint8_t md5[16]);

#endif
