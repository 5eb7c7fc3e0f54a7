/* rules.c - expressions of import, allowed lists, excluded values, rules between events, and which values many events share. */
#include "api/rules.h"

#include "api/form.h"
#include "model/value.h"
#include "policy/rule_admin.h"

static bool has(struct str in, struct str part)
{
	return str_find_nocase(in, part) != STR_NONE;
}

static bool id_of(struct req *rq, int64_t *id)
{
	return str_i64(req_var(rq, 0), id) && *id > 0;
}

/* ---- expressions of import ---- */

static void write_regexp(struct jw *w, const struct import_regexp *r)
{
	jw_obj(w);
	jw_key(w, "Regexp");
	jw_obj(w);
	jw_kid(w, "id", r->id);
	jw_kstr(w, "regexp", r->regexp);
	jw_kstr(w, "replacement", r->replacement);
	jw_kstr(w, "type", r->type);
	jw_obj_end(w);
	jw_obj_end(w);
}

static void write_regexps(struct req *rq, struct resp *rs, const struct import_regexp *v, size_t n)
{
	struct jw w = api_json(rq, rs);

	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_regexp(&w, &v[i]);
	jw_arr_end(&w);
	api_count(rq, rs, (int64_t)n);
}

enum rc regexp_index(struct req *rq, struct resp *rs)
{
	struct import_regexp *v;
	size_t n;

	TRY(import_regexp_list(rq->cx, &v, &n));
	write_regexps(rq, rs, v, n);
	return RC_OK;
}

enum rc regexp_view(struct req *rq, struct resp *rs)
{
	struct import_regexp *v;
	int64_t id;
	struct jw w;
	size_t n;

	TRY(import_regexp_list(rq->cx, &v, &n));
	for (size_t i = 0; id_of(rq, &id) && i < n; i++)
		if (v[i].id == id) {
			w = api_json(rq, rs);
			write_regexp(&w, &v[i]);
			return RC_OK;
		}
	return fail(rq->cx, RC_NOTFOUND, "Invalid Regexp");
}

/* parameters; the body may be wrapped in the model's name */
static enum rc model_params(struct req *rq, const char *model, struct params *p)
{
	struct api_body b;

	api_body_open(rq, model, &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	return api_params(rq, p);
}

static enum rc regexp_put(struct req *rq, struct resp *rs, int64_t id, const char *what, const char *url)
{
	struct regexp_form f = { .regexp = S(""), .replacement = S("") };
	const struct param *types;
	struct import_regexp *v;
	struct params p;
	size_t n;

	TRY(model_params(rq, "Regexp", &p));
	api_saving(rq, what, url, false);
	if (param_get(&p, "regexp"))
		f.regexp = str_trim(param_text(&p, "regexp"));
	if (param_text(&p, "replacement").n)
		f.replacement = param_text(&p, "replacement");
	types = param_get(&p, "type");
	if (!types)
		types = param_get(&p, "types");
	if (types && !param_bool(&p, "all", false)) {
		f.types = types->v;
		f.type_n = types->n;
	}
	TRY(regexp_save(rq->cx, id, &f, &v, &n));
	write_regexps(rq, rs, v, n);
	return RC_OK;
}

enum rc regexp_add(struct req *rq, struct resp *rs)
{
	return regexp_put(rq, rs, 0, "Could not add Regexp", "/admin/regexp/add");
}

enum rc regexp_edit(struct req *rq, struct resp *rs)
{
	int64_t id;

	if (!id_of(rq, &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid Regexp");
	return regexp_put(rq, rs, id, "Could not edit Regexp", "/admin/regexp/edit");
}

enum rc regexp_delete(struct req *rq, struct resp *rs)
{
	int64_t id;

	if (!id_of(rq, &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid Regexp");
	TRY(regexp_remove(rq->cx, id));
	api_ok(rq, rs, "Regexp deleted", "/admin/regexp/delete", id);
	return RC_OK;
}

enum rc regexp_clean_all(struct req *rq, struct resp *rs)
{
	int64_t changed, deleted;

	TRY(regexp_clean(rq->cx, &changed, &deleted));
	api_ok(rq, rs, str_fmt(rq->cx->mem, "All done! Number of changed attributes: %lld Number of deletions: %lld", (long long)changed, (long long)deleted).p,
	       "/admin/regexp/clean", 0);
	return RC_OK;
}

/* ---- allowed lists ---- */

static void write_allowed(struct jw *w, const struct allowed *a)
{
	jw_obj(w);
	jw_key(w, "Allowedlist");
	jw_obj(w);
	jw_kid(w, "id", a->id);
	jw_kstr(w, "name", a->name);
	jw_obj_end(w);
	jw_obj_end(w);
}

enum rc allowedlists_index(struct req *rq, struct resp *rs)
{
	struct allowed *v;
	struct jw w;
	size_t n;

	TRY(allowed_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_allowed(&w, &v[i]);
	jw_arr_end(&w);
	api_count(rq, rs, (int64_t)n);
	return RC_OK;
}

static enum rc allowed_write(struct req *rq, struct resp *rs, int64_t id, const char *what, const char *url)
{
	struct params p;
	struct allowed a;
	struct jw w;

	TRY(model_params(rq, "Allowedlist", &p));
	api_saving(rq, what, url, false);
	TRY(allowed_save(rq->cx, id, param_get(&p, "name") ? param_text(&p, "name") : S(""), &a));
	w = api_json(rq, rs);
	write_allowed(&w, &a);
	return RC_OK;
}

enum rc allowedlists_add(struct req *rq, struct resp *rs)
{
	return allowed_write(rq, rs, 0, "Could not add Allowedlist", "/admin/allowedlists/add");
}

enum rc allowedlists_edit(struct req *rq, struct resp *rs)
{
	int64_t id;

	if (!id_of(rq, &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid allowedlist");
	return allowed_write(rq, rs, id, "Could not edit Allowedlist", "/admin/allowedlists/edit");
}

enum rc allowedlists_delete(struct req *rq, struct resp *rs)
{
	int64_t id;

	if (!id_of(rq, &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid allowedlist");
	TRY(allowed_remove(rq->cx, id));
	api_ok(rq, rs, "Allowedlist deleted", "/admin/allowedlists/delete", id);
	return RC_OK;
}

/* ---- excluded values ---- */

static void write_exclusion(struct jw *w, const struct corr_exclusion *x)
{
	jw_obj(w);
	jw_key(w, "CorrelationExclusion");
	jw_obj(w);
	jw_kid(w, "id", x->id);
	jw_kstr(w, "value", x->value);
	jw_kbool(w, "from_json", x->from_json);
	if (x->comment.p)
		jw_kstr(w, "comment", x->comment);
	else
		jw_knull(w, "comment");
	jw_obj_end(w);
	jw_obj_end(w);
}

enum rc exclusions_index(struct req *rq, struct resp *rs)
{
	struct str value, quick;
	struct corr_exclusion *v;
	struct params p;
	int64_t found = 0;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	value = param_text(&p, "value");
	quick = param_text(&p, "quickFilter");
	TRY(corr_exclusion_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if ((value.n && !has(v[i].value, value)) || (quick.n && !has(v[i].value, quick) && !has(v[i].comment, quick)))
			continue;
		found++;
		write_exclusion(&w, &v[i]);
	}
	jw_arr_end(&w);
	api_count(rq, rs, found);
	return RC_OK;
}

enum rc exclusions_view(struct req *rq, struct resp *rs)
{
	struct corr_exclusion x;
	int64_t id;
	struct jw w;
	enum rc rc = id_of(rq, &id) ? corr_exclusion_load(rq->cx, id, &x) : RC_DONE;

	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Invalid CorrelationExclusion.");
	TRY(rc);
	w = api_json(rq, rs);
	write_exclusion(&w, &x);
	return RC_OK;
}

static struct str comment_of(const struct params *p)
{
	const struct param *x = param_get(p, "comment");

	return x && x->n ? x->v[0] : (struct str){ 0 };
}

enum rc exclusions_add(struct req *rq, struct resp *rs)
{
	struct corr_exclusion x;
	struct params p;
	struct jw w;

	TRY(model_params(rq, "CorrelationExclusion", &p));
	api_saving(rq, "Could not add CorrelationExclusion", "/correlation_exclusions/add", false);
	TRY(exclusion_add(rq->cx, param_get(&p, "value") ? param_text(&p, "value") : S(""), comment_of(&p), &x));
	w = api_json(rq, rs);
	write_exclusion(&w, &x);
	return RC_OK;
}

enum rc exclusions_edit(struct req *rq, struct resp *rs)
{
	struct corr_exclusion x;
	struct params p;
	int64_t id;
	struct jw w;

	if (!id_of(rq, &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid CorrelationExclusion.");
	TRY(model_params(rq, "CorrelationExclusion", &p));
	api_saving(rq, "Could not edit CorrelationExclusion", "/correlation_exclusions/edit", false);
	TRY(exclusion_edit(rq->cx, id, comment_of(&p), &x));
	w = api_json(rq, rs);
	write_exclusion(&w, &x);
	return RC_OK;
}

enum rc exclusions_delete(struct req *rq, struct resp *rs)
{
	int64_t id;

	if (!id_of(rq, &id))
		return fail(rq->cx, RC_NOTFOUND, "Invalid CorrelationExclusion.");
	TRY(exclusion_remove(rq->cx, id));
	api_ok(rq, rs, "CorrelationExclusion deleted.", "/correlation_exclusions/delete", id);
	return RC_OK;
}

/* Nothing is stored of correlations: an exclusion has its effect from the moment it is there, and there is nothing to clean. */
enum rc exclusions_clean(struct req *rq, struct resp *rs)
{
	api_ok(rq, rs, "Correlations cleanup initiated, based on the exclusion rules.", "/correlation_exclusions/clean", 0);
	return RC_OK;
}

/* ---- rules between events ---- */

static void write_rule(struct jw *w, const struct corr_rule_row *r)
{
	jw_obj(w);
	jw_key(w, "CorrelationRule");
	jw_obj(w);
	jw_kid(w, "id", r->id);
	jw_kuuid(w, "uuid", &r->uuid);
	jw_kstr(w, "name", r->name);
	jw_kstr(w, "comment", r->comment);
	jw_kstr(w, "selector_type", corr_selector_names[r->selector]);
	jw_key(w, "selector_list");
	jw_raw(w, r->selector_list);
	jw_kid(w, "timestamp", r->timestamp);
	jw_obj_end(w);
	jw_obj_end(w);
}

enum rc corr_rules_index(struct req *rq, struct resp *rs)
{
	struct corr_rule_row *v;
	struct params p;
	struct str name;
	int64_t found = 0;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	name = param_text(&p, param_get(&p, "quickFilter") ? "quickFilter" : "name");
	TRY(corr_rule_list(rq->cx, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (name.n && !has(v[i].name, name))
			continue;
		found++;
		write_rule(&w, &v[i]);
	}
	jw_arr_end(&w);
	api_count(rq, rs, found);
	return RC_OK;
}

static enum rc rule_load(struct req *rq, struct corr_rule_row *r)
{
	struct event_key k;
	enum rc rc = event_key_parse(req_var(rq, 0), &k) ? corr_rule_load(rq->cx, k.id, &k.uuid, r) : RC_DONE;

	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Invalid CorrelationRule.") : rc;
}

enum rc corr_rules_view(struct req *rq, struct resp *rs)
{
	struct corr_rule_row r;
	struct jw w;

	TRY(rule_load(rq, &r));
	w = api_json(rq, rs);
	write_rule(&w, &r);
	return RC_OK;
}

static const struct form_field rule_fields[] = {
	{ "uuid", offsetof(struct corr_rule_form, uuid) },
	{ "name", offsetof(struct corr_rule_form, name) },
	{ "comment", offsetof(struct corr_rule_form, comment) },
	{ "selector_type", offsetof(struct corr_rule_form, selector_type) },
	{ "selector_list", offsetof(struct corr_rule_form, selector_list) },
};

static enum rc rule_put(struct req *rq, struct resp *rs, int64_t id, const char *what, const char *url)
{
	struct corr_rule_form f = { 0 };
	struct corr_rule_row r;
	struct jw w;

	TRY(API_FORM(rq, "CorrelationRule", rule_fields, &f));
	api_saving(rq, what, url, false);
	TRY(corr_rule_save(rq->cx, id, &f, &r));
	w = api_json(rq, rs);
	write_rule(&w, &r);
	return RC_OK;
}

enum rc corr_rules_add(struct req *rq, struct resp *rs)
{
	return rule_put(rq, rs, 0, "Could not add CorrelationRule", "/correlation_rules/add");
}

enum rc corr_rules_edit(struct req *rq, struct resp *rs)
{
	struct corr_rule_row r;

	TRY(rule_load(rq, &r));
	return rule_put(rq, rs, r.id, "Could not edit CorrelationRule", "/correlation_rules/edit");
}

enum rc corr_rules_delete(struct req *rq, struct resp *rs)
{
	struct corr_rule_row r;

	TRY(rule_load(rq, &r));
	TRY(corr_rule_remove(rq->cx, r.id));
	api_ok(rq, rs, "CorrelationRule deleted.", "/correlation_rules/delete", r.id);
	return RC_OK;
}

/* ---- what many events share ---- */

enum { TOP_DEFAULT = 50, TOP_MAX = 1000 };

static enum rc top(struct req *rq, const struct params *p, struct corr_top **v, size_t *n, struct corr_rules **rules)
{
	int64_t limit = param_int(p, "limit", TOP_DEFAULT), page = param_int(p, "page", 1);

	if (limit < 1 || limit > TOP_MAX || page < 1 || page > 1000000)
		return fail(rq->cx, RC_BAD, "limit is 1 to %d, page 1 or more", TOP_MAX);
	TRY(corr_top_values(rq->cx, (size_t)((page - 1) * limit), (size_t)limit, v, n));
	return corr_rules_take(rq->cx, rules);
}

enum rc correlations_top(struct req *rq, struct resp *rs)
{
	struct corr_rules *rules;
	struct corr_top *v;
	struct params p;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	TRY(top(rq, &p, &v, &n, &rules));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_key(&w, "Correlation");
		jw_obj(&w);
		jw_kstr(&w, "value", v[i].value);
		jw_kint(&w, "count", v[i].events);
		jw_kbool(&w, "excluded", corr_excluded(rules, value_fold(rq->cx->mem, v[i].value)));
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	corr_rules_release(rules);
	return RC_OK;
}

/* The list is counted when it is asked for; there is none to make beforehand. */
enum rc correlations_generate_top(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);

	jw_bool(&w, true);
	return RC_OK;
}

/* No value is ever too frequent to correlate here: over_correlation is false for all, and a search for those that are finds none. */
enum rc correlations_over(struct req *rq, struct resp *rs)
{
	struct corr_rules *rules;
	struct corr_top *v;
	struct params p;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	TRY(top(rq, &p, &v, &n, &rules));
	if (str_eq(param_text(&p, "scope"), S("over_correlating")))
		n = 0;
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_key(&w, "OverCorrelatingValue");
		jw_obj(&w);
		jw_kid(&w, "id", (int64_t)i + 1);
		jw_kstr(&w, "value", v[i].value);
		jw_kid(&w, "occurrence", v[i].events);
		jw_kbool(&w, "over_correlation", false);
		jw_kbool(&w, "excluded", corr_excluded(rules, value_fold(rq->cx->mem, v[i].value)));
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	corr_rules_release(rules);
	return RC_OK;
}

enum rc correlations_occurrences(struct req *rq, struct resp *rs)
{
	api_ok(rq, rs, "Over-correlations counted successfully.", "/correlations/generateOccurrences", 0);
	return RC_OK;
}

enum rc correlations_switch(struct req *rq, struct resp *rs)
{
	(void)rs;
	return fail(rq->cx, RC_METHOD, "There is one correlation engine here: links are read when they are asked for, no table of them is kept.");
}
