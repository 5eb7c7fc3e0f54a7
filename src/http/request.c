/* request.c - target and query of a request: split first, then decode piece by piece, so that an encoded separator is
 * data. Looks a parameter up by walking: requests carry few. */
#include "http/request.h"

#include "base/utf8.h"

static const struct {
	struct str text;
	unsigned bit;
} methods[] = {
	{ { "GET", 3 }, HTTP_GET },         { { "POST", 4 }, HTTP_POST },   { { "HEAD", 4 }, HTTP_HEAD },
	{ { "PUT", 3 }, HTTP_PUT },         { { "DELETE", 6 }, HTTP_DELETE }, { { "PATCH", 5 }, HTTP_PATCH },
	{ { "OPTIONS", 7 }, HTTP_OPTIONS },
};

unsigned http_method_of(struct str s)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (str_eq(s, methods[i].text))
			return methods[i].bit;
	return HTTP_OTHER;
}

/* Decodes s to *at and steps over it; the result never is longer than s. */
static enum rc decode(struct ctx *cx, struct str s, bool plus, char **at, struct str *out)
{
	char *d = *at, *start = d;
	bool high = false;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '%') {
			int a = i + 2 < s.n ? ch_hex((unsigned char)s.p[i + 1]) : -1;
			int b = a >= 0 ? ch_hex((unsigned char)s.p[i + 2]) : -1;

			if (b < 0)
				return fail(cx, RC_BAD, "malformed percent encoding in the request target");
			c = (unsigned char)(a << 4 | b);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == 0)
			return fail(cx, RC_BAD, "NUL in the request target");
		high |= c >= 0x80;
		*d++ = (char)c;
	}
	*out = str_n(start, (size_t)(d - start));
	*at = d;
	if (high && !utf8_valid(*out))
		return fail(cx, RC_BAD, "the request target is not valid UTF-8");
	return RC_OK;
}

/* A named parameter is NAME:VALUE or NAME[...]:VALUE with a name like a word; the colon must not be encoded. */
static size_t named_colon(struct str s)
{
	size_t colon = str_chr(s, ':');

	if (colon == STR_NONE || colon == 0 || !(ch_alpha((unsigned char)s.p[0]) || s.p[0] == '_'))
		return STR_NONE;
	for (size_t i = 1; i < colon; i++)
		if (!ch_alnum((unsigned char)s.p[i]) && !memchr("_-.[]%", s.p[i], 6))
			return STR_NONE;
	return colon;
}

static struct str take_ext(struct str *last)
{
	static const struct str exts[] = { { "json", 4 }, { "xml", 3 }, { "csv", 3 } };
	size_t dot = str_rchr(*last, '.');

	if (dot == STR_NONE || dot == 0)
		return S("");
	for (size_t i = 0; i < sizeof(exts) / sizeof(*exts); i++)
		if (str_eq(str_from(*last, dot + 1), exts[i])) {
			last->n = dot;
			return exts[i];
		}
	return S("");
}

enum rc http_parse_query(struct ctx *cx, struct str s, struct http_pairs *out)
{
	struct http_pair *v;
	struct cur c = cur_of(s);
	struct str item;
	size_t n = 1;
	char *d;

	*out = (struct http_pairs){ 0 };
	if (s.n == 0)
		return RC_OK;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '&';
	v = arena_many(cx->mem, n, struct http_pair);
	d = arena_alloc(cx->mem, s.n);
	for (n = 0; cur_until(&c, '&', &item);) {
		size_t eq = str_chr(item, '=');

		if (item.n == 0)
			continue;
		TRY(decode(cx, str_sub(item, 0, eq), true, &d, &v[n].name));
		TRY(decode(cx, eq == STR_NONE ? S("") : str_from(item, eq + 1), true, &d, &v[n].value));
		n++;
	}
	*out = (struct http_pairs){ v, n };
	return RC_OK;
}

/* "http://host/path" as sent to proxies: the path counts. */
static bool origin_form(struct str *path)
{
	static const struct str schemes[] = { { "http://", 7 }, { "https://", 8 } };

	for (size_t i = 0; i < 2; i++)
		if (str_starts_nocase(*path, schemes[i])) {
			size_t slash = str_chr(str_from(*path, schemes[i].n), '/');

			*path = slash == STR_NONE ? S("/") : str_from(*path, schemes[i].n + slash);
		}
	return path->n && path->p[0] == '/';
}

enum rc req_parse_target(struct req *rq, struct str target)
{
	struct ctx *cx = rq->cx;
	size_t q = str_chr(target, '?'), count = 0, base;
	struct str path = str_sub(target, 0, q), item, part;
	struct http_pair *named;
	struct str *seg;
	struct cur c;
	char *d, *all;

	rq->target = target;
	rq->ext = rq->tail = rq->path = S("");
	rq->nseg = 0;
	rq->named = rq->query = (struct http_pairs){ 0 };
	if (!origin_form(&path))
		return fail(cx, RC_BAD, "the request target is not a path");
	for (size_t i = 0; i < path.n; i++)
		count += path.p[i] == '/';
	/* two arrays and the decoded text in one piece; named values are decoded a second time behind the path */
	seg = arena_many(cx->mem, count, struct str);
	named = arena_many(cx->mem, count, struct http_pair);
	d = all = arena_alloc(cx->mem, 2 * path.n + 1);
	base = 1;
	c = cur_of(path);
	for (size_t n = 0, k = 0; cur_until(&c, '/', &item);) {
		if (item.n == 0)
			continue;
		*d++ = '/';
		TRY(decode(cx, item, false, &d, &part));
		if (n == 0 && str_eq_nocase(part, S("admin")))
			base = 2;
		if (n >= base && named_colon(item) != STR_NONE)
			named[k++].value = item; /* decoded below, when the path text is complete */
		else
			seg[n++] = part;
		rq->nseg = n;
		rq->named = (struct http_pairs){ named, k };
	}
	if (d == all)
		*d++ = '/';
	rq->path = str_n(all, (size_t)(d - all));
	rq->seg = seg;
	for (size_t k = 0; k < rq->named.n; k++) {
		struct str raw = named[k].value;
		size_t colon = named_colon(raw);
		char *v;

		/* the last segment of the path is this one: its ending is the extension */
		if (k + 1 == rq->named.n && path.p + path.n == raw.p + raw.n)
			rq->ext = take_ext(&raw);
		if (raw.n < colon + 1)
			raw.n = colon + 1;
		TRY(decode(cx, str_sub(raw, 0, colon), true, &d, &named[k].name));
		v = d;
		TRY(decode(cx, str_from(raw, colon + 1), true, &d, &named[k].value));
		for (; v < d; v++)
			if (*v == ';')
				*v = ':';
	}
	if (rq->nseg && path.p[path.n - 1] != '/' &&
	    seg[rq->nseg - 1].p + seg[rq->nseg - 1].n == rq->path.p + rq->path.n)
		rq->ext = take_ext(&seg[rq->nseg - 1]);
	return http_parse_query(cx, q == STR_NONE ? S("") : str_from(target, q + 1), &rq->query);
}

struct str req_var(const struct req *rq, size_t i)
{
	return i < rq->nvar ? rq->var[i] : S("");
}

static const struct http_pair *find_last(const struct http_pairs *l, struct str name)
{
	for (size_t i = l->n; i-- > 0;)
		if (str_eq(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

static const struct http_pair *find_param(const struct req *rq, const char *name)
{
	const struct http_pair *p = find_last(&rq->named, str_c(name));

	return p ? p : find_last(&rq->query, str_c(name));
}

struct str req_param(const struct req *rq, const char *name)
{
	const struct http_pair *p = find_param(rq, name);

	return p ? p->value : S("");
}

bool req_has_param(const struct req *rq, const char *name)
{
	return find_param(rq, name) != NULL;
}

bool req_params(const struct req *rq, const char *name, size_t *it, struct str *out)
{
	struct str want = str_c(name);

	for (; *it < rq->named.n + rq->query.n; ++*it) {
		const struct http_pair *p = *it < rq->named.n ? &rq->named.v[*it] : &rq->query.v[*it - rq->named.n];

		if (str_starts(p->name, want) &&
		    (p->name.n == want.n || (p->name.p[want.n] == '[' && p->name.p[p->name.n - 1] == ']'))) {
			*out = p->value;
			++*it;
			return true;
		}
	}
	return false;
}

struct str req_header(const struct req *rq, const char *name)
{
	struct str want = str_c(name);

	for (size_t i = 0; i < rq->headers.n; i++)
		if (str_eq_nocase(rq->headers.v[i].name, want))
			return rq->headers.v[i].value;
	return (struct str){ NULL, 0 };
}

void resp_header(struct req *rq, struct resp *rs, const char *name, struct str value)
{
	struct http_header *h;

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t')
			return;
	h = arena_one(rq->cx->mem, struct http_header);
	h->name = str_cdup(rq->cx->mem, str_c(name));
	h->value = str_cdup(rq->cx->mem, value);
	h->next = rs->headers;
	rs->headers = h;
}
