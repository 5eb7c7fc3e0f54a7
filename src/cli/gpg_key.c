/* gpg_key.c - misp gpg-key: the key the instance signs protected events with. */
#include "cli/cli.h"
#include "crypt/pgp.h"
#include "policy/protect.h"

static enum rc home(struct cli *c, struct pgp_home *h)
{
	TRY(cli_store(c));
	TRY(protect_home(&c->cx, h));
	return h->email.n ? RC_OK : fail(&c->cx, RC_INVALID, "the setting GnuPG.email is empty: it names the key");
}

static enum rc run_make(struct cli *c)
{
	struct pgp_home h;
	struct str fingerprint;

	TRY(home(c, &h));
	TRY(pgp_make(&c->cx, &h, &fingerprint));
	buf_fmt(&c->out, "%.*s\n", STR(fingerprint));
	return RC_OK;
}

static enum rc run_show(struct cli *c)
{
	struct pgp_home h;
	struct str fingerprint, key;

	TRY(home(c, &h));
	TRY(pgp_show(&c->cx, &h, &fingerprint, &key));
	buf_str(&c->out, key);
	return RC_OK;
}

const struct command CMD_GPG_KEY_MAKE = {
	.name = "gpg-key make", .operands = "", .help = "make the key that signs protected events",
	.more = "For the address of the setting GnuPG.email, in the folder GnuPG.homedir (gnupg in the data folder). Prints the fingerprint.",
	.settings = SET_FOR_DATA, .run = run_make,
};
const struct command CMD_GPG_KEY_SHOW = {
	.name = "gpg-key show", .operands = "", .help = "print the public key that signs protected events", .settings = SET_FOR_DATA, .run = run_show,
};
