/* shadow_attributes.c - proposals: list, view, propose an attribute, a change, a deletion; accept, discard. */
#include "api/sharing.h"
#include "format/misp_json.h"
#include "format/misp_proposal.h"
#include "policy/proposal.h"

static bool any_is(const struct param *p, const char *text)
{
	for (size_t i = 0; p && i < p->n; i++)
		if (str_eq(p->v[i], str_c(text)))
			return true;
	return false;
}

static enum rc read_filter(struct req *rq, const struct params *p, struct proposal_filter *f)
{
	const struct param *deleted = param_get(p, "deleted");
	struct str id = req_var(rq, 0);
	struct event_key k;
	struct event e;

	*f = (struct proposal_filter){ .deleted = DELETED_ALL, .since = param_int(p, "timestamp", 0), .search = str_trim(param_text(p, "searchall")) };
	if (!id.n)
		id = param_text(p, "eventid");
	if (id.n) {
		if (!event_key_parse(id, &k))
			return fail(rq->cx, RC_NOTFOUND, "Invalid event");
		TRY(event_load(rq->cx, rq->cx->scope, &k, &e));
		f->event_id = e.id;
	}
	if (deleted && any_is(deleted, "1") != any_is(deleted, "0"))
		f->deleted = any_is(deleted, "1") ? DELETED_ONLY : DELETED_NO;
	if (param_get(p, "all") && !param_bool(p, "all", true))
		f->orgc_id = rq->cx->who->org_id;
	return RC_OK;
}

enum rc shadow_attributes_index(struct req *rq, struct resp *rs)
{
	struct proposal_filter f;
	struct proposal *v;
	struct params p;
	int64_t left, skip;
	size_t n;
	struct jw w;

	TRY(api_params(rq, &p));
	TRY(read_filter(rq, &p, &f));
	TRY(proposal_list(rq->cx, rq->cx->scope, &f, &v, &n));
	api_count(rq, rs, (int64_t)n);
	left = param_int(&p, "limit", (int64_t)n);
	if (left <= 0 || left > (int64_t)n)
		left = (int64_t)n;
	skip = param_int(&p, "page", 1) - 1;
	skip = skip <= 0 || !left ? 0 : skip > (int64_t)n / left ? (int64_t)n : skip * param_int(&p, "limit", (int64_t)n);
	w = api_json(rq, rs);
	jw_arr(&w);
	for (int64_t i = skip; i < (int64_t)n && left > 0; i++, left--) {
		jw_obj(&w);
		jw_key(&w, "ShadowAttribute");
		misp_write_proposal(&w, PROPOSAL_LISTED, &v[i]);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

static void answer(struct req *rq, struct resp *rs, enum proposal_shape shape, const struct proposal *p)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "ShadowAttribute");
	misp_write_proposal(&w, shape, p);
	jw_obj_end(&w);
}

enum rc shadow_attributes_view(struct req *rq, struct resp *rs)
{
	struct event_key k;
	struct proposal p;
	enum rc rc = event_key_parse(req_var(rq, 0), &k) ? proposal_load(rq->cx, rq->cx->scope, &k, &p) : RC_DONE;

	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Invalid proposal.");
	TRY(rc);
	answer(rq, rs, PROPOSAL_ALONE, &p);
	return RC_OK;
}

/* {"ShadowAttribute": {...}}, {"Attribute": {...}} or the attribute itself */
static enum rc read_body(struct req *rq, struct attr_in *in)
{
	struct str key, body = rq->body;
	struct jr r;

	jr_init(&r, rq->cx, rq->body, &misp_limits);
	if (jr_peek(&r) == J_OBJ)
		for (jr_obj(&r); jr_member(&r, &key);) {
			if ((str_eq(key, S("ShadowAttribute")) || str_eq(key, S("Proposal"))) && jr_peek(&r) == J_OBJ)
				body = jr_raw(&r);
			else
				jr_skip(&r);
		}
	else
		jr_skip(&r);
	TRY(jr_end(&r));
	jr_init(&r, rq->cx, body, &misp_limits);
	misp_attr_read(&r, in);
	return jr_end(&r);
}

enum rc shadow_attributes_add(struct req *rq, struct resp *rs)
{
	struct attr_in in;
	struct proposal p;
	struct event e;

	TRY(api_event(rq, 0, &e));
	TRY(read_body(rq, &in));
	api_saving(rq, "Could not add ShadowAttribute", "/shadow_attributes/add", false);
	TRY(proposal_add(rq->cx, &e, &in, &p));
	answer(rq, rs, PROPOSAL_SAVED, &p);
	return RC_OK;
}

static enum rc with_event(struct req *rq, struct attr *a, struct event *e)
{
	TRY(api_attr(rq, 0, a));
	if (a->deleted)
		return fail(rq->cx, RC_NOTFOUND, "Invalid attribute");
	return event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = a->event_id }, e);
}

enum rc shadow_attributes_edit(struct req *rq, struct resp *rs)
{
	struct attr_in in;
	struct proposal p;
	struct event e;
	struct attr a;

	TRY(with_event(rq, &a, &e));
	TRY(read_body(rq, &in));
	api_saving(rq, "Could not edit ShadowAttribute", "/shadow_attributes/edit", false);
	TRY(proposal_edit(rq->cx, &e, &a, &in, &p));
	answer(rq, rs, PROPOSAL_SAVED, &p);
	return RC_OK;
}

enum rc shadow_attributes_delete(struct req *rq, struct resp *rs)
{
	struct proposal p;
	struct event e;
	struct attr a;
	struct jw w;

	TRY(with_event(rq, &a, &e));
	TRY(proposal_delete(rq->cx, &e, &a, &p));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kstr(&w, "success", S("The proposal to delete the attribute has been saved"));
	jw_obj_end(&w);
	return RC_OK;
}

enum rc shadow_attributes_accept(struct req *rq, struct resp *rs)
{
	struct event_key k;

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(rq->cx, RC_METHOD, "Proposal not found or you are not authorised to accept it.");
	api_saving(rq, "Could not accept ShadowAttribute", "/shadow_attributes/accept", false);
	TRY(proposal_accept(rq->cx, &k));
	api_named(rq, rs, "Proposed change accepted.");
	return RC_OK;
}

enum rc shadow_attributes_discard(struct req *rq, struct resp *rs)
{
	struct event_key k;

	if (!event_key_parse(req_var(rq, 0), &k))
		return fail(rq->cx, RC_METHOD, "Could not discard proposal.");
	TRY(proposal_discard(rq->cx, &k));
	api_named(rq, rs, "Proposal discarded.");
	return RC_OK;
}
