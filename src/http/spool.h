/* spool.h - collects a body of unknown size: in memory up to a threshold, then in an unlinked temporary file that is
 * mapped for reading. Both ends of the room use it: request bodies and fetched documents.
 *
 *     struct spool sp;
 *     spool_init(&sp, "/var/tmp", 10 << 20);
 *     TRY(spool_add(cx, &sp, piece));            RC_TOOBIG past the limit, RC_IO when the disk is full
 *     TRY(spool_view(cx, &sp, &all));            borrowed until spool_clear
 *     spool_clear(&sp);
 */
#ifndef HTTP_SPOOL_H
#define HTTP_SPOOL_H

#include "base/buf.h"
#include "base/ctx.h"

#define SPOOL_MEM_MAX ((size_t)1 << 20)

struct spool {
	struct buf mem;
	const char *dir; /* kept; NULL: memory only */
	uint64_t n, max;
	int fd;          /* -1: in memory */
	void *map;
};

void spool_init(struct spool *sp, const char *dir, uint64_t max);
enum rc spool_add(struct ctx *cx, struct spool *sp, struct str piece) MUST_USE;
enum rc spool_view(struct ctx *cx, struct spool *sp, struct str *out) MUST_USE;
void spool_clear(struct spool *sp); /* a cleared or zeroed one is fine */

#endif
