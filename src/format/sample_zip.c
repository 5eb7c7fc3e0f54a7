/* sample_zip.c - see sample_zip.h. Written through libarchive piece by piece: memory does not grow with the sample. */
#include "format/sample_zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#define PASSWORD "infected"

struct writing {
	struct ctx *cx;
	const struct sample *s;
	enum rc rc; /* of out, which the library does not know */
};

static ssize_t on_write(struct archive *a, void *arg, const void *p, size_t n)
{
	struct writing *w = arg;

	w->rc = w->s->out(w->s->arg, w->cx, str_n(p, n));
	if (w->rc == RC_OK)
		return (ssize_t)n;
	archive_set_error(a, EIO, "not written");
	return -1;
}

static void free_archive(struct archive **a)
{
	archive_write_free(*a);
}

static enum rc bad(struct writing *w, struct archive *a)
{
	const char *why = archive_error_string(a);

	return w->rc != RC_OK ? w->rc : fail(w->cx, RC_IO, "cannot make the zip of the sample: %s", why ? why : "unknown");
}

static enum rc entry(struct writing *w, struct archive *a, struct str name, int64_t size)
{
	struct archive_entry *e = archive_entry_new();
	int r;

	archive_entry_set_pathname(e, str_cdup(w->cx->mem, name));
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, size);
	archive_entry_set_mtime(e, (time_t)ctx_now_s(w->cx), 0);
	r = archive_write_header(a, e);
	archive_entry_free(e);
	return r == ARCHIVE_OK ? RC_OK : bad(w, a);
}

static enum rc data(struct writing *w, struct archive *a, struct str s)
{
	while (s.n) {
		ssize_t n = archive_write_data(a, s.p, s.n);

		if (n <= 0)
			return bad(w, a);
		s = str_from(s, (size_t)n);
	}
	return RC_OK;
}

enum rc sample_zip(struct ctx *cx, const struct sample *s)
{
	SCOPED(free_archive) struct archive *a = archive_write_new();
	struct writing w = { cx, s, RC_OK };
	struct str piece;
	enum rc rc;

	if (!a || archive_write_set_format_zip(a) != ARCHIVE_OK ||
	    archive_write_set_options(a, "zip:encryption=traditional,zip:compression=deflate,zip:compression-level=1") != ARCHIVE_OK ||
	    archive_write_set_passphrase(a, PASSWORD) != ARCHIVE_OK || archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
	    archive_write_open(a, &w, NULL, on_write, NULL) != ARCHIVE_OK)
		return bad(&w, a);
	TRY(entry(&w, a, s->md5, s->size));
	while ((rc = s->next(s->arg, cx, &piece)) == RC_OK)
		TRY(data(&w, a, piece));
	if (rc != RC_DONE)
		return rc;
	TRY(entry(&w, a, str_fmt(cx->mem, "%.*s.filename.txt", STR(s->md5)), (int64_t)s->name.n));
	TRY(data(&w, a, s->name));
	return archive_write_close(a) == ARCHIVE_OK ? RC_OK : bad(&w, a);
}

bool is_zip(struct str start)
{
	return str_starts(start, S("PK\003\004"));
}
