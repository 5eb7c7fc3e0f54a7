/* misp_proposal.c - see misp_proposal.h. One table says which member stands in which shape, in the order of the answers. */
#include "format/misp_proposal.h"

#include "base/seek.h"
#include "format/misp_write.h"

#define BIT(shape) (1u << (shape))
enum { SAVED = BIT(PROPOSAL_SAVED), ALONE = BIT(PROPOSAL_ALONE), LISTED = BIT(PROPOSAL_LISTED), INSIDE = BIT(PROPOSAL_INSIDE), ALL = 15 };

static void kvalue(struct jw *w, const struct attr *a)
{
	struct buf b;

	if (!a->value2.n) {
		jw_kstr(w, "value", a->value1);
		return;
	}
	buf_init(&b, a->value1.n + a->value2.n + 64);
	buf_str(&b, a->value1);
	buf_ch(&b, '|');
	buf_str(&b, a->value2);
	jw_kstr(w, "value", buf_view(&b));
	buf_clear(&b);
}

static void korg(struct jw *w, const struct proposal *p, bool with_local)
{
	jw_key(w, "Org");
	jw_obj(w);
	jw_kid(w, "id", p->org_id);
	jw_kstr(w, "name", p->org_name);
	jw_kuuid(w, "uuid", &p->org_uuid);
	if (with_local)
		jw_kbool(w, "local", p->org_local);
	jw_obj_end(w);
}

#define MEMBERS(X) \
	X(ALL, jw_kid(w, "id", a->id)) \
	X(ALL, jw_kid(w, "old_id", p->old_id)) \
	X(ALL, jw_kid(w, "event_id", a->event_id)) \
	X(ALL, jw_kstr(w, "type", a->type->name)) \
	X(ALL, jw_kstr(w, "category", cat_name(a->cat))) \
	X(ALL, jw_kuuid(w, "uuid", &a->uuid)) \
	X(ALL, jw_kbool(w, "to_ids", a->to_ids)) \
	X(ALL, jw_kstr(w, "comment", a->comment)) \
	X(SAVED, jw_kid(w, "event_org_id", p->event_org_id)) \
	X(SAVED, jw_kstr(w, "email", p->email)) \
	X(ALONE | LISTED | INSIDE, jw_kid(w, "org_id", p->org_id)) \
	X(SAVED | LISTED | INSIDE, jw_kid(w, "timestamp", a->timestamp)) \
	X(ALL, misp_write_seen(w, "first_seen", a->first_seen_us)) \
	X(ALL, misp_write_seen(w, "last_seen", a->last_seen_us)) \
	X(SAVED | LISTED, jw_kbool(w, "deleted", a->deleted)) \
	X(LISTED | INSIDE, jw_kbool(w, "proposal_to_delete", p->to_delete)) \
	X(LISTED, jw_kbool(w, "disable_correlation", a->disable_correlation)) \
	X(ALL, kvalue(w, a)) \
	X(LISTED, jw_kuuid(w, "org_uuid", &p->org_uuid)) \
	X(LISTED | INSIDE, jw_kuuid(w, "event_uuid", &p->event_uuid)) \
	X(LISTED | INSIDE, korg(w, p, shape == PROPOSAL_INSIDE))

void misp_write_proposal(struct jw *w, enum proposal_shape shape, const struct proposal *p)
{
	const struct attr *a = &p->a;

	jw_obj(w);
#define X(shapes, member) \
	if ((shapes) & BIT(shape)) \
		member;
	MEMBERS(X)
#undef X
	if (shape == PROPOSAL_LISTED && p->old_id && !uuid_is_nil(&p->old_uuid))
		jw_kuuid(w, "old_uuid", &p->old_uuid);
	jw_obj_end(w);
}

void misp_write_proposals(struct jw *w, const struct proposal *p, size_t n, int64_t attr_id)
{
	size_t i = SEEK(p, n, old_id, attr_id);

	jw_key(w, "ShadowAttribute");
	jw_arr(w);
	for (; i < n && p[i].old_id == attr_id; i++)
		misp_write_proposal(w, PROPOSAL_INSIDE, &p[i]);
	jw_arr_end(w);
}
