/* json.h - JSON in and out without a tree (RFC 8259, I-JSON's rules on duplicates and UTF-8).
 *
 * In: a strict pull reader. Text comes from memory (jr_init) or piecewise from a function (jr_init_fill; memory stays
 * flat whatever the document's size). Errors are sticky: after the first one every call answers "nothing more" and
 * jr_end() returns it, with line, column and byte offset in the message. Refused: invalid UTF-8, lone surrogates,
 * control characters in strings, NaN, leading zeros, trailing commas, depth over the limit, strings over the limit,
 * duplicate keys in one object, anything behind the value.
 *
 *     struct jr r;
 *     jr_init(&r, cx, text, NULL);
 *     struct str key;
 *     for (jr_obj(&r); jr_member(&r, &key);) {           "{", then each member; stops behind "}"
 *         if (str_eq(key, S("info"))) info = jr_text(&r);      string, number, true/false as text; null gives {NULL,0}
 *         else if (str_eq(key, S("Tag")))
 *             for (jr_arr(&r); jr_elem(&r);) jr_skip(&r);
 *         else jr_skip(&r);                                     a value left alone is skipped, too
 *     }                                                          a loop once entered runs to its end (no break)
 *     TRY(jr_end(&r));                                           also checks that nothing follows
 *
 * Out: a writer into a buf (with a flush function it streams).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"
#include "base/uuid.h"

enum jkind { J_NONE, J_OBJ, J_ARR, J_STR, J_NUM, J_TRUE, J_FALSE, J_NULL };

/* A field left at 0 takes its default. */
struct jr_limits {
	unsigned depth_max; /* default 64, at most 512 */
	size_t string_max;  /* bytes of one decoded string (or of a number); default 64 MiB */
	size_t keys_max;    /* keys of all objects open at once (8 to 24 bytes each are kept); default 4 Mi */
	size_t window;      /* first size of the window in fill mode; default 64 KiB */
};

/* Writes up to cap bytes to dst; 0 at the end, -1 on failure with errno or with a failure recorded in the ctx. */
typedef ssize_t jr_fill_fn(void *arg, char *dst, size_t cap);

struct jr { /* private to json_read.c */
	struct ctx *cx;
	const char *p, *end;      /* what is still unread of the window */
	const char *base;         /* first byte of the window; from memory: of the text */
	uint64_t base_off;        /* its offset in the document */
	uint64_t line, column;    /* line breaks before base; characters between the last of them and base */
	jr_fill_fn *fill;
	void *fill_arg;
	enum rc rc;
	bool eof;                 /* fill has nothing more */
	bool pending;             /* a value stands next */
	bool lasting;             /* the last scalar is a view into the caller's text */
	bool begun;               /* a value of the stream was handed out */
	unsigned depth;
	struct jr_limits lim;
	struct jr_frame *frames;  /* open objects and arrays */
	uint64_t *keys;           /* hashes of the keys of the open objects, innermost last */
	size_t key_n, key_cap, key_all;
	uint64_t seed;
	struct jr_heap *heap;     /* in cx->mem, since it outlives this struct */
};

/* text is borrowed. limits NULL: the defaults. What is allocated lives until jr_end or the end of cx->mem, whichever is
 * first. */
void jr_init(struct jr *r, struct ctx *cx, struct str text, const struct jr_limits *lim);
void jr_init_fill(struct jr *r, struct ctx *cx, jr_fill_fn *fn, void *arg, const struct jr_limits *lim);

/* Kind of the value that stands next, without consuming it; J_NONE after an error or where no value stands. */
enum jkind jr_peek(struct jr *r);
/* Enters an object / array; on another kind: an error "expected an object". */
void jr_obj(struct jr *r);
void jr_arr(struct jr *r);
/* Next member / element of the innermost object / array; false behind its end or after an error. The key is valid until
 * the next jr call. */
bool jr_member(struct jr *r, struct str *key);
bool jr_elem(struct jr *r);
/* Scalar as text: string decoded, number as written, "true"/"false"; null: {NULL,0}; object or array: an error.
 * Valid until the next jr call. */
struct str jr_text(struct jr *r);
/* jr_text that stays valid as long as cx->mem (or, from memory and without escapes, as long as the text given to
 * jr_init). */
struct str jr_text_dup(struct jr *r);
/* Lenient scalars as MISP clients send them: number or text of a number; true/false/0/1/"0"/"1"/""/"true"/"false".
 * What cannot be read so gives dflt and no error. */
int64_t jr_int(struct jr *r, int64_t dflt);
bool jr_bool(struct jr *r, bool dflt);
/* Steps over a value of any kind, checked all the same. */
void jr_skip(struct jr *r);
/* Raw text of the next value, checked and consumed (memory mode only: a view into the text); {NULL,0} after an
 * error. */
struct str jr_raw(struct jr *r);
/* Offset in the document of the next byte. */
uint64_t jr_offset(const struct jr *r);
bool jr_failed(const struct jr *r);
/* Marks the document as wrong at this place (a rule of the caller, e.g. "expected a text"). */
void jr_fail(struct jr *r, const char *what);
/* End of the document: only white space may follow. RC_OK, or the first error (RC_BAD; from fill RC_IO, or what it
 * recorded itself). */
MUST_USE enum rc jr_end(struct jr *r);
/* For a stream of values with white space between them (NDJSON): true when another value follows.
 *     while (jr_more(&r)) { read one value }  TRY(jr_end(&r));          an empty stream is fine */
bool jr_more(struct jr *r);

/* Writer. Nesting (at most 64 levels), and that a key precedes each member, are asserted. Strings must be UTF-8; invalid
 * bytes come out as U+FFFD. Escaped are '"', '\\' and control characters, nothing else. */
struct jw {
	struct buf *out;
	uint64_t comma;   /* one bit a level, innermost lowest: something stands before */
	uint64_t in_obj;  /* one bit a level, innermost lowest */
	unsigned depth;
	bool after_key;
	bool pretty;      /* one member a line, four blanks a level, as MISP indents for a person */
};
void jw_init(struct jw *w, struct buf *out, bool pretty);
void jw_obj(struct jw *w);
void jw_obj_end(struct jw *w);
void jw_arr(struct jw *w);
void jw_arr_end(struct jw *w);
/* key must be a literal of plain ASCII without characters to escape */
void jw_key(struct jw *w, const char *key);
void jw_key_str(struct jw *w, struct str key); /* any text */
void jw_str(struct jw *w, struct str s);
void jw_strs(struct jw *w, struct str a, struct str b); /* a and b as one string */
void jw_int(struct jw *w, int64_t v);
void jw_int_str(struct jw *w, int64_t v); /* "17": ids, counts and times in MISP's contract */
void jw_double(struct jw *w, double v);   /* finite; shortest text that reads back */
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, struct str json); /* a value already in JSON */
/* key and value at once */
void jw_kstr(struct jw *w, const char *key, struct str s);
void jw_kint(struct jw *w, const char *key, int64_t v);
void jw_kid(struct jw *w, const char *key, int64_t v); /* as text */
void jw_kbool(struct jw *w, const char *key, bool v);
void jw_knull(struct jw *w, const char *key);
void jw_kuuid(struct jw *w, const char *key, const struct uuid *u);

#endif
