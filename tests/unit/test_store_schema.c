/* the schema: alike on both engines and described; migrations once; a newer database, a wrong secret key and an open key file are refused */
#include <fcntl.h>
#include <sys/stat.h>

#include "store/schema.h"
#include "unit/store_fixture.h"

static struct str described; /* of the first engine */

static struct str read_file(struct ctx *cx, const char *path)
{
	char *p = arena_alloc(cx->mem, 1 << 16);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, p, 1 << 16);

	if (fd >= 0)
		close(fd);
	return n < 0 ? (struct str){ 0 } : str_n(p, (size_t)n);
}

static void write_file(const char *path, struct str text, int mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n && fchmod(fd, (mode_t)mode) == 0);
	if (fd >= 0)
		close(fd);
}

/* Every table has a comment above or inside; *_old repeat a commented table. */
static void commented(struct ctx *cx)
{
	const struct migration *m;
	size_t n;

	m = schema_migrations(cx->mem, &n);
	CHECK(n >= 1);
	for (size_t i = 0; i < n; i++) {
		struct cur c = cur_of(str_c(m[i].sqlite));
		struct str line, name = { 0 };
		bool above = false, comment = false;

		CHECK_INT(m[i].number, i + 1);
		CHECK(!strstr(m[i].pg, "BLOB") && !strstr(m[i].pg, "ROWID,") && !strstr(m[i].pg, ") WITHOUT ROWID"));
		while (cur_line(&c, &line)) {
			if (str_starts(line, S("CREATE TABLE "))) {
				name = str_sub(line, 13, str_chr(str_from(line, 13), ' '));
				comment = above;
			} else if (name.n && str_starts(line, S(")"))) {
				CHECKF(comment || str_ends(name, S("_old")), "table %.*s carries a comment", STR(name));
				name = (struct str){ 0 };
			} else if (name.n && str_find(line, S("--")) != STR_NONE) {
				comment = true;
			}
			above = str_starts(line, S("--"));
		}
	}
}

static void key_file(struct fixture *f)
{
	struct ctx *cx = &f->cx;
	const char *path = str_fmt(cx->mem, "%s/secret.key", f->st->dir).p;
	struct store_options o = { .dir = str_c(f->st->dir), .db_url = str_c(f->url), .create = true };
	struct store *own = cx->st, *st = NULL;
	struct str key = read_file(cx, path);
	struct stat sb;

	CHECK(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0600);
	CHECK_INT(key.n, 65);
	CHECK(stat(f->st->dir, &sb) == 0 && (sb.st_mode & 0777) == 0700);

	CHECK(chmod(path, 0640) == 0);
	FAILS(store_open(cx, &o, &st), RC_DENIED, "can be read by others");
	write_file(path, S("not a key\n"), 0600);
	FAILS(store_open(cx, &o, &st), RC_INVALID, "does not hold a secret key");
	write_file(path, S("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"), 0600);
	FAILS(store_open(cx, &o, &st), RC_INVALID, "does not belong to this database");
	CHECK(cx->st == own && !st);
	/* a lost key is not replaced by one that fits nothing */
	CHECK(unlink(path) == 0);
	FAILS(store_open(cx, &o, &st), RC_INVALID, "bring it back");
	CHECK(stat(path, &sb) != 0);
	setenv("MISP_SECRET_KEY", "00112233", 1);
	FAILS(store_open(cx, &o, &st), RC_INVALID, "MISP_SECRET_KEY");
	setenv("MISP_SECRET_KEY", str_cdup(cx->mem, str_trim(key)), 1);
	if (FINE(store_open(cx, &o, &st))) {
		CHECK(memcmp(st->digest_key, own->digest_key, sizeof(st->digest_key)) == 0 && uuid_eq(&st->instance, &own->instance));
		store_close(st);
	}
	unsetenv("MISP_SECRET_KEY");
	cx->st = own;
	write_file(path, key, 0600);
}

static void cases(struct fixture *f)
{
	struct ctx *cx = &f->cx;
	struct store_options o = { .dir = str_c(f->st->dir), .db_url = str_c(f->url) };
	struct store *own = cx->st, *st = NULL;
	struct migration *more;
	const struct migration *m;
	struct str text, again;
	int64_t rows;
	int from = -1;
	size_t n;

	FINE(db_describe(cx, f->st->db, &text));
	CHECK(str_find(text, S("attr_value.digest\n")) != STR_NONE && str_find(text, S("schema_migration.")) != STR_NONE);
	if (described.p) {
		CHECK_STR(text, described);
	} else {
		described = str_n(strndup(text.p, text.n), text.n);
		commented(cx);
	}
	FINE(db_check(cx, f->st->db));

	/* again: nothing changes */
	m = schema_migrations(cx->mem, &n);
	rows = ask(cx, "SELECT count(*) FROM schema_migration");
	CHECK_INT(rows, n);
	FINE(db_migrate(cx, f->st->db, m, n, &from));
	CHECK_INT(from, n);
	FINE(db_describe(cx, f->st->db, &again));
	CHECK_STR(again, text);
	CHECK_INT(ask(cx, "SELECT count(*) FROM schema_migration"), rows);
	if (FINE(store_open(cx, &o, &st))) {
		CHECK(uuid_eq(&st->instance, &own->instance));
		store_close(st);
	}
	cx->st = own;
	st = NULL;

	key_file(f);

	/* a newer program was here */
	more = arena_many(cx->mem, n + 1, struct migration);
	memcpy(more, m, n * sizeof(*m));
	more[n] = (struct migration){ (int)n + 1, "later", "CREATE TABLE later (id BIGINT PRIMARY KEY);\n", "CREATE TABLE later (id BIGINT PRIMARY KEY);\n" };
	FINE(db_migrate(cx, f->st->db, more, n + 1, NULL));
	FAILS(store_open(cx, &o, &st), RC_INVALID, "newer version");
	CHECK(!st && cx->st == own);
}

int main(void)
{
	return fixture_engines(cases);
}
