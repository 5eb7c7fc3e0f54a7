/* explain.c - see explain.h. */
#include "policy/explain.h"

#include "policy/access.h"
#include "policy/scope.h"
#include "store/attr.h"
#include "store/event.h"
#include "store/object.h"
#include "store/setting.h"
#include "store/user.h"

static const char *const levels[] = { "own organisation only", "this community", "connected communities", "all communities", "sharing group", "inherited" };

static void step(struct explanation *x, const char *rule, struct str fact, int allows)
{
	if (x->n < EXPLAIN_MAX)
		x->step[x->n++] = (struct explain_step){ str_c(rule), fact, allows };
}

static bool in_group(const struct scope *s, int64_t id)
{
	for (size_t i = 0; i < s->group_n; i++)
		if (s->groups[i] == id)
			return true;
	return false;
}

/* 1 the level allows, -1 it does not; as a step about a named thing */
static int level_step(struct ctx *cx, struct explanation *x, const struct scope *s, const char *what, int distribution, int64_t group)
{
	bool ok = distribution == DIST_SHARING_GROUP ? in_group(s, group) : distribution != 0;
	struct str fact = str_fmt(cx->mem, "distribution of the %s: %s", what, distribution >= 0 && distribution < 6 ? levels[distribution] : "unknown");

	if (distribution == DIST_SHARING_GROUP)
		fact = str_fmt(cx->mem, "%.*s %lld, which the user's organisation %s", STR(fact), (long long)group, ok ? "belongs to" : "does not belong to");
	step(x, "distribution", fact, ok ? 1 : -1);
	return ok ? 1 : -1;
}

static bool steps(struct ctx *cx, struct explanation *x, const struct user *u, const struct scope *s, const struct event *e, const struct object *o, const struct attr *a)
{
	bool own = e->org_id == u->org_id, hidden;

	step(x, "site admins see all", user_is_site_admin(u) ? S("the user is one") : S("the user is none"), user_is_site_admin(u) ? 1 : 0);
	if (user_is_site_admin(u))
		return true;
	step(x, "an organisation sees its own events", str_fmt(cx->mem, "the event belongs to organisation %lld, the user to %lld", (long long)e->org_id, (long long)u->org_id),
		own ? 1 : 0);
	if (own)
		return true;
	hidden = s->unpublished_private && !e->published;
	step(x, "unpublished events may be private (MISP.unpublishedprivate)", str_fmt(cx->mem, "the event is %spublished, the setting is %s", e->published ? "" : "not ",
		s->unpublished_private ? "on" : "off"), hidden ? -1 : 0);
	if (hidden || level_step(cx, x, s, "event", e->distribution, e->sharing_group_id) < 0)
		return false;
	if (o && level_step(cx, x, s, "object", o->distribution, o->sharing_group_id) < 0)
		return false;
	return !a || level_step(cx, x, s, "attribute", a->distribution, a->sharing_group_id) > 0;
}

/* what the queries say */
static enum rc predicate(struct ctx *cx, const struct scope *s, const struct event *e, const struct object *o, const struct attr *a, bool *out)
{
	struct event seen_event;
	struct object seen_object;
	struct attr seen_attr;
	enum rc rc;

	if (a)
		rc = attr_load(cx, s, &(struct event_key){ .id = a->id }, &seen_attr);
	else if (o)
		rc = object_load(cx, s, &(struct event_key){ .id = o->id }, &seen_object);
	else
		rc = event_load(cx, s, &(struct event_key){ .id = e->id }, &seen_event);
	if (rc == RC_NOTFOUND)
		ctx_forgive(cx);
	*out = rc == RC_OK;
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc explain(struct ctx *cx, int64_t user, const struct event *e, const struct object *o, const struct attr *a, struct explanation *out)
{
	bool queries;
	struct user u;
	struct scope s;
	enum rc rc = user_acting(cx, user, &u);

	*out = (struct explanation){ 0 };
	if (rc == RC_DONE || rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return fail_field(cx, RC_NOTFOUND, "user", "Invalid user");
	}
	TRY(rc);
	if (!user_may_admin_org(cx->who, u.org_id) && u.id != cx->who->id)
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	TRY(scope_of(cx, &u, &s));
	step(out, "a user can log in", u.disabled ? S("the user is disabled") : S("the user is enabled"), u.disabled ? -1 : 0);
	out->sees = steps(cx, out, &u, &s, e, o, a);
	TRY(predicate(cx, &s, e, o, a, &queries));
	if (queries != out->sees)
		return fail(cx, RC_INTERNAL, "the explanation differs from what the queries do");
	out->sees &= !u.disabled;
	out->may_edit = out->sees && user_may_edit_event(&u, e);
	out->may_publish = out->sees && user_may_publish_event(&u, e);
	out->may_tag = out->sees && user_may_tag_event(&u, e, false);
	return RC_OK;
}
