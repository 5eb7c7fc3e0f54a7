/* multipart.h - a body of type multipart/form-data (RFC 7578), cut into its parts. Nothing is copied but decoded names.
 *
 *     TRY(http_multipart(cx, req_header(rq, "Content-Type"), rq->body, &parts, &n));
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/ctx.h"

struct http_part {
	struct str name;
	struct str filename; /* p NULL: a plain field */
	struct str data;     /* a view into the body */
};
enum { HTTP_PARTS_MAX = 1000 };

bool http_is_multipart(struct str content_type);
/* RC_BAD for a body that is none; RC_TOOBIG for more than HTTP_PARTS_MAX parts. */
MUST_USE enum rc http_multipart(struct ctx *cx, struct str content_type, struct str body, struct http_part **out, size_t *n);

#endif
