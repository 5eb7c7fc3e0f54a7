/* protect.c - protected events: the switch, their keys, and the signature of the instance. */
#include "api/protect.h"

#include "api/form.h"
#include "format/misp_write.h"
#include "policy/protect.h"

static enum rc protect(struct req *rq, struct resp *rs, bool on)
{
	struct event e;

	TRY(api_event(rq, 0, &e));
	TRY(protect_switch(rq->cx, &e, on));
	api_ok(rq, rs, on ? "Event switched to protected mode." : "Event switched to unprotected mode.", on ? "/events/protect" : "/events/unprotect", e.id);
	return RC_OK;
}

enum rc events_protect(struct req *rq, struct resp *rs)
{
	return protect(rq, rs, true);
}

enum rc events_unprotect(struct req *rq, struct resp *rs)
{
	return protect(rq, rs, false);
}

static void write_key(struct jw *w, const struct crypt_key *k)
{
	jw_obj(w);
	jw_key(w, "CryptographicKey");
	misp_write_crypt_key(w, k->id, &k->uuid, k->event_id, k->type, k->key_data, k->fingerprint, k->revoked, k->timestamp);
	jw_obj_end(w);
}

enum rc crypt_keys_index(struct req *rq, struct resp *rs)
{
	struct crypt_key *v;
	struct event e = { 0 };
	struct jw w;
	size_t n;

	if (req_var(rq, 0).n)
		TRY(api_event(rq, 0, &e));
	TRY(crypt_key_list(rq->cx, rq->cx->scope, e.id, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		write_key(&w, &v[i]);
	jw_arr_end(&w);
	api_count(rq, rs, (int64_t)n);
	return RC_OK;
}

static enum rc id_of(struct req *rq, int64_t *id)
{
	return str_i64(req_var(rq, 0), id) && *id > 0 ? RC_OK : fail(rq->cx, RC_NOTFOUND, "Invalid CryptographicKey.");
}

enum rc crypt_keys_view(struct req *rq, struct resp *rs)
{
	struct crypt_key k;
	struct jw w;
	int64_t id;

	TRY(id_of(rq, &id));
	TRY(crypt_key_load(rq->cx, rq->cx->scope, id, &k));
	w = api_json(rq, rs);
	write_key(&w, &k);
	return RC_OK;
}

enum rc crypt_keys_add(struct req *rq, struct resp *rs)
{
	static const struct form_field fields[] = {
		{ "type", offsetof(struct crypt_key_in, type) },
		{ "key_data", offsetof(struct crypt_key_in, key_data) },
		{ "revoked", offsetof(struct crypt_key_in, revoked) },
	};
	struct crypt_key_in in = { 0 };
	struct crypt_key k;
	struct event e;
	struct jw w;

	TRY(api_event(rq, 0, &e));
	TRY(API_FORM(rq, "CryptographicKey", fields, &in));
	api_saving(rq, "Could not add CryptographicKey", "/cryptographic_keys/add", false);
	TRY(protect_key_add(rq->cx, &e, &in, &k));
	w = api_json(rq, rs);
	write_key(&w, &k);
	return RC_OK;
}

enum rc crypt_keys_delete(struct req *rq, struct resp *rs)
{
	int64_t id;

	TRY(id_of(rq, &id));
	TRY(protect_key_delete(rq->cx, id));
	api_ok(rq, rs, "CryptographicKey deleted.", "/cryptographic_keys/delete", id);
	return RC_OK;
}

enum rc crypt_keys_sign(struct req *rq, struct resp *rs)
{
	struct str sig;

	TRY(protect_sign(rq->cx, rq->body, &sig));
	if (!sig.n)
		return fail(rq->cx, RC_NOTFOUND, "The instance has no key to sign with.");
	rs->type = "text/plain; charset=UTF-8";
	buf_str(&rs->body, sig);
	return RC_OK;
}
