/* misp.c - feeds in MISP's own format: the manifest says which events there are and how new; those that are new or newer are fetched one by one and
 * taken in, each in its own transaction. A broken event is reported and the others go on. */
#include "feed/feed_int.h"

#include <sodium.h>
#include <stdlib.h>

#include "format/feed_misp.h"
#include "format/misp_json.h"
#include "policy/event_save.h"

enum { EVENTS_MAX = 1000000 };

struct wanted {
	struct uuid uuid;
	int64_t timestamp;
};

struct pull {
	struct fetch *x;
	struct feed_rules rules;
	struct wanted *v;
	size_t n, cap;
	int64_t tag_id;
};

static bool any(const struct name_list *l, struct str name)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq_nocase(l->v[i], name))
			return true;
	return false;
}

static bool any_tag(const struct name_list *l, const struct manifest_entry *m)
{
	for (size_t i = 0; i < m->tag_n; i++)
		if (any(l, m->tags[i].name))
			return true;
	return false;
}

bool rules_pass(const struct feed_rules *r, const struct manifest_entry *m)
{
	if (r->orgs_or.n && !any(&r->orgs_or, m->orgc.name))
		return false;
	if (r->tags_or.n && !any_tag(&r->tags_or, m))
		return false;
	return !any(&r->orgs_not, m->orgc.name) && !any_tag(&r->tags_not, m);
}

static enum rc on_event(void *arg, struct ctx *cx, const struct manifest_entry *m)
{
	struct pull *p = arg;

	p->x->rep->events++;
	if (!rules_pass(&p->rules, m)) {
		p->x->rep->events_filtered++;
		return RC_OK;
	}
	if (p->n == EVENTS_MAX)
		return fail(cx, RC_TOOBIG, "the manifest lists more than %d events", EVENTS_MAX);
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 256;
		p->v = reallocarray(p->v, p->cap, sizeof(*p->v));
		if (!p->v)
			abort();
	}
	p->v[p->n++] = (struct wanted){ m->uuid, m->timestamp };
	return RC_OK;
}

static enum rc on_bad(void *arg, struct ctx *cx, struct str key, const char *why)
{
	struct pull *p = arg;

	p->x->rep->events++;
	p->x->rep->events_failed++;
	report_bad(p->x->rep, 0, key, "%s", why);
	return RC_OK;
}

static const char *last_look(void *arg, struct ctx *cx, const struct attr_in *in, struct attr *a)
{
	const struct feed *f = arg;

	if (f->override_ids)
		a->to_ids = false;
	else if (f->force_to_ids)
		a->to_ids = true;
	return NULL;
}

static void save_fill(const struct pull *p, struct save *s)
{
	const struct feed *f = &p->x->f;

	*s = (struct save)SAVE_LOCAL;
	s->from_feed = true;
	s->org_id = p->x->org_id;
	s->distribution = f->distribution == DIST_INHERIT ? -1 : f->distribution;
	s->sharing_group_id = f->distribution == DIST_SHARING_GROUP ? f->sharing_group_id : 0;
	s->no_groups = true;
	s->extra_tags = &p->tag_id;
	s->extra_tag_n = p->tag_id != 0;
	s->publish = f->publish;
	s->check = last_look;
	s->check_arg = (void *)f;
}

/* An event here may be changed by a feed only in the name of who made it. */
static enum rc same_creator(struct ctx *cx, const struct event_in *in, const struct event *e)
{
	struct org_ref org;
	struct uuid u;

	TRY(org_ref_load(cx, e->orgc_id, &org));
	if (in_has(in->orgc.uuid) ? uuid_parse(str_trim(in->orgc.uuid), &u) && uuid_eq(&u, &org.uuid) : str_eq_nocase(in->orgc.name, org.name))
		return RC_OK;
	return fail(cx, RC_DENIED, "the event here was created by another organisation");
}

static enum rc take(struct pull *p, struct str text, const struct wanted *w, const struct event *old, struct save *s)
{
	struct ctx *cx = p->x->cx;
	struct event_in in;
	struct uuid u;
	int64_t id;

	TRY(source_text(cx, &text));
	TRY(misp_event_head(cx, text, &in));
	if (!in_has(in.uuid) || !uuid_parse(str_trim(in.uuid), &u) || !uuid_eq(&u, &w->uuid))
		return fail(cx, RC_INVALID, "the file holds another event than its name says");
	if (!old)
		return event_add(cx, text, s, &id);
	TRY(same_creator(cx, &in, old));
	return event_edit(cx, old, text, s);
}

static void count_saved(struct fetch *x, struct str uuid, const struct save *s, bool is_new)
{
	struct feed_report *rep = x->rep;

	if (is_new)
		rep->events_added++;
	else
		rep->events_changed++;
	rep->values += s->attrs_seen;
	rep->added += s->attrs_added;
	rep->unchanged += s->attrs_same;
	rep->refused += s->attrs_refused;
	for (size_t i = 0; i < s->error_n; i++)
		report_bad(rep, 0, uuid, "%s %zu: %s", s->errors[i].what, s->errors[i].position, s->errors[i].msg);
}

/* What is wrong with one event, and not with the feed, the disk or the database. */
static bool only_this_event(enum rc rc)
{
	return rc == RC_INVALID || rc == RC_BAD || rc == RC_NOTFOUND || rc == RC_DENIED || rc == RC_EXISTS || rc == RC_TOOBIG || rc == RC_REMOTE ||
	       rc == RC_TIMEOUT || rc == RC_LIMIT;
}

/* Not here, or older here; *id 0 when it is not here. */
static enum rc is_wanted(struct pull *p, const struct wanted *w, int64_t *id, struct event *old, bool *out)
{
	struct ctx *cx = p->x->cx;

	TRY(event_id_of_uuid(cx, &w->uuid, id));
	*out = true;
	if (*id) {
		TRY(event_load(cx, &scope_all, &(struct event_key){ .id = *id }, old));
		*out = old->timestamp < w->timestamp;
	}
	if (!*out)
		p->x->rep->events_unchanged++;
	return RC_OK;
}

static enum rc pull_event(struct pull *p, const struct wanted *w, struct ahead *docs)
{
	struct fetch *x = p->x;
	struct ctx *cx = x->cx;
	struct event old;
	struct save s;
	struct doc d;
	char uuid[UUID_TEXT + 1];
	bool wanted;
	int64_t id;
	enum rc rc;

	uuid_text(&w->uuid, uuid);
	save_fill(p, &s);
	rc = ahead_next(docs, &d);
	if (rc == RC_OK)
		rc = is_wanted(p, w, &id, &old, &wanted);
	if (rc == RC_OK && !wanted) /* it came in another way since the list was made */
		return RC_OK;
	if (rc == RC_OK)
		rc = take(p, d.text, w, id ? &old : NULL, &s);
	if (rc == RC_OK)
		count_saved(x, str_c(uuid), &s, !id);
	save_clear(&s);
	if (rc != RC_OK && only_this_event(rc)) {
		x->rep->events_failed++;
		report_bad(x->rep, 0, str_c(uuid), "%s", cx->err.msg[0] ? cx->err.msg : rc_text(rc));
		ctx_forgive(cx);
		return RC_OK;
	}
	return rc;
}

/* Those that are not here or older here, in place. */
static enum rc only_wanted(struct pull *p)
{
	struct ctx *cx = p->x->cx;
	struct arena_mark m = arena_mark(cx->mem);
	size_t k = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct event old;
		bool wanted;
		int64_t id;

		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "stopped while reading the manifest");
		TRY(is_wanted(p, &p->v[i], &id, &old, &wanted));
		if (wanted)
			p->v[k++] = p->v[i];
		arena_reset(cx->mem, m);
	}
	p->n = k;
	return RC_OK;
}

static enum rc pull_all(struct pull *p)
{
	SCOPED(ahead_close) struct ahead *docs = NULL;
	struct ctx *cx = p->x->cx;
	struct arena_mark m;
	struct uuid *v;

	TRY(only_wanted(p));
	v = arena_many(cx->mem, p->n + 1, struct uuid);
	for (size_t i = 0; i < p->n; i++)
		v[i] = p->v[i].uuid;
	docs = ahead_open(p->x, v, p->n);
	m = arena_mark(cx->mem);
	for (size_t i = 0; i < p->n; i++) {
		if (ctx_stopping(cx))
			return fail(cx, RC_STOPPED, "stopped while fetching events");
		fetch_progress(p->x, i, p->n, "events");
		TRY(pull_event(p, &p->v[i], docs));
		arena_reset(cx->mem, m);
	}
	return RC_OK;
}

static enum rc remember(struct pull *p, const struct doc *d, const uint8_t hash[FEED_HASH_LEN])
{
	struct fetch *x = p->x;
	struct ctx *cx = x->cx;
	struct feed f;
	bool whole = x->rep->events_failed == 0;
	enum rc rc;

	TRY(store_begin(cx));
	rc = feed_load_locked(cx, x->f.id, &f);
	if (rc == RC_OK) {
		whole &= fetch_still(x, &f);
		/* after a failure the manifest is read again next time, and what failed is tried again */
		f.etag = whole && d->etag.n ? d->etag : (struct str){ 0 };
		f.last_modified = whole && d->last_modified.n ? d->last_modified : (struct str){ 0 };
		f.has_hash = whole;
		memcpy(f.content_hash, hash, FEED_HASH_LEN);
		f.last_fetch = ctx_now_s(cx);
		f.last_report = feed_report_text(cx, x->rep);
		rc = feed_fetched(cx, &f);
	}
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static void pull_clear(struct pull *p)
{
	free(p->v);
}

enum rc fetch_misp(struct fetch *x)
{
	SCOPED(pull_clear) struct pull p = { .x = x };
	struct manifest_sink sink = { .arg = &p, .event = on_event, .bad = on_bad };
	struct ctx *cx = x->cx;
	uint8_t hash[FEED_HASH_LEN];
	struct doc d;

	TRY(rules_read(cx, x->f.rules.p ? x->f.rules : S(""), &p.rules));
	TRY(source_get(x, S("manifest.json"), x->f.has_hash, &d));
	if (!d.not_modified)
		crypto_generichash(hash, sizeof(hash), (const uint8_t *)d.text.p, d.text.n, NULL, 0);
	if (d.not_modified || (x->f.has_hash && memcmp(hash, x->f.content_hash, sizeof(hash)) == 0)) {
		x->rep->same_content = true;
		return RC_OK;
	}
	TRY(source_text(cx, &d.text));
	TRY(feed_manifest_each(cx, d.text, &sink));
	TRY(fetch_tag(x, &p.tag_id));
	TRY(pull_all(&p));
	/* nothing came in and the same trouble as before: nothing to remember */
	if (!x->rep->events_added && !x->rep->events_changed && x->rep->events_failed && str_eq(x->f.last_report, feed_report_text(cx, x->rep)))
		return RC_OK;
	return remember(&p, &d, hash);
}
