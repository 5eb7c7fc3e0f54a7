/* bench_format.c - reading and writing events and CSV: time and memory.  bench_format [attributes]
 * bench_format - FILE maps FILE and reads it as one event (memory must not depend on its size). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "format/csv_feed.h"
#include "format/csv_write.h"
#include "format/misp_json.h"
#include "format/misp_write.h"

static size_t attrs, objects, bad;

static enum rc on_attr(void *arg, struct ctx *cx, struct attr_in *a)
{
	attrs++;
	return RC_OK;
}

static enum rc on_object(void *arg, struct ctx *cx, struct object_in *o)
{
	objects++;
	attrs += o->attr_n;
	return RC_OK;
}

static enum rc on_bad(void *arg, struct ctx *cx, const char *what, size_t position, const char *why)
{
	bad++;
	return RC_OK;
}

static long anon_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long v = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "RssAnon: %ld", &v) == 1)
			break;
	if (f)
		fclose(f);
	return v;
}

static void report(const char *what, int64_t from_us, size_t bytes)
{
	double s = (double)(clock_mono_us() - from_us) / 1e6;

	printf("%-28s %8.3f s  %8.1f MB  %7.0f MB/s  RssAnon %ld KiB\n", what, s, (double)bytes / 1e6, (double)bytes / 1e6 / s, anon_kib());
}

static void read_event(struct str text)
{
	struct misp_sink sink = { NULL, on_attr, on_object, on_bad };
	struct event_in head;
	struct ctx cx;
	int64_t t;

	attrs = objects = bad = 0;
	ctx_init(&cx, 64 << 20);
	t = clock_mono_us();
	if (misp_event_head(&cx, text, &head) != RC_OK) {
		printf("head: %s\n", cx.err.msg);
		exit(1);
	}
	report("event head", t, text.n);
	t = clock_mono_us();
	if (misp_event_elements(&cx, text, &sink) != RC_OK) {
		printf("elements: %s\n", cx.err.msg);
		exit(1);
	}
	report("event elements", t, text.n);
	printf("%zu attributes, %zu objects, %zu bad\n", attrs, objects, bad);
	ctx_clear(&cx);
}

static bool count_bytes(void *arg, struct str s)
{
	*(size_t *)arg += s.n;
	return true;
}

static void write_event(struct jw *w, size_t n)
{
	struct org org = { .id = 1, .name = S("ORG") };
	struct event_extra x = { &org, &org, S("") };
	struct event ev = { .id = 1, .info = S("bench") };
	struct attr a = { .event_id = 1, .type = attr_type_find(S("ip-dst")), .cat = 7, .to_ids = true, .distribution = 5,
		.timestamp = 1600000000, .first_seen_us = SEEN_NONE, .last_seen_us = SEEN_NONE, .value2 = S(""), .comment = S("seen"),
		.relation = S("") };
	char value[32];

	misp_write_event_open(w, &ev, &x);
	jw_key(w, "Attribute");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		a.id = (int64_t)i + 1;
		memcpy(a.uuid.b, &i, sizeof(i));
		a.value1 = str_n(value, (size_t)snprintf(value, sizeof(value), "198.51.%zu.%zu", i >> 8 & 255, i & 255));
		misp_write_attr(w, ATTR_IN_EVENT, &a, NULL);
	}
	jw_arr_end(w);
	misp_write_event_close(w);
}

static void csv_out(struct buf *b, size_t n)
{
	struct event ev = { .id = 1, .info = S("bench") };
	struct attr a = { .event_id = 1, .type = attr_type_find(S("ip-dst")), .cat = 7, .to_ids = true, .timestamp = 1600000000,
		.value1 = S("198.51.100.7"), .value2 = S(""), .comment = S("seen"), .relation = S("") };
	struct csv_out_row row = { .attr = &a, .event = &ev, .attribute_tags = S("") };
	struct csv_out o;

	csv_out_init(&o, b, (struct csv_out_opts){ 0 });
	csv_out_head(&o);
	for (size_t i = 0; i < n; i++)
		csv_out_row(&o, &row);
	csv_out_end(&o);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000, bytes = 0, records = 0;
	struct csv_settings s = CSV_DEFAULTS;
	struct csv_in *c;
	struct buf b;
	struct jw w;
	int64_t t;

	if (argc > 2) {
		int fd = open(argv[2], O_RDONLY);
		struct stat st;
		void *p;

		if (fd < 0 || fstat(fd, &st) || (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED) {
			perror(argv[2]);
			return 1;
		}
		read_event(str_n(p, (size_t)st.st_size));
		return 0;
	}
	buf_init_flush(&b, 64 << 10, count_bytes, &bytes);
	jw_init(&w, &b, false);
	t = clock_mono_us();
	write_event(&w, n);
	buf_finish(&b);
	report("write attributes, JSON", t, bytes);
	bytes = 0;
	t = clock_mono_us();
	csv_out(&b, n);
	buf_finish(&b);
	report("write attributes, CSV", t, bytes);
	buf_clear(&b);

	buf_init(&b, SIZE_MAX);
	jw_init(&w, &b, false);
	write_event(&w, n);
	read_event(buf_view(&b));
	buf_reset(&b);
	for (size_t i = 0; i < 10 * n; i++)
		buf_fmt(&b, "%08zu,2025-04-21 12:35:06,http://198.51.100.7:60905/bin.sh,online,malware_download,elf,mips,reporter_%08zu\n", i, i);
	c = malloc(sizeof(*c));
	if (!c)
		return 1;
	t = clock_mono_us();
	csv_open(c, buf_view(&b), &s);
	while (csv_next(c))
		records += c->field_n == 8;
	csv_close(c);
	report("read CSV, 10 lines each", t, b.n);
	printf("%zu records\n", records);
	free(c);
	buf_clear(&b);
	return 0;
}
