/* source.c - a feed's document as text in memory or mapped: from the network or from a file, gzip and zip taken off. What comes out is complete: a
 * transfer that broke off, an archive that is cut short or a document over the limit is a failure, not a shorter document. */
#include "feed/feed_int.h"

#include <assert.h>
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/client.h"
#include "http/spool.h"

#define SIZE_DEFAULT ((uint64_t)2 << 30)
/* An archive that grows more than this, and to more than this size, is made to fill disks. */
#define GROWTH_MAX 200u
#define GROWTH_FREE ((uint64_t)16 << 20)
#define PIECE ((size_t)256 << 10)

static uint64_t size_max(const struct fetch *x)
{
	return x->o->size_max ? x->o->size_max : SIZE_DEFAULT;
}

static const char *spool_dir(const struct fetch *x)
{
	return x->o->spool_dir ? x->o->spool_dir : x->cx->st->dir;
}

static void spool_cleanup(void *sp)
{
	spool_clear(sp);
}

/* lives as long as cx->mem */
static struct spool *spool_make(struct fetch *x)
{
	struct spool *sp = arena_one(x->cx->mem, struct spool);

	spool_init(sp, spool_dir(x), size_max(x));
	arena_cleanup(x->cx->mem, spool_cleanup, sp);
	return sp;
}

/* ---- archives ---- */

static void archive_done(struct archive **a)
{
	archive_read_free(*a);
}

static enum rc unpack(struct fetch *x, struct str *text, const char *what)
{
	struct ctx *cx = x->cx;
	SCOPED(archive_done) struct archive *a = archive_read_new();
	struct spool *sp = spool_make(x);
	struct archive_entry *e;
	int rc;

	if (!a)
		return fail(cx, RC_LIMIT, "out of memory");
	archive_read_support_filter_gzip(a);
	archive_read_support_format_raw(a);
	archive_read_support_format_zip(a);
	if (archive_read_open_memory(a, text->p, text->n) != ARCHIVE_OK)
		return fail(cx, RC_INVALID, "not a readable %s archive: %s", what, archive_error_string(a));
	do
		rc = archive_read_next_header(a, &e);
	while (rc == ARCHIVE_OK && archive_entry_filetype(e) == AE_IFDIR);
	if (rc != ARCHIVE_OK)
		return fail(cx, RC_INVALID, "the %s archive holds no readable file", what);
	for (;;) {
		const void *p;
		size_t n;
		la_int64_t off;

		rc = archive_read_data_block(a, &p, &n, &off);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK)
			return fail(cx, RC_INVALID, "the %s archive is broken or cut short: %s", what, archive_error_string(a));
		if ((uint64_t)off != sp->n)
			return fail(cx, RC_INVALID, "the %s archive is broken", what);
		if (sp->n + n > GROWTH_FREE && sp->n + n > (uint64_t)text->n * GROWTH_MAX)
			return fail(cx, RC_TOOBIG, "the %s archive grows more than %u-fold", what, GROWTH_MAX);
		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "stopped while unpacking");
		TRY(spool_add(cx, sp, str_n(p, n)));
	}
	return spool_view(cx, sp, text);
}

/* A gzip stream without its end is read as if it were whole by the library when the input just stops; the trailer tells. */
static enum rc decode(struct fetch *x, struct str *text)
{
	const uint8_t *p = (const uint8_t *)text->p;

	if (text->n >= 18 && p[0] == 0x1f && p[1] == 0x8b)
		return unpack(x, text, "gzip");
	if (text->n >= 22 && memcmp(p, "PK\3\4", 4) == 0)
		return unpack(x, text, "zip");
	return RC_OK;
}

/* ---- files ---- */

struct str source_path(struct ctx *cx, const struct feed *f)
{
	if (str_starts(f->url, S("file://")))
		return str_from(f->url, 7);
	return str_eq(f->input_source, S("local")) ? f->url : (struct str){ 0 };
}

static void fd_done(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Read, not mapped: the file belongs to somebody else, who may cut it while it is read. */
static enum rc file_get(struct fetch *x, const char *path, struct doc *out)
{
	struct ctx *cx = x->cx;
	SCOPED(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct spool *sp;
	struct stat sb;
	char *piece;

	if (fd < 0)
		return fail_errno(cx, errno == ENOENT ? RC_NOTFOUND : RC_IO, "cannot read %s", path);
	if (fstat(fd, &sb) < 0 || !S_ISREG(sb.st_mode))
		return fail(cx, RC_IO, "%s is not a file", path);
	if ((uint64_t)sb.st_size > size_max(x))
		return fail(cx, RC_TOOBIG, "%s is larger than %llu bytes", path, (unsigned long long)size_max(x));
	sp = spool_make(x);
	piece = arena_alloc(cx->mem, PIECE);
	for (;;) {
		ssize_t n = read(fd, piece, PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(cx, RC_IO, "cannot read %s", path);
		if (n == 0)
			break;
		TRY(spool_add(cx, sp, str_n(piece, (size_t)n)));
	}
	return spool_view(cx, sp, &out->text);
}

/* ---- network ---- */

/* "Name: value" lines */
static struct http_pairs headers_of(struct ctx *cx, struct str text)
{
	struct cur c = cur_of(text);
	struct http_pair *v = NULL;
	size_t cap = 0, n = 0;
	struct str line;

	while (cur_line(&c, &line)) {
		size_t colon = str_chr(line, ':');

		if (colon == STR_NONE || colon == 0)
			continue;
		v = arena_grow(cx->mem, v, &cap, n, sizeof(*v));
		v[n++] = (struct http_pair){ str_trim(str_sub(line, 0, colon)), str_trim(str_from(line, colon + 1)) };
	}
	return (struct http_pairs){ v, n };
}

static enum rc network_get(struct fetch *x, struct str url, bool conditional, struct doc *out)
{
	struct ctx *cx = x->cx;
	struct http_want w = http_want_default();
	struct http_got g;

	w.session = x->session;
	w.url = url;
	w.headers = headers_of(cx, x->f.headers);
	w.ca_file = x->o->ca_file;
	w.spool_dir = spool_dir(x);
	w.size_max = size_max(x);
	if (x->o->total_ms)
		w.total_ms = x->o->total_ms;
	w.allow_loopback = x->o->allow_loopback;
	w.allow = x->o->allow;
	if (conditional) {
		w.etag = x->f.etag.p ? x->f.etag : S("");
		w.last_modified = x->f.last_modified.p ? x->f.last_modified : S("");
	}
	TRY(http_fetch(cx, &w, &g));
	out->not_modified = conditional && g.status == 304;
	if (out->not_modified)
		return RC_OK;
	if (g.status == 404 || g.status == 410)
		return fail(cx, RC_NOTFOUND, "the other side answered %d (there is no such document)", g.status);
	if (g.status != 200)
		return fail(cx, RC_REMOTE, "the other side answered %d instead of the document", g.status);
	out->text = g.body;
	out->etag = g.etag;
	out->last_modified = g.last_modified;
	return RC_OK;
}

enum rc source_get(struct fetch *x, struct str rel, bool conditional, struct doc *out)
{
	struct ctx *cx = x->cx;
	struct str path = source_path(cx, &x->f), base = path.p ? path : x->f.url;

	*out = (struct doc){ .text = S("") };
	if (rel.n) {
		assert(base.p);
		/* the address of a MISP feed may name its manifest */
		if (str_ends(base, S("/manifest.json")))
			base.n -= strlen("/manifest.json");
		while (base.n > 1 && base.p[base.n - 1] == '/')
			base.n--;
		base = str_fmt(cx->mem, "%.*s/%.*s", STR(base), STR(rel));
	}
	if (path.p)
		TRY(file_get(x, str_cdup(cx->mem, base), out));
	else
		TRY(network_get(x, base, conditional, out));
	if (out->not_modified)
		return RC_OK;
	x->rep->bytes += out->text.n;
	return decode(x, &out->text);
}

/* ---- what kind of text ---- */

static bool is_html(struct str text)
{
	struct str head = str_trim(str_sub(text, 0, 2048));

	return head.n && head.p[0] == '<' &&
	       (str_starts_nocase(head, S("<!doctype html")) || str_find_nocase(head, S("<html")) != STR_NONE || str_find_nocase(head, S("<head>")) != STR_NONE ||
		str_find_nocase(head, S("<body")) != STR_NONE);
}

enum rc source_text(struct ctx *cx, struct str *text)
{
	const uint8_t *p = (const uint8_t *)text->p;

	if (text->n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
		return fail(cx, RC_INVALID, "the document is UTF-16 text; a feed is read as UTF-8");
	if (str_starts(*text, S("\xef\xbb\xbf")))
		*text = str_from(*text, 3);
	if (is_html(*text))
		return fail(cx, RC_INVALID, "the document looks like an HTML page, not like a feed");
	return RC_OK;
}
