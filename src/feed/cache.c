/* cache.c - keeping digests of a feed's values, for lookups, without importing anything: from the hash list of a MISP feed (from its events when it
 * has none), from the values of a list. */
#include "feed/feed_int.h"

#include <stdlib.h>

#include "format/feed_misp.h"
#include "format/misp_json.h"
#include "model/value.h"
#include "store/attr.h"
#include "store/feed_cache.h"

#define CACHED_MAX ((size_t)50 << 20)

struct collect {
	struct fetch *x;
	struct cached *v;
	size_t n, cap;
	struct uuid event;
	struct uuid *events;          /* of the manifest */
	size_t event_n, event_cap;
	struct feed_rules rules;
};

static void collect_clear(struct collect *c)
{
	free(c->v);
	free(c->events);
}

static enum rc add(struct collect *c, int64_t digest)
{
	if (c->n == CACHED_MAX)
		return fail(c->x->cx, RC_TOOBIG, "the feed holds more than %zu values", CACHED_MAX);
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 4096;
		c->v = reallocarray(c->v, c->cap, sizeof(*c->v));
		if (!c->v)
			abort();
	}
	c->v[c->n++] = (struct cached){ digest, c->event };
	return RC_OK;
}

/* The whole value, and the halves that mean something by themselves. */
static enum rc add_value(struct collect *c, const struct attr *a)
{
	struct attr_digest d[ATTR_DIGESTS_MAX];
	size_t n = attr_digests(c->x->cx, a, d);

	for (size_t i = 0; i < n; i++)
		if (n == 1 || d[i].half != HALF_SECOND || d[i].state == STATE_CORRELATES)
			TRY(add(c, d[i].digest));
	return RC_OK;
}

static enum rc from_list(struct collect *c)
{
	struct fetch *x = c->x;
	struct ctx *cx = x->cx;
	SCOPED(values_clear) struct values vs = { 0 };
	struct feed_settings set;
	struct doc d;

	TRY(settings_read(cx, &x->f, &set));
	set.warninglists = false;
	TRY(source_get(x, S(""), false, &d));
	TRY(source_text(cx, &d.text));
	TRY(values_read(x, &set, d.text, &vs));
	for (size_t i = 0; i < vs.n; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct attr a = { .type = vs.v[i].type };

		if (!a.type->composite) {
			TRY(add(c, vs.v[i].digest));
			continue;
		}
		value_split(a.type, vs.v[i].text, &a.value1, &a.value2);
		TRY(add_value(c, &a));
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

static enum rc on_hash(void *arg, struct ctx *cx, const uint8_t md5[16], const struct uuid *event)
{
	struct collect *c = arg;

	c->event = *event;
	return add(c, feed_cache_md5_digest(cx->st, md5));
}

static enum rc on_manifest(void *arg, struct ctx *cx, const struct manifest_entry *m)
{
	struct collect *c = arg;

	c->x->rep->events++;
	if (!rules_pass(&c->rules, m)) {
		c->x->rep->events_filtered++;
		return RC_OK;
	}
	if (c->event_n == c->event_cap) {
		c->event_cap = c->event_cap ? c->event_cap * 2 : 256;
		c->events = reallocarray(c->events, c->event_cap, sizeof(*c->events));
		if (!c->events)
			abort();
	}
	c->events[c->event_n++] = m->uuid;
	return RC_OK;
}

static enum rc on_attr(void *arg, struct ctx *cx, struct attr_in *in)
{
	struct attr_defaults d = { .distribution = DIST_INHERIT };
	struct collect *c = arg;
	struct attr a;

	if (attr_make(cx, in, &d, &a) != RC_OK) { /* fetching the feed would refuse it, too */
		c->x->rep->refused++;
		ctx_forgive(cx);
		return RC_OK;
	}
	c->x->rep->values++;
	return a.deleted ? RC_OK : add_value(c, &a);
}

static enum rc on_object(void *arg, struct ctx *cx, struct object_in *o)
{
	for (size_t i = 0; i < o->attr_n; i++)
		TRY(on_attr(arg, cx, &o->attrs[i]));
	return RC_OK;
}

static enum rc one_event(struct collect *c, struct ahead *docs)
{
	struct ctx *cx = c->x->cx;
	struct misp_sink sink = { .arg = c, .attr = on_attr, .object = on_object };
	struct doc d;

	TRY(ahead_next(docs, &d));
	TRY(source_text(cx, &d.text));
	return misp_event_elements(cx, d.text, &sink);
}

static enum rc from_events(struct collect *c)
{
	SCOPED(ahead_close) struct ahead *docs = NULL;
	struct fetch *x = c->x;
	struct ctx *cx = x->cx;
	struct manifest_sink sink = { .arg = c, .event = on_manifest };
	struct arena_mark m;
	struct doc d;

	TRY(rules_read(cx, x->f.rules.p ? x->f.rules : S(""), &c->rules));
	TRY(source_get(x, S("manifest.json"), false, &d));
	TRY(source_text(cx, &d.text));
	TRY(feed_manifest_each(cx, d.text, &sink));
	docs = ahead_open(x, c->events, c->event_n);
	m = arena_mark(cx->mem);
	for (size_t i = 0; i < c->event_n; i++) {
		char uuid[UUID_TEXT + 1];
		enum rc rc;

		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "stopped while caching events");
		fetch_progress(x, i, c->event_n, "events");
		c->event = c->events[i];
		uuid_text(&c->event, uuid);
		rc = one_event(c, docs);
		if (rc == RC_DB || rc == RC_BUSY || rc == RC_STOPPED || rc == RC_IO)
			return rc;
		if (rc != RC_OK) {
			x->rep->events_failed++;
			report_bad(x->rep, 0, str_c(uuid), "%s", cx->err.msg[0] ? cx->err.msg : rc_text(rc));
			ctx_forgive(cx);
		}
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

static enum rc from_misp(struct collect *c)
{
	struct fetch *x = c->x;
	struct ctx *cx = x->cx;
	uint64_t bad = 0, line = 0;
	struct doc d;
	enum rc rc = source_get(x, S("hashes.csv"), false, &d);

	if (rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return from_events(c);
	}
	TRY(rc);
	TRY(source_text(cx, &d.text));
	TRY(feed_hashes_each(cx, d.text, on_hash, c, &bad, &line));
	if (bad) {
		report_bad(x->rep, line, S(""), "not a line of MD5 and event; %llu such lines", (unsigned long long)bad);
		x->rep->bad_n += bad - 1;
	}
	x->rep->values = c->n;
	return RC_OK;
}

static enum rc put(struct collect *c)
{
	struct fetch *x = c->x;
	struct ctx *cx = x->cx;
	struct feed f;
	size_t count = 0;

	TRY(feed_load_locked(cx, x->f.id, &f));
	TRY(feed_cache_put(cx, f.id, c->v, c->n, &count));
	x->rep->cached = count;
	return feed_cached(cx, f.id, ctx_now_s(cx));
}

enum rc feed_cache(struct ctx *cx, const struct feed_options *o, int64_t feed_id, struct feed_report *rep)
{
	struct fetch x = { .cx = cx, .o = o, .rep = rep };
	SCOPED(collect_clear) struct collect c = { .x = &x };
	enum rc rc;

	TRY(feed_load(cx, feed_id, &x.f));
	TRY(str_eq(x.f.source_format, S("misp")) ? from_misp(&c) : from_list(&c));
	TRY(store_begin(cx));
	rc = put(&c);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}
