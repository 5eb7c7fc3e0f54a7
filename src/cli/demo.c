/* demo.c - see demo.h. Only documentation addresses, example domains and invented hashes; nothing is fetched from anywhere. */
#include "cli/demo.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/feed.h"
#include "cli/match.h"
#include "policy/bootstrap.h"

/* name##_from, name##_to: the bytes of data/demo/FILE */
#define EMBED(sym, file) \
	__asm__(".section .rodata\n" #sym "_from:\n.incbin \"" DEMO_DIR "/" file "\"\n" #sym "_to:\n.byte 0\n.previous\n"); \
	extern const char sym##_from[], sym##_to[]

#define FILES(X) \
	X(demo_manifest, "misp/manifest.json") \
	X(demo_hashes, "misp/hashes.csv") \
	X(demo_event_1, "misp/09e2adce-9011-5c21-a35a-83765189eb56.json") \
	X(demo_event_2, "misp/326ab74a-9e11-526c-809e-d17b915769d1.json") \
	X(demo_event_3, "misp/56b24659-647f-54ef-beea-963ae527e299.json") \
	X(demo_csv, "indicators.csv") \
	X(demo_list, "blocklist.txt") \
	X(demo_log, "demo.log") \
	X(demo_report, "report.txt")
#define X(sym, file) EMBED(sym, file);
FILES(X)
#undef X

static const struct {
	const char *path;
	const char *from, *to;
} files[] = {
#define X(sym, file) { file, sym##_from, sym##_to },
	FILES(X)
#undef X
};

static const struct {
	const char *name, *path, *format, *settings;
} feeds[] = {
	{ "Demo: events in MISP's format", "misp", "misp", "[]" },
	{ "Demo: CSV", "indicators.csv", "csv", "{\"csv\":{\"value\":\"2\"}}" },
	{ "Demo: block list", "blocklist.txt", "freetext", "[]" },
};

static enum rc folder(struct ctx *cx, const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ? RC_OK : fail_errno(cx, RC_IO, "cannot make the folder %s", path);
}

static enum rc write_files(struct ctx *cx, const char *dir)
{
	TRY(folder(cx, dir));
	TRY(folder(cx, str_fmt(cx->mem, "%s/misp", dir).p));
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		TRY(cli_write_file(cx, str_fmt(cx->mem, "%s/%s", dir, files[i].path).p, str_n(files[i].from, (size_t)(files[i].to - files[i].from))));
	return RC_OK;
}

static enum rc take_feed(struct cli *c, size_t i, const char *dir)
{
	struct ctx *cx = &c->cx;
	struct feed_in in = {
		.name = str_c(feeds[i].name), .provider = S("demo"), .url = str_fmt(cx->mem, "%s/%s", dir, feeds[i].path),
		.source_format = str_c(feeds[i].format), .input_source = S("local"), .settings = str_c(feeds[i].settings), .enabled = S("1"),
		.publish = S("1"), .fixed_event = S("1"), .distribution = S("3"), .caching_enabled = S("1"), .lookup_visible = S("1"),
	};
	struct feed_report *rep = feed_report_new();
	struct feed_options o;
	struct feed f;
	enum rc rc = feed_make(cx, &in, &f);

	if (rc == RC_OK)
		rc = cli_feed_insert(cx, &f);
	if (rc == RC_OK)
		rc = cli_feed_options(c, false, &o);
	if (rc == RC_OK)
		rc = cli_feed_run(cx, &o, &f, feed_fetch, rep);
	feed_report_free(rep);
	return rc;
}

static enum rc match_log(struct cli *c, const char *dir)
{
	struct str log = str_fmt(c->cx.mem, "%s/demo.log", dir);
	struct matcher *m;
	int64_t hits = 0;
	size_t n;
	enum rc rc;

	TRY(matcher_open(&c->cx, false, &m));
	n = matcher_count(m);
	buf_fmt(&c->out, "\nhits in %.*s:\n", STR(log));
	rc = matcher_file(c, m, log, &hits);
	matcher_close(m);
	if (rc == RC_OK)
		buf_fmt(&c->out, "%lld hits, %zu values looked for\n\n", (long long)hits, n);
	return rc;
}

enum rc demo_load(struct cli *c)
{
	struct ctx *cx = &c->cx;
	char *full = realpath(c->st->dir, NULL);
	const char *dir;

	if (!full)
		return fail_errno(cx, RC_IO, "cannot open %s", c->st->dir);
	dir = str_fmt(cx->mem, "%s/demo", full).p;
	free(full);
	TRY(write_files(cx, dir));
	for (size_t i = 0; i < sizeof(feeds) / sizeof(*feeds); i++)
		TRY(take_feed(c, i, dir));
	return match_log(c, str_fmt(cx->mem, "%s/demo", c->st->dir).p);
}

void demo_show(struct cli *c, struct str url, const struct bootstrap_result *first, bool tls_made)
{
	const char *dir = c->st->dir, *me = c->program;
	struct str key = first ? first->key : S("YOUR_KEY");
	struct buf *b = &c->out;

	buf_fmt(b, "URL       %.*s\n", STR(url));
	buf_fmt(b, "login     %.*s\n", STR(first ? first->email : config_text(&c->config, SET_ADMIN_EMAIL)));
	if (first && first->password_made)
		buf_fmt(b, "password  %.*s    (to be changed at the first login)\n", STR(first->password));
	if (first && first->key_made)
		buf_fmt(b, "API key   %.*s    (password and key are shown this once)\n", STR(first->key));
	buf_str(b, S("\nTo try:\n"));
	buf_fmt(b, "  curl -s%s -H 'Authorization: %.*s' -H 'Content-Type: application/json' -d '{\"value\": \"198.51.100.20\"}' %.*s/attributes/restSearch\n",
		tls_made ? "k" : "", STR(key), STR(url));
	buf_fmt(b, "  %s match --data %s %s/demo/demo.log\n", me, dir, dir);
	buf_fmt(b, "  %s extract %s/demo/report.txt\n", me, dir);
	buf_fmt(b, "  python3 -c 'from pymisp import PyMISP; print(PyMISP(\"%.*s\", \"%.*s\"%s).search(\"attributes\", value=\"198.51.100.20\"))'\n\n", STR(url),
		STR(key), tls_made ? ", ssl=False" : "");
}
