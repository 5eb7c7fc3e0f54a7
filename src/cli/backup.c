/* backup.c - misp backup and misp restore: a folder with a copy of the database and what belongs to it.
 *
 * A backup is made under another name beside its place and renamed when it is complete and on the disk; so is a restored data folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lists/library.h"
#include "store/audit.h"
#include "store/file.h"

#define DATABASE "misp.db"
#define SMALL_MAX (1u << 20)

/* Small files that belong to a data folder. */
static const struct {
	const char *name;
	bool needed;
} small[] = { { "secret.key", true }, { "misp.conf", false }, { "tls.crt", false }, { "tls.key", false } };

static enum rc sync_folder(struct ctx *cx, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), bad = fd < 0 || fsync(fd) < 0, eno = errno;

	if (fd >= 0)
		close(fd);
	errno = eno;
	return bad ? fail_errno(cx, RC_IO, "cannot write the folder %s", path) : RC_OK;
}

static enum rc copy_small(struct ctx *cx, const char *from, const char *to)
{
	for (size_t i = 0; i < sizeof(small) / sizeof(*small); i++) {
		struct str path = str_fmt(cx->mem, "%s/%s", from, small[i].name), text;

		if (access(path.p, F_OK) < 0 && errno == ENOENT && !small[i].needed)
			continue;
		TRY(library_file(cx, path.p, SMALL_MAX, &text));
		TRY(cli_write_file(cx, str_fmt(cx->mem, "%s/%s", to, small[i].name).p, text));
	}
	return RC_OK;
}

/* ---- attached files: the folder files/ ---- */

struct copying {
	const char *from, *to; /* the two folders */
	uint8_t *piece;
};
enum { COPY_PIECE = 1 << 20 };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum rc copy_bytes(struct ctx *cx, const struct copying *c, int in, int out, const char *to)
{
	ssize_t n, m;

	while ((n = read(in, c->piece, COPY_PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(cx, RC_IO, "cannot read a file of %s", c->from);
		for (ssize_t at = 0; at < n; at += m)
			if ((m = write(out, c->piece + at, (size_t)(n - at))) < 0) {
				if (errno != EINTR)
					return fail_errno(cx, errno == ENOSPC ? RC_FULL : RC_IO, "cannot write %s", to);
				m = 0;
			}
	}
	return fsync(out) < 0 ? fail_errno(cx, RC_IO, "cannot write %s", to) : RC_OK;
}

/* One that is there already is whole: both folders are known by content. */
static enum rc copy_file(struct ctx *cx, void *arg, const char *name)
{
	const struct copying *c = arg;
	const char *from = str_fmt(cx->mem, "%s/%s", c->from, name).p, *to = str_fmt(cx->mem, "%s/%s", c->to, name).p;
	SCOPED(close_fd) int in = -1;
	SCOPED(close_fd) int out = -1;

	if (mkdir(str_fmt(cx->mem, "%s/%.2s", c->to, name).p, 0700) < 0 && errno != EEXIST)
		return fail_errno(cx, RC_IO, "cannot make a folder in %s", c->to);
	in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0 && errno == ENOENT) /* removed meanwhile, since no row names it */
		return RC_OK;
	if (in < 0)
		return fail_errno(cx, RC_IO, "cannot open %s", from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 && errno == EEXIST)
		return RC_OK;
	if (out < 0)
		return fail_errno(cx, RC_IO, "cannot make %s", to);
	return copy_bytes(cx, c, in, out, to);
}

static enum rc copy_files(struct ctx *cx, const char *from, const char *to)
{
	struct copying c = { str_fmt(cx->mem, "%s/files", from).p, str_fmt(cx->mem, "%s/files", to).p, NULL };

	if (access(c.from, F_OK) < 0 && errno == ENOENT)
		return RC_OK;
	if (mkdir(c.to, 0700) < 0 && errno != EEXIST)
		return fail_errno(cx, RC_IO, "cannot make the folder %s", c.to);
	c.piece = arena_alloc(cx->mem, COPY_PIECE);
	TRY(file_each(cx, c.from, copy_file, &c));
	return sync_folder(cx, c.to);
}

static enum rc unlink_file(struct ctx *cx, void *arg, const char *name)
{
	const char *dir = arg;

	unlink(str_fmt(cx->mem, "%s/%s", dir, name).p);
	rmdir(str_fmt(cx->mem, "%s/%.2s", dir, name).p); /* when it was the last one */
	return RC_OK;
}

static void remove_files(const char *dir)
{
	struct ctx cx;
	const char *files;

	ctx_init(&cx, 0);
	files = str_fmt(cx.mem, "%s/files", dir).p;
	if (file_each(&cx, files, unlink_file, (void *)(uintptr_t)files) == RC_OK)
		rmdir(files);
	ctx_clear(&cx);
}

static void remove_made(const char *dir)
{
	static const char *const names[] = { DATABASE, DATABASE "-wal", DATABASE "-shm", "secret.key", "misp.conf", "tls.crt", "tls.key" };
	char path[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, names[i]) < sizeof(path))
			unlink(path);
	remove_files(dir);
	rmdir(dir);
}

static struct str parent_of(struct ctx *cx, struct str path)
{
	size_t slash = str_rchr(path, '/');

	return slash == STR_NONE ? S(".") : slash == 0 ? S("/") : str_dup(cx->mem, str_sub(path, 0, slash));
}

/* Without slashes at its end, with a NUL. */
static struct str path_of(struct ctx *cx, struct str s)
{
	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	return str_dup(cx->mem, s);
}

/* Makes part, fills it with fill, renames it to path. */
static enum rc make_folder(struct ctx *cx, struct str path, enum rc (*fill)(struct ctx *cx, const char *part, void *arg), void *arg)
{
	struct str part = str_fmt(cx->mem, "%.*s.part", STR(path));
	enum rc rc;

	remove_made(part.p); /* of an earlier try that was cut */
	if (mkdir(part.p, 0700) < 0)
		return fail_errno(cx, RC_IO, "cannot make the folder %s", part.p);
	rc = fill(cx, part.p, arg);
	if (rc == RC_OK)
		rc = sync_folder(cx, part.p);
	if (rc == RC_OK && rename(part.p, path.p) < 0)
		rc = fail_errno(cx, RC_IO, "cannot rename %s", part.p);
	if (rc != RC_OK) {
		remove_made(part.p);
		return rc;
	}
	return sync_folder(cx, parent_of(cx, path).p);
}

static enum rc fill_backup(struct ctx *cx, const char *part, void *arg)
{
	(void)arg;
	/* once before the rows, so that what they name is there, and once behind them for what came meanwhile */
	TRY(copy_files(cx, cx->st->dir, part));
	TRY(db_backup(cx, cx->st->db, str_fmt(cx->mem, "%s/" DATABASE, part).p));
	TRY(copy_files(cx, cx->st->dir, part));
	return copy_small(cx, cx->st->dir, part);
}

static enum rc audit_backup(struct ctx *cx, struct str path)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = audit_add(cx, &(struct audit){ .action = "backup", .model = "Instance", .title = path }, NULL);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc run_backup(struct cli *c)
{
	struct ctx *cx = &c->cx;
	struct str path = path_of(cx, c->operand[0]);

	TRY(cli_store(c));
	if (db_engine(c->st->db) == DB_PG)
		return fail(cx, RC_INVALID, "the rows are in PostgreSQL: copy them with pg_dump -Fc, and keep %s/secret.key and the folder %s/files with the copy",
			    c->st->dir, c->st->dir);
	if (access(path.p, F_OK) == 0)
		return fail(cx, RC_EXISTS, "%s is there already", path.p);
	TRY(audit_backup(cx, path));
	TRY(make_folder(cx, path, fill_backup, NULL));
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "backup", path);
		cli_row_end(c, &w);
	} else {
		buf_fmt(&c->out, "%.*s: complete\n", STR(path));
	}
	return RC_OK;
}

const struct command CMD_BACKUP = {
	.name = "backup", .operands = "DEST", .help = "copy the data to the new folder DEST, also while serve runs",
	.more = "DEST gets misp.db, the attached files, secret.key and, if they are there, misp.conf, tls.crt and tls.key; only its owner can read it.\n"
		"Rows kept in PostgreSQL are copied with pg_dump instead.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_backup,
};

/* ---- restore ---- */

static enum rc folder_is_empty(struct ctx *cx, const char *path, bool *there)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool full = false;

	*there = d != NULL;
	if (!d)
		return errno == ENOENT ? RC_OK : fail_errno(cx, RC_IO, "cannot open %s", path);
	while ((e = readdir(d)))
		full |= strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return full ? fail(cx, RC_EXISTS, "%s is not empty", path) : RC_OK;
}

struct restore {
	struct str src;
};

/* The copy is read through the database's own means, so that a database that was in use is complete. */
static enum rc fill_restore(struct ctx *cx, const char *part, void *arg)
{
	const struct restore *r = arg;
	struct db_options o = { .url = str_fmt(cx->mem, "%.*s/" DATABASE, STR(r->src)), .read_only = true };
	struct store_options so = { .dir = str_c(part) };
	struct db *db;
	struct store *st;
	enum rc rc;

	TRY(db_open(cx, &o, &db));
	rc = db_backup(cx, db, str_fmt(cx->mem, "%s/" DATABASE, part).p);
	db_close(db);
	if (rc == RC_OK)
		rc = copy_small(cx, r->src.p, part);
	if (rc == RC_OK)
		rc = copy_files(cx, r->src.p, part);
	/* does the key belong to it, is it of a version we know, is it sound? */
	if (rc == RC_OK)
		rc = store_open(cx, &so, &st);
	if (rc == RC_OK) {
		cx->st = st;
		rc = db_check(cx, st->db);
		cx->st = NULL;
		store_close(st);
	}
	return rc;
}

static enum rc run_restore(struct cli *c)
{
	struct ctx *cx = &c->cx;
	struct restore r = { path_of(cx, c->operand[0]) };
	struct str dir = path_of(cx, config_text(&c->config, SET_DATA));
	bool there;

	if (config_text(&c->config, SET_DB).n)
		return fail(cx, RC_INVALID, "restore fills a data folder with SQLite; PostgreSQL is restored with pg_restore");
	TRY(folder_is_empty(cx, dir.p, &there));
	if (there && rmdir(dir.p) < 0)
		return fail_errno(cx, RC_IO, "cannot replace the empty folder %s", dir.p);
	TRY(make_folder(cx, dir, fill_restore, &r));
	if (c->json) {
		struct jw w = cli_row(c);

		jw_kstr(&w, "data", dir);
		cli_row_end(c, &w);
	} else {
		buf_fmt(&c->out, "%.*s: restored and checked\n", STR(dir));
	}
	return RC_OK;
}

const struct command CMD_RESTORE = {
	.name = "restore", .operands = "SRC", .help = "make a data folder from a backup",
	.more = "The data folder (--data) must be empty or not there.",
	.opts = (const struct cli_opt[]){ CLI_JSON, { 0 } },
	.settings = SET_FOR_DATA, .operands_min = 1, .operands_max = 1, .run = run_restore,
};
