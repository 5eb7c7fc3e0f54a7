/* progress.c - see progress.h. */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR = 30, BAR_US = 100000, LINE_US = 10000000 };

void progress_begin(struct progress *p, const char *text)
{
	const char *term = getenv("TERM");

	*p = (struct progress){ .text = text, .terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0 };
	p->next_us = clock_mono_us() + (p->terminal ? 0 : LINE_US);
}

void progress_at(struct progress *p, uint64_t done, uint64_t total)
{
	int64_t now = clock_mono_us();
	int part = total ? (int)(done >= total ? 1000 : done * 1000.0 / (double)total) : 0;

	if (now < p->next_us)
		return;
	p->next_us = now + (p->terminal ? BAR_US : LINE_US);
	p->shown = true;
	if (!p->terminal && total)
		fprintf(stderr, "%s: %d %%\n", p->text, part / 10);
	else if (!p->terminal)
		fprintf(stderr, "%s: %llu\n", p->text, (unsigned long long)done);
	else if (total)
		fprintf(stderr, "\r\033[K%s [%.*s%*s] %d %%", p->text, part * BAR / 1000, "##############################", BAR - part * BAR / 1000, "",
			part / 10);
	else
		fprintf(stderr, "\r\033[K%s %llu", p->text, (unsigned long long)done);
}

void progress_drop(struct progress *p)
{
	if (p->terminal && p->shown)
		fputs("\r\033[K", stderr);
}

void progress_end(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	progress_drop(p);
	fprintf(stderr, "%s: ", p->text);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
