/* auth_keys.c - API keys: list, view, add, edit, delete. The key itself is in the answer to add and nowhere else. */
#include "api/form.h"
#include "api/people.h"
#include "policy/user_admin.h"

static const struct form_field fields[] = {
#define F(name) { #name, offsetof(struct key_form, name) }
	F(comment), F(expiration), F(allowed_ips), F(read_only), F(user_id),
#undef F
};

static void write_key(struct jw *w, const struct auth_key *k, bool last_used, struct str raw)
{
	jw_key(w, "AuthKey");
	jw_obj(w);
	jw_kid(w, "id", k->id);
	jw_kuuid(w, "uuid", &k->uuid);
	jw_kstr(w, "authkey_start", str_c(k->key_start));
	jw_kstr(w, "authkey_end", str_c(k->key_end));
	jw_kid(w, "created", k->created);
	jw_kid(w, "expiration", k->expiration);
	jw_kbool(w, "read_only", k->read_only);
	jw_kid(w, "user_id", k->user_id);
	if (k->comment.p)
		jw_kstr(w, "comment", k->comment);
	else
		jw_knull(w, "comment");
	jw_key(w, "allowed_ips");
	if (k->allowed_ips.n)
		jw_raw(w, k->allowed_ips);
	else
		jw_null(w);
	jw_key(w, "unique_ips");
	jw_raw(w, k->unique_ips.n ? k->unique_ips : S("[]"));
	if (last_used && k->last_used)
		jw_kint(w, "last_used", k->last_used);
	else if (last_used)
		jw_knull(w, "last_used");
	if (raw.p)
		jw_kstr(w, "authkey_raw", raw);
	jw_obj_end(w);
}

static void write_row(struct jw *w, const struct auth_key_row *row, bool last_used)
{
	jw_obj(w);
	write_key(w, &row->k, last_used, (struct str){ 0 });
	jw_key(w, "User");
	jw_obj(w);
	jw_kid(w, "id", row->k.user_id);
	jw_kstr(w, "email", row->user_email);
	jw_obj_end(w);
	jw_obj_end(w);
}

static bool differs(struct str want, struct str have)
{
	return want.n && !str_eq(want, have);
}

static bool holds(struct str text, struct str part)
{
	return str_find_nocase(text, part) != STR_NONE;
}

/* quickFilter: a part of any text of the key */
static bool is_quick(const struct auth_key_row *r, struct str part)
{
	return !part.n || holds(r->k.comment, part) || holds(str_c(r->k.key_start), part) || holds(str_c(r->k.key_end), part) ||
	       holds(r->user_email, part);
}

enum rc auth_keys_index(struct req *rq, struct resp *rs)
{
	int64_t user = people_user_ref(req_var(rq, 0)), shown = 0;
	struct auth_key_row *v;
	struct params p;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	if (str_eq(req_var(rq, 0), S("me")))
		user = rq->cx->who->id;
	if (!user)
		user = param_int(&p, "User.id", 0);
	TRY(key_list(rq->cx, user, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (differs(param_text(&p, "authkey_start"), str_c(v[i].k.key_start)) || differs(param_text(&p, "authkey_end"), str_c(v[i].k.key_end)) ||
		    differs(param_text(&p, "comment"), v[i].k.comment) || differs(param_text(&p, "User.email"), v[i].user_email) ||
		    !is_quick(&v[i], param_text(&p, "quickFilter")))
			continue;
		shown++;
		write_row(&w, &v[i], true);
	}
	jw_arr_end(&w);
	api_count(rq, rs, shown);
	return RC_OK;
}

enum rc auth_keys_view(struct req *rq, struct resp *rs)
{
	struct auth_key_row row;
	struct jw w;

	TRY(key_view(rq->cx, req_var(rq, 0), &row));
	w = api_json(rq, rs);
	write_row(&w, &row, false);
	return RC_OK;
}

static void answer(struct req *rq, struct resp *rs, const struct auth_key *k, struct str raw)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	write_key(&w, k, false, raw);
	jw_obj_end(&w);
}

enum rc auth_keys_add(struct req *rq, struct resp *rs)
{
	struct key_form f = { 0 };
	struct auth_key_row row;
	struct str key;

	TRY(API_FORM(rq, "AuthKey", fields, &f));
	api_saving(rq, "Could not add AuthKey", "/auth_keys/add", false);
	TRY(key_add(rq->cx, people_user_ref(req_var(rq, 0).n ? req_var(rq, 0) : f.user_id), &f, &row, &key));
	answer(rq, rs, &row.k, key);
	return RC_OK;
}

enum rc auth_keys_edit(struct req *rq, struct resp *rs)
{
	struct key_form f = { 0 };
	struct auth_key_row row;

	TRY(API_FORM(rq, "AuthKey", fields, &f));
	api_saving(rq, "Could not edit AuthKey", "/auth_keys/edit", false);
	TRY(key_edit(rq->cx, req_var(rq, 0), &f, &row));
	answer(rq, rs, &row.k, (struct str){ 0 });
	return RC_OK;
}

enum rc auth_keys_delete(struct req *rq, struct resp *rs)
{
	int64_t id;

	TRY(key_remove(rq->cx, req_var(rq, 0), &id));
	api_ok(rq, rs, "AuthKey deleted.", "/auth_keys/delete", id);
	return RC_OK;
}

/* From now on the key is good from this one address: the one named, else that of the request. */
enum rc auth_keys_pin(struct req *rq, struct resp *rs)
{
	struct key_form f = { .allowed_ips = req_var(rq, 1) };
	struct auth_key_row row;

	api_saving(rq, "Could not pin AuthKey", "/auth_keys/pin", false);
	if (!f.allowed_ips.n)
		f.allowed_ips = rq->client;
	TRY(key_edit(rq->cx, req_var(rq, 0), &f, &row));
	answer(rq, rs, &row.k, (struct str){ 0 });
	return RC_OK;
}
