/* analyst_doc.h - analyst data read for a page of a document at once, and written where it belongs. */
#ifndef EXPORT_ANALYST_DOC_H
#define EXPORT_ANALYST_DOC_H

#include "base/ctx.h"
#include "format/misp_analyst.h"
#include "model/scope.h"

/* All about these that the reader may see, ready for misp_write_analyst_of. In cx->mem. */
MUST_USE enum rc analyst_tree_load(struct ctx *cx, const struct scope *sc, const struct uuid *v, size_t n, struct analyst_tree *out);
/* The members Note, Opinion, Relationship of one thing, into the open object. */
MUST_USE enum rc analyst_write_about(struct ctx *cx, const struct scope *sc, struct jw *w, const struct uuid *u);
/* RelationshipInbound: those that point to it; the key is left out when there are none, unless always is set. */
MUST_USE enum rc analyst_write_inbound(struct ctx *cx, const struct scope *sc, struct jw *w, const struct uuid *u, bool always);

#endif
