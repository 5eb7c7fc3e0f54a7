/* bench_lists.c - asking warninglists: building time, memory, checks a second.
 *     bench_lists [VALUES]        1,000,000 values asked when not given
 * The lists are made up in the sizes of the public ones: a million host names, 100,000 texts, 50,000 networks, a few patterns. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "lists/warninglist.h"
#include "model/attr_type.h"

enum { VALUE_MAX = 160 };

static const struct {
	enum wl_type type;
	size_t n;
	const char *what;
} lists[] = {
	{ WL_HOSTNAME, 1000000, "hostname" },
	{ WL_STRING, 100000, "string" },
	{ WL_CIDR, 50000, "cidr" },
	{ WL_SUBSTRING, 200, "substring" },
	{ WL_REGEX, 20, "regex" },
};

static void entry(enum wl_type type, uint64_t i, char out[VALUE_MAX])
{
	uint64_t x = hash_int(i * 8 + type + 1);

	switch (type) {
	case WL_HOSTNAME:
	case WL_STRING:
		snprintf(out, VALUE_MAX, "host%llx.example.%s", (unsigned long long)i, x & 1 ? "com" : "org");
		break;
	case WL_CIDR:
		snprintf(out, VALUE_MAX, "%u.%u.%u.0/24", 1 + (unsigned)(x % 200), (unsigned)(x >> 8 & 255), (unsigned)(x >> 16 & 255));
		break;
	case WL_SUBSTRING:
		snprintf(out, VALUE_MAX, "part-%06x", (unsigned)(x & 0xffffff));
		break;
	default:
		snprintf(out, VALUE_MAX, "/^[a-z]+%u\\.internal\\.(corp|lan)$/i", (unsigned)(i + 100));
	}
}

/* In turn: an address, a host name that may be listed, a URL, a hash. */
static const struct attr_type *value(uint64_t i, char out[VALUE_MAX])
{
	static const char *const names[] = { "ip-dst", "domain", "url", "sha256" };
	uint64_t x = hash_int(i + 99), y = hash_int(x);

	switch (i % 4) {
	case 0:
		snprintf(out, VALUE_MAX, "%u.%u.%u.%u", 1 + (unsigned)(x % 220), (unsigned)(x >> 8 & 255), (unsigned)(x >> 16 & 255),
			(unsigned)(x >> 24 & 255));
		break;
	case 1:
		snprintf(out, VALUE_MAX, "www.host%x.example.com", (unsigned)(x % 10000000));
		break;
	case 2:
		snprintf(out, VALUE_MAX, "http://host%x.example.net/a/%x/index.php?q=%x", (unsigned)(x & 0xffffff), (unsigned)(y & 0xffff),
			(unsigned)(y >> 16 & 0xffff));
		break;
	default:
		snprintf(out, VALUE_MAX, "%016llx%016llx%016llx%016llx", (unsigned long long)x, (unsigned long long)y,
			(unsigned long long)(x ^ y), (unsigned long long)i);
	}
	return attr_type_find(str_c(names[i % 4]));
}

/* CPU time: other work on the machine does not count. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	long asked = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
	struct wl_set *ws = wl_set_new();
	double t = now();
	char text[VALUE_MAX];
	struct wl_stats st;
	size_t hits = 0;
	struct ctx cx;

	ctx_init(&cx, 0);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (wl_set_list(&cx, ws, (int64_t)i + 1, &(struct wl_head){ .type = lists[i].type }) != RC_OK)
			return 1;
		for (uint64_t k = 0; k < lists[i].n; k++) {
			entry(lists[i].type, k, text);
			wl_set_add(ws, str_c(text));
		}
	}
	wl_set_ready(ws);
	st = wl_set_stats(ws);
	printf("%zu lists, %zu entries, %zu unusable  %8.3f s   %zu MB\n", st.lists, st.entries, st.unusable,
		now() - t, st.bytes / 1000000);
	t = now();
	for (long i = 0; i < asked; i++) {
		const struct attr_type *type = value((uint64_t)i, text);

		hits += wl_check(ws, type, str_c(text), NULL, NULL);
	}
	t = now() - t;
	printf("%ld values asked, %zu listed  %8.3f s   %.0f/s\n", asked, hits, t, (double)asked / t);
	wl_set_free(ws);
	ctx_clear(&cx);
	return 0;
}
