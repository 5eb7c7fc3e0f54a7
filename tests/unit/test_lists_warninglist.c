/* warninglists: the file form, the five kinds of list, composites, hostile input */
#include "base/buf.h"
#include "lists/warninglist.h"
#include "model/attr_type.h"
#include "unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lists of the test; the id is the place in the array + 1. */
static const char *const files[] = {
	/* 1 */ "{\"name\":\"nets\",\"type\":\"cidr\",\"version\":20260101,\"description\":\"networks\","
		"\"matching_attributes\":[\"ip-src\",\"ip-dst\",\"ip-dst|port\",\"domain|ip\"],"
		"\"list\":[\"10.0.0.0/8\",\"10.1.0.0/16\",\"192.0.2.7\",\"198.51.100.0/24\",\"2001:db8::/32\",\"2001:DB8:1::1\",\"not a net\",\"0.0.0.0/33\"]}",
	/* 2: the list before what says of which type it is */
	"{\"list\":[\"d41d8cd98f00b204e9800998ecf8427e\",\"Some Text\",\"\\u00c4pfel\",\"d41d8cd98f00b204e9800998ecf8427e\",\"  \"],\"version\":\"3\","
		"\"description\":\"\",\"name\":\"texts\",\"type\":\"string\",\"matching_attributes\":[\"md5\",\"text\",\"filename|md5\",\"no-such-type\"]}",
	/* 3 */ "{\"name\":\"hosts\",\"type\":\"hostname\",\"version\":1,\"description\":\"\",\"category\":\"known\","
		"\"list\":[\"example.com\",\".Example.ORG\",\"b\\u00fccher.example\",\"xn--mnchen-3ya.example\",\"www.deep.example.net\",\"tail.example.\",\".\",\"lan\"]}",
	/* 4 */ "{\"name\":\"parts\",\"type\":\"substring\",\"version\":1,\"description\":\"\",\"matching_attributes\":[\"ALL\"],"
		"\"list\":[\"tracker\",\"track\",\"ad.doubleX\",\"/pixel.gif?\"]}",
	/* 5 */ "{\"name\":\"patterns\",\"type\":\"regex\",\"version\":1,\"description\":\"\",\"matching_attributes\":[\"email-src\",\"text\"],"
		"\"list\":[\"/^(abuse|noc)@.*\\\\..*$/i\",\"#^path/to$#\",\"/555[0-9]{4}/g\",\"plain[0-9]\",\"/(a+)+$/\",\"/broken(/\",\"/bad/q\",\"/\",\"//\"]}",
	/* 6: the same network and the same host again, for other types */
	"{\"name\":\"again\",\"type\":\"cidr\",\"version\":1,\"description\":\"\",\"matching_attributes\":[\"ip-src\"],\"list\":[\"10.1.0.0/16\",\"10.1.2.3/32\"]}",
	/* 7 */ "{\"name\":\"short\",\"type\":\"hostname\",\"version\":1,\"description\":\"\",\"matching_attributes\":[\"domain\"],\"list\":[\"example.com\"]}",
};
#define FILES (sizeof(files) / sizeof(*files))

struct filling {
	struct wl_set *ws;
	enum wl_type type;
};

static enum rc add(struct ctx *cx, void *arg, struct str entry)
{
	struct filling *f = arg;

	(void)cx;
	CHECKF(wl_set_add(f->ws, entry) == !wl_entry_error(f->type, entry), "taken or refused alike: '%.*s'", STR(entry));
	return RC_OK;
}

static enum rc load(struct ctx *cx, struct wl_set *ws, int64_t id, const char *text)
{
	struct wl_head head;

	TRY(wl_file_head(cx, str_c(text), &head));
	TRY(wl_set_list(cx, ws, id, &head));
	return wl_file_entries(cx, &head, add, &(struct filling){ ws, head.type });
}

static bool note(void *arg, int64_t id, struct str entry)
{
	struct buf *b = arg;

	(void)entry;
	buf_i64(b, id);
	buf_ch(b, ' ');
	return true;
}

static bool note_entry(void *arg, int64_t id, struct str entry)
{
	(void)id;
	buf_str(arg, entry);
	buf_ch(arg, ';');
	return true;
}

static int by_byte(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/* ids hit, ascending, as text: "1 6 " */
static struct str ask(struct ctx *cx, const struct wl_set *ws, const char *type, struct str value)
{
	char ids[FILES + 1];
	size_t n = 0;
	struct str s, word;
	struct cur c;
	struct buf b;
	const struct attr_type *t = type ? attr_type_find(str_c(type)) : NULL;

	buf_init(&b, 4096);
	if (type && !t)
		buf_str(&b, S("no type "));
	wl_check(ws, t, value, note, &b);
	s = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	for (c = cur_of(s); cur_word(&c, 8, &word) && n < FILES;)
		ids[n++] = word.p[0];
	qsort(ids, n, 1, by_byte);
	return str_dup(cx->mem, str_n(ids, n));
}

static void hits(struct ctx *cx, const struct wl_set *ws)
{
	static const struct {
		const char *type, *value, *want;
	} t[] = {
		/* cidr */
		{ "ip-dst", "10.2.3.4", "1" }, { "ip-dst", "10.1.2.3", "1" }, { "ip-src", "10.1.2.3", "16" },
		{ "ip-src", "10.1.9.9", "16" },
		{ "ip-src", "11.0.0.1", "" }, { "ip-src", "9.255.255.255", "" }, { "ip-dst", "192.0.2.7", "1" },
		{ "ip-dst", "192.0.2.8", "" },
		{ "ip-dst", "198.51.100.0/24", "1" }, { "ip-dst", "198.51.100.128/25", "1" },
		{ "ip-dst", "198.51.100.0/23", "" },
		{ "ip-src", "10.1.0.0/16", "16" }, { "ip-src", "10.0.0.0/7", "" }, { "ip-dst", "0.0.0.0/0", "" },
		{ "ip-dst", "2001:db8:ffff::1", "1" }, { "ip-dst", "2001:0DB8:0000::1", "1" },
		{ "ip-dst", "2001:db9::1", "" },
		{ "ip-dst", "2001:db8:1::/48", "1" }, { "ip-dst", "::a00:1", "" }, { "ip-dst", "2001:db8::/31", "" },
		{ "ip-dst|port", "10.2.3.4|443", "1" }, { "ip-dst|port", "2001:db8::2|443", "1" },
		{ "ip-dst|port", "11.2.3.4|10", "" },
		{ "domain|ip", "nowhere.invalid|198.51.100.9", "1" },
		{ "domain|ip", "www.example.com|203.0.113.1", "3" },
		{ "domain|ip", "www.example.com|10.0.0.1", "13" },
		{ "text", "10.2.3.4", "" }, { NULL, "10.1.2.3", "16" }, { NULL, " 10.2.3.4 ", "1" },
		{ NULL, "198.51.100.128/25", "1" },
		/* string */
		{ "md5", "d41d8cd98f00b204e9800998ecf8427e", "2" }, { "md5", "D41D8CD98F00B204E9800998ECF8427E", "2" },
		{ "filename|md5", "a.txt|d41d8cd98f00b204e9800998ecf8427e", "2" },
		{ "sha1", "d41d8cd98f00b204e9800998ecf8427e", "" },
		{ "text", "some text", "2" }, { "text", "some text more", "" }, { "text", "\xc3\x84pfel", "2" },
		{ "text", "Apfel", "" },
		/* hostname */
		{ "domain", "example.com", "37" }, { "domain", "EXAMPLE.com", "37" },
		{ "hostname", "www.example.com", "3" },
		{ "hostname", "a.b.c.example.com.", "3" }, { "hostname", "notexample.com", "" },
		{ "hostname", "com", "" },
		{ "hostname", "example.com.evil.invalid", "" }, { "domain", "example.org", "3" },
		{ "domain", "mail.Example.Org", "3" },
		{ "hostname", "deep.example.net", "" }, { "hostname", "www.deep.example.net", "3" },
		{ "hostname", "ns.tail.example", "3" },
		{ "hostname", "printer.lan", "3" }, { "hostname", "xn--bcher-kva.example", "3" },
		{ "hostname", "www.B\xc3\x9c" "CHER.example", "3" },
		{ "hostname", "m\xc3\xbcnchen.example", "3" }, { "hostname", "bucher.example", "" },
		{ "url", "http://example.com/", "3" },
		{ "url", "https://user:p%40ss@WWW.example.com:8443/a?b=c#d", "3" },
		{ "url", "http://example.com@evil.invalid/", "" }, { "url", "http://evil.invalid/example.com", "" },
		{ "url", "http://evil.invalid/?u=http://example.com/", "" },
		{ "url", "http://a@b@example.com/x@evil.invalid", "3" },
		{ "url", "example.com/path", "3" }, { "url", "example.com:80/path", "3" },
		{ "url", "http://example.com?x", "3" },
		{ "url", "http://example.com.:80", "3" }, { "url", "http://[2001:db8::1]:80/", "" },
		{ "url", "http://", "" },
		{ "email-dst", "someone@example.com", "3" }, { "hostname|port", "www.example.com|443", "3" },
		{ "domain", "....", "" },
		{ NULL, "www.example.com", "37" }, { NULL, "http://lan/", "3" },
		/* substring */
		{ "url", "http://a.invalid/Tracker.js", "4" }, { "url", "http://AD.DOUBLEx.invalid/", "4" },
		{ "url", "http://a.invalid/pixel.gif?1", "4" },
		{ "url", "http://a.invalid/pixel.gif", "" }, { "text", "trac", "" }, { "text", "backtrack", "4" },
		{ "text", "tr", "" },
		{ "filename|md5", "tracker.exe|00000000000000000000000000000000", "4" },
		/* regex */
		{ "email-src", "NOC@net.invalid", "5" }, { "email-src", "xnoc@net.invalid", "" },
		{ "email-dst", "noc@net.invalid", "" },
		{ "text", "path/to", "5" }, { "text", "tel 5551234", "5" }, { "text", "plain7", "5" },
		{ "text", "xyz!", "" },
		{ "text", "", "" }, { "text", "aaaa", "5" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct str got = ask(cx, ws, t[i].type, str_c(t[i].value));

		if (!CHECKF(str_eq(got, str_c(t[i].want)), "%s '%s'", t[i].type ? t[i].type : "any", t[i].value))
			printf("#   got '%.*s', want '%s'\n", STR(got), t[i].want);
	}
}

static void entries(struct ctx *cx, const struct wl_set *ws)
{
	struct buf b;

	buf_init(&b, 4096);
	CHECK_INT(wl_check(ws, attr_type_find(S("ip-dst")), S("10.1.2.3"), note_entry, &b), 1);
	CHECK_INT(wl_check(ws, attr_type_find(S("domain")), S("a.B\xc3\xbc" "cher.example"), note_entry, &b), 1);
	CHECK_INT(wl_check(ws, attr_type_find(S("url")), S("http://x.invalid/Tracker"), note_entry, &b), 1);
	CHECK_INT(wl_check(ws, attr_type_find(S("md5")), S("D41D8CD98F00B204E9800998ECF8427E"), note_entry, &b), 1);
	CHECK_STR(buf_view(&b), S("10.1.0.0/16;xn--bcher-kva.example;tracker;d41d8cd98f00b204e9800998ecf8427e;"));
	buf_clear(&b);
	CHECK_INT(wl_check(ws, NULL, S("10.1.2.3"), NULL, NULL), 1); /* stops at the first of two */
	(void)cx;
}

static void hostile(struct ctx *cx, const struct wl_set *ws)
{
	char *big = arena_alloc(cx->mem, 65536);

	memset(big, 'a', 65536);
	CHECK_STR(ask(cx, ws, "text", str_n(big, 65535)), S(""));
	CHECK_STR(ask(cx, ws, "text", str_n(big, 65536)), S(""));
	big[1000] = '!'; /* (a+)+$ would take 2^1000 steps */
	CHECK_STR(ask(cx, ws, "text", str_n(big, 1001)), S(""));
	for (size_t i = 0; i < 65534; i += 2)
		big[i] = '.';
	CHECK_STR(ask(cx, ws, "hostname", str_n(big, 65535)), S(""));
	CHECK_STR(ask(cx, ws, NULL, S("\xff\xfe.example.com")), S("37"));
	CHECK_STR(ask(cx, ws, "hostname", S("\0.example.com")), S("3"));
	CHECK(wl_entry_error(WL_STRING, str_n(big, 65536)) && wl_entry_error(WL_CIDR, S("10.0.0.0/8/8")) &&
		wl_entry_error(WL_CIDR, S("010.0.0.1")) && wl_entry_error(WL_REGEX, S("/(((((a{1000}){1000}){1000}/")) &&
		wl_entry_error(WL_SUBSTRING, S(" ")) && wl_entry_error(WL_HOSTNAME, S("..")) && !wl_entry_error(WL_CIDR, S("10.1.2.3/8")));
}

static void heads(struct ctx *cx)
{
	static const struct {
		const char *text;
		enum rc rc;
	} t[] = {
		{ "{\"name\":\"a\",\"type\":\"cidr\",\"list\":[]}", RC_OK },
		{ "{\"name\":\"a\",\"type\":\"cidr\",\"list\":[\"a\",5],\"matching_attributes\":null,\"other\":{\"x\":[1]}}", RC_OK },
		{ "{\"name\":\" \",\"type\":\"cidr\",\"list\":[]}", RC_INVALID },
		{ "{\"name\":\"a\",\"list\":[]}", RC_INVALID },
		{ "{\"name\":\"a\",\"type\":\"suffix\",\"list\":[]}", RC_INVALID },
		{ "{\"name\":\"a\",\"type\":\"cidr\"}", RC_INVALID },
		{ "{\"name\":\"a\",\"type\":\"cidr\",\"list\":{}}", RC_BAD },
		{ "{\"name\":\"a\",\"type\":\"cidr\",\"list\":[[]]}", RC_BAD },
		{ "{\"name\":\"a\",\"type\":\"cidr\",\"list\":[null]}", RC_BAD },
		{ "{\"name\":\"a\",\"type\":\"cidr\",\"list\":[\"a\"", RC_BAD },
		{ "[]", RC_BAD }, { "", RC_BAD },
		{ "{\"name\":\"a\",\"name\":\"b\",\"type\":\"cidr\",\"list\":[]}", RC_BAD },
	};
	struct wl_head h;
	enum wl_type type;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct wl_set *ws = wl_set_new();
		struct ctx one;

		ctx_init(&one, 1 << 20);
		CHECKF(load(&one, ws, 1, t[i].text) == t[i].rc, "file %s", t[i].text);
		CHECKF((t[i].rc == RC_OK) == (one.err.msg[0] == 0), "message for %s: %s", t[i].text, one.err.msg);
		ctx_clear(&one);
		wl_set_free(ws);
	}
	CHECK(wl_file_head(cx, str_c(files[1]), &h) == RC_OK);
	CHECK_STR(h.name, S("texts"));
	CHECK_STR(h.category, S("false_positive"));
	CHECK(h.type == WL_STRING && h.version == 3 && h.n_attributes == 4 && str_eq(h.attributes[2], S("filename|md5")));
	CHECK(wl_file_head(cx, str_c(files[2]), &h) == RC_OK);
	CHECK_STR(h.category, S("known"));
	CHECK(h.n_attributes == 0 && h.type == WL_HOSTNAME);
	for (int i = 0; i < WL_TYPES; i++)
		CHECK(wl_type_find(wl_type_name((enum wl_type)i), &type) && (int)type == i);
}

static enum rc each(struct ctx *cx, void *arg, struct str name, struct str text)
{
	buf_fmt(arg, "%.*s=%.*s;", STR(name), STR(text));
	return str_eq(text, S("stop")) ? fail(cx, RC_INVALID, "told to stop") : RC_OK;
}

static void put(struct ctx *cx, const char *dir, const char *sub, const char *leaf, const char *text)
{
	struct str d = str_fmt(cx->mem, "%s/%s", dir, sub);
	FILE *f;

	mkdir(d.p, 0700);
	f = leaf ? fopen(str_fmt(cx->mem, "%s/%s", d.p, leaf).p, "w") : NULL;
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void library(struct ctx *cx)
{
	char dir[] = "/tmp/misp-lists-XXXXXX";
	struct buf b;
	struct str text;

	buf_init(&b, 4096);
	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	CHECK(library_each(cx, dir, "lists", "list.json", each, &b) == RC_NOTFOUND);
	ctx_forgive(cx);
	put(cx, dir, "lists", NULL, NULL);
	put(cx, dir, "lists/bb", "list.json", "two");
	put(cx, dir, "lists/aa", "list.json", "one");
	put(cx, dir, "lists/empty", NULL, NULL);
	put(cx, dir, "lists/.git", "list.json", "hidden");
	CHECK(library_each(cx, dir, "lists", "list.json", each, &b) == RC_OK);
	CHECK_STR(buf_view(&b), S("aa=one;bb=two;"));
	put(cx, dir, "lists/ab", "list.json", "stop");
	buf_reset(&b);
	CHECK(library_each(cx, dir, "lists", "list.json", each, &b) == RC_INVALID);
	CHECK_STR(buf_view(&b), S("aa=one;ab=stop;"));
	ctx_forgive(cx);
	CHECK(library_file(cx, str_fmt(cx->mem, "%s/lists/aa/list.json", dir).p, 2, &text) == RC_TOOBIG);
	ctx_forgive(cx);
	CHECK(library_file(cx, dir, 100, &text) == RC_IO);
	ctx_forgive(cx);
	for (const char *const *p = (const char *const[]){ "lists/aa/list.json", "lists/bb/list.json", "lists/ab/list.json", "lists/.git/list.json",
			"lists/aa", "lists/bb", "lists/ab", "lists/.git", "lists/empty", "lists", "", NULL }; *p; p++)
		remove(str_fmt(cx->mem, "%s/%s", dir, *p).p);
	buf_clear(&b);
}

int main(void)
{
	struct wl_set *ws = wl_set_new();
	struct ctx cx;
	struct wl_stats st;

	ctx_init(&cx, 64 << 20);
	CHECK(!wl_set_add(ws, S("no list yet")));
	for (size_t i = 0; i < FILES; i++)
		CHECKF(load(&cx, ws, (int64_t)i + 1, files[i]) == RC_OK, "list %zu", i + 1);
	wl_set_ready(ws);
	CHECK(!wl_set_add(ws, S("too late")));
	st = wl_set_stats(ws);
	CHECK_INT(st.lists, FILES);
	CHECK_INT(st.entries, 6 + 4 + 7 + 4 + 5 + 2 + 1);
	CHECK_INT(st.unusable, 2 + 1 + 1 + 0 + 4 + 0 + 0 + 2);
	hits(&cx, ws);
	entries(&cx, ws);
	hostile(&cx, ws);
	wl_set_free(ws);

	ws = wl_set_new(); /* nothing in it */
	wl_set_ready(ws);
	CHECK_INT(wl_check(ws, NULL, S("10.0.0.1"), NULL, NULL), 0);
	for (int i = 0; i < WL_LISTS_MAX; i++)
		if (wl_set_list(&cx, ws, i, &(struct wl_head){ .type = WL_CIDR }) != RC_OK)
			CHECK(false);
	CHECK(wl_set_list(&cx, ws, 0, &(struct wl_head){ .type = WL_CIDR }) == RC_LIMIT);
	ctx_forgive(&cx);
	wl_set_free(ws);
	wl_set_free(NULL);

	heads(&cx);
	library(&cx);
	ctx_clear(&cx);
	return tap_done();
}
