/* attr.h - attributes: reading, writing in batches, the digest index.
 *
 * Writing many (an event, a feed) goes through a batch, so that rows, digests and uuids are each written in the order of their keys:
 *
 *     TRY(attr_batch_open(cx, event_id, true, &b));           true: the event was made in this transaction
 *     rc = attr_batch_add(cx, b, &a, tags, n);                 RC_EXISTS: a similar attribute is there (a stays unwritten)
 *     TRY(attr_batch_end(cx, &b, &added));                     writes the rest; the event's attribute_count grows by added
 */
#ifndef STORE_ATTR_H
#define STORE_ATTR_H

#include "model/event.h"
#include "model/ssdeep.h"
#include "store/event.h"
#include "store/store.h"
#include "store/visible.h"

enum { KIND_ATTRIBUTE = 1, KIND_OBJECT = 2, KIND_REPORT = 3, KIND_REF = 4 }; /* element_uuid.kind */

enum deleted_mode { DELETED_NO, DELETED_ALL, DELETED_ONLY };

/* One page of an event's attributes by id. */
struct attr_range {
	int64_t event_id, after;      /* ids > after */
	enum deleted_mode deleted;
	bool outside;                 /* only those outside objects */
	const int64_t *objects;       /* only those of these objects (then ordered by object, id; after is not used) */
	size_t object_n, limit;
};
MUST_USE enum rc attr_page(struct ctx *cx, const struct scope *sc, const struct attr_range *r, struct attr **out, size_t *n);

/* By id or uuid; RC_NOTFOUND "Invalid attribute" when it is not there or may not be seen. Deleted ones are found: the caller decides. */
MUST_USE enum rc attr_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct attr *out);
/* Where an element of this uuid lives, whoever asks; *event_id 0 when nowhere. */
MUST_USE enum rc element_find(struct ctx *cx, const struct uuid *u, int kind, int64_t *event_id, int64_t *id);
MUST_USE enum rc element_add(struct ctx *cx, const struct uuid *u, int kind, int64_t event_id, int64_t id);
MUST_USE enum rc element_remove(struct ctx *cx, const struct uuid *u, int kind);

struct attr_batch;
MUST_USE enum rc attr_batch_open(struct ctx *cx, int64_t event_id, bool fresh, struct attr_batch **out);
/* Sets a->id and a->event_id. Tags are copied. RC_EXISTS without a recorded failure: *dup (may be NULL) gets the id of the similar one (0: in this batch). */
MUST_USE enum rc attr_batch_add(struct ctx *cx, struct attr_batch *b, struct attr *a, const struct tag_binding *tags, size_t tag_n, int64_t *dup);
/* True when an element of this uuid was added in this batch already. */
bool attr_batch_has_uuid(const struct attr_batch *b, const struct uuid *u);
/* True when an attribute that a would equal was added in this batch already: an earlier one is about to be changed into it. */
bool attr_batch_has_similar(struct ctx *cx, const struct attr_batch *b, const struct attr *a);
MUST_USE enum rc attr_batch_object(struct ctx *cx, struct attr_batch *b, struct object *o); /* sets o->id, o->event_id */
MUST_USE enum rc attr_batch_ref(struct ctx *cx, struct attr_batch *b, struct object_ref *r); /* sets r->id */
MUST_USE enum rc attr_batch_end(struct ctx *cx, struct attr_batch **b, size_t *added);
void attr_batch_drop(struct attr_batch **b); /* for SCOPED; nothing after end */

/* Keeps the earlier row under audit_id (0: no version), writes the new one and its digests. RC_EXISTS when it would equal another. */
MUST_USE enum rc attr_update(struct ctx *cx, const struct attr *old, const struct attr *a, int64_t audit_id);
/* The row, its digests, tags and sightings go; versions too when hard. */
MUST_USE enum rc attr_remove(struct ctx *cx, const struct attr *a, int64_t audit_id, bool hard);
/* What hangs on one attribute is another's: tags and files both have then, sightings are the other's alone. */
MUST_USE enum rc attr_hand_over(struct ctx *cx, int64_t event_id, int64_t from, int64_t to);
/* A live attribute of the event outside objects with the same type, category and folded value; *id 0 when none. */
MUST_USE enum rc attr_similar(struct ctx *cx, const struct attr *a, int64_t *id);

/* Attributes whose object is not there, whoever asks: for a look at damage. */
MUST_USE enum rc attr_orphans(struct ctx *cx, size_t limit, struct attr **out, size_t *n);
/* All values of an event's attributes, deleted ones too, as the digests of the whole values: what a feed compares its values with. The array is the
 * caller's to free. */
struct attr_key {
	int64_t digest, id;
	bool deleted, in_object;
};
MUST_USE enum rc attr_keys(struct ctx *cx, int64_t event_id, struct attr_key **out, size_t *n);
/* Marks these attributes of an event as deleted, or not any more; earlier versions go under audit_id. The caller sees to it that none comes back
 * beside a similar live one. The event's count follows. */
MUST_USE enum rc attr_set_deleted(struct ctx *cx, int64_t event_id, const int64_t *ids, size_t n, bool deleted, int64_t audit_id);

/* The digests of one attribute, as stored; out has room for ATTR_DIGESTS_MAX. */
enum { ATTR_DIGESTS_MAX = 3 };
enum { HALF_FIRST = 0, HALF_SECOND = 1, HALF_WHOLE = 2, HALF_PIECE = 3 };
enum { STATE_CORRELATES = 0, STATE_LOOKUP = 1, STATE_DELETED = 2 };
struct attr_digest {
	int64_t digest;
	int half, state;
	struct str folded; /* in cx->mem or the value itself */
};
size_t attr_digests(struct ctx *cx, const struct attr *a, struct attr_digest *out);
/* The pieces of an ssdeep hash as rows (folded unset), at most SSDEEP_PIECES_MAX; and all rows of attr_value: digests, then pieces. */
size_t attr_pieces(struct ctx *cx, const struct attr *a, struct attr_digest *out);
enum { ATTR_INDEX_MAX = ATTR_DIGESTS_MAX + SSDEEP_PIECES_MAX };
size_t attr_index_rows(struct ctx *cx, const struct attr *a, struct attr_digest *out);
/* The ssdeep hash in the value; false when there is none. */
bool attr_ssdeep(const struct attr *a, struct ssdeep *out);

/* For store/ itself: column list of attribute and its row reader (column 0 on). */
#define ATTR_COLS(a) \
	a ".event_id, " a ".id, " a ".object_id, " a ".type, " a ".category, " a ".to_ids, " a ".deleted, " a ".disable_correlation, " a \
	".distribution, " a ".sharing_group_id, " a ".timestamp, " a ".uuid, " a ".value1, " a ".value2, " a ".hash, " a ".comment, " a \
	".relation, " a ".first_seen_us, " a ".last_seen_us"
enum { ATTR_COL_N = 19 };
void attr_of_row(struct ctx *cx, struct stmt *q, struct attr *a);
/* ids, type and value only */
#define ATTR_COLS_VALUE(a) a ".event_id, " a ".id, " a ".type, " a ".value1, " a ".value2, " a ".hash"
void attr_of_value_row(struct ctx *cx, struct stmt *q, struct attr *a);

#endif
