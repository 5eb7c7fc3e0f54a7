/* db_sqlite.c - the embedded engine. One connection writes, others read; the file is in WAL mode, every commit durable.
 *
 * The log is folded into the file every WAL_PAGES pages by the commit that reaches them. Waiting for other processes and
 * stopping go through our own busy and progress handlers. Errors are turned into one line here.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

#include "db/db_int.h"

#define WAL_PAGES "4000"             /* 32 MB of log before a checkpoint */
#define WAL_KEEP_BYTES "67108864"    /* a larger log is cut to this after a checkpoint */
#define MMAP_BYTES "1073741824"      /* mapped pages are read without a copy in each connection's cache: random reads cost a third */
#define WRITER_CACHE 4               /* times the cache of a reader: it holds changed pages */
#define STEPS_BETWEEN_LOOKS 4000     /* virtual machine steps between two looks at the stop flag: about 0.1 ms */
#define BACKUP_PAGES 512             /* copied between two looks */

struct lite {
	struct conn c;
	sqlite3 *h;
	int64_t wait_until_ms; /* of the present wait for a lock */
	unsigned busy_ms;
};

struct lite_prep {
	struct prep p;
	sqlite3_stmt *s;
	bool plain;          /* parameter number = index, once each */
	bool reads;
	int n_max, count;    /* highest number; parameters as SQLite counts them */
	uint16_t *number;    /* of each index, from 1 */
};

static struct lite *lite(struct conn *c)
{
	return (struct lite *)c;
}

static sqlite3_stmt *handle(struct prep *p)
{
	return ((struct lite_prep *)p)->s;
}

/* --- failures ---------------------------------------------------------------------------------------------------- */

static const struct {
	int code; /* extended, or primary */
	enum rc rc;
	const char *text;
} codes[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, RC_EXISTS, "already exists" },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, RC_EXISTS, "already exists" },
	{ SQLITE_CONSTRAINT_ROWID, RC_EXISTS, "already exists" },
	{ SQLITE_FULL, RC_FULL, "disk full" },
	{ SQLITE_BUSY, RC_BUSY, "database is busy" },
	{ SQLITE_LOCKED, RC_BUSY, "database is busy" },
	{ SQLITE_INTERRUPT, RC_STOPPED, "stopped" },
	{ SQLITE_CORRUPT, RC_DB, "database is damaged" },
	{ SQLITE_NOTADB, RC_DB, "database is damaged" },
	{ SQLITE_TOOBIG, RC_TOOBIG, "too large for the database" },
};

static enum rc lite_fail(struct ctx *cx, struct conn *c)
{
	sqlite3 *h = lite(c)->h;
	int code = sqlite3_extended_errcode(h), eno = sqlite3_system_errno(h);
	const char *text = "database failed", *msg = sqlite3_errmsg(h);
	enum rc rc = RC_DB;

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (codes[i].code == code || codes[i].code == (code & 0xff)) {
			rc = codes[i].rc;
			text = codes[i].text;
			break;
		}
	if ((code & 0xff) == SQLITE_IOERR && (eno == ENOSPC || eno == EDQUOT)) {
		rc = RC_FULL;
		text = "disk full";
	}
	if (rc == RC_BUSY && conn_stopping(c))
		rc = RC_STOPPED;
	if (rc == RC_FULL)
		return db_fail(cx, c, rc, "%s, the database '%s' cannot grow", text, c->db->url);
	if ((code & 0xff) == SQLITE_READONLY && (c->writes || code != SQLITE_READONLY)) /* not a write on a reading lease: the log needs a folder that can be written */
		return db_fail(cx, c, RC_IO, "no permission to write the database '%s' and its folder", c->db->url);
	if ((code & 0xff) == SQLITE_IOERR && eno)
		return db_fail(cx, c, rc, "%s: %s: %s", text, msg, strerrordesc_np(eno));
	return db_fail(cx, c, rc, "%s: %s", text, msg);
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

static enum rc place_fail(struct ctx *cx, const char *path, int eno)
{
	size_t slash = str_rchr(str_c(path), '/');
	const char *dir = slash == STR_NONE ? "." : str_cdup(cx->mem, str_n(path, slash ? slash : 1));
	struct stat st;

	switch (eno) {
	case ENOENT:
		if (stat(dir, &st) != 0)
			return fail(cx, RC_IO, "folder '%s' is not there", dir);
		return fail(cx, RC_IO, "database '%s' is not there", path);
	case ENOTDIR:
		return fail(cx, RC_IO, "'%s' is not a folder", dir);
	case EACCES:
	case EPERM:
		return fail(cx, RC_IO, "no permission to write the database '%s'", path);
	case EROFS:
		return fail(cx, RC_IO, "the file system of database '%s' is read-only", path);
	case ENOSPC:
	case EDQUOT:
		return fail(cx, RC_FULL, "disk full, the database '%s' cannot be made", path);
	}
	errno = eno;
	return fail_errno(cx, RC_IO, "cannot open the database '%s'", path);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* its counters cost a global lock in every allocation */
	sqlite3_initialize();
}

/* Makes a new file with the right mode. A file that exists is never opened here: closing it would drop the locks
 * that other connections of this process hold on it. */
static enum rc lite_open(struct ctx *cx, struct db *db)
{
	const char *path = db->url;
	struct stat st;
	int fd;

	pthread_once(&once, library);
	if (db->memory)
		return RC_OK;
	if (db->o.create && !db->o.read_only) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
		else if (errno != EEXIST)
			return place_fail(cx, path, errno);
	}
	if (stat(path, &st) != 0)
		return place_fail(cx, path, errno);
	if (!S_ISREG(st.st_mode))
		return fail(cx, RC_IO, "'%s' is not a database but a %s", path, S_ISDIR(st.st_mode) ? "folder" : "special file");
	if (access(path, db->o.read_only ? R_OK : R_OK | W_OK) != 0)
		return place_fail(cx, path, errno);
	return RC_OK;
}

static int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Another process holds a lock. */
static int on_busy(void *arg, int tries)
{
	struct lite *l = arg;
	int64_t now = mono_ms();
	struct timespec nap = { .tv_nsec = (tries < 5 ? 1 : tries < 20 ? 5 : 20) * 1000000L };

	if (tries == 0)
		l->wait_until_ms = now + l->busy_ms;
	if (now >= l->wait_until_ms || conn_stopping(&l->c))
		return 0;
	nanosleep(&nap, NULL);
	return 1;
}

static int on_progress(void *arg)
{
	struct lite *l = arg;

	return conn_stopping(&l->c);
}

/* unhex16(text): 32 hex digits as 16 bytes, NULL for anything else. */
static void unhex16(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const unsigned char *s = sqlite3_value_text(argv[0]);
	uint8_t out[16];

	if (!s || sqlite3_value_bytes(argv[0]) != 32)
		return;
	for (int i = 0; i < 16; i++) {
		int hi = ch_hex(s[2 * i]), lo = ch_hex(s[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	sqlite3_result_blob(ctx, out, 16, SQLITE_TRANSIENT);
}

/* Opening shows what is wrong with the file only now. */
static enum rc open_fail(struct ctx *cx, struct lite *l)
{
	const char *path = l->c.db->url;
	int code = sqlite3_errcode(l->h), eno = sqlite3_system_errno(l->h);

	if (code == SQLITE_NOTADB)
		return fail(cx, RC_IO, "'%s' is not a database", path);
	if ((code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM || code == SQLITE_IOERR) && eno)
		return place_fail(cx, path, eno);
	if (code == SQLITE_READONLY || code == SQLITE_PERM || code == SQLITE_CANTOPEN)
		return place_fail(cx, path, EACCES);
	return lite_fail(cx, &l->c);
}

static enum rc to_wal(struct ctx *cx, struct lite *l)
{
	sqlite3_stmt *s;
	bool wal;
	int code;

	if (sqlite3_prepare_v2(l->h, "PRAGMA journal_mode = WAL", -1, &s, NULL) != SQLITE_OK)
		return open_fail(cx, l);
	/* two programs may be making the same file; this change of mode does not ask the busy handler */
	for (int tries = 0; (code = sqlite3_step(s)) == SQLITE_BUSY && on_busy(l, tries); tries++)
		sqlite3_reset(s);
	if (code != SQLITE_ROW) {
		sqlite3_finalize(s);
		return open_fail(cx, l);
	}
	wal = strcmp((const char *)sqlite3_column_text(s, 0), "wal") == 0;
	sqlite3_finalize(s);
	return wal ? RC_OK : fail(cx, RC_IO, "the file system of database '%s' does not allow a write-ahead log", l->c.db->url);
}

static enum rc set_up(struct ctx *cx, struct lite *l, bool write)
{
	const struct db *db = l->c.db;
	char text[512];

	sqlite3_extended_result_codes(l->h, 1);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_LOOKASIDE, NULL, 256, 128);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_busy_handler(l->h, on_busy, l);
	sqlite3_progress_handler(l->h, STEPS_BETWEEN_LOOKS, on_progress, l);
	sqlite3_create_function_v2(l->h, "unhex16", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, unhex16, NULL, NULL, NULL);
	snprintf(text, sizeof(text), "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
		"PRAGMA cache_size = -%u; PRAGMA mmap_size = " MMAP_BYTES "; PRAGMA page_size = 8192",
		db->o.cache_kb * (write ? WRITER_CACHE : 1));
	if (sqlite3_exec(l->h, text, NULL, NULL, NULL) != SQLITE_OK)
		return open_fail(cx, l);
	if (write && !db->memory) {
		TRY(to_wal(cx, l));
		if (sqlite3_exec(l->h, "PRAGMA wal_autocheckpoint = " WAL_PAGES "; PRAGMA journal_size_limit = " WAL_KEEP_BYTES, NULL, NULL,
			NULL) != SQLITE_OK)
			return open_fail(cx, l);
	}
	if (!write && sqlite3_exec(l->h, "PRAGMA query_only = ON", NULL, NULL, NULL) != SQLITE_OK)
		return open_fail(cx, l);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* reads the header: a foreign file shows here */
	if (sqlite3_exec(l->h, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL) != SQLITE_OK)
		return open_fail(cx, l);
	return RC_OK;
}

static void lite_close(struct conn *c)
{
	sqlite3_close(lite(c)->h);
	free(c);
}

static enum rc lite_conn_open(struct ctx *cx, struct db *db, bool write, struct conn **out)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	struct lite *l = db_alloc(sizeof(*l));
	enum rc rc;

	l->c.db = db;
	l->c.e = &engine_sqlite;
	l->c.stop = cx->stop;
	l->busy_ms = db->o.busy_ms;
	flags |= db->memory ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : db->o.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	if (sqlite3_open_v2(db->url, &l->h, flags, NULL) != SQLITE_OK)
		rc = open_fail(cx, l);
	else if (write && sqlite3_db_readonly(l->h, "main") == 1) /* SQLite opens for reading what it may not write */
		rc = place_fail(cx, db->url, EACCES);
	else
		rc = set_up(cx, l, write);
	if (rc != RC_OK) {
		lite_close(&l->c);
		return rc;
	}
	*out = &l->c;
	return RC_OK;
}

static bool lite_alive(struct conn *c)
{
	return true;
}

/* --- transactions ------------------------------------------------------------------------------------------------ */

static enum rc lite_exec(struct ctx *cx, struct conn *c, const char *script)
{
	return sqlite3_exec(lite(c)->h, script, NULL, NULL, NULL) == SQLITE_OK ? RC_OK : lite_fail(cx, c);
}

static enum rc lite_begin(struct ctx *cx, struct conn *c, bool write)
{
	return lite_exec(cx, c, write ? "BEGIN IMMEDIATE" : "BEGIN");
}

static enum rc lite_commit(struct ctx *cx, struct conn *c)
{
	return lite_exec(cx, c, "COMMIT");
}

static void lite_rollback(struct conn *c)
{
	if (!sqlite3_get_autocommit(lite(c)->h)) /* a full disk may have rolled back already */
		sqlite3_exec(lite(c)->h, "ROLLBACK", NULL, NULL, NULL);
}

/* --- statements -------------------------------------------------------------------------------------------------- */

/* Parameters are written $N (a cast may follow: the name then reads "$N::type"); SQLite numbers names by first appearance. */
static void map_numbers(struct lite_prep *lp)
{
	lp->count = sqlite3_bind_parameter_count(lp->s);
	lp->number = db_alloc((size_t)(lp->count + 1) * sizeof(*lp->number));
	lp->plain = true;
	for (int i = 1; i <= lp->count; i++) {
		const char *name = sqlite3_bind_parameter_name(lp->s, i);
		struct cur cur = cur_of(name ? str_c(name + 1) : S(""));
		uint64_t n = (uint64_t)i; /* a bare "?" */

		cur_number(&cur, UINT16_MAX, &n);
		lp->number[i] = (uint16_t)n;
		if ((int)n > lp->n_max)
			lp->n_max = (int)n;
		if ((int)n != i)
			lp->plain = false;
	}
}

static enum rc lite_prepare(struct ctx *cx, struct conn *c, const char *text, size_t n, struct prep **out)
{
	sqlite3_stmt *s = NULL;
	struct lite_prep *lp;

	if (n > INT_MAX)
		return db_fail(cx, c, RC_TOOBIG, "statement is too long");
	if (sqlite3_prepare_v3(lite(c)->h, text, (int)n, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK)
		return lite_fail(cx, c);
	if (!s)
		return db_fail(cx, c, RC_DB, "statement is empty");
	lp = db_alloc(sizeof(*lp));
	lp->s = s;
	lp->reads = sqlite3_stmt_readonly(s);
	map_numbers(lp);
	*out = &lp->p;
	return RC_OK;
}

static void lite_prep_free(struct conn *c, struct prep *p)
{
	sqlite3_finalize(handle(p));
	free(((struct lite_prep *)p)->number);
	free(p);
}

/* The next index after `after` that carries number n; 0 when there is no more. */
static int index_of(const struct lite_prep *lp, int n, int after)
{
	if (lp->plain)
		return !after && n <= lp->count ? n : 0;
	if (n <= lp->n_max)
		for (int i = after + 1; i <= lp->count; i++)
			if (lp->number[i] == n)
				return i;
	return 0;
}

#define EACH_INDEX(p, n, i) (int i = index_of((struct lite_prep *)(p), (n), 0); i; i = index_of((struct lite_prep *)(p), (n), i))

static void lite_bind_i64(struct prep *p, int n, int64_t v)
{
	for EACH_INDEX(p, n, i)
		sqlite3_bind_int64(handle(p), i, v);
}

static void lite_bind_bool(struct prep *p, int n, bool v)
{
	lite_bind_i64(p, n, v);
}

static void lite_bind_f64(struct prep *p, int n, double v)
{
	for EACH_INDEX(p, n, i)
		sqlite3_bind_double(handle(p), i, v);
}

static void lite_bind_text(struct prep *p, int n, const char *s, size_t len)
{
	for EACH_INDEX(p, n, i)
		sqlite3_bind_text64(handle(p), i, s, len, SQLITE_STATIC, SQLITE_UTF8);
}

static void lite_bind_blob(struct prep *p, int n, const void *s, size_t len)
{
	for EACH_INDEX(p, n, i)
		sqlite3_bind_blob64(handle(p), i, s, len, SQLITE_STATIC);
}

static void lite_bind_null(struct prep *p, int n)
{
	for EACH_INDEX(p, n, i)
		sqlite3_bind_null(handle(p), i);
}

/* A list goes as JSON text, which json_each() takes apart; SQLite keeps a copy. */
static void bind_json(struct prep *p, int n, struct buf *b)
{
	const char *text;

	buf_ch(b, ']');
	text = buf_cstr(b);
	for EACH_INDEX(p, n, i)
		sqlite3_bind_text64(handle(p), i, text, b->n, SQLITE_TRANSIENT, SQLITE_UTF8);
	buf_clear(b);
}

static void lite_bind_i64s(struct prep *p, int n, const int64_t *v, size_t len)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_ch(&b, '[');
	for (size_t k = 0; k < len; k++) {
		if (k)
			buf_ch(&b, ',');
		buf_i64(&b, v[k]);
	}
	bind_json(p, n, &b);
}

static void lite_bind_uuids(struct prep *p, int n, const uint8_t *v, size_t len)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_ch(&b, '[');
	for (size_t k = 0; k < len; k++) {
		buf_str(&b, k ? S(",\"") : S("\""));
		buf_hex(&b, v + 16 * k, 16);
		buf_ch(&b, '"');
	}
	bind_json(p, n, &b);
}

static enum rc lite_step(struct ctx *cx, struct conn *c, struct prep *p, int64_t *changes)
{
	int code = sqlite3_step(handle(p));

	if (code == SQLITE_ROW)
		return RC_OK;
	if (code != SQLITE_DONE)
		return lite_fail(cx, c);
	*changes = ((struct lite_prep *)p)->reads ? 0 : sqlite3_changes64(lite(c)->h);
	return RC_DONE;
}

static void lite_reset(struct prep *p, bool forget_bindings)
{
	sqlite3_reset(handle(p));
	if (forget_bindings && ((struct lite_prep *)p)->count)
		sqlite3_clear_bindings(handle(p)); /* they may point to memory that goes now */
}

static int64_t lite_col_i64(struct prep *p, int i)
{
	return sqlite3_column_int64(handle(p), i);
}

static double lite_col_f64(struct prep *p, int i)
{
	return sqlite3_column_double(handle(p), i);
}

static struct str lite_col_text(struct prep *p, int i)
{
	const char *s = (const char *)sqlite3_column_text(handle(p), i);

	return str_n(s, s ? (size_t)sqlite3_column_bytes(handle(p), i) : 0);
}

static bool lite_col_null(struct prep *p, int i)
{
	return sqlite3_column_type(handle(p), i) == SQLITE_NULL;
}

static struct str lite_col_blob(struct prep *p, int i)
{
	const char *s = sqlite3_column_blob(handle(p), i);

	if (!s) /* empty, or NULL */
		return str_n(lite_col_null(p, i) ? NULL : "", 0);
	return str_n(s, (size_t)sqlite3_column_bytes(handle(p), i));
}

/* --- bulk rows --------------------------------------------------------------------------------------------------- */

static enum rc lite_bulk_open(struct ctx *cx, struct bulk *b)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, 1 << 16);
	buf_fmt(&text, "INSERT INTO %s (%s) VALUES (?", b->t->name, b->t->columns);
	for (int i = 1; i < b->t->n; i++)
		buf_str(&text, S(",?"));
	buf_ch(&text, ')');
	rc = prep_get(cx, b->c, b->t, buf_cstr(&text), text.n, &b->p);
	buf_clear(&text);
	return rc;
}

static void lite_bulk_i64(struct bulk *b, int i, int64_t v)
{
	sqlite3_bind_int64(handle(b->p), i, v);
}

static void lite_bulk_f64(struct bulk *b, int i, double v)
{
	sqlite3_bind_double(handle(b->p), i, v);
}

static void lite_bulk_bytes(struct bulk *b, int i, const void *s, size_t n)
{
	if (b->t->kinds[i - 1] == 't')
		sqlite3_bind_text64(handle(b->p), i, s, n, SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_bind_blob64(handle(b->p), i, s, n, SQLITE_STATIC);
}

static void lite_bulk_null(struct bulk *b, int i)
{
	sqlite3_bind_null(handle(b->p), i);
}

static enum rc lite_bulk_row(struct ctx *cx, struct bulk *b)
{
	enum rc rc = RC_OK;

	if (sqlite3_step(handle(b->p)) != SQLITE_DONE)
		rc = lite_fail(cx, b->c);
	sqlite3_reset(handle(b->p));
	return rc;
}

static void lite_bulk_drop(struct bulk *b)
{
	lite_reset(b->p, true);
	b->p->busy = false;
}

static enum rc lite_bulk_end(struct ctx *cx, struct bulk *b)
{
	lite_bulk_drop(b);
	return RC_OK;
}

/* --- the whole file ---------------------------------------------------------------------------------------------- */

static enum rc lite_check(struct ctx *cx, struct conn *c)
{
	static const struct sql QUICK = SQL("PRAGMA quick_check(1)"), KEYS = SQL("PRAGMA foreign_key_check");
	SCOPED(stmt_done) struct stmt q = STMT_INIT, k = STMT_INIT;
	enum rc rc;

	TRY(stmt_open(cx, c, &QUICK, &q));
	TRY(stmt_row(cx, &q));
	if (!str_eq(col_text(&q, 0), S("ok")))
		return db_fail(cx, c, RC_DB, "database is damaged: %.*s", STR(col_text(&q, 0)));
	TRY(stmt_open(cx, c, &KEYS, &k));
	if ((rc = stmt_row(cx, &k)) == RC_OK)
		return db_fail(cx, c, RC_DB, "a row of table %.*s refers to a row of %.*s that is not there", STR(col_text(&k, 0)),
			STR(col_text(&k, 2)));
	return rc == RC_DONE ? RC_OK : rc;
}

static void handle_close(sqlite3 **h)
{
	sqlite3_close(*h);
	*h = NULL;
}

/* All pages of the snapshot that c holds, into a file that is new. */
static enum rc copy_pages(struct ctx *cx, struct conn *c, const char *path)
{
	SCOPED(handle_close) sqlite3 *to = NULL;
	sqlite3_backup *b;
	int code;

	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
		sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA cache_size = -1024", NULL, NULL, NULL) != SQLITE_OK ||
		!(b = sqlite3_backup_init(to, "main", lite(c)->h, "main")))
		return fail(cx, RC_IO, "cannot write the copy '%s': %s", path, sqlite3_errmsg(to));
	while ((code = sqlite3_backup_step(b, BACKUP_PAGES)) == SQLITE_OK && !conn_stopping(c))
		;
	sqlite3_backup_finish(b);
	if (code == SQLITE_OK)
		return fail(cx, RC_STOPPED, "stopped while copying the database");
	if (code == SQLITE_FULL || (code != SQLITE_DONE && sqlite3_system_errno(to) == ENOSPC))
		return fail(cx, RC_FULL, "disk full, the copy '%s' was given up", path);
	if (code != SQLITE_DONE)
		return fail(cx, RC_IO, "cannot write the copy '%s': %s", path, sqlite3_errstr(code));
	return RC_OK;
}

/* The file and its name in the folder reach the disk. */
static enum rc sync_path(struct ctx *cx, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC), code;

	if (fd < 0)
		return fail_errno(cx, RC_IO, "cannot open '%s'", path);
	code = fsync(fd);
	close(fd);
	return code == 0 ? RC_OK : fail_errno(cx, RC_IO, "cannot write '%s' to the disk", path);
}

static enum rc copy_and_name(struct ctx *cx, struct conn *c, const char *part, const char *path)
{
	struct str dir = str_sub(str_c(path), 0, str_rchr(str_c(path), '/') == STR_NONE ? 0 : str_rchr(str_c(path), '/') + 1);

	TRY(copy_pages(cx, c, part));
	TRY(sync_path(cx, part, O_RDWR));
	/* never over a file that came meanwhile, where the file system knows links */
	if (link(part, path) != 0 && (errno == EEXIST || rename(part, path) != 0))
		return fail_errno(cx, errno == EEXIST ? RC_EXISTS : RC_IO, "cannot make '%s'", path);
	return sync_path(cx, dir.n ? str_cdup(cx->mem, dir) : ".", O_RDONLY | O_DIRECTORY);
}

static enum rc lite_backup(struct ctx *cx, struct conn *c, const char *path)
{
	static const struct sql FIRST = SQL("SELECT count(*) FROM sqlite_schema");
	const char *part = str_fmt(cx->mem, "%s.partial", path).p;
	struct stmt q = STMT_INIT;
	int64_t n;
	int fd;
	enum rc rc;

	if (access(path, F_OK) == 0)
		return fail(cx, RC_EXISTS, "'%s' is there already", path);
	unlink(part); /* of a copy that was killed */
	if ((fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return place_fail(cx, part, errno);
	close(fd);
	/* a snapshot held over all steps: writers go on, and the copy does not begin anew with each of their commits */
	rc = tx_begin_read(cx, c);
	if (rc == RC_OK)
		rc = stmt_open(cx, c, &FIRST, &q);
	if (rc == RC_OK)
		rc = stmt_get_i64(cx, &q, &n);
	stmt_done(&q);
	if (rc == RC_OK)
		rc = copy_and_name(cx, c, part, path);
	tx_rollback(c);
	unlink(part);
	return rc;
}

static enum rc lite_size(struct ctx *cx, struct conn *c, int64_t *out)
{
	static const struct sql Q = SQL("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct stat st;
	int64_t n = 0;

	if (c->db->memory) {
		TRY(stmt_open(cx, c, &Q, &q));
		TRY(stmt_get_i64(cx, &q, out));
		return RC_OK;
	}
	if (stat(c->db->url, &st) != 0)
		return fail_errno(cx, RC_IO, "cannot look at '%s'", c->db->url);
	n = st.st_size;
	if (stat(str_fmt(cx->mem, "%s-wal", c->db->url).p, &st) == 0)
		n += st.st_size;
	*out = n;
	return RC_OK;
}

/* Readers of an old snapshot keep the log from being cut; waiting long for them would hold up all writers. */
static enum rc lite_checkpoint(struct ctx *cx, struct conn *c)
{
	struct lite *l = lite(c);
	int code;

	if (c->db->memory)
		return RC_OK;
	sqlite3_wal_checkpoint_v2(l->h, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	l->busy_ms = 200;
	code = sqlite3_wal_checkpoint_v2(l->h, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	l->busy_ms = c->db->o.busy_ms;
	return code == SQLITE_OK ? RC_OK : lite_fail(cx, c);
}

const struct engine engine_sqlite = {
	.id = DB_SQLITE,
	.open = lite_open,
	.conn_open = lite_conn_open,
	.conn_close = lite_close,
	.conn_alive = lite_alive,
	.exec = lite_exec,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.prep = lite_prepare,
	.prep_free = lite_prep_free,
	.bind_i64 = lite_bind_i64,
	.bind_bool = lite_bind_bool,
	.bind_f64 = lite_bind_f64,
	.bind_text = lite_bind_text,
	.bind_blob = lite_bind_blob,
	.bind_null = lite_bind_null,
	.bind_i64s = lite_bind_i64s,
	.bind_uuids = lite_bind_uuids,
	.step = lite_step,
	.reset = lite_reset,
	.col_i64 = lite_col_i64,
	.col_f64 = lite_col_f64,
	.col_text = lite_col_text,
	.col_blob = lite_col_blob,
	.col_null = lite_col_null,
	.bulk_open = lite_bulk_open,
	.bulk_i64 = lite_bulk_i64,
	.bulk_f64 = lite_bulk_f64,
	.bulk_bytes = lite_bulk_bytes,
	.bulk_null = lite_bulk_null,
	.bulk_row = lite_bulk_row,
	.bulk_end = lite_bulk_end,
	.bulk_drop = lite_bulk_drop,
	.check = lite_check,
	.backup = lite_backup,
	.size = lite_size,
	.checkpoint = lite_checkpoint,
};
