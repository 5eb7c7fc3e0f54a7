/* match_int.h - the index as its builder (index.c) and the line reader (match.c) know it.
 *
 * One open-addressing table for all kinds; a key is the kind, a folded text and, for addresses, family, length and
 * bytes. Texts are hashed by a polynomial with a secret multiplier, byte by byte, so that one pass yields the hash of
 * every suffix (hosts, names: from the end) or prefix (URLs: from the start). A bit field in front of the table answers
 * most questions without touching it. */
#ifndef MATCH_MATCH_INT_H
#define MATCH_MATCH_INT_H

#include "match/match.h"
#include "model/value.h"

#define HASH_LEN_MAX 128 /* longest run of letters and digits that may be a hash */
#define HOST_MAX 253
#define NAME_MAX_LEN 255 /* of a file name */
#define LOCAL_MAX 64     /* of an e-mail address before the '@' */
#define URL_SEEN_MAX 65536

enum { K_IP = VK_IP, K_DOMAIN = VK_DOMAIN, K_URL = VK_URL, K_HASH = VK_HASH, K_EMAIL = VK_EMAIL, K_NAME = VK_FILENAME };
enum { F_PATH = 1, F_BARE_URL = 2 }; /* flags of an entry */

struct entry {
	uint32_t text;    /* offset in texts */
	uint32_t payload; /* offset in payloads */
	uint16_t len;
	uint8_t kind, flags;
};
struct slot {
	uint32_t tag; /* upper half of the hash */
	uint32_t id;  /* entry number + 1; 0: free */
};

struct match_index {
	uint64_t k; /* multiplier, odd */
	struct entry *entries;
	size_t entry_n, entry_cap;
	char *texts;
	size_t text_n, text_cap;
	struct slot *slots;
	size_t slot_mask;
	uint64_t *filter; /* made by match_ready */
	uint64_t filter_mask;
	uint32_t *payloads;
	uint32_t *pairs; /* entry, payload; until match_ready */
	size_t pair_n, pair_cap;
	bool has[8]; /* kinds present */
	bool has_v4, has_v6, has_bare_url, has_dotless_name, has_odd_name;
	uint8_t plens4[33], plens6[129]; /* network lengths in use, ascending */
	uint8_t plen4_n, plen6_n;
	uint64_t hash_lens[(HASH_LEN_MAX + 64) / 64];
};

static inline uint64_t step(const struct match_index *ix, uint64_t h, unsigned char c)
{
	return (h + c + 1) * ix->k;
}

static inline uint64_t finish(uint64_t h, unsigned kind)
{
	h ^= (uint64_t)kind * 0x9E3779B97F4A7C15ull;
	h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93ull;
	return h ^ (h >> 29);
}

uint64_t hash_net(const struct match_index *ix, const struct net *n);
/* The key's text of an address: family, length, bytes; returns its length. */
size_t net_key_text(const struct net *n, char out[18]);

static inline bool maybe(const struct match_index *ix, uint64_t h)
{
	return ix->filter[(h & ix->filter_mask) >> 6] >> (h & 63) & 1;
}

extern const unsigned char fold[256]; /* ASCII lower case */

#endif
