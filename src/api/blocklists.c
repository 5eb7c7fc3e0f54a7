/* blocklists.c - the four blocklists: list, add, edit, delete. They differ in the names of their members only. */
#include "api/analyst.h"
#include "api/form.h"
#include "api/people.h"
#include "api/sharing.h"
#include "policy/blocklist.h"

static const struct list {
	const char *model, *uuid, *name, *orgc; /* orgc NULL: has none */
	const char *add, *edit;          /* "Could not ..." */
	const char *add_url, *edit_url, *remove_url;
} lists[] = {
#define LIST(model, uuid, name, orgc, url) \
	{ model, uuid, name, orgc, "Could not add " model, "Could not edit " model, url "/add", url "/edit", url "/delete" }
	[BLOCK_EVENT] = LIST("EventBlocklist", "event_uuid", "event_info", "event_orgc", "/eventBlocklists"),
	[BLOCK_ORG] = LIST("OrgBlocklist", "org_uuid", "org_name", NULL, "/orgBlocklists"),
	[BLOCK_SIGHTING] = LIST("SightingBlocklist", "org_uuid", "org_name", NULL, "/sightingBlocklists"),
	[BLOCK_ANALYST] = LIST("AnalystDataBlocklist", "analyst_data_uuid", "analyst_data_info", "analyst_data_orgc", "/analystDataBlocklists"),
#undef LIST
};

static void write_block(struct jw *w, const struct block *b)
{
	jw_obj(w);
	jw_kid(w, "id", b->id);
	jw_kuuid(w, lists[b->kind].uuid, &b->uuid);
	people_datetime(w, "created", b->created_s);
	jw_kstr(w, lists[b->kind].name, b->name);
	jw_kstr(w, "comment", b->comment);
	if (lists[b->kind].orgc)
		jw_kstr(w, lists[b->kind].orgc, b->orgc);
	jw_obj_end(w);
}

static enum rc list_all(struct req *rq, struct resp *rs, enum block_kind kind)
{
	struct params p;
	struct block *v;
	struct str search;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	search = param_text(&p, "searchall");
	if (!search.n)
		search = param_text(&p, lists[kind].uuid);
	TRY(block_list(rq->cx, kind, search, &v, &n));
	api_count(rq, rs, (int64_t)n);
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_block(&w, &v[i]);
	jw_arr_end(&w);
	return RC_OK;
}

/* The texts of a call; uuids: a list, or one a line. */
struct block_body {
	struct block_form f;
	struct str event_info, org_name, analyst_info, event_orgc, analyst_orgc, uuids;
};
static const struct form_field fields[] = {
	{ "uuids", offsetof(struct block_body, uuids) },
	{ "event_info", offsetof(struct block_body, event_info) },
	{ "org_name", offsetof(struct block_body, org_name) },
	{ "event_orgc", offsetof(struct block_body, event_orgc) },
	{ "analyst_data_info", offsetof(struct block_body, analyst_info) },
	{ "analyst_data_orgc", offsetof(struct block_body, analyst_orgc) },
	{ "comment", offsetof(struct block_body, f) + offsetof(struct block_form, comment) },
};

static enum rc read_body(struct req *rq, enum block_kind kind, struct block_body *out)
{
	*out = (struct block_body){ 0 };
	TRY(API_FORM(rq, lists[kind].model, fields, out));
	out->f.name = kind == BLOCK_EVENT ? out->event_info : kind == BLOCK_ANALYST ? out->analyst_info : out->org_name;
	out->f.orgc = kind == BLOCK_EVENT ? out->event_orgc : kind == BLOCK_ANALYST ? out->analyst_orgc : (struct str){ 0 };
	return RC_OK;
}

static enum rc split(struct ctx *cx, struct str text, struct str **out, size_t *n)
{
	struct cur c = cur_of(text);
	size_t cap = 0;
	struct str *v = NULL, s;

	*n = 0;
	if (str_starts(text, S("["))) {
		struct jr r;

		jr_init(&r, cx, text, NULL);
		for (jr_arr(&r); jr_elem(&r);) {
			s = jr_text_dup(&r);
			v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
			v[(*n)++] = s.p ? s : S("");
		}
		TRY(jr_end(&r));
	} else {
		while (cur_line(&c, &s)) {
			if (!str_trim(s).n)
				continue;
			v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
			v[(*n)++] = s;
		}
	}
	*out = v;
	return RC_OK;
}

static void write_texts(struct jw *w, const char *key, const struct str *v, size_t n)
{
	jw_key(w, key);
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, v[i]);
	jw_arr_end(w);
}

static enum rc add(struct req *rq, struct resp *rs, enum block_kind kind)
{
	struct block_added done;
	struct block_body b;
	struct str *uuids;
	size_t n;
	struct jw w;

	TRY(read_body(rq, kind, &b));
	api_saving(rq, lists[kind].add, lists[kind].add_url, false);
	TRY(split(rq->cx, str_trim(b.uuids), &uuids, &n));
	if (!n)
		return fail_field(rq->cx, RC_INVALID, "uuids", "Pass a list of uuids via the \"uuids\" key in the request object.");
	TRY(block_add(rq->cx, kind, uuids, n, &b.f, &done));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "result");
	jw_obj(&w);
	write_texts(&w, "successes", done.added, done.added_n);
	write_texts(&w, "fails", done.failed, done.failed_n);
	jw_obj_end(&w);
	jw_kstr(&w, "message", str_fmt(rq->cx->mem, "Done. Added %zu new entries to the blocklist. %zu entries could not be saved.", done.added_n,
				       done.failed_n));
	jw_obj_end(&w);
	return RC_OK;
}

static enum rc edit(struct req *rq, struct resp *rs, enum block_kind kind)
{
	struct block_body body;
	struct event_key k;
	struct block b;
	struct jw w;

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(rq->cx, RC_NOTFOUND, "Blocklist item not found.");
	TRY(read_body(rq, kind, &body));
	api_saving(rq, lists[kind].edit, lists[kind].edit_url, false);
	TRY(block_edit(rq->cx, kind, &k, &body.f, &b));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, lists[kind].model);
	write_block(&w, &b);
	jw_obj_end(&w);
	return RC_OK;
}

static enum rc remove_one(struct req *rq, struct resp *rs, enum block_kind kind)
{
	struct event_key k;
	int64_t id;

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(rq->cx, RC_NOTFOUND, "Invalid blocklist entry");
	TRY(block_remove(rq->cx, kind, &k, &id));
	api_ok(rq, rs, "Blocklist entry removed", lists[kind].remove_url, id);
	return RC_OK;
}

#define HANDLERS(prefix, kind) \
	enum rc prefix##_index(struct req *rq, struct resp *rs) { return list_all(rq, rs, kind); } \
	enum rc prefix##_add(struct req *rq, struct resp *rs) { return add(rq, rs, kind); } \
	enum rc prefix##_edit(struct req *rq, struct resp *rs) { return edit(rq, rs, kind); } \
	enum rc prefix##_delete(struct req *rq, struct resp *rs) { return remove_one(rq, rs, kind); }

HANDLERS(event_blocklists, BLOCK_EVENT)
HANDLERS(org_blocklists, BLOCK_ORG)
HANDLERS(sighting_blocklists, BLOCK_SIGHTING)
HANDLERS(analyst_data_blocklists, BLOCK_ANALYST)
