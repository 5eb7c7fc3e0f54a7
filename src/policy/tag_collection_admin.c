/* tag_collection_admin.c - see tag_collection_admin.h. */
#include "policy/tag_collection_admin.h"

#include "policy/access.h"
#include "policy/event_save_int.h"
#include "policy/user_admin.h"

bool user_may_edit_tag_collection(const struct user *u, const struct tag_collection *c)
{
	return user_is_site_admin(u) || (user_has(u, PERM(TAG_EDITOR)) && c->org_id == u->org_id);
}

enum rc tag_collection_visible(struct ctx *cx, int64_t id, const struct uuid *u, struct tag_collection *out)
{
	enum rc rc = id > 0 || !uuid_is_nil(u) ? tag_collection_load(cx, id, u, out) : RC_DONE;

	if (rc == RC_DONE || (rc == RC_OK && !user_is_site_admin(cx->who) && !out->all_orgs && out->org_id != cx->who->org_id))
		return fail(cx, RC_NOTFOUND, "Invalid Tag Collection");
	return rc;
}

enum rc tag_collection_usable(struct ctx *cx, int64_t id, struct tag_use **out, size_t *n)
{
	size_t k = 0;

	TRY(tag_collection_tags(cx, &id, 1, out, n));
	for (size_t i = 0; i < *n; i++)
		if (user_may_use_tag(cx->who, &(*out)[i].t) && (!(*out)[i].t.hide_tag || user_is_site_admin(cx->who)))
			(*out)[k++] = (*out)[i];
	*n = k;
	return RC_OK;
}

static enum rc may_edit(struct ctx *cx, const struct tag_collection *c)
{
	return user_may_edit_tag_collection(cx->who, c) ? RC_OK : fail(cx, RC_DENIED, "You don't have editing rights on this Tag Collection.");
}

static enum rc audited(struct ctx *cx, const char *action, const struct tag_collection *c)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "TagCollection", .model_id = c->id, .title = c->name }, NULL);
}

struct args {
	int64_t id;
	const struct tag_collection_form *f;
	const struct str *names;
	const struct tag *tags;
	size_t n, *changed;
	struct tag_collection *c;
	bool add, *now;
};

static enum rc apply(struct ctx *cx, const struct tag_collection_form *f, struct tag_collection *c)
{
	if (in_has(f->name))
		c->name = str_trim(f->name);
	if (!c->name.n)
		return fail_field(cx, RC_INVALID, "name", "This field is required.");
	if (c->name.n > 255)
		return fail_field(cx, RC_INVALID, "name", "A name has at most 255 bytes.");
	if (in_has(f->description)) {
		if (f->description.n > 65535)
			return fail_field(cx, RC_INVALID, "description", "The text is longer than 65535 bytes.");
		c->description = f->description;
	}
	if (in_has(f->all_orgs))
		c->all_orgs = form_bool(f->all_orgs);
	return RC_OK;
}

static enum rc save_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;
	struct tag_collection *c = x->c;
	bool joined;
	enum rc rc;

	if (x->id) {
		TRY(tag_collection_visible(cx, x->id, NULL, c));
		TRY(may_edit(cx, c));
	} else {
		*c = (struct tag_collection){ .name = S(""), .description = S(""), .org_id = cx->who->org_id, .user_id = cx->who->id };
		if (!in_has(x->f->uuid) || !x->f->uuid.n)
			uuid_fresh(cx->now_us, &c->uuid);
		else if (!uuid_parse(str_trim(x->f->uuid), &c->uuid))
			return fail_field(cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	}
	TRY(apply(cx, x->f, c));
	rc = tag_collection_put(cx, c);
	if (rc == RC_EXISTS && cx->err.rc == RC_OK)
		return fail_field(cx, RC_INVALID, "name", "A similar name already exists.");
	TRY(rc);
	for (size_t i = 0; i < x->n; i++) {
		struct tag t;

		rc = tag_capture(cx, x->names[i], S(""), user_has(cx->who, PERM(TAG_EDITOR)), &t);
		if (rc == RC_OK && user_may_use_tag(cx->who, &t))
			TRY(tag_collection_join(cx, c->id, t.id, &joined));
		else if (rc != RC_OK && rc != RC_DONE)
			return rc;
	}
	return audited(cx, x->id ? "edit" : "add", c);
}

enum rc tag_collection_save(struct ctx *cx, int64_t id, const struct tag_collection_form *f, const struct str *tags, size_t tag_n, struct tag_collection *out)
{
	struct args x = { .id = id, .f = f, .names = tags, .n = tag_n, .c = out };

	if (!user_has(cx->who, PERM(TAG_EDITOR)) && !user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	return in_transaction(cx, save_tx, &x);
}

static enum rc remove_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;

	TRY(audited(cx, "delete", x->c));
	return tag_collection_delete(cx, x->c->id);
}

enum rc tag_collection_remove(struct ctx *cx, const struct tag_collection *c)
{
	struct tag_collection copy = *c;
	struct args x = { .c = &copy };

	TRY(may_edit(cx, c));
	return in_transaction(cx, remove_tx, &x);
}

static enum rc tag_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;

	TRY(audited(cx, x->add ? "tag" : "remove_tag", x->c));
	for (size_t i = 0; i < x->n; i++) {
		bool changed;

		TRY(x->add ? tag_collection_join(cx, x->c->id, x->tags[i].id, &changed) : tag_collection_leave(cx, x->c->id, x->tags[i].id, &changed));
		*x->changed += changed;
	}
	return RC_OK;
}

enum rc tag_collection_tag(struct ctx *cx, const struct tag_collection *c, const struct tag *tags, size_t n, bool add, size_t *changed)
{
	struct tag_collection copy = *c;
	struct args x = { .c = &copy, .tags = tags, .n = n, .add = add, .changed = changed };

	*changed = 0;
	TRY(may_edit(cx, c));
	if (!user_has(cx->who, PERM(TAGGER)) && !user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You don't have permission to do that.");
	return in_transaction(cx, tag_tx, &x);
}

static enum rc favourite_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;

	return favourite_tag_toggle(cx, cx->who->id, x->id, x->now);
}

enum rc favourite_toggle(struct ctx *cx, int64_t tag_id, bool *now)
{
	struct args x = { .id = tag_id, .now = now };

	return in_transaction(cx, favourite_tx, &x);
}
