/* blocklist.c - see blocklist.h. */
#include "policy/blocklist.h"

#include "base/utf8.h"
#include "policy/diff.h"
#include "policy/user_admin.h"
#include "store/audit.h"
#include "store/org.h"
#include "store/setting.h"

static const char *const models[] = { "EventBlocklist", "OrgBlocklist", "SightingBlocklist", "AnalystDataBlocklist" };

/* the members that MISP names differently in each */
static const char *const name_fields[] = { "event_info", "org_name", "org_name", "analyst_data_info" };
static const char *const orgc_fields[] = { "event_orgc", "event_orgc", "event_orgc", "analyst_data_orgc" };

static enum rc is_on(struct ctx *cx, enum block_kind kind, bool *out)
{
	static const enum setting settings[] = { SITE_EVENT_BLOCKLIST, SITE_ORG_BLOCKLIST, SITE_SIGHTING_BLOCKLIST };

	*out = true;
	if (kind == BLOCK_ANALYST) /* not to be switched off */
		return RC_OK;
	TRY(settings_fresh(cx));
	*out = setting_on(cx, settings[kind]);
	return RC_OK;
}

static enum rc site_admin_only(struct ctx *cx)
{
	return user_is_site_admin(cx->who) ? RC_OK : fail(cx, RC_DENIED, "You do not have permission to use this functionality.");
}

static enum rc audit_block(struct ctx *cx, const char *action, const struct block *b, struct str change)
{
	char uu[UUID_TEXT + 1];

	uuid_text(&b->uuid, uu);
	return audit_add(cx, &(struct audit){ .action = action, .model = models[b->kind], .model_id = b->id, .title = str_dup(cx->mem, str_n(uu, UUID_TEXT)),
					      .change = change }, NULL);
}

static enum rc block_apply(struct ctx *cx, const struct block_form *f, struct block *b)
{
	const struct {
		const char *field;
		struct str from, *to;
	} texts[] = { { name_fields[b->kind], f->name, &b->name }, { orgc_fields[b->kind], f->orgc, &b->orgc },
		      { "comment", f->comment, &b->comment } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (!in_has(texts[i].from))
			continue;
		if (texts[i].from.n > 65535)
			return fail_field(cx, RC_INVALID, texts[i].field, "The text is longer than 65535 bytes.");
		*texts[i].to = texts[i].from;
	}
	return RC_OK;
}

struct block_args {
	enum block_kind kind;
	const struct str *uuids;
	size_t n;
	const struct block_form *f;
	struct block_added *added;
	struct block b;
};

static enum rc transaction(struct ctx *cx, enum rc (*body)(struct ctx *cx, struct block_args *x), struct block_args *x)
{
	enum rc rc;

	TRY(site_admin_only(cx));
	TRY(store_begin(cx));
	rc = body(cx, x);
	if (rc == RC_OK)
		return store_commit(cx);
	store_rollback(cx);
	return rc;
}

static enum rc add_tx(struct ctx *cx, struct block_args *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct block b = { .kind = x->kind, .name = S(""), .orgc = S(""), .comment = S("") };
		struct str text = str_trim(x->uuids[i]);
		bool is_new = false;

		TRY(block_apply(cx, x->f, &b));
		if (uuid_parse(text, &b.uuid)) {
			TRY(block_insert(cx, &b, &is_new));
			if (is_new)
				TRY(audit_block(cx, "add", &b, (struct str){ 0 }));
		}
		if (is_new)
			x->added->added[x->added->added_n++] = text;
		else
			x->added->failed[x->added->failed_n++] = text;
	}
	return RC_OK;
}

enum rc block_add(struct ctx *cx, enum block_kind kind, const struct str *uuids, size_t n, const struct block_form *f, struct block_added *out)
{
	struct block_args x = { .kind = kind, .uuids = uuids, .n = n, .f = f, .added = out };

	out->added = arena_many(cx->mem, n + 1, struct str);
	out->failed = arena_many(cx->mem, n + 1, struct str);
	out->added_n = out->failed_n = 0;
	return transaction(cx, add_tx, &x);
}

static enum rc edit_tx(struct ctx *cx, struct block_args *x)
{
	struct block was;
	struct diff d;

	if (block_load(cx, x->kind, &(struct event_key){ .id = x->b.id }, &was) != RC_OK)
		return fail(cx, RC_NOTFOUND, "Blocklist item not found.");
	x->b = was;
	TRY(block_apply(cx, x->f, &x->b));
	TRY(block_update(cx, &x->b));
	diff_begin(&d);
	diff_text(&d, name_fields[x->kind], was.name, x->b.name);
	diff_text(&d, orgc_fields[x->kind], was.orgc, x->b.orgc);
	diff_text(&d, "comment", was.comment, x->b.comment);
	return audit_block(cx, "edit", &x->b, diff_end(cx, &d));
}

enum rc block_edit(struct ctx *cx, enum block_kind kind, const struct event_key *k, const struct block_form *f, struct block *out)
{
	struct block_args x = { .kind = kind, .f = f };
	enum rc rc = block_load(cx, kind, k, &x.b);

	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Blocklist item not found.");
	TRY(rc);
	TRY(transaction(cx, edit_tx, &x));
	*out = x.b;
	return RC_OK;
}

static enum rc remove_tx(struct ctx *cx, struct block_args *x)
{
	TRY(block_delete(cx, x->kind, x->b.id));
	return audit_block(cx, "delete", &x->b, (struct str){ 0 });
}

enum rc block_remove(struct ctx *cx, enum block_kind kind, const struct event_key *k, int64_t *id)
{
	struct block_args x = { .kind = kind };
	enum rc rc = block_load(cx, kind, k, &x.b);

	if (rc == RC_DONE)
		return fail(cx, RC_NOTFOUND, "Invalid blocklist entry");
	TRY(rc);
	*id = x.b.id;
	return transaction(cx, remove_tx, &x);
}

/* ---- what they keep out ---- */

static enum rc blocked(struct ctx *cx, enum block_kind kind, const struct uuid *u, bool *out)
{
	bool on;

	TRY(block_has(cx, kind, u, out));
	if (*out) { /* seldom: only then the setting is read */
		TRY(is_on(cx, kind, &on));
		*out = on;
	}
	return RC_OK;
}

enum rc block_check_event(struct ctx *cx, const struct uuid *u)
{
	bool no;

	TRY(blocked(cx, BLOCK_EVENT, u, &no));
	return no ? fail(cx, RC_DENIED, "Event blocked by event blocklist.") : RC_OK;
}

enum rc block_check_org(struct ctx *cx, const struct uuid *orgc)
{
	bool no;

	TRY(blocked(cx, BLOCK_ORG, orgc, &no));
	return no ? fail(cx, RC_DENIED, "Event blocked by organisation blocklist.") : RC_OK;
}

enum rc block_has_sightings_of(struct ctx *cx, const struct uuid *org, bool *out)
{
	return blocked(cx, BLOCK_SIGHTING, org, out);
}

enum rc block_deleted_event(struct ctx *cx, const struct event *e)
{
	struct block b = { .kind = BLOCK_EVENT, .uuid = e->uuid, .name = e->info, .comment = S("Automatically blocked by deleting event") };
	struct org_ref org;
	bool on, is_new;

	TRY(is_on(cx, BLOCK_EVENT, &on));
	if (!on)
		return RC_OK;
	TRY(org_ref_load(cx, e->orgc_id, &org));
	b.orgc = org.name.p ? org.name : S("");
	TRY(block_insert(cx, &b, &is_new));
	return is_new ? audit_block(cx, "add", &b, (struct str){ 0 }) : RC_OK;
}

enum rc block_has_analyst(struct ctx *cx, const struct uuid *u, bool *out)
{
	return block_has(cx, BLOCK_ANALYST, u, out);
}

enum rc block_deleted_analyst(struct ctx *cx, const struct uuid *u, struct str info, struct str orgc)
{
	struct block b = { .kind = BLOCK_ANALYST, .uuid = *u, .name = utf8_cut(info, 60000), .comment = S(""), .orgc = orgc.p ? orgc : S("") };
	bool is_new;

	TRY(block_insert(cx, &b, &is_new));
	return is_new ? audit_block(cx, "add", &b, (struct str){ 0 }) : RC_OK;
}
