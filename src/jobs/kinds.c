/* kinds.c - the table of job kinds, and what each does: read the argument, call one function below. */
#include "jobs/kinds.h"

#include "base/json.h"
#include "base/sys_log.h"
#include "jobs/worker.h"
#include "policy/session.h"
#include "store/audit.h"
#include "store/audit_log.h"
#include "store/auth_key.h"
#include "store/decay.h"
#include "store/file.h"
#include "store/health.h"
#include "store/gram.h"
#include "store/history.h"
#include "store/setting.h"
#include "store/verify.h"

enum { DAY_S = 86400, JOBS_KEPT_DAYS = 7, SYSLOG_BATCH = 500 };

/* {"feed": 3} */
static enum rc feed_of(struct ctx *cx, const struct job *j, int64_t *id)
{
	struct str key;
	struct jr r;

	*id = 0;
	jr_init(&r, cx, j->arg, NULL);
	for (jr_obj(&r); jr_member(&r, &key);)
		if (str_eq(key, S("feed")))
			*id = jr_int(&r, 0);
		else
			jr_skip(&r);
	TRY(jr_end(&r));
	return *id ? RC_OK : fail(cx, RC_INVALID, "the job names no feed");
}

struct feed_run {
	struct ctx *cx;
	struct job_run *run;
};

static void on_progress(void *arg, uint64_t done, uint64_t total, const char *text)
{
	struct feed_run *f = arg;

	job_run_progress(f->cx, f->run, done, total, text);
}

static enum rc feed_job(struct ctx *cx, struct job_run *run,
			enum rc (*fn)(struct ctx *, const struct feed_options *, int64_t, struct feed_report *))
{
	struct feed_run f = { cx, run };
	struct feed_options o = run->o->feed ? *run->o->feed : (struct feed_options){ 0 };
	struct feed_report *rep;
	int64_t id;
	enum rc rc;

	TRY(feed_of(cx, run->job, &id));
	o.progress = on_progress;
	o.progress_arg = &f;
	rep = feed_report_new();
	rc = fn(cx, &o, id, rep);
	if (rc == RC_OK)
		run->result = feed_report_text(cx, rep);
	feed_report_free(rep);
	return rc;
}

static enum rc feed_fetch_job(struct ctx *cx, struct job_run *run)
{
	return feed_job(cx, run, feed_fetch);
}

static enum rc feed_cache_job(struct ctx *cx, struct job_run *run)
{
	return feed_job(cx, run, feed_cache);
}

/* {"model": 3} */
static enum rc decay_fill_job(struct ctx *cx, struct job_run *run)
{
	int64_t id = 0, rows = 0;
	struct str key;
	struct jr r;

	jr_init(&r, cx, run->job->arg, NULL);
	for (jr_obj(&r); jr_member(&r, &key);)
		if (str_eq(key, S("model")))
			id = jr_int(&r, 0);
		else
			jr_skip(&r);
	TRY(jr_end(&r));
	TRY(decay_fill(cx, id, &rows));
	run->result = str_fmt(cx->mem, "%lld expiries written or removed", (long long)rows);
	return RC_OK;
}

static enum rc audit_flush_job(struct ctx *cx, struct job_run *run)
{
	TRY(audit_flush(cx));
	return auth_key_flush(cx);
}

/* setting MISP.history_retention_days; absent or 0: versions are kept for ever */
static enum rc history_purge_job(struct ctx *cx, struct job_run *run)
{
	int64_t days, n = 0;

	TRY(settings_fresh(cx));
	days = setting_int(cx, SITE_HISTORY_DAYS);
	if (days <= 0)
		return RC_OK;
	TRY(history_purge(cx, cx->now_us - days * DAY_S * 1000000, &n));
	run->result = str_fmt(cx->mem, "%lld versions removed", (long long)n);
	return RC_OK;
}

/* setting MISP.log_retention_days; 0: the log is kept for ever */
static enum rc log_purge_job(struct ctx *cx, struct job_run *run)
{
	int64_t days, n = 0;

	TRY(settings_fresh(cx));
	days = setting_int(cx, SITE_LOG_DAYS);
	if (days <= 0)
		return RC_OK;
	TRY(audit_log_purge(cx, cx->now_us - days * DAY_S * 1000000, &n));
	run->result = str_fmt(cx->mem, "%lld entries removed", (long long)n);
	return RC_OK;
}

static enum rc job_purge_job(struct ctx *cx, struct job_run *run)
{
	return job_purge(cx, ctx_now_s(cx) - JOBS_KEPT_DAYS * DAY_S);
}

static enum rc file_sweep_job(struct ctx *cx, struct job_run *run)
{
	int64_t n = 0;

	TRY(file_sweep(cx, &n));
	run->result = str_fmt(cx->mem, "%lld files removed", (long long)n);
	return RC_OK;
}

static enum rc session_tidy_job(struct ctx *cx, struct job_run *run)
{
	TRY(settings_fresh(cx));
	return session_tidy(cx);
}

static enum rc verify_job(struct ctx *cx, struct job_run *run)
{
	struct finding *v;
	size_t n;

	TRY(store_verify(cx, &v, &n));
	if (n)
		return fail(cx, RC_INVALID, "%lld %s; misp check --deep tells all", (long long)v[0].n, v[0].what);
	run->result = S("all tables agree with one another");
	return RC_OK;
}

static void to_syslog(void *arg, struct str line)
{
	sys_log(*(const struct str *)arg, line);
}

/* setting Security.syslog */
static enum rc audit_syslog_job(struct ctx *cx, struct job_run *run)
{
	struct str ident;
	size_t n = SYSLOG_BATCH;

	TRY(settings_fresh(cx));
	if (!setting_on(cx, SITE_SYSLOG))
		return RC_OK;
	ident = setting_text(cx, SITE_SYSLOG_IDENT);
	while (n == SYSLOG_BATCH)
		TRY(health_export_audit(cx, SYSLOG_BATCH, to_syslog, &ident, &n));
	return RC_OK;
}

/* steps, each its own transactions, until nothing is left to do */
static enum rc substring_index_job(struct ctx *cx, struct job_run *run)
{
	bool more = true;

	for (uint64_t n = 0; more; n++) {
		struct arena_mark m = arena_mark(cx->mem);

		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "the server is stopping");
		job_run_progress(cx, run, n, 0, "indexing values for substring searches");
		TRY(gram_step(cx, &more));
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

/* looks only: a job is added when there is something to index */
static enum rc substring_watch_job(struct ctx *cx, struct job_run *run)
{
	bool due;

	(void)run;
	TRY(gram_due(cx, &due));
	return due ? job_add(cx, &(struct job){ .kind = S("substring_index"), .arg = S("{}") }, NULL) : RC_OK;
}

static const struct job_kind kinds[] = {
	{ "feed_fetch", feed_fetch_job, 2, 0, false, "fetch a feed and take in what is new" },
	{ "feed_cache", feed_cache_job, 2, 0, false, "keep the digests of a feed's values for lookups" },
	{ "verify", verify_job, 0, 0, false, "look whether the tables that are made from others agree with them" },
	{ "audit_syslog", audit_syslog_job, 0, 1, true, "hand new log entries on to syslog, with Security.syslog" },
	{ "decay_fill", decay_fill_job, 5, 0, false, "make the stored expiries of a decaying model anew, or remove them" },
	{ "audit_flush", audit_flush_job, 0, 1, true, "write the queued audit entries of refusals, and when keys were used last" },
	{ "history_purge", history_purge_job, 2, DAY_S, false, "remove versions that are older than the retention setting" },
	{ "session_tidy", session_tidy_job, 2, 3600, true, "remove sessions that have ended and failed logins of long ago" },
	{ "substring_index", substring_index_job, 5, 0, false, "take new values into the index of substring searches" },
	{ "substring_watch", substring_watch_job, 0, 5, true, "add that job when there is something to index" },
	{ "log_purge", log_purge_job, 2, DAY_S, false, "remove log entries that are older than the retention setting" },
	{ "file_sweep", file_sweep_job, 2, 0, false, "remove files whose last attribute was deleted" },
	{ "file_sweep_daily", file_sweep_job, 2, DAY_S, false, "remove files that a save began and gave up" },
	{ "job_purge", job_purge_job, 2, DAY_S, false, "remove jobs that ended more than a week ago" },
};

const struct job_kind *job_kinds(size_t *n)
{
	*n = sizeof(kinds) / sizeof(*kinds);
	return kinds;
}
