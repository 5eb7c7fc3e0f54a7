/* server_int.h - what the files of the server share. Only server.c speaks to libmicrohttpd.
 *
 *     server.c   connections and requests: the call-backs of the library, the answer
 *     head.c     header lines, framing, forwarded headers
 *     watch.c    one thread that closes slow and idle connections; counts per address
 *     listen.c   the listening socket        tls.c, cert.c   certificates: made, and answered with
 */
#ifndef HTTP_SERVER_INT_H
#define HTTP_SERVER_INT_H

#include <gnutls/abstract.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/decode.h"
#include "http/http.h"
#include "http/spool.h"

#define HEADERS_MAX 128

enum phase {
	PHASE_FIRST, /* connected, first request not begun */
	PHASE_IDLE,  /* between requests */
	PHASE_HEAD,  /* request line read */
	PHASE_BODY,
	PHASE_WORK,  /* ours: never timed */
	PHASE_SEND
};
enum step { STEP_HEAD, STEP_BODY, STEP_DISCARD, STEP_ANSWER, STEP_SENT };

struct MHD_Connection;

struct conn {
	struct conn *prev, *next; /* server's list, under its mutex */
	struct server *sv;
	struct MHD_Connection *mhd;
	int fd;
	struct ip_addr peer;
	char peer_text[IP_TEXT];
	bool peer_counted;
	/* read by the watching thread */
	_Atomic enum phase phase;
	_Atomic int64_t since_ms;
	/* the watching thread's own */
	int64_t seen_since_ms, window_ms;
	uint64_t window_bytes, idle_bytes;
	bool idle_sending;
	bool cut;
	/* the request, used by the connection's thread only */
	bool active, begun, running;
	enum step step;
	bool chunked, expect, http10;
	const char *target_end; /* where the target ended as text, to see a NUL in it */
	struct ctx cx;
	struct req rq;
	struct resp rs;
	struct spool body;
	struct decoder *decoder;
	uint64_t discarded;
	struct ip_addr client;
	bool client_counted;
	char client_text[IP_TEXT];
	char id[17];
	struct buf piece; /* of a streamed answer */
	size_t piece_off;
	bool stream_done, stream_broken;
};

#define PEER_SLOTS 1024
struct peer_count {
	struct peer_count *next;
	struct ip_addr a;
	unsigned n;
};

struct server {
	struct http_conf conf;
	struct http_app app;
	struct MHD_Daemon *daemon;
	int fd;
	bool own_fd;
	uint16_t port;
	bool tls, raw_head;
	pthread_mutex_t mu; /* conns, nconns, peers */
	struct conn *conns;
	unsigned nconns, peak;
	struct peer_count *peers[PEER_SLOTS];
	atomic_uint running;
	atomic_ullong served, next_id;
	atomic_bool draining, hurry;
	pthread_t watch;
	pthread_mutex_t watch_mu;
	pthread_cond_t watch_cond;
	bool watch_on, watch_end;
};

/* listen.c */
enum rc http_listen(struct ctx *cx, const char *addr, int *out) MUST_USE;
enum rc http_socket_port(struct ctx *cx, int fd, uint16_t *out) MUST_USE;
/* tls.c */
enum rc http_tls_check(struct ctx *cx, const char *cert_pem, const char *key_pem) MUST_USE;
/* cert.c: what the server on a port answers with from now on; key and certificate are checked. dropped when its daemon has ended. */
enum rc http_cert_set(struct ctx *cx, uint16_t port, const char *cert_pem, const char *key_pem) MUST_USE;
void http_cert_drop(uint16_t port);
gnutls_certificate_retrieve_function2 http_cert_ask;
/* head.c: header lines from the head's raw bytes [p, p + n), behind the request line's version; see there */
enum rc head_lines(struct req *rq, const char *p, size_t n) MUST_USE;
bool head_name_ok(struct str name);
/* Fills content_length, *chunked, *expect; refuses what two readers could understand differently. */
enum rc head_framing(struct req *rq, bool http10, bool *chunked, bool *expect) MUST_USE;
/* The address the request comes from and whether it came by https, by the proxy's word. The peer is a proxy. */
void head_forwarded(struct req *rq, const struct ip_nets *proxies, struct ip_addr *client, bool *https);
/* watch.c */
bool peer_exempt(const struct server *sv, const struct ip_addr *a);
bool peer_full(struct server *sv, const struct ip_addr *a); /* takes the mutex */
void peer_add(struct server *sv, const struct ip_addr *a);
void peer_del(struct server *sv, const struct ip_addr *a);
void peers_clear(struct server *sv);
bool watch_start(struct server *sv);
void watch_stop(struct server *sv);

static inline void conn_phase(struct conn *c, enum phase p, int64_t now_ms)
{
	atomic_store_explicit(&c->since_ms, now_ms, memory_order_relaxed);
	atomic_store_explicit(&c->phase, p, memory_order_release);
}

#endif
