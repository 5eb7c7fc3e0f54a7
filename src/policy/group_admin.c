/* group_admin.c - see group_admin.h. */
#include "policy/group_admin.h"

#include "base/clock.h"
#include "policy/diff.h"
#include "policy/user_admin.h"
#include "store/audit.h"
#include "store/org.h"
#include "store/server.h"
#include "store/setting.h"

static const char NOT_ALLOWED[] = "Action not allowed.";
static const char NO_RIGHTS[] = "Invalid sharing group or no editing rights.";

bool user_may_edit_group(const struct user *u, const struct group *g)
{
	const struct group_org *m = group_member(g, u->org_id);

	if (user_is_site_admin(u))
		return true;
	if (!user_has(u, PERM(SHARING_GROUP)))
		return false;
	return g->org_id == u->org_id || (m && m->extend) || (user_has(u, PERM(SYNC)) && g->sync_user_id == u->id);
}

bool user_may_delete_group(const struct user *u, const struct group *g)
{
	return user_is_site_admin(u) || (user_has(u, PERM(SHARING_GROUP)) && g->org_id == u->org_id);
}

/* ---- what was sent ---- */

static enum rc group_apply(struct ctx *cx, const struct group_in *in, struct group *g)
{
	if (in_has(in->name))
		g->name = str_trim(in->name);
	if (in_has(in->releasability))
		g->releasability = in->releasability;
	if (in_has(in->description))
		g->description = in->description;
	if (in_has(in->active))
		g->active = form_bool(in->active);
	if (in_has(in->roaming))
		g->roaming = form_bool(in->roaming);
	g->modified_s = ctx_now_s(cx);
	if (g->releasability.n > 65535 || g->description.n > 65535)
		return fail_field(cx, RC_INVALID, g->description.n > 65535 ? "description" : "releasability", "The text is longer than 65535 bytes.");
	return RC_OK;
}

static struct str group_changes(struct ctx *cx, const struct group *was, const struct group *now)
{
	struct diff d;

	diff_begin(&d);
	diff_text(&d, "name", was->name, now->name);
	diff_text(&d, "releasability", was->releasability, now->releasability);
	diff_text(&d, "description", was->description, now->description);
	diff_bool(&d, "active", was->active, now->active);
	diff_bool(&d, "roaming", was->roaming, now->roaming);
	return diff_end(cx, &d);
}

static enum rc audit_group(struct ctx *cx, const char *action, const struct group *g, struct str change)
{
	return audit_add(cx, &(struct audit){ .action = action, .model = "SharingGroup", .model_id = g->id, .title = g->name, .change = change }, NULL);
}

static enum rc load_now(struct ctx *cx, int64_t id, struct group *out)
{
	enum rc rc = group_load(cx, &scope_all, &(struct event_key){ .id = id }, out);

	return rc == RC_DONE ? fail(cx, RC_METHOD, "%s", NOT_ALLOWED) : rc;
}

/* the organisation that an entry names: known ones by number, uuid or name; made when create is set. *id 0: none */
static enum rc org_of(struct ctx *cx, const struct group_org_in *in, bool create, int64_t *id)
{
	const struct str refs[] = { in->org.uuid, in->org_id, in->org.id, in->org.name };
	struct str ref = S("");
	struct org o;
	enum rc rc;

	*id = 0;
	if (create)
		return org_capture(cx, &in->org, id);
	for (size_t i = 0; i < sizeof(refs) / sizeof(*refs) && !ref.n; i++)
		if (in_has(refs[i]))
			ref = str_trim(refs[i]);
	rc = org_find(cx, ref, &o);
	if (rc == RC_OK)
		*id = o.id;
	return rc == RC_DONE ? RC_OK : rc;
}

/* this instance or a peer, by number, address or name; no name: there is none */
static enum rc server_of(struct ctx *cx, struct str ref, struct server *out)
{
	enum rc rc;

	ref = str_trim(ref);
	*out = (struct server){ .name = S("Local instance") };
	if (!ref.n || str_eq(ref, S("0")) || str_eq_nocase(ref, out->name))
		return RC_OK;
	rc = server_find(cx, ref, out);
	if (rc == RC_DONE)
		*out = (struct server){ .name = S("") };
	return rc == RC_DONE ? RC_OK : rc;
}

/* Members as sent by a user of this instance. */
static enum rc put_members(struct ctx *cx, int64_t id, const struct group_in *in)
{
	for (size_t i = 0; i < in->org_n; i++) {
		int64_t org_id;

		/* a site admin may bring in organisations that are not known yet; numbers win where there is no uuid */
		TRY(org_of(cx, &in->orgs[i], user_is_site_admin(cx->who) && in_has(in->orgs[i].org.uuid), &org_id));
		if (!org_id)
			return fail_field(cx, RC_INVALID, "SharingGroupOrg", "Invalid organisation.");
		TRY(group_org_put(cx, id, org_id, form_bool(in->orgs[i].extend)));
	}
	for (size_t i = 0; i < in->server_n; i++) {
		const struct group_server_in *server = &in->servers[i];
		struct server s;

		TRY(server_of(cx, in_has(server->server_id) ? server->server_id : server->url, &s));
		if (!s.name.n)
			return fail_field(cx, RC_INVALID, "SharingGroupServer", "Invalid Server.");
		TRY(group_server_put(cx, id, s.id, form_bool(server->all_orgs)));
	}
	return RC_OK;
}

struct group_args {
	const struct group_in *in;
	struct group g;             /* as it is to be written */
	int64_t id;
	struct str ref;
	bool flag;
};

static enum rc transaction(struct ctx *cx, enum rc (*body)(struct ctx *cx, struct group_args *x), struct group_args *x)
{
	enum rc rc;

	TRY(store_begin(cx));
	rc = body(cx, x);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc add_tx(struct ctx *cx, struct group_args *x)
{
	const struct user *u = cx->who;
	const struct group none = { 0 };
	struct group now;

	TRY(group_insert(cx, &x->g));
	TRY(put_members(cx, x->g.id, x->in));
	if (!x->in->org_n && !user_is_site_admin(u))
		TRY(group_org_put(cx, x->g.id, u->org_id, true));
	if (!x->in->server_n && !x->g.roaming)
		TRY(group_server_put(cx, x->g.id, 0, false));
	TRY(load_now(cx, x->g.id, &now));
	if (!user_is_site_admin(u) && !(group_member(&now, u->org_id) && group_member(&now, u->org_id)->extend))
		return fail_field(cx, RC_INVALID, "SharingGroupOrg", "Could not save sharing group.");
	x->g = now;
	return audit_group(cx, "add", &x->g, group_changes(cx, &none, &x->g));
}

enum rc group_add(struct ctx *cx, const struct group_in *in, struct group *out)
{
	struct group_args x = { .in = in, .g = { .name = S(""), .releasability = S(""), .description = S(""), .active = true, .local = true } };
	struct group *g = &x.g;

	if (!user_has(cx->who, PERM(SHARING_GROUP)))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	if (in_has(in->uuid) && str_trim(in->uuid).n && !uuid_parse(str_trim(in->uuid), &g->uuid))
		return fail_field(cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	TRY(group_apply(cx, in, g));
	g->created_s = g->modified_s;
	g->org_id = cx->who->org_id;
	g->sync_user_id = cx->who->id;
	TRY(transaction(cx, add_tx, &x));
	*out = x.g;
	return RC_OK;
}

/* RC_METHOD with this text when there is none or the user may not. */
static enum rc to_edit(struct ctx *cx, const struct event_key *k, const char *refusal, struct group *out)
{
	enum rc rc = group_load(cx, &scope_all, k, out);

	if (rc == RC_DONE || (rc == RC_OK && !user_may_edit_group(cx->who, out)))
		return fail(cx, RC_METHOD, "%s", refusal);
	return rc;
}

static enum rc edit_tx(struct ctx *cx, struct group_args *x)
{
	struct group was, now;

	TRY(load_now(cx, x->id, &was));
	now = was;
	TRY(group_apply(cx, x->in, &now));
	TRY(group_update(cx, &now));
	TRY(put_members(cx, x->id, x->in));
	TRY(load_now(cx, x->id, &x->g));
	return audit_group(cx, "edit", &x->g, group_changes(cx, &was, &x->g));
}

enum rc group_edit(struct ctx *cx, const struct event_key *k, const struct group_in *in, struct group *out)
{
	struct group_args x = { .in = in };

	TRY(to_edit(cx, k, NOT_ALLOWED, &x.g));
	x.id = x.g.id;
	TRY(transaction(cx, edit_tx, &x));
	*out = x.g;
	return RC_OK;
}

static enum rc remove_tx(struct ctx *cx, struct group_args *x)
{
	TRY(group_delete(cx, x->g.id));
	return audit_group(cx, "delete", &x->g, (struct str){ 0 });
}

enum rc group_remove(struct ctx *cx, const struct event_key *k, int64_t *id)
{
	struct group_args x = { 0 };
	enum rc rc = group_load(cx, &scope_all, k, &x.g);

	if (rc == RC_DONE || (rc == RC_OK && !user_may_delete_group(cx->who, &x.g)))
		return fail(cx, RC_METHOD, "%s", NOT_ALLOWED);
	TRY(rc);
	TRY(transaction(cx, remove_tx, &x));
	*id = x.g.id;
	return RC_OK;
}

/* ---- one member ---- */

static enum rc touch(struct ctx *cx, struct group *g, const char *action, struct str who)
{
	g->modified_s = ctx_now_s(cx);
	TRY(group_update(cx, g));
	return audit_add(cx, &(struct audit){ .action = action, .model = "SharingGroup", .model_id = g->id, .title = str_fmt(cx->mem, "%.*s: %.*s",
		STR(g->name), STR(who)) }, NULL);
}

static enum rc member_args(struct ctx *cx, const struct event_key *k, struct str org_ref, struct group_args *x, struct org *o)
{
	enum rc rc;

	TRY(to_edit(cx, k, NO_RIGHTS, &x->g));
	rc = org_find(cx, str_trim(org_ref), o);
	if (rc == RC_DONE)
		return fail(cx, RC_METHOD, "Invalid organisation.");
	x->id = o->id;
	x->ref = o->name;
	return rc;
}

static enum rc add_org_tx(struct ctx *cx, struct group_args *x)
{
	TRY(load_now(cx, x->g.id, &x->g));
	if (group_member(&x->g, x->id))
		return fail(cx, RC_INVALID, "Organisation is already in the sharing group.");
	TRY(group_org_put(cx, x->g.id, x->id, x->flag));
	return touch(cx, &x->g, "add_org", x->ref);
}

enum rc group_add_org(struct ctx *cx, const struct event_key *k, struct str org_ref, bool extend)
{
	struct group_args x = { .flag = extend };
	struct org o;

	TRY(member_args(cx, k, org_ref, &x, &o));
	return transaction(cx, add_org_tx, &x);
}

static enum rc remove_org_tx(struct ctx *cx, struct group_args *x)
{
	TRY(load_now(cx, x->g.id, &x->g));
	if (!group_member(&x->g, x->id))
		return fail(cx, RC_INVALID, "Organisation is not in the sharing group.");
	TRY(group_org_drop(cx, x->g.id, x->id));
	return touch(cx, &x->g, "remove_org", x->ref);
}

enum rc group_remove_org(struct ctx *cx, const struct event_key *k, struct str org_ref)
{
	struct group_args x = { 0 };
	struct org o;

	TRY(member_args(cx, k, org_ref, &x, &o));
	return transaction(cx, remove_org_tx, &x);
}

static enum rc server_args(struct ctx *cx, const struct event_key *k, struct str ref, struct group_args *x)
{
	struct server s;

	TRY(to_edit(cx, k, NO_RIGHTS, &x->g));
	TRY(server_of(cx, ref, &s));
	if (!s.name.n || !str_trim(ref).n)
		return fail(cx, RC_METHOD, "Invalid Server.");
	x->id = s.id;
	x->ref = s.name;
	return RC_OK;
}

static enum rc add_server_tx(struct ctx *cx, struct group_args *x)
{
	TRY(load_now(cx, x->g.id, &x->g));
	if (group_server_of(&x->g, x->id))
		return fail(cx, RC_INVALID, "Server is already in the sharing group.");
	TRY(group_server_put(cx, x->g.id, x->id, x->flag));
	return touch(cx, &x->g, "add_server", x->ref);
}

enum rc group_add_server(struct ctx *cx, const struct event_key *k, struct str server_ref, bool all_orgs)
{
	struct group_args x = { .flag = all_orgs };

	TRY(server_args(cx, k, server_ref, &x));
	return transaction(cx, add_server_tx, &x);
}

static enum rc remove_server_tx(struct ctx *cx, struct group_args *x)
{
	TRY(load_now(cx, x->g.id, &x->g));
	if (!group_server_of(&x->g, x->id))
		return fail(cx, RC_INVALID, "Server is not in the sharing group.");
	TRY(group_server_drop(cx, x->g.id, x->id));
	return touch(cx, &x->g, "remove_server", x->ref);
}

enum rc group_remove_server(struct ctx *cx, const struct event_key *k, struct str server_ref)
{
	struct group_args x = { 0 };

	TRY(server_args(cx, k, server_ref, &x));
	return transaction(cx, remove_server_tx, &x);
}

bool group_orgs_hidden(const struct ctx *cx)
{
	return !user_has(cx->who, PERM(SHARING_GROUP)) && setting_on(cx, SITE_HIDE_GROUP_ORGS);
}

/* ---- with an event ---- */

static bool sent_time(struct str s, int64_t *out)
{
	int64_t us;

	if (!in_has(s) || !clock_parse(str_trim(s), &us, NULL))
		return false;
	*out = us / 1000000;
	return true;
}

/* Organisations as the document names them. Its servers are those of another instance: they mean nothing here but for this one's own address, which
 * nobody here sends. */
static enum rc capture_members(struct ctx *cx, int64_t id, const struct group_in *in)
{
	for (size_t i = 0; i < in->org_n; i++) {
		int64_t org_id;

		TRY(org_of(cx, &in->orgs[i], true, &org_id));
		if (org_id)
			TRY(group_org_put(cx, id, org_id, form_bool(in->orgs[i].extend)));
	}
	return RC_OK;
}

/* Who brings a group that is not known here must be in it, and be allowed to extend it unless he synchronises. */
static bool may_bring(const struct user *u, const struct group_in *in)
{
	if (user_is_site_admin(u))
		return true;
	if (!user_has(u, PERM(SHARING_GROUP)))
		return false;
	for (size_t i = 0; i < in->org_n; i++) {
		struct uuid uu;

		if (in_has(in->orgs[i].org.uuid) && uuid_parse(str_trim(in->orgs[i].org.uuid), &uu) && uuid_eq(&uu, &u->org_uuid))
			return user_has(u, PERM(SYNC)) || form_bool(in->orgs[i].extend);
	}
	return false;
}

static enum rc capture_new(struct ctx *cx, const struct group_in *in, const struct uuid *u, int64_t *id)
{
	struct group g = { .uuid = *u, .name = S(""), .releasability = S(""), .description = S(""), .active = true };

	TRY(group_apply(cx, in, &g));
	if (!g.name.n)
		return RC_OK;
	TRY(group_free_name(cx, g.name, u, &g.name));
	g.created_s = g.modified_s;
	sent_time(in->created, &g.created_s);
	sent_time(in->modified, &g.modified_s);
	g.sync_user_id = cx->who ? cx->who->id : 0;
	if (!cx->who || user_has(cx->who, PERM(SYNC)) || user_is_site_admin(cx->who))
		TRY(org_capture(cx, &in->org, &g.org_id));
	if (!g.org_id && cx->who)
		g.org_id = cx->who->org_id;
	TRY(group_insert(cx, &g));
	TRY(capture_members(cx, g.id, in));
	TRY(audit_group(cx, "add", &g, (struct str){ 0 }));
	*id = g.id;
	return RC_OK;
}

/* A newer copy replaces the one here when it came from elsewhere and a synchronisation user brings it, or a site admin or its owner does. */
static enum rc capture_known(struct ctx *cx, const struct group_in *in, const struct group *was)
{
	const struct user *u = cx->who;
	struct group now = *was;
	int64_t modified;
	bool may;

	if (!sent_time(in->modified, &modified) || modified <= was->modified_s || !u)
		return RC_OK;
	may = user_has(u, PERM(SYNC)) ? !was->local : was->org_id == u->org_id;
	if (!user_is_site_admin(u) && !(may && user_has(u, PERM(SHARING_GROUP))))
		return RC_OK;
	TRY(group_apply(cx, in, &now));
	if (!now.name.n || !str_eq(now.name, was->name))
		TRY(group_free_name(cx, now.name.n ? now.name : was->name, &was->uuid, &now.name));
	now.active = was->active;
	now.modified_s = modified;
	TRY(group_update(cx, &now));
	TRY(capture_members(cx, was->id, in));
	return audit_group(cx, "edit", &now, group_changes(cx, was, &now));
}

/* named: a document came with it, as synchronisation sends them */
static bool may_use(const struct user *u, const struct group *g, bool named)
{
	const struct group_server *here = group_server_of(g, 0);

	if (user_is_site_admin(u) || (named && user_has(u, PERM(SYNC))))
		return true;
	return g->org_id == u->org_id || group_member(g, u->org_id) || (here && here->all_orgs);
}

enum rc group_capture(struct ctx *cx, const struct group_claim *c, int64_t *id)
{
	struct event_key k = { .id = c->number };
	bool named = c->in && in_has(c->in->uuid) && uuid_parse(str_trim(c->in->uuid), &k.uuid) && !uuid_is_nil(&k.uuid);
	struct group g;
	enum rc rc;

	*id = 0;
	if (named)
		k.id = 0;
	else if (!k.id)
		return RC_OK;
	rc = group_load(cx, &scope_all, &k, &g);
	if (rc == RC_DONE) {
		if (!named || !c->create || !(c->trusted || may_bring(cx->who, c->in)))
			return RC_OK;
		return capture_new(cx, c->in, &k.uuid, id);
	}
	TRY(rc);
	if (!c->trusted && !may_use(cx->who, &g, named))
		return RC_OK;
	if (named && c->create)
		TRY(capture_known(cx, c->in, &g));
	*id = g.id;
	return RC_OK;
}
