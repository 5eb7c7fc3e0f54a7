/* multipart.c - see multipart.h. */
#include "http/multipart.h"

#include "base/utf8.h"

#define TYPE "multipart/form-data"
enum { BOUNDARY_MAX = 70, HEAD_MAX = 8192 };

bool http_is_multipart(struct str content_type)
{
	return str_starts_nocase(str_trim(content_type), S(TYPE));
}

/* Value of name="..." or name=token behind a ";"; quotes and backslashes are undone. */
static bool parameter(struct ctx *cx, struct str s, struct str name, struct str *out)
{
	size_t at = str_chr(s, ';');

	while (at != STR_NONE) {
		bool mine;
		char *p;
		size_t n = 0, eq;

		s = str_trim(str_from(s, at + 1));
		eq = str_chr(s, '=');
		if (eq == STR_NONE)
			return false;
		mine = str_eq_nocase(str_trim(str_sub(s, 0, eq)), name);
		s = str_from(s, eq + 1);
		if (!s.n || s.p[0] != '"') {
			at = str_chr(s, ';');
			if (mine) {
				*out = str_trim(at == STR_NONE ? s : str_sub(s, 0, at));
				return true;
			}
			continue;
		}
		p = arena_alloc(cx->mem, s.n);
		for (at = 1; at < s.n && s.p[at] != '"'; at++) {
			if (s.p[at] == '\\' && at + 1 < s.n && (s.p[at + 1] == '"' || s.p[at + 1] == '\\'))
				at++;
			p[n++] = s.p[at];
		}
		if (mine) {
			*out = str_n(p, n);
			return true;
		}
		s = str_from(s, at);
		at = str_chr(s, ';');
	}
	return false;
}

static enum rc broken(struct ctx *cx, const char *what)
{
	return fail(cx, RC_BAD, "the body is not " TYPE ": %s", what);
}

/* The lines before the content. */
static enum rc head(struct ctx *cx, struct str lines, struct http_part *out)
{
	struct cur c = cur_of(lines);
	struct str line, name;

	*out = (struct http_part){ 0 };
	while (cur_line(&c, &line)) {
		size_t colon = str_chr(line, ':');

		if (colon == STR_NONE || !str_eq_nocase(str_trim(str_sub(line, 0, colon)), S("Content-Disposition")))
			continue;
		line = str_from(line, colon + 1);
		if (parameter(cx, line, S("name"), &name))
			out->name = name;
		if (parameter(cx, line, S("filename"), &name))
			out->filename = name;
	}
	if (!out->name.p)
		return broken(cx, "a part has no name");
	return utf8_valid(out->name) && (!out->filename.p || utf8_valid(out->filename)) ? RC_OK : broken(cx, "a name is not UTF-8");
}

enum rc http_multipart(struct ctx *cx, struct str content_type, struct str body, struct http_part **out, size_t *n)
{
	struct str boundary, mark, next;
	size_t cap = 0, at;

	*out = NULL;
	*n = 0;
	if (!http_is_multipart(content_type) || !parameter(cx, content_type, S("boundary"), &boundary) || !boundary.n || boundary.n > BOUNDARY_MAX)
		return broken(cx, "no boundary");
	mark = str_fmt(cx->mem, "--%.*s", STR(boundary));
	next = str_fmt(cx->mem, "\r\n--%.*s", STR(boundary));
	at = str_starts(body, mark) ? 0 : str_find(body, next);
	if (at == STR_NONE)
		return broken(cx, "its boundary is not there");
	body = str_from(body, at + (str_starts(body, mark) ? mark.n : next.n));
	while (!str_starts(body, S("--"))) {
		struct http_part part;
		size_t end;

		at = str_find(body, S("\r\n"));
		if (at == STR_NONE || str_trim(str_sub(body, 0, at)).n)
			return broken(cx, "a boundary is not followed by a line's end");
		end = str_find(str_sub(body, at, HEAD_MAX), S("\r\n\r\n"));
		if (end == STR_NONE)
			return broken(cx, "the head of a part has no end");
		TRY(head(cx, str_sub(body, at + 2, end), &part));
		body = str_from(body, at + end + 4);
		end = str_find(body, next);
		if (end == STR_NONE)
			return broken(cx, "a part has no end");
		part.data = str_sub(body, 0, end);
		body = str_from(body, end + next.n);
		if (*n == HTTP_PARTS_MAX)
			return fail(cx, RC_TOOBIG, "the body has more than %d parts", HTTP_PARTS_MAX);
		*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
		(*out)[(*n)++] = part;
	}
	return RC_OK;
}
