/* first.h - the first content of a data folder, as init and serve make it, and showing the credentials once. */
#ifndef CLI_FIRST_H
#define CLI_FIRST_H

#include "cli/cli.h"
#include "policy/bootstrap.h"

/* Organisation, admin and key by the settings. *made is false when there was an organisation already (nothing is done then). */
MUST_USE enum rc first_make(struct cli *c, struct bootstrap_result *out, bool *made);
/* Login, password (when we made it) and key (when we made it) as lines or, with --json, one object. */
void first_show(struct cli *c, const struct bootstrap_result *r);

#endif
