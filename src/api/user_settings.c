/* user_settings.c - settings of users: list, get, set, delete. Values are JSON and come back decoded. */
#include "api/form.h"
#include "api/people.h"
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
