/* browser.h - requests of a browser: the cookie of a session, and proof that a page of ours sent the form.
 *
 * A request with a key is none of a browser and is not looked at here. Without one the cookie counts; a request that may change something (any
 * method but GET and HEAD) must then come from a page of this instance: docs/decisions/0008-sessions.md.
 */
#ifndef API_BROWSER_H
#define API_BROWSER_H

#include "api/form.h"
#include "policy/session.h"

struct browser {
	struct session_now now;
	bool in;         /* by a session that is logged in */
	bool want_token; /* the form must carry it: browser_form_ok, when the body is there */
};

/* The session of the cookie: RC_UNAUTH when there is none that is good. With now.must == MUST_CODE nobody is logged in yet. */
MUST_USE enum rc browser_session(struct req *rq, struct session_now *out);
/* In begin(): who acts, and whether the request may. RC_UNAUTH, RC_DENIED. rs->done: sent elsewhere (a page that must come first). */
MUST_USE enum rc browser_enter(struct req *rq, struct resp *rs, struct browser *b);
/* In handle(), when want_token. RC_DENIED. */
MUST_USE enum rc browser_form_ok(struct req *rq, const struct browser *b);

/* False for what another site's page sent; *sure: the browser said so itself. */
bool browser_is_own(const struct req *rq, bool *sure);
void browser_cookie_set(struct req *rq, struct resp *rs, const struct session_made *m);
void browser_cookie_drop(struct req *rq, struct resp *rs);
struct str browser_cookie(const struct req *rq, const char *name); /* {NULL,0} when absent */
/* "https://host/path" as the client called us. */
struct str browser_url(const struct req *rq, const char *path);
void browser_go(struct req *rq, struct resp *rs, const char *path);
/* To the login page; the page that was asked for is remembered in a cookie. */
void browser_go_login(struct req *rq, struct resp *rs);

/* As api_form (api/form.h), and also from a posted form, where a field is called data[User][email] or email. */
MUST_USE enum rc browser_form(struct req *rq, const char *wrapper, const struct form_field *t, size_t n, void *form);
#define BROWSER_FORM(rq, wrapper, table, form) browser_form((rq), (wrapper), (table), sizeof(table) / sizeof(*(table)), (form))
bool browser_is_form(const struct req *rq);
bool browser_wants_json(const struct req *rq);

#endif
