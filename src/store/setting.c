/* setting.c - see setting.h. Numbers are atomics and texts lie behind a lock, so a reader waits for nobody but one who copies a text. */
#include "store/setting.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { CHECK_US = 1000000 };

struct settings {
	pthread_mutex_t lock;                          /* texts, and who reads them again */
	atomic_int_fast64_t checked_us;                /* 0: must be read */
	int64_t version;                               /* data_version "setting" of what is here */
	bool loaded;
	atomic_int_fast64_t number[SITE_COUNT];     /* flags and numbers */
	atomic_bool stored[SITE_COUNT];
	char *text[SITE_COUNT];                     /* malloc; NULL: the default */
};

struct settings *settings_new(void)
{
	struct settings *s = calloc(1, sizeof(*s));

	assert(s);
	pthread_mutex_init(&s->lock, NULL);
	for (int i = 0; i < SITE_COUNT; i++) {
		int64_t n = 0;

		if (site_setting(i)->type != SETTING_TEXT && !str_i64(str_c(site_setting(i)->dflt), &n))
			assert(!"a default that is no number");
		atomic_init(&s->number[i], n);
	}
	return s;
}

void settings_free(struct settings *s)
{
	if (!s)
		return;
	for (int i = 0; i < SITE_COUNT; i++)
		free(s->text[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void put(struct settings *s, int i, struct str value)
{
	const struct site_setting *r = site_setting(i);
	int64_t n;

	atomic_store(&s->stored[i], value.p != NULL);
	if (r->type == SETTING_TEXT) {
		free(s->text[i]);
		s->text[i] = value.p ? strndup(value.p, value.n) : NULL;
		return;
	}
	if (!value.p || !str_i64(str_trim(value), &n)) /* flags were stored as words once */
		n = !value.p ? strtoll(r->dflt, NULL, 10) : str_eq_nocase(value, S("true"));
	atomic_store(&s->number[i], n);
}

static enum rc read_all(struct ctx *cx, struct settings *s)
{
	static const struct sql Q = SQL("SELECT name, value FROM meta");
	SCOPED(lease_done) struct lease l = { 0 };
	SCOPED(stmt_done) struct stmt q = STMT_INIT;
	struct str found[SITE_COUNT] = { 0 };
	enum rc rc;

	TRY(lease_take(cx, &l));
	TRY(stmt_open(cx, l.c, &Q, &q));
	while ((rc = stmt_row(cx, &q)) == RC_OK) {
		int i = setting_by_name(col_text(&q, 0));

		if (i >= 0)
			found[i] = col_text_dup(cx, &q, 1);
	}
	if (rc != RC_DONE)
		return rc;
	for (int i = 0; i < SITE_COUNT; i++)
		put(s, i, found[i]);
	return RC_OK;
}

static enum rc fresh(struct ctx *cx, struct settings *s)
{
	int64_t version;

	TRY(data_version_get(cx, "setting", &version));
	if (!s->loaded || version != s->version)
		TRY(read_all(cx, s));
	s->version = version;
	s->loaded = true;
	return RC_OK;
}

enum rc settings_fresh(struct ctx *cx)
{
	struct settings *s = cx->st->settings;
	int64_t now = clock_mono_us(), checked = atomic_load(&s->checked_us);
	enum rc rc;

	if (store_is_dry(cx) || (checked && now - checked < CHECK_US))
		return RC_OK;
	pthread_mutex_lock(&s->lock);
	/* before the reading: what is changed meanwhile is seen by the next check */
	atomic_store(&s->checked_us, now ? now : 1);
	rc = fresh(cx, s);
	if (rc != RC_OK)
		atomic_store(&s->checked_us, 0);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

bool setting_on(const struct ctx *cx, enum setting s)
{
	assert(site_setting(s)->type == SETTING_BOOL);
	return atomic_load_explicit(&cx->st->settings->number[s], memory_order_relaxed) != 0;
}

int64_t setting_int(const struct ctx *cx, enum setting s)
{
	assert(site_setting(s)->type != SETTING_TEXT);
	return atomic_load_explicit(&cx->st->settings->number[s], memory_order_relaxed);
}

struct str setting_text(struct ctx *cx, enum setting s)
{
	struct settings *all = cx->st->settings;
	struct str out;

	assert(site_setting(s)->type == SETTING_TEXT);
	pthread_mutex_lock(&all->lock);
	out = str_dup(cx->mem, str_c(all->text[s] ? all->text[s] : site_setting(s)->dflt));
	pthread_mutex_unlock(&all->lock);
	return out;
}

bool setting_stored(const struct ctx *cx, enum setting s)
{
	return atomic_load(&cx->st->settings->stored[s]);
}

enum rc setting_store(struct ctx *cx, enum setting s, struct str value)
{
	static const struct sql Q = SQL("DELETE FROM meta WHERE name = $1");
	SCOPED(stmt_done) struct stmt q = STMT_INIT;

	if (value.p)
		TRY(meta_set(cx, site_setting(s)->name, value));
	else {
		TRY(stmt_open(cx, cx->conn, &Q, &q));
		bind_text(&q, 1, str_c(site_setting(s)->name));
		TRY(stmt_run(cx, &q));
	}
	return data_version_bump(cx, "setting");
}

void settings_changed(struct store *st)
{
	atomic_store(&st->settings->checked_us, 0);
}
