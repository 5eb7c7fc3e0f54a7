/* sample_zip.h - a malware sample as MISP keeps it: a zip with the password "infected" (the old encryption of zip, which every tool reads) that holds the
 * sample under its MD5 and its name in MD5.filename.txt.
 *
 *     TRY(sample_zip(cx, &(struct sample){ .name = S("a.exe"), .md5 = hex, .size = n, .next = next, .out = out, .arg = arg }));
 */
#ifndef FORMAT_SAMPLE_ZIP_H
#define FORMAT_SAMPLE_ZIP_H

#include "base/ctx.h"

struct sample {
	struct str name;
	struct str md5;       /* hex */
	int64_t size;
	/* pieces of the sample, RC_DONE at its end; pieces of the zip */
	enum rc (*next)(void *arg, struct ctx *cx, struct str *piece);
	enum rc (*out)(void *arg, struct ctx *cx, struct str piece);
	void *arg;
};
MUST_USE enum rc sample_zip(struct ctx *cx, const struct sample *s);
/* The beginning of a file says that it is a zip. */
bool is_zip(struct str start);

#endif
