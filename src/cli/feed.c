/* feed.c - misp feed: list, add, fetch, cache. Fetching itself is feed/'s matter. */
#include "cli/feed.h"

#include <stdlib.h>

#include "cli/progress.h"
#include "model/user.h"
#include "store/audit.h"
#include "store/tag.h"

enum rc cli_feed_options(struct cli *c, bool loopback, struct feed_options *out)
{
	*out = (struct feed_options){ .allow_loopback = loopback };
	if (c->cx.who) {
		out->org_id = c->cx.who->org_id;
		out->user_id = c->cx.who->id;
	}
	return config_nets(&c->cx, &c->config, SET_ALLOW_NET, &out->allow);
}

enum rc cli_feed_insert(struct ctx *cx, struct feed *f)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = feed_insert(cx, f);
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "add", .model = "Feed", .model_id = f->id, .title = f->name }, NULL);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static void on_progress(void *arg, uint64_t done, uint64_t total, const char *text)
{
	(void)text;
	progress_at(arg, done, total);
}

enum rc cli_feed_run(struct ctx *cx, const struct feed_options *o, const struct feed *f, cli_feed_fn *fn, struct feed_report *rep)
{
	struct feed_options mine = *o;
	struct progress p;
	enum rc rc;

	progress_begin(&p, str_fmt(cx->mem, "feed %.*s", STR(f->name)).p);
	mine.progress = on_progress;
	mine.progress_arg = &p;
	rc = fn(cx, &mine, f->id, rep);
	if (rc != RC_OK)
		progress_drop(&p);
	else if (fn == feed_cache)
		progress_end(&p, "%llu values cached", (unsigned long long)rep->cached);
	else if (rep->same_content)
		progress_end(&p, "unchanged");
	else if (rep->events)
		progress_end(&p, "%llu events new, %llu changed, %llu unchanged, %llu failed; %llu attributes new",
			     (unsigned long long)rep->events_added, (unsigned long long)rep->events_changed, (unsigned long long)rep->events_unchanged,
			     (unsigned long long)rep->events_failed, (unsigned long long)rep->added);
	else
		progress_end(&p, "%llu values new, %llu removed, %llu unchanged, %llu refused", (unsigned long long)rep->added,
			     (unsigned long long)rep->removed, (unsigned long long)rep->unchanged, (unsigned long long)rep->refused);
	return rc;
}

/* ---- list ---- */

static enum rc run_list(struct cli *c)
{
	struct feed *v;
	size_t n;

	TRY(cli_store(c));
	TRY(feed_list(&c->cx, &v, &n));
	for (size_t i = 0; i < n; i++) {
		const struct feed *f = &v[i];

		if (c->json) {
			struct jw w = cli_row(c);

			jw_kint(&w, "id", f->id);
			jw_kstr(&w, "name", f->name);
			jw_kstr(&w, "provider", f->provider);
			jw_kstr(&w, "url", f->url);
			jw_kstr(&w, "source_format", f->source_format);
			jw_kstr(&w, "input_source", f->input_source);
			jw_kbool(&w, "enabled", f->enabled);
			jw_kbool(&w, "caching_enabled", f->caching_enabled);
			jw_kint(&w, "event_id", f->event_id);
			jw_kint(&w, "last_fetch", f->last_fetch);
			jw_kint(&w, "cached", f->cache_timestamp);
			cli_row_end(c, &w);
		} else {
			buf_fmt(&c->out, "%lld\t%s\t%.*s\t", (long long)f->id, f->enabled ? "enabled" : "-", STR(f->source_format));
			cli_text(&c->out, f->name);
			buf_ch(&c->out, '\t');
			cli_text(&c->out, f->url);
			buf_ch(&c->out, '\n');
		}
	}
	return RC_OK;
}

const struct command CMD_FEED_LIST = {
	.name = "feed list", .operands = "", .help = "list the feeds", .more = "Prints number, state, format, name, source.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .run = run_list,
};

/* ---- add ---- */

static enum rc tag_named(struct ctx *cx, struct str name, int64_t *id)
{
	struct tag t;
	enum rc rc;

	TRY(store_begin(cx));
	rc = tag_capture(cx, name, (struct str){ NULL, 0 }, true, &t);
	if (rc == RC_OK) {
		*id = t.id;
		return store_commit(cx);
	}
	store_rollback(cx);
	return rc;
}

static struct str flag(const struct cli *c, const char *name)
{
	return cli_has(c, name) ? S("1") : (struct str){ NULL, 0 };
}

static enum rc run_add(struct cli *c)
{
	struct ctx *cx = &c->cx;
	struct str url = c->operand[0], tag = cli_value(c, "tag");
	bool web = str_starts_nocase(url, S("http://")) || str_starts_nocase(url, S("https://"));
	struct feed_in in = {
		.name = cli_value(c, "name"), .provider = cli_value(c, "provider"), .settings = cli_value(c, "settings"), .rules = cli_value(c, "rules"),
		.source_format = cli_value(c, "format"), .distribution = cli_value(c, "distribution"), .event_id = cli_value(c, "event"),
		.enabled = cli_has(c, "disabled") ? S("0") : S("1"), .fixed_event = flag(c, "fixed-event"), .delta_merge = flag(c, "delta-merge"),
		.publish = flag(c, "publish"), .caching_enabled = flag(c, "caching"), .lookup_visible = flag(c, "lookup-visible"),
		.force_to_ids = flag(c, "to-ids"), .input_source = web ? S("network") : S("local"), .url = url,
	};
	struct feed f;

	TRY(cli_store(c));
	if (!in.name.p)
		in.name = url;
	if (!in.provider.p)
		in.provider = S("local");
	if (!web) { /* a path means the same wherever serve runs */
		char *full = realpath(str_cdup(cx->mem, url), NULL);

		if (!full)
			return fail_errno(cx, RC_NOTFOUND, "cannot open %.*s", STR(url));
		in.url = str_dup(cx->mem, str_c(full));
		free(full);
	}
	TRY(feed_make(cx, &in, &f));
	if (tag.p)
		TRY(tag_named(cx, tag, &f.tag_id));
	TRY(cli_feed_insert(cx, &f));
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kint(&w, "id", f.id);
		jw_kstr(&w, "name", f.name);
		cli_row_end(c, &w);
	} else {
		buf_fmt(&c->out, "%lld\n", (long long)f.id);
	}
	return RC_OK;
}

const struct command CMD_FEED_ADD = {
	.name = "feed add", .operands = "URL|PATH", .help = "add a feed and print its number",
	.opts = (const struct cli_opt[]){
		{ "format", "KIND", "misp (a folder with manifest.json), csv or freetext [misp]" },
		{ "name", "TEXT", "otherwise its address" },
		{ "provider", "TEXT", "who makes it [local]" },
		{ "settings", "JSON", "columns of a CSV feed, as MISP has them: {\"csv\":{\"value\":\"2\",\"delimiter\":\";\"}}" },
		{ "rules", "JSON", "which events of a MISP feed are taken" },
		{ "fixed-event", NULL, "all into one event" },
		{ "event", "ID", "into this event" },
		{ "delta-merge", NULL, "what the feed does not hold any more goes" },
		{ "distribution", "N", "0 to 3, as MISP has them" },
		{ "tag", "NAME", "tag for its events" },
		{ "to-ids", NULL, "mark every value for detection" },
		{ "publish", NULL, "publish its events" },
		{ "caching", NULL, "keep its values for lookups" },
		{ "lookup-visible", NULL, "show in events that the feed holds a value" },
		{ "disabled", NULL, "not enabled yet" },
		CLI_JSON,
		{ 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_add,
};

/* ---- fetch, cache ---- */

static void print_report(struct cli *c, const struct feed *f, const struct feed_report *rep)
{
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kint(&w, "feed", f->id);
		jw_kstr(&w, "name", f->name);
		jw_key(&w, "report");
		feed_report_json(rep, &w);
		cli_row_end(c, &w);
		return;
	}
	for (unsigned i = 0; i < rep->bad_kept; i++) {
		const struct feed_bad *b = &rep->bad[i];

		if (b->line)
			cli_say("feed %.*s: line %llu: %s%s%s", STR(f->name), (unsigned long long)b->line, b->item, *b->item ? ": " : "", b->why);
		else
			cli_say("feed %.*s: %s%s%s", STR(f->name), b->item, *b->item ? ": " : "", b->why);
	}
	if (rep->bad_n > rep->bad_kept)
		cli_say("feed %.*s: %llu more", STR(f->name), (unsigned long long)(rep->bad_n - rep->bad_kept));
}

static bool asked_for(const struct cli *c, const struct feed *f, bool cache)
{
	int64_t id;

	for (size_t i = 0; i < c->operand_n; i++)
		if (str_eq(c->operand[i], S("all")) ? f->enabled || (cache && f->caching_enabled)
						    : (str_i64(c->operand[i], &id) && id == f->id) || str_eq(c->operand[i], f->name))
			return true;
	return false;
}

static enum rc run_feeds(struct cli *c, cli_feed_fn *fn)
{
	struct ctx *cx = &c->cx;
	struct feed_options o;
	enum rc first = RC_OK;
	size_t n, done = 0;
	struct feed *v;

	TRY(cli_store(c));
	TRY(cli_feed_options(c, cli_has(c, "loopback"), &o));
	TRY(feed_list(cx, &v, &n));
	for (size_t i = 0; i < n; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct feed_report *rep;
		enum rc rc;

		if (!asked_for(c, &v[i], fn == feed_cache))
			continue;
		done++;
		rep = feed_report_new();
		rc = cli_feed_run(cx, &o, &v[i], fn, rep);
		if (rc == RC_OK) {
			print_report(c, &v[i], rep);
		} else { /* the others are fetched all the same */
			cli_say("feed %.*s: %s", STR(v[i].name), cx->err.msg[0] ? cx->err.msg : rc_text(rc));
			ctx_forgive(cx);
			first = first == RC_OK ? rc : first;
		}
		feed_report_free(rep);
		arena_reset(cx->mem, m);
		TRY(cli_flush(c));
	}
	if (!done && !(c->operand_n == 1 && str_eq(c->operand[0], S("all"))))
		return fail(cx, RC_NOTFOUND, "no such feed (misp feed list shows them)");
	return first == RC_OK ? RC_OK : fail(cx, first, "not every feed could be read");
}

static enum rc run_fetch(struct cli *c)
{
	return run_feeds(c, feed_fetch);
}

static enum rc run_cache(struct cli *c)
{
	return run_feeds(c, feed_cache);
}
#define OPT_LOOPBACK { "loopback", NULL, "addresses of this machine may be fetched from" }

const struct command CMD_FEED_FETCH = {
	.name = "feed fetch", .operands = "ID|NAME|all...", .help = "fetch feeds and take in what is new",
	.opts = (const struct cli_opt[]){ CLI_JSON, OPT_LOOPBACK, { 0 } },
	.settings = SET_FOR_DATA | SET_FOR_FETCH, .operands_min = 1, .operands_max = -1, .run = run_fetch,
};
const struct command CMD_FEED_CACHE = {
	.name = "feed cache", .operands = "ID|NAME|all...", .help = "keep the values of feeds for lookups, without importing them",
	.opts = (const struct cli_opt[]){ CLI_JSON, OPT_LOOPBACK, { 0 } },
	.settings = SET_FOR_DATA | SET_FOR_FETCH, .operands_min = 1, .operands_max = -1, .run = run_cache,
};
