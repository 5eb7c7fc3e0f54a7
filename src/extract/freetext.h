/* freetext.h - lists and pasted text read as MISP's free-text import and free-text feeds read them.
 *
 * A feed:   freetext_feed(a, text, fn, arg) - entries one or more a line; comment lines (# ; ! //) and trailing
 * comments dropped; hosts files ("0.0.0.0 evil.example"), blocker rules ("||evil.example^"), "name|hash" and
 * "address|port" understood. A paste:  scan_text (scan.h), then freetext_kind for what MISP offers for each finding.
 *
 * fn gets struct found as from the scanner; role is always ROLE_INDICATOR in a feed. Memory: an array of 1,000,000
 * entries is better not kept; take each finding as it comes and reset the arena between batches with arena_mark /
 * arena_reset.
 */
#ifndef EXTRACT_FREETEXT_H
#define EXTRACT_FREETEXT_H

#include "extract/scan.h"

bool freetext_feed(struct arena *a, struct str text, found_fn *fn, void *arg);

#define FREETEXT_TYPES_MAX 7
#define FREETEXT_COMMENT "Imported via the freetext import."

/* What the import form offers for a finding of this type: the type it proposes and those it may be changed to.
 * Categories and to_ids follow from the proposed type's row in model/attr_type.h. */
struct freetext_kind {
	const char *default_type;
	const char *types[FREETEXT_TYPES_MAX + 1]; /* NULL-terminated, the default among them */
};
/* For any type the scanner gives; a type unknown here offers only itself (then NULL comes back). */
const struct freetext_kind *freetext_kind(struct str type);

#endif
