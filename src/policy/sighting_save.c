/* sighting_save.c - see sighting_save.h. */
#include "policy/sighting_save.h"

#include "model/user.h"
#include "policy/blocklist.h"
#include "policy/event_save_int.h"
#include "store/org.h"
#include "store/sighting.h"

struct args {
	const struct event *e;
	const struct sighting_doc *v;
	size_t n, *saved;
};

/* *passed: it is not taken */
static enum rc who_saw(struct ctx *cx, const struct sighting_doc *d, int64_t *org_id, bool *passed)
{
	struct uuid u = cx->who->org_uuid;
	struct org_in in = d->org;
	bool sync = user_is_site_admin(cx->who) || user_has(cx->who, PERM(SYNC));

	*org_id = cx->who->org_id;
	if (sync && in_has(d->org_id) && str_eq(str_trim(d->org_id), S("0")) && !in_has(in.uuid)) {
		*org_id = 0;
		return RC_OK;
	}
	if (sync && in_has(in.uuid) && !uuid_parse(str_trim(in.uuid), &u))
		return RC_OK;
	TRY(block_has_sightings_of(cx, &u, passed));
	if (*passed || !sync || !in_has(in.uuid))
		return RC_OK;
	TRY(org_capture(cx, &in, org_id));
	if (!*org_id)
		*org_id = cx->who->org_id;
	return RC_OK;
}

static enum rc take_one(struct ctx *cx, const struct args *x, const struct sighting_doc *d)
{
	struct sighting s = { .date_sighting = ctx_now_s(cx), .source = in_has(d->source) ? d->source : S("") };
	struct sighting_row there;
	struct event_key k;
	struct attr a;
	bool passed = false;
	int64_t v;
	enum rc rc;

	if (!event_key_parse(str_trim(in_has(d->attribute) ? d->attribute : S("")), &k))
		return RC_OK;
	rc = attr_load(cx, cx->scope, &k, &a);
	if (rc == RC_NOTFOUND) {
		ctx_forgive(cx);
		return RC_OK;
	}
	TRY(rc);
	if (a.event_id != x->e->id || a.deleted || s.source.n > 255)
		return RC_OK;
	if (!in_has(d->uuid) || !uuid_parse(str_trim(d->uuid), &s.uuid)) {
		uuid_fresh(cx->now_us, &s.uuid);
	} else {
		rc = sighting_load(cx, &scope_all, 0, &s.uuid, &there);
		if (rc != RC_DONE)
			return rc; /* it is here */
	}
	if (in_has(d->date) && str_i64(str_trim(d->date), &v) && v >= 0)
		s.date_sighting = v;
	if (in_has(d->type) && str_i64(str_trim(d->type), &v) && v >= 0 && v <= 2)
		s.type = (enum sighting_type)v;
	TRY(who_saw(cx, d, &s.org_id, &passed));
	if (passed)
		return RC_OK;
	s.event_id = a.event_id;
	s.attribute_id = a.id;
	TRY(sighting_insert(cx, &s));
	++*x->saved;
	return RC_OK;
}

static enum rc take_tx(struct ctx *cx, void *arg)
{
	struct args *x = arg;

	for (size_t i = 0; i < x->n; i++) {
		struct arena_mark m = arena_mark(cx->mem);

		TRY(take_one(cx, x, &x->v[i]));
		arena_reset(cx->mem, m);
	}
	if (!*x->saved)
		return RC_OK;
	return audit_add(cx, &(struct audit){ .action = "add", .model = "Sighting", .event_id = x->e->id, .title = str_fmt(cx->mem, "%zu sightings", *x->saved) }, NULL);
}

enum rc sightings_take_in(struct ctx *cx, const struct event *e, const struct sighting_doc *v, size_t n, size_t *saved)
{
	struct args x = { e, v, n, saved };

	*saved = 0;
	if (!user_has(cx->who, PERM(SIGHTING)) && !user_has(cx->who, PERM(SYNC)) && !user_is_site_admin(cx->who))
		return fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
	return in_transaction(cx, take_tx, &x);
}
