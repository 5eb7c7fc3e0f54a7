/* decode.h - Content-Encoding of a request body, undone as it arrives: gzip and zstd. The output goes on
 * piece by piece; its limit is the sink's business (a spool refuses at its maximum, so a small bomb stops early).
 *
 *     struct decoder *d;
 *     TRY(decoder_new(cx, S("gzip"), &d));      RC_BAD for an unknown coding; NULL for none and "identity"
 *     TRY(decoder_feed(cx, d, piece, sp));
 *     TRY(decoder_end(cx, d));                  RC_BAD when the data was cut short
 *     decoder_free(d);
 */
#ifndef HTTP_DECODE_H
#define HTTP_DECODE_H

#include "http/spool.h"

struct decoder;

bool decoder_known(struct str coding);
enum rc decoder_new(struct ctx *cx, struct str coding, struct decoder **out) MUST_USE;
enum rc decoder_feed(struct ctx *cx, struct decoder *d, struct str piece, struct spool *sink) MUST_USE;
enum rc decoder_end(struct ctx *cx, struct decoder *d) MUST_USE;
void decoder_free(struct decoder *d); /* NULL is fine */

#endif
