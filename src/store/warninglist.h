/* warninglist.h - warninglists and their entries as rows. Asking them is the business of lists/. */
#ifndef STORE_WARNINGLIST_H
#define STORE_WARNINGLIST_H

#include "store/store.h"

struct warninglist {
	int64_t id;
	struct str name, type, description, category; /* type: string, cidr, hostname, substring, regex */
	int64_t version;
	bool enabled, is_default;
	struct str matching;  /* type names joined by ", "; "ALL": every type */
	int64_t entry_count;
};

MUST_USE enum rc warninglist_list(struct ctx *cx, bool enabled_only, struct warninglist **out, size_t *n); /* by id */
MUST_USE enum rc warninglist_load(struct ctx *cx, int64_t id, struct str name, struct warninglist *out);   /* by id or name; RC_DONE: none */
/* In a transaction; data_version "warninglist" is raised. */
MUST_USE enum rc warninglist_insert(struct ctx *cx, struct warninglist *w); /* RC_INVALID with field name when the name is taken */
MUST_USE enum rc warninglist_update(struct ctx *cx, const struct warninglist *w);
MUST_USE enum rc warninglist_delete(struct ctx *cx, int64_t id);
/* Entries are replaced as a whole: open, add each, close. */
struct warninglist_writer {
	struct bulk *b;
	int64_t list_id, n;
};
MUST_USE enum rc warninglist_entries_open(struct ctx *cx, int64_t list_id, struct warninglist_writer *w);
MUST_USE enum rc warninglist_entries_add(struct ctx *cx, struct warninglist_writer *w, struct str value);
MUST_USE enum rc warninglist_entries_close(struct ctx *cx, struct warninglist_writer *w); /* entry_count is set */

struct warninglist_entry {
	int64_t list_id, id;
	struct str value, comment;
};
/* Entries of a list (id 0: of all enabled lists), by list and id, handed one by one; texts valid during the call. */
MUST_USE enum rc warninglist_entries(struct ctx *cx, int64_t list_id, enum rc (*each)(void *arg, struct ctx *cx, const struct warninglist_entry *e), void *arg);

#endif
