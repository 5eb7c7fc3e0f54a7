/* feed_make.c - from what a client sent to a complete feed: defaults and checks. */
#include "feed/feed_int.h"

#include "model/attr.h"

static enum rc set_bool(struct ctx *cx, const char *field, struct str s, bool *out)
{
	if (!s.p)
		return RC_OK;
	s = str_trim(s);
	if (str_eq(s, S("1")) || str_eq_nocase(s, S("true")))
		*out = true;
	else if (s.n == 0 || str_eq(s, S("0")) || str_eq_nocase(s, S("false")))
		*out = false;
	else
		return fail_field(cx, RC_INVALID, field, "%s is true or false", field);
	return RC_OK;
}

static enum rc set_id(struct ctx *cx, const char *field, struct str s, int64_t *out)
{
	int64_t v = 0;

	if (!s.p)
		return RC_OK;
	s = str_trim(s);
	if (s.n && (!str_i64(s, &v) || v < 0))
		return fail_field(cx, RC_INVALID, field, "%s is a number", field);
	*out = v;
	return RC_OK;
}

static void set_text(struct str s, struct str *out)
{
	if (s.p)
		*out = s;
}

static enum rc set_word(struct ctx *cx, const char *field, struct str s, const char *const *words, struct str *out)
{
	if (!s.p)
		return RC_OK;
	for (size_t i = 0; words[i]; i++)
		if (str_eq_nocase(str_trim(s), str_c(words[i]))) {
			*out = str_c(words[i]);
			return RC_OK;
		}
	return fail_field(cx, RC_INVALID, field, "Invalid %s.", field);
}

static enum rc check_url(struct ctx *cx, const struct feed *f)
{
	bool web = str_starts_nocase(f->url, S("http://")) || str_starts_nocase(f->url, S("https://"));

	if (f->url.n == 0)
		return fail_field(cx, RC_INVALID, "url", "The address of a feed cannot be empty.");
	if (memchr(f->url.p, 0, f->url.n) || f->url.n > 4096)
		return fail_field(cx, RC_INVALID, "url", "Invalid address.");
	if (str_eq(f->input_source, S("network")) && !web && !str_starts(f->url, S("file://")))
		return fail_field(cx, RC_INVALID, "url", "The address of a network feed starts with http:// or https://.");
	if (str_eq(f->input_source, S("local")) && web)
		return fail_field(cx, RC_INVALID, "url", "The address of a local feed is the path of a file or folder.");
	return RC_OK;
}

static enum rc check(struct ctx *cx, const struct feed *f)
{
	struct feed_settings s;
	struct feed_rules r;

	if (str_trim(f->name).n == 0)
		return fail_field(cx, RC_INVALID, "name", "The name of a feed cannot be empty.");
	if (str_trim(f->provider).n == 0)
		return fail_field(cx, RC_INVALID, "provider", "The provider of a feed cannot be empty.");
	TRY(check_url(cx, f));
	if (settings_read(cx, f, &s) != RC_OK) {
		struct err was = cx->err;

		ctx_forgive(cx);
		return fail_field(cx, RC_INVALID, "settings", "%s", was.msg);
	}
	if (rules_read(cx, f->rules.p ? f->rules : S(""), &r) != RC_OK) {
		struct err was = cx->err;

		ctx_forgive(cx);
		return fail_field(cx, RC_INVALID, "rules", "%s", was.msg);
	}
	return RC_OK;
}

static enum rc set_all(struct ctx *cx, const struct feed_in *in, struct feed *f)
{
	static const char *const formats[] = { "misp", "csv", "freetext", NULL }, *const sources[] = { "network", "local", NULL };
	int64_t dist = f->distribution;

	set_text(in->name, &f->name);
	set_text(in->provider, &f->provider);
	if (in->url.p)
		f->url = str_trim(in->url);
	set_text(in->rules, &f->rules);
	set_text(in->settings, &f->settings);
	set_text(in->headers, &f->headers);
	TRY(set_word(cx, "source_format", in->source_format, formats, &f->source_format));
	TRY(set_word(cx, "input_source", in->input_source, sources, &f->input_source));
	TRY(set_bool(cx, "enabled", in->enabled, &f->enabled));
	TRY(set_bool(cx, "default", in->is_default, &f->is_default));
	TRY(set_bool(cx, "fixed_event", in->fixed_event, &f->fixed_event));
	TRY(set_bool(cx, "delta_merge", in->delta_merge, &f->delta_merge));
	TRY(set_bool(cx, "publish", in->publish, &f->publish));
	TRY(set_bool(cx, "override_ids", in->override_ids, &f->override_ids));
	TRY(set_bool(cx, "force_to_ids", in->force_to_ids, &f->force_to_ids));
	TRY(set_bool(cx, "delete_local_file", in->delete_local_file, &f->delete_local_file));
	TRY(set_bool(cx, "lookup_visible", in->lookup_visible, &f->lookup_visible));
	TRY(set_bool(cx, "caching_enabled", in->caching_enabled, &f->caching_enabled));
	TRY(set_id(cx, "distribution", in->distribution, &dist));
	if (dist > DIST_INHERIT)
		return fail_field(cx, RC_INVALID, "distribution", "Invalid distribution.");
	f->distribution = (int)dist;
	TRY(set_id(cx, "sharing_group_id", in->sharing_group_id, &f->sharing_group_id));
	TRY(set_id(cx, "tag_id", in->tag_id, &f->tag_id));
	TRY(set_id(cx, "event_id", in->event_id, &f->event_id));
	TRY(set_id(cx, "orgc_id", in->orgc_id, &f->orgc_id));
	TRY(set_id(cx, "tag_collection_id", in->tag_collection_id, &f->tag_collection_id));
	return check(cx, f);
}

enum rc feed_make(struct ctx *cx, const struct feed_in *in, struct feed *out)
{
	struct feed f = { .name = S(""), .provider = S(""), .url = S(""), .source_format = S("misp"), .input_source = S("network"), .settings = S("[]") };

	TRY(set_all(cx, in, &f));
	*out = f;
	return RC_OK;
}

enum rc feed_change(struct ctx *cx, const struct feed_in *in, struct feed *f, bool *forget)
{
	struct feed now = *f;

	TRY(set_all(cx, in, &now));
	*forget = !str_eq(now.url, f->url) || !str_eq(now.source_format, f->source_format) || !str_eq(now.input_source, f->input_source) ||
		  !str_eq(now.settings, f->settings) || !str_eq(now.rules, f->rules) || now.fixed_event != f->fixed_event || now.delta_merge != f->delta_merge ||
		  now.event_id != f->event_id || now.tag_id != f->tag_id;
	*f = now;
	return RC_OK;
}
