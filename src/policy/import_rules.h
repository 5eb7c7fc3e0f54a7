/* import_rules.h - the expressions of import and the allowed lists at work.
 *
 * Every save asks import_rules_apply before it looks at a value (element_save.c). Exports for detection leave out what allowed_hit says.
 */
#ifndef POLICY_IMPORT_RULES_H
#define POLICY_IMPORT_RULES_H

#include "model/attr.h"
#include "store/store.h"

struct import_rules;
/* Reads and compiles them; they live as long as mem. */
MUST_USE enum rc import_rules_open(struct ctx *cx, struct arena *mem, struct import_rules **out);
/* False: refused. *out: the value rewritten, in a, or the value itself. */
bool import_rules_apply(const struct import_rules *r, struct arena *a, struct str type, struct str value, struct str *out);
size_t import_rules_count(const struct import_rules *r);

struct allowed_set;
MUST_USE enum rc allowed_open(struct ctx *cx, struct allowed_set **out); /* in cx->mem */
/* The attribute's value, a whole composite included, matches one of them. */
bool allowed_hit(const struct allowed_set *s, struct arena *a, const struct attr *attr);
bool allowed_any(const struct allowed_set *s);

#endif
