/* search_xml.c - the format xml: what json writes, element by element. */
#include "export/search_doc_int.h"

enum rc write_xml(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	enum rc rc;

	if (!d->xml.out) {
		jx_init(&d->xml, out);
		buf_init(&d->json, (size_t)1 << 32);
	}
	d->xml.out = out;
	buf_reset(&d->json);
	rc = write_json(cx, d, &d->json);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	jx_feed(&d->xml, buf_view(&d->json));
	if (rc == RC_DONE)
		jx_end(&d->xml);
	return rc;
}
