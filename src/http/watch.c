/* watch.c - closes connections that send or read too slowly, or idle too long; counts connections per address.
 *
 * One thread looks at all connections a few times a second. Progress is read from the kernel (bytes received and
 * acknowledged), so the connection threads do nothing for it. A connection is cut by shutting its socket down: its thread
 * wakes and takes the ordinary way out. Only what the other side owes is timed: with nothing queued to send, or with
 * bytes we have not read yet, the delay is ours.
 *
 * (The library's own time-out is not used: it spins through the last second and knows no rates.) */
#include <errno.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/hash.h"
#include "http/server_int.h"

#define TICK_MAX_MS 500
#define TICK_MIN_MS 20
#define IDLE_CROWDED_MS 5000
#define CROWD_MIN 64 /* connections; after more than this went away, their memory goes back to the system */

/* An IPv6 customer holds a /64 at least. */
static struct ip_addr folded(const struct ip_addr *a)
{
	struct ip_addr f = *a;

	if (!ip_is_v4(a))
		memset(f.b + 8, 0, 8);
	return f;
}

static struct peer_count **slot(struct server *sv, const struct ip_addr *f)
{
	struct peer_count **p = &sv->peers[hash_seeded(str_n((const char *)f->b, sizeof(f->b))) % PEER_SLOTS];

	while (*p && memcmp(&(*p)->a, f, sizeof(*f)) != 0)
		p = &(*p)->next;
	return p;
}

bool peer_exempt(const struct server *sv, const struct ip_addr *a)
{
	return ip_nets_has(&sv->conf.exempt, a) || ip_nets_has(&sv->conf.proxies, a);
}

bool peer_full(struct server *sv, const struct ip_addr *a)
{
	struct ip_addr f = folded(a);
	struct peer_count *p;
	bool full;

	pthread_mutex_lock(&sv->mu);
	p = *slot(sv, &f);
	full = p && p->n >= sv->conf.conns_per_addr;
	pthread_mutex_unlock(&sv->mu);
	return full;
}

void peer_add(struct server *sv, const struct ip_addr *a)
{
	struct ip_addr f = folded(a);
	struct peer_count **p;

	pthread_mutex_lock(&sv->mu);
	p = slot(sv, &f);
	if (!*p) {
		*p = calloc(1, sizeof(**p));
		if (!*p)
			abort();
		(*p)->a = f;
	}
	(*p)->n++;
	pthread_mutex_unlock(&sv->mu);
}

void peer_del(struct server *sv, const struct ip_addr *a)
{
	struct ip_addr f = folded(a);
	struct peer_count **p, *gone;

	pthread_mutex_lock(&sv->mu);
	p = slot(sv, &f);
	gone = *p;
	if (gone && --gone->n == 0) {
		*p = gone->next;
		free(gone);
	}
	pthread_mutex_unlock(&sv->mu);
}

void peers_clear(struct server *sv)
{
	for (size_t i = 0; i < PEER_SLOTS; i++)
		while (sv->peers[i]) {
			struct peer_count *p = sv->peers[i];

			sv->peers[i] = p->next;
			free(p);
		}
}

static bool tcp_bytes(int fd, uint64_t *received, uint64_t *acked)
{
	struct tcp_info ti;
	socklen_t n = sizeof(ti);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &n) < 0 || n < offsetof(struct tcp_info, tcpi_segs_out))
		return false;
	*received = ti.tcpi_bytes_received;
	*acked = ti.tcpi_bytes_acked;
	return true;
}

static bool queued(int fd, unsigned long what)
{
	int n = 0;

	return ioctl(fd, what, &n) == 0 && n > 0;
}

/* True when the rate over the window was too low. A window starts anew whenever we are the slow side. */
static bool too_slow(struct conn *c, const struct http_conf *conf, int64_t now, uint64_t bytes, bool ours)
{
	if (ours || c->window_ms == 0) {
		c->window_ms = now;
		c->window_bytes = bytes;
		return false;
	}
	if (now - c->window_ms < conf->rate_window_ms)
		return false;
	if ((bytes - c->window_bytes) * 1000 < (uint64_t)conf->rate_min * (uint64_t)(now - c->window_ms))
		return true;
	c->window_ms = now;
	c->window_bytes = bytes;
	return false;
}

static bool overdue(struct server *sv, struct conn *c, int64_t now, bool crowded)
{
	const struct http_conf *conf = &sv->conf;
	enum phase phase = atomic_load_explicit(&c->phase, memory_order_acquire);
	int64_t since = atomic_load_explicit(&c->since_ms, memory_order_relaxed), idle = conf->idle_ms;
	uint64_t received = 0, acked = 0;

	if (c->seen_since_ms != since) { /* another phase or request than at the last look */
		c->seen_since_ms = since;
		c->window_ms = 0;
		c->idle_sending = false;
		if (phase == PHASE_IDLE && tcp_bytes(c->fd, &received, &acked))
			c->idle_bytes = received;
	}
	switch (phase) {
	case PHASE_FIRST:
	case PHASE_HEAD:
		return now - since > conf->header_ms;
	case PHASE_IDLE:
		if (crowded && idle > IDLE_CROWDED_MS)
			idle = IDLE_CROWDED_MS;
		if (now - since > idle)
			return true;
		/* the beginning of a request line arrived: the time for the head runs */
		if (!c->idle_sending && tcp_bytes(c->fd, &received, &acked) && received != c->idle_bytes) {
			c->idle_sending = true;
			c->window_ms = now;
		}
		return c->idle_sending && now - c->window_ms > conf->header_ms;
	case PHASE_BODY:
		return tcp_bytes(c->fd, &received, &acked) && too_slow(c, conf, now, received, queued(c->fd, SIOCINQ));
	case PHASE_SEND:
		return tcp_bytes(c->fd, &received, &acked) && too_slow(c, conf, now, acked, !queued(c->fd, SIOCOUTQ));
	case PHASE_WORK:
		break;
	}
	return false;
}

static void look(struct server *sv)
{
	static const struct linger reset = { .l_onoff = 1 };
	int64_t now = clock_mono_us() / 1000;
	bool crowded, gone;

	pthread_mutex_lock(&sv->mu);
	if (sv->nconns > sv->peak)
		sv->peak = sv->nconns;
	gone = sv->peak > CROWD_MIN && sv->nconns < sv->peak / 4;
	if (gone)
		sv->peak = sv->nconns;
	crowded = sv->nconns > sv->conf.conns_max / 4 * 3;
	for (struct conn *c = sv->conns; c; c = c->next)
		if (!c->cut && overdue(sv, c, now, crowded)) {
			c->cut = true;
			if (atomic_load(&c->phase) != PHASE_IDLE) /* do not keep what was not read in the kernel */
				setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
			shutdown(c->fd, SHUT_RDWR);
		}
	pthread_mutex_unlock(&sv->mu);
	if (gone)
		malloc_trim(0);
}

static unsigned tick_ms(const struct http_conf *conf)
{
	unsigned t = conf->header_ms < conf->idle_ms ? conf->header_ms : conf->idle_ms;

	t = (conf->rate_window_ms < t ? conf->rate_window_ms : t) / 8;
	return t > TICK_MAX_MS ? TICK_MAX_MS : t < TICK_MIN_MS ? TICK_MIN_MS : t;
}

static void *run(void *arg)
{
	struct server *sv = arg;
	unsigned tick = tick_ms(&sv->conf);

	pthread_mutex_lock(&sv->watch_mu);
	while (!sv->watch_end) {
		struct timespec until;
		int64_t at = clock_mono_us() + (int64_t)tick * 1000;

		until = (struct timespec){ at / 1000000, at % 1000000 * 1000 };
		if (pthread_cond_timedwait(&sv->watch_cond, &sv->watch_mu, &until) != ETIMEDOUT)
			continue;
		pthread_mutex_unlock(&sv->watch_mu);
		look(sv);
		pthread_mutex_lock(&sv->watch_mu);
	}
	pthread_mutex_unlock(&sv->watch_mu);
	return NULL;
}

bool watch_start(struct server *sv)
{
	pthread_condattr_t a;

	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&sv->watch_cond, &a);
	pthread_condattr_destroy(&a);
	pthread_mutex_init(&sv->watch_mu, NULL);
	sv->watch_on = pthread_create(&sv->watch, NULL, run, sv) == 0;
	return sv->watch_on;
}

void watch_stop(struct server *sv)
{
	if (!sv->watch_on)
		return;
	pthread_mutex_lock(&sv->watch_mu);
	sv->watch_end = true;
	pthread_cond_signal(&sv->watch_cond);
	pthread_mutex_unlock(&sv->watch_mu);
	pthread_join(sv->watch, NULL);
	sv->watch_on = false;
}
