/* search.c - restSearch of attributes, events and objects: parameters to a search, a search to an answer. Also the event index. */
#include "api/api_int.h"
#include "export/search_doc.h"
#include "policy/import_rules.h"
#include "policy/lists_hold.h"
#include "store/tag.h"

#include "api/decaying.h"
#include "api/handlers.h"

/* what one restSearch needs until its answer is complete */
struct searching {
	struct ctx *cx;
	struct search s;
	struct search_options o;
	struct lists_view lists;
	struct search_doc *doc;
	struct decay_view *decay;
	struct allowed_set *allowed; /* of exports for detection; NULL: not looked at */
	bool enforce_lists;
	struct search inside; /* events: what of an event found is written */
};

static void done(void *arg)
{
	lists_release(&((struct searching *)arg)->lists);
}

/* What warninglists and allowed lists name is left out, as far as they are asked. */
static bool not_listed(void *arg, const struct attr *a)
{
	struct searching *x = arg;
	struct arena_mark m;
	bool hit;

	if (x->enforce_lists && lists_hit(&x->lists, a))
		return false;
	if (!x->allowed)
		return true;
	m = arena_mark(x->cx->mem);
	hit = allowed_hit(x->allowed, x->cx->mem, a);
	arena_reset(x->cx->mem, m);
	return !hit;
}

struct warn {
	struct lists_view *lists;
	struct jw *w;
	struct str value;
	bool open;
};

static bool warn_hit(void *arg, int64_t list_id, struct str entry)
{
	struct warn *x = arg;
	const struct warninglist *l = lists_find(x->lists, list_id);
	struct jw *w = x->w;

	if (!l)
		return true;
	if (!x->open) {
		jw_key(w, "warnings");
		jw_arr(w);
		x->open = true;
	}
	jw_obj(w);
	jw_kstr(w, "match", entry);
	jw_kstr(w, "value", x->value);
	jw_kid(w, "warninglist_id", list_id);
	jw_kstr(w, "warninglist_name", l->name);
	jw_kstr(w, "warninglist_category", l->category);
	jw_obj_end(w);
	return true;
}

void api_write_warnings(void *arg, struct jw *w, const struct attr *a)
{
	struct lists_view *lists = arg;
	struct warn x = { lists, w, a->value1, false };
	struct buf whole;

	if (!lists->n)
		return;
	buf_init(&whole, 1 << 20);
	buf_str(&whole, a->value1);
	if (a->value2.n) {
		buf_ch(&whole, '|');
		buf_str(&whole, a->value2);
	}
	x.value = buf_view(&whole);
	wl_check(lists->set, a->type, x.value, warn_hit, &x);
	if (x.open)
		jw_arr_end(w);
	buf_clear(&whole);
}

static enum deleted_mode deleted_of(const struct params *p)
{
	const struct param *x = param_get(p, "deleted");
	bool zero = false, one = false, only = false;

	if (!x)
		return DELETED_NO;
	for (size_t i = 0; i < x->n; i++) {
		if (str_eq(x->v[i], S("2")) || str_eq_nocase(x->v[i], S("only")))
			only = true;
		else if (str_eq(x->v[i], S("1")) || str_eq_nocase(x->v[i], S("true")))
			one = true;
		else
			zero = true;
	}
	if (only)
		return one || zero ? DELETED_ALL : DELETED_ONLY;
	if (one)
		return x->is_list && !zero ? DELETED_ONLY : DELETED_ALL;
	return DELETED_NO;
}

enum deleted_mode api_deleted(const struct params *p)
{
	return deleted_of(p);
}

static int tri(const struct params *p, const char *key)
{
	const struct param *x = param_get(p, key);
	bool yes = false, no = false;

	if (!x)
		return -1;
	for (size_t i = 0; i < x->n; i++) {
		if (str_eq(x->v[i], S("2")))
			yes = no = true;
		else if (x->v[i].n == 0 || str_eq(x->v[i], S("0")) || str_eq_nocase(x->v[i], S("false")))
			no = true;
		else
			yes = true;
	}
	return yes == no ? -1 : yes;
}

static void merge(struct cond *to, const struct cond *from)
{
	if (!cond_set(to))
		*to = *from;
}

/* the first of several spellings */
static void cond_of(const struct params *p, struct cond *out, const char *a, const char *b, const char *c)
{
	const char *names[] = { a, b, c };

	for (int i = 0; i < 3; i++) {
		struct cond x = { 0 };

		if (!names[i])
			continue;
		param_cond(p, names[i], &x);
		merge(out, &x);
	}
}

void api_split_bars(struct ctx *cx, struct cond_list *l)
{
	/* "a|b" in one text stands for several numbers, as MISP reads sharinggroup and the like */
	for (size_t i = 0; i < l->n; i++)
		if (str_chr(l->v[i], '|') != STR_NONE) {
			struct cur c = cur_of(l->v[i]);
			struct str one, *v = arena_many(cx->mem, l->n + l->v[i].n, struct str);
			size_t n = 0;

			for (size_t j = 0; j < l->n; j++)
				if (j != i)
					v[n++] = l->v[j];
			while (cur_until(&c, '|', &one))
				v[n++] = one;
			*l = (struct cond_list){ v, n };
			return;
		}
}

static void date_range(struct ctx *cx, const struct params *p, struct time_range *out)
{
	struct time_range from, to;

	param_range(cx, p, "from", &from);
	param_range(cx, p, "to", &to);
	*out = (struct time_range)RANGE_ALL;
	out->impossible = from.impossible || to.impossible;
	if (from.from != TIME_UNSET)
		out->from = from.from / 86400;
	if (to.from != TIME_UNSET)
		out->to = to.from / 86400;
	param_range(cx, p, "date", &from);
	if (param_get(p, "date")) {
		out->impossible |= from.impossible;
		out->from = from.from == TIME_UNSET ? TIME_UNSET : from.from / 86400;
		out->to = from.to == TIME_UNSET ? (param_get(p, "date")->n > 1 ? TIME_UNSET : out->to) : from.to / 86400;
	}
}

/* "\\" of a pattern stands for one backslash, as in SQL's LIKE */
static struct str unescape(struct ctx *cx, struct str s)
{
	char *out = arena_many(cx->mem, s.n + 1, char);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		out[n++] = s.p[i];
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '\\')
			i++;
	}
	return str_n(out, n);
}

/* eventinfo is a substring search; a pattern with backslashes is tried as it is, too */
static void info_pattern(struct ctx *cx, struct cond_list *l)
{
	struct str *v = arena_many(cx->mem, 2 * l->n + 1, struct str);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct str s = str_chr(l->v[i], '%') == STR_NONE ? str_fmt(cx->mem, "%%%.*s%%", STR(l->v[i])) : l->v[i];

		v[n++] = s;
		if (str_find(s, S("\\\\")) != STR_NONE)
			v[n++] = unescape(cx, s);
	}
	*l = (struct cond_list){ v, n };
}

void api_search_fill(struct ctx *cx, const struct params *p, enum search_what what, struct search *s)
{
	struct str quick;

	*s = (struct search)SEARCH_ALL;
	cond_of(p, &s->value, "value", NULL, NULL);
	cond_of(p, &s->value1, "value1", NULL, NULL);
	cond_of(p, &s->value2, "value2", NULL, NULL);
	cond_of(p, &s->type, "type", NULL, NULL);
	cond_of(p, &s->category, "category", NULL, NULL);
	cond_of(p, &s->relation, "object_relation", NULL, NULL);
	cond_of(p, &s->comment, "comment", NULL, NULL);
	cond_of(p, &s->uuid, "uuid", NULL, NULL);
	cond_of(p, &s->object_name, "object_name", NULL, NULL);
	cond_of(p, &s->object_template, "object_template_uuid", NULL, NULL);
	cond_of(p, &s->object_version, "object_template_version", NULL, NULL);
	s->of_objects = what == SEARCH_OBJECTS;
	cond_of(p, &s->eventid, "eventid", "event_id", "eventId");
	if (!cond_set(&s->eventid))
		cond_of(p, &s->eventid, "idList", "event_ids", NULL);
	cond_of(p, &s->event_uuid, "event_uuid", NULL, NULL);
	cond_of(p, &s->org, "org", "orgc", NULL);
	cond_of(p, &s->event_info, "eventinfo", "event_info", "info");
	cond_of(p, &s->threat_level, "threat_level_id", "threatlevel", NULL);
	cond_of(p, &s->analysis, "analysis", NULL, NULL);
	cond_of(p, &s->distribution, what == SEARCH_EVENTS ? "distribution" : NULL, NULL, NULL);
	cond_of(p, &s->sharing_group, "sharinggroup", "sharing_group_id", NULL);
	cond_of(p, &s->tags, "tags", "tag", NULL);
	cond_of(p, &s->event_tags, "event_tags", NULL, NULL);
	api_split_bars(cx, &s->sharing_group.any);
	info_pattern(cx, &s->event_info.any);
	info_pattern(cx, &s->event_info.none);
	param_range(cx, p, "timestamp", what == SEARCH_EVENTS ? &s->event_timestamp : &s->timestamp);
	if (param_get(p, "event_timestamp"))
		param_range(cx, p, "event_timestamp", &s->event_timestamp);
	if (param_get(p, "attribute_timestamp"))
		param_range(cx, p, "attribute_timestamp", &s->timestamp);
	param_range(cx, p, "publish_timestamp", &s->publish_timestamp);
	param_range(cx, p, "first_seen", &s->first_seen);
	param_range(cx, p, "last_seen", &s->last_seen);
	if (param_get(p, "last"))
		param_range(cx, p, "last", &s->publish_timestamp);
	date_range(cx, p, &s->date);
	s->to_ids = tri(p, "to_ids");
	if (param_get(p, "to_ids") && str_eq_nocase(param_text(p, "to_ids"), S("exclude")))
		s->to_ids = 0;
	s->published = tri(p, "published");
	s->proposed = tri(p, "hasproposal");
	s->deleted = deleted_of(p);
	if (str_eq_nocase(param_text(p, "deleted"), S("true")) && !param_get(p, "deleted")->is_list)
		s->deleted = DELETED_ONLY; /* a client's plain true asks a search for the deleted ones; a view includes them */
	quick = param_text(p, "quickFilter");
	if (!quick.n)
		quick = param_text(p, "quickfilter");
	if (!quick.n)
		quick = param_text(p, "searchall");
	if (quick.n && !str_eq(quick, S("1")) && !str_eq_nocase(quick, S("true")) && !str_eq(quick, S("0")) && !str_eq_nocase(quick, S("false")))
		s->quick = str_chr(quick, '%') == STR_NONE ? str_fmt(cx->mem, "%%%.*s%%", STR(quick)) : quick;
	else if (param_bool(p, "searchall", false) && s->value.any.n) { /* searchall: true turns value into a search everywhere */
		s->quick = str_fmt(cx->mem, "%%%.*s%%", STR(s->value.any.v[0]));
		s->value = (struct cond){ 0 };
	}
	s->tags_on_event = what == SEARCH_EVENTS;
}

static enum rc more(void *arg, struct buf *out)
{
	struct searching *x = arg;

	return search_doc_more(x->cx, x->doc, out);
}

static enum rc columns(struct ctx *cx, const struct params *p, struct search_options *o)
{
	const struct param *x = param_get(p, "requested_attributes");

	(void)cx;
	if (x) {
		o->columns = x->v;
		o->column_n = x->n;
	}
	return RC_OK;
}

/* "cursor" beside page and limit: "" for the first page, then what the header X-Next-Cursor of the page before said. A place between two rows in the order
 * of ids, so that writes meanwhile neither repeat nor hide a row that was there all along. No header: that was the last page. */
static enum rc cursor(struct req *rq, struct resp *rs, const struct params *p, struct searching *x, struct query *q, bool *first)
{
	struct ctx *cx = rq->cx;
	struct str text = param_text(p, "cursor");
	int64_t event_id = 0, id = 0;
	struct query *look;
	size_t n = 0;
	bool done = false;

	*first = true;
	if (!param_get(p, "cursor") && !text.p)
		return RC_OK;
	if (x->o.what == SEARCH_OBJECTS)
		return fail_field(cx, RC_INVALID, "cursor", "A cursor goes through events or attributes.");
	if (text.n) {
		size_t dash = str_chr(text, '-');

		if (dash == STR_NONE || !str_i64(str_n(text.p, dash), &event_id) || !str_i64(str_from(text, dash + 1), &id) || event_id < 0 || id < 0)
			return fail_field(cx, RC_INVALID, "cursor", "Invalid cursor.");
		*first = false;
	}
	if (!x->o.limit)
		x->o.limit = 1000;
	if (x->o.limit > 100000)
		x->o.limit = 100000;
	x->o.page = 1;
	query_seek(q, event_id, x->o.what == SEARCH_EVENTS && event_id ? INT64_MAX : id);
	look = query_copy(cx, q); /* where this page ends, read ahead of it */
	query_seek(look, event_id, x->o.what == SEARCH_EVENTS && event_id ? INT64_MAX : id);
	if (x->o.what == SEARCH_EVENTS && !query_on_attrs(look)) {
		struct event *v;

		TRY(query_events(cx, look, x->o.limit, &v, &n, &done));
		query_place(look, &event_id, &id);
	} else if (x->o.what == SEARCH_ATTRIBUTES) {
		struct attr *v;

		TRY(query_attrs(cx, look, x->o.limit, &v, &n, &done));
		query_place(look, &event_id, &id);
	} else {
		while (!done && n <= x->o.limit) { /* events by their attributes: one row more than the page tells where it ends */
			struct attr *v;
			size_t k;

			TRY(query_attrs(cx, look, 1000, &v, &k, &done));
			for (size_t i = 0; i < k && n <= x->o.limit; i++)
				if ((!n || v[i].event_id != event_id) && n++ < x->o.limit)
					event_id = v[i].event_id;
		}
		n = n > x->o.limit ? x->o.limit : 0;
	}
	if (n == x->o.limit)
		resp_header(rq, rs, "X-Next-Cursor", str_fmt(cx->mem, "%lld-%lld", (long long)event_id, (long long)(x->o.what == SEARCH_EVENTS ? 0 : id)));
	return RC_OK;
}

/* A small answer is made whole, so that a failure has its own answer; a long one is streamed behind its first piece. */
static enum rc answer(struct req *rq, struct resp *rs, struct searching *x)
{
	enum rc rc = RC_OK;

	x->cx = rq->cx;
	if (x->o.attachments)
		return api_spool(rq, rs, more, x);
	while (rs->body.n < 512 << 10) {
		rc = search_doc_more(rq->cx, x->doc, &rs->body);
		if (rc != RC_OK)
			break;
	}
	if (rc == RC_DONE)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	/* what is there already goes first */
	return api_stream(rq, rs, more, x);
}

/* An event found is written with the attributes that match; conditions on events select events only, except that attributes with a tag asked not to be
 * there are left out. A csv lists all attributes of the events found, less what to_ids, deleted and the like take away. */
static enum rc look_inside(struct ctx *cx, struct searching *x, bool csv, bool by_attrs)
{
	const struct search *s = &x->s;
	struct search *in = &x->inside;
	struct query *q;

	*in = (struct search)SEARCH_ALL;
	in->to_ids = s->to_ids;
	in->deleted = s->deleted;
	in->tags.none = s->tags.none;
	in->object_template = s->object_template;
	in->object_version = s->object_version;
	in->tags_on_event = true;
	in->keep = s->keep;
	in->keep_arg = s->keep_arg;
	in->decay = s->decay;
	in->sift = s->sift;
	in->sift_arg = s->sift_arg;
	x->o.by_event = by_attrs && (in->decay || in->sift || cond_set(&s->value) || cond_set(&s->value1) || cond_set(&s->value2) || cond_set(&s->type) || cond_set(&s->category) ||
				cond_set(&s->relation) || cond_set(&s->object_name) || cond_set(&s->comment) || cond_set(&s->tags));
	if (!csv) {
		in->value = s->value;
		in->value1 = s->value1;
		in->value2 = s->value2;
		in->type = s->type;
		in->category = s->category;
		in->relation = s->relation;
		in->object_name = s->object_name;
		in->uuid = s->uuid;
		in->comment = s->comment;
		in->timestamp = s->timestamp;
		in->first_seen = s->first_seen;
		in->last_seen = s->last_seen;
		in->quick = s->quick;
	}
	TRY(query_compile(cx, cx->scope, in, &q));
	if (query_on_attrs(q) || cond_set(&in->tags) || in->keep || in->decay || in->sift || x->o.by_event)
		x->o.inside = q;
	return RC_OK;
}

/* the format asked for: by name, by the path's ending or piece, by Accept */
static struct str format_of(struct req *rq, const struct params *p)
{
	struct str format = param_text(p, "returnFormat");

	if (format.n)
		return format;
	if (rq->ext.n)
		return rq->ext;
	if (rq->nseg > 2)
		return rq->seg[2];
	return api_wants_xml(rq) ? S("xml") : S("json");
}

enum rc api_rest_search(struct req *rq, struct resp *rs, enum search_what what, struct params p)
{
	struct ctx *cx = rq->cx;
	struct searching *x = arena_one(cx->mem, struct searching);
	const struct search_format *f;
	struct query *q;
	struct str format = format_of(rq, &p);
	int64_t n, total;
	bool exclude;
	bool first;

	f = search_format_find(format, what);
	if (!f)
		return fail(cx, RC_NOTFOUND, "Invalid output format: %.*s", STR(utf8_cut(format, 64)));
	x->cx = cx;
	api_search_fill(cx, &p, what, &x->s);
	if (f->only_detectable) {
		struct allowed_set *allowed;

		TRY(allowed_open(cx, &allowed));
		if (allowed_any(allowed)) {
			x->allowed = allowed;
			x->s.keep = not_listed;
			x->s.keep_arg = x;
		}
		if (x->s.to_ids < 0 && !param_get(&p, "to_ids"))
			x->s.to_ids = 1;
		if (x->s.published < 0 && !param_get(&p, "published"))
			x->s.published = 1;
	}
	x->o = (struct search_options){
		.what = what,
		.pretty = api_pretty(rq),
		.metadata = param_bool(&p, "metadata", false),
		.include_context = param_bool(&p, "includeContext", false),
		.include_event_uuid = param_bool(&p, "includeEventUuid", false),
		.include_event_tags = param_bool(&p, "includeEventTags", false),
		.include_sightings = param_bool(&p, "includeSightings", false),
		.include_correlations = param_bool(&p, "includeCorrelations", false),
		.include_warnings = param_bool(&p, "includeWarninglistHits", false),
		.headerless = param_bool(&p, "headerless", false),
		.attachments = param_bool(&p, "withAttachments", param_bool(&p, "includeAttachments", false)),
		.no_galaxies = param_bool(&p, "excludeGalaxy", false),
		.no_reports = param_bool(&p, "noEventReports", false),
		.no_proposals = param_bool(&p, "noShadowAttributes", false),
		.no_local_tags = param_bool(&p, "excludeLocalTags", false),
		.group_ids_only = param_bool(&p, "sgReferenceOnly", false),
		.include_proposals = param_bool(&p, "includeProposals", false),
		.include_galaxy = param_bool(&p, "includeGalaxy", false),
		.no_sightings = param_bool(&p, "noSightings", false),
		.extended = param_bool(&p, "extended", false),
		.hash_type = param_text(&p, "hash_type"),
		.galaxy = param_text(&p, "attackGalaxy"),
		.deleted = x->s.deleted,
	};
	if (x->o.hash_type.n && !str_eq(x->o.hash_type, S("md5")) && !str_eq(x->o.hash_type, S("sha1")) && !str_eq(x->o.hash_type, S("sha256")))
		return fail_field(cx, RC_METHOD, "hash_type", "Invalid hashing algo");
	n = param_int(&p, "limit", 0);
	x->o.limit = n > 0 ? (size_t)n : 0;
	n = param_int(&p, "page", 1);
	x->o.page = n > 0 ? (size_t)n : 1;
	TRY(columns(cx, &p, &x->o));
	if (param_bool(&p, "enforceWarninglist", false) || x->o.include_warnings) {
		TRY(lists_take(cx, &x->lists));
		arena_cleanup(cx->mem, done, x);
		if (param_bool(&p, "enforceWarninglist", false)) {
			x->enforce_lists = true;
			x->s.keep = not_listed;
			x->s.keep_arg = x;
		}
		if (x->o.include_warnings) {
			x->o.warnings = api_write_warnings;
			x->o.warnings_arg = &x->lists;
		}
	}
	TRY(api_decay(rq, &p, &x->decay, &exclude));
	x->o.decay = x->decay;
	if (x->decay && exclude)
		decay_view_filter(x->decay, &x->s);
	if (what == SEARCH_EVENTS)
		TRY(look_inside(cx, x, f->by_attrs, f->by_attrs));
	TRY(query_compile(cx, cx->scope, &x->s, &q));
	TRY(cursor(rq, rs, &p, x, q, &first));
	TRY(search_doc_open(cx, cx->scope, q, &x->o, f, &x->doc));
	if (first) {
		TRY(search_doc_count(cx, x->doc, &total));
		api_count(rq, rs, total);
	}
	resp_header(rq, rs, "X-Response-Format", str_c(f->name));
	resp_header(rq, rs, "X-Export-Module-Used", str_c(f->name));
	resp_header(rq, rs, "X-Skipped-Elements-Count", S("0"));
	rs->type = f->media;
	return answer(rq, rs, x);
}

static enum rc plain(struct req *rq, struct resp *rs, enum search_what what)
{
	struct params p;

	TRY(api_params(rq, &p));
	return api_rest_search(rq, rs, what, p);
}

enum rc attributes_rest_search(struct req *rq, struct resp *rs)
{
	return plain(rq, rs, SEARCH_ATTRIBUTES);
}

enum rc events_rest_search(struct req *rq, struct resp *rs)
{
	return plain(rq, rs, SEARCH_EVENTS);
}

enum rc objects_rest_search(struct req *rq, struct resp *rs)
{
	return plain(rq, rs, SEARCH_OBJECTS);
}
