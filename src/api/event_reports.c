/* event_reports.c - event reports: list, view, add, edit, delete, restore. What is drawn from their text: report_text.c. */
#include "api/event_reports.h"

#include "api/analyst.h"
#include "api/api_int.h"
#include "export/analyst_doc.h"
#include "format/misp_json.h"

#include <stdio.h>

enum { PAGE = 100, EXTENDING_MAX = 1000 };

void report_write(struct jw *w, const struct report *r)
{
	struct report_out x = { r->id, r->event_id, r->uuid, r->name, r->content, r->distribution, r->sharing_group_id, r->timestamp, r->deleted };

	misp_write_report_members(w, &x);
}

static void write_name(struct jw *w, const char *key, int64_t id, struct str name)
{
	jw_key(w, key);
	jw_obj(w);
	jw_kid(w, "id", id);
	jw_kstr(w, "name", name);
	jw_obj_end(w);
}

enum rc report_row_write(struct ctx *cx, struct jw *w, const struct report_row *r, bool analyst)
{
	char date[CLOCK_TEXT_MAX];

	jw_obj(w);
	jw_key(w, "EventReport");
	jw_obj(w);
	report_write(w, &r->r);
	jw_obj_end(w);
	jw_key(w, "Event");
	jw_obj(w);
	jw_kid(w, "id", r->r.event_id);
	jw_kid(w, "orgc_id", r->orgc_id);
	jw_kid(w, "org_id", r->org_id);
	jw_kstr(w, "info", r->info);
	jw_kid(w, "user_id", r->user_id);
	jw_kstr(w, "date", str_n(date, (size_t)clock_date((int64_t)r->date * 86400000000, date)));
	write_name(w, "Org", r->org_id, r->org_name);
	write_name(w, "Orgc", r->orgc_id, r->orgc_name);
	jw_obj_end(w);
	jw_key(w, "SharingGroup");
	jw_obj(w);
	if (r->has_group) {
		jw_kid(w, "id", r->r.sharing_group_id);
		jw_kstr(w, "name", r->group_name);
		jw_kuuid(w, "uuid", &r->group_uuid);
	} else {
		jw_knull(w, "id");
		jw_knull(w, "name");
		jw_knull(w, "uuid");
	}
	jw_obj_end(w);
	if (analyst) {
		TRY(analyst_write_about(cx, cx->scope, w, &r->r.uuid));
		TRY(analyst_write_inbound(cx, cx->scope, w, &r->r.uuid, true));
	}
	jw_obj_end(w);
	return RC_OK;
}

enum rc report_answer(struct req *rq, struct resp *rs, int64_t id, bool analyst)
{
	struct report_filter f = { .id = id, .deleted = DELETED_ALL, .limit = 1 };
	struct report_row *v;
	struct jw w;
	size_t n;

	TRY(report_rows(rq->cx, rq->cx->scope, &f, &v, &n));
	if (!n)
		return fail(rq->cx, RC_NOTFOUND, "Invalid report");
	w = api_json(rq, rs);
	return report_row_write(rq->cx, &w, &v[0], analyst);
}

enum rc api_report(struct req *rq, struct report *out)
{
	struct event_key k;

	if (!event_key_parse(req_var(rq, 0), &k) || (!k.id && uuid_is_nil(&k.uuid)))
		return fail(rq->cx, RC_NOTFOUND, "Invalid report");
	return report_load(rq->cx, rq->cx->scope, &k, out);
}

enum rc api_report_to_edit(struct req *rq, struct report *r, struct event *e)
{
	TRY(api_report(rq, r));
	TRY(event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = r->event_id }, e));
	return api_may_edit(rq, e);
}

enum rc event_reports_view(struct req *rq, struct resp *rs)
{
	struct report r;

	TRY(api_report(rq, &r));
	return report_answer(rq, rs, r.id, true);
}

/* "default" (or nothing), "deleted", "all" */
static enum deleted_mode which(struct str context)
{
	return str_eq(context, S("deleted")) ? DELETED_ONLY : !context.n || str_eq(context, S("default")) ? DELETED_NO : DELETED_ALL;
}

static bool has_text(const struct report *r, struct str text)
{
	char uu[UUID_TEXT + 1], id[24];

	uuid_text(&r->uuid, uu);
	snprintf(id, sizeof(id), "%lld", (long long)r->id);
	return str_find_nocase(r->name, text) != STR_NONE || str_find_nocase(r->content, text) != STR_NONE || str_eq(text, str_c(id)) ||
	       str_eq_nocase(text, str_n(uu, UUID_TEXT));
}

/* the event asked for, with those that extend it when that is asked for, too */
static enum rc events_of(struct req *rq, const struct params *p, int64_t **ids, size_t *n)
{
	struct ctx *cx = rq->cx;
	struct str ref = str_trim(param_text(p, "event_id"));
	struct event_key k = { 0 };
	struct event e, *v = NULL;
	size_t more = 0;

	*n = 0;
	if (!ref.n)
		return RC_OK;
	if (!event_key_parse(ref, &k) || (!k.id && uuid_is_nil(&k.uuid)))
		return fail(cx, RC_NOTFOUND, "Invalid event");
	TRY(event_load(cx, cx->scope, &k, &e));
	if (param_bool(p, "extended_event", false))
		TRY(event_extending(cx, cx->scope, &e.uuid, EXTENDING_MAX, &v, &more));
	*ids = arena_many(cx->mem, more + 1, int64_t);
	(*ids)[(*n)++] = e.id;
	for (size_t i = 0; i < more; i++)
		(*ids)[(*n)++] = v[i].id;
	return RC_OK;
}

enum rc event_reports_index(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct report_filter f = { .limit = PAGE };
	struct report_row *v;
	int64_t *ids = NULL;
	int64_t limit, skip, total = 0;
	struct params p;
	struct str text;
	struct jw w;
	size_t n = PAGE;

	TRY(api_params(rq, &p));
	TRY(events_of(rq, &p, &ids, &f.event_n));
	f.events = ids;
	f.deleted = which(param_text(&p, "context"));
	text = str_trim(param_text(&p, "value"));
	limit = param_int(&p, "limit", 0);
	skip = limit > 0 ? param_int(&p, "page", 1) - 1 : 0;
	skip = skip <= 0 ? 0 : skip > INT64_MAX / limit ? INT64_MAX : skip * limit;
	w = api_json(rq, rs);
	jw_arr(&w);
	while (n == PAGE) {
		struct arena_mark m = arena_mark(cx->mem);

		TRY(report_rows(cx, cx->scope, &f, &v, &n));
		for (size_t i = 0; i < n; i++) {
			f.after = v[i].r.id;
			if (text.n && !has_text(&v[i].r, text))
				continue;
			if (total++ < skip || (limit > 0 && total > skip + limit))
				continue;
			TRY(report_row_write(cx, &w, &v[i], true));
		}
		arena_reset(cx->mem, m);
	}
	jw_arr_end(&w);
	api_count(rq, rs, total);
	return RC_OK;
}

static enum rc read_body(struct req *rq, struct report_in *in)
{
	struct api_body b;

	api_body_open(rq, "EventReport", &b);
	if (!b.there)
		return fail(rq->cx, RC_BAD, "the body is not a JSON object");
	misp_report_read(&b.r, in);
	return api_body_end(rq, &b);
}

enum rc event_reports_add(struct req *rq, struct resp *rs)
{
	struct report_in in;
	struct report r;
	struct event e;

	if (!req_var(rq, 0).n)
		return fail(rq->cx, RC_METHOD, "No event ID set.");
	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	TRY(read_body(rq, &in));
	api_saving(rq, "Could not add EventReport", "/eventReports/add", true);
	TRY(report_add(rq->cx, &e, &in, &r));
	return report_answer(rq, rs, r.id, false);
}

enum rc event_reports_edit(struct req *rq, struct resp *rs)
{
	struct report_in in;
	struct report r, now;
	struct event e;

	TRY(api_report_to_edit(rq, &r, &e));
	TRY(read_body(rq, &in));
	api_saving(rq, "Could not edit EventReport", "/eventReports/edit", true);
	TRY(report_edit(rq->cx, &e, &r, &in, &now));
	return report_answer(rq, rs, r.id, false);
}

/* what the path called it by is in the answer, as in MISP */
static char *said(struct req *rq, const char *what)
{
	return str_cdup(rq->cx->mem, str_fmt(rq->cx->mem, "Event Report %.*s %s", STR(req_var(rq, 0)), what));
}

enum rc event_reports_delete(struct req *rq, struct resp *rs)
{
	struct report r;
	struct event e;
	struct params p;
	bool hard;

	TRY(api_report_to_edit(rq, &r, &e));
	TRY(api_params(rq, &p));
	hard = param_bool(&p, "hard", api_is_true(req_var(rq, 1)));
	api_saving(rq, "Could not delete EventReport", "/eventReports/delete", true);
	TRY(report_remove(rq->cx, &e, &r, hard));
	api_ok(rq, rs, said(rq, hard ? "hard deleted" : "soft deleted"), "/eventReports/delete", r.id);
	return RC_OK;
}

enum rc event_reports_restore(struct req *rq, struct resp *rs)
{
	struct report r;
	struct event e;

	TRY(api_report_to_edit(rq, &r, &e));
	api_saving(rq, "Could not restore EventReport", "/eventReports/restore", true);
	TRY(report_restore(rq->cx, &e, &r));
	api_ok(rq, rs, said(rq, "restored"), "/eventReports/restore", r.id);
	return RC_OK;
}
