/* instance.c - the instance's own state: worker threads, database, what every role may call, reports of browsers, and calls that MISP needs and this program
 * answers with what is so. */
#include "api/peers.h"

#include <unistd.h>

#include "api/api_int.h"
#include "api/settings.h"
#include "base/log.h"
#include "policy/monitor.h"
#include "policy/user_admin.h"
#include "store/audit.h"
#include "store/health.h"
#include "store/job.h"
#include "store/role.h"
#include "store/setting.h"
#include "store/verify.h"

enum { WORKERS_MAX = 64 };

/* one pool of threads does the jobs of all of MISP's queues */
static const char *const queues[] = { "cache", "default", "email", "prio", "update" };
enum { QUEUE_N = sizeof(queues) / sizeof(*queues) };

/* ---- workers ---- */

static bool have_workers(const struct req *rq)
{
	return api_opts(rq)->workers.list != NULL;
}

static enum rc write_workers(struct req *rq, struct jw *w)
{
	const struct api_options *o = api_opts(rq);
	struct job_worker v[WORKERS_MAX];
	size_t n = have_workers(rq) ? o->workers.list(o->wake_arg, v, WORKERS_MAX) : 0, alive = 0;
	struct str user = str_fmt(rq->cx->mem, "%lld", (long long)getuid());
	int64_t jobs;

	TRY(job_count(rq->cx, &jobs));
	for (size_t i = 0; i < n; i++)
		alive += !v[i].ending;
	jw_obj(w);
	for (int q = 0; q < QUEUE_N; q++) {
		jw_key(w, queues[q]);
		jw_obj(w);
		jw_kbool(w, "ok", alive > 0);
		jw_key(w, "workers");
		jw_arr(w);
		for (size_t i = 0; i < n; i++) {
			jw_obj(w);
			jw_kint(w, "pid", v[i].pid);
			jw_kstr(w, "user", user);
			jw_kbool(w, "alive", true);
			jw_kbool(w, "correct_user", true);
			jw_kbool(w, "ok", !v[i].ending);
			jw_obj_end(w);
		}
		jw_arr_end(w);
		jw_kint(w, "jobCount", q == 1 ? jobs : 0); /* there is one queue */
		jw_obj_end(w);
	}
	jw_kbool(w, "proc_accessible", access("/proc/self", F_OK) == 0);
	jw_kint(w, "controls", have_workers(rq));
	jw_obj_end(w);
	return RC_OK;
}

enum rc servers_workers(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);

	return write_workers(rq, &w);
}

static enum rc audit_workers(struct ctx *cx, const char *what, struct str text)
{
	audit_queue(cx, &(struct audit){ .action = what, .model = "Server", .title = text });
	return RC_OK;
}

static enum rc need_workers(struct req *rq)
{
	if (rq->cx->dry_run)
		return fail(rq->cx, RC_METHOD, "Workers cannot be changed in a dry run.");
	return have_workers(rq) ? RC_OK : fail(rq->cx, RC_METHOD, "This process runs no workers.");
}

static struct str counted(struct ctx *cx, const char *text, size_t n)
{
	return str_fmt(cx->mem, "%zu %s", n, text);
}

enum rc servers_restart_workers(struct req *rq, struct resp *rs)
{
	const struct api_options *o = api_opts(rq);
	struct str text;

	TRY(need_workers(rq));
	o->workers.stop(o->wake_arg, 0);
	text = counted(rq->cx, "workers began; those before them end with the job they are at.", o->workers.fill(o->wake_arg));
	TRY(audit_workers(rq->cx, "restart_workers", text));
	api_ok(rq, rs, text.p, "/servers/restartWorkers", 0);
	return RC_OK;
}

enum rc servers_restart_dead_workers(struct req *rq, struct resp *rs)
{
	const struct api_options *o = api_opts(rq);
	struct str text;

	TRY(need_workers(rq));
	text = counted(rq->cx, "workers were missing and began.", o->workers.fill(o->wake_arg));
	TRY(audit_workers(rq->cx, "restart_dead_workers", text));
	api_ok(rq, rs, text.p, "/servers/restartDeadWorkers", 0);
	return RC_OK;
}

enum rc servers_start_worker(struct req *rq, struct resp *rs)
{
	const struct api_options *o = api_opts(rq);
	bool known = false;

	TRY(need_workers(rq));
	for (int i = 0; i < QUEUE_N; i++)
		known |= str_eq(req_var(rq, 0), str_c(queues[i]));
	if (!known)
		return fail(rq->cx, RC_METHOD, "Invalid worker type.");
	if (!o->workers.start(o->wake_arg))
		return fail(rq->cx, RC_METHOD, "No further worker can begin: there are %d at most.", WORKERS_MAX);
	TRY(audit_workers(rq->cx, "start_worker", S("a worker began")));
	api_ok(rq, rs, "A worker began; it does the jobs of every queue.", "/servers/startWorker", 0);
	return RC_OK;
}

enum rc servers_stop_worker(struct req *rq, struct resp *rs)
{
	const struct api_options *o = api_opts(rq);
	int64_t pid;

	TRY(need_workers(rq));
	if (!str_i64(req_var(rq, 0), &pid) || pid <= 0)
		return fail(rq->cx, RC_METHOD, "Invalid PID.");
	if (!o->workers.stop(o->wake_arg, pid))
		return fail(rq->cx, RC_NOTFOUND, "There is no such worker, or it is ending already.");
	TRY(audit_workers(rq->cx, "stop_worker", str_fmt(rq->cx->mem, "worker %lld", (long long)pid)));
	api_ok(rq, rs, "The worker ends with the job it is at.", "/servers/stopWorker", pid);
	return RC_OK;
}

enum rc servers_kill_workers(struct req *rq, struct resp *rs)
{
	const struct api_options *o = api_opts(rq);
	struct str text;

	TRY(need_workers(rq));
	text = counted(rq->cx, "workers end with the job they are at.", o->workers.stop(o->wake_arg, 0));
	TRY(audit_workers(rq->cx, "kill_all_workers", text));
	api_ok(rq, rs, text.p, "/servers/killAllWorkers", 0);
	return RC_OK;
}

/* ---- the database ---- */

static void write_columns(struct jw *w, struct str columns)
{
	struct cur c = cur_of(columns);
	struct str line, table = S("");

	jw_obj(w);
	while (cur_line(&c, &line)) {
		size_t dot = str_chr(line, '.');

		if (dot == STR_NONE)
			continue;
		if (!str_eq(table, str_n(line.p, dot))) {
			if (table.n)
				jw_arr_end(w);
			table = str_n(line.p, dot);
			jw_key_str(w, table);
			jw_arr(w);
		}
		jw_str(w, str_from(line, dot + 1));
	}
	if (table.n)
		jw_arr_end(w);
	jw_obj_end(w);
}

static void k_empty(struct jw *w, const char *key)
{
	jw_key(w, key);
	jw_arr(w);
	jw_arr_end(w);
}

static void write_schema(struct jw *w, const struct health *h)
{
	jw_obj(w);
	jw_kstr(w, "dataSource", str_c(h->engine));
	jw_kid(w, "actual_db_version", h->actual);
	jw_kid(w, "expected_db_version", h->expected);
	/* the schema is made by the migrations alone; a program meets an older one by running them, and does not start on a newer one */
	k_empty(w, "checked_table_column");
	k_empty(w, "diagnostic");
	k_empty(w, "diagnostic_index");
	jw_kstr(w, "error", S(""));
	jw_kbool(w, "update_locked", false);
	jw_kint(w, "remaining_lock_time", 0);
	jw_kbool(w, "update_fail_number_reached", false);
	k_empty(w, "indexes");
	jw_key(w, "columnPerTable");
	write_columns(w, h->columns);
	jw_obj_end(w);
}

enum rc servers_db_schema(struct req *rq, struct resp *rs)
{
	struct health h;
	struct jw w;

	TRY(health_read(rq->cx, &h));
	w = api_json(rq, rs);
	write_schema(&w, &h);
	return RC_OK;
}

enum rc servers_db_configuration(struct req *rq, struct resp *rs)
{
	struct health_setting *v;
	struct jw w;
	size_t n;

	TRY(health_settings(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_kstr(&w, "name", v[i].name);
		jw_kstr(&w, "value", v[i].value);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

enum rc servers_update(struct req *rq, struct resp *rs)
{
	(void)rs;
	return fail(rq->cx, RC_METHOD, "The program cannot replace itself: install the new version and start it; it brings its database to its schema then.");
}

enum rc servers_update_progress(struct req *rq, struct resp *rs)
{
	struct health h;
	struct jw w;

	TRY(health_read(rq->cx, &h));
	w = api_json(rq, rs);
	jw_obj(&w);
	k_empty(&w, "commands");
	k_empty(&w, "results");
	jw_kint(&w, "current", 0);
	jw_kint(&w, "total", 0);
	jw_kid(&w, "db_version", h.actual);
	jw_kint(&w, "complete_update_remaining", h.expected - h.actual);
	jw_kbool(&w, "update_locked", false);
	jw_kint(&w, "lock_remaining_time", 0);
	jw_kbool(&w, "update_fail_number_reached", false);
	k_empty(&w, "process_list");
	jw_obj_end(&w);
	return RC_OK;
}

enum rc instance_write_state(struct req *rq, struct jw *w)
{
	struct health h;

	TRY(health_read(rq->cx, &h));
	jw_kstr(w, "version", S(MISP_CONTRACT_VERSION));
	jw_kstr(w, "programVersion", S(MISP_VERSION));
	jw_key(w, "workers");
	TRY(write_workers(rq, w));
	jw_key(w, "dbDiagnostics");
	jw_obj(w);
	jw_kstr(w, "dataSource", str_c(h.engine));
	jw_kint(w, "data_in_bytes", h.bytes);
	jw_obj_end(w);
	jw_key(w, "dbSchemaDiagnostics");
	write_schema(w, &h);
	return RC_OK;
}

/* ---- correlations: links are read from the index of values, none is stored ---- */

enum rc servers_remove_orphaned(struct req *rq, struct resp *rs)
{
	api_message(rq, rs, "0 orphaned correlation removed: links are read from the index of values, none is stored.");
	return RC_OK;
}

static int64_t row_kinds_wrong(const struct finding *v, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i].n;
	return sum;
}

/* Looks whether the index of values agrees with the values: now, or by a job. */
enum rc attributes_generate_correlation(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct finding *v;
	int64_t id;
	size_t n;

	if (setting_on(cx, SITE_BACKGROUND_JOBS) && have_workers(rq)) {
		TRY(job_add(cx, &(struct job){ .kind = S("verify"), .arg = S("{}"), .user_id = cx->who->id }, &id));
		if (api_opts(rq)->wake && !cx->dry_run)
			api_opts(rq)->wake(api_opts(rq)->wake_arg);
		api_message(rq, rs, str_fmt(cx->mem, "Correlations are read from the index of values; job %lld looks whether it is complete.", (long long)id).p);
		return RC_OK;
	}
	TRY(store_verify(cx, &v, &n));
	if (n)
		return fail(cx, RC_INVALID, "%lld rows of the tables made from others are wrong, the first kind: %s. Run misp check --deep.",
			(long long)row_kinds_wrong(v, n), v[0].what);
	api_message(rq, rs, "Correlations are read from the index of values; it is complete.");
	return RC_OK;
}

/* ---- what there is to call ---- */

static void write_route(struct jw *w, const struct route *r)
{
	static const struct {
		unsigned bit;
		const char *name;
	} methods[] = { { HTTP_GET, "GET" }, { HTTP_POST, "POST" }, { HTTP_PUT, "PUT" }, { HTTP_DELETE, "DELETE" } };
#define X(up, low, text) "perm_" #low,
	static const char *const perms[] = { PERM_TABLE(X) };
#undef X

	jw_obj(w);
	jw_key(w, "http_methods");
	jw_arr(w);
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (r->methods & methods[i].bit)
			jw_str(w, str_c(methods[i].name));
	jw_arr_end(w);
	jw_key(w, "permissions");
	jw_arr(w);
	for (int i = 0; i < PERM_BIT_COUNT; i++)
		if (r->perms & (1u << i))
			jw_str(w, str_c(perms[i]));
	jw_arr_end(w);
	jw_kbool(w, "writes", (r->flags & ROUTE_WRITE) != 0);
	if (r->doc)
		jw_kstr(w, "answer", str_c(r->doc));
	jw_obj_end(w);
}

/* The same path may stand in several rows, one a method. */
enum rc api_get_all(struct req *rq, struct resp *rs)
{
	const struct route *t;
	struct jw w;
	size_t n;

	t = api_routes(&n);
	w = api_json(rq, rs);
	jw_obj(&w);
	for (size_t i = 0; i < n; i++) {
		bool before = false;

		for (size_t k = 0; k < i && !before; k++)
			before = strcmp(t[k].pattern, t[i].pattern) == 0;
		if (before || !user_has(rq->cx->who, t[i].perms))
			continue;
		jw_key_str(&w, str_c(t[i].pattern));
		jw_arr(&w);
		for (size_t k = i; k < n; k++)
			if (strcmp(t[k].pattern, t[i].pattern) == 0)
				write_route(&w, &t[k]);
		jw_arr_end(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}

/* Each role and the paths open to it. */
enum rc instance_role_access(struct req *rq, struct resp *rs)
{
	const struct route *t;
	struct role *v;
	struct jw w;
	size_t n, role_n;

	t = api_routes(&n);
	TRY(role_list(rq->cx, &v, &role_n));
	w = api_json(rq, rs);
	jw_obj(&w);
	for (size_t i = 0; i < role_n; i++) {
		uint32_t perms = v[i].perms;

		jw_key_str(&w, str_fmt(rq->cx->mem, "%lld", (long long)v[i].id));
		jw_obj(&w);
		jw_kstr(&w, "name", v[i].name);
		jw_key(&w, "urls");
		jw_arr(&w);
		for (size_t k = 0; k < n; k++)
			if ((perms & t[k].perms) == t[k].perms && !(k && strcmp(t[k - 1].pattern, t[k].pattern) == 0))
				jw_str(&w, str_c(t[k].pattern));
		jw_arr_end(&w);
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- reports of browsers, watched users ---- */

enum rc servers_csp_report(struct req *rq, struct resp *rs)
{
	struct str key, report = { 0 };
	struct jr r;

	jr_init(&r, rq->cx, rq->body, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("csp-report")) && jr_peek(&r) == J_OBJ)
			report = jr_raw(&r);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	if (!report.p)
		return fail(rq->cx, RC_BAD, "Invalid report");
	log_info("browser", "a page broke its rules, from %.*s: %.*s", STR(rq->client), STR(utf8_cut(report, 1000)));
	rs->status = 204;
	return RC_OK;
}

enum rc users_monitor(struct req *rq, struct resp *rs)
{
	struct params p;
	struct jw w;
	int64_t id;
	bool on;

	TRY(api_params(rq, &p));
	if (!str_i64(req_var(rq, 0), &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid user.");
	if (rq->method == HTTP_GET) {
		TRY(monitor_get(rq->cx, id, &on));
	} else {
		on = param_bool(&p, "value", false);
		TRY(monitor_set(rq->cx, id, on));
	}
	w = api_json(rq, rs);
	jw_int(&w, on);
	return RC_OK;
}
