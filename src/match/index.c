/* index.c - building the index of values to look for. Values are brought to the form in which match.c meets them in a
 * log. */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "match/match_int.h"

/* clang-format off */
const unsigned char fold[256] = {
#define ROW(a) a, a + 1, a + 2, a + 3, a + 4, a + 5, a + 6, a + 7, a + 8, a + 9, a + 10, a + 11, a + 12, a + 13, a + 14, a + 15
	ROW(0), ROW(16), ROW(32), ROW(48),
	64, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 91, 92, 93, 94, 95,
	ROW(96), ROW(112), ROW(128), ROW(144), ROW(160), ROW(176), ROW(192), ROW(208), ROW(224), ROW(240),
#undef ROW
};
/* clang-format on */

static void *grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	return p;
}

struct match_index *match_index_new(void)
{
	struct match_index *ix = grow(NULL, 1, sizeof(*ix));

	memset(ix, 0, sizeof(*ix));
	ix->k = hash_seeded(S("match")) | 1;
	ix->slot_mask = 1023;
	ix->slots = grow(NULL, ix->slot_mask + 1, sizeof(struct slot));
	memset(ix->slots, 0, (ix->slot_mask + 1) * sizeof(struct slot));
	return ix;
}

void match_index_free(struct match_index *ix)
{
	if (!ix)
		return;
	free(ix->entries);
	free(ix->texts);
	free(ix->slots);
	free(ix->filter);
	free(ix->payloads);
	free(ix->pairs);
	free(ix);
}

size_t net_key_text(const struct net *n, char out[18])
{
	size_t len = n->fam == 4 ? 4 : 16;

	out[0] = (char)n->fam;
	out[1] = (char)n->plen;
	memcpy(out + 2, n->addr, len);
	return len + 2;
}

uint64_t hash_net(const struct match_index *ix, const struct net *n)
{
	uint64_t a = 0, b = 0;

	if (n->fam == 4) {
		uint32_t v;

		memcpy(&v, n->addr, 4);
		a = v;
	} else {
		memcpy(&a, n->addr, 8);
		memcpy(&b, n->addr + 8, 8);
	}
	return finish(hash_int(a ^ ix->k) + hash_int(b + n->plen * 0x9E3779B97F4A7C15ull + n->fam), K_IP);
}

/* File names are hashed by their last part, from its end. */
static size_t base_at(struct str s)
{
	size_t i = s.n;

	while (i && s.p[i - 1] != '/' && s.p[i - 1] != '\\')
		i--;
	return i;
}

static uint64_t key_hash(const struct match_index *ix, unsigned kind, struct str key)
{
	uint64_t h = 0;

	if (kind == K_IP) {
		struct net n = { .fam = (uint8_t)key.p[0], .plen = (uint8_t)key.p[1] };

		memcpy(n.addr, key.p + 2, key.n - 2);
		return hash_net(ix, &n);
	}
	if (kind == K_URL || kind == K_HASH) {
		for (size_t i = 0; i < key.n; i++)
			h = step(ix, h, (unsigned char)key.p[i]);
	} else {
		size_t from = kind == K_NAME ? base_at(key) : 0;

		for (size_t i = key.n; i-- > from;)
			h = step(ix, h, (unsigned char)key.p[i]);
	}
	return finish(h, kind);
}

static struct str entry_text(const struct match_index *ix, const struct entry *e)
{
	return str_n(ix->texts + e->text, e->len);
}

static void slot_put(struct match_index *ix, uint64_t h, uint32_t id)
{
	size_t i = h & ix->slot_mask;

	while (ix->slots[i].id)
		i = (i + 1) & ix->slot_mask;
	ix->slots[i] = (struct slot){ (uint32_t)(h >> 32), id + 1 };
}

static void resize(struct match_index *ix)
{
	free(ix->slots);
	ix->slot_mask = ix->slot_mask * 2 + 1;
	ix->slots = grow(NULL, ix->slot_mask + 1, sizeof(struct slot));
	memset(ix->slots, 0, (ix->slot_mask + 1) * sizeof(struct slot));
	for (size_t i = 0; i < ix->entry_n; i++)
		slot_put(ix, key_hash(ix, ix->entries[i].kind, entry_text(ix, &ix->entries[i])), (uint32_t)i);
}

/* The entry of a key, made when it is new. False when the index is full (4 GB of text). */
static bool intern(struct match_index *ix, unsigned kind, unsigned flags, struct str key, uint32_t *out)
{
	uint64_t h = key_hash(ix, kind, key);

	for (size_t i = h & ix->slot_mask; ix->slots[i].id; i = (i + 1) & ix->slot_mask) {
		const struct entry *e = &ix->entries[ix->slots[i].id - 1];

		if (ix->slots[i].tag == (uint32_t)(h >> 32) && e->kind == kind && str_eq(entry_text(ix, e), key)) {
			*out = ix->slots[i].id - 1;
			return true;
		}
	}
	if (ix->text_n + key.n > UINT32_MAX || ix->entry_n >= UINT32_MAX - 1)
		return false;
	if ((ix->entry_n + 1) * 4 > (ix->slot_mask + 1) * 3)
		resize(ix);
	if (ix->entry_n == ix->entry_cap) {
		ix->entry_cap = ix->entry_cap ? ix->entry_cap + ix->entry_cap / 2 : 1024;
		ix->entries = grow(ix->entries, ix->entry_cap, sizeof(struct entry));
	}
	if (ix->text_n + key.n > ix->text_cap) {
		ix->text_cap = (ix->text_cap + key.n) + (ix->text_cap + key.n) / 2 + 4096;
		ix->texts = grow(ix->texts, ix->text_cap, 1);
	}
	memcpy(ix->texts + ix->text_n, key.p, key.n);
	ix->entries[ix->entry_n] = (struct entry){
		.text = (uint32_t)ix->text_n, .len = (uint16_t)key.n, .kind = (uint8_t)kind, .flags = (uint8_t)flags
	};
	ix->text_n += key.n;
	*out = (uint32_t)ix->entry_n++;
	slot_put(ix, h, *out);
	return true;
}

static bool add(struct match_index *ix, unsigned kind, unsigned flags, struct str key, uint32_t payload)
{
	uint32_t id;

	if (key.n == 0 || key.n > UINT16_MAX || !intern(ix, kind, flags, key, &id))
		return false;
	if (ix->pair_n == ix->pair_cap) {
		ix->pair_cap = ix->pair_cap ? ix->pair_cap + ix->pair_cap / 2 : 1024;
		ix->pairs = grow(ix->pairs, ix->pair_cap, 2 * sizeof(uint32_t));
	}
	ix->pairs[2 * ix->pair_n] = id;
	ix->pairs[2 * ix->pair_n + 1] = payload;
	ix->pair_n++;
	ix->has[kind] = true;
	return true;
}

static void note_plen(uint8_t *v, uint8_t *n, uint8_t plen)
{
	uint8_t i = 0;

	while (i < *n && v[i] < plen)
		i++;
	if (i < *n && v[i] == plen)
		return;
	memmove(v + i + 1, v + i, (size_t)(*n - i));
	v[i] = plen;
	++*n;
}

static bool add_net(struct match_index *ix, struct str value, uint32_t payload)
{
	struct net n;
	char key[18];

	if (!net_parse(value, &n))
		return false;
	net_mask(&n, n.plen);
	if (!add(ix, K_IP, 0, str_n(key, net_key_text(&n, key)), payload))
		return false;
	if (n.fam == 4) {
		ix->has_v4 = true;
		note_plen(ix->plens4, &ix->plen4_n, n.plen);
	} else {
		ix->has_v6 = true;
		note_plen(ix->plens6, &ix->plen6_n, n.plen);
	}
	return true;
}

static bool host_bytes(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ch_alnum((unsigned char)s.p[i]) && s.p[i] != '.' && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0;
}

static bool add_text(struct match_index *ix, struct arena *a, enum value_kind kind, struct str v, uint32_t payload)
{
	struct str s;
	size_t i;

	switch (kind) {
	case VK_DOMAIN:
		if (str_starts(v, S("*.")))
			v = str_from(v, 2);
		while (v.n && v.p[v.n - 1] == '.')
			v.n--;
		s = domain_ascii(a, v);
		if (!s.p || s.n > HOST_MAX || !host_bytes(s) || str_chr(s, '.') == STR_NONE || strchr(".-_", s.p[0]))
			return false;
		return add(ix, K_DOMAIN, 0, s, payload);
	case VK_EMAIL:
		i = str_rchr(v, '@');
		if (i == STR_NONE || i == 0 || i > LOCAL_MAX || i + 1 == v.n || !host_bytes(str_from(v, i + 1)))
			return false;
		return add(ix, K_EMAIL, 0, str_lower(a, v), payload);
	case VK_HASH:
		for (i = 0; i < v.n; i++)
			if (!ch_alnum((unsigned char)v.p[i]))
				return false;
		if (v.n < 8 || v.n > HASH_LEN_MAX)
			return false;
		ix->hash_lens[v.n / 64] |= 1ull << (v.n % 64);
		return add(ix, K_HASH, 0, str_lower(a, v), payload);
	case VK_URL: {
		size_t colon = str_find(v, S("://")), host = colon == STR_NONE ? 0 : colon + 3, end = host;
		char *p;

		while (end < v.n && v.p[end] != '/' && v.p[end] != '?' && v.p[end] != '#')
			end++;
		if (v.n > host && v.p[v.n - 1] == '/')
			v.n--;
		if (end == host || v.n <= host || (colon == STR_NONE && str_chr(v, '.') == STR_NONE))
			return false;
		for (i = 0; i < v.n; i++)
			if ((unsigned char)v.p[i] <= ' ')
				return false;
		s = str_dup(a, v);
		p = (char *)s.p;
		for (i = 0; i < end && i < s.n; i++)
			p[i] = (char)fold[(unsigned char)p[i]];
		ix->has_bare_url |= host == 0;
		return add(ix, K_URL, host ? 0 : F_BARE_URL, s, payload);
	}
	case VK_FILENAME: {
		struct str base;

		s = str_lower(a, v);
		i = base_at(s);
		base = str_from(s, i);
		if (base.n < 2 || base.n > NAME_MAX_LEN)
			return false;
		ix->has_dotless_name |= host_bytes(base) && str_chr(base, '.') == STR_NONE;
		ix->has_odd_name |= !host_bytes(base) || strchr(".-_", base.p[base.n - 1]);
		return add(ix, K_NAME, i ? F_PATH : 0, s, payload);
	}
	default:
		return false;
	}
}

bool match_add(struct match_index *ix, enum value_kind kind, struct str value, uint32_t payload)
{
	struct arena *a;
	bool ok;

	value = str_trim(value);
	if (kind == VK_IP)
		return add_net(ix, value, payload);
	a = arena_new(0);
	ok = add_text(ix, a, kind, value, payload);
	arena_free(a);
	return ok;
}

void match_ready(struct match_index *ix)
{
	size_t bits = 1 << 12;

	/* payloads of one value lie together, in the order of their coming */
	ix->payloads = grow(NULL, ix->pair_n + 1, sizeof(uint32_t));
	ix->entries = grow(ix->entries, ix->entry_n + 1, sizeof(struct entry));
	ix->entries[ix->entry_n] = (struct entry){ 0 };
	for (size_t i = 0; i <= ix->entry_n; i++)
		ix->entries[i].payload = 0;
	for (size_t i = 0; i < ix->pair_n; i++)
		ix->entries[ix->pairs[2 * i] + 1].payload++;
	for (size_t i = 0; i < ix->entry_n; i++)
		ix->entries[i + 1].payload += ix->entries[i].payload;
	for (size_t i = 0; i < ix->pair_n; i++)
		ix->payloads[ix->entries[ix->pairs[2 * i]].payload++] = ix->pairs[2 * i + 1];
	for (size_t i = ix->entry_n; i > 0; i--) /* the starts moved to the ends: move back */
		ix->entries[i].payload = ix->entries[i - 1].payload;
	ix->entries[0].payload = 0;
	free(ix->pairs);
	ix->pairs = NULL;
	if (ix->text_n) {
		ix->texts = grow(ix->texts, ix->text_n, 1);
		ix->text_cap = ix->text_n;
	}

	while (bits < ix->entry_n * 16)
		bits *= 2;
	ix->filter = grow(NULL, bits / 64, sizeof(uint64_t));
	memset(ix->filter, 0, bits / 8);
	ix->filter_mask = bits - 1;
	for (size_t i = 0; i < ix->entry_n; i++) {
		uint64_t h = key_hash(ix, ix->entries[i].kind, entry_text(ix, &ix->entries[i])) & ix->filter_mask;

		ix->filter[h >> 6] |= 1ull << (h & 63);
	}
}

size_t match_count(const struct match_index *ix)
{
	return ix->entry_n;
}

size_t match_memory(const struct match_index *ix)
{
	return sizeof(*ix) + (ix->entry_n + 1) * sizeof(struct entry) + ix->text_cap +
		(ix->slot_mask + 1) * sizeof(struct slot) + (ix->filter ? (ix->filter_mask + 1) / 8 : 0) +
		(ix->entries[ix->entry_n].payload + 1) * sizeof(uint32_t);
}
