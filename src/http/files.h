/* files.h - files that are part of the program (the user interface), gzipped when it was built.
 *
 *     extern const struct http_file web_files[];  sorted by path
 *     const struct http_file *f = http_file_find(web_files, n, rq->tail);
 *     return f ? http_file_serve(rq, rs, f) : fail(rq->cx, RC_NOTFOUND, "no such file");
 */
#ifndef HTTP_FILES_H
#define HTTP_FILES_H

#include "http/request.h"

struct http_file {
	const char *path;     /* "index.html", "assets/app-1a2b.js" */
	const char *type;     /* Content-Type */
	const char *etag;     /* with its quotes */
	const uint8_t *bytes; /* as stored */
	size_t n;
	bool gzipped;
	bool hashed;          /* the name changes with the content: cached for ever */
};

const struct http_file *http_file_find(const struct http_file *files, size_t n, struct str path);
/* 200, or 304 when the client has it. The bytes go out as they are stored if the client takes gzip. */
enum rc http_file_serve(struct req *rq, struct resp *rs, const struct http_file *f) MUST_USE;
/* True when If-None-Match holds the tag (weak comparison, "*" included). */
bool http_etag_matches(const struct req *rq, struct str etag);

#endif
