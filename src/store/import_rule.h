/* import_rule.h - rows of import_regexp (what import rewrites or refuses) and of allowedlist (what exports for detection leave out). */
#ifndef STORE_IMPORT_RULE_H
#define STORE_IMPORT_RULE_H

#include "store/store.h"

struct import_regexp {
	int64_t id;
	struct str regexp, replacement; /* replacement "": a value that matches is refused */
	struct str type;                /* of attributes; ALL */
};
MUST_USE enum rc import_regexp_list(struct ctx *cx, struct import_regexp **out, size_t *n);
MUST_USE enum rc import_regexp_insert(struct ctx *cx, struct import_regexp *r); /* in a transaction, as the next */
MUST_USE enum rc import_regexp_delete(struct ctx *cx, int64_t id);

struct allowed {
	int64_t id;
	struct str name; /* an expression between delimiters */
};
MUST_USE enum rc allowed_list(struct ctx *cx, struct allowed **out, size_t *n);
/* id 0: a new one, set. RC_EXISTS (no failure recorded) when another has the name. */
MUST_USE enum rc allowed_put(struct ctx *cx, struct allowed *a);
MUST_USE enum rc allowed_delete(struct ctx *cx, int64_t id);

#endif
