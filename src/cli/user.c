/* user.c - misp user: who may log in, and with which keys. Rights, checks and the audit are policy/'s matter. */
#include <stdio.h>

#include "cli/cli.h"
#include "policy/password.h"
#include "policy/user_admin.h"
#include "store/role.h"

static enum rc user_named(struct cli *c, struct user_row *out)
{
	struct str email = c->operand[0];
	enum rc rc = user_by_email(&c->cx, email, out);

	return rc == RC_DONE ? fail(&c->cx, RC_NOTFOUND, "no user has the e-mail address %.*s", STR(email)) : rc;
}

/* ---- list ---- */

static enum rc run_list(struct cli *c)
{
	struct user_filter f = { 0 };
	struct user_row *v;
	size_t n;

	TRY(cli_store(c));
	TRY(user_list(&c->cx, &f, &v, &n));
	for (size_t i = 0; i < n; i++) {
		const struct user_row *u = &v[i];

		if (c->json) {
			struct jw w = cli_row(c);

			jw_kint(&w, "id", u->u.id);
			jw_kstr(&w, "email", u->u.email);
			jw_kstr(&w, "org", u->org.name);
			jw_kstr(&w, "role", u->role.name);
			jw_kbool(&w, "disabled", u->u.disabled);
			jw_kint(&w, "last_login", u->u.current_login);
			jw_kint(&w, "last_api_access", u->u.last_api_access);
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%lld\t", (long long)u->u.id);
			cli_text(&c->out, u->u.email);
			buf_ch(&c->out, '\t');
			cli_text(&c->out, u->org.name);
			buf_ch(&c->out, '\t');
			cli_text(&c->out, u->role.name);
			buf_fmt(&c->out, "%s\n", u->u.disabled ? "\tdisabled" : "");
		}
	}
	return RC_OK;
}

const struct command CMD_USER_LIST = {
	.name = "user list", .operands = "", .help = "list the users", .more = "Prints number, e-mail address, organisation, role.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run_list,
};

/* ---- passwords ---- */

/* The one on standard input when asked for, else a random one. */
static enum rc password_take(struct cli *c, struct str *password, bool *made)
{
	char text[PASSWORD_MAX + 2], random[PASSWORD_RANDOM + 1];
	struct str s;

	*made = !cli_has(c, "password-stdin");
	if (*made) {
		password_random(random);
		*password = str_dup(c->cx.mem, str_c(random));
		return RC_OK;
	}
	if (!fgets(text, sizeof(text), stdin))
		return fail(&c->cx, RC_BAD, "no password on standard input");
	s = str_c(text);
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	*password = str_dup(c->cx.mem, s);
	return RC_OK;
}

#define OPT_PASSWORD { "password-stdin", NULL, "read the password from standard input; otherwise a random one is made and printed" }

/* ---- add ---- */

/* The number of a role, as policy/ wants it; {NULL,0} when none was given. */
static enum rc role_named(struct cli *c, struct str *out)
{
	struct str name = cli_value(c, "role");
	struct role *v;
	size_t n;

	*out = name;
	if (!name.p)
		return RC_OK;
	TRY(role_list(&c->cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(name, v[i].name))
			*out = str_fmt(c->cx.mem, "%lld", (long long)v[i].id);
	return RC_OK;
}

static void show(struct cli *c, struct str email, struct str password, struct str key)
{
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "email", email);
		if (password.n)
			jw_kstr(&w, "password", password);
		if (key.n)
			jw_kstr(&w, "key", key);
		cli_row_end(c, &w);
		return;
	}
	if (password.n)
		buf_fmt(&c->out, "password  %.*s    (to be changed at the first login)\n", STR(password));
	if (key.n)
		buf_fmt(&c->out, "API key   %.*s\n", STR(key));
}

static enum rc run_add(struct cli *c)
{
	struct user_form f = { .email = c->operand[0], .org_id = cli_value(c, "org"), .termsaccepted = S("1") };
	struct str password, key;
	struct user_row u;
	bool made;

	TRY(cli_store(c));
	TRY(role_named(c, &f.role_id));
	TRY(password_take(c, &password, &made));
	f.password = password;
	f.change_pw = made ? S("1") : S("0");
	TRY(user_add(&c->cx, &f, &u, &key));
	show(c, u.u.email, made ? password : S(""), key);
	return RC_OK;
}

const struct command CMD_USER_ADD = {
	.name = "user add", .operands = "EMAIL", .help = "add a user and print the API key",
	.more = "Password and key are shown once: only hashes of them are kept.",
	.opts = (const struct cli_opt[]){ { "org", "NAME", "organisation: name, number or uuid; otherwise the instance's own" },
					  { "role", "NAME", "role, by name or number; otherwise the default one" }, OPT_PASSWORD, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_add,
};

static enum rc run_password(struct cli *c)
{
	struct user_form f = { 0 };
	struct user_row u;
	struct str password;
	bool made;

	TRY(cli_store(c));
	TRY(user_named(c, &u));
	TRY(password_take(c, &password, &made));
	f.password = password;
	f.change_pw = made ? S("1") : S("0");
	TRY(user_edit(&c->cx, u.u.id, &f, &u));
	show(c, u.u.email, made ? password : S(""), S(""));
	return RC_OK;
}

const struct command CMD_USER_PASSWORD = {
	.name = "user password", .operands = "EMAIL", .help = "set a user's password",
	.opts = (const struct cli_opt[]){ OPT_PASSWORD, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_password,
};

/* ---- key ---- */

static enum rc run_key(struct cli *c)
{
	struct ctx *cx = &c->cx;
	struct key_form f = { .comment = cli_value(c, "comment"), .allowed_ips = cli_value(c, "from"), .read_only = cli_has(c, "read-only") ? S("1") : S("0") };
	struct str days = cli_value(c, "days"), key;
	struct auth_key_row row;
	struct user_row u;
	int64_t n;

	if (days.p && (!str_i64(days, &n) || n < 1 || n > 36500))
		return fail(cx, RC_BAD, "--days: a number from 1 to 36500 is wanted");
	if (days.p)
		f.expiration = str_fmt(cx->mem, "%lld", (long long)ctx_now_s(cx) + (long long)n * 86400);
	TRY(cli_store(c));
	TRY(user_named(c, &u));
	if (cli_has(c, "replace"))
		TRY(key_reset(cx, u.u.id, &key));
	else
		TRY(key_add(cx, u.u.id, &f, &row, &key));
	if (c->json)
		show(c, u.u.email, S(""), key);
	else
		buf_fmt(&c->out, "%.*s\n", STR(key));
	return RC_OK;
}

const struct command CMD_USER_KEY = {
	.name = "user key", .operands = "EMAIL", .help = "make an API key for a user and print it",
	.more = "The key is shown once: only a hash of it is kept.",
	.opts = (const struct cli_opt[]){ { "read-only", NULL, "a key that cannot change anything" }, { "comment", "TEXT", "what it is for" },
					  { "days", "N", "good for this many days; otherwise without end" },
					  { "from", "NETS", "good from these addresses and networks only" },
					  { "replace", NULL, "instead of the user's other keys, which end now; the other options do not count" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_key,
};
