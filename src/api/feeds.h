/* feeds.h - handlers of feeds and jobs; rows in feed_routes.inc.h. */
#ifndef API_FEEDS_H
#define API_FEEDS_H

#include "api/api.h"

/* feeds.c */
enum rc feeds_index(struct req *rq, struct resp *rs);
enum rc feeds_view(struct req *rq, struct resp *rs);
enum rc feeds_add(struct req *rq, struct resp *rs);
enum rc feeds_edit(struct req *rq, struct resp *rs);
enum rc feeds_delete(struct req *rq, struct resp *rs);
enum rc feeds_enable(struct req *rq, struct resp *rs);
enum rc feeds_disable(struct req *rq, struct resp *rs);
enum rc feeds_fetch(struct req *rq, struct resp *rs);
enum rc feeds_fetch_all(struct req *rq, struct resp *rs);
enum rc feeds_cache(struct req *rq, struct resp *rs);
enum rc feeds_search_caches(struct req *rq, struct resp *rs);

/* jobs.c */
enum rc jobs_index(struct req *rq, struct resp *rs);
enum rc jobs_view(struct req *rq, struct resp *rs);
enum rc jobs_progress(struct req *rq, struct resp *rs);

#endif
