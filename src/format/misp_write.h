/* misp_write.h - model -> MISP's JSON: key order, types and spelling as MISP's clients and peers know them. Ids, numbers and times are
 * JSON texts, flags are booleans, first_seen and last_seen ISO 8601 with microseconds or null, date YYYY-MM-DD.
 *
 *     misp_write_event_open(&w, &ev, &extra);                   {"Event":{ ... Orgc
 *     jw_key(&w, "Attribute");
 *     jw_arr(&w);
 *     while (...)
 *         misp_write_attr(&w, ATTR_IN_EVENT, &a, &attr_extra);
 *     jw_arr_end(&w);
 *     ShadowAttribute, RelatedEvent, Galaxy, Object, EventReport, CryptographicKey in the same way; misp_write_tags last
 *     misp_write_event_close(&w);                                 }}
 *
 * Nothing here reads the store or decides what may be seen: the caller hands over what is to stand in the answer.
 */
#ifndef FORMAT_MISP_WRITE_H
#define FORMAT_MISP_WRITE_H

#include "base/json.h"
#include "model/event.h"
#include "model/proposal.h"

/* A tag as it hangs on something. */
struct tag_out {
	const struct tag *tag;
	bool local;
	struct str relationship_type; /* empty: null in events, "" in indexes */
	bool inherited;               /* of the event, shown with an attribute */
	int64_t binding_id;           /* EventTag and AttributeTag rows only */
};

/* A sighting with what the answers add to it; what is NULL (or has no text) is left out. */
struct sighting_out {
	const struct sighting *sighting;
	const struct org *org;
	const struct uuid *attribute_uuid, *event_uuid;
	struct str value;
};

/* An event's report. */
struct report_out {
	int64_t id, event_id;
	struct uuid uuid;
	struct str name, content;
	int distribution;
	int64_t sharing_group_id, timestamp;
	bool deleted;
};

/* first_seen and last_seen: a time in microseconds, or null. */
void misp_write_seen(struct jw *w, const char *key, int64_t us);

/* --- events --- */

struct event_extra {
	const struct org *org, *orgc; /* must be there */
	struct str creator_email;     /* empty: the key is left out */
};
void misp_write_event_open(struct jw *w, const struct event *ev, const struct event_extra *x);
void misp_write_event_close(struct jw *w);
/* An element of RelatedEvent: {"Event": {...}}. */
void misp_write_related_event(struct jw *w, const struct event *ev, const struct event_extra *x);
/* A row of events/index, with EventTag; and the short form that peers ask for. */
void misp_write_index_row(struct jw *w, const struct event *ev, const struct event_extra *x, const struct tag_out *tags, size_t tag_n);
void misp_write_index_minimal(struct jw *w, const struct event *ev, const struct uuid *orgc_uuid);
/* The key "Event" with what attributes/restSearch says of an attribute's event; full with includeContext: then x and the tags are shown too. */
void misp_write_attr_event(struct jw *w, const struct event *ev, bool full, const struct event_extra *x, const struct tag_out *tags, size_t tag_n);
/* The key "Event" as objects/view has it. */
void misp_write_object_event(struct jw *w, const struct event *ev);

/* --- attributes --- */

enum attr_shape {
	ATTR_IN_EVENT, /* inside an event or an event's object: Galaxy and ShadowAttribute follow */
	ATTR_SAVED,    /* attributes/add and index, objects calls: with value1 and value2 */
	ATTR_ALONE,    /* attributes/view, edit, restSearch */
};
struct attr_extra {
	const struct tag_out *tags;
	size_t tag_n;
	const struct sighting_out *sightings;
	size_t sighting_n;
	struct str data;               /* base64; p NULL: the key is left out */
	/* in place of data: writes it, a file of any size, as the value of the key "data"; NULL: none */
	void (*file)(void *arg, struct jw *w);
	void *file_arg;
	const struct uuid *event_uuid; /* NULL: left out */
	/* ATTR_IN_EVENT: writes the list of galaxies of the tags; NULL: an empty one */
	void (*galaxies)(void *arg, struct jw *w, const struct tag_out *tags, size_t n);
	void *galaxies_arg;
	bool attribute_tag;            /* ATTR_SAVED inside objects: "AttributeTag" rows instead of Tag, also when empty */
};
/* The scalar members and, inside an event, the galaxies (x may be NULL); the object stays open for what else is to stand in it. Ended by misp_write_attr_close.
 * In an event ShadowAttribute is empty then; misp_write_attr_proposed has those of the proposals that are about this attribute. */
void misp_write_attr_proposed(struct jw *w, const struct attr *a, const struct attr_extra *x, const struct proposal *proposals, size_t n);
void misp_write_attr_open(struct jw *w, enum attr_shape shape, const struct attr *a, const struct attr_extra *x);
/* data, event_uuid, Tag, Sighting as far as given. */
void misp_write_attr_extra(struct jw *w, enum attr_shape shape, const struct attr *a, const struct attr_extra *x);
void misp_write_attr_close(struct jw *w);
/* All of it. x may be NULL. */
void misp_write_attr(struct jw *w, enum attr_shape shape, const struct attr *a, const struct attr_extra *x);
/* An element of RelatedAttribute. */
void misp_write_related_attr(struct jw *w, const struct attr *a, const struct event *ev);

/* --- objects --- */

void misp_write_object_open(struct jw *w, const struct object *o);
void misp_write_object_close(struct jw *w);
/* What a reference points at: exactly one of object and attr, or neither when it is not here. */
struct ref_extra {
	struct uuid source_uuid;
	const struct object *object;
	const struct attr *attr;
};
void misp_write_ref(struct jw *w, const struct object_ref *ref, const struct ref_extra *x);

/* --- tags, sightings, reports --- */

/* The full tag as its own answers have it (tags/view adds count: the object is left open when open is set). */
void misp_write_tag(struct jw *w, const struct tag *tag, bool open);
/* A tag on an event or on an attribute inside an event. */
void misp_write_bound_tag(struct jw *w, const struct tag_out *t);
/* The short form of attributes/view and restSearch. */
void misp_write_attr_tag(struct jw *w, const struct tag_out *t);
/* The key "Tag" with all of them; nothing when there are none. */
void misp_write_tags(struct jw *w, const struct tag_out *tags, size_t n);
/* The object without a wrapper, left open when open is set (sightings/restSearch puts Attribute and Event into it). */
void misp_write_sighting(struct jw *w, const struct sighting_out *s, bool open);
void misp_write_report_members(struct jw *w, const struct report_out *r); /* the object is the caller's to open and end */
/* {"id","name","uuid"} and, when asked for, "local". */
void misp_write_org(struct jw *w, const struct org *org, bool with_local);

/* One of CryptographicKey. */
void misp_write_crypt_key(struct jw *w, int64_t id, const struct uuid *u, int64_t event_id, struct str type, struct str key_data, struct str fingerprint,
			  bool revoked, int64_t timestamp);

#endif
