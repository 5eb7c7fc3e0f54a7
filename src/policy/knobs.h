/* knobs.h - settings of the instance as this room asks for them. */
#ifndef POLICY_KNOBS_H
#define POLICY_KNOBS_H

#include "store/store.h"

static inline struct str knob_text(struct ctx *cx, const char *name)
{
	struct str s = { 0 };

	if (meta_get(cx, name, &s) != RC_OK)
		ctx_forgive(cx);
	return s.p ? s : S("");
}
static inline bool knob_is(struct ctx *cx, const char *name, bool dflt)
{
	struct str s = knob_text(cx, name);

	return s.n ? str_eq(s, S("1")) || str_eq(s, S("true")) : dflt;
}
static inline int64_t knob_int(struct ctx *cx, const char *name, int64_t dflt)
{
	int64_t n;

	return str_i64(knob_text(cx, name), &n) ? n : dflt;
}

#endif
