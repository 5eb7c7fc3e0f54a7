/* org.h - organisations. */
#ifndef STORE_ORG_H
#define STORE_ORG_H

#include "model/event.h"
#include "model/input.h"
#include "store/store.h"

/* The organisation a document names (uuid first, then name), made as a non-local one when unknown. *id 0 when nothing is named. */
MUST_USE enum rc org_capture(struct ctx *cx, const struct org_in *in, int64_t *id);

#endif
