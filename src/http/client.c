/* client.c - see client.h. libcurl's easy interface; redirects are followed here, one request each, because what may be
 * followed and which headers may travel is our decision. */
#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/spool.h"

#define HEADERS_TOTAL_MAX ((size_t)256 << 10)
#define WIRE_SPARE ((uint64_t)1 << 20)

struct http_want http_want_default(void)
{
	return (struct http_want){
		.user_agent = "misp/" MISP_VERSION,
		.size_max = (uint64_t)1 << 30,
		.connect_ms = 15000, .total_ms = 600000, .low_bytes = 256, .low_s = 30,
		.redirects_max = 5,
	};
}

struct fetch {
	struct ctx *cx;
	const struct http_want *want;
	struct spool *body;
	struct http_pair *headers;
	size_t nheaders, cap, header_bytes;
	struct ip_addr refused;
	bool was_refused;
	enum rc rc; /* of a call-back; curl then stops */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void global_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
}

static bool may_reach(const struct http_want *w, const struct ip_addr *a)
{
	return ip_is_public(a) || (w->allow_loopback && ip_is_loopback(a)) || ip_nets_has(&w->allow, a);
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct fetch *f = arg;
	struct ip_addr a;

	if (!ip_of(&sa->addr, &a))
		return CURL_SOCKET_BAD;
	if (!may_reach(f->want, &a)) {
		f->refused = a;
		f->was_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;

	f->rc = spool_add(f->cx, f->body, str_n(p, size * n));
	return f->rc == RC_OK ? size * n : 0;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	struct str line = str_trim(str_n(p, size * n));
	size_t colon = str_chr(line, ':');

	if (str_starts(line, S("HTTP/"))) { /* a new answer, after 100 Continue */
		f->nheaders = 0;
		return size * n;
	}
	f->header_bytes += line.n;
	if (f->header_bytes > HEADERS_TOTAL_MAX) {
		f->rc = fail(f->cx, RC_REMOTE, "the answer's head is too large");
		return 0;
	}
	if (colon == STR_NONE || colon == 0)
		return size * n;
	if (f->nheaders == f->cap) {
		struct http_pair *v = arena_many(f->cx->mem, f->cap * 2 + 16, struct http_pair);

		if (f->nheaders)
			memcpy(v, f->headers, f->nheaders * sizeof(*v));
		f->headers = v;
		f->cap = f->cap * 2 + 16;
	}
	f->headers[f->nheaders++] = (struct http_pair){ str_dup(f->cx->mem, str_trim(str_sub(line, 0, colon))),
							str_dup(f->cx->mem, str_trim(str_from(line, colon + 1))) };
	return size * n;
}

static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
	struct fetch *f = arg;

	if (ctx_stopping(f->cx)) {
		f->rc = fail(f->cx, RC_STOPPED, "stopped while fetching");
		return 1;
	}
	if (now > 0 && f->want->size_max < UINT64_MAX - WIRE_SPARE && (uint64_t)now > f->want->size_max + WIRE_SPARE) {
		f->rc = fail(f->cx, RC_TOOBIG, "the answer is larger than %llu bytes", (unsigned long long)f->want->size_max);
		return 1;
	}
	return 0;
}

static struct str header_of(const struct fetch *f, struct str name)
{
	for (size_t i = 0; i < f->nheaders; i++)
		if (str_eq_nocase(f->headers[i].name, name))
			return f->headers[i].value;
	return S("");
}

static void easy_done(CURL **c)
{
	curl_easy_cleanup(*c);
}

static void list_done(struct curl_slist **l)
{
	curl_slist_free_all(*l);
}

static void add_line(struct curl_slist **l, struct ctx *cx, struct str name, struct str value)
{
	struct curl_slist *n;

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20)
			return;
	/* curl leaves a header without a value out, unless it ends in a semicolon */
	n = curl_slist_append(*l, str_fmt(cx->mem, value.n ? "%.*s: %.*s" : "%.*s;%.*s", STR(name), STR(value)).p);
	if (!n)
		abort();
	*l = n;
}

/* scheme, host and port of a URL in cx->mem, for comparing */
static enum rc origin_of(struct ctx *cx, struct str url, struct str *out, bool *https)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool ok;

	ok = u && curl_url_set(u, CURLUPART_URL, str_cdup(cx->mem, url), 0) == CURLUE_OK &&
	     curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	     curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	     curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	if (ok) {
		*https = str_eq(str_c(scheme), S("https"));
		ok = *https || str_eq(str_c(scheme), S("http"));
		*out = str_lower(cx->mem, str_fmt(cx->mem, "%s://%s:%s", scheme, host, port));
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return ok ? RC_OK : fail(cx, RC_BAD, "'%.*s' is not an http or https URL", STR(str_sub(url, 0, 200)));
}

static enum rc explain(struct fetch *f, CURLcode cc, const char *detail)
{
	struct ctx *cx = f->cx;
	char t[IP_TEXT];

	if (f->rc != RC_OK)
		return f->rc;
	switch (cc) {
	case CURLE_OK:
		return RC_OK;
	case CURLE_COULDNT_CONNECT:
		if (f->was_refused)
			return fail(cx, RC_DENIED, "%s is not a public address and not in an allowed network",
				    ip_text(&f->refused, t).p);
		return fail(cx, RC_REMOTE, "cannot connect: %s", detail);
	case CURLE_OPERATION_TIMEDOUT:
		return fail(cx, RC_TIMEOUT, "no complete answer in time: %s", detail);
	case CURLE_FILESIZE_EXCEEDED:
		return fail(cx, RC_TOOBIG, "the answer is larger than %llu bytes", (unsigned long long)f->want->size_max);
	case CURLE_PARTIAL_FILE:
		return fail(cx, RC_REMOTE, "the transfer ended early: %s", detail);
	default:
		return fail(cx, RC_REMOTE, "%s", detail[0] ? detail : curl_easy_strerror(cc));
	}
}

static void set_all(CURL *c, struct fetch *f, struct curl_slist *lines, const char *url, struct str method,
		    struct str body, char *detail)
{
	const struct http_want *w = f->want;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(c, CURLOPT_USERAGENT, w->user_agent);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, lines);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)w->connect_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)w->total_ms);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)w->low_bytes);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)w->low_s);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)(w->size_max > INT64_MAX ? INT64_MAX : w->size_max));
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (w->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, w->ca_file);
	if (w->insecure) {
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (body.p) {
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	}
	if (str_eq(method, S("HEAD")))
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else if (method.n)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, str_cdup(f->cx->mem, method));
}

/* One request, no redirect followed. *next is the address to go to, "" when there is none. */
static enum rc one(struct fetch *f, CURL *c, struct str url, struct str method, struct str body, bool own_headers,
		   int *status, struct str *next)
{
	const struct http_want *w = f->want;
	struct ctx *cx = f->cx;
	SCOPED(list_done) struct curl_slist *lines = NULL;
	char detail[CURL_ERROR_SIZE] = "";
	char *to = NULL;
	long code = 0;
	CURLcode cc;

	f->nheaders = f->header_bytes = 0;
	f->rc = RC_OK;
	f->was_refused = false;
	for (size_t i = 0; own_headers && i < w->headers.n; i++)
		add_line(&lines, cx, w->headers.v[i].name, w->headers.v[i].value);
	if (w->etag.n)
		add_line(&lines, cx, S("If-None-Match"), w->etag);
	if (w->last_modified.n)
		add_line(&lines, cx, S("If-Modified-Since"), w->last_modified);
	curl_easy_reset(c);
	set_all(c, f, lines, str_cdup(cx->mem, url), method, body, detail);
	cc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &to);
	*status = (int)code;
	*next = to ? str_dup(cx->mem, str_c(to)) : S("");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL);
	return explain(f, cc, detail);
}

static void spool_cleanup(void *sp)
{
	spool_clear(sp);
}

/* a session is a handle of libcurl, which keeps its connections over a reset */
struct http_session *http_session_new(void)
{
	pthread_once(&once, global_init);
	return (struct http_session *)curl_easy_init();
}

void http_session_free(struct http_session *s)
{
	if (s)
		curl_easy_cleanup((CURL *)s);
}

enum rc http_fetch(struct ctx *cx, const struct http_want *w, struct http_got *out)
{
	struct fetch f = { .cx = cx, .want = w, .body = arena_one(cx->mem, struct spool) };
	struct str url = w->url, method = w->method, body = w->body, first, at, next;
	SCOPED(easy_done) CURL *own = NULL;
	CURL *c;
	unsigned hops = 0;
	bool https, now_https;
	int status = 0;

	pthread_once(&once, global_init);
	c = w->session ? (CURL *)w->session : (own = curl_easy_init());
	if (!c)
		return fail(cx, RC_LIMIT, "out of memory");
	f.body->fd = -1;
	arena_cleanup(cx->mem, spool_cleanup, f.body);
	TRY(origin_of(cx, url, &first, &https));
	at = first;
	for (;; hops++) {
		spool_clear(f.body);
		spool_init(f.body, w->spool_dir, w->size_max);
		TRY(one(&f, c, url, method, body, str_eq(at, first), &status, &next));
		if (next.n == 0 || status < 300 || status > 399)
			break;
		if (hops >= w->redirects_max)
			return fail(cx, RC_REMOTE, "more than %u redirects", w->redirects_max);
		if (origin_of(cx, next, &at, &now_https) != RC_OK) {
			ctx_forgive(cx);
			return fail(cx, RC_REMOTE, "redirect to '%.*s' refused", STR(str_sub(next, 0, 200)));
		}
		if (https && !now_https && !w->allow_downgrade)
			return fail(cx, RC_REMOTE, "redirect from https to http refused");
		https = now_https;
		if (status == 303 || ((status == 301 || status == 302) && body.p)) {
			body = (struct str){ NULL, 0 };
			method = str_eq(method, S("HEAD")) ? method : S("");
		}
		url = next;
	}
	*out = (struct http_got){
		.status = status, .url = str_dup(cx->mem, url), .redirects = hops,
		.headers = { f.headers, f.nheaders },
		.type = header_of(&f, S("Content-Type")),
		.etag = header_of(&f, S("ETag")),
		.last_modified = header_of(&f, S("Last-Modified")),
	};
	return spool_view(cx, f.body, &out->body);
}
