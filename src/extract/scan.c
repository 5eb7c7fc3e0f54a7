/* scan.c - walks a text once, from one run of name characters (an atom) to the next, and asks at each what it is
 * together with what stands around it. The text is read in blocks of whole lines; each block is first freed from
 * disguise (undisguise.h), so that everything here sees plain text only. Never looks further back than the current
 * line. */
#include "extract/scan.h"

#include <stdlib.h>

#include "extract/kinds.h"
#include "extract/role.h"
#include "extract/scan_int.h"
#include "extract/undisguise.h"
#include "model/value.h"

#define BLOCK_MAX (1u << 20) /* longer lines are cut: a value is lost where the cut falls */
#define URL_MAX 8192

struct scan {
	struct arena *mem;
	struct str whole;
	size_t base; /* offset of the block in the whole */
	struct plain plain;
	struct str t;     /* the block without disguise */
	size_t free_from; /* end of the last finding: nothing reaches back before it */
	bool csv;         /* commas separate fields */
	bool feed;        /* entries, not prose: no roles, a name alone on its line is a host if it can be one */
	struct role role;
	found_fn *fn;
	void *arg;
	bool stop;
};

enum {
	C_ATOM = 1, /* letters, digits, '-', '_', '.', bytes of other scripts */
	C_DIGIT = 2,
	C_DOT = 4,
	C_HIGH = 8,   /* 0x80.. */
	C_START = 16, /* a byte at which the walk stops: atom, '@', ':' */
	C_URL = 32,   /* may stand in a URL (further rules in url_end) */
	C_HEX = 64,
};
static uint8_t cls[256];

__attribute__((constructor)) static void fill_classes(void)
{
	for (int c = 0; c < 256; c++) {
		int k = 0;

		if (ch_alnum(c) || c == '-' || c == '_' || c == '.' || c >= 0x80)
			k |= C_ATOM | C_START;
		if (ch_digit(c))
			k |= C_DIGIT;
		if (c == '.')
			k |= C_DOT;
		if (c >= 0x80)
			k |= C_HIGH;
		if (c == '@' || c == ':')
			k |= C_START;
		if (ch_hex(c) >= 0)
			k |= C_HEX;
		if (c > ' ' && c != 0x7f && !strchr("\"<>`|^\\", c))
			k |= C_URL;
		cls[c] = (uint8_t)k;
	}
}

static int at(const struct scan *sc, size_t i)
{
	return i < sc->t.n ? (unsigned char)sc->t.p[i] : -1;
}

static int before(const struct scan *sc, size_t i)
{
	return i ? (unsigned char)sc->t.p[i - 1] : -1;
}

static bool is_class(int c, int k)
{
	return c >= 0 && (cls[c] & k);
}

/* Bytes of the non-ASCII character at i that separates (dashes, quotes, blanks, bullets, full-width marks); 0 when it
 * is a letter. */
static size_t high_separator(const struct scan *sc, size_t i)
{
	int a = at(sc, i), b = at(sc, i + 1), c = at(sc, i + 2);

	if (a == 0xc2 && b >= 0x80 && b <= 0xbf)
		return 2;
	if (a == 0xe2 && b >= 0x80 && b <= 0xaf && c >= 0x80)
		return 3;
	if (a == 0xe3 && b == 0x80 && c >= 0x80)
		return 3;
	if (a == 0xef && (b == 0xbc || b == 0xbd) && c >= 0x80)
		return 3;
	if (a < 0xc2 || a > 0xf4 || b < 0x80 || b > 0xbf)
		return 1; /* no UTF-8 */
	return 0;
}

static size_t utf8_len(int lead)
{
	return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}

static bool kind_is_hash(struct str type)
{
	return (type.p[0] == 'm' && type.p[1] == 'd') || (type.p[0] == 's' && type.p[1] == 'h');
}

static void emit(struct scan *sc, size_t from, size_t to, struct str type, struct str value, struct str host)
{
	struct found f = { .type = type, .value = value };
	size_t o = sc->base + plain_origin(&sc->plain, from), e = sc->base + plain_origin(&sc->plain, to);

	/* hashes, addresses and hosts are normal as found */
	if (!strchr("dhi", type.p[0]) && !kind_is_hash(type))
		f.value = value_normalise(sc->mem, attr_type_find(type), value);
	f.original = str_sub(sc->whole, o, e - o);
	f.offset = o;
	f.length = e - o;
	f.disguised = plain_disguised(&sc->plain, from, to);
	if (host.n && !f.disguised && !sc->feed) {
		enum role_form form = type.p[0] == 'u' ? (str_find(value, S("://")) == STR_NONE ? FORM_PATH : FORM_URL)
			: type.p[0] == 'e'             ? FORM_EMAIL
						       : FORM_HOST;

		if (role_is_reference(&sc->role, from, to, host, form))
			f.role = ROLE_REFERENCE;
	}
	sc->free_from = to;
	if (arena_over(sc->mem) || !sc->fn(sc->arg, &f))
		sc->stop = true;
}

static struct str part(const struct scan *sc, size_t from, size_t to)
{
	return str_sub(sc->t, from, to - from);
}

static struct str copy(struct scan *sc, size_t from, size_t to)
{
	return str_dup(sc->mem, part(sc, from, to));
}

static struct str copy_lower(struct scan *sc, size_t from, size_t to)
{
	return str_lower(sc->mem, part(sc, from, to));
}

/* End of the URL whose first character behind the host is at i. */
static size_t url_end(const struct scan *sc, size_t start, size_t i)
{
	size_t limit = start + URL_MAX < sc->t.n ? start + URL_MAX : sc->t.n, e = i;
	int quote = before(sc, start), depth = 0;
	bool query = false;

	for (; e < limit; e++) {
		int c = at(sc, e);

		if (!is_class(c, C_URL))
			break;
		if (c >= 0x80 && high_separator(sc, e))
			break;
		if (c == '\'' && quote == '\'')
			break;
		if (c == '?')
			query = true;
		if (c == '(') {
			depth++;
		} else if (c == ')') {
			if (depth == 0)
				break;
			depth--;
		} else if (c == '[') { /* "?a[]=1" but not AsciiDoc's url[text] */
			size_t k = e + 1;

			while (is_class(at(sc, k), C_ATOM) && k - e < 32)
				k++;
			if (!query || at(sc, k) != ']' || (at(sc, k + 1) != '=' && at(sc, k + 1) != '['))
				break;
			e = k;
		} else if (c == ']' || c == '{' || c == '}') {
			if (c == '}' || c == ']' || quote == '{' || !query)
				break;
		} else if (c == ',' || c == ';') {
			int n = at(sc, e + 1);

			if ((sc->csv && c == ',') || n < 0 || !is_class(n, C_URL) || n == '[' || n == '\'')
				break;
			if (str_starts_nocase(str_from(sc->t, e + 1), S("http")) ||
				str_starts_nocase(str_from(sc->t, e + 1), S("ftp")))
				break;
		} else if (c == '&') {
			struct str r = str_from(sc->t, e);

			if (str_starts(r, S("&quot;")) || str_starts(r, S("&lt;")) || str_starts(r, S("&gt;")) ||
				str_starts(r, S("&#39;")))
				break;
		}
	}
	if (e - i > 2 && at(sc, e - 1) == '+' && at(sc, e - 2) == '+') /* AsciiDoc: ++http://example.com/++ */
		e -= 2;
	while (e > i && strchr(".,;:!?'*)", at(sc, e - 1))) {
		if (at(sc, e - 1) == ')' && depth >= 0 && memchr(sc->t.p + i, '(', e - i))
			break;
		e--;
	}
	return e;
}

/* Digits of a port at i (behind ':' or '|'); 0 when there is none. */
static size_t port_at(const struct scan *sc, size_t i)
{
	unsigned v = 0;
	size_t k = i;

	while (k < i + 6 && is_class(at(sc, k), C_DIGIT))
		v = v * 10 + (unsigned)(at(sc, k++) - '0');
	if (k == i || k - i > 5 || v == 0 || v > 65535 || at(sc, i) == '0')
		return 0;
	if (is_class(at(sc, k), C_ATOM) && at(sc, k) != '.' && at(sc, k) != '-')
		return 0;
	if (at(sc, k) == '.' && is_class(at(sc, k + 1), C_DIGIT))
		return 0;
	return k - i;
}

/* The atom's end: letters of other scripts belong to it, separators do not. *seen: classes met. */
static size_t atom_end(const struct scan *sc, size_t i, int *seen)
{
	const unsigned char *p = (const unsigned char *)sc->t.p;
	size_t n = sc->t.n;
	int k = 0;

	while (i < n && (cls[p[i]] & C_ATOM)) {
		if (cls[p[i]] & C_HIGH) {
			if (high_separator(sc, i))
				break;
			k |= C_HIGH;
			i += utf8_len(p[i]);
			if (i > n)
				i = n;
			continue;
		}
		k |= cls[p[i++]];
	}
	*seen = k;
	return i;
}

/* scheme://... with the scheme's end at e. Returns where to go on; e when it is no URL of interest. */
static size_t url(struct scan *sc, size_t b, size_t e)
{
	size_t s = e, h = e + 3, he, end, u;
	int seen;
	struct str host, value;
	struct net net;
	bool ip6 = false;

	while (s > b && (ch_alnum(at(sc, s - 1)) || at(sc, s - 1) == '+'))
		s--;
	while (s < e && !kind_scheme(part(sc, s, e))) /* "xhttp://": a known scheme at the end */
		s++;
	if (s == e || s < sc->free_from)
		return e;
	/* "user:password@" */
	for (u = h; u < h + 256 && is_class(at(sc, u), C_URL) && !strchr("/?#@[]()'", at(sc, u)); u++)
		;
	if (at(sc, u) == '@')
		h = u + 1;
	if (at(sc, h) == '[') {
		for (he = h + 1; he < h + 48 && (is_class(at(sc, he), C_HEX) || at(sc, he) == ':' || at(sc, he) == '.');
			he++)
			;
		if (at(sc, he) != ']' || !net_parse_addr(part(sc, h + 1, he), &net))
			return e;
		ip6 = true;
		host = part(sc, h + 1, he);
		he++;
	} else {
		he = atom_end(sc, h, &seen);
		while (he > h && strchr(".-_", at(sc, he - 1)))
			he--;
		host = part(sc, h, he);
		if (!(seen & C_DOT) || host.n < 4)
			return e;
		if (!kind_ipv4(host)) {
			if (seen & C_HIGH)
				host = domain_ascii(sc->mem, host);
			if (!host.p || !domain_plausible(host))
				return e;
		}
	}
	end = he;
	if (at(sc, he) == ':' && is_class(at(sc, he + 1), C_DIGIT)) {
		end = he + 1;
		while (is_class(at(sc, end), C_DIGIT))
			end++;
	}
	if (at(sc, end) == '/' || at(sc, end) == '?' || at(sc, end) == '#')
		end = url_end(sc, s, end);
	/* scheme and host in lower case, the rest as written */
	struct str scheme = part(sc, s, e), mid = part(sc, e, h), hosttext = part(sc, h, he), rest = part(sc, he, end);
	value = str_fmt(sc->mem, "%.*s%.*s%.*s%.*s", STR(str_lower(sc->mem, scheme)), STR(mid),
		STR(str_lower(sc->mem, hosttext)), STR(rest));
	emit(sc, s, end, S("url"), value, ip6 ? S("") : str_lower(sc->mem, host));
	return end;
}

/* Where a host [b,e) goes on as "/path" or "?query": a URL without a scheme. */
static bool path_follows(const struct scan *sc, size_t e)
{
	int c = at(sc, e), n = at(sc, e + 1);

	return c == '/' && n > 0 && is_class(n, C_URL) && !strchr(",;:!?'*)]}.(", n);
}

static size_t schemeless(struct scan *sc, size_t b, size_t he, size_t path)
{
	size_t end = url_end(sc, b, path);
	struct str host = copy_lower(sc, b, he),
		   value = str_fmt(sc->mem, "%.*s%.*s", STR(host), STR(part(sc, he, end)));

	emit(sc, b, end, S("url"), value, kind_ipv4(host) ? S("") : host);
	return end;
}

/* The word before b says that a dotted number is a version. */
static bool version_before(const struct scan *sc, size_t b)
{
	size_t e = b;
	struct str w;

	while (e && (at(sc, e - 1) == ' ' || at(sc, e - 1) == ':' || at(sc, e - 1) == '='))
		e--;
	for (b = e; b && e - b < 12 && ch_alpha(at(sc, b - 1)); b--)
		;
	w = part(sc, b, e);
	return str_eq_nocase(w, S("version")) || str_eq_nocase(w, S("versions")) || str_eq_nocase(w, S("ver")) ||
		str_eq_nocase(w, S("v")) || str_eq_nocase(w, S("build")) || str_eq_nocase(w, S("release")) ||
		str_eq_nocase(w, S("firmware"));
}

static size_t ipv4(struct scan *sc, size_t b, size_t e)
{
	int next = at(sc, e);
	size_t n;

	/* Chrome/1.2.3.4 in a user agent; but lists "1.2.3.4/5.6.7.8" */
	if (before(sc, b) == '/' && b >= 2 && (ch_alpha(at(sc, b - 2)) || at(sc, b - 2) == '_') &&
		!plain_disguised(&sc->plain, b, e))
		return e;
	if (version_before(sc, b))
		return e;
	if ((next == ':' || next == '|') && (n = port_at(sc, e + 1))) {
		size_t pe = e + 1 + n;

		if (next == ':' && path_follows(sc, pe))
			return schemeless(sc, b, e, pe);
		emit(sc, b, pe, S("ip-dst|port"),
			str_fmt(sc->mem, "%.*s|%.*s", STR(part(sc, b, e)), STR(part(sc, e + 1, pe))), S(""));
		return pe;
	}
	if (next == '/') {
		unsigned len = 0;

		for (n = 0; n < 3 && is_class(at(sc, e + 1 + n), C_DIGIT); n++)
			len = len * 10 + (unsigned)(at(sc, e + 1 + n) - '0');
		if (n && n <= 2 && len <= 32 && !is_class(at(sc, e + 1 + n), C_ATOM) && at(sc, e + 1 + n) != '/') {
			emit(sc, b, e + 1 + n, S("ip-dst"), copy(sc, b, len == 32 ? e : e + 1 + n), S(""));
			return e + 1 + n;
		}
		if (n && n <= 2 && len <= 32 && at(sc, e + 1 + n) == '.' &&
			!ch_alnum(at(sc, e + 2 + n))) { /* end of a sentence */
			emit(sc, b, e + 1 + n, S("ip-dst"), copy(sc, b, len == 32 ? e : e + 1 + n), S(""));
			return e + 1 + n;
		}
		if (path_follows(sc, e))
			return schemeless(sc, b, e, e);
	}
	emit(sc, b, e, S("ip-dst"), copy(sc, b, e), S(""));
	return e;
}

/* Letters' case of a name: detection names and code ("Agent.TEL", "System.Net") mix it, hosts do not. */
static bool case_of_host(struct str s)
{
	struct str last = str_from(s, str_rchr(s, '.') + 1);
	size_t low = 0, last_up = 0, last_low = 0;

	for (size_t i = 0; i < s.n; i++) {
		low += ch_lower((unsigned char)s.p[i]);
		if (i > 1 && ch_upper((unsigned char)s.p[i]) && ch_lower((unsigned char)s.p[i - 1]))
			return false; /* camelCase */
	}
	for (size_t i = 0; i < last.n; i++) {
		last_up += ch_upper((unsigned char)last.p[i]);
		last_low += ch_lower((unsigned char)last.p[i]);
	}
	if (last_up && last_low)
		return false;
	return !(last_up && low);
}

static bool digits_of(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ch_digit((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

/* The line says that it names hosts: a type column, a label. */
static bool says_host(const struct scan *sc, size_t b)
{
	size_t bol = b;
	struct str line;

	while (bol && b - bol < 120 && at(sc, bol - 1) != '\n')
		bol--;
	line = part(sc, bol, b);
	return str_find_nocase(line, S("domain")) != STR_NONE || str_find_nocase(line, S("hostname")) != STR_NONE ||
		str_find_nocase(line, S("fqdn")) != STR_NONE || str_starts(line, S("0.0.0.0 ")) ||
		str_starts(line, S("127.0.0.1 ")) || str_starts(line, S("||"));
}

enum name_kind { NAME_NONE, NAME_HOST, NAME_FILE };

/* Decides between host and file name by the last label and what stands around. */
static enum name_kind name_kind(const struct scan *sc, size_t b, size_t e, bool disguised)
{
	struct str s = part(sc, b, e), last = str_from(s, str_rchr(s, '.') + 1);
	int prev = before(sc, b), next = at(sc, e);
	size_t dot = str_chr(s, '.');
	enum ext_kind ext = kind_ext(last);
	bool two = dot == str_rchr(s, '.');
	bool host_context =
		disguised || (next == ':' && port_at(sc, e + 1)) || (next == '/' && path_follows(sc, e) && prev != '/');

	if (sc->feed && (prev < 0 || ch_space(prev)) && (next < 0 || ch_space(next)))
		host_context = true;
	if (prev == '\\' || prev == '%' || prev == '~')
		return ext ? NAME_FILE : NAME_NONE;
	if (ext == EXT_FILE)
		return domain_has_known_tld(s) && host_context ? NAME_HOST : NAME_FILE;
	if (digits_of(last) || !domain_plausible(s) || !domain_has_known_tld(s))
		return NAME_NONE;
	if (disguised)
		return NAME_HOST;
	if (prev == '/' && b >= 2 && is_class(at(sc, b - 2), C_ATOM)) /* inside a path or a detection name */
		return ext ? NAME_FILE : NAME_NONE;
	if (next == '(' || (prev == ':' && b >= 2 && ch_alpha(at(sc, b - 2)) && !case_of_host(s)))
		return NAME_NONE;
	if (!case_of_host(s)) /* "Setup.zip", but "MSIL.Name.AI" */
		return ext && ch_lower((unsigned char)last.p[0]) ? NAME_FILE : NAME_NONE;
	if (ext == EXT_BOTH && !host_context && (two || (last.n == 3 && ch_to_lower(last.p[0]) == 'z')) &&
		!says_host(sc, b))
		return NAME_FILE;
	/* "id_rsa.pub", "com.apple.Notes": no registered domain holds '_', names turned round are bundle names */
	struct str reg = domain_registered(s);
	if (!reg.p || str_chr(reg, '_') != STR_NONE)
		return NAME_NONE;
	if (str_starts(s, S("com.")) && !two && reg.n + 4 > s.n)
		return NAME_NONE;
	return NAME_HOST;
}

static size_t host(struct scan *sc, size_t b, size_t e, bool cut)
{
	bool disguised = plain_disguised(&sc->plain, b, e);
	enum name_kind k;
	size_t n, pe;
	struct str low, reg, type;

	/* hosts are judged in lower case, the judge sees the case too */
	k = name_kind(sc, b, e, disguised);
	if (k == NAME_FILE) {
		emit(sc, b, e, S("filename"), copy(sc, b, e), S(""));
		return e;
	}
	if (k == NAME_NONE)
		return e;
	low = copy_lower(sc, b, e);
	if (!cut && at(sc, e) == ':' && (n = port_at(sc, e + 1))) {
		pe = e + 1 + n;
		if (path_follows(sc, pe))
			return schemeless(sc, b, e, pe);
		emit(sc, b, pe, S("hostname|port"), str_fmt(sc->mem, "%.*s|%.*s", STR(low), STR(part(sc, e + 1, pe))),
			low);
		return pe;
	}
	if (!cut && path_follows(sc, e))
		return schemeless(sc, b, e, e);
	reg = domain_registered(low);
	type = reg.n == low.n || !reg.p ? S("domain") : S("hostname");
	emit(sc, b, e, type, low, low);
	return e;
}

/* An atom with a dot in it, or one with letters of another script. Returns where to go on. */
static size_t dotted(struct scan *sc, size_t b, size_t e, int seen)
{
	size_t s = b, end = e;
	struct str a;

	while (s < end && strchr(".-_", at(sc, s)))
		s++;
	while (end > s && strchr(".-_", at(sc, end - 1)))
		end--;
	a = part(sc, s, end);
	if (a.n < 4 || str_chr(a, '.') == STR_NONE)
		return e;
	bool cut = end != e;
	if (ch_digit(a.p[0]) && ch_digit(a.p[a.n - 1])) {
		if (kind_ipv4(a))
			return before(sc, s) == '.' ? e
				: cut               ? (emit(sc, s, end, S("ip-dst"), copy(sc, s, end), S("")), e)
						    : ipv4(sc, s, end);
		size_t dash = str_chr(a, '-'); /* 1.2.3.4-1.2.3.9 */
		if (dash != STR_NONE && kind_ipv4(str_sub(a, 0, dash)) && kind_ipv4(str_from(a, dash + 1))) {
			emit(sc, s, s + dash, S("ip-dst"), copy(sc, s, s + dash), S(""));
			emit(sc, s + dash + 1, end, S("ip-dst"), copy(sc, s + dash + 1, end), S(""));
			return e;
		}
	}
	if (seen & C_HIGH) {
		struct str ascii = domain_ascii(sc->mem, a);

		if (ascii.p && domain_plausible(ascii) && domain_has_known_tld(ascii)) {
			struct str reg = domain_registered(ascii);

			emit(sc, s, end, reg.n == ascii.n ? S("domain") : S("hostname"), ascii, ascii);
			return e;
		}
		/* a name glued to text of another script: look at its ASCII parts */
		for (size_t i = s; i < end;) {
			size_t k = i;

			while (k < end && !is_class(at(sc, k), C_HIGH))
				k++;
			if (k > i)
				dotted(sc, i, k, C_DOT);
			for (i = k; i < end && is_class(at(sc, i), C_HIGH);)
				i++;
		}
		return e;
	}
	return cut ? (host(sc, s, end, true), e) : host(sc, s, end, false);
}

/* Hashes in an atom: the whole of it, or a part set off by '-' or '_'. */
static bool hashes(struct scan *sc, size_t b, size_t e)
{
	bool any = false;

	for (size_t i = b; i < e;) {
		size_t k = i;
		bool hex = true, letter = false;

		while (k < e && ch_alnum(at(sc, k))) {
			hex = hex && is_class(at(sc, k), C_HEX);
			letter = letter || ch_alpha(at(sc, k));
			k++;
		}
		struct str type = hex ? kind_hash_of_length(k - i) : (struct str){ 0 };
		if (type.p && letter && (k == e || at(sc, k) != '.' || k + 1 == e) &&
			(i == b || at(sc, i - 1) != '.')) {
			emit(sc, i, k, type, copy_lower(sc, i, k), S(""));
			any = true;
		}
		i = k + 1;
	}
	return any;
}

/* CVE numbers in an atom: alone, or in a detection name ("Exploit.CVE-2017-11882.A"). */
static bool cve(struct scan *sc, size_t b, size_t e)
{
	for (size_t i = b; i + 13 <= e; i++) {
		size_t n;

		if ((at(sc, i) | 0x20) != 'c' || (i > b && ch_alnum(at(sc, i - 1))))
			continue;
		n = kind_cve(part(sc, i, e));
		if (n == 0 || (i + n < e && ch_alnum(at(sc, i + n))))
			continue;
		emit(sc, i, i + n, S("vulnerability"), str_upper(sc->mem, part(sc, i, i + n)), S(""));
		return true;
	}
	return false;
}

/* At b stand hex digits or ':' that may begin an IPv6 address. */
static size_t ipv6(struct scan *sc, size_t b)
{
	size_t e = b, groups = 0, n;
	unsigned colons = 0;
	struct net net;

	while (e < b + 46 && (is_class(at(sc, e), C_HEX) || at(sc, e) == ':' || at(sc, e) == '.'))
		colons += at(sc, e++) == ':';
	if (colons < 2 || is_class(at(sc, e), C_ATOM))
		return b;
	while (e > b && (at(sc, e - 1) == '.' || (at(sc, e - 1) == ':' && !(e - b >= 2 && at(sc, e - 2) == ':'))))
		e--;
	if (e - b < 6 || !net_parse_addr(part(sc, b, e), &net) || net.fam != 6)
		return b;
	for (size_t i = b; i < e; i++)
		groups += at(sc, i) != ':' && (i == b || at(sc, i - 1) == ':');
	if (groups < 3 && net.addr[0] != 0x20 && net.addr[0] != 0x2a && net.addr[0] != 0x26 && net.addr[0] < 0xfc)
		return b;
	struct str value = net_text(sc->mem, &net);
	if (at(sc, e) == '/' && (n = 0, true)) {
		unsigned len = 0;

		while (n < 3 && is_class(at(sc, e + 1 + n), C_DIGIT))
			len = len * 10 + (unsigned)(at(sc, e + 1 + n++) - '0');
		if (n && len <= 128 && !is_class(at(sc, e + 1 + n), C_ATOM)) {
			if (len < 128)
				value = str_fmt(sc->mem, "%.*s/%u", STR(value), len);
			emit(sc, b, e + 1 + n, S("ip-dst"), value, S(""));
			return e + 1 + n;
		}
	}
	if (before(sc, b) == '[' && at(sc, e) == ']' && at(sc, e + 1) == ':' && (n = port_at(sc, e + 2))) {
		emit(sc, b, e + 2 + n, S("ip-dst|port"),
			str_fmt(sc->mem, "%.*s|%.*s", STR(value), STR(part(sc, e + 2, e + 2 + n))), S(""));
		return e + 2 + n;
	}
	emit(sc, b, e, S("ip-dst"), value, S(""));
	return e;
}

/* '@' at i: an address around it. Returns where to go on. */
static size_t email(struct scan *sc, size_t i)
{
	size_t b = i, e;
	int seen;
	struct str dom;

	while (b > sc->free_from && i - b < 64 &&
		(ch_alnum(at(sc, b - 1)) || (at(sc, b - 1) > 0 && strchr("._%+-'&=", at(sc, b - 1)))))
		b--;
	while (b < i && strchr(".-'&=%", at(sc, b)))
		b++;
	e = atom_end(sc, i + 1, &seen);
	if (b == i || !(seen & C_DOT) || (seen & C_HIGH))
		return i + 1;
	while (e > i && strchr(".-_", at(sc, e - 1)))
		e--;
	/* "mailto=a@b" and "x='a@b'": the part behind the last such mark */
	for (size_t k = i; k > b; k--)
		if (strchr("'=&", at(sc, k - 1))) {
			b = k;
			break;
		}
	dom = copy_lower(sc, i + 1, e);
	if (b == i || !domain_plausible(dom) || !domain_has_known_tld(dom))
		return i + 1;
	emit(sc, b, e, S("email"), copy_lower(sc, b, e), dom);
	return e;
}

/* HKLM\..., HKEY_LOCAL_MACHINE\..., HKCU:\... with the root in [b,e). */
static size_t regkey(struct scan *sc, size_t b, size_t e)
{
	static const char *const roots[] = { "HKLM", "HKCU", "HKCR", "HKU", "HKCC", "HKEY_LOCAL_MACHINE",
		"HKEY_CURRENT_USER", "HKEY_CLASSES_ROOT", "HKEY_USERS", "HKEY_CURRENT_CONFIG" };
	size_t i, last, colon = at(sc, e) == ':';
	int quote = before(sc, b);
	bool known = false;

	for (size_t k = 0; k < sizeof(roots) / sizeof(*roots); k++)
		known = known || str_eq_nocase(part(sc, b, e), str_c(roots[k]));
	if (!known || at(sc, e + colon) != '\\' || is_class(at(sc, e + colon + 1), C_URL) == false)
		return e;
	if (quote != '"' && quote != '\'' && quote != '`')
		quote = -1;
	for (i = last = e + colon; i < sc->t.n && i - b < 512; i++) {
		int c = at(sc, i);

		if (c < ' ' || c == '"' || c == '`' || c == '|' || c == '<' || c == '>' || c == '*' ||
			(c == '\'' && quote == '\'') || (c == ',' && quote < 0) || (c == ' ' && at(sc, i + 1) == ' '))
			break;
		if (c == '\\')
			last = i;
	}
	if (quote < 0 || at(sc, i) != quote)
		for (size_t k = last; k < i; k++) /* blanks only before the last backslash */
			if (at(sc, k) == ' ') {
				i = k;
				break;
			}
	while (i > e && strchr(".,;:)\\ ", at(sc, i - 1)))
		i--;
	if (i <= e + colon)
		return e;
	emit(sc, b, i, S("regkey"), copy(sc, b, i), S(""));
	return i;
}

/* One atom [b,e). Returns where to go on (at least e). */
static size_t atom(struct scan *sc, size_t b, size_t e, int seen)
{
	int next = at(sc, e);
	struct str a = part(sc, b, e);
	size_t to, n;

	if (next == '@')
		return e;
	if (next == ':') {
		if (at(sc, e + 1) == '/' && at(sc, e + 2) == '/') {
			to = url(sc, b, e);
			return to == e ? e + 3 : to;
		}
		if (a.n == 2 && kind_mac(str_sub(sc->t, b, 17)) && !is_class(at(sc, b + 17), C_ATOM) &&
			at(sc, b + 17) != ':' && before(sc, b) != ':') {
			emit(sc, b, b + 17, S("mac-address"), copy_lower(sc, b, b + 17), S(""));
			return b + 17;
		}
		if (a.n <= 4 && is_class(at(sc, b), C_HEX) && before(sc, b) != ':' && (to = ipv6(sc, b)) != b)
			return to;
		if ((seen & C_DIGIT) && (n = kind_ssdeep(str_sub(sc->t, b, 160)))) {
			emit(sc, b, b + n, S("ssdeep"), copy(sc, b, b + n), S(""));
			return b + n;
		}
	}
	if ((next == '\\' || next == ':') && a.n >= 3 && (a.p[0] | 0x20) == 'h' && (a.p[1] | 0x20) == 'k')
		if ((to = regkey(sc, b, e)) != e)
			return to;
	if (!(seen & (C_DIGIT | C_DOT | C_HIGH)))
		return e;
	if (seen & C_DOT) {
		size_t was = sc->free_from;

		to = dotted(sc, b, e, seen);
		if (to != e || sc->free_from != was)
			return to;
	}
	if (a.n == 17 && kind_mac(a)) {
		emit(sc, b, e, S("mac-address"), copy_lower(sc, b, e), S(""));
		return e;
	}
	if (a.n >= 32 && hashes(sc, b, e))
		return e;
	if (a.n >= 13 && (seen & C_DIGIT) && cve(sc, b, e))
		return e;
	while (a.n && strchr(".-_", a.p[a.n - 1]))
		a.n--;
	if (a.n >= 14 && kind_btc(a)) {
		emit(sc, b, b + a.n, S("btc"), copy(sc, b, b + a.n), S(""));
		return e;
	}
	if (kind_as(a))
		emit(sc, b, b + a.n, S("AS"), copy(sc, b, b + a.n), S(""));
	return e;
}

static void block(struct scan *sc)
{
	const unsigned char *p;
	size_t n;

	sc->t = sc->plain.view;
	sc->free_from = 0;
	role_block(&sc->role, sc->t);
	p = (const unsigned char *)sc->t.p;
	n = sc->t.n;
	for (size_t i = 0; i < n && !sc->stop;) {
		int seen;
		size_t e;

		if (!(cls[p[i]] & C_START)) {
			i++;
			continue;
		}
		if (p[i] == '@') {
			i = email(sc, i);
			continue;
		}
		if (p[i] == ':') {
			if (at(sc, i + 1) == ':' && is_class(at(sc, i + 2), C_HEX) &&
				!is_class(before(sc, i), C_ATOM)) {
				e = ipv6(sc, i);
				i = e == i ? i + 2 : e;
			} else {
				i++;
			}
			continue;
		}
		if (p[i] >= 0x80 && (e = high_separator(sc, i))) {
			i += e;
			continue;
		}
		e = atom_end(sc, i, &seen);
		i = atom(sc, i, e, seen);
	}
}

bool scan_is_csv(struct str t)
{
	struct cur c = cur_of(str_sub(t, 0, 64 << 10));
	struct str line;
	size_t lines = 0, same = 0, first = 0;

	while (lines < 50 && cur_line(&c, &line)) {
		size_t commas = 0;
		bool quoted = false;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		for (size_t i = 0; i < line.n; i++) {
			quoted ^= line.p[i] == '"';
			commas += line.p[i] == ',' && !quoted;
		}
		if (lines == 0)
			first = commas;
		lines++;
		same += commas == first;
	}
	return first >= 1 && lines >= 2 && same * 10 >= lines * 8;
}

static bool run(struct scan *sc, struct str text)
{
	plain_init(&sc->plain);
	while (sc->base < text.n && !sc->stop) {
		struct str b = str_sub(text, sc->base, BLOCK_MAX);

		if (sc->base + b.n < text.n) { /* whole lines, else whole words */
			size_t cutat = str_rchr(b, '\n');

			for (size_t i = b.n; cutat == STR_NONE && i > b.n / 2; i--)
				if (ch_space((unsigned char)b.p[i - 1]))
					cutat = i - 1;
			if (cutat != STR_NONE)
				b.n = cutat + 1;
		}
		plain_read(&sc->plain, b);
		block(sc);
		sc->base += b.n;
	}
	plain_clear(&sc->plain);
	return !sc->stop;
}

bool scan_text(struct arena *a, struct str text, found_fn *fn, void *arg)
{
	struct scan sc = { .mem = a, .whole = text, .fn = fn, .arg = arg, .csv = scan_is_csv(text) };

	role_init(&sc.role, text);
	return run(&sc, text);
}

bool scan_entries(struct arena *a, struct str text, bool csv, found_fn *fn, void *arg)
{
	struct scan sc = { .mem = a, .whole = text, .fn = fn, .arg = arg, .csv = csv, .feed = true };

	return run(&sc, text);
}

static bool keep(void *arg, const struct found *f)
{
	struct found_list *l = ((void **)arg)[0];
	struct arena *a = ((void **)arg)[1];

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct found *v = arena_many(a, cap, struct found);

		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = *f;
	return true;
}

bool scan_all(struct arena *a, struct str text, struct found_list *out)
{
	void *arg[2] = { out, a };

	return scan_text(a, text, keep, arg);
}
