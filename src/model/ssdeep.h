/* ssdeep.h - fuzzy hashes "block size:signature:signature of twice the block size", and how alike two of them are.
 *
 *     struct ssdeep a, b;
 *     if (ssdeep_parse(text, &a) && ssdeep_parse(other, &b) && ssdeep_score(&a, &b) >= SSDEEP_NEAR) ...
 *
 * Two can be alike only when they share a piece: SSDEEP_PIECE characters in a row at the same block size. */
#ifndef MODEL_SSDEEP_H
#define MODEL_SSDEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { SSDEEP_SIGNATURE = 64, SSDEEP_PIECE = 7, SSDEEP_NEAR = 40 };
enum { SSDEEP_PIECES_MAX = 2 * (SSDEEP_SIGNATURE - SSDEEP_PIECE + 1) };

struct ssdeep {
	uint64_t block;
	size_t n[2];
	char s[2][SSDEEP_SIGNATURE]; /* runs of more than three equal characters cut to three */
};

/* False for anything else, and for signatures longer than the method makes them. */
bool ssdeep_parse(struct str text, struct ssdeep *out);
/* 0 nothing in common .. 100 the same. */
int ssdeep_score(const struct ssdeep *a, const struct ssdeep *b);

/* The distinct pieces with the block size each belongs to; out has room for SSDEEP_PIECES_MAX, borrows from h. */
struct ssdeep_piece {
	uint64_t block;
	struct str text;
};
size_t ssdeep_pieces(const struct ssdeep *h, struct ssdeep_piece *out);

#endif
