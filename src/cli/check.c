/* check.c - misp check: is the database sound? */
#include "cli/cli.h"

static enum rc run(struct cli *c)
{
	int64_t size;

	TRY(cli_store_open(c, false));
	TRY(db_check(&c->cx, c->st->db));
	TRY(db_size(&c->cx, c->st->db, &size));
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kbool(&w, "sound", true);
		jw_kint(&w, "bytes", size);
		cli_row_end(c, &w);
	} else {
		buf_fmt(&c->out, "sound, %lld bytes\n", (long long)size);
	}
	return RC_OK;
}

const struct command CMD_CHECK = {
	.name = "check", .operands = "", .help = "check the database for damage",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run,
};
