/* misp_json.c - walks documents of MISP's JSON event format, what stands in them is read by misp_elem.c; see misp_json.h.
 *
 * An event counts as wrapped when its first member is "Event" with an object. When another member comes first, the members
 * are looked through until "Event" or a member that only a bare event has; siblings of a wrapped event are skipped.
 */
#include "format/misp_json.h"

#include "format/misp_read_int.h"

/* ---- the reader with memory of its own ---- */

void reader_open(struct reader *x, struct ctx *cx, struct str text)
{
	static const struct jr_limits limits = { .depth_max = 64, .string_max = MISP_STRING_MAX };

	x->cx = *cx;
	x->cx.mem = arena_new(0);
	x->cx.err = (struct err){ 0 };
	jr_init(&x->r, &x->cx, text, &limits);
}

enum rc reader_end(struct reader *x, struct ctx *cx)
{
	enum rc rc = jr_end(&x->r);

	if (rc != RC_OK && cx->err.rc == RC_OK)
		cx->err = x->cx.err;
	return rc;
}

void reader_close(struct reader *x)
{
	arena_free(x->cx.mem);
	x->cx.mem = NULL;
}

struct str misp_text_start(struct str text)
{
	if (text.n == 0)
		return S("");
	return str_starts(text, S("\xef\xbb\xbf")) ? str_from(text, 3) : text;
}

/* Is the event object in text wrapped in {"Event": ...}? Looks no further than needed to know. */
static bool is_wrapped(struct ctx *cx, struct str text)
{
	SCOPED(reader_close) struct reader x;
	bool wrapped = false;
	struct str key;

	reader_open(&x, cx, text);
	if (jr_peek(&x.r) != J_OBJ)
		return false;
	for (jr_obj(&x.r); jr_member(&x.r, &key);) {
		if (str_eq(key, S("Event")) && jr_peek(&x.r) == J_OBJ) {
			wrapped = true;
			break;
		}
		if (elem_event_text(key))
			break;
		jr_skip(&x.r);
	}
	return wrapped;
}

/* Steps into the event: true with the reader before the event's object. Call again until false, so that what follows is checked. */
static bool enter_event(struct jr *r, bool wrapped, int *state)
{
	struct str key;

	if (!wrapped)
		return (*state)++ == 0;
	if ((*state)++ == 0)
		jr_obj(r);
	while (jr_member(r, &key)) {
		if (str_eq(key, S("Event")) && jr_peek(r) == J_OBJ)
			return true;
		jr_skip(r);
	}
	return false;
}

struct one_event {
	struct str text;
	size_t n;
};

static enum rc one_event(void *arg, struct ctx *cx, struct str text)
{
	struct one_event *o = arg;

	o->text = text;
	if (++o->n > 1)
		return fail(cx, RC_BAD, "expected one event, found several");
	return RC_OK;
}

/* Does the text hold a list of events: [...] or {"response": ...}? */
static bool is_list(struct ctx *cx, struct str text, bool *response)
{
	SCOPED(reader_close) struct reader x;
	enum jkind kind;
	struct str key;

	reader_open(&x, cx, text);
	kind = jr_peek(&x.r);
	*response = false;
	if (kind == J_OBJ) {
		jr_obj(&x.r);
		*response = jr_member(&x.r, &key) && str_eq(key, S("response")) &&
			    (jr_peek(&x.r) == J_ARR || jr_peek(&x.r) == J_OBJ);
	}
	return kind == J_ARR || *response;
}

static enum rc event_text(struct ctx *cx, struct str text, struct str *out)
{
	struct one_event one = { 0 };
	bool response;

	text = misp_text_start(text);
	if (!is_list(cx, text, &response)) {
		*out = text;
		return RC_OK;
	}
	TRY(misp_events_each(cx, text, one_event, &one));
	if (one.n == 0)
		return fail(cx, RC_BAD, "expected one event, found an empty list");
	*out = one.text;
	return RC_OK;
}

enum rc misp_events_each(struct ctx *cx, struct str text, enum rc (*fn)(void *arg, struct ctx *cx, struct str event_text), void *arg)
{
	SCOPED(reader_close) struct reader x;
	bool response, list;
	struct str key;

	text = misp_text_start(text);
	list = is_list(cx, text, &response);
	reader_open(&x, cx, text);
	if (!list) {
		struct str one = jr_raw(&x.r);

		TRY(reader_end(&x, cx));
		return fn(arg, cx, one);
	}
	if (response) {
		jr_obj(&x.r);
		if (!jr_member(&x.r, &key))
			return reader_end(&x, cx);
	}
	if (jr_peek(&x.r) == J_OBJ) {
		struct str one = jr_raw(&x.r);

		if (!jr_failed(&x.r))
			TRY(fn(arg, cx, one));
	} else {
		for (jr_arr(&x.r); jr_elem(&x.r);) {
			struct str one = jr_raw(&x.r);

			if (!jr_failed(&x.r))
				TRY(fn(arg, cx, one));
		}
	}
	while (response && jr_member(&x.r, &key))
		jr_skip(&x.r);
	return reader_end(&x, cx);
}

enum rc misp_event_head(struct ctx *cx, struct str text, struct event_in *out)
{
	SCOPED(reader_close) struct reader x;
	struct event_in head = { 0 };
	struct elem e;
	bool wrapped;
	int state = 0;

	x.cx.mem = NULL;
	TRY(event_text(cx, text, &text));
	wrapped = is_wrapped(cx, text);
	reader_open(&x, cx, text);
	elem_start(&e, &x.r, cx->mem, text);
	while (enter_event(&x.r, wrapped, &state)) {
		if (jr_peek(&x.r) != J_OBJ)
			jr_fail(&x.r, "expected an event object");
		else
			elem_event_head(&e, &head);
	}
	TRY(reader_end(&x, cx));
	if (e.why[0])
		return fail(cx, RC_BAD, "event: %s", e.why);
	*out = head;
	return RC_OK;
}

/* ---- elements of an event ---- */

struct pass {
	struct ctx *cx;
	struct jr *r;
	struct str text;
	const struct misp_sink *sink;
};

static enum rc report_bad(struct pass *p, const char *what, size_t position, const char *why)
{
	if (!p->sink->bad)
		return fail(p->cx, RC_BAD, "%s %zu: %s", what, position, why);
	return p->sink->bad(p->sink->arg, p->cx, what, position, why);
}

static enum rc one_attr(struct pass *p, size_t position)
{
	struct attr_in in;
	struct elem e;

	elem_start(&e, p->r, p->cx->mem, p->text);
	elem_attr(&e, &in);
	in.position = position;
	if (jr_failed(p->r))
		return RC_OK; /* jr_end has it */
	if (e.why[0])
		return report_bad(p, "Attribute", position, e.why);
	return p->sink->attr(p->sink->arg, p->cx, &in);
}

static enum rc one_object(struct pass *p, size_t position)
{
	struct object_in in;
	struct elem e;

	elem_start(&e, p->r, p->cx->mem, p->text);
	elem_object(&e, &in);
	in.position = position;
	if (jr_failed(p->r))
		return RC_OK;
	if (e.why[0])
		return report_bad(p, "Object", position, e.why);
	return p->sink->object(p->sink->arg, p->cx, &in);
}

static enum rc element_list(struct pass *p, const char *what, enum rc (*one)(struct pass *, size_t))
{
	struct arena_mark m = arena_mark(p->cx->mem);
	size_t position = 0;
	enum rc rc;

	switch (jr_peek(p->r)) {
	case J_OBJ:
		rc = one(p, 0);
		arena_reset(p->cx->mem, m);
		return rc;
	case J_ARR:
		break;
	case J_NULL:
		jr_skip(p->r);
		return RC_OK;
	default:
		jr_skip(p->r);
		return jr_failed(p->r) ? RC_OK : report_bad(p, what, 0, "not a list");
	}
	for (jr_arr(p->r); jr_elem(p->r); position++) {
		if (ctx_stopping(p->cx))
			return fail(p->cx, RC_STOPPED, "stopped while reading an event");
		rc = one(p, position);
		arena_reset(p->cx->mem, m);
		TRY(rc);
	}
	return RC_OK;
}

enum rc misp_event_elements(struct ctx *cx, struct str text, const struct misp_sink *sink)
{
	SCOPED(reader_close) struct reader x;
	struct pass p = { .cx = cx, .r = &x.r, .sink = sink };
	bool wrapped;
	int state = 0;
	struct str key;

	x.cx.mem = NULL;
	TRY(event_text(cx, text, &text));
	wrapped = is_wrapped(cx, text);
	reader_open(&x, cx, text);
	p.text = text;
	while (enter_event(&x.r, wrapped, &state)) {
		for (jr_obj(&x.r); jr_member(&x.r, &key);) {
			if (str_eq(key, S("Attribute")))
				TRY(element_list(&p, "Attribute", one_attr));
			else if (str_eq(key, S("Object")))
				TRY(element_list(&p, "Object", one_object));
			else
				jr_skip(&x.r);
		}
	}
	return reader_end(&x, cx);
}
