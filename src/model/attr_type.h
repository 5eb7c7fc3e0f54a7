/* attr_type.h - the table of attribute types and categories: what each is called, where it may stand, how it is normalised
 * and checked, whether it correlates. Facts of the MISP contract (attribute types, describeTypes).
 *
 *     const struct attr_type *t = attr_type_find(S("ip-dst"));    NULL when unknown
 *     t->name, t->to_ids, cat_name(t->cat_default)
 */
#ifndef MODEL_ATTR_TYPE_H
#define MODEL_ATTR_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#define CAT_COUNT 16
/* Categories are numbered 0..15 in MISP's order: 0 Internal reference ... 7 Network activity ... 15 Other. Stored as this number. */
struct str cat_name(int cat);
int cat_find(struct str name); /* -1 when unknown */

enum corr_rule { CORR_YES, CORR_NEVER, CORR_FIRST, CORR_BOTH };

/* What kind of thing a value (or a half) is, for matching logs and for extraction. */
enum value_kind {
	VK_NONE,  /* not looked for in logs */
	VK_IP,    /* address or CIDR */
	VK_DOMAIN,
	VK_URL,
	VK_HASH,
	VK_EMAIL,
	VK_FILENAME,
};

struct attr_type {
	int16_t id;          /* stored number: fixed for ever, 1.. */
	struct str name;
	int8_t cat_default;
	bool to_ids;         /* default */
	bool composite;      /* value1|value2 */
	bool in_251;         /* known to MISP 2.5.1 */
	enum corr_rule corr;
	uint16_t cats;       /* bit per allowed category */
	enum value_kind kind1, kind2; /* of the first and the second half */
	bool hex1, hex2;     /* this half is plain hex of a fixed even length (stored as bytes) */
	/* rule functions are private to model/: see normalise.c, validate.c */
	uint32_t norm;       /* bit set of normalisation rules, in table order */
	uint8_t valid;       /* validation rule */
};

#define ATTR_TYPE_COUNT 194
const struct attr_type *attr_type_find(struct str name);
const struct attr_type *attr_type_by_id(int id); /* NULL when unknown */
const struct attr_type *attr_type_at(size_t i);  /* i < ATTR_TYPE_COUNT, in describeTypes order (alphabetic as published) */
static inline bool attr_type_in_cat(const struct attr_type *t, int cat)
{
	return cat >= 0 && cat < CAT_COUNT && (t->cats >> cat & 1);
}

#endif
