/* bench_json.c - MB/s of writing and reading a generated event document, jansson beside it on a smaller one.
 *     bench_json [MB]        size of the large document, 100 when not given */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "base/utf8.h"

#define RUNS 5

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void attribute(struct jw *w, int i)
{
	static const char *types[] = { "ip-dst", "domain", "sha256", "url", "filename" };
	char uuid[64], value[160];
	struct str u, v;

	u = str_n(uuid, (size_t)snprintf(uuid, sizeof(uuid), "5f0c%04x-%04x-4a3b-9c7d-%012x", i & 0xffff, i >> 4 & 0xffff, (unsigned)i * 7u));
	switch (i % 5) {
	case 0: v.n = (size_t)snprintf(value, sizeof(value), "192.0.2.%d", i & 255); break;
	case 1: v.n = (size_t)snprintf(value, sizeof(value), "host-%d.mail.example.com", i); break;
	case 2: v.n = (size_t)snprintf(value, sizeof(value), "%016x%016x%016x%016x", i, i * 3, i * 5, i * 11); break;
	case 3: v.n = (size_t)snprintf(value, sizeof(value), "https://www.example.org/path/%d/index.php?id=%d&x=1", i, i * 3); break;
	default: v.n = (size_t)snprintf(value, sizeof(value), "C:\\Users\\Public\\rechnung-%d.exe", i); break;
	}
	v.p = value;
	jw_obj(w);
	jw_kid(w, "id", 100000 + i);
	jw_kid(w, "event_id", 4711);
	jw_kid(w, "object_id", 0);
	jw_knull(w, "object_relation");
	jw_kstr(w, "category", S("Network activity"));
	jw_kstr(w, "type", str_c(types[i % 5]));
	jw_kbool(w, "to_ids", i & 1);
	jw_kstr(w, "uuid", u);
	jw_kid(w, "timestamp", 1700000000 + i);
	jw_kstr(w, "distribution", S("5"));
	jw_kstr(w, "sharing_group_id", S("0"));
	jw_kstr(w, "comment", i % 3 ? S("seen in the mail campaign against the example company, second wave") : S("später gesehen, бот"));
	jw_kbool(w, "deleted", false);
	jw_kbool(w, "disable_correlation", false);
	jw_knull(w, "first_seen");
	jw_knull(w, "last_seen");
	jw_kstr(w, "value", v);
	jw_key(w, "Galaxy");
	jw_arr(w);
	jw_arr_end(w);
	jw_key(w, "Tag");
	jw_arr(w);
	jw_obj(w);
	jw_kid(w, "id", i % 40);
	jw_kstr(w, "name", S("tlp:amber"));
	jw_kstr(w, "colour", S("#FFC000"));
	jw_kbool(w, "exportable", true);
	jw_obj_end(w);
	jw_arr_end(w);
	jw_key(w, "ShadowAttribute");
	jw_arr(w);
	jw_arr_end(w);
	jw_obj_end(w);
}

static void document(struct buf *b, size_t size, bool pretty)
{
	struct jw w;

	buf_reset(b);
	jw_init(&w, b, pretty);
	jw_obj(&w);
	jw_key(&w, "Event");
	jw_obj(&w);
	jw_kstr(&w, "info", S("generated"));
	jw_key(&w, "Attribute");
	jw_arr(&w);
	for (int i = 0; b->n < size; i++)
		attribute(&w, i);
	jw_arr_end(&w);
	jw_obj_end(&w);
	jw_obj_end(&w);
}

struct source {
	struct str rest;
};

static ssize_t fill(void *arg, char *dst, size_t cap)
{
	struct source *s = arg;
	size_t n = s->rest.n < cap ? s->rest.n : cap;

	memcpy(dst, s->rest.p, n);
	s->rest = str_from(s->rest, n);
	return (ssize_t)n;
}

/* As an importer reads: every text of an attribute is looked at. */
static size_t read_event(struct jr *r)
{
	size_t sum = 0;
	struct str key;

	for (jr_obj(r); jr_member(r, &key);)
		for (jr_obj(r); jr_member(r, &key);)
			if (str_eq(key, S("Attribute"))) {
				for (jr_arr(r); jr_elem(r);)
					for (jr_obj(r); jr_member(r, &key);) {
						enum jkind k = jr_peek(r);

						if (k == J_ARR || k == J_OBJ)
							jr_skip(r);
						else
							sum += jr_text(r).n;
					}
			}
	return sum;
}

static double bench_read(struct str text, bool filled)
{
	double best = 1e9;

	for (int i = 0; i < RUNS; i++) {
		struct source src = { text };
		struct ctx cx;
		struct jr r;
		double t = now();

		ctx_init(&cx, 0);
		if (filled)
			jr_init_fill(&r, &cx, fill, &src, NULL);
		else
			jr_init(&r, &cx, text, NULL);
		read_event(&r);
		if (jr_end(&r) != RC_OK) {
			fprintf(stderr, "%s\n", cx.err.msg);
			exit(1);
		}
		t = now() - t;
		best = t < best ? t : best;
		ctx_clear(&cx);
	}
	return (double)text.n / best / 1e6;
}

static double bench_jansson(struct str text)
{
	double t = now();
	json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	t = now() - t;
	json_decref(j);
	return (double)text.n / t / 1e6;
}

static double bench_jansson_dump(struct str text)
{
	json_t *j = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);
	double t = now();
	char *s = json_dumps(j, JSON_COMPACT);

	t = now() - t;
	free(s);
	json_decref(j);
	return (double)text.n / t / 1e6;
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 100) * 1000000;
	double rd = 0, wr = 0, t, jrd, jwr;
	struct buf b, text;
	struct jw w;

	buf_init(&b, SIZE_MAX / 2);
	for (int pretty = 1; pretty >= 0; pretty--) {
		document(&b, size, pretty);
		printf("%s, %zu MB\n", pretty ? "pretty" : "compact", b.n / 1000000);
		wr = 1e9;
		for (int i = 0; i < RUNS; i++) {
			t = now();
			document(&b, size, pretty);
			t = now() - t;
			wr = t < wr ? t : wr;
		}
		wr = (double)b.n / wr / 1e6;
		rd = bench_read(buf_view(&b), false);
		printf("  read from memory    %7.0f MB/s\n", rd);
		printf("  read through window %7.0f MB/s\n", bench_read(buf_view(&b), true));
		printf("  write               %7.0f MB/s (values made on the way)\n", wr);
	}
	buf_init(&text, SIZE_MAX / 2);
	for (int kind = 0; kind < 2; kind++) {
		struct str s = kind ? S("Der Angriff wurde früh bemerkt; ещё один пример 文字") : S("seen in the mail campaign against the example company, second wave");
		size_t n = 2000000;
		double best = 1e9;

		for (int i = 0; i < RUNS; i++) {
			buf_reset(&text);
			jw_init(&w, &text, false);
			t = now();
			jw_arr(&w);
			for (size_t k = 0; k < n; k++)
				jw_str(&w, s);
			jw_arr_end(&w);
			t = now() - t;
			best = t < best ? t : best;
		}
		printf("%s texts of %zu bytes\n", kind ? "mixed script" : "plain", s.n);
		printf("  write               %7.0f MB/s\n", (double)text.n / best / 1e6);
		best = 1e9;
		for (int i = 0; i < RUNS; i++) {
			t = now();
			if (!utf8_valid(buf_view(&text)))
				return 1;
			t = now() - t;
			best = t < best ? t : best;
		}
		printf("  utf8_valid          %7.0f MB/s\n", (double)text.n / best / 1e6);
	}
	document(&b, size < 10000000 ? size : 10000000, false);
	jrd = bench_jansson(buf_view(&b));
	jwr = bench_jansson_dump(buf_view(&b));
	printf("jansson, %zu MB\n  read                %7.0f MB/s (this reader: %.0f times)\n  write               %7.0f MB/s (this writer: %.0f times)\n",
		b.n / 1000000, jrd, rd / jrd, jwr, wr / jwr);
	buf_clear(&text);
	buf_clear(&b);
	return 0;
}
