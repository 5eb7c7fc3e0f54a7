/* warninglists.c - warninglists: listing, switching, checking values, own lists. */
#include "api/handlers.h"

#include "api/api_int.h"
#include "base/map.h"
#include "model/value.h"
#include "policy/lists_hold.h"
#include "store/audit.h"

static void members(struct jw *w, const struct warninglist *l, bool with_count)
{
	jw_kid(w, "id", l->id);
	jw_kstr(w, "name", l->name);
	jw_kstr(w, "type", l->type);
	jw_kstr(w, "description", l->description);
	jw_kid(w, "version", l->version);
	jw_kbool(w, "enabled", l->enabled);
	jw_kbool(w, "default", l->is_default);
	jw_kstr(w, "category", l->category);
	if (with_count) {
		jw_kid(w, "warninglist_entry_count", l->entry_count);
		jw_kstr(w, "valid_attributes", l->matching);
	}
}

static bool has_nocase(struct str in, struct str part)
{
	return !part.n || str_find_nocase(in, part) != STR_NONE;
}

enum rc warninglists_index(struct req *rq, struct resp *rs)
{
	struct warninglist *v;
	struct params p;
	struct str search;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	search = param_text(&p, "value");
	TRY(warninglist_list(rq->cx, param_bool(&p, "enabled", false), &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Warninglists");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		if (!has_nocase(v[i].name, search))
			continue;
		jw_obj(&w);
		jw_key(&w, "Warninglist");
		jw_obj(&w);
		members(&w, &v[i], true);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

static enum rc load(struct req *rq, struct str ref, struct warninglist *l)
{
	int64_t id;
	enum rc rc = str_i64(ref, &id) ? warninglist_load(rq->cx, id, (struct str){ 0 }, l) : RC_DONE;

	return rc == RC_DONE ? fail(rq->cx, RC_NOTFOUND, "Invalid Warninglist.") : rc;
}

struct writing {
	struct jw *w;
	bool bare; /* values only */
};

static enum rc write_entry(void *arg, struct ctx *cx, const struct warninglist_entry *e)
{
	struct writing *x = arg;
	struct jw *w = x->w;

	(void)cx;
	if (x->bare) {
		jw_str(w, e->value);
		return RC_OK;
	}
	jw_obj(w);
	jw_kid(w, "id", e->id);
	jw_kstr(w, "value", e->value);
	jw_kid(w, "warninglist_id", e->list_id);
	if (e->comment.p)
		jw_kstr(w, "comment", e->comment);
	else
		jw_knull(w, "comment");
	jw_obj_end(w);
	return RC_OK;
}

static void write_types(struct jw *w, const struct warninglist *l, bool bare)
{
	struct cur c = cur_of(l->matching);
	struct str one;
	int64_t n = 0;

	jw_arr(w);
	while (cur_until(&c, ',', &one)) {
		if (bare) {
			jw_str(w, str_trim(one));
			continue;
		}
		jw_obj(w);
		jw_kid(w, "id", ++n);
		jw_kstr(w, "type", str_trim(one));
		jw_kid(w, "warninglist_id", l->id);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

static enum rc write_list(struct req *rq, struct resp *rs, const struct warninglist *l)
{
	struct jw w = api_json(rq, rs);
	struct writing x = { &w, false };

	jw_obj(&w);
	jw_key(&w, "Warninglist");
	jw_obj(&w);
	members(&w, l, false);
	jw_key(&w, "WarninglistEntry");
	jw_arr(&w);
	TRY(warninglist_entries(rq->cx, l->id, write_entry, &x));
	jw_arr_end(&w);
	jw_key(&w, "WarninglistType");
	write_types(&w, l, false);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc warninglists_view(struct req *rq, struct resp *rs)
{
	struct warninglist l;

	TRY(load(rq, req_var(rq, 0), &l));
	return write_list(rq, rs, &l);
}

enum rc warninglists_export(struct req *rq, struct resp *rs)
{
	struct jw w = api_json(rq, rs);
	struct writing x = { &w, true };
	struct warninglist l;

	TRY(load(rq, req_var(rq, 0), &l));
	jw_obj(&w);
	jw_kstr(&w, "name", l.name);
	jw_kstr(&w, "type", l.type);
	jw_kid(&w, "version", l.version);
	jw_kstr(&w, "description", l.description);
	jw_key(&w, "matching_attributes");
	write_types(&w, &l, true);
	jw_key(&w, "list");
	jw_arr(&w);
	TRY(warninglist_entries(rq->cx, l.id, write_entry, &x));
	jw_arr_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc warninglists_toggle(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct warninglist *v;
	const struct param *ids, *names;
	struct params p;
	struct str enabled, text;
	size_t n, changed = 0;
	struct jw w;

	TRY(api_params(rq, &p));
	ids = param_get(&p, "id");
	names = param_get(&p, "name");
	enabled = param_text(&p, "enabled");
	TRY(store_begin(cx));
	TRY(warninglist_list(cx, false, &v, &n));
	for (size_t i = 0; i < n; i++) {
		struct str id = str_fmt(cx->mem, "%lld", (long long)v[i].id);
		bool wanted = false;

		for (size_t j = 0; ids && j < ids->n; j++)
			wanted |= str_eq(ids->v[j], id);
		for (size_t j = 0; names && j < names->n; j++)
			wanted |= value_like(value_fold(cx->mem, v[i].name), value_fold(cx->mem, names->v[j]));
		if (!wanted)
			continue;
		v[i].enabled = enabled.p ? param_bool(&p, "enabled", false) : !v[i].enabled;
		TRY(warninglist_update(cx, &v[i]));
		TRY(audit_add(cx, &(struct audit){ .action = v[i].enabled ? "enable" : "disable", .model = "Warninglist", .model_id = v[i].id, .title = v[i].name }, NULL));
		changed++;
	}
	TRY(store_commit(cx));
	w = api_json(rq, rs);
	jw_obj(&w);
	if (!changed) {
		jw_kbool(&w, "saved", false);
		jw_kstr(&w, "errors", S("Warninglist(s) not found."));
	} else {
		text = str_fmt(cx->mem, "%zu warninglist(s) %s", changed, !enabled.p ? "toggled" : param_bool(&p, "enabled", false) ? "enabled" : "disabled");
		jw_kbool(&w, "saved", true);
		jw_kstr(&w, "success", text);
	}
	jw_obj_end(&w);
	return RC_OK;
}

struct check {
	const struct lists_view *view;
	struct jw *w;
	bool open;
	struct str value;
};

static bool check_hit(void *arg, int64_t list_id, struct str entry)
{
	struct check *x = arg;
	const struct warninglist *l = lists_find(x->view, list_id);

	if (!l)
		return true;
	if (!x->open) {
		jw_key_str(x->w, x->value);
		jw_arr(x->w);
		x->open = true;
	}
	jw_obj(x->w);
	jw_kid(x->w, "id", l->id);
	jw_kstr(x->w, "name", l->name);
	jw_kstr(x->w, "matched", entry);
	jw_obj_end(x->w);
	return true;
}

enum rc warninglists_check_value(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str *v = NULL, key;
	size_t n = 0, cap = 0;
	struct lists_view view;
	bool any = false;
	struct map seen = { 0 };
	struct jr r;
	struct jw w;

	jr_init(&r, cx, rq->body, NULL);
	if (jr_peek(&r) == J_OBJ) {
		for (jr_obj(&r); jr_member(&r, &key);) {
			if (jr_peek(&r) == J_ARR) {
				for (jr_arr(&r); jr_elem(&r);) {
					v = arena_grow(cx->mem, v, &cap, n, sizeof(*v));
					v[n++] = jr_text_dup(&r);
				}
			} else {
				v = arena_grow(cx->mem, v, &cap, n, sizeof(*v));
				v[n++] = jr_text_dup(&r);
			}
		}
	} else if (jr_peek(&r) == J_ARR) {
		for (jr_arr(&r); jr_elem(&r);) {
			v = arena_grow(cx->mem, v, &cap, n, sizeof(*v));
			v[n++] = jr_text_dup(&r);
		}
	} else {
		v = arena_grow(cx->mem, v, &cap, n, sizeof(*v));
		v[n++] = jr_text_dup(&r);
	}
	TRY(jr_end(&r));
	TRY(lists_take(cx, &view));
	w = api_json(rq, rs);
	for (size_t i = 0; i < n; i++) {
		struct check x = { &view, &w, false, v[i] };

		if (!v[i].n || map_put(&seen, v[i], &v[i]))
			continue;
		if (!any && wl_check(view.set, NULL, v[i], NULL, NULL)) {
			jw_obj(&w);
			any = true;
		}
		wl_check(view.set, NULL, v[i], check_hit, &x);
		if (x.open)
			jw_arr_end(&w);
	}
	map_clear(&seen);
	lists_release(&view);
	if (any) {
		jw_obj_end(&w);
	} else { /* PHP's empty array, as clients know it */
		jw_arr(&w);
		jw_arr_end(&w);
	}
	return RC_OK;
}

/* ---- own lists ---- */

static enum rc fill(struct req *rq, const struct params *p, struct warninglist *l)
{
	struct ctx *cx = rq->cx;
	const struct param *types = param_get(p, "matching_attributes");
	enum wl_type t;
	struct str s;
	struct buf b;

	if ((s = param_text(p, "name")).p)
		l->name = str_trim(s);
	if (!l->name.n)
		return fail_field(cx, RC_INVALID, "name", "Name cannot be empty.");
	if ((s = param_text(p, "description")).p)
		l->description = s;
	if ((s = param_text(p, "type")).p)
		l->type = s;
	if (!wl_type_find(l->type, &t))
		return fail_field(cx, RC_INVALID, "type", "Type must be one of: string, substring, hostname, cidr, regex.");
	if ((s = param_text(p, "category")).p)
		l->category = s;
	if (!str_eq(l->category, S("false_positive")) && !str_eq(l->category, S("known")))
		return fail_field(cx, RC_INVALID, "category", "Category must be false_positive or known.");
	if (types) {
		buf_init(&b, 1 << 16);
		for (size_t i = 0; i < types->n; i++) {
			if (!str_eq(types->v[i], S("ALL")) && !attr_type_find(types->v[i])) {
				buf_clear(&b);
				return fail_field(cx, RC_INVALID, "matching_attributes", "'%.*s' is not an attribute type.", STR(utf8_cut(types->v[i], 60)));
			}
			buf_fmt(&b, "%s%.*s", i ? ", " : "", STR(types->v[i]));
		}
		l->matching = str_dup(cx->mem, buf_view(&b));
		buf_clear(&b);
	}
	l->enabled = param_bool(p, "enabled", l->enabled);
	return RC_OK;
}

/* entries: a text with one a line ("value # comment"), or a list */
static enum rc put_entries(struct req *rq, const struct params *p, const struct warninglist *l)
{
	struct ctx *cx = rq->cx;
	const struct param *e = param_get(p, "entries");
	struct warninglist_writer w;
	enum wl_type t = WL_STRING;
	size_t line = 0;

	if (!e)
		e = param_get(p, "list");
	if (!e)
		return RC_OK;
	wl_type_find(l->type, &t);
	TRY(warninglist_entries_open(cx, l->id, &w));
	for (size_t i = 0; i < e->n; i++) {
		struct cur c = cur_of(e->v[i]);
		struct str one;

		while (cur_line(&c, &one)) {
			const char *why;

			line++;
			one = str_trim(one);
			if (!one.n)
				continue;
			why = wl_entry_error(t, one);
			if (why) {
				bulk_drop(&w.b);
				return fail_field(cx, RC_INVALID, "entries", "`%.*s` in line %zu: %s", STR(utf8_cut(one, 100)), line, why);
			}
			TRY(warninglist_entries_add(cx, &w, one));
		}
	}
	return warninglist_entries_close(cx, &w);
}

static enum rc list_params(struct req *rq, struct params *p)
{
	struct api_body b;

	api_body_open(rq, "Warninglist", &b);
	if (b.wrapped) {
		rq->body = jr_raw(&b.r);
		TRY(api_body_end(rq, &b));
	}
	return api_params(rq, p);
}

static enum rc answer(struct req *rq, struct resp *rs, int64_t id)
{
	struct warninglist l;
	struct jw w;

	TRY(warninglist_load(rq->cx, id, (struct str){ 0 }, &l));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Warninglist");
	jw_obj(&w);
	members(&w, &l, false);
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc warninglists_add(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct warninglist l = { .type = S("string"), .category = S("false_positive"), .matching = S("ALL"), .version = 1, .description = S(""), .name = S("") };
	struct params p;

	TRY(list_params(rq, &p));
	api_saving(rq, "Could not add Warninglist", "/warninglists/add", false);
	TRY(fill(rq, &p, &l));
	l.version = param_int(&p, "version", 1);
	TRY(store_begin(cx));
	TRY(warninglist_insert(cx, &l));
	TRY(put_entries(rq, &p, &l));
	TRY(audit_add(cx, &(struct audit){ .action = "add", .model = "Warninglist", .model_id = l.id, .title = l.name }, NULL));
	TRY(store_commit(cx));
	return answer(rq, rs, l.id);
}

/* A list as export gives it: a new one, or what takes the place of the one of its name that was made here. */
enum rc warninglists_import(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct warninglist l, there;
	struct params p;
	bool known;
	enum rc rc;

	TRY(list_params(rq, &p));
	api_saving(rq, "Could not import Warninglist", "/warninglists/import", false);
	TRY(store_begin(cx));
	rc = warninglist_load(cx, 0, str_trim(param_text(&p, "name")).n ? str_trim(param_text(&p, "name")) : S("\x01"), &there);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	known = rc == RC_OK;
	if (known && there.is_default)
		return fail_field(cx, RC_INVALID, "name", "Warninglist with same name already exists.");
	l = known ? there : (struct warninglist){ .type = S("string"), .category = S("false_positive"), .matching = S("ALL"), .description = S(""), .name = S("") };
	TRY(fill(rq, &p, &l));
	l.version = param_int(&p, "version", known ? there.version + 1 : 1);
	TRY(known ? warninglist_update(cx, &l) : warninglist_insert(cx, &l));
	TRY(put_entries(rq, &p, &l));
	TRY(audit_add(cx, &(struct audit){ .action = known ? "edit" : "add", .model = "Warninglist", .model_id = l.id, .title = l.name }, NULL));
	TRY(store_commit(cx));
	api_ok(rq, rs, "Warninglist imported", "/warninglists/import", l.id);
	return RC_OK;
}

enum rc warninglists_edit(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct warninglist l;
	struct params p;

	TRY(load(rq, req_var(rq, 0), &l));
	TRY(list_params(rq, &p));
	api_saving(rq, "Could not edit Warninglist", "/warninglists/edit", false);
	TRY(fill(rq, &p, &l));
	l.version++;
	TRY(store_begin(cx));
	TRY(warninglist_update(cx, &l));
	TRY(put_entries(rq, &p, &l));
	TRY(audit_add(cx, &(struct audit){ .action = "edit", .model = "Warninglist", .model_id = l.id, .title = l.name }, NULL));
	TRY(store_commit(cx));
	return answer(rq, rs, l.id);
}

enum rc warninglists_delete(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct warninglist l;

	TRY(load(rq, req_var(rq, 0), &l));
	TRY(store_begin(cx));
	TRY(warninglist_delete(cx, l.id));
	TRY(audit_add(cx, &(struct audit){ .action = "delete", .model = "Warninglist", .model_id = l.id, .title = l.name }, NULL));
	TRY(store_commit(cx));
	api_ok(rq, rs, "Warninglist deleted.", "/warninglists/delete", l.id);
	return RC_OK;
}

/* From the library folder, when one is set; else `misp warninglist load` is the way, and there is nothing newer here. */
enum rc warninglists_update(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str library = api_opts(rq)->library;
	struct library_report l = { 0 };

	if (library.n)
		TRY(lists_load_library(cx, str_fmt(cx->mem, "%.*s/misp-warninglists", STR(library)), false, &l));
	if (l.added + l.updated)
		api_named(rq, rs, str_fmt(cx->mem, "Successfully updated %zu warninglists.", l.added + l.updated).p);
	else
		api_named(rq, rs, "All warninglists are up to date already.");
	return RC_OK;
}
