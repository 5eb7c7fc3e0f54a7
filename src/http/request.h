/* request.h - one HTTP request and the answer to it, as handlers see them. Knows no model and no library.
 *
 * A handler reads parameters, calls below, and writes rs->body (or sets a producer for a long answer):
 *
 *     enum rc ping(struct req *rq, struct resp *rs)
 *     {
 *         rs->type = "text/plain";
 *         buf_fmt(&rs->body, "hello %.*s", STR(req_param(rq, "name")));
 *         return RC_OK;
 *     }
 *
 * Everything in struct req is valid until the end of the request (memory of rq->cx, or the connection's); all texts of
 * the target are decoded, valid UTF-8 and free of NUL. Header values are bytes as they came.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"

struct route;
struct router;

enum http_method {
	HTTP_GET = 1,
	HTTP_HEAD = 2,
	HTTP_POST = 4,
	HTTP_PUT = 8,
	HTTP_DELETE = 16,
	HTTP_PATCH = 32,
	HTTP_OPTIONS = 64,
	HTTP_OTHER = 128
};

struct http_pair {
	struct str name, value;
};
struct http_pairs {
	const struct http_pair *v;
	size_t n;
};

#define REQ_VARS 8

struct req {
	struct ctx *cx;
	void *app;                  /* struct http_app.arg */
	void *app_data;             /* the application's own, kept from begin to end */
	unsigned method;            /* one bit of enum http_method */
	struct str method_text;
	struct str target;          /* as sent, with query */
	struct str path;            /* decoded, "/a/b", extension and named parameters included */
	struct str ext;             /* "json" when the last segment ended in .json, .xml or .csv; else "" */
	const struct str *seg;      /* decoded segments: without empty ones, named parameters and extension */
	size_t nseg;
	struct http_pairs named;    /* /name:value */
	struct http_pairs query;    /* ?name=value */
	struct http_pairs headers;  /* as sent */
	const struct route *route;  /* NULL: none */
	enum rc route_rc;           /* RC_OK, RC_NOTFOUND, RC_METHOD */
	unsigned allow;             /* methods known at this path (bits) */
	struct str var[REQ_VARS];   /* values of the pattern's variables in order */
	size_t nvar;
	struct str tail;            /* what "*" of the pattern matched, from the decoded path, without a leading slash */
	int64_t content_length;     /* -1: not stated */
	uint64_t body_max;          /* set from the route; begin() may change it */
	struct str body;            /* decoded, whole; "" in begin() */
	struct str client;          /* believed address of the client */
	bool is_https;
	bool from_proxy;            /* the one who connected is among http_conf.proxies */
};

/* Value of the pattern's variable i; "" when absent. */
struct str req_var(const struct req *rq, size_t i);
/* Named parameter, else query parameter; "" when absent. The last one of several wins, as in PHP. */
struct str req_param(const struct req *rq, const char *name);
bool req_has_param(const struct req *rq, const char *name);
/* All values of name, name[] and name[key], named ones first. Start with it = 0; false at the end. */
bool req_params(const struct req *rq, const char *name, size_t *it, struct str *out);
/* First header of that name, trimmed, without regard to case; p is NULL when absent. */
struct str req_header(const struct req *rq, const char *name);

/* Fills target, path, seg, ext, named, query from the raw request target. RC_BAD on anything malformed. */
enum rc req_parse_target(struct req *rq, struct str target) MUST_USE;
/* name=value&... with percent and plus decoding, into cx->mem; also the form of a posted login page. */
enum rc http_parse_query(struct ctx *cx, struct str s, struct http_pairs *out) MUST_USE;
unsigned http_method_of(struct str s);

/* Called until it answers RC_DONE; appends a piece to out each time (some 64 KiB is a good size). Any other code cuts the
 * connection, so that the client sees a broken transfer; before the first piece it makes an ordinary error answer. */
typedef enum rc http_more_fn(void *arg, struct buf *out);

struct resp {
	unsigned status;      /* 200 unless set */
	const char *type;     /* Content-Type; NULL: none */
	struct buf body;
	struct str view;      /* borrowed body, used instead of `body` when view.p is set */
	http_more_fn *more;   /* producer, used instead of both; clean up with arena_cleanup(rq->cx->mem, ...) */
	void *more_arg;
	bool done;            /* set in begin(): answer at once, handle() is not called */
	bool close;           /* close the connection behind the answer */
	struct http_header *headers;
	uint64_t sent;        /* in end(): bytes of body handed out */
	bool broken;          /* in end(): the client did not get all of it */
};

/* Adds a header; name and value are copied. A value with control characters is a bug of the caller and is left out. */
void resp_header(struct req *rq, struct resp *rs, const char *name, struct str value);

struct http_header {
	struct http_header *next;
	const char *name, *value;
};

#endif
