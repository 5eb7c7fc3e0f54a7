/* worker.h - the threads that do the jobs of store/job.h; in serve only.
 *
 *     struct jobs_options o = { .st = st, .threads = 2, .feed = &feed_options };
 *     TRY(jobs_start(cx, &o, &jobs));
 *     jobs_wake(jobs);                   after a job was added (and committed) in this process; others are seen within a second
 *     jobs_stop(jobs, 10000);
 *
 * Worker threads claim and run jobs, each with a ctx of its own. One more thread looks every second whether something is due, renews the leases of what
 * runs here and does the in-process kinds. */
#ifndef JOBS_WORKER_H
#define JOBS_WORKER_H

#include "feed/feed.h"
#include "jobs/kinds.h"

struct user;

struct jobs_options {
	struct store *st;             /* borrowed */
	unsigned threads;             /* 0: 2 */
	const struct feed_options *feed; /* kept; for the feed kinds */
	size_t mem_max;               /* arena of one run; 0: 2 GiB */
	unsigned lease_s, tick_ms;    /* 0: 60 s, 1000 ms; tests ask for less */
	unsigned backoff_s;           /* before the first retry, doubled each time up to an hour; 0: 30 s */
	const struct job_kind *kinds; /* NULL: those of kinds.c */
	size_t kind_n;
};
struct jobs;
MUST_USE enum rc jobs_start(struct ctx *cx, const struct jobs_options *o, struct jobs **out);
void jobs_wake(void *jobs); /* void, so that it can be handed on as a call-back */
/* The worker threads, for who looks after them; jobs as void, so that they can be handed on as call-backs. */
size_t jobs_workers(void *jobs, struct job_worker *v, size_t max);
bool jobs_worker_start(void *jobs);                   /* one more; false: 64 are the most */
size_t jobs_workers_stop(void *jobs, int64_t tid);    /* end with the job they are at; tid 0: all; how many were told */
size_t jobs_workers_fill(void *jobs);                 /* as many as were asked for at the start; how many began */
/* Running jobs see cx->stop and go back to the queue. False when one did not end within the limit: then the threads are left behind and the process should
 * end. NULL is fine. */
bool jobs_stop(struct jobs *j, unsigned limit_ms);

#endif
