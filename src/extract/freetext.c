/* freetext.c - feeds of one entry a line. Ordinary lines are handed to the scanner in runs; lines that need a rule of
 * their own (comments, hosts files, blocker rules, composites) are treated one by one. */
#include "extract/freetext.h"

#include "extract/kinds.h"
#include "extract/scan_int.h"

struct feed {
	struct arena *mem;
	struct str whole;
	bool csv;
	found_fn *fn;
	void *arg;
};

struct moved {
	const struct feed *fd;
	size_t by;
};

/* Offsets of a part become offsets of the whole. */
static bool pass(void *arg, const struct found *f)
{
	const struct moved *m = arg;
	struct found g = *f;

	g.offset += m->by;
	return m->fd->fn(m->fd->arg, &g);
}

static bool entries(const struct feed *fd, struct str part)
{
	struct moved m = { fd, (size_t)(part.p - fd->whole.p) };

	return part.n == 0 || scan_entries(fd->mem, part, fd->csv, pass, &m);
}

static bool give(const struct feed *fd, struct str type, struct str value, struct str original)
{
	struct found f = { .type = type,
		.value = value,
		.original = original,
		.offset = (size_t)(original.p - fd->whole.p),
		.length = original.n };

	return fd->fn(fd->arg, &f);
}

static struct str filename_hash(size_t n)
{
	switch (n) {
	case 32:
		return S("filename|md5");
	case 40:
		return S("filename|sha1");
	case 56:
		return S("filename|sha224");
	case 64:
		return S("filename|sha256");
	case 96:
		return S("filename|sha384");
	case 128:
		return S("filename|sha512");
	}
	return (struct str){ 0 };
}

/* "name|hash" as the only thing on the line. */
static bool composite(const struct feed *fd, struct str line, struct str *type, struct str *value)
{
	size_t bar = str_rchr(line, '|');
	struct str name = str_trim(str_sub(line, 0, bar)), hash = str_trim(str_from(line, bar + 1));

	*type = filename_hash(hash.n);
	if (!type->p || !str_is_hex(hash) || name.n == 0 || str_chr(name, '|') != STR_NONE ||
		str_chr(name, '\t') != STR_NONE)
		return false;
	*value = str_fmt(fd->mem, "%.*s|%.*s", STR(name), STR(str_lower(fd->mem, hash)));
	return true;
}

static bool is_comment(struct str s)
{
	return s.n == 0 || s.p[0] == '#' || s.p[0] == ';' || s.p[0] == '!' || str_starts(s, S("//"));
}

/* Without " # ..." " // ..." " ; ..." at its end. */
static struct str without_comment(struct str s)
{
	for (size_t i = 1; i < s.n; i++)
		if (ch_space((unsigned char)s.p[i - 1]) &&
			(s.p[i] == '#' || (s.p[i] == ';' && (i + 1 == s.n || s.p[i + 1] == ' ')) ||
				(s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '/')))
			return str_sub(s, 0, i);
	return s;
}

static struct str hosts_line(struct str s)
{
	static const struct str sinks[] = { { "0.0.0.0", 7 }, { "127.0.0.1", 9 }, { "::", 2 }, { "::1", 3 } };

	for (size_t i = 0; i < 4; i++)
		if (s.n > sinks[i].n + 1 && str_starts(s, sinks[i]) &&
			(s.p[sinks[i].n] == ' ' || s.p[sinks[i].n] == '\t')) {
			struct str rest = str_trim(str_from(s, sinks[i].n));

			if (rest.n && str_chr(rest, '.') != STR_NONE && !kind_ipv4(rest))
				return rest;
		}
	return (struct str){ 0 };
}

/* A line with a rule of its own; false when the scan is to end. */
static bool special(const struct feed *fd, struct str s)
{
	struct str type, value, host;

	s = str_trim(without_comment(s));
	if ((host = hosts_line(s)).p)
		return entries(fd, host);
	if (str_starts(s, S("||"))) {
		size_t end = str_chr(s, '^');

		return entries(fd, str_sub(s, 2, (end == STR_NONE ? s.n : end) - 2));
	}
	if (str_chr(s, '|') != STR_NONE && composite(fd, s, &type, &value))
		return give(fd, type, value, s);
	return entries(fd, s);
}

bool freetext_feed(struct arena *a, struct str text, found_fn *fn, void *arg)
{
	struct feed fd = { a, text, scan_is_csv(text), fn, arg };
	struct cur c = cur_of(text);
	struct str line;
	const char *run = text.p, *start;

	for (start = c.p; cur_line(&c, &line); start = c.p) {
		const char *first = line.p, *end = line.p + line.n;
		bool ordinary;

		while (first < end && ch_space((unsigned char)*first))
			first++;
		if (first < end && ch_alnum((unsigned char)*first)) {
			const char *q = first;

			while (q < end && *q != '|' && *q != ' ' && *q != '\t')
				q++;
			if (q == end)
				continue; /* one word: most lines of most feeds */
		}
		struct str s = str_n(first, (size_t)(end - first));
		ordinary = !is_comment(s) && str_chr(s, '|') == STR_NONE && without_comment(s).n == s.n &&
			!hosts_line(s).p;
		if (ordinary)
			continue;
		if (!entries(&fd, str_n(run, (size_t)(start - run))))
			return false;
		run = c.p;
		if (!is_comment(s) && !special(&fd, s))
			return false;
	}
	return entries(&fd, str_n(run, (size_t)(text.p + text.n - run)));
}

static const struct freetext_kind kinds[] = {
	{ "ip-dst", { "ip-dst", "ip-src", "ip-src/ip-dst" } },
	{ "ip-dst|port", { "ip-dst|port", "ip-src|port", "ip-src|port/ip-dst|port" } },
	{ "hostname", { "hostname", "domain", "url", "filename" } },
	{ "domain", { "hostname", "domain", "url", "filename" } },
	{ "hostname|port", { "hostname|port" } },
	{ "url", { "url", "link" } },
	{ "link", { "url", "link" } },
	{ "email-src", { "email", "email-src", "email-dst", "target-email", "whois-registrant-email" } },
	{ "md5", { "md5", "imphash", "x509-fingerprint-md5", "ja3-fingerprint-md5" } },
	{ "sha1", { "sha1", "pehash", "x509-fingerprint-sha1", "cdhash" } },
	{ "sha224", { "sha224", "sha512/224" } },
	{ "sha256", { "sha256", "authentihash", "sha512/256", "x509-fingerprint-sha256" } },
	{ "sha384", { "sha384" } },
	{ "sha512", { "sha512" } },
	{ "filename|md5", { "filename|md5", "filename|imphash" } },
	{ "filename|sha1", { "filename|sha1", "filename|pehash" } },
	{ "filename|sha224", { "filename|sha224", "filename|sha512/224" } },
	{ "filename|sha256", { "filename|sha256", "filename|authentihash", "filename|sha512/256" } },
	{ "filename|sha384", { "filename|sha384" } },
	{ "filename|sha512", { "filename|sha512" } },
	{ "ssdeep", { "ssdeep" } },
	{ "vulnerability", { "vulnerability" } },
	{ "AS", { "AS" } },
	{ "btc", { "btc" } },
	{ "mac-address", { "mac-address" } },
	{ "filename", { "filename" } },
	{ "regkey", { "regkey" } },
};

const struct freetext_kind *freetext_kind(struct str type)
{
	if (str_eq(type, S("email")))
		type = S("email-src");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_eq(type, str_c(kinds[i].default_type)))
			return &kinds[i];
	return NULL;
}
