/* request target -> path, extension, parameters; route table; addresses and networks */
#include <stdio.h>
#include <zlib.h>

#include "http/files.h"
#include "http/ip.h"
#include "http/router.h"
#include "http/server_int.h"
#include "unit/tap.h"

static enum rc nothing(struct req *rq, struct resp *rs)
{
	return RC_OK;
}

static const struct route routes[] = {
	{ HTTP_GET, "/", nothing, .doc = "root" },
	{ HTTP_GET | HTTP_POST, "/events", nothing, .doc = "list" },
	{ HTTP_GET | HTTP_POST, "/events/index", nothing, .doc = "index" },
	{ HTTP_GET | HTTP_POST, "/events/view/:id", nothing, .doc = "view" },
	{ HTTP_POST, "/events/add", nothing, .doc = "add", .body_max = 1000 },
	{ HTTP_GET, "/events/:id{id}", nothing, .doc = "rest view" },
	{ HTTP_PUT | HTTP_POST, "/events/:id{id}", nothing, .doc = "rest edit" },
	{ HTTP_DELETE, "/events/:id{id}", nothing, .doc = "rest delete" },
	{ HTTP_GET | HTTP_POST, "/events/restSearch/*", nothing, .doc = "search" },
	{ HTTP_GET, "/sharing_groups/view/:id", nothing, .doc = "sg" },
	{ HTTP_POST, "/sightings/add/:id?", nothing, .doc = "sighting" },
	{ HTTP_GET, "/attributes/attributeStatistics/:type/:percentage?", nothing, .doc = "stats" },
	{ HTTP_GET, "/admin/users/index", nothing, .doc = "users" },
	{ HTTP_GET, "/admin/authKeys/view/:id{int}", nothing, .doc = "key" },
	{ HTTP_GET, "/taxii2/:root/collections/:id{uuid}/objects/:object?", nothing, .doc = "taxii" },
	{ HTTP_GET, "/ui/*", nothing, .doc = "ui" },
};

#define UUID "5a5a5a5a-0000-4000-8000-000000000001"

static void matches(struct ctx *cx)
{
	static const struct {
		unsigned method;
		const char *target, *want, *vars, *ext; /* want: doc, "404", "405", "400" */
	} t[] = {
		{ HTTP_GET, "/", "root", "", "" },
		{ HTTP_GET, "//", "root", "", "" },
		{ HTTP_GET, "/?a=b", "root", "", "" },
		{ HTTP_GET, "", "400", "", "" },
		{ HTTP_GET, "events", "400", "", "" },
		{ HTTP_GET, "http://host/events/index", "index", "", "" },
		{ HTTP_GET, "http://host", "root", "", "" },
		{ HTTP_GET, "/events", "list", "", "" },
		{ HTTP_GET, "/events.json", "list", "", "json" },
		{ HTTP_GET, "/Events/", "list", "", "" },
		{ HTTP_GET, "/events//index", "index", "", "" },
		{ HTTP_GET, "/events/Index", "404", "", "" },
		{ HTTP_DELETE, "/events/index", "405", "", "" },
		{ HTTP_HEAD, "/events/view/17", "view", "17", "" },
		{ HTTP_GET, "/events/view/17.json", "view", "17", "json" },
		{ HTTP_GET, "/events/view/17.xml?x=1", "view", "17", "xml" },
		{ HTTP_GET, "/events/view/17.pdf", "view", "17.pdf", "" },
		{ HTTP_GET, "/events/view/.json", "view", ".json", "" },
		{ HTTP_GET, "/events/view", "404", "", "" },
		{ HTTP_GET, "/events/view/17/18", "404", "", "" },
		{ HTTP_GET, "/events/view/a%2Fb", "view", "a/b", "" },
		{ HTTP_GET, "/events/view/a+b", "view", "a+b", "" },
		{ HTTP_GET, "/events/view/tlp%3Ared", "view", "tlp:red", "" },
		{ HTTP_GET, "/events/view/2001:db8::1", "view", "2001:db8::1", "" },
		{ HTTP_GET, "/events/view/..", "view", "..", "" },
		{ HTTP_GET, "/events/view/%2e%2e/x", "404", "", "" },
		{ HTTP_GET, "/events/view/%C3%A4", "view", "\xc3\xa4", "" },
		{ HTTP_GET, "/events/view/%C3", "400", "", "" },
		{ HTTP_GET, "/events/view/\xff", "400", "", "" },
		{ HTTP_GET, "/events/view/%00", "400", "", "" },
		{ HTTP_GET, "/events/view/%", "400", "", "" },
		{ HTTP_GET, "/events/view/%4", "400", "", "" },
		{ HTTP_GET, "/events/view/%4g", "400", "", "" },
		{ HTTP_GET, "/events/view/1?a=%zz", "400", "", "" },
		{ HTTP_GET, "/events/17", "rest view", "17", "" },
		{ HTTP_GET, "/events/17.json", "rest view", "17", "json" },
		{ HTTP_PUT, "/events/17", "rest edit", "17", "" },
		{ HTTP_DELETE, "/events/" UUID, "rest delete", UUID, "" },
		{ HTTP_GET, "/events/seventeen", "404", "", "" },
		{ HTTP_PATCH, "/events/17", "405", "", "" },
		{ HTTP_GET, "/events/index/sort:date/page:2", "index", "", "" },
		{ HTTP_GET, "/events/index/sort:date/page:2.json", "index", "", "json" },
		{ HTTP_GET, "/events/page:2", "list", "", "" },
		{ HTTP_POST, "/events/restSearch", "search", "", "" },
		{ HTTP_POST, "/events/restSearch/json/x", "search", "", "" },
		{ HTTP_POST, "/events/restSearch.json", "search", "", "json" },
		{ HTTP_GET, "/sharingGroups/view/1", "sg", "1", "" },
		{ HTTP_GET, "/sharing_groups/view/1", "sg", "1", "" },
		{ HTTP_GET, "/SharingGroups/view/1", "sg", "1", "" },
		{ HTTP_GET, "/sharing-groups/view/1", "404", "", "" },
		{ HTTP_POST, "/sightings/add", "sighting", "", "" },
		{ HTTP_POST, "/sightings/add/5", "sighting", "5", "" },
		{ HTTP_POST, "/sightings/add/5/6", "404", "", "" },
		{ HTTP_GET, "/attributes/attributeStatistics/type/percentage.json", "stats", "type,percentage", "json" },
		{ HTTP_GET, "/admin/users/index/value:x", "users", "", "" },
		{ HTTP_GET, "/admin/Users/index", "users", "", "" },
		{ HTTP_GET, "/users/index", "404", "", "" },
		{ HTTP_GET, "/admin/auth_keys/view/3", "key", "3", "" },
		{ HTTP_GET, "/admin/auth_keys/view/x", "404", "", "" },
		{ HTTP_GET, "/taxii2/r/collections/" UUID "/objects", "taxii", "r," UUID, "" },
		{ HTTP_GET, "/taxii2/r/collections/" UUID "/objects/o--1", "taxii", "r," UUID ",o--1", "" },
		{ HTTP_GET, "/taxii2/r/collections/7/objects", "404", "", "" },
		{ HTTP_GET, "/ui/", "ui", "", "" },
		{ HTTP_GET, "/ui/assets/a.json", "ui", "", "json" },
		{ HTTP_POST, "/ui/x", "405", "", "" },
		{ HTTP_OTHER, "/ui/x", "405", "", "" },
		{ HTTP_GET,
		  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "404", "", "" },
	};
	struct router *r = router_new(routes, sizeof(routes) / sizeof(*routes));

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct req rq = { .cx = cx, .method = t[i].method };
		enum rc rc = req_parse_target(&rq, str_c(t[i].target));
		struct str got, vars = S("");

		if (rc == RC_OK)
			rc = router_match(r, &rq);
		got = rc == RC_OK ? str_c(rq.route->doc) : rc == RC_METHOD ? S("405") : rc == RC_NOTFOUND ? S("404") : S("400");
		for (size_t k = 0; k < rq.nvar; k++)
			vars = str_fmt(cx->mem, "%.*s%s%.*s", STR(vars), k ? "," : "", STR(rq.var[k]));
		CHECKF(str_eq(got, str_c(t[i].want)) && str_eq(vars, str_c(t[i].vars)) && str_eq(rq.ext, str_c(t[i].ext)),
		       "%u %s -> %.*s (%.*s) .%.*s", t[i].method, t[i].target, STR(got), STR(vars), STR(rq.ext));
		ctx_forgive(cx);
	}
	{
		struct req rq = { .cx = cx, .method = HTTP_GET };

		CHECK_INT(req_parse_target(&rq, S("/ui/assets/app%20x.json")), RC_OK);
		CHECK_INT(router_match(r, &rq), RC_OK);
		CHECK_STR(rq.tail, S("assets/app x.json"));
		CHECK_STR(rq.path, S("/ui/assets/app x.json"));
		rq.method = HTTP_PATCH;
		CHECK_INT(req_parse_target(&rq, S("/events/17")), RC_OK);
		CHECK_INT(router_match(r, &rq), RC_METHOD);
		CHECK_STR(http_methods_text(cx, rq.allow), S("GET, HEAD, POST, PUT, DELETE"));
		rq.method = HTTP_POST;
		CHECK_INT(req_parse_target(&rq, S("/events/add")), RC_OK);
		CHECK_INT(router_match(r, &rq), RC_OK);
		CHECK_INT(rq.body_max, 1000);
	}
	router_free(r);
}

static void params(struct ctx *cx)
{
	static const struct {
		const char *target, *name, *want; /* values joined by "|"; NULL: absent */
	} t[] = {
		{ "/e/index/value:a", "value", "a" },
		{ "/e/index/value:a+b%20c", "value", "a b c" },
		{ "/e/index/value:a;b", "value", "a:b" },
		{ "/e/index/value:a:b", "value", "a:b" },
		{ "/e/index/value:a%2Fb", "value", "a/b" },
		{ "/e/index/value:", "value", "" },
		{ "/e/index/value:.json", "value", "" },
		{ "/e/index/value:x.json", "value", "x" },
		{ "/e/index/value:x.json/page:1", "value", "x.json" },
		{ "/e/index/deleted[]:0/deleted[]:1", "deleted", "0|1" },
		{ "/e/index/deleted%5B%5D:0/deleted%5B%5D:1", "deleted", "0|1" },
		{ "/e/index?tags[]=a&tags[]=b&tag=c", "tags", "a|b" },
		{ "/e/index?tags%5Bx%5D=a+b", "tags", "a b" },
		{ "/e/index/tags:n?tags=q", "tags", "n|q" },
		{ "/e/index?a=1&&b&c=", "b", "" },
		{ "/e/index?a=1&&b&c=", "c", "" },
		{ "/e/index?a=1=2", "a", "1=2" },
		{ "/e/index?a=%26%3D", "a", "&=" },
		{ "/e/index?a=1", "b", NULL },
		{ "/value:x/index", "value", NULL },
		{ "/e/index/:x", "", NULL },
		{ "/e/index/1a:x", "1a", NULL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct req rq = { .cx = cx };
		struct str all = { NULL, 0 }, v;

		CHECK_INT(req_parse_target(&rq, str_c(t[i].target)), RC_OK);
		for (size_t it = 0; req_params(&rq, t[i].name, &it, &v);)
			all = all.p ? str_fmt(cx->mem, "%.*s|%.*s", STR(all), STR(v)) : v;
		CHECKF((all.p != NULL) == (t[i].want != NULL) && (!all.p || str_eq(all, str_c(t[i].want))), "%s %s = %.*s", t[i].target,
		       t[i].name, STR(all));
	}
	{
		struct req rq = { .cx = cx };

		CHECK_INT(req_parse_target(&rq, S("/e/index/a:1/a:2?b=3&b=4&a=5")), RC_OK);
		CHECK_STR(req_param(&rq, "a"), S("2"));
		CHECK_STR(req_param(&rq, "b"), S("4"));
		CHECK_STR(req_param(&rq, "c"), S(""));
		CHECK(req_has_param(&rq, "b") && !req_has_param(&rq, "c"));
	}
}

static void addresses(struct ctx *cx)
{
	static const struct {
		const char *text;
		bool is_public;
	} t[] = {
		{ "8.8.8.8", true },          { "1.1.1.1", true },           { "100.63.255.255", true },  { "172.32.0.1", true },
		{ "2606:4700::1111", true },  { "2a00::1", true },           { "64:ff9b::808:808", true },
		{ "0.0.0.0", false },         { "10.1.2.3", false },         { "100.64.0.1", false },     { "127.0.0.1", false },
		{ "169.254.169.254", false }, { "172.16.0.1", false },       { "172.31.255.255", false }, { "192.168.1.1", false },
		{ "192.0.0.1", false },       { "198.18.0.1", false },       { "224.0.0.1", false },      { "255.255.255.255", false },
		{ "::", false },              { "::1", false },              { "::7f00:1", false },       { "::ffff:10.0.0.1", false },
		{ "::ffff:127.0.0.1", false }, { "fc00::1", false },         { "fd12::1", false },        { "fe80::1", false },
		{ "fec0::1", false },         { "ff02::1", false },          { "2001:db8::1", false },    { "2002:a00:1::", false },
		{ "2001::1", false },         { "64:ff9b::a00:1", false },   { "64:ff9b:1::1", false },   { "100::1", false },
	};
	static const struct {
		const char *net, *addr;
		bool in;
	} n[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },   { "10.0.0.0/8", "11.0.0.1", false },    { "10.1.2.3", "10.1.2.3", true },
		{ "10.1.2.3", "10.1.2.4", false },      { "0.0.0.0/0", "9.9.9.9", true },       { "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "9.9.9.9", true },            { "2001:db8::/33", "2001:db8:7fff::", true }, { "2001:db8::/33", "2001:db8:8000::", false },
		{ "192.0.2.128/25", "192.0.2.127", false }, { "192.0.2.128/25", "192.0.2.200", true },
	};
	static const char *const bad[] = { "", "10.0.0.0/33", "10.0.0/8", "::/129", "x", "10.0.0.0/", "1.2.3.4/8/8", "fe80::1%eth0" };
	struct ip_addr a;
	struct ip_net w;
	struct ip_nets l;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		CHECKF(ip_parse(str_c(t[i].text), &a) && ip_is_public(&a) == t[i].is_public, "%s is%s public", t[i].text,
		       t[i].is_public ? "" : " not");
	for (size_t i = 0; i < sizeof(n) / sizeof(*n); i++)
		CHECKF(ip_net_parse(str_c(n[i].net), &w) && ip_parse(str_c(n[i].addr), &a) && ip_net_has(&w, &a) == n[i].in, "%s in %s",
		       n[i].addr, n[i].net);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECKF(!ip_net_parse(str_c(bad[i]), &w), "'%s' is no network", bad[i]);
	CHECK_INT(ip_nets_parse(cx, S(" 10.0.0.0/8,fd00::/8  192.0.2.1 "), &l), RC_OK);
	CHECK_INT(l.n, 3);
	CHECK_INT(ip_nets_parse(cx, S("10.0.0.0/8, nonsense"), &l), RC_BAD);
	CHECK_STR(str_c(cx->err.msg), S("'nonsense' is not a network"));
	ctx_forgive(cx);
	CHECK(http_addr_is_loopback("127.0.0.1:80") && http_addr_is_loopback("[::1]:80") && http_addr_is_loopback("localhost:0"));
	CHECK(!http_addr_is_loopback("0.0.0.0:80") && !http_addr_is_loopback(":80") && !http_addr_is_loopback("192.0.2.1:80"));
}

/* header lines as libmicrohttpd leaves them: NUL for CR, LF and the first colon */
static void heads(struct ctx *cx)
{
#define H(s) { s, sizeof(s) - 1 }
	static const struct {
		struct str raw;
		int want; /* lines, -1: refused */
	} t[] = {
		{ H("\0\0Host\0 a\0\0\0\0"), 1 },
		{ H("\0\0Host\0 a\0\0X\0\0\0\0\0"), 2 },
		{ H("\0\0\0\0"), 0 },
		{ H("\0\0Host\0 a\0\0 folded\0\0\0\0"), -1 },
		{ H("\0\0Host\0 a\0\0\tfolded\0 x\0\0\0\0"), -1 },
		{ H("\0\0Content-Length \0 5\0\0\0\0"), -1 },
		{ H("\0\0 Host\0 a\0\0\0\0"), -1 },
		{ H("\0\0Host\0 a\0X\0 b\0\0\0\0"), -1 }, /* bare LF */
		{ H("\0Host\0 a\0\0\0\0"), -1 },
		{ H("\0\0Host\0 a\0b\0\0\0\0"), -1 }, /* NUL inside */
		{ H("\0\0Host\0 a\rb\0\0\0\0"), -1 },
		{ H("\0\0Host\0 a\0\0"), -1 },
		{ H("\0\0Host"), -1 },
		{ H(""), -1 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct req rq = { .cx = cx };
		enum rc rc = head_lines(&rq, t[i].raw.p, t[i].raw.n);

		CHECKF(t[i].want < 0 ? rc == RC_BAD : rc == RC_OK && rq.headers.n == (size_t)t[i].want, "head %zu", i);
		ctx_forgive(cx);
	}
}

static void forwarded(struct ctx *cx)
{
	static const struct {
		struct http_pair h[3];
		const char *client;
		bool https;
	} t[] = {
		{ { { { "X-Forwarded-For", 15 }, { "192.0.2.7", 9 } } }, "192.0.2.7", false },
		{ { { { "x-forwarded-for", 15 }, { "6.6.6.6, 192.0.2.7", 18 } } }, "192.0.2.7", false },
		{ { { { "X-Forwarded-For", 15 }, { "6.6.6.6, 192.0.2.7, 10.0.0.9", 28 } } }, "192.0.2.7", false },
		{ { { { "X-Forwarded-For", 15 }, { "6.6.6.6", 7 } }, { { "X-Forwarded-For", 15 }, { "192.0.2.7", 9 } } }, "192.0.2.7", false },
		{ { { { "X-Forwarded-For", 15 }, { "192.0.2.7:4711", 14 } } }, "192.0.2.7", false },
		{ { { { "X-Forwarded-For", 15 }, { "192.0.2.7, rubbish", 18 } } }, "10.0.0.1", false },
		{ { { { "X-Forwarded-For", 15 }, { "192.0.2.7", 9 } }, { { "X-Forwarded-Proto", 17 }, { "https", 5 } } }, "192.0.2.7", true },
		{ { { { "Forwarded", 9 }, { "for=192.0.2.7;proto=https", 25 } } }, "192.0.2.7", true },
		{ { { { "Forwarded", 9 }, { "for=6.6.6.6, For=\"[2001:db8::7]:99\";proto=http", 46 } } }, "2001:db8::7", false },
		{ { { { "Forwarded", 9 }, { "for=_hidden", 11 } } }, "10.0.0.1", false },
	};
	struct ip_net proxy[1];
	struct ip_nets proxies = { proxy, 1 };
	char text[IP_TEXT];

	CHECK(ip_net_parse(S("10.0.0.0/8"), &proxy[0]));
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct req rq = { .cx = cx, .headers = { t[i].h, 3 } };
		struct ip_addr a;
		bool https = false;

		ip_parse(S("10.0.0.1"), &a);
		head_forwarded(&rq, &proxies, &a, &https);
		CHECKF(str_eq(ip_text(&a, text), str_c(t[i].client)) && https == t[i].https, "forwarded %zu: %s", i, text);
	}
}

static void files(struct ctx *cx)
{
	static const struct {
		const char *path, *accept, *match;
		int status;
		bool packed;
	} t[] = {
		{ "a.js", "gzip, br", "", 200, true },
		{ "a.js", "br;q=1, GZIP;q=0.5", "", 200, true },
		{ "a.js", "gzip;q=0", "", 200, false },
		{ "a.js", "identity", "", 200, false },
		{ "a.js", "gzip", "\"1\"", 304, false },
		{ "a.js", "gzip", "\"0\", W/\"1\"", 304, false },
		{ "a.js", "gzip", "*", 304, false },
		{ "a.js", "gzip", "\"2\"", 200, true },
		{ "index.html", "gzip", "", 200, false },
		{ "none", "gzip", "", 0, false },
	};
	static const char text[] = "the text of the file";
	uint8_t packed[200];
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)text, .avail_in = sizeof(text) - 1, .next_out = packed,
		       .avail_out = sizeof(packed) };
	struct http_file table[] = {
		{ "a.js", "text/javascript", "\"1\"", packed, 0, true, true },
		{ "index.html", "text/html", "\"9\"", (const uint8_t *)text, sizeof(text) - 1, false, false },
	};

	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
	table[0].n = sizeof(packed) - z.avail_out;
	deflateEnd(&z);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		const struct http_file *f = http_file_find(table, 2, str_c(t[i].path));
		struct http_pair h[] = { { S("Accept-Encoding"), str_c(t[i].accept) }, { S("If-None-Match"), str_c(t[i].match) } };
		struct req rq = { .cx = cx, .headers = { h, 2 } };
		struct resp rs = { 0 };
		struct str got;

		buf_init(&rs.body, 1 << 20);
		CHECK((f != NULL) == (t[i].status != 0));
		if (!f)
			continue;
		CHECK_INT(http_file_serve(&rq, &rs, f), RC_OK);
		CHECK_INT(rs.status ? rs.status : 200, t[i].status);
		got = rs.view.p ? rs.view : buf_view(&rs.body);
		if (t[i].status == 200)
			CHECK_STR(got, t[i].packed ? str_n((char *)packed, table[0].n) : S("the text of the file"));
		buf_clear(&rs.body);
	}
}

int main(void)
{
	struct ctx cx;

	ctx_init(&cx, 0);
	matches(&cx);
	params(&cx);
	addresses(&cx);
	heads(&cx);
	forwarded(&cx);
	files(&cx);
	ctx_clear(&cx);
	return tap_done();
}
