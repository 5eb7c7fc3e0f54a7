/* analyst.c - the names of analyst data and of what it is attached to. */
#include "model/analyst.h"

const char *const analyst_names[ANALYST_KINDS] = { "Note", "Opinion", "Relationship" };
const char *const analyst_targets[ANALYST_TARGET_COUNT] = {
#define X(up, text) text,
	ANALYST_TARGETS(X)
#undef X
};

bool analyst_kind_of(struct str name, enum analyst_kind *out)
{
	for (int i = 0; i < ANALYST_KINDS; i++) {
		if (str_eq(name, str_c(analyst_names[i]))) {
			*out = (enum analyst_kind)i;
			return true;
		}
	}
	return false;
}

bool analyst_target_of(struct str name, enum analyst_target *out)
{
	for (int i = 0; i < ANALYST_TARGET_COUNT; i++) {
		if (str_eq(name, str_c(analyst_targets[i]))) {
			*out = (enum analyst_target)i;
			return true;
		}
	}
	return false;
}
