/* file.c - see file.h. */
#include "store/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sum.h"

#define PART "part."
enum { CUT_AFTER_S = 3600 };

struct file_in {
	char *path;
	int fd;
	int64_t size;
	struct sum sum;
};

static enum rc disk(struct ctx *cx, const char *what, const char *path)
{
	return fail_errno(cx, errno == ENOSPC || errno == EDQUOT ? RC_FULL : RC_IO, "cannot %s %s", what, path);
}

static const char *folder(struct ctx *cx)
{
	return str_fmt(cx->mem, "%s/files", cx->st->dir).p;
}

static bool sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;
	int eno = errno;

	if (fd >= 0)
		close(fd);
	errno = eno;
	return done;
}

/* Makes dir in parent unless it is there. */
static enum rc make(struct ctx *cx, const char *dir, const char *parent)
{
	if (mkdir(dir, 0700) == 0)
		return sync_folder(parent) ? RC_OK : disk(cx, "write the folder", parent);
	return errno == EEXIST ? RC_OK : disk(cx, "make the folder", dir);
}

enum rc file_begin(struct ctx *cx, struct file_in **out)
{
	const char *dir = folder(cx);
	struct file_in *f;

	TRY(make(cx, dir, cx->st->dir));
	f = calloc(1, sizeof(*f));
	if (!f)
		abort();
	f->path = str_malloc(str_fmt(cx->mem, "%s/" PART "XXXXXX", dir));
	f->fd = mkostemp(f->path, O_CLOEXEC);
	if (f->fd < 0) {
		free(f->path);
		free(f);
		return disk(cx, "make a file in", dir);
	}
	sum_begin(&f->sum, SUM_SHA256);
	*out = f;
	return RC_OK;
}

enum rc file_add(struct ctx *cx, struct file_in *f, struct str piece)
{
	sum_add(&f->sum, piece.p, piece.n);
	f->size += (int64_t)piece.n;
	while (piece.n) {
		ssize_t n = write(f->fd, piece.p, piece.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return disk(cx, "write", f->path);
		piece = str_from(piece, (size_t)n);
	}
	return RC_OK;
}

void file_drop(struct file_in **fp)
{
	struct file_in *f = *fp;

	if (!f)
		return;
	sum_end(&f->sum, NULL);
	if (f->fd >= 0)
		close(f->fd);
	unlink(f->path);
	free(f->path);
	free(f);
	*fp = NULL;
}

/* "ab", and "ab/cdef..." */
static void names(const uint8_t sha256[32], char out_dir[3], char out[66])
{
	struct buf b;

	buf_init(&b, 64);
	buf_hex(&b, sha256, 32);
	memcpy(out_dir, b.p, 2);
	out_dir[2] = 0;
	memcpy(out, b.p, 2);
	out[2] = '/';
	memcpy(out + 3, b.p + 2, 62);
	out[65] = 0;
	buf_clear(&b);
}

static enum rc lock(struct ctx *cx)
{
	int64_t n;

	return id_next(cx, "file", &n);
}

enum rc file_end(struct ctx *cx, struct file_in **fp, struct file_id *out)
{
	struct file_in *f = *fp;
	const char *top = folder(cx), *dir, *path;
	struct file_id id = { .size = f->size };
	char d[3], name[66];
	struct stat sb;

	sum_end(&f->sum, id.sha256);
	names(id.sha256, d, name);
	dir = str_fmt(cx->mem, "%s/%s", top, d).p;
	path = str_fmt(cx->mem, "%s/%s", top, name).p;
	TRY(lock(cx));
	if (stat(path, &sb) < 0 || sb.st_size != id.size) {
		if (fsync(f->fd) < 0)
			return disk(cx, "write", f->path);
		TRY(make(cx, dir, top));
		if (rename(f->path, path) < 0)
			return disk(cx, "rename", f->path);
		if (!sync_folder(dir))
			return disk(cx, "write the folder", dir);
	}
	file_drop(fp); /* its old name, when the content was there already */
	*out = id;
	return RC_OK;
}

enum rc file_open(struct ctx *cx, const struct file_id *id, int *fd)
{
	char d[3], name[66];
	const char *path;

	names(id->sha256, d, name);
	path = str_fmt(cx->mem, "%s/%s", folder(cx), name).p;
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 || errno == ENOENT ? RC_OK : fail_errno(cx, RC_IO, "cannot open %s", path);
}

enum rc file_there(struct ctx *cx, const struct file_id *id, bool *out)
{
	struct stat sb;
	int fd;

	TRY(file_open(cx, id, &fd));
	*out = fd >= 0 && fstat(fd, &sb) == 0 && sb.st_size == id->size;
	if (fd >= 0)
		close(fd);
	return RC_OK;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static enum rc list(struct ctx *cx, const char *dir, struct dirent ***out, int *n)
{
	*n = scandir(dir, out, visible, alphasort);
	if (*n >= 0)
		return RC_OK;
	*out = NULL;
	*n = 0;
	return errno == ENOENT || errno == ENOTDIR ? RC_OK : fail_errno(cx, RC_IO, "cannot list %s", dir);
}

static void list_free(struct dirent **v, int n)
{
	for (int i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

static bool hex_named(const char *name, size_t len)
{
	return strlen(name) == len && str_is_hex(str_c(name));
}

enum rc file_each(struct ctx *cx, const char *dir, file_each_fn *fn, void *arg)
{
	struct arena_mark m = arena_mark(cx->mem);
	struct dirent **tops, **v;
	enum rc rc = RC_OK;
	int n, k;

	TRY(list(cx, dir, &tops, &n));
	for (int i = 0; i < n && rc == RC_OK; i++) {
		if (!hex_named(tops[i]->d_name, 2))
			continue;
		rc = list(cx, str_fmt(cx->mem, "%s/%s", dir, tops[i]->d_name).p, &v, &k);
		for (int j = 0; j < k && rc == RC_OK; j++)
			if (hex_named(v[j]->d_name, 62))
				rc = fn(cx, arg, str_fmt(cx->mem, "%s/%s", tops[i]->d_name, v[j]->d_name).p);
		list_free(v, k);
		arena_reset(cx->mem, m);
	}
	list_free(tops, n);
	return rc;
}

/* ---- what nobody names ---- */

static enum rc named(struct ctx *cx, const char *name, bool *out)
{
	static const struct sql Q = SQL("SELECT 1 FROM attachment WHERE sha256 = $1 LIMIT 1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	uint8_t sha256[32];
	int64_t one;
	size_t k = 0;
	enum rc rc;

	for (const char *p = name; *p && k < 32; p += 2, k++) {
		if (*p == '/')
			p++;
		sha256[k] = (uint8_t)(ch_hex((unsigned char)p[0]) << 4 | ch_hex((unsigned char)p[1]));
	}
	TRY(stmt_open(cx, cx->conn, &Q, &q));
	bind_blob(&q, 1, sha256, 32);
	rc = stmt_get_i64(cx, &q, &one);
	*out = rc == RC_OK;
	return rc == RC_DONE ? RC_OK : rc;
}

struct sweep {
	const char *dir;
	char top[3];      /* folder of the open transaction */
	int64_t removed;
};

/* One transaction a folder: writers wait for that long only. */
static enum rc sweep_one(struct ctx *cx, void *arg, const char *name)
{
	struct sweep *s = arg;
	bool kept;

	if (strncmp(s->top, name, 2) != 0) {
		if (s->top[0])
			TRY(store_commit(cx));
		memcpy(s->top, name, 2);
		TRY(store_begin(cx));
		TRY(lock(cx));
	}
	TRY(named(cx, name, &kept));
	if (!kept && unlink(str_fmt(cx->mem, "%s/%s", s->dir, name).p) == 0)
		s->removed++;
	return RC_OK;
}

static enum rc sweep_cut(struct ctx *cx, const char *dir)
{
	struct dirent **v;
	int n;

	TRY(list(cx, dir, &v, &n));
	for (int i = 0; i < n; i++) {
		const char *path = str_fmt(cx->mem, "%s/%s", dir, v[i]->d_name).p;
		struct stat sb;

		if (str_starts(str_c(v[i]->d_name), S(PART)) && stat(path, &sb) == 0 && sb.st_mtime + CUT_AFTER_S < ctx_now_s(cx))
			unlink(path);
	}
	list_free(v, n);
	return RC_OK;
}

enum rc file_sweep(struct ctx *cx, int64_t *removed)
{
	struct sweep s = { .dir = folder(cx) };
	enum rc rc = file_each(cx, s.dir, sweep_one, &s);

	if (rc == RC_OK && s.top[0])
		rc = store_commit(cx);
	store_rollback(cx);
	*removed = s.removed;
	return rc == RC_OK ? sweep_cut(cx, s.dir) : rc;
}
