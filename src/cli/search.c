/* search.c - misp search: stored attributes by value, type, tag and so on, as a table, JSON lines or CSV. */
#include <stddef.h>

#include "base/clock.h"
#include "base/seek.h"
#include "cli/cli.h"
#include "export/search_doc.h"
#include "model/value.h"
#include "store/query.h"
#include "store/tag.h"

enum { PAGE = 1000 };

/* Options that hold a list of texts of a condition. not: the texts are excluded. */
static const struct {
	const char *name;
	size_t cond; /* offset in struct search */
	bool none;
} lists[] = {
	{ "value", offsetof(struct search, value), false },
	{ "not-value", offsetof(struct search, value), true },
	{ "type", offsetof(struct search, type), false },
	{ "category", offsetof(struct search, category), false },
	{ "tag", offsetof(struct search, tags), false },
	{ "not-tag", offsetof(struct search, tags), true },
	{ "org", offsetof(struct search, org), false },
	{ "event", offsetof(struct search, eventid), false },
	{ "info", offsetof(struct search, event_info), false },
	{ "comment", offsetof(struct search, comment), false },
};

static struct cond_list texts(struct cli *c, const char *name, struct cond_list before)
{
	struct cond_list l = { arena_many(c->cx.mem, before.n + c->given_n + c->operand_n + 1, struct str), before.n };
	struct str v;

	if (before.n)
		memcpy(l.v, before.v, before.n * sizeof(*l.v));
	for (size_t i = 0; cli_next(c, name, &i, &v);)
		l.v[l.n++] = v;
	return l;
}

static enum rc yes_no(struct cli *c, const char *name, int *out)
{
	struct str v = cli_value(c, name);

	if (!v.p)
		return RC_OK;
	if (!str_eq(v, S("yes")) && !str_eq(v, S("no")))
		return fail(&c->cx, RC_BAD, "--%s: yes or no is wanted", name);
	*out = v.p[0] == 'y';
	return RC_OK;
}

/* A time, or how long ago: 90s, 15m, 12h, 7d. */
static enum rc moment(struct cli *c, const char *name, int64_t *out)
{
	struct str v = cli_value(c, name);
	int64_t n, us;

	if (!v.p)
		return RC_OK;
	if (v.n > 1 && str_i64(str_sub(v, 0, v.n - 1), &n) && n >= 0 && n < 1000000000) {
		switch (v.p[v.n - 1]) {
		case 'd': n *= 24; /* fall through */
		case 'h': n *= 60; /* fall through */
		case 'm': n *= 60; /* fall through */
		case 's': *out = ctx_now_s(&c->cx) - n; return RC_OK;
		}
	}
	if (!clock_parse(v, &us, NULL))
		return fail(&c->cx, RC_BAD, "--%s: a time is wanted, such as 2024-01-31 or 7d", name);
	*out = us / 1000000;
	return RC_OK;
}

static enum rc read_search(struct cli *c, struct search *s)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct cond *d = (struct cond *)(void *)((char *)s + lists[i].cond);
		struct cond_list *l = lists[i].none ? &d->none : &d->any;

		*l = texts(c, lists[i].name, *l);
	}
	for (size_t i = 0; i < c->operand_n; i++)
		s->value.any.v[s->value.any.n++] = c->operand[i];
	TRY(yes_no(c, "to-ids", &s->to_ids));
	TRY(yes_no(c, "published", &s->published));
	TRY(moment(c, "since", &s->timestamp.from));
	TRY(moment(c, "until", &s->timestamp.to));
	if (cli_has(c, "deleted"))
		s->deleted = DELETED_ALL;
	return RC_OK;
}

static const struct event *event_of(const struct event *v, size_t n, int64_t id)
{
	size_t i = FIND(v, n, id, id);

	return i < n ? &v[i] : NULL;
}

static void print_json(struct cli *c, const struct attr *a, const struct event *e, const struct tag_use *tags, size_t tag_n)
{
	struct jw w = cli_row(c);

	jw_kint(&w, "event_id", e->id);
	jw_kuuid(&w, "event_uuid", &e->uuid);
	jw_kstr(&w, "event_info", e->info);
	jw_kbool(&w, "published", e->published);
	jw_kint(&w, "id", a->id);
	jw_kuuid(&w, "uuid", &a->uuid);
	jw_kstr(&w, "type", a->type->name);
	jw_kstr(&w, "category", cat_name(a->cat));
	jw_kstr(&w, "value", value_join(c->cx.mem, a->type, a->value1, a->value2));
	jw_kbool(&w, "to_ids", a->to_ids);
	jw_kint(&w, "timestamp", a->timestamp);
	jw_kstr(&w, "comment", a->comment);
	if (a->deleted)
		jw_kbool(&w, "deleted", true);
	jw_key(&w, "tags");
	jw_arr(&w);
	for (size_t i = 0; i < tag_n; i++)
		if (tags[i].owner == a->id)
			jw_str(&w, tags[i].t.name);
	jw_arr_end(&w);
	cli_row_end(c, &w);
}

static void print_text(struct cli *c, const struct attr *a, const struct event *e)
{
	cli_text(&c->out, value_join(c->cx.mem, a->type, a->value1, a->value2));
	buf_fmt(&c->out, "\t%.*s\t%.*s\t%s\t%lld\t", STR(a->type->name), STR(cat_name(a->cat)), a->to_ids ? "ids" : "-", (long long)e->id);
	cli_text(&c->out, e->info);
	buf_ch(&c->out, '\n');
}

static enum rc print_page(struct cli *c, const struct attr *a, size_t n)
{
	int64_t *ids = arena_many(c->cx.mem, n + 1, int64_t);
	struct event *events;
	size_t id_n = 0, event_n, tag_n = 0;
	struct tag_use *tags = NULL;
	int64_t of = 0;

	for (size_t i = 0; i < n; i++)
		if (i == 0 || a[i].event_id != a[i - 1].event_id)
			ids[id_n++] = a[i].event_id;
	TRY(event_load_many(&c->cx, c->cx.scope, ids, id_n, &events, &event_n));
	for (size_t i = 0; i < n; i++) {
		const struct event *e = event_of(events, event_n, a[i].event_id);

		if (!e)
			continue;
		if (!c->json) {
			print_text(c, &a[i], e);
			continue;
		}
		if (of != e->id) {
			size_t k = i;

			while (k + 1 < n && a[k + 1].event_id == e->id)
				k++;
			TRY(tag_of_attrs(&c->cx, e->id, a[i].id, a[k].id, &tags, &tag_n));
			of = e->id;
		}
		print_json(c, &a[i], e, tags, tag_n);
	}
	return cli_flush(c);
}

static enum rc print_csv(struct cli *c, struct query *q, int64_t limit)
{
	const struct search_format *f = search_format_find(S("csv"), SEARCH_ATTRIBUTES);
	struct search_options o = { .what = SEARCH_ATTRIBUTES, .page = 1, .limit = (size_t)limit };
	struct search_doc *d;
	enum rc rc;

	TRY(search_doc_open(&c->cx, c->cx.scope, q, &o, f, &d));
	do {
		rc = search_doc_more(&c->cx, d, &c->out);
		if (rc == RC_OK || rc == RC_DONE)
			TRY(cli_flush(c));
	} while (rc == RC_OK);
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc run(struct cli *c)
{
	struct search s = SEARCH_ALL;
	struct str v = cli_value(c, "limit");
	int64_t limit = 0, left;
	struct query *q;
	bool done = false;

	if (v.p && (!str_i64(v, &limit) || limit < 1))
		return fail(&c->cx, RC_BAD, "--limit: a number above 0 is wanted");
	TRY(cli_store(c));
	TRY(read_search(c, &s));
	TRY(query_compile(&c->cx, c->cx.scope, &s, &q));
	if (cli_has(c, "csv"))
		return print_csv(c, q, limit);
	left = limit ? limit : INT64_MAX;
	while (!done && left > 0) {
		struct arena_mark m = arena_mark(c->cx.mem);
		struct attr *a;
		size_t n;

		TRY(query_attrs(&c->cx, q, left < PAGE ? (size_t)left : PAGE, &a, &n, &done));
		TRY(print_page(c, a, n));
		left -= (int64_t)n;
		arena_reset(c->cx.mem, m);
	}
	return RC_OK;
}

const struct command CMD_SEARCH = {
	.name = "search", .operands = "[VALUE...]", .help = "find stored values",
	.more = "Prints value, type, category, detection flag, event and its info. A % in a text stands for anything. Options that\n"
		"take a text may come several times: any of them will do.",
	.opts = (const struct cli_opt[]){
		{ "value", "TEXT", "the same as an operand" },
		{ "not-value", "TEXT", "not this value" },
		{ "type", "TYPE", "attribute type, such as ip-dst" },
		{ "category", "NAME", "attribute category" },
		{ "tag", "NAME", "tag of the attribute or its event" },
		{ "not-tag", "NAME", "not with this tag" },
		{ "org", "NAME", "organisation that made the event" },
		{ "event", "ID", "number or uuid of the event" },
		{ "info", "TEXT", "the event's info" },
		{ "comment", "TEXT", "the attribute's comment" },
		{ "to-ids", "yes|no", "marked for detection" },
		{ "published", "yes|no", "in published events" },
		{ "since", "TIME", "changed since: 2024-01-31, 7d, 12h" },
		{ "until", "TIME", "changed before" },
		{ "deleted", NULL, "deleted ones, too" },
		{ "limit", "N", "at most this many" },
		CLI_JSON,
		{ "csv", NULL, "print CSV as restSearch does" },
		{ 0 } },
	.settings = SET_FOR_DATA, .operands_max = -1,
	.run = run,
};
