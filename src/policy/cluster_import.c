/* cluster_import.c - see cluster_import.h. */
#include "policy/cluster_import.h"

#include "model/user.h"
#include "policy/event_save_int.h"
#include "store/org.h"

static enum rc audited(struct ctx *cx, const char *action, const struct galaxy *g)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "Galaxy", .model_id = g->id, .title = g->name }, NULL);
}

static enum rc editors_only(struct ctx *cx)
{
	return user_is_site_admin(cx->who) || user_has(cx->who, PERM(GALAXY_EDITOR)) ? RC_OK :
	       fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
}

static enum rc galaxy_check(struct ctx *cx, struct galaxy *g)
{
	struct str *texts[] = { &g->name, &g->type, &g->description, &g->icon, &g->namespace };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!texts[i]->p)
			*texts[i] = S("");
	if (!g->name.n || g->name.n > 255)
		return fail_field(cx, RC_INVALID, "name", "A name of at most 255 bytes needs to be provided.");
	if (!g->type.n || g->type.n > 255 || str_chr(g->type, '"') != STR_NONE || str_chr(g->type, '=') != STR_NONE || str_chr(g->type, ':') != STR_NONE)
		return fail_field(cx, RC_INVALID, "type", "A type of at most 255 bytes without quotes, colons and equal signs needs to be provided.");
	if (g->description.n > 65535 || g->icon.n > 255 || g->namespace.n > 255 || g->kill_chain_order.n > 65535)
		return fail_field(cx, RC_INVALID, "description", "The text is too long.");
	if (!g->namespace.n)
		g->namespace = S("misp");
	return RC_OK;
}

static enum rc galaxy_save_tx(struct ctx *cx, void *arg)
{
	struct galaxy *g = arg, there;
	bool fresh = g->id == 0;
	enum rc rc;

	TRY(galaxy_check(cx, g));
	if (fresh) {
		if (uuid_is_nil(&g->uuid))
			uuid_fresh(cx->now_us, &g->uuid);
		rc = galaxy_load(cx, 0, &g->uuid, &there);
		if (rc == RC_OK)
			return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
		if (rc != RC_DONE)
			return rc;
	}
	TRY(galaxy_put(cx, g));
	return audited(cx, fresh ? "add" : "edit", g);
}

enum rc galaxy_save(struct ctx *cx, struct galaxy *g)
{
	TRY(editors_only(cx));
	return in_transaction(cx, galaxy_save_tx, g);
}

static enum rc switch_tx(struct ctx *cx, void *arg)
{
	struct galaxy *g = arg;

	TRY(galaxy_put(cx, g));
	return audited(cx, g->enabled ? "enable" : "disable", g);
}

enum rc galaxy_switch(struct ctx *cx, struct galaxy *g, bool enabled)
{
	if (!user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	g->enabled = enabled;
	return in_transaction(cx, switch_tx, g);
}

/* By uuid, else by type; made when its name and type were sent. */
static enum rc galaxy_of(struct ctx *cx, struct cluster_doc *d, struct galaxy *out)
{
	struct galaxy *v;
	size_t n;
	enum rc rc = uuid_is_nil(&d->galaxy.uuid) ? RC_DONE : galaxy_load(cx, 0, &d->galaxy.uuid, out);

	if (rc != RC_DONE)
		return rc;
	TRY(galaxy_list(cx, &v, &n));
	for (size_t i = 0; i < n && d->galaxy.type.n; i++)
		if (str_eq(v[i].type, d->galaxy.type)) {
			*out = v[i];
			return RC_OK;
		}
	if (!d->galaxy.name.n)
		return fail(cx, RC_INVALID, "Galaxy not found");
	*out = d->galaxy;
	out->id = 0;
	out->enabled = true;
	return galaxy_save(cx, out);
}

static enum rc creator_of(struct ctx *cx, const struct cluster_doc *d, int64_t *id)
{
	struct org_in in = d->orgc;

	*id = cx->who->org_id;
	if (!user_is_site_admin(cx->who) && !user_has(cx->who, PERM(SYNC)))
		return RC_OK;
	if (!in_has(in.uuid) && !in_has(in.name))
		return RC_OK;
	TRY(store_begin(cx));
	TRY(org_capture(cx, &in, id));
	TRY(store_commit(cx));
	if (!*id)
		*id = cx->who->org_id;
	return RC_OK;
}

enum rc cluster_import(struct ctx *cx, struct cluster_doc *d, enum cluster_taken *out)
{
	struct cluster *c = &d->x.c, there;
	struct galaxy g;
	char uuid[UUID_TEXT + 1];
	enum rc rc;

	*out = CLUSTER_IMPORTED;
	TRY(editors_only(cx));
	if (uuid_is_nil(&c->uuid))
		return fail(cx, RC_INVALID, "The cluster has no uuid");
	uuid_text(&c->uuid, uuid);
	if (c->is_default)
		return fail(cx, RC_INVALID, "Default galaxy cluster (%s) is not imported: it comes with its library", uuid);
	TRY(galaxy_of(cx, d, &g));
	d->x.captured = true;
	rc = cluster_load(cx, &scope_all, 0, &c->uuid, &there);
	if (rc == RC_DONE) {
		TRY(creator_of(cx, d, &c->orgc_id));
		c->id = 0;
		c->locked = true;
		return cluster_save(cx, &g, &d->x);
	}
	TRY(rc);
	if (there.version >= c->version) {
		*out = CLUSTER_IGNORED;
		return fail(cx, RC_INVALID, "Remote version is not newer than local one for cluster (%s)", uuid);
	}
	if (!there.locked || !user_has(cx->who, PERM(SYNC)))
		TRY(cluster_may_edit(cx, &there));
	there.value = c->value;
	there.description = c->description;
	there.source = c->source;
	there.authors = c->authors;
	there.version = c->version;
	there.published = c->published;
	there.distribution = c->distribution;
	there.sharing_group_id = c->sharing_group_id;
	there.deleted = c->deleted;
	*c = there;
	return cluster_save(cx, &g, &d->x);
}
