/* openapi.c - the route table as an OpenAPI 3.1 document (openapis.org), and as a page for people.
 *
 * What the table does not say is not said: a body is described where describe.c has its fields, an answer by the name of its schema. */
#include "api/settings.h"

#include <stdio.h>
#include <string.h>

#include "api/api_int.h"
#include "api/pages.h"
#include "base/map.h"

static const char *const perm_names[] = {
#define X(up, low, text) [PERM_BIT_##up] = "perm_" #low,
	PERM_TABLE(X)
#undef X
};

static const struct {
	unsigned bit;
	const char *name;
} methods[] = { { HTTP_GET, "get" }, { HTTP_POST, "post" }, { HTTP_PUT, "put" }, { HTTP_DELETE, "delete" } };

/* One variable of a pattern: ":name{kind}?" */
struct variable {
	struct str name, kind;
	bool optional;
};

static bool variable_of(struct str piece, struct variable *v)
{
	size_t brace;

	if (!piece.n || piece.p[0] != ':')
		return false;
	*v = (struct variable){ .optional = piece.p[piece.n - 1] == '?' };
	piece = str_sub(piece, 1, piece.n - 1 - v->optional);
	brace = str_chr(piece, '{');
	v->name = brace == STR_NONE ? piece : str_sub(piece, 0, brace);
	v->kind = brace == STR_NONE ? S("") : str_sub(piece, brace + 1, piece.n - brace - 2);
	return true;
}

/* "/events/view/:id?" as "/events/view/{id}", or without its optional variables. */
static struct str path_text(struct ctx *cx, struct str pattern, bool with_optional)
{
	struct str piece, out = S("");
	struct variable v;
	struct cur c = cur_of(str_from(pattern, 1));

	while (cur_until(&c, '/', &piece)) {
		bool is_var = variable_of(piece, &v);

		if (is_var && v.optional && !with_optional)
			break;
		if (piece.n)
			out = is_var ? str_fmt(cx->mem, "%.*s/{%.*s}", STR(out), STR(v.name)) : str_fmt(cx->mem, "%.*s/%.*s", STR(out), STR(piece));
	}
	return out.n ? out : S("/");
}

static struct str controller_of(struct str path)
{
	struct cur c = cur_of(str_from(path, 1));
	struct str one = S("");

	if (cur_until(&c, '/', &one) && str_eq(one, S("admin")) && !cur_until(&c, '/', &one))
		return S("admin");
	return one.n ? one : S("events");
}

static void write_parameters(struct jw *w, struct str pattern, bool with_optional)
{
	struct cur c = cur_of(str_from(pattern, 1));
	struct variable v;
	struct str piece;

	jw_key(w, "parameters");
	jw_arr(w);
	while (cur_until(&c, '/', &piece)) {
		if (!variable_of(piece, &v) || (v.optional && !with_optional))
			continue;
		jw_obj(w);
		jw_kstr(w, "name", v.name);
		jw_kstr(w, "in", S("path"));
		jw_kbool(w, "required", true);
		jw_key(w, "schema");
		jw_obj(w);
		jw_kstr(w, "type", str_eq(v.kind, S("int")) ? S("integer") : S("string"));
		if (str_eq(v.kind, S("uuid")))
			jw_kstr(w, "format", S("uuid"));
		jw_obj_end(w);
		if (str_eq(v.kind, S("id")) || str_eq(v.name, S("id")))
			jw_kstr(w, "description", S("a number or a uuid"));
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

static void write_fields(struct jw *w, const char *names, struct str list_key)
{
	struct cur c = cur_of(str_c(names));
	struct str one;

	if (list_key.n) {
		jw_key_str(w, list_key);
		jw_arr(w);
	}
	while (cur_until(&c, ' ', &one)) {
		if (!one.n)
			continue;
		if (list_key.n) {
			jw_str(w, one);
		} else {
			jw_key_str(w, one);
			jw_obj(w);
			jw_obj_end(w);
		}
	}
	if (list_key.n)
		jw_arr_end(w);
}

static const struct description *described(struct str path)
{
	const struct description *v;
	size_t n;

	v = api_descriptions(&n);
	for (size_t i = 0; i < n; i++)
		if (str_eq(path, str_c(v[i].path)) || (str_starts(path, str_c(v[i].path)) && path.p[strlen(v[i].path)] == '/'))
			return &v[i];
	return NULL;
}

static void write_body(struct jw *w, const struct route *r, const struct description *d)
{
	jw_key(w, "requestBody");
	jw_obj(w);
	jw_key(w, "content");
	jw_obj(w);
	jw_key(w, "application/json");
	jw_obj(w);
	jw_key(w, "schema");
	jw_obj(w);
	if (d) {
		jw_kstr(w, "type", S("object"));
		jw_key(w, "properties");
		jw_obj(w);
		write_fields(w, d->mandatory, S(""));
		write_fields(w, d->optional, S(""));
		jw_obj_end(w);
		if (d->mandatory[0])
			write_fields(w, d->mandatory, S("required"));
	}
	jw_obj_end(w);
	jw_obj_end(w);
	jw_obj_end(w);
	jw_kint(w, "x-bytes-max", (int64_t)r->body_max);
	jw_obj_end(w);
}

static void write_answers(struct jw *w, const struct route *r)
{
	static const struct {
		const char *status, *text;
	} refusals[] = { { "400", "the request cannot be read" }, { "403", "not allowed, or a rejected save" }, { "404", "not there, or not to be seen" } };
	char ref[128];

	jw_key(w, "responses");
	jw_obj(w);
	jw_key(w, "200");
	jw_obj(w);
	jw_kstr(w, "description", str_c(r->doc ? r->doc : "an answer"));
	if (r->doc) {
		jw_key(w, "content");
		jw_obj(w);
		jw_key(w, "application/json");
		jw_obj(w);
		jw_key(w, "schema");
		jw_obj(w);
		jw_kstr(w, "$ref", str_n(ref, (size_t)snprintf(ref, sizeof(ref), "#/components/schemas/%s", r->doc)));
		jw_obj_end(w);
		jw_obj_end(w);
		jw_obj_end(w);
	}
	jw_obj_end(w);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		jw_key(w, refusals[i].status);
		jw_obj(w);
		jw_kstr(w, "description", str_c(refusals[i].text));
		jw_key(w, "content");
		jw_obj(w);
		jw_key(w, "application/json");
		jw_obj(w);
		jw_key(w, "schema");
		jw_obj(w);
		jw_kstr(w, "$ref", S("#/components/schemas/Error"));
		jw_obj_end(w);
		jw_obj_end(w);
		jw_obj_end(w);
		jw_obj_end(w);
	}
	jw_obj_end(w);
}

static void write_operation(struct jw *w, const struct route *r, size_t m, struct str path, bool with_optional)
{
	const struct description *d = methods[m].bit == HTTP_GET ? NULL : described(path);

	jw_key(w, methods[m].name);
	jw_obj(w);
	jw_key(w, "tags");
	jw_arr(w);
	jw_str(w, controller_of(path));
	jw_arr_end(w);
	if (d)
		jw_kstr(w, "summary", str_c(d->text));
	write_parameters(w, str_c(r->pattern), with_optional);
	if (r->body_max && methods[m].bit != HTTP_GET)
		write_body(w, r, d);
	write_answers(w, r);
	jw_key(w, "security");
	jw_arr(w);
	if (!(r->flags & ROUTE_PUBLIC)) {
		jw_obj(w);
		jw_key(w, "key");
		jw_arr(w);
		jw_arr_end(w);
		jw_obj_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "x-permissions");
	jw_arr(w);
	for (size_t b = 0; b < PERM_BIT_COUNT; b++)
		if (r->perms & (1u << b))
			jw_str(w, str_c(perm_names[b]));
	jw_arr_end(w);
	jw_kbool(w, "x-writes", (r->flags & ROUTE_WRITE) != 0);
	jw_obj_end(w);
}

/* An operation of the table under a path: several rows may share one. */
struct operation {
	struct str path;
	const struct route *r;
	bool with_optional;
};

static size_t operations(struct ctx *cx, struct operation **out)
{
	const struct route *t;
	size_t n, k = 0;

	t = api_routes(&n);
	*out = arena_many(cx->mem, n * 2, struct operation);
	for (size_t i = 0; i < n; i++)
		for (int with = 1; with >= 0; with--) {
			struct str path = path_text(cx, str_c(t[i].pattern), with);

			if (with == 0 && k && str_eq(path, (*out)[k - 1].path))
				continue; /* no optional variable */
			(*out)[k++] = (struct operation){ path, &t[i], with };
		}
	return k;
}

static bool first_of_path(const struct operation *v, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_eq(v[j].path, v[i].path))
			return false;
	return true;
}

static void write_paths(struct ctx *cx, struct jw *w)
{
	struct operation *v;
	size_t n = operations(cx, &v);

	jw_key(w, "paths");
	jw_obj(w);
	for (size_t i = 0; i < n; i++) {
		unsigned done = 0;

		if (!first_of_path(v, i))
			continue;
		jw_key_str(w, v[i].path);
		jw_obj(w);
		for (size_t j = i; j < n; j++) {
			if (!str_eq(v[j].path, v[i].path))
				continue;
			for (size_t m = 0; m < sizeof(methods) / sizeof(*methods); m++)
				if (v[j].r->methods & methods[m].bit & ~done) {
					done |= methods[m].bit;
					write_operation(w, v[j].r, m, v[j].path, v[j].with_optional);
				}
		}
		jw_obj_end(w);
	}
	jw_obj_end(w);
}

static void write_schemas(struct jw *w)
{
	struct map seen = { 0 };
	const struct route *t;
	size_t n;

	t = api_routes(&n);
	jw_key(w, "schemas");
	jw_obj(w);
	jw_key(w, "Error");
	jw_obj(w);
	jw_kstr(w, "type", S("object"));
	jw_key(w, "properties");
	jw_obj(w);
	for (size_t i = 0; i < 3; i++) {
		jw_key(w, (const char *const[]){ "name", "message", "url" }[i]);
		jw_obj(w);
		jw_kstr(w, "type", S("string"));
		jw_obj_end(w);
	}
	jw_key(w, "errors");
	jw_obj(w);
	jw_kstr(w, "description", S("of a rejected save: a text, or the texts of each field"));
	jw_obj_end(w);
	jw_obj_end(w);
	write_fields(w, "name message url", S("required"));
	jw_obj_end(w);
	for (size_t i = 0; i < n; i++) {
		if (!t[i].doc || map_get(&seen, str_c(t[i].doc)))
			continue;
		map_put(&seen, str_c(t[i].doc), w);
		jw_key(w, t[i].doc);
		jw_obj(w);
		jw_kstr(w, "title", str_c(t[i].doc));
		jw_obj_end(w);
	}
	map_clear(&seen);
	jw_obj_end(w);
}

enum rc api_openapi(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kstr(&w, "openapi", S("3.1.0"));
	jw_key(&w, "info");
	jw_obj(&w);
	jw_kstr(&w, "title", S("misp"));
	jw_kstr(&w, "description", S("The REST API of MISP, and what this program has beyond it. Every path also takes .json at its end and named parameters as /name:value."));
	jw_kstr(&w, "version", S(MISP_VERSION));
	jw_obj_end(&w);
	write_paths(rq->cx, &w);
	jw_key(&w, "components");
	jw_obj(&w);
	write_schemas(&w);
	jw_key(&w, "securitySchemes");
	jw_obj(&w);
	jw_key(&w, "key");
	jw_obj(&w);
	jw_kstr(&w, "type", S("apiKey"));
	jw_kstr(&w, "in", S("header"));
	jw_kstr(&w, "name", S("Authorization"));
	jw_obj_end(&w);
	jw_obj_end(&w);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc api_docs(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct operation *v;
	struct page pg;
	size_t n = operations(cx, &v);
	struct str last = S("");

	page_open(rq, rs, &pg, "REST API", (struct str){ 0 });
	page_text(&pg, S("Send an API key in the header Authorization. The same as a document for programs:"));
	page_link(&pg, "/openapi.json", "/openapi.json");
	for (size_t i = 0; i < n; i++) {
		struct str controller = controller_of(v[i].path), text = S("");
		const struct description *d = described(v[i].path);

		if (!str_eq(controller, last)) {
			page_text(&pg, controller);
			last = controller;
		}
		for (size_t b = 0; b < PERM_BIT_COUNT; b++)
			if (v[i].r->perms & (1u << b))
				text = str_fmt(cx->mem, "%.*s %s", STR(text), perm_names[b]);
		text = str_fmt(cx->mem, "%.*s  %.*s%s%.*s%s%s", STR(http_methods_text(cx, v[i].r->methods)), STR(v[i].path), text.n ? "   needs" : "", STR(text),
			d && v[i].r->flags & ROUTE_WRITE ? "\n    " : "", d && v[i].r->flags & ROUTE_WRITE ? d->text : "");
		page_code(&pg, text);
	}
	page_close(&pg);
	return RC_OK;
}
