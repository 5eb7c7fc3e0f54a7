/* kinds.h - recognisers of single values, without context: what a run of bytes is by its form and checksum alone. */
#ifndef EXTRACT_KINDS_H
#define EXTRACT_KINDS_H

#include <stdbool.h>

#include "base/str.h"

/* MISP type of a plain hex hash of this length; {NULL,0} for other lengths. */
struct str kind_hash_of_length(size_t hex_digits);
/* Four numbers 0..255 without leading zeros. */
bool kind_ipv4(struct str s);
/* Bitcoin: base58check (version 0 or 5), bech32 and bech32m with "bc"; checksums verified. */
bool kind_btc(struct str s);
/* Length of an ssdeep digest at the start of s, 0 when there is none. */
size_t kind_ssdeep(struct str s);
/* AS and digits. */
bool kind_as(struct str s);
/* Length of a CVE number at the start of s ("CVE-2017-11882"), 0 when there is none. */
size_t kind_cve(struct str s);
/* Six pairs of hex digits with ':' or '-' between. */
bool kind_mac(struct str s);

enum ext_kind {
	EXT_NONE,
	EXT_FILE, /* a file name's extension, no top-level domain */
	EXT_BOTH, /* extension and top-level domain: a bare two-part name is taken for a file ("install.sh", "a.zip") */
};
enum ext_kind kind_ext(struct str ext);
/* Sites that reports point to (host or a parent of it). */
bool kind_reference_site(struct str host);
/* URL scheme that makes an indicator: http, ftp, tcp ... */
bool kind_scheme(struct str s);

#endif
