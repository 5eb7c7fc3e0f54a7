/* library.h - reading the clone of a MISP library repository: DIR/lists/NAME/list.json and the like.
 *
 *     TRY(library_each(cx, dir, "lists", "list.json", fn, arg));     fn once a NAME, in the order of the names
 */
#ifndef LISTS_LIBRARY_H
#define LISTS_LIBRARY_H

#include "base/ctx.h"

#define LIBRARY_FILE_MAX ((size_t)256 << 20)

/* One file; text is valid during the call, and what the call allocates in cx->mem is given back after it. */
typedef enum rc library_fn(struct ctx *cx, void *arg, struct str name, struct str text);

/* Calls fn with DIR/sub/NAME/leaf for each NAME that holds one; folders without the file are passed over. Stops at the
 * first answer that is not RC_OK and returns it. RC_NOTFOUND when DIR/sub is no folder; RC_IO; RC_TOOBIG. */
MUST_USE enum rc library_each(struct ctx *cx, const char *dir, const char *sub, const char *leaf, library_fn *fn,
	void *arg);

/* The same for the files DIR/sub/NAME.json; name is NAME.json. */
MUST_USE enum rc library_files(struct ctx *cx, const char *dir, const char *sub, library_fn *fn, void *arg);

/* Content of a regular file of at most max bytes, in cx->mem. RC_NOTFOUND, RC_IO, RC_TOOBIG. */
MUST_USE enum rc library_file(struct ctx *cx, const char *path, size_t max, struct str *out);

#endif
