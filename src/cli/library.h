/* library.h - what the commands of warninglists, taxonomies and galaxies share: loading a clone of a library, switching its parts. */
#ifndef CLI_LIBRARY_H
#define CLI_LIBRARY_H

#include "cli/cli.h"
#include "policy/library_load.h"

/* What a load did, as a line or as JSON. nothing: what the folder should have held; RC_NOTFOUND with it when no file was seen. parts: name of the
 * library's parts, NULL when they are not counted. */
MUST_USE enum rc cli_library_loaded(struct cli *c, const struct library_report *l, const char *what, const char *nothing, const char *parts);
/* Switches each operand on or off, all in one transaction; *changed is set when it was the other way. */
typedef enum rc cli_switch_fn(struct ctx *cx, struct str name, bool enabled, bool *changed);
MUST_USE enum rc cli_switch_all(struct cli *c, bool enabled, cli_switch_fn *fn);

#endif
