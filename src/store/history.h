/* history.h - how long earlier versions are kept. */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/store.h"

/* Earlier versions that were replaced or deleted before then go; the audit rows stay. *removed (may be NULL) counts rows. One transaction. */
MUST_USE enum rc history_purge(struct ctx *cx, int64_t before_us, int64_t *removed);

#endif
