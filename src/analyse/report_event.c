/* report_event.c - an event told as text: the draft of a report. */
#include "analyse/report_text.h"

#include "base/buf.h"
#include "base/clock.h"
#include "store/attr.h"
#include "store/object.h"
#include "store/tag.h"

enum { PAGE = 1000, ROWS_MAX = 5000 }; /* beyond that nobody reads on */

static void cell(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '|' || c == '\\')
			buf_ch(b, '\\');
		buf_ch(b, c == '\n' || c == '\r' ? ' ' : c);
	}
}

static void head(const struct event *e, const struct org_ref *orgc, struct buf *b)
{
	static const char *const threats[] = { "Undefined", "High", "Medium", "Low", "Undefined" };
	static const char *const analyses[] = { "Initial", "Ongoing", "Completed" };
	char date[CLOCK_TEXT_MAX], uu[UUID_TEXT + 1];

	clock_date((int64_t)e->date * 86400000000, date);
	uuid_text(&e->uuid, uu);
	buf_str(b, S("# "));
	cell(b, e->info);
	buf_fmt(b, "\n\n| | |\n|---|---|\n| Date | %s |\n| Creator | ", date);
	cell(b, orgc->name);
	buf_fmt(b, " |\n| Threat level | %s |\n| Analysis | %s |\n| Attributes | %lld |\n| UUID | %s |\n",
		threats[e->threat_level_id >= 1 && e->threat_level_id <= 4 ? e->threat_level_id : 0], analyses[e->analysis >= 0 && e->analysis <= 2 ? e->analysis : 0],
		(long long)e->attribute_count, uu);
}

static enum rc tags(struct ctx *cx, const struct event *e, struct buf *b)
{
	struct tag_use *t;
	size_t n, shown = 0;

	TRY(tag_of_events(cx, &e->id, 1, &t, &n));
	for (size_t i = 0; i < n; i++) {
		if (!t[i].t.exportable)
			continue;
		if (!shown++)
			buf_str(b, S("\n## Tags\n\n"));
		buf_fmt(b, "- @[tag](%.*s)\n", STR(t[i].t.name));
	}
	return RC_OK;
}

static void attr_row(struct buf *b, const struct attr *a)
{
	char uu[UUID_TEXT + 1];

	uuid_text(&a->uuid, uu);
	buf_fmt(b, "| %.*s | @[attribute](%s) | ", STR(a->type->name), uu);
	cell(b, a->comment);
	buf_str(b, S(" |\n"));
}

/* One table a category: the pages are read once for each that occurs. */
static enum rc attributes(struct ctx *cx, const struct scope *sc, const struct event *e, struct buf *b)
{
	size_t rows = 0;

	for (int cat = 0; cat < CAT_COUNT && rows < ROWS_MAX; cat++) {
		struct attr_range r = { .event_id = e->id, .deleted = DELETED_NO, .outside = true, .limit = PAGE };
		bool open = false;
		size_t n = PAGE;

		while (n == PAGE && rows < ROWS_MAX) {
			struct arena_mark m = arena_mark(cx->mem);
			struct attr *v;

			TRY(attr_page(cx, sc, &r, &v, &n));
			for (size_t i = 0; i < n; i++) {
				r.after = v[i].id;
				if (v[i].cat != cat || rows++ >= ROWS_MAX)
					continue;
				if (!open)
					buf_fmt(b, "\n## %.*s\n\n| Type | Value | Comment |\n|---|---|---|\n", STR(cat_name(cat)));
				open = true;
				attr_row(b, &v[i]);
			}
			arena_reset(cx->mem, m);
		}
	}
	return RC_OK;
}

static enum rc objects(struct ctx *cx, const struct scope *sc, const struct event *e, struct buf *b)
{
	int64_t after = 0;
	size_t n = PAGE, rows = 0;

	while (n == PAGE && rows < ROWS_MAX) {
		struct arena_mark m = arena_mark(cx->mem);
		struct object *v;

		TRY(object_page(cx, sc, e->id, after, DELETED_NO, PAGE, &v, &n));
		for (size_t i = 0; i < n && rows < ROWS_MAX; i++) {
			char uu[UUID_TEXT + 1];

			after = v[i].id;
			uuid_text(&v[i].uuid, uu);
			if (!rows++)
				buf_str(b, S("\n## Objects\n\n"));
			buf_fmt(b, "- %.*s: @[object](%s)", STR(v[i].name), uu);
			if (v[i].comment.n) {
				buf_str(b, S(" - "));
				cell(b, v[i].comment);
			}
			buf_ch(b, '\n');
		}
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

enum rc report_of_event(struct ctx *cx, const struct scope *sc, const struct event *e, struct str *out)
{
	struct org_ref orgc;
	struct buf b;
	enum rc rc;

	TRY(org_ref_load(cx, e->orgc_id, &orgc));
	buf_init(&b, 64 << 20);
	head(e, &orgc, &b);
	rc = tags(cx, e, &b);
	if (rc == RC_OK)
		rc = attributes(cx, sc, e, &b);
	if (rc == RC_OK)
		rc = objects(cx, sc, e, &b);
	*out = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return rc;
}
