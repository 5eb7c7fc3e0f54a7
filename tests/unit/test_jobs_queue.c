/* the job queue: order, leases, fencing, retries with a pause, workers that never share a job, progress, stopping */
#include "unit/feed_rig.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "jobs/worker.h"
#include "store/job.h"

static void nap(int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static int64_t add(struct rig *g, const char *kind, const char *arg, int64_t run_at)
{
	int64_t id = 0;

	OK(job_add(g->cx, &(struct job){ .kind = str_c(kind), .arg = str_c(arg), .run_at = run_at }, &id));
	return id;
}

static enum rc claim(struct rig *g, int64_t now, struct job *j)
{
	enum rc rc = job_claim(g->cx, now, 10, j);

	ctx_forgive(g->cx);
	return rc;
}

/* ---- the table, time given by hand ---- */

static void queue(struct rig *g)
{
	struct job a, b, c, *v;
	int64_t i1, i2, i3;
	bool due;
	size_t n;

	i1 = add(g, "x", "{\"n\":1}", 100);
	i2 = add(g, "x", "{\"n\":2}", 90);
	CHECK_INT(add(g, "x", "{\"n\":1}", 100), i1); /* waits already */
	OK(job_due(g->cx, 89, &due));
	CHECK(!due);
	CHECK_INT(claim(g, 89, &a), RC_DONE);
	OK(job_due(g->cx, 100, &due));
	CHECK(due);
	CHECK_INT(claim(g, 100, &a), RC_OK); /* the oldest due one */
	CHECK_INT(a.id, i2);
	CHECK_INT(a.attempts, 1);
	CHECK_INT(a.lease_until, 110);
	CHECK_INT(claim(g, 100, &b), RC_OK);
	CHECK_INT(b.id, i1);
	CHECK_INT(claim(g, 100, &c), RC_DONE);

	i3 = add(g, "x", "{\"n\":1}", 100); /* the same work again, while it runs */
	CHECK(i3 != i1);
	CHECK_INT(claim(g, 105, &c), RC_DONE); /* never at the same time */
	OK(job_progress(g->cx, b.id, b.attempts, 3, 7, S("seven")));
	OK(job_load(g->cx, b.id, &c));
	CHECK_INT(c.progress, 3);
	CHECK_INT(c.total, 7);
	CHECK_STR(c.message, S("seven"));
	OK(job_renew(g->cx, b.id, b.attempts, 200));
	CHECK_INT(claim(g, 111, &c), RC_OK); /* the first worker died: its job is claimed again, the renewed one is not */
	CHECK_INT(c.id, i2);
	CHECK_INT(c.attempts, 2);
	CHECK_INT(job_renew(g->cx, a.id, a.attempts, 300), RC_DONE);
	CHECK_INT(job_progress(g->cx, a.id, a.attempts, 1, 1, S("late")), RC_DONE);
	CHECK_INT(job_finish(g->cx, a.id, a.attempts, &(struct job_end){ .state = JOB_DONE, .now_s = 112, .message = S("late") }), RC_DONE);
	OK(job_finish(g->cx, c.id, c.attempts, &(struct job_end){ .state = JOB_DONE, .now_s = 113, .message = S("good") }));
	OK(job_load(g->cx, i2, &c));
	CHECK_INT(c.state, JOB_DONE);
	CHECK_INT(c.finished, 113);
	CHECK_STR(c.message, S("good"));
	OK(job_finish(g->cx, b.id, b.attempts, &(struct job_end){ .state = JOB_WAITING, .now_s = 113, .run_at = 500, .message = S("later") }));
	CHECK_INT(claim(g, 120, &c), RC_OK);
	CHECK_INT(c.id, i3);
	OK(job_finish(g->cx, c.id, c.attempts, &(struct job_end){ .state = JOB_FAILED, .now_s = 121, .message = S("bad") }));
	CHECK_INT(claim(g, 499, &c), RC_DONE);
	CHECK_INT(claim(g, 500, &c), RC_OK);
	CHECK_INT(c.id, i1);
	CHECK_INT(c.attempts, 2);
	OK(job_finish(g->cx, c.id, c.attempts, &(struct job_end){ .state = JOB_DONE, .now_s = 501, .message = S("") }));

	OK(job_list(g->cx, 0, 2, &v, &n));
	CHECK_INT(n, 2);
	CHECK_INT(v[0].id, i3);
	OK(job_list(g->cx, i2, 10, &v, &n));
	CHECK_INT(n, 1);
	OK(job_add_periodic(g->cx, S("p"), 900));
	OK(job_add_periodic(g->cx, S("p"), 900));
	CHECK_INT(COUNT("SELECT count(*) FROM job WHERE kind = 'p'"), 1);
	OK(job_purge(g->cx, 121));
	CHECK_INT(COUNT("SELECT count(*) FROM job WHERE state IN (2, 3)"), 2);
	OK(job_purge(g->cx, 1000));
	CHECK_INT(COUNT("SELECT count(*) FROM job"), 1);
	CHECK_INT(job_load(g->cx, i1, &c), RC_NOTFOUND);
	ctx_forgive(g->cx);
}

/* ---- many claiming at once ---- */

enum { CLAIMERS = 4, CLAIMS = 60 };
static atomic_int taken[CLAIMS + 1];
static int64_t first_id;

static void *claimer(void *arg)
{
	struct rig *g = arg;

	for (;;) {
		struct job j;
		struct ctx cx;
		enum rc rc;

		ctx_init(&cx, 0);
		cx.st = g->st;
		rc = job_claim(&cx, ctx_now_s(&cx) + 5, 1000, &j);
		if (rc == RC_OK)
			atomic_fetch_add(&taken[j.id - first_id], 1);
		ctx_clear(&cx);
		if (rc != RC_OK)
			return NULL;
	}
}

static void together(struct rig *g)
{
	pthread_t t[CLAIMERS];
	int once = 0;

	for (int i = 0; i < CLAIMS; i++) {
		int64_t id = add(g, "y", str_fmt(g->cx->mem, "{\"n\":%d}", i).p, 1);

		if (i == 0)
			first_id = id;
		atomic_store(&taken[i], 0);
	}
	for (int i = 0; i < CLAIMERS; i++)
		pthread_create(&t[i], NULL, claimer, g);
	for (int i = 0; i < CLAIMERS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < CLAIMS; i++)
		once += atomic_load(&taken[i]) == 1;
	CHECK_INT(once, CLAIMS);
	OK(store_begin(g->cx));
	store_rollback(g->cx);
}

/* ---- workers ---- */

static atomic_int ran, running, most, inside, periodic_ran, in_process_ran;

static enum rc count_run(struct ctx *cx, struct job_run *run)
{
	int now = atomic_fetch_add(&running, 1) + 1;

	for (int m = atomic_load(&most); now > m && !atomic_compare_exchange_weak(&most, &m, now);)
		;
	nap(20);
	atomic_fetch_sub(&running, 1);
	atomic_fetch_add(&ran, 1);
	run->result = S("counted");
	return RC_OK;
}

static enum rc fail_run(struct ctx *cx, struct job_run *run)
{
	atomic_fetch_add(&ran, 1);
	return fail(cx, RC_REMOTE, "attempt %lld failed", (long long)run->job->attempts);
}

static enum rc hopeless_run(struct ctx *cx, struct job_run *run)
{
	atomic_fetch_add(&ran, 1);
	return fail(cx, RC_INVALID, "never");
}

static enum rc long_run(struct ctx *cx, struct job_run *run)
{
	atomic_store(&inside, 1);
	job_run_progress(cx, run, 5, 9, "half way");
	while (!ctx_stopping(cx))
		nap(5);
	return fail(cx, RC_STOPPED, "stopped");
}

static enum rc periodic_run(struct ctx *cx, struct job_run *run)
{
	atomic_fetch_add(&periodic_ran, 1);
	return RC_OK;
}

static enum rc in_process_run(struct ctx *cx, struct job_run *run)
{
	atomic_fetch_add(&in_process_ran, 1);
	return RC_OK;
}

static const struct job_kind test_kinds[] = {
	{ "count", count_run, 0, 0, false, "" },
	{ "retry", count_run, 1, 0, false, "" },
	{ "fail", fail_run, 2, 0, false, "" },
	{ "hopeless", hopeless_run, 5, 0, false, "" },
	{ "long", long_run, 1, 0, false, "" },
	{ "periodic", periodic_run, 0, 1, false, "" },
	{ "in_process", in_process_run, 0, 1, true, "" },
};

static struct jobs *start(struct rig *g, unsigned threads)
{
	struct jobs_options o = { .st = g->st, .threads = threads, .feed = &g->o, .lease_s = 2, .tick_ms = 50, .backoff_s = 1, .kinds = test_kinds,
				  .kind_n = sizeof(test_kinds) / sizeof(*test_kinds) };
	struct jobs *j = NULL;

	OK(jobs_start(g->cx, &o, &j));
	return j;
}

static bool wait_state(struct rig *g, int64_t id, enum job_state want, int ms, struct job *out)
{
	for (int i = 0; i < ms / 10; i++) {
		if (job_load(g->cx, id, out) == RC_OK && out->state == want)
			return true;
		ctx_forgive(g->cx);
		nap(10);
	}
	return false;
}

static void workers(struct rig *g)
{
	struct jobs *j = start(g, 3);
	int64_t id = 0, dead, unknown, t;
	struct job job;

	atomic_store(&ran, 0);
	for (int i = 0; i < 12; i++)
		id = add(g, "count", str_fmt(g->cx->mem, "{\"n\":%d}", i).p, 0);
	jobs_wake(j);
	CHECK(wait_state(g, id, JOB_DONE, 5000, &job));
	CHECK_STR(job.message, S("counted"));
	for (int i = 0; i < 200 && atomic_load(&ran) < 12; i++)
		nap(10);
	CHECK_INT(atomic_load(&ran), 12);
	CHECK(atomic_load(&most) >= 2 && atomic_load(&most) <= 3);
	nap(100);
	t = clock_mono_us();
	id = add(g, "count", "{}", 0);
	jobs_wake(j);
	CHECK(wait_state(g, id, JOB_DONE, 3000, &job));
	printf("# %s: added, waked, run and ended in %lld ms (20 of them the job's)\n", g->engine, (long long)(clock_mono_us() - t) / 1000);

	atomic_store(&ran, 0);
	id = add(g, "fail", "{}", 0);
	CHECK(wait_state(g, id, JOB_FAILED, 9000, &job)); /* pauses of 1 and 2 seconds */
	CHECK_INT(atomic_load(&ran), 3);
	CHECK_STR(job.message, S("attempt 3 failed"));
	atomic_store(&ran, 0);
	id = add(g, "hopeless", "{}", 0);
	CHECK(wait_state(g, id, JOB_FAILED, 3000, &job)); /* what would fail again is not tried again */
	CHECK_INT(atomic_load(&ran), 1);
	unknown = add(g, "no such kind", "{}", 0);
	CHECK(wait_state(g, unknown, JOB_FAILED, 3000, &job));

	/* a worker of another process died with it */
	dead = add(g, "count", "{\"dead\":1}", 0);
	OK(store_begin(g->cx));
	OK(job_add(g->cx, &(struct job){ .kind = S("count"), .arg = S("{\"dead\":1}") }, NULL));
	OK(store_commit(g->cx));
	CHECK(wait_state(g, dead, JOB_DONE, 3000, &job));
	CHECK(atomic_load(&periodic_ran) >= 2);
	CHECK(atomic_load(&in_process_ran) >= 2);
	CHECK_INT(COUNT("SELECT count(*) FROM job WHERE kind = 'periodic'"), 1);
	CHECK_INT(COUNT("SELECT count(*) FROM job WHERE kind = 'in_process'"), 0);

	/* longer than its lease, which is renewed meanwhile; stopped, it goes back to the queue */
	id = add(g, "long", "{}", 0);
	jobs_wake(j);
	for (int i = 0; i < 300 && !atomic_load(&inside); i++)
		nap(10);
	nap(3000);
	OK(job_load(g->cx, id, &job));
	CHECK_INT(job.state, JOB_RUNNING);
	CHECK_INT(job.attempts, 1);
	CHECK_INT(job.progress, 5);
	CHECK(jobs_stop(j, 5000));
	OK(job_load(g->cx, id, &job));
	CHECK_INT(job.state, JOB_WAITING);
	CHECK_INT(job.attempts, 0);
}

/* A job that was running when its process died is run again when its lease is over, and given up when that happens too often. */
static void crash(struct rig *g)
{
	struct job dead, gone, job;
	struct jobs *j;
	int64_t now = clock_now_us() / 1000000, id = add(g, "retry", "{\"crash\":1}", 1), id2;

	CHECK_INT(job_claim(g->cx, now, 1, &dead), RC_OK);
	CHECK_INT(dead.id, id);
	id2 = add(g, "count", "{\"crash\":2}", 1);
	CHECK_INT(job_claim(g->cx, now, -1, &gone), RC_OK);
	CHECK_INT(gone.id, id2);
	CHECK_INT(job_claim(g->cx, now, -1, &gone), RC_OK); /* count has no retries: two dead workers are one too many */
	CHECK_INT(gone.attempts, 2);
	j = start(g, 1);
	CHECK(wait_state(g, id2, JOB_FAILED, 3000, &job));
	CHECK(str_starts(job.message, S("given up")));
	CHECK(wait_state(g, id, JOB_DONE, 4000, &job));
	CHECK_INT(job.attempts, 2);
	jobs_stop(j, 5000);
}

static void feed_job(struct rig *g)
{
	struct jobs_options o = { .st = g->st, .threads = 2, .feed = &g->o, .tick_ms = 50 };
	struct feed_in in = { .name = S("by job"), .url = rig_url(g, "j.txt"), .source_format = S("freetext"), .fixed_event = S("1") };
	struct jobs *j = NULL;
	struct job job;
	int64_t feed, id = 0;

	rig_write(g, "j.txt", S("203.0.113.1\n203.0.113.2\n"));
	feed = rig_feed(g, &in);
	OK(jobs_start(g->cx, &o, &j));
	OK(job_add(g->cx, &(struct job){ .kind = S("feed_fetch"), .arg = str_fmt(g->cx->mem, "{\"feed\":%lld}", (long long)feed), .user_id = g->admin.id }, &id));
	jobs_wake(j);
	CHECK(wait_state(g, id, JOB_DONE, 5000, &job));
	CHECK(str_find(job.message, S("\"added\":2")) != STR_NONE);
	CHECK_INT(COUNT("SELECT attribute_count FROM event WHERE info = 'by job feed'"), 2);
	id = add(g, "feed_fetch", "{\"feed\":4711}", 0);
	CHECK(wait_state(g, id, JOB_FAILED, 5000, &job));
	CHECK_INT(COUNT("SELECT count(*) FROM job WHERE kind IN ('history_purge', 'job_purge')"), 2);
	CHECK(jobs_stop(j, 5000));
}

static void clear(struct rig *g)
{
	static const struct sql Q = SQL("DELETE FROM job");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	OK(store_begin(g->cx));
	OK(stmt_open(g->cx, g->cx->conn, &Q, &q));
	OK(stmt_run(g->cx, &q));
	stmt_done(&q);
	OK(store_commit(g->cx));
}

static void cases(struct rig *g)
{
	queue(g);
	clear(g);
	together(g);
	clear(g);
	workers(g);
	clear(g);
	crash(g);
	clear(g);
	feed_job(g);
}

int main(void)
{
	log_setup(LOG_L_ERROR, false);
	rig_each(cases);
	return tap_done();
}
