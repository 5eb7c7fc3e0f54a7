/* net.c - addresses and networks as text and as bytes. No resolver is ever asked. */
#include "model/value.h"

#include <arpa/inet.h>
#include <string.h>

/* Four numbers of 0..255 without leading zeros: "01" means octal to some readers, so it is refused. */
static bool parse4(struct str s, uint8_t out[4])
{
	const char *p = s.p, *end = s.p + s.n;

	if (s.n < 7 || s.n > 15)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned v = 0;
		const char *start = p;

		while (p < end && p - start < 3 && ch_digit((unsigned char)*p))
			v = v * 10 + (unsigned)(*p++ - '0');
		if (p == start || v > 255 || (*start == '0' && p - start > 1))
			return false;
		out[i] = (uint8_t)v;
		if (i < 3 && (p == end || *p++ != '.'))
			return false;
	}
	return p == end;
}

static bool parse6(struct str s, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN];

	if (s.n < 2 || s.n >= sizeof(text) || memchr(s.p, 0, s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	return inet_pton(AF_INET6, text, out) == 1;
}

bool net_parse_addr(struct str s, struct net *out)
{
	struct net n = { .fam = 4, .plen = 32 };

	if (s.n > 4 && memchr(s.p, ':', 5)) /* the first group has at most four digits */
		n.fam = 6;
	else if (s.n <= 4)
		n.fam = 6;
	if (n.fam == 6) {
		n.plen = 128;
		if (!parse6(s, n.addr))
			return false;
	} else if (!parse4(s, n.addr)) {
		return false;
	}
	*out = n;
	return true;
}

bool net_parse(struct str s, struct net *out)
{
	size_t slash = str_chr(s, '/');
	struct net n;
	uint64_t plen;

	if (slash == STR_NONE)
		return net_parse_addr(s, out);
	if (!net_parse_addr(str_n(s.p, slash), &n))
		return false;
	s = str_from(s, slash + 1);
	if (s.n > 3 || (s.n > 1 && s.p[0] == '0') || !str_u64(s, &plen) || plen > n.plen)
		return false;
	n.plen = (uint8_t)plen;
	*out = n;
	return true;
}

static char *put_dec(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

static char *put4(char *p, const uint8_t a[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_dec(p, a[i]);
	}
	return p;
}

/* RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::". IPv4 in IPv6 (::ffff:0:0/96 and the old
 * ::/96) is written with dots, as inet_ntop and therefore MISP write it. */
static char *put6(char *p, const uint8_t a[16])
{
	unsigned w[8];
	int best = -1, best_n = 1;

	for (int i = 0; i < 8; i++)
		w[i] = (unsigned)a[2 * i] << 8 | a[2 * i + 1];
	for (int i = 0; i < 8;) {
		int j = i;

		while (j < 8 && w[j] == 0)
			j++;
		if (j - i > best_n) {
			best = i;
			best_n = j - i;
		}
		i = j > i ? j : i + 1;
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			*p++ = ':';
			i += best_n - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		if (i == 6 && best == 0 && (best_n == 6 || (best_n == 5 && w[5] == 0xffff)))
			return put4(p, a + 12);
		for (int shift = w[i] > 0xfff ? 12 : w[i] > 0xff ? 8 : w[i] > 0xf ? 4 : 0; shift >= 0; shift -= 4)
			*p++ = "0123456789abcdef"[w[i] >> shift & 15];
	}
	return p;
}

struct str net_text(struct arena *a, const struct net *n)
{
	char *start = arena_alloc(a, 52), *p; /* 45 of the longest address, "/128" */

	p = n->fam == 4 ? put4(start, n->addr) : put6(start, n->addr);
	if (!net_full(n)) {
		*p++ = '/';
		p = put_dec(p, n->plen);
	}
	*p = 0;
	return str_n(start, (size_t)(p - start));
}

bool net_full(const struct net *n)
{
	return n->plen == (n->fam == 4 ? 32 : 128);
}

void net_mask(struct net *n, uint8_t plen)
{
	int len = n->fam == 4 ? 4 : 16;

	for (int i = 0; i < len; i++) {
		int bits = plen - 8 * i;

		if (bits < 8)
			n->addr[i] &= bits <= 0 ? 0 : (uint8_t)(0xff << (8 - bits));
	}
	n->plen = plen;
}

bool net_contains(const struct net *big, const struct net *small)
{
	int whole = big->plen / 8, rest = big->plen % 8;

	if (big->fam != small->fam || big->plen > small->plen || memcmp(big->addr, small->addr, (size_t)whole) != 0)
		return false;
	return !rest || (big->addr[whole] ^ small->addr[whole]) >> (8 - rest) == 0;
}

int net_key(const struct net *n, uint8_t out[17])
{
	int len = n->fam == 4 ? 4 : 16;

	out[0] = n->fam;
	memcpy(out + 1, n->addr, (size_t)len);
	return 1 + len;
}
