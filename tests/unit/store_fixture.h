/* store_fixture.h - a fresh store for a test, on SQLite (a scratch data folder) or PostgreSQL (a scratch schema of the database MISP_TEST_PG).
 *
 *     static void cases(struct fixture *f) { FINE(&f->cx, ...); }
 *     int main(void) { return fixture_engines(cases); }           once an engine, then the plan
 *
 * The store holds the built-in roles, organisation 1 and its site admin (user 1), who acts at first. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "model/value.h"
#include "policy/bootstrap.h"
#include "policy/event_save.h"
#include "policy/scope.h"
#include "store/attr.h"
#include "store/object.h"
#include "store/org.h"
#include "store/report.h"
#include "store/role.h"
#include "store/tag.h"
#include "store/user.h"
#include "store/verify.h"
#include "unit/tap.h"

#define MAYBE_UNUSED __attribute__((unused))

struct fixture {
	struct ctx cx;
	struct store *st;
	const char *engine;
	char url[700];            /* "" on SQLite */
	char schema[40];
	struct user admin;
	struct scope admin_scope;
};

static const char *fixture_on; /* engine under test, for messages */
static char fixture_dir[] = "/tmp/misp-store-XXXXXX";
static int fixture_count;

/* Checks that are right by the thousand are counted as one line each group: only what is wrong is printed. */
static bool fine_at(struct ctx *cx, enum rc rc, int line, const char *file, const char *what)
{
	bool ok = rc == RC_OK;

	if (!ok) {
		tap_check(false, file, line, "%s: %s", fixture_on, what);
		printf("#   rc %d: %s %s\n", rc, cx->err.field, cx->err.msg);
	}
	ctx_forgive(cx);
	return ok;
}
#define FINE(call) fine_at(cx, (call), __LINE__, __FILE__, #call)

static MAYBE_UNUSED bool fails_at(struct ctx *cx, enum rc rc, enum rc want, const char *part, int line, const char *file, const char *what)
{
	bool ok = tap_check(rc == want && (cx->err.rc == want || !*part) && (strstr(cx->err.msg, part) || strstr(cx->err.field, part)), file, line,
			    "%s: %s fails", fixture_on, what);

	if (!ok)
		printf("#   rc %d, want %d with '%s': %s %s\n", rc, want, part, cx->err.field, cx->err.msg);
	ctx_forgive(cx);
	return ok;
}
/* part: of the message, or the field */
#define FAILS(call, want, part) fails_at(cx, (call), (want), (part), __LINE__, __FILE__, #call)

/* ---- opening ---- */

static MAYBE_UNUSED enum rc run_sql(struct ctx *cx, struct conn *c, const char *text)
{
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	TRY(stmt_open_text(cx, c, str_c(text), &q));
	return stmt_run(cx, &q);
}

static bool fixture_schema(struct ctx *cx, const char *url, const char *name, bool make)
{
	struct db_options o = { .url = str_c(url) };
	struct conn *c = NULL;
	struct db *db = NULL;
	char text[100];
	bool ok;

	snprintf(text, sizeof(text), make ? "CREATE SCHEMA %s" : "DROP SCHEMA %s CASCADE", name);
	ok = db_open(cx, &o, &db) == RC_OK && conn_write(cx, db, &c) == RC_OK && run_sql(cx, c, text) == RC_OK;
	if (!ok)
		printf("# %s: %s\n", text, cx->err.msg);
	conn_done(&c);
	db_close(db);
	return ok;
}

static MAYBE_UNUSED const char *fixture_path(struct ctx *cx)
{
	return str_fmt(cx->mem, "%s/%d", fixture_dir, ++fixture_count).p;
}

static MAYBE_UNUSED bool fixture_open(struct fixture *f, const char *engine)
{
	struct ctx *cx = &f->cx;
	struct bootstrap b = { .password = S("Correct-horse-1"), .key = S("Abcdefghij0123456789Abcdefghij0123456789") };
	struct bootstrap_result r;
	struct store_options o = { .create = true };
	const char *pg = getenv("MISP_TEST_PG");

	*f = (struct fixture){ .engine = engine };
	fixture_on = engine;
	ctx_init(cx, 0);
	cx->origin = S("test");
	o.dir = str_c(fixture_path(cx));
	if (strcmp(engine, "pg") == 0) {
		snprintf(f->schema, sizeof(f->schema), "fx_%d_%d", (int)getpid(), fixture_count);
		if (!CHECK(fixture_schema(cx, pg, f->schema, true)))
			return false;
		snprintf(f->url, sizeof(f->url), "%s%coptions=-csearch_path%%3D%s", pg, strchr(pg, '?') ? '&' : '?', f->schema);
		o.db_url = str_c(f->url);
	}
	if (!FINE(store_open(cx, &o, &f->st)))
		return false;
	cx->st = f->st;
	if (!FINE(instance_init(cx, &b, &r)) || !FINE(user_acting(cx, r.user_id, &f->admin)) || !FINE(scope_of(cx, &f->admin, &f->admin_scope)))
		return false;
	cx->who = &f->admin;
	cx->scope = &f->admin_scope;
	return true;
}

static MAYBE_UNUSED void fixture_close(struct fixture *f)
{
	struct ctx *cx = &f->cx;

	if (cx->conn)
		store_rollback(cx);
	store_close(f->st);
	if (f->schema[0])
		CHECK(fixture_schema(cx, getenv("MISP_TEST_PG"), f->schema, false));
	ctx_clear(cx);
}

static int fixture_unlink(const char *path, const struct stat *sb, int kind, struct FTW *ftw)
{
	return remove(path);
}

/* A fresh store for each of the cases on each engine. */
static MAYBE_UNUSED int fixture_engines(void (*cases)(struct fixture *f))
{
	const char *pg = getenv("MISP_TEST_PG"), *engines[] = { "sqlite", "pg" };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(fixture_dir))
		return 1;
	for (int i = 0; i < 2; i++) {
		struct fixture f;

		if (i && (!pg || !*pg)) {
			tap_skip("MISP_TEST_PG is not set: no PostgreSQL");
			continue;
		}
		if (fixture_open(&f, engines[i]))
			cases(&f);
		fixture_close(&f);
	}
	nftw(fixture_dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}

/* ---- asking ---- */

/* One number; -1 with a failed check when it cannot be had. */
static MAYBE_UNUSED int64_t ask(struct ctx *cx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int64_t ask(struct ctx *cx, const char *fmt, ...)
{
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str text;
	int64_t v = -1;
	va_list ap;

	va_start(ap, fmt);
	text = str_vfmt(cx->mem, fmt, ap);
	va_end(ap);
	if (lease_take(cx, &l) != RC_OK || stmt_open_text(cx, l.c, text, &q) != RC_OK || stmt_get_i64(cx, &q, &v) != RC_OK) {
		CHECKF(false, "%s: %.*s", fixture_on, STR(text));
		printf("#   %s\n", cx->err.msg);
		ctx_forgive(cx);
	}
	return v;
}

static MAYBE_UNUSED struct str uuid_dup(struct ctx *cx, const struct uuid *u)
{
	char text[UUID_TEXT + 1];

	uuid_text(u, text);
	return str_dup(cx->mem, str_c(text));
}

/* ---- people ---- */

static MAYBE_UNUSED int64_t make_org(struct ctx *cx, const char *name)
{
	struct org o = { .name = str_c(name), .local = true };

	FINE(store_begin(cx));
	FINE(org_insert(cx, &o));
	FINE(store_commit(cx));
	return o.id;
}

static MAYBE_UNUSED void make_user(struct ctx *cx, const char *email, int64_t org_id, int64_t role_id, struct user *out)
{
	struct user_record u = { .email = str_c(email), .org_id = org_id, .role_id = role_id };

	FINE(store_begin(cx));
	FINE(user_insert(cx, &u, S("")));
	FINE(store_commit(cx));
	FINE(user_acting(cx, u.id, out));
}

static MAYBE_UNUSED void act(struct ctx *cx, const struct user *u)
{
	struct scope *sc = arena_one(cx->mem, struct scope);

	FINE(scope_of(cx, u, sc));
	cx->who = u;
	cx->scope = sc;
}

/* a sharing group of these organisations */
static MAYBE_UNUSED void make_group(struct ctx *cx, int64_t id, const int64_t *orgs, size_t n)
{
	char text[400];

	FINE(store_begin(cx));
	snprintf(text, sizeof(text), "INSERT INTO sharing_group (id, uuid, name, releasability, description, org_id, active, local, roaming, created, modified) "
		 "VALUES (%lld, %s%032lld%s, 'group %lld', '', '', 1, 1, 1, 0, 0, 0)", (long long)id,
		 db_engine(cx->st->db) == DB_PG ? "decode('" : "x'", (long long)id, db_engine(cx->st->db) == DB_PG ? "', 'hex')" : "'", (long long)id);
	FINE(run_sql(cx, cx->conn, text));
	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "INSERT INTO sharing_group_org (sharing_group_id, org_id, extend) VALUES (%lld, %lld, 0)", (long long)id, (long long)orgs[i]);
		FINE(run_sql(cx, cx->conn, text));
	}
	FINE(store_commit(cx));
}

/* ---- events ---- */

static MAYBE_UNUSED struct event load_event(struct ctx *cx, int64_t id)
{
	struct event e = { 0 };

	FINE(event_load(cx, &scope_all, &(struct event_key){ .id = id }, &e));
	return e;
}

static MAYBE_UNUSED struct attr load_attr(struct ctx *cx, int64_t id)
{
	struct attr a = { 0 };

	FINE(attr_load(cx, &scope_all, &(struct event_key){ .id = id }, &a));
	return a;
}

/* Adds the event of this JSON; its id, 0 with a failed check. ' stands for ". The save's errors are the caller's to look at and clear. */
static MAYBE_UNUSED int64_t add_event(struct ctx *cx, struct save *s, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static MAYBE_UNUSED struct str json_of(struct ctx *cx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static struct str quoted(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\'')
			((char *)(uintptr_t)s.p)[i] = '"';
	return s;
}

static struct str json_of(struct ctx *cx, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	va_start(ap, fmt);
	s = str_vfmt(cx->mem, fmt, ap);
	va_end(ap);
	return quoted(s);
}

static int64_t add_event(struct ctx *cx, struct save *s, const char *fmt, ...)
{
	struct save own = SAVE_LOCAL;
	struct str body;
	int64_t id = 0;
	va_list ap;

	va_start(ap, fmt);
	body = quoted(str_vfmt(cx->mem, fmt, ap));
	va_end(ap);
	FINE(event_add(cx, body, s ? s : &own, &id));
	if (!s && own.error_total) {
		CHECKF(false, "%s: all of the event is taken", fixture_on);
		printf("#   %s: %s\n", own.errors[0].field, own.errors[0].msg);
	}
	save_clear(&own);
	return id;
}

/* the id of the attribute with this value1, whatever its event; 0 when none */
static MAYBE_UNUSED int64_t attr_with(struct ctx *cx, int64_t event_id, const char *value1)
{
	struct attr_range r = { .event_id = event_id, .deleted = DELETED_ALL, .limit = 10000 };
	struct attr *v;
	size_t n;

	if (!FINE(attr_page(cx, &scope_all, &r, &v, &n)))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].value1, str_c(value1)))
			return v[i].id;
	return 0;
}

/* ---- the indexes against the rows ---- */

struct index_row {
	int64_t a, b, c, d;
	uint8_t key[17];
	int64_t key_n;
	int64_t e;
};

static int by_index_row(const void *x, const void *y)
{
	return memcmp(x, y, sizeof(struct index_row));
}

struct index_rows {
	struct index_row *v;
	size_t n, cap;
};

static void index_push(struct ctx *cx, struct index_rows *l, struct index_row r)
{
	l->v = arena_grow(cx->mem, l->v, &l->cap, l->n, sizeof(*l->v));
	memset(&l->v[l->n], 0, sizeof(r)); /* padding too: rows are compared as bytes */
	l->v[l->n].a = r.a;
	l->v[l->n].b = r.b;
	l->v[l->n].c = r.c;
	l->v[l->n].d = r.d;
	l->v[l->n].e = r.e;
	l->v[l->n].key_n = r.key_n;
	memcpy(l->v[l->n].key, r.key, sizeof(r.key));
	l->n++;
}

/* columns: blob (when blob), then up to five numbers */
static void index_read(struct ctx *cx, const char *sql, bool blob, int numbers, struct index_rows *l)
{
	SCOPED(lease_done) struct lease ls = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	enum rc rc;

	if (!FINE(lease_take(cx, &ls)) || !FINE(stmt_open_text(cx, ls.c, str_c(sql), &q)))
		return;
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		struct index_row r = { 0 };
		int64_t *to[] = { &r.a, &r.b, &r.c, &r.d, &r.e };

		if (blob) {
			struct str b = col_blob(&q, 0);

			r.key_n = (int64_t)b.n;
			memcpy(r.key, b.p, b.n <= sizeof(r.key) ? b.n : sizeof(r.key));
		}
		for (int i = 0; i < numbers; i++)
			*to[i] = col_i64(&q, i + blob);
		index_push(cx, l, r);
	}
	FINE(rc == RC_DONE ? RC_OK : rc);
}

static bool same_rows(struct index_rows *want, struct index_rows *have, const char *what)
{
	size_t i = 0, j = 0;
	int shown = 0;
	bool ok = true;

	if (want->n)
		qsort(want->v, want->n, sizeof(*want->v), by_index_row);
	if (have->n)
		qsort(have->v, have->n, sizeof(*have->v), by_index_row);
	while (i < want->n || j < have->n) {
		int c = i == want->n ? 1 : j == have->n ? -1 : by_index_row(&want->v[i], &have->v[j]);

		if (c) {
			const struct index_row *r = c < 0 ? &want->v[i] : &have->v[j];

			ok = false;
			if (shown++ < 5)
				printf("#   %s: %s row %lld %lld %lld %lld %lld\n", what, c < 0 ? "missing" : "extra", (long long)r->a, (long long)r->b,
				       (long long)r->c, (long long)r->d, (long long)r->e);
		}
		i += c <= 0;
		j += c >= 0;
	}
	return ok;
}

/* attr_value, attr_net, net_plen, element_uuid and attribute_count are what the rows say. */
static MAYBE_UNUSED void check_indexes(struct ctx *cx, const char *when, int line)
{
	struct index_rows values = { 0 }, nets = { 0 }, uuids = { 0 }, have = { 0 };
	struct arena_mark m = arena_mark(cx->mem);
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct finding *found;
	size_t found_n = 0;
	bool ok = true;
	enum rc rc;

	if (!FINE(lease_take(cx, &l)) || !FINE(stmt_open_text(cx, l.c, S("SELECT " ATTR_COLS("a") " FROM attribute a"), &q)))
		return;
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		struct attr_digest d[ATTR_INDEX_MAX];
		struct net net;
		struct attr a;
		size_t n;

		attr_of_row(cx, &q, &a);
		n = attr_index_rows(cx, &a, d);
		for (size_t i = 0; i < n; i++)
			index_push(cx, &values, (struct index_row){ .a = d[i].digest, .b = a.event_id, .c = a.id, .d = d[i].half, .e = d[i].state });
		if ((a.type->kind1 == VK_IP && net_parse(a.value1, &net)) || (a.type->kind2 == VK_IP && net_parse(a.value2, &net))) {
			struct index_row r = { .a = net.plen, .b = a.event_id, .c = a.id,
					       .d = a.deleted ? STATE_DELETED : a.type->corr == CORR_NEVER ? STATE_LOOKUP : STATE_CORRELATES };

			net_mask(&net, net.plen);
			r.key_n = net_key(&net, r.key);
			index_push(cx, &nets, r);
		}
	}
	FINE(rc == RC_DONE ? RC_OK : rc);
	stmt_done(&q);
	lease_done(&l);
	l = (struct lease){ 0 };
	index_read(cx, "SELECT digest, event_id, attr_id, half, state FROM attr_value", false, 5, &have);
	ok &= same_rows(&values, &have, "attr_value");
	have = (struct index_rows){ 0 };
	index_read(cx, "SELECT addr, plen, event_id, attr_id, state FROM attr_net", true, 4, &have);
	ok &= same_rows(&nets, &have, "attr_net");
	have = (struct index_rows){ 0 };
	index_read(cx, "SELECT uuid, 1, event_id, id FROM attribute UNION ALL SELECT uuid, 2, event_id, id FROM object UNION ALL "
		       "SELECT uuid, 3, event_id, id FROM event_report UNION ALL SELECT uuid, 4, event_id, id FROM object_ref", true, 3, &uuids);
	index_read(cx, "SELECT uuid, kind, event_id, id FROM element_uuid", true, 3, &have);
	ok &= same_rows(&uuids, &have, "element_uuid");
	ok &= ask(cx, "SELECT count(*) FROM event e WHERE attribute_count <> (SELECT count(*) FROM attribute a WHERE a.event_id = e.id AND a.deleted = 0)") == 0;
	ok &= ask(cx, "SELECT count(*) FROM attr_net n WHERE NOT EXISTS (SELECT 1 FROM net_plen p WHERE p.plen = n.plen)") == 0;
	ok &= ask(cx, "SELECT count(*) FROM attr_tag t WHERE NOT EXISTS (SELECT 1 FROM attribute a WHERE a.event_id = t.event_id AND a.id = t.attr_id)") == 0;
	ok &= ask(cx, "SELECT count(*) FROM sighting t WHERE NOT EXISTS (SELECT 1 FROM attribute a WHERE a.event_id = t.event_id AND a.id = t.attr_id)") == 0;
	/* the program's own check says the same */
	FINE(store_verify(cx, &found, &found_n));
	for (size_t i = 0; i < found_n; i++)
		printf("#   %s: %lld, event %lld\n", found[i].what, (long long)found[i].n, (long long)found[i].event_id);
	ok &= found_n == 0;
	tap_check(ok, __FILE__, line, "%s: the indexes fit the rows %s", fixture_on, when);
	ctx_forgive(cx);
	arena_reset(cx->mem, m);
}
#define INDEXES_FIT(when) check_indexes(cx, (when), __LINE__)

/* ---- who may see what, once more and plainly ---- */

static bool in_groups(const struct scope *sc, int64_t group)
{
	for (size_t i = 0; i < sc->group_n; i++)
		if (sc->groups[i] == group)
			return true;
	return false;
}

static bool shared_with(const struct scope *sc, int distribution, int64_t group)
{
	return (distribution >= 1 && distribution <= 3) || (distribution == DIST_SHARING_GROUP && in_groups(sc, group));
}

static MAYBE_UNUSED bool sees_event(const struct scope *sc, const struct event *e)
{
	if (sc->all || e->org_id == sc->org_id)
		return true;
	return (e->published || !sc->unpublished_private) && shared_with(sc, e->distribution, e->sharing_group_id);
}

static MAYBE_UNUSED bool sees_object(const struct scope *sc, const struct event *e, const struct object *o)
{
	return sees_event(sc, e) && (sc->all || e->org_id == sc->org_id || o->distribution == DIST_INHERIT || shared_with(sc, o->distribution, o->sharing_group_id));
}

/* o: the attribute's object, NULL when it is in none */
static MAYBE_UNUSED bool sees_attr(const struct scope *sc, const struct event *e, const struct object *o, const struct attr *a)
{
	if (!sees_event(sc, e))
		return false;
	if (sc->all || e->org_id == sc->org_id)
		return true;
	return (a->distribution == DIST_INHERIT || shared_with(sc, a->distribution, a->sharing_group_id)) && (!o || sees_object(sc, e, o));
}

/* ---- everything in memory ---- */

struct world {
	struct event *e;
	size_t en;
	struct attr *a;       /* by event and id */
	size_t an;
	struct object *o;
	size_t on;
	struct tag_use *et, *at;
	size_t etn, atn;
	struct org_row *orgs;
	size_t orgn;
};

static MAYBE_UNUSED void load_world(struct ctx *cx, struct world *w)
{
	size_t acap = 0, ocap = 0, tcap = 0;

	*w = (struct world){ 0 };
	FINE(event_page(cx, &scope_all, 0, 100000, &w->e, &w->en));
	FINE(org_list(cx, ORG_ALL, (struct str){ 0 }, &w->orgs, &w->orgn));
	for (size_t i = 0; i < w->en; i++) {
		struct attr_range r = { .event_id = w->e[i].id, .deleted = DELETED_ALL, .limit = 100000 };
		struct tag_use *t;
		struct object *o;
		struct attr *a;
		size_t n;

		FINE(attr_page(cx, &scope_all, &r, &a, &n));
		for (size_t k = 0; k < n; k++) {
			w->a = arena_grow(cx->mem, w->a, &acap, w->an, sizeof(*w->a));
			w->a[w->an++] = a[k];
		}
		FINE(object_page(cx, &scope_all, w->e[i].id, 0, DELETED_ALL, 1000, &o, &n));
		for (size_t k = 0; k < n; k++) {
			w->o = arena_grow(cx->mem, w->o, &ocap, w->on, sizeof(*w->o));
			w->o[w->on++] = o[k];
		}
		FINE(tag_of_attrs(cx, w->e[i].id, 0, INT64_MAX, &t, &n));
		for (size_t k = 0; k < n; k++) {
			w->at = arena_grow(cx->mem, w->at, &tcap, w->atn, sizeof(*w->at));
			w->at[w->atn++] = t[k];
		}
	}
	{
		int64_t *ids = arena_many(cx->mem, w->en + 1, int64_t);

		for (size_t i = 0; i < w->en; i++)
			ids[i] = w->e[i].id;
		FINE(tag_of_events(cx, ids, w->en, &w->et, &w->etn));
	}
}

static MAYBE_UNUSED const struct event *world_event(const struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->en; i++)
		if (w->e[i].id == id)
			return &w->e[i];
	return NULL;
}

static MAYBE_UNUSED const struct object *world_object(const struct world *w, int64_t id)
{
	for (size_t i = 0; id && i < w->on; i++)
		if (w->o[i].id == id)
			return &w->o[i];
	return NULL;
}

/* ---- deterministic chance ---- */

static MAYBE_UNUSED uint64_t chance(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}
static MAYBE_UNUSED size_t below(uint64_t *state, size_t n)
{
	return (size_t)(chance(state) % n);
}

#endif
