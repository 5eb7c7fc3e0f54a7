/* api_int.h - shared inside api/ only. */
#ifndef API_API_INT_H
#define API_API_INT_H

#include "api/api.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "policy/access.h"

struct api {
	struct api_options o;
	struct router *router;
	struct http_app app;
};

/* What a call wants, for people and programs. */
struct description {
	const char *path; /* "/controller/action" */
	const char *text;
	const char *mandatory, *optional, *params; /* names with blanks between */
};
const struct description *api_descriptions(size_t *n);
/* Answers a GET on an add or edit action with a description of the call; false when there is none. */
bool api_describe(struct req *rq, struct resp *rs);

/* The client asks for XML: by the path's ending, or in Accept without JSON beside it. */
bool api_wants_xml(const struct req *rq);
/* restSearch with these parameters: the old download paths are searches, too. */
#include "export/search_doc.h"
MUST_USE enum rc api_rest_search(struct req *rq, struct resp *rs, enum search_what what, struct params p);

#endif
