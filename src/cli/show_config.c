/* show_config.c - misp config: what is set, and where each value came from. */
#include "cli/cli.h"

static enum rc run(struct cli *c)
{
	struct arena *a = c->cx.mem;

	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting s = (enum setting)i;
		struct str value = config_shown(a, &c->config, s), from = config_source(a, &c->config, s);

		if (c->json) {
			struct jw w = cli_row(c);

			jw_kstr(&w, "name", str_c(setting_rows[i].name));
			jw_kstr(&w, "value", value);
			jw_kstr(&w, "from", from);
			jw_kstr(&w, "default", str_c(setting_rows[i].dflt));
			jw_kstr(&w, "environment", str_c(setting_rows[i].env));
			jw_kstr(&w, "help", str_c(setting_rows[i].help));
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%-24s = %-28.*s # %.*s\n", setting_rows[i].name, STR(value), STR(from));
		}
	}
	return RC_OK;
}

const struct command CMD_CONFIG = {
	.name = "config", .operands = "", .help = "print the settings in effect and where each came from",
	.more = "The text form can be used as a configuration file once the comments are taken off.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA | SET_FOR_SERVE | SET_FOR_FETCH | SET_FOR_INIT,
	.run = run,
};
