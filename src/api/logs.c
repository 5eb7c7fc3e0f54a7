/* logs.c - the audit log: in the form of MISP's logs and of its audit logs. Site admins see all, organisation admins their organisation, others themselves. */
#include "api/settings.h"

#include "api/people.h"
#include "policy/access.h"
#include "store/audit.h"
#include "store/audit_log.h"

enum { LIST_DEFAULT = 10000 /* entries without a limit sent */ };

struct writing {
	struct ctx *cx;
	struct jw w;
};

static enum rc filter_of(struct req *rq, struct audit_filter *f)
{
	const struct {
		const char *name;
		struct cond *to;
	} conds[] = { { "id", &f->id }, { "user_id", &f->user_id }, { "model_id", &f->model_id }, { "title", &f->title }, { "model_title", &f->title },
		{ "model", &f->model }, { "action", &f->action }, { "change", &f->change }, { "email", &f->email }, { "org", &f->org }, { "ip", &f->ip } };
	const struct user *u = rq->cx->who;
	int64_t limit, page;
	struct params p;

	*f = (struct audit_filter){ .at = RANGE_ALL };
	TRY(api_params(rq, &p));
	for (size_t i = 0; i < sizeof(conds) / sizeof(*conds); i++)
		if (param_get(&p, conds[i].name))
			param_cond(&p, conds[i].name, conds[i].to);
	param_range(rq->cx, &p, "created", &f->at);
	f->event_id = param_int(&p, "event_id", 0);
	limit = param_int(&p, "limit", LIST_DEFAULT);
	page = param_int(&p, "page", 1);
	if (limit < 1 || page < 1)
		return fail_field(rq->cx, RC_BAD, limit < 1 ? "limit" : "page", "a number from 1 is wanted");
	f->limit = (size_t)limit;
	f->skip = (size_t)(limit * (page - 1));
	if (!user_is_site_admin(u)) {
		if (user_has(u, PERM(ADMIN)))
			f->only_org = u->org_id;
		else
			f->only_user = u->id;
	}
	return RC_OK;
}

/* {"email": ["old", "new"]} as "email (old) => (new)" */
static struct str change_text(struct ctx *cx, struct str change)
{
	struct str key, out = S("");
	struct jr r;

	if (!change.n)
		return out;
	jr_init(&r, cx, change, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		struct str v[2] = { S(""), S("") };
		int n = 0;

		if (jr_peek(&r) == J_ARR)
			for (jr_arr(&r); jr_elem(&r);) {
				struct str t = jr_text(&r);

				if (n < 2)
					v[n++] = t;
			}
		else
			v[1] = jr_text(&r);
		out = str_fmt(cx->mem, "%.*s%s%.*s (%.*s) => (%.*s)", STR(out), out.n ? ", " : "", STR(key), STR(v[0]), STR(v[1]));
	}
	if (jr_end(&r) != RC_OK) {
		ctx_forgive(cx);
		return change;
	}
	return out;
}

static void k_text(struct jw *w, const char *key, struct str s)
{
	if (s.p)
		jw_kstr(w, key, s);
	else
		jw_knull(w, key);
}

static enum rc write_log(void *arg, const struct audit_entry *e)
{
	struct writing *x = arg;
	struct jw *w = &x->w;

	jw_obj(w);
	jw_key(w, "Log");
	jw_obj(w);
	jw_kid(w, "id", e->id);
	jw_kstr(w, "title", e->title);
	people_datetime(w, "created", e->at_us / 1000000);
	jw_kstr(w, "model", e->model);
	jw_kid(w, "model_id", e->model_id);
	jw_kstr(w, "action", e->action);
	jw_kid(w, "user_id", e->user_id);
	jw_kstr(w, "change", change_text(x->cx, e->change));
	jw_kstr(w, "email", e->email.p ? e->email : S("SYSTEM"));
	jw_kstr(w, "org", e->org_name.p ? e->org_name : S("SYSTEM"));
	jw_kstr(w, "description", str_fmt(x->cx->mem, "%.*s (%lld): %.*s by %.*s (%lld).", STR(e->model), (long long)e->model_id, STR(e->action),
		STR(e->email.p ? e->email : S("SYSTEM")), (long long)e->user_id));
	jw_kstr(w, "ip", e->origin);
	jw_obj_end(w);
	jw_obj_end(w);
	return RC_OK;
}

/* origins that are no address tell how the change came */
static struct str request_type(const struct audit_entry *e)
{
	if (str_eq(e->origin, S("cli")))
		return S("2");
	return e->auth_key_id ? S("1") : S("0");
}

static void write_entry(struct jw *w, const struct audit_entry *e)
{
	char uu[UUID_TEXT + 1];

	jw_obj(w);
	jw_key(w, "AuditLog");
	jw_obj(w);
	jw_kid(w, "id", e->id);
	people_datetime(w, "created", e->at_us / 1000000);
	jw_kid(w, "user_id", e->user_id);
	jw_kid(w, "org_id", e->org_id);
	jw_kstr(w, "ip", e->origin);
	jw_kstr(w, "request_type", request_type(e));
	jw_kid(w, "authkey_id", e->auth_key_id);
	jw_kstr(w, "action", e->action);
	jw_kstr(w, "model", e->model);
	jw_kid(w, "model_id", e->model_id);
	jw_kstr(w, "model_title", e->title);
	if (e->event_id)
		jw_kid(w, "event_id", e->event_id);
	else
		jw_knull(w, "event_id");
	jw_key(w, "change");
	if (e->change.n)
		jw_raw(w, e->change);
	else
		jw_null(w);
	jw_kstr(w, "title", e->title);
	jw_obj_end(w);
	jw_key(w, "User");
	jw_obj(w);
	jw_kid(w, "id", e->user_id);
	k_text(w, "email", e->email);
	jw_kid(w, "org_id", e->org_id);
	jw_obj_end(w);
	jw_key(w, "Organisation");
	jw_obj(w);
	jw_kid(w, "id", e->org_id);
	k_text(w, "name", e->org_name);
	if (e->org_name.p) {
		uuid_text(&e->org_uuid, uu);
		jw_kstr(w, "uuid", str_n(uu, UUID_TEXT));
	} else {
		jw_knull(w, "uuid");
	}
	jw_obj_end(w);
	jw_obj_end(w);
}

static enum rc write_audit_log(void *arg, const struct audit_entry *e)
{
	write_entry(&((struct writing *)arg)->w, e);
	return RC_OK;
}

static enum rc list(struct req *rq, struct resp *rs, struct audit_filter *f, enum rc (*each)(void *, const struct audit_entry *))
{
	struct writing x = { .cx = rq->cx };
	size_t n;

	x.w = api_json(rq, rs);
	jw_arr(&x.w);
	TRY(audit_log_each(rq->cx, f, each, &x, &n));
	jw_arr_end(&x.w);
	api_count(rq, rs, (int64_t)n);
	return RC_OK;
}

/* Refusals and reads wait in memory for up to a second: whoever reads the log sees them, too. */
static enum rc flush(struct req *rq)
{
	store_rollback(rq->cx);
	return audit_flush(rq->cx);
}

enum rc logs_index(struct req *rq, struct resp *rs)
{
	struct audit_filter f;

	TRY(filter_of(rq, &f));
	TRY(flush(rq));
	return list(rq, rs, &f, write_log);
}

enum rc audit_logs_index(struct req *rq, struct resp *rs)
{
	struct audit_filter f;

	TRY(filter_of(rq, &f));
	TRY(flush(rq));
	return list(rq, rs, &f, write_audit_log);
}

/* what happened to an event and to everything in it: for those who see the event */
enum rc audit_logs_event(struct req *rq, struct resp *rs)
{
	struct audit_filter f;
	struct event e;

	TRY(api_event(rq, 0, &e));
	TRY(filter_of(rq, &f));
	f.event_id = e.id;
	f.only_user = 0;
	f.only_org = user_is_site_admin(rq->cx->who) || e.org_id == rq->cx->who->org_id ? 0 : rq->cx->who->org_id;
	return list(rq, rs, &f, write_audit_log);
}

enum rc audit_logs_change(struct req *rq, struct resp *rs)
{
	const struct user *u = rq->cx->who;
	struct audit_entry e;
	struct jw w;
	int64_t id;

	if (!str_i64(req_var(rq, 0), &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid log entry");
	TRY(audit_log_load(rq->cx, id, &e));
	if (!user_is_site_admin(u) && !(user_has(u, PERM(ADMIN)) && e.org_id == u->org_id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid log entry");
	w = api_json(rq, rs);
	write_entry(&w, &e);
	return RC_OK;
}
