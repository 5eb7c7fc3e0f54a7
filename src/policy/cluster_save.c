/* cluster_save.c - see cluster_save.h. */
#include "policy/cluster_save.h"

#include "policy/access.h"
#include "policy/event_save_int.h"
#include "policy/group_admin.h"

enum { PARTS_MAX = 5000 }; /* elements, and links, of a cluster made by people */

enum rc cluster_may_edit(struct ctx *cx, const struct cluster *c)
{
	if (c->is_default)
		return fail(cx, RC_DENIED, "Default galaxy clusters cannot be modified");
	if (user_is_site_admin(cx->who) || (user_has(cx->who, PERM(GALAXY_EDITOR)) && c->orgc_id == cx->who->org_id))
		return RC_OK;
	return fail(cx, RC_DENIED, "Only the creator organisation can modify the galaxy cluster");
}

static enum rc audited(struct ctx *cx, const char *action, const char *model, int64_t id, struct str title)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = model, .model_id = id, .title = title }, NULL);
}

/* At distribution 4 a group that the user may use; none otherwise. */
static enum rc group_check(struct ctx *cx, int distribution, int64_t *id)
{
	struct group_claim claim = { .number = *id };

	*id = 0;
	if (distribution != DIST_SHARING_GROUP)
		return RC_OK;
	TRY(group_capture(cx, &claim, id));
	return *id ? RC_OK : fail_field(cx, RC_INVALID, "sharing_group_id", "Invalid sharing group or you are not a member of it.");
}

static enum rc relation_check(struct ctx *cx, struct cluster_relation *r)
{
	if (uuid_is_nil(&r->referenced_uuid))
		return fail_field(cx, RC_INVALID, "referenced_galaxy_cluster_uuid", "Please provide a valid RFC 4122 UUID");
	if (!r->type.n)
		return fail_field(cx, RC_INVALID, "referenced_galaxy_cluster_type", "This field is required.");
	if (r->distribution < 0 || r->distribution > 5)
		return fail_field(cx, RC_INVALID, "distribution", "Options: 0, 1, 2, 3, 4");
	return group_check(cx, r->distribution, &r->sharing_group_id);
}

static enum rc relation_put(struct ctx *cx, struct relation_new *x)
{
	int64_t *tags = arena_many(cx->mem, x->tag_n + 1, int64_t);
	size_t n = 0;

	TRY(relation_check(cx, &x->r));
	if (x->r.id)
		TRY(cluster_relation_update(cx, &x->r));
	else
		TRY(cluster_relation_insert(cx, &x->r));
	for (size_t i = 0; i < x->tag_n; i++) {
		struct tag t;
		enum rc rc = tag_capture(cx, x->tags[i], S(""), user_has(cx->who, PERM(TAG_EDITOR)), &t);

		if (rc == RC_OK && user_may_use_tag(cx->who, &t))
			tags[n++] = t.id;
		else if (rc != RC_OK && rc != RC_DONE)
			return rc;
	}
	return cluster_relation_tags_put(cx, x->r.id, tags, n);
}

static enum rc cluster_check(struct ctx *cx, struct cluster *c)
{
	if (!c->value.n)
		return fail_field(cx, RC_INVALID, "value", "A value needs to be provided");
	if (c->value.n > 65535)
		return fail_field(cx, RC_INVALID, "value", "The value has at most 65535 bytes");
	if (c->distribution < 0 || c->distribution > 4)
		return fail_field(cx, RC_INVALID, "distribution", "Options: 0, 1, 2, 3, 4");
	return group_check(cx, c->distribution, &c->sharing_group_id);
}

struct save_args {
	const struct galaxy *g;
	struct cluster_new *x;
};

static enum rc save_tx(struct ctx *cx, void *arg)
{
	struct save_args *a = arg;
	struct cluster *c = &a->x->c;
	bool fresh = c->id == 0;
	char uuid[UUID_TEXT + 1];

	if (fresh) {
		bool taken = false;

		if (uuid_is_nil(&c->uuid))
			uuid_fresh(cx->now_us, &c->uuid);
		else
			TRY(cluster_uuid_taken(cx, &c->uuid, &taken));
		if (taken)
			return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
		uuid_text(&c->uuid, uuid);
		c->galaxy_id = a->g->id;
		c->type = a->g->type;
		c->org_id = cx->who->org_id;
		if (!a->x->captured)
			c->orgc_id = cx->who->org_id;
		c->tag_name = str_fmt(cx->mem, "misp-galaxy:%.*s=\"%s\"", STR(c->type), uuid);
	}
	if (!a->x->captured) {
		c->version = ctx_now_s(cx) > c->version ? ctx_now_s(cx) : c->version + 1;
		c->published = false;
	}
	TRY(cluster_check(cx, c));
	if (a->x->element_n > PARTS_MAX)
		return fail_field(cx, RC_INVALID, "GalaxyElement", "A cluster has at most %d elements", PARTS_MAX);
	if (a->x->relation_n > PARTS_MAX)
		return fail_field(cx, RC_INVALID, "GalaxyClusterRelation", "A cluster has at most %d relations", PARTS_MAX);
	TRY(fresh ? cluster_insert(cx, c) : cluster_update(cx, c));
	if (fresh || a->x->has_elements)
		TRY(cluster_elements_put(cx, c->id, a->x->elements, a->x->element_n));
	if (a->x->has_relations) {
		TRY(cluster_relations_clear(cx, c->id));
		for (size_t i = 0; i < a->x->relation_n; i++) {
			a->x->relations[i].r.id = 0;
			a->x->relations[i].r.cluster_id = c->id;
			TRY(relation_put(cx, &a->x->relations[i]));
		}
	}
	return audited(cx, fresh ? "add" : "edit", "GalaxyCluster", c->id, c->value);
}

enum rc cluster_save(struct ctx *cx, const struct galaxy *g, struct cluster_new *x)
{
	struct save_args a = { g, x };

	return in_transaction(cx, save_tx, &a);
}

struct switch_args {
	struct cluster *c;
	const char *action;
	bool hard;
};

static enum rc switch_tx(struct ctx *cx, void *arg)
{
	struct switch_args *a = arg;

	TRY(a->hard ? cluster_delete(cx, a->c->id) : cluster_update(cx, a->c));
	return audited(cx, a->action, "GalaxyCluster", a->c->id, a->c->value);
}

enum rc cluster_publish(struct ctx *cx, struct cluster *c, bool publish)
{
	struct switch_args a = { .c = c, .action = publish ? "publish" : "unpublish" };

	c->published = publish;
	return in_transaction(cx, switch_tx, &a);
}

enum rc cluster_remove(struct ctx *cx, struct cluster *c, bool hard)
{
	struct switch_args a = { .c = c, .action = hard ? "delete" : "soft_delete", .hard = hard };

	c->deleted = true;
	c->published = false;
	return in_transaction(cx, switch_tx, &a);
}

enum rc cluster_restore(struct ctx *cx, struct cluster *c)
{
	struct switch_args a = { .c = c, .action = "undelete" };

	c->deleted = false;
	return in_transaction(cx, switch_tx, &a);
}

static enum rc galaxy_remove_tx(struct ctx *cx, void *arg)
{
	const struct galaxy *g = arg;

	TRY(galaxy_delete(cx, g->id));
	return audited(cx, "delete", "Galaxy", g->id, g->name);
}

enum rc galaxy_remove(struct ctx *cx, const struct galaxy *g)
{
	struct galaxy copy = *g;

	return in_transaction(cx, galaxy_remove_tx, &copy);
}

struct relation_args {
	struct cluster c;
	struct relation_new *x;
	int64_t remove; /* id, 0: save x */
};

/* A change of its links is a change of the cluster. */
static enum rc relation_tx(struct ctx *cx, void *arg)
{
	struct relation_args *a = arg;

	a->c.version = ctx_now_s(cx) > a->c.version ? ctx_now_s(cx) : a->c.version + 1;
	a->c.published = false;
	TRY(cluster_update(cx, &a->c));
	if (a->remove) {
		TRY(cluster_relation_delete(cx, a->remove));
		return audited(cx, "delete", "GalaxyClusterRelation", a->remove, a->c.value);
	}
	a->x->r.cluster_id = a->c.id;
	TRY(relation_put(cx, a->x));
	return audited(cx, "edit", "GalaxyClusterRelation", a->x->r.id, a->c.value);
}

enum rc relation_save(struct ctx *cx, const struct cluster *c, struct relation_new *x)
{
	struct relation_args a = { .c = *c, .x = x };

	return in_transaction(cx, relation_tx, &a);
}

enum rc relation_remove(struct ctx *cx, const struct cluster *c, const struct cluster_relation *r)
{
	struct relation_args a = { .c = *c, .remove = r->id };

	return in_transaction(cx, relation_tx, &a);
}

static enum rc capture_tx(struct ctx *cx, void *arg)
{
	struct tag *t = arg;
	struct str name = t->name;
	enum rc rc = tag_capture(cx, name, S(""), true, t);

	return rc == RC_DONE ? fail(cx, RC_INVALID, "Invalid Tag.") : rc;
}

enum rc cluster_tag(struct ctx *cx, const struct cluster *c, struct tag *out)
{
	*out = (struct tag){ .name = c->tag_name };
	return in_transaction(cx, capture_tx, out);
}

enum rc cluster_attach(struct ctx *cx, const struct event *e, const struct attr *a, const struct cluster *c, bool local)
{
	struct tag t;

	TRY(cluster_tag(cx, c, &t));
	if (!user_may_use_tag(cx->who, &t))
		return fail(cx, RC_INVALID, "Invalid Tag. This tag can only be set by a fixed %s.", t.user_id ? "user" : "organisation");
	return tag_attach(cx, e, a, &t, local, S(""));
}
