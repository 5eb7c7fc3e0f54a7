/* lists_hold.h - the enabled warninglists in memory, shared by threads, read again when the database says that they changed.
 *
 *     struct lists_view v;
 *     TRY(lists_take(cx, &v));
 *     if (wl_check(v.set, type, value, NULL, NULL)) ...
 *     lists_release(&v);
 *
 * The database is asked for its version at most every 200 ms, and at once after a write of this process.
 */
#ifndef POLICY_LISTS_HOLD_H
#define POLICY_LISTS_HOLD_H

#include "lists/warninglist.h"
#include "model/attr.h"
#include "policy/library_load.h"
#include "store/store.h"
#include "store/warninglist.h"

struct lists_view {
	const struct wl_set *set;
	const struct warninglist *lists; /* the enabled ones, ascending by id */
	size_t n;
	void *hold;
};
MUST_USE enum rc lists_take(struct ctx *cx, struct lists_view *out);
void lists_release(struct lists_view *v);
/* The list of this id in the view; NULL when unknown. */
const struct warninglist *lists_find(const struct lists_view *v, int64_t id);
/* True when the attribute's value is on an enabled list. */
bool lists_hit(const struct lists_view *v, const struct attr *a);
/* Frees what is kept for all stores; for the end of the process. */
void lists_forget(void);

/* Loads or updates lists from a clone of the library (folder lists/NAME/list.json). Newer versions replace; new ones come disabled. enable: all of
 * them are enabled, unchanged ones too. */
MUST_USE enum rc lists_load_library(struct ctx *cx, struct str dir, bool enable, struct library_report *out);

#endif
