/* misp_read_int.h - what the readers of MISP's JSON share inside this room: a JSON reader with memory of its own, so that the
 * arena of an element can be reset while the reader stands in the middle of the document, and texts kept for one element. */
#ifndef FORMAT_MISP_READ_INT_H
#define FORMAT_MISP_READ_INT_H

#include "base/json.h"
#include "model/input.h"

#define MISP_STRING_MAX ((size_t)256 << 20)  /* one text: base64 of an attached sample */
#define MISP_ELEMENT_MAX ((size_t)256 << 20) /* memory taken by one attribute, object or event head */
#define MISP_LIST_MAX 100000u                /* attributes of an object, values, tags, sightings, references, reports */

/* The reader and its memory. Must not move after reader_open. */
struct reader {
	struct ctx cx;
	struct jr r;
};
void reader_open(struct reader *x, struct ctx *cx, struct str text);
/* jr_end with the failure handed to cx. */
MUST_USE enum rc reader_end(struct reader *x, struct ctx *cx);
void reader_close(struct reader *x);

/* text without a UTF-8 byte order mark */
struct str misp_text_start(struct str text);

/* Where one element is read from, and where its texts are kept. */
struct elem {
	struct jr *r;
	struct arena *mem; /* texts and arrays */
	struct str doc;    /* views into this one are kept as they are; empty: all texts go through jr_text_dup */
	size_t start;      /* arena_total(mem) at the element's start */
	char why[120];     /* why the element cannot be taken; "" while it can */
};
void elem_start(struct elem *e, struct jr *r, struct arena *mem, struct str doc);
bool elem_wrong(struct elem *e, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* false, for tail calls */
/* The scalar that stands next; null is {NULL,0}; of an object or array: wrong. name is for the message. */
struct str elem_text(struct elem *e, const char *name);
/* Tags and organisation at the reader's place. */
void elem_tags(struct elem *e, struct tag_in **tags, size_t *n);
void elem_org(struct elem *e, struct org_in *out);
/* A SharingGroup object; anything else is stepped over and leaves *out alone. */
void elem_group(struct elem *e, const struct group_in **out);

/* The member Note, Opinion or Relationship of what stands at the reader (misp_analyst.c); false, nothing read, for another key. */
bool elem_analyst(struct elem *e, struct str key, struct analyst_list *out);

/* An attribute, an object, an event without its attributes and objects, at the reader's place; e->why says when it cannot be taken. */
void elem_attr(struct elem *e, struct attr_in *out);
void elem_object(struct elem *e, struct object_in *out);
void elem_event_head(struct elem *e, struct event_in *out);
bool elem_event_text(struct str key); /* a member with a plain value that only an event has */

#endif
