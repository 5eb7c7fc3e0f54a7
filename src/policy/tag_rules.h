/* tag_rules.h - which tags may stand together: an exclusive taxonomy, or an exclusive predicate, lets one of its tags stand on a thing. Global and
 * local tags are looked at by themselves. Every path that binds a tag asks here, before it binds. */
#ifndef POLICY_TAG_RULES_H
#define POLICY_TAG_RULES_H

#include "model/event.h"
#include "store/store.h"

#define TAG_EXCLUSIVE "Tag is not allowed due to taxonomy exclusivity settings"

/* What tags share that exclude this one, folded; "" when nothing excludes it. In cx->mem. */
MUST_USE enum rc tag_stem(struct ctx *cx, const struct tag *t, struct str *out);
/* *clash: another tag of this stem is on the event (attr_id 0) or the attribute. */
MUST_USE enum rc tag_stem_taken(struct ctx *cx, int64_t event_id, int64_t attr_id, int64_t tag_id, struct str stem, bool local, bool *clash);
/* Both at once; RC_INVALID TAG_EXCLUSIVE. */
MUST_USE enum rc tag_may_join(struct ctx *cx, int64_t event_id, int64_t attr_id, const struct tag *t, bool local);

#endif
