/* fuzz_target.c - request target, query and route look-up, and the header lines. Input: the first byte chooses the method,
 * a NUL ends the target, the rest is the raw head as the library leaves it. What must hold: no text comes out malformed,
 * with a NUL in it, or longer than what went in. */
#include <stdlib.h>

#include "base/utf8.h"
#include "http/router.h"
#include "http/server_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc nothing(struct req *rq, struct resp *rs)
{
	return RC_OK;
}

static const struct route routes[] = {
	{ HTTP_GET, "/", nothing },
	{ HTTP_GET | HTTP_POST, "/events/view/:id", nothing },
	{ HTTP_GET, "/events/:id{id}", nothing },
	{ HTTP_GET, "/events/:a/:b?/:c?", nothing },
	{ HTTP_POST, "/admin/users/edit/:id{int}", nothing },
	{ HTTP_GET, "/t/:x/y/:u{uuid}/*", nothing },
	{ HTTP_GET, "/ui/*", nothing },
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static size_t good(struct str s)
{
	must(utf8_valid(s) && str_chr(s, 0) == STR_NONE);
	return s.n;
}

static void pairs(const struct http_pairs *l, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += good(l->v[i].name) + good(l->v[i].value);
	must(n <= max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct router *r;
	struct str all = str_n((const char *)data + 1, size ? size - 1 : 0), target;
	struct ip_addr client = { 0 };
	struct req rq = { 0 };
	bool chunked, expect, https = false;
	struct ctx cx;

	if (size == 0)
		return 0;
	if (!r)
		r = router_new(routes, sizeof(routes) / sizeof(*routes));
	ctx_init(&cx, 0);
	rq.cx = &cx;
	rq.method = 1u << (data[0] & 7);
	target = str_sub(all, 0, str_chr(all, 0));
	if (req_parse_target(&rq, target) == RC_OK) {
		size_t n = good(rq.path);

		must(n <= target.n + 1);
		good(rq.ext);
		for (size_t i = 0; i < rq.nseg; i++)
			must(good(rq.seg[i]) > 0);
		pairs(&rq.named, target.n);
		pairs(&rq.query, target.n);
		if (router_match(r, &rq) == RC_OK) {
			must(rq.route && rq.nvar <= REQ_VARS);
			for (size_t i = 0; i < rq.nvar; i++)
				good(rq.var[i]);
			good(rq.tail);
		}
	}
	all = str_from(all, target.n);
	if (head_lines(&rq, all.p, all.n) == RC_OK) {
		must(head_framing(&rq, data[0] & 8, &chunked, &expect) != RC_OK || !(chunked && rq.content_length >= 0));
		head_forwarded(&rq, &(struct ip_nets){ 0 }, &client, &https);
	}
	ctx_clear(&cx);
	return 0;
}
