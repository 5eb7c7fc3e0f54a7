/* search_text.c - the formats that are lists of lines: text and values, hashes, cache, count. */
#include <stdio.h>

#include "base/buf.h"
#include "base/sum.h"
#include "export/search_doc_int.h"
#include "model/value.h"
#include "store/store.h"

static struct str value_of(struct ctx *cx, const struct attr *a)
{
	return a->value2.n ? value_join(cx->mem, a->type, a->value1, a->value2) : a->value1;
}

/* a value is one line, whatever is in it */
static void put_line(struct buf *out, struct str value)
{
	if (memchr(value.p, '\n', value.n) || memchr(value.p, '\r', value.n))
		for (size_t j = 0; j < value.n; j++)
			buf_ch(out, value.p[j] == '\n' || value.p[j] == '\r' ? ' ' : value.p[j]);
	else
		buf_str(out, value);
	buf_ch(out, '\n');
}

static bool written(struct ctx *cx, struct search_doc *d, struct str value)
{
	return doc_seen(&d->seen, (uint64_t)store_digest_folded(cx->st, value));
}

enum rc write_text(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct attr *v;
	size_t n;

	TRY(doc_next_attrs(cx, d, &v, &n));
	for (size_t i = 0; i < n; i++) {
		struct str value = value_of(cx, &v[i]);

		if (value.n && !written(cx, d, value))
			put_line(out, value);
	}
	return d->rows_done ? RC_DONE : RC_OK;
}

/* the half of a value that is a hash; {NULL,0} when none is */
static struct str hash_of(const struct attr *a)
{
	static const char *const simple[] = { "md5", "sha1", "sha256", "sha224", "sha384", "sha512", "sha512/224", "sha512/256", "sha3-224", "sha3-256",
					      "sha3-384", "sha3-512", "ssdeep", "imphash", "tlsh", "x509-fingerprint-sha1", "x509-fingerprint-md5",
					      "x509-fingerprint-sha256", "pehash", "authentihash", "impfuzzy" };
	struct str name = a->type->name, half = a->value1;

	if (str_eq(name, S("malware-sample")))
		return a->value2;
	if (str_starts(name, S("filename|"))) {
		name = str_from(name, 9);
		half = a->value2;
	}
	for (size_t i = 0; i < sizeof(simple) / sizeof(*simple); i++)
		if (str_eq(name, str_c(simple[i])))
			return half;
	return (struct str){ 0 };
}

enum rc write_hashes(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct attr *v;
	size_t n;

	TRY(doc_next_attrs(cx, d, &v, &n));
	for (size_t i = 0; i < n; i++) {
		struct str h = hash_of(&v[i]);

		if (h.n && !written(cx, d, h))
			put_line(out, h);
	}
	return d->rows_done ? RC_DONE : RC_OK;
}

/* what a peer keeps of our values to find them again: a hash each, with the event's uuid when asked for */
enum rc write_cache(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	struct attr *v;
	struct event *ev = NULL;
	size_t n, en = 0;

	TRY(doc_next_attrs(cx, d, &v, &n));
	if (d->o.include_event_uuid)
		TRY(doc_events_of(cx, d, v, n, &ev, &en));
	for (size_t i = 0; i < n; i++) {
		const struct event *e = d->o.include_event_uuid ? doc_event_in(ev, en, v[i].event_id) : NULL;
		struct str value = value_of(cx, &v[i]);
		uint8_t sum[SHA256_LEN];
		char text[UUID_TEXT + 1];

		if (str_eq(d->o.hash_type, S("sha1"))) {
			sum_sha1(value, sum);
			buf_hex(out, sum, SHA1_LEN);
		} else if (str_eq(d->o.hash_type, S("sha256"))) {
			sum_sha256(value, sum);
			buf_hex(out, sum, SHA256_LEN);
		} else {
			sum_md5(value, sum);
			buf_hex(out, sum, MD5_LEN);
		}
		if (e) {
			uuid_text(&e->uuid, text);
			buf_ch(out, ',');
			buf_mem(out, text, UUID_TEXT);
		}
		buf_ch(out, '\n');
	}
	return d->rows_done ? RC_DONE : RC_OK;
}

enum rc write_count(struct ctx *cx, struct search_doc *d, struct buf *out)
{
	int64_t n;

	TRY(search_doc_count(cx, d, &n));
	buf_fmt(out, "%lld\n", (long long)n);
	return RC_DONE;
}
