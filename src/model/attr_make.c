/* attr_make.c - from what was sent to a complete attribute, in MISP's order: type, value, defaults, checks. Adding and editing differ in what
 * stands in the attribute before. Uniqueness in the event and the site's import expressions need the store and come after this. */
#include "model/attr.h"

#include "model/field_int.h"
#include "model/value.h"

static bool is_image(struct str name)
{
	static const struct str ends[] = { S(".png"), S(".jpg"), S(".jpeg"), S(".gif") };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (str_ends_nocase(name, ends[i]))
			return true;
	return false;
}

/* The raw value: value, or value1 and value2 joined where value is empty. {NULL,0} when none was sent. */
static struct str raw_value(struct ctx *cx, const struct attr_in *in)
{
	struct str v1 = in->value1, v2 = in->value2;
	char *p;

	if (in->value.n || (v1.n == 0 && v2.n == 0))
		return in->value;
	if (v2.n == 0)
		return v1;
	p = arena_alloc(cx->mem, v1.n + 1 + v2.n);
	if (v1.n)
		memcpy(p, v1.p, v1.n);
	p[v1.n] = '|';
	memcpy(p + v1.n + 1, v2.p, v2.n);
	return str_n(p, v1.n + 1 + v2.n);
}

static enum rc set_value(struct ctx *cx, struct str raw, struct attr *at)
{
	struct str value = in_has(raw) ? value_normalise(cx->mem, at->type, raw) : S("");
	const char *wrong = value_check(at->type, value);

	if (wrong)
		return fail_field(cx, RC_INVALID, "value", "%s", wrong);
	value_split(at->type, value, &at->value1, &at->value2);
	return RC_OK;
}

static enum rc set_category(struct ctx *cx, struct str sent, struct attr *at)
{
	sent = str_trim(sent);
	if (sent.n) {
		at->cat = cat_find(sent);
		if (at->cat < 0)
			return fail_field(cx, RC_INVALID, "category", "Unknown category '%.*s'.", STR(str_sub(sent, 0, 64)));
	}
	if (!attr_type_in_cat(at->type, at->cat))
		return fail_field(cx, RC_INVALID, "type", "Options depend on the selected category.");
	return RC_OK;
}

/* Everything behind type, value and category; at holds the defaults or the stored values. */
static enum rc set_rest(struct ctx *cx, const struct attr_in *in, const struct attr_defaults *d, struct attr *at)
{
	TRY(field_bool(cx, "to_ids", in->to_ids, &at->to_ids));
	TRY(field_bool(cx, "deleted", in->deleted, &at->deleted));
	TRY(field_bool(cx, "disable_correlation", in->disable_correlation, &at->disable_correlation));
	TRY(field_dist(cx, in->distribution, in->sharing_group_id, DIST_INHERIT, &at->distribution, &at->sharing_group_id));
	TRY(field_timestamp(cx, in->timestamp, d->now_s, &at->timestamp));
	TRY(field_seen(cx, in->first_seen, in->last_seen, &at->first_seen_us, &at->last_seen_us));
	TRY(field_text(cx, "comment", in->comment, &at->comment));
	TRY(field_text(cx, "object_relation", in->relation, &at->relation));
	if (d->in_object && at->relation.n == 0)
		return fail_field(cx, RC_INVALID, "object_relation", "Object attributes need an object relation.");
	return RC_OK;
}

static enum rc find_type(struct ctx *cx, struct str name, const struct attr_type **out)
{
	*out = attr_type_find(name);
	return *out ? RC_OK : fail_field(cx, RC_INVALID, "type", "Invalid type.");
}

enum rc attr_make(struct ctx *cx, const struct attr_in *in, const struct attr_defaults *d, struct attr *out)
{
	struct attr at = {
		.distribution = d->distribution, .first_seen_us = SEEN_NONE, .last_seen_us = SEEN_NONE,
		.comment = S(""), .relation = S(""),
	};
	struct str type = str_trim(in->type);

	if (type.n == 0)
		return fail_field(cx, RC_INVALID, "type", "No type set.");
	TRY(find_type(cx, type, &at.type));
	if (in->value_is_array)
		return fail_field(cx, RC_INVALID, "value", "Value is an array.");
	TRY(set_value(cx, raw_value(cx, in), &at));
	at.cat = at.type->cat_default;
	TRY(set_category(cx, in->category, &at));
	TRY(field_uuid_new(cx, in->uuid, &at.uuid));
	at.to_ids = at.type->to_ids;
	at.disable_correlation = (in->data.n || in->data_raw.n) && str_eq(at.type->name, S("attachment")) && is_image(at.value1);
	TRY(set_rest(cx, in, d, &at));
	*out = at;
	return RC_OK;
}

enum rc attr_change(struct ctx *cx, const struct attr_in *in, const struct attr_defaults *d, struct attr *out)
{
	struct attr at = *out;
	struct str type = str_trim(in->type), raw;

	if (type.n)
		TRY(find_type(cx, type, &at.type));
	if (in->value_is_array)
		return fail_field(cx, RC_INVALID, "value", "Value is an array.");
	raw = raw_value(cx, in);
	if (in_has(raw))
		TRY(set_value(cx, raw, &at));
	else if (at.type != out->type)
		TRY(set_value(cx, value_join(cx->mem, out->type, out->value1, out->value2), &at));
	TRY(set_category(cx, in->category, &at));
	TRY(set_rest(cx, in, d, &at));
	*out = at;
	return RC_OK;
}
