/* bench_match.c - the matcher on log lines and the scanner on prose: building time, MB/s, memory.
 *     bench_match [INDICATORS [MB]]        1,000,000 indicators and 100 MB of log when not given
 * One line in a hundred holds a listed value; the prose holds an indicator every 24 words, a third of them disguised. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/hash.h"
#include "extract/scan.h"
#include "match/match.h"

enum { PROSE_BYTES = 20 << 20, VALUE_MAX = 160 };

static const char *const words[] = { "amber", "birch", "cloud", "delta", "ember", "fjord", "grove", "harbor", "island",
	"juniper", "kestrel", "lagoon", "meadow", "north", "orchid", "prairie" };
static const char *const endings[] = { "com", "net", "org", "info", "co.uk", "de", "fr", "eu" };

/* CPU time: other work on the machine does not count. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *word(uint64_t x)
{
	return words[x % 16];
}

/* The i-th made-up indicator: three in ten addresses, a quarter domains, a fifth URLs, the rest hashes. */
static enum value_kind indicator(uint64_t i, char out[VALUE_MAX])
{
	static const unsigned char first[] = { 5, 23, 31, 45, 62, 77, 80, 91, 103, 141, 155, 178, 185, 188, 193, 212 };
	uint64_t x = hash_int(i + 1), y = hash_int(x);

	switch (i % 20) {
	case 0 ... 5:
		snprintf(out, VALUE_MAX, "%u.%u.%u.%u", first[x % 16], (unsigned)(i >> 16 & 255), (unsigned)(i >> 8 & 255),
			(unsigned)(i & 255));
		return VK_IP;
	case 6 ... 10:
		snprintf(out, VALUE_MAX, "%s-%s%llx.%s", word(x), word(x >> 4), (unsigned long long)i, endings[x >> 8 & 7]);
		return VK_DOMAIN;
	case 11 ... 14:
		snprintf(out, VALUE_MAX, "http://%s-%s%llx.%s/%s/%s.php?q=%x", word(x), word(x >> 4), (unsigned long long)i,
			endings[x >> 8 & 7], word(x >> 12), word(x >> 16), (unsigned)(x >> 20 & 0xffff));
		return VK_URL;
	case 15:
	case 16:
		snprintf(out, VALUE_MAX, "%016llx%016llx%016llx%016llx", (unsigned long long)x, (unsigned long long)y,
			(unsigned long long)(x ^ y), (unsigned long long)i);
		return VK_HASH;
	default:
		snprintf(out, VALUE_MAX, "%016llx%016llx", (unsigned long long)x, (unsigned long long)y);
		return VK_HASH;
	}
}

/* A proxy log: time, client, server address, method, URL, agent. */
static void log_line(struct buf *b, uint64_t i, uint64_t listed)
{
	uint64_t x = hash_int(i ^ 0x5eed);
	char value[VALUE_MAX];

	buf_fmt(b, "2024-10-21T%02u:%02u:%02uZ 10.%u.%u.%u 23.%u.%u.%u ", (unsigned)(i / 3600 % 24), (unsigned)(i / 60 % 60),
		(unsigned)(i % 60), (unsigned)(x & 255), (unsigned)(x >> 8 & 255), (unsigned)(x >> 16 & 255),
		200u + (unsigned)(x >> 24 & 31), (unsigned)(x >> 32 & 255), (unsigned)(x >> 40 & 255));
	if (i % 100 == 0) {
		indicator(x % listed, value);
		buf_fmt(b, "GET %s 200", value);
	} else {
		buf_fmt(b, "GET https://%s.%s-%x.example.%s/%s/%s?id=%u 200", word(x), word(x >> 4), (unsigned)(x >> 8 & 0xfff),
			endings[x >> 20 & 7], word(x >> 24), word(x >> 28), (unsigned)(x >> 32 & 0xffff));
	}
	buf_fmt(b, " %u \"Mozilla/5.0 (X11; Linux x86_64; rv:109.0)\"\n", (unsigned)(x >> 44 & 0xffff));
}

static bool on_hit(void *arg, const struct match_hit *hit)
{
	(void)hit;
	++*(size_t *)arg;
	return true;
}

static void bench_match(size_t listed, size_t bytes)
{
	struct match_index *ix = match_index_new();
	double t = now();
	struct buf log;
	struct str line;
	struct cur c;
	char value[VALUE_MAX];
	size_t lines = 0, hits = 0;

	for (uint64_t i = 0; i < listed; i++) {
		enum value_kind kind = indicator(i, value);

		match_add(ix, kind, str_c(value), (uint32_t)i);
	}
	match_ready(ix);
	printf("index of %zu values         %8.3f s   %zu MB\n", match_count(ix), now() - t, match_memory(ix) / 1000000);
	buf_init(&log, bytes + 4096);
	while (log.n < bytes)
		log_line(&log, lines++, listed);
	lines = 0;
	t = now();
	for (c = cur_of(buf_view(&log)); cur_until(&c, '\n', &line); lines++)
		match_line(ix, line, on_hit, &hits);
	t = now() - t;
	printf("match, %zu lines, %zu hits  %8.3f s   %.0f MB/s\n", lines, hits, t, (double)log.n / 1e6 / t);
	buf_clear(&log);
	match_index_free(ix);
}

static void bench_scan(void)
{
	struct arena *a = arena_new(0);
	struct found_list l = { 0 };
	struct buf b;
	char value[VALUE_MAX];
	double t;

	buf_init(&b, PROSE_BYTES + 4096);
	for (uint64_t i = 1; b.n < PROSE_BYTES; i++) {
		uint64_t x = hash_int(i);

		if (i % 24) {
			buf_fmt(&b, "%s%s", word(x >> 8), i % 37 ? " " : ".\n");
			continue;
		}
		indicator(i / 24, value);
		for (const char *p = value; *p; p++)
			if (*p == '.' && x % 3 == 0)
				buf_str(&b, S("[.]"));
			else
				buf_ch(&b, *p);
		buf_ch(&b, ' ');
	}
	t = now();
	scan_all(a, buf_view(&b), &l);
	t = now() - t;
	printf("extract from prose, %zu found %8.3f s   %.0f MB/s\n", l.n, t, (double)b.n / 1e6 / t);
	buf_clear(&b);
	arena_free(a);
}

int main(int argc, char **argv)
{
	long listed = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000, mb = argc > 2 ? strtol(argv[2], NULL, 10) : 100;

	if (listed < 1 || mb < 1) {
		fputs("usage: bench_match [INDICATORS [MB]]\n", stderr);
		return 2;
	}
	bench_match((size_t)listed, (size_t)mb * 1000000);
	bench_scan();
	return 0;
}
