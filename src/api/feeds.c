/* feeds.c - feeds: index, view, add, edit, delete, enable and disable, fetching, caching, searching the caches. Site admins change; others see the feeds
 * marked as visible for lookups, without what may hold credentials. */
#include "feed/feed.h"

#include "api/feeds.h"
#include "api/form.h"
#include "format/misp_write.h"
#include "store/audit.h"
#include "store/feed_cache.h"
#include "store/job.h"
#include "store/setting.h"
#include "store/tag.h"

static const struct form_field fields[] = {
	{ "name", offsetof(struct feed_in, name) },
	{ "provider", offsetof(struct feed_in, provider) },
	{ "url", offsetof(struct feed_in, url) },
	{ "rules", offsetof(struct feed_in, rules) },
	{ "settings", offsetof(struct feed_in, settings) },
	{ "headers", offsetof(struct feed_in, headers) },
	{ "source_format", offsetof(struct feed_in, source_format) },
	{ "input_source", offsetof(struct feed_in, input_source) },
	{ "enabled", offsetof(struct feed_in, enabled) },
	{ "default", offsetof(struct feed_in, is_default) },
	{ "fixed_event", offsetof(struct feed_in, fixed_event) },
	{ "delta_merge", offsetof(struct feed_in, delta_merge) },
	{ "publish", offsetof(struct feed_in, publish) },
	{ "override_ids", offsetof(struct feed_in, override_ids) },
	{ "force_to_ids", offsetof(struct feed_in, force_to_ids) },
	{ "delete_local_file", offsetof(struct feed_in, delete_local_file) },
	{ "lookup_visible", offsetof(struct feed_in, lookup_visible) },
	{ "caching_enabled", offsetof(struct feed_in, caching_enabled) },
	{ "distribution", offsetof(struct feed_in, distribution) },
	{ "sharing_group_id", offsetof(struct feed_in, sharing_group_id) },
	{ "tag_id", offsetof(struct feed_in, tag_id) },
	{ "event_id", offsetof(struct feed_in, event_id) },
	{ "orgc_id", offsetof(struct feed_in, orgc_id) },
	{ "tag_collection_id", offsetof(struct feed_in, tag_collection_id) },
};

/* ---- as an answer ---- */

static void text_or_null(struct jw *w, const char *key, struct str s)
{
	if (s.p)
		jw_kstr(w, key, s);
	else
		jw_knull(w, key);
}

/* The members; the object stays open. */
static void feed_members(struct jw *w, const struct feed *f, bool all)
{
	static const struct str none = { 0 };

	jw_kid(w, "id", f->id);
	jw_kstr(w, "name", f->name);
	jw_kstr(w, "provider", f->provider);
	jw_kstr(w, "url", all ? f->url : S(""));
	text_or_null(w, "rules", all ? f->rules : none);
	jw_kbool(w, "enabled", f->enabled);
	jw_kid(w, "distribution", f->distribution);
	jw_kid(w, "sharing_group_id", f->sharing_group_id);
	jw_kid(w, "tag_id", f->tag_id);
	jw_kbool(w, "default", f->is_default);
	jw_kstr(w, "source_format", f->source_format);
	jw_kbool(w, "fixed_event", f->fixed_event);
	jw_kbool(w, "delta_merge", f->delta_merge);
	jw_kid(w, "event_id", f->event_id);
	jw_kbool(w, "publish", f->publish);
	jw_kbool(w, "override_ids", f->override_ids);
	text_or_null(w, "settings", all ? f->settings : none);
	jw_kstr(w, "input_source", f->input_source);
	jw_kbool(w, "delete_local_file", f->delete_local_file);
	jw_kbool(w, "lookup_visible", f->lookup_visible);
	text_or_null(w, "headers", all ? f->headers : none);
	jw_kbool(w, "caching_enabled", f->caching_enabled);
	jw_kbool(w, "force_to_ids", f->force_to_ids);
	jw_kid(w, "orgc_id", f->orgc_id);
	jw_kid(w, "tag_collection_id", f->tag_collection_id);
}

static bool sees_all(const struct req *rq)
{
	return user_is_site_admin(rq->cx->who);
}

static enum rc tag_member(struct ctx *cx, struct jw *w, const struct feed *f)
{
	struct tag t;
	enum rc rc;

	if (!f->tag_id)
		return RC_OK;
	rc = tag_load(cx, f->tag_id, S(""), &t);
	if (rc == RC_OK) {
		jw_key(w, "Tag");
		misp_write_tag(w, &t, false);
	}
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc answer(struct req *rq, struct resp *rs, const struct feed *f)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "Feed");
	jw_obj(&w);
	feed_members(&w, f, sees_all(rq));
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

static enum rc index_row(struct req *rq, struct jw *w, const struct feed *f)
{
	jw_obj(w);
	jw_key(w, "Feed");
	jw_obj(w);
	feed_members(w, f, sees_all(rq));
	if (f->cache_timestamp)
		jw_kid(w, "cache_timestamp", f->cache_timestamp);
	else
		jw_kbool(w, "cache_timestamp", false);
	jw_obj_end(w);
	TRY(tag_member(rq->cx, w, f));
	jw_obj_end(w);
	return RC_OK;
}

enum rc feeds_index(struct req *rq, struct resp *rs)
{
	struct feed *v;
	int64_t shown = 0;
	struct jw w;
	size_t n;

	TRY(feed_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		if (sees_all(rq) || v[i].lookup_visible) {
			TRY(index_row(rq, &w, &v[i]));
			shown++;
		}
	jw_arr_end(&w);
	api_count(rq, rs, shown);
	return RC_OK;
}

static enum rc load(struct req *rq, struct feed *f)
{
	int64_t id;

	if (!str_i64(req_var(rq, 0), &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid feed.");
	TRY(feed_load(rq->cx, id, f));
	return sees_all(rq) || f->lookup_visible ? RC_OK : fail(rq->cx, RC_NOTFOUND, "Invalid feed.");
}

enum rc feeds_view(struct req *rq, struct resp *rs)
{
	struct feed f;
	struct jw w;
	int64_t n, covered;

	TRY(load(rq, &f));
	TRY(feed_cache_count(rq->cx, f.id, &n));
	TRY(feed_cache_covered(rq->cx, f.id, &covered));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Feed");
	jw_obj(&w);
	feed_members(&w, &f, sees_all(rq));
	jw_kint(&w, "cached_elements", n);
	jw_kstr(&w, "coverage_by_other_feeds", str_fmt(rq->cx->mem, "%lld%%", (long long)(n ? (covered * 200 + n) / (n * 2) : 0)));
	jw_kid(&w, "last_fetch", f.last_fetch);
	if (f.last_report.p && sees_all(rq)) {
		jw_key(&w, "last_report");
		jw_raw(&w, f.last_report);
	}
	jw_obj_end(&w);
	TRY(tag_member(rq->cx, &w, &f));
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- changing ---- */

static enum rc audited(struct ctx *cx, const char *action, const struct feed *f)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "Feed", .model_id = f->id, .title = f->name }, NULL);
}

enum rc feeds_add(struct req *rq, struct resp *rs)
{
	struct feed_in in = { 0 };
	struct feed f;

	TRY(API_FORM(rq, "Feed", fields, &in));
	api_saving(rq, "Could not add Feed", "/feeds/add", false);
	TRY(feed_make(rq->cx, &in, &f));
	TRY(store_begin(rq->cx));
	TRY(feed_insert(rq->cx, &f));
	TRY(audited(rq->cx, "add", &f));
	TRY(store_commit(rq->cx));
	return answer(rq, rs, &f);
}

static enum rc change(struct req *rq, const struct feed_in *in, struct feed *f)
{
	bool forget;

	TRY(store_begin(rq->cx));
	TRY(feed_load_locked(rq->cx, f->id, f));
	TRY(feed_change(rq->cx, in, f, &forget));
	TRY(feed_update(rq->cx, f, forget));
	TRY(audited(rq->cx, "edit", f));
	return store_commit(rq->cx);
}

enum rc feeds_edit(struct req *rq, struct resp *rs)
{
	struct feed_in in = { 0 };
	struct feed f;

	TRY(load(rq, &f));
	TRY(API_FORM(rq, "Feed", fields, &in));
	api_saving(rq, "Could not edit Feed", "/feeds/edit", false);
	TRY(change(rq, &in, &f));
	return answer(rq, rs, &f);
}

enum rc feeds_delete(struct req *rq, struct resp *rs)
{
	struct feed f;

	TRY(load(rq, &f));
	TRY(store_begin(rq->cx));
	TRY(feed_delete(rq->cx, f.id));
	TRY(audited(rq->cx, "delete", &f));
	TRY(store_commit(rq->cx));
	api_ok(rq, rs, "Feed deleted.", "/feeds/delete", f.id);
	return RC_OK;
}

static enum rc toggle(struct req *rq, struct resp *rs, bool on)
{
	struct feed_in in = { .enabled = on ? S("1") : S("0") };
	struct feed f;

	TRY(load(rq, &f));
	TRY(change(rq, &in, &f));
	api_ok(rq, rs, on ? "Feed enabled." : "Feed disabled.", on ? "/feeds/enable" : "/feeds/disable", f.id);
	return RC_OK;
}

enum rc feeds_enable(struct req *rq, struct resp *rs)
{
	return toggle(rq, rs, true);
}

enum rc feeds_disable(struct req *rq, struct resp *rs)
{
	return toggle(rq, rs, false);
}

/* ---- fetching and caching: as jobs, or at once ---- */

/* /disable_background_processing:1, or the setting MISP.background_jobs switched off */
static bool at_once(const struct req *rq)
{
	struct str p = req_param(rq, "disable_background_processing");

	return (p.n && !str_eq(p, S("0")) && !str_eq_nocase(p, S("false"))) || !setting_on(rq->cx, SITE_BACKGROUND_JOBS);
}

static struct feed_options options(const struct req *rq)
{
	const struct api_options *o = api_opts(rq);

	return (struct feed_options){ .allow_loopback = o->fetch_loopback, .allow = o->fetch_allow };
}

static enum rc queue(struct req *rq, const char *kind, int64_t feed_id, int64_t *job_id)
{
	struct job j = { .kind = str_c(kind), .arg = str_fmt(rq->cx->mem, "{\"feed\":%lld}", (long long)feed_id), .user_id = rq->cx->who->id };

	return job_add(rq->cx, &j, job_id);
}

static void wake(const struct req *rq)
{
	const struct api_options *o = api_opts(rq);

	if (o->wake)
		o->wake(o->wake_arg);
}

static void result_open(struct req *rq, struct resp *rs, struct jw *w, const char *key, const char *text)
{
	*w = api_json(rq, rs);
	jw_obj(w);
	jw_kstr(w, key, str_c(text));
}

static enum rc fetch_now(struct req *rq, struct resp *rs, const struct feed *f)
{
	struct feed_options o = options(rq);
	struct feed_report *rep = feed_report_new();
	enum rc rc = feed_fetch(rq->cx, &o, f->id, rep);
	struct jw w;

	if (rc == RC_OK) {
		result_open(rq, rs, &w, "result", "Fetching the feed has successfully completed.");
		jw_key(&w, "report");
		feed_report_json(rep, &w);
		jw_obj_end(&w);
	}
	feed_report_free(rep);
	return rc;
}

enum rc feeds_fetch(struct req *rq, struct resp *rs)
{
	int64_t job = 0;
	struct feed f;
	struct jw w;
	bool now;

	TRY(load(rq, &f));
	if (!f.enabled) {
		result_open(rq, rs, &w, "result", "Feed is currently not enabled. Make sure you enable it.");
		jw_obj_end(&w);
		return RC_OK;
	}
	now = at_once(rq);
	if (now)
		return fetch_now(rq, rs, &f);
	TRY(queue(rq, "feed_fetch", f.id, &job));
	wake(rq);
	result_open(rq, rs, &w, "result", "Pull queued for background execution.");
	jw_kid(&w, "job_id", job);
	jw_obj_end(&w);
	return RC_OK;
}

/* One job a feed; at once: one after the other, failures by feed. */
static enum rc each_feed(struct req *rq, struct jw *w, const struct feed *v, size_t n, bool now, const char *kind,
			 enum rc (*fn)(struct ctx *, const struct feed_options *, int64_t, struct feed_report *))
{
	struct feed_options o = options(rq);

	jw_key(w, now ? "failed" : "jobs");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		int64_t job;

		if (!now) {
			TRY(queue(rq, kind, v[i].id, &job));
			jw_int_str(w, job);
			continue;
		}
		struct feed_report *rep = feed_report_new();
		enum rc rc = fn(rq->cx, &o, v[i].id, rep);

		feed_report_free(rep);
		if (rc == RC_STOPPED || rc == RC_DB || rc == RC_BUSY)
			return rc;
		if (rc != RC_OK) {
			jw_str(w, str_fmt(rq->cx->mem, "%lld: %s", (long long)v[i].id, rq->cx->err.msg));
			ctx_forgive(rq->cx);
		}
	}
	jw_arr_end(w);
	if (!now && n)
		wake(rq);
	return RC_OK;
}

enum rc feeds_fetch_all(struct req *rq, struct resp *rs)
{
	struct feed *v;
	size_t n, k = 0;
	struct jw w;
	bool now;

	TRY(feed_list(rq->cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (v[i].enabled)
			v[k++] = v[i];
	now = at_once(rq);
	result_open(rq, rs, &w, "result", now ? "Fetching the feed has successfully completed." : "Pull queued for background execution.");
	TRY(each_feed(rq, &w, v, k, now, "feed_fetch", feed_fetch));
	jw_obj_end(&w);
	return RC_OK;
}

/* all, a format, or one feed by its id */
enum rc feeds_cache(struct req *rq, struct resp *rs)
{
	struct str scope = req_var(rq, 0).n ? req_var(rq, 0) : S("all");
	struct feed *v;
	int64_t id = 0;
	size_t n, k = 0;
	struct jw w;
	bool now;

	if (str_i64(scope, &id)) {
		v = arena_one(rq->cx->mem, struct feed);
		TRY(load(rq, v));
		k = 1;
	} else {
		if (!str_eq(scope, S("all")) && !str_eq(scope, S("freetext")) && !str_eq(scope, S("misp")) && !str_eq(scope, S("csv")))
			return fail(rq->cx, RC_NOTFOUND, "Invalid feed.");
		TRY(feed_list(rq->cx, &v, &n));
		for (size_t i = 0; i < n; i++)
			if (v[i].caching_enabled && (str_eq(scope, S("all")) || str_eq(scope, v[i].source_format)))
				v[k++] = v[i];
	}
	now = at_once(rq);
	result_open(rq, rs, &w, "message", "Feed caching job initiated.");
	TRY(each_feed(rq, &w, v, k, now, "feed_cache", feed_cache));
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- searching the caches ---- */

static void write_hit(struct jw *w, struct ctx *cx, const struct feed *f, const struct cache_hit *v, size_t n)
{
	jw_obj(w);
	jw_key(w, "Feed");
	jw_obj(w);
	jw_kid(w, "id", f->id);
	jw_kstr(w, "name", f->name);
	jw_kstr(w, "url", user_is_site_admin(cx->who) ? f->url : S(""));
	jw_kstr(w, "provider", f->provider);
	jw_kstr(w, "source_format", f->source_format);
	jw_kstr(w, "input_source", f->input_source);
	jw_kbool(w, "lookup_visible", f->lookup_visible);
	if (!uuid_is_nil(&v[n - 1].event)) {
		jw_key(w, "uuid");
		jw_arr(w);
		for (size_t i = 0; i < n; i++) {
			char text[UUID_TEXT + 1];

			uuid_text(&v[i].event, text);
			jw_str(w, str_c(text));
		}
		jw_arr_end(w);
	}
	jw_obj_end(w);
	jw_obj_end(w);
}

static enum rc write_hits(struct req *rq, struct jw *w, struct str value)
{
	struct cache_hit *v;
	size_t n;

	TRY(feed_cache_find(rq->cx, value, &v, &n));
	for (size_t i = 0, j; i < n; i = j) {
		struct feed f;
		enum rc rc = feed_load(rq->cx, v[i].feed_id, &f);

		for (j = i; j < n && v[j].feed_id == v[i].feed_id; j++)
			;
		if (rc == RC_NOTFOUND) {
			ctx_forgive(rq->cx);
			continue;
		}
		TRY(rc);
		if (sees_all(rq) || f.lookup_visible)
			write_hit(w, rq->cx, &f, v + i, j - i);
	}
	return RC_OK;
}

enum rc feeds_search_caches(struct req *rq, struct resp *rs)
{
	const struct param *value;
	struct params p;
	struct jw w;

	TRY(api_params(rq, &p));
	value = param_get(&p, "value");
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; value && i < value->n; i++)
		if (str_trim(value->v[i]).n)
			TRY(write_hits(rq, &w, str_trim(value->v[i])));
	jw_arr_end(&w);
	return RC_OK;
}
