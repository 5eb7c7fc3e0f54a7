/* rate.c - see rate.h. A fixed table with a window of time for each user: nothing is allocated, and a user has at most LOOK places to be found in.
 * When all of them are taken the window that ends first gives way. */
#include "policy/rate.h"

#include <pthread.h>

#include "base/hash.h"

enum { WINDOW_S = 900, PLACES = 4096, LOOK = 8 };

static struct {
	pthread_mutex_t lock;
	struct window {
		int64_t user, ends, count;
	} v[PLACES];
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct window *window_of(int64_t user, int64_t now)
{
	size_t at = (size_t)(hash_int((uint64_t)user) % PLACES);
	struct window *first = &table.v[at];

	for (size_t i = 0; i < LOOK; i++) {
		struct window *w = &table.v[(at + i) % PLACES];

		if (w->user == user && w->ends > now)
			return w;
		if (w->ends < first->ends)
			first = w;
	}
	*first = (struct window){ user, now + WINDOW_S, 0 };
	return first;
}

enum rc rate_take(struct ctx *cx, struct rate *out)
{
	const struct role *r = &cx->who->role;
	struct window *w;
	bool over;

	*out = (struct rate){ 0 };
	if (!r->enforce_rate_limit)
		return RC_OK;
	if (r->rate_limit_count <= 0)
		return fail(cx, RC_METHOD, "API searches are not allowed for this user role.");
	pthread_mutex_lock(&table.lock);
	w = window_of(cx->who->id, ctx_now_s(cx));
	over = w->count >= r->rate_limit_count;
	w->count += !over;
	*out = (struct rate){ r->rate_limit_count, r->rate_limit_count > w->count ? r->rate_limit_count - w->count : 0, w->ends - ctx_now_s(cx) };
	pthread_mutex_unlock(&table.lock);
	return over ? fail(cx, RC_LIMIT, "Rate limit exceeded.") : RC_OK;
}
