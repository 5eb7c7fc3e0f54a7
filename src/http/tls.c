/* tls.c - a self-signed certificate for a server that was given none. GnuTLS, as libmicrohttpd uses it. */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "http/server_int.h"

#define VALID_S (10ll * 365 * 86400)

static void key_done(gnutls_x509_privkey_t *k)
{
	if (*k)
		gnutls_x509_privkey_deinit(*k);
}

static void crt_done(gnutls_x509_crt_t *c)
{
	if (*c)
		gnutls_x509_crt_deinit(*c);
}

static int add_name(gnutls_x509_crt_t crt, struct str host, unsigned flag)
{
	struct ip_addr a;

	if (ip_parse(host, &a))
		return ip_is_v4(&a) ? gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, a.b + 12, 4, flag)
				     : gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, a.b, 16, flag);
	return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host.p, (unsigned)host.n, flag);
}

static int fill(struct ctx *cx, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, struct str hosts)
{
	struct cur c = cur_of(hosts);
	struct str host, first = S("localhost");
	unsigned char serial[16], id[20];
	size_t id_n = sizeof(id), names = 0;
	int r;

	if ((r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial))) < 0)
		return r;
	serial[0] &= 0x7f;
	while (cur_word(&c, 253, &host)) {
		if ((r = add_name(crt, host, names ? GNUTLS_FSAN_APPEND : GNUTLS_FSAN_SET)) < 0)
			return r;
		if (names++ == 0)
			first = host;
	}
	if (names == 0 && (r = add_name(crt, first, GNUTLS_FSAN_SET)) < 0)
		return r;
	if ((r = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (r = gnutls_x509_crt_set_key(crt, key)) < 0 ||
	    (r = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial))) < 0 ||
	    (r = gnutls_x509_crt_set_activation_time(crt, (time_t)(ctx_now_s(cx) - 86400))) < 0 ||
	    (r = gnutls_x509_crt_set_expiration_time(crt, (time_t)(ctx_now_s(cx) + VALID_S))) < 0 ||
	    (r = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, first.p,
					       (unsigned)(first.n > 64 ? 64 : first.n))) < 0 ||
	    (r = gnutls_x509_crt_set_basic_constraints(crt, 0, -1)) < 0 ||
	    (r = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0 ||
	    (r = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0)) < 0 ||
	    (r = gnutls_x509_crt_get_key_id(crt, 0, id, &id_n)) < 0 ||
	    (r = gnutls_x509_crt_set_subject_key_id(crt, id, id_n)) < 0)
		return r;
	return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

enum rc http_selfsigned(struct ctx *cx, struct str hosts, struct str *ret_cert, struct str *ret_key)
{
	SCOPED(key_done) gnutls_x509_privkey_t key = NULL;
	SCOPED(crt_done) gnutls_x509_crt_t crt = NULL;
	gnutls_datum_t c = { 0 }, k = { 0 };
	int r;

	if ((r = gnutls_x509_privkey_init(&key)) < 0 || (r = gnutls_x509_crt_init(&crt)) < 0 ||
	    (r = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0)) < 0 ||
	    (r = fill(cx, crt, key, hosts)) < 0 || (r = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &c)) < 0 ||
	    (r = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &k)) < 0) {
		gnutls_free(c.data);
		return fail(cx, RC_INTERNAL, "cannot make a certificate: %s", gnutls_strerror(r));
	}
	*ret_cert = str_dup(cx->mem, str_n((char *)c.data, c.size));
	*ret_key = str_dup(cx->mem, str_n((char *)k.data, k.size));
	gnutls_memset(k.data, 0, k.size);
	gnutls_free(c.data);
	gnutls_free(k.data);
	return RC_OK;
}

static void cred_done(gnutls_certificate_credentials_t *c)
{
	if (*c)
		gnutls_certificate_free_credentials(*c);
}

enum rc http_tls_check(struct ctx *cx, const char *cert_pem, const char *key_pem)
{
	SCOPED(cred_done) gnutls_certificate_credentials_t cred = NULL;
	gnutls_datum_t c = { (unsigned char *)(uintptr_t)cert_pem, (unsigned)strlen(cert_pem) };
	gnutls_datum_t k = { (unsigned char *)(uintptr_t)key_pem, (unsigned)strlen(key_pem) };
	int r;

	if ((r = gnutls_certificate_allocate_credentials(&cred)) < 0 ||
	    (r = gnutls_certificate_set_x509_key_mem(cred, &c, &k, GNUTLS_X509_FMT_PEM)) < 0)
		return fail(cx, RC_BAD, "cannot use the certificate and key: %s", gnutls_strerror(r));
	return RC_OK;
}
