/* value.h - values: normalising, checking, folding, addresses. Pure functions; texts come back in the arena (or are the input itself).
 *
 * Order on add and edit (MISP): trim, refang, normalise by type, check. attr_make (attr.h) does all and splits composites.
 */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "model/attr_type.h"

/* Normalised text of a value of this type; never fails (what cannot be normalised is left for the check to refuse). */
struct str value_normalise(struct arena *a, const struct attr_type *t, struct str raw);
#define VALUE_MAX 65535 /* bytes */
/* NULL when the normalised value is acceptable for the type, else the message MISP gives for it (static text). Includes: not empty, not only control
 * characters, exactly one "|" in composites, at most 65535 bytes. */
const char *value_check(const struct attr_type *t, struct str value);
/* Splits at the first "|" for composite types (malware-sample too); v2 is "" otherwise. */
void value_split(const struct attr_type *t, struct str value, struct str *v1, struct str *v2);
/* The whole value of its halves: v1, or v1|v2. */
struct str value_join(struct arena *a, const struct attr_type *t, struct str v1, struct str v2);

/* Case, accents and compatibility forms folded (as MISP's column collation compares): the text over which digests are taken.
 * ASCII goes a fast way. */
struct str value_fold(struct arena *a, struct str s);
/* SQL-like pattern with % (any run) and _ taken literally, over folded texts. */
bool value_like(struct str folded, struct str folded_pattern);

/* Takes the disguise off: [.] (.) [dot] hxxp [:]// [@] and the like, anywhere in a text; used by extraction and search. */
struct str value_refang(struct arena *a, struct str s);

/* Addresses and networks. fam 4 or 6; addr holds 4 or 16 bytes in network order; plen up to 32 or 128 (the full length for an address). */
struct net {
	uint8_t fam;
	uint8_t plen;
	uint8_t addr[16];
};
bool net_parse(struct str s, struct net *out);          /* "1.2.3.4", "2001:db8::1", with or without /len; IPv4 leading zeros refused */
bool net_parse_addr(struct str s, struct net *out);     /* without /len only */
struct str net_text(struct arena *a, const struct net *n); /* canonical (RFC 5952 for IPv6); /len unless full */
bool net_full(const struct net *n);
void net_mask(struct net *n, uint8_t plen);             /* clears host bits, sets plen */
bool net_contains(const struct net *big, const struct net *small); /* same family, small inside big or equal */
/* Sortable key: family byte, then address bytes; returns its length (5 or 17). */
int net_key(const struct net *n, uint8_t out[17]);

/* Host names. */
bool domain_plausible(struct str s); /* letters, digits, '-', '_' labels of 1..63, at least one dot, last label not all digits */
struct str domain_ascii(struct arena *a, struct str s); /* lower case, IDNA to punycode where needed; {NULL,0} when impossible */
/* Registered domain by the public suffix list ("a.b.example.co.uk" -> "example.co.uk"); {NULL,0} when the name is itself a suffix. */
struct str domain_registered(struct str s);
bool domain_has_known_tld(struct str s);

#endif
