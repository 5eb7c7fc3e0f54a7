/* refang.c - takes the disguise off indicators in a text of any size: one pass over the bytes, copying only when there is something to
 * change. Not a parser: it knows neither where an indicator begins nor whether one does; extraction decides that afterwards.
 * The narrower rules for single values of a type are in normalise.c. */
#include "model/value.h"

struct swap {
	struct str from, to;
};

/* What may stand between [ ], ( ) or { }, in any case, with blanks around it. The rows with `any` false count between [ ] only:
 * "(/)" and "{:}" are common text. */
static const struct {
	struct str in, out;
	bool any;
} inside[] = {
	{ S("."), S("."), true }, { S("dot"), S("."), true }, { S("@"), S("@"), true }, { S("at"), S("@"), true },
	{ S(":"), S(":"), false }, { S("://"), S("://"), false }, { S(":/"), S(":/"), false }, { S("/"), S("/"), false },
	{ S("//"), S("//"), false },
};

/* Schemes in disguise; behind it, and perhaps an "s", comes ":/" or an opening bracket: "meow: said the cat" is none. */
static const struct swap schemes[] = {
	{ S("hxxp"), S("http") }, { S("hxtp"), S("http") }, { S("htxp"), S("http") }, { S("h**p"), S("http") },
	{ S("h[tt]p"), S("http") }, { S("h[xx]p"), S("http") }, { S("meow"), S("http") }, { S("fxp"), S("ftp") },
};

struct work {
	struct str s;
	size_t i;     /* next byte to look at */
	size_t kept;  /* input before this is in the output */
	char *out;
	size_t n;
};

static int at(const struct work *w, size_t i)
{
	return i < w->s.n ? (unsigned char)w->s.p[i] : 0;
}

/* Byte that can stand in a name or an address; characters beyond ASCII count. */
static bool namely(int c)
{
	return ch_alnum(c) || c == '-' || c == '_' || c >= 0x80;
}

/* Input [from, to) becomes `by`, which is not longer. */
static void put(struct work *w, struct arena *a, size_t from, size_t to, struct str by)
{
	if (!w->out)
		w->out = arena_alloc(a, w->s.n);
	memcpy(w->out + w->n, w->s.p + w->kept, from - w->kept);
	w->n += from - w->kept;
	memcpy(w->out + w->n, by.p, by.n);
	w->n += by.n;
	w->kept = w->i = to;
}

static bool scheme(const struct work *w, size_t from, size_t *end, struct str *to)
{
	struct str rest = str_from(w->s, from);

	for (size_t k = 0; k < sizeof(schemes) / sizeof(*schemes); k++) {
		size_t i = from + schemes[k].from.n;

		if (!str_starts_nocase(rest, schemes[k].from))
			continue;
		if ((at(w, i) | 0x20) == 's')
			i++;
		if (at(w, i) == ':' ? !at(w, i + 1) || !strchr("/\\[", at(w, i + 1)) : !at(w, i) || !strchr("[({", at(w, i)))
			return false;
		*end = from + schemes[k].from.n;
		*to = schemes[k].to;
		return true;
	}
	return false;
}

/* "[http://]", "[hxxps://]": the bracket goes, the scheme stays. */
static bool bracketed_scheme(struct work *w, struct arena *a)
{
	size_t from = w->i + 1, end = from;
	struct str to = S("http"), rest = str_from(w->s, from);

	if (str_starts_nocase(rest, S("http")))
		end = from + 4;
	else if (!scheme(w, from, &end, &to))
		return false;
	rest = str_from(w->s, end);
	if (str_starts_nocase(rest, S("s://]"))) {
		put(w, a, w->i, end, to);
		put(w, a, end + 4, end + 5, S(""));
	} else if (str_starts(rest, S("://]"))) {
		put(w, a, w->i, end, to);
		put(w, a, end + 3, end + 4, S(""));
	} else {
		return false;
	}
	return true;
}

static bool bracket(struct work *w, struct arena *a)
{
	int open = at(w, w->i), close = open == '(' ? ')' : open == '[' ? ']' : '}';
	size_t from = w->i, i = w->i + 1, j;

	while (at(w, i) == ' ' && i - from < 3)
		i++;
	for (size_t k = 0; k < sizeof(inside) / sizeof(*inside); k++) {
		if ((open != '[' && !inside[k].any) || !str_starts_nocase(str_from(w->s, i), inside[k].in))
			continue;
		for (j = i + inside[k].in.n; at(w, j) == ' ' && j - i < 8;)
			j++;
		if (at(w, j) == close) {
			j++;
			if (from > w->kept && at(w, from - 1) == ' ' && at(w, j) == ' ' && from > 1 && namely(at(w, from - 2)) &&
			    namely(at(w, j + 1))) { /* "user [at] example [dot] com" */
				from--;
				j++;
			} else if (inside[k].in.p[0] == ':' && at(w, j) == '/') { /* "[:]///": two are meant */
				size_t slashes = j;

				while (at(w, slashes) == '/')
					slashes++;
				if (inside[k].in.n == 1 && slashes - j > 2)
					j = slashes - 2;
			}
			put(w, a, from, j, inside[k].out);
			return true;
		}
		/* "example[.com": one bracket only */
		if (k == 0 && open == '[' && j == i + 1 && from && namely(at(w, from - 1)) && namely(at(w, j))) {
			put(w, a, from, j, S("."));
			return true;
		}
	}
	return open == '[' && bracketed_scheme(w, a);
}

/* "example\.com", but not "C:\dir\.ssh": no other backslash in the word. */
static bool escaped_dot(struct work *w, struct arena *a)
{
	size_t lo = w->i, hi = w->i + 2;

	if (at(w, w->i + 1) != '.' || w->i == 0 || !namely(at(w, w->i - 1)) || !namely(at(w, w->i + 2)))
		return false;
	for (; lo > 0 && w->i - lo < 256 && !ch_space(at(w, lo - 1)); lo--)
		if (at(w, lo - 1) == '\\' && at(w, lo) != '.')
			return false;
	for (; hi < w->s.n && hi - w->i < 256 && !ch_space(at(w, hi)); hi++)
		if (at(w, hi) == '\\' && at(w, hi + 1) != '.')
			return false;
	put(w, a, w->i, w->i + 1, S(""));
	return true;
}

/* U+200B..U+200D, U+2060, U+FEFF, U+00AD inside a name: put there against searching. */
static bool invisible(struct work *w, struct arena *a)
{
	static const struct str marks[] = { S("\xe2\x80\x8b"), S("\xe2\x80\x8c"), S("\xe2\x80\x8d"), S("\xe2\x81\xa0"), S("\xef\xbb\xbf"), S("\xc2\xad") };
	struct str rest = str_from(w->s, w->i);

	for (size_t k = 0; k < sizeof(marks) / sizeof(*marks); k++)
		if (str_starts(rest, marks[k])) {
			int before = w->i ? at(w, w->i - 1) : 0, after = at(w, w->i + marks[k].n);

			if ((!namely(before) && before != '.' && before != ']') || (!namely(after) && after != '.' && after != '['))
				return false;
			put(w, a, w->i, w->i + marks[k].n, S(""));
			return true;
		}
	return false;
}

struct str value_refang(struct arena *a, struct str s)
{
	struct work w = { .s = s };

	while (w.i < s.n) {
		bool done = false;
		size_t end;
		struct str to;

		switch ((unsigned char)s.p[w.i]) {
		case '[': case '(': case '{':
			done = bracket(&w, a);
			break;
		case ']': /* "example.]com" */
			if (w.i > 1 && at(&w, w.i - 1) == '.' && namely(at(&w, w.i - 2)) && namely(at(&w, w.i + 1))) {
				put(&w, a, w.i, w.i + 1, S(""));
				done = true;
			}
			break;
		case '\\':
			done = escaped_dot(&w, a);
			break;
		case 'h': case 'H': case 'm': case 'M': case 'f': case 'F':
			if (strchr("xXtT*[eE", at(&w, w.i + 1)) && (w.i == 0 || !ch_alnum(at(&w, w.i - 1))) && scheme(&w, w.i, &end, &to)) {
				put(&w, a, w.i, end, to);
				done = true;
			}
			break;
		case 0xe2: case 0xef: case 0xc2:
			done = invisible(&w, a);
			break;
		}
		if (!done)
			w.i++;
	}
	if (!w.out)
		return s;
	memcpy(w.out + w.n, s.p + w.kept, s.n - w.kept);
	return str_n(w.out, w.n + s.n - w.kept);
}
