/* CSV feeds in, restSearch's CSV out */
#include "base/buf.h"
#include "format/csv_feed.h"
#include "format/csv_write.h"
#include "unit/tap.h"

#include <stdlib.h>

/* All records as one text: fields in <>, "!" before a note, records ended by "\n". */
static void dump(struct str text, const struct csv_settings *s, struct buf *out)
{
	struct csv_in *c = malloc(sizeof(*c));

	csv_open(c, text, s);
	while (csv_next(c)) {
		buf_fmt(out, "%llu", (unsigned long long)c->line);
		for (size_t i = 0; i < c->field_n; i++) {
			buf_ch(out, '<');
			buf_str(out, c->fields[i]);
			buf_ch(out, '>');
		}
		if (c->note)
			buf_fmt(out, "!%s", c->note);
		buf_ch(out, '\n');
	}
	csv_close(c);
	free(c);
}

static void records(void)
{
#define CASE(in, out) { { in, sizeof(in) - 1 }, { out, sizeof(out) - 1 } }
	static const struct {
		struct str text, want;
	} t[] = {
		{ { NULL, 0 }, { "", 0 } },
		CASE("", ""),
		CASE("a,b", "1<a><b>\n"),
		CASE("a,b\r\nc,\r\n,d\r\n", "1<a><b>\n2<c><>\n3<><d>\n"),
		CASE("\xef\xbb\xbf" "a\n", "1<a>\n"),
		CASE("# note\n\n  \n a \n", "4< a >\n"),
		CASE("\"a\",\"b\"\n", "1<a><b>\n"),
		CASE("\"a,b\",c\n", "1<a,b><c>\n"),
		CASE("\"a\"\"b\",\"\"\"\",\"\"\n", "1<a\"b><\"><>\n"),
		CASE("\"a\",\"\"\n", "1<a><>\n"),
		CASE("\"a\nb\",c\nd\n", "1<a\nb><c>\n3<d>\n"),
		CASE("\"a\r\nb\"\r\nd\n", "1<a\r\nb>\n3<d>\n"),
		CASE("a \"b\" c,d\n", "1<a \"b\" c><d>\n"),
		CASE(" \"a,b\",c\n", "1<a,b><c>\n"),
		CASE("\"a \"b\" c\",d\n", "1<a \"b\" c><d>\n"),
		/* a quote that is never closed costs no more than its line */
		CASE("\"a,b\nc,d\n", "1<a,b>!a quote is not closed\n2<c><d>\n"),
		CASE("x,\"a\n\"b\",c\n", "1<x><a>!a quote is not closed\n2<b><c>\n"),
		CASE("\"", "1<>!a quote is not closed\n"),
		CASE("\"a\"", "1<a>\n"),
		CASE("a\0b,c\nd\n", "1!NUL bytes in the line\n2<d>\n"),
		CASE("caf\xe9,192.0.2.1\nok\n", "1<caf\xef\xbf\xbd><192.0.2.1>!not UTF-8\n2<ok>\n"),
		CASE("\"caf\xe9\"\"\",\"x\n", "1<caf\xef\xbf\xbd\"><x>!a quote is not closed\n"), /* the last note stands */
		CASE("\"a\n\xff\",b\nc\n", "1!a quoted field over several lines is not UTF-8 text\n3<c>\n"),
		CASE(",\n", "1<><>\n"),
	};
	struct csv_settings s = CSV_DEFAULTS;
	struct buf b;

	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		buf_reset(&b);
		dump(t[i].text, &s, &b);
		CHECK_STR(buf_view(&b), t[i].want);
	}
	s.delimiter = ';';
	s.quote = 0;
	memcpy(s.comment, "!;", 3);
	buf_reset(&b);
	dump(S("# a;\"b\n! no\n;no\n'c';d"), &s, &b);
	CHECK_STR(buf_view(&b), S("1<# a><\"b>\n4<'c'><d>\n"));
	buf_clear(&b);
}

static void large(void)
{
	struct csv_settings s = CSV_DEFAULTS;
	struct buf in, out;

	buf_init(&in, 16 << 20);
	buf_init(&out, 16 << 20);
	for (size_t i = 0; i < CSV_LINE_MAX + 1; i++)
		buf_ch(&in, 'a');
	buf_str(&in, S("\nb\n"));
	for (size_t i = 0; i < 1025; i++)
		buf_str(&in, S("x,"));
	buf_str(&in, S("\nc\n"));
	dump(buf_view(&in), &s, &out);
	CHECK_STR(buf_view(&out), S("1!longer than 1 MiB\n2<b>\n3!more than 1024 columns\n4<c>\n"));
	/* quotes made to look far ahead, again and again */
	buf_reset(&in);
	for (size_t i = 0; i < 500000; i++)
		buf_str(&in, S("\"\"\"\"a\n"));
	buf_reset(&out);
	dump(buf_view(&in), &s, &out);
	CHECK(str_starts(buf_view(&out), S("1<\"\"\"a>!a quote is not closed\n2<")));
	CHECK(out.n > 500000);
	buf_clear(&in);
	buf_clear(&out);
}

static void settings(void)
{
	static const struct {
		const char *json, *text, *want; /* want NULL: refused */
	} t[] = {
		{ "", "a,b", "a|b|" },
		{ "[]", "a,b", "a|b|" },
		{ "{}", "a,b", "a|b|" },
		{ "{\"csv\":{\"value\":\"2\",\"delimiter\":\",\"},\"common\":{\"excluderegex\":\"/x/\"}}", "a, b ,c", "b|" },
		{ "{\"csv\":{\"value\":\"3, 1\",\"delimiter\":\";\"}}", "a;b;c\nd", "c|a||d|" },
		{ "{\"csv\":{\"value\":\"\",\"delimiter\":\"\\\\t\"}}", "a\tb", "a|b|" },
		{ "{\"csv\":{\"value\":1,\"delimiter\":\" \"}}", "a b", "a|" },
		{ "{\"csv\":{\"header\":true}}", "h1,h2\na,b", "a|b|" },
		{ "{\"csv\":{\"value\":\"0\"}}", "", NULL },
		{ "{\"csv\":{\"value\":\"x\"}}", "", NULL },
		{ "{\"csv\":{\"delimiter\":\"||\"}}", "", NULL },
		{ "{\"csv\":", "", NULL },
		{ "[1]", "", NULL },
	};
	struct csv_in *c = malloc(sizeof(*c));

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct csv_settings s;
		struct ctx cx;
		struct buf b;
		struct str v;
		enum rc rc;

		ctx_init(&cx, 1 << 20);
		buf_init(&b, 1 << 10);
		rc = csv_settings_read(&cx, str_c(t[i].json), &s);
		CHECKF((rc == RC_OK) == !!t[i].want, "settings %s: %s", t[i].json, cx.err.msg);
		if (rc == RC_OK && t[i].want) {
			csv_open(c, str_c(t[i].text), &s);
			while (csv_next(c))
				for (size_t k = 0; csv_value(c, k, &v); k++) {
					buf_str(&b, v);
					buf_ch(&b, '|');
				}
			CHECK_STR(buf_view(&b), str_c(t[i].want));
			CHECK(!s.header || (c->name_n == 2 && str_eq(c->names[1], S("h2"))));
			csv_close(c);
		}
		CHECK(i != 3 || str_eq(s.exclude_regex, S("/x/")));
		buf_clear(&b);
		ctx_clear(&cx);
	}
	free(c);
}

static void write_rows(struct buf *b, struct csv_out_opts opts, const struct csv_out_row *rows, size_t n)
{
	struct csv_out o;

	buf_reset(b);
	csv_out_init(&o, b, opts);
	csv_out_head(&o);
	for (size_t i = 0; i < n; i++)
		csv_out_row(&o, &rows[i]);
	csv_out_end(&o);
}

static void writing(void)
{
	struct event ev = { .id = 5, .info = S("say \"hi\""), .threat_level_id = 3, .analysis = 2, .distribution = 1, .date = 18262, .timestamp = 1600000001 };
	struct attr a = { .id = 9, .event_id = 5, .type = attr_type_find(S("ip-dst")), .cat = cat_find(S("Network activity")), .to_ids = true,
		.timestamp = 1600000000, .value1 = S("192.0.2.1"), .value2 = S(""), .comment = S(""), .relation = S(""),
		.first_seen_us = SEEN_NONE, .last_seen_us = 0 };
	struct attr f = a;
	struct object ob = { .name = S("file"), .meta_category = S("file") };
	struct org org = { .name = S("ORG") }, orgc = { .name = S("Maker, Inc") };
	struct csv_out_row rows[2] = {
		{ .attr = &a, .event = &ev, .org = &org, .orgc = &orgc, .attribute_tags = S("tlp:green,x"), .event_tags = S("") },
		{ .attr = &f, .event = &ev, .object = &ob, .org = &org, .orgc = &orgc, .attribute_tags = S(""), .event_tags = S("t") },
	};
	const struct str wanted[] = { S("value"), S("timestamp"), S("nonsense"), S("event_id"), S("value"), S("first_seen"), S("last_seen") };
	struct buf b;

	uuid_parse(S("5ac47782-e1b8-40b6-96b4-510102de0b81"), &a.uuid);
	uuid_parse(S("6ac47782-e1b8-40b6-96b4-510102de0b81"), &f.uuid);
	uuid_parse(S("7ac47782-e1b8-40b6-96b4-510102de0b81"), &ob.uuid);
	f.type = attr_type_find(S("filename|md5"));
	f.cat = cat_find(S("Payload delivery"));
	f.value1 = S("a\"b.exe");
	f.value2 = S("0123");
	f.comment = S("123");
	f.relation = S("filename|md5");
	f.to_ids = false;
	buf_init(&b, 1 << 16);
	write_rows(&b, (struct csv_out_opts){ 0 }, rows, 2);
	CHECK_STR(buf_view(&b), S("uuid,event_id,category,type,value,comment,to_ids,date,object_relation,attribute_tag,object_uuid,object_name,object_meta_category\n"
		"\"5ac47782-e1b8-40b6-96b4-510102de0b81\",5,\"Network activity\",\"ip-dst\",\"192.0.2.1\",\"\",1,1600000000,\"\",\"tlp:green,x\",\"\",\"\",\"\"\n"
		"\"6ac47782-e1b8-40b6-96b4-510102de0b81\",5,\"Payload delivery\",\"filename|md5\",\"a\"\"b.exe|0123\",123,0,1600000000,\"filename|md5\",\"\","
		"\"7ac47782-e1b8-40b6-96b4-510102de0b81\",\"file\",\"file\"\n\n"));
	write_rows(&b, (struct csv_out_opts){ 0 }, rows, 0);
	CHECK_STR(buf_view(&b), S("uuid,event_id,category,type,value,comment,to_ids,date,object_relation,attribute_tag,object_uuid,object_name,object_meta_category\n\n"));
	write_rows(&b, (struct csv_out_opts){ .headerless = true, .wanted = wanted, .wanted_n = 7, .context = true }, rows, 1);
	CHECK_STR(buf_view(&b), S("\"192.0.2.1\",1600000000,5,\"\",\"1970-01-01T00:00:00.000000+00:00\",\"say \"\"hi\"\"\",\"ORG\",\"Maker, Inc\",1,\"Low\",2,\"2020-01-01\",\"\",1600000001\n\n"));
	write_rows(&b, (struct csv_out_opts){ .wanted = wanted, .wanted_n = 4 }, rows, 1);
	CHECK_STR(buf_view(&b), S("value,date,event_id\n\"192.0.2.1\",1600000000,5\n\n"));
	buf_clear(&b);
}

int main(void)
{
	records();
	large();
	settings();
	writing();
	return tap_done();
}
