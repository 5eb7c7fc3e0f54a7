/* check_feeds [-d DATABASE_URL]: reads lines FORMAT <tab> SETTINGS <tab> PATH, fetches each as a local feed into a store of its own, and answers with one
 * line of JSON: path, seconds of fetch, fetch again and caching, memory, counts by type, the report. tests/data/test_feeds.py compares. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "feed/feed.h"
#include "model/attr_type.h"
#include "policy/bootstrap.h"
#include "store/attr.h"
#include "store/user.h"

static struct store *st;
static struct user admin;

static double since(int64_t us)
{
	return (double)(clock_mono_us() - us) / 1e6;
}

static enum rc count_types(struct ctx *cx, int64_t event_id, int64_t *counts)
{
	struct attr_range r = { .event_id = event_id, .limit = 5000 };
	struct arena_mark m = arena_mark(cx->mem);
	struct attr *a;
	size_t n;

	do {
		TRY(attr_page(cx, &scope_all, &r, &a, &n));
		for (size_t i = 0; i < n; i++) {
			counts[a[i].type->id]++;
			r.after = a[i].id;
		}
		arena_reset(cx->mem, m);
	} while (n == r.limit);
	return RC_OK;
}

static enum rc feed_new(struct ctx *cx, struct str format, struct str settings, struct str path, int64_t *id)
{
	struct feed_in in = { .name = path, .provider = S("test"), .url = path, .input_source = S("local"), .source_format = format, .settings = settings,
			      .fixed_event = S("1"), .delta_merge = S("1") };
	struct feed f;

	TRY(feed_make(cx, &in, &f));
	TRY(store_begin(cx));
	TRY(feed_insert(cx, &f));
	*id = f.id;
	return store_commit(cx);
}

static enum rc one(struct ctx *cx, struct str format, struct str settings, struct str path, struct jw *w)
{
	struct feed_report *rep = feed_report_new(), *again = feed_report_new(), *cached = feed_report_new();
	struct feed_options o = { 0 };
	int64_t counts[256] = { 0 }, id, t;
	struct rusage ru;
	enum rc rc;

	TRY(feed_new(cx, format, settings, path, &id));
	t = clock_mono_us();
	rc = feed_fetch(cx, &o, id, rep);
	jw_key(w, "fetch_s");
	jw_double(w, since(t));
	if (rc == RC_OK) {
		t = clock_mono_us();
		rc = feed_fetch(cx, &o, id, again);
		jw_key(w, "again_s");
		jw_double(w, since(t));
		jw_kbool(w, "again_unchanged", again->same_content);
	}
	if (rc == RC_OK) {
		t = clock_mono_us();
		rc = feed_cache(cx, &o, id, cached);
		jw_key(w, "cache_s");
		jw_double(w, since(t));
		jw_kint(w, "cached", (int64_t)cached->cached);
	}
	getrusage(RUSAGE_SELF, &ru);
	jw_kint(w, "max_rss_kb", ru.ru_maxrss);
	if (rc == RC_OK && rep->event_id)
		rc = count_types(cx, rep->event_id, counts);
	jw_key(w, "types");
	jw_obj(w);
	for (int i = 0; i < 256; i++)
		if (counts[i]) {
			jw_key_str(w, attr_type_by_id(i)->name);
			jw_int(w, counts[i]);
		}
	jw_obj_end(w);
	jw_key(w, "report");
	feed_report_json(rep, w);
	feed_report_free(rep);
	feed_report_free(again);
	feed_report_free(cached);
	return rc;
}

static void line(const char *dir, struct str text)
{
	struct cur c = cur_of(text);
	struct str format = S(""), settings = S(""), path = S("");
	struct ctx cx;
	struct buf b;
	struct jw w;
	enum rc rc;

	(void)dir;
	cur_until(&c, '\t', &format);
	cur_until(&c, '\t', &settings);
	path = cur_rest(&c);
	ctx_init(&cx, 0);
	cx.st = st;
	cx.who = &admin;
	buf_init(&b, (size_t)1 << 24);
	jw_init(&w, &b, false);
	jw_obj(&w);
	jw_kstr(&w, "path", path);
	rc = one(&cx, format, settings, path, &w);
	if (rc != RC_OK)
		jw_kstr(&w, "error", str_c(cx.err.msg[0] ? cx.err.msg : rc_text(rc)));
	jw_obj_end(&w);
	printf("%.*s\n", STR(buf_view(&b)));
	fflush(stdout);
	buf_clear(&b);
	store_rollback(&cx);
	ctx_clear(&cx);
}

static int unlink_one(const char *path, const struct stat *sb, int kind, struct FTW *f)
{
	return remove(path);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/misp-feeds-XXXXXX", *text = NULL;
	struct store_options so = { .create = true, .db_url = argc > 2 ? str_c(argv[2]) : S("") };
	struct bootstrap_result made;
	struct ctx cx;
	size_t cap = 0;
	ssize_t n;

	if (!mkdtemp(dir))
		return 1;
	so.dir = str_c(dir);
	ctx_init(&cx, 0);
	if (store_open(&cx, &so, &st) != RC_OK || (cx.st = st, instance_init(&cx, &(struct bootstrap){ .org_name = S("TEST") }, &made)) != RC_OK ||
	    user_acting(&cx, made.user_id, &admin) != RC_OK) {
		fprintf(stderr, "%s\n", cx.err.msg);
		return 1;
	}
	while ((n = getline(&text, &cap, stdin)) > 0)
		line(dir, str_trim(str_n(text, (size_t)n)));
	free(text);
	store_close(st);
	ctx_clear(&cx);
	nftw(dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
