/* feed.h - running a feed from the command line: for the commands feed fetch, feed cache and serve --demo. */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "cli/cli.h"
#include "feed/feed.h"

/* What the settings allow. loopback: addresses of this machine may be fetched from. */
MUST_USE enum rc cli_feed_options(struct cli *c, bool loopback, struct feed_options *out);
/* Stores a feed in a transaction of its own, with its audit row; f->id is set. */
MUST_USE enum rc cli_feed_insert(struct ctx *cx, struct feed *f);

typedef enum rc cli_feed_fn(struct ctx *cx, const struct feed_options *o, int64_t feed_id, struct feed_report *rep);
/* feed_fetch or feed_cache with progress on standard error. */
MUST_USE enum rc cli_feed_run(struct ctx *cx, const struct feed_options *o, const struct feed *f, cli_feed_fn *fn, struct feed_report *rep);

#endif
