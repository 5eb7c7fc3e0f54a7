/* scan.h - the one scanner: bytes of a report, a list or a feed in, typed values out.
 *
 * Finds addresses, networks, address|port, domains and host names, URLs, e-mail addresses, hashes (md5 sha1 sha224
 * sha256 sha384 sha512 ssdeep), CVE numbers, AS numbers, bitcoin addresses, MAC addresses, file names and registry
 * keys, in disguise (hxxp, [.], [@], [:]// and the like) or not. Any bytes will do: text in a broken encoding costs
 * findings, never more.
 *
 *     struct found_list l = { 0 };
 *     scan_all(cx->mem, text, &l);
 *     for (size_t i = 0; i < l.n; i++)
 *         use(l.v[i].type, l.v[i].value, l.v[i].offset);
 *
 * Occurrences come in order of their offset; the same value may come many times.
 *
 * Roles. A report names sites that are not indicators: its own links. A finding that is not disguised is ROLE_REFERENCE
 * when
 *   - it is the target of a Markdown, AsciiDoc or HTML link with a text of its own, or follows a label such as
 * "Reference:";
 *   - it stands under a heading such as References, Sources, Further reading (until the next heading);
 *   - it is a URL or host and the document disguises most of its URLs and hosts: what is left plain is meant to be
 * followed;
 *   - its host is a site that reports point to (analysis services, vendors' blogs, social media) and it is part of a
 * sentence. Everything disguised, and everything that is not a URL, host or e-mail address, is ROLE_INDICATOR.
 */
#ifndef EXTRACT_SCAN_H
#define EXTRACT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum found_role { ROLE_INDICATOR, ROLE_REFERENCE };

struct found {
	struct str type;       /* MISP type name, static */
	struct str value;      /* without disguise, normalised; in the arena */
	struct str original;   /* as written: a view of the text given */
	size_t offset, length; /* of the original, in bytes */
	enum found_role role;
	bool disguised;
};

/* Borrows f for the call; false stops the scan. */
typedef bool found_fn(void *arg, const struct found *f);

/* Values are allocated in a. Returns false when fn stopped the scan or the arena's limit was passed. */
bool scan_text(struct arena *a, struct str text, found_fn *fn, void *arg);

struct found_list {
	struct found *v;
	size_t n, cap;
};
/* All of it in one array in the arena. */
bool scan_all(struct arena *a, struct str text, struct found_list *out);

#endif
