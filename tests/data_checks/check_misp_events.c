/* check_misp_events.c - reads every MISP event of a folder of real files (misp-events/, feeds/misp/) and compares events, attributes,
 * objects, object attributes and attributes by type with its COUNTS.json.  check_misp_events DIR */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/map.h"
#include "format/feed_misp.h"
#include "format/misp_json.h"

struct counts {
	long events, attrs, objects, object_attrs, bad;
	json_t *by_type;
};

static int failures;

static void differ(const char *path, const char *what, long got, long want)
{
	if (got == want)
		return;
	printf("%s: %s %ld, expected %ld\n", path, what, got, want);
	failures++;
}

static void unpack(struct str packed, struct buf *out)
{
	ZSTD_DStream *d = ZSTD_createDStream();
	ZSTD_inBuffer in = { packed.p, packed.n, 0 };
	char t[65536];
	size_t left = 1;

	buf_init(out, SIZE_MAX);
	while (left && !ZSTD_isError(left) && in.pos < in.size) {
		ZSTD_outBuffer o = { t, sizeof(t), 0 };

		left = ZSTD_decompressStream(d, &o, &in);
		buf_mem(out, t, o.pos);
	}
	ZSTD_freeDStream(d);
}

/* Whole file, unpacked when its name ends in .zst; p NULL on failure. */
static struct str load(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf raw;
	char t[65536];
	size_t n;

	buf_init(&raw, SIZE_MAX);
	if (!f)
		return (struct str){ 0 };
	while ((n = fread(t, 1, sizeof(t), f)) > 0)
		buf_mem(&raw, t, n);
	fclose(f);
	if (str_ends(str_c(path), S(".zst"))) {
		struct str packed = buf_view(&raw);

		unpack(packed, &raw);
		free((void *)(uintptr_t)packed.p);
	}
	return raw.p ? str_n(raw.p, raw.n) : S("");
}

static enum rc on_attr(void *arg, struct ctx *cx, struct attr_in *a)
{
	struct counts *c = arg;
	char type[64];
	json_t *n;

	c->attrs++;
	snprintf(type, sizeof(type), "%.*s", STR(a->type));
	n = json_object_get(c->by_type, type);
	json_object_set_new(c->by_type, type, json_integer(json_integer_value(n) + 1));
	return RC_OK;
}

static enum rc on_object(void *arg, struct ctx *cx, struct object_in *o)
{
	struct counts *c = arg;

	c->objects++;
	c->object_attrs += (long)o->attr_n;
	return RC_OK;
}

static enum rc on_bad(void *arg, struct ctx *cx, const char *what, size_t position, const char *why)
{
	struct counts *c = arg;

	printf("bad %s %zu: %s\n", what, position, why);
	c->bad++;
	return RC_OK;
}

static enum rc on_event(void *arg, struct ctx *cx, struct str text)
{
	struct counts *c = arg;
	struct misp_sink sink = { c, on_attr, on_object, on_bad };
	long attrs = c->attrs, objects = c->objects, bad = c->bad;
	struct event_in head;

	c->events++;
	TRY(misp_event_head(cx, text, &head));
	TRY(misp_event_elements(cx, text, &sink));
	if (bad == c->bad && ((size_t)(c->attrs - attrs) != head.attr_seen || (size_t)(c->objects - objects) != head.object_seen))
		return fail(cx, RC_INTERNAL, "the head counted %zu attributes and %zu objects", head.attr_seen, head.object_seen);
	return RC_OK;
}

/* 0 and the counts, or -1 with the reason printed. */
static int count_file(const char *path, struct counts *c)
{
	struct str text = load(path);
	struct ctx cx;
	enum rc rc;

	if (!text.p) {
		printf("%s: cannot be read\n", path);
		return -1;
	}
	ctx_init(&cx, 64 << 20);
	rc = misp_events_each(&cx, text, on_event, c);
	if (rc != RC_OK)
		printf("%s: %s\n", path, cx.err.msg);
	ctx_clear(&cx);
	free((void *)(uintptr_t)text.p);
	return rc == RC_OK ? 0 : -1;
}

static void compare(const char *path, const struct counts *c, json_t *want)
{
	json_t *types = json_object_get(want, "by_type"), *n;
	const char *type;

	differ(path, "events", c->events, json_integer_value(json_object_get(want, "events")));
	differ(path, "attributes", c->attrs, json_integer_value(json_object_get(want, "attributes")));
	differ(path, "object attributes", c->object_attrs, json_integer_value(json_object_get(want, "object_attributes")));
	if (json_object_get(want, "objects"))
		differ(path, "objects", c->objects, json_integer_value(json_object_get(want, "objects")));
	differ(path, "types", (long)json_object_size(c->by_type), (long)json_object_size(types));
	json_object_foreach(types, type, n)
		differ(path, type, json_integer_value(json_object_get(c->by_type, type)), json_integer_value(n));
}

struct index_counts {
	long entries, hashes;
};

static enum rc on_manifest(void *arg, struct ctx *cx, const struct manifest_entry *m)
{
	((struct index_counts *)arg)->entries++;
	return m->timestamp > 0 && m->info.n && m->orgc.uuid.n ? RC_OK : fail(cx, RC_INVALID, "entry without timestamp, info or Orgc");
}

static enum rc on_hash(void *arg, struct ctx *cx, const uint8_t md5[16], const struct uuid *event)
{
	((struct index_counts *)arg)->hashes++;
	return RC_OK;
}

static void feed_dir(const char *dir, const char *name, json_t *want)
{
	struct counts c = { .by_type = json_object() };
	struct index_counts i = { 0 };
	struct manifest_sink sink = { &i, on_manifest, NULL };
	struct dirent *e;
	uint64_t bad = 0;
	struct str text;
	struct ctx cx;
	char path[4096];
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	d = opendir(path);
	if (!d) {
		printf("%s: cannot be read\n", path);
		failures++;
		return;
	}
	while ((e = readdir(d))) {
		if (!str_ends(str_c(e->d_name), S(".json")) || !strcmp(e->d_name, "manifest.json"))
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", dir, name, e->d_name);
		if (count_file(path, &c))
			failures++;
	}
	closedir(d);
	compare(name, &c, want);
	differ(name, "bad elements", c.bad, 0);
	ctx_init(&cx, 1 << 20);
	snprintf(path, sizeof(path), "%s/%s/manifest.json", dir, name);
	text = load(path);
	if (feed_manifest_each(&cx, text, &sink) != RC_OK) {
		printf("%s: %s\n", path, cx.err.msg);
		failures++;
	}
	free((void *)(uintptr_t)text.p);
	differ(name, "manifest entries", i.entries, json_integer_value(json_object_get(want, "events")));
	snprintf(path, sizeof(path), "%s/%s/hashes.csv", dir, name);
	text = load(path);
	if (text.p && feed_hashes_each(&cx, text, on_hash, &i, &bad, NULL) != RC_OK)
		failures++;
	free((void *)(uintptr_t)text.p);
	differ(name, "hash lines", i.hashes, json_integer_value(json_object_get(want, "hash_rows")));
	differ(name, "bad hash lines", (long)bad, 0);
	json_decref(c.by_type);
	ctx_clear(&cx);
}

int main(int argc, char **argv)
{
	struct counts all = { 0 };
	json_t *known, *list, *e;
	json_error_t err;
	const char *name;
	char path[4096];
	size_t i;

	if (argc != 2) {
		fputs("usage: check_misp_events DIR\n", stderr);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/COUNTS.json", argv[1]);
	known = json_load_file(path, 0, &err);
	if (!known) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		return 2;
	}
	list = json_object_get(known, "misp_events");
	json_array_foreach(list, i, e) {
		struct counts c = { .by_type = json_object() };
		const char *rel = json_string_value(json_object_get(e, "path"));

		snprintf(path, sizeof(path), "%s/%s", argv[1], rel);
		if (count_file(path, &c))
			failures++;
		else
			compare(rel, &c, e);
		all.events += c.events;
		all.attrs += c.attrs;
		all.objects += c.objects;
		all.object_attrs += c.object_attrs;
		all.bad += c.bad;
		json_decref(c.by_type);
	}
	printf("misp-events: %ld events, %ld attributes, %ld objects with %ld attributes, %ld bad elements\n", all.events, all.attrs,
	       all.objects, all.object_attrs, all.bad);
	list = json_object_get(known, "misp_feed_dirs");
	json_object_foreach(list, name, e)
		feed_dir(argv[1], name, e);
	json_decref(known);
	printf("%s\n", failures ? "FAILED" : "ok");
	return failures ? 1 : 0;
}
