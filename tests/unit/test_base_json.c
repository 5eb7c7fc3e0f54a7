/* the JSON reader, from memory and through windows of many sizes, and the writer */
#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <sys/resource.h>
#include <time.h>

#include "unit/json_cases.h"
#include "unit/json_walk.h"
#include "unit/tap.h"

static const size_t windows[] = { 1, 2, 3, 7, 16, 4096 };
#define WINDOWS (sizeof(windows) / sizeof(*windows))

static void verdicts(void)
{
	struct buf want, got;
	char msg[512], msg2[512];

	buf_init(&want, 1 << 20);
	buf_init(&got, 1 << 20);
	for (size_t i = 0; i < JSON_CASES; i++) {
		const struct json_case *c = &json_cases[i];
		enum rc rc = json_read(c->text, 0, NULL, &want, msg);
		bool same = true;

		CHECKF(rc == (c->ok ? RC_OK : RC_BAD), "case %zu %s: %s", i, c->ok ? "accepted" : "refused", msg);
		for (size_t k = 0; k < WINDOWS; k++)
			same = same && json_read(c->text, windows[k], NULL, &got, msg2) == rc && strcmp(msg, msg2) == 0 &&
				str_eq(buf_view(&want), buf_view(&got));
		CHECKF(same, "case %zu the same through windows", i);
	}
	buf_clear(&want);
	buf_clear(&got);
}

static void messages(void)
{
	static const struct {
		const char *text, *msg;
	} t[] = {
		{ "", "JSON line 1 column 1 (byte 0): expected a value, found the end of the text" },
		{ "{\n  \"a\": 1,\n  \"b\" 2\n}", "JSON line 3 column 7 (byte 18): expected ':', found '2'" },
		{ "[1,\n2,\n]", "JSON line 3 column 1 (byte 7): expected a value, found ']'" },
		{ "{\"a\":1,}", "JSON line 1 column 8 (byte 7): expected a key, found '}'" },
		{ "{1", "JSON line 1 column 2 (byte 1): expected a key or '}', found '1'" },
		{ "[1 2]", "JSON line 1 column 4 (byte 3): expected ',' or ']', found '2'" },
		{ "{\"a\":1 \x01", "JSON line 1 column 8 (byte 7): expected ',' or '}', found byte 0x01" },
		{ "[\"\xC3\xA9\xD0\xB6\", x]", "JSON line 1 column 8 (byte 9): expected a value, found 'x'" },
		{ "\n\n[\"a\tb\"]", "JSON line 3 column 4 (byte 5): control character 0x09 in a text" },
		{ "\"ab\xFF\"", "JSON line 1 column 4 (byte 3): byte 0xff is not UTF-8" },
		{ "\"abc", "JSON line 1 column 5 (byte 4): expected the closing '\"', found the end of the text" },
		{ "[\"\\q\"]", "JSON line 1 column 3 (byte 2): not an escape" },
		{ "[\"\\u12x4\"]", "JSON line 1 column 3 (byte 2): expected four hex digits behind '\\u'" },
		{ "[\"ab\\ud800\"]", "JSON line 1 column 5 (byte 4): half of a surrogate pair" },
		{ "[01]", "JSON line 1 column 2 (byte 1): number with a leading zero" },
		{ "[-]", "JSON line 1 column 3 (byte 2): expected a digit in a number" },
		{ "[1.]", "JSON line 1 column 4 (byte 3): expected a digit behind the decimal point" },
		{ "[1e+]", "JSON line 1 column 5 (byte 4): expected a digit in the exponent" },
		{ "[1x]", "JSON line 1 column 3 (byte 2): malformed number" },
		{ "[nil]", "JSON line 1 column 2 (byte 1): expected a value, found an unknown word" },
		{ "{\"a\":1,\n\"a\":2}", "JSON line 2 column 4 (byte 11): key \"a\" stands twice in one object" },
		{ "{\"a\\n\":1,\"a\\n\":1}", "JSON line 1 column 15 (byte 14): key \"a?\" stands twice in one object" },
		{ "{} {}", "JSON line 1 column 4 (byte 3): expected the end of the text, found '{'" },
		{ "\xEF\xBB\xBF{}", "JSON line 1 column 1 (byte 0): expected a value, found a byte order mark" },
	};
	struct buf out;
	char msg[512];

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		json_read(str_c(t[i].text), 0, NULL, &out, msg);
		CHECK_STR(str_c(msg), str_c(t[i].msg));
		for (size_t k = 0; k < WINDOWS; k++) {
			json_read(str_c(t[i].text), windows[k], NULL, &out, msg);
			CHECK_STR(str_c(msg), str_c(t[i].msg));
		}
	}
	buf_clear(&out);
}

static bool refused(struct str text, size_t window, const struct jr_limits *l, const char *why)
{
	struct buf out;
	char msg[512];
	enum rc rc;

	buf_init(&out, SIZE_MAX / 2);
	rc = json_read(text, window, l, &out, msg);
	buf_clear(&out);
	return why ? rc == RC_BAD && strstr(msg, why) : rc == RC_OK;
}

static void limits(void)
{
	struct jr_limits l = { .string_max = 10, .keys_max = 3 };
	char deep[2048];

	for (size_t w = 0; w < 20; w++) {
		CHECK(refused(S("[\"0123456789\",1234567890,{\"0123456789\":1}]"), w, &l, NULL));
		CHECK(refused(S("[\"0123456789a\"]"), w, &l, "longer than 10"));
		CHECK(refused(S("[\"\\n1\\t3456789a\"]"), w, &l, "longer than 10"));
		CHECK(refused(S("[\"\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\"]"), w, &l, NULL));
		CHECK(refused(S("[\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"]"), w, &l, "longer than 10"));
		CHECK(refused(S("{\"0123456789a\":1}"), w, &l, "longer than 10"));
		CHECK(refused(S("[12345678901]"), w, &l, "longer than 10"));
		CHECK(refused(S("[{\"a\":1,\"b\":{\"c\":1}},{\"a\":1,\"b\":{\"c\":1}}]"), w, &l, NULL));
		CHECK(refused(S("{\"a\":1,\"b\":{\"c\":1,\"d\":1}}"), w, &l, "more than 3 keys"));
	}
	for (unsigned max = 0; max <= 600; max += 60) {
		unsigned real = max == 0 ? 64 : max > 512 ? 512 : max;

		l = (struct jr_limits){ .depth_max = max };
		memset(deep, '[', real);
		memset(deep + real, ']', real);
		CHECK(refused(str_n(deep, 2 * (size_t)real), 0, &l, NULL));
		CHECK(refused(str_n(deep, 2 * (size_t)real), 3, &l, NULL));
		memset(deep, '[', real + 1);
		CHECK(refused(str_n(deep, real + 1), 0, &l, "nested deeper than"));
	}
}

/* jr_skip and a value left alone check as much as reading does. */
static void skipping(void)
{
	size_t bad = 0;

	for (size_t i = 0; i < JSON_CASES; i++)
		for (size_t w = 0; w < 4; w++) {
			struct json_feed feed = { json_cases[i].text, w };
			struct ctx cx;
			struct jr r;

			ctx_init(&cx, 0);
			if (w)
				jr_init_fill(&r, &cx, json_feed_fill, &feed, &(struct jr_limits){ .window = w });
			else
				jr_init(&r, &cx, json_cases[i].text, NULL);
			if (i & 1) {
				jr_skip(&r);
			} else {
				struct str key;

				if (jr_peek(&r) == J_OBJ)
					for (jr_obj(&r); jr_member(&r, &key);)
						;
				else if (jr_peek(&r) == J_ARR)
					for (jr_arr(&r); jr_elem(&r);)
						;
				else
					jr_skip(&r);
			}
			bad += (jr_end(&r) == RC_OK) != json_cases[i].ok;
			ctx_clear(&cx);
		}
	CHECK_INT(bad, 0);
}

static void scalars(void)
{
	static const struct {
		const char *text;
		int64_t i; /* with default -7 */
		bool yes, no; /* jr_bool with default true, false */
	} t[] = {
		{ "1", 1, true, true }, { "0", 0, false, false }, { "\"1\"", 1, true, true }, { "\"0\"", 0, false, false }, { "\"\"", -7, false, false },
		{ "true", -7, true, true }, { "false", -7, false, false }, { "\"true\"", -7, true, true }, { "\"false\"", -7, false, false },
		{ "null", -7, true, false }, { "[1,[2]]", -7, true, false }, { "{\"a\":{}}", -7, true, false }, { "\"1700000000\"", 1700000000, true, false },
		{ "-5", -5, true, false }, { "1.5", -7, true, false }, { "9223372036854775808", -7, true, false }, { "\"x\"", -7, true, false }, { "\"\\u0031\"", 1, true, true },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct ctx cx;
		struct jr r;
		char text[200];

		snprintf(text, sizeof(text), "[%s,%s,%s,42]", t[i].text, t[i].text, t[i].text);
		ctx_init(&cx, 0);
		jr_init(&r, &cx, str_c(text), NULL);
		jr_arr(&r);
		CHECK(jr_elem(&r));
		CHECK_INT(jr_int(&r, -7), t[i].i);
		CHECK(jr_elem(&r));
		CHECK(jr_bool(&r, true) == t[i].yes);
		CHECK(jr_elem(&r));
		CHECK(jr_bool(&r, false) == t[i].no);
		CHECK(jr_elem(&r));
		CHECK_INT(jr_int(&r, 0), 42);
		CHECK(!jr_elem(&r));
		CHECK(jr_peek(&r) == J_NONE);
		CHECK(jr_end(&r) == RC_OK);
		ctx_clear(&cx);
	}
}

static void texts(void)
{
	struct str text = S("{\"a\":\"plain\",\"b\":\"es\\u0000c\",\"c\":null,\"d\":-1.50,\"e\":true,\"f\":\"\",\"g\": [1, {\"x\":2}] }"), key, keep[4], s;
	struct json_feed feed = { text, 3 };
	struct ctx cx;
	struct jr r;

	ctx_init(&cx, 0);
	jr_init(&r, &cx, text, NULL);
	jr_obj(&r);
	CHECK(jr_member(&r, &key));
	CHECK(key.p == text.p + 2);
	keep[0] = jr_text_dup(&r);
	CHECK(keep[0].p == text.p + 6 && keep[0].n == 5); /* no copy */
	CHECK(jr_member(&r, &key));
	keep[1] = jr_text_dup(&r);
	CHECK(jr_member(&r, &key));
	s = jr_text_dup(&r);
	CHECK(!s.p && s.n == 0);
	CHECK(jr_member(&r, &key));
	keep[2] = jr_text_dup(&r);
	CHECK(jr_member(&r, &key));
	keep[3] = jr_text_dup(&r);
	CHECK(jr_member(&r, &key));
	s = jr_text(&r);
	CHECK(s.p && s.n == 0);
	CHECK(jr_member(&r, &key));
	CHECK_STR(jr_raw(&r), S("[1, {\"x\":2}]"));
	CHECK_INT(jr_offset(&r), text.n - 2);
	CHECK(!jr_member(&r, &key));
	CHECK(jr_end(&r) == RC_OK);
	CHECK_STR(keep[1], S("es\0c"));
	CHECK_STR(keep[2], S("-1.50"));
	CHECK_STR(keep[3], S("true"));

	jr_init_fill(&r, &cx, json_feed_fill, &feed, &(struct jr_limits){ .window = 2 });
	for (jr_obj(&r); jr_member(&r, &key);)
		if (str_eq(key, S("a")))
			keep[0] = jr_text_dup(&r);
		else if (str_eq(key, S("d")))
			keep[2] = jr_text_dup(&r);
	CHECK(jr_end(&r) == RC_OK);
	CHECK_STR(keep[0], S("plain"));
	CHECK_STR(keep[2], S("-1.50"));

	jr_init(&r, &cx, S("{\"a\":[1]}"), NULL); /* what the caller wants and the text does not have */
	jr_obj(&r);
	CHECK(jr_member(&r, &key));
	s = jr_text(&r);
	CHECK(!s.p && jr_failed(&r));
	CHECK(!jr_member(&r, &key));
	CHECK(jr_peek(&r) == J_NONE && jr_int(&r, 3) == 3);
	CHECK(jr_end(&r) == RC_BAD);
	CHECK_STR(str_c(cx.err.msg), S("JSON line 1 column 6 (byte 5): expected a text, a number or a word, found '['"));
	ctx_forgive(&cx);
	jr_init(&r, &cx, S("[1]"), NULL);
	for (jr_obj(&r); jr_member(&r, &key);)
		;
	CHECK(jr_end(&r) == RC_BAD);
	CHECK_STR(str_c(cx.err.msg), S("JSON line 1 column 1 (byte 0): expected an object, found '['"));
	ctx_forgive(&cx);
	jr_init(&r, &cx, S("[1,\n 2]"), NULL);
	jr_arr(&r);
	CHECK(jr_elem(&r) && jr_int(&r, 0) == 1 && jr_elem(&r) && jr_peek(&r) == J_NUM);
	jr_fail(&r, "expected a text");
	CHECK(jr_end(&r) == RC_BAD);
	CHECK_STR(str_c(cx.err.msg), S("JSON line 2 column 2 (byte 5): expected a text"));
	ctx_clear(&cx);
}

static ssize_t broken(void *arg, char *dst, size_t cap)
{
	int *calls = arg;

	if (++*calls > 1) {
		errno = EIO;
		return -1;
	}
	dst[0] = '[';
	return 1;
}

static void streams(void)
{
	static const struct {
		const char *text;
		int n;
		bool ok;
	} t[] = {
		{ "", 0, true }, { " \n", 0, true }, { "{}\n{\"a\":1}\n[2]\n", 3, true }, { "1 2\n\n3", 3, true }, { "{}{}", 1, false }, { "1\n,2", 1, false },
		{ "{\"a\":1}\n{\"a\":1}", 2, true }, { "[]\n[", 1, false }, { "\"a\"\"b\"", 1, false },
	};
	int calls = 0;
	struct ctx cx;
	struct jr r;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		for (size_t w = 0; w < 4; w++) {
			struct json_feed feed = { str_c(t[i].text), w };
			int n = 0;

			ctx_init(&cx, 0);
			if (w)
				jr_init_fill(&r, &cx, json_feed_fill, &feed, &(struct jr_limits){ .window = w });
			else
				jr_init(&r, &cx, str_c(t[i].text), NULL);
			while (jr_more(&r)) {
				jr_skip(&r);
				n += !jr_failed(&r);
			}
			CHECKF((jr_end(&r) == RC_OK) == t[i].ok && n == t[i].n, "stream %zu, window %zu: %d values", i, w, n);
			ctx_clear(&cx);
		}
	ctx_init(&cx, 0);
	jr_init_fill(&r, &cx, broken, &calls, NULL);
	jr_skip(&r);
	CHECK(jr_end(&r) == RC_IO);
	CHECK_INT(calls, 2);
	CHECK(strstr(cx.err.msg, "reading JSON at byte 1: "));
	ctx_clear(&cx);
}

/* A document made while it is read: members of one object, or elements, or one long run of white space. */
struct made {
	uint64_t i, n;
	char kind;
	bool again; /* the first key once more at the end */
	char piece[100];
	struct str rest;
};

static void made_piece(struct made *m)
{
	unsigned long long i = m->i++;
	const char *comma = i > 1 ? "," : "";
	int n;

	if (i == 0)
		n = snprintf(m->piece, sizeof(m->piece), "%c", m->kind == '{' ? '{' : '[');
	else if (i > m->n)
		n = snprintf(m->piece, sizeof(m->piece), "%s%c", m->again ? ",\"key 1\":1" : "", m->kind == '{' ? '}' : ']');
	else if (m->kind == '{')
		n = snprintf(m->piece, sizeof(m->piece), "%s\"key %llu\":%llu", comma, i, i);
	else if (m->kind == '[')
		n = snprintf(m->piece, sizeof(m->piece), "%s\n{\"id\":\"%llu\",\"v\":\"a\\u00e9 text\"}", comma, i);
	else
		n = snprintf(m->piece, sizeof(m->piece), "%*s", (int)sizeof(m->piece) - 1, "");
	m->rest = str_n(m->piece, (size_t)n);
}

static ssize_t made_fill(void *arg, char *dst, size_t cap)
{
	struct made *m = arg;
	size_t n = 0;

	while (n < cap && (m->rest.n || m->i <= m->n + 1)) {
		struct str s;

		if (m->rest.n == 0)
			made_piece(m);
		s = str_sub(m->rest, 0, cap - n);
		memcpy(dst + n, s.p, s.n);
		n += s.n;
		m->rest = str_from(m->rest, s.n);
	}
	return (ssize_t)n;
}

static long peak_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void large(void)
{
	struct made docs[] = {
		{ .kind = '[', .n = 1000000 }, { .kind = ' ', .n = 1000000 }, { .kind = '{', .n = 1000000 }, { .kind = '{', .n = 1000000, .again = true },
	};

	for (size_t i = 0; i < sizeof(docs) / sizeof(*docs); i++) {
		long kb = peak_kb();
		clock_t t = clock();
		struct ctx cx;
		struct jr r;
		enum rc rc;

		ctx_init(&cx, 0);
		jr_init_fill(&r, &cx, made_fill, &docs[i], NULL);
		jr_skip(&r);
		rc = jr_end(&r);
		CHECKF(rc == (docs[i].again ? RC_BAD : RC_OK), "large document %zu: %s", i, cx.err.msg);
		CHECKF(clock() - t < 20 * CLOCKS_PER_SEC, "large document %zu in %.2f s", i, (double)(clock() - t) / CLOCKS_PER_SEC);
#ifndef __SANITIZE_ADDRESS__
		if (docs[i].kind != '{')
			CHECKF(peak_kb() - kb < 4096, "large document %zu in flat memory", i);
#else
		(void)kb;
#endif
		ctx_clear(&cx);
	}
}

static void sample(struct jw *w)
{
	jw_obj(w);
	jw_kstr(w, "text", S("a\"b\\c/d\b\f\n\r\t\x01\x1f\x7f \xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8\0."));
	jw_kint(w, "int", INT64_MIN);
	jw_kid(w, "id", 17);
	jw_kbool(w, "yes", true);
	jw_knull(w, "no");
	jw_key(w, "empty");
	jw_arr(w);
	jw_arr_end(w);
	jw_key(w, "none");
	jw_obj(w);
	jw_obj_end(w);
	jw_key_str(w, S("k\"\n"));
	jw_arr(w);
	jw_int(w, 1);
	jw_obj(w);
	jw_key(w, "d");
	jw_double(w, 0.1);
	jw_obj_end(w);
	jw_strs(w, S("a\n"), S("b"));
	jw_raw(w, S("[2, 3]"));
	jw_bool(w, false);
	jw_arr_end(w);
	jw_obj_end(w);
}

static void writing(void)
{
	static const char compact[] =
		"{\"text\":\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8\\u0000.\",\"int\":-9223372036854775808,\"id\":\"17\","
		"\"yes\":true,\"no\":null,\"empty\":[],\"none\":{},\"k\\\"\\n\":[1,{\"d\":0.1},\"a\\nb\",[2, 3],false]}";
	static const char pretty[] =
		"{\n    \"text\": \"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8\\u0000.\",\n    \"int\": -9223372036854775808,\n"
		"    \"id\": \"17\",\n    \"yes\": true,\n    \"no\": null,\n    \"empty\": [],\n    \"none\": {},\n    \"k\\\"\\n\": [\n        1,\n        {\n"
		"            \"d\": 0.1\n        },\n        \"a\\nb\",\n        [2, 3],\n        false\n    ]\n}";
	static const struct {
		double v;
		const char *text;
	} doubles[] = {
		{ 0, "0" }, { -1.5, "-1.5" }, { 0.1, "0.1" }, { 1e100, "1e+100" }, { 1.0 / 3, "0.3333333333333333" }, { 5e-324, "4.94065645841247e-324" }, { 0.1 + 0.2, "0.30000000000000004" },
	};
	struct buf b;
	struct jw w;

	buf_init(&b, 1 << 20);
	jw_init(&w, &b, false);
	sample(&w);
	CHECK_STR(buf_view(&b), str_c(compact));
	buf_reset(&b);
	jw_init(&w, &b, true);
	sample(&w);
	CHECK_STR(buf_view(&b), str_c(pretty));
	for (size_t i = 0; i < sizeof(doubles) / sizeof(*doubles); i++) {
		buf_reset(&b);
		jw_init(&w, &b, false);
		jw_double(&w, doubles[i].v);
		CHECK_STR(buf_view(&b), str_c(doubles[i].text));
	}
	buf_reset(&b);
	jw_init(&w, &b, false);
	jw_str(&w, S("ok \xFF\xE2\x82 \xED\xA0\x80 0123456789abcdef\xC3"));
	CHECK_STR(buf_view(&b), S("\"ok \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD 0123456789abcdef\xEF\xBF\xBD\""));
	buf_reset(&b);
	jw_init(&w, &b, true);
	jw_str(&w, (struct str){ 0 });
	CHECK_STR(buf_view(&b), S("\"\""));
	buf_clear(&b);
	buf_init(&b, sizeof(compact) - 1); /* what fits exactly fits */
	jw_init(&w, &b, false);
	sample(&w);
	CHECK(buf_ok(&b));
	buf_clear(&b);
	buf_init(&b, sizeof(compact) - 2);
	jw_init(&w, &b, false);
	sample(&w);
	CHECK(!buf_ok(&b));
	buf_clear(&b);
	buf_init(&b, 1 << 20);
	jw_init(&w, &b, false);
	for (int i = 0; i < 64; i++)
		if (i & 1) {
			jw_key(&w, "k");
			jw_arr(&w);
		} else {
			jw_obj(&w);
		}
	for (int i = 63; i >= 0; i--)
		if (i & 1)
			jw_arr_end(&w);
		else
			jw_obj_end(&w);
	CHECK(refused(buf_view(&b), 0, NULL, NULL));
	buf_clear(&b);
}

/* Each byte at each place of texts around the sizes of a vector, written and read back through both modes. */
static void round_trips(void)
{
	size_t bad = 0;
	struct buf b, out, again;
	char msg[512], t[40];

	buf_init(&b, 1 << 20);
	buf_init(&out, 1 << 20);
	buf_init(&again, 1 << 20);
	for (size_t n = 1; n <= sizeof(t); n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c < 0x80; c++) {
				struct jw w;

				memset(t, 'x', sizeof(t));
				t[at] = (char)c;
				buf_reset(&b);
				jw_init(&w, &b, false);
				jw_str(&w, str_n(t, n));
				bad += json_read(buf_view(&b), 0, NULL, &out, msg) != RC_OK;
				buf_reset(&again);
				buf_fmt(&again, "%d,%zu:", (int)J_STR, n);
				buf_mem(&again, t, n);
				bad += !str_eq(buf_view(&out), buf_view(&again));
				if (n % 8 == 1) {
					bad += json_read(buf_view(&b), 5, NULL, &out, msg) != RC_OK;
					bad += !str_eq(buf_view(&out), buf_view(&again));
				}
			}
	CHECK_INT(bad, 0);
	buf_clear(&b);
	buf_clear(&out);
	buf_clear(&again);
}

int main(void)
{
	large(); /* first: it looks at the peak of memory */
	verdicts();
	messages();
	limits();
	skipping();
	scalars();
	texts();
	streams();
	writing();
	round_trips();
	return tap_done();
}
