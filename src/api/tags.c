/* tags.c - tags and their bindings. */
#include "api/handlers.h"
#include "api/tag_collections.h"

#include <stdlib.h>

#include "api/api_int.h"
#include "base/seek.h"
#include "store/audit.h"
#include "store/tag.h"
#include "store/taxonomy.h"

static void tag_members(struct jw *w, const struct tag_row *r, bool counts, bool favourite)
{
	misp_write_tag(w, &r->t, true);
	if (counts) {
		jw_kbool(w, "favourite", favourite);
		jw_kint(w, "count", r->event_count);
		jw_kint(w, "attribute_count", r->attribute_count);
	}
	jw_obj_end(w);
}

enum rc tags_index(struct req *rq, struct resp *rs)
{
	struct tag_use *marked;
	struct tag_row *v;
	struct params p;
	struct jw w;
	size_t n, marked_n;
	bool only;

	TRY(api_params(rq, &p));
	only = param_bool(&p, "favouritesOnly", false);
	TRY(tag_list(rq->cx, (struct str){ 0 }, true, &v, &n));
	TRY(favourite_tags(rq->cx, rq->cx->who->id, &marked, &marked_n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Tag");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		bool favourite = FIND(marked, marked_n, t.id, v[i].t.id) < marked_n;

		if (user_may_use_tag(rq->cx->who, &v[i].t) && (favourite || !only))
			tag_members(&w, &v[i], true, favourite);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

static enum rc load(struct req *rq, struct str ref, struct tag *t)
{
	int64_t id;
	enum rc rc = RC_DONE;

	if (str_i64(ref, &id))
		rc = tag_load(rq->cx, id, (struct str){ 0 }, t);
	else if (ref.n)
		rc = tag_load(rq->cx, 0, ref, t);
	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Invalid tag") : rc;
}

enum rc tags_view(struct req *rq, struct resp *rs)
{
	struct tag t;
	struct tag_row *v;
	struct jw w;
	size_t n;

	TRY(load(rq, req_var(rq, 0), &t));
	if (rq->method == HTTP_HEAD) {
		rs->type = "application/json; charset=UTF-8";
		return RC_OK;
	}
	TRY(tag_list(rq->cx, t.name, true, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (v[i].t.id == t.id) {
			w = api_json(rq, rs);
			misp_write_tag(&w, &t, true);
			jw_kint(&w, "count", v[i].event_count);
			jw_kint(&w, "attribute_count", v[i].attribute_count);
			jw_obj_end(&w);
			return RC_OK;
		}
	w = api_json(rq, rs);
	misp_write_tag(&w, &t, false);
	return RC_OK;
}

/* fields as far as they were sent */
static enum rc take(struct req *rq, const struct params *p, struct tag *t)
{
	struct ctx *cx = rq->cx;
	struct str s = param_text(p, "name");

	if (s.p)
		t->name = str_trim(s);
	if (!t->name.n)
		return fail_field(cx, RC_INVALID, "name", "This field is required.");
	if (t->name.n > 255)
		return fail_field(cx, RC_INVALID, "name", "A tag's name has at most 255 bytes.");
	s = param_text(p, "colour");
	if (s.n) {
		if (s.n != 7 || s.p[0] != '#' || !str_is_hex(str_from(s, 1)))
			return fail_field(cx, RC_INVALID, "colour", "Colour has to be in the RGB format (#FFFFFF)");
		t->colour = s;
	}
	t->exportable = param_bool(p, "exportable", t->exportable);
	t->hide_tag = param_bool(p, "hide_tag", t->hide_tag);
	t->local_only = param_bool(p, "local_only", t->local_only);
	t->org_id = param_int(p, "org_id", t->org_id);
	t->user_id = param_int(p, "user_id", t->user_id);
	if (param_get(p, "numerical_value") && str_i64(param_text(p, "numerical_value"), &t->numerical_value))
		t->has_numerical_value = true;
	tag_name_flags(t);
	return RC_OK;
}

/* the body may be wrapped in "Tag" */
static enum rc tag_params(struct req *rq, struct params *p)
{
	struct api_body b;

	api_body_open(rq, "Tag", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	return api_params(rq, p);
}

static enum rc answer(struct req *rq, struct resp *rs, const struct tag *t)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_key(&w, "Tag");
	misp_write_tag(&w, t, false);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc tags_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct tag t = { .exportable = true, .colour = S("") }, there;
	struct taxonomy_word word;
	struct params p;
	enum rc rc;

	TRY(tag_params(rq, &p));
	api_saving(rq, "Could not add Tag", "/tags/add", false);
	TRY(take(rq, &p, &t));
	rc = tag_load(cx, 0, t.name, &there);
	if (rc == RC_OK) /* adding what is there answers with it, as MISP does */
		return answer(rq, rs, &there);
	if (rc != RC_DONE)
		return rc;
	TRY(store_begin(cx));
	rc = t.has_numerical_value ? RC_DONE : taxonomy_find(cx, t.name, &word);
	if (rc == RC_OK) {
		t.has_numerical_value = word.has_numerical;
		t.numerical_value = word.numerical;
	} else if (rc != RC_DONE) {
		return rc;
	}
	if (t.colour.n) {
		rc = tag_insert(cx, &t);
	} else {
		struct tag made;

		rc = tag_capture(cx, t.name, t.colour, true, &made);
		if (rc == RC_OK) {
			t.id = made.id;
			t.colour = made.colour;
			rc = tag_update(cx, &t);
		}
	}
	if (rc == RC_OK)
		rc = audit_add(cx, &(struct audit){ .action = "add", .model = "Tag", .model_id = t.id, .title = t.name }, NULL);
	TRY(rc);
	TRY(store_commit(cx));
	return answer(rq, rs, &t);
}

enum rc tags_edit(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct params p;
	struct tag t;
	enum rc rc;

	TRY(load(rq, req_var(rq, 0), &t));
	TRY(tag_params(rq, &p));
	api_saving(rq, "Could not edit Tag", "/tags/edit", false);
	TRY(take(rq, &p, &t));
	TRY(store_begin(cx));
	rc = tag_update(cx, &t);
	if (rc == RC_EXISTS)
		return fail_field(cx, RC_INVALID, "name", "A similar name already exists.");
	TRY(rc);
	TRY(audit_add(cx, &(struct audit){ .action = "edit", .model = "Tag", .model_id = t.id, .title = t.name }, NULL));
	TRY(store_commit(cx));
	return answer(rq, rs, &t);
}

enum rc tags_delete(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct tag t;

	TRY(load(rq, req_var(rq, 0), &t));
	TRY(store_begin(cx));
	TRY(tag_delete(cx, t.id));
	TRY(audit_add(cx, &(struct audit){ .action = "delete", .model = "Tag", .model_id = t.id, .title = t.name }, NULL));
	TRY(store_commit(cx));
	api_named(rq, rs, "Tag deleted.");
	return RC_OK;
}

enum rc tags_search(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct params p;
	struct tag_row *v;
	struct str name;
	struct jw w;
	size_t n;
	bool strict;

	TRY(api_params(rq, &p));
	name = param_text(&p, "tagname");
	if (!name.n)
		name = param_text(&p, "name");
	if (!name.n)
		name = req_var(rq, 0);
	strict = param_bool(&p, "strict_tagname", str_eq(req_var(rq, 1), S("1")));
	if (!strict && name.n && str_chr(name, '%') == STR_NONE)
		name = str_fmt(cx->mem, "%%%.*s%%", STR(name));
	TRY(tag_list(cx, name, false, &v, &n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (!user_may_use_tag(cx->who, &v[i].t))
			continue;
		jw_obj(&w);
		jw_key(&w, "Tag");
		misp_write_tag(&w, &v[i].t, false);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

struct named_count {
	struct str name;
	int64_t n;
};

static int by_count(const void *a, const void *b)
{
	const struct named_count *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n ? 1 : -1) : str_cmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct named_count *)a)->name, ((const struct named_count *)b)->name);
}

/* Sums of the tags by enabled taxonomy: "tlp:white" counts for tlp. *out has room, also for none. */
static enum rc taxonomy_counts(struct ctx *cx, const struct named_count *tags, size_t n, struct named_count **out, size_t *out_n)
{
	struct taxonomy_row *v;
	size_t all;

	TRY(taxonomy_list(cx, false, &v, &all));
	*out = arena_many(cx->mem, all + 1, struct named_count);
	*out_n = 0;
	for (size_t i = 0; i < all; i++) {
		struct named_count *c = &(*out)[*out_n];

		if (!v[i].t.enabled)
			continue;
		*c = (struct named_count){ v[i].t.namespace, 0 };
		for (size_t k = 0; k < n; k++)
			if (str_starts_nocase(tags[k].name, c->name) && tags[k].name.n > c->name.n && tags[k].name.p[c->name.n] == ':')
				c->n += tags[k].n;
		++*out_n;
	}
	return RC_OK;
}

/* an empty one is a list, as PHP has it */
static void write_taxonomies(struct jw *w, const struct named_count *v, size_t n, int64_t total, bool percentage)
{
	if (!n) {
		jw_arr(w);
		jw_arr_end(w);
		return;
	}
	jw_obj(w);
	for (size_t i = 0; i < n; i++) {
		jw_key_str(w, v[i].name);
		api_share(w, v[i].n, total ? total : 1, percentage);
	}
	jw_obj_end(w);
}

/* how many events carry each tag; /percentage/sorted by name */
enum rc tags_statistics(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct named_count *v, *taxa;
	struct tag_row *rows;
	int64_t total = 0;
	size_t n, k = 0, taxon_n;
	struct jw w;

	TRY(tag_list(cx, (struct str){ 0 }, true, &rows, &n));
	v = arena_many(cx->mem, n + 1, struct named_count);
	for (size_t i = 0; i < n; i++)
		if (rows[i].event_count && user_may_use_tag(cx->who, &rows[i].t)) {
			v[k++] = (struct named_count){ rows[i].t.name, rows[i].event_count };
			total += rows[i].event_count;
		}
	TRY(taxonomy_counts(cx, v, k, &taxa, &taxon_n));
	qsort(v, k, sizeof(*v), api_is_true(req_var(rq, 1)) ? by_name : by_count);
	qsort(taxa, taxon_n, sizeof(*taxa), api_is_true(req_var(rq, 1)) ? by_name : by_count);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "tags");
	jw_obj(&w);
	for (size_t i = 0; i < k; i++) {
		jw_key_str(&w, v[i].name);
		api_share(&w, v[i].n, total, api_is_true(req_var(rq, 0)));
	}
	jw_obj_end(&w);
	jw_key(&w, "taxonomies");
	write_taxonomies(&w, taxa, taxon_n, total, api_is_true(req_var(rq, 0)));
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- bindings ---- */

struct target {
	struct event e;
	struct attr a;
	bool is_attr;
};

/* by uuid: an event or an attribute; "Invalid Target." otherwise */
static enum rc find_target(struct req *rq, struct str ref, struct target *t)
{
	struct ctx *cx = rq->cx;
	struct event_key k;
	enum rc rc;

	if (!event_key_parse(ref, &k))
		return fail(cx, RC_NOTFOUND, "Invalid Target.");
	rc = event_load(cx, cx->scope, &k, &t->e);
	if (rc == RC_OK)
		return RC_OK;
	if (rc != RC_NOTFOUND)
		return rc;
	ctx_forgive(cx);
	if (!k.id) {
		rc = attr_load(cx, cx->scope, &k, &t->a);
		if (rc == RC_OK) {
			t->is_attr = true;
			return event_load(cx, cx->scope, &(struct event_key){ .id = t->a.event_id }, &t->e);
		}
		if (rc != RC_NOTFOUND)
			return rc;
		ctx_forgive(cx);
	}
	return fail(cx, RC_NOTFOUND, "Invalid Target.");
}

/* a tag named by id or name; made by those who may, by its name only */
enum rc api_tag(struct req *rq, struct str ref, bool may_make, struct tag *t)
{
	struct ctx *cx = rq->cx;
	int64_t id;
	enum rc rc;

	ref = str_trim(ref);
	if (str_i64(ref, &id)) {
		rc = tag_load(cx, id, (struct str){ 0 }, t);
		if (rc != RC_DONE)
			return rc;
	}
	rc = ref.n ? tag_load(cx, 0, ref, t) : RC_DONE;
	if (rc != RC_DONE)
		return rc;
	if (!ref.n || !may_make || !user_has(cx->who, PERM(TAG_EDITOR)))
		return fail(cx, RC_NOTFOUND, "Invalid Tag.");
	TRY(store_begin(cx));
	TRY(tag_capture(cx, ref, S(""), true, t));
	TRY(audit_add(cx, &(struct audit){ .action = "add", .model = "Tag", .model_id = t->id, .title = t->name }, NULL));
	return store_commit(cx);
}

/* "collection_3" stands for its tags, the text of a list for what is in it. */
static enum rc expand(struct req *rq, struct str ref, struct cond_list *out, size_t *cap)
{
	struct ctx *cx = rq->cx;

	ref = str_trim(ref);
	if (str_starts(ref, S("["))) {
		struct jr r;

		jr_init(&r, cx, ref, NULL);
		for (jr_arr(&r); jr_elem(&r);) {
			struct str one = jr_text_dup(&r);

			if (!str_starts(one, S("[")))
				TRY(expand(rq, one, out, cap));
		}
		return jr_end(&r);
	}
	if (str_starts_nocase(ref, S("collection_")) && str_from(ref, 11).n && ch_digit((unsigned char)ref.p[11])) {
		struct tag_collection c;
		struct tag_use *v;
		size_t n;

		TRY(api_tag_collection(rq, str_from(ref, 11), &c));
		TRY(tag_collection_usable(cx, c.id, &v, &n));
		for (size_t i = 0; i < n; i++) {
			out->v = arena_grow(cx->mem, out->v, cap, out->n, sizeof(*out->v));
			out->v[out->n++] = str_fmt(cx->mem, "%lld", (long long)v[i].t.id);
		}
		return n ? RC_OK : fail(cx, RC_NOTFOUND, "Invalid Tag Collection.");
	}
	out->v = arena_grow(cx->mem, out->v, cap, out->n, sizeof(*out->v));
	out->v[out->n++] = ref;
	return RC_OK;
}

static enum rc do_attach(struct req *rq, struct resp *rs, const struct target *x, struct str sent[], size_t sent_n, bool local, struct str relationship)
{
	struct ctx *cx = rq->cx;
	int64_t target_id = x->is_attr ? x->a.id : x->e.id;
	struct cond_list list = { 0 };
	struct tag t = { 0 };
	size_t cap = 0, n;
	struct str *tags;

	if (!user_may_tag_event(cx->who, &x->e, local))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	for (size_t i = 0; i < sent_n; i++)
		TRY(expand(rq, sent[i], &list, &cap));
	tags = list.v;
	n = list.n;
	if (!n)
		return fail(cx, RC_NOTFOUND, "Invalid Tag.");
	for (size_t i = 0; i < n; i++) {
		enum rc rc;

		TRY(api_tag(rq, tags[i], true, &t));
		api_saving(rq, "Failed to attach tag.", "/tags/attachTagToObject", true);
		if (!user_may_use_tag(cx->who, &t))
			return fail(cx, RC_INVALID, "Invalid Tag. This tag can only be set by a fixed %s.", t.user_id ? "user" : "organisation");
		if (t.local_only && !local)
			return fail(cx, RC_INVALID, "Invalid Tag. This tag can only be set as a local tag.");
		rc = tag_attach(cx, &x->e, x->is_attr ? &x->a : NULL, &t, local, relationship);
		if (rc == RC_EXISTS && cx->err.rc == RC_OK) {
			if (n == 1) {
				api_ok(rq, rs, str_fmt(cx->mem, "%s already has the requested tag attached, no changes had to be made for tag %.*s.",
						       x->is_attr ? "Attribute" : "Event", STR(t.name)).p, "/tags/attachTagToObject", 0);
				return RC_OK;
			}
			continue;
		}
		TRY(rc);
		if (i + 1 < n) /* the event has moved on */
			TRY(event_load(cx, cx->scope, &(struct event_key){ .id = x->e.id }, (struct event *)&x->e));
	}
	api_ok(rq, rs, str_fmt(cx->mem, "%s tag %.*s(%lld) successfully attached to %s(%lld).", local ? "Local" : "Global", STR(t.name), (long long)t.id,
			       x->is_attr ? "Attribute" : "Event", (long long)target_id).p,
	       "/tags/attachTagToObject", 0);
	return RC_OK;
}

static enum rc do_detach(struct req *rq, struct resp *rs, const struct target *x, struct str ref)
{
	struct ctx *cx = rq->cx;
	struct tag t;
	bool was;

	TRY(api_tag(rq, ref, false, &t));
	if (!user_may_tag_event(cx->who, &x->e, false))
		return fail(cx, RC_DENIED, "You do not have permission to do that.");
	TRY(tag_detach(cx, &x->e, x->is_attr ? &x->a : NULL, &t, &was));
	if (!was) {
		api_saving(rq, "Failed to remove tag.", "/tags/removeTagFromObject", true);
		return fail(cx, RC_INVALID, "Invalid target: the tag is not attached there.");
	}
	api_ok(rq, rs, str_fmt(cx->mem, "Tag %.*s(%lld) successfully removed from %s(%lld).", STR(t.name), (long long)t.id, x->is_attr ? "Attribute" : "Event",
			       (long long)(x->is_attr ? x->a.id : x->e.id)).p,
	       "/tags/removeTagFromObject", 0);
	return RC_OK;
}

enum rc tags_attach(struct req *rq, struct resp *rs)
{
	const struct param *tags;
	struct target x = { 0 };
	struct params p;
	struct str one;

	TRY(api_params(rq, &p));
	TRY(find_target(rq, api_id(rq, 0, &p, "uuid"), &x));
	tags = param_get(&p, "tag");
	one = req_var(rq, 1);
	return do_attach(rq, rs, &x, tags ? tags->v : &one, tags ? tags->n : 1, param_bool(&p, "local", false), param_text(&p, "relationship_type"));
}

enum rc tags_detach(struct req *rq, struct resp *rs)
{
	struct target x = { 0 };
	struct params p;

	TRY(api_params(rq, &p));
	TRY(find_target(rq, api_id(rq, 0, &p, "uuid"), &x));
	return do_detach(rq, rs, &x, api_id(rq, 1, &p, "tag"));
}

static enum rc named_target(struct req *rq, bool attr, struct target *x, struct str *tag, struct params *p)
{
	TRY(api_params(rq, p));
	*tag = api_id(rq, 1, p, "tag");
	x->is_attr = attr;
	if (attr) {
		TRY(api_attr(rq, 0, &x->a));
		return event_load(rq->cx, rq->cx->scope, &(struct event_key){ .id = x->a.event_id }, &x->e);
	}
	return api_event(rq, 0, &x->e);
}

static enum rc add_named(struct req *rq, struct resp *rs, bool attr)
{
	struct target x = { 0 };
	struct params p;
	struct str tag;

	TRY(named_target(rq, attr, &x, &tag, &p));
	return do_attach(rq, rs, &x, &tag, 1, param_bool(&p, "local", false), param_text(&p, "relationship_type"));
}

static enum rc remove_named(struct req *rq, struct resp *rs, bool attr)
{
	struct target x = { 0 };
	struct params p;
	struct str tag;

	TRY(named_target(rq, attr, &x, &tag, &p));
	return do_detach(rq, rs, &x, tag);
}

enum rc events_add_tag(struct req *rq, struct resp *rs)
{
	return add_named(rq, rs, false);
}

enum rc events_remove_tag(struct req *rq, struct resp *rs)
{
	return remove_named(rq, rs, false);
}

enum rc attributes_add_tag(struct req *rq, struct resp *rs)
{
	return add_named(rq, rs, true);
}

enum rc attributes_remove_tag(struct req *rq, struct resp *rs)
{
	return remove_named(rq, rs, true);
}
