/* wl_set.c - many warninglists in memory, asked together.
 *
 * Per kind of list one structure over the entries of all its lists, so that asking costs the same for one as for 100:
 *     string, hostname   one hash table; a host name is hashed from its end: one walk gives the hash of each suffix
 *     cidr               networks sorted by address and length; those around an address are the nearest one before it
 *                        and what encloses that
 *     substring          texts sorted; those that begin at a place of the value are, likewise, the nearest one before
 *                        and what that begins with
 *     regex              one after the other
 * An entry knows its list by a 16-bit number. Texts are copied once into one pool, lower case.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "lists/warninglist.h"
#include "lists/regex.h"
#include "model/attr_type.h"
#include "model/value.h"

#define NONE UINT32_MAX
#define HOST_MAX 253
#define TYPE_WORDS 4 /* attribute type numbers stay below 256 */
#define CIDR_TEXT_MAX 64
#define GRAM_BITS 15

struct list {
	int64_t id;
	enum wl_type type;
	uint64_t types[TYPE_WORDS]; /* attribute types it speaks about, by number */
};

struct key {
	uint32_t off, next; /* next: the same text in another list */
	uint16_t n, list;
};

struct slot {
	uint32_t hash, key; /* key: index + 1, 0 when free */
};

struct network {
	uint64_t hi, lo; /* the address from the top bit on; IPv4 in the first 32 */
	uint32_t outer;  /* nearest one that encloses it (or equals it, of another list) */
	uint32_t off;    /* the entry as written */
	uint16_t list;
	uint8_t plen, n;
};

struct part {
	uint32_t off, outer; /* outer: the longest other entry that it begins with */
	uint16_t n, list;
};

struct pattern {
	struct wl_regex *rx;
	uint32_t off;
	uint16_t n, list;
};

struct vec {
	void *p;
	size_t n, cap;
};

struct wl_set {
	struct vec lists, keys, parts, patterns, net4, net6;
	struct vec pool; /* bytes */
	struct slot *slots;
	size_t slot_cap, texts;
	uint64_t seed;
	uint64_t types[WL_TYPES][TYPE_WORDS]; /* union over the lists of the kind */
	uint64_t grams[(1 << GRAM_BITS) / 64]; /* first three bytes of the substrings */
	bool short_parts; /* some substring has fewer than three bytes */
	bool ready;
	size_t entries, unusable;
};

/* ---- memory ---- */

static void *must(void *p)
{
	if (!p) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	return p;
}

static void *vec_add(struct vec *v, size_t size, size_t n)
{
	void *p;

	if (v->cap - v->n < n) {
		v->cap = (v->n + n) * 2 > 64 ? (v->n + n) * 2 : 64;
		v->p = must(reallocarray(v->p, v->cap, size));
	}
	p = (char *)v->p + v->n * size;
	v->n += n;
	return p;
}

static void vec_trim(struct vec *v, size_t size)
{
	if (v->n && v->n < v->cap) {
		v->p = must(reallocarray(v->p, v->n, size));
		v->cap = v->n;
	}
}

static uint32_t pool_add(struct wl_set *ws, struct str s, bool lower)
{
	char *p = vec_add(&ws->pool, 1, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = lower ? (char)ch_to_lower((unsigned char)s.p[i]) : s.p[i];
	return (uint32_t)(p - (char *)ws->pool.p);
}

static struct str pool_at(const struct wl_set *ws, uint32_t off, size_t n)
{
	return str_n((const char *)ws->pool.p + off, n);
}

static const struct list *list_at(const struct wl_set *ws, uint16_t i)
{
	return (const struct list *)ws->lists.p + i;
}

/* ---- strings and host names ---- */

/* Steps the hash of a text, taken from its end, over one more byte to the left. */
static inline uint64_t hash_step(uint64_t h, char c)
{
	return (h ^ (uint64_t)ch_to_lower((unsigned char)c)) * 0x9e3779b97f4a7c15u;
}

static inline uint32_t hash_end(uint64_t h, enum wl_type kind)
{
	h += (uint64_t)kind;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(h >> 32);
}

static uint32_t hash_text(const struct wl_set *ws, struct str s, enum wl_type kind)
{
	uint64_t h = ws->seed;

	for (size_t i = s.n; i-- > 0;)
		h = hash_step(h, s.p[i]);
	return hash_end(h, kind);
}

/* The slot of this text, or the free one where it belongs. */
static struct slot *slot_find(const struct wl_set *ws, struct str s, enum wl_type kind, uint32_t hash)
{
	size_t mask = ws->slot_cap - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct slot *sl = &ws->slots[i];
		const struct key *k;

		if (!sl->key)
			return sl;
		if (sl->hash != hash)
			continue;
		k = (const struct key *)ws->keys.p + (sl->key - 1);
		if (k->n == s.n && list_at(ws, k->list)->type == kind && str_eq_nocase(pool_at(ws, k->off, k->n), s))
			return sl;
	}
}

static void slots_grow(struct wl_set *ws)
{
	size_t old_cap = ws->slot_cap, mask;
	struct slot *old = ws->slots;

	ws->slot_cap = old_cap ? old_cap * 2 : 1024;
	ws->slots = must(calloc(ws->slot_cap, sizeof(*ws->slots)));
	mask = ws->slot_cap - 1;
	for (size_t i = 0; i < old_cap; i++) {
		size_t j = old[i].hash & mask;

		if (!old[i].key)
			continue;
		while (ws->slots[j].key)
			j = (j + 1) & mask;
		ws->slots[j] = old[i];
	}
	free(old);
}

static void key_add(struct wl_set *ws, struct str s, enum wl_type kind, uint16_t list)
{
	uint32_t hash = hash_text(ws, s, kind), off, next = NONE;
	struct slot *sl;

	if ((ws->texts + 1) * 4 > ws->slot_cap * 3)
		slots_grow(ws);
	sl = slot_find(ws, s, kind, hash);
	if (sl->key) {
		const struct key *k = (const struct key *)ws->keys.p + (sl->key - 1);

		if (k->list == list) /* twice in one list */
			return;
		off = k->off;
		next = sl->key - 1;
	} else {
		off = pool_add(ws, s, true);
		ws->texts++;
	}
	*(struct key *)vec_add(&ws->keys, sizeof(struct key), 1) = (struct key){ off, next, (uint16_t)s.n, list };
	*sl = (struct slot){ hash, (uint32_t)ws->keys.n };
}

/* Host name of an URL, host:port, mail address, or bare name; without dots at its ends. */
static struct str host_of(struct str v)
{
	size_t i = str_find(v, S("://")), port;

	if (i != STR_NONE)
		v = str_from(v, i + 3);
	else if (str_starts(v, S("//")))
		v = str_from(v, 2);
	for (i = 0; i < v.n && !strchr("/?#\\", v.p[i]);)
		i++;
	v = str_sub(v, 0, i);
	i = str_rchr(v, '@');
	if (i != STR_NONE)
		v = str_from(v, i + 1);
	if (v.n && v.p[0] == '[') { /* IPv6 in an URL */
		i = str_chr(v, ']');
		return i == STR_NONE ? v : str_sub(v, 1, i - 1);
	}
	port = str_chr(v, ':');
	if (port != STR_NONE && port == str_rchr(v, ':'))
		v = str_sub(v, 0, port);
	while (v.n && v.p[0] == '.')
		v = str_from(v, 1);
	while (v.n && v.p[v.n - 1] == '.')
		v.n--;
	return v;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* An entry of a hostname list, as compared: {NULL,0} when no name is left. Two public lists write ".example.org". */
static struct str host_entry(struct arena **tmp, struct str entry)
{
	struct str ascii;

	while (entry.n && entry.p[0] == '.')
		entry = str_from(entry, 1);
	while (entry.n && entry.p[entry.n - 1] == '.')
		entry.n--;
	if (is_ascii(entry))
		return entry;
	*tmp = *tmp ? *tmp : arena_new(0);
	ascii = domain_ascii(*tmp, entry);
	return ascii.p ? ascii : entry;
}

/* ---- networks ---- */

static void net_bits(const struct net *n, uint64_t *hi, uint64_t *lo)
{
	uint8_t b[16] = { 0 };

	memcpy(b, n->addr, n->fam == 4 ? 4 : 16);
	*hi = *lo = 0;
	for (int i = 0; i < 8; i++) {
		*hi = *hi << 8 | b[i];
		*lo = *lo << 8 | b[i + 8];
	}
}

static int network_order(const struct network *a, const struct network *b)
{
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return (a->plen > b->plen) - (a->plen < b->plen);
}

static int network_sort(const void *pa, const void *pb)
{
	const struct network *a = pa, *b = pb;
	int d = network_order(a, b);

	return d ? d : (a->list > b->list) - (a->list < b->list);
}

static inline uint64_t top_bits(unsigned n)
{
	return n == 0 ? 0 : n >= 64 ? UINT64_MAX : UINT64_MAX << (64 - n);
}

static bool network_holds(const struct network *big, const struct network *small)
{
	return big->plen <= small->plen && ((big->hi ^ small->hi) & top_bits(big->plen)) == 0 &&
		((big->lo ^ small->lo) & top_bits(big->plen > 64 ? big->plen - 64u : 0)) == 0;
}

static bool network_of(struct str s, struct network *out, int *fam)
{
	struct net n;

	if (!net_parse(s, &n))
		return false;
	*out = (struct network){ .plen = n.plen, .outer = NONE };
	*fam = n.fam;
	net_mask(&n, n.plen);
	net_bits(&n, &out->hi, &out->lo);
	return true;
}

static void networks_ready(struct vec *v)
{
	struct network *p = v->p;
	size_t n = 0;

	if (!v->n)
		return;
	qsort(p, v->n, sizeof(*p), network_sort);
	for (size_t i = 0; i < v->n; i++)
		if (!n || network_sort(&p[n - 1], &p[i]) != 0)
			p[n++] = p[i];
	v->n = n;
	for (size_t i = 1; i < n; i++) {
		uint32_t o = (uint32_t)i - 1;

		while (o != NONE && !network_holds(&p[o], &p[i]))
			o = p[o].outer;
		p[i].outer = o;
	}
	vec_trim(v, sizeof(*p));
}

/* ---- substrings ---- */

static inline unsigned gram(const char *p)
{
	uint32_t g = 0;

	for (int i = 0; i < 3; i++)
		g = g << 8 | (uint32_t)ch_to_lower((unsigned char)p[i]);
	return g * 2654435761u >> (32 - GRAM_BITS);
}

/* The pool is not global: sorted by an index of views instead of by qsort's comparison of parts. */
struct part_view {
	struct str s;
	uint16_t list;
	uint32_t off;
};

static int part_sort(const void *pa, const void *pb)
{
	const struct part_view *a = pa, *b = pb;
	int d = str_cmp(a->s, b->s);

	return d ? d : (a->list > b->list) - (a->list < b->list);
}

static void parts_ready(struct wl_set *ws)
{
	struct vec *v = &ws->parts;
	struct part *p = v->p;
	struct part_view *views;
	size_t n = 0;

	if (!v->n)
		return;
	views = must(reallocarray(NULL, v->n, sizeof(*views)));
	for (size_t i = 0; i < v->n; i++)
		views[i] = (struct part_view){ pool_at(ws, p[i].off, p[i].n), p[i].list, p[i].off };
	qsort(views, v->n, sizeof(*views), part_sort);
	for (size_t i = 0; i < v->n; i++) {
		struct str s = views[i].s;
		uint32_t o = (uint32_t)n - 1; /* NONE for the first */

		if (i && part_sort(&views[i - 1], &views[i]) == 0)
			continue;
		while (o != NONE && !str_starts(s, pool_at(ws, p[o].off, p[o].n)))
			o = p[o].outer;
		p[n++] = (struct part){ views[i].off, o, (uint16_t)s.n, views[i].list };
		if (s.n < 3)
			ws->short_parts = true;
		else
			ws->grams[gram(s.p) / 64] |= 1ull << gram(s.p) % 64;
	}
	v->n = n;
	free(views);
	vec_trim(v, sizeof(*p));
}

/* Whether entry stands at the beginning of text, or else on which side of it text sorts. Entries are lower case. */
static int part_cmp(struct str entry, struct str text)
{
	size_t n = entry.n < text.n ? entry.n : text.n;

	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)entry.p[i] - ch_to_lower((unsigned char)text.p[i]);

		if (d)
			return d;
	}
	return entry.n > text.n ? 1 : 0;
}

/* ---- filling ---- */

struct wl_set *wl_set_new(void)
{
	struct wl_set *ws = must(calloc(1, sizeof(*ws)));

	ws->seed = hash_seeded(S("warninglist"));
	slots_grow(ws);
	return ws;
}

void wl_set_free(struct wl_set *ws)
{
	if (!ws)
		return;
	for (size_t i = 0; i < ws->patterns.n; i++)
		wl_regex_free(((struct pattern *)ws->patterns.p)[i].rx);
	free(ws->lists.p);
	free(ws->keys.p);
	free(ws->parts.p);
	free(ws->patterns.p);
	free(ws->net4.p);
	free(ws->net6.p);
	free(ws->pool.p);
	free(ws->slots);
	free(ws);
}

enum rc wl_set_list(struct ctx *cx, struct wl_set *ws, int64_t id, const struct wl_head *head)
{
	struct list *l;
	bool all = head->n_attributes == 0;

	if (ws->lists.n >= WL_LISTS_MAX)
		return fail(cx, RC_LIMIT, "more than %d warninglists", WL_LISTS_MAX);
	l = vec_add(&ws->lists, sizeof(*l), 1);
	*l = (struct list){ .id = id, .type = head->type };
	for (size_t i = 0; i < head->n_attributes; i++) {
		const struct attr_type *t = attr_type_find(head->attributes[i]);

		all |= str_eq_nocase(head->attributes[i], S("ALL"));
		if (t && t->id >= 0 && t->id < TYPE_WORDS * 64)
			l->types[t->id / 64] |= 1ull << t->id % 64;
	}
	for (int i = 0; i < TYPE_WORDS; i++) {
		if (all)
			l->types[i] = UINT64_MAX;
		ws->types[l->type][i] |= l->types[i];
	}
	return RC_OK;
}

const char *wl_entry_error(enum wl_type type, struct str entry)
{
	struct wl_regex *rx;
	struct network nw;
	int fam;

	entry = str_trim(entry);
	if (entry.n == 0)
		return "The entry is empty.";
	if (entry.n > WL_ENTRY_MAX)
		return "The entry is too long.";
	switch (type) {
	case WL_CIDR:
		if (entry.n <= CIDR_TEXT_MAX && network_of(entry, &nw, &fam))
			return NULL;
		return "The entry is not an IP address or network.";
	case WL_REGEX:
		rx = wl_regex_new(entry);
		wl_regex_free(rx);
		return rx ? NULL : "The entry is not a valid regular expression.";
	case WL_HOSTNAME:
		for (size_t i = 0; i < entry.n; i++)
			if (entry.p[i] != '.')
				return NULL;
		return "The entry is empty.";
	default:
		return NULL;
	}
}

static bool network_add(struct wl_set *ws, struct str entry, uint16_t list)
{
	struct network nw;
	int fam;

	if (entry.n > CIDR_TEXT_MAX || !network_of(entry, &nw, &fam))
		return false;
	nw.list = list;
	nw.n = (uint8_t)entry.n;
	nw.off = pool_add(ws, entry, false);
	*(struct network *)vec_add(fam == 4 ? &ws->net4 : &ws->net6, sizeof(nw), 1) = nw;
	return true;
}

static bool pattern_add(struct wl_set *ws, struct str entry, uint16_t list)
{
	struct wl_regex *rx = wl_regex_new(entry);

	if (!rx)
		return false;
	*(struct pattern *)vec_add(&ws->patterns, sizeof(struct pattern), 1) =
		(struct pattern){ rx, pool_add(ws, entry, false), (uint16_t)entry.n, list };
	return true;
}

static bool entry_add(struct wl_set *ws, struct str entry, uint16_t list)
{
	struct arena *tmp = NULL;
	struct str host;

	/* offsets into the pool and the entry numbers have 32 bits */
	if (ws->pool.n + entry.n >= UINT32_MAX || ws->entries >= UINT32_MAX / 2)
		return false;
	if (entry.n == 0 || entry.n > WL_ENTRY_MAX)
		return false;
	switch (list_at(ws, list)->type) {
	case WL_CIDR:
		return network_add(ws, entry, list);
	case WL_REGEX:
		return pattern_add(ws, entry, list);
	case WL_SUBSTRING:
		*(struct part *)vec_add(&ws->parts, sizeof(struct part), 1) =
			(struct part){ pool_add(ws, entry, true), NONE, (uint16_t)entry.n, list };
		return true;
	case WL_HOSTNAME:
		host = host_entry(&tmp, entry);
		if (host.n)
			key_add(ws, host, WL_HOSTNAME, list);
		arena_free(tmp);
		return host.n > 0;
	default:
		key_add(ws, entry, WL_STRING, list);
		return true;
	}
}

bool wl_set_add(struct wl_set *ws, struct str entry)
{
	bool ok = ws->lists.n && !ws->ready && entry_add(ws, str_trim(entry), (uint16_t)(ws->lists.n - 1));

	ws->entries += ok;
	ws->unusable += !ok;
	return ok;
}

void wl_set_ready(struct wl_set *ws)
{
	networks_ready(&ws->net4);
	networks_ready(&ws->net6);
	parts_ready(ws);
	vec_trim(&ws->pool, 1);
	vec_trim(&ws->keys, sizeof(struct key));
	ws->ready = true;
}

struct wl_stats wl_set_stats(const struct wl_set *ws)
{
	return (struct wl_stats){
		.lists = ws->lists.n,
		.entries = ws->entries,
		.unusable = ws->unusable,
		.bytes = sizeof(*ws) + ws->lists.cap * sizeof(struct list) + ws->keys.cap * sizeof(struct key) +
			ws->parts.cap * sizeof(struct part) + ws->patterns.cap * sizeof(struct pattern) +
			(ws->net4.cap + ws->net6.cap) * sizeof(struct network) + ws->pool.cap +
			ws->slot_cap * sizeof(struct slot),
	};
}

/* ---- asking ---- */

struct question {
	const struct wl_set *ws;
	const struct attr_type *type;
	wl_hit_fn *fn;
	void *arg;
	size_t hits;
	bool enough;
	uint64_t seen[WL_LISTS_MAX / 64]; /* lists hit already */
};

/* Whether the set of types holds the one asked for. */
static inline bool speaks_of(const uint64_t types[TYPE_WORDS], const struct attr_type *t)
{
	return !t || (types[t->id / 64] >> t->id % 64 & 1);
}

/* Whether a hit in this list would count: it is about the type and was not hit before. */
static inline bool wanted(const struct question *q, uint16_t list)
{
	return !q->enough && !(q->seen[list / 64] >> list % 64 & 1) && speaks_of(list_at(q->ws, list)->types, q->type);
}

static void hit(struct question *q, uint16_t list, struct str entry)
{
	if (!wanted(q, list))
		return;
	q->seen[list / 64] |= 1ull << list % 64;
	q->hits++;
	q->enough = !q->fn || !q->fn(q->arg, list_at(q->ws, list)->id, entry);
}

static void ask_key(struct question *q, struct str s, enum wl_type kind, uint32_t hash)
{
	const struct key *keys = q->ws->keys.p;

	for (uint32_t i = slot_find(q->ws, s, kind, hash)->key - 1; i != NONE; i = keys[i].next)
		hit(q, keys[i].list, pool_at(q->ws, keys[i].off, keys[i].n));
}

static void ask_string(struct question *q, struct str v)
{
	if (v.n <= WL_ENTRY_MAX)
		ask_key(q, v, WL_STRING, hash_text(q->ws, v, WL_STRING));
}

/* From the top-level domain down, as the broadest entry is the one that explains. */
static void ask_hostname(struct question *q, struct str v)
{
	struct arena *tmp = NULL;
	struct str host = host_of(v);
	uint64_t h = q->ws->seed;

	if (!is_ascii(host) && host.n <= 4 * HOST_MAX) {
		struct str ascii = domain_ascii(tmp = arena_new(0), host);

		host = ascii.p ? ascii : host;
	}
	for (size_t i = host.n <= HOST_MAX ? host.n : 0; i-- > 0 && !q->enough;) {
		h = hash_step(h, host.p[i]);
		if (i == 0 || host.p[i - 1] == '.')
			ask_key(q, str_from(host, i), WL_HOSTNAME, hash_end(h, WL_HOSTNAME));
	}
	arena_free(tmp);
}

static void ask_cidr(struct question *q, struct str v)
{
	const struct network *p;
	struct network nw;
	size_t lo = 0, hi;
	int fam;

	if (!network_of(v, &nw, &fam))
		return;
	p = fam == 4 ? q->ws->net4.p : q->ws->net6.p;
	hi = fam == 4 ? q->ws->net4.n : q->ws->net6.n;
	while (lo < hi) { /* first one that sorts behind */
		size_t mid = lo + (hi - lo) / 2;

		if (network_order(&p[mid], &nw) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (uint32_t i = (uint32_t)lo - 1; i != NONE && !q->enough; i = p[i].outer)
		if (network_holds(&p[i], &nw))
			hit(q, p[i].list, pool_at(q->ws, p[i].off, p[i].n));
}

static void ask_substring(struct question *q, struct str v)
{
	const struct wl_set *ws = q->ws;
	const struct part *p = ws->parts.p;

	for (size_t at = 0; at < v.n && !q->enough; at++) {
		struct str text = str_from(v, at);
		size_t lo = 0, hi = ws->parts.n;

		if (!ws->short_parts && (text.n < 3 || !(ws->grams[gram(text.p) / 64] >> gram(text.p) % 64 & 1)))
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (part_cmp(pool_at(ws, p[mid].off, p[mid].n), text) <= 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (uint32_t i = (uint32_t)lo - 1; i != NONE; i = p[i].outer)
			if (part_cmp(pool_at(ws, p[i].off, p[i].n), text) == 0)
				hit(q, p[i].list, pool_at(ws, p[i].off, p[i].n));
	}
}

static void ask_regex(struct question *q, struct str v)
{
	const struct pattern *p = q->ws->patterns.p;

	for (size_t i = 0; i < q->ws->patterns.n; i++)
		if (wanted(q, p[i].list) && wl_regex_match(p[i].rx, v))
			hit(q, p[i].list, pool_at(q->ws, p[i].off, p[i].n));
}

static void ask(struct question *q, struct str v)
{
	static void (*const kinds[WL_TYPES])(struct question *, struct str) = {
		[WL_STRING] = ask_string, [WL_SUBSTRING] = ask_substring, [WL_HOSTNAME] = ask_hostname,
		[WL_CIDR] = ask_cidr, [WL_REGEX] = ask_regex,
	};

	for (int k = 0; k < WL_TYPES && v.n && !q->enough; k++)
		if (speaks_of(q->ws->types[k], q->type))
			kinds[k](q, v);
}

size_t wl_check(const struct wl_set *ws, const struct attr_type *type, struct str value, wl_hit_fn *fn, void *arg)
{
	struct question q = { .ws = ws, .type = type, .fn = fn, .arg = arg };
	struct str v1 = value, v2 = { 0 };

	if (type && (type->id < 0 || type->id >= TYPE_WORDS * 64))
		return 0;
	if (type && type->composite)
		value_split(type, value, &v1, &v2);
	ask(&q, str_trim(v1));
	ask(&q, str_trim(v2));
	return q.hits;
}
