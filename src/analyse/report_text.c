/* report_text.c - see report_text.h. */
#include "analyse/report_text.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/seek.h"
#include "policy/access.h"
#include "store/attr.h"
#include "store/galaxy.h"
#include "store/tag.h"

#include <stdlib.h>

enum { ATTR_PAGE = 1000, CLUSTER_PAGE = 1000, FOUND_MAX = 100000, TEXT_MIN = 3, SYNONYM_MIN = 4 };

/* ---- words and marks ---- */

static bool word_char(char c)
{
	return ch_alnum((unsigned char)c) || ((unsigned char)c & 0x80);
}

/* the bytes at p[0..n) of the text are no part of a longer word; a number or a name goes on behind a stop, too */
static bool stands_alone(struct str text, size_t at, size_t n)
{
	const char *p = text.p;
	size_t end = at + n;

	if (at && word_char(p[at]) && word_char(p[at - 1]))
		return false;
	if (end >= text.n || !word_char(p[end - 1]))
		return true;
	return !word_char(p[end]) && !(p[end] == '.' && end + 1 < text.n && word_char(p[end + 1]));
}

/* Length of the mark that begins here, 0: none. */
static size_t mark_at(struct str text, size_t at)
{
	struct str rest = str_from(text, at);
	size_t name, end;

	if (!str_starts(rest, S("@[")) || (name = str_find(rest, S("]("))) == STR_NONE || name > 20)
		return 0;
	end = str_chr(str_from(rest, name), ')');
	return end == STR_NONE ? 0 : name + end + 1;
}

bool report_names(struct str text, struct str from)
{
	size_t at = 0, found;

	while (from.n && (found = str_find(str_from(text, at), from)) != STR_NONE) {
		if (stands_alone(text, at + found, from.n))
			return true;
		at += found + 1;
	}
	return false;
}

static int longest_first(const void *a, const void *b)
{
	const struct text_mark *x = a, *y = b;

	if (x->from.n != y->from.n)
		return x->from.n > y->from.n ? -1 : 1;
	return str_cmp(x->from, y->from);
}

struct str report_replace(struct arena *a, struct str text, struct text_mark *v, size_t n)
{
	bool begins[256] = { false };
	struct str out;
	struct buf b;

	if (n > 1)
		qsort(v, n, sizeof(*v), longest_first);
	for (size_t i = 0; i < n; i++)
		if (v[i].from.n)
			begins[(unsigned char)v[i].from.p[0]] = true;
	buf_init(&b, (size_t)1 << 30);
	for (size_t at = 0; at < text.n;) {
		size_t mark = mark_at(text, at), i = n;

		if (mark) {
			buf_str(&b, str_sub(text, at, mark));
			at += mark;
			continue;
		}
		if (begins[(unsigned char)text.p[at]])
			for (i = 0; i < n; i++)
				if (v[i].from.n && str_starts(str_from(text, at), v[i].from) && stands_alone(text, at, v[i].from.n))
					break;
		if (i == n) {
			buf_ch(&b, text.p[at++]);
		} else {
			buf_str(&b, v[i].to);
			at += v[i].from.n;
		}
	}
	out = str_dup(a, buf_view(&b));
	buf_clear(&b);
	return out;
}

struct str report_settle(struct arena *a, struct str text, const struct text_mark *v, size_t n)
{
	struct str out, start = S("@[suggestion](");
	struct buf b;
	size_t found;

	buf_init(&b, (size_t)1 << 30);
	while ((found = str_find(text, start)) != STR_NONE) {
		struct str rest = str_from(text, found + start.n);
		size_t i = 0;

		buf_str(&b, str_sub(text, 0, found));
		while (i < n && !(str_starts(rest, v[i].from) && rest.n > v[i].from.n && rest.p[v[i].from.n] == ')'))
			i++;
		if (i < n) {
			buf_str(&b, v[i].to);
			text = str_from(rest, v[i].from.n + 1);
		} else {
			buf_str(&b, start);
			text = rest;
		}
	}
	buf_str(&b, text);
	out = str_dup(a, buf_view(&b));
	buf_clear(&b);
	return out;
}

/* The text without its marks. */
static struct str without_marks(struct arena *a, struct str text)
{
	struct str out;
	struct buf b;

	buf_init(&b, (size_t)1 << 30);
	for (size_t at = 0; at < text.n;) {
		size_t mark = mark_at(text, at);

		if (mark)
			buf_ch(&b, ' ');
		else
			buf_ch(&b, text.p[at]);
		at += mark ? mark : 1;
	}
	out = str_dup(a, buf_view(&b));
	buf_clear(&b);
	return out;
}

/* ---- values the event has ---- */

struct reading {
	struct ctx *cx;
	struct arena *mem;   /* texts that are kept: pages come and go */
	struct str text;
	struct map disguised; /* value -> struct str as written */
	struct map known;    /* value -> struct known_value */
	size_t known_n, cap;
	struct map seen;
	struct report_findings *out;
};

static void know(struct reading *r, struct str value, struct str in_report, const struct uuid *u)
{
	struct known_value *k = map_get(&r->known, value);

	if (!k) {
		k = arena_one(r->mem, struct known_value);
		k->value = str_dup(r->mem, value);
		k->in_report = in_report.p == value.p ? k->value : str_dup(r->mem, in_report);
		map_put(&r->known, k->value, k);
	}
	k->uuids = arena_grow(r->mem, k->uuids, &k->cap, k->n, sizeof(*k->uuids));
	k->uuids[k->n++] = *u;
}

static void look_for(struct reading *r, struct str value, const struct uuid *u)
{
	const struct str *written;

	if (value.n < TEXT_MIN)
		return;
	written = map_get(&r->disguised, value);
	if (written)
		know(r, value, *written, u);
	else if (report_names(r->text, value))
		know(r, value, value, u);
}

static bool note_disguised(void *arg, const struct found *f)
{
	struct reading *r = arg;

	if (!str_eq(f->value, f->original) && !map_get(&r->disguised, f->value)) {
		struct str *s = arena_one(r->mem, struct str);

		*s = str_dup(r->mem, f->original);
		map_put(&r->disguised, str_dup(r->mem, f->value), s);
	}
	return true;
}

static enum rc known_values(struct reading *r, const struct scope *sc, int64_t event_id)
{
	struct attr_range range = { .event_id = event_id, .deleted = DELETED_NO, .limit = ATTR_PAGE };
	struct text_mark *marks;
	struct str key;
	size_t n = ATTR_PAGE, k = 0;
	void *val;

	scan_text(r->cx->mem, r->text, note_disguised, r);
	while (n == ATTR_PAGE) {
		struct arena_mark m = arena_mark(r->cx->mem);
		struct attr *v;

		TRY(attr_page(r->cx, sc, &range, &v, &n));
		for (size_t i = 0; i < n; i++) {
			range.after = v[i].id;
			if (v[i].value2.n)
				look_for(r, str_fmt(r->cx->mem, "%.*s|%.*s", STR(v[i].value1), STR(v[i].value2)), &v[i].uuid);
			else
				look_for(r, v[i].value1, &v[i].uuid);
		}
		arena_reset(r->cx->mem, m);
	}
	r->out->known = arena_many(r->mem, r->known.n + 1, struct known_value);
	marks = arena_many(r->mem, r->known.n + 1, struct text_mark);
	for (size_t i = 0; map_next(&r->known, &i, &key, &val);) {
		const struct known_value *v = val;
		char uu[UUID_TEXT + 1];

		uuid_text(&v->uuids[0], uu);
		marks[k] = (struct text_mark){ v->in_report, str_fmt(r->mem, "@[attribute](%s)", uu) };
		r->out->known[k++] = *v;
	}
	r->out->known_n = k;
	r->out->content = report_replace(r->mem, r->text, marks, k);
	return RC_OK;
}

/* ---- values it might get ---- */

static bool keep_found(void *arg, const struct found *f)
{
	struct reading *r = arg;
	struct found *k;

	if (f->role != ROLE_INDICATOR || map_get(&r->seen, f->value))
		return true;
	r->out->found = arena_grow(r->mem, r->out->found, &r->cap, r->out->found_n, sizeof(*r->out->found));
	k = &r->out->found[r->out->found_n++];
	*k = *f;
	k->value = str_dup(r->mem, f->value);
	k->original = str_dup(r->mem, f->original);
	map_put(&r->seen, k->value, r);
	return r->out->found_n < FOUND_MAX;
}

/* ---- tags and clusters ---- */

static void name_it(struct reading *r, size_t *cap, struct str text, const struct named_tag *t)
{
	struct named_tag *k;

	if (map_get(&r->seen, text)) /* the first one that has this name */
		return;
	r->out->named = arena_grow(r->mem, r->out->named, cap, r->out->named_n, sizeof(*r->out->named));
	k = &r->out->named[r->out->named_n++];
	*k = *t;
	k->text = str_dup(r->mem, text);
	k->tag = str_dup(r->mem, t->tag);
	k->colour = str_dup(r->mem, t->colour);
	k->value = str_dup(r->mem, t->value);
	map_put(&r->seen, k->text, r);
}

static enum rc named_tags(struct reading *r, struct str text, size_t *cap)
{
	struct tag_row *v;
	size_t n;

	TRY(tag_list(r->cx, (struct str){ 0 }, false, &v, &n));
	for (size_t i = 0; i < n; i++) {
		const struct tag *t = &v[i].t;

		if (t->name.n < TEXT_MIN || t->hide_tag || t->is_galaxy || !user_may_use_tag(r->cx->who, t))
			continue;
		if (report_names(text, t->name))
			name_it(r, cap, t->name, &(struct named_tag){ .tag = t->name, .id = t->id, .colour = t->colour, .value = S("") });
	}
	return RC_OK;
}

static void named_cluster(struct reading *r, struct str text, size_t *cap, const struct cluster *c, const struct cluster_element *el, size_t n)
{
	struct named_tag t = { .tag = c->tag_name, .id = c->id, .cluster = true, .uuid = c->uuid, .colour = S("#0088cc"), .value = c->value };
	size_t dash = str_find(c->value, S(" - "));

	if (report_names(text, c->tag_name))
		name_it(r, cap, c->tag_name, &t);
	if (c->value.n >= TEXT_MIN && report_names(text, c->value))
		name_it(r, cap, c->value, &t);
	else if (dash != STR_NONE && str_eq(c->type, S("mitre-attack-pattern"))) { /* "Phishing - T1566" */
		const struct str parts[] = { str_sub(c->value, 0, dash), str_from(c->value, dash + 3) };

		for (size_t i = 0; i < 2; i++)
			if (parts[i].n >= TEXT_MIN && report_names(text, parts[i]))
				name_it(r, cap, parts[i], &t);
	}
	for (size_t i = 0; i < n; i++)
		if (str_eq(el[i].key, S("synonyms")) && el[i].value.n >= SYNONYM_MIN && report_names(text, el[i].value))
			name_it(r, cap, el[i].value, &t);
}

static enum rc named_clusters(struct reading *r, const struct scope *sc, struct str text, size_t *cap)
{
	struct galaxy *g;
	size_t gn, n = CLUSTER_PAGE;
	int64_t after = 0;

	TRY(galaxy_list(r->cx, &g, &gn));
	while (n == CLUSTER_PAGE) {
		struct arena_mark m = arena_mark(r->cx->mem);
		struct cluster_element *el;
		struct cluster *v;
		int64_t *ids;
		size_t en;

		TRY(cluster_page(r->cx, sc, 0, after, CLUSTER_PAGE, &v, &n));
		ids = arena_many(r->cx->mem, n + 1, int64_t);
		for (size_t i = 0; i < n; i++)
			ids[i] = v[i].id;
		TRY(cluster_elements(r->cx, ids, n, &el, &en));
		for (size_t i = 0; i < n; i++) {
			size_t at = FIND(g, gn, id, v[i].galaxy_id), from = SEEK(el, en, cluster_id, v[i].id), to = from;

			after = v[i].id;
			if (v[i].deleted || (at < gn && (!g[at].enabled || str_eq(g[at].namespace, S("deprecated")))))
				continue;
			while (to < en && el[to].cluster_id == v[i].id)
				to++;
			named_cluster(r, text, cap, &v[i], el ? el + from : NULL, to - from);
		}
		arena_reset(r->cx->mem, m);
	}
	return RC_OK;
}

static int longer_name(const void *a, const void *b)
{
	const struct named_tag *x = a, *y = b;

	if (x->text.n != y->text.n)
		return x->text.n > y->text.n ? -1 : 1;
	return str_cmp(x->text, y->text);
}

static void drop(void *arg)
{
	arena_free(arg);
}

enum rc report_read(struct ctx *cx, const struct scope *sc, const struct event *e, struct str text, struct report_findings *out)
{
	struct reading r = { .cx = cx, .mem = arena_new(0), .text = text, .out = out };
	struct str bare;
	size_t cap = 0;
	enum rc rc;

	*out = (struct report_findings){ 0 };
	arena_cleanup(cx->mem, drop, r.mem);
	rc = known_values(&r, sc, e->id);
	if (rc == RC_OK) {
		scan_text(cx->mem, without_marks(r.mem, out->content), keep_found, &r);
		map_clear(&r.seen);
		bare = without_marks(r.mem, text);
		rc = named_tags(&r, bare, &cap);
		if (rc == RC_OK)
			rc = named_clusters(&r, sc, bare, &cap);
	}
	if (out->named_n > 1)
		qsort(out->named, out->named_n, sizeof(*out->named), longer_name);
	map_clear(&r.seen);
	map_clear(&r.known);
	map_clear(&r.disguised);
	return rc;
}
