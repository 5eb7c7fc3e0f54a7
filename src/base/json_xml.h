/* json_xml.h - JSON as XML while it is written: bytes of a JSON text go in, in any pieces, XML comes out. Made for JSON of our own writer; what is not JSON
 * gives some XML, never a failure.
 *
 * The form is MISP's: the document is <response>; a member becomes an element, a list one element each, an empty list or null an empty element, true and
 * false 1 and 0. A member "response" at the top is the document itself; objects in a list without a name stand by their only member, or as <item>.
 *
 *     struct jx x;
 *     jx_init(&x, &out);
 *     while (...) jx_feed(&x, piece);
 *     jx_end(&x);
 *     jx_clear(&x);
 */
#ifndef BASE_JSON_XML_H
#define BASE_JSON_XML_H

#include "base/buf.h"

enum { JX_LEVELS = 66 };
struct jx {
	struct buf *out;
	struct buf names, key;   /* names of the open levels one behind the other; the present key */
	struct jx_level {
		bool list, element, pending; /* pending: whether it is an element is known at the first member */
		size_t name, name_n, n;
	} level[JX_LEVELS];
	unsigned depth;
	enum { JX_OUTSIDE, JX_KEY, JX_TEXT, JX_SCALAR } in;
	bool want_key, escape, begun;
	unsigned hex_left, code, high;
	struct buf scalar;
};

void jx_init(struct jx *x, struct buf *out);
void jx_clear(struct jx *x);
void jx_feed(struct jx *x, struct str piece); /* out may be another one at each call */
void jx_end(struct jx *x);

#endif
