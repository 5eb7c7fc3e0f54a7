/* downloads.c - the export paths that came before restSearch, for scripts that still call them: a path's pieces become parameters of a search. */
#include "api/downloads.h"

#include "api/api_int.h"

/* pieces of a path in their order; "null", "false" and "0" stand for nothing, "a&&b" for a list, "!x" for not */
static void add_pieces(struct req *rq, const char *const *names, size_t first, struct params *p)
{
	struct ctx *cx = rq->cx;
	struct param *v = arena_many(cx->mem, p->n + 16, struct param);

	if (p->n)
		memcpy(v, p->v, p->n * sizeof(*v));
	p->v = v;
	for (size_t i = 0; names[i]; i++) {
		struct str s = req_var(rq, first + i), one;
		struct param *x = &v[p->n];
		size_t at;

		if (!s.n || str_eq(s, S("null")) || str_eq(s, S("false")) || str_eq(s, S("0")) || str_eq(s, S("all")) || param_get(p, names[i]))
			continue;
		*x = (struct param){ .key = str_c(names[i]), .v = arena_many(cx->mem, s.n + 1, struct str) };
		x->c.any.v = arena_many(cx->mem, s.n + 1, struct str);
		x->c.none.v = arena_many(cx->mem, s.n + 1, struct str);
		for (bool more = true; more;) {
			at = str_find(s, S("&&"));
			more = at != STR_NONE;
			one = more ? str_n(s.p, at) : s;
			s = more ? str_from(s, at + 2) : s;
			x->v[x->n++] = one;
			if (one.n && one.p[0] == '!')
				x->c.none.v[x->c.none.n++] = str_from(one, 1);
			else
				x->c.any.v[x->c.any.n++] = one;
		}
		x->is_list = x->n > 1;
		p->n++;
	}
}

/* a parameter that the path implies, unless it was sent */
static void imply(struct ctx *cx, struct params *p, const char *name, const char *value)
{
	struct param *v = arena_many(cx->mem, p->n + 1, struct param);
	struct str *s = arena_many(cx->mem, 1, struct str);

	if (param_get(p, name))
		return;
	if (p->n)
		memcpy(v, p->v, p->n * sizeof(*v));
	*s = str_c(value);
	v[p->n] = (struct param){ .key = str_c(name), .v = s, .n = 1, .c.any = { s, 1 } };
	p->v = v;
	p->n++;
}

/* without "ignore" only what is published and for detection */
static void detectable(struct ctx *cx, struct params *p)
{
	if (param_bool(p, "ignore", false))
		return;
	imply(cx, p, "to_ids", "1");
	imply(cx, p, "published", "1");
}

enum rc events_csv_download(struct req *rq, struct resp *rs)
{
	static const char *const names[] = { "eventid", "ignore", "tags", "category", "type", "includeContext", "from", "to", NULL };
	struct params p;

	TRY(api_params(rq, &p));
	add_pieces(rq, names, 0, &p);
	detectable(rq->cx, &p);
	imply(rq->cx, &p, "returnFormat", "csv");
	return api_rest_search(rq, rs, SEARCH_EVENTS, p);
}

enum rc events_xml_download(struct req *rq, struct resp *rs)
{
	static const char *const names[] = { "eventid", "withAttachments", "tags", "from", "to", "last", NULL };
	struct params p;

	TRY(api_params(rq, &p));
	add_pieces(rq, names, 0, &p);
	imply(rq->cx, &p, "returnFormat", "xml");
	return api_rest_search(rq, rs, SEARCH_EVENTS, p);
}

enum rc events_hids_download(struct req *rq, struct resp *rs)
{
	static const char *const names[] = { "tags", "from", "to", "last", NULL };
	static const char *const kinds[][3] = { { "md5", "md5", "filename|md5" }, { "sha1", "sha1", "filename|sha1" }, { "sha256", "sha256", "filename|sha256" } };
	struct param *x;
	struct params p;

	TRY(api_params(rq, &p));
	add_pieces(rq, names, 1, &p);
	for (size_t i = 0; i < 3; i++) {
		if (!str_eq(req_var(rq, 0), str_c(kinds[i][0])))
			continue;
		imply(rq->cx, &p, "type", "");
		x = &p.v[p.n - 1];
		x->c.any = (struct cond_list){ arena_many(rq->cx->mem, 3, struct str), 2 };
		x->c.any.v[0] = str_c(kinds[i][1]);
		x->c.any.v[1] = str_c(kinds[i][2]);
		if (!i) /* a sample's hash is an md5 */
			x->c.any.v[x->c.any.n++] = S("malware-sample");
		imply(rq->cx, &p, "returnFormat", "hashes");
		return api_rest_search(rq, rs, SEARCH_ATTRIBUTES, p);
	}
	return fail(rq->cx, RC_NOTFOUND, "Invalid hash type: %.*s", STR(str_sub(req_var(rq, 0), 0, 40)));
}

enum rc attributes_text_download(struct req *rq, struct resp *rs)
{
	static const char *const names[] = { "type", "tags", "eventid", "allowNonIDS", "from", "to", "last", NULL };
	struct params p;

	TRY(api_params(rq, &p));
	add_pieces(rq, names, 0, &p);
	if (param_bool(&p, "allowNonIDS", false)) {
		imply(rq->cx, &p, "returnFormat", "values");
		imply(rq->cx, &p, "published", "1");
	} else {
		imply(rq->cx, &p, "returnFormat", "text");
	}
	return api_rest_search(rq, rs, SEARCH_ATTRIBUTES, p);
}

enum rc attributes_return_attributes(struct req *rq, struct resp *rs)
{
	static const char *const names[] = { "returnFormat", "eventid", "type", "to_ids", NULL };
	struct params p;

	TRY(api_params(rq, &p));
	add_pieces(rq, names, 0, &p);
	imply(rq->cx, &p, "returnFormat", "json");
	return api_rest_search(rq, rs, SEARCH_ATTRIBUTES, p);
}

/* which formats there are, for what, and where */
enum rc events_export(struct req *rq, struct resp *rs)
{
	static const struct {
		enum search_what what;
		const char *name;
	} kinds[] = { { SEARCH_EVENTS, "events" }, { SEARCH_ATTRIBUTES, "attributes" }, { SEARCH_OBJECTS, "objects" } };
	const struct search_format *f;
	struct jw w = api_json(rq, rs);

	jw_arr(&w);
	for (size_t i = 0; (f = search_format_at(i)); i++) {
		jw_obj(&w);
		jw_kstr(&w, "format", str_c(f->name));
		jw_kstr(&w, "description", str_c(f->help));
		jw_kstr(&w, "content_type", str_c(f->media));
		jw_kbool(&w, "published_and_to_ids_only", f->only_detectable);
		jw_key(&w, "urls");
		jw_arr(&w);
		for (size_t k = 0; k < 3; k++)
			if (f->what & kinds[k].what)
				jw_str(&w, str_fmt(rq->cx->mem, "/%s/restSearch/%s", kinds[k].name, f->name));
		jw_arr_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}
