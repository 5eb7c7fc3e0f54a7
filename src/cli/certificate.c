/* certificate.c - see certificate.h. */
#include "cli/certificate.h"

#include <unistd.h>

#include "cli/cli.h"
#include "http/http.h"
#include "lists/library.h"

#define PEM_MAX (1u << 20)

static enum rc selfsigned(struct ctx *cx, const struct config *cf, const char *dir, struct str *cert, struct str *key)
{
	struct str cert_path = str_fmt(cx->mem, "%s/tls.crt", dir), key_path = str_fmt(cx->mem, "%s/tls.key", dir);
	struct str hosts = config_text(cf, SET_TLS_HOSTS);
	char name[256] = "";

	if (access(cert_path.p, F_OK) == 0 && access(key_path.p, F_OK) == 0) {
		TRY(library_file(cx, cert_path.p, PEM_MAX, cert));
		return library_file(cx, key_path.p, PEM_MAX, key);
	}
	if (!hosts.n) {
		gethostname(name, sizeof(name) - 1);
		hosts = str_fmt(cx->mem, "localhost 127.0.0.1 ::1 %s", name);
	}
	TRY(http_selfsigned(cx, hosts, cert, key));
	TRY(cli_write_file(cx, key_path.p, *key));
	return cli_write_file(cx, cert_path.p, *cert);
}

enum rc certificate_load(struct ctx *cx, const struct config *cf, const char *dir, struct str *cert, struct str *key)
{
	struct str cert_path = config_text(cf, SET_TLS_CERT), key_path = config_text(cf, SET_TLS_KEY);

	*cert = *key = (struct str){ NULL, 0 };
	if (!cert_path.n && !key_path.n)
		return config_bool(cf, SET_TLS_SELFSIGNED) ? selfsigned(cx, cf, dir, cert, key) : RC_OK;
	if (!cert_path.n || !key_path.n)
		return fail(cx, RC_BAD, "%s is missing: certificate and key come together", cert_path.n ? "tls_key" : "tls_cert");
	TRY(library_file(cx, str_cdup(cx->mem, cert_path), PEM_MAX, cert));
	return library_file(cx, str_cdup(cx->mem, key_path), PEM_MAX, key);
}
