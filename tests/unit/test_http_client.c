/* the client against the server in this process, and against a peer that answers raw bytes. Nothing leaves 127.0.0.1. */
#include <pthread.h>

#include "http/client.h"
#include "unit/http_app.h"

static char base[64];

static struct http_want want(struct ctx *cx, const char *path)
{
	struct http_want w = http_want_default();

	w.url = str_fmt(cx->mem, "%s%s", base, path);
	w.allow_loopback = true;
	w.total_ms = 5000;
	return w;
}

/* A peer that sends fixed bytes to whoever comes and closes after pause_ms. */
struct raw {
	int fd;
	uint16_t port;
	struct str bytes;
	int pause_ms, more; /* more: further requests answered on the same connection */
	pthread_t th;
};

static void *raw_run(void *arg)
{
	struct raw *r = arg;
	char t[4096];
	int fd = accept(r->fd, NULL, NULL);

	for (int i = 0; i <= r->more && recv(fd, t, sizeof(t), 0) > 0; i++)
		put(fd, r->bytes);
	poll(NULL, 0, r->pause_ms);
	close(fd);
	return NULL;
}

static void raw_start(struct raw *r)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(sa);

	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(r->fd, (struct sockaddr *)&sa, n);
	listen(r->fd, 5);
	getsockname(r->fd, (struct sockaddr *)&sa, &n);
	r->port = ntohs(sa.sin_port);
	pthread_create(&r->th, NULL, raw_run, r);
}

static void raw_stop(struct raw *r)
{
	pthread_join(r->th, NULL);
	close(r->fd);
}

static void raw_answers(struct ctx *cx)
{
#define W(s) { s, sizeof(s) - 1 }
	static const struct {
		const char *what;
		struct str bytes;
		int pause_ms;
		enum rc rc;
	} t[] = {
		{ "whole", W("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), 0, RC_OK },
		{ "cut by length", W("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc"), 0, RC_REMOTE },
		{ "cut in chunks", W("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), 0, RC_REMOTE },
		{ "bad chunk", W("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 0, RC_REMOTE },
		{ "no http", W("SSH-2.0-x\r\n"), 0, RC_REMOTE },
		{ "nothing", W(""), 0, RC_REMOTE },
		{ "says large", W("HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\nabc"), 0, RC_TOOBIG },
		{ "bad gzip", W("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), 0, RC_REMOTE },
		{ "stalls", W("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc"), 1500, RC_TIMEOUT },
		{ "to a file", W("HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"), 0, RC_REMOTE },
		{ "to nowhere", W("HTTP/1.1 302 F\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"), 0, RC_REMOTE },
		{ "no place to go", W("HTTP/1.1 302 F\r\nContent-Length: 0\r\n\r\n"), 0, RC_OK },
		{ "to a private address", W("HTTP/1.1 302 F\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"), 0, RC_DENIED },
		{ "to the metadata service", W("HTTP/1.1 302 F\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"), 0, RC_DENIED },
		{ "to an odd spelling", W("HTTP/1.1 302 F\r\nLocation: http://0xa.1/\r\nContent-Length: 0\r\n\r\n"), 0, RC_DENIED },
		{ "to a mapped one", W("HTTP/1.1 302 F\r\nLocation: http://[::ffff:10.0.0.1]/\r\nContent-Length: 0\r\n\r\n"), 0, RC_DENIED },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct raw r = { .bytes = t[i].bytes, .pause_ms = t[i].pause_ms };
		struct http_want w = want(cx, "");
		struct http_got g;
		enum rc rc;

		raw_start(&r);
		w.url = str_fmt(cx->mem, "http://127.0.0.1:%u/", r.port);
		w.total_ms = 1000;
		rc = http_fetch(cx, &w, &g);
		if (!CHECKF(rc == t[i].rc, "%s: %s", t[i].what, rc == RC_OK ? "fetched" : cx->err.msg))
			printf("# code %d\n", rc);
		ctx_forgive(cx);
		raw_stop(&r);
	}
}

/* the peer takes one connection only: a second one would wait in vain */
static void session(struct ctx *cx)
{
	struct raw r = { .bytes = S("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), .more = 2 };
	struct http_session *s = http_session_new();
	struct http_want w = want(cx, "");
	struct http_got g;

	raw_start(&r);
	w.session = s;
	w.total_ms = 1000;
	for (int i = 0; i < 3; i++) {
		w.url = str_fmt(cx->mem, "http://127.0.0.1:%u/%d", r.port, i);
		CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
		CHECK_STR(g.body, S("abc"));
	}
	w.url = S("http://10.0.0.1/");
	CHECK_INT(http_fetch(cx, &w, &g), RC_DENIED);
	ctx_forgive(cx);
	http_session_free(s);
	raw_stop(&r);
}

static void plain(struct ctx *cx)
{
	struct http_pair h[] = { { S("X-Secret"), S("value") } };
	struct http_want w = want(cx, "/hello?name=x");
	struct http_got g;

	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_INT(g.status, 200);
	CHECK_STR(g.body, S("hello x"));
	CHECK_STR(g.type, S("text/plain"));
	w = want(cx, "/head");
	w.headers = (struct http_pairs){ h, 1 };
	w.body = S("a=b");
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_STR(g.body, S("POST|value|a=b"));
	w = want(cx, "/hello");
	w.method = S("HEAD");
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_INT(g.body.n, 0);
	w = want(cx, "/nothing");
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_INT(g.status, 404);
	w = want(cx, "/tagged");
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_STR(g.etag, S("\"v1\""));
	w.etag = g.etag;
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_INT(g.status, 304);
	w.url = S("ftp://127.0.0.1/");
	CHECK_INT(http_fetch(cx, &w, &g), RC_BAD);
	ctx_forgive(cx);
	w.url = S("nonsense://");
	CHECK_INT(http_fetch(cx, &w, &g), RC_BAD);
	ctx_forgive(cx);
}

static void limits(struct ctx *cx)
{
	struct http_want w = want(cx, "/stream/500");
	struct http_got g;

	w.spool_dir = "/tmp";
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECKF(g.body.n == 5000000 && str_ends(g.body, S("0123456789")), "5 MB through a file");
	w.spool_dir = NULL;
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECKF(g.body.n == 5000000, "and through memory");
	w.size_max = 100000;
	CHECK_INT(http_fetch(cx, &w, &g), RC_TOOBIG);
	ctx_forgive(cx);
	w = want(cx, "/zip/3000000");
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECKF(g.body.n == 3000000, "gzip undone");
	w.size_max = 1000000;
	CHECK_INT(http_fetch(cx, &w, &g), RC_TOOBIG);
	ctx_forgive(cx);
	w = want(cx, "/stream/50/5");
	CHECK_INT(http_fetch(cx, &w, &g), RC_REMOTE);
	ctx_forgive(cx);
	w = want(cx, "/slow/3000");
	w.total_ms = 300;
	CHECK_INT(http_fetch(cx, &w, &g), RC_TIMEOUT);
	ctx_forgive(cx);
	{
		atomic_bool stop = true;

		cx->stop = &stop;
		w.total_ms = 5000;
		CHECK_INT(http_fetch(cx, &w, &g), RC_STOPPED);
		ctx_forgive(cx);
		cx->stop = NULL;
	}
}

static void redirects(struct ctx *cx)
{
	struct http_pair h[] = { { S("X-Secret"), S("value") } };
	struct http_want w = want(cx, "/go/302?to=/hello%3Fname=there");
	struct http_got g;

	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_STR(g.body, S("hello there"));
	CHECK_INT(g.redirects, 1);
	CHECK(str_ends(g.url, S("/hello?name=there")));
	w = want(cx, "/loop");
	CHECK_INT(http_fetch(cx, &w, &g), RC_REMOTE);
	CHECK_STR(str_c(cx->err.msg), S("more than 5 redirects"));
	ctx_forgive(cx);
	w = want(cx, "/go/303?to=/head");
	w.body = S("x=y");
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_STR(g.body, S("GET||"));
	w = want(cx, "/go/307?to=/head");
	w.body = S("x=y");
	w.headers = (struct http_pairs){ h, 1 };
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_STR(g.body, S("POST|value|x=y"));
	/* to another origin the headers do not travel */
	w = want(cx, "");
	w.url = str_fmt(cx->mem, "%s/go/302?to=http://localhost%s/head", base, base + str_rchr(str_c(base), ':'));
	w.headers = (struct http_pairs){ h, 1 };
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_STR(g.body, S("GET||"));
}

static void reach(struct ctx *cx)
{
	struct http_want w = want(cx, "/hello");
	struct ip_net lo;
	struct http_got g;

	w.allow_loopback = false;
	CHECK_INT(http_fetch(cx, &w, &g), RC_DENIED);
	CHECKF(str_starts(str_c(cx->err.msg), S("127.0.0.1 is not a public address")), "%s", cx->err.msg);
	ctx_forgive(cx);
	w.url = str_fmt(cx->mem, "http://localhost%s/hello", base + str_rchr(str_c(base), ':'));
	CHECK_INT(http_fetch(cx, &w, &g), RC_DENIED);
	ctx_forgive(cx);
	ip_net_parse(S("127.0.0.0/8"), &lo);
	w.allow = (struct ip_nets){ &lo, 1 };
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	w = want(cx, "");
	w.url = S("http://192.168.1.1/");
	CHECK_INT(http_fetch(cx, &w, &g), RC_DENIED);
	ctx_forgive(cx);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	w = want(cx, "/hello");
	CHECKF(http_fetch(cx, &w, &g) == RC_OK, "a proxy in the environment is not used");
	unsetenv("http_proxy");
}

static void tls(struct ctx *cx)
{
	struct http_conf conf = app_conf();
	struct http_want w = want(cx, "");
	struct str cert, key;
	struct http_got g;
	struct router *r;
	struct server *sv;
	char file[] = "/tmp/misp-test-XXXXXX", plain_base[sizeof(base)];
	int fd = mkstemp(file);

	CHECK_INT(http_selfsigned(cx, S("localhost 127.0.0.1"), &cert, &key), RC_OK);
	conf.cert_pem = cert.p;
	conf.key_pem = key.p;
	sv = app_start(&conf, &r);
	w.url = str_fmt(cx->mem, "https://127.0.0.1:%u/who", server_port(sv));
	CHECK_INT(http_fetch(cx, &w, &g), RC_REMOTE);
	CHECKF(strstr(cx->err.msg, "certificate") != NULL, "%s", cx->err.msg);
	ctx_forgive(cx);
	w.insecure = true;
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	CHECK_STR(g.body, S("127.0.0.1 https"));
	w.insecure = false;
	CHECK(write(fd, cert.p, cert.n) == (ssize_t)cert.n);
	w.ca_file = file;
	CHECKF(http_fetch(cx, &w, &g) == RC_OK, "trusted when named: %s", cx->err.msg);
	ctx_forgive(cx);
	snprintf(plain_base, sizeof(plain_base), "%s", base);
	w.url = str_fmt(cx->mem, "https://127.0.0.1:%u/go/302?to=%s/hello", server_port(sv), plain_base);
	CHECK_INT(http_fetch(cx, &w, &g), RC_REMOTE);
	CHECK_STR(str_c(cx->err.msg), S("redirect from https to http refused"));
	ctx_forgive(cx);
	w.allow_downgrade = true;
	CHECK_INT(http_fetch(cx, &w, &g), RC_OK);
	w.url = str_fmt(cx->mem, "https://127.0.0.1:%u/stream/500", server_port(sv));
	CHECKF(http_fetch(cx, &w, &g) == RC_OK && g.body.n == 5000000, "5 MB over TLS");
	close(fd);
	unlink(file);
	CHECK(server_stop(sv, 1000));
	router_free(r);
}

int main(void)
{
	struct http_conf conf = app_conf();
	struct router *r;
	struct server *sv = app_start(&conf, &r);
	struct ctx cx;

	snprintf(base, sizeof(base), "http://127.0.0.1:%u", server_port(sv));
	ctx_init(&cx, 0);
	plain(&cx);
	limits(&cx);
	redirects(&cx);
	raw_answers(&cx);
	session(&cx);
	reach(&cx);
	tls(&cx);
	ctx_clear(&cx);
	server_stop(sv, 1000);
	router_free(r);
	return tap_done();
}
