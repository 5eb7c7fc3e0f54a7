/* settings.c - the settings of the instance: one, all, and changing one. */
#include "api/settings.h"

#include "api/form.h"
#include "api/peers.h"
#include "policy/instance_setting.h"
#include "store/setting.h"

static const char *const types[] = { [SETTING_BOOL] = "boolean", [SETTING_NUMBER] = "numeric", [SETTING_TEXT] = "string" };
static const char *const tests[] = { [SETTING_BOOL] = "testBool", [SETTING_NUMBER] = "testForNumeric", [SETTING_TEXT] = "testForEmpty" };

static void write_value(struct ctx *cx, struct jw *w, const char *key, enum setting s)
{
	const struct site_setting *r = site_setting(s);

	jw_key(w, key);
	if (r->flags & SETTING_SECRET)
		jw_str(w, S("*****"));
	else if (r->type == SETTING_BOOL)
		jw_bool(w, setting_on(cx, s));
	else if (r->type == SETTING_NUMBER)
		jw_int(w, setting_int(cx, s));
	else if (r->flags & SETTING_JSON && setting_text(cx, s).n)
		jw_raw(w, setting_text(cx, s));
	else
		jw_str(w, setting_text(cx, s));
}

static void write_options(struct jw *w, const char *options)
{
	struct cur c = cur_of(str_c(options));
	struct str one, value;

	jw_key(w, "options");
	jw_obj(w);
	while (cur_until(&c, '|', &one)) {
		struct cur o = cur_of(one);

		if (cur_until(&o, ':', &value)) {
			jw_key_str(w, value);
			jw_str(w, str_from(one, value.n + 1));
		}
	}
	jw_obj_end(w);
}

static void write_setting(struct ctx *cx, struct jw *w, enum setting s, bool listed)
{
	const struct site_setting *r = site_setting(s);
	struct str name = str_c(r->name), group;
	struct cur c = cur_of(name);

	jw_obj(w);
	jw_kint(w, "level", r->level);
	jw_kstr(w, "description", str_c(r->text));
	write_value(cx, w, "value", s);
	jw_kstr(w, "test", str_c(tests[r->type]));
	jw_kstr(w, "type", str_c(types[r->type]));
	jw_kbool(w, "null", true);
	if (r->options)
		write_options(w, r->options);
	if (r->flags & SETTING_SECRET)
		jw_kbool(w, "redacted", true);
	jw_kstr(w, listed ? "setting" : "name", name);
	if (listed) {
		if (!cur_until(&c, '.', &group) || group.n == name.n)
			group = S("MISP");
		jw_kstr(w, "tab", group);
		jw_kbool(w, "is_default", !setting_stored(cx, s));
	}
	jw_obj_end(w);
}

enum rc servers_setting_view(struct req *rq, struct resp *rs)
{
	enum setting s;
	struct jw w;

	TRY(instance_setting_find(rq->cx, req_var(rq, 0), true, &s));
	w = api_json(rq, rs);
	write_setting(rq->cx, &w, s, false);
	return RC_OK;
}

void settings_write_all(struct ctx *cx, struct jw *w, struct str tab)
{
	jw_key(w, "finalSettings");
	jw_arr(w);
	for (int i = 0; i < SITE_COUNT; i++)
		if (!tab.n || str_starts(str_c(site_setting(i)->name), tab))
			write_setting(cx, w, i, true);
	jw_arr_end(w);
}

enum rc servers_settings(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	settings_write_all(rq->cx, &w, req_var(rq, 0));
	TRY(instance_write_state(rq, &w));
	jw_obj_end(&w);
	return RC_OK;
}

/* {"value": ...} of any scalar kind, as text; the wrapper "Server" is optional */
static enum rc read_value(struct req *rq, struct str *out)
{
	struct params p;
	const struct param *v;

	TRY(api_params(rq, &p));
	v = param_get(&p, "value");
	if (!v || v->is_list || v->n != 1)
		return fail_field(rq->cx, RC_INVALID, "value", "Invalid input. Expected: {\"value\": \"new_setting\"}");
	if (str_eq(str_trim(v->v[0]), S("*****")))
		return fail_field(rq->cx, RC_INVALID, "value", "No change.");
	*out = v->v[0];
	return RC_OK;
}

/* A list or an object, as it was sent; or "". */
static enum rc read_json(struct req *rq, struct str *out)
{
	static const struct form_field fields[] = { { "value", 0 } };
	struct jr r;

	*out = (struct str){ 0 };
	TRY(API_FORM(rq, "Server", fields, out));
	*out = str_trim(*out);
	if (!out->n || str_eq(*out, S("false")))
		*out = S("");
	if (!out->n)
		return RC_OK;
	if (out->p[0] == '[' || out->p[0] == '{') {
		jr_init(&r, rq->cx, *out, NULL);
		jr_skip(&r);
		if (jr_end(&r) == RC_OK)
			return RC_OK;
		ctx_forgive(rq->cx);
	}
	return fail_field(rq->cx, RC_INVALID, "value", "A list or an object in JSON is expected.");
}

enum rc servers_setting_edit(struct req *rq, struct resp *rs)
{
	struct str value;
	enum setting s;
	struct jw w;

	TRY(instance_setting_find(rq->cx, req_var(rq, 0), rq->method == HTTP_GET, &s));
	if (rq->method == HTTP_GET) {
		w = api_json(rq, rs);
		jw_obj(&w);
		write_value(rq->cx, &w, site_setting(s)->name, s);
		jw_obj_end(&w);
		return RC_OK;
	}
	api_saving(rq, "Could not edit Server", "/servers/serverSettingsEdit", true);
	TRY(site_setting(s)->flags & SETTING_JSON ? read_json(rq, &value) : read_value(rq, &value));
	TRY(instance_setting_edit(rq->cx, s, value));
	api_ok(rq, rs, "Field updated", "/servers/serverSettingsEdit", 0);
	return RC_OK;
}
