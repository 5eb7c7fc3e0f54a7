/* worker.c - threads that claim and run jobs; see worker.h.
 *
 *     waiting --claim--> running --ok----------------------------> done (periodic: waiting, run_at + period)
 *        ^                  |  \---failed, attempts left---------> waiting, after a pause
 *        |                  |   \--failed, no attempt left-------> failed
 *        +--stopping--------+
 *        +--lease over------+ (the worker died)
 *
 * The lock guards what the threads share: the list of claims, the flag that something may be due. Nobody holds it while talking to the database. */
#include "jobs/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/user.h"
#include "store/user.h"
#include "store/visible.h"

enum { THREADS_MAX = 64, BACKOFF_MAX_S = 3600 };
#define MEM_DEFAULT ((size_t)2 << 30)
#define PROGRESS_US 1000000

/* A job running here; on the worker's stack, in the list while it runs. */
struct job_claim {
	struct job_claim *next;
	struct jobs *jobs;
	int64_t id, attempts;
	int64_t told_us;          /* when progress was written last */
};

/* A worker thread, or room for one. */
struct slot {
	struct jobs *jobs;
	pthread_t thread;
	int64_t tid;              /* 0: not known yet */
	bool started;             /* has to be joined */
	bool retire, ended;
};

struct jobs {
	struct jobs_options o;
	const struct job_kind *kinds;
	size_t kind_n;
	unsigned lease_s, tick_ms, backoff_s;
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t work;      /* something may be due */
	pthread_cond_t tick;      /* the ticker looks now */
	unsigned long due;        /* raised for each reason to look */
	struct job_claim *running;
	int64_t *last_run;        /* of in-process kinds, monotonic; the ticker's alone */
	pthread_t ticker;
	struct slot slots[THREADS_MAX];
};

static const struct job_kind *kind_find(const struct jobs *j, struct str name)
{
	for (size_t i = 0; i < j->kind_n; i++)
		if (str_eq(name, str_c(j->kinds[i].name)))
			return &j->kinds[i];
	return NULL;
}

static void unit_begin(struct jobs *j, struct ctx *cx, bool stoppable)
{
	ctx_init(cx, j->o.mem_max ? j->o.mem_max : MEM_DEFAULT);
	cx->st = j->o.st;
	cx->scope = &scope_all;
	cx->origin = S("job");
	if (stoppable)
		cx->stop = &j->stop;
}

void jobs_wake(void *arg)
{
	struct jobs *j = arg;

	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->due++;
	pthread_cond_broadcast(&j->work);
	pthread_mutex_unlock(&j->lock);
}

/* ---- one job ---- */

void job_run_progress(struct ctx *cx, struct job_run *run, uint64_t done, uint64_t total, const char *text)
{
	struct job_claim *c = run->claim;
	int64_t now = clock_mono_us();

	if (!c || cx->conn || now - c->told_us < PROGRESS_US)
		return;
	c->told_us = now;
	/* progress is a courtesy: when it cannot be written the job goes on */
	struct err was = cx->err;

	if (job_progress(cx, c->id, c->attempts, (int64_t)done, (int64_t)total, str_c(text)) != RC_OK)
		log_debug("jobs", "job %lld: progress not written", (long long)c->id);
	cx->err = was;
}

static void claim_enter(struct jobs *j, struct job_claim *c)
{
	pthread_mutex_lock(&j->lock);
	c->next = j->running;
	j->running = c;
	pthread_mutex_unlock(&j->lock);
}

static void claim_leave(struct jobs *j, struct job_claim *c)
{
	struct job_claim **p;

	pthread_mutex_lock(&j->lock);
	for (p = &j->running; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	j->due++; /* one of the same kind and argument may wait for this one's end */
	pthread_cond_broadcast(&j->work);
	pthread_mutex_unlock(&j->lock);
}

static int64_t backoff(const struct jobs *j, int64_t attempts)
{
	int64_t s = j->backoff_s;

	for (int64_t i = 1; i < attempts && s < BACKOFF_MAX_S; i++)
		s *= 2;
	return s < BACKOFF_MAX_S ? s : BACKOFF_MAX_S;
}

/* What the same attempt would meet again. */
static bool lasting(enum rc rc)
{
	return rc == RC_NOTFOUND || rc == RC_INVALID || rc == RC_DENIED || rc == RC_BAD || rc == RC_TOOBIG;
}

static struct job_end end_of(const struct jobs *j, const struct job *job, const struct job_kind *k, enum rc rc, struct str message)
{
	int64_t now = clock_now_us() / 1000000;
	struct job_end e = { .now_s = now, .message = message };

	if (rc == RC_STOPPED)
		return (struct job_end){ JOB_WAITING, now, now, true, S("stopped, will run again") };
	if (k && k->period_s && (rc == RC_OK || job->attempts > k->retries))
		return (struct job_end){ JOB_WAITING, now, now + k->period_s, true, message };
	if (rc == RC_OK)
		e.state = JOB_DONE;
	else if (k && job->attempts <= k->retries && !lasting(rc))
		e = (struct job_end){ JOB_WAITING, now, now + backoff(j, job->attempts), false, message };
	else
		e.state = JOB_FAILED;
	return e;
}

static void end_job(struct jobs *j, const struct job *job, const struct job_end *e)
{
	struct ctx cx;
	enum rc rc;

	unit_begin(j, &cx, false);
	rc = job_finish(&cx, job->id, job->attempts, e);
	if (rc == RC_DONE)
		log_warn("jobs", "job %lld was taken over by another worker", (long long)job->id);
	else if (rc != RC_OK)
		log_error("jobs", "job %lld: its end could not be written: %s", (long long)job->id, cx.err.msg);
	ctx_clear(&cx);
}

/* As the user who asked for it; RC_NOTFOUND when that one is gone. */
static enum rc run_as(struct ctx *cx, const struct job_kind *k, struct job_run *run)
{
	struct user *u = arena_one(cx->mem, struct user);
	enum rc rc;

	if (run->job->user_id) {
		rc = user_acting(cx, run->job->user_id, u);
		if (rc == RC_DONE)
			return fail(cx, RC_NOTFOUND, "the user who asked for it is gone");
		TRY(rc);
		cx->who = u;
	}
	return k->run(cx, run);
}

static void run_job(struct jobs *j, struct job *job)
{
	const struct job_kind *k = kind_find(j, job->kind);
	struct job_claim c = { .jobs = j, .id = job->id, .attempts = job->attempts };
	struct job_run run = { .job = job, .o = &j->o, .result = S(""), .claim = &c };
	struct job_end e;
	struct ctx cx;
	enum rc rc;

	claim_enter(j, &c);
	unit_begin(j, &cx, true);
	cx.origin = str_fmt(cx.mem, "job %lld", (long long)job->id);
	if (!k)
		rc = fail(&cx, RC_NOTFOUND, "this program knows no job of kind %.*s", STR(job->kind));
	else if (job->attempts > (int64_t)k->retries + 1)
		rc = fail(&cx, RC_INVALID, "given up: its worker ended %u times before it did", k->retries + 1);
	else
		rc = run_as(&cx, k, &run);
	store_rollback(&cx);
	if (rc != RC_OK && rc != RC_STOPPED)
		log_warn("jobs", "job %lld %.*s %.*s: %s", (long long)job->id, STR(job->kind), STR(job->arg), cx.err.msg[0] ? cx.err.msg : rc_text(rc));
	e = end_of(j, job, k, rc, rc == RC_OK ? run.result : str_c(cx.err.msg[0] ? cx.err.msg : rc_text(rc)));
	end_job(j, job, &e);
	ctx_clear(&cx);
	claim_leave(j, &c);
}

/* True when there was a job. */
static bool work_once(struct jobs *j)
{
	struct job job;
	struct ctx cx;
	bool due = false;
	enum rc rc;

	unit_begin(j, &cx, true);
	rc = job_due(&cx, ctx_now_s(&cx), &due); /* looking takes no lock */
	if (rc == RC_OK && due)
		rc = job_claim(&cx, ctx_now_s(&cx), j->lease_s, &job);
	if (rc == RC_OK && due)
		run_job(j, &job);
	else if (rc != RC_OK && rc != RC_DONE && rc != RC_STOPPED && rc != RC_BUSY)
		log_error("jobs", "the queue cannot be read: %s", cx.err.msg);
	ctx_clear(&cx);
	return rc == RC_OK && due;
}

static void *worker(void *arg)
{
	struct slot *s = arg;
	struct jobs *j = s->jobs;
	unsigned long seen = 0;
	bool on = true;

	pthread_mutex_lock(&j->lock);
	s->tid = gettid();
	pthread_mutex_unlock(&j->lock);
	while (on) {
		bool worked = work_once(j);

		pthread_mutex_lock(&j->lock);
		while (!worked && seen == j->due && !atomic_load(&j->stop) && !s->retire)
			pthread_cond_wait(&j->work, &j->lock);
		if (!worked)
			seen = j->due;
		on = !atomic_load(&j->stop) && !s->retire;
		s->ended = !on;
		pthread_mutex_unlock(&j->lock);
	}
	return NULL;
}

/* ---- the ticker ---- */

/* Leases of what runs here; a copy of the list is worked on, so that the lock is not held over a write. */
static void renew_all(struct jobs *j)
{
	struct {
		int64_t id, attempts;
	} v[THREADS_MAX];
	size_t n = 0;

	pthread_mutex_lock(&j->lock);
	for (struct job_claim *c = j->running; c && n < THREADS_MAX; c = c->next) {
		v[n].id = c->id;
		v[n++].attempts = c->attempts;
	}
	pthread_mutex_unlock(&j->lock);
	for (size_t i = 0; i < n; i++) {
		struct ctx cx;
		enum rc rc;

		unit_begin(j, &cx, false);
		rc = job_renew(&cx, v[i].id, v[i].attempts, ctx_now_s(&cx) + j->lease_s);
		if (rc != RC_OK && rc != RC_DONE && rc != RC_BUSY) /* busy: the job itself is writing */
			log_warn("jobs", "job %lld: lease not renewed: %s", (long long)v[i].id, cx.err.msg);
		ctx_clear(&cx);
	}
}

static void in_process(struct jobs *j)
{
	int64_t now = clock_mono_us();

	for (size_t i = 0; i < j->kind_n; i++) {
		const struct job_kind *k = &j->kinds[i];
		struct job job = { .kind = str_c(k->name), .arg = S("{}") };
		struct job_run run = { .job = &job, .o = &j->o, .result = S("") };
		struct ctx cx;

		if (!k->in_process || now - j->last_run[i] < (int64_t)k->period_s * 1000000)
			continue;
		j->last_run[i] = now;
		unit_begin(j, &cx, true);
		if (k->run(&cx, &run) != RC_OK)
			log_warn("jobs", "%s: %s", k->name, cx.err.msg);
		store_rollback(&cx);
		ctx_clear(&cx);
	}
}

static bool anything_due(struct jobs *j)
{
	struct ctx cx;
	bool due = false;

	unit_begin(j, &cx, true);
	if (job_due(&cx, ctx_now_s(&cx), &due) != RC_OK)
		due = false;
	ctx_clear(&cx);
	return due;
}

/* Waits a tick; false when it is time to end. */
static bool wait_tick(struct jobs *j)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += j->tick_ms / 1000;
	t.tv_nsec += (long)(j->tick_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&j->lock);
	while (!atomic_load(&j->stop) && pthread_cond_timedwait(&j->tick, &j->lock, &t) == 0)
		;
	pthread_mutex_unlock(&j->lock);
	return !atomic_load(&j->stop);
}

static void *ticker(void *arg)
{
	struct jobs *j = arg;
	int64_t renewed = clock_mono_us();

	while (wait_tick(j)) {
		if (clock_mono_us() - renewed > (int64_t)j->lease_s * 1000000 / 4) {
			renew_all(j);
			renewed = clock_mono_us();
		}
		in_process(j);
		if (anything_due(j))
			jobs_wake(j);
	}
	return NULL;
}

/* ---- start and stop ---- */

static enum rc periodic_add(struct ctx *cx, const struct jobs *j)
{
	for (size_t i = 0; i < j->kind_n; i++)
		if (j->kinds[i].period_s && !j->kinds[i].in_process)
			TRY(job_add_periodic(cx, str_c(j->kinds[i].name), ctx_now_s(cx)));
	return RC_OK;
}

static void jobs_free(struct jobs *j)
{
	pthread_cond_destroy(&j->work);
	pthread_cond_destroy(&j->tick);
	pthread_mutex_destroy(&j->lock);
	free(j->last_run);
	free(j);
}

static struct jobs *jobs_new(const struct jobs_options *o)
{
	struct jobs *j = calloc(1, sizeof(*j));
	pthread_condattr_t a;

	if (!j)
		abort();
	j->o = *o;
	j->kinds = o->kinds;
	j->kind_n = o->kind_n;
	if (!j->kinds)
		j->kinds = job_kinds(&j->kind_n);
	j->lease_s = o->lease_s ? o->lease_s : 60;
	j->tick_ms = o->tick_ms ? o->tick_ms : 1000;
	j->backoff_s = o->backoff_s ? o->backoff_s : 30;
	j->last_run = calloc(j->kind_n + 1, sizeof(*j->last_run));
	if (!j->last_run)
		abort();
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&j->work, &a);
	pthread_cond_init(&j->tick, &a);
	pthread_condattr_destroy(&a);
	return j;
}

/* One more worker; false when there is no room or no thread. The lock is held. */
static bool slot_start(struct jobs *j)
{
	struct slot *s = j->slots;

	while (s < j->slots + THREADS_MAX && s->started && !s->ended)
		s++;
	if (s == j->slots + THREADS_MAX || atomic_load(&j->stop))
		return false;
	if (s->started)
		pthread_join(s->thread, NULL); /* it has given the lock back for the last time */
	*s = (struct slot){ .jobs = j };
	s->started = pthread_create(&s->thread, NULL, worker, s) == 0;
	return s->started;
}

static bool slot_lives(const struct slot *s)
{
	return s->started && !s->ended;
}

size_t jobs_workers(void *arg, struct job_worker *v, size_t max)
{
	struct jobs *j = arg;
	size_t n = 0;

	pthread_mutex_lock(&j->lock);
	for (int i = 0; i < THREADS_MAX && n < max; i++)
		if (slot_lives(&j->slots[i]))
			v[n++] = (struct job_worker){ j->slots[i].tid, j->slots[i].retire };
	pthread_mutex_unlock(&j->lock);
	return n;
}

bool jobs_worker_start(void *arg)
{
	struct jobs *j = arg;
	bool done;

	pthread_mutex_lock(&j->lock);
	done = slot_start(j);
	pthread_mutex_unlock(&j->lock);
	return done;
}

size_t jobs_workers_stop(void *arg, int64_t tid)
{
	struct jobs *j = arg;
	size_t n = 0;

	pthread_mutex_lock(&j->lock);
	for (int i = 0; i < THREADS_MAX; i++) {
		struct slot *s = &j->slots[i];

		if (!slot_lives(s) || s->retire || (tid && s->tid != tid))
			continue;
		s->retire = true;
		n++;
	}
	pthread_cond_broadcast(&j->work);
	pthread_mutex_unlock(&j->lock);
	return n;
}

size_t jobs_workers_fill(void *arg)
{
	struct jobs *j = arg;
	size_t want = j->o.threads ? j->o.threads : 2, live = 0, n = 0;

	pthread_mutex_lock(&j->lock);
	for (int i = 0; i < THREADS_MAX; i++)
		live += slot_lives(&j->slots[i]) && !j->slots[i].retire;
	while (live + n < want && slot_start(j))
		n++;
	pthread_mutex_unlock(&j->lock);
	return n;
}

static enum rc threads_start(struct ctx *cx, struct jobs *j)
{
	if (pthread_create(&j->ticker, NULL, ticker, j) != 0)
		return fail(cx, RC_LIMIT, "no thread for jobs");
	jobs_workers_fill(j);
	return RC_OK;
}

enum rc jobs_start(struct ctx *cx, const struct jobs_options *o, struct jobs **out)
{
	struct jobs *j = jobs_new(o);
	enum rc rc = periodic_add(cx, j);

	if (rc == RC_OK)
		rc = threads_start(cx, j);
	if (rc != RC_OK) {
		jobs_free(j);
		return rc;
	}
	*out = j;
	return RC_OK;
}

bool jobs_stop(struct jobs *j, unsigned limit_ms)
{
	struct timespec t;
	bool all = true;

	if (!j)
		return true;
	pthread_mutex_lock(&j->lock);
	atomic_store(&j->stop, true);
	pthread_cond_broadcast(&j->work);
	pthread_cond_broadcast(&j->tick);
	pthread_mutex_unlock(&j->lock);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += limit_ms / 1000;
	t.tv_nsec += (long)(limit_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	all &= pthread_timedjoin_np(j->ticker, NULL, &t) == 0;
	for (int i = 0; i < THREADS_MAX; i++)
		if (j->slots[i].started)
			all &= pthread_timedjoin_np(j->slots[i].thread, NULL, &t) == 0;
	if (all)
		jobs_free(j);
	return all;
}
