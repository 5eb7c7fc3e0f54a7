/* history.c - misp history purge: earlier versions of events and their parts go. */
#include "store/history.h"

#include "cli/cli.h"
#include "store/audit.h"

static enum rc run(struct cli *c)
{
	struct ctx *cx = &c->cx;
	struct str days = cli_value(c, "older-than");
	int64_t n, removed;
	enum rc rc;

	if (!days.p || !str_i64(days, &n) || n < 0 || n > 365000)
		return fail(cx, RC_BAD, "--older-than: a number of days is wanted");
	TRY(cli_store(c));
	TRY(history_purge(cx, cx->now_us - n * 86400 * 1000000, &removed));
	TRY(store_begin(cx));
	rc = audit_add(cx, &(struct audit){ .action = "purge", .model = "History",
					    .title = str_fmt(cx->mem, "older than %lld days: %lld versions", (long long)n, (long long)removed) }, NULL);
	if (rc != RC_OK) {
		store_rollback(cx);
		return rc;
	}
	TRY(store_commit(cx));
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kint(&w, "removed", removed);
		cli_row_end(c, &w);
	} else {
		buf_fmt(&c->out, "%lld earlier versions removed\n", (long long)removed);
	}
	return RC_OK;
}

const struct command CMD_HISTORY_PURGE = {
	.name = "history purge", .operands = "", .help = "remove earlier versions of events and what is in them",
	.opts = (const struct cli_opt[]){ { "older-than", "DAYS", "those replaced or deleted longer ago than this" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run,
};
