/* match.c - misp match: stored indicators in log lines.
 *
 *     load     every to_ids attribute of the store that a log can show -> match_add, with one payload an attribute (or half of one)
 *     read     a file is mapped, a stream read in pieces; line by line -> match_line
 *     print    one line an occurrence, stored value and event
 *
 * What matches is match/'s matter. Nothing is written to the store. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/match.h"
#include "match/match.h"
#include "model/value.h"
#include "policy/lists_hold.h"
#include "store/query.h"
#include "store/tag.h"

enum { PAGE = 5000, READ_CHUNK = 256 << 10 };

struct tag_names {
	struct str *v;
	size_t n;
};
struct source_event {
	int64_t id;
	struct uuid uuid;
	struct str info;
	struct tag_names tags;
};
/* What a payload number stands for; in the order of the events. */
struct entry {
	const struct source_event *event;
	const struct attr_type *type;
	struct str value;
	struct tag_names tags; /* of the attribute */
};

struct matcher {
	struct arena *mem;
	struct match_index *index;
	struct entry *v;
	size_t n, cap;
	const struct source_event *event; /* the one being loaded */
};

/* ---- loading ---- */

static struct tag_names names_of(struct arena *a, const struct tag_use *u, size_t n)
{
	struct tag_names t = { NULL, n };

	if (n)
		t.v = arena_many(a, n, struct str);
	for (size_t i = 0; i < n; i++)
		t.v[i] = str_dup(a, u[i].t.name);
	return t;
}

static enum rc event_take(struct ctx *cx, struct matcher *m, int64_t id)
{
	struct source_event *e = arena_one(m->mem, struct source_event);
	struct event *row;
	struct tag_use *tags;
	size_t n, tag_n;

	TRY(event_load_many(cx, cx->scope, &id, 1, &row, &n));
	if (n == 0) { /* deleted this very moment: its attributes go the same way */
		m->event = NULL;
		return RC_OK;
	}
	TRY(tag_of_events(cx, &id, 1, &tags, &tag_n));
	*e = (struct source_event){ .id = id, .uuid = row->uuid, .info = str_dup(m->mem, row->info), .tags = names_of(m->mem, tags, tag_n) };
	m->event = e;
	return RC_OK;
}

static void entry_add(struct matcher *m, const struct attr *a, enum value_kind kind, struct str value, struct tag_names tags)
{
	if (kind == VK_NONE || !value.n || !match_add(m->index, kind, value, (uint32_t)m->n))
		return;
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 1024;
		m->v = realloc(m->v, m->cap * sizeof(*m->v));
		if (!m->v)
			abort();
	}
	m->v[m->n++] = (struct entry){ m->event, a->type, str_dup(m->mem, value), tags };
}

/* Attributes of one event, ascending. */
static enum rc run_take(struct ctx *cx, struct matcher *m, const struct attr *a, size_t n)
{
	struct tag_use *tags;
	size_t tag_n, at = 0;

	if (!m->event || m->event->id != a->event_id)
		TRY(event_take(cx, m, a->event_id));
	if (!m->event)
		return RC_OK;
	TRY(tag_of_attrs(cx, a->event_id, a[0].id, a[n - 1].id, &tags, &tag_n));
	for (size_t i = 0; i < n; i++) {
		struct tag_names names = { NULL, 0 };
		size_t from;

		while (at < tag_n && tags[at].owner < a[i].id)
			at++;
		for (from = at; at < tag_n && tags[at].owner == a[i].id;)
			at++;
		if (at > from)
			names = names_of(m->mem, tags + from, at - from);
		entry_add(m, &a[i], a[i].type->kind1, a[i].value1, names);
		entry_add(m, &a[i], a[i].type->kind2, a[i].value2, names);
	}
	return RC_OK;
}

static bool not_listed(void *arg, const struct attr *a)
{
	return (a->type->kind1 != VK_NONE || a->type->kind2 != VK_NONE) && !lists_hit(arg, a);
}

static enum rc load_pages(struct ctx *cx, struct matcher *m, struct lists_view *lists, bool unpublished)
{
	struct search s = SEARCH_ALL;
	struct query *q;
	bool done = false;

	s.to_ids = 1;
	s.published = unpublished ? -1 : 1;
	s.keep = not_listed;
	s.keep_arg = lists;
	TRY(query_compile(cx, cx->scope, &s, &q));
	while (!done) {
		struct arena_mark mark = arena_mark(cx->mem);
		struct attr *a;
		size_t n, k;

		TRY(query_attrs(cx, q, PAGE, &a, &n, &done));
		for (size_t i = 0; i < n; i += k) {
			for (k = 1; i + k < n && a[i + k].event_id == a[i].event_id;)
				k++;
			TRY(run_take(cx, m, a + i, k));
		}
		arena_reset(cx->mem, mark);
	}
	return RC_OK;
}

enum rc matcher_open(struct ctx *cx, bool unpublished, struct matcher **out)
{
	struct matcher *m = calloc(1, sizeof(*m));
	struct lists_view lists;
	enum rc rc;

	if (!m)
		abort();
	m->mem = arena_new(0);
	m->index = match_index_new();
	rc = lists_take(cx, &lists);
	if (rc == RC_OK) {
		rc = load_pages(cx, m, &lists, unpublished);
		lists_release(&lists);
	}
	if (rc != RC_OK) {
		matcher_close(m);
		return rc;
	}
	match_ready(m->index);
	*out = m;
	return RC_OK;
}

void matcher_close(struct matcher *m)
{
	if (!m)
		return;
	match_index_free(m->index);
	arena_free(m->mem);
	free(m->v);
	free(m);
}

size_t matcher_count(const struct matcher *m)
{
	return match_count(m->index);
}

/* ---- printing ---- */

/* Hits of one line are kept and printed by their place: match/ gives them in no order. */
struct scan {
	const struct matcher *m;
	struct cli *c;
	struct str file;
	int64_t line, hits;
	struct match_hit *v;
	size_t n, cap;
};

/* A tag that hangs on the event and on an attribute comes once. */
static void tags_put(struct jw *w, struct tag_names t, struct tag_names before)
{
	for (size_t i = 0; i < t.n; i++) {
		bool twice = false;

		for (size_t k = 0; k < before.n && !twice; k++)
			twice = str_eq(before.v[k], t.v[i]);
		if (!twice)
			jw_str(w, t.v[i]);
	}
}

/* e[0..n): the attributes of one event that hold the value. */
static void print_hit(struct scan *s, const struct match_hit *h, const struct matcher *m, const uint32_t *payloads, size_t n)
{
	const struct entry *e = &m->v[payloads[0]];
	struct cli *c = s->c;

	s->hits++;
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "file", s->file);
		jw_kint(&w, "line", s->line);
		jw_kint(&w, "offset", (int64_t)h->offset);
		jw_kstr(&w, "value", e->value);
		jw_kstr(&w, "seen", h->seen);
		jw_kstr(&w, "type", e->type->name);
		jw_kuuid(&w, "event_uuid", &e->event->uuid);
		jw_kstr(&w, "event_info", e->event->info);
		jw_key(&w, "tags");
		jw_arr(&w);
		tags_put(&w, e->event->tags, (struct tag_names){ NULL, 0 });
		for (size_t i = 0; i < n; i++) {
			const struct entry *x = &m->v[payloads[i]];

			if (i == 0 || x->tags.v != m->v[payloads[i - 1]].tags.v)
				tags_put(&w, x->tags, e->event->tags);
		}
		jw_arr_end(&w);
		cli_row_end(c, &w);
		return;
	}
	cli_text(&c->out, s->file);
	buf_fmt(&c->out, ":%lld:%zu\t", (long long)s->line, h->offset);
	cli_text(&c->out, e->value);
	buf_fmt(&c->out, "\t%.*s\t%lld\t", STR(e->type->name), (long long)e->event->id);
	cli_text(&c->out, e->event->info);
	buf_ch(&c->out, '\n');
}

static bool on_hit(void *arg, const struct match_hit *h)
{
	struct scan *s = arg;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->v = realloc(s->v, s->cap * sizeof(*s->v));
		if (!s->v)
			abort();
	}
	s->v[s->n++] = *h;
	return true;
}

static int by_place(const void *pa, const void *pb)
{
	const struct match_hit *a = pa, *b = pb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

static void one_line(struct scan *s, struct str line)
{
	const struct matcher *m = s->m;

	s->line++;
	s->n = 0;
	match_line(m->index, line, on_hit, s);
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_place);
	for (const struct match_hit *h = s->v; h < s->v + s->n; h++)
		for (size_t i = 0, k; i < h->payload_n; i += k) {
			for (k = 1; i + k < h->payload_n && m->v[h->payloads[i + k]].event == m->v[h->payloads[i]].event;)
				k++;
			print_hit(s, h, m, h->payloads + i, k);
		}
}

/* ---- reading ---- */

/* The lines of text; the rest behind the last line feed is left (all of it taken when last). Returns the number of bytes taken. */
static size_t lines(struct scan *s, struct str text, bool last)
{
	size_t at = 0;

	while (at < text.n && !s->c->out_failed) {
		const char *nl = memchr(text.p + at, '\n', text.n - at);
		size_t end = nl ? (size_t)(nl - text.p) : text.n;

		if (!nl && !last)
			break;
		one_line(s, str_n(text.p + at, end - at));
		at = nl ? end + 1 : end;
	}
	return at;
}

static enum rc read_stream(struct scan *s, int fd, const char *name)
{
	struct cli *c = s->c;
	enum rc rc = RC_OK;
	struct buf b;
	ssize_t n;

	buf_init(&b, SIZE_MAX / 4);
	do {
		char *p = buf_room(&b, READ_CHUNK);

		n = p ? read(fd, p, READ_CHUNK) : -1;
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		if (n < 0) {
			rc = fail_errno(&c->cx, RC_IO, "cannot read %s", name);
			break;
		}
		buf_wrote(&b, (size_t)n);
		/* a line that is not complete is looked at again only when its end came, or nothing more comes */
		if (n == 0 || memchr(p, '\n', (size_t)n)) {
			size_t took = lines(s, buf_view(&b), n == 0);

			memmove(b.p, b.p + took, b.n - took);
			b.n -= took;
			rc = cli_flush(c); /* who watches a growing log wants to see it now */
		}
	} while (rc == RC_OK && n > 0);
	buf_clear(&b);
	return rc;
}

static void close_fd(int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
}

enum rc matcher_file(struct cli *c, const struct matcher *m, struct str file, int64_t *hits)
{
	struct scan s = { .m = m, .c = c, .file = file };
	bool in = str_eq(file, S("-"));
	const char *path = str_cdup(c->cx.mem, file);
	SCOPED(close_fd) int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat sb;
	struct str text;
	enum rc rc;

	if (fd < 0 || fstat(fd, &sb) < 0)
		return fail_errno(&c->cx, errno == ENOENT ? RC_NOTFOUND : RC_IO, "cannot open %s", path);
	if (in || !(S_ISREG(sb.st_mode) || S_ISDIR(sb.st_mode)) || sb.st_size == 0) {
		rc = read_stream(&s, fd, in ? "standard input" : path);
	} else {
		rc = cli_input(&c->cx, file, &text);
		if (rc == RC_OK) {
			lines(&s, text, true);
			rc = cli_flush(c);
		}
	}
	free(s.v);
	*hits += s.hits;
	return rc;
}

static enum rc run(struct cli *c)
{
	struct matcher *m;
	int64_t hits = 0;
	enum rc rc = RC_OK;

	TRY(cli_store(c));
	TRY(matcher_open(&c->cx, cli_has(c, "unpublished"), &m));
	for (size_t i = 0; rc == RC_OK && i < c->operand_n; i++) {
		struct arena_mark mark = arena_mark(c->cx.mem);

		rc = matcher_file(c, m, c->operand[i], &hits);
		arena_reset(c->cx.mem, mark);
	}
	matcher_close(m);
	lists_forget();
	return rc;
}

const struct command CMD_MATCH = {
	.name = "match", .operands = "LOG...", .help = "find the stored indicators in log files or standard input (-)",
	.more = "Looks for every value marked for detection (to_ids) in published events, those on enabled warninglists left out.\n"
		"Prints file:line:offset, value, type, event, info; offset counts bytes from the start of the line.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { "unpublished", NULL, "events that are not published count, too" }, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = -1,
	.run = run,
};
