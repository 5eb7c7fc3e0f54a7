/* tag_rules.c - see tag_rules.h. Tags that no enabled exclusive taxonomy offers cost one look into an index. */
#include "policy/tag_rules.h"

#include "model/value.h"
#include "store/tag.h"
#include "store/taxonomy.h"

enum rc tag_stem(struct ctx *cx, const struct tag *t, struct str *out)
{
	struct taxonomy_word w;
	enum rc rc = t->is_galaxy ? RC_DONE : taxonomy_find(cx, t->name, &w);

	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	*out = rc == RC_OK && w.exclusive ? taxonomy_stem(value_fold(cx->mem, t->name)) : S("");
	return RC_OK;
}

enum rc tag_stem_taken(struct ctx *cx, int64_t event_id, int64_t attr_id, int64_t tag_id, struct str stem, bool local, bool *clash)
{
	struct tag_use *u;
	size_t n;

	*clash = false;
	if (!stem.n)
		return RC_OK;
	if (attr_id)
		TRY(tag_of_attrs(cx, event_id, attr_id, attr_id, &u, &n));
	else
		TRY(tag_of_events(cx, &event_id, 1, &u, &n));
	for (size_t i = 0; i < n && !*clash; i++)
		*clash = u[i].t.id != tag_id && u[i].local == local && str_eq(taxonomy_stem(value_fold(cx->mem, u[i].t.name)), stem);
	return RC_OK;
}

enum rc tag_may_join(struct ctx *cx, int64_t event_id, int64_t attr_id, const struct tag *t, bool local)
{
	struct str stem;
	bool clash;

	TRY(tag_stem(cx, t, &stem));
	TRY(tag_stem_taken(cx, event_id, attr_id, t->id, stem, local, &clash));
	return clash ? fail(cx, RC_INVALID, TAG_EXCLUSIVE) : RC_OK;
}
