/* event_make.c - see event_make.h. */
#include "model/event_make.h"

#include "base/clock.h"
#include "model/field_int.h"

/* YYYY-MM-DD, also with a time of day behind it. */
static enum rc set_date(struct ctx *cx, struct str s, int32_t *out)
{
	struct str day = str_sub(s = str_trim(s), 0, 10);
	int64_t us;

	if (s.n == 0)
		return RC_OK;
	if (day.n < 10 || day.p[4] != '-' || !clock_parse(day, &us, NULL) || (s.n > 10 && !clock_parse(s, &(int64_t){ 0 }, NULL)))
		return fail_field(cx, RC_INVALID, "date", "Expected date format: YYYY-MM-DD");
	*out = (int32_t)(us / 86400000000 - (us % 86400000000 < 0));
	return RC_OK;
}

static enum rc small(struct ctx *cx, const char *field, struct str s, int min, int max, const char *msg, int *out)
{
	int64_t v = *out;

	TRY(field_int(cx, field, s, min, max, msg, &v));
	*out = (int)v;
	return RC_OK;
}

static enum rc set_event(struct ctx *cx, const struct event_in *in, struct event *e)
{
	TRY(field_text(cx, "info", in->info, &e->info));
	if (e->info.n == 0)
		return fail_field(cx, RC_INVALID, "info", "Info cannot be empty.");
	TRY(set_date(cx, in->date, &e->date));
	TRY(small(cx, "threat_level_id", in->threat_level_id, 1, 4, "Options: 1 (High), 2 (Medium), 3 (Low), 4 (Undefined).",
		  &e->threat_level_id));
	TRY(small(cx, "analysis", in->analysis, 0, 2, "Options: 0 (Initial), 1 (Ongoing), 2 (Completed).", &e->analysis));
	TRY(field_dist(cx, in->distribution, in->sharing_group_id, DIST_SHARING_GROUP, &e->distribution, &e->sharing_group_id));
	TRY(field_bool(cx, "published", in->published, &e->published));
	TRY(field_bool(cx, "locked", in->locked, &e->locked));
	TRY(field_bool(cx, "disable_correlation", in->disable_correlation, &e->disable_correlation));
	TRY(field_bool(cx, "protected", in->is_protected, &e->is_protected));
	TRY(field_timestamp(cx, in->timestamp, ctx_now_s(cx), &e->timestamp));
	TRY(field_int(cx, "publish_timestamp", in->publish_timestamp, 0, INT64_MAX, "Timestamp must be a number of seconds.",
		      &e->publish_timestamp));
	return field_uuid_opt(cx, "extends_uuid", in->extends_uuid, &e->extends_uuid, &e->has_extends);
}

enum rc event_make(struct ctx *cx, const struct event_in *in, int dist_default, struct event *out)
{
	int64_t day = ctx_now_s(cx) / 86400 - (ctx_now_s(cx) % 86400 < 0);
	struct event e = { .info = S(""), .date = (int32_t)day, .threat_level_id = 4, .distribution = dist_default };

	TRY(field_uuid_new(cx, in->uuid, &e.uuid));
	TRY(set_event(cx, in, &e));
	*out = e;
	return RC_OK;
}

enum rc event_change(struct ctx *cx, const struct event_in *in, struct event *out)
{
	struct event e = *out;

	TRY(set_event(cx, in, &e));
	*out = e;
	return RC_OK;
}

static enum rc set_object(struct ctx *cx, const struct object_in *in, struct object *o)
{
	TRY(field_text(cx, "name", in->name, &o->name));
	if (o->name.n == 0)
		return fail_field(cx, RC_INVALID, "name", "Name cannot be empty.");
	TRY(field_text(cx, "meta-category", in->meta_category, &o->meta_category));
	TRY(field_text(cx, "description", in->description, &o->description));
	TRY(field_uuid_opt(cx, "template_uuid", in->template_uuid, &o->template_uuid, &o->has_template));
	TRY(field_int(cx, "template_version", in->template_version, 0, INT32_MAX, "Template version must be a whole number.",
		      &o->template_version));
	TRY(field_text(cx, "comment", in->comment, &o->comment));
	TRY(field_dist(cx, in->distribution, in->sharing_group_id, DIST_INHERIT, &o->distribution, &o->sharing_group_id));
	TRY(field_bool(cx, "deleted", in->deleted, &o->deleted));
	TRY(field_timestamp(cx, in->timestamp, ctx_now_s(cx), &o->timestamp));
	return field_seen(cx, in->first_seen, in->last_seen, &o->first_seen_us, &o->last_seen_us);
}

enum rc object_make(struct ctx *cx, const struct object_in *in, int dist_default, struct object *out)
{
	struct object o = {
		.name = S(""), .meta_category = S(""), .description = S(""), .comment = S(""), .distribution = dist_default,
		.first_seen_us = SEEN_NONE, .last_seen_us = SEEN_NONE,
	};

	TRY(field_uuid_new(cx, in->uuid, &o.uuid));
	TRY(set_object(cx, in, &o));
	*out = o;
	return RC_OK;
}

enum rc object_change(struct ctx *cx, const struct object_in *in, struct object *out)
{
	struct object o = *out;

	TRY(set_object(cx, in, &o));
	*out = o;
	return RC_OK;
}
