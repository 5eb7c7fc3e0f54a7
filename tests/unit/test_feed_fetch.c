/* feeds: lists into a fixed event and into one a fetch, delta merge, unchanged content, MISP directories, caches, and documents made to do harm */
#include "unit/feed_rig.h"

#include <zlib.h>

#include "store/attr.h"
#include "store/blocklist.h"
#include "store/event.h"
#include "store/feed_cache.h"
#include "store/org.h"
#include "store/tag.h"

static struct feed_report rep; /* of the last fetch */

static enum rc fetch(struct rig *g, int64_t id)
{
	rep = (struct feed_report){ 0 };
	return feed_fetch(g->cx, &g->o, id, &rep);
}

#define COUNTS(a, r, b, u) \
	do { \
		CHECK_INT(rep.added, a); \
		CHECK_INT(rep.removed, r); \
		CHECK_INT(rep.restored, b); \
		CHECK_INT(rep.unchanged, u); \
	} while (0)

/* Everything that a fetch can write. */
static int64_t rows(struct rig *g)
{
	return COUNT("SELECT (SELECT count(*) FROM attribute) + (SELECT count(*) FROM attribute_old) * 1000 + (SELECT count(*) FROM event_old) * 1000000 + "
		     "(SELECT count(*) FROM audit) * 100000000 + (SELECT count(*) FROM event) * 10000000000 + (SELECT sum(next) FROM id_seq)");
}

static void delta(struct rig *g)
{
	int64_t before, event, removed_id;
	struct feed f;
	struct feed_in in = { .name = S("delta"), .url = rig_path(g, "a.txt"), .source_format = S("freetext"), .fixed_event = S("1"), .delta_merge = S("1") };
	int64_t id;

	rig_write(g, "a.txt", S("# list\n198.51.100.1\nevil.example.com\n198.51.100.1\nhttp://bad.example.net/x\n"));
	id = rig_feed(g, &in);
	OK(fetch(g, id));
	COUNTS(3, 0, 0, 0);
	CHECK_INT(rep.lines, 5);
	event = rep.event_id;
	OK(feed_load(g->cx, id, &f));
	CHECK_INT(f.event_id, event);
	CHECK(f.last_report.n > 0);
	CHECK_INT(COUNT("SELECT count(*) FROM event WHERE info = 'delta feed' AND attribute_count = 3"), 1);

	before = rows(g);
	OK(fetch(g, id)); /* the same bytes */
	CHECK(rep.same_content);
	CHECK_INT(rows(g), before);
	rig_write(g, "a.txt", S("# another head\r\nhttp://bad.example.net/x\r\nEVIL.example.com\r\n198.51.100.1\r\n"));
	OK(fetch(g, id)); /* the same values */
	CHECK(!rep.same_content);
	COUNTS(0, 0, 0, 3);
	CHECK_INT(rows(g), before);

	rig_write(g, "a.txt", S("evil.example.com\n198.51.100.1\n198.51.100.2\n"));
	OK(fetch(g, id));
	COUNTS(1, 1, 0, 2);
	CHECK_INT(rep.event_id, event);
	CHECK_INT(COUNT("SELECT count(*) FROM attribute WHERE deleted = 1"), 1);
	CHECK_INT(COUNT("SELECT count(*) FROM attribute_old"), 1);
	CHECK_INT(COUNT("SELECT count(*) FROM event_old"), 1);
	CHECK_INT(COUNT("SELECT attribute_count FROM event WHERE info = 'delta feed'"), 3);
	CHECK_INT(COUNT("SELECT count(*) FROM attr_value WHERE state = 2"), 1);
	removed_id = COUNT("SELECT id FROM attribute WHERE deleted = 1");

	rig_write(g, "a.txt", S("evil.example.com\n198.51.100.1\n198.51.100.2\nhttp://bad.example.net/x\n"));
	OK(fetch(g, id)); /* it is back */
	COUNTS(0, 0, 1, 3);
	CHECK_INT(COUNT("SELECT count(*) FROM attribute WHERE deleted = 1"), 0);
	CHECK_INT(COUNT("SELECT count(*) FROM attr_value WHERE state = 2"), 0);
	CHECK_INT(COUNT("SELECT id FROM attribute WHERE value1 LIKE 'http:%'"), removed_id);
	CHECK_INT(COUNT("SELECT attribute_count FROM event WHERE info = 'delta feed'"), 4);

	OK(store_begin(g->cx)); /* somebody deletes the event: the next fetch makes another, though the list is the same */
	OK(event_delete(g->cx, event, 0, true));
	OK(store_commit(g->cx));
	OK(fetch(g, id));
	CHECK(!rep.same_content);
	COUNTS(4, 0, 0, 0);
	CHECK(rep.event_id != event);
}

static void keeps(struct rig *g)
{
	struct feed_in in = { .name = S("keeps"), .url = rig_path(g, "k.txt"), .source_format = S("freetext"), .fixed_event = S("1") };
	struct feed_in per = { .name = S("each"), .url = rig_path(g, "k.txt"), .source_format = S("freetext") };
	int64_t id, id2;

	rig_write(g, "k.txt", S("198.51.100.1\n198.51.100.2\n"));
	id = rig_feed(g, &in);
	id2 = rig_feed(g, &per);
	OK(fetch(g, id));
	OK(fetch(g, id2));
	rig_write(g, "k.txt", S("198.51.100.2\n198.51.100.3\n"));
	OK(fetch(g, id));
	COUNTS(1, 0, 0, 1);
	CHECK_INT(COUNT("SELECT attribute_count FROM event WHERE info = 'keeps feed'"), 3);
	OK(fetch(g, id2)); /* an event for each fetch that brings something else */
	COUNTS(2, 0, 0, 0);
	OK(fetch(g, id2));
	CHECK(rep.same_content);
	CHECK_INT(COUNT("SELECT count(*) FROM event WHERE info = 'each feed'"), 2);
	rig_write(g, "k.txt", S("# nothing any more\n"));
	OK(fetch(g, id));
	CHECK_INT(COUNT("SELECT attribute_count FROM event WHERE info = 'keeps feed'"), 3);
}

static void options(struct rig *g)
{
	struct tag t = { 0 };
	struct feed_in in = { .name = S("opt"), .url = rig_path(g, "o.csv"), .source_format = S("csv"), .fixed_event = S("1"), .override_ids = S("1"),
			      .publish = S("true"), .distribution = S("3"),
			      .settings = S("{\"csv\":{\"value\":\"2,3\",\"delimiter\":\";\"},\"common\":{\"excluderegex\":\"/^198\\\\.51\\\\./\"}}") };
	struct feed_in force = { .name = S("force"), .url = rig_path(g, "f.txt"), .source_format = S("freetext"), .force_to_ids = S("1"), .fixed_event = S("1") };
	struct feed_in bad = { .name = S("b"), .provider = S("p"), .url = S("/x"), .input_source = S("local"), .settings = S("{\"common\":{\"excluderegex\":\"/(/\"}}") };
	struct feed_in web = { .name = S("b"), .provider = S("p"), .url = S("gopher://x") };
	struct feed f;
	int64_t id;

	OK(store_begin(g->cx));
	OK(tag_capture(g->cx, S("feed:test"), S(""), true, &t));
	OK(store_commit(g->cx));
	in.tag_id = str_fmt(g->cx->mem, "%lld", (long long)t.id);
	rig_write(g, "o.csv", S("id;value;md5\n1;198.51.100.9;x\n2;203.0.113.5;\"d41d8cd98f00b204e9800998ecf8427e\"\n3;seen at 203.0.113.6 twice;\n"));
	id = rig_feed(g, &in);
	OK(fetch(g, id));
	COUNTS(2, 0, 0, 0);
	CHECK_INT(rep.excluded, 1);
	CHECK_INT(COUNT("SELECT count(*) FROM attribute a JOIN event e ON e.id = a.event_id WHERE e.info = 'opt feed' AND a.to_ids = 1"), 0);
	CHECK_INT(COUNT("SELECT count(*) FROM event WHERE info = 'opt feed' AND published = 1 AND distribution = 3 AND publish_timestamp > 0"), 1);
	CHECK_INT(COUNT("SELECT count(*) FROM event_tag"), 1);
	rig_write(g, "f.txt", S("AS64500\n198.51.100.77\n"));
	OK(fetch(g, rig_feed(g, &force)));
	CHECK_INT(COUNT("SELECT count(*) FROM attribute a JOIN event e ON e.id = a.event_id WHERE e.info = 'force feed' AND a.to_ids = 0"), 0);

	CHECK_INT(feed_make(g->cx, &bad, &f), RC_INVALID);
	CHECK_STR(str_c(g->cx->err.field), S("settings"));
	ctx_forgive(g->cx);
	CHECK_INT(feed_make(g->cx, &web, &f), RC_INVALID);
	CHECK_STR(str_c(g->cx->err.field), S("url"));
	ctx_forgive(g->cx);
	OK(feed_load(g->cx, id, &f));
	bool forget = true;
	OK(feed_change(g->cx, &(struct feed_in){ .enabled = S("1") }, &f, &forget));
	CHECK(!forget && f.enabled && f.publish);
	CHECK_STR(f.settings, in.settings); /* what is not sent stays */
	OK(feed_change(g->cx, &(struct feed_in){ .settings = S("{}") }, &f, &forget));
	CHECK(forget);
}

/* ---- documents made to do harm ---- */

static struct str gz(struct rig *g, struct str text, size_t cut)
{
	uLong cap = compressBound(text.n) + 64;
	char *p = arena_alloc(g->cx->mem, cap);
	z_stream z = { .next_in = (void *)(uintptr_t)text.p, .avail_in = (unsigned)text.n, .next_out = (void *)p, .avail_out = (unsigned)cap };

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return str_n(p, cap - z.avail_out - cut);
}

static struct str repeat(struct rig *g, char c, size_t n)
{
	char *p = arena_alloc(g->cx->mem, n);

	memset(p, c, n);
	return str_n(p, n);
}

static void broken_lines(struct rig *g)
{
	struct str longline = repeat(g, 'a', 1500000);
	struct str text = str_fmt(g->cx->mem, "203.0.113.1\n\xff\xfe bad\n203.0.113.2\nx%cy 203.0.113.3\n%.*s\n203.0.113.4\n999.999.999.999\n", 0, STR(longline));
	struct feed_in in = { .name = S("broken"), .url = rig_path(g, "b.txt"), .source_format = S("freetext"), .fixed_event = S("1") };
	struct feed_in csv = { .name = S("brokencsv"), .url = rig_path(g, "b.txt"), .source_format = S("csv"), .fixed_event = S("1"),
			       .settings = S("{\"csv\":{\"value\":\"1\"}}") };

	rig_write(g, "b.txt", text);
	OK(fetch(g, rig_feed(g, &in)));
	CHECK_INT(rep.added, 3);
	CHECK_INT(rep.bad_n, 3);
	CHECK_INT(rep.bad[0].line, 2);
	CHECK_STR(str_c(rep.bad[0].why), S("the line is not UTF-8 text"));
	CHECK_INT(rep.bad[1].line, 4);
	CHECK_INT(rep.bad[2].line, 5);
	CHECK_INT(rep.lines, 7);
	OK(fetch(g, rig_feed(g, &csv)));
	CHECK_INT(rep.added, 3);
	CHECK_INT(rep.bad_n, 3);
	CHECK_INT(rep.bad[0].line, 2);
	CHECK_INT(rep.bad[2].line, 5);
}

static void hostile(struct rig *g)
{
	struct str zeros = repeat(g, '\n', 40 << 20);
	struct str good = S("203.0.113.1\n203.0.113.2\n");
	const struct {
		const char *name;
		struct str text;
		enum rc rc;
		const char *says; /* part of the message */
	} files[] = {
		{ "page.html", S("\n<!DOCTYPE html><html><body>203.0.113.1</body></html>"), RC_INVALID, "looks like an HTML page" },
		{ "utf16.txt", S("\xff\xfe" "1\0.\0"), RC_INVALID, "UTF-16" },
		{ "bomb.gz", gz(g, zeros, 0), RC_TOOBIG, "grows more than" },
		{ "cut.gz", gz(g, good, 9), RC_INVALID, "truncated" },
		{ "zip.zip", S("PK\3\4 this is no archive at all, only its start"), RC_INVALID, "zip archive" },
		{ "good.gz", gz(g, good, 0), RC_OK, "" },
	};
	const struct {
		struct str url;
		enum rc rc;
		const char *says;
	} urls[] = {
		{ str_fmt(g->cx->mem, "%s/loop", g->base), RC_REMOTE, "redirects" },
		{ str_fmt(g->cx->mem, "%s/big/12", g->base), RC_TOOBIG, "larger than" },
		{ rig_url(g, "not-there"), RC_NOTFOUND, "404" },
		{ S("http://127.0.0.1:1/x"), RC_REMOTE, "connect" },
		{ S("http://10.1.2.3/x"), RC_DENIED, "not a public address" },
		{ rig_path(g, "not-there"), RC_NOTFOUND, "cannot read" },
		{ rig_path(g, ""), RC_IO, "not a file" },
	};
	struct feed f;

	g->o.size_max = 64 << 20;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct feed_in in = { .url = rig_path(g, files[i].name), .source_format = S("freetext"), .fixed_event = S("1") };
		int64_t events = COUNT("SELECT count(*) FROM event"), id;
		enum rc rc;

		rig_write(g, files[i].name, files[i].text);
		id = rig_feed(g, &in);
		rc = fetch(g, id);
		CHECKF(rc == files[i].rc, "%s %s: %s, says '%s'", g->engine, files[i].name, rc_text(rc), g->cx->err.msg);
		CHECKF(strstr(g->cx->err.msg, files[i].says) != NULL, "%s says '%s'", files[i].name, g->cx->err.msg);
		CHECK_INT(COUNT("SELECT count(*) FROM event") - events, rc == RC_OK);
		ctx_forgive(g->cx);
		OK(feed_load(g->cx, id, &f));
		CHECK(rc == RC_OK || str_find(f.last_report, S("\"error\"")) != STR_NONE);
	}
	g->o.size_max = 10 << 20;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct feed_in in = { .url = urls[i].url, .source_format = S("freetext"), .fixed_event = S("1") };
		enum rc rc = fetch(g, rig_feed(g, &in));

		CHECKF(rc == urls[i].rc && strstr(g->cx->err.msg, urls[i].says), "%s %.*s: %s, says '%s'", g->engine, STR(urls[i].url), rc_text(rc),
		       g->cx->err.msg);
		ctx_forgive(g->cx);
	}
	g->o.size_max = 0;
	g->o.allow_loopback = false;
	CHECK_INT(fetch(g, rig_feed(g, &(struct feed_in){ .url = rig_url(g, "a.txt"), .source_format = S("freetext") })), RC_DENIED);
	g->o.allow_loopback = true;
	ctx_forgive(g->cx);
}

static atomic_bool stop_now;

static void stop_when_storing(void *arg, uint64_t done, uint64_t total, const char *text)
{
	if (strcmp(text, arg) == 0)
		atomic_store(&stop_now, true);
}

/* Stopped anywhere, nothing is stored; the next fetch does it all. */
static void stopped(struct rig *g)
{
	static const char *const where[] = { "reading", "storing" };
	struct feed_in in = { .name = S("stop"), .url = rig_path(g, "s.txt"), .source_format = S("freetext"), .fixed_event = S("1") };
	int64_t id, before;

	rig_write(g, "s.txt", S("203.0.113.1\n203.0.113.2\n"));
	id = rig_feed(g, &in);
	before = rows(g);
	for (int i = 0; i < 2; i++) {
		atomic_store(&stop_now, false);
		g->cx->stop = &stop_now;
		g->o.progress = stop_when_storing;
		g->o.progress_arg = (void *)(uintptr_t)where[i];
		CHECK_INT(fetch(g, id), RC_STOPPED);
		g->cx->stop = NULL;
		g->o.progress = NULL;
		ctx_forgive(g->cx);
		CHECK_INT(rows(g), before);
	}
	OK(fetch(g, id));
	COUNTS(2, 0, 0, 0);
}

static void network(struct rig *g)
{
	struct feed_in in = { .name = S("net"), .url = rig_url(g, "n.csv"), .source_format = S("csv"), .fixed_event = S("1"), .settings = S("{\"csv\":{\"value\":\"1\"}}") };
	struct feed f;
	int64_t id;

	rig_write(g, "n.csv", S("203.0.113.1,x\n203.0.113.2,y\n"));
	id = rig_feed(g, &in);
	OK(fetch(g, id));
	COUNTS(2, 0, 0, 0);
	CHECK(rep.bytes > 0);
	OK(feed_load(g->cx, id, &f));
	CHECK(f.etag.n > 0);
	OK(fetch(g, id)); /* 304: no byte of it */
	CHECK(rep.same_content);
	CHECK_INT(rep.bytes, 0);
}

/* ---- MISP directories ---- */

#define U1 "5f0c7a40-0000-4000-8000-000000000001"
#define U2 "5f0c7a40-0000-4000-8000-000000000002"
#define U3 "5f0c7a40-0000-4000-8000-000000000003"
#define U8 "5f0c7a40-0000-4000-8000-000000000008"
#define U9 "5f0c7a40-0000-4000-8000-000000000009"
#define ORGC "{\"name\":\"MAKER\",\"uuid\":\"5f0c7a40-0000-4000-8000-00000000aaaa\"}"
#define ENTRY(u, ts, tags) "\"" u "\":{\"Orgc\":" ORGC ",\"Tag\":[" tags "],\"info\":\"i\",\"date\":\"2026-01-01\",\"analysis\":2,\"threat_level_id\":1,\"timestamp\":" ts "}"
#define EVENT(u, ts, orgc, attrs) "{\"Event\":{\"uuid\":\"" u "\",\"info\":\"event of a feed\",\"date\":\"2026-01-01\",\"threat_level_id\":\"1\",\"analysis\":\"2\",\"timestamp\":\"" \
	ts "\",\"Orgc\":" orgc ",\"Attribute\":[" attrs "]}}"
#define ATTR(u, v) "{\"uuid\":\"5f0c7a40-0000-4000-8000-0000000001" u "\",\"type\":\"ip-dst\",\"category\":\"Network activity\",\"value\":\"" v \
	"\",\"to_ids\":true,\"timestamp\":\"1700000000\",\"distribution\":\"4\",\"sharing_group_id\":\"7\"}"

static void misp(struct rig *g)
{
	struct feed_in in = { .name = S("misp"), .source_format = S("misp"), .distribution = S("1"), .publish = S("1"), .override_ids = S("1"),
			      .rules = S("{\"tags\":{\"OR\":[],\"NOT\":[\"tlp:red\"]},\"orgs\":{\"OR\":[\"MAKER\"],\"NOT\":[]}}") };
	struct feed f;
	int64_t id, before;

	if (mkdir(rig_path(g, "feed").p, 0700) < 0)
		abort();
	rig_write(g, "feed/manifest.json", S("{" ENTRY(U1, "1700000000", "") "," ENTRY(U2, "1700000000", "") "," ENTRY(U3, "1700000000", "{\"name\":\"tlp:red\"}") "}"));
	rig_write(g, "feed/" U1 ".json", S(EVENT(U1, "1700000000", ORGC, ATTR("01", "203.0.113.1") "," ATTR("02", "not an address"))));
	rig_write(g, "feed/" U2 ".json", S("{\"Event\":{\"uuid\":\"" U2 "\",\"info\":"));
	in.url = rig_url(g, "feed");
	id = rig_feed(g, &in);
	OK(fetch(g, id));
	CHECK_INT(rep.events, 3);
	CHECK_INT(rep.events_added, 1);
	CHECK_INT(rep.events_failed, 1);
	CHECK_INT(rep.events_filtered, 1);
	CHECK_INT(rep.added, 1);
	CHECK_INT(rep.refused, 1);
	CHECK_INT(rep.bad_n, 2);
	CHECK_INT(COUNT("SELECT count(*) FROM event e JOIN org o ON o.id = e.orgc_id WHERE e.info = 'event of a feed' AND o.name = 'MAKER' AND e.published = 1 "
			"AND e.distribution = 1 AND e.timestamp = 1700000000"), 1);
	CHECK_INT(COUNT("SELECT count(*) FROM attribute a JOIN event e ON e.id = a.event_id WHERE e.info = 'event of a feed' AND a.to_ids = 0 AND a.distribution = 5 "
			"AND a.sharing_group_id = 0"), 1);

	before = rows(g);
	OK(fetch(g, id)); /* the broken one is tried again, nothing else */
	CHECK_INT(rep.events_failed, 1);
	CHECK_INT(rep.events_unchanged, 1);
	CHECK_INT(rows(g), before);

	rig_write(g, "feed/" U2 ".json", S(EVENT(U2, "1700000000", ORGC, ATTR("11", "203.0.113.2"))));
	OK(fetch(g, id)); /* mended */
	CHECK_INT(rep.events_added, 1);
	CHECK_INT(rep.events_failed, 0);
	OK(fetch(g, id));
	CHECK(rep.same_content);

	rig_write(g, "feed/manifest.json", S("{" ENTRY(U1, "1700000100", "") "," ENTRY(U2, "1700000100", "") "}"));
	rig_write(g, "feed/" U1 ".json", S(EVENT(U1, "1700000100", ORGC, ATTR("01", "203.0.113.1") "," ATTR("03", "203.0.113.3"))));
	rig_write(g, "feed/" U2 ".json", S(EVENT(U2, "1700000100", "{\"name\":\"OTHER\",\"uuid\":\"5f0c7a40-0000-4000-8000-00000000bbbb\"}", ATTR("12", "203.0.113.44"))));
	OK(fetch(g, id)); /* one grew, the other claims another creator */
	CHECK_INT(rep.events_changed, 1);
	CHECK_INT(rep.events_failed, 1);
	CHECK_INT(rep.added, 1);
	CHECK(strstr(rep.bad[0].why, "another organisation") != NULL);
	CHECK_INT(COUNT("SELECT count(*) FROM attribute WHERE value1 = '203.0.113.44'"), 0);

	in.url = rig_path(g, "feed"); /* the same directory as a local one: all is here */
	in.name = S("local");
	OK(fetch(g, rig_feed(g, &in)));
	CHECK_INT(rep.events_unchanged, 1);
	rig_write(g, "feed/manifest.json", S("<html>"));
	CHECK_INT(fetch(g, id), RC_INVALID);
	ctx_forgive(g->cx);
	OK(feed_load(g->cx, id, &f));
}

/* An event, or a creator, on a blocklist does not come in; the report says why, and the rest of the feed is taken. */
static void blocked(struct rig *g)
{
	struct feed_in in = { .name = S("blocked"), .source_format = S("misp"), .distribution = S("1") };
	static const struct {
		enum block_kind kind;
		const char *uuid, *why;
	} cases[] = {
		{ BLOCK_EVENT, "5f0c7a40-0000-4000-8000-000000000008", "Event blocked by event blocklist." },
		{ BLOCK_ORG, "5f0c7a40-0000-4000-8000-00000000cccc", "Event blocked by organisation blocklist." },
	};
	int64_t id;

	if (mkdir(rig_path(g, "blocked").p, 0700) < 0)
		abort();
	rig_write(g, "blocked/manifest.json", S("{" ENTRY(U8, "1700000000", "") "," ENTRY(U9, "1700000000", "") "}"));
	rig_write(g, "blocked/" U8 ".json", S(EVENT(U8, "1700000000", "{\"name\":\"KEPT OUT\",\"uuid\":\"5f0c7a40-0000-4000-8000-00000000cccc\"}", ATTR("81", "203.0.113.8"))));
	rig_write(g, "blocked/" U9 ".json", S(EVENT(U9, "1700000000", ORGC, ATTR("91", "203.0.113.9"))));
	in.url = rig_path(g, "blocked");
	id = rig_feed(g, &in);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct block b = { .kind = cases[i].kind, .name = S(""), .orgc = S(""), .comment = S("") };
		bool is_new;

		CHECK(uuid_parse(str_c(cases[i].uuid), &b.uuid));
		OK(store_begin(g->cx));
		OK(block_insert(g->cx, &b, &is_new));
		OK(store_commit(g->cx));
		OK(fetch(g, id));
		CHECK_INT(rep.events_added, i == 0);
		CHECK_INT(rep.events_failed, 1);
		CHECK(strstr(rep.bad[0].why, cases[i].why) != NULL);
		CHECK_INT(COUNT("SELECT count(*) FROM attribute WHERE value1 = '203.0.113.8'"), 0);
		CHECK_INT(COUNT("SELECT count(*) FROM org WHERE name = 'KEPT OUT'"), 0);
		OK(store_begin(g->cx));
		OK(block_delete(g->cx, b.kind, b.id));
		OK(store_commit(g->cx));
	}
	OK(fetch(g, id));
	CHECK_INT(rep.events_added, 1);
}

/* ---- caches ---- */

static size_t hits(struct rig *g, const char *value)
{
	struct cache_hit *v;
	size_t n = 0;

	OK(feed_cache_find(g->cx, str_c(value), &v, &n));
	return n;
}

static void caches(struct rig *g)
{
	struct feed_in list = { .name = S("clist"), .url = rig_path(g, "c.txt"), .source_format = S("freetext") };
	struct feed_in dir = { .name = S("cdir"), .url = rig_path(g, "cfeed"), .source_format = S("misp") };
	int64_t id, id2, n;

	if (mkdir(rig_path(g, "cfeed").p, 0700) < 0)
		abort();
	rig_write(g, "c.txt", S("192.0.2.1\nHost.example.com\n192.0.2.2:8080\n"));
	/* MD5 of "192.0.2.1" */
	rig_write(g, "cfeed/hashes.csv", S("d0f88d6c87767262ba8e93d6acccd784," U1 "\nnonsense\n"));
	rig_write(g, "cfeed/manifest.json", S("{" ENTRY(U1, "1700000000", "") "}"));
	rig_write(g, "cfeed/" U1 ".json", S(EVENT(U1, "1700000000", ORGC, ATTR("21", "192.0.2.1"))));
	id = rig_feed(g, &list);
	id2 = rig_feed(g, &dir);
	rep = (struct feed_report){ 0 };
	OK(feed_cache(g->cx, &g->o, id, &rep));
	CHECK_INT(rep.cached, 4);
	CHECK_INT(hits(g, "192.0.2.1"), 1);
	CHECK_INT(hits(g, "HOST.example.com"), 1);
	CHECK_INT(hits(g, "192.0.2.2|8080"), 1);
	CHECK_INT(hits(g, "192.0.2.2"), 1);
	CHECK_INT(hits(g, "8080"), 0);
	rep = (struct feed_report){ 0 };
	OK(feed_cache(g->cx, &g->o, id2, &rep));
	CHECK_INT(rep.cached, 1);
	CHECK_INT(rep.bad_n, 1);
	CHECK_INT(hits(g, "192.0.2.1"), 2);
	unlink(rig_path(g, "cfeed/hashes.csv").p);
	OK(feed_cache(g->cx, &g->o, id2, &rep)); /* from the events */
	CHECK_INT(hits(g, "192.0.2.1"), 2);
	rig_write(g, "c.txt", S("192.0.2.9\nhost.example.com\n"));
	OK(feed_cache(g->cx, &g->o, id, &rep));
	CHECK_INT(hits(g, "192.0.2.1"), 1);
	CHECK_INT(hits(g, "192.0.2.9"), 1);
	CHECK_INT(hits(g, "host.example.com"), 1);
	OK(feed_cache_count(g->cx, id, &n));
	CHECK_INT(n, 2);
	OK(store_begin(g->cx));
	OK(feed_delete(g->cx, id));
	OK(store_commit(g->cx));
	CHECK_INT(hits(g, "192.0.2.9"), 0);
	CHECK_INT(feed_cache(g->cx, &g->o, id, &rep), RC_NOTFOUND);
	ctx_forgive(g->cx);
}

/* more values than fit one page or one run of the index */
static void many(struct rig *g)
{
	enum { N = 30000 };
	struct feed_in in = { .name = S("many"), .url = rig_path(g, "m.txt"), .source_format = S("freetext"), .fixed_event = S("1"), .delta_merge = S("1") };
	struct buf b;
	int64_t id;

	buf_init(&b, 4 << 20);
	for (int i = 0; i < N; i++)
		buf_fmt(&b, "11.%d.%d.%d\n", i >> 16, i >> 8 & 255, i & 255);
	rig_write(g, "m.txt", buf_view(&b));
	id = rig_feed(g, &in);
	OK(fetch(g, id));
	COUNTS(N, 0, 0, 0);
	buf_reset(&b);
	for (int i = N / 2; i < N + 10; i++)
		buf_fmt(&b, "11.%d.%d.%d\n", i >> 16, i >> 8 & 255, i & 255);
	rig_write(g, "m.txt", buf_view(&b));
	OK(fetch(g, id));
	COUNTS(10, N / 2, 0, N / 2);
	CHECK_INT(COUNT("SELECT attribute_count FROM event WHERE info = 'many feed'"), N / 2 + 10);
	CHECK_INT(COUNT("SELECT count(*) FROM attr_net n JOIN event e ON e.id = n.event_id WHERE e.info = 'many feed' AND n.state = 2"), N / 2);
	rep = (struct feed_report){ 0 };
	OK(feed_cache(g->cx, &g->o, id, &rep));
	OK(feed_cache(g->cx, &g->o, id, &rep));
	CHECK_INT(rep.cached, N / 2 + 10);
	buf_clear(&b);
}

static void cases(struct rig *g)
{
	delta(g);
	keeps(g);
	options(g);
	broken_lines(g);
	hostile(g);
	stopped(g);
	network(g);
	misp(g);
	blocked(g);
	caches(g);
	many(g);
}

int main(void)
{
	rig_each(cases);
	return tap_done();
}
