/* files.c - see files.h. */
#include "http/files.h"

#include <stdlib.h>
#include <zlib.h>

const struct http_file *http_file_find(const struct http_file *files, size_t n, struct str path)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = str_cmp(str_c(files[mid].path), path);

		if (d == 0)
			return &files[mid];
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

bool http_etag_matches(const struct req *rq, struct str etag)
{
	struct cur c = cur_of(req_header(rq, "If-None-Match"));
	struct str tag;

	while (cur_until(&c, ',', &tag)) {
		tag = str_trim(tag);
		if (str_starts(tag, S("W/")))
			tag = str_from(tag, 2);
		if (str_eq(tag, S("*")) || str_eq(tag, etag))
			return true;
	}
	return false;
}

/* "gzip" among the accepted codings and not with q=0 */
static bool takes_gzip(const struct req *rq)
{
	struct cur c = cur_of(req_header(rq, "Accept-Encoding"));
	struct str item;

	while (cur_until(&c, ',', &item)) {
		size_t semi = str_chr(item, ';'), q;

		if (!str_eq_nocase(str_trim(str_sub(item, 0, semi)), S("gzip")))
			continue;
		item = semi == STR_NONE ? S("") : str_from(item, semi + 1);
		q = str_find_nocase(item, S("q=0"));
		for (; q != STR_NONE && q < item.n; q++)
			if (item.p[q] >= '1' && item.p[q] <= '9')
				return true;
		return str_find_nocase(item, S("q=0")) == STR_NONE;
	}
	return false;
}

static enum rc unpack(struct req *rq, struct resp *rs, const struct http_file *f)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)f->bytes, .avail_in = (unsigned)f->n };
	int r = inflateInit2(&z, 15 + 16);

	while (r == Z_OK) {
		char *p = buf_room(&rs->body, 65536);

		if (!p)
			break;
		z.next_out = (unsigned char *)p;
		z.avail_out = 65536;
		r = inflate(&z, Z_NO_FLUSH);
		buf_wrote(&rs->body, 65536 - z.avail_out);
	}
	inflateEnd(&z);
	return r == Z_STREAM_END ? RC_OK : fail(rq->cx, RC_INTERNAL, "cannot unpack %s", f->path);
}

enum rc http_file_serve(struct req *rq, struct resp *rs, const struct http_file *f)
{
	resp_header(rq, rs, "ETag", str_c(f->etag));
	resp_header(rq, rs, "Cache-Control", f->hashed ? S("public, max-age=31536000, immutable") : S("no-cache"));
	if (f->gzipped)
		resp_header(rq, rs, "Vary", S("Accept-Encoding"));
	if (http_etag_matches(rq, str_c(f->etag))) {
		rs->status = 304;
		return RC_OK;
	}
	rs->type = f->type;
	if (f->gzipped && !takes_gzip(rq))
		return unpack(rq, rs, f);
	if (f->gzipped)
		resp_header(rq, rs, "Content-Encoding", S("gzip"));
	rs->view = str_n((const char *)f->bytes, f->n);
	return RC_OK;
}
