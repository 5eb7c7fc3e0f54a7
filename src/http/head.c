/* head.c - the head of a request beyond its target: header lines, how long the body is, who the client is.
 *
 * libmicrohttpd 0.9.75 joins folded lines wrongly, cuts lines at NUL, and takes "Content-Length : 5" as a header of another
 * name; each of these lets two readers of one stream disagree on where a request ends. So the lines are read here from the
 * bytes it worked on: it has put NUL for each line end and for the first colon of a line, and changed nothing else. */
#include "http/server_int.h"

bool head_name_ok(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ch_alnum((unsigned char)name.p[i]) && !memchr("!#$%&'*+-.^_`|~", name.p[i], 15))
			return false;
	return name.n > 0;
}

static bool value_ok(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if (((unsigned char)v.p[i] < 0x20 && v.p[i] != '\t') || v.p[i] == 0x7f)
			return false;
	return true;
}

/* NUL NUL ends a line (it was CR LF); a bare LF left one NUL and is refused. */
static bool line_end(struct cur *c)
{
	return cur_take(c, str_n("\0\0", 2));
}

static bool until_nul(struct cur *c, struct str *out)
{
	const char *q = cur_end(c) ? NULL : memchr(c->p, 0, (size_t)(c->end - c->p));

	if (!q)
		return false;
	*out = str_n(c->p, (size_t)(q - c->p));
	c->p = q;
	return true;
}

enum rc head_lines(struct req *rq, const char *p, size_t n)
{
	struct http_pair *v = arena_many(rq->cx->mem, HEADERS_MAX, struct http_pair);
	struct cur c = { p, p + n };
	size_t count = 0;

	if (!line_end(&c))
		goto malformed;
	while (!line_end(&c)) {
		struct http_pair h;

		if (!until_nul(&c, &h.name) || !head_name_ok(h.name))
			goto malformed;
		c.p++; /* the colon */
		if (!until_nul(&c, &h.value) || !line_end(&c) || !value_ok(h.value))
			goto malformed;
		if (count == HEADERS_MAX)
			return fail(rq->cx, RC_BAD, "more than %d header lines", HEADERS_MAX);
		h.value = str_trim(h.value);
		v[count++] = h;
	}
	if (!cur_end(&c))
		goto malformed;
	rq->headers = (struct http_pairs){ v, count };
	return RC_OK;
malformed:
	return fail(rq->cx, RC_BAD, "malformed header line");
}

enum rc head_framing(struct req *rq, bool http10, bool *chunked, bool *expect)
{
	unsigned lengths = 0, codings = 0, hosts = 0;
	struct str length = { 0 }, coding = { 0 };
	uint64_t v = 0;

	*expect = *chunked = false;
	rq->content_length = -1;
	for (size_t i = 0; i < rq->headers.n; i++) {
		struct http_pair h = rq->headers.v[i];

		switch (h.name.n) {
		case 4:
			hosts += str_eq_nocase(h.name, S("Host"));
			break;
		case 6:
			*expect |= str_eq_nocase(h.name, S("Expect"));
			break;
		case 14:
			if (str_eq_nocase(h.name, S("Content-Length"))) {
				length = h.value;
				lengths++;
			}
			break;
		case 17:
			if (str_eq_nocase(h.name, S("Transfer-Encoding"))) {
				coding = h.value;
				codings++;
			}
			break;
		}
	}
	if (lengths > 1)
		return fail(rq->cx, RC_BAD, "more than one Content-Length");
	if (lengths && codings)
		return fail(rq->cx, RC_BAD, "Content-Length together with Transfer-Encoding");
	if (lengths) {
		if (!str_u64(length, &v) || v > INT64_MAX)
			return fail(rq->cx, RC_BAD, "malformed Content-Length");
		rq->content_length = (int64_t)v;
	}
	if (codings) {
		if (codings > 1 || http10 || !str_eq_nocase(coding, S("chunked")))
			return fail(rq->cx, RC_BAD, "Transfer-Encoding other than chunked");
		*chunked = true;
	}
	if (hosts > 1 || (hosts == 0 && !http10))
		return fail(rq->cx, RC_BAD, hosts ? "more than one Host" : "no Host");
	return RC_OK;
}

/* "192.0.2.1", "192.0.2.1:8080", "[2001:db8::1]", "[2001:db8::1]:8080", with quotes around or not. */
static bool address(struct str s, struct ip_addr *out)
{
	size_t at;

	s = str_trim(s);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = str_sub(s, 1, s.n - 2);
	if (s.n && s.p[0] == '[') {
		at = str_chr(s, ']');
		return at != STR_NONE && ip_parse(str_sub(s, 1, at - 1), out);
	}
	at = str_chr(s, ':');
	if (at != STR_NONE && at == str_rchr(s, ':'))
		s = str_sub(s, 0, at);
	return ip_parse(s, out);
}

/* One element of Forwarded: for=...;proto=...;by=... */
static struct str forwarded_part(struct str elem, struct str name)
{
	struct cur c = cur_of(elem);
	struct str pair;

	while (cur_until(&c, ';', &pair)) {
		size_t eq = str_chr(pair, '=');

		if (eq != STR_NONE && str_eq_nocase(str_trim(str_sub(pair, 0, eq)), name))
			return str_trim(str_from(pair, eq + 1));
	}
	return S("");
}

/* From the right: each proxy we trust names the one before it; the first that is no proxy is the client. */
static bool from_list(struct req *rq, const char *header, bool forwarded, const struct ip_nets *proxies,
		      struct ip_addr *client, struct str *proto)
{
	bool any = false;

	for (size_t i = rq->headers.n; i-- > 0;) {
		struct str v = rq->headers.v[i].value;

		if (!str_eq_nocase(rq->headers.v[i].name, str_c(header)))
			continue;
		while (v.n) {
			size_t comma = str_rchr(v, ',');
			struct str elem = comma == STR_NONE ? v : str_from(v, comma + 1);
			struct ip_addr a;

			v = comma == STR_NONE ? S("") : str_sub(v, 0, comma);
			if (forwarded && proto->n == 0)
				*proto = forwarded_part(elem, S("proto"));
			if (!address(forwarded ? forwarded_part(elem, S("for")) : elem, &a))
				return any;
			*client = a;
			any = true;
			if (!ip_nets_has(proxies, &a))
				return true;
		}
	}
	return any;
}

void head_forwarded(struct req *rq, const struct ip_nets *proxies, struct ip_addr *client, bool *https)
{
	struct str proto = S("");

	if (!from_list(rq, "X-Forwarded-For", false, proxies, client, &proto))
		from_list(rq, "Forwarded", true, proxies, client, &proto);
	for (size_t i = 0; i < rq->headers.n; i++)
		if (str_eq_nocase(rq->headers.v[i].name, S("X-Forwarded-Proto"))) {
			size_t comma = str_rchr(rq->headers.v[i].value, ',');

			proto = comma == STR_NONE ? rq->headers.v[i].value : str_trim(str_from(rq->headers.v[i].value, comma + 1));
		}
	if (proto.n)
		*https = str_eq_nocase(proto, S("https"));
}
