/* sightings_more.c - sightings beyond adding and searching: what peers send, counts, one by itself. */
#include "api/sightings_more.h"

#include <stdlib.h>

#include "api/api_int.h"
#include "api/handlers.h"
#include "policy/sighting_save.h"
#include "store/sighting.h"

static void done(struct req *rq, struct resp *rs, bool saved, struct str text)
{
	struct jw w = api_json(rq, rs);

	jw_obj(&w);
	jw_kbool(&w, "saved", saved);
	jw_kstr(&w, "success", text);
	jw_obj_end(&w);
}

enum rc sightings_view(struct req *rq, struct resp *rs)
{
	struct sighting_row r;
	struct event_key k;
	struct org org;
	struct jw w;
	enum rc rc = event_key_parse(req_var(rq, 0), &k) ? sighting_load(rq->cx, rq->cx->scope, k.id, &k.uuid, &r) : RC_DONE;

	if (rc == RC_DONE)
		return fail(rq->cx, RC_NOTFOUND, "Invalid sighting.");
	TRY(rc);
	org = (struct org){ .id = r.s.org_id, .uuid = r.org_uuid, .name = r.org_name };
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_key(&w, "Sighting");
	misp_write_sighting(&w, &(struct sighting_out){ .sighting = &r.s, .org = &org }, false);
	jw_key(&w, "Organisation");
	misp_write_org(&w, &org, false);
	jw_obj_end(&w);
	return RC_OK;
}

/* The one call for a button: the answer of add is of no use to it. */
enum rc sightings_quick_add(struct req *rq, struct resp *rs)
{
	struct resp full = { 0 };
	enum rc rc;

	buf_init(&full.body, 1 << 20);
	rc = sightings_add(rq, &full);
	buf_clear(&full.body);
	TRY(rc);
	done(rq, rs, true, S("Sighting added."));
	return RC_OK;
}

enum rc sightings_quick_delete(struct req *rq, struct resp *rs)
{
	struct resp full = { 0 };
	enum rc rc;

	buf_init(&full.body, 1 << 20);
	rc = sightings_delete(rq, &full);
	buf_clear(&full.body);
	TRY(rc);
	done(rq, rs, true, S("Sighting deleted."));
	return RC_OK;
}

/* ---- counts ---- */

/* Sightings of the events or attributes that the path names, "1|2|3". */
static enum rc named(struct req *rq, struct sighting_row **out, size_t *n)
{
	struct ctx *cx = rq->cx;
	struct str context = req_var(rq, 1).n ? req_var(rq, 1) : S("attribute"), one;
	struct cur c = cur_of(req_var(rq, 0));
	size_t cap = 0, asked = 0;

	*out = NULL;
	*n = 0;
	if (!str_eq(context, S("attribute")) && !str_eq(context, S("event")))
		return fail(cx, RC_METHOD, "Invalid context");
	while (cur_until(&c, '|', &one)) {
		struct sighting_filter f = { .to_s = INT64_MAX, .type = -1, .limit = 1000 };
		struct sighting_row *v;
		struct event_key k;
		struct event e;
		struct attr a;
		size_t got;

		if (++asked > 1000)
			return fail(cx, RC_BAD, "at most 1000 ids in one call");
		if (!event_key_parse(str_trim(one), &k))
			return fail(cx, RC_METHOD, "Invalid object.");
		if (str_eq(context, S("event"))) {
			TRY(event_load(cx, cx->scope, &k, &e));
			f.event_id = e.id;
		} else {
			TRY(attr_load(cx, cx->scope, &k, &a));
			f.event_id = a.event_id;
			f.attr_id = a.id;
		}
		do {
			TRY(sighting_search(cx, cx->scope, &f, &v, &got));
			for (size_t i = 0; i < got; i++) {
				*out = arena_grow(cx->mem, *out, &cap, *n, sizeof(**out));
				(*out)[(*n)++] = v[i];
				f.after = v[i].s.id;
			}
		} while (got == f.limit);
	}
	return RC_OK;
}

enum rc sightings_advanced(struct req *rq, struct resp *rs)
{
	static const char *const types[] = { "sighting", "false-positive", "expiration" };
	struct sighting_row *v;
	size_t n;
	struct jw w;

	TRY(named(rq, &v, &n));
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kstr(&w, "context", req_var(rq, 1).n ? req_var(rq, 1) : S("attribute"));
	jw_kstr(&w, "id", utf8_cut(req_var(rq, 0), 4096));
	for (int t = 0; t < 3; t++) {
		int64_t count = 0, first = 0, last = 0;

		for (size_t i = 0; i < n; i++)
			if ((int)v[i].s.type == t) {
				first = !count || v[i].s.date_sighting < first ? v[i].s.date_sighting : first;
				last = !count || v[i].s.date_sighting > last ? v[i].s.date_sighting : last;
				count++;
			}
		jw_key(&w, types[t]);
		jw_obj(&w);
		jw_kint(&w, "count", count);
		jw_kid(&w, "first", first);
		jw_kid(&w, "last", last);
		jw_obj_end(&w);
	}
	jw_obj_end(&w);
	return RC_OK;
}

static int by_time(const void *x, const void *y)
{
	const struct sighting_row *a = x, *b = y;

	return a->s.date_sighting < b->s.date_sighting ? -1 : a->s.date_sighting > b->s.date_sighting;
}

/* "Date,Close", a line a day on which it was seen: what charts are drawn from */
enum rc sightings_statistics(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct sighting_row *v;
	size_t n, k = 0;
	struct str csv;
	struct buf b;
	struct jw w;

	TRY(named(rq, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (v[i].s.type == SIGHTING_SEEN)
			v[k++] = v[i];
	if (k)
		qsort(v, k, sizeof(*v), by_time);
	buf_init(&b, 16 << 20);
	buf_str(&b, S("Date,Close\n"));
	for (size_t i = 0, j; i < k; i = j) {
		char day[CLOCK_TEXT_MAX];

		for (j = i + 1; j < k && v[j].s.date_sighting / 86400 == v[i].s.date_sighting / 86400;)
			j++;
		clock_date(v[i].s.date_sighting < (int64_t)1 << 40 ? v[i].s.date_sighting * 1000000 : 0, day);
		buf_fmt(&b, "%s,%zu\n", day, j - i);
	}
	csv = str_dup(cx->mem, buf_view(&b));
	buf_clear(&b);
	w = api_json(rq, rs);
	jw_obj(&w);
	jw_kstr(&w, "csv", csv);
	jw_obj_end(&w);
	return RC_OK;
}

/* ---- what peers send ---- */

static struct str scalar_text(struct jr *r)
{
	enum jkind k = jr_peek(r);

	if (k == J_OBJ || k == J_ARR || k == J_NULL) {
		jr_skip(r);
		return (struct str){ 0 };
	}
	return jr_text_dup(r);
}

static void read_one(struct jr *r, struct sighting_doc *d)
{
	const struct {
		const char *name;
		struct str *to;
	} fields[] = { { "uuid", &d->uuid }, { "date_sighting", &d->date }, { "source", &d->source }, { "type", &d->type }, { "org_id", &d->org_id } };
	struct str key, attr_id = { 0 };

	for (jr_obj(r); jr_member(r, &key);) {
		size_t i = 0;

		while (i < sizeof(fields) / sizeof(*fields) && !str_eq(key, str_c(fields[i].name)))
			i++;
		if (i < sizeof(fields) / sizeof(*fields)) {
			*fields[i].to = scalar_text(r);
		} else if (str_eq(key, S("attribute_uuid"))) {
			d->attribute = scalar_text(r);
		} else if (str_eq(key, S("attribute_id"))) {
			attr_id = scalar_text(r);
		} else if (str_eq(key, S("Sighting")) && jr_peek(r) == J_OBJ) {
			read_one(r, d);
		} else if (str_eq(key, S("Organisation")) && jr_peek(r) == J_OBJ) {
			for (jr_obj(r); jr_member(r, &key);) {
				if (str_eq(key, S("uuid")))
					d->org.uuid = scalar_text(r);
				else if (str_eq(key, S("name")))
					d->org.name = scalar_text(r);
				else
					jr_skip(r);
			}
		} else {
			jr_skip(r);
		}
	}
	if (!d->attribute.n && attr_id.n)
		d->attribute = attr_id;
}

static void read_list(struct ctx *cx, struct jr *r, struct sighting_doc **v, size_t *n, size_t *cap)
{
	for (jr_arr(r); jr_elem(r);) {
		struct sighting_doc d = { .attribute = { 0 } };

		if (jr_peek(r) != J_OBJ) {
			jr_skip(r);
			continue;
		}
		read_one(r, &d);
		*v = arena_grow(cx->mem, *v, cap, *n, sizeof(**v));
		(*v)[(*n)++] = d;
	}
}

enum rc sightings_bulk_save(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str body = str_trim(rq->body), key;
	struct sighting_doc *v = NULL;
	size_t n = 0, cap = 0, saved;
	struct event e;
	struct jr r;

	TRY(api_event(rq, 0, &e));
	jr_init(&r, cx, body.n ? body : S("[]"), NULL);
	if (jr_peek(&r) == J_OBJ) {
		for (jr_obj(&r); jr_member(&r, &key);) {
			if (str_eq(key, S("Sighting")) && jr_peek(&r) == J_ARR)
				read_list(cx, &r, &v, &n, &cap);
			else
				jr_skip(&r);
		}
	} else {
		read_list(cx, &r, &v, &n, &cap);
	}
	TRY(jr_end(&r));
	TRY(sightings_take_in(cx, &e, v, n, &saved));
	done(rq, rs, saved > 0, saved ? str_fmt(cx->mem, "%zu sightings added.", saved) : S("No sightings added."));
	return RC_OK;
}

/* Of the uuids sent those that the event has here. */
enum rc sightings_filter_for_push(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct str body = str_trim(rq->body);
	struct event e;
	struct jr r;
	struct jw w;

	TRY(api_event(rq, 0, &e));
	w = api_json(rq, rs);
	jw_arr(&w);
	jr_init(&r, cx, body.n ? body : S("[]"), NULL);
	for (jr_arr(&r); jr_elem(&r);) {
		struct sighting_row row;
		struct uuid u;
		enum rc rc;

		if (jr_peek(&r) != J_STR) {
			jr_skip(&r);
			continue;
		}
		if (!uuid_parse(str_trim(jr_text(&r)), &u))
			continue;
		rc = sighting_load(cx, &scope_all, 0, &u, &row);
		if (rc != RC_OK && rc != RC_DONE)
			return rc;
		if (rc == RC_OK && row.s.event_id == e.id) {
			char text[UUID_TEXT + 1];

			uuid_text(&u, text);
			jw_str(&w, str_n(text, UUID_TEXT));
		}
	}
	TRY(jr_end(&r));
	jw_arr_end(&w);
	return RC_OK;
}
