/* analyst_save.c - see analyst_save.h. */
#include "policy/analyst_save.h"

#include "base/clock.h"
#include "policy/blocklist.h"
#include "policy/diff.h"
#include "policy/group_admin.h"
#include "policy/user_admin.h"
#include "store/attr.h"
#include "store/audit.h"
#include "store/org.h"

#include <stdio.h>

static const char NOT_YOURS[] = "You are not authorised to do that.";

bool user_may_edit_analyst(const struct user *u, const struct analyst *a)
{
	return user_is_site_admin(u) || (user_has(u, PERM(ANALYST_DATA)) && u->org_id == a->orgc_id);
}

/* ---- what was sent, into a row ---- */

/* "2024-01-31 10:11:12" and the other spellings; seconds with a fraction, as some clients write them */
static bool read_time(struct str s, int64_t *out)
{
	size_t dot = str_chr(s, '.');
	int64_t us;

	s = str_trim(s);
	if (dot != STR_NONE && str_i64(str_n(s.p, dot), out))
		return true;
	if (str_i64(s, out))
		return *out > 0;
	if (!clock_parse(s, &us, NULL))
		return false;
	*out = us / 1000000;
	return true;
}

static enum rc apply_time(struct ctx *cx, const char *field, struct str s, int64_t *out)
{
	if (!in_has(s) || !str_trim(s).n)
		return RC_OK;
	return read_time(s, out) ? RC_OK : fail_field(cx, RC_INVALID, field, "The time is not understood.");
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

static enum rc apply_related(struct ctx *cx, const struct analyst_in *in, struct analyst *a, bool is_new)
{
	if (in_has(in->related_object_uuid) || is_new)
		if (!uuid_parse(str_trim(in->related_object_uuid.p ? in->related_object_uuid : S("")), &a->related_uuid))
			return fail_field(cx, RC_INVALID, "related_object_uuid", "Please provide a valid RFC 4122 UUID");
	if (in_has(in->related_object_type) || is_new)
		if (!analyst_target_of(in->related_object_type.p ? str_trim(in->related_object_type) : S(""), &a->related_type))
			return fail_field(cx, RC_INVALID, "related_object_type", "Invalid object type.");
	if (uuid_eq(&a->related_uuid, &a->object_uuid))
		return fail_field(cx, RC_INVALID, "related_object_uuid", "A relationship cannot point to what it starts from.");
	return apply_text(cx, "relationship_type", in->relationship_type, 255, &a->body);
}

static enum rc apply_kind(struct ctx *cx, const struct analyst_in *in, struct analyst *a, bool is_new)
{
	int64_t n;

	switch (a->kind) {
	case ANALYST_NOTE:
		if (in_has(in->note) ? !in->note.n : is_new)
			return fail_field(cx, RC_INVALID, "note", "A note needs a text.");
		TRY(apply_text(cx, "language", in->language, 16, &a->language));
		return apply_text(cx, "note", in->note, 16 << 20, &a->body);
	case ANALYST_OPINION:
		if (in_has(in->opinion) || is_new) {
			if (!in_has(in->opinion) || !str_i64(str_trim(in->opinion), &n) || n < 0 || n > 100)
				return fail_field(cx, RC_INVALID, "opinion", "The opinion is a number from 0 to 100.");
			a->opinion = (int)n;
		}
		return apply_text(cx, "comment", in->comment, 16 << 20, &a->body);
	default:
		return apply_related(cx, in, a, is_new);
	}
}

/* Distribution and its sharing group. The group that stands already is not asked about again. */
static enum rc apply_distribution(struct ctx *cx, const struct analyst_in *in, const struct analyst_capture *c, struct analyst *a)
{
	int64_t was = a->distribution == DIST_SHARING_GROUP ? a->sharing_group_id : 0, dist = a->distribution, id = was;
	struct group_claim claim = { .in = in->group, .trusted = c->trusted, .create = c->pushed || c->trusted };

	if (in_has(in->distribution) && str_trim(in->distribution).n) {
		if (!str_i64(str_trim(in->distribution), &dist) || dist < 0 || dist > 5)
			return fail_field(cx, RC_INVALID, "distribution", "Invalid distribution level.");
	}
	a->distribution = (int)dist;
	a->sharing_group_id = 0;
	if (dist != DIST_SHARING_GROUP)
		return RC_OK;
	if (in_has(in->sharing_group_id) && !str_i64(str_trim(in->sharing_group_id), &id))
		id = 0;
	if (id == was && was && !in->group) {
		a->sharing_group_id = id;
		return RC_OK;
	}
	claim.number = c->no_groups ? 0 : id;
	if (!c->no_groups)
		TRY(group_capture(cx, &claim, &a->sharing_group_id));
	if (a->sharing_group_id)
		return RC_OK;
	if (!c->trusted)
		return fail_field(cx, RC_INVALID, "sharing_group_id", "Invalid sharing group or you are not a member of it.");
	a->distribution = DIST_ORG;
	return RC_OK;
}

static enum rc apply(struct ctx *cx, const struct analyst_in *in, const struct analyst_capture *c, struct analyst *a, bool is_new)
{
	TRY(apply_kind(cx, in, a, is_new));
	TRY(apply_text(cx, "authors", in->authors, 65535, &a->authors));
	return apply_distribution(cx, in, c, a);
}

/* Whose it is: only who synchronises may speak for another organisation. */
static enum rc set_orgs(struct ctx *cx, const struct analyst_in *in, const struct analyst_capture *c, struct analyst *a)
{
	struct org o;
	enum rc rc = RC_DONE;
	struct uuid u;

	a->org_id = a->orgc_id = c->org_id;
	a->org_uuid = a->orgc_uuid = c->org_uuid;
	if (!c->trusted && !user_has(cx->who, PERM(SYNC)))
		return RC_OK;
	if (in_has(in->orgc.uuid) || in_has(in->orgc.name)) {
		int64_t id;

		TRY(org_capture(cx, &in->orgc, &id));
		if (id)
			rc = org_load(cx, id, &o);
	} else if (in_has(in->orgc_uuid) && uuid_parse(str_trim(in->orgc_uuid), &u)) {
		rc = org_by_uuid(cx, &u, &o);
	}
	if (rc == RC_OK) {
		a->orgc_id = o.id;
		a->orgc_uuid = o.uuid;
	}
	return rc == RC_DONE ? RC_OK : rc;
}

/* a new row of what was sent */
static enum rc make(struct ctx *cx, const struct analyst_in *in, const struct analyst_capture *c, struct analyst *a)
{
	struct str type = in->object_type.p ? str_trim(in->object_type) : S("");
	bool found = false;

	*a = (struct analyst){ .kind = (enum analyst_kind)in->kind, .authors = S(""), .body = S(""), .language = S(""), .distribution = DIST_COMMUNITY,
			       .created_s = ctx_now_s(cx), .modified_s = ctx_now_s(cx) };
	if (in_has(in->uuid) && str_trim(in->uuid).n && !uuid_parse(str_trim(in->uuid), &a->uuid))
		return fail_field(cx, RC_INVALID, "uuid", "Please provide a valid RFC 4122 UUID");
	if (!in_has(in->object_uuid) || !uuid_parse(str_trim(in->object_uuid), &a->object_uuid))
		return fail_field(cx, RC_INVALID, "object_uuid", "Please provide a valid RFC 4122 UUID");
	if (!type.n)
		TRY(analyst_target_find(cx, &a->object_uuid, &a->object_type, &found));
	if (!found && !analyst_target_of(type, &a->object_type))
		return fail_field(cx, RC_INVALID, "object_type", "Invalid object type.");
	TRY(apply_time(cx, "created", in->created, &a->created_s));
	TRY(apply_time(cx, "modified", in->modified, &a->modified_s));
	if (cx->who)
		a->authors = cx->who->email;
	TRY(apply(cx, in, c, a, true));
	if (!a->authors.n && cx->who)
		a->authors = cx->who->email;
	a->locked = in_has(in->locked) && form_bool(in->locked) && (c->trusted || user_has(cx->who, PERM(SYNC)));
	return set_orgs(cx, in, c, a);
}

/* ---- writing ---- */

static struct str changes(struct ctx *cx, const struct analyst *was, const struct analyst *now)
{
	struct diff d;

	diff_begin(&d);
	diff_text(&d, was->kind == ANALYST_NOTE ? "note" : was->kind == ANALYST_OPINION ? "comment" : "relationship_type", was->body, now->body);
	diff_text(&d, "language", was->language, now->language);
	diff_text(&d, "authors", was->authors, now->authors);
	diff_int(&d, "opinion", was->opinion, now->opinion);
	diff_int(&d, "distribution", was->distribution, now->distribution);
	diff_int(&d, "sharing_group_id", was->sharing_group_id, now->sharing_group_id);
	return diff_end(cx, &d);
}

static enum rc audit_one(struct ctx *cx, const char *action, const struct analyst *a, struct str change)
{
	char uu[UUID_TEXT + 1];

	uuid_text(&a->uuid, uu);
	return audit_add(cx, &(struct audit){ .action = action, .model = analyst_names[a->kind], .model_id = a->id,
					      .title = str_dup(cx->mem, str_n(uu, UUID_TEXT)), .change = change }, NULL);
}

static enum rc put_new(struct ctx *cx, struct analyst *a)
{
	static const struct analyst none;
	struct analyst empty = none;

	empty.kind = a->kind;
	TRY(analyst_insert(cx, a));
	return audit_one(cx, "add", a, changes(cx, &empty, a));
}

static enum rc put_changed(struct ctx *cx, const struct analyst *was, const struct analyst *now)
{
	TRY(analyst_update(cx, now));
	return audit_one(cx, "edit", now, changes(cx, was, now));
}

static struct analyst_capture by_user(struct ctx *cx)
{
	return (struct analyst_capture){ .org_id = cx->who->org_id, .org_uuid = cx->who->org_uuid };
}

struct args {
	enum analyst_kind kind;
	const struct analyst_in *in;
	struct event_key k;
	struct analyst a;
	bool block;
	struct analyst_capture c;
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

static enum rc load_now(struct ctx *cx, struct analyst *a)
{
	enum rc rc = analyst_load(cx, &scope_all, a->kind, &(struct event_key){ .id = a->id }, a);

	return rc == RC_DONE ? fail(cx, RC_NOTFOUND, "Invalid %s.", analyst_names[a->kind]) : rc;
}

static enum rc may_write(struct ctx *cx)
{
	return user_has(cx->who, PERM(ANALYST_DATA)) ? RC_OK : fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
}

static enum rc add_tx(struct ctx *cx, struct args *x)
{
	TRY(make(cx, x->in, &x->c, &x->a));
	TRY(put_new(cx, &x->a));
	TRY(analyst_take(cx, &x->c, &x->in->children, &x->a.uuid, analyst_as_target(x->a.kind)));
	return load_now(cx, &x->a);
}

enum rc analyst_add(struct ctx *cx, const struct analyst_in *in, struct analyst *out)
{
	struct args x = { .in = in, .c = by_user(cx) };

	TRY(may_write(cx));
	TRY(transaction(cx, add_tx, &x));
	*out = x.a;
	return RC_OK;
}

/* as it is now, for who may change it */
static enum rc to_change(struct ctx *cx, const struct args *x, struct analyst *out)
{
	enum rc rc;

	TRY(may_write(cx));
	rc = analyst_load(cx, cx->scope, x->kind, &x->k, out);
	if (rc == RC_DONE || (rc == RC_OK && out->kind != x->kind))
		return fail(cx, RC_NOTFOUND, "Invalid %s.", analyst_names[x->kind]);
	TRY(rc);
	return user_may_edit_analyst(cx->who, out) ? RC_OK : fail(cx, RC_METHOD, "%s", NOT_YOURS);
}

static enum rc edit_tx(struct ctx *cx, struct args *x)
{
	struct analyst was;

	TRY(to_change(cx, x, &was));
	x->a = was;
	TRY(apply(cx, x->in, &x->c, &x->a, false));
	x->a.modified_s = ctx_now_s(cx);
	TRY(put_changed(cx, &was, &x->a));
	TRY(analyst_take(cx, &x->c, &x->in->children, &x->a.uuid, analyst_as_target(x->a.kind)));
	return load_now(cx, &x->a);
}

enum rc analyst_edit(struct ctx *cx, enum analyst_kind kind, const struct event_key *k, const struct analyst_in *in, struct analyst *out)
{
	struct args x = { .kind = kind, .in = in, .k = *k, .c = by_user(cx) };

	TRY(transaction(cx, edit_tx, &x));
	*out = x.a;
	return RC_OK;
}

/* one line of what it said, for the blocklist */
static struct str info_of(struct ctx *cx, const struct analyst *a)
{
	char uu[UUID_TEXT + 1];

	if (a->kind == ANALYST_NOTE)
		return a->body;
	if (a->kind == ANALYST_OPINION)
		return str_fmt(cx->mem, "%d/100 :: %.*s", a->opinion, STR(a->body));
	uuid_text(&a->related_uuid, uu);
	return str_fmt(cx->mem, "-- %.*s --> %s :: %s", STR(a->body.n ? a->body : S("[undefined]")), analyst_targets[a->related_type], uu);
}

static enum rc remove_tx(struct ctx *cx, struct args *x)
{
	struct analyst none = { .kind = x->kind };

	TRY(to_change(cx, x, &x->a));
	TRY(analyst_delete(cx, &x->a));
	if (x->block)
		TRY(block_deleted_analyst(cx, &x->a.uuid, info_of(cx, &x->a), x->a.orgc.name));
	return audit_one(cx, "delete", &x->a, changes(cx, &x->a, &none));
}

enum rc analyst_remove(struct ctx *cx, enum analyst_kind kind, const struct event_key *k, bool block, int64_t *id)
{
	struct args x = { .kind = kind, .k = *k, .block = block };

	TRY(transaction(cx, remove_tx, &x));
	*id = x.a.id;
	return RC_OK;
}

/* ---- taken in with something else ---- */

static void tell(struct analyst_capture *c, const char *text)
{
	size_t n = strlen(c->why);

	snprintf(c->why + n, sizeof(c->why) - n, "%s%s", n ? ", " : "", text);
}

/* A refusal of this one: counted and forgiven; anything else ends the save. */
static enum rc refused(struct ctx *cx, struct analyst_capture *c, enum rc rc, size_t *count)
{
	if (rc != RC_INVALID && rc != RC_DENIED && rc != RC_NOTFOUND && rc != RC_EXISTS)
		return rc;
	(*count)++;
	tell(c, cx->err.msg);
	ctx_forgive(cx);
	return RC_OK;
}

static bool may_take_over(struct ctx *cx, const struct analyst_capture *c, const struct analyst *known)
{
	if (c->pushed)
		return known->locked;
	return c->trusted ? known->orgc_id == c->org_id || known->locked
			  : user_may_edit_analyst(cx->who, known) || (known->locked && user_has(cx->who, PERM(SYNC)));
}

static enum rc take_known(struct ctx *cx, struct analyst_capture *c, const struct analyst_in *in, const struct analyst *known)
{
	struct analyst now = *known;
	int64_t sent = 0;

	if (known->kind != (enum analyst_kind)in->kind)
		return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	TRY(apply_time(cx, "modified", in->modified, &sent));
	if (!may_take_over(cx, c, known)) {
		if (!c->pushed) { /* a document that holds what others said */
			c->ignored++;
			return RC_OK;
		}
		c->failed++;
		tell(c, "Blocked an edit to an analyst data that was created locally.");
		return RC_OK;
	}
	if (sent <= known->modified_s) {
		c->ignored++;
		if (c->pushed)
			tell(c, "Remote version is not newer than local one for analyst data");
		return RC_OK;
	}
	TRY(apply(cx, in, c, &now, false));
	now.modified_s = sent;
	TRY(put_changed(cx, known, &now));
	c->imported++;
	return RC_OK;
}

static enum rc take_one(struct ctx *cx, struct analyst_capture *c, const struct analyst_in *in, struct uuid *u)
{
	struct analyst a;
	enum rc rc;
	bool blocked = false;

	if (in_has(in->uuid) && str_trim(in->uuid).n && uuid_parse(str_trim(in->uuid), u)) {
		TRY(block_has_analyst(cx, u, &blocked));
		if (blocked) {
			c->ignored++;
			tell(c, "Blocked by blocklist");
			return RC_OK;
		}
		rc = analyst_load(cx, &scope_all, ANALYST_NOTE, &(struct event_key){ .uuid = *u }, &a);
		if (rc == RC_OK)
			return take_known(cx, c, in, &a);
		if (rc != RC_DONE)
			return rc;
	}
	TRY(make(cx, in, c, &a));
	if (block_check_org(cx, &a.orgc_uuid) != RC_OK)
		return refused(cx, c, RC_DENIED, &c->ignored);
	TRY(put_new(cx, &a));
	*u = a.uuid;
	c->imported++;
	return RC_OK;
}

static enum rc take_list(struct ctx *cx, struct analyst_capture *c, const struct analyst_list *list, const struct uuid *object, enum analyst_target type, int depth)
{
	char uu[UUID_TEXT + 1];

	for (size_t i = 0; i < list->n; i++) {
		struct analyst_in in = list->v[i];
		struct uuid u = { 0 };
		enum rc rc;

		if (object) { /* where it stands decides what it is about */
			uuid_text(object, uu);
			in.object_uuid = str_n(uu, UUID_TEXT);
			in.object_type = str_c(analyst_targets[type]);
		}
		rc = take_one(cx, c, &in, &u);
		TRY(rc == RC_OK ? RC_OK : refused(cx, c, rc, &c->failed));
		if (in.children.n && !uuid_is_nil(&u) && depth < 64)
			TRY(take_list(cx, c, &in.children, &u, analyst_as_target((enum analyst_kind)in.kind), depth + 1));
	}
	return RC_OK;
}

enum rc analyst_take(struct ctx *cx, struct analyst_capture *c, const struct analyst_list *list, const struct uuid *object, enum analyst_target type)
{
	if (!list->n)
		return RC_OK;
	if (!c->trusted && !user_has(cx->who, PERM(ANALYST_DATA))) {
		c->ignored += list->n;
		tell(c, "You do not have the permission to add analyst data.");
		return RC_OK;
	}
	return take_list(cx, c, list, object, type, 0);
}

static enum rc push_tx(struct ctx *cx, struct args *x)
{
	struct analyst_list one = { .v = (struct analyst_in *)x->in, .n = 1 };

	return take_list(cx, &x->c, &one, NULL, ON_NOTE, 0);
}

enum rc analyst_push(struct ctx *cx, const struct analyst_in *in, struct analyst_capture *out)
{
	struct analyst_in copy = *in;
	struct args x = { .in = &copy, .c = by_user(cx) };

	if (!user_has(cx->who, PERM(SYNC) | PERM(ANALYST_DATA)))
		return fail(cx, RC_METHOD, "You do not have the permission to do that.");
	x.c.pushed = true;
	TRY(transaction(cx, push_tx, &x));
	*out = x.c;
	return RC_OK;
}
