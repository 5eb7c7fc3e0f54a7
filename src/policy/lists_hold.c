/* lists_hold.c - see lists_hold.h. One set is kept; a set in use by readers lives until the last of them lets go. */
#include "policy/lists_hold.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/seek.h"

enum { CHECK_US = 200000 };

struct hold {
	struct wl_set *set;
	struct warninglist *lists;
	size_t n;
	struct arena *mem;
	unsigned users; /* the cache's own included */
};

static struct {
	pthread_mutex_t lock;
	const struct store *st;
	struct uuid instance;
	struct hold *hold;
	int64_t version, checked_us;
	uint64_t writes;
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void drop(struct hold *h)
{
	if (!h || --h->users)
		return;
	wl_set_free(h->set);
	arena_free(h->mem);
	free(h);
}

struct fill {
	struct hold *h;
	size_t at; /* list begun */
};

static enum rc begin_list(struct ctx *cx, struct hold *h, size_t i)
{
	const struct warninglist *w = &h->lists[i];
	struct str types[256], one;
	struct wl_head head = { .name = w->name };
	struct cur c = cur_of(w->matching);
	size_t n = 0;

	if (!wl_type_find(w->type, &head.type))
		return fail(cx, RC_DB, "warninglist %lld has the unknown type %.*s", (long long)w->id, STR(w->type));
	while (n < 256 && cur_until(&c, ',', &one))
		types[n++] = str_trim(one);
	head.attributes = types;
	head.n_attributes = n;
	return wl_set_list(cx, h->set, w->id, &head);
}

static enum rc entry(void *arg, struct ctx *cx, const struct warninglist_entry *e)
{
	struct fill *f = arg;

	while (f->at < f->h->n && f->h->lists[f->at].id < e->list_id)
		f->at++;
	if (f->at == f->h->n || f->h->lists[f->at].id != e->list_id)
		return RC_OK; /* enabled in this very moment: next time */
	(void)cx;
	wl_set_add(f->h->set, e->value);
	return RC_OK;
}

static enum rc build(struct ctx *cx, struct hold **out)
{
	struct hold *h = calloc(1, sizeof(*h));
	struct warninglist *v;
	struct fill f = { .h = h };
	enum rc rc;

	if (!h)
		abort();
	h->users = 1;
	h->mem = arena_new(0);
	h->set = wl_set_new();
	rc = warninglist_list(cx, true, &v, &h->n);
	if (rc == RC_OK) {
		h->lists = arena_many(h->mem, h->n + 1, struct warninglist);
		for (size_t i = 0; i < h->n; i++) {
			h->lists[i] = v[i];
			h->lists[i].name = str_dup(h->mem, v[i].name);
			h->lists[i].type = str_dup(h->mem, v[i].type);
			h->lists[i].category = str_dup(h->mem, v[i].category);
			h->lists[i].matching = str_dup(h->mem, v[i].matching);
			h->lists[i].description = S("");
		}
	}
	for (size_t i = 0; rc == RC_OK && i < h->n; i++) {
		rc = begin_list(cx, h, i);
		f.at = i;
		if (rc == RC_OK)
			rc = warninglist_entries(cx, h->lists[i].id, entry, &f);
	}
	if (rc != RC_OK) {
		drop(h);
		return rc;
	}
	wl_set_ready(h->set);
	*out = h;
	return RC_OK;
}

enum rc lists_take(struct ctx *cx, struct lists_view *out)
{
	int64_t now = clock_mono_us(), version;
	uint64_t writes = atomic_load(&cx->st->writes);
	enum rc rc = RC_OK;

	pthread_mutex_lock(&cache.lock);
	if (cache.st != cx->st || !uuid_eq(&cache.instance, &cx->st->instance)) {
		drop(cache.hold);
		cache.hold = NULL;
		cache.st = cx->st;
		cache.instance = cx->st->instance;
	}
	if (!cache.hold || (!store_is_dry(cx) && (cache.writes != writes || now - cache.checked_us > CHECK_US))) {
		rc = data_version_get(cx, "warninglist", &version);
		if (rc == RC_OK && (!cache.hold || version != cache.version)) {
			struct hold *h;

			rc = build(cx, &h);
			if (rc == RC_OK) {
				drop(cache.hold);
				cache.hold = h;
				cache.version = store_is_dry(cx) ? -1 : version; /* lists of a dry run are read anew by the next */
			}
		}
		cache.checked_us = now;
		cache.writes = writes;
	}
	if (rc == RC_OK) {
		cache.hold->users++;
		*out = (struct lists_view){ cache.hold->set, cache.hold->lists, cache.hold->n, cache.hold };
	}
	pthread_mutex_unlock(&cache.lock);
	return rc;
}

void lists_release(struct lists_view *v)
{
	if (!v->hold)
		return;
	pthread_mutex_lock(&cache.lock);
	drop(v->hold);
	pthread_mutex_unlock(&cache.lock);
	v->hold = NULL;
}

void lists_forget(void)
{
	pthread_mutex_lock(&cache.lock);
	drop(cache.hold);
	cache.hold = NULL;
	cache.st = NULL;
	pthread_mutex_unlock(&cache.lock);
}

const struct warninglist *lists_find(const struct lists_view *v, int64_t id)
{
	size_t i = FIND(v->lists, v->n, id, id);

	return i < v->n ? &v->lists[i] : NULL;
}

bool lists_hit(const struct lists_view *v, const struct attr *a)
{
	size_t n = a->value1.n + 1 + a->value2.n;
	char small[512], *text = small;
	bool hit;

	if (!v->n)
		return false;
	if (!a->value2.n)
		return wl_check(v->set, a->type, a->value1, NULL, NULL) > 0;
	if (n > sizeof(small) && !(text = malloc(n)))
		abort();
	memcpy(text, a->value1.p, a->value1.n);
	text[a->value1.n] = '|';
	memcpy(text + a->value1.n + 1, a->value2.p, a->value2.n);
	hit = wl_check(v->set, a->type, str_n(text, n), NULL, NULL) > 0;
	if (text != small)
		free(text);
	return hit;
}

/* ---- loading a library ---- */

struct loading {
	bool enable;
	struct library_report *out;
	struct warninglist_writer w;
};

static enum rc put_entry(struct ctx *cx, void *arg, struct str value)
{
	struct loading *l = arg;

	return warninglist_entries_add(cx, &l->w, value);
}

static enum rc load_one(struct ctx *cx, struct loading *l, const struct wl_head *head)
{
	struct warninglist w = { .enabled = l->enable, .is_default = true }, there;
	struct buf types;
	enum rc rc;

	rc = warninglist_load(cx, 0, head->name, &there);
	if (rc != RC_OK && rc != RC_DONE)
		return rc;
	if (rc == RC_OK && there.version >= head->version) {
		if (there.enabled || !l->enable) {
			l->out->same++;
			return RC_OK;
		}
		there.enabled = true;
		l->out->updated++;
		return warninglist_update(cx, &there);
	}
	buf_init(&types, 1 << 16);
	for (size_t i = 0; i < head->n_attributes; i++)
		buf_fmt(&types, "%s%.*s", i ? ", " : "", STR(head->attributes[i]));
	w.matching = head->n_attributes ? str_dup(cx->mem, buf_view(&types)) : S("ALL");
	buf_clear(&types);
	w.name = head->name;
	w.description = head->description.p ? head->description : S("");
	w.category = head->category.p ? head->category : S("false_positive");
	w.type = wl_type_name(head->type);
	w.version = head->version;
	if (rc == RC_OK) {
		w.id = there.id;
		w.enabled = there.enabled || l->enable;
		TRY(warninglist_update(cx, &w));
		l->out->updated++;
	} else {
		TRY(warninglist_insert(cx, &w));
		l->out->added++;
	}
	TRY(warninglist_entries_open(cx, w.id, &l->w));
	rc = wl_file_entries(cx, head, put_entry, l);
	if (rc != RC_OK) {
		bulk_drop(&l->w.b);
		return rc;
	}
	return warninglist_entries_close(cx, &l->w);
}

/* A file that is not a warninglist is counted and left out. */
static enum rc load_file(struct ctx *cx, void *arg, struct str name, struct str text)
{
	struct loading *l = arg;
	struct arena_mark m = arena_mark(cx->mem);
	struct wl_head head;
	enum rc rc;

	(void)name;
	l->out->seen++;
	rc = wl_file_head(cx, text, &head);
	if (rc == RC_BAD || rc == RC_INVALID) {
		ctx_forgive(cx);
		l->out->bad++;
		rc = RC_OK;
	} else if (rc == RC_OK) {
		rc = load_one(cx, l, &head);
	}
	arena_reset(cx->mem, m);
	return rc;
}

enum rc lists_load_library(struct ctx *cx, struct str dir, bool enable, struct library_report *out)
{
	struct loading l = { .enable = enable, .out = out };

	*out = (struct library_report){ 0 };
	TRY(store_begin(cx));
	return library_end(cx, library_each(cx, str_cdup(cx->mem, dir), WL_DIR, WL_LEAF, load_file, &l), "Warninglist", out);
}
