/* rule_admin.c - see rule_admin.h. */
#include "policy/rule_admin.h"

#include "base/json.h"
#include "lists/library.h"
#include "lists/regex.h"
#include "model/input.h"
#include "model/user.h"
#include "policy/diff.h"
#include "policy/event_save_int.h"
#include "policy/import_rules.h"
#include "store/query.h"

static enum rc admin_only(struct ctx *cx)
{
	return user_is_site_admin(cx->who) ? RC_OK : fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
}

static enum rc regexp_access(struct ctx *cx)
{
	return user_has(cx->who, PERM(REGEXP_ACCESS)) ? RC_OK : admin_only(cx);
}

static enum rc audited(struct ctx *cx, const char *action, const char *model, int64_t id, struct str title, struct str change)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = model, .model_id = id, .title = title, .change = change }, NULL);
}

struct args {
	int64_t id;
	struct str a, b;
	const void *form;
	void *out;
	size_t *n;
	bool on;
};

/* ---- expressions of import ---- */

static enum rc regexp_check(struct ctx *cx, const struct regexp_form *f)
{
	struct wl_regex *rx;
	struct str out;
	bool fine;

	if (!f->regexp.n || f->regexp.n > 8000 || !ch_alnum((unsigned char)f->regexp.p[0])) /* a delimiter comes first */
		rx = f->regexp.n ? wl_regex_new(f->regexp) : NULL;
	else
		rx = NULL;
	if (!rx)
		return fail_field(cx, RC_INVALID, "regexp", "This is not a valid regular expression. Don't forget the delimiters!");
	fine = f->replacement.n <= 2048 && wl_regex_replace(cx->mem, rx, f->regexp, f->replacement, &out);
	wl_regex_free(rx);
	if (!fine)
		return fail_field(cx, RC_INVALID, "replacement", "This is not a valid replacement.");
	for (size_t i = 0; i < f->type_n; i++)
		if (!str_eq(f->types[i], S("ALL")) && !attr_type_find(f->types[i]))
			return fail_field(cx, RC_INVALID, "type", "'%.60s' is not an attribute type.", str_cdup(cx->mem, f->types[i]));
	return RC_OK;
}

static enum rc regexp_of(struct ctx *cx, int64_t id, struct import_regexp **v, size_t *n, size_t *at)
{
	TRY(import_regexp_list(cx, v, n));
	for (*at = 0; *at < *n && (*v)[*at].id != id; ++*at)
		;
	return *at < *n ? RC_OK : fail(cx, RC_NOTFOUND, "Invalid Regexp");
}

static enum rc regexp_save_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	const struct regexp_form *f = x->form;
	static const struct str all = { "ALL", 3 };
	const struct str *types = f->type_n ? f->types : &all;
	size_t n = f->type_n ? f->type_n : 1;
	struct import_regexp *v = arena_many(cx->mem, n, struct import_regexp);

	TRY(audited(cx, x->id ? "edit" : "add", "Regexp", x->id, f->regexp, (struct str){ 0 }));
	if (x->id) {
		struct import_regexp *old;
		size_t old_n, at;

		TRY(regexp_of(cx, x->id, &old, &old_n, &at));
		for (size_t i = 0; i < old_n; i++)
			if (str_eq(old[i].regexp, old[at].regexp) && str_eq(old[i].replacement, old[at].replacement))
				TRY(import_regexp_delete(cx, old[i].id));
	}
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct import_regexp){ .regexp = f->regexp, .replacement = f->replacement, .type = types[i] };
		TRY(import_regexp_insert(cx, &v[i]));
	}
	*(struct import_regexp **)x->out = v;
	*x->n = n;
	return RC_OK;
}

enum rc regexp_save(struct ctx *cx, int64_t old, const struct regexp_form *f, struct import_regexp **out, size_t *n)
{
	struct args x = { .id = old, .form = f, .out = out, .n = n };
	struct import_regexp *v;
	size_t vn, at;

	TRY(regexp_access(cx));
	if (old)
		TRY(regexp_of(cx, old, &v, &vn, &at));
	TRY(regexp_check(cx, f));
	return in_transaction(cx, regexp_save_tx, &x);
}

static enum rc regexp_remove_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct import_regexp *v;
	size_t n, at;

	TRY(regexp_of(cx, x->id, &v, &n, &at));
	TRY(audited(cx, "delete", "Regexp", x->id, v[at].regexp, (struct str){ 0 }));
	return import_regexp_delete(cx, x->id);
}

enum rc regexp_remove(struct ctx *cx, int64_t id)
{
	struct args x = { .id = id };

	TRY(regexp_access(cx));
	return in_transaction(cx, regexp_remove_tx, &x);
}

/* One stored attribute; a value that then equals another's in its event stays as it is. */
static enum rc clean_one(struct ctx *cx, const struct attr *a, bool refused, struct str value, int64_t *changed, int64_t *deleted)
{
	struct attr_in in = { .value = value };
	struct save s = SAVE_LOCAL;
	struct event e;
	struct attr now;
	enum rc rc = event_load(cx, &scope_all, &(struct event_key){ .id = a->event_id }, &e);

	if (rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return RC_OK;
	}
	TRY(rc);
	rc = refused ? attr_delete(cx, &e, a, false) : attr_edit(cx, &e, a, &in, &s, &now);
	save_clear(&s);
	if (rc == RC_EXISTS || rc == RC_INVALID || rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return RC_OK;
	}
	TRY(rc);
	++*(refused ? deleted : changed);
	return RC_OK;
}

enum rc regexp_clean(struct ctx *cx, int64_t *changed, int64_t *deleted)
{
	struct search all = SEARCH_ALL;
	struct import_rules *rules;
	struct query *q;
	bool done = false;

	*changed = *deleted = 0;
	TRY(regexp_access(cx));
	TRY(admin_only(cx)); /* it changes everybody's events */
	TRY(import_rules_open(cx, cx->mem, &rules));
	if (!import_rules_count(rules))
		return RC_OK;
	TRY(query_compile(cx, &scope_all, &all, &q));
	while (!done) {
		struct arena_mark m = arena_mark(cx->mem);
		struct attr *v;
		size_t n;

		TRY(query_attrs(cx, q, 500, &v, &n, &done));
		for (size_t i = 0; i < n; i++) {
			struct str was = v[i].value2.n ? str_fmt(cx->mem, "%.*s|%.*s", STR(v[i].value1), STR(v[i].value2)) : v[i].value1, now;
			bool fine = import_rules_apply(rules, cx->mem, v[i].type->name, was, &now);

			if (!fine || !str_eq(was, now))
				TRY(clean_one(cx, &v[i], !fine, now, changed, deleted));
		}
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

/* ---- allowed lists ---- */

static enum rc allowed_of(struct ctx *cx, int64_t id, struct allowed *out)
{
	struct allowed *v;
	size_t n;

	TRY(allowed_list(cx, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (v[i].id == id) {
			*out = v[i];
			return RC_OK;
		}
	return fail(cx, RC_NOTFOUND, "Invalid allowedlist");
}

static enum rc allowed_save_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct allowed *a = x->out, was = { .name = S("") };
	struct diff d;
	enum rc rc;

	if (x->id)
		TRY(allowed_of(cx, x->id, &was));
	*a = (struct allowed){ x->id, x->a };
	rc = allowed_put(cx, a);
	if (rc == RC_EXISTS)
		return fail_field(cx, RC_INVALID, "name", "A similar name already exists.");
	TRY(rc);
	diff_begin(&d);
	diff_text(&d, "name", was.name, a->name);
	return audited(cx, x->id ? "edit" : "add", "Allowedlist", a->id, a->name, diff_end(cx, &d));
}

enum rc allowed_save(struct ctx *cx, int64_t id, struct str name, struct allowed *out)
{
	struct args x = { .id = id, .a = str_trim(name), .out = out };
	struct wl_regex *rx;

	TRY(regexp_access(cx));
	if (id)
		TRY(allowed_of(cx, id, out));
	rx = x.a.n && !ch_alnum((unsigned char)x.a.p[0]) ? wl_regex_new(x.a) : NULL;
	if (!rx)
		return fail_field(cx, RC_INVALID, "name", "Name not in the right format. Allowedlist entries have to be enclosed by a valid php delimiter. Format: \"/8.8.8.8/\"");
	wl_regex_free(rx);
	return in_transaction(cx, allowed_save_tx, &x);
}

static enum rc allowed_remove_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct allowed a;

	TRY(allowed_of(cx, x->id, &a));
	TRY(audited(cx, "delete", "Allowedlist", a.id, a.name, (struct str){ 0 }));
	return allowed_delete(cx, a.id);
}

enum rc allowed_remove(struct ctx *cx, int64_t id)
{
	struct args x = { .id = id };

	TRY(regexp_access(cx));
	return in_transaction(cx, allowed_remove_tx, &x);
}

/* ---- excluded values ---- */

static enum rc exclusion_of(struct ctx *cx, int64_t id, struct corr_exclusion *out)
{
	enum rc rc = corr_exclusion_load(cx, id, out);

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid CorrelationExclusion.") : rc;
}

static enum rc exclusion_add_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct corr_exclusion *e = x->out;
	enum rc rc;

	*e = (struct corr_exclusion){ .value = x->a, .comment = x->b };
	rc = corr_exclusion_insert(cx, e);
	if (rc == RC_EXISTS && cx->err.rc == RC_OK)
		return fail_field(cx, RC_INVALID, "value", "Value is already in the exclusion list.");
	TRY(rc);
	return audited(cx, "add", "CorrelationExclusion", e->id, e->value, (struct str){ 0 });
}

enum rc exclusion_add(struct ctx *cx, struct str value, struct str comment, struct corr_exclusion *out)
{
	struct args x = { .a = str_trim(value), .b = comment, .out = out };
	struct str bare = x.a;

	TRY(admin_only(cx));
	while (bare.n && bare.p[0] == '%')
		bare = str_from(bare, 1);
	if (!bare.n)
		return fail_field(cx, RC_INVALID, "value", "A value needs to be provided");
	if (x.a.n > 65535 || comment.n > 65535)
		return fail_field(cx, RC_INVALID, "value", "The text is longer than 65535 bytes.");
	return in_transaction(cx, exclusion_add_tx, &x);
}

static enum rc exclusion_edit_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct corr_exclusion *e = x->out;
	struct diff d;

	TRY(exclusion_of(cx, x->id, e));
	diff_begin(&d);
	diff_text(&d, "comment", e->comment, x->b);
	e->comment = x->b;
	TRY(corr_exclusion_update(cx, e));
	return audited(cx, "edit", "CorrelationExclusion", e->id, e->value, diff_end(cx, &d));
}

enum rc exclusion_edit(struct ctx *cx, int64_t id, struct str comment, struct corr_exclusion *out)
{
	struct args x = { .id = id, .b = comment, .out = out };

	TRY(admin_only(cx));
	if (comment.n > 65535)
		return fail_field(cx, RC_INVALID, "comment", "The text is longer than 65535 bytes.");
	return in_transaction(cx, exclusion_edit_tx, &x);
}

static enum rc exclusion_remove_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct corr_exclusion e;

	TRY(exclusion_of(cx, x->id, &e));
	TRY(audited(cx, "delete", "CorrelationExclusion", e.id, e.value, (struct str){ 0 }));
	return corr_exclusion_delete(cx, e.id);
}

enum rc exclusion_remove(struct ctx *cx, int64_t id)
{
	struct args x = { .id = id };

	TRY(admin_only(cx));
	return in_transaction(cx, exclusion_remove_tx, &x);
}

/* ---- rules between events ---- */

static enum rc rule_of(struct ctx *cx, int64_t id, struct corr_rule_row *out)
{
	enum rc rc = corr_rule_load(cx, id, NULL, out);

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid CorrelationRule.") : rc;
}

/* An array of texts or numbers; numbers are needed but for texts of infos. */
static enum rc selector_check(struct ctx *cx, struct corr_rule_row *r)
{
	struct str out;
	struct buf b;
	struct jw w;
	struct jr j;
	size_t n = 0;
	bool fine = true;

	buf_init(&b, 1 << 20);
	jw_init(&w, &b, false);
	jw_arr(&w);
	jr_init(&j, cx, r->selector_list, NULL);
	for (jr_arr(&j); jr_elem(&j);) {
		struct str s;
		int64_t id;

		if (jr_peek(&j) != J_STR && jr_peek(&j) != J_NUM) {
			jr_skip(&j);
			fine = false;
			continue;
		}
		s = str_trim(jr_text(&j));
		fine &= s.n && (r->selector == CORR_BY_INFO || str_i64(s, &id));
		jw_str(&w, s);
		n++;
	}
	jw_arr_end(&w);
	if (jr_end(&j) != RC_OK) {
		ctx_forgive(cx);
		fine = false;
	}
	out = str_dup(cx->mem, buf_view(&b));
	fine &= buf_ok(&b) && n > 0;
	buf_clear(&b);
	if (!fine)
		return fail_field(cx, RC_INVALID, "selector_list", "The selector list has to be an array of %s.", r->selector == CORR_BY_INFO ? "texts" : "numbers");
	r->selector_list = out;
	return RC_OK;
}

static enum rc rule_apply(struct ctx *cx, const struct corr_rule_form *f, struct corr_rule_row *r)
{
	if (in_has(f->name))
		r->name = str_trim(f->name);
	if (in_has(f->comment))
		r->comment = f->comment;
	if (!r->name.n || r->name.n > 255 || r->comment.n > 65535)
		return fail_field(cx, RC_INVALID, "name", "A name of at most 255 bytes needs to be provided.");
	if (in_has(f->selector_type)) {
		int i = 0;

		while (i < CORR_SELECTORS && !str_eq(f->selector_type, corr_selector_names[i]))
			i++;
		if (i == CORR_SELECTORS)
			return fail_field(cx, RC_INVALID, "selector_type", "The selector type has to be one of: orgc_id, org_id, event_id, event_info.");
		r->selector = (enum corr_selector)i;
	}
	if (in_has(f->selector_list))
		r->selector_list = str_trim(f->selector_list);
	return selector_check(cx, r);
}

static enum rc rule_save_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	const struct corr_rule_form *f = x->form;
	struct corr_rule_row *r = x->out, was;
	struct diff d;

	if (x->id) {
		TRY(rule_of(cx, x->id, r));
	} else {
		*r = (struct corr_rule_row){ .name = S(""), .comment = S(""), .selector_list = S("[]") };
		if (!in_has(f->selector_type))
			return fail_field(cx, RC_INVALID, "selector_type", "The selector type has to be one of: orgc_id, org_id, event_id, event_info.");
		if (!in_has(f->uuid) || !uuid_parse(str_trim(f->uuid), &r->uuid))
			uuid_fresh(cx->now_us, &r->uuid);
		else if (corr_rule_load(cx, 0, &r->uuid, &was) == RC_OK)
			return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	}
	was = *r;
	TRY(rule_apply(cx, f, r));
	r->timestamp = ctx_now_s(cx);
	diff_begin(&d);
	diff_text(&d, "name", was.name, r->name);
	diff_text(&d, "selector_type", corr_selector_names[was.selector], corr_selector_names[r->selector]);
	diff_text(&d, "selector_list", was.selector_list, r->selector_list);
	TRY(x->id ? corr_rule_update(cx, r) : corr_rule_insert(cx, r));
	return audited(cx, x->id ? "edit" : "add", "CorrelationRule", r->id, r->name, diff_end(cx, &d));
}

enum rc corr_rule_save(struct ctx *cx, int64_t id, const struct corr_rule_form *f, struct corr_rule_row *out)
{
	struct args x = { .id = id, .form = f, .out = out };

	TRY(admin_only(cx));
	return in_transaction(cx, rule_save_tx, &x);
}

static enum rc rule_remove_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct corr_rule_row r;

	TRY(rule_of(cx, x->id, &r));
	TRY(audited(cx, "delete", "CorrelationRule", r.id, r.name, (struct str){ 0 }));
	return corr_rule_delete(cx, r.id);
}

enum rc corr_rule_remove(struct ctx *cx, int64_t id)
{
	struct args x = { .id = id };

	TRY(admin_only(cx));
	return in_transaction(cx, rule_remove_tx, &x);
}

/* ---- notice lists ---- */

static enum rc notices_of(struct ctx *cx, int64_t id, struct noticelist *out)
{
	enum rc rc = id > 0 ? noticelist_load(cx, id, S(""), out) : RC_DONE;

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Noticelist not found.") : rc;
}

static enum rc notices_switch_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct noticelist l;

	TRY(notices_of(cx, x->id, &l));
	if (l.enabled == x->on)
		return RC_OK;
	TRY(noticelist_enable(cx, l.id, x->on));
	return audited(cx, x->on ? "enable" : "disable", "Noticelist", l.id, l.name, (struct str){ 0 });
}

enum rc noticelist_switch(struct ctx *cx, int64_t id, bool enabled)
{
	struct args x = { .id = id, .on = enabled };

	TRY(admin_only(cx));
	return in_transaction(cx, notices_switch_tx, &x);
}

static enum rc notices_remove_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct noticelist l;

	TRY(notices_of(cx, x->id, &l));
	TRY(audited(cx, "delete", "Noticelist", l.id, l.name, (struct str){ 0 }));
	return noticelist_delete(cx, l.id);
}

enum rc noticelist_remove(struct ctx *cx, int64_t id)
{
	struct args x = { .id = id };

	TRY(admin_only(cx));
	return in_transaction(cx, notices_remove_tx, &x);
}

/* The file of a list: its head, and each notice as the JSON it is. */
static enum rc notices_read(struct ctx *cx, struct str text, struct noticelist *l, struct str **data, size_t *n)
{
	struct str key, *v = NULL;
	size_t cap = 0;
	struct jr r;

	*l = (struct noticelist){ .name = S(""), .expanded_name = S(""), .ref = S("[]"), .geographical_area = S("[]"), .version = 1 };
	*n = 0;
	jr_init(&r, cx, text, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		if (str_eq(key, S("name")) && jr_peek(&r) == J_STR)
			l->name = jr_text_dup(&r);
		else if (str_eq(key, S("expanded_name")) && jr_peek(&r) == J_STR)
			l->expanded_name = jr_text_dup(&r);
		else if (str_eq(key, S("ref")) && jr_peek(&r) == J_ARR)
			l->ref = jr_raw(&r);
		else if (str_eq(key, S("geographical_area")) && jr_peek(&r) == J_ARR)
			l->geographical_area = jr_raw(&r);
		else if (str_eq(key, S("version")))
			l->version = jr_int(&r, 1);
		else if (str_eq(key, S("notice")) && jr_peek(&r) == J_ARR)
			for (jr_arr(&r); jr_elem(&r);) {
				if (jr_peek(&r) != J_OBJ) {
					jr_skip(&r);
					continue;
				}
				v = arena_grow(cx->mem, v, &cap, *n, sizeof(*v));
				v[(*n)++] = jr_raw(&r);
			}
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	*data = v;
	return l->name.n ? RC_OK : fail_field(cx, RC_INVALID, "name", "the notice list has no name");
}

static enum rc notices_file(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct library_report *out = arg;
	struct noticelist l, there;
	struct str *data;
	size_t n;
	enum rc rc = notices_read(cx, text, &l, &data, &n);

	(void)name;
	out->seen++;
	if (rc == RC_BAD || rc == RC_INVALID) {
		ctx_forgive(cx);
		out->bad++;
		return RC_OK;
	}
	TRY(rc);
	rc = noticelist_load(cx, 0, l.name, &there);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	if (rc == RC_OK && there.version >= l.version) {
		out->same++;
		return RC_OK;
	}
	if (rc == RC_OK) {
		l.id = there.id;
		l.enabled = there.enabled;
	}
	out->added += rc == RC_DONE;
	out->updated += rc == RC_OK;
	out->parts += n;
	return noticelist_put(cx, &l, data, n);
}

enum rc noticelists_load_library(struct ctx *cx, struct str dir, struct library_report *out)
{
	*out = (struct library_report){ 0 };
	TRY(store_begin(cx));
	return library_end(cx, library_each(cx, str_cdup(cx->mem, dir), "lists", "list.json", notices_file, out), "Noticelist", out);
}
