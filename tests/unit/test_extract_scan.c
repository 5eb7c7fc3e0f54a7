/* the scanner: snippets and what is found in them, with offsets and roles */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "extract/kinds.h"
#include "extract/scan.h"
#include "unit/tap.h"

/* Findings as "type value" joined by "; ", a reference with '*' in front. */
static struct str render(struct arena *a, struct str text)
{
	struct found_list l = { 0 };
	struct buf b;
	struct str s;

	buf_init(&b, 1 << 16);
	scan_all(a, text, &l);
	for (size_t i = 0; i < l.n; i++) {
		const struct found *f = &l.v[i];

		buf_fmt(&b, "%s%s%.*s %.*s", i ? "; " : "", f->role == ROLE_REFERENCE ? "*" : "", STR(f->type), STR(f->value));
		if (f->original.p != text.p + f->offset || f->original.n != f->length || f->offset + f->length > text.n)
			buf_str(&b, S(" BAD OFFSET"));
	}
	s = str_dup(a, buf_view(&b));
	buf_clear(&b);
	return s;
}

static void snippets(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		/* addresses */
		{ "C2 at 203.0.113.7.", "ip-dst 203.0.113.7" },
		{ "203.0.113.7:8080 and 198.51.100.0/24", "ip-dst|port 203.0.113.7|8080; ip-dst 198.51.100.0/24" },
		{ "203.0.113.7|443", "ip-dst|port 203.0.113.7|443" },
		{ "203.0.113[.]7, 203[.]0[.]113[.]8 203.0.113(.)9 203.0.113[.10", "ip-dst 203.0.113.7; ip-dst 203.0.113.8; ip-dst 203.0.113.9; ip-dst 203.0.113.10" },
		{ "version 1.2.3.4 and Chrome/72.0.36.121 and 1.2.3.4.5 and 300.1.1.1 and 01.2.3.4", "" },
		{ "203.0.113.1-203.0.113.9", "ip-dst 203.0.113.1; ip-dst 203.0.113.9" },
		{ "203.0.113.7/gate.php", "url 203.0.113.7/gate.php" },
		{ "2001:db8::1 and [2001:DB8:0:0::2]:443 and 2001:db8::/32", "ip-dst 2001:db8::1; ip-dst|port 2001:db8::2|443; ip-dst 2001:db8::/32" },
		{ "at 12:30:45 std::string a::b 00:11:22:33:44:55", "mac-address 00:11:22:33:44:55" },
		/* hosts */
		{ "evil[.]com, www.evil-site[.]co[.]uk and Example.org", "domain evil.com; hostname www.evil-site.co.uk; domain example.org" },
		{ "evil(.)com evil{.}com evil[dot]com evil[.com evil\\.com evil [.] com", "domain evil.com; domain evil.com; domain evil.com; domain evil.com; domain evil.com; domain evil.com" },
		{ "evil.com:8443 evil.com:80:/x", "hostname|port evil.com|8443; hostname|port evil.com|80" },
		{ "`evil.com`|'evil.net'|\"evil.org\"", "domain evil.com; domain evil.net; domain evil.org" },
		{ "libc.so install.sh archive.zip setup.py README.md node.js a.exe", "filename libc.so; filename install.sh; filename archive.zip; filename setup.py; filename README.md; filename node.js; filename a.exe" },
		{ "Win32/Agent.TEL MSIL.Foo.AI System.Net os.name()", "" },
		{ "get[.]sh domain: temp.sh", "domain get.sh; domain temp.sh" },
		{ "C:\\Users\\a\\evil.com and x\\evil.dll", "filename evil.dll" },
		{ "b\xc3\xbc" "cher.de \xe2\x80\x9c" "evil.com\xe2\x80\x9d \xe6\x98\xaf" "evil.net\xe6\x98\xaf", "domain xn--bcher-kva.de; domain evil.com; domain evil.net" },
		{ "ev\xe2\x80\x8bil.com", "domain evil.com" },
		{ "a.b localhost foo.invalidtld 1.5 e.g. i.e. U.S. etc.", "" },
		{ "abcdefghijklmnop.onion", "domain abcdefghijklmnop.onion" },
		/* URLs */
		{ "hxxp://evil[.]com/a.php?x=1&y=2.", "url http://evil.com/a.php?x=1&y=2" },
		{ "hxxps[:]//evil[.]com/x hXXp://EVIL.com/Y meow://evil.net/ hxxps[:]///evil.org/a",
		  "url https://evil.com/x; url http://evil.com/Y; url http://evil.net/; url https://evil.org/a" },
		{ "| http://evil.com/a|b |", "url http://evil.com/a" },
		{ "`http://evil.com/a` (http://evil.com/b) <http://evil.com/c> \"http://evil.com/d\"",
		  "url http://evil.com/a; url http://evil.com/b; url http://evil.com/c; url http://evil.com/d" },
		{ "http://evil.com/a_(b)/c).", "url http://evil.com/a_(b)/c" },
		{ "http://evil.com/a[text] ++http://evil.com/b++", "*url http://evil.com/a; url http://evil.com/b" },
		{ "http://evil.com/?a[]=1&b[0]=2", "url http://evil.com/?a[]=1&b[0]=2" },
		{ "http://evil.com/a, http://evil.com/b;http://evil.com/c", "url http://evil.com/a; url http://evil.com/b; url http://evil.com/c" },
		{ "http://203.0.113.7:8080/x tcp://203.0.113.7:99", "url http://203.0.113.7:8080/x; url tcp://203.0.113.7:99" },
		{ "evil[.]com/path?x evil[.]net/", "url evil.com/path?x; domain evil.net" },
		{ "http:\\\\evil.com\\x", "url http://evil.com" },
		{ "http://server/ http:// https://[domain]/x", "" },
		{ "a,b\nhttp://evil.com/x,2020-01-01\nhttp://evil.com/y,2020-01-01", "url http://evil.com/x; url http://evil.com/y" },
		/* e-mail */
		{ "From: <Bob.Smith+x@Evil.com>, bob[@]evil[.]com bob[at]evil.com", "email bob.smith+x@evil.com; email bob@evil.com; email bob@evil.com" },
		{ "root@localhost @handle user@host", "" },
		/* hashes */
		{ "D41D8CD98F00B204E9800998ECF8427E", "md5 d41d8cd98f00b204e9800998ecf8427e" },
		{ "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709.", "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709" },
		{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|x", "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "d41d8cd98f00b204e9800998ecf8427 d41d8cd98f00b204e9800998ecf8427eg", "" },
		{ "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO", "ssdeep 96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO" },
		/* the rest */
		{ "CVE-2017-11882, cve-2021-44228 Win32/Exploit.CVE-2017-0199.A CVE-2017-1", "vulnerability CVE-2017-11882; vulnerability CVE-2021-44228; vulnerability CVE-2017-0199" },
		{ "AS13335 AS0 ASCII AS12x", "AS 13335" },
		{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "btc 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" },
		{ "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdz", "btc bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq" },
		{ "key HKLM\\Software\\Microsoft\\Windows NT\\Run, then `HKEY_CURRENT_USER\\Software\\Bad One`",
		  "regkey HKLM\\Software\\Microsoft\\Windows NT\\Run; regkey HKEY_CURRENT_USER\\Software\\Bad One" },
		{ "00-11-22-AA-BB-CC", "mac-address 00:11:22:aa:bb:cc" },
		/* roles */
		{ "see [the blog](https://vendor.example.com/post) for more", "*url https://vendor.example.com/post" },
		{ "Reference: https://vendor.example.com/post", "*url https://vendor.example.com/post" },
		{ "# References\n- https://vendor.example.com/post\n# Indicators\n- https://evil.example.com/x", "*url https://vendor.example.com/post; url https://evil.example.com/x" },
		{ "REFERENCES:\n\nhttps://a.example.com/1\n\nTRAFFIC:\nhttps://b.example.com/2", "*url https://a.example.com/1; url https://b.example.com/2" },
		{ "hxxp://evil[.]com/a evil[.]net\nWe wrote about it at https://vendor.example.com/post", "url http://evil.com/a; domain evil.net; *url https://vendor.example.com/post" },
		{ "discussed on https://twitter.com/x/status/1 by others", "*url https://twitter.com/x/status/1" },
		{ "https://twitter.com/x/status/1", "url https://twitter.com/x/status/1" },
	};
	struct arena *a = arena_new(0);

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		char what[32];

		snprintf(what, sizeof(what), "snippet %zu", i);
		tap_str(render(a, str_c(t[i].text)), str_c(t[i].want), __FILE__, __LINE__, what);
	}
	arena_free(a);
}

static void offsets(void)
{
	struct arena *a = arena_new(0);
	struct str text = S("x hxxps[:]//evil[.]com/a y 203[.]0.113.7 z user[@]evil[.]com");
	struct found_list l = { 0 };

	CHECK(scan_all(a, text, &l));
	CHECK_INT(l.n, 3);
	if (l.n == 3) {
		CHECK_STR(l.v[0].original, S("hxxps[:]//evil[.]com/a"));
		CHECK_INT(l.v[0].offset, 2);
		CHECK(l.v[0].disguised);
		CHECK_STR(l.v[1].original, S("203[.]0.113.7"));
		CHECK_STR(l.v[2].original, S("user[@]evil[.]com"));
		CHECK_INT(l.v[2].offset, text.n - 17);
	}
	arena_free(a);
}

/* Values in a text of many blocks are found at their places. */
static void blocks(void)
{
	struct arena *a = arena_new(0);
	struct buf b;
	struct found_list l = { 0 };
	bool ok = true;

	buf_init(&b, 64 << 20);
	for (int i = 0; i < 200000; i++)
		buf_fmt(&b, "some text h%d[.]example.com and more\n", i);
	CHECK(scan_all(a, buf_view(&b), &l));
	CHECK_INT(l.n, 200000);
	for (size_t i = 0; i < l.n; i++)
		ok = ok && l.v[i].original.p == b.p + l.v[i].offset && str_ends(l.v[i].original, S("[.]example.com"));
	CHECK(ok);
	buf_clear(&b);
	arena_free(a);
}

static bool stop_at_second(void *arg, const struct found *f)
{
	return ++*(int *)arg < 2;
}

static void stops(void)
{
	struct arena *a = arena_new(0), *small = arena_new(64);
	struct found_list l = { 0 };
	int n = 0;

	CHECK(!scan_text(a, S("a.com b.com c.com"), stop_at_second, &n));
	CHECK_INT(n, 2);
	CHECK(!scan_all(small, S("aaaaaaaaaaaaaa.com bbbbbbbbbbbbbbb.com ccccccccccccccc.com dddddddddddddddd.com"), &l));
	arena_free(a);
	arena_free(small);
}

/* Texts made to make a reader go back and forth: were time not proportional to length, the test would not end. */
static void long_texts(void)
{
	static const char *const unit[] = { "a.", "http://", "http://a.com/", "a@", ":", "1.", "/", "[.]", " [", "[ ", "[.", "(", "\xc3\xa9", "\xc3\xa9.", "HKLM\\a ", "a:", "3:",
		"aaaaaaaa", "0123456789abcdef", "CVE-", "hxxp", "# ", "AS", "a-", "\xe2\x80\x8b", "a.com,", "\"" };
	size_t n = 2 << 20;
	char *p = malloc(n);

	for (size_t u = 0; u < sizeof(unit) / sizeof(*unit); u++) {
		struct arena *a = arena_new(0);
		struct found_list l = { 0 };
		size_t k = strlen(unit[u]);

		for (size_t i = 0; i < n; i++)
			p[i] = unit[u][i % k];
		memcpy(p + n - 10, "\n\nevil.com", 10);
		scan_all(a, str_n(p, n), &l);
		CHECKF(l.n && str_ends(l.v[l.n - 1].value, S("evil.com")), "2 MB of '%s': %zu found", unit[u], l.n);
		arena_free(a);
	}
	free(p);
}

static void kinds(void)
{
	CHECK(kind_ext(S("exe")) == EXT_FILE && kind_ext(S("EXE")) == EXT_FILE && kind_ext(S("zip")) == EXT_BOTH && kind_ext(S("com")) == EXT_NONE);
	CHECK(kind_ext(S("7z")) == EXT_FILE && kind_ext(S("zipx")) == EXT_FILE && kind_ext(S("ai")) == EXT_BOTH && kind_ext(S("")) == EXT_NONE);
	CHECK(kind_reference_site(S("blog.github.com")) && kind_reference_site(S("x.com")) && !kind_reference_site(S("xx.com")));
	CHECK(kind_scheme(S("HTTP")) && kind_scheme(S("stratum+tcp")) && !kind_scheme(S("file")) && !kind_scheme(S("")));
}

int main(void)
{
	kinds();
	snippets();
	offsets();
	blocks();
	stops();
	long_texts();
	return tap_done();
}
