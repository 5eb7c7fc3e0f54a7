/* undisguise.h - a copy of a text without the disguise of its indicators, and the way back to the original offsets. */
#ifndef EXTRACT_UNDISGUISE_H
#define EXTRACT_UNDISGUISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* From this offset of the copy on, original offset = copy offset + shift. */
struct shift {
	size_t at;
	ptrdiff_t shift;
};

struct plain {
	struct buf text;   /* the copy; unused when nothing was disguised */
	struct buf shifts; /* struct shift[], ascending */
	struct str view;   /* the text to read: the copy, or the original itself */
	size_t shift_n;
	size_t hint; /* last shift looked up: offsets are asked for in ascending order */
};

void plain_init(struct plain *p);
void plain_clear(struct plain *p);
/* Reads text anew; text must live as long as p is used. */
void plain_read(struct plain *p, struct str text);
/* Original offset of an offset in the copy (0..view.n). */
size_t plain_origin(struct plain *p, size_t at);
/* True when something between two offsets of the copy was disguised. */
bool plain_disguised(struct plain *p, size_t from, size_t to);

#endif
