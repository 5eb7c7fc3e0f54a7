/* peer.c - see peer.h. */
#include "sync/peer.h"

#include "base/json.h"
#include "base/utf8.h"

enum { ANSWER_MAX = 16 << 20, CALL_MS = 60000, TEST_TEXT = 8192 };

static enum rc call(struct ctx *cx, const struct peer *p, const char *path, struct str body, struct http_got *got)
{
	const struct http_pair headers[] = { { S("Authorization"), p->server->authkey }, { S("Accept"), S("application/json") },
		{ S("Content-Type"), S("application/json") } };
	struct http_want want = http_want_default();

	if (!p->server->authkey.n)
		return fail(cx, RC_INTERNAL, "the key of server %lld cannot be read", (long long)p->server->id);
	want.url = str_fmt(cx->mem, "%.*s%s", STR(p->server->url), path);
	want.headers = (struct http_pairs){ headers, sizeof(headers) / sizeof(*headers) };
	want.body = body;
	want.size_max = ANSWER_MAX;
	want.total_ms = CALL_MS;
	want.redirects_max = 0;
	want.insecure = p->server->self_signed;
	want.allow_loopback = p->allow_loopback;
	want.allow = p->allow;
	store_rollback(cx); /* no snapshot while another machine thinks */
	return http_fetch(cx, &want, got);
}

/* "message" of an answer, "" when there is none. */
static struct str message_of(struct ctx *cx, struct str body)
{
	struct str key, out = S("");
	struct jr r;

	jr_init(&r, cx, body, NULL);
	if (jr_peek(&r) == J_OBJ)
		for (jr_obj(&r); jr_member(&r, &key);) {
			if (str_eq(key, S("message")) && jr_peek(&r) == J_STR)
				out = jr_text_dup(&r);
			else
				jr_skip(&r);
		}
	if (jr_end(&r) == RC_OK)
		return out;
	ctx_forgive(cx);
	return S("");
}

/* ---- test of the connection ---- */

static bool version_fits(struct str v)
{
	struct cur c = cur_of(v);
	uint64_t n;

	for (int i = 0; i < 3; i++)
		if ((i && !cur_take(&c, S("."))) || !cur_number(&c, 1000000, &n))
			return false;
	return cur_end(&c);
}

static bool read_info(struct ctx *cx, struct str body, struct peer_info *info)
{
	struct str key;
	struct jr r;

	*info = (struct peer_info){ .version = S(""), .uuid = S("") };
	jr_init(&r, cx, body, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("version")) && jr_peek(&r) == J_STR)
			info->version = jr_text_dup(&r);
		else if (str_eq(key, S("uuid")) && jr_peek(&r) == J_STR)
			info->uuid = jr_text_dup(&r);
		else if (str_eq(key, S("perm_sync")))
			info->perm_sync = jr_bool(&r, false);
		else if (str_eq(key, S("perm_sighting")))
			info->perm_sighting = jr_bool(&r, false);
		else if (str_eq(key, S("request_encoding")) && jr_peek(&r) == J_ARR)
			info->request_encoding = jr_raw(&r);
		else
			jr_skip(&r);
	}
	if (jr_end(&r) == RC_OK)
		return version_fits(info->version);
	ctx_forgive(cx);
	return false;
}

static int post_answer(struct ctx *cx, struct str body, struct str text)
{
	static const struct {
		const char *name, *value;
	} headers[] = { { "Content-type", "application/json" }, { "Accept", "application/json" }, { "Authorization", "OK" } };
	struct str key;
	size_t right = 0;
	bool same = false;
	struct jr r;

	jr_init(&r, cx, body, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		bool is_body = str_eq(key, S("body"));

		if ((!is_body && !str_eq(key, S("headers"))) || jr_peek(&r) != J_OBJ) {
			jr_skip(&r);
			continue;
		}
		for (jr_obj(&r); jr_member(&r, &key);) {
			struct str name = str_dup(cx->mem, key), v = S("");

			if (jr_peek(&r) == J_STR)
				v = jr_text(&r);
			else
				jr_skip(&r);
			if (is_body && str_eq(name, S("testString")))
				same = str_eq(v, text);
			for (size_t i = 0; !is_body && i < sizeof(headers) / sizeof(*headers); i++)
				right += str_eq(name, str_c(headers[i].name)) && str_eq_nocase(v, str_c(headers[i].value));
		}
	}
	if (jr_end(&r) != RC_OK) {
		ctx_forgive(cx);
		return POST_FAILED;
	}
	return !same ? POST_BODY : right != sizeof(headers) / sizeof(*headers) ? POST_HEADERS : POST_FINE;
}

static enum rc post_test(struct ctx *cx, const struct peer *p, int *out)
{
	char *text = arena_alloc(cx->mem, TEST_TEXT);
	struct http_got got;
	struct buf b;
	struct jw w;
	enum rc rc;

	for (size_t i = 0; i < TEST_TEXT; i++)
		text[i] = (char)('!' + i * 7 % 90);
	buf_init(&b, 4 * TEST_TEXT);
	jw_init(&w, &b, false);
	jw_obj(&w);
	jw_kstr(&w, "testString", str_n(text, TEST_TEXT));
	jw_obj_end(&w);
	rc = call(cx, p, "/servers/postTest", buf_view(&b), &got);
	buf_clear(&b);
	*out = POST_FAILED;
	if (rc == RC_STOPPED)
		return rc;
	if (rc != RC_OK)
		ctx_forgive(cx);
	else if (got.status == 200)
		*out = post_answer(cx, got.body, str_n(text, TEST_TEXT));
	return RC_OK;
}

static enum peer_status status_of(struct ctx *cx, const struct http_got *got)
{
	struct str m;

	if (got->status == 401 || got->status == 403)
		return PEER_REFUSED;
	m = got->status == 405 ? message_of(cx, got->body) : S("");
	if (str_find_nocase(m, S("password change")) != STR_NONE)
		return PEER_PASSWORD_DUE;
	return str_find_nocase(m, S("terms of use")) != STR_NONE ? PEER_TERMS_DUE : PEER_STRANGE;
}

enum rc peer_test(struct ctx *cx, const struct peer *p, struct peer_report *out)
{
	struct http_got got;
	enum rc rc = call(cx, p, "/servers/getVersion", (struct str){ 0 }, &got);

	*out = (struct peer_report){ .status = PEER_UNREACHABLE, .why = S("") };
	if (rc == RC_STOPPED || rc == RC_INTERNAL)
		return rc;
	if (rc != RC_OK) {
		out->why = str_dup(cx->mem, str_c(cx->err.msg[0] ? cx->err.msg : rc_text(rc)));
		ctx_forgive(cx);
		return RC_OK;
	}
	if (got.status != 200) {
		out->status = status_of(cx, &got);
		out->why = str_fmt(cx->mem, "answered with status %d", got.status);
		return RC_OK;
	}
	if (!read_info(cx, got.body, &out->info)) {
		out->status = PEER_STRANGE;
		out->why = S("answered with something else than its version");
		return RC_OK;
	}
	out->status = out->info.perm_sync ? PEER_FINE : out->info.perm_sighting ? PEER_SIGHTINGS_ONLY : PEER_NO_SYNC;
	return post_test(cx, p, &out->post);
}

/* ---- its user ---- */

static bool read_user(struct ctx *cx, struct str body, struct peer_user *u)
{
	struct str key;
	struct jr r;

	jr_init(&r, cx, body, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		bool role = str_eq(key, S("Role"));

		if ((!role && !str_eq(key, S("User"))) || jr_peek(&r) != J_OBJ) {
			jr_skip(&r);
			continue;
		}
		for (jr_obj(&r); jr_member(&r, &key);) {
			if (!role && str_eq(key, S("email")) && jr_peek(&r) == J_STR) {
				u->email = jr_text_dup(&r);
			} else if (role && str_eq(key, S("name")) && jr_peek(&r) == J_STR) {
				u->role = jr_text_dup(&r);
			} else if (role && str_eq(key, S("perm_sync"))) {
				u->has_sync = true;
				u->sync = jr_bool(&r, false);
			} else {
				jr_skip(&r);
			}
		}
	}
	if (jr_end(&r) == RC_OK)
		return u->email.p != NULL;
	ctx_forgive(cx);
	return false;
}

enum rc peer_whoami(struct ctx *cx, const struct peer *p, struct peer_user *out)
{
	struct http_got got;

	*out = (struct peer_user){ 0 };
	TRY(call(cx, p, "/users/view/me.json", (struct str){ 0 }, &got));
	if (got.status != 200) {
		out->error = got.status;
		return RC_OK;
	}
	for (size_t i = 0; i < got.headers.n; i++)
		if (str_eq_nocase(got.headers.v[i].name, S("X-Auth-Key-Expiration")))
			out->expiration = utf8_clean(cx->mem, got.headers.v[i].value, NULL);
	return read_user(cx, got.body, out) ? RC_OK : fail(cx, RC_REMOTE, "the server answered with something else than a user");
}

enum rc peer_reset_key(struct ctx *cx, const struct peer *p, struct str *key)
{
	struct http_got got;
	struct str m;
	size_t run = 0;

	TRY(call(cx, p, "/users/resetauthkey/me", S("[]"), &got));
	if (got.status != 200)
		return fail(cx, RC_REMOTE, "the server answered with status %d", got.status);
	m = message_of(cx, got.body);
	for (size_t i = 0; i <= m.n; i++) {
		if (i < m.n && ch_alnum((unsigned char)m.p[i])) {
			run++;
			continue;
		}
		if (run == 40) {
			*key = str_dup(cx->mem, str_n(m.p + i - run, run));
			return RC_OK;
		}
		run = 0;
	}
	return fail(cx, RC_REMOTE, "the server answered without a new key");
}

enum rc peer_rules(struct ctx *cx, const struct peer *p, struct str *json)
{
	struct http_got got;
	struct jr r;

	TRY(call(cx, p, "/servers/getAvailableSyncFilteringRules", (struct str){ 0 }, &got));
	if (got.status != 200)
		return fail(cx, RC_REMOTE, "the server answered with status %d", got.status);
	jr_init(&r, cx, got.body, NULL);
	if (jr_peek(&r) == J_OBJ)
		jr_skip(&r);
	if (jr_end(&r) != RC_OK) {
		ctx_forgive(cx);
		return fail(cx, RC_REMOTE, "the server answered with something else than rules");
	}
	*json = got.body;
	return RC_OK;
}
