/* cert.c - the certificate each TLS server of the process answers with. A new one can be given while connections run: handshakes that begin later use
 * it. libmicrohttpd asks without saying for which server; the local port of the connection tells. */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/server_int.h"

enum { CHAIN_MAX = 16, SERVERS_MAX = 16 };

/* Sessions point into it: an old one stays until its server has ended. */
struct http_cert {
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned n;
	gnutls_privkey_t key;
	struct http_cert *older;
};

static struct {
	pthread_mutex_t lock;
	struct {
		uint16_t port;
		struct http_cert *newest;
	} v[SERVERS_MAX];
} servers = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void cert_free(struct http_cert *c)
{
	for (unsigned i = 0; i < c->n; i++)
		gnutls_pcert_deinit(&c->chain[i]);
	if (c->key)
		gnutls_privkey_deinit(c->key);
	free(c);
}

static int fill(struct http_cert *c, const char *cert_pem, const char *key_pem)
{
	gnutls_datum_t cert = { (unsigned char *)(uintptr_t)cert_pem, (unsigned)strlen(cert_pem) };
	gnutls_datum_t key = { (unsigned char *)(uintptr_t)key_pem, (unsigned)strlen(key_pem) };
	unsigned n = CHAIN_MAX;
	int r;

	if ((r = gnutls_pcert_list_import_x509_raw(c->chain, &n, &cert, GNUTLS_X509_FMT_PEM, 0)) < 0)
		return r;
	c->n = n;
	if ((r = gnutls_privkey_init(&c->key)) < 0)
		return r;
	return gnutls_privkey_import_x509_raw(c->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
}

static struct http_cert **of_port(uint16_t port, bool make)
{
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (servers.v[i].newest && servers.v[i].port == port)
			return &servers.v[i].newest;
	for (size_t i = 0; make && i < SERVERS_MAX; i++)
		if (!servers.v[i].newest) {
			servers.v[i].port = port;
			return &servers.v[i].newest;
		}
	return NULL;
}

enum rc http_cert_set(struct ctx *cx, uint16_t port, const char *cert_pem, const char *key_pem)
{
	struct http_cert *c, **at;
	int r;

	TRY(http_tls_check(cx, cert_pem, key_pem)); /* they belong together */
	c = calloc(1, sizeof(*c));
	if (!c)
		return fail(cx, RC_LIMIT, "out of memory");
	if ((r = fill(c, cert_pem, key_pem)) < 0) {
		cert_free(c);
		return fail(cx, RC_BAD, "cannot use the certificate and key: %s", gnutls_strerror(r));
	}
	pthread_mutex_lock(&servers.lock);
	at = of_port(port, true);
	if (at) {
		c->older = *at;
		*at = c;
	}
	pthread_mutex_unlock(&servers.lock);
	if (at)
		return RC_OK;
	cert_free(c);
	return fail(cx, RC_LIMIT, "more than %d servers with TLS in one process", SERVERS_MAX);
}

void http_cert_drop(uint16_t port)
{
	struct http_cert *c = NULL, **at;

	pthread_mutex_lock(&servers.lock);
	at = of_port(port, false);
	if (at) {
		c = *at;
		*at = NULL;
	}
	pthread_mutex_unlock(&servers.lock);
	while (c) {
		struct http_cert *old = c;

		c = c->older;
		cert_free(old);
	}
}

int http_cert_ask(gnutls_session_t session, const gnutls_datum_t *ca, int ca_n, const gnutls_pk_algorithm_t *algos, int algo_n, gnutls_pcert_st **chain,
		  unsigned int *n, gnutls_privkey_t *key)
{
	struct http_cert **at, *c;
	struct ctx cx = { 0 };
	uint16_t port;

	(void)ca, (void)ca_n, (void)algos, (void)algo_n;
	if (http_socket_port(&cx, gnutls_transport_get_int(session), &port) != RC_OK)
		return -1;
	pthread_mutex_lock(&servers.lock);
	at = of_port(port, false);
	c = at ? *at : NULL;
	pthread_mutex_unlock(&servers.lock);
	if (!c)
		return -1;
	*chain = c->chain;
	*n = c->n;
	*key = c->key;
	return 0;
}
