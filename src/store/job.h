/* job.h - work to be done later: the queue. Who works is jobs/; any room may add.
 *
 *     TRY(job_add(cx, &(struct job){ .kind = S("feed_fetch"), .arg = S("{\"feed\":3}"), .user_id = 1 }, &id));
 *
 * A worker claims the oldest row that is due: it gets a lease and counts an attempt. It renews the lease while it works. One that dies loses it, and
 * the job is claimed again: jobs must be idempotent. A claim is known by (id, attempts), so that a worker that lost its lease cannot end the job
 * of its successor. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include "store/store.h"

enum job_state { JOB_WAITING = 0, JOB_RUNNING = 1, JOB_DONE = 2, JOB_FAILED = 3 };

struct job {
	int64_t id;
	struct str kind, arg;       /* arg: JSON */
	enum job_state state;
	int64_t run_at, lease_until, attempts;
	int64_t progress, total;
	struct str message;         /* what it does, or how it ended */
	int64_t user_id;            /* on whose behalf, 0: the system */
	int64_t created, finished;  /* finished 0: not yet */
};

/* A thread that does jobs. */
struct job_worker {
	int64_t pid;                /* of the thread; 0: it has just begun */
	bool ending;                /* with the job it is at */
};

/* In the caller's transaction, or one of its own. kind, arg, run_at (0: now) and user_id are read. When a job of the same kind and arg waits already, *id
 * (may be NULL) is that one. */
MUST_USE enum rc job_add(struct ctx *cx, const struct job *j, int64_t *id);
/* For a kind that runs again and again: added unless one waits or runs. */
MUST_USE enum rc job_add_periodic(struct ctx *cx, struct str kind, int64_t run_at);

MUST_USE enum rc job_load(struct ctx *cx, int64_t id, struct job *out); /* RC_NOTFOUND "Invalid job" */
/* Newest first, ids below `before` (0: all). */
MUST_USE enum rc job_list(struct ctx *cx, int64_t before, size_t limit, struct job **out, size_t *n);
/* How many wait or run. */
MUST_USE enum rc job_count(struct ctx *cx, int64_t *out);
/* True when something can be claimed; reads only. */
MUST_USE enum rc job_due(struct ctx *cx, int64_t now_s, bool *out);

/* Each its own transaction. claim: RC_DONE when nothing is due. Jobs of the same kind and arg never run at the same time. */
MUST_USE enum rc job_claim(struct ctx *cx, int64_t now_s, int64_t lease_s, struct job *out);
/* RC_DONE when the claim is lost (no failure recorded). */
MUST_USE enum rc job_renew(struct ctx *cx, int64_t id, int64_t attempts, int64_t lease_until);
MUST_USE enum rc job_progress(struct ctx *cx, int64_t id, int64_t attempts, int64_t progress, int64_t total, struct str message);
/* state WAITING: run again at run_at (attempts set to 0 when rewind is set). */
struct job_end {
	enum job_state state;
	int64_t now_s, run_at;
	bool rewind;
	struct str message;
};
MUST_USE enum rc job_finish(struct ctx *cx, int64_t id, int64_t attempts, const struct job_end *e);
/* Ended jobs that finished before then go. */
MUST_USE enum rc job_purge(struct ctx *cx, int64_t before_s);

#endif
