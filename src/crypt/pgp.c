/* pgp.c - see pgp.h. */
#include "crypt/pgp.h"

#include <errno.h>
#include <ftw.h>
#include <gpgme.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
	gpgme_check_version(NULL);
}

static void ctx_free(gpgme_ctx_t *g)
{
	if (*g)
		gpgme_release(*g);
}

static void data_free(gpgme_data_t *d)
{
	if (*d)
		gpgme_data_release(*d);
}

static void key_free(gpgme_key_t *k)
{
	if (*k)
		gpgme_key_unref(*k);
}

static enum rc wrong(struct ctx *cx, const char *what, gpgme_error_t e)
{
	char text[128] = "";

	gpgme_strerror_r(e, text, sizeof(text));
	return fail(cx, RC_IO, "GnuPG: %s: %s", what, text);
}
#define GPG(cx, what, call) \
	do { \
		gpgme_error_t gpg_e_ = (call); \
		if (gpg_e_) \
			return wrong((cx), (what), gpg_e_); \
	} while (0)

static enum rc begin(struct ctx *cx, const char *home, gpgme_ctx_t *g)
{
	pthread_once(&once, start);
	GPG(cx, "start", gpgme_new(g));
	GPG(cx, "start", gpgme_set_protocol(*g, GPGME_PROTOCOL_OpenPGP));
	gpgme_set_offline(*g, 1);
	GPG(cx, "home folder", gpgme_ctx_set_engine_info(*g, GPGME_PROTOCOL_OpenPGP, NULL, home));
	return RC_OK;
}

static enum rc data_of(struct ctx *cx, struct str s, gpgme_data_t *d)
{
	GPG(cx, "memory", gpgme_data_new_from_mem(d, s.p ? s.p : "", s.n, 0));
	return RC_OK;
}

static enum rc taken(struct ctx *cx, gpgme_data_t *d, struct str *out)
{
	size_t n = 0;
	char *p = gpgme_data_release_and_get_mem(*d, &n);

	*d = NULL;
	*out = str_dup(cx->mem, str_n(p ? p : "", p ? n : 0));
	if (p)
		gpgme_free(p);
	return RC_OK;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st, (void)flag, (void)f;
	return remove(path), 0;
}

static void home_remove(char **dir)
{
	if (*dir)
		nftw(*dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static enum rc home_make(struct ctx *cx, const char *tmp, char **dir)
{
	char *d = str_cdup(cx->mem, str_fmt(cx->mem, "%s/pgp-XXXXXX", tmp));

	if (!mkdtemp(d))
		return fail_errno(cx, RC_IO, "%s", d);
	*dir = d;
	return RC_OK;
}

/* GnuPG wants a home folder for this, too */
static enum rc fingerprint_of(struct ctx *cx, const char *home, struct str key, struct str *out)
{
	SCOPED(ctx_free) gpgme_ctx_t g = NULL;
	SCOPED(data_free) gpgme_data_t d = NULL;
	SCOPED(key_free) gpgme_key_t k = NULL;
	SCOPED(key_free) gpgme_key_t more = NULL;

	if (str_find(key, S("-----BEGIN PGP PUBLIC KEY BLOCK-----")) == STR_NONE)
		return fail_field(cx, RC_INVALID, "key_data", "Invalid key.");
	TRY(begin(cx, home, &g));
	TRY(data_of(cx, key, &d));
	if (gpgme_op_keylist_from_data_start(g, d, 0) || gpgme_op_keylist_next(g, &k) || !k->fpr)
		return fail_field(cx, RC_INVALID, "key_data", "Invalid key.");
	if (!gpgme_op_keylist_next(g, &more))
		return fail_field(cx, RC_INVALID, "key_data", "More than one key.");
	gpgme_op_keylist_end(g);
	*out = str_dup(cx->mem, str_c(k->fpr));
	return RC_OK;
}

enum rc pgp_fingerprint(struct ctx *cx, const char *tmp, struct str key, struct str *out)
{
	SCOPED(home_remove) char *home = NULL;

	TRY(home_make(cx, tmp, &home));
	return fingerprint_of(cx, home, key, out);
}

/* a signature may be by a subkey: its primary key is what counts */
static bool by_key(gpgme_ctx_t g, const char *signer, struct str fingerprint)
{
	SCOPED(key_free) gpgme_key_t k = NULL;

	return signer && !gpgme_get_key(g, signer, &k, 0) && k->fpr && str_eq(str_c(k->fpr), fingerprint);
}

enum rc pgp_verify(struct ctx *cx, const char *tmp, struct str data, struct str sig, struct str key, bool *good)
{
	SCOPED(home_remove) char *home = NULL;
	SCOPED(ctx_free) gpgme_ctx_t g = NULL;
	SCOPED(data_free) gpgme_data_t k = NULL;
	SCOPED(data_free) gpgme_data_t d = NULL;
	SCOPED(data_free) gpgme_data_t s = NULL;
	gpgme_verify_result_t r;
	struct str fingerprint;

	*good = false;
	TRY(home_make(cx, tmp, &home));
	TRY(fingerprint_of(cx, home, key, &fingerprint));
	TRY(begin(cx, home, &g));
	TRY(data_of(cx, key, &k));
	TRY(data_of(cx, data, &d));
	TRY(data_of(cx, sig, &s));
	GPG(cx, "import", gpgme_op_import(g, k));
	if (gpgme_op_verify(g, s, d, NULL) || !(r = gpgme_op_verify_result(g)) || !r->signatures || r->signatures->next)
		return RC_OK;
	*good = gpgme_err_code(r->signatures->status) == GPG_ERR_NO_ERROR && by_key(g, r->signatures->fpr, fingerprint);
	return RC_OK;
}

/* ---- the instance's own key ---- */

static gpgme_error_t pass(void *arg, const char *hint, const char *info, int before_was_bad, int fd)
{
	const struct pgp_home *h = arg;

	(void)hint, (void)info;
	if (before_was_bad)
		return gpgme_error(GPG_ERR_BAD_PASSPHRASE);
	if (h->password.n)
		gpgme_io_writen(fd, h->password.p, h->password.n);
	gpgme_io_writen(fd, "\n", 1);
	return 0;
}

static enum rc own(struct ctx *cx, const struct pgp_home *h, gpgme_ctx_t *g)
{
	if (mkdir(str_cdup(cx->mem, h->dir), 0700) != 0 && errno != EEXIST)
		return fail_errno(cx, RC_IO, "%.*s", STR(h->dir));
	TRY(begin(cx, str_cdup(cx->mem, h->dir), g));
	GPG(cx, "pass phrase", gpgme_set_pinentry_mode(*g, GPGME_PINENTRY_MODE_LOOPBACK));
	gpgme_set_passphrase_cb(*g, pass, (void *)h);
	return RC_OK;
}

/* RC_DONE: there is none */
static enum rc own_key(struct ctx *cx, gpgme_ctx_t g, const struct pgp_home *h, gpgme_key_t *k)
{
	gpgme_error_t e;

	if (!h->email.n)
		return RC_DONE;
	GPG(cx, "list of keys", gpgme_op_keylist_start(g, str_cdup(cx->mem, str_fmt(cx->mem, "<%.*s>", STR(h->email))), 1));
	while (!(e = gpgme_op_keylist_next(g, k)) && ((*k)->revoked || (*k)->expired || (*k)->disabled || !(*k)->can_sign)) {
		gpgme_key_unref(*k);
		*k = NULL;
	}
	gpgme_op_keylist_end(g);
	return e ? RC_DONE : RC_OK;
}

static enum rc no_key(struct ctx *cx, enum rc rc, const struct pgp_home *h)
{
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "There is no key of '%.*s' to sign with.", STR(h->email));
	return rc;
}

enum rc pgp_sign(struct ctx *cx, const struct pgp_home *h, struct str data, struct str *sig)
{
	SCOPED(ctx_free) gpgme_ctx_t g = NULL;
	SCOPED(key_free) gpgme_key_t k = NULL;
	SCOPED(data_free) gpgme_data_t d = NULL;
	SCOPED(data_free) gpgme_data_t s = NULL;

	TRY(own(cx, h, &g));
	TRY(no_key(cx, own_key(cx, g, h, &k), h));
	TRY(data_of(cx, data, &d));
	GPG(cx, "memory", gpgme_data_new(&s));
	GPG(cx, "signer", gpgme_signers_add(g, k));
	gpgme_set_armor(g, 0);
	GPG(cx, "signature", gpgme_op_sign(g, d, s, GPGME_SIG_MODE_DETACH));
	return taken(cx, &s, sig);
}

enum rc pgp_make(struct ctx *cx, const struct pgp_home *h, struct str *fingerprint)
{
	SCOPED(ctx_free) gpgme_ctx_t g = NULL;
	SCOPED(key_free) gpgme_key_t k = NULL;
	gpgme_genkey_result_t r;
	enum rc rc;

	TRY(own(cx, h, &g));
	rc = own_key(cx, g, h, &k);
	if (rc != RC_DONE)
		return rc == RC_OK ? fail(cx, RC_EXISTS, "There is a key of '%.*s' already.", STR(h->email)) : rc;
	GPG(cx, "new key", gpgme_op_createkey(g, str_cdup(cx->mem, str_fmt(cx->mem, "MISP <%.*s>", STR(h->email))), "ed25519", 0, 0, NULL,
					      GPGME_CREATE_SIGN | GPGME_CREATE_NOEXPIRE | (h->password.n ? 0 : GPGME_CREATE_NOPASSWD)));
	r = gpgme_op_genkey_result(g);
	*fingerprint = str_dup(cx->mem, str_c(r && r->fpr ? r->fpr : ""));
	return RC_OK;
}

enum rc pgp_show(struct ctx *cx, const struct pgp_home *h, struct str *fingerprint, struct str *armoured)
{
	SCOPED(ctx_free) gpgme_ctx_t g = NULL;
	SCOPED(key_free) gpgme_key_t k = NULL;
	SCOPED(data_free) gpgme_data_t d = NULL;

	TRY(own(cx, h, &g));
	TRY(no_key(cx, own_key(cx, g, h, &k), h));
	GPG(cx, "memory", gpgme_data_new(&d));
	gpgme_set_armor(g, 1);
	GPG(cx, "export", gpgme_op_export(g, k->fpr, 0, d));
	*fingerprint = str_dup(cx->mem, str_c(k->fpr));
	return taken(cx, &d, armoured);
}
