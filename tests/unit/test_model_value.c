/* values: a table of what each normalisation and validation rule accepts, changes and refuses; folding; patterns; refanging */
#include "model/value.h"
#include "unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define H32 "d41d8cd98f00b204e9800998ecf8427e"
#define H32UP "D41D8CD98F00B204E9800998ECF8427E"
#define H40 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define H64 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* out: the stored text; NULL: refused; "=": stored as given. */
static const struct {
	const char *type, *in, *out;
} cases[] = {
	/* every type: trim, not empty, not only control characters */
	{ "text", "  a b \r\n", "a b" }, { "text", "", NULL }, { "text", "   ", NULL }, { "text", "\x01\x02", NULL }, { "text", "\x01x", "=" },
	{ "text", "two\nlines", "=" }, { "comment", "\xf0\x9f\x98\x80 kept", "=" },
	{ "pdb", "two\nlines", NULL }, { "pdb", "c:\\a.pdb", "=" },
	/* hashes */
	{ "md5", H32UP, H32 }, { "md5", H32 "0", NULL }, { "md5", "d41d8cd98f00b204e9800998ecf8427g", NULL }, { "sha1", H40, "=" },
	{ "sha1", H32, NULL }, { "sha256", " " H64 " ", H64 }, { "sha224", H64, NULL }, { "sha512", H64 H64, "=" },
	{ "sha384", H64 H32, "=" }, { "pehash", H40, "=" }, { "imphash", H32UP, H32 }, { "jarm-fingerprint", H40 "0123456789012345678901", "=" },
	{ "git-commit-id", "DA39a3ee5e6b4b0d3255bfef95601890afd80709", "=" }, { "git-commit-id", H32, NULL },
	{ "cdhash", H40 "aB", H40 "ab" }, { "cdhash", H32, NULL },
	{ "x509-fingerprint-md5", "D4:1D:8C:D9:8F:00:B2:04:E9:80:09:98:EC:F8:42:7E", H32 }, { "x509-fingerprint-sha1", H32, NULL },
	{ "hex", "0aFf", "0AFF" }, { "hex", "0x0a", NULL },
	{ "ssdeep", "96:ab/+C:def", "=" }, { "ssdeep", "96::", "=" }, { "ssdeep", "x:a:b", NULL }, { "ssdeep", "96:a:b:c", NULL },
	{ "ssdeep", "96:a", NULL }, { "ssdeep", ":a:b", NULL },
	{ "impfuzzy", "12:a b,:x", "=" }, { "impfuzzy", "12:a", NULL }, { "impfuzzy", "a:b:c", NULL }, { "impfuzzy", "1:b:c:d", NULL },
	{ "tlsh", "T1" H40, "t1" H40 }, { "tlsh", H32 "0123", "=" }, { "tlsh", H32 "012", NULL }, { "tlsh", "x" H40, NULL },
	{ "telfhash", H64 "012345", "=" }, { "telfhash", "T1" H64 "012345", "t1" H64 "012345" }, { "telfhash", H64, NULL },
	{ "telfhash", "zz" H64 "012345", NULL }, { "vhash", "0150766D5C", "0150766d5c" },
	/* file name | hash */
	{ "filename|md5", "A.EXE|" H32UP, "A.EXE|" H32 }, { "filename|md5", "a.exe", NULL }, { "filename|md5", "a|b|" H32, NULL },
	{ "filename|md5", "|" H32, NULL }, { "filename|md5", "a\nb|" H32, NULL }, { "filename|md5", "a.exe|" H40, NULL },
	{ "filename|sha1", "a|" H40, "=" }, { "filename|sha256", "a|" H64, "=" }, { "filename|vhash", "A|XY", "A|xy" }, { "filename|vhash", "a|", NULL },
	{ "filename|ssdeep", "A|96:Ab:c", "=" }, { "filename|ssdeep", "A|96", NULL }, { "filename|impfuzzy", "A|96:Ab:c", "=" },
	{ "filename|impfuzzy", "A|x", NULL }, { "filename|tlsh", "A|T1" H40, "A|t1" H40 }, { "filename|tlsh", "A|12", NULL },
	{ "malware-sample", "A.exe|" H32UP, "=" }, { "malware-sample", "A.exe", NULL }, { "malware-sample", "A.exe|\x02", NULL },
	{ "regkey|value", "HKLM\\Run|x", "=" }, { "regkey|value", "HKLM\\Run", NULL }, { "regkey|value", "a|b|c", NULL },
	/* addresses */
	{ "ip-dst", "1.2.3.4", "=" }, { "ip-dst", "1[.]2(dot)3[DOT]4", "1.2.3.4" }, { "ip-src", "1.2.3.4/32", "1.2.3.4" },
	{ "ip-src", "1.2.3.4/24", "=" }, { "ip-src", "1.2.3.4/33", NULL }, { "ip-src", "01.2.3.4", NULL },
	{ "ip-src", "2001:0DB8:0:0::1", "2001:db8::1" }, { "ip-src", "2001:DB8::/32", "2001:db8::/32" }, { "ip-src", "2001:DB8::1/128", "2001:db8::1" },
	{ "ip-src", "2001:db8::/129", NULL }, { "ip-src", "fe80::1%eth0", NULL }, { "ip-src", "[::1]", NULL }, { "ip-src", "example.com", NULL },
	{ "ip-dst|port", "1.2.3.4|80", "=" }, { "ip-dst|port", "1.2.3.4:80", "1.2.3.4|80" }, { "ip-dst|port", "2001:DB8::1|80", "2001:db8::1|80" },
	{ "ip-dst|port", "[2001:DB8::1]:80", "2001:db8::1|80" }, { "ip-dst|port", "2001:db8::1.80", "2001:db8::1|80" },
	{ "ip-dst|port", "2001:db8::1 port 80", "2001:db8::1|80" }, { "ip-dst|port", "2001:db8::1p80", "2001:db8::1|80" },
	{ "ip-dst|port", "2001:db8::1#80", "2001:db8::1|80" }, { "ip-dst|port", "2001:db8::1:80", "2001:db8::1|80" },
	{ "ip-dst|port", "::ffff:1.2.3.4:80", "::ffff:1.2.3.4|80" }, { "ip-dst|port", "1.2.3.4|80|1", "1.2.3.4|80" },
	{ "ip-dst|port", "1.2.3.4", NULL }, { "ip-dst|port", "1.2.3.4|0", NULL }, { "ip-dst|port", "1.2.3.4|65536", NULL },
	{ "ip-dst|port", "x|80", NULL }, { "ip-src|port", "1.2.3.4|", NULL },
	/* names */
	{ "domain", ".Example.COM.", "example.com" }, { "domain", "example[.]com", "example.com" }, { "domain", "example", NULL },
	{ "domain", "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" }, { "domain", "a_b.example", "=" }, { "domain", "exa mple.com", NULL },
	{ "domain", "example.c", NULL }, { "domain", ".com", NULL }, { "domain", "\xff\xfe.com", NULL },
	{ "hostname", "WWW.example[dot]COM", "www.example.com" }, { "hostname", "www.example.com.", NULL },
	{ "hostname|port", "WWW.Example.com:80", "www.example.com|80" }, { "hostname|port", "www.example.com|80", "=" },
	{ "hostname|port", "www.example.com|x", NULL },
	{ "domain|ip", "Example.com.|2001:DB8:0::1", "example.com|2001:db8::1" }, { "domain|ip", "example.com|1.2.3.4/32", "example.com|1.2.3.4" },
	{ "domain|ip", "example.com", NULL }, { "domain|ip", "a.com|1.2.3.4|5", NULL }, { "domain|ip", "a.com|b.com", NULL },
	{ "onion-address", "EXPYUZZ4WQQYQHJN.onion", "expyuzz4wqqyqhjn.onion" },
	{ "onion-address", "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion", "=" }, { "onion-address", "short.onion", NULL },
	{ "onion-address", "expyuzz4wqqyqhj1.onion", NULL },
	/* URLs */
	{ "url", "hxxps[:]//www[.]example(dot)com/", "https://www.example.com/" }, { "url", "HXXP://example.com", "http://example.com" },
	{ "url", "h[tt]p://example.com", "http://example.com" }, { "url", "meow://example.com", "http://example.com" },
	{ "url", "[hxxp://]example.com", "http://example.com" }, { "url", "http://example.com/a\nb", NULL }, { "url", "x", "=" },
	{ "link", "hxxps://example.com/a?b#c", "https://example.com/a?b#c" }, { "link", "example.com", NULL }, { "link", "https://", NULL },
	{ "link", "mailto:user@example.com", "=" }, { "link", "https://b\xc3\xbc" "cher.example/", NULL }, { "link", "https://example.com/a b", NULL },
	{ "link", "https://user@:80/", NULL }, { "link", "1http://example.com", NULL }, { "link", "ftp://[2001:db8::1]/", "=" },
	{ "uri", "/a/b.php", "=" },
	/* mail */
	{ "email-src", "User[@]Example[.]COM", "user@example.com" }, { "email", "user[at]example[dot]com", "user@example.com" },
	{ "email", "user@example", NULL }, { "email", "@example.com", NULL }, { "email", "us er@example.com", NULL }, { "email-dst", "a.b@c", NULL },
	{ "jabber-id", "User@Example.com", "=" }, { "target-email", "User@Example.com", "user@example.com" }, { "email-reply-to", "anything", "=" },
	/* numbers */
	{ "port", "80", "=" }, { "port", "0", NULL }, { "port", "65535", "=" }, { "port", "65536", NULL }, { "port", "8a", NULL },
	{ "AS", "as65001", "65001" }, { "AS", "AS1.10", "65546" }, { "AS", "4294967295", "=" }, { "AS", "4294967296", NULL }, { "AS", "0", "=" },
	{ "AS", "ASx", NULL }, { "AS", "AS99999999999999999999.1", NULL },
	{ "integer", "-5", "=" }, { "integer", "+5", "=" }, { "integer", "5.0", NULL }, { "integer", "-", NULL },
	{ "counter", "5", "=" }, { "counter", "-5", NULL }, { "size-in-bytes", "18446744073709551616", "=" },
	{ "float", "1.5e-3", "=" }, { "float", ".5", "=" }, { "float", "5.", "=" }, { "float", "e5", NULL }, { "float", "1e", NULL }, { "float", "0x1", NULL },
	{ "float", ".", NULL },
	{ "boolean", "TRUE", "1" }, { "boolean", " false", "0" }, { "boolean", "", "0" }, { "boolean", "maybe", "1" },
	/* finance, people */
	{ "iban", "de89 3704-0044", "DE8937040044" }, { "bic", "-", NULL }, { "bin", "12-34", "1234" }, { "cc-number", "none", NULL },
	{ "btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "=" }, { "btc", "1A 2", NULL }, { "xmr", "4a\xc3\xa4", NULL },
	{ "phone-number", "0049 (0)89/1-2", "+498912" }, { "phone-number", "x", NULL }, { "prtn", "+1 900 5", "+19005" },
	/* hardware, protocols */
	{ "mac-address", "00-1A.2b 3C:4d5E", "00:1a:2b:3c:4d:5e" }, { "mac-address", "001a2b3c4d", NULL }, { "mac-address", "001a2b3c4d5g", NULL },
	{ "mac-eui-64", "001a2bfffe3c4d5e", "00:1a:2b:ff:fe:3c:4d:5e" }, { "mac-eui-64", "001a2b3c4d5e", NULL },
	{ "http-method", "get", "GET" }, { "http-method", "GETX", NULL }, { "http-method", "version-control", "VERSION-CONTROL" },
	{ "ssh-fingerprint", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "=" },
	{ "ssh-fingerprint", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "=" }, { "ssh-fingerprint", "SHA256:47DE", NULL },
	{ "ssh-fingerprint", "MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e", "=" }, { "ssh-fingerprint", H32, "=" }, { "ssh-fingerprint", H40, NULL },
	{ "windows-service-name", "svc one", "=" }, { "windows-service-name", "a/b", NULL }, { "windows-service-displayname", "a\\b", NULL },
	/* identifiers */
	{ "vulnerability", "cve\xe2\x80\x93" "2024-12345", "CVE-2024-12345" }, { "vulnerability", "CVE-2024-123", NULL },
	{ "vulnerability", "GHSA-abcd-1234-xy9z", "=" }, { "vulnerability", "gcve-1-2024-0001", "GCVE-1-2024-0001" },
	{ "vulnerability", "RHSA-2024:0001", "=" }, { "vulnerability", "something", NULL }, { "vulnerability", "CERTFR-2024-AVI-0001", "=" },
	{ "weakness", "cwe\xe2\x80\x93" "79", "CWE-79" }, { "weakness", "79", NULL }, { "weakness", "CWE-", NULL },
	{ "uuid", "5ac47782-e1b8-40b6-96b4-510102de0b81", "=" }, { "uuid", "5ac47782", NULL },
	{ "cortex", "{\"a\": [1, 2.5, null]}", "=" }, { "cortex", "{\"a\": }", NULL }, { "cortex", "[1] x", NULL },
	/* time */
	{ "datetime", "2020-01-31", "2020-01-31T00:00:00.000000+0000" },
	{ "datetime", "2020-01-31 10:11:12.5+02:00", "2020-01-31T10:11:12.500000+0200" },
	{ "datetime", "2020-01-31T10:11:12Z", "2020-01-31T10:11:12.000000+0000" },
	{ "datetime", "2020-01-31T10:11:12.000001-0330", "2020-01-31T10:11:12.000001-0330" },
	{ "datetime", "@1580000000", "2020-01-26T00:53:20.000000+0000" }, { "datetime", "1580000000", NULL }, { "datetime", "20200131", NULL },
	{ "datetime", "Thu, 21 Dec 2000 16:01:07 +0200", "2000-12-21T16:01:07.000000+0200" },
	{ "datetime", "December 21st, 2000 4:01 pm", "2000-12-21T16:01:00.000000+0000" },
	{ "datetime", "Thu Dec 21 16:01:07 2000", "2000-12-21T16:01:07.000000+0000" },
	{ "datetime", "21/Dec/2000:16:01:07 -0700", "2000-12-21T16:01:07.000000-0700" },
	{ "datetime", "21.12.2000", "2000-12-21T00:00:00.000000+0000" }, { "datetime", "12/21/2000", "2000-12-21T00:00:00.000000+0000" },
	{ "datetime", "20001221T160107Z", "2000-12-21T16:01:07.000000+0000" }, { "datetime", "2000/12/21 1:02", "2000-12-21T01:02:00.000000+0000" },
	{ "datetime", "21 Dec 2000 12:00 am GMT", "2000-12-21T00:00:00.000000+0000" },
	{ "datetime", "yesterday", NULL }, { "datetime", "2021-02-29", NULL }, { "datetime", "21 Dec", NULL }, { "datetime", "32 Dec 2000", NULL },
	{ "datetime", "21 Dec 2000 25:00", NULL }, { "datetime", "21 Dec 2000 2001", NULL },
};

/* For a line of output: control characters as "?". */
static const char *shown(struct arena *a, struct str s)
{
	char *p = str_cdup(a, s);

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)p[i] < 0x20)
			p[i] = '?';
	return p;
}

static void table(struct arena *a)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct attr_type *t = attr_type_find(str_c(cases[i].type));
		struct str v = value_normalise(a, t, str_c(cases[i].in));
		const char *wrong = value_check(t, v), *want = cases[i].out, *in = shown(a, str_c(cases[i].in)), *got = shown(a, v);

		if (want && !strcmp(want, "="))
			want = cases[i].in;
		if (!want)
			CHECKF(wrong, "%s '%s' is refused (not stored as '%s')", cases[i].type, in, got);
		else
			CHECKF(!wrong && str_eq(v, str_c(want)), "%s '%s' -> '%s' %s", cases[i].type, in, got, wrong ? wrong : "");
		if (want && !wrong)
			CHECKF(str_eq(value_normalise(a, t, v), v), "%s '%s' stays as it is", cases[i].type, got);
	}
}

static void limits(struct arena *a)
{
	const struct attr_type *text = attr_type_find(S("text")), *fm = attr_type_find(S("filename|md5"));
	char *big = malloc(70000);
	struct str v1, v2;

	memset(big, 'a', 70000);
	CHECK(!value_check(text, str_n(big, 65535)));
	CHECK(value_check(text, str_n(big, 65536)));
	memset(big, '(', 70000);
	CHECK_INT(value_normalise(a, attr_type_find(S("phone-number")), str_n(big, 70000)).n, 0);
	free(big);
	CHECK_STR(str_c(value_check(text, S(""))), S("Value cannot be empty."));
	CHECK_STR(str_c(value_check(fm, S("a"))), S("Composite type found but the value not in the composite (value1|value2) format."));
	CHECK_STR(value_normalise(a, text, (struct str){ NULL, 0 }), S(""));
	value_split(fm, S("a|b"), &v1, &v2);
	CHECK_STR(v1, S("a"));
	CHECK_STR(v2, S("b"));
	CHECK_STR(value_join(a, fm, v1, v2), S("a|b"));
	value_split(text, S("a|b"), &v1, &v2);
	CHECK_STR(v1, S("a|b"));
	CHECK_STR(v2, S(""));
	CHECK_STR(value_join(a, text, v1, v2), S("a|b"));
	v1 = S("192.0.2.1");
	CHECK(value_normalise(a, attr_type_find(S("ip-dst")), v1).p == v1.p); /* a clean value is not copied */
}

static void folding(struct arena *a)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" }, { "plain-ascii_0", "plain-ascii_0" }, { "MiXeD Case [@Z`{", "mixed case [@z`{" }, { "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz" },
		{ "\xc3\x89t\xc3\xa9", "ete" },                                  /* accents */
		{ "e\xcc\x81", "e" },                                            /* the same, decomposed */
		{ "stra\xc3\x9f" "e", "strasse" },                               /* sharp s */
		{ "\xef\xbc\xa1\xef\xbc\x91", "a1" },                            /* full width */
		{ "\xef\xac\x81le", "file" },                                    /* ligature */
		{ "\xd0\x9f\xd1\x80\xd0\x98\xd0\x99", "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb8" }, /* Cyrillic */
		{ "A\xff\xfe" "B\xc3", "a\xff\xfe" "b\xc3" },                    /* no UTF-8: as it is */
		{ "\xf0\x9f\x98\x80X", "\xf0\x9f\x98\x80x" },
		{ "\xe0\xa4\x95\xe0\xa4\xbf", "\xe0\xa4\x95\xe0\xa4\xbf" },      /* a vowel sign is a letter */
	};
	char many[3000];
	struct str got;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		got = value_fold(a, str_c(t[i].in));
		CHECKF(str_eq(got, str_c(t[i].out)), "fold '%s': '%.*s'", t[i].in, STR(got));
	}
	for (int i = 0; i < 1000; i++) /* one character of three bytes that becomes eighteen letters */
		memcpy(many + 3 * i, "\xef\xb7\xba", 3);
	got = value_fold(a, str_n(many, sizeof(many)));
	CHECKF(got.n > 30000 && str_eq(value_fold(a, got), got), "the longest decomposition: %zu bytes", got.n);
}

static void patterns(void)
{
	static const struct {
		const char *text, *pat;
		bool hit;
	} t[] = {
		{ "abc", "abc", true }, { "abc", "ab", false }, { "abc", "%b%", true }, { "abc", "%", true }, { "", "%", true }, { "", "", true },
		{ "abc", "", false }, { "abc", "a%c", true }, { "abc", "a%d", false }, { "a_c", "a_c", true }, { "abc", "a_c", false },
		{ "aaab", "%ab", true }, { "ababac", "a%bac", true }, { "abc", "%%c%%", true }, { "www.example.com", "%.example.com", true },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		CHECKF(value_like(str_c(t[i].text), str_c(t[i].pat)) == t[i].hit, "'%s' like '%s'", t[i].text, t[i].pat);
}

static void refanging(struct arena *a)
{
	static const struct {
		const char *in, *out; /* "=": untouched */
	} t[] = {
		{ "nothing to do here, example.com.", "=" },
		{ "hxxp://example[.]com", "http://example.com" }, { "hXXps://example[.]com/x", "https://example.com/x" },
		{ "see hxtp://a.example and htxp://b.example.", "see http://a.example and http://b.example." },
		{ "meow://example.com", "http://example.com" }, { "the cat said meow: purr", "=" }, { "h[tt]ps://e.com", "https://e.com" },
		{ "h**p://e.com", "http://e.com" }, { "fxp://e.com", "ftp://e.com" }, { "xhxxp://e.com", "=" }, { "hxxp is a scheme", "=" },
		{ "[hxxp://]e.com", "http://e.com" }, { "[https://]e.com", "https://e.com" },
		{ "hxxps[:]//e(.)com", "https://e.com" }, { "hxxp[://]e{.}com", "http://e.com" }, { "hxxps[:]///e.com", "https://e.com" },
		{ "1[.]2[.]3[.]4", "1.2.3.4" }, { "1.2.3[.4", "1.2.3.4" }, { "1.2.3.]4", "1.2.3.4" },
		{ "e[dot]com e(DOT)com e{dot}com e[ . ]com", "e.com e.com e.com e.com" }, { "the dot on the i", "=" },
		{ "e\\.com", "e.com" }, { "C:\\dir\\.ssh", "=" }, { "www\\.e\\.com", "www.e.com" },
		{ "user[@]e.com user[at]e.com user(at)e.com", "user@e.com user@e.com user@e.com" },
		{ "user [at] e [dot] com", "user@e.com" }, { "http:[/][/]e.com[/]x", "http://e.com/x" },
		{ "[2001:db8::1]:80 [::] [1] (/) (:) []", "=" }, { "1.2.3.4[:]80", "1.2.3.4:80" },
		{ "exa\xe2\x80\x8bmple\xef\xbb\xbf.com", "example.com" }, { "so\xc2\xad" "ft.example", "soft.example" },
		{ "\xef\xbb\xbf" "byte order mark", "=" }, { "[", "=" }, { "[.", "=" }, { "a[.", "=" }, { "\\", "=" }, { "]", "=" }, { "hxxp", "=" }, { "", "=" },
		{ "h[tt]p", "=" }, { "\xe2\x80", "=" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct str in = str_c(t[i].in), want = str_c(strcmp(t[i].out, "=") ? t[i].out : t[i].in), got = value_refang(a, in);

		CHECKF(str_eq(got, want), "refang '%s': '%.*s'", t[i].in, STR(got));
	}
}

int main(void)
{
	struct arena *a = arena_new(0);

	table(a);
	limits(a);
	folding(a);
	patterns();
	refanging(a);
	arena_free(a);
	return tap_done();
}
