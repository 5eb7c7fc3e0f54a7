/* html_text.c - see html_text.h. */
#include "format/html_text.h"

#include <libxml/HTMLparser.h>
#include <libxml/uri.h>

#include "base/buf.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 256, QUOTE_MAX = 8 };

struct walk {
	struct buf b;
	const char *base;   /* NULL: none */
	unsigned depth, list_depth, quote;
	bool pre;           /* white space counts */
	bool blank;         /* a blank is due before the next word */
	bool fresh;         /* at the start of a line */
};

enum how { INLINE, SKIP, BLOCK, HEADING, LIST, ITEM, LINK, IMAGE, BREAK, RULE, PRE, CODE, STRONG, EMPHASIS, QUOTE, TABLE, ROW, CELL };
static const struct {
	const char *name;
	enum how how;
} elements[] = {
	{ "a", LINK }, { "article", BLOCK }, { "aside", SKIP }, { "b", STRONG }, { "blockquote", QUOTE }, { "br", BREAK }, { "button", SKIP }, { "canvas", SKIP },
	{ "code", CODE }, { "dd", BLOCK }, { "div", BLOCK }, { "dt", BLOCK }, { "em", EMPHASIS }, { "figcaption", BLOCK }, { "figure", BLOCK }, { "footer", SKIP },
	{ "form", SKIP }, { "h1", HEADING }, { "h2", HEADING }, { "h3", HEADING }, { "h4", HEADING }, { "h5", HEADING }, { "h6", HEADING }, { "head", SKIP },
	{ "header", BLOCK }, { "hr", RULE }, { "i", EMPHASIS }, { "iframe", SKIP }, { "img", IMAGE }, { "kbd", CODE }, { "li", ITEM }, { "main", BLOCK },
	{ "nav", SKIP }, { "noscript", SKIP }, { "object", SKIP }, { "ol", LIST }, { "p", BLOCK }, { "pre", PRE }, { "samp", CODE }, { "script", SKIP },
	{ "section", BLOCK }, { "select", SKIP }, { "strong", STRONG }, { "style", SKIP }, { "svg", SKIP }, { "table", TABLE }, { "td", CELL },
	{ "template", SKIP }, { "textarea", SKIP }, { "th", CELL }, { "title", SKIP }, { "tr", ROW }, { "tt", CODE }, { "ul", LIST },
};

static enum how how_of(const xmlNode *n)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++)
		if (xmlStrEqual(n->name, (const xmlChar *)elements[i].name))
			return elements[i].how;
	return INLINE;
}

static struct str xstr(const xmlChar *s)
{
	return str_c((const char *)s);
}

/* ---- output ---- */

static void prefix(struct walk *w)
{
	for (unsigned i = 0; w->fresh && i < w->quote; i++)
		buf_str(&w->b, S("> "));
	w->fresh = false;
}

static void word(struct walk *w, struct str s)
{
	if (!s.n)
		return;
	if (w->fresh)
		prefix(w);
	else if (w->blank)
		buf_ch(&w->b, ' ');
	w->blank = false;
	buf_str(&w->b, s);
}

static bool ends_with(const struct buf *b, char c, size_t back)
{
	return b->n > back && b->p[b->n - 1 - back] == c;
}

static void newline(struct walk *w)
{
	w->blank = false;
	if (w->b.n && !ends_with(&w->b, '\n', 0))
		buf_ch(&w->b, '\n');
	w->fresh = true;
}

/* an empty line, unless one is there */
static void paragraph(struct walk *w)
{
	newline(w);
	if (w->b.n && !ends_with(&w->b, '\n', 1))
		buf_ch(&w->b, '\n');
}

static void text(struct walk *w, struct str s)
{
	size_t i = 0;

	if (w->pre) {
		buf_str(&w->b, s);
		w->fresh = false;
		return;
	}
	while (i < s.n) {
		size_t from;

		while (i < s.n && ch_space((unsigned char)s.p[i])) {
			w->blank = true;
			i++;
		}
		for (from = i; i < s.n && !ch_space((unsigned char)s.p[i]);)
			i++;
		word(w, str_sub(s, from, i - from));
	}
}

/* ---- the tree ---- */

static void children(struct walk *w, const xmlNode *n);

/* what is inside, between two marks; nothing when there is nothing inside */
static void between(struct walk *w, const xmlNode *n, struct str mark)
{
	size_t before, after;

	word(w, mark);
	before = w->b.n;
	children(w, n);
	after = w->b.n;
	w->blank = false;
	if (after == before && after >= mark.n)
		w->b.n -= mark.n;
	else
		buf_str(&w->b, mark);
}

static void reference(struct walk *w, const xmlNode *n, const char *name, const char *what)
{
	xmlChar *to = xmlGetProp(n, (const xmlChar *)name), *full = NULL;
	bool image = *what == '!';

	if (to && w->base)
		full = xmlBuildURI(to, (const xmlChar *)w->base);
	if (!to || !*to || *to == '#' || !xmlStrncasecmp(to, (const xmlChar *)"javascript:", 11) || !xmlStrncasecmp(to, (const xmlChar *)"data:", 5)) {
		if (!image)
			children(w, n);
	} else {
		word(w, str_c(what));
		if (image) {
			xmlChar *alt = xmlGetProp(n, (const xmlChar *)"alt");

			if (alt)
				text(w, xstr(alt));
			xmlFree(alt);
		} else {
			children(w, n);
		}
		w->blank = false;
		buf_str(&w->b, S("]("));
		buf_str(&w->b, xstr(full ? full : to));
		buf_ch(&w->b, ')');
	}
	xmlFree(full);
	xmlFree(to);
}

static bool numbered(const xmlNode *item)
{
	return item->parent && xmlStrEqual(item->parent->name, (const xmlChar *)"ol");
}

static void item(struct walk *w, const xmlNode *n)
{
	unsigned place = 1;

	newline(w);
	prefix(w);
	for (unsigned i = 1; i < w->list_depth && i < QUOTE_MAX; i++)
		buf_str(&w->b, S("  "));
	for (const xmlNode *p = n->prev; numbered(n) && p; p = p->prev)
		place += p->type == XML_ELEMENT_NODE;
	if (numbered(n))
		buf_fmt(&w->b, "%u. ", place);
	else
		buf_str(&w->b, S("- "));
	children(w, n);
	newline(w);
}

static void preformatted(struct walk *w, const xmlNode *n)
{
	paragraph(w);
	buf_str(&w->b, S("```\n"));
	w->pre = true;
	w->fresh = false;
	children(w, n);
	w->pre = false;
	newline(w);
	buf_str(&w->b, S("```\n"));
	paragraph(w);
}

static bool first_row(const xmlNode *n)
{
	const xmlNode *table = n->parent;

	for (const xmlNode *p = n->prev; p; p = p->prev)
		if (p->type == XML_ELEMENT_NODE && how_of(p) == ROW)
			return false;
	while (table && how_of(table) != TABLE) { /* thead, tbody: what came before them */
		for (const xmlNode *p = table->prev; p; p = p->prev)
			if (p->type == XML_ELEMENT_NODE && p->children)
				return false;
		table = table->parent;
	}
	return true;
}

static void row(struct walk *w, const xmlNode *n)
{
	unsigned cells = 0;

	newline(w);
	prefix(w);
	for (const xmlNode *c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE || how_of(c) != CELL)
			continue;
		cells++;
		buf_str(&w->b, S("| "));
		w->blank = false;
		w->fresh = false;
		children(w, c);
		while (ends_with(&w->b, '\n', 0)) /* a row is one line */
			w->b.n--;
		buf_ch(&w->b, ' ');
	}
	if (cells)
		buf_ch(&w->b, '|');
	newline(w);
	for (unsigned i = 0; cells && first_row(n) && i < cells; i++)
		buf_str(&w->b, i + 1 == cells ? S("|---|\n") : S("|---"));
}

static void element(struct walk *w, const xmlNode *n)
{
	switch (how_of(n)) {
	case SKIP:
		return;
	case BLOCK:
	case TABLE:
		paragraph(w);
		children(w, n);
		paragraph(w);
		return;
	case HEADING:
		paragraph(w);
		prefix(w);
		for (int i = '0'; i < n->name[1]; i++)
			buf_ch(&w->b, '#');
		buf_ch(&w->b, ' ');
		children(w, n);
		paragraph(w);
		return;
	case LIST:
		if (w->list_depth++ == 0)
			paragraph(w);
		children(w, n);
		if (--w->list_depth == 0)
			paragraph(w);
		return;
	case ITEM:
		item(w, n);
		return;
	case LINK:
		reference(w, n, "href", "[");
		return;
	case IMAGE:
		reference(w, n, "src", "![");
		return;
	case BREAK:
		newline(w);
		return;
	case RULE:
		paragraph(w);
		buf_str(&w->b, S("---\n"));
		paragraph(w);
		return;
	case PRE:
		preformatted(w, n);
		return;
	case CODE:
		if (w->pre)
			children(w, n);
		else
			between(w, n, S("`"));
		return;
	case STRONG:
		between(w, n, S("**"));
		return;
	case EMPHASIS:
		between(w, n, S("*"));
		return;
	case QUOTE:
		paragraph(w);
		w->quote += w->quote < QUOTE_MAX;
		children(w, n);
		paragraph(w);
		w->quote -= w->quote > 0;
		return;
	case ROW:
		row(w, n);
		return;
	default:
		children(w, n);
	}
}

static void children(struct walk *w, const xmlNode *n)
{
	if (w->depth == DEPTH_MAX)
		return;
	w->depth++;
	for (const xmlNode *c = n->children; c && buf_ok(&w->b); c = c->next) {
		if (c->type == XML_ELEMENT_NODE)
			element(w, c);
		else if ((c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) && c->content)
			text(w, xstr(c->content));
	}
	w->depth--;
}

static void free_doc(xmlDoc **d)
{
	xmlFreeDoc(*d);
}

static void clear_walk(struct walk *w)
{
	buf_clear(&w->b);
}

enum rc html_to_markdown(struct ctx *cx, struct str html, struct str base, struct str charset, size_t max, struct str *out)
{
	SCOPED(clear_walk) struct walk w = { .fresh = true };
	SCOPED(free_doc) xmlDoc *doc = NULL;
	const xmlNode *root;
	struct str text;

	if (html.n > INT32_MAX)
		return fail(cx, RC_TOOBIG, "the page is too large");
	if (!html.n)
		return fail(cx, RC_BAD, "the page is empty");
	doc = htmlReadMemory(html.p, (int)html.n, NULL, charset.n ? str_cdup(cx->mem, charset) : NULL,
			     HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_COMPACT);
	root = doc ? xmlDocGetRootElement(doc) : NULL;
	if (!root)
		return fail(cx, RC_BAD, "no document is in the page");
	buf_init(&w.b, max);
	w.base = base.n ? str_cdup(cx->mem, base) : NULL;
	element(&w, root);
	if (!buf_ok(&w.b))
		return fail(cx, RC_TOOBIG, "the text of the page is longer than %zu bytes", max);
	text = str_trim(buf_view(&w.b));
	if (!utf8_valid(text))
		return fail(cx, RC_BAD, "the page is not in the encoding that it says");
	*out = str_dup(cx->mem, text);
	return RC_OK;
}
