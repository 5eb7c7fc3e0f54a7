/* proposal.c - see proposal.h. */
#include "policy/proposal.h"

#include "policy/access.h"
#include "policy/attachment.h"
#include "policy/event_save_int.h"

static const char NO_ACCEPT[] = "Proposal not found or you are not authorised to accept it.";
static const char NO_DISCARD[] = "Could not discard proposal.";
static const char SIMILAR[] = "A similar attribute already exists for this event.";

static enum rc audit_proposal(struct ctx *cx, const char *action, const struct proposal *p, int64_t *audit_id)
{
	struct str title = p->old_id ? str_fmt(cx->mem, "%s attribute %lld: %.*s", p->to_delete ? "delete" : "change", (long long)p->old_id, STR(p->a.value1))
				     : str_fmt(cx->mem, "new attribute: %.*s", STR(p->a.value1));

	return audit_add(cx, &(struct audit){ .action = action, .model = "ShadowAttribute", .model_id = p->a.id, .event_id = p->a.event_id, .title = title },
			 audit_id);
}

struct insert_args {
	struct proposal *p;
	const struct attached *file;
};

static enum rc insert_tx(struct ctx *cx, void *arg)
{
	const struct insert_args *x = arg;

	TRY(proposal_insert(cx, x->p));
	TRY(audit_proposal(cx, "add", x->p, NULL));
	return attachment_keep(cx, x->file, x->p->a.event_id, x->p->a.id, ATTACHED_PROPOSAL);
}

static enum rc propose(struct ctx *cx, const struct event *e, struct proposal *p, const struct attached *file, struct proposal *out)
{
	struct insert_args x = { p, file };

	p->a.event_id = e->id;
	p->a.deleted = false;
	p->a.timestamp = ctx_now_s(cx);
	p->org_id = cx->who->org_id;
	p->user_id = cx->who->id;
	p->event_org_id = e->org_id;
	p->email = cx->who->email;
	p->org_name = cx->who->org_name;
	p->org_uuid = cx->who->org_uuid;
	p->event_uuid = e->uuid;
	TRY(in_transaction(cx, insert_tx, &x));
	*out = *p;
	return RC_OK;
}

enum rc proposal_add(struct ctx *cx, const struct event *e, const struct attr_in *in, struct proposal *out)
{
	struct attr_defaults d = { .distribution = DIST_INHERIT, .now_s = ctx_now_s(cx) };
	struct proposal p = { 0 };
	struct attr_in one = *in;
	struct attached file;
	int64_t where, id;

	if (in->value_n > 1)
		return fail_field(cx, RC_INVALID, "value", "One value makes one proposal.");
	if (in->value_n)
		one.value = in->values[0];
	one.value_is_array = false;
	one.relation = (struct str){ 0 };
	one.deleted = one.distribution = one.sharing_group_id = (struct str){ 0 };
	TRY(attachment_plan(cx, &one, NULL, &file));
	TRY(attr_make(cx, &one, &d, &p.a));
	TRY(element_find(cx, &p.a.uuid, KIND_ATTRIBUTE, &where, &id));
	if (where)
		return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	return propose(cx, e, &p, &file, out);
}

enum rc proposal_edit(struct ctx *cx, const struct event *e, const struct attr *a, const struct attr_in *in, struct proposal *out)
{
	struct attr_defaults d = { .distribution = DIST_INHERIT, .now_s = ctx_now_s(cx), .in_object = a->object_id != 0 };
	struct proposal p = { .a = *a, .old_id = a->id };
	struct attr_in some = { .type = a->object_id ? (struct str){ 0 } : in->type, .category = in->category, .value = in->value, .to_ids = in->to_ids,
				.comment = in->comment, .first_seen = in->first_seen, .last_seen = in->last_seen };

	if (!in_has(some.type) && !in_has(some.category) && !in_has(some.value) && !in_has(some.to_ids) && !in_has(some.comment) &&
	    !in_has(some.first_seen) && !in_has(some.last_seen))
		return fail(cx, RC_METHOD, "Invalid input.");
	TRY(attr_change(cx, &some, &d, &p.a));
	p.a.uuid = a->uuid;
	return propose(cx, e, &p, &(struct attached){ 0 }, out);
}

enum rc proposal_delete(struct ctx *cx, const struct event *e, const struct attr *a, struct proposal *out)
{
	struct proposal p = { .a = *a, .old_id = a->id, .to_delete = true };

	return propose(cx, e, &p, &(struct attached){ 0 }, out);
}

/* ---- what becomes of it ---- */

struct decide_args {
	int64_t id;
	bool accept;
};

static enum rc apply_new(struct ctx *cx, const struct proposal *p)
{
	struct attr_batch *b = NULL;
	struct attr a = p->a;
	int64_t where, id;
	enum rc rc;

	a.id = 0; /* was that of the proposal */
	a.deleted = false;
	a.timestamp = ctx_now_s(cx);
	TRY(element_find(cx, &a.uuid, KIND_ATTRIBUTE, &where, &id));
	if (where)
		return fail_field(cx, RC_INVALID, "uuid", "The UUID provided is not unique");
	TRY(attr_batch_open(cx, p->a.event_id, false, &b));
	rc = attr_batch_add(cx, b, &a, NULL, 0, NULL);
	if (rc == RC_EXISTS && cx->err.rc == RC_OK)
		rc = fail_field(cx, RC_EXISTS, "value", "%s", SIMILAR);
	if (rc == RC_OK)
		rc = attr_batch_end(cx, &b, NULL);
	attr_batch_drop(&b);
	return rc == RC_OK ? attachment_move(cx, p->a.event_id, p->a.id, a.id) : rc;
}

static enum rc apply_change(struct ctx *cx, const struct proposal *p, int64_t audit_id)
{
	struct attr old, a;
	enum rc rc = attr_load(cx, &scope_all, &(struct event_key){ .id = p->old_id }, &old);

	if (rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return fail(cx, RC_METHOD, "%s", NO_ACCEPT);
	}
	TRY(rc);
	if (old.event_id != p->a.event_id)
		return fail(cx, RC_METHOD, "%s", NO_ACCEPT);
	a = old;
	a.timestamp = ctx_now_s(cx);
	if (p->to_delete) {
		a.deleted = true;
	} else {
		a.type = p->a.type;
		a.cat = p->a.cat;
		a.value1 = p->a.value1;
		a.value2 = p->a.value2;
		a.comment = p->a.comment;
		a.to_ids = p->a.to_ids;
		a.first_seen_us = p->a.first_seen_us;
		a.last_seen_us = p->a.last_seen_us;
	}
	rc = attr_update(cx, &old, &a, audit_id);
	return rc == RC_EXISTS && cx->err.rc == RC_OK ? fail_field(cx, RC_EXISTS, "value", "%s", SIMILAR) : rc;
}

static enum rc decide_tx(struct ctx *cx, void *arg)
{
	const struct decide_args *x = arg;
	struct proposal p;
	struct event e;
	int64_t audit_id;
	enum rc rc = proposal_load(cx, &scope_all, &(struct event_key){ .id = x->id }, &p);

	if (rc == RC_DONE)
		return fail(cx, RC_METHOD, "%s", x->accept ? NO_ACCEPT : NO_DISCARD);
	TRY(rc);
	TRY(audit_proposal(cx, x->accept ? "accept" : "discard", &p, &audit_id));
	/* the audit row made other writers wait: nobody decides this one at the same time, as it is now is as it stays */
	rc = proposal_load(cx, &scope_all, &(struct event_key){ .id = x->id }, &p);
	if (rc == RC_DONE)
		return fail(cx, RC_METHOD, "%s", x->accept ? NO_ACCEPT : NO_DISCARD);
	TRY(rc);
	TRY(proposal_close(cx, &p));
	if (!x->accept)
		return attachment_remove(cx, p.a.event_id, p.a.id, ATTACHED_PROPOSAL);
	TRY(event_load(cx, &scope_all, &(struct event_key){ .id = p.a.event_id }, &e));
	TRY(p.old_id ? apply_change(cx, &p, audit_id) : apply_new(cx, &p));
	return event_touch(cx, &e, audit_id);
}

static enum rc decide(struct ctx *cx, const struct event_key *k, bool accept)
{
	struct decide_args x = { .accept = accept };
	struct proposal p;
	struct event e;
	enum rc rc = proposal_load(cx, cx->scope, k, &p);

	if (rc == RC_OK)
		rc = event_load(cx, cx->scope, &(struct event_key){ .id = p.a.event_id }, &e);
	if (rc == RC_DONE || (rc == RC_OK && !user_may_edit_event(cx->who, &e) && (accept || p.user_id != cx->who->id)))
		return fail(cx, RC_METHOD, "%s", accept ? NO_ACCEPT : NO_DISCARD);
	TRY(rc);
	x.id = p.a.id;
	return in_transaction(cx, decide_tx, &x);
}

enum rc proposal_accept(struct ctx *cx, const struct event_key *k)
{
	return decide(cx, k, true);
}

enum rc proposal_discard(struct ctx *cx, const struct event_key *k)
{
	return decide(cx, k, false);
}
