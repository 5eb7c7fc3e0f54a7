/* http.h - the HTTP server: connections, limits, time-outs, TLS; requests are handed to a struct http_app.
 *
 * One thread per connection, plain blocking handlers. Order of calls for one request, all on that thread:
 *
 *     begin    headers are complete, the route is matched (rq->route, rq->route_rc), no body is read yet: authenticate,
 *              refuse, or change rq->body_max. RC_OK goes on; rs->done answers at once; any other code ends in `failed`.
 *     handle   the whole body is there (rq->body).
 *     failed   writes the answer for a failure (rq->cx->err has the text) into an empty rs; the status is preset from
 *              the code.
 *     end      after the last byte, or when the client is gone: access log, audit, give back what begin took.
 *
 *     struct http_conf conf = http_conf_default();
 *     conf.addr = "127.0.0.1:0";
 *     TRY(server_start(cx, &conf, &app, &sv));
 *     port = server_port(sv);
 *     server_stop(sv, 10000);                  waits for running requests, then frees
 *
 * What is refused before the application sees it: two Content-Length, or one beside Transfer-Encoding, or a malformed one;
 * codings other than chunked; folded or malformed header lines; malformed targets. Those connections are closed.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "http/ip.h"
#include "http/request.h"
#include "http/router.h"

struct http_app {
	void *arg;                   /* for the application: rq->app */
	const struct router *router; /* kept */
	enum rc (*begin)(struct req *rq, struct resp *rs);
	enum rc (*handle)(struct req *rq, struct resp *rs);
	void (*failed)(struct req *rq, struct resp *rs, enum rc rc);
	void (*end)(struct req *rq, struct resp *rs); /* may be NULL */
};

struct http_conf {
	const char *addr;            /* "127.0.0.1:8080", "[::]:443", ":8080" (all); port 0: a free one */
	int listen_fd;               /* -1: make one from addr; else a listening TCP socket, taken */
	const char *cert_pem;        /* text, not a file name; NULL: no TLS */
	const char *key_pem;
	const char *spool_dir;       /* large request bodies; must exist */
	struct ip_nets proxies;     /* whose X-Forwarded-For, X-Forwarded-Proto, Forwarded are believed; kept */
	struct ip_nets exempt;      /* not bounded per address, beside the proxies; default loopback; kept */
	unsigned conns_max;          /* 2,048; lowered when the open files limit cannot be raised */
	unsigned conns_per_addr;     /* 64; an IPv6 /64 is one address */
	unsigned header_ms;          /* to send a request's head, 15 s; TLS handshake included */
	unsigned idle_ms;            /* between requests, 65 s; 5 s when three quarters of conns_max are taken */
	unsigned rate_window_ms;     /* slow senders and readers are measured over this, 20 s */
	unsigned rate_min;           /* bytes a second at least, both ways, 1,024 */
	size_t mem_max;              /* arena of one request, 512 MiB */
	size_t answer_max;           /* rs->body, 1 GiB */
	uint64_t discard_max;        /* a refused body that is still read, so that the client sees the answer; 16 MiB */
};

struct server;

struct http_conf http_conf_default(void);
/* RC_IO with one line when the address cannot be bound, RC_BAD for a malformed address or certificate.
 * conf and app are copied, what they point to is kept. */
enum rc server_start(struct ctx *cx, const struct http_conf *conf, const struct http_app *app, struct server **out)
	MUST_USE;
/* Connections made from now on see this certificate; texts as in http_conf, not kept. RC_BAD leaves the one before. */
enum rc server_certificate(struct ctx *cx, struct server *sv, const char *cert_pem, const char *key_pem) MUST_USE;
uint16_t server_port(const struct server *sv);
bool server_has_tls(const struct server *sv);
unsigned server_conns_max(const struct server *sv);
void server_counts(struct server *sv, unsigned *conns, unsigned *running, uint64_t *served);
/* Stops accepting; requests running get limit_ms to end, then cx->stop is set for them and their connections are closed.
 * Returns when all threads have ended. False when something had to be cut. NULL is fine. */
bool server_stop(struct server *sv, unsigned limit_ms);
/* The first socket passed by systemd (LISTEN_FDS), -1 when there is none. Removes the variables. RC_BAD when more than one
 * was passed or it is no listening TCP socket. */
enum rc http_systemd_socket(struct ctx *cx, int *out_fd) MUST_USE;
/* True when the address stands for loopback only. */
bool http_addr_is_loopback(const char *addr);

/* A key (P-256) and a self-signed certificate for the names and addresses in hosts (blanks between), both PEM in cx->mem. */
enum rc http_selfsigned(struct ctx *cx, struct str hosts, struct str *ret_cert, struct str *ret_key) MUST_USE;

#endif
