/* event_graphs.c - what the pictures of an event are drawn from, and the layouts that users keep. */
#include "api/analyst.h"
#include "api/api_int.h"
#include "api/form.h"
#include "export/event_graph.h"
#include "format/misp_write.h"
#include "policy/graph_save.h"
#include "store/setting.h"
#include "store/tag.h"

enum { RULES_MAX = 64 };

/* ---- {"keyType": "type", "filtering": {"presence": [["Contains", "filename"]], "tag_presence": [...], "value": [["size", ">", "3"]]}} ---- */

static void read_rule(struct jr *r, struct graph_rule *out)
{
	struct str v[3] = { S(""), S(""), S("") };
	size_t n = 0;

	for (jr_arr(r); jr_elem(r); n++) {
		struct str s;

		if (n >= 3 || jr_peek(r) == J_OBJ || jr_peek(r) == J_ARR) {
			jr_skip(r);
			continue;
		}
		s = jr_text_dup(r);
		v[n] = s.p ? s : S("");
	}
	if (out->of == RULE_VALUE) {
		out->what = v[0];
		out->how = v[1];
		out->value = v[2];
	} else {
		out->how = v[0];
		out->what = v[1];
	}
}

static void read_rules(struct jr *r, struct graph_options *o)
{
	static const char *const names[] = { [RULE_RELATION] = "presence", [RULE_TAG] = "tag_presence", [RULE_VALUE] = "value" };
	struct graph_rule *rules = arena_many(r->cx->mem, RULES_MAX, struct graph_rule);
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		int of = 0;

		while (of < 3 && !str_eq(key, str_c(names[of])))
			of++;
		if (of == 3 || jr_peek(r) != J_ARR) {
			jr_skip(r);
			continue;
		}
		for (jr_arr(r); jr_elem(r);) {
			if (o->rule_n == RULES_MAX || jr_peek(r) != J_ARR) {
				jr_skip(r);
				continue;
			}
			rules[o->rule_n].of = of;
			read_rule(r, &rules[o->rule_n++]);
		}
	}
	o->rules = rules;
}

static enum rc read_options(struct req *rq, struct graph_options *o)
{
	struct api_body b;
	struct str key, s;

	o->extended = req_has_param(rq, "extended");
	o->key = S("");
	api_body_open(rq, "Event", &b);
	if (!b.there)
		return str_trim(rq->body).n && !str_starts(str_trim(rq->body), S("[")) ? fail(rq->cx, RC_BAD, "the body is not a JSON object") : RC_OK;
	for (jr_obj(&b.r); jr_member(&b.r, &key);) {
		if (str_eq(key, S("filtering")) && jr_peek(&b.r) == J_OBJ) {
			read_rules(&b.r, o);
		} else if (str_eq(key, S("keyType")) && jr_peek(&b.r) == J_STR) {
			s = jr_text_dup(&b.r);
			o->key = s;
		} else {
			jr_skip(&b.r);
		}
	}
	return api_body_end(rq, &b);
}

/* "event" is the only kind there is */
static enum rc event_of(struct req *rq, struct event *e)
{
	struct str type = req_var(rq, 1);

	if (type.n && !str_eq(type, S("event")))
		return fail(rq->cx, RC_METHOD, "Invalid type.");
	return api_event(rq, 0, e);
}

static enum rc graph(struct req *rq, struct resp *rs, enum graph_kind kind)
{
	struct graph_options o = { .kind = kind };
	struct event e;
	struct jw w;

	TRY(event_of(rq, &e));
	TRY(read_options(rq, &o));
	w = api_json(rq, rs);
	return event_graph_write(rq->cx, rq->cx->scope, &e, &o, &w);
}

enum rc events_graph_references(struct req *rq, struct resp *rs)
{
	return graph(rq, rs, GRAPH_REFERENCES);
}

enum rc events_graph_tags(struct req *rq, struct resp *rs)
{
	return graph(rq, rs, GRAPH_TAGS);
}

enum rc events_graph_generic(struct req *rq, struct resp *rs)
{
	return graph(rq, rs, GRAPH_KEY);
}

enum rc events_timeline(struct req *rq, struct resp *rs)
{
	bool extended = req_has_param(rq, "extended");
	struct params p;
	struct event e;
	struct str scope;
	struct jw w;

	TRY(event_of(rq, &e));
	TRY(api_params(rq, &p));
	scope = param_text(&p, "scope");
	w = api_json(rq, rs);
	if (str_eq(scope, S("sightings")))
		return event_sightings_write(rq->cx, rq->cx->scope, &e, extended, &w);
	if (scope.n && !str_eq(scope, S("seen")))
		return fail(rq->cx, RC_METHOD, "Invalid type.");
	return event_timeline_write(rq->cx, rq->cx->scope, &e, extended, &w);
}

enum rc events_distribution_graph(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct event e;
	struct jw w;

	TRY(event_of(rq, &e));
	w = api_json(rq, rs);
	return event_distribution_write(cx, cx->scope, &e, req_has_param(rq, "extended"), cx->who->org_name,
					setting_on(cx, SITE_HIDE_ORGS) && !user_is_site_admin(cx->who), &w);
}

enum rc events_info_by_id(struct req *rq, struct resp *rs)
{
	static const char *const threats[] = { "Undefined", "High", "Medium", "Low", "Undefined" };
	struct tag_use *t;
	struct event e;
	struct jw w;
	size_t n;

	TRY(api_event(rq, 0, &e));
	TRY(tag_of_events(rq->cx, &e.id, 1, &t, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Event");
	jw_obj(&w);
	jw_kid(&w, "id", e.id);
	jw_kstr(&w, "info", e.info);
	jw_kid(&w, "threat_level_id", e.threat_level_id);
	jw_kid(&w, "analysis", e.analysis);
	jw_obj_end(&w);
	jw_key(&w, "ThreatLevel");
	jw_obj(&w);
	jw_kstr(&w, "name", str_c(threats[e.threat_level_id >= 1 && e.threat_level_id <= 4 ? e.threat_level_id : 0]));
	jw_obj_end(&w);
	jw_key(&w, "EventTag");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (!t[i].t.exportable)
			continue;
		jw_obj(&w);
		jw_kid(&w, "event_id", e.id);
		jw_kid(&w, "tag_id", t[i].t.id);
		jw_kbool(&w, "local", t[i].local);
		jw_key(&w, "Tag");
		jw_obj(&w);
		jw_kid(&w, "id", t[i].t.id);
		jw_kstr(&w, "name", t[i].t.name);
		jw_kstr(&w, "colour", t[i].t.colour);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- layouts ---- */

static void kstr_or_null(struct jw *w, const char *key, struct str s)
{
	if (s.p)
		jw_kstr(w, key, s);
	else
		jw_knull(w, key);
}

enum rc event_graph_view(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct saved_graph *v;
	int64_t id = 0;
	struct event e;
	struct jw w;
	size_t n;

	TRY(api_event(rq, 0, &e));
	if (req_var(rq, 1).n && (!str_i64(req_var(rq, 1), &id) || id <= 0))
		return fail(cx, RC_NOTFOUND, "Invalid EventGraph");
	TRY(graph_list(cx, cx->who->org_id, e.id, id, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_key(&w, "EventGraph");
		jw_obj(&w);
		jw_kid(&w, "id", v[i].id);
		jw_kid(&w, "event_id", v[i].event_id);
		jw_kid(&w, "user_id", v[i].user_id);
		jw_kid(&w, "org_id", v[i].org_id);
		jw_kid(&w, "timestamp", v[i].timestamp);
		kstr_or_null(&w, "network_name", v[i].network_name);
		jw_kstr(&w, "network_json", v[i].network_json);
		kstr_or_null(&w, "preview_img", v[i].preview_img);
		jw_obj_end(&w);
		jw_key(&w, "User");
		jw_obj(&w);
		jw_kstr(&w, "email", v[i].email);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

static void saved(struct req *rq, struct resp *rs, const char *text)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kstr(&w, "success", str_c(text));
	jw_obj_end(&w);
}

enum rc event_graph_add(struct req *rq, struct resp *rs)
{
	static const struct form_field fields[] = {
		{ "network_json", offsetof(struct graph_form, network_json) },
		{ "network_name", offsetof(struct graph_form, network_name) },
		{ "preview_img", offsetof(struct graph_form, preview_img) },
	};
	struct graph_form f = { 0 };
	struct event e;

	if (!req_var(rq, 0).n)
		return fail(rq->cx, RC_METHOD, "No event ID set.");
	TRY(api_event(rq, 0, &e));
	TRY(API_FORM(rq, "EventGraph", fields, &f));
	api_saving(rq, "Could not add EventGraph", "/eventGraph/add", false);
	TRY(graph_add(rq->cx, &e, &f));
	saved(rq, rs, "eventGraph saved.");
	return RC_OK;
}

enum rc event_graph_delete(struct req *rq, struct resp *rs)
{
	int64_t id;

	if (!str_i64(req_var(rq, 0), &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid EventGraph");
	TRY(graph_remove(rq->cx, id));
	saved(rq, rs, "EventGraph deleted.");
	return RC_OK;
}
