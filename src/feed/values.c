/* values.c - the values of a CSV or freetext document: found, typed, normalised, checked, each once.
 *
 * A document is read in pieces of whole lines, so that what the scanner needs stays small whatever the size; kept are only the different values, as
 * views into the document where they stand there as they are stored. A line that is not UTF-8, holds NUL or is over a limit is reported and left out. */
#include "feed/feed_int.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "extract/freetext.h"
#include "lists/regex.h"
#include "model/value.h"
#include "policy/lists_hold.h"

#define PIECE ((size_t)1 << 20)
#define LINE_MAX ((size_t)1 << 20)
#define VALUES_MAX ((size_t)10 << 20)
enum { TYPES_SEEN = 32, CELL_MAX = 32 };

struct reading {
	struct fetch *x;
	const struct feed_settings *s;
	struct values *vs;
	struct str document;
	struct lists_view lists;       /* .set NULL: not asked */
	struct arena *scan;            /* the scanner's, given back after each piece */
	struct arena *tmp;             /* of one value */
	struct str piece;
	uint64_t piece_line;           /* number of its first line */
	struct {
		const char *name;      /* of the scanner, compared by address */
		const struct attr_type *type;
	} types[TYPES_SEEN];
	uint64_t field_line;           /* CSV: of the record */
	enum rc rc;
};

/* ---- the set ---- */

static size_t slot_of(const struct values *vs, int64_t digest)
{
	size_t i = hash_int((uint64_t)digest) & (vs->slot_n - 1);

	while (vs->slots[i].at && vs->slots[i].digest != digest)
		i = (i + 1) & (vs->slot_n - 1);
	return i;
}

size_t values_find(const struct values *vs, int64_t digest)
{
	size_t i;

	if (!vs->slot_n)
		return STR_NONE;
	i = slot_of(vs, digest);
	return vs->slots[i].at ? vs->slots[i].at - 1 : STR_NONE;
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void values_add(struct values *vs, const struct value *v)
{
	if ((vs->n + 1) * 4 > vs->slot_n * 3) {
		vs->slot_n = vs->slot_n ? vs->slot_n * 2 : 1024;
		free(vs->slots);
		vs->slots = must(calloc(vs->slot_n, sizeof(*vs->slots)));
		for (size_t i = 0; i < vs->n; i++)
			vs->slots[slot_of(vs, vs->v[i].digest)] = (struct value_slot){ vs->v[i].digest, (uint32_t)(i + 1) };
	}
	if (vs->n == vs->cap) {
		vs->cap = vs->cap ? vs->cap * 2 : 1024;
		vs->v = must(reallocarray(vs->v, vs->cap, sizeof(*vs->v)));
	}
	vs->slots[slot_of(vs, v->digest)] = (struct value_slot){ v->digest, (uint32_t)(vs->n + 1) };
	vs->v[vs->n++] = *v;
}

void values_clear(struct values *vs)
{
	free(vs->v);
	free(vs->slots);
	arena_free(vs->mem);
	*vs = (struct values){ 0 };
}

/* ---- one value ---- */

static const struct attr_type *type_of(struct reading *r, struct str name)
{
	const struct freetext_kind *k;
	size_t i = 0;

	while (i < TYPES_SEEN && r->types[i].name && r->types[i].name != name.p)
		i++;
	if (i < TYPES_SEEN && r->types[i].name)
		return r->types[i].type;
	k = freetext_kind(name);
	const struct attr_type *t = attr_type_find(k ? str_c(k->default_type) : name);

	if (i < TYPES_SEEN) {
		r->types[i].name = name.p;
		r->types[i].type = t;
	}
	return t;
}

static uint64_t line_at(const struct reading *r, const char *p)
{
	uint64_t line = r->piece_line;

	if (r->field_line)
		return r->field_line;
	for (const char *q = r->piece.p; q < p && (q = memchr(q, '\n', (size_t)(p - q))); q++)
		line++;
	return line;
}

/* A view when the document holds the value as it is stored. */
static struct str keep(struct reading *r, struct str s)
{
	if (s.p >= r->document.p && s.p + s.n <= r->document.p + r->document.n)
		return s;
	return str_dup(r->vs->mem, s);
}

static bool take(struct reading *r, const struct attr_type *t, const struct found *f)
{
	struct feed_report *rep = r->x->rep;
	struct ctx *cx = r->x->cx;
	struct str text = value_normalise(r->tmp, t, f->value);
	const char *why = value_check(t, text);
	struct value v = { .type = t };

	if (why) {
		rep->refused++;
		report_bad(rep, rep->bad_kept < FEED_BAD_MAX ? line_at(r, f->original.p) : 0, f->value, "%s", why);
		return true;
	}
	if (r->s->exclude && wl_regex_match(r->s->exclude, text)) {
		rep->excluded++;
		return true;
	}
	v.digest = store_digest_folded(cx->st, value_fold(r->tmp, text));
	if (values_find(r->vs, v.digest) != STR_NONE)
		return true;
	if (r->lists.set && wl_check(r->lists.set, t, text, NULL, NULL)) {
		rep->warninglisted++;
		return true;
	}
	if (r->vs->n == VALUES_MAX) {
		r->rc = fail(cx, RC_TOOBIG, "the feed holds more than %zu different values", VALUES_MAX);
		return false;
	}
	/* the scanner's copy goes with the piece, the document stays */
	v.text = keep(r, str_eq(text, f->original) ? f->original : text);
	values_add(r->vs, &v);
	return true;
}

static bool take_found(struct reading *r, const struct found *f)
{
	const struct attr_type *t = type_of(r, f->type);
	struct arena_mark m = arena_mark(r->tmp);
	bool go = !t || take(r, t, f);

	arena_reset(r->tmp, m);
	return go;
}

static bool on_found(void *arg, const struct found *f)
{
	return take_found(arg, f);
}

/* ---- freetext ---- */

static enum rc piece_scan(struct reading *r, struct str text)
{
	if (text.n == 0)
		return RC_OK;
	freetext_feed(r->scan, text, on_found, r);
	arena_clear(r->scan);
	return r->rc;
}

static uint64_t lines_in(struct str s)
{
	uint64_t n = s.n && s.p[s.n - 1] != '\n';

	for (const char *p = s.p, *end = s.p + s.n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

static const char *line_wrong(struct str line)
{
	if (line.n > LINE_MAX)
		return "the line is longer than 1 MiB";
	if (memchr(line.p, 0, line.n))
		return "the line holds NUL bytes";
	return utf8_valid(line) ? NULL : "the line is not UTF-8 text";
}

/* Whole lines, some of which cannot be used: what is between them is read. */
static enum rc piece_sift(struct reading *r)
{
	struct cur c = cur_of(r->piece);
	uint64_t n = r->piece_line;
	const char *good = r->piece.p;
	struct str line;

	for (; cur_line(&c, &line); n++) {
		const char *why = line_wrong(line);

		if (!why)
			continue;
		TRY(piece_scan(r, str_n(good, (size_t)(line.p - good))));
		report_bad(r->x->rep, n, S(""), "%s", why);
		good = c.p;
	}
	return piece_scan(r, str_n(good, (size_t)(c.end - good)));
}

static enum rc freetext_read(struct reading *r)
{
	struct str rest = r->document;

	r->piece_line = 1;
	while (rest.n) {
		struct str p = str_sub(rest, 0, PIECE);
		uint64_t lines;

		if (p.n < rest.n) {
			size_t end = str_rchr(p, '\n');

			if (end == STR_NONE) { /* one long line */
				const char *nl = memchr(p.p + p.n, '\n', rest.n - p.n);

				p.n = nl ? (size_t)(nl - p.p) + 1 : rest.n;
			} else {
				p.n = end + 1;
			}
		}
		rest = str_from(rest, p.n);
		r->piece = p;
		lines = lines_in(p);
		if (p.n > PIECE || memchr(p.p, 0, p.n) || !utf8_valid(p))
			TRY(piece_sift(r));
		else
			TRY(piece_scan(r, p));
		r->piece_line += lines;
		r->x->rep->lines += lines;
		if (ctx_stopping(r->x->cx))
			return fail(r->x->cx, RC_STOPPED, "stopped while reading the feed");
		fetch_progress(r->x, (uint64_t)(p.p + p.n - r->document.p), r->document.n, "reading");
	}
	return RC_OK;
}

/* ---- CSV ---- */

struct cell {
	struct found v[CELL_MAX];
	size_t n;
};

static bool on_cell(void *arg, const struct found *f)
{
	struct cell *c = arg;

	if (c->n < CELL_MAX)
		c->v[c->n++] = *f;
	return true;
}

/* Letters or digits of any script; signs and blanks of all kinds are none (a no-break space behind a value is common). */
static bool has_words(struct str s)
{
	uint32_t c;
	int n;

	for (const char *p = s.p, *end = s.p + s.n; p < end; p += n) {
		n = utf8_get(p, end, &c);
		if (n == 0 || (c < 0x80 && ch_alnum((int)c)) || (c > 0xbf && c != 0xfeff && c != 0x3000 && !(c >= 0x2000 && c < 0x2070)))
			return true;
	}
	return false;
}

/* A field counts when it is indicators and nothing else but the signs around them: usually one, sometimes several hashes of one file. A field with words
 * is a description. */
static enum rc csv_field(struct reading *r, struct str v)
{
	struct cell c;
	size_t at = 0;

	c.n = 0;
	r->piece = v;
	freetext_feed(r->scan, v, on_cell, &c);
	for (size_t i = 0; i < c.n; i++) {
		if (c.v[i].offset > at && has_words(str_sub(v, at, c.v[i].offset - at)))
			c.n = 0;
		else if (c.v[i].offset + c.v[i].length > at)
			at = c.v[i].offset + c.v[i].length;
	}
	if (c.n == 0 || has_words(str_from(v, at))) {
		r->x->rep->untyped++;
		return RC_OK;
	}
	for (size_t i = 0; i < c.n && take_found(r, &c.v[i]); i++)
		;
	return r->rc;
}

static void csv_cleanup(void *c)
{
	csv_close(c);
}

static enum rc csv_read(struct reading *r)
{
	struct ctx *cx = r->x->cx;
	struct csv_in *c = arena_one(cx->mem, struct csv_in);
	uint64_t records = 0;

	csv_open(c, r->document, &r->s->csv);
	arena_cleanup(cx->mem, csv_cleanup, c);
	while (csv_next(c)) {
		struct str v;
		bool utf8 = c->bad || utf8_valid(c->raw);

		if (c->note || !utf8)
			report_bad(r->x->rep, c->line, S(""), "%s", c->note ? c->note : "the line is not UTF-8 text");
		r->x->rep->lines = c->line;
		if (c->bad || !utf8)
			continue;
		r->field_line = c->line;
		for (size_t i = 0; csv_value(c, i, &v); i++)
			if (v.n)
				TRY(csv_field(r, v));
		if (++records % 4096)
			continue;
		arena_clear(r->scan);
		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "stopped while reading the feed");
		fetch_progress(r->x, (uint64_t)(c->raw.p - r->document.p), r->document.n, "reading");
	}
	return RC_OK;
}

enum rc values_read(struct fetch *x, const struct feed_settings *s, struct str text, struct values *out)
{
	struct reading r = { .x = x, .s = s, .vs = out, .document = text, .scan = arena_new(0), .tmp = arena_new(0) };
	enum rc rc;

	*out = (struct values){ .mem = arena_new(0) };
	rc = s->warninglists ? lists_take(x->cx, &r.lists) : RC_OK;
	if (rc == RC_OK)
		rc = str_eq(x->f.source_format, S("csv")) ? csv_read(&r) : freetext_read(&r);
	if (r.lists.set)
		lists_release(&r.lists);
	arena_free(r.scan);
	arena_free(r.tmp);
	x->rep->values = out->n;
	return rc;
}
