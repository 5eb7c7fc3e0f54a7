/* rc.h - the one list of ways to fail. Columns: name, HTTP status, exit code of the command line, default text. */
#ifndef BASE_RC_H
#define BASE_RC_H

#define RC_TABLE(X) \
	X(OK, 200, 0, "ok") \
	X(INVALID, 403, 2, "invalid input") /* a rejected save is 403 in MISP's contract */ \
	X(BAD, 400, 2, "malformed request") /* syntax: JSON, path, header */ \
	X(UNAUTH, 403, 4, "authentication failed") \
	X(DENIED, 403, 4, "not allowed") \
	X(NOTFOUND, 404, 3, "not found") \
	X(METHOD, 405, 2, "method not allowed") \
	X(EXISTS, 409, 5, "already exists") \
	X(TOOBIG, 413, 6, "too large") \
	X(LIMIT, 429, 6, "over a limit") \
	X(FULL, 507, 9, "no space left on the disk") \
	X(BUSY, 503, 7, "busy, try again") \
	X(TIMEOUT, 504, 7, "timed out") \
	X(REMOTE, 502, 8, "the other side failed") \
	X(IO, 500, 9, "input or output failed") \
	X(DB, 500, 9, "database failed") \
	X(STOPPED, 503, 10, "stopping") \
	X(DONE, 200, 0, "no more rows") /* not a failure: end of an iteration */ \
	X(INTERNAL, 500, 70, "internal error")

enum rc {
#define X(name, http, code, text) RC_##name,
	RC_TABLE(X)
#undef X
	RC_COUNT
};

int rc_http(enum rc rc);
int rc_exit(enum rc rc);
const char *rc_text(enum rc rc);

#endif
