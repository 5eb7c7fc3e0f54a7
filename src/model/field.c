/* field.c - members common to events, objects and attributes. */
#include "model/field_int.h"

#include "model/datetime.h"
#include "model/value.h"
#include "base/clock.h"

#define SECONDS_MAX 253402300799 /* end of the year 9999 */

enum rc field_bool(struct ctx *cx, const char *field, struct str s, bool *out)
{
	static const struct {
		struct str text;
		bool v;
	} words[] = {
		{ S("1"), true }, { S("0"), false }, { S("true"), true }, { S("false"), false },
		{ S("yes"), true }, { S("no"), false }, { S("on"), true }, { S("off"), false },
	};

	if (s.n == 0)
		return RC_OK;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_eq_nocase(s, words[i].text)) {
			*out = words[i].v;
			return RC_OK;
		}
	return fail_field(cx, RC_INVALID, field, "Invalid value, expected true or false.");
}

enum rc field_int(struct ctx *cx, const char *field, struct str s, int64_t min, int64_t max, const char *msg, int64_t *out)
{
	int64_t v;

	s = str_trim(s);
	if (s.n == 0)
		return RC_OK;
	if (!str_i64(s, &v) || v < min || v > max)
		return fail_field(cx, RC_INVALID, field, "%s", msg);
	*out = v;
	return RC_OK;
}

enum rc field_dist(struct ctx *cx, struct str dist, struct str group, int max, int *out, int64_t *out_group)
{
	int64_t d = *out, g = *out_group;

	TRY(field_int(cx, "distribution", dist, 0, max,
		      max == DIST_INHERIT ? "Options: 0 (Your organisation only), 1 (This community only), 2 (Connected communities), "
					    "3 (All communities), 4 (Sharing group), 5 (Inherit event)."
					  : "Options: 0 (Your organisation only), 1 (This community only), 2 (Connected communities), "
					    "3 (All communities), 4 (Sharing group).",
		      &d));
	if (d == DIST_SHARING_GROUP)
		TRY(field_int(cx, "sharing_group_id", group, 0, INT64_MAX, "Invalid sharing group.", &g));
	*out = (int)d;
	*out_group = d == DIST_SHARING_GROUP ? g : 0;
	return RC_OK;
}

enum rc field_timestamp(struct ctx *cx, struct str s, int64_t now_s, int64_t *out)
{
	int64_t v = 0;

	TRY(field_int(cx, "timestamp", s, 0, SECONDS_MAX, "Timestamp must be a number of seconds.", &v));
	*out = v ? v : now_s;
	return RC_OK;
}

static enum rc seen(struct ctx *cx, const char *field, struct str s, int64_t *out)
{
	if (!in_has(s))
		return RC_OK;
	if (str_trim(s).n == 0)
		*out = SEEN_NONE;
	else if (!clock_parse(s, out, NULL) && !datetime_parse(s, out, NULL))
		return fail_field(cx, RC_INVALID, field, "Invalid ISO 8601 format");
	else if (*out > SECONDS_MAX * 1000000 + 999999 || *out < -62167219200 * 1000000) /* years 0 to 9999 */
		return fail_field(cx, RC_INVALID, field, "Invalid ISO 8601 format");
	return RC_OK;
}

enum rc field_seen(struct ctx *cx, struct str first, struct str last, int64_t *out_first, int64_t *out_last)
{
	int64_t f = *out_first, l = *out_last;

	TRY(seen(cx, "first_seen", first, &f));
	TRY(seen(cx, "last_seen", last, &l));
	if (f != SEEN_NONE && l != SEEN_NONE && f > l)
		return fail_field(cx, RC_INVALID, "last_seen", "Last seen value should be greater than first seen value");
	*out_first = f;
	*out_last = l;
	return RC_OK;
}

enum rc field_uuid_opt(struct ctx *cx, const char *field, struct str s, struct uuid *out, bool *has)
{
	if (!in_has(s))
		return RC_OK;
	s = str_trim(s);
	if (s.n == 0) {
		*out = (struct uuid){ 0 };
		*has = false;
		return RC_OK;
	}
	if (!uuid_parse(s, out))
		return fail_field(cx, RC_INVALID, field, "Please provide a valid RFC 4122 UUID");
	*has = true;
	return RC_OK;
}

enum rc field_uuid_new(struct ctx *cx, struct str s, struct uuid *out)
{
	bool has = false;

	TRY(field_uuid_opt(cx, "uuid", s, out, &has));
	if (!has)
		uuid_fresh(cx->now_us, out);
	return RC_OK;
}

enum rc field_text(struct ctx *cx, const char *field, struct str s, struct str *out)
{
	if (!in_has(s))
		return RC_OK;
	s = str_trim(s);
	if (s.n > VALUE_MAX)
		return fail_field(cx, RC_INVALID, field, "Text is too long, at most 65535 bytes are allowed.");
	*out = s.n ? s : S("");
	return RC_OK;
}
