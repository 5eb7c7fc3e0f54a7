/* statistics.c - users/statistics: the instance in numbers, its organisations, users, tags, attributes, sightings. Numbers of events are of those the reader sees. */
#include "api/galaxy_files.h"
#include "api/people.h"
#include "api/settings.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/seek.h"
#include "base/utf8.h"
#include "model/attr_type.h"
#include "policy/access.h"
#include "store/setting.h"
#include "store/stats.h"
#include "store/tag.h"
#include "store/taxonomy.h"

enum { DAY = 86400, YEAR_DAYS = 365 };

/* First second of this month, and of this year. */
static void starts(const struct ctx *cx, int64_t *month, int64_t *year)
{
	char text[CLOCK_TEXT_MAX];
	struct str date = str_n(text, (size_t)clock_date(cx->now_us, text));
	int64_t us;

	*month = *year = 0;
	text[8] = '0';
	text[9] = '1';
	if (clock_parse(date, &us, NULL))
		*month = us / 1000000;
	text[5] = '0';
	text[6] = '1';
	if (clock_parse(date, &us, NULL))
		*year = us / 1000000;
}

static void count_text(struct jw *w, int64_t n)
{
	char text[24];

	jw_str(w, str_n(text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)n)));
}

static void k_count(struct jw *w, const char *key, int64_t n)
{
	jw_kid(w, key, n);
}

static enum rc stats_data(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	int64_t month, year, local, other;
	struct stats_instance x;
	struct jw w;

	starts(cx, &month, &year);
	TRY(stats_instance(cx, cx->scope, month, &x));
	TRY(stats_made_since(cx, STATS_LOCAL_ORGS, 0, &local));
	TRY(stats_made_since(cx, STATS_OTHER_ORGS, 0, &other));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "stats");
	jw_obj(&w);
	k_count(&w, "event_count", x.events);
	k_count(&w, "event_count_month", x.events_month);
	k_count(&w, "attribute_count", x.attributes);
	k_count(&w, "attribute_count_month", x.attributes_month);
	k_count(&w, "attributes_per_event", x.events ? (x.attributes + x.events / 2) / x.events : 0);
	k_count(&w, "correlation_count", x.correlations);
	k_count(&w, "proposal_count", x.proposals);
	k_count(&w, "user_count", x.users);
	k_count(&w, "user_count_pgp", x.users_pgp);
	k_count(&w, "org_count", local + other);
	k_count(&w, "local_org_count", local);
	k_count(&w, "contributing_org_count", x.contributing_orgs);
	jw_kstr(&w, "average_user_per_org", local ? str_fmt(cx->mem, "%.3g", (double)(x.users * 10 / local) / 10) : S("0"));
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

static enum rc stats_users(struct req *rq, struct resp *rs)
{
	static const struct {
		const char *key;
		enum stats_who who;
	} parts[] = { { "user", STATS_USERS }, { "org_local", STATS_LOCAL_ORGS }, { "org_external", STATS_OTHER_ORGS } };
	struct jw w = api_json(rq, rs);
	int64_t month, year, n;

	starts(rq->cx, &month, &year);
	jw_obj(&w);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		jw_key(&w, parts[i].key);
		jw_obj(&w);
		jw_key(&w, "data");
		jw_obj(&w);
		TRY(stats_made_since(rq->cx, parts[i].who, 0, &n));
		jw_kint(&w, "total", n);
		TRY(stats_made_since(rq->cx, parts[i].who, month, &n));
		jw_kint(&w, "month", n);
		TRY(stats_made_since(rq->cx, parts[i].who, year, &n));
		jw_kint(&w, "year", n);
		jw_obj_end(&w);
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- organisations ---- */

struct by_org {
	struct stat_row *events, *days, *types;
	size_t event_n, day_n, type_n;
};

static void write_days(struct jw *w, const struct by_org *x, int64_t org)
{
	struct buf csv;

	buf_init(&csv, 1 << 20);
	buf_str(&csv, S("Date,Close\n"));
	jw_key(w, "orgActivity");
	jw_obj(w);
	jw_key(w, "data");
	jw_obj(w);
	for (size_t i = SEEK(x->days, x->day_n, key, org); i < x->day_n && x->days[i].key == org; i++) {
		char text[CLOCK_TEXT_MAX];
		int n = clock_date(x->days[i].sub * DAY * 1000000, text);

		jw_key_str(w, str_n(text, (size_t)n));
		count_text(w, x->days[i].n);
		buf_fmt(&csv, "%.*s,%lld\n", n, text, (long long)x->days[i].n);
	}
	jw_obj_end(w);
	jw_kstr(w, "csv", buf_view(&csv));
	buf_clear(&csv);
	jw_kid(w, "orgId", org);
	jw_obj_end(w);
}

static int by_org_name(const void *a, const void *b)
{
	return str_cmp(((const struct org_row *)a)->o.name, ((const struct org_row *)b)->o.name);
}

/* Organisations whose existence the reader may know: with Security.hide_organisation_index_from_users his own and those of events he sees. */
static bool known(const struct ctx *cx, const struct by_org *x, int64_t org)
{
	if (user_is_site_admin(cx->who) || !setting_on(cx, SITE_HIDE_ORGS) || org == cx->who->org_id)
		return true;
	return FIND(x->events, x->event_n, key, org) < x->event_n;
}

static enum rc stats_orgs(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str scope = req_param(rq, "scope");
	enum org_where where = str_eq(scope, S("external")) ? ORG_EXTERNAL : str_eq(scope, S("all")) ? ORG_ALL : ORG_LOCAL;
	struct by_org x = { 0 };
	struct org_row *v;
	struct jw w;
	size_t n;

	TRY(org_list(cx, where, (struct str){ 0 }, &v, &n));
	TRY(stats_org_events(cx, cx->scope, &x.events, &x.event_n));
	TRY(stats_org_days(cx, cx->scope, ctx_now_s(cx) - YEAR_DAYS * DAY, &x.days, &x.day_n));
	if (n)
		qsort(v, n, sizeof(*v), by_org_name);
	w = api_json(rq, rs);
	jw_obj(&w);
	for (size_t i = 0; i < n; i++) {
		const struct org *o = &v[i].o;
		size_t at = FIND(x.events, x.event_n, key, o->id);

		if (!known(cx, &x, o->id))
			continue;
		jw_key_str(&w, o->name);
		jw_obj(&w);
		jw_kid(&w, "id", o->id);
		jw_kstr(&w, "name", o->name);
		jw_kstr(&w, "description", o->description.p ? o->description : S(""));
		jw_kbool(&w, "local", o->local);
		if (o->contacts.p)
			jw_kstr(&w, "contacts", o->contacts);
		else
			jw_knull(&w, "contacts");
		jw_kstr(&w, "type", o->type);
		jw_kstr(&w, "sector", o->sector);
		jw_kstr(&w, "nationality", o->nationality);
		k_count(&w, "userCount", v[i].user_count);
		k_count(&w, "eventCount", at < x.event_n ? x.events[at].n : 0);
		k_count(&w, "attributeCount", at < x.event_n ? x.events[at].sub : 0);
		write_days(&w, &x, o->id);
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}

/* attributes of each organisation by type */
static enum rc stats_histogram(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct by_org x = { 0 };
	struct org_row *v;
	struct jw w;
	size_t n;

	TRY(org_list(cx, ORG_ALL, (struct str){ 0 }, &v, &n));
	TRY(stats_org_types(cx, cx->scope, &x.types, &x.type_n));
	w = api_json(rq, rs);
	jw_arr(&w);
	for (size_t i = 0; i < x.type_n;) {
		size_t at = FIND(v, n, o.id, x.types[i].key);
		int64_t org = x.types[i].key, total = 0;

		jw_obj(&w);
		jw_key(&w, "data");
		jw_obj(&w);
		for (; i < x.type_n && x.types[i].key == org; i++) {
			const struct attr_type *t = attr_type_by_id((int)x.types[i].sub);

			if (!t)
				continue;
			jw_key_str(&w, t->name);
			count_text(&w, x.types[i].n);
			total += x.types[i].n;
		}
		jw_obj_end(&w);
		jw_kstr(&w, "org_name", at < n ? v[at].o.name : S(""));
		jw_kint(&w, "total", total);
		jw_obj_end(&w);
	}
	jw_arr_end(&w);
	return RC_OK;
}

/* ---- tags by taxonomy, as a flat table and as a tree ---- */

static struct str group_of(struct str name, const struct taxonomy_row *t, size_t n)
{
	size_t colon = str_chr(name, ':');

	for (size_t i = 0; colon != STR_NONE && i < n; i++)
		if (t[i].t.enabled && str_eq(str_sub(name, 0, colon), t[i].t.namespace))
			return t[i].t.namespace;
	return S("custom");
}

static void write_group(struct jw *w, const struct tag_row *v, const struct str *groups, size_t n, size_t first, bool tree)
{
	for (size_t i = first; i < n; i++) {
		if (!groups[i].p || !str_eq(groups[i], groups[first]))
			continue;
		if (!tree)
			jw_key_str(w, v[i].t.name);
		jw_obj(w);
		jw_kstr(w, "name", v[i].t.name);
		k_count(w, "size", v[i].event_count);
		jw_obj_end(w);
	}
}

static enum rc stats_tags(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct taxonomy_row *taxa;
	struct tag_row *v;
	struct str *groups;
	size_t n, taxon_n;
	struct jw w;

	TRY(tag_list(cx, (struct str){ 0 }, true, &v, &n));
	TRY(taxonomy_list(cx, false, &taxa, &taxon_n));
	groups = arena_many(cx->mem, n + 1, struct str);
	for (size_t i = 0; i < n; i++)
		groups[i] = v[i].event_count && user_may_use_tag(cx->who, &v[i].t) ? group_of(v[i].t.name, taxa, taxon_n) : (struct str){ 0 };
	w = api_json(rq, rs);
	jw_obj(&w);
	for (int tree = 0; tree < 2; tree++) {
		jw_key(&w, tree ? "treemap" : "flatData");
		jw_obj(&w);
		if (tree) {
			jw_kstr(&w, "name", S("tags"));
			jw_key(&w, "children");
			jw_arr(&w);
		}
		for (size_t i = 0; i < n; i++) {
			bool first = groups[i].p != NULL;

			for (size_t j = 0; j < i && first; j++)
				first = !groups[j].p || !str_eq(groups[j], groups[i]);
			if (!first)
				continue;
			if (tree) {
				jw_obj(&w);
				jw_kstr(&w, "name", groups[i]);
				jw_key(&w, "children");
				jw_arr(&w);
			} else {
				jw_key_str(&w, groups[i]);
				jw_obj(&w);
			}
			write_group(&w, v, groups, n, i, tree);
			if (tree)
				jw_arr_end(&w);
			jw_obj_end(&w);
		}
		if (tree)
			jw_arr_end(&w);
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- the organisation's own sightings by source ---- */

static struct str source_of(const struct stat_row *r)
{
	return r->text.n ? r->text : S("Undefined");
}

static enum rc stats_sighting(struct req *rq, struct resp *rs)
{
	static const char *const kinds[] = { "sighting", "false-positive", "expiration" };
	struct stat_row *v;
	struct params p;
	struct jw w;
	size_t n;

	TRY(api_params(rq, &p));
	TRY(stats_sightings(rq->cx, rq->cx->who->org_id, param_int(&p, "timestamp", 0), &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "toplist");
	jw_obj(&w);
	for (size_t i = 0; i < n;) {
		struct str source = v[i].text;
		int64_t sum = 0;

		jw_key_str(&w, source_of(&v[i]));
		for (; i < n && str_eq(v[i].text, source); i++)
			sum += v[i].n;
		jw_int(&w, sum);
	}
	jw_obj_end(&w);
	jw_key(&w, "eventids");
	jw_obj(&w);
	for (size_t i = 0; i < n;) {
		struct str source = v[i].text;

		jw_key_str(&w, source_of(&v[i]));
		jw_obj(&w);
		while (i < n && str_eq(v[i].text, source)) {
			int64_t type = v[i].sub;

			jw_key(&w, kinds[type >= 0 && type < 3 ? type : 0]);
			jw_arr(&w);
			for (; i < n && str_eq(v[i].text, source) && v[i].sub == type; i++)
				count_text(&w, v[i].key);
			jw_arr_end(&w);
		}
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	jw_obj_end(&w);
	return RC_OK;
}

enum rc users_statistics(struct req *rq, struct resp *rs)
{
	static const struct {
		const char *name;
		enum rc (*make)(struct req *rq, struct resp *rs);
	} pages[] = { { "data", stats_data }, { "orgs", stats_orgs }, { "users", stats_users }, { "tags", stats_tags }, { "attributehistogram", stats_histogram },
		{ "galaxyMatrix", galaxy_matrix_statistics },
		{ "sightings", stats_sighting } };
	struct str page = req_var(rq, 0);

	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		if (str_eq(page.n ? page : S("data"), str_c(pages[i].name)))
			return pages[i].make(rq, rs);
	return fail(rq->cx, RC_NOTFOUND, "There are no statistics named %.*s.", STR(utf8_cut(page, 64)));
}
