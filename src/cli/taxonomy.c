/* taxonomy.c - misp taxonomy: vocabularies of tags. */
#include "cli/library.h"
#include "store/audit.h"
#include "store/taxonomy.h"

static enum rc run_load(struct cli *c)
{
	struct library_report l;

	TRY(cli_store(c));
	TRY(taxonomies_load_library(&c->cx, c->operand[0], cli_has(c, "enable"), &l));
	return cli_library_loaded(c, &l, "taxonomies", "NAMESPACE/machinetag.json", NULL);
}

const struct command CMD_TAXONOMY_LOAD = {
	.name = "taxonomy load", .operands = "DIR", .help = "load or update the taxonomies from a clone of misp-taxonomies",
	.opts = (const struct cli_opt[]){ { "enable", NULL, "enable all of them" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_load,
};

static enum rc run_list(struct cli *c)
{
	struct taxonomy_row *v;
	size_t n;

	TRY(cli_store(c));
	TRY(taxonomy_list(&c->cx, true, &v, &n));
	for (size_t i = 0; i < n; i++) {
		const struct taxonomy *t = &v[i].t;

		if (cli_has(c, "enabled") && !t->enabled)
			continue;
		if (c->json) {
			struct jw w = cli_row(c);

			jw_kint(&w, "id", t->id);
			jw_kstr(&w, "namespace", t->namespace);
			jw_kint(&w, "version", t->version);
			jw_kbool(&w, "enabled", t->enabled);
			jw_kbool(&w, "required", t->required);
			jw_kint(&w, "tags", v[i].total);
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%lld\t%s\t%lld\t", (long long)t->id, t->enabled ? "enabled" : "-", (long long)v[i].total);
			cli_text(&c->out, t->namespace);
			buf_ch(&c->out, '\n');
		}
	}
	return RC_OK;
}

const struct command CMD_TAXONOMY_LIST = {
	.name = "taxonomy list", .operands = "", .help = "list the taxonomies", .more = "Prints number, state, tags, namespace.",
	.opts = (const struct cli_opt[]){ { "enabled", NULL, "the enabled ones only" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run_list,
};

static enum rc switch_one(struct ctx *cx, struct str name, bool enabled, bool *changed)
{
	struct taxonomy t;
	int64_t id = 0;
	enum rc rc = str_i64(name, &id) ? taxonomy_load(cx, id, S(""), &t) : taxonomy_load(cx, 0, name, &t);

	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "no taxonomy has the namespace \"%.*s\"", STR(name));
	TRY(rc);
	*changed = t.enabled != enabled;
	if (!*changed)
		return RC_OK;
	t.enabled = enabled;
	TRY(taxonomy_update(cx, &t));
	return audit_add(cx, &(struct audit){ .action = enabled ? "enable" : "disable", .model = "Taxonomy", .model_id = t.id, .title = t.namespace }, NULL);
}

static enum rc run_enable(struct cli *c)
{
	return cli_switch_all(c, true, switch_one);
}

const struct command CMD_TAXONOMY_ENABLE = {
	.name = "taxonomy enable", .operands = "NAMESPACE...", .help = "enable taxonomies, by namespace or number",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = -1, .run = run_enable,
};

static enum rc run_disable(struct cli *c)
{
	return cli_switch_all(c, false, switch_one);
}

const struct command CMD_TAXONOMY_DISABLE = {
	.name = "taxonomy disable", .operands = "NAMESPACE...", .help = "disable taxonomies, by namespace or number",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = -1, .run = run_disable,
};
