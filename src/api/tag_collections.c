/* tag_collections.c - tag collections, the tags that users mark, and the lists that a tag is chosen from. */
#include "api/tag_collections.h"

#include "api/api_int.h"
#include "api/form.h"
#include "base/seek.h"
#include "export/galaxy_doc.h"
#include "store/org.h"
#include "store/taxonomy.h"

enum rc api_tag_collection(struct req *rq, struct str ref, struct tag_collection *out)
{
	struct event_key k;

	return event_key_parse(str_trim(ref), &k) ? tag_collection_visible(rq->cx, k.id, &k.uuid, out) : fail(rq->cx, RC_NOTFOUND, "Invalid Tag Collection");
}

/* ---- writing them ---- */

static void write_head(struct jw *w, const struct tag_collection *c, bool with_user)
{
	jw_key(w, "TagCollection");
	jw_obj(w);
	jw_kid(w, "id", c->id);
	jw_kuuid(w, "uuid", &c->uuid);
	if (with_user)
		jw_kid(w, "user_id", c->user_id);
	jw_kid(w, "org_id", c->org_id);
	jw_kstr(w, "name", c->name);
	jw_kstr(w, "description", c->description);
	jw_kbool(w, "all_orgs", c->all_orgs);
	jw_obj_end(w);
}

static void write_tags(struct jw *w, const struct tag_use *v, size_t n, int64_t id)
{
	int64_t row = 0;

	jw_key(w, "TagCollectionTag");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		if (v[i].t.is_galaxy) /* stands under Galaxy */
			continue;
		jw_obj(w);
		jw_kid(w, "id", ++row);
		jw_kid(w, "tag_collection_id", id);
		jw_kid(w, "tag_id", v[i].t.id);
		jw_key(w, "Tag");
		jw_obj(w);
		jw_kid(w, "id", v[i].t.id);
		jw_kstr(w, "name", v[i].t.name);
		jw_kstr(w, "colour", v[i].t.colour);
		jw_obj_end(w);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

static enum rc write_one(struct ctx *cx, struct jw *w, const struct tag_collection *c)
{
	bool mine = user_may_edit_tag_collection(cx->who, c);
	struct galaxies_of *h;
	struct tag_out *out;
	struct tag_use *v;
	struct org_ref org;
	struct str email;
	size_t n;

	TRY(tag_collection_usable(cx, c->id, &v, &n));
	jw_obj(w);
	write_head(w, c, mine);
	write_tags(w, v, n, c->id);
	TRY(org_ref_load(cx, c->org_id, &org));
	jw_key(w, "Organisation");
	misp_write_org(w, &(struct org){ .id = org.id, .uuid = org.uuid, .name = org.name }, false);
	if (mine) {
		TRY(user_email_load(cx, c->user_id, &email));
		jw_key(w, "User");
		jw_obj(w);
		jw_kstr(w, "email", email);
		jw_kid(w, "id", c->user_id);
		jw_obj_end(w);
	}
	h = galaxies_of_new(cx, cx->scope);
	TRY(galaxies_of_add(cx, h, v, n));
	out = arena_many(cx->mem, n + 1, struct tag_out);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct tag_out){ .tag = &v[i].t, .relationship_type = S("") };
	jw_key(w, "Galaxy");
	galaxies_of_write(h, w, out, n);
	jw_obj_end(w);
	return RC_OK;
}

static enum rc write_list(struct req *rq, struct resp *rs, const struct tag_collection *v, size_t n)
{
	struct jw w = api_json(rq, rs);

	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		TRY(write_one(rq->cx, &w, &v[i]));
	jw_arr_end(&w);
	api_count(rq, rs, (int64_t)n);
	return RC_OK;
}

static enum rc all_of(struct ctx *cx, struct tag_collection **v, size_t *n)
{
	return tag_collection_list(cx, user_is_site_admin(cx->who) ? 0 : cx->who->org_id, v, n);
}

enum rc tag_collections_index(struct req *rq, struct resp *rs)
{
	struct tag_collection *v;
	struct params p;
	int64_t limit, page;
	size_t n, from = 0;

	TRY(api_params(rq, &p));
	TRY(all_of(rq->cx, &v, &n));
	limit = param_int(&p, "limit", 0);
	page = param_int(&p, "page", 1);
	if (limit > 0 && page > 0) {
		from = (size_t)(page - 1) > n / (size_t)limit ? n : (size_t)(page - 1) * (size_t)limit;
		n = n - from < (size_t)limit ? n - from : (size_t)limit;
	}
	return write_list(rq, rs, v ? v + from : NULL, n);
}

enum rc tag_collections_view(struct req *rq, struct resp *rs)
{
	struct tag_collection c;
	struct jw w;

	TRY(api_tag_collection(rq, req_var(rq, 0), &c));
	w = api_json(rq, rs);
	return write_one(rq->cx, &w, &c);
}

/* What import takes: one, or all that can be seen. */
enum rc tag_collections_export(struct req *rq, struct resp *rs)
{
	struct tag_collection one, *v = &one;
	size_t n = 1;

	if (req_var(rq, 0).n)
		TRY(api_tag_collection(rq, req_var(rq, 0), &one));
	else
		TRY(all_of(rq->cx, &v, &n));
	return write_list(rq, rs, v, n);
}

/* ---- changing them ---- */

static const struct form_field fields[] = {
	{ "uuid", offsetof(struct tag_collection_form, uuid) },
	{ "name", offsetof(struct tag_collection_form, name) },
	{ "description", offsetof(struct tag_collection_form, description) },
	{ "all_orgs", offsetof(struct tag_collection_form, all_orgs) },
};

static enum rc put(struct req *rq, struct resp *rs, int64_t id, const char *what, const char *url)
{
	struct tag_collection_form f = { 0 };
	struct tag_collection c;
	struct jw w;

	TRY(API_FORM(rq, "TagCollection", fields, &f));
	api_saving(rq, what, url, false);
	TRY(tag_collection_save(rq->cx, id, &f, NULL, 0, &c));
	w = api_json(rq, rs);
	jw_obj(&w);
	write_head(&w, &c, true);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc tag_collections_add(struct req *rq, struct resp *rs)
{
	return put(rq, rs, 0, "Could not add TagCollection", "/tag_collections/add");
}

enum rc tag_collections_edit(struct req *rq, struct resp *rs)
{
	struct tag_collection c;

	TRY(api_tag_collection(rq, req_var(rq, 0), &c));
	return put(rq, rs, c.id, "Could not edit TagCollection", "/tag_collections/edit");
}

enum rc tag_collections_delete(struct req *rq, struct resp *rs)
{
	struct tag_collection c;

	TRY(api_tag_collection(rq, req_var(rq, 0), &c));
	TRY(tag_collection_remove(rq->cx, &c));
	api_ok(rq, rs, "Tag collection deleted.", "/tag_collections/delete", c.id);
	return RC_OK;
}

/* ---- import ---- */

struct importing {
	struct tag_collection_form f;
	struct str *tags;
	size_t tag_n, tag_cap;
};

static void push(struct ctx *cx, struct importing *x, struct str name)
{
	x->tags = arena_grow(cx->mem, x->tags, &x->tag_cap, x->tag_n, sizeof(*x->tags));
	x->tags[x->tag_n++] = name;
}

/* every text under this key, however deep */
static void names_under(struct ctx *cx, struct jr *r, const char *want, struct importing *x)
{
	struct str key;

	if (jr_peek(r) == J_ARR) {
		for (jr_arr(r); jr_elem(r);)
			names_under(cx, r, want, x);
	} else if (jr_peek(r) == J_OBJ) {
		for (jr_obj(r); jr_member(r, &key);) {
			if (str_eq(key, str_c(want)) && jr_peek(r) == J_STR)
				push(cx, x, jr_text_dup(r));
			else if (jr_peek(r) == J_ARR || jr_peek(r) == J_OBJ)
				names_under(cx, r, want, x);
			else
				jr_skip(r);
		}
	} else {
		jr_skip(r);
	}
}

static void read_head(struct jr *r, struct tag_collection_form *f)
{
	struct str key;

	for (jr_obj(r); jr_member(r, &key);) {
		struct str *to = str_eq(key, S("uuid")) ? &f->uuid : str_eq(key, S("name")) ? &f->name : str_eq(key, S("description")) ? &f->description :
				 str_eq(key, S("all_orgs")) ? &f->all_orgs : NULL;
		enum jkind k = jr_peek(r);

		if (!to || k == J_OBJ || k == J_ARR || k == J_NULL)
			jr_skip(r);
		else
			*to = jr_text_dup(r);
	}
}

static enum rc import_one(struct ctx *cx, struct jr *r, size_t *added, size_t *failed)
{
	struct importing x = { 0 };
	struct tag_collection c;
	struct str key;
	struct uuid u;
	enum rc rc;

	for (jr_obj(r); jr_member(r, &key);) {
		if (str_eq(key, S("TagCollection")) && jr_peek(r) == J_OBJ)
			read_head(r, &x.f);
		else if (str_eq(key, S("TagCollectionTag")))
			names_under(cx, r, "name", &x);
		else if (str_eq(key, S("Galaxy")))
			names_under(cx, r, "tag_name", &x);
		else
			jr_skip(r);
	}
	if (jr_failed(r))
		return RC_OK; /* told at the end */
	if (in_has(x.f.uuid) && uuid_parse(str_trim(x.f.uuid), &u)) {
		rc = tag_collection_load(cx, 0, &u, &c);
		if (rc != RC_DONE)
			return rc;
	}
	rc = tag_collection_save(cx, 0, &x.f, x.tags, x.tag_n, &c);
	if (rc == RC_INVALID) {
		ctx_forgive(cx);
		++*failed;
		return RC_OK;
	}
	++*added;
	return rc;
}

enum rc tag_collections_import(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str body = str_trim(rq->body), text;
	size_t added = 0, failed = 0;
	struct jr r;

	jr_init(&r, cx, body.n ? body : S("[]"), NULL);
	if (jr_peek(&r) == J_ARR) {
		for (jr_arr(&r); jr_elem(&r);)
			TRY(import_one(cx, &r, &added, &failed));
	} else {
		TRY(import_one(cx, &r, &added, &failed));
	}
	TRY(jr_end(&r));
	text = added ? str_fmt(cx->mem, "%zu new tag collections added.", added) : S("No new tag_collections to add.");
	if (failed)
		text = str_fmt(cx->mem, "%.*s %zu tag collections could not be added (possibly because they already exist)", STR(text), failed);
	api_ok(rq, rs, str_cdup(cx->mem, text), "/tag_collections/import", 0);
	return RC_OK;
}

/* ---- tags in them ---- */

static void done(struct req *rq, struct resp *rs, struct str text)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kbool(&w, "saved", true);
	jw_kstr(&w, "success", text);
	jw_obj_end(&w);
}

/* In the path or the body: the collection, and tags as one, a list, or the text of a list. */
static enum rc tag_call(struct req *rq, struct tag_collection *c, struct str **refs, size_t *n)
{
	struct ctx *cx = rq->cx;
	struct str id = req_var(rq, 0);
	const struct param *tags;
	struct api_body b;
	struct params p;

	api_body_open(rq, "TagCollection", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	TRY(api_params(rq, &p));
	for (size_t i = 0; i < 3 && !id.n; i++)
		id = param_text(&p, (const char *[]){ "tag_collection", "tag_collection_id", "id" }[i]);
	TRY(api_tag_collection(rq, id, c));
	tags = param_get(&p, "tag");
	if (!tags)
		tags = param_get(&p, "tag_id");
	*n = 1;
	*refs = arena_many(cx->mem, 1, struct str);
	(*refs)[0] = req_var(rq, 1);
	if (!(*refs)[0].n && tags) {
		*refs = tags->v;
		*n = tags->n;
	}
	if (*n == 1 && str_starts((*refs)[0], S("["))) {
		struct str text = (*refs)[0];
		size_t cap = 0;
		struct jr r;

		*refs = NULL;
		*n = 0;
		jr_init(&r, cx, text, NULL);
		for (jr_arr(&r); jr_elem(&r);) {
			*refs = arena_grow(cx->mem, *refs, &cap, *n, sizeof(**refs));
			(*refs)[(*n)++] = jr_text_dup(&r);
		}
		TRY(jr_end(&r));
	}
	return *n && (*refs)[0].n ? RC_OK : fail(cx, RC_NOTFOUND, "Invalid tag");
}

static enum rc change_tags(struct req *rq, struct resp *rs, bool add)
{
	struct ctx *cx = rq->cx;
	struct tag_collection c;
	struct str *refs;
	struct tag *tags;
	size_t n, changed;

	TRY(tag_call(rq, &c, &refs, &n));
	tags = arena_many(cx->mem, n, struct tag);
	for (size_t i = 0; i < n; i++) {
		TRY(api_tag(rq, refs[i], false, &tags[i]));
		if (!user_may_use_tag(cx->who, &tags[i]))
			return fail(cx, RC_NOTFOUND, "Invalid Tag.");
	}
	TRY(tag_collection_tag(cx, &c, tags, n, add, &changed));
	if (!add && !changed)
		return fail(cx, RC_NOTFOUND, "Invalid tag or tag not associated with the collection.");
	done(rq, rs, !add ? S("Tag removed.") : changed ? S("Tag(s) added.") : S("All tags are already present, nothing to add."));
	return RC_OK;
}

enum rc tag_collections_add_tag(struct req *rq, struct resp *rs)
{
	return change_tags(rq, rs, true);
}

enum rc tag_collections_remove_tag(struct req *rq, struct resp *rs)
{
	return change_tags(rq, rs, false);
}

/* ---- marked tags ---- */

enum rc favourite_tags_toggle(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str ref = req_var(rq, 0);
	struct api_body b;
	struct params p;
	struct tag t;
	int64_t id;
	bool now;
	enum rc rc;

	api_body_open(rq, "FavouriteTag", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	TRY(api_params(rq, &p));
	for (size_t i = 0; i < 3 && !ref.n; i++)
		ref = param_text(&p, (const char *[]){ "data", "tag_id", "id" }[i]);
	rc = str_i64(str_trim(ref), &id) ? tag_load(cx, id, S(""), &t) : RC_DONE;
	if (rc == RC_DONE || (rc == RC_OK && !user_may_use_tag(cx->who, &t)))
		return fail(cx, RC_METHOD, "Invalid tag ID.");
	TRY(rc);
	TRY(favourite_toggle(cx, t.id, &now));
	done(rq, rs, now ? S("Adding the tag to your favourites was successful.") : S("Removing the tag from your favourites was successful."));
	return RC_OK;
}

static void write_found(struct req *rq, struct resp *rs, const struct tag_use *v, size_t n)
{
	struct jw w = api_json(rq, rs);

	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_key(&w, "Tag");
		misp_write_tag(&w, &v[i].t, false);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
}

enum rc favourite_tags_index(struct req *rq, struct resp *rs)
{
	struct tag_use *v;
	size_t n;

	TRY(favourite_tags(rq->cx, rq->cx->who->id, &v, &n));
	write_found(rq, rs, v, n);
	return RC_OK;
}

/* ---- single tags, and those of a thing ---- */

static void write_tag(struct req *rq, struct resp *rs, const struct tag *t)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "Tag");
	misp_write_tag(&w, t, false);
	jw_obj_end(&w);
}

enum rc tags_quick_add(struct req *rq, struct resp *rs)
{
	struct api_body b;
	struct params p;
	struct str name;
	struct tag t;

	api_body_open(rq, "Tag", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	TRY(api_params(rq, &p));
	name = str_trim(param_text(&p, "name"));
	api_saving(rq, "Could not add Tag", "/tags/quickAdd", false);
	if (!name.n || name.n > 255)
		return fail_field(rq->cx, RC_INVALID, "name", "A name of at most 255 bytes needs to be provided.");
	TRY(api_tag(rq, name, true, &t));
	write_tag(rq, rs, &t);
	return RC_OK;
}

enum rc tags_view_tag(struct req *rq, struct resp *rs)
{
	struct tag t;

	TRY(api_tag(rq, req_var(rq, 0), false, &t));
	write_tag(rq, rs, &t);
	return RC_OK;
}

/* clusters are not among them: they are galaxies/showGalaxies */
static void write_bound(struct req *rq, struct resp *rs, const struct tag_use *v, size_t n)
{
	struct jw w = api_json(rq, rs);

	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		if (!v[i].t.is_galaxy)
			misp_write_bound_tag(&w, &(struct tag_out){ .tag = &v[i].t, .local = v[i].local, .relationship_type = v[i].relationship_type });
	jw_arr_end(&w);
}

enum rc tags_show_event(struct req *rq, struct resp *rs)
{
	struct tag_use *v;
	struct event e;
	size_t n;

	TRY(api_event(rq, 0, &e));
	TRY(tag_of_events(rq->cx, &e.id, 1, &v, &n));
	write_bound(rq, rs, v, n);
	return RC_OK;
}

enum rc tags_show_attribute(struct req *rq, struct resp *rs)
{
	struct tag_use *v;
	struct attr a;
	size_t n;

	TRY(api_attr(rq, 0, &a));
	TRY(tag_of_attrs(rq->cx, a.event_id, a.id, a.id, &v, &n));
	write_bound(rq, rs, v, n);
	return RC_OK;
}

/* ---- choosing ---- */

static void choice(struct jw *w, struct str name, struct str value)
{
	jw_obj(w);
	jw_kstr(w, "name", name);
	jw_kstr(w, "value", value);
	jw_obj_end(w);
}

static struct str scope_of(struct req *rq, size_t var)
{
	return req_var(rq, var).n ? utf8_cut(req_var(rq, var), 64) : S("event");
}

/* From where a tag may be chosen; each value is the call that lists its tags. */
enum rc tags_select_taxonomy(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str id = utf8_cut(req_var(rq, 0), 64), scope = scope_of(rq, 1);
	struct taxonomy_row *v;
	struct tag_use *marked;
	size_t n, marked_n;
	struct jw w;

	TRY(favourite_tags(cx, cx->who->id, &marked, &marked_n));
	TRY(taxonomy_list(cx, false, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
#define TO(what) str_fmt(cx->mem, "/tags/selectTag/%.*s/" what "/%.*s", STR(id), STR(scope))
	if (marked_n)
		choice(&w, S("Favourite Tags"), TO("favourites"));
	if (!str_eq(scope, S("tag_collection")))
		choice(&w, S("Tag Collections"), TO("collections"));
	choice(&w, S("Custom Tags"), TO("0"));
	choice(&w, S("All Tags"), TO("all"));
#undef TO
	for (size_t i = 0; i < n; i++)
		if (v[i].t.enabled)
			choice(&w, str_fmt(cx->mem, "Taxonomy Library:%.*s", STR(v[i].t.namespace)),
			       str_fmt(cx->mem, "/tags/selectTag/%.*s/%lld/%.*s", STR(id), (long long)v[i].t.id, STR(scope)));
	jw_arr_end(&w);
	return RC_OK;
}

/* One that the user may put on something. */
static bool offered(struct ctx *cx, const struct tag *t)
{
	return !t->hide_tag && !t->is_galaxy && user_may_use_tag(cx->who, t);
}

static enum rc choose_collections(struct ctx *cx, struct jw *w)
{
	struct tag_collection *v;
	size_t n;

	TRY(all_of(cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		choice(w, v[i].name, str_fmt(cx->mem, "collection_%lld", (long long)v[i].id));
	return RC_OK;
}

static enum rc choose_of_taxonomy(struct req *rq, struct jw *w, int64_t id)
{
	struct taxonomy_tag_row *v;
	struct taxonomy t;
	size_t n;
	enum rc rc = taxonomy_load(rq->cx, id, S(""), &t);

	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Taxonomy not found.");
	TRY(rc);
	TRY(taxonomy_tags(rq->cx, id, &v, &n));
	for (size_t i = 0; i < n && t.enabled; i++)
		if (v[i].exists && offered(rq->cx, &v[i].tag))
			choice(w, v[i].tag.name, str_fmt(rq->cx->mem, "%lld", (long long)v[i].tag.id));
	return RC_OK;
}

enum rc tags_select_tag(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str what = req_var(rq, 1);
	struct taxonomy_word word;
	struct tag_row *rows;
	struct tag_use *v;
	int64_t id = -1;
	size_t n;
	struct jw w = api_json(rq, rs);

	jw_arr(&w);
	if (str_eq(what, S("collections"))) {
		TRY(choose_collections(cx, &w));
	} else if (str_eq(what, S("favourites"))) {
		TRY(favourite_tags(cx, cx->who->id, &v, &n));
		for (size_t i = 0; i < n; i++)
			if (offered(cx, &v[i].t))
				choice(&w, v[i].t.name, str_fmt(cx->mem, "%lld", (long long)v[i].t.id));
	} else if (str_eq(what, S("all")) || str_eq(what, S("0"))) {
		TRY(tag_list(cx, (struct str){ 0 }, false, &rows, &n));
		for (size_t i = 0; i < n; i++) {
			enum rc rc = RC_DONE;

			if (!offered(cx, &rows[i].t))
				continue;
			if (what.p[0] == '0') { /* those that no taxonomy offers */
				rc = taxonomy_find(cx, rows[i].t.name, &word);
				if (rc != RC_OK && rc != RC_DONE)
					return rc;
			}
			if (rc == RC_DONE)
				choice(&w, rows[i].t.name, str_fmt(cx->mem, "%lld", (long long)rows[i].t.id));
		}
	} else if (str_i64(what, &id) && id > 0) {
		TRY(choose_of_taxonomy(rq, &w, id));
	} else {
		return fail(cx, RC_NOTFOUND, "Taxonomy not found.");
	}
	jw_arr_end(&w);
	return RC_OK;
}
