/* check_freetext.c - free-text feeds as users receive them: distinct values by type against the counts of another
 * program. usage: check_freetext DATA    (DATA/COUNTS.json: feeds[] with path, counts)
 *
 * Compared: ip, host, url (with or without a scheme), hashes, address|port and host|port. What that program calls
 * "other" (paths, names of services) may come out as a file name here and is not compared. */
#include <stdio.h>
#include <stdlib.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/map.h"
#include "extract/freetext.h"

static const char *const classes[] = { "ip", "host", "url", "md5", "sha1", "sha256", "email", "ip|port", "host|port" };
enum { CLASSES = sizeof(classes) / sizeof(*classes) };

struct tally {
	struct arena *mem;
	struct map seen;
	int64_t n[CLASSES];
};

static int class_of(struct str type)
{
	static const struct {
		const char *type, *class;
	} same[] = { { "ip-dst", "ip" }, { "domain", "host" }, { "hostname", "host" }, { "url-noscheme", "url" },
		{ "ip-dst|port", "ip|port" }, { "hostname|port", "host|port" } };

	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		if (str_eq(type, str_c(same[i].type)))
			type = str_c(same[i].class);
	for (int i = 0; i < CLASSES; i++)
		if (str_eq(type, str_c(classes[i])))
			return i;
	return -1;
}

static bool on(void *arg, const struct found *f)
{
	struct tally *t = arg;
	int c = class_of(f->type);

	if (c >= 0 && !map_put(&t->seen, str_fmt(t->mem, "%d %.*s", c, STR(f->value)), t))
		t->n[c]++;
	return true;
}

static struct str read_file(struct arena *a, struct str path)
{
	FILE *f = fopen(str_cdup(a, path), "rb");
	char *p;
	size_t n;

	if (!f) {
		perror(str_cdup(a, path));
		exit(2);
	}
	fseek(f, 0, SEEK_END);
	n = (size_t)ftell(f);
	rewind(f);
	p = arena_alloc(a, n + 1);
	n = fread(p, 1, n, f);
	fclose(f);
	return str_n(p, n);
}

static bool check(const char *dir, struct str path, const int64_t want[CLASSES])
{
	struct tally t = { .mem = arena_new(0) };
	bool ok = true;

	freetext_feed(t.mem, read_file(t.mem, str_fmt(t.mem, "%s/%.*s", dir, STR(path))), on, &t);
	for (int i = 0; i < CLASSES; i++)
		if (t.n[i] != want[i]) {
			printf("%.*s: %s %lld, expected %lld\n", STR(path), classes[i], (long long)t.n[i],
				(long long)want[i]);
			ok = false;
		}
	map_clear(&t.seen);
	arena_free(t.mem);
	return ok;
}

int main(int argc, char **argv)
{
	struct ctx cx;
	struct jr r;
	struct str key;
	int files = 0, bad = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: check_freetext DATA\n");
		return 2;
	}
	ctx_init(&cx, 0);
	jr_init(&r, &cx, read_file(cx.mem, str_fmt(cx.mem, "%s/COUNTS.json", argv[1])), NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (!str_eq(key, S("feeds"))) {
			jr_skip(&r);
			continue;
		}
		for (jr_arr(&r); jr_elem(&r);) {
			struct str path = { 0 };
			int64_t want[CLASSES] = { 0 };

			for (jr_obj(&r); jr_member(&r, &key);) {
				if (str_eq(key, S("path"))) {
					path = jr_text_dup(&r);
				} else if (str_eq(key, S("counts"))) {
					for (jr_obj(&r); jr_member(&r, &key);) {
						int c = class_of(key);
						int64_t n = jr_int(&r, 0);

						if (c >= 0)
							want[c] += n;
					}
				} else {
					jr_skip(&r);
				}
			}
			if (str_starts(path, S("feeds/freetext/"))) {
				files++;
				bad += !check(argv[1], path, want);
			}
		}
	}
	if (jr_end(&r) != RC_OK) {
		fprintf(stderr, "%s\n", cx.err.msg);
		return 2;
	}
	printf("%d files, %d differ\n", files, bad);
	ctx_clear(&cx);
	return bad != 0;
}
