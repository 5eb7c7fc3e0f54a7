/* regex.h - regular expressions as MISP users write them (PHP): of warninglists and of feeds. */
#ifndef LISTS_REGEX_H
#define LISTS_REGEX_H

#include <stdbool.h>

#include "base/str.h"

struct wl_regex; /* compiled */

/* "/pattern/modifiers" (also # ~ @ % ! for the slash), or a bare pattern; NULL when it does not compile. */
struct wl_regex *wl_regex_new(struct str entry);
void wl_regex_free(struct wl_regex *rx);
/* False also for a value over 2 KiB, and when the pattern takes more steps than a value deserves. */
bool wl_regex_match(const struct wl_regex *rx, struct str value);

#endif
