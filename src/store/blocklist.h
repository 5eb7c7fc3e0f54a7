/* blocklist.h - what is not taken in: events, all events of an organisation, sightings of an organisation, analyst data. */
#ifndef STORE_BLOCKLIST_H
#define STORE_BLOCKLIST_H

#include "store/event.h"
#include "store/store.h"

enum block_kind { BLOCK_EVENT = 0, BLOCK_ORG = 1, BLOCK_SIGHTING = 2, BLOCK_ANALYST = 3 }; /* stored */

struct block {
	enum block_kind kind;
	int64_t id;
	struct uuid uuid;        /* of the event or organisation */
	int64_t created_s;
	struct str name, orgc, comment; /* name: info of the event, or the organisation's; orgc: of events */
};

/* By id. search: part of a text or of the uuid, {NULL,0}: all. For site admins; policy/ asks. */
MUST_USE enum rc block_list(struct ctx *cx, enum block_kind kind, struct str search, struct block **out, size_t *n);
/* By number, or by the uuid that is blocked; RC_DONE (no failure recorded) when there is none. */
MUST_USE enum rc block_load(struct ctx *cx, enum block_kind kind, const struct event_key *k, struct block *out);
/* Is it blocked. */
MUST_USE enum rc block_has(struct ctx *cx, enum block_kind kind, const struct uuid *u, bool *out);

/* In a transaction. insert sets id; *is_new false: it was there already, and stays as it was. */
MUST_USE enum rc block_insert(struct ctx *cx, struct block *b, bool *is_new);
MUST_USE enum rc block_update(struct ctx *cx, const struct block *b);
MUST_USE enum rc block_delete(struct ctx *cx, enum block_kind kind, int64_t id);

#endif
