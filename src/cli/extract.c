/* extract.c - misp extract: indicators in reports, with their place. Opens no data folder. */
#include "cli/cli.h"
#include "extract/scan.h"

struct job {
	struct cli *c;
	struct str file;
};

static bool on_found(void *arg, const struct found *f)
{
	struct job *j = arg;
	struct cli *c = j->c;
	struct str role = f->role == ROLE_REFERENCE ? S("reference") : S("indicator");

	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "file", j->file);
		jw_kstr(&w, "type", f->type);
		jw_kstr(&w, "value", f->value);
		jw_kstr(&w, "original", f->original);
		jw_kint(&w, "offset", (int64_t)f->offset);
		jw_kstr(&w, "role", role);
		cli_row_end(c, &w);
	} else {
		cli_text(&c->out, j->file);
		buf_fmt(&c->out, ":%zu\t%.*s\t%.*s\t", f->offset, STR(f->type), STR(role));
		cli_text(&c->out, f->value);
		buf_ch(&c->out, '\n');
	}
	return !c->out_failed;
}

static enum rc run(struct cli *c)
{
	enum rc first = RC_OK;

	for (size_t i = 0; i < c->operand_n; i++) {
		struct arena_mark m = arena_mark(c->cx.mem);
		struct job j = { c, c->operand[i] };
		struct str text;
		enum rc rc = cli_input(&c->cx, j.file, &text);

		if (rc == RC_OK)
			scan_text(c->cx.mem, text, on_found, &j);
		arena_reset(c->cx.mem, m);
		TRY(cli_flush(c));
		if (rc == RC_OK)
			continue;
		/* the other files are read all the same */
		if (i + 1 < c->operand_n) {
			cli_say("misp extract: %s", c->cx.err.msg);
			if (first == RC_OK)
				first = rc;
			ctx_forgive(&c->cx);
		} else {
			first = rc;
		}
	}
	return first;
}

const struct command CMD_EXTRACT = {
	.name = "extract", .operands = "FILE...", .help = "find indicators in reports and other texts, disguised ones too",
	.more = "Prints one line an occurrence: file:offset, type, role, value. - reads standard input.\n"
		"The role is reference when the text's own links are meant, indicator otherwise.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.operands_min = 1, .operands_max = -1,
	.run = run,
};
