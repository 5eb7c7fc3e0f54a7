/* feed.h - indicators in from outside: a feed's document is fetched, read, compared with what is here, and stored.
 *
 *     store/feed row -> source.c (network or file, gzip) -> csv or freetext: values.c (typed, normalised, different) -> list.c (one transaction)
 *                                                        -> misp: misp.c (manifest, then each new event by policy/event_save, one transaction each)
 *                                                        -> cache.c (digests only, nothing is imported)
 *
 *     struct feed_report *rep = feed_report_new();
 *     rc = feed_fetch(cx, &options, id, rep);
 *     feed_report_json(rep, &w);
 *     feed_report_free(rep);
 *
 * A fetch of a list is one transaction: all or nothing. A fetch that finds nothing new writes nothing: not a row, not an audit entry. What cannot be
 * used (a line, a value, an event) is reported with its place and reason, and the rest is taken in.
 *
 * Failures: RC_NOTFOUND (no such feed), RC_REMOTE, RC_TIMEOUT, RC_DENIED (address not allowed), RC_TOOBIG, RC_IO (local file), RC_INVALID (not the kind
 * of document it should be: an HTML page, UTF-16, a broken archive), RC_BAD (manifest or settings are not JSON), RC_STOPPED. */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include "base/json.h"
#include "http/ip.h"
#include "store/feed.h"

/* What the process decides, not the feed. Filled by serve and by the command line. */
struct feed_options {
	bool allow_loopback;        /* fetching from loopback addresses */
	struct ip_nets allow;       /* private networks that may be fetched from */
	const char *ca_file;        /* NULL: the system's */
	const char *spool_dir;      /* large documents; NULL: the data folder */
	uint64_t size_max;          /* of one document, decoded; 0: 2 GiB */
	unsigned total_ms;          /* of one request; 0: ten minutes */
	int64_t org_id, user_id;    /* owner of what is made when cx->who is NULL */
	/* told now and then, never inside a transaction; NULL: nobody */
	void (*progress)(void *arg, uint64_t done, uint64_t total, const char *text);
	void *progress_arg;
};

enum { FEED_BAD_MAX = 100 };
struct feed_bad {
	uint64_t line;     /* from 1, 0: none */
	char item[48];     /* event uuid or a value's start, "" none */
	char why[160];
};
struct feed_report {
	bool same_content;          /* nothing was read: not modified, or the same bytes as last time */
	uint64_t bytes, lines;
	uint64_t values;            /* different ones that the document holds, after exclusion and warninglists */
	uint64_t added, removed, restored, unchanged, refused;
	uint64_t excluded, warninglisted, untyped; /* untyped: CSV fields that are no indicator */
	uint64_t events, events_added, events_changed, events_unchanged, events_filtered, events_failed;
	uint64_t cached;            /* feed_cache: digests kept */
	int64_t event_id;           /* where a list's values are */
	uint64_t bad_n;             /* all of them; the first are kept: */
	unsigned bad_kept;
	struct feed_bad bad[FEED_BAD_MAX];
};
struct feed_report *feed_report_new(void);
void feed_report_free(struct feed_report *r); /* NULL is fine */
void feed_report_json(const struct feed_report *r, struct jw *w); /* an object; zero counts are left out */
struct str feed_report_text(struct ctx *cx, const struct feed_report *r); /* the same as one text */

MUST_USE enum rc feed_fetch(struct ctx *cx, const struct feed_options *o, int64_t feed_id, struct feed_report *rep);
/* Of the feed's values digests are kept for lookups. */
MUST_USE enum rc feed_cache(struct ctx *cx, const struct feed_options *o, int64_t feed_id, struct feed_report *rep);

/* A feed as a client sends it: texts, {NULL,0} what was not sent. */
struct feed_in {
	struct str name, provider, url, rules, settings, headers, source_format, input_source;
	struct str enabled, is_default, fixed_event, delta_merge, publish, override_ids, force_to_ids, delete_local_file, lookup_visible, caching_enabled;
	struct str distribution, sharing_group_id, tag_id, event_id, orgc_id, tag_collection_id;
};
/* The feed of a client that adds one: defaults for what was not sent. RC_INVALID with the field. */
MUST_USE enum rc feed_make(struct ctx *cx, const struct feed_in *in, struct feed *out);
/* For an edit: *f holds the stored feed; what was not sent stays. *forget: the next fetch must read everything anew. */
MUST_USE enum rc feed_change(struct ctx *cx, const struct feed_in *in, struct feed *f, bool *forget);

#endif
