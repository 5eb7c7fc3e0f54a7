/* MISP's JSON shapes out: compared with what the contract says, and read back */
#include "base/buf.h"
#include "base/clock.h"
#include "format/describe_types.h"
#include "format/misp_json.h"
#include "format/misp_write.h"
#include "unit/tap.h"

#include <stdlib.h>

#define U1 "5ac47782-e1b8-40b6-96b4-510102de0b81"
#define U2 "6ac47782-e1b8-40b6-96b4-510102de0b81"
#define U3 "7ac47782-e1b8-40b6-96b4-510102de0b81"

static struct uuid u(const char *text)
{
	struct uuid out;

	if (!uuid_parse(str_c(text), &out))
		abort();
	return out;
}

static struct org own, maker;
static struct event ev;
static struct attr ip, file;
static struct object ob;
static struct tag tag;

static void fixtures(void)
{
	own = (struct org){ .id = 1, .uuid = u(U1), .name = S("ORG"), .local = true };
	maker = (struct org){ .id = 2, .uuid = u(U2), .name = S("Maker \"x\"") };
	ev = (struct event){ .id = 5, .uuid = u(U1), .org_id = 1, .orgc_id = 2, .info = S("line\n1"), .date = 18262, .threat_level_id = 3,
		.analysis = 2, .distribution = 1, .published = true, .timestamp = 1600000001, .publish_timestamp = 1600000002,
		.attribute_count = 2 };
	ip = (struct attr){ .id = 9, .event_id = 5, .uuid = u(U2), .type = attr_type_find(S("ip-dst")), .cat = cat_find(S("Network activity")),
		.to_ids = true, .distribution = 5, .timestamp = 1600000000, .first_seen_us = 1577836800000001, .last_seen_us = SEEN_NONE,
		.value1 = S("192.0.2.1"), .value2 = S(""), .comment = S("c"), .relation = S("") };
	file = ip;
	file.id = 10;
	file.object_id = 7;
	file.uuid = u(U3);
	file.type = attr_type_find(S("filename|md5"));
	file.cat = cat_find(S("Payload delivery"));
	file.value1 = S("a\\b.exe");
	file.value2 = S("d41d8cd98f00b204e9800998ecf8427e");
	file.relation = S("name");
	file.first_seen_us = SEEN_NONE;
	ob = (struct object){ .id = 7, .event_id = 5, .uuid = u(U1), .name = S("file"), .meta_category = S("file"), .description = S("d"),
		.template_uuid = u(U2), .has_template = true, .template_version = 24, .timestamp = 1600000000, .distribution = 5,
		.comment = S(""), .first_seen_us = SEEN_NONE, .last_seen_us = SEEN_NONE };
	tag = (struct tag){ .id = 3, .name = S("tlp:green"), .colour = S("#339900"), .exportable = true };
}

#define ATTR_IP_EVENT "{\"id\":\"9\",\"type\":\"ip-dst\",\"category\":\"Network activity\",\"to_ids\":true,\"uuid\":\"" U2 "\",\"event_id\":\"5\"," \
	"\"distribution\":\"5\",\"timestamp\":\"1600000000\",\"comment\":\"c\",\"sharing_group_id\":\"0\",\"deleted\":false," \
	"\"disable_correlation\":false,\"object_id\":\"0\",\"object_relation\":null,\"first_seen\":\"2020-01-01T00:00:00.000001+00:00\"," \
	"\"last_seen\":null,\"value\":\"192.0.2.1\",\"Galaxy\":[],\"ShadowAttribute\":[]"
#define ATTR_FILE_TAIL "\"to_ids\":true,\"uuid\":\"" U3 "\",\"timestamp\":\"1600000000\",\"distribution\":\"5\",\"sharing_group_id\":\"0\"," \
	"\"comment\":\"c\",\"deleted\":false,\"disable_correlation\":false,\"first_seen\":null,\"last_seen\":null," \
	"\"value\":\"a\\\\b.exe|d41d8cd98f00b204e9800998ecf8427e\""
#define ATTR_FILE_HEAD "{\"id\":\"10\",\"event_id\":\"5\",\"object_id\":\"7\",\"object_relation\":\"name\",\"category\":\"Payload delivery\"," \
	"\"type\":\"filename|md5\","
#define FILE_HALVES "\"value1\":\"a\\\\b.exe\",\"value2\":\"d41d8cd98f00b204e9800998ecf8427e\","
#define BOUND_TAG "{\"id\":\"3\",\"name\":\"tlp:green\",\"colour\":\"#339900\",\"exportable\":true,\"user_id\":\"0\",\"hide_tag\":false," \
	"\"numerical_value\":null,\"is_galaxy\":false,\"is_custom_galaxy\":false,\"local_only\":false,\"local\":true,\"relationship_type\":null}"
#define OBJECT_HEAD "{\"id\":\"7\",\"name\":\"file\",\"meta-category\":\"file\",\"description\":\"d\",\"template_uuid\":\"" U2 "\"," \
	"\"template_version\":\"24\",\"event_id\":\"5\",\"uuid\":\"" U1 "\",\"timestamp\":\"1600000000\",\"distribution\":\"5\"," \
	"\"sharing_group_id\":\"0\",\"comment\":\"\",\"deleted\":false,\"first_seen\":null,\"last_seen\":null"

static void event_out(struct jw *w)
{
	struct event_extra x = { &own, &maker, S("a@example.org") };
	struct tag_out t = { .tag = &tag, .local = true };
	struct attr_extra ax = { .tags = &t, .tag_n = 1 };
	struct object_ref ref = { .id = 1, .object_id = 7, .event_id = 5, .uuid = u(U3), .referenced_uuid = u(U2), .relationship_type = S("uses"),
		.comment = S(""), .timestamp = 16 };

	misp_write_event_open(w, &ev, &x);
	jw_key(w, "Attribute");
	jw_arr(w);
	misp_write_attr(w, ATTR_IN_EVENT, &ip, &ax);
	jw_arr_end(w);
	jw_key(w, "RelatedEvent");
	jw_arr(w);
	misp_write_related_event(w, &ev, &x);
	jw_arr_end(w);
	jw_key(w, "Object");
	jw_arr(w);
	misp_write_object_open(w, &ob);
	jw_key(w, "ObjectReference");
	jw_arr(w);
	misp_write_ref(w, &ref, &(struct ref_extra){ .source_uuid = ob.uuid, .attr = &ip });
	misp_write_ref(w, &ref, &(struct ref_extra){ .source_uuid = ob.uuid, .object = &ob });
	jw_arr_end(w);
	jw_key(w, "Attribute");
	jw_arr(w);
	misp_write_attr(w, ATTR_IN_EVENT, &file, NULL);
	jw_arr_end(w);
	misp_write_object_close(w);
	jw_arr_end(w);
	jw_key(w, "EventReport");
	jw_arr(w);
	jw_obj(w);
	misp_write_report_members(w, &(struct report_out){ .id = 1, .event_id = 5, .uuid = u(U3), .name = S("r"), .content = S("# c"), .distribution = 5 });
	jw_obj_end(w);
	jw_arr_end(w);
	misp_write_tags(w, &t, 1);
	misp_write_event_close(w);
}

static void event_shape(void)
{
	struct buf b;
	struct jw w;

	buf_init(&b, 1 << 16);
	jw_init(&w, &b, false);
	event_out(&w);
	CHECK_STR(buf_view(&b), S(
		"{\"Event\":{\"id\":\"5\",\"orgc_id\":\"2\",\"org_id\":\"1\",\"date\":\"2020-01-01\",\"threat_level_id\":\"3\",\"info\":\"line\\n1\","
		"\"published\":true,\"uuid\":\"" U1 "\",\"attribute_count\":\"2\",\"analysis\":\"2\",\"timestamp\":\"1600000001\",\"distribution\":\"1\","
		"\"proposal_email_lock\":false,\"locked\":false,\"publish_timestamp\":\"1600000002\",\"sharing_group_id\":\"0\","
		"\"disable_correlation\":false,\"extends_uuid\":\"\",\"protected\":null,\"event_creator_email\":\"a@example.org\","
		"\"Org\":{\"id\":\"1\",\"name\":\"ORG\",\"uuid\":\"" U1 "\",\"local\":true},"
		"\"Orgc\":{\"id\":\"2\",\"name\":\"Maker \\\"x\\\"\",\"uuid\":\"" U2 "\",\"local\":false},"
		"\"Attribute\":[" ATTR_IP_EVENT ",\"Tag\":[" BOUND_TAG "]}],"
		"\"RelatedEvent\":[{\"Event\":{\"id\":\"5\",\"date\":\"2020-01-01\",\"threat_level_id\":\"3\",\"info\":\"line\\n1\",\"published\":true,"
		"\"uuid\":\"" U1 "\",\"analysis\":\"2\",\"timestamp\":\"1600000001\",\"distribution\":\"1\",\"org_id\":\"1\",\"orgc_id\":\"2\","
		"\"Org\":{\"id\":\"1\",\"name\":\"ORG\",\"uuid\":\"" U1 "\"},\"Orgc\":{\"id\":\"2\",\"name\":\"Maker \\\"x\\\"\",\"uuid\":\"" U2 "\"}}}],"
		"\"Object\":[" OBJECT_HEAD ",\"ObjectReference\":["
		"{\"id\":\"1\",\"uuid\":\"" U3 "\",\"timestamp\":\"16\",\"object_id\":\"7\",\"referenced_uuid\":\"" U2 "\",\"referenced_id\":\"9\","
		"\"referenced_type\":\"0\",\"relationship_type\":\"uses\",\"comment\":\"\",\"deleted\":false,\"event_id\":\"5\",\"source_uuid\":\"" U1 "\","
		"\"Attribute\":{\"distribution\":\"5\",\"sharing_group_id\":\"0\",\"uuid\":\"" U2 "\",\"value\":\"192.0.2.1\",\"type\":\"ip-dst\","
		"\"category\":\"Network activity\",\"to_ids\":true}},"
		"{\"id\":\"1\",\"uuid\":\"" U3 "\",\"timestamp\":\"16\",\"object_id\":\"7\",\"referenced_uuid\":\"" U2 "\",\"referenced_id\":\"7\","
		"\"referenced_type\":\"1\",\"relationship_type\":\"uses\",\"comment\":\"\",\"deleted\":false,\"event_id\":\"5\",\"source_uuid\":\"" U1 "\","
		"\"Object\":{\"distribution\":\"5\",\"sharing_group_id\":\"0\",\"uuid\":\"" U1 "\",\"name\":\"file\",\"meta-category\":\"file\"}}],"
		"\"Attribute\":[{\"id\":\"10\",\"type\":\"filename|md5\",\"category\":\"Payload delivery\",\"to_ids\":true,\"uuid\":\"" U3 "\","
		"\"event_id\":\"5\",\"distribution\":\"5\",\"timestamp\":\"1600000000\",\"comment\":\"c\",\"sharing_group_id\":\"0\",\"deleted\":false,"
		"\"disable_correlation\":false,\"object_id\":\"7\",\"object_relation\":\"name\",\"first_seen\":null,\"last_seen\":null,"
		"\"value\":\"a\\\\b.exe|d41d8cd98f00b204e9800998ecf8427e\",\"Galaxy\":[],\"ShadowAttribute\":[]}]}],"
		"\"EventReport\":[{\"id\":\"1\",\"uuid\":\"" U3 "\",\"event_id\":\"5\",\"name\":\"r\",\"content\":\"# c\",\"distribution\":\"5\","
		"\"sharing_group_id\":\"0\",\"timestamp\":\"0\",\"deleted\":false}],"
		"\"Tag\":[" BOUND_TAG "]}}"));
	buf_clear(&b);
}

static enum rc read_attr(void *arg, struct ctx *cx, struct attr_in *in)
{
	struct attr a;

	TRY(attr_make(cx, in, &(struct attr_defaults){ .distribution = DIST_INHERIT }, &a));
	CHECK(uuid_eq(&a.uuid, &ip.uuid) && a.type == ip.type && a.cat == ip.cat && a.to_ids && a.distribution == 5);
	CHECK_INT(a.timestamp, ip.timestamp);
	CHECK_INT(a.first_seen_us, ip.first_seen_us);
	CHECK(a.last_seen_us == SEEN_NONE);
	CHECK_STR(a.value1, ip.value1);
	CHECK_STR(a.comment, ip.comment);
	CHECK(in->tag_n == 1 && str_eq(in->tags[0].name, tag.name) && in->tags[0].local);
	++*(int *)arg;
	return RC_OK;
}

static enum rc read_object(void *arg, struct ctx *cx, struct object_in *in)
{
	struct attr a;

	CHECK_STR(in->name, ob.name);
	CHECK_STR(in->template_version, S("24"));
	CHECK_INT(in->ref_n, 2);
	CHECK_STR(in->refs[1].referenced_uuid, S(U2));
	CHECK_INT(in->attr_n, 1);
	TRY(attr_make(cx, &in->attrs[0], &(struct attr_defaults){ .distribution = DIST_INHERIT, .in_object = true }, &a));
	CHECK_STR(a.value1, file.value1);
	CHECK_STR(a.value2, file.value2);
	CHECK_STR(a.relation, file.relation);
	++*(int *)arg;
	return RC_OK;
}

/* What is written is read back equal, compact and indented. */
static void round_trip(void)
{
	for (int pretty = 0; pretty < 2; pretty++) {
		int seen = 0;
		struct misp_sink sink = { &seen, read_attr, read_object, NULL };
		struct event_in in;
		struct ctx cx;
		struct buf b;
		struct jw w;

		ctx_init(&cx, 1 << 20);
		buf_init(&b, 1 << 16);
		jw_init(&w, &b, pretty);
		event_out(&w);
		CHECKF(misp_event_head(&cx, buf_view(&b), &in) == RC_OK, "%s", cx.err.msg);
		CHECK_STR(in.info, ev.info);
		CHECK_STR(in.date, S("2020-01-01"));
		CHECK_STR(in.uuid, S(U1));
		CHECK_STR(in.orgc.name, maker.name);
		CHECK(in.attr_seen == 1 && in.object_seen == 1 && in.tag_n == 1 && in.report_n == 1);
		CHECKF(misp_event_elements(&cx, buf_view(&b), &sink) == RC_OK, "%s", cx.err.msg);
		CHECK_INT(seen, 2);
		buf_clear(&b);
		ctx_clear(&cx);
	}
}

static struct buf out;
static struct jw start(void)
{
	struct jw w;

	buf_reset(&out);
	jw_init(&w, &out, false);
	return w;
}

static void other_shapes(void)
{
	struct event_extra x = { &own, &maker, S("") };
	struct sighting g = { .id = 1, .attribute_id = 9, .event_id = 5, .org_id = 1, .date_sighting = 16, .uuid = u(U3), .source = S(""), .type = 1 };
	struct sighting_out go = { .sighting = &g, .org = &own, .attribute_uuid = &ip.uuid };
	struct tag_out t = { .tag = &tag, .inherited = true, .binding_id = 8, .relationship_type = S("") };
	struct attr_extra ax = { .tags = &t, .tag_n = 1, .event_uuid = &ev.uuid };
	struct jw w;

	buf_init(&out, 1 << 16);
	w = start();
	misp_write_attr(&w, ATTR_SAVED, &file, &(struct attr_extra){ .attribute_tag = true });
	CHECK_STR(buf_view(&out), S(ATTR_FILE_HEAD FILE_HALVES ATTR_FILE_TAIL ",\"AttributeTag\":[]}"));
	w = start();
	misp_write_attr(&w, ATTR_ALONE, &file, &ax);
	CHECK_STR(buf_view(&out), S(ATTR_FILE_HEAD ATTR_FILE_TAIL ",\"event_uuid\":\"" U1 "\",\"Tag\":[{\"id\":\"3\",\"name\":\"tlp:green\","
		"\"colour\":\"#339900\",\"numerical_value\":null,\"is_galaxy\":false,\"local\":false,\"inherited\":1}]}"));
	w = start();
	ax = (struct attr_extra){ .sightings = &go, .sighting_n = 1, .data = S("QUJD") };
	misp_write_attr(&w, ATTR_IN_EVENT, &ip, &ax);
	CHECK_STR(buf_view(&out), S(ATTR_IP_EVENT ",\"data\":\"QUJD\",\"Sighting\":[{\"id\":\"1\",\"attribute_id\":\"9\",\"event_id\":\"5\","
		"\"org_id\":\"1\",\"date_sighting\":\"16\",\"uuid\":\"" U3 "\",\"source\":\"\",\"type\":\"1\",\"attribute_uuid\":\"" U2 "\","
		"\"Organisation\":{\"id\":\"1\",\"uuid\":\"" U1 "\",\"name\":\"ORG\"}}]}"));
	w = start();
	misp_write_tag(&w, &tag, false);
	CHECK_STR(buf_view(&out), S("{\"id\":\"3\",\"name\":\"tlp:green\",\"colour\":\"#339900\",\"exportable\":true,\"org_id\":\"0\",\"user_id\":\"0\","
		"\"hide_tag\":false,\"numerical_value\":null,\"is_galaxy\":false,\"is_custom_galaxy\":false,\"local_only\":false}"));
	w = start();
	ev.has_extends = true;
	ev.extends_uuid = u(U2);
	ev.is_protected = true;
	misp_write_index_row(&w, &ev, &x, &t, 1);
	CHECK_STR(buf_view(&out), S("{\"id\":\"5\",\"org_id\":\"1\",\"date\":\"2020-01-01\",\"info\":\"line\\n1\",\"uuid\":\"" U1 "\",\"published\":true,"
		"\"analysis\":\"2\",\"attribute_count\":\"2\",\"orgc_id\":\"2\",\"timestamp\":\"1600000001\",\"distribution\":\"1\",\"sharing_group_id\":\"0\","
		"\"proposal_email_lock\":false,\"locked\":false,\"threat_level_id\":\"3\",\"publish_timestamp\":\"1600000002\",\"sighting_timestamp\":\"0\","
		"\"disable_correlation\":false,\"extends_uuid\":\"" U2 "\",\"protected\":true,\"Org\":{\"id\":\"1\",\"name\":\"ORG\",\"uuid\":\"" U1 "\"},"
		"\"Orgc\":{\"id\":\"2\",\"name\":\"Maker \\\"x\\\"\",\"uuid\":\"" U2 "\"},\"EventTag\":[{\"id\":\"8\",\"event_id\":\"5\",\"tag_id\":\"3\","
		"\"local\":false,\"relationship_type\":\"\",\"Tag\":{\"id\":\"3\",\"name\":\"tlp:green\",\"colour\":\"#339900\",\"is_galaxy\":false}}]}"));
	w = start();
	misp_write_index_minimal(&w, &ev, &maker.uuid);
	CHECK_STR(buf_view(&out), S("{\"id\":\"5\",\"timestamp\":\"1600000001\",\"sighting_timestamp\":\"0\",\"published\":true,\"uuid\":\"" U1 "\","
		"\"orgc_uuid\":\"" U2 "\"}"));
	w = start();
	jw_obj(&w);
	misp_write_attr_event(&w, &ev, true, &x, &t, 0);
	jw_obj_end(&w);
	CHECK_STR(buf_view(&out), S("{\"Event\":{\"org_id\":\"1\",\"distribution\":\"1\",\"publish_timestamp\":\"1600000002\",\"id\":\"5\","
		"\"info\":\"line\\n1\",\"orgc_id\":\"2\",\"uuid\":\"" U1 "\",\"date\":\"2020-01-01\",\"threat_level_id\":\"3\",\"published\":true,"
		"\"analysis\":\"2\",\"timestamp\":\"1600000001\",\"sharing_group_id\":\"0\",\"extends_uuid\":\"" U2 "\",\"Tag\":[],"
		"\"Orgc\":{\"id\":\"2\",\"name\":\"Maker \\\"x\\\"\",\"uuid\":\"" U2 "\",\"local\":false}}}"));
	w = start();
	misp_write_related_attr(&w, &ip, &ev);
	CHECK(str_starts(buf_view(&out), S("{\"id\":\"9\",\"event_id\":\"5\",\"object_id\":\"0\",\"object_relation\":null,\"category\":")));
	buf_clear(&out);
}

/* A value longer than the stack's buffer. */
static void long_value(void)
{
	struct attr a = file;
	static char name[1000];
	struct jw w;

	memset(name, 'n', sizeof(name));
	a.value1 = str_n(name, sizeof(name));
	buf_init(&out, 1 << 16);
	w = start();
	misp_write_attr(&w, ATTR_ALONE, &a, NULL);
	CHECK(str_ends(buf_view(&out), S("nnn|d41d8cd98f00b204e9800998ecf8427e\"}")));
	buf_clear(&out);
}

static void types(void)
{
	struct ctx cx;
	struct jr r;
	struct jw w;
	struct str key;
	size_t defaults = 0, names = 0, cats = 0, pairs = 0;

	buf_init(&out, 1 << 20);
	ctx_init(&cx, 1 << 20);
	w = start();
	describe_types_write(&w);
	jr_init(&r, &cx, buf_view(&out), NULL);
	jr_obj(&r);
	CHECK(jr_member(&r, &key) && str_eq(key, S("result")));
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("sane_defaults"))) {
			for (jr_obj(&r); jr_member(&r, &key); defaults++)
				if (str_eq(key, S("ip-dst")))
					CHECK_STR(jr_raw(&r), S("{\"default_category\":\"Network activity\",\"to_ids\":1}"));
		} else if (str_eq(key, S("types"))) {
			for (jr_arr(&r); jr_elem(&r); names++)
				jr_skip(&r);
		} else if (str_eq(key, S("categories"))) {
			for (jr_arr(&r); jr_elem(&r); cats++)
				jr_skip(&r);
		} else {
			CHECK_STR(key, S("category_type_mappings"));
			for (jr_obj(&r); jr_member(&r, &key);)
				for (jr_arr(&r); jr_elem(&r); pairs++)
					jr_skip(&r);
		}
	}
	CHECK(!jr_member(&r, &key));
	CHECK_INT(jr_end(&r), RC_OK);
	CHECK_INT(defaults, 194);
	CHECK_INT(names, 194);
	CHECK_INT(cats, 16);
	CHECK_INT(pairs, 486);
	buf_clear(&out);
	ctx_clear(&cx);
}

int main(void)
{
	fixtures();
	event_shape();
	round_trip();
	other_shapes();
	long_value();
	types();
	return tap_done();
}
