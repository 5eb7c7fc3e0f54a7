/* report.c - what a fetch found, as counts and a bounded list. */
#include "feed/feed_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

struct feed_report *feed_report_new(void)
{
	struct feed_report *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	return r;
}

void feed_report_free(struct feed_report *r)
{
	free(r);
}

/* cut to what the field holds, not in the middle of a character */
static void put(char *dst, size_t size, const char *s, size_t n)
{
	struct str t = str_n(s, n < size - 1 ? n : size - 1);

	t.n = utf8_valid_prefix(t);
	memcpy(dst, t.p, t.n);
	dst[t.n] = 0;
}

void report_bad(struct feed_report *r, uint64_t line, struct str item, const char *fmt, ...)
{
	char text[256];
	struct feed_bad *b;
	va_list ap;

	r->bad_n++;
	if (r->bad_kept == FEED_BAD_MAX)
		return;
	b = &r->bad[r->bad_kept++];
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->line = line;
	put(b->item, sizeof(b->item), item.p ? item.p : "", item.n);
	put(b->why, sizeof(b->why), text, strlen(text));
}

static void count(struct jw *w, const char *key, uint64_t v)
{
	if (v)
		jw_kint(w, key, (int64_t)v);
}

void feed_report_json(const struct feed_report *r, struct jw *w)
{
	jw_obj(w);
	jw_kbool(w, "unchanged_content", r->same_content);
	count(w, "bytes", r->bytes);
	count(w, "lines", r->lines);
	count(w, "values", r->values);
	count(w, "added", r->added);
	count(w, "removed", r->removed);
	count(w, "restored", r->restored);
	count(w, "unchanged", r->unchanged);
	count(w, "refused", r->refused);
	count(w, "excluded", r->excluded);
	count(w, "warninglisted", r->warninglisted);
	count(w, "untyped", r->untyped);
	count(w, "events", r->events);
	count(w, "events_added", r->events_added);
	count(w, "events_changed", r->events_changed);
	count(w, "events_unchanged", r->events_unchanged);
	count(w, "events_filtered", r->events_filtered);
	count(w, "events_failed", r->events_failed);
	count(w, "cached", r->cached);
	if (r->event_id)
		jw_kid(w, "event_id", r->event_id);
	count(w, "problems", r->bad_n);
	if (r->bad_kept) {
		jw_key(w, "problem_list");
		jw_arr(w);
		for (size_t i = 0; i < r->bad_kept; i++) {
			jw_obj(w);
			count(w, "line", r->bad[i].line);
			if (r->bad[i].item[0])
				jw_kstr(w, "item", str_c(r->bad[i].item));
			jw_kstr(w, "reason", str_c(r->bad[i].why));
			jw_obj_end(w);
		}
		jw_arr_end(w);
	}
	jw_obj_end(w);
}

static void buf_cleanup(void *b)
{
	buf_clear(b);
}

struct str feed_report_text(struct ctx *cx, const struct feed_report *r)
{
	struct buf *b = arena_one(cx->mem, struct buf);
	struct jw w;

	buf_init(b, (size_t)1 << 20);
	arena_cleanup(cx->mem, buf_cleanup, b);
	jw_init(&w, b, false);
	feed_report_json(r, &w);
	return buf_view(b);
}
