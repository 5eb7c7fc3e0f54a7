/* library_load.h - clones of MISP's libraries into the store: newer versions replace, what is the same stays, switches are kept. One transaction. */
#ifndef POLICY_LIBRARY_LOAD_H
#define POLICY_LIBRARY_LOAD_H

#include "store/store.h"

struct library_report {
	size_t seen, added, updated, same, bad; /* files; bad ones are left out */
	size_t parts;                           /* tags or clusters written */
};
/* A clone of misp-taxonomies: DIR/NAMESPACE/machinetag.json. enable: all of them, unchanged ones too. RC_NOTFOUND when there is no such folder. */
MUST_USE enum rc taxonomies_load_library(struct ctx *cx, struct str dir, bool enable, struct library_report *out);
/* A clone of misp-galaxy: DIR/galaxies/NAME.json and DIR/clusters/NAME.json; clusters made by people stay. */
MUST_USE enum rc galaxies_load_library(struct ctx *cx, struct str dir, struct library_report *out);

/* The end of such a load, in its transaction: audited under the model's name and committed; after a failure rc, which is returned, given up. */
MUST_USE enum rc library_end(struct ctx *cx, enum rc rc, const char *model, const struct library_report *l);

#endif
