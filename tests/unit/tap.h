/* tap.h - Test Anything Protocol for our small test programs.
 *     CHECK(cond);   CHECK_STR(got, want);   CHECK_INT(got, want);   return tap_done(); */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

bool tap_check(bool ok, const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool tap_str(struct str got, struct str want, const char *file, int line, const char *what);
bool tap_int(int64_t got, int64_t want, const char *file, int line, const char *what);
void tap_skip(const char *why);
int tap_done(void); /* prints the plan; exit status */

#define CHECK(c) tap_check((c), __FILE__, __LINE__, "%s", #c)
#define CHECKF(c, ...) tap_check((c), __FILE__, __LINE__, __VA_ARGS__)
#define CHECK_STR(g, w) tap_str((g), (w), __FILE__, __LINE__, #g)
#define CHECK_INT(g, w) tap_int((int64_t)(g), (int64_t)(w), __FILE__, __LINE__, #g)

#endif
