/* file.h - bytes of attached files: each content once, in the data folder under files/ab/cdef..., named by its SHA-256. Rows that point to them: attachment.h.
 *
 *     SCOPED(file_drop) struct file_in *f = NULL;
 *     TRY(file_begin(cx, &f));
 *     TRY(file_add(cx, f, piece)) ...
 *     TRY(file_end(cx, &f, &id));             on the disk, under its name
 *
 * A file is written beside its place and renamed when it is complete and on the disk, inside the transaction that writes the row: file_end takes a lock that
 * file_sweep takes, too, so that what a transaction under way is about to name is never taken for left over. */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include "store/store.h"

struct file_id {
	uint8_t sha256[32];
	int64_t size;
};

struct file_in;
MUST_USE enum rc file_begin(struct ctx *cx, struct file_in **out);
MUST_USE enum rc file_add(struct ctx *cx, struct file_in *f, struct str piece); /* RC_FULL, RC_IO */
MUST_USE enum rc file_end(struct ctx *cx, struct file_in **f, struct file_id *out);
void file_drop(struct file_in **f);

/* For reading; *fd -1 and RC_OK when the file is not there. */
MUST_USE enum rc file_open(struct ctx *cx, const struct file_id *id, int *fd);
/* It is there and has its size. */
MUST_USE enum rc file_there(struct ctx *cx, const struct file_id *id, bool *out);
/* Removes files that no row names, and what was cut while it was written. Transactions of its own. */
MUST_USE enum rc file_sweep(struct ctx *cx, int64_t *removed);

/* Each file in turn: its name below files/, "ab/cdef...". For copies. RC_OK when there is no such folder. */
typedef enum rc file_each_fn(struct ctx *cx, void *arg, const char *name);
MUST_USE enum rc file_each(struct ctx *cx, const char *dir, file_each_fn *fn, void *arg);

#endif
