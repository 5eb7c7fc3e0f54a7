/* decay.c - misp decay, misp noticelist: the libraries of decaying models and of notice lists. */
#include "cli/library.h"
#include "policy/decay_admin.h"
#include "policy/rule_admin.h"

static enum rc run_decay_load(struct cli *c)
{
	struct library_report l;

	TRY(cli_store(c));
	TRY(decay_models_load_library(&c->cx, c->operand[0], cli_has(c, "force"), &l));
	return cli_library_loaded(c, &l, "decaying models", "models/NAME.json", NULL);
}

const struct command CMD_DECAY_LOAD = {
	.name = "decay load", .operands = "DIR", .help = "load or update the decaying models from a clone of misp-decaying-models",
	.more = "New models come disabled; enable them over the API.",
	.opts = (const struct cli_opt[]){ { "force", NULL, "take those of the same version, too" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_decay_load,
};

static enum rc run_decay_list(struct cli *c)
{
	struct decay_row *v;
	size_t n;

	TRY(cli_store(c));
	TRY(decay_model_list(&c->cx, false, &v, &n));
	for (size_t i = 0; i < n; i++) {
		if (c->json) {
			struct jw w = cli_row(c);

			jw_kint(&w, "id", v[i].m.id);
			jw_kstr(&w, "name", v[i].m.name);
			jw_kstr(&w, "formula", decay_formula_name(v[i].m.formula));
			jw_kbool(&w, "enabled", v[i].enabled);
			jw_kbool(&w, "filled", v[i].filled);
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%lld\t%s\t", (long long)v[i].m.id, !v[i].enabled ? "-" : v[i].filled ? "enabled" : "filling");
			cli_text(&c->out, v[i].m.name);
			buf_ch(&c->out, '\n');
		}
	}
	return RC_OK;
}

const struct command CMD_DECAY_LIST = {
	.name = "decay list", .operands = "", .help = "list the decaying models", .more = "Prints number, state, name.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } }, .settings = SET_FOR_DATA, .run = run_decay_list,
};

static enum rc run_noticelist_load(struct cli *c)
{
	struct library_report l;

	TRY(cli_store(c));
	TRY(noticelists_load_library(&c->cx, c->operand[0], &l));
	return cli_library_loaded(c, &l, "notice lists", "lists/NAME/list.json", "notices");
}

const struct command CMD_NOTICELIST_LOAD = {
	.name = "noticelist load", .operands = "DIR", .help = "load or update the notice lists from a clone of misp-noticelist",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } }, .settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_noticelist_load,
};
