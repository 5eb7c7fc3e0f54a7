/* analyst.h - notes, opinions and relationships: rows of analyst_data.
 *
 * Their own distribution decides who sees them (visible.h), not what they are attached to: that may be somewhere else. */
#ifndef STORE_ANALYST_H
#define STORE_ANALYST_H

#include "model/analyst.h"
#include "store/event.h"
#include "store/store.h"
#include "store/visible.h"

/* By number, or by uuid (then of any kind: look at out->kind). RC_DONE (no failure recorded) when there is none or it may not be seen. */
MUST_USE enum rc analyst_load(struct ctx *cx, const struct scope *sc, enum analyst_kind kind, const struct event_key *k, struct analyst *out);
/* All that hangs on these, and what hangs on that, ANALYST_DEPTH deep: one query. In no order. */
MUST_USE enum rc analyst_of(struct ctx *cx, const struct scope *sc, const struct uuid *v, size_t n, struct analyst **out, size_t *out_n);
/* Is there any at all: a document asks once, and mostly is done. */
MUST_USE enum rc analyst_any(struct ctx *cx, bool *out);
/* Relationships that point to it. */
MUST_USE enum rc analyst_inbound(struct ctx *cx, const struct scope *sc, const struct uuid *u, struct analyst **out, size_t *n);

struct analyst_filter {
	enum analyst_kind kind;
	const struct uuid *uuids;        /* these only; NULL: all */
	size_t uuid_n;
	bool of_object;                  /* about this one only */
	struct uuid object_uuid;
	int64_t after;                   /* ids > after */
	size_t limit;
};
/* By id. */
MUST_USE enum rc analyst_list(struct ctx *cx, const struct scope *sc, const struct analyst_filter *f, struct analyst **out, size_t *n);

/* What a peer asks for: uuid and time of change of each that may be seen. Of the organisations in, none of those in out. */
struct analyst_stamp {
	int64_t id;
	struct uuid uuid;
	int64_t modified_s;
	bool locked;
};
struct analyst_orgs {
	const int64_t *in, *out;
	size_t in_n, out_n;
};
MUST_USE enum rc analyst_stamps(struct ctx *cx, const struct scope *sc, enum analyst_kind kind, const struct analyst_orgs *orgs, int64_t after, size_t limit,
				struct analyst_stamp **out, size_t *n);

/* In a transaction. insert sets id, and the uuid when it is nil; RC_INVALID with field "uuid" when it is taken. */
MUST_USE enum rc analyst_insert(struct ctx *cx, struct analyst *a);
MUST_USE enum rc analyst_update(struct ctx *cx, const struct analyst *a);
/* Those that hang on it stay. */
MUST_USE enum rc analyst_delete(struct ctx *cx, const struct analyst *a);

/* What this uuid is of; false in *found when nothing here has it. Whoever asks. */
MUST_USE enum rc analyst_target_find(struct ctx *cx, const struct uuid *u, enum analyst_target *out, bool *found);

#endif
