/* feed_rig.h - a fresh store with an admin, files in a scratch folder, and a small web server on 127.0.0.1 that serves them: for the tests of feeds and
 * jobs. Both engines: rig_each runs the cases on SQLite and, when MISP_TEST_PG is set, on PostgreSQL. */
#ifndef TESTS_FEED_RIG_H
#define TESTS_FEED_RIG_H

#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed/feed.h"
#include "http/http.h"
#include "policy/bootstrap.h"
#include "store/user.h"
#include "store/visible.h"
#include "unit/tap.h"

struct rig {
	struct ctx *cx;
	const char *engine;
	char dir[64];
	struct store *st;
	struct user admin;
	int64_t org_id;
	struct server *sv;
	struct router *router;
	char base[64];
	struct feed_options o;
};

static struct rig *served; /* whose files the web server gives out */

static bool rig_ok(struct rig *g, enum rc rc, const char *what, int line)
{
	bool ok = tap_check(rc == RC_OK, __FILE__, line, "%s: %s: %s", g->engine, what, rc == RC_OK ? "ok" : g->cx->err.msg);

	ctx_forgive(g->cx);
	return ok;
}
#define OK(call) rig_ok(g, (call), #call, __LINE__)

static __attribute__((unused)) void rig_write(struct rig *g, const char *name, struct str text)
{
	FILE *f = fopen(str_fmt(g->cx->mem, "%s/%s", g->dir, name).p, "w");

	if (!f || fwrite(text.p, 1, text.n, f) != text.n)
		abort();
	fclose(f);
}

static __attribute__((unused)) struct str rig_path(struct rig *g, const char *name)
{
	return str_fmt(g->cx->mem, "%s/%s", g->dir, name);
}

static __attribute__((unused)) struct str rig_url(struct rig *g, const char *name)
{
	return str_fmt(g->cx->mem, "%s/f/%s", g->base, name);
}

/* ---- web server ---- */

/* /f/NAME: the file, with an ETag made of its size and time */
static enum rc serve_file(struct req *rq, struct resp *rs)
{
	const char *path = str_fmt(rq->cx->mem, "%s/%.*s%s%.*s", served->dir, STR(req_var(rq, 0)), rq->nseg > 2 ? "/" : "",
				   STR(rq->nseg > 2 ? req_var(rq, 1) : S(""))).p;
	struct stat sb;
	struct str tag;
	FILE *f;

	if (rq->ext.n)
		path = str_fmt(rq->cx->mem, "%s.%.*s", path, STR(rq->ext)).p;
	f = fopen(path, "r");
	if (!f || fstat(fileno(f), &sb) < 0)
		return fail(rq->cx, RC_NOTFOUND, "no such file");
	tag = str_fmt(rq->cx->mem, "\"%lld-%lld\"", (long long)sb.st_size, (long long)sb.st_mtim.tv_nsec);
	resp_header(rq, rs, "ETag", tag);
	if (str_eq(req_header(rq, "If-None-Match"), tag)) {
		rs->status = 304;
	} else {
		char *p = buf_room(&rs->body, (size_t)sb.st_size + 1);

		buf_wrote(&rs->body, fread(p, 1, (size_t)sb.st_size, f));
	}
	fclose(f);
	return RC_OK;
}

static enum rc serve_loop(struct req *rq, struct resp *rs)
{
	rs->status = 302;
	resp_header(rq, rs, "Location", S("/loop"));
	return RC_OK;
}

static enum rc more_zeros(void *arg, struct buf *out)
{
	int *left = arg;

	if ((*left)-- == 0)
		return RC_DONE;
	for (int i = 0; i < 4096; i++)
		buf_str(out, S("198.51.100.1\n\n\n\n"));
	return RC_OK;
}

/* as many MB as the path says */
static enum rc serve_big(struct req *rq, struct resp *rs)
{
	int *left = arena_one(rq->cx->mem, int);
	int64_t mb = 0;

	str_i64(req_var(rq, 0), &mb);
	*left = (int)mb * 16;
	rs->more = more_zeros;
	rs->more_arg = left;
	return RC_OK;
}

static enum rc serve_begin(struct req *rq, struct resp *rs)
{
	return RC_OK;
}

static enum rc serve_handle(struct req *rq, struct resp *rs)
{
	return rq->route->handler(rq, rs);
}

static void serve_failed(struct req *rq, struct resp *rs, enum rc rc)
{
	buf_str(&rs->body, S("no"));
}

static void rig_serve(struct rig *g)
{
	static const struct route routes[] = {
		{ HTTP_GET, "/f/:name/:sub?", serve_file },
		{ HTTP_GET, "/loop", serve_loop },
		{ HTTP_GET, "/big/:mb", serve_big },
	};
	struct http_app app = { .begin = serve_begin, .handle = serve_handle, .failed = serve_failed };
	struct http_conf conf = http_conf_default();

	conf.addr = "127.0.0.1:0";
	conf.spool_dir = "/tmp";
	app.router = g->router = router_new(routes, sizeof(routes) / sizeof(*routes));
	served = g;
	OK(server_start(g->cx, &conf, &app, &g->sv));
	snprintf(g->base, sizeof(g->base), "http://127.0.0.1:%u", server_port(g->sv));
}

/* ---- store ---- */

/* What a query gives; for counting rows. text must be a literal. */
#define COUNT(text) rig_count(g, &(const struct sql)SQL(text))
static __attribute__((unused)) int64_t rig_count(struct rig *g, const struct sql *s)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	int64_t n = -1;

	if (lease_take(g->cx, &l) != RC_OK || stmt_open_text(g->cx, l.c, str_c(s->sqlite), &q) != RC_OK || stmt_get_i64(g->cx, &q, &n) != RC_OK)
		printf("# %s: %s\n", s->sqlite, g->cx->err.msg);
	ctx_forgive(g->cx);
	return n;
}

static __attribute__((unused)) int64_t rig_feed(struct rig *g, const struct feed_in *in)
{
	struct feed_in f = *in;
	struct feed made = { 0 };

	if (!f.name.p)
		f.name = S("list");
	f.provider = S("test");
	if (!f.input_source.p)
		f.input_source = str_starts(f.url, S("http")) ? S("network") : S("local");
	if (OK(feed_make(g->cx, &f, &made)) && OK(store_begin(g->cx)) && OK(feed_insert(g->cx, &made)))
		OK(store_commit(g->cx));
	return made.id;
}

static int unlink_one(const char *path, const struct stat *sb, int kind, struct FTW *f)
{
	return remove(path);
}

static void rig_run(const char *engine, const char *url, void (*cases)(struct rig *g))
{
	struct rig rig = { .engine = engine, .dir = "/tmp/misp-feed-XXXXXX" }, *g = &rig;
	struct store_options so = { .db_url = str_c(url), .create = true };
	struct bootstrap_result made;
	struct ctx cx;

	ctx_init(&cx, 0);
	rig.cx = &cx;
	if (!mkdtemp(rig.dir))
		abort();
	so.dir = str_c(rig.dir);
	if (OK(store_open(&cx, &so, &rig.st))) {
		cx.st = rig.st;
		if (OK(instance_init(&cx, &(struct bootstrap){ .org_name = S("HOME") }, &made)) && OK(user_acting(&cx, made.user_id, &rig.admin))) {
			cx.who = &rig.admin;
			cx.scope = &scope_all;
			rig.org_id = made.org_id;
			rig.o.allow_loopback = true;
			rig_serve(g);
			cases(g);
			server_stop(rig.sv, 1000);
			router_free(rig.router);
		}
	}
	cx.st = NULL;
	store_close(rig.st);
	ctx_clear(&cx);
	nftw(rig.dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void rig_each(void (*cases)(struct rig *g))
{
	const char *pg = getenv("MISP_TEST_PG");

	rig_run("sqlite", "", cases);
	if (pg && *pg)
		rig_run("pg", pg, cases);
	else
		tap_skip("MISP_TEST_PG is not set: no PostgreSQL");
}

#endif
