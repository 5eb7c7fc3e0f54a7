/* main.c - the table of commands; each is one row of a file in cli/. */
#include "cli/cli.h"

static const struct command *const commands[] = {
	&CMD_SERVE,
	&CMD_INIT,
	&CMD_USER_LIST,
	&CMD_USER_ADD,
	&CMD_USER_PASSWORD,
	&CMD_USER_KEY,
	&CMD_FEED_LIST,
	&CMD_FEED_ADD,
	&CMD_FEED_FETCH,
	&CMD_FEED_CACHE,
	&CMD_IMPORT,
	&CMD_SEARCH,
	&CMD_MATCH,
	&CMD_EXTRACT,
	&CMD_GALAXY_LOAD,
	&CMD_GALAXY_LIST,
	&CMD_TAXONOMY_LOAD,
	&CMD_TAXONOMY_LIST,
	&CMD_TAXONOMY_ENABLE,
	&CMD_TAXONOMY_DISABLE,
	&CMD_WARNINGLIST_LOAD,
	&CMD_WARNINGLIST_LIST,
	&CMD_WARNINGLIST_ENABLE,
	&CMD_WARNINGLIST_DISABLE,
	&CMD_HISTORY_PURGE,
	&CMD_BACKUP,
	&CMD_RESTORE,
	&CMD_CHECK,
	&CMD_CONFIG,
	&CMD_VERSION,
	NULL,
};

int main(int argc, char **argv)
{
	return cli_main(commands, argc, argv);
}
