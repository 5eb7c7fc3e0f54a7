/* ssdeep.c - comparison of context triggered piecewise hashes after Kornblum (Digital Investigation 3S, 2006) and the spamsum it came from:
 * a weighted edit distance of signatures of one block size, scaled to 0..100, held down where small blocks say little. */
#include "model/ssdeep.h"

enum { BLOCK_MIN = 3, RUN_MAX = 3 };

static bool signature(struct str s, char *out, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (i >= RUN_MAX && s.p[i] == s.p[i - 1] && s.p[i] == s.p[i - 2] && s.p[i] == s.p[i - 3])
			continue;
		if (*n == SSDEEP_SIGNATURE)
			return false;
		out[(*n)++] = s.p[i];
	}
	return true;
}

bool ssdeep_parse(struct str text, struct ssdeep *out)
{
	struct cur c = cur_of(text);
	struct str block, one;

	return cur_until(&c, ':', &block) && str_u64(block, &out->block) && out->block >= BLOCK_MIN && out->block <= UINT32_MAX && cur_until(&c, ':', &one) &&
	       c.p[-1] == ':' && signature(one, out->s[0], &out->n[0]) && signature(cur_rest(&c), out->s[1], &out->n[1]);
}

/* insert and delete cost 1, replace 2 */
static int distance(const char *a, size_t an, const char *b, size_t bn)
{
	int row[SSDEEP_SIGNATURE + 1];

	for (size_t j = 0; j <= bn; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= an; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= bn; j++) {
			int best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 2);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[bn];
}

static bool share_piece(const char *a, size_t an, const char *b, size_t bn)
{
	for (size_t i = 0; i + SSDEEP_PIECE <= an; i++)
		for (size_t j = 0; j + SSDEEP_PIECE <= bn; j++)
			if (memcmp(a + i, b + j, SSDEEP_PIECE) == 0)
				return true;
	return false;
}

static int score(const char *a, size_t an, const char *b, size_t bn, uint64_t block)
{
	uint64_t cap;
	int s;

	if (!share_piece(a, an, b, bn))
		return 0;
	s = distance(a, an, b, bn) * SSDEEP_SIGNATURE / (int)(an + bn);
	s = 100 - 100 * s / SSDEEP_SIGNATURE;
	/* short signatures of small blocks match by chance: no more than the block size allows */
	cap = block / BLOCK_MIN * (an < bn ? an : bn);
	if (block < (99 + SSDEEP_PIECE) / SSDEEP_PIECE * BLOCK_MIN && (uint64_t)s > cap)
		s = (int)cap;
	return s < 0 ? 0 : s;
}

int ssdeep_score(const struct ssdeep *a, const struct ssdeep *b)
{
	int x, y;

	if (a->block == b->block * 2)
		return score(a->s[0], a->n[0], b->s[1], b->n[1], a->block);
	if (b->block == a->block * 2)
		return score(a->s[1], a->n[1], b->s[0], b->n[0], b->block);
	if (a->block != b->block)
		return 0;
	if (a->n[0] == b->n[0] && a->n[1] == b->n[1] && memcmp(a->s[0], b->s[0], a->n[0]) == 0 && memcmp(a->s[1], b->s[1], a->n[1]) == 0)
		return 100;
	x = score(a->s[0], a->n[0], b->s[0], b->n[0], a->block);
	y = score(a->s[1], a->n[1], b->s[1], b->n[1], a->block * 2);
	return x > y ? x : y;
}

size_t ssdeep_pieces(const struct ssdeep *h, struct ssdeep_piece *out)
{
	size_t n = 0;

	for (int k = 0; k < 2; k++) {
		size_t first = n;

		for (size_t i = 0; i + SSDEEP_PIECE <= h->n[k]; i++) {
			size_t j = first;

			while (j < n && memcmp(out[j].text.p, h->s[k] + i, SSDEEP_PIECE) != 0)
				j++;
			if (j == n)
				out[n++] = (struct ssdeep_piece){ h->block << k, str_n(h->s[k] + i, SSDEEP_PIECE) };
		}
	}
	return n;
}
