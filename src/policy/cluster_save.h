/* cluster_save.h - clusters made by people: adding, changing, publishing, deleting, linking, and attaching any cluster to events and attributes. Each is one
 * transaction with its audit row. Clusters of a library are refused: they change with the library. */
#ifndef POLICY_CLUSTER_SAVE_H
#define POLICY_CLUSTER_SAVE_H

#include "store/event.h"
#include "store/galaxy.h"

/* Galaxy editors of the creating organisation, and site admins; never a library's. RC_DENIED. */
MUST_USE enum rc cluster_may_edit(struct ctx *cx, const struct cluster *c);

struct relation_new {
	struct cluster_relation r;
	struct str *tags; /* names */
	size_t tag_n;
};
struct cluster_new {
	struct cluster c;
	bool captured;                     /* from a document: creator, version and publication are as c says */
	bool has_elements, has_relations; /* sent: they take the place of those there */
	struct cluster_element *elements;
	struct relation_new *relations;
	size_t element_n, relation_n;
};
/* x->c.id 0: a new one of the acting organisation in galaxy g. RC_INVALID with the field at fault. */
MUST_USE enum rc cluster_save(struct ctx *cx, const struct galaxy *g, struct cluster_new *x);
MUST_USE enum rc cluster_publish(struct ctx *cx, struct cluster *c, bool publish);
MUST_USE enum rc cluster_remove(struct ctx *cx, struct cluster *c, bool hard);
MUST_USE enum rc cluster_restore(struct ctx *cx, struct cluster *c);
MUST_USE enum rc galaxy_remove(struct ctx *cx, const struct galaxy *g);

/* A link of the cluster c. x->r.id 0: a new one. */
MUST_USE enum rc relation_save(struct ctx *cx, const struct cluster *c, struct relation_new *x);
MUST_USE enum rc relation_remove(struct ctx *cx, const struct cluster *c, const struct cluster_relation *r);

/* The tag that stands for it, made when it is not there. */
MUST_USE enum rc cluster_tag(struct ctx *cx, const struct cluster *c, struct tag *out);
/* RC_EXISTS (no failure recorded) when it is attached already. */
MUST_USE enum rc cluster_attach(struct ctx *cx, const struct event *e, const struct attr *a, const struct cluster *c, bool local);

#endif
