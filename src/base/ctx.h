/* ctx.h - one unit of work: a request, a job run, a command. Carries its memory, its failure, its time, who acts.
 *
 * A function that can fail takes the ctx first and returns enum rc; the message is set once, where the failure is known:
 *
 *     if (!t)
 *         return fail_field(cx, RC_INVALID, "type", "Invalid type.");
 *     TRY(attr_store(cx, &a));
 *
 * Do not overwrite a lower failure's message. RC_DONE is not a failure: it ends an iteration and sets no message.
 */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

#define MUST_USE __attribute__((warn_unused_result))

struct err {
	enum rc rc;
	char field[48]; /* the input field at fault, "" when none */
	char msg[464];  /* one line, UTF-8 */
};

struct store;  /* store/store.h */
struct conn;   /* db/db.h */
struct tx_notes; /* store/: what the open transaction has to do before it commits */
struct scope;  /* model/scope.h: what the acting user may see */
struct user;   /* model/user.h */

struct ctx {
	struct arena *mem;         /* freed when the unit of work ends */
	struct err err;
	int64_t now_us;            /* microseconds since 1970 UTC, taken once at the start */
	struct store *st;          /* borrowed */
	struct conn *conn;         /* the transaction this unit of work is in, NULL outside; kept by store/ */
	struct tx_notes *notes;    /* NULL: nothing; kept by store/ */
	const struct user *who;    /* acting user, NULL before authentication; borrowed */
	const struct scope *scope; /* filled by policy/; borrowed */
	const atomic_bool *stop;   /* set when the process stops; NULL: never */
	struct str origin;         /* for the audit: client address, or "cli", or "job 12" */
	struct str request_id;
	int64_t auth_key_id;       /* 0: none */
	bool dry_run;              /* what is written is taken back at the end (store/store.h) */
	bool dry_open;             /* conn holds writes of a dry run; kept by store/ */
};

void ctx_init(struct ctx *cx, size_t mem_limit); /* now_us from the clock, everything else zero */
void ctx_clear(struct ctx *cx);
static inline int64_t ctx_now_s(const struct ctx *cx)
{
	return cx->now_us / 1000000;
}
static inline bool ctx_stopping(const struct ctx *cx)
{
	return cx->stop && atomic_load_explicit(cx->stop, memory_order_relaxed);
}

/* Records the failure unless one is recorded already, and returns rc. */
enum rc fail(struct ctx *cx, enum rc rc, const char *fmt, ...) __attribute__((format(printf, 3, 4), cold));
enum rc fail_field(struct ctx *cx, enum rc rc, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), cold));
/* fail() with strerror(errno) behind the text. */
enum rc fail_errno(struct ctx *cx, enum rc rc, const char *fmt, ...) __attribute__((format(printf, 3, 4), cold));
#ifdef __clang_analyzer__ /* what the static analyser cannot see: each returns the rc it was given, so never RC_OK */
#define fail(cx, rc, ...) ((fail)((cx), (rc), __VA_ARGS__), (rc))
#define fail_field(cx, rc, ...) ((fail_field)((cx), (rc), __VA_ARGS__), (rc))
#define fail_errno(cx, rc, ...) ((fail_errno)((cx), (rc), __VA_ARGS__), (rc))
#endif
/* Forgets the recorded failure (a caller that handles it). */
void ctx_forgive(struct ctx *cx);

#define TRY(call) \
	do { \
		enum rc try_rc_ = (call); \
		if (try_rc_ != RC_OK) \
			return try_rc_; \
	} while (0)

/* Releases what is not memory at the end of the block: SCOPED(stmt_done) struct stmt *q = ...; */
#define SCOPED(fn) __attribute__((cleanup(fn)))

#endif
