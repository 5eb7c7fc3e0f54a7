/* client.h - the only way out of the program: one HTTP or HTTPS request, bounded in time, size and reach.
 *
 *     struct http_want w = http_want_default();
 *     struct http_got g;
 *     w.url = S("https://feed.example/manifest.json");
 *     w.etag = known_etag;
 *     TRY(http_fetch(cx, &w, &g));
 *     if (g.status == 304) ...;              g.body is valid until cx's arena is reset
 *
 * Failures: RC_REMOTE (with the reason: no answer, broken transfer, bad certificate, too many redirects), RC_TOOBIG,
 * RC_DENIED (address not allowed), RC_TIMEOUT, RC_BAD (not an http URL), RC_STOPPED, RC_IO (spool). An answer of any status
 * is a success; look at g.status.
 *
 * The address is checked when the socket is made, for each address a name resolves to and for each redirect, so that a name
 * that changes its address meanwhile gains nothing. Proxies of the environment are not used: they would undo that check.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/ip.h"
#include "http/request.h"

/* Connections that are kept between requests of one thread. Made for requests of the same reach (allow, allow_loopback, ca_file, insecure): what was
 * checked when a connection was made is not checked again. */
struct http_session;
struct http_session *http_session_new(void);
void http_session_free(struct http_session *s); /* NULL is fine */

struct http_want {
	struct http_session *session; /* NULL: a connection of its own */
	struct str url;
	struct str method;          /* "" : GET, or POST when body.p is set */
	struct http_pairs headers;  /* not sent on to another host */
	struct str body;            /* body.p NULL: none */
	struct str etag;            /* If-None-Match, "" none */
	struct str last_modified;   /* If-Modified-Since, "" none */
	const char *user_agent;
	const char *ca_file;        /* NULL: the system's */
	bool insecure;              /* certificate not checked: the operator said so for this peer */
	const char *spool_dir;      /* large answers; NULL: memory only */
	uint64_t size_max;          /* decoded bytes of the answer's body */
	unsigned connect_ms, total_ms;
	unsigned low_bytes, low_s;  /* below low_bytes a second for low_s: given up */
	unsigned redirects_max;
	bool allow_downgrade;       /* a redirect from https to http */
	bool allow_loopback;
	struct ip_nets allow;      /* private networks that may be reached */
};

struct http_got {
	int status;
	struct str body;
	struct str type, etag, last_modified; /* "" when not sent */
	struct str url;                       /* after redirects */
	struct http_pairs headers;
	unsigned redirects;
};

struct http_want http_want_default(void);
enum rc http_fetch(struct ctx *cx, const struct http_want *want, struct http_got *out) MUST_USE;

#endif
