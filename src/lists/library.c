/* library.c - see library.h. Knows folders and files, nothing of what is in them. */
#include "lists/library.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

enum rc library_file(struct ctx *cx, const char *path, size_t max, struct str *out)
{
	SCOPED(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *p;
	size_t n = 0;

	if (fd < 0)
		return fail_errno(cx, absent(errno) ? RC_NOTFOUND : RC_IO, "cannot open %s", path);
	if (fstat(fd, &st))
		return fail_errno(cx, RC_IO, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return fail(cx, RC_IO, "%s is not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return fail(cx, RC_TOOBIG, "%s has more than %zu bytes", path, max);
	p = arena_alloc(cx->mem, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, p + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(cx, RC_IO, "cannot read %s", path);
		if (got == 0)
			break; /* cut short meanwhile: the parser will say so */
		n += (size_t)got;
	}
	p[n] = 0;
	*out = str_n(p, n);
	return RC_OK;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* By bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* leaf NULL: NAME itself is the file */
static enum rc each(struct ctx *cx, const char *dir, const char *sub, const char *leaf, library_fn *fn, void *arg)
{
	struct str top = str_fmt(cx->mem, "%s/%s", dir, sub);
	struct dirent **names = NULL;
	int n = scandir(top.p, &names, visible, by_name);
	enum rc rc = RC_OK;

	if (n < 0)
		return fail_errno(cx, absent(errno) ? RC_NOTFOUND : RC_IO, "cannot list %s", top.p);
	for (int i = 0; i < n; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct str name = str_c(names[i]->d_name), text;
		struct str path = str_fmt(cx->mem, "%s/%s%s%s", top.p, name.p, leaf ? "/" : "", leaf ? leaf : "");

		if (rc == RC_OK && (leaf ? access(path.p, F_OK) == 0 : str_ends(name, S(".json")))) {
			rc = library_file(cx, path.p, LIBRARY_FILE_MAX, &text);
			if (rc == RC_OK)
				rc = fn(cx, arg, name, text);
		}
		arena_reset(cx->mem, m);
		free(names[i]);
	}
	free(names);
	return rc;
}

enum rc library_each(struct ctx *cx, const char *dir, const char *sub, const char *leaf, library_fn *fn, void *arg)
{
	return each(cx, dir, sub, leaf, fn, arg);
}

enum rc library_files(struct ctx *cx, const char *dir, const char *sub, library_fn *fn, void *arg)
{
	return each(cx, dir, sub, NULL, fn, arg);
}
