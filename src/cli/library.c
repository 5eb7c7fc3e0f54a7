/* library.c - see library.h. */
#include "cli/library.h"

enum rc cli_library_loaded(struct cli *c, const struct library_report *l, const char *what, const char *nothing, const char *parts)
{
	struct jw w;

	if (l->seen == 0)
		return fail(&c->cx, RC_NOTFOUND, "%.*s holds no %s", STR(c->operand[0]), nothing);
	if (!c->json) {
		buf_fmt(&c->out, "%zu %s: %zu new, %zu updated, %zu unchanged, %zu not readable", l->seen, what, l->added, l->updated, l->same, l->bad);
		if (parts)
			buf_fmt(&c->out, "; %zu %s written", l->parts, parts);
		buf_ch(&c->out, '\n');
		return RC_OK;
	}
	w = cli_row(c);
	jw_kint(&w, "added", (int64_t)l->added);
	jw_kint(&w, "updated", (int64_t)l->updated);
	jw_kint(&w, "unchanged", (int64_t)l->same);
	jw_kint(&w, "unreadable", (int64_t)l->bad);
	if (parts)
		jw_kint(&w, parts, (int64_t)l->parts);
	cli_row_end(c, &w);
	return RC_OK;
}

enum rc cli_switch_all(struct cli *c, bool enabled, cli_switch_fn *fn)
{
	struct ctx *cx = &c->cx;
	size_t changed = 0;
	enum rc rc = RC_OK;

	TRY(cli_store(c));
	TRY(store_begin(cx));
	for (size_t i = 0; rc == RC_OK && i < c->operand_n; i++) {
		bool one = false;

		rc = fn(cx, c->operand[i], enabled, &one);
		changed += one;
	}
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kint(&w, "changed", (int64_t)changed);
		cli_row_end(c, &w);
	}
	return RC_OK;
}
