/* help.c - help texts, made of the tables of commands, options and settings. */
#include <stdio.h>

#include "cli/cli.h"

#define COLUMN 30

static void two_columns(struct buf *b, struct str left, const char *right)
{
	buf_fmt(b, "  %.*s", STR(left));
	if (left.n + 2 >= COLUMN)
		buf_fmt(b, "\n%*s", COLUMN, "");
	else
		buf_fmt(b, "%*s", (int)(COLUMN - 2 - left.n), "");
	buf_fmt(b, "%s\n", right);
}

/* "--name-of-it VALUE" */
static void setting_line(struct buf *b, const struct setting_row *r)
{
	char left[64], right[256];
	int n = snprintf(left, sizeof(left), "--%s%s", r->name,
			 r->type == SET_T_BOOL ? "" : r->type == SET_T_INT ? " N" : r->type == SET_T_NETS ? " NETS" : " VALUE");

	for (char *p = left + 2; *p && *p != ' '; p++)
		if (*p == '_')
			*p = '-';
	snprintf(right, sizeof(right), "%s%s%s%s", r->help, *r->dflt && r->type != SET_T_BOOL ? " [" : "", r->type != SET_T_BOOL ? r->dflt : "",
		 *r->dflt && r->type != SET_T_BOOL ? "]" : "");
	two_columns(b, str_n(left, (size_t)n), right);
}

static void one(struct buf *b, const struct command *c)
{
	bool flags = c->settings != 0;

	buf_fmt(b, "usage: misp %s%s%s%s\n\n%s\n", c->name, flags || c->opts ? " [options]" : "", *c->operands ? " " : "", c->operands, c->help);
	if (c->more)
		buf_fmt(b, "\n%s\n", c->more);
	buf_str(b, S("\nOptions:\n"));
	for (const struct cli_opt *o = c->opts; o && o->name; o++) {
		char left[64];
		int n = snprintf(left, sizeof(left), "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");

		two_columns(b, str_n(left, (size_t)n), o->help);
	}
	for (int i = 0; i < SETTING_COUNT; i++)
		if ((setting_rows[i].flags & c->settings) && !(setting_rows[i].flags & SET_SECRET))
			setting_line(b, &setting_rows[i]);
	two_columns(b, S("--config FILE"), "read settings from this file");
	two_columns(b, S("--help"), "this text");
}

static void overview(const struct command *const *table, struct str group, struct buf *b)
{
	if (group.n)
		buf_fmt(b, "usage: misp %.*s COMMAND [options] ...\n\nCommands:\n", STR(group));
	else
		buf_str(b, S("usage: misp COMMAND [options] ...\n\nA threat intelligence platform that speaks MISP's REST API.\n\nCommands:\n"));
	for (; *table; table++) {
		struct str name = str_c((*table)->name);

		if (group.n && !(str_starts(name, group) && name.n > group.n && name.p[group.n] == ' '))
			continue;
		two_columns(b, name, (*table)->help);
	}
	if (!group.n)
		buf_str(b, S("\nmisp help COMMAND tells more. Settings come from flags, the environment (MISP_...) and misp.conf;\n"
			     "misp config shows them. Exit status: 0 done, 2 wrong use or input, 3 not found,\n"
			     "4 not allowed, 5 there already, 6 over a limit, 7 busy, 8 the other side failed, 9 input or output failed.\n"));
}

void cli_help(const struct command *const *table, struct str topic, struct buf *out, bool *known)
{
	*known = true;
	if (!topic.n) {
		overview(table, topic, out);
		return;
	}
	for (size_t i = 0; table[i]; i++)
		if (str_eq(topic, str_c(table[i]->name))) {
			one(out, table[i]);
			return;
		}
	for (size_t i = 0; table[i]; i++) {
		struct str name = str_c(table[i]->name);

		if (str_starts(name, topic) && name.n > topic.n && name.p[topic.n] == ' ') {
			overview(table, topic, out);
			return;
		}
	}
	*known = false;
}
