/* ip.c - see ip.h. The special ranges are one table (IANA special-purpose address registries). */
#include "http/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define V4(a, b, c, d, bits) { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d } }, 96 + (bits) }
#define V6(a, b, bits) { { { (a) >> 8, (a) & 0xff, (b) >> 8, (b) & 0xff } }, bits }

static const struct ip_net special[] = {
	V4(0, 0, 0, 0, 8),       /* this network */
	V4(10, 0, 0, 0, 8),      /* private */
	V4(100, 64, 0, 0, 10),   /* shared, carrier NAT */
	V4(127, 0, 0, 0, 8),     /* loopback */
	V4(169, 254, 0, 0, 16),  /* link-local, cloud metadata */
	V4(172, 16, 0, 0, 12),   /* private */
	V4(192, 0, 0, 0, 24),    /* protocol assignments */
	V4(192, 0, 2, 0, 24),    /* documentation */
	V4(192, 88, 99, 0, 24),  /* 6to4 relay */
	V4(192, 168, 0, 0, 16),  /* private */
	V4(198, 18, 0, 0, 15),   /* benchmarking */
	V4(198, 51, 100, 0, 24), /* documentation */
	V4(203, 0, 113, 0, 24),  /* documentation */
	V4(224, 0, 0, 0, 4),     /* multicast */
	V4(240, 0, 0, 0, 4),     /* reserved, broadcast */
	V6(0x0100, 0, 64),       /* discard */
	V6(0x2001, 0, 23),       /* protocol assignments, Teredo */
	V6(0x2001, 0x0db8, 32),  /* documentation */
	V6(0x2002, 0, 16),       /* 6to4 */
	V6(0x3fff, 0, 20),       /* documentation */
	V6(0x5f00, 0, 16),       /* segment routing */
	V6(0xfc00, 0, 7),        /* unique local */
	V6(0xfe80, 0, 10),       /* link-local */
	V6(0xfec0, 0, 10),       /* site-local */
	V6(0xff00, 0, 8),        /* multicast */
};
static const struct ip_net v4_mapped = V4(0, 0, 0, 0, 0);
static const struct ip_net v4_loopback = V4(127, 0, 0, 0, 8);
static const struct ip_net nat64 = V6(0x0064, 0xff9b, 96);
static const struct ip_net nat64_local = { { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 } }, 48 };
static const struct ip_net v4_compatible = { { { 0 } }, 96 }; /* holds :: and ::1 too */

bool ip_parse(struct str s, struct ip_addr *out)
{
	char t[IP_TEXT];
	struct ip_addr a = { 0 };

	if (s.n == 0 || s.n >= sizeof(t) || memchr(s.p, 0, s.n))
		return false;
	memcpy(t, s.p, s.n);
	t[s.n] = 0;
	if (inet_pton(AF_INET, t, a.b + 12) == 1)
		a.b[10] = a.b[11] = 0xff;
	else if (inet_pton(AF_INET6, t, a.b) != 1)
		return false;
	*out = a;
	return true;
}

bool ip_of(const struct sockaddr *sa, struct ip_addr *out)
{
	struct ip_addr a = { 0 };

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		a.b[10] = a.b[11] = 0xff;
		memcpy(a.b + 12, &in->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		memcpy(a.b, &in6->sin6_addr, 16);
	} else {
		return false;
	}
	*out = a;
	return true;
}

bool ip_is_v4(const struct ip_addr *a)
{
	return ip_net_has(&v4_mapped, a);
}

struct str ip_text(const struct ip_addr *a, char out[IP_TEXT])
{
	bool v4 = ip_is_v4(a);

	if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->b + 12 : a->b, out, IP_TEXT))
		out[0] = 0;
	return str_c(out);
}

bool ip_net_parse(struct str s, struct ip_net *out)
{
	size_t slash = str_chr(s, '/');
	struct ip_net n;
	uint64_t bits;
	bool v4;

	if (!ip_parse(str_sub(s, 0, slash), &n.a))
		return false;
	v4 = ip_is_v4(&n.a) && str_chr(str_sub(s, 0, slash), ':') == STR_NONE;
	if (slash == STR_NONE)
		bits = 128;
	else if (!str_u64(str_from(s, slash + 1), &bits) || bits > (v4 ? 32 : 128))
		return false;
	else if (v4)
		bits += 96;
	n.bits = (uint8_t)bits;
	*out = n;
	return true;
}

bool ip_net_has(const struct ip_net *n, const struct ip_addr *a)
{
	size_t whole = n->bits / 8;
	unsigned rest = n->bits % 8;

	return memcmp(n->a.b, a->b, whole) == 0 && (rest == 0 || ((n->a.b[whole] ^ a->b[whole]) >> (8 - rest)) == 0);
}

static bool separator(char c)
{
	return c == ',' || ch_space((unsigned char)c);
}

enum rc ip_nets_parse(struct ctx *cx, struct str s, struct ip_nets *out)
{
	struct ip_net *v = arena_many(cx->mem, s.n / 2 + 1, struct ip_net);
	size_t n = 0;

	for (size_t i = 0, j; i < s.n; i = j) {
		while (i < s.n && separator(s.p[i]))
			i++;
		for (j = i; j < s.n && !separator(s.p[j]);)
			j++;
		if (j > i && !ip_net_parse(str_sub(s, i, j - i), &v[n++]))
			return fail(cx, RC_BAD, "'%.*s' is not a network", STR(str_sub(s, i, j - i)));
	}
	*out = (struct ip_nets){ v, n };
	return RC_OK;
}

bool ip_nets_has(const struct ip_nets *l, const struct ip_addr *a)
{
	for (size_t i = 0; i < l->n; i++)
		if (ip_net_has(&l->v[i], a))
			return true;
	return false;
}

bool ip_is_loopback(const struct ip_addr *a)
{
	static const struct ip_addr one = { { [15] = 1 } };

	return ip_net_has(&v4_loopback, a) || memcmp(a, &one, sizeof(one)) == 0;
}

bool ip_is_public(const struct ip_addr *a)
{
	struct ip_addr in = { { [10] = 0xff, [11] = 0xff } };

	for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
		if (ip_net_has(&special[i], a))
			return false;
	if (ip_net_has(&v4_compatible, a) || ip_net_has(&nat64_local, a))
		return false;
	if (ip_net_has(&nat64, a)) {
		memcpy(in.b + 12, a->b + 12, 4);
		return ip_is_public(&in);
	}
	return true;
}
