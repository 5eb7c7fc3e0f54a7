/* http_app.h - a small application for the tests of server and client, started in the process on a free port of 127.0.0.1, and raw
 * connections to it. */
#ifndef TESTS_HTTP_APP_H
#define TESTS_HTTP_APP_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "http/http.h"
#include "unit/tap.h"

static atomic_int handled, begun, ended, broken, stopped;

static enum rc hello(struct req *rq, struct resp *rs)
{
	rs->type = "text/plain";
	buf_fmt(&rs->body, "hello %.*s", STR(req_param(rq, "name")));
	return RC_OK;
}

/* length, first and last byte, sum */
static enum rc echo(struct req *rq, struct resp *rs)
{
	unsigned sum = 0;

	for (size_t i = 0; i < rq->body.n; i++)
		sum = sum * 31 + (unsigned char)rq->body.p[i];
	buf_fmt(&rs->body, "%zu %u", rq->body.n, sum);
	return RC_OK;
}

struct stream {
	int left, fail_at;
};

static enum rc stream_more(void *arg, struct buf *out)
{
	struct stream *s = arg;

	if (s->left == s->fail_at)
		return RC_IO;
	if (s->left-- == 0)
		return RC_DONE;
	for (int i = 0; i < 1000; i++)
		buf_str(out, S("0123456789"));
	return RC_OK;
}

/* /stream/COUNT[/FAIL_AT]: COUNT pieces of 10,000 bytes, broken when FAIL_AT are left */
static enum rc stream(struct req *rq, struct resp *rs)
{
	struct stream *s = arena_one(rq->cx->mem, struct stream);
	int64_t v = 0;

	s->fail_at = -1;
	if (str_i64(req_var(rq, 1), &v))
		s->fail_at = (int)v;
	if (!str_i64(req_var(rq, 0), &v))
		return fail(rq->cx, RC_BAD, "a number");
	s->left = (int)v;
	rs->type = "text/plain";
	rs->more = stream_more;
	rs->more_arg = s;
	return RC_OK;
}

static enum rc slow(struct req *rq, struct resp *rs)
{
	const struct timespec nap = { .tv_nsec = 5000000 };
	int64_t ms = 0;

	str_i64(req_var(rq, 0), &ms);
	for (int64_t until = clock_mono_us() + ms * 1000; clock_mono_us() < until;) {
		if (ctx_stopping(rq->cx)) {
			atomic_fetch_add(&stopped, 1);
			return fail(rq->cx, RC_STOPPED, "stopping");
		}
		nanosleep(&nap, NULL);
	}
	buf_str(&rs->body, S("slept"));
	return RC_OK;
}

static enum rc who(struct req *rq, struct resp *rs)
{
	buf_fmt(&rs->body, "%.*s %s", STR(rq->client), rq->is_https ? "https" : "http");
	return RC_OK;
}

static enum rc secret(struct req *rq, struct resp *rs)
{
	buf_str(&rs->body, S("secret"));
	return RC_OK;
}

/* /go/STATUS?to=URL */
static enum rc redirect(struct req *rq, struct resp *rs)
{
	int64_t v = 302;

	str_i64(req_var(rq, 0), &v);
	rs->status = (unsigned)v;
	resp_header(rq, rs, "Location", req_param(rq, "to"));
	return RC_OK;
}

static enum rc loop(struct req *rq, struct resp *rs)
{
	rs->status = 302;
	resp_header(rq, rs, "Location", S("/loop"));
	return RC_OK;
}

static enum rc tagged(struct req *rq, struct resp *rs)
{
	resp_header(rq, rs, "ETag", S("\"v1\""));
	if (str_eq(req_header(rq, "If-None-Match"), S("\"v1\"")))
		rs->status = 304;
	else
		buf_str(&rs->body, S("content"));
	return RC_OK;
}

/* /zip/N: N zero bytes, gzipped */
static enum rc zipped(struct req *rq, struct resp *rs)
{
	z_stream z = { 0 };
	static char zero[65536];
	int64_t left = 0;

	str_i64(req_var(rq, 0), &left);
	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	for (int r = Z_OK; r != Z_STREAM_END;) {
		size_t n = left > (int64_t)sizeof(zero) ? sizeof(zero) : (size_t)left;

		left -= (int64_t)n;
		z.next_in = (unsigned char *)zero;
		z.avail_in = (unsigned)n;
		do {
			char *p = buf_room(&rs->body, 4096);

			z.next_out = (unsigned char *)p;
			z.avail_out = 4096;
			r = deflate(&z, left ? Z_NO_FLUSH : Z_FINISH);
			buf_wrote(&rs->body, 4096 - z.avail_out);
		} while (z.avail_out == 0);
	}
	deflateEnd(&z);
	resp_header(rq, rs, "Content-Encoding", S("gzip"));
	return RC_OK;
}

static enum rc head_names(struct req *rq, struct resp *rs)
{
	buf_fmt(&rs->body, "%.*s|%.*s|%.*s", STR(rq->method_text), STR(req_header(rq, "x-secret")), STR(rq->body));
	return RC_OK;
}

static const struct route app_routes[] = {
	{ HTTP_GET, "/hello", hello },
	{ HTTP_POST, "/echo", echo, .body_max = 20 << 20 },
	{ HTTP_POST, "/small", echo, .body_max = 100000 },
	{ HTTP_GET, "/stream/:n/:fail?", stream },
	{ HTTP_GET, "/slow/:ms", slow },
	{ HTTP_GET, "/who", who },
	{ HTTP_GET | HTTP_POST, "/secret", secret, .body_max = 1 << 30 },
	{ HTTP_GET | HTTP_POST, "/go/:status", redirect, .body_max = 1000 },
	{ HTTP_GET, "/loop", loop },
	{ HTTP_GET, "/tagged", tagged },
	{ HTTP_GET, "/zip/:n", zipped },
	{ HTTP_GET | HTTP_POST, "/head", head_names, .body_max = 1000 },
};

static enum rc app_begin(struct req *rq, struct resp *rs)
{
	atomic_fetch_add(&begun, 1);
	if (str_starts(rq->path, S("/secret")) && !str_eq(req_header(rq, "Authorization"), S("yes")))
		return fail(rq->cx, RC_UNAUTH, "no");
	return RC_OK;
}

static enum rc app_handle(struct req *rq, struct resp *rs)
{
	atomic_fetch_add(&handled, 1);
	return rq->route->handler(rq, rs);
}

static void app_failed(struct req *rq, struct resp *rs, enum rc rc)
{
	rs->type = "text/plain";
	buf_fmt(&rs->body, "E:%s", rq->cx->err.msg);
}

static void app_end(struct req *rq, struct resp *rs)
{
	atomic_fetch_add(&ended, 1);
	if (rs->broken)
		atomic_fetch_add(&broken, 1);
}

static __attribute__((unused)) struct http_conf app_conf(void)
{
	struct http_conf conf = http_conf_default();

	conf.addr = "127.0.0.1:0";
	conf.spool_dir = "/tmp";
	return conf;
}

static struct server *app_start(const struct http_conf *conf, struct router **router)
{
	struct http_app app = { .begin = app_begin, .handle = app_handle, .failed = app_failed, .end = app_end };
	struct server *sv = NULL;
	struct ctx cx;

	ctx_init(&cx, 0);
	app.router = *router = router_new(app_routes, sizeof(app_routes) / sizeof(*app_routes));
	if (server_start(&cx, conf, &app, &sv) != RC_OK) {
		printf("Bail out! %s\n", cx.err.msg);
		exit(1);
	}
	ctx_clear(&cx);
	return sv;
}

static __attribute__((unused)) int dial(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static __attribute__((unused)) bool put(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		s = str_from(s, (size_t)n);
	}
	return true;
}

/* Reads until the other side closes (true), or nothing came for ms (false). */
static __attribute__((unused)) bool drain(int fd, struct buf *b, int ms)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char *at = buf_room(b, 65536);
		ssize_t n;

		if (poll(&p, 1, ms) <= 0)
			return false;
		n = recv(fd, at, 65536, 0);
		if (n <= 0)
			return true;
		buf_wrote(b, (size_t)n);
	}
}

#endif
