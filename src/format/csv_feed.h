/* csv_feed.h - records of a CSV feed, one after the other, as views into a mapped text.
 *
 * RFC 4180, and what feeds really hold: a byte order mark, CR LF or LF, blank and comment lines, quotes in the middle of a field, text behind a
 * closing quote, a quote that is never closed (the field then ends with its line, and the record says so). A quoted field may
 * run over several lines. A line over CSV_LINE_MAX or with NUL bytes is reported and skipped. Memory does not depend on the text's size.
 *
 *     struct csv_settings s;
 *     TRY(csv_settings_read(cx, S("{\"csv\":{\"value\":\"2\",\"delimiter\":\";\"}}"), &s));
 *     struct csv_in c;
 *     csv_open(&c, text, &s);
 *     while (csv_next(&c)) {
 *         if (c.note) report(c.line, c.note);
 *         for (size_t i = 0; csv_value(&c, i, &v); i++) ...        the columns asked for, blanks trimmed
 *     }
 *     csv_close(&c);
 */
#ifndef FORMAT_CSV_FEED_H
#define FORMAT_CSV_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"

#define CSV_LINE_MAX ((size_t)1 << 20)
#define CSV_FIELDS_MAX 1024u
#define CSV_COLUMNS_MAX 64u

/* A feed's settings; the exclude pattern is the caller's to apply. */
struct csv_settings {
	uint16_t columns[CSV_COLUMNS_MAX]; /* from 0 */
	size_t column_n;                   /* 0: every column */
	char delimiter, quote;             /* ',' and '"'; quote 0: quotes mean nothing */
	char comment[8];                   /* a line that starts with one of these is skipped; "#" */
	bool header;                       /* the first record names the columns and is not returned */
	struct str exclude_regex;          /* as sent, "" when none */
};
#define CSV_DEFAULTS (struct csv_settings){ .delimiter = ',', .quote = '"', .comment = "#" }

/* columns: "1,3" counted from 1, "" for all; delimiter: one character, "\t" or "tab", "" for a comma.
 * RC_INVALID with field "value" or "delimiter". */
MUST_USE enum rc csv_settings_make(struct ctx *cx, struct str columns, struct str delimiter, struct csv_settings *out);
/* The same from a feed's settings text {"csv": {"value", "delimiter", "quote", "comment", "header"}, "common": {"excluderegex"}}; all optional,
 * an empty text gives the defaults. RC_BAD, RC_INVALID. */
MUST_USE enum rc csv_settings_read(struct ctx *cx, struct str json, struct csv_settings *out);

struct csv_in {
	/* the record at hand; views are valid until the next call */
	struct str fields[CSV_FIELDS_MAX];
	size_t field_n;      /* 0 when the record is bad */
	struct str raw;      /* its text, without the line end */
	uint64_t line;       /* number of its first line, from 1 */
	const char *note;    /* what was wrong with it, NULL when nothing */
	bool bad;            /* nothing of it can be used */
	struct str *names;   /* of the header record, NULL without one */
	size_t name_n;
	/* private */
	struct csv_settings s;
	const char *p, *end;
	uint64_t next_line;
	char *scratch;       /* copies of this record's text */
	size_t scratch_n, clean_max;
	unsigned multi_left; /* quotes over several lines that may still turn out to be unclosed */
	bool header_due;
};
/* text is borrowed. The struct is large (16 KiB): not for small stacks. */
void csv_open(struct csv_in *c, struct str text, const struct csv_settings *s);
/* Next record; false at the end. */
bool csv_next(struct csv_in *c);
/* The i-th of the columns asked for (settings.columns, or all), trimmed; empty when the record is too short. False past the last one. */
bool csv_value(const struct csv_in *c, size_t i, struct str *out);
void csv_close(struct csv_in *c);

#endif
