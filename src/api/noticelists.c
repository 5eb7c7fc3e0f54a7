/* noticelists.c - notice lists: listing, switching, loading the library's. */
#include "api/form.h"
#include "api/rules.h"
#include "policy/rule_admin.h"

static void open_list(struct jw *w, const struct noticelist *l)
{
	jw_key(w, "Noticelist");
	jw_obj(w);
	jw_kid(w, "id", l->id);
	jw_kstr(w, "name", l->name);
	jw_kstr(w, "expanded_name", l->expanded_name);
	jw_key(w, "ref");
	jw_raw(w, l->ref);
	jw_key(w, "geographical_area");
	jw_raw(w, l->geographical_area);
	jw_kid(w, "version", l->version);
	jw_kbool(w, "enabled", l->enabled);
}

enum rc noticelists_index(struct req *rq, struct resp *rs)
{
	struct noticelist *v;
	struct params p;
	struct str search;
	int64_t found = 0;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	search = param_text(&p, "quickFilter");
	if (!search.n)
		search = param_text(&p, "value");
	TRY(noticelist_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (search.n && str_find_nocase(v[i].name, search) == STR_NONE && str_find_nocase(v[i].expanded_name, search) == STR_NONE)
			continue;
		found++;
		jw_obj(&w);
		open_list(&w, &v[i]);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	api_count(rq, rs, found);
	return RC_OK;
}

static enum rc load(struct req *rq, struct noticelist *l)
{
	int64_t id;
	enum rc rc = str_i64(req_var(rq, 0), &id) && id > 0 ? noticelist_load(rq->cx, id, S(""), l) : RC_DONE;

	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Noticelist not found.") : rc;
}

static enum rc write_entries(struct req *rq, struct jw *w, int64_t id)
{
	struct notice *v;
	size_t n;

	TRY(noticelist_entries(rq->cx, id, &v, &n));
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(w);
		jw_kid(w, "id", v[i].id);
		jw_kid(w, "noticelist_id", v[i].list_id);
		jw_key(w, "data");
		jw_raw(w, v[i].data);
		jw_obj_end(w);
	}
	jw_arr_end(w);
	return RC_OK;
}

enum rc noticelists_view(struct req *rq, struct resp *rs)
{
	struct noticelist l;
	struct jw w;

	TRY(load(rq, &l));
	w = api_json(rq, rs);
	jw_obj(&w);
	open_list(&w, &l);
	jw_key(&w, "NoticelistEntry");
	TRY(write_entries(rq, &w, l.id));
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc noticelists_preview(struct req *rq, struct resp *rs)
{
	struct noticelist l;
	struct jw w;

	TRY(load(rq, &l));
	w = api_json(rq, rs);
	return write_entries(rq, &w, l.id);
}

/* MISP answers with the list itself, which clients follow a redirect to. */
enum rc noticelists_enable(struct req *rq, struct resp *rs)
{
	struct noticelist l;

	TRY(load(rq, &l));
	TRY(noticelist_switch(rq->cx, l.id, api_is_true(req_var(rq, 1))));
	return noticelists_view(rq, rs);
}

enum rc noticelists_toggle(struct req *rq, struct resp *rs)
{
	struct noticelist l;

	TRY(load(rq, &l));
	TRY(noticelist_switch(rq->cx, l.id, !l.enabled));
	api_ok(rq, rs, l.enabled ? "Noticelist disabled." : "Noticelist enabled.", "/noticelists/toggleEnable", l.id);
	return RC_OK;
}

enum rc noticelists_delete(struct req *rq, struct resp *rs)
{
	struct noticelist l;

	TRY(load(rq, &l));
	TRY(noticelist_remove(rq->cx, l.id));
	api_ok(rq, rs, "Noticelist successfuly deleted.", "/noticelists/delete", l.id);
	return RC_OK;
}

enum rc noticelists_update(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str library = api_opts(rq)->library;
	struct library_report l = { 0 };

	if (library.n)
		TRY(noticelists_load_library(cx, str_fmt(cx->mem, "%.*s/misp-noticelist", STR(library)), &l));
	if (l.added + l.updated)
		api_ok(rq, rs, str_fmt(cx->mem, "Successfully updated %zu noticelists.", l.added + l.updated).p, "/noticelists/update", 0);
	else
		api_ok(rq, rs, "All noticelists are up to date already.", "/noticelists/update", 0);
	return RC_OK;
}
