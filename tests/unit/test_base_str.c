/* views, cursors, arena, buf, clock, uuid, map */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/map.h"
#include "base/uuid.h"
#include "unit/tap.h"

#include <stdio.h>

static void numbers(void)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t v;
	} t[] = {
		{ "0", true, 0 }, { "-1", true, -1 }, { "9223372036854775807", true, INT64_MAX }, { "9223372036854775808", false, 0 },
		{ "-9223372036854775808", true, INT64_MIN }, { "", false, 0 }, { "-", false, 0 }, { "1 ", false, 0 }, { "0x1", false, 0 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		int64_t v = 77;
		bool ok = str_i64(str_c(t[i].text), &v);

		CHECKF(ok == t[i].ok && v == (ok ? t[i].v : 77), "number '%s'", t[i].text);
	}
}

static void cursors(void)
{
	struct cur c = cur_of(S("a b\r\nlast"));
	struct str s;
	uint64_t n;

	CHECK(cur_line(&c, &s));
	CHECK_STR(s, S("a b"));
	CHECK(cur_line(&c, &s));
	CHECK_STR(s, S("last"));
	CHECK(!cur_line(&c, &s));
	c = cur_of(S("255.x"));
	CHECK(cur_number(&c, 255, &n) && n == 255 && cur_take(&c, S(".")) && !cur_number(&c, 9, &n));
	c = cur_of(S("256"));
	CHECK(!cur_number(&c, 255, &n));
	CHECK_STR(str_trim(S(" \t x y \n")), S("x y"));
	CHECK_INT(str_find(S("abcabd"), S("abd")), 3);
	CHECK_INT(str_find_nocase(S("abcABD"), S("abd")), 3);
	CHECK(str_find(S("ab"), S("abc")) == STR_NONE);
}

static int cleaned;
static void clean(void *arg)
{
	cleaned += *(int *)arg;
}

static void memory(void)
{
	struct arena *a = arena_new(1 << 20);
	struct arena_mark m;
	int one = 1;
	struct buf b;

	arena_alloc(a, 10);
	m = arena_mark(a);
	arena_cleanup(a, clean, &one);
	for (int i = 0; i < 1000; i++)
		memset(arena_alloc(a, 100), i, 100);
	CHECK_STR(str_fmt(a, "%d-%s", 7, "x"), S("7-x"));
	CHECK(!arena_over(a));
	arena_reset(a, m);
	CHECK_INT(cleaned, 1);
	arena_alloc(a, 2 << 20);
	CHECK(arena_over(a));
	arena_free(a);

	buf_init(&b, 8);
	buf_str(&b, S("12345678"));
	CHECK(buf_ok(&b));
	buf_ch(&b, '9');
	CHECK(!buf_ok(&b));
	CHECK_STR(buf_view(&b), S("12345678"));
	buf_clear(&b);
	buf_init(&b, 100);
	buf_i64(&b, INT64_MIN);
	buf_hex(&b, "\x01\xff", 2);
	CHECK_STR(buf_view(&b), S("-922337203685477580801ff"));
	buf_clear(&b);
}

static void times(void)
{
	static const struct {
		const char *text, *iso;
	} t[] = {
		{ "2020-01-03", "2020-01-03T00:00:00.000000+00:00" },
		{ "2020-01-03T04:05:06.789+02:00", "2020-01-03T02:05:06.789000+00:00" },
		{ "2020-01-03 04:05:06Z", "2020-01-03T04:05:06.000000+00:00" },
		{ "2020-02-29T23:59:59.999999+0000", "2020-02-29T23:59:59.999999+00:00" },
		{ "1969-12-31T23:59:59", "1969-12-31T23:59:59.000000+00:00" },
		{ "@1580000000", "2020-01-26T00:53:20.000000+00:00" },
		{ "1580000000", "2020-01-26T00:53:20.000000+00:00" },
		{ "1580000000000001", "2020-01-26T00:53:20.000001+00:00" },
		{ "2021-02-29", NULL }, { "yesterday", NULL }, { "2020-01-03T25:00", NULL }, { "", NULL }, { "2020-01-03x", NULL },
	};
	char out[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		int64_t us = 0;
		bool ok = clock_parse(str_c(t[i].text), &us, NULL);

		clock_iso(us, out);
		CHECKF(ok == !!t[i].iso && (!ok || !strcmp(out, t[i].iso)), "time '%s' -> %s", t[i].text, ok ? out : "refused");
	}
}

static void uuids(void)
{
	struct uuid u, v;
	char out[UUID_TEXT + 1];
	static const struct uuid dns = { { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 } };

	CHECK(uuid_parse(S("5AC47782-E1B8-40B6-96B4-510102DE0B81"), &u));
	uuid_text(&u, out);
	CHECK_STR(str_c(out), S("5ac47782-e1b8-40b6-96b4-510102de0b81"));
	CHECK(!uuid_parse(S("5ac47782e1b840b696b4510102de0b81"), &u));
	uuid_random(&u);
	uuid_random(&v);
	CHECK(!uuid_eq(&u, &v));
	uuid_fresh(1700000000123456, &u); /* 0x018bcfe5687b ms: those made together sort together, and still are of version 4 */
	uuid_fresh(1700000000123999, &v);
	uuid_text(&u, out);
	CHECK(!uuid_eq(&u, &v) && memcmp(u.b, v.b, 6) == 0 && memcmp(out, "018bcfe5-687b-4", 15) == 0 && (u.b[8] & 0xc0) == 0x80);
	uuid_named(&dns, S("www.example.com"), &u); /* RFC 4122 name space, value computed with another library */
	uuid_text(&u, out);
	CHECK_STR(str_c(out), S("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
}

static void maps(void)
{
	struct map m = { 0 };
	static int v[1000];
	static char keys[1000][8];
	size_t n = 0, i = 0;
	struct str k;
	void *p;

	for (int j = 0; j < 1000; j++) {
		snprintf(keys[j], 8, "k%d", j);
		map_put(&m, str_c(keys[j]), &v[j]);
	}
	CHECK(map_get(&m, S("k999")) == &v[999] && !map_get(&m, S("k1000")) && map_put(&m, S("k1"), &v[2]) == &v[1]);
	while (map_next(&m, &i, &k, &p))
		n++;
	CHECK_INT(n, 1000);
	map_clear(&m);
}

int main(void)
{
	numbers();
	cursors();
	memory();
	times();
	uuids();
	maps();
	return tap_done();
}
