/* csv_feed.c - see csv_feed.h. The usual record is one line without a quote: one search for its end, one for NUL, one for each
 * delimiter, no copy. What has quotes takes the slow way; only doubled quotes and text that is not UTF-8 are copied. */
#include "format/csv_feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/utf8.h"

#define MULTI_TRIES 1000u             /* unclosed quotes that were looked for beyond their line, in one text */
#define MULTI_MAX ((size_t)64 << 10)  /* how far */

/* --- settings --- */

static enum rc parse_columns(struct ctx *cx, struct str text, struct csv_settings *out)
{
	struct cur c = cur_of(text.p ? text : S(""));
	struct str part;

	while (cur_until(&c, ',', &part)) {
		uint64_t v;

		part = str_trim(part);
		if (part.n == 0)
			continue;
		if (!str_u64(part, &v) || v < 1 || v > CSV_FIELDS_MAX)
			return fail_field(cx, RC_INVALID, "value", "column '%.*s' is not a number from 1 to %u", STR(utf8_cut(part, 40)),
					  CSV_FIELDS_MAX);
		if (out->column_n == CSV_COLUMNS_MAX)
			return fail_field(cx, RC_INVALID, "value", "more than %u columns", CSV_COLUMNS_MAX);
		out->columns[out->column_n++] = (uint16_t)(v - 1);
	}
	return RC_OK;
}

static enum rc parse_sign(struct ctx *cx, const char *field, struct str text, char *out)
{
	if (str_eq(text, S("\\t")) || str_eq_nocase(text, S("tab")))
		*out = '\t';
	else if (text.n == 1 && (unsigned char)text.p[0] < 0x80 && text.p[0] != '\n' && text.p[0] != '\r' && text.p[0] != 0)
		*out = text.p[0];
	else if (text.n)
		return fail_field(cx, RC_INVALID, field, "a %s is one ASCII character", field);
	return RC_OK;
}

enum rc csv_settings_make(struct ctx *cx, struct str columns, struct str delimiter, struct csv_settings *out)
{
	struct csv_settings s = CSV_DEFAULTS;

	TRY(parse_columns(cx, columns, &s));
	TRY(parse_sign(cx, "delimiter", delimiter, &s.delimiter));
	*out = s;
	return RC_OK;
}

enum rc csv_settings_read(struct ctx *cx, struct str json, struct csv_settings *out)
{
	struct str columns = { 0 }, delimiter = { 0 }, quote = { 0 }, comment = { 0 }, exclude = S(""), key;
	struct csv_settings s = CSV_DEFAULTS;
	bool header = false, has_quote = false, has_comment = false;
	struct jr r;

	if (str_trim(json).n == 0) {
		*out = s;
		out->exclude_regex = exclude;
		return RC_OK;
	}
	jr_init(&r, cx, json, NULL);
	if (jr_peek(&r) == J_ARR) { /* an empty array stands for no settings */
		for (jr_arr(&r); jr_elem(&r);)
			jr_fail(&r, "settings are an object");
	} else {
		for (jr_obj(&r); jr_member(&r, &key);) {
			bool csv = str_eq(key, S("csv"));

			if ((!csv && !str_eq(key, S("common"))) || jr_peek(&r) != J_OBJ) {
				jr_skip(&r);
				continue;
			}
			for (jr_obj(&r); jr_member(&r, &key);) {
				if (csv && str_eq(key, S("value"))) {
					columns = jr_text_dup(&r);
				} else if (csv && str_eq(key, S("delimiter"))) {
					delimiter = jr_text_dup(&r);
				} else if (csv && str_eq(key, S("quote"))) {
					quote = jr_text_dup(&r);
					has_quote = quote.p;
				} else if (csv && str_eq(key, S("comment"))) {
					comment = jr_text_dup(&r);
					has_comment = comment.p;
				} else if (csv && str_eq(key, S("header"))) {
					header = jr_bool(&r, false);
				} else if (!csv && str_eq(key, S("excluderegex"))) {
					exclude = jr_text_dup(&r);
				} else {
					jr_skip(&r);
				}
			}
		}
	}
	TRY(jr_end(&r));
	TRY(csv_settings_make(cx, columns, delimiter, &s));
	if (has_quote && quote.n == 0)
		s.quote = 0;
	TRY(parse_sign(cx, "quote", quote, &s.quote));
	if (has_comment) {
		if (comment.n >= sizeof(s.comment))
			return fail_field(cx, RC_INVALID, "comment", "more than %zu comment signs", sizeof(s.comment) - 1);
		memset(s.comment, 0, sizeof(s.comment));
		if (comment.n)
			memcpy(s.comment, comment.p, comment.n);
	}
	s.header = header;
	s.exclude_regex = exclude.p ? exclude : S("");
	*out = s;
	return RC_OK;
}

/* --- records --- */

/* Copies of one record: its text with U+FFFD for what is not UTF-8 (three bytes for one at most), then its fields without doubled
 * quotes. Allocated for the longest record when first needed. */
static char *scratch(struct csv_in *c)
{
	if (!c->scratch && !(c->scratch = malloc(2 * c->clean_max))) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	return c->scratch;
}

void csv_open(struct csv_in *c, struct str text, const struct csv_settings *s)
{
	/* not the field table: it is written before it is read */
	c->field_n = c->name_n = c->scratch_n = 0;
	c->raw = (struct str){ "", 0 };
	c->line = 0;
	c->note = NULL;
	c->bad = false;
	c->names = NULL;
	c->scratch = NULL;
	c->s = *s;
	if (str_starts(text, S("\xef\xbb\xbf")))
		text = str_from(text, 3);
	c->p = text.n ? text.p : "";
	c->end = c->p + text.n;
	c->clean_max = 3 * (text.n < CSV_LINE_MAX ? text.n : CSV_LINE_MAX);
	c->next_line = 1;
	c->multi_left = MULTI_TRIES;
	c->header_due = s->header;
}

void csv_close(struct csv_in *c)
{
	free(c->scratch);
	free(c->names);
	c->scratch = NULL;
	c->names = NULL;
}

static void bad(struct csv_in *c, const char *why)
{
	c->bad = true;
	c->note = why;
	c->field_n = 0;
}

static void add_field(struct csv_in *c, struct str f)
{
	if (c->field_n < CSV_FIELDS_MAX)
		c->fields[c->field_n++] = f;
	else
		bad(c, "more than 1024 columns");
}

/* Blank, or a comment. */
static bool is_idle(const struct csv_in *c, struct str line)
{
	size_t i = 0;

	while (i < line.n && ch_space((unsigned char)line.p[i]))
		i++;
	return i == line.n || (line.p[i] && strchr(c->s.comment, line.p[i]));
}

/* The usual line: no quotes. */
static void split_plain(struct csv_in *c, struct str line)
{
	const char *p = line.p, *end = line.p + line.n, *q;

	while (!c->bad && (q = memchr(p, c->s.delimiter, (size_t)(end - p)))) {
		add_field(c, str_n(p, (size_t)(q - p)));
		p = q + 1;
	}
	if (!c->bad)
		add_field(c, str_n(p, (size_t)(end - p)));
}

/* The closing quote of the field whose opening one stands at p, NULL when there is none. *doubled: the field holds "" pairs.
 * Inside its first line a quote followed by other text is taken as text; beyond, it shows that the quote was never closed. */
static const char *closing(const struct csv_in *c, const char *p, const char *line_end, const char *end, bool *doubled)
{
	const char *limit = line_end;

	*doubled = false;
	if (c->multi_left && end > line_end)
		limit = (size_t)(end - line_end) > MULTI_MAX ? line_end + MULTI_MAX : end;
	for (const char *q = p + 1; q < limit && (q = memchr(q, c->s.quote, (size_t)(limit - q))); q++) {
		char next = q + 1 < end ? q[1] : '\n';

		if (next == c->s.quote) {
			*doubled = true;
			q++;
		} else if (next == c->s.delimiter || next == '\n' || (next == '\r' && (q + 2 == end || q[2] == '\n'))) {
			return q;
		} else if (q > line_end) {
			break;
		}
	}
	return NULL;
}

/* The text between quotes with each doubled quote single. */
static struct str undouble(struct csv_in *c, struct str s)
{
	char *out = scratch(c) + c->scratch_n, *d = out;

	for (size_t i = 0; i < s.n; i++) {
		*d++ = s.p[i];
		if (s.p[i] == c->s.quote && i + 1 < s.n && s.p[i + 1] == c->s.quote)
			i++;
	}
	c->scratch_n += (size_t)(d - out);
	return str_n(out, (size_t)(d - out));
}

static const char *line_end_of(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl ? nl : end;
}

static const char *without_cr(const char *p, const char *line_end)
{
	return line_end > p && line_end[-1] == '\r' ? line_end - 1 : line_end;
}

/* A record with quotes in it, which may run over several lines: returns the end of its last one. */
static const char *split_quoted(struct csv_in *c, const char *start, const char *line_end, const char *end)
{
	const char *p = start;

	for (;;) {
		const char *stop = without_cr(p, line_end), *q = p, *close;
		bool doubled;

		while (q < stop && *q == ' ' && c->s.delimiter != ' ') /* blanks before an opening quote */
			q++;
		if (q < stop && *q == c->s.quote) {
			struct str f;

			close = closing(c, q, line_end, end, &doubled);
			if (!close) {
				if (c->multi_left)
					c->multi_left--;
				c->note = "a quote is not closed";
				add_field(c, str_n(q + 1, (size_t)(stop - q - 1)));
				return line_end;
			}
			for (; line_end < close; c->next_line++)
				line_end = line_end_of(line_end + 1, end);
			if ((size_t)(line_end - start) > CSV_LINE_MAX) {
				bad(c, "longer than 1 MiB");
				return line_end;
			}
			f = str_n(q + 1, (size_t)(close - q - 1));
			add_field(c, doubled ? undouble(c, f) : f);
			p = close + 1;
			if (c->bad || p >= without_cr(p, line_end))
				return line_end;
			p++; /* the delimiter */
			continue;
		}
		q = memchr(p, c->s.delimiter, (size_t)(stop - p));
		add_field(c, str_n(p, (size_t)((q ? q : stop) - p)));
		if (c->bad || !q)
			return line_end;
		p = q + 1;
	}
}

/* Text in another encoding: what is not UTF-8 becomes U+FFFD, so that the good columns can be used. */
static struct str clean(struct csv_in *c, struct str s)
{
	const char *p = s.p, *end = s.p + s.n;
	char *out = scratch(c), *d = out;

	while (p < end) {
		uint32_t cp;
		int len = utf8_get(p, end, &cp);

		memcpy(d, len ? p : "\xef\xbf\xbd", (size_t)(len ? len : 3));
		d += len ? len : 3;
		p += len ? len : 1;
	}
	return str_n(out, (size_t)(d - out));
}

static void split(struct csv_in *c, struct str line, const char **line_end)
{
	bool quotes = c->s.quote && line.n && memchr(line.p, c->s.quote, line.n);

	c->scratch_n = c->clean_max;
	if (memchr(line.p, 0, line.n)) {
		bad(c, "NUL bytes in the line");
	} else if (!utf8_valid(line)) {
		c->note = "not UTF-8";
		line = clean(c, line);
		if (quotes)
			split_quoted(c, line.p, line.p + line.n, line.p + line.n);
		else
			split_plain(c, line);
	} else if (quotes) {
		const char *first_end = *line_end;

		*line_end = split_quoted(c, line.p, first_end, c->end);
		c->raw = str_n(line.p, (size_t)(without_cr(line.p, *line_end) - line.p));
		if (*line_end != first_end && !c->bad && (memchr(c->raw.p, 0, c->raw.n) || !utf8_valid(c->raw)))
			bad(c, "a quoted field over several lines is not UTF-8 text");
	} else {
		split_plain(c, line);
	}
}

/* Keeps the header's names beyond this record. */
static void keep_names(struct csv_in *c)
{
	size_t all = 0;
	char *d;

	for (size_t i = 0; i < c->field_n; i++)
		all += c->fields[i].n;
	c->names = malloc(c->field_n * sizeof(*c->names) + all + 1);
	if (!c->names) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	d = (char *)(c->names + c->field_n);
	for (size_t i = 0; i < c->field_n; i++) {
		struct str f = str_trim(c->fields[i]);

		if (f.n)
			memcpy(d, f.p, f.n);
		c->names[i] = str_n(d, f.n);
		d += f.n;
	}
	c->name_n = c->field_n;
}

bool csv_next(struct csv_in *c)
{
	while (c->p < c->end) {
		const char *line_end = line_end_of(c->p, c->end);
		struct str line = str_n(c->p, (size_t)(without_cr(c->p, line_end) - c->p));

		c->field_n = 0;
		c->note = NULL;
		c->bad = false;
		c->line = c->next_line++;
		c->raw = line;
		if (line.n > CSV_LINE_MAX)
			bad(c, "longer than 1 MiB");
		else if (!is_idle(c, line))
			split(c, line, &line_end);
		else
			line.n = 0;
		c->p = line_end < c->end ? line_end + 1 : c->end;
		if (line.n == 0)
			continue;
		if (c->header_due && !c->bad) {
			c->header_due = false;
			keep_names(c);
			continue;
		}
		return true;
	}
	return false;
}

bool csv_value(const struct csv_in *c, size_t i, struct str *out)
{
	if (c->s.column_n) {
		if (i >= c->s.column_n || c->bad)
			return false;
		i = c->s.columns[i];
		*out = i < c->field_n ? str_trim(c->fields[i]) : S("");
		return true;
	}
	if (i >= c->field_n)
		return false;
	*out = str_trim(c->fields[i]);
	return true;
}
