/* spool.c - see spool.h. The file has no name from the start (O_TMPFILE), so nothing is left behind by a crash. */
#include "http/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void spool_init(struct spool *sp, const char *dir, uint64_t max)
{
	*sp = (struct spool){ .dir = dir, .max = max, .fd = -1 };
	buf_init(&sp->mem, dir || max > SIZE_MAX / 2 ? SPOOL_MEM_MAX : (size_t)max);
}

static enum rc write_all(struct ctx *cx, struct spool *sp, struct str s)
{
	while (s.n) {
		ssize_t n = write(sp->fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(cx, errno == ENOSPC || errno == EDQUOT ? RC_FULL : RC_IO, "cannot write a temporary file in %s", sp->dir);
		s = str_from(s, (size_t)n);
	}
	return RC_OK;
}

static enum rc open_file(struct ctx *cx, struct spool *sp)
{
	char name[4096];

	sp->fd = open(sp->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (sp->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		if (snprintf(name, sizeof(name), "%s/.spoolXXXXXX", sp->dir) >= (int)sizeof(name))
			return fail(cx, RC_IO, "the name of the spool directory is too long");
		sp->fd = mkostemp(name, O_CLOEXEC);
		if (sp->fd >= 0)
			unlink(name);
	}
	if (sp->fd < 0)
		return fail_errno(cx, RC_IO, "cannot make a temporary file in %s", sp->dir);
	return RC_OK;
}

enum rc spool_add(struct ctx *cx, struct spool *sp, struct str piece)
{
	if (piece.n > sp->max - sp->n)
		return fail(cx, RC_TOOBIG, "the body is larger than %llu bytes", (unsigned long long)sp->max);
	if (sp->fd < 0 && (!sp->dir || sp->n + piece.n <= SPOOL_MEM_MAX)) {
		buf_str(&sp->mem, piece);
		if (!buf_ok(&sp->mem))
			return fail(cx, RC_TOOBIG, "the body is larger than %zu bytes", sp->mem.max);
		sp->n += piece.n;
		return RC_OK;
	}
	if (sp->fd < 0) {
		TRY(open_file(cx, sp));
		TRY(write_all(cx, sp, buf_view(&sp->mem)));
		buf_clear(&sp->mem);
	}
	TRY(write_all(cx, sp, piece));
	sp->n += piece.n;
	return RC_OK;
}

enum rc spool_view(struct ctx *cx, struct spool *sp, struct str *out)
{
	if (sp->fd < 0) {
		*out = buf_view(&sp->mem);
		return RC_OK;
	}
	if (!sp->map) {
		sp->map = mmap(NULL, sp->n, PROT_READ, MAP_PRIVATE, sp->fd, 0);
		if (sp->map == MAP_FAILED) {
			sp->map = NULL;
			return fail_errno(cx, RC_IO, "cannot map a temporary file");
		}
		madvise(sp->map, sp->n, MADV_SEQUENTIAL);
	}
	*out = str_n(sp->map, sp->n);
	return RC_OK;
}

void spool_clear(struct spool *sp)
{
	if (sp->map)
		munmap(sp->map, sp->n);
	if (sp->fd > 0)
		close(sp->fd);
	buf_clear(&sp->mem);
	*sp = (struct spool){ .fd = -1 };
}
