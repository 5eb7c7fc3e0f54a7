/* schema.c - migrations are one SQL text each; each engine's form is made of it by replacing a few words. */
#include "store/schema.h"

#include "base/buf.h"

#include <migrations.inc.h> /* made by the build from migrations/ */

static char *replace(struct arena *a, const char *text, const char *from, const char *to)
{
	struct str s = str_c(text), f = str_c(from);
	struct buf b;
	char *out;
	size_t at;

	buf_init(&b, s.n * 2 + 64);
	while ((at = str_find(s, f)) != STR_NONE) {
		buf_str(&b, str_n(s.p, at));
		buf_str(&b, str_c(to));
		s = str_from(s, at + f.n);
	}
	buf_str(&b, s);
	out = str_cdup(a, buf_view(&b));
	buf_clear(&b);
	return out;
}

const struct migration *schema_migrations(struct arena *a, size_t *n)
{
	static const struct {
		const char *name, *text;
	} list[] = {
		{ "base", migration_0001 },
		{ "library", migration_0002 },
		{ "sharing", migration_0003 },
		{ "objects", migration_0004 },
		{ "analyst", migration_0005 },
		{ "substring", migration_0006 },
		{ "people", migration_0007 },
		{ "decay", migration_0008 },
		{ "servers", migration_0009 },
		{ "cryptographic_keys", migration_0010 },
	};
	struct migration *m;

	*n = sizeof(list) / sizeof(*list);
	m = arena_many(a, *n, struct migration);
	for (size_t i = 0; i < *n; i++)
		m[i] = (struct migration){
			.number = (int)i + 1,
			.name = list[i].name,
			.sqlite = replace(a, list[i].text, "\tid BIGINT PRIMARY KEY", "\tid INTEGER PRIMARY KEY"), /* the row id itself, no second index */
			.pg = replace(a, replace(a, list[i].text, " BLOB", " bytea"), " WITHOUT ROWID", ""),
		};
	return m;
}
