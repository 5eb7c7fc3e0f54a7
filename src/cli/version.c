/* version.c - misp version. */
#include "cli/cli.h"

static enum rc run(struct cli *c)
{
	if (!c->json) {
		buf_str(&c->out, S("misp " MISP_VERSION "\n"));
		return RC_OK;
	}
	struct jw w = cli_row(c);

	jw_kstr(&w, "version", S(MISP_VERSION));
	cli_row_end(c, &w);
	return RC_OK;
}

const struct command CMD_VERSION = {
	.name = "version", .operands = "", .help = "print the version",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.run = run,
};
