/* feed_int.h - what the files of this room share. */
#ifndef FEED_FEED_INT_H
#define FEED_FEED_INT_H

#include "feed/feed.h"
#include "format/csv_feed.h"
#include "model/attr_type.h"

/* One fetch under way. */
struct fetch {
	struct ctx *cx;
	const struct feed_options *o;
	struct feed f;
	struct feed_report *rep;
	int64_t org_id, user_id;
	struct http_session *session; /* connections kept; NULL: none are */
};
bool fetch_still(const struct fetch *x, const struct feed *now);
void fetch_progress(struct fetch *x, uint64_t done, uint64_t total, const char *text);

/* Records something that cannot be used. line 0, item empty: not known. */
void report_bad(struct feed_report *r, uint64_t line, struct str item, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- source.c ---- */
struct doc {
	struct str text;              /* decoded; valid as long as cx->mem */
	bool not_modified;
	struct str etag, last_modified;
};
/* rel: name below the feed's address, "" for itself. conditional: an unchanged document gives not_modified. RC_NOTFOUND when there is none. */
MUST_USE enum rc source_get(struct fetch *x, struct str rel, bool conditional, struct doc *out);
/* The local path of a feed, {NULL,0} for one of the network. */
struct str source_path(struct ctx *cx, const struct feed *f);
/* RC_INVALID for what is no UTF-8 text: an HTML page, UTF-16. Takes a byte order mark off. */
MUST_USE enum rc source_text(struct ctx *cx, struct str *text);

/* ---- ahead.c ---- */
/* Fetches UUID.json of each of the n events below the feed's address, in advance; v is borrowed until ahead_close, as is x. */
struct ahead *ahead_open(struct fetch *x, const struct uuid *v, size_t n);
/* The next document of the list, valid until the call after; as source_get. At most n calls. */
MUST_USE enum rc ahead_next(struct ahead *a, struct doc *out);
void ahead_close(struct ahead **a); /* NULL and *a == NULL are fine */

/* ---- settings.c ---- */
struct wl_regex;
struct feed_settings {
	struct csv_settings csv;
	bool warninglists;            /* values on enabled lists are left out */
	struct wl_regex *exclude;     /* NULL: none; freed with cx->mem */
};
MUST_USE enum rc settings_read(struct ctx *cx, const struct feed *f, struct feed_settings *out);

struct name_list {
	struct str *v;
	size_t n;
};
struct feed_rules {
	struct name_list tags_or, tags_not, orgs_or, orgs_not;
};
MUST_USE enum rc rules_read(struct ctx *cx, struct str json, struct feed_rules *out);

/* ---- values.c ---- */
struct value {
	const struct attr_type *type;
	struct str text;              /* normalised */
	int64_t digest;               /* of the whole, as attr_keys gives it */
};
struct values {
	struct arena *mem;            /* texts */
	struct value *v;
	size_t n, cap;
	struct value_slot {
		int64_t digest;
		uint32_t at;          /* index + 1, 0: free */
	} *slots;
	size_t slot_n;
};
/* All different values of a document, in its order. Views into text are kept: it must live as long. */
MUST_USE enum rc values_read(struct fetch *x, const struct feed_settings *s, struct str text, struct values *out);
/* Index of a digest, STR_NONE when it is not there. */
size_t values_find(const struct values *vs, int64_t digest);
void values_clear(struct values *vs);

/* ---- the two kinds ---- */
MUST_USE enum rc fetch_list(struct fetch *x);
MUST_USE enum rc fetch_misp(struct fetch *x);
/* The tag of the feed, when it is still there: *tag_id 0 when not. */
MUST_USE enum rc fetch_tag(struct fetch *x, int64_t *tag_id);

struct manifest_entry;
/* Passes the feed's rules. */
bool rules_pass(const struct feed_rules *r, const struct manifest_entry *m);

#endif
