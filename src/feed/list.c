/* list.c - CSV and freetext feeds: the values of the document against those of the feed's event, all in one transaction.
 *
 *     in the document and live in the event     nothing
 *     in the document and deleted there         restored
 *     in the document only                      added
 *     in the event only                         deleted when the feed is merged by delta, else left
 *
 * Values count, not types: what MISP's delta merge compares. */
#include "feed/feed_int.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "policy/event_save.h"
#include "store/attr.h"
#include "store/audit.h"
#include "store/tag.h"

struct storing {
	struct fetch *x;
	struct values vs;
	struct doc doc;
	uint8_t *done;              /* by value: in the event already */
	struct event e;
	bool fresh;                 /* the event is made in this transaction */
	int64_t *removed, *restored;
	size_t removed_n, restored_n;
	size_t next;
	int64_t tag_id;
	struct str to_ids;          /* "" as the type says */
	bool still;                 /* the feed was not changed meanwhile */
};

static void storing_clear(struct storing *s)
{
	values_clear(&s->vs);
	free(s->done);
	free(s->removed);
	free(s->restored);
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- comparing ---- */

enum { NOT_HERE = 0, DELETED_HERE = 1, LIVE_HERE = 2 };

static enum rc compare(struct storing *s)
{
	struct ctx *cx = s->x->cx;
	struct attr_key *k = NULL;
	size_t n = 0;

	s->done = must(calloc(s->vs.n + 1, 1));
	if (s->fresh)
		return RC_OK;
	TRY(attr_keys(cx, s->e.id, &k, &n));
	s->removed = must(calloc(n + 1, sizeof(*s->removed)));
	s->restored = must(calloc(n + 1, sizeof(*s->restored)));
	for (size_t i = 0; i < n; i++) {
		size_t at = k[i].in_object || k[i].deleted ? STR_NONE : values_find(&s->vs, k[i].digest);

		if (at != STR_NONE)
			s->done[at] = LIVE_HERE;
		else if (!k[i].in_object && !k[i].deleted && s->x->f.delta_merge)
			s->removed[s->removed_n++] = k[i].id;
	}
	for (size_t i = n; i-- > 0;) { /* the newest deleted one comes back */
		size_t at = k[i].in_object || !k[i].deleted ? STR_NONE : values_find(&s->vs, k[i].digest);

		if (at != STR_NONE && s->done[at] == NOT_HERE) {
			s->done[at] = DELETED_HERE;
			s->restored[s->restored_n++] = k[i].id;
		}
	}
	free(k);
	return RC_OK;
}

static size_t count_new(const struct storing *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->vs.n; i++)
		n += s->done[i] == NOT_HERE;
	return n;
}

/* ---- storing ---- */

static enum rc next_value(void *arg, struct ctx *cx, struct attr_in *in)
{
	struct storing *s = arg;
	const struct value *v;

	while (s->next < s->vs.n && s->done[s->next])
		s->next++;
	if (s->next == s->vs.n)
		return RC_DONE;
	v = &s->vs.v[s->next++];
	in->type = v->type->name;
	in->value = v->text;
	in->to_ids = s->to_ids;
	return ctx_stopping(cx) ? fail(cx, RC_STOPPED, "stopped while storing the feed") : RC_OK;
}

static void new_event(struct storing *s)
{
	struct fetch *x = s->x;
	const struct feed *f = &x->f;

	s->fresh = true;
	s->e = (struct event){
		.org_id = x->org_id,
		.orgc_id = f->orgc_id ? f->orgc_id : x->org_id,
		.user_id = x->user_id,
		.info = str_fmt(x->cx->mem, "%.*s feed", STR(f->name)),
		.date = (int32_t)(ctx_now_s(x->cx) / 86400),
		.threat_level_id = 4,
		.analysis = 2,
		.distribution = f->distribution == DIST_INHERIT ? DIST_ORG : f->distribution,
		.sharing_group_id = f->distribution == DIST_SHARING_GROUP ? f->sharing_group_id : 0,
		.timestamp = ctx_now_s(x->cx),
	};
	uuid_fresh(x->cx->now_us, &s->e.uuid);
}

/* The event of the feed; a new one when there is none, or when somebody deleted it. */
static enum rc find_event(struct storing *s)
{
	struct fetch *x = s->x;
	enum rc rc;

	if (!x->f.fixed_event || !x->f.event_id) {
		new_event(s);
		return RC_OK;
	}
	rc = event_load(x->cx, &scope_all, &(struct event_key){ .id = x->f.event_id }, &s->e);
	if (rc == RC_NOTFOUND) {
		ctx_forgive(x->cx);
		new_event(s);
		return RC_OK;
	}
	return rc;
}

enum rc fetch_tag(struct fetch *x, int64_t *tag_id)
{
	struct tag t;
	enum rc rc;

	*tag_id = 0;
	if (!x->f.tag_id)
		return RC_OK;
	rc = tag_load(x->cx, x->f.tag_id, S(""), &t);
	if (rc == RC_OK)
		*tag_id = t.id;
	return rc == RC_DONE ? RC_OK : rc;
}

static enum rc tag_event(struct storing *s, bool *changed)
{
	return s->tag_id ? tag_join(s->x->cx, s->e.id, s->tag_id, changed) : RC_OK;
}

static enum rc audit_fetch(struct storing *s, int64_t *id)
{
	struct fetch *x = s->x;
	struct audit a = { .action = "fetch", .model = "Feed", .model_id = x->f.id, .event_id = s->e.id, .title = x->f.name,
			   .change = feed_report_text(x->cx, x->rep) };

	return audit_add(x->cx, &a, id);
}

static enum rc add_values(struct storing *s)
{
	struct feed_report *rep = s->x->rep;
	struct save save = SAVE_LOCAL;
	enum rc rc;

	save.from_feed = true;
	save.org_id = s->x->org_id;
	s->next = 0;
	/* nothing of it is in the event, so that it need not be looked for one by one */
	rc = attrs_add_in_tx(s->x->cx, &s->e, true, next_value, s, &save);
	for (size_t i = 0; i < save.error_n; i++)
		report_bad(rep, 0, S(""), "value not stored: %s", save.errors[i].msg);
	rep->added = save.attrs_added;
	rep->refused += save.attrs_refused;
	save_clear(&save);
	return rc;
}

static enum rc write_event(struct storing *s)
{
	struct fetch *x = s->x;
	struct ctx *cx = x->cx;
	struct event now;
	int64_t audit_id;
	bool tagged = false;

	if (s->fresh)
		TRY(event_make_head(cx, &s->e));
	x->rep->event_id = s->e.id;
	TRY(audit_fetch(s, &audit_id));
	TRY(tag_event(s, &tagged));
	TRY(add_values(s));
	TRY(attr_set_deleted(cx, s->e.id, s->removed, s->removed_n, true, audit_id));
	TRY(attr_set_deleted(cx, s->e.id, s->restored, s->restored_n, false, audit_id));
	now = s->e;
	now.timestamp = ctx_now_s(cx) > now.timestamp ? ctx_now_s(cx) : now.timestamp;
	now.published = x->f.publish;
	if (now.published)
		now.publish_timestamp = ctx_now_s(cx);
	return event_update(cx, &now, s->fresh ? 0 : audit_id);
}

/* What makes the next fetch of the same document a short one. */
static enum rc remember(struct storing *s, const uint8_t hash[FEED_HASH_LEN])
{
	struct fetch *x = s->x;
	struct feed *f = &x->f;

	f->event_id = x->rep->event_id;
	f->etag = s->still && s->doc.etag.n ? s->doc.etag : (struct str){ 0 };
	f->last_modified = s->still && s->doc.last_modified.n ? s->doc.last_modified : (struct str){ 0 };
	f->has_hash = s->still;
	memcpy(f->content_hash, hash, FEED_HASH_LEN);
	f->last_fetch = ctx_now_s(x->cx);
	f->last_report = feed_report_text(x->cx, x->rep);
	return feed_fetched(x->cx, f);
}

static enum rc store_tx(struct storing *s, const uint8_t hash[FEED_HASH_LEN])
{
	struct fetch *x = s->x;
	struct feed_report *rep = x->rep;
	struct feed locked;
	size_t new_n;
	bool tagged = false;

	/* another process may have fetched the same feed meanwhile */
	TRY(feed_load_locked(x->cx, x->f.id, &locked));
	x->f.event_id = locked.event_id;
	s->still = fetch_still(x, &locked);
	TRY(find_event(s));
	TRY(fetch_tag(x, &s->tag_id));
	TRY(compare(s));
	new_n = count_new(s);
	rep->added = new_n;
	rep->removed = s->removed_n;
	rep->restored = s->restored_n;
	rep->unchanged = s->vs.n - new_n - s->restored_n;
	rep->event_id = s->fresh ? 0 : s->e.id;
	if (s->fresh && s->vs.n == 0) /* an empty list makes no event */
		return remember(s, hash);
	if (!s->fresh && !new_n && !s->removed_n && !s->restored_n) {
		TRY(tag_event(s, &tagged));
		return remember(s, hash);
	}
	TRY(write_event(s));
	return remember(s, hash);
}

/* The event that the last fetch wrote to is there: then what that fetch saw need not be read again. */
static enum rc event_there(struct fetch *x, bool *out)
{
	struct event e;
	enum rc rc;

	*out = x->f.has_hash;
	if (!x->f.has_hash || !x->f.event_id)
		return RC_OK;
	rc = event_load(x->cx, &scope_all, &(struct event_key){ .id = x->f.event_id }, &e);
	if (rc == RC_NOTFOUND) {
		ctx_forgive(x->cx);
		*out = false;
		return RC_OK;
	}
	return rc;
}

static enum rc read_and_store(struct storing *s, const uint8_t hash[FEED_HASH_LEN])
{
	struct fetch *x = s->x;
	struct ctx *cx = x->cx;
	struct feed_settings set;
	enum rc rc;

	TRY(source_text(cx, &s->doc.text));
	TRY(settings_read(cx, &x->f, &set));
	TRY(values_read(x, &set, s->doc.text, &s->vs));
	s->to_ids = x->f.override_ids ? S("0") : x->f.force_to_ids ? S("1") : (struct str){ 0 };
	fetch_progress(x, 0, s->vs.n, "storing");
	TRY(store_begin(cx));
	rc = store_tx(s, hash);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static void remove_local(struct fetch *x)
{
	struct str path = source_path(x->cx, &x->f);

	if (path.p && x->f.delete_local_file)
		unlink(str_cdup(x->cx->mem, path));
}

enum rc fetch_list(struct fetch *x)
{
	SCOPED(storing_clear) struct storing s = { .x = x };
	uint8_t hash[FEED_HASH_LEN];
	bool known;

	TRY(event_there(x, &known));
	TRY(source_get(x, S(""), known, &s.doc));
	if (!s.doc.not_modified)
		crypto_generichash(hash, sizeof(hash), (const uint8_t *)s.doc.text.p, s.doc.text.n, NULL, 0);
	if (s.doc.not_modified || (known && memcmp(hash, x->f.content_hash, sizeof(hash)) == 0)) {
		x->rep->same_content = true;
		x->rep->event_id = x->f.event_id;
		return RC_OK;
	}
	TRY(read_and_store(&s, hash)); /* NOLINT(clang-analyzer-unix.Malloc): storing_clear frees them */
	remove_local(x);
	return RC_OK;
}
