/* undisguise.c - takes the disguise off a whole text in one pass: hxxp and its kin, [.] (.) {.} [dot] \. [@] [at] [:]
 * [://], with or without blanks around a bracketed mark, single brackets ("evil[.com"), invisible characters. Where
 * nothing is disguised nothing is copied. Runs of ordinary bytes are copied as a whole; only bytes in the table of
 * starters are looked at. */
#include "extract/undisguise.h"

#include <stdlib.h>

/* Bytes at which a disguise may begin. */
static const uint8_t starter[256] = {
	['['] = 1,
	['('] = 1,
	['{'] = 1,
	['\\'] = 1,
	['.'] = 1,
	['h'] = 1,
	['H'] = 1,
	['f'] = 1,
	['F'] = 1,
	['m'] = 1,
	['M'] = 1,
	[0xc2] = 1,
	[0xe2] = 1,
	[0xef] = 1,
};

void plain_init(struct plain *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->text, SIZE_MAX / 2);
	buf_init(&p->shifts, SIZE_MAX / 2);
}

void plain_clear(struct plain *p)
{
	buf_clear(&p->text);
	buf_clear(&p->shifts);
}

static const struct shift *shifts(const struct plain *p)
{
	return (const struct shift *)(const void *)p->shifts.p;
}

static void cut(struct plain *p, struct str text, size_t *done, size_t from, size_t to, struct str put)
{
	struct shift s;

	buf_mem(&p->text, text.p + *done, from - *done);
	/* a mark stands for itself: it begins where the disguised one began, what follows is shifted */
	s = (struct shift){ p->text.n, (ptrdiff_t)from - (ptrdiff_t)p->text.n };
	buf_mem(&p->shifts, &s, sizeof(s));
	buf_str(&p->text, put);
	s = (struct shift){ p->text.n, (ptrdiff_t)to - (ptrdiff_t)p->text.n };
	buf_mem(&p->shifts, &s, sizeof(s));
	*done = to;
}

static int at(struct str t, size_t i)
{
	return i < t.n ? (unsigned char)t.p[i] : -1;
}

static bool name_char(int c)
{
	return c >= 0x80 || (c >= 0 && ch_alnum(c)) || c == '-' || c == '_';
}

/* What a bracketed mark stands for, by its inside. */
static const struct {
	const char *in, *out;
} marks[] = {
	{ ".", "." },
	{ "dot", "." },
	{ "d0t", "." },
	{ "punkt", "." },
	{ "\\.", "." },
	{ ",", "." },
	{ "@", "@" },
	{ "at", "@" },
	{ ":", ":" },
	{ "://", "://" },
	{ ":/", ":/" },
	{ "/", "/" },
	{ "//", "//" },
	{ "-", "-" },
};

/* A mark in brackets at i: its end and what it stands for. */
static bool bracketed(struct str t, size_t i, size_t *end, struct str *put)
{
	int open = at(t, i), close = open == '[' ? ']' : open == '(' ? ')' : '}';
	size_t b = i + 1, e;

	while (at(t, b) == ' ')
		b++;
	for (e = b; e < t.n && e < b + 6 && t.p[e] != close && t.p[e] != ' ' && t.p[e] != '\n'; e++)
		;
	struct str in = str_sub(t, b, e - b);
	if (in.n && in.p[in.n - 1] == '\\' && at(t, e) == close) /* \[.\] */
		in.n--;
	while (at(t, e) == ' ')
		e++;
	if (at(t, e) != close)
		return false;
	for (size_t k = 0; k < sizeof(marks) / sizeof(*marks); k++) {
		if (!str_eq_nocase(in, str_c(marks[k].in)))
			continue;
		if ((marks[k].in[0] == ',' || marks[k].in[0] == '-') && open != '[')
			continue;
		*end = e + 1;
		*put = str_c(marks[k].out);
		return true;
	}
	return false;
}

/* The letters before i end like a scheme does: http, https, hxxp, ftp. */
static bool scheme_before(struct str t, size_t i)
{
	if (i && ch_to_lower(at(t, i - 1)) == 's')
		i--;
	return i >= 3 && ch_to_lower(at(t, i - 1)) == 'p' && ch_alpha(at(t, i - 2)) && ch_alpha(at(t, i - 3));
}

/* hxxp hXXp h**p htxp hxtp meow fxp at a word's start: its end and the scheme meant. */
static bool scheme(struct str t, size_t i, size_t *end, struct str *put)
{
	static const struct {
		const char *in, *out;
	} forms[] = { { "hxxp", "http" }, { "h**p", "http" }, { "hxtp", "http" }, { "htxp", "http" },
		{ "h__p", "http" }, { "ht*p", "http" }, { "hxxxp", "http" }, { "hxp", "http" }, { "h..p", "http" },
		{ "meow", "http" }, { "fxp", "ftp" } };
	struct str rest = str_from(t, i);

	int second = ch_to_lower(at(t, i + 1)), third = ch_to_lower(at(t, i + 2));
	if (second != 'x' && second != '*' && second != '_' && second != '.' &&
		!(second == 't' && (third == 'x' || third == '*')) && !(second == 'e' && third == 'o'))
		return false;
	if (i && name_char(at(t, i - 1)) && at(t, i - 1) != '_')
		return false;
	for (size_t k = 0; k < sizeof(forms) / sizeof(*forms); k++) {
		struct str in = str_c(forms[k].in);
		size_t e = i + in.n;

		if (!str_starts_nocase(rest, in))
			continue;
		if (ch_to_lower(at(t, e)) == 's')
			e++;
		else if (at(t, e) == '[' && ch_to_lower(at(t, e + 1)) == 's' && at(t, e + 2) == ']')
			e += 3;
		if (at(t, e) != ':' && at(t, e) != '[' && at(t, e) != '(' && at(t, e) != '{')
			return false;
		bool s = e > i + in.n;
		*put = str_eq(str_c(forms[k].out), S("ftp")) ? (s ? S("ftps") : S("ftp"))
							     : (s ? S("https") : S("http"));
		*end = e;
		return true;
	}
	return false;
}

static bool invisible(struct str t, size_t i, size_t *end)
{
	int a = at(t, i), b = at(t, i + 1), c = at(t, i + 2);

	if (a == 0xc2 && b == 0xad) { /* soft hyphen */
		*end = i + 2;
		return true;
	}
	if ((a == 0xe2 && b == 0x80 && c >= 0x8b && c <= 0x8d) || (a == 0xe2 && b == 0x81 && c == 0xa0) ||
		(a == 0xef && b == 0xbb && c == 0xbf)) {
		*end = i + 3;
		return true;
	}
	return false;
}

/* A disguise at i: replaced, and the offset behind it returned; i when there is none. */
static size_t undo(struct plain *p, struct str t, size_t *done, size_t i)
{
	int c = at(t, i), prev = i ? at(t, i - 1) : -1, next = at(t, i + 1);
	size_t end;
	struct str put;

	switch (c) {
	case '[':
	case '(':
	case '{':
		if (bracketed(t, i, &end, &put)) {
			size_t from = i, to = end;

			/* "evil [.] com", but not "see (.) here": blanks only around square brackets, and between names
			 */
			if (c == '[' && (put.p[0] == '.' || put.p[0] == '@')) {
				while (from > *done && t.p[from - 1] == ' ')
					from--;
				while (at(t, to) == ' ')
					to++;
				if (from == *done || !name_char(at(t, from - 1)) || !name_char(at(t, to)) ||
					i - from > 2 || to - end > 2) {
					from = i;
					to = end;
				}
			}
			prev = from ? at(t, from - 1) : -1;
			if (put.p[0] == ':') {
				/* "[:]" between a scheme and "//", or before a port */
				if (at(t, to) == '/' && at(t, to + 1) == '/' && at(t, to + 2) == '/' && put.n == 1)
					to++;
				else if (!(at(t, to) == '/' || ch_digit(at(t, to)) || put.n > 1) &&
					!name_char(at(t, to)))
					return i;
			} else if (put.p[0] == '/') {
				if (!name_char(prev) && prev != ':' && prev != '/' && prev != ']')
					return i;
			} else if (!name_char(prev) || (!name_char(at(t, to)) && at(t, to) != '[')) {
				return i;
			}
			if (c != '[' && put.p[0] == '.' && !name_char(at(t, to)))
				return i;
			cut(p, t, done, from, to, put);
			return to;
		}
		if (next == '.' && name_char(prev) && name_char(at(t, i + 2)) && c == '[') { /* evil[.com */
			cut(p, t, done, i, i + 2, S("."));
			return i + 2;
		}
		return i;
	case '.':
		if (next == ']' && name_char(prev) && name_char(at(t, i + 2))) { /* evil.]com */
			cut(p, t, done, i, i + 2, S("."));
			return i + 2;
		}
		return i;
	case '\\':
		if (next == '.' && name_char(prev) && name_char(at(t, i + 2))) {
			cut(p, t, done, i, i + 2, S("."));
			return i + 2;
		}
		if ((next == '[' || next == '(') && bracketed(t, i + 1, &end, &put) && name_char(prev) &&
			name_char(at(t, end))) {
			cut(p, t, done, i, end, put);
			return end;
		}
		if (next == '\\' && prev == ':' && scheme_before(t, i - 1) &&
			name_char(at(t, i + 2))) { /* http:\\evil */
			cut(p, t, done, i, i + 2, S("//"));
			return i + 2;
		}
		return i;
	case 0xc2:
	case 0xe2:
	case 0xef:
		if (invisible(t, i, &end)) {
			cut(p, t, done, i, end, S(""));
			return end;
		}
		return i;
	default:
		if (scheme(t, i, &end, &put)) {
			cut(p, t, done, i, end, put);
			return end;
		}
		return i;
	}
}

void plain_read(struct plain *p, struct str text)
{
	size_t done = 0;

	buf_reset(&p->text);
	buf_reset(&p->shifts);
	p->hint = 0;
	for (size_t i = 0; i < text.n;) {
		if (!starter[(unsigned char)text.p[i]]) {
			i++;
			continue;
		}
		size_t to = undo(p, text, &done, i);

		i = to == i ? i + 1 : to;
	}
	p->shift_n = p->shifts.n / sizeof(struct shift);
	if (p->shift_n == 0) {
		p->view = text;
		return;
	}
	buf_mem(&p->text, text.p + done, text.n - done);
	p->view = buf_view(&p->text);
}

/* Index of the last shift at or before the offset, plus one; 0 when none. */
static size_t shift_of(struct plain *p, size_t off)
{
	const struct shift *s = shifts(p);
	size_t i = p->hint;

	if (i > 0 && s[i - 1].at > off) { /* went back: search from the start */
		size_t lo = 0, hi = i;

		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (s[mid].at <= off)
				lo = mid + 1;
			else
				hi = mid;
		}
		return lo;
	}
	while (i < p->shift_n && s[i].at <= off)
		i++;
	p->hint = i;
	return i;
}

size_t plain_origin(struct plain *p, size_t off)
{
	size_t i = shift_of(p, off);

	return i ? (size_t)((ptrdiff_t)off + shifts(p)[i - 1].shift) : off;
}

bool plain_disguised(struct plain *p, size_t from, size_t to)
{
	if (p->shift_n == 0 || to == 0)
		return false;

	size_t lo = shift_of(p, from);

	return shift_of(p, to - 1) > lo;
}
