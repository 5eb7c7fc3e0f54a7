/* validate.c - is a normalised value acceptable for its type: first what holds for all, then the rule of the type (rules_int.h), each a
 * function from text to yes or no with its message beside it in the table. Hand-written matchers, no regular expressions: they run
 * for every attribute stored. */
#include "model/value.h"

#include "base/json.h"
#include "base/uuid.h"
#include "model/datetime.h"
#include "model/rules_int.h"

/* Classes of bytes, a bit each. */
enum {
	DIGIT = 1 << 0, HEX_LOW = 1 << 1, HEX = 1 << 2, ALNUM = 1 << 3, DNS = 1 << 4, TLD = 1 << 5, BASE64 = 1 << 6, SCHEME = 1 << 7,
	WORD = 1 << 8, ONION = 1 << 9, CONTROL = 1 << 10,
	IN_ALL = ALNUM | DNS | TLD | BASE64 | SCHEME | WORD,
};
static const uint16_t class_of[256] = {
	['0' ... '1'] = IN_ALL | DIGIT | HEX_LOW | HEX,
	['2' ... '7'] = IN_ALL | DIGIT | HEX_LOW | HEX | ONION,
	['8' ... '9'] = IN_ALL | DIGIT | HEX_LOW | HEX,
	['a' ... 'f'] = IN_ALL | HEX_LOW | HEX | ONION,
	['g' ... 'z'] = IN_ALL | ONION,
	['A' ... 'F'] = IN_ALL | HEX,
	['G' ... 'Z'] = IN_ALL,
	['-'] = DNS | TLD | SCHEME | WORD,
	['.'] = DNS | SCHEME | WORD,
	['_'] = DNS | WORD,
	['+'] = BASE64 | SCHEME,
	['/'] = BASE64,
	[':'] = WORD,
	[0 ... 0x1f] = CONTROL,
	[0x7f] = CONTROL,
};

static bool is(char c, int class)
{
	return class_of[(unsigned char)c] & class;
}

/* Length of the run of bytes of a class that begins at `from`. */
static size_t run(struct str s, size_t from, int class)
{
	size_t i = from;

	while (i < s.n && is(s.p[i], class))
		i++;
	return i - from;
}

static bool all(struct str s, int class)
{
	return s.n && run(s, 0, class) == s.n;
}

/* Both halves around the only "|"; the first one not empty and on one line. */
static bool named(struct str s, struct str *rest)
{
	size_t bar = str_chr(s, '|');

	if (bar == STR_NONE || bar == 0 || memchr(s.p, '\n', bar))
		return false;
	*rest = str_from(s, bar + 1);
	return true;
}

static bool v_any(struct str s, int arg) { return true; }
static bool v_one_line(struct str s, int arg) { return !memchr(s.p, '\n', s.n); }
static bool v_hex(struct str s, int arg) { return all(s, HEX); }
static bool v_hex_n(struct str s, int arg) { return s.n == (size_t)arg && all(s, HEX); }
static bool v_cdhash(struct str s, int arg) { return s.n >= 40 && all(s, HEX_LOW); }
static bool v_alnum(struct str s, int arg) { return all(s, ALNUM); }
static bool v_uint(struct str s, int arg) { return all(s, DIGIT); }
static bool v_boolean(struct str s, int arg) { return str_eq(s, S("0")) || str_eq(s, S("1")); }

static bool v_name_hex(struct str s, int arg)
{
	struct str h;

	return named(s, &h) && h.n == (size_t)arg && all(h, HEX_LOW);
}

static bool v_name_any(struct str s, int arg)
{
	struct str h;

	return named(s, &h) && h.n && v_one_line(h, 0);
}

/* number ":" block ":" block */
static bool v_ssdeep(struct str s, int arg)
{
	size_t i = run(s, 0, DIGIT), n;

	for (int k = 0; k < 2; k++) {
		if (i == 0 || i >= s.n || s.p[i] != ':')
			return false;
		n = run(s, i + 1, BASE64);
		i += 1 + n;
	}
	return i == s.n;
}

static bool v_impfuzzy(struct str s, int arg)
{
	size_t i = run(s, 0, DIGIT), colons = 0;

	for (size_t k = 0; k < s.n; k++)
		colons += s.p[k] == ':';
	return i > 0 && i < s.n && s.p[i] == ':' && colons == 2 && v_one_line(s, 0);
}

static bool v_tlsh(struct str s, int arg)
{
	if (s.n && (s.p[0] | 0x20) == 't')
		s = str_from(s, 1);
	return s.n > 35 && all(s, HEX);
}

static bool v_telfhash(struct str s, int arg)
{
	if (s.n != 70 && s.n != 72)
		return false;
	return all(str_from(s, (s.p[0] | 0x20) == 't'), HEX);
}

static bool v_name_ssdeep(struct str s, int arg)
{
	struct str h;

	return named(s, &h) && v_ssdeep(h, 0);
}

static bool v_name_impfuzzy(struct str s, int arg)
{
	struct str h;

	return named(s, &h) && v_impfuzzy(h, 0);
}

static bool v_name_tlsh(struct str s, int arg)
{
	struct str h;

	return named(s, &h) && v_tlsh(h, 0);
}

static bool v_ip(struct str s, int arg)
{
	struct net n;

	return net_parse(s, &n);
}

static bool v_port(struct str s, int arg)
{
	uint64_t v;

	return s.n && s.n <= 5 && s.p[0] != '0' && str_u64(s, &v) && v <= 65535;
}

static bool v_asn(struct str s, int arg)
{
	uint64_t v;

	return str_u64(s, &v) && v <= UINT32_MAX;
}

/* A dot and a last label of two or more behind at least one byte. */
static bool v_dns(struct str s, int arg)
{
	size_t dot = str_rchr(s, '.');
	struct str tld = str_from(s, dot == STR_NONE ? s.n : dot + 1);

	return dot != STR_NONE && dot > 0 && tld.n >= 2 && all(tld, TLD) && all(s, DNS);
}

static bool halves(struct str s, bool (*first)(struct str, int), bool (*second)(struct str, int))
{
	size_t bar = str_chr(s, '|');

	return bar != STR_NONE && first(str_n(s.p, bar), 0) && second(str_from(s, bar + 1), 0);
}

static bool v_ip_port(struct str s, int arg) { return halves(s, v_ip, v_port); }
static bool v_dns_ip(struct str s, int arg) { return halves(s, v_dns, v_ip); }
static bool v_dns_port(struct str s, int arg) { return halves(s, v_dns, v_port); }

static bool v_mac(struct str s, int arg)
{
	if (s.n != (size_t)arg * 3 - 1)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (i % 3 == 2 ? s.p[i] != ':' : !is(s.p[i], HEX))
			return false;
	return true;
}

/* scheme "://" host, or mailto:; no blanks, and the host in ASCII (IDN hosts in punycode). */
static bool v_link(struct str s, int arg)
{
	size_t i = run(s, 0, SCHEME), host;

	if (i == 0 || !ch_alpha((unsigned char)s.p[0]))
		return false;
	for (size_t k = 0; k < s.n; k++)
		if (is(s.p[k], CONTROL) || s.p[k] == ' ')
			return false;
	if (str_starts_nocase(s, S("mailto:")))
		return s.n > 7;
	if (!str_starts(str_from(s, i), S("://")))
		return false;
	host = i += 3;
	for (; i < s.n && !strchr("/?#", s.p[i]); i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
		if (s.p[i] == '@')
			host = i + 1;
	}
	return host < i && s.p[host] != ':';
}

static bool v_onion(struct str s, int arg)
{
	size_t n = run(s, 0, ONION);

	return (n == 16 || n == 56) && str_eq(str_from(s, n), S(".onion"));
}

/* Something, no white space up to an "@", and a dot behind that "@". */
static bool v_mail(struct str s, int arg)
{
	size_t dot = str_rchr(s, '.');

	if (!v_one_line(s, 0) || dot == STR_NONE)
		return false;
	for (size_t i = 1; i < dot && !ch_space((unsigned char)s.p[i]); i++)
		if (s.p[i] == '@')
			return true;
	return false;
}

static bool v_http_method(struct str s, int arg)
{
	static const struct str methods[] = {
		S("OPTIONS"), S("GET"), S("HEAD"), S("POST"), S("PUT"), S("DELETE"), S("TRACE"), S("CONNECT"), S("PROPFIND"),
		S("PROPPATCH"), S("MKCOL"), S("COPY"), S("MOVE"), S("LOCK"), S("UNLOCK"), S("VERSION-CONTROL"), S("REPORT"),
		S("CHECKOUT"), S("CHECKIN"), S("UNCHECKOUT"), S("MKWORKSPACE"), S("UPDATE"), S("LABEL"), S("MERGE"),
		S("BASELINE-CONTROL"), S("MKACTIVITY"), S("ORDERPATCH"), S("ACL"), S("PATCH"), S("SEARCH"),
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (str_eq(s, methods[i]))
			return true;
	return false;
}

/* SHA256 of 32 bytes in base64 with or without the last "=", or MD5 as 16 pairs with or without ":" between. */
static bool v_ssh_fp(struct str s, int arg)
{
	if (str_starts(s, S("SHA256:"))) {
		s = str_from(s, 7);
		if (s.n == 44 && s.p[43] == '=')
			s.n--;
		return s.n == 43 && all(s, BASE64);
	}
	if (str_starts(s, S("MD5:")))
		s = str_from(s, 4);
	return s.n == 32 ? all(s, HEX) : v_mac(s, 16);
}

/* Shape of an identifier: 9 one digit, # one or more digits, x one letter or digit, * one or more of letters, digits, "-_.:"; anything else
 * stands for itself in any case. */
static bool shaped(struct str s, const char *p)
{
	size_t i = 0, n;

	for (; *p; p++) {
		int c = i < s.n ? (unsigned char)s.p[i] : 0;

		if (*p == '#' || *p == '*') {
			n = run(s, i, *p == '#' ? DIGIT : WORD);
			if (n == 0)
				return false;
			i += n;
		} else if (*p == '9' ? ch_digit(c) : *p == 'x' ? ch_alnum(c) : ch_to_lower(c) == *p) {
			i++;
		} else {
			return false;
		}
	}
	return i == s.n;
}

static bool v_vuln(struct str s, int arg)
{
	static const char *const shapes[] = {
		"cve-9999-999#", "gcve-#-9999-#", "fkie_cve-9999-999#", "ghsa-*", "pysec-9999-#", "gsd-9999-#", "mal-9999-#",
		"wid-sec-w-9999-#", "wid-sec-9999-#", "ncsc-9999-#", "ssa-#", "rhba-9999:#", "rhea-9999:#", "rhsa-9999:#",
		"rhba-9999_#", "rhea-9999_#", "rhsa-9999_#", "icsa-99-*", "icsma-99-*", "va-99-*", "cisco-sa-*", "sca-9999-#", "nn-9999:*",
		"nn-9999_*", "oxas-adv-9999-#", "msrc_cve-9999-999#", "var-#-#", "jvndb-9999-#", "ts-9999-#", "suse-su-9999:*",
		"opensuse-su-9999:*", "cnvd-9999-#", "certfr-9999-avi-#", "certfr-9999-ale-#", "certfr-avi-*", "certfr-ale-*",
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (shaped(s, shapes[i]))
			return true;
	return false;
}

static bool v_cwe(struct str s, int arg)
{
	return shaped(s, "cwe-#");
}

static bool v_service(struct str s, int arg)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((unsigned char)s.p[i] & 0xc0) != 0x80;
		if (s.p[i] == '/' || s.p[i] == '\\')
			return false;
	}
	return chars <= 256;
}

/* Sign, digits with at most one point, exponent. */
static bool v_numeric(struct str s, int arg)
{
	size_t i = s.n && (s.p[0] == '+' || s.p[0] == '-'), whole, frac = 0, n;

	whole = run(s, i, DIGIT);
	i += whole;
	if (i < s.n && s.p[i] == '.') {
		frac = run(s, i + 1, DIGIT);
		i += 1 + frac;
	}
	if (whole + frac == 0)
		return false;
	if (i < s.n && (s.p[i] | 0x20) == 'e') {
		i++;
		i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
		n = run(s, i, DIGIT);
		if (n == 0)
			return false;
		i += n;
	}
	return i == s.n;
}

static bool v_int(struct str s, int arg)
{
	return all(str_from(s, s.p[0] == '+' || s.p[0] == '-'), DIGIT);
}

static bool v_datetime(struct str s, int arg)
{
	int64_t us;

	return datetime_parse(s, &us, NULL);
}

static bool v_uuid(struct str s, int arg)
{
	struct uuid u;

	return uuid_parse(s, &u);
}

static bool v_json(struct str s, int arg)
{
	struct ctx cx;
	struct jr r;
	bool ok;

	ctx_init(&cx, 0);
	jr_init(&r, &cx, s, NULL);
	jr_skip(&r);
	ok = jr_end(&r) == RC_OK;
	ctx_clear(&cx);
	return ok;
}

static const struct {
	const char *name;
	bool (*fn)(struct str, int);
	int arg;
	const char *msg;
} rules[] = {
#define X(name, text, fn, arg, msg) { text, fn, arg, msg },
	VALID_TABLE(X)
#undef X
};

const char *valid_rule_name(enum valid_rule r)
{
	return rules[r].name;
}

/* MISP counts a text of control characters as empty; for the halves of a composite as well. */
static bool only_control(struct str s)
{
	return s.n && all(s, CONTROL);
}

const char *value_check(const struct attr_type *t, struct str value)
{
	struct str v1, v2;

	if (value.n == 0)
		return "Value cannot be empty.";
	if (value.n > VALUE_MAX)
		return "Value is too long, at most 65535 bytes are allowed.";
	if (only_control(value))
		return "Value cannot consist of control characters only.";
	if (t->composite) {
		value_split(t, value, &v1, &v2);
		if (v1.n == value.n || str_chr(v2, '|') != STR_NONE)
			return "Composite type found but the value not in the composite (value1|value2) format.";
		if (only_control(v1) || only_control(v2))
			return "Value cannot consist of control characters only.";
	}
	return rules[t->valid].fn(value, rules[t->valid].arg) ? NULL : rules[t->valid].msg;
}
