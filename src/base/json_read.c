/* json_read.c - the pull reader of json.h.
 *
 * The text stands in a window [base, end) with p at the next byte: the whole document in memory mode, a part of it in
 * fill mode, where more() slides what is still needed to the front and reads on behind it. A token always lies in one
 * piece in the window, so both modes share all code; a text with escapes is decoded into a scratch buffer instead.
 * Lines are counted only where bytes leave the window and when an error is reported.
 * Values are not converted here, and nothing is built from them. */
#include "base/json.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json_int.h"
#include "base/utf8.h"

#define DEPTH_DEFAULT 64u
#define DEPTH_LIMIT 512u
#define STRING_DEFAULT ((size_t)64 << 20)
#define KEYS_DEFAULT ((size_t)4 << 20)
#define WINDOW_DEFAULT ((size_t)64 << 10)

static void heap_clear(void *arg)
{
	struct jr_heap *h = arg;

	free(h->win);
	free(h->keys);
	json_sets_clear(h);
	buf_clear(&h->scratch);
	*h = (struct jr_heap){ .scratch.max = SIZE_MAX };
}

static void init(struct jr *r, struct ctx *cx, const struct jr_limits *lim)
{
	struct jr_limits l = lim ? *lim : (struct jr_limits){ 0 };

	if (l.depth_max == 0)
		l.depth_max = DEPTH_DEFAULT;
	if (l.depth_max > DEPTH_LIMIT)
		l.depth_max = DEPTH_LIMIT;
	if (l.string_max == 0)
		l.string_max = STRING_DEFAULT;
	if (l.keys_max == 0)
		l.keys_max = KEYS_DEFAULT;
	if (l.window == 0)
		l.window = WINDOW_DEFAULT;
	*r = (struct jr){ .cx = cx, .pending = true, .lim = l, .seed = hash_seeded(S("json")) };
	r->frames = arena_many(cx->mem, l.depth_max, struct jr_frame);
	r->heap = arena_one(cx->mem, struct jr_heap);
	r->heap->scratch.max = SIZE_MAX;
	arena_cleanup(cx->mem, heap_clear, r->heap);
}

void jr_init(struct jr *r, struct ctx *cx, struct str text, const struct jr_limits *lim)
{
	init(r, cx, lim);
	r->base = r->p = text.p ? text.p : "";
	r->end = r->p + text.n;
	r->eof = true;
}

void jr_init_fill(struct jr *r, struct ctx *cx, jr_fill_fn *fn, void *arg, const struct jr_limits *lim)
{
	init(r, cx, lim);
	r->fill = fn;
	r->fill_arg = arg;
	r->heap->win_cap = r->lim.window;
	r->base = r->p = r->end = r->heap->win = json_must(malloc(r->heap->win_cap));
}

/* --- position and errors --- */

/* Bytes of [p, end) that are line feeds, or that begin a character. */
static uint64_t count(const char *p, const char *end, bool lines)
{
	uint64_t n = 0;

#ifdef __SSE2__
	while (end - p >= 16) {
		const char *stop = end - p < 255 * 16 ? end - 15 : p + 255 * 16; /* a lane holds 255 */
		__m128i lanes = _mm_setzero_si128();

		for (; p < stop; p += 16) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

			lanes = _mm_sub_epi8(lanes, lines ? _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))
				: _mm_cmpgt_epi8(v, _mm_set1_epi8((char)0xBF)));
		}
		lanes = _mm_sad_epu8(lanes, _mm_setzero_si128());
		n += (uint64_t)_mm_cvtsi128_si64(lanes) + (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(lanes, lanes));
	}
#endif
	for (; p < end; p++)
		n += lines ? *p == '\n' : (*p & 0xC0) != 0x80;
	return n;
}

/* Line feeds before at, and characters between the last of them and at. */
static void position(const struct jr *r, const char *at, uint64_t *line, uint64_t *column)
{
	const char *nl = r->base == at ? NULL : memrchr(r->base, '\n', (size_t)(at - r->base));

	*line = r->line + (nl ? count(r->base, nl + 1, true) : 0);
	*column = nl ? count(nl + 1, at, false) : r->column + count(r->base, at, false);
}

uint64_t jr_offset(const struct jr *r)
{
	return r->base_off + (uint64_t)(r->p - r->base);
}

bool jr_failed(const struct jr *r)
{
	return r->rc != RC_OK;
}

__attribute__((cold, noinline, format(printf, 3, 4)))
static bool bad(struct jr *r, const char *at, const char *fmt, ...)
{
	uint64_t line, column;
	char text[256];
	va_list ap;

	if (r->rc != RC_OK)
		return false;
	position(r, at, &line, &column);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->pending = false;
	r->rc = fail(r->cx, RC_BAD, "JSON line %llu column %llu (byte %llu): %s", (unsigned long long)line + 1,
		(unsigned long long)column + 1, (unsigned long long)(r->base_off + (uint64_t)(at - r->base)), text);
	return false;
}

void jr_fail(struct jr *r, const char *what)
{
	bad(r, r->p, "%s", what);
}

/* --- the window --- */

/* Reads on, keeping all from *keep (r->p <= end, moved with it). False at the end of the document and on failure. */
__attribute__((noinline)) static bool more(struct jr *r, const char **keep)
{
	struct jr_heap *h = r->heap;
	size_t gone = (size_t)(*keep - r->base), have = (size_t)(r->end - *keep), used = gone + have;
	ssize_t got;

	if (r->eof || r->rc != RC_OK)
		return false;
	if (have == 0 || used == h->win_cap) {
		size_t ahead = (size_t)(r->p - *keep);

		position(r, *keep, &r->line, &r->column);
		r->base_off += gone;
		memmove(h->win, *keep, have);
		if (have == h->win_cap) {
			assert(h->win_cap);
			h->win_cap *= 2;
			h->win = json_must(realloc(h->win, h->win_cap));
		}
		r->base = *keep = h->win;
		r->p = h->win + ahead;
		r->end = h->win + have;
		used = have;
	}
	errno = 0;
	got = r->fill(r->fill_arg, h->win + used, h->win_cap - used);
	if (got <= 0) {
		r->eof = true;
		if (got < 0) {
			r->pending = false;
			r->rc = r->cx->err.rc != RC_OK ? r->cx->err.rc
				: fail_errno(r->cx, RC_IO, "reading JSON at byte %llu", (unsigned long long)(r->base_off + used));
		}
		return false;
	}
	assert((size_t)got <= h->win_cap - used);
	r->end += got;
	return true;
}

/* At least n bytes from *p on, unless the document ends before. */
static inline bool have(struct jr *r, const char **p, size_t n)
{
	while ((size_t)(r->end - *p) < n)
		if (!more(r, p))
			return false;
	return true;
}

/* "expected ..., found ..." at the next byte. */
__attribute__((cold, noinline)) static bool expected(struct jr *r, const char *what)
{
	const char *p = r->p;
	unsigned char c;

	if (r->p == r->end)
		return bad(r, r->p, "expected %s, found the end of the text", what);
	c = (unsigned char)*r->p;
	if (jr_offset(r) == 0 && c == 0xEF && have(r, &p, 3) && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
		return bad(r, r->p, "expected %s, found a byte order mark", what);
	if (c > ' ' && c < 0x7F)
		return bad(r, r->p, "expected %s, found '%c'", what, c);
	return bad(r, r->p, "expected %s, found byte 0x%02x", what, c);
}

/* First byte of [p, end) that is not white space, or end. */
static const char *skip_space(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i w = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
		unsigned m;

		w = _mm_or_si128(w, _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));
		w = _mm_or_si128(w, _mm_cmpeq_epi8(v, _mm_set1_epi8('\t')));
		m = (unsigned)_mm_movemask_epi8(w) ^ 0xFFFFu;
		if (m)
			return p + __builtin_ctz(m);
	}
#endif
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

__attribute__((noinline)) static int token_slow(struct jr *r)
{
	for (;;) {
		const char *p = r->p = skip_space(r->p, r->end);

		if (p < r->end)
			return (unsigned char)*p;
		if (!more(r, &p))
			return -1;
	}
}

/* Steps over white space; the byte that stands next, -1 at the end. */
static inline int token(struct jr *r)
{
	const char *p = r->p;

	if (LIKELY(r->end - p >= 2)) {
		unsigned char c = (unsigned char)*p;

		if (c > ' ')
			return c;
		if (c == ' ' && (c = (unsigned char)p[1]) > ' ') {
			r->p = p + 1;
			return c;
		}
	}
	return token_slow(r);
}

/* --- scalars --- */

static int hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		int d = ch_hex((unsigned char)p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* The escape at *pp, a backslash: its character is added to the scratch, *pp moves behind it. */
static bool escape(struct jr *r, const char **pp)
{
	struct buf *b = &r->heap->scratch;
	const char *p = *pp;
	uint32_t cp;
	char *d;

	if (!have(r, &p, 2))
		return bad(r, r->end, "expected a character behind '\\', found the end of the text");
	switch (p[1]) {
	case '"': case '\\': case '/': buf_ch(b, p[1]); break;
	case 'b': buf_ch(b, '\b'); break;
	case 'f': buf_ch(b, '\f'); break;
	case 'n': buf_ch(b, '\n'); break;
	case 'r': buf_ch(b, '\r'); break;
	case 't': buf_ch(b, '\t'); break;
	case 'u': {
		int hi, lo;

		if (!have(r, &p, 6) || (hi = hex4(p + 2)) < 0)
			return bad(r, p, "expected four hex digits behind '\\u'");
		cp = (uint32_t)hi;
		if ((cp & 0xF800) == 0xD800) {
			if (cp >= 0xDC00 || !have(r, &p, 12) || p[6] != '\\' || p[7] != 'u' || (lo = hex4(p + 8)) < 0 ||
				(lo & 0xFC00) != 0xDC00)
				return bad(r, p, "half of a surrogate pair");
			cp = 0x10000 + ((cp & 0x3FF) << 10 | ((uint32_t)lo & 0x3FF));
			p += 6;
		}
		d = buf_room(b, 4);
		buf_wrote(b, (size_t)utf8_put(cp, d));
		*pp = p + 6;
		return true;
	}
	default:
		return bad(r, p, "not an escape");
	}
	*pp = p + 2;
	return true;
}

static bool too_long(struct jr *r, const char *at)
{
	return bad(r, at, "text longer than %zu bytes", r->lim.string_max);
}

/* The text behind the quote at r->p; r->p behind the closing quote. out->p is never NULL. */
static bool string(struct jr *r, struct str *out)
{
	struct buf *b = &r->heap->scratch;
	const char *s = r->p + 1, *p = s; /* [s, p) is checked and not yet in the scratch */

	r->lasting = !r->fill;
	b->n = 0;
	for (;;) {
		p = json_plain(p, r->end);
		if (UNLIKELY(p == r->end)) {
			size_t n = (size_t)(p - s);

			if (n + b->n > r->lim.string_max)
				return too_long(r, p);
			r->p = p;
			if (!more(r, &s))
				return bad(r, r->end, "expected the closing '\"', found the end of the text");
			p = s + n;
			continue;
		}
		if (LIKELY(*p == '"'))
			break;
		if (*p == '\\') {
			buf_mem(b, s, (size_t)(p - s));
			if (b->n > r->lim.string_max)
				return too_long(r, p);
			r->lasting = false;
			r->p = s = p;
			if (!escape(r, &s))
				return false;
			p = s;
		} else if ((unsigned char)*p < 0x20) {
			return bad(r, p, "control character 0x%02x in a text", (unsigned char)*p);
		} else {
			do {
				uint32_t cp;
				int len = utf8_get(p, r->end, &cp);

				if (UNLIKELY(len == 0)) {
					size_t n = (size_t)(p - s);

					r->p = p;
					if (r->end - p >= 4 || !more(r, &s))
						return bad(r, r->p, "byte 0x%02x is not UTF-8", (unsigned char)*r->p);
					p = s + n;
					continue;
				}
				p += len;
			} while (p < r->end && (unsigned char)*p >= 0x80);
		}
	}
	r->p = p + 1;
	*out = str_n(s, (size_t)(p - s));
	if (UNLIKELY(b->n)) {
		buf_mem(b, s, out->n);
		*out = buf_view(b);
	}
	if (UNLIKELY(out->n > r->lim.string_max))
		return too_long(r, p);
	return true;
}

static const char *digits(const char *p, const char *end)
{
	while (p < end && ch_digit(*p))
		p++;
	return p;
}

/* The number at r->p (a digit or '-'), as written. */
static bool number(struct jr *r, struct str *out)
{
	const char *s = r->p, *p = s, *first;

	for (bool on = true; on;) { /* its extent first: reading on may move it */
		size_t n;

		while (p < r->end && (ch_alnum((unsigned char)*p) || *p == '.' || *p == '-' || *p == '+'))
			p++;
		n = (size_t)(p - s);
		if (n > r->lim.string_max)
			return bad(r, s, "number longer than %zu bytes", r->lim.string_max);
		if (p < r->end)
			break;
		on = more(r, &s);
		p = s + n; /* moved in either case */
	}
	if (r->rc != RC_OK)
		return false;
	*out = str_n(s, (size_t)(p - s));
	r->lasting = !r->fill;
	first = s + (*s == '-');
	s = digits(first, p);
	if (s == first)
		return bad(r, s, "expected a digit in a number");
	if (*first == '0' && s - first > 1)
		return bad(r, first, "number with a leading zero");
	if (s < p && *s == '.') {
		first = ++s;
		s = digits(s, p);
		if (s == first)
			return bad(r, s, "expected a digit behind the decimal point");
	}
	if (s < p && (*s | 0x20) == 'e') {
		s++;
		if (s < p && (*s == '+' || *s == '-'))
			s++;
		first = s;
		s = digits(s, p);
		if (s == first)
			return bad(r, s, "expected a digit in the exponent");
	}
	if (s < p)
		return bad(r, s, "malformed number");
	r->p = p;
	return true;
}

static bool literal(struct jr *r, struct str word, struct str *out)
{
	const char *p = r->p;

	if (!have(r, &p, word.n) || memcmp(p, word.p, word.n) != 0)
		return bad(r, p, "expected a value, found an unknown word");
	r->p = p + word.n;
	r->lasting = true;
	*out = word;
	return true;
}

/* --- structure --- */

static void open(struct jr *r, bool obj)
{
	if (r->depth == r->lim.depth_max) {
		bad(r, r->p, "nested deeper than %u levels", r->lim.depth_max);
		return;
	}
	r->frames[r->depth++] = (struct jr_frame){ .key_start = r->key_n, .obj = obj, .first = true };
	r->p++;
	r->pending = false;
	r->begun = true;
}

static void close(struct jr *r)
{
	json_keys_drop(r, &r->frames[--r->depth]);
	r->p++;
}

/* Whether a value may be read now. Asking for one where none stands is an error of the caller. */
static bool ready(const struct jr *r)
{
	assert(r->pending || r->rc != RC_OK);
	return r->rc == RC_OK;
}

enum jkind jr_peek(struct jr *r)
{
	if (r->rc != RC_OK || !r->pending)
		return J_NONE;
	switch (token(r)) {
	case '{': return J_OBJ;
	case '[': return J_ARR;
	case '"': return J_STR;
	case 't': return J_TRUE;
	case 'f': return J_FALSE;
	case 'n': return J_NULL;
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		return J_NUM;
	default:
		expected(r, "a value");
		return J_NONE;
	}
}

void jr_obj(struct jr *r)
{
	if (!ready(r))
		return;
	if (token(r) == '{')
		open(r, true);
	else
		expected(r, "an object");
}

void jr_arr(struct jr *r)
{
	if (!ready(r))
		return;
	if (token(r) == '[')
		open(r, false);
	else
		expected(r, "an array");
}

__attribute__((cold, noinline)) static bool twice(struct jr *r, struct str key)
{
	struct str part = utf8_cut(key, 64);
	char t[64];

	for (size_t i = 0; i < part.n; i++) /* a message is one line */
		t[i] = (unsigned char)part.p[i] < ' ' || part.p[i] == 0x7F ? '?' : part.p[i];
	return bad(r, r->p, "key \"%.*s\"%s stands twice in one object", (int)part.n, t, part.n < key.n ? "..." : "");
}

bool jr_member(struct jr *r, struct str *key)
{
	struct jr_frame *f;
	struct buf *b = &r->heap->scratch;
	int c;

	if (UNLIKELY(r->pending))
		jr_skip(r);
	if (UNLIKELY(r->rc != RC_OK))
		return false;
	assert(r->depth > 0);
	f = &r->frames[r->depth - 1];
	assert(f->obj);
	c = token(r);
	if (c == '}') {
		close(r);
		return false;
	}
	if (!f->first) {
		if (UNLIKELY(c != ','))
			return expected(r, "',' or '}'");
		r->p++;
		c = token(r);
	}
	if (UNLIKELY(c != '"'))
		return expected(r, f->first ? "a key or '}'" : "a key");
	f->first = false;
	if (UNLIKELY(!string(r, key)))
		return false;
	/* string() sets it whenever it says true */
	if (UNLIKELY(!json_key_add(r, f, *key))) /* NOLINT(clang-analyzer-core.CallAndMessage) */
		return twice(r, *key);
	if (UNLIKELY(r->key_all > r->lim.keys_max))
		return bad(r, r->p, "more than %zu keys in the objects open", r->lim.keys_max);
	if (UNLIKELY(r->p == r->end || *r->p != ':')) {
		if (r->fill && b->n == 0) { /* reading on may move the key */
			buf_mem(b, key->p, key->n);
			*key = buf_view(b);
		}
		if (token(r) != ':')
			return expected(r, "':'");
	}
	r->p++;
	r->pending = true;
	return true;
}

bool jr_elem(struct jr *r)
{
	struct jr_frame *f;
	int c;

	if (UNLIKELY(r->pending))
		jr_skip(r);
	if (UNLIKELY(r->rc != RC_OK))
		return false;
	assert(r->depth > 0);
	f = &r->frames[r->depth - 1];
	assert(!f->obj);
	c = token(r);
	if (c == ']') {
		close(r);
		return false;
	}
	if (f->first) {
		f->first = false;
	} else {
		if (UNLIKELY(c != ','))
			return expected(r, "',' or ']'");
		r->p++;
	}
	r->pending = true;
	return true;
}

/* --- values --- */

static struct str scalar(struct jr *r, enum jkind kind)
{
	struct str s = { 0 };
	bool ok = false;

	switch (kind) {
	case J_STR: ok = string(r, &s); break;
	case J_NUM: ok = number(r, &s); break;
	case J_TRUE: ok = literal(r, S("true"), &s); break;
	case J_FALSE: ok = literal(r, S("false"), &s); break;
	case J_NULL: ok = literal(r, S("null"), &s); break;
	case J_OBJ: case J_ARR: expected(r, "a text, a number or a word"); break;
	case J_NONE: break;
	}
	r->pending = false;
	r->begun = true;
	return ok && kind != J_NULL ? s : (struct str){ 0 };
}

struct str jr_text(struct jr *r)
{
	return ready(r) ? scalar(r, jr_peek(r)) : (struct str){ 0 };
}

struct str jr_text_dup(struct jr *r)
{
	struct str s = jr_text(r);

	return s.p && !r->lasting ? str_dup(r->cx->mem, s) : s;
}

int64_t jr_int(struct jr *r, int64_t dflt)
{
	enum jkind kind = ready(r) ? jr_peek(r) : J_NONE;
	int64_t v = dflt;

	if (kind == J_STR || kind == J_NUM) {
		struct str s = scalar(r, kind);

		return str_i64(s, &v) ? v : dflt;
	}
	if (kind != J_NONE)
		jr_skip(r);
	return dflt;
}

bool jr_bool(struct jr *r, bool dflt)
{
	enum jkind kind = ready(r) ? jr_peek(r) : J_NONE;
	struct str s;

	if (kind == J_NONE)
		return dflt;
	if (kind == J_OBJ || kind == J_ARR) {
		jr_skip(r);
		return dflt;
	}
	s = scalar(r, kind);
	if (!s.p)
		return dflt;
	if (str_eq(s, S("1")) || str_eq(s, S("true")))
		return true;
	if (s.n == 0 || str_eq(s, S("0")) || str_eq(s, S("false")))
		return false;
	return dflt;
}

void jr_skip(struct jr *r)
{
	unsigned level = r->depth;
	struct str key;

	if (!ready(r))
		return;
	do {
		enum jkind kind = jr_peek(r);

		if (kind == J_OBJ || kind == J_ARR)
			open(r, kind == J_OBJ);
		else
			scalar(r, kind);
		while (r->depth > level && !(r->frames[r->depth - 1].obj ? jr_member(r, &key) : jr_elem(r)))
			if (r->rc != RC_OK)
				return;
	} while (r->depth > level && r->rc == RC_OK);
}

struct str jr_raw(struct jr *r)
{
	const char *start;

	assert(!r->fill);
	if (!ready(r) || jr_peek(r) == J_NONE)
		return (struct str){ 0 };
	start = r->p;
	jr_skip(r);
	return r->rc == RC_OK ? str_n(start, (size_t)(r->p - start)) : (struct str){ 0 };
}

bool jr_more(struct jr *r)
{
	const char *p = r->p;
	bool apart;

	if (r->pending && r->begun)
		jr_skip(r);
	if (r->rc != RC_OK)
		return false;
	assert(r->depth == 0);
	apart = !r->begun || (have(r, &p, 1) && ch_space((unsigned char)*r->p));
	r->pending = false;
	if (token(r) < 0)
		return false;
	if (!apart)
		return expected(r, "white space between values");
	return r->pending = true;
}

enum rc jr_end(struct jr *r)
{
	if (r->rc == RC_OK) {
		assert(r->depth == 0);
		if (token(r) >= 0)
			expected(r, "the end of the text");
		else if (r->pending)
			expected(r, "a value");
	}
	heap_clear(r->heap);
	r->p = r->end = r->base = "";
	r->eof = true;
	r->pending = false;
	return r->rc;
}
