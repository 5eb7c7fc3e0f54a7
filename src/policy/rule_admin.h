/* rule_admin.h - changing what import, exports and correlation go by: expressions of import, allowed lists, excluded values, rules between events, notice lists.
 * Each one transaction, audited. Expressions and allowed lists: holders of the permission and site admins; the rest: site admins. RC_DENIED. */
#ifndef POLICY_RULE_ADMIN_H
#define POLICY_RULE_ADMIN_H

#include "policy/library_load.h"
#include "store/corr_rule.h"
#include "store/import_rule.h"
#include "store/noticelist.h"

/* One row for each type; old: the rows of this one's expression and replacement go, 0: none. RC_INVALID with the field. */
struct regexp_form {
	struct str regexp, replacement;
	const struct str *types; /* none: ALL */
	size_t type_n;
};
MUST_USE enum rc regexp_save(struct ctx *cx, int64_t old, const struct regexp_form *f, struct import_regexp **out, size_t *n);
MUST_USE enum rc regexp_remove(struct ctx *cx, int64_t id); /* RC_NOTFOUND "Invalid Regexp" */
/* All stored attributes as the expressions would have them: rewritten, or deleted where they refuse. */
MUST_USE enum rc regexp_clean(struct ctx *cx, int64_t *changed, int64_t *deleted);

MUST_USE enum rc allowed_save(struct ctx *cx, int64_t id, struct str name, struct allowed *out); /* id 0: a new one */
MUST_USE enum rc allowed_remove(struct ctx *cx, int64_t id);

MUST_USE enum rc exclusion_add(struct ctx *cx, struct str value, struct str comment, struct corr_exclusion *out);
MUST_USE enum rc exclusion_edit(struct ctx *cx, int64_t id, struct str comment, struct corr_exclusion *out);
MUST_USE enum rc exclusion_remove(struct ctx *cx, int64_t id);

struct corr_rule_form {
	struct str uuid, name, comment, selector_type, selector_list; /* {NULL,0}: not sent; the list: JSON */
};
MUST_USE enum rc corr_rule_save(struct ctx *cx, int64_t id, const struct corr_rule_form *f, struct corr_rule_row *out); /* id 0: a new one */
MUST_USE enum rc corr_rule_remove(struct ctx *cx, int64_t id);

MUST_USE enum rc noticelist_switch(struct ctx *cx, int64_t id, bool enabled); /* RC_NOTFOUND "Noticelist not found." */
MUST_USE enum rc noticelist_remove(struct ctx *cx, int64_t id);
/* A clone of misp-noticelist: DIR/lists/NAME/list.json. New ones come disabled. */
MUST_USE enum rc noticelists_load_library(struct ctx *cx, struct str dir, struct library_report *out);

#endif
