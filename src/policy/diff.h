/* diff.h - what a change changed, as JSON for the audit: {"email": ["old", "new"], "disabled": [false, true]}. Secrets never go in.
 *
 *     struct diff d;
 *     diff_begin(&d);
 *     diff_text(&d, "email", old->email, now->email);
 *     audit.change = diff_end(cx, &d);               {NULL,0} when nothing differs
 */
#ifndef POLICY_DIFF_H
#define POLICY_DIFF_H

#include "base/json.h"

struct diff {
	struct buf b;
	struct jw w;
	bool any;
};
void diff_begin(struct diff *d);
void diff_text(struct diff *d, const char *name, struct str was, struct str now); /* {NULL,0} equals "" */
void diff_int(struct diff *d, const char *name, int64_t was, int64_t now);
void diff_bool(struct diff *d, const char *name, bool was, bool now);
void diff_note(struct diff *d, const char *name, const char *what); /* for what must not be shown */
struct str diff_end(struct ctx *cx, struct diff *d);

#endif
