/* tag.h - tags, and which events and attributes carry them. */
#ifndef STORE_TAG_H
#define STORE_TAG_H

#include "model/event.h"
#include "store/store.h"
#include "store/visible.h"

/* By id (name empty) or by name, letter case and accents ignored. RC_DONE when there is none (no failure recorded). */
MUST_USE enum rc tag_load(struct ctx *cx, int64_t id, struct str name, struct tag *out);
/* All tags by id. like: {NULL,0} for all, else an SQL pattern with %, compared folded. */
struct tag_row {
	struct tag t;
	int64_t event_count, attribute_count;
};
MUST_USE enum rc tag_list(struct ctx *cx, struct str like, bool counts, struct tag_row **out, size_t *n);
MUST_USE enum rc tag_insert(struct ctx *cx, struct tag *t);     /* RC_EXISTS when the name is taken */
MUST_USE enum rc tag_update(struct ctx *cx, const struct tag *t);
MUST_USE enum rc tag_delete(struct ctx *cx, int64_t id);        /* its bindings too */
/* is_galaxy and is_custom_galaxy, as the name says: misp-galaxy:type="value", of clusters made by people misp-galaxy:type="uuid". */
void tag_name_flags(struct tag *t);
/* The tag of that name, made when allowed and missing (colour derived from the name). RC_DONE when missing and not allowed. */
MUST_USE enum rc tag_capture(struct ctx *cx, struct str name, struct str colour, bool may_create, struct tag *out);

/* Bindings. attr_id 0: the event itself. add: RC_EXISTS when it is there (no failure recorded). remove keeps the earlier binding under audit_id. */
MUST_USE enum rc tag_bind(struct ctx *cx, int64_t event_id, int64_t attr_id, const struct tag_binding *b);
MUST_USE enum rc tag_unbind(struct ctx *cx, int64_t event_id, int64_t attr_id, int64_t tag_id, int64_t audit_id, bool *was,
			    bool *local); /* local: whether it was; may be NULL */

struct tag_use {
	int64_t owner;       /* event id or attribute id */
	struct tag t;
	bool local;
	struct str relationship_type; /* {NULL,0} when none */
};
/* Tags of these events, ordered by event and tag id. */
MUST_USE enum rc tag_of_events(struct ctx *cx, const int64_t *events, size_t n, struct tag_use **out, size_t *out_n);
/* Tags of the attributes first..last of an event, ordered by attribute and tag id. */
MUST_USE enum rc tag_of_attrs(struct ctx *cx, int64_t event_id, int64_t first, int64_t last, struct tag_use **out, size_t *out_n);

/* How many attributes of the event that the reader may see carry each tag. */
struct tag_score {
	int64_t tag_id, n;
	struct str name;
};
MUST_USE enum rc tag_scores(struct ctx *cx, const struct scope *sc, int64_t event_id, struct tag_score **out, size_t *n);

/* For store/ itself: the columns of tag t and their reader, from column `at` on. */
#define TAG_COLS "t.id, t.name, t.colour, t.exportable, t.org_id, t.user_id, t.hide_tag, t.numerical_value, t.is_galaxy, t.is_custom_galaxy, t.local_only"
enum { TAG_COL_N = 11 };
void tag_of_row(struct ctx *cx, struct stmt *q, int at, struct tag *t);

#endif
