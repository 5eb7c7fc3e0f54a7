/* kinds.h - the kinds of jobs: one row each. Adding a kind is a row in kinds.c and a function. */
#ifndef JOBS_KINDS_H
#define JOBS_KINDS_H

#include "base/ctx.h"
#include "store/job.h"

struct jobs_options;

/* One run of one job. */
struct job_run {
	const struct job *job;
	const struct jobs_options *o;
	struct str result;        /* how it ended, in cx->mem: becomes the job's message */
	struct job_claim *claim;  /* of worker.c */
};
/* Told now and then by the job; written at most once a second, and never while a transaction is open. */
void job_run_progress(struct ctx *cx, struct job_run *run, uint64_t done, uint64_t total, const char *text);

struct job_kind {
	const char *name;
	/* May be run again after it was cut off anywhere: idempotent. A failure is tried again as often as retries says. */
	enum rc (*run)(struct ctx *cx, struct job_run *run);
	unsigned retries;
	unsigned period_s;        /* runs again and again; 0: when added */
	bool in_process;          /* periodic work on this process's own memory: no row in the table, not taken over by another process */
	const char *help;
};
const struct job_kind *job_kinds(size_t *n);

#endif
