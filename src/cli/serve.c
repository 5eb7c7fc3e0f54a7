/* serve.c - misp serve: starts the parts in order, waits for signals, stops them in the opposite order (the database last).
 *
 *     data folder -> first content -> certificate -> job workers -> api -> http server -> [demo] -> "listening on ..."
 *
 * What the parts do is theirs; here stands only when they live. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/log.h"
#include "cli/certificate.h"
#include "cli/demo.h"
#include "cli/feed.h"
#include "cli/first.h"
#include "cli/systemd.h"
#include "http/http.h"
#include "jobs/worker.h"
#include "policy/lists_hold.h"
#include "store/corr_rule.h"
#include "policy/login.h"
#include "store/audit.h"
#include "store/auth_key.h"

struct serve {
	struct cli *c;
	struct feed_options feed;
	struct jobs *jobs;
	struct api *api;
	struct server *http;
	struct str url;
	bool tls_made;
	sigset_t signals;
	struct bootstrap_result first;
	bool fresh, shown; /* first content was made in this run; its credentials were printed */
};

static void log_apply(const struct config *cf)
{
	enum log_level level = LOG_L_INFO;

	log_level_parse(config_text(cf, SET_LOG_LEVEL), &level);
	log_setup(level, str_eq(config_text(cf, SET_LOG_FORMAT), S("json")));
}

/* Every thread inherits the mask, so that signals come to wait_for_end only. */
static void signals_hold(struct serve *s)
{
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGTERM);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
}

static bool socket_is_loopback(int fd)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);
	struct ip_addr a;

	return getsockname(fd, (struct sockaddr *)&sa, &n) == 0 && ip_of((struct sockaddr *)&sa, &a) && ip_is_loopback(&a);
}

static struct str url_of(struct cli *c, struct str listen, bool tls, unsigned port)
{
	struct str host = str_sub(listen, 0, str_rchr(listen, ':'));

	return str_fmt(c->cx.mem, "%s://%.*s:%u", tls ? "https" : "http", STR(host.n ? host : S("[::]")), port);
}

static enum rc start_jobs(struct serve *s)
{
	struct cli *c = s->c;
	struct jobs_options o = { .st = c->st, .threads = (unsigned)config_int(&c->config, SET_WORKERS), .feed = &s->feed };

	return jobs_start(&c->cx, &o, &s->jobs);
}

static enum rc start(struct serve *s)
{
	struct cli *c = s->c;
	struct ctx *cx = &c->cx;
	const struct config *cf = &c->config;
	struct http_conf conf = http_conf_default();
	struct api_options ao = { .st = c->st };
	struct str listen = config_text(cf, SET_LISTEN), cert, key, spool = str_fmt(cx->mem, "%s/spool", c->st->dir);
	bool loopback;

	TRY(login_as_cli(cx));
	TRY(certificate_load(cx, cf, c->st->dir, &cert, &key));
	TRY(config_nets(cx, cf, SET_PROXIES, &conf.proxies));
	if (mkdir(spool.p, 0700) < 0 && errno != EEXIST)
		return fail_errno(cx, RC_IO, "cannot make the folder %s", spool.p);
	TRY(http_systemd_socket(cx, &conf.listen_fd));
	conf.addr = str_cdup(cx->mem, listen);
	conf.cert_pem = cert.p;
	conf.key_pem = key.p;
	conf.spool_dir = spool.p;
	conf.conns_max = (unsigned)config_int(cf, SET_CONNECTIONS_MAX);
	conf.conns_per_addr = (unsigned)config_int(cf, SET_CONNECTIONS_PER_ADDRESS);
	loopback = conf.listen_fd >= 0 ? socket_is_loopback(conf.listen_fd) : http_addr_is_loopback(conf.addr);
	TRY(cli_feed_options(c, loopback, &s->feed));
	s->feed.spool_dir = spool.p;
	TRY(start_jobs(s));
	ao.library = config_text(cf, SET_LIBRARY);
	ao.fetch_loopback = loopback;
	ao.fetch_allow = s->feed.allow;
	ao.audit_reads = config_bool(cf, SET_AUDIT_READS);
	ao.wake = jobs_wake;
	ao.wake_arg = s->jobs;
	ao.workers = (struct api_workers){ jobs_workers, jobs_worker_start, jobs_workers_stop, jobs_workers_fill };
	TRY(api_open(cx, &ao, &s->api));
	TRY(server_start(cx, &conf, api_app(s->api), &s->http));
	s->tls_made = cert.p && !config_text(cf, SET_TLS_CERT).n;
	s->url = url_of(c, listen, cert.p != NULL, server_port(s->http));
	return RC_OK;
}

/* A renewed certificate counts without a restart. */
static void reload_certificate(struct serve *s, struct ctx *cx, const struct config *cf)
{
	struct str cert, key;
	enum rc rc = certificate_load(cx, cf, s->c->st->dir, &cert, &key);

	if (rc == RC_OK && cert.p && server_has_tls(s->http))
		rc = server_certificate(cx, s->http, cert.p, key.p);
	if (rc != RC_OK)
		log_error("serve", "the certificate stays as it is: %s", cx->err.msg);
	ctx_forgive(cx);
}

/* Takes over what can change while running, and says what cannot. */
static void reload(struct serve *s)
{
	struct cli *c = s->c;
	struct config cf;
	struct ctx cx;
	enum rc rc = RC_OK;

	systemd_reloading();
	ctx_init(&cx, 0);
	config_init(&cf);
	for (int i = 0; i < SETTING_COUNT && rc == RC_OK; i++)
		if (c->config.v[i].source == SET_BY_FLAG)
			rc = config_flag(&cx, &cf, (enum setting)i, c->config.v[i].text);
	if (rc == RC_OK)
		rc = config_load(&cx, &cf, c->config_file);
	if (rc == RC_OK) {
		log_apply(&cf);
		for (int i = 0; i < SETTING_COUNT; i++)
			if (!(setting_rows[i].flags & SET_RELOAD) && !str_eq(cf.v[i].text, c->config.v[i].text))
				log_warn("serve", "%s has changed: it counts from the next start on", setting_rows[i].name);
		reload_certificate(s, &cx, &cf);
		log_info("serve", "settings read again");
	} else {
		log_error("serve", "settings stay as they are: %s", cx.err.msg);
	}
	ctx_clear(&cx);
	systemd_notify("READY=1");
}

static void wait_for_end(struct serve *s)
{
	int sig;

	for (;;) {
		if (sigwait(&s->signals, &sig) != 0)
			continue;
		if (sig != SIGHUP)
			break;
		reload(s);
	}
	systemd_notify("STOPPING=1\nSTATUS=running requests end");
	/* a second signal ends the process at once: the database can take it */
	pthread_sigmask(SIG_UNBLOCK, &s->signals, NULL);
}

static enum rc stop(struct serve *s)
{
	struct ctx *cx = &s->c->cx;
	unsigned limit_ms = (unsigned)config_int(&s->c->config, SET_STOP_SECONDS) * 1000;

	if (s->http && !server_stop(s->http, limit_ms))
		log_warn("serve", "requests that were still running were cut");
	if (!jobs_stop(s->jobs, limit_ms)) {
		log_error("serve", "a job did not end in time: it is run again at the next start");
		_exit(rc_exit(RC_TIMEOUT)); /* its thread still uses the database */
	}
	TRY(audit_flush(cx));
	return auth_key_flush(cx);
}

/* Credentials are printed as soon as they are the only copy, or with the demo's last words. */
static void show_first(struct serve *s)
{
	if (s->fresh && !s->shown)
		first_show(s->c, &s->first);
	s->shown = true;
}

static enum rc welcome(struct serve *s, bool demo)
{
	struct cli *c = s->c;

	if (demo && s->fresh)
		TRY(demo_load(c));
	if (demo) {
		demo_show(c, s->url, s->fresh ? &s->first : NULL, s->tls_made);
		s->shown = true;
	}
	buf_fmt(&c->out, "listening on %.*s\n", STR(s->url));
	return cli_flush(c);
}

static enum rc run(struct cli *c)
{
	struct serve s = { .c = c };
	bool demo = cli_has(c, "demo");
	struct err why;
	enum rc rc, end;

	log_apply(&c->config);
	signals_hold(&s);
	TRY(cli_store_open(c, true));
	TRY(first_make(c, &s.first, &s.fresh));
	if (!demo)
		show_first(&s);
	rc = start(&s);
	if (rc == RC_OK)
		rc = welcome(&s, demo);
	if (rc == RC_OK) {
		systemd_notify("READY=1");
		wait_for_end(&s);
	}
	show_first(&s);
	why = c->cx.err;
	end = stop(&s);
	if (rc != RC_OK)
		c->cx.err = why;
	api_close(s.api);
	lists_forget();
	corr_rules_forget();
	return rc != RC_OK ? rc : end;
}

const struct command CMD_SERVE = {
	.name = "serve", .operands = "", .help = "serve the REST API over HTTP or HTTPS and run jobs",
	.more = "A new data folder is initialised first; MISP_ADMIN_EMAIL, MISP_ADMIN_PASSWORD and MISP_ADMIN_KEY set its site admin.\n"
		"SIGTERM and SIGINT end it when running requests are done, SIGHUP reads the log settings and the certificate again.",
	.opts = (const struct cli_opt[]){ { "demo", NULL, "fill a new data folder with demo feeds and say what to try" }, { 0 } },
	.settings = SET_FOR_DATA | SET_FOR_SERVE | SET_FOR_INIT,
	.run = run,
};
