/* net.h - IP addresses and networks: text <-> bytes, membership, and which addresses are not of the public internet.
 * An IPv4 address is kept as the IPv6 address ::ffff:a.b.c.d, so that there is one form to compare.
 *
 *     struct net_list nets;
 *     TRY(net_list_parse(cx, S("10.0.0.0/8, fd00::/8"), &nets));
 *     if (net_list_has(&nets, &addr)) ...
 */
#ifndef HTTP_NET_H
#define HTTP_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

struct sockaddr;

#define NET_TEXT 46 /* longest text of an address with its NUL */

struct net_addr {
	uint8_t b[16];
};
struct net_range {
	struct net_addr a;
	uint8_t bits; /* 0..128, counted in the IPv6 form */
};
struct net_list {
	const struct net_range *v;
	size_t n;
};

bool net_addr_parse(struct str s, struct net_addr *out); /* no zone, no brackets */
bool net_addr_of(const struct sockaddr *sa, struct net_addr *out); /* false for other families */
struct str net_addr_text(const struct net_addr *a, char out[NET_TEXT]);
bool net_is_v4(const struct net_addr *a);

bool net_range_parse(struct str s, struct net_range *out); /* "10.0.0.0/8", or an address alone */
bool net_range_has(const struct net_range *n, const struct net_addr *a);
/* Networks separated by commas or blanks, in cx->mem. RC_BAD names the wrong one. */
enum rc net_list_parse(struct ctx *cx, struct str s, struct net_list *out) MUST_USE;
bool net_list_has(const struct net_list *l, const struct net_addr *a);

bool net_is_loopback(const struct net_addr *a);
/* False for every range that is not global unicast: private, loopback, link-local, shared, multicast, documentation,
 * reserved, and IPv6 forms that carry such an IPv4 address. */
bool net_is_public(const struct net_addr *a);

#endif
