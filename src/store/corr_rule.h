/* corr_rule.h - what does not correlate: values that are excluded, and events that rules keep apart. Both take effect at once, on old and new attributes: links
 * are read when asked for.
 *
 *     TRY(corr_rules_take(cx, &rules));            kept in memory, read again when the database says that they changed
 *     if (corr_excluded(rules, folded)) ...
 *     corr_rules_release(rules);
 */
#ifndef STORE_CORR_RULE_H
#define STORE_CORR_RULE_H

#include "model/event.h"
#include "store/store.h"

struct corr_exclusion {
	int64_t id;
	struct str value;   /* %text, text%, %text%: any text at that end */
	struct str comment; /* {NULL,0}: null */
	bool from_json;
};
MUST_USE enum rc corr_exclusion_list(struct ctx *cx, struct corr_exclusion **out, size_t *n);
MUST_USE enum rc corr_exclusion_load(struct ctx *cx, int64_t id, struct corr_exclusion *out); /* RC_DONE: none */
/* In a transaction. insert: RC_EXISTS (no failure recorded) when the value is there. */
MUST_USE enum rc corr_exclusion_insert(struct ctx *cx, struct corr_exclusion *x);
MUST_USE enum rc corr_exclusion_update(struct ctx *cx, const struct corr_exclusion *x); /* the comment */
MUST_USE enum rc corr_exclusion_delete(struct ctx *cx, int64_t id);

enum corr_selector { CORR_BY_ORGC, CORR_BY_ORG, CORR_BY_EVENT, CORR_BY_INFO, CORR_SELECTORS };
extern const struct str corr_selector_names[CORR_SELECTORS];
struct corr_rule_row {
	int64_t id;
	struct uuid uuid;
	struct str name, comment;
	enum corr_selector selector;
	struct str selector_list; /* JSON array */
	int64_t timestamp;
};
MUST_USE enum rc corr_rule_list(struct ctx *cx, struct corr_rule_row **out, size_t *n);
MUST_USE enum rc corr_rule_load(struct ctx *cx, int64_t id, const struct uuid *u, struct corr_rule_row *out); /* RC_DONE: none */
MUST_USE enum rc corr_rule_insert(struct ctx *cx, struct corr_rule_row *r);
MUST_USE enum rc corr_rule_update(struct ctx *cx, const struct corr_rule_row *r);
MUST_USE enum rc corr_rule_delete(struct ctx *cx, int64_t id);

struct corr_rules;
MUST_USE enum rc corr_rules_take(struct ctx *cx, struct corr_rules **out);
void corr_rules_release(struct corr_rules *r); /* NULL is fine */
void corr_rules_forget(void);                  /* for the end of the process */
bool corr_rules_exclude(const struct corr_rules *r); /* some value is excluded at all */
bool corr_excluded(const struct corr_rules *r, struct str folded);
/* Some rule is about this event: then corr_apart has to be asked for each other one. */
bool corr_rules_about(const struct corr_rules *r, const struct event *e);
bool corr_apart(const struct corr_rules *r, const struct event *a, const struct event *b);

/* Values by the number of events that hold them, more than one, most first. The value's text is that of one holder. Whole index: for administrators. */
struct corr_top {
	struct str value;
	int64_t events;
};
MUST_USE enum rc corr_top_values(struct ctx *cx, size_t skip, size_t limit, struct corr_top **out, size_t *n);

#endif
