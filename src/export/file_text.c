/* file_text.c - see file_text.h. */
#include "export/file_text.h"

#include <errno.h>
#include <unistd.h>

#include "base/base64.h"

enum { PIECE = 48 << 10 }; /* whole groups of three */

void file_text_write(void *arg, struct jw *w)
{
	const struct file_text *t = arg;
	struct arena_mark m = arena_mark(t->cx->mem);
	uint8_t *piece = arena_alloc(t->cx->mem, PIECE); /* stacks are small */
	size_t n = 0;
	int fd = -1;
	ssize_t got = 1;

	jw_raw(w, S("\""));
	if (file_open(t->cx, t->file, &fd) != RC_OK || fd < 0) {
		buf_ch(w->out, '"');
		return;
	}
	while (got > 0) {
		got = read(fd, piece + n, PIECE - n);
		if (got < 0 && errno == EINTR) {
			got = 1;
			continue;
		}
		n += got > 0 ? (size_t)got : 0;
		if (n == PIECE || got == 0) { /* whole groups, until the end */
			b64_encode(w->out, piece, n);
			n = 0;
		}
	}
	if (got < 0)
		fail_errno(t->cx, RC_IO, "cannot read an attached file");
	close(fd);
	arena_reset(t->cx->mem, m);
	buf_ch(w->out, '"');
}
