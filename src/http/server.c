/* server.c - libmicrohttpd's call-backs turned into the order of calls of http.h.
 *
 *     connected -> [ target -> head (begin) -> body pieces -> whole (handle, answer) -> completed ] ... -> closed
 *
 * A request refused at its head is answered at once, and the library then closes the connection; when the body still to
 * come is small it is read and dropped first, because a close with unread bytes would take the answer with it.
 * Nothing is allocated per request but in the connection's arena and by the library for its answer object. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/server_int.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_SIZE ((size_t)2 << 20)
#else
#define STACK_SIZE ((size_t)256 << 10)
#endif
#define POOL_SIZE ((size_t)32 << 10) /* the library's memory of a connection: the head must fit */
#define BODY_KEEP ((size_t)64 << 10) /* an answer buffer up to this size is kept for the next request */
#define PIECE_MAX ((size_t)64 << 20)
#define BODY_LEAST 65536 /* also routes without a body take this much: clients send "{}" with GET */
#define FILES_SPARE 256

struct http_conf http_conf_default(void)
{
	static const struct ip_net loopback[] = {
		{ { { [10] = 0xff, [11] = 0xff, [12] = 127 } }, 104 },
		{ { { [15] = 1 } }, 128 },
	};

	return (struct http_conf){
		.addr = "127.0.0.1:8080", .listen_fd = -1, .exempt = { loopback, 2 },
		.conns_max = 2048, .conns_per_addr = 64,
		.header_ms = 15000, .idle_ms = 65000, .rate_window_ms = 20000, .rate_min = 1024,
		.mem_max = (size_t)512 << 20, .answer_max = (size_t)1 << 30, .discard_max = (uint64_t)16 << 20,
	};
}

static int64_t now_ms(void)
{
	return clock_mono_us() / 1000;
}

/* ---- connections ---- */

static enum MHD_Result on_accept(void *cls, const struct sockaddr *sa, socklen_t len)
{
	struct server *sv = cls;
	struct ip_addr a;

	if (!ip_of(sa, &a))
		return MHD_NO;
	return peer_exempt(sv, &a) || !peer_full(sv, &a) ? MHD_YES : MHD_NO;
}

static void conn_open(struct server *sv, struct MHD_Connection *mc, void **socket_ctx)
{
	const union MHD_ConnectionInfo *addr = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->sv = sv;
	c->mhd = mc;
	c->fd = fd->connect_fd;
	c->body.fd = -1;
	ip_of(addr->client_addr, &c->peer);
	ip_text(&c->peer, c->peer_text);
	if (!peer_exempt(sv, &c->peer)) {
		peer_add(sv, &c->peer);
		c->peer_counted = true;
	}
	conn_phase(c, PHASE_FIRST, now_ms());
	pthread_mutex_lock(&sv->mu);
	c->next = sv->conns;
	if (c->next)
		c->next->prev = c;
	sv->conns = c;
	sv->nconns++;
	pthread_mutex_unlock(&sv->mu);
	*socket_ctx = c;
}

static void conn_close(struct server *sv, struct conn *c)
{
	pthread_mutex_lock(&sv->mu);
	if (c->prev)
		c->prev->next = c->next;
	else
		sv->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	sv->nconns--;
	pthread_mutex_unlock(&sv->mu);
	if (c->peer_counted)
		peer_del(sv, &c->peer);
	buf_clear(&c->rs.body);
	buf_clear(&c->piece);
	arena_free(c->cx.mem);
	free(c);
}

static void on_connection(void *cls, struct MHD_Connection *mc, void **socket_ctx,
			  enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		conn_open(cls, mc, socket_ctx);
	else if (*socket_ctx)
		conn_close(cls, *socket_ctx);
}

/* ---- the answer ---- */

static ssize_t on_piece(void *cls, uint64_t pos, char *out, size_t max)
{
	struct conn *c = cls;
	size_t n;

	while (c->piece_off == c->piece.n) {
		enum rc rc;

		if (c->stream_done)
			return MHD_CONTENT_READER_END_OF_STREAM;
		buf_reset(&c->piece);
		c->piece_off = 0;
		conn_phase(c, PHASE_WORK, now_ms());
		rc = c->rs.more(c->rs.more_arg, &c->piece);
		conn_phase(c, PHASE_SEND, now_ms());
		c->stream_done = rc == RC_DONE;
		if ((rc != RC_OK && rc != RC_DONE) || !buf_ok(&c->piece)) {
			static const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

			/* without chunks the end of the connection is the end of the body: a reset makes it an error */
			c->stream_broken = true;
			if (c->http10)
				connect(c->fd, &nobody, sizeof(nobody));
			return MHD_CONTENT_READER_END_WITH_ERROR;
		}
	}
	n = c->piece.n - c->piece_off;
	if (n > max)
		n = max;
	memcpy(out, c->piece.p + c->piece_off, n);
	c->piece_off += n;
	c->rs.sent += n;
	return (ssize_t)n;
}

static void answer_failure(struct conn *c, enum rc rc)
{
	struct resp *rs = &c->rs;
	bool close = rs->close;

	buf_reset(&rs->body);
	*rs = (struct resp){ .body = rs->body, .close = close, .status = (unsigned)rc_http(rc) };
	if (c->cx.err.rc == RC_OK)
		fail(&c->cx, rc, "%s", rc_text(rc));
	c->sv->app.failed(&c->rq, rs, rc);
}

/* The first piece decides: a failure is an ordinary error answer, an end makes a plain body. */
static void first_piece(struct conn *c)
{
	struct resp *rs = &c->rs;
	enum rc rc;

	c->piece.max = PIECE_MAX;
	buf_reset(&c->piece);
	c->piece_off = 0;
	do
		rc = rs->more(rs->more_arg, &c->piece);
	while (rc == RC_OK && c->piece.n == 0 && buf_ok(&c->piece));
	c->stream_done = rc == RC_DONE;
	if (rc != RC_OK && rc != RC_DONE) {
		answer_failure(c, rc);
	} else if (!buf_ok(&c->piece)) {
		answer_failure(c, RC_LIMIT);
	} else if (rc == RC_DONE) {
		rs->more = NULL;
		rs->view = buf_view(&c->piece);
	}
}

static enum MHD_Result send_answer(struct conn *c)
{
	struct resp *rs = &c->rs;
	struct MHD_Response *r;
	enum MHD_Result ok;

	c->step = STEP_SENT;
	if (rs->more && c->rq.method != HTTP_HEAD)
		first_piece(c);
	if (!buf_ok(&rs->body))
		answer_failure(c, RC_LIMIT);
	if (rs->more) {
		r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, POOL_SIZE, on_piece, c, NULL);
	} else {
		struct str b = rs->view.p ? rs->view : buf_view(&rs->body);

		r = MHD_create_response_from_buffer(b.n, (void *)(uintptr_t)b.p, MHD_RESPMEM_PERSISTENT);
		rs->sent = b.n;
	}
	if (!r)
		return MHD_NO;
	if (rs->type)
		MHD_add_response_header(r, "Content-Type", rs->type);
	for (struct http_header *h = rs->headers; h; h = h->next)
		MHD_add_response_header(r, h->name, h->value);
	if (rs->close || atomic_load_explicit(&c->sv->draining, memory_order_relaxed))
		MHD_add_response_header(r, "Connection", "close");
	conn_phase(c, PHASE_SEND, now_ms());
	ok = MHD_queue_response(c->mhd, rs->status ? rs->status : 200, r);
	MHD_destroy_response(r);
	return ok;
}

/* ---- the request ---- */

static void *on_target(void *cls, const char *uri, struct MHD_Connection *mc)
{
	struct server *sv = cls;
	struct conn *c = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	struct arena *mem = c->cx.mem ? c->cx.mem : arena_new(sv->conf.mem_max);

	conn_phase(c, PHASE_HEAD, now_ms());
	c->cx = (struct ctx){ .mem = mem };
	c->rq = (struct req){ .cx = &c->cx, .app = sv->app.arg, .content_length = -1 };
	c->rs = (struct resp){ .body = c->rs.body };
	c->rs.body.max = sv->conf.answer_max;
	c->step = STEP_HEAD;
	c->active = true;
	c->begun = c->running = c->client_counted = false;
	c->discarded = 0;
	c->stream_done = c->stream_broken = false;
	c->rq.target = str_dup(mem, str_c(uri));
	c->target_end = uri + c->rq.target.n;
	return c;
}

static enum MHD_Result listed(void *cls, enum MHD_ValueKind kind, const char *k, size_t kn, const char *v, size_t vn)
{
	struct req *rq = cls;
	struct http_pair *p = (struct http_pair *)(uintptr_t)rq->headers.v;

	if (rq->headers.n == HEADERS_MAX || !head_name_ok(str_n(k, kn)))
		return MHD_NO;
	p[rq->headers.n++] = (struct http_pair){ str_n(k, kn), str_trim(str_n(v, v ? vn : 0)) };
	return MHD_YES;
}

static enum rc read_headers(struct conn *c, const char *method, const char *version)
{
	struct req *rq = &c->rq;

	if (c->sv->raw_head) {
		size_t head = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
		const char *p = version + strlen(version);

		return head_lines(rq, p, p < method + head ? (size_t)(method + head - p) : 0);
	}
	rq->headers.v = arena_many(rq->cx->mem, HEADERS_MAX, struct http_pair);
	if (MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, NULL, NULL) !=
	    MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, listed, rq))
		return fail(rq->cx, RC_BAD, "malformed header line, or more than %d", HEADERS_MAX);
	return RC_OK;
}

static enum rc who_is_it(struct conn *c)
{
	struct server *sv = c->sv;
	struct req *rq = &c->rq;

	c->client = c->peer;
	rq->client = str_c(c->peer_text);
	rq->is_https = sv->tls;
	rq->from_proxy = sv->conf.proxies.n && ip_nets_has(&sv->conf.proxies, &c->peer);
	if (rq->from_proxy) {
		head_forwarded(rq, &sv->conf.proxies, &c->client, &rq->is_https);
		rq->client = ip_text(&c->client, c->client_text);
		if (!peer_exempt(sv, &c->client)) {
			if (peer_full(sv, &c->client))
				return fail(rq->cx, RC_LIMIT, "too many requests at the same time from this address");
			peer_add(sv, &c->client);
			c->client_counted = true;
		}
	}
	c->cx.origin = rq->client;
	return RC_OK;
}

static void give_id(struct conn *c)
{
	uint64_t v = atomic_fetch_add_explicit(&c->sv->next_id, 1, memory_order_relaxed);

	for (int i = 15; i >= 0; i--, v >>= 4)
		c->id[i] = "0123456789abcdef"[v & 15];
	c->cx.request_id = str_n(c->id, 16);
}

static void options(struct conn *c)
{
	struct req *rq = &c->rq;

	c->rs.status = 204;
	c->rs.done = true;
	resp_header(rq, &c->rs, "Allow", http_methods_text(rq->cx, rq->allow | HTTP_OPTIONS));
}

/* All that is decided before a byte of the body is read. *framed is set once the length of the body is beyond doubt. */
static enum rc head(struct conn *c, const char *method, const char *version, bool *framed)
{
	struct server *sv = c->sv;
	struct req *rq = &c->rq;
	struct str coding;

	rq->method_text = str_c(method);
	rq->method = http_method_of(rq->method_text);
	if (version - c->target_end != 1 || str_chr(rq->target, ' ') != STR_NONE)
		return fail(rq->cx, RC_BAD, "malformed request line");
	TRY(read_headers(c, method, version));
	c->http10 = strcmp(version, "HTTP/1.0") == 0;
	TRY(head_framing(rq, c->http10, &c->chunked, &c->expect));
	*framed = true;
	TRY(who_is_it(c));
	TRY(req_parse_target(rq, rq->target));
	router_match(sv->app.router, rq);
	if (rq->method == HTTP_OPTIONS && rq->route_rc == RC_METHOD) {
		options(c);
		return RC_OK;
	}
	c->begun = true;
	TRY(sv->app.begin(rq, &c->rs));
	if (c->rs.done)
		return RC_OK;
	if (!rq->route)
		return fail(rq->cx, rq->route_rc, "%s", rc_text(rq->route_rc));
	if (rq->body_max < BODY_LEAST)
		rq->body_max = BODY_LEAST;
	if (rq->content_length > 0 && (uint64_t)rq->content_length > rq->body_max)
		return fail(rq->cx, RC_TOOBIG, "the body is larger than %llu bytes", (unsigned long long)rq->body_max);
	coding = req_header(rq, "Content-Encoding");
	if (rq->content_length > 0 || c->chunked)
		TRY(decoder_new(rq->cx, coding, &c->decoder));
	spool_init(&c->body, sv->conf.spool_dir, rq->body_max);
	return RC_OK;
}

static enum MHD_Result take_head(struct conn *c, const char *method, const char *version)
{
	struct server *sv = c->sv;
	bool framed = false, body;
	enum rc rc;

	c->cx.now_us = clock_now_us();
	c->cx.stop = &sv->hurry;
	atomic_fetch_add(&sv->running, 1);
	c->running = true;
	conn_phase(c, PHASE_WORK, now_ms());
	give_id(c);
	rc = head(c, method, version, &framed);
	body = c->rq.content_length > 0 || c->chunked;
	if (rc == RC_OK && !c->rs.done) {
		c->step = STEP_BODY;
		conn_phase(c, body ? PHASE_BODY : PHASE_WORK, now_ms());
		return MHD_YES;
	}
	if (!framed)
		c->rs.close = true;
	if (rc != RC_OK)
		answer_failure(c, rc);
	if (!framed || (body && (c->expect || (!c->chunked && (uint64_t)c->rq.content_length > sv->conf.discard_max))))
		return send_answer(c); /* the library closes behind it: the body was not read */
	c->step = body ? STEP_DISCARD : STEP_ANSWER;
	if (body)
		conn_phase(c, PHASE_BODY, now_ms());
	return MHD_YES;
}

static enum MHD_Result take_piece(struct conn *c, struct str piece)
{
	enum rc rc;

	if (c->step == STEP_BODY) {
		rc = c->decoder ? decoder_feed(&c->cx, c->decoder, piece, &c->body) : spool_add(&c->cx, &c->body, piece);
		if (rc == RC_OK)
			return MHD_YES;
		answer_failure(c, rc);
		c->step = STEP_DISCARD;
	}
	c->discarded += piece.n;
	return c->discarded > c->sv->conf.discard_max ? MHD_NO : MHD_YES;
}

static enum rc whole(struct conn *c)
{
	if (c->decoder)
		TRY(decoder_end(&c->cx, c->decoder));
	TRY(spool_view(&c->cx, &c->body, &c->rq.body));
	TRY(c->sv->app.handle(&c->rq, &c->rs));
	if (arena_over(c->cx.mem))
		return fail(&c->cx, RC_LIMIT, "the request takes too much memory");
	return RC_OK;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mc, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **request_ctx)
{
	struct conn *c = *request_ctx;
	enum rc rc;

	if (!c)
		return MHD_NO;
	if (c->step == STEP_HEAD)
		return take_head(c, method, version);
	if (*size) {
		struct str piece = str_n(data, *size);

		*size = 0;
		return take_piece(c, piece);
	}
	if (c->step == STEP_BODY) {
		conn_phase(c, PHASE_WORK, now_ms());
		rc = whole(c);
		if (rc != RC_OK)
			answer_failure(c, rc);
	}
	return c->step == STEP_SENT ? MHD_NO : send_answer(c);
}

static void on_completed(void *cls, struct MHD_Connection *mc, void **request_ctx, enum MHD_RequestTerminationCode code)
{
	struct server *sv = cls;
	struct conn *c = *request_ctx;

	if (!c || !c->active)
		return;
	c->active = false;
	*request_ctx = NULL;
	c->rs.broken = c->stream_broken || code != MHD_REQUEST_TERMINATED_COMPLETED_OK;
	if (c->begun && sv->app.end)
		sv->app.end(&c->rq, &c->rs);
	decoder_free(c->decoder);
	c->decoder = NULL;
	spool_clear(&c->body);
	arena_clear(c->cx.mem);
	if (c->rs.body.cap > BODY_KEEP)
		buf_clear(&c->rs.body);
	if (c->piece.cap > BODY_KEEP)
		buf_clear(&c->piece);
	buf_reset(&c->rs.body);
	if (c->client_counted)
		peer_del(sv, &c->client);
	if (c->running) {
		atomic_fetch_add_explicit(&sv->served, 1, memory_order_relaxed);
		atomic_fetch_sub(&sv->running, 1);
	}
	conn_phase(c, PHASE_IDLE, now_ms());
}

/* The target is decoded by us. */
static size_t leave_escaped(void *cls, struct MHD_Connection *mc, char *s)
{
	return strlen(s);
}

/* ---- start and stop ---- */

/* Descriptors for all connections, else fewer connections. */
static void fit_files(struct http_conf *conf)
{
	struct rlimit r;
	rlim_t want = (rlim_t)conf->conns_max + FILES_SPARE;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_cur < want)
		conf->conns_max = (unsigned)(r.rlim_cur > 2 * FILES_SPARE ? r.rlim_cur - FILES_SPARE : r.rlim_cur / 2);
}

static bool start_daemon(struct server *sv)
{
	struct http_conf *conf = &sv->conf;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
			 MHD_USE_TURBO;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)http_cert_ask },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (sv->tls)
		flags |= MHD_USE_TLS;
	/* its strict mode (Host, blanks in the target) is done in head(): its own refusal sends the status line twice */
	sv->daemon = MHD_start_daemon(flags, 0, on_accept, sv, on_request, sv,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, sv,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, sv,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, sv,
		MHD_OPTION_LISTEN_SOCKET, sv->fd,
		MHD_OPTION_CONNECTION_LIMIT, conf->conns_max,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_SIZE,
		MHD_OPTION_CONNECTION_TIMEOUT, 0u,
		MHD_OPTION_THREAD_STACK_SIZE, STACK_SIZE,
		MHD_OPTION_ARRAY, sv->tls ? tls : tls + 2,
		MHD_OPTION_END);
	return sv->daemon != NULL;
}

static void server_free(struct server *sv)
{
	if (sv->fd >= 0)
		close(sv->fd);
	peers_clear(sv);
	pthread_mutex_destroy(&sv->mu);
	free(sv);
}

enum rc server_start(struct ctx *cx, const struct http_conf *conf, const struct http_app *app, struct server **out)
{
	struct server *sv = calloc(1, sizeof(*sv));
	enum rc rc = RC_OK;

	if (!sv)
		return fail(cx, RC_LIMIT, "out of memory");
	sv->conf = *conf;
	sv->app = *app;
	sv->fd = conf->listen_fd;
	sv->own_fd = conf->listen_fd < 0;
	sv->tls = conf->cert_pem != NULL;
	sv->raw_head = str_starts(str_c(MHD_get_version()), S("0.9.75"));
	atomic_init(&sv->next_id, (unsigned long long)clock_now_us() << 12);
	pthread_mutex_init(&sv->mu, NULL);
	fit_files(&sv->conf);
	if (sv->own_fd)
		rc = http_listen(cx, conf->addr, &sv->fd);
	if (rc == RC_OK)
		rc = http_socket_port(cx, sv->fd, &sv->port);
	if (rc == RC_OK && sv->tls)
		rc = http_cert_set(cx, sv->port, conf->cert_pem, conf->key_pem ? conf->key_pem : "");
	if (rc == RC_OK && (!watch_start(sv) || !start_daemon(sv)))
		rc = fail_errno(cx, RC_IO, "cannot start the HTTP server");
	if (rc != RC_OK) {
		watch_stop(sv);
		if (sv->tls && sv->port)
			http_cert_drop(sv->port);
		server_free(sv);
		return rc;
	}
	*out = sv;
	return RC_OK;
}

enum rc server_certificate(struct ctx *cx, struct server *sv, const char *cert_pem, const char *key_pem)
{
	if (!sv->tls)
		return fail(cx, RC_BAD, "the server was started without TLS");
	return http_cert_set(cx, sv->port, cert_pem, key_pem);
}

uint16_t server_port(const struct server *sv)
{
	return sv->port;
}

bool server_has_tls(const struct server *sv)
{
	return sv->tls;
}

unsigned server_conns_max(const struct server *sv)
{
	return sv->conf.conns_max;
}

void server_counts(struct server *sv, unsigned *conns, unsigned *running, uint64_t *served)
{
	pthread_mutex_lock(&sv->mu);
	*conns = sv->nconns;
	pthread_mutex_unlock(&sv->mu);
	*running = atomic_load(&sv->running);
	*served = atomic_load(&sv->served);
}

bool server_stop(struct server *sv, unsigned limit_ms)
{
	static const struct timespec nap = { .tv_nsec = 2000000 };
	int64_t until = now_ms() + limit_ms;
	bool all;

	if (!sv)
		return true;
	atomic_store(&sv->draining, true);
	MHD_quiesce_daemon(sv->daemon);
	if (sv->own_fd) /* a socket of systemd goes on listening for the next start */
		shutdown(sv->fd, SHUT_RDWR);
	while (atomic_load(&sv->running) && now_ms() < until)
		nanosleep(&nap, NULL);
	all = atomic_load(&sv->running) == 0;
	atomic_store(&sv->hurry, true);
	watch_stop(sv);
	MHD_stop_daemon(sv->daemon);
	if (sv->tls)
		http_cert_drop(sv->port);
	server_free(sv);
	return all;
}
