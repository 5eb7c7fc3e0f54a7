/* MISP events, attributes and objects from JSON; manifests and hash lists */
#include "base/buf.h"
#include "format/feed_misp.h"
#include "format/misp_json.h"
#include "unit/tap.h"

#include <stdio.h>

/* What the sinks saw, as one text: "A0 type=value;" "O0 name[rel=value,...];" "!Attribute 1: why;" */
struct seen {
	struct buf b;
	enum rc stop;
	size_t attrs, objects, object_attrs;
};

static void put(struct buf *b, struct str s)
{
	buf_str(b, s.p ? s : S("-"));
}

static enum rc on_attr(void *arg, struct ctx *cx, struct attr_in *a)
{
	struct seen *s = arg;

	s->attrs++;
	buf_fmt(&s->b, "A%zu ", a->position);
	put(&s->b, a->type);
	buf_ch(&s->b, '=');
	if (a->value_is_array)
		for (size_t i = 0; i < a->value_n; i++) {
			buf_ch(&s->b, i ? '+' : '[');
			put(&s->b, a->values[i]);
		}
	else
		put(&s->b, a->value);
	for (size_t i = 0; i < a->tag_n; i++) {
		buf_str(&s->b, S(" #"));
		put(&s->b, a->tags[i].name);
		if (a->tags[i].local)
			buf_str(&s->b, S("(local)"));
	}
	for (size_t i = 0; i < a->sighting_n; i++) {
		buf_str(&s->b, S(" @"));
		put(&s->b, a->sightings[i].date);
		put(&s->b, a->sightings[i].org_name);
	}
	buf_ch(&s->b, ';');
	return s->stop ? fail(cx, s->stop, "stopped by the sink") : RC_OK;
}

static enum rc on_object(void *arg, struct ctx *cx, struct object_in *o)
{
	struct seen *s = arg;

	s->objects++;
	s->object_attrs += o->attr_n;
	buf_fmt(&s->b, "O%zu ", o->position);
	put(&s->b, o->name);
	for (size_t i = 0; i < o->attr_n; i++) {
		buf_ch(&s->b, i ? ',' : '[');
		put(&s->b, o->attrs[i].relation);
		buf_ch(&s->b, '=');
		put(&s->b, o->attrs[i].value);
	}
	for (size_t i = 0; i < o->ref_n; i++) {
		buf_str(&s->b, S(" >"));
		put(&s->b, o->refs[i].relationship_type);
	}
	buf_ch(&s->b, ';');
	return RC_OK;
}

static enum rc on_bad(void *arg, struct ctx *cx, const char *what, size_t position, const char *why)
{
	struct seen *s = arg;

	buf_fmt(&s->b, "!%s %zu: %s;", what, position, why);
	return RC_OK;
}

static void elements(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "{}", "" },
		{ "{\"Event\":{\"Attribute\":[{\"type\":\"ip-dst\",\"value\":\"192.0.2.1\"}]}}", "A0 ip-dst=192.0.2.1;" },
		{ "{\"info\":\"bare\",\"Attribute\":[{\"value\":\"x\",\"type\":\"text\"},{\"value\":\"y\"}]}", "A0 text=x;A1 -=y;" },
		{ "{\"Attribute\":[{\"value\":\"x\"}],\"info\":\"bare, elements first\"}", "A0 -=x;" },
		/* a single object in place of the array, and null */
		{ "{\"Event\":{\"Attribute\":{\"value\":\"x\"},\"Object\":null}}", "A0 -=x;" },
		{ "{\"Event\":{\"Object\":{\"name\":\"file\",\"Attribute\":{\"object_relation\":\"size\",\"value\":12}}}}", "O0 file[size=12;" },
		/* wrapped elements */
		{ "{\"Event\":{\"Attribute\":[{\"Attribute\":{\"value\":\"x\"}}]}}", "A0 -=x;" },
		/* the event beside others; siblings do not belong to it */
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"in\"}]},\"Attribute\":[{\"value\":\"out\"}]}", "A0 -=in;" },
		{ "{\"errors\":[],\"Attribute\":[{\"value\":\"out\"}],\"Event\":{\"Attribute\":[{\"value\":\"in\"}]}}", "A0 -=in;" },
		/* response wrappers */
		{ "{\"response\":[{\"Event\":{\"Attribute\":[{\"value\":\"x\"}]}}]}", "A0 -=x;" },
		{ "{\"response\":{\"Event\":{\"Attribute\":[{\"value\":\"x\"}]}}}", "A0 -=x;" },
		{ "{\"response\":[{\"id\":\"1\",\"Attribute\":[{\"value\":\"x\"}]}]}", "A0 -=x;" },
		{ " [ {\"Event\":{\"Attribute\":[{\"value\":\"x\"}]}} ] ", "A0 -=x;" },
		{ "\xef\xbb\xbf{\"Event\":{\"Attribute\":[{\"value\":\"x\"}]}}", "A0 -=x;" },
		/* scalars of any kind become their text; null was not sent, "" was */
		{ "{\"Event\":{\"Attribute\":[{\"value\":1.50},{\"value\":true},{\"value\":null},{\"value\":\"\"}]}}", "A0 -=1.50;A1 -=true;A2 -=-;A3 -=;" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"a\\u00e9\\n\"}]}}", "A0 -=a\xc3\xa9\n;" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":[\"a\",2,null]}]}}", "A0 -=[a+2;" },
		/* tags: plain, clusters, both, a name alone, one object, no name */
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\",\"Tag\":[{\"name\":\"t1\"},{\"name\":\"t2\",\"local\":\"1\"}]}]}}",
		  "A0 -=x #t1 #t2(local);" },
		{ "{\"Event\":{\"Attribute\":[{\"Galaxy\":[{\"GalaxyCluster\":[{\"tag_name\":\"g1\",\"local\":true},{\"tag_name\":\"t1\"}]}],"
		  "\"value\":\"x\",\"Tag\":[{\"name\":\"t1\",\"local\":0}]}]}}", "A0 -=x #t1 #g1(local);" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\",\"Tag\":[\"t1\",{\"id\":\"3\"},{\"Tag\":{\"name\":\"t2\"}}]}]}}", "A0 -=x #t1 #t2;" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\",\"Tag\":{\"name\":\"t1\"}}]}}", "A0 -=x #t1;" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\",\"Sighting\":[{\"type\":\"0\",\"date_sighting\":\"5\",\"Organisation\":{\"name\":\"o\"}}]}]}}",
		  "A0 -=x @5o;" },
		/* objects */
		{ "{\"Event\":{\"Object\":[{\"Attribute\":[{\"value\":\"a\",\"object_relation\":\"r\"},{\"value\":\"b\"}],\"name\":\"n\","
		  "\"ObjectReference\":[{\"relationship_type\":\"uses\",\"Object\":{}}]},{}]}}", "O0 n[r=a,-=b >uses;O1 -;" },
		/* what cannot be taken is reported, the rest goes on */
		{ "{\"Event\":{\"Attribute\":[7,{\"value\":\"x\"},\"s\",{\"comment\":[\"c\"],\"value\":\"y\"},{\"value\":{\"a\":1}},{\"value\":\"z\"}]}}",
		  "!Attribute 0: an attribute is an object;A1 -=x;!Attribute 2: an attribute is an object;!Attribute 3: 'comment' is not a text;"
		  "!Attribute 4: 'value' is not a text;A5 -=z;" },
		{ "{\"Event\":{\"Attribute\":{\"0\":{\"value\":\"x\"},\"2\":{\"value\":\"y\"}}}}",
		  "!Attribute 0: a list was sent as an object with numbered members;" },
		{ "{\"Event\":{\"Attribute\":\"none\",\"Object\":[{\"Attribute\":[{\"value\":\"x\"},3]},{\"name\":\"n\"}]}}",
		  "!Attribute 0: not a list;!Object 0: Attribute 1: an attribute is an object;O1 n;" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\",\"Tag\":7}]}}", "!Attribute 0: 'Tag' is not a list;" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct seen s = { 0 };
		struct misp_sink sink = { &s, on_attr, on_object, on_bad };
		struct ctx cx;
		size_t used;
		enum rc rc;

		ctx_init(&cx, 1 << 20);
		buf_init(&s.b, 1 << 16);
		used = arena_total(cx.mem);
		rc = misp_event_elements(&cx, str_c(t[i].text), &sink);
		CHECKF(rc == RC_OK, "elements %zu: %s", i, cx.err.msg);
		CHECK_STR(buf_view(&s.b), str_c(t[i].want));
		CHECKF(arena_total(cx.mem) == used, "elements %zu leave nothing in the arena", i);
		buf_clear(&s.b);
		ctx_clear(&cx);
	}
}

static void failures(void)
{
	static const struct {
		const char *text, *msg;
	} t[] = {
		{ "", "expected a" },
		{ "[]", "empty list" },
		{ "[{\"id\":\"1\"},{\"id\":\"2\"}]", "found several" },
		{ "{\"response\":[]}", "empty list" },
		{ "7", "expected an" },
		{ "{\"Event\":{\"info\":\"x\"}} x", "expected the end" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\"},{\"value\":}]}}", "line 1" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\"}", "end of the text" },
		{ "{\"Event\":{\"Attribute\":[{\"value\":\"x\",\"value\":\"y\"}]}}", "twice" },
	};
	struct seen s = { 0 };
	struct misp_sink sink = { &s, on_attr, on_object, on_bad };
	struct ctx cx;
	struct event_in in;

	buf_init(&s.b, 1 << 16);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		ctx_init(&cx, 1 << 20);
		CHECKF(misp_event_elements(&cx, str_c(t[i].text), &sink) == RC_BAD && strstr(cx.err.msg, t[i].msg), "elements of failure %zu: %s", i,
		       cx.err.msg);
		ctx_forgive(&cx);
		CHECKF(misp_event_head(&cx, str_c(t[i].text), &in) == RC_BAD && strstr(cx.err.msg, t[i].msg), "head of failure %zu: %s", i, cx.err.msg);
		ctx_clear(&cx);
	}
	/* a failure of the sink ends the reading */
	ctx_init(&cx, 1 << 20);
	buf_reset(&s.b);
	s.stop = RC_DENIED;
	CHECK_INT(misp_event_elements(&cx, S("{\"Event\":{\"Attribute\":[{\"value\":\"x\"},{\"value\":\"y\"}]}}"), &sink), RC_DENIED);
	CHECK_STR(buf_view(&s.b), S("A0 -=x;"));
	CHECK_STR(str_c(cx.err.msg), S("stopped by the sink"));
	ctx_forgive(&cx);
	CHECK_INT(misp_event_head(&cx, S("{\"Event\":{\"info\":[\"x\"]}}"), &in), RC_BAD);
	CHECK_STR(str_c(cx.err.msg), S("event: 'info' is not a text"));
	ctx_clear(&cx);
	buf_clear(&s.b);
}

static void head(void)
{
	static const char text[] =
		"{\"Event\":{\"Attribute\":[{},{},{}],\"info\":\"i\\u0041\",\"uuid\":\"u\",\"date\":\"2020-01-02\",\"threat_level_id\":1,"
		"\"published\":true,\"analysis\":\"2\",\"timestamp\":1500000000,\"Org\":{\"name\":\"o\",\"uuid\":\"ou\",\"id\":\"4\"},"
		"\"Orgc\":{\"uuid\":\"cu\",\"name\":\"c\"},\"orgc_id\":\"9\",\"Object\":{\"name\":\"n\"},\"extends_uuid\":\"\",\"locked\":null,"
		"\"SharingGroup\":{\"id\":\"5\",\"uuid\":\"su\"},\"protected\":false,\"unknown\":{\"info\":\"no\"},"
		"\"Galaxy\":[{\"name\":\"g\",\"GalaxyCluster\":[{\"tag_name\":\"misp-galaxy:a=\\\"b\\\"\"}]}],"
		"\"Tag\":[{\"name\":\"t\",\"colour\":\"#fff\",\"exportable\":false,\"relationship_type\":null}],"
		"\"EventReport\":[{\"name\":\"r\",\"content\":\"# c\",\"deleted\":false}]}}";
	struct event_in in;
	struct ctx cx;

	ctx_init(&cx, 1 << 20);
	CHECK_INT(misp_event_head(&cx, str_c(text), &in), RC_OK);
	CHECK_STR(in.info, S("iA"));
	CHECK_STR(in.uuid, S("u"));
	CHECK_STR(in.date, S("2020-01-02"));
	CHECK_STR(in.threat_level_id, S("1"));
	CHECK_STR(in.published, S("true"));
	CHECK_STR(in.timestamp, S("1500000000"));
	CHECK_STR(in.org.name, S("o"));
	CHECK_STR(in.org.id, S("4"));
	CHECK_STR(in.orgc.uuid, S("cu"));
	CHECK_STR(in.orgc.id, S("9"));
	CHECK(in.group != NULL);
	CHECK_STR(in.group->uuid, S("su"));
	CHECK(in_has(in.extends_uuid) && in.extends_uuid.n == 0);
	CHECK(!in_has(in.locked) && !in_has(in.distribution));
	CHECK_STR(in.is_protected, S("false"));
	CHECK_INT(in.attr_seen, 3);
	CHECK_INT(in.object_seen, 1);
	CHECK_INT(in.tag_n, 2);
	CHECK_STR(in.tags[0].name, S("t"));
	CHECK(in.tags[0].has_exportable && !in.tags[0].exportable && !in.tags[0].has_local && !in_has(in.tags[0].relationship_type));
	CHECK_STR(in.tags[1].name, S("misp-galaxy:a=\"b\""));
	CHECK_INT(in.report_n, 1);
	CHECK_STR(in.reports[0].content, S("# c"));
	CHECK_INT(misp_event_head(&cx, S("{\"response\":[{\"orgc\":\"x\",\"Orgc\":\"old\",\"info\":\"bare\"}]}"), &in), RC_OK);
	CHECK_STR(in.info, S("bare"));
	CHECK_STR(in.orgc.name, S("old"));
	ctx_clear(&cx);
}

static enum rc on_event(void *arg, struct ctx *cx, struct str text)
{
	struct buf *b = arg;

	buf_str(b, text);
	buf_ch(b, '|');
	return RC_OK;
}

static void several(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "[{\"Event\":{}}, {\"id\":1}]", "{\"Event\":{}}|{\"id\":1}|" },
		{ "{\"response\":[{\"Event\":{}},{\"a\":[]}],\"more\":1}", "{\"Event\":{}}|{\"a\":[]}|" },
		{ "{\"response\":{\"Event\":{}}}", "{\"Event\":{}}|" },
		{ " {\"Event\":{}} ", "{\"Event\":{}}|" },
		{ "[]", "" },
		{ "{\"response\":[]}", "" },
		{ "[{\"a\":1},{\"a\":}]", NULL },
		{ "[1] 2", NULL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct ctx cx;
		struct buf b;
		enum rc rc;

		ctx_init(&cx, 1 << 20);
		buf_init(&b, 1 << 10);
		rc = misp_events_each(&cx, str_c(t[i].text), on_event, &b);
		CHECKF(rc == (t[i].want ? RC_OK : RC_BAD), "events of %s: %s", t[i].text, cx.err.msg);
		if (t[i].want)
			CHECK_STR(buf_view(&b), str_c(t[i].want));
		buf_clear(&b);
		ctx_clear(&cx);
	}
}

static void bodies(void)
{
	struct attr_in a;
	struct object_in o;
	struct tag_in *tags;
	struct ctx cx;
	struct jr r;
	size_t n;

	ctx_init(&cx, 1 << 20);
	jr_init(&r, &cx, S("{\"type\":\"ip-dst\",\"value\":\"a\\tb\",\"to_ids\":false,\"first_seen\":null,\"comment\":null,\"data\":\"QUJD\",\"encrypt\":1}"), NULL);
	misp_attr_read(&r, &a);
	CHECK_INT(jr_end(&r), RC_OK);
	CHECK_STR(a.value, S("a\tb"));
	CHECK_STR(a.to_ids, S("false"));
	CHECK_STR(a.data, S("QUJD"));
	CHECK_STR(a.encrypt, S("1"));
	CHECK(in_has(a.first_seen) && !in_has(a.last_seen) && !in_has(a.comment)); /* null clears a time, else it was not sent */

	jr_init(&r, &cx, S("{\"Object\":{\"name\":\"file\",\"meta-category\":\"file\",\"Attribute\":[{\"value\":\"v\"}]}}"), NULL);
	misp_object_read(&r, &o);
	CHECK_INT(jr_end(&r), RC_OK);
	CHECK_STR(o.meta_category, S("file"));
	CHECK(o.attr_n == 1 && str_eq(o.attrs[0].value, S("v")));

	jr_init(&r, &cx, S("[{\"name\":\"a\"},\"b\"]"), NULL);
	misp_tags_read(&r, &tags, &n);
	CHECK_INT(jr_end(&r), RC_OK);
	CHECK(n == 2 && str_eq(tags[1].name, S("b")));

	jr_init(&r, &cx, S("{\"type\":{}}"), NULL);
	misp_attr_read(&r, &a);
	CHECK_INT(jr_end(&r), RC_BAD);
	CHECKF(strstr(cx.err.msg, "'type' is not a text") != NULL, "%s", cx.err.msg);
	ctx_clear(&cx);
}

/* An object may hold 100,000 attributes and not one more; a large event leaves the arena flat. */
static void limits(void)
{
	struct seen s = { 0 };
	struct misp_sink sink = { &s, on_attr, on_object, on_bad };
	struct ctx cx;
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_init(&s.b, 64 << 20);
	for (int extra = 0; extra < 2; extra++) {
		buf_reset(&b);
		buf_reset(&s.b);
		buf_str(&b, S("{\"Event\":{\"Object\":[{\"name\":\"n\",\"Attribute\":["));
		for (int i = 0; i < 100000 + extra; i++)
			buf_str(&b, i ? S(",{\"value\":\"x\"}") : S("{\"value\":\"x\"}"));
		buf_str(&b, S("]},{\"name\":\"next\"}]}}"));
		ctx_init(&cx, 0);
		s.objects = s.object_attrs = 0;
		CHECK_INT(misp_event_elements(&cx, buf_view(&b), &sink), RC_OK);
		CHECK_INT(s.objects, extra ? 1 : 2);
		CHECK_INT(s.object_attrs, extra ? 0 : 100000);
		CHECK(!extra || str_eq(buf_view(&s.b), S("!Object 0: more than 100000 entries in 'Attribute';O1 next;")));
		ctx_clear(&cx);
	}
	/* an element over the limit of the unit of work is refused, the next one is read */
	buf_reset(&b);
	buf_reset(&s.b);
	buf_str(&b, S("{\"Event\":{\"Attribute\":[{\"value\":\"\\n"));
	for (int i = 0; i < 300000; i++)
		buf_ch(&b, 'x');
	buf_str(&b, S("\"},{\"value\":\"y\"}]}}"));
	ctx_init(&cx, 100000);
	CHECK_INT(misp_event_elements(&cx, buf_view(&b), &sink), RC_OK);
	CHECK_STR(buf_view(&s.b), S("!Attribute 0: needs more memory than one element may take;A1 -=y;"));
	ctx_clear(&cx);
	buf_clear(&b);
	buf_clear(&s.b);
}

static enum rc on_manifest(void *arg, struct ctx *cx, const struct manifest_entry *m)
{
	char u[UUID_TEXT + 1];

	uuid_text(&m->uuid, u);
	buf_fmt(arg, "%.4s %lld %.*s %.*s %zu;", u, (long long)m->timestamp, STR(m->info), STR(m->orgc.name), m->tag_n);
	return RC_OK;
}

static enum rc on_bad_entry(void *arg, struct ctx *cx, struct str key, const char *why)
{
	buf_fmt(arg, "!%.*s: %s;", STR(key), why);
	return RC_OK;
}

static enum rc on_hash(void *arg, struct ctx *cx, const uint8_t md5[16], const struct uuid *event)
{
	buf_hex(arg, md5, 2);
	buf_hex(arg, event->b, 2);
	buf_ch(arg, ';');
	return RC_OK;
}

static void feeds(void)
{
	struct buf b;
	struct manifest_sink sink = { &b, on_manifest, on_bad_entry };
	uint64_t bad, line;
	struct ctx cx;

	ctx_init(&cx, 1 << 20);
	buf_init(&b, 1 << 12);
	CHECK_INT(feed_manifest_each(&cx, S("{\"5ac47782-e1b8-40b6-96b4-510102de0b81\":{\"info\":\"i\",\"timestamp\":\"17\",\"Orgc\":{\"name\":\"o\"},"
		"\"Tag\":[{\"name\":\"t\"}],\"integrity:sha256\":\"x\"},\"../x\":{},\"6ac47782-e1b8-40b6-96b4-510102de0b81\":{\"timestamp\":18},"
		"\"7ac47782-e1b8-40b6-96b4-510102de0b81\":{\"timestamp\":\"soon\"},\"8ac47782-e1b8-40b6-96b4-510102de0b81\":[]}"), &sink), RC_OK);
	CHECK_STR(buf_view(&b), S("5ac4 17 i o 1;!../x: the key is not a UUID;6ac4 18   0;"
		"!7ac47782-e1b8-40b6-96b4-510102de0b81: 'timestamp' is not a number of seconds;!8ac47782-e1b8-40b6-96b4-510102de0b81: not an object;"));
	CHECK_INT(feed_manifest_each(&cx, S("[]"), &sink), RC_OK);
	CHECK_INT(feed_manifest_each(&cx, S("<html>"), &sink), RC_BAD);
	ctx_forgive(&cx);
	CHECK_INT(feed_manifest_each(&cx, S("[1]"), &sink), RC_BAD);
	ctx_forgive(&cx);
	buf_reset(&b);
	CHECK_INT(feed_hashes_each(&cx, S("65f01e291fe5b47ef0d42dc00058a24f,df45ebb1-038a-59fd-8a1f-0e619c25b992\r\n\nhash,uuid\n"
		"2BF067748800d045989f63a8ab849184,ef45ebb1-038a-59fd-8a1f-0e619c25b992"), on_hash, &b, &bad, &line), RC_OK);
	CHECK_STR(buf_view(&b), S("65f0df45;2bf0ef45;"));
	CHECK(bad == 1 && line == 3);
	buf_clear(&b);
	ctx_clear(&cx);
}

int main(void)
{
	elements();
	failures();
	head();
	several();
	bodies();
	limits();
	feeds();
	return tap_done();
}
