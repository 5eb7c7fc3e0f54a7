/* feed_misp.c - see feed_misp.h. */
#include "format/feed_misp.h"

#include "base/json.h"
#include "base/utf8.h"
#include "format/misp_read_int.h"

static void read_entry(struct elem *e, struct manifest_entry *m)
{
	struct str key, ts;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		if (e->why[0]) {
			jr_skip(e->r);
		} else if (str_eq(key, S("info"))) {
			m->info = elem_text(e, "info");
		} else if (str_eq(key, S("date"))) {
			m->date = elem_text(e, "date");
		} else if (str_eq(key, S("timestamp"))) {
			ts = elem_text(e, "timestamp");
			if (ts.n && (!str_i64(ts, &m->timestamp) || m->timestamp < 0))
				elem_wrong(e, "'timestamp' is not a number of seconds");
		} else if (str_eq(key, S("threat_level_id"))) {
			m->threat_level_id = elem_text(e, "threat_level_id");
		} else if (str_eq(key, S("analysis"))) {
			m->analysis = elem_text(e, "analysis");
		} else if (str_eq(key, S("distribution"))) {
			m->distribution = elem_text(e, "distribution");
		} else if (str_eq(key, S("published"))) {
			m->published = elem_text(e, "published");
		} else if (str_eq(key, S("Orgc"))) {
			elem_org(e, &m->orgc);
		} else if (str_eq(key, S("Tag"))) {
			elem_tags(e, &m->tags, &m->tag_n);
		} else {
			jr_skip(e->r);
		}
	}
}

static enum rc one_entry(struct ctx *cx, struct jr *r, struct str text, struct str key, const struct manifest_sink *sink)
{
	struct manifest_entry m = { 0 };
	struct elem e;

	elem_start(&e, r, cx->mem, text);
	key = str_dup(cx->mem, utf8_cut(key, 100)); /* the reader goes on */
	if (!uuid_parse(key, &m.uuid)) {
		jr_skip(r);
		elem_wrong(&e, "the key is not a UUID");
	} else if (jr_peek(r) != J_OBJ) {
		jr_skip(r);
		elem_wrong(&e, "not an object");
	} else {
		read_entry(&e, &m);
	}
	if (jr_failed(r))
		return RC_OK; /* jr_end has it */
	if (e.why[0])
		return sink->bad ? sink->bad(sink->arg, cx, key, e.why) : RC_OK;
	return sink->event(sink->arg, cx, &m);
}

enum rc feed_manifest_each(struct ctx *cx, struct str text, const struct manifest_sink *sink)
{
	SCOPED(reader_close) struct reader x;
	struct arena_mark mark = arena_mark(cx->mem);
	struct str key;

	text = misp_text_start(text);
	reader_open(&x, cx, text);
	if (jr_peek(&x.r) == J_ARR) {
		for (jr_arr(&x.r); jr_elem(&x.r);)
			jr_fail(&x.r, "a manifest is an object");
		return reader_end(&x, cx);
	}
	for (jr_obj(&x.r); jr_member(&x.r, &key);) {
		enum rc rc;

		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "stopped while reading a manifest");
		rc = one_entry(cx, &x.r, text, key, sink);
		arena_reset(cx->mem, mark);
		TRY(rc);
	}
	return reader_end(&x, cx);
}

/* 32 hex digits */
static bool parse_md5(struct str s, uint8_t out[16])
{
	if (s.n != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		int hi = ch_hex((unsigned char)s.p[2 * i]), lo = ch_hex((unsigned char)s.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

enum rc feed_hashes_each(struct ctx *cx, struct str text,
			 enum rc (*fn)(void *arg, struct ctx *cx, const uint8_t md5[16], const struct uuid *event), void *arg,
			 uint64_t *bad_n, uint64_t *bad_line)
{
	struct cur c = cur_of(misp_text_start(text));
	uint64_t n = 0, first = 0;
	struct str line;

	for (uint64_t number = 1; cur_line(&c, &line); number++) {
		uint8_t md5[16];
		struct uuid event;
		size_t comma;

		line = str_trim(line);
		if (line.n == 0)
			continue;
		comma = str_chr(line, ',');
		if (comma == STR_NONE || !parse_md5(str_sub(line, 0, comma), md5) || !uuid_parse(str_from(line, comma + 1), &event)) {
			first = first ? first : number;
			n++;
			continue;
		}
		if ((number & 0xfff) == 0 && ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "stopped while reading hashes");
		TRY(fn(arg, cx, md5, &event));
	}
	if (bad_n)
		*bad_n = n;
	if (bad_line)
		*bad_line = first;
	return RC_OK;
}
