/* attachments.c - files of attributes: handed out, and taken in by the calls that are about files. */
#include "api/handlers.h"
#include "api/objects.h"

#include <errno.h>
#include <unistd.h>

#include "api/api_int.h"
#include "export/file_text.h"
#include "format/misp_json.h"
#include "http/multipart.h"
#include "model/event_make.h"
#include "policy/attachment.h"
#include "store/proposal.h"

static const char NO_FILE[] = "Attribute does not exist or you do not have the permission to download this attribute.";

/* ---- out ---- */

static enum rc load(struct req *rq, size_t var, struct attr *a, struct attachment *file)
{
	struct ctx *cx = rq->cx;
	enum rc rc = api_attr(rq, var, a);

	if (rc == RC_OK)
		rc = a->deleted ? RC_DONE : attachment_load(cx, a->event_id, a->id, ATTACHED_ATTR, file);
	if (rc == RC_NOTFOUND)
		ctx_forgive(cx);
	return rc == RC_DONE || rc == RC_NOTFOUND ? fail(cx, RC_NOTFOUND, "%s", NO_FILE) : rc;
}

struct file_stream {
	int fd;
};

static void close_stream(void *arg)
{
	struct file_stream *s = arg;

	if (s->fd >= 0)
		close(s->fd);
}

static enum rc file_more(void *arg, struct buf *out)
{
	enum { PIECE = 128 << 10 };
	struct file_stream *s = arg;
	char *room = buf_room(out, PIECE);
	ssize_t n;

	if (!room)
		return RC_LIMIT;
	do
		n = read(s->fd, room, PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return RC_IO;
	buf_wrote(out, (size_t)n);
	return n ? RC_OK : RC_DONE;
}

static enum rc stream(struct req *rq, struct resp *rs, const struct file_id *id, const char *type)
{
	struct file_stream *s = arena_one(rq->cx->mem, struct file_stream);

	s->fd = -1;
	arena_cleanup(rq->cx->mem, close_stream, s);
	TRY(file_open(rq->cx, id, &s->fd));
	if (s->fd < 0)
		return fail(rq->cx, RC_NOTFOUND, "The file of this attribute is not there.");
	rs->type = type;
	resp_header(rq, rs, "X-Content-Type-Options", S("nosniff"));
	rs->more = file_more;
	rs->more_arg = s;
	return RC_OK;
}

/* attachment; filename="..." without what could end it, and the whole name percent-encoded */
static struct str disposition(struct ctx *cx, struct str name)
{
	struct buf b;
	struct str s;

	buf_init(&b, 16 << 10);
	buf_str(&b, S("attachment; filename=\""));
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		buf_ch(&b, c < 32 || c > 126 || c == '"' || c == '\\' || c == '/' || c == '%' ? '_' : (char)c);
	}
	buf_str(&b, S("\"; filename*=UTF-8''"));
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (ch_alnum(c) || c == '.' || c == '-' || c == '_')
			buf_ch(&b, (char)c);
		else
			buf_fmt(&b, "%%%02X", c);
	}
	s = buf_ok(&b) ? str_dup(cx->mem, buf_view(&b)) : S("attachment");
	buf_clear(&b);
	return s;
}

static enum rc download(struct req *rq, struct resp *rs, size_t var)
{
	struct attachment file;
	struct attr a;
	bool sample;

	TRY(load(rq, var, &a, &file));
	sample = str_eq(a.type->name, S("malware-sample"));
	resp_header(rq, rs, "Content-Disposition", disposition(rq->cx, sample ? str_fmt(rq->cx->mem, "%.*s.zip", STR(a.value1)) : a.value1));
	return stream(rq, rs, &file.file, sample ? "application/zip" : "application/octet-stream");
}

enum rc attributes_download(struct req *rq, struct resp *rs)
{
	return download(rq, rs, 0);
}

/* attributes/downloadAttachment/download/ID */
enum rc attributes_download_attachment(struct req *rq, struct resp *rs)
{
	return download(rq, rs, 1);
}

/* the file that a proposal came with: for who sees the proposal */
enum rc shadow_attributes_download(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct attachment file;
	struct event_key k;
	struct proposal p;
	bool sample;
	enum rc rc = event_key_parse(req_var(rq, 0), &k) ? proposal_load(cx, cx->scope, &k, &p) : RC_DONE;

	if (rc == RC_OK)
		rc = attachment_load(cx, p.a.event_id, p.a.id, ATTACHED_PROPOSAL, &file);
	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Proposal does not exist or you do not have the permission to download this attribute.");
	TRY(rc);
	sample = str_eq(p.a.type->name, S("malware-sample"));
	resp_header(rq, rs, "Content-Disposition", disposition(cx, sample ? str_fmt(cx->mem, "%.*s.zip", STR(p.a.value1)) : p.a.value1));
	return stream(rq, rs, &file.file, sample ? "application/zip" : "application/octet-stream");
}

static const char *image_type(struct str name)
{
	static const struct {
		struct str end;
		const char *type;
	} types[] = { { S(".png"), "image/png" }, { S(".gif"), "image/gif" }, { S(".webp"), "image/webp" } };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (name.n > types[i].end.n && str_eq_nocase(str_from(name, name.n - types[i].end.n), types[i].end))
			return types[i].type;
	return "image/jpeg";
}

static enum rc file_piece(void *arg, struct buf *out)
{
	struct file_text *t = arg;
	struct jw w;

	jw_init(&w, out, false);
	file_text_write(t, &w);
	return t->cx->err.rc == RC_OK ? RC_DONE : t->cx->err.rc;
}

/* A client of the API gets the base64 as a JSON text, a browser the picture. */
enum rc attributes_view_picture(struct req *rq, struct resp *rs)
{
	struct attachment file;
	struct attr a;

	TRY(load(rq, 0, &a, &file));
	if (!attachment_is_image(&a))
		return fail(rq->cx, RC_NOTFOUND, "Attribute is not an image.");
	if (str_eq(rq->ext, S("json")) || str_find_nocase(req_header(rq, "Accept"), S("json")) != STR_NONE) {
		rs->type = "application/json; charset=UTF-8";
		return api_spool(rq, rs, file_piece, &(struct file_text){ rq->cx, &file.file });
	}
	return stream(rq, rs, &file.file, image_type(a.value1));
}

/* ---- in ---- */

struct upload_file {
	struct str name, data;
	bool raw;
};
struct upload {
	struct str event_id, category, comment, distribution, sharing_group_id, threat_level_id, analysis, info, malware, advanced;
	struct upload_file *files;
	size_t file_n, file_cap;
};

static const struct {
	const char *name;
	size_t at;
} upload_texts[] = {
	{ "event_id", offsetof(struct upload, event_id) },
	{ "category", offsetof(struct upload, category) },
	{ "comment", offsetof(struct upload, comment) },
	{ "distribution", offsetof(struct upload, distribution) },
	{ "sharing_group_id", offsetof(struct upload, sharing_group_id) },
	{ "threat_level_id", offsetof(struct upload, threat_level_id) },
	{ "analysis", offsetof(struct upload, analysis) },
	{ "info", offsetof(struct upload, info) },
	{ "malware", offsetof(struct upload, malware) },
	{ "advanced", offsetof(struct upload, advanced) },
};

static struct str *upload_text(struct upload *u, struct str name)
{
	for (size_t i = 0; i < sizeof(upload_texts) / sizeof(*upload_texts); i++)
		if (str_eq(name, str_c(upload_texts[i].name)))
			return (struct str *)(void *)((char *)u + upload_texts[i].at);
	return NULL;
}

static void add_file(struct ctx *cx, struct upload *u, struct upload_file f)
{
	u->files = arena_grow(cx->mem, u->files, &u->file_cap, u->file_n, sizeof(*u->files));
	u->files[u->file_n++] = f;
}

static void skip_or_text(struct jr *r, struct str *out)
{
	enum jkind k = jr_peek(r);

	if (k == J_OBJ || k == J_ARR)
		jr_skip(r);
	else
		*out = jr_text_dup(r);
}

static void read_file(struct jr *r, struct upload *u)
{
	struct upload_file f = { 0 };
	struct str key;

	if (jr_peek(r) != J_OBJ) {
		jr_skip(r);
		return;
	}
	for (jr_obj(r); jr_member(r, &key);) {
		if (str_eq(key, S("filename")) || str_eq(key, S("name")))
			skip_or_text(r, &f.name);
		else if (str_eq(key, S("data")))
			skip_or_text(r, &f.data);
		else
			jr_skip(r);
	}
	if (f.name.n && f.data.n)
		add_file(r->cx, u, f);
}

/* Members, also one level down in "request" and "Attribute". */
static void read_members(struct jr *r, struct upload *u, int depth)
{
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		struct str *text = upload_text(u, key);

		if (text)
			skip_or_text(r, text);
		else if ((str_eq(key, S("files")) || str_eq(key, S("values"))) && jr_peek(r) == J_ARR)
			for (jr_arr(r); jr_elem(r);)
				read_file(r, u);
		else if ((str_eq(key, S("request")) || str_eq(key, S("Attribute"))) && jr_peek(r) == J_OBJ && depth < 2)
			read_members(r, u, depth + 1);
		else
			jr_skip(r);
	}
}

/* data[Attribute][category] and category are the same */
static struct str last_name(struct str s)
{
	while (str_ends(s, S("[]")))
		s.n -= 2;
	if (s.n && s.p[s.n - 1] == ']') {
		size_t at = str_rchr(s, '[');

		if (at != STR_NONE)
			return str_sub(s, at + 1, s.n - at - 2);
	}
	return s;
}

static enum rc read_upload(struct req *rq, struct upload *u)
{
	struct ctx *cx = rq->cx;
	struct str type = req_header(rq, "Content-Type");
	struct jr r;

	*u = (struct upload){ 0 };
	if (http_is_multipart(type)) {
		struct http_part *v;
		size_t n;

		TRY(http_multipart(cx, type, rq->body, &v, &n));
		for (size_t i = 0; i < n; i++) {
			struct str *text = v[i].filename.p ? NULL : upload_text(u, last_name(v[i].name));

			if (v[i].filename.n)
				add_file(cx, u, (struct upload_file){ v[i].filename, v[i].data, true });
			else if (text && utf8_valid(v[i].data))
				*text = v[i].data;
		}
	} else {
		jr_init(&r, cx, rq->body, &misp_limits);
		read_members(&r, u, 0);
		TRY(jr_end(&r));
	}
	if (!u->file_n)
		return fail_field(cx, RC_BAD, "files", "No samples received, or samples not in the correct format: files is a list of objects with filename and data.");
	return RC_OK;
}

/* one of the numbers from..to, else the default, as MISP has it */
static struct str choice(struct str sent, const char *allowed, const char *dflt)
{
	sent = str_trim(sent);
	return sent.n == 1 && str_chr(str_c(allowed), sent.p[0]) != STR_NONE ? sent : str_c(dflt);
}

static struct str sample_category(struct str sent)
{
	const struct attr_type *t = attr_type_find(S("malware-sample"));

	return attr_type_in_cat(t, cat_find(str_trim(sent))) ? str_trim(sent) : S("Payload installation");
}

static bool is_true(struct str s)
{
	s = str_trim(s);
	return s.n && !str_eq(s, S("0")) && !str_eq_nocase(s, S("false"));
}

/* Each sample an object of its own; what one of them lacks does not hold up the others. The first reason stays in *s. */
static enum rc save_samples(struct req *rq, const struct event *e, const struct object_in *objects, size_t n, bool *saved, size_t *saved_n)
{
	struct ctx *cx = rq->cx;
	struct err first = { 0 };

	*saved_n = 0;
	for (size_t i = 0; i < n; i++) {
		struct save s = SAVE_LOCAL;
		int64_t id;
		enum rc rc = object_add(cx, e, &objects[i], false, &s, &id);

		save_clear(&s);
		saved[i] = rc == RC_OK;
		*saved_n += rc == RC_OK;
		if (rc != RC_OK && rc != RC_INVALID && rc != RC_EXISTS)
			return rc;
		if (rc != RC_OK && first.rc == RC_OK)
			first = cx->err;
		ctx_forgive(cx);
	}
	if (*saved_n || !n)
		return RC_OK;
	return fail_field(cx, first.rc, first.field, "%s", first.msg);
}

static enum rc make_objects(struct req *rq, const struct upload *u, struct object_in **out)
{
	*out = arena_many(rq->cx->mem, u->file_n, struct object_in);
	for (size_t i = 0; i < u->file_n; i++) {
		struct sample_in in = { .name = u->files[i].name, .data = u->files[i].data, .raw = u->files[i].raw, .category = sample_category(u->category),
					.comment = u->comment.p ? u->comment : S(""), .distribution = u->distribution, .sharing_group_id = u->sharing_group_id };

		TRY(sample_object(rq->cx, &in, &(*out)[i]));
	}
	return RC_OK;
}

static void write_failed(struct jw *w, const struct upload *u, const bool *saved)
{
	jw_key(w, "errors");
	jw_arr(w);
	for (size_t i = 0; i < u->file_n; i++)
		if (!saved[i])
			jw_str(w, u->files[i].name);
	jw_arr_end(w);
}

static enum rc new_event(struct req *rq, const struct upload *u, struct event *e)
{
	struct ctx *cx = rq->cx;
	char day[CLOCK_TEXT_MAX];
	struct event_in in = { .info = u->info.n ? u->info : (struct str){ 0 }, .analysis = choice(u->analysis, "012", "0"),
			       .threat_level_id = choice(u->threat_level_id, "1234", "4"), .distribution = u->distribution };

	if (str_eq(u->distribution, S("5")))
		return fail(cx, RC_BAD, "Distribution level 5 is not supported when uploading a sample without passing an event ID. Distribution level 5 is meant to "
					"take on the distribution level of an existing event.");
	if (!in.info.n) {
		clock_iso(cx->now_us, day);
		in.info = str_fmt(cx->mem, "Malware samples uploaded on %.10s", day);
	}
	TRY(event_make(cx, &in, DIST_ORG, e));
	e->org_id = e->orgc_id = cx->who->org_id;
	e->user_id = cx->who->id;
	return event_make_head(cx, e);
}

enum rc events_upload_sample(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct object_in *objects;
	struct upload u;
	struct event e = { 0 };
	size_t saved_n;
	bool *saved;
	struct str ref = req_var(rq, 0);
	struct event_key k;
	struct jw w;

	TRY(read_upload(rq, &u));
	u.distribution = choice(u.distribution, "01235", "5");
	if (!ref.n)
		ref = str_trim(u.event_id);
	if (ref.n) {
		if (!event_key_parse(ref, &k))
			return fail(cx, RC_NOTFOUND, "Event not found");
		TRY(event_load(cx, cx->scope, &k, &e));
		TRY(api_may_edit(rq, &e));
	}
	api_saving(rq, "Could not add Object", "/events/upload_sample", false);
	TRY(make_objects(rq, &u, &objects));
	if (!e.id)
		TRY(new_event(rq, &u, &e));
	saved = arena_zalloc(cx->mem, u.file_n);
	TRY(save_samples(rq, &e, objects, u.file_n, saved, &saved_n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kstr(&w, "name", saved_n == u.file_n ? S("Success") : S("Partial success"));
	jw_kstr(&w, "message", saved_n == u.file_n ? S("Success, saved all attributes.")
						   : str_fmt(cx->mem, "Successfuly saved %zu sample(s), but some samples could not be saved.", saved_n));
	jw_kstr(&w, "url", str_fmt(cx->mem, "/events/view/%lld", (long long)e.id));
	jw_kid(&w, "id", e.id);
	if (saved_n < u.file_n)
		write_failed(&w, &u, saved);
	jw_obj_end(&w);
	return RC_OK;
}

/* attachments as attributes */
struct attaching {
	const struct upload *u;
	size_t at;
};

static struct str base_name(struct str s)
{
	size_t at;

	while ((at = str_rchr(s, '/')) != STR_NONE || (at = str_rchr(s, '\\')) != STR_NONE)
		s = str_from(s, at + 1);
	return s;
}

static enum rc next_attachment(void *arg, struct ctx *cx, struct attr_in *in)
{
	struct attaching *a = arg;
	const struct upload_file *f = &a->u->files[a->at];

	(void)cx;
	if (a->at == a->u->file_n)
		return RC_DONE;
	a->at++;
	*in = (struct attr_in){ .type = S("attachment"), .value = base_name(f->name), .category = a->u->category, .comment = a->u->comment, .to_ids = S("0"),
				.distribution = a->u->distribution, .sharing_group_id = a->u->sharing_group_id };
	if (f->raw)
		in->data_raw = f->data;
	else
		in->data = f->data;
	return RC_OK;
}

static enum rc save_attachments(struct req *rq, const struct event *e, const struct upload *u, bool *saved, size_t *saved_n)
{
	struct attaching a = { .u = u };
	struct save s = SAVE_LOCAL;
	enum rc rc = attrs_add_from(rq->cx, e, next_attachment, &a, &s);

	*saved_n = s.attrs_added;
	for (size_t i = 0; i < u->file_n; i++)
		saved[i] = true;
	for (size_t i = 0; i < s.error_n; i++)
		if (s.errors[i].position < u->file_n)
			saved[s.errors[i].position] = false;
	if (rc == RC_OK && !s.attrs_added && s.error_n)
		rc = fail_field(rq->cx, RC_INVALID, s.errors[0].field, "%s", s.errors[0].msg);
	save_clear(&s);
	return rc;
}

enum rc attributes_add_attachment(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct object_in *objects;
	struct upload u;
	struct event e;
	struct str text;
	size_t saved_n;
	bool *saved;
	struct jw w;

	TRY(api_event(rq, 0, &e));
	TRY(api_may_edit(rq, &e));
	TRY(read_upload(rq, &u));
	saved = arena_zalloc(cx->mem, u.file_n);
	api_saving(rq, "Could not add Attribute", "/attributes/add_attachment", false);
	if (is_true(u.malware)) {
		TRY(make_objects(rq, &u, &objects));
		TRY(save_samples(rq, &e, objects, u.file_n, saved, &saved_n));
	} else {
		TRY(save_attachments(rq, &e, &u, saved, &saved_n));
	}
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kbool(&w, "success", true);
	text = saved_n < u.file_n ? S("Some of the attachments failed to upload.") : saved_n == 1 ? S("The attachment have been uploaded.") :
														    S("The attachments have been uploaded.");
	jw_kstr(&w, "name", text);
	jw_kstr(&w, "message", text);
	jw_kstr(&w, "url", str_fmt(cx->mem, "/events/view/%lld", (long long)e.id));
	jw_kid(&w, "id", e.id);
	if (saved_n < u.file_n)
		write_failed(&w, &u, saved);
	jw_obj_end(&w);
	return RC_OK;
}
