/* ahead.c - the documents of a list fetched before they are asked for: a few threads read the next ones, each over a connection that it keeps, while
 * those before are stored. They are handed out in the order of the list, each with the failure it met. */
#include "feed/feed_int.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/client.h"

enum { THREADS = 4, SLOTS = 8 }; /* at most SLOTS documents are held; large ones lie in files */

struct slot {
	struct ctx cx; /* the document lives in its arena */
	struct feed_report rep;
	struct doc doc;
	enum rc rc;
	enum { FREE, READING, READY } state;
};

struct ahead {
	struct fetch *x;
	const struct uuid *v;
	size_t n;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t next, given;         /* the next to be read; handed out so far, the last of them still in its slot */
	atomic_bool quit;
	pthread_t thread[THREADS];
	int threads;
	struct slot slots[SLOTS];   /* document i in slot i % SLOTS */
};

static void read_one(struct ahead *a, struct slot *s, size_t i, struct http_session *session)
{
	struct fetch x = *a->x;
	char uuid[UUID_TEXT + 1];

	x.cx = &s->cx;
	x.rep = &s->rep;
	x.session = session;
	uuid_text(&a->v[i], uuid);
	s->rc = source_get(&x, str_fmt(s->cx.mem, "%s.json", uuid), false, &s->doc);
}

static void *reader(void *arg)
{
	struct http_session *session = http_session_new();
	struct ahead *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!atomic_load(&a->quit) && a->next < a->n) {
		struct slot *s = &a->slots[a->next % SLOTS];
		size_t i = a->next;

		if (s->state != FREE) {
			pthread_cond_wait(&a->moved, &a->lock);
			continue;
		}
		s->state = READING;
		a->next++;
		pthread_mutex_unlock(&a->lock);
		read_one(a, s, i, session);
		pthread_mutex_lock(&a->lock);
		s->state = READY;
		pthread_cond_broadcast(&a->moved);
	}
	pthread_mutex_unlock(&a->lock);
	http_session_free(session);
	return NULL;
}

struct ahead *ahead_open(struct fetch *x, const struct uuid *v, size_t n)
{
	struct ahead *a = calloc(1, sizeof(*a));
	size_t want = n < THREADS ? n : THREADS;

	if (!a)
		abort();
	a->x = x;
	a->v = v;
	a->n = n;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->moved, NULL);
	for (size_t i = 0; i < SLOTS; i++) {
		struct ctx *cx = &a->slots[i].cx;

		ctx_init(cx, 0);
		cx->st = x->cx->st;
		cx->origin = x->cx->origin;
		cx->stop = &a->quit;
	}
	while ((size_t)a->threads < want && pthread_create(&a->thread[a->threads], NULL, reader, a) == 0)
		a->threads++;
	return a;
}

static void slot_free(struct slot *s)
{
	arena_clear(s->cx.mem);
	ctx_forgive(&s->cx);
	s->rep = (struct feed_report){ 0 };
	s->state = FREE;
}

static void wait_a_little(struct ahead *a)
{
	int64_t at = clock_now_us() + 100000;
	struct timespec ts = { at / 1000000, at % 1000000 * 1000 };

	pthread_cond_timedwait(&a->moved, &a->lock, &ts);
}

enum rc ahead_next(struct ahead *a, struct doc *out)
{
	struct ctx *cx = a->x->cx;
	struct slot *s = &a->slots[a->given % SLOTS];
	bool ready;

	assert(a->given < a->n);
	pthread_mutex_lock(&a->lock);
	if (a->given) {
		slot_free(&a->slots[(a->given - 1) % SLOTS]);
		pthread_cond_broadcast(&a->moved);
	}
	while (a->threads && s->state != READY && !ctx_stopping(cx))
		wait_a_little(a);
	ready = s->state == READY;
	pthread_mutex_unlock(&a->lock);
	if (!a->threads) /* none could be started: without them it is slower, no more */
		read_one(a, s, a->given, NULL);
	else if (!ready)
		return fail(cx, RC_STOPPED, "stopped while fetching events");
	a->given++;
	a->x->rep->bytes += s->rep.bytes;
	*out = s->doc;
	if (s->rc != RC_OK)
		return fail(cx, s->rc, "%s", s->cx.err.msg[0] ? s->cx.err.msg : rc_text(s->rc));
	return RC_OK;
}

void ahead_close(struct ahead **at)
{
	struct ahead *a = *at;

	if (!a)
		return;
	atomic_store(&a->quit, true);
	pthread_mutex_lock(&a->lock);
	pthread_cond_broadcast(&a->moved);
	pthread_mutex_unlock(&a->lock);
	for (int i = 0; i < a->threads; i++)
		pthread_join(a->thread[i], NULL);
	for (size_t i = 0; i < SLOTS; i++)
		ctx_clear(&a->slots[i].cx);
	pthread_cond_destroy(&a->moved);
	pthread_mutex_destroy(&a->lock);
	free(a);
	*at = NULL;
}
