/* misp_analyst.h - analyst data as MISP's JSON: {"Note": {...}} alone, and the members Note, Opinion and Relationship of what it hangs on.
 *
 *     struct analyst_tree t = { rows, n };               flat, as store/analyst.h reads them, those nested below included
 *     misp_write_analyst_of(&w, &t, &event.uuid);        into the open object; nothing when there are none
 */
#ifndef FORMAT_MISP_ANALYST_H
#define FORMAT_MISP_ANALYST_H

#include "base/json.h"
#include "model/analyst.h"
#include "model/input.h"

/* At the reader's place: {"Note": {...}} or its members. The kind in *out is the caller's. Texts in r->cx->mem. */
void misp_analyst_read(struct jr *r, enum analyst_kind kind, struct analyst_in *out);

/* Ascending by what they are about, kind, id: analyst_sort. */
struct analyst_tree {
	struct analyst *v;
	size_t n;
};
void analyst_sort(struct analyst *v, size_t n);

/* The members of one, without what hangs on it; the object is the caller's to open and end. */
void misp_write_analyst_members(struct jw *w, const struct analyst *a);
/* One with all that hangs on it. */
void misp_write_analyst(struct jw *w, const struct analyst_tree *t, const struct analyst *a);
void misp_write_analyst_of(struct jw *w, const struct analyst_tree *t, const struct uuid *what);

#endif
