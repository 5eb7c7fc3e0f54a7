/* json_write.c - the writer of json.h: appends to a buf, which bounds or streams. Nothing is kept but a few bits a level.
 * The layout is the one MISP's clients know from PHP: "key": value when pretty, [] and {} when empty, '/' and text that
 * is not ASCII left as they are. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_int.h"
#include "base/utf8.h"

#define LEVELS 64u
#define INDENT 4u

void jw_init(struct jw *w, struct buf *out, bool pretty)
{
	*w = (struct jw){ .out = out, .pretty = pretty };
}

/* Room for n bytes and what separates a member or element from the one before it, which is written; the caller fills the n bytes at
 * the pointer it gets and calls filled() with the end. NULL when the buffer is over. */
static inline char *separated(struct jw *w, size_t n)
{
	size_t comma = w->comma & 1, indent = w->pretty ? 1 + (size_t)w->depth * INDENT : 0;
	char *d = buf_room(w->out, comma + indent + n);

	w->comma |= 1;
	if (!d)
		return NULL;
	if (comma)
		*d++ = ',';
	if (indent) {
		memset(d, ' ', indent);
		*d = '\n';
	}
	return d + indent;
}

static inline void filled(struct jw *w, const char *end)
{
	w->out->n = (size_t)(end - w->out->p);
}

/* The same before a value of n bytes: behind a key nothing separates it. */
static inline char *value(struct jw *w, size_t n)
{
	if (w->depth > 0 && !w->after_key) {
		assert(!(w->in_obj & 1));
		return separated(w, n);
	}
	assert(w->depth == 0 || (w->in_obj & 1));
	w->after_key = false;
	return buf_room(w->out, n);
}

static inline void scalar(struct jw *w, const char *p, size_t n)
{
	char *d = value(w, n);

	if (d) {
		if (n)
			memcpy(d, p, n);
		filled(w, d + n);
	}
}

static void open(struct jw *w, bool obj)
{
	scalar(w, obj ? "{" : "[", 1);
	assert(w->depth < LEVELS);
	w->depth++;
	w->comma <<= 1;
	w->in_obj = w->in_obj << 1 | obj;
}

/* The levels further out come back as they were: shifting lost none of them, as there are LEVELS bits. */
static void close(struct jw *w, bool obj)
{
	bool some = w->comma & 1;
	size_t indent;
	char *d;

	assert(w->depth > 0 && !w->after_key && (bool)(w->in_obj & 1) == obj);
	w->depth--;
	w->comma >>= 1;
	w->in_obj >>= 1;
	indent = some && w->pretty ? 1 + (size_t)w->depth * INDENT : 0;
	d = buf_room(w->out, indent + 1);
	if (!d)
		return;
	if (indent) {
		memset(d, ' ', indent);
		*d = '\n';
	}
	d[indent] = obj ? '}' : ']';
	buf_wrote(w->out, indent + 1);
}

void jw_obj(struct jw *w) { open(w, true); }
void jw_obj_end(struct jw *w) { close(w, true); }
void jw_arr(struct jw *w) { open(w, false); }
void jw_arr_end(struct jw *w) { close(w, false); }

/* One byte that cannot stand in a string as it is. */
static void escape(struct buf *b, unsigned char c)
{
	static const char letter[0x20] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
	char t[6] = { '\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15] };

	if (c >= 0x20 || letter[c]) {
		t[1] = c >= 0x20 ? (char)c : letter[c];
		buf_mem(b, t, 2);
	} else {
		buf_mem(b, t, 6);
	}
}

static void content(struct buf *b, struct str s)
{
	const char *start = s.p, *p = s.p, *end;

	if (s.n == 0)
		return;
	end = p + s.n;
	while (p < end) {
		uint32_t cp;
		int len = 1;

		p = json_plain(p, end);
		while (p < end && (unsigned char)*p >= 0x80 && (len = utf8_get(p, end, &cp)))
			p += len;
		if (p == end)
			break;
		if (len && !json_special(*p))
			continue;
		buf_mem(b, start, (size_t)(p - start));
		if ((unsigned char)*p < 0x80)
			escape(b, (unsigned char)*p);
		else
			buf_str(b, S("\xEF\xBF\xBD"));
		start = ++p;
	}
	buf_mem(b, start, (size_t)(end - start));
}

/* A key and room for a value of n bytes. */
static inline char *member(struct jw *w, const char *key, size_t n)
{
	size_t k = strlen(key);
	char *d;

	assert(w->depth > 0 && (w->in_obj & 1) && !w->after_key);
	d = separated(w, k + 3 + w->pretty + n);
	if (!d)
		return NULL;
	*d++ = '"';
	memcpy(d, key, k);
	d += k;
	*d++ = '"';
	*d++ = ':';
	if (w->pretty)
		*d++ = ' ';
	return d;
}

void jw_key(struct jw *w, const char *key)
{
	char *d = member(w, key, 0);

	w->after_key = true;
	if (d)
		filled(w, d);
}

void jw_key_str(struct jw *w, struct str key)
{
	char *d;

	assert(w->depth > 0 && (w->in_obj & 1) && !w->after_key);
	d = separated(w, 1);
	if (d) {
		*d++ = '"';
		filled(w, d);
	}
	content(w->out, key);
	buf_mem(w->out, "\": ", w->pretty ? 3 : 2);
	w->after_key = true;
}

static inline char *quoted(char *d, const char *p, size_t n)
{
	*d++ = '"';
	if (n)
		memcpy(d, p, n);
	d += n;
	*d++ = '"';
	return d;
}

/* Nothing in it needs a look: most texts. */
static inline bool plain(struct str s)
{
	return s.n == 0 || json_plain(s.p, s.p + s.n) == s.p + s.n;
}

void jw_str(struct jw *w, struct str s)
{
	char *d;

	if (plain(s)) {
		if ((d = value(w, s.n + 2)))
			filled(w, quoted(d, s.p, s.n));
		return;
	}
	scalar(w, "\"", 1);
	content(w->out, s);
	buf_ch(w->out, '"');
}

void jw_strs(struct jw *w, struct str a, struct str b)
{
	scalar(w, "\"", 1);
	content(w->out, a);
	content(w->out, b);
	buf_ch(w->out, '"');
}

void jw_int(struct jw *w, int64_t v)
{
	char t[I64_TEXT], *p = i64_digits(v, t);

	scalar(w, p, (size_t)(t + I64_TEXT - p));
}

void jw_int_str(struct jw *w, int64_t v)
{
	char t[I64_TEXT], *p = i64_digits(v, t), *d;
	size_t n = (size_t)(t + I64_TEXT - p);

	if ((d = value(w, n + 2)))
		filled(w, quoted(d, p, n));
}

void jw_double(struct jw *w, double v)
{
	char t[32];
	int n = 0;

	assert(isfinite(v));
	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(t, sizeof(t), "%.*g", digits, v);
		if (strtod(t, NULL) == v)
			break;
	}
	scalar(w, t, (size_t)n);
}

void jw_bool(struct jw *w, bool v)
{
	scalar(w, v ? "true" : "false", v ? 4 : 5);
}

void jw_null(struct jw *w)
{
	scalar(w, "null", 4);
}

void jw_raw(struct jw *w, struct str json)
{
	scalar(w, json.p, json.n);
}

/* ---- members: one look at the buffer for key and value ---- */

void jw_kstr(struct jw *w, const char *key, struct str s)
{
	char *d;

	if (plain(s)) {
		if ((d = member(w, key, s.n + 2)))
			filled(w, quoted(d, s.p, s.n));
		return;
	}
	jw_key(w, key);
	jw_str(w, s);
}

static inline void kscalar(struct jw *w, const char *key, const char *p, size_t n)
{
	char *d = member(w, key, n);

	if (d) {
		memcpy(d, p, n);
		filled(w, d + n);
	}
}

void jw_kint(struct jw *w, const char *key, int64_t v)
{
	char t[I64_TEXT], *p = i64_digits(v, t);

	kscalar(w, key, p, (size_t)(t + I64_TEXT - p));
}

void jw_kid(struct jw *w, const char *key, int64_t v)
{
	char t[I64_TEXT], *p = i64_digits(v, t), *d;
	size_t n = (size_t)(t + I64_TEXT - p);

	if ((d = member(w, key, n + 2)))
		filled(w, quoted(d, p, n));
}

void jw_kbool(struct jw *w, const char *key, bool v)
{
	kscalar(w, key, v ? "true" : "false", v ? 4 : 5);
}

void jw_knull(struct jw *w, const char *key)
{
	kscalar(w, key, "null", 4);
}

void jw_kuuid(struct jw *w, const char *key, const struct uuid *u)
{
	char t[UUID_TEXT + 1], *d;

	uuid_text(u, t);
	if ((d = member(w, key, UUID_TEXT + 2)))
		filled(w, quoted(d, t, UUID_TEXT));
}
