/* decay_view.h - decaying models as a reader uses them: scores of attributes, and the filter that leaves out what has decayed.
 *
 *     TRY(decay_view_make(cx, &ask, &view));
 *     decay_view_filter(&view, &search);               excludeDecayed
 *     TRY(decay_page_load(...)); decay_view_write(&view, &page, &w, a);      "decay_score" into the open object
 */
#ifndef POLICY_DECAY_VIEW_H
#define POLICY_DECAY_VIEW_H

#include "store/query.h"

struct decay_ask {
	const int64_t *models;  /* these only, whatever type they are for; n 0: the enabled ones that are for an attribute's type */
	size_t model_n;
	bool has_threshold, has_lifetime, has_speed; /* instead of the models' own */
	double threshold, lifetime_days, speed;
	bool full;              /* the whole model with each score */
};

struct decay_view {
	struct decay_row *v;
	size_t n;
	bool any_type, full;
	bool stored;            /* attr_expiry answers for all of them */
	int64_t now_s;
	struct decay_filter filter;
};
/* In cx->mem. Models that the acting user may not see are left out. */
MUST_USE enum rc decay_view_make(struct ctx *cx, const struct decay_ask *ask, struct decay_view *out);
/* Search without what has decayed by every model that is for its type: by the stored expiries, else computed page by page. */
void decay_view_filter(struct decay_view *v, struct search *s);
/* "decay_score": [...] when a model is for it. */
void decay_view_write(const struct decay_view *v, const struct decay_page *p, struct jw *w, const struct attr *a);

/* A model as MISP's clients know it: the members of the open object. editable: -1 not said. */
void decay_model_members(struct jw *w, const struct decay_row *d, int editable);

#endif
