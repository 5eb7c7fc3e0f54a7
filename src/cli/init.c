/* init.c - misp init: a new data folder with an organisation, its admin and an API key. */
#include "cli/first.h"

enum rc first_make(struct cli *c, struct bootstrap_result *out, bool *made)
{
	const struct config *cf = &c->config;
	struct bootstrap b = {
		.org_name = config_text(cf, SET_ORG_NAME),
		.email = config_text(cf, SET_ADMIN_EMAIL),
		.password = config_text(cf, SET_ADMIN_PASSWORD),
		.key = config_text(cf, SET_ADMIN_KEY),
	};
	struct str uuid = config_text(cf, SET_ORG_UUID);
	bool empty;
	enum rc rc;

	*made = false;
	TRY(store_is_empty(&c->cx, &empty));
	if (!empty)
		return RC_OK;
	if (uuid.n && !uuid_parse(uuid, &b.org_uuid))
		return fail(&c->cx, RC_BAD, "org_uuid is no uuid");
	c->cx.origin = S("cli");
	rc = instance_init(&c->cx, &b, out);
	if (rc == RC_EXISTS && store_is_empty(&c->cx, &empty) == RC_OK && !empty) { /* another program was faster */
		ctx_forgive(&c->cx);
		return RC_OK;
	}
	*made = rc == RC_OK;
	return rc;
}

void first_show(struct cli *c, const struct bootstrap_result *r)
{
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "data", str_c(c->st->dir));
		jw_kstr(&w, "org", r->org_name);
		jw_kstr(&w, "email", r->email);
		if (r->password_made)
			jw_kstr(&w, "password", r->password);
		if (r->key_made)
			jw_kstr(&w, "key", r->key);
		cli_row_end(c, &w);
		return;
	}
	buf_fmt(&c->out, "organisation  %.*s\nlogin         %.*s\n", STR(r->org_name), STR(r->email));
	if (r->password_made)
		buf_fmt(&c->out, "password      %.*s    (to be changed at the first login)\n", STR(r->password));
	if (r->key_made)
		buf_fmt(&c->out, "API key       %.*s\n", STR(r->key));
	if (r->password_made || r->key_made)
		buf_str(&c->out, S("These are shown once and kept nowhere.\n"));
}

static enum rc run(struct cli *c)
{
	struct bootstrap_result r;
	bool made;

	TRY(cli_store_open(c, true));
	TRY(first_make(c, &r, &made));
	if (!made)
		return fail(&c->cx, RC_EXISTS, "%s is initialised already", c->st->dir);
	first_show(c, &r);
	return RC_OK;
}

const struct command CMD_INIT = {
	.name = "init", .operands = "", .help = "make a data folder with an organisation, a site admin and an API key",
	.more = "MISP_ADMIN_PASSWORD and MISP_ADMIN_KEY in the environment set password and key; otherwise random ones are made and printed.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA | SET_FOR_INIT,
	.run = run,
};
