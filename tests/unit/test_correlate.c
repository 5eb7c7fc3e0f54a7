/* correlation read through the index: equal values, halves, networks, near hashes; what takes no part; rarity and rank; and that nothing shows what
 * its reader may not see, by any way of reading */
#include "correlate/correlate.h"
#include "store/corr.h"
#include "store/query.h"
#include "unit/store_fixture.h"

static int64_t one(struct ctx *cx, const char *type, const char *value)
{
	return add_event(cx, NULL, "{'Event':{'info':'%s','Attribute':[{'type':'%s','value':'%s'}]}}", value, type, value);
}

static struct related related(struct ctx *cx, const struct scope *sc, int64_t id, const struct corr_options *o)
{
	struct related r = { 0 };

	FINE(correlate_event(cx, sc, id, o, &r));
	return r;
}

/* events: 0 at the end, in rank order */
static void relates(struct ctx *cx, int64_t id, int line, const int64_t *want, size_t n)
{
	struct related r = related(cx, &scope_all, id, NULL);
	bool ok = r.n == n;

	for (size_t i = 0; ok && i < n; i++)
		ok = r.v[i].event_id == want[i];
	tap_check(ok, __FILE__, line, "%s: event %lld relates to %zu others", fixture_on, (long long)id, n);
	for (size_t i = 0; !ok && i < r.n; i++)
		printf("#   %lld score %.3f values %d rarest %d\n", (long long)r.v[i].event_id, r.v[i].score, r.v[i].values, r.v[i].rarest);
}
#define LIST(...) (const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)
#define RELATES(id, ...) relates(cx, (id), __LINE__, LIST(__VA_ARGS__))
#define ALONE(id) relates(cx, (id), __LINE__, NULL, 0)

static struct corr_link *links_of(struct ctx *cx, const struct scope *sc, int64_t event_id, size_t *n)
{
	struct attr_range r = { .event_id = event_id, .deleted = DELETED_ALL, .limit = 10000 };
	struct corr_link *l = NULL;
	struct attr *v;
	size_t k;

	*n = 0;
	if (FINE(attr_page(cx, sc, &r, &v, &k)))
		FINE(correlate_attrs(cx, sc, v, k, NULL, &l, n));
	return l;
}

static void delete_all(struct ctx *cx)
{
	struct event *v;
	size_t n;

	FINE(event_page(cx, &scope_all, 0, 100000, &v, &n));
	FINE(store_begin(cx));
	for (size_t i = 0; i < n; i++)
		FINE(event_delete(cx, v[i].id, 0, true));
	FINE(store_commit(cx));
	CHECK_INT(ask(cx, "SELECT (SELECT count(*) FROM attr_value) + (SELECT count(*) FROM attr_net) + (SELECT count(*) FROM element_uuid)"), 0);
}

static void equal(struct ctx *cx)
{
	int64_t a = one(cx, "domain", "Evil.example.com"), b = one(cx, "hostname", "evil.EXAMPLE.com"), c, d, e, f;
	struct corr_link *l;
	struct event ev;
	struct attr at;
	size_t n;

	RELATES(a, b);
	RELATES(b, a);
	/* halves */
	c = one(cx, "domain|ip", "evil.example.com|192.0.2.9");
	d = one(cx, "ip-dst|port", "192.0.2.9|443");
	e = one(cx, "ip-src|port", "198.51.100.1|443"); /* a port is no value to share */
	f = one(cx, "port", "443");
	RELATES(a, c, b);
	RELATES(c, d, b, a);
	RELATES(d, c);
	ALONE(e);
	ALONE(f);
	l = links_of(cx, &scope_all, c, &n);
	CHECK_INT(n, 3);
	for (size_t i = 0; i < n; i++)
		CHECK(l[i].why == CORR_EQUAL && l[i].rarity == (l[i].other_event == d ? 2 : 3) &&
		      str_eq(l[i].value, l[i].other_event == d ? S("192.0.2.9") : S("evil.example.com")));
	links_of(cx, &scope_all, e, &n);
	CHECK_INT(n, 0);
	/* what never correlates */
	one(cx, "comment", "evil.example.com");
	RELATES(b, c, a);
	/* deleted */
	ev = load_event(cx, a);
	at = load_attr(cx, attr_with(cx, a, "evil.example.com"));
	FINE(attr_delete(cx, &ev, &at, false));
	RELATES(b, c);
	ALONE(a);
	links_of(cx, &scope_all, a, &n);
	CHECK_INT(n, 0);
	FINE(attr_restore(cx, &ev, &at));
	RELATES(b, c, a);
	/* switched off for an attribute, for an event */
	at = load_attr(cx, at.id);
	FINE(attr_edit(cx, &ev, &at, &(struct attr_in){ .disable_correlation = S("1") }, &(struct save)SAVE_LOCAL, &at));
	RELATES(b, c);
	ALONE(a);
	FINE(attr_edit(cx, &ev, &at, &(struct attr_in){ .disable_correlation = S("0") }, &(struct save)SAVE_LOCAL, &at));
	RELATES(b, c, a);
	ev = load_event(cx, a);
	FINE(event_edit(cx, &ev, json_of(cx, "{'Event':{'disable_correlation':true,'timestamp':'%lld'}}", (long long)ctx_now_s(cx) + 5), &(struct save)SAVE_LOCAL));
	RELATES(b, c);
	ALONE(a);
	links_of(cx, &scope_all, a, &n);
	CHECK_INT(n, 0);
	/* the event itself is none of its relatives; two attributes of one value are one value */
	a = add_event(cx, NULL, "{'Event':{'info':'twice','Attribute':[{'type':'ip-src','value':'203.0.113.77'},{'type':'ip-dst','value':'203.0.113.77'}]}}");
	ALONE(a);
	b = one(cx, "ip-dst", "203.0.113.77");
	{
		struct related r = related(cx, &scope_all, b, NULL);

		CHECK(r.n == 1 && r.v[0].values == 1 && r.v[0].rarest == 2);
		links_of(cx, &scope_all, b, &n);
		CHECK_INT(n, 2);
	}
	INDEXES_FIT("after correlating");
	delete_all(cx);
}

static void nets(struct ctx *cx)
{
	static const struct {
		const char *type, *value;
	} t[] = {
		{ "ip-dst", "10.1.2.3" }, { "ip-src", "10.1.2.0/24" }, { "ip-dst", "10.0.0.0/8" }, { "ip-dst", "11.0.0.1" }, { "ip-dst|port", "10.1.2.200|80" },
		{ "domain|ip", "n.example.net|10.1.3.1" }, { "ip-src", "10.1.2.77/24" }, { "ip-dst", "2001:db8::1" }, { "ip-dst", "2001:db8::/32" },
		{ "ip-dst", "2001:db8:1::/48" }, { "ip-dst", "2001:db9::1" }, { "ip-dst", "0.0.0.0/0" },
	};
	/* contained in, either way; not the same network */
	static const char *const with[] = { "126b", "024b", "01456b", "b", "126b", "2b", "024b", "8", "79", "8", "", "0123456" };
	enum { N = sizeof(t) / sizeof(*t) };
	int64_t id[N];
	size_t n;

	for (int i = 0; i < N; i++)
		id[i] = one(cx, t[i].type, t[i].value);
	for (int i = 0; i < N; i++) {
		struct related r = related(cx, &scope_all, id[i], NULL);
		struct corr_link *l = links_of(cx, &scope_all, id[i], &n);
		size_t want = strlen(with[i]);
		bool ok = r.n == want && n == want;

		for (size_t k = 0; k < want; k++) {
			int64_t other = id[ch_digit(with[i][k]) ? with[i][k] - '0' : with[i][k] - 'a' + 10];
			bool has = false, linked = false;

			for (size_t j = 0; j < r.n; j++)
				has |= r.v[j].event_id == other;
			for (size_t j = 0; j < n; j++)
				linked |= l[j].other_event == other && l[j].why == CORR_NET && l[j].rarity == (int)want + 1;
			ok &= has && linked;
		}
		CHECKF(ok, "%s: %s is in or holds %zu others", fixture_on, t[i].value, want);
		if (!ok)
			for (size_t j = 0; j < r.n; j++)
				printf("#   %s\n", t[r.v[j].event_id - id[0]].value);
	}
	/* many addresses of few events inside one network: each event counts once */
	{
		int64_t x = add_event(cx, NULL, "{'Event':{'info':'x','Attribute':[{'type':'ip-dst','value':'192.0.2.1'},{'type':'ip-dst','value':'192.0.2.3'},{'type':'ip-dst','value':'192.0.2.5'}]}}");
		int64_t y = add_event(cx, NULL, "{'Event':{'info':'y','Attribute':[{'type':'ip-dst','value':'192.0.2.2'},{'type':'ip-dst','value':'192.0.2.4'}]}}");
		int64_t z = one(cx, "ip-dst", "192.0.2.0/24");
		struct related r = related(cx, &scope_all, z, NULL);
		int seen = 0;

		for (size_t i = 0; i < r.n; i++)
			if (r.v[i].event_id == x || r.v[i].event_id == y)
				seen += r.v[i].values == 1 && r.v[i].rarest == 4; /* x, y, 0.0.0.0/0, itself */
		CHECK(r.n == 3 && seen == 2);
	}
	INDEXES_FIT("with networks");
	delete_all(cx);
}

static bool hides(void *arg, const struct attr *a)
{
	return str_eq(a->value1, str_c(arg));
}

static void hot(struct ctx *cx)
{
	enum { HOLDERS = 1500 };
	struct corr_options o = { .hidden = hides, .hidden_arg = (void *)(uintptr_t)"hot.example.com", .limit = 3 };
	int64_t first = 0, last = 0, pair, count = -1;
	struct search s = SEARCH_ALL;
	struct str want = S("hot.example.com");
	struct corr_link *l;
	struct related r;
	struct query *q;
	size_t n;

	/* an old event shares something rare beside the hot value */
	first = add_event(cx, NULL, "{'Event':{'info':'first','Attribute':[{'type':'domain','value':'hot.example.com'},{'type':'domain','value':'rare.example.com'}]}}");
	for (int i = 1; i < HOLDERS; i++) {
		struct arena_mark m = arena_mark(cx->mem);

		last = one(cx, "domain", "hot.example.com");
		arena_reset(cx->mem, m);
	}
	pair = add_event(cx, NULL, "{'Event':{'info':'pair','Attribute':[{'type':'domain','value':'hot.example.com'},{'type':'domain','value':'rare.example.com'}]}}");
	r = related(cx, &scope_all, pair, NULL);
	CHECK(r.total > CORR_MANY && r.v[0].event_id == first && r.v[0].rarest == 2);
	CHECK(r.v[1].event_id == last && r.v[1].rarest == CORR_MANY && r.v[2].event_id == last - 1 && r.v[1].score == r.v[2].score);
	CHECK(r.hidden == 0);
	/* the oldest holder is related, too */
	r = related(cx, &scope_all, first + 1, NULL);
	CHECK(r.total >= CORR_MANY && r.v[0].event_id == pair);
	l = links_of(cx, &scope_all, pair, &n);
	CHECK(n > CORR_MANY);
	for (size_t i = 0, hot_links = 0; i < n; i++) {
		hot_links += str_eq(l[i].value, want);
		if (i + 1 == n)
			CHECK(hot_links >= CORR_MANY && n - hot_links == 1);
		if (l[i].rarity != (str_eq(l[i].value, want) ? CORR_MANY : 2))
			CHECK_INT(l[i].rarity, CORR_MANY);
	}
	/* and none of them is lost to a search */
	s.value.any = (struct cond_list){ &want, 1 };
	FINE(query_compile(cx, &scope_all, &s, &q));
	FINE(query_count_events(cx, q, &count));
	CHECK_INT(count, HOLDERS + 1);
	/* hidden: left out and counted; the limit cuts the list, not the total */
	r = related(cx, &scope_all, pair, &o);
	CHECK(r.n == 1 && r.total == 1 && r.hidden == 1 && r.v[0].event_id == first);
	o.hidden = NULL;
	r = related(cx, &scope_all, pair, &o);
	CHECK(r.n == 3 && r.total > CORR_MANY && r.v[0].event_id == first);
	/* one event with the value very often is one event: an older one is not pushed out */
	{
		struct save sv = SAVE_LOCAL;
		struct buf b;
		int64_t many, few = one(cx, "text", "often"), asking;

		buf_init(&b, 1 << 22);
		buf_str(&b, S("{\"Event\":{\"info\":\"often\",\"Object\":["));
		for (int i = 0; i < 1200; i++)
			buf_fmt(&b, "%s{\"name\":\"o\",\"meta-category\":\"misc\",\"Attribute\":[{\"type\":\"text\",\"object_relation\":\"r\",\"value\":\"often\"}]}", i ? "," : "");
		buf_str(&b, S("]}}"));
		FINE(event_add(cx, buf_view(&b), &sv, &many));
		buf_clear(&b);
		save_clear(&sv);
		asking = one(cx, "text", "often");
		r = related(cx, &scope_all, asking, NULL);
		CHECK(r.n == 2 && r.v[0].event_id == many && r.v[1].event_id == few && r.v[0].rarest == 3);
	}
	delete_all(cx);
}

/* More holders than one page: the cursor reaches every one of them, each once, and the rarity stays the same. */
static void hot_pages(struct ctx *cx)
{
	enum { HOLDERS = CORR_ROWS_MAX + 700 };
	int64_t first = one(cx, "domain", "hot.example.com"), next = 0, newest, count = 0, last = INT64_MAX;
	struct corr_options o = { .next = &next };
	struct attr a;
	bool sorted = true, rare = true;

	for (int i = 0; i < HOLDERS; i++)
		newest = one(cx, "domain", "hot.example.com");
	FINE(attr_load(cx, &scope_all, &(struct event_key){ .id = attr_with(cx, first, "hot.example.com") }, &a));
	do {
		struct corr_link *l;
		size_t n;

		o.before = next;
		FINE(correlate_attrs(cx, &scope_all, &a, 1, &o, &l, &n));
		for (size_t i = 0; i < n; i++) {
			sorted &= l[i].other_event < last;
			last = l[i].other_event;
			rare &= l[i].rarity == CORR_MANY;
		}
		if (!count)
			CHECK(n && l[0].other_event == newest);
		count += (int64_t)n;
	} while (next);
	CHECK_INT(count, HOLDERS);
	CHECK(sorted && rare);
	o = (struct corr_options){ .only = (const int64_t[]){ first + 1, newest }, .only_n = 2 };
	{
		struct corr_link *l;
		size_t n;

		FINE(correlate_attrs(cx, &scope_all, &a, 1, &o, &l, &n));
		CHECK(n == 1 && l[0].other_event == newest && l[0].rarity == CORR_MANY);
	}
	delete_all(cx);
}

/* a row of the index whose digest belongs to another value: as if two values had one digest */
static void collision(struct ctx *cx)
{
	int64_t a = one(cx, "domain", "one.example.com"), b = one(cx, "domain", "two.example.com"), c = one(cx, "domain", "one.example.com"), count = -1;
	struct str want = S("one.example.com");
	struct search s = SEARCH_ALL;
	struct corr_link *l;
	struct query *q;
	char text[300];
	size_t n;

	snprintf(text, sizeof(text), "INSERT INTO attr_value (digest, event_id, attr_id, half, state) VALUES (%lld, %lld, %lld, 0, 0)",
		 (long long)store_digest(cx->st, cx->mem, want), (long long)b, (long long)attr_with(cx, b, "two.example.com"));
	FINE(store_begin(cx));
	FINE(run_sql(cx, cx->conn, text));
	FINE(store_commit(cx));
	l = links_of(cx, &scope_all, a, &n);
	CHECK(n == 1 && l[0].other_event == c && l[0].rarity == 2);
	links_of(cx, &scope_all, b, &n);
	CHECK_INT(n, 0);
	s.value.any = (struct cond_list){ &want, 1 };
	FINE(query_compile(cx, &scope_all, &s, &q));
	FINE(query_count_events(cx, q, &count));
	CHECK_INT(count, 2);
	{
		struct finding *v;

		FINE(store_verify(cx, &v, &n));
		CHECK(n > 0);
	}
	/* a save does not take the other value for a similar one */
	{
		struct event e = load_event(cx, b);
		struct save sv = SAVE_LOCAL;

		FINE(attrs_add(cx, &e, json_of(cx, "{'type':'domain','value':'one.example.com'}"), &sv));
		CHECK_INT(sv.attrs_added, 1);
		save_clear(&sv);
	}
	FINE(store_begin(cx));
	FINE(run_sql(cx, cx->conn, "DELETE FROM attr_value"));
	FINE(run_sql(cx, cx->conn, "DELETE FROM attribute"));
	FINE(store_commit(cx));
	FINE(store_begin(cx));
	FINE(run_sql(cx, cx->conn, "DELETE FROM element_uuid"));
	FINE(run_sql(cx, cx->conn, "DELETE FROM event"));
	FINE(store_commit(cx));
}

/* ---- ssdeep ---- */

#define SIG_A "8b9V6DNoakqdhoFDV9vx1pTfW2QsLcMnBzRyUeXw"
#define SIG_A2 "8b9V6DNoakqdhoFDV9vx1pTfW2QsLcMnBzRyUeXx"
#define SIG_B "zzTTqpLmNbVcXsWeRtYuIoPAsDfGhJkLqWe"

static void hashes(struct ctx *cx)
{
	static const struct {
		const char *a, *b;
		int score;
	} t[] = {
		{ "96:" SIG_A ":" SIG_B, "96:" SIG_A ":" SIG_B, 100 },
		{ "96:" SIG_A ":" SIG_B, "96:" SIG_A2 ":" SIG_B, 100 }, /* the second signatures are equal */
		{ "96:" SIG_A ":", "96:" SIG_A2 ":", 99 },   /* 2 * 64 / 80 = 1; 100 - 100 / 64 = 99 */
		{ "192:" SIG_B ":x", "96:y:" SIG_B, 100 },   /* first of the double block size against second */
		{ "96:y:" SIG_B, "192:" SIG_B ":x", 100 },
		{ "96:" SIG_A ":", "384:" SIG_A ":", 0 },    /* block sizes too far apart */
		{ "96:" SIG_A ":", "96:" SIG_B ":", 0 },     /* nothing in common */
		{ "96:abcdefgh:", "96:ABCDEFGH:", 0 },       /* letter case counts */
		{ "3:abcdefgX:", "3:abcdefgY:", 8 },         /* small blocks: at most block / 3 * length */
		{ "96:aaaaaaabcdefgh:", "96:aaabcdefgh:", 100 }, /* runs are cut to three */
		{ "96:abcdef:", "96:abcdef:x", 0 },          /* shorter than a piece */
	};
	struct ssdeep x, y;
	struct ssdeep_piece p[SSDEEP_PIECES_MAX];
	char longer[200];

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		CHECK(ssdeep_parse(str_c(t[i].a), &x) && ssdeep_parse(str_c(t[i].b), &y));
		if (!CHECKF(ssdeep_score(&x, &y) == t[i].score && ssdeep_score(&y, &x) == t[i].score, "%s against %s is %d", t[i].a, t[i].b, t[i].score))
			printf("#   got %d\n", ssdeep_score(&x, &y));
	}
	CHECK(!ssdeep_parse(S(""), &x) && !ssdeep_parse(S("96"), &x) && !ssdeep_parse(S("96:abc"), &x) && !ssdeep_parse(S("x:a:b"), &x) && !ssdeep_parse(S("0:a:b"), &x) &&
	      !ssdeep_parse(S("99999999999:a:b"), &x));
	snprintf(longer, sizeof(longer), "96:%s%s:x", SIG_A, SIG_B);
	CHECK(!ssdeep_parse(str_c(longer), &x));
	CHECK(ssdeep_parse(S("96:abcdefgabcdefg:hijklmn"), &x));
	CHECK_INT(ssdeep_pieces(&x, p), 8); /* abcdefg twice, six between; hijklmn at 192 */
	CHECK(p[0].block == 96 && p[7].block == 192 && str_eq(p[7].text, S("hijklmn")));
	(void)cx;
}

static void near_values(struct ctx *cx)
{
	int64_t a = one(cx, "ssdeep", "96:" SIG_A ":" SIG_B), b = one(cx, "ssdeep", "96:" SIG_A2 ":nothing"), c = one(cx, "filename|ssdeep", "f.exe|192:" SIG_B ":abc");
	int64_t d = one(cx, "ssdeep", "96:" SIG_A ":" SIG_B), e = one(cx, "ssdeep", "96:8b9V6DNQQWWEERRTTYYUUIIOOPPAASSDDFFGGHHJJ:other"); /* a piece in common, not near */
	int64_t f = one(cx, "text", "ssdeep:96:8b9V6DN"); /* the text a piece's digest is made of */
	struct corr_link *l;
	struct event ev;
	struct attr at;
	size_t n, near = 0, equal_n = 0;

	RELATES(b, d, a);
	RELATES(c, d, a);
	{
		struct related r = related(cx, &scope_all, a, NULL);

		CHECK(r.n == 3);
	}
	ALONE(e);
	ALONE(f);
	l = links_of(cx, &scope_all, a, &n);
	for (size_t i = 0; i < n; i++) {
		near += l[i].why == CORR_SSDEEP && (l[i].other_event == b || l[i].other_event == c) && l[i].rarity == 3;
		equal_n += l[i].why == CORR_EQUAL && l[i].other_event == d && l[i].rarity == 2;
	}
	CHECK(n == 3 && near == 2 && equal_n == 1);
	INDEXES_FIT("with pieces");
	CHECK(ask(cx, "SELECT count(*) FROM attr_value WHERE half = 3") > 100);
	/* pieces follow their attribute */
	ev = load_event(cx, b);
	at = load_attr(cx, ask(cx, "SELECT id FROM attribute WHERE event_id = %lld", (long long)b));
	FINE(attr_delete(cx, &ev, &at, false));
	INDEXES_FIT("with deleted pieces");
	RELATES(c, d, a);
	ALONE(b);
	FINE(attr_restore(cx, &ev, &at));
	RELATES(b, d, a);
	FINE(attr_edit(cx, &ev, &at, &(struct attr_in){ .value = S("96:zzzz:yyyy") }, &(struct save)SAVE_LOCAL, &at));
	INDEXES_FIT("after changing a hash");
	ALONE(b);
	FINE(attr_delete(cx, &ev, &at, true));
	INDEXES_FIT("after removing a hash");
	delete_all(cx);
}

/* ---- who sees what ---- */

enum { READERS = 6 };

static const char *const V_VALUES[] = { "s1.example.com", "s2.example.com", "s3.example.com", "192.0.2.1", "192.0.2.2", "192.0.2.0/24", "192.0.2.128/25", "192.0.2.200" };

static void fill(struct ctx *cx, const struct user *admin, uint64_t *seed)
{
	struct user author = *admin;

	cx->who = &author;
	for (int i = 0; i < 120; i++) {
		struct save s = SAVE_LOCAL;
		struct buf b;
		int64_t id;

		buf_init(&b, 1 << 20);
		author.org_id = 1 + (int64_t)below(seed, 5);
		buf_fmt(&b, "{\"Event\":{\"info\":\"v\",\"distribution\":%zu,\"sharing_group_id\":%zu,\"published\":%s,\"disable_correlation\":%s,\"Object\":[", below(seed, 5),
			5 + below(seed, 3), below(seed, 2) ? "true" : "false", below(seed, 12) ? "false" : "true");
		for (size_t k = 0, n = below(seed, 3); k < n; k++) {
			buf_fmt(&b, "%s{\"name\":\"o\",\"meta-category\":\"misc\",\"distribution\":%zu,\"sharing_group_id\":%zu,\"Attribute\":[", k ? "," : "", below(seed, 6), 5 + below(seed, 3));
			for (size_t j = 0; j < 2; j++) {
				size_t v = below(seed, 8);

				buf_fmt(&b, "%s{\"type\":\"%s\",\"value\":\"%s\",\"object_relation\":\"r\",\"distribution\":%zu,\"sharing_group_id\":%zu}", j ? "," : "",
					v < 3 ? "domain" : "ip-dst", V_VALUES[v], below(seed, 6), 5 + below(seed, 3));
			}
			buf_str(&b, S("]}"));
		}
		buf_str(&b, S("],\"Attribute\":["));
		for (size_t k = 0, n = below(seed, 4); k < n; k++) {
			size_t v = below(seed, 8);

			buf_fmt(&b, "%s{\"type\":\"%s\",\"value\":\"%s\",\"distribution\":%zu,\"sharing_group_id\":%zu,\"deleted\":%d,\"disable_correlation\":%d}", k ? "," : "",
				v < 3 ? "domain" : "ip-dst", V_VALUES[v], below(seed, 6), 5 + below(seed, 3), below(seed, 8) == 0, below(seed, 8) == 0);
		}
		buf_str(&b, S("]}}"));
		FINE(event_add(cx, buf_view(&b), &s, &id));
		buf_clear(&b);
		save_clear(&s);
	}
	cx->who = admin;
}

static bool correlates(const struct attr *a, const struct event *e)
{
	return !a->deleted && !a->disable_correlation && !e->disable_correlation;
}

static bool share(const struct attr *a, const struct attr *b, bool *net)
{
	struct net x, y;

	*net = false;
	if (str_eq(a->value1, b->value1))
		return true;
	*net = true;
	return net_parse(a->value1, &x) && net_parse(b->value1, &y) && x.plen != y.plen && (net_contains(&x, &y) || net_contains(&y, &x));
}

static void readers(struct ctx *cx, const struct world *w, const struct scope *sc, const char *name)
{
	bool *seen = arena_zalloc(cx->mem, w->an + 1);
	size_t wrong_event = 0, wrong_page = 0, wrong_load = 0, wrong_object = 0, wrong_corr = 0, wrong_link = 0, wrong_rank = 0, n;
	struct search s = SEARCH_ALL;
	struct query *q;
	struct attr *v, one_attr;
	bool done;

	for (size_t i = 0; i < w->an; i++)
		seen[i] = sees_attr(sc, world_event(w, w->a[i].event_id), world_object(w, w->a[i].object_id), &w->a[i]);
	/* attribute by attribute */
	for (size_t i = 0; i < w->an; i++) {
		struct event_key k = { .id = w->a[i].id }, u = { .uuid = w->a[i].uuid };

		wrong_load += (attr_load(cx, sc, &k, &one_attr) == RC_OK) != seen[i];
		wrong_load += (attr_load(cx, sc, &u, &one_attr) == RC_OK) != seen[i];
		ctx_forgive(cx);
		FINE(attr_load_many(cx, sc, &w->a[i].id, 1, &v, &n));
		wrong_load += (n == 1) != seen[i];
	}
	for (size_t i = 0; i < w->on; i++) {
		struct object o;

		wrong_object += (object_load(cx, sc, &(struct event_key){ .id = w->o[i].id }, &o) == RC_OK) != sees_object(sc, world_event(w, w->o[i].event_id), &w->o[i]);
		ctx_forgive(cx);
	}
	/* event by event */
	for (size_t i = 0; i < w->en; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		const struct event *e = &w->e[i];
		struct attr_range r = { .event_id = e->id, .deleted = DELETED_ALL, .limit = 1000 };
		bool sees = sees_event(sc, e);
		struct related rel = { 0 };
		struct corr_link *l = NULL;
		struct event got, *many;
		struct object *objects;
		size_t want = 0, ln, on, want_links = 0, want_related = 0;
		enum rc rc;

		wrong_event += (event_load(cx, sc, &(struct event_key){ .id = e->id }, &got) == RC_OK) != sees;
		wrong_event += (event_load(cx, sc, &(struct event_key){ .uuid = e->uuid }, &got) == RC_OK) != sees;
		ctx_forgive(cx);
		FINE(event_load_many(cx, sc, &e->id, 1, &many, &n));
		wrong_event += (n == 1) != sees;
		FINE(attr_page(cx, sc, &r, &v, &n));
		for (size_t k = 0; k < w->an; k++)
			want += w->a[k].event_id == e->id && seen[k];
		wrong_page += n != want;
		for (size_t k = 0; k < w->on; k++) {
			struct attr_range in = { .event_id = e->id, .deleted = DELETED_ALL, .objects = &w->o[k].id, .object_n = 1 };
			struct attr *inside;

			if (w->o[k].event_id != e->id)
				continue;
			want = 0;
			for (size_t j = 0; j < w->an; j++)
				want += w->a[j].object_id == w->o[k].id && seen[j];
			FINE(attr_page(cx, sc, &in, &inside, &on));
			wrong_page += on != want;
		}
		want = 0;
		for (size_t k = 0; k < w->on; k++)
			want += w->o[k].event_id == e->id && sees_object(sc, e, &w->o[k]);
		FINE(object_page(cx, sc, e->id, 0, DELETED_ALL, 1000, &objects, &on));
		wrong_object += on != want;
		/* what it relates to */
		rc = correlate_event(cx, sc, e->id, NULL, &rel);
		wrong_corr += (rc == RC_OK) != sees;
		ctx_forgive(cx);
		if (!sees) {
			arena_reset(cx->mem, m);
			continue;
		}
		FINE(correlate_attrs(cx, sc, v, n, NULL, &l, &ln));
		for (size_t k = 0; k < w->en; k++) {
			const struct event *f = &w->e[k];
			size_t values = 0;
			bool shares = false;

			if (f == e)
				continue;
			for (size_t x = 0; x < w->an; x++)
				for (size_t y = 0; w->a[x].event_id == e->id && seen[x] && correlates(&w->a[x], e) && y < w->an; y++) {
					bool net;

					if (w->a[y].event_id == f->id && seen[y] && correlates(&w->a[y], f) && share(&w->a[x], &w->a[y], &net)) {
						shares = true;
						want_links++;
						values++;
					}
				}
			want_related += shares;
			for (size_t x = 0; x < rel.n; x++)
				if (rel.v[x].event_id == f->id)
					wrong_corr += !shares;
		}
		wrong_corr += rel.n != want_related;
		wrong_link += ln != want_links;
		for (size_t x = 0; x < ln; x++) {
			bool ok = false;

			for (size_t y = 0; y < w->an; y++)
				ok |= w->a[y].id == l[x].other_attr && w->a[y].event_id == l[x].other_event && seen[y] && correlates(&w->a[y], world_event(w, w->a[y].event_id));
			wrong_link += !ok;
		}
		for (size_t x = 0; x + 1 < rel.n; x++)
			wrong_rank += rel.v[x].score < rel.v[x + 1].score || (rel.v[x].score == rel.v[x + 1].score && rel.v[x].event_id < rel.v[x + 1].event_id);
		arena_reset(cx->mem, m);
	}
	CHECKF(wrong_event == 0, "%s: %s loads the events that it may see (%zu wrong)", fixture_on, name, wrong_event);
	CHECKF(wrong_load == 0, "%s: %s loads the attributes that it may see (%zu wrong)", fixture_on, name, wrong_load);
	CHECKF(wrong_page == 0, "%s: %s pages through the attributes that it may see (%zu wrong)", fixture_on, name, wrong_page);
	CHECKF(wrong_object == 0, "%s: %s reads the objects that it may see (%zu wrong)", fixture_on, name, wrong_object);
	CHECKF(wrong_corr == 0, "%s: %s finds the related events that it may see (%zu wrong)", fixture_on, name, wrong_corr);
	CHECKF(wrong_link == 0, "%s: %s finds the links that it may see (%zu wrong)", fixture_on, name, wrong_link);
	CHECKF(wrong_rank == 0, "%s: related events are ranked (%zu wrong)", fixture_on, wrong_rank);
	/* lists */
	{
		struct event *all;
		size_t want = 0, at = 0;

		for (size_t i = 0; i < w->en; i++)
			want += sees_event(sc, &w->e[i]);
		FINE(event_page(cx, sc, 0, 100000, &all, &n));
		CHECK_INT(n, want);
		want = 0;
		for (size_t i = 0; i < w->an; i++)
			want += seen[i] && !w->a[i].deleted;
		FINE(query_compile(cx, sc, &s, &q));
		for (done = false; !done; at += n)
			FINE(query_attrs(cx, q, 50, &v, &n, &done));
		CHECK_INT(at, want);
	}
}

static void visibility(struct ctx *cx, const struct user *admin)
{
	static const int64_t g5[] = { 5 }, g56[] = { 5, 6 };
	const struct scope sc[READERS] = {
		{ .all = true }, { .org_id = 1 }, { .org_id = 2, .groups = g5, .group_n = 1 }, { .org_id = 3, .groups = g56, .group_n = 2 },
		{ .org_id = 3, .groups = g56, .group_n = 2, .unpublished_private = true }, { .org_id = 99 },
	};
	static const char *const names[READERS] = { "site admin", "org 1", "org 2", "org 3", "org 3, unpublished hidden", "stranger" };
	int64_t members[] = { 2, 3 };
	uint64_t seed = 99;
	struct world w;

	for (int i = 2; i <= 5; i++)
		make_org(cx, str_fmt(cx->mem, "Org %d", i).p);
	make_group(cx, 5, members, 2);
	make_group(cx, 6, members + 1, 1);
	make_group(cx, 7, NULL, 0);
	fill(cx, admin, &seed);
	load_world(cx, &w);
	printf("# %zu events, %zu attributes, %zu objects\n", w.en, w.an, w.on);
	INDEXES_FIT("after filling");
	for (int i = 0; i < READERS; i++)
		readers(cx, &w, &sc[i], names[i]);
}

static void cases(struct fixture *f)
{
	struct ctx *cx = &f->cx;

	hashes(cx);
	equal(cx);
	nets(cx);
	near_values(cx);
	collision(cx);
	hot_pages(cx);
	hot(cx);
	visibility(cx, &f->admin);
}

int main(void)
{
	return fixture_engines(cases);
}
