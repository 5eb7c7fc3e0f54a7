/* normalise.c - one spelling for each value: trim, refang, then the rules of the type (rules_int.h), each a function from text to text.
 * A rule that has nothing to change returns its input, so the usual clean value is never copied. What a rule cannot read it leaves
 * alone; the check refuses it. Characters outside the Basic Multilingual Plane are kept (MISP's old column charset turns them into "?"). */
#include "model/value.h"

#include "model/ascii_int.h"
#include "model/datetime.h"
#include "model/rules_int.h"

struct swap {
	struct str from, to;
};

/* Every `from` (any case of letters) becomes its `to`, which is never longer. All begin with one of two bytes. */
static struct str swap_all(struct arena *a, struct str s, const struct swap *t, size_t n)
{
	char *out = NULL;
	size_t k = 0, kept = 0; /* bytes written; input before this is written */

	for (size_t i = 0; i < s.n;) {
		const struct swap *hit = NULL;

		if (s.p[i] == '[' || s.p[i] == '(')
			for (size_t j = 0; j < n && !hit; j++)
				if (str_starts_nocase(str_from(s, i), t[j].from))
					hit = &t[j];
		if (!hit) {
			i++;
			continue;
		}
		if (!out)
			out = arena_alloc(a, s.n);
		memcpy(out + k, s.p + kept, i - kept);
		k += i - kept;
		memcpy(out + k, hit->to.p, hit->to.n);
		k += hit->to.n;
		i += hit->from.n;
		kept = i;
	}
	if (!out)
		return s;
	memcpy(out + k, s.p + kept, s.n - kept);
	return str_n(out, k + s.n - kept);
}

static bool bracketed(struct str s)
{
	return s.n && (memchr(s.p, '[', s.n) || memchr(s.p, '(', s.n));
}

static struct str join(struct arena *a, struct str x, struct str y)
{
	char *p = arena_alloc(a, x.n + y.n + 1);

	memcpy(p, x.p, x.n);
	memcpy(p + x.n, y.p, y.n);
	p[x.n + y.n] = 0;
	return str_n(p, x.n + y.n);
}

static struct str norm_scheme(struct arena *a, struct str s)
{
	static const struct str fanged[] = { S("hxxp"), S("hxtp"), S("htxp"), S("meow"), S("h[tt]p") };
	static const struct swap inside[] = { { S("[hxxp://]"), S("http://") } };

	for (size_t i = 0; i < sizeof(fanged) / sizeof(*fanged); i++)
		if (str_starts_nocase(s, fanged[i])) {
			s = join(a, S("http"), str_from(s, fanged[i].n));
			break;
		}
	return bracketed(s) ? swap_all(a, s, inside, 1) : s;
}

static struct str norm_dot(struct arena *a, struct str s)
{
	static const struct swap t[] = { { S("[.]"), S(".") }, { S("[dot]"), S(".") }, { S("(dot)"), S(".") } };

	return bracketed(s) ? swap_all(a, s, t, 3) : s;
}

static struct str norm_at(struct arena *a, struct str s)
{
	static const struct swap t[] = { { S("[@]"), S("@") }, { S("[at]"), S("@") } };

	return bracketed(s) ? swap_all(a, s, t, 2) : s;
}

static struct str norm_colon(struct arena *a, struct str s)
{
	static const struct swap t[] = { { S("[:]"), S(":") } };

	return bracketed(s) ? swap_all(a, s, t, 1) : s;
}

/* Bytes mapped through fn (-1: dropped); copied only from the first byte that changes. */
static struct str map_bytes(struct arena *a, struct str s, int (*fn)(int))
{
	size_t i = 0, k;
	char *out;

	while (i < s.n && fn((unsigned char)s.p[i]) == (unsigned char)s.p[i])
		i++;
	if (i == s.n)
		return s;
	out = arena_alloc(a, s.n);
	memcpy(out, s.p, i);
	for (k = i; i < s.n; i++) {
		int c = fn((unsigned char)s.p[i]);

		if (c >= 0)
			out[k++] = (char)c;
	}
	return str_n(out, k);
}

static int only_digit(int c) { return ch_digit(c) ? c : -1; }
static int only_alnum_upper(int c) { return ch_alnum(c) ? ch_to_upper(c) : -1; }
static int only_dial(int c) { return ch_digit(c) || c == '+' ? c : -1; }
static int no_colon_lower(int c) { return c == ':' ? -1 : ch_to_lower(c); }
static int no_mac_sep_lower(int c) { return c == '.' || c == ':' || c == '-' || ch_space(c) ? -1 : ch_to_lower(c); }
static int colon_to_bar_lower(int c) { return c == ':' ? '|' : ch_to_lower(c); }

static struct str norm_lower(struct arena *a, struct str s)
{
	uint64_t upper, high;

	ascii_scan(s, &upper, &high);
	return upper ? str_lower(a, s) : s;
}

static struct str norm_upper(struct arena *a, struct str s) { return map_bytes(a, s, ch_to_upper); }
static struct str norm_digits(struct arena *a, struct str s) { return map_bytes(a, s, only_digit); }
static struct str norm_alnum_upper(struct arena *a, struct str s) { return map_bytes(a, s, only_alnum_upper); }
static struct str norm_fingerprint(struct arena *a, struct str s) { return map_bytes(a, s, no_colon_lower); }
static struct str norm_host_port(struct arena *a, struct str s) { return map_bytes(a, s, colon_to_bar_lower); }

static struct str join_bar(struct arena *a, struct str v1, struct str v2)
{
	char *p = arena_alloc(a, v1.n + v2.n + 2);

	memcpy(p, v1.p, v1.n);
	p[v1.n] = '|';
	memcpy(p + v1.n + 1, v2.p, v2.n);
	p[v1.n + 1 + v2.n] = 0;
	return str_n(p, v1.n + 1 + v2.n);
}

static struct str norm_lower_second(struct arena *a, struct str s)
{
	size_t bar = str_chr(s, '|');
	struct str second, low;

	if (bar == STR_NONE)
		return s;
	second = str_from(s, bar + 1);
	low = norm_lower(a, second);
	return low.p == second.p ? s : join_bar(a, str_n(s.p, bar), low);
}

static struct str norm_ip(struct arena *a, struct str s)
{
	size_t slash = str_chr(s, '/');
	struct str addr = slash == STR_NONE ? s : str_n(s.p, slash), plen = str_from(s, slash == STR_NONE ? s.n : slash + 1), text;
	struct net n;

	if (str_chr(addr, ':') == STR_NONE) /* IPv4 text is left as typed */
		return str_eq(plen, S("32")) && net_parse_addr(addr, &n) ? addr : s;
	if (!net_parse_addr(addr, &n))
		return s;
	text = net_text(a, &n);
	if (slash == STR_NONE || str_eq(plen, S("128")))
		return str_eq(text, addr) ? addr : text;
	return str_eq(text, addr) ? s : join(a, text, str_from(s, slash));
}

static struct str norm_domain(struct arena *a, struct str s)
{
	struct str ascii;

	while (s.n && s.p[0] == '.')
		s = str_from(s, 1);
	while (s.n && s.p[s.n - 1] == '.')
		s.n--;
	s = norm_lower(a, s);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80) {
			ascii = domain_ascii(a, s);
			return ascii.p ? ascii : s;
		}
	return s;
}

static struct str norm_domain_ip(struct arena *a, struct str s)
{
	size_t bar;
	struct str v1, v2, d, ip;

	s = norm_lower(a, s);
	bar = str_chr(s, '|');
	if (bar == STR_NONE || bar != str_rchr(s, '|'))
		return s;
	v1 = str_n(s.p, bar);
	v2 = str_from(s, bar + 1);
	d = norm_domain(a, v1);
	ip = norm_ip(a, v2);
	return d.p == v1.p && d.n == v1.n && ip.p == v2.p && ip.n == v2.n ? s : join_bar(a, d, ip);
}

/* The en dash that word processors put for "-". */
static struct str plain_dash(struct arena *a, struct str s)
{
	const struct str dash = S("\xe2\x80\x93");
	char *out;
	size_t k = 0;

	if (str_find(s, dash) == STR_NONE)
		return s;
	out = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n;) {
		if (str_starts(str_from(s, i), dash)) {
			out[k++] = '-';
			i += dash.n;
		} else {
			out[k++] = s.p[i++];
		}
	}
	return str_n(out, k);
}

static struct str norm_dash_upper(struct arena *a, struct str s)
{
	return norm_upper(a, plain_dash(a, s));
}

/* Other schemes than CVE and GCVE keep their case: GHSA identifiers are lower case by definition. */
static struct str norm_vuln(struct arena *a, struct str s)
{
	s = plain_dash(a, s);
	return str_starts_nocase(s, S("cve-")) || str_starts_nocase(s, S("gcve-")) ? norm_upper(a, s) : s;
}

static struct str norm_phone(struct arena *a, struct str s)
{
	static const struct swap trunk[] = { { S("(0)"), S("") } };

	if (str_starts(s, S("00")))
		s = join(a, S("+"), str_from(s, 2));
	return map_bytes(a, bracketed(s) ? swap_all(a, s, trunk, 1) : s, only_dial);
}

/* Splits at sep when what stands before is an address and something stands behind. */
static bool split_addr(struct str s, size_t at, size_t sep_n, struct str *addr, struct str *port)
{
	struct net n;

	if (at == STR_NONE || !net_parse(str_trim(str_n(s.p, at)), &n))
		return false;
	*addr = str_trim(str_n(s.p, at));
	*port = str_trim(str_from(s, at + sep_n));
	return true;
}

static struct str norm_ip_port(struct arena *a, struct str s)
{
	static const struct str seps[] = { S("."), S(" port "), S("p"), S("#") };
	size_t bar = str_chr(s, '|'), colon = str_chr(s, ':'), close;
	struct str addr, port, ip;

	if (bar != STR_NONE) {
		addr = str_n(s.p, bar);
		port = str_from(s, bar + 1);
		port = str_n(port.p, str_chr(port, '|') == STR_NONE ? port.n : str_chr(port, '|')); /* a third part is dropped, as MISP does */
		ip = norm_ip(a, addr);
		return ip.p == addr.p && ip.n == addr.n ? str_n(s.p, bar + 1 + port.n) : join_bar(a, ip, port);
	}
	if (colon == STR_NONE)
		return s;
	if (colon == str_rchr(s, ':')) /* a single one: IPv4 */
		return join_bar(a, norm_ip(a, str_n(s.p, colon)), str_from(s, colon + 1));
	close = str_find(s, S("]:"));
	if (s.p[0] == '[' && close != STR_NONE)
		return join_bar(a, norm_ip(a, str_sub(s, 1, close - 1)), str_from(s, close + 2));
	for (size_t i = 0; i < sizeof(seps) / sizeof(*seps); i++) {
		size_t at = seps[i].n == 1 ? str_rchr(s, seps[i].p[0]) : str_find_nocase(s, seps[i]);

		if (split_addr(s, at, seps[i].n, &addr, &port))
			return join_bar(a, norm_ip(a, addr), port);
	}
	colon = str_rchr(s, ':');
	return join_bar(a, norm_ip(a, str_n(s.p, colon)), str_from(s, colon + 1));
}

static struct str norm_mac(struct arena *a, struct str s)
{
	struct str digits = map_bytes(a, s, no_mac_sep_lower);
	char *out;
	size_t k = 0;

	if (digits.n < 3 || digits.n > 64)
		return digits;
	out = arena_alloc(a, digits.n * 3 / 2 + 1);
	for (size_t i = 0; i < digits.n; i++) {
		if (i && i % 2 == 0)
			out[k++] = ':';
		out[k++] = digits.p[i];
	}
	return str_n(out, k);
}

/* Any other text than these is "true", as in PHP. */
static struct str norm_boolean(struct arena *a, struct str s)
{
	return s.n == 0 || str_eq(s, S("0")) || str_eq_nocase(s, S("false")) ? S("0") : S("1");
}

static struct str norm_datetime(struct arena *a, struct str s)
{
	int64_t us;
	int zone;

	return datetime_parse(s, &us, &zone) ? datetime_text(a, us, zone) : s;
}

static struct str norm_as(struct arena *a, struct str s)
{
	size_t dot;
	uint64_t high, low;

	if (str_starts_nocase(s, S("AS")))
		s = str_from(s, 2);
	dot = str_chr(s, '.');
	if (dot != STR_NONE && str_u64(str_n(s.p, dot), &high) && str_u64(str_from(s, dot + 1), &low) && high <= UINT32_MAX &&
	    low <= UINT32_MAX)
		return str_fmt(a, "%llu", (unsigned long long)(high * 65536 + low));
	return s;
}

static const struct {
	const char *name;
	struct str (*fn)(struct arena *, struct str);
} rules[] = {
#define X(name, text, fn) { text, fn },
	NORM_TABLE(X)
#undef X
};

const char *norm_rule_name(enum norm_rule r)
{
	return rules[r].name;
}

struct str value_normalise(struct arena *a, const struct attr_type *t, struct str raw)
{
	struct str s = raw.p ? str_trim(raw) : S("");

	if (s.n > 2 * VALUE_MAX) /* no rule makes that acceptable */
		return s;
	for (uint32_t todo = t->norm; todo; todo &= todo - 1)
		s = rules[__builtin_ctz(todo)].fn(a, s);
	return s;
}

void value_split(const struct attr_type *t, struct str value, struct str *v1, struct str *v2)
{
	size_t bar = t->composite ? str_chr(value, '|') : STR_NONE;

	*v1 = bar == STR_NONE ? value : str_n(value.p, bar);
	*v2 = bar == STR_NONE ? S("") : str_from(value, bar + 1);
}

struct str value_join(struct arena *a, const struct attr_type *t, struct str v1, struct str v2)
{
	return t->composite ? join_bar(a, v1, v2) : v1;
}
