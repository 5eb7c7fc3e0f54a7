/* galaxy.c - misp galaxy: threat actors, techniques, sectors and other clusters. */
#include "cli/library.h"
#include "store/galaxy.h"

static enum rc run_load(struct cli *c)
{
	struct library_report l;

	TRY(cli_store(c));
	TRY(galaxies_load_library(&c->cx, c->operand[0], &l));
	return cli_library_loaded(c, &l, "files", "galaxies/NAME.json", "clusters");
}

const struct command CMD_GALAXY_LOAD = {
	.name = "galaxy load", .operands = "DIR", .help = "load or update galaxies and clusters from a clone of misp-galaxy",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_load,
};

static enum rc run_list(struct cli *c)
{
	struct galaxy *v;
	size_t n;

	TRY(cli_store(c));
	TRY(galaxy_list(&c->cx, &v, &n));
	for (size_t i = 0; i < n; i++) {
		int64_t version, clusters;

		TRY(cluster_default_state(&c->cx, v[i].id, &version, &clusters));
		if (c->json) {
			struct jw w = cli_row(c);

			jw_kint(&w, "id", v[i].id);
			jw_kstr(&w, "name", v[i].name);
			jw_kstr(&w, "type", v[i].type);
			jw_kint(&w, "version", v[i].version);
			jw_kint(&w, "clusters", clusters);
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%lld\t%lld\t", (long long)v[i].id, (long long)clusters);
			cli_text(&c->out, v[i].type);
			buf_ch(&c->out, '\t');
			cli_text(&c->out, v[i].name);
			buf_ch(&c->out, '\n');
		}
	}
	return RC_OK;
}

const struct command CMD_GALAXY_LIST = {
	.name = "galaxy list", .operands = "", .help = "list the galaxies", .more = "Prints number, clusters of the library, type, name.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run_list,
};
