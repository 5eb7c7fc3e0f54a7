/* router.c - the route table as a tree of segments, built once. Literals of a node are sorted for binary search; a node's
 * depth is the segment's place, so a look-up visits each node at most once. */
#include "http/router.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/uuid.h"

enum { KIND_LITERAL, KIND_UUID, KIND_INT, KIND_ID, KIND_ANY, KIND_TAIL, KIND_COUNT };
#define CONTROLLER_MAX 64

struct node {
	struct str text;        /* literal; a controller in its folded form (then own) */
	char *own;
	struct node **kids;     /* literals, sorted */
	size_t nkids;
	struct node *var[KIND_COUNT]; /* by kind, from KIND_UUID */
	const struct route **routes;
	size_t nroutes;
};

struct router {
	struct node root;
};

static void *must(void *p)
{
	if (!p) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	return p;
}

static void bad(const struct route *r, const char *why)
{
	fprintf(stderr, "misp: route '%s': %s\n", r->pattern, why);
	abort();
}

/* The controller's folded form in out; false when too long to be one. */
static bool fold(struct str s, char out[CONTROLLER_MAX], struct str *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '_')
			continue;
		if (n == CONTROLLER_MAX)
			return false;
		out[n++] = (char)ch_to_lower((unsigned char)s.p[i]);
	}
	*ret = str_n(out, n);
	return true;
}

static struct node *find_literal(const struct node *n, struct str text, size_t *place)
{
	size_t lo = 0, hi = n->nkids;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = str_cmp(n->kids[mid]->text, text);

		if (d == 0)
			return n->kids[mid];
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (place)
		*place = lo;
	return NULL;
}

static struct node *literal(struct node *n, struct str text, bool controller)
{
	char t[CONTROLLER_MAX];
	size_t place = 0;
	struct node *k;

	if (controller && !fold(text, t, &text))
		return NULL;
	k = find_literal(n, text, &place);
	if (k)
		return k;
	k = must(calloc(1, sizeof(*k)));
	if (controller) {
		k->own = must(malloc(text.n + 1));
		memcpy(k->own, text.p, text.n);
		text.p = k->own;
	}
	k->text = text;
	n->kids = must(realloc(n->kids, (n->nkids + 1) * sizeof(struct node *)));
	memmove(n->kids + place + 1, n->kids + place, (n->nkids - place) * sizeof(struct node *));
	n->kids[place] = k;
	n->nkids++;
	return k;
}

static int var_kind(const struct route *r, struct str *s, bool *optional)
{
	static const struct {
		struct str text;
		int kind;
	} kinds[] = { { { "{id}", 4 }, KIND_ID }, { { "{int}", 5 }, KIND_INT }, { { "{uuid}", 6 }, KIND_UUID } };

	*optional = str_ends(*s, S("?"));
	if (*optional)
		s->n--;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_ends(*s, kinds[i].text))
			return kinds[i].kind;
	if (str_chr(*s, '{') != STR_NONE || s->n < 2)
		bad(r, "unknown kind of variable");
	return KIND_ANY;
}

static void add_route(struct node *n, const struct route *r)
{
	for (size_t i = 0; i < n->nroutes; i++)
		if (n->routes[i]->methods & r->methods)
			bad(r, "same method and path twice");
	n->routes = must(realloc(n->routes, (n->nroutes + 1) * sizeof(*n->routes)));
	n->routes[n->nroutes++] = r;
}

static void add(struct router *rt, const struct route *r)
{
	struct cur c = cur_of(str_c(r->pattern));
	struct node *n = &rt->root;
	size_t depth = 0, vars = 0, base = 0;
	bool optional = false, tail = false;
	struct str s;

	if (!cur_take(&c, S("/")))
		bad(r, "pattern without a slash");
	for (; cur_until(&c, '/', &s); depth++) {
		if (s.n == 0 || tail)
			bad(r, "empty segment, or one behind '*'");
		if (str_eq(s, S("*"))) {
			struct node **k = &n->var[KIND_TAIL];

			n = *k = *k ? *k : must(calloc(1, sizeof(**k)));
			tail = true;
		} else if (s.p[0] == ':') {
			bool opt;
			int kind = var_kind(r, &s, &opt);
			struct node **k = &n->var[kind];

			if (optional && !opt)
				bad(r, "a needed variable behind an optional one");
			if (opt)
				add_route(n, r);
			optional = opt;
			if (++vars > REQ_VARS)
				bad(r, "too many variables");
			n = *k = *k ? *k : must(calloc(1, sizeof(**k)));
		} else {
			if (optional)
				bad(r, "text behind an optional variable");
			n = literal(n, s, depth == base);
			if (!n)
				bad(r, "controller too long");
			if (depth == 0 && str_eq(s, S("admin")))
				base = 1;
		}
	}
	add_route(n, r);
}

struct router *router_new(const struct route *routes, size_t n)
{
	struct router *r = must(calloc(1, sizeof(*r)));

	for (size_t i = 0; i < n; i++)
		add(r, &routes[i]);
	return r;
}

static void node_clear(struct node *n)
{
	for (size_t i = 0; i < n->nkids; i++) {
		node_clear(n->kids[i]);
		free(n->kids[i]);
	}
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (n->var[i]) {
			node_clear(n->var[i]);
			free(n->var[i]);
		}
	free(n->kids);
	free(n->routes);
	free(n->own);
}

void router_free(struct router *r)
{
	if (!r)
		return;
	node_clear(&r->root);
	free(r);
}

static bool fits(int kind, struct str s)
{
	struct uuid u;
	uint64_t v;

	switch (kind) {
	case KIND_UUID:
		return uuid_parse(s, &u);
	case KIND_INT:
		return str_u64(s, &v);
	case KIND_ID:
		return str_u64(s, &v) || uuid_parse(s, &u);
	default:
		return true;
	}
}

struct walk {
	struct req *rq;
	unsigned method;
	size_t base; /* place of the controller */
};

static bool take(struct walk *w, const struct node *n, size_t nvar)
{
	for (size_t i = 0; i < n->nroutes; i++) {
		w->rq->allow |= n->routes[i]->methods;
		if (n->routes[i]->methods & w->method) {
			w->rq->route = n->routes[i];
			w->rq->nvar = nvar;
			return true;
		}
	}
	return false;
}

static struct str tail_of(const struct req *rq, size_t i)
{
	const char *end = rq->path.p + rq->path.n;

	return i < rq->nseg ? str_n(rq->seg[i].p, (size_t)(end - rq->seg[i].p)) : S("");
}

static bool walk(struct walk *w, const struct node *n, size_t i, size_t nvar)
{
	struct req *rq = w->rq;
	const struct node *k;

	if (i == rq->nseg) {
		if (take(w, n, nvar))
			return true;
	} else {
		char t[CONTROLLER_MAX];
		struct str s = rq->seg[i];

		if ((i != w->base || fold(s, t, &s)) && (k = find_literal(n, s, NULL)) && walk(w, k, i + 1, nvar))
			return true;
		for (int kind = KIND_UUID; kind <= KIND_ANY; kind++)
			if ((k = n->var[kind]) && fits(kind, rq->seg[i])) {
				rq->var[nvar] = rq->seg[i];
				if (walk(w, k, i + 1, nvar + 1))
					return true;
			}
	}
	if ((k = n->var[KIND_TAIL]) && take(w, k, nvar)) {
		rq->tail = tail_of(rq, i);
		return true;
	}
	return false;
}

enum rc router_match(const struct router *r, struct req *rq)
{
	struct walk w = { .rq = rq, .method = rq->method == HTTP_HEAD ? HTTP_GET : rq->method };

	rq->route = NULL;
	rq->allow = 0;
	rq->nvar = 0;
	rq->tail = S("");
	rq->body_max = 0;
	if (rq->nseg && str_eq_nocase(rq->seg[0], S("admin")))
		w.base = 1;
	if (walk(&w, &r->root, 0, 0)) {
		rq->body_max = rq->route->body_max;
		rq->route_rc = RC_OK;
	} else {
		rq->route_rc = rq->allow ? RC_METHOD : RC_NOTFOUND;
	}
	if (rq->allow & HTTP_GET)
		rq->allow |= HTTP_HEAD;
	return rq->route_rc;
}

struct str http_methods_text(struct ctx *cx, unsigned bits)
{
	static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS" };
	struct str out = S("");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (bits & 1u << i)
			out = str_fmt(cx->mem, "%.*s%s%s", STR(out), out.n ? ", " : "", names[i]);
	return out;
}
