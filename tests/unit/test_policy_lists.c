/* warninglists in memory: what another handle on the store changes is seen in time; halves of composites; a library loaded twice */
#include <pthread.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "policy/lists_hold.h"
#include "unit/store_fixture.h"

static void put(struct ctx *cx, struct warninglist *w, const char *const *values, size_t n)
{
	struct warninglist_writer wr;

	FINE(store_begin(cx));
	if (w->id)
		FINE(warninglist_update(cx, w));
	else
		FINE(warninglist_insert(cx, w));
	FINE(warninglist_entries_open(cx, w->id, &wr));
	for (size_t i = 0; i < n; i++)
		FINE(warninglist_entries_add(cx, &wr, str_c(values[i])));
	FINE(warninglist_entries_close(cx, &wr));
	FINE(store_commit(cx));
}

static bool hit(struct ctx *cx, const char *type, const char *v1, const char *v2)
{
	struct attr a = { .type = attr_type_find(str_c(type)), .value1 = str_c(v1), .value2 = str_c(v2) };
	struct lists_view v;
	bool yes;

	if (!FINE(lists_take(cx, &v)))
		return false;
	yes = lists_hit(&v, &a);
	lists_release(&v);
	return yes;
}

/* Asks until the answer is want; the milliseconds that took, at most 2000. */
static int64_t until(struct ctx *cx, const char *value, bool want)
{
	int64_t from = clock_mono_us();

	while (clock_mono_us() - from < 2000000) {
		if (hit(cx, "domain", value, "") == want)
			break;
		usleep(5000);
	}
	return (clock_mono_us() - from) / 1000;
}

static void handles(struct fixture *f)
{
	static const char *const one[] = { "listed.example.com" }, *const two[] = { "listed.example.com", "late.example.com" };
	struct ctx *cx = &f->cx, other;
	struct store_options o = { .dir = str_c(f->st->dir), .db_url = str_c(f->url) };
	struct warninglist w = { .name = S("names"), .type = S("string"), .description = S("d"), .category = S("false_positive"), .version = 1, .enabled = true,
				 .matching = S("domain, domain|ip") }, got;
	struct lists_view kept;
	struct store *st = NULL;
	int64_t ms;

	CHECK(!hit(cx, "domain", "listed.example.com", ""));
	put(cx, &w, one, 1); /* by this handle: at once */
	CHECK(hit(cx, "domain", "listed.example.com", ""));
	CHECK(!hit(cx, "domain", "late.example.com", ""));
	CHECK(!hit(cx, "hostname", "listed.example.com", "")); /* not of a type the list is for */

	FINE(lists_take(cx, &kept));
	ctx_init(&other, 0);
	if (FINE(store_open(&other, &o, &st))) {
		other.st = st;
		w.version = 2;
		put(&other, &w, two, 2);
		ms = until(cx, "late.example.com", true);
		CHECKF(ms <= 300, "%s: another handle's entry is seen after %lld ms", fixture_on, (long long)ms);
		w.enabled = false;
		FINE(store_begin(&other));
		FINE(warninglist_update(&other, &w));
		FINE(store_commit(&other));
		ms = until(cx, "late.example.com", false);
		CHECKF(ms <= 300, "%s: a list that another handle disabled is left out after %lld ms", fixture_on, (long long)ms);
		FINE(store_begin(&other));
		FINE(warninglist_delete(&other, w.id));
		FINE(store_commit(&other));
		CHECK(warninglist_load(&other, w.id, (struct str){ 0 }, &got) == RC_DONE);
		store_close(st);
	}
	ctx_clear(&other);
	/* a view taken before stays as it was */
	{
		struct attr a = { .type = attr_type_find(S("domain")), .value1 = S("listed.example.com"), .value2 = S("") };
		const struct warninglist *l = lists_find(&kept, w.id);

		CHECK(lists_hit(&kept, &a) && l && l->version == 1 && !lists_find(&kept, w.id + 1) && !lists_find(&kept, 0));
	}
	lists_release(&kept);
	lists_release(&kept);
}

static void composites(struct ctx *cx)
{
	static const char *const nets[] = { "192.0.2.0/24", "2001:db8::/32" }, *const hosts[] = { "example.com" }, *const sums[] = { "d41d8cd98f00b204e9800998ecf8427e" };
	struct warninglist cidr = { .name = S("nets"), .type = S("cidr"), .description = S(""), .category = S("false_positive"), .version = 1, .enabled = true,
				    .matching = S("ip-src, ip-dst, ip-dst|port, domain|ip") };
	struct warninglist host = { .name = S("hosts"), .type = S("hostname"), .description = S(""), .category = S("known"), .version = 1, .enabled = true, .matching = S("ALL") };
	struct warninglist sum = { .name = S("sums"), .type = S("string"), .description = S(""), .category = S("false_positive"), .version = 1, .enabled = true,
				   .matching = S("md5, filename|md5") };
	static const struct {
		const char *type, *v1, *v2;
		bool listed;
	} t[] = {
		{ "ip-dst", "192.0.2.77", "", true }, { "ip-dst", "192.0.3.77", "", false }, { "ip-dst", "2001:db8::1", "", true }, { "ip-dst|port", "192.0.2.1", "443", true },
		{ "ip-src|port", "192.0.2.1", "443", false }, { "domain|ip", "evil.test", "192.0.2.1", true }, { "domain|ip", "a.example.com", "198.51.100.1", true },
		{ "domain|ip", "evil.test", "198.51.100.1", false }, { "url", "http://www.example.com/x", "", true }, { "hostname|port", "www.example.com", "80", true },
		{ "filename|md5", "f.exe", "d41d8cd98f00b204e9800998ecf8427e", true }, { "filename|md5", "f.exe", "d41d8cd98f00b204e9800998ecf8427f", false },
		{ "sha1", "d41d8cd98f00b204e9800998ecf8427e", "", false },
	};
	char longer[700];

	put(cx, &cidr, nets, 2);
	put(cx, &host, hosts, 1);
	put(cx, &sum, sums, 1);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		CHECKF(hit(cx, t[i].type, t[i].v1, t[i].v2) == t[i].listed, "%s: %s %s|%s is %slisted", fixture_on, t[i].type, t[i].v1, t[i].v2, t[i].listed ? "" : "not ");
	/* a long name before the half that is listed */
	memset(longer, 'n', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	CHECK(hit(cx, "filename|md5", longer, "d41d8cd98f00b204e9800998ecf8427e"));
	CHECK(!hit(cx, "filename|md5", longer, "d41d8cd98f00b204e9800998ecf8427f"));
}

static void write_list(struct ctx *cx, const char *dir, const char *name, const char *text)
{
	const char *path = str_fmt(cx->mem, "%s/lists/%s", dir, name).p;
	FILE *f;

	mkdir(path, 0700);
	f = fopen(str_fmt(cx->mem, "%s/list.json", path).p, "w");
	if (CHECK(f)) {
		fputs(text, f);
		fclose(f);
	}
}

static void library(struct ctx *cx)
{
	const char *dir = fixture_path(cx);
	struct library_report l;
	struct warninglist w;
	int64_t audits;

	mkdir(dir, 0700);
	FAILS(lists_load_library(cx, str_c(dir), false, &l), RC_NOTFOUND, "");
	mkdir(str_fmt(cx->mem, "%s/lists", dir).p, 0700);
	write_list(cx, dir, "a", "{\"name\":\"Library A\",\"description\":\"x\",\"version\":3,\"type\":\"string\",\"matching_attributes\":[\"domain\"],\"list\":[\"lib.example.net\"]}");
	write_list(cx, dir, "b", "{\"name\":\"Library B\",\"description\":\"x\",\"version\":1,\"type\":\"cidr\",\"list\":[\"198.51.100.0/24\",\"203.0.113.1\"]}");
	write_list(cx, dir, "c", "{\"name\":\"broken\",");
	write_list(cx, dir, "d", "{\"name\":\"Unknown\",\"description\":\"x\",\"version\":1,\"type\":\"no such\",\"list\":[]}");

	FINE(lists_load_library(cx, str_c(dir), false, &l));
	CHECK(l.seen == 4 && l.added == 2 && l.updated == 0 && l.same == 0 && l.bad == 2);
	CHECK(!hit(cx, "domain", "lib.example.net", "")); /* new ones come disabled */
	audits = ask(cx, "SELECT count(*) FROM audit");
	FINE(lists_load_library(cx, str_c(dir), false, &l));
	CHECK(l.seen == 4 && l.added == 0 && l.updated == 0 && l.same == 2 && l.bad == 2);
	CHECK_INT(ask(cx, "SELECT count(*) FROM audit"), audits);
	/* unchanged lists are switched on when that is asked for */
	FINE(lists_load_library(cx, str_c(dir), true, &l));
	CHECK(l.added == 0);
	CHECK(hit(cx, "domain", "lib.example.net", "") && hit(cx, "ip-dst", "198.51.100.9", ""));
	FINE(warninglist_load(cx, 0, S("Library B"), &w));
	CHECK(w.entry_count == 2 && w.version == 1 && w.is_default && str_eq(w.matching, S("ALL")));
	/* a newer version replaces its entries, and stays on */
	write_list(cx, dir, "a", "{\"name\":\"Library A\",\"description\":\"y\",\"version\":4,\"type\":\"string\",\"matching_attributes\":[\"domain\"],\"list\":[\"next.example.net\"]}");
	FINE(lists_load_library(cx, str_c(dir), false, &l));
	CHECK(l.updated == 1 && l.same == 1);
	CHECK(hit(cx, "domain", "next.example.net", "") && !hit(cx, "domain", "lib.example.net", ""));
	FINE(warninglist_load(cx, 0, S("Library A"), &w));
	CHECK(w.version == 4 && w.entry_count == 1 && w.enabled);
	CHECK_INT(ask(cx, "SELECT count(*) FROM warninglist_entry WHERE warninglist_id = %lld", (long long)w.id), 1);
	/* an older one does not */
	write_list(cx, dir, "a", "{\"name\":\"Library A\",\"description\":\"y\",\"version\":2,\"type\":\"string\",\"list\":[\"old.example.com\"]}");
	FINE(lists_load_library(cx, str_c(dir), false, &l));
	CHECK(l.updated == 0 && l.same == 2);
}

/* readers while lists change: each sees a whole set */
struct crowd {
	struct store *st;
	atomic_bool stop;
	atomic_int takes, bad;
};

static void *reader(void *arg)
{
	struct crowd *c = arg;
	struct attr a = { .type = attr_type_find(S("domain")), .value1 = S("always.example.org"), .value2 = S("") };
	struct ctx cx;

	ctx_init(&cx, 0);
	cx.st = c->st;
	while (!atomic_load(&c->stop)) {
		struct arena_mark m = arena_mark(cx.mem);
		struct lists_view v;

		if (lists_take(&cx, &v) != RC_OK || !lists_hit(&v, &a))
			atomic_fetch_add(&c->bad, 1);
		lists_release(&v);
		atomic_fetch_add(&c->takes, 1);
		ctx_forgive(&cx);
		arena_reset(cx.mem, m);
	}
	ctx_clear(&cx);
	return NULL;
}

static void crowd(struct ctx *cx)
{
	static const char *const values[] = { "always.example.org", "sometimes.example.org" };
	struct warninglist w = { .name = S("crowd"), .type = S("string"), .description = S(""), .category = S("known"), .version = 1, .enabled = true, .matching = S("ALL") };
	struct crowd c = { .st = cx->st };
	pthread_t t[4];

	put(cx, &w, values, 1);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t[i], NULL, reader, &c) == 0);
	for (int i = 0; i < 30; i++) {
		w.version++;
		put(cx, &w, values, 1 + (size_t)i % 2);
	}
	atomic_store(&c.stop, true);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(atomic_load(&c.takes) > 30);
	CHECK_INT(atomic_load(&c.bad), 0);
}

static void cases(struct fixture *f)
{
	handles(f);
	composites(&f->cx);
	library(&f->cx);
	crowd(&f->cx);
	lists_forget();
	lists_forget();
	CHECK(hit(&f->cx, "domain", "always.example.org", ""));
	lists_forget();
}

int main(void)
{
	return fixture_engines(cases);
}
