/* the server on the wire: framing, smuggling, bodies, streams, time limits, bounds, stop. Raw sockets on 127.0.0.1. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "unit/http_app.h"

static struct server *sv;
static uint16_t port;

/* Sends, reads until close or quiet; the answer is in out. Returns whether the server closed. */
static bool talk(struct str request, struct buf *out, int quiet_ms)
{
	int fd = dial(port);
	bool closed;

	buf_reset(out);
	put(fd, request);
	closed = drain(fd, out, quiet_ms);
	close(fd);
	return closed;
}

static size_t count(struct str s, struct str needle)
{
	size_t n = 0;

	for (size_t i = 0; i + needle.n <= s.n; i++)
		n += s.p[i] == needle.p[0] && memcmp(s.p + i, needle.p, needle.n) == 0;
	return n;
}

/* Until it has closed, when it should, or all answers are there and no more follows. */
static bool talk_until(struct str request, struct buf *out, size_t answers, bool closes)
{
	int64_t until = clock_mono_us() + 3000000;
	int fd = dial(port);
	bool closed = false;

	buf_reset(out);
	put(fd, request);
	while (!closed && clock_mono_us() < until && (closes || count(buf_view(out), S("HTTP/1.")) < answers))
		closed = drain(fd, out, 20);
	closed = closed || drain(fd, out, 40);
	close(fd);
	return closed;
}

#define HOST "Host: a\r\n"
#define W(s) { s, sizeof(s) - 1 }

static void wire(void)
{
	static const struct {
		const char *what;
		struct str send;
		const char *status;
		const char *has; /* NULL: not looked at */
		int answers;
		bool closes;
	} t[] = {
		{ "plain", W("GET /hello HTTP/1.1\r\n" HOST "\r\n"), "200", "hello ", 1, false },
		{ "named", W("GET /hello/name:a+b HTTP/1.1\r\n" HOST "\r\n"), "200", "hello a b", 1, false },
		{ "absolute form", W("GET http://a/hello?name=x HTTP/1.1\r\n" HOST "\r\n"), "200", "hello x", 1, false },
		{ "head", W("HEAD /hello HTTP/1.1\r\n" HOST "\r\n"), "200", "Content-Length: 6", 1, false },
		{ "head of a stream", W("HEAD /stream/3 HTTP/1.1\r\n" HOST "\r\n"), "200", NULL, 1, false },
		{ "close asked", W("GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), "200", NULL, 1, true },
		{ "1.0", W("GET /hello HTTP/1.0\r\n\r\n"), "200", NULL, 1, true },
		{ "options", W("OPTIONS /hello HTTP/1.1\r\n" HOST "\r\n"), "204", "Allow: GET, HEAD, OPTIONS", 1, false },
		{ "unknown", W("GET /nothing HTTP/1.1\r\n" HOST "\r\n"), "404", NULL, 1, false },
		{ "wrong verb", W("DELETE /hello HTTP/1.1\r\n" HOST "\r\n"), "405", NULL, 1, false },
		{ "strange verb", W("FROB /hello HTTP/1.1\r\n" HOST "\r\n"), "405", NULL, 1, false },
		{ "bad target", W("GET /hello%zz HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1, false },
		{ "pipelined", W("GET /hello?name=1 HTTP/1.1\r\n" HOST "\r\nGET /hello?name=2 HTTP/1.1\r\n" HOST "\r\n"
				 "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nabGET /hello?name=4 HTTP/1.1\r\n" HOST "\r\n"),
		  "200", "hello 4", 4, false },
		{ "body", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"), "200", "3 96354", 1, false },
		{ "body with GET", W("GET /hello HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}GET /hello HTTP/1.1\r\n" HOST "\r\n"), "200", NULL, 2,
		  false },
		{ "chunked", W("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: x\r\n\r\n"), "200",
		  "3 96354", 1, false },
		{ "blank in the target", W("GET /hello x HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1, true },
		{ "no host", W("GET /hello HTTP/1.1\r\n\r\n"), "400", NULL, 1, true },
		{ "two hosts", W("GET /hello HTTP/1.1\r\n" HOST HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1, true },
		{ "two lengths", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 30\r\n\r\nabcGET /hello HTTP/1.1\r\n" HOST
				   "\r\n"),
		  "400", "more than one Content-Length", 1, true },
		{ "two equal lengths", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\ncontent-length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\n" HOST
					 "\r\n"),
		  "400", NULL, 1, true },
		{ "length and chunked", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hello "
					  "HTTP/1.1\r\n" HOST "\r\n"),
		  "400", "together", 1, true },
		{ "chunked and length", W("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nGET /hello "
					  "HTTP/1.1\r\n" HOST "\r\n"),
		  "400", "together", 1, true },
		/* refused by the library itself, which repeats the head of its answer and closes */
		{ "length list", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabcGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 2, true },
		{ "length +3", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabcGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 2, true },
		{ "length -1", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\nabc"), "400", NULL, 2, true },
		{ "length 0x3", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc"), "400", NULL, 2, true },
		{ "length empty", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nabc"), "400", NULL, 2, true },
		{ "length huge", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\nabc"), "413", NULL, 2, true },
		{ "length blank colon", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length : 30\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1,
		  true },
		{ "coding gzip", W("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "400", NULL, 1, true },
		{ "coding xchunked", W("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), "400", NULL, 1, true },
		{ "coding twice", W("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"), "400", NULL,
		  1, true },
		{ "chunked in 1.0", W("POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400", NULL, 1, true },
		{ "folded line", W("GET /hello HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1, true },
		{ "folded length", W("POST /echo HTTP/1.1\r\n" HOST "Content-Length:\r\n 3\r\n\r\nabcGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1,
		  true },
		{ "bare LF", W("GET /hello HTTP/1.1\r\n" HOST "X: a\nY: b\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1, true },
		{ "NUL in a value", W("GET /hello HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1, true },
		{ "NUL in the target", W("GET /hel\0lo HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"), "400", NULL, 1, true },
		{ "no colon", W("GET /hello HTTP/1.1\r\n" HOST "nonsense\r\n\r\n"), "400", NULL, 1, true },
		{ "name with a blank", W("GET /hello HTTP/1.1\r\n" HOST "X Y: z\r\n\r\n"), "400", NULL, 1, true },
		{ "empty name", W("GET /hello HTTP/1.1\r\n" HOST ": z\r\n\r\n"), "400", NULL, 1, true },
		{ "bad chunk", W("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"), "400", NULL, 1, true },
		{ "negative chunk", W("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n"), "400", NULL, 1, true },
		{ "too large by length", W("POST /small HTTP/1.1\r\n" HOST "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n"), "413", NULL, 1, true },
		{ "unauthenticated, huge", W("POST /secret HTTP/1.1\r\n" HOST "Content-Length: 1000000000\r\n\r\n"), "403", "E:no", 1, true },
		{ "unauthenticated, small", W("POST /secret HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\n" HOST "\r\n"), "403", "E:no",
		  2, false },
		{ "unknown coding", W("POST /echo HTTP/1.1\r\n" HOST "Content-Encoding: br\r\nContent-Length: 3\r\n\r\nabc"), "400", NULL, 1, false },
		{ "cut gzip", W("POST /echo HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"), "400", "cut short", 1,
		  false },
		{ "no gzip", W("POST /echo HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), "400", "malformed gzip", 1, false },
		{ "fails before the first byte", W("GET /stream/3/3 HTTP/1.1\r\n" HOST "\r\n"), "500", "E:", 1, false },
		{ "short stream is plain", W("GET /stream/0 HTTP/1.1\r\n" HOST "\r\n"), "200", "Content-Length: 0", 1, false },
		{ "proxy header not believed", W("GET /who HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n"), "200",
		  "127.0.0.1 http", 1, false },
	};
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		bool closed = talk_until(t[i].send, &b, (size_t)t[i].answers, t[i].closes);
		struct str got = buf_view(&b);
		size_t n = count(got, S("HTTP/1."));
		bool ok = n == (size_t)t[i].answers && closed == t[i].closes && str_eq(str_sub(got, 9, 3), str_c(t[i].status)) &&
			  (!t[i].has || str_find(got, str_c(t[i].has)) != STR_NONE);

		if (!CHECKF(ok, "%s: %s", t[i].what, t[i].status))
			printf("# %zu answers, closed %d\n# %.*s\n", n, closed, (int)(got.n > 300 ? 300 : got.n), got.p);
	}
	buf_clear(&b);
}

static void split_everywhere(void)
{
	static const struct str all = W("POST /echo?a=b HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
	struct buf b;
	bool ok = true;

	buf_init(&b, 1 << 20);
	for (size_t i = 1; i < all.n && ok; i += 7) {
		int fd = dial(port);
		struct timespec nap = { .tv_nsec = 3000000 };

		buf_reset(&b);
		put(fd, str_sub(all, 0, i));
		nanosleep(&nap, NULL);
		put(fd, str_from(all, i));
		shutdown(fd, SHUT_WR);
		drain(fd, &b, 1000);
		close(fd);
		ok = str_find(buf_view(&b), S("3 96354")) != STR_NONE;
	}
	CHECKF(ok, "a request in two pieces");
	buf_clear(&b);
}

/* ---- bodies ---- */

static void gz(struct buf *out, size_t zeros)
{
	z_stream z = { 0 };
	static char zero[1 << 20];

	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	for (int r = Z_OK; r != Z_STREAM_END;) {
		size_t n = zeros > sizeof(zero) ? sizeof(zero) : zeros;

		zeros -= n;
		z.next_in = (unsigned char *)zero;
		z.avail_in = (unsigned)n;
		do {
			char *p = buf_room(out, 65536);

			z.next_out = (unsigned char *)p;
			z.avail_out = 65536;
			r = deflate(&z, zeros ? Z_NO_FLUSH : Z_FINISH);
			buf_wrote(out, 65536 - z.avail_out);
		} while (z.avail_out == 0);
	}
	deflateEnd(&z);
}

static struct str post(struct buf *rq, const char *path, const char *extra, struct str body)
{
	buf_reset(rq);
	buf_fmt(rq, "POST %s HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\nConnection: close\r\n\r\n", path, extra, body.n);
	buf_str(rq, body);
	return buf_view(rq);
}

static void bodies(void)
{
	static const size_t sizes[] = { 1, 65536, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 20 };
	struct buf rq, out, body;
	char want[64];

	buf_init(&rq, 64 << 20);
	buf_init(&out, 1 << 20);
	buf_init(&body, 64 << 20);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned sum = 0;

		buf_reset(&body);
		for (size_t k = 0; k < sizes[i]; k++) {
			buf_ch(&body, (char)(k * 7 + k / 251));
			sum = sum * 31 + (unsigned char)body.p[k];
		}
		snprintf(want, sizeof(want), "\r\n\r\n%zu %u", sizes[i], sum);
		talk(post(&rq, "/echo", "", buf_view(&body)), &out, 5000);
		CHECKF(str_ends(buf_view(&out), str_c(want)), "body of %zu bytes", sizes[i]);
	}
	buf_reset(&body);
	gz(&body, 3 << 20);
	talk(post(&rq, "/echo", "Content-Encoding: gzip\r\n", buf_view(&body)), &out, 5000);
	CHECKF(str_ends(buf_view(&out), S("3145728 0")), "gzip body");
	gz(&body, 1000); /* a second member behind the first */
	talk(post(&rq, "/echo", "Content-Encoding: gzip\r\n", buf_view(&body)), &out, 5000);
	CHECKF(str_ends(buf_view(&out), S("3146728 0")), "gzip body of two members");
	buf_reset(&body);
	gz(&body, 500 << 20);
	talk(post(&rq, "/echo", "Content-Encoding: gzip\r\n", buf_view(&body)), &out, 10000);
	CHECKF(str_starts(buf_view(&out), S("HTTP/1.1 413")), "a bomb of 500 MiB in %zu bytes", body.n);
	buf_reset(&body);
	memset(buf_room(&body, 200000), 'x', 200000);
	buf_wrote(&body, 200000);
	talk(post(&rq, "/small", "", buf_view(&body)), &out, 5000);
	CHECKF(str_starts(buf_view(&out), S("HTTP/1.1 413")), "too large by length, the answer arrives");
	buf_reset(&rq);
	buf_str(&rq, S("POST /small HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"));
	for (int i = 0; i < 20; i++) {
		buf_str(&rq, S("4e20\r\n"));
		buf_str(&rq, str_sub(buf_view(&body), 0, 20000));
		buf_str(&rq, S("\r\n"));
	}
	buf_str(&rq, S("0\r\n\r\n"));
	talk(buf_view(&rq), &out, 500);
	CHECKF(str_starts(buf_view(&out), S("HTTP/1.1 413")), "too large in chunks");
	buf_clear(&rq);
	buf_clear(&out);
	buf_clear(&body);
}

static void expect_continue(void)
{
	struct buf b;
	int fd = dial(port);

	buf_init(&b, 1 << 20);
	put(fd, S("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
	drain(fd, &b, 300);
	CHECKF(str_starts(buf_view(&b), S("HTTP/1.1 100")), "100 Continue");
	buf_reset(&b);
	put(fd, S("abc"));
	drain(fd, &b, 300);
	CHECKF(str_ends(buf_view(&b), S("3 96354")), "and then the answer");
	close(fd);
	buf_clear(&b);
}

static void streams(void)
{
	struct buf b;
	int before = atomic_load(&broken);

	buf_init(&b, 64 << 20);
	talk(S("GET /stream/500 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), &b, 5000);
	CHECKF(count(buf_view(&b), S("0123456789")) >= 490000 && str_ends(buf_view(&b), S("\r\n0\r\n\r\n")), "streamed: %zu bytes", b.n);
	CHECK(str_find(str_sub(buf_view(&b), 0, 300), S("Transfer-Encoding: chunked")) != STR_NONE);
	CHECKF(talk(S("GET /stream/50/5 HTTP/1.1\r\n" HOST "\r\n"), &b, 2000), "a failing producer closes");
	CHECKF(b.n > 400000 && !str_ends(buf_view(&b), S("0\r\n\r\n")), "without the last chunk");
	CHECKF(talk(S("GET /stream/50 HTTP/1.0\r\n\r\n"), &b, 2000), "1.0: close ends the body");
	CHECKF(count(buf_view(&b), S("0123456789")) == 50000, "all of it");
	{
		int fd = dial(port), err = 0;
		char t[4096];
		ssize_t n;

		put(fd, S("GET /stream/50/5 HTTP/1.0\r\n\r\n"));
		while ((n = recv(fd, t, sizeof(t), 0)) > 0)
			;
		err = n < 0 ? errno : 0;
		CHECKF(err == ECONNRESET, "1.0: a failing producer resets");
		close(fd);
	}
	for (int i = 0; i < 200 && atomic_load(&broken) - before < 2; i++)
		poll(NULL, 0, 10);
	CHECK_INT(atomic_load(&broken) - before, 2);
	buf_clear(&b);
}

/* ---- limits ---- */

static void restart(const struct http_conf *conf, struct router **r)
{
	sv = app_start(conf, r);
	port = server_port(sv);
}

/* Milliseconds until the server closes fd; -1 when it does not in max_ms. */
static int64_t closed_after(int fd, int max_ms)
{
	int64_t start = clock_mono_us();
	struct buf b;
	bool closed;

	buf_init(&b, 64 << 20);
	closed = drain(fd, &b, max_ms);
	buf_clear(&b);
	close(fd);
	return closed ? (clock_mono_us() - start) / 1000 : -1;
}

static void slow_ones(void)
{
	struct http_conf conf = app_conf();
	struct router *r;
	struct buf b;
	int64_t ms;
	int fd;

	conf.header_ms = 300;
	conf.idle_ms = 600;
	conf.rate_window_ms = 400;
	conf.rate_min = 10000;
	restart(&conf, &r);
	buf_init(&b, 1 << 20);
	ms = closed_after(dial(port), 3000);
	CHECKF(ms >= 250 && ms < 2000, "says nothing: closed after %d ms", (int)ms);
	fd = dial(port);
	put(fd, S("GET /hello HTTP/1.1\r\nX: "));
	ms = closed_after(fd, 3000);
	CHECKF(ms >= 250 && ms < 2000, "half a head: closed after %d ms", (int)ms);
	fd = dial(port);
	put(fd, S("GET /hello HTTP/1.1\r\n" HOST "\r\n"));
	drain(fd, &b, 100);
	ms = closed_after(fd, 3000);
	CHECKF(ms >= 400 && ms < 2500, "idle: closed after %d ms", (int)ms);
	fd = dial(port);
	put(fd, S("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n"));
	for (ms = 0; ms < 3000; ms += 50) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		put(fd, S("x"));
		if (poll(&p, 1, 50) > 0)
			break;
	}
	CHECKF(ms >= 300 && ms < 2500, "a byte each 50 ms: closed after %d ms", (int)ms);
	close(fd);
	poll(NULL, 0, 200);
	/* a reader that takes nothing of a large answer */
	{
		int small = 4096, before = atomic_load(&broken);

		fd = dial(port);
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		put(fd, S("GET /stream/5000 HTTP/1.1\r\n" HOST "\r\n"));
		for (ms = 0; ms < 4000 && atomic_load(&broken) == before; ms += 20)
			poll(NULL, 0, 20);
		CHECKF(ms >= 300 && ms < 3000, "reads nothing: cut after %d ms", (int)ms);
		close(fd);
	}
	fd = dial(port);
	put(fd, S("GET /slow/1200 HTTP/1.1\r\n" HOST "\r\n"));
	buf_reset(&b);
	drain(fd, &b, 2000);
	CHECKF(str_ends(buf_view(&b), S("slept")), "a slow handler is not timed");
	close(fd);
	CHECK(server_stop(sv, 1000));
	router_free(r);
	buf_clear(&b);
}

static void per_address(void)
{
	struct http_conf conf = app_conf();
	int fds[8], refused = 0;
	struct ip_net proxy;
	struct router *r;
	struct buf b;

	buf_init(&b, 1 << 20);
	conf.conns_per_addr = 4;
	conf.exempt = (struct ip_nets){ 0 }; /* so that 127.0.0.1 is an address like others */
	restart(&conf, &r);
	for (int i = 0; i < 8; i++)
		fds[i] = dial(port);
	for (int i = 0; i < 8; i++) {
		buf_reset(&b);
		refused += !put(fds[i], S("GET /hello HTTP/1.1\r\n" HOST "\r\n")) || (drain(fds[i], &b, 200) && b.n == 0);
	}
	CHECK_INT(refused, 4);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	for (int i = 0; i < 100; i++) {
		unsigned conns, running;
		uint64_t served;

		server_counts(sv, &conns, &running, &served);
		if (conns == 0)
			break;
		poll(NULL, 0, 10);
	}
	talk(S("GET /hello HTTP/1.1\r\n" HOST "\r\n"), &b, 200);
	CHECKF(b.n > 0, "room again when they are gone");
	server_stop(sv, 1000);
	router_free(r);

	/* behind a proxy the believed address counts */
	conf = app_conf();
	conf.conns_per_addr = 2;
	ip_net_parse(S("127.0.0.1"), &proxy);
	conf.proxies = (struct ip_nets){ &proxy, 1 };
	restart(&conf, &r);
	talk(S("GET /who HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\n\r\n"), &b, 200);
	CHECKF(str_ends(buf_view(&b), S("192.0.2.9 https")), "forwarded headers believed from a proxy");
	for (int i = 0; i < 2; i++) {
		fds[i] = dial(port);
		put(fds[i], S("GET /slow/600 HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.1\r\n\r\n"));
	}
	poll(NULL, 0, 100);
	talk(S("GET /hello HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.1\r\n\r\n"), &b, 200);
	CHECKF(str_starts(buf_view(&b), S("HTTP/1.1 429")), "third request of one client");
	talk(S("GET /hello HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.2\r\n\r\n"), &b, 200);
	CHECKF(str_starts(buf_view(&b), S("HTTP/1.1 200")), "another client");
	for (int i = 0; i < 2; i++) {
		drain(fds[i], &b, 800);
		close(fds[i]);
	}
	talk(S("GET /hello HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.1\r\n\r\n"), &b, 200);
	CHECKF(str_starts(buf_view(&b), S("HTTP/1.1 200")), "and the first one again");
	server_stop(sv, 1000);
	router_free(r);
	buf_clear(&b);
}

static void crowd(void)
{
	enum { IDLE = 1000, SENDERS = 200 };
	static int fds[IDLE + SENDERS];
#ifdef __SANITIZE_THREAD__ /* which takes seconds to make a thousand threads, as valgrind does */
	const int part = 10;
#else
	const int part = getenv("MISP_TEST_FEW") ? 10 : 1;
#endif
	const int idle = IDLE / part, senders = SENDERS / part;
	struct http_conf conf = app_conf();
	struct rlimit lim;
	struct router *r;
	struct buf b;
	int64_t worst = 0;
	int n = 0, answered = 0;

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
	if (lim.rlim_cur < 4000) {
		tap_skip("too few open files allowed");
		return;
	}
	buf_init(&b, 1 << 20);
	restart(&conf, &r);
	CHECK(server_conns_max(sv) >= 2000);
	for (; n < idle + senders; n++) {
		fds[n] = dial(port);
		if (n >= idle)
			put(fds[n], S("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\nxx"));
	}
	for (int i = 0; i < 20; i++) {
		int64_t start = clock_mono_us();

		talk(S("GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), &b, 20000);
		start = clock_mono_us() - start;
		worst = start > worst ? start : worst;
		answered += str_ends(buf_view(&b), S("hello "));
	}
	CHECKF(answered == 20, "%d of 20 answered beside %d idle ones and %d slow senders: %lld us at worst", answered, idle, senders, (long long)worst);
	while (n-- > 0)
		close(fds[n]);
	server_stop(sv, 100);
	router_free(r);
	buf_clear(&b);
}

/* ---- start and stop ---- */

static void *stopper(void *arg)
{
	return (void *)(intptr_t)server_stop(sv, (unsigned)(intptr_t)arg);
}

static void stopping(void)
{
	struct http_conf conf = app_conf();
	struct router *r;
	pthread_t th;
	struct buf b;
	void *ret;
	int fd;

	buf_init(&b, 1 << 20);
	restart(&conf, &r);
	fd = dial(port);
	put(fd, S("GET /slow/700 HTTP/1.1\r\n" HOST "\r\n"));
	poll(NULL, 0, 100);
	pthread_create(&th, NULL, stopper, (void *)3000);
	poll(NULL, 0, 100);
	CHECKF(dial(port) < 0, "no new connections while stopping");
	drain(fd, &b, 2000);
	CHECKF(str_ends(buf_view(&b), S("slept")) && str_find(buf_view(&b), S("Connection: close")) != STR_NONE, "the running request ends well");
	pthread_join(th, &ret);
	CHECKF(ret != NULL, "nothing was cut");
	close(fd);
	router_free(r);

	restart(&conf, &r);
	fd = dial(port);
	put(fd, S("GET /slow/60000 HTTP/1.1\r\n" HOST "\r\n"));
	poll(NULL, 0, 100);
	CHECKF(!server_stop(sv, 200), "a long one is told to stop");
	CHECK_INT(atomic_load(&stopped), 1);
	close(fd);
	router_free(r);
	CHECK_INT(atomic_load(&begun), atomic_load(&ended));
	buf_clear(&b);
}

static void starting(struct ctx *cx)
{
	struct http_conf conf = app_conf();
	struct http_app app = { .begin = app_begin, .handle = app_handle, .failed = app_failed };
	struct server *second = NULL;
	struct router *r;
	char addr[32];

	restart(&conf, &r);
	app.router = r;
	snprintf(addr, sizeof(addr), "127.0.0.1:%u", port);
	conf.addr = addr;
	CHECK_INT(server_start(cx, &conf, &app, &second), RC_IO);
	CHECKF(str_starts(str_c(cx->err.msg), S("cannot listen on 127.0.0.1:")), "%s", cx->err.msg);
	ctx_forgive(cx);
	conf.addr = "nonsense";
	CHECK_INT(server_start(cx, &conf, &app, &second), RC_BAD);
	ctx_forgive(cx);
	conf.addr = "127.0.0.1:0";
	conf.cert_pem = conf.key_pem = "rubbish";
	CHECK_INT(server_start(cx, &conf, &app, &second), RC_BAD);
	ctx_forgive(cx);
	server_stop(sv, 100);
	router_free(r);
}

/* A listening socket as systemd passes it. */
static void passed_socket(struct ctx *cx)
{
	struct http_conf conf = app_conf();
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct router *r;
	struct buf b;
	char pid[16];
	int fd, got = -1;

	if (fcntl(3, F_GETFD) != -1) {
		tap_skip("descriptor 3 is taken");
		return;
	}
	fd = socket(AF_INET, SOCK_STREAM, 0);
	bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	if (fd != 3) {
		dup2(fd, 3);
		close(fd);
	}
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	CHECKF(http_systemd_socket(cx, &got) == RC_BAD, "%s", cx->err.msg);
	ctx_forgive(cx);
	CHECK_INT(http_systemd_socket(cx, &got), RC_OK);
	CHECKF(got == -1, "the variables are used once");
	listen(3, 5);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	CHECK_INT(http_systemd_socket(cx, &got), RC_OK);
	CHECK_INT(got, 3);
	conf.listen_fd = got;
	buf_init(&b, 1 << 20);
	sv = app_start(&conf, &r);
	port = server_port(sv);
	talk_until(S("GET /hello HTTP/1.1\r\n" HOST "\r\n"), &b, 1, false);
	CHECKF(str_ends(buf_view(&b), S("hello ")), "served on a passed socket");
	CHECK(server_stop(sv, 1000));
	router_free(r);
	buf_clear(&b);
}

int main(void)
{
	struct http_conf conf = app_conf();
	struct router *r;
	struct ctx cx;

	ctx_init(&cx, 0);
	passed_socket(&cx);
	restart(&conf, &r);
	wire();
	split_everywhere();
	bodies();
	expect_continue();
	streams();
	CHECK(server_stop(sv, 1000));
	router_free(r);
	slow_ones();
	per_address();
	crowd();
	starting(&cx);
	stopping();
	ctx_clear(&cx);
	return tap_done();
}
