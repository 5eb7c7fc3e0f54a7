/* analyst_doc.c - see analyst_doc.h. */
#include "export/analyst_doc.h"

#include "store/analyst.h"

enum rc analyst_tree_load(struct ctx *cx, const struct scope *sc, const struct uuid *v, size_t n, struct analyst_tree *out)
{
	TRY(analyst_of(cx, sc, v, n, &out->v, &out->n));
	analyst_sort(out->v, out->n);
	return RC_OK;
}

enum rc analyst_write_about(struct ctx *cx, const struct scope *sc, struct jw *w, const struct uuid *u)
{
	struct analyst_tree t;

	TRY(analyst_tree_load(cx, sc, u, 1, &t));
	misp_write_analyst_of(w, &t, u);
	return RC_OK;
}

enum rc analyst_write_inbound(struct ctx *cx, const struct scope *sc, struct jw *w, const struct uuid *u, bool always)
{
	struct analyst *v;
	size_t n;

	TRY(analyst_inbound(cx, sc, u, &v, &n));
	if (!n && !always)
		return RC_OK;
	jw_key(w, "RelationshipInbound");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(w);
		misp_write_analyst_members(w, &v[i]);
		jw_obj_end(w);
	}
	jw_arr_end(w);
	return RC_OK;
}
