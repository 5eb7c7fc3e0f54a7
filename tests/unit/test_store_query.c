/* searches against a plain evaluation of every condition on every row: alone, in pairs, for several readers, in pages of several sizes */
#include "store/query.h"
#include "unit/store_fixture.h"

enum { EVENTS = 300, ROUNDS = 900 };

static struct world w;
static struct str *attr_fold;   /* per attribute: folded value1, value2, whole */
static const struct event **attr_event;
static const struct object **attr_object; /* NULL: in none */
static const struct scope *reader;

/* ---- the data ---- */

static const char *const TAGS[] = { "tlp:red", "tlp:green", "Kill-chain:C2", "\xc3\xa9t\xc3\xa9", "unused" };
static const char *const INFOS[] = { "Phishing wave", "phishing WAVE two", "\xc3\x89quipe", "plain", "100% sure_thing" };
static const char *const COMMENTS[] = { "", "seen", "SEEN twice", "caf\xc3\xa9", "under_score" };
static const char *const ATTRS[][2] = {
	{ "ip-dst", "192.0.2.1" }, { "ip-dst", "192.0.2.2" }, { "ip-src", "192.0.2.1" }, { "ip-dst", "192.0.2.0/24" }, { "ip-dst|port", "192.0.2.1|443" },
	{ "ip-src|port", "2001:db8::1|443" }, { "port", "443" }, { "domain", "evil.example.com" }, { "hostname", "www.evil.example.com" },
	{ "domain|ip", "evil.example.com|192.0.2.1" }, { "md5", "00000000000000000000000000000001" }, { "sha1", "0000000000000000000000000000000000000002" },
	{ "filename", "a.exe" }, { "filename", "B.EXE" }, { "filename|md5", "a.exe|00000000000000000000000000000001" }, { "text", "\xc3\x89t\xc3\xa9" },
	{ "text", "ete" }, { "text", "a_b%c" }, { "url", "http://evil.example.com/a" }, { "email-src", "Someone@example.org" }, { "comment", "192.0.2.1" },
	{ "text", "a.exe|00000000000000000000000000000001" },
};
static const char *const RELATIONS[] = { "filename", "md5", "my_rel", "my-rel", "\xc3\xbcnique", "ip" };
static const char *const NAMES[] = { "file", "ip-port", "my_object", "my-object" };
#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define PICK(seed, a) ((a)[below(seed, COUNT(a))])

static void put_tags_json(struct buf *b, uint64_t *seed, const char *lead)
{
	size_t n = below(seed, 3);

	if (!n)
		return;
	buf_fmt(b, ",\"Tag\":[");
	for (size_t i = 0; i < n; i++)
		buf_fmt(b, "%s{\"name\":\"%s\"}", i ? "," : lead, TAGS[below(seed, COUNT(TAGS) - 1)]);
	buf_fmt(b, "]");
}

static void put_attr_json(struct buf *b, uint64_t *seed, bool in_object)
{
	size_t k = below(seed, COUNT(ATTRS));
	int dist = below(seed, 3) ? 5 : (int)below(seed, 6);

	buf_fmt(b, "{\"type\":\"%s\",\"value\":\"%s\",\"comment\":\"%s\",\"to_ids\":%d,\"timestamp\":%zu,\"distribution\":%d,\"sharing_group_id\":%zu,\"deleted\":%d", ATTRS[k][0],
		ATTRS[k][1], PICK(seed, COMMENTS), (int)below(seed, 2), 1000 + below(seed, 20) * 100, dist, 5 + below(seed, 2), below(seed, 5) == 0);
	if (below(seed, 2))
		buf_fmt(b, ",\"category\":\"Other\"");
	if (below(seed, 3) == 0)
		buf_fmt(b, ",\"first_seen\":\"1970-01-01T00:%02zu:00.5+00:00\"", below(seed, 40));
	if (below(seed, 4) == 0)
		buf_fmt(b, ",\"last_seen\":\"1970-01-01T01:%02zu:00+00:00\"", below(seed, 40));
	if (in_object)
		buf_fmt(b, ",\"object_relation\":\"%s\"", PICK(seed, RELATIONS));
	put_tags_json(b, seed, "");
	buf_fmt(b, "}");
}

static void fill(struct ctx *cx, const struct user *admin)
{
	int64_t members[2][2] = { { 2, 3 }, { 3, 4 } };
	uint64_t seed = 42;
	struct user author = *admin;

	for (int i = 2; i <= 5; i++)
		make_org(cx, str_fmt(cx->mem, "Org \xc3\x89 %d", i).p);
	make_group(cx, 5, members[0], 2);
	make_group(cx, 6, members[1], 2);
	cx->who = &author;
	for (int i = 0; i < EVENTS; i++) {
		struct save s = SAVE_LOCAL;
		struct buf b;
		size_t n;
		int64_t id;

		buf_init(&b, 1 << 20);
		author.org_id = 1 + (int64_t)below(&seed, 5);
		buf_fmt(&b, "{\"Event\":{\"info\":\"%s\",\"timestamp\":%zu,\"date\":\"2020-01-%02zu\",\"threat_level_id\":%zu,\"analysis\":%zu,\"distribution\":%zu,\"sharing_group_id\":%zu",
			PICK(&seed, INFOS), 1000 + below(&seed, 20) * 100, 1 + below(&seed, 28), 1 + below(&seed, 4), below(&seed, 3), below(&seed, 5), 5 + below(&seed, 2));
		if (below(&seed, 2))
			buf_fmt(&b, ",\"published\":true,\"publish_timestamp\":%zu", 1000 + below(&seed, 20) * 100);
		put_tags_json(&b, &seed, "");
		buf_fmt(&b, ",\"Attribute\":[");
		n = below(&seed, 20);
		for (size_t k = 0; k < n; k++) {
			if (k)
				buf_ch(&b, ',');
			put_attr_json(&b, &seed, false);
		}
		buf_fmt(&b, "],\"Object\":[");
		n = below(&seed, 4);
		for (size_t k = 0; k < n; k++) {
			size_t m = 1 + below(&seed, 4);

			buf_fmt(&b, "%s{\"name\":\"%s\",\"meta-category\":\"misc\",\"distribution\":%d,\"sharing_group_id\":%zu,\"Attribute\":[", k ? "," : "",
				PICK(&seed, NAMES), below(&seed, 3) ? 5 : (int)below(&seed, 6), 5 + below(&seed, 2));
			for (size_t j = 0; j < m; j++) {
				if (j)
					buf_ch(&b, ',');
				put_attr_json(&b, &seed, true);
			}
			buf_fmt(&b, "]}");
		}
		buf_fmt(&b, "]}}");
		FINE(event_add(cx, buf_view(&b), &s, &id));
		buf_clear(&b);
		save_clear(&s);
	}
	cx->who = admin;
	load_world(cx, &w);
	attr_fold = arena_many(cx->mem, w.an * 3, struct str);
	attr_event = arena_many(cx->mem, w.an, const struct event *);
	attr_object = arena_many(cx->mem, w.an, const struct object *);
	for (size_t i = 0; i < w.an; i++) {
		attr_event[i] = world_event(&w, w.a[i].event_id);
		attr_object[i] = world_object(&w, w.a[i].object_id);
		attr_fold[3 * i] = value_fold(cx->mem, w.a[i].value1);
		attr_fold[3 * i + 1] = value_fold(cx->mem, w.a[i].value2);
		attr_fold[3 * i + 2] = w.a[i].value2.n ? value_fold(cx->mem, str_fmt(cx->mem, "%.*s|%.*s", STR(w.a[i].value1), STR(w.a[i].value2))) : attr_fold[3 * i];
	}
	printf("# %zu events, %zu attributes, %zu objects\n", w.en, w.an, w.on);
	CHECK(w.en == EVENTS && w.an > 2000 && w.on > 300);
}

/* ---- plain evaluation ---- */

static bool glob(struct str s, struct str p)
{
	if (!p.n)
		return !s.n;
	if (p.p[0] != '%')
		return s.n && s.p[0] == p.p[0] && glob(str_from(s, 1), str_from(p, 1));
	for (size_t i = 0; i <= s.n; i++)
		if (glob(str_from(s, i), str_from(p, 1)))
			return true;
	return false;
}

struct at {
	struct ctx *cx;
	size_t i;                 /* attribute; STR_NONE: none, the event alone */
	const struct event *e;
};
typedef bool pred(const struct at *x, struct str text);

static bool has(const struct cond_list *l, const struct at *x, pred *p)
{
	for (size_t i = 0; i < l->n; i++)
		if (p(x, l->v[i]))
			return true;
	return false;
}

static bool holds(const struct cond *c, const struct at *x, pred *p)
{
	for (size_t i = 0; i < c->all.n; i++)
		if (!p(x, c->all.v[i]))
			return false;
	return (!c->any.n || has(&c->any, x, p)) && !(c->none.n && has(&c->none, x, p));
}

static bool folded(const struct at *x, struct str have, struct str text)
{
	return glob(have, value_fold(x->cx->mem, text));
}

static bool p_value(const struct at *x, struct str t)
{
	const struct str *f = &attr_fold[3 * x->i];

	return folded(x, f[0], t) || (f[1].n && (folded(x, f[1], t) || folded(x, f[2], t)));
}
static bool p_value1(const struct at *x, struct str t)
{
	return folded(x, attr_fold[3 * x->i], t);
}
static bool p_value2(const struct at *x, struct str t)
{
	return folded(x, attr_fold[3 * x->i + 1], t);
}
static bool p_type(const struct at *x, struct str t)
{
	return folded(x, w.a[x->i].type->name, t);
}
static bool p_category(const struct at *x, struct str t)
{
	return folded(x, value_fold(x->cx->mem, cat_name(w.a[x->i].cat)), t);
}
static bool p_relation(const struct at *x, struct str t)
{
	return glob(str_lower(x->cx->mem, w.a[x->i].relation), str_lower(x->cx->mem, t));
}
static bool p_object(const struct at *x, struct str t)
{
	const struct object *o = attr_object[x->i];

	return o && glob(str_lower(x->cx->mem, o->name), str_lower(x->cx->mem, t));
}
static bool p_comment(const struct at *x, struct str t)
{
	return folded(x, value_fold(x->cx->mem, w.a[x->i].comment), t);
}
static bool p_info(const struct at *x, struct str t)
{
	return folded(x, value_fold(x->cx->mem, x->e->info), t);
}
static bool p_uuid(const struct at *x, struct str t)
{
	struct uuid u;

	return uuid_parse(t, &u) && (uuid_eq(&u, &w.a[x->i].uuid) || uuid_eq(&u, &x->e->uuid));
}
static bool p_event(const struct at *x, struct str t)
{
	struct uuid u;
	int64_t id;

	return str_i64(t, &id) ? id == x->e->id : uuid_parse(t, &u) && uuid_eq(&u, &x->e->uuid);
}
static bool p_org(const struct at *x, struct str t)
{
	struct uuid u;
	int64_t id;

	if (str_i64(t, &id))
		return id == x->e->orgc_id;
	for (size_t i = 0; i < w.orgn; i++)
		if (w.orgs[i].o.id == x->e->orgc_id)
			return uuid_parse(t, &u) ? uuid_eq(&u, &w.orgs[i].o.uuid) : folded(x, value_fold(x->cx->mem, w.orgs[i].o.name), t);
	return false;
}
static bool number(struct str t, int64_t v)
{
	int64_t n;

	return str_i64(t, &n) && n == v;
}
static bool p_threat(const struct at *x, struct str t)
{
	return number(t, x->e->threat_level_id);
}
static bool p_analysis(const struct at *x, struct str t)
{
	return number(t, x->e->analysis);
}
static bool p_dist(const struct at *x, struct str t)
{
	return number(t, x->e->distribution);
}
static bool p_group(const struct at *x, struct str t)
{
	return number(t, x->e->sharing_group_id);
}
static bool p_event_tag(const struct at *x, struct str t)
{
	for (size_t i = 0; i < w.etn; i++)
		if (w.et[i].owner == x->e->id && folded(x, value_fold(x->cx->mem, w.et[i].t.name), t))
			return true;
	return false;
}
static bool tag_on(const struct at *x, int64_t attr_id, struct str t)
{
	for (size_t i = 0; i < w.atn; i++)
		if (w.at[i].owner == attr_id && folded(x, value_fold(x->cx->mem, w.at[i].t.name), t))
			return true;
	return false;
}
static bool visible(size_t i)
{
	return sees_attr(reader, attr_event[i], attr_object[i], &w.a[i]);
}
static bool p_tag(const struct at *x, struct str t)
{
	if (p_event_tag(x, t))
		return true;
	if (x->i != STR_NONE)
		return tag_on(x, w.a[x->i].id, t);
	for (size_t i = 0; i < w.an; i++)
		if (w.a[i].event_id == x->e->id && !w.a[i].deleted && visible(i) && tag_on(x, w.a[i].id, t))
			return true;
	return false;
}

static bool in_range(const struct time_range *r, int64_t v, bool set)
{
	if (r->from == TIME_UNSET && r->to == TIME_UNSET && !r->impossible)
		return true;
	return !r->impossible && set && (r->from == TIME_UNSET || v >= r->from) && (r->to == TIME_UNSET || v <= r->to);
}
/* microseconds against whole seconds */
static bool in_range_us(const struct time_range *r, int64_t us)
{
	if (r->from == TIME_UNSET && r->to == TIME_UNSET)
		return true;
	return us != SEEN_NONE && (r->from == TIME_UNSET || (__int128)us >= (__int128)r->from * 1000000) && (r->to == TIME_UNSET || (__int128)us <= (__int128)r->to * 1000000);
}

static bool event_matches(const struct search *s, const struct at *x)
{
	const struct event *e = x->e;

	if (!sees_event(reader, e) || !holds(&s->eventid, x, p_event) || !holds(&s->event_uuid, x, p_event) || !holds(&s->org, x, p_org) || !holds(&s->event_info, x, p_info) ||
	    !holds(&s->threat_level, x, p_threat) || !holds(&s->analysis, x, p_analysis) || !holds(&s->distribution, x, p_dist) || !holds(&s->sharing_group, x, p_group))
		return false;
	if (!in_range(&s->event_timestamp, e->timestamp, true) || !in_range(&s->publish_timestamp, e->publish_timestamp, e->published) || !in_range(&s->date, e->date, true))
		return false;
	if (s->published >= 0 && e->published != s->published)
		return false;
	for (size_t k = 0; k < s->value.all.n; k++) {
		bool found = false;

		for (size_t i = 0; i < w.an && !found && str_chr(s->value.all.v[k], '%') == STR_NONE; i++)
			found = w.a[i].event_id == e->id && !w.a[i].deleted && visible(i) && p_value(&(struct at){ x->cx, i, e }, s->value.all.v[k]);
		if (!found && str_chr(s->value.all.v[k], '%') == STR_NONE)
			return false;
	}
	if (x->i == STR_NONE) { /* excluded tags drop an event for its own only */
		struct cond c = s->tags;

		c.none.n = 0;
		return holds(&c, x, p_tag) && !has(&s->tags.none, x, p_event_tag) && holds(&s->event_tags, x, p_event_tag);
	}
	return holds(&s->tags, x, p_tag) && holds(&s->event_tags, x, p_event_tag);
}

static bool attr_matches(const struct search *s, const struct at *x)
{
	const struct attr *a = &w.a[x->i];
	struct cond value = s->value;

	if (!visible(x->i) || !event_matches(s, x))
		return false;
	value.all.n = 0;
	for (size_t k = 0; k < s->value.all.n; k++)
		if (str_chr(s->value.all.v[k], '%') != STR_NONE && !p_value(x, s->value.all.v[k]))
			return false;
	if (!holds(&value, x, p_value) || !holds(&s->value1, x, p_value1) || !holds(&s->value2, x, p_value2) || !holds(&s->type, x, p_type) || !holds(&s->category, x, p_category) ||
	    !holds(&s->relation, x, p_relation) || !holds(&s->comment, x, p_comment) || !holds(&s->uuid, x, p_uuid))
		return false;
	if (cond_set(&s->object_name) && (!a->object_id || !holds(&s->object_name, x, p_object)))
		return false;
	if (!in_range(&s->timestamp, a->timestamp, true) || !in_range_us(&s->first_seen, a->first_seen_us) || !in_range_us(&s->last_seen, a->last_seen_us))
		return false;
	if ((s->to_ids >= 0 && a->to_ids != s->to_ids) || (s->deleted != DELETED_ALL && a->deleted != (s->deleted == DELETED_ONLY)))
		return false;
	return !s->quick.p || folded(x, attr_fold[3 * x->i + 2], s->quick) || p_comment(x, s->quick) || p_info(x, s->quick) || p_tag(x, s->quick);
}

/* ---- random searches ---- */

static const char *const P_VALUES[] = { "192.0.2.1", "192.0.2.2", "443", "EVIL.example.com", "%evil%", "a.exe", "b.exe", "a.exe|00000000000000000000000000000001",
					"192.0.2.1|443", "ETE", "\xc3\xa9t\xc3\xa9", "%", "%.exe", "00000000000000000000000000000001", "a_b%", "a_b", "nowhere", "192.0.2.%", "" };
static const char *const P_TYPES[] = { "ip-dst", "IP-SRC", "md5", "filename%", "%port%", "no-type", "text", "url" };
static const char *const P_CATS[] = { "Other", "network activity", "Payload%", "No category" };
static const char *const P_RELS[] = { "filename", "MY_REL", "my%", "my_rel", "\xc3\xbcnique", "quo'te", "none", "my\\rel" };
static const char *const P_NAMES[] = { "file", "My_object", "my%", "ip-port", "quo'te", "%'; DROP TABLE x; --" };
static const char *const P_COMMENTS[] = { "seen", "%seen%", "CAFE", "", "under_score", "under%" };
static const char *const P_INFOS[] = { "%phishing%", "equipe", "plain", "%_thing", "100%" };
static const char *const P_NUMBERS[] = { "0", "1", "2", "3", "4", "5", "6", "x" };
static const char *const P_ORGS[] = { "1", "3", "org e 2", "%e 4", "nobody", "ORGNAME" };
static const char *const P_TAGS[] = { "tlp:red", "TLP:green", "tlp:%", "ete", "unused", "no:tag", "%:c2" };
static const char *const P_QUICK[] = { "%evil%", "%seen%", "%phish%", "%tlp:red%", "%ete%", "%nowhere%", "%", "%a_b%" };

struct pool {
	const char *const *v;
	size_t n;
};
#define POOL(a) { a, COUNT(a) }
static const struct {
	const char *name;
	size_t offset;
	struct pool pool;
} CONDS[] = {
	{ "value", offsetof(struct search, value), POOL(P_VALUES) }, { "value1", offsetof(struct search, value1), POOL(P_VALUES) },
	{ "value2", offsetof(struct search, value2), POOL(P_VALUES) }, { "type", offsetof(struct search, type), POOL(P_TYPES) },
	{ "category", offsetof(struct search, category), POOL(P_CATS) }, { "relation", offsetof(struct search, relation), POOL(P_RELS) },
	{ "object_name", offsetof(struct search, object_name), POOL(P_NAMES) }, { "comment", offsetof(struct search, comment), POOL(P_COMMENTS) },
	{ "info", offsetof(struct search, event_info), POOL(P_INFOS) }, { "org", offsetof(struct search, org), POOL(P_ORGS) },
	{ "threat", offsetof(struct search, threat_level), POOL(P_NUMBERS) }, { "analysis", offsetof(struct search, analysis), POOL(P_NUMBERS) },
	{ "distribution", offsetof(struct search, distribution), POOL(P_NUMBERS) }, { "group", offsetof(struct search, sharing_group), POOL(P_NUMBERS) },
	{ "tags", offsetof(struct search, tags), POOL(P_TAGS) }, { "event_tags", offsetof(struct search, event_tags), POOL(P_TAGS) },
	{ "uuid", offsetof(struct search, uuid), { NULL, 0 } }, { "eventid", offsetof(struct search, eventid), { NULL, 0 } },
	{ "event_uuid", offsetof(struct search, event_uuid), { NULL, 0 } },
};
static const struct {
	const char *name;
	size_t offset;
	int64_t base, step;
} RANGES[] = {
	{ "timestamp", offsetof(struct search, timestamp), 1000, 100 }, { "event_timestamp", offsetof(struct search, event_timestamp), 1000, 100 },
	{ "publish_timestamp", offsetof(struct search, publish_timestamp), 1000, 100 }, { "date", offsetof(struct search, date), 18262, 2 },
	{ "first_seen", offsetof(struct search, first_seen), 0, 120 }, { "last_seen", offsetof(struct search, last_seen), 3600, 120 },
};
enum { FIELDS = COUNT(CONDS) + COUNT(RANGES) + 4 };

static struct cond_list some(struct ctx *cx, uint64_t *seed, struct pool p, bool events)
{
	size_t n = 1 + below(seed, 3);
	struct cond_list l = { arena_many(cx->mem, n, struct str), n };

	for (size_t i = 0; i < n; i++) {
		if (p.n) {
			l.v[i] = str_c(p.v[below(seed, p.n)]);
		} else {
			const struct event *e = &w.e[below(seed, w.en)];
			size_t k = below(seed, 8);

			l.v[i] = k == 0 ? S("9ffffff0-1111-4222-8333-444455556666") : k == 1 ? S("nonsense") : k < 4 && events ? str_fmt(cx->mem, "%lld", (long long)e->id) :
				 k < 6 || events ? uuid_dup(cx, &e->uuid) : uuid_dup(cx, &w.a[below(seed, w.an)].uuid);
		}
	}
	return l;
}

static void set_field(struct ctx *cx, uint64_t *seed, struct search *s, size_t f, struct buf *said)
{
	static const char *const HOW[] = { "any", "none", "all", "any+none" };

	if (f < COUNT(CONDS)) {
		struct cond *c = (struct cond *)((char *)s + CONDS[f].offset);
		size_t how = below(seed, 8);
		bool events = CONDS[f].offset != offsetof(struct search, uuid);

		how = how < 4 ? 0 : how < 6 ? 1 : how == 6 ? 2 : 3;
		if (how == 0 || how == 3)
			c->any = some(cx, seed, CONDS[f].pool, events);
		if (how == 1 || how == 3)
			c->none = some(cx, seed, CONDS[f].pool, events);
		if (how == 2)
			c->all = some(cx, seed, CONDS[f].pool, events);
		buf_fmt(said, " %s %s:", CONDS[f].name, HOW[how]);
		for (size_t i = 0; i < c->any.n; i++)
			buf_fmt(said, " '%.*s'", STR(c->any.v[i]));
		for (size_t i = 0; i < c->all.n; i++)
			buf_fmt(said, " &'%.*s'", STR(c->all.v[i]));
		for (size_t i = 0; i < c->none.n; i++)
			buf_fmt(said, " !'%.*s'", STR(c->none.v[i]));
		return;
	}
	f -= COUNT(CONDS);
	if (f < COUNT(RANGES)) {
		struct time_range *r = (struct time_range *)((char *)s + RANGES[f].offset);
		size_t how = below(seed, 8);

		if (how < 5)
			r->from = RANGES[f].base + (int64_t)below(seed, 20) * RANGES[f].step;
		if (how > 2)
			r->to = RANGES[f].base + (int64_t)below(seed, 20) * RANGES[f].step;
		if (how == 7)
			r->from = -INT64_MAX;
		if (how == 0)
			r->to = INT64_MAX - 1;
		buf_fmt(said, " %s %lld..%lld", RANGES[f].name, (long long)r->from, (long long)r->to);
		return;
	}
	f -= COUNT(RANGES);
	if (f == 0)
		s->to_ids = (int)below(seed, 2);
	else if (f == 1)
		s->deleted = 1 + (int)below(seed, 2);
	else if (f == 2)
		s->published = (int)below(seed, 2);
	else
		s->quick = str_c(P_QUICK[below(seed, COUNT(P_QUICK))]);
	buf_fmt(said, " to_ids %d deleted %d published %d quick %.*s", s->to_ids, (int)s->deleted, s->published, STR(s->quick));
}

static bool run_search(struct ctx *cx, const struct search *s, const char *said)
{
	static const size_t pages[] = { 1000, 7, 100, 1 };
	int64_t *want = arena_many(cx->mem, w.an + 1, int64_t), *want_events = arena_many(cx->mem, w.en + 1, int64_t), count = -1, last = 0;
	size_t n = 0, en = 0, distinct = 0;
	struct query *q;

	if (!FINE(query_compile(cx, reader, s, &q)))
		return false;
	for (size_t i = 0; i < w.an; i++) {
		struct arena_mark m = arena_mark(cx->mem);

		if (attr_matches(s, &(struct at){ cx, i, attr_event[i] })) {
			want[n++] = w.a[i].id;
			distinct += w.a[i].event_id != last;
			last = w.a[i].event_id;
		}
		arena_reset(cx->mem, m);
	}
	for (size_t i = 0; i < w.en && !query_on_attrs(q); i++) {
		struct arena_mark m = arena_mark(cx->mem);

		if (event_matches(s, &(struct at){ cx, STR_NONE, &w.e[i] }))
			want_events[en++] = w.e[i].id;
		arena_reset(cx->mem, m);
	}
	for (size_t p = 0; p < COUNT(pages); p++) {
		size_t at = 0, got;
		bool done = false, ok = true;
		struct attr *v;

		if (pages[p] == 1 && n > 60)
			continue;
		for (query_rewind(q); !done && ok;) {
			struct arena_mark m = arena_mark(cx->mem);

			if (!FINE(query_attrs(cx, q, pages[p], &v, &got, &done)))
				return false;
			for (size_t i = 0; i < got && ok; i++, at++)
				ok = at < n && v[i].id == want[at];
			arena_reset(cx->mem, m);
		}
		if (!ok || at != n) {
			CHECKF(false, "%s: attributes in pages of %zu:%s", fixture_on, pages[p], said);
			printf("#   got %zu%s, want %zu\n", at, ok ? "" : " (another)", n);
			return false;
		}
		if (query_on_attrs(q))
			continue;
		at = 0;
		done = false;
		for (query_rewind(q); !done && ok;) {
			struct arena_mark m = arena_mark(cx->mem);
			struct event *e;

			if (!FINE(query_events(cx, q, pages[p], &e, &got, &done)))
				return false;
			for (size_t i = 0; i < got && ok; i++, at++)
				ok = at < en && e[i].id == want_events[at];
			arena_reset(cx->mem, m);
		}
		if (!ok || at != en) {
			CHECKF(false, "%s: events in pages of %zu:%s", fixture_on, pages[p], said);
			printf("#   got %zu%s, want %zu\n", at, ok ? "" : " (another)", en);
			return false;
		}
	}
	query_rewind(q);
	if (!FINE(query_count_attrs(cx, q, &count)) || count != (int64_t)n) {
		CHECKF(false, "%s: count of attributes:%s", fixture_on, said);
		printf("#   got %lld, want %zu\n", (long long)count, n);
		return false;
	}
	if (!FINE(query_count_events(cx, q, &count)) || count != (int64_t)(query_on_attrs(q) ? distinct : en)) {
		CHECKF(false, "%s: count of events:%s", fixture_on, said);
		printf("#   got %lld, want %zu\n", (long long)count, query_on_attrs(q) ? distinct : en);
		return false;
	}
	if (n && !query_impossible(q)) { /* the same conditions inside one event */
		int64_t id = 0;
		size_t in = 0, got;
		struct query *one;
		struct attr *v;
		bool done = false;

		for (size_t i = 0; i < w.an && !id; i++)
			if (w.a[i].id == want[n / 2])
				id = w.a[i].event_id;
		for (size_t i = 0, k = 0; i < w.an && k < n; i++)
			if (w.a[i].id == want[k]) {
				in += w.a[i].event_id == id;
				k++;
			}
		one = query_in_event(cx, q, id);
		if (!FINE(query_attrs(cx, one, 1000, &v, &got, &done)) || got != in) {
			CHECKF(false, "%s: within one event:%s", fixture_on, said);
			printf("#   got %zu, want %zu\n", got, in);
			return false;
		}
	}
	return true;
}

static bool keep_odd(void *arg, const struct attr *a)
{
	return a->id % 2;
}

static void cases(struct fixture *f)
{
	struct ctx *cx = &f->cx;
	int64_t g2[] = { 5 }, g3[] = { 5, 6 };
	const struct scope readers[] = {
		{ .all = true }, { .org_id = 2, .groups = g2, .group_n = 1 }, { .org_id = 3, .groups = g3, .group_n = 2, .unpublished_private = true }, { .org_id = 5 },
	};
	uint64_t seed = 1;
	size_t good = 0;

	fill(cx, &f->admin);
	INDEXES_FIT("after filling");
	for (size_t i = 0; i < ROUNDS + FIELDS * 6; i++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct search s = SEARCH_ALL;
		struct buf said;
		size_t a = i < FIELDS * 6 ? i % FIELDS : below(&seed, FIELDS), b;

		buf_init(&said, 1 << 16);
		reader = &readers[i < FIELDS * 6 && i / FIELDS < 3 ? 0 : below(&seed, COUNT(readers))];
		set_field(cx, &seed, &s, a, &said);
		if (i >= FIELDS * 6) {
			b = below(&seed, FIELDS);
			if (b != a)
				set_field(cx, &seed, &s, b, &said);
		}
		good += run_search(cx, &s, buf_cstr(&said));
		buf_clear(&said);
		ctx_forgive(cx);
		arena_reset(cx->mem, m);
	}
	tap_check(good == ROUNDS + FIELDS * 6, __FILE__, __LINE__, "%s: %zu of %d searches agree with the plain evaluation", fixture_on, good, ROUNDS + FIELDS * 6);
	/* a caller's own test */
	{
		struct search s = SEARCH_ALL;
		struct query *q;
		int64_t n = -1;
		size_t odd = 0;

		s.keep = keep_odd;
		reader = &readers[0];
		for (size_t i = 0; i < w.an; i++)
			odd += !w.a[i].deleted && w.a[i].id % 2;
		FINE(query_compile(cx, reader, &s, &q));
		FINE(query_count_attrs(cx, q, &n));
		CHECK_INT(n, odd);
	}
	/* too much is refused, not cut */
	{
		struct search s = SEARCH_ALL;
		struct query *q;
		struct cond_list l = { arena_many(cx->mem, 200, struct str), 200 };

		for (size_t i = 0; i < 200; i++)
			l.v[i] = S("x");
		s.relation.any = l;
		FAILS(query_compile(cx, reader, &s, &q), RC_LIMIT, "too many conditions");
	}
}

int main(void)
{
	return fixture_engines(cases);
}
