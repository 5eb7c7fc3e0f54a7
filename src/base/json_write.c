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

static void new_line(struct jw *w)
{
	size_t n = 1 + (size_t)w->depth * INDENT;
	char *d = buf_room(w->out, n);

	if (!d)
		return;
	memset(d, ' ', n);
	d[0] = '\n';
	buf_wrote(w->out, n);
}

/* Before a member or element: the comma and the line. */
static void separate(struct jw *w)
{
	if (w->comma & 1)
		buf_ch(w->out, ',');
	w->comma |= 1;
	if (w->pretty)
		new_line(w);
}

/* Before any value. */
static void lead(struct jw *w)
{
	if (w->depth == 0)
		return;
	assert(w->after_key == (bool)(w->in_obj & 1));
	if (!w->after_key)
		separate(w);
	w->after_key = false;
}

static void open(struct jw *w, bool obj)
{
	lead(w);
	assert(w->depth < LEVELS);
	w->depth++;
	w->comma <<= 1;
	w->in_obj = w->in_obj << 1 | obj;
	buf_ch(w->out, obj ? '{' : '[');
}

/* The levels further out come back as they were: shifting lost none of them, as there are LEVELS bits. */
static void close(struct jw *w, bool obj)
{
	bool some = w->comma & 1;

	assert(w->depth > 0 && !w->after_key && (bool)(w->in_obj & 1) == obj);
	w->depth--;
	w->comma >>= 1;
	w->in_obj >>= 1;
	if (some && w->pretty)
		new_line(w);
	buf_ch(w->out, obj ? '}' : ']');
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

void jw_key(struct jw *w, const char *key)
{
	size_t n = strlen(key);
	char *d;

	assert(w->depth > 0 && (w->in_obj & 1) && !w->after_key);
	separate(w);
	d = buf_room(w->out, n + 3 + w->pretty);
	w->after_key = true;
	if (!d)
		return;
	*d++ = '"';
	memcpy(d, key, n);
	d += n;
	*d++ = '"';
	*d++ = ':';
	if (w->pretty)
		*d = ' ';
	buf_wrote(w->out, n + 3 + w->pretty);
}

void jw_key_str(struct jw *w, struct str key)
{
	assert(w->depth > 0 && (w->in_obj & 1) && !w->after_key);
	separate(w);
	buf_ch(w->out, '"');
	content(w->out, key);
	buf_mem(w->out, "\": ", w->pretty ? 3 : 2);
	w->after_key = true;
}

void jw_str(struct jw *w, struct str s)
{
	lead(w);
	buf_ch(w->out, '"');
	content(w->out, s);
	buf_ch(w->out, '"');
}

void jw_strs(struct jw *w, struct str a, struct str b)
{
	lead(w);
	buf_ch(w->out, '"');
	content(w->out, a);
	content(w->out, b);
	buf_ch(w->out, '"');
}

void jw_int(struct jw *w, int64_t v)
{
	lead(w);
	buf_i64(w->out, v);
}

void jw_int_str(struct jw *w, int64_t v)
{
	lead(w);
	buf_ch(w->out, '"');
	buf_i64(w->out, v);
	buf_ch(w->out, '"');
}

void jw_double(struct jw *w, double v)
{
	char t[32];
	int n = 0;

	assert(isfinite(v));
	lead(w);
	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(t, sizeof(t), "%.*g", digits, v);
		if (strtod(t, NULL) == v)
			break;
	}
	buf_mem(w->out, t, (size_t)n);
}

void jw_bool(struct jw *w, bool v)
{
	lead(w);
	buf_str(w->out, v ? S("true") : S("false"));
}

void jw_null(struct jw *w)
{
	lead(w);
	buf_str(w->out, S("null"));
}

void jw_raw(struct jw *w, struct str json)
{
	lead(w);
	buf_str(w->out, json);
}

void jw_kstr(struct jw *w, const char *key, struct str s)
{
	jw_key(w, key);
	jw_str(w, s);
}

void jw_kint(struct jw *w, const char *key, int64_t v)
{
	jw_key(w, key);
	jw_int(w, v);
}

void jw_kid(struct jw *w, const char *key, int64_t v)
{
	jw_key(w, key);
	jw_int_str(w, v);
}

void jw_kbool(struct jw *w, const char *key, bool v)
{
	jw_key(w, key);
	jw_bool(w, v);
}

void jw_knull(struct jw *w, const char *key)
{
	jw_key(w, key);
	jw_null(w);
}
