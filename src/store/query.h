/* query.h - searching attributes and events: every filter of restSearch, assembled here and nowhere else.
 *
 * A search is filled by the caller (texts as the client sent them), compiled once, then read page by page in the order (event, id):
 *
 *     struct search s = SEARCH_ALL;
 *     s.value.any = list;
 *     TRY(query_compile(cx, scope, &s, &plan));
 *     while (!done) TRY(query_attrs(cx, plan, 1000, &rows, &n, &done));     each page its own short snapshot
 *
 * Names (organisations, tags, types) are resolved at compile time, so that the SQL holds numbers only. What SQL cannot say the same way on both
 * engines (wildcards, letter case and accents) is tested in C on the rows that SQL lets through.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/attr.h"
#include "store/decay.h"

/* OR, AND, NOT lists of texts. */
struct cond_list {
	struct str *v;
	size_t n;
};
struct cond {
	struct cond_list any, all, none;
};
static inline bool cond_set(const struct cond *c)
{
	return c->any.n || c->all.n || c->none.n;
}
#define TIME_UNSET INT64_MIN
struct time_range {
	int64_t from, to; /* seconds, inclusive; TIME_UNSET: open */
	bool impossible;  /* an unreadable time matches nothing */
};
#define RANGE_ALL { TIME_UNSET, TIME_UNSET, false }

struct search {
	/* attribute level */
	struct cond value, value1, value2, type, category, relation, uuid, comment;
	struct time_range timestamp, first_seen, last_seen;
	int to_ids;                 /* -1 any */
	enum deleted_mode deleted;
	struct cond object_name, object_template, object_version; /* template: uuid */
	bool of_objects;            /* uuid may name objects, too */
	/* event level */
	struct cond eventid, org, creator, event_info, event_uuid; /* creator: e-mail addresses */
	struct time_range event_timestamp, publish_timestamp, date; /* date: days since 1970 */
	int published;              /* -1 any */
	int proposed;               /* has open proposals; -1 any */
	struct cond threat_level, analysis, sharing_group, distribution;
	/* both */
	struct cond tags, event_tags;
	struct str quick;           /* pattern over value, comment, event info, tags; {NULL,0} none */
	bool tags_on_event;         /* scope is events: NOT drops an event for its own tags only */
	/* an extra test by the caller (warninglists); false leaves the row out */
	bool (*keep)(void *arg, const struct attr *a);
	void *keep_arg;
	/* attributes that have decayed by each model that is for their type are left out; NULL: none is */
	const struct decay_filter *decay;
	/* a test of whole pages that may read: drop[i] set leaves v[i] out; NULL: none */
	enum rc (*sift)(void *arg, struct ctx *cx, const struct attr *v, size_t n, bool *drop);
	void *sift_arg;
};
#define SEARCH_ALL \
	{ .to_ids = -1, .published = -1, .proposed = -1, .timestamp = RANGE_ALL, .first_seen = RANGE_ALL, .last_seen = RANGE_ALL, .event_timestamp = RANGE_ALL, \
	  .publish_timestamp = RANGE_ALL, .date = RANGE_ALL }

struct query;
/* The plan lives in cx->mem; the search's texts are kept. */
MUST_USE enum rc query_compile(struct ctx *cx, const struct scope *sc, const struct search *s, struct query **out);
/* Some condition is about attributes: a search for events then goes by their attributes. */
bool query_on_attrs(const struct query *q);
/* Nothing can match (an unknown type or organisation, an unreadable time). */
bool query_impossible(const struct query *q);

/* Attributes behind the cursor, at most limit; done when there are no more. The cursor is part of the plan; query_rewind sets it back. */
MUST_USE enum rc query_attrs(struct ctx *cx, struct query *q, size_t limit, struct attr **out, size_t *n, bool *done);
/* Events by their own conditions only. */
MUST_USE enum rc query_events(struct ctx *cx, struct query *q, size_t limit, struct event **out, size_t *n, bool *done);
/* Pages then hold ids, type and value of each attribute, the rest zero. cx->mem has to live as long as the plan. */
void query_values_only(struct ctx *cx, struct query *q);
void query_rewind(struct query *q);
/* The same search from its beginning, with a cursor of its own. */
struct query *query_copy(struct ctx *cx, const struct query *q);
/* The next page begins behind this attribute; id INT64_MAX: behind this event. */
void query_seek(struct query *q, int64_t event_id, int64_t id);
/* Where the page read last ended. */
void query_place(const struct query *q, int64_t *event_id, int64_t *id);
/* How many attributes / events match. */
MUST_USE enum rc query_count_attrs(struct ctx *cx, struct query *q, int64_t *out);
MUST_USE enum rc query_count_events(struct ctx *cx, struct query *q, int64_t *out);
/* Restrict to one event, for writing a found event with its found attributes: a new plan with the same attribute conditions. */
struct query *query_in_event(struct ctx *cx, const struct query *q, int64_t event_id);

#endif
