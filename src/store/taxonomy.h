/* taxonomy.h - taxonomies, their predicates and the tags they offer. Everybody may read them. */
#ifndef STORE_TAXONOMY_H
#define STORE_TAXONOMY_H

#include "model/event.h"
#include "model/taxonomy.h"
#include "store/store.h"

struct taxonomy_row {
	struct taxonomy t;
	int64_t total, current; /* tags offered; those of them that are tags here */
};
/* By id. counts: fills total and current. */
MUST_USE enum rc taxonomy_list(struct ctx *cx, bool counts, struct taxonomy_row **out, size_t *n);
/* By id (namespace empty) or namespace, whatever its case. RC_DONE when there is none (no failure recorded). */
MUST_USE enum rc taxonomy_load(struct ctx *cx, int64_t id, struct str namespace, struct taxonomy *out);
MUST_USE enum rc taxonomy_predicates(struct ctx *cx, int64_t id, struct taxonomy_predicate **out, size_t *n);

struct taxonomy_tag_row {
	struct taxonomy_tag t;
	bool exists;       /* tag is filled */
	struct tag tag;
};
/* In the order of the library; predicate is the index in the list of taxonomy_predicates. */
MUST_USE enum rc taxonomy_tags(struct ctx *cx, int64_t id, struct taxonomy_tag_row **out, size_t *n);

/* In a transaction. put adds a taxonomy (t->id 0: a new one, id is set) or replaces what is in it; switches and id stay as *t says. */
MUST_USE enum rc taxonomy_put(struct ctx *cx, struct taxonomy *t, const struct taxonomy_predicate *p, size_t p_n, const struct taxonomy_tag *tags, size_t tag_n);
MUST_USE enum rc taxonomy_update(struct ctx *cx, const struct taxonomy *t); /* the row itself */
MUST_USE enum rc taxonomy_delete(struct ctx *cx, int64_t id);

/* What a taxonomy says of a tag of this name. RC_DONE when none offers it. */
struct taxonomy_word {
	struct str colour; /* "" none */
	bool has_numerical;
	int64_t numerical;
	bool exclusive;    /* an enabled taxonomy, or its predicate, lets one such tag stand on a thing only */
};
MUST_USE enum rc taxonomy_find(struct ctx *cx, struct str name, struct taxonomy_word *out);
/* Namespaces of enabled required taxonomies of which the event carries no tag. */
MUST_USE enum rc taxonomy_missing(struct ctx *cx, int64_t event_id, struct str **out, size_t *n);

#endif
