/* user_settings.c - settings of users: list, get, set, delete. Values are JSON and come back decoded. */
#include "api/form.h"
#include "api/people.h"
#include "base/utf8.h"
#include "policy/user_admin.h"

struct setting_form {
	struct str setting, value, user_id;
};
static const struct form_field fields[] = {
	{ "setting", offsetof(struct setting_form, setting) },
	{ "value", offsetof(struct setting_form, value) },
	{ "user_id", offsetof(struct setting_form, user_id) },
};

static void write_bare(struct jw *w, const struct user_setting *s)
{
	jw_obj(w);
	jw_kid(w, "id", setting_id(s));
	jw_kstr(w, "setting", s->name);
	jw_key(w, "value");
	jw_raw(w, s->value);
	jw_kid(w, "user_id", s->user_id);
	jw_kid(w, "timestamp", s->changed);
	jw_obj_end(w);
}

void people_setting(struct jw *w, const struct user_setting *s)
{
	jw_obj(w);
	jw_key(w, "UserSetting");
	write_bare(w, s);
	jw_obj_end(w);
}

/* Body, then path: /user/name. */
static enum rc read_form(struct req *rq, struct setting_form *f)
{
	*f = (struct setting_form){ 0 };
	TRY(API_FORM(rq, "UserSetting", fields, f));
	if (req_var(rq, 0).n)
		f->user_id = req_var(rq, 0);
	if (req_var(rq, 1).n)
		f->setting = req_var(rq, 1);
	return RC_OK;
}

enum rc user_settings_index(struct req *rq, struct resp *rs)
{
	struct user_setting *v;
	struct params p;
	struct str who, name;
	int64_t shown = 0, id = 0;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	who = param_text(&p, "user_id");
	name = param_text(&p, "setting");
	if (str_eq(who, S("me")))
		id = rq->cx->who->id;
	else if (who.n && !str_eq(who, S("all")) && !str_eq(who, S("org")))
		id = people_user_ref(who);
	TRY(setting_list(rq->cx, id, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (name.n && !str_eq(name, v[i].name))
			continue;
		shown++;
		people_setting(&w, &v[i]);
	}
	jw_arr_end(&w);
	api_count(rq, rs, shown);
	return RC_OK;
}

enum rc user_settings_get(struct req *rq, struct resp *rs)
{
	struct setting_form f;
	struct user_setting s;
	struct jw w;

	TRY(read_form(rq, &f));
	if (!f.setting.n)
		return fail(rq->cx, RC_BAD, "No setting name provided.");
	TRY(setting_get(rq->cx, people_user_ref(f.user_id), f.setting, &s));
	w = api_json(rq, rs);
	write_bare(&w, &s);
	return RC_OK;
}

enum rc user_settings_set(struct req *rq, struct resp *rs)
{
	struct setting_form f;
	struct user_setting s;
	struct jw w;

	TRY(read_form(rq, &f));
	if (!f.setting.n)
		return fail(rq->cx, RC_METHOD, "A setting and a value are expected.");
	api_saving(rq, "Could not add UserSetting", "/user_settings/setSetting", false);
	TRY(setting_set(rq->cx, people_user_ref(f.user_id), f.setting, f.value, &s));
	w = api_json(rq, rs);
	people_setting(&w, &s);
	return RC_OK;
}

enum rc user_settings_delete(struct req *rq, struct resp *rs)
{
	struct setting_form f = { 0 };
	int64_t id, who;

	TRY(API_FORM(rq, "UserSetting", fields, &f));
	who = people_user_ref(f.user_id);
	if (req_var(rq, 0).n && !(str_i64(req_var(rq, 0), &id) && setting_of_id(id, &who, &f.setting)))
		return fail(rq->cx, RC_NOTFOUND, "Invalid user setting.");
	if (!f.setting.n)
		return fail(rq->cx, RC_BAD, "No setting name provided.");
	TRY(setting_remove(rq->cx, who, f.setting, &id));
	api_ok(rq, rs, "Setting deleted.", "/user_settings/delete", id);
	return RC_OK;
}

enum rc user_settings_view(struct req *rq, struct resp *rs)
{
	struct user_setting s;
	struct str name;
	int64_t id, who;
	struct jw w;

	if (!str_i64(req_var(rq, 0), &id))
		return fail(rq->cx, RC_BAD, "Invalid ID passed.");
	if (!setting_of_id(id, &who, &name))
		return fail(rq->cx, RC_NOTFOUND, "Invalid user setting.");
	TRY(setting_get(rq->cx, who, name, &s));
	w = api_json(rq, rs);
	people_setting(&w, &s);
	return RC_OK;
}

struct home_form {
	struct str path;
};
static const struct form_field home_fields[] = { { "path", offsetof(struct home_form, path) } };

/* Where the login leads: a path of this instance. */
enum rc user_settings_home(struct req *rq, struct resp *rs)
{
	struct home_form f = { 0 };
	struct user_setting s;
	struct buf b;
	struct str json;
	struct jw w;

	TRY(API_FORM(rq, "UserSetting", home_fields, &f));
	f.path = str_trim(f.path);
	if (!f.path.n)
		return fail(rq->cx, RC_BAD, "No path POSTed.");
	api_saving(rq, "Could not setHomePage UserSetting", "/user_settings/setHomePage", false);
	if (f.path.p[0] != '/' || f.path.n > 1000)
		return fail_field(rq->cx, RC_INVALID, "path", "A path of this instance is expected.");
	buf_init(&b, 1 << 14);
	jw_init(&w, &b, false);
	jw_obj(&w);
	jw_kstr(&w, "path", f.path);
	jw_obj_end(&w);
	json = str_dup(rq->cx->mem, buf_view(&b));
	buf_clear(&b);
	TRY(setting_set(rq->cx, 0, S("homepage"), json, &s));
	api_ok(rq, rs, str_fmt(rq->cx->mem, "Homepage set to %.*s", STR(f.path)).p, "/user_settings/setHomePage", 0);
	return RC_OK;
}

/* The list without the name, or with it when it was not there. */
static struct str toggled(struct ctx *cx, struct str json, struct str name)
{
	bool was = false;
	struct buf b;
	struct str out;
	struct jw w;
	struct jr r;

	buf_init(&b, 1 << 16);
	jw_init(&w, &b, false);
	jw_arr(&w);
	jr_init(&r, cx, json, NULL);
	if (jr_peek(&r) == J_ARR)
		for (jr_arr(&r); jr_elem(&r);) {
			struct str s = jr_peek(&r) == J_STR ? jr_text(&r) : (struct str){ 0 };

			was |= str_eq(s, name);
			if (s.n && !str_eq(s, name))
				jw_str(&w, s);
		}
	if (jr_failed(&r))
		ctx_forgive(cx);
	if (!was)
		jw_str(&w, name);
	jw_arr_end(&w);
	out = buf_ok(&b) ? str_dup(cx->mem, buf_view(&b)) : S("[]");
	buf_clear(&b);
	return out;
}

enum rc user_settings_column(struct req *rq, struct resp *rs)
{
	static const char NAME[] = "event_index_hide_columns";
	struct user_setting s;
	enum rc rc = user_setting_get(rq->cx, rq->cx->who->id, str_c(NAME), &s);

	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	TRY(setting_set(rq->cx, 0, str_c(NAME), toggled(rq->cx, rc == RC_OK ? s.value : S("[]"), utf8_cut(req_var(rq, 0), 100)), &s));
	api_ok(rq, rs, "Column visibility switched", "/user_settings/eventIndexColumnToggle", 0);
	return RC_OK;
}
