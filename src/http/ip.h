/* ip.h - IP addresses and networks: text <-> bytes, membership, and which addresses are not of the public internet.
 * An IPv4 address is kept as the IPv6 address ::ffff:a.b.c.d, so that there is one form to compare.
 *
 *     struct ip_nets nets;
 *     TRY(ip_nets_parse(cx, S("10.0.0.0/8, fd00::/8"), &nets));
 *     if (ip_nets_has(&nets, &addr)) ...
 */
#ifndef HTTP_IP_H
#define HTTP_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

struct sockaddr;

#define IP_TEXT 46 /* longest text of an address with its NUL */

struct ip_addr {
	uint8_t b[16];
};
struct ip_net {
	struct ip_addr a;
	uint8_t bits; /* 0..128, counted in the IPv6 form */
};
struct ip_nets {
	const struct ip_net *v;
	size_t n;
};

bool ip_parse(struct str s, struct ip_addr *out); /* no zone, no brackets */
bool ip_of(const struct sockaddr *sa, struct ip_addr *out); /* false for other families */
struct str ip_text(const struct ip_addr *a, char out[IP_TEXT]);
bool ip_is_v4(const struct ip_addr *a);

bool ip_net_parse(struct str s, struct ip_net *out); /* "10.0.0.0/8", or an address alone */
bool ip_net_has(const struct ip_net *n, const struct ip_addr *a);
/* Networks separated by commas or blanks, in cx->mem. RC_BAD names the wrong one. */
enum rc ip_nets_parse(struct ctx *cx, struct str s, struct ip_nets *out) MUST_USE;
bool ip_nets_has(const struct ip_nets *l, const struct ip_addr *a);

bool ip_is_loopback(const struct ip_addr *a);
/* False for every range that is not global unicast: private, loopback, link-local, shared, multicast, documentation,
 * reserved, and IPv6 forms that carry such an IPv4 address. */
bool ip_is_public(const struct ip_addr *a);

#endif
