/* misp_group.c - see misp_group.h. An entry of SharingGroupOrg has no number of its own here: its "id" is the organisation's, that of a server
 * its number plus one. */
#include "format/misp_group.h"

#include "base/clock.h"
#include "format/misp_read_int.h"

/* ---- reading ---- */

/* A scalar; what is none is stepped over as if it had not been sent. */
static struct str text(struct elem *e)
{
	enum jkind kind = jr_peek(e->r);

	if (kind == J_OBJ || kind == J_ARR) {
		jr_skip(e->r);
		return (struct str){ NULL, 0 };
	}
	return elem_text(e, "SharingGroup");
}

static bool is_obj(struct elem *e)
{
	if (jr_peek(e->r) == J_OBJ)
		return true;
	jr_skip(e->r);
	return false;
}

/* {"extend": .., "org_id": .., "Organisation": {...}}, or the organisation's own members beside extend */
static void read_org(struct elem *e, struct group_org_in *out)
{
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		if (str_eq(key, S("extend")))
			out->extend = text(e);
		else if (str_eq(key, S("org_id")))
			out->org_id = text(e);
		else if (str_eq(key, S("uuid")))
			out->org.uuid = text(e);
		else if (str_eq(key, S("name")))
			out->org.name = text(e);
		else if (str_eq(key, S("Organisation")) && jr_peek(e->r) == J_OBJ)
			elem_org(e, &out->org);
		else
			jr_skip(e->r);
	}
}

static void read_server(struct elem *e, struct group_server_in *out, bool outer)
{
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		if (str_eq(key, S("server_id")))
			out->server_id = text(e);
		else if (str_eq(key, S("all_orgs")))
			out->all_orgs = text(e);
		else if (str_eq(key, S("url")))
			out->url = text(e);
		else if (outer && str_eq(key, S("Server")) && jr_peek(e->r) == J_OBJ)
			read_server(e, out, false);
		else
			jr_skip(e->r);
	}
}

static void read_orgs(struct elem *e, struct group_in *out)
{
	size_t cap = 0;

	out->orgs = NULL;
	out->org_n = 0;
	for (jr_arr(e->r); jr_elem(e->r);) {
		if (out->org_n == MISP_LIST_MAX || !is_obj(e)) {
			if (out->org_n == MISP_LIST_MAX)
				jr_skip(e->r);
			continue;
		}
		out->orgs = arena_grow(e->mem, out->orgs, &cap, out->org_n, sizeof(*out->orgs));
		out->orgs[out->org_n] = (struct group_org_in){ 0 };
		read_org(e, &out->orgs[out->org_n++]);
	}
}

static void read_servers(struct elem *e, struct group_in *out)
{
	size_t cap = 0;

	out->servers = NULL;
	out->server_n = 0;
	for (jr_arr(e->r); jr_elem(e->r);) {
		if (out->server_n == MISP_LIST_MAX || !is_obj(e)) {
			if (out->server_n == MISP_LIST_MAX)
				jr_skip(e->r);
			continue;
		}
		out->servers = arena_grow(e->mem, out->servers, &cap, out->server_n, sizeof(*out->servers));
		out->servers[out->server_n] = (struct group_server_in){ 0 };
		read_server(e, &out->servers[out->server_n++], true);
	}
}

static void read_members(struct elem *e, struct group_in *out, bool outer)
{
	static const struct {
		const char *name;
		size_t at;
	} texts[] = {
#define F(name) { #name, offsetof(struct group_in, name) }
		F(uuid), F(name), F(releasability), F(description), F(active), F(roaming), F(created), F(modified),
#undef F
	};
	struct str key;

	for (jr_obj(e->r); jr_member(e->r, &key);) {
		size_t i = 0, n = sizeof(texts) / sizeof(*texts);

		while (i < n && !str_eq(key, str_c(texts[i].name)))
			i++;
		if (i < n)
			*(struct str *)(void *)((char *)out + texts[i].at) = text(e);
		else if (str_eq(key, S("Organisation")) && jr_peek(e->r) == J_OBJ)
			elem_org(e, &out->org);
		else if (str_eq(key, S("SharingGroupOrg")) && jr_peek(e->r) == J_ARR)
			read_orgs(e, out);
		else if (str_eq(key, S("SharingGroupServer")) && jr_peek(e->r) == J_ARR)
			read_servers(e, out);
		else if (outer && str_eq(key, S("SharingGroup")) && jr_peek(e->r) == J_OBJ)
			read_members(e, out, false);
		else
			jr_skip(e->r);
	}
}

void misp_group_read(struct jr *r, struct group_in *out)
{
	struct elem e;

	*out = (struct group_in){ 0 };
	elem_start(&e, r, r->cx->mem, (struct str){ 0 });
	read_members(&e, out, true);
	if (e.why[0] && !jr_failed(r))
		jr_fail(r, e.why);
}

void elem_group(struct elem *e, const struct group_in **out)
{
	struct group_in *g;

	if (!is_obj(e))
		return;
	g = arena_one(e->mem, struct group_in);
	read_members(e, g, false);
	*out = g;
}

/* ---- writing ---- */

static void kdatetime(struct jw *w, const char *key, int64_t s)
{
	char t[CLOCK_TEXT_MAX];

	jw_kstr(w, key, str_n(t, (size_t)clock_datetime(s * 1000000, t)));
}

static void short_org(struct jw *w, const char *key, int64_t id, const struct uuid *u, struct str name)
{
	jw_key(w, key);
	jw_obj(w);
	jw_kid(w, "id", id);
	jw_kstr(w, "name", name);
	jw_kuuid(w, "uuid", u);
	jw_obj_end(w);
}

/* all but the end of the object */
static void open_group(struct jw *w, const struct group *g)
{
	jw_obj(w);
	jw_kid(w, "id", g->id);
	jw_kstr(w, "name", g->name);
	jw_kstr(w, "releasability", g->releasability);
	jw_kstr(w, "description", g->description);
	jw_kuuid(w, "uuid", &g->uuid);
	jw_kuuid(w, "organisation_uuid", &g->org_uuid);
	jw_kid(w, "org_id", g->org_id);
	jw_kid(w, "sync_user_id", g->sync_user_id);
	jw_kbool(w, "active", g->active);
	kdatetime(w, "created", g->created_s);
	kdatetime(w, "modified", g->modified_s);
	jw_kbool(w, "local", g->local);
	jw_kbool(w, "roaming", g->roaming);
}

static void write_orgs(struct jw *w, const struct group *g, bool with_local)
{
	jw_key(w, "SharingGroupOrg");
	jw_arr(w);
	for (size_t i = 0; i < g->org_n; i++) {
		const struct group_org *o = &g->orgs[i];

		jw_obj(w);
		jw_kid(w, "id", o->org_id);
		jw_kid(w, "sharing_group_id", g->id);
		jw_kid(w, "org_id", o->org_id);
		jw_kbool(w, "extend", o->extend);
		jw_key(w, "Organisation");
		jw_obj(w);
		jw_kid(w, "id", o->org_id);
		jw_kstr(w, "name", o->name);
		jw_kuuid(w, "uuid", &o->uuid);
		if (with_local)
			jw_kbool(w, "local", o->local);
		jw_obj_end(w);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

static void write_servers(struct jw *w, const struct group *g, bool with_server)
{
	jw_key(w, "SharingGroupServer");
	jw_arr(w);
	for (size_t i = 0; i < g->server_n; i++) {
		const struct group_server *s = &g->servers[i];

		jw_obj(w);
		jw_kid(w, "id", s->server_id + 1);
		jw_kid(w, "sharing_group_id", g->id);
		jw_kid(w, "server_id", s->server_id);
		jw_kbool(w, "all_orgs", s->all_orgs);
		if (with_server) {
			jw_key(w, "Server");
			jw_obj(w);
			jw_kid(w, "id", s->server_id);
			jw_kstr(w, "name", s->server_id ? s->name : S("Local instance"));
			jw_kstr(w, "url", s->url);
			jw_obj_end(w);
		}
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

void misp_write_group(struct jw *w, const struct group *g)
{
	open_group(w, g);
	short_org(w, "Organisation", g->org_id, &g->org_uuid, g->org_name);
	write_orgs(w, g, false);
	write_servers(w, g, true);
	jw_obj_end(w);
}

static void write_listed(struct jw *w, const struct group *g, bool no_orgs)
{
	jw_key(w, "SharingGroup");
	jw_obj(w);
	jw_kid(w, "id", g->id);
	jw_kuuid(w, "uuid", &g->uuid);
	jw_kstr(w, "name", g->name);
	jw_kstr(w, "description", g->description);
	jw_kstr(w, "releasability", g->releasability);
	jw_kbool(w, "local", g->local);
	jw_kbool(w, "active", g->active);
	jw_kbool(w, "roaming", g->roaming);
	jw_kid(w, "org_count", (int64_t)g->org_n);
	jw_obj_end(w);
	short_org(w, "Organisation", g->org_id, &g->org_uuid, g->org_name);
	if (no_orgs)
		return;
	write_orgs(w, g, false);
	jw_key(w, "SharingGroupServer");
	jw_arr(w);
	for (size_t i = 0; i < g->server_n; i++) {
		jw_obj(w);
		jw_kbool(w, "all_orgs", g->servers[i].all_orgs);
		jw_kid(w, "server_id", g->servers[i].server_id);
		jw_kid(w, "sharing_group_id", g->id);
		jw_key(w, "Server");
		jw_arr(w);
		jw_arr_end(w);
		jw_obj_end(w);
	}
	jw_arr_end(w);
}

void misp_write_group_members(struct jw *w, const struct group *g, const struct group_view *v)
{
	if (v->shape == GROUP_LISTED) {
		write_listed(w, g, v->no_orgs);
		return;
	}
	jw_key(w, "SharingGroup");
	open_group(w, g);
	if (v->no_orgs)
		jw_kid(w, "org_count", (int64_t)g->org_n);
	if (v->shape == GROUP_VIEWED && g->sync_user_id) {
		jw_kstr(w, "sync_org_name", g->sync_org_id ? g->sync_org_name : S("N/A"));
		if (g->sync_org_id)
			short_org(w, "sync_org", g->sync_org_id, &g->sync_org_uuid, g->sync_org_name);
	}
	jw_obj_end(w);
	if (v->organisation) {
		jw_key(w, "Organisation");
		v->organisation(v->arg, w);
	} else {
		short_org(w, "Organisation", g->org_id, &g->org_uuid, g->org_name);
	}
	if (v->no_orgs)
		return;
	write_orgs(w, g, v->shape == GROUP_VIEWED);
	write_servers(w, g, v->shape == GROUP_VIEWED);
}
