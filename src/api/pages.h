/* pages.h - the few plain HTML pages that the program serves itself: everything a browser needs before it is logged in.
 *
 *     struct page pg;
 *     page_open(rq, rs, &pg, "Login", note);
 *     page_form(&pg, "/users/login", token);
 *     page_input(&pg, "email", "E-mail", "email", "username", S(""));
 *     page_submit(&pg, "Log in");
 *     page_close(&pg);
 */
#ifndef API_PAGES_H
#define API_PAGES_H

#include "api/api.h"

struct page {
	struct req *rq;
	struct buf *out;
	bool in_form;
};
/* note: what went wrong or right; {NULL,0} none. */
void page_open(struct req *rq, struct resp *rs, struct page *pg, const char *title, struct str note);
void page_text(struct page *pg, struct str text);                           /* a paragraph */
void page_code(struct page *pg, struct str text);                           /* for copying */
void page_form(struct page *pg, const char *action, struct str token);      /* one a page */
/* autocomplete: what a password manager is told; NULL: nothing. */
void page_input(struct page *pg, const char *name, const char *label, const char *type, const char *autocomplete, struct str value);
void page_submit(struct page *pg, const char *label);
void page_link(struct page *pg, const char *path, const char *label);
void page_close(struct page *pg);

#endif
