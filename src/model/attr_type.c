/* attr_type.c - the type and category tables and their look-up by name.
 * Rows stand in attr_types.inc.h; what follows from other columns (composite, halves that are plain hex) is computed here. */
#include "model/attr_type.h"

#include <assert.h>
#include <pthread.h>

#include "model/rules_int.h"

static const struct str cats[CAT_COUNT] = {
	S("Internal reference"), S("Targeting data"), S("Antivirus detection"), S("Payload delivery"),
	S("Artifacts dropped"), S("Payload installation"), S("Persistence mechanism"), S("Network activity"),
	S("Payload type"), S("Attribution"), S("External analysis"), S("Financial fraud"),
	S("Support Tool"), S("Social network"), S("Person"), S("Other"),
};

/* The categories as bits, in the same order. */
enum {
	IR = 1 << 0, TD = 1 << 1, AV = 1 << 2, PD = 1 << 3, AD = 1 << 4, PI = 1 << 5, PM = 1 << 6, NA = 1 << 7,
	PT = 1 << 8, AT = 1 << 9, EA = 1 << 10, FF = 1 << 11, ST = 1 << 12, SN = 1 << 13, PE = 1 << 14, OT = 1 << 15,
	ANYCAT = 0xffff,
};

static_assert(NORM_COUNT <= 32, "attr_type.norm holds 32 rules");

#define N(rule) (1u << NORM_##rule)
#define HASHED(v) ((v) >= VALID_HEX32 && (v) <= VALID_HEX128)
#define NAME_HASHED(v) ((v) >= VALID_NAME_HEX32 && (v) <= VALID_NAME_HEX128)
#define X(num, label, cat, ids, v251, correlates, rules, check, k1, k2, allowed) \
	{ \
		.id = (num), .name = S(label), .cat_default = __builtin_ctz(cat), .to_ids = (ids), \
		.composite = CORR_##correlates == CORR_BOTH || CORR_##correlates == CORR_FIRST, .in_251 = (v251), \
		.corr = CORR_##correlates, .cats = (allowed), .kind1 = VK_##k1, .kind2 = VK_##k2, \
		.hex1 = HASHED(VALID_##check) && ((rules) & (N(LOWER) | N(FINGERPRINT))), .hex2 = NAME_HASHED(VALID_##check), \
		.norm = (rules), .valid = VALID_##check, \
	},
static const struct attr_type types[] = {
#include "model/attr_types.inc.h"
};
#undef X
static_assert(sizeof(types) / sizeof(*types) == ATTR_TYPE_COUNT, "number of types");

/* Open addressing, 512 places for 194 names: filled once. */
#define SLOTS 512u
static uint8_t slots[SLOTS]; /* row + 1 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static_assert(ATTR_TYPE_COUNT < UINT8_MAX, "a slot holds a row number");

static unsigned slot_of(struct str name)
{
	uint32_t h = (uint32_t)name.n;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 0x01000193u;
	return (h ^ h >> 15) % SLOTS;
}

static void fill(void)
{
	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++) {
		unsigned k = slot_of(types[i].name);

		while (slots[k])
			k = (k + 1) % SLOTS;
		slots[k] = (uint8_t)(i + 1);
	}
}

const struct attr_type *attr_type_find(struct str name)
{
	pthread_once(&once, fill);
	if (name.n > 64)
		return NULL;
	for (unsigned k = slot_of(name); slots[k]; k = (k + 1) % SLOTS)
		if (str_eq(types[slots[k] - 1].name, name))
			return &types[slots[k] - 1];
	return NULL;
}

/* Numbers run from 1 in table order. */
const struct attr_type *attr_type_by_id(int id)
{
	return id >= 1 && id <= ATTR_TYPE_COUNT ? &types[id - 1] : NULL;
}

const struct attr_type *attr_type_at(size_t i)
{
	assert(i < ATTR_TYPE_COUNT);
	return &types[i];
}

struct str cat_name(int cat)
{
	assert(cat >= 0 && cat < CAT_COUNT);
	return cats[cat];
}

int cat_find(struct str name)
{
	for (int i = 0; i < CAT_COUNT; i++)
		if (str_eq(cats[i], name))
			return i;
	return -1;
}
