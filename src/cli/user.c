/* user.c - misp user: who may log in, and with which keys. */
#include <stdio.h>

#include "cli/cli.h"
#include "policy/password.h"
#include "store/audit.h"
#include "store/auth_key.h"
#include "store/org.h"
#include "store/role.h"
#include "store/user.h"

static enum rc noted(struct ctx *cx, const char *action, const char *model, int64_t id, struct str title)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = model, .model_id = id, .title = title }, NULL);
}

static enum rc user_named(struct cli *c, struct user_row *out)
{
	struct str email = c->operand[0];
	enum rc rc = user_by_email(&c->cx, email, out);

	return rc == RC_DONE ? fail(&c->cx, RC_NOTFOUND, "no user has the e-mail address %.*s", STR(email)) : rc;
}

/* Ends the transaction of a command. */
static enum rc finish(struct ctx *cx, enum rc rc)
{
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
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
	return password_rules(&c->cx, *password);
}

static void password_show(struct cli *c, struct str email, struct str password, bool made)
{
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "email", email);
		if (made)
			jw_kstr(&w, "password", password);
		cli_row_end(c, &w);
	} else if (made) {
		buf_fmt(&c->out, "%.*s    (to be changed at the first login)\n", STR(password));
	}
}
#define OPT_PASSWORD { "password-stdin", NULL, "read the password from standard input; otherwise a random one is made and printed" }

/* ---- add ---- */

static enum rc role_named(struct cli *c, struct role *out)
{
	struct str name = cli_value(c, "role");
	struct role *v;
	int64_t id;
	size_t n;
	enum rc rc;

	if (!name.p) {
		rc = role_default(&c->cx, out);
		return rc == RC_DONE ? fail(&c->cx, RC_BAD, "no role is the default: --role is needed") : rc;
	}
	TRY(role_list(&c->cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(name, v[i].name) || (str_i64(name, &id) && id == v[i].id)) {
			*out = v[i];
			return RC_OK;
		}
	return fail(&c->cx, RC_NOTFOUND, "no role is named \"%.*s\"", STR(name));
}

static enum rc org_named(struct cli *c, struct org *out)
{
	struct str name = cli_value(c, "org");
	enum rc rc = name.p ? org_find(&c->cx, name, out) : org_first_local(&c->cx, out);

	return rc == RC_DONE ? fail(&c->cx, RC_NOTFOUND, "no organisation is named \"%.*s\"", STR(name.p ? name : S(""))) : rc;
}

static enum rc run_add(struct cli *c)
{
	struct ctx *cx = &c->cx;
	struct user_record u = { .email = c->operand[0], .termsaccepted = true };
	struct str password, hash;
	struct role role;
	struct org org;
	bool made;
	enum rc rc;

	TRY(cli_store(c));
	TRY(role_named(c, &role));
	TRY(org_named(c, &org));
	TRY(password_take(c, &password, &made));
	TRY(password_hash(cx, password, &hash));
	u.org_id = org.id;
	u.role_id = role.id;
	u.change_pw = made;
	u.invited_by = cx->who->id;
	TRY(store_begin(cx));
	rc = user_insert(cx, &u, hash);
	if (rc == RC_OK)
		rc = noted(cx, "add", "User", u.id, u.email);
	TRY(finish(cx, rc));
	password_show(c, u.email, password, made);
	return RC_OK;
}

const struct command CMD_USER_ADD = {
	.name = "user add", .operands = "EMAIL", .help = "add a user",
	.opts = (const struct cli_opt[]){ { "org", "NAME", "organisation: name, number or uuid; otherwise the instance's own" },
					  { "role", "NAME", "role; otherwise the default one" }, OPT_PASSWORD, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_add,
};

static enum rc run_password(struct cli *c)
{
	struct ctx *cx = &c->cx;
	struct user_row u;
	struct str password, hash;
	bool made;
	enum rc rc;

	TRY(cli_store(c));
	TRY(user_named(c, &u));
	TRY(password_take(c, &password, &made));
	TRY(password_hash(cx, password, &hash));
	TRY(store_begin(cx));
	rc = user_password_set(cx, u.u.id, hash, made);
	if (rc == RC_OK)
		rc = noted(cx, "change_pw", "User", u.u.id, u.u.email);
	TRY(finish(cx, rc));
	password_show(c, u.u.email, password, made);
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
	struct auth_key k = { .read_only = cli_has(c, "read-only"), .comment = cli_value(c, "comment") };
	struct str days = cli_value(c, "days");
	char text[AUTH_KEY_LEN + 1];
	struct user_row u;
	int64_t n;
	enum rc rc = RC_OK;

	if (days.p && (!str_i64(days, &n) || n < 1 || n > 36500))
		return fail(cx, RC_BAD, "--days: a number from 1 to 36500 is wanted");
	if (days.p)
		k.expiration = ctx_now_s(cx) + n * 86400;
	TRY(cli_store(c));
	TRY(user_named(c, &u));
	auth_key_make(text);
	k.user_id = u.u.id;
	TRY(store_begin(cx));
	if (cli_has(c, "replace"))
		rc = auth_key_expire_all(cx, u.u.id);
	if (rc == RC_OK)
		rc = auth_key_insert(cx, &k, str_c(text));
	if (rc == RC_OK)
		rc = noted(cx, "add", "AuthKey", k.id, u.u.email);
	TRY(finish(cx, rc));
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "email", u.u.email);
		jw_kint(&w, "id", k.id);
		jw_kstr(&w, "key", str_c(text));
		cli_row_end(c, &w);
	} else {
		buf_fmt(&c->out, "%s\n", text);
	}
	return RC_OK;
}

const struct command CMD_USER_KEY = {
	.name = "user key", .operands = "EMAIL", .help = "make an API key for a user and print it",
	.more = "The key is shown once: only a hash of it is kept.",
	.opts = (const struct cli_opt[]){ { "read-only", NULL, "a key that cannot change anything" }, { "comment", "TEXT", "what it is for" },
					  { "days", "N", "good for this many days; otherwise without end" },
					  { "replace", NULL, "the user's other keys end now" }, CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_key,
};
