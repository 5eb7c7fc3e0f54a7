/* report_text.c - what is drawn from the text of event reports, and texts that are made: from a page of the web, from the event. */
#include "analyse/report_text.h"

#include "api/analyst.h"
#include "api/api_int.h"
#include "api/event_reports.h"
#include "api/form.h"
#include "export/event_pages.h"
#include "extract/freetext.h"
#include "format/html_text.h"
#include "http/client.h"

enum { PAGE_MAX = 16 << 20, TEXT_MAX = 4 << 20, SUGGESTIONS_MAX = 10000 };

/* ---- what a text says ---- */

static const struct attr_type *type_of(const struct found *f)
{
	const struct freetext_kind *k = freetext_kind(f->type);

	return attr_type_find(k ? str_c(k->default_type) : f->type);
}

static void write_categories(struct jw *w, const struct attr_type *t)
{
	jw_arr(w);
	for (int c = 0; c < CAT_COUNT; c++)
		if (attr_type_in_cat(t, c))
			jw_str(w, cat_name(c));
	jw_arr_end(w);
}

static void write_found(struct jw *w, const struct found *f)
{
	const struct freetext_kind *k = freetext_kind(f->type);
	const struct attr_type *t = type_of(f);

	if (!t)
		return;
	jw_obj(w);
	jw_kstr(w, "value", f->value);
	jw_kstr(w, "original_value", f->original);
	jw_kstr(w, "default_type", t->name);
	jw_key(w, "types");
	jw_arr(w);
	for (size_t i = 0; k && k->types[i]; i++)
		jw_str(w, str_c(k->types[i]));
	if (!k)
		jw_str(w, t->name);
	jw_arr_end(w);
	jw_kbool(w, "to_ids", t->to_ids);
	jw_kstr(w, "default_category", cat_name(t->cat_default));
	jw_key(w, "categories");
	write_categories(w, t);
	jw_obj_end(w);
}

static void write_known(struct jw *w, const struct known_value *k)
{
	jw_key_str(w, k->value);
	jw_obj(w);
	jw_key(w, "attributeUUIDs");
	jw_arr(w);
	for (size_t i = 0; i < k->n; i++) {
		char uu[UUID_TEXT + 1];

		uuid_text(&k->uuids[i], uu);
		jw_str(w, str_n(uu, UUID_TEXT));
	}
	jw_arr_end(w);
	jw_kstr(w, "valueInReport", k->in_report);
	jw_obj_end(w);
}

static void write_named(struct jw *w, const struct named_tag *t)
{
	jw_key_str(w, t->text);
	jw_obj(w);
	jw_key_str(w, t->tag);
	jw_obj(w);
	jw_kid(w, "id", t->id);
	if (t->cluster) {
		jw_kuuid(w, "uuid", &t->uuid);
		jw_kstr(w, "value", t->value);
		jw_kstr(w, "tag_name", t->tag);
	} else {
		jw_kstr(w, "name", t->tag);
	}
	jw_kstr(w, "colour", t->colour);
	jw_obj_end(w);
	jw_obj_end(w);
}

/* members of the open object */
static void write_findings(struct jw *w, const struct report_findings *f)
{
	jw_key(w, "complexTypeToolResult");
	jw_arr(w);
	for (size_t i = 0; i < f->found_n; i++)
		write_found(w, &f->found[i]);
	jw_arr_end(w);
	jw_key(w, "replacementValues");
	jw_obj(w);
	for (size_t i = 0; i < f->known_n; i++)
		write_known(w, &f->known[i]);
	jw_obj_end(w);
	jw_key(w, "replacementContext");
	jw_obj(w);
	for (size_t i = 0; i < f->named_n; i++)
		write_named(w, &f->named[i]);
	jw_obj_end(w);
}

enum rc event_reports_extract(struct req *rq, struct resp *rs)
{
	struct report_findings f;
	struct report r;
	struct event e;
	struct jw w;

	TRY(api_report(rq, &r));
	TRY(event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = r.event_id }, &e));
	TRY(report_read(rq->cx, rq->cx->scope, &e, r.content, &f));
	w = api_json(rq, rs);
	jw_obj(&w);
	write_findings(&w, &f);
	jw_key(&w, "typeToCategoryMapping");
	jw_obj(&w);
	for (size_t i = 0; i < ATTR_TYPE_COUNT; i++) {
		jw_key_str(&w, attr_type_at(i)->name);
		write_categories(&w, attr_type_at(i));
	}
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- suggestions that become attributes ---- */

struct suggestion {
	struct str value, type, category, to_ids;
	struct str original;    /* how it stands in the text */
	struct uuid uuid;       /* of the attribute it became; nil: it could not be one */
};
struct applying {
	struct suggestion *v;
	size_t n, at;
	struct str content;
	bool marked;            /* the text has "@[suggestion](value)"; else the values themselves */
};

static enum rc next_suggestion(void *arg, struct ctx *cx, struct attr_in *in)
{
	struct applying *x = arg;
	const struct suggestion *s;

	(void)cx;
	if (x->at == x->n)
		return RC_DONE;
	s = &x->v[x->at++];
	*in = (struct attr_in){ .value = s->value, .type = s->type, .category = s->category, .to_ids = s->to_ids, .distribution = S("5") };
	return RC_OK;
}

static void became(void *arg, const struct attr *a)
{
	struct applying *x = arg;

	if (x->at)
		x->v[x->at - 1].uuid = a->uuid;
}

/* What became an attribute is named by its mark; of what did not, a suggestion's mark is taken away again. */
static struct str applied(void *arg, struct ctx *cx)
{
	struct applying *x = arg;
	struct text_mark *m = arena_many(cx->mem, x->n + 1, struct text_mark);
	size_t k = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct suggestion *s = &x->v[i];
		char uu[UUID_TEXT + 1];

		if (uuid_is_nil(&s->uuid) && !x->marked)
			continue;
		uuid_text(&s->uuid, uu);
		m[k++] = (struct text_mark){ x->marked ? s->value : s->original,
					     uuid_is_nil(&s->uuid) ? s->value : str_fmt(cx->mem, "@[attribute](%s)", uu) };
	}
	return x->marked ? report_settle(cx->mem, x->content, m, k) : report_replace(cx->mem, x->content, m, k);
}

static enum rc apply(struct req *rq, const struct event *e, const struct report *r, struct applying *x, const struct str *tags, size_t tag_n)
{
	struct save s = SAVE_LOCAL;
	struct report now;
	enum rc rc;

	s.saved = became;
	s.saved_arg = x;
	rc = report_draw(rq->cx, e, r, &(struct report_draw){ next_suggestion, x, &s, applied, tags, tag_n, x->marked }, &now);
	save_clear(&s);
	return rc;
}

enum rc event_reports_extract_all(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct applying x = { 0 };
	struct report_findings f;
	struct text_mark *tags;
	struct report_row *row;
	struct params p;
	struct report r;
	struct event e;
	struct str *names;
	struct jw w;
	size_t n;

	TRY(api_report_to_edit(rq, &r, &e));
	TRY(api_params(rq, &p));
	TRY(report_read(cx, cx->scope, &e, r.content, &f));
	tags = arena_many(cx->mem, f.named_n + 1, struct text_mark);
	names = arena_many(cx->mem, f.named_n + 1, struct str);
	for (size_t i = 0; i < f.named_n; i++) {
		names[i] = f.named[i].tag;
		tags[i] = (struct text_mark){ f.named[i].text, str_fmt(cx->mem, "@[tag](%.*s)", STR(f.named[i].tag)) };
	}
	x.content = report_replace(cx->mem, f.content, tags, f.named_n);
	x.v = arena_zalloc(cx->mem, (f.found_n + 1) * sizeof(*x.v));
	for (size_t i = 0; i < f.found_n; i++) {
		const struct attr_type *t = type_of(&f.found[i]);

		if (t)
			x.v[x.n++] = (struct suggestion){ .value = f.found[i].value, .type = t->name, .original = f.found[i].original };
	}
	api_saving(rq, "Could not applySuggestions EventReport", "/eventReports/extractAllFromReport", true);
	TRY(apply(rq, &e, &r, &x, names, param_bool(&p, "tag_event", false) ? f.named_n : 0));
	TRY(report_rows(cx, cx->scope, &(struct report_filter){ .id = r.id, .deleted = DELETED_ALL, .limit = 1 }, &row, &n));
	if (!n)
		return fail(cx, RC_NOTFOUND, "Invalid report");
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "report");
	TRY(report_row_write(cx, &w, &row[0], false));
	jw_obj_end(&w);
	return RC_OK;
}

/* {"value": {"type": .., "category": .., "to_ids": ..}, ...} */
static void read_mapping(struct jr *r, struct applying *x)
{
	size_t cap = 0;
	struct str key, t;

	if (jr_peek(r) != J_OBJ) { /* [] where there are none */
		jr_skip(r);
		return;
	}
	for (jr_obj(r); jr_member(r, &key);) {
		struct suggestion *s;

		if (x->n == SUGGESTIONS_MAX || jr_peek(r) != J_OBJ) {
			jr_skip(r);
			continue;
		}
		x->v = arena_grow(r->cx->mem, x->v, &cap, x->n, sizeof(*x->v));
		s = &x->v[x->n++];
		*s = (struct suggestion){ .value = str_dup(r->cx->mem, key) };
		for (jr_obj(r); jr_member(r, &key);) {
			struct str *to = str_eq(key, S("type")) ? &s->type : str_eq(key, S("category")) ? &s->category : str_eq(key, S("to_ids")) ? &s->to_ids : NULL;

			if (!to || jr_peek(r) == J_OBJ || jr_peek(r) == J_ARR) {
				jr_skip(r);
				continue;
			}
			t = jr_text_dup(r);
			if (t.p)
				*to = t;
		}
	}
}

static enum rc read_suggestions(struct req *rq, struct applying *x)
{
	struct ctx *cx = rq->cx;
	struct form {
		struct str suggestions;
	} form = { 0 };
	static const struct form_field fields[] = { { "suggestions", offsetof(struct form, suggestions) } };
	struct str key;
	struct jr r;

	TRY(API_FORM(rq, "EventReport", fields, &form));
	if (!form.suggestions.n)
		return fail(cx, RC_INVALID, "`content` and `mapping` key cannot be empty");
	jr_init(&r, cx, form.suggestions, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("content")) && jr_peek(&r) == J_STR)
			x->content = jr_text_dup(&r);
		else if (str_eq(key, S("mapping")))
			read_mapping(&r, x);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	return x->content.n && x->n ? RC_OK : fail(cx, RC_INVALID, "`content` and `mapping` key cannot be empty");
}

enum rc event_reports_replace(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct applying x = { .marked = true };
	struct report_findings f;
	struct report_row *row;
	struct report r;
	struct event e;
	struct jw w;
	size_t n;

	TRY(api_report_to_edit(rq, &r, &e));
	api_saving(rq, "Could not applySuggestions EventReport", "/eventReports/replaceSuggestionInReport", true);
	TRY(read_suggestions(rq, &x));
	TRY(apply(rq, &e, &r, &x, NULL, 0));
	TRY(report_rows(cx, cx->scope, &(struct report_filter){ .id = r.id, .deleted = DELETED_ALL, .limit = 1 }, &row, &n));
	if (!n)
		return fail(cx, RC_NOTFOUND, "Invalid report");
	TRY(report_read(cx, cx->scope, &e, row[0].r.content, &f));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "report");
	TRY(report_row_write(cx, &w, &row[0], false));
	write_findings(&w, &f);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- what the marks of a report may name ---- */

enum rc event_reports_elements(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct event_pages p;
	struct report r;
	struct event e;
	struct tag_use *t;
	char uu[UUID_TEXT + 1];
	size_t n;
	struct jw w;
	enum rc rc;

	TRY(api_report(rq, &r));
	TRY(event_load(cx, cx->scope, &(struct event_key){ .id = r.event_id }, &e));
	TRY(tag_of_events(cx, &e.id, 1, &t, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	for (int objects = 0; objects < 2; objects++) {
		jw_key(&w, objects ? "object" : "attribute");
		jw_obj(&w);
		TRY(event_pages_open(cx, cx->scope, &e, false, &p));
		while ((rc = event_pages_next(cx, &p)) == RC_OK) {
			for (size_t i = 0; !objects && i < p.attr_n; i++) {
				struct attr_extra x;

				event_pages_dress(cx, &p, &p.attrs[i], &x);
				uuid_text(&p.attrs[i].uuid, uu);
				jw_key_str(&w, str_n(uu, UUID_TEXT));
				misp_write_attr(&w, ATTR_IN_EVENT, &p.attrs[i], &x);
			}
			for (size_t i = 0; objects && i < p.object_n; i++) {
				size_t from, k = event_pages_of_object(&p, i, &from);

				uuid_text(&p.objects[i].uuid, uu);
				jw_key_str(&w, str_n(uu, UUID_TEXT));
				misp_write_object_open(&w, &p.objects[i]);
				jw_key(&w, "Attribute");
				jw_arr(&w);
				for (size_t j = 0; j < k; j++)
					misp_write_attr(&w, ATTR_IN_EVENT, &p.attrs[from + j], NULL);
				jw_arr_end(&w);
				misp_write_object_close(&w);
			}
		}
		if (rc != RC_DONE)
			return rc;
		jw_obj_end(&w);
	}
	jw_key(&w, "tagname");
	jw_obj(&w);
	for (size_t i = 0; i < n; i++) {
		if (!t[i].t.exportable)
			continue;
		jw_key_str(&w, t[i].t.name);
		misp_write_tag(&w, &t[i].t, false);
	}
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- texts that are made ---- */

static enum rc add_made(struct req *rq, struct resp *rs, const struct event *e, struct str name, struct str content)
{
	struct report_in in = { .name = name, .content = content, .distribution = S("5") };
	struct report r;

	TRY(report_add(rq->cx, e, &in, &r));
	return report_answer(rq, rs, r.id, false);
}

enum rc event_reports_from_event(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str text;
	struct event e;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	api_saving(rq, "Could not add EventReport", "/eventReports/add", true);
	TRY(report_of_event(cx, cx->scope, &e, &text));
	return add_made(rq, rs, &e, str_fmt(cx->mem, "Event report (%lld)", (long long)ctx_now_s(cx)), text);
}

/* "text/html; charset=..." in two */
static void split_type(struct str type, struct str *name, struct str *charset)
{
	size_t semi = str_chr(type, ';'), at = str_find_nocase(type, S("charset="));

	*name = str_trim(semi == STR_NONE ? type : str_sub(type, 0, semi));
	*charset = S("");
	if (at != STR_NONE) {
		*charset = str_from(type, at + 8);
		semi = str_chr(*charset, ';');
		*charset = str_trim(semi == STR_NONE ? *charset : str_sub(*charset, 0, semi));
		if (charset->n > 1 && charset->p[0] == '"')
			*charset = str_sub(*charset, 1, charset->n - 2);
	}
}

static enum rc fetch_text(struct req *rq, struct str url, struct str *out)
{
	struct ctx *cx = rq->cx;
	const struct api_options *o = api_opts(rq);
	struct http_want want = http_want_default();
	struct http_got got;
	struct str type, charset;

	want.url = url;
	want.size_max = PAGE_MAX;
	want.allow_loopback = o->fetch_loopback;
	want.allow = o->fetch_allow;
	TRY(http_fetch(cx, &want, &got));
	if (got.status != 200)
		return fail(cx, RC_REMOTE, "the page answered with status %d", got.status);
	split_type(got.type, &type, &charset);
	if (str_eq_nocase(type, S("text/html")) || str_eq_nocase(type, S("application/xhtml+xml")))
		return html_to_markdown(cx, got.body, got.url.n ? got.url : url, charset, TEXT_MAX, out);
	if (!str_eq_nocase(type, S("text/plain")) && !str_eq_nocase(type, S("text/markdown")))
		return fail(cx, RC_INVALID, "A page of type '%.*s' cannot be read as text.", STR(utf8_cut(type, 60)));
	if (got.body.n > TEXT_MAX)
		return fail(cx, RC_TOOBIG, "the text of the page is longer than %d bytes", TEXT_MAX);
	*out = utf8_clean(cx->mem, got.body, NULL);
	return RC_OK;
}

enum rc event_reports_from_url(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct form {
		struct str url;
	} form = { 0 };
	static const struct form_field fields[] = { { "url", offsetof(struct form, url) } };
	struct str text;
	struct event e;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	TRY(API_FORM(rq, "EventReport", fields, &form));
	form.url = str_trim(form.url);
	if (!form.url.n)
		return fail(cx, RC_METHOD, "A URL must be provided");
	store_rollback(cx); /* no snapshot is held while waiting for the other side */
	api_saving(rq, "Could not addFromURL EventReport", "/eventReports/addFromURL", true);
	TRY(fetch_text(rq, form.url, &text));
	if (!text.n)
		return fail(cx, RC_INVALID, "No text was found in the page.");
	return add_made(rq, rs, &e, str_fmt(cx->mem, "Report from - %.*s (%lld)", STR(utf8_cut(form.url, 2000)), (long long)ctx_now_s(cx)), text);
}
