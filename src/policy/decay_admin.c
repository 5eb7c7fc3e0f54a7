/* decay_admin.c - see decay_admin.h. */
#include "policy/decay_admin.h"

#include "lists/library.h"
#include "policy/diff.h"
#include "policy/event_save_int.h"
#include "policy/user_admin.h"
#include "store/decay.h"

static const char NO_MODEL[] = "No Decaying Model with the provided ID exists";

bool user_may_see_decay_model(const struct user *u, const struct decay_row *d)
{
	return user_is_site_admin(u) || d->all_orgs || (u && d->org_id == u->org_id);
}

bool user_may_edit_decay_model(const struct user *u, const struct decay_row *d)
{
	return user_is_site_admin(u) || (user_has(u, PERM(DECAYING)) && !d->is_default && d->org_id == u->org_id);
}

enum rc decay_model_visible(struct ctx *cx, int64_t id, struct decay_row *out)
{
	enum rc rc = id > 0 ? decay_model_load(cx, id, NULL, out) : RC_DONE;

	if (rc == RC_DONE || (rc == RC_OK && !user_may_see_decay_model(cx->who, out)))
		return fail(cx, RC_NOTFOUND, "%s", NO_MODEL);
	return rc;
}

/* ---- what was sent ---- */

static struct str written(struct ctx *cx, const struct decay_model *m)
{
	struct str out;
	struct buf b;
	struct jw w;

	buf_init(&b, 1 << 20);
	jw_init(&w, &b, false);
	decay_parameters_write(&w, m);
	out = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return out;
}

/* An array of texts as it is kept; unknown types stay: a later version may know them. */
static enum rc texts(struct ctx *cx, const char *field, struct str json, struct str *out)
{
	struct buf b;
	struct jw w;
	struct jr r;

	json = str_trim(json);
	if (!json.n)
		json = S("[]");
	buf_init(&b, 1 << 20);
	jw_init(&w, &b, false);
	jw_arr(&w);
	jr_init(&r, cx, json, NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		if (jr_peek(&r) != J_STR)
			jr_fail(&r, "expected a text");
		else
			jw_str(&w, jr_text(&r));
	}
	jw_arr_end(&w);
	if (jr_end(&r) != RC_OK || !buf_ok(&b)) {
		ctx_forgive(cx);
		buf_clear(&b);
		return fail_field(cx, RC_INVALID, field, "`%s` has to be an array of texts.", field);
	}
	*out = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	return RC_OK;
}

static enum rc short_text(struct ctx *cx, const char *field, struct str from, size_t max, struct str *to)
{
	if (!in_has(from))
		return RC_OK;
	if (from.n > max)
		return fail_field(cx, RC_INVALID, field, "The text is longer than %zu bytes.", max);
	*to = from;
	return RC_OK;
}

static enum rc apply(struct ctx *cx, const struct decay_form *f, struct decay_row *d)
{
	TRY(short_text(cx, "name", f->name, 255, &d->m.name));
	d->m.name = str_trim(d->m.name);
	if (!d->m.name.n)
		return fail_field(cx, RC_INVALID, "name", "The model must have a name");
	TRY(short_text(cx, "description", f->description, 65535, &d->description));
	TRY(short_text(cx, "version", f->version, 255, &d->version));
	if (in_has(f->formula) && !decay_formula_find(str_trim(f->formula), &d->m.formula))
		return fail_field(cx, RC_INVALID, "formula", "The formula must be one of: Polynomial, PolynomialExtended, Sightings.");
	if (in_has(f->parameters)) {
		enum rc rc = decay_parameters_read(cx, f->parameters, &d->m);

		if (rc == RC_BAD) {
			ctx_forgive(cx);
			return fail_field(cx, RC_INVALID, "parameters", "`parameters` has to be an object.");
		}
		TRY(rc);
	}
	d->parameters = written(cx, &d->m);
	if (in_has(f->attribute_types))
		TRY(texts(cx, "attribute_types", f->attribute_types, &d->attribute_types));
	if (in_has(f->ref))
		TRY(texts(cx, "ref", f->ref, &d->ref));
	return decay_types_read(cx, d->attribute_types, &d->types);
}

static void apply_switches(const struct decay_form *f, struct decay_row *d)
{
	if (in_has(f->enabled))
		d->enabled = form_bool(f->enabled);
	if (in_has(f->all_orgs))
		d->all_orgs = form_bool(f->all_orgs);
}

static enum rc audited(struct ctx *cx, const char *action, const struct decay_row *d, struct str change)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "DecayingModel", .model_id = d->m.id, .title = d->m.name, .change = change }, NULL);
}

/* ---- calls ---- */

struct args {
	const struct decay_form *f;
	struct decay_row *d;
	int64_t id;
	bool enabled;
};

static enum rc add_tx(struct ctx *cx, void *arg)
{
	struct args *a = arg;
	struct decay_row *d = a->d;

	*d = (struct decay_row){ .m.name = S(""), .description = S(""), .attribute_types = S("[]"), .ref = S("[]"), .version = S("1"), .org_id = cx->who->org_id,
				 .all_orgs = true };
	if (!in_has(a->f->parameters))
		return fail_field(cx, RC_INVALID, "parameters", "Missing JSON key `parameters`.");
	TRY(apply(cx, a->f, d));
	apply_switches(a->f, d);
	uuid_fresh(cx->now_us, &d->uuid);
	TRY(audited(cx, "add", d, (struct str){ 0 }));
	TRY(decay_model_insert(cx, d));
	return d->enabled ? decay_job_add(cx, d->m.id) : RC_OK;
}

enum rc decay_model_add(struct ctx *cx, const struct decay_form *f, struct decay_row *out)
{
	struct args a = { .f = f, .d = out };

	return in_transaction(cx, add_tx, &a);
}

static enum rc store_changed(struct ctx *cx, const struct decay_row *was, struct decay_row *d, const char *action)
{
	struct diff x;

	diff_begin(&x);
	diff_text(&x, "name", was->m.name, d->m.name);
	diff_text(&x, "formula", decay_formula_name(was->m.formula), decay_formula_name(d->m.formula));
	diff_text(&x, "parameters", was->parameters, d->parameters);
	diff_text(&x, "attribute_types", was->attribute_types, d->attribute_types);
	diff_bool(&x, "enabled", was->enabled, d->enabled);
	diff_bool(&x, "all_orgs", was->all_orgs, d->all_orgs);
	TRY(audited(cx, action, d, diff_end(cx, &x)));
	TRY(decay_model_update(cx, d));
	return was->enabled || d->enabled ? decay_job_add(cx, d->m.id) : RC_OK;
}

static enum rc edit_tx(struct ctx *cx, void *arg)
{
	static const struct decay_form none = { 0 };
	struct args *a = arg;
	struct decay_row was;

	TRY(decay_model_visible(cx, a->id, &was));
	if (!user_may_edit_decay_model(cx->who, &was))
		return fail(cx, RC_METHOD, "You are not authorised to edit this model.");
	*a->d = was;
	TRY(apply(cx, was.is_default ? &none : a->f, a->d));
	apply_switches(a->f, a->d);
	return store_changed(cx, &was, a->d, "edit");
}

enum rc decay_model_edit(struct ctx *cx, int64_t id, const struct decay_form *f, struct decay_row *out)
{
	struct args a = { .f = f, .d = out, .id = id };

	return in_transaction(cx, edit_tx, &a);
}

static enum rc switch_tx(struct ctx *cx, void *arg)
{
	struct args *a = arg;
	struct decay_row was;

	TRY(decay_model_visible(cx, a->id, &was));
	if (!user_may_edit_decay_model(cx->who, &was))
		return fail(cx, RC_METHOD, "You are not authorised to %s this model.", a->enabled ? "enable" : "disable");
	*a->d = was;
	if (was.enabled == a->enabled)
		return RC_OK;
	a->d->enabled = a->enabled;
	return store_changed(cx, &was, a->d, a->enabled ? "enable" : "disable");
}

enum rc decay_model_switch(struct ctx *cx, int64_t id, bool enabled, struct decay_row *out)
{
	struct args a = { .d = out, .id = id, .enabled = enabled };

	return in_transaction(cx, switch_tx, &a);
}

static enum rc remove_tx(struct ctx *cx, void *arg)
{
	struct args *a = arg;
	struct decay_row d;

	TRY(decay_model_visible(cx, a->id, &d));
	if (!user_may_edit_decay_model(cx->who, &d) || d.is_default)
		return fail(cx, RC_METHOD, "You are not authorised to delete this model.");
	TRY(audited(cx, "delete", &d, (struct str){ 0 }));
	TRY(decay_model_delete(cx, d.m.id));
	return decay_job_add(cx, d.m.id);
}

enum rc decay_model_remove(struct ctx *cx, int64_t id)
{
	struct args a = { .id = id };

	return in_transaction(cx, remove_tx, &a);
}

/* ---- the library ---- */

struct loading {
	struct library_report *out;
	bool force;
};

static enum rc read_file(struct ctx *cx, struct str text, struct decay_form *f, struct uuid *u)
{
	const struct {
		const char *name;
		struct str *to;
		bool raw;
	} fields[] = { { "name", &f->name, false }, { "description", &f->description, false }, { "formula", &f->formula, false }, { "version", &f->version, false },
		       { "parameters", &f->parameters, true }, { "attribute_types", &f->attribute_types, true }, { "ref", &f->ref, true } };
	enum { N = sizeof(fields) / sizeof(*fields) };
	struct str key;
	struct jr r;
	bool has_uuid = false;

	*f = (struct decay_form){ 0 };
	jr_init(&r, cx, text, NULL);
	for (jr_obj(&r); jr_member(&r, &key);) {
		size_t i = 0;

		while (i < N && !str_eq(key, str_c(fields[i].name)))
			i++;
		if (str_eq(key, S("uuid")) && jr_peek(&r) == J_STR)
			has_uuid = uuid_parse(str_trim(jr_text(&r)), u);
		else if (i < N && fields[i].raw)
			*fields[i].to = jr_raw(&r);
		else if (i < N && (jr_peek(&r) == J_STR || jr_peek(&r) == J_NUM))
			*fields[i].to = jr_text_dup(&r);
		else
			jr_skip(&r);
	}
	TRY(jr_end(&r));
	return has_uuid && in_has(f->parameters) ? RC_OK : fail(cx, RC_INVALID, "the model has no uuid, or no parameters");
}

static enum rc put(struct ctx *cx, struct loading *l, const struct decay_form *f, const struct uuid *u)
{
	struct decay_row was, d;
	int64_t old = 0, new = 0;
	enum rc rc = decay_model_load(cx, 0, u, &was);

	if (rc == RC_DONE) {
		d = (struct decay_row){ .m.name = S(""), .description = S(""), .attribute_types = S("[]"), .ref = S("[]"), .version = S("1"), .uuid = *u,
					.org_id = cx->who ? cx->who->org_id : 1, .all_orgs = true, .is_default = true };
		TRY(apply(cx, f, &d));
		l->out->added++;
		return decay_model_insert(cx, &d);
	}
	TRY(rc);
	if (!str_i64(was.version, &old) || !in_has(f->version) || !str_i64(f->version, &new) || !was.is_default || (new <= old && !l->force)) {
		l->out->same++;
		return RC_OK;
	}
	d = was;
	TRY(apply(cx, f, &d));
	l->out->updated++;
	TRY(decay_model_update(cx, &d));
	return d.enabled ? decay_job_add(cx, d.m.id) : RC_OK;
}

static enum rc load_file(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct loading *l = arg;
	struct decay_form f;
	struct uuid u;
	enum rc rc;

	(void)name;
	l->out->seen++;
	rc = read_file(cx, text, &f, &u);
	if (rc == RC_OK)
		rc = put(cx, l, &f, &u);
	if (rc == RC_BAD || rc == RC_INVALID) {
		ctx_forgive(cx);
		l->out->bad++;
		return RC_OK;
	}
	return rc;
}

enum rc decay_models_load_library(struct ctx *cx, struct str dir, bool force, struct library_report *out)
{
	struct loading l = { out, force };

	*out = (struct library_report){ 0 };
	TRY(store_begin(cx));
	return library_end(cx, library_files(cx, str_cdup(cx->mem, dir), "models", load_file, &l), "DecayingModel", out);
}
