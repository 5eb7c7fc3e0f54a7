/* attachment.c - see attachment.h. A file is decoded twice: once for its size and hash, which the attribute's value needs, and once to be written. */
#include "policy/attachment.h"

#include "base/base64.h"
#include "base/sum.h"
#include "format/sample_zip.h"
#include "policy/object_template.h"

enum { PIECE = 64 << 10 };
#define FILE_TEMPLATE "688c46fb-5edb-40a3-8273-1af7923e2215"

static const char TOO_LARGE[] = "The file is larger than %lld MB, which is the most that is taken (max_attachment_size).";
static const char NOT_BASE64[] = "The data is not valid base64.";

/* The bytes, piece by piece. */
struct bytes {
	struct str rest;
	bool raw;
	struct b64 b;
	uint8_t piece[PIECE / 4 * 3 + 3];
};

static void bytes_of(struct bytes *b, struct str data, bool raw)
{
	b->rest = data;
	b->raw = raw;
	b->b = (struct b64){ 0 };
}

static enum rc bytes_next(struct bytes *b, struct ctx *cx, struct str *out)
{
	struct str s = str_sub(b->rest, 0, PIECE);
	size_t n;

	if (!b->rest.n)
		return b->raw || b64_end(&b->b) ? RC_DONE : fail_field(cx, RC_INVALID, "data", "%s", NOT_BASE64);
	b->rest = str_from(b->rest, s.n);
	if (b->raw) {
		*out = s;
		return RC_OK;
	}
	if (!b64_decode(&b->b, s, b->piece, &n))
		return fail_field(cx, RC_INVALID, "data", "%s", NOT_BASE64);
	*out = str_n((const char *)b->piece, n);
	return RC_OK;
}

static void hex(const uint8_t *sum, size_t n, char *out)
{
	char *d = out;

	for (size_t i = 0; i < n; i++)
		d = hex_put(d, sum[i]);
	*d = 0;
}

static bool is_true(struct str s)
{
	s = str_trim(s);
	return s.n && !str_eq(s, S("0")) && !str_eq_nocase(s, S("false"));
}

/* without folders of either kind */
static struct str base_name(struct str s)
{
	size_t at;

	while ((at = str_rchr(s, '/')) != STR_NONE || (at = str_rchr(s, '\\')) != STR_NONE)
		s = str_from(s, at + 1);
	return s;
}

static struct str before_bar(struct str s)
{
	size_t at = str_chr(s, '|');

	return at == STR_NONE ? s : str_n(s.p, at);
}

/* Size, MD5 (when wanted) and whether it is a zip already. */
static enum rc measure(struct ctx *cx, struct bytes *b, struct attached *f, bool md5, bool *zip)
{
	int64_t max = cx->st->attachment_max;
	struct sum sum = { 0 };
	uint8_t out[MD5_LEN];
	struct str piece;
	enum rc rc;

	*zip = false;
	if (md5)
		sum_begin(&sum, SUM_MD5);
	while ((rc = bytes_next(b, cx, &piece)) == RC_OK) {
		if (!f->size)
			*zip = is_zip(piece);
		f->size += (int64_t)piece.n;
		if (f->size > max) {
			rc = fail_field(cx, RC_INVALID, "data", TOO_LARGE, (long long)(max >> 20));
			break;
		}
		if (md5)
			sum_add(&sum, piece.p, piece.n);
	}
	if (md5) {
		sum_end(&sum, out);
		hex(out, MD5_LEN, f->md5);
	}
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc attachment_plan(struct ctx *cx, struct attr_in *in, const struct attr *old, struct attached *out)
{
	const struct attr_type *t = in->type.n ? attr_type_find(str_trim(in->type)) : old ? old->type : NULL;
	struct arena_mark m = arena_mark(cx->mem);
	struct bytes *b;
	bool sample, zip;

	*out = (struct attached){ .raw = in->data_raw.n > 0, .data = in->data_raw.n ? in->data_raw : in->data };
	if (!out->data.n || !t || (!str_eq(t->name, S("malware-sample")) && !str_eq(t->name, S("attachment"))))
		return RC_OK;
	if (in->value_n > 1)
		return fail_field(cx, RC_INVALID, "value", "A file belongs to one value.");
	sample = str_eq(t->name, S("malware-sample"));
	b = arena_alloc(cx->mem, sizeof(*b));
	bytes_of(b, out->data, out->raw);
	TRY(measure(cx, b, out, sample, &zip));
	arena_reset(cx->mem, m); /* an object may bring many */
	out->there = true;
	if (!sample || !(is_true(in->encrypt) || !zip))
		return RC_OK;
	out->zip = true;
	out->name = in->value_n ? in->values[0] : in->value.n ? in->value : in->value1.n ? in->value1 : old ? old->value1 : S("");
	out->name = str_dup(cx->mem, str_trim(before_bar(out->name)));
	if (!out->name.n)
		return fail_field(cx, RC_INVALID, "value", "A sample needs the name of its file.");
	in->value = str_fmt(cx->mem, "%.*s|%s", STR(out->name), out->md5);
	in->value1 = in->value2 = (struct str){ 0 };
	in->value_n = 0;
	in->value_is_array = false;
	return RC_OK;
}

/* ---- putting it away ---- */

struct keeping {
	struct bytes *b;
	struct file_in *f;
};

static enum rc next_piece(void *arg, struct ctx *cx, struct str *piece)
{
	return bytes_next(((struct keeping *)arg)->b, cx, piece);
}

static enum rc put_piece(void *arg, struct ctx *cx, struct str piece)
{
	return file_add(cx, ((struct keeping *)arg)->f, piece);
}

static enum rc write_file(struct ctx *cx, const struct attached *f, struct keeping *k)
{
	struct str piece;
	enum rc rc;

	if (f->zip)
		return sample_zip(cx, &(struct sample){ .name = f->name, .md5 = str_c(f->md5), .size = f->size, .next = next_piece, .out = put_piece, .arg = k });
	while ((rc = bytes_next(k->b, cx, &piece)) == RC_OK)
		TRY(file_add(cx, k->f, piece));
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc attachment_keep(struct ctx *cx, const struct attached *f, int64_t event_id, int64_t attr_id, enum attachment_kind kind)
{
	struct attachment a = { .event_id = event_id, .attr_id = attr_id, .kind = kind };
	struct arena_mark m = arena_mark(cx->mem);
	struct keeping k = { 0 };
	enum rc rc;

	if (!f->there)
		return RC_OK;
	k.b = arena_alloc(cx->mem, sizeof(*k.b));
	bytes_of(k.b, f->data, f->raw);
	rc = file_begin(cx, &k.f);
	if (rc == RC_OK)
		rc = write_file(cx, f, &k);
	if (rc == RC_OK)
		rc = file_end(cx, &k.f, &a.file);
	file_drop(&k.f);
	arena_reset(cx->mem, m);
	return rc == RC_OK ? attachment_put(cx, &a) : rc;
}

/* ---- a sample as an object ---- */

struct sums {
	char md5[33], sha1[41], sha256[65];
	int64_t size;
};

static enum rc sums_of(struct ctx *cx, const struct sample_in *in, struct sums *out)
{
	static const size_t len[] = { MD5_LEN, SHA1_LEN, SHA256_LEN };
	char *const text[] = { out->md5, out->sha1, out->sha256 };
	struct bytes *b = arena_alloc(cx->mem, sizeof(*b));
	int64_t max = cx->st->attachment_max;
	struct sum s[3];
	struct str piece;
	enum rc rc;

	out->size = 0;
	bytes_of(b, in->data, in->raw);
	for (int i = 0; i < 3; i++)
		sum_begin(&s[i], (enum sum_kind)i);
	while ((rc = bytes_next(b, cx, &piece)) == RC_OK && out->size <= max) {
		out->size += (int64_t)piece.n;
		for (int i = 0; i < 3; i++)
			sum_add(&s[i], piece.p, piece.n);
	}
	for (int i = 0; i < 3; i++) {
		uint8_t sum[SHA256_LEN];

		sum_end(&s[i], sum);
		hex(sum, len[i], text[i]);
	}
	if (out->size > max)
		return fail_field(cx, RC_INVALID, "data", TOO_LARGE, (long long)(max >> 20));
	return rc == RC_DONE ? RC_OK : rc;
}

enum rc sample_object(struct ctx *cx, const struct sample_in *in, struct object_in *out)
{
	struct sums *s = arena_one(cx->mem, struct sums);
	struct attr_in *a = arena_zalloc(cx->mem, 6 * sizeof(*a));
	struct str name = base_name(str_trim(in->name));
	struct template_row t;
	struct uuid u;
	enum rc rc;

	if (!name.n)
		return fail_field(cx, RC_INVALID, "filename", "A sample needs the name of its file.");
	TRY(sums_of(cx, in, s));
	*out = (struct object_in){ .name = S("file"), .meta_category = S("file"), .description = S("File object describing a file with meta-information"),
				   .template_uuid = S(FILE_TEMPLATE), .template_version = S("1"), .comment = in->comment, .distribution = in->distribution,
				   .sharing_group_id = in->sharing_group_id, .attrs = a, .attr_n = 6 };
	if (!uuid_parse(S(FILE_TEMPLATE), &u))
		return fail(cx, RC_INTERNAL, "the uuid of the file template is none");
	rc = template_find(cx, &u, -1, &t);
	if (rc == RC_OK) {
		out->name = t.t.name;
		out->meta_category = t.t.meta_category;
		out->description = t.t.description;
		out->template_version = str_fmt(cx->mem, "%lld", (long long)t.t.version);
	} else if (rc != RC_DONE) {
		return rc;
	}
	a[0] = (struct attr_in){ .type = S("malware-sample"), .value = name, .to_ids = S("1"), .encrypt = S("1") };
	if (in->raw)
		a[0].data_raw = in->data;
	else
		a[0].data = in->data;
	a[1] = (struct attr_in){ .type = S("filename"), .value = name, .to_ids = S("0") };
	a[2] = (struct attr_in){ .type = S("md5"), .value = str_c(s->md5), .to_ids = S("1") };
	a[3] = (struct attr_in){ .type = S("sha1"), .value = str_c(s->sha1), .to_ids = S("1") };
	a[4] = (struct attr_in){ .type = S("sha256"), .value = str_c(s->sha256), .to_ids = S("1") };
	a[5] = (struct attr_in){ .type = S("size-in-bytes"), .value = str_fmt(cx->mem, "%lld", (long long)s->size), .to_ids = S("0"), .category = S("Other") };
	for (size_t i = 0; i < 6; i++) {
		a[i].relation = a[i].type;
		a[i].position = i;
		a[i].disable_correlation = i == 5 ? S("1") : S("0");
		if (!a[i].category.n)
			a[i].category = in->category;
	}
	return RC_OK;
}

bool attachment_is_image(const struct attr *a)
{
	static const struct str ends[] = { S("jpg"), S("jpeg"), S("png"), S("gif"), S("webp") };
	size_t dot = str_rchr(a->value1, '.');

	if (!str_eq(a->type->name, S("attachment")) || dot == STR_NONE)
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (str_eq_nocase(str_from(a->value1, dot + 1), ends[i]))
			return true;
	return false;
}
