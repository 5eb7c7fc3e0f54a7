/* event_save.h - taking events, attributes and objects in: from the API, a peer, a feed, the command line. One transaction each: everything valid
 * is stored, the rest is reported by position, nothing half.
 *
 *     struct save s = SAVE_LOCAL;
 *     TRY(event_add(cx, body, &s, &id));          body: MISP JSON of one event, of any size, mapped
 *     save_clear(&s);
 */
#ifndef POLICY_EVENT_SAVE_H
#define POLICY_EVENT_SAVE_H

#include "model/event.h"
#include "store/event.h"

struct save_error {
	const char *what;    /* "Attribute", "Object", "Tag" ... static */
	size_t position;     /* in its list, from 0 */
	char field[48];      /* "" when it is not about one field */
	char msg[256];
};
enum { SAVE_ERRORS_MAX = 1000 };

struct save {
	/* what the caller decides */
	bool from_feed;            /* owner and creator as below, rights not asked, timestamps kept */
	int64_t org_id, orgc_id;   /* from_feed: owner; orgc_id 0: as the event says, captured */
	int distribution;          /* from_feed: of the event, -1: as sent */
	int64_t sharing_group_id;
	bool no_groups;            /* elements with a sharing group of their own inherit instead: its number means nothing here */
	const int64_t *extra_tags; /* tag ids put on the event */
	size_t extra_tag_n;
	bool publish;              /* from_feed: publish behind it */
	struct str signature;      /* of the body, base64: what a peer's user needs for a protected event */
	bool update_duplicates;    /* attributes: a similar one is updated instead of refused */
	/* a last look at each attribute before it is stored: NULL fine, else the reason it is refused (static or arena text); may change to_ids etc. */
	const char *(*check)(void *arg, struct ctx *cx, const struct attr_in *in, struct attr *a);
	void *check_arg;
	/* told the id of each attribute added or updated */
	void (*saved)(void *arg, const struct attr *a);
	void *saved_arg;

	/* what happened */
	size_t attrs_seen, attrs_added, attrs_changed, attrs_same, attrs_refused;
	size_t objects_seen, objects_added, objects_changed, objects_refused;
	size_t tags_refused;
	struct save_error *errors; /* the first SAVE_ERRORS_MAX */
	size_t error_n, error_total;
};
#define SAVE_LOCAL { .distribution = -1 }
void save_clear(struct save *s);

/* RC_EXISTS when an event of this uuid is here already (*id is set then). RC_INVALID with field when the head is not acceptable. */
MUST_USE enum rc event_add(struct ctx *cx, struct str body, struct save *s, int64_t *id);
/* Fields, attributes and objects that were sent; the rest stays. RC_INVALID "Event could not be saved: Event in the request not newer than the local copy." */
MUST_USE enum rc event_edit(struct ctx *cx, const struct event *e, struct str body, struct save *s);
/* body: one attribute, a list of them, wrapped in "Attribute" or not. */
MUST_USE enum rc attrs_add(struct ctx *cx, const struct event *e, struct str body, struct save *s);
/* Attributes made by the program itself (feeds, freetext): next fills the input and returns RC_OK, RC_DONE at the end. */
typedef enum rc attr_source(void *arg, struct ctx *cx, struct attr_in *in);
MUST_USE enum rc attrs_add_from(struct ctx *cx, const struct event *e, attr_source *next, void *arg, struct save *s);
/* The same inside a transaction that the caller opened; the event is not marked as changed. */
MUST_USE enum rc attrs_add_in_tx(struct ctx *cx, const struct event *e, bool fresh, attr_source *next, void *arg, struct save *s);
MUST_USE enum rc attr_edit(struct ctx *cx, const struct event *e, const struct attr *old, const struct attr_in *in, struct save *s, struct attr *out);
MUST_USE enum rc attr_delete(struct ctx *cx, const struct event *e, const struct attr *a, bool hard);
MUST_USE enum rc attr_restore(struct ctx *cx, const struct event *e, const struct attr *a);
MUST_USE enum rc object_add(struct ctx *cx, const struct event *e, const struct object_in *in, bool break_on_duplicate, struct save *s, int64_t *id);
MUST_USE enum rc object_edit(struct ctx *cx, const struct event *e, const struct object *o, const struct object_in *in, struct save *s);
/* Attributes of the event that stand outside objects become those of a new one: with their tags, sightings and files. What they were is deleted, for good when
 * the event was never published. head: the object without attributes; RC_INVALID when none of the attributes is there. */
struct attr_pick {
	int64_t attr_id;
	struct str relation;
};
MUST_USE enum rc attrs_into_object(struct ctx *cx, const struct event *e, const struct object_in *head, const struct attr_pick *v, size_t n, int64_t *id);
MUST_USE enum rc object_remove(struct ctx *cx, const struct event *e, const struct object *o, bool hard);
MUST_USE enum rc object_ref_add(struct ctx *cx, const struct event *e, const struct object *o, const struct ref_in *in, struct object_ref *out);
/* From one object to each of the attributes that is of the event, all or none. *n: how many were sent, then how many it refers to now. */
MUST_USE enum rc object_refs_add_many(struct ctx *cx, const struct event *e, const struct object *o, const struct ref_in *in, const struct attr *v, size_t *n);
MUST_USE enum rc object_ref_remove(struct ctx *cx, const struct event *e, const struct object_ref *r, bool hard);

MUST_USE enum rc event_publish(struct ctx *cx, const struct event *e, bool publish);
MUST_USE enum rc event_remove(struct ctx *cx, const struct event *e);
/* An event made by the program: head only. */
MUST_USE enum rc event_make_head(struct ctx *cx, struct event *e);
/* Puts a tag on an event inside the open transaction, unless it is there, is gone, or another one excludes it. *joined is set when it was put. */
MUST_USE enum rc tag_join(struct ctx *cx, int64_t event_id, int64_t tag_id, bool *joined);
/* Tag on event (attr NULL) or attribute; RC_EXISTS when it is there, RC_INVALID when another one excludes it (policy/tag_rules.h). */
MUST_USE enum rc tag_attach(struct ctx *cx, const struct event *e, const struct attr *a, const struct tag *t, bool local, struct str relationship);
MUST_USE enum rc tag_detach(struct ctx *cx, const struct event *e, const struct attr *a, const struct tag *t, bool *was);

#endif
