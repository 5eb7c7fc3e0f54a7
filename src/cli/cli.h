/* cli.h - what the commands share: their table row, options, the open data folder, output.
 *
 * main.c finds the row and calls cli_run, which reads options and settings, then row->run. What run returns becomes the exit status (rc.h);
 * a failure's text goes to standard error as one line. Data goes to standard output (cli->out), messages to standard error (cli_say).
 *
 *     static enum rc run(struct cli *c)
 *     {
 *         TRY(cli_store(c));                         opens the data folder, acts as site admin
 *         buf_fmt(&c->out, "%lld\n", ...);
 *         return RC_OK;
 *     }
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/json.h"
#include "cli/config.h"
#include "store/store.h"

struct cli;

/* An option of one command, beside the settings it takes as flags. */
struct cli_opt {
	const char *name; /* without "--" */
	const char *arg;  /* name of its argument, NULL: a switch */
	const char *help;
};
#define CLI_JSON { "json", NULL, "print JSON, one object a line" }

struct command {
	const char *name;            /* "serve", "user add" */
	const char *operands;        /* "FILE...", "" none */
	const char *help;            /* one line */
	const char *more;            /* further lines for --help, NULL none */
	const struct cli_opt *opts;  /* ends with a row without a name; NULL none */
	unsigned settings;           /* SET_FOR_ bits */
	int operands_min, operands_max; /* most -1: any number */
	enum rc (*run)(struct cli *c);
};
extern const struct command CMD_BACKUP, CMD_CHECK, CMD_CONFIG, CMD_DECAY_LIST, CMD_DECAY_LOAD, CMD_EXTRACT, CMD_FEED_ADD, CMD_FEED_CACHE,
	CMD_FEED_FETCH, CMD_FEED_LIST, CMD_GALAXY_LIST, CMD_GALAXY_LOAD, CMD_GPG_KEY_MAKE, CMD_GPG_KEY_SHOW, CMD_HISTORY_PURGE, CMD_IMPORT, CMD_INIT, CMD_MATCH, CMD_NOTICELIST_LOAD,
	CMD_OBJECT_TEMPLATE_LIST, CMD_OBJECT_TEMPLATE_LOAD, CMD_RESTORE, CMD_SEARCH, CMD_SERVE, CMD_TAXONOMY_DISABLE, CMD_TAXONOMY_ENABLE,
	CMD_TAXONOMY_LIST, CMD_TAXONOMY_LOAD, CMD_USER_ADD, CMD_USER_KEY, CMD_USER_LIST, CMD_USER_PASSWORD, CMD_VERSION, CMD_WARNINGLIST_DISABLE,
	CMD_WARNINGLIST_ENABLE, CMD_WARNINGLIST_LIST, CMD_WARNINGLIST_LOAD;

struct cli_given {
	const struct cli_opt *opt;
	struct str value;
};
struct cli {
	const char *program;         /* argv[0] */
	const struct command *cmd;
	struct ctx cx;
	struct config config;
	struct str config_file;      /* --config */
	struct str *operand;
	size_t operand_n;
	struct cli_given *given;
	size_t given_n;
	bool json;
	struct buf out;              /* to standard output */
	bool out_failed;             /* it could not be written */
	int out_errno;
	struct store *st;            /* after cli_store */
};

/* table ends with NULL. Returns the exit status. */
int cli_main(const struct command *const *table, int argc, char **argv);
/* help.c */
void cli_help(const struct command *const *table, struct str topic, struct buf *out, bool *known);

/* Options. */
bool cli_has(const struct cli *c, const char *name);
struct str cli_value(const struct cli *c, const char *name); /* the last one; {NULL,0} when not given */
/* The next value of an option that may come many times; *i from 0. */
bool cli_next(const struct cli *c, const char *name, size_t *i, struct str *out);

/* Opens the data folder and acts as site admin. RC_NOTFOUND when nothing is there, RC_INVALID when it holds no organisation yet. */
MUST_USE enum rc cli_store(struct cli *c);
/* Only opens it: what is in it is not looked at. */
MUST_USE enum rc cli_store_open(struct cli *c, bool create);

/* A line to standard error. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One JSON object a line: jw = cli_row(c); ... cli_row_end(c, &jw). */
struct jw cli_row(struct cli *c);
void cli_row_end(struct cli *c, struct jw *w);
/* Text with control characters made visible, so that data cannot steer a terminal. */
void cli_text(struct buf *b, struct str s);
/* What was written so far goes out. RC_IO when standard output cannot be written. */
MUST_USE enum rc cli_flush(struct cli *c);

/* A file mapped for reading, or standard input read to its end ("-"); "" for an empty one. Lives until cx->mem is reset past this call. */
MUST_USE enum rc cli_input(struct ctx *cx, struct str name, struct str *out);
/* Writes a new file of mode 0600, complete or not at all: beside it, then renamed. */
MUST_USE enum rc cli_write_file(struct ctx *cx, const char *path, struct str text);

#endif
