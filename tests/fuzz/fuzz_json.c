/* fuzz_json.c - the JSON reader: memory and window agree, it agrees with jansson, and what the writer makes of a document reads back
 * the same. The first byte chooses the window. */
#include <jansson.h>
#include <stdlib.h>

#include "../unit/json_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void copy(struct jr *r, struct jw *w)
{
	enum jkind kind = jr_peek(r);
	struct str s;

	switch (kind) {
	case J_OBJ:
		jw_obj(w);
		for (jr_obj(r); jr_member(r, &s);) {
			jw_key_str(w, s);
			copy(r, w);
		}
		jw_obj_end(w);
		break;
	case J_ARR:
		jw_arr(w);
		for (jr_arr(r); jr_elem(r);)
			copy(r, w);
		jw_arr_end(w);
		break;
	case J_STR:
		jw_str(w, jr_text(r));
		break;
	default:
		jw_raw(w, jr_raw(r));
	}
}

static void round_trip(struct str text, bool pretty, struct buf *want, struct buf *got)
{
	char msg[512];
	struct ctx cx;
	struct buf out;
	struct jr r;
	struct jw w;

	ctx_init(&cx, 0);
	buf_init(&out, SIZE_MAX / 2);
	jr_init(&r, &cx, text, NULL);
	jw_init(&w, &out, pretty);
	copy(&r, &w);
	must(jr_end(&r) == RC_OK);
	must(json_read(buf_view(&out), 0, NULL, got, msg) == RC_OK);
	must(str_eq(buf_view(want), buf_view(got)));
	buf_clear(&out);
	ctx_clear(&cx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char msg[512], msg2[512];
	struct buf a, b;
	struct str text;
	enum rc rc;

	if (size == 0)
		return 0;
	text = str_n((const char *)data + 1, size - 1);
	buf_init(&a, SIZE_MAX / 2);
	buf_init(&b, SIZE_MAX / 2);
	rc = json_read(text, 0, NULL, &a, msg);
	must(json_read(text, (size_t)data[0] + 1, NULL, &b, msg2) == rc);
	must(strcmp(msg, msg2) == 0);
	must(rc != RC_OK || str_eq(buf_view(&a), buf_view(&b)));
	must(!json_against_jansson(text));
	if (rc == RC_OK)
		round_trip(text, data[0] & 1, &a, &b);
	buf_clear(&a);
	buf_clear(&b);
	return 0;
}
