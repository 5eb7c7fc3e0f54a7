/* tap.c - see tap.h */
#include "unit/tap.h"

#include <stdarg.h>
#include <stdio.h>

static int count, bad;

bool tap_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (!ok) {
		bad++;
		printf("# %s:%d\n", file, line);
	}
	fflush(stdout);
	return ok;
}

bool tap_str(struct str got, struct str want, const char *file, int line, const char *what)
{
	bool ok = str_eq(got, want);

	tap_check(ok, file, line, "%s", what);
	if (!ok)
		printf("#   got  \"%.*s\"\n#   want \"%.*s\"\n", STR(got), STR(want));
	return ok;
}

bool tap_int(int64_t got, int64_t want, const char *file, int line, const char *what)
{
	bool ok = got == want;

	tap_check(ok, file, line, "%s", what);
	if (!ok)
		printf("#   got %lld, want %lld\n", (long long)got, (long long)want);
	return ok;
}

void tap_skip(const char *why)
{
	printf("ok %d # SKIP %s\n", ++count, why);
}

int tap_done(void)
{
	printf("1..%d\n", count);
	return bad ? 1 : 0;
}
