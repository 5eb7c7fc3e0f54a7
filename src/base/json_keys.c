/* json_keys.c - the keys of the objects a reader stands in, to find one that stands twice.
 * Kept is a 64-bit hash of each decoded key under a secret seed: in a short list of all open objects, from KEYS_LISTED keys
 * on in a hash set of the object's own. Two different keys of one object meet in 64 bits about once in 2^63 pairs. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_int.h"

#define KEYS_LISTED 32u

struct key_set {
	struct key_set *prev; /* of an object further out */
	size_t n, cap;        /* cap: a power of two */
	uint64_t slots[];     /* 0: free */
};

void *json_must(void *p)
{
	if (!p) {
		fputs("misp: out of memory\n", stderr);
		abort();
	}
	return p;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static uint64_t load4(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

/* Never 0. Not a match for SipHash, but an enemy sees no hash and can at best have his own document refused. */
static uint64_t key_hash(uint64_t seed, struct str k)
{
	uint64_t a = 0, b = 0, h = seed ^ k.n;
	const char *p = k.p;
	size_t n = k.n;

	for (; n > 16; n -= 16, p += 16)
		h = mix(load8(p) ^ seed ^ 0x9E3779B97F4A7C15ull, load8(p + 8) ^ h);
	if (n >= 8) {
		a = load8(p);
		b = load8(p + n - 8);
	} else if (n >= 4) {
		a = load4(p);
		b = load4(p + n - 4);
	} else if (n) {
		a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
	}
	h = mix(mix(a ^ seed ^ 0xBF58476D1CE4E5B9ull, b ^ h), 0x94D049BB133111EBull);
	return h ? h : 1;
}

static uint64_t *set_find(struct key_set *s, uint64_t h)
{
	size_t i = h & (s->cap - 1);

	while (s->slots[i] && s->slots[i] != h)
		i = (i + 1) & (s->cap - 1);
	return &s->slots[i];
}

static struct key_set *set_new(size_t cap, struct key_set *prev)
{
	struct key_set *s = json_must(calloc(1, sizeof(*s) + cap * sizeof(s->slots[0])));

	s->cap = cap;
	s->prev = prev;
	return s;
}

/* False when it is there already. */
static bool set_add(struct jr *r, struct jr_frame *f, uint64_t h)
{
	struct key_set *s = f->set;
	uint64_t *slot = set_find(s, h);

	if (*slot)
		return false;
	*slot = h;
	if (++s->n > s->cap / 2) {
		struct key_set *big = set_new(s->cap * 2, s->prev);

		for (size_t i = 0; i < s->cap; i++)
			if (s->slots[i])
				*set_find(big, s->slots[i]) = s->slots[i];
		big->n = s->n;
		free(s);
		f->set = r->heap->sets = big;
	}
	return true;
}

bool json_key_add(struct jr *r, struct jr_frame *f, struct str key)
{
	uint64_t h = key_hash(r->seed, key), bit = 1ull << (h >> 58);

	r->key_all++;
	if (f->set)
		return set_add(r, f, h);
	if (f->seen & bit)
		for (size_t i = f->key_start; i < r->key_n; i++)
			if (r->keys[i] == h)
				return false;
	f->seen |= bit;
	if (UNLIKELY(r->key_n - f->key_start == KEYS_LISTED)) {
		f->set = r->heap->sets = set_new((size_t)KEYS_LISTED * 4, r->heap->sets);
		while (r->key_n > f->key_start)
			set_add(r, f, r->keys[--r->key_n]);
		return set_add(r, f, h);
	}
	if (UNLIKELY(r->key_n == r->key_cap)) {
		r->key_cap = r->key_cap ? r->key_cap * 2 : KEYS_LISTED * 2;
		r->keys = r->heap->keys = json_must(realloc(r->heap->keys, r->key_cap * sizeof(*r->keys)));
	}
	r->keys[r->key_n++] = h;
	return true;
}

void json_keys_drop(struct jr *r, struct jr_frame *f)
{
	if (f->set) {
		r->key_all -= f->set->n;
		r->heap->sets = f->set->prev;
		free(f->set);
	} else {
		r->key_all -= r->key_n - f->key_start;
		r->key_n = f->key_start;
	}
}

void json_sets_clear(struct jr_heap *h)
{
	while (h->sets) {
		struct key_set *s = h->sets;

		h->sets = s->prev;
		free(s);
	}
}
