/* the matcher: a table of lines, payloads, long lines, and a naive matcher on random lines */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "match/match.h"
#include "model/value.h"
#include "unit/tap.h"

struct list {
	struct {
		uint32_t value;
		size_t offset;
		struct str seen;
	} v[256];
	size_t n, payload_n;
	uint32_t payloads[8];
};

static bool keep(void *arg, const struct match_hit *h)
{
	struct list *l = arg;

	if (l->n < 256) {
		l->v[l->n].value = h->payloads[0];
		l->v[l->n].offset = h->offset;
		l->v[l->n].seen = h->seen;
		l->n++;
	}
	l->payload_n = h->payload_n;
	for (size_t i = 0; i < h->payload_n && i < 8; i++)
		l->payloads[i] = h->payloads[i];
	return true;
}

static void cases(void)
{
	static const struct {
		enum value_kind kind;
		const char *value, *line, *seen; /* seen NULL: no hit; else "offset:text" of the only hit */
	} t[] = {
		{ VK_IP, "1.2.3.4", "src=1.2.3.4 dst=5.6.7.8", "4:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "1.2.3.4", "0:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "1.2.3.45", NULL },
		{ VK_IP, "1.2.3.4", "11.2.3.4", NULL },
		{ VK_IP, "1.2.3.4", "1.2.3.4.5", NULL },
		{ VK_IP, "1.2.3.4", "0.1.2.3.4", NULL },
		{ VK_IP, "1.2.3.4", "v1.2.3.4", NULL },
		{ VK_IP, "1.2.3.4", "1.2.3.04", NULL },
		{ VK_IP, "1.2.3.4", "to 1.2.3.4:80, ok", "3:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "net 1.2.3.4/32", "4:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "from 1.2.3.4.", "5:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "http://1.2.3.4/x", "7:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "::ffff:1.2.3.4;", "7:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "{\"m\":\"Address:\\t1.2.3.4\\r\\n\"}", "16:1.2.3.4" },
		{ VK_IP, "1.2.3.4", "1[.]2[.]3[.]4", NULL },
		{ VK_IP, "10.0.0.0/8", "x 10.200.3.4 y", "2:10.200.3.4" },
		{ VK_IP, "10.0.0.0/8", "x 11.0.0.1 y", NULL },
		{ VK_IP, "10.1.2.3/8", "10.0.0.1", "0:10.0.0.1" },
		{ VK_IP, "2001:db8::1", "a [2001:0db8:0:0::1]:443 b", "3:2001:0db8:0:0::1" },
		{ VK_IP, "2001:db8::1", "src:2001:DB8::1 b", "4:2001:DB8::1" },
		{ VK_IP, "2001:db8::1", "2001:db8::12", NULL },
		{ VK_IP, "2001:db8::/32", "2001:db8:ffff::5/128", "0:2001:db8:ffff::5" },
		{ VK_IP, "2001:db8::/32", "12:30:45 2001:db9::5", NULL },
		{ VK_IP, "fe80::1", "x\tfe80::1\ty", "2:fe80::1" },
		{ VK_DOMAIN, "example.com", "q example.com IN A", "2:example.com" },
		{ VK_DOMAIN, "example.com", "q EXAMPLE.Com. IN A", "2:EXAMPLE.Com" },
		{ VK_DOMAIN, "example.com", "a.b.example.com", "0:a.b.example.com" },
		{ VK_DOMAIN, "example.com", "evilexample.com", NULL },
		{ VK_DOMAIN, "example.com", "evil-example.com", NULL },
		{ VK_DOMAIN, "example.com", "example.com.evil.org", NULL },
		{ VK_DOMAIN, "example.com", "example.comx", NULL },
		{ VK_DOMAIN, "example.com", "example.com-x.org", NULL },
		{ VK_DOMAIN, "example.com", "http://user@www.example.com:8080/a", "12:www.example.com" },
		{ VK_DOMAIN, "example.com", "mail bob@example.com.", "9:example.com" },
		{ VK_DOMAIN, "example.com", "Domain=.example.com;", "8:example.com" },
		{ VK_DOMAIN, "example.com", "\\texample.com\\n", "2:example.com" },
		{ VK_DOMAIN, "example.com", "u=http%3A%2F%2Fexample.com%2Fx", "15:example.com" },
		{ VK_DOMAIN, "example.com", "\"x\\u003dexample.com\"", "8:example.com" },
		{ VK_DOMAIN, "28example.com", "%28example.com", "1:28example.com" },
		{ VK_DOMAIN, "example.com", "example[.]com", NULL },
		{ VK_DOMAIN, "*.example.com.", "x.example.com", "0:x.example.com" },
		{ VK_DOMAIN, "b\xc3\xbc" "cher.example", "xn--bcher-kva.example", "0:xn--bcher-kva.example" },
		{ VK_URL, "http://Example.com/Path", "GET http://EXAMPLE.com/Path HTTP/1.1", "4:http://EXAMPLE.com/Path" },
		{ VK_URL, "http://example.com/Path", "http://example.com/path", NULL },
		{ VK_URL, "http://example.com/a", "http://example.com/a.php", NULL },
		{ VK_URL, "http://example.com/a", "http://example.com/a/b?c", "0:http://example.com/a/b?c" },
		{ VK_URL, "http://example.com/a", "(http://example.com/a?b=1).", "1:http://example.com/a?b=1" },
		{ VK_URL, "http://example.com/", "http://example.com/any", "0:http://example.com/any" },
		{ VK_URL, "http://example.com/", "http://example.com.evil.org/", NULL },
		{ VK_URL, "http://example.com/a", "https://example.com/a", NULL },
		{ VK_URL, "http://example.com/a", "{\"u\":\"http:\\/\\/example.com\\/a\"}", "6:http:\\/\\/example.com\\/a" },
		{ VK_URL, "http://example.com/a", "\"\\nhttp://example.com/a\"", "3:http://example.com/a" },
		{ VK_URL, "example.com/a", "https://example.com/a/", "0:https://example.com/a/" },
		{ VK_URL, "example.com/a", "host example.com/a?x", "5:example.com/a?x" },
		{ VK_URL, "example.com/a", "host wexample.com/a?x", NULL },
		{ VK_URL, "http://example.com/b", "http://x.example/?u=http://example.com/b&x", "20:http://example.com/b&x" },
		{ VK_HASH, "0123456789ABCDEF0123456789abcdef", "md5=0123456789abcdef0123456789ABCDEF,sha1", "4:0123456789abcdef0123456789ABCDEF" },
		{ VK_HASH, "0123456789abcdef0123456789abcdef", "x0123456789abcdef0123456789abcdef", NULL },
		{ VK_HASH, "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef0", NULL },
		{ VK_HASH, "0123456789abcdef0123456789abcdef", "aa-0123456789abcdef0123456789abcdef.r17.example.com", "3:0123456789abcdef0123456789abcdef" },
		{ VK_HASH, "0123456789abcdef0123456789abcdef", "\\r0123456789abcdef0123456789abcdef", "2:0123456789abcdef0123456789abcdef" },
		{ VK_EMAIL, "Bob@Example.com", "from=<bob@example.COM>", "6:bob@example.COM" },
		{ VK_EMAIL, "bob@example.com", "from=bob@example.com.", "5:bob@example.com" },
		{ VK_EMAIL, "bob@example.com", "jbob@example.com", NULL },
		{ VK_EMAIL, "bob@example.com", "bob@sub.example.com", NULL },
		{ VK_EMAIL, "bob@example.com", "bob@example.com.org", NULL },
		{ VK_EMAIL, "bob+x@example.com", "to bob+x@example.com", "3:bob+x@example.com" },
		{ VK_FILENAME, "evil.exe", "C:\\Users\\x\\EVIL.exe started", "11:EVIL.exe" },
		{ VK_FILENAME, "evil.exe", "notevil.exe", NULL },
		{ VK_FILENAME, "evil.exe", "_evil.exe", NULL },
		{ VK_FILENAME, "evil.exe", "evil.exe.bak", NULL },
		{ VK_FILENAME, "evil.exe", "/tmp/evil.exe, 5", "5:evil.exe" },
		{ VK_FILENAME, "C:\\Temp\\evil.exe", "run c:\\\\temp\\\\evil.exe", "14:evil.exe" },
		{ VK_FILENAME, "C:\\Temp\\evil.exe", "run c:\\\\temp\\\\x\\\\evil.exe", NULL },
		{ VK_FILENAME, "%TEMP%\\evil.exe", "c:\\x\\evil.exe", "5:evil.exe" },
		{ VK_FILENAME, "my invoice (1).exe", "C:\\a\\My Invoice (1).exe\",\"x\"", "5:My Invoice (1).exe" },
		{ VK_FILENAME, "mimikatz", "/usr/bin/mimikatz -x", "9:mimikatz" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct match_index *ix = match_index_new();
		struct list l = { .n = 0 };
		char got[128] = "";
		bool added = match_add(ix, t[i].kind, str_c(t[i].value), 0);

		match_ready(ix);
		match_line(ix, str_c(t[i].line), keep, &l);
		if (l.n)
			snprintf(got, sizeof(got), "%zu:%.*s", l.v[0].offset, STR(l.v[0].seen));
		CHECKF(added && (t[i].seen ? l.n == 1 && !strcmp(got, t[i].seen) : l.n == 0), "'%s' in '%s': %zu hits %s", t[i].value, t[i].line, l.n, got);
		match_index_free(ix);
	}
}

static void refused(void)
{
	struct match_index *ix = match_index_new();

	CHECK(!match_add(ix, VK_IP, S("1.2.3"), 0));
	CHECK(!match_add(ix, VK_IP, S(""), 0));
	CHECK(!match_add(ix, VK_DOMAIN, S("localhost"), 0));
	CHECK(!match_add(ix, VK_DOMAIN, S("a b.com"), 0));
	CHECK(!match_add(ix, VK_EMAIL, S("@example.com"), 0));
	CHECK(!match_add(ix, VK_URL, S("http://"), 0));
	CHECK(!match_add(ix, VK_HASH, S("3:abc/de:f"), 0));
	CHECK(!match_add(ix, VK_FILENAME, S("C:\\"), 0));
	CHECK(!match_add(ix, VK_NONE, S("x"), 0));
	match_ready(ix);
	CHECK_INT(match_count(ix), 0);
	CHECK(match_line(ix, S("a line 1.2.3.4"), keep, NULL));
	match_index_free(ix);
}

static void payloads(void)
{
	struct match_index *ix = match_index_new();
	struct list l = { .n = 0 };

	match_add(ix, VK_DOMAIN, S("example.com"), 7);
	match_add(ix, VK_URL, S("http://example.com/x"), 1);
	match_add(ix, VK_DOMAIN, S("EXAMPLE.com"), 5);
	match_add(ix, VK_DOMAIN, S("example.com."), 9);
	match_ready(ix);
	CHECK_INT(match_count(ix), 2);
	match_line(ix, S("x example.com"), keep, &l);
	CHECK(l.n == 1 && l.payload_n == 3 && l.payloads[0] == 7 && l.payloads[1] == 5 && l.payloads[2] == 9);
	l.n = 0;
	match_line(ix, S("x http://example.com/x?y"), keep, &l); /* the URL and its host */
	CHECK_INT(l.n, 2);
	l.n = 0;
	match_line(ix, S("example.com example.com"), keep, &l);
	CHECK(l.n == 2 && l.v[0].offset == 0 && l.v[1].offset == 12);
	match_index_free(ix);
}

static void long_lines(void)
{
	static const char *const unit[] = { "a.", "http://", "a@", ":", "1.", "/", "\\t", "%41", "a.b/", "http://a.b/", " ", "0123456789abcdef", "a:", "x\\/" };
	size_t n = 4 << 20;
	char *p = malloc(n + 16);
	struct match_index *ix = match_index_new();
	int64_t t0;

	match_add(ix, VK_DOMAIN, S("example.com"), 0);
	match_add(ix, VK_URL, S("example.com/x"), 1);
	match_add(ix, VK_URL, S("http://example.com/x"), 1);
	match_add(ix, VK_EMAIL, S("a@example.com"), 2);
	match_add(ix, VK_IP, S("2001:db8::/32"), 3);
	match_add(ix, VK_IP, S("10.0.0.0/8"), 3);
	match_add(ix, VK_FILENAME, S("a b.exe"), 4);
	match_add(ix, VK_FILENAME, S("tool"), 4);
	match_add(ix, VK_HASH, S("0123456789abcdef0123456789abcdef"), 5);
	match_ready(ix);
	for (size_t u = 0; u < sizeof(unit) / sizeof(*unit); u++) {
		struct list l = { .n = 0 };
		size_t k = strlen(unit[u]);

		for (size_t i = 0; i + k <= n; i += k)
			memcpy(p + i, unit[u], k);
		memcpy(p + n - 13, " example.com ", 13);
		t0 = clock_mono_us();
		match_line(ix, str_n(p, n), keep, &l);
		CHECKF(l.n >= 1 && clock_mono_us() - t0 < 20000000, "4 MB of '%s': %zu hits, %lld us", unit[u], l.n, (long long)(clock_mono_us() - t0));
	}
	memset(p, 0, n);
	memcpy(p + 1000, "\xff" "example.com\xfe", 13);
	struct list l = { .n = 0 };
	match_line(ix, str_n(p, n), keep, &l);
	CHECK(l.n == 1 && l.v[0].offset == 1001);
	match_index_free(ix);
	free(p);
}

/* ---- the rules again, as simply as they can be said, on random lines ---- */

static uint64_t seed = 12345;
static unsigned rnd(unsigned n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(seed >> 33) % n;
}

static bool tok(int c) { return ch_alnum(c) || c == '.' || c == '-' || c == '_'; }
static bool mark(int c) { return c == '.' || c == '-' || c == '_'; }
static bool local(int c) { return tok(c) || c == '%' || c == '+'; }

struct line {
	const char *p;
	size_t n;
};
static int ch(const struct line *l, size_t i) { return i < l->n ? (unsigned char)l->p[i] : ' '; }
static size_t token_start(const struct line *l, size_t i)
{
	while (i && tok(ch(l, i - 1)))
		i--;
	return i;
}
static size_t token_end(const struct line *l, size_t i)
{
	while (tok(ch(l, i)))
		i++;
	return i;
}
static size_t second(const struct line *l, size_t b)
{
	size_t e = token_end(l, b);

	if (b && l->p[b - 1] == '%' && e - b > 2 && ch_hex(ch(l, b)) >= 0 && ch_hex(ch(l, b + 1)) >= 0)
		return b + 2;
	if (b && l->p[b - 1] == '\\' && (b < 2 || l->p[b - 2] != '\\')) {
		if (l->p[b] == 'u' && e - b > 5)
			return b + 5;
		if (e - b > 1 && strchr("tnrbf", l->p[b]))
			return b + 1;
	}
	return b;
}
/* Does the value stand at [i,e)? *from: where the hit begins. */
static bool stands(const struct line *l, enum value_kind kind, struct str v, size_t i, size_t e, size_t *from)
{
	struct str s = str_n(l->p + i, e - i);
	size_t b = token_start(l, i), te = token_end(l, i), sec = second(l, b), trim = te, host = b;
	struct net big, small;

	while (trim > b && mark(ch(l, trim - 1)))
		trim--;
	while (host < trim && mark(ch(l, host)))
		host++;
	if (sec >= trim)
		sec = b;
	*from = i;
	switch (kind) {
	case VK_IP:
		if (!net_parse(v, &big) || !net_parse_addr(s, &small) || small.fam != 4 || big.fam != 4)
			return false;
		return e == trim && (i == host || i == sec) && net_contains(&big, &small);
	case VK_DOMAIN:
		if (e != trim || !str_eq_nocase(s, v) || (i != host && i != sec && ch(l, i - 1) != '.'))
			return false;
		*from = sec > b && i >= sec ? sec : host;
		return true;
	case VK_HASH:
		return str_eq_nocase(s, v) && !ch_alnum(ch(l, e)) && (i == 0 || !ch_alnum(ch(l, i - 1)) || i == second(l, b));
	case VK_EMAIL: {
		size_t at = str_rchr(s, '@');

		if (!str_eq_nocase(s, v))
			return false;
		te = trim = token_end(l, i + at + 1);
		while (trim > i + at + 1 && mark(ch(l, trim - 1)))
			trim--;
		return e == trim && tok(ch(l, i + at + 1)) &&
		       (i == 0 || !local(ch(l, i - 1)) || (i >= 2 && l->p[i - 2] == '\\' && strchr("tnrbf", l->p[i - 1])) ||
			(i >= 6 && l->p[i - 6] == '\\' && l->p[i - 5] == 'u') || (i >= 3 && l->p[i - 3] == '%'));
	}
	case VK_FILENAME:
		return str_eq_nocase(s, v) && e == trim && (i == b || i == sec);
	default:
		return false;
	}
}

static int cmp_pair(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void property(void)
{
	static const char *const piece[] = { "a", "b", "com", ".", ".", "-", "_", "1", "2", "10", "/", ":", "@", "%4", "%2F", "\\t", "\\u0041", "\\\\", " ", "\"",
		"a.com", "b.a.com", "1.2.1.10", "x@a.com", "abcdef12", "T", "+", "t", "\xff", "=" };
	static const struct {
		enum value_kind kind;
		const char *v;
	} val[] = { { VK_DOMAIN, "a.com" }, { VK_DOMAIN, "b.a.com" }, { VK_DOMAIN, "com.a" }, { VK_DOMAIN, "a.b" }, { VK_DOMAIN, "ta.com" }, { VK_IP, "1.2.1.10" },
		{ VK_IP, "1.2.0.0/16" }, { VK_IP, "10.1.2.1" }, { VK_IP, "0.0.0.0/1" }, { VK_IP, "2.1.10.2" }, { VK_HASH, "abcdef12" }, { VK_HASH, "abcdef12a" },
		{ VK_EMAIL, "x@a.com" }, { VK_EMAIL, "ax@a.com" }, { VK_EMAIL, "a@b.a.com" }, { VK_FILENAME, "a.com" }, { VK_FILENAME, "b.a" }, { VK_FILENAME, "ab" },
		{ VK_FILENAME, "com" }, { VK_FILENAME, "1.2.1.10" }, { VK_FILENAME, "a.1" } };
	enum { VALS = sizeof(val) / sizeof(*val) };
	struct match_index *ix = match_index_new();
	size_t hits = 0, bad = 0;

	for (uint32_t k = 0; k < VALS; k++)
		CHECK(match_add(ix, val[k].kind, str_c(val[k].v), k));
	match_ready(ix);
	for (int round = 0; round < 20000; round++) {
		char text[160];
		struct line l = { text, 0 };
		struct list got = { .n = 0 };
		uint64_t a[256][2], b[256][2];
		size_t an = 0, bn = 0;

		for (unsigned k = rnd(14) + 1; k; k--) {
			const char *s = piece[rnd(sizeof(piece) / sizeof(*piece))];

			memcpy(text + l.n, s, strlen(s));
			l.n += strlen(s);
		}
		match_line(ix, str_n(text, l.n), keep, &got);
		for (size_t i = 0; i < got.n; i++, bn++) {
			b[bn][0] = got.v[i].value;
			b[bn][1] = got.v[i].offset;
		}
		for (uint32_t k = 0; k < VALS; k++)
			for (size_t i = 0; i < l.n; i++)
				for (size_t e = i + 1; e <= l.n && e <= i + 20; e++) {
					size_t from;

					if ((tok(text[i]) || val[k].kind == VK_EMAIL) && an < 256 && stands(&l, val[k].kind, str_c(val[k].v), i, e, &from)) {
						a[an][0] = k;
						a[an++][1] = from;
					}
				}
		qsort(a, an, 16, cmp_pair);
		qsort(b, bn, 16, cmp_pair);
		hits += bn;
		if (an != bn || memcmp(a, b, an * 16)) {
			if (bad++ < 5) {
				printf("# '%.*s'\n", (int)l.n, text);
				for (size_t i = 0; i < an; i++)
					printf("#   naive %s at %d\n", val[a[i][0]].v, (int)a[i][1]);
				for (size_t i = 0; i < bn; i++)
					printf("#   match %s at %d\n", val[b[i][0]].v, (int)b[i][1]);
			}
		}
	}
	CHECKF(bad == 0 && hits > 5000, "20000 random lines, %zu hits, %zu differ from the naive matcher", hits, bad);
	match_index_free(ix);
}

int main(void)
{
	cases();
	refused();
	payloads();
	long_lines();
	property();
	return tap_done();
}
