/* file_text.h - an attached file as the base64 text of a JSON value, written in pieces: memory does not grow with the file. */
#ifndef EXPORT_FILE_TEXT_H
#define EXPORT_FILE_TEXT_H

#include "base/json.h"
#include "store/file.h"

struct file_text {
	struct ctx *cx;
	const struct file_id *file;
};
/* arg: struct file_text. A file that is not there is "", as MISP has it; a failure is left in the ctx for who called the writer. */
void file_text_write(void *arg, struct jw *w);

#endif
