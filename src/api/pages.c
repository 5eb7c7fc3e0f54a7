/* pages.c - see pages.h. No script, no picture, nothing from elsewhere, and a policy that says so. */
#include "api/pages.h"

#include <sodium.h>

#include "base/sum.h"

static const char STYLE[] =
	"body{font:16px/1.5 sans-serif;max-width:26em;margin:4em auto;padding:0 1em;color:#222}"
	"label{display:block;margin:.8em 0 .2em}input{font:inherit;width:100%;box-sizing:border-box;padding:.3em}"
	"button{font:inherit;margin-top:1em;padding:.3em 1em}.note{border-left:4px solid #b33;padding-left:.6em}"
	"code{display:block;overflow-wrap:anywhere;background:#eee;padding:.4em;white-space:pre-wrap}";

static void escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '<':
			buf_str(b, S("&lt;"));
			break;
		case '>':
			buf_str(b, S("&gt;"));
			break;
		case '&':
			buf_str(b, S("&amp;"));
			break;
		case '"':
			buf_str(b, S("&quot;"));
			break;
		case '\'':
			buf_str(b, S("&#39;"));
			break;
		default:
			buf_ch(b, s.p[i]);
		}
}

/* The style stands in the page; its digest in the policy lets it, and nothing else, count. */
static void headers(struct req *rq, struct resp *rs)
{
	uint8_t sum[SHA256_LEN];
	char text[48];

	sum_sha256(str_c(STYLE), sum);
	sodium_bin2base64(text, sizeof(text), sum, sizeof(sum), sodium_base64_VARIANT_ORIGINAL);
	rs->type = "text/html; charset=UTF-8";
	resp_header(rq, rs, "Content-Security-Policy", str_fmt(rq->cx->mem,
		"default-src 'none'; style-src 'sha256-%s'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'", text));
	resp_header(rq, rs, "X-Frame-Options", S("DENY"));
	resp_header(rq, rs, "X-Content-Type-Options", S("nosniff"));
	resp_header(rq, rs, "Referrer-Policy", S("same-origin"));
	resp_header(rq, rs, "Cache-Control", S("no-store"));
}

void page_open(struct req *rq, struct resp *rs, struct page *pg, const char *title, struct str note)
{
	*pg = (struct page){ .rq = rq, .out = &rs->body };
	buf_reset(&rs->body);
	headers(rq, rs);
	buf_fmt(pg->out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
			 "<title>%s - MISP</title><style>%s</style></head>\n<body><main><h1>%s</h1>\n", title, STYLE, title);
	if (note.n) {
		buf_str(pg->out, S("<p class=\"note\" role=\"alert\">"));
		escaped(pg->out, note);
		buf_str(pg->out, S("</p>\n"));
	}
}

void page_text(struct page *pg, struct str text)
{
	buf_str(pg->out, S("<p>"));
	escaped(pg->out, text);
	buf_str(pg->out, S("</p>\n"));
}

void page_code(struct page *pg, struct str text)
{
	buf_str(pg->out, S("<code>"));
	escaped(pg->out, text);
	buf_str(pg->out, S("</code>\n"));
}

void page_form(struct page *pg, const char *action, struct str token)
{
	pg->in_form = true;
	buf_str(pg->out, S("<form method=\"post\" accept-charset=\"utf-8\" action=\""));
	escaped(pg->out, str_c(action));
	buf_str(pg->out, S("\">\n"));
	if (token.n)
		buf_fmt(pg->out, "<input type=\"hidden\" name=\"data[_Token][key]\" value=\"%.*s\">\n", STR(token));
}

void page_input(struct page *pg, const char *name, const char *label, const char *type, const char *autocomplete, struct str value)
{
	buf_fmt(pg->out, "<label for=\"%s\">%s</label><input id=\"%s\" type=\"%s\" name=\"data[User][%s]\"", name, label, name, type, name);
	if (autocomplete)
		buf_fmt(pg->out, " autocomplete=\"%s\"", autocomplete);
	if (value.n) {
		buf_str(pg->out, S(" value=\""));
		escaped(pg->out, value);
		buf_ch(pg->out, '"');
	}
	buf_str(pg->out, S(">\n"));
}

void page_submit(struct page *pg, const char *label)
{
	buf_fmt(pg->out, "<button type=\"submit\">%s</button>\n</form>\n", label);
	pg->in_form = false;
}

void page_link(struct page *pg, const char *path, const char *label)
{
	buf_fmt(pg->out, "<p><a href=\"%s\">%s</a></p>\n", path, label);
}

void page_close(struct page *pg)
{
	buf_str(pg->out, S("</main></body></html>\n"));
}
