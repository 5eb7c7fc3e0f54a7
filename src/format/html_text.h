/* html_text.h - a page of the web as Markdown: headings, paragraphs, lists, links, tables, code. What is not text (scripts, styles, forms) is left out.
 * Any bytes will do; libxml2 mends what is broken. */
#ifndef FORMAT_HTML_TEXT_H
#define FORMAT_HTML_TEXT_H

#include "base/ctx.h"
#include "base/str.h"

/* base: address of the page, links that are relative are put behind it; "" : they stay. charset: as the server says, "" : as the page says. RC_BAD when there
 * is no document in it, RC_TOOBIG when the text is longer than max. */
MUST_USE enum rc html_to_markdown(struct ctx *cx, struct str html, struct str base, struct str charset, size_t max, struct str *out);

#endif
