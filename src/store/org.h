/* org.h - organisations. Names are unique whatever their case; so are uuids. */
#ifndef STORE_ORG_H
#define STORE_ORG_H

#include "model/event.h"
#include "model/input.h"
#include "store/store.h"
#include "store/visible.h"

/* RC_DONE when there is none (no failure recorded). Texts in cx->mem; those that are NULL in the database are {NULL,0}. */
MUST_USE enum rc org_load(struct ctx *cx, int64_t id, struct org *out);
MUST_USE enum rc org_by_uuid(struct ctx *cx, const struct uuid *u, struct org *out);
MUST_USE enum rc org_by_name(struct ctx *cx, struct str name, struct org *out);
/* As clients name one: a number, a uuid, or a name. */
MUST_USE enum rc org_find(struct ctx *cx, struct str ref, struct org *out);
/* The local one with the lowest id: the instance's own. */
MUST_USE enum rc org_first_local(struct ctx *cx, struct org *out);

enum org_where { ORG_LOCAL, ORG_EXTERNAL, ORG_ALL };
struct org_row {
	struct org o;
	int64_t user_count;
	struct str created_by_email; /* {NULL,0}: the creator is no user any more */
};
/* By id. search: part of any text of the organisation, case and accents ignored; {NULL,0} for all. */
MUST_USE enum rc org_list(struct ctx *cx, enum org_where where, struct str search, struct org_row **out, size_t *n);
/* What a list row holds beside the organisation itself. */
MUST_USE enum rc org_row_load(struct ctx *cx, const struct org *o, struct org_row *out);

/* Whether it made an event or a proposal that the reader may see. */
MUST_USE enum rc org_contributed(struct ctx *cx, const struct scope *sc, int64_t id, bool *out);

/* In a transaction. RC_INVALID with field "name" or "uuid" when empty or taken. insert sets id, and the uuid when it is nil. */
MUST_USE enum rc org_insert(struct ctx *cx, struct org *o);
MUST_USE enum rc org_update(struct ctx *cx, const struct org *o);
/* RC_INVALID while users, events or sharing groups belong to it. */
MUST_USE enum rc org_delete(struct ctx *cx, int64_t id);

/* All that is one organisation's, earlier versions and the audit included, becomes the other's; the first is deleted. RC_EXISTS when something of both cannot be one.
 * *moved: rows. The caller looked that both are there and differ, and opened no transaction: it is opened and left open here. */
MUST_USE enum rc org_merge_begin(struct ctx *cx, int64_t from, int64_t into, int64_t *moved);

/* The organisation a document names (uuid first, then name), made as a non-local one when unknown. *id 0 when nothing is named. */
MUST_USE enum rc org_capture(struct ctx *cx, const struct org_in *in, int64_t *id);

#endif
