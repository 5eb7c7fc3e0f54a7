/* check.c - misp check: is the database sound, and with --deep, do its indexes agree with its rows? */
#include "cli/cli.h"
#include "store/verify.h"

static void show(struct cli *c, const struct finding *f)
{
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "found", str_c(f->what));
		jw_kint(&w, "count", f->n);
		jw_kint(&w, "event_id", f->event_id);
		jw_kint(&w, "id", f->id);
		cli_row_end(c, &w);
		return;
	}
	buf_fmt(&c->out, "%lld %s", (long long)f->n, f->what);
	if (f->event_id)
		buf_fmt(&c->out, ", the first in event %lld", (long long)f->event_id);
	if (f->id)
		buf_fmt(&c->out, ", id %lld", (long long)f->id);
	buf_ch(&c->out, '\n');
}

static enum rc run(struct cli *c)
{
	struct finding *f;
	int64_t size;
	size_t n = 0;

	TRY(cli_store_open(c, false));
	TRY(db_check(&c->cx, c->st->db));
	if (cli_has(c, "deep")) {
		TRY(store_verify(&c->cx, &f, &n));
		for (size_t i = 0; i < n; i++)
			show(c, &f[i]);
		if (n)
			return fail(&c->cx, RC_DB, "the indexes do not agree with the rows: %zu kinds of differences", n);
	}
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
	.more = "With --deep every attribute's index entries, counts, references and files are compared too; each kind of difference is a line.",
	.opts = (const struct cli_opt[]){ { "deep", NULL, "compare the indexes with the rows" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run,
};
