/* addresses and networks; host names */
#include "model/value.h"
#include "unit/tap.h"

#include <arpa/inet.h>
#include <string.h>

static void texts(struct arena *a)
{
	static const struct {
		const char *in, *out; /* out NULL: refused */
	} t[] = {
		{ "1.2.3.4", "1.2.3.4" }, { "255.255.255.255", "255.255.255.255" }, { "0.0.0.0/0", "0.0.0.0/0" },
		{ "192.0.2.7/32", "192.0.2.7" }, { "192.0.2.7/24", "192.0.2.7/24" }, { "2001:db8::/32", "2001:db8::/32" },
		{ "2001:0DB8:0:0:0:0:0:1", "2001:db8::1" }, { "::", "::" }, { "::1", "::1" }, { "1::", "1::" },
		{ "1:0:0:2:0:0:0:3", "1:0:0:2::3" }, { "1:0:0:2:3:0:0:4", "1::2:3:0:0:4" }, { "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" }, { "::FFFF:c000:201/128", "::ffff:192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127" },
		{ "", NULL }, { "1.2.3", NULL }, { "1.2.3.4.5", NULL }, { "1.2.3.256", NULL }, { "01.2.3.4", NULL }, { "1.2.3.4 ", NULL },
		{ "1.2.3.4/33", NULL }, { "1.2.3.4/", NULL }, { "1.2.3.4/-1", NULL }, { "1.2.3.4/08", NULL }, { "1.2.3.4/0x8", NULL },
		{ "::/129", NULL }, { "[::1]", NULL }, { "fe80::1%eth0", NULL }, { ":::", NULL }, { "1::2::3", NULL }, { "g::", NULL },
		{ "1..2.3", NULL }, { "1.2.3.", NULL }, { "/8", NULL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct net n;
		bool ok = net_parse(str_c(t[i].in), &n);
		struct str text = ok ? net_text(a, &n) : S("refused");

		CHECKF(str_eq(text, str_c(t[i].out ? t[i].out : "refused")), "net %s: %.*s", t[i].in, STR(text));
	}
	CHECK(!net_parse_addr(S("1.2.3.4/8"), &(struct net){ 0 }));
	CHECK(!net_parse_addr(str_n("::1\0", 4), &(struct net){ 0 }));
}

/* Every pattern of zero groups, against the C library. */
static void shortest(struct arena *a)
{
	int wrong = 0;

	for (unsigned bits = 0; bits < 256; bits++) {
		struct net n = { .fam = 6, .plen = 128 }, back;
		char want[INET6_ADDRSTRLEN];
		struct str got;

		for (int i = 0; i < 8; i++)
			n.addr[2 * i + 1] = bits >> i & 1 ? (uint8_t)(i + 9) : 0;
		inet_ntop(AF_INET6, n.addr, want, sizeof(want));
		got = net_text(a, &n);
		wrong += !str_eq(got, str_c(want)) || !net_parse(got, &back) || memcmp(back.addr, n.addr, 16) != 0;
	}
	CHECK_INT(wrong, 0);
}

static struct net net_of(const char *text)
{
	struct net n = { 0 };

	CHECKF(net_parse(str_c(text), &n), "%s is a network", text);
	return n;
}

static void masks(struct arena *a)
{
	static const struct {
		const char *big, *small;
		bool in;
	} t[] = {
		{ "10.0.0.0/8", "10.255.1.2", true }, { "10.0.0.0/8", "11.0.0.0", false }, { "0.0.0.0/0", "1.2.3.4", true },
		{ "1.2.3.4", "1.2.3.4", true }, { "1.2.3.4", "1.2.3.0/24", false }, { "1.2.3.0/24", "1.2.3.0/24", true },
		{ "192.0.2.128/25", "192.0.2.127", false }, { "192.0.2.128/25", "192.0.2.200/26", true }, { "::/0", "1.2.3.4", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true }, { "2001:db8::/33", "2001:db8:8000::1", false }, { "::1", "::1", true },
	};
	struct net n = net_of("203.0.113.255");
	uint8_t key[17];

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct net big = net_of(t[i].big), small = net_of(t[i].small);

		CHECKF(net_contains(&big, &small) == t[i].in, "%s in %s", t[i].small, t[i].big);
	}
	net_mask(&n, 25);
	CHECK_STR(net_text(a, &n), S("203.0.113.128/25"));
	net_mask(&n, 0);
	CHECK_STR(net_text(a, &n), S("0.0.0.0/0"));
	n = net_of("2001:db8:ffff::1");
	net_mask(&n, 35);
	CHECK_STR(net_text(a, &n), S("2001:db8:e000::/35"));
	CHECK(!net_full(&n) && net_key(&n, key) == 17 && key[0] == 6 && key[1] == 0x20);
	n = net_of("1.2.3.4");
	CHECK(net_full(&n) && net_key(&n, key) == 5 && !memcmp(key, "\4\1\2\3\4", 5));
}

static void domains(struct arena *a)
{
	static const struct {
		const char *name;
		bool plausible;
		const char *ascii, *registered; /* NULL: none */
		bool tld;
	} t[] = {
		{ "www.Example.co.uk", true, "www.example.co.uk", "Example.co.uk", true },
		{ "example.com", true, "example.com", "example.com", true },
		{ "co.uk", true, "co.uk", NULL, true },
		{ "com", false, "com", NULL, true },
		{ "a.b.invalidtld", true, "a.b.invalidtld", "b.invalidtld", false },
		{ "192.0.2.1", false, "192.0.2.1", NULL, false },
		{ "_dmarc.example.org", true, "_dmarc.example.org", "example.org", true },
		{ "b\xc3\xbc" "cher.example", false, "xn--bcher-kva.example", "b\xc3\xbc" "cher.example", false },
		{ "B\xc3\x9c" "CHER.example", false, "xn--bcher-kva.example", "B\xc3\x9c" "CHER.example", false },
		{ "two words.com", false, NULL, "two words.com", true },
		{ "a..com", false, "a..com", NULL, true },
		{ ".com", false, ".com", NULL, true },
		{ "", false, NULL, NULL, false },
	};
	char big[300];

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct str s = str_c(t[i].name), as = domain_ascii(a, s), reg = domain_registered(s);

		CHECKF(domain_plausible(s) == t[i].plausible, "plausible %s", t[i].name);
		CHECKF(str_eq(as, str_c(t[i].ascii)) && !as.p == !t[i].ascii, "ascii %s: %.*s", t[i].name, STR(as));
		if (i != 9 && i != 10) /* libpsl may or may not name those */
			CHECKF(str_eq(reg, str_c(t[i].registered)), "registered %s: %.*s", t[i].name, STR(reg));
		CHECKF(domain_has_known_tld(s) == t[i].tld, "known tld %s", t[i].name);
	}
	memset(big, 'a', sizeof(big));
	big[70] = big[200] = '.';
	CHECK(!domain_plausible(str_n(big, 100)) && !domain_plausible(str_n(big, 300)));
	CHECK(!domain_registered(str_n(big, 300)).p && !domain_has_known_tld(str_n("a.co\0m", 6)));
}

int main(void)
{
	struct arena *a = arena_new(0);

	texts(a);
	shortest(a);
	masks(a);
	domains(a);
	arena_free(a);
	return tap_done();
}
