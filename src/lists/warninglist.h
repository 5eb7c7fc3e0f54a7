/* warninglist.h - lists of values that are usually harmless (MISP warninglists): reading their files, asking them.
 *
 * A file of the library, lists/NAME/list.json:
 *
 *     TRY(library_each(cx, clone, WL_DIR, WL_LEAF, each, arg));      each() calls:
 *     TRY(wl_file_head(cx, text, &head));
 *     TRY(wl_file_entries(cx, &head, entry, arg));                   entry() once an entry
 *
 * Asking. A set is filled once, then only read, by any number of threads:
 *
 *     struct wl_set *ws = wl_set_new();
 *     TRY(wl_set_list(cx, ws, id, &head));                           a list; the entries that follow belong to it
 *     wl_set_add(ws, S("10.0.0.0/8"));
 *     wl_set_ready(ws);
 *     if (wl_check(ws, type, value, NULL, NULL)) ...                 listed
 *     wl_set_free(ws);
 *
 * What is a hit, by the list's type (letters A-Z fold everywhere):
 *     cidr       the value is an address or network inside an entry
 *     string     the value equals an entry
 *     hostname   the host of the value (URL, host:port, mail address, or bare) is an entry or a sub-domain of one
 *     substring  an entry occurs in the value
 *     regex      an entry, "/pattern/modifiers" as PHP writes them, matches somewhere in the value
 * Each half of a composite value (ip|port, filename|md5) is asked by itself.
 */
#ifndef LISTS_WARNINGLIST_H
#define LISTS_WARNINGLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "lists/library.h"

#define WL_DIR "lists"
#define WL_LEAF "list.json"
#define WL_LISTS_MAX 4096    /* lists in one set */
#define WL_ENTRY_MAX 65535   /* bytes of an entry: the most a value may have */

struct attr_type; /* model/attr_type.h */

enum wl_type { WL_STRING, WL_SUBSTRING, WL_HOSTNAME, WL_CIDR, WL_REGEX, WL_TYPES };

struct wl_head {
	struct str name, description;
	struct str category;          /* "false_positive" when the file has none */
	enum wl_type type;
	int64_t version;
	const struct str *attributes; /* matching_attributes as written; none, or "ALL" among them: every type */
	size_t n_attributes;
	struct str list;              /* its entries as they stand in the file: for wl_file_entries */
};

struct str wl_type_name(enum wl_type type);
bool wl_type_find(struct str name, enum wl_type *out);

/* Reads one list file; checks the whole document, leaves the entries where they are. The texts live in cx->mem or in
 * text. RC_BAD (not such a document), RC_INVALID (name, type or list missing, type unknown). */
MUST_USE enum rc wl_file_head(struct ctx *cx, struct str text, struct wl_head *out);

/* One entry as written, valid during the call; anything but RC_OK stops the reading and is returned. */
typedef enum rc wl_entry_fn(struct ctx *cx, void *arg, struct str entry);
/* Hands over the entries of a file in its order. RC_BAD (an entry that is not a text), or what fn answered. */
MUST_USE enum rc wl_file_entries(struct ctx *cx, const struct wl_head *head, wl_entry_fn *fn, void *arg);

/* NULL when the entry can stand in a list of this type, else what is wrong with it (static text). */
const char *wl_entry_error(enum wl_type type, struct str entry);

struct wl_set;
struct wl_set *wl_set_new(void);
void wl_set_free(struct wl_set *ws); /* NULL is fine */
/* Begins a list. id is the caller's, handed back with each hit. Of head only type and attributes are used.
 * RC_LIMIT: too many lists. */
MUST_USE enum rc wl_set_list(struct ctx *cx, struct wl_set *ws, int64_t id, const struct wl_head *head);
/* An entry of the list begun last (copied); false when not usable (wl_entry_error tells why): left out, counted. */
bool wl_set_add(struct wl_set *ws, struct str entry);
/* Ends the filling. Before it no check, after it no list and no entry. */
void wl_set_ready(struct wl_set *ws);

struct wl_stats {
	size_t lists, entries, unusable;
	size_t bytes; /* memory held, without compiled regular expressions */
};
struct wl_stats wl_set_stats(const struct wl_set *ws);

/* A hit: the list and its entry (as compared: lower case, host names in ASCII form; cidr and regex as written). Each
 * list comes once, in no particular order. false: enough, no further hits wanted. */
typedef bool wl_hit_fn(void *arg, int64_t list_id, struct str entry);

/* Number of lists hit by a normalised value of this type. type NULL: every list is asked, whatever its attributes, and
 * the value is taken as one piece. fn NULL: stops at the first hit. */
size_t wl_check(const struct wl_set *ws, const struct attr_type *type, struct str value, wl_hit_fn *fn, void *arg);

#endif
