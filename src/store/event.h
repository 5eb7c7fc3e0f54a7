/* event.h - events: rows and their earlier versions. */
#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include "model/event.h"
#include "store/store.h"
#include "store/visible.h"

/* An event named by a client: its id, or its uuid when id is 0. */
struct event_key {
	int64_t id;
	struct uuid uuid;
};
/* "17" or a uuid; false for anything else. */
bool event_key_parse(struct str s, struct event_key *out);

/* RC_NOTFOUND "Invalid event" when it does not exist or may not be seen. Texts in cx->mem. */
MUST_USE enum rc event_load(struct ctx *cx, const struct scope *sc, const struct event_key *k, struct event *out);
/* Exists at all, whoever asks (writing needs to know): *id 0 when not. */
MUST_USE enum rc event_id_of_uuid(struct ctx *cx, const struct uuid *u, int64_t *id);

/* In a transaction. insert sets e->id. update keeps the earlier row under audit_id. attribute_count is kept by event_count_update. */
MUST_USE enum rc event_insert(struct ctx *cx, struct event *e);
MUST_USE enum rc event_update(struct ctx *cx, const struct event *e, int64_t audit_id);
MUST_USE enum rc event_count_update(struct ctx *cx, int64_t event_id); /* recounts live attributes */
MUST_USE enum rc event_count_add(struct ctx *cx, int64_t event_id, int64_t delta); /* RC_NOTFOUND when the event is gone */
/* Removes the event and all in it; earlier versions are kept under audit_id unless hard (then all versions go too). */
MUST_USE enum rc event_delete(struct ctx *cx, int64_t event_id, int64_t audit_id, bool hard);

/* Names that an event's JSON shows. */
struct org_ref {
	int64_t id;
	struct uuid uuid;
	struct str name;
	bool local;
};
MUST_USE enum rc org_ref_load(struct ctx *cx, int64_t id, struct org_ref *out); /* zeroed when unknown */
/* "" when there is no such user. */
MUST_USE enum rc user_email_load(struct ctx *cx, int64_t user_id, struct str *out);

/* Sequential reading by id: events with id > after that may be seen, up to limit; *n rows in the arena. */
MUST_USE enum rc event_page(struct ctx *cx, const struct scope *sc, int64_t after, size_t limit, struct event **out, size_t *n);
/* Several at once by ids (ascending or not); rows come ascending. */
MUST_USE enum rc event_load_many(struct ctx *cx, const struct scope *sc, const int64_t *ids, size_t n, struct event **out, size_t *out_n);

#endif
