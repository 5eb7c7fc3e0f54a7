/* router.h - from method and path to a row of the route table.
 *
 *     static const struct route routes[] = {
 *         { HTTP_GET,             "/events/view/:id",  events_view,  PERM_AUTH, ROUTE_READ,  0,        "Event" },
 *         { HTTP_PUT | HTTP_POST, "/events/:id{id}",   events_edit,  PERM_ADD,  ROUTE_WRITE, 64 << 20, "Event" },
 *         { HTTP_GET,             "/ui/" "*",          ui_file,      0, ROUTE_READ | ROUTE_PUBLIC, 0, NULL },
 *     };
 *     struct router *r = router_new(routes, sizeof(routes) / sizeof(*routes));
 *     rc = router_match(r, rq);        RC_OK, RC_NOTFOUND, RC_METHOD (rq->allow tells the methods)
 *
 * Patterns: literal segments; ":name" any segment; ":name{id}" a number or a uuid, ":name{int}", ":name{uuid}";
 * ":name?" may be missing (at the end only); "*" any rest, the last piece, in rq->tail. A literal is preferred to a
 * constrained variable, that to a free one, that to "*". The controller (first segment, or the second behind "admin") is
 * compared without regard to case and underscores: sharingGroups = sharing_groups. The rest is exact.
 * HEAD is matched as GET.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/request.h"

enum {
	ROUTE_READ = 1,   /* needs a reading connection only */
	ROUTE_WRITE = 2,
	ROUTE_PUBLIC = 4, /* no authentication */
	ROUTE_USER_1 = 256 /* from here on: the application's own */
};

typedef enum rc route_fn(struct req *rq, struct resp *rs);

struct route {
	unsigned methods;    /* bits of enum http_method */
	const char *pattern; /* kept */
	route_fn *handler;
	uint32_t perms;
	uint32_t flags;
	uint64_t body_max;   /* bytes, decoded; 0: no body is accepted */
	const char *doc;     /* name of the answer's schema */
};

/* Keeps the table. A malformed pattern or the same method and pattern twice is a bug and ends the process. */
struct router *router_new(const struct route *routes, size_t n);
void router_free(struct router *r);
/* Sets route, route_rc, allow, var, nvar, tail, body_max. Allocates nothing. */
enum rc router_match(const struct router *r, struct req *rq);
/* "GET, HEAD, POST" in cx->mem. */
struct str http_methods_text(struct ctx *cx, unsigned bits);

#endif
