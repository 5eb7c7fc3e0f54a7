/* health.h - the state of the database, for who looks after it. */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include "store/store.h"

struct health {
	const char *engine;       /* "SQLite", "PostgreSQL" */
	int64_t actual, expected; /* number of the newest migration that ran, and of the newest this program has */
	int64_t bytes;            /* on disk */
	struct str columns;       /* lines "table.column", sorted */
};
MUST_USE enum rc health_read(struct ctx *cx, struct health *out);

/* What the engine was told, name and value: pragmas, or pg_settings. */
struct health_setting {
	struct str name, value;
};
MUST_USE enum rc health_settings(struct ctx *cx, struct health_setting **out, size_t *n);

/* Entries of the audit since the last call, the oldest first, at most `most`, as they go to syslog. The first call ever begins with what comes after it. */
MUST_USE enum rc health_export_audit(struct ctx *cx, size_t most, void (*each)(void *arg, struct str line), void *arg, size_t *n);

#endif
