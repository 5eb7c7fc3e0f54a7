/* warninglist.c - misp warninglist: lists of usually harmless values. */
#include "cli/library.h"
#include "policy/lists_hold.h"
#include "store/audit.h"

static enum rc run_load(struct cli *c)
{
	struct library_report l;

	TRY(cli_store(c));
	TRY(lists_load_library(&c->cx, c->operand[0], cli_has(c, "enable"), &l));
	return cli_library_loaded(c, &l, "lists", "lists/NAME/list.json", NULL);
}

const struct command CMD_WARNINGLIST_LOAD = {
	.name = "warninglist load", .operands = "DIR", .help = "load or update the lists from a clone of misp-warninglists",
	.opts = (const struct cli_opt[]){ { "enable", NULL, "enable all of them" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_load,
};

static enum rc run_list(struct cli *c)
{
	struct warninglist *v;
	size_t n;

	TRY(cli_store(c));
	TRY(warninglist_list(&c->cx, cli_has(c, "enabled"), &v, &n));
	for (size_t i = 0; i < n; i++) {
		if (c->json) {
			struct jw w = cli_row(c);

			jw_kint(&w, "id", v[i].id);
			jw_kstr(&w, "name", v[i].name);
			jw_kstr(&w, "type", v[i].type);
			jw_kint(&w, "version", v[i].version);
			jw_kbool(&w, "enabled", v[i].enabled);
			jw_kint(&w, "entries", v[i].entry_count);
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%lld\t%s\t%.*s\t%lld\t", (long long)v[i].id, v[i].enabled ? "enabled" : "-", STR(v[i].type),
				(long long)v[i].entry_count);
			cli_text(&c->out, v[i].name);
			buf_ch(&c->out, '\n');
		}
	}
	return RC_OK;
}

const struct command CMD_WARNINGLIST_LIST = {
	.name = "warninglist list", .operands = "", .help = "list the warninglists", .more = "Prints number, state, type, entries, name.",
	.opts = (const struct cli_opt[]){ { "enabled", NULL, "the enabled ones only" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run_list,
};

static enum rc switch_one(struct ctx *cx, struct str name, bool enabled, bool *changed)
{
	struct warninglist w;
	int64_t id = 0;
	enum rc rc = str_i64(name, &id) ? warninglist_load(cx, id, S(""), &w) : warninglist_load(cx, 0, name, &w);

	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "no warninglist is named \"%.*s\"", STR(name));
	TRY(rc);
	*changed = w.enabled != enabled;
	if (!*changed)
		return RC_OK;
	w.enabled = enabled;
	TRY(warninglist_update(cx, &w));
	return audit_add(cx, &(struct audit){ .action = enabled ? "enable" : "disable", .model = "Warninglist", .model_id = w.id, .title = w.name }, NULL);
}

static enum rc run_enable(struct cli *c)
{
	return cli_switch_all(c, true, switch_one);
}

const struct command CMD_WARNINGLIST_ENABLE = {
	.name = "warninglist enable", .operands = "NAME...", .help = "enable lists, by name or number",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = -1, .run = run_enable,
};

static enum rc run_disable(struct cli *c)
{
	return cli_switch_all(c, false, switch_one);
}

const struct command CMD_WARNINGLIST_DISABLE = {
	.name = "warninglist disable", .operands = "NAME...", .help = "disable lists, by name or number",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = -1, .run = run_disable,
};
