/* schema.h - the migrations, embedded; see migrations/. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/ctx.h"
#include "db/db.h"

/* Texts for both engines in the arena; n gets their number. */
const struct migration *schema_migrations(struct arena *a, size_t *n);

#endif
