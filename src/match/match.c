/* match.c - one pass over a line: runs of name characters (tokens) are found by a table of byte classes; what a token
 * can be follows from the classes met in it, and only then is it hashed and looked up. Nothing is copied. Work per byte
 * is bounded: hosts are read back at most HOST_MAX bytes, e-mail names LOCAL_MAX, and a run of bytes that is a URL is
 * read at most a fixed number of times. */
#include "match/match_int.h"

#define URL_NEST_MAX 8 /* URLs inside a URL that are still read */

enum {
	T_TOKEN = 1, /* letters, digits, '.', '-', '_' */
	T_DOT = 2,
	T_ALPHA = 4,
	T_DIGIT = 8,
	T_MARK = 16,   /* '-' '_' */
	T_LOCAL = 32,  /* before the '@' of an e-mail address */
	T_URLEND = 64, /* ends a URL */
	T_HEX = 128,
};
static uint8_t cls[256];

__attribute__((constructor)) static void fill_classes(void)
{
	for (int c = 0; c < 256; c++) {
		int k = 0;

		if (ch_alpha(c) && c < 128)
			k = T_TOKEN | T_ALPHA | T_LOCAL;
		else if (ch_digit(c))
			k = T_TOKEN | T_DIGIT | T_LOCAL;
		else if (c == '-' || c == '_')
			k = T_TOKEN | T_MARK | T_LOCAL;
		else if (c == '.')
			k = T_TOKEN | T_DOT | T_LOCAL;
		else if (c == '%' || c == '+')
			k = T_LOCAL;
		if (ch_hex(c) >= 0)
			k |= T_HEX;
		if (c <= ' ' || c == 0x7f || c == '"' || c == '\'' || c == '<' || c == '>' || c == '|' || c == '`' ||
			c == '\\')
			k |= T_URLEND;
		cls[c] = (uint8_t)k;
	}
}

struct reader {
	const struct match_index *ix;
	const unsigned char *p;
	size_t n;
	match_fn *fn;
	void *arg;
	size_t url_until; /* end of the URL last read */
	unsigned url_nest;
	size_t v6_until;
	bool stop;
};

static void hit(struct reader *r, uint32_t id, size_t from, size_t to)
{
	const struct entry *e = &r->ix->entries[id];
	struct match_hit h = {
		.offset = from,
		.seen = { (const char *)r->p + from, to - from },
		.kind = (enum value_kind)e->kind,
		.value = id,
		.payloads = r->ix->payloads + e->payload,
		.payload_n = e[1].payload - e->payload,
	};

	if (!r->stop && !r->fn(r->arg, &h))
		r->stop = true;
}

static bool same_folded(const unsigned char *text, const char *key, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fold[text[i]] != (unsigned char)key[i])
			return false;
	return true;
}

/* The directories of a listed path stand before its base name at b: compared from the end; runs of '/' and '\' count as
 * one; a first part like "%TEMP%" stands for anything. */
static bool directories_before(const struct reader *r, size_t b, const char *dir, size_t n)
{
	while (n) {
		if (dir[n - 1] == '/' || dir[n - 1] == '\\') {
			if (b == 0 || (r->p[b - 1] != '/' && r->p[b - 1] != '\\'))
				return false;
			while (b && (r->p[b - 1] == '/' || r->p[b - 1] == '\\'))
				b--;
			while (n && (dir[n - 1] == '/' || dir[n - 1] == '\\'))
				n--;
			if (n && dir[n - 1] == '%' && dir[0] == '%')
				return true;
			continue;
		}
		if (b == 0 || fold[r->p[b - 1]] != (unsigned char)dir[n - 1])
			return false;
		b--;
		n--;
	}
	return b == 0 || !(cls[r->p[b - 1]] & T_TOKEN);
}

/* Listed values of a kind whose (folded) text is [b,e) of the line, hash h. The hit shows [from,to). */
static void look(struct reader *r, uint64_t h, unsigned kind, size_t b, size_t e, size_t from, size_t to)
{
	const struct match_index *ix = r->ix;
	size_t len = e - b;

	h = finish(h, kind);
	if (!maybe(ix, h))
		return;
	for (size_t i = h & ix->slot_mask; ix->slots[i].id; i = (i + 1) & ix->slot_mask) {
		const struct entry *en;
		const char *key;

		if (ix->slots[i].tag != (uint32_t)(h >> 32))
			continue;
		en = &ix->entries[ix->slots[i].id - 1];
		key = ix->texts + en->text;
		if (en->kind != kind)
			continue;
		if (en->flags & F_PATH) {
			if (en->len > len && same_folded(r->p + b, key + en->len - len, len) &&
				strchr("/\\", key[en->len - len - 1]) && directories_before(r, b, key, en->len - len))
				hit(r, ix->slots[i].id - 1, from, to);
		} else if (en->len == len && same_folded(r->p + b, key, len)) {
			hit(r, ix->slots[i].id - 1, from, to);
		}
	}
}

static void look_net(struct reader *r, const struct net *n, size_t from, size_t to)
{
	const struct match_index *ix = r->ix;
	const uint8_t *plens = n->fam == 4 ? ix->plens4 : ix->plens6;
	size_t plen_n = n->fam == 4 ? ix->plen4_n : ix->plen6_n;
	struct net m = *n;

	for (size_t k = plen_n; k-- > 0;) { /* longest first: the mask only shortens */
		char key[18];
		size_t len;
		uint64_t h;

		net_mask(&m, plens[k]);
		h = hash_net(ix, &m);
		if (!maybe(ix, h))
			continue;
		len = net_key_text(&m, key);
		for (size_t i = h & ix->slot_mask; ix->slots[i].id; i = (i + 1) & ix->slot_mask) {
			const struct entry *en = &ix->entries[ix->slots[i].id - 1];

			if (ix->slots[i].tag == (uint32_t)(h >> 32) && en->kind == K_IP && en->len == len &&
				memcmp(ix->texts + en->text, key, len) == 0)
				hit(r, ix->slots[i].id - 1, from, to);
		}
	}
}

/* Four numbers 0..255 without leading zeros in [b,e). */
static bool ipv4(const unsigned char *p, size_t n, struct net *out)
{
	unsigned v = 0, digits = 0, k = 0;

	if (n < 7 || n > 15)
		return false;
	for (size_t i = 0; i <= n; i++) {
		if (i == n || p[i] == '.') {
			if (digits == 0 || v > 255 || k == 4)
				return false;
			out->addr[k++] = (uint8_t)v;
			v = digits = 0;
		} else {
			if ((digits && v == 0) || ++digits > 3)
				return false;
			v = v * 10 + p[i] - '0';
		}
	}
	out->fam = 4;
	out->plen = 32;
	return k == 4;
}

/* A run of hex digits, ':' and '.' that may be an IPv6 address starts at b. */
static void ipv6(struct reader *r, size_t b)
{
	size_t e = b, colons = 0;
	bool twice = false;
	struct net n;

	while (e < r->n && ((cls[r->p[e]] & (T_HEX | T_DIGIT)) || r->p[e] == ':' || r->p[e] == '.')) {
		if (r->p[e] == ':') {
			colons++;
			twice = twice || (e > b && r->p[e - 1] == ':');
		}
		e++;
	}
	r->v6_until = e;
	if (!(twice || colons >= 7) || e - b > 64 || (e < r->n && (cls[r->p[e]] & T_TOKEN)))
		return;
	while (e > b && (r->p[e - 1] == '.' || (r->p[e - 1] == ':' && !(e - b >= 2 && r->p[e - 2] == ':'))))
		e--;
	/* a label in front ("ab:2001:db8::1") may look like a group: try behind the next colons too */
	for (int tries = 0; tries < 4 && b < e; tries++) {
		if (net_parse_addr(str_n((const char *)r->p + b, e - b), &n) && n.fam == 6) {
			look_net(r, &n, b, e);
			return;
		}
		while (b < e && r->p[b] != ':')
			b++;
		b++;
	}
}

/* URL from s (scheme, or host when scheme_n is 0), its host at h. */
static void url(struct reader *r, size_t s, size_t h)
{
	const struct match_index *ix = r->ix;
	uint64_t full = 0, bare = 0;
	size_t i, end, host_end = 0, scheme = h - s, limit = s + URL_SEEN_MAX < r->n ? s + URL_SEEN_MAX : r->n, trim;
	bool escaped = false;

	if (s < r->url_until) {
		if (r->url_nest++ >= URL_NEST_MAX)
			return;
	} else {
		r->url_nest = 0;
	}
	for (end = h; end < limit; end++) {
		if (!(cls[r->p[end]] & T_URLEND))
			continue;
		if (r->p[end] != '\\' || end + 1 >= limit || r->p[end + 1] != '/')
			break;
		escaped = true;
	}
	if (end > r->url_until)
		r->url_until = end;
	for (trim = end; trim > h && strchr(".,;:!)]}", r->p[trim - 1]); trim--)
		;
	for (i = s; i <= end; i++) {
		unsigned char c;

		if (i < end && r->p[i] == '\\') /* of "\/" */
			continue;
		if (i >= h && host_end == 0 && (i == end || r->p[i] == '/' || r->p[i] == '?' || r->p[i] == '#'))
			host_end = i;
		if (i > h &&
			(i == end || i == trim || r->p[i] == '/' || r->p[i] == '?' || r->p[i] == '#' ||
				r->p[i] == '&')) {
			for (int k = 0; k < 2; k++) {
				uint64_t hash = finish(k ? bare : full, K_URL);
				size_t from = k ? h : s;

				if ((k == 0 && scheme == 0) || (k == 1 && !ix->has_bare_url) || !maybe(ix, hash))
					continue;
				for (size_t j = hash & ix->slot_mask; ix->slots[j].id; j = (j + 1) & ix->slot_mask) {
					const struct entry *en = &ix->entries[ix->slots[j].id - 1];
					const char *key = ix->texts + en->text;
					size_t a = from, b = 0;

					if (ix->slots[j].tag != (uint32_t)(hash >> 32) || en->kind != K_URL ||
						(k == 1) != (en->flags == F_BARE_URL))
						continue;
					for (; a < i && b < en->len; a++) {
						if (escaped && r->p[a] == '\\')
							continue;
						if ((a < host_end || host_end == 0 ? fold[r->p[a]] : r->p[a]) !=
							(unsigned char)key[b])
							break;
						b++;
					}
					while (escaped && a < i && r->p[a] == '\\')
						a++;
					if (a == i && b == en->len)
						hit(r, ix->slots[j].id - 1, s, i > trim ? i : trim);
				}
			}
		}
		if (i == end)
			break;
		c = host_end ? r->p[i] : fold[r->p[i]];
		full = step(ix, full, c);
		if (i >= h)
			bare = step(ix, bare, c);
	}
}

static bool is_at(const struct reader *r, size_t i, char c)
{
	return i < r->n && r->p[i] == (unsigned char)c;
}

/* Offset behind "://" (or ":\/\/") at i; 0 when it does not stand there. */
static size_t slashes(const struct reader *r, size_t i)
{
	if (!is_at(r, i, ':'))
		return 0;
	if (is_at(r, i + 1, '/') && is_at(r, i + 2, '/'))
		return i + 3;
	if (is_at(r, i + 1, '\\') && is_at(r, i + 2, '/') && is_at(r, i + 3, '\\') && is_at(r, i + 4, '/'))
		return i + 5;
	return 0;
}

/* A second place where the token at b may begin: behind the rest of an escape ("\t", "\u0026", "%2F"); b when there is
 * none. */
static size_t second_start(const struct reader *r, size_t b, size_t e)
{
	if (b == 0)
		return b;
	if (r->p[b - 1] == '%' && e - b > 2 && (cls[r->p[b]] & T_HEX) && (cls[r->p[b + 1]] & T_HEX))
		return b + 2;
	if (r->p[b - 1] == '\\' && (b < 2 || r->p[b - 2] != '\\')) {
		if (r->p[b] == 'u' && e - b > 5)
			return b + 5;
		if (e - b > 1 && strchr("tnrbf", r->p[b]))
			return b + 1;
	}
	return b;
}

static void hashes(struct reader *r, size_t b, size_t e, size_t second)
{
	const struct match_index *ix = r->ix;

	for (size_t i = b; i < e;) {
		size_t k = i;

		while (k < e && (cls[r->p[k]] & (T_ALPHA | T_DIGIT)))
			k++;
		for (size_t from = i;; from = second) {
			size_t len = k - from;

			if (len <= HASH_LEN_MAX && len >= 8 && (ix->hash_lens[len / 64] >> (len % 64) & 1)) {
				uint64_t h = 0;

				for (size_t j = from; j < k; j++)
					h = step(ix, h, fold[r->p[j]]);
				look(r, h, K_HASH, from, k, from, k);
			}
			if (from == second || second <= i || second >= k)
				break;
		}
		i = k + 1;
	}
}

/* An e-mail address may begin at i although a byte of its alphabet stands before: behind "\t", "\u003c", "%3C". */
static bool escape_before(const struct reader *r, size_t i)
{
	const unsigned char *p = r->p;

	return (i >= 2 && p[i - 2] == '\\' && strchr("tnrbf", p[i - 1])) ||
		(i >= 6 && p[i - 6] == '\\' && p[i - 5] == 'u') || (i >= 3 && p[i - 3] == '%');
}

/* Host, e-mail and file name: read from the end, so that every part behind a dot is asked for on the way. The token is
 * [b,e), [host,e) without the marks in front that are no part of a host. */
static void names(struct reader *r, size_t b, size_t host, size_t e, size_t second, int seen)
{
	const struct match_index *ix = r->ix;
	uint64_t h = 0;
	size_t lo = e - b > NAME_MAX_LEN ? e - NAME_MAX_LEN : b, i;
	bool hosts = (seen & T_DOT) && (seen & T_ALPHA) && ix->has[K_DOMAIN];

	for (i = e; i > lo;) {
		i--;
		h = step(ix, h, fold[r->p[i]]);
		if (hosts && (i == host || i == second || (i && r->p[i - 1] == '.')))
			look(r, h, K_DOMAIN, i, e, second > b && i >= second ? second : host, e);
		if (ix->has[K_NAME] && (i == b || i == second))
			look(r, h, K_NAME, i, e, i, e);
	}
	if (i != b || b == 0 || r->p[b - 1] != '@' || !ix->has[K_EMAIL])
		return;
	/* the address goes on to the left */
	size_t stop = b - 1 > LOCAL_MAX ? b - 1 - LOCAL_MAX : 0;
	h = step(ix, h, '@');
	for (i = b - 1; i > stop && (cls[r->p[i - 1]] & T_LOCAL);) {
		i--;
		h = step(ix, h, fold[r->p[i]]);
		if (i == 0 || !(cls[r->p[i - 1]] & T_LOCAL) || escape_before(r, i))
			look(r, h, K_EMAIL, i, e, i, e);
	}
}

/* File names with blanks, brackets and the like: everything between separators of paths and fields. */
static void odd_names(struct reader *r)
{
	const struct match_index *ix = r->ix;

	for (size_t b = 0; b < r->n && !r->stop;) {
		size_t e = b, s, t;
		uint64_t h = 0;

		while (e < r->n && r->p[e] >= ' ' && !strchr("/\\\"'<>|:*?,;=", r->p[e]))
			e++;
		for (s = b; s < e && r->p[s] == ' '; s++)
			;
		for (t = e; t > s && r->p[t - 1] == ' '; t--)
			;
		if (t > s && t - s <= NAME_MAX_LEN) {
			bool plain = true;

			for (size_t i = t; i > s;) {
				i--;
				plain = plain && (cls[r->p[i]] & T_TOKEN);
				h = step(ix, h, fold[r->p[i]]);
			}
			if (!plain || strchr(".-_", r->p[t - 1]))
				look(r, h, K_NAME, s, t, s, t);
		}
		b = e + 1;
	}
}

static void address(struct reader *r, size_t b, size_t e)
{
	struct net n;

	if (e - b > 15)
		return;
	for (size_t i = b; i < e; i++)
		if (!(cls[r->p[i]] & (T_DIGIT | T_DOT)))
			return;
	if (ipv4(r->p + b, e - b, &n))
		look_net(r, &n, b, e);
}

static void token(struct reader *r, size_t b, size_t e, int seen)
{
	const struct match_index *ix = r->ix;
	size_t second = second_start(r, b, e), next;

	if (ix->has[K_URL] && (seen & T_ALPHA) && is_at(r, e, ':') && (next = slashes(r, e))) {
		size_t s = e;

		while (s > b && (cls[r->p[s - 1]] & T_ALPHA) && e - s < 16)
			s--;
		if (second > s && second < e)
			s = second;
		if (s < e && next < r->n)
			url(r, s, next);
	}
	if (ix->has_v6 && b >= r->v6_until && is_at(r, e, ':') && e - b <= 4 && !(seen & (T_DOT | T_MARK)))
		ipv6(r, second > b && second < e ? second : b);
	if (e - b >= 8 && ix->has[K_HASH])
		hashes(r, b, e, second);
	if (!(seen & T_DOT) && !(ix->has_dotless_name && e - b <= NAME_MAX_LEN) && !(b && r->p[b - 1] == '@'))
		return;
	/* marks at the ends belong to the text around: "evil.com.", "-1.2.3.4" */
	size_t host = b;
	while (e > b && (cls[r->p[e - 1]] & (T_DOT | T_MARK)))
		e--;
	while (host < e && (cls[r->p[host]] & (T_DOT | T_MARK)))
		host++;
	if (e - host < 2)
		return;
	if (second >= e)
		second = b;
	if (ix->has_v4 && (seen & T_DOT) && (cls[r->p[e - 1]] & T_DIGIT)) {
		address(r, host, e);
		if (second > host)
			address(r, second, e);
	}
	if ((seen & T_ALPHA) || ix->has[K_NAME])
		names(r, b, host, e, second, seen);
	if (ix->has_bare_url && (seen & T_DOT) && host >= r->url_until &&
		(is_at(r, e, '/') || is_at(r, e, ':') || is_at(r, e, '?') ||
			(is_at(r, e, '\\') && is_at(r, e + 1, '/'))))
		url(r, host, host);
}

bool match_line(const struct match_index *ix, struct str line, match_fn *fn, void *arg)
{
	struct reader r = { .ix = ix, .p = (const unsigned char *)line.p, .n = line.n, .fn = fn, .arg = arg };
	const unsigned char *p = r.p;
	size_t n = line.n, i = 0;

	if (ix->entry_n == 0)
		return true;
	while (i < n && !r.stop) {
		size_t b;
		int seen = 0;

		while (i < n && !(cls[p[i]] & T_TOKEN)) {
			if (p[i] == ':' && ix->has_v6 && i >= r.v6_until && is_at(&r, i + 1, ':') &&
				(i == 0 || !(cls[p[i - 1]] & T_TOKEN)))
				ipv6(&r, i);
			i++;
		}
		for (b = i; i < n && (cls[p[i]] & T_TOKEN); i++)
			seen |= cls[p[i]];
		if (i - b >= 2 || (i - b == 1 && i < n && p[i] == ':'))
			token(&r, b, i, seen);
	}
	if (ix->has_odd_name)
		odd_names(&r);
	return !r.stop;
}
