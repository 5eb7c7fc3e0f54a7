/* check_warninglists DATA | --clone DIR: reads a clone of misp-warninglists, prints counts, loading time, memory and
 * what a check costs. DATA is the folder of test data; the counts must then be the ones known for it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "lists/warninglist.h"
#include "model/attr_type.h"

struct load {
	struct wl_set *ws;
	size_t lists, entries, kinds[WL_TYPES];
	struct str *samples; /* some of the entries, to ask for */
	size_t sample_n;
	struct arena *mem;
};
#define SAMPLES 20000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum rc entry(struct ctx *cx, void *arg, struct str text)
{
	struct load *l = arg;

	(void)cx;
	if (!wl_set_add(l->ws, text))
		printf("unusable: '%.*s'\n", STR(text));
	if (l->samples && l->entries % 16 == 0 && l->sample_n < SAMPLES)
		l->samples[l->sample_n++] = str_dup(l->mem, text);
	l->entries++;
	return RC_OK;
}

static enum rc read_list(struct ctx *cx, struct load *l, struct str text)
{
	struct wl_head head;

	TRY(wl_file_head(cx, text, &head));
	l->kinds[head.type]++;
	TRY(wl_set_list(cx, l->ws, (int64_t)++l->lists, &head));
	return wl_file_entries(cx, &head, entry, l);
}

static enum rc file(struct ctx *cx, void *arg, struct str name, struct str text)
{
	enum rc rc = read_list(cx, arg, text);

	if (rc != RC_OK)
		fprintf(stderr, "in %.*s:\n", STR(name));
	return rc;
}

/* What the clone below DATA holds. */
static bool as_known(const struct load *l)
{
	static const size_t kinds[WL_TYPES] = {
		[WL_CIDR] = 78, [WL_STRING] = 24, [WL_HOSTNAME] = 18, [WL_SUBSTRING] = 3, [WL_REGEX] = 2,
	};
	bool ok = l->lists == 125 && l->entries == 200699;

	for (int i = 0; i < WL_TYPES; i++)
		ok &= l->kinds[i] == kinds[i];
	return ok;
}

static enum rc load(struct load *l, const char *dir)
{
	struct ctx cx;
	enum rc rc;

	ctx_init(&cx, (size_t)256 << 20);
	l->ws = wl_set_new();
	rc = library_each(&cx, dir, WL_DIR, WL_LEAF, file, l);
	wl_set_ready(l->ws);
	if (rc != RC_OK)
		fprintf(stderr, "%s\n", cx.err.msg);
	ctx_clear(&cx);
	return rc;
}

/* Asks for made-up values, numbers between the three texts; without texts for entries of the lists. */
static void ask(const struct load *l, const char *label, const char *type, const char *const text[3])
{
	struct str *q = arena_many(l->mem, l->sample_n, struct str);
	const struct attr_type *t = type ? attr_type_find(str_c(type)) : NULL;
	size_t hits = 0;
	double at;

	for (size_t i = 0; i < l->sample_n; i++)
		q[i] = !text ? l->samples[i] : str_fmt(l->mem, "%s%u%s%u%s", text[0], (unsigned)(i * 2654435761u % 251),
			text[1], (unsigned)(i * 40503u % 256), text[2]);
	at = now();
	for (size_t i = 0; i < l->sample_n; i++)
		hits += wl_check(l->ws, t, q[i], NULL, NULL);
	at = now() - at;
	printf("%-28s %6.0f ns a check, %zu of %zu listed\n", label, at * 1e9 / (double)(l->sample_n ? l->sample_n : 1),
		hits, l->sample_n);
}

static void costs(const struct load *l)
{
	ask(l, "entries, any type", NULL, NULL);
	ask(l, "entries, domain", "domain", NULL);
	ask(l, "addresses, ip-dst", "ip-dst", (const char *const[]){ "", ".12.", ".7" });
	ask(l, "host names, hostname", "hostname", (const char *const[]){ "host-", ".some.name", ".example" });
	ask(l, "URLs, url", "url", (const char *const[]){ "https://host-", ".name", ".example:8080/a/path?query=1" });
	ask(l, "hashes, sha256", "sha256",
		(const char *const[]){ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b78", "a", "b" });
	ask(l, "mail addresses, email-src", "email-src", (const char *const[]){ "person", "@mail", ".example" });
	ask(l, "mail addresses, any type", NULL, (const char *const[]){ "person", "@mail", ".example" });
}

int main(int argc, char **argv)
{
	bool clone = argc == 3 && str_eq(str_c(argv[1]), S("--clone"));
	struct load l = { 0 };
	struct wl_stats st;
	struct str dir;
	double at;
	bool ok;

	if (argc != 2 && !clone) {
		fprintf(stderr, "usage: check_warninglists DATA | --clone DIR\n");
		return 2;
	}
	l.mem = arena_new(0);
	dir = clone ? str_c(argv[2]) : str_fmt(l.mem, "%s/misp/misp-warninglists", argv[1]);
	at = now();
	if (load(&l, dir.p) != RC_OK)
		return 1;
	at = now() - at;
	st = wl_set_stats(l.ws);
	printf("%zu lists, %zu entries, %zu unusable; %.0f ms; %.1f MB\n", l.lists, l.entries, st.unusable, at * 1000,
		(double)st.bytes / 1e6);
	for (int i = 0; i < WL_TYPES; i++)
		printf("%.*s %zu\n", STR(wl_type_name((enum wl_type)i)), l.kinds[i]);
	ok = st.entries == l.entries && (clone || as_known(&l));
	wl_set_free(l.ws);

	/* again, keeping some entries to ask for */
	l = (struct load){ .mem = l.mem, .samples = arena_many(l.mem, SAMPLES, struct str) };
	if (load(&l, dir.p) != RC_OK)
		return 1;
	costs(&l);
	wl_set_free(l.ws);
	arena_free(l.mem);
	printf("%s\n", ok ? "as expected" : "NOT as expected");
	return ok ? 0 : 1;
}
