/* object_template.c - misp object-template: what objects are made after. */
#include "cli/library.h"
#include "policy/object_template.h"

static enum rc run_load(struct cli *c)
{
	struct template_load o = { .dir = c->operand[0], .only = cli_value(c, "only").p ? cli_value(c, "only") : S(""), .force = cli_has(c, "force") };
	struct library_report l;

	TRY(cli_store(c));
	TRY(templates_load_library(&c->cx, &o, &l));
	return cli_library_loaded(c, &l, "object templates", o.only.n ? "object template of this name" : "objects/NAME/definition.json", "elements");
}

const struct command CMD_OBJECT_TEMPLATE_LOAD = {
	.name = "object-template load", .operands = "DIR", .help = "load or update object templates from a clone of misp-objects",
	.opts = (const struct cli_opt[]){ { "only", "NAME", "the template of this folder alone" }, { "force", NULL, "unchanged versions, too" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_load,
};

static enum rc run_list(struct cli *c)
{
	struct template_row *v;
	size_t n;

	TRY(cli_store(c));
	TRY(template_list(&c->cx, cli_has(c, "all"), &v, &n));
	for (size_t i = 0; i < n; i++) {
		const struct object_template *t = &v[i].t;

		if (c->json) {
			struct jw w = cli_row(c);

			jw_kint(&w, "id", t->id);
			jw_kstr(&w, "name", t->name);
			jw_kstr(&w, "meta-category", t->meta_category);
			jw_kint(&w, "version", t->version);
			jw_kbool(&w, "active", t->active);
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%lld\t%s\t%lld\t", (long long)t->id, t->active ? "active" : "-", (long long)t->version);
			cli_text(&c->out, t->meta_category);
			buf_ch(&c->out, '\t');
			cli_text(&c->out, t->name);
			buf_ch(&c->out, '\n');
		}
	}
	return RC_OK;
}

const struct command CMD_OBJECT_TEMPLATE_LIST = {
	.name = "object-template list", .operands = "", .help = "list the object templates", .more = "Prints number, state, version, meta-category, name.",
	.opts = (const struct cli_opt[]){ { "all", NULL, "those that are not active, too" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run_list,
};
