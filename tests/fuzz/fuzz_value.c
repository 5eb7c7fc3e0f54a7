/* fuzz_value: any text as a value of any type. What was accepted once is stable: normalising it again
 * changes nothing, but where the contract's rule is not of that kind: "[[.]]" becomes "[.]", "(00)49" as a phone number 0049. */
#include <stdlib.h>

#include "base/utf8.h"
#include "model/rules_int.h"
#include "model/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint32_t unstable = 1u << NORM_PHONE | 1u << NORM_SCHEME | 1u << NORM_DOT | 1u << NORM_AT | 1u << NORM_COLON;
	static struct arena *a;
	struct str s = { (const char *)data, size }, refanged, folded;

	if (!a)
		a = arena_new(0);
	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++) {
		const struct attr_type *t = attr_type_at(i);
		struct str v = value_normalise(a, t, s), v1, v2;

		if (value_check(t, v))
			continue;
		value_split(t, v, &v1, &v2);
		if (!str_eq(value_join(a, t, v1, v2), v))
			abort();
		if (!(t->norm & unstable) && !str_eq(value_normalise(a, t, v), v))
			abort();
	}
	refanged = value_refang(a, s);
	if (refanged.n > s.n)
		abort();
	folded = value_fold(a, s);
	if (!value_like(folded, S("%")) || (!str_eq(value_fold(a, folded), folded) && utf8_valid(s)))
		abort();
	domain_registered(s);
	domain_ascii(a, s);
	arena_clear(a);
	return 0;
}
