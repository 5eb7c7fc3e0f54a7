/* attributes, events and objects made from what was sent */
#include "model/event_make.h"
#include "model/value.h"
#include "unit/tap.h"

#include <string.h>

static const struct attr_defaults plain = { .distribution = DIST_INHERIT, .now_s = 1700000000 };
static const struct attr_defaults in_object = { .distribution = DIST_INHERIT, .now_s = 1700000000, .in_object = true };

static enum rc make(struct ctx *cx, const struct attr_in *in, struct attr *at)
{
	ctx_forgive(cx);
	return attr_make(cx, in, &plain, at);
}

static bool refused(struct ctx *cx, enum rc rc, const char *field, const char *msg)
{
	bool ok = rc == RC_INVALID && !strcmp(cx->err.field, field) && (!msg || !strcmp(cx->err.msg, msg));

	if (!ok)
		CHECKF(false, "wanted %s: %s; got rc %d %s: %s", field, msg ? msg : "any", rc, cx->err.field, cx->err.msg);
	ctx_forgive(cx);
	return ok;
}

static void defaults(struct ctx *cx)
{
	struct attr at;
	struct attr_in in = { .type = S("ip-dst"), .value = S(" 192.0.2[.]1 ") };

	CHECK(make(cx, &in, &at) == RC_OK);
	CHECK_STR(at.value1, S("192.0.2.1"));
	CHECK_STR(at.value2, S(""));
	CHECK_STR(at.comment, S(""));
	CHECK(at.cat == 7 && at.to_ids && !at.deleted && !at.disable_correlation && at.distribution == 5 && at.sharing_group_id == 0);
	CHECK(at.timestamp == 1700000000 && at.first_seen_us == SEEN_NONE && at.last_seen_us == SEEN_NONE && !uuid_is_nil(&at.uuid));
}

static void sent(struct ctx *cx)
{
	struct attr at;
	char text[UUID_TEXT + 1];
	struct attr_in in = {
		.type = S("filename|md5"), .value1 = S("A.exe"), .value2 = S("D41D8CD98F00B204E9800998ECF8427E"), .category = S("Artifacts dropped"),
		.uuid = S("5AC47782-E1B8-40B6-96B4-510102DE0B81"), .comment = S(" said so "), .to_ids = S("False"), .distribution = S("4"),
		.sharing_group_id = S("7"), .timestamp = S("1600000000"), .disable_correlation = S("1"),
		.first_seen = S("2020-01-31T10:00:00+02:00"), .last_seen = S("1580460000000001"),
	};

	CHECK(make(cx, &in, &at) == RC_OK);
	uuid_text(&at.uuid, text);
	CHECK_STR(str_c(text), S("5ac47782-e1b8-40b6-96b4-510102de0b81"));
	CHECK_STR(at.value1, S("A.exe"));
	CHECK_STR(at.value2, S("d41d8cd98f00b204e9800998ecf8427e"));
	CHECK_STR(at.comment, S("said so"));
	CHECK(at.cat == 4 && !at.to_ids && at.distribution == 4 && at.sharing_group_id == 7 && at.timestamp == 1600000000 && at.disable_correlation);
	CHECK_INT(at.first_seen_us, 1580457600000000);
	CHECK_INT(at.last_seen_us, 1580460000000001);
	in.distribution = S("3");
	CHECK(make(cx, &in, &at) == RC_OK && at.sharing_group_id == 0);
	in = (struct attr_in){ .type = S("attachment"), .value = S("shot.PNG"), .data = S("aGk=") };
	CHECK(make(cx, &in, &at) == RC_OK && at.disable_correlation);
	in.disable_correlation = S("false");
	CHECK(make(cx, &in, &at) == RC_OK && !at.disable_correlation);
	in = (struct attr_in){ .type = S("boolean"), .value = S("") };
	CHECK(make(cx, &in, &at) == RC_OK && str_eq(at.value1, S("0")));
}

static void refusals(struct ctx *cx)
{
	static const struct {
		struct attr_in in;
		const char *field, *msg;
	} t[] = {
		{ { .value = S("x") }, "type", "No type set." },
		{ { .type = S("nothing"), .value = S("x") }, "type", "Invalid type." },
		{ { .type = S("text"), .value_is_array = true }, "value", "Value is an array." },
		{ { .type = S("text") }, "value", "Value cannot be empty." },
		{ { .type = S("boolean") }, "value", "Value cannot be empty." },
		{ { .type = S("filename|md5"), .value1 = S("a") }, "value",
		  "Composite type found but the value not in the composite (value1|value2) format." },
		{ { .type = S("md5"), .value = S("x") }, "value", NULL },
		{ { .type = S("text"), .value = S("x"), .category = S("Nowhere") }, "category", NULL },
		{ { .type = S("md5"), .value = S("d41d8cd98f00b204e9800998ecf8427e"), .category = S("Person") }, "type",
		  "Options depend on the selected category." },
		{ { .type = S("text"), .value = S("x"), .uuid = S("123") }, "uuid", NULL },
		{ { .type = S("text"), .value = S("x"), .distribution = S("6") }, "distribution", NULL },
		{ { .type = S("text"), .value = S("x"), .distribution = S("-1") }, "distribution", NULL },
		{ { .type = S("text"), .value = S("x"), .distribution = S("4"), .sharing_group_id = S("a") }, "sharing_group_id", NULL },
		{ { .type = S("text"), .value = S("x"), .to_ids = S("perhaps") }, "to_ids", NULL },
		{ { .type = S("text"), .value = S("x"), .timestamp = S("soon") }, "timestamp", NULL },
		{ { .type = S("text"), .value = S("x"), .first_seen = S("soon") }, "first_seen", "Invalid ISO 8601 format" },
		{ { .type = S("text"), .value = S("x"), .last_seen = S("@999999999999") }, "last_seen", "Invalid ISO 8601 format" },
		{ { .type = S("text"), .value = S("x"), .first_seen = S("2020-01-02"), .last_seen = S("2020-01-01") }, "last_seen",
		  "Last seen value should be greater than first seen value" },
	};
	struct attr at = { .id = 77 };

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		CHECKF(refused(cx, make(cx, &t[i].in, &at), t[i].field, t[i].msg) && at.id == 77, "refusal %zu on %s", i, t[i].field);
	CHECK(refused(cx, attr_make(cx, &(struct attr_in){ .type = S("text"), .value = S("x") }, &in_object, &at), "object_relation", NULL));
}

static void changes(struct ctx *cx)
{
	struct attr at, before;
	struct attr_in in = { .type = S("ip-dst"), .value = S("192.0.2.1"), .comment = S("old"), .timestamp = S("1600000000"),
			      .first_seen = S("2020-01-01") };

	CHECK(make(cx, &in, &at) == RC_OK);
	before = at;
	CHECK(attr_change(cx, &(struct attr_in){ .to_ids = S("0") }, &plain, &at) == RC_OK);
	CHECK(!at.to_ids && at.timestamp == 1700000000 && uuid_eq(&at.uuid, &before.uuid) && at.first_seen_us == before.first_seen_us);
	CHECK_STR(at.value1, S("192.0.2.1"));
	CHECK_STR(at.comment, S("old"));
	CHECK(attr_change(cx, &(struct attr_in){ .comment = S(""), .first_seen = S("") }, &plain, &at) == RC_OK);
	CHECK(at.comment.n == 0 && at.first_seen_us == SEEN_NONE && !at.to_ids);
	CHECK(attr_change(cx, &(struct attr_in){ .value = S("2001:DB8::1") }, &plain, &at) == RC_OK);
	CHECK_STR(at.value1, S("2001:db8::1"));
	CHECK(attr_change(cx, &(struct attr_in){ .type = S("ip-src") }, &plain, &at) == RC_OK && str_eq(at.type->name, S("ip-src")));
	before = at;
	CHECK(refused(cx, attr_change(cx, &(struct attr_in){ .type = S("md5") }, &plain, &at), "value", NULL));
	CHECK(refused(cx, attr_change(cx, &(struct attr_in){ .category = S("Person") }, &plain, &at), "type", NULL));
	CHECK(refused(cx, attr_change(cx, &(struct attr_in){ .value = S("") }, &plain, &at), "value", "Value cannot be empty."));
	CHECK(!memcmp(&at, &before, sizeof(at)));
}

static void events(struct ctx *cx)
{
	struct event e = { 0 };
	struct event_in in = { .info = S(" A report ") };

	cx->now_us = 1580515199000000; /* 2020-01-31 23:59:59 */
	CHECK(event_make(cx, &in, DIST_COMMUNITY, &e) == RC_OK);
	CHECK_STR(e.info, S("A report"));
	CHECK(e.date == 18292 && e.threat_level_id == 4 && e.analysis == 0 && e.distribution == 1 && !e.published && !e.has_extends);
	CHECK(e.timestamp == 1580515199 && e.publish_timestamp == 0 && !uuid_is_nil(&e.uuid));
	in = (struct event_in){ .info = S("x"), .date = S("1969-12-31"), .threat_level_id = S("1"), .analysis = S("2"), .distribution = S("4"),
				.sharing_group_id = S("3"), .published = S("true"), .timestamp = S("5"), .publish_timestamp = S("6"),
				.extends_uuid = S("5ac47782-e1b8-40b6-96b4-510102de0b81") };
	CHECK(event_make(cx, &in, DIST_COMMUNITY, &e) == RC_OK);
	CHECK(e.date == -1 && e.threat_level_id == 1 && e.analysis == 2 && e.distribution == 4 && e.sharing_group_id == 3 && e.published);
	CHECK(e.timestamp == 5 && e.publish_timestamp == 6 && e.has_extends);
	CHECK(event_change(cx, &(struct event_in){ .analysis = S("1"), .extends_uuid = S("") }, &e) == RC_OK);
	CHECK(e.analysis == 1 && e.threat_level_id == 1 && e.date == -1 && e.timestamp == 1580515199 && !e.has_extends && e.published);
	CHECK(event_change(cx, &(struct event_in){ .date = S("2020-02-29T10:00:00Z") }, &e) == RC_OK && e.date == 18321);

	static const struct {
		struct event_in in;
		const char *field;
	} t[] = {
		{ { .info = S(" ") }, "info" }, { { .date = S("") }, "info" },
		{ { .info = S("x"), .date = S("2020-02-30") }, "date" }, { { .info = S("x"), .date = S("20200230") }, "date" },
		{ { .info = S("x"), .date = S("2020-02-03x") }, "date" }, { { .info = S("x"), .date = S("1580515199") }, "date" },
		{ { .info = S("x"), .threat_level_id = S("5") }, "threat_level_id" }, { { .info = S("x"), .analysis = S("3") }, "analysis" },
		{ { .info = S("x"), .distribution = S("5") }, "distribution" }, { { .info = S("x"), .uuid = S("x") }, "uuid" },
		{ { .info = S("x"), .extends_uuid = S("x") }, "extends_uuid" }, { { .info = S("x"), .published = S("x") }, "published" },
	};
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		CHECKF(refused(cx, event_make(cx, &t[i].in, 0, &e), t[i].field, NULL), "event refusal %zu", i);
}

static void objects(struct ctx *cx)
{
	struct object o = { 0 };
	struct object_in in = { .name = S("file"), .meta_category = S("file"), .template_uuid = S("688c46fb-5edb-40a3-8273-1af7923e2215"),
				.template_version = S("24"), .first_seen = S("2020-01-01") };

	CHECK(object_make(cx, &in, DIST_INHERIT, &o) == RC_OK);
	CHECK(o.has_template && o.template_version == 24 && o.distribution == 5 && o.first_seen_us != SEEN_NONE && o.last_seen_us == SEEN_NONE);
	CHECK(object_change(cx, &(struct object_in){ .comment = S("new"), .deleted = S("1") }, &o) == RC_OK);
	CHECK(o.deleted && o.has_template && str_eq(o.name, S("file")) && str_eq(o.comment, S("new")));
	CHECK(refused(cx, object_make(cx, &(struct object_in){ 0 }, 5, &o), "name", NULL));
	CHECK(refused(cx, object_make(cx, &(struct object_in){ .name = S("x"), .template_version = S("y") }, 5, &o), "template_version", NULL));
}

int main(void)
{
	struct ctx cx;

	ctx_init(&cx, 0);
	defaults(&cx);
	sent(&cx);
	refusals(&cx);
	changes(&cx);
	events(&cx);
	objects(&cx);
	ctx_clear(&cx);
	return tap_done();
}
