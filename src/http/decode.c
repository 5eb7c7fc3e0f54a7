/* decode.c - see decode.h. zlib and libzstd; several gzip members or zstd frames in a row are one body. */
#include "http/decode.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define OUT_SIZE ((size_t)64 << 10)
#define ZSTD_WINDOW_MAX 27 /* 128 MiB of window is what the format recommends to support */

struct decoder {
	z_stream z;
	ZSTD_DStream *zs; /* NULL: gzip */
	bool whole;       /* at the end of a member or frame */
	char out[OUT_SIZE];
};

static bool is_gzip(struct str c)
{
	return str_eq_nocase(c, S("gzip")) || str_eq_nocase(c, S("x-gzip"));
}

static bool is_plain(struct str c)
{
	return c.n == 0 || str_eq_nocase(c, S("identity"));
}

bool decoder_known(struct str coding)
{
	return is_plain(coding) || is_gzip(coding) || str_eq_nocase(coding, S("zstd"));
}

enum rc decoder_new(struct ctx *cx, struct str coding, struct decoder **out)
{
	struct decoder *d;

	*out = NULL;
	if (is_plain(coding))
		return RC_OK;
	if (!decoder_known(coding))
		return fail(cx, RC_BAD, "content encoding '%.*s' is not known", STR(str_sub(coding, 0, 40)));
	d = calloc(1, sizeof(*d));
	if (!d)
		return fail(cx, RC_LIMIT, "out of memory");
	if (is_gzip(coding)) {
		if (inflateInit2(&d->z, 15 + 16) != Z_OK) {
			free(d);
			return fail(cx, RC_LIMIT, "out of memory");
		}
	} else {
		d->zs = ZSTD_createDStream();
		if (!d->zs) {
			free(d);
			return fail(cx, RC_LIMIT, "out of memory");
		}
		ZSTD_DCtx_setParameter(d->zs, ZSTD_d_windowLogMax, ZSTD_WINDOW_MAX);
	}
	*out = d;
	return RC_OK;
}

static enum rc feed_gzip(struct ctx *cx, struct decoder *d, struct str in, struct spool *sink)
{
	z_stream *z = &d->z;

	z->next_in = (unsigned char *)(uintptr_t)in.p;
	z->avail_in = (unsigned)in.n;
	do {
		int r;

		if (d->whole) {
			inflateReset(z);
			d->whole = false;
		}
		z->next_out = (unsigned char *)d->out;
		z->avail_out = OUT_SIZE;
		r = inflate(z, Z_NO_FLUSH);
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
			return fail(cx, RC_BAD, "malformed gzip data in the body");
		TRY(spool_add(cx, sink, str_n(d->out, OUT_SIZE - z->avail_out)));
		d->whole = r == Z_STREAM_END;
	} while (z->avail_in || (z->avail_out == 0 && !d->whole));
	return RC_OK;
}

static enum rc feed_zstd(struct ctx *cx, struct decoder *d, struct str piece, struct spool *sink)
{
	ZSTD_inBuffer in = { piece.p, piece.n, 0 };
	ZSTD_outBuffer out;

	do {
		size_t r;

		out = (ZSTD_outBuffer){ d->out, OUT_SIZE, 0 };
		r = ZSTD_decompressStream(d->zs, &out, &in);
		if (ZSTD_isError(r))
			return fail(cx, RC_BAD, "malformed zstd data in the body");
		TRY(spool_add(cx, sink, str_n(d->out, out.pos)));
		d->whole = r == 0;
	} while (in.pos < in.size || (out.pos == out.size && !d->whole));
	return RC_OK;
}

enum rc decoder_feed(struct ctx *cx, struct decoder *d, struct str piece, struct spool *sink)
{
	while (piece.n) {
		struct str part = str_sub(piece, 0, (size_t)1 << 30);

		TRY(d->zs ? feed_zstd(cx, d, part, sink) : feed_gzip(cx, d, part, sink));
		piece = str_from(piece, part.n);
	}
	return RC_OK;
}

enum rc decoder_end(struct ctx *cx, struct decoder *d)
{
	return d->whole ? RC_OK : fail(cx, RC_BAD, "the compressed body is cut short");
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	if (d->zs)
		ZSTD_freeDStream(d->zs);
	else
		inflateEnd(&d->z);
	free(d);
}
