/* regex.h - regular expressions as MISP users write them (PHP): of warninglists and of feeds. */
#ifndef LISTS_REGEX_H
#define LISTS_REGEX_H

#include <stdbool.h>

#include "base/arena.h"

struct wl_regex; /* compiled */

/* "/pattern/modifiers" (also # ~ @ % ! for the slash), or a bare pattern; NULL when it does not compile. */
struct wl_regex *wl_regex_new(struct str entry);
void wl_regex_free(struct wl_regex *rx);
/* False also for a value over 2 KiB, and when the pattern takes more steps than a value deserves. */
bool wl_regex_match(const struct wl_regex *rx, struct str value);
/* Every match replaced, $1 or \1 for its groups; *out is in the arena, the value itself when nothing matches, takes too long, or would not be UTF-8 any more. False:
 * the replacement cannot be used. */
bool wl_regex_replace(struct arena *a, const struct wl_regex *rx, struct str value, struct str replacement, struct str *out);

#endif
