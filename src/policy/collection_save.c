/* collection_save.c - see collection_save.h. */
#include "policy/collection_save.h"

#include "base/clock.h"
#include "model/input.h"
#include "policy/diff.h"
#include "policy/group_admin.h"
#include "store/attr.h"
#include "store/audit.h"
#include "store/org.h"

static const char NO_RIGHTS[] = "Invalid Collection or insuficient privileges"; /* spelled as clients know it */
static const char *const types[] = { "campaign", "intrusion_set", "named_threat", "other", "research" };

bool user_may_edit_collection(const struct user *u, const struct collection *c)
{
	if (user_is_site_admin(u))
		return true;
	if (!user_has(u, PERM(MODIFY)))
		return false;
	if (user_has(u, PERM(MODIFY_ORG)) && (u->org_id == c->orgc_id || (user_has(u, PERM(SYNC)) && u->org_id == c->org_id)))
		return true;
	return c->user_id == u->id && c->orgc_id == u->org_id;
}

static enum rc apply_text(struct ctx *cx, const char *field, struct str s, size_t max, struct str *out)
{
	if (!in_has(s))
		return RC_OK;
	if (s.n > max)
		return fail_field(cx, RC_INVALID, field, "The text is longer than %zu bytes.", max);
	*out = s;
	return RC_OK;
}

static enum rc apply_distribution(struct ctx *cx, const struct collection_form *f, struct collection *c)
{
	int64_t was = c->distribution == DIST_SHARING_GROUP ? c->sharing_group_id : 0, dist = c->distribution, id = was;

	if (in_has(f->distribution) && (!str_i64(str_trim(f->distribution), &dist) || dist < 0 || dist > 4))
		return fail_field(cx, RC_INVALID, "distribution", "Invalid distribution level.");
	c->distribution = (int)dist;
	c->sharing_group_id = 0;
	if (dist != DIST_SHARING_GROUP)
		return RC_OK;
	if (in_has(f->sharing_group_id) && !str_i64(str_trim(f->sharing_group_id), &id))
		id = 0;
	if (id && id == was) {
		c->sharing_group_id = id;
		return RC_OK;
	}
	TRY(group_capture(cx, &(struct group_claim){ .number = id }, &c->sharing_group_id));
	return c->sharing_group_id ? RC_OK : fail_field(cx, RC_INVALID, "sharing_group_id", "Invalid sharing group or you are not a member of it.");
}

static enum rc apply(struct ctx *cx, const struct collection_form *f, struct collection *c)
{
	size_t i = 0;

	TRY(apply_text(cx, "name", f->name, 255, &c->name));
	TRY(apply_text(cx, "description", f->description, 65535, &c->description));
	if (in_has(f->type)) {
		while (i < sizeof(types) / sizeof(*types) && !str_eq(str_trim(f->type), str_c(types[i])))
			i++;
		if (i == sizeof(types) / sizeof(*types))
			return fail_field(cx, RC_INVALID, "type", "The type is one of campaign, intrusion_set, named_threat, other, research.");
		c->type = str_c(types[i]);
	}
	if (!str_trim(c->name).n)
		return fail_field(cx, RC_INVALID, "name", "A collection needs a name.");
	return apply_distribution(cx, f, c);
}

static struct str changes(struct ctx *cx, const struct collection *was, const struct collection *now)
{
	struct diff d;

	diff_begin(&d);
	diff_text(&d, "name", was->name, now->name);
	diff_text(&d, "type", was->type, now->type);
	diff_text(&d, "description", was->description, now->description);
	diff_int(&d, "distribution", was->distribution, now->distribution);
	diff_int(&d, "sharing_group_id", was->sharing_group_id, now->sharing_group_id);
	return diff_end(cx, &d);
}

static enum rc audit_collection(struct ctx *cx, const char *action, const struct collection *c, struct str change)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "Collection", .model_id = c->id, .title = c->name, .change = change }, NULL);
}

static enum rc audit_element(struct ctx *cx, const char *action, const struct collection_element *e)
{
	char uu[UUID_TEXT + 1];

	uuid_text(&e->element_uuid, uu);
	return audit_add(cx, &(struct audit){ .action = action, .model = "CollectionElement", .model_id = e->id,
					      .title = str_fmt(cx->mem, "%.*s %s", STR(e->element_type), uu) }, NULL);
}

/* ---- elements ---- */

static enum rc put_element(struct ctx *cx, int64_t collection_id, const struct collection_element_form *f, struct collection_element *e)
{
	*e = (struct collection_element){ .collection_id = collection_id, .description = S("") };
	if (in_has(f->uuid) && str_trim(f->uuid).n && !uuid_parse(str_trim(f->uuid), &e->uuid))
		return fail_field(cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	if (!in_has(f->element_uuid) || !uuid_parse(str_trim(f->element_uuid), &e->element_uuid))
		return fail_field(cx, RC_INVALID, "element_uuid", "Please provide a valid RFC 4122 UUID");
	e->element_type = in_has(f->element_type) ? str_trim(f->element_type) : S("");
	if (!e->element_type.n)
		TRY(collection_type_of(cx, &e->element_uuid, &e->element_type));
	if (!str_eq(e->element_type, S("Event")) && !str_eq(e->element_type, S("GalaxyCluster")))
		return fail_field(cx, RC_INVALID, "element_type", "Invalid object type.");
	TRY(apply_text(cx, "description", f->description, 65535, &e->description));
	TRY(collection_element_insert(cx, e));
	return audit_element(cx, "add", e);
}

/* Which of those that are there was sent: by its uuid, else by what it is about. */
static size_t sent_as(const struct collection_element *v, size_t n, const struct collection_element_form *f)
{
	struct uuid u, about;
	bool has_u = in_has(f->uuid) && uuid_parse(str_trim(f->uuid), &u), has_about = in_has(f->element_uuid) && uuid_parse(str_trim(f->element_uuid), &about);

	for (size_t i = 0; i < n; i++)
		if ((has_u && uuid_eq(&u, &v[i].uuid)) || (has_about && uuid_eq(&about, &v[i].element_uuid)))
			return i;
	return n;
}

static enum rc put_elements(struct ctx *cx, int64_t id, const struct collection_form *f)
{
	struct collection_element *v, e;
	bool *kept;
	size_t n;

	if (!f->has_elements)
		return RC_OK;
	TRY(collection_elements(cx, id, &v, &n));
	kept = arena_zalloc(cx->mem, (n + 1) * sizeof(*kept));
	for (size_t i = 0; i < f->element_n; i++) { /* first what stays, so that none is added beside itself */
		size_t at = sent_as(v, n, &f->elements[i]);

		if (at == n)
			continue;
		kept[at] = true;
		if (in_has(f->elements[i].description) && !str_eq(f->elements[i].description, v[at].description)) {
			TRY(apply_text(cx, "description", f->elements[i].description, 65535, &v[at].description));
			TRY(collection_element_update(cx, &v[at]));
			TRY(audit_element(cx, "edit", &v[at]));
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (kept[i])
			continue;
		TRY(collection_element_delete(cx, &v[i]));
		TRY(audit_element(cx, "delete", &v[i]));
	}
	for (size_t i = 0; i < f->element_n; i++)
		if (sent_as(v, n, &f->elements[i]) == n)
			TRY(put_element(cx, id, &f->elements[i], &e));
	return RC_OK;
}

/* ---- collections ---- */

struct args {
	const struct collection_form *f;
	const struct collection_element_form *ef;
	struct event_key k;
	struct collection c;
	struct collection_element e;
};

static enum rc transaction(struct ctx *cx, enum rc (*body)(struct ctx *cx, struct args *x), struct args *x)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = body(cx, x);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc to_change(struct ctx *cx, const struct event_key *k, struct collection *out)
{
	enum rc rc = collection_load(cx, cx->scope, k, out);

	if (rc == RC_DONE || (rc == RC_OK && !user_may_edit_collection(cx->who, out)))
		return fail(cx, RC_METHOD, "%s", NO_RIGHTS);
	return rc;
}

static enum rc load_now(struct ctx *cx, struct args *x)
{
	enum rc rc = collection_load(cx, &scope_all, &(struct event_key){ .id = x->c.id }, &x->c);

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "%s", NO_RIGHTS) : rc;
}

/* a time as sent; false: none was, or it is none */
static bool sent_time(struct str s, int64_t *out)
{
	int64_t us;

	if (!in_has(s) || !clock_parse(str_trim(s), &us, NULL))
		return false;
	*out = us / 1000000;
	return true;
}

static enum rc add_tx(struct ctx *cx, struct args *x)
{
	const struct collection none = { .name = S(""), .type = S(""), .description = S("") };
	struct collection *c = &x->c;
	int64_t orgc;
	struct org o;

	*c = (struct collection){ .org_id = cx->who->org_id, .orgc_id = cx->who->org_id, .user_id = cx->who->id, .created_s = ctx_now_s(cx),
				  .modified_s = ctx_now_s(cx), .distribution = DIST_COMMUNITY, .name = S(""), .type = S("other"), .description = S("") };
	if (in_has(x->f->uuid) && str_trim(x->f->uuid).n && !uuid_parse(str_trim(x->f->uuid), &c->uuid))
		return fail_field(cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	TRY(apply(cx, x->f, c));
	if (user_has(cx->who, PERM(SYNC))) {
		if (in_has(x->f->orgc_id) && str_i64(str_trim(x->f->orgc_id), &orgc) && org_load(cx, orgc, &o) == RC_OK)
			c->orgc_id = orgc;
		sent_time(x->f->created, &c->created_s);
		sent_time(x->f->modified, &c->modified_s);
	}
	TRY(collection_insert(cx, c));
	TRY(audit_collection(cx, "add", c, changes(cx, &none, c)));
	TRY(put_elements(cx, c->id, x->f));
	return load_now(cx, x);
}

enum rc collection_add(struct ctx *cx, const struct collection_form *f, struct collection *out)
{
	struct args x = { .f = f };

	if (!user_has(cx->who, PERM(MODIFY)))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	TRY(transaction(cx, add_tx, &x));
	*out = x.c;
	return RC_OK;
}

static enum rc edit_tx(struct ctx *cx, struct args *x)
{
	struct collection was;
	int64_t sent = 0;

	TRY(to_change(cx, &x->k, &was));
	x->c = was;
	if (sent_time(x->f->modified, &sent) && sent <= was.modified_s)
		return fail(cx, RC_DENIED, "Collection received older or same as local version.");
	TRY(apply(cx, x->f, &x->c));
	x->c.modified_s = sent ? sent : ctx_now_s(cx);
	TRY(collection_update(cx, &x->c));
	TRY(audit_collection(cx, "edit", &x->c, changes(cx, &was, &x->c)));
	TRY(put_elements(cx, x->c.id, x->f));
	return load_now(cx, x);
}

enum rc collection_edit(struct ctx *cx, const struct event_key *k, const struct collection_form *f, struct collection *out)
{
	struct args x = { .f = f, .k = *k };

	TRY(transaction(cx, edit_tx, &x));
	*out = x.c;
	return RC_OK;
}

static enum rc remove_tx(struct ctx *cx, struct args *x)
{
	TRY(to_change(cx, &x->k, &x->c));
	TRY(collection_delete(cx, x->c.id));
	return audit_collection(cx, "delete", &x->c, (struct str){ 0 });
}

enum rc collection_remove(struct ctx *cx, const struct event_key *k, int64_t *id)
{
	struct args x = { .k = *k };

	TRY(transaction(cx, remove_tx, &x));
	*id = x.c.id;
	return RC_OK;
}

static enum rc touch(struct ctx *cx, struct collection *c)
{
	c->modified_s = ctx_now_s(cx);
	return collection_update(cx, c);
}

static enum rc element_add_tx(struct ctx *cx, struct args *x)
{
	TRY(to_change(cx, &x->k, &x->c));
	TRY(put_element(cx, x->c.id, x->ef, &x->e));
	return touch(cx, &x->c);
}

enum rc collection_element_add(struct ctx *cx, const struct event_key *collection, const struct collection_element_form *f, struct collection_element *out)
{
	struct args x = { .ef = f, .k = *collection };

	TRY(transaction(cx, element_add_tx, &x));
	*out = x.e;
	return RC_OK;
}

static enum rc element_remove_tx(struct ctx *cx, struct args *x)
{
	enum rc rc = collection_element_load(cx, &x->k, &x->e);

	if (rc == RC_DONE)
		return fail(cx, RC_METHOD, "%s", NO_RIGHTS);
	TRY(rc);
	TRY(to_change(cx, &(struct event_key){ .id = x->e.collection_id }, &x->c));
	TRY(collection_element_delete(cx, &x->e));
	TRY(audit_element(cx, "delete", &x->e));
	return touch(cx, &x->c);
}

enum rc collection_element_remove(struct ctx *cx, const struct event_key *k, int64_t *id)
{
	struct args x = { .k = *k };

	TRY(transaction(cx, element_remove_tx, &x));
	*id = x.e.id;
	return RC_OK;
}
