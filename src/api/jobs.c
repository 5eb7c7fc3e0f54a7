/* jobs.c - what the job queue holds and how far it is. */
#include "api/feeds.h"
#include "store/job.h"

enum { LIST_MAX = 200 };

/* MISP's numbers: 1 waiting, 2 running, 3 failed, 4 done */
static int status_of(enum job_state s)
{
	static const int numbers[] = { [JOB_WAITING] = 1, [JOB_RUNNING] = 2, [JOB_DONE] = 4, [JOB_FAILED] = 3 };

	return numbers[s];
}

static int64_t percent(const struct job *j)
{
	if (j->state == JOB_DONE)
		return 100;
	return j->total > 0 ? j->progress * 100 / j->total : 0;
}

static void write_job(struct jw *w, const struct job *j)
{
	jw_obj(w);
	jw_key(w, "Job");
	jw_obj(w);
	jw_kid(w, "id", j->id);
	jw_kstr(w, "job_type", j->kind);
	jw_kstr(w, "job_input", j->arg);
	jw_kid(w, "status", status_of(j->state));
	jw_kid(w, "retries", j->attempts > 1 ? j->attempts - 1 : 0);
	jw_kstr(w, "message", j->message);
	jw_kid(w, "progress", percent(j));
	jw_kid(w, "done", j->progress);
	jw_kid(w, "total", j->total);
	jw_kid(w, "user_id", j->user_id);
	jw_kid(w, "run_at", j->run_at);
	jw_kid(w, "date_created", j->created);
	jw_kid(w, "date_finished", j->finished);
	jw_obj_end(w);
	jw_obj_end(w);
}

enum rc jobs_index(struct req *rq, struct resp *rs)
{
	struct params p;
	struct job *v;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	TRY(job_list(rq->cx, param_int(&p, "before", 0), LIST_MAX, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_job(&w, &v[i]);
	jw_arr_end(&w);
	return RC_OK;
}

static enum rc load(struct req *rq, struct job *j)
{
	int64_t id;

	if (!str_i64(req_var(rq, 0), &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid job");
	return job_load(rq->cx, id, j);
}

enum rc jobs_view(struct req *rq, struct resp *rs)
{
	struct job j;
	struct jw w;

	TRY(load(rq, &j));
	w = api_json(rq, rs);
	write_job(&w, &j);
	return RC_OK;
}

enum rc jobs_progress(struct req *rq, struct resp *rs)
{
	struct job j;
	struct jw w;

	TRY(load(rq, &j));
	w = api_json(rq, rs);
	jw_int(&w, percent(&j));
	return RC_OK;
}
