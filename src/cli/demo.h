/* demo.h - what serve --demo does with a new data folder: feeds, a log and a report that are part of the program are written to its folder demo/,
 * the feeds are taken in as any others, the log is matched. */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H

#include "cli/cli.h"

struct bootstrap_result;

/* As site admin. Prints the hits. */
MUST_USE enum rc demo_load(struct cli *c);
/* URL, login, and commands to try. first: what was made in this run, NULL when nothing. tls_made: the certificate is our own. */
void demo_show(struct cli *c, struct str url, const struct bootstrap_result *first, bool tls_made);

#endif
