/* main.c - the table of commands; each is one row of a file in cli/. */
#include "cli/cli.h"

static const struct command *const commands[] = {
#ifdef WITH_SERVE
	&CMD_SERVE,
#endif
	&CMD_INIT,
	&CMD_EXTRACT,
	&CMD_CONFIG,
	&CMD_VERSION,
	NULL,
};

int main(int argc, char **argv)
{
	return cli_main(commands, argc, argv);
}
