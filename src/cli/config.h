/* config.h - the settings of one run: a table of what can be set, and where each value came from.
 *
 * What counts, last first: a flag, the environment, the configuration file, the default. The file is --config, else $MISP_CONFIG, else
 * misp.conf in the data folder, else /etc/misp/misp.conf; only the first of them that is there is read:
 *
 *     # a comment
 *     listen = 127.0.0.1:8080
 *
 * Order of calls:
 *
 *     struct config cf;
 *     config_init(&cf);
 *     TRY(config_flag(cx, &cf, SET_LISTEN, S("127.0.0.1:0")));     once a flag
 *     TRY(config_load(cx, &cf, S("")));                            environment and file
 *     config_text(&cf, SET_LISTEN);
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "http/ip.h"

/* Which commands take the setting as a flag, and what is special about it. */
enum {
	SET_FOR_DATA = 1,   /* commands that open the data folder */
	SET_FOR_SERVE = 2,
	SET_FOR_FETCH = 4,  /* commands that may fetch from elsewhere */
	SET_FOR_INIT = 8,
	SET_SECRET = 16,    /* never printed, and no flag: others can read those */
	SET_RELOAD = 32,    /* a running serve takes a change over at SIGHUP */
};

enum set_type { SET_T_TEXT, SET_T_INT, SET_T_BOOL, SET_T_NETS, SET_T_LEVEL, SET_T_FORMAT };

/* Name in upper and lower case, type, default, least, most (numbers), who takes it, help. The environment variable is MISP_ and the upper case
 * name, the flag -- and the lower case name with - for _. */
#define SETTINGS(X) \
	X(DATA, data, SET_T_TEXT, "var", 0, 0, SET_FOR_DATA, "data folder") \
	X(DB, db, SET_T_TEXT, "", 0, 0, SET_FOR_DATA, "postgresql://... to keep the rows there; empty: misp.db in the data folder") \
	X(READERS_MAX, readers_max, SET_T_INT, "16", 1, 1000, SET_FOR_SERVE, "reading database connections at most") \
	X(MAX_ATTACHMENT_SIZE, max_attachment_size, SET_T_INT, "50", 1, 180, SET_FOR_SERVE, "size of one attached file at most, in MB") \
	X(LISTEN, listen, SET_T_TEXT, "127.0.0.1:8080", 0, 0, SET_FOR_SERVE, "address and port; port 0 takes a free one") \
	X(TLS_CERT, tls_cert, SET_T_TEXT, "", 0, 0, SET_FOR_SERVE, "PEM file of the certificate and its chain: serves HTTPS") \
	X(TLS_KEY, tls_key, SET_T_TEXT, "", 0, 0, SET_FOR_SERVE, "PEM file of the certificate's private key") \
	X(TLS_SELFSIGNED, tls_selfsigned, SET_T_BOOL, "no", 0, 0, SET_FOR_SERVE, "HTTPS with a certificate made at the first start") \
	X(TLS_HOSTS, tls_hosts, SET_T_TEXT, "", 0, 0, SET_FOR_SERVE, "names and addresses in that certificate; empty: localhost and the host's name") \
	X(PROXIES, proxies, SET_T_NETS, "", 0, 0, SET_FOR_SERVE, "networks whose X-Forwarded-For and Forwarded headers are believed") \
	X(CONNECTIONS_MAX, connections_max, SET_T_INT, "2048", 16, 100000, SET_FOR_SERVE, "open connections at most") \
	X(CONNECTIONS_PER_ADDRESS, connections_per_address, SET_T_INT, "64", 1, 100000, SET_FOR_SERVE, "open connections of one client at most") \
	X(WORKERS, workers, SET_T_INT, "2", 1, 64, SET_FOR_SERVE, "jobs that run at the same time") \
	X(STOP_SECONDS, stop_seconds, SET_T_INT, "30", 0, 3600, SET_FOR_SERVE, "time for running requests to end at SIGTERM") \
	X(AUDIT_READS, audit_reads, SET_T_BOOL, "no", 0, 0, SET_FOR_SERVE, "each read over the API goes into the audit, beside writes and refusals") \
	X(ALLOW_NET, allow_net, SET_T_NETS, "", 0, 0, SET_FOR_SERVE | SET_FOR_FETCH, "private networks that may be fetched from") \
	X(LIBRARY, library, SET_T_TEXT, "", 0, 0, SET_FOR_SERVE, "folder with clones of misp-taxonomies, misp-galaxy and misp-objects for the update calls; empty: none") \
	X(LOG_LEVEL, log_level, SET_T_LEVEL, "info", 0, 0, SET_FOR_SERVE | SET_RELOAD, "error, warn, info or debug") \
	X(LOG_FORMAT, log_format, SET_T_FORMAT, "text", 0, 0, SET_FOR_SERVE | SET_RELOAD, "text or json") \
	X(ORG_NAME, org_name, SET_T_TEXT, "ORGNAME", 0, 0, SET_FOR_INIT, "name of the first organisation") \
	X(ORG_UUID, org_uuid, SET_T_TEXT, "", 0, 0, SET_FOR_INIT, "its uuid; empty: a random one") \
	X(ADMIN_EMAIL, admin_email, SET_T_TEXT, "admin@admin.test", 0, 0, SET_FOR_INIT, "e-mail address of the first site admin") \
	X(ADMIN_PASSWORD, admin_password, SET_T_TEXT, "", 0, 0, SET_FOR_INIT | SET_SECRET, "password of the first site admin; empty: a random one") \
	X(ADMIN_KEY, admin_key, SET_T_TEXT, "", 0, 0, SET_FOR_INIT | SET_SECRET, "API key of the first site admin; empty: a random one")

enum setting {
#define X(up, low, type, dflt, min, max, flags, help) SET_##up,
	SETTINGS(X)
#undef X
	SETTING_COUNT
};

struct setting_row {
	const char *name, *env, *dflt, *help;
	enum set_type type;
	int64_t min, max;
	unsigned flags;
};
extern const struct setting_row setting_rows[SETTING_COUNT];
/* By the name in the file; -1 when unknown. */
int setting_find(struct str name);
/* By the flag without its "--". */
int setting_find_flag(struct str flag);

enum set_source { SET_BY_DEFAULT, SET_BY_FILE, SET_BY_ENV, SET_BY_FLAG };
struct config {
	struct {
		struct str text;
		enum set_source source;
		int line; /* of the file */
	} v[SETTING_COUNT];
	struct str file; /* the one that was read; "" none */
};

void config_init(struct config *cf);
/* RC_BAD names flag, variable, or file and line of a value that does not fit. Texts are borrowed. */
MUST_USE enum rc config_flag(struct ctx *cx, struct config *cf, enum setting s, struct str value);
/* file "": looks for it. RC_NOTFOUND when a named one is not there; RC_IO; RC_BAD. */
MUST_USE enum rc config_load(struct ctx *cx, struct config *cf, struct str file);

struct str config_text(const struct config *cf, enum setting s);
int64_t config_int(const struct config *cf, enum setting s);
bool config_bool(const struct config *cf, enum setting s);
MUST_USE enum rc config_nets(struct ctx *cx, const struct config *cf, enum setting s, struct ip_nets *out);

/* For people: where a value came from, and the value with its secrets masked. In a. */
struct str config_source(struct arena *a, const struct config *cf, enum setting s);
struct str config_shown(struct arena *a, const struct config *cf, enum setting s);

#endif
