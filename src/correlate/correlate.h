/* correlate.h - equal and near values between events, read through the digest index when asked for; no pairs are stored, no value is dropped.
 *
 * A value's rarity is the number of events that hold it and that the reader may see (exact to 1,000, then CORR_MANY). What is rare says more: related
 * events are ranked by the sum over shared values of 1 / log2(1 + rarity), then by time. Of a value with more holders the newest CORR_MANY are related. Types that never correlate take no part, and values that the
 * caller's `hidden` test names (warninglists) are left out and counted.
 *
 *     struct related *r;
 *     TRY(correlate_event(cx, scope, e, &opts, &r));     r->v[i]: event id, score, links; r->total, r->hidden
 */
#ifndef CORRELATE_CORRELATE_H
#define CORRELATE_CORRELATE_H

#include "store/attr.h"

enum { CORR_MANY = 1000 }; /* rarity: at least this many */

struct corr_options {
	bool (*hidden)(void *arg, const struct attr *a); /* NULL: none */
	void *hidden_arg;
	size_t limit;        /* related events kept, best first; 0: all */
	/* correlate_attrs */
	const int64_t *only; /* ids of other events, ascending: links to these only; NULL: to all */
	size_t only_n;
	int64_t before;      /* a cursor: equal values of events before this id only, nothing near; 0: from the newest on */
	int64_t *next;       /* gets the cursor of the rest, 0 when there is none; NULL: not asked */
};

/* One shared value between an attribute here and one of another event. */
struct corr_link {
	int64_t attr_id;          /* here */
	int64_t other_event, other_attr;
	struct str value;         /* the value here */
	int rarity;
	enum { CORR_EQUAL, CORR_NET, CORR_SSDEEP } why;
};

struct related_event {
	int64_t event_id;
	double score;
	int values;               /* shared */
	int rarest;
};

struct related {
	struct related_event *v;
	size_t n, total;          /* total before limit */
	size_t hidden;            /* values left out by opts->hidden */
};

/* For one who reads the event's attributes anyway: hand over each page, then ask. Everything lives in an arena of its own, freed with cx->mem. */
struct correlating;
MUST_USE enum rc correlate_begin(struct ctx *cx, const struct scope *sc, const struct event *e, const struct corr_options *o, struct correlating **out);
MUST_USE enum rc correlate_page(struct ctx *cx, struct correlating *c, const struct attr *v, size_t n);
MUST_USE enum rc correlate_end(struct ctx *cx, struct correlating *c, struct related *out);
/* Reads the event's attributes page by page. */
MUST_USE enum rc correlate_event(struct ctx *cx, const struct scope *sc, int64_t event_id, const struct corr_options *o, struct related *out);
/* The links of some attributes (of one event): each other attribute that is equal or near, text compared, newest first; about CORR_MANY a value, the rest
 * by the cursor. With several attributes whose values have more, the cursor starts again at the value that got least far: ask for one attribute then. */
MUST_USE enum rc correlate_attrs(struct ctx *cx, const struct scope *sc, const struct attr *v, size_t n, const struct corr_options *o, struct corr_link **out,
				 size_t *out_n);

#endif
