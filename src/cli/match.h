/* match.h - the stored indicators held in memory, and looking for them in a file: for the commands match and serve --demo. */
#ifndef CLI_MATCH_H
#define CLI_MATCH_H

#include "cli/cli.h"

struct matcher;
/* Values to be detected of published events (all events with unpublished), without those on enabled warninglists. */
MUST_USE enum rc matcher_open(struct ctx *cx, bool unpublished, struct matcher **out);
void matcher_close(struct matcher *m);
size_t matcher_count(const struct matcher *m); /* different values */
/* Prints every hit in the file ("-": standard input) to c->out; *hits grows. */
MUST_USE enum rc matcher_file(struct cli *c, const struct matcher *m, struct str file, int64_t *hits);

#endif
