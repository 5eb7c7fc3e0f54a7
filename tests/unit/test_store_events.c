/* events taken in, changed and removed through policy/event_save: what is refused, what is kept of it, ids, counts, history; and after every step
 * the indexes are compared with the rows */
#include "base/clock.h"
#include "format/misp_json.h"
#include "store/audit.h"
#include "store/history.h"
#include "store/setting.h"
#include "store/sighting.h"
#include "unit/store_fixture.h"

static struct user plain, editor, other; /* of organisation 2: a user, an organisation admin; of 3: a user */
static int64_t org2, org3;

static bool has_error(const struct save *s, const char *what, size_t position, const char *part)
{
	for (size_t i = 0; i < s->error_n; i++)
		if (strcmp(s->errors[i].what, what) == 0 && s->errors[i].position == position && (strstr(s->errors[i].msg, part) || strcmp(s->errors[i].field, part) == 0))
			return true;
	for (size_t i = 0; i < s->error_n; i++)
		printf("#   %s %zu %s: %s\n", s->errors[i].what, s->errors[i].position, s->errors[i].field, s->errors[i].msg);
	return false;
}

static void parts(struct ctx *cx)
{
	struct save s = SAVE_LOCAL;
	int64_t id = add_event(cx, &s, "{'Event':{'info':'parts','Attribute':["
		"{'type':'ip-dst','value':'192.0.2.1'},"
		"{'type':'ip-dst','value':'not an address'},"
		"{'type':'no-such-type','value':'x'},"
		"{'type':'ip-dst','value':'192.0.2.1'},"               /* a duplicate in the batch */
		"{'type':'ip-src','value':'192.0.2.1'},"               /* another type is none */
		"{'type':'text','value':'\xc3\x89t\xc3\xa9'},"
		"{'type':'text','value':'ETE'},"                       /* folded the same */
		"{'type':'text','category':'Other','value':'Ete','comment':'another'},"
		"{'type':'text','category':'Internal reference','value':'ete'},"
		"17,"
		"{'type':'md5','value':'D41D8CD98F00B204E9800998ECF8427E'},"
		"{'type':'md5','value':'d41d8cd98f00b204e9800998ecf8427g'},"
		"{'type':'filename|md5','value':'A.exe|D41D8CD98F00B204E9800998ECF8427E'},"
		"{'type':'filename|md5','value':'A.exe'},"
		"{'type':'ip-dst|port','value':'2001:DB8::1|443'},"
		"{'type':'domain|ip','value':'Example.COM|198.51.100.7'},"
		"{'type':'text','value':'with id','uuid':'11111111-2222-4333-8444-555555555501'},"
		"{'type':'text','value':'same uuid','uuid':'11111111-2222-4333-8444-555555555501'},"
		"{'type':'domain','value':['one.example.com','two.example.com','one.example.com']}"
		"]}}");
	struct event e = load_event(cx, id);
	struct attr_range r = { .event_id = id, .limit = 100 };
	struct attr *v, a;
	size_t n;

	CHECK(has_error(&s, "Attribute", 1, "IP address"));
	CHECK(has_error(&s, "Attribute", 2, "type"));
	CHECK(has_error(&s, "Attribute", 3, "similar"));
	CHECK(has_error(&s, "Attribute", 6, "similar"));
	CHECK(has_error(&s, "Attribute", 7, "similar"));
	CHECK(has_error(&s, "Attribute", 9, ""));
	CHECK(has_error(&s, "Attribute", 11, "Checksum"));
	CHECK(has_error(&s, "Attribute", 13, "value"));
	CHECK(has_error(&s, "Attribute", 17, "uuid"));
	CHECK(has_error(&s, "Attribute", 18, "similar"));
	CHECK_INT(s.error_total, 10);
	CHECK_INT(s.attrs_added, 11);
	CHECK_INT(e.attribute_count, 11);
	save_clear(&s);

	FINE(attr_page(cx, &scope_all, &r, &v, &n));
	CHECK_INT(n, 11);
	for (size_t i = 0; i + 1 < n; i++)
		CHECK_INT(v[i + 1].id, v[i].id + 1);
	a = load_attr(cx, attr_with(cx, id, "d41d8cd98f00b204e9800998ecf8427e"));
	CHECK_STR(a.value1, S("d41d8cd98f00b204e9800998ecf8427e"));
	CHECK_STR(a.value2, S(""));
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute WHERE event_id = %lld AND id = %lld AND value1 IS NULL AND value2 IS NULL AND length(hash) = 16",
		      (long long)id, (long long)a.id), 1);
	a = load_attr(cx, attr_with(cx, id, "A.exe"));
	CHECK_STR(a.value2, S("d41d8cd98f00b204e9800998ecf8427e"));
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute WHERE event_id = %lld AND id = %lld AND value2 IS NULL AND length(hash) = 16", (long long)id,
		      (long long)a.id), 1);
	a = load_attr(cx, attr_with(cx, id, "2001:db8::1"));
	CHECK_STR(a.value2, S("443"));
	a = load_attr(cx, attr_with(cx, id, "example.com"));
	CHECK_STR(a.value2, S("198.51.100.7"));
	CHECK(attr_with(cx, id, "two.example.com") > 0);

	/* the next attributes go on where these stopped; a stored one is a duplicate too */
	s = (struct save)SAVE_LOCAL;
	FINE(attrs_add(cx, &e, json_of(cx, "[{'type':'text','value':'\xc3\x89T\xc3\x89'},{'type':'text','value':'new'},{'type':'md5','value':'d41d8cd98f00b204e9800998ecf8427E'}]"),
		       &s));
	CHECK(s.attrs_added == 1 && s.error_total == 2 && has_error(&s, "Attribute", 0, "similar") && has_error(&s, "Attribute", 2, "similar"));
	save_clear(&s);
	CHECK_INT(attr_with(cx, id, "new"), v[n - 1].id + 1);
	CHECK_INT(load_event(cx, id).attribute_count, 12);
	INDEXES_FIT("after a partial save");

	/* nothing valid: nothing changes, no audit row is left */
	{
		int64_t audits = ask(cx, "SELECT count(*) FROM audit");
		struct save t = SAVE_LOCAL;

		FINE(attrs_add(cx, &e, json_of(cx, "{'type':'text','value':'New'}"), &t));
		CHECK(t.error_total == 1 && t.attrs_added == 0);
		CHECK_INT(ask(cx, "SELECT count(*) FROM audit"), audits);
		save_clear(&t);
	}
	/* heads */
	{
		struct save t = SAVE_LOCAL;
		int64_t no = 0;

		FAILS(event_add(cx, json_of(cx, "{'Event':{'info':''}}"), &t, &no), RC_INVALID, "info");
		FAILS(event_add(cx, json_of(cx, "{'Event':{'info':'x','distribution':9}}"), &t, &no), RC_INVALID, "distribution");
		FAILS(event_add(cx, json_of(cx, "{'Event':{'info':'x','uuid':'%.*s'}}", STR(uuid_dup(cx, &e.uuid))), &t, &no), RC_EXISTS, "already exists");
		CHECK_INT(no, id);
		FAILS(event_add(cx, json_of(cx, "{'Event':{'info':'x','Attribute':[{'type':'text','value':'y'}"), &t, &no), RC_BAD, "");
		FAILS(event_add(cx, json_of(cx, "{'Event':{'info':'x','Attribute':[{'type':'text','value':'y'}]}} trailing"), &t, &no), RC_BAD, "");
		CHECK_INT(ask(cx, "SELECT count(*) FROM event"), 1);
		save_clear(&t);
	}
}

/* ids ascend, are never used twice, and one uuid lives in one place */
static void ids(struct ctx *cx)
{
	int64_t a = add_event(cx, NULL, "{'Event':{'info':'a','uuid':'21111111-2222-4333-8444-555555555501','Attribute':["
		"{'type':'text','value':'1','uuid':'31111111-2222-4333-8444-555555555501'},{'type':'text','value':'2'},{'type':'ip-dst','value':'192.0.2.9'}],"
		"'Object':[{'name':'file','meta-category':'file','uuid':'41111111-2222-4333-8444-555555555501','Attribute':[{'type':'filename','object_relation':'filename','value':'f'}]}],"
		"'EventReport':[{'name':'r','content':'c','uuid':'51111111-2222-4333-8444-555555555501'}]}}");
	int64_t last = ask(cx, "SELECT max(id) FROM attribute"), b, b2;
	struct save s = SAVE_LOCAL;
	struct event e = load_event(cx, a);

	b = add_event(cx, &s, "{'Event':{'info':'b','Attribute':[{'type':'text','value':'x','uuid':'31111111-2222-4333-8444-555555555501'},{'type':'text','value':'y'}],"
		"'Object':[{'name':'file','meta-category':'file','uuid':'41111111-2222-4333-8444-555555555501','Attribute':[]}],"
		"'EventReport':[{'name':'r','content':'c','uuid':'51111111-2222-4333-8444-555555555501'}]}}");
	CHECK_INT(b, a + 1);
	CHECK(s.error_total == 3 && has_error(&s, "Attribute", 0, "uuid") && has_error(&s, "Object", 0, "uuid") && has_error(&s, "EventReport", 0, "uuid"));
	save_clear(&s);
	CHECK_INT(ask(cx, "SELECT max(id) FROM attribute"), last + 1);
	INDEXES_FIT("after refused uuids");
	FINE(event_remove(cx, &e));
	CHECK_INT(ask(cx, "SELECT count(*) FROM event WHERE id = %lld", (long long)a), 0);
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE event_id = %lld AND removed = 1", (long long)a), 4);
	CHECK_INT(ask(cx, "SELECT count(*) FROM object_old WHERE event_id = %lld AND removed = 1", (long long)a), 1);
	CHECK_INT(ask(cx, "SELECT count(*) FROM event_old WHERE id = %lld AND removed = 1", (long long)a), 1);
	INDEXES_FIT("after an event was removed");
	/* it is not to come back, unless the site wants no blocklist; then its uuid is free again, its ids are not */
	FAILS(event_add(cx, json_of(cx, "{'Event':{'info':'again','uuid':'21111111-2222-4333-8444-555555555501'}}"), &s, &b2), RC_DENIED, "Event blocked by event blocklist.");
	FINE(store_begin(cx));
	FINE(setting_store(cx, SITE_EVENT_BLOCKLIST, S("0")));
	FINE(store_commit(cx));
	settings_changed(cx->st);
	e.id = add_event(cx, NULL, "{'Event':{'info':'again','uuid':'21111111-2222-4333-8444-555555555501','Attribute':["
		"{'type':'text','value':'1','uuid':'31111111-2222-4333-8444-555555555501'}]}}");
	CHECK_INT(e.id, b + 1);
	CHECK_INT(ask(cx, "SELECT max(id) FROM attribute"), last + 2);
	e = load_event(cx, e.id);
	FINE(event_remove(cx, &e));
	CHECK_INT(add_event(cx, NULL, "{'Event':{'info':'after'}}"), e.id + 1);
	/* hard: no version stays */
	FINE(store_begin(cx));
	FINE(event_delete(cx, e.id + 1, 0, true));
	FINE(event_delete(cx, b, 0, true));
	FINE(store_commit(cx));
	CHECK_INT(ask(cx, "SELECT count(*) FROM event_old WHERE id = %lld", (long long)b), 0);
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE event_id = %lld", (long long)b), 0);
	INDEXES_FIT("after a hard delete");
}

/* Two elements of one event, told apart by rising times */
static void edits(struct ctx *cx)
{
	int64_t now = ctx_now_s(cx), id, x, y, versions;
	struct save s = SAVE_LOCAL;
	struct event e;
	struct attr a;

	id = add_event(cx, NULL, "{'Event':{'info':'first','timestamp':'1000','published':true,'Attribute':["
		"{'type':'text','value':'x','timestamp':'1000','uuid':'61111111-2222-4333-8444-555555555501'},"
		"{'type':'text','value':'y','timestamp':'1000','uuid':'61111111-2222-4333-8444-555555555502'},"
		"{'type':'text','value':'z','timestamp':'1000','uuid':'61111111-2222-4333-8444-555555555503'}]}}");
	e = load_event(cx, id);
	x = attr_with(cx, id, "x");
	y = attr_with(cx, id, "y");
	CHECK_INT(e.timestamp, 1000);
	CHECK(e.published);
	FAILS(event_edit(cx, &e, json_of(cx, "{'Event':{'info':'older','timestamp':'1000'}}"), &s), RC_INVALID, "not newer");
	FAILS(event_edit(cx, &e, json_of(cx, "{'Event':{'info':'older','timestamp':999}}"), &s), RC_INVALID, "not newer");
	CHECK_STR(load_event(cx, id).info, S("first"));
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'info':'second','timestamp':'2000','Attribute':["
		"{'type':'text','value':'x2','timestamp':'1000','uuid':'61111111-2222-4333-8444-555555555501'},"    /* not newer: stays */
		"{'type':'text','value':'y2','timestamp':'1500','uuid':'61111111-2222-4333-8444-555555555502'},"
		"{'type':'text','value':'Z','timestamp':'1500','uuid':'61111111-2222-4333-8444-555555555504'},"      /* similar to z */
		"{'type':'text','value':'new','timestamp':'1500'}]}}"), &s));
	e = load_event(cx, id);
	CHECK(s.attrs_same == 1 && s.attrs_changed == 1 && s.attrs_added == 1 && s.attrs_refused == 1);
	save_clear(&s);
	CHECK_STR(e.info, S("second"));
	CHECK_INT(e.timestamp, 2000);
	CHECK_INT(e.attribute_count, 4);
	CHECK_STR(load_attr(cx, x).value1, S("x"));
	a = load_attr(cx, y);
	CHECK_STR(a.value1, S("y2"));
	CHECK_INT(a.timestamp, 1500);
	CHECK_INT(ask(cx, "SELECT count(*) FROM event_old WHERE id = %lld AND removed = 0 AND info = 'first'", (long long)id), 1);
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE id = %lld AND removed = 0 AND value1 = 'y'", (long long)y), 1);
	INDEXES_FIT("after an edit");

	/* the same attribute twice in one document: one earlier version, the last content */
	s = (struct save)SAVE_LOCAL;
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'timestamp':'3000','Attribute':["
		"{'value':'y3','timestamp':'2000','uuid':'61111111-2222-4333-8444-555555555502'},"
		"{'value':'y4','timestamp':'2001','uuid':'61111111-2222-4333-8444-555555555502'}]}}"), &s));
	CHECK_INT(s.error_total, 0);
	save_clear(&s);
	CHECK_STR(load_attr(cx, y).value1, S("y4"));
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE id = %lld AND value1 = 'y2'", (long long)y), 1);
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE id = %lld", (long long)y), 2);
	INDEXES_FIT("after one attribute twice");

	/* a new attribute and a changed one become equal in one document: one of them is refused */
	e = load_event(cx, id);
	s = (struct save)SAVE_LOCAL;
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'timestamp':'4000','Attribute':["
		"{'type':'text','value':'twin','timestamp':'3500'},"
		"{'value':'Twin','timestamp':'3500','uuid':'61111111-2222-4333-8444-555555555502'}]}}"), &s));
	CHECK(s.attrs_refused == 1);
	save_clear(&s);
	CHECK_STR(load_attr(cx, y).value1, S("y4"));
	INDEXES_FIT("after twins");

	/* without a time an edit is now */
	e = load_event(cx, id);
	s = (struct save)SAVE_LOCAL;
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'info':'third'}}"), &s));
	e = load_event(cx, id);
	CHECK_INT(e.timestamp, now);
	CHECK_STR(e.info, S("third"));
	/* an attribute that another event holds is not taken over */
	versions = add_event(cx, NULL, "{'Event':{'info':'elsewhere'}}");
	{
		struct event f = load_event(cx, versions);

		FINE(event_edit(cx, &f, json_of(cx, "{'Event':{'info':'e','timestamp':'%lld','Attribute':[{'type':'text','value':'q','uuid':'61111111-2222-4333-8444-555555555502'}]}}",
			(long long)now + 10), &s));
		CHECK(s.error_total == 1 && has_error(&s, "Attribute", 0, "uuid"));
		save_clear(&s);
		FINE(event_remove(cx, &f));
	}
	CHECK_INT(load_attr(cx, y).event_id, id);

	/* one attribute */
	{
		struct attr_in in = { .value = S("edited"), .comment = S("why") };
		struct attr got;

		s = (struct save)SAVE_LOCAL;
		a = load_attr(cx, x);
		FINE(attr_edit(cx, &e, &a, &in, &s, &got));
		CHECK_STR(got.value1, S("edited"));
		a = load_attr(cx, x);
		CHECK_STR(a.value1, S("edited"));
		CHECK_STR(a.comment, S("why"));
		CHECK_INT(a.timestamp, now);
		in.value = S("NEW");
		FAILS(attr_edit(cx, &e, &a, &in, &s, &got), RC_EXISTS, "similar");
		in = (struct attr_in){ .type = S("ip-dst"), .value = S("nonsense") };
		FAILS(attr_edit(cx, &e, &a, &in, &s, &got), RC_INVALID, "");
		CHECK_STR(load_attr(cx, x).value1, S("edited"));
		in = (struct attr_in){ .type = S("sha256"), .category = S("Payload delivery"),
				       .value = S("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855") };
		FINE(attr_edit(cx, &e, &a, &in, &s, &got));
		a = load_attr(cx, x);
		CHECK_STR(a.value1, S("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
		CHECK_INT(ask(cx, "SELECT count(*) FROM attribute WHERE id = %lld AND length(hash) = 32 AND value1 IS NULL", (long long)x), 1);
		/* a hash type holds plain hex or nothing: no value of it can be kept as text */
		in = (struct attr_in){ .value = S("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g") };
		FAILS(attr_edit(cx, &e, &a, &in, &s, &got), RC_INVALID, "Checksum");
		save_clear(&s);
	}
	INDEXES_FIT("after editing one attribute");
}

static void deletes(struct ctx *cx)
{
	int64_t id = add_event(cx, NULL, "{'Event':{'info':'deletes','timestamp':'1000','published':'1','Tag':[{'name':'tlp:red'}],'Attribute':["
		"{'type':'ip-dst','value':'203.0.113.0/24','Tag':[{'name':'t1'}],'Sighting':[{'type':'0','source':'s'}]},"
		"{'type':'domain|ip','value':'d.example.org|203.0.113.7'},{'type':'text','value':'stays'}]}}");
	int64_t net = attr_with(cx, id, "203.0.113.0/24"), pair = attr_with(cx, id, "d.example.org");
	struct event e = load_event(cx, id);
	struct attr a = load_attr(cx, net), b;
	struct save s = SAVE_LOCAL;

	FINE(attr_delete(cx, &e, &a, false));
	e = load_event(cx, id);
	CHECK(!e.published && e.attribute_count == 2 && e.timestamp == ctx_now_s(cx));
	b = load_attr(cx, net);
	CHECK(b.deleted && b.timestamp == ctx_now_s(cx));
	INDEXES_FIT("after a soft delete");
	/* again: counted once */
	FINE(attr_delete(cx, &e, &b, false));
	/* by one who had read it before: counted once, too */
	FINE(attr_delete(cx, &e, &a, false));
	CHECK_INT(load_event(cx, id).attribute_count, 2);
	INDEXES_FIT("after deleting twice");
	/* a deleted one does not stand in the way, and does not come back beside its twin */
	FINE(attrs_add(cx, &e, json_of(cx, "{'type':'ip-dst','value':'203.0.113.0/24'}"), &s));
	CHECK_INT(s.attrs_added, 1);
	FAILS(attr_restore(cx, &e, &b), RC_EXISTS, "similar");
	{
		struct attr twin = { 0 };
		struct attr_range r = { .event_id = id, .limit = 10 };
		struct attr *v;
		size_t n;

		FINE(attr_page(cx, &scope_all, &r, &v, &n));
		for (size_t i = 0; i < n; i++)
			if (str_eq(v[i].value1, S("203.0.113.0/24")))
				twin = v[i];
		FINE(attr_delete(cx, &e, &twin, true));
		CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE id = %lld", (long long)twin.id), 0);
	}
	FINE(attr_restore(cx, &e, &b));
	CHECK_INT(load_event(cx, id).attribute_count, 3);
	CHECK(!load_attr(cx, net).deleted);
	INDEXES_FIT("after a restore");
	/* hard */
	a = load_attr(cx, net);
	CHECK(ask(cx, "SELECT count(*) FROM attribute_old WHERE id = %lld", (long long)net) >= 2);
	FINE(attr_delete(cx, &e, &a, true));
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE id = %lld", (long long)net), 0);
	CHECK_INT(ask(cx, "SELECT count(*) FROM sighting WHERE attr_id = %lld", (long long)net), 0);
	CHECK_INT(ask(cx, "SELECT count(*) FROM attr_tag WHERE attr_id = %lld", (long long)net), 0);
	INDEXES_FIT("after a hard delete of an attribute");
	FAILS(attr_load(cx, &scope_all, &(struct event_key){ .id = net }, &b), RC_NOTFOUND, "Invalid attribute");
	a = load_attr(cx, pair);
	FINE(attr_delete(cx, &e, &a, false));
	INDEXES_FIT("after deleting a pair");
	save_clear(&s);

	/* many at once: one audit row */
	{
		struct buf body;
		int64_t many, *list, audits;
		struct attr_range r = { .limit = 4000 };
		struct attr *v;
		size_t n;

		s = (struct save)SAVE_LOCAL;
		buf_init(&body, 1 << 20);
		buf_str(&body, S("{\"Event\":{\"info\":\"many\",\"Attribute\":["));
		for (int i = 0; i < 2500; i++)
			buf_fmt(&body, "%s{\"type\":\"domain\",\"value\":\"h%d.example.net\"}", i ? "," : "", i);
		buf_str(&body, S("]}}"));
		FINE(event_add(cx, buf_view(&body), &s, &many));
		buf_clear(&body);
		CHECK_INT(s.attrs_added, 2500);
		r.event_id = many;
		FINE(attr_page(cx, &scope_all, &r, &v, &n));
		list = arena_many(cx->mem, n, int64_t);
		for (size_t i = 0; i < n; i++)
			list[i] = v[i].id;
		audits = ask(cx, "SELECT count(*) FROM audit");
		FINE(store_begin(cx));
		FINE(audit_add(cx, &(struct audit){ .action = "delete", .model = "Attribute", .event_id = many }, &audits));
		FINE(attr_set_deleted(cx, many, list, n, true, audits));
		FINE(store_commit(cx));
		CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE audit_id = %lld", (long long)audits), 2500);
		CHECK_INT(load_event(cx, many).attribute_count, 0);
		INDEXES_FIT("after a bulk delete");
		FINE(store_begin(cx));
		FINE(audit_add(cx, &(struct audit){ .action = "undelete", .model = "Attribute", .event_id = many }, &audits));
		FINE(attr_set_deleted(cx, many, list, n, false, audits));
		FINE(store_commit(cx));
		CHECK_INT(load_event(cx, many).attribute_count, 2500);
		INDEXES_FIT("after a bulk restore");
		e = load_event(cx, many);
		FINE(event_remove(cx, &e));
		INDEXES_FIT("after removing 2,500");
	}
}

static const char OBJECT_EVENT[] = "{'Event':{'info':'objects','timestamp':'1000','Attribute':[{'type':'text','value':'outside','uuid':'71111111-2222-4333-8444-555555555500'}],"
	"'Object':[{'name':'file','meta-category':'file','template_version':'24','timestamp':'1000','uuid':'71111111-2222-4333-8444-555555555501',"
	"'Attribute':[{'type':'filename','object_relation':'filename','value':'a.exe','timestamp':'1000','uuid':'71111111-2222-4333-8444-555555555502'},"
	"{'type':'md5','object_relation':'md5','value':'00000000000000000000000000000001','timestamp':'1000'},"
	"{'type':'md5','object_relation':'md5','value':'nothing'}],"
	"'ObjectReference':[{'referenced_uuid':'71111111-2222-4333-8444-555555555500','relationship_type':'drops','uuid':'71111111-2222-4333-8444-555555555503'}]},"
	"{'name':'file','meta-category':'file','uuid':'71111111-2222-4333-8444-555555555504','Attribute':["
	"{'type':'filename','object_relation':'filename','value':'a.exe'},{'type':'filename','value':'without relation'}]}]}}";

static void objects(struct ctx *cx)
{
	struct save s = SAVE_LOCAL;
	int64_t id = add_event(cx, &s, "%s", OBJECT_EVENT), first, second;
	struct event e = load_event(cx, id);
	struct object *v, o;
	struct attr_range r = { .event_id = id, .deleted = DELETED_ALL };
	struct attr *attrs;
	struct ref_row *refs;
	struct object_ref ref;
	size_t n;

	CHECK(s.objects_added == 2 && s.attrs_added == 4 && s.attrs_refused == 2);
	save_clear(&s);
	s = (struct save)SAVE_LOCAL;
	CHECK_INT(e.attribute_count, 4);
	FINE(object_page(cx, &scope_all, id, 0, DELETED_NO, 10, &v, &n));
	CHECK_INT(n, 2);
	first = v[0].id;
	second = v[1].id;
	CHECK(second == first + 1 && v[0].template_version == 24);
	r.objects = &first;
	r.object_n = 1;
	FINE(attr_page(cx, &scope_all, &r, &attrs, &n));
	CHECK(n == 2 && attrs[0].object_id == first && str_eq(attrs[0].relation, S("filename")));
	FINE(object_ref_list(cx, id, &first, 1, &refs, &n));
	CHECK(n == 1 && refs[0].referenced_kind == 1 && str_eq(refs[0].r.relationship_type, S("drops")));
	INDEXES_FIT("with objects");

	/* an edit of the whole: attributes by uuid, new ones, a second reference */
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'timestamp':'2000','Object':[{'uuid':'71111111-2222-4333-8444-555555555501','name':'file','comment':'seen','timestamp':'1500',"
		"'Attribute':[{'value':'b.exe','timestamp':'1500','uuid':'71111111-2222-4333-8444-555555555502'},"
		"{'type':'size-in-bytes','object_relation':'size-in-bytes','value':'12'}],"
		"'ObjectReference':[{'referenced_uuid':'71111111-2222-4333-8444-555555555504','relationship_type':'next','uuid':'71111111-2222-4333-8444-555555555505'},"
		"{'referenced_uuid':'71111111-2222-4333-8444-555555555500','relationship_type':'drops','uuid':'71111111-2222-4333-8444-555555555503'}]}]}}"), &s));
	CHECK(s.error_total == 0 && s.objects_changed == 1 && s.attrs_changed == 1 && s.attrs_added == 1);
	FINE(object_load(cx, &scope_all, &(struct event_key){ .id = first }, &o));
	CHECK_STR(o.comment, S("seen"));
	CHECK_INT(ask(cx, "SELECT count(*) FROM object_old WHERE id = %lld AND removed = 0 AND comment = ''", (long long)first), 1);
	FINE(object_ref_list(cx, id, &first, 1, &refs, &n));
	CHECK_INT(n, 2);
	INDEXES_FIT("after editing an object");

	/* one deleted in the document together with its attributes */
	e = load_event(cx, id);
	s = (struct save)SAVE_LOCAL;
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'timestamp':'2500','Object':[{'uuid':'71111111-2222-4333-8444-555555555501','name':'file','deleted':true,'timestamp':'2400',"
		"'Attribute':[{'uuid':'71111111-2222-4333-8444-555555555502','value':'c.exe','deleted':'1'}]}]}}"), &s));
	CHECK_INT(s.error_total, 0);
	save_clear(&s);
	FINE(object_load(cx, &scope_all, &(struct event_key){ .id = first }, &o));
	CHECK(o.deleted);
	FINE(attr_page(cx, &scope_all, &r, &attrs, &n));
	CHECK(n == 3 && attrs[0].deleted && attrs[1].deleted && attrs[2].deleted);
	CHECK_INT(load_event(cx, id).attribute_count, 2);
	INDEXES_FIT("after deleting an object in a document");
	FINE(object_ref_list(cx, id, &first, 1, &refs, &n));
	CHECK_INT(n, 0);
	CHECK_INT(ask(cx, "SELECT count(*) FROM object_ref WHERE object_id = %lld AND deleted = 1", (long long)first), 2);

	/* by themselves */
	e = load_event(cx, id);
	FINE(object_load(cx, &scope_all, &(struct event_key){ .id = second }, &o));
	{
		struct attr_in in = { .type = S("filename"), .relation = S("filename"), .value = S("A.EXE") }, bad = { .type = S("md5"), .relation = S("md5"), .value = S("x") };
		struct attr_in two[] = { in, bad };
		struct object_in oin = { .name = S("file"), .meta_category = S("file"), .attrs = two, .attr_n = 2 }, dup;
		struct ref_in rin = { .referenced_uuid = S("71111111-2222-4333-8444-555555555500"), .relationship_type = S("of") };
		int64_t third = 0, no = 0;

		s = (struct save)SAVE_LOCAL;
		in.value = S("a.exe");
		dup = (struct object_in){ .name = S("file"), .attrs = &in, .attr_n = 1 };
		FAILS(object_add(cx, &e, &dup, true, &s, &no), RC_EXISTS, "71111111-2222-4333-8444-555555555504");
		FAILS(object_add(cx, &e, &oin, true, &s, &no), RC_INVALID, "Checksum"); /* whole or not at all */
		save_clear(&s);
		s = (struct save)SAVE_LOCAL;
		CHECK_INT(ask(cx, "SELECT max(id) FROM object"), second);
		two[1] = (struct attr_in){ .type = S("size-in-bytes"), .relation = S("size-in-bytes"), .value = S("5") };
		FINE(object_add(cx, &e, &oin, true, &s, &third));
		CHECK(third == second + 1 && s.attrs_added == 2 && s.error_total == 0);
		save_clear(&s);
		FINE(object_ref_add(cx, &e, &o, &rin, &ref));
		rin.referenced_uuid = S("71111111-2222-4333-8444-555555559999");
		FAILS(object_ref_add(cx, &e, &o, &rin, &ref), RC_INVALID, "referenced_uuid");
		INDEXES_FIT("after adding an object");
		FINE(object_ref_by_uuid(cx, &ref.uuid, &ref));
		FINE(object_ref_remove(cx, &e, &ref, false));
		FINE(object_ref_by_id(cx, ref.id, &ref));
		CHECK(ref.deleted);
		FINE(object_remove(cx, &e, &o, false));
		FINE(object_load(cx, &scope_all, &(struct event_key){ .id = second }, &o));
		CHECK(o.deleted);
		INDEXES_FIT("after a soft delete of an object");
		FINE(object_remove(cx, &e, &o, true));
		CHECK_INT(ask(cx, "SELECT count(*) FROM object_old WHERE id = %lld", (long long)second), 0);
		CHECK_INT(ask(cx, "SELECT count(*) FROM attribute_old WHERE object_id = %lld", (long long)second), 0);
		CHECK_INT(ask(cx, "SELECT count(*) FROM object_ref WHERE object_id = %lld", (long long)second), 0);
		INDEXES_FIT("after a hard delete of an object");
		CHECK_INT(load_event(cx, id).attribute_count, 3);
	}
	/* attributes in objects may be alike */
	FINE(store_begin(cx));
	FINE(event_delete(cx, id, 0, true));
	FINE(store_commit(cx));
	CHECK_INT(ask(cx, "SELECT count(*) FROM object_ref"), 0);
	INDEXES_FIT("after a hard delete of an event with objects");
}

static void tags(struct ctx *cx, const struct user *admin)
{
	struct save s = SAVE_LOCAL;
	struct tag reserved = { .name = S("only:three"), .colour = S("#000000"), .org_id = org3 }, local = { .name = S("for:us"), .colour = S("#123456"), .local_only = true }, t;
	struct tag_use *u;
	struct event e;
	struct attr a;
	int64_t id, x, before;
	size_t n;
	bool was;

	FINE(store_begin(cx));
	FINE(tag_insert(cx, &reserved));
	FINE(tag_insert(cx, &local));
	FINE(store_commit(cx));

	/* a user may use what is there, not make new ones, nor use what is reserved to others */
	act(cx, &plain);
	id = add_event(cx, &s, "{'Event':{'info':'tags','timestamp':'1000','Tag':[{'name':'TLP:red'},{'name':'brand:new'},{'name':'only:three'},{'name':'for:us'}],"
		"'Attribute':[{'type':'text','value':'x','timestamp':'1000','Tag':[{'name':'brand:new'},{'name':'tlp:RED','relationship_type':'about'},{'name':'tlp:red'}]}]}}");
	CHECK_INT(s.tags_refused, 3);
	CHECK_INT(s.error_total, 0);
	save_clear(&s);
	CHECK(tag_load(cx, 0, S("brand:new"), &t) == RC_DONE);
	FINE(tag_of_events(cx, &id, 1, &u, &n));
	CHECK(n == 2 && str_eq(u[0].t.name, S("tlp:red")) && !u[0].local && str_eq(u[1].t.name, S("for:us")) && u[1].local);
	x = attr_with(cx, id, "x");
	FINE(tag_of_attrs(cx, id, x, x, &u, &n));
	CHECK(n == 1 && str_eq(u[0].relationship_type, S("about")));

	/* an organisation's admin makes them */
	act(cx, admin);
	s = (struct save)SAVE_LOCAL;
	e = load_event(cx, id);
	a = load_attr(cx, x);
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'timestamp':'2000','Tag':[{'name':'brand:new','colour':'#ff0000'}],'Attribute':["
		"{'uuid':'%.*s','timestamp':'1000','Tag':[{'name':'tlp:red','deleted':true},{'name':'brand:new'}]}]}}", STR(uuid_dup(cx, &a.uuid))), &s));
	save_clear(&s);
	FINE(tag_load(cx, 0, S("BRAND:new"), &t));
	CHECK_STR(t.colour, S("#ff0000"));
	FINE(tag_of_attrs(cx, id, x, x, &u, &n));
	CHECK(n == 1 && u[0].t.id == t.id);
	CHECK_INT(ask(cx, "SELECT count(*) FROM tag_binding_old WHERE event_id = %lld AND attr_id = %lld AND relationship_type = 'about'", (long long)id, (long long)x), 1);

	/* a local tag leaves the times alone, on and off */
	e = load_event(cx, id);
	a = load_attr(cx, x);
	before = a.timestamp;
	FINE(tag_load(cx, 0, S("tlp:red"), &t));
	FINE(tag_attach(cx, &e, &a, &t, true, S("")));
	CHECK(tag_attach(cx, &e, &a, &t, true, S("")) == RC_EXISTS);
	CHECK_INT(load_event(cx, id).timestamp, 2000);
	CHECK_INT(load_attr(cx, x).timestamp, before);
	FINE(tag_detach(cx, &e, &a, &t, &was));
	CHECK(was);
	CHECK_INT(load_event(cx, id).timestamp, 2000);
	CHECK_INT(load_attr(cx, x).timestamp, before);
	FINE(tag_detach(cx, &e, &a, &t, &was));
	CHECK(!was);
	CHECK_INT(ask(cx, "SELECT count(*) FROM tag_binding_old WHERE event_id = %lld AND attr_id = %lld AND local = 1", (long long)id, (long long)x), 1);
	FINE(tag_load(cx, 0, S("for:us"), &t));
	FINE(tag_detach(cx, &e, NULL, &t, &was));
	CHECK(was);
	CHECK_INT(load_event(cx, id).timestamp, 2000);
	/* a global one is a change */
	FINE(tag_load(cx, 0, S("tlp:red"), &t));
	FINE(tag_attach(cx, &e, &a, &t, false, S("")));
	CHECK_INT(load_event(cx, id).timestamp, ctx_now_s(cx));
	CHECK_INT(load_attr(cx, x).timestamp, ctx_now_s(cx));
	FINE(event_publish(cx, &e, true));
	e = load_event(cx, id);
	CHECK(e.published);
	FINE(tag_detach(cx, &e, NULL, &t, &was));
	CHECK(was && !load_event(cx, id).published);
	INDEXES_FIT("after tagging");
	e = load_event(cx, id);
	FINE(event_remove(cx, &e));
	CHECK(ask(cx, "SELECT count(*) FROM tag_binding_old WHERE event_id = %lld", (long long)id) >= 5);
	FINE(store_begin(cx));
	FINE(tag_delete(cx, reserved.id));
	FINE(tag_delete(cx, local.id));
	FINE(store_commit(cx));
}

/* who may do what to the head */
static void rights(struct ctx *cx, const struct user *admin)
{
	int64_t orgs[] = { org2 }, id;
	struct save s = SAVE_LOCAL;
	struct event e;

	make_group(cx, 5, orgs, 1);
	FINE(user_acting(cx, plain.id, &plain));
	FINE(user_acting(cx, other.id, &other));
	CHECK(plain.has_groups && !other.has_groups);
	act(cx, &plain);
	id = add_event(cx, NULL, "{'Event':{'info':'mine','published':true,'locked':true,'distribution':'4','sharing_group_id':'5','org_id':'1','orgc_id':'1',"
		"'Orgc':{'name':'Somebody else'},'Attribute':[{'type':'text','value':'g','distribution':4,'sharing_group_id':5}]}}");
	e = load_event(cx, id);
	CHECK(!e.published && !e.locked && e.org_id == org2 && e.orgc_id == org2 && e.user_id == plain.id && e.distribution == 4 && e.sharing_group_id == 5);
	act(cx, &other);
	FAILS(event_add(cx, json_of(cx, "{'Event':{'info':'theirs','distribution':'4','sharing_group_id':'5'}}"), &s, &id), RC_INVALID, "sharing_group_id");
	id = add_event(cx, &s, "{'Event':{'info':'theirs','distribution':1,'sharing_group_id':5,'Attribute':[{'type':'text','value':'g','distribution':4,'sharing_group_id':5},"
		"{'type':'text','value':'h','distribution':'0','sharing_group_id':'5'}]}}");
	CHECK(s.error_total == 1 && has_error(&s, "Attribute", 0, "sharing_group_id"));
	save_clear(&s);
	CHECK_INT(load_event(cx, id).sharing_group_id, 0);
	CHECK_INT(load_attr(cx, attr_with(cx, id, "h")).sharing_group_id, 0);
	/* from elsewhere by a synchronising user: the creator is made known */
	act(cx, admin);
	id = add_event(cx, NULL, "{'Event':{'info':'synced','locked':true,'Orgc':{'uuid':'81111111-2222-4333-8444-555555555501','name':'Far away'}}}");
	e = load_event(cx, id);
	CHECK(e.locked && e.org_id == 1 && e.orgc_id > org3);
	CHECK_INT(ask(cx, "SELECT count(*) FROM org WHERE id = %lld AND name = 'Far away' AND local = 0", (long long)e.orgc_id), 1);
	INDEXES_FIT("after other users' events");
}

/* Two who read before either wrote: neither undoes what the other did. */
static void races(struct ctx *cx)
{
	int64_t id = add_event(cx, NULL, "{'Event':{'info':'raced','timestamp':'1000','Attribute':[{'type':'text','value':'v'},{'type':'ip-dst','value':'192.0.2.200'}]}}"), x;
	struct event e = load_event(cx, id);
	struct attr a, b, got;
	struct save s = SAVE_LOCAL;

	x = attr_with(cx, id, "v");
	a = load_attr(cx, x);
	FINE(event_edit(cx, &e, json_of(cx, "{'Event':{'info':'changed','timestamp':'2000'}}"), &s));
	FINE(attrs_add(cx, &e, json_of(cx, "{'type':'text','value':'w'}"), &s)); /* e is old */
	CHECK_STR(load_event(cx, id).info, S("changed"));
	FINE(attr_edit(cx, &e, &a, &(struct attr_in){ .value = S("v1") }, &s, &got));
	FINE(attr_edit(cx, &e, &a, &(struct attr_in){ .comment = S("c") }, &s, &got)); /* a is old */
	b = load_attr(cx, x);
	CHECK_STR(b.value1, S("v1"));
	CHECK_STR(b.comment, S("c"));
	INDEXES_FIT("after two edits of one reading");
	FINE(attr_delete(cx, &e, &a, false));
	FINE(attr_delete(cx, &e, &a, false));
	CHECK_INT(load_event(cx, id).attribute_count, 2);
	FINE(attr_delete(cx, &e, &a, true));
	FAILS(attr_delete(cx, &e, &a, true), RC_NOTFOUND, "");
	FAILS(attr_edit(cx, &e, &a, &(struct attr_in){ .comment = S("c") }, &s, &got), RC_NOTFOUND, "");
	INDEXES_FIT("after two deletes of one reading");
	FINE(event_publish(cx, &e, true));
	CHECK_STR(load_event(cx, id).info, S("changed"));
	FINE(event_remove(cx, &e));
	FAILS(event_remove(cx, &e), RC_NOTFOUND, "");
	FAILS(attrs_add(cx, &e, json_of(cx, "{'type':'text','value':'late'}"), &s), RC_NOTFOUND, "");
	CHECK_INT(ask(cx, "SELECT count(*) FROM attribute WHERE event_id = %lld", (long long)id), 0);
	INDEXES_FIT("after writing to a removed event");
	save_clear(&s);
}

static void history(struct ctx *cx)
{
	int64_t removed = -1;

	FINE(history_purge(cx, cx->now_us - 3600 * 1000000ll, &removed));
	CHECK_INT(removed, 0);
	FINE(history_purge(cx, cx->now_us + 1, &removed));
	CHECK(removed > 0);
	CHECK_INT(ask(cx, "SELECT (SELECT count(*) FROM attribute_old) + (SELECT count(*) FROM event_old) + (SELECT count(*) FROM object_old) + (SELECT count(*) FROM tag_binding_old)"), 0);
}

/* random work: adding, editing, deleting; the indexes fit at the end */
static void anything(struct ctx *cx)
{
	static const char *const types[] = { "ip-dst", "domain", "md5", "filename|md5", "ip-src|port", "domain|ip", "text", "port", "ssdeep" };
	static const char *const values[][3] = {
		{ "192.0.2.1", "192.0.2.0/24", "2001:db8::/32" }, { "a.example.com", "b.example.com", "C.example.com" },
		{ "00000000000000000000000000000001", "0000000000000000000000000000000A", "0000000000000000000000000000000b" },
		{ "f|00000000000000000000000000000001", "g|00000000000000000000000000000001", "f|0000000000000000000000000000000B" },
		{ "192.0.2.1|80", "192.0.2.2|80", "2001:db8::5|443" }, { "a.example.com|192.0.2.1", "x.example.com|192.0.2.7", "y.example.com|2001:db8::1" },
		{ "t", "\xc3\xbc", "T2" }, { "80", "443", "8080" },
		{ "96:abcdefghijklmnop:qrstuvwxyz", "192:qrstuvwxyzABCDE:ABCDEFGH", "96:short:shor" },
	};
	uint64_t seed = 7;
	int64_t id = add_event(cx, NULL, "{'Event':{'info':'anything'}}");
	struct event e;

	for (int step = 0; step < 300; step++) {
		struct arena_mark m = arena_mark(cx->mem);
		struct save s = SAVE_LOCAL;
		struct attr_range r = { .event_id = id, .deleted = DELETED_ALL, .limit = 1000 };
		size_t k = below(&seed, sizeof(types) / sizeof(*types)), n, what = below(&seed, 6);
		struct attr *v, got, *a;
		enum rc rc = RC_OK;

		e = load_event(cx, id);
		FINE(attr_page(cx, &scope_all, &r, &v, &n));
		a = n ? &v[below(&seed, n)] : NULL;
		if (!a || what < 2) {
			rc = attrs_add(cx, &e, json_of(cx, "{'type':'%s','value':'%s'}", types[k], values[k][below(&seed, 3)]), &s);
		} else if (what == 2) {
			struct attr_in in = { .type = str_c(types[k]), .value = str_c(values[k][below(&seed, 3)]), .category = S("Other") };

			rc = attr_edit(cx, &e, a, &in, &s, &got);
		} else if (what == 3) {
			rc = attr_delete(cx, &e, a, false);
		} else if (what == 4) {
			rc = attr_restore(cx, &e, a);
		} else if (below(&seed, 3) == 0) {
			rc = attr_delete(cx, &e, a, true);
		}
		if (rc != RC_OK && rc != RC_EXISTS && rc != RC_INVALID)
			FINE(rc);
		ctx_forgive(cx);
		save_clear(&s);
		arena_reset(cx->mem, m);
	}
	INDEXES_FIT("after 300 random steps");
}

static void cases(struct fixture *f)
{
	struct ctx *cx = &f->cx;

	org2 = make_org(cx, "Two");
	org3 = make_org(cx, "Three");
	make_user(cx, "plain@two.example", org2, ROLE_USER, &plain);
	make_user(cx, "editor@two.example", org2, ROLE_ORG_ADMIN, &editor);
	make_user(cx, "other@three.example", org3, ROLE_USER, &other);
	parts(cx);
	ids(cx);
	edits(cx);
	deletes(cx);
	objects(cx);
	tags(cx, &f->admin);
	rights(cx, &f->admin);
	races(cx);
	anything(cx);
	history(cx);
	FINE(db_check(cx, f->st->db));
}

int main(void)
{
	return fixture_engines(cases);
}
