/* progress.h - how far a long step is, on standard error: a bar on a terminal, else a line when it is done (and every ten seconds).
 *
 *     struct progress p;
 *     progress_begin(&p, "feed demo");
 *     progress_at(&p, 20, 100);               may be called as often as one likes
 *     progress_end(&p, "%d values", 17);
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *text; /* borrowed */
	bool terminal, shown;
	int64_t next_us;
};
void progress_begin(struct progress *p, const char *text);
void progress_at(struct progress *p, uint64_t done, uint64_t total); /* total 0: unknown */
void progress_end(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Takes the bar off; a failure's line follows elsewhere. */
void progress_drop(struct progress *p);

#endif
