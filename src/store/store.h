/* store.h - the data of one instance: database, secret keys, transactions, ids. Everything that holds SQL lives in this room.
 *
 * Order: store_open (opens, migrates, checks that the secret key belongs to the database), then units of work (ctx.st = store).
 * A unit of work that writes opens one transaction, does all of it, and commits:
 *
 *     TRY(store_begin(cx));
 *     ...                                     functions of this room use cx->conn
 *     rc = store_commit(cx);                  or store_rollback(cx)
 *
 * In a dry run (cx->dry_run) a commit leaves the transaction open, so that what follows reads what was written, and goes on in it;
 * store_rollback at the end of the unit of work takes all of it back. Memory shared with others is not filled meanwhile (store_is_dry).
 *
 * Functions that read use the open transaction, or lease a reader for the call. A list or view function takes the reader's scope
 * (model/scope.h) and applies the predicate of visible.h; there is none without.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdatomic.h>

#include "base/ctx.h"
#include "base/uuid.h"
#include "db/db.h"

struct store {
	struct db *db;
	char *dir;                 /* data folder, absolute or as given */
	uint8_t digest_key[16];    /* of attr_value.digest */
	uint8_t token_key[32];     /* of API key hashes */
	uint8_t seal_key[32];      /* encrypts the keys of peers */
	struct uuid instance;
	int64_t attachment_max;    /* bytes of one attached file */
	struct settings *settings;   /* store/setting.h */
	atomic_uint_fast64_t writes; /* raised by each commit of this process */
};

struct store_options {
	struct str dir;            /* data folder; made (0700) when create is set */
	struct str db_url;         /* "" : SQLite file misp.db in the folder */
	bool create;
	bool read_only;
	unsigned readers_max;
	int64_t attachment_max;    /* 0: 50 MB */
};

/* Secret key: environment MISP_SECRET_KEY (64 hex digits) or file secret.key (0600) in the folder, made on creation. */
MUST_USE enum rc store_open(struct ctx *cx, const struct store_options *o, struct store **out);
void store_close(struct store *st);
/* True when the store holds no organisation yet: a fresh one. */
MUST_USE enum rc store_is_empty(struct ctx *cx, bool *out);

MUST_USE enum rc store_begin(struct ctx *cx);
MUST_USE enum rc store_commit(struct ctx *cx);
/* The open transaction holds writes that nobody will ever see. */
static inline bool store_is_dry(const struct ctx *cx)
{
	return cx->conn && cx->dry_open;
}
void store_rollback(struct ctx *cx); /* nothing when none is open; ends a reading snapshot too */
/* One snapshot for all reading until store_rollback: cheaper than a lock for each statement, and consistent. Not to be held while waiting for a client. */
MUST_USE enum rc store_read_begin(struct ctx *cx);

/* The open transaction's connection, or a reader for the caller's block: SCOPED(lease_done) struct lease l = LEASE(cx); */
struct lease {
	struct conn *c;
	bool own;
};
MUST_USE enum rc lease_take(struct ctx *cx, struct lease *l);
void lease_done(struct lease *l);

/* Ids: a run takes the counter of its kind for the rest of the transaction; id_run_end stores it. */
struct id_run {
	const char *name;
	int64_t next, first;
};
MUST_USE enum rc id_run_begin(struct ctx *cx, const char *name, struct id_run *r);
MUST_USE enum rc id_run_end(struct ctx *cx, struct id_run *r);
/* One id, taken at once. */
MUST_USE enum rc id_next(struct ctx *cx, const char *name, int64_t *out);

/* Counters that caches watch. bump inside a transaction. */
MUST_USE enum rc data_version_get(struct ctx *cx, const char *name, int64_t *out);
MUST_USE enum rc data_version_bump(struct ctx *cx, const char *name);

MUST_USE enum rc meta_get(struct ctx *cx, const char *name, struct str *out); /* {NULL,0} when absent */
MUST_USE enum rc meta_set(struct ctx *cx, const char *name, struct str value);

/* Digest of a text as attr_value holds it: folded, then keyed. */
int64_t store_digest(const struct store *st, struct arena *a, struct str text);
int64_t store_digest_folded(const struct store *st, struct str folded);

/* Helpers for rows. */
static inline struct str uuid_blob(const struct uuid *u)
{
	return (struct str){ (const char *)u->b, 16 };
}
static inline void bind_uuid(struct stmt *q, int n, const struct uuid *u)
{
	bind_blob(q, n, u->b, 16);
}
void col_uuid(struct stmt *q, int i, struct uuid *out); /* nil for null */

#endif
